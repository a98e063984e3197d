/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pass says must not depend on the number of its threads: results, failures, early ends. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzers/builtin.h"
#include "analyzers/pass.h"
#include "analyzers/registry.h"
#include "tests/made_trace.h"

enum { MADE_CHUNKS = 40 };

static const unsigned thread_counts[] = {1, 2, 3, 5};

/* An analysis to test with: in order, ends or fails at chunk number `at` (bare option). */
typedef struct Probe {
    uint64_t at, next, sum;
    bool fails;
} Probe;

/* Alive `prepared` objects; a test is a process of its own. */
static atomic_int alive;

typedef struct Prepared {
    uint64_t number, sum;
} Prepared;

static const AilOption probe_options[] = {
    {"at", "N", "end at this chunk", AIL_OPTION_NUMBER, false, true},
    {"fail", NULL, "fail there", AIL_OPTION_FLAG, false, false},
    {NULL, NULL, NULL, 0, false, false},
};

static void *probe_create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)env;
    (void)err;
    Probe *p = g_new0(Probe, 1);
    p->at = ail_options_number(o, "at", 0, UINT64_MAX);
    p->fails = ail_options_flag(o, "fail");
    return p;
}

static uint64_t sum_of(const AilChunk *c)
{
    uint64_t sum = c->number;
    for (uint32_t i = 0; i < c->n_flow; i++)
        sum = sum * 31 + c->flow[i];
    return sum;
}

static void *probe_prepare(const void *self, const AilChunk *c)
{
    (void)self;
    if (c->number % 5 == 4)
        return NULL;
    Prepared *p = g_new(Prepared, 1);
    *p = (Prepared){c->number, sum_of(c)};
    atomic_fetch_add(&alive, 1);
    return p;
}

static void probe_discard(void *prepared)
{
    atomic_fetch_sub(&alive, 1);
    g_free(prepared);
}

static AilStatus probe_stop(const Probe *p, const AilChunk *c, AilError *err)
{
    if (c->number < p->at)
        return AIL_OK;
    return p->fails ? ail_error_set(err, "chunk %u is bad", (unsigned)c->number) : AIL_END;
}

static AilStatus probe_take(void *self, const AilChunk *c, void *prepared, AilError *err)
{
    Probe *p = self;
    const Prepared *part = prepared;
    uint64_t sum = part ? part->sum : sum_of(c);
    bool fits = c->number == p->next++ && (!part || part->number == c->number);
    p->sum = p->sum * 33 + sum;
    if (part)
        probe_discard(prepared);
    return fits ? probe_stop(p, c, err) : ail_error_set(err, "chunks do not come in order");
}

static AilStatus probe_chunk(void *self, const AilChunk *c, AilError *err)
{
    ((Probe *)self)->sum += sum_of(c);
    return probe_stop(self, c, err);
}

static AilStatus probe_merge(void *self, const void *other, AilError *err)
{
    (void)err;
    ((Probe *)self)->sum += ((const Probe *)other)->sum;
    return AIL_OK;
}

static AilStatus probe_finish(void *self, AilOutput *out, AilError *err)
{
    (void)err;
    const Probe *p = self;
    ail_output_text(out, "%u chunks, sum %llx\n", (unsigned)p->next, (unsigned long long)p->sum);
    return AIL_OK;
}

static const AilAnalysisOps in_order = {.abi = AIL_ANALYSIS_ABI,
                                        .size = sizeof(AilAnalysisOps),
                                        .name = "in-order",
                                        .summary = "for the test",
                                        .needs = AIL_COL_CODE | AIL_COL_FLOW,
                                        .order = AIL_SEQUENTIAL,
                                        .stage = 1,
                                        .options = probe_options,
                                        .create = probe_create,
                                        .finish = probe_finish,
                                        .destroy = g_free,
                                        .prepare = probe_prepare,
                                        .take = probe_take,
                                        .discard = probe_discard};

static const AilAnalysisOps shared = {.abi = AIL_ANALYSIS_ABI,
                                      .size = sizeof(AilAnalysisOps),
                                      .name = "shared",
                                      .summary = "for the test",
                                      .needs = AIL_COL_CODE | AIL_COL_FLOW,
                                      .order = AIL_MERGEABLE,
                                      .options = probe_options,
                                      .create = probe_create,
                                      .chunk = probe_chunk,
                                      .merge = probe_merge,
                                      .finish = probe_finish,
                                      .destroy = g_free};

static AilStatus add(AilPass *pass, const char *analysis)
{
    const AilAnalysisOps *const own[] = {&in_order, &shared, ail_analysis_module()};
    const AilAnalysisOps *ops = NULL;
    AilOptions *options = NULL;
    char **words = g_strsplit(analysis, ",", 2);
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        ops = strcmp(own[i]->name, words[0]) ? ops : own[i];
    if (ops) {
        options = ail_options_new(ops->name, ops->options);
        cr_assert_eq(ail_options_parse(options, words[1] ? words[1] : "", NULL), AIL_OK);
    } else {
        cr_assert_eq(ail_analysis_parse(analysis, &ops, &options, NULL), AIL_OK);
    }
    g_strfreev(words);
    return ail_pass_add(pass, ops, options);
}

static void count_progress(void *user, uint64_t done, uint64_t total)
{
    uint64_t *last = user;
    cr_assert(done >= *last && (!total || done <= total));
    *last = done;
}

/* Everything that a pass of these analyses (NULL-terminated) tells, in text. */
static char *run(const char *path, const char *const *analyses, unsigned threads)
{
    char *text = NULL;
    size_t size = 0;
    uint64_t done = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    AilPass *pass = ail_pass_new();
    for (; *analyses; analyses++)
        cr_assert_eq(add(pass, *analyses), AIL_OK, "%s", ail_pass_error(pass));
    ail_pass_set_threads(pass, threads);
    if (ail_pass_run(pass, path, out, count_progress, &done) != AIL_OK)
        fprintf(file, "error: %s\n", ail_pass_error(pass));
    fprintf(file, "warning: %s\n", ail_pass_warning(pass));
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    cr_expect_eq(atomic_load(&alive), 0);
    return text;
}

/* Runs with all numbers of threads; returns what they all say. */
static char *run_all(const char *path, const char *const *analyses)
{
    char *first = run(path, analyses, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(thread_counts); i++) {
        char *text = run(path, analyses, thread_counts[i]);
        cr_expect_str_eq(text, first, "%u threads: %s\n--- not ---\n%s", thread_counts[i], text,
                         first);
        free(text);
    }
    return first;
}

static void expect_all(const char *path, const char *const *analyses, const char *text)
{
    char *said = run_all(path, analyses);
    cr_expect(strstr(said, text), "%s is not in %s", text, said);
    free(said);
}

#define ANALYSES(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(parallel, results_are_the_same)
{
    char *path = made_trace(MADE_CHUNKS, true);
    free(run_all(path, ANALYSES("asidstory")));
    free(run_all(path, ANALYSES("stringsearch,hex=0301,each")));
    free(run_all(path, ANALYSES("callstack,folded")));
    free(run_all(path, ANALYSES("writers,addr=0x7ffc00000010")));
    free(run_all(path, ANALYSES("stringsearch,hex=0301,each", "writers,addr=0x7ffc00000010",
                                "callstack,on-match", "asidstory", "in-order", "shared")));
    expect_all(path, ANALYSES("in-order"), "40 chunks, sum ");
    made_trace_drop(path);
}

Test(parallel, an_early_end_is_exact)
{
    char *path = made_trace(MADE_CHUNKS, true);
    expect_all(path, ANALYSES("in-order,at=0"), "1 chunks, ");
    expect_all(path, ANALYSES("in-order,at=17"), "18 chunks, ");
    expect_all(path, ANALYSES("in-order,at=39"), "40 chunks, ");
    expect_all(path, ANALYSES("in-order,at=3", "in-order,at=20"), "21 chunks, ");
    /* Others go on. */
    free(run_all(path, ANALYSES("in-order,at=3", "shared")));
    free(run_all(path, ANALYSES("in-order,at=3", "shared,at=5", "callstack,folded")));
    made_trace_drop(path);
}

Test(parallel, the_first_failure_is_told)
{
    char *path = made_trace(MADE_CHUNKS, true);
    expect_all(path, ANALYSES("in-order,at=17,fail"), "error: in-order: chunk 17 is bad\n");
    expect_all(path, ANALYSES("shared,at=17,fail"), "error: shared: chunk 17 is bad\n");
    expect_all(path, ANALYSES("shared,at=17,fail", "in-order,at=9,fail"),
               "error: in-order: chunk 9 is bad\n");
    expect_all(path, ANALYSES("in-order,at=12,fail", "shared,at=12,fail"),
               "error: shared: chunk 12 is bad\n");
    expect_all(path, ANALYSES("in-order,at=11,fail", "in-order", "shared,at=12,fail"),
               "error: in-order: chunk 11 is bad\n");
    made_trace_drop(path);
}

/* Flip a bit in the file; the place in it is given in percent. */
static void damage(const char *path, unsigned percent)
{
    gchar *data;
    gsize len;
    cr_assert(g_file_get_contents(path, &data, &len, NULL));
    data[len * percent / 100] ^= 4;
    cr_assert(g_file_set_contents(path, data, (gssize)len, NULL));
    g_free(data);
}

/* What merging the files says. */
static char *merge(const char *path, const char *analysis, char **results)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    AilPass *pass = ail_pass_new();
    cr_assert_eq(add(pass, analysis), AIL_OK);
    if (ail_pass_merge(pass, path, (const char *const *)results, out) != AIL_OK)
        fprintf(file, "error: %s\n", ail_pass_error(pass));
    fprintf(file, "warning: %s\n", ail_pass_warning(pass));
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    return text;
}

/* Shards of a pass with one analysis, merged; results are the files, which the caller has room for.
 */
static char *run_shards(const char *path, const char *analysis, unsigned n, char **results)
{
    for (unsigned i = 0; i < n; i++) {
        AilPass *pass = ail_pass_new();
        results[i] = g_strdup_printf("%s.%u", path, i);
        cr_assert_eq(add(pass, analysis), AIL_OK);
        ail_pass_set_threads(pass, 1 + i % 3);
        cr_assert_eq(ail_pass_run_shard(pass, path, i + 1, n, results[i], NULL, NULL), AIL_OK, "%s",
                     ail_pass_error(pass));
        ail_pass_free(pass);
    }
    results[n] = NULL;
    return merge(path, analysis, results);
}

static void drop_shards(char **results)
{
    for (; *results; results++)
        made_trace_drop(*results);
}

Test(parallel, shards_put_together_are_the_whole)
{
    static const unsigned counts[] = {1, 2, 7, 40, 60};
    char *path = made_trace(MADE_CHUNKS, true), *results[61];
    char *whole = run(path, ANALYSES("asidstory"), 1);
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        char *text = run_shards(path, "asidstory", counts[i], results);
        cr_expect_str_eq(text, whole, "%u shards", counts[i]);
        free(text);
        drop_shards(results);
    }
    free(whole);
    made_trace_drop(path);
}

static void expect_no_merge(const char *path, const char *analysis, char **results,
                            const char *text)
{
    char *said = merge(path, analysis, results);
    cr_expect(g_str_has_prefix(said, "error: ") && strstr(said, text), "%s", said);
    free(said);
}

Test(parallel, only_what_belongs_together_is_merged)
{
    char *path = made_trace(MADE_CHUNKS, true), *other = made_trace(MADE_CHUNKS - 1, true);
    char *results[4], *twice[4] = {0};
    free(run_shards(path, "asidstory", 3, results));
    twice[0] = twice[1] = results[0];
    expect_no_merge(path, "asidstory", results + 1, "shard 1 of 3 is missing");
    expect_no_merge(path, "asidstory", twice, "shard 1 a second time");
    expect_no_merge(path, "asidstory,top=2", results, "not of the analysis asidstory,top=2");
    expect_no_merge(path, "callstack,folded", results, "callstack cannot be shared out");
    expect_no_merge(other, "asidstory", results, "of another trace");
    damage(results[1], 50);
    expect_no_merge(path, "asidstory", results, "not a whole partial result");
    drop_shards(results);
    made_trace_drop(path);
    made_trace_drop(other);
}

Test(parallel, damage_is_told_the_same_way)
{
    for (unsigned percent = 5; percent < 95; percent += 10) {
        char *path = made_trace(MADE_CHUNKS, true);
        damage(path, percent);
        /* All columns, since the damage may be in any. */
        expect_all(path, ANALYSES("stringsearch,hex=0301,each", "shared"), "error: /tmp/");
        free(run_all(path, ANALYSES("shared")));
        made_trace_drop(path);
    }
    char *path = made_trace(MADE_CHUNKS, true);
    damage(path, 80);
    expect_all(path, ANALYSES("in-order,at=5"), "6 chunks, ");
    made_trace_drop(path);
}

Test(parallel, an_unfinished_trace_is_told_when_its_end_was_reached)
{
    char *path = made_trace(MADE_CHUNKS, false);
    expect_all(path, ANALYSES("shared"), "warning: the trace was not finished");
    expect_all(path, ANALYSES("in-order"), "warning: the trace was not finished");
    expect_all(path, ANALYSES("in-order,at=39"), "warning: \n");
    made_trace_drop(path);
}

typedef struct Feed {
    const char *from, *to;
} Feed;

static gpointer feed(gpointer user)
{
    const Feed *f = user;
    gchar *data;
    gsize len;
    cr_assert(g_file_get_contents(f->from, &data, &len, NULL));
    int fd = open(f->to, O_WRONLY);
    gsize done = 0;
    for (ssize_t n = 1; n > 0 && done < len; done += (gsize)MAX(n, 0))
        n = write(fd, data + done, MIN(len - done, 5000));
    close(fd);
    g_free(data);
    return NULL;
}

Test(parallel, a_pipe_gives_the_same_as_a_file)
{
    char *path = made_trace(MADE_CHUNKS, true);
    char *fifo = g_strconcat(path, ".fifo", NULL);
    const char *const *analyses = ANALYSES("in-order", "shared", "callstack,folded");
    Feed f = {path, fifo};
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    char *expected = run(path, analyses, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(thread_counts); i++) {
        GThread *thread = g_thread_new("feed", feed, &f);
        char *text = run(fifo, analyses, thread_counts[i]);
        cr_expect_str_eq(text, expected);
        g_thread_join(thread);
        free(text);
    }
    free(expected);
    g_unlink(fifo);
    g_free(fifo);
    made_trace_drop(path);
}
