/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AArch64's loads and stores and its instructions on vectors are lifted to, as text: at least
 * one of each class of encodings. The operations were held against QEMU's results.
 */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/lift_text.h"

#define EXACT AIL_LIFT_EXACT
#define ROUGH AIL_LIFT_ROUGH

static const AilLiftWord memory[] = {
    {0xb8404c20, EXACT, /* ldr w0,[x1,#4]! */
     "t0:8 = add x1, 0x4:8; t8:4 = load t0:8; x0 = zext t8:4; x1 = copy t0:8"},
    {0xf8408420, EXACT, /* ldr x0,[x1],#8 */
     "t0:8 = add x1, 0x8:8; x0 = load x1; x1 = copy t0:8"},
    {0xb8a2d820, EXACT, /* ldrsw x0,[x1,w2,sxtw #2] */
     "t0:8 = sext x2[0:4]; t8:8 = shl t0:8, 0x2:8; t16:8 = add x1, t8:8; "
     "t24:4 = load t16:8; x0 = sext t24:4"},
    {0x39400fe0, EXACT, /* ldrb w0,[sp,#3] */
     "t0:8 = add sp_el0, 0x3:8; t8:1 = load t0:8; x0 = zext t8:1"},
    {0x58000080, EXACT, /* ldr x0,.+16 */
     "x0 = load 0x1010:8"},
    {0xa9400400, EXACT, /* ldp x0,x1,[x0] */
     "t0:8 = add x0, 0x8:8; x0 = load x0; x1 = load t0:8"},
    {0xa9bf07ff, EXACT, /* stp xzr,x1,[sp,#-16]! */
     "t0:8 = add sp_el0, 0xfffffffffffffff0:8; t8:8 = add t0:8, 0x8:8; "
     "store 0x0:8, t0:8; store x1, t8:8; sp_el0 = copy t0:8"},
    {0x69400440, EXACT, /* ldpsw x0,x1,[x2] */
     "t0:8 = add x2, 0x4:8; t8:4 = load x2; x0 = sext t8:4; t24:4 = load t0:8; "
     "x1 = sext t24:4"},
    {0xfd400020, EXACT, /* ldr d0,[x1] */
     "t0:8 = load x1; v0 = zext t0:8"},
    {0xad410400, EXACT, /* ldp q0,q1,[x0,#32] */
     "t0:8 = add x0, 0x20:8; t8:8 = add t0:8, 0x10:8; v0 = load t0:8; v1 = load t8:8"},
    {0x7d000001, EXACT, /* str h1,[x0] */
     "store v1[0:2], x0"},
    {0xf9800000, EXACT, /* prfm pldl1keep,[x0] */
     ""},
    {0x885ffc20, EXACT, /* ldaxr w0,[x1] */
     "t0:4 = load x1; x0 = zext t0:4; monitor = copy 0x1:1"},
    {0x88037c20, EXACT, /* stxr w3,w0,[x1] */
     "t0:4 = load x1, monitor; store x0[0:4], x1, monitor; t8:1 = xor monitor, 0x1:1; "
     "t16:4 = zext t8:1; x3 = zext t16:4; monitor = copy 0x0:1"},
    {0x88e0fc41, EXACT, /* casal w0,w1,[x2] */
     "t0:4 = load x2; t8:1 = eq t0:4, x0[0:4]; t16:4 = select x1[0:4], t0:4, t8:1; "
     "store t16:4, x2; x0 = zext t0:4"},
    {0xb8e00041, EXACT, /* ldaddal w0,w1,[x2] */
     "t0:4 = load x2; t8:4 = add t0:4, x0[0:4]; store t8:4, x2; x1 = zext t0:4"},
    {0xf820103f, EXACT, /* stclr x0,[x1] */
     "t0:8 = load x1; t8:8 = andn t0:8, x0; store t8:8, x1"},
    {0xc8dffc20, EXACT, /* ldar x0,[x1] */
     "x0 = load x1"},
    {0x4cdf8400, EXACT, /* ld2 {v0.8h,v1.8h},[x0],#32 */
     "t0:16 = load x0; t32:8 = add x0, 0x10:8; t16:16 = load t32:8; "
     "v0[0:2] = copy t0:2; v1[0:2] = copy t2:2; v0[2:2] = copy t4:2; "
     "v1[2:2] = copy t6:2; v0[4:2] = copy t8:2; v1[4:2] = copy t10:2; "
     "v0[6:2] = copy t12:2; v1[6:2] = copy t14:2; v0[8:2] = copy t16:2; "
     "v1[8:2] = copy t18:2; v0[10:2] = copy t20:2; v1[10:2] = copy t22:2; "
     "v0[12:2] = copy t24:2; v1[12:2] = copy t26:2; v0[14:2] = copy t28:2; "
     "v1[14:2] = copy t30:2; x0 = add x0, 0x20:8"},
    {0x4d00a400, EXACT, /* st3 {v0.d,v1.d,v2.d}[1],[x0] */
     "t0:8 = copy v0[8:8]; t8:8 = copy v1[8:8]; t16:8 = copy v2[8:8]; "
     "store t0:16, x0; t24:8 = add x0, 0x10:8; store t16:8, t24:8"},
    {0x4d40c800, EXACT, /* ld1r {v0.4s},[x0] */
     "t0:4 = load x0; v0[0:4] = copy t0:4; v0[4:4] = copy t0:4; v0[8:4] = copy t0:4; "
     "v0[12:4] = copy t0:4"},
};

static const AilLiftWord vectors[] = {
    {0x0e020c20, EXACT, /* dup v0.4h,w1 */
     "t0:2 = copy x1[0:2]; t2:2 = copy x1[0:2]; t4:2 = copy x1[0:2]; "
     "t6:2 = copy x1[0:2]; v0 = zext t0:8"},
    {0x6e0c6420, EXACT, /* mov v0.s[1],v1.s[3] */
     "v0[4:4] = copy v1[12:4]"},
    {0x0e0b3c20, EXACT, /* umov w0,v1.b[5] */
     "x0 = zext v1[5:1]"},
    {0x4e062c20, EXACT, /* smov x0,v1.h[1] */
     "x0 = sext v1[2:2]"},
    {0x4f00a4a0, EXACT, /* movi v0.8h,#5,lsl #8 */
     "v0[0:8] = copy 0x500050005000500:8; v0[8:8] = copy 0x500050005000500:8"},
    {0x2f001420, EXACT, /* bic v0.2s,#1 */
     "v0[0:8] = and v0[0:8], 0xfffffffefffffffe:8; v0[8:8] = copy 0x0:8"},
    {0x1e6e1000, EXACT, /* fmov d0,#1.0 */
     "v0 = zext 0x3ff0000000000000:8"},
    {0x9eae0020, EXACT, /* fmov x0,v1.d[1] */
     "x0 = copy v1[8:8]"},
    {0x2e621c20, EXACT, /* bsl v0.8b,v1.8b,v2.8b */
     "t8:8 = and v1[0:8], v0[0:8]; t16:8 = andn v2[0:8], v0[0:8]; "
     "t0:8 = or t8:8, t16:8; v0 = zext t0:8"},
    {0x6e211c20, EXACT, /* eor v0.16b,v1.16b,v1.16b */
     "v0 = copy 0x0:16"},
    {0x4ea28420, EXACT, /* add v0.4s,v1.4s,v2.4s */
     "v0 = add.4 v1, v2"},
    {0x6e223420, EXACT, /* cmhi v0.16b,v1.16b,v2.16b */
     "v0 = ltu.1 v2, v1"},
    {0x4e620c20, ROUGH, /* sqadd v0.8h,v1.8h,v2.8h */
     "v0 = lanes.2 <sqadd> v1, v2"},
    {0x2f720020, ROUGH, /* mla v0.4h,v1.4h,v2.h[3] */
     "t0:2 = copy v2[6:2]; t2:2 = copy v2[6:2]; t4:2 = copy v2[6:2]; "
     "t6:2 = copy v2[6:2]; t8:8 = lanes.2 <mla> v1[0:8], t0:8, v0[0:8]; v0 = zext t8:8"},
    {0x6e22a420, ROUGH, /* umaxp v0.16b,v1.16b,v2.16b */
     "t0:16 = copy v1; t16:16 = copy v2; v0 = lanes.1 <umaxp> t0:32"},
    {0x4e827820, EXACT, /* zip2 v0.4s,v1.4s,v2.4s */
     "t0:4 = copy v1[8:4]; t4:4 = copy v2[8:4]; t8:4 = copy v1[12:4]; "
     "t12:4 = copy v2[12:4]; v0 = copy t0:16"},
    {0x4ec21820, EXACT, /* uzp1 v0.2d,v1.2d,v2.2d */
     "t0:8 = copy v1[0:8]; t8:8 = copy v2[0:8]; v0 = copy t0:16"},
    {0x6e022820, EXACT, /* ext v0.16b,v1.16b,v2.16b,#5 */
     "t0:11 = copy v1[5:11]; t11:5 = copy v2[0:5]; v0 = copy t0:16"},
    {0x0e0233e0, ROUGH, /* tbx v0.8b,{v31.16b,v0.16b},v2.8b */
     "t0:16 = copy v31; t16:16 = copy v0; t32:8 = table.1 t0:32, v2[0:8]; "
     "t40:8 = lanes.1 <tbx2> t32:8, v0[0:8], v2[0:8]; v0 = zext t40:8"},
    {0x2e600820, EXACT, /* rev32 v0.4h,v1.4h */
     "t0:2 = copy v1[2:2]; t2:2 = copy v1[0:2]; t4:2 = copy v1[6:2]; "
     "t6:2 = copy v1[4:2]; v0 = zext t0:8"},
    {0x6f23a420, EXACT, /* ushll2 v0.2d,v1.4s,#3 */
     "t0:8 = zext v1[8:4]; t8:8 = zext v1[12:4]; v0 = shl.8 t0:16, 0x3:8"},
    {0x0f0c8420, EXACT, /* shrn v0.8b,v1.8h,#4 */
     "t0:16 = shr.2 v1, 0x4:2; t16:1 = copy t0:1; t17:1 = copy t2:1; "
     "t18:1 = copy t4:1; t19:1 = copy t6:1; t20:1 = copy t8:1; t21:1 = copy t10:1; "
     "t22:1 = copy t12:1; t23:1 = copy t14:1; v0 = zext t16:8"},
    {0x4ea12820, EXACT, /* xtn2 v0.4s,v1.2d */
     "t0:4 = copy v1[0:4]; t4:4 = copy v1[8:4]; v0[8:8] = copy t0:8"},
    {0x0ea28020, EXACT, /* smlal v0.2d,v1.2s,v2.2s */
     "t0:8 = sext v2[0:4]; t8:8 = sext v2[4:4]; t16:8 = sext v1[0:4]; "
     "t24:8 = sext v1[4:4]; t32:16 = mul.8 t16:16, t0:16; v0 = add.8 v0, t32:16"},
    {0x0ea24020, EXACT, /* addhn v0.2s,v1.2d,v2.2d */
     "t0:16 = add.8 v1, v2; t16:4 = copy t4:4; t20:4 = copy t12:4; v0 = zext t16:8"},
    {0x6e202820, ROUGH, /* uaddlp v0.8h,v1.16b */
     "v0 = lanes.2 <uaddlp> v1"},
    {0x4e31b820, ROUGH, /* addv b0,v1.16b */
     "t0:1 = mix <addv> v1; v0 = zext t0:1"},
    {0x5f780420, EXACT, /* sshr d0,d1,#8 */
     "t0:8 = sar v1[0:8], 0x8:8; v0 = zext t0:8"},
    {0x4f3d2420, ROUGH, /* srshr v0.4s,v1.4s,#3 */
     "v0 = lanes.4 <srshr_3> v1"},
    {0x1f420c20, ROUGH, /* fmadd d0,d1,d2,d3 */
     "t0:8 = lanes <fmadd> v1[0:8], v2[0:8], v3[0:8]; v0 = zext t0:8"},
    {0x1e214020, EXACT, /* fneg s0,s1 */
     "t0:4 = xor v1[0:4], 0x80000000:4; v0 = zext t0:4"},
    {0x9e780020, ROUGH, /* fcvtzs x0,d1 */
     "x0 = lanes <fcvtzs> v1[0:8]"},
    {0x1e02f420, ROUGH, /* scvtf s0,w1,#3 */
     "t0:4 = lanes <scvtf> x1[0:4], 0x3:1; v0 = zext t0:4"},
    {0x1e602008, ROUGH, /* fcmp d0,#0.0 */
     "t0:1 = mix <fcmp> v0[0:8]; n = bit t0:1, 0x7:1; z = bit t0:1, 0x6:1; "
     "c = bit t0:1, 0x5:1; v = bit t0:1, 0x4:1"},
    {0x1e22bc20, EXACT, /* fcsel s0,s1,s2,lt */
     "t0:1 = xor n, v; t8:4 = select v1[0:4], v2[0:4], t0:1; v0 = zext t8:4"},
    {0x4e284820, ROUGH, /* aese v0.16b,v1.16b */
     "v0 = mix <aese> v1, v0"},
    {0x0ee2e020, ROUGH, /* pmull v0.1q,v1.1d,v2.1d */
     "v0 = mix <pmull> v1[0:8], v2[0:8]"},
};

static void expect(const AilLiftWord *words, size_t n)
{
    ail_lift_check_words(AIL_ARCH_ARM64, AIL_MODE_A64, 4, words, n);
}

Test(lift_arm64_data, loads_and_stores)
{
    expect(memory, G_N_ELEMENTS(memory));
}

Test(lift_arm64_data, vectors_and_floating_point)
{
    expect(vectors, G_N_ELEMENTS(vectors));
}
