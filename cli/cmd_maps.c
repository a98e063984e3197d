/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus maps`: what a process has mapped at a moment. */
#include "cli/guest_cli.h"

#include <inttypes.h>

enum { PATH_COLUMN = 73 }; /* as /proc/PID/maps has it on 64-bit machines */

static GOptionEntry *options(void **state)
{
    AilGuestAsk *ask = g_new0(AilGuestAsk, 1);
    *state = ask;
    ask->command = "maps";
    return ail_guest_cli_options(ask, NULL, true);
}

static void print_json(const AilTask *t, const AilMapping *m, const char *perms, AilOutput *out)
{
    ail_json_begin(out, "maps");
    ail_json_number(out, "pid", t->tgid);
    ail_json_text(out, "comm", t->comm);
    ail_json_address(out, "start", m->start);
    ail_json_address(out, "end", m->end);
    ail_json_text(out, "permissions", perms);
    ail_json_address(out, "offset", m->offset);
    ail_json_number(out, "major", m->dev >> 20);
    ail_json_number(out, "minor", m->dev & 0xfffff);
    ail_json_number(out, "inode", m->inode);
    ail_json_text(out, "path", m->path);
    ail_json_end(out);
}

static void print_text(const AilMapping *m, const char *perms, AilOutput *out)
{
    char line[160];
    g_autofree char *path = ail_guest_cli_safe(m->path);
    int n = g_snprintf(
        line, sizeof line, "%08" PRIx64 "-%08" PRIx64 " %s %08" PRIx64 " %02x:%02x %" PRIu64 " ",
        m->start, m->end, perms, m->offset, m->dev >> 20, m->dev & 0xfffff, m->inode);
    if (*path)
        ail_output_text(out, "%s%*s%s\n", line, MAX(0, PATH_COLUMN - n), "", path);
    else
        ail_output_text(out, "%s\n", line);
}

static void show(const AilGuestAsk *ask, const AilGuest *guest, const AilTask *t, AilOutput *out)
{
    (void)ask;
    size_t n;
    const AilMapping *m = ail_guest_mappings(guest, t->mm, &n);
    if (!n && !ail_output_is_json(out))
        ail_output_text(out, t->mm ? "what it has mapped is not known: it did not run in this "
                                     "trace by then\n"
                                   : "it has nothing mapped: a thread of the kernel, or one that "
                                     "has not begun or is ending\n");
    for (size_t i = 0; i < n; i++) {
        uint32_t f = m[i].flags;
        const char perms[] = {f & AIL_MAP_READ ? 'r' : '-', f & AIL_MAP_WRITE ? 'w' : '-',
                              f & AIL_MAP_EXEC ? 'x' : '-', f & AIL_MAP_SHARED ? 's' : 'p', 0};
        if (ail_output_is_json(out))
            print_json(t, &m[i], perms, out);
        else
            print_text(&m[i], perms, out);
    }
}

static int run(void *state, int argc, char **argv)
{
    AilGuestAsk *ask = state;
    int code =
        ask->pid < 0
            ? ail_cli_usage("maps", "say of which process: --pid=PID (ailurus ps lists them)")
            : ail_guest_cli_processes(ask, argc, argv, show);
    ail_guest_cli_discard(ask);
    return code;
}

static const AilExample examples[] = {
    {"ailurus maps boot.trace --pid=1", "what init had mapped at the end of the trace"},
    {"ailurus maps boot.trace --pid=123 --at=6000000000", "of another process, at a moment"},
    {NULL, NULL},
};

const AilCommand ail_command_maps = {
    .name = "maps",
    .usage = "TRACE --pid=PID",
    .summary = "Show what a process of the guest had mapped at a moment",
    .description =
        "Prints the mappings of a process as /proc/PID/maps has them: addresses, permissions, "
        "offset in the file, device, inode and path.\n\n"
        "Of a process that had ended by then they are those of its last moment. If several "
        "processes had the number, it is the last that had begun by then; notes on standard error "
        "say so.\n\n"
        "Only the event column of the trace is read, and the guest's kernel must be one that the "
        "replay knows (docs/introspection.md). TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = ail_guest_cli_discard,
};
