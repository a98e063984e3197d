/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/registry.h"
#include "tests/chunk_builder.h"
#include "tests/naive_search.h"

#define COLUMNS (AIL_COL_ALL & ~AIL_COL_SYNC)

/* A machine with a block of one nop (for any access) and one of eight, at different addresses. */
typedef struct Machine {
    ChunkBuilder *b;
    uint32_t one, other, eight, call, ret;
} Machine;

static Machine machine(void)
{
    Machine m = {.b = chunk_builder_new(AIL_ARCH_X86, 0x1000)};
    m.one = chunk_block(m.b, 0x100, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    m.other = chunk_block(m.b, 0x200, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    m.eight = chunk_block(m.b, 0x300, AIL_MODE_X86_64, true, "\x90\x90\x90\x90\x90\x90\x90\x90", 8,
                          8, 1, 1, 1, 1, 1, 1, 1, 1);
    m.call = chunk_block(m.b, 0x400, AIL_MODE_X86_64, true, "\xe8\0\0\0\0", 5, 1, 5);
    m.ret = chunk_block(m.b, 0x500, AIL_MODE_X86_64, true, "\xc3", 1, 1, 1);
    return m;
}

static char *search(Machine *m, const char *what)
{
    char *text = chunk_analyse(m->b, what, COLUMNS, AIL_OUTPUT_JSON);
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
    Machine m = machine();
    for (unsigned i = 0; i < 9; i++) {
        chunk_run(m.b, m.one);
        chunk_read(m.b, 0, 0x8000 + i, 1, (uint8_t) "xxsecretx"[i]);
    }
    expect(search(&m, "stringsearch,string=secret"),
           PLACE("secret", "0x100", "read", "7", "7", "1", "0x8002", "both"));
}

Test(stringsearch, one_instruction_at_scattered_addresses)
{
    Machine m = machine();
    for (unsigned i = 0; i < 6; i++) {
        chunk_run(m.b, m.one);
        chunk_write(m.b, 0, 0xf000, 1, (uint8_t) "secret"[i]); /* a device register */
    }
    expect(search(&m, "stringsearch,string=secret"),
           PLACE("secret", "0x100", "write", "5", "5", "1", "0xeffb", "instruction"));
}

Test(stringsearch, rep_movs_reads_and_writes)
{
    Machine m = machine();
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
    Machine m = machine();
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
    Machine m = machine();
    static const char text[] = "the secret is twenty";
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8000, text, 16);
    chunk_read_bytes(m.b, 1, 0x8004, text + 4, 16);
    expect(search(&m, "stringsearch,string=secret is twenty"),
           PLACE("secret is twenty", "0x301", "read", "1", "1", "1", "0x8004", "both"));
    m = machine();
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8000, text, 16);
    chunk_read_bytes(m.b, 1, 0x8004, text + 4, 16);
    expect(search(&m, "stringsearch,string=the secret is twenty"),
           PLACE("the secret is twenty", "0x301", "read", "1", "1", "1", "0x8000", "addresses"));
}

Test(stringsearch, overlapping_loads_tail_first)
{
    Machine m = machine();
    static const char text[] = "secret words";
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8004, text + 4, 8);
    chunk_read_bytes(m.b, 1, 0x8000, text, 8);
    expect(search(&m, "stringsearch,string=secret words"),
           PLACE("secret words", "0x301", "read", "1", "1", "1", "0x8000", "addresses"));
}

Test(stringsearch, overlap_with_other_bytes_is_no_match)
{
    Machine m = machine();
    chunk_run(m.b, m.eight);
    chunk_read_bytes(m.b, 0, 0x8000, "the secr", 8);
    chunk_read_bytes(m.b, 1, 0x8004, "XXXXet..", 8);
    expect_not_found(search(&m, "stringsearch,string=secret"));
}

Test(stringsearch, whole_in_one_wide_access)
{
    Machine m = machine();
    chunk_run(m.b, m.one);
    chunk_write_bytes(m.b, 0, 0x8000, "........a secret", 16);
    expect(search(&m, "stringsearch,string=secret"),
           PLACE("secret", "0x100", "write", "0", "0", "1", "0x800a", "both"));
}

Test(stringsearch, reads_and_writes_and_spaces_are_not_mixed)
{
    Machine m = machine();
    chunk_run(m.b, m.one);
    chunk_read_bytes(m.b, 0, 0x8000, "sec.", 2);
    chunk_run(m.b, m.one);
    chunk_write_bytes(m.b, 0, 0x8002, "cret", 4);
    expect_not_found(search(&m, "stringsearch,string=secret"));
    m = machine();
    chunk_run(m.b, m.one);
    chunk_read_bytes(m.b, 0, 0x8000, "se", 2);
    chunk_asid(m.b, 0x2000);
    chunk_run(m.b, m.one);
    chunk_read_bytes(m.b, 0, 0x8002, "cret", 4);
    expect_not_found(search(&m, "stringsearch,string=secret"));
}

/* Two functions call the same loop; each spells half. Then one spells all of it, interrupted. */
static void putc_from(Machine *m, char c)
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
    Machine m = machine();
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
    Machine m = machine();
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
    Machine m = machine();
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
    Machine m = machine();
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
        Machine m = machine();
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
    Machine m = machine();
    expect(search(&m, "stringsearch"),
           "error: stringsearch: nothing to search for: give string=TEXT or hex=BYTES");
    m = machine();
    expect(search(&m, "stringsearch,string="),
           "error: stringsearch: an empty string is everywhere");
    m = machine();
    expect(search(&m, "stringsearch,hex=abc"),
           "error: stringsearch: hex=abc: give pairs of hexadecimal digits, as in "
           "\"de ad be ef\"");
    m = machine();
    expect(search(&m, "stringsearch,name=key"),
           "error: stringsearch has no option \"name\" (it has: string, hex, utf16, each, window, "
           "top)");
}

Test(stringsearch, text_says_what_was_not_found)
{
    Machine m = machine();
    chunk_run(m.b, m.one);
    char *text = chunk_analyse(m.b, "stringsearch,string=a\\,b", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "\"a,b\" (bytes, 3 bytes): not found\n");
    free(text);
    chunk_builder_free(m.b);
}

/* The string passes once by one instruction, twice by another and three times by a third. */
static Machine three_places(void)
{
    Machine m = machine();
    for (unsigned i = 0; i < 6; i++) {
        chunk_run(m.b, i == 0 ? m.eight : i < 3 ? m.one : m.other);
        chunk_read_bytes(m.b, 0, 0x8000 + 0x100 * i, "a key..", 8);
    }
    return m;
}

Test(stringsearch, the_places_with_most_matches_come_first)
{
    Machine m = three_places();
    char *text = chunk_analyse(m.b, "stringsearch,string=key,top=2", COLUMNS, AIL_OUTPUT_TEXT);
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

/* --- against the naive search, over generated executions --- */

/* What runs is made up as it goes along, and both searches get it. */
typedef struct Made {
    GRand *rand;
    Machine m;
    uint32_t call_too;
    AilPass *pass;
    Naive *naive;
    GPtrArray *patterns; /* of GString */
    GArray *accesses;    /* of NaiveAccess: those of the last execution */
    uint64_t asid, pc, callers[8];
    unsigned depth;
} Made;

static uint32_t below(Made *t, uint32_t n)
{
    return (uint32_t)g_rand_int_range(t->rand, 0, (gint32)n);
}

static void flush(Made *t)
{
    cr_assert_eq(ail_pass_chunk(t->pass, chunk_builder_take(t->m.b)), AIL_OK);
}

static void made_run(Made *t, uint32_t id, uint64_t pc)
{
    if (below(t, 40) == 0)
        flush(t);
    if (below(t, 60) == 0) {
        t->asid = 0x1000 * (1 + below(t, 2));
        chunk_asid(t->m.b, t->asid);
    }
    t->pc = pc;
    g_array_set_size(t->accesses, 0);
    chunk_run(t->m.b, id);
}

static void made_access(Made *t, unsigned insn, uint64_t addr, const void *bytes, unsigned size,
                        bool write)
{
    unsigned n_insns = t->pc == 0x300 ? 8 : 1;
    NaiveAccess a = {.pc = t->pc + insn,
                     .icount = chunk_icount(t->m.b) - n_insns + insn,
                     .asid = t->asid,
                     .caller = t->depth ? t->callers[t->depth - 1] : 0,
                     .addr = addr,
                     .size = size,
                     .write = write};
    memcpy(a.bytes, bytes, size);
    if (write)
        chunk_write_bytes(t->m.b, insn, addr, bytes, size);
    else
        chunk_read_bytes(t->m.b, insn, addr, bytes, size);
    g_array_append_val(t->accesses, a);
    naive_access(t->naive, &a, t->accesses);
}

static void made_call(Made *t)
{
    bool too = below(t, 2);
    uint64_t pc = too ? 0x440 : 0x400, ret = pc + 5;
    made_run(t, too ? t->call_too : t->m.call, pc);
    made_access(t, 0, 0x7ff8 - 16 * t->depth, &ret, 8, true);
    t->callers[t->depth++] = ret;
}

static void made_return(Made *t)
{
    made_run(t, t->m.ret, 0x500);
    made_access(t, 0, 0x7ff8 - 16 * (t->depth - 1), &t->callers[t->depth - 1], 8, false);
    t->depth--;
}

/* A text that has a pattern in it, mostly, and what is like it. */
static GString *made_text(Made *t)
{
    GString *text = g_string_new(NULL);
    for (unsigned part = 0; part < 3; part++) {
        for (unsigned n = below(t, 5); n; n--)
            g_string_append_c(text, (char)("abcdefgh"[below(t, 8)]));
        const GString *p = t->patterns->pdata[below(t, t->patterns->len)];
        g_string_append_len(text, p->str,
                            (gssize)(below(t, 4) ? p->len : below(t, (uint32_t)p->len + 1)));
    }
    g_string_append_len(text, "................", 16);
    return text;
}

/* A text is copied: a byte, a word or something of each size at a time, by one instruction or
 * several, in ascending order, with overlaps and with its tail first. */
static void made_copy(Made *t)
{
    GString *text = made_text(t);
    uint64_t base = 0x100000 + 0x400 * below(t, 64) + below(t, 20);
    unsigned way = below(t, 4), size = 1u << below(t, 5);
    bool write = below(t, 2);
    for (gsize at = 0; at + 16 <= text->len;) {
        bool eight = below(t, 3) == 0;
        made_run(t,
                 eight     ? t->m.eight
                 : way & 1 ? t->m.one
                           : t->m.other,
                 eight     ? 0x300
                 : way & 1 ? 0x100
                           : 0x200);
        for (unsigned n = eight ? 1 + below(t, 6) : 1, k = 0; n && at + 16 <= text->len; n--, k++) {
            if (way & 2)
                size = 1u << below(t, 5);
            unsigned back = below(t, 8) == 0 ? below(t, 4) : 0;
            at -= MIN(at, back);
            if (eight && n > 1 && below(t, 6) == 0 && at + 16 + size <= text->len)
                made_access(t, k, base + at + size / 2, text->str + at + size / 2, size, write);
            made_access(t, k, base + at, text->str + at, size, write);
            at += size;
        }
        if (below(t, 5) == 0) { /* something else, by the same instruction or not */
            made_run(t, below(t, 2) ? t->m.one : t->m.other, 0);
            t->pc = 0; /* has no accesses */
        }
    }
    g_string_free(text, TRUE);
}

static GPtrArray *made_patterns(GRand *rand, unsigned n)
{
    GPtrArray *all = g_ptr_array_new();
    while (all->len < n) {
        GString *p = g_string_new(NULL);
        gint32 len = g_rand_int_range(rand, 1, g_rand_int_range(rand, 2, 24));
        for (gint32 i = 0; i < len; i++)
            g_string_append_c(p, "abcdefgh\0\xff"[g_rand_int_range(rand, 0, 10)]);
        bool known = false;
        for (guint i = 0; i < all->len; i++)
            known |= g_string_equal(all->pdata[i], p);
        if (known)
            g_string_free(p, TRUE);
        else
            g_ptr_array_add(all, p);
    }
    return all;
}

static char *made_question(const GPtrArray *patterns, uint64_t window)
{
    GString *what = g_string_new("stringsearch");
    g_string_append_printf(what, ",window=%" G_GUINT64_FORMAT, window);
    for (guint i = 0; i < patterns->len; i++) {
        const GString *p = patterns->pdata[i];
        g_string_append(what, ",hex=");
        for (gsize k = 0; k < p->len; k++)
            g_string_append_printf(what, "%02x", (uint8_t)p->str[k]);
    }
    return g_string_free(what, FALSE);
}

/* The member of a line of JSON, with its quotes removed; "0" when there is none. */
static char *member(const char *line, const char *name)
{
    char *key = g_strdup_printf("\"%s\":", name);
    const char *at = strstr(line, key);
    char *value = g_strdup("0");
    if (at) {
        at += strlen(key);
        at += *at == '"';
        at += strncmp(at, "0x", 2) == 0 ? 2 : 0;
        g_free(value);
        value = g_strndup(at, strcspn(at, "\",}"));
    }
    g_free(key);
    return value;
}

static gint by_line(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The report as naive_report writes it. */
static char *plain_report(const char *json)
{
    static const char *const names[] = {"string",       "access",      "pc",      "caller", "asid",
                                        "first_icount", "last_icount", "matches", "via"};
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    char **lines = g_strsplit(json, "\n", -1);
    for (char **l = lines; *l && **l; l++) {
        cr_expect(!strstr(*l, "\"note\""), "%s", *l);
        char *v[9];
        for (unsigned i = 0; i < 9; i++)
            v[i] = member(*l, names[i]);
        if (strcmp(v[7], "0") != 0)
            g_ptr_array_add(out,
                            g_strdup_printf("%s %s pc %s caller %s asid %s first %s last %s "
                                            "matches %s via %s",
                                            v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));
        for (unsigned i = 0; i < 9; i++)
            g_free(v[i]);
    }
    g_strfreev(lines);
    g_ptr_array_sort(out, by_line);
    g_ptr_array_add(out, NULL);
    char *text = g_strjoinv("\n", (char **)out->pdata);
    g_ptr_array_free(out, TRUE);
    return text;
}

static AilPass *pass_with(const char *what)
{
    AilPass *pass = ail_pass_new();
    const AilAnalysisOps *ops;
    AilOptions *options;
    AilError err = {""};
    cr_assert_eq(ail_analysis_parse(what, &ops, &options, &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_pass_add(pass, ops, options), AIL_OK);
    return pass;
}

static void made_all(Made *t, unsigned copies)
{
    for (unsigned i = 0; i < copies; i++) {
        if (t->depth < 3 && below(t, 3) == 0)
            made_call(t);
        else if (t->depth && below(t, 3) == 0)
            made_return(t);
        made_copy(t);
    }
    flush(t);
}

static void compare(uint32_t seed, unsigned n_patterns, uint64_t window)
{
    Made t = {.rand = g_rand_new_with_seed(seed), .m = machine(), .asid = 0x1000};
    t.call_too = chunk_block(t.m.b, 0x440, AIL_MODE_X86_64, true, "\xe8\0\0\0\0", 5, 1, 5);
    t.patterns = made_patterns(t.rand, n_patterns);
    t.naive = naive_new(t.patterns, window);
    t.accesses = g_array_new(FALSE, FALSE, sizeof(NaiveAccess));
    char *what = made_question(t.patterns, window), *json = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&json, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_JSON, 100);
    t.pass = pass_with(what);
    cr_assert_eq(ail_pass_begin(t.pass, chunk_info(t.m.b), COLUMNS, out), AIL_OK);
    made_all(&t, 300);
    cr_assert_eq(ail_pass_finish(t.pass), AIL_OK);
    ail_output_free(out);
    fclose(file);
    char *want = naive_report(t.naive), *have = plain_report(json);
    cr_expect_str_eq(have, want, "seed %u, %u patterns, window %u", seed, n_patterns,
                     (unsigned)window);
    cr_expect(*want);
    ail_pass_free(t.pass);
    naive_free(t.naive);
    chunk_builder_free(t.m.b);
    for (guint i = 0; i < t.patterns->len; i++)
        g_string_free(t.patterns->pdata[i], TRUE);
    g_ptr_array_free(t.patterns, TRUE);
    g_array_free(t.accesses, TRUE);
    g_rand_free(t.rand);
    g_free(want);
    g_free(have);
    g_free(what);
    free(json);
}

Test(stringsearch, finds_what_a_naive_search_finds)
{
    static const unsigned patterns[] = {1, 3, 20, 100};
    static const uint64_t windows[] = {20, 300, 65536};
    for (uint32_t seed = 1; seed <= 10; seed++)
        for (unsigned i = 0; i < 4; i++)
            for (unsigned w = 0; w < 3; w++)
                compare(seed, patterns[i], windows[w]);
}
