/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows come by code and offset. Of each runner, and of all together, the instructions at the
 * offsets that no later row can reach are complete: they are strung together to blocks, from one
 * that is jumped to, or that nothing runs into, to a branch, or to where nothing goes on. So all
 * that is held at a time is what lies in COVERAGE_PIECE bytes.
 */
#include "analyzers/coverage_private.h"

#include <string.h>

enum {
    NEAR = 1 << 20, /* addresses further apart than this are lines of their own */
    OPEN_MAX = 64,  /* blocks that are open at once: instructions that overlap */
};

typedef struct Site {
    uint64_t at, runs, on; /* on: went on to the next without a branch */
    uint8_t len;
    bool leader, ends;
} Site;

typedef struct Open {
    uint64_t start, next, runs, insns;
    uint64_t last, on; /* its last instruction, and how often that went on */
} Open;

/* The code of one runner. */
typedef struct Track {
    uint32_t runner;
    GArray *sites;    /* of Site, by at and len; owned */
    GArray *open;     /* of Open; owned */
    uint64_t covered; /* bytes up to here are counted */
    CoverSum *sum;
} Track;

typedef struct Walk {
    CoverSweep *s;
    AilRows *edges;
    AilError *err;
    GHashTable *tracks; /* runner -> Track, of the area at hand */
    Track *all;
    uint32_t area; /* index; COVERAGE_ALL: none */
    bool wanted;
    uint64_t kernel, kernel_end;
} Walk;

static void track_free(gpointer p)
{
    Track *t = p;
    g_array_free(t->sites, TRUE);
    g_array_free(t->open, TRUE);
    g_free(t);
}

CoverSum *cover_sum(const CoverSweep *s, uint32_t area, uint32_t runner)
{
    uint64_t key = (uint64_t)area << 32 | runner;
    CoverSum *sum = g_hash_table_lookup(s->sums, &key);
    if (!sum) {
        sum = g_new0(CoverSum, 1);
        g_hash_table_insert(s->sums, g_memdup2(&key, sizeof key), sum);
    }
    return sum;
}

static Track *find_track(Walk *w, uint32_t runner)
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

/* The instructions below `end` are complete. */
static AilStatus advance(Walk *w, Track *t, uint64_t end)
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

static AilStatus end_track(Walk *w, Track *t)
{
    AilStatus status = advance(w, t, UINT64_MAX);
    while (t->open->len && status == AIL_OK)
        status = emit(w, t, 0);
    return status;
}

/* --- areas --- */

static bool is_kernel_image(const Walk *w, uint64_t at)
{
    return w->kernel && at >= w->kernel && at < w->kernel_end;
}

/* Whether the row begins a new area: another code, or, where offsets are addresses, far away. */
static bool divides(const Walk *w, const CoverRow *row)
{
    if (w->area == COVERAGE_ALL)
        return true;
    const CoverArea *a = &g_array_index(w->s->areas, CoverArea, w->area);
    AilCodeKind kind = ail_places_code_at(w->s->places, a->code).kind;
    if (a->code != row->code)
        return true;
    if (kind == AIL_CODE_FILE || kind == AIL_CODE_MODULE)
        return row->offset >> 32 != a->start >> 32;
    bool image = kind == AIL_CODE_KERNEL && is_kernel_image(w, row->offset);
    if (image != (kind == AIL_CODE_KERNEL && is_kernel_image(w, a->start)))
        return true;
    return !image && row->offset > a->end && row->offset - a->end > NEAR;
}

/* Name the area, as far as it is known: of addresses the end comes last. */
static void name_area(const Walk *w, CoverArea *a)
{
    AilCode code = ail_places_code_at(w->s->places, a->code);
    g_free(a->name);
    switch (code.kind) {
    case AIL_CODE_FILE:
        a->name = g_strdup(code.name);
        return;
    case AIL_CODE_MODULE:
        a->name = g_strdup_printf("[%s]", code.name);
        return;
    case AIL_CODE_KERNEL:
        if (is_kernel_image(w, a->start)) {
            a->name = g_strdup("[kernel]");
            return;
        }
        break;
    default:
        break;
    }
    a->name = g_strdup_printf("%s%s0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x",
                              code.kind == AIL_CODE_ANON ? code.name : "",
                              code.kind == AIL_CODE_ANON ? " " : "", a->start, a->end);
}

static gint by_runner(gconstpointer a, gconstpointer b)
{
    uint32_t x = (*(Track *const *)a)->runner, y = (*(Track *const *)b)->runner;
    return x < y ? -1 : x > y;
}

static AilStatus end_area(Walk *w)
{
    AilStatus status = AIL_OK;
    GPtrArray *tracks = g_ptr_array_new();
    GHashTableIter iter;
    gpointer t;
    g_hash_table_iter_init(&iter, w->tracks);
    while (g_hash_table_iter_next(&iter, NULL, &t))
        g_ptr_array_add(tracks, t);
    g_ptr_array_sort(tracks, by_runner);
    for (guint i = 0; i < tracks->len && status == AIL_OK; i++)
        status = end_track(w, tracks->pdata[i]);
    g_ptr_array_free(tracks, TRUE);
    g_hash_table_remove_all(w->tracks);
    if (w->area != COVERAGE_ALL)
        name_area(w, &g_array_index(w->s->areas, CoverArea, w->area));
    w->area = COVERAGE_ALL;
    return status;
}

static AilStatus begin_area(Walk *w, const CoverRow *row)
{
    AilStatus status = w->area == COVERAGE_ALL ? AIL_OK : end_area(w);
    AilCodeKind kind = ail_places_code_at(w->s->places, row->code).kind;
    CoverArea a = {.code = row->code,
                   .start = row->offset,
                   .end = row->offset + row->size,
                   .user = kind != AIL_CODE_MODULE && kind != AIL_CODE_KERNEL};
    g_array_append_val(w->s->areas, a);
    w->area = w->s->areas->len - 1;
    CoverArea *area = &g_array_index(w->s->areas, CoverArea, w->area);
    name_area(w, area);
    area->wanted = w->s->area_wanted(w->s->user, area);
    w->all = find_track(w, COVERAGE_ALL);
    return status;
}

/* --- rows --- */

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

static void add_row(Track *t, const CoverRow *row)
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

static AilStatus take_row(void *user, const void *p)
{
    Walk *w = user;
    const CoverRow *row = p;
    AilStatus status = AIL_OK;
    if (!w->s->runner_wanted(w->s->user, row->runner))
        return AIL_OK;
    if (divides(w, row))
        status = begin_area(w, row);
    CoverArea *area = &g_array_index(w->s->areas, CoverArea, w->area);
    area->end = MAX(area->end, row->offset + row->size);
    if (!area->wanted)
        return status;
    Track *own = find_track(w, row->runner);
    if (status == AIL_OK)
        status = advance(w, own, row->offset);
    if (status == AIL_OK)
        status = advance(w, w->all, row->offset);
    add_row(own, row);
    add_row(w->all, row);
    return status;
}

AilStatus cover_sweep_blocks(CoverSweep *s, AilRows *blocks, AilRows *edges, AilError *err)
{
    Walk w = {.s = s, .edges = edges, .err = err, .area = COVERAGE_ALL};
    w.tracks = g_hash_table_new_full(NULL, NULL, NULL, track_free);
    ail_places_kernel(s->places, &w.kernel, &w.kernel_end);
    s->areas = g_array_new(FALSE, FALSE, sizeof(CoverArea));
    s->sums = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    AilStatus status = ail_rows_each(blocks, take_row, &w, err);
    if (status == AIL_OK)
        status = end_area(&w);
    g_hash_table_destroy(w.tracks);
    return status;
}

void cover_sweep_clear(CoverSweep *s)
{
    for (guint i = 0; s->areas && i < s->areas->len; i++)
        g_free(g_array_index(s->areas, CoverArea, i).name);
    if (s->areas)
        g_array_free(s->areas, TRUE);
    if (s->sums)
        g_hash_table_destroy(s->sums);
}
