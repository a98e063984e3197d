/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a trace: from a file, by chunk in order or from any icount, or from a pipe, in order.
 * A reader belongs to one thread at a time; several readers of one file are independent. Threads
 * that share the work of one reader: trace/parallel.h.
 * Traces may come from strangers: everything read is checked, and a defect is an error that names
 * the file, the chunk and the offset.
 */
#ifndef AIL_TRACE_READER_H
#define AIL_TRACE_READER_H

#include "formats/error.h"
#include "trace/dict.h"

typedef struct AilTraceReader AilTraceReader;

/* A new reader with nothing open. Never NULL. */
AilTraceReader *ail_trace_reader_new(void);

/* Release everything; r may be NULL. */
void ail_trace_reader_free(AilTraceReader *r);

/*
 * Open the trace in file `path` ("-": standard input) and read its header.
 * needs: columns without which there is no point, a set of AIL_COL_*; those that the trace does not
 * have are an error that names them and says how to get them. wants: columns to be read where the
 * trace has them. All others are skipped unread.
 */
AilStatus ail_trace_reader_open(AilTraceReader *r, const char *path, uint32_t needs,
                                uint32_t wants);

/* What the last failure was; "" when there was none. Owned by the reader. */
const char *ail_trace_reader_error(const AilTraceReader *r);

/* The header; valid until the reader is freed. */
const AilTraceInfo *ail_trace_reader_info(const AilTraceReader *r);

/* The columns that chunks have: those asked for and what they are decoded with. */
uint32_t ail_trace_reader_columns(const AilTraceReader *r);

/*
 * Instructions in the whole trace, or 0 when that is not known before its end (a pipe).
 */
uint64_t ail_trace_reader_total(const AilTraceReader *r);

/* Chunks in the whole trace, or 0 when that is not known (a pipe). */
uint64_t ail_trace_reader_chunks(const AilTraceReader *r);

/* Whether the writer finished the trace. False: it was killed, and what is there ends with the
 * last whole chunk. On a pipe, known after AIL_END only (true before). */
bool ail_trace_reader_complete(const AilTraceReader *r);

/* What a trace consists of. */
typedef struct AilTraceSummary {
    uint64_t first;                 /* icount of its first instruction */
    uint64_t insns;                 /* instructions */
    uint64_t chunks;                /* chunks */
    uint64_t dictionaries;          /* of blocks, which these are divided into */
    uint64_t bytes;                 /* of the whole file */
    uint64_t column[AIL_N_COLUMNS]; /* bytes of each column, by the bit number of AIL_COL_* */
    bool complete;                  /* as ail_trace_reader_complete */
} AilTraceSummary;

/*
 * Run through all that was not read yet, looking at chunk headers only. On a new reader that is
 * the whole trace; the reader is at its end afterwards.
 */
AilStatus ail_trace_reader_summary(AilTraceReader *r, AilTraceSummary *summary);

/*
 * Go on to the chunk that holds the instruction number `icount` (0 is the first), so that the
 * next ail_trace_reader_next returns it. Past the end: the next call returns AIL_END.
 * AIL_ERR on a pipe when it would have to go back.
 */
AilStatus ail_trace_reader_seek(AilTraceReader *r, uint64_t icount);

/*
 * Read only a part of the trace from now on: part i (from 0) of n, which have about equally many
 * chunks, one after the other. The next call of ail_trace_reader_next returns its first chunk.
 * AIL_ERR on a pipe.
 */
AilStatus ail_trace_reader_part(AilTraceReader *r, unsigned i, unsigned n);

/*
 * Decode the next chunk. *chunk is owned by the reader and valid until the next call.
 * AIL_OK, AIL_END after the last one, AIL_ERR.
 */
AilStatus ail_trace_reader_next(AilTraceReader *r, const AilChunk **chunk);

#endif
