/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an analysis is: a small module behind one table of functions. It never opens a file, never
 * prints and never exits. It says which columns it needs, is handed the trace chunk by chunk, and
 * at the end writes its results to an AilOutput. docs/analyses.md shows how to write one.
 *
 * Life: create, then chunk for every chunk of the trace (in order for a sequential analysis), then
 * merge (mergeable analyses that ran in parallel), then finish, then destroy. Results must not
 * depend on how many instances there were and which of them got which chunk.
 *
 * Threads: one instance is used by one thread at a time (prepare excepted), but not always by the
 * same. Instances share nothing.
 *
 * What is kept by block id is of one dictionary (trace/dict.h): when chunk->dict is not the one of
 * the chunk before (ail_dict_is, of a reference that was kept), ids mean other blocks.
 */
#ifndef AIL_ANALYZERS_ANALYSIS_H
#define AIL_ANALYZERS_ANALYSIS_H

#include "analyzers/bus.h"
#include "analyzers/options.h"
#include "analyzers/output.h"
#include "analyzers/state.h"
#include "formats/error.h"
#include "trace/dict.h"

/* Version of the structures in this header. An analysis built against another one is refused. */
#define AIL_ANALYSIS_ABI 2

typedef enum {
    AIL_SEQUENTIAL = 0, /* chunks must come in order, all to one instance */
    AIL_MERGEABLE = 1,  /* instances share the chunks, in any order; merge puts them together */
} AilAnalysisOrder;

/* Names for addresses. To be asked by sequential analyses when it is their turn (take, or chunk of
 * those without take), and by all in finish; never by what runs in parallel. */
typedef struct AilSymbols {
    void *self;
    /* Write the name of pc in address space asid, "function+0x12", into buf; false: not known. It
     * is that of the end of the chunk at hand, of the trace in finish. */
    bool (*name)(void *self, uint64_t asid, uint64_t pc, char *buf, size_t size);
} AilSymbols;

/* What surrounds an analysis; all of it outlives the analysis and is borrowed. */
typedef struct AilAnalysisEnv {
    const AilTraceInfo *info; /* the trace's header */
    uint32_t columns; /* AIL_COL_* that chunks will have: needs, and what there is of wants */
    AilBus *bus;      /* events between the sequential analyses of this pass, else NULL */
    AilOutput *out;   /* sequential: for results that are told as they are found */
    const AilSymbols *symbols; /* NULL: none */
} AilAnalysisEnv;

/*
 * The table of functions. Allocate it statically. Fields may be added at its end in later
 * versions of this ABI; `size` says how far yours goes.
 */
typedef struct AilAnalysisOps {
    uint32_t abi;  /* AIL_ANALYSIS_ABI */
    uint32_t size; /* sizeof(AilAnalysisOps) */

    const char *name;    /* "stringsearch" */
    const char *summary; /* one line */

    uint32_t needs; /* AIL_COL_* without which it cannot work */
    uint32_t wants; /* AIL_COL_* that make it better where the trace has them */
    AilAnalysisOrder order;
    /* Analyses of a pass get each chunk in order of their stage: one that subscribes to events
     * must have a higher stage than the one that publishes them. */
    unsigned stage;

    const AilOption *options; /* ends with a NULL key; NULL: none */

    /* Whether the options make sense, before any trace is opened: AIL_ERR and err set for what its
     * user has to change, such as nothing to search for. NULL: every combination does. */
    AilStatus (*check)(const AilOptions *options, AilError *err);

    /* A new instance, or NULL and err set. options were checked; valid during the call only. */
    void *(*create)(const AilAnalysisEnv *env, const AilOptions *options, AilError *err);

    /* Take in one chunk. AIL_END: it has seen enough and wants no more chunks (sequential analyses;
     * a mergeable one gets all of them). */
    AilStatus (*chunk)(void *self, const AilChunk *chunk, AilError *err);

    /* Add what `other` has seen to self; its chunks come before, after or between self's, and both
     * instances were created with the same options. Other is only destroyed after that. NULL for
     * sequential analyses. */
    AilStatus (*merge)(void *self, void *other, AilError *err);

    /* Write the results. Nothing found is said, not left blank. */
    AilStatus (*finish)(void *self, AilOutput *out, AilError *err);

    /* Release everything; self is never NULL. */
    void (*destroy)(void *self);

    /*
     * For sequential analyses whose work on a chunk has a part that needs nothing from earlier
     * chunks; all three or none. `prepare` does that part: on several threads at once, for chunks
     * in any order, so that it may only read what create set up and the chunk. `take` does the
     * rest in order, instead of chunk (which may be NULL), and frees `prepared`. `discard` frees
     * it when the pass ends before its turn. `prepare` may return NULL: `take` gets it, `discard`
     * does not.
     */
    void *(*prepare)(const void *self, const AilChunk *chunk);
    AilStatus (*take)(void *self, const AilChunk *chunk, void *prepared, AilError *err);
    void (*discard)(void *prepared);

    /*
     * For mergeable analyses whose chunks may be shared out to several machines; both or none.
     * `save` puts down what self has seen, and is the last that self is asked for. `load` takes it
     * into a new instance, created with the same options; the bytes may come from anywhere: AIL_ERR
     * for what save does not write.
     */
    AilStatus (*save)(void *self, AilState *to, AilError *err);
    AilStatus (*load)(void *self, AilState *from, AilError *err);

    /*
     * For mergeable analyses, may be NULL: what has to be done with the chunks in order. Called for
     * each chunk, on the instance that is going to be finished, while `chunk` of it may run, with
     * which it must share nothing that changes. It may rely on the event column alone: where chunks
     * are shared out to several machines, the one that puts all together reads that, for this.
     */
    AilStatus (*follow)(void *self, const AilChunk *chunk, AilError *err);
} AilAnalysisOps;

/*
 * What a module, an analysis built outside of Ailurus, defines: it returns the analysis, which
 * lives as long as the module. `ailurus analyze -a ./MODULE.so` finds it by this name.
 */
__attribute__((visibility("default"))) const AilAnalysisOps *ail_analysis_module(void);

#endif
