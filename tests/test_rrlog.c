/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading QEMU's replay log. */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/rrlog_builder.h"

static void array(AilBuf *b, const char *text)
{
    rrlog_be32(b, (uint32_t)strlen(text));
    ail_buf_put(b, text, strlen(text));
}

/* One event of every kind, and what reading it must give. */
static const struct Expected {
    AilRrlogKind kind;
    uint64_t icount;
    int64_t value;
    uint8_t device;
    const char *payload;
} expected[] = {
    {AIL_RRLOG_CHECKPOINT, 0, 7, 0, ""},
    {AIL_RRLOG_INSNS, 0, 1000, 0, ""},
    {AIL_RRLOG_INTERRUPT, 1000, 0, 0, ""},
    {AIL_RRLOG_EXCEPTION, 1000, 0, 0, ""},
    {AIL_RRLOG_BH, 1000, 77, 0, ""},
    {AIL_RRLOG_BH, 1000, 78, 0, ""},
    {AIL_RRLOG_INPUT_SYNC, 1000, 0, 0, ""},
    {AIL_RRLOG_CHAR_INPUT, 1000, 0, 2, "typed"},
    {AIL_RRLOG_BLOCK, 1000, 5, 0, ""},
    {AIL_RRLOG_PACKET, 1000, 3, 1, "a packet"},
    {AIL_RRLOG_CHAR_WRITE, 1000, 1, 0, ""},
    {AIL_RRLOG_CHAR_READ, 1000, 0, 0, "read"},
    {AIL_RRLOG_CHAR_READ_FAIL, 1000, -5, 0, ""},
    {AIL_RRLOG_AUDIO_OUT, 1000, 44, 0, ""},
    {AIL_RRLOG_AUDIO_IN, 1000, 1, 0, "0123456789abcdef"},
    {AIL_RRLOG_RANDOM, 1000, 0, 0, "dice"},
    {AIL_RRLOG_CLOCK, 1000, 123456789012, 1, ""},
    {AIL_RRLOG_INSNS, 1000, INT32_MAX, 0, ""},
    {AIL_RRLOG_SHUTDOWN, 1000 + (uint64_t)INT32_MAX, 6, 0, ""},
    {AIL_RRLOG_END, 1000 + (uint64_t)INT32_MAX, 0, 0, ""},
};

static AilBuf every_kind(void)
{
    AilBuf b = {0};
    rrlog_header(&b);
    ail_buf_u8(&b, 30 + 7);
    rrlog_insns(&b, 1000);
    ail_buf_u8(&b, 1);
    ail_buf_u8(&b, 2);
    ail_buf_u8(&b, 3);
    rrlog_be64(&b, 77);
    ail_buf_u8(&b, 4);
    rrlog_be64(&b, 78);
    ail_buf_u8(&b, 6);
    ail_buf_u8(&b, 7);
    ail_buf_u8(&b, 2);
    array(&b, "typed");
    ail_buf_u8(&b, 8);
    rrlog_be64(&b, 5);
    ail_buf_u8(&b, 9);
    ail_buf_u8(&b, 1);
    rrlog_be32(&b, 3);
    array(&b, "a packet");
    ail_buf_u8(&b, 22);
    rrlog_be32(&b, 1);
    rrlog_be32(&b, 1);
    ail_buf_u8(&b, 23);
    array(&b, "read");
    ail_buf_u8(&b, 24);
    rrlog_be32(&b, (uint32_t)-5);
    ail_buf_u8(&b, 25);
    rrlog_be64(&b, 44);
    ail_buf_u8(&b, 26);
    rrlog_be64(&b, 1);
    rrlog_be64(&b, 9);
    ail_buf_put(&b, "0123456789abcdef", 16);
    ail_buf_u8(&b, 27);
    rrlog_be32(&b, 0);
    array(&b, "dice");
    ail_buf_u8(&b, 28 + 1);
    rrlog_be64(&b, 123456789012);
    rrlog_insns(&b, INT32_MAX);
    ail_buf_u8(&b, 10 + 6);
    ail_buf_u8(&b, 39);
    return b;
}

static void expect_every_kind(AilRrlog *log, const AilBuf *b)
{
    AilRrlogEvent e;
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        const struct Expected *x = &expected[i];
        cr_assert_eq(ail_rrlog_next(log, &e), AIL_OK, "%zu: %s", i, ail_rrlog_error(log));
        cr_assert_eq(e.kind, x->kind, "%zu: kind %d", i, e.kind);
        cr_assert_eq(e.icount, x->icount, "%zu: icount", i);
        cr_assert_eq(e.value, x->value, "%zu: value", i);
        cr_assert_eq(e.device, x->device, "%zu: device", i);
        cr_assert_eq(e.len, strlen(x->payload), "%zu: length", i);
        cr_assert(!e.len || !memcmp(e.payload, x->payload, e.len), "%zu: payload", i);
        cr_assert_eq(b->data[e.offset], e.code, "%zu: offset", i);
    }
    cr_assert_eq(ail_rrlog_next(log, &e), AIL_END);
    cr_assert_eq(ail_rrlog_icount(log), 1000 + (uint64_t)INT32_MAX);
}

Test(rrlog, every_kind_of_event)
{
    AilBuf b = every_kind();
    char *path = rrlog_file(&b);
    AilRrlog *log = ail_rrlog_new();
    cr_assert_eq(ail_rrlog_open(log, path, 0, 0), AIL_OK, "%s", ail_rrlog_error(log));
    expect_every_kind(log, &b);
    ail_rrlog_free(log);
    ail_buf_clear(&b);
    rrlog_drop(path);
}

/* A source that gives a byte at a time. */
typedef struct Trickle {
    const AilBuf *log;
    size_t at, end;
    bool fails; /* at the end */
} Trickle;

static ptrdiff_t trickle(void *user, void *buf, size_t size)
{
    Trickle *t = user;
    if (t->at == t->end || !size)
        return t->fails ? -1 : 0;
    *(uint8_t *)buf = t->log->data[t->at++];
    return 1;
}

Test(rrlog, from_a_stream)
{
    AilBuf b = every_kind();
    AilRrlog *log = ail_rrlog_new();
    Trickle t = {&b, 0, b.len, false};
    cr_assert_eq(ail_rrlog_open_stream(log, "a stream", trickle, &t), AIL_OK);
    cr_expect_eq(ail_rrlog_open_stream(log, "another", trickle, &t), AIL_ERR);
    expect_every_kind(log, &b);
    ail_rrlog_free(log);
    for (int fails = 0; fails < 2; fails++) {
        AilRrlogEvent e;
        AilStatus s;
        log = ail_rrlog_new();
        t = (Trickle){&b, 0, b.len / 2, fails};
        cr_assert_eq(ail_rrlog_open_stream(log, "a stream", trickle, &t), AIL_OK);
        while ((s = ail_rrlog_next(log, &e)) == AIL_OK)
            ;
        cr_expect_eq(s, AIL_ERR);
        cr_expect(g_str_has_prefix(ail_rrlog_error(log), "a stream: "), "%s", ail_rrlog_error(log));
        cr_expect_eq(strstr(ail_rrlog_error(log), "the log stops") == NULL, fails);
        ail_rrlog_free(log);
    }
    ail_buf_clear(&b);
}

Test(rrlog, keyboard_and_mouse)
{
    static const struct {
        uint32_t type, key;
        size_t len;
    } inputs[] = {{0, 0, 17}, {0, 1, 13}, {1, 0, 9}, {2, 0, 16}, {3, 0, 16}, {4, 0, 36}};
    AilBuf b = {0};
    rrlog_header(&b);
    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
        ail_buf_u8(&b, 5);
        rrlog_be32(&b, inputs[i].type);
        rrlog_be32(&b, inputs[i].key);
        for (size_t j = 8; j < inputs[i].len; j++)
            ail_buf_u8(&b, 0xee);
    }
    ail_buf_u8(&b, 39);
    char *path = rrlog_file(&b);
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    cr_assert_eq(ail_rrlog_open(log, path, 0, 0), AIL_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
        cr_assert_eq(ail_rrlog_next(log, &e), AIL_OK, "%s", ail_rrlog_error(log));
        cr_assert_eq(e.kind, AIL_RRLOG_INPUT);
        cr_assert_eq(e.len, inputs[i].len);
    }
    cr_assert_eq(ail_rrlog_next(log, &e), AIL_OK);
    cr_assert_eq(e.kind, AIL_RRLOG_END);
    ail_rrlog_free(log);
    ail_buf_clear(&b);
    rrlog_drop(path);
}

/* Read all of it; the last status. */
static AilStatus read_all(const char *path, char *message, size_t size)
{
    AilError err = {0};
    uint64_t total;
    AilStatus s = ail_rrlog_total(path, &total, &err);
    g_strlcpy(message, err.text, size);
    return s;
}

Test(rrlog, cut_anywhere_is_an_error)
{
    AilBuf b = every_kind();
    char message[512];
    for (size_t len = 0; len < b.len; len++) {
        AilBuf cut = {b.data, len, b.cap};
        char *path = rrlog_file(&cut);
        cr_assert_eq(read_all(path, message, sizeof message), AIL_ERR, "%zu bytes", len);
        cr_assert(strstr(message, path), "%s", message);
        rrlog_drop(path);
    }
    ail_buf_clear(&b);
}

Test(rrlog, damage_never_passes_unnoticed_or_crashes)
{
    AilBuf b = every_kind();
    char message[512];
    for (size_t i = 0; i < b.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.data[i] ^= (uint8_t)(1 << bit);
            char *path = rrlog_file(&b);
            /* Many flips make another good log; what counts is that each has an outcome. */
            AilStatus s = read_all(path, message, sizeof message);
            cr_assert((s == AIL_OK) == !*message);
            rrlog_drop(path);
            b.data[i] ^= (uint8_t)(1 << bit);
        }
    ail_buf_clear(&b);
}

static void expect_error(const AilBuf *b, const char *text)
{
    char message[512];
    char *path = rrlog_file(b);
    cr_expect_eq(read_all(path, message, sizeof message), AIL_ERR);
    cr_expect(strstr(message, text), "'%s' is not in: %s", text, message);
    rrlog_drop(path);
}

Test(rrlog, refuses_what_is_no_log)
{
    AilBuf b = {0};
    rrlog_be32(&b, 0);
    rrlog_be64(&b, 0);
    expect_error(&b, "never finished");
    b.len = 0;
    rrlog_be32(&b, 0xe0200b);
    rrlog_be64(&b, 0);
    expect_error(&b, "version 0xe0200b");
    b.len = 0;
    rrlog_header(&b);
    ail_buf_u8(&b, 40);
    expect_error(&b, "unknown event 40 (offset 12");
    b.len = 0;
    rrlog_header(&b);
    rrlog_insns(&b, 0);
    expect_error(&b, "number of instructions 0");
    b.len = 0;
    rrlog_header(&b);
    rrlog_insns(&b, 5);
    ail_buf_u8(&b, 7);
    ail_buf_u8(&b, 0);
    rrlog_be32(&b, 0xffffffff);
    expect_error(&b, "impossible length 4294967295 (offset 17, after 5 instructions)");
    b.len = 0;
    rrlog_header(&b);
    ail_buf_u8(&b, 22);
    rrlog_be32(&b, INT32_MAX);
    rrlog_be32(&b, 1);
    expect_error(&b, "impossible number of bytes written 2147483647 (offset 12");
    b.len = 0;
    rrlog_header(&b);
    ail_buf_u8(&b, 39);
    ail_buf_u8(&b, 1);
    expect_error(&b, "bytes follow the end");
    ail_buf_clear(&b);
    char message[512];
    cr_expect_eq(read_all("/dev/null", message, sizeof message), AIL_ERR);
    cr_expect(strstr(message, "not a regular file"), "%s", message);
}

/* Longer than the reader's buffer, with a payload that does not fit into it either. */
Test(rrlog, long_logs_and_payloads)
{
    const size_t events = 200000, size = 3u << 20;
    AilBuf b = {0};
    rrlog_header(&b);
    for (size_t i = 0; i < events; i++)
        rrlog_insns(&b, 3);
    ail_buf_u8(&b, 23);
    rrlog_be32(&b, (uint32_t)size);
    for (size_t i = 0; i < size; i++)
        ail_buf_u8(&b, (uint8_t)(i % 251));
    rrlog_insns(&b, 7);
    ail_buf_u8(&b, 39);
    char *path = rrlog_file(&b);
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    cr_assert_eq(ail_rrlog_open(log, path, 0, 0), AIL_OK);
    for (size_t i = 0; i < events; i++)
        cr_assert_eq(ail_rrlog_next(log, &e), AIL_OK);
    uint64_t at = e.offset + 5;
    cr_assert_eq(ail_rrlog_next(log, &e), AIL_OK);
    cr_assert_eq(e.offset, at);
    cr_assert_eq(e.len, size);
    for (size_t i = 0; i < size; i++)
        cr_assert_eq(e.payload[i], (uint8_t)(i % 251));
    ail_rrlog_free(log);

    /* The same again, from the payload's event on. */
    log = ail_rrlog_new();
    cr_assert_eq(ail_rrlog_open(log, path, at, 3 * events), AIL_OK);
    cr_assert_eq(ail_rrlog_next(log, &e), AIL_OK);
    cr_assert_eq(e.kind, AIL_RRLOG_CHAR_READ);
    cr_assert_eq(e.icount, 3 * events);
    cr_assert_eq(ail_rrlog_next(log, &e), AIL_OK);
    cr_assert_eq(e.value, 7);
    ail_rrlog_free(log);
    ail_buf_clear(&b);
    rrlog_drop(path);
}
