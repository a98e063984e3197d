/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus log`: the events in a recording's replay log. */
#include "cli/log_print.h"
#include "cli/rerun.h"
#include "formats/bytes.h"
#include "formats/rr.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define NAME "log"

typedef struct Log {
    gint64 from, to; /* icounts; to < 0: the end */
    gboolean json, summary;
    GOptionEntry *entries; /* owned */
    const char *path;
    AilLogTally tally;
    AilError error; /* what is wrong with the log; "" for nothing */
} Log;

static GOptionEntry *options(void **state)
{
    Log *l = g_new0(Log, 1);
    *state = l;
    l->to = -1;
    const GOptionEntry table[] = {
        {"from", 0, 0, G_OPTION_ARG_INT64, &l->from, "begin at this instruction", "ICOUNT"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &l->to, "end before this instruction", "ICOUNT"},
        {"summary", 0, 0, G_OPTION_ARG_NONE, &l->summary,
         "only how many events of each kind there are, and their bytes", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &l->json, "print JSON, one object a line", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    l->entries = g_memdup2(table, sizeof table);
    return l->entries;
}

static void discard(void *state)
{
    Log *l = state;
    g_free(l->entries);
    g_free(l);
}

static void take(Log *l, const AilRrlogEvent *e)
{
    l->tally.events[e->kind]++;
    if (e->kind == AIL_RRLOG_INSNS)
        l->tally.insns += (uint64_t)e->value;
    if (l->summary)
        return;
    if (l->json)
        ail_log_print_json(e);
    else
        ail_log_print_event(e);
}

/* What is wrong with the log itself is kept: an archive that is damaged explains more. Nobody needs
 * the rest when standard output takes no more. */
static void read_log(Log *l, AilRrlog *log)
{
    AilRrlogEvent e;
    AilStatus s;
    if (!l->summary && !l->json)
        ail_log_print_heading();
    while ((s = ail_rrlog_next(log, &e)) == AIL_OK && !ferror(stdout)) {
        if (l->to >= 0 && e.icount >= (uint64_t)l->to)
            break;
        if (e.icount < (uint64_t)l->from)
            continue;
        take(l, &e);
        l->tally.bytes[e.kind] += ail_rrlog_offset(log) - e.offset;
    }
    if (s == AIL_ERR)
        ail_error_set(&l->error, "%s", ail_rrlog_error(log));
}

static AilStatus visit(void *user, const AilManifest *manifest, AilMember member,
                       AilRrStream *stream, AilError *err)
{
    Log *l = user;
    (void)manifest;
    (void)err;
    if (member != AIL_MEMBER_LOG)
        return AIL_OK;
    g_autofree char *name = g_strdup_printf("%s: %s", l->path, ail_member_name(member));
    AilRrlog *log = ail_rrlog_new();
    if (ail_rrlog_open_stream(log, name, ail_rr_stream_read, stream) == AIL_OK)
        read_log(l, log);
    else
        ail_error_set(&l->error, "%s", ail_rrlog_error(log));
    ail_rrlog_free(log);
    return AIL_END;
}

/* The log alone, as unpacked. */
static bool is_log(const char *path)
{
    uint8_t version[4] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = fd >= 0 && read(fd, version, 4) == 4 && ail_get_be32(version) == AIL_RRLOG_VERSION;
    if (fd >= 0)
        close(fd);
    return is;
}

static void read_file(Log *l)
{
    AilRrlog *log = ail_rrlog_new();
    if (ail_rrlog_open(log, l->path, 0, 0) == AIL_OK)
        read_log(l, log);
    else
        ail_error_set(&l->error, "%s", ail_rrlog_error(log));
    ail_rrlog_free(log);
}

static int show(Log *l)
{
    AilManifest *manifest = NULL;
    AilError err = {0};
    AilStatus s = AIL_OK;
    if (is_log(l->path))
        read_file(l);
    else
        s = ail_rr_visit(l->path, visit, NULL, l, &manifest, NULL, &err);
    ail_manifest_free(manifest);
    if (s == AIL_ERR)
        return ail_cli_not_a_recording(NAME, l->path, "trace dump", &err);
    if (*l->error.text)
        return ail_cli_fail(NAME, "%s", l->error.text);
    if (l->summary && l->json)
        ail_log_print_tally_json(&l->tally);
    else if (l->summary)
        ail_log_print_tally(&l->tally);
    return AIL_EXIT_OK;
}

static int run(void *state, int argc, char **argv)
{
    Log *l = state;
    int status;
    if (argc != 1) {
        status = ail_cli_usage(NAME, "wants one recording");
    } else if (l->from < 0 || (l->to >= 0 && l->to < l->from)) {
        status = ail_cli_usage(NAME, "--from and --to are instruction counts, --from the smaller");
    } else {
        l->path = argv[0];
        status = show(l);
    }
    discard(l);
    return status;
}

static const AilExample examples[] = {
    {"ailurus log boot.rr --summary", "what a log consists of, and what makes it large"},
    {"ailurus log boot.rr --from 1000000 --to 2000000",
     "what came from outside in the second million instructions"},
    {"ailurus log boot.rr --json | jq -c 'select(.kind == \"packet\")'",
     "the network packets that the guest received"},
    {NULL, NULL},
};

const AilCommand ail_command_log = {
    .name = "log",
    .usage = "NAME.rr",
    .summary = "Print the replay log of a recording",
    .description =
        "Prints QEMU's log of what came from outside, one event a line: the offset in the log, "
        "the instructions executed before it, its kind, the device and the value where it has "
        "them, and of a payload the length and how it begins, as text or in hex. With --json it "
        "is all there, in hex. This is to find out why a replay diverges.\n\n"
        "Kinds: insns (value: so many instructions were executed), interrupt, exception, "
        "checkpoint (a place where timers ran), clock (a host clock was read: device 0 is the "
        "wall clock), char-input (the serial port received the payload), char-write, char-read, "
        "block (a disk request completed), packet (the network card received the payload), bh (a "
        "deferred task of QEMU), random, input (keyboard and mouse), audio-in, audio-out, "
        "shutdown (value: its cause), end.\n\n"
        "NAME.rr may also be a replay log alone, as `ailurus unpack` leaves it. Nothing behind "
        "the log is read: `ailurus verify` checks a recording.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
