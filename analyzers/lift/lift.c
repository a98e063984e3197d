/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/lift.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "analyzers/lift/build.h"

struct AilLift {
    const AilLifter *lifter;
    csh handle[AIL_MODE_COUNT]; /* 0: not open */
    cs_insn *insn;              /* NULL: none was decoded yet */
    csh insn_of;                /* the handle that it was made for */
    AilBefore before;
    char text[256];
    char mnemonic[CS_MNEMONIC_SIZE];
    AilOp ops[AIL_LIFT_MAX_OPS];
};

static const AilLifter *lifter_of(AilArch arch)
{
    switch (arch) {
    case AIL_ARCH_X86:
        return &ail_lifter_x86;
    case AIL_ARCH_ARM64:
        return &ail_lifter_arm64;
    case AIL_ARCH_ARM:
        return &ail_lifter_arm;
    default:
        return NULL;
    }
}

const AilStateReg *ail_lift_state(AilArch arch)
{
    const AilLifter *lifter = lifter_of(arch);
    return lifter ? lifter->state : NULL;
}

const AilStateReg *ail_lift_reg(AilArch arch, unsigned at)
{
    const AilStateReg *r = ail_lift_state(arch);
    for (; r && r->name; r++)
        if (at >= r->at && at < r->at + r->size)
            return r;
    return NULL;
}

AilVar ail_lift_find(AilArch arch, const char *name)
{
    const AilLifter *lifter = lifter_of(arch);
    const AilStateReg *tables[] = {lifter ? lifter->state : NULL, lifter ? lifter->others : NULL};
    for (unsigned i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const AilStateReg *r = tables[i]; r && r->name; r++)
            if (!g_ascii_strcasecmp(r->name, name))
                return ail_state(r->at, r->size);
    return AIL_NONE;
}

AilLift *ail_lift_new(AilArch arch, AilError *err)
{
    const AilLifter *lifter = lifter_of(arch);
    if (!lifter) {
        ail_error_set(err, "instructions of this trace's processor cannot be lifted: only those "
                           "of x86 and Arm can");
        return NULL;
    }
    AilLift *l = g_new0(AilLift, 1);
    l->lifter = lifter;
    return l;
}

void ail_lift_free(AilLift *l)
{
    if (!l)
        return;
    if (l->insn)
        cs_free(l->insn, 1);
    for (unsigned i = 0; i < AIL_MODE_COUNT; i++)
        if (l->handle[i])
            cs_close(&l->handle[i]);
    g_free(l);
}

/* Decode into l->insn, all of the bytes: if capstone takes more or fewer for an instruction than
 * the processor did, it is another one. */
static bool decode(AilLift *l, AilMode mode, uint64_t pc, const uint8_t *bytes, size_t size)
{
    csh *handle = &l->handle[mode];
    if (!*handle && l->lifter->open(mode, handle) != CS_ERR_OK) {
        *handle = 0;
        return false;
    }
    if (l->insn_of != *handle) {
        if (l->insn)
            cs_free(l->insn, 1);
        l->insn = cs_malloc(*handle);
        l->insn_of = *handle;
    }
    return l->insn && cs_disasm_iter(*handle, &bytes, &size, &pc, l->insn) && !size;
}

/* All that the instruction writes depends on all that it reads, as capstone knows it, and on what
 * was there: it may write a part only. */
static void lift_conservatively(AilLift *l, AilBuild *b)
{
    cs_regs reads, writes;
    uint8_t n_reads = 0, n_writes = 0;
    AilVar all = ail_temp(b, 1);
    ail_put(b, AIL_OP_LOADS, 1, all, AIL_NONE, AIL_NONE, AIL_NONE);
    if (cs_regs_access(l->insn_of, l->insn, reads, &n_reads, writes, &n_writes) != CS_ERR_OK)
        b->quality = AIL_LIFT_UNKNOWN;
    for (unsigned i = 0; i < n_reads; i++) {
        AilVar reg = l->lifter->reg(b->mode, b->user, reads[i]);
        if (reg.kind)
            ail_put(b, AIL_OP_MIX, 1, all, all, reg, AIL_NONE)->name = l->mnemonic;
    }
    for (unsigned i = 0; i < n_writes; i++) {
        AilVar reg = l->lifter->reg(b->mode, b->user, writes[i]);
        if (reg.kind)
            ail_put(b, AIL_OP_MIX, reg.size, reg, all, reg, AIL_NONE)->name = l->mnemonic;
    }
    ail_put(b, AIL_OP_STORES, 1, AIL_NONE, all, AIL_NONE, AIL_NONE);
}

static void begin(AilBuild *b, AilLiftQuality quality)
{
    b->n_ops = 0;
    b->temp = AIL_STATE_TEMP;
    b->full = false;
    b->flags = 0;
    b->quality = (uint8_t)quality;
}

static void lift_unknown(AilBuild *b)
{
    begin(b, AIL_LIFT_UNKNOWN);
    AilVar all = ail_temp(b, 1);
    ail_put(b, AIL_OP_LOADS, 1, all, AIL_NONE, AIL_NONE, AIL_NONE);
    ail_put(b, AIL_OP_STORES, 1, AIL_NONE, all, AIL_NONE, AIL_NONE);
}

/* What is decoded, as text. */
static void describe(AilLift *l, const AilBuild *b)
{
    if (b->insn) {
        g_strlcpy(l->mnemonic, b->insn->mnemonic, sizeof l->mnemonic);
        snprintf(l->text, sizeof l->text, "%s%s%s", l->mnemonic, *b->insn->op_str ? " " : "",
                 b->insn->op_str);
        return;
    }
    g_strlcpy(l->mnemonic, "?", sizeof l->mnemonic);
    size_t n = g_strlcpy(l->text, "? ", sizeof l->text);
    for (unsigned i = 0; i < b->size && n + 3 < sizeof l->text; i++, n += 2)
        snprintf(l->text + n, sizeof l->text - n, "%02x", b->bytes[i]);
}

/* What capstone does not know. */
static bool lift_undecoded(AilLift *l, AilBuild *b)
{
    if (!l->lifter->undecoded)
        return l->lifter->lift(b); /* it goes by the bytes */
    const char *name = l->lifter->undecoded(b, b->bytes, b->size);
    if (!name)
        return false;
    g_strlcpy(l->mnemonic, name, sizeof l->mnemonic);
    g_strlcpy(l->text, name, sizeof l->text);
    return true;
}

static bool lift_precisely(AilLift *l, AilBuild *b)
{
    begin(b, AIL_LIFT_EXACT);
    return (b->insn ? l->lifter->lift(b) : lift_undecoded(l, b)) && !b->full;
}

void ail_lift_insn(AilLift *l, AilMode mode, bool user, uint64_t pc, const uint8_t *bytes,
                   size_t size, AilLifted *out)
{
    AilBuild b = {.ops = l->ops,
                  .mode = mode,
                  .user = user,
                  .pc = pc,
                  .bytes = bytes,
                  .size = (unsigned)size,
                  .before = &l->before};
    if (decode(l, mode, pc, bytes, size)) {
        b.insn = l->insn;
        b.handle = l->insn_of;
    }
    describe(l, &b);
    if (!lift_precisely(l, &b)) {
        begin(&b, AIL_LIFT_CONSERVATIVE);
        if (b.insn)
            lift_conservatively(l, &b);
        else
            lift_unknown(&b);
    }
    *out = (AilLifted){.pc = pc,
                       .text = l->text,
                       .mnemonic = l->mnemonic,
                       .ops = l->ops,
                       .n_ops = (uint16_t)b.n_ops,
                       .size = (uint8_t)size,
                       .quality = b.quality,
                       .flags = b.flags,
                       .count = b.count,
                       .again = b.again};
}
