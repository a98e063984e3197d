/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves of vectors' elements: taken out, put in, all over, and made wider. */
#include "analyzers/lift/x86_vector.h"

/* pmovsx, pmovzx: `how` is the operation in its low byte and the bytes of a source's element */
static bool lift_extend(AilX86Vector *v)
{
    AilOpCode code = (AilOpCode)(v->how & 0xff);
    unsigned from = v->how >> 8, size = ail_x86_reg(ail_x86_op(v->l, 0)->reg).size;
    unsigned n = size / v->lane;
    AilVar src = ail_x86_vector_read(v, 1, n * from), t = ail_temp(v->b, size);
    for (unsigned i = 0; i < n; i++)
        ail_put(v->b, code, 0, ail_part(t, i * v->lane, v->lane), ail_part(src, i * from, from),
                AIL_NONE, AIL_NONE);
    ail_copy(v->b, ail_x86_vector_dst(v, size), t);
    return ail_x86_vector_done(v, size);
}

/* broadcasts: one element, of memory or of a register, all over; also of 16 bytes */
static bool lift_broadcast(AilX86Vector *v)
{
    unsigned size = ail_x86_reg(ail_x86_op(v->l, 0)->reg).size, n = size / v->lane;
    AilVar one = ail_x86_vector_read(v, 1, v->lane), dst = ail_x86_vector_dst(v, size);
    AilVar t = ail_temp(v->b, size);
    for (unsigned i = 0; i < n; i++)
        ail_copy(v->b, ail_part(t, i * v->lane, v->lane), one);
    ail_copy(v->b, dst, t);
    return ail_x86_vector_done(v, size);
}

/* Without 64-bit registers there are no lanes of 8, whatever a prefix says. */
static void general_lane(AilX86Vector *v)
{
    if (v->lane == 8 && v->b->mode != AIL_MODE_X86_64)
        v->lane = 4;
}

/* pinsr: element imm is of a general register or memory */
static bool lift_insert(AilX86Vector *v)
{
    general_lane(v);
    unsigned size = v->size, at = v->imm % (size / v->lane) * v->lane;
    AilVar one = ail_x86_vector_read(v, v->n - 1, v->lane), dst = ail_x86_vector_dst(v, size);
    if (v->n > 2 && !ail_x86_same(v->l, 0, 1))
        ail_copy(v->b, dst, ail_x86_vector_read(v, 1, size));
    ail_copy(v->b, ail_part(dst, at, v->lane), one);
    return ail_x86_vector_done(v, size);
}

/* pextr, extractps: to a general register, with zeros above, or to memory */
static bool lift_extract(AilX86Vector *v)
{
    general_lane(v);
    unsigned at = v->imm % (v->size / v->lane) * v->lane;
    AilVar one = ail_part(ail_x86_vector_read(v, 1, v->size), at, v->lane);
    if (ail_x86_vector_is_memory(v, 0))
        return ail_x86_vector_store(v, one);
    AilVar reg = ail_x86_reg(ail_x86_op(v->l, 0)->reg);
    reg.size = 8;
    ail_put(v->b, v->lane < 8 ? AIL_OP_ZEXT : AIL_OP_COPY, 0, reg, one, AIL_NONE, AIL_NONE);
    return true;
}

/* vinsertf128, vextractf128: halves of 16 bytes */
static bool lift_insert_half(AilX86Vector *v)
{
    AilVar half = ail_x86_vector_read(v, 2, 16), dst = ail_x86_vector_dst(v, 32);
    AilVar src = ail_x86_vector_read(v, 1, 32);
    AilVar pieces[2] = {v->imm & 1 ? ail_part(src, 0, 16) : half,
                        v->imm & 1 ? half : ail_part(src, 16, 16)};
    ail_x86_vector_gather(v, dst, 2, 16, pieces);
    return true;
}

static bool lift_extract_half(AilX86Vector *v)
{
    AilVar half = ail_part(ail_x86_vector_read(v, 1, 32), v->imm & 1 ? 16 : 0, 16);
    if (ail_x86_vector_is_memory(v, 0))
        return ail_x86_vector_store(v, half);
    ail_copy(v->b, ail_x86_vector_dst(v, 16), half);
    return ail_x86_vector_done(v, 16);
}

#define ZX(from) (AIL_OP_ZEXT | (from) << 8)
#define SX(from) (AIL_OP_SEXT | (from) << 8)

const AilX86Row ail_x86_vector_parts[] = {
    {"broadcastf128", lift_broadcast, 0, 16},
    {"broadcasti128", lift_broadcast, 0, 16},
    {"broadcastsd", lift_broadcast, 0, 8},
    {"broadcastss", lift_broadcast, 0, 4},
    {"extractf128", lift_extract_half, 0, 0},
    {"extracti128", lift_extract_half, 0, 0},
    {"extractps", lift_extract, 0, 4},
    {"insertf128", lift_insert_half, 0, 0},
    {"inserti128", lift_insert_half, 0, 0},
    {"pbroadcastb", lift_broadcast, 0, 1},
    {"pbroadcastd", lift_broadcast, 0, 4},
    {"pbroadcastq", lift_broadcast, 0, 8},
    {"pbroadcastw", lift_broadcast, 0, 2},
    {"pextrb", lift_extract, 0, 1},
    {"pextrd", lift_extract, 0, 4},
    {"pextrq", lift_extract, 0, 8},
    {"pextrw", lift_extract, 0, 2},
    {"pinsrb", lift_insert, 0, 1},
    {"pinsrd", lift_insert, 0, 4},
    {"pinsrq", lift_insert, 0, 8},
    {"pinsrw", lift_insert, 0, 2},
    {"pmovsxbd", lift_extend, SX(1), 4},
    {"pmovsxbq", lift_extend, SX(1), 8},
    {"pmovsxbw", lift_extend, SX(1), 2},
    {"pmovsxdq", lift_extend, SX(4), 8},
    {"pmovsxwd", lift_extend, SX(2), 4},
    {"pmovsxwq", lift_extend, SX(2), 8},
    {"pmovzxbd", lift_extend, ZX(1), 4},
    {"pmovzxbq", lift_extend, ZX(1), 8},
    {"pmovzxbw", lift_extend, ZX(1), 2},
    {"pmovzxdq", lift_extend, ZX(4), 8},
    {"pmovzxwd", lift_extend, ZX(2), 4},
    {"pmovzxwq", lift_extend, ZX(2), 8},
    {NULL, NULL, 0, 0},
};
