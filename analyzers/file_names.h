/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of functions in files that the guest's processes had mapped, by what the guest's memory had
 * of them (AIL_EVENT_SYMBOLS). Of each file the last that was told counts.
 *
 * Events may be a stranger's: what makes no sense is left out, and memory is bounded. One thread.
 */
#ifndef AIL_ANALYZERS_FILE_NAMES_H
#define AIL_ANALYZERS_FILE_NAMES_H

#include "trace/guest.h"

typedef struct AilFileNames AilFileNames;

AilFileNames *ail_file_names_new(void);
void ail_file_names_free(AilFileNames *names); /* may be NULL */

/* Take in an event; those of other types are ignored. */
void ail_file_names_take(AilFileNames *names, const AilEvent *e);

/* The function that has the byte at `offset` of the file: its name, valid until the next event, and
 * how far it is into it. NULL: not known. */
const char *ail_file_names_at(const AilFileNames *names, uint32_t dev, uint64_t inode,
                              uint64_t offset, uint64_t *into);

/* Whether any function of the file is known. */
bool ail_file_names_any(const AilFileNames *names, uint32_t dev, uint64_t inode);

/* The file's build ID: bytes, *len of them; NULL: not known. */
const uint8_t *ail_file_names_build_id(const AilFileNames *names, uint32_t dev, uint64_t inode,
                                       size_t *len);

#endif
