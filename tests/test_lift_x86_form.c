/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of x86's opcodes, with several prefixes and operands: what is lifted is well-formed, and what
 * is not modelled is known.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdio.h>

#include "analyzers/lift/x86_vector.h"
#include "tests/lift_form.h"

/* What is not modelled: not of QEMU's processors (AVX-512, AMD's XOP and FMA4, VMX, 3DNow!), or not
 * worth it. By how names begin. */
static const char *const left_out[] = {
    /* virtual machines, security, debugging */
    "vm",
    "inv",
    "getsec",
    "encl",
    "rsm",
    "skinit",
    "clgi",
    "stgi",
    "montmul",
    "xstore",
    "xcrypt",
    "xsha",
    "xbegin",
    "xend",
    "xabort",
    "xtest",
    "umonitor",
    "umwait",
    "tpause",
    "mwaitx",
    "monitorx",
    "clzero",
    "ptwrite",
    "movdir",
    "pconfig",
    "rdss",
    "incssp",
    "saveprevssp",
    "rstorssp",
    "wrss",
    "wruss",
    "setssbsy",
    "clrssbsy",
    "rdpid",
    "rdpkru",
    "wrpkru",
    "xsavec",
    "xsaves",
    "xrstors",
    "pcommit",
    "arpl",
    "data16",
    "lock",
    "rep",
    "xacquire",
    "xrelease",
    "enclu",
    "bnd",
    "gf2p8",
    "vgf2p8",
    /* AMD's */
    "pf",
    "pi2f",
    "pavgusb",
    "pmulhrw",
    "pswapd",
    "blc",
    "blsfill",
    "blsic",
    "t1mskc",
    "tzmsk",
    "vfrcz",
    "vp",
    "vfm",
    "vfnm",
    "llwpcb",
    "slwpcb",
    "lwp",
    "vmload",
    /* AVX-512 */
    "k",
    "valign",
    "vblendm",
    "vcompress",
    "vexpand",
    "vcvt",
    "vgather",
    "vrcp14",
    "vrcp28",
    "vrsqrt",
    "vscatter",
    "vrndscale",
    "vexp2",
    /* of no use to anybody */
    "fsetpm",
    "fstpnce",
    "?",
};

static bool is_left_out(const char *mnemonic, const char *text)
{
    if (g_str_has_prefix(text, "mov cr") || strstr(text, ", cr") ||
        g_str_has_prefix(text, "mov dr"))
        return true; /* control registers that there are not */
    for (unsigned i = 0; i < G_N_ELEMENTS(left_out); i++)
        if (g_str_has_prefix(mnemonic, left_out[i]))
            return true;
    return false;
}

/* How many of the bytes are an instruction; all of them if none is. */
static size_t length_of(AilMode mode, const uint8_t *bytes, size_t size)
{
    static csh handles[AIL_MODE_COUNT];
    static const cs_mode modes[AIL_MODE_COUNT] = {[AIL_MODE_X86_16] = CS_MODE_16,
                                                  [AIL_MODE_X86_32] = CS_MODE_32,
                                                  [AIL_MODE_X86_64] = CS_MODE_64};
    cs_insn *insn;
    if (!handles[mode])
        cr_assert_eq(cs_open(CS_ARCH_X86, modes[mode], &handles[mode]), CS_ERR_OK);
    if (!cs_disasm(handles[mode], bytes, size, 0, 1, &insn))
        return size;
    size = insn->size;
    cs_free(insn, 1);
    return size;
}

static void check(AilLift *l, AilMode mode, const uint8_t *bytes, size_t size)
{
    AilLifted lifted;
    unsigned which;
    char text[256] = "";
    size = length_of(mode, bytes, size);
    for (unsigned user = 0; user < 2; user++) {
        ail_lift_insn(l, mode, user, 0x1000, bytes, size, &lifted);
        const char *wrong = ail_lift_form(AIL_ARCH_X86, &lifted, &which);
        if (wrong)
            ail_lift_print(AIL_ARCH_X86, &lifted.ops[which], text, sizeof text);
        cr_expect_null(wrong, "%s (%02x %02x %02x %02x %02x %02x): %s: %s", lifted.text, bytes[0],
                       bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], wrong, text);
        if (lifted.quality == AIL_LIFT_CONSERVATIVE)
            cr_expect(is_left_out(lifted.mnemonic, lifted.text),
                      "%s (%02x %02x %02x %02x %02x %02x) is not modelled", lifted.text, bytes[0],
                      bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
    }
}

/* ModRM bytes: registers, memory of a register, with an index, with a displacement */
static const uint8_t operands[] = {0xc1, 0xd8, 0xc0, 0x00, 0x11, 0x22, 0x33, 0x44,
                                   0x4c, 0x14, 0x2a, 0x3a, 0xe1, 0xe9, 0xf2, 0xfb};

static void check_opcodes(AilLift *l, AilMode mode, const uint8_t *prefix, size_t n)
{
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        for (unsigned i = 0; i < sizeof operands; i++) {
            uint8_t bytes[16] = {0};
            size_t at = 0;
            for (; at < n; at++)
                bytes[at] = prefix[at];
            bytes[at++] = (uint8_t)opcode;
            bytes[at++] = operands[i];
            bytes[at++] = (uint8_t)(0x4b + 8 * i); /* SIB, constant, displacement */
            bytes[at] = 0x15;
            check(l, mode, bytes, 15);
        }
    }
}

static void check_mode(AilMode mode)
{
    static const uint8_t before[][2] = {{0}, {0x66}, {0xf2}, {0xf3}, {0x48}, {0x66, 0x48}, {0x67}};
    static const uint8_t maps[][2] = {{0}, {0x0f}, {0x0f, 0x38}, {0x0f, 0x3a}};
    AilError err = {0};
    AilLift *l = ail_lift_new(AIL_ARCH_X86, &err);
    cr_assert_not_null(l, "%s", err.text);
    for (unsigned i = 0; i < G_N_ELEMENTS(before); i++) {
        for (unsigned k = 0; k < G_N_ELEMENTS(maps); k++) {
            uint8_t prefix[4];
            size_t n = 0;
            for (unsigned j = 0; j < 2; j++)
                if (before[i][j])
                    prefix[n++] = before[i][j];
            for (unsigned j = 0; j < 2; j++)
                if (maps[k][j])
                    prefix[n++] = maps[k][j];
            check_opcodes(l, mode, prefix, n);
        }
    }
    ail_lift_free(l);
}

Test(lift_x86_form, bits16)
{
    check_mode(AIL_MODE_X86_16);
}

Test(lift_x86_form, bits32)
{
    check_mode(AIL_MODE_X86_32);
}

Test(lift_x86_form, bits64)
{
    check_mode(AIL_MODE_X86_64);
}

/* VEX: three maps, four implied prefixes, both lengths, both W. */
Test(lift_x86_form, vex)
{
    AilError err = {0};
    AilLift *l = ail_lift_new(AIL_ARCH_X86, &err);
    for (unsigned map = 1; map <= 3; map++) {
        for (unsigned low = 0; low < 16; low++) {
            uint8_t prefix[3] = {0xc4, (uint8_t)(0xe0 | map),
                                 (uint8_t)((low & 8) << 4 | 0x68 | (low & 7))};
            check_opcodes(l, AIL_MODE_X86_64, prefix, 3);
            prefix[2] = (uint8_t)((low & 8) << 4 | 0x78 | (low & 7)); /* no second operand */
            check_opcodes(l, AIL_MODE_X86_64, prefix, 3);
        }
    }
    ail_lift_free(l);
}

/* Rows are searched for by name, so they must be in order. */
Test(lift_x86_form, rows_are_sorted)
{
    const AilX86Row *const tables[] = {ail_x86_vector_moves,  ail_x86_vector_parts,
                                       ail_x86_vector_lanes,  ail_x86_vector_shuffles,
                                       ail_x86_vector_floats, ail_x86_vector_mixes};
    for (unsigned i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const AilX86Row *r = tables[i]; r[1].name; r++)
            cr_expect_lt(strcmp(r[0].name, r[1].name), 0, "%s, %s", r[0].name, r[1].name);
}

/* Registers lie one behind the other, and their parts in them. */
Test(lift_x86_form, registers)
{
    unsigned end = 0;
    for (const AilStateReg *r = ail_lift_state(AIL_ARCH_X86); r->name; r++) {
        cr_expect_geq(r->at, end, "%s", r->name);
        end = r->at + r->size;
        AilVar v = ail_lift_find(AIL_ARCH_X86, r->name);
        cr_expect(v.kind == AIL_VAR_STATE && v.at == r->at && v.size == r->size, "%s", r->name);
    }
    cr_expect_leq(end, AIL_STATE_TEMP);
    AilVar ah = ail_lift_find(AIL_ARCH_X86, "AH"), xmm1 = ail_lift_find(AIL_ARCH_X86, "xmm1");
    cr_expect(ah.at == 1 && ah.size == 1);
    cr_expect(xmm1.at == X86_YMM + 32 && xmm1.size == 16);
    cr_expect_eq(ail_lift_find(AIL_ARCH_X86, "zmm0").kind, AIL_VAR_NONE);
}

/* Bytes that are not one instruction, but one and more: what it does is not known. */
Test(lift_x86_form, an_instruction_has_all_of_its_bytes)
{
    static const uint8_t inc_and_more[] = {0xff, 0xc0, 0x90};
    AilError err = {0};
    AilLifted lifted;
    AilLift *l = ail_lift_new(AIL_ARCH_X86, &err);
    ail_lift_insn(l, AIL_MODE_X86_64, true, 0x1000, inc_and_more, 2, &lifted);
    cr_expect_eq(lifted.quality, AIL_LIFT_EXACT);
    ail_lift_insn(l, AIL_MODE_X86_64, true, 0x1000, inc_and_more, 3, &lifted);
    cr_expect_eq(lifted.quality, AIL_LIFT_UNKNOWN);
    ail_lift_free(l);
}

/* What is not modelled may write a part of a register: the rest keeps what it had. */
Test(lift_x86_form, what_is_not_modelled_forgets_nothing)
{
    static const uint8_t pfadd[] = {0x0f, 0x0f, 0xc1, 0x9e}; /* pfadd mm0, mm1 */
    AilError err = {0};
    AilLifted lifted;
    AilLift *l = ail_lift_new(AIL_ARCH_X86, &err);
    AilVar mm0 = ail_lift_find(AIL_ARCH_X86, "mm0");
    unsigned written = 0;
    ail_lift_insn(l, AIL_MODE_X86_64, true, 0x1000, pfadd, sizeof pfadd, &lifted);
    cr_expect_eq(lifted.quality, AIL_LIFT_CONSERVATIVE);
    for (unsigned i = 0; i < lifted.n_ops; i++)
        if (lifted.ops[i].dst.kind && lifted.ops[i].dst.at == mm0.at) {
            written++;
            cr_expect(lifted.ops[i].b.kind && lifted.ops[i].b.at == mm0.at);
        }
    cr_expect_eq(written, 1);
    ail_lift_free(l);
}
