/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of osi_profile.h share: osi_members.h as tables, and where types are from. */
#ifndef AIL_FORMATS_OSI_PRIVATE_H
#define AIL_FORMATS_OSI_PRIVATE_H

#include "formats/osi_profile.h"

/* A row of osi_members.h. */
typedef struct OsiRow {
    const char *member; /* its name in AilOsiProfile */
    const char *key;    /* in files; "": derived */
    const char *from;   /* names of the symbol, or where the offset is from */
} OsiRow;

extern const OsiRow osi_symbol_rows[AIL_OSI_N_SYMBOLS];
extern const OsiRow osi_offset_rows[AIL_OSI_N_OFFSETS];

/* The values of the rows. */
uint64_t *osi_symbols(AilOsiProfile *profile);
int32_t *osi_offsets(AilOsiProfile *profile);

enum { OSI_MAX_NAME = 128 };

/* One of the alternatives in a row's `from`, into `one`; returns what is behind it, NULL: none is
 * left. */
const char *osi_next(const char *from, char one[OSI_MAX_NAME]);

/* The key of a row in files; free with g_free. */
char *osi_symbol_key(const OsiRow *row);
char *osi_offset_key(const OsiRow *row);

/* Somebody who knows structures: BTF or DWARF. As ail_btf_member and ail_btf_size. */
typedef struct OsiTypes {
    bool (*member)(const void *types, const char *structure, const char *member,
                   uint32_t *offset_bits, uint32_t *size);
    uint32_t (*size)(const void *types, const char *structure);
    const void *types; /* borrowed */
} OsiTypes;

/* Fill in the offsets that are not known yet. */
void osi_add_types(AilOsiProfile *profile, const OsiTypes *types);

/* The version of Linux from its banner, where it is not known yet. */
void osi_take_version(AilOsiProfile *profile);

/* Offsets from the DWARF of the ELF file that is open as fd. false: it has none. */
bool osi_add_dwarf(AilOsiProfile *profile, int fd);

#endif
