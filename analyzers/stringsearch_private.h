/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of stringsearch. */
#ifndef AIL_ANALYZERS_STRINGSEARCH_PRIVATE_H
#define AIL_ANALYZERS_STRINGSEARCH_PRIVATE_H

#include <glib.h>

#include "analyzers/analysis.h"
#include "analyzers/chunksearch.h"
#include "analyzers/stacks_names.h"
#include "analyzers/taps.h"

/* What is searched for. */
typedef struct Pattern {
    char *label;          /* as the user gave it; owned */
    const char *encoding; /* "bytes", "utf-16le", "hex" */
    uint8_t *bytes;       /* owned */
    size_t len;
} Pattern;

enum { VIA_INSTRUCTION = 1, VIA_ADDRESSES = 2 };

/* One place where one pattern was seen. */
typedef struct Place {
    uint32_t pattern; /* these five are the key */
    uint32_t write;
    uint64_t pc;
    uint64_t caller;
    uint64_t asid;
    uint64_t matches;
    uint64_t first, last;              /* icounts */
    uint64_t addr;                     /* of the string's last byte at the first match */
    unsigned via;                      /* VIA_* */
    const char *pc_name, *caller_name; /* of the first match; NULL: none. In Search.names */
    const char *comm;                  /* of the task, then; NULL: not known. In Search.names */
    uint32_t pid, tid;
} Place;

enum { STRINGSEARCH_MAX_PLACES = 65536, STRINGSEARCH_TOP = 20 };

/* What the user asked for, as patterns; NULL and err set when that is nothing or makes no sense. */
GPtrArray *stringsearch_patterns(const AilOptions *options, AilError *err);

/* The report: places of each pattern, those with most matches first, and patterns without any.
 * top: how many places of a pattern to list, 0: all, -1: all as records, STRINGSEARCH_TOP in text.
 */
void stringsearch_print(GPtrArray *patterns, GHashTable *places, int64_t top, AilOutput *out);
/* One match, as it is found. */
void stringsearch_print_match(const Pattern *pattern, const Place *place, AilOutput *out);
/* "n text", a remark about what had to be left out; nothing when n is 0. */
void stringsearch_print_note(AilOutput *out, const char *text, uint64_t n);

enum { STRINGSEARCH_MAX_FOUND = 64 };

/* A match that ends in the access at hand. */
typedef struct Found {
    uint64_t addr; /* of its last byte */
    uint32_t pattern;
    unsigned via;
} Found;

typedef struct Search {
    AilAnalysisEnv env;
    GPtrArray *patterns; /* of Pattern; owned */
    AilMatcher *matcher;
    AilStarts *starts;
    AilClasses *classes;
    AilStacks *stacks;
    AilTaps *taps;
    AilRuns *runs; /* those that began in earlier chunks */
    AilTopic *topic;
    GHashTable *places; /* Place -> itself; owned */
    GStringChunk *names;
    GAsyncQueue *spare; /* of Prepared: to be filled again; owned */
    uint64_t window;
    bool each;
    int64_t top;       /* places to list of each pattern; -1: as is usual */
    uint64_t unlisted; /* matches in places beyond STRINGSEARCH_MAX_PLACES */

    /* the chunk at hand */
    const AilChunk *chunk;
    const AilClassPages *pages; /* for it */
    AilTappedBlocks tapped;
    const AilChunkSearch *found_in;
    size_t next_hit, next_match; /* in found_in */
    uint32_t next_cut, wide;
    bool carried;          /* there are runs of earlier chunks */
    AilRunMatches matches; /* scratch */
    Found found[STRINGSEARCH_MAX_FOUND];
    unsigned n_found;
} Search;

/* What can be said of a chunk without knowing those before it. */
typedef struct Prepared {
    AilSteps steps;
    AilChunkSearch search;
    const AilClassPages *pages; /* to be released */
    GAsyncQueue *spare;         /* where it goes afterwards; borrowed */
} Prepared;

/* What is done with the chunks in order: the `take` and `discard` of AilAnalysisOps. */
AilStatus stringsearch_take(void *self, const AilChunk *chunk, void *prepared, AilError *err);
void stringsearch_discard(void *prepared);

#endif
