/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86's vector and x87 instructions, lifted: the operations of each, as text. */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/lift_text.h"

#define X64 AIL_MODE_X86_64

static void check(const AilLiftCase *cases, size_t n)
{
    ail_lift_check(AIL_ARCH_X86, cases, n);
}

Test(lift_x86_vector, moves)
{
    static const AilLiftCase cases[] = {
        {X64, "660f6f01", "movdqa xmm0, xmmword ptr [rcx]",
         "t0:16 = load rcx; ymm0[0:16] = copy t0:16"},
        {X64, "660f7f01", "movdqa xmmword ptr [rcx], xmm0", "store ymm0[0:16], rcx"},
        {X64, "c5fc10c1", "vmovups ymm0, ymm1", "ymm0 = copy ymm1"},
        {X64, "c5f810c1", "vmovups xmm0, xmm1",
         "ymm0[0:16] = copy ymm1[0:16]; ymm0[16:16] = copy 0x0:16"},
        {X64, "0f10c1", "movups xmm0, xmm1", "ymm0[0:16] = copy ymm1[0:16]"},
        {X64, "660f6ec0", "movd xmm0, eax", "ymm0[0:16] = zext rax[0:4]"},
        {X64, "66480f7ec0", "movq rax, xmm0", "rax = copy ymm0[0:8]"},
        {X64, "f30f7ec1", "movq xmm0, xmm1", "ymm0[0:16] = zext ymm1[0:8]"},
        {X64, "f30f1001", "movss xmm0, dword ptr [rcx]", "t0:4 = load rcx; ymm0[0:16] = zext t0:4"},
        {X64, "f30f10c1", "movss xmm0, xmm1", "ymm0[0:4] = copy ymm1[0:4]"},
        {X64, "c5f210c2", "vmovss xmm0, xmm1, xmm2",
         "t0:4 = copy ymm2[0:4]; t4:12 = copy ymm1[4:12]; ymm0[0:16] = copy t0:16; "
         "ymm0[16:16] = copy 0x0:16"},
        {X64, "0f1601", "movhps xmm0, qword ptr [rcx]", "t0:8 = load rcx; ymm0[8:8] = copy t0:8"},
        {X64, "0f12c1", "movhlps xmm0, xmm1", "ymm0[0:8] = copy ymm1[8:8]"},
        {X64, "c4e2791801", "vbroadcastss xmm0, dword ptr [rcx]",
         "t0:4 = load rcx; t8:4 = copy t0:4; t12:4 = copy t0:4; t16:4 = copy t0:4; "
         "t20:4 = copy t0:4; ymm0[0:16] = copy t8:16; ymm0[16:16] = copy 0x0:16"},
        {X64, "660f3a14c103", "pextrb ecx, xmm0, 3", "rcx = zext ymm0[3:1]"},
        {X64, "660fc4c003", "pinsrw xmm0, eax, 3", "ymm0[6:2] = copy rax[0:2]"},
        {X64, "c4e37518c201", "vinsertf128 ymm0, ymm1, xmm2, 1",
         "t0:16 = copy ymm1[0:16]; t16:16 = copy ymm2[0:16]; ymm0 = copy t0:32"},
        {X64, "c4e37d39c101", "vextracti128 xmm1, ymm0, 1",
         "ymm1[0:16] = copy ymm0[16:16]; ymm1[16:16] = copy 0x0:16"},
        {X64, "660f3820c1", "pmovsxbw xmm0, xmm1",
         "t0:2 = sext ymm1[0:1]; t2:2 = sext ymm1[1:1]; t4:2 = sext ymm1[2:1]; "
         "t6:2 = sext ymm1[3:1]; t8:2 = sext ymm1[4:1]; t10:2 = sext ymm1[5:1]; "
         "t12:2 = sext ymm1[6:1]; t14:2 = sext ymm1[7:1]; ymm0[0:16] = copy t0:16"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

/* The bytes that maskmovq chooses go to where its prefix says. */
Test(lift_x86_vector, masked_moves_heed_their_segment)
{
    AilError err = {0};
    AilLift *l = ail_lift_new(AIL_ARCH_X86, &err);
    char *ops = ail_lift_text(l, AIL_ARCH_X86, X64, true, "640ff7c1", NULL);
    const char *first = "t0:8 = add rdi, fs_base; t8:1 = bit st1[0:1], 0x7:1; "
                        "store st0[0:1], t0:8, t8:1; ";
    cr_expect(g_str_has_prefix(ops, first), "%s", ops);
    g_free(ops);
    ail_lift_free(l);
}

Test(lift_x86_vector, lanes)
{
    static const AilLiftCase cases[] = {
        {X64, "660fefc0", "pxor xmm0, xmm0", "ymm0[0:16] = copy 0x0:16"},
        {X64, "c5f9efc0", "vpxor xmm0, xmm0, xmm0",
         "ymm0[0:16] = copy 0x0:16; ymm0[16:16] = copy 0x0:16"},
        {X64, "660f74c0", "pcmpeqb xmm0, xmm0", "ymm0[0:16] = copy 0xffffffffffffffff:16"},
        {X64, "660fdfc1", "pandn xmm0, xmm1", "ymm0[0:16] = andn ymm1[0:16], ymm0[0:16]"},
        {X64, "c5f5fec2", "vpaddd ymm0, ymm1, ymm2", "ymm0 = add.4 ymm1, ymm2"},
        {X64, "660f65c1", "pcmpgtw xmm0, xmm1", "ymm0[0:16] = lts.2 ymm1[0:16], ymm0[0:16]"},
        {X64, "660ff4c1", "pmuludq xmm0, xmm1",
         "t16:8 = zext ymm0[0:4]; t24:8 = zext ymm1[0:4]; t0:8 = mul t16:8, t24:8; "
         "t32:8 = zext ymm0[8:4]; t40:8 = zext ymm1[8:4]; t8:8 = mul t32:8, t40:8; "
         "ymm0[0:16] = copy t0:16"},
        {X64, "660f67c1", "packuswb xmm0, xmm1",
         "t0:8 = lanes.1 <packuswb> ymm0[0:16]; t8:8 = lanes.1 <packuswb> ymm1[0:16]; "
         "ymm0[0:16] = copy t0:16"},
        {X64, "660f3801c1", "phaddw xmm0, xmm1",
         "t0:8 = lanes.2 <phaddw> ymm0[0:16]; t8:8 = lanes.2 <phaddw> ymm1[0:16]; "
         "ymm0[0:16] = copy t0:16"},
        {X64, "660f73d105", "psrlq xmm1, 5", "ymm1[0:16] = shr.8 ymm1[0:16], 0x5:8"},
        {X64, "660fe2c1", "psrad xmm0, xmm1",
         "t0:1 = ltu 0x20:8, ymm1[0:8]; t8:4 = select 0x20:4, ymm1[0:4], t0:1; "
         "ymm0[0:16] = sar.4 ymm0[0:16], t8:4"},
        {X64, "660f50c1", "movmskpd eax, xmm1",
         "t0:8 = copy 0x0:8; t8:1 = bit ymm1[7:1], 0x7:1; t0:1 = or t0:1, t8:1; "
         "t8:1 = bit ymm1[15:1], 0x7:1; t16:1 = shl t8:1, 0x1:1; t0:1 = or t0:1, t16:1; "
         "rax = copy t0:8"},
        {X64, "660f3817c1", "ptest xmm0, xmm1",
         "t0:16 = and ymm0[0:16], ymm1[0:16]; t16:16 = andn ymm1[0:16], ymm0[0:16]; "
         "pf = copy 0x0:1; af = copy 0x0:1; sf = copy 0x0:1; of = copy 0x0:1; "
         "zf = eq t0:16, 0x0:16; cf = eq t16:16, 0x0:16"},
        {X64, "0ffcc1", "paddb mm0, mm1",
         "st0[0:8] = add.1 st0[0:8], st1[0:8]; st0[8:2] = copy 0xffff:2"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86_vector, shuffles)
{
    static const AilLiftCase cases[] = {
        {X64, "660f70c11b", "pshufd xmm0, xmm1, 0x1b",
         "t0:4 = copy ymm1[12:4]; t4:4 = copy ymm1[8:4]; t8:4 = copy ymm1[4:4]; "
         "t12:4 = copy ymm1[0:4]; ymm0[0:16] = copy t0:16"},
        {X64, "f20f70c11b", "pshuflw xmm0, xmm1, 0x1b",
         "t0:2 = copy ymm1[6:2]; t2:2 = copy ymm1[4:2]; t4:2 = copy ymm1[2:2]; "
         "t6:2 = copy ymm1[0:2]; t8:8 = copy ymm1[8:8]; ymm0[0:16] = copy t0:16"},
        {X64, "0fc6c14e", "shufps xmm0, xmm1, 0x4e",
         "t0:8 = copy ymm0[8:8]; t8:8 = copy ymm1[0:8]; ymm0[0:16] = copy t0:16"},
        {X64, "660f62c1", "punpckldq xmm0, xmm1",
         "t0:4 = copy ymm0[0:4]; t4:4 = copy ymm1[0:4]; t8:4 = copy ymm0[4:4]; "
         "t12:4 = copy ymm1[4:4]; ymm0[0:16] = copy t0:16"},
        {X64, "660f3a0fc105", "palignr xmm0, xmm1, 5",
         "t0:11 = copy ymm1[5:11]; t11:5 = copy ymm0[0:5]; ymm0[0:16] = copy t0:16"},
        {X64, "660f73f808", "pslldq xmm0, 8",
         "t0:8 = copy 0x0:8; t8:8 = copy ymm0[0:8]; ymm0[0:16] = copy t0:16"},
        {X64, "660f3800c1", "pshufb xmm0, xmm1",
         "t16:8 = and ymm1[0:8], 0x8f8f8f8f8f8f8f8f:8; "
         "t24:8 = and ymm1[8:8], 0x8f8f8f8f8f8f8f8f:8; "
         "t0:16 = table.1 ymm0[0:16], t16:16; ymm0[0:16] = copy t0:16"},
        {X64, "c4e3fd00c14e", "vpermq ymm0, ymm1, 0x4e",
         "t0:16 = copy ymm1[16:16]; t16:16 = copy ymm1[0:16]; ymm0 = copy t0:32"},
        {X64, "c4e37546c20b", "vperm2i128 ymm0, ymm1, ymm2, 0xb",
         "t0:16 = copy 0x0:16; t16:16 = copy ymm1[0:16]; ymm0 = copy t0:32"},
        {X64, "660f3a0cc105", "blendps xmm0, xmm1, 5",
         "t0:4 = copy ymm1[0:4]; t4:4 = copy ymm0[4:4]; t8:4 = copy ymm1[8:4]; "
         "t12:4 = copy ymm0[12:4]; ymm0[0:16] = copy t0:16"},
        {X64, "660f3a21c110", "insertps xmm0, xmm1, 0x10",
         "t0:4 = copy ymm0[0:4]; t4:4 = copy ymm1[0:4]; t8:8 = copy ymm0[8:8]; "
         "ymm0[0:16] = copy t0:16"},
        {X64, "660f3810c1", "pblendvb xmm0, xmm1",
         "ymm0[0:16] = lanes.1 <pblendvb> ymm0[0:16], ymm1[0:16], ymm0[0:16]"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86_vector, floats_and_mixes)
{
    static const AilLiftCase cases[] = {
        {X64, "f20f58c1", "addsd xmm0, xmm1",
         "t0:8 = lanes <addsd> ymm0[0:8], ymm1[0:8]; ymm0[0:8] = copy t0:8"},
        {X64, "c5f358c2", "vaddsd xmm0, xmm1, xmm2",
         "t0:8 = lanes <addsd> ymm1[0:8], ymm2[0:8]; ymm0[8:8] = copy ymm1[8:8]; "
         "ymm0[0:8] = copy t0:8; ymm0[16:16] = copy 0x0:16"},
        {X64, "0f58c1", "addps xmm0, xmm1", "ymm0[0:16] = lanes.4 <addps> ymm0[0:16], ymm1[0:16]"},
        {X64, "f20f51c1", "sqrtsd xmm0, xmm1",
         "t0:8 = lanes <sqrtsd> ymm1[0:8]; ymm0[0:8] = copy t0:8"},
        {X64, "660fc2c101", "cmpltpd xmm0, xmm1",
         "ymm0[0:16] = lanes.8 <cmppd> ymm0[0:16], ymm1[0:16]"},
        {X64, "c4e2f1b9c2", "vfmadd231sd xmm0, xmm1, xmm2",
         "ymm0[0:8] = lanes <fma.sd> ymm0[0:8], ymm1[0:8], ymm2[0:8]; "
         "ymm0[16:16] = copy 0x0:16"},
        {X64, "660f2fc1", "comisd xmm0, xmm1",
         "cf = mix <comisd> ymm0[0:8], ymm1[0:8]; af = copy 0x0:1; "
         "pf = mix <comisd> ymm0[0:8], ymm1[0:8]; sf = copy 0x0:1; "
         "zf = mix <comisd> ymm0[0:8], ymm1[0:8]; of = copy 0x0:1"},
        {X64, "f30fe6c1", "cvtdq2pd xmm0, xmm1",
         "t0:16 = lanes.8 <cvtdq2pd> ymm1[0:8]; ymm0[0:16] = copy t0:16"},
        {X64, "f2480f2ac0", "cvtsi2sd xmm0, rax",
         "t0:8 = mix <cvtsi2sd> rax; ymm0[0:8] = copy t0:8"},
        {X64, "f20f2c00", "cvttsd2si eax, qword ptr [rax]",
         "t0:8 = load rax; t8:4 = mix <cvttsd2si> t0:8; rax = zext t8:4"},
        {X64, "660f38dcc1", "aesenc xmm0, xmm1",
         "t0:16 = mix <aesenc> ymm1[0:16], ymm0[0:16]; ymm0[0:16] = copy t0:16"},
        {X64, "0f38cb08", "sha256rnds2 xmm1, xmmword ptr [rax]",
         "t0:16 = load rax; t16:16 = mix <sha256rnds2> t0:16, ymm1[0:16], ymm0[0:16]; "
         "ymm1[0:16] = copy t16:16"},
        {X64, "660f3a44c111", "pclmulqdq xmm0, xmm1, 0x11",
         "t0:16 = mix <pclmulqdq> ymm0[8:8], ymm1[8:8]; ymm0[0:16] = copy t0:16"},
        {X64, "c4e271900410", "vpgatherdd xmm0, dword ptr [rax + xmm2], xmm1",
         "t0:16 = copy ymm0[0:16]; "
         "t16:1 = bit ymm1[3:1], 0x7:1; "
         "t24:8 = sext ymm2[0:4]; "
         "t32:8 = add rax, t24:8; "
         "t40:4 = load t32:8, t16:1; "
         "t0:4 = select t40:4, t0:4, t16:1; "
         "t16:1 = bit ymm1[7:1], 0x7:1; "
         "t24:8 = sext ymm2[4:4]; "
         "t32:8 = add rax, t24:8; "
         "t40:4 = load t32:8, t16:1; "
         "t4:4 = select t40:4, t4:4, t16:1; "
         "t16:1 = bit ymm1[11:1], 0x7:1; "
         "t24:8 = sext ymm2[8:4]; "
         "t32:8 = add rax, t24:8; "
         "t40:4 = load t32:8, t16:1; "
         "t8:4 = select t40:4, t8:4, t16:1; "
         "t16:1 = bit ymm1[15:1], 0x7:1; "
         "t24:8 = sext ymm2[12:4]; "
         "t32:8 = add rax, t24:8; "
         "t40:4 = load t32:8, t16:1; "
         "t12:4 = select t40:4, t12:4, t16:1; "
         "ymm0[0:16] = copy t0:16; "
         "ymm1 = copy 0x0:32; "
         "ymm0[16:16] = copy 0x0:16"},
        {X64, "0fae10", "ldmxcsr dword ptr [rax]", "t0:4 = load rax; mxcsr = copy t0:4"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86_vector, x87)
{
    static const AilLiftCase cases[] = {
        {X64, "d900", "fld dword ptr [rax]",
         "t0:4 = load rax; t8:10 = mix <fld> t0:4; st2[0:60] = copy st1[0:60]; "
         "st1 = copy st0; st0 = copy t8:10"},
        {X64, "dd18", "fstp qword ptr [rax]",
         "t0:8 = mix <fst> st0, fpu_cw; store t0:8, rax; t8:10 = copy st0; "
         "st0[0:60] = copy st1[0:60]; st6 = copy st7; st7 = copy t8:10"},
        {X64, "db28", "fld xword ptr [rax]",
         "t0:10 = load rax; st2[0:60] = copy st1[0:60]; st1 = copy st0; st0 = copy t0:10"},
        {X64, "d8c1", "fadd st(1)", "st0 = mix <fadd> st0, st1, fpu_cw"},
        {X64, "dec1", "faddp st(1)",
         "st1 = mix <fadd> st0, st1, fpu_cw; t0:10 = copy st0; st0[0:60] = copy st1[0:60]; "
         "st6 = copy st7; st7 = copy t0:10"},
        {X64, "d9c9", "fxch st(1)", "t0:10 = copy st0; st0 = copy st1; st1 = copy t0:10"},
        {X64, "d9ee", "fldz",
         "t0:10 = mix <constant> 0xee:1; st2[0:60] = copy st1[0:60]; st1 = copy st0; "
         "st0 = copy t0:10"},
        {X64, "d9e0", "fchs", "st0[9:1] = xor st0[9:1], 0x80:1"},
        {X64, "dbe9", "fucomi st(1)",
         "cf = mix <fcomi> st0, st1; pf = mix <fcomi> st0, st1; zf = mix <fcomi> st0, st1"},
        {X64, "dfe0", "fnstsw ax", "rax[0:2] = copy fpu_sw"},
    };
    check(cases, G_N_ELEMENTS(cases));
}
