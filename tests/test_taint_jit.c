/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled taint programs do what the interpreter does: all blocks of guests, with taint and
 * accesses at random. And what is kept on disk. */
#include "analyzers/taint/jit.h"
#include "tests/random_taint.h"
#include "tests/shell.h"
#include "trace/reader.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TIMES = 24 }; /* that each program is run */

typedef struct Guest {
    const char *options, *name;
    AilArch arch;
    unsigned every; /* one of so many blocks is taken */
} Guest;

static const Guest guests[] = {{"--kernel", "x86-irq", AIL_ARCH_X86, 8},
                               {"--arch aarch64 --kernel", "arm64-faults", AIL_ARCH_ARM64, 1}};

/* --- programs of a guest --- */

typedef struct Program {
    AilTaintProgram *program;
    GArray *accesses;
    uint64_t pc;
} Program;

static void clear_program(gpointer data)
{
    Program *p = data;
    ail_taint_program_free(p->program);
    g_array_unref(p->accesses);
}

static void lower_all(GArray *list, AilTaintLower *lower, const AilDict *dict, unsigned every)
{
    for (uint32_t i = 0; i < ail_dict_count(dict); i += every) {
        const AilBlock *block = ail_dict_get(dict, i);
        GRand *rand = g_rand_new_with_seed(i);
        Program p = {.program = ail_taint_lower(lower, block), .pc = block->pc};
        p.accesses = random_accesses(p.program, rand);
        g_array_append_val(list, p);
        g_rand_free(rand);
    }
}

static GArray *programs_of(const char *trace, AilArch arch, unsigned flags, unsigned every)
{
    AilError err = {""};
    GArray *list = g_array_new(FALSE, FALSE, sizeof(Program));
    AilTraceReader *reader = ail_trace_reader_new();
    AilTaintLower *lower = ail_taint_lower_new(arch, flags, &err);
    const AilChunk *chunk;
    AilDict *dict = NULL;
    g_array_set_clear_func(list, clear_program);
    cr_assert(lower, "%s", err.text);
    cr_assert_eq(ail_trace_reader_open(reader, trace, AIL_COL_FLOW, 0), AIL_OK);
    while (ail_trace_reader_next(reader, &chunk) == AIL_OK) {
        ail_dict_unref(dict);
        dict = ail_dict_ref(chunk->dict);
    }
    lower_all(list, lower, dict, every);
    ail_dict_unref(dict);
    ail_taint_lower_free(lower);
    ail_trace_reader_free(reader);
    return list;
}

/* --- what is told --- */

static void told_insn(void *self, unsigned insn, AilCell cell)
{
    g_string_append_printf(self, "insn %u %" PRIx64 "\n", insn, cell);
}

static void told_branch(void *self, unsigned insn, bool target, AilCell cell)
{
    g_string_append_printf(self, "branch %u %d %" PRIx64 "\n", insn, target, cell);
}

static void told_device(void *self, unsigned insn, uint64_t addr, AilCell cell)
{
    g_string_append_printf(self, "device %u %" PRIx64 " %" PRIx64 "\n", insn, addr, cell);
}

static AilTaint *new_taint(GString *told, bool noting)
{
    AilTaint *t = ail_taint_new(1 << 20);
    t->watch = (AilTaintWatch){.self = told, .branch = told_branch, .device = told_device};
    if (noting)
        t->watch.insn = told_insn;
    random_sets(t);
    return t;
}

/* --- both ways --- */

typedef struct Pair {
    AilTaint *a, *b; /* interpreted, compiled */
    GString *told_a, *told_b;
} Pair;

static void compare(Pair *pair, AilTaintJit *jit, const Program *p, guint seed)
{
    GRand *x = g_rand_new_with_seed(seed), *y = g_rand_copy(x);
    const AilTaintAccess *access = (const AilTaintAccess *)(void *)p->accesses->data;
    random_taint(pair->a, p->program, p->accesses, x);
    random_taint(pair->b, p->program, p->accesses, y);
    g_string_truncate(pair->told_a, 0);
    g_string_truncate(pair->told_b, 0);
    ail_taint_run(pair->a, p->program, 0, p->program->n_insns, access, p->accesses->len);
    ail_taint_jit_run(jit, pair->b, p->program, access, p->accesses->len);
    char *difference = random_taint_compare(pair->a, pair->b, p->accesses);
    cr_assert_null(difference, "block at 0x%" PRIx64 ", seed %u: %s", p->pc, seed, difference);
    cr_assert_str_eq(pair->told_b->str, pair->told_a->str, "block at 0x%" PRIx64 ", seed %u", p->pc,
                     seed);
    g_rand_free(x);
    g_rand_free(y);
}

static AilTaintJit *new_jit(const char *cache)
{
    return ail_taint_jit_new(
        &(AilTaintJitConfig){.module = AIL_LLVM_MODULE, .cache = cache, .hot = 1});
}

/* Returns the counts, at the end. */
static AilTaintJitCounts compare_all(GArray *programs, AilTaintJit *jit, bool noting)
{
    Pair pair = {.told_a = g_string_new(NULL), .told_b = g_string_new(NULL)};
    pair.a = new_taint(pair.told_a, noting);
    pair.b = new_taint(pair.told_b, noting);
    for (guint i = 0; i < programs->len; i++) { /* interpreted until it is asked for */
        const Program *p = &g_array_index(programs, Program, i);
        for (unsigned k = 0; k < 2u * p->program->n_insns; k++)
            compare(&pair, jit, p, i);
    }
    ail_taint_jit_wait(jit);
    cr_assert_str_eq(ail_taint_jit_problem(jit), "");
    AilTaintJitCounts before = ail_taint_jit_counts(jit);
    for (guint i = 0; i < programs->len; i++)
        for (guint k = 1; k <= TIMES; k++)
            compare(&pair, jit, &g_array_index(programs, Program, i), k * programs->len + i);
    AilTaintJitCounts counts = ail_taint_jit_counts(jit);
    cr_expect_eq(counts.failed, 0);
    cr_expect_gt(counts.compiled_runs - before.compiled_runs, programs->len * (TIMES - 1));
    ail_taint_free(pair.a);
    ail_taint_free(pair.b);
    g_string_free(pair.told_a, TRUE);
    g_string_free(pair.told_b, TRUE);
    return counts;
}

static char *trace_of(const char *dir, const Guest *guest)
{
    ail_run(dir, "$A record --no-check %s $G/%s.elf -o g.rr >r.log", guest->options, guest->name);
    ail_run(dir, "$A replay g.rr --columns flow -o g.trace 2>p.log");
    return g_build_filename(dir, "g.trace", NULL);
}

Test(taint_jit, does_what_the_interpreter_does)
{
    for (unsigned i = 0; i < sizeof guests / sizeof *guests; i++) {
        char *dir = ail_folder_new(), *trace = trace_of(dir, &guests[i]);
        for (unsigned noting = 0; noting < 2; noting++) {
            GArray *programs = programs_of(trace, guests[i].arch, noting ? AIL_TAINT_POINTERS : 0,
                                           guests[i].every);
            AilTaintJit *jit = new_jit(NULL);
            AilTaintJitCounts counts = compare_all(programs, jit, noting);
            cr_expect_eq(counts.cached, 0);
            cr_expect_eq(counts.compiled, counts.programs);
            g_array_unref(programs);
            ail_taint_jit_free(jit);
        }
        g_free(trace);
        ail_folder_remove(dir);
    }
}

/* --- on disk --- */

/* A guest's programs, compared with a folder for what was compiled. */
static AilTaintJitCounts with_cache(const char *trace, const char *cache, uint64_t max)
{
    GArray *programs = programs_of(trace, AIL_ARCH_ARM64, 0, 1);
    AilTaintJit *jit = ail_taint_jit_new(&(AilTaintJitConfig){
        .module = AIL_LLVM_MODULE, .cache = cache, .hot = 1, .cache_max = max});
    AilTaintJitCounts counts = compare_all(programs, jit, false);
    ail_taint_jit_free(jit);
    g_array_unref(programs);
    return counts;
}

/* Change a byte in the middle of each file, or cut it there; how many there are. */
static unsigned damage(const char *cache, bool cut)
{
    GDir *dir = g_dir_open(cache, 0, NULL);
    unsigned n = 0;
    for (const char *name; (name = g_dir_read_name(dir)); n++) {
        g_autofree char *path = g_build_filename(cache, name, NULL);
        char *bytes;
        gsize len;
        cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
        bytes[len / 2] ^= 1;
        cr_assert(g_file_set_contents(path, bytes, (gssize)(cut ? len / 2 : len), NULL));
        g_free(bytes);
    }
    g_dir_close(dir);
    return n;
}

static uint64_t bytes_in(const char *cache)
{
    GDir *dir = g_dir_open(cache, 0, NULL);
    uint64_t sum = 0;
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(cache, name, NULL);
        GStatBuf st;
        cr_assert_eq(g_stat(path, &st), 0);
        sum += (uint64_t)st.st_size;
    }
    g_dir_close(dir);
    return sum;
}

Test(taint_jit, compiles_once)
{
    char *dir = ail_folder_new(), *trace = trace_of(dir, &guests[1]);
    g_autofree char *cache = g_build_filename(dir, "some", "cache", NULL);
    AilTaintJitCounts first = with_cache(trace, cache, 0), again = with_cache(trace, cache, 0);
    cr_expect_gt(first.programs, 20);
    cr_expect_eq(first.compiled, first.programs);
    cr_expect_eq(again.programs, first.programs);
    cr_expect_eq(again.compiled, 0);
    cr_expect_eq(again.cached, first.programs);
    /* Damaged files are noticed, and made again. */
    for (unsigned cut = 0; cut < 2; cut++) {
        cr_expect_gt(damage(cache, cut), 1);
        cr_expect_eq(with_cache(trace, cache, 0).compiled, first.programs);
        cr_expect_eq(with_cache(trace, cache, 0).cached, first.programs);
    }
    g_free(trace);
    ail_folder_remove(dir);
}

/* Code that another user may have put there is not run. */
Test(taint_jit, what_others_may_write_is_not_taken)
{
    char *dir = ail_folder_new(), *trace = trace_of(dir, &guests[1]);
    g_autofree char *cache = g_build_filename(dir, "cache", NULL);
    AilTaintJitCounts first = with_cache(trace, cache, 0);
    ail_run(dir, "chmod go+w cache/*");
    cr_expect_eq(with_cache(trace, cache, 0).cached, 0);
    cr_expect_eq(with_cache(trace, cache, 0).cached, first.programs);
    ail_run(dir, "chmod go+w cache");
    cr_expect_eq(with_cache(trace, cache, 0).cached, 0);
    g_free(trace);
    ail_folder_remove(dir);
}

Test(taint_jit, the_folder_does_not_grow_beyond_its_limit)
{
    char *dir = ail_folder_new(), *trace = trace_of(dir, &guests[1]);
    g_autofree char *cache = g_build_filename(dir, "cache", NULL);
    with_cache(trace, cache, 0);
    uint64_t limit = bytes_in(cache) / 2;
    ail_run(dir, "rm -r cache");
    with_cache(trace, cache, limit);
    cr_expect_leq(bytes_in(cache), limit);
    cr_expect_gt(bytes_in(cache), 0);
    g_free(trace);
    ail_folder_remove(dir);
}

Test(taint_jit, without_the_module_all_is_interpreted)
{
    char *dir = ail_folder_new(), *trace = trace_of(dir, &guests[1]);
    GArray *programs = programs_of(trace, AIL_ARCH_ARM64, 0, 1);
    AilTaintJit *jit = ail_taint_jit_new(&(AilTaintJitConfig){.module = "/nowhere/x.so", .hot = 1});
    Pair pair = {.told_a = g_string_new(NULL), .told_b = g_string_new(NULL)};
    pair.a = new_taint(pair.told_a, true);
    pair.b = new_taint(pair.told_b, true);
    for (guint i = 0; i < 64 * programs->len; i++)
        compare(&pair, jit, &g_array_index(programs, Program, i / 64), i);
    ail_taint_jit_wait(jit);
    cr_expect(strstr(ail_taint_jit_problem(jit), "/nowhere/x.so"));
    cr_expect_eq(ail_taint_jit_counts(jit).compiled_runs, 0);
    ail_taint_free(pair.a);
    ail_taint_free(pair.b);
    g_string_free(pair.told_a, TRUE);
    g_string_free(pair.told_b, TRUE);
    ail_taint_jit_free(jit);
    g_array_unref(programs);
    g_free(trace);
    ail_folder_remove(dir);
}
