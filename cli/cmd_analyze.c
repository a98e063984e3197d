/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/registry.h"
#include "cli/analysis_cli.h"
#include "cli/threads.h"

typedef struct State {
    char **analyses; /* owned */
    AilResultOptions to;
    gboolean list;
    gboolean merge;
    gint threads;
    char *shard, *output; /* owned */
    AilNames names;
    GOptionEntry *entries; /* owned */
} State;

static GOptionEntry *options(void **state)
{
    State *s = g_new0(State, 1);
    const GOptionEntry table[] = {
        {"analysis", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &s->analyses,
         "run this analysis, or the one in a module (./FILE.so); give it several times for several "
         "in one pass",
         "NAME[,key=value...]"},
        ail_results_json_option(&s->to),
        ail_results_plog_option(&s->to),
        {"list", 0, 0, G_OPTION_ARG_NONE, &s->list, "list the analyses and their options", NULL},
        ail_threads_option(&s->threads),
        {"shard", 0, 0, G_OPTION_ARG_STRING, &s->shard,
         "read only part I (from 1) of N and write what was seen to the file of --output", "I/N"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &s->output, "with --shard: the file", "FILE"},
        {"merge", 0, 0, G_OPTION_ARG_NONE, &s->merge,
         "put the files of all shards together, instead of reading the trace", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL}, /* room for the options of names */
        {NULL, 0, 0, 0, NULL, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    s->entries = g_memdup2(table, sizeof table);
    ail_names_options(&s->names, &s->entries[G_N_ELEMENTS(table) - 3]);
    *state = s;
    return s->entries;
}

static void discard(void *state)
{
    State *s = state;
    g_strfreev(s->analyses);
    ail_names_clear(&s->names);
    g_free(s->shard);
    g_free(s->to.plog);
    g_free(s->output);
    g_free(s->entries);
    g_free(s);
}

static void print_analysis(void *user, const AilAnalysisOps *ops, const char *from,
                           const AilError *err)
{
    char columns[64];
    int *code = user;
    if (!ops) {
        *code = ail_cli_fail("analyze", "%s", err->text);
        return;
    }
    printf("%s: %s\n", ops->name, ops->summary);
    printf("  %s%s\n", from ? "from " : "built in", from ? from : "");
    printf("  columns: %s\n", ail_columns_format(ops->needs, columns, sizeof columns));
    for (const AilOption *o = ops->options; o && o->key; o++) {
        char *label =
            g_strdup_printf("%s%s%s", o->key, o->value ? "=" : "", o->value ? o->value : "");
        printf("  %-18s %s\n", label, o->help);
        g_free(label);
    }
}

static int list(AilRegistry *registry)
{
    int code = AIL_EXIT_OK;
    ail_registry_list(registry, print_analysis, &code);
    return code;
}

/* Fill the pass from what -a asked for. Returns an exit status. */
static int add_all(const State *s, AilRegistry *registry, AilPass *pass)
{
    for (char **a = s->analyses; a && *a; a++) {
        const AilAnalysisOps *ops;
        AilOptions *given;
        AilError err = {""};
        if (ail_registry_parse(registry, *a, &ops, &given, &err) != AIL_OK)
            return ail_cli_usage("analyze", "%s", err.text);
        if (ail_pass_add(pass, ops, given) != AIL_OK)
            return ail_cli_usage("analyze", "%s", ail_pass_error(pass));
    }
    return AIL_EXIT_OK;
}

/* "3/8" */
static bool parse_shard(const char *text, AilShard *shard)
{
    char *slash, *end;
    guint64 number = g_ascii_strtoull(text, &slash, 10);
    if (slash == text || *slash != '/' || !g_ascii_isdigit(slash[1]))
        return false;
    guint64 of = g_ascii_strtoull(slash + 1, &end, 10);
    if (*end || number < 1 || number > of || of > AIL_MAX_SHARDS)
        return false;
    shard->number = (unsigned)number;
    shard->of = (unsigned)of;
    return true;
}

static int run_shard(const State *s, AilPass *pass, const char *path)
{
    AilShard shard = {.result = s->output};
    if (!s->output)
        return ail_cli_usage("analyze", "--shard needs a file for what it has seen: --output=FILE");
    if (!parse_shard(s->shard, &shard))
        return ail_cli_usage("analyze", "--shard is I/N, with I from 1 to N, and N up to %d",
                             AIL_MAX_SHARDS);
    return ail_analysis_cli_shard("analyze", pass, path, &shard, s->threads);
}

static int run_pass(const State *s, AilPass *pass, int argc, char **argv)
{
    if (s->merge) {
        const char **results = g_new0(const char *, (gsize)argc);
        for (int i = 1; i < argc; i++)
            results[i - 1] = argv[i];
        int code = ail_analysis_cli_merge("analyze", pass, argv[0], results, &s->to);
        g_free(results);
        return code;
    }
    return s->shard ? run_shard(s, pass, argv[0])
                    : ail_analysis_cli_pass("analyze", pass, argv[0], &s->to, s->threads);
}

/* What is wrong with the command line, or NULL. */
static const char *complaint(const State *s, int argc)
{
    if (!argc)
        return "no trace is given";
    if (argc > 1 && !s->merge)
        return "more than one trace is given";
    if (argc == 1 && s->merge)
        return "no files to merge are given: TRACE FILE...";
    if (s->merge && s->shard)
        return "--shard and --merge are two steps, one after the other";
    if (s->to.plog && s->shard)
        return "--plog is for --merge: a shard has no results yet";
    if (s->output && !s->shard)
        return "--output is for --shard; results go to standard output";
    if (!s->analyses)
        return "no analysis is given: -a NAME (--list shows them)";
    return NULL;
}

static int run(void *state, int argc, char **argv)
{
    State *s = state;
    AilPass *pass = ail_pass_new();
    AilRegistry *registry = ail_registry_new();
    const char *wrong = s->list ? NULL : complaint(s, argc);
    int code;
    if (s->list)
        code = list(registry);
    else if (wrong)
        code = ail_cli_usage("analyze", "%s", wrong);
    else if ((code = add_all(s, registry, pass)) == AIL_EXIT_OK &&
             (code = ail_names_begin("analyze", &s->names, pass)) == AIL_EXIT_OK)
        code = run_pass(s, pass, argc, argv);
    ail_pass_free(pass);
    ail_registry_free(registry);
    discard(s);
    return code;
}

static const AilExample examples[] = {
    {"ailurus analyze boot.trace -a asidstory -a stringsearch,string=root",
     "runs both in one pass over the trace"},
    {"ailurus analyze boot.trace -a stringsearch,string=root -a callstack,on-match",
     "prints the call stack at each match of the string"},
    {"ailurus analyze boot.trace -a ./writers.so,addr=0x1000",
     "runs an analysis of your own; docs/analyses.md shows how to build it"},
    {"ailurus analyze boot.trace -a asidstory --shard=3/8 -o part.3",
     "does the third eighth of the work, on a machine that sees the same file"},
    {"ailurus analyze boot.trace -a asidstory --merge part.*",
     "prints what one run over the whole trace would have printed"},
    {"ailurus analyze boot.trace -a asidstory -a hotblocks --plog boot.plog",
     "prints the results, and writes the records of both into one file for `ailurus plog`"},
    {"ailurus analyze --list", "lists the analyses and their options"},
    {NULL, NULL},
};

const AilCommand ail_command_analyze = {
    .name = "analyze",
    .usage = "TRACE -a NAME[,key=value...]... [--merge FILE...]",
    .summary = "Run several analyses in one pass over a trace",
    .description =
        "Reads the trace once, with the columns that the analyses need, and hands each of them "
        "every chunk. Analyses of one pass can build on each other: callstack,on-match prints "
        "the stack where stringsearch finds something.\n\n"
        "NAME is one of those that --list shows, or the path of a module, with a slash in it. "
        "Modules called NAME.so are looked for in the folders of the environment variable "
        "AILURUS_ANALYSES, with colons between them, or without it in ~/.local/lib/ailurus.\n\n"
        "Work on a long trace can be shared out to machines that see the same files: run it on "
        "each with another --shard, then once with --merge and the files they wrote. The results "
        "are those of one run. Analyses that need the chunks in order cannot be shared out, and "
        "say so.\n\n"
        "A comma in a value is written \"\\,\". TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
