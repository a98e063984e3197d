/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift/number.h"

#include <string.h>

typedef unsigned __int128 Wide;
typedef __int128 SignedWide;

enum { WIDE = 16 };

static Wide take(const uint8_t *p, unsigned size)
{
    Wide v = 0;
    for (unsigned i = 0; i < size && i < WIDE; i++)
        v |= (Wide)p[i] << 8 * i;
    return v;
}

static void give(uint8_t *p, unsigned size, Wide v)
{
    for (unsigned i = 0; i < size; i++)
        p[i] = i < WIDE ? (uint8_t)(v >> 8 * i) : 0;
}

static Wide ones(unsigned bits)
{
    return bits >= 128 ? ~(Wide)0 : ((Wide)1 << bits) - 1;
}

static SignedWide sign(Wide v, unsigned size)
{
    unsigned up = 128 - 8 * size;
    return (SignedWide)(v << up) >> up;
}

/* Quotient or remainder of (c:a) / b; by 0: 0, as AArch64 has it, and x86 faults. */
static Wide divide(const AilOp *op, Wide a, Wide b, Wide c)
{
    unsigned size = op->dst.size;
    bool is_signed = op->code == AIL_OP_DIVS || op->code == AIL_OP_REMS;
    bool remainder = op->code == AIL_OP_REMU || op->code == AIL_OP_REMS;
    if (b == 0)
        return remainder ? a : 0;
    if (op->c.kind != AIL_VAR_NONE)
        a |= c << 8 * size;
    if (!is_signed)
        return remainder ? a % b : a / b;
    SignedWide n = sign(a, op->c.kind == AIL_VAR_NONE ? size : 2 * size), d = sign(b, size);
    if (d == -1)
        return remainder ? 0 : -(Wide)n;
    return (Wide)(remainder ? n % d : n / d);
}

static Wide count_leading(Wide v, unsigned bits)
{
    unsigned n = 0;
    while (n < bits && !(v >> (bits - 1 - n) & 1))
        n++;
    return n;
}

static Wide count_trailing(Wide v, unsigned bits)
{
    unsigned n = 0;
    while (n < bits && !(v >> n & 1))
        n++;
    return n;
}

static Wide count_ones(Wide v)
{
    return (unsigned)__builtin_popcountll((uint64_t)v) +
           (unsigned)__builtin_popcountll((uint64_t)(v >> 64));
}

static Wide reverse(Wide v, unsigned bits, unsigned unit)
{
    Wide out = 0;
    for (unsigned at = 0; at < bits; at += unit)
        out |= (v >> at & ones(unit)) << (bits - unit - at);
    return out;
}

static Wide shift(AilOpCode code, Wide a, Wide n, unsigned size)
{
    unsigned bits = 8 * size;
    SignedWide s = sign(a, size);
    if (code == AIL_OP_ROL || code == AIL_OP_ROR) {
        n %= bits;
        if (code == AIL_OP_ROR)
            n = (bits - n) % bits;
        return n ? a << n | a >> (bits - n) : a;
    }
    if (n >= bits)
        return code == AIL_OP_SAR && s < 0 ? ~(Wide)0 : 0;
    return code == AIL_OP_SHL ? a << n : code == AIL_OP_SHR ? a >> n : (Wide)(s >> n);
}

static bool compare(AilOpCode code, Wide a, Wide b, unsigned size)
{
    SignedWide x = sign(a, size), y = sign(b, size);
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
        return x < y;
    default:
        return x <= y;
    }
}

/* One lane of `size` bytes. */
static bool lane_of(const AilOp *op, unsigned size, Wide a, Wide b, Wide c, Wide *out)
{
    SignedWide x = sign(a, size), y = sign(b, size);
    unsigned bits = 8 * size;
    switch (op->code) {
    case AIL_OP_ADD:
        *out = a + b;
        return true;
    case AIL_OP_SUB:
        *out = a - b;
        return true;
    case AIL_OP_ADDC:
        *out = a + b + c;
        return true;
    case AIL_OP_SUBC:
        *out = a - b - c;
        return true;
    case AIL_OP_NEG:
        *out = -a;
        return true;
    case AIL_OP_MUL:
        *out = a * b;
        return true;
    case AIL_OP_MULHU:
        *out = a * b >> bits;
        return size <= 8;
    case AIL_OP_MULHS:
        *out = (Wide)(x * (size <= 8 ? y : 0) >> bits % 128);
        return size <= 8;
    case AIL_OP_DIVU:
    case AIL_OP_DIVS:
    case AIL_OP_REMU:
    case AIL_OP_REMS:
        *out = divide(op, a, b, c);
        return size <= 8;
    case AIL_OP_MINU:
        *out = a < b ? a : b;
        return true;
    case AIL_OP_MINS:
        *out = x < y ? a : b;
        return true;
    case AIL_OP_MAXU:
        *out = a > b ? a : b;
        return true;
    case AIL_OP_MAXS:
        *out = x > y ? a : b;
        return true;
    case AIL_OP_ABS:
        *out = x < 0 ? -a : a;
        return true;
    case AIL_OP_SHL:
    case AIL_OP_SHR:
    case AIL_OP_SAR:
    case AIL_OP_ROL:
    case AIL_OP_ROR:
        *out = shift(op->code, a, b, size);
        return true;
    case AIL_OP_FUNNEL: /* c is below the bits, or the operation says nothing */
        if (c >= bits)
            return false;
        *out = c ? a << (bits - c) | b >> c : b;
        return true;
    case AIL_OP_EQ:
    case AIL_OP_NE:
    case AIL_OP_LTU:
    case AIL_OP_LEU:
    case AIL_OP_LTS:
    case AIL_OP_LES:
        *out = compare(op->code, a, b, size) ? ~(Wide)0 : 0;
        return true;
    case AIL_OP_CLZ:
        *out = count_leading(a, bits);
        return true;
    case AIL_OP_CTZ:
        *out = count_trailing(a, bits);
        return true;
    case AIL_OP_POPCNT:
        *out = count_ones(a);
        return true;
    case AIL_OP_BSWAP:
        *out = reverse(a, bits, 8);
        return true;
    case AIL_OP_BITREV:
        *out = reverse(a, bits, 1);
        return true;
    case AIL_OP_PARITY:
        *out = !(count_ones(a) & 1);
        return true;
    case AIL_OP_BIT:
        *out = a >> (b % bits) & 1;
        return b < bits;
    case AIL_OP_SEXT:
        *out = (Wide)x;
        return true;
    case AIL_OP_COPY:
    case AIL_OP_ZEXT:
        *out = a;
        return true;
    default:
        return false;
    }
}

static bool is_truth(const AilOp *op)
{
    bool comparison = op->code >= AIL_OP_EQ && op->code <= AIL_OP_LES;
    return (comparison && op->dst.size == 1) || op->code == AIL_OP_PARITY || op->code == AIL_OP_BIT;
}

/* Those that any width will do for; false: it is none of them. */
static bool bytewise(const AilOp *op, const uint8_t *a, const uint8_t *b, uint8_t *dst)
{
    for (unsigned i = 0; i < op->dst.size; i++) {
        switch (op->code) {
        case AIL_OP_COPY:
        case AIL_OP_ZEXT:
            dst[i] = a[i];
            break;
        case AIL_OP_AND:
            dst[i] = a[i] & b[i];
            break;
        case AIL_OP_OR:
            dst[i] = a[i] | b[i];
            break;
        case AIL_OP_XOR:
            dst[i] = a[i] ^ b[i];
            break;
        case AIL_OP_ANDN:
            dst[i] = a[i] & (uint8_t)~b[i];
            break;
        case AIL_OP_NOT:
            dst[i] = (uint8_t)~a[i];
            break;
        default:
            return false;
        }
    }
    return true;
}

/* All of two operands of any size. */
static bool wide_equal(const AilOp *op, const uint8_t *a, const uint8_t *b, uint8_t *dst)
{
    if (op->code != AIL_OP_EQ && op->code != AIL_OP_NE)
        return false;
    dst[0] = (memcmp(a, b, op->a.size) == 0) == (op->code == AIL_OP_EQ);
    return true;
}

bool number_compute(const AilOp *op, const uint8_t *a, const uint8_t *b, const uint8_t *c,
                    uint8_t *dst)
{
    if (is_truth(op)) {
        Wide out;
        if (op->a.size > WIDE)
            return wide_equal(op, a, b, dst);
        if (!lane_of(op, op->a.size, take(a, op->a.size), take(b, op->b.size), 0, &out))
            return false;
        dst[0] = out & 1;
        return true;
    }
    unsigned lane = op->lane ? op->lane : op->dst.size, lanes = op->dst.size / lane;
    bool scalar = lanes <= 1, widens = op->code == AIL_OP_ZEXT || op->code == AIL_OP_SEXT;
    if ((!widens || scalar) && bytewise(op, a, b, dst))
        return true;
    if (scalar)
        lane = op->dst.size;
    unsigned from = widens || scalar ? op->a.size / (lanes ? lanes : 1) : lane;
    bool each = !scalar && op->b.size == op->a.size; /* b has lanes, too */
    for (unsigned i = 0; i < (lanes ? lanes : 1); i++) {
        Wide out, x = take(a + i * from, from);
        Wide y = each ? take(b + i * lane, lane) : take(b, op->b.size);
        if (lane > WIDE || !lane_of(op, from, x, y, take(c, op->c.size), &out))
            return false;
        give(dst + i * lane, lane, out);
        if (op->code == AIL_OP_SEXT && lane == WIDE && from == WIDE)
            return false;
    }
    return true;
}
