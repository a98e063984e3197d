/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hold what lifting says of an instruction against what it does. */
#ifndef AIL_TESTS_LIFT_CHECK_H
#define AIL_TESTS_LIFT_CHECK_H

#include "analyzers/lift/llvm.h"
#include "analyzers/taint/run.h"
#include "tests/lift/atoms.h"
#include "tests/lift/code.h"
#include "tests/lift/evaluate.h"

enum {
    CHECK_STATES = 24,    /* that it is executed on */
    CHECK_FLIPPED = 4,    /* of them: states whose bits are flipped */
    CHECK_PASSES = 2,     /* taint without flows through pointers, and with them */
    CHECK_TRIES = 3,      /* patterns that a byte is flipped by */
    LABEL_PC = ATOMS_MAX, /* where control goes, as an output */
    OUTPUTS = ATOMS_MAX + 1,
};

typedef enum {
    FAULT_NONE = 0,
    FAULT_VALUE,   /* it computes something else */
    FAULT_NOVALUE, /* said to be exact, and some of what it computes has no value */
    FAULT_MISSED,  /* an observed dependency that taint does not have */
    FAULT_NONSENSE,
    FAULT_IR, /* LLVM's code does something else than the operations */
} FaultKind;

typedef struct Counts {
    uint64_t encodings, abandoned, states, runs, values, dependencies;
    uint64_t by_quality[4];
    uint64_t faults[FAULT_IR + 1]; /* encodings */
    uint64_t ir_encodings, ir_states;
    uint64_t implied; /* of the observed ones: not data flow, but that of addresses, and of how
                         often memory is accessed */
} Counts;

/* Of a mnemonic. */
typedef struct Precision {
    uint64_t encodings, said, seen;
    uint64_t faulty;
    uint8_t quality; /* the worst */
} Precision;

typedef struct Check {
    const Processor *processor;
    Random random;
    Maker maker;
    Machine *machine;
    AilLift *lift;
    AilTaintLower *lower[CHECK_PASSES];
    AilTaint *taint;
    AilCell one[ATOMS_MAX]; /* the label of each atom, as a cell */
    Atoms atoms;
    Evaluation evaluation, ir;
    const AilLlvm *llvm; /* NULL: without */
    AilRun *run;
    unsigned ir_every; /* each so many'th encoding is compiled, as it takes a while */
    Counts counts;
    GHashTable *precision; /* mnemonic -> Precision; owned */
    unsigned verbose;      /* failures to be printed of each mnemonic */
    bool spoil;            /* falsify what lifting says, to see that it is found */
    GHashTable *done;      /* encodings, as text; owned */

    /* the instruction at hand */
    Code code;
    AilLifted lifted;
    AilOp ops[AIL_LIFT_MAX_OPS];
    AilTaintProgram *program[CHECK_PASSES];
    Slot in[CHECK_STATES], out[CHECK_STATES];
    FaultKind fault; /* the first */
    AilCell branch;  /* told by the interpreter */
    uint8_t said[OUTPUTS][ATOMS_MAX / 8], seen[OUTPUTS][ATOMS_MAX / 8];
    bool tried[ATOMS_MAX];
} Check;

/* false: said on stderr. */
bool check_init(Check *c, const Processor *p, const char *runners, bool native, uint64_t seed);
void check_clear(Check *c);

/* Check c->code. false: the runner has ended, and cannot be started again. */
bool check_code(Check *c);

/* --- between check*.c --- */

/* Put a state into an evaluation. */
void check_prepare(Check *c, const Slot *in, Evaluation *e);
/* Load LLVM's module and compile instructions with it, too. */
bool check_ir_open(Check *c, const char *module, AilError *err);
void check_ir_close(Check *c);
/* Hold the IR against the operations, on the first n states. */
void check_ir(Check *c, unsigned n);
/* Evaluate the operations on a state; out: as it was after the instruction, for how often a
 * repeated one did. false: not possible, and it was told why. */
bool check_evaluate(Check *c, const Slot *in, const Slot *out);
/* Compare what they have with the state `out` and with where it went. */
void check_values(Check *c, const Slot *in, const Slot *out, uint64_t pc);
/* The accesses that an instruction made: the address of each byte, in order. */
typedef struct CheckAccesses {
    GArray *loads, *stores;
    bool anywhere; /* the operations do not say where */
    uint64_t iterations;
} CheckAccesses;

/* What taint says: the instruction's program of that pass is run with each atom's label in it; what
 * each has then, and LABEL_PC, in cell[OUTPUTS]. */
void check_program(Check *c, unsigned pass, const CheckAccesses *was, AilCell *cell);
/* Flip bits of state i, and look what taint has to say. false: the runner has ended. */
bool check_taint(Check *c, unsigned i);
/* Whether the output is to be looked at. */
bool check_sees(const Check *c, unsigned atom);
/* Remember that it is faulty; true: the caller is to say how, on stdout. */
bool check_fault(Check *c, FaultKind kind);

#endif
