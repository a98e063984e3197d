/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of a live session, from their beginning to their end. */
#include "recorder/live_private.h"

#include <string.h>

#include "formats/rrlog.h"
#include "recorder/unsealed.h"

enum { MAX_TAKES = 8 }; /* at once; each takes a processor and memory for a while */

static void free_take(Take *t)
{
    if (t->thread)
        g_thread_join(t->thread);
    ail_piece_free(t->piece);
    ail_manifest_free(t->manifest);
    ail_client_drop(t->client);
    g_free(t->output);
    g_free(t);
}

/* What the working directory says of the piece, should we be killed. */
static AilStatus note(Take *t)
{
    const AilSession *s = t->live->session;
    const AilVmstate *at = ail_piece_start(t->piece);
    const AilUnsealed u = {.name = (char *)ail_piece_name(t->piece),
                           .output = t->output,
                           .force = t->force,
                           .begun = at->log_offset > 0,
                           .at = *at,
                           .ended = t->state != TAKE_RECORDING,
                           .cause = t->cause,
                           .manifest = t->manifest};
    return ail_unsealed_write(ail_workdir_path(s->work), &u, &t->err);
}

static void forget_note(Take *t)
{
    if (t->piece)
        ail_unsealed_remove(ail_workdir_path(t->live->session->work), ail_piece_name(t->piece));
}

static AilStatus begin_piece(void *piece)
{
    return ail_piece_begin(piece);
}

static AilStatus end_piece(void *piece)
{
    return ail_piece_end(piece);
}

/* Of those that are still on their way to their files. */
static AilStatus check_others(AilLive *live, Take *t)
{
    char *path = g_canonicalize_filename(t->output, NULL);
    AilStatus s = AIL_OK;
    if (live->takes->len >= MAX_TAKES)
        s = ail_error_set(&t->err, "%u pieces are still being written; wait for one",
                          live->takes->len);
    for (guint i = 0; i < live->takes->len && s == AIL_OK; i++) {
        char *other = g_canonicalize_filename(((Take *)live->takes->pdata[i])->output, NULL);
        if (!strcmp(path, other))
            s = ail_error_set(&t->err, "%s is still being written", t->output);
        g_free(other);
    }
    g_free(path);
    return s;
}

static AilStatus try_begin(AilLive *live, Take *t)
{
    AilStatus s = ail_session_check_output(t->output, t->force, &t->err);
    if (s == AIL_OK)
        s = check_others(live, t);
    if (s == AIL_OK && ail_piece_prepare(live->pieces, &t->piece) != AIL_OK)
        s = ail_error_set(&t->err, "%s", ail_pieces_error(live->pieces));
    t->manifest = ail_session_describe(live->session);
    if (s == AIL_OK)
        s = note(t);
    if (s == AIL_OK)
        s = ail_live_stopped(live, begin_piece, t->piece, &t->err);
    return s;
}

/* A new piece; NULL: err says why not. */
static Take *begin(AilLive *live, char *output, bool force, AilError *err)
{
    Take *t = g_new0(Take, 1);
    t->live = live;
    t->force = force;
    t->output = output;
    if (try_begin(live, t) != AIL_OK) {
        *err = t->err;
        forget_note(t);
        free_take(t);
        return NULL;
    }
    note(t); /* it could be written just now */
    t->start_us = g_get_monotonic_time();
    live->current = t;
    g_ptr_array_add(live->takes, t);
    return t;
}

void ail_take_begin(AilLive *live, AilClient *client, const char *name, bool force)
{
    AilError err = {{0}};
    char *output = g_str_has_suffix(name, ".rr") ? g_strdup(name) : g_strconcat(name, ".rr", NULL);
    Take *t = begin(live, output, force, &err);
    if (t)
        ail_live_tell(live, client, true, "%s: recording", t->output);
    else
        ail_live_tell(live, client, false, "%s", err.text);
}

AilStatus ail_live_begin_all(AilLive *live, const char *output, bool force)
{
    return begin(live, g_strdup(output), force, &live->session->err) ? AIL_OK : AIL_ERR;
}

void ail_take_forget(AilLive *live, Take *t)
{
    if (live->current == t)
        live->current = NULL;
    g_ptr_array_remove(live->takes, t);
    forget_note(t);
    free_take(t);
}

void ail_take_lose(AilLive *live, Take *t, const char *why)
{
    live->failed++;
    ail_live_tell(live, t->client, false, "%s: lost: %s", t->output, why);
    ail_take_forget(live, t);
}

/* The piece has ended: its numbers. */
static void close_take(Take *t, const char *why, int64_t cause)
{
    t->state = TAKE_ENDED;
    t->cause = cause;
    t->manifest->wall_ms = (uint64_t)(g_get_monotonic_time() - t->start_us) / 1000;
    t->live->current = NULL;
    t->manifest->instructions = ail_piece_insns(t->piece);
    t->manifest->end = g_strdup(why);
    note(t);
}

/* Where it cannot end now, it goes on; if QEMU is gone, it ended with that. */
void ail_take_end(AilLive *live, AilClient *client, const char *why)
{
    Take *t = live->current;
    AilStatus s = ail_live_stopped(live, end_piece, t->piece, &t->err);
    if (s == AIL_END) {
        ail_live_tell(live, client, false, "%s goes on: %s; end it later", t->output, t->err.text);
        return;
    }
    t->client = client ? ail_client_hold(client) : NULL;
    if (s == AIL_OK || ail_piece_insns(t->piece))
        close_take(t, why, AIL_RRLOG_CAUSE_QUIT);
    else if (!live->session->gone)
        ail_take_lose(live, t, t->err.text);
}

static void end_run(AilLive *live)
{
    const AilSessionConfig *c = live->session->config;
    if (c->over)
        c->over(c->user);
    g_atomic_int_set(&live->over, 1);
}

void ail_live_finish(AilLive *live, uint64_t total, const char *why, int64_t cause)
{
    Take *t = live->current;
    end_run(live);
    if (t && ail_piece_end_at(t->piece, total) == AIL_OK)
        close_take(t, why, cause);
    else if (t)
        ail_take_lose(live, t, ail_pieces_error(live->pieces));
    ail_takes_finish(live, false);
}

bool ail_live_rescue(AilLive *live)
{
    Take *t = live->current;
    end_run(live);
    if (t && ail_piece_end_at_last_event(t->piece) == AIL_OK)
        close_take(t, "host-error", AIL_RRLOG_CAUSE_QUIT);
    else if (t)
        ail_take_lose(live, t, ail_pieces_error(live->pieces));
    ail_takes_finish(live, true);
    return !live->failed;
}
