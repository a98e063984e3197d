/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AArch64 instructions are lifted to, as text: at least one of each class of encodings. The
 * operations were held against QEMU's results.
 */
#include <criterion/criterion.h>
#include <glib.h>

#include "analyzers/lift/lift.h"

#define EXACT AIL_LIFT_EXACT
#define ROUGH AIL_LIFT_ROUGH
enum { PC = 0x1000 };

typedef struct Expected {
    uint32_t word;
    AilLiftQuality quality;
    const char *ops;
} Expected;

static const Expected integers[] = {
    {0x8b020c20, EXACT, /* add x0,x1,x2,lsl #3 */
     "t0:8 = shl x2, 0x3:8; x0 = add x1, t0:8"},
    {0x31000420, EXACT, /* adds w0,w1,#1 */
     "t0:4 = add x1[0:4], 0x1:4; n = bit t0:4, 0x1f:1; z = eq t0:4, 0x0:4; "
     "c = ltu t0:4, x1[0:4]; t8:4 = xor 0x1:4, t0:4; t16:4 = xor x1[0:4], t0:4; "
     "t24:4 = and t16:4, t8:4; v = bit t24:4, 0x1f:1; x0 = zext t0:4"},
    {0xf100001f, EXACT, /* cmp x0,#0 */
     "n = bit x0, 0x3f:1; z = eq x0, 0x0:8; c = copy 0x1:1; v = copy 0x0:1"},
    {0xeb040083, EXACT, /* subs x3,x4,x4 */
     "n = copy 0x0:1; z = copy 0x1:1; c = copy 0x1:1; v = copy 0x0:1; x3 = copy 0x0:8"},
    {0xd10043ff, EXACT, /* sub sp,sp,#16 */
     "sp_el0 = sub sp_el0, 0x10:8"},
    {0x910003e0, EXACT, /* mov x0,sp */
     "x0 = copy sp_el0"},
    {0x2a0203e1, EXACT, /* mov w1,w2 */
     "x1 = zext x2[0:4]"},
    {0x4b0103e0, EXACT, /* neg w0,w1 */
     "t0:4 = neg x1[0:4]; x0 = zext t0:4"},
    {0xba020020, EXACT, /* adcs x0,x1,x2 */
     "t0:8 = addc x1, x2, c; t8:8 = or x1, x2; t16:8 = and x1, x2; "
     "t24:8 = andn t8:8, t0:8; t32:8 = or t16:8, t24:8; t40:8 = xor x1, t0:8; "
     "t48:8 = xor x2, t0:8; t56:8 = and t40:8, t48:8; n = bit t0:8, 0x3f:1; "
     "z = eq t0:8, 0x0:8; c = bit t32:8, 0x3f:1; v = bit t56:8, 0x3f:1; x0 = copy t0:8"},
    {0x12089c20, EXACT, /* and w0,w1,#0xff00ff00 */
     "t0:4 = and x1[0:4], 0xff00ff00:4; x0 = zext t0:4"},
    {0xea020020, EXACT, /* ands x0,x1,x2 */
     "t0:8 = and x1, x2; n = bit t0:8, 0x3f:1; z = eq t0:8, 0x0:8; c = copy 0x0:1; "
     "v = copy 0x0:1; x0 = copy t0:8"},
    {0x8a210020, EXACT, /* bic x0,x1,x1 */
     "x0 = copy 0x0:8"},
    {0x4a000000, EXACT, /* eor w0,w0,w0 */
     "x0 = copy 0x0:8"},
    {0xaa2103e0, EXACT, /* orn x0,xzr,x1 */
     "x0 = not x1"},
    {0xd3452c20, EXACT, /* ubfx x0,x1,#5,#7 */
     "t0:8 = shr x1, 0x5:8; x0 = and t0:8, 0x7f:8"},
    {0x13001c20, EXACT, /* sxtb w0,w1 */
     "t0:4 = sext x1[0:1]; x0 = zext t0:4"},
    {0xd348fc20, EXACT, /* lsr x0,x1,#8 */
     "x0 = zext x1[1:7]"},
    {0xb3607c20, EXACT, /* bfi x0,x1,#32,#32 */
     "t0:8 = copy x0; t4:4 = copy x1[0:4]; x0 = copy t0:8"},
    {0x33031c20, EXACT, /* bfxil w0,w1,#3,#5 */
     "t0:4 = shr x1[0:4], 0x3:4; t8:4 = and t0:4, 0x1f:4; "
     "t16:4 = and x0[0:4], 0xffffffe0:4; t24:4 = or t16:4, t8:4; x0 = zext t24:4"},
    {0x937c4c20, EXACT, /* sbfiz x0,x1,#4,#20 */
     "t0:8 = shl x1, 0x2c:8; t8:8 = sar t0:8, 0x2c:8; x0 = shl t8:8, 0x4:8"},
    {0x93c24020, EXACT, /* extr x0,x1,x2,#16 */
     "t0:6 = copy x2[2:6]; t6:2 = copy x1[0:2]; x0 = copy t0:8"},
    {0x13810c20, EXACT, /* ror w0,w1,#3 */
     "t0:4 = ror x1[0:4], 0x3:4; x0 = zext t0:4"},
    {0xf2a000a0, EXACT, /* movk x0,#5,lsl #16 */
     "x0[2:2] = copy 0x5:2"},
    {0x728000a0, EXACT, /* movk w0,#5 */
     "x0[0:2] = copy 0x5:2; x0[4:4] = copy 0x0:4"},
    {0x92800000, EXACT, /* mov x0,#-1 */
     "x0 = copy 0xffffffffffffffff:8"},
    {0x90000000, EXACT, /* adrp x0,.+0x2000 */
     "x0 = copy 0x1000:8"},
    {0x1ac22020, EXACT, /* lsl w0,w1,w2 */
     "t0:4 = and x2[0:4], 0x1f:4; t8:4 = shl x1[0:4], t0:4; x0 = zext t8:4"},
    {0x1ac20c20, EXACT, /* sdiv w0,w1,w2 */
     "t0:4 = divs x1[0:4], x2[0:4]; x0 = zext t0:4"},
    {0x5ac00420, EXACT, /* rev16 w0,w1 */
     "t0:4 = bswap.2 x1[0:4]; x0 = zext t0:4"},
    {0xdac01420, EXACT, /* cls x0,x1 */
     "t0:8 = sar x1, 0x1:8; t8:8 = xor x1, t0:8; t16:8 = clz t8:8; "
     "x0 = sub t16:8, 0x1:8"},
    {0x9b028c20, EXACT, /* msub x0,x1,x2,x3 */
     "t0:8 = mul x1, x2; x0 = sub x3, t0:8"},
    {0x9b227c20, EXACT, /* smull x0,w1,w2 */
     "t0:8 = sext x1[0:4]; t8:8 = sext x2[0:4]; x0 = mul t0:8, t8:8"},
    {0x9bc27c20, EXACT, /* umulh x0,x1,x2 */
     "x0 = mulhu x1, x2"},
    {0x9ac24c20, ROUGH, /* crc32x w0,w1,x2 */
     "t0:4 = mix <crc32> x1[0:4], x2; x0 = zext t0:4"},
    {0x1a82c420, EXACT, /* csinc w0,w1,w2,gt */
     "t0:4 = add x2[0:4], 0x1:4; t8:1 = xor n, v; t16:1 = or z, t8:1; "
     "t24:4 = select t0:4, x1[0:4], t16:1; x0 = zext t24:4"},
    {0x1a9f37e0, EXACT, /* cset w0,cs */
     "t0:4 = select 0x1:4, 0x0:4, c; x0 = zext t0:4"},
    {0xfa441823, EXACT, /* ccmp x1,#4,#3,ne */
     "t0:1 = xor z, 0x1:1; t8:1 = copy t0:1; t16:8 = sub x1, 0x4:8; "
     "n = bit t16:8, 0x3f:1; z = eq t16:8, 0x0:8; c = leu 0x4:8, x1; "
     "t24:8 = xor x1, 0x4:8; t32:8 = xor x1, t16:8; t40:8 = and t32:8, t24:8; "
     "v = bit t40:8, 0x3f:1; n = select n, 0x0:1, t8:1; z = select z, 0x0:1, t8:1; "
     "c = select c, 0x1:1, t8:1; v = select v, 0x1:1, t8:1"},
};

static const Expected branches_and_system[] = {
    {0x54000048, EXACT, /* b.hi .+8 */
     "t0:1 = andn c, z; jump 0x1008:8, t0:1"},
    {0x35000040, EXACT, /* cbnz w0,.+8 */
     "t0:1 = ne x0[0:4], 0x0:4; jump 0x1008:8, t0:1"},
    {0xb6080040, EXACT, /* tbz x0,#33,.+8 */
     "t0:1 = bit x0[4:1], 0x1:1; t8:1 = xor t0:1, 0x1:1; jump 0x1008:8, t8:1"},
    {0x94000010, EXACT, /* bl .+64 */
     "x30 = copy 0x1004:8; jump 0x1040:8"},
    {0xd63f03c0, EXACT, /* blr x30 */
     "t0:8 = copy x30; x30 = copy 0x1004:8; jump t0:8"},
    {0xd65f03c0, EXACT, /* ret */
     "jump x30"},
    {0xd65f0bff, ROUGH, /* retaa */
     "t0:8 = copy x30; t6:2 = mix <pac> x30, sp_el0; jump t0:8"},
    {0xd4000001, ROUGH, /* svc #0 */
     "spsr_el1 = copy 0x0:8; t0:1 = shl n, 0x7:1; t8:1 = shl z, 0x6:1; "
     "t0:1 = or t0:1, t8:1; t16:1 = shl c, 0x5:1; t0:1 = or t0:1, t16:1; "
     "t24:1 = shl v, 0x4:1; t0:1 = or t0:1, t24:1; spsr_el1[3:1] = copy t0:1; "
     "elr_el1 = copy 0x1004:8; esr_el1 = copy 0x56000000:8; "
     "t32:8 = add vbar_el1, 0x400:8; jump t32:8"},
    {0xd69f03e0, EXACT, /* eret */
     "n = bit spsr_el1[3:1], 0x7:1; z = bit spsr_el1[3:1], 0x6:1; "
     "c = bit spsr_el1[3:1], 0x5:1; v = bit spsr_el1[3:1], 0x4:1; "
     "monitor = copy 0x0:1; jump elr_el1"},
    {0xd503233f, ROUGH, /* paciasp */
     "x30[6:2] = mix <pac> x30, sp_el0"},
    {0xd53b4200, EXACT, /* mrs x0,nzcv */
     "t0:1 = shl n, 0x7:1; t8:1 = shl z, 0x6:1; t0:1 = or t0:1, t8:1; "
     "t16:1 = shl c, 0x5:1; t0:1 = or t0:1, t16:1; t24:1 = shl v, 0x4:1; "
     "t0:1 = or t0:1, t24:1; x0 = copy 0x0:8; x0[3:1] = copy t0:1"},
    {0xd51bd041, EXACT, /* msr tpidr_el0,x1 */
     "tpidr_el0 = copy x1"},
    {0xd53be040, ROUGH, /* mrs x0,cntvct_el0 */
     "x0 = mix <mrs>"},
    {0xd50b7420, EXACT, /* dc zva,x0 */
     "t0:8 = and x0, 0xffffffffffffffc0:8; store 0x0:16, t0:8, 0x1:1; "
     "t8:8 = add t0:8, 0x10:8; store 0x0:16, t8:8, 0x1:1; t16:8 = add t0:8, 0x20:8; "
     "store 0x0:16, t16:8, 0x1:1; t24:8 = add t0:8, 0x30:8; store 0x0:16, t24:8, 0x1:1"},
};

static const Expected memory[] = {
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

static const Expected vectors[] = {
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

static AilLifted lift(AilLift *l, uint32_t word, bool user)
{
    static uint8_t bytes[4];
    AilLifted lifted;
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> 8 * i);
    ail_lift_insn(l, AIL_MODE_A64, user, PC, bytes, sizeof bytes, &lifted);
    return lifted;
}

static char *text_of(const AilLifted *lifted)
{
    GString *text = g_string_new(NULL);
    char op[256];
    for (unsigned i = 0; i < lifted->n_ops; i++)
        g_string_append_printf(text, "%s%s", i ? "; " : "",
                               ail_lift_print(AIL_ARCH_ARM64, &lifted->ops[i], op, sizeof op));
    return g_string_free(text, FALSE);
}

static AilLift *lifter(void)
{
    AilError err = {{0}};
    AilLift *l = ail_lift_new(AIL_ARCH_ARM64, &err);
    cr_assert_not_null(l, "%s", err.text);
    return l;
}

static void expect(const Expected *e, size_t n)
{
    AilLift *l = lifter();
    for (size_t i = 0; i < n; i++) {
        AilLifted lifted = lift(l, e[i].word, true);
        char *text = text_of(&lifted);
        cr_expect_eq(lifted.quality, e[i].quality, "%08x: quality %u", e[i].word, lifted.quality);
        cr_expect_str_eq(text, e[i].ops, "%08x %s\n  is  %s\n  not %s", e[i].word, lifted.text,
                         text, e[i].ops);
        g_free(text);
    }
    ail_lift_free(l);
}

Test(lift_arm64, integers)
{
    expect(integers, G_N_ELEMENTS(integers));
}

Test(lift_arm64, branches_and_system_instructions)
{
    expect(branches_and_system, G_N_ELEMENTS(branches_and_system));
}

Test(lift_arm64, loads_and_stores)
{
    expect(memory, G_N_ELEMENTS(memory));
}

Test(lift_arm64, vectors_and_floating_point)
{
    expect(vectors, G_N_ELEMENTS(vectors));
}

Test(lift_arm64, stack_pointer_is_that_of_the_privilege)
{
    AilLift *l = lifter();
    AilLifted lifted = lift(l, 0x910003e0, false); /* mov x0, sp */
    char *text = text_of(&lifted);
    cr_expect_str_eq(text, "x0 = copy sp_el1");
    g_free(text);
    ail_lift_free(l);
}

Test(lift_arm64, calls_and_returns_are_told)
{
    AilLift *l = lifter();
    cr_expect_eq(lift(l, 0x94000010, true).flags, AIL_LIFT_CALL);   /* bl */
    cr_expect_eq(lift(l, 0xd63f03c0, true).flags, AIL_LIFT_CALL);   /* blr x30 */
    cr_expect_eq(lift(l, 0xd65f03c0, true).flags, AIL_LIFT_RETURN); /* ret */
    cr_expect_eq(lift(l, 0xd65f0bff, true).flags, AIL_LIFT_RETURN); /* retaa */
    cr_expect_eq(lift(l, 0x14000010, true).flags, 0);               /* b */
    ail_lift_free(l);
}

/* The conditional accesses: of an exclusive store both; of dc zva those that the trace lacks. */
Test(lift_arm64, accesses_that_may_be_missing_are_predicated)
{
    static const uint32_t words[] = {0x88037c20, 0xd50b7420};
    AilLift *l = lifter();
    for (unsigned k = 0; k < G_N_ELEMENTS(words); k++) {
        AilLifted lifted = lift(l, words[k], true);
        unsigned accesses = 0;
        for (unsigned i = 0; i < lifted.n_ops; i++) {
            const AilOp *op = &lifted.ops[i];
            if (op->code != AIL_OP_LOAD && op->code != AIL_OP_STORE)
                continue;
            accesses++;
            cr_expect(op->flags & AIL_OP_PREDICATED && op->c.kind);
        }
        cr_expect_gt(accesses, 0);
    }
    ail_lift_free(l);
}

/* Where a scalable load goes, its registers keep what they had and get what is loaded. */
Test(lift_arm64, scalable_vectors_are_conservative)
{
    AilLift *l = lifter();
    AilLifted lifted = lift(l, 0xa4004001, true); /* ld1b {z1.b}, p0/z, [x0, x0] */
    bool loads = false, written = false;
    for (unsigned i = 0; i < lifted.n_ops; i++) {
        const AilOp *op = &lifted.ops[i];
        loads |= op->code == AIL_OP_LOADS;
        written |= op->code == AIL_OP_MIX && op->dst.at == op->a.at &&
                   op->dst.at == ail_lift_find(AIL_ARCH_ARM64, "v1").at;
    }
    cr_expect(loads && written);
    cr_expect_eq(lifted.quality, AIL_LIFT_CONSERVATIVE);
    ail_lift_free(l);
}

/* Registers are where names say, in order and apart. */
Test(lift_arm64, state_has_all_registers)
{
    const AilStateReg *r = ail_lift_state(AIL_ARCH_ARM64);
    unsigned end = 0;
    for (; r->name; r++) {
        cr_expect_geq(r->at, end, "%s", r->name);
        end = r->at + r->size;
    }
    cr_expect_leq(end, AIL_STATE_TEMP);
    AilVar x5 = ail_lift_find(AIL_ARCH_ARM64, "x5"), w5 = ail_lift_find(AIL_ARCH_ARM64, "w5");
    cr_expect(x5.kind && w5.kind && x5.at == w5.at && x5.size == 8 && w5.size == 4);
    AilVar v31 = ail_lift_find(AIL_ARCH_ARM64, "v31"), d31 = ail_lift_find(AIL_ARCH_ARM64, "d31");
    cr_expect(v31.size == 16 && d31.size == 8 && v31.at == d31.at);
    cr_expect_eq(ail_lift_find(AIL_ARCH_ARM64, "rax").kind, AIL_VAR_NONE);
}

/* Whatever the word, operations stay within the state. */
Test(lift_arm64, any_word_is_lifted_within_bounds)
{
    AilLift *l = lifter();
    uint32_t word = 1;
    for (unsigned i = 0; i < 300000; i++) {
        word = word * 1664525 + 1013904223;
        AilLifted lifted = lift(l, word, i & 1);
        for (unsigned k = 0; k < lifted.n_ops; k++) {
            const AilOp *op = &lifted.ops[k];
            const AilVar *vars[] = {&op->dst, &op->a, &op->b, &op->c};
            for (unsigned v = 0; v < G_N_ELEMENTS(vars); v++) {
                if (vars[v]->kind == AIL_VAR_NONE)
                    continue;
                cr_assert(vars[v]->size && vars[v]->size <= AIL_VAR_MAX, "%08x", word);
                cr_assert(vars[v]->kind == AIL_VAR_CONST ||
                              vars[v]->at + vars[v]->size <= AIL_STATE_SIZE,
                          "%08x", word);
            }
            cr_assert(!(op->code == AIL_OP_LANES || op->code == AIL_OP_MIX) || op->name, "%08x",
                      word);
            cr_assert(op->code != AIL_OP_LANES || op->dst.size % op->lane == 0, "%08x", word);
        }
    }
    ail_lift_free(l);
}
