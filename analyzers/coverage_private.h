/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of coverage (docs/coverage.md). */
#ifndef AIL_ANALYZERS_COVERAGE_PRIVATE_H
#define AIL_ANALYZERS_COVERAGE_PRIVATE_H

#include <glib.h>

#include "analyzers/analysis.h"
#include "analyzers/coverage_places.h"
#include "analyzers/rows.h"

#define COVERAGE_ALL UINT32_MAX /* in place of a runner: all of them together */

enum {
    COVERAGE_PIECE = 64, /* bytes of a CoverRow at most: bits in `starts` */
    COVERAGE_LEADER = 1, /* something jumped to its first byte */
    COVERAGE_ENDS = 2,   /* its last instruction is a branch */
};

/* A piece of code that a runner executed from its first to its last instruction. */
typedef struct CoverRow {
    uint32_t code, runner;
    uint64_t offset; /* in the code */
    uint64_t starts; /* bit i: an instruction begins at byte i */
    uint64_t runs;
    uint64_t on;   /* of these, went on behind it without a branch */
    uint8_t size;  /* bytes */
    uint8_t flags; /* COVERAGE_* */
} CoverRow;

typedef struct EdgeRow {
    uint32_t code, to_code, runner;
    uint64_t offset, to_offset; /* of the branch, and of what it goes to */
    uint64_t runs;
} EdgeRow;

extern const AilRowKind ail_cover_rows, ail_edge_rows;

/* --- from counts by block id to rows (coverage_rows.c) --- */

typedef struct CoverRows CoverRows;
CoverRows *cover_rows_new(AilRows *blocks, AilRows *edges); /* borrowed */
void cover_rows_free(CoverRows *r);
/* What a chunk has counted; prepared: an AilCount of it. Feeds `places` with the chunk's events.
 * wanted: whether code of a runner counts at all. */
AilStatus cover_rows_take(CoverRows *r, AilPlaces *places, const AilChunk *chunk,
                          const void *prepared, bool (*wanted)(const void *user, AilRunner runner),
                          const void *user, AilError *err);
/* Put down what is still held. */
AilStatus cover_rows_flush(CoverRows *r, AilError *err);

/* --- from rows to blocks (coverage_sweep.c) --- */

/* A stretch of code that is one line of the report: a whole file or module, or what of addresses
 * lies near each other. */
typedef struct CoverArea {
    uint32_t code;
    uint64_t start, end; /* offsets, of what ran */
    char *name;          /* owned */
    bool user;
    bool wanted;
} CoverArea;

typedef struct CoverBlock {
    uint32_t area, runner; /* COVERAGE_ALL: of all together */
    uint64_t start;        /* offset in the code */
    uint64_t size;         /* bytes */
    uint64_t insns;        /* in it */
    uint64_t runs;         /* how often its first instruction ran */
} CoverBlock;

/* One instruction, all runners together. */
typedef struct CoverInsn {
    uint32_t area;
    uint64_t offset, runs;
} CoverInsn;

typedef struct CoverSum {
    uint64_t blocks, edges, insns, bytes; /* insns: executed */
} CoverSum;

typedef struct CoverSweep {
    const AilPlaces *places;
    GArray *areas;    /* of CoverArea, by code and start */
    GHashTable *sums; /* area << 32 | runner -> CoverSum */
    /* What to do with each block of a runner and of all together; with each instruction; NULL:
     * nothing. */
    AilStatus (*block)(void *user, const CoverBlock *block, AilError *err);
    void (*insn)(void *user, const CoverInsn *insn);
    void *user;
    /* Whether a stretch of code, and a runner, are to be seen at all. */
    bool (*area_wanted)(const void *user, const CoverArea *area);
    bool (*runner_wanted)(const void *user, uint32_t runner);
} CoverSweep;

/* Find the blocks; edges from one to the next behind it, which no branch makes, are added to
 * `edges`. */
AilStatus cover_sweep_blocks(CoverSweep *s, AilRows *blocks, AilRows *edges, AilError *err);

typedef struct CoverEdge {
    uint32_t runner, area, to_area;
    uint64_t offset, to_offset, runs;
} CoverEdge;

/* Count the edges; then each is handed to `edge`, which may be NULL. */
AilStatus cover_sweep_edges(CoverSweep *s, AilRows *edges,
                            void (*edge)(void *user, const CoverEdge *edge), AilError *err);
CoverSum *cover_sum(const CoverSweep *s, uint32_t area, uint32_t runner);
void cover_sweep_clear(CoverSweep *s);

/* --- results (coverage_print.c, coverage_files.c) --- */

typedef struct CoverWish {
    bool has_pid, kernel, user;
    uint64_t pid, top;
    char *comm, *module;                  /* owned; patterns; NULL: any */
    char *drcov, *lcov, *edges, *sysroot; /* owned; NULL: not wanted */
} CoverWish;

void cover_print(const CoverSweep *s, const CoverWish *w, AilOutput *out);
/* "123 busybox", "asid 0x1000"; control characters are shown as ?. Free it. */
char *cover_runner_name(const AilPlaces *places, uint32_t runner);

/* The files that are wanted, written while the rows are swept. NULL and err set: one cannot be. */
typedef struct CoverFiles CoverFiles;
CoverFiles *cover_files_new(const CoverWish *w, const CoverSweep *s, bool json, AilError *err);
void cover_files_free(CoverFiles *f); /* may be NULL */
AilStatus cover_files_block(CoverFiles *f, const CoverBlock *b, AilError *err);
void cover_files_insn(CoverFiles *f, const CoverInsn *i);
void cover_files_edge(CoverFiles *f, const CoverEdge *e);
/* Put them in their places. */
AilStatus cover_files_finish(CoverFiles *f, AilError *err);

#endif
