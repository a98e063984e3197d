/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "tests/search_machine.h"

static char *search(SearchMachine *m, const char *what)
{
    char *text = chunk_analyse(m->b, what, SEARCH_COLUMNS, AIL_OUTPUT_JSON);
    chunk_builder_free(m->b);
    return text;
}

static unsigned lines_of(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void expect(char *text, const char *all)
{
    cr_expect_str_eq(text, all);
    free(text);
}

static void expect_not_found(char *text)
{
    cr_expect(strstr(text, "\"matches\":0}"), "%s", text);
    free(text);
}

#define PLACE(string, pc, access, first, last, n, addr, via)                                       \
    "{\"analysis\":\"stringsearch\",\"string\":\"" string "\",\"encoding\":\"bytes\",\"pc\":\"" pc \
    "\",\"asid\":\"0x1000\",\"access\":\"" access "\",\"first_icount\":" first                     \
    ",\"last_icount\":" last ",\"matches\":" n ",\"address\":\"" addr "\",\"via\":\"" via "\"}\n"

Test(stringsearch, byte_loop)
{
    SearchMachine m = search_machine();
    for (unsigned i = 0; i < 9; i++) {
        chunk_run(m.b, m.one);
        chunk_read(m.b, 0, 0x8000 + i, 1, (uint8_t) "xxsecretx"[i]);
    }
    expect(search(&m, "stringsearch,string=secret"),
           PLACE("secret", "0x100", "read", "7", "7", "1", "0x8002", "both"));
}

Test(stringsearch, one_instruction_at_scattered_addresses)
{
    SearchMachine m = search_machine();
    for (unsigned i = 0; i < 6; i++) {
        chunk_run(m.b, m.one);
        chunk_write(m.b, 0, 0xf000, 1, (uint8_t) "secret"[i]); /* a device register */
    }
    expect(search(&m, "stringsearch,string=secret"),
           PLACE("secret", "0x100", "write", "5", "5", "1", "0xeffb", "instruction"));
}

/* What an instruction accesses in another block that has it, too, comes in between. */
Test(stringsearch, one_instruction_in_blocks_that_overlap)
{
    SearchMachine m = search_machine();
    uint32_t longer = chunk_block(m.b, 0xff, AIL_MODE_X86_64, true, "\x90\x90", 2, 2, 1, 1);
    for (unsigned i = 0; i < 3; i++) {
        chunk_run(m.b, i == 1 ? longer : m.one);
        chunk_write(m.b, i == 1, 0xf000, 1, (uint8_t) "ab."[i]);
    }
    expect(search(&m, "stringsearch,string=ab"),
           PLACE("ab", "0x100", "write", "2", "2", "1", "0xefff", "instruction"));
}

Test(stringsearch, rep_movs_reads_and_writes)
{
    SearchMachine m = search_machine();
    for (unsigned i = 0; i < 3; i++) {
        chunk_run(m.b, m.one);
        chunk_read_bytes(m.b, 0, 0x8000 + 4 * i, &"..a secret.."[4 * i], 4);
        chunk_write_bytes(m.b, 0, 0x9000 + 4 * i, &"..a secret.."[4 * i], 4);
    }
    expect(search(&m, "stringsearch,string=secret"),
           PLACE("secret", "0x100", "read", "2", "2", "1", "0x8004", "both")
               PLACE("secret", "0x100", "write", "2", "2", "1", "0x9004", "both"));
}

Test(stringsearch, unrolled_by_different_instructions_and_sizes)
{
    SearchMachine m = search_machine();
    static const char text[] = "....a long secret text!";
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8000, text, 4);
    chunk_read_bytes(m.b, 1, 0x6000, "stack...", 8); /* something else in between */
    chunk_read_bytes(m.b, 2, 0x8004, text + 4, 8);
    chunk_write_bytes(m.b, 3, 0x9000, text + 4, 8);
    chunk_read_bytes(m.b, 4, 0x800c, text + 12, 2);
    chunk_read_bytes(m.b, 5, 0x800e, text + 14, 1);
    chunk_read_bytes(m.b, 6, 0x800f, text + 15, 8);
    expect(search(&m, "stringsearch,string=long secret"),
           PLACE("long secret", "0x306", "read", "6", "6", "1", "0x8006", "addresses"));
}

Test(stringsearch, overlapping_loads_head_first)
{
    SearchMachine m = search_machine();
    static const char text[] = "the secret is twenty";
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8000, text, 16);
    chunk_read_bytes(m.b, 1, 0x8004, text + 4, 16);
    expect(search(&m, "stringsearch,string=secret is twenty"),
           PLACE("secret is twenty", "0x301", "read", "1", "1", "1", "0x8004", "both"));
    m = search_machine();
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8000, text, 16);
    chunk_read_bytes(m.b, 1, 0x8004, text + 4, 16);
    expect(search(&m, "stringsearch,string=the secret is twenty"),
           PLACE("the secret is twenty", "0x301", "read", "1", "1", "1", "0x8000", "addresses"));
}

Test(stringsearch, overlapping_loads_tail_first)
{
    SearchMachine m = search_machine();
    static const char text[] = "secret words";
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8004, text + 4, 8);
    chunk_read_bytes(m.b, 1, 0x8000, text, 8);
    expect(search(&m, "stringsearch,string=secret words"),
           PLACE("secret words", "0x301", "read", "1", "1", "1", "0x8000", "addresses"));
}

Test(stringsearch, overlap_with_other_bytes_is_no_match)
{
    SearchMachine m = search_machine();
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8000, "the secr", 8);
    chunk_read_bytes(m.b, 1, 0x8004, "XXXXet..", 8);
    expect_not_found(search(&m, "stringsearch,string=secret"));
}

Test(stringsearch, whole_in_one_wide_access)
{
    SearchMachine m = search_machine();
    chunk_run(m.b, m.one);
    chunk_write_bytes(m.b, 0, 0x8000, "........a secret", 16);
    expect(search(&m, "stringsearch,string=secret"),
           PLACE("secret", "0x100", "write", "0", "0", "1", "0x800a", "both"));
}

Test(stringsearch, reads_and_writes_and_spaces_are_not_mixed)
{
    SearchMachine m = search_machine();
    chunk_run(m.b, m.one);
    chunk_read_bytes(m.b, 0, 0x8000, "sec.", 2);
    chunk_run(m.b, m.one);
    chunk_write_bytes(m.b, 0, 0x8002, "cret", 4);
    expect_not_found(search(&m, "stringsearch,string=secret"));
    m = search_machine();
    chunk_run(m.b, m.one);
    chunk_read_bytes(m.b, 0, 0x8000, "se", 2);
    chunk_asid(m.b, 0x2000);
    chunk_run(m.b, m.one);
    chunk_read_bytes(m.b, 0, 0x8002, "cret", 4);
    expect_not_found(search(&m, "stringsearch,string=secret"));
}

/* Two functions call the same loop; each spells half. Then one spells all of it, interrupted. */
static void putc_from(SearchMachine *m, char c)
{
    chunk_run(m->b, m->call);
    chunk_write(m->b, 0, 0x7ff8, 8, 0x405);
    chunk_run(m->b, m->one);
    chunk_write(m->b, 0, 0xf000, 1, (uint8_t)c);
    chunk_run(m->b, m->ret);
    chunk_read(m->b, 0, 0x7ff8, 8, 0x405);
}

Test(stringsearch, callers_are_told_apart)
{
    SearchMachine m = search_machine();
    for (unsigned i = 0; i < 6; i++) {
        putc_from(&m, "secret"[i]);
        chunk_run(m.b, m.one); /* the same instruction, but not called */
        chunk_write(m.b, 0, 0xf000, 1, '-');
    }
    char *text = search(&m, "stringsearch,string=secret,string=------");
    cr_expect_eq(lines_of(text), 2);
    cr_expect(strstr(text, "\"string\":\"secret\",\"encoding\":\"bytes\",\"pc\":\"0x100\","
                           "\"caller\":\"0x405\",\"asid\":\"0x1000\",\"access\":\"write\","
                           "\"first_icount\":21,"),
              "%s", text);
    cr_expect(strstr(text, "\"string\":\"------\",\"encoding\":\"bytes\",\"pc\":\"0x100\","
                           "\"asid\":\"0x1000\",\"access\":\"write\",\"first_icount\":23,"),
              "%s", text);
    free(text);
}

Test(stringsearch, several_strings_and_suffixes_in_one_pass)
{
    SearchMachine m = search_machine();
    static const char text[] = "ushers";
    for (unsigned i = 0; i < 6; i++) {
        chunk_run(m.b, m.one);
        chunk_read(m.b, 0, 0x8000 + i, 1, (uint8_t)text[i]);
    }
    expect(search(&m, "stringsearch,string=he,string=she,string=his,string=hers"),
           PLACE("he", "0x100", "read", "3", "3", "1", "0x8002", "both") PLACE(
               "she", "0x100", "read", "3", "3", "1", "0x8001",
               "both") "{\"analysis\":\"stringsearch\",\"string\":\"his\",\"encoding\":\"bytes\","
                       "\"matches\":0}\n" PLACE("hers", "0x100", "read", "5", "5", "1", "0x8002",
                                                "both"));
}

Test(stringsearch, utf16_and_hex)
{
    SearchMachine m = search_machine();
    for (unsigned i = 0; i < 3; i++) {
        chunk_run(m.b, m.one);
        chunk_write(m.b, 0, 0x8000 + 2 * i, 2, (uint8_t) "key"[i]);
    }
    chunk_run(m.b, m.other);
    chunk_read(m.b, 0, 0x9000, 4, 0xefbeadde);
    char *text = search(&m, "stringsearch,string=key,utf16,hex=de ad:BEef");
    cr_expect_eq(lines_of(text), 3);
    cr_expect(strstr(text, "\"encoding\":\"bytes\",\"matches\":0}"));
    cr_expect(strstr(text, "\"encoding\":\"utf-16le\",\"pc\":\"0x100\",\"asid\":\"0x1000\","
                           "\"access\":\"write\",\"first_icount\":2,"));
    cr_expect(strstr(text, "\"string\":\"de ad:BEef\",\"encoding\":\"hex\",\"pc\":\"0x200\","));
    free(text);
}

Test(stringsearch, each_match_and_counts)
{
    SearchMachine m = search_machine();
    for (unsigned i = 0; i < 9; i++) {
        chunk_run(m.b, m.one);
        chunk_read(m.b, 0, 0x8000 + i, 1, (uint8_t) "keykeykey"[i]);
    }
    char *text = search(&m, "stringsearch,string=key,each");
    cr_expect_eq(lines_of(text), 4);
    cr_expect(strstr(text, "\"icount\":5,\"address\":\"0x8003\""), "%s", text);
    cr_expect(strstr(text, "\"first_icount\":2,\"last_icount\":8,\"matches\":3"), "%s", text);
    free(text);
}

Test(stringsearch, a_run_ends_after_the_window)
{
    for (unsigned window = 9; window <= 10; window++) {
        SearchMachine m = search_machine();
        chunk_run(m.b, m.one);
        chunk_read_bytes(m.b, 0, 0x8000, "se", 2);
        for (unsigned i = 0; i < 9; i++)
            chunk_run(m.b, m.other);
        chunk_run(m.b, m.other);
        chunk_read_bytes(m.b, 0, 0x8002, "cret", 4);
        char *what = g_strdup_printf("stringsearch,string=secret,window=%u", window);
        char *text = search(&m, what);
        cr_expect_eq(strstr(text, "\"matches\":0}") != NULL, window == 9, "%s", text);
        free(text);
        g_free(what);
    }
}

Test(stringsearch, nothing_to_search_for_is_an_error)
{
    SearchMachine m = search_machine();
    expect(search(&m, "stringsearch"),
           "error: stringsearch: nothing to search for: give string=TEXT or hex=BYTES");
    m = search_machine();
    expect(search(&m, "stringsearch,string="),
           "error: stringsearch: an empty string is everywhere");
    m = search_machine();
    expect(search(&m, "stringsearch,hex=abc"),
           "error: stringsearch: hex=abc: give pairs of hexadecimal digits, as in "
           "\"de ad be ef\"");
    m = search_machine();
    expect(search(&m, "stringsearch,name=key"),
           "error: stringsearch has no option \"name\" (it has: string, hex, utf16, each, window, "
           "top)");
}

Test(stringsearch, text_says_what_was_not_found)
{
    SearchMachine m = search_machine();
    chunk_run(m.b, m.one);
    char *text = chunk_analyse(m.b, "stringsearch,string=a\\,b", SEARCH_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "\"a,b\" (bytes, 3 bytes): not found\n");
    free(text);
    chunk_builder_free(m.b);
}

/* The string passes once by one instruction, twice by another and three times by a third. */
static SearchMachine three_places(void)
{
    SearchMachine m = search_machine();
    for (unsigned i = 0; i < 6; i++) {
        chunk_run(m.b, i == 0 ? m.eight : i < 3 ? m.one : m.other);
        chunk_read_bytes(m.b, 0, 0x8000 + 0x100 * i, "a key..", 8);
    }
    return m;
}

Test(stringsearch, the_places_with_most_matches_come_first)
{
    SearchMachine m = three_places();
    char *text =
        chunk_analyse(m.b, "stringsearch,string=key,top=2", SEARCH_COLUMNS, AIL_OUTPUT_TEXT);
    chunk_builder_free(m.b);
    const char *most = strstr(text, "\n  0x200 "), *fewer = strstr(text, "\n  0x100 ");
    cr_expect(most && fewer && most < fewer, "%s", text);
    cr_expect(!strstr(text, "\n  0x300 "));
    cr_expect(g_str_has_suffix(text, "\n  and 1 more places with 1 matches (--top=0 lists all)\n"),
              "%s", text);
    free(text);
    m = three_places();
    text = search(&m, "stringsearch,string=key,top=1");
    cr_expect_eq(lines_of(text), 2);
    cr_expect(strstr(text, "\"note\":\"more places of this string, with fewer matches (top)\","
                           "\"count\":2"),
              "%s", text);
    free(text);
}
