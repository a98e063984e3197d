/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a block does to taint, as a program of few and simple steps on cells. A cell is the taint of
 * one byte: cells 0 .. AIL_STATE_SIZE - 1 are of the state's bytes (analyzers/lift/lift.h), where
 * they are in the state.
 *
 * A program is made from the lifted instructions of a block (ail_taint_lower) and run by the
 * interpreter (run.h) or compiled (jit.h). Steps of instruction i are insn[i] .. insn[i + 1] - 1.
 *
 * Bytes that are loaded and stored: as in lift.h, streams. An execution's accesses say which
 * physical bytes these are. Where their number is not what an instruction's steps take (n_load,
 * n_store), the instruction is run by the conservative rule: all that it loads and the state's
 * bytes that it reads go to all that it stores and the state's bytes that it writes.
 */
#ifndef AIL_ANALYZERS_TAINT_PROGRAM_H
#define AIL_ANALYZERS_TAINT_PROGRAM_H

#include "analyzers/lift/lift.h"

/*
 * Taint of a byte. 0: none. Else the number of its label set in the low 32 bits, and how many
 * computations lie between it and its source (taint2's tcn), at most AIL_CELL_DEPTH_MAX, in the 16
 * above. The upper 16 are the shadow's own, 0 in registers.
 */
typedef uint64_t AilCell;

/* Cells of a state: behind those of lift.h there are some that are always 0, then the lowering's
 * own temporaries. */
enum {
    AIL_TAINT_ZERO = AIL_STATE_SIZE,
    AIL_TAINT_SCRATCH = AIL_TAINT_ZERO + AIL_VAR_MAX,
    AIL_TAINT_CELLS = AIL_TAINT_SCRATCH + 4 * AIL_VAR_MAX,
};

enum { AIL_CELL_DEPTH_SHIFT = 32, AIL_CELL_DEPTH_MAX = 0xffff };

static inline uint32_t ail_cell_set(AilCell c)
{
    return (uint32_t)c;
}

static inline uint32_t ail_cell_depth(AilCell c)
{
    return (uint32_t)(c >> AIL_CELL_DEPTH_SHIFT) & AIL_CELL_DEPTH_MAX;
}

/* Union of cells: union of their sets, the larger depth; 0 is neutral. */

typedef enum {
    AIL_STEP_CLEAR = 0,  /* dst[0 .. n-1] = 0 */
    AIL_STEP_MOVE,       /* dst[i] = a[i]; as if all were read first */
    AIL_STEP_UNION,      /* dst[i] = a[i] union b[i]; likewise */
    AIL_STEP_SMEAR,      /* in each lane of `lane` cells of dst: all become the lane's union */
    AIL_STEP_RISE,       /* in each lane: dst[i] = union of dst[0 .. i] of the lane (carries) */
    AIL_STEP_FALL,       /* in each lane: dst[i] = union of dst[i .. lane-1] */
    AIL_STEP_GATHER,     /* dst[0] = dst[0] union a[0] union .. a[n-1] */
    AIL_STEP_SPLAT,      /* dst[i] = dst[i] union a[0] for i < n */
    AIL_STEP_DEEPEN,     /* depth of dst[0 .. n-1] + 1 where they are tainted */
    AIL_STEP_LOAD,       /* dst[i] = bytes b .. b + n - 1 of what the instruction loads */
    AIL_STEP_STORE,      /* bytes b .. b + n - 1 of what it stores = a[i] */
    AIL_STEP_LOADS,      /* dst[0] = dst[0] union all that the instruction loads */
    AIL_STEP_STORES,     /* all that it stores = a[0] */
    AIL_STEP_AREA_LOAD,  /* state from memory as `area` says, of those parts that it loads */
    AIL_STEP_AREA_STORE, /* what it stores: the area's bytes from the state, others 0 */
    AIL_STEP_BRANCH,     /* a[0 .. n-1] decide where control goes; lane: 0 whether, 1 to where */
} AilTaintStepCode;

typedef struct AilTaintStep {
    uint8_t code; /* AilTaintStepCode */
    uint8_t lane; /* cells */
    uint16_t n;   /* cells */
    uint16_t dst, a, b;
    uint16_t area; /* AREA_*: index in the program's areas */
} AilTaintStep;

/* Cells at .. at + n - 1. */
typedef struct AilTaintCells {
    uint16_t at, n;
} AilTaintCells;

/* Bits of a set of registers: bit r is set when byte r * 8 .. r * 8 + 7 of the state is in it. */
enum { AIL_TAINT_MASK_WORDS = AIL_STATE_SIZE / 8 / 64 };
typedef struct AilTaintMask {
    uint64_t word[AIL_TAINT_MASK_WORDS];
} AilTaintMask;

typedef struct AilTaintInsn {
    uint32_t first;           /* step; the next one's first is its end */
    uint32_t first_input;     /* of its inputs, likewise */
    uint16_t n_load, n_store; /* bytes that its steps take of the streams; of one iteration when it
                                 repeats. AIL_TAINT_ANY: LOADS, STORES or AREA_* take them */
    uint8_t size;             /* bytes of the instruction */
    uint8_t quality;          /* AilLiftQuality */
    uint8_t flags;            /* AIL_LIFT_* */
    AilTaintMask writes;      /* registers whose taint it may change, */
    AilTaintMask touches;     /* or looks at */
    bool predicated;          /* some of its LOADs and STOREs may not happen */
} AilTaintInsn;

enum { AIL_TAINT_ANY = UINT16_MAX };

/* What jit.h keeps with a program. */
typedef struct AilTaintSlot {
    uint64_t runs, work; /* by the interpreter */
    void *code;          /* owned: one piece of memory; NULL: nothing yet */
} AilTaintSlot;

typedef struct AilTaintProgram {
    uint16_t n_insns;
    uint32_t n_steps;
    AilTaintInsn *insns;   /* n_insns + 1; owned */
    AilTaintStep *steps;   /* owned */
    AilTaintCells *inputs; /* the state's cells that an instruction reads before it writes them,
                              ascending and apart; owned */
    const AilArea **areas; /* owned; what they point to is static */
    uint16_t n_areas;
    AilTaintMask writes;  /* registers whose taint it may change, */
    AilTaintMask touches; /* or looks at */
    AilTaintSlot *slot;   /* owned */
} AilTaintProgram;

typedef struct AilTaintLower AilTaintLower;

enum {
    AIL_TAINT_POINTERS = 1,  /* what is loaded or stored also depends on its address */
    AIL_TAINT_DROP_DEAD = 2, /* leave out what the block itself overwrites before it is read: only
                                for executions that run to the block's end, and where nobody asks
                                for an instruction's own taint in between */
};

/* For one thread. NULL and err set: the architecture cannot be lifted. */
AilTaintLower *ail_taint_lower_new(AilArch arch, unsigned flags, AilError *err);
void ail_taint_lower_free(AilTaintLower *l);

/* The program of a block; to be freed with ail_taint_program_free. */
AilTaintProgram *ail_taint_lower(AilTaintLower *l, const AilBlock *block);
void ail_taint_program_free(AilTaintProgram *p);

#endif
