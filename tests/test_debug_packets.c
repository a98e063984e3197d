/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gdb's protocol as bytes, well-formed and not. */
#include "replayer/debug_packets.h"

#include <criterion/criterion.h>
#include <string.h>

/* What comes out when `bytes` go in, `step` at a time: packets in <>, other items as letters. */
static char *read_all(const char *bytes, size_t size, size_t step)
{
    static const char letters[] = {
        [AIL_GDB_BROKEN] = '!', [AIL_GDB_INTERRUPT] = 'C', [AIL_GDB_REFUSED] = '-'};
    AilGdbReader *r = ail_gdb_reader_new();
    GString *out = g_string_new(NULL), *packet = g_string_new(NULL);
    for (size_t at = 0; at < size; at += step) {
        ail_gdb_reader_feed(r, bytes + at, MIN(step, size - at));
        for (AilGdbItem i; (i = ail_gdb_reader_next(r, packet)) != AIL_GDB_MORE;) {
            if (i == AIL_GDB_PACKET)
                g_string_append_printf(out, "<%s>", packet->str);
            else
                g_string_append_c(out, letters[i]);
        }
    }
    g_string_free(packet, TRUE);
    ail_gdb_reader_free(r);
    return g_string_free(out, FALSE);
}

static void expect_read(const char *bytes, const char *expected)
{
    for (size_t step = 1; step <= strlen(bytes); step++) {
        char *got = read_all(bytes, strlen(bytes), step);
        cr_expect_str_eq(got, expected, "%s, %zu at a time: %s", bytes, step, got);
        g_free(got);
    }
}

Test(packets, are_read)
{
    expect_read("$OK#9a", "<OK>");
    expect_read("+$OK#9A+$g#67", "<OK><g>");
    expect_read("$#00", "<>");
    expect_read("\x03$c#63\x03", "C<c>C");
    expect_read("-", "-");
    expect_read("$m10,\x03#fd", "<m10,\x03>");
}

Test(packets, that_are_broken_are_told)
{
    expect_read("$OK#9b", "!");
    expect_read("$OK#zz$g#67", "!<g>");
    expect_read("$OK#9$g#67", "!"); /* the '$' was taken for a digit */
    expect_read("$OK$g#67", "<g>");
    expect_read("noise#9a$g#67", "<g>");
    expect_read("$never ends", "");
}

Test(packets, that_never_end_take_no_memory)
{
    AilGdbReader *r = ail_gdb_reader_new();
    GString *packet = g_string_new(NULL);
    char *much = g_strnfill(1 << 20, 'a');
    ail_gdb_reader_feed(r, "$", 1);
    for (int i = 0; i < 8; i++) {
        ail_gdb_reader_feed(r, much, 1 << 20);
        cr_expect_eq(ail_gdb_reader_next(r, packet), AIL_GDB_MORE);
        cr_expect_eq(ail_gdb_reader_waiting(r), 0);
    }
    ail_gdb_reader_feed(r, "#00$g#67", 8); /* the sum happens to be right */
    cr_expect_eq(ail_gdb_reader_next(r, packet), AIL_GDB_BROKEN);
    cr_expect_eq(ail_gdb_reader_next(r, packet), AIL_GDB_PACKET);
    cr_expect_str_eq(packet->str, "g");
    g_string_free(packet, TRUE);
    ail_gdb_reader_free(r);
    g_free(much);
}

/* While the machine runs the interrupt is taken, and nothing else. */
Test(packets, interrupt_alone_is_taken)
{
    AilGdbReader *r = ail_gdb_reader_new();
    GString *packet = g_string_new(NULL);
    cr_expect_not(ail_gdb_reader_take_interrupt(r));
    ail_gdb_reader_feed(r, "+\x03$g#67\x03", 8);
    cr_expect(ail_gdb_reader_take_interrupt(r));
    cr_expect_not(ail_gdb_reader_take_interrupt(r));
    cr_expect_eq(ail_gdb_reader_next(r, packet), AIL_GDB_PACKET);
    cr_expect(ail_gdb_reader_take_interrupt(r));
    ail_gdb_reader_feed(r, "$m\x03", 3);
    cr_expect_eq(ail_gdb_reader_next(r, packet), AIL_GDB_MORE);
    cr_expect_not(ail_gdb_reader_take_interrupt(r));
    g_string_free(packet, TRUE);
    ail_gdb_reader_free(r);
}

/* Bytes of all values in any order: nothing but the sanitizers has an opinion. */
Test(packets, of_any_bytes_do_no_harm)
{
    GRand *rand = g_rand_new_with_seed(4);
    static const char likely[] = "$#+-}*\x03"
                                 "cCsSzZ0123456789abcdef,;:";
    for (int i = 0; i < 2000; i++) {
        char bytes[64];
        AilGdbBreak b;
        GString *text = g_string_new(NULL);
        size_t size = (size_t)g_rand_int_range(rand, 1, sizeof bytes);
        for (size_t k = 0; k < size; k++)
            bytes[k] = g_rand_boolean(rand) ? likely[g_rand_int_range(rand, 0, sizeof likely - 1)]
                                            : (char)g_rand_int_range(rand, 0, 256);
        g_free(read_all(bytes, size, 7));
        bytes[size - 1] = '\0';
        ail_gdb_parse_run(bytes);
        ail_gdb_parse_break(bytes, &b);
        ail_gdb_from_hex(bytes, text);
        g_string_free(text, TRUE);
    }
    g_rand_free(rand);
}

Test(packets, are_framed)
{
    GString *out = g_string_new(NULL);
    ail_gdb_frame("OK", 2, out);
    ail_gdb_frame("", 0, out);
    ail_gdb_frame("\xff\xff", 2, out);
    cr_expect_str_eq(out->str, "$OK#9a$#00$\xff\xff#fe");
    g_string_free(out, TRUE);
}

Test(packets, that_let_the_machine_run)
{
    static const struct {
        const char *packet;
        AilGdbRun run;
    } packets[] = {
        {"c", AIL_GDB_CONTINUE},
        {"s", AIL_GDB_STEP},
        {"C05", AIL_GDB_CONTINUE},
        {"S00", AIL_GDB_STEP},
        {"vCont;c", AIL_GDB_CONTINUE},
        {"vCont;s:1;c", AIL_GDB_STEP},
        {"vCont;C05:-1", AIL_GDB_CONTINUE},
        {"vCont;", AIL_GDB_NOT_POSSIBLE},
        {"vCont;t", AIL_GDB_NOT_POSSIBLE},
        {"vCont;r10,20:1", AIL_GDB_NOT_POSSIBLE},
        {"c1000", AIL_GDB_NOT_POSSIBLE},
        {"s1000", AIL_GDB_NOT_POSSIBLE},
        {"C", AIL_GDB_NOT_POSSIBLE},
        {"C05;1000", AIL_GDB_NOT_POSSIBLE},
        {"vCont?", AIL_GDB_NO_RUN},
        {"bs", AIL_GDB_NO_RUN},
        {"", AIL_GDB_NO_RUN},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++)
        cr_expect_eq(ail_gdb_parse_run(packets[i].packet), packets[i].run, "%s", packets[i].packet);
}

Test(packets, that_set_breakpoints)
{
    AilGdbBreak b;
    cr_assert(ail_gdb_parse_break("2,ffffffff81000000,4", &b));
    cr_expect(b.type == 2 && b.address == 0xffffffff81000000 && b.kind == 4);
    static const char *const wrong[] = {
        "",       "0",      "0,",         "0,1",    "0,1,",
        "5,1,1",  "0,,1",   "0,1,1;cond", "0,x,1",  "0,1,1,",
        "01,1,1", "-1,1,1", "0,1 ,1",     "0 ,1,1", "0,10000000000000000,1"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        cr_expect_not(ail_gdb_parse_break(wrong[i], &b), "%s", wrong[i]);
}

Test(packets, hold_text_as_hex)
{
    GString *text = g_string_new(NULL), *hex = g_string_new(NULL);
    cr_expect(ail_gdb_from_hex("6869FF", text));
    cr_expect_str_eq(text->str, "hi\xff");
    ail_gdb_to_hex(text->str, hex);
    cr_expect_str_eq(hex->str, "6869ff");
    static const char *const wrong[] = {"6", "686", "6g", "00", "680069", "zz"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        cr_expect_not(ail_gdb_from_hex(wrong[i], text), "%s", wrong[i]);
    g_string_free(hex, TRUE);
    g_string_free(text, TRUE);
}
