/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/probes.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "analyzers/builtin.h"
#include "analyzers/registry.h"

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

static AilStatus probe_merge(void *self, void *other, AilError *err)
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

AilStatus probes_add(AilPass *pass, const char *analysis)
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

char *probes_run(const char *path, const char *const *analyses, unsigned threads)
{
    char *text = NULL;
    size_t size = 0;
    uint64_t done = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    AilPass *pass = ail_pass_new();
    for (; *analyses; analyses++)
        cr_assert_eq(probes_add(pass, *analyses), AIL_OK, "%s", ail_pass_error(pass));
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

void probes_damage(const char *path, unsigned percent)
{
    gchar *data;
    gsize len;
    cr_assert(g_file_get_contents(path, &data, &len, NULL));
    data[len * percent / 100] ^= 4;
    cr_assert(g_file_set_contents(path, data, (gssize)len, NULL));
    g_free(data);
}
