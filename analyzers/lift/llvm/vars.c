/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operands: constants, bytes of the state, temporaries. */
#include "analyzers/lift/llvm/emit.h"

#include <stdio.h>
#include <string.h>

LLVMTypeRef ail_emit_int(const AilEmit *e, unsigned bits)
{
    return LLVMIntTypeInContext(e->context, bits);
}

LLVMTypeRef ail_emit_pointer(const AilEmit *e)
{
    return LLVMPointerType(ail_emit_int(e, 8), 0);
}

LLVMValueRef ail_emit_number(const AilEmit *e, unsigned bits, uint64_t value)
{
    return LLVMConstInt(ail_emit_int(e, bits), value, false);
}

static LLVMValueRef constant(const AilEmit *e, const AilVar *v)
{
    uint64_t words[AIL_VAR_MAX / 8];
    words[0] = v->value;
    for (unsigned i = 1; i < AIL_VAR_MAX / 8; i++)
        words[i] = (int64_t)v->value < 0 ? UINT64_MAX : 0;
    return LLVMConstIntOfArbitraryPrecision(ail_emit_int(e, 8u * v->size), (v->size + 7u) / 8,
                                            words);
}

/* --- the state --- */

/* "rax", "rax.4" (from its byte 4 on) */
static const char *name_of(const AilEmit *e, const AilVar *v, char *buf, size_t size)
{
    const AilStateReg *reg = ail_lift_reg(e->arch, v->at);
    if (reg && reg->at == v->at)
        g_strlcpy(buf, reg->name, size);
    else if (reg)
        snprintf(buf, size, "%s.%u", reg->name, v->at - reg->at);
    else
        snprintf(buf, size, "state.%u", v->at);
    return buf;
}

/* A pointer to the bytes, as integer of their size. */
static LLVMValueRef place(AilEmit *e, const AilVar *v)
{
    gpointer key = GUINT_TO_POINTER(v->at * 128u + v->size);
    LLVMValueRef pointer = g_hash_table_lookup(e->places, key);
    if (pointer)
        return pointer;
    char name[48];
    name_of(e, v, name, sizeof name - 8);
    g_strlcat(name, ".at", sizeof name);
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->builder);
    LLVMPositionBuilderAtEnd(e->builder, e->entry);
    LLVMValueRef offset = ail_emit_number(e, 64, v->at);
    pointer = LLVMBuildGEP2(e->builder, ail_emit_int(e, 8), e->state, &offset, 1, "");
    pointer = LLVMBuildBitCast(e->builder, pointer,
                               LLVMPointerType(ail_emit_int(e, 8u * v->size), 0), "");
    LLVMSetValueName2(pointer, name, strlen(name));
    LLVMPositionBuilderAtEnd(e->builder, here);
    g_hash_table_insert(e->places, key, pointer);
    return pointer;
}

static LLVMValueRef read_state(AilEmit *e, const AilVar *v)
{
    char name[48];
    LLVMValueRef value = LLVMBuildLoad2(e->builder, ail_emit_int(e, 8u * v->size), place(e, v),
                                        name_of(e, v, name, sizeof name));
    LLVMSetAlignment(value, 1);
    return value;
}

/* --- temporaries --- */

/* Bytes from .. from + size - 1 of value. */
static LLVMValueRef part(AilEmit *e, LLVMValueRef value, unsigned from, unsigned size)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    if (from)
        value = LLVMBuildLShr(e->builder, value, LLVMConstInt(type, 8u * from, false), "");
    return LLVMBuildTrunc(e->builder, value, ail_emit_int(e, 8 * size), "");
}

/* As many of the bytes as one value has; *size: how many. NULL: they were never written. */
static LLVMValueRef read_run(AilEmit *e, unsigned at, unsigned *size)
{
    int owner = e->owner[at];
    unsigned n = 1;
    while (n < *size && e->owner[at + n] == owner)
        n++;
    *size = n;
    if (owner < 0)
        return NULL;
    const AilEmitTemp *t = &e->temps[owner];
    return t->at == at && t->size == n ? t->value : part(e, t->value, at - t->at, n);
}

static LLVMValueRef read_temp(AilEmit *e, const AilVar *v)
{
    LLVMTypeRef type = ail_emit_int(e, 8u * v->size);
    LLVMValueRef all = NULL;
    for (unsigned i = 0, n; i < v->size; i += n) {
        n = v->size - i;
        LLVMValueRef some = read_run(e, v->at - AIL_STATE_TEMP + i, &n);
        if (n == v->size && some)
            return some;
        if (!some)
            continue;
        some = LLVMBuildZExt(e->builder, some, type, "");
        if (i)
            some = LLVMBuildShl(e->builder, some, LLVMConstInt(type, 8u * i, false), "");
        all = all ? LLVMBuildOr(e->builder, all, some, "") : some;
    }
    return all ? all : LLVMConstNull(type);
}

static void write_temp(AilEmit *e, const AilVar *v, LLVMValueRef value)
{
    unsigned at = v->at - AIL_STATE_TEMP;
    e->temps[e->n_temps] = (AilEmitTemp){value, at, v->size};
    for (unsigned i = 0; i < v->size; i++)
        e->owner[at + i] = (int16_t)e->n_temps;
    e->n_temps++;
}

/* --- any --- */

LLVMValueRef ail_emit_read(AilEmit *e, const AilVar *v)
{
    if (v->kind == AIL_VAR_CONST)
        return constant(e, v);
    return v->at < AIL_STATE_TEMP ? read_state(e, v) : read_temp(e, v);
}

LLVMValueRef ail_emit_read_as(AilEmit *e, const AilVar *v, unsigned bits)
{
    LLVMValueRef value = ail_emit_read(e, v);
    if (8u * v->size > bits)
        return LLVMBuildTrunc(e->builder, value, ail_emit_int(e, bits), "");
    return LLVMBuildZExt(e->builder, value, ail_emit_int(e, bits), "");
}

LLVMValueRef ail_emit_truth(AilEmit *e, const AilVar *v)
{
    LLVMValueRef value = ail_emit_read(e, v);
    return LLVMBuildICmp(e->builder, LLVMIntNE, value, LLVMConstNull(LLVMTypeOf(value)), "");
}

void ail_emit_write(AilEmit *e, const AilVar *v, LLVMValueRef value)
{
    if (v->kind != AIL_VAR_STATE)
        return;
    if (v->at >= AIL_STATE_TEMP)
        write_temp(e, v, value);
    else
        LLVMSetAlignment(LLVMBuildStore(e->builder, value, place(e, v)), 1);
}
