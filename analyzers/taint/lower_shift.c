/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How taint goes through shifts and rotations. By a constant each byte comes from one byte or two
 * neighbours; by what is not known, from all on one side, and from the count. */
#include "analyzers/taint/lower_private.h"

enum { SUM = AIL_TAINT_SCRATCH + 2 * AIL_VAR_MAX + 1 };

/* Cell `to` also depends on byte i of the lane; below 0 and beyond its end, nothing, or, by kind,
 * what rotates or is extended into it. */
static void put_byte(AilTaintLower *l, unsigned code, unsigned to, unsigned lane_at, unsigned lane,
                     int i)
{
    if (code == AIL_OP_ROL || code == AIL_OP_ROR)
        i = (i % (int)lane + (int)lane) % (int)lane;
    else if (code == AIL_OP_SAR && i >= (int)lane)
        i = (int)lane - 1;
    if (i >= 0 && i < (int)lane)
        lower_put(l, AIL_STEP_GATHER, to, lane_at + (unsigned)i, 0, 1, 0);
}

/* By a constant number of bits: byte i of the result is of bits from `8 * i + right` on. */
static void put_const(AilTaintLower *l, const AilOp *op, unsigned to, uint64_t count)
{
    unsigned lane = op->lane ? op->lane : op->dst.size, bits = 8 * lane;
    bool left = op->code == AIL_OP_SHL || op->code == AIL_OP_ROL;
    bool turns = op->code == AIL_OP_ROL || op->code == AIL_OP_ROR;
    lower_put(l, AIL_STEP_CLEAR, to, 0, 0, op->dst.size, 0);
    if (turns)
        count %= bits;
    if (count >= bits) {
        if (op->code != AIL_OP_SAR)
            return;
        count = bits - 1;
    }
    int right = left ? -(int)count : (int)count;
    for (unsigned i = 0; i < op->dst.size; i++) {
        unsigned lane_at = op->a.at + i / lane * lane;
        int bit = 8 * (int)(i % lane) + right;
        int byte = bit >= 0 ? bit / 8 : -((7 - bit) / 8);
        put_byte(l, op->code, to + i, lane_at, lane, byte);
        if (bit != 8 * byte)
            put_byte(l, op->code, to + i, lane_at, lane, byte + 1);
    }
    if (count % 8)
        lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, op->dst.size, 0);
}

/* All of v, which is the same for all lanes, decides about all of the result. */
static void put_count(AilTaintLower *l, unsigned to, unsigned n, const AilVar *v)
{
    if (!lower_in_state(v))
        return;
    lower_put(l, AIL_STEP_CLEAR, SUM, 0, 0, 1, 0);
    lower_put(l, AIL_STEP_GATHER, SUM, v->at, 0, v->size, 0);
    lower_put(l, AIL_STEP_SPLAT, to, SUM, 0, n, 0);
}

/* Each lane has its own count. */
static void put_count_lanes(AilTaintLower *l, unsigned to, const AilOp *op, unsigned lane)
{
    for (unsigned i = 0; i < op->dst.size && lower_in_state(&op->b); i += lane) {
        AilVar count = op->b;
        count.at = (uint16_t)(count.at + i);
        count.size = (uint8_t)lane;
        put_count(l, to + i, lane, &count);
    }
}

static void put_variable(AilTaintLower *l, const AilOp *op, unsigned to)
{
    unsigned lane = op->lane ? op->lane : op->dst.size, n = op->dst.size;
    if (lower_in_state(&op->a))
        lower_put(l, AIL_STEP_MOVE, to, op->a.at, 0, n, 0);
    else
        lower_put(l, AIL_STEP_CLEAR, to, 0, 0, n, 0);
    AilTaintStepCode code = op->code == AIL_OP_SHL                             ? AIL_STEP_RISE
                            : op->code == AIL_OP_SHR || op->code == AIL_OP_SAR ? AIL_STEP_FALL
                                                                               : AIL_STEP_SMEAR;
    lower_put(l, code, to, 0, 0, n, lane);
    if (n > lane && op->b.size == n)
        put_count_lanes(l, to, op, lane);
    else
        put_count(l, to, n, &op->b);
    lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, n, 0);
}

/* dst = low half of (a:b) >> c */
static void put_funnel(AilTaintLower *l, const AilOp *op, unsigned to)
{
    unsigned n = op->dst.size;
    bool known = op->c.kind == AIL_VAR_CONST;
    unsigned first = known ? (unsigned)op->c.value / 8 : 0;
    unsigned last = known ? first + (op->c.value % 8 != 0) : n;
    lower_put(l, AIL_STEP_CLEAR, to, 0, 0, n, 0);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = i + first; k <= i + last && k < 2 * n; k++) {
            const AilVar *of = k < n ? &op->b : &op->a;
            if (lower_in_state(of))
                lower_put(l, AIL_STEP_GATHER, to + i, of->at + k % n, 0, 1, 0);
        }
    put_count(l, to, n, &op->c);
    lower_put(l, AIL_STEP_DEEPEN, to, 0, 0, n, 0);
}

void lower_shift(AilTaintLower *l, const AilOp *op, unsigned to)
{
    if (op->code == AIL_OP_FUNNEL)
        put_funnel(l, op, to);
    else if (op->b.kind == AIL_VAR_CONST && lower_in_state(&op->a))
        put_const(l, op, to, op->b.value);
    else
        put_variable(l, op, to);
}
