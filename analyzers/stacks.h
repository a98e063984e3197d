/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call stacks of everything that runs, followed through a trace: every thread of every address
 * space, user and kernel parts, interrupts on top of them. How: docs/analyses.md, "How call stacks
 * are followed".
 *
 * Use: ail_steps_find for each chunk (in parallel), then in order of the chunks
 * ail_stacks_begin_chunk and ail_stacks_step for each step: the stack is the same from one step to
 * the next. One thread at a time.
 */
#ifndef AIL_ANALYZERS_STACKS_H
#define AIL_ANALYZERS_STACKS_H

#include "analyzers/guest.h"
#include "analyzers/steps.h"

typedef enum {
    AIL_FRAME_ROOT,      /* where this stack was first seen running; returns to nothing known */
    AIL_FRAME_CALL,      /* a function that was called */
    AIL_FRAME_SYSCALL,   /* entered by syscall, sysenter, int n, svc, ... */
    AIL_FRAME_EXCEPTION, /* a handler: a fault or trap */
    AIL_FRAME_INTERRUPT, /* a handler: a device or timer */
} AilFrameKind;

typedef struct AilFrame {
    uint64_t entry; /* first instruction of the function or handler */
    uint64_t site;  /* the calling instruction; 0 for roots, exceptions, interrupts */
    uint64_t ret;   /* where it returns or resumes; 0 for roots */
    uint64_t slot;  /* address where its return address is kept; 0: unknown */
    uint32_t tag;   /* the user's own; 0 whenever the frame is new or its entry has changed */
    uint8_t kind;   /* AilFrameKind */
    bool segment; /* the first frame on other stack memory than the frame below (interrupt stack) */
} AilFrame;

enum {
    AIL_STACKS_MAX = 1024,       /* stacks kept; the one not used for longest goes first */
    AIL_STACKS_MAX_DEPTH = 4096, /* frames of one stack; the outermost go first */
};

typedef struct AilStacks AilStacks;

/* columns: what chunks have; with AIL_COL_ADDR stacks are told apart by the addresses where return
 * addresses are kept, without it by return addresses alone. */
AilStacks *ail_stacks_new(uint32_t columns);
void ail_stacks_free(AilStacks *s);

/* chunk stays borrowed until the next one is begun. */
void ail_stacks_begin_chunk(AilStacks *s, const AilChunk *chunk);
/* The next step of that chunk. */
void ail_stacks_step(AilStacks *s, const AilStep *step);

/* Changes whenever the current stack does. */
uint64_t ail_stacks_version(const AilStacks *s);

/* Address space that runs now. */
uint64_t ail_stacks_asid(const AilStacks *s);

/* Where the running function returns to; 0 when it was not seen being called. */
uint64_t ail_stacks_caller(const AilStacks *s);

/* The innermost `max` frames of the current stack, innermost first, through interrupts and system
 * calls down to the user part. Returns their number; *total (may be NULL) gets the whole depth.
 * The frames are valid until the next step; only tag may be changed. */
size_t ail_stacks_frames(AilStacks *s, AilFrame **frames, size_t max, size_t *total);

/* The innermost frame of the current stack; *outer gets the next one of the same thread's part in
 * user mode or in the kernel, or NULL. Valid as above. */
AilFrame *ail_stacks_top(AilStacks *s, AilFrame **outer);

/* Address space of the user part beneath; false when there is none (a kernel thread). */
bool ail_stacks_user_asid(const AilStacks *s, uint64_t *asid);

/* The guest as it is at this step, as far as events tell. */
const AilGuest *ail_stacks_guest(const AilStacks *s);

/* How many stacks were forgotten because there were more than AIL_STACKS_MAX. */
uint64_t ail_stacks_forgotten(const AilStacks *s);

#endif
