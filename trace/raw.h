/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chunk as it is captured, before any codec has seen it: what the writer takes. The replay
 * plugin fills these arrays in memory that it shares with the replayer (replayer/wire.h); tests
 * fill them by hand.
 */
#ifndef AIL_TRACE_RAW_H
#define AIL_TRACE_RAW_H

#include "trace/trace.h"

/* One execution: the block's id in the low 32 bits, and in the high 32 the number of access
 * records that the chunk held when it was entered. */
typedef uint64_t AilRawFlow;

/* One memory access, or, after a 16-byte one, the upper half of its value (in `addr`). */
typedef struct AilRawAccess {
    uint64_t addr;
    uint64_t value; /* low 8 bytes, zero-extended; meaningless without the data column */
    uint16_t insn;  /* index of the instruction in its block; AIL_RAW_WIDE for an upper half */
    uint8_t info;   /* AIL_ACCESS_* */
    uint8_t pad[5];
} AilRawAccess;

#define AIL_RAW_WIDE 0xffff

/* An event; its data is data_len bytes at data_at in the chunk's event data. */
typedef struct AilRawEvent {
    uint64_t icount;
    uint64_t value;
    uint64_t pc;
    uint32_t flow_index;
    uint32_t data_at;
    uint32_t data_len;
    uint8_t type;
    uint8_t pad[3];
} AilRawEvent;

/* Definition of a block: this header, then n_insns bytes of instruction lengths, then `size`
 * instruction bytes; the next definition follows at a multiple of 8. */
typedef struct AilRawBlock {
    uint64_t pc;
    uint32_t id; /* ids are given in order: 0, 1, 2, ... over the whole trace */
    uint32_t size;
    uint16_t n_insns;
    uint8_t mode;
    uint8_t user;
    uint8_t pad[4];
} AilRawBlock;

typedef struct AilRawChunk {
    uint64_t icount; /* instructions executed before it */
    uint64_t insns;
    uint64_t asid; /* at its start */
    const AilRawFlow *flow;
    const AilCut *cuts;
    const AilRawAccess *access;
    const AilRawEvent *events;
    const uint8_t *event_data;
    const uint8_t *defs; /* AilRawBlock records of the blocks first translated in this chunk */
    const uint8_t *sync;
    uint32_t n_flow, n_cuts, n_access, n_events, event_data_len, defs_len, sync_len;
} AilRawChunk;

#endif
