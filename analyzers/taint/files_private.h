/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between files.c and moves.c. */
#ifndef AIL_ANALYZERS_TAINT_FILES_PRIVATE_H
#define AIL_ANALYZERS_TAINT_FILES_PRIVATE_H

#include "analyzers/taint/taint_private.h"

/* Where an open file is read next. */
typedef struct TaintPosition {
    uint64_t files;
    uint32_t fd;
    uint64_t at;
} TaintPosition;

struct TaintFiles {
    Taint *taint;
    GPtrArray *patterns;   /* of GPatternSpec; owned */
    GHashTable *positions; /* TaintPosition -> itself; owned */
    GHashTable *labelled;  /* numbers of physical pages that were mapped and labelled; owned */
    GHashTable *moving;    /* task's key -> what its call moves (moves.c); owned */
    GArray *mapped;        /* of Mapped; owned */
    uint64_t mm;           /* whose they are */
};

/* Whether a file of this path is to be labelled; path may be NULL. */
bool taint_files_match(const TaintFiles *f, const char *path);
/* NULL: there are too many. */
TaintPosition *taint_files_position(TaintFiles *f, const AilTransfer *t, uint32_t fd);
/* Whether the byte at phys has the label of this byte of the file, by any source, and no other. */
bool taint_files_has(const TaintFiles *f, uint64_t phys, const char *path, uint64_t offset);

/* --- moves.c --- */
GHashTable *taint_moves_new(void);
void taint_moves_event(TaintFiles *f, const AilEvent *event);
/* A call has returned; false: it is none of those that move bytes. */
bool taint_moves_returned(TaintFiles *f, const AilTransfer *t);

#endif
