/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources of taint that guests of our own read and mark themselves (tests/guests/baremetal/ARCH/
 * label.s): what the serial port received, and what a hypercall asks for, is labelled where it is,
 * and nothing else is.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

#include "tests/shell.h"

typedef struct Guest {
    char name[16], options[24];
} Guest;

static Guest guests[] = {{"x86-label", ""}, {"arm64-label", "--arch aarch64"}};

/* Bytes that are labelled in the end. */
typedef struct Answer {
    const char *symbol;
    unsigned offset, bytes, depth;
    const char *labels;
} Answer;

static const Answer answers[] = {{"got", 0, 3, 0, "serial input[0-2]"},
                                 {"copy", 0, 1, 0, "serial input[1]"},
                                 {"mixed", 0, 1, 1, "serial input[0], serial input[2]"},
                                 {"buffer", 4, 2, 0, "hypercall 1[2-3]"},
                                 {"taken", 2, 4, 0, "hypercall 1[0-3]"}};

static uint64_t symbol(const char *guest, const char *name)
{
    char *path = g_strdup_printf("%s/%s.sym", AIL_GUESTS, guest), *text;
    uint64_t found = 0;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    char **lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++) {
        char is[64];
        uint64_t at;
        if (sscanf(*l, "%" SCNx64 " %*c %63s", &at, is) == 2 && g_str_equal(is, name))
            found = at;
    }
    g_strfreev(lines);
    g_free(text);
    g_free(path);
    return found;
}

/* What taint says of memory in the end is in the file `out`. */
static void check(const char *dir, const Guest *g, const char *kind)
{
    unsigned expected = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++) {
        const Answer *a = &answers[i];
        if (!g_str_has_prefix(a->labels, kind))
            continue;
        expected++;
        char *labels = g_strdelimit(g_strdup(a->labels), "[]", '.'); /* for grep */
        ail_run(dir,
                "grep '\"kind\":\"memory\"' out | grep '\"phys\":\"0x%" PRIx64
                "\",\"bytes\":%u,' | grep '\"depth\":%u,' | grep -q '\"labels\":\"%s\"' || "
                "{ echo '%s: %s' >&2; cat out >&2; exit 1; }",
                symbol(g->name, a->symbol) + a->offset, a->bytes, a->depth, labels, g->name,
                a->symbol);
        g_free(labels);
    }
    ail_run(dir, "test $(grep -c '\"kind\":\"memory\"' out) = %u", expected);
    ail_run(dir, "test $(grep -c '\"kind\":\"source\"' out) = 1 && ! grep '\"kind\":\"note\"' out");
}

ParameterizedTestParameters(taint_sources, guests)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, taint_sources, guests, .timeout = 300)
{
    char *dir = ail_folder_new();
    ail_run(dir,
            "printf '@wait ready\\n@type abc\\n' >script && "
            "$A record --no-check %s --kernel $G/%s.elf --input script -o g.rr && "
            "$A replay g.rr -o t",
            g->options, g->name);
    ail_run(dir, "$A taint t --label-serial --memory --json >out");
    check(dir, g, "serial");
    ail_run(dir, "$A taint t --label-hypercall --memory --json >out");
    check(dir, g, "hypercall");
    ail_run(dir,
            "$A taint t --label-serial --uniform --json | grep -q '\"labels\":\"serial input\"'");
    ail_run(dir, "$A trace dump --events t | grep -q 'hypercall 3 about 0x%" PRIx64 ", 4 bytes'",
            symbol(g->name, "buffer") + 2);
    ail_folder_remove(dir);
}

/* The hypercall is for who replays; who records, with --hypercalls, makes no piece of it. */
Test(taint_sources, labels_are_no_pieces)
{
    char *dir = ail_folder_new();
    ail_run(dir,
            "printf '@wait ready\\n@type abc\\n' >script && "
            "$A record --no-check --hypercalls --kernel $G/x86-label.elf --input script >out && "
            "test -z \"$(ls *.rr 2>/dev/null)\"");
    ail_folder_remove(dir);
}
