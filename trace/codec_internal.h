/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the codecs share among themselves: predictor state, and columns made of several streams. */
#ifndef AIL_TRACE_CODEC_INTERNAL_H
#define AIL_TRACE_CODEC_INTERNAL_H

#include "trace/codec.h"
#include "trace/runs.h"

enum {
    AIL_FLOW_BITS = 16,  /* log2 of entries in each table of successors */
    AIL_IMAGE_BITS = 17, /* log2 of 8-byte granules in the image of recent memory */
    AIL_STREAMS_MAX = 16,
};

/* What the codec knows of one memory access of a block's shape. */
typedef struct AilOp {
    uint64_t last;      /* address of the last execution */
    uint64_t stride;    /* last confirmed difference of addresses */
    uint64_t delta;     /* last difference */
    uint64_t relative;  /* distance from the access before it, in the stream */
    uint64_t value;     /* last value */
    uint64_t vstride;   /* last confirmed difference of values */
    uint64_t vdelta;    /* last difference of values */
    uint16_t insn;      /* index of the accessing instruction */
    uint8_t info;       /* AIL_ACCESS_* */
    uint8_t addr_guess; /* the address predictor that was right last */
    uint8_t value_guess;
} AilOp;

/* The list of accesses that a block was seen to make. */
typedef struct AilShape {
    uint32_t n;
    uint32_t first_op;
} AilShape;

typedef struct AilBlockShapes {
    uint32_t epoch;  /* of the chunk that the rest is about */
    uint32_t recent; /* index of the shape seen last; 0 is the empty shape */
    uint32_t older;  /* and of the one before */
} AilBlockShapes;

struct AilCodec {
    /* flow */
    uint32_t by_history[1 << AIL_FLOW_BITS]; /* successor of the last three blocks */
    uint32_t by_last[1 << AIL_FLOW_BITS];    /* successor of the last block */
    /* access */
    uint32_t epoch;
    AilBlockShapes *blocks; /* owned, by block id */
    AilShape *shapes;       /* owned */
    AilOp *ops;             /* owned */
    size_t blocks_cap, shapes_cap, ops_cap;
    uint32_t n_shapes, n_ops;
    uint64_t prev_addr;    /* of the access before */
    uint64_t last_load[2]; /* the last values loaded, latest first */
    uint64_t last_store;
    uint64_t image[1 << AIL_IMAGE_BITS];
};

/* A column's payload: the streams' lengths as varints, then their bytes. */
void ail_streams_write(AilBuf *out, AilBuf *const *streams, size_t n);
bool ail_streams_read(AilCursor in, AilCursor *streams, size_t n);

#endif
