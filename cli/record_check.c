/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what was just recorded replays: better heard now than when it is needed. */
#include "cli/record.h"
#include "cli/rerun.h"
#include "formats/text.h"

#define NAME "record"

/* Who recorded for longer than this does not want to wait that long again unasked. */
enum { SHORT_MS = 60000 };

static AilReplays report(const AilRecord *r, AilStatus s, bool began, const AilError *err)
{
    if (s == AIL_OK) {
        g_autofree char *path = ail_text_disarm(g_strdup(r->output));
        if (!r->json)
            printf("%s replays\n", path);
        return AIL_REPLAYS_YES;
    }
    if (s == AIL_ERR && (began || r->check)) {
        ail_cli_fail(NAME, "%s; the file stays", err->text);
        return AIL_REPLAYS_NO;
    }
    /* Nobody asked for it, and it says nothing about the recording. */
    g_autofree char *why = ail_text_disarm(g_strdup(s == AIL_ERR ? err->text : "interrupted"));
    fprintf(stderr, "ailurus record: note: did not check whether it replays: %s\n", why);
    return AIL_REPLAYS_UNKNOWN;
}

AilReplays ail_record_replay(const AilRecord *r, uint64_t wall_ms)
{
    AilWatch watch = {.stop = r->stop};
    AilError err = {0};
    bool began;
    if (r->no_check || (!r->check && wall_ms >= SHORT_MS))
        return AIL_REPLAYS_UNKNOWN;
    fflush(stdout);
    watch.bar = ail_progress_start("checking");
    AilStatus s = ail_cli_rerun(r->output, 0, &watch, &began, &err);
    ail_progress_end(watch.bar);
    return report(r, s, began, &err);
}
