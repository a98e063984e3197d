/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call stacks of everything that runs, followed through a trace: every thread of every address
 * space, user and kernel parts, interrupts on top of them. How: docs/analyses.md, "How call stacks
 * are followed".
 *
 * Use: ail_stacks_begin_chunk, then for each execution i, in order: ail_stacks_stop when one is
 * due, ail_stacks_enter, (look at the stack), ail_stacks_leave; then ail_stacks_stop(UINT32_MAX).
 * Most blocks neither call nor return: the two inline functions cost them two tests. One thread at
 * a time.
 */
#ifndef AIL_ANALYZERS_STACKS_H
#define AIL_ANALYZERS_STACKS_H

#include "analyzers/analysis.h"
#include "analyzers/terminator.h"

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

/* What a block means to the stack, by block id. */
typedef struct AilBlockMeta {
    uint16_t n_insns;
    uint8_t term;        /* AilTerminator */
    uint8_t flags;       /* AIL_META_* */
    uint16_t link_store; /* AArch64: index of the instruction that saves x30, */
    uint16_t link_load;  /* and of the one that restores it; with AIL_META_LINK */
} AilBlockMeta;

enum {
    AIL_META_USER = 1, /* runs without privilege */
    AIL_META_LINK = 2, /* saves or restores x30 */
    AIL_META_MARK = 4, /* the user's own mark, see ail_stacks_mark_pc */
};

#define AIL_NO_INSN UINT16_MAX

typedef struct AilStacks AilStacks;

/* The part of it that the inline functions below need. */
typedef struct AilStacksFast {
    AilBlockMeta *meta; /* by block id */
    uint32_t pending;   /* what the next block's address decides: a transfer, a trap */
    uint8_t flags;      /* AIL_META_USER: privilege of the last block */
    uint64_t version;   /* changes whenever the current stack does */
} AilStacksFast;

/* blocks is borrowed. columns: what chunks have; with AIL_COL_ADDR stacks are told apart by the
 * addresses where return addresses are kept, without it by return addresses alone. */
AilStacks *ail_stacks_new(const AilBlocks *blocks, uint32_t columns);
void ail_stacks_free(AilStacks *s);

/* Mark all blocks that contain the instruction at pc with AIL_META_MARK. Before the first chunk. */
void ail_stacks_mark_pc(AilStacks *s, uint64_t pc);

/* chunk stays borrowed until the next one is begun. */
void ail_stacks_begin_chunk(AilStacks *s, const AilChunk *chunk);
void ail_stacks_event(AilStacks *s, const AilEvent *event);

/* Where a chunk is more than whole executions one after the other: events, and executions that were
 * cut short. */
typedef struct AilStacksStop {
    uint32_t at;         /* the next execution to stop at */
    uint32_t event, cut; /* the next of each in the chunk */
} AilStacksStop;

/* The first stop of the chunk that was begun. */
AilStacksStop ail_stacks_first_stop(const AilStacks *s);

/* At execution i >= stop->at: take in the events before it and go on to the next stop. Returns how
 * many of its `executed` instructions complete. */
uint32_t ail_stacks_stop(AilStacks *s, AilStacksStop *stop, uint32_t i, uint32_t executed);

static inline AilStacksFast *ail_stacks_fast(AilStacks *s)
{
    return (AilStacksFast *)s; /* its first member */
}

/* The slow parts of the next two. */
void ail_stacks_arrive(AilStacks *s, uint32_t id);
void ail_stacks_depart(AilStacks *s, uint32_t i, uint32_t id, uint32_t executed);

/* Block `id` is about to run. */
static inline void ail_stacks_enter(AilStacks *s, uint32_t id)
{
    const AilStacksFast *f = ail_stacks_fast(s);
    if (f->pending | ((f->meta[id].flags ^ f->flags) & AIL_META_USER))
        ail_stacks_arrive(s, id);
}

/* Execution i of the chunk, of block `id`, is over; `executed` instructions of it completed. */
static inline void ail_stacks_leave(AilStacks *s, uint32_t i, uint32_t id, uint32_t executed)
{
    const AilBlockMeta *m = &ail_stacks_fast(s)->meta[id];
    if (m->term | (m->flags & AIL_META_LINK))
        ail_stacks_depart(s, i, id, executed);
}

/* Address space that runs now. */
uint64_t ail_stacks_asid(const AilStacks *s);

/* Where the running function returns to; 0 when it was not seen being called. */
uint64_t ail_stacks_caller(const AilStacks *s);

/* The innermost `max` frames of the current stack, innermost first, through interrupts and system
 * calls down to the user part. Returns their number; *total (may be NULL) gets the whole depth.
 * The frames are valid until the next chunk, event, enter or leave; only tag may be changed. */
size_t ail_stacks_frames(AilStacks *s, AilFrame **frames, size_t max, size_t *total);

/* Address space of the user part beneath; false when there is none (a kernel thread). */
bool ail_stacks_user_asid(const AilStacks *s, uint64_t *asid);

/* How many stacks were forgotten because there were more than AIL_STACKS_MAX. */
uint64_t ail_stacks_forgotten(const AilStacks *s);

#endif
