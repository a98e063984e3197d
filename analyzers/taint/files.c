/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as sources: what system calls read of those that were named, where they wrote it; and pages
 * of them that are mapped, when they are read for the first time. What the kernel moves from file
 * to file by itself passes no memory that the trace would tell of; that it did is all that is told.
 */
#include <string.h>

#include "analyzers/taint/taint_private.h"

enum { MAX_POSITIONS = 65536, PAGE = 4096 };

/* A mapping of such a file in the address space that runs. */
typedef struct Mapped {
    uint64_t start, end, offset;
    char *path; /* owned */
} Mapped;

/* Where an open file is read next. */
typedef struct Position {
    uint64_t files;
    uint32_t fd;
    uint64_t at;
} Position;

struct TaintFiles {
    Taint *taint;
    GPtrArray *patterns;   /* of GPatternSpec; owned */
    GHashTable *positions; /* Position -> itself; owned */
    GHashTable *labelled;  /* numbers of physical pages that have their labels; owned */
    GArray *mapped;        /* of Mapped; owned */
    uint64_t mm;           /* whose they are */
};

static guint position_hash(gconstpointer p)
{
    const Position *x = p;
    return (guint)(x->files >> 4) ^ x->fd;
}

static gboolean position_equal(gconstpointer a, gconstpointer b)
{
    const Position *x = a, *y = b;
    return x->files == y->files && x->fd == y->fd;
}

static void pattern_free(gpointer p)
{
    g_pattern_spec_free(p);
}

static void mapped_clear(gpointer p)
{
    Mapped *m = p;
    g_free(m->path);
}

TaintFiles *taint_files_new(Taint *t, const AilOptions *options)
{
    TaintFiles *f = g_new0(TaintFiles, 1);
    f->taint = t;
    f->patterns = g_ptr_array_new_with_free_func(pattern_free);
    for (size_t i = 0; i < ail_options_count(options, "label-file"); i++)
        g_ptr_array_add(f->patterns,
                        g_pattern_spec_new(ail_options_text(options, "label-file", i)));
    f->positions = g_hash_table_new_full(position_hash, position_equal, g_free, NULL);
    f->labelled = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    f->mapped = g_array_new(FALSE, FALSE, sizeof(Mapped));
    g_array_set_clear_func(f->mapped, mapped_clear);
    return f;
}

void taint_files_free(TaintFiles *f)
{
    if (!f)
        return;
    g_ptr_array_free(f->patterns, TRUE);
    g_hash_table_destroy(f->positions);
    g_hash_table_destroy(f->labelled);
    g_array_free(f->mapped, TRUE);
    g_free(f);
}

static bool matches(const TaintFiles *f, const char *path)
{
    for (guint i = 0; path && i < f->patterns->len; i++)
        if (g_pattern_spec_match_string(f->patterns->pdata[i], path))
            return true;
    return false;
}

/* --- system calls --- */

static Position *position_of(TaintFiles *f, const AilTransfer *t, uint32_t fd)
{
    Position key = {t->files, fd, 0}, *at = g_hash_table_lookup(f->positions, &key);
    if (!at && g_hash_table_size(f->positions) < MAX_POSITIONS) {
        at = g_memdup2(&key, sizeof key);
        g_hash_table_insert(f->positions, at, at);
    }
    return at;
}

/* The offset in the file that the call names; false: it goes on where the last one ended. */
static bool own_offset(const AilTransfer *t, uint64_t *offset)
{
    for (unsigned i = 0; i < t->call->n_args; i++) {
        const AilSyscallArg *arg = &t->call->args[i];
        bool is = !strcmp(arg->name, "pos") || !strcmp(arg->name, "offset");
        if (is && arg->reg < 6 && arg->kind != AIL_ARG_STRUCT) {
            *offset = t->args[arg->reg];
            return true;
        }
    }
    return false;
}

static uint64_t offset_of(TaintFiles *f, const AilTransfer *t)
{
    uint64_t offset = 0;
    if (own_offset(t, &offset))
        return offset;
    Position *at = position_of(f, t, t->fd);
    if (!at)
        return 0;
    offset = at->at;
    at->at += t->result > 0 ? (uint64_t)t->result : 0;
    return offset;
}

static void label_read(TaintFiles *f, const AilTransfer *t)
{
    uint64_t offset = offset_of(f, t);
    for (guint i = 0; i < t->out->len; i++) {
        const AilTransferPiece *piece = &g_array_index(t->out, AilTransferPiece, i);
        if (!piece->len)
            continue;
        AilTaintSource *source = taint_source(f->taint, "file", t->path, (uint32_t)piece->len);
        if (!source)
            return;
        source->offset = offset;
        taint_label_virtual(f->taint, source, piece->addr, (uint32_t)piece->len);
        offset += piece->len;
    }
}

/* --- calls that move bytes from file to file --- */

/* Their arguments: descriptors, and what points to an offset that counts instead of the file's
 * own. */
typedef struct Mover {
    const char *name;
    uint8_t in, in_at, out, out_at; /* out_at: NONE */
} Mover;

enum { NONE = 255 };

static const Mover *mover(const char *name)
{
    static const Mover movers[] = {{"sendfile", 1, 2, 0, NONE},
                                   {"sendfile64", 1, 2, 0, NONE},
                                   {"splice", 0, 1, 2, 3},
                                   {"copy_file_range", 0, 1, 2, 3}};
    for (size_t i = 0; i < G_N_ELEMENTS(movers); i++)
        if (!strcmp(name, movers[i].name))
            return &movers[i];
    return NULL;
}

static uint64_t argument(const AilTransfer *t, unsigned i)
{
    return i < t->call->n_args && t->call->args[i].reg < 6 ? t->args[t->call->args[i].reg] : 0;
}

/* Where in the file the call began; its position goes on if that was there. */
static uint64_t moved_from(TaintFiles *f, const AilTransfer *t, unsigned fd, unsigned at)
{
    if (at != NONE && argument(t, at))
        return t->at[at];
    Position *position = position_of(f, t, (uint32_t)argument(t, fd));
    uint64_t offset = position ? position->at : 0;
    if (position)
        position->at += (uint64_t)t->result;
    return offset;
}

static void moved(TaintFiles *f, const AilTransfer *t, const Mover *m)
{
    const AilGuest *guest = f->taint->guest;
    const char *in = ail_guest_file(guest, t->files, (uint32_t)argument(t, m->in));
    const char *out = ail_guest_file(guest, t->files, (uint32_t)argument(t, m->out));
    if (t->result <= 0)
        return;
    if (matches(f, out))
        moved_from(f, t, m->out, m->out_at);
    if (!matches(f, in))
        return;
    uint64_t offset = moved_from(f, t, m->in, m->in_at);
    uint32_t bytes = (uint32_t)MIN(t->result, (int64_t)INT32_MAX);
    AilTaintSource *source = taint_source(f->taint, "file", in, bytes);
    f->taint->moved += bytes;
    if (!source)
        return;
    source->offset = offset;
    AilSets *sets = ail_taint_engine_taint(f->taint->engine)->sets;
    uint32_t set = ail_sets_range(sets, source->first, source->first + source->n - 1);
    taint_calls_moved(f->taint->calls, t, m->in, out, set, bytes);
}

void taint_files_returned(TaintFiles *f, const AilTransfer *t)
{
    const char *name = t->call->name;
    const Mover *m = mover(name);
    if (m)
        moved(f, t, m);
    if (m || !matches(f, t->path) || t->result < 0)
        return;
    if (g_str_has_suffix(name, "lseek")) {
        Position *at = position_of(f, t, t->fd);
        if (at)
            at->at = (uint64_t)t->result;
    } else if (t->data && t->out->len && t->result) {
        label_read(f, t);
    } else if (t->data && t->in->len) { /* a write moves the position, too */
        offset_of(f, t);
    }
}

/* --- mappings --- */

static void find_mapped(TaintFiles *f, const AilTask *task)
{
    size_t n = 0;
    f->mm = task ? task->mm : 0;
    const AilMapping *all = f->mm ? ail_guest_mappings(f->taint->guest, f->mm, &n) : NULL;
    g_array_set_size(f->mapped, 0);
    for (size_t i = 0; i < n; i++) {
        if (!all[i].inode || !matches(f, all[i].path))
            continue;
        Mapped m = {all[i].start, all[i].end, all[i].offset, g_strdup(all[i].path)};
        g_array_append_val(f->mapped, m);
    }
}

void taint_files_event(TaintFiles *f, const AilEvent *event)
{
    switch (event->type) {
    case AIL_EVENT_FILE: { /* opened anew, or closed */
        Position key = {event->value, (uint32_t)event->pc, 0};
        g_hash_table_remove(f->positions, &key);
        break;
    }
    case AIL_EVENT_MAPS:
    case AIL_EVENT_SWITCH:
    case AIL_EVENT_TASK:
    case AIL_EVENT_EXEC:
        find_mapped(f, ail_guest_running(f->taint->guest));
        break;
    default:
        break;
    }
}

bool taint_files_watches(const TaintFiles *f)
{
    return f->mapped->len > 0;
}

static void label_page(TaintFiles *f, const Mapped *m, uint64_t addr, uint64_t phys)
{
    uint64_t frame = phys / PAGE, page = addr & ~(uint64_t)(PAGE - 1);
    if (g_hash_table_contains(f->labelled, &frame))
        return;
    g_hash_table_add(f->labelled, g_memdup2(&frame, sizeof frame));
    AilTaintSource *source = taint_source(f->taint, "file", m->path, PAGE);
    if (!source)
        return;
    source->offset = m->offset + (page - m->start);
    for (uint32_t i = 0; i < PAGE; i++)
        taint_label(f->taint, source, i, frame * PAGE + i, -1);
}

void taint_files_load(TaintFiles *f, const AilTaintMoment *at, const AilTaintAccess *access)
{
    (void)at;
    for (guint i = 0; i < f->mapped->len && access->phys != AIL_TAINT_NOWHERE; i++) {
        const Mapped *m = &g_array_index(f->mapped, Mapped, i);
        if (access->addr >= m->start && access->addr < m->end)
            label_page(f, m, access->addr, access->phys);
    }
}
