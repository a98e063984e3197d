/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/back_private.h"

#include <glib.h>

#include "analyzers/taint/accesses.h"
#include "analyzers/taint/run_private.h"

enum { MAX_SET_BYTES = 1 << 30, STEP_0 = 0 };

struct AilBack {
    AilTaint *wanted; /* cells are sets of steps */
    AilTaintBlocks *blocks;
    AilBackListener listener;
    GArray *access; /* of AilTaintAccess; owned */
    uint32_t steps, max_steps;

    /* the chunk at hand */
    const AilChunk *chunk;
    uint32_t next, cut; /* executions and cuts before these are to come; next: at hand */
    uint64_t end;       /* icount before execution `next` */
    AilTaintMoment at;  /* of the execution at hand: its first instruction */
};

AilBack *ail_back_new(AilArch arch, unsigned flags, uint32_t max_steps,
                      const AilBackListener *listener, AilError *err)
{
    AilTaintBlocks *blocks = ail_taint_blocks_new(arch, flags, err);
    if (!blocks)
        return NULL;
    AilBack *b = g_new0(AilBack, 1);
    b->blocks = blocks;
    b->wanted = ail_taint_new(MAX_SET_BYTES);
    b->listener = *listener;
    b->max_steps = max_steps;
    b->access = g_array_new(FALSE, FALSE, sizeof(AilTaintAccess));
    return b;
}

void ail_back_free(AilBack *b)
{
    if (!b)
        return;
    ail_taint_free(b->wanted);
    ail_taint_blocks_free(b->blocks);
    g_array_free(b->access, TRUE);
    g_free(b);
}

void ail_back_want_reg(AilBack *b, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n; i++)
        ail_taint_set_reg(b->wanted, i, ail_sets_one(b->wanted->sets, STEP_0));
}

void ail_back_want_memory(AilBack *b, uint64_t phys, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ail_shadow_set(b->wanted->shadow, phys + i, ail_sets_one(b->wanted->sets, STEP_0));
}

const AilLabelRange *ail_back_wanted(const AilBack *b, uint64_t phys, uint32_t *n)
{
    uint32_t set = ail_cell_set(ail_shadow_get(b->wanted->shadow, phys));
    return ail_sets_ranges(b->wanted->sets, set, n);
}

static bool nothing_in(const AilTaintMask *a, const AilTaintMask *b)
{
    uint64_t any = 0;
    for (unsigned w = 0; w < AIL_TAINT_MASK_WORDS; w++)
        any |= a->word[w] & b->word[w];
    return !any;
}

static bool reads_device(const AilTaintAccess *access, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!access[i].write && access[i].phys == AIL_TAINT_NOWHERE)
            return true;
    return false;
}

/* The address space that execution i runs in. */
static uint64_t asid_at(const AilChunk *chunk, uint32_t i)
{
    uint64_t asid = chunk->asid;
    for (uint32_t k = 0; k < chunk->n_events && chunk->events[k].flow_index <= i; k++)
        if (chunk->events[k].type == AIL_EVENT_ASID)
            asid = chunk->events[k].value;
    return asid;
}

static void tell_step(AilBack *b, const AilTaintProgram *p, unsigned i, uint32_t users, bool found,
                      bool device)
{
    AilBackStep step = {.number = b->steps, .at = b->at};
    step.constant = !found && !device;
    step.device = !found && device;
    step.at.asid = asid_at(b->chunk, b->next);
    step.at.insn = i;
    step.at.icount += i;
    step.at.pc += b->at.block->start[i];
    step.users = ail_sets_ranges(b->wanted->sets, users, &step.n_users);
    step.rough = p->insns[i].quality >= AIL_LIFT_CONSERVATIVE;
    b->listener.step(b->listener.self, &step);
}

/* Bytes that are wanted, but were something else when they were stored here: a device has written
 * them since. */
static void check_values(AilBack *b, const AilTaintAccess *access, uint64_t icount)
{
    for (unsigned i = 0; i < access->size && access->write && access->has_value; i++) {
        uint64_t phys = taint_phys_of(access, i);
        AilCell cell = phys == AIL_TAINT_NOWHERE ? 0 : ail_shadow_get(b->wanted->shadow, phys);
        uint8_t value = (uint8_t)(access->value[i / 8] >> i % 8 * 8);
        if (!(cell & AIL_CELL_HAS_VALUE) || (uint8_t)(cell >> AIL_CELL_VALUE_SHIFT) == value)
            continue;
        uint32_t n;
        const AilLabelRange *users = ail_back_wanted(b, phys, &n);
        b->listener.device(b->listener.self, icount, phys, users, n);
        ail_shadow_set(b->wanted->shadow, phys, 0);
    }
}

static void undo_insn(AilBack *b, const AilTaintProgram *p, unsigned i, unsigned first,
                      unsigned end)
{
    const AilTaintAccess *access = &g_array_index(b->access, AilTaintAccess, first);
    uint32_t users;
    for (unsigned k = end; k-- > first;)
        check_values(b, &g_array_index(b->access, AilTaintAccess, k), b->at.icount + i);
    unsigned found = back_run_insn(b->wanted, p, i, access, end - first, b->steps + 1, &users);
    if (!users)
        return;
    b->steps++;
    tell_step(b, p, i, users, found != 0, reads_device(access, end - first));
}

/* The first `executed` instructions of execution i, backwards. */
static void undo_execution(AilBack *b, uint32_t i, unsigned executed)
{
    const AilTaintProgram *p = ail_taint_blocks_get(b->blocks, b->chunk->flow[i]);
    uint32_t from = i ? b->chunk->access_end[i - 1] : 0, to = b->chunk->access_end[i];
    if (nothing_in(&b->wanted->tainted, &p->writes) &&
        !ail_taint_touched(b->wanted->shadow, b->chunk, from, to))
        return;
    ail_taint_collect(b->chunk, from, to, b->access);
    unsigned end = b->access->len;
    while (end && g_array_index(b->access, AilTaintAccess, end - 1).insn >= executed)
        end--;
    for (unsigned n = executed; n-- > 0 && !ail_back_limited(b);) {
        unsigned first = end;
        while (first && g_array_index(b->access, AilTaintAccess, first - 1).insn >= n)
            first--;
        undo_insn(b, p, n, first, end);
        end = first;
    }
    ail_taint_refresh(b->wanted, &p->touches);
}

/* --- chunks --- */

void ail_back_begin(AilBack *b, const AilChunk *chunk)
{
    b->chunk = chunk;
    b->next = chunk->n_flow;
    b->cut = chunk->n_cuts;
    b->end = chunk->icount + chunk->insns;
    ail_taint_blocks_use(b->blocks, chunk->dict);
}

void ail_back_to(AilBack *b, uint64_t icount, uint64_t begin)
{
    const AilChunk *chunk = b->chunk;
    while (b->next && b->end > begin && !ail_back_done(b)) {
        uint32_t i = --b->next;
        const AilBlock *block = ail_dict_get(chunk->dict, chunk->flow[i]);
        unsigned executed = block->n_insns;
        if (b->cut && chunk->cuts[b->cut - 1].at == i)
            executed = chunk->cuts[--b->cut].executed;
        b->end -= executed; /* where the execution begins */
        if (b->end >= icount)
            continue;
        b->at = (AilTaintMoment){.icount = b->end, .pc = block->pc, .block = block};
        if (b->end + executed > icount)
            executed = (unsigned)(icount - b->end);
        undo_execution(b, i, executed);
    }
}

bool ail_back_limited(const AilBack *b)
{
    return b->max_steps && b->steps >= b->max_steps;
}

bool ail_back_done(const AilBack *b)
{
    return ail_back_limited(b) ||
           (!ail_back_wanted_state(b) && !ail_shadow_counts(b->wanted->shadow).tainted);
}

uint64_t ail_back_wanted_memory(const AilBack *b)
{
    return ail_shadow_counts(b->wanted->shadow).tainted;
}

unsigned ail_back_wanted_state(const AilBack *b)
{
    unsigned n = 0;
    for (unsigned w = 0; w < AIL_TAINT_MASK_WORDS; w++)
        n += (unsigned)__builtin_popcountll(b->wanted->tainted.word[w]);
    return n;
}

uint32_t ail_back_steps(const AilBack *b)
{
    return b->steps;
}
