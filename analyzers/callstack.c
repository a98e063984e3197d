/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * callstack: the call stack at given moments, and instruction counts by calling context. Where
 * stacks may change is found in parallel (steps.c); stacks.c follows them in order.
 */
#include "analyzers/builtin.h"
#include "analyzers/callstack_print.h"
#include "analyzers/callstack_private.h"

#include <inttypes.h>

typedef struct Prepared {
    AilSteps steps;
    const AilClassPages *pages; /* to be released */
    GAsyncQueue *spare;         /* where it goes afterwards; borrowed */
} Prepared;

static const AilOption options[] = {
    {"at", "ICOUNT", "the stack before the instruction with this number runs", AIL_OPTION_NUMBER,
     true, true},
    {"when-pc", "ADDRESS", "the stack each time the instruction at this address runs",
     AIL_OPTION_NUMBER, true, false},
    {"on-match", NULL, "the stack at each match of a stringsearch in the same pass",
     AIL_OPTION_FLAG, false, false},
    {"limit", "N", "print at most N stacks for when-pc and on-match (default 100)",
     AIL_OPTION_NUMBER, false, false},
    {"folded", NULL, "instructions by calling context, as folded stacks for flame graphs",
     AIL_OPTION_FLAG, false, false},
    {"max-depth", "N", "print at most N frames of a stack (default 64; folded: all)",
     AIL_OPTION_NUMBER, false, false},
    {NULL, NULL, NULL, 0, false, false},
};

static void prepared_free(gpointer p)
{
    Prepared *prepared = p;
    ail_steps_clear(&prepared->steps);
    g_free(prepared);
}

static void destroy(void *self)
{
    CallStack *c = self;
    g_async_queue_unref(c->spare);
    ail_classes_free(c->classes);
    ail_stacks_free(c->stacks);
    ail_folded_free(c->folded);
    g_array_free(c->at, TRUE);
    g_array_free(c->matches, TRUE);
    g_array_free(c->pcs, TRUE);
    g_free(c->frames);
    g_free(c);
}

static GArray *numbers(const AilOptions *o, const char *key)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    for (size_t i = 0; i < ail_options_count(o, key); i++) {
        uint64_t v = ail_options_number(o, key, i, 0);
        g_array_append_val(list, v);
    }
    return list;
}

static gint ascending(gconstpointer a, gconstpointer b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void on_match(void *self, const AilBusEvent *event)
{
    CallStack *c = self;
    g_array_append_val(c->matches, event->icount);
}

static AilStatus check(const AilOptions *o, AilError *err)
{
    static const char *const wishes[] = {"at", "when-pc", "on-match", "folded"};
    for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++)
        if (ail_options_count(o, wishes[i]))
            return AIL_OK;
    return ail_error_set(err, "say when: at=ICOUNT, when-pc=ADDRESS, on-match or folded");
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)err;
    bool pc = ail_options_count(o, "when-pc"), match = ail_options_flag(o, "on-match");
    bool folded = ail_options_flag(o, "folded");
    CallStack *c = g_new0(CallStack, 1);
    c->env = *env;
    c->classes = ail_classes_new(env->columns & AIL_COL_ADDR);
    c->stacks = ail_stacks_new(env->columns);
    c->spare = g_async_queue_new_full(prepared_free);
    c->max_depth = ail_options_number(o, "max-depth", 0, 64);
    c->max_depth = CLAMP(c->max_depth, 1, 2 * AIL_STACKS_MAX_DEPTH);
    c->frames = g_new(AilFrame *, c->max_depth);
    c->limit = ail_options_number(o, "limit", 0, 100);
    c->at = numbers(o, "at");
    g_array_sort(c->at, ascending);
    c->matches = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    c->pcs = numbers(o, "when-pc");
    for (guint i = 0; i < c->pcs->len; i++)
        ail_classes_mark_pc(c->classes, g_array_index(c->pcs, uint64_t, i));
    if (folded)
        c->folded =
            ail_folded_new(c->stacks, env->symbols,
                           (uint32_t)(ail_options_count(o, "max-depth") ? c->max_depth : 0));
    if (match)
        ail_bus_subscribe(ail_bus_topic(env->bus, AIL_TOPIC_STRING_MATCH), on_match, c);
    c->only_at = !pc && !match && !folded;
    return c;
}

static void change_context(CallStack *c, uint64_t version)
{
    ail_folded_count(c->folded, c->run);
    c->run = 0;
    ail_folded_switch(c->folded);
    c->version = version;
}

static void walk(CallStack *c, const AilChunk *chunk, const AilSteps *steps)
{
    Stretch s = {.chunk = chunk, .icount = chunk->icount};
    uint64_t moment = callstack_next_moment(c);
    for (size_t k = 0; k < steps->n; k++) {
        const AilStep *step = &steps->steps[k];
        uint64_t end = s.icount + step->insns;
        if (end > moment) {
            callstack_moments(c, s, end);
            moment = callstack_next_moment(c);
        }
        c->run += step->insns;
        s.icount = end;
        s.at += step->blocks;
        ail_stacks_step(c->stacks, step);
        uint64_t version = ail_stacks_version(c->stacks);
        if (c->folded && version != c->version && (step->flags & AIL_STEP_NEXT))
            change_context(c, version);
        if (step->flags & AIL_STEP_MARK) {
            callstack_marked(c, &s);
            moment = callstack_next_moment(c);
        }
    }
}

static void *prepare(const void *self, const AilChunk *chunk)
{
    const CallStack *c = self;
    Prepared *p = g_async_queue_try_pop(c->spare);
    if (!p) {
        p = g_new0(Prepared, 1);
        p->spare = c->spare;
    }
    p->pages = ail_classes_acquire(c->classes, chunk);
    ail_steps_find(&p->steps, p->pages, chunk, c->env.columns & AIL_COL_ADDR);
    return p;
}

static void discard(void *prepared)
{
    Prepared *p = prepared;
    ail_classes_release(p->pages);
    g_async_queue_push(p->spare, p);
}

static AilStatus take(void *self, const AilChunk *chunk, void *prepared, AilError *err)
{
    CallStack *c = self;
    (void)err;
    ail_stacks_begin_chunk(c->stacks, chunk);
    g_array_sort(c->matches, ascending);
    walk(c, chunk, &((Prepared *)prepared)->steps);
    discard(prepared);
    g_array_set_size(c->matches, 0);
    c->next_match = 0;
    c->end = chunk->icount + chunk->insns;
    return c->only_at && c->next_at == c->at->len ? AIL_END : AIL_OK;
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    CallStack *c = self;
    if (c->next_at < c->at->len)
        return ail_error_set(err, "at=%" PRIu64 ": the trace ends at icount %" PRIu64,
                             g_array_index(c->at, uint64_t, c->next_at), c->end);
    if (c->folded) {
        ail_folded_count(c->folded, c->run);
        c->run = 0;
        /* The folded format has no room for remarks, so that this one is left out of text. */
        if (ail_folded_write(c->folded, out))
            callstack_note(out, false,
                           "More than %d calling contexts: some are counted at an outer frame.",
                           AIL_FOLDED_MAX_NODES);
        return AIL_OK;
    }
    if (c->missed)
        callstack_note(out, true, "%" PRIu64 " more matches were not printed (limit=%" PRIu64 ").",
                       c->missed, c->limit);
    else if (!c->printed)
        callstack_note(
            out, true,
            "Nothing matched: no instruction at that address ran, or no string was found.");
    return AIL_OK;
}

const AilAnalysisOps ail_callstack_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "callstack",
    .summary = "Call stacks at an instruction count, at an address, or folded for flame graphs",
    .needs = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_EVENT,
    .wants = AIL_COL_ADDR,
    .order = AIL_SEQUENTIAL,
    .stage = 1,
    .options = options,
    .check = check,
    .create = create,
    .finish = finish,
    .destroy = destroy,
    .prepare = prepare,
    .take = take,
    .discard = discard,
};
