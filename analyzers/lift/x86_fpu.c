/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x87's instructions, known by their opcode (D8 .. DF) and their ModRM byte. */
#include "analyzers/lift/x86_fpu.h"

/* --- with memory --- */

typedef enum {
    NONE,
    LOAD_REAL,
    LOAD_INT,
    LOAD_BCD,
    STORE_REAL,
    STORE_INT,
    STORE_BCD,
    LOAD_ENV,
    STORE_ENV,
    RESTORE,
    SAVE,
    LOAD_WORD, /* control word */
    STORE_CONTROL,
    STORE_STATUS,
    POP = 0x10,
} Memory;

typedef struct Form {
    uint8_t what; /* Memory */
    uint8_t size;
} Form;

/* Of D9, DB, DD, DF, by bits 3 to 5 of ModRM */
static const Form forms[4][8] = {
    {{LOAD_REAL, 4},
     {NONE, 0},
     {STORE_REAL, 4},
     {STORE_REAL | POP, 4},
     {LOAD_ENV, 0},
     {LOAD_WORD, 2},
     {STORE_ENV, 0},
     {STORE_CONTROL, 2}},
    {{LOAD_INT, 4},
     {STORE_INT | POP, 4},
     {STORE_INT, 4},
     {STORE_INT | POP, 4},
     {NONE, 0},
     {LOAD_REAL, 10},
     {NONE, 0},
     {STORE_REAL | POP, 10}},
    {{LOAD_REAL, 8},
     {STORE_INT | POP, 8},
     {STORE_REAL, 8},
     {STORE_REAL | POP, 8},
     {RESTORE, 0},
     {NONE, 0},
     {SAVE, 0},
     {STORE_STATUS, 2}},
    {{LOAD_INT, 2},
     {STORE_INT | POP, 2},
     {STORE_INT, 2},
     {STORE_INT | POP, 2},
     {LOAD_BCD, 10},
     {LOAD_INT, 8},
     {STORE_BCD | POP, 10},
     {STORE_INT | POP, 8}},
};

static bool lift_form(AilX86 *l, Form form)
{
    switch (form.what & 0xf) {
    case LOAD_REAL:
        ail_fpu_load_number(l, "fld", form.size);
        break;
    case LOAD_INT:
        ail_fpu_load_number(l, "fild", form.size);
        break;
    case LOAD_BCD:
        ail_fpu_load_number(l, "bcd", form.size);
        break;
    case STORE_REAL:
        ail_fpu_store_number(l, "fst", form.size);
        break;
    case STORE_INT:
        ail_fpu_store_number(l, "fist", form.size);
        break;
    case STORE_BCD:
        ail_fpu_store_number(l, "bcd", form.size);
        break;
    case LOAD_ENV:
    case RESTORE:
        ail_fpu_load_environment(l, form.what == RESTORE);
        break;
    case STORE_ENV:
    case SAVE:
        ail_fpu_store_environment(l, form.what == SAVE);
        break;
    case LOAD_WORD:
        ail_copy(l->b, ail_state(X86_FPU_CW, 2), ail_fpu_load(l, 2));
        break;
    case STORE_CONTROL:
        ail_store(l->b, ail_fpu_address(l), ail_state(X86_FPU_CW, 2));
        break;
    case STORE_STATUS:
        ail_store(l->b, ail_fpu_address(l), ail_state(X86_FPU_SW, 2));
        break;
    default:
        return false;
    }
    if (form.what & POP)
        ail_fpu_pop(l);
    return true;
}

static bool lift_memory(AilX86 *l, unsigned opcode, unsigned reg)
{
    static const uint8_t sizes[] = {4, 4, 8, 2}; /* of D8 DA DC DE */
    unsigned row = (opcode - 0xd8) / 2;
    if (opcode & 1)
        return lift_form(l, forms[row][reg]);
    bool integer = opcode & 2;
    AilVar st0 = ail_fpu_st(0), v = ail_fpu_load(l, sizes[row]);
    ail_fpu_arithmetic(l, reg + (integer ? 8 : 0), st0, st0, v);
    return true;
}

/* --- with registers --- */

/* fcmovb fcmove fcmovbe fcmovu, and their opposites of DB: condition codes as of cmov */
static bool lift_fcmov(AilX86 *l, unsigned reg, bool negated, AilVar other)
{
    static const uint8_t conditions[] = {2, 4, 6, 10};
    AilVar when = ail_x86_condition(l, conditions[reg] + negated), st0 = ail_fpu_st(0);
    ail_put(l->b, AIL_OP_SELECT, 0, st0, other, st0, when);
    return true;
}

/* Comparisons that pop twice: fucompp, fcompp */
static bool lift_compare_pop_pop(AilX86 *l)
{
    ail_fpu_arithmetic(l, 3, AIL_NONE, ail_fpu_st(0), ail_fpu_st(1));
    ail_fpu_pop(l);
    return true;
}

/* DC and DE with registers: the result is in st(i); that of 4 .. 7 is turned round there */
static bool lift_to_register(AilX86 *l, unsigned reg, AilVar other)
{
    ail_fpu_arithmetic(l, reg < 4 ? reg : reg ^ 1, other, reg < 4 ? ail_fpu_st(0) : other,
                       reg < 4 ? other : ail_fpu_st(0));
    return true;
}

static bool lift_d9(AilX86 *l, unsigned modrm, AilVar other)
{
    switch (modrm >> 3 & 7) {
    case 0: { /* it moves before it is copied */
        AilVar v = ail_temp(l->b, NUMBER);
        ail_copy(l->b, v, other);
        ail_fpu_push(l, v);
        return true;
    }
    case 1:
        ail_fpu_exchange(l, other);
        return true;
    case 3: /* fstp by another name */
        ail_copy(l->b, other, ail_fpu_st(0));
        ail_fpu_pop(l);
        return true;
    default:
        return ail_fpu_special(l, modrm);
    }
}

static bool lift_db(AilX86 *l, unsigned modrm, AilVar other)
{
    unsigned reg = modrm >> 3 & 7;
    if (reg < 4)
        return lift_fcmov(l, reg, true, other);
    if (modrm == 0xe3)
        ail_fpu_initialise(l);
    else if (reg == 5 || reg == 6)
        ail_fpu_compare_flags(l, other);
    return reg < 7; /* the others of 4: fnclex, and what does nothing */
}

static bool lift_dd(AilX86 *l, unsigned modrm, AilVar other)
{
    switch (modrm >> 3 & 7) {
    case 0: /* ffree: only its tag */
        return true;
    case 1:
        ail_fpu_exchange(l, other);
        return true;
    case 2:
    case 3:
        ail_copy(l->b, other, ail_fpu_st(0));
        if (modrm & 8)
            ail_fpu_pop(l);
        return true;
    case 4:
    case 5:
        ail_fpu_arithmetic(l, modrm & 8 ? 3 : 2, AIL_NONE, ail_fpu_st(0), other);
        return true;
    default:
        return false;
    }
}

static bool lift_de(AilX86 *l, unsigned modrm, AilVar other)
{
    unsigned reg = modrm >> 3 & 7;
    if (modrm == 0xd9)
        return lift_compare_pop_pop(l);
    lift_to_register(l, reg == 3 ? 2 : reg, other);
    ail_fpu_pop(l);
    return true;
}

static bool lift_df(AilX86 *l, unsigned modrm, AilVar other)
{
    unsigned reg = modrm >> 3 & 7;
    if (modrm == 0xe0) {
        ail_copy(l->b, ail_x86_gpr(X86_RAX, 2), ail_state(X86_FPU_SW, 2));
        return true;
    }
    if (reg == 1)
        ail_fpu_exchange(l, other);
    else if (reg == 2 || reg == 3)
        ail_copy(l->b, other, ail_fpu_st(0));
    else if (reg == 5 || reg == 6)
        ail_fpu_compare_flags(l, other);
    if (reg != 1)
        ail_fpu_pop(l);
    return reg != 4 && reg != 7;
}

static bool lift_registers(AilX86 *l, unsigned opcode, unsigned modrm)
{
    unsigned reg = modrm >> 3 & 7;
    AilVar other = ail_fpu_st(modrm), st0 = ail_fpu_st(0);
    switch (opcode) {
    case 0xd8:
        ail_fpu_arithmetic(l, reg, st0, st0, other);
        return true;
    case 0xd9:
        return lift_d9(l, modrm, other);
    case 0xda:
        return modrm == 0xe9 ? lift_compare_pop_pop(l)
               : reg < 4     ? lift_fcmov(l, reg, false, other)
                             : false;
    case 0xdb:
        return lift_db(l, modrm, other);
    case 0xdc:
        return lift_to_register(l, reg, other);
    case 0xdd:
        return lift_dd(l, modrm, other);
    case 0xde:
        return lift_de(l, modrm, other);
    default:
        return lift_df(l, modrm, other);
    }
}

bool ail_x86_fpu(AilX86 *l)
{
    unsigned opcode = l->x->opcode[0], modrm = l->x->modrm;
    if (opcode < 0xd8 || opcode > 0xdf || l->b->insn->mnemonic[0] != 'f')
        return false;
    return modrm >= 0xc0 ? lift_registers(l, opcode, modrm)
                         : lift_memory(l, opcode, modrm >> 3 & 7);
}
