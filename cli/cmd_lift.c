/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus lift`: what executed code does, as simple operations or LLVM IR. */
#include "cli/lift_cli.h"

#include "cli/cli.h"
#include "cli/running.h"
#include "cli/threads.h"
#include "formats/kallsyms.h"

#include <inttypes.h>
#include <string.h>

typedef struct Lift {
    char *pc, *asid, *bitcode; /* owned */
    gint64 from, to, pid;      /* -1: not given */
    gint block, threads;
    gboolean llvm, stats, json;
    GOptionEntry *entries; /* owned */
    /* while it runs */
    const char *path;
    AilLiftWhich which;
    AilLiftBlocks *blocks; /* owned, as are all */
    AilTraceReader *reader;
    AilLift *lift;
    AilOutput *out;
    AilProgress *progress;
    uint64_t total; /* of the progress at hand */
    const AilLlvm *module;
} Lift;

static GOptionEntry *options(void **state)
{
    Lift *l = g_new0(Lift, 1);
    *state = l;
    l->from = l->to = l->pid = l->block = -1;
    const GOptionEntry table[] = {
        {"pc", 0, 0, G_OPTION_ARG_FILENAME, &l->pc,
         "print the blocks that hold this address (hexadecimal, or function of the kernel)", "A"},
        {"block", 0, 0, G_OPTION_ARG_INT, &l->block, "only number N of these blocks", "N"},
        {"llvm", 0, 0, G_OPTION_ARG_NONE, &l->llvm, "print LLVM IR", NULL},
        {"bitcode", 0, 0, G_OPTION_ARG_FILENAME, &l->bitcode,
         "write all executed blocks as LLVM bitcode", "FILE"},
        {"stats", 0, 0, G_OPTION_ARG_NONE, &l->stats,
         "print the share of executed instructions that are modelled exactly, and the others",
         NULL},
        {"from", 0, 0, G_OPTION_ARG_INT64, &l->from, "only what ran from this instruction on",
         "ICOUNT"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &l->to, "only what ran before this instruction", "ICOUNT"},
        {"pid", 0, 0, G_OPTION_ARG_INT64, &l->pid, "only what ran for this process", "PID"},
        {"asid", 0, 0, G_OPTION_ARG_FILENAME, &l->asid,
         "only what ran in this address space (hexadecimal)", "ASID"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &l->json, "print one JSON object a line", NULL},
        ail_threads_option(&l->threads),
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    l->entries = g_memdup2(table, sizeof table);
    return l->entries;
}

static void discard(void *state)
{
    Lift *l = state;
    ail_lift_blocks_free(l->blocks);
    ail_trace_reader_free(l->reader);
    ail_lift_free(l->lift);
    ail_output_free(l->out);
    g_free(l->pc);
    g_free(l->asid);
    g_free(l->bitcode);
    g_free(l->entries);
    g_free(l);
}

/* Hexadecimal, with or without 0x. */
static bool parse(const char *word, uint64_t *number)
{
    char *end;
    const char *digits = g_str_has_prefix(word, "0x") ? word + 2 : word;
    if (!g_ascii_isxdigit(*digits) || strlen(digits) > 16)
        return false;
    *number = g_ascii_strtoull(digits, &end, 16);
    return !*end;
}

static int check(Lift *l, int argc)
{
    if (argc != 1)
        return ail_cli_usage("lift", "wants one trace");
    if (!l->pc && !l->bitcode && !l->stats)
        return ail_cli_usage("lift", "say what is wanted: --pc, --bitcode or --stats");
    if (!l->pc && (l->block >= 0 || l->llvm))
        return ail_cli_usage("lift", "--block and --llvm go with --pc");
    if (l->block < -1)
        return ail_cli_usage("lift", "--block is not negative");
    if (l->from < -1 || l->to < -1 || (l->to >= 0 && l->to < l->from))
        return ail_cli_usage("lift", "--from and --to are instruction counts, --from the smaller");
    if (l->pid < -1 || l->pid > UINT32_MAX)
        return ail_cli_usage("lift", "--pid is not negative");
    l->which = (AilLiftWhich){.from = l->from < 0 ? 0 : (uint64_t)l->from,
                              .to = l->to < 0 ? UINT64_MAX : (uint64_t)l->to,
                              .by_asid = l->asid != NULL,
                              .pid = l->pid};
    if (l->asid && !parse(l->asid, &l->which.asid))
        return ail_cli_usage("lift", "'%s' is not an address space (hexadecimal)", l->asid);
    return AIL_EXIT_OK;
}

/* --- reading --- */

static void progress(void *user, uint64_t done)
{
    const Lift *l = user;
    ail_progress_update(l->progress, done, l->total);
}

/* Only when it is needed is a trace without events an error. */
static bool wants_events(const Lift *l)
{
    uint64_t pc;
    return l->asid || l->pid >= 0 || (l->pc && !parse(l->pc, &pc));
}

static AilStatus open_trace(Lift *l, AilError *err)
{
    l->reader = ail_trace_reader_new();
    uint32_t needs = AIL_COL_FLOW | (wants_events(l) ? AIL_COL_EVENT : 0);
    AilStatus status = ail_trace_reader_open(l->reader, l->path, needs, needs);
    l->total = ail_trace_reader_total(l->reader);
    /* Events before it tell who runs. */
    if (status == AIL_OK && l->from > 0 && l->total && !wants_events(l))
        status = ail_trace_reader_seek(l->reader, (uint64_t)l->from);
    if (status != AIL_OK)
        return ail_error_set(err, "%s", ail_trace_reader_error(l->reader));
    AilError why = {""};
    l->lift = ail_lift_new(ail_trace_reader_info(l->reader)->arch, &why);
    return l->lift ? AIL_OK : ail_error_copy(err, &why, l->path);
}

static AilStatus read_trace(Lift *l, unsigned threads, AilError *err)
{
    if (open_trace(l, err) != AIL_OK)
        return AIL_ERR;
    l->blocks = ail_lift_blocks_new(&l->which);
    l->progress = ail_progress_start("reading");
    AilStatus status = ail_lift_blocks_read(l->blocks, l->reader, threads, progress, l, err);
    ail_progress_end(l->progress);
    return status;
}

/* --- what is wanted of it --- */

static AilStatus load_llvm(Lift *l, AilError *err)
{
    char *path = ail_cli_find_plugin("ailurus-llvm.so", err);
    l->module = path ? ail_llvm_load(path, err) : NULL;
    g_free(path);
    return l->module ? AIL_OK : AIL_ERR;
}

static AilStatus find_pc(const Lift *l, uint64_t *pc, AilError *err)
{
    const AilKallsyms *table = ail_guest_kernel_symbols(ail_lift_blocks_guest(l->blocks));
    AilKsym symbol;
    if (parse(l->pc, pc))
        return AIL_OK;
    if (!table || !ail_kallsyms_find(table, l->pc, &symbol))
        return ail_error_set(err,
                             "%s: '%s' is neither an address (hexadecimal) nor a function of "
                             "the kernel (`ailurus symbols --list` has those)",
                             l->path, l->pc);
    *pc = symbol.address;
    return AIL_OK;
}

static AilStatus print_block(Lift *l, const AilLiftBlock *b, unsigned number, AilError *err)
{
    AilArch arch = ail_trace_reader_info(l->reader)->arch;
    if (l->llvm)
        return ail_lift_cli_ir(l->out, arch, l->module, b, number, err);
    ail_lift_cli_operations(l->out, arch, l->lift, b, number);
    return AIL_OK;
}

static AilStatus print_blocks(Lift *l, AilError *err)
{
    const GPtrArray *all = ail_lift_blocks_all(l->blocks);
    uint64_t pc = 0;
    AilStatus status = find_pc(l, &pc, err);
    unsigned n = 0;
    for (guint i = 0; i < all->len && status == AIL_OK; i++) {
        const AilLiftBlock *b = all->pdata[i];
        if (pc - b->block.pc >= b->block.size)
            continue;
        if (l->block < 0 || (unsigned)l->block == n)
            status = print_block(l, b, n, err);
        n++;
    }
    if (status == AIL_OK && !n)
        status = ail_error_set(err, "%s: no code was executed at 0x%" PRIx64, l->path, pc);
    else if (status == AIL_OK && l->block >= (gint)n)
        status =
            ail_error_set(err, "%s: there are %u blocks that hold 0x%" PRIx64 ", from number 0 on",
                          l->path, n, pc);
    return status;
}

static AilStatus write_bitcode(Lift *l, AilError *err)
{
    uint64_t functions = 0;
    l->total = ail_lift_blocks_all(l->blocks)->len;
    l->progress = ail_progress_start("lifting");
    AilStatus status = ail_lift_cli_bitcode(l->blocks, ail_trace_reader_info(l->reader)->arch,
                                            l->module, l->bitcode, progress, l, &functions, err);
    ail_progress_end(l->progress);
    if (status == AIL_OK && l->json) {
        ail_json_begin(l->out, "lift");
        ail_json_text(l->out, "bitcode", l->bitcode);
        ail_json_number(l->out, "functions", functions);
        ail_json_text(l->out, "version", l->module->version);
        ail_json_end(l->out);
    } else if (status == AIL_OK) {
        ail_output_text(l->out, "%s: %" PRIu64 " functions, for LLVM %s or later\n", l->bitcode,
                        functions, l->module->version);
    }
    return status;
}

static AilStatus answer(Lift *l, unsigned threads, AilError *err)
{
    if ((l->llvm || l->bitcode) && load_llvm(l, err) != AIL_OK)
        return AIL_ERR;
    if (read_trace(l, threads, err) != AIL_OK)
        return AIL_ERR;
    l->out = ail_output_new(stdout, l->json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT, 0);
    if (l->pc && print_blocks(l, err) != AIL_OK)
        return AIL_ERR;
    if (l->stats)
        ail_lift_cli_stats(l->out, l->blocks, l->lift);
    return l->bitcode ? write_bitcode(l, err) : AIL_OK;
}

static int run(void *state, int argc, char **argv)
{
    Lift *l = state;
    AilError err = {""};
    int code = check(l, argc);
    unsigned threads = code == AIL_EXIT_OK ? ail_threads("lift", l->threads) : 0;
    if (code == AIL_EXIT_OK && !threads)
        code = AIL_EXIT_USAGE;
    if (code == AIL_EXIT_OK) {
        l->path = argv[0];
        if (answer(l, threads, &err) != AIL_OK)
            code = ail_cli_fail("lift", "%s", err.text);
    }
    discard(l);
    return code;
}

static const AilExample examples[] = {
    {"ailurus lift boot.trace --pc ffffffff81234567",
     "what the instructions there do, as operations on registers, flags and memory"},
    {"ailurus lift boot.trace --pc do_syscall_64 --block 0 --llvm",
     "the first block of a function of the kernel, as LLVM IR"},
    {"ailurus lift boot.trace --pid 120 --bitcode prog.bc",
     "all that process 120 executed, as a module for LLVM's tools"},
    {"ailurus lift boot.trace --stats", "how much of what ran is modelled exactly"},
    {NULL, NULL},
};

const AilCommand ail_command_lift = {
    .name = "lift",
    .usage = "TRACE (--pc A | --bitcode FILE | --stats)",
    .summary = "Show what executed code does, as operations or LLVM IR",
    .description =
        "--pc prints each executed block that holds the address: its instructions, and below each "
        "the operations that it consists of. These are simple (a move, a sum, a comparison) and "
        "have registers, single flags, temporaries (t0, t8, ...) and constants as operands, each "
        "with its size in bytes; `ailurus taint` follows data along them. With --llvm it prints "
        "LLVM IR instead, a function for each block.\n\n"
        "--bitcode writes a function for each executed block into one file, which LLVM's tools "
        "read (llvm-dis, opt). docs/lift.md says what the functions take and call.\n\n"
        "--stats prints how many of the executed instructions are modelled exactly; roughly (all "
        "flow of data is there, but not what is computed); conservatively (all that is written "
        "depends on all that is read); or not at all.\n\n"
        "Processors are x86, AArch64 and 32-bit Arm. The trace needs the flow column, and the "
        "event column "
        "for --pid, --asid and names of functions. TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
