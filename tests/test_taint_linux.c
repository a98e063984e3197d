/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint on a Linux guest whose programs move the bytes of /tmp/secret about (taint-init.sh):
 * through a pipe between processes, the page cache, a socket to itself, a table. It is known which
 * of them come out where; and going back from where they come out leads to the file. So do cases
 * with their answers that a program has (guests/cases), from a sum to AES and a loopback socket.
 *
 * AArch64's kernel boots in a tenth of the instructions that x86-64's takes, which is tested, too,
 * when AIL_SLOW is set (tests/slow).
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "tests/shell.h"
#include "tests/taint_cases.h"

enum { BEHIND_BOOT = 150000000 }; /* instructions before the end: more than /init makes */

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void make_trace(const char *arch, const char *options, const char *debian,
                       const char *console)
{
    dir = ail_folder_new();
    ail_run(dir, "sh %s/cc.sh %s %s cases-%s %s/cases/*.c", AIL_GUESTS_SOURCE, debian,
            AIL_DEBIAN_DIR, debian, AIL_GUESTS_SOURCE);
    ail_run(dir, "AIL_GUEST_PROGRAMS=. sh %s/debian.sh %s %s %s/taint-init.sh", AIL_GUESTS_SOURCE,
            debian, AIL_DEBIAN_DIR, AIL_GUESTS_SOURCE);
    ail_run(dir,
            "$A record --no-check --arch %s %s --kernel %s/%s/vmlinuz --initrd %s/%s/taint.cpio.gz "
            "--append 'console=%s cryptomgr.notests quiet' --seconds 240 -o g.rr",
            arch, options, AIL_DEBIAN_DIR, debian, AIL_DEBIAN_DIR, debian, console);
    ail_run(dir,
            "n=$($A info --json g.rr | sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/') && "
            "$A replay g.rr --from $((n - %u)) -o t && rm g.rr",
            BEHIND_BOOT);
}

/* Lines of JSON. */
static GPtrArray *ask(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *command = g_strdup_vprintf(format, args);
    va_end(args);
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: %s", command, o.err);
    char **lines = g_strsplit(g_strchomp(o.out), "\n", -1);
    GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)json_node_unref);
    for (char **l = lines; *l; l++) {
        JsonNode *node = json_from_string(*l, NULL);
        cr_assert(node, "%s", *l);
        g_ptr_array_add(records, node);
    }
    g_strfreev(lines);
    ail_outcome_clear(&o);
    g_free(command);
    return records;
}

static JsonObject *record(const GPtrArray *records, guint i)
{
    return json_node_get_object(records->pdata[i]);
}

static bool has(JsonObject *o, const char *key, const char *value)
{
    const char *is = json_object_get_string_member_with_default(o, key, "");
    return g_pattern_match_simple(value, is);
}

static gint64 number(JsonObject *o, const char *key)
{
    return json_object_get_int_member_with_default(o, key, -1);
}

/* Bytes of the buffer that such a call of such a process had with such labels; 0: none. */
static gint64 moved(const GPtrArray *records, const char *kind, const char *comm, const char *path,
                    const char *labels)
{
    gint64 bytes = 0;
    for (guint i = 0; i < records->len; i++) {
        JsonObject *o = record(records, i);
        bool memory = json_object_get_boolean_member_with_default(o, "memory", FALSE);
        if (memory && has(o, "kind", kind) && has(o, "comm", comm) && has(o, "path", path) &&
            has(o, "labels", labels))
            bytes += number(o, "bytes");
    }
    return bytes;
}

static void check_copies(const GPtrArray *r)
{
    cr_expect_eq(
        moved(r, "call", "dd", "/tmp/part", "file /tmp/secret?4-7?, file /tmp/secret?8-11?"), 8);
    cr_expect_eq(moved(r, "call", "nc", "socket:*", "file /tmp/secret?0-15?"), 16);
    cr_expect_eq(moved(r, "returned", "nc", "socket:*", "file /tmp/secret?0-15?"), 16);
    cr_expect_eq(moved(r, "call", "nc", "/tmp/received", "file /tmp/secret?0-15?"), 16);
    cr_expect_eq(moved(r, "returned", "init", "pipe:*", "file /tmp/secret?0-15?"), 16);
    cr_expect_eq(moved(r, "call", "init", "/dev/console", "file /tmp/secret?0-15?"), 16);
    cr_expect_eq(moved(r, "*", "*", "/tmp/other", "*"), 0);
    cr_expect_eq(moved(r, "*", "*", "/tmp/plain", "*"), 0);
}

/* What goes through a table is followed through its address alone. */
static void check_tables(const GPtrArray *without)
{
    GPtrArray *with = ask("$A taint t --label-file=/tmp/secret --tainted-pointer --json");
    check_copies(without);
    cr_expect_eq(moved(without, "call", "tr", "/tmp/upper", "*"), 0);
    cr_expect_eq(moved(with, "call", "tr", "/tmp/upper", "file /tmp/secret?0-15?"), 16);
    cr_expect_eq(moved(without, "call", "base64", "/tmp/based", "*"), 0);
    cr_expect_geq(moved(with, "call", "base64", "/tmp/based", "file /tmp/secret?0-15?"), 24);
    g_ptr_array_unref(with);
}

/* dd looks at none of the bytes that it copies. */
static void check_dead(const GPtrArray *r)
{
    gint64 dead = 0;
    for (guint i = 0; i < r->len; i++)
        if (has(record(r, i), "kind", "dead") && has(record(r, i), "name", "/tmp/secret") &&
            number(record(r, i), "bytes") == 4)
            dead |= 1 << number(record(r, i), "offset");
    cr_expect_eq(dead, 1 << 4 | 1 << 8);
}

/* Where nc, which had them from the socket, writes them: from the other nc's read of the file. */
static void check_back(void)
{
    GPtrArray *calls = ask("$A syscalls t --json | grep '\"call\":\"write\"' | grep /tmp/received");
    cr_assert_eq(calls->len, 1);
    JsonObject *call = record(calls, 0);
    JsonArray *args = json_object_get_array_member(call, "args");
    const char *buf =
        json_object_get_string_member(json_array_get_object_element(args, 1), "value");
    GPtrArray *r = ask("$A taint t --back=%s+16@%" G_GINT64_FORMAT ":pid=%" G_GINT64_FORMAT
                       " --steps=2000 --json",
                       buf, number(call, "icount"), number(call, "pid"));
    gint64 from_socket = 0, from_file = 0, steps = 0;
    for (guint i = 0; i < r->len; i++) {
        JsonObject *o = record(r, i);
        bool read = has(o, "kind", "read");
        steps += has(o, "kind", "step");
        if (read && has(o, "comm", "nc") && has(o, "path", "socket:*"))
            from_socket = number(o, "bytes");
        if (read && has(o, "comm", "nc") && has(o, "path", "/tmp/secret"))
            from_file = number(o, "bytes");
    }
    cr_expect_eq(from_socket, 16);
    cr_expect_eq(from_file, 16);
    cr_expect_gt(steps, 4);
    g_ptr_array_unref(r);
    g_ptr_array_unref(calls);
}

/* What a shell has done by its script has labels from all over it: people are told some, programs
 * all of them. */
static void check_labels(void)
{
    ail_run(dir, "$A taint t --label-file=/init --by=process | grep -q 'file /init.*, \\.\\.\\.$'");
    ail_run(dir, "$A taint t --label-file=/init --by=process --json >out && "
                 "grep -q '\"labels\":\"\\(file /init[^,]*, \\)\\{4\\}file /init' out && "
                 "! grep -F ', ...' out");
}

/* A text that is not said to be a source is found by itself. */
static void check_string(void)
{
    GPtrArray *r = ask("$A taint t 'Redpanda#7!walks' --uniform --json --graph g.dot "
                       "--markers m.ida.py");
    cr_expect_eq(moved(r, "call", "nc", "/tmp/received", "string Redpanda#7!walks*"), 16);
    ail_run(dir, "grep -q '\"nc ([0-9]*)\" -> \"/tmp/received\"' g.dot && "
                 "python3 -c 'import ast; ast.parse(open(\"m.ida.py\").read())' && "
                 "grep -q '\"module\": \"busybox\"' m.ida.py");
    g_ptr_array_unref(r);
}

/* Back from the result of a case, `at` bytes into it, to the bytes of the file. */
static void check_case_back(const GPtrArray *cases, const char *name, unsigned at, unsigned bytes,
                            unsigned read)
{
    JsonObject *query = NULL;
    for (guint i = 0; i < cases->len; i++)
        if (has(record(cases, i), "kind", "query") &&
            number(record(cases, i), "query") == ail_taint_case_number(name))
            query = record(cases, i);
    cr_assert(query, "%s", name);
    guint64 addr = g_ascii_strtoull(json_object_get_string_member(query, "addr"), NULL, 16) + at;
    GPtrArray *r = ask("$A taint t --back=0x%" G_GINT64_MODIFIER "x+%u@%" G_GINT64_FORMAT
                       ":pid=%" G_GINT64_FORMAT " --steps=0 --json",
                       addr, bytes, number(query, "icount"), number(query, "pid"));
    gint64 from_file = 0;
    for (guint i = 0; i < r->len; i++)
        if (has(record(r, i), "kind", "read") && has(record(r, i), "path", "/tmp/cases"))
            from_file += number(record(r, i), "bytes");
    cr_expect_eq(from_file, read, "%s: %d bytes of the file", name, (int)from_file);
    g_ptr_array_unref(r);
}

static void check_cases(const GPtrArray *without)
{
    GPtrArray *with = ask("$A taint t --label-file=/tmp/cases --tainted-pointer --json");
    cr_expect_eq(ail_taint_cases_check(without, false), 0);
    cr_expect_eq(ail_taint_cases_check(with, true), 0);
    cr_expect_eq(moved(without, "call", "cases", "/tmp/cases.out", "file /tmp/cases?0-15?*"), 32);
    check_case_back(without, "aes_round", 4, 1, 4);
    if (g_getenv("AIL_SLOW")) { /* there is time */
        check_case_back(without, "by_strtol", 0, 1, 4);
        check_case_back(without, "over_signal", 0, 8, 8);
        check_case_back(without, "by_loopback", 3, 5, 5);
    }
    g_ptr_array_unref(with);
}

static void check_all(void)
{
    GPtrArray *r = ask("$A taint t --label-file=/tmp/secret --label-file=/tmp/cases --dead --json");
    check_tables(r);
    check_dead(r);
    check_cases(r);
    g_ptr_array_unref(r);
    check_back();
    check_string();
    check_labels();
    ail_folder_remove(dir);
}

Test(taint_linux, aarch64, .timeout = 600)
{
    make_trace("aarch64", "", "arm64", "ttyAMA0");
    check_all();
}

Test(taint_linux, x86_64, .timeout = 900)
{
    if (!g_getenv("AIL_SLOW"))
        cr_skip_test("set AIL_SLOW, or run tests/slow: its boot takes a minute");
    make_trace("x86_64", "--cpu max", "amd64", "ttyS0"); /* with AES */
    check_all();
}
