/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of elf_symbols.h. */
#ifndef AIL_FORMATS_ELF_PRIVATE_H
#define AIL_FORMATS_ELF_PRIVATE_H

#include "formats/elf_symbols.h"

enum { ELF_MAX_SEGMENTS = 64, ELF_MAX_SYMBOLS = 1 << 18 };

typedef struct ElfSegment {
    uint64_t offset, addr, size;
    uint32_t type;
    bool code;
} ElfSegment;

/* Where the parts of a table are in the file. */
typedef struct ElfTable {
    uint64_t symbols, symbols_size, strings, strings_size;
    bool known; /* there is one, and this is where */
} ElfTable;

typedef struct ElfFile {
    const AilElfSource *from;
    bool wide, arm;
    ElfSegment segment[ELF_MAX_SEGMENTS];
    unsigned n_segments;
    uint64_t sections; /* where their headers are */
    unsigned n_sections, section_size;
} ElfFile;

/* elf_locate.c */

/* A number of a structure: at `wide` in the one of 64-bit files, at `narrow` in the other. */
uint64_t elf_word(const ElfFile *e, const uint8_t *at, unsigned wide, unsigned narrow);
/* Bytes of the file; *whole is cleared if some were missing. Free it. */
uint8_t *elf_load(const ElfFile *e, uint64_t offset, uint64_t size, bool *whole);
/* So much of a part of the file can be there. */
uint64_t elf_within(const ElfFile *e, uint64_t offset, uint64_t size);

bool elf_take_header(ElfFile *e, const AilElfSource *from);
/* The place in the file of what is loaded at an address, and how much there is from there on. */
bool elf_file_offset(const ElfFile *e, uint64_t addr, bool code, uint64_t *offset, uint64_t *left);
/* By the headers of sections; false: those are not at hand. */
bool elf_find_by_sections(const ElfFile *e, ElfTable *symtab, ElfTable *dynsym);
/* By what a loader goes by. */
ElfTable elf_find_by_dynamic(const ElfFile *e);

#endif
