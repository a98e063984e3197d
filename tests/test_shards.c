/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a pass that was shared out between machines say together what one run says. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/made_trace.h"
#include "tests/probes.h"

enum { MADE_CHUNKS = 40 };

/* What merging the files says. */
static char *merge(const char *path, const char *analysis, char **results)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    AilPass *pass = ail_pass_new();
    cr_assert_eq(probes_add(pass, analysis), AIL_OK);
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
        cr_assert_eq(probes_add(pass, analysis), AIL_OK);
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

Test(shards, shards_put_together_are_the_whole)
{
    static const unsigned counts[] = {1, 2, 7, 40, 60};
    char *path = made_trace(MADE_CHUNKS, true), *results[61];
    char *whole = probes_run(path, ANALYSES("asidstory"), 1);
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

Test(shards, only_what_belongs_together_is_merged)
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
    probes_damage(results[1], 50);
    expect_no_merge(path, "asidstory", results, "not a whole partial result");
    drop_shards(results);
    made_trace_drop(path);
    made_trace_drop(other);
}
