/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done in a live session while the machine stands still. */
#include "recorder/live_private.h"

#include <string.h>

enum {
    TRIES = 1000, /* to find the machine without disk requests on their way */
    TRY_US = 3000,
};

/* Stop the machine, or let it run on, if it does. If QEMU is gone, the session's loop finds out
 * why. */
static AilStatus set_running(AilLive *live, bool run, AilError *err)
{
    AilSession *s = live->session;
    AilQmp *qmp = ail_qemu_qmp(s->qemu);
    if (!s->running)
        return AIL_OK;
    AilStatus status = ail_qmp_execute(qmp, run ? "cont" : "stop", NULL, AIL_SESSION_QMP_MS, NULL);
    s->gone = s->gone || status == AIL_END;
    return status == AIL_OK ? AIL_OK : ail_error_set(err, "%s", ail_qmp_error(qmp));
}

AilStatus ail_live_stopped(AilLive *live, AilStatus (*act)(void *), void *what, AilError *err)
{
    AilStatus s = AIL_END;
    for (int i = 0; i < TRIES && s == AIL_END; i++) {
        if (i)
            g_usleep(TRY_US);
        if (set_running(live, false, err) != AIL_OK)
            return AIL_ERR;
        s = act(what);
        if (s != AIL_OK)
            ail_error_set(err, "%s", ail_pieces_error(live->pieces));
        if (set_running(live, true, err) != AIL_OK)
            return AIL_ERR;
    }
    return s;
}

typedef struct Save {
    AilPieces *pieces;
    const char *path, *tag;
} Save;

static AilStatus save(void *what)
{
    const Save *x = what;
    return ail_origin_save(x->pieces, x->path, x->tag);
}

void ail_live_save(AilLive *live, AilClient *client, const char *name)
{
    AilError err = {{0}};
    char *path = g_str_has_suffix(name, ".qcow2") ? g_strndup(name, strlen(name) - strlen(".qcow2"))
                                                  : g_strdup(name),
         *tag = g_path_get_basename(path);
    Save x = {live->pieces, path, tag};
    if (ail_live_stopped(live, save, &x, &err) == AIL_OK)
        ail_live_tell(live, client, true, "%s.qcow2: saved; record --record-from %s begins there",
                      path, tag);
    else
        ail_live_tell(live, client, false, "%s", err.text);
    g_free(tag);
    g_free(path);
}
