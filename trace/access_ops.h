/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the decoder of the addr and data columns knows of each op (docs/trace-format.md). A guess is
 * kept as "something plus an offset", ready to be added, since nearly all guesses are right; what
 * the offsets are made of is learned after a miss only, and lies elsewhere.
 */
#ifndef AIL_TRACE_ACCESS_OPS_H
#define AIL_TRACE_ACCESS_OPS_H

#include "trace/predict.h"

/* A cache line, which is all that a right guess needs. */
typedef struct AilOpNow {
    _Alignas(64) uint64_t last; /* address of the last execution */
    uint64_t addr_offset;       /* what addr_guess adds */
    uint64_t value;             /* last value, or the one last missed: see VALUE_STRIDE */
    uint64_t value_offset;      /* what value_guess adds */
    uint64_t mask;              /* of a value's bits */
    uint8_t addr_guess, value_guess;
    uint8_t log2;      /* min(log2 of the size, 3) */
    int8_t room;       /* bytes that may come before the value in a granule of memory */
    int8_t plain_room; /* the same if what is expected is what memory holds, and nothing else is
                        * to be done; else -1 */
    bool store, wide;
} AilOpNow;

/* What the next guesses are made of. */
typedef struct AilOpLearned {
    _Alignas(64) uint64_t stride; /* last confirmed difference of addresses */
    uint64_t delta;               /* last difference */
    uint64_t relative[AIL_ADDR_BACK];
    uint64_t value_delta; /* last difference of values */
    /* What each guess adds to its base. */
    uint64_t value_offsets[VALUE_GUESSES];
} AilOpLearned;

/* All ops of a chunk, by number. */
typedef struct AilOps {
    AilOpNow *now;         /* owned, as are all */
    AilOpLearned *learned; /* */
    uint16_t *insn;        /* as AilChunk.access_insn, */
    uint8_t *info;         /* and as AilChunk.access_info */
    size_t cap;            /* at least AIL_OPS_AT_ONCE more than n */
    uint32_t n;
    uint32_t *list; /* ops of the accesses to be decoded next */
    size_t list_cap;
} AilOps;

/* So many are copied without looking whether there are fewer. */
enum { AIL_OPS_AT_ONCE = 8 };

AilOps *ail_ops_new(void);
void ail_ops_free(AilOps *ops);
/* n further ops, of which nothing is known. */
AilShape ail_ops_add(AilOps *ops, uint32_t n);
/* Say what op i is. */
void ail_ops_begin(AilOps *ops, uint32_t i, uint16_t insn, uint8_t info);

static inline void ail_op_set_value_guess(AilOpNow *op, uint8_t guess)
{
    op->value_guess = guess;
    op->plain_room = guess || op->wide ? -1 : op->room;
}

#endif
