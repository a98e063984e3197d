/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The successor of a block is mostly one of two, so that each block has counters for two of them
 * and how often it ran is the sum; others are in a hash table. What a span has used is listed and
 * put back to nothing behind it.
 */
#include "analyzers/coverage_count.h"

#include <glib.h>
#include <string.h>

#define NONE UINT32_MAX

typedef struct Slot {
    uint32_t to[2]; /* NONE: free */
    uint32_t n[2];
} Slot;

typedef struct Other {
    uint32_t from, to, n;
} Other;

struct AilCount {
    Slot *slots;     /* owned, by block id */
    uint32_t *more;  /* owned, by block id: executions that no slot has counted */
    uint8_t *listed; /* owned, by block id: it is in `used` */
    uint32_t n;      /* of each of these */
    GArray *used;    /* of uint32_t: blocks with counts */
    GArray *others;  /* of Other */
    uint32_t *index; /* owned; hash -> in others + 1; 0: free */
    uint32_t mask;
    GArray *spans, *ran, *followed, *parts;
};

AilCount *ail_count_new(void)
{
    AilCount *c = g_new0(AilCount, 1);
    c->used = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    c->others = g_array_new(FALSE, FALSE, sizeof(Other));
    c->spans = g_array_new(FALSE, FALSE, sizeof(AilRanSpan));
    c->ran = g_array_new(FALSE, FALSE, sizeof(AilRan));
    c->followed = g_array_new(FALSE, FALSE, sizeof(AilFollowed));
    c->parts = g_array_new(FALSE, FALSE, sizeof(AilRanPart));
    c->mask = 1023;
    c->index = g_new0(uint32_t, c->mask + 1);
    return c;
}

void ail_count_free(AilCount *c)
{
    if (!c)
        return;
    g_free(c->slots);
    g_free(c->more);
    g_free(c->listed);
    g_free(c->index);
    g_array_free(c->used, TRUE);
    g_array_free(c->others, TRUE);
    g_array_free(c->spans, TRUE);
    g_array_free(c->ran, TRUE);
    g_array_free(c->followed, TRUE);
    g_array_free(c->parts, TRUE);
    g_free(c);
}

static void grow(AilCount *c, uint32_t n)
{
    if (n <= c->n)
        return;
    uint32_t cap = MAX(n, c->n + c->n / 2);
    c->slots = g_renew(Slot, c->slots, cap);
    c->more = g_renew(uint32_t, c->more, cap);
    c->listed = g_renew(uint8_t, c->listed, cap);
    for (uint32_t i = c->n; i < cap; i++)
        c->slots[i] = (Slot){{NONE, NONE}, {0, 0}};
    memset(c->more + c->n, 0, (cap - c->n) * sizeof *c->more);
    memset(c->listed + c->n, 0, cap - c->n);
    c->n = cap;
}

static void use(AilCount *c, uint32_t id)
{
    if (c->listed[id])
        return;
    c->listed[id] = 1;
    g_array_append_val(c->used, id);
}

static uint32_t hash(uint32_t from, uint32_t to)
{
    return (uint32_t)(((uint64_t)from << 32 | to) * 0x9e3779b97f4a7c15u >> 40);
}

static uint32_t *find_other(const AilCount *c, uint32_t from, uint32_t to)
{
    uint32_t i = hash(from, to) & c->mask;
    for (; c->index[i]; i = (i + 1) & c->mask) {
        const Other *o = &g_array_index(c->others, Other, c->index[i] - 1);
        if (o->from == from && o->to == to)
            break;
    }
    return &c->index[i];
}

static void grow_index(AilCount *c)
{
    c->mask = 2 * c->mask + 1;
    g_free(c->index);
    c->index = g_new0(uint32_t, c->mask + 1);
    for (guint i = 0; i < c->others->len; i++) {
        const Other *o = &g_array_index(c->others, Other, i);
        *find_other(c, o->from, o->to) = i + 1;
    }
}

/* `to` followed, and it is not the first of the slot. */
static __attribute__((noinline)) void follow_other(AilCount *c, uint32_t from, uint32_t to)
{
    Slot *s = &c->slots[from];
    for (int i = 0; i < 2; i++)
        if (s->to[i] == NONE) {
            use(c, from);
            s->to[i] = to;
            s->n[i] = 1;
            return;
        }
    c->more[from]++;
    uint32_t *at = find_other(c, from, to);
    if (*at) {
        g_array_index(c->others, Other, *at - 1).n++;
        return;
    }
    Other o = {from, to, 1};
    g_array_append_val(c->others, o);
    *at = c->others->len;
    if (c->others->len > c->mask / 2)
        grow_index(c);
}

static inline void follow(AilCount *c, uint32_t from, uint32_t to)
{
    Slot *s = &c->slots[from];
    if (__builtin_expect(s->to[0] == to, 1))
        s->n[0]++;
    else if (s->to[1] == to)
        s->n[1]++;
    else
        follow_other(c, from, to);
}

/* Executions from..to-1 came one right after the other. Each but the last is counted by what
 * followed it. */
static void run_on(AilCount *c, const uint32_t *flow, uint32_t from, uint32_t to)
{
    uint32_t last = flow[from];
    for (uint32_t i = from + 1; i < to; i++) {
        uint32_t id = flow[i];
        follow(c, last, id);
        last = id;
    }
}

/* The stretch from..to-1, which nothing breaks; cut: instructions that the last of it executed,
 * NONE: all. */
static void stretch(AilCount *c, const uint32_t *flow, uint32_t from, uint32_t to, uint32_t cut)
{
    if (from == to)
        return;
    uint32_t end = cut ? to : to - 1; /* of what executed anything */
    if (from < end)
        run_on(c, flow, from, end);
    if (cut == NONE || (!cut && from < end)) {
        c->more[flow[end - 1]]++;
        use(c, flow[end - 1]);
    } else if (cut) {
        AilRanPart part = {flow[to - 1], cut};
        g_array_append_val(c->parts, part);
    }
}

static void put_edge(AilCount *c, const AilDict *dict, AilRan *ran, Other e)
{
    const AilBlock *from = ail_dict_get(dict, e.from), *to = ail_dict_get(dict, e.to);
    if (from->user != to->user)
        return;
    if (to->pc == from->pc + from->size && !ail_ends_with_branch(from)) {
        ran->on += e.n;
        return;
    }
    AilFollowed f = {e.from, e.to, e.n};
    g_array_append_val(c->followed, f);
}

/* The span ends: list what it has counted. */
static void end_span(AilCount *c, const AilDict *dict, uint32_t event)
{
    guint first = c->ran->len;
    for (guint i = 0; i < c->used->len; i++) {
        uint32_t id = g_array_index(c->used, uint32_t, i);
        Slot *s = &c->slots[id];
        AilRan ran = {.id = id, .runs = (uint64_t)s->n[0] + s->n[1] + c->more[id]};
        for (int k = 0; k < 2 && s->to[k] != NONE; k++)
            put_edge(c, dict, &ran, (Other){id, s->to[k], s->n[k]});
        g_array_append_val(c->ran, ran);
        *s = (Slot){{NONE, NONE}, {0, 0}};
        c->more[id] = first + i; /* where it is, for the others */
        c->listed[id] = 0;
    }
    for (guint i = 0; i < c->others->len; i++) {
        Other o = g_array_index(c->others, Other, i);
        put_edge(c, dict, &g_array_index(c->ran, AilRan, c->more[o.from]), o);
        *find_other(c, o.from, o.to) = 0;
    }
    if (c->others->len)
        memset(c->index, 0, (c->mask + 1ull) * sizeof *c->index);
    for (guint i = 0; i < c->used->len; i++)
        c->more[g_array_index(c->used, uint32_t, i)] = 0;
    g_array_set_size(c->used, 0);
    g_array_set_size(c->others, 0);
    AilRanSpan span = {event, c->ran->len, c->followed->len, c->parts->len};
    g_array_append_val(c->spans, span);
}

/* What an event does to the course of the program: nothing; breaks it; begins a span. */
typedef enum { GOES_ON, BREAKS, DIVIDES } Effect;

static Effect effect(const AilEvent *e)
{
    switch (e->type) {
    case AIL_EVENT_EXCEPTION:
    case AIL_EVENT_INTERRUPT:
    case AIL_EVENT_SYSCALL:
    case AIL_EVENT_SYSRET:
    case AIL_EVENT_SIGNAL:
        return BREAKS;
    case AIL_EVENT_ASID:
    case AIL_EVENT_KERNEL:
    case AIL_EVENT_TASK:
    case AIL_EVENT_SWITCH:
    case AIL_EVENT_EXIT:
    case AIL_EVENT_EXEC:
    case AIL_EVENT_MAPS:
    case AIL_EVENT_MODULE:
        return DIVIDES;
    default:
        return GOES_ON;
    }
}

/* Run through executions up to `to`, where something breaks the course; those before that were cut
 * do, too. *cut: the next cut. */
static void advance(AilCount *c, const AilChunk *chunk, uint32_t *at, uint32_t to, uint32_t *cut)
{
    for (; *cut < chunk->n_cuts && chunk->cuts[*cut].at < to; ++*cut) {
        const AilCut *k = &chunk->cuts[*cut];
        stretch(c, chunk->flow, *at, k->at + 1, k->executed);
        *at = k->at + 1;
    }
    stretch(c, chunk->flow, *at, to, NONE);
    *at = to;
}

void ail_count_chunk(AilCount *c, const AilChunk *chunk)
{
    g_array_set_size(c->spans, 0);
    g_array_set_size(c->ran, 0);
    g_array_set_size(c->followed, 0);
    g_array_set_size(c->parts, 0);
    grow(c, ail_dict_count(chunk->dict));
    uint32_t at = 0, cut = 0, begun = 0, from = 0;
    for (uint32_t i = 0; i < chunk->n_events; i++) {
        const AilEvent *e = &chunk->events[i];
        Effect does = effect(e);
        if (does != GOES_ON && e->flow_index > at)
            advance(c, chunk, &at, e->flow_index, &cut);
        if (does == DIVIDES && at > from) {
            end_span(c, chunk->dict, begun);
            from = at;
        }
        if (does == DIVIDES)
            begun = i + 1;
    }
    advance(c, chunk, &at, chunk->n_flow, &cut);
    end_span(c, chunk->dict, begun);
}

const AilRanSpan *ail_count_spans(const AilCount *c, uint32_t *n)
{
    *n = c->spans->len;
    return (const AilRanSpan *)(void *)c->spans->data;
}

const AilRan *ail_count_ran(const AilCount *c)
{
    return (const AilRan *)(void *)c->ran->data;
}

const AilFollowed *ail_count_followed(const AilCount *c)
{
    return (const AilFollowed *)(void *)c->followed->data;
}

const AilRanPart *ail_count_parts(const AilCount *c)
{
    return (const AilRanPart *)(void *)c->parts->data;
}
