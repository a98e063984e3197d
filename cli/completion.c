/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shell completion from the table of commands: commands first, then options and file names. */
#include "cli/private.h"

#include <string.h>

/* The words that can stand for the options of a command: "--output= -o --help -h". */
static void put_option_words(GString *out, const AilCommand *command)
{
    void *state;
    GArray *list = ail_option_list(command, &state);
    for (guint i = 0; i < list->len; i++) {
        const GOptionEntry *e = &g_array_index(list, GOptionEntry, i);
        bool takes_value = e->arg != G_OPTION_ARG_NONE && e->arg != G_OPTION_ARG_CALLBACK;
        g_string_append_printf(out, "%s--%s%s", i ? " " : "", e->long_name, takes_value ? "=" : "");
        if (e->short_name)
            g_string_append_printf(out, " -%c", e->short_name);
    }
    ail_option_list_free(command, list, state);
}

static void put_command_names(GString *out)
{
    for (const AilCommand *const *c = ail_commands; *c; c++)
        g_string_append_printf(out, "%s ", (*c)->name);
    g_string_append(out, "help");
}

char *ail_completion_bash(void)
{
    GString *out = g_string_new("# bash completion for ailurus, made by `ailurus --generate bash`\n"
                                "_ailurus()\n{\n"
                                "    local word=${COMP_WORDS[COMP_CWORD]} name=${COMP_WORDS[1]-}\n"
                                "    local program=${COMP_WORDS[0]##*/} words=\n"
                                "    COMPREPLY=()\n"
                                "    if [[ $program == ailurus-* ]]; then\n"
                                "        name=${program#ailurus-}\n"
                                "    elif (( COMP_CWORD == 1 )); then\n"
                                "        words='");
    put_command_names(out);
    g_string_append(out, " --help --version'\n"
                         "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                         "        return\n"
                         "    fi\n"
                         "    case $name in\n");
    for (const AilCommand *const *c = ail_commands; *c; c++) {
        g_string_append_printf(out, "        %s) words='", (*c)->name);
        put_option_words(out, *c);
        g_string_append(out, "' ;;\n");
    }
    g_string_append(out, "        help) words='");
    put_command_names(out);
    g_string_append(out, "'; COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); return ;;\n"
                         "    esac\n"
                         "    if [[ $word == -* ]]; then\n"
                         "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                         "        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace\n"
                         "    else\n"
                         "        compopt -o filenames\n"
                         "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                         "    fi\n"
                         "}\n"
                         "complete -F _ailurus ailurus");
    for (const AilCommand *const *c = ail_commands; *c; c++)
        g_string_append_printf(out, " ailurus-%s", (*c)->name);
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

/* Text inside an _arguments specification in single quotes. */
static char *zsh_text(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *p = text ? text : ""; *p; p++) {
        if (*p == '\'')
            g_string_append(out, "'\\''");
        else if (strchr("[]:\\", *p))
            g_string_append_printf(out, "\\%c", *p);
        else
            g_string_append_c(out, *p == '\n' ? ' ' : *p);
    }
    return g_string_free(out, FALSE);
}

static void put_zsh_option(GString *out, const GOptionEntry *e)
{
    char *text = zsh_text(e->description);
    char *value = zsh_text(e->arg_description);
    bool takes_value = e->arg_description != NULL;
    bool repeats = e->arg == G_OPTION_ARG_STRING_ARRAY || e->arg == G_OPTION_ARG_FILENAME_ARRAY;
    char *end = takes_value ? g_strdup_printf(":%s:_files", value) : g_strdup("");
    g_string_append_printf(out, " \\\n        '%s--%s%s[%s]%s'", repeats ? "*" : "", e->long_name,
                           takes_value ? "=" : "", text, end);
    if (e->short_name)
        g_string_append_printf(out, " \\\n        '%s-%c[%s]%s'", repeats ? "*" : "", e->short_name,
                               text, end);
    g_free(end);
    g_free(value);
    g_free(text);
}

static void put_zsh_command(GString *out, const AilCommand *command)
{
    void *state;
    GArray *list = ail_option_list(command, &state);
    g_string_append_printf(out, "    %s)\n      _arguments", command->name);
    for (guint i = 0; i < list->len; i++)
        put_zsh_option(out, &g_array_index(list, GOptionEntry, i));
    g_string_append(out, " \\\n        '*:file:_files' ;;\n");
    ail_option_list_free(command, list, state);
}

char *ail_completion_zsh(void)
{
    GString *out = g_string_new("#compdef ailurus");
    for (const AilCommand *const *c = ail_commands; *c; c++)
        g_string_append_printf(out, " ailurus-%s", (*c)->name);
    g_string_append(out, "\n# zsh completion for ailurus, made by `ailurus --generate zsh`\n"
                         "_ailurus() {\n"
                         "  local name=${service#ailurus-}\n"
                         "  local -a commands\n"
                         "  commands=(\n");
    for (const AilCommand *const *c = ail_commands; *c; c++) {
        char *summary = zsh_text((*c)->summary);
        g_string_append_printf(out, "    '%s:%s'\n", (*c)->name, summary);
        g_free(summary);
    }
    g_string_append(out, "    'help:Explain a command, with examples.'\n"
                         "  )\n"
                         "  if [[ $service == ailurus ]]; then\n"
                         "    if (( CURRENT == 2 )); then\n"
                         "      _describe command commands\n"
                         "      return\n"
                         "    fi\n"
                         "    name=$words[2]\n"
                         "    shift words\n"
                         "    (( CURRENT-- ))\n"
                         "  fi\n"
                         "  case $name in\n");
    for (const AilCommand *const *c = ail_commands; *c; c++)
        put_zsh_command(out, *c);
    g_string_append(out, "    help) _describe command commands ;;\n"
                         "  esac\n"
                         "}\n"
                         "_ailurus \"$@\"\n");
    return g_string_free(out, FALSE);
}
