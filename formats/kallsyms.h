/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbol table that a Linux kernel carries in its own memory, found without knowing a single
 * address, with the addresses that symbols have in the running guest (KASLR included).
 *
 * Format: Linux, scripts/kallsyms.c (which writes it) and kernel/kallsyms.c (which reads it). Its
 * parts, each aligned to a pointer's size, lie one after the other:
 *
 *   2.6 - 4.5     addresses, num_syms, names, markers, token_table, token_index
 *   4.6 - 6.1     the same with offsets and relative_base for addresses (or as before)
 *   6.2 - 6.3     and 6.1's later updates: seqs_of_names behind the markers
 *   6.4 -         num_syms, names, markers, token_table, token_index, offsets, relative_base,
 *                 seqs_of_names
 *   2026 -        the same without relative_base: offsets are relative to their own place
 *
 * Names are strings of bytes, each of which stands for a token; the first letter of a name is its
 * type, as nm(1) has it. token_index is found by its structure (256 rising offsets, each behind a
 * NUL of token_table), then the markers (the offset of each 256th name), and everything is checked
 * against everything else, so that no other memory passes for a table.
 *
 * Thread-safe: a table does not change once it is there.
 */
#ifndef AIL_FORMATS_KALLSYMS_H
#define AIL_FORMATS_KALLSYMS_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/kernel_image.h"

typedef struct AilKallsyms AilKallsyms;

typedef struct AilKsym {
    uint64_t address;
    const char *name; /* borrowed from the table */
    char type;        /* as nm(1) has it: 't', 'T', 'd', ... */
} AilKsym;

/*
 * Find and decode the table in a kernel's memory. Takes time in proportion to the image's size.
 * *table: free with ail_kallsyms_free; NULL if AIL_ERR, when the message says what was looked for
 * and what is missing. Memory: about 60 bytes a symbol.
 */
AilStatus ail_kallsyms_open(const AilKernelImage *image, AilKallsyms **table, AilError *err);
void ail_kallsyms_free(AilKallsyms *table); /* NULL is fine */

/* How many symbols, and the one with number i < count, in the order of addresses. */
size_t ail_kallsyms_count(const AilKallsyms *table);
AilKsym ail_kallsyms_get(const AilKallsyms *table, size_t i);

/*
 * The symbol with this name (the first by address if there are several). If there is none, one
 * whose name has a suffix that compilers add (`name.isra.0`, `name.constprop.0`, `name.part.0`,
 * `name.llvm.123`); `name.cold` is another piece of code and is never meant.
 * false: there is none, and *symbol is as it was.
 */
bool ail_kallsyms_find(const AilKallsyms *table, const char *name, AilKsym *symbol);

/* Its address; 0: there is none. */
uint64_t ail_kallsyms_address(const AilKallsyms *table, const char *name);

/*
 * The symbol with the highest address that is not above `address`; of several there, the one that
 * kernel/kallsyms.c prints, which is the first. *offset: of `address` from it.
 * false: below all symbols, or above the kernel's end (`_end`).
 * On x86_64 per-CPU variables are symbols with small numbers, not addresses; those never are the
 * answer.
 */
bool ail_kallsyms_at(const AilKallsyms *table, uint64_t address, AilKsym *symbol, uint64_t *offset);

/*
 * A table of `count` symbols from elsewhere. addresses: in any order; text: of each its type and
 * name, ending with a NUL, text_size bytes in all. Takes both over (g_free) if all is well.
 * NULL: there are none, a name is empty or too long, or has bytes that names do not have.
 */
AilKallsyms *ail_kallsyms_new(size_t count, uint64_t *addresses, char *text, size_t text_size);

/*
 * The table as bytes for a file, appended to `out`, and back.
 * Layout: "AilKsym1", then, each 32 bits little-endian, the number of symbols, the size of the
 * rest before and after compression; the rest is one zstd frame of: each address less the one
 * before (LEB128), the types (a byte each), the names (each with a NUL).
 * Reading checks everything: bytes may come from strangers. `where` names them in messages.
 */
void ail_kallsyms_save(const AilKallsyms *table, AilBuf *out);
AilStatus ail_kallsyms_load(const void *bytes, size_t size, const char *where, AilKallsyms **table,
                            AilError *err);
/* What a table of these bytes takes in memory, at most; SIZE_MAX: they are none. */
size_t ail_kallsyms_cost(const void *bytes, size_t size);

#endif
