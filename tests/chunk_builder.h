/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks made by hand, for tests of analyses: blocks with real instruction bytes, then what ran.
 *
 *     ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
 *     uint32_t call = chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\xe8\0\0\0\0", 5, 1, 5);
 *     chunk_run(b, call);
 *     chunk_write(b, 0, 0x7ff8, 8, 0x105);
 *     const AilChunk *chunk = chunk_builder_take(b);
 */
#ifndef AIL_TESTS_CHUNK_BUILDER_H
#define AIL_TESTS_CHUNK_BUILDER_H

#include "analyzers/pass.h"

typedef struct ChunkBuilder ChunkBuilder;

/* asid: the address space at the start. */
ChunkBuilder *chunk_builder_new(AilArch arch, uint64_t asid);
void chunk_builder_free(ChunkBuilder *b);

/* A block with `n` instructions, whose sizes in bytes follow; returns its id. */
uint32_t chunk_block(ChunkBuilder *b, uint64_t pc, AilMode mode, bool user, const void *bytes,
                     size_t size, unsigned n, ...);

/* The chunk that comes next begins a new dictionary. */
void chunk_fresh(ChunkBuilder *b);

/* The block runs to its end; or only `executed` instructions of it. */
void chunk_run(ChunkBuilder *b, uint32_t id);
void chunk_run_cut(ChunkBuilder *b, uint32_t id, uint32_t executed);

/* An access by instruction `insn` of the block that ran last; virtual addresses are physical ones,
 * too. */
void chunk_read(ChunkBuilder *b, unsigned insn, uint64_t addr, unsigned size, uint64_t value);
void chunk_write(ChunkBuilder *b, unsigned insn, uint64_t addr, unsigned size, uint64_t value);
/* The same with the bytes as they lie in memory, 1 to 16 (a power of two). */
void chunk_read_bytes(ChunkBuilder *b, unsigned insn, uint64_t addr, const void *bytes,
                      unsigned size);
void chunk_write_bytes(ChunkBuilder *b, unsigned insn, uint64_t addr, const void *bytes,
                       unsigned size);

/* Events, before the next run. */
void chunk_asid(ChunkBuilder *b, uint64_t asid);
void chunk_trap(ChunkBuilder *b, AilEventType type, uint64_t vector, uint64_t resume);
void chunk_console(ChunkBuilder *b, const char *text);
/* Any event; its place is filled in, its data copied. */
void chunk_event(ChunkBuilder *b, AilEvent event);
/* The same as a GuestEvents.take (tests/made_guest.h). */
void chunk_take_event(void *builder, const AilEvent *event);

uint64_t chunk_icount(const ChunkBuilder *b); /* of the next instruction */

/* The chunk that was put together since the last take; the builder goes on with the next one. Valid
 * until the next take. */
const AilChunk *chunk_builder_take(ChunkBuilder *b);

const AilTraceInfo *chunk_info(const ChunkBuilder *b);

/*
 * Run one analysis, given as for `ailurus analyze -a`, over the chunk that was built, as a whole
 * pass with `columns`, and return what it wrote (free with free) or "error: MESSAGE".
 */
char *chunk_analyse(ChunkBuilder *b, const char *analysis, uint32_t columns, AilOutputKind kind);
/* The same with names for addresses, from files below sysroot (may be NULL). */
char *chunk_analyse_named(ChunkBuilder *b, const char *analysis, uint32_t columns,
                          AilOutputKind kind, const char *sysroot);

#endif
