/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 32-bit Arm is lifted conservatively: what is written depends on all that is read. */
#include <criterion/criterion.h>
#include <glib.h>

#include "analyzers/lift/lift.h"

/* The operations of a word, or of a half word in T32, as text. */
static char *lift(AilArch arch, AilLift *l, AilMode mode, uint64_t pc, uint32_t word, unsigned size)
{
    uint8_t bytes[4];
    char op[256];
    AilLifted lifted;
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> 8 * i);
    ail_lift_insn(l, mode, true, pc, bytes, size, &lifted);
    cr_expect_eq(lifted.quality, AIL_LIFT_CONSERVATIVE, "%s", lifted.text);
    for (unsigned i = 0; i < lifted.n_ops; i++)
        g_string_append_printf(text, "%s%s", i ? "; " : "",
                               ail_lift_print(arch, &lifted.ops[i], op, sizeof op));
    return g_string_free(text, FALSE);
}

static void expect(AilLift *l, AilMode mode, uint64_t pc, uint32_t word, const char *ops)
{
    char *text = lift(AIL_ARCH_ARM, l, mode, pc, word, mode == AIL_MODE_A32 ? 4 : 2);
    cr_expect_str_eq(text, ops, "%08x\n  is  %s\n  not %s", word, text, ops);
    g_free(text);
}

static AilLift *lifter(void)
{
    AilError err = {{0}};
    AilLift *l = ail_lift_new(AIL_ARCH_ARM, &err);
    cr_assert_not_null(l, "%s", err.text);
    return l;
}

Test(lift_arm, what_is_written_depends_on_what_is_read)
{
    AilLift *l = lifter();
    expect(l, AIL_MODE_A32, 0x1000, 0xe0810002, /* add r0, r1, r2 */
           "t0:1 = loads; t0:1 = mix <arm> t0:1, r1; t0:1 = mix <arm> t0:1, r2; stores t0:1; "
           "r0 = mix <arm> t0:1");
    ail_lift_free(l);
}

Test(lift_arm, what_may_not_be_written_keeps_what_it_had)
{
    AilLift *l = lifter();
    expect(l, AIL_MODE_A32, 0x1000, 0x01a00001, /* moveq r0, r1 */
           "t0:1 = loads; t0:1 = mix <arm> t0:1, r1; t0:1 = mix <arm> t0:1, cpsr; stores t0:1; "
           "r0 = mix <arm> t0:1, r0");
    ail_lift_free(l);
}

/* Registers are then the lower halves of those of 64 bits; r13 is x13. */
Test(lift_arm, programs_under_a_64_bit_kernel)
{
    AilError err = {{0}};
    AilLift *l = ail_lift_new(AIL_ARCH_ARM64, &err);
    char *text = lift(AIL_ARCH_ARM64, l, AIL_MODE_A32, 0x1000, 0xe1a0000d, 4); /* mov r0, sp */
    cr_expect_str_eq(text, "t0:1 = loads; t0:1 = mix <arm> t0:1, x13; stores t0:1; "
                           "x0 = mix <arm> t0:1");
    g_free(text);
    ail_lift_free(l);
}

/* it eq; mov r0, r1; mov r0, r1, of which the first is conditional */
Test(lift_arm, thumb_instructions_after_it_are_conditional)
{
    AilLift *l = lifter();
    g_free(lift(AIL_ARCH_ARM, l, AIL_MODE_T32, 0x1000, 0xbf08, 2));
    expect(l, AIL_MODE_T32, 0x1002, 0x4608,
           "t0:1 = loads; t0:1 = mix <arm> t0:1, r1; t0:1 = mix <arm> t0:1, cpsr; stores t0:1; "
           "r0 = mix <arm> t0:1, r0");
    expect(l, AIL_MODE_T32, 0x1004, 0x4608,
           "t0:1 = loads; t0:1 = mix <arm> t0:1, r1; stores t0:1; r0 = mix <arm> t0:1");
    ail_lift_free(l);
}
