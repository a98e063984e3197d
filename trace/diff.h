/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two traces hold the same execution, and where each column first says otherwise.
 *
 * What is compared is what was executed, instruction by instruction, not how it is stored: chunks,
 * dictionaries and where the emulator's blocks begin and end may differ. So may the numbers of
 * instructions, by a constant: what was cut out of a recording counts from 0 again.
 * Memory: two decoded chunks for each thread. Thread-safe on distinct objects.
 */
#ifndef AIL_TRACE_DIFF_H
#define AIL_TRACE_DIFF_H

#include "formats/error.h"
#include "trace/trace.h"

/* What is to be compared. */
typedef struct AilDiffAsk {
    const char *path[2]; /* "-": standard input, for one of them */
    uint32_t columns;    /* of these, those that both have; a set of AIL_COL_* */
    uint64_t from, to;   /* instructions of the first trace; 0 and UINT64_MAX: all of both, so that
                            where they begin and end is compared, too */
    uint64_t shift;      /* instruction 0 of the second trace is this one of the first */
    unsigned threads;    /* 1 to AIL_MAX_THREADS; used where neither trace is a pipe */
    void (*progress)(void *user, uint64_t done, uint64_t total); /* now and then, from the caller's
                            thread; instructions, total 0: unknown. May be NULL */
    void *user;
} AilDiffAsk;

typedef enum {
    AIL_PLACE_NOTHING = 0, /* it has nothing there that the other one has */
    AIL_PLACE_INSN,
    AIL_PLACE_ACCESS,
    AIL_PLACE_EVENT,
    AIL_PLACE_REGISTER, /* one at a chunk's start */
} AilPlaceKind;

/* What one of the traces has where they differ. */
typedef struct AilPlace {
    AilPlaceKind kind;
    uint64_t icount; /* as this trace counts */

    /* The instruction there, which an access belongs to and an event comes before. */
    bool ended;         /* the trace ends before it */
    bool has_insn;      /* the next members are known */
    uint64_t block, pc; /* addresses of the block that it is in, and of itself */
    uint8_t mode;       /* AilMode */
    bool user;
    uint8_t size;
    uint8_t bytes[15];

    /* AIL_PLACE_ACCESS */
    uint32_t access; /* which one of the instruction's, from 0 */
    bool incomplete; /* of an instruction that did not complete */
    uint8_t info;    /* AIL_ACCESS_* */
    bool has_value;  /* `value` and `high` are known */
    bool has_phys;   /* `phys` and `next` are */
    bool crosses;    /* into another page, whose physical address is `next` */
    uint64_t addr, value, high, phys, next;

    AilEvent event; /* AIL_PLACE_EVENT; its data is owned */

    /* AIL_PLACE_REGISTER */
    char reg[32];
    uint32_t reg_size; /* bytes of it in reg_bytes, at most that many; guest byte order */
    uint8_t reg_bytes[64];
} AilPlace;

typedef struct AilColumnDiff {
    uint64_t compared; /* of code and flow: instructions; addr, data, xlate: accesses; event:
                          events; sync: sets of registers */
    bool differs;
    AilPlace place[2]; /* if it does: where it does first */
} AilColumnDiff;

typedef struct AilTraceDiff {
    uint32_t has[2];  /* columns that each trace has, of those asked for */
    uint32_t columns; /* those that were compared */
    bool complete[2]; /* as ail_trace_reader_complete */
    AilArch arch[2];
    uint64_t begin[2]; /* where each begins, by its own numbers, if `from` was 0; else 0 */
    bool recordings;   /* both are of the same recording */
    /*
     * By the bit number of AIL_COL_*. code is what the executed instructions are, flow which they
     * are. Once the flow differs, code and sync are not compared any more; nor are data and xlate
     * once addr differs.
     */
    AilColumnDiff column[AIL_N_COLUMNS];
    int first; /* number of the column that differs first, -1: none does */
} AilTraceDiff;

/*
 * Compare. AIL_OK: *diff says what was found; to be cleared. AIL_ERR and err set: one of them
 * cannot be read, or there is nothing to compare.
 */
AilStatus ail_trace_diff(const AilDiffAsk *ask, AilTraceDiff *diff, AilError *err);
void ail_trace_diff_clear(AilTraceDiff *diff);

#endif
