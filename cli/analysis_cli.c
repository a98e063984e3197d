/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/analysis_cli.h"
#include "cli/guest_cli.h"
#include "cli/threads.h"

#include <string.h>

typedef struct State {
    const AilAnalysisOps *ops;
    size_t n_options;
    GOptionEntry *entries; /* owned */
    gboolean *flags;       /* by option: given; owned */
    char ***values;        /* by option: NULL-terminated list, or NULL; owned */
    AilResultOptions to;
    gint threads;
    AilNames names;
} State;

void ail_names_options(AilNames *names, GOptionEntry *options)
{
    options[0] = (GOptionEntry){.long_name = "sysroot",
                                .arg = G_OPTION_ARG_FILENAME,
                                .arg_data = &names->sysroot,
                                .description = "folder with the guest's files, for more names of "
                                               "functions in user code",
                                .arg_description = "DIR"};
    options[1] = (GOptionEntry){.long_name = "no-symbols",
                                .arg = G_OPTION_ARG_NONE,
                                .arg_data = &names->off,
                                .description = "print addresses alone, without names"};
}

int ail_names_open(const char *command, AilNames *names)
{
    AilError err = {""};
    if (names->off && names->sysroot)
        return ail_cli_usage(command, "--sysroot is for names, which --no-symbols turns off");
    if (names->off)
        return AIL_EXIT_OK;
    names->command = command;
    names->symbolizer = ail_symbolizer_new(names->sysroot, &err);
    return names->symbolizer ? AIL_EXIT_OK : ail_cli_fail(command, "%s", err.text);
}

int ail_names_begin(const char *command, AilNames *names, AilPass *pass)
{
    int code = ail_names_open(command, names);
    if (names->symbolizer)
        ail_pass_set_symbolizer(pass, names->symbolizer);
    return code;
}

void ail_names_clear(AilNames *names)
{
    ail_guest_cli_warn(names->command, names->symbolizer);
    ail_symbolizer_free(names->symbolizer);
    g_free(names->sysroot);
    *names = (AilNames){0};
}

static GOptionEntry entry_of(const AilOption *option, gboolean *flag, char ***values)
{
    bool is_flag = option->type == AIL_OPTION_FLAG;
    return (GOptionEntry){
        .long_name = option->key,
        .arg = is_flag ? G_OPTION_ARG_NONE : G_OPTION_ARG_FILENAME_ARRAY,
        .arg_data = is_flag ? (gpointer)flag : (gpointer)values,
        .description = option->help,
        .arg_description = option->value,
    };
}

/* Analyses that have a use of their own for the guest's files take the option themselves. */
static bool takes_sysroot(const AilAnalysisOps *ops)
{
    for (const AilOption *o = ops->options; o && o->key; o++)
        if (!strcmp(o->key, "sysroot"))
            return true;
    return false;
}

GOptionEntry *ail_analysis_cli_options(const AilAnalysisOps *ops, void **state)
{
    State *s = g_new0(State, 1);
    s->ops = ops;
    while (ops->options && ops->options[s->n_options].key)
        s->n_options++;
    s->entries = g_new0(GOptionEntry, s->n_options + 6);
    s->flags = g_new0(gboolean, s->n_options + 1);
    s->values = g_new0(char **, s->n_options + 1);
    for (size_t i = 0; i < s->n_options; i++)
        s->entries[i] = entry_of(&ops->options[i], &s->flags[i], &s->values[i]);
    s->entries[s->n_options] = ail_results_json_option(&s->to);
    s->entries[s->n_options + 1] = ail_results_plog_option(&s->to);
    s->entries[s->n_options + 2] = ail_threads_option(&s->threads);
    /* Else there are no addresses to name. */
    if (ops->needs & AIL_COL_FLOW && !takes_sysroot(ops))
        ail_names_options(&s->names, &s->entries[s->n_options + 3]);
    else
        s->names.off = true;
    *state = s;
    return s->entries;
}

void ail_analysis_cli_discard(void *state)
{
    State *s = state;
    for (size_t i = 0; i < s->n_options; i++)
        g_strfreev(s->values[i]);
    g_free(s->to.plog);
    ail_names_clear(&s->names);
    g_free(s->values);
    g_free(s->flags);
    g_free(s->entries);
    g_free(s);
}

bool ail_analysis_cli_flag(const void *state, const char *key)
{
    const State *s = state;
    for (size_t i = 0; i < s->n_options; i++)
        if (s->flags[i] && !strcmp(s->ops->options[i].key, key))
            return true;
    return false;
}

const char *ail_analysis_cli_given(const void *state, const char *except)
{
    const State *s = state;
    for (size_t i = 0; i < s->n_options; i++)
        if ((s->flags[i] || s->values[i]) && strcmp(s->ops->options[i].key, except))
            return s->ops->options[i].key;
    return NULL;
}

const AilResultOptions *ail_analysis_cli_results(const void *state)
{
    const State *s = state;
    return &s->to;
}

AilNames *ail_analysis_cli_names(void *state)
{
    State *s = state;
    return &s->names;
}

/* What was given on the command line, as options of the analysis. */
static AilStatus collect(const State *s, AilOptions *options, int n_words, char **words,
                         AilError *err)
{
    for (size_t i = 0; i < s->n_options; i++) {
        const char *key = s->ops->options[i].key;
        if (s->flags[i] && ail_options_add(options, key, NULL, err) != AIL_OK)
            return AIL_ERR;
        for (char **v = s->values[i]; v && *v; v++)
            if (ail_options_add(options, key, *v, err) != AIL_OK)
                return AIL_ERR;
    }
    for (int i = 0; i < n_words; i++)
        if (ail_options_add_bare(options, words[i], err) != AIL_OK)
            return AIL_ERR;
    return AIL_OK;
}

/* Messages of a library name the analysis, which here is the command: once is enough. */
static const char *unprefixed(const char *command, const char *message)
{
    size_t n = strlen(command);
    return !strncmp(message, command, n) && !strncmp(message + n, ": ", 2) ? message + n + 2
                                                                           : message;
}

int ail_analysis_cli_usage(const char *command, const char *message)
{
    return ail_cli_usage(command, "%s", unprefixed(command, message));
}

/* The progress line, which results push away and the next chunk brings back. */
typedef struct Line {
    AilProgress *progress;
    bool started;
} Line;

static void hide(void *user)
{
    Line *line = user;
    if (!line->started)
        return;
    ail_progress_end(line->progress);
    line->progress = NULL;
    line->started = false;
}

static void show(void *user, uint64_t done, uint64_t total)
{
    Line *line = user;
    if (!line->started)
        line->progress = ail_progress_start("analysing");
    line->started = true;
    ail_progress_update(line->progress, done, total);
}

/* Tell how the pass went. */
static int outcome(const char *command, const AilPass *pass, AilStatus status)
{
    if (status != AIL_OK)
        return ail_cli_fail(command, "%s", unprefixed(command, ail_pass_error(pass)));
    if (*ail_pass_warning(pass))
        ail_cli_fail(command, "warning: %s", ail_pass_warning(pass));
    return AIL_EXIT_OK;
}

int ail_analysis_cli_pass(const char *command, AilPass *pass, const char *path,
                          const AilResultOptions *to, gint threads)
{
    Line line = {NULL, false};
    AilResults results;
    unsigned n_threads = ail_threads(command, threads);
    if (!n_threads)
        return AIL_EXIT_USAGE;
    ail_pass_set_threads(pass, n_threads);
    int code = ail_results_open(command, to, &results);
    if (code == AIL_EXIT_OK) {
        ail_output_on_write(results.out, hide, &line);
        AilStatus status = ail_pass_run(pass, path, results.out, show, &line);
        hide(&line);
        code = outcome(command, pass, status);
    }
    return ail_results_close(command, &results, code);
}

int ail_analysis_cli_shard(const char *command, AilPass *pass, const char *path,
                           const AilShard *shard, gint threads)
{
    Line line = {NULL, false};
    unsigned n_threads = ail_threads(command, threads);
    if (!n_threads)
        return AIL_EXIT_USAGE;
    ail_pass_set_threads(pass, n_threads);
    AilStatus status =
        ail_pass_run_shard(pass, path, shard->number, shard->of, shard->result, show, &line);
    hide(&line);
    return outcome(command, pass, status);
}

int ail_analysis_cli_merge(const char *command, AilPass *pass, const char *path,
                           const char *const *parts, const AilResultOptions *to)
{
    AilResults results;
    int code = ail_results_open(command, to, &results);
    if (code == AIL_EXIT_OK)
        code = outcome(command, pass, ail_pass_merge(pass, path, parts, results.out));
    return ail_results_close(command, &results, code);
}

int ail_analysis_cli_run(void *state, int argc, char **argv)
{
    State *s = state;
    const char *name = s->ops->name;
    AilPass *pass = ail_pass_new();
    AilOptions *options = ail_options_new(name, s->ops->options);
    AilError err = {""};
    int code;
    if (argc < 1) {
        ail_options_free(options);
        code = ail_cli_usage(name, "no trace is given");
    } else if (collect(s, options, argc - 1, argv + 1, &err) != AIL_OK) {
        ail_options_free(options);
        code = ail_analysis_cli_usage(name, err.text);
    } else if (ail_pass_add(pass, s->ops, options) != AIL_OK) {
        code = ail_analysis_cli_usage(name, ail_pass_error(pass));
    } else if ((code = ail_names_begin(name, &s->names, pass)) == AIL_EXIT_OK) {
        code = ail_analysis_cli_pass(name, pass, argv[0], &s->to, s->threads);
    }
    ail_pass_free(pass);
    ail_analysis_cli_discard(s);
    return code;
}
