/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The library against the reference decoder (tests/reference/decode.py), which was written from
 * docs/trace-format.md and shares no code with it: they must read the same from every trace.
 */
#include "tests/raw_builder.h"
#include "tests/reference/canonical.h"
#include "tests/shell.h"
#include "trace/trace.h"
#include "trace/writer.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLOW = AIL_COL_CODE | AIL_COL_FLOW };

static const AilReg registers[] = {{"rip", 0, 8}, {"xmm0", 8, 16}};

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
}

static void tear_down(void)
{
    ail_folder_remove(dir);
}

TestSuite(reference, .init = set_up, .fini = tear_down);

static AilOutcome reference(const char *trace)
{
    char *command = g_strdup_printf("python3 -B '%s/decode.py' '%s'", AIL_REFERENCE, trace);
    AilOutcome o = ail_shell(dir, command);
    g_free(command);
    return o;
}

/* The number of chunks that both read. */
static unsigned expect_same(const char *trace)
{
    char *path = g_build_filename(dir, trace, NULL);
    GString *library = g_string_new(NULL);
    cr_expect_eq(ail_canonical(path, 0, UINT64_MAX, library), AIL_OK, "%s", library->str);
    AilOutcome o = reference(trace);
    cr_expect_eq(o.status, 0, "%s", o.err);
    cr_expect_str_eq(o.out, library->str, "%s", trace);
    unsigned chunks = 0;
    for (const char *at = library->str; (at = strstr(at, "\nchunk ")); at++)
        chunks++;
    ail_outcome_clear(&o);
    g_string_free(library, TRUE);
    g_free(path);
    return chunks;
}

static void release(void *user)
{
    raw_chunk_free(user);
}

/* Write t.trace: generated chunks of these numbers of executions, ended by 0. */
static void make(uint32_t seed, uint32_t columns, const uint32_t *n_flow)
{
    char *path = g_build_filename(dir, "t.trace", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    cr_assert(fd >= 0);
    AilTraceInfo info = {.columns = columns,
                         .arch = seed % 2 ? AIL_ARCH_X86 : AIL_ARCH_ARM64,
                         .tool = "test",
                         .recording = "",
                         .machine = "made up, \xc3\xa4 \xff",
                         .n_regs = 2,
                         .regs = registers};
    RawBuilder *b = raw_builder_new(seed);
    AilTraceWriter *w = ail_trace_writer_new();
    cr_assert_eq(ail_trace_writer_open(w, fd, &info, 2), AIL_OK);
    for (; *n_flow; n_flow++) {
        RawChunk *c = raw_builder_chunk(b, *n_flow);
        cr_assert_eq(ail_trace_writer_add(w, &c->raw, release, c), AIL_OK);
    }
    cr_assert_eq(ail_trace_writer_finish(w), AIL_OK, "%s", ail_trace_writer_error(w));
    ail_trace_writer_free(w);
    raw_builder_free(b);
    close(fd);
    g_free(path);
}

Test(reference, generated_traces)
{
    static const uint32_t n_flow[] = {1200, 1, 40, 1500, 300, 0};
    for (uint32_t seed = 100; seed < 106; seed++) {
        make(seed, AIL_COL_ALL, n_flow);
        cr_expect_eq(expect_same("t.trace"), 5, "seed %u", seed);
    }
}

Test(reference, traces_with_some_columns)
{
    static const uint32_t n_flow[] = {900, 1500, 0};
    static const uint32_t columns[] = {FLOW, FLOW | AIL_COL_EVENT, FLOW | AIL_COL_ADDR,
                                       FLOW | AIL_COL_ADDR | AIL_COL_DATA, FLOW | AIL_COL_SYNC};
    for (uint32_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        make(200 + i, columns[i], n_flow);
        cr_expect_eq(expect_same("t.trace"), 2, "columns %x", columns[i]);
    }
}

Test(reference, a_trace_without_chunks)
{
    static const uint32_t none[] = {0};
    make(1, AIL_COL_ALL, none);
    cr_expect_eq(expect_same("t.trace"), 0);
}

/* As a killed writer leaves it: both find the same whole chunks. */
Test(reference, unfinished_traces)
{
    static const uint32_t n_flow[] = {400, 500, 600, 0};
    make(2, AIL_COL_ALL, n_flow);
    char *path = g_build_filename(dir, "t.trace", NULL);
    struct stat st;
    cr_assert_eq(stat(path, &st), 0);
    unsigned before = 3, seen = 0;
    for (int i = 0; i < 9; i++) {
        off_t size = i == 0   ? st.st_size - 1
                     : i == 1 ? st.st_size - 40
                              : st.st_size * (10 - i) / 10;
        cr_assert_eq(truncate(path, size), 0);
        unsigned chunks = expect_same("t.trace");
        cr_expect(chunks <= before, "%u chunks after %u", chunks, before);
        seen |= 1u << chunks;
        before = chunks;
    }
    cr_expect_eq(seen, 15, "numbers of chunks seen: %x", seen);
    g_free(path);
}

Test(reference, damage_is_found_by_both)
{
    static const uint32_t n_flow[] = {300, 300, 0};
    make(3, AIL_COL_ALL, n_flow);
    char *path = g_build_filename(dir, "t.trace", NULL), *data;
    gsize len;
    cr_assert(g_file_get_contents(path, &data, &len, NULL));
    for (gsize i = 0; i < 10; i++) {
        gsize at = len * (2 * i + 1) / 20;
        data[at] ^= 1 << i % 8;
        cr_assert(g_file_set_contents(path, data, (gssize)len, NULL));
        GString *library = g_string_new(NULL);
        cr_expect_eq(ail_canonical(path, 0, UINT64_MAX, library), AIL_ERR, "%zu", at);
        AilOutcome o = reference("t.trace");
        cr_expect_eq(o.status, 1, "byte %zu: %s", at, o.err);
        cr_expect(g_str_has_prefix(o.err, "decode.py: t.trace: "), "%s", o.err);
        ail_outcome_clear(&o);
        g_string_free(library, TRUE);
        data[at] ^= 1 << i % 8;
    }
    g_free(data);
    g_free(path);
}

typedef struct Guest {
    char name[16];
} Guest;

static Guest guests[] = {
    {"x86-spaces"},   {"arm64-count"}, {"arm64-strings"}, {"arm64-faults"},
    {"arm64-spaces"}, {"arm64-irq"},   {"arm64-smc"},
};

ParameterizedTestParameters(reference, replayed_guests)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *guest, reference, replayed_guests)
{
    char *command = g_strdup_printf("$A record --no-check --arch %s --kernel $G/%s.elf -o g.rr && "
                                    "$A replay g.rr -o g.trace",
                                    *guest->name == 'a' ? "aarch64" : "x86_64", guest->name);
    ail_expect_success(dir, command);
    cr_expect_geq(expect_same("g.trace"), 1);
    g_free(command);
}
