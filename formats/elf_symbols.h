/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions that an ELF file names, and its build ID, where perhaps not all of the file is at
 * hand: of a file that a guest has mapped, its memory may have parts only. Little-endian files of
 * 32 and 64 bits. Format: System V ABI, chapters 4 and 5; the hash table of DT_GNU_HASH and the
 * note NT_GNU_BUILD_ID as binutils and glibc have them.
 *
 * Files come from strangers: whatever they say is checked, and work and memory are bounded.
 * Thread-safe on distinct objects.
 */
#ifndef AIL_FORMATS_ELF_SYMBOLS_H
#define AIL_FORMATS_ELF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What bytes that are not at hand are read as. No name has it, no number in a sound file is it. */
enum { AIL_ELF_HOLE = 0xff };

typedef struct AilElfSource {
    void *user;
    uint64_t size; /* of the file, in bytes; UINT64_MAX: not known */
    /* `len` bytes of the file at `offset`, AIL_ELF_HOLE for those that are not at hand; false: some
     * are not. */
    bool (*read)(void *user, uint64_t offset, void *to, size_t len);
    /* Where a process has its first byte mapped; 0: not known. May be set by `read`. For addresses
     * in the dynamic section alone, which a loader may have changed in place. */
    uint64_t base;
} AilElfSource;

typedef struct AilElfSymbol {
    uint64_t offset;  /* of its first byte in the file */
    uint64_t size;    /* 0: not known */
    const char *name; /* not terminated */
    uint32_t len;
} AilElfSymbol;

enum { AIL_ELF_NAME = 255, AIL_ELF_BUILD_ID = 64 }; /* bytes; longer names are cut */

typedef struct AilElfSymbols {
    bool whole;  /* the table that they are of was at hand, from its beginning to its end */
    bool symtab; /* which is .symtab; else .dynsym */
    bool all;    /* these are all that the file ever has; else more may be at hand later */
    uint8_t build_id[AIL_ELF_BUILD_ID];
    size_t build_id_len; /* 0: it has none, or it is not at hand */
    AilElfSymbol *list;  /* by offset, then name; owned, its names with it */
    size_t n;
    void *names;
} AilElfSymbols;

/* false: it is no ELF file of a kind that is known here, or its beginning is not at hand; *symbols
 * has nothing then, but `all` may be set. Clear it in any case. */
bool ail_elf_symbols_read(const AilElfSource *source, AilElfSymbols *symbols);
void ail_elf_symbols_clear(AilElfSymbols *symbols);

#endif
