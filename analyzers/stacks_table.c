/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks that are known, and the frames of one. */
#include "analyzers/stacks_private.h"

#include <string.h>

void stack_free(gpointer p)
{
    Stack *stack = p;
    g_free(stack->frames);
    g_free(stack);
}

void stack_remove(AilStacks *s, Stack *stack)
{
    for (guint i = 0; i < s->stacks->len; i++) {
        Stack *other = s->stacks->pdata[i];
        if (other->below == stack)
            other->below = NULL;
    }
    g_ptr_array_remove_fast(s->stacks, stack);
}

void stack_forget_space(AilStacks *s, uint64_t asid)
{
    for (guint i = s->stacks->len; i-- > 0;) {
        Stack *stack = s->stacks->pdata[i];
        if (!stack->kernel && stack->asid == asid && stack != s->current)
            stack_remove(s, stack); /* the last one takes its place, which was looked at */
    }
}

static void forget_oldest(AilStacks *s)
{
    Stack *oldest = NULL;
    for (guint i = 0; i < s->stacks->len; i++) {
        Stack *stack = s->stacks->pdata[i];
        if (stack == s->current || (s->current && stack == s->current->below))
            continue;
        if (!oldest || stack->used < oldest->used)
            oldest = stack;
    }
    if (oldest)
        stack_remove(s, oldest);
    s->forgotten++;
}

Stack *stack_new(AilStacks *s, bool kernel)
{
    if (s->stacks->len >= AIL_STACKS_MAX)
        forget_oldest(s);
    Stack *stack = g_new0(Stack, 1);
    stack->kernel = kernel;
    stack->asid = s->asid;
    stack->used = ++s->clock;
    g_ptr_array_add(s->stacks, stack);
    return stack;
}

void stack_switch(AilStacks *s, Stack *to)
{
    to->used = ++s->clock;
    s->current = to;
    s->version++;
}

/* The outer half goes, the root stays. */
static void drop_outermost(Stack *stack)
{
    uint32_t drop = stack->n / 2;
    memmove(stack->frames + 1, stack->frames + 1 + drop,
            (stack->n - 1 - drop) * sizeof *stack->frames);
    stack->n -= drop;
}

AilFrame *stack_push(AilStacks *s, AilFrame frame)
{
    Stack *stack = s->current;
    if (stack->n == AIL_STACKS_MAX_DEPTH)
        drop_outermost(stack);
    if (stack->n == stack->cap) {
        stack->cap = MAX(16, stack->cap * 2);
        stack->frames = g_renew(AilFrame, stack->frames, stack->cap);
    }
    stack->frames[stack->n] = frame;
    s->version++;
    return &stack->frames[stack->n++];
}

void stack_cut(AilStacks *s, uint32_t n)
{
    s->current->n = n;
    s->version++;
}

const AilFrame *stack_anchor(const Stack *stack)
{
    for (uint32_t i = stack->n; i-- > 0;)
        if (stack->frames[i].slot)
            return &stack->frames[i];
    return NULL;
}

uint32_t stack_segment(const Stack *stack)
{
    uint32_t i = stack->n - 1;
    while (i > 0 && !stack->frames[i].segment)
        i--;
    return i;
}

void stack_split(AilStacks *s, uint32_t from)
{
    Stack *stack = s->current;
    uint32_t n = stack->n - from;
    Stack *part = stack_new(s, stack->kernel);
    part->asid = stack->asid;
    part->cap = n + 1;
    part->frames = g_new(AilFrame, part->cap);
    part->frames[0] = (AilFrame){.entry = stack->frames[from].entry, .kind = AIL_FRAME_ROOT};
    memcpy(part->frames + 1, stack->frames + from, n * sizeof *part->frames);
    part->n = n + 1;
    for (uint32_t i = 0; i < part->n; i++)
        part->frames[i].tag = 0;
    part->frames[1].segment = false;
    stack_cut(s, from);
}

static bool same_space(const AilStacks *s, const Stack *stack)
{
    const Stack *current = s->current;
    if (stack == current || stack->kernel != current->kernel)
        return false;
    return stack->kernel || stack->asid == s->asid;
}

Stack *stack_find_return(AilStacks *s, uint64_t slot, uint64_t ret)
{
    Stack *best = NULL;
    bool best_asid = false;
    for (guint i = 0; i < s->stacks->len; i++) {
        Stack *stack = s->stacks->pdata[i];
        const AilFrame *top = &stack->frames[stack->n - 1];
        if (top->ret != ret || (slot && top->slot != slot) || !same_space(s, stack))
            continue;
        /* A kernel has loaded the address space before it switches to the thread. */
        bool asid = stack->below && stack->below->asid == s->asid;
        if (!best || asid > best_asid || (asid == best_asid && stack->used > best->used)) {
            best = stack;
            best_asid = asid;
        }
    }
    return best;
}

Stack *stack_find_slot(AilStacks *s, uint64_t slot, uint32_t *frame)
{
    Stack *best = NULL;
    for (guint i = 0; i < s->stacks->len; i++) {
        Stack *stack = s->stacks->pdata[i];
        if (!same_space(s, stack) || (best && stack->used < best->used))
            continue;
        /* A thread is switched away from within a few calls of the switch. */
        uint32_t last = stack->n > 8 ? stack->n - 8 : 1;
        for (uint32_t k = stack->n; k-- > last;) {
            if (stack->frames[k].slot == slot) {
                best = stack;
                *frame = k;
                break;
            }
        }
    }
    return best;
}

Stack *stack_find_resume(AilStacks *s, uint64_t asid, uint64_t pc)
{
    Stack *best = NULL;
    for (guint i = 0; i < s->stacks->len; i++) {
        Stack *stack = s->stacks->pdata[i];
        if (!stack->kernel && stack->asid == asid && stack->resume == pc &&
            (!best || stack->used > best->used))
            best = stack;
    }
    return best;
}

Stack *stack_find_near(AilStacks *s, uint64_t slot)
{
    Stack *best = NULL;
    uint64_t nearest = stack_window(s->current);
    for (guint i = 0; i < s->stacks->len; i++) {
        Stack *stack = s->stacks->pdata[i];
        const AilFrame *anchor = same_space(s, stack) ? stack_anchor(stack) : NULL;
        if (anchor && anchor->slot - slot < nearest) {
            nearest = anchor->slot - slot;
            best = stack;
        }
    }
    return best;
}
