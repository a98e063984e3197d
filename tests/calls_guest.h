/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A made-up guest whose programs make system calls, for tests of what `ailurus syscalls` says. */
#ifndef AIL_TESTS_CALLS_GUEST_H
#define AIL_TESTS_CALLS_GUEST_H

#include "tests/chunk_builder.h"
#include "tests/made_guest.h"

enum { CAT = 0x1000, SH = 0x2000, MM = 0x9000, FILES = MM + 1 };

/* A chunk in which the task CAT ("cat", 42) runs; `run` executes four instructions. */
typedef struct CallsGuest {
    ChunkBuilder *b;
    uint32_t block;
    GuestEvents to; /* the chunk */
} CallsGuest;

/* kernel: tasks are known. */
CallsGuest calls_begin(bool kernel);
void calls_run(CallsGuest g);

/* What the analysis says, and the end of the guest; free it. */
char *calls_told(CallsGuest g, const char *analysis, AilOutputKind kind);
/* The same, which must be this. */
void calls_expect(CallsGuest g, const char *analysis, const char *want);

#endif
