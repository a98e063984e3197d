/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/coverage_places_private.h"

#include <string.h>

#include "formats/kallsyms.h"

enum { KERNEL_ROOM = 64 << 20 }; /* what a kernel without symbols is taken to have */

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
    Runner *r = ail_places_current(p);
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
