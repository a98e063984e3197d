/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint on guests of our own that move the bytes of `secret` in every way that their processor has:
 * forwards, interpreted and compiled, and backwards each byte depends on what NAME.answers says,
 * neither more nor less.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzers/taint/back.h"
#include "tests/shell.h"
#include "trace/reader.h"

enum { SECRET = 16, TIMES = 6 };

typedef struct Guest {
    char name[16], arch[8], options[48];
    AilArch processor;
} Guest;

static Guest guests[] = {{"x86-taint", "x86", "--kernel", AIL_ARCH_X86},
                         {"arm64-taint", "arm64", "--arch aarch64 --kernel", AIL_ARCH_ARM64}};

typedef struct Fixture {
    const Guest *guest;
    GHashTable *symbols; /* name -> uint64_t */
    char *dir, *answers;
    AilTraceReader *r;
    const AilChunk *chunk; /* the only one */
    uint64_t begin, end;   /* icounts */
    bool pointers;
    AilTaintEngine *engine;
} Fixture;

static void read_symbols(Fixture *f)
{
    char *path = g_strdup_printf("%s/%s.sym", AIL_GUESTS, f->guest->name), *text;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    char **lines = g_strsplit(text, "\n", -1);
    f->symbols = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (char **l = lines; *l; l++) {
        char name[64];
        uint64_t at;
        if (sscanf(*l, "%" SCNx64 " %*c %63s", &at, name) == 2)
            g_hash_table_insert(f->symbols, g_strdup(name), g_memdup2(&at, sizeof at));
    }
    g_strfreev(lines);
    g_free(text);
    g_free(path);
}

static uint64_t symbol(const Fixture *f, const char *name)
{
    const uint64_t *at = g_hash_table_lookup(f->symbols, name);
    cr_assert(at, "%s has no symbol %s", f->guest->name, name);
    return *at;
}

/* The first icount at which the instruction at pc is next. */
static uint64_t find_icount(const AilChunk *c, uint64_t pc)
{
    uint64_t icount = c->icount;
    uint32_t cut = 0;
    for (uint32_t i = 0; i < c->n_flow; i++) {
        const AilBlock *b = ail_dict_get(c->dict, c->flow[i]);
        for (unsigned k = 0; k < b->n_insns; k++)
            if (b->pc + b->start[k] == pc)
                return icount + k;
        bool is_cut = cut < c->n_cuts && c->cuts[cut].at == i;
        icount += is_cut ? c->cuts[cut++].executed : b->n_insns;
    }
    cr_assert_fail("%#" PRIx64 " was never executed", pc);
    return 0;
}

static void set_up(Fixture *f, const Guest *guest)
{
    *f = (Fixture){.guest = guest, .dir = ail_folder_new()};
    read_symbols(f);
    char *path = g_strdup_printf("%s/%s/taint.answers", AIL_GUEST_FACTS, guest->arch);
    cr_assert(g_file_get_contents(path, &f->answers, NULL, NULL));
    g_free(path);
    ail_run(f->dir,
            "$A record --no-check %s $G/%s.elf -o g.rr && $A replay g.rr --chunk 16777216 -o t",
            guest->options, guest->name);
    path = g_build_filename(f->dir, "t", NULL);
    f->r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(f->r, path, AIL_COL_ALL, 0), AIL_OK, "%s",
                 ail_trace_reader_error(f->r));
    cr_assert_eq(ail_trace_reader_next(f->r, &f->chunk), AIL_OK);
    f->begin = find_icount(f->chunk, symbol(f, "begin"));
    f->end = find_icount(f->chunk, symbol(f, "end"));
    g_free(path);
}

static void tear_down(Fixture *f)
{
    ail_trace_reader_free(f->r);
    g_hash_table_destroy(f->symbols);
    g_free(f->answers);
    ail_folder_remove(f->dir);
}

/* "0-2,4": numbers as bits; "-": none. */
static uint32_t bits_of(const char *text)
{
    uint32_t bits = 0;
    char **parts = g_strsplit(text, ",", -1);
    for (char **p = parts; *p && strcmp(text, "-"); p++) {
        unsigned first, last;
        int n = sscanf(*p, "%u-%u", &first, &last);
        cr_assert_geq(n, 1, "%s", text);
        for (unsigned i = first; i <= (n == 2 ? last : first); i++)
            bits |= 1u << i;
    }
    g_strfreev(parts);
    return bits;
}

/* Call check for each byte of each place that has an answer. */
static void each_answer(Fixture *f,
                        void (*check)(Fixture *f, const char *place, unsigned i, uint32_t expected))
{
    char **lines = g_strsplit(f->answers, "\n", -1);
    unsigned checked = 0;
    for (char **l = lines; *l; l++) {
        char **words = g_strsplit_set(g_strchomp(*l), " ", -1), *name = words[0];
        bool star = name && g_str_has_suffix(name, "*");
        if (star)
            name[strlen(name) - 1] = 0;
        unsigned i = 0;
        for (char **w = words + 1; name && **words != '#' && *w && star == f->pointers; w++)
            if (**w)
                check(f, name, i++, bits_of(*w)), checked++;
        g_strfreev(words);
    }
    g_strfreev(lines);
    cr_assert_geq(checked, f->pointers ? 1 : 200);
}

/* --- forwards --- */

static void label(void *self, uint64_t icount)
{
    Fixture *f = self;
    AilTaint *t = ail_taint_engine_taint(f->engine);
    if (icount < f->begin) {
        ail_taint_engine_wait(f->engine, f->begin);
        return;
    }
    for (unsigned i = 0; i < SECRET; i++)
        ail_taint_set_memory(t, symbol(f, "secret") + i, ail_sets_one(t->sets, i));
}

static uint32_t labels_at(Fixture *f, uint64_t phys)
{
    AilTaint *t = ail_taint_engine_taint(f->engine);
    uint32_t n, bits = 0, set = ail_cell_set(ail_shadow_get(t->shadow, phys));
    const AilLabelRange *ranges = ail_sets_ranges(t->sets, set, &n);
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = ranges[k].first; i <= ranges[k].last; i++)
            bits |= 1u << i;
    return bits;
}

static void check_forwards(Fixture *f, const char *place, unsigned i, uint32_t expected)
{
    uint32_t labels = labels_at(f, symbol(f, place) + i);
    cr_expect_eq(labels, expected, "%s: %s, byte %u: labels %#x, not %#x", f->guest->name, place, i,
                 labels, expected);
}

static void forget(void *self, uint64_t phys, AilCell cell)
{
    (void)cell;
    g_array_append_val((GArray *)self, phys);
}

static void clear_taint(AilTaint *t)
{
    AilTaintMask all;
    GArray *tainted = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    ail_shadow_each(t->shadow, forget, tainted);
    for (guint i = 0; i < tainted->len; i++)
        ail_taint_set_memory(t, g_array_index(tainted, uint64_t, i), 0);
    g_array_free(tainted, TRUE);
    memset(t->state, 0, sizeof t->state);
    memset(&all, 0xff, sizeof all);
    ail_taint_refresh(t, &all);
}

/* Once more and again, until what touches taint is compiled: a guest runs most of it once. */
static void go_forwards_compiled(Fixture *f)
{
    AilTaintJit *jit = ail_taint_jit_new(&(AilTaintJitConfig){.module = AIL_LLVM_MODULE, .hot = 1});
    ail_taint_engine_compile(f->engine, jit);
    for (unsigned i = 0; i < TIMES; i++) {
        clear_taint(ail_taint_engine_taint(f->engine));
        ail_taint_engine_wait(f->engine, f->begin);
        ail_taint_engine_chunk(f->engine, f->chunk);
        ail_taint_jit_wait(jit);
    }
    cr_expect_str_eq(ail_taint_jit_problem(jit), "");
    cr_expect_gt(ail_taint_jit_counts(jit).compiled_runs, 20, "%s", f->guest->name);
    each_answer(f, check_forwards);
}

static void go_forwards(Fixture *f, bool pointers)
{
    AilError err = {""};
    AilTaintListener listener = {.self = f, .due = label};
    f->pointers = pointers;
    f->engine = ail_taint_engine_new(f->guest->processor, pointers ? AIL_TAINT_POINTERS : 0,
                                     1 << 24, &listener, &err);
    cr_assert(f->engine, "%s", err.text);
    ail_taint_engine_wait(f->engine, f->begin);
    ail_taint_engine_chunk(f->engine, f->chunk);
    each_answer(f, check_forwards);
    go_forwards_compiled(f);
    ail_taint_engine_free(f->engine);
}

/* --- backwards --- */

static void ignore_step(void *self, const AilBackStep *step)
{
    (void)self, (void)step;
}

static void no_device(void *self, uint64_t icount, uint64_t phys, const AilLabelRange *users,
                      uint32_t n_users)
{
    (void)self, (void)icount, (void)users, (void)n_users;
    cr_expect_fail("a device is said to have written %#" PRIx64, phys);
}

static void check_backwards(Fixture *f, const char *place, unsigned i, uint32_t expected)
{
    AilError err = {""};
    AilBackListener listener = {f, ignore_step, no_device};
    AilBack *back =
        ail_back_new(f->guest->processor, f->pointers ? AIL_TAINT_POINTERS : 0, 0, &listener, &err);
    cr_assert(back, "%s", err.text);
    ail_back_want_memory(back, symbol(f, place) + i, 1);
    ail_back_begin(back, f->chunk);
    ail_back_to(back, f->end, f->begin);
    uint32_t wanted = 0, n;
    for (unsigned k = 0; k < SECRET; k++) {
        ail_back_wanted(back, symbol(f, "secret") + k, &n);
        wanted |= (uint32_t)(n != 0) << k;
    }
    cr_expect_eq(wanted, expected, "%s: %s, byte %u: came from %#x, not %#x", f->guest->name, place,
                 i, wanted, expected);
    ail_back_free(back);
}

ParameterizedTestParameters(taint, guests)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *guest, taint, guests, .timeout = 300)
{
    Fixture f;
    set_up(&f, guest);
    for (unsigned pointers = 0; pointers < 2; pointers++) {
        go_forwards(&f, pointers);
        each_answer(&f, check_backwards);
    }
    tear_down(&f);
}
