/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of labelled files that the kernel moves by itself: sendfile, splice, copy_file_range. An
 * event in such a call tells where in memory they are, before anything is done with them: they are
 * labelled there, and what the kernel makes of them is followed like all else. Of a trace without
 * these events it is only told that bytes were moved.
 */
#include <string.h>

#include "analyzers/taint/files_private.h"

enum { MAX_MOVING = 4096, MAX_PLACES = 1 << 18, MAX_TEXT = 4096 };

/* What is known of a call that has not returned. */
typedef struct Moving {
    GArray *places; /* of AilGuestPlace, as they came; owned */
} Moving;

static void moving_free(gpointer p)
{
    Moving *m = p;
    g_array_free(m->places, TRUE);
    g_free(m);
}

GHashTable *taint_moves_new(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, moving_free);
}

/* --- labels --- */

/* Label a part of the file that is in places first .. end - 1, which follow each other in it,
 * where it is not labelled yet. */
static void label_part(TaintFiles *f, const char *path, const GArray *places, guint first,
                       guint end)
{
    const AilGuestPlace *p = (const AilGuestPlace *)(const void *)places->data;
    uint64_t from = UINT64_MAX, to = 0;
    for (guint k = first; k < end; k++)
        for (uint32_t i = 0; i < p[k].len; i++)
            if (!taint_files_has(f, p[k].phys + i, path, p[k].offset + i)) {
                from = MIN(from, p[k].offset + i);
                to = p[k].offset + i + 1;
            }
    AilTaintSource *source =
        to ? taint_source(f->taint, "file", path, (uint32_t)(to - from)) : NULL;
    if (!source)
        return;
    source->offset = from;
    for (guint k = first; k < end; k++)
        for (uint32_t i = 0; i < p[k].len; i++) {
            uint64_t offset = p[k].offset + i;
            if (offset >= from && offset < to && !taint_files_has(f, p[k].phys + i, path, offset))
                taint_label(f->taint, source, (uint32_t)(offset - from), p[k].phys + i, -1);
        }
}

static void label_places(TaintFiles *f, const char *path, const GArray *places)
{
    const AilGuestPlace *p = (const AilGuestPlace *)(const void *)places->data;
    for (guint first = 0, end; first < places->len; first = end) {
        uint64_t len = p[first].len;
        for (end = first + 1; end < places->len; len += p[end++].len)
            if (p[end].offset != p[end - 1].offset + p[end - 1].len ||
                len + p[end].len > TAINT_RANGE_MAX)
                break;
        label_part(f, path, places, first, end);
    }
}

static void remember(TaintFiles *f, const GArray *places)
{
    const AilTask *task = ail_guest_running(f->taint->guest);
    Moving *m = task ? g_hash_table_lookup(f->moving, &task->key) : NULL;
    if (!task || (!m && g_hash_table_size(f->moving) >= MAX_MOVING))
        return;
    if (!m) {
        m = g_new0(Moving, 1);
        m->places = g_array_new(FALSE, FALSE, sizeof(AilGuestPlace));
        g_hash_table_insert(f->moving, g_memdup2(&task->key, sizeof task->key), m);
    }
    if (places->len <= MAX_PLACES - m->places->len)
        g_array_append_vals(m->places, places->data, places->len);
}

void taint_moves_event(TaintFiles *f, const AilEvent *event)
{
    AilGuestPages pages;
    AilGuestPlace place;
    uint64_t bytes = 0;
    if (!ail_guest_file_pages(event, &pages))
        return;
    char *path = g_strndup(pages.path.at, MIN(pages.path.len, (uint32_t)MAX_TEXT));
    GArray *places = g_array_new(FALSE, FALSE, sizeof place);
    while (taint_files_match(f, path) && ail_guest_next_page(&pages, &place)) {
        bytes += place.len;
        if (place.phys == AIL_PHYS_NONE || bytes > TAINT_RANGE_MAX)
            continue;
        g_array_append_val(places, place);
    }
    label_places(f, path, places);
    if (places->len)
        remember(f, places);
    g_array_free(places, TRUE);
    g_free(path);
}

/* --- calls --- */

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
    TaintPosition *position = taint_files_position(f, t, (uint32_t)argument(t, fd));
    uint64_t offset = position ? position->at : 0;
    if (position)
        position->at += (uint64_t)t->result;
    return offset;
}

/* Of the part of the file that was moved, what the events have told: *set of its labels, and how
 * many of its bytes. */
static uint64_t followed(TaintFiles *f, const GArray *places, uint64_t from, uint64_t to,
                         uint32_t *set)
{
    AilTaint *taint = ail_taint_engine_taint(f->taint->engine);
    uint64_t bytes = 0;
    for (guint k = 0; k < places->len; k++) {
        const AilGuestPlace *p = &g_array_index(places, AilGuestPlace, k);
        for (uint32_t i = 0; i < p->len; i++) {
            uint64_t offset = p->offset + i;
            AilCell cell =
                offset < from || offset >= to ? 0 : ail_shadow_get(taint->shadow, p->phys + i);
            if (!(cell & AIL_CELL_TAINT))
                continue;
            *set = ail_sets_union(taint->sets, *set, ail_cell_set(cell));
            bytes++;
        }
    }
    return MIN(bytes, to - from); /* the same may have been told twice */
}

/* It is not known where they were. */
static uint32_t source_of_rest(TaintFiles *f, const char *in, uint64_t offset, uint64_t bytes)
{
    AilSets *sets = ail_taint_engine_taint(f->taint->engine)->sets;
    uint32_t n = (uint32_t)MIN(bytes, (uint64_t)INT32_MAX);
    f->taint->moved += n;
    AilTaintSource *source = taint_source(f->taint, "file", in, n);
    if (!source)
        return 0;
    source->offset = offset;
    return ail_sets_range(sets, source->first, source->first + source->n - 1);
}

static void correct_position(TaintFiles *f, const AilTransfer *t, const Mover *m, uint64_t to)
{
    TaintPosition *position =
        argument(t, m->in_at) ? NULL : taint_files_position(f, t, (uint32_t)argument(t, m->in));
    if (position)
        position->at = to;
}

static void moved(TaintFiles *f, const AilTransfer *t, const Mover *m, const GArray *places)
{
    const AilGuest *guest = f->taint->guest;
    const char *in = ail_guest_file(guest, t->files, (uint32_t)argument(t, m->in));
    const char *out = ail_guest_file(guest, t->files, (uint32_t)argument(t, m->out));
    if (t->result <= 0)
        return;
    if (taint_files_match(f, out))
        moved_from(f, t, m->out, m->out_at);
    if (!taint_files_match(f, in))
        return;
    uint64_t offset = moved_from(f, t, m->in, m->in_at), bytes = (uint64_t)t->result;
    uint32_t set = 0;
    uint64_t known = places ? followed(f, places, offset, offset + bytes, &set) : 0;
    if (places && !known) { /* what moved its position is not in the trace */
        offset = g_array_index(places, AilGuestPlace, 0).offset;
        known = followed(f, places, offset, offset + bytes, &set);
        correct_position(f, t, m, offset + bytes);
    }
    if (!known)
        set = source_of_rest(f, in, offset, bytes);
    else
        f->taint->moved += bytes - known;
    if (set)
        taint_calls_moved(f->taint->calls, t, m->in, out, set, bytes);
}

bool taint_moves_returned(TaintFiles *f, const AilTransfer *t)
{
    const Mover *m = mover(t->call->name);
    const AilTask *task = ail_guest_running(f->taint->guest);
    const Moving *moving = task && m ? g_hash_table_lookup(f->moving, &task->key) : NULL;
    if (m)
        moved(f, t, m, moving ? moving->places : NULL);
    if (moving)
        g_hash_table_remove(f->moving, &task->key);
    return m;
}
