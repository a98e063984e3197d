/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus verify`: whether recordings are whole, and whether they replay. */
#include "cli/rerun.h"
#include "formats/rr.h"
#include "formats/rrlog.h"
#include "formats/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NAME "verify"

typedef struct Verify {
    gboolean json, replay;
    gint stall;
    GOptionEntry *entries; /* owned */
    AilWatch watch;
} Verify;

/* One recording. */
typedef struct Check {
    AilWatch *watch;
    const char *path;
    unsigned members;
    uint64_t bytes; /* of the members */
    uint64_t total; /* instructions in the log */
    AilError log;   /* what is wrong with the log, "" for nothing */
} Check;

static GOptionEntry *options(void **state)
{
    Verify *v = g_new0(Verify, 1);
    *state = v;
    v->watch.stop.fd = -1;
    const GOptionEntry table[] = {
        {"replay", 0, 0, G_OPTION_ARG_NONE, &v->replay, "also replay it, without making a trace",
         NULL},
        {"stall-timeout", 0, 0, G_OPTION_ARG_INT, &v->stall,
         "with --replay: give up after so many seconds without progress (default: 60)", "SECONDS"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &v->json, "print a JSON object for each recording", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    v->entries = g_memdup2(table, sizeof table);
    return v->entries;
}

static void discard(void *state)
{
    Verify *v = state;
    ail_stop_end(&v->watch.stop);
    g_free(v->entries);
    g_free(v);
}

static bool progress(void *user, uint64_t done, uint64_t total)
{
    return ail_watch_bytes(((Check *)user)->watch, done, total);
}

/* What is wrong with the log is said when its checksum is right: else that is what is wrong. */
static AilStatus visit(void *user, const AilManifest *manifest, AilMember member,
                       AilRrStream *stream, AilError *err)
{
    Check *c = user;
    AilRrlogEvent e;
    (void)err;
    c->members++;
    c->bytes += manifest->members[member].size;
    if (member != AIL_MEMBER_LOG)
        return AIL_OK;
    AilRrlog *log = ail_rrlog_new();
    g_autofree char *name = g_strdup_printf("%s: %s", c->path, ail_member_name(member));
    AilStatus s = ail_rrlog_open_stream(log, name, ail_rr_stream_read, stream);
    while (s == AIL_OK)
        s = ail_rrlog_next(log, &e);
    if (s == AIL_ERR)
        ail_error_set(&c->log, "%s", ail_rrlog_error(log));
    c->total = ail_rrlog_icount(log);
    ail_rrlog_free(log);
    return AIL_OK;
}

static AilStatus check_archive(Check *c, AilManifest **manifest,
                               char identity[AIL_RR_IDENTITY_SIZE], AilError *err)
{
    AilStatus s = ail_rr_visit(c->path, visit, progress, c, manifest, identity, err);
    if (s != AIL_OK)
        return s;
    if (*c->log.text)
        return ail_error_copy(err, &c->log, NULL);
    if (c->total != (*manifest)->instructions)
        return ail_error_set(err,
                             "%s: its manifest has %" PRIu64 " instructions, its log %" PRIu64
                             ": it cannot be replayed",
                             c->path, (*manifest)->instructions, c->total);
    return AIL_OK;
}

static void report(const Verify *v, const Check *c, const char *identity, AilStatus s,
                   const AilError *err)
{
    if (v->json) {
        g_autofree char *path = ail_text_json(c->path), *why = ail_text_json(err->text);
        printf("{\"file\":%s,\"ok\":%s", path, s == AIL_OK ? "true" : "false");
        if (s == AIL_OK)
            printf(",\"identity\":\"%s\",\"members\":%u,\"bytes\":%" PRIu64
                   ",\"instructions\":%" PRIu64 ",\"replayed\":%s}\n",
                   identity, c->members, c->bytes, c->total, v->replay ? "true" : "false");
        else
            printf(",\"error\":%s}\n", why);
    } else if (s == AIL_OK) {
        g_autofree char *path = ail_text_disarm(g_strdup(c->path)),
                        *bytes = g_format_size(c->bytes);
        printf("%s: ok, %s%u members of %s, %" PRIu64 " instructions\n", path,
               v->replay ? "replays, " : "", c->members, bytes, c->total);
    }
    fflush(stdout); /* the next one may take long */
}

static int verify(Verify *v, const char *path)
{
    Check c = {.watch = &v->watch, .path = path};
    char identity[AIL_RR_IDENTITY_SIZE] = "";
    AilManifest *manifest = NULL;
    AilError err = {0};
    v->watch.bar = ail_progress_start("verifying");
    AilStatus s = check_archive(&c, &manifest, identity, &err);
    ail_progress_end(v->watch.bar);
    if (s == AIL_OK && v->replay) {
        ail_cli_sweep(NAME, path);
        v->watch.bar = ail_progress_start("replaying");
        s = ail_cli_rerun(path, (unsigned)v->stall, &v->watch, NULL, &err);
        ail_progress_end(v->watch.bar);
        if (s == AIL_END)
            s = ail_error_set(&err, "%s: interrupted", path);
    }
    report(v, &c, identity, s, &err);
    ail_manifest_free(manifest);
    return s == AIL_OK ? AIL_EXIT_OK : ail_cli_not_a_recording(NAME, path, "trace verify", &err);
}

static int run(void *state, int argc, char **argv)
{
    Verify *v = state;
    int status = AIL_EXIT_OK;
    if (!argc)
        status = ail_cli_usage(NAME, "wants a recording");
    else if (v->stall < 0)
        status = ail_cli_usage(NAME, "--stall-timeout is a number of seconds");
    else if (!ail_stop_begin(&v->watch.stop))
        status = ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno));
    for (int i = 0; i < argc && status != AIL_EXIT_USAGE && v->watch.stop.fd >= 0; i++) {
        if (verify(v, argv[i]) != AIL_EXIT_OK)
            status = AIL_EXIT_FAILURE;
        if (ail_stop_wanted(&v->watch.stop))
            break;
    }
    discard(v);
    return status;
}

static const AilExample examples[] = {
    {"ailurus verify boot.rr", "read and check every byte"},
    {"ailurus verify --replay boot.rr", "and see whether it runs again to its end"},
    {"ailurus verify *.rr >/dev/null", "say only which ones are bad"},
    {NULL, NULL},
};

const AilCommand ail_command_verify = {
    .name = "verify",
    .usage = "NAME.rr...",
    .summary = "Check whether recordings are whole, and whether they replay",
    .description =
        "Reads each recording to its end and checks all of it: the manifest, the size and "
        "checksum of every member, and that the replay log makes sense up to its end and has as "
        "many instructions as the manifest says. Nothing is written to the disk. It says ok for "
        "each recording that is, and for others what is wrong and where, and exits with 1.\n\n"
        "With --replay it then also replays each recording, without making a trace, and says "
        "whether it replays, or at which instruction it does not. For that it is unpacked into a "
        "directory beside it, or in $TMPDIR, that is removed at the end.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
