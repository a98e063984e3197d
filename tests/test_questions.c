/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to traces of our own guests, asked by the commands: the strings and the call trees
 * must be the guests' facts.
 */
#include "tests/facts.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>

typedef struct Guest {
    char name[16];
} Guest;

static Guest string_guests[] = {{"x86-strings"}, {"arm64-strings"}, {"ppc-strings"}};
static Guest call_guests[] = {{"x86-count"}, {"arm64-count"}, {"ppc-count"}};

/* Run the program under test; its standard output. Free with g_free. */
static char *ask(const char *const *words)
{
    GPtrArray *argv = g_ptr_array_new();
    char *out = NULL, *err = NULL;
    int status = -1;
    g_ptr_array_add(argv, (gpointer)AIL_PROGRAM);
    for (; *words; words++)
        g_ptr_array_add(argv, (gpointer)*words);
    g_ptr_array_add(argv, NULL);
    cr_assert(
        g_spawn_sync(NULL, (char **)argv->pdata, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
    cr_assert_eq(status, 0, "status %d: %s", status, err);
    g_ptr_array_unref(argv);
    g_free(err);
    return out;
}

/* A trace of the guest in a folder of its own; free all with drop_trace. */
static char *make_trace(const char *guest, const AilFacts *f)
{
    char *dir = g_dir_make_tmp("ailurus-questions-XXXXXX", NULL);
    char *rr = g_build_filename(dir, "g.rr", NULL), *trace = g_build_filename(dir, "t", NULL);
    char **machine = g_strsplit(ail_facts_machine(guest), " ", -1); /* two options, one value */
    const char *record[] = {"record",         "--no-check", machine[0], machine[1], machine[2],
                            ail_facts_elf(f), "-o",         rr,         NULL};
    const char *replay[] = {"replay", rr, "-o", trace, NULL};
    g_free(ask(record));
    g_strfreev(machine);
    g_free(ask(replay));
    g_unlink(rr);
    g_free(rr);
    g_free(dir);
    return trace;
}

static void drop_trace(char *trace)
{
    char *dir = g_path_get_dirname(trace);
    g_unlink(trace);
    g_rmdir(dir);
    g_free(dir);
    g_free(trace);
}

/* Is there a line with all these members? `caller` is a return address behind the call, or 0. */
static unsigned lines_with(const char *json, const char *access, uint64_t pc, uint64_t call,
                           unsigned call_len)
{
    char **lines = g_strsplit(json, "\n", -1);
    char *want_access = g_strdup_printf("\"access\":\"%s\"", access);
    char *want_pc = g_strdup_printf("\"pc\":\"0x%" PRIx64 "\"", pc);
    char *want_call = call ? g_strdup_printf("\"caller\":\"0x%" PRIx64 "\"", call + call_len)
                           : g_strdup("\"caller\"");
    unsigned n = 0;
    for (char **l = lines; *l; l++)
        n += strstr(*l, want_access) && strstr(*l, want_pc) && strstr(*l, want_call) &&
             strstr(*l, "\"matches\":1,");
    g_strfreev(lines);
    g_free(want_access);
    g_free(want_pc);
    g_free(want_call);
    return n;
}

ParameterizedTestParameters(questions, strings_are_where_they_passed)
{
    return cr_make_param_array(Guest, string_guests, G_N_ELEMENTS(string_guests));
}

ParameterizedTest(Guest *guest, questions, strings_are_where_they_passed)
{
    AilFacts *f = ail_facts_load(guest->name);
    char *trace = make_trace(guest->name, f), **line;
    unsigned n = 0;
    for (; (line = ail_facts_line(f, "match", n, 4)); n++, g_strfreev(line)) {
        const char *words[] = {"stringsearch", "--json", trace, line[3], NULL};
        char *json = ask(words);
        uint64_t call = strcmp(line[2], "-") ? ail_facts_address(f, line[2]) : 0;
        unsigned call_len = g_str_has_prefix(guest->name, "x86") ? 5 : 4;
        cr_expect_eq(lines_with(json, line[0], ail_facts_address(f, line[1]), call, call_len), 1,
                     "%s: %s at %s from %s of '%s', got\n%s", guest->name, line[0], line[1],
                     line[2], line[3], json);
        g_free(json);
    }
    cr_expect_gt(n, 10);
    drop_trace(trace);
    ail_facts_free(f);
}

/* "A;B;C" as callstack prints addresses, without the leading "." of code that nothing called. */
static char *stack_text(const AilFacts *f, const char *stack)
{
    GString *text = g_string_new(NULL);
    char **functions = g_strsplit(stack, ";", -1);
    for (char **name = functions + 1; *name; name++)
        g_string_append_printf(text, ";0x%" PRIx64, ail_facts_address(f, *name));
    g_strfreev(functions);
    return g_string_free(text, FALSE);
}

/* What stands before the guest's own functions in each stack: the firmware that started it. */
static char *stack_base(const AilFacts *f, char **lines)
{
    char *first = stack_text(f, ".;nested_1"), *base = NULL;
    for (char **l = lines; *l && !base; l++) {
        char *space = strrchr(*l, ' ');
        char *stack = space ? g_strndup(*l, (gsize)(space - *l)) : g_strdup("");
        if (g_str_has_suffix(stack, first))
            base = g_strndup(stack, strlen(stack) - strlen(first));
        g_free(stack);
    }
    g_free(first);
    return base;
}

ParameterizedTestParameters(questions, folded_stacks_are_the_call_tree)
{
    return cr_make_param_array(Guest, call_guests, G_N_ELEMENTS(call_guests));
}

ParameterizedTest(Guest *guest, questions, folded_stacks_are_the_call_tree)
{
    AilFacts *f = ail_facts_load(guest->name);
    char *trace = make_trace(guest->name, f), **fact;
    const char *words[] = {"callstack", "--folded", trace, NULL};
    char *folded = ask(words), **lines = g_strsplit(folded, "\n", -1);
    char *base = stack_base(f, lines);
    cr_assert_not_null(base, "%s", folded);
    unsigned n = 0;
    for (; (fact = ail_facts_line(f, "folded", n, 2)); n++, g_strfreev(fact)) {
        char *stack = stack_text(f, fact[0]);
        char *want = g_strdup_printf("%s%s %s", base, stack, fact[1]);
        /* Code that nothing called goes on after the measured part. */
        cr_expect(!*stack || g_strv_contains((const char *const *)lines, want),
                  "%s: no line '%s' (%s) in\n%s", guest->name, want, fact[0], folded);
        g_free(stack);
        g_free(want);
    }
    cr_expect_gt(n, 10);
    g_free(base);
    g_free(folded);
    g_strfreev(lines);
    drop_trace(trace);
    ail_facts_free(f);
}
