/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/registry.h"
#include "cli/analysis_cli.h"

typedef struct State {
    char **analyses; /* owned */
    gboolean json;
    gboolean list;
    GOptionEntry entries[4];
} State;

static GOptionEntry *options(void **state)
{
    State *s = g_new0(State, 1);
    s->entries[0] = (GOptionEntry){
        .long_name = "analysis",
        .short_name = 'a',
        .arg = G_OPTION_ARG_FILENAME_ARRAY,
        .arg_data = &s->analyses,
        .description = "run this analysis; give it several times for several in one pass",
        .arg_description = "NAME[,key=value...]"};
    s->entries[1] = (GOptionEntry){.long_name = "json",
                                   .arg = G_OPTION_ARG_NONE,
                                   .arg_data = &s->json,
                                   .description = "print one JSON object a line"};
    s->entries[2] = (GOptionEntry){.long_name = "list",
                                   .arg = G_OPTION_ARG_NONE,
                                   .arg_data = &s->list,
                                   .description = "list the analyses and their options"};
    *state = s;
    return s->entries;
}

static void discard(void *state)
{
    State *s = state;
    g_strfreev(s->analyses);
    g_free(s);
}

static int list(void)
{
    for (const AilAnalysisOps *const *a = ail_analyses; *a; a++) {
        char columns[64];
        printf("%s: %s\n", (*a)->name, (*a)->summary);
        printf("  columns: %s\n", ail_columns_format((*a)->needs, columns, sizeof columns));
        for (const AilOption *o = (*a)->options; o && o->key; o++) {
            char *label =
                g_strdup_printf("%s%s%s", o->key, o->value ? "=" : "", o->value ? o->value : "");
            printf("  %-18s %s\n", label, o->help);
            g_free(label);
        }
    }
    return AIL_EXIT_OK;
}

/* Fill the pass from what -a asked for. Returns an exit status. */
static int add_all(const State *s, AilPass *pass)
{
    for (char **a = s->analyses; a && *a; a++) {
        const AilAnalysisOps *ops;
        AilOptions *given;
        AilError err = {""};
        if (ail_analysis_parse(*a, &ops, &given, &err) != AIL_OK)
            return ail_cli_usage("analyze", "%s", err.text);
        if (ail_pass_add(pass, ops, given) != AIL_OK)
            return ail_cli_usage("analyze", "%s", ail_pass_error(pass));
    }
    return AIL_EXIT_OK;
}

static int run(void *state, int argc, char **argv)
{
    State *s = state;
    AilPass *pass = ail_pass_new();
    int code;
    if (s->list)
        code = list();
    else if (argc != 1)
        code =
            ail_cli_usage("analyze", argc ? "more than one trace is given" : "no trace is given");
    else if (!s->analyses)
        code = ail_cli_usage("analyze", "no analysis is given: -a NAME (--list shows them)");
    else if ((code = add_all(s, pass)) == AIL_EXIT_OK)
        code = ail_analysis_cli_pass("analyze", pass, argv[0], s->json);
    ail_pass_free(pass);
    discard(s);
    return code;
}

static const AilExample examples[] = {
    {"ailurus analyze boot.trace -a asidstory -a stringsearch,string=root",
     "runs both in one pass over the trace"},
    {"ailurus analyze boot.trace -a stringsearch,string=root -a callstack,on-match",
     "prints the call stack at each match of the string"},
    {"ailurus analyze --list", "lists the analyses and their options"},
    {NULL, NULL},
};

const AilCommand ail_command_analyze = {
    .name = "analyze",
    .usage = "TRACE -a NAME[,key=value...]...",
    .summary = "Run several analyses in one pass over a trace",
    .description =
        "Reads the trace once, with the columns that the analyses need, and hands each of them "
        "every chunk. Analyses of one pass can build on each other: callstack,on-match prints "
        "the stack where stringsearch finds something.\n\n"
        "A comma in a value is written \"\\,\". TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
