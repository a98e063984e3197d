/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/monitor.h"

#include "formats/text.h"

#include <editline/readline.h>
#include <errno.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROMPT "(ailurus) "

static bool send_line(int fd, const char *line)
{
    char *with_end = g_strconcat(line, "\n", NULL);
    size_t len = strlen(with_end), at = 0;
    while (at < len) {
        ssize_t n = send(fd, with_end + at, len - at, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            break;
        at += n > 0 ? (size_t)n : 0;
    }
    g_free(with_end);
    return at == len;
}

/* One line, a byte at a time: answers are short. */
static GString *receive_line(int fd)
{
    GString *line = g_string_new(NULL);
    for (;;) {
        char c;
        ssize_t n = recv(fd, &c, 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            g_string_free(line, TRUE);
            return NULL;
        }
        if (c == '\n')
            return line;
        g_string_append_c(line, c);
    }
}

bool ail_monitor_ask(int fd, const char *line, bool *ok, char **text)
{
    GString *answer = send_line(fd, line) ? receive_line(fd) : NULL;
    if (!answer)
        return false;
    JsonNode *node = json_from_string(answer->str, NULL);
    JsonObject *object = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    *ok = object && json_object_get_boolean_member_with_default(object, "ok", FALSE);
    *text = g_strdup(object ? json_object_get_string_member_with_default(object, "text", "")
                            : "the answer is not understood");
    g_clear_pointer(&node, json_node_unref);
    g_string_free(answer, TRUE);
    return true;
}

static const char *const commands[] = {"begin_record", "end_record", "status", "type",
                                       "quit",         "help",       "console"};

/* The next command that begins with `text`, for the line editor, which frees it. */
static char *complete(const char *text, int again)
{
    static size_t next; /* the editor's interface leaves no other place */
    if (!again)
        next = 0;
    while (next < G_N_ELEMENTS(commands)) {
        const char *command = commands[next++];
        if (g_str_has_prefix(command, text))
            return strdup(command);
    }
    return NULL;
}

/* A line without its end; free. NULL at the end. */
static char *read_command(bool terminal)
{
    if (terminal) {
        char *line = readline(PROMPT);
        if (line && *line)
            add_history(line);
        return line;
    }
    char *line = NULL;
    size_t size = 0;
    ssize_t n = getline(&line, &size, stdin);
    if (n < 0) {
        free(line);
        return NULL;
    }
    if (n && line[n - 1] == '\n')
        line[n - 1] = '\0';
    return line;
}

static void print_answer(const AilMonitor *m, const char *line, bool ok, char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++)
        if (**l)
            fprintf(ok ? stdout : stderr, "%s%s\n", ok ? "" : "error: ", ail_text_disarm(*l));
    if (m->local_help && !strcmp(g_strstrip((char *)line), "help"))
        puts(m->local_help);
    fflush(stdout);
    g_strfreev(lines);
}

bool ail_monitor_run(const AilMonitor *m)
{
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO), good = true;
    if (terminal) {
        rl_initialize();
        rl_completion_entry_function = complete;
    }
    for (char *line; (line = read_command(terminal)); free(line)) {
        bool ok;
        char *text;
        if (!line[strspn(line, " \t")] || (m->local && m->local(m->user, line)))
            continue;
        if (!ail_monitor_ask(m->fd, line, &ok, &text)) {
            free(line);
            return good;
        }
        print_answer(m, line, ok, text);
        if (!ok && m->refused)
            m->refused(m->user);
        good = good && ok;
        g_free(text);
    }
    if (terminal)
        putchar('\n');
    return good;
}
