/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 32-bit PowerPC. Facts from the Programming Environments Manual for 32-bit implementations of the
 * PowerPC architecture (MPCFPE32B): chapter 4 for encodings, 6 for exceptions, 7 for segments.
 *
 * An address space is what its sixteen segment registers say. QEMU shows none of them, so writes to
 * the first, which user programs have to themselves, are watched. It is 0 at reset.
 */
#include "replayer/plugin/plugin.h"

/* mtsr n, rS and mtsrin rS, rB: the register's number is in the instruction or in rB. */
static bool is_mtsr(uint32_t w)
{
    return (w & 0xfc1fffff) == 0x7c0001a4; /* of segment register 0 */
}

static bool is_mtsrin(uint32_t w)
{
    return (w & 0xfc1f07ff) == 0x7c0001e4;
}

static void on_mtsr(unsigned vcpu, void *user)
{
    (void)vcpu;
    const GuestRegs *r = &ail_plugin.reg;
    uint32_t w = GPOINTER_TO_UINT(user);
    if (is_mtsr(w) || ail_guest_read(r->gpr[w >> 11 & 31]) >> 28 == 0)
        ail_plugin.segment0 = (uint32_t)ail_guest_read(r->gpr[w >> 21 & 31]);
}

void ail_ppc_watch(struct qemu_plugin_insn *insn, const uint8_t *code)
{
    uint32_t w = ail_get_be32(code);
    if (is_mtsr(w) || is_mtsrin(w))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mtsr, QEMU_PLUGIN_CB_R_REGS,
                                               GUINT_TO_POINTER(w));
}

/* A write takes effect with the isync or rfi behind it, which ends the block. */
bool ail_ppc_changes_asid(const uint8_t *code, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i += 4) {
        if (is_mtsr(ail_get_be32(code + i)) || is_mtsrin(ail_get_be32(code + i)))
            return true;
    }
    return false;
}

bool ail_ppc_is_handler(uint64_t pc, uint64_t *vector)
{
    enum { MSR_IP = 1 << 6, VECTORS = 0x3000 };
    uint64_t offset = pc - (ail_guest_read(ail_plugin.reg.msr) & MSR_IP ? 0xfff00000u : 0);
    if (!offset || offset >= VECTORS || offset & 0xff)
        return false;
    *vector = offset >> 8;
    return true;
}

AilFlowsTo ail_ppc_flow(const uint8_t *insn, int64_t *displacement)
{
    uint32_t w = ail_get_be32(insn), opcode = w >> 26;
    if (w & 2 && (opcode == 16 || opcode == 18)) /* to an absolute address */
        return AIL_ELSEWHERE;
    if (opcode == 18) { /* b, bl */
        *displacement = (int32_t)((w & 0x03fffffc) << 6) >> 6;
        return AIL_JUMPS;
    }
    if (opcode == 16) { /* bc */
        *displacement = (int16_t)(w & 0xfffc);
        return AIL_BRANCHES;
    }
    /* isync; else returns, branches to registers, returns from interrupts; sc */
    if (opcode == 19)
        return (w & 0x7fe) == 300 ? AIL_FALLS : AIL_ELSEWHERE;
    return opcode == 17 ? AIL_ELSEWHERE : AIL_FALLS;
}
