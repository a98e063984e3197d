/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint at a moment, and what an execution of a block does to it: the interpreter of programs. One
 * thread at a time.
 */
#ifndef AIL_ANALYZERS_TAINT_RUN_H
#define AIL_ANALYZERS_TAINT_RUN_H

#include "analyzers/taint/sets.h"
#include "analyzers/taint/shadow.h"

#define AIL_TAINT_NOWHERE UINT64_MAX

/* A memory access of the execution. */
typedef struct AilTaintAccess {
    uint64_t addr;     /* virtual */
    uint64_t phys;     /* of its first byte; AIL_TAINT_NOWHERE: not in memory */
    uint64_t phys2;    /* of its first byte in a second page; AIL_TAINT_NOWHERE: likewise */
    uint64_t value[2]; /* with has_value: the bytes, as a little-endian number */
    AilCell given;     /* of a read that is not of memory: taint of its first byte */
    uint16_t insn;     /* index in the block */
    uint8_t size;      /* bytes, 1 .. 16 */
    bool write;
    bool has_value;
} AilTaintAccess;

/* What the one who runs programs is told. All may be NULL. cell: union of what is tainted. */
typedef struct AilTaintWatch {
    void *self;
    /* Instruction `insn` read tainted bytes. */
    void (*insn)(void *self, unsigned insn, AilCell cell);
    /* What decides where control goes is tainted; target: it is the address itself. */
    void (*branch)(void *self, unsigned insn, bool target, AilCell cell);
    /* A tainted byte goes to what is not memory. */
    void (*device)(void *self, unsigned insn, uint64_t addr, AilCell cell);
} AilTaintWatch;

typedef struct AilTaint {
    AilCell state[AIL_TAINT_CELLS];
    AilTaintMask tainted; /* registers with tainted bytes */
    AilShadow *shadow;    /* owned */
    AilSets *sets;        /* owned */
    AilTaintWatch watch;
    uint64_t overwritten; /* bytes whose taint ended as a device had written over them */
    uint64_t
        mismatched; /* instructions on taint run conservatively, as their accesses were others */
} AilTaint;

/* Whether a register has a tainted byte. */
static inline bool ail_taint_any_reg(const AilTaint *t)
{
    uint64_t any = 0;
    for (unsigned w = 0; w < AIL_TAINT_MASK_WORDS; w++)
        any |= t->tainted.word[w];
    return any != 0;
}

/* max_set_bytes: see ail_sets_new. */
AilTaint *ail_taint_new(size_t max_set_bytes);
/* t may be NULL. */
void ail_taint_free(AilTaint *t);

/* Union of two cells' taint; of two that are tainted. */
AilCell ail_taint_union_sets(AilTaint *t, AilCell a, AilCell b);
static inline AilCell ail_taint_union(AilTaint *t, AilCell a, AilCell b)
{
    if (!a || a == b)
        return b;
    return b ? ail_taint_union_sets(t, a, b) : a;
}

/* Run instructions first .. end - 1 of a block. access: those of the execution, in order; what is
 * of other instructions is left out. Returns how many were not passed over, as something that they
 * touch was tainted. */
unsigned ail_taint_run(AilTaint *t, const AilTaintProgram *p, unsigned first, unsigned end,
                       const AilTaintAccess *access, unsigned n_access);

/* Set the taint of a byte of the state, 0: none, and of memory. */
void ail_taint_set_reg(AilTaint *t, unsigned at, AilCell cell);
void ail_taint_set_memory(AilTaint *t, uint64_t phys, AilCell cell);
/* Find out anew which of these registers are tainted. */
void ail_taint_refresh(AilTaint *t, const AilTaintMask *regs);

/* One of them; access: its own. Leaves `tainted` as it is: ail_taint_refresh has to follow. */
void ail_taint_run_insn(AilTaint *t, const AilTaintProgram *p, unsigned insn,
                        const AilTaintAccess *access, unsigned n_access);

/* What compiled programs call; insn: its index. Bytes from .. from + n - 1 of the stream of what
 * it loads go to `to`; of what it stores come from `from`. */
void ail_taint_load(AilTaint *t, const AilTaintAccess *access, unsigned n_access, unsigned from,
                    unsigned n, AilCell *to);
void ail_taint_store(AilTaint *t, const AilTaintAccess *access, unsigned n_access, unsigned at,
                     unsigned n, const AilCell *from);

#endif
