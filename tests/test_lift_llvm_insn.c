/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of x86-64, lifted, compiled by LLVM and run. */
#include "tests/lift_run.h"
#include "tests/lift_text.h"

#include <criterion/criterion.h>
#include <string.h>

/* Bytes of x86-64 code run from its IR: the flags' and registers' state before and after. */
static void run_x86(AilRun *run, const uint8_t *bytes, size_t size, uint8_t *state, void *memory)
{
    AilError err = {""};
    AilLifted insn;
    AilLift *l = ail_lift_must(AIL_ARCH_X86);
    ail_lift_insn(l, AIL_MODE_X86_64, true, 0x1000, bytes, size, &insn);
    AilRunInsn *function = lift_run_llvm()->run_compile(run, &insn, &err);
    cr_assert(function, "%s", err.text);
    cr_expect_eq(function(state, memory), 0x1000 + size, "%s", insn.text);
    ail_lift_free(l);
}

static uint64_t get(const uint8_t *state, const char *reg)
{
    AilVar v = ail_lift_find(AIL_ARCH_X86, reg);
    uint64_t value = 0;
    memcpy(&value, state + v.at, v.size);
    return value;
}

static void set(uint8_t *state, const char *reg, uint64_t value)
{
    AilVar v = ail_lift_find(AIL_ARCH_X86, reg);
    memcpy(state + v.at, &value, v.size);
}

/* As often as rcx says, not even once if that is 0. */
Test(lift_llvm_insn, what_repeats_runs_until_it_is_done)
{
    static const uint8_t rep_stosb[] = {0xf3, 0xaa};
    AilRun *run = lift_run_new();
    for (unsigned n = 0; n <= 5; n += 5) {
        uint8_t state[AIL_STATE_SIZE] = {0x55}, memory[LIFT_RUN_MEMORY] = {0},
                want[LIFT_RUN_MEMORY] = {0};
        memset(want + 10, 0x55, n);
        set(state, "rcx", n);
        set(state, "rdi", 10);
        run_x86(run, rep_stosb, sizeof rep_stosb, state, memory);
        cr_expect_arr_eq(memory, want, LIFT_RUN_MEMORY);
        cr_expect_eq(get(state, "rcx"), 0);
        cr_expect_eq(get(state, "rdi"), 10 + n);
    }
    lift_run_llvm()->run_free(run);
}

/* repne ends where it is equal, repe where it is not. */
Test(lift_llvm_insn, what_repeats_ends_by_its_condition)
{
    static const uint8_t repne_scasb[] = {0xf2, 0xae}, repe_scasb[] = {0xf3, 0xae};
    AilRun *run = lift_run_new();
    uint8_t memory[LIFT_RUN_MEMORY] = "xxabcb";
    for (unsigned repe = 0; repe < 2; repe++) {
        uint8_t state[AIL_STATE_SIZE] = {repe ? 'x' : 'b'};
        set(state, "rcx", 100);
        run_x86(run, repe ? repe_scasb : repne_scasb, 2, state, memory);
        cr_expect_eq(get(state, "rdi"), repe ? 3 : 4);
        cr_expect_eq(get(state, "rcx"), repe ? 97 : 96);
        cr_expect_eq(get(state, "zf"), !repe);
    }
    lift_run_llvm()->run_free(run);
}

/* A comparison of bytes, as any other, makes of flags 1 or 0: what follows relies on it. */
Test(lift_llvm_insn, flags_are_one_or_zero)
{
    static const uint8_t cmp[] = {0x3c, 0x07}, setne[] = {0x0f, 0x95, 0xc3};
    AilRun *run = lift_run_new();
    for (unsigned al = 6; al <= 7; al++) {
        uint8_t state[AIL_STATE_SIZE] = {(uint8_t)al};
        run_x86(run, cmp, sizeof cmp, state, NULL);
        cr_expect_eq(get(state, "zf"), al == 7);
        cr_expect_eq(get(state, "cf"), al == 6);
        run_x86(run, setne, sizeof setne, state, NULL);
        cr_expect_eq(get(state, "bl"), al != 7);
    }
    lift_run_llvm()->run_free(run);
}
