/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run the instruction's LLVM IR on states: it is to do what evaluating the operations does. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/lift/check.h"

static void load(void *memory, uint64_t address, void *bytes, uint32_t size)
{
    const Evaluation *e = memory;
    uint8_t *to = bytes;
    for (uint32_t i = 0; i < size; i++) {
        uint64_t at = address + i;
        to[i] = at - WINDOW < WINDOW_SIZE         ? e->window[at - WINDOW]
                : at - CODE_PAGE < CODE_PAGE_SIZE ? e->code[at - CODE_PAGE]
                                                  : 0;
    }
}

static void store(void *memory, uint64_t address, const void *bytes, uint32_t size)
{
    Evaluation *e = memory;
    for (uint32_t i = 0; i < size; i++)
        if (address + i - WINDOW < WINDOW_SIZE)
            e->window[address + i - WINDOW] = ((const uint8_t *)bytes)[i];
}

bool check_ir_open(Check *c, const char *module, AilError *err)
{
    static const AilRunMemory memory = {load, store};
    c->llvm = ail_llvm_load(module, err);
    c->run = c->llvm ? c->llvm->run_new(c->processor->arch, &memory, err) : NULL;
    return c->run;
}

void check_ir_close(Check *c)
{
    if (c->llvm)
        c->llvm->run_free(c->run);
}

/* The function on one state: as the operations, which were done on it already. */
static void compare(Check *c, AilRunInsn *run, const Slot *in)
{
    Evaluation *e = &c->evaluation, *mine = &c->ir;
    check_prepare(c, in, mine);
    uint64_t next = run(mine->byte, mine);
    c->counts.ir_states++;
    bool same = next == e->next && !memcmp(mine->byte, e->byte, AIL_STATE_TEMP) &&
                !memcmp(mine->window, e->window, WINDOW_SIZE);
    if (same || !check_fault(c, FAULT_IR))
        return;
    printf("  IR goes to %" PRIx64 ", the operations to %" PRIx64 "\n", next, e->next);
    for (unsigned i = 0; i < AIL_STATE_TEMP; i++)
        if (mine->byte[i] != e->byte[i])
            printf("  byte %u of the state: IR %02x, the operations %02x\n", i, mine->byte[i],
                   e->byte[i]);
}

void check_ir(Check *c, unsigned n)
{
    AilError err = {0};
    if (!c->run || c->lifted.quality != AIL_LIFT_EXACT)
        return;
    AilRunInsn *run = c->llvm->run_compile(c->run, &c->lifted, &err);
    if (!run) { /* all that is exact can be */
        if (check_fault(c, FAULT_IR))
            printf("  no IR: %s\n", err.text);
        return;
    }
    c->counts.ir_encodings++;
    for (unsigned i = 0; i < n; i++)
        if (check_evaluate(c, &c->in[i], &c->out[i]) && !c->evaluation.outside)
            compare(c, run, &c->in[i]);
}
