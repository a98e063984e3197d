/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest runs a program twice, the second time under strace, which counts its calls and those of
 * its children, and the failed ones. The trace has as many of the first time. So it does with a
 * 32-bit program, which its 64-bit kernel runs, too.
 */
#include "tests/shell.h"
#include "trace/reader.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <inttypes.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

typedef struct Counts {
    gint64 calls, errors;
} Counts;

static Counts *counts_of(GHashTable *table, const char *name)
{
    Counts *c = g_hash_table_lookup(table, name);
    if (!c) {
        c = g_new0(Counts, 1);
        g_hash_table_insert(table, g_strdup(name), c);
    }
    return c;
}

static GHashTable *new_table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* The instruction by which the guest's console has had `text`. */
static uint64_t find_printed(const char *trace, const char *text)
{
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *c;
    GString *printed = g_string_new(NULL);
    uint64_t found = 0;
    cr_assert_eq(ail_trace_reader_open(r, trace, AIL_COL_EVENT, AIL_COL_EVENT), AIL_OK, "%s",
                 ail_trace_reader_error(r));
    while (!found && ail_trace_reader_next(r, &c) == AIL_OK) {
        for (uint32_t i = 0; i < c->n_events && !found; i++) {
            const AilEvent *e = &c->events[i];
            if (e->type == AIL_EVENT_CONSOLE)
                g_string_append_len(printed, (const char *)e->data, e->len);
            if (strstr(printed->str, text))
                found = e->icount;
        }
    }
    g_string_free(printed, TRUE);
    ail_trace_reader_free(r);
    cr_assert(found, "the guest did not print %s", text);
    return found;
}

/* "wait4  12  5": as strace has counted, in a table for each kind of program. */
static GHashTable *parse_counts(const char *printed, const char *from)
{
    GHashTable *table = new_table();
    const char *at = strstr(printed, from), *end = at ? strstr(at + 1, "BEGIN ") : NULL;
    cr_assert(at);
    end = end ? end : printed + strlen(printed);
    while ((at = strstr(at, "\n----")) && at < end) {
        at = strchr(at + 1, '\n');
        for (char name[64]; *++at != '-'; at = strchr(at, '\n')) {
            gint64 calls, errors = 0;
            cr_assert(sscanf(at, "%63s %" SCNd64 " %" SCNd64, name, &calls, &errors) >= 2, "%.80s",
                      at);
            Counts *c = counts_of(table, name);
            c->calls += calls;
            c->errors += strcspn(at, "\r\n") > 30 ? errors : 0;
        }
        at = strchr(at, '\n');
    }
    return table;
}

/* Those that strace does not count: made by pid 1 meanwhile, or not returned from, or a child's
 * return from its parent's. */
static bool is_counted(JsonObject *o)
{
    return !strcmp(json_object_get_string_member(o, "event"), "call") &&
           json_object_get_int_member(o, "pid") != 1 &&
           json_object_get_boolean_member(o, "returned") &&
           json_object_has_member(o, "instructions");
}

static void count_call(GHashTable *table, JsonObject *o, uint64_t from, uint64_t to, bool *begun)
{
    uint64_t icount = (uint64_t)json_object_get_int_member(o, "icount");
    if (icount < from || icount >= to || !is_counted(o))
        return;
    const char *name = json_object_get_string_member(o, "call");
    *begun |= !strcmp(name, "execve"); /* before, it is the shell that forked it */
    if (!*begun)
        return;
    Counts *c = counts_of(table, name);
    gint64 result = json_object_get_int_member(o, "result");
    c->calls++;
    c->errors += result < 0 && result >= -4095;
}

static GHashTable *count_calls(const char *lines, uint64_t from, uint64_t to)
{
    GHashTable *table = new_table();
    JsonParser *parser = json_parser_new();
    char **line = g_strsplit(lines, "\n", -1);
    bool begun = false;
    for (int i = 0; line[i]; i++) {
        if (!*line[i])
            continue;
        cr_assert(json_parser_load_from_data(parser, line[i], -1, NULL), "%s", line[i]);
        count_call(table, json_node_get_object(json_parser_get_root(parser)), from, to, &begun);
    }
    g_strfreev(line);
    g_object_unref(parser);
    return table;
}

/* How many of a shell's children end before it hears of the first, and so are one signal, is luck.
 */
static void drop_sigreturns(GHashTable *ours, GHashTable *strace)
{
    static const char *const names[] = {"sigreturn", "rt_sigreturn"};
    gint64 n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        n += counts_of(ours, names[i])->calls;
        g_hash_table_remove(ours, names[i]);
        g_hash_table_remove(strace, names[i]);
    }
    cr_expect_gt(n, 0, "no signal was handled");
}

static void expect_equal(GHashTable *ours, GHashTable *strace)
{
    GHashTableIter iter;
    gpointer name, value;
    drop_sigreturns(ours, strace);
    g_hash_table_iter_init(&iter, strace);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const Counts *they = value, *we = counts_of(ours, name);
        cr_expect(we->calls == they->calls && we->errors == they->errors,
                  "%s: %" PRId64 " calls, %" PRId64 " failed; strace has %" PRId64 ", %" PRId64,
                  (char *)name, we->calls, we->errors, they->calls, they->errors);
    }
    cr_expect_eq(g_hash_table_size(ours), g_hash_table_size(strace), "other calls");
    cr_expect_gt(g_hash_table_size(strace), 20);
}

/* What was called between the two is what strace has counted, which is freed. */
static void expect_counted(const char *trace, const char *calls, GHashTable *strace,
                           const char *plain, const char *again)
{
    GHashTable *ours = count_calls(calls, find_printed(trace, plain), find_printed(trace, again));
    expect_equal(ours, strace);
    g_hash_table_unref(ours);
    g_hash_table_unref(strace);
}

/* first_execve_is: what strace takes the execve for by which a 64-bit program becomes a 32-bit one:
 * by its number, when it returns in the other. NULL: for what it is. */
static void count(const char *arch, const char *debian, const char *console,
                  const char *first_execve_is)
{
    char *dir = ail_folder_new();
    ail_run(dir, "sh %s %s %s %s", AIL_DEBIAN_GUEST, debian, AIL_DEBIAN_DIR, AIL_STRACE_INIT);
    ail_run(
        dir,
        "$A record --arch %s --kernel %s/%s/vmlinuz --initrd %s/%s/strace.cpio.gz --append "
        "'console=%s quiet cryptomgr.notests' --serial-log log --no-check --seconds 240 -o s.rr",
        arch, AIL_DEBIAN_DIR, debian, AIL_DEBIAN_DIR, debian, console);
    ail_run(dir, "$A replay s.rr --columns flow,event -o s.trace");
    ail_run(dir, "$A syscalls s.trace --json > calls");
    char *trace = g_build_filename(dir, "s.trace", NULL), *printed, *calls;
    char *log = g_build_filename(dir, "log", NULL), *file = g_build_filename(dir, "calls", NULL);
    cr_assert(g_file_get_contents(log, &printed, NULL, NULL) &&
              g_file_get_contents(file, &calls, NULL, NULL));
    expect_counted(trace, calls, parse_counts(printed, "BEGIN strace"), "BEGIN plain",
                   "BEGIN strace");
    GHashTable *strace = parse_counts(printed, "BEGIN 32-bit strace");
    if (first_execve_is) {
        counts_of(strace, "execve")->calls++;
        counts_of(strace, first_execve_is)->calls--;
    }
    expect_counted(trace, calls, strace, "BEGIN 32-bit plain", "BEGIN 32-bit strace");
    char *const texts[] = {trace, printed, calls, log, file};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    ail_folder_remove(dir);
}

Test(strace, counts_as_many_on_x86_64, .timeout = 600)
{
    count("x86_64", "amd64", "ttyS0", NULL);
}

Test(strace, counts_as_many_on_aarch64, .timeout = 600)
{
    count("aarch64", "arm64", "ttyAMA0", "fcntl64");
}
