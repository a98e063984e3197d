/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"
#include "cli/threads.h"

/* Options that are handed to the analysis as they are. */
static const struct {
    const char *key, *value, *help;
} passed[] = {
    {"perfetto", "FILE", "write a trace for ui.perfetto.dev"},
    {"chrome", "FILE", "write Chrome's JSON trace events"},
    {"from", "ICOUNT", "begin before the instruction with this number"},
    {"to", "ICOUNT", "end before the instruction with this number"},
    {"shift", "N", "an instruction takes 2^N ns (default 0: 1 ns)"},
};
enum { PASSED = G_N_ELEMENTS(passed) };

typedef struct State {
    GOptionEntry entries[PASSED + 6];
    char *values[PASSED]; /* owned */
    gboolean stacks;
    AilResultOptions to;
    gint threads;
    AilNames names;
} State;

static GOptionEntry *options(void **state)
{
    State *s = g_new0(State, 1);
    size_t n = 0;
    for (; n < PASSED; n++)
        s->entries[n] = (GOptionEntry){.long_name = passed[n].key,
                                       .arg = G_OPTION_ARG_FILENAME,
                                       .arg_data = &s->values[n],
                                       .description = passed[n].help,
                                       .arg_description = passed[n].value};
    s->entries[n++] = (GOptionEntry){.long_name = "callstacks",
                                     .arg = G_OPTION_ARG_NONE,
                                     .arg_data = &s->stacks,
                                     .description = "call stacks as slices, too: give --from and "
                                                    "--to, it is much"};
    s->entries[n++] = ail_results_json_option(&s->to);
    s->entries[n++] = ail_threads_option(&s->threads);
    ail_names_options(&s->names, &s->entries[n]);
    *state = s;
    return s->entries;
}

static void discard(void *state)
{
    State *s = state;
    for (size_t i = 0; i < PASSED; i++)
        g_free(s->values[i]);
    ail_names_clear(&s->names);
    g_free(s);
}

static int export_trace(State *s, const char *path)
{
    const AilAnalysisOps *ops = s->stacks ? &ail_export_stacks_ops : &ail_export_ops;
    AilOptions *o = ail_options_new("export", ops->options);
    AilPass *pass = ail_pass_new();
    AilError err = {""};
    AilStatus status = AIL_OK;
    int code;
    for (size_t i = 0; i < PASSED && status == AIL_OK; i++)
        if (s->values[i])
            status = ail_options_add(o, passed[i].key, s->values[i], &err);
    if (status != AIL_OK) {
        ail_options_free(o);
        code = ail_analysis_cli_usage("export", err.text);
    } else if (ail_pass_add(pass, ops, o) != AIL_OK) {
        code = ail_analysis_cli_usage("export", ail_pass_error(pass));
    } else if (!s->stacks || (code = ail_names_begin("export", &s->names, pass)) == AIL_EXIT_OK) {
        code = ail_analysis_cli_pass("export", pass, path, &s->to, s->threads);
    }
    ail_pass_free(pass);
    return code;
}

static int run(void *state, int argc, char **argv)
{
    State *s = state;
    int code;
    if (argc != 1)
        code = ail_cli_usage("export", argc ? "there is more than one TRACE" : "no trace is given");
    else
        code = export_trace(s, argv[0]);
    discard(s);
    return code;
}

static const AilExample examples[] = {
    {"ailurus export boot.trace --perfetto=boot.perfetto-trace",
     "writes who ran when, system calls, interrupts and console for ui.perfetto.dev"},
    {"ailurus export boot.trace --from=5200000000 --to=5210000000 --callstacks "
     "--perfetto=moment.perfetto-trace",
     "writes a moment of it with each function that was called"},
    {"ailurus export boot.trace --chrome=boot.json", "writes it for chrome://tracing"},
    {NULL, NULL},
};

const AilCommand ail_command_export = {
    .name = "export",
    .usage = "TRACE --perfetto=FILE",
    .summary = "Write a timeline that ui.perfetto.dev opens",
    .description =
        "Writes what happened in the guest as tracks of time: processes and threads with their "
        "system calls, signals, programs and ends; who had the processor; interrupts and "
        "exceptions; console and network; with --callstacks, functions.\n\n"
        "Time is counted in instructions: one takes a nanosecond, or with --shift=N 2^N of them, "
        "which is the guest's own time if the recording was made with that shift.\n\n"
        "The trace needs the event column, --callstacks also flow, and addr to be exact. TRACE may "
        "be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
