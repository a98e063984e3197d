/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of kallsyms.h share: where the tables are, and the table that is made of them. */
#ifndef AIL_FORMATS_KALLSYMS_PRIVATE_H
#define AIL_FORMATS_KALLSYMS_PRIVATE_H

#include "formats/kallsyms.h"

enum {
    KALLSYMS_MAX_SYMBOLS = 1 << 21, /* a kernel with everything in it has less than half of it */
    KALLSYMS_MAX_NAME = 1024,       /* bytes, the type included; Linux: 128, since 6.1 512 */
    KALLSYMS_MAX_TEXT = 128 << 20,  /* bytes of all names */
    KALLSYMS_TOKENS = 256,
    KALLSYMS_BLOCK = 256, /* names from one marker to the next */
};

/* Where the tables are in one range of the image: positions are offsets in it. */
typedef struct KallsymsPlace {
    const AilKernelImage *image;
    const AilKernelRange *range;
    size_t num_at, names_at, markers_at, tokens_at, index_at;
    unsigned marker_size; /* 4 or 8 */
    bool long_lengths;    /* a length may take two bytes */
    uint32_t count;
    uint64_t steps; /* names and positions looked at so far: bounds the time that a search takes */
} KallsymsPlace;

/* Find them. When AIL_OK, the names are sound: count of them between names_at and markers_at, each
 * with its marker. */
AilStatus kallsyms_locate(const AilKernelImage *image, KallsymsPlace *place, AilError *err);

/* The symbols' addresses, count of them; NULL: none of the known ways to store them gives any that
 * lie in the image. Free with g_free. */
uint64_t *kallsyms_addresses(const KallsymsPlace *place);

/* The length of the name at offset `at`, and how many bytes that number takes; *size 0: at the
 * end. */
uint32_t kallsyms_length(const KallsymsPlace *place, size_t at, bool long_lengths, unsigned *size);

/*
 * A table of `count` symbols. addresses: in any order; text: for each its type and name, with a
 * NUL. Takes both over.
 * NULL: a name is empty or too long, or has bytes that names do not have (nothing is freed).
 */
AilKallsyms *kallsyms_build(size_t count, uint64_t *addresses, char *text, size_t text_size);

/* The type and the name behind it. */
const char *kallsyms_text(const AilKallsyms *table, size_t i);

#endif
