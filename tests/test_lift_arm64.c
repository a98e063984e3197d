/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AArch64's instructions on general registers are lifted to, as text: at least one of each
 * class of encodings; and what is true of all. The operations were held against QEMU's results.
 */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/lift_form.h"
#include "tests/lift_text.h"

#define EXACT AIL_LIFT_EXACT
#define ROUGH AIL_LIFT_ROUGH
enum { PC = 0x1000 };

static const AilLiftWord integers[] = {
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

static const AilLiftWord branches_and_system[] = {
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

static AilLifted lift(AilLift *l, uint32_t word, bool user)
{
    static uint8_t bytes[4];
    AilLifted lifted;
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> 8 * i);
    ail_lift_insn(l, AIL_MODE_A64, user, PC, bytes, sizeof bytes, &lifted);
    return lifted;
}

static void expect(const AilLiftWord *words, size_t n)
{
    ail_lift_check_words(AIL_ARCH_ARM64, AIL_MODE_A64, 4, words, n);
}

Test(lift_arm64, integers)
{
    expect(integers, G_N_ELEMENTS(integers));
}

Test(lift_arm64, branches_and_system_instructions)
{
    expect(branches_and_system, G_N_ELEMENTS(branches_and_system));
}

Test(lift_arm64, stack_pointer_is_that_of_the_privilege)
{
    AilLift *l = ail_lift_must(AIL_ARCH_ARM64);
    char *text = ail_lift_text(l, AIL_ARCH_ARM64, AIL_MODE_A64, false, "e0030091", NULL);
    cr_expect_str_eq(text, "x0 = copy sp_el1"); /* mov x0, sp */
    g_free(text);
    ail_lift_free(l);
}

Test(lift_arm64, calls_and_returns_are_told)
{
    AilLift *l = ail_lift_must(AIL_ARCH_ARM64);
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
    AilLift *l = ail_lift_must(AIL_ARCH_ARM64);
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
    AilLift *l = ail_lift_must(AIL_ARCH_ARM64);
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

/* Whatever the word, what it is lifted to is well-formed. */
Test(lift_arm64, any_word_is_lifted_in_good_form)
{
    AilLift *l = ail_lift_must(AIL_ARCH_ARM64);
    uint32_t word = 1;
    for (unsigned i = 0; i < 300000; i++) {
        word = word * 1664525 + 1013904223;
        AilLifted lifted = lift(l, word, i & 1);
        unsigned which;
        const char *wrong = ail_lift_form(AIL_ARCH_ARM64, &lifted, &which);
        cr_assert_null(wrong, "%08x %s: operation %u: %s", word, lifted.text, which, wrong);
    }
    ail_lift_free(l);
}
