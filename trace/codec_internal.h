/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the codecs share among themselves: predictor state, and columns made of several streams. */
#ifndef AIL_TRACE_CODEC_INTERNAL_H
#define AIL_TRACE_CODEC_INTERNAL_H

#include "trace/codec.h"
#include "trace/runs.h"

enum {
    AIL_FLOW_BITS = 15,  /* log2 of entries in each table of successors */
    AIL_IMAGE_BITS = 17, /* log2 of 8-byte granules in the image of recent memory */
    AIL_STREAMS_MAX = 16,
    AIL_ADDR_BACK = AIL_RAW_BEFORE, /* addresses are guessed from so many accesses before */
};

/* What the codec knows of one memory access of a block's shape: a cache line for its addresses,
 * one for its values. */
typedef struct AilOp {
    _Alignas(64) uint64_t last;       /* address of the last execution */
    uint64_t stride;                  /* last confirmed difference of addresses */
    uint64_t delta;                   /* last difference */
    uint64_t relative[AIL_ADDR_BACK]; /* distance from the 1st, 2nd, 3rd access before it */
    uint16_t what;                    /* AIL_RAW_WHAT */
    uint8_t addr_guess;               /* the predictor that was right last */
    uint8_t value_guess;
    uint8_t value_log2;  /* min(log2 of the size, 3) */
    bool value_is_plain; /* at most 8 bytes, and expected to be what was last in that memory */
    _Alignas(64) uint64_t value; /* last value */
    uint64_t stride_of_value;    /* last confirmed difference of values */
    uint64_t delta_of_value;     /* last difference of values */
    uint64_t from_load;          /* last value less the value loaded before it */
    uint64_t from_image;         /* last value less what that memory held */
} AilOp;

/* The list of accesses that a block was seen to make: ops[first_op] and the n - 1 after it. */
typedef struct AilShape {
    uint32_t n;
    uint32_t first_op;
} AilShape;

typedef struct AilBlockShapes {
    uint32_t epoch;  /* of the chunk that the rest is about */
    AilShape recent; /* seen last; at first the empty shape */
    AilShape older;  /* the one before */
} AilBlockShapes;

/* The last two different successors of a block. */
typedef struct AilSuccessors {
    uint32_t last, other;
} AilSuccessors;

/* What is added up over a flow, in less memory than whole blocks take: a block's instructions, and
 * whether they run without privilege. */
#define AIL_LENGTH(n_insns, user) ((uint16_t)((n_insns) << 1 | (user)))

struct AilCodec {
    uint64_t lengths_of; /* ail_dict_first of the dictionary that they are of */
    uint16_t *lengths;   /* owned, by block id: AIL_LENGTH of the first n_lengths blocks */
    size_t lengths_cap;
    uint32_t n_lengths;
    /* flow */
    uint64_t by_history[1 << AIL_FLOW_BITS]; /* successor of the last three blocks, hashed too */
    AilSuccessors by_last[1 << AIL_FLOW_BITS];
    /* access */
    uint32_t epoch;
    AilBlockShapes *blocks; /* owned, by block id */
    AilOp *ops;             /* owned */
    size_t blocks_cap, ops_cap;
    struct AilOps *reading; /* owned: the decoder's ops; NULL before its first use */
    uint32_t n_ops;
    uint64_t image[1 << AIL_IMAGE_BITS];
    /* xlate */
    struct AilPages *pages; /* owned; NULL before its first use */
    /* Streams being written; kept so that their memory is. */
    AilBuf streams[AIL_STREAMS_MAX];
};

/* A column's payload: the streams' lengths as varints, then their bytes. */
void ail_streams_write(AilBuf *out, const AilBuf *streams, size_t n);
bool ail_streams_read(AilCursor in, AilCursor *streams, size_t n);
/* AIL_LENGTH of all blocks in dict, by id; valid until the next call. One codec serves the
 * dictionaries of one trace. */
const uint16_t *ail_codec_lengths(AilCodec *c, const AilDict *dict);
/* The n streams c->streams[first...], emptied. */
AilBuf *ail_codec_streams(AilCodec *c, size_t first, size_t n);

#endif
