/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/coverage_places.h"

#include <glib.h>
#include <string.h>

#include "analyzers/guest.h"
#include "formats/kallsyms.h"

enum { KERNEL_ROOM = 64 << 20 }; /* what a kernel without symbols is taken to have */

/* A mapping that was asked for: what code it is, and where offsets count from. */
typedef struct Spot {
    uint64_t start, end, base;
    uint32_t code;
} Spot;

typedef struct Runner {
    bool known;
    uint32_t pid;
    uint64_t asid, mm;
    char *comm;            /* owned */
    uint64_t spaces, maps; /* `spots` are as of these */
    uint64_t view;         /* and this is their number */
    GArray *spots;         /* of Spot, owned */
} Runner;

typedef struct Code {
    AilCodeKind kind;
    char *name; /* owned */
} Code;

typedef struct Extent {
    uint64_t base, end;
} Extent;

struct AilPlaces {
    AilGuest *guest;     /* owned */
    uint64_t asid;       /* which runs, while no task is known */
    GArray *runners;     /* of Runner */
    GHashTable *by_key;  /* "PROCESS MM" or "asid ASID" -> index + 1 */
    GHashTable *leaders; /* pid of a process -> id of the task that leads it */
    GArray *codes;       /* of Code */
    GHashTable *by_name; /* what tells codes apart -> index + 1 */
    GHashTable *extents; /* runner << 32 | code -> Extent */
    GHashTable *maps;    /* mm -> signature of its mappings with code */
    uint64_t spaces;     /* changes with the kernel's modules */
    uint64_t views;      /* given out so far */
    int64_t runner;      /* who runs; -1: to be looked up */
    uint64_t kernel;     /* 0: none was found */
    uint64_t kernel_end;
};

AilPlaces *ail_places_new(void)
{
    AilPlaces *p = g_new0(AilPlaces, 1);
    p->guest = ail_guest_new();
    p->runners = g_array_new(FALSE, FALSE, sizeof(Runner));
    p->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->leaders = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    p->codes = g_array_new(FALSE, FALSE, sizeof(Code));
    p->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->extents = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    p->maps = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    p->runner = -1;
    return p;
}

void ail_places_free(AilPlaces *p)
{
    if (!p)
        return;
    for (guint i = 0; i < p->runners->len; i++) {
        g_free(g_array_index(p->runners, Runner, i).comm);
        g_array_free(g_array_index(p->runners, Runner, i).spots, TRUE);
    }
    for (guint i = 0; i < p->codes->len; i++)
        g_free(g_array_index(p->codes, Code, i).name);
    g_array_free(p->runners, TRUE);
    g_array_free(p->codes, TRUE);
    g_hash_table_destroy(p->by_key);
    g_hash_table_destroy(p->leaders);
    g_hash_table_destroy(p->by_name);
    g_hash_table_destroy(p->extents);
    g_hash_table_destroy(p->maps);
    ail_guest_free(p->guest);
    g_free(p);
}

static void set_number(GHashTable *table, uint64_t key, uint64_t value)
{
    g_hash_table_replace(table, g_memdup2(&key, sizeof key), g_memdup2(&value, sizeof value));
}

static uint64_t get_number(GHashTable *table, uint64_t key, uint64_t otherwise)
{
    const uint64_t *value = g_hash_table_lookup(table, &key);
    return value ? *value : otherwise;
}

void ail_places_begin(AilPlaces *p, uint64_t asid)
{
    if (p->asid != asid)
        p->runner = -1;
    p->asid = asid;
}

/* The mappings that have code, as one number. */
static uint64_t signature(const AilPlaces *p, uint64_t mm)
{
    size_t n;
    uint64_t s = 1;
    const AilMapping *m = ail_guest_mappings(p->guest, mm, &n);
    for (size_t i = 0; i < n; i++) {
        const uint64_t part[] = {m[i].start, m[i].end, m[i].offset,
                                 m[i].inode, m[i].dev, g_str_hash(m[i].path)};
        for (size_t k = 0; m[i].flags & AIL_MAP_EXEC && k < G_N_ELEMENTS(part); k++)
            s = (s ^ part[k]) * 0x9e3779b97f4a7c15u + (s >> 29);
    }
    return s;
}

static void took_kernel(AilPlaces *p, const AilEvent *e)
{
    const AilKallsyms *symbols = ail_guest_kernel_symbols(p->guest);
    uint64_t text = symbols ? ail_kallsyms_address(symbols, "_text") : 0;
    uint64_t end = symbols ? ail_kallsyms_address(symbols, "_end") : 0;
    p->kernel = text && text < e->value ? text : e->value;
    p->kernel_end = end > p->kernel ? end : p->kernel + KERNEL_ROOM;
}

void ail_places_take(AilPlaces *p, const AilEvent *e)
{
    ail_guest_take(p->guest, e);
    switch (e->type) {
    case AIL_EVENT_ASID:
        ail_places_begin(p, e->value);
        break;
    case AIL_EVENT_KERNEL:
        took_kernel(p, e);
        p->runner = -1;
        break;
    case AIL_EVENT_MODULE:
        p->spaces++;
        break;
    case AIL_EVENT_MAPS:
        set_number(p->maps, e->value, signature(p, e->value));
        break;
    case AIL_EVENT_TASK:
    case AIL_EVENT_SWITCH:
    case AIL_EVENT_EXIT:
    case AIL_EVENT_EXEC:
        p->runner = -1;
        break;
    default:
        break;
    }
}

/* --- who runs --- */

/* What tells the task's process from earlier ones with the same number. */
static uint64_t leader(AilPlaces *p, const AilTask *task)
{
    if (task->pid == task->tgid)
        set_number(p->leaders, task->tgid, task->id);
    return get_number(p->leaders, task->tgid, task->id);
}

static uint32_t find_runner(AilPlaces *p)
{
    const AilTask *task = ail_guest_running(p->guest);
    char *key = task ? g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, leader(p, task),
                                       task->mm)
                     : g_strdup_printf("asid %" G_GUINT64_FORMAT, p->asid);
    guint i = GPOINTER_TO_UINT(g_hash_table_lookup(p->by_key, key));
    if (i) {
        g_free(key);
    } else {
        Runner r = {.known = task != NULL,
                    .pid = task ? task->tgid : 0,
                    .asid = p->asid,
                    .mm = task ? task->mm : 0,
                    .comm = g_strdup(""),
                    .spots = g_array_new(FALSE, FALSE, sizeof(Spot))};
        g_array_append_val(p->runners, r);
        i = p->runners->len;
        g_hash_table_insert(p->by_key, key, GUINT_TO_POINTER(i));
    }
    Runner *r = &g_array_index(p->runners, Runner, i - 1);
    if (task && (task->pid == task->tgid || !*r->comm) && strcmp(r->comm, task->comm)) {
        g_free(r->comm);
        r->comm = g_strdup(task->comm);
    }
    return i - 1;
}

uint32_t ail_places_runner(AilPlaces *p)
{
    if (p->runner < 0)
        p->runner = find_runner(p);
    return (uint32_t)p->runner;
}

/* The runner, with what is known of its space as of now. */
static Runner *current(AilPlaces *p)
{
    Runner *r = &g_array_index(p->runners, Runner, ail_places_runner(p));
    uint64_t maps = get_number(p->maps, r->mm, 0);
    if (!r->view || r->spaces != p->spaces || r->maps != maps) {
        r->spaces = p->spaces;
        r->maps = maps;
        r->view = ++p->views;
        g_array_set_size(r->spots, 0);
    }
    return r;
}

uint64_t ail_places_view(AilPlaces *p)
{
    return current(p)->view;
}

/* --- what is there --- */

/* key: what tells it from others; taken over. */
static uint32_t find_code(AilPlaces *p, char *key, AilCodeKind kind, const char *name)
{
    guint i = GPOINTER_TO_UINT(g_hash_table_lookup(p->by_name, key));
    if (i) {
        g_free(key);
        return i - 1;
    }
    Code code = {kind, g_strdup(name)};
    g_array_append_val(p->codes, code);
    g_hash_table_insert(p->by_name, key, GUINT_TO_POINTER(p->codes->len));
    return p->codes->len - 1;
}

static void set_extent(AilPlaces *p, uint32_t runner, uint32_t code, uint64_t base, uint64_t end)
{
    const uint64_t keys[] = {(uint64_t)runner << 32 | code, (uint64_t)UINT32_MAX << 32 | code};
    Extent extent = {base, end};
    g_hash_table_replace(p->extents, g_memdup2(&keys[0], sizeof keys[0]),
                         g_memdup2(&extent, sizeof extent));
    if (!g_hash_table_contains(p->extents, &keys[1]))
        g_hash_table_insert(p->extents, g_memdup2(&keys[1], sizeof keys[1]),
                            g_memdup2(&extent, sizeof extent));
}

static bool same_file(const AilMapping *a, const AilMapping *b)
{
    return a->inode == b->inode && a->dev == b->dev && !strcmp(a->path, b->path);
}

/* Where the file that `m` is of begins and ends in memory: the mapping of its first byte that is
 * nearest below, and what is of it from there on. */
static Extent file_extent(const AilPlaces *p, uint64_t mm, const AilMapping *m)
{
    size_t n;
    const AilMapping *all = ail_guest_mappings(p->guest, mm, &n);
    Extent x = {m->start - m->offset, m->end};
    size_t i = 0, first = n;
    for (; i < n && all[i].start <= m->start; i++)
        if (same_file(&all[i], m) && !all[i].offset)
            first = i;
    if (first < n)
        x.base = all[first].start;
    for (; i < n && (all[i].offset || !same_file(&all[i], m)); i++)
        if (same_file(&all[i], m))
            x.end = all[i].end;
    return x;
}

/* Pieces of memory that have a name but are no file; only the kernel's own are the same in all. */
static bool shared_name(const char *path)
{
    return path[0] != '[' || !strcmp(path, "[vdso]") || !strcmp(path, "[vsyscall]");
}

static Spot mapped(AilPlaces *p, const Runner *r, uint32_t runner, const AilMapping *m)
{
    Spot s = {.start = m->start, .end = m->end};
    if (!*m->path || !shared_name(m->path)) {
        const char *name = *m->path ? m->path : "[anonymous]";
        s.code = find_code(p, g_strdup_printf("anon %u %s", runner, name), AIL_CODE_ANON, name);
        return s;
    }
    Extent x = {m->start, m->end};
    if (m->path[0] != '[')
        x = file_extent(p, r->mm, m);
    s.base = x.base;
    s.code =
        find_code(p, g_strdup_printf("file %u %" G_GUINT64_FORMAT " %s", m->dev, m->inode, m->path),
                  AIL_CODE_FILE, m->path);
    set_extent(p, runner, s.code, x.base, x.end);
    return s;
}

static Spot user_spot(AilPlaces *p, const Runner *r, uint32_t runner, uint64_t pc)
{
    const AilMapping *m = r->mm ? ail_guest_mapping(p->guest, r->mm, pc) : NULL;
    if (m)
        return mapped(p, r, runner, m);
    return (Spot){pc, pc + 1, 0,
                  find_code(p, g_strdup_printf("unknown %u", runner), AIL_CODE_UNKNOWN, "")};
}

static Spot kernel_spot(AilPlaces *p, uint32_t runner, uint64_t pc)
{
    const AilModule *m = ail_guest_module(p->guest, pc);
    if (!m)
        return (Spot){pc, pc + 1, 0, find_code(p, g_strdup("kernel"), AIL_CODE_KERNEL, "[kernel]")};
    Spot s = {.start = m->base, .end = m->base + m->size, .base = m->base};
    s.code = find_code(p, g_strdup_printf("module %s", m->name), AIL_CODE_MODULE, m->name);
    set_extent(p, runner, s.code, s.start, s.end);
    return s;
}

AilPlace ail_places_find(AilPlaces *p, const AilBlock *block)
{
    Runner *r = current(p);
    uint64_t pc = block->pc;
    for (guint i = 0; i < r->spots->len; i++) {
        const Spot *s = &g_array_index(r->spots, Spot, i);
        if (pc >= s->start && pc < s->end)
            return (AilPlace){s->code, pc - s->base};
    }
    uint32_t runner = (uint32_t)p->runner;
    Spot s = block->user ? user_spot(p, r, runner, pc) : kernel_spot(p, runner, pc);
    if (s.end - s.start > 1)
        g_array_append_val(r->spots, s);
    return (AilPlace){s.code, pc - s.base};
}

/* --- what there was --- */

uint32_t ail_places_n_runners(const AilPlaces *p)
{
    return p->runners->len;
}

AilRunner ail_places_runner_at(const AilPlaces *p, uint32_t i)
{
    const Runner *r = &g_array_index(p->runners, Runner, i);
    return (AilRunner){r->known, r->pid, r->asid, r->comm};
}

uint32_t ail_places_n_codes(const AilPlaces *p)
{
    return p->codes->len;
}

AilCode ail_places_code_at(const AilPlaces *p, uint32_t i)
{
    const Code *c = &g_array_index(p->codes, Code, i);
    return (AilCode){c->kind, c->name};
}

bool ail_places_extent(const AilPlaces *p, uint32_t runner, uint32_t code, uint64_t *base,
                       uint64_t *end)
{
    uint64_t key = (uint64_t)runner << 32 | code;
    const Extent *x = g_hash_table_lookup(p->extents, &key);
    if (!x)
        return false;
    *base = x->base;
    *end = x->end;
    return true;
}

bool ail_places_kernel(const AilPlaces *p, uint64_t *base, uint64_t *end)
{
    *base = p->kernel;
    *end = p->kernel_end;
    return p->kernel;
}
