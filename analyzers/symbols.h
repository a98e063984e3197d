/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for addresses of a guest: the kernel's functions from the symbol table that the trace has,
 * "function+0x12 (module)" in its modules ("[module]+0x12" where theirs are not known), and of user
 * code what is mapped there: "function+0x12 (libc.so.6)", by the names that the replay found in the
 * guest's memory, and by those of the files themselves, which may have more, if a folder with them
 * is at hand; else "path+0x12" (the offset in the file). It follows the trace's events
 * (ail_symbolizer_take); who looks at an earlier moment gives the guest as it was then.
 *
 * A pass (analyzers/pass.h) has one for its analyses, which see it as AilSymbols. One thread.
 */
#ifndef AIL_ANALYZERS_SYMBOLS_H
#define AIL_ANALYZERS_SYMBOLS_H

#include "analyzers/guest.h"
#include "formats/error.h"

typedef struct AilSymbolizer AilSymbolizer;
typedef struct AilSymbols AilSymbols; /* analyzers/analysis.h */

enum { AIL_SYMBOL_MAX = 256 }; /* bytes of a name that are enough, its NUL included */

/* sysroot: folder with the guest's files, or NULL. NULL and err set if it cannot be opened. */
AilSymbolizer *ail_symbolizer_new(const char *sysroot, AilError *err);
void ail_symbolizer_free(AilSymbolizer *z); /* may be NULL */

/* What happened next. */
void ail_symbolizer_take(AilSymbolizer *z, const AilEvent *e);

/* The same, but for the guest: of an event, the names of functions in a file that it may tell. */
void ail_symbolizer_take_names(AilSymbolizer *z, const AilEvent *e);

/* As analyses have it. There, user addresses are named as of the last event, which a pass takes
 * for a whole chunk at once: see ail_symbols_name. Owned by z. */
const AilSymbols *ail_symbolizer_symbols(AilSymbolizer *z);
/* What is behind `symbols`; NULL if they are NULL or another's. */
AilSymbolizer *ail_symbolizer_of(const AilSymbols *symbols);

/* The guest as of the last event. */
const AilGuest *ail_symbolizer_guest(const AilSymbolizer *z);

/*
 * Write the name of `pc` into buf: of the kernel, or in the address space `mm` (0: none) as `guest`
 * is now (NULL: none is known). The name is safe to print. false: it has none, and buf is as it
 * was.
 */
bool ail_symbolizer_name(AilSymbolizer *z, const AilGuest *guest, uint64_t mm, uint64_t pc,
                         char *buf, size_t size);
/* The same by what an analysis was given (NULL: false): in the address space `asid` of the guest as
 * it is at the moment that the analysis has come to; where that has no process, in the running
 * one's. */
bool ail_symbols_name(const AilSymbols *symbols, const AilGuest *guest, uint64_t asid, uint64_t pc,
                      char *buf, size_t size);
/* The source and line of user code, where a file in the folder has DWARF; the source is safe to
 * print. false: not known, and nothing is written. */
bool ail_symbolizer_line(AilSymbolizer *z, const AilGuest *guest, uint64_t mm, uint64_t pc,
                         char *source, size_t size, uint32_t *line);
/* The name of user code in no process in particular: if all code that was ever mapped there is the
 * same place of the same file. */
bool ail_symbolizer_name_any(AilSymbolizer *z, uint64_t pc, char *buf, size_t size);

/* Which files have no names, if code of them was asked for, and what would help. NULL: none; safe
 * to print, free with g_free. */
char *ail_symbolizer_note(const AilSymbolizer *z);

/* What the user is to be told once all is named: which files in the folder are not those that the
 * guest had. NULL: nothing. Safe to print, free with g_free. */
char *ail_symbolizer_warning(const AilSymbolizer *z);

#endif
