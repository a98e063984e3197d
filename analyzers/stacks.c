/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack tracker's way through a trace: what each block and event means to the stack. */
#include "analyzers/stacks_private.h"

AilStacks *ail_stacks_new(const AilBlocks *blocks, uint32_t columns)
{
    AilStacks *s = g_new0(AilStacks, 1);
    s->blocks = blocks;
    s->by_slot = columns & AIL_COL_ADDR;
    s->decoder = ail_decoder_new();
    s->marks = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    s->stacks = g_ptr_array_new_with_free_func(stack_free);
    s->fast.pending = PENDING_START;
    return s;
}

void ail_stacks_free(AilStacks *s)
{
    if (!s)
        return;
    g_ptr_array_free(s->stacks, TRUE);
    g_array_free(s->marks, TRUE);
    ail_decoder_free(s->decoder);
    g_free(s->fast.meta);
    g_free(s);
}

void ail_stacks_mark_pc(AilStacks *s, uint64_t pc)
{
    g_array_append_val(s->marks, pc);
}

static bool is_marked(const AilStacks *s, const AilBlock *block)
{
    for (guint m = 0; m < s->marks->len; m++) {
        uint64_t offset = g_array_index(s->marks, uint64_t, m) - block->pc;
        for (unsigned i = 0; offset < block->size && i < block->n_insns; i++)
            if (block->start[i] == offset)
                return true;
    }
    return false;
}

static AilBlockMeta meta_of(AilStacks *s, const AilBlock *block)
{
    AilBlockMeta m = {
        .n_insns = block->n_insns, .link_store = AIL_NO_INSN, .link_load = AIL_NO_INSN};
    m.term = (uint8_t)ail_terminator(s->decoder, block);
    m.flags = block->user ? AIL_META_USER : 0;
    if (is_marked(s, block))
        m.flags |= AIL_META_MARK;
    if (block->mode == AIL_MODE_A64 && s->by_slot) {
        int store = ail_a64_link_access(block, false), load = ail_a64_link_access(block, true);
        m.link_store = store < 0 ? AIL_NO_INSN : (uint16_t)store;
        m.link_load = load < 0 ? AIL_NO_INSN : (uint16_t)load;
        if (store >= 0 || load >= 0)
            m.flags |= AIL_META_LINK;
    }
    return m;
}

void ail_stacks_begin_chunk(AilStacks *s, const AilChunk *chunk)
{
    uint32_t n = ail_blocks_count(s->blocks);
    if (n > s->meta_cap) {
        s->meta_cap = MAX(n, s->meta_cap * 2);
        s->fast.meta = g_renew(AilBlockMeta, s->fast.meta, s->meta_cap);
    }
    for (; s->n_meta < n; s->n_meta++)
        s->fast.meta[s->n_meta] = meta_of(s, ail_blocks_get(s->blocks, s->n_meta));
    s->chunk = chunk;
    s->asid = chunk->asid;
}

static void start(AilStacks *s, const AilBlock *block)
{
    s->current = stack_new(s, !block->user);
    stack_push(s, (AilFrame){.entry = block->pc, .kind = AIL_FRAME_ROOT});
    s->fast.flags = block->user ? AIL_META_USER : 0;
}

/* The kernel was entered from user mode: it starts with an empty stack. */
static void enter_kernel(AilStacks *s, const AilBlock *block, AilFrame marker)
{
    Stack *user = s->current;
    user->resume = marker.ret;
    Stack *kernel = stack_new(s, true);
    kernel->below = user;
    marker.entry = block->pc;
    stack_switch(s, kernel);
    stack_push(s, marker);
}

/* Back to user mode: on the stack that entered, or on that of the thread that goes on here. */
static void leave_kernel(AilStacks *s, const AilBlock *block)
{
    Stack *kernel = s->current, *user = kernel->below;
    if (user && user->asid != s->asid)
        user = NULL;
    if (!user || user->resume != block->pc) {
        /* A signal handler or a thread that was never seen: by its first call's slot it is told
         * whether it runs on the interrupted stack. Where there are no slots, it is taken to. */
        bool later = s->by_slot && block->mode != AIL_MODE_A64;
        Stack *other = stack_find_resume(s, s->asid, block->pc);
        user = other ? other : later ? NULL : user;
    }
    if (user)
        stack_switch(s, user);
    else {
        stack_switch(s, stack_new(s, false));
        stack_push(s, (AilFrame){.entry = block->pc, .kind = AIL_FRAME_ROOT});
    }
    s->current->resume = 0;
    stack_remove(s, kernel);
}

/* The transfer that was executed last has gone to `target`. */
static void settle_transfer(AilStacks *s, uint64_t target, uint32_t pending)
{
    if (pending == PENDING_ENTRY) {
        s->current->frames[s->current->n - 1].entry = target;
        s->fast.version++;
    } else if (pending == PENDING_RETURN) {
        transfer_return(s, s->slot, target);
    }
}

static void enter_handler(AilStacks *s, const AilBlock *block, AilFrame marker)
{
    if (!block->user && (s->fast.flags & AIL_META_USER)) {
        enter_kernel(s, block, marker);
    } else {
        marker.entry = block->pc;
        stack_push(s, marker);
    }
}

/* No trap was announced: what the last transfer and the change of privilege tell. */
static void arrive_plainly(AilStacks *s, const AilBlock *block, uint32_t pending)
{
    bool was_user = s->fast.flags & AIL_META_USER;
    if (was_user && !block->user) {
        bool asked = pending == PENDING_SYSCALL;
        AilFrame marker = {.ret = asked ? s->fall : 0,
                           .kind = asked ? AIL_FRAME_SYSCALL : AIL_FRAME_EXCEPTION};
        enter_kernel(s, block, marker);
    } else if (!was_user && block->user) {
        leave_kernel(s, block);
    } else if (pending == PENDING_SYSCALL && block->pc != s->fall) {
        stack_push(s, (AilFrame){.entry = block->pc, .ret = s->fall, .kind = AIL_FRAME_SYSCALL});
    } else if (pending == PENDING_RESUME) {
        transfer_resume(s, block->pc);
    } else {
        settle_transfer(s, block->pc, pending);
    }
}

void ail_stacks_arrive(AilStacks *s, uint32_t id)
{
    const AilBlock *block = ail_blocks_get(s->blocks, id);
    uint32_t pending = s->fast.pending;
    s->fast.pending = 0;
    s->x86 = block->mode != AIL_MODE_A64;
    if (pending & PENDING_START) {
        start(s, block);
        return;
    }
    if (pending & PENDING_TRAP)
        enter_handler(s, block, (AilFrame){.ret = s->trap_pc, .kind = s->trap_kind});
    else
        arrive_plainly(s, block, pending & PENDING_MASK);
    s->fast.flags = block->user ? AIL_META_USER : 0;
}

/* A trap between a transfer and the block that it went to: the trap's pc is where it went. */
static void settle_before_trap(AilStacks *s, uint64_t pc)
{
    uint32_t pending = s->fast.pending & PENDING_MASK;
    s->fast.pending = 0;
    if (!s->current)
        return;
    if (pending == PENDING_SYSCALL)
        return; /* int n and svc are announced as exceptions: one and the same */
    if (pending == PENDING_RESUME && !(s->fast.flags & AIL_META_USER)) {
        /* Whether it resumed user mode is only seen by where it goes: is it ours to resume? */
        Stack *user = s->current->below;
        if (user && user->resume == pc && s->current->frames[0].ret == pc) {
            Stack *kernel = s->current;
            stack_switch(s, user);
            stack_remove(s, kernel);
            s->fast.flags = AIL_META_USER;
        } else {
            transfer_resume(s, pc);
        }
    } else {
        settle_transfer(s, pc, pending);
    }
}

void ail_stacks_event(AilStacks *s, const AilEvent *event)
{
    if (event->type == AIL_EVENT_ASID)
        s->asid = event->value;
    if (event->type != AIL_EVENT_EXCEPTION && event->type != AIL_EVENT_INTERRUPT)
        return;
    if (s->fast.pending & (PENDING_START | PENDING_TRAP))
        return; /* what came before the trace cannot be known; of two traps the first counts */
    bool asked = (s->fast.pending & PENDING_MASK) == PENDING_SYSCALL && event->pc == s->fall;
    settle_before_trap(s, event->pc);
    s->trap_pc = event->pc;
    s->trap_kind = asked                                ? AIL_FRAME_SYSCALL
                   : event->type == AIL_EVENT_INTERRUPT ? AIL_FRAME_INTERRUPT
                                                        : AIL_FRAME_EXCEPTION;
    s->fast.pending = PENDING_TRAP;
}

static void find_stop(const AilChunk *chunk, AilStacksStop *stop)
{
    stop->at = UINT32_MAX;
    if (stop->event < chunk->n_events)
        stop->at = chunk->events[stop->event].flow_index;
    if (stop->cut < chunk->n_cuts)
        stop->at = MIN(stop->at, chunk->cuts[stop->cut].at);
}

AilStacksStop ail_stacks_first_stop(const AilStacks *s)
{
    AilStacksStop stop = {0, 0, 0};
    find_stop(s->chunk, &stop);
    return stop;
}

uint32_t ail_stacks_stop(AilStacks *s, AilStacksStop *stop, uint32_t i, uint32_t executed)
{
    const AilChunk *c = s->chunk;
    while (stop->event < c->n_events && c->events[stop->event].flow_index <= i)
        ail_stacks_event(s, &c->events[stop->event++]);
    if (stop->cut < c->n_cuts && c->cuts[stop->cut].at == i)
        executed = c->cuts[stop->cut++].executed;
    find_stop(c, stop);
    return executed;
}

/* Address of the first access of instruction `insn` in execution i that is a store (or a load), or
 * 0. last: the last such access instead. */
static uint64_t access_of(const AilStacks *s, uint32_t i, uint32_t insn, bool store, bool last)
{
    const AilChunk *c = s->chunk;
    uint64_t addr = 0;
    if (!s->by_slot || !c->access_end)
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

static void depart_link(AilStacks *s, uint32_t i, const AilBlockMeta *m, uint32_t executed)
{
    uint64_t slot = m->link_store < executed ? access_of(s, i, m->link_store, true, false) : 0;
    if (slot)
        transfer_link_store(s, slot);
    slot = m->link_load < executed ? access_of(s, i, m->link_load, false, false) : 0;
    if (slot)
        transfer_link_load(s, slot);
}

void ail_stacks_depart(AilStacks *s, uint32_t i, uint32_t id, uint32_t executed)
{
    const AilBlockMeta *m = &s->fast.meta[id];
    if (m->flags & AIL_META_LINK)
        depart_link(s, i, m, executed);
    if (executed < m->n_insns || m->term == AIL_TERM_OTHER)
        return;
    const AilBlock *block = ail_blocks_get(s->blocks, id);
    uint32_t last = block->n_insns - 1u;
    bool a64 = block->mode == AIL_MODE_A64;
    s->fall = block->pc + block->size;
    switch ((AilTerminator)m->term) {
    case AIL_TERM_CALL:
        transfer_call(s, block->pc + block->start[last], s->fall,
                      a64 ? 0 : access_of(s, i, last, true, true));
        s->fast.pending = PENDING_ENTRY;
        break;
    case AIL_TERM_RETURN:
        s->slot = a64 ? 0 : access_of(s, i, last, false, false);
        s->fast.pending = PENDING_RETURN;
        break;
    case AIL_TERM_ENTRY:
        s->fast.pending = PENDING_SYSCALL;
        break;
    default:
        s->fast.pending = PENDING_RESUME;
        break;
    }
}

uint64_t ail_stacks_asid(const AilStacks *s)
{
    return s->asid;
}

uint64_t ail_stacks_caller(const AilStacks *s)
{
    if (!s->current)
        return 0;
    const AilFrame *top = &s->current->frames[s->current->n - 1];
    return top->kind == AIL_FRAME_CALL ? top->ret : 0;
}

size_t ail_stacks_frames(AilStacks *s, AilFrame **frames, size_t max, size_t *total)
{
    size_t n = 0, all = 0;
    for (Stack *stack = s->current; stack; stack = stack->below) {
        for (uint32_t k = stack->n; k-- > 0 && n < max;)
            frames[n++] = &stack->frames[k];
        all += stack->n;
    }
    if (total)
        *total = all;
    return n;
}

bool ail_stacks_user_asid(const AilStacks *s, uint64_t *asid)
{
    const Stack *user = s->current && s->current->kernel ? s->current->below : s->current;
    if (user)
        *asid = user->asid;
    return user != NULL;
}

uint64_t ail_stacks_forgotten(const AilStacks *s)
{
    return s->forgotten;
}
