/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint along a trace: goes through its chunks in order and runs the programs of those executions
 * that touch what is tainted. Where nothing is tainted, and nothing is due, it passes over all of
 * it. One thread.
 */
#ifndef AIL_ANALYZERS_TAINT_ENGINE_H
#define AIL_ANALYZERS_TAINT_ENGINE_H

#include "analyzers/taint/blocks.h"
#include "analyzers/taint/jit.h"
#include "analyzers/taint/run.h"
#include "analyzers/taint/spaces.h"

typedef struct AilTaintEngine AilTaintEngine;

/* A moment of the trace: before the instruction at pc. */
typedef struct AilTaintMoment {
    uint64_t icount, asid, pc;
    const AilBlock *block; /* that pc is in */
    unsigned insn;         /* index in it */
} AilTaintMoment;

/* Who labels, and who asks. All may be NULL; self is the first argument of each. */
typedef struct AilTaintListener {
    void *self;
    /* An event of the trace, in its place. */
    void (*event)(void *self, const AilEvent *event);
    /* It is due: `icount` instructions were executed, as ail_taint_engine_wait asked. */
    void (*due)(void *self, uint64_t icount);
    /* An instruction read tainted bytes. cell: their union. */
    void (*insn)(void *self, const AilTaintMoment *at, AilCell cell);
    /* What decides where it goes is tainted; target: the address itself. */
    void (*branch)(void *self, const AilTaintMoment *at, bool target, AilCell cell);
    /* A tainted byte went to a device, at this virtual address. */
    void (*device)(void *self, const AilTaintMoment *at, uint64_t addr, AilCell cell);
    /* Memory, or a device, is read; only while ail_taint_engine_watch_loads says so. access->given
     * may be set where it is a device. */
    void (*load)(void *self, const AilTaintMoment *at, AilTaintAccess *access);
} AilTaintListener;

/* flags: AIL_TAINT_*. max_set_bytes: see ail_sets_new. NULL and err set: the architecture cannot be
 * lifted. */
AilTaintEngine *ail_taint_engine_new(AilArch arch, unsigned flags, size_t max_set_bytes,
                                     const AilTaintListener *listener, AilError *err);
/* e may be NULL. */
void ail_taint_engine_free(AilTaintEngine *e);

/* Have what runs often compiled, before the first chunk; it takes jit over. */
void ail_taint_engine_compile(AilTaintEngine *e, AilTaintJit *jit);

/* The next chunk, with flow, event, addr and xlate; data where there is. */
void ail_taint_engine_chunk(AilTaintEngine *e, const AilChunk *chunk);

/* No chunk follows: what is due at the end of the last one is called. */
void ail_taint_engine_end(AilTaintEngine *e);

/* Have `due` called once icount instructions have been executed, or at once (before the next
 * instruction) if there were more; UINT64_MAX: never. It is for one time: `due` asks again. */
void ail_taint_engine_wait(AilTaintEngine *e, uint64_t icount);
/* Have `load` called for each access that reads. */
void ail_taint_engine_watch_loads(AilTaintEngine *e, bool on);

/* What is tainted now; to be changed by listeners. Owned by e. */
AilTaint *ail_taint_engine_taint(AilTaintEngine *e);
/* The address space that runs now, and the instructions executed before. */
uint64_t ail_taint_engine_asid(const AilTaintEngine *e);
uint64_t ail_taint_engine_icount(const AilTaintEngine *e);

/* The physical address of a byte of the address space that runs now; false: it was never accessed,
 * as far as the trace shows. */
bool ail_taint_engine_phys(AilTaintEngine *e, uint64_t addr, uint64_t *phys);
/* What is known of pages, up to now. Owned by e. */
const AilTaintSpaces *ail_taint_engine_spaces(AilTaintEngine *e);

/* While an event is told: whether the execution before it ended with a write to a device; its
 * address, and the low byte of what was written. */
bool ail_taint_engine_device_write(const AilTaintEngine *e, uint64_t *addr, uint8_t *byte);

typedef struct AilTaintEngineCounts {
    uint64_t executions; /* of blocks, while something was tainted */
    uint64_t run;        /* of these, that touched what was tainted */
    uint64_t insns;      /* instructions of these */
    uint64_t rough;      /* of these, not lifted exactly: conservative and unknown */
    AilTaintBlocksCounts blocks;
} AilTaintEngineCounts;
AilTaintEngineCounts ail_taint_engine_counts(const AilTaintEngine *e);

#endif
