/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls and returns on the current stack. The address where a return address is kept (its slot)
 * says on which stack the machine is; slots fall from the outermost frame to the innermost within
 * a segment (stack memory in one piece).
 */
#include "analyzers/stacks_private.h"

static bool is_marker(const AilFrame *f)
{
    return f->kind >= AIL_FRAME_SYSCALL;
}

/* Drop frames of the innermost segment that a push at `slot` has overwritten: their functions ended
 * without a return (longjmp, a context that was thrown away). */
static void drop_dead(AilStacks *s, uint64_t slot)
{
    Stack *stack = s->current;
    uint32_t n = stack->n, base = MAX(stack_segment(stack), 1);
    while (n > base) {
        const AilFrame *top = &stack->frames[n - 1];
        uint64_t known = top->slot ? top->slot : n > 2 ? stack->frames[n - 2].slot : 0;
        if (!known || known > slot)
            break;
        n--;
    }
    if (n != stack->n)
        stack_cut(s, n);
}

/* Whether slot lies within the innermost segment, or, for a user stack, not far above it: known
 * frames were left behind by something like longjmp. */
static bool within_segment(const Stack *stack, uint64_t slot, const AilFrame *anchor)
{
    uint32_t base = stack_segment(stack), first = base;
    while (!stack->frames[first].slot)
        first++;
    uint64_t above = base == 0 && !stack->kernel ? stack_window(stack) : 0;
    return slot >= anchor->slot && slot <= stack->frames[first].slot + above;
}

/* A push that does not simply go on below the last one. True: it is on other stack memory, but
 * belongs to the same thread. */
static bool settle(AilStacks *s, uint64_t slot, const AilFrame *anchor)
{
    Stack *stack = s->current;
    if (anchor && within_segment(stack, slot, anchor)) {
        uint32_t base = stack_segment(stack);
        drop_dead(s, slot);
        return base > 0 && stack->n <= base; /* the new frame is the segment's first now */
    }
    /* Another thread's stack: a kernel may push there before it first returns there (Linux stuffs
     * the return predictor by calls in the middle of a thread switch). A stack that was just met
     * may be an old one. */
    if (!anchor && stack->kernel)
        return false;
    Stack *other = stack_find_near(s, slot);
    if (!other)
        return anchor != NULL;
    stack_switch(s, other);
    if (!anchor) {
        stack_remove(s, stack);
        drop_dead(s, slot);
    }
    return false;
}

void transfer_call(AilStacks *s, uint64_t site, uint64_t ret, uint64_t slot)
{
    AilFrame frame = {.site = site, .ret = ret, .slot = slot, .kind = AIL_FRAME_CALL};
    if (slot) {
        const AilFrame *anchor = stack_anchor(s->current);
        if (!anchor || slot >= anchor->slot || anchor->slot - slot > stack_window(s->current))
            frame.segment = settle(s, slot, anchor);
    }
    stack_push(s, frame);
}

/* A function that was running when the stack was first seen returns. */
static void return_from_root(AilStacks *s, uint64_t target)
{
    AilFrame *root = &s->current->frames[0];
    if (root->kind != AIL_FRAME_ROOT)
        return;
    root->entry = target;
    root->tag = 0;
    s->version++;
}

static void start_stack(AilStacks *s, uint64_t target)
{
    stack_switch(s, stack_new(s, s->current->kernel));
    stack_push(s, (AilFrame){.entry = target, .kind = AIL_FRAME_ROOT});
}

/* A return that pops `slot`, which is that of frame k: frames above it are gone, or, when they are
 * on other stack memory, have only been left (a coroutine) and live on by themselves. */
static void pop_frame(AilStacks *s, uint32_t k, uint64_t target)
{
    Stack *stack = s->current;
    for (uint32_t i = stack->n - 1; i > k; i--)
        if (stack->frames[i].segment)
            stack_split(s, i);
    bool elsewhere = stack->frames[k].ret != target;
    stack_cut(s, k);
    /* The return address was replaced: a retpoline. The function whose frame is now on top jumped
     * to the target, so it shows as the target rather than as the thunk. */
    AilFrame *top = &stack->frames[k - 1];
    if (elsewhere && top->kind == AIL_FRAME_CALL) {
        top->entry = target;
        top->tag = 0;
    }
}

/* The frame of the current stack whose slot this is, or 0; a marker that resumes at the target (an
 * interrupt handler that ends in a far return) counts too. */
static uint32_t find_slot(const Stack *stack, uint64_t slot, uint64_t target)
{
    for (uint32_t k = stack->n - 1; k > 0; k--) {
        const AilFrame *f = &stack->frames[k];
        if (f->slot == slot || (is_marker(f) && f->ret == target && stack->n - k <= 2))
            return k;
    }
    return 0;
}

/* The innermost function returns by a copy of its return address: entry code moves it, deeper on
 * the same stack or from the entry stack to the thread's. */
static bool was_moved(const Stack *stack, uint64_t slot, uint64_t target)
{
    const AilFrame *top = &stack->frames[stack->n - 1];
    if (top->kind != AIL_FRAME_CALL || top->ret != target)
        return false;
    bool near = slot < top->slot && top->slot - slot <= stack_window(stack);
    return near || (stack->n == 2 && is_marker(&stack->frames[0])) ||
           is_marker(&stack->frames[stack->n - 2]);
}

/* The stack is left for another by a return from `slot`: what was pushed just below that was on the
 * other stack already. */
static void drop_foreign(AilStacks *s, uint64_t slot)
{
    Stack *stack = s->current;
    uint32_t base = stack_segment(stack);
    const AilFrame *top = &stack->frames[stack->n - 1];
    if (base > 0 && slot > top->slot && slot - top->slot <= stack_window(stack))
        stack_cut(s, base);
}

static void return_elsewhere(AilStacks *s, uint64_t slot, uint64_t target)
{
    drop_foreign(s, slot);
    Stack *other = stack_find_return(s, slot, target);
    if (other) {
        stack_switch(s, other);
        stack_cut(s, other->n - 1);
    } else {
        start_stack(s, target);
    }
}

static void return_by_slot(AilStacks *s, uint64_t slot, uint64_t target)
{
    Stack *stack = s->current;
    uint32_t k = find_slot(stack, slot, target);
    if (k) {
        pop_frame(s, k, target);
        return;
    }
    const AilFrame *anchor = stack_anchor(stack);
    if (stack_find_return(s, slot, target))
        return_elsewhere(s, slot, target);
    else if (was_moved(stack, slot, target))
        stack_cut(s, stack->n - 1);
    else if (!anchor)
        return_from_root(s, target);
    else if (within_segment(stack, slot, anchor))
        drop_dead(s, slot);
    else if (slot > anchor->slot || anchor->slot - slot > stack_window(stack))
        return_elsewhere(s, slot, target);
    /* else an address was pushed and returned to: a jump, or the end of a signal handler */
}

/* AArch64: a return to where nothing returns. Entry code that maps the kernel goes on to the real
 * handler like that; else it is a thread that runs for the first time. */
static void jump_by_return(AilStacks *s, uint64_t target)
{
    Stack *stack = s->current;
    if (!stack->kernel)
        return; /* a signal handler, which the kernel called, ends */
    if (stack->n != 2 || !is_marker(&stack->frames[0])) {
        start_stack(s, target);
        return;
    }
    stack_cut(s, 1);
    stack->frames[0].entry = target;
    stack->frames[0].tag = 0;
}

static void return_by_target(AilStacks *s, uint64_t target)
{
    Stack *stack = s->current;
    for (uint32_t k = stack->n; k-- > 1;) {
        if (stack->frames[k].ret == target) {
            stack_cut(s, k);
            return;
        }
    }
    Stack *other = stack_find_return(s, 0, target);
    if (other) {
        stack_switch(s, other);
        stack_cut(s, other->n - 1);
    } else if (stack->n == 1) {
        return_from_root(s, target);
    } else if (!s->x86 && target != s->fall) {
        jump_by_return(s, target);
    }
}

void transfer_return(AilStacks *s, uint64_t slot, uint64_t target)
{
    Stack *stack = s->current;
    const AilFrame *top = &stack->frames[stack->n - 1];
    if (top->kind == AIL_FRAME_CALL && top->ret == target && (!slot || top->slot == slot))
        stack_cut(s, stack->n - 1);
    else if (slot)
        return_by_slot(s, slot, target);
    else
        return_by_target(s, target);
}

/* The end of an interrupt or exception within the same privilege. */
void transfer_resume(AilStacks *s, uint64_t target)
{
    Stack *stack = s->current;
    uint32_t innermost = 0;
    for (uint32_t k = stack->n; k-- > 1;) {
        const AilFrame *f = &stack->frames[k];
        if (is_marker(f) && f->ret == target) {
            stack_cut(s, k);
            return;
        }
        if (is_marker(f) && !innermost)
            innermost = k;
    }
    /* An exception may resume elsewhere: the handler repaired it. Not so an interrupt; and a
     * kernel may execute an iret to its own next instruction to serialise the processor. */
    if (innermost && stack->frames[innermost].kind != AIL_FRAME_INTERRUPT && target != s->fall)
        stack_cut(s, innermost);
}

void transfer_link_store(AilStacks *s, uint64_t slot)
{
    AilFrame *top = &s->current->frames[s->current->n - 1];
    if (top->kind == AIL_FRAME_CALL && !top->slot)
        top->slot = slot;
}

/* The running function reads its return address back: it must be the frame that keeps it there.
 * When it is not, the stack was switched since, or functions ended without a return. */
void transfer_link_load(AilStacks *s, uint64_t slot)
{
    Stack *stack = s->current;
    for (uint32_t k = stack->n; k-- > 1;) {
        if (stack->frames[k].slot == slot) {
            if (k + 1 != stack->n)
                stack_cut(s, k + 1);
            return;
        }
    }
    uint32_t frame;
    Stack *other = stack_find_slot(s, slot, &frame);
    if (!other)
        return;
    stack_switch(s, other);
    stack_cut(s, frame + 1);
}
