/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * callstack: the call stack at given moments, and instruction counts by calling context. Where
 * stacks may change is found in parallel (steps.c); stacks.c follows them in order.
 */
#include "analyzers/builtin.h"
#include "analyzers/callstack_print.h"
#include "analyzers/folded.h"
#include "analyzers/stacks.h"

#include <glib.h>
#include <inttypes.h>

typedef struct CallStack {
    AilAnalysisEnv env;
    AilClasses *classes;
    AilStacks *stacks;
    AilFolded *folded; /* NULL: not asked for */
    uint64_t version;  /* of stacks, that the folded context is of */
    uint64_t run;      /* instructions in that context, not yet counted */
    GArray *at;        /* of uint64_t: icounts wanted, ascending */
    guint next_at;
    GArray *matches; /* of uint64_t: icounts of string matches in this chunk, ascending */
    guint next_match;
    GArray *pcs;     /* of uint64_t: when-pc */
    uint64_t limit;  /* stacks to print for when-pc and on-match */
    uint64_t told;   /* of these, how many were */
    uint64_t missed; /* and how many were not */
    uint64_t max_depth;
    uint64_t printed;   /* stacks, of all kinds */
    uint64_t end;       /* icount after the last chunk */
    bool only_at;       /* nothing to do after the last of at */
    AilFrame **frames;  /* scratch, max_depth of them */
    GAsyncQueue *spare; /* of Prepared: to be filled again; owned */
} CallStack;

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

static void print_stack(CallStack *c, const char *why, uint64_t icount, uint64_t pc)
{
    Stack s = {.why = why,
               .icount = icount,
               .pc = pc,
               .asid = ail_stacks_asid(c->stacks),
               .stacks = c->stacks,
               .frames = c->frames,
               .symbols = c->env.symbols};
    s.n = ail_stacks_frames(c->stacks, c->frames, c->max_depth, &s.depth);
    c->printed++;
    callstack_print(&s, c->env.out);
}

static void print_limited(CallStack *c, const char *why, uint64_t icount, uint64_t pc)
{
    if (c->told == c->limit) {
        c->missed++;
        return;
    }
    c->told++;
    print_stack(c, why, icount, pc);
}

/* A stretch of a chunk: executions from `at` on, the first of which starts at icount. */
typedef struct Stretch {
    const AilChunk *chunk;
    uint32_t at;
    uint64_t icount;
} Stretch;

static uint32_t executed(const AilChunk *c, uint32_t i, const AilBlock *block)
{
    uint32_t low = 0, high = c->n_cuts;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->cuts[middle].at < i)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->n_cuts && c->cuts[low].at == i ? c->cuts[low].executed : block->n_insns;
}

/* The address of instruction `want`, which is in the stretch; later ones only from then on. */
static uint64_t address_at(Stretch *s, uint64_t want)
{
    for (; s->at < s->chunk->n_flow; s->at++) {
        const AilBlock *block = ail_dict_get(s->chunk->dict, s->chunk->flow[s->at]);
        uint32_t n = executed(s->chunk, s->at, block);
        if (want - s->icount < n)
            return block->pc + block->start[want - s->icount];
        s->icount += n;
    }
    return 0;
}

/* The wanted icounts below `end` (those before the stretch were in a gap between two chunks). */
static void moments(CallStack *c, Stretch stretch, uint64_t end)
{
    Stretch matches = stretch;
    while (c->next_at < c->at->len) {
        uint64_t want = g_array_index(c->at, uint64_t, c->next_at);
        if (want >= end)
            break;
        c->next_at++;
        if (want >= stretch.icount)
            print_stack(c, "at", want, address_at(&stretch, want));
    }
    while (c->next_match < c->matches->len) {
        uint64_t want = g_array_index(c->matches, uint64_t, c->next_match);
        if (want >= end)
            break;
        c->next_match++;
        if (want >= matches.icount)
            print_limited(c, "string match", want, address_at(&matches, want));
    }
}

/* The marked instructions of the block that runs next, and the moments before them. */
static void marked(CallStack *c, const Stretch *s)
{
    const AilBlock *block = ail_dict_get(s->chunk->dict, s->chunk->flow[s->at]);
    uint32_t n = executed(s->chunk, s->at, block);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t pc = block->pc + block->start[i];
        for (guint k = 0; k < c->pcs->len; k++)
            if (g_array_index(c->pcs, uint64_t, k) == pc) {
                moments(c, *s, s->icount + i + 1);
                print_limited(c, "when-pc", s->icount + i, pc);
            }
    }
}

/* The first icount that is asked for, UINT64_MAX when none is left. */
static uint64_t next_moment(const CallStack *c)
{
    uint64_t next = UINT64_MAX;
    if (c->next_at < c->at->len)
        next = g_array_index(c->at, uint64_t, c->next_at);
    if (c->next_match < c->matches->len)
        next = MIN(next, g_array_index(c->matches, uint64_t, c->next_match));
    return next;
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
    uint64_t moment = next_moment(c);
    for (size_t k = 0; k < steps->n; k++) {
        const AilStep *step = &steps->steps[k];
        uint64_t end = s.icount + step->insns;
        if (end > moment) {
            moments(c, s, end);
            moment = next_moment(c);
        }
        c->run += step->insns;
        s.icount = end;
        s.at += step->blocks;
        ail_stacks_step(c->stacks, step);
        uint64_t version = ail_stacks_version(c->stacks);
        if (c->folded && version != c->version && (step->flags & AIL_STEP_NEXT))
            change_context(c, version);
        if (step->flags & AIL_STEP_MARK) {
            marked(c, &s);
            moment = next_moment(c);
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
