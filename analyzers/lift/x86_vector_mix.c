/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vector instructions whose result may depend on all of their sources; gathers; mxcsr. */
#include "analyzers/lift/x86_vector.h"

/* Two sources (`how` 1: one; 2: xmm0 as well), in each 16 bytes. */
static bool lift_mix(AilX86Vector *v)
{
    AilVar a = AIL_NONE, b = ail_x86_vector_read(v, v->how == 2 ? 1 : v->n - 1, v->size);
    AilVar t = ail_temp(v->b, v->size);
    if (v->how != 1)
        a = ail_x86_vector_read(v, v->n > 2 && v->vex, v->size);
    AilVar c = v->how == 2 ? ail_state(X86_YMM, 16) : AIL_NONE;
    for (unsigned i = 0; i < v->size; i += 16)
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_part(t, i, 16), ail_part(b, i, 16),
                           a.kind ? ail_part(a, i, 16) : AIL_NONE, c);
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

/* pclmulqdq: the constant chooses 8 bytes of each */
static bool lift_clmul(AilX86Vector *v)
{
    AilVar a, b, t = ail_temp(v->b, v->size);
    ail_x86_vector_sources(v, &a, &b);
    unsigned x = v->imm & 1 ? 8 : 0, y = v->imm & 16 ? 8 : 0;
    for (unsigned i = 0; i < v->size; i += 16)
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_part(t, i, 16), ail_part(a, i + x, 8),
                           ail_part(b, i + y, 8), AIL_NONE);
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

/* phminposuw: the least word and its number */
static bool lift_minpos(AilX86Vector *v)
{
    AilVar a = ail_x86_vector_read(v, 1, 16), t = ail_temp(v->b, 4);
    ail_x86_vector_put(v, AIL_OP_MIX, 0, t, a, AIL_NONE, AIL_NONE);
    ail_put(v->b, AIL_OP_ZEXT, 0, ail_x86_vector_dst(v, 16), t, AIL_NONE, AIL_NONE);
    return ail_x86_vector_done(v, 16);
}

/* pcmpestri and its like. `how`: 1: the lengths are in eax and edx; 2: the result is xmm0, else
 * ecx */
static bool lift_strings(AilX86Vector *v)
{
    AilVar a = ail_x86_vector_read(v, 0, 16), b = ail_x86_vector_read(v, 1, 16), c = AIL_NONE;
    if (v->how & 1) {
        const uint8_t *bytes = v->b->insn->bytes;
        bool wide = v->l->x->rex & 8 || (v->vex && bytes[0] == 0xc4 && bytes[2] & 0x80);
        unsigned size = wide ? 8 : 4;
        c = ail_temp(v->b, 2 * size);
        ail_copy(v->b, ail_part(c, 0, size), ail_x86_gpr(X86_RAX, size));
        ail_copy(v->b, ail_part(c, size, size), ail_x86_gpr(X86_RDX, size));
    }
    static const uint8_t flags[] = {X86_CF, X86_ZF, X86_SF, X86_OF};
    AilVar r = ail_temp(v->b, v->how & 2 ? 16 : 4);
    for (unsigned i = 0; i < sizeof flags; i++)
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_x86_flag(flags[i]), a, b, c);
    ail_x86_vector_put(v, AIL_OP_MIX, 0, r, a, b, c);
    ail_x86_flag_const(v->l, X86_AF, false);
    ail_x86_flag_const(v->l, X86_PF, false);
    if (!(v->how & 2)) {
        ail_x86_set_gpr(v->l, ail_x86_gpr(X86_RCX, 4), r);
        return true;
    }
    ail_copy(v->b, ail_state(X86_YMM, 16), r);
    if (v->vex)
        ail_copy(v->b, ail_state(X86_YMM + 16, 16), ail_const(0, 16));
    return true;
}

/* The address of a gather's element: that of the memory operand without its index, and the index,
 * scaled. */
static AilVar element_address(AilX86Vector *v, AilVar base, AilVar index, unsigned scale)
{
    unsigned shift = scale == 8 ? 3 : scale / 2;
    if (index.size < 8)
        index = ail_do1(v->b, AIL_OP_SEXT, 8, index);
    if (shift)
        index = ail_do2(v->b, AIL_OP_SHL, 8, index, ail_const(shift, 1));
    AilVar sum = ail_do2(v->b, AIL_OP_ADD, 8, base, index);
    bool narrow = v->b->mode != AIL_MODE_X86_64 || v->l->x->addr_size == 4;
    return narrow ? ail_do1(v->b, AIL_OP_ZEXT, 8, ail_part(sum, 0, 4)) : sum;
}

/* Gathers: elements of v->lane bytes by indices of `how`, where the mask's highest bit is set; the
 * mask becomes 0. */
static bool lift_gather(AilX86Vector *v)
{
    cs_x86_op memory = *ail_x86_op(v->l, 1);
    AilVar index = ail_x86_reg(memory.mem.index), mask = ail_x86_vector_read(v, 2, v->size);
    if (!index.kind || !mask.kind)
        return false;
    memory.mem.index = X86_REG_INVALID;
    unsigned n = v->how == 8 ? index.size / 8u : v->size / v->lane, size = n * v->lane;
    AilVar base = ail_x86_address(v->l, &memory), t = ail_temp(v->b, size);
    AilVar dst = ail_x86_vector_dst(v, size);
    ail_copy(v->b, t, dst);
    unsigned mark = v->b->temp; /* a few temporaries serve all elements */
    for (unsigned i = 0; i < n; i++) {
        v->b->temp = mark;
        AilVar when = ail_x86_top_bit(v->l, ail_part(mask, i * v->lane, v->lane));
        AilVar at = element_address(v, base, ail_part(index, i * v->how, v->how),
                                    (unsigned)memory.mem.scale);
        AilVar one = ail_temp(v->b, v->lane);
        ail_put(v->b, AIL_OP_LOAD, v->lane, one, AIL_NONE, at, when)->flags |= AIL_OP_PREDICATED;
        ail_put(v->b, AIL_OP_SELECT, 0, ail_part(t, i * v->lane, v->lane), one,
                ail_part(t, i * v->lane, v->lane), when);
    }
    ail_copy(v->b, dst, t);
    ail_copy(v->b, ail_state(mask.at, 32), ail_const(0, 32));
    return ail_x86_vector_done(v, size);
}

/* extrq, insertq of SSE4a: bits of the low 8 bytes */
static bool lift_bit_field(AilX86Vector *v)
{
    AilVar dst = ail_x86_vector_dst(v, 8);
    AilVar b = v->l->x->op_count > 1 && ail_x86_vector_is_register(v, 1)
                   ? ail_x86_vector_read(v, 1, 16)
                   : AIL_NONE;
    ail_x86_vector_put(v, AIL_OP_MIX, 0, dst, dst, b, AIL_NONE);
    return true;
}

static bool lift_ldmxcsr(AilX86Vector *v)
{
    ail_copy(v->b, ail_state(X86_MXCSR, 4), ail_x86_read_sized(v->l, 0, 4));
    return true;
}

static bool lift_stmxcsr(AilX86Vector *v)
{
    return ail_x86_vector_store(v, ail_state(X86_MXCSR, 4));
}

const AilX86Row ail_x86_vector_mixes[] = {
    {"aesdec", lift_mix, 0, 0},
    {"aesdeclast", lift_mix, 0, 0},
    {"aesenc", lift_mix, 0, 0},
    {"aesenclast", lift_mix, 0, 0},
    {"aesimc", lift_mix, 1, 0},
    {"aeskeygenassist", lift_mix, 1, 0},
    {"dppd", lift_mix, 0, 0},
    {"dpps", lift_mix, 0, 0},
    {"extrq", lift_bit_field, 0, 0},
    {"gatherdpd", lift_gather, 4, 8},
    {"gatherdps", lift_gather, 4, 4},
    {"gatherqpd", lift_gather, 8, 8},
    {"gatherqps", lift_gather, 8, 4},
    {"insertq", lift_bit_field, 0, 0},
    {"ldmxcsr", lift_ldmxcsr, 0, 0},
    {"mpsadbw", lift_mix, 0, 0},
    {"pclmulqdq", lift_clmul, 0, 0},
    {"pcmpestri", lift_strings, 1, 0},
    {"pcmpestrm", lift_strings, 3, 0},
    {"pcmpistri", lift_strings, 0, 0},
    {"pcmpistrm", lift_strings, 2, 0},
    {"pgatherdd", lift_gather, 4, 4},
    {"pgatherdq", lift_gather, 4, 8},
    {"pgatherqd", lift_gather, 8, 4},
    {"pgatherqq", lift_gather, 8, 8},
    {"phminposuw", lift_minpos, 0, 0},
    {"sha1msg1", lift_mix, 0, 0},
    {"sha1msg2", lift_mix, 0, 0},
    {"sha1nexte", lift_mix, 0, 0},
    {"sha1rnds4", lift_mix, 0, 0},
    {"sha256msg1", lift_mix, 0, 0},
    {"sha256msg2", lift_mix, 0, 0},
    {"sha256rnds2", lift_mix, 2, 0},
    {"stmxcsr", lift_stmxcsr, 0, 0},
    {NULL, NULL, 0, 0},
};
