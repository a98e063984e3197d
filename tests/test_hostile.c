/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces that no writer wrote, made of parts as fuzzing does: each one lies in one place only, and
 * is refused there; the same trace without the lie is read. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/fuzz/parts.h"
#include "trace/frame.h"
#include "trace/reader.h"

typedef struct Made {
    Parts parts;
    char *path; /* owned */
} Made;

static AilBuf *part(Made *m, PartKind kind)
{
    Part *p = &m->parts.part[m->parts.n++];
    *p = (Part){.kind = kind};
    return &p->bytes;
}

static void put_string(AilBuf *out, const char *s, size_t len)
{
    ail_buf_varint(out, len);
    ail_buf_put(out, s, len);
}

/* What a header says, but for strings that are all the same. */
typedef struct Header {
    uint64_t format, columns, arch;
    const char *machine;
    size_t machine_len;
    unsigned regs; /* each of 4096 bytes */
} Header;

static void put_header(Made *m, const Header *h)
{
    AilBuf *out = part(m, PART_HEADER);
    ail_buf_varint(out, h->format);
    ail_buf_varint(out, h->columns);
    ail_buf_varint(out, h->arch);
    put_string(out, "tool", 4);
    put_string(out, "none", 4);
    put_string(out, h->machine, h->machine_len);
    ail_buf_varint(out, h->regs);
    for (unsigned i = 0; i < h->regs; i++) {
        put_string(out, "r", 1);
        ail_buf_varint(out, 4096);
    }
}

static void begin(Made *m, uint32_t columns)
{
    *m = (Made){0};
    put_header(
        m, &(Header){.format = AIL_FORMAT_VERSION, .columns = columns, .arch = 1, .machine = ""});
}

static void put_chunk(Made *m, uint64_t insns, uint64_t n_flow, uint64_t n_cuts, uint64_t n_access)
{
    const uint64_t numbers[] = {0, 10, insns, 5, 0, n_flow, n_cuts, n_access};
    AilBuf *out = part(m, PART_CHUNK);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        ail_buf_varint(out, numbers[i]);
}

typedef struct Stream {
    const char *bytes;
    size_t len;
} Stream;

#define STREAM(text)                                                                               \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

static void put_column(Made *m, PartKind kind, const Stream *streams)
{
    AilBuf *out = part(m, kind);
    for (unsigned i = 0; i < part_streams(kind); i++)
        ail_buf_varint(out, streams[i].len);
    for (unsigned i = 0; i < part_streams(kind); i++)
        ail_buf_put(out, streams[i].bytes, streams[i].len);
}

static void save(Made *m)
{
    AilBuf trace = {0};
    parts_join(&m->parts, &trace);
    int fd = g_file_open_tmp("ail-hostile-XXXXXX", &m->path, NULL);
    cr_assert(fd >= 0);
    g_close(fd, NULL);
    cr_assert(g_file_set_contents(m->path, (const char *)trace.data, (gssize)trace.len, NULL));
    ail_buf_clear(&trace);
    parts_clear(&m->parts);
}

static void drop(Made *m)
{
    g_unlink(m->path);
    g_free(m->path);
}

/* Read all of it: good, or refused with this in the message. Drops it. */
static void expect_read(Made *m, const char *refused, const char *what)
{
    const AilChunk *c;
    save(m);
    AilTraceReader *r = ail_trace_reader_new();
    AilStatus status = ail_trace_reader_open(r, m->path, 0, AIL_COL_ALL);
    while (status == AIL_OK)
        status = ail_trace_reader_next(r, &c);
    cr_expect_eq(status, refused ? AIL_ERR : AIL_END, "%s: %s", what, ail_trace_reader_error(r));
    cr_expect(!refused || strstr(ail_trace_reader_error(r), refused), "%s: %s", what,
              ail_trace_reader_error(r));
    ail_trace_reader_free(r);
    drop(m);
}

/* One block of one instruction runs twice, the first time cut, and there is one access. */
static void put_accesses(Made *m, const Stream addr[6])
{
    static const Stream code[] = {STREAM("\x80\x40\x02\x01"), STREAM("\x01"), STREAM("\x90")};
    static const Stream flow[] = {STREAM(""), STREAM(""), STREAM(""), STREAM("\0\0")};
    begin(m, AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR);
    put_chunk(m, 1, 2, 1, 1);
    put_column(m, PART_CODE, code);
    put_column(m, PART_FLOW, flow);
    put_column(m, PART_ADDR, addr);
}

Test(hostile, shapes_have_no_more_accesses_than_the_chunk)
{
    /* Shape symbols, with the zeros before them, and shapes of one read of 8 bytes. */
    static const Stream one[] = {STREAM("\x01"), STREAM("\x02"), STREAM("\x01\0\x03"),
                                 STREAM(""),     STREAM(""),     STREAM("")};
    static const Stream two[] = {STREAM("\0\0"), STREAM("\x02\x02"), STREAM("\x01\0\x03\x01\0\x03"),
                                 STREAM(""),     STREAM(""),         STREAM("")};
    Made m;
    put_accesses(&m, one);
    expect_read(&m, NULL, "a shape for the access");
    put_accesses(&m, two);
    expect_read(&m, "damaged: the addr and data columns", "a shape that a cut execution begins");
}

/* One block of one instruction runs n_flow times, each time with eight reads. */
Test(hostile, executions_have_no_more_accesses_than_the_chunk)
{
    static const Stream code[] = {STREAM("\x80\x40\x02\x01"), STREAM("\x01"), STREAM("\x90")};
    static const Stream flow[] = {STREAM(""), STREAM(""), STREAM(""), STREAM("")};
    static const Stream addr[] = {STREAM("\0"),
                                  STREAM("\x02"),
                                  STREAM("\x08\0\x03\0\x03\0\x03\0\x03\0\x03\0\x03\0\x03\0\x03"),
                                  STREAM(""),
                                  STREAM(""),
                                  STREAM("")};
    static const uint32_t n_flow[] = {1, 2, 3, 300, 100000};
    for (size_t i = 0; i < G_N_ELEMENTS(n_flow); i++) {
        uint32_t all = 8 * n_flow[i];
        for (uint32_t n_access = all > 10 ? all - 10 : 0; n_access <= all + 1; n_access++) {
            Made m;
            begin(&m, AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR);
            put_chunk(&m, n_flow[i], n_flow[i], 0, n_access);
            put_column(&m, PART_CODE, code);
            put_column(&m, PART_FLOW, flow);
            put_column(&m, PART_ADDR, addr);
            expect_read(&m, n_access == all ? NULL : "damaged: the addr and data columns", "reads");
        }
    }
}

/* One execution with two accesses, of 4 bytes at 0x1000 and at 0x1ffe: touches 0, 2 and 3. */
static void put_xlate(Made *m, const Stream xlate[4])
{
    static const Stream code[] = {STREAM("\x80\x40\x02\x01"), STREAM("\x01"), STREAM("\x90")};
    static const Stream flow[] = {STREAM(""), STREAM(""), STREAM(""), STREAM("")};
    static const Stream addr[] = {STREAM("\0"),   STREAM("\x02"),     STREAM("\x02\0\x02\0\x02"),
                                  STREAM("\0\0"), STREAM("\x05\x05"), STREAM("\x80\x40\xfc\x7f")};
    begin(m, AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_XLATE);
    put_chunk(m, 1, 1, 0, 2);
    put_column(m, PART_CODE, code);
    put_column(m, PART_FLOW, flow);
    put_column(m, PART_ADDR, addr);
    put_column(m, PART_XLATE, xlate);
}

Test(hostile, physical_addresses_are_of_pages_that_are_touched)
{
    static const struct {
        const char *what;
        bool good;
        Stream xlate[4];
    } cases[] = {
        {"all as usual", true, {STREAM(""), STREAM(""), STREAM(""), STREAM("")}},
        {"two literals",
         true,
         {STREAM("\0\0"), STREAM("\x02\x02"), STREAM("\x0a\x0b"), STREAM("")}},
        {"a third page", false, {STREAM("\0\0\0"), STREAM("\x03\x03\x03"), STREAM(""), STREAM("")}},
        {"an unknown symbol", false, {STREAM("\0"), STREAM("\x04"), STREAM(""), STREAM("")}},
        {"no literal", false, {STREAM("\0"), STREAM("\x02"), STREAM(""), STREAM("")}},
        {"a literal too many", false, {STREAM(""), STREAM(""), STREAM("\x02"), STREAM("")}},
        {"changes of all",
         true,
         {STREAM(""), STREAM(""), STREAM(""), STREAM("\0\x02\x02\x02\x01\x08")}},
        {"a change of no touch", false, {STREAM(""), STREAM(""), STREAM(""), STREAM("\x01\x02")}},
        {"a change too late", false, {STREAM(""), STREAM(""), STREAM(""), STREAM("\x04\x02")}},
        {"a change of the same touch",
         false,
         {STREAM(""), STREAM(""), STREAM(""), STREAM("\x02\x02\0\x02")}},
        {"a change that wraps around",
         false,
         {STREAM(""), STREAM(""), STREAM(""),
          STREAM("\x02\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02")}},
        {"a change without what", false, {STREAM(""), STREAM(""), STREAM(""), STREAM("\x02")}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Made m;
        put_xlate(&m, cases[i].xlate);
        expect_read(&m, cases[i].good ? NULL : "damaged: the addr, data and xlate columns",
                    cases[i].what);
    }
}

/* A chunk of 4 instructions and 2 executions, with these events. */
static void put_events(Made *m, const Stream *heads, const Stream *data)
{
    const Stream event[] = {STREAM("\x05\x04\0"), *heads, *data};
    begin(m, AIL_COL_EVENT);
    put_chunk(m, 4, 2, 0, 0);
    put_column(m, PART_EVENT, event);
}

Test(hostile, events_never_go_back)
{
#define FIRST "\x07\x02\x01\x01\0\0" /* at instruction 2 and execution 1 */
#define BACK  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    static const struct {
        const char *what;
        bool good;
        Stream heads;
    } cases[] = {{"to the end", true, STREAM(FIRST "\x07\x02\x01\x01\0\0")},
                 {"an instruction back", false, STREAM(FIRST "\x07" BACK "\0\x01\0\0")},
                 {"an execution back", false, STREAM(FIRST "\x07\0" BACK "\x01\0\0")},
                 {"an instruction too many", false, STREAM(FIRST "\x07\x03\0\x01\0\0")},
                 {"an execution too many", false, STREAM(FIRST "\x07\0\x02\x01\0\0")}};
    const Stream none = STREAM("");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Made m;
        put_events(&m, &cases[i].heads, &none);
        expect_read(&m, cases[i].good ? NULL : "damaged: the event column", cases[i].what);
    }
}

Test(hostile, an_event_without_data_has_none)
{
    const Stream heads = STREAM("\x04\0\0\x01\0\0\x04\0\0\x01\0\x01"), data = STREAM("x");
    const AilChunk *c;
    Made m;
    put_events(&m, &heads, &data);
    save(&m);
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, m.path, AIL_COL_EVENT, 0), AIL_OK);
    cr_assert_eq(ail_trace_reader_next(r, &c), AIL_OK, "%s", ail_trace_reader_error(r));
    cr_assert_eq(c->n_events, 2);
    cr_expect(!c->events[0].data && !c->events[0].len);
    cr_expect(c->events[1].len == 1 && c->events[1].data[0] == 'x');
    ail_trace_reader_free(r);
    drop(&m);
}

Test(hostile, headers_say_only_what_is_known)
{
    const uint64_t beyond = 1ull << 32;
    const struct {
        const char *what, *refused;
        Header header;
    } cases[] = {
        {"all columns", NULL, {AIL_FORMAT_VERSION, AIL_COL_ALL, 1, "m", 1, 256}},
        {"no columns", NULL, {AIL_FORMAT_VERSION, 0, 2, "", 0, 0}},
        {"format of 33 bits",
         "trace format",
         {AIL_FORMAT_VERSION + beyond, AIL_COL_ALL, 1, "", 0, 0}},
        {"columns of 33 bits", "damaged", {AIL_FORMAT_VERSION, AIL_COL_ALL + beyond, 1, "", 0, 0}},
        {"an unknown column", "damaged", {AIL_FORMAT_VERSION, AIL_COL_ALL + 1, 1, "", 0, 0}},
        {"data without addr", "damaged", {AIL_FORMAT_VERSION, 0xb, 1, "", 0, 0}},
        {"xlate without addr", "damaged", {AIL_FORMAT_VERSION, 0x43, 1, "", 0, 0}},
        {"xlate before it was", "damaged", {AIL_FORMAT_OLDEST, AIL_COL_ALL, 1, "", 0, 0}},
        {"the oldest format", NULL, {AIL_FORMAT_OLDEST, AIL_COL_ALL & ~AIL_COL_XLATE, 1, "", 0, 0}},
        {"an older format", "trace format", {AIL_FORMAT_OLDEST - 1, 0x3f, 1, "", 0, 0}},
        {"addr without flow", "damaged", {AIL_FORMAT_VERSION, 0x5, 1, "", 0, 0}},
        {"flow without code", "damaged", {AIL_FORMAT_VERSION, 0x2, 1, "", 0, 0}},
        {"no processor", "damaged", {AIL_FORMAT_VERSION, AIL_COL_ALL, 0, "", 0, 0}},
        {"an unknown processor", "damaged", {AIL_FORMAT_VERSION, AIL_COL_ALL, 5, "", 0, 0}},
        {"a processor of 33 bits",
         "damaged",
         {AIL_FORMAT_VERSION, AIL_COL_ALL, 1 + beyond, "", 0, 0}},
        {"a zero byte in a string", "damaged", {AIL_FORMAT_VERSION, AIL_COL_ALL, 1, "a\0b", 3, 0}},
        {"too many registers", "damaged", {AIL_FORMAT_VERSION, AIL_COL_ALL, 1, "", 0, 257}}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Made m = {0};
        put_header(&m, &cases[i].header);
        expect_read(&m, cases[i].refused, cases[i].what);
    }
}

Test(hostile, a_chunk_without_addr_has_no_accesses)
{
    Made m;
    begin(&m, 0);
    put_chunk(&m, 0, 0, 0, 0);
    expect_read(&m, NULL, "no accesses");
    begin(&m, 0);
    put_chunk(&m, 0, 0, 0, 1);
    expect_read(&m, "damaged", "an access");
}

Test(hostile, what_is_printed_does_not_command_the_terminal)
{
    static const char machine[] = "pc\033]0;x\a\xc2\x9b"
                                  "31m\x9b\n\xc3\xa4";
    Made m = {0};
    put_header(&m, &(Header){AIL_FORMAT_VERSION, AIL_COL_EVENT, 1, machine, sizeof machine - 1, 0});
    save(&m);
    char *argv[] = {(char *)AIL_PROGRAM, (char *)"trace", (char *)"info", m.path, NULL};
    char *out = NULL;
    int status = -1;
    cr_assert(
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, NULL));
    cr_assert_eq(status, 0);
    cr_expect(strstr(out, "machine       x86, pc?]0;x???31m??\xc3\xa4\n"), "%s", out);
    g_free(out);
    drop(&m);
}
