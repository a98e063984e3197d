/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that takes its place only when it is whole: until then it is beside it, under a name of
 * its own. One thread at a time. */
#ifndef AIL_ANALYZERS_DRAFT_H
#define AIL_ANALYZERS_DRAFT_H

#include <stdio.h>

#include "formats/error.h"

typedef struct AilDraft {
    FILE *file;   /* owned; NULL: it is closed */
    char *path;   /* owned */
    char *beside; /* owned; NULL: it is in its place */
} AilDraft;

/* Begin the file `path`. AIL_ERR: it cannot be written, and there is nothing to drop. */
AilStatus ail_draft_open(AilDraft *d, const char *path, AilError *err);
/* No more is written: so that it needs no descriptor. AIL_ERR: not all of it could be. */
AilStatus ail_draft_close(AilDraft *d, AilError *err);
/* Put it in its place, instead of what is there. */
AilStatus ail_draft_place(AilDraft *d, AilError *err);
/* Remove it, unless it is in its place, and release all. Zeros are fine. */
void ail_draft_drop(AilDraft *d);

#endif
