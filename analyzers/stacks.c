/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack tracker's way through a trace: what each block and event means to the stack. */
#include "analyzers/stacks_private.h"

enum { MAX_SPACES = 1 << 16 }; /* whose users are watched */

AilStacks *ail_stacks_new(uint32_t columns)
{
    AilStacks *s = g_new0(AilStacks, 1);
    s->by_slot = columns & AIL_COL_ADDR;
    s->stacks = g_ptr_array_new_with_free_func(stack_free);
    s->pending = PENDING_START;
    s->guest = ail_guest_new();
    s->spaces = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    return s;
}

void ail_stacks_free(AilStacks *s)
{
    if (!s)
        return;
    g_ptr_array_free(s->stacks, TRUE);
    ail_guest_free(s->guest);
    g_hash_table_destroy(s->spaces);
    g_free(s);
}

void ail_stacks_begin_chunk(AilStacks *s, const AilChunk *chunk)
{
    s->chunk = chunk;
    s->asid = chunk->asid;
    s->event = 0;
    s->at = 0;
}

static bool in_user(const AilStep *next)
{
    return next->flags & AIL_STEP_USER;
}

static void start(AilStacks *s, const AilStep *next)
{
    s->current = stack_new(s, !in_user(next));
    stack_push(s, (AilFrame){.entry = next->target, .kind = AIL_FRAME_ROOT});
}

/* The kernel was entered from user mode: it starts with an empty stack. */
static void enter_kernel(AilStacks *s, const AilStep *next, AilFrame marker)
{
    Stack *user = s->current;
    user->resume = marker.ret;
    Stack *kernel = stack_new(s, true);
    kernel->below = user;
    marker.entry = next->target;
    stack_switch(s, kernel);
    stack_push(s, marker);
}

/* Back to user mode: on the stack that entered, or on that of the thread that goes on here. */
static void leave_kernel(AilStacks *s, const AilStep *next)
{
    Stack *kernel = s->current, *user = kernel->below;
    if (user && user->asid != s->asid)
        user = NULL;
    if (!user || user->resume != next->target) {
        /* A signal handler or a thread that was never seen: by its first call's slot it is told
         * whether it runs on the interrupted stack. Where there are no slots, it is taken to. */
        bool later = s->by_slot && !(next->flags & AIL_STEP_LINKED);
        Stack *other = stack_find_resume(s, s->asid, next->target);
        user = other ? other : later ? NULL : user;
    }
    if (user)
        stack_switch(s, user);
    else {
        stack_switch(s, stack_new(s, false));
        stack_push(s, (AilFrame){.entry = next->target, .kind = AIL_FRAME_ROOT});
    }
    s->current->resume = 0;
    stack_remove(s, kernel);
}

/* The transfer that was executed last has gone to `target`. */
static void settle_transfer(AilStacks *s, uint64_t target, uint32_t pending)
{
    if (pending == PENDING_ENTRY) {
        s->current->frames[s->current->n - 1].entry = target;
        s->version++;
    } else if (pending == PENDING_RETURN) {
        transfer_return(s, s->slot, target);
    }
}

static void enter_handler(AilStacks *s, const AilStep *next, AilFrame marker)
{
    if (!in_user(next) && s->user) {
        enter_kernel(s, next, marker);
    } else {
        marker.entry = next->target;
        stack_push(s, marker);
    }
}

/* No trap was announced: what the last transfer and the change of privilege tell. */
static void arrive_plainly(AilStacks *s, const AilStep *next, uint32_t pending)
{
    bool was_user = s->user;
    if (was_user && !in_user(next)) {
        bool asked = pending == PENDING_SYSCALL;
        AilFrame marker = {.ret = asked ? s->fall : 0,
                           .kind = asked ? AIL_FRAME_SYSCALL : AIL_FRAME_EXCEPTION};
        enter_kernel(s, next, marker);
    } else if (!was_user && in_user(next)) {
        leave_kernel(s, next);
    } else if (pending == PENDING_SYSCALL && next->target != s->fall) {
        stack_push(s, (AilFrame){.entry = next->target, .ret = s->fall, .kind = AIL_FRAME_SYSCALL});
    } else if (pending == PENDING_RESUME) {
        transfer_resume(s, next->target);
    } else {
        settle_transfer(s, next->target, pending);
    }
}

/* The next block is about to run, and something was waiting for its address. */
static void arrive(AilStacks *s, const AilStep *next)
{
    uint32_t pending = s->pending;
    s->pending = 0;
    s->x86 = !(next->flags & AIL_STEP_LINKED);
    if (pending & PENDING_START)
        start(s, next);
    else if (pending & PENDING_TRAP)
        enter_handler(s, next, (AilFrame){.ret = s->trap_pc, .kind = s->trap_kind});
    else
        arrive_plainly(s, next, pending & PENDING_MASK);
    s->user = in_user(next);
}

/* A trap between a transfer and the block that it went to: the trap's pc is where it went. */
static void settle_before_trap(AilStacks *s, uint64_t pc)
{
    uint32_t pending = s->pending & PENDING_MASK;
    s->pending = 0;
    if (!s->current)
        return;
    if (pending == PENDING_SYSCALL)
        return; /* int n and svc are announced as exceptions: one and the same */
    if (pending == PENDING_RESUME && !s->user) {
        /* Whether it resumed user mode is only seen by where it goes: is it ours to resume? */
        Stack *user = s->current->below;
        if (user && user->resume == pc && s->current->frames[0].ret == pc) {
            Stack *kernel = s->current;
            stack_switch(s, user);
            stack_remove(s, kernel);
            s->user = true;
        } else {
            transfer_resume(s, pc);
        }
    } else {
        settle_transfer(s, pc, pending);
    }
}

/* The guest uses its address spaces' numbers again: stacks of a process that is gone are not to be
 * taken for those of the one that has its number now. */
static void take_guest(AilStacks *s, const AilEvent *event)
{
    AilGuestTask t;
    ail_guest_take(s->guest, event);
    if (event->type != AIL_EVENT_TASK || !ail_guest_task(event, &t) || !t.asid)
        return;
    uint64_t id = ail_guest_space_id(s->guest, t.mm);
    uint64_t *known = g_hash_table_lookup(s->spaces, &t.asid);
    if (known && *known != id)
        stack_forget_space(s, t.asid);
    if (known)
        *known = id;
    else if (g_hash_table_size(s->spaces) < MAX_SPACES)
        g_hash_table_insert(s->spaces, g_memdup2(&t.asid, sizeof t.asid),
                            g_memdup2(&id, sizeof id));
}

static void take_event(AilStacks *s, const AilEvent *event)
{
    if (event->type >= AIL_EVENT_KERNEL)
        take_guest(s, event);
    if (event->type == AIL_EVENT_ASID)
        s->asid = event->value;
    if (event->type != AIL_EVENT_EXCEPTION && event->type != AIL_EVENT_INTERRUPT)
        return;
    if (s->pending & (PENDING_START | PENDING_TRAP))
        return; /* what came before the trace cannot be known; of two traps the first counts */
    bool asked = (s->pending & PENDING_MASK) == PENDING_SYSCALL && event->pc == s->fall;
    settle_before_trap(s, event->pc);
    s->trap_pc = event->pc;
    s->trap_kind = asked                                ? AIL_FRAME_SYSCALL
                   : event->type == AIL_EVENT_INTERRUPT ? AIL_FRAME_INTERRUPT
                                                        : AIL_FRAME_EXCEPTION;
    s->pending = PENDING_TRAP;
}

static void leave(AilStacks *s, const AilStep *step)
{
    unsigned kind = ail_step_kind(step);
    if (kind == AIL_STEP_LINK_STORE) {
        transfer_link_store(s, step->slot);
        return;
    }
    if (kind == AIL_STEP_LINK_LOAD) {
        transfer_link_load(s, step->slot);
        return;
    }
    s->fall = step->fall;
    switch ((AilTerminator)kind) {
    case AIL_TERM_CALL:
        transfer_call(s, step->fall - (step->kind_size >> 4), step->fall, step->slot);
        s->pending = PENDING_ENTRY;
        break;
    case AIL_TERM_RETURN:
        s->slot = step->slot;
        s->pending = PENDING_RETURN;
        break;
    case AIL_TERM_ENTRY:
        s->pending = PENDING_SYSCALL;
        break;
    default:
        s->pending = PENDING_RESUME;
        break;
    }
}

static void take_events(AilStacks *s)
{
    const AilChunk *c = s->chunk;
    uint64_t until = s->at < c->n_flow ? s->at : UINT32_MAX;
    while (s->event < c->n_events && c->events[s->event].flow_index <= until)
        take_event(s, &c->events[s->event++]);
}

void ail_stacks_step(AilStacks *s, const AilStep *step)
{
    s->at += step->blocks;
    if (ail_step_kind(step))
        leave(s, step);
    if (step->flags & AIL_STEP_EVENTS)
        take_events(s);
    if ((step->flags & AIL_STEP_NEXT) && (s->pending || in_user(step) != s->user))
        arrive(s, step);
}

uint64_t ail_stacks_version(const AilStacks *s)
{
    return s->version;
}

AilFrame *ail_stacks_top(AilStacks *s, AilFrame **outer)
{
    Stack *stack = s->current;
    *outer = stack->n > 1 ? &stack->frames[stack->n - 2] : NULL;
    return &stack->frames[stack->n - 1];
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

const AilGuest *ail_stacks_guest(const AilStacks *s)
{
    return s->guest;
}

uint64_t ail_stacks_forgotten(const AilStacks *s)
{
    return s->forgotten;
}
