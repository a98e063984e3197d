/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a log replay to its last instruction. */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/rrlog_builder.h"

static void expect_bytes(const char *path, const AilBuf *want)
{
    char *bytes;
    gsize len;
    cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
    cr_expect_eq(len, want->len);
    cr_expect(len == want->len && !memcmp(bytes, want->data, len));
    g_free(bytes);
}

Test(rrlog_settle, moves_a_power_off_behind_the_last_instructions)
{
    AilBuf b = {0}, want = {0};
    rrlog_header(&b);
    rrlog_insns(&b, 100);
    ail_buf_u8(&b, 10 + 6);
    rrlog_insns(&b, 20);
    ail_buf_u8(&b, 30);
    rrlog_insns(&b, 3);
    ail_buf_u8(&b, 10 + 4);
    ail_buf_u8(&b, 39);
    rrlog_header(&want);
    rrlog_insns(&want, 100);
    rrlog_insns(&want, 20);
    ail_buf_u8(&want, 30);
    rrlog_insns(&want, 3);
    ail_buf_u8(&want, 10 + 6);
    ail_buf_u8(&want, 39);
    char *path = rrlog_file(&b);
    AilError err = {0};
    uint64_t total = 0;
    int64_t cause = 0;
    for (int again = 0; again < 2; again++) {
        cr_assert_eq(ail_rrlog_settle(path, &total, &cause, &err), AIL_OK, "%s", err.text);
        cr_expect_eq(total, 123);
        cr_expect_str_eq(ail_rrlog_shutdown_name(cause), "guest-shutdown");
        expect_bytes(path, &want);
    }
    ail_buf_clear(&b);
    ail_buf_clear(&want);
    rrlog_drop(path);
}

Test(rrlog_settle, leaves_a_log_that_ends_well)
{
    AilBuf b = {0};
    rrlog_header(&b);
    rrlog_insns(&b, 100);
    ail_buf_u8(&b, 10 + 2);
    ail_buf_u8(&b, 36);
    ail_buf_u8(&b, 10 + 4);
    ail_buf_u8(&b, 39);
    char *path = rrlog_file(&b);
    AilError err = {0};
    uint64_t total = 0;
    int64_t cause = 0;
    cr_assert_eq(ail_rrlog_settle(path, &total, &cause, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(total, 100);
    cr_expect_str_eq(ail_rrlog_shutdown_name(cause), "host-qmp-quit");
    expect_bytes(path, &b);
    ail_buf_clear(&b);
    rrlog_drop(path);
}
