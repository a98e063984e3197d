/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/made_plog.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <inttypes.h>

static void number(AilRecords *r, const char *key, uint64_t v)
{
    ail_records_put(r, key, (AilPlogValue){AIL_PLOG_NUMBER, .number = v});
}

static void address(AilRecords *r, const char *key, uint64_t v)
{
    ail_records_put(r, key, (AilPlogValue){AIL_PLOG_ADDRESS, .number = v});
}

static void text(AilRecords *r, const char *key, const char *v)
{
    ail_records_put(r, key, (AilPlogValue){AIL_PLOG_TEXT, .text = v});
}

static void hot_block(AilRecords *r, unsigned i)
{
    ail_records_begin(r, "hotblocks");
    address(r, "pc", 0x1000 + i);
    ail_records_put(r, "user", (AilPlogValue){AIL_PLOG_FLAG, .number = i % 8 > 3});
    number(r, "executions", (uint64_t)i << 40);
    number(r, "instructions", 0);
}

static void call_stack(AilRecords *r, unsigned i)
{
    ail_records_begin(r, "callstack");
    number(r, "icount", 10ull * i);
    address(r, "asid", UINT64_MAX);
    ail_records_nest(r, "frames", true);
    for (unsigned k = 0; k < 2; k++) {
        ail_records_nest(r, NULL, false);
        address(r, "pc", k);
        text(r, "kind", k ? "root" : "call");
        ail_records_unnest(r);
    }
    ail_records_unnest(r);
}

static void string_match(AilRecords *r, unsigned i)
{
    ail_records_begin(r, "stringsearch");
    text(r, "string", "\033 \"caf\303\251\" \377");
    number(r, "first_icount", 10ull * i);
}

static void probe(AilRecords *r, unsigned i)
{
    ail_records_begin(r, "probe");
    number(r, "icount", 10ull * i);
    ail_records_put(r, "result", (AilPlogValue){AIL_PLOG_SIGNED, .integer = -(int64_t)i});
    ail_records_put(r, "share", (AilPlogValue){AIL_PLOG_REAL, .real = 0.25});
    ail_records_nest(r, "things", true);
    number(r, NULL, 1);
    text(r, NULL, "two");
    ail_records_nest(r, NULL, false);
    address(r, "at", 3);
    ail_records_unnest(r);
    ail_records_unnest(r);
}

void made_plog_record(AilRecords *r, unsigned i)
{
    static void (*const makers[])(AilRecords *, unsigned) = {hot_block, call_stack, string_match,
                                                             probe};
    makers[i % 4](r, i);
    ail_records_end(r);
}

char *made_plog_json(unsigned i)
{
    switch (i % 4) {
    case 0:
        return g_strdup_printf("{\"analysis\":\"hotblocks\",\"pc\":\"0x%x\",\"user\":%s,"
                               "\"executions\":%" PRIu64 ",\"instructions\":0}",
                               0x1000 + i, i % 8 > 3 ? "true" : "false", (uint64_t)i << 40);
    case 1:
        return g_strdup_printf("{\"analysis\":\"callstack\",\"icount\":%u,"
                               "\"asid\":\"0xffffffffffffffff\",\"frames\":["
                               "{\"pc\":\"0x0\",\"kind\":\"call\"},"
                               "{\"pc\":\"0x1\",\"kind\":\"root\"}]}",
                               10 * i);
    case 2:
        return g_strdup_printf("{\"analysis\":\"stringsearch\","
                               "\"string\":\"\\u001b \\\"caf\303\251\\\" \357\277\275\","
                               "\"first_icount\":%u}",
                               10 * i);
    default:
        return g_strdup_printf("{\"analysis\":\"probe\",\"icount\":%u,\"result\":-%u,"
                               "\"share\":0.25,\"things\":[1,\"two\",{\"at\":\"0x3\"}]}",
                               10 * i, i);
    }
}

void made_plog(const char *path, unsigned n)
{
    AilRecords *r = ail_records_new();
    cr_assert_eq(ail_records_open(r, path), AIL_OK, "%s", ail_records_error(r));
    for (unsigned i = 0; i < n; i++)
        made_plog_record(r, i);
    cr_assert_eq(ail_records_finish(r), AIL_OK, "%s", ail_records_error(r));
    ail_records_free(r);
}
