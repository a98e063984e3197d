/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all vector instructions share. */
#include "analyzers/lift/x86_vector.h"

#include <stdlib.h>
#include <string.h>

static bool is_vector(AilVar v)
{
    bool stack = v.at >= X86_ST && v.at < X86_ST + 80;
    return v.kind == AIL_VAR_STATE && (v.at >= X86_YMM || (stack && v.size == 8));
}

bool ail_x86_vector_is_register(const AilX86Vector *v, unsigned i)
{
    const cs_x86_op *op = ail_x86_op(v->l, i);
    return op->type == X86_OP_REG && is_vector(ail_x86_reg(op->reg));
}

bool ail_x86_vector_is_memory(const AilX86Vector *v, unsigned i)
{
    return ail_x86_op(v->l, i)->type == X86_OP_MEM;
}

AilVar ail_x86_vector_read(AilX86Vector *v, unsigned i, unsigned size)
{
    return ail_x86_read_sized(v->l, i, size);
}

void ail_x86_vector_sources(AilX86Vector *v, AilVar *a, AilVar *b)
{
    unsigned first = v->n > 2;
    *a = ail_x86_vector_read(v, first, v->size);
    *b = ail_x86_vector_read(v, first + 1, v->size);
}

bool ail_x86_vector_same(const AilX86Vector *v)
{
    unsigned first = v->n > 2;
    return ail_x86_same(v->l, first, first + 1);
}

AilVar ail_x86_vector_dst(const AilX86Vector *v, unsigned size)
{
    AilVar reg = ail_x86_reg(ail_x86_op(v->l, 0)->reg);
    reg.size = (uint8_t)size;
    return reg;
}

bool ail_x86_vector_done(AilX86Vector *v, unsigned size)
{
    AilVar reg = ail_x86_reg(ail_x86_op(v->l, 0)->reg);
    if (reg.at < X86_YMM)
        ail_copy(v->b, ail_state(reg.at + 8u, 2), ail_const(0xffff, 2));
    else if (v->vex && size < 32)
        ail_copy(v->b, ail_state(reg.at + size, 32 - size), ail_const(0, 32 - size));
    return true;
}

bool ail_x86_vector_store(AilX86Vector *v, AilVar value)
{
    ail_store(v->b, ail_x86_address(v->l, ail_x86_op(v->l, 0)), value);
    return true;
}

void ail_x86_vector_put(AilX86Vector *v, AilOpCode code, unsigned lane, AilVar dst, AilVar a,
                        AilVar b, AilVar c)
{
    AilOp *op = ail_put(v->b, code, lane, dst, a, b, c);
    if (code == AIL_OP_LANES || code == AIL_OP_MIX)
        op->name = v->name;
}

/* Whether piece b lies behind a. */
static bool follows(AilVar a, AilVar b)
{
    if (a.kind != b.kind)
        return false;
    return a.kind == AIL_VAR_CONST ? a.value == 0 && b.value == 0 : a.at + a.size == b.at;
}

void ail_x86_vector_gather(AilX86Vector *v, AilVar dst, unsigned n, unsigned lane,
                           const AilVar *pieces)
{
    AilVar t = ail_temp(v->b, dst.size);
    for (unsigned i = 0; i < n;) {
        AilVar run = pieces[i];
        unsigned first = i++;
        for (; i < n && follows(run, pieces[i]); i++)
            run.size = (uint8_t)(run.size + lane);
        ail_copy(v->b, ail_part(t, first * lane, run.size), run);
    }
    ail_copy(v->b, dst, t);
}

static int by_name(const void *key, const void *row)
{
    return strcmp(key, ((const AilX86Row *)row)->name);
}

static const AilX86Row *find(const AilX86Row *rows, const char *name)
{
    size_t n = 0;
    while (rows[n].name)
        n++;
    return bsearch(name, rows, n, sizeof *rows, by_name);
}

/* Bytes of the widest vector register among the operands. */
static unsigned vector_size(const AilX86 *l)
{
    unsigned size = 0;
    for (unsigned i = 0; i < l->x->op_count; i++) {
        const cs_x86_op *op = ail_x86_op(l, i);
        AilVar reg = op->type == X86_OP_REG ? ail_x86_reg(op->reg) : AIL_NONE;
        if (op->type == X86_OP_REG && is_vector(reg) && reg.size > size)
            size = reg.size;
    }
    return size;
}

/* A register that is in no state here (AVX-512's). */
static bool has_unknown(const AilX86 *l)
{
    for (unsigned i = 0; i < l->x->op_count; i++) {
        const cs_x86_op *op = ail_x86_op(l, i);
        if (op->type == X86_OP_REG && !ail_x86_reg(op->reg).kind)
            return true;
    }
    return false;
}

/* Comparisons and fused products have many names; all of a kind are one row, which is found by a
 * name of its own. */
static const char *family(const char *name)
{
    size_t len = strlen(name);
    if (!strncmp(name, "cmp", 3) && len > 4) {
        static const char *const rows[] = {"cmppd", "cmpps", "cmpsd", "cmpss"};
        for (unsigned i = 0; i < 4; i++)
            if (!strcmp(name + len - 2, rows[i] + 3))
                return rows[i];
    }
    if (!strncmp(name, "fm", 2) || !strncmp(name, "fnm", 3)) {
        static const char *const rows[] = {"fma.pd", "fma.ps", "fma.sd", "fma.ss"};
        for (unsigned i = 0; i < 4; i++)
            if (!strcmp(name + len - 2, rows[i] + 4))
                return rows[i];
    }
    return name;
}

bool ail_x86_vector(AilX86 *l)
{
    static const AilX86Row *const tables[] = {ail_x86_vector_moves,  ail_x86_vector_parts,
                                              ail_x86_vector_lanes,  ail_x86_vector_shuffles,
                                              ail_x86_vector_floats, ail_x86_vector_mixes};
    const char *name = l->b->insn->mnemonic;
    AilX86Vector v = {.l = l, .b = l->b, .vex = name[0] == 'v', .size = vector_size(l)};
    if (has_unknown(l))
        return false;
    name = family(name + v.vex);
    v.n = l->x->op_count;
    if (v.n && ail_x86_op(l, v.n - 1)->type == X86_OP_IMM)
        v.imm = (unsigned)ail_x86_op(l, --v.n)->imm & 0xff;
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++) {
        const AilX86Row *row = find(tables[i], name);
        if (!row)
            continue;
        v.name = row->name;
        v.how = row->how;
        v.lane = row->lane;
        return row->lift(&v);
    }
    return false;
}
