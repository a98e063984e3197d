/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus files`: which files processes have open at a moment. */
#include "cli/guest_cli.h"

#include <inttypes.h>

static GOptionEntry *options(void **state)
{
    AilGuestAsk *ask = g_new0(AilGuestAsk, 1);
    *state = ask;
    ask->command = "files";
    return ail_guest_cli_options(ask, NULL, true);
}

static void print_json(const AilTask *t, uint32_t fd, const char *path, const char *socket,
                       AilOutput *out)
{
    ail_json_begin(out, "files");
    ail_json_number(out, "pid", t->tgid);
    ail_json_text(out, "comm", t->comm);
    ail_json_number(out, "fd", fd);
    ail_json_text(out, "path", path);
    if (socket)
        ail_json_text(out, "socket", socket);
    ail_json_end(out);
}

static void show(const AilGuestAsk *ask, const AilGuest *guest, const AilTask *t, AilOutput *out)
{
    (void)ask;
    for (uint32_t fd = 0; fd < ail_guest_n_files(guest, t->files); fd++) {
        const char *path = ail_guest_file(guest, t->files, fd);
        const char *socket = ail_guest_socket(guest, t->files, fd);
        if (!path)
            continue;
        if (ail_output_is_json(out)) {
            print_json(t, fd, path, socket, out);
            continue;
        }
        g_autofree char *safe = ail_guest_cli_safe(path);
        g_autofree char *is = ail_guest_cli_safe(socket ? socket : "");
        g_autofree char *comm = ail_guest_cli_safe(t->comm);
        ail_output_text(out, "%7u  %-15s %5u  %s%s%s\n", t->tgid, comm, fd, safe, *is ? " " : "",
                        is);
    }
}

static int run(void *state, int argc, char **argv)
{
    int code = ail_guest_cli_processes(state, argc, argv, show);
    ail_guest_cli_discard(state);
    return code;
}

static const AilExample examples[] = {
    {"ailurus files boot.trace", "the open files of all processes at the end of the trace"},
    {"ailurus files boot.trace --pid=123 --at=6000000000", "of one process, at a moment"},
    {NULL, NULL},
};

const AilCommand ail_command_files = {
    .name = "files",
    .usage = "TRACE [--pid=PID]",
    .summary = "Show which files processes of the guest had open at a moment",
    .description =
        "Prints a line for each open file: the process's number and name, the descriptor, and the "
        "path, or what /proc/PID/fd says of what has none (pipe:[123], socket:[456]). Behind a "
        "socket is its kind, where it is bound to, and \"->\" where it is connected to: tcp "
        "10.0.2.15:22 -> 10.0.2.2:54321, unix stream /run/x, netlink route 7.\n\n"
        "Of a process that had ended by then (--pid) they are those of its last moment. If several "
        "processes had the number, it is the last that had begun by then; notes on standard error "
        "say so.\n\n"
        "Only the event column of the trace is read, and the guest's kernel must be one that the "
        "replay knows (docs/introspection.md). TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = ail_guest_cli_discard,
};
