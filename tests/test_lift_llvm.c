/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations made by hand, compiled and run; and their text. */
#include "analyzers/lift/build.h"
#include "tests/lift_reference.h"
#include "tests/lift_run.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { A = 0, B = 64, C = 128, DST = 192 };

/* --- every operation, against the reference --- */

static unsigned seed = 1;

/* Small numbers, large ones and extremes all occur often. */
static void randomise(uint8_t *state)
{
    for (unsigned i = 0; i < AIL_STATE_SIZE; i++)
        state[i] = (uint8_t)rand_r(&seed);
    for (unsigned at = A; at <= C; at += 64) {
        unsigned how = (unsigned)rand_r(&seed) % 6;
        for (unsigned i = 0; i < 64 && how < 4; i++) {
            uint8_t few = i % 8 ? 0 : (uint8_t)(rand_r(&seed) % 70);
            state[at + i] = how == 0 ? 0 : how == 1 ? 0xff : how == 2 ? few : i % 2 ? 0x80 : 0;
        }
    }
}

static void make_input(const AilOp *op, uint8_t *state)
{
    randomise(state);
    if (op->code == AIL_OP_BIT) /* below its bits */
        state[B] %= 8 * op->a.size;
}

/* Returns how many inputs were compared. */
static unsigned compare(AilRun *run, const AilOp *op)
{
    uint8_t want[AIL_STATE_SIZE], got[AIL_STATE_SIZE];
    char text[256];
    make_input(op, want);
    memcpy(got, want, sizeof got);
    if (!lift_reference(op, want))
        return 0;
    AilRunInsn *function = lift_run_compile(run, op, 1);
    for (unsigned i = 0; i < 40; i++) {
        make_input(op, want);
        memcpy(got, want, sizeof got);
        lift_reference(op, want);
        cr_assert_eq(function(got, NULL), 0x1002);
        cr_assert(!memcmp(want, got, sizeof got), "%s, lanes of %u, input %u",
                  ail_lift_print(AIL_ARCH_X86, op, text, sizeof text), op->lane, i);
    }
    return 40;
}

static AilOp op_of(unsigned code, unsigned size, unsigned lane)
{
    AilOp op = {.code = (uint8_t)code, .lane = (uint8_t)lane};
    op.dst = ail_state(DST, size);
    op.a = ail_state(A, size);
    op.b = ail_state(B, size);
    if (code == AIL_OP_SELECT || code == AIL_OP_ADDC || code == AIL_OP_SUBC)
        op.c = ail_state(C, 1);
    if (code == AIL_OP_FUNNEL)
        op.c = ail_state(C, size);
    if (code == AIL_OP_PARITY || code == AIL_OP_BIT)
        op.dst.size = 1;
    if (code == AIL_OP_BIT)
        op.b.size = 1;
    return op;
}

Test(lift_llvm, scalars_are_computed)
{
    AilRun *run = lift_run_new();
    unsigned n = 0;
    for (unsigned code = AIL_OP_COPY; code < AIL_OP_COUNT; code++)
        for (unsigned size = 1; size <= 8; size *= 2) {
            AilOp op = op_of(code, size, size);
            if (code == AIL_OP_TABLE)
                continue;
            if (code == AIL_OP_ZEXT || code == AIL_OP_SEXT)
                op.dst.size = op.lane = 16;
            n += compare(run, &op);
        }
    cr_expect_gt(n, 150 * 40);
    lift_run_llvm()->run_free(run);
}

Test(lift_llvm, lanes_are_computed)
{
    AilRun *run = lift_run_new();
    unsigned n = 0;
    for (unsigned code = AIL_OP_AND; code < AIL_OP_PARITY; code++)
        for (unsigned lane = 1; lane <= 8; lane *= 2) {
            AilOp op = op_of(code, lane == 2 ? 32 : 16, lane);
            bool scalar = op.c.kind || (code >= AIL_OP_DIVU && code <= AIL_OP_REMS);
            n += scalar ? 0 : compare(run, &op);
            op.b.size = (uint8_t)lane; /* one count for all */
            if (code >= AIL_OP_SHL && code <= AIL_OP_ROR)
                n += compare(run, &op);
        }
    AilOp table = op_of(AIL_OP_TABLE, 16, 16);
    n += compare(run, &table);
    table.a.size = 64;
    n += compare(run, &table);
    cr_expect_gt(n, 100 * 40);
    lift_run_llvm()->run_free(run);
}

Test(lift_llvm, special_forms_are_computed)
{
    AilRun *run = lift_run_new();
    for (unsigned size = 1; size <= 8; size *= 2) {
        AilOp op;
        for (unsigned code = AIL_OP_DIVU; code <= AIL_OP_REMS; code++) {
            op = op_of(code, size, size);
            op.c = ail_state(C, size); /* a dividend of double size */
            cr_expect(compare(run, &op));
        }
        for (unsigned code = AIL_OP_EQ; code <= AIL_OP_LES; code++) {
            op = op_of(code, size, size);
            op.dst.size = 1; /* truth */
            cr_expect(compare(run, &op));
        }
        for (unsigned code = AIL_OP_SHL; code <= AIL_OP_ROR; code++)
            for (unsigned count = 0; count <= 70; count += 7) {
                op = op_of(code, size, size);
                op.b = ail_const(count, size);
                cr_expect(compare(run, &op));
            }
    }
    AilOp constant = op_of(AIL_OP_ADD, 8, 8);
    constant.b = ail_const(-(uint64_t)5, 8);
    cr_expect(compare(run, &constant));
    lift_run_llvm()->run_free(run);
}

/* --- temporaries, memory, control --- */

Test(lift_llvm, temporaries_are_read_in_parts_and_together)
{
    AilVar t = ail_state(AIL_STATE_TEMP, 8), out = ail_state(DST, 8);
    AilVar middle = ail_state(AIL_STATE_TEMP + 2, 2), byte = ail_state(AIL_STATE_TEMP + 7, 1);
    AilOp ops[] = {
        {.code = AIL_OP_COPY, .lane = 8, .dst = t, .a = ail_const(0x1122334455667788, 8)},
        {.code = AIL_OP_COPY, .lane = 2, .dst = middle, .a = ail_const(0xaabb, 2)},
        {.code = AIL_OP_COPY, .lane = 1, .dst = byte, .a = ail_const(0xcc, 1)},
        {.code = AIL_OP_COPY, .lane = 8, .dst = out, .a = t},
        {.code = AIL_OP_COPY,
         .lane = 4,
         .dst = ail_state(DST + 8, 4),
         .a = ail_state(AIL_STATE_TEMP + 1, 4)},
    };
    AilRun *run = lift_run_new();
    uint8_t state[AIL_STATE_SIZE] = {0};
    uint64_t whole;
    uint32_t part;
    lift_run_compile(run, ops, G_N_ELEMENTS(ops))(state, NULL);
    memcpy(&whole, state + DST, 8);
    memcpy(&part, state + DST + 8, 4);
    cr_expect_eq(whole, 0xcc223344aabb7788);
    cr_expect_eq(part, 0x44aabb77);
    lift_run_llvm()->run_free(run);
}

Test(lift_llvm, memory_is_the_callers)
{
    AilVar value = ail_state(DST, 64);
    AilOp ops[] = {
        {.code = AIL_OP_LOAD, .dst = value, .b = ail_const(7, 8)},
        {.code = AIL_OP_STORE, .a = ail_state(DST + 1, 3), .b = ail_const(300, 8)},
        {.code = AIL_OP_STORE,
         .flags = AIL_OP_PREDICATED,
         .a = ail_state(DST, 2),
         .b = ail_const(310, 8),
         .c = ail_state(C, 1)},
        {.code = AIL_OP_LOAD,
         .flags = AIL_OP_PREDICATED,
         .dst = ail_state(A, 4),
         .b = ail_const(0, 8),
         .c = ail_state(C, 1)},
    };
    AilRun *run = lift_run_new();
    AilRunInsn *function = lift_run_compile(run, ops, G_N_ELEMENTS(ops));
    for (unsigned truth = 0; truth < 2; truth++) {
        uint8_t state[AIL_STATE_SIZE] = {0}, memory[LIFT_RUN_MEMORY], want[LIFT_RUN_MEMORY];
        for (unsigned i = 0; i < LIFT_RUN_MEMORY; i++)
            want[i] = memory[i] = (uint8_t)(i * 7 + 1);
        state[C] = (uint8_t)truth;
        function(state, memory);
        cr_expect_arr_eq(state + DST, want + 7, 64);
        cr_expect_arr_eq(memory + 300, want + 8, 3);
        cr_expect_arr_eq(memory + 310, truth ? want + 7 : want + 310, 2);
        cr_expect_eq(state[A + 1], truth ? want[1] : 0);
        cr_expect_eq(memory[303], want[303]);
    }
    lift_run_llvm()->run_free(run);
}

Test(lift_llvm, areas_are_saved_and_restored)
{
    static const AilAreaPart parts[] = {{0, A, 16}, {32, B, 100}};
    static const AilArea area = {.align = 64, .n_parts = 2, .parts = parts};
    AilOp save = {.code = AIL_OP_AREA_STORE, .b = ail_const(130, 8), .area = &area};
    AilOp restore = {.code = AIL_OP_AREA_LOAD, .b = ail_const(128, 8), .area = &area};
    uint8_t state[AIL_STATE_SIZE], want[AIL_STATE_SIZE], memory[LIFT_RUN_MEMORY] = {0};
    AilRun *run = lift_run_new();
    randomise(want);
    memcpy(state, want, sizeof state);
    lift_run_compile(run, &save, 1)(state, memory);
    cr_expect_arr_eq(memory + 128, want, 16);
    cr_expect_arr_eq(memory + 160, want + B, 100);
    memset(state, 0, sizeof state);
    lift_run_compile(run, &restore, 1)(state, memory);
    cr_expect_arr_eq(state, want, 16);
    cr_expect_arr_eq(state + B, want + B, 100);
    lift_run_llvm()->run_free(run);
}

Test(lift_llvm, jumps_return_where_to)
{
    AilOp always = {.code = AIL_OP_JUMP, .a = ail_state(A, 4)};
    AilOp maybe = {.code = AIL_OP_JUMP, .a = ail_const(0x2000, 8), .c = ail_state(C, 1)};
    AilRun *run = lift_run_new();
    AilRunInsn *to = lift_run_compile(run, &always, 1), *either = lift_run_compile(run, &maybe, 1);
    uint8_t state[AIL_STATE_SIZE] = {0x78, 0x56, 0x34, 0x12, 0xff};
    cr_expect_eq(to(state, NULL), 0x12345678);
    cr_expect_eq(either(state, NULL), 0x1002);
    state[C] = 1;
    cr_expect_eq(either(state, NULL), 0x2000);
    lift_run_llvm()->run_free(run);
}

Test(lift_llvm, what_is_not_computed_is_refused)
{
    AilOp mix = {.code = AIL_OP_MIX, .dst = ail_state(DST, 8), .a = ail_state(A, 8), .name = "sha"};
    AilError err = {""};
    AilRun *run = lift_run_new();
    AilLifted insn = lift_run_insn_of(&mix, 1);
    cr_expect_null(lift_run_llvm()->run_compile(run, &insn, &err));
    cr_expect_str_eq(err.text, "test: what ailurus.mix.sha.i64.i64 computes is not known");
    lift_run_llvm()->run_free(run);
}

Test(lift_llvm, a_missing_module_is_said)
{
    AilError err = {""};
    cr_expect_null(ail_llvm_load("/nowhere/ailurus-llvm.so", &err));
    cr_expect(strstr(err.text, "LLVM cannot be used: /nowhere/ailurus-llvm.so"), "%s", err.text);
}
