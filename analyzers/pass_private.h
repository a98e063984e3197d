/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the pass. */
#ifndef AIL_ANALYZERS_PASS_PRIVATE_H
#define AIL_ANALYZERS_PASS_PRIVATE_H

#include <glib.h>
#include <stdatomic.h>

#include "analyzers/pass.h"
#include "analyzers/symbols.h"
#include "trace/parallel.h"

/* An analysis in the pass. */
typedef struct AilMember {
    AilAnalysisOps ops;  /* a copy: functions that an older analysis does not have are NULL */
    AilOptions *options; /* owned */
    void *self;          /* owned, by ops.destroy */
    atomic_bool done;    /* wants no more chunks */
} AilMember;

struct AilPass {
    GPtrArray *members;   /* of AilMember, as added; owned */
    GPtrArray *by_stage;  /* the same, in order of stage */
    AilAnalysisEnv env;   /* of sequential analyses */
    AilAnalysisEnv quiet; /* of mergeable ones, which run beside each other: no bus, no output */
    AilBus *bus;          /* owned */
    AilSymbolizer *symbolizer; /* borrowed; NULL: no names are wanted */
    bool shared_out;           /* this is a part of a pass: nothing follows the chunks in order */
    unsigned threads;
    AilError error, warning;
};

static inline AilMember *ail_pass_member(const AilPass *pass, guint i)
{
    return pass->by_stage->pdata[i];
}

/* A new instance of the analysis, or NULL and err set. */
void *ail_member_create(const AilPass *pass, const AilMember *m, AilError *err);

/* Let the pass's symbols know of the chunk, whose turn it is. */
void ail_pass_follow(AilPass *pass, const AilChunk *chunk);

/* Give m a chunk in its turn; prepared: what its `prepare` returned, if it has that. */
AilStatus ail_member_take(AilMember *m, const AilChunk *chunk, void *prepared, AilError *err);

/* Let a mergeable analysis follow a chunk in its turn, if that is what it does. */
AilStatus ail_member_follow(AilMember *m, const AilChunk *chunk, AilError *err);

/* Tell err with the analysis's name in front. Returns AIL_ERR. */
AilStatus ail_member_blame(const AilMember *m, AilError *err);

/* Open the trace and begin the pass on it. */
AilStatus ail_pass_open(AilPass *pass, AilTraceReader *reader, const char *path, AilOutput *out);

/* Run through what the reader has to give. */
AilStatus ail_pass_read(AilPass *pass, AilTraceReader *reader, AilPassProgress progress,
                        void *user);
void ail_pass_warn_unfinished(AilPass *pass, const AilTraceReader *reader);

/* What the threads of a pass have each for themselves: instances of the mergeable analyses, and
 * what was prepared of the chunk at hand. */
typedef struct AilCrew AilCrew;

/* For n threads of a pass that has begun, or NULL and err set. progress may be NULL. */
AilCrew *ail_crew_new(AilPass *pass, unsigned n, AilError *err);
void ail_crew_free(AilCrew *crew);
void ail_crew_on_progress(AilCrew *crew, AilPassProgress progress, void *user, uint64_t total);

/* What is to be done with each chunk; valid as long as the crew. */
AilChunkJob ail_crew_job(AilCrew *crew);

/* Put what all threads have seen into the pass's own instances. */
AilStatus ail_crew_merge(AilCrew *crew, AilError *err);

#endif
