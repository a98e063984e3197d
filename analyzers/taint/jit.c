/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/jit.h"

#include <glib.h>
#include <string.h>

#include "analyzers/taint/jit_worker.h"

/*
 * When to compile. Work is what the interpreter did: executions, and instructions of these that it
 * did not pass over. Compiling an instruction takes as long as what compiled code saves in some
 * 60,000 runs of it (bench-taint-jit tells both). A program whose work is twice that for each of
 * its instructions will most likely do as much again; if not, a part of its time is lost, and no
 * more. Compiled code passes over nothing, so it is no gain where most was passed over. And LLVM
 * takes as long to load as START of work.
 */
enum {
    HOT = 1 << 17, /* work for each instruction of a program */
    START = 4000000,
    MAX_VARIANTS = 4, /* of a program */
    MAX_SHAPE = 48,   /* accesses of a program that is compiled */
};

/* A shape that executions of a program had. */
typedef struct Variant {
    JitFunction *function; /* the worker's; NULL: not wanted yet */
    uint64_t work;
    uint16_t n_shape;
    bool noting;
    AilTaintShape shape[MAX_SHAPE];
} Variant;

/* What AilTaintSlot.code points to. */
typedef struct JitSlot {
    bool no; /* it cannot be compiled */
    unsigned n;
    unsigned repeats; /* instruction with any number of accesses; n_insns: none */
    Variant variant[MAX_VARIANTS];
} JitSlot;

struct AilTaintJit {
    JitWorker *worker;
    uint64_t hot, start;
    bool always;              /* whether or not it gains anything */
    uint64_t work;            /* of all programs */
    AilTaintJitCounts counts; /* of runs */
};

/* --- what compiled code calls --- */

static void call_branch(AilTaint *t, unsigned insn, uint32_t target, AilCell cell)
{
    if (t->watch.branch)
        t->watch.branch(t->watch.self, insn, target != 0, cell);
}

static void call_saw(AilTaint *t, unsigned insn, AilCell cell)
{
    if (t->watch.insn)
        t->watch.insn(t->watch.self, insn, cell);
}

static const AilTaintCalls calls = {
    .insn = ail_taint_run_insn,
    .load = ail_taint_load,
    .store = ail_taint_store,
    .branch = call_branch,
    .saw = call_saw,
};

/* --- */

AilTaintJit *ail_taint_jit_new(const AilTaintJitConfig *config)
{
    AilTaintJit *j = g_new0(AilTaintJit, 1);
    j->worker = jit_worker_new(config);
    j->hot = config->hot ? config->hot : HOT;
    j->start = config->hot ? config->hot : START;
    j->always = config->hot != 0;
    return j;
}

void ail_taint_jit_free(AilTaintJit *j)
{
    if (!j)
        return;
    jit_worker_free(j->worker);
    g_free(j);
}

char *ail_taint_jit_cache_dir(void)
{
    return g_build_filename(g_get_user_cache_dir(), "ailurus", "taint", NULL);
}

void ail_taint_jit_wait(AilTaintJit *j)
{
    jit_worker_wait(j->worker);
}

AilTaintJitCounts ail_taint_jit_counts(const AilTaintJit *j)
{
    AilTaintJitCounts counts = j->counts;
    jit_worker_count(j->worker, &counts);
    return counts;
}

const char *ail_taint_jit_problem(const AilTaintJit *j)
{
    return jit_worker_problem(j->worker);
}

/* --- shapes --- */

static JitSlot *slot_new(const AilTaintProgram *p)
{
    JitSlot *slot = g_new0(JitSlot, 1);
    slot->repeats = p->n_insns;
    for (unsigned i = 0; i < p->n_insns; i++)
        if (p->insns[i].flags & AIL_LIFT_REPEATS) {
            slot->no = slot->repeats < p->n_insns; /* two of them */
            slot->repeats = i;
        }
    return slot;
}

/* How many accesses belong to the shape: all but those of what repeats. -1: some come behind. */
static int shaped(const JitSlot *slot, const AilTaintAccess *access, unsigned n)
{
    unsigned k = 0;
    if (!n || access[n - 1].insn < slot->repeats)
        return (int)n;
    if (access[n - 1].insn > slot->repeats)
        return -1;
    while (access[k].insn < slot->repeats)
        k++;
    return (int)k;
}

static bool has_shape(const Variant *v, const AilTaintAccess *access, unsigned n, bool noting)
{
    if (v->n_shape != n || v->noting != noting)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (v->shape[i].insn != access[i].insn || v->shape[i].size != access[i].size ||
            v->shape[i].write != access[i].write)
            return false;
    return true;
}

static Variant *find_variant(JitSlot *slot, const AilTaintAccess *access, unsigned n, bool noting)
{
    for (unsigned i = 0; i < slot->n; i++)
        if (has_shape(&slot->variant[i], access, n, noting))
            return &slot->variant[i];
    if (slot->n == MAX_VARIANTS || n > MAX_SHAPE)
        return NULL;
    Variant *v = &slot->variant[slot->n++];
    v->n_shape = (uint16_t)n;
    v->noting = noting;
    for (unsigned i = 0; i < n; i++)
        v->shape[i] = (AilTaintShape){access[i].insn, access[i].size, access[i].write};
    return v;
}

/* Whether at least half of the program is run each time. */
static bool is_dense(const AilTaintJit *j, const AilTaintProgram *p)
{
    return j->always || 2 * p->slot->work >= p->slot->runs * (1u + p->n_insns);
}

/* The variant of this execution; NULL: the program is not hot, or cannot be compiled. */
static Variant *variant_of(AilTaintJit *j, const AilTaint *t, const AilTaintProgram *p,
                           const AilTaintAccess *access, unsigned n_access)
{
    if (p->slot->work < j->hot * p->n_insns || j->work < j->start || !is_dense(j, p))
        return NULL;
    if (!p->slot->code)
        p->slot->code = slot_new(p);
    JitSlot *slot = p->slot->code;
    int n = slot->no ? -1 : shaped(slot, access, n_access);
    return n < 0 ? NULL : find_variant(slot, access, (unsigned)n, t->watch.insn != NULL);
}

/* A shape that is rare is not worth it, though its program is hot. */
static bool is_hot(const AilTaintJit *j, const AilTaintProgram *p, const Variant *v)
{
    return v->work >= j->hot * p->n_insns / MAX_VARIANTS;
}

void ail_taint_jit_run(AilTaintJit *j, AilTaint *t, const AilTaintProgram *p,
                       const AilTaintAccess *access, unsigned n_access)
{
    Variant *v = variant_of(j, t, p, access, n_access);
    AilTaintCode *code =
        v && v->function ? atomic_load_explicit(&v->function->code, memory_order_acquire) : NULL;
    if (code) {
        j->counts.compiled_runs++;
        code(t, p, access, n_access, &calls);
        return;
    }
    unsigned work = 1 + ail_taint_run(t, p, 0, p->n_insns, access, n_access);
    j->counts.interpreted_runs++;
    j->work += work;
    p->slot->runs++;
    p->slot->work += work;
    v = v ? v : variant_of(j, t, p, access, n_access);
    if (!v)
        return;
    v->work += work;
    if (!v->function && is_hot(j, p, v))
        v->function = jit_worker_want(j->worker, p, v->shape, v->n_shape, v->noting);
}
