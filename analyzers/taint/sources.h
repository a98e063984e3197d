/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where taint came in: each source has a range of labels, one for each of its bytes or one for all.
 * One thread.
 */
#ifndef AIL_ANALYZERS_TAINT_SOURCES_H
#define AIL_ANALYZERS_TAINT_SOURCES_H

#include <glib.h>

#include "analyzers/taint/sets.h"

typedef struct AilTaintSource {
    const char *kind; /* "string", "file", "packet", "serial", "range", "hypercall"; constant */
    char *name;       /* what of it: the string, the path; owned */
    uint64_t icount;  /* when */
    uint64_t offset;  /* of its first byte, in the file */
    uint32_t first;   /* label of its first byte */
    uint32_t n;       /* labels */
    uint32_t bytes;   /* that were labelled */
    uint32_t pid;     /* of the process that ran, 0: not known */
    char *comm;       /* its name, or NULL; owned */
} AilTaintSource;

typedef struct AilTaintSources AilTaintSources;

/* uniform: one label for all bytes of a source. */
AilTaintSources *ail_taint_sources_new(bool uniform);
/* s may be NULL. */
void ail_taint_sources_free(AilTaintSources *s);

/* A new source of so many bytes; name and comm are copied, comm may be NULL. Owned by s, valid
 * until the next is added. NULL: there are too many. */
AilTaintSource *ail_taint_sources_add(AilTaintSources *s, const char *kind, const char *name,
                                      uint32_t bytes, uint64_t icount, uint32_t pid,
                                      const char *comm);
/* The source that was added last, with one byte more. NULL: it is not of this kind, or there are
 * too many labels. */
AilTaintSource *ail_taint_sources_extend(AilTaintSources *s, const char *kind);
/* The label of its byte i. */
uint32_t ail_taint_sources_label(const AilTaintSources *s, const AilTaintSource *source,
                                 uint32_t i);

size_t ail_taint_sources_count(const AilTaintSources *s);
const AilTaintSource *ail_taint_sources_at(const AilTaintSources *s, size_t i);
/* The source that has the label; NULL: none. */
const AilTaintSource *ail_taint_sources_of(const AilTaintSources *s, uint32_t label);
/* How many could not be added. */
uint64_t ail_taint_sources_refused(const AilTaintSources *s);

/* A set in words, "string key[0-5], file /etc/passwd[12]", at most `most` parts; appended. */
void ail_taint_sources_describe(const AilTaintSources *s, const AilSets *sets, uint32_t set,
                                unsigned most, GString *to);

#endif
