/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DWARF says of the code at an address: which function, which line of which source; read with
 * libdw. Addresses are as the file is linked. Files come from strangers, and no file is opened but
 * those that are handed over. One thread.
 */
#ifndef AIL_ANALYZERS_DWARF_NAMES_H
#define AIL_ANALYZERS_DWARF_NAMES_H

#include <stddef.h>
#include <stdint.h>

typedef struct AilDwarf AilDwarf;

/* Open the supplementary file with this build ID, of `len` bytes, at least 2; -1: there is none. */
typedef int AilDwarfOpen(void *user, const uint8_t *id, size_t len);

/* Takes over fd. NULL: the file has no DWARF, or its supplementary file cannot be found. */
AilDwarf *ail_dwarf_open(int fd, AilDwarfOpen *open, void *user);
void ail_dwarf_close(AilDwarf *d); /* may be NULL */

/* The function that has `addr`, as its symbol would be called, and where it begins; NULL: not
 * known. Owned by d. */
const char *ail_dwarf_function(AilDwarf *d, uint64_t addr, uint64_t *begin);

/* The source and line that `addr` is of; NULL: not known. Owned by d. */
const char *ail_dwarf_line(AilDwarf *d, uint64_t addr, uint32_t *line);

/* What an .xz file (of .gnu_debugdata) unpacks to, *len bytes; free with g_free. NULL: it is
 * damaged, or too large. */
char *ail_dwarf_unpack(const void *bytes, size_t size, size_t *len);

#endif
