/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding a moment of a recording in its trace. */
#ifndef AIL_CLI_AROUND_H
#define AIL_CLI_AROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"

typedef struct AilAround {
    const char *trace;    /* path */
    const char *identity; /* the recording that the trace must be of */
    const char *string;   /* the first time that this passes through memory, or NULL and */
    uint64_t pc;          /* the first time that the instruction here is executed */
    unsigned threads;     /* to use */
    void (*progress)(void *user, uint64_t done, uint64_t total);
    void *user;
} AilAround;

/* *icount = when that was. AIL_END: never. */
AilStatus ail_around_find(const AilAround *around, uint64_t *icount, AilError *err);

#endif
