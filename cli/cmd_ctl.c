/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus ctl`: commands for a session that records pieces. */
#include "cli/cli.h"
#include "cli/monitor.h"
#include "formats/text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME "ctl"

static int connect_to(const char *path, int *fd)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path)
        return ail_cli_fail(NAME, "%s: a socket's name has at most %zu bytes", path,
                            sizeof at.sun_path - 1);
    g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && connect(*fd, (const struct sockaddr *)&at, sizeof at) == 0)
        return AIL_EXIT_OK;
    return ail_cli_fail(NAME, "%s: %s; `ailurus record --control %s` listens there", path,
                        g_strerror(errno), path);
}

/* What may come from a guest must not steer the terminal. */
static void print_lines(const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++)
        puts(ail_text_disarm(*l));
    g_strfreev(lines);
}

static int ask(int fd, char *const *words)
{
    char *line = g_strjoinv(" ", (char **)words), *text = NULL;
    bool ok = false;
    int status = AIL_EXIT_OK;
    if (!ail_monitor_ask(fd, line, &ok, &text))
        status = ail_cli_fail(NAME, "the session ended before it answered '%s'", line);
    else if (!ok)
        status = ail_cli_fail(NAME, "%s", text);
    else if (*text)
        print_lines(text);
    g_free(text);
    g_free(line);
    return status;
}

static int run(void *state, int argc, char **argv)
{
    (void)state;
    if (argc < 1)
        return ail_cli_usage(NAME, "wants the socket that `ailurus record --control` made");
    int fd = -1, status = connect_to(argv[0], &fd);
    if (status == AIL_EXIT_OK && argc > 1) {
        char **words = g_new0(char *, (size_t)argc);
        memcpy(words, argv + 1, (size_t)(argc - 1) * sizeof *words);
        status = ask(fd, words);
        g_free(words);
    } else if (status == AIL_EXIT_OK) {
        status = ail_monitor_run(&(AilMonitor){.fd = fd}) ? AIL_EXIT_OK : AIL_EXIT_FAILURE;
    }
    if (fd >= 0)
        close(fd);
    return status;
}

static const AilExample examples[] = {
    {"ailurus record --kernel vmlinuz --disk debian.qcow2 --control vm.sock &",
     "a machine that waits to be told what to record"},
    {"ailurus ctl vm.sock begin_record login", "begins a piece, for login.rr"},
    {"ailurus ctl vm.sock end_record", "ends it, and says so when login.rr is written"},
    {"ailurus ctl vm.sock", "takes commands from the terminal"},
    {NULL, NULL},
};

const AilCommand ail_command_ctl = {
    .name = NAME,
    .usage = "SOCKET [COMMAND [ARGUMENT...]]",
    .summary = "Tell a machine that runs what to record",
    .description =
        "Gives a command to an `ailurus record` that was started with --control SOCKET, and prints "
        "its answer; without a command, takes commands from the terminal, or a line each from "
        "standard input. Exit status 1 when a command was refused or failed.\n\n"
        "begin_record NAME begins to record a piece of the run, for NAME.rr in the directory in "
        "which `ailurus record` was started (--force behind it replaces a file of that name).\n\n"
        "end_record ends it; the answer comes when the file is written. The machine runs on.\n\n"
        "status says what the machine and the pieces do.\n\n"
        "type TEXT types TEXT and Enter on the guest's serial port.\n\n"
        "quit ends the piece in progress and the machine.",
    .examples = examples,
    .run = run,
};
