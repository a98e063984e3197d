/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Coverage files of DynamoRIO's drcov, which Lighthouse, Cartographer and bncov read.
 * Format, version 2: text lines that name the modules, then the blocks, little-endian: u32 start
 * from the module's base, u16 size in bytes, u16 number of the module (DynamoRIO,
 * clients/drcov/drcov.h and ext/drcovlib/modules.c).
 * An object belongs to one thread at a time.
 */
#ifndef AIL_FORMATS_DRCOV_H
#define AIL_FORMATS_DRCOV_H

#include <stdint.h>
#include <stdio.h>

#include "formats/error.h"

typedef struct AilDrcov AilDrcov;

typedef struct AilDrcovModule {
    uint64_t base, end;
    const char *path; /* any bytes; commas and control characters are written as _ */
} AilDrcovModule;

AilDrcov *ail_drcov_new(void);    /* never NULL */
void ail_drcov_free(AilDrcov *d); /* may be NULL */

/* Add a module; returns its number, from 0. */
uint32_t ail_drcov_module(AilDrcov *d, const AilDrcovModule *module);

/* Add a block, or what of it lies in the first 4 GiB of its module; one of 64 KiB and more becomes
 * several. It is kept in a temporary file. AIL_ERR: that cannot be written, or the format has no
 * room for so many modules. */
AilStatus ail_drcov_block(AilDrcov *d, uint32_t module, uint64_t start, uint64_t size,
                          AilError *err);

/* Write it all to `file`; nothing can be added afterwards. */
AilStatus ail_drcov_write(AilDrcov *d, FILE *file, AilError *err);

#endif
