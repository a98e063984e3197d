/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stringsearch against a search that is slow and simple, over generated executions. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/registry.h"
#include "tests/naive_search.h"
#include "tests/search_machine.h"

/* What runs is made up as it goes along, and both searches get it. */
typedef struct Made {
    GRand *rand;
    SearchMachine m;
    uint32_t call_too;
    uint32_t before_one; /* a block at 0xff, whose second instruction is that of `one` */
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
    unsigned n_insns = t->pc == 0x300 ? 8 : t->pc == 0xff ? 2 : 1;
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

static void made_space(Made *t, uint64_t asid)
{
    t->asid = asid;
    chunk_asid(t->m.b, asid);
}

/* An access of what would come next, which is not what would come next: it is in the other
 * direction or another address space. */
static void made_distraction(Made *t, uint64_t addr, bool write)
{
    uint64_t asid = t->asid;
    bool space = below(t, 2);
    if (space)
        made_space(t, 0x3000);
    made_run(t, t->m.other, 0x200);
    made_access(t, 0, addr, "#", 1, space ? write : !write);
    if (space)
        made_space(t, asid);
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
        bool eight = below(t, 3) == 0, before = !eight && way & 1 && below(t, 4) == 0;
        made_run(t,
                 eight     ? t->m.eight
                 : before  ? t->before_one
                 : way & 1 ? t->m.one
                           : t->m.other,
                 eight     ? 0x300
                 : before  ? 0xff
                 : way & 1 ? 0x100
                           : 0x200);
        for (unsigned n = eight ? 1 + below(t, 6) : 1, k = before; n && at + 16 <= text->len;
             n--, k++) {
            if (way & 2)
                size = 1u << below(t, 5);
            unsigned back = below(t, 8) == 0 ? below(t, 4) : 0;
            at -= MIN(at, back);
            if (eight && n > 1 && below(t, 6) == 0 && at + 16 + size <= text->len)
                made_access(t, k, base + at + size / 2, text->str + at + size / 2, size, write);
            made_access(t, k, base + at, text->str + at, size, write);
            at += size;
        }
        if (below(t, 8) == 0)
            made_distraction(t, base + at, write);
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
    Made t = {.rand = g_rand_new_with_seed(seed), .m = search_machine(), .asid = 0x1000};
    t.call_too = chunk_block(t.m.b, 0x440, AIL_MODE_X86_64, true, "\xe8\0\0\0\0", 5, 1, 5);
    t.before_one = chunk_block(t.m.b, 0xff, AIL_MODE_X86_64, true, "\x90\x90", 2, 2, 1, 1);
    t.patterns = made_patterns(t.rand, n_patterns);
    t.naive = naive_new(t.patterns, window);
    t.accesses = g_array_new(FALSE, FALSE, sizeof(NaiveAccess));
    char *what = made_question(t.patterns, window), *json = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&json, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_JSON, 100);
    t.pass = pass_with(what);
    cr_assert_eq(ail_pass_begin(t.pass, chunk_info(t.m.b), SEARCH_COLUMNS, out), AIL_OK);
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

Test(search_naive, finds_what_a_naive_search_finds)
{
    static const unsigned patterns[] = {1, 3, 20, 100};
    static const uint64_t windows[] = {20, 300, 65536};
    for (uint32_t seed = 1; seed <= 10; seed++)
        for (unsigned i = 0; i < 4; i++)
            for (unsigned w = 0; w < 3; w++)
                compare(seed, patterns[i], windows[w]);
}
