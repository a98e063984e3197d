/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What 32-bit Arm's instructions are lifted to, as text: some of each class of A32 and T32. The
 * operations were held against QEMU's results (tests/lift). */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/lift_form.h"
#include "tests/lift_text.h"

#define EXACT        AIL_LIFT_EXACT
#define ROUGH        AIL_LIFT_ROUGH
#define CONSERVATIVE AIL_LIFT_CONSERVATIVE

static const AilLiftWord a32[] = {
    {0xe0810102, EXACT, /* add r0, r1, r2, lsl #2 */
     "t0:1 = bit r2[3:1], 0x6:1; t8:4 = shl r2, 0x2:4; r0 = add r1, t8:4"},
    {0xe1500001, EXACT, /* cmp r0, r1 */
     "t0:4 = sub r0, r1; t8:4 = xor r0, t0:4; t16:4 = xor r0, r1; t24:4 = and t16:4, t8:4; "
     "t32:1 = leu r1, r0; n = bit t3:1, 0x7:1; z = eq t0:4, 0x0:4; c = copy t32:1; "
     "v = bit t27:1, 0x7:1"},
    {0xe0300000, EXACT, /* eors r0, r0, r0 */
     "n = bit 0x0:1, 0x7:1; z = eq 0x0:4, 0x0:4; r0 = copy 0x0:4"},
    {0x01a00001, EXACT, /* moveq r0, r1 */
     "t0:1 = copy z; t8:4 = select r1, r0, t0:1; r0 = copy t8:4"},
    {0xe1a00312, EXACT, /* lsl r0, r2, r3 */
     "t16:4 = zext r3[0:1]; t8:4 = shl r2, t16:4; t24:1 = sub r3[0:1], 0x1:1; "
     "t40:4 = zext t24:1; t32:4 = shl r2, t40:4; t48:1 = bit t35:1, 0x7:1; "
     "t56:1 = ne r3[0:1], 0x0:1; t0:1 = select t48:1, c, t56:1; r0 = copy t8:4"},
    {0xe3400012, EXACT, /* movt r0, #0x12 */
     "t0:2 = copy r0[0:2]; t2:2 = copy 0x12:2; r0 = copy t0:4"},
    {0xe0834192, EXACT, /* umull r4, r3, r2, r1 */
     "t0:8 = zext r1; t8:8 = zext r2; t16:8 = mul t8:8, t0:8; r4 = copy t16:4; "
     "r3 = copy t20:4"},
    {0xe6ef0071, EXACT, /* uxtb r0, r1 */
     "r0 = zext r1[0:1]"},
    {0xe7e70451, EXACT, /* ubfx r0, r1, #8, #8 */
     "r0 = zext r1[1:1]"},
    {0x15910004, EXACT, /* ldrne r0, [r1, #4] */
     "t0:1 = xor z, 0x1:1; t8:4 = add r1, 0x4:4; t24:8 = zext t8:4; "
     "t16:4 = load t24:8, t0:1; t32:4 = select t16:4, r0, t0:1; r0 = copy t32:4"},
    {0xe4d10001, EXACT, /* ldrb r0, [r1], #1 */
     "t0:4 = add r1, 0x1:4; t16:8 = zext r1; t8:1 = load t16:8; t24:4 = zext t8:1; "
     "r1 = copy t0:4; r0 = copy t24:4"},
    {0xe1c120d0, EXACT, /* ldrd r2, r3, [r1] */
     "t0:4 = add r1, 0x4:4; t16:8 = zext r1; t8:4 = load t16:8; t32:8 = zext t0:4; "
     "t24:4 = load t32:8; r2 = copy t8:4; r3 = copy t24:4"},
    {0xe92d4010, EXACT, /* push {r4, lr} */
     "t0:4 = sub sp_usr, 0x8:4; t8:4 = sub sp_usr, 0x8:4; t24:8 = zext t8:4; "
     "store r4, t24:8; t24:4 = add t8:4, 0x4:4; t32:8 = zext t24:4; store lr_usr, t32:8; "
     "sp_usr = copy t0:4"},
    {0xe8bd8010, EXACT, /* pop {r4, pc} */
     "t0:4 = add sp_usr, 0x8:4; t16:8 = zext sp_usr; t8:4 = load t16:8; "
     "t16:4 = add sp_usr, 0x4:4; t24:8 = zext t16:4; t12:4 = load t24:8; "
     "sp_usr = copy t0:4; r4 = copy t8:4; t16:4 = and t12:4, 0xfffffffe:4; "
     "t24:8 = zext t16:4; jump t24:8"},
    {0xe59f0004, EXACT, /* ldr r0, [pc, #4] */
     "r0 = load 0x100c:8"},
    {0xeb000002, EXACT, /* bl 0x1010 */
     "lr_usr = copy 0x1004:4; jump 0x1010:8"},
    {0x0a000002, EXACT, /* beq 0x1010 */
     "t0:1 = copy z; jump 0x1010:8, t0:1"},
    {0xe12fff1e, EXACT, /* bx lr */
     "t0:4 = and lr_usr, 0xfffffffe:4; t8:8 = zext t0:4; jump t8:8"},
    {0xfa000002, EXACT, /* blx 0x1010 */
     "lr_usr = copy 0x1004:4; jump 0x1010:8"},
    {0xf57ff05f, EXACT, /* dmb sy */
     ""},
    {0xe6110f12, ROUGH, /* sadd16 r0, r1, r2 */
     "t0:4 = mix <parallel> r1, r2; ge = mix <ge> r1, r2; r0 = copy t0:4"},
    {0xe0c10392, EXACT, /* smull r0, r1, r2, r3 */
     "t0:8 = sext r3; t8:8 = sext r2; t16:8 = mul t8:8, t0:8; r0 = copy t16:4; "
     "r1 = copy t20:4"},
    {0xee1d9f70, EXACT, /* mrc p15, #0, r9, c13, c0, #3 */
     "r9 = copy tpidruro"},
    {0xe1923f9f, EXACT, /* ldrex r3, [r2] */
     "t8:8 = zext r2; r3 = load t8:8; monitor = copy 0x1:1"},
    {0xe182cf91, EXACT, /* strex r12, r1, [r2] */
     "t0:4 = copy r1; t8:1 = xor monitor, 0x1:1; t16:1 = copy monitor; t32:8 = zext r2; "
     "t24:4 = load t32:8, t16:1; t40:8 = zext r2; store t0:4, t40:8, t16:1; "
     "r12 = zext t8:1; monitor = copy 0x0:1"},
    {0xed9d7b02, EXACT, /* vldr d7, [sp, #8] */
     "t8:4 = add sp_usr, 0x8:4; t24:8 = zext t8:4; t0:8 = load t24:8; d7 = copy t0:8"},
    {0xecbd8b02, EXACT, /* vpop {d8} */
     "t8:4 = add sp_usr, 0x8:4; t24:8 = zext sp_usr; t0:8 = load t24:8; d8 = copy t0:8; "
     "sp_usr = copy t8:4"},
    {0xe1b0f00e, ROUGH, /* movs pc, lr */
     "n = bit spsr[3:1], 0x7:1; z = bit spsr[3:1], 0x6:1; c = bit spsr[3:1], 0x5:1; "
     "v = bit spsr[3:1], 0x4:1; t0:4 = and lr_usr, 0xfffffffe:4; t8:8 = zext t0:4; jump t8:8"},
    {0xe14fe000, EXACT, /* mrs lr, spsr */
     "lr_usr = copy spsr"},
    {0xe328f202, ROUGH, /* msr cpsr_f, #0x20000000 */
     "n = bit 0x20:1, 0x7:1; z = bit 0x20:1, 0x6:1; c = bit 0x20:1, 0x5:1; "
     "v = bit 0x20:1, 0x4:1"},
    {0xf5d2f000, EXACT, /* pld [r2] */
     ""},
    {0xee300a01, CONSERVATIVE, /* vadd.f32 s0, s0, s2 */
     "t0:1 = loads; t0:1 = mix <arm> t0:1, d0[0:4]; t0:1 = mix <arm> t0:1, d1[0:4]; "
     "stores t0:1; d0[0:4] = mix <arm> t0:1, d0[0:4]"},
};

static const AilLiftWord t16[] = {
    {0x1888, EXACT, /* adds r0, r1, r2 */
     "t0:4 = add r1, r2; t8:4 = xor r1, t0:4; t16:4 = xor r2, t0:4; "
     "t24:4 = and t8:4, t16:4; n = bit t3:1, 0x7:1; z = eq t0:4, 0x0:4; c = ltu t0:4, r1; "
     "v = bit t27:1, 0x7:1; r0 = copy t0:4"},
    {0x4608, EXACT, /* mov r0, r1 */
     "r0 = copy r1"},
    {0xb108, EXACT, /* cbz r0, 0x1006 */
     "t0:1 = eq r0, 0x0:4; jump 0x1006:8, t0:1"},
    {0xbd10, EXACT, /* pop {r4, pc} */
     "t0:4 = add sp_usr, 0x8:4; t16:8 = zext sp_usr; t8:4 = load t16:8; "
     "t16:4 = add sp_usr, 0x4:4; t24:8 = zext t16:4; t12:4 = load t24:8; "
     "sp_usr = copy t0:4; r4 = copy t8:4; t16:4 = and t12:4, 0xfffffffe:4; "
     "t24:8 = zext t16:4; jump t24:8"},
    {0xc903, EXACT, /* ldm r1, {r0, r1} */
     "t0:4 = add r1, 0x8:4; t16:8 = zext r1; t8:4 = load t16:8; t16:4 = add r1, 0x4:4; "
     "t24:8 = zext t16:4; t12:4 = load t24:8; r0 = copy t8:4; r1 = copy t12:4"},
};

static const AilLiftWord t32[] = {
    {0x0002eb01, EXACT, /* add.w r0, r1, r2 */
     "r0 = add r1, r2"},
    {0xf803f001, EXACT, /* bl */
     "lr_usr = copy 0x1005:4; jump 0x200a:8"},
    {0xf001e8d0, EXACT, /* tbb [r0, r1] */
     "t0:4 = add r0, r1; t16:8 = zext t0:4; t8:1 = load t16:8; t24:4 = zext t8:1; "
     "t32:4 = shl t24:4, 0x1:4; t40:4 = add 0x1004:4, t32:4; "
     "t48:4 = and t40:4, 0xfffffffe:4; t56:8 = zext t48:4; jump t56:8"},
    {0x1002f851, EXACT, /* ldr.w r1, [r1, r2] */
     "t0:4 = add r1, r2; t16:8 = zext t0:4; r1 = load t16:8"},
    {0x7080f04f, EXACT, /* mov.w r0, #0x1000000 */
     "r0 = copy 0x1000000:4"},
};

Test(lift_arm, a32)
{
    ail_lift_check_words(AIL_ARCH_ARM, AIL_MODE_A32, 4, a32, G_N_ELEMENTS(a32));
}

Test(lift_arm, t16)
{
    ail_lift_check_words(AIL_ARCH_ARM, AIL_MODE_T32, 2, t16, G_N_ELEMENTS(t16));
}

/* As they lie in memory: the first half word is the lower one. */
Test(lift_arm, t32)
{
    ail_lift_check_words(AIL_ARCH_ARM, AIL_MODE_T32, 4, t32, G_N_ELEMENTS(t32));
}

/* Registers are then the lower halves of those of 64 bits, whose upper halves are 0; r13 is x13. */
Test(lift_arm, programs_under_a_64_bit_kernel)
{
    static const AilLiftWord words[] = {{0xe1a0000d, EXACT, /* mov r0, sp */
                                         "x0 = zext x13[0:4]"}};
    ail_lift_check_words(AIL_ARCH_ARM64, AIL_MODE_A32, 4, words, G_N_ELEMENTS(words));
}

static char *lift_half(AilLift *l, uint64_t pc, uint16_t half)
{
    const uint8_t bytes[2] = {(uint8_t)half, (uint8_t)(half >> 8)};
    char op[256];
    AilLifted lifted;
    GString *text = g_string_new(NULL);
    ail_lift_insn(l, AIL_MODE_T32, true, pc, bytes, 2, &lifted);
    for (unsigned i = 0; i < lifted.n_ops; i++)
        g_string_append_printf(text, "%s%s", i ? "; " : "",
                               ail_lift_print(AIL_ARCH_ARM, &lifted.ops[i], op, sizeof op));
    return g_string_free(text, FALSE);
}

/* ite eq; mov r0, r1; mov r0, r1; mov r0, r1: if equal, if not, always. */
Test(lift_arm, thumb_instructions_after_it_are_conditional)
{
    static const char *const expected[] = {
        "", "t0:1 = copy z; t8:4 = select r1, r0, t0:1; r0 = copy t8:4",
        "t0:1 = xor z, 0x1:1; t8:4 = select r1, r0, t0:1; r0 = copy t8:4", "r0 = copy r1"};
    static const uint16_t halves[] = {0xbf0c, 0x4608, 0x4608, 0x4608};
    AilLift *l = ail_lift_must(AIL_ARCH_ARM);
    for (unsigned i = 0; i < 4; i++) {
        char *text = lift_half(l, 0x1000 + 2 * i, halves[i]);
        cr_expect_str_eq(text, expected[i], "%u: %s", i, text);
        g_free(text);
    }
    ail_lift_free(l);
}

/* Whatever the word, what it is lifted to is well-formed. */
Test(lift_arm, any_word_is_lifted_in_good_form)
{
    AilLift *l = ail_lift_must(AIL_ARCH_ARM);
    uint32_t word = 1;
    for (unsigned i = 0; i < 300000; i++) {
        word = word * 1664525 + 1013904223;
        AilMode mode = i % 2 ? AIL_MODE_A32 : AIL_MODE_T32;
        const uint8_t bytes[4] = {(uint8_t)(word >> 8), (uint8_t)(word >> 16),
                                  (uint8_t)(word >> 24), (uint8_t)(word >> 4)};
        AilLifted lifted;
        unsigned which;
        bool narrow = mode == AIL_MODE_T32 && bytes[1] >> 3 < 29;
        ail_lift_insn(l, mode, i & 4, 0x1000, bytes, narrow ? 2 : 4, &lifted);
        const char *wrong = ail_lift_form(AIL_ARCH_ARM, &lifted, &which);
        cr_assert_null(wrong, "%08x %s: operation %u: %s", word, lifted.text, which, wrong);
    }
    ail_lift_free(l);
}
