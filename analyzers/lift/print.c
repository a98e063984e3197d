/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

#include "analyzers/lift/lift.h"

static const char *const names[AIL_OP_COUNT] = {
    [AIL_OP_NONE] = "nothing",
    [AIL_OP_COPY] = "copy",
    [AIL_OP_ZEXT] = "zext",
    [AIL_OP_SEXT] = "sext",
    [AIL_OP_LOAD] = "load",
    [AIL_OP_STORE] = "store",
    [AIL_OP_SELECT] = "select",
    [AIL_OP_AND] = "and",
    [AIL_OP_OR] = "or",
    [AIL_OP_XOR] = "xor",
    [AIL_OP_ANDN] = "andn",
    [AIL_OP_NOT] = "not",
    [AIL_OP_ADD] = "add",
    [AIL_OP_SUB] = "sub",
    [AIL_OP_ADDC] = "addc",
    [AIL_OP_SUBC] = "subc",
    [AIL_OP_NEG] = "neg",
    [AIL_OP_MUL] = "mul",
    [AIL_OP_MULHU] = "mulhu",
    [AIL_OP_MULHS] = "mulhs",
    [AIL_OP_DIVU] = "divu",
    [AIL_OP_DIVS] = "divs",
    [AIL_OP_REMU] = "remu",
    [AIL_OP_REMS] = "rems",
    [AIL_OP_MINU] = "minu",
    [AIL_OP_MINS] = "mins",
    [AIL_OP_MAXU] = "maxu",
    [AIL_OP_MAXS] = "maxs",
    [AIL_OP_ABS] = "abs",
    [AIL_OP_SHL] = "shl",
    [AIL_OP_SHR] = "shr",
    [AIL_OP_SAR] = "sar",
    [AIL_OP_ROL] = "rol",
    [AIL_OP_ROR] = "ror",
    [AIL_OP_FUNNEL] = "funnel",
    [AIL_OP_EQ] = "eq",
    [AIL_OP_NE] = "ne",
    [AIL_OP_LTU] = "ltu",
    [AIL_OP_LEU] = "leu",
    [AIL_OP_LTS] = "lts",
    [AIL_OP_LES] = "les",
    [AIL_OP_CLZ] = "clz",
    [AIL_OP_CTZ] = "ctz",
    [AIL_OP_POPCNT] = "popcnt",
    [AIL_OP_BSWAP] = "bswap",
    [AIL_OP_BITREV] = "bitrev",
    [AIL_OP_PARITY] = "parity",
    [AIL_OP_BIT] = "bit",
    [AIL_OP_LANES] = "lanes",
    [AIL_OP_MIX] = "mix",
    [AIL_OP_TABLE] = "table",
    [AIL_OP_LOADS] = "loads",
    [AIL_OP_STORES] = "stores",
    [AIL_OP_AREA_LOAD] = "area.load",
    [AIL_OP_AREA_STORE] = "area.store",
    [AIL_OP_JUMP] = "jump",
};

/* "rax", "rax[0:4]" (bytes 0 .. 3), "t8[0:4]", "0x12:4" */
static void print_var(AilArch arch, const AilVar *v, GString *out)
{
    if (v->kind == AIL_VAR_CONST) {
        g_string_append_printf(out, "0x%" PRIx64 ":%u", v->value, v->size);
        return;
    }
    const AilStateReg *reg = v->at < AIL_STATE_TEMP ? ail_lift_reg(arch, v->at) : NULL;
    if (reg)
        g_string_append(out, reg->name);
    else
        g_string_append_printf(out, "t%u", v->at - AIL_STATE_TEMP);
    if (!reg)
        g_string_append_printf(out, ":%u", v->size);
    else if (v->at != reg->at || v->size != reg->size)
        g_string_append_printf(out, "[%u:%u]", v->at - reg->at, v->size);
}

char *ail_lift_print(AilArch arch, const AilOp *op, char *buf, size_t size)
{
    GString *out = g_string_new(NULL);
    if (op->dst.kind) {
        print_var(arch, &op->dst, out);
        g_string_append(out, " = ");
    }
    g_string_append(out, op->code < AIL_OP_COUNT ? names[op->code] : "?");
    if (op->lane && op->dst.kind && op->lane != op->dst.size)
        g_string_append_printf(out, ".%u", op->lane);
    if (op->code == AIL_OP_LANES || op->code == AIL_OP_MIX)
        g_string_append_printf(out, " <%s>", op->name);
    const AilVar *operands[] = {&op->a, &op->b, &op->c};
    const char *before = " ";
    for (unsigned i = 0; i < G_N_ELEMENTS(operands); i++) {
        if (!operands[i]->kind)
            continue;
        g_string_append(out, before);
        print_var(arch, operands[i], out);
        before = ", ";
    }
    g_strlcpy(buf, out->str, size);
    g_string_free(out, TRUE);
    return buf;
}
