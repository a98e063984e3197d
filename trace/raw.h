/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chunk as it is captured, before any codec has seen it: what the writer takes. The replay
 * plugin fills these arrays in memory that it shares with the replayer (replayer/wire.h); tests
 * fill them by hand.
 */
#ifndef AIL_TRACE_RAW_H
#define AIL_TRACE_RAW_H

#include "trace/trace.h"

#include <string.h>

/* One execution: the block's id in the low 32 bits, and in the high 32 the number of accesses
 * that the chunk held when it was entered. */
typedef uint64_t AilRawFlow;

/* What an access is: the index of its instruction in its block and AIL_ACCESS_*. */
#define AIL_RAW_WHAT(insn, info) ((uint16_t)((insn) << 4 | (info)))
#define AIL_RAW_INSN(what)       ((uint16_t)((what) >> 4))
#define AIL_RAW_INFO(what)       ((uint8_t)((what)&15))

/* So many zeros come before addr[0]: predictors look back. */
enum { AIL_RAW_BEFORE = 3 };

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

/* Which physical page an access is in, from there on and until it is told anew. */
typedef struct AilRawXlate {
    uint32_t at;     /* index of the access */
    uint32_t second; /* 1: the page behind the one of its first byte, into which it reaches */
    uint64_t phys;   /* an address in the physical page, or AIL_PHYS_NONE */
} AilRawXlate;

/* Definition of a block: this header, then n_insns bytes of instruction lengths, then `size`
 * instruction bytes; the next definition follows at a multiple of 8. */
typedef struct AilRawBlock {
    uint64_t pc;
    uint32_t id; /* ids are given in order: 0, 1, 2, ... until a chunk is `fresh` */
    uint32_t size;
    uint16_t n_insns;
    uint8_t mode;
    uint8_t user;
    uint8_t pad[4];
} AilRawBlock;

/* Bytes that a definition takes, with what follows it and to the next. */
static inline uint32_t ail_raw_block_size(uint32_t n_insns, uint32_t size)
{
    return (uint32_t)((sizeof(AilRawBlock) + n_insns + size + 7) & ~(size_t)7);
}

/* The definitions in `len` bytes, one after the other: *at is 0 at first. NULL at the end, else
 * the instruction lengths of *def; behind them are its bytes. */
static inline const uint8_t *ail_raw_next_block(const uint8_t *defs, uint32_t len, uint32_t *at,
                                                AilRawBlock *def)
{
    if (*at >= len)
        return NULL;
    const uint8_t *from = defs + *at;
    memcpy(def, from, sizeof *def);
    *at += ail_raw_block_size(def->n_insns, def->size);
    return from + sizeof *def;
}

typedef struct AilRawChunk {
    uint64_t icount; /* instructions executed before it */
    uint64_t insns;
    uint64_t asid; /* at its start */
    bool fresh;    /* begins a new dictionary: ids from 0 again. The first chunk does anyway */
    const AilRawFlow *flow;
    const AilCut *cuts;
    const uint64_t *addr;  /* n_access virtual addresses, and AIL_RAW_BEFORE zeros before */
    const uint64_t *value; /* n_access: the low 8 bytes, of which only the access's size counts;
                            * not looked at without the data column */
    const uint64_t *wide;  /* n_wide: the upper halves of the 16-byte accesses, in order */
    const uint16_t *what;  /* n_access: AIL_RAW_WHAT */
    /* n_xlate, in order of (at, second): for each page's first access, and whenever it is another
     * physical page than when the page was accessed last, or may have lost its slot
     * (trace/pages.h) to another page since. More do no harm. */
    const AilRawXlate *xlate;
    const AilRawEvent *events;
    const uint8_t *event_data;
    const uint8_t *defs; /* AilRawBlock records of the blocks first translated in this chunk */
    const uint8_t *sync;
    uint32_t n_flow, n_cuts, n_access, n_wide, n_xlate, n_events, event_data_len, defs_len,
        sync_len;
} AilRawChunk;

#endif
