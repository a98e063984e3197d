/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/coverage_tracks.h"

enum { OPEN_MAX = 64 }; /* blocks that are open at once: instructions that overlap */

typedef struct Site {
    uint64_t at, runs, on; /* on: went on to the next without a branch */
    uint8_t len;
    bool leader, ends;
} Site;

typedef struct Open {
    uint64_t start, next, runs, insns;
    uint64_t last, on; /* its last instruction, and how often that went on */
} Open;

void cover_track_free(gpointer p)
{
    Track *t = p;
    g_array_free(t->sites, TRUE);
    g_array_free(t->open, TRUE);
    g_free(t);
}

Track *cover_track_of(Walk *w, uint32_t runner)
{
    Track *t = g_hash_table_lookup(w->tracks, GUINT_TO_POINTER(runner));
    if (!t) {
        t = g_new0(Track, 1);
        t->runner = runner;
        t->sites = g_array_new(FALSE, FALSE, sizeof(Site));
        t->open = g_array_new(FALSE, FALSE, sizeof(Open));
        t->sum = cover_sum(w->s, w->area, runner);
        g_hash_table_insert(w->tracks, GUINT_TO_POINTER(runner), t);
    }
    return t;
}

static AilStatus emit(Walk *w, Track *t, guint i)
{
    Open o = g_array_index(t->open, Open, i);
    CoverBlock b = {w->area, t->runner, o.start, o.next - o.start, o.insns, o.runs};
    g_array_remove_index(t->open, i);
    t->sum->blocks++;
    return w->s->block ? w->s->block(w->s->user, &b, w->err) : AIL_OK;
}

static AilStatus fell_through(Walk *w, const Track *t, const Open *o)
{
    uint32_t code = g_array_index(w->s->areas, CoverArea, w->area).code;
    EdgeRow row = {code, code, t->runner, o->last, o->next, o->on};
    return o->on ? ail_rows_add(w->edges, &row, w->err) : AIL_OK;
}

/* Append to the open block that it follows, or begin one. */
static AilStatus string_site(Walk *w, Track *t, const Site *site)
{
    AilStatus status = AIL_OK;
    Open *o = NULL;
    guint at = 0;
    for (guint i = t->open->len; i-- > 0 && status == AIL_OK;) {
        const Open *open = &g_array_index(t->open, Open, i);
        if (open->next < site->at || t->open->len > OPEN_MAX)
            status = emit(w, t, i);
    }
    for (; at < t->open->len && !o; at++)
        if (g_array_index(t->open, Open, at).next == site->at)
            o = &g_array_index(t->open, Open, at);
    if (o && site->leader && status == AIL_OK) {
        status = fell_through(w, t, o);
        if (status == AIL_OK)
            status = emit(w, t, at - 1);
        o = NULL;
    }
    if (!o) {
        Open fresh = {.start = site->at, .runs = site->runs};
        g_array_append_val(t->open, fresh);
        at = t->open->len;
        o = &g_array_index(t->open, Open, at - 1);
    }
    o->next = site->at + site->len;
    o->insns++;
    o->last = site->at;
    o->on = site->on;
    return site->ends && status == AIL_OK ? emit(w, t, at - 1) : status;
}

static void count_site(Walk *w, Track *t, const Site *site)
{
    uint64_t end = site->at + site->len;
    if (end > t->covered) {
        t->sum->bytes += end - MAX(site->at, t->covered);
        t->covered = end;
    }
    t->sum->insns += site->runs;
    if (t == w->all && w->s->insn) {
        CoverInsn insn = {w->area, site->at, site->runs};
        w->s->insn(w->s->user, &insn);
    }
}

AilStatus cover_track_advance(Walk *w, Track *t, uint64_t end)
{
    AilStatus status = AIL_OK;
    guint n = 0;
    for (; n < t->sites->len && status == AIL_OK; n++) {
        const Site *site = &g_array_index(t->sites, Site, n);
        if (site->at >= end)
            break;
        count_site(w, t, site);
        status = string_site(w, t, site);
    }
    if (n)
        g_array_remove_range(t->sites, 0, n);
    return status;
}

AilStatus cover_track_end(Walk *w, Track *t)
{
    AilStatus status = cover_track_advance(w, t, UINT64_MAX);
    while (t->open->len && status == AIL_OK)
        status = emit(w, t, 0);
    return status;
}

static Site *find_site(Track *t, uint64_t at, uint8_t len)
{
    guint i = t->sites->len;
    while (i > 0) {
        Site *s = &g_array_index(t->sites, Site, i - 1);
        if (s->at == at && s->len == len)
            return s;
        if (s->at < at || (s->at == at && s->len < len))
            break;
        i--;
    }
    Site fresh = {.at = at, .len = len};
    g_array_insert_val(t->sites, i, fresh);
    return &g_array_index(t->sites, Site, i);
}

void cover_track_add(Track *t, const CoverRow *row)
{
    uint64_t left = row->starts;
    while (left) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        left &= left - 1;
        unsigned end = left ? (unsigned)__builtin_ctzll(left) : row->size;
        Site *s = find_site(t, row->offset + i, (uint8_t)(end - i));
        s->runs += row->runs;
        s->on += left ? row->runs : row->on;
        s->leader |= i == 0 && row->flags & COVERAGE_LEADER;
        s->ends |= !left && row->flags & COVERAGE_ENDS;
    }
}
