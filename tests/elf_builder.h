/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small ELF file, byte by byte, for those who read what others may have made. */
#ifndef AIL_TESTS_ELF_BUILDER_H
#define AIL_TESTS_ELF_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Three pages, as loaded from address ELF_BASE on. In the first all that a loader needs, in the
 * second the code, in the third .symtab and the headers of sections. Functions: "alpha" at 0x1010,
 * of 16 bytes, and "beta" at 0x1040, without a size, in both tables; "gamma" at 0x1080, of 8 bytes,
 * in .symtab alone. Variables: "data" in .symtab.
 */
enum {
    ELF_SIZE = 0x3000,
    ELF_BASE = 0x400000,
    /* where things are, for who changes them */
    ELF_PHDRS = 0x40,
    ELF_NOTE = 0x200,
    ELF_HASH = 0x300,
    ELF_DYNSYM = 0x400,
    ELF_DYNSTR = 0x600,
    ELF_DYNAMIC = 0x800,
    ELF_SYMTAB = 0x2000,
    ELF_STRTAB = 0x2400,
    ELF_SHDRS = 0x2800,
};

#define ELF_BUILD_ID "\xa1\xb2\xc3\xd4\xe5"

/* to: ELF_SIZE bytes. wide: of 64 bits, else 32. */
void elf_build(uint8_t *to, bool wide);

#endif
