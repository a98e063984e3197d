/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the stack tracker. */
#ifndef AIL_ANALYZERS_STACKS_PRIVATE_H
#define AIL_ANALYZERS_STACKS_PRIVATE_H

#include <glib.h>

#include "analyzers/stacks.h"

/* One stack: of a user thread, or of a thread in the kernel (then perhaps on top of a user's). */
typedef struct Stack {
    AilFrame *frames; /* owned; frames[0] is the root, or how the kernel was entered */
    uint32_t n, cap;
    bool kernel;
    uint64_t asid;       /* of a user stack */
    uint64_t resume;     /* user stack: where it goes on after the kernel */
    uint64_t used;       /* when it was last switched to */
    struct Stack *below; /* kernel stack: the user stack that entered; borrowed, may be NULL */
} Stack;

typedef enum {
    PENDING_NONE = 0,
    PENDING_ENTRY,   /* a call was made: the next block is the function */
    PENDING_RETURN,  /* a return was executed */
    PENDING_SYSCALL, /* syscall, int n, svc: the next block is its handler */
    PENDING_RESUME,  /* iret, eret, sysret */
    PENDING_MASK = 7,
    PENDING_TRAP = 8,   /* an interrupt or exception was announced: the next block is its handler */
    PENDING_START = 16, /* nothing ran yet */
} Pending;

struct AilStacks {
    const AilChunk *chunk;
    uint64_t version; /* changes whenever the current stack does */
    uint32_t pending; /* what the next block's address decides: Pending */
    uint32_t event;   /* the next in chunk */
    uint64_t at;      /* the execution in chunk that the last step came before */
    bool user;        /* the block that ran last has no privilege */
    bool by_slot;     /* the addr column is there */
    bool x86;         /* what the last arrival was at */
    uint64_t asid;
    uint64_t fall;     /* address after the last transfer's instruction */
    uint64_t slot;     /* PENDING_RETURN: where the return address was read, 0: unknown */
    uint64_t trap_pc;  /* PENDING_TRAP: where it resumes, */
    uint8_t trap_kind; /* and AilFrameKind */
    GPtrArray *stacks; /* of Stack; owned */
    Stack *current;    /* in stacks; NULL before the first block */
    uint64_t clock;    /* for Stack.used */
    uint64_t forgotten;
    AilGuest *guest;    /* owned */
    GHashTable *spaces; /* owned; address space -> number of what the guest has had there last */
};

/* stacks_table.c: stacks and their frames */
Stack *stack_new(AilStacks *s, bool kernel);
void stack_free(gpointer stack);
void stack_remove(AilStacks *s, Stack *stack);
/* Forget the user stacks of an address space, but the current one. */
void stack_forget_space(AilStacks *s, uint64_t asid);
void stack_switch(AilStacks *s, Stack *to);
AilFrame *stack_push(AilStacks *s, AilFrame frame);
void stack_cut(AilStacks *s, uint32_t n); /* keep the outermost n frames of the current stack */
/* The innermost frame whose slot is known, or NULL. */
const AilFrame *stack_anchor(const Stack *stack);
/* Index of the first frame of the innermost segment. */
uint32_t stack_segment(const Stack *stack);
/* Move the frames from..n of the current stack to a stack of their own. */
void stack_split(AilStacks *s, uint32_t from);
/* Another stack of the same kind and address space whose innermost frame returns to `ret` and has
 * its return address at `slot` (0: any); the one used last. */
Stack *stack_find_return(AilStacks *s, uint64_t slot, uint64_t ret);
/* Another stack of the same kind and address space with a frame, one of its innermost, that has
 * this slot; *frame is its index. */
Stack *stack_find_slot(AilStacks *s, uint64_t slot, uint32_t *frame);
/* The user stack of this address space that goes on at pc, or NULL. */
Stack *stack_find_resume(AilStacks *s, uint64_t asid, uint64_t pc);
/* Another stack of the same kind and address space that `slot` could be the next frame of. */
Stack *stack_find_near(AilStacks *s, uint64_t slot);

/* stacks_transfer.c: what calls and returns do to the current stack */
void transfer_call(AilStacks *s, uint64_t site, uint64_t ret, uint64_t slot);
void transfer_return(AilStacks *s, uint64_t slot, uint64_t target);
void transfer_resume(AilStacks *s, uint64_t target);
void transfer_link_store(AilStacks *s, uint64_t slot);
void transfer_link_load(AilStacks *s, uint64_t slot);

/*
 * How far below the last return address the next one may be pushed and still be taken for the same
 * stack. Kernel frames are small (Linux warns from 2 KiB), and their stacks may be neighbours; user
 * frames may be large, and threads' stacks are far apart. A frame that is larger becomes a segment
 * of its own, which harms nothing.
 */
static inline uint64_t stack_window(const Stack *stack)
{
    return stack->kernel ? 0x1000 : 0x10000;
}

#endif
