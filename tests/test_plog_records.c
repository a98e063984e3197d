/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `--plog` of all analyses, and `ailurus plog`: the records are what --json prints, member by
 * member, and protobuf's own tools read them. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "tests/made_trace.h"
#include "tests/shell.h"

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
    char *made = made_trace(20, true), *path = g_build_filename(dir, "t.trace", NULL);
    cr_assert_eq(g_rename(made, path), 0);
    g_free(made);
    g_free(path);
}

static void tear_down(void)
{
    ail_folder_remove(dir);
}

TestSuite(plog_records, .init = set_up, .fini = tear_down, .timeout = 300);

static char **lines_of(const char *name)
{
    char *path = g_build_filename(dir, name, NULL), *text;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    char **lines = g_strsplit(text, "\n", -1);
    g_free(text);
    g_free(path);
    return lines;
}

/* Both files have the same objects, line by line; the order of members does not count. Returns how
 * many lines. */
static unsigned expect_same_json(const char *a, const char *b, const char *what)
{
    char **x = lines_of(a), **y = lines_of(b);
    unsigned n = 0;
    for (; x[n] && *x[n]; n++) {
        cr_assert(y[n] && *y[n], "%s: line %u is missing: %s", what, n, x[n]);
        JsonNode *left = json_from_string(x[n], NULL), *right = json_from_string(y[n], NULL);
        cr_assert(left && right && json_node_equal(left, right), "%s: %s is not %s", what, y[n],
                  x[n]);
        json_node_unref(left);
        json_node_unref(right);
    }
    cr_expect(!y[n] || !*y[n], "%s: a line too much: %s", what, y[n]);
    g_strfreev(x);
    g_strfreev(y);
    return n;
}

/* Text and JSON are the same with a plog beside them, and the plog has what JSON has. Returns how
 * many records. */
static unsigned expect_same_records(const char *trace, const char *analyses)
{
    ail_run(dir,
            "$A analyze %s %s >a.txt && $A analyze %s %s --plog t.plog >b.txt && cmp a.txt b.txt",
            trace, analyses, trace, analyses);
    ail_run(dir, "$A analyze %s %s --json >a.json && cp a.json b.json", trace, analyses);
    ail_run(dir,
            "$A analyze %s %s -j2 --json --plog j.plog >b.json && cmp a.json b.json && "
            "cmp t.plog j.plog",
            trace, analyses);
    ail_run(dir, "zstd -tq t.plog && $A plog --json t.plog >c.json && test ! -e t.plog.partial");
    ail_run(dir, "$A plog --json - <t.plog | cmp c.json");
    return expect_same_json("a.json", "c.json", analyses);
}

Test(plog_records, are_what_json_says)
{
    static const struct {
        const char *analyses;
        unsigned least; /* records, at least */
    } runs[] = {
        {"-a asidstory", 1},
        {"-a hotblocks,top=0", 31},
        {"-a hotblocks,by=executions", 20},
        {"-a stringsearch,hex=ff", 20},
        {"-a stringsearch,hex=ff,each", 20},
        {"-a stringsearch,hex=ff,top=1", 2}, /* and a note */
        {"-a stringsearch,string=absent,string=ab,utf16", 2},
        {"-a coverage", 2},
        {"-a taint,label-hex=ff,memory,dead,top=0", 2},
        {"-a taint,label-hex=ff,by=module", 2},
        {"-a callstack,at=1000", 1},
        {"-a callstack,folded", 2},
        {"-a callstack,when-pc=0x1", 1}, /* a note */
        {"-a stringsearch,hex=ff -a callstack,on-match,limit=5 -a hotblocks -a asidstory", 50},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(runs); i++) {
        unsigned n = expect_same_records("t.trace", runs[i].analyses);
        cr_expect_geq(n, runs[i].least, "%s: %u records", runs[i].analyses, n);
    }
}

Test(plog_records, of_a_guest_are_what_json_says)
{
    ail_run(dir,
            "$A record --no-check --arch x86_64 --kernel $G/x86-strings.elf -o g.rr >g.log 2>&1");
    ail_run(dir, "$A replay g.rr -o g.trace >g.log 2>&1");
    cr_expect_geq(expect_same_records("g.trace",
                                      "-a stringsearch,string=panda,each "
                                      "-a callstack,on-match -a hotblocks -a asidstory,top=1"),
                  20);
    cr_expect_geq(expect_same_records("g.trace", "-a callstack,folded"), 1);
}

Test(plog_records, a_command_of_its_own_writes_them)
{
    ail_run(dir, "$A hotblocks t.trace --plog a.plog >a.txt && $A hotblocks t.trace | cmp a.txt");
    ail_run(dir,
            "$A hotblocks t.trace --plog - | $A plog - --count >b.txt && "
            "test \"$(cat b.txt)\" = 'hotblocks 20' && $A hotblocks t.trace --plog - | cmp a.plog");
}

Test(plog_records, are_chosen)
{
    ail_run(dir, "$A analyze t.trace -a stringsearch,hex=ff,each -a callstack,at=1000 -a hotblocks "
                 "-a asidstory --plog t.plog --json >a.json && $A plog --json t.plog >all.json");
    ail_run(dir, "$A plog t.plog --json --type stringsearch >b.json && "
                 "grep '^{\"analysis\":\"stringsearch\"' all.json | cmp b.json && test -s b.json");
    /* Records with an icount are chosen by it, or by first_icount. */
    ail_run(
        dir,
        "$A plog t.plog --json --type stringsearch --from 1000 --to 20000 >b.json && "
        "sed -n 's/.*\"[first_]*icount\":\\([0-9]*\\).*/\\1 &/p' all.json | grep stringsearch | "
        "awk '$1 >= 1000 && $1 < 20000' | sed 's/^[0-9]* //' | cmp b.json && test -s b.json");
    ail_run(dir, "$A plog t.plog --from 0 --to 1 --count | grep -x 'asidstory 1'");
    ail_run(
        dir,
        "PC=$(sed -n 's/.*hotblocks.*\"pc\":\"\\(0x[0-9a-f]*\\)\".*/\\1/p' all.json | head -1) && "
        "$A plog t.plog --json --pc $PC --type hotblocks >b.json && "
        "grep hotblocks all.json | grep \"\\\"$PC\\\"\" | cmp b.json");
    ail_run(dir, "$A plog t.plog --count --json >b.json && "
                 "grep -x '{\"analysis\":\"hotblocks\",\"records\":20}' b.json");
}

Test(plog_records, protobuf_reads_them)
{
    ail_run(dir, "$A analyze t.trace -a callstack,at=1000 -a hotblocks --plog t.plog >a.txt");
    ail_run(dir, "$A plog t.plog --schema >plog.proto && "
                 "zstdcat t.plog | protoc --decode ailurus.AilPlog plog.proto >a.txt");
    ail_run(dir, "$A plog t.plog --descriptor >d && zstdcat t.plog | "
                 "protoc --descriptor_set_in=d --decode ailurus.AilPlog >b.txt && cmp a.txt b.txt");
    ail_run(dir, "test $(grep -c '^entry {' a.txt) = 21 && grep -q '    why: \"at\"' a.txt");
    /* Its numbers are ours: executions of all hot blocks, in order. */
    ail_run(dir, "sed -n 's/.*executions: //p' a.txt >a && $A plog t.plog --type hotblocks | "
                 "sed 's/.*executions=\\([0-9]*\\).*/\\1/' | cmp a && test $(wc -l <a) = 20");
    /* And back: what protoc writes, we read, but for the frames that are ours. */
    ail_run(dir, "protoc --encode ailurus.AilPlog plog.proto <a.txt >c && zstdcat t.plog | cmp c");
}

Test(plog_records, failures_leave_nothing)
{
    ail_run(dir, "$A hotblocks t.trace --plog t.plog >a.txt; cp t.plog before");
    ail_expect_failure(dir, "$A analyze t.trace -a callstack,at=999999999 --plog t.plog",
                       "the trace ends at");
    ail_expect_failure(dir, "$A hotblocks none.trace --plog new.plog", "none.trace");
    ail_expect_failure(dir, "$A hotblocks t.trace --plog none/new.plog",
                       "cannot write none/new.plog");
    ail_run(dir, "cmp t.plog before && test ! -e new.plog && test ! -e new.plog.partial && "
                 "test ! -e t.plog.partial");
    ail_expect_failure(dir, "$A plog t.trace", "t.trace: not a plog");
    ail_expect_failure(dir, "$A asidstory t.plog", "t.plog: not a trace");
    ail_expect_failure(dir, "$A plog .", "is a folder, not a plog");
    ail_expect_failure(dir, "$A plog a.txt", "a.txt: not a plog");
    ail_expect_failure(dir, "$A plog t.plog --type hotblock", "no records of \"hotblock\"");
    ail_expect_failure(dir, "head -c 100 t.plog | $A plog -", "too short for a plog");
}

Test(plog_records, an_unfinished_one_is_read)
{
    ail_run(dir, "$A hotblocks t.trace --plog t.plog >a.txt");
    ail_run(dir,
            "head -c -20 t.plog >cut && $A plog t.plog >a && $A plog cut >b 2>err && cmp a b && "
            "grep -q 'warning: cut was not finished' err");
}
