/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bits of general registers: tests, counts, BMI1 and BMI2; flags one by one. */
#include "analyzers/lift/x86_private.h"

static AilVar do2(AilX86 *l, AilOpCode code, AilVar a, AilVar b)
{
    return ail_do2(l->b, code, a.size, a, b);
}

static AilOpCode code_of(const AilX86 *l)
{
    return (AilOpCode)l->how;
}

/* --- bt and its like --- */

/* Where the bit's word is: a register as index reaches beyond operand 0 in memory. */
static AilX86Place bit_place(AilX86 *l, unsigned size)
{
    const cs_x86_op *to = ail_x86_op(l, 0), *index = ail_x86_op(l, 1);
    if (to->type != X86_OP_MEM || index->type != X86_OP_REG)
        return ail_x86_place_sized(l, 0, size);
    unsigned shift = size == 8 ? 6 : size == 4 ? 5 : 4, word = ail_x86_address_size(l);
    AilVar by = do2(l, AIL_OP_SAR, ail_x86_reg(index->reg), ail_const(shift, 1));
    by = do2(l, AIL_OP_SHL, by, ail_const(shift - 3, 1));
    if (size < 8)
        by = ail_do1(l->b, AIL_OP_SEXT, 8, by);
    AilVar offset = do2(l, AIL_OP_ADD, ail_x86_offset(l, to), by);
    return ail_x86_memory(ail_x86_in_segment(l, ail_part(offset, 0, word), ail_x86_segment_of(to)),
                          size);
}

static bool lift_bt(AilX86 *l)
{
    const cs_x86_op *first = ail_x86_op(l, 0), *index = ail_x86_op(l, 1);
    unsigned size = index->type == X86_OP_REG ? ail_x86_reg(index->reg).size : first->size;
    AilX86Place to = bit_place(l, size);
    AilVar a = ail_x86_get(l, to), bit = ail_x86_read_sized(l, 1, 1);
    unsigned last = 8 * size - 1;
    bool fixed = bit.kind == AIL_VAR_CONST;
    if (fixed)
        bit.value &= last;
    else
        bit = do2(l, AIL_OP_AND, bit, ail_const(last, 1));
    AilVar r = AIL_NONE;
    if (code_of(l)) {
        AilVar mask = fixed ? ail_const(UINT64_C(1) << bit.value, size)
                            : do2(l, AIL_OP_SHL, ail_const(1, size), bit);
        r = do2(l, code_of(l), a, mask);
    }
    if (fixed)
        ail_x86_flag_bit(l, X86_CF, a, (unsigned)bit.value);
    else
        ail_x86_set_flag(l, X86_CF, AIL_OP_BIT, a, bit);
    if (r.kind)
        ail_x86_set(l, to, r);
    return true;
}

/* --- counting --- */

/* The number of the highest bit that is set, of a count of zeros above it */
static AilVar highest(AilX86 *l, AilVar zeros)
{
    return do2(l, AIL_OP_SUB, ail_x86_const(8 * zeros.size - 1u, zeros.size), zeros);
}

static bool lift_bsf(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar a = ail_x86_read_sized(l, 1, to.size), r = ail_do1(l->b, code_of(l), to.size, a);
    if (code_of(l) == AIL_OP_CLZ)
        r = highest(l, r);
    AilVar v = ail_temp(l->b, to.size);
    AilVar none = ail_do2(l->b, AIL_OP_EQ, 1, a, ail_const(0, to.size));
    ail_put(l->b, AIL_OP_SELECT, 0, v, to.var, r, none);
    ail_x86_flags_logic(l, a);
    ail_x86_set(l, to, v);
    return true;
}

/* cf as it is; of, af, pf = 0; zf and sf of the result */
static void flags_bmi(AilX86 *l, AilVar r)
{
    ail_x86_flag_const(l, X86_PF, false);
    ail_x86_flag_const(l, X86_AF, false);
    ail_x86_flag_const(l, X86_OF, false);
    ail_x86_set_flag(l, X86_ZF, AIL_OP_EQ, r, ail_const(0, r.size));
    ail_x86_flag_bit(l, X86_SF, r, 8 * r.size - 1u);
}

static bool lift_count(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar a = ail_x86_read_sized(l, 1, to.size), r = ail_do1(l->b, code_of(l), to.size, a);
    if (code_of(l) == AIL_OP_POPCNT) { /* all but zf are 0 */
        ail_x86_flags_zero(l);
        ail_x86_flag_const(l, X86_PF, false);
        ail_x86_set_flag(l, X86_ZF, AIL_OP_EQ, a, ail_const(0, to.size));
    } else {
        ail_x86_set_flag(l, X86_CF, AIL_OP_EQ, a, ail_const(0, to.size));
        flags_bmi(l, r);
    }
    ail_x86_set(l, to, r);
    return true;
}

/* --- BMI --- */

static bool lift_andn(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar b = ail_x86_read_sized(l, 2, to.size), a = ail_x86_read_sized(l, 1, to.size);
    AilVar r = do2(l, AIL_OP_ANDN, b, a);
    ail_x86_flags_logic(l, r);
    ail_x86_set(l, to, r);
    return true;
}

enum { BLSI, BLSMSK, BLSR };

static bool lift_bls(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar a = ail_x86_read_sized(l, 1, to.size), zero = ail_const(0, to.size), r;
    if (l->how == BLSI) {
        r = do2(l, AIL_OP_AND, a, ail_do1(l->b, AIL_OP_NEG, to.size, a));
    } else {
        AilVar less = do2(l, AIL_OP_SUB, a, ail_const(1, to.size));
        r = do2(l, l->how == BLSR ? AIL_OP_AND : AIL_OP_XOR, a, less);
    }
    ail_x86_set_flag(l, X86_CF, l->how == BLSI ? AIL_OP_NE : AIL_OP_EQ, a, zero);
    flags_bmi(l, r);
    ail_x86_set(l, to, r);
    return true;
}

/* All ones in the low `n` bits, n of one byte: shifts beyond the bits give 0. */
static AilVar low_ones(AilX86 *l, AilVar n, unsigned size)
{
    AilVar high = do2(l, AIL_OP_SHL, ail_x86_const(UINT64_MAX, size), n);
    return ail_do1(l->b, AIL_OP_NOT, size, high);
}

static bool lift_bextr(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar a = ail_x86_read_sized(l, 1, to.size), control = ail_x86_read_sized(l, 2, 2);
    AilVar r = do2(l, AIL_OP_SHR, a, ail_part(control, 0, 1));
    r = do2(l, AIL_OP_AND, r, low_ones(l, ail_part(control, 1, 1), to.size));
    ail_x86_flags_logic(l, r);
    ail_x86_set(l, to, r);
    return true;
}

static bool lift_bzhi(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar a = ail_x86_read_sized(l, 1, to.size), n = ail_x86_read_sized(l, 2, 1);
    AilVar r = do2(l, AIL_OP_AND, a, low_ones(l, n, to.size));
    ail_x86_set_flag(l, X86_CF, AIL_OP_LEU, ail_const(8 * to.size, 1), n);
    flags_bmi(l, r);
    ail_x86_set(l, to, r);
    return true;
}

/* pdep, pext, crc32: each bit may go to any */
static bool lift_mixed(AilX86 *l)
{
    static const char *const names[] = {"pdep", "pext", "crc32"};
    AilX86Place to = ail_x86_place(l, 0);
    AilVar r = ail_temp(l->b, to.size);
    bool crc = l->how == 2;
    AilVar a = crc ? ail_part(to.var, 0, 4) : ail_x86_read_sized(l, 1, to.size);
    AilVar b = crc ? ail_x86_read(l, 1) : ail_x86_read_sized(l, 2, to.size);
    if (crc) { /* 4 bytes, zero-extended */
        r = ail_part(r, 0, 4);
        to.var.size = 4;
        to.size = 4;
    }
    ail_put(l->b, AIL_OP_MIX, 0, r, a, b, AIL_NONE)->name = names[l->how];
    ail_x86_set(l, to, r);
    return true;
}

/* rdrand, rdseed: nothing of the machine's state; cf is set. Capstone 4 takes rdpid for rdseed. */
static bool lift_random(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    static const uint8_t none[] = {X86_PF, X86_AF, X86_ZF, X86_SF, X86_OF};
    if (l->b->insn->bytes[0] == 0xf3) {
        ail_x86_read_pid(l, ail_x86_gpr(to.var.at, 8));
        return true;
    }
    AilVar r = ail_temp(l->b, to.size);
    ail_put(l->b, AIL_OP_MIX, 0, r, ail_const(0, 1), AIL_NONE, AIL_NONE)->name = "random";
    ail_x86_set(l, to, r);
    for (unsigned i = 0; i < sizeof none; i++)
        ail_x86_flag_const(l, none[i], false);
    ail_x86_flag_const(l, X86_CF, true);
    return true;
}

/* --- flags by themselves --- */

static bool lift_set(AilX86 *l)
{
    ail_x86_flag_const(l, l->how & 0xff, l->how >> 8);
    return true;
}

static bool lift_cmc(AilX86 *l)
{
    ail_x86_set_flag(l, X86_CF, AIL_OP_XOR, ail_x86_flag(X86_CF), ail_const(1, 1));
    return true;
}

static bool lift_lahf(AilX86 *l)
{
    ail_copy(l->b, ail_x86_gpr(X86_RAX + 1, 1), ail_part(ail_x86_flags_pack(l), 0, 1));
    return true;
}

static bool lift_sahf(AilX86 *l)
{
    ail_x86_flags_unpack(l, ail_x86_gpr(X86_RAX + 1, 1));
    return true;
}

static bool lift_salc(AilX86 *l)
{
    ail_copy(l->b, ail_x86_gpr(X86_RAX, 1), ail_do1(l->b, AIL_OP_NEG, 1, ail_x86_flag(X86_CF)));
    return true;
}

const AilX86Entry ail_x86_bits[X86_INS_ENDING] = {
    [X86_INS_ANDN] = {lift_andn, 0},
    [X86_INS_BEXTR] = {lift_bextr, 0},
    [X86_INS_BLSI] = {lift_bls, BLSI},
    [X86_INS_BLSMSK] = {lift_bls, BLSMSK},
    [X86_INS_BLSR] = {lift_bls, BLSR},
    [X86_INS_BSF] = {lift_bsf, AIL_OP_CTZ},
    [X86_INS_BSR] = {lift_bsf, AIL_OP_CLZ},
    [X86_INS_BT] = {lift_bt, 0},
    [X86_INS_BTC] = {lift_bt, AIL_OP_XOR},
    [X86_INS_BTR] = {lift_bt, AIL_OP_ANDN},
    [X86_INS_BTS] = {lift_bt, AIL_OP_OR},
    [X86_INS_BZHI] = {lift_bzhi, 0},
    [X86_INS_CLC] = {lift_set, X86_CF},
    [X86_INS_CLD] = {lift_set, X86_DF},
    [X86_INS_CMC] = {lift_cmc, 0},
    [X86_INS_CRC32] = {lift_mixed, 2},
    [X86_INS_LAHF] = {lift_lahf, 0},
    [X86_INS_LZCNT] = {lift_count, AIL_OP_CLZ},
    [X86_INS_PDEP] = {lift_mixed, 0},
    [X86_INS_PEXT] = {lift_mixed, 1},
    [X86_INS_POPCNT] = {lift_count, AIL_OP_POPCNT},
    [X86_INS_RDRAND] = {lift_random, 0},
    [X86_INS_RDSEED] = {lift_random, 0},
    [X86_INS_SAHF] = {lift_sahf, 0},
    [X86_INS_SALC] = {lift_salc, 0},
    [X86_INS_STC] = {lift_set, X86_CF | 0x100},
    [X86_INS_STD] = {lift_set, X86_DF | 0x100},
    [X86_INS_TZCNT] = {lift_count, AIL_OP_CTZ},
};
