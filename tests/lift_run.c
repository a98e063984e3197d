/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift_run.h"

#include <criterion/criterion.h>
#include <string.h>

const AilLlvm *lift_run_llvm(void)
{
    AilError err = {""};
    const AilLlvm *table = ail_llvm_load(AIL_LLVM_MODULE, &err);
    cr_assert(table, "%s", err.text);
    return table;
}

static void load(void *memory, uint64_t address, void *bytes, uint32_t size)
{
    cr_assert(address + size <= LIFT_RUN_MEMORY);
    memcpy(bytes, (uint8_t *)memory + address, size);
}

static void store(void *memory, uint64_t address, const void *bytes, uint32_t size)
{
    cr_assert(address + size <= LIFT_RUN_MEMORY);
    memcpy((uint8_t *)memory + address, bytes, size);
}

AilRun *lift_run_new(void)
{
    AilError err = {""};
    AilRun *run = lift_run_llvm()->run_new(AIL_ARCH_X86, &(AilRunMemory){load, store}, &err);
    cr_assert(run, "%s", err.text);
    return run;
}

AilLifted lift_run_insn_of(const AilOp *ops, unsigned n)
{
    return (AilLifted){.pc = 0x1000,
                       .text = "test",
                       .mnemonic = "test",
                       .ops = ops,
                       .n_ops = (uint16_t)n,
                       .size = 2};
}

AilRunInsn *lift_run_compile(AilRun *run, const AilOp *ops, unsigned n)
{
    AilError err = {""};
    AilLifted insn = lift_run_insn_of(ops, n);
    AilRunInsn *function = lift_run_llvm()->run_compile(run, &insn, &err);
    cr_assert(function, "%s", err.text);
    return function;
}
