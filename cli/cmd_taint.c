/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "analyzers/taint/trail.h"
#include "cli/analysis_cli.h"

#include <string.h>

enum { STEPS = 200 };

typedef struct State {
    void *forwards;        /* of the analysis as a program; owned */
    GOptionEntry *entries; /* its and ours; owned */
    char *back;            /* owned */
    gint64 steps;
} State;

static GOptionEntry *options(void **state)
{
    State *s = g_new0(State, 1);
    GOptionEntry *theirs = ail_analysis_cli_options(&ail_taint_ops, &s->forwards);
    size_t n = 0;
    while (theirs[n].long_name)
        n++;
    s->steps = STEPS;
    s->entries = g_new0(GOptionEntry, n + 3);
    s->entries[0] = (GOptionEntry){
        .long_name = "back",
        .arg = G_OPTION_ARG_STRING,
        .arg_data = &s->back,
        .description = "tell where a register or memory came from instead: rdi@120000000, "
                       "0x7ffe1000+8@120000000:pid=77",
        .arg_description = "WHAT@ICOUNT"};
    s->entries[1] = (GOptionEntry){.long_name = "steps",
                                   .arg = G_OPTION_ARG_INT64,
                                   .arg_data = &s->steps,
                                   .description = "go back N steps at most (default 200; 0: all)",
                                   .arg_description = "N"};
    for (size_t i = 0; i < n; i++)
        s->entries[2 + i] = theirs[i];
    *state = s;
    return s->entries;
}

static void discard(void *state)
{
    State *s = state;
    if (s->forwards)
        ail_analysis_cli_discard(s->forwards);
    g_free(s->back);
    g_free(s->entries);
    g_free(s);
}

/* The progress line. */
static void show(void *user, uint64_t done, uint64_t total)
{
    AilProgress **line = user;
    if (!*line)
        *line = ail_progress_start("going back");
    ail_progress_update(*line, done, total);
}

static void hide(void *user)
{
    AilProgress **line = user;
    if (*line)
        ail_progress_end(*line);
    *line = NULL;
}

static int go_back(State *s, const AilTrailQuestion *question, const char *path)
{
    AilNames *names = ail_analysis_cli_names(s->forwards);
    AilProgress *line = NULL;
    AilResults results;
    AilError err = {""};
    int code = ail_names_open("taint", names);
    if (code != AIL_EXIT_OK)
        return code;
    code = ail_results_open("taint", ail_analysis_cli_results(s->forwards), &results);
    if (code == AIL_EXIT_OK) {
        ail_output_on_write(results.out, hide, &line);
        AilStatus status =
            ail_trail_run(question, path, names->symbolizer, results.out, show, &line, &err);
        hide(&line);
        if (status != AIL_OK)
            code = ail_cli_fail("taint", "%s", err.text);
    }
    return ail_results_close("taint", &results, code);
}

static int check_back(const State *s, int argc, char **argv)
{
    const char *given = ail_analysis_cli_given(s->forwards, "tainted-pointer");
    if (argc < 1)
        return ail_cli_usage("taint", "no trace is given");
    if (argc > 1)
        return ail_cli_usage("taint", "--back asks for one thing: what is \"%s\"?", argv[1]);
    if (!strcmp(argv[0], "-"))
        return ail_cli_usage("taint", "--back reads the trace backwards: it must be in a file");
    if (given)
        return ail_cli_usage("taint", "--%s labels or lists what goes forwards: not with --back",
                             given);
    if (s->steps < 0 || s->steps > UINT32_MAX)
        return ail_cli_usage("taint", "--steps=%" G_GINT64_FORMAT ": not a number of steps",
                             s->steps);
    return AIL_EXIT_OK;
}

static int run_back(State *s, int argc, char **argv)
{
    AilTrailQuestion question = {.what = s->back, .max_steps = (uint32_t)s->steps};
    AilError err = {""};
    int code = check_back(s, argc, argv);
    if (code != AIL_EXIT_OK)
        return code;
    if (ail_trail_check(&question, &err) != AIL_OK)
        return ail_cli_usage("taint", "%s", err.text);
    question.pointers = ail_analysis_cli_flag(s->forwards, "tainted-pointer");
    return go_back(s, &question, argv[0]);
}

static int run(void *state, int argc, char **argv)
{
    State *s = state;
    if (s->back) {
        int code = run_back(s, argc, argv);
        discard(s);
        return code;
    }
    int code = ail_analysis_cli_run(s->forwards, argc, argv); /* which frees it */
    s->forwards = NULL;
    discard(s);
    return code;
}

static const AilExample examples[] = {
    {"ailurus taint boot.trace \"secret\"",
     "follows the text from wherever it passes through memory"},
    {"ailurus taint boot.trace --label-file=/etc/shadow",
     "shows what reads the file's bytes, decides by them, and writes them on"},
    {"ailurus taint boot.trace --label-net --uniform --json",
     "follows received packets, as JSON lines"},
    {"ailurus taint boot.trace --label-serial --memory",
     "follows what was typed at the console, and lists where it is in the end"},
    {"ailurus taint boot.trace --label-range=0x7ffe1000+16@120000000:pid=77 --memory",
     "follows 16 bytes of process 77 from then on, and lists where they are in the end"},
    {"ailurus taint boot.trace --back=rip@120000000",
     "tells by which instructions the address came about that runs next"},
    {NULL, NULL},
};

const AilCommand ail_command_taint = {
    .name = "taint",
    .usage = "TRACE [TEXT...]",
    .summary = "Follow bytes: what read them, what they decided, where they went",
    .description =
        "Labels bytes where they come in, and follows them through registers and physical memory, "
        "so through the kernel, pipes, shared pages and other processes: each instruction that "
        "touches a labelled byte passes labels on to what it computes from it. Bytes that are "
        "overwritten, or computed from nothing but constants, lose them.\n\n"
        "It tells which instructions read labelled bytes, which branches they decided, which "
        "system calls were given them, and where they are in frames that a network device was "
        "given to send. Depth is the number of computations between a source and what is told; a "
        "copy is none.\n\n"
        "With --back it goes the other way: from a register or memory at a moment, instruction by "
        "instruction, to where its bytes came from.\n\n"
        "The trace needs the columns flow, addr, data, xlate and event, which replay writes unless "
        "it is told otherwise. TRACE may be - for standard input, but not with --back.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
