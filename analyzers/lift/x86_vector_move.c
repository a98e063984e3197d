/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves of vectors and of their halves. */
#include "analyzers/lift/x86_vector.h"

/* The whole vector, whatever its type. */
static bool lift_whole(AilX86Vector *v)
{
    if (ail_x86_vector_is_memory(v, 0))
        return ail_x86_vector_store(v, ail_x86_vector_read(v, 1, v->size));
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), ail_x86_vector_read(v, 1, v->size));
    return ail_x86_vector_done(v, v->size);
}

/* Capstone 4 takes movq xmm, xmm/m64 for a movd to memory when it has REX.W, too. */
static bool lift_mistaken(AilX86Vector *v)
{
    const cs_x86 *x = v->l->x;
    unsigned to = (x->modrm >> 3 & 7u) | (x->rex & 4u) << 1;
    unsigned from = (x->modrm & 7u) | (x->rex & 1u) << 3;
    AilVar low = ail_x86_vector_is_memory(v, 0) ? ail_x86_read_sized(v->l, 0, 8)
                                                : ail_state(X86_YMM + 32 * from, 8);
    ail_put(v->b, AIL_OP_ZEXT, 0, ail_state(X86_YMM + 32 * to, 16), low, AIL_NONE, AIL_NONE);
    return true;
}

/* movd, movq: the low `lane` bytes, to a vector with zeros above */
static bool lift_low(AilX86Vector *v)
{
    const cs_x86_op *dst = ail_x86_op(v->l, 0);
    unsigned size = v->l->x->rex & 8 ? 8 : v->lane; /* some call movq movd, too */
    if (v->lane == 4 && v->b->insn->bytes[0] == 0xf3)
        return lift_mistaken(v);
    AilVar low = ail_x86_vector_read(v, 1, size);
    if (!ail_x86_vector_is_register(v, 0)) {
        AilX86Place to = ail_x86_place_sized(v->l, 0, size);
        ail_x86_set(v->l, to, low);
        return true;
    }
    AilVar reg = ail_x86_reg(dst->reg);
    unsigned whole = reg.at < X86_YMM ? 8 : 16;
    AilVar to = ail_x86_vector_dst(v, whole);
    ail_put(v->b, size < whole ? AIL_OP_ZEXT : AIL_OP_COPY, 0, to, low, AIL_NONE, AIL_NONE);
    return ail_x86_vector_done(v, whole);
}

/* movss, movsd: between registers only the low part is moved */
static bool lift_scalar(AilX86Vector *v)
{
    unsigned size = v->lane;
    if (ail_x86_vector_is_memory(v, 0))
        return ail_x86_vector_store(v, ail_x86_vector_read(v, 1, size));
    if (ail_x86_vector_is_memory(v, 1)) {
        AilVar low = ail_x86_vector_read(v, 1, size);
        ail_put(v->b, AIL_OP_ZEXT, 0, ail_x86_vector_dst(v, 16), low, AIL_NONE, AIL_NONE);
        return ail_x86_vector_done(v, 16);
    }
    AilVar low = ail_x86_vector_read(v, v->n - 1, size), dst = ail_x86_vector_dst(v, size);
    if (v->n > 2) {
        AilVar pieces[2] = {low, ail_part(ail_x86_vector_read(v, 1, 16), size, 16 - size)};
        AilVar t = ail_temp(v->b, 16);
        ail_copy(v->b, ail_part(t, 0, size), pieces[0]);
        ail_copy(v->b, ail_part(t, size, 16 - size), pieces[1]);
        ail_copy(v->b, ail_x86_vector_dst(v, 16), t);
    } else {
        ail_copy(v->b, dst, low);
    }
    return ail_x86_vector_done(v, 16);
}

/* movlps, movhps, movhlps, movlhps and those of doubles: 8 bytes. `how`: to which half, and from
 * which half of a register, which is HALF_REGISTER's */
enum { HALF_TO = 1, HALF_FROM = 2 };

static bool lift_half(AilX86Vector *v)
{
    unsigned to = v->how & HALF_TO ? 8 : 0, from = v->how & HALF_FROM ? 8 : 0;
    if (ail_x86_vector_is_memory(v, 0))
        return ail_x86_vector_store(v, ail_part(ail_x86_vector_read(v, 1, 16), to, 8));
    unsigned last = v->n - 1;
    bool loads = ail_x86_vector_is_memory(v, last);
    AilVar half = ail_x86_vector_read(v, last, loads ? 8 : 16);
    half = ail_part(half, loads ? 0 : from, 8);
    AilVar dst = ail_x86_vector_dst(v, 16);
    if (v->n > 2) {
        AilVar other = ail_part(ail_x86_vector_read(v, 1, 16), to ? 0 : 8, 8);
        AilVar pieces[2] = {to ? other : half, to ? half : other};
        ail_x86_vector_gather(v, dst, 2, 8, pieces);
    } else {
        ail_copy(v->b, ail_part(dst, to, 8), half);
    }
    return ail_x86_vector_done(v, 16);
}

/* movddup, movshdup, movsldup: element i is element i & how | how >> 8 of lanes */
static bool lift_duplicate(AilX86Vector *v)
{
    unsigned n = v->size / v->lane;
    bool half = v->lane == 8 && v->size == 16; /* movddup loads 8 bytes only */
    AilVar src = ail_x86_vector_read(v, 1, half ? 8 : v->size), pieces[8];
    for (unsigned i = 0; i < n; i++)
        pieces[i] = ail_part(src, v->lane * ((i & ~1u) | v->how), v->lane);
    ail_x86_vector_gather(v, ail_x86_vector_dst(v, v->size), n, v->lane, pieces);
    return ail_x86_vector_done(v, v->size);
}

/* maskmov, maskmovdqu: elements whose mask's highest bit is set; `how`: 1: to [rdi] */
static bool lift_masked(AilX86Vector *v)
{
    AilX86 *l = v->l;
    bool store = v->how || ail_x86_vector_is_memory(v, 0);
    unsigned n = v->size / v->lane;
    AilVar mask = ail_x86_vector_read(v, 1, v->size), at;
    AilVar data = store ? ail_x86_vector_read(v, v->how ? 0 : 2, v->size) : AIL_NONE;
    if (v->how)
        at = ail_x86_in_segment(l, ail_x86_gpr(X86_RDI, ail_x86_address_size(l)),
                                ail_x86_data_segment(l));
    else
        at = ail_x86_address(l, ail_x86_op(l, store ? 0 : 2));
    AilVar t = store ? AIL_NONE : ail_temp(v->b, v->size);
    unsigned mark = v->b->temp; /* a few temporaries serve all lanes */
    for (unsigned i = 0; i < n; i++) {
        v->b->temp = mark;
        AilVar when = ail_x86_top_bit(l, ail_part(mask, i * v->lane, v->lane));
        AilVar where = i ? ail_x86_do_const(l, AIL_OP_ADD, at, i * v->lane) : at;
        AilVar one = store ? ail_part(data, i * v->lane, v->lane) : ail_temp(v->b, v->lane);
        AilOp *op = store ? ail_put(v->b, AIL_OP_STORE, v->lane, AIL_NONE, one, where, when)
                          : ail_put(v->b, AIL_OP_LOAD, v->lane, one, AIL_NONE, where, when);
        op->flags |= AIL_OP_PREDICATED;
        if (!store)
            ail_put(v->b, AIL_OP_SELECT, 0, ail_part(t, i * v->lane, v->lane), one,
                    ail_const(0, v->lane), when);
    }
    if (store)
        return true;
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

static bool lift_mm_to_xmm(AilX86Vector *v)
{
    AilVar low = ail_x86_vector_read(v, 1, 8);
    ail_put(v->b, AIL_OP_ZEXT, 0, ail_x86_vector_dst(v, 16), low, AIL_NONE, AIL_NONE);
    return true;
}

static bool lift_xmm_to_mm(AilX86Vector *v)
{
    ail_copy(v->b, ail_x86_vector_dst(v, 8), ail_x86_vector_read(v, 1, 8));
    return ail_x86_vector_done(v, 8);
}

/* vzeroupper, vzeroall: from byte `how` of each register on */
static bool lift_zero(AilX86Vector *v)
{
    unsigned n = v->b->mode == AIL_MODE_X86_64 ? 16 : 8;
    for (unsigned i = 0; i < n; i++)
        ail_copy(v->b, ail_state(X86_YMM + 32 * i + v->how, 32 - v->how),
                 ail_const(0, 32 - v->how));
    return true;
}

static bool lift_nothing(AilX86Vector *v)
{
    (void)v;
    return true;
}

const AilX86Row ail_x86_vector_moves[] = {
    {"emms", lift_nothing, 0, 0},         {"femms", lift_nothing, 0, 0},
    {"lddqu", lift_whole, 0, 0},          {"maskmovdqu", lift_masked, 1, 1},
    {"maskmovpd", lift_masked, 0, 8},     {"maskmovps", lift_masked, 0, 4},
    {"maskmovq", lift_masked, 1, 1},      {"movapd", lift_whole, 0, 0},
    {"movaps", lift_whole, 0, 0},         {"movd", lift_low, 0, 4},
    {"movddup", lift_duplicate, 0, 8},    {"movdq2q", lift_xmm_to_mm, 0, 0},
    {"movdqa", lift_whole, 0, 0},         {"movdqu", lift_whole, 0, 0},
    {"movhlps", lift_half, HALF_FROM, 0}, {"movhpd", lift_half, HALF_TO, 0},
    {"movhps", lift_half, HALF_TO, 0},    {"movlhps", lift_half, HALF_TO, 0},
    {"movlpd", lift_half, 0, 0},          {"movlps", lift_half, 0, 0},
    {"movntdq", lift_whole, 0, 0},        {"movntdqa", lift_whole, 0, 0},
    {"movntpd", lift_whole, 0, 0},        {"movntps", lift_whole, 0, 0},
    {"movntq", lift_whole, 0, 0},         {"movntsd", lift_scalar, 0, 8},
    {"movntss", lift_scalar, 0, 4},       {"movq", lift_low, 0, 8},
    {"movq2dq", lift_mm_to_xmm, 0, 0},    {"movsd", lift_scalar, 0, 8},
    {"movshdup", lift_duplicate, 1, 4},   {"movsldup", lift_duplicate, 0, 4},
    {"movss", lift_scalar, 0, 4},         {"movupd", lift_whole, 0, 0},
    {"movups", lift_whole, 0, 0},         {"pmaskmovd", lift_masked, 0, 4},
    {"pmaskmovq", lift_masked, 0, 8},     {"zeroall", lift_zero, 0, 0},
    {"zeroupper", lift_zero, 16, 0},      {NULL, NULL, 0, 0},
};
