/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/steps.h"

#include <glib.h>

enum {
    BATCH = 2048, /* a step is made at least this often, so that distances fit its fields */
    PER_PLACE = 3 /* steps that one place may need */
};

/* A place between two executions where something matters. */
typedef struct Place {
    uint32_t at;    /* index of the execution after it */
    uint32_t insns; /* instructions before it */
} Place;

typedef struct Finder {
    const AilClassPages *pages;
    const AilChunk *chunk;
    bool slots;
    AilStep *next;   /* the step to be written */
    uint32_t at;     /* of the last step */
    uint32_t before; /* instructions before that */
    uint32_t insns;  /* instructions before what is looked at; counts modulo 2^32 */
    uint32_t event, cut;
    uint32_t cut_at, cut_executed; /* the last execution that was cut */
    AilClass last;                 /* of the execution before */
} Finder;

/* Address of the first access of instruction `insn` in execution i that is a store (or a load), or
 * 0. last: the last such access instead. */
static uint64_t access_of(const Finder *f, uint32_t i, uint32_t insn, bool store, bool last)
{
    const AilChunk *c = f->chunk;
    uint64_t addr = 0;
    if (!f->slots || !c->access_end)
        return 0;
    for (uint32_t a = c->access_end[i]; a-- > (i ? c->access_end[i - 1] : 0);) {
        if (c->access_insn[a] < insn)
            break;
        if (c->access_insn[a] != insn || !(c->access_info[a] & AIL_ACCESS_STORE) == store)
            continue;
        addr = c->addr[a];
        if (last)
            break;
    }
    return addr;
}

static void add_link(Finder *f, const Place *place, uint32_t insn, uint32_t ran, bool store)
{
    uint64_t slot = insn < ran ? access_of(f, place->at - 1, insn, store, false) : 0;
    if (!slot)
        return;
    *f->next++ = (AilStep){.slot = slot,
                           .insns = place->insns - f->before,
                           .blocks = (uint16_t)(place->at - f->at),
                           .kind_size = store ? AIL_STEP_LINK_STORE : AIL_STEP_LINK_LOAD};
    f->at = place->at;
    f->before = place->insns;
}

/* What the execution before the place did. */
static void describe_leave(Finder *f, const Place *place, AilStep *step)
{
    uint32_t i = place->at - 1, id = f->chunk->flow[i];
    AilClass class = ail_classes_get(f->pages, id);
    if (!(class.term | (class.flags & AIL_CLASS_LINK)))
        return;
    const AilClassMore *more = ail_classes_more(f->pages, id);
    uint32_t ran = i == f->cut_at ? f->cut_executed : class.n_insns, last = class.n_insns - 1u;
    if (class.flags & AIL_CLASS_LINK) {
        add_link(f, place, more->link_store, ran, true);
        add_link(f, place, more->link_load, ran, false);
    }
    if (ran < class.n_insns || class.term == AIL_TERM_OTHER)
        return;
    step->kind_size = (uint8_t)(class.term | (more->end - more->last) << 4);
    step->fall = more->end;
    if ((class.flags & AIL_CLASS_LINKED) || class.term > AIL_TERM_RETURN)
        return;
    bool call = class.term == AIL_TERM_CALL;
    step->slot = access_of(f, i, last, call, call);
}

static void describe_arrival(const Finder *f, const Place *place, AilStep *step)
{
    uint32_t id = f->chunk->flow[place->at];
    AilClass class = ail_classes_get(f->pages, id);
    step->target = ail_classes_more(f->pages, id)->pc;
    step->flags |=
        AIL_STEP_NEXT | (class.flags & (AIL_STEP_USER | AIL_STEP_MARK | AIL_STEP_LINKED));
}

static void describe(Finder *f, Place place)
{
    const AilChunk *c = f->chunk;
    AilStep step = {0};
    uint32_t until = place.at < c->n_flow ? place.at : UINT32_MAX;
    if (place.at > 0)
        describe_leave(f, &place, &step);
    for (; f->event < c->n_events && c->events[f->event].flow_index <= until; f->event++)
        step.flags |= AIL_STEP_EVENTS;
    if (place.at < c->n_flow)
        describe_arrival(f, &place, &step);
    step.insns = place.insns - f->before;
    step.blocks = (uint16_t)(place.at - f->at);
    f->at = place.at;
    f->before = place.insns;
    *f->next++ = step;
}

/* The next execution that is cut short or has events before it. */
static uint32_t next_stop(const Finder *f)
{
    const AilChunk *c = f->chunk;
    uint32_t stop = c->n_flow;
    if (f->event < c->n_events)
        stop = MIN(stop, c->events[f->event].flow_index);
    if (f->cut < c->n_cuts)
        stop = MIN(stop, c->cuts[f->cut].at);
    return stop;
}

/* Executions from..to-1, which are whole and without events: the places before them that matter.
 * Without a branch, since whether a block calls or returns cannot be predicted. */
static uint32_t scan(Finder *f, uint32_t from, uint32_t to, Place *places)
{
    const AilClassPages *pages = f->pages;
    const uint32_t *flow = f->chunk->flow;
    const AilClass leaves = {.term = UINT8_MAX, .flags = AIL_CLASS_LINK};
    const AilClass mark = {.flags = AIL_CLASS_MARK}, user = {.flags = AIL_CLASS_USER};
    AilClass last = f->last;
    uint32_t insns = f->insns, n = 0;
    for (uint32_t i = from; i < to; i++) {
        AilClass class = ail_classes_get(pages, flow[i]);
        uint32_t matters = (last.word & leaves.word) | (class.word & mark.word) |
                           ((class.word ^ last.word) & user.word);
        places[n] = (Place){i, insns};
        n += matters != 0;
        insns += class.n_insns;
        last = class;
    }
    f->last = last;
    f->insns = insns;
    return n;
}

/* An execution that is described whatever it is. */
static void visit(Finder *f, uint32_t i)
{
    const AilChunk *c = f->chunk;
    describe(f, (Place){i, f->insns});
    f->last = ail_classes_get(f->pages, c->flow[i]);
    uint32_t executed = f->last.n_insns;
    if (f->cut < c->n_cuts && c->cuts[f->cut].at == i) {
        executed = f->cut_executed = c->cuts[f->cut++].executed;
        f->cut_at = i;
    }
    f->insns += executed;
}

/* Have room for a batch and its first and last step. */
static void make_room(Finder *f, AilSteps *s)
{
    s->n = f->next ? (size_t)(f->next - s->steps) : 0;
    if (s->cap - s->n < (BATCH + 2) * PER_PLACE) {
        s->cap = s->cap * 2 + (BATCH + 2) * PER_PLACE;
        s->steps = g_renew(AilStep, s->steps, s->cap);
    }
    f->next = s->steps + s->n;
}

void ail_steps_find(AilSteps *s, const AilClassPages *pages, const AilChunk *chunk, bool slots)
{
    Finder f = {pages, chunk, slots, .cut_at = UINT32_MAX};
    Place places[BATCH];
    uint32_t i = 0;
    make_room(&f, s);
    while (i < chunk->n_flow) {
        visit(&f, i++);
        uint32_t to = MIN(MIN(next_stop(&f), chunk->n_flow), i + BATCH);
        uint32_t n = i < to ? scan(&f, i, to, places) : 0;
        for (uint32_t k = 0; k < n; k++)
            describe(&f, places[k]);
        i = MAX(i, to);
        make_room(&f, s);
    }
    describe(&f, (Place){chunk->n_flow, f.insns});
    s->n = (size_t)(f.next - s->steps);
}

void ail_steps_clear(AilSteps *steps)
{
    g_free(steps->steps);
    *steps = (AilSteps){NULL, 0, 0};
}
