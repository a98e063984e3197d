/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus salvage`: recordings of what a killed `ailurus record` has left. */
#include "cli/rerun.h"
#include "formats/text.h"
#include "recorder/salvage.h"

#include <errno.h>
#include <inttypes.h>

#define NAME "salvage"

typedef struct Salvage {
    GOptionEntry *entries; /* owned */
    char *output;          /* owned */
    gboolean force, no_check;
    AilWatch watch;
    bool bad; /* something is lost or does not replay */
} Salvage;

static GOptionEntry *options(void **state)
{
    Salvage *x = g_new0(Salvage, 1);
    *state = x;
    x->watch.stop.fd = -1;
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &x->output,
         "write the recording here (default: where it was to be written)", "NAME.rr"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &x->force, "replace an existing recording", NULL},
        {"no-check", 0, 0, G_OPTION_ARG_NONE, &x->no_check,
         "do not see whether the recordings replay", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    x->entries = g_memdup2(table, sizeof table);
    return x->entries;
}

static void discard(void *state)
{
    Salvage *x = state;
    ail_stop_end(&x->watch.stop);
    g_free(x->output);
    g_free(x->entries);
    g_free(x);
}

/* What a person reads behind the numbers; free with g_free. */
static char *check(Salvage *x, const char *path)
{
    AilError err = {0};
    if (x->no_check)
        return g_strdup("");
    x->watch.bar = ail_progress_start("checking");
    AilStatus s = ail_cli_rerun(path, 0, &x->watch, NULL, &err);
    ail_progress_end(x->watch.bar);
    x->watch.bar = NULL;
    x->bad = x->bad || s == AIL_ERR;
    return s == AIL_OK    ? g_strdup("; it replays")
           : s == AIL_END ? g_strdup("")
                          : g_strdup_printf("; it does not replay: %s", err.text);
}

static void report(void *user, const AilSalvaged *s)
{
    Salvage *x = user;
    if (s->status == AIL_OK) {
        g_autofree char *path = ail_text_disarm(g_strdup(s->output)),
                        *size = g_format_size(s->bytes),
                        *replays = ail_text_disarm(check(x, s->output));
        printf("%s: %" PRIu64 " instructions, %s, %s%s\n", path, s->insns,
               s->torn ? "up to the last event that QEMU had written" : "all of it", size, replays);
        return;
    }
    x->bad = true;
    if (s->status == AIL_END)
        ail_cli_fail(NAME, "%s: lost: %s", s->output, s->why);
    else
        ail_cli_fail(NAME, "%s", s->why);
}

static bool packing(void *user, uint64_t done, uint64_t total)
{
    return ail_watch_bytes(&((Salvage *)user)->watch, done, total);
}

static int salvage(Salvage *x, const char *dir)
{
    AilSalvage c = {.dir = dir,
                    .output = x->output,
                    .force = x->force,
                    .progress = packing,
                    .report = report,
                    .user = x};
    AilError err = {0};
    if (ail_salvage_run(&c, &err) != AIL_OK)
        return ail_cli_fail(NAME, "%s", err.text);
    return x->bad ? AIL_EXIT_FAILURE : AIL_EXIT_OK;
}

static int run(void *state, int argc, char **argv)
{
    Salvage *x = state;
    int status = argc == 1 ? AIL_EXIT_OK : ail_cli_usage(NAME, "wants one directory");
    if (status == AIL_EXIT_OK && !ail_stop_begin(&x->watch.stop))
        status = ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno));
    if (status == AIL_EXIT_OK)
        status = salvage(x, argv[0]);
    discard(x);
    return status;
}

static const AilExample examples[] = {
    {"ailurus salvage .ailurus-X3K9Q2", "writes the recordings that were in progress"},
    {"ailurus salvage .ailurus-X3K9Q2 -o rest.rr", "the only one of them, under another name"},
    {NULL, NULL},
};

const AilCommand ail_command_salvage = {
    .name = "salvage",
    .usage = "DIR [-o NAME.rr]",
    .summary = "Save what a recording that was killed has left",
    .description =
        "When `ailurus record` is killed (SIGKILL, power) it leaves a directory .ailurus-XXXXXX "
        "beside its output, or in $TMPDIR; the next command that works there names it. This makes "
        "recordings of what is in it, under the names that they were to have, and removes the "
        "directory.\n\n"
        "What had ended is saved in full. What was in progress is saved up to the last event that "
        "QEMU had written to its log, which it does in blocks of 4 KiB: the last moments are "
        "missing. "
        "A recording of all of a run gets all of the disks then, not only what was read, and they "
        "must not have changed. A piece (begin_record) of a machine with disks that had not ended "
        "is lost, and so is what had not executed anything; this is said, and the exit status is "
        "1.\n\n"
        "Each recording is replayed once to see whether it replays. If one cannot be written, "
        "because the file exists or there is no room, the directory stays, and salvage can be "
        "tried again.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
