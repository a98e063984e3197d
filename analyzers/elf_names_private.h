/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of elf_names. */
#ifndef AIL_ANALYZERS_ELF_NAMES_PRIVATE_H
#define AIL_ANALYZERS_ELF_NAMES_PRIVATE_H

#include <glib.h>

#include "analyzers/dwarf_names.h"
#include "analyzers/elf_names.h"
#include "analyzers/functions.h"

typedef struct Segment {
    uint64_t offset, size, at; /* bytes of the file that are loaded, and where to */
} Segment;

typedef struct ElfFile {
    GArray *functions; /* of AilFunction, sorted; owned */
    GArray *segments;  /* of Segment; owned */
    uint8_t *build_id; /* owned */
    size_t build_id_len;
    char *path, *debug; /* owned; debug: of its file with debug information, NULL: none was found */
    bool symtab;        /* one was read */
    AilDwarf *dwarf;    /* owned; NULL: there is none, or it was not asked for yet */
    bool asked;
} ElfFile;

struct AilElfNames {
    int folder;
    GHashTable *files; /* path -> ElfFile, owned */
    GStringChunk *text;
};

/* A regular file below the folder, which is the root for all links on the way; -1: there is none.
 * A kernel without openat2 (before Linux 5.6) finds none. */
int ail_elf_open_below(const AilElfNames *n, const char *path);
/* Where Debian and others have the debug information of a build; free it. */
char *ail_elf_debug_path(const uint8_t *id, size_t len);
/* The file with what names its functions; one that is not there has none. */
ElfFile *ail_elf_read(AilElfNames *n, const char *path);

#endif
