/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/build.h"

cs_err ail_open(cs_arch arch, cs_mode mode, csh *handle)
{
    cs_err err = cs_open(arch, mode, handle);
    return err == CS_ERR_OK ? cs_option(*handle, CS_OPT_DETAIL, CS_OPT_ON) : err;
}

AilVar ail_part(AilVar v, unsigned from, unsigned size)
{
    if (v.kind == AIL_VAR_CONST) {
        unsigned bits = 8 * from;
        bool negative = (int64_t)v.value < 0 && v.size >= 8;
        v.value = bits >= 64 ? (negative ? UINT64_MAX : 0) : (uint64_t)((int64_t)v.value >> bits);
        if (size < 8)
            v.value &= (UINT64_C(1) << 8 * size) - 1;
    } else {
        v.at = (uint16_t)(v.at + from);
    }
    v.size = (uint8_t)size;
    return v;
}

AilVar ail_temp(AilBuild *b, unsigned size)
{
    if (b->temp + size > AIL_STATE_SIZE) {
        b->full = true;
        b->temp = AIL_STATE_TEMP;
    }
    AilVar v = ail_state(b->temp, size);
    b->temp += (size + 7) & ~7u;
    return v;
}

static AilOp *put(AilBuild *build, AilOpCode code, unsigned lane, AilVar dst, AilVar a, AilVar b,
                  AilVar c)
{
    if (build->n_ops == AIL_LIFT_MAX_OPS) {
        build->full = true;
        build->n_ops = 0;
    }
    AilOp *op = &build->ops[build->n_ops++];
    *op = (AilOp){.code = (uint8_t)code, .dst = dst, .a = a, .b = b, .c = c};
    op->lane = (uint8_t)(lane ? lane : dst.size);
    bool rough = code == AIL_OP_LANES || code == AIL_OP_MIX;
    if (rough && build->quality == AIL_LIFT_EXACT)
        build->quality = AIL_LIFT_ROUGH;
    return op;
}

/* The count of a shift is of one lane's size, or of all lanes' (lift.h); here it may have any. */
static AilVar shift_count(AilBuild *build, unsigned lane, AilVar a, AilVar count)
{
    if (count.size == lane || count.size == a.size)
        return count;
    if (count.kind == AIL_VAR_CONST || count.size > lane)
        return ail_part(count, 0, lane);
    AilVar wide = ail_temp(build, lane);
    put(build, AIL_OP_ZEXT, 0, wide, count, AIL_NONE, AIL_NONE);
    return wide;
}

AilOp *ail_put(AilBuild *build, AilOpCode code, unsigned lane, AilVar dst, AilVar a, AilVar b,
               AilVar c)
{
    if (code >= AIL_OP_SHL && code <= AIL_OP_ROR)
        b = shift_count(build, lane ? lane : dst.size, a, b);
    return put(build, code, lane, dst, a, b, c);
}

AilVar ail_do2(AilBuild *build, AilOpCode code, unsigned size, AilVar a, AilVar b)
{
    AilVar dst = ail_temp(build, size);
    ail_put(build, code, 0, dst, a, b, AIL_NONE);
    return dst;
}

AilVar ail_do1(AilBuild *build, AilOpCode code, unsigned size, AilVar a)
{
    return ail_do2(build, code, size, a, AIL_NONE);
}

void ail_copy(AilBuild *build, AilVar dst, AilVar a)
{
    ail_put(build, AIL_OP_COPY, 0, dst, a, AIL_NONE, AIL_NONE);
}

bool ail_retarget(AilBuild *build, AilVar to, AilVar v)
{
    AilVar *last = build->n_ops ? &build->ops[build->n_ops - 1].dst : NULL;
    if (!last || v.kind != AIL_VAR_STATE || v.at < AIL_STATE_TEMP || v.size != to.size ||
        last->kind != AIL_VAR_STATE || last->at != v.at || last->size != v.size)
        return false;
    *last = to;
    return true;
}

void ail_repeat(AilBuild *build, AilVar count, AilVar again)
{
    build->flags |= AIL_LIFT_REPEATS;
    build->count = count;
    build->again = again;
}

AilVar ail_load(AilBuild *build, unsigned size, AilVar address)
{
    return ail_do2(build, AIL_OP_LOAD, size, AIL_NONE, address);
}

void ail_store(AilBuild *build, AilVar address, AilVar a)
{
    ail_put(build, AIL_OP_STORE, a.size, AIL_NONE, a, address, AIL_NONE);
}
