/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions and what they access, as `ailurus trace` prints them. */
#include "cli/trace_tools.h"

#include <capstone/capstone.h>
#include <inttypes.h>

struct AilDisassembly {
    csh capstone[AIL_MODE_COUNT]; /* 0: not opened yet */
    cs_insn *insn;                /* owned; NULL: not needed yet */
};

AilDisassembly *ail_trace_disassembly_new(void)
{
    return g_new0(AilDisassembly, 1);
}

void ail_trace_disassembly_free(AilDisassembly *d)
{
    if (d->insn)
        cs_free(d->insn, 1);
    for (int i = 0; i < AIL_MODE_COUNT; i++) {
        if (d->capstone[i])
            cs_close(&d->capstone[i]);
    }
    g_free(d);
}

static csh disassembler(AilDisassembly *d, uint8_t mode)
{
    static const struct {
        cs_arch arch;
        cs_mode mode;
    } modes[AIL_MODE_COUNT] = {[AIL_MODE_X86_16] = {CS_ARCH_X86, CS_MODE_16},
                               [AIL_MODE_X86_32] = {CS_ARCH_X86, CS_MODE_32},
                               [AIL_MODE_X86_64] = {CS_ARCH_X86, CS_MODE_64},
                               [AIL_MODE_A64] = {CS_ARCH_ARM64, CS_MODE_ARM},
                               [AIL_MODE_A32] = {CS_ARCH_ARM, CS_MODE_ARM | CS_MODE_V8},
                               [AIL_MODE_T32] = {CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_V8},
                               [AIL_MODE_PPC] = {CS_ARCH_PPC, CS_MODE_32 | CS_MODE_BIG_ENDIAN}};
    if (!d->capstone[mode] &&
        cs_open(modes[mode].arch, modes[mode].mode, &d->capstone[mode]) != CS_ERR_OK)
        d->capstone[mode] = 0;
    if (d->capstone[mode] && !d->insn)
        d->insn = cs_malloc(d->capstone[mode]);
    return d->capstone[mode];
}

void ail_trace_print_insn(AilDisassembly *d, uint8_t mode, uint64_t pc, const uint8_t *bytes,
                          size_t size)
{
    const uint8_t *code = bytes;
    size_t left = size;
    csh handle = disassembler(d, mode);
    if (handle && d->insn && cs_disasm_iter(handle, &code, &left, &pc, d->insn)) {
        printf("%-8s%s%s", d->insn->mnemonic, d->insn->op_str[0] ? " " : "", d->insn->op_str);
        return;
    }
    printf("(bytes)");
    for (size_t i = 0; i < size; i++)
        printf(" %02x", bytes[i]);
}

/* The column has the bytes as they are in memory. */
static uint64_t number_of(AilArch arch, uint64_t value, unsigned size)
{
    return arch == AIL_ARCH_PPC ? GUINT64_SWAP_LE_BE(value) >> (64 - 8 * size) : value;
}

void ail_trace_print_value(AilArch arch, uint64_t value, uint64_t high, unsigned size)
{
    if (size == 16)
        printf("%016" PRIx64, high);
    printf("%0*" PRIx64, size > 8 ? 16 : (int)size * 2, number_of(arch, value, MIN(size, 8)));
}

void ail_trace_print_phys(const char *before, uint64_t phys)
{
    if (phys == AIL_PHYS_NONE)
        printf("%s-", before);
    else
        printf("%s0x%" PRIx64, before, phys);
}
