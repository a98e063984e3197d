/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as sources: what system calls read of those that were named, where they wrote it; and pages
 * of them that are mapped, when they are read for the first time. What the kernel moves by itself:
 * moves.c.
 */
#include <string.h>

#include "analyzers/taint/files_private.h"

enum { MAX_POSITIONS = 65536, PAGE = 4096 };

/* A mapping of such a file in the address space that runs. */
typedef struct Mapped {
    uint64_t start, end, offset;
    char *path; /* owned */
} Mapped;

static guint position_hash(gconstpointer p)
{
    const TaintPosition *x = p;
    return (guint)(x->files >> 4) ^ x->fd;
}

static gboolean position_equal(gconstpointer a, gconstpointer b)
{
    const TaintPosition *x = a, *y = b;
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
    f->moving = taint_moves_new();
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
    g_hash_table_destroy(f->moving);
    g_array_free(f->mapped, TRUE);
    g_free(f);
}

bool taint_files_match(const TaintFiles *f, const char *path)
{
    for (guint i = 0; path && i < f->patterns->len; i++)
        if (g_pattern_spec_match_string(f->patterns->pdata[i], path))
            return true;
    return false;
}

bool taint_files_has(const TaintFiles *f, uint64_t phys, const char *path, uint64_t offset)
{
    const Taint *t = f->taint;
    const AilTaint *taint = ail_taint_engine_taint(t->engine);
    AilCell cell = ail_shadow_get(taint->shadow, phys) & AIL_CELL_TAINT;
    uint32_t n = 0;
    const AilLabelRange *of = cell ? ail_sets_ranges(taint->sets, ail_cell_set(cell), &n) : NULL;
    if (n != 1 || of[0].first != of[0].last)
        return false;
    const AilTaintSource *source = ail_taint_sources_of(t->sources, of[0].first);
    if (!source || strcmp(source->kind, "file") || strcmp(source->name, path))
        return false;
    uint64_t from = source->offset + (of[0].first - source->first);
    return source->n < source->bytes ? offset - from < source->bytes : offset == from;
}

/* --- system calls --- */

TaintPosition *taint_files_position(TaintFiles *f, const AilTransfer *t, uint32_t fd)
{
    TaintPosition key = {t->files, fd, 0}, *at = g_hash_table_lookup(f->positions, &key);
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
    TaintPosition *at = taint_files_position(f, t, t->fd);
    if (!at)
        return 0;
    offset = at->at;
    at->at += t->result > 0 ? (uint64_t)t->result : 0;
    return offset;
}

/* What was copied from a page that has labels of the file has them, too; it is to have those of
 * this call alone. */
static void strip(TaintFiles *f, const AilTransferPiece *piece, const char *path, uint64_t offset)
{
    AilTaintEngine *engine = f->taint->engine;
    AilTaint *taint = ail_taint_engine_taint(engine);
    uint64_t phys = 0;
    bool known = false;
    for (uint64_t i = 0; i < piece->len; i++, phys++) {
        uint64_t addr = piece->addr + i;
        if (!i || !(addr & (PAGE - 1)))
            known = ail_taint_engine_phys(engine, addr, &phys);
        if (known && ail_shadow_maybe(taint->shadow, phys) &&
            taint_files_has(f, phys, path, offset + i))
            ail_taint_set_memory(taint, phys, 0);
    }
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
        strip(f, piece, t->path, offset);
        taint_label_virtual(f->taint, source, piece->addr, (uint32_t)piece->len);
        offset += piece->len;
    }
}

/* --- all of them --- */

void taint_files_returned(TaintFiles *f, const AilTransfer *t)
{
    const char *name = t->call->name;
    bool moves = taint_moves_returned(f, t);
    if (moves || !taint_files_match(f, t->path) || t->result < 0)
        return;
    if (g_str_has_suffix(name, "lseek")) {
        TaintPosition *at = taint_files_position(f, t, t->fd);
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
        if (!all[i].inode || !taint_files_match(f, all[i].path))
            continue;
        Mapped m = {all[i].start, all[i].end, all[i].offset, g_strdup(all[i].path)};
        g_array_append_val(f->mapped, m);
    }
}

void taint_files_event(TaintFiles *f, const AilEvent *event)
{
    switch (event->type) {
    case AIL_EVENT_FILE: { /* opened anew, or closed */
        TaintPosition key = {event->value, (uint32_t)event->pc, 0};
        g_hash_table_remove(f->positions, &key);
        break;
    }
    case AIL_EVENT_MAPS:
    case AIL_EVENT_SWITCH:
    case AIL_EVENT_TASK:
    case AIL_EVENT_EXEC:
        find_mapped(f, ail_guest_running(f->taint->guest));
        break;
    case AIL_EVENT_FILE_PAGES:
        taint_moves_event(f, event);
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
        if (!taint_files_has(f, frame * PAGE + i, m->path, m->offset + (page - m->start) + i))
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
