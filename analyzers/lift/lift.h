/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instruction does, as a short list of simple operations on the bytes of a register file,
 * on temporary bytes and on the instruction's memory accesses. From it follow the instruction's
 * data flow (analyzers/taint) and its LLVM IR (analyzers/lift/llvm.h).
 *
 * All registers of a processor, each of its flags and the temporaries lie in one array of bytes,
 * the state; where, ail_lift_state says. Numbers in it are little-endian. Temporaries begin at
 * AIL_STATE_TEMP; they have no meaning beyond their instruction.
 *
 * Memory: the bytes that an instruction loads, in the order of its accesses (as QEMU makes them and
 * the trace has them), are a stream, and so are those that it stores. Each AIL_OP_LOAD takes the
 * next bytes of the first, each AIL_OP_STORE the next of the second; how they were cut into
 * accesses makes no difference. An operation may read and write overlapping bytes: it reads first.
 */
#ifndef AIL_ANALYZERS_LIFT_LIFT_H
#define AIL_ANALYZERS_LIFT_LIFT_H

#include "formats/error.h"
#include "trace/trace.h"

enum {
    AIL_STATE_TEMP = 1536,  /* temporaries: from here .. */
    AIL_STATE_SIZE = 2048,  /* .. to here */
    AIL_LIFT_MAX_OPS = 512, /* of an instruction */
    AIL_VAR_MAX = 64,       /* bytes of an operand */
};

/* An operand: bytes of the state, or a constant. */
typedef enum { AIL_VAR_NONE = 0, AIL_VAR_STATE, AIL_VAR_CONST } AilVarKind;

typedef struct AilVar {
    uint64_t value; /* AIL_VAR_CONST: sign-extended to `size` bytes where that is above 8 */
    uint16_t at;    /* AIL_VAR_STATE: first byte */
    uint8_t size;   /* bytes, 1 .. AIL_VAR_MAX */
    uint8_t kind;   /* AilVarKind */
} AilVar;

/*
 * Operations. "Lanes": operands are cut into lanes of `lane` bytes, and the operation is done for
 * each by itself; a scalar operation has one lane, lane = size of dst. All operands are of the same
 * size where nothing else is said. Truth is 1, else 0, in an operand of one byte.
 */
typedef enum {
    AIL_OP_NONE = 0,
    /* moving */
    AIL_OP_COPY,   /* dst = a */
    AIL_OP_ZEXT,   /* dst = a, which is smaller, zero-extended */
    AIL_OP_SEXT,   /* dst = a, which is smaller, sign-extended */
    AIL_OP_LOAD,   /* dst = memory at b, an operand of 8 bytes */
    AIL_OP_STORE,  /* memory at b = a */
    AIL_OP_SELECT, /* dst = c is true ? a : b */
    /* bits; lanes make no difference */
    AIL_OP_AND,
    AIL_OP_OR,
    AIL_OP_XOR,
    AIL_OP_ANDN, /* dst = a & ~b */
    AIL_OP_NOT,
    /* numbers, in lanes */
    AIL_OP_ADD,
    AIL_OP_SUB,
    AIL_OP_ADDC, /* dst = a + b + c, which is truth; scalar */
    AIL_OP_SUBC, /* dst = a - b - c, likewise */
    AIL_OP_NEG,
    AIL_OP_MUL,   /* low half of the product */
    AIL_OP_MULHU, /* its high half, unsigned */
    AIL_OP_MULHS, /* and signed */
    AIL_OP_DIVU,  /* dst = (c:a) / b, where c is the dividend's high half or AIL_VAR_NONE; scalar.
                     By 0: 0, and the remainder a; the least number by -1: itself */
    AIL_OP_DIVS,
    AIL_OP_REMU,
    AIL_OP_REMS,
    AIL_OP_MINU,
    AIL_OP_MINS,
    AIL_OP_MAXU,
    AIL_OP_MAXS,
    AIL_OP_ABS,
    /* shifts, in lanes; b is the count in bits: of one lane's size, the same for all lanes, or of
     * a's size, each lane with its own. The count is taken as it is: at `lane` * 8 and above the
     * result is 0 (SAR: the sign), rotations take it modulo the lane's bits */
    AIL_OP_SHL,
    AIL_OP_SHR,
    AIL_OP_SAR,
    AIL_OP_ROL,
    AIL_OP_ROR,
    AIL_OP_FUNNEL, /* dst = low half of (a:b) >> c; a is the high half; scalar; c below the bits */
    /* comparing: a dst of one byte is truth, of the operands as a whole; else each lane is all ones
     * or 0 */
    AIL_OP_EQ,
    AIL_OP_NE,
    AIL_OP_LTU,
    AIL_OP_LEU,
    AIL_OP_LTS,
    AIL_OP_LES,
    /* counting and turning, in lanes */
    AIL_OP_CLZ, /* of 0: the lane's bits, as CTZ */
    AIL_OP_CTZ,
    AIL_OP_POPCNT,
    AIL_OP_BSWAP,  /* bytes of each lane in reverse order */
    AIL_OP_BITREV, /* bits of each lane in reverse order */
    AIL_OP_PARITY, /* dst (truth) = whether a has an even number of ones */
    AIL_OP_BIT,    /* dst (truth) = bit b of a; b is a constant or one byte, below a's bits */
    /* what has no operation of its own: `name` says which; for IR a call to a declared function */
    AIL_OP_LANES, /* each lane of dst depends on that lane of a, b and c, and on nothing else. Where
                     an operand's lanes differ in size from dst's, their number is the same: lane
                     sizes are then size / number of dst's lanes */
    AIL_OP_MIX,   /* each byte of dst depends on all bytes of a, b and c, of any sizes; without
                     operands on nothing that the state or memory holds: a counter, an identity */
    AIL_OP_TABLE, /* each byte of dst is that byte of a which that byte of b numbers; 0 if a has
                     none of that number (tbl). a may have another size */
    /* all accesses of the instruction, of which there are as many as the trace has */
    AIL_OP_LOADS,  /* dst, of one byte, depends on all bytes that it loads */
    AIL_OP_STORES, /* all bytes that it stores depend on all of a */
    /* many registers to or from the memory area at b, `area`; which of them are accessed only the
     * accesses say, as they do where the area is: see AilArea */
    AIL_OP_AREA_LOAD,
    AIL_OP_AREA_STORE,
    /* where control goes */
    AIL_OP_JUMP, /* if c is true (or AIL_VAR_NONE) to a, an address; always the last */
    AIL_OP_COUNT,
} AilOpCode;

enum {
    AIL_OP_PREDICATED = 1, /* LOAD, STORE: only if c is true; there is no access otherwise */
};

/* Registers in a memory area, as FXSAVE and XSAVE have one. The area is aligned; it begins at the
 * least address that the instruction accesses, rounded down, or, where not all of it may be
 * accessed, `header` bytes before the first that is loaded. */
typedef struct AilAreaPart {
    uint16_t offset; /* in the area, bytes */
    uint16_t at;     /* in the state */
    uint16_t size;
} AilAreaPart;

typedef struct AilArea {
    uint32_t align;  /* a power of 2 */
    uint32_t header; /* 0: the least address says */
    uint32_t n_parts;
    const AilAreaPart *parts; /* in order of offset; what is between them is nothing's */
} AilArea;

typedef struct AilOp {
    uint8_t code;  /* AilOpCode */
    uint8_t lane;  /* bytes; 0 where lanes have no meaning */
    uint8_t flags; /* AIL_OP_PREDICATED */
    AilVar dst, a, b, c;
    union {
        const char *name;    /* LANES, MIX: what is done, "pmaddwd"; lives as long as the program */
        const AilArea *area; /* AREA_*: static */
    };
} AilOp;

typedef enum {
    AIL_LIFT_EXACT = 0, /* the operations say what it does */
    AIL_LIFT_ROUGH = 1, /* they name all data flow that there is, and perhaps more: some of what it
                           computes is LANES or MIX */
    AIL_LIFT_CONSERVATIVE = 2, /* not modelled: all that it writes, as far as the disassembler says,
                                  depends on all that it reads, and on what was there */
    AIL_LIFT_UNKNOWN = 3,      /* not decoded: no operations but LOADS and STORES */
} AilLiftQuality;

enum {
    AIL_LIFT_REPEATS = 1, /* the operations are one of its iterations, of which there may be any
                             number, or none (x86's rep): the streams say, and `count`, `again` */
    AIL_LIFT_CALL = 2,
    AIL_LIFT_RETURN = 4,
};

/* An instruction, lifted. */
typedef struct AilLifted {
    uint64_t pc;
    const char *text; /* "add rax, rbx"; valid until the next is lifted */
    const AilOp *ops; /* likewise */
    uint16_t n_ops;
    uint8_t size;         /* bytes of it */
    uint8_t quality;      /* AilLiftQuality */
    uint8_t flags;        /* AIL_LIFT_* */
    const char *mnemonic; /* "add"; what is counted by when quality is not EXACT */
    /* AIL_LIFT_REPEATS: an iteration begins if count is not 0, and another may follow it if again
     * is true (or AIL_VAR_NONE), which is read behind its operations. */
    AilVar count, again;
} AilLifted;

/* A register of the state: "rax", "cf", "ymm0", "x0", "v0". A flag is a register of one byte. */
typedef struct AilStateReg {
    const char *name;
    uint16_t at, size;
} AilStateReg;

/* Registers of an architecture, in order of `at`, not overlapping; ends with a NULL name. NULL: no
 * instruction of it can be lifted. Thread-safe. */
const AilStateReg *ail_lift_state(AilArch arch);

/* The register that byte `at` of the state is of; NULL: a temporary, or nothing's. */
const AilStateReg *ail_lift_reg(AilArch arch, unsigned at);
/* The register of that name, sub-registers (eax, w0, xmm0, d0) included: its bytes. kind
 * AIL_VAR_NONE: there is none. Thread-safe. */
AilVar ail_lift_find(AilArch arch, const char *name);

/* For one thread at a time. */
typedef struct AilLift AilLift;

/* NULL and err set: no instruction of that architecture can be lifted. */
AilLift *ail_lift_new(AilArch arch, AilError *err);
/* l may be NULL. */
void ail_lift_free(AilLift *l);

/* Lift the instruction at pc, which has these `size` bytes, no more and no fewer. It always
 * succeeds; *out says how well. user: it runs without privilege. out->text and ops are valid until
 * the next call. */
void ail_lift_insn(AilLift *l, AilMode mode, bool user, uint64_t pc, const uint8_t *bytes,
                   size_t size, AilLifted *out);

/* Write an operation as text, "t0:8 = add rax, 1:8", terminated, into buf; returns buf. */
char *ail_lift_print(AilArch arch, const AilOp *op, char *buf, size_t size);

#endif
