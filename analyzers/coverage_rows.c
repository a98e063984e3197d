/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts are held by view and block id, where adding is cheap, and put down as rows when there are
 * many, or ids come to mean other blocks.
 */
#include "analyzers/coverage_count.h"
#include "analyzers/coverage_private.h"

#include <string.h>

enum { MAX_HELD = 1 << 18, ID_BITS = 26 };

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_blocks(const void *a, const void *b)
{
    const CoverRow *x = a, *y = b;
    int c = order(x->code, y->code);
    c = c ? c : order(x->offset, y->offset);
    c = c ? c : order(x->runner, y->runner);
    c = c ? c : order(x->size, y->size);
    c = c ? c : order(x->starts, y->starts);
    return c ? c : order(x->flags & COVERAGE_ENDS, y->flags & COVERAGE_ENDS);
}

static void fold_blocks(void *into, const void *from)
{
    CoverRow *x = into;
    const CoverRow *y = from;
    x->runs += y->runs;
    x->on += y->on;
    x->flags |= y->flags;
}

static int compare_edges(const void *a, const void *b)
{
    const EdgeRow *x = a, *y = b;
    int c = order(x->code, y->code);
    c = c ? c : order(x->offset, y->offset);
    c = c ? c : order(x->to_code, y->to_code);
    c = c ? c : order(x->to_offset, y->to_offset);
    return c ? c : order(x->runner, y->runner);
}

static void fold_edges(void *into, const void *from)
{
    ((EdgeRow *)into)->runs += ((const EdgeRow *)from)->runs;
}

const AilRowKind ail_cover_rows = {sizeof(CoverRow), compare_blocks, fold_blocks};
const AilRowKind ail_edge_rows = {sizeof(EdgeRow), compare_edges, fold_edges};

typedef struct Held {
    uint64_t key; /* view << ID_BITS | id */
    uint64_t runs, on, offset;
    uint32_t code, runner;
    bool leader;
} Held;

typedef struct HeldEdge {
    uint32_t from, to; /* in `held` */
    uint64_t runs;
} HeldEdge;

/* A hash table of what is in an array: slot -> index + 1; 0: free. */
typedef struct Index {
    uint32_t *slots; /* owned */
    uint32_t mask;
} Index;

struct CoverRows {
    AilRows *blocks, *edges; /* borrowed */
    AilDict *dict;           /* owned: a reference; what ids are of */
    GArray *held;            /* of Held */
    GArray *held_edges;      /* of HeldEdge */
    Index by_key, by_ends;
};

CoverRows *cover_rows_new(AilRows *blocks, AilRows *edges)
{
    CoverRows *r = g_new0(CoverRows, 1);
    r->blocks = blocks;
    r->edges = edges;
    r->held = g_array_new(FALSE, FALSE, sizeof(Held));
    r->held_edges = g_array_new(FALSE, FALSE, sizeof(HeldEdge));
    return r;
}

void cover_rows_free(CoverRows *r)
{
    if (!r)
        return;
    ail_dict_unref(r->dict);
    g_array_free(r->held, TRUE);
    g_array_free(r->held_edges, TRUE);
    g_free(r->by_key.slots);
    g_free(r->by_ends.slots);
    g_free(r);
}

static uint32_t hash(uint64_t a)
{
    return (uint32_t)(a * 0x9e3779b97f4a7c15u >> 36);
}

static inline Held *held_at(const CoverRows *r, uint32_t i)
{
    return &g_array_index(r->held, Held, i);
}

static uint32_t *find_block(const CoverRows *r, uint64_t key)
{
    const Index *x = &r->by_key;
    uint32_t i = hash(key) & x->mask;
    while (x->slots[i] && held_at(r, x->slots[i] - 1)->key != key)
        i = (i + 1) & x->mask;
    return &x->slots[i];
}

static uint32_t *find_edge(const CoverRows *r, uint32_t from, uint32_t to)
{
    const Index *x = &r->by_ends;
    uint32_t i = hash((uint64_t)from << 32 | to) & x->mask;
    for (; x->slots[i]; i = (i + 1) & x->mask) {
        const HeldEdge *e = &g_array_index(r->held_edges, HeldEdge, x->slots[i] - 1);
        if (e->from == from && e->to == to)
            break;
    }
    return &x->slots[i];
}

/* Whether there is room for one more of n; else the index is made anew, larger. */
static bool roomy(Index *x, uint32_t n)
{
    if (x->slots && n < x->mask / 2)
        return true;
    x->mask = x->slots ? 2 * x->mask + 1 : 4095;
    g_free(x->slots);
    x->slots = g_new0(uint32_t, x->mask + 1ull);
    return false;
}

/* Where block `id` of the present view is in `held`. */
static uint32_t hold(CoverRows *r, AilPlaces *places, uint64_t view, uint32_t id)
{
    uint64_t key = view << ID_BITS | id;
    if (!roomy(&r->by_key, r->held->len))
        for (guint i = 0; i < r->held->len; i++)
            *find_block(r, held_at(r, i)->key) = i + 1;
    uint32_t *slot = find_block(r, key);
    if (!*slot) {
        AilPlace place = ail_places_find(places, ail_dict_get(r->dict, id));
        Held h = {.key = key,
                  .offset = place.offset,
                  .code = place.code,
                  .runner = ail_places_runner(places)};
        g_array_append_val(r->held, h);
        *slot = r->held->len;
    }
    return *slot - 1;
}

static void hold_edge(CoverRows *r, uint32_t from, uint32_t to, uint64_t runs)
{
    if (!roomy(&r->by_ends, r->held_edges->len))
        for (guint i = 0; i < r->held_edges->len; i++) {
            const HeldEdge *e = &g_array_index(r->held_edges, HeldEdge, i);
            *find_edge(r, e->from, e->to) = i + 1;
        }
    uint32_t *slot = find_edge(r, from, to);
    if (!*slot) {
        HeldEdge e = {from, to, 0};
        g_array_append_val(r->held_edges, e);
        *slot = r->held_edges->len;
    }
    g_array_index(r->held_edges, HeldEdge, *slot - 1).runs += runs;
}

static const AilBlock *block_of(const CoverRows *r, const Held *h)
{
    return ail_dict_get(r->dict, (uint32_t)(h->key & ((1u << ID_BITS) - 1)));
}

/* The first n instructions of a block, in pieces. */
static AilStatus put_block(CoverRows *r, const Held *h, uint16_t n, AilError *err)
{
    const AilBlock *b = block_of(r, h);
    for (uint16_t i = 0, k; i < n; i = k) {
        CoverRow row = {h->code, h->runner, h->offset + b->start[i], 0, h->runs, h->runs, 0, 0};
        for (k = i; k < n && b->start[k + 1] - b->start[i] <= COVERAGE_PIECE; k++)
            row.starts |= 1ull << (b->start[k] - b->start[i]);
        row.size = (uint8_t)(b->start[k] - b->start[i]);
        if (i == 0 && h->leader)
            row.flags |= COVERAGE_LEADER;
        if (k == n)
            row.on = h->on;
        if (k == b->n_insns && ail_ends_with_branch(b))
            row.flags |= COVERAGE_ENDS;
        if (ail_rows_add(r->blocks, &row, err) != AIL_OK)
            return AIL_ERR;
    }
    return AIL_OK;
}

static AilStatus put_edge(CoverRows *r, const HeldEdge *e, AilError *err)
{
    const Held *from = held_at(r, e->from), *to = held_at(r, e->to);
    const AilBlock *b = block_of(r, from);
    EdgeRow row = {from->code, to->code, from->runner, from->offset + b->start[b->n_insns - 1],
                   to->offset, e->runs};
    return ail_rows_add(r->edges, &row, err);
}

AilStatus cover_rows_flush(CoverRows *r, AilError *err)
{
    AilStatus status = AIL_OK;
    for (guint i = 0; i < r->held->len && status == AIL_OK; i++) {
        const Held *h = held_at(r, i);
        /* One that only ran in part has its rows, but for what jumped to it. */
        if (h->runs || h->leader)
            status = put_block(r, h, h->runs ? block_of(r, h)->n_insns : 1, err);
    }
    for (guint i = 0; i < r->held_edges->len && status == AIL_OK; i++)
        status = put_edge(r, &g_array_index(r->held_edges, HeldEdge, i), err);
    if (r->by_key.slots)
        memset(r->by_key.slots, 0, (r->by_key.mask + 1ull) * sizeof(uint32_t));
    if (r->by_ends.slots)
        memset(r->by_ends.slots, 0, (r->by_ends.mask + 1ull) * sizeof(uint32_t));
    g_array_set_size(r->held, 0);
    g_array_set_size(r->held_edges, 0);
    return status;
}

static AilStatus take_span(CoverRows *r, AilPlaces *places, const AilCount *count,
                           const AilRanSpan *from, const AilRanSpan *to, AilError *err)
{
    uint64_t view = ail_places_view(places);
    const AilRan *ran = ail_count_ran(count);
    const AilFollowed *followed = ail_count_followed(count);
    const AilRanPart *parts = ail_count_parts(count);
    AilStatus status = AIL_OK;
    for (uint32_t i = from->ran; i < to->ran; i++) {
        Held *h = held_at(r, hold(r, places, view, ran[i].id));
        h->runs += ran[i].runs;
        h->on += ran[i].on;
    }
    for (uint32_t i = from->followed; i < to->followed; i++) {
        uint32_t a = hold(r, places, view, followed[i].from);
        uint32_t b = hold(r, places, view, followed[i].to);
        held_at(r, b)->leader = true;
        hold_edge(r, a, b, followed[i].runs);
    }
    for (uint32_t i = from->part; i < to->part && status == AIL_OK; i++) {
        Held part = *held_at(r, hold(r, places, view, parts[i].id));
        part.runs = 1;
        part.on = 0;
        part.leader = false;
        status = put_block(r, &part, (uint16_t)parts[i].executed, err);
    }
    return status;
}

AilStatus cover_rows_take(CoverRows *r, AilPlaces *places, const AilChunk *chunk,
                          const void *prepared, bool (*wanted)(const void *user, AilRunner runner),
                          const void *user, AilError *err)
{
    uint32_t n, fed = 0;
    const AilRanSpan *spans = ail_count_spans(prepared, &n);
    AilRanSpan before = {0};
    AilStatus status = AIL_OK;
    if (!r->dict || !ail_dict_is(chunk->dict, r->dict)) {
        status = cover_rows_flush(r, err);
        ail_dict_unref(r->dict);
        r->dict = ail_dict_ref(chunk->dict);
    }
    ail_places_begin(places, chunk->asid);
    for (uint32_t i = 0; i < n && status == AIL_OK; i++) {
        while (fed < spans[i].event)
            ail_places_take(places, &chunk->events[fed++]);
        if (wanted(user, ail_places_runner_at(places, ail_places_runner(places))))
            status = take_span(r, places, prepared, &before, &spans[i], err);
        before = spans[i];
    }
    while (fed < chunk->n_events)
        ail_places_take(places, &chunk->events[fed++]);
    if (status == AIL_OK && (r->held->len > MAX_HELD || r->held_edges->len > MAX_HELD))
        status = cover_rows_flush(r, err);
    return status;
}
