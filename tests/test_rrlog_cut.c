/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting pieces out of replay logs. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "tests/rrlog_builder.h"

enum { INTERRUPT = 1, RANDOM = 27, CHECKPOINT = 30, SHUTDOWN_BY_GUEST = 16, END = 39 };

/* random | 100 insns, interrupt, 50 insns, checkpoint, 70 insns; *first: offset behind the start.
 */
static void build(AilBuf *b, uint64_t *first, bool ended)
{
    rrlog_header(b);
    ail_buf_u8(b, RANDOM);
    rrlog_be32(b, 0);
    rrlog_be32(b, 2);
    ail_buf_put(b, "ab", 2);
    *first = b->len;
    rrlog_insns(b, 100);
    ail_buf_u8(b, INTERRUPT);
    rrlog_insns(b, 50);
    ail_buf_u8(b, CHECKPOINT);
    rrlog_insns(b, 70);
    if (ended) {
        ail_buf_u8(b, SHUTDOWN_BY_GUEST);
        ail_buf_u8(b, END);
    }
}

/* The kinds of the events of the log in `path`, a letter each, instructions as numbers. */
static char *describe(const char *path)
{
    static const char letters[] = "#ieBkKcbpsWRFoOrtCE";
    GString *text = g_string_new(NULL);
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    cr_assert_eq(ail_rrlog_open(log, path, 0, 0), AIL_OK, "%s", ail_rrlog_error(log));
    AilStatus s;
    while ((s = ail_rrlog_next(log, &e)) == AIL_OK) {
        if (e.kind == AIL_RRLOG_INSNS || e.kind == AIL_RRLOG_SHUTDOWN)
            g_string_append_printf(text, "%c%d ", letters[e.kind], (int)e.value);
        else
            g_string_append_printf(text, "%c ", letters[e.kind]);
    }
    cr_assert_eq(s, AIL_END, "%s", ail_rrlog_error(log));
    ail_rrlog_free(log);
    return g_string_free(text, FALSE);
}

static void expect_cut(AilRrlogCut cut, const char *events)
{
    AilBuf b = {0};
    AilError err = {{0}};
    uint64_t first;
    build(&b, &first, true);
    cut.start = first;
    cut.offset += first;
    cut.cause = AIL_RRLOG_CAUSE_QUIT;
    char *path = rrlog_file(&b), *to = g_strconcat(path, ".cut", NULL);
    cr_assert_eq(ail_rrlog_cut(path, &cut, to, &err), AIL_OK, "%s", err.text);
    char *got = describe(to);
    cr_expect_str_eq(got, events, "%s, not %s", got, events);
    g_free(got);
    g_unlink(to);
    g_free(to);
    rrlog_drop(path);
    ail_buf_clear(&b);
}

Test(rrlog_cut, takes_what_belongs_to_the_piece)
{
    expect_cut((AilRrlogCut){.insns = 220}, "r #100 i #50 C #70 s2 E ");
    expect_cut((AilRrlogCut){.insns = 120}, "r #100 i #20 s2 E ");
    expect_cut((AilRrlogCut){.insns = 100}, "r #100 s2 E ");
    expect_cut((AilRrlogCut){.insns = 7}, "r #7 s2 E ");
    expect_cut((AilRrlogCut){.offset = 5, .insns = 60}, "r i #50 C #10 s2 E ");
}

Test(rrlog_cut, begins_within_an_event)
{
    expect_cut((AilRrlogCut){.left = 30, .insns = 50}, "r #30 i #20 s2 E ");
    expect_cut((AilRrlogCut){.left = 30, .insns = 10}, "r #10 s2 E ");
    expect_cut((AilRrlogCut){.done = 30, .insns = 80}, "r #70 i #10 s2 E ");
    expect_cut((AilRrlogCut){.done = 100, .insns = 20}, "r i #20 s2 E ");
}

Test(rrlog_cut, waits_for_a_log_that_is_being_written)
{
    AilBuf b = {0};
    AilError err = {{0}};
    AilRrlogCut cut = {.insns = 200, .live = true, .cause = AIL_RRLOG_CAUSE_QUIT};
    uint64_t insns;
    build(&b, &cut.start, false);
    cut.offset = cut.start;
    memset(b.data, 0, AIL_RRLOG_HEADER_SIZE); /* QEMU fills it in when it ends */
    char *path = rrlog_file(&b), *to = g_strconcat(path, ".cut", NULL);
    for (size_t len = 0; len < b.len; len++) {
        cr_assert_eq(truncate(path, (off_t)len), 0);
        cr_assert_eq(ail_rrlog_cut(path, &cut, to, &err), AIL_END, "%zu: %s", len, err.text);
        cr_assert(!g_file_test(to, G_FILE_TEST_EXISTS));
        cr_assert_eq(truncate(path, 0), 0);
        cr_assert(g_file_set_contents(path, (const char *)b.data, (gssize)b.len, NULL));
    }
    cr_assert_eq(ail_rrlog_cut(path, &cut, to, &err), AIL_OK, "%s", err.text);
    char *got = describe(to);
    cr_expect_str_eq(got, "r #100 i #50 C #50 s2 E ");
    cr_assert_eq(ail_rrlog_reach(path, cut.offset, &insns, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(insns, 220);
    cr_assert_eq(truncate(path, (off_t)b.len - 3), 0);
    cr_assert_eq(ail_rrlog_reach(path, cut.offset, &insns, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(insns, 150);
    g_free(got);
    g_unlink(to);
    g_free(to);
    rrlog_drop(path);
    ail_buf_clear(&b);
}

Test(rrlog_cut, refuses_what_is_not_there)
{
    AilBuf b = {0};
    AilError err = {{0}};
    AilRrlogCut cut = {.insns = 221};
    build(&b, &cut.start, true);
    cut.offset = cut.start;
    char *path = rrlog_file(&b), *to = g_strconcat(path, ".cut", NULL);
    cr_expect_eq(ail_rrlog_cut(path, &cut, to, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "the log ends 1 instructions before"), "%s", err.text);
    cut.insns = 10;
    cut.left = 101;
    cr_expect_eq(ail_rrlog_cut(path, &cut, to, &err), AIL_ERR);
    cut.offset += 5; /* the interrupt */
    cut.left = 1;
    cr_expect_eq(ail_rrlog_cut(path, &cut, to, &err), AIL_ERR);
    cr_expect(!g_file_test(to, G_FILE_TEST_EXISTS));
    g_free(to);
    rrlog_drop(path);
    ail_buf_clear(&b);
}
