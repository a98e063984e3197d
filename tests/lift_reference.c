/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift_reference.h"

#include <string.h>

typedef unsigned __int128 Wide;
typedef __int128 SignedWide;

static uint64_t mask_of(unsigned size)
{
    return size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

static uint64_t get(const AilVar *v, const uint8_t *state, unsigned from, unsigned size)
{
    uint64_t value = 0;
    if (v->kind == AIL_VAR_NONE)
        return 0;
    if (v->kind == AIL_VAR_CONST)
        return (from ? ((int64_t)v->value < 0 ? UINT64_MAX : 0) : v->value) & mask_of(size);
    memcpy(&value, state + v->at + from, size);
    return value;
}

static int64_t as_signed(uint64_t value, unsigned size)
{
    unsigned rest = 64 - 8 * size;
    return (int64_t)(value << rest) >> rest;
}

static uint64_t turned(uint64_t value, unsigned size, bool bits)
{
    uint64_t out = 0;
    unsigned step = bits ? 1 : 8, n = 8 * size / step;
    for (unsigned i = 0; i < n; i++)
        out |= (value >> i * step & ((1u << step) - 1)) << (n - 1 - i) * step;
    return out;
}

static uint64_t shift(unsigned code, uint64_t a, uint64_t b, unsigned size)
{
    unsigned bits = 8 * size, turn = (unsigned)(b % bits);
    switch (code) {
    case AIL_OP_SHL:
        return b < bits ? a << b : 0;
    case AIL_OP_SHR:
        return b < bits ? a >> b : 0;
    case AIL_OP_SAR:
        return (uint64_t)(as_signed(a, size) >> (b < bits ? b : bits - 1));
    case AIL_OP_ROL:
        return turn ? a << turn | a >> (bits - turn) : a;
    default: /* AIL_OP_ROR */
        return turn ? a >> turn | a << (bits - turn) : a;
    }
}

static uint64_t divide(unsigned code, uint64_t high, bool wide, uint64_t low, uint64_t b,
                       unsigned size)
{
    Wide n = wide ? (Wide)high << 8 * size | low : low;
    SignedWide sn = wide ? (SignedWide)((Wide)(SignedWide)as_signed(high, size) << 8 * size | low)
                         : as_signed(low, size);
    int64_t sb = as_signed(b, size);
    bool quotient = code == AIL_OP_DIVU || code == AIL_OP_DIVS;
    if (!b)
        return quotient ? 0 : low;
    if (code == AIL_OP_DIVU)
        return (uint64_t)(n / b);
    if (code == AIL_OP_REMU)
        return (uint64_t)(n % b);
    if (sb == -1)
        return quotient ? -(uint64_t)sn : 0;
    return (uint64_t)(quotient ? sn / sb : sn % sb);
}

static uint64_t count(unsigned code, uint64_t a, unsigned size)
{
    unsigned bits = 8 * size, n = 0;
    if (code == AIL_OP_POPCNT)
        return (uint64_t)__builtin_popcountll(a);
    while (n < bits && !(a >> (code == AIL_OP_CLZ ? bits - 1 - n : n) & 1))
        n++;
    return n;
}

static bool compare(unsigned code, uint64_t a, uint64_t b, unsigned size)
{
    int64_t sa = as_signed(a, size), sb = as_signed(b, size);
    switch (code) {
    case AIL_OP_EQ:
        return a == b;
    case AIL_OP_NE:
        return a != b;
    case AIL_OP_LTU:
        return a < b;
    case AIL_OP_LEU:
        return a <= b;
    case AIL_OP_LTS:
        return sa < sb;
    default: /* AIL_OP_LES */
        return sa <= sb;
    }
}

/* One lane of `size` bytes. */
static bool lane(const AilOp *op, uint64_t a, uint64_t b, uint64_t c, unsigned size, uint64_t *out)
{
    int64_t sa = as_signed(a, size), sb = as_signed(b, size);
    switch (op->code) {
    case AIL_OP_COPY:
        return *out = a, true;
    case AIL_OP_SELECT:
        return *out = c ? a : b, true;
    case AIL_OP_AND:
        return *out = a & b, true;
    case AIL_OP_OR:
        return *out = a | b, true;
    case AIL_OP_XOR:
        return *out = a ^ b, true;
    case AIL_OP_ANDN:
        return *out = a & ~b, true;
    case AIL_OP_NOT:
        return *out = ~a, true;
    case AIL_OP_ADD:
        return *out = a + b, true;
    case AIL_OP_SUB:
        return *out = a - b, true;
    case AIL_OP_ADDC:
        return *out = a + b + !!c, true;
    case AIL_OP_SUBC:
        return *out = a - b - !!c, true;
    case AIL_OP_NEG:
        return *out = -a, true;
    case AIL_OP_MUL:
        return *out = a * b, true;
    case AIL_OP_MULHU:
        return *out = (uint64_t)((Wide)a * b >> 8 * size), true;
    case AIL_OP_MULHS:
        return *out = (uint64_t)((SignedWide)sa * sb >> 8 * size), true;
    case AIL_OP_DIVU:
    case AIL_OP_DIVS:
    case AIL_OP_REMU:
    case AIL_OP_REMS:
        return *out = divide(op->code, c, op->c.kind, a, b, size), true;
    case AIL_OP_MINU:
        return *out = a < b ? a : b, true;
    case AIL_OP_MINS:
        return *out = sa < sb ? a : b, true;
    case AIL_OP_MAXU:
        return *out = a > b ? a : b, true;
    case AIL_OP_MAXS:
        return *out = sa > sb ? a : b, true;
    case AIL_OP_ABS:
        return *out = sa < 0 ? -a : a, true;
    case AIL_OP_SHL:
    case AIL_OP_SHR:
    case AIL_OP_SAR:
    case AIL_OP_ROL:
    case AIL_OP_ROR:
        return *out = shift(op->code, a, b, size), true;
    case AIL_OP_FUNNEL:
        return *out = (uint64_t)(((Wide)a << 8 * size | b) >> c % (8 * size)), true;
    case AIL_OP_CLZ:
    case AIL_OP_CTZ:
    case AIL_OP_POPCNT:
        return *out = count(op->code, a, size), true;
    case AIL_OP_BSWAP:
    case AIL_OP_BITREV:
        return *out = turned(a, size, op->code == AIL_OP_BITREV), true;
    default:
        return false;
    }
}

static bool compares(unsigned code)
{
    return code >= AIL_OP_EQ && code <= AIL_OP_LES;
}

/* Of operands as a whole; *out: the result. */
static bool whole(const AilOp *op, const uint8_t *state, uint64_t *out)
{
    unsigned size = op->a.size;
    bool truth = op->dst.size == 1;
    if (op->code == AIL_OP_PARITY)
        *out = !(__builtin_popcountll(get(&op->a, state, 0, size)) & 1);
    else if (op->code == AIL_OP_BIT)
        *out = get(&op->a, state, 0, size) >> get(&op->b, state, 0, op->b.size) & 1;
    else if (op->code == AIL_OP_ZEXT && op->lane >= op->dst.size)
        *out = get(&op->a, state, 0, size);
    else if (op->code == AIL_OP_SEXT && op->lane >= op->dst.size)
        *out = (uint64_t)as_signed(get(&op->a, state, 0, size), size);
    else if (compares(op->code) && truth)
        *out = compare(op->code, get(&op->a, state, 0, size), get(&op->b, state, 0, size), size);
    else
        return false;
    return true;
}

static bool each_lane(const AilOp *op, const uint8_t *state, uint8_t *result)
{
    unsigned size = op->lane ? op->lane : op->dst.size;
    for (unsigned i = 0; i < op->dst.size; i += size) {
        bool each = op->b.size == op->a.size;
        uint64_t a = get(&op->a, state, i, size), out;
        uint64_t b = get(&op->b, state, each ? i : 0, op->b.size < size ? op->b.size : size);
        bool one = op->code == AIL_OP_SELECT || op->c.size < size;
        uint64_t c = get(&op->c, state, one ? 0 : i, one ? op->c.size : size);
        if (compares(op->code))
            out = compare(op->code, a, b, size) ? UINT64_MAX : 0;
        else if (!lane(op, a, b, c, size, &out))
            return false;
        memcpy(result + i, &out, size);
    }
    return true;
}

bool lift_reference(const AilOp *op, uint8_t *state)
{
    uint8_t result[AIL_VAR_MAX] = {0};
    uint64_t out;
    if (whole(op, state, &out)) {
        memset(result, op->code == AIL_OP_SEXT && (int64_t)out < 0 ? 0xff : 0, sizeof result);
        memcpy(result, &out, sizeof out);
    } else if (op->code == AIL_OP_TABLE) {
        for (unsigned i = 0; i < op->dst.size; i++) {
            uint8_t which = state[op->b.at + i];
            result[i] = which < op->a.size ? state[op->a.at + which] : 0;
        }
    } else if (!each_lane(op, state, result)) {
        return false;
    }
    memcpy(state + op->dst.at, result, op->dst.size);
    return true;
}
