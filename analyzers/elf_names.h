/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of functions in ELF files below a folder that has the guest's files: from .symtab and
 * .dynsym, from a separate file with debug information where there is one (by build ID or
 * .gnu_debuglink, in usr/lib/debug below the same folder), from .gnu_debugdata, and where those
 * have none, from DWARF; which has lines of sources, too. Each file is read once, when it is first
 * asked about.
 *
 * Paths come from a trace, that is, from strangers: symbolic links and ".." lead nowhere outside of
 * the folder. One thread.
 */
#ifndef AIL_ANALYZERS_ELF_NAMES_H
#define AIL_ANALYZERS_ELF_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

typedef struct AilElfNames AilElfNames;

/* NULL and err set if the folder cannot be opened. */
AilElfNames *ail_elf_names_new(const char *sysroot, AilError *err);
void ail_elf_names_free(AilElfNames *names); /* may be NULL */

/* The function that has the byte at `offset` of file `path` (as the guest has it, "/bin/sh"), once
 * the file is mapped: its name, valid until names is freed, and how far it is into it. NULL: not
 * known. */
const char *ail_elf_names_at(AilElfNames *names, const char *path, uint64_t offset, uint64_t *into);

/* The line of the source that this byte is of: the source's path as the compiler had it, valid
 * until names is freed. NULL: not known. */
const char *ail_elf_names_line(AilElfNames *names, const char *path, uint64_t offset,
                               uint32_t *line);

/* Whether the file may name any function: it is there, and has symbols or DWARF. */
bool ail_elf_names_any(AilElfNames *names, const char *path);

/* The file's build ID: bytes, *len of them; NULL: it has none, or there is no such file. */
const uint8_t *ail_elf_names_build_id(AilElfNames *names, const char *path, size_t *len);

#endif
