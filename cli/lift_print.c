/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/lift_cli.h"

#include "analyzers/draft.h"

#include <inttypes.h>

static const char *const modes[AIL_MODE_COUNT] = {"x86-16", "x86-32", "x86-64", "a64",
                                                  "a32",    "t32",    "ppc"};

const char *ail_lift_cli_quality(unsigned quality)
{
    static const char *const names[] = {"exact", "rough", "conservative", "unknown"};
    return quality < G_N_ELEMENTS(names) ? names[quality] : "?";
}

void ail_lift_cli_insn(AilLift *lift, const AilBlock *block, unsigned i, AilLifted *out)
{
    unsigned at = block->start[i];
    ail_lift_insn(lift, block->mode, block->user, block->pc + at, block->bytes + at,
                  (size_t)(block->start[i + 1] - at), out);
}

/* --- operations --- */

static void head_text(AilOutput *out, const AilLiftBlock *b, unsigned number)
{
    ail_output_styled(out, AIL_STYLE_STRONG, "block %u at 0x%" PRIx64, number, b->block.pc);
    ail_output_text(out, ": %s, %s, %u instructions in %u bytes, executed %" PRIu64 " times\n",
                    modes[b->block.mode], b->block.user ? "user" : "kernel", b->block.n_insns,
                    b->block.size, b->runs);
}

static void head_record(AilOutput *out, const AilLiftBlock *b, unsigned number)
{
    ail_json_begin(out, "lift");
    ail_json_number(out, "block", number);
    ail_json_address(out, "pc", b->block.pc);
    ail_json_text(out, "mode", modes[b->block.mode]);
    ail_json_bool(out, "user", b->block.user);
    ail_json_number(out, "executions", b->runs);
}

static void insn_text(AilOutput *out, AilArch arch, const AilLifted *insn)
{
    char text[512];
    ail_output_styled(out, AIL_STYLE_HEADING, "  0x%" PRIx64 "  %s", insn->pc, insn->text);
    if (insn->quality != AIL_LIFT_EXACT)
        ail_output_text(out, "  (%s)", ail_lift_cli_quality(insn->quality));
    ail_output_text(out, "\n");
    for (unsigned i = 0; i < insn->n_ops; i++)
        ail_output_text(out, "      %s\n", ail_lift_print(arch, &insn->ops[i], text, sizeof text));
}

static void insn_record(AilOutput *out, AilArch arch, const AilLifted *insn)
{
    char text[512];
    ail_json_object(out, NULL);
    ail_json_address(out, "pc", insn->pc);
    ail_json_text(out, "text", insn->text);
    ail_json_text(out, "quality", ail_lift_cli_quality(insn->quality));
    ail_json_array(out, "operations");
    for (unsigned i = 0; i < insn->n_ops; i++)
        ail_json_text(out, NULL, ail_lift_print(arch, &insn->ops[i], text, sizeof text));
    ail_json_array_end(out);
    ail_json_object_end(out);
}

void ail_lift_cli_operations(AilOutput *out, AilArch arch, AilLift *lift, const AilLiftBlock *b,
                             unsigned number)
{
    bool json = ail_output_is_json(out);
    AilLifted insn;
    if (json) {
        head_record(out, b, number);
        ail_json_array(out, "instructions");
    } else {
        head_text(out, b, number);
    }
    for (unsigned i = 0; i < b->block.n_insns; i++) {
        ail_lift_cli_insn(lift, &b->block, i, &insn);
        if (json)
            insn_record(out, arch, &insn);
        else
            insn_text(out, arch, &insn);
    }
    if (!json)
        return;
    ail_json_array_end(out);
    ail_json_end(out);
}

/* --- LLVM --- */

AilStatus ail_lift_cli_ir(AilOutput *out, AilArch arch, const AilLlvm *llvm, const AilLiftBlock *b,
                          unsigned number, AilError *err)
{
    AilIr *ir = llvm->ir_new(arch, err);
    AilStatus status = ir ? llvm->ir_add(ir, &b->block, err) : AIL_ERR;
    if (status == AIL_OK)
        status = llvm->ir_verify(ir, err);
    g_autofree char *text = status == AIL_OK ? llvm->ir_text(ir) : NULL;
    if (text && ail_output_is_json(out)) {
        head_record(out, b, number);
        ail_json_text(out, "llvm", text);
        ail_json_end(out);
    } else if (text) {
        ail_output_text(out, "; block %u, executed %" PRIu64 " times\n%s", number, b->runs, text);
    }
    llvm->ir_free(ir);
    return status;
}

static AilStatus write_bitcode(const AilLlvm *llvm, AilIr *ir, const char *path, AilError *err)
{
    AilDraft draft = {0};
    AilStatus status = ail_draft_open(&draft, path, err);
    AilError why = {""};
    if (status == AIL_OK && llvm->ir_write(ir, fileno(draft.file), &why) != AIL_OK)
        status = ail_error_copy(err, &why, path);
    if (status == AIL_OK)
        status = ail_draft_close(&draft, err);
    if (status == AIL_OK)
        status = ail_draft_place(&draft, err);
    ail_draft_drop(&draft);
    return status;
}

AilStatus ail_lift_cli_bitcode(const AilLiftBlocks *blocks, AilArch arch, const AilLlvm *llvm,
                               const char *path, void (*progress)(void *user, uint64_t done),
                               void *user, uint64_t *functions, AilError *err)
{
    const GPtrArray *all = ail_lift_blocks_all(blocks);
    AilIr *ir = llvm->ir_new(arch, err);
    AilStatus status = ir ? AIL_OK : AIL_ERR;
    for (guint i = 0; i < all->len && status == AIL_OK; i++) {
        status = llvm->ir_add(ir, &((const AilLiftBlock *)all->pdata[i])->block, err);
        if (progress)
            progress(user, i);
    }
    if (status == AIL_OK)
        status = llvm->ir_verify(ir, err);
    if (status == AIL_OK)
        status = write_bitcode(llvm, ir, path, err);
    *functions = all->len;
    llvm->ir_free(ir);
    return status;
}
