/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For those who lift: how operations are put down, one after the other. */
#ifndef AIL_ANALYZERS_LIFT_BUILD_H
#define AIL_ANALYZERS_LIFT_BUILD_H

#include <capstone/capstone.h>

#include "analyzers/lift/lift.h"

/* What a lifter keeps from one instruction to the next, which most often follows it. */
typedef struct AilBefore {
    uint64_t next; /* where it would be */
    uint8_t it;    /* T32: which of those that follow are conditional, as the processor keeps it */
} AilBefore;

/* The instruction at hand. */
typedef struct AilBuild {
    AilOp *ops; /* AIL_LIFT_MAX_OPS */
    unsigned n_ops;
    unsigned temp; /* next free temporary byte */
    bool full;     /* operations or temporaries did not suffice: it is lifted conservatively */
    uint8_t quality, flags;
    AilVar count, again; /* see AilLifted */
    AilMode mode;
    bool user;
    uint64_t pc;
    const uint8_t *bytes; /* `size` bytes of it */
    unsigned size;
    AilBefore *before;
    csh handle;          /* capstone's, which insn is of */
    const cs_insn *insn; /* NULL: capstone does not know it, see `undecoded` */
} AilBuild;

/* How one architecture is lifted. */
typedef struct AilLifter {
    const AilStateReg *state;  /* see ail_lift_state */
    const AilStateReg *others; /* names of parts of registers, likewise */
    /* Open capstone for the mode, with details. */
    cs_err (*open)(AilMode mode, csh *handle);
    /* Put down the operations of b->insn; false: it is not modelled. What was put down until then
     * is forgotten. */
    bool (*lift)(AilBuild *b);
    /* The same for bytes that capstone does not decode, b->insn is not there: the mnemonic, or
     * NULL. May be NULL itself: then `lift` is asked, which goes by b->bytes. */
    const char *(*undecoded)(AilBuild *b, const uint8_t *bytes, size_t size);
    /* Where capstone's register lies in the state; kind AIL_VAR_NONE: nowhere. */
    AilVar (*reg)(AilMode mode, bool user, unsigned reg);
} AilLifter;

extern const AilLifter ail_lifter_x86, ail_lifter_arm64, ail_lifter_arm;

static inline AilVar ail_state(unsigned at, unsigned size)
{
    return (AilVar){.kind = AIL_VAR_STATE, .at = (uint16_t)at, .size = (uint8_t)size};
}

static inline AilVar ail_const(uint64_t value, unsigned size)
{
    return (AilVar){.kind = AIL_VAR_CONST, .value = value, .size = (uint8_t)size};
}

/* Open capstone with details. */
cs_err ail_open(cs_arch arch, cs_mode mode, csh *handle);

/* Bytes from .. from + size - 1 of v. */
AilVar ail_part(AilVar v, unsigned from, unsigned size);
/* A new temporary of so many bytes. */
AilVar ail_temp(AilBuild *b, unsigned size);

/* Put down dst = code(a, b, c), in lanes of `lane` bytes (0: dst's size); what is not used is
 * AIL_NONE. Returns the operation, to be altered: never NULL, even when b is full. The count of a
 * shift may have any size that it fits in. LANES and MIX make an exact instruction rough. */
#define AIL_NONE ((AilVar){0})
AilOp *ail_put(AilBuild *build, AilOpCode code, unsigned lane, AilVar dst, AilVar a, AilVar b,
               AilVar c);

/* The same into a new temporary of `size` bytes, which is returned. */
AilVar ail_do2(AilBuild *build, AilOpCode code, unsigned size, AilVar a, AilVar b);
AilVar ail_do1(AilBuild *build, AilOpCode code, unsigned size, AilVar a);
void ail_copy(AilBuild *build, AilVar dst, AilVar a);
/* If the last operation computed v, a temporary, for nothing else: let it compute `to` instead. */
bool ail_retarget(AilBuild *build, AilVar to, AilVar v);
/* What was put down is an iteration, see AilLifted. */
void ail_repeat(AilBuild *build, AilVar count, AilVar again);
AilVar ail_load(AilBuild *build, unsigned size, AilVar address);
void ail_store(AilBuild *build, AilVar address, AilVar a);

#endif
