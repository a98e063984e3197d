/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pass says must not depend on the number of its threads: results, failures, early ends. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/made_trace.h"
#include "tests/probes.h"

enum { MADE_CHUNKS = 40 };

static const unsigned thread_counts[] = {1, 2, 3, 5};

/* Runs with all numbers of threads; returns what they all say. */
static char *run_all(const char *path, const char *const *analyses)
{
    char *first = probes_run(path, analyses, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(thread_counts); i++) {
        char *text = probes_run(path, analyses, thread_counts[i]);
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

Test(parallel, damage_is_told_the_same_way)
{
    for (unsigned percent = 5; percent < 95; percent += 10) {
        char *path = made_trace(MADE_CHUNKS, true);
        probes_damage(path, percent);
        /* All columns, since the damage may be in any. */
        expect_all(path, ANALYSES("stringsearch,hex=0301,each", "taint,label-net", "shared"),
                   "error: /tmp/");
        free(run_all(path, ANALYSES("shared")));
        made_trace_drop(path);
    }
    char *path = made_trace(MADE_CHUNKS, true);
    probes_damage(path, 80);
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
    char *expected = probes_run(path, analyses, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(thread_counts); i++) {
        GThread *thread = g_thread_new("feed", feed, &f);
        char *text = probes_run(fifo, analyses, thread_counts[i]);
        cr_expect_str_eq(text, expected);
        g_thread_join(thread);
        free(text);
    }
    free(expected);
    g_unlink(fifo);
    g_free(fifo);
    made_trace_drop(path);
}
