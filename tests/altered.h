/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings whose log was changed behind their back, with checksums that are right again. */
#ifndef AIL_TESTS_ALTERED_H
#define AIL_TESTS_ALTERED_H

#include "formats/rrlog.h"

#include <glib.h>

/* A recording, unpacked. */
typedef struct AilAltered {
    char *dir;       /* owned; where its members are */
    GByteArray *log; /* owned; to change */
    GArray *events;  /* owned; AilRrlogEvent, as they are in the file; payloads are NULL */
    void *manifest;
} AilAltered;

/* Unpack recording `from` into a new folder in `dir`. */
void ail_altered_open(AilAltered *a, const char *dir, const char *from);

/* Pack it, with the log as it is now, into `dir`/`to`; release everything. `instructions` of the
 * manifest stays. */
void ail_altered_save(AilAltered *a, const char *dir, const char *to);

/* The n-th event of this kind at or behind instruction `from`, an index into `events`. */
guint ail_altered_find(const AilAltered *a, AilRrlogKind kind, uint64_t from, unsigned n);

/* Event `index`, as it was. */
const AilRrlogEvent *ail_altered_event(const AilAltered *a, guint index);

/* Take it out of the log. Others keep their index; take out later ones first. */
void ail_altered_drop(AilAltered *a, guint index);

/* Let `more` instructions more run, of those that event `index` counts. */
void ail_altered_delay(AilAltered *a, guint index, int more);

#endif
