/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be known of a trace before it is read backwards: who ran when, and which system calls
 * had read what. Made from its events up to a moment. One thread.
 */
#ifndef AIL_ANALYZERS_TAINT_PAST_H
#define AIL_ANALYZERS_TAINT_PAST_H

#include "analyzers/symbols.h"
#include "analyzers/taint/transfers.h"

/* Who runs from an icount on. */
typedef struct AilPastTask {
    uint64_t icount;
    uint32_t pid; /* of the process; 0: the kernel's own, or not known */
    const char *comm;
} AilPastTask;

/* A call that read bytes of a file, pipe or socket. */
typedef struct AilPastRead {
    uint64_t icount;     /* of its return */
    uint32_t flow_index; /* the same, in its chunk */
    uint64_t asid;       /* that it returned to */
    const char *call, *path;
    uint32_t pid;
    const char *comm;
    uint32_t first, n; /* its pieces */
} AilPastRead;

typedef struct AilPast AilPast;

AilPast *ail_past_new(void);
/* p may be NULL. */
void ail_past_free(AilPast *p);

/* The next event; asid: as of then. guest: given it before; borrowed for its life. */
void ail_past_take(AilPast *p, const AilGuest *guest, const AilEvent *event, uint64_t asid);

/* Who ran at icount; NULL: not known. */
const AilPastTask *ail_past_task(const AilPast *p, uint64_t icount);
/* Reads in order of icount; i < the number. The pieces of one. */
size_t ail_past_n_reads(const AilPast *p);
const AilPastRead *ail_past_read(const AilPast *p, size_t i);
const AilTransferPiece *ail_past_piece(const AilPast *p, const AilPastRead *read, uint32_t i);

#endif
