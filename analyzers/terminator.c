/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/terminator_link.h"

#include <capstone/capstone.h>
#include <glib.h>

#include "formats/bytes.h"

struct AilDecoder {
    csh x86[3]; /* by AIL_MODE_X86_*; 0: not open */
    cs_insn *insn[3];
};

AilDecoder *ail_decoder_new(void)
{
    return g_new0(AilDecoder, 1);
}

void ail_decoder_free(AilDecoder *d)
{
    if (!d)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(d->x86); i++) {
        if (d->insn[i])
            cs_free(d->insn[i], 1);
        if (d->x86[i])
            cs_close(&d->x86[i]);
    }
    g_free(d);
}

static bool x86_open(AilDecoder *d, unsigned mode)
{
    static const cs_mode modes[] = {CS_MODE_16, CS_MODE_32, CS_MODE_64};
    if (d->x86[mode])
        return true;
    if (cs_open(CS_ARCH_X86, modes[mode], &d->x86[mode]) != CS_ERR_OK)
        return false;
    d->insn[mode] = cs_malloc(d->x86[mode]);
    return true;
}

static AilTerminator x86_class(unsigned id)
{
    switch (id) {
    case X86_INS_CALL:
    case X86_INS_LCALL:
        return AIL_TERM_CALL;
    case X86_INS_RET:
    case X86_INS_RETF:
    case X86_INS_RETFQ:
        return AIL_TERM_RETURN;
    case X86_INS_SYSCALL:
    case X86_INS_SYSENTER:
    case X86_INS_INT:
    case X86_INS_INT1:
    case X86_INS_INT3:
    case X86_INS_INTO:
        return AIL_TERM_ENTRY;
    case X86_INS_IRET:
    case X86_INS_IRETD:
    case X86_INS_IRETQ:
    case X86_INS_SYSRET:
    case X86_INS_SYSEXIT:
        return AIL_TERM_RESUME;
    default:
        return AIL_TERM_OTHER;
    }
}

static AilTerminator x86_terminator(AilDecoder *d, const AilBlock *block, unsigned last)
{
    unsigned mode = block->mode;
    if (!x86_open(d, mode))
        return AIL_TERM_OTHER;
    const uint8_t *code = block->bytes + block->start[last];
    size_t size = block->start[last + 1] - block->start[last];
    uint64_t pc = block->pc + block->start[last];
    if (!cs_disasm_iter(d->x86[mode], &code, &size, &pc, d->insn[mode]))
        return AIL_TERM_OTHER;
    return x86_class(d->insn[mode]->id);
}

/* Encodings with pointer authentication (blraa, retab, eretaa, ...) differ in few bits; the
 * decoder in Debian 12 does not know them all, masks do. */
static AilTerminator a64_terminator(uint32_t insn)
{
    if ((insn & 0xfc000000) == 0x94000000 || /* bl */
        (insn & 0xfffffc1f) == 0xd63f0000 || /* blr */
        (insn & 0xfefff800) == 0xd63f0800)   /* blraa, blrab, blraaz, blrabz */
        return AIL_TERM_CALL;
    if ((insn & 0xfffffc1f) == 0xd65f0000 || /* ret */
        (insn & 0xfffffbff) == 0xd65f0bff)   /* retaa, retab */
        return AIL_TERM_RETURN;
    if ((insn & 0xffe0001c) == 0xd4000000 && (insn & 3)) /* svc, hvc, smc */
        return AIL_TERM_ENTRY;
    if (insn == 0xd69f03e0 || (insn & 0xfffffbff) == 0xd69f0bff) /* eret, eretaa, eretab */
        return AIL_TERM_RESUME;
    return AIL_TERM_OTHER;
}

static uint32_t a64_insn(const AilBlock *block, unsigned i)
{
    bool whole = block->start[i + 1] - block->start[i] == 4;
    return whole ? ail_get_le32(block->bytes + block->start[i]) : 0;
}

AilTerminator ail_terminator(AilDecoder *decoder, const AilBlock *block)
{
    unsigned last = block->n_insns - 1u;
    if (block->mode == AIL_MODE_A64)
        return a64_terminator(a64_insn(block, last));
    if (block->mode > AIL_MODE_A64)
        return ail_terminator_link(block);
    return block->mode <= AIL_MODE_X86_64 ? x86_terminator(decoder, block, last) : AIL_TERM_OTHER;
}

/* A load or store, by the stack pointer, of x30: str/ldr (pre-, post-indexed, unsigned offset) or
 * of a pair that has x30 in it: stp/ldp (the same three). */
static bool a64_is_link(uint32_t insn, bool load)
{
    enum { SP = 31, LR = 30 };
    if ((insn >> 5 & 31) != SP || (bool)(insn >> 22 & 1) != load)
        return false;
    bool first = (insn & 31) == LR, second = (insn >> 10 & 31) == LR;
    if ((insn & 0xfe000000) == 0xa8000000 && (insn >> 23 & 3)) /* stp, ldp of 64 bits; not stnp */
        return first || second;
    if ((insn & 0xffa00400) == 0xf8000400 || (insn & 0xff800000) == 0xf9000000)
        return first;
    return false;
}

int ail_link_access(const AilBlock *block, bool load)
{
    int found = -1;
    if (block->mode != AIL_MODE_A64)
        return ail_link_access_32(block, load);
    for (unsigned i = 0; i < block->n_insns; i++) {
        if (!a64_is_link(a64_insn(block, i), load))
            continue;
        found = (int)i;
        if (!load)
            break;
    }
    return found;
}
