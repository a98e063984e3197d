/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/jit.h"

#include <glib.h>
#include <string.h>

#include "analyzers/taint/jit_worker.h"

enum {
    HOT = 5000,       /* saves a fraction of a microsecond a run, and takes some milliseconds */
    MAX_VARIANTS = 4, /* of a program */
    MAX_SHAPE = 48,   /* accesses of a program that is compiled */
};

/* A shape that executions of a program had. */
typedef struct Variant {
    JitFunction *function; /* the worker's */
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
    uint64_t hot;
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

static Variant *find_variant(AilTaintJit *j, const AilTaintProgram *p, JitSlot *slot,
                             const AilTaintAccess *access, unsigned n, bool noting)
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
    v->function = jit_worker_want(j->worker, p, v->shape, n, noting);
    return v;
}

static AilTaintCode *find_code(AilTaintJit *j, const AilTaint *t, const AilTaintProgram *p,
                               const AilTaintAccess *access, unsigned n_access)
{
    if (++p->slot->runs < j->hot)
        return NULL;
    if (!p->slot->code)
        p->slot->code = slot_new(p);
    JitSlot *slot = p->slot->code;
    int n = slot->no ? -1 : shaped(slot, access, n_access);
    if (n < 0)
        return NULL;
    Variant *v = find_variant(j, p, slot, access, (unsigned)n, t->watch.insn != NULL);
    return v ? atomic_load_explicit(&v->function->code, memory_order_acquire) : NULL;
}

void ail_taint_jit_run(AilTaintJit *j, AilTaint *t, const AilTaintProgram *p,
                       const AilTaintAccess *access, unsigned n_access)
{
    AilTaintCode *code = find_code(j, t, p, access, n_access);
    if (code) {
        j->counts.compiled_runs++;
        code(t, p, access, n_access, &calls);
    } else {
        j->counts.interpreted_runs++;
        ail_taint_run(t, p, 0, p->n_insns, access, n_access);
    }
}
