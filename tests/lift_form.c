/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift_form.h"

#include <stdlib.h>

/* What an operation's operands are to each other. */
typedef enum {
    ANY = 0,
    SAME,    /* all of one size, lanes divide it */
    WIDER,   /* dst is larger than a */
    SHIFT,   /* dst as a; b of a's size, or of a lane's */
    COMPARE, /* a as b; dst as a, or truth */
    TRUTH,   /* dst is of one byte */
    MEMORY,
} Form;

static const uint8_t forms[AIL_OP_COUNT] = {
    [AIL_OP_COPY] = SAME,   [AIL_OP_ZEXT] = WIDER,   [AIL_OP_SEXT] = WIDER,
    [AIL_OP_LOAD] = MEMORY, [AIL_OP_STORE] = MEMORY, [AIL_OP_AND] = SAME,
    [AIL_OP_OR] = SAME,     [AIL_OP_XOR] = SAME,     [AIL_OP_ANDN] = SAME,
    [AIL_OP_NOT] = SAME,    [AIL_OP_ADD] = SAME,     [AIL_OP_SUB] = SAME,
    [AIL_OP_NEG] = SAME,    [AIL_OP_MUL] = SAME,     [AIL_OP_MULHU] = SAME,
    [AIL_OP_MULHS] = SAME,  [AIL_OP_MINU] = SAME,    [AIL_OP_MINS] = SAME,
    [AIL_OP_MAXU] = SAME,   [AIL_OP_MAXS] = SAME,    [AIL_OP_ABS] = SAME,
    [AIL_OP_DIVU] = SAME,   [AIL_OP_DIVS] = SAME,    [AIL_OP_REMU] = SAME,
    [AIL_OP_REMS] = SAME,   [AIL_OP_SHL] = SHIFT,    [AIL_OP_SHR] = SHIFT,
    [AIL_OP_SAR] = SHIFT,   [AIL_OP_ROL] = SHIFT,    [AIL_OP_ROR] = SHIFT,
    [AIL_OP_EQ] = COMPARE,  [AIL_OP_NE] = COMPARE,   [AIL_OP_LTU] = COMPARE,
    [AIL_OP_LEU] = COMPARE, [AIL_OP_LTS] = COMPARE,  [AIL_OP_LES] = COMPARE,
    [AIL_OP_CLZ] = SAME,    [AIL_OP_CTZ] = SAME,     [AIL_OP_POPCNT] = SAME,
    [AIL_OP_BSWAP] = SAME,  [AIL_OP_BITREV] = SAME,  [AIL_OP_PARITY] = TRUTH,
    [AIL_OP_BIT] = TRUTH,
};

/* Whether a constant fits its size. */
static bool fits(const AilVar *v)
{
    return v->size >= 8 || v->value >> 8 * v->size == 0;
}

/* In the state, all of it a register's, several registers' or a temporary's. */
static bool in_state(AilArch arch, const AilVar *v)
{
    if (v->at >= AIL_STATE_TEMP)
        return v->at + v->size <= AIL_STATE_SIZE;
    for (unsigned i = 0; i < v->size; i++)
        if (!ail_lift_reg(arch, v->at + i))
            return false;
    return true;
}

static const char *check_var(AilArch arch, const AilVar *v)
{
    if (v->kind == AIL_VAR_NONE)
        return NULL;
    if (v->size < 1 || v->size > AIL_VAR_MAX)
        return "an operand's size";
    if (v->kind == AIL_VAR_CONST)
        return fits(v) ? NULL : "a constant larger than its size";
    return in_state(arch, v) ? NULL : "an operand outside the state";
}

static bool same(const AilVar *dst, const AilVar *v)
{
    return !v->kind || v->size == dst->size;
}

static const char *check_sizes(const AilOp *op)
{
    const AilVar *dst = &op->dst, *a = &op->a, *b = &op->b, *c = &op->c;
    switch (forms[op->code]) {
    case SAME: /* c is a dividend's high half */
        return same(dst, a) && same(dst, b) && same(dst, c) ? NULL : "operands of several sizes";
    case WIDER:
        return a->size < dst->size ? NULL : "an extension to no more bytes";
    case SHIFT:
        return same(dst, a) && (b->size == a->size || b->size == op->lane) ? NULL
                                                                           : "a shift's sizes";
    case COMPARE:
        return same(a, b) && (dst->size == 1 || dst->size == a->size) ? NULL
                                                                      : "a comparison's sizes";
    case TRUTH:
        return dst->size == 1 ? NULL : "truth of several bytes";
    case MEMORY:
        return b->kind && b->size == 8 && op->lane == (dst->kind ? dst->size : a->size)
                   ? NULL
                   : "an access's address";
    default:
        return NULL;
    }
}

static const char *check_kind(const AilOp *op)
{
    switch (op->code) {
    case AIL_OP_SELECT:
        return same(&op->dst, &op->a) && same(&op->dst, &op->b) && op->c.size == 1
                   ? NULL
                   : "a selection's sizes";
    case AIL_OP_ADDC:
    case AIL_OP_SUBC:
        return same(&op->dst, &op->a) && same(&op->dst, &op->b) && op->c.size == 1
                   ? NULL
                   : "a carry's sizes";
    case AIL_OP_BIT:
        if (op->b.size != 1)
            return "a bit's number";
        return op->b.kind != AIL_VAR_CONST || op->b.value < 8u * op->a.size
                   ? NULL
                   : "a bit that there is not";
    case AIL_OP_LANES:
    case AIL_OP_MIX:
        return op->name ? NULL : "no name";
    case AIL_OP_AREA_LOAD:
    case AIL_OP_AREA_STORE:
        return op->area ? NULL : "no area";
    default:
        return NULL;
    }
}

static const char *check_op(AilArch arch, const AilOp *op)
{
    const AilVar *vars[] = {&op->dst, &op->a, &op->b, &op->c};
    const char *wrong = NULL;
    if (op->code == AIL_OP_NONE || op->code >= AIL_OP_COUNT)
        return "no operation";
    if (op->dst.kind == AIL_VAR_CONST)
        return "a constant is written";
    for (unsigned i = 0; i < 4 && !wrong; i++)
        wrong = check_var(arch, vars[i]);
    if (op->dst.kind && (!op->lane || op->dst.size % op->lane))
        return "lanes that do not divide the result";
    if ((op->flags & AIL_OP_PREDICATED) && op->c.size != 1)
        return "a condition that is not truth";
    if (!wrong)
        wrong = check_sizes(op);
    return wrong ? wrong : check_kind(op);
}

const char *ail_lift_form(AilArch arch, const AilLifted *lifted, unsigned *which)
{
    for (*which = 0; *which < lifted->n_ops; ++*which) {
        const AilOp *op = &lifted->ops[*which];
        const char *wrong = check_op(arch, op);
        if (wrong)
            return wrong;
        if (op->code == AIL_OP_JUMP && *which + 1u != lifted->n_ops)
            return "a jump that is not the last";
    }
    return NULL;
}
