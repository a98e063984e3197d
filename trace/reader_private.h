/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the reader: what is shared by all who read one trace. */
#ifndef AIL_TRACE_READER_PRIVATE_H
#define AIL_TRACE_READER_PRIVATE_H

#include "formats/source.h"
#include "trace/decoder.h"
#include "trace/dict.h"
#include "trace/frame.h"
#include "trace/header.h"

/* A chunk as it is in the file: its header, and the frames of the columns to be decoded. */
typedef struct AilPackedChunk {
    AilChunkHeader head;
    AilBuf frame[AIL_N_COLUMNS]; /* owned; compressed */
    uint64_t at[AIL_N_COLUMNS];  /* where each frame is in the file, for messages */
    uint64_t end;                /* and where the chunk ends */
} AilPackedChunk;

/* The copy of all code columns behind the index; the next entry is that of chunk n_learned. */
typedef struct AilBlocksCopy {
    uint64_t at;    /* where its frames begin in the file */
    size_t next;    /* the frame to be read next */
    AilBuf frame;   /* owned: the content of the one before */
    AilCursor rest; /* the entries of it that were not used yet */
    uint64_t left;  /* how many these are */
} AilBlocksCopy;

struct AilTraceReader {
    AilSource source;
    AilError error;
    AilTraceInfo info;
    uint32_t columns;         /* that chunks have, with what these are decoded with */
    AilDict *dict;            /* owned: a reference; of the chunk that comes next or before */
    AilTraceDecoder *decoder; /* owned: for ail_trace_reader_next */
    AilBuf meta, code;        /* scratch: of the chunk that is being read */
    AilBlocksCopy copy;
    AilIndex index;     /* owned; without chunks on a pipe */
    uint64_t index_at;  /* where it is in the file; 0: the trace is not finished */
    uint64_t next;      /* number of the chunk that comes next in the file */
    uint64_t target;    /* number of the first chunk to return: the ones before give their blocks */
    uint64_t end;       /* number of the chunk after the last one to return */
    uint64_t n_learned; /* the blocks of chunks before this one are in the dictionary, from the
                           one on that it begins with */
    uint64_t first;     /* the chunk that the dictionary of the chunk before begins with */
    uint64_t icount;    /* where the chunk that comes next must begin, or UINT64_MAX */
    bool at_end, failed, complete;
    bool lost; /* the dictionary is in disorder: nothing that needs it can be read any more */
};

/* Describe a defect near where the reader is. Returns AIL_ERR. */
AilStatus ail_reader_damaged(AilTraceReader *r, const char *what);

/*
 * Read the next chunk that is wanted and add its blocks to the dictionary, and those of the chunks
 * on the way. *packed keeps its buffers from call to call. AIL_OK, AIL_END, AIL_ERR; both of the
 * latter are final until the next seek.
 */
AilStatus ail_reader_fetch(AilTraceReader *r, AilPackedChunk *packed);

/* Describe a failure of that kind. Returns AIL_ERR; so does every seek from now on. */
AilStatus ail_reader_lost(AilTraceReader *r, const char *what);

/* Have an empty dictionary, the one that begins with chunk `first`. */
void ail_reader_begin_dict(AilTraceReader *r, uint64_t first);

/* Add the blocks of chunks n_learned to `to` - 1 to the dictionary from the copy, as far as there
 * is one. */
AilStatus ail_reader_copy_learn(AilTraceReader *r, uint64_t to);

/* The code column of chunk n_learned is r->code: it must be the one in the copy, if there is one.
 */
AilStatus ail_reader_copy_check(AilTraceReader *r);

#endif
