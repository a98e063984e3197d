/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How taint goes through each operation. */
#include "analyzers/taint/lower_private.h"

static void put_mix(AilTaintLower *l, const AilOp *op, unsigned to)
{
    lower_put(l, AIL_STEP_CLEAR, LOWER_SUMMED, 0, 0, 1, 0);
    lower_put_gather(l, LOWER_SUMMED, &op->a);
    lower_put_gather(l, LOWER_SUMMED, &op->b);
    lower_put_gather(l, LOWER_SUMMED, &op->c);
    lower_put(l, AIL_STEP_CLEAR, to, 0, 0, op->dst.size, 0);
    lower_put(l, AIL_STEP_SPLAT, to, LOWER_SUMMED, 0, op->dst.size, 0);
    lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, op->dst.size, 0);
}

/* Each lane of dst depends on the same lane of the operands. */
static void put_lanes(AilTaintLower *l, const AilOp *op, unsigned to)
{
    unsigned lane = op->lane && op->dst.size % op->lane == 0 ? op->lane : op->dst.size;
    unsigned lanes = op->dst.size / lane;
    const AilVar *operands[] = {&op->a, &op->b, &op->c};
    lower_put(l, AIL_STEP_CLEAR, to, 0, 0, op->dst.size, 0);
    for (unsigned k = 0; k < G_N_ELEMENTS(operands); k++) {
        const AilVar *v = operands[k];
        if (!lower_in_state(v))
            continue;
        if (v->size % lanes) {
            lower_put_all_of(l, to, op->dst.size, v);
            continue;
        }
        unsigned each = v->size / lanes;
        for (unsigned i = 0; i < lanes; i++)
            lower_put(l, AIL_STEP_GATHER, to + i * lane, v->at + i * each, 0, each, 0);
    }
    lower_put(l, AIL_STEP_SMEAR, to, 0, 0, op->dst.size, lane);
    lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, op->dst.size, 0);
}

/* Byte i of a constant. */
static uint8_t const_byte(const AilVar *v, unsigned i)
{
    if (i >= 8)
        return (int64_t)v->value < 0 ? 0xff : 0;
    return (uint8_t)(v->value >> 8 * i);
}

/* and, or, xor, andn with a constant b: a byte of it can decide the result, or leave a's as it is.
 */
static void put_bits_const(AilTaintLower *l, const AilOp *op, unsigned to)
{
    for (unsigned i = 0; i < op->dst.size; i++) {
        uint8_t c = const_byte(&op->b, i);
        if (op->code == AIL_OP_ANDN)
            c = (uint8_t)~c;
        bool decides = op->code == AIL_OP_OR ? c == 0xff : op->code != AIL_OP_XOR && c == 0;
        bool leaves = op->code == AIL_OP_OR || op->code == AIL_OP_XOR ? c == 0 : c == 0xff;
        if (decides) {
            lower_put(l, AIL_STEP_CLEAR, to + i, 0, 0, 1, 0);
            continue;
        }
        if (to != op->a.at)
            lower_put(l, AIL_STEP_MOVE, to + i, op->a.at + i, 0, 1, 0);
        if (!leaves)
            lower_put(l, AIL_STEP_DEEPEN, to + i, 0, 0, 1, 0);
    }
}

static void put_bits(AilTaintLower *l, const AilOp *op, unsigned to)
{
    AilOp turned = *op;
    if (op->a.kind == AIL_VAR_CONST && op->code != AIL_OP_ANDN && op->code != AIL_OP_NOT) {
        turned.a = op->b;
        turned.b = op->a;
    }
    if (turned.b.kind == AIL_VAR_CONST && lower_in_state(&turned.a)) {
        put_bits_const(l, &turned, to);
        return;
    }
    lower_put_union(l, to, &op->a, &op->b, op->dst.size);
    lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, op->dst.size, 0);
}

/* Bytes of a sum (or difference) of constants that a carry into it can change. */
static unsigned carry_reaches(const AilOp *op)
{
    uint64_t sum = op->code == AIL_OP_ADDC ? op->a.value + op->b.value : op->a.value - op->b.value;
    uint8_t passes = op->code == AIL_OP_ADDC ? 0xff : 0;
    unsigned n = 1;
    while (n < op->dst.size && n < 8 && (uint8_t)(sum >> 8 * (n - 1)) == passes)
        n++;
    return n;
}

/* Sums and low halves of products: what is low goes up. */
static void put_rising(AilTaintLower *l, const AilOp *op, unsigned to)
{
    if (lower_in_state(&op->c) && op->a.kind == AIL_VAR_CONST && op->b.kind == AIL_VAR_CONST) {
        lower_put(l, AIL_STEP_CLEAR, to, 0, 0, op->dst.size, 0);
        lower_put_all_of(l, to, carry_reaches(op), &op->c);
        lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, op->dst.size, 0);
        return;
    }
    lower_put_union(l, to, &op->a, &op->b, op->dst.size);
    lower_put(l, AIL_STEP_RISE, to, 0, 0, op->dst.size, op->lane);
    lower_put_all_of(l, to, op->dst.size, &op->c);
    lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, op->dst.size, 0);
}

static void put_compare(AilTaintLower *l, const AilOp *op, unsigned to)
{
    bool truth = op->dst.size == 1 && op->a.size > 1; /* of one byte all is the same */
    AilOp of = *op;
    if (op->code == AIL_OP_LTS && op->b.kind == AIL_VAR_CONST && !op->b.value &&
        lower_in_state(&op->a) && truth) { /* the sign */
        of.a.at = (uint16_t)(of.a.at + of.a.size - 1);
        of.a.size = 1;
    }
    if (truth)
        put_mix(l, &of, to);
    else
        put_lanes(l, &of, to);
}

static void put_sign_extension(AilTaintLower *l, const AilOp *op, unsigned to)
{
    unsigned from = op->a.size, n = op->dst.size;
    lower_put_move(l, to, &op->a, n);
    if (lower_in_state(&op->a) && n > from)
        lower_put(l, AIL_STEP_SPLAT, to + from, to + from - 1, 0, n - from, 0);
}

/* bswap and bitrev: bytes of each lane in reverse. */
static void put_reversed(AilTaintLower *l, const AilOp *op, unsigned to)
{
    unsigned lane = op->lane ? op->lane : op->dst.size;
    for (unsigned i = 0; i < op->dst.size && lower_in_state(&op->a); i++)
        lower_put(l, AIL_STEP_MOVE, to + i, op->a.at + i / lane * lane + (lane - 1 - i % lane), 0,
                  1, 0);
    if (!lower_in_state(&op->a))
        lower_put(l, AIL_STEP_CLEAR, to, 0, 0, op->dst.size, 0);
    if (op->code == AIL_OP_BITREV)
        lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, op->dst.size, 0);
}

static void put_bit(AilTaintLower *l, const AilOp *op, unsigned to)
{
    if (op->b.kind != AIL_VAR_CONST) {
        put_mix(l, op, to);
        return;
    }
    AilVar byte = op->a;
    byte.at = (uint16_t)(byte.at + op->b.value / 8);
    byte.size = 1;
    lower_put_move(l, to, &byte, op->dst.size);
    lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, 1, 0);
}

static void put_result(AilTaintLower *l, const AilOp *op, unsigned to)
{
    switch (op->code) {
    case AIL_OP_COPY:
    case AIL_OP_ZEXT:
        lower_put_move(l, to, &op->a, op->dst.size);
        break;
    case AIL_OP_SEXT:
        put_sign_extension(l, op, to);
        break;
    case AIL_OP_SELECT:
        lower_put_union(l, to, &op->a, &op->b, op->dst.size);
        lower_put_all_of(l, to, op->dst.size, &op->c);
        break;
    case AIL_OP_AND:
    case AIL_OP_OR:
    case AIL_OP_XOR:
    case AIL_OP_ANDN:
    case AIL_OP_NOT:
        put_bits(l, op, to);
        break;
    case AIL_OP_ADD:
    case AIL_OP_SUB:
    case AIL_OP_ADDC:
    case AIL_OP_SUBC:
    case AIL_OP_NEG:
    case AIL_OP_MUL:
        put_rising(l, op, to);
        break;
    case AIL_OP_SHL:
    case AIL_OP_SHR:
    case AIL_OP_SAR:
    case AIL_OP_ROL:
    case AIL_OP_ROR:
    case AIL_OP_FUNNEL:
        lower_shift(l, op, to);
        break;
    case AIL_OP_EQ:
    case AIL_OP_NE:
    case AIL_OP_LTU:
    case AIL_OP_LEU:
    case AIL_OP_LTS:
    case AIL_OP_LES:
        put_compare(l, op, to);
        break;
    case AIL_OP_BSWAP:
    case AIL_OP_BITREV:
        put_reversed(l, op, to);
        break;
    case AIL_OP_BIT:
        put_bit(l, op, to);
        break;
    case AIL_OP_TABLE:
        lower_put_move(l, to, &op->b, op->dst.size);
        lower_put_all_of(l, to, op->dst.size, &op->a);
        break;
    case AIL_OP_MIX:
    case AIL_OP_PARITY:
        put_mix(l, op, to);
        break;
    default: /* in lanes, each of all of it */
        put_lanes(l, op, to);
        break;
    }
}

static bool in_place(unsigned code)
{
    switch (code) {
    case AIL_OP_ZEXT:
    case AIL_OP_SEXT:
    case AIL_OP_AND:
    case AIL_OP_OR:
    case AIL_OP_XOR:
    case AIL_OP_ANDN:
    case AIL_OP_NOT:
    case AIL_OP_ADD:
    case AIL_OP_SUB:
    case AIL_OP_ADDC:
    case AIL_OP_SUBC:
    case AIL_OP_NEG:
    case AIL_OP_MUL:
        return true;
    default:
        return false;
    }
}

void lower_op(AilTaintLower *l, const AilOp *op)
{
    if (lower_memory(l, op))
        return;
    /* In place where each byte is made of bytes in the same place, or by a step that reads all
     * first; else apart, and then moved. */
    bool shifted = (lower_overlap(&op->a, &op->dst) && op->a.at != op->dst.at) ||
                   (lower_overlap(&op->b, &op->dst) && op->b.at != op->dst.at) ||
                   lower_overlap(&op->c, &op->dst);
    bool same = lower_overlap(&op->a, &op->dst) || lower_overlap(&op->b, &op->dst);
    unsigned to = op->dst.at;
    if (op->code != AIL_OP_COPY && (shifted || (same && !in_place(op->code))))
        to = LOWER_RESULT;
    put_result(l, op, to);
    if (to != op->dst.at)
        lower_put(l, AIL_STEP_MOVE, op->dst.at, to, 0, op->dst.size, 0);
}
