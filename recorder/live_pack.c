/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of a live session that have ended, up to the sealed file. */
#include "recorder/live_private.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    WAIT_US = 50000,    /* for QEMU to write more of its log */
    CHECK_SECONDS = 60, /* pieces that took longer are not replayed unless somebody wants it */
};

static bool wants_check(const Take *t)
{
    const AilSessionConfig *c = t->live->session->config;
    return c->check_piece && (c->check_always || t->manifest->wall_ms < CHECK_SECONDS * 1000);
}

/* What ended the run is not meant for the pieces, but what comes then is. */
static bool go_on(void *user, uint64_t done, uint64_t total)
{
    AilLive *live = user;
    struct pollfd stop = {live->session->config->stop_fd, POLLIN, 0};
    (void)done, (void)total;
    return !g_atomic_int_get(&live->over) || poll(&stop, 1, 0) <= 0;
}

/* The thread of a piece. */
static void *pack(void *user)
{
    Take *t = user;
    const AilSessionConfig *c = t->live->session->config;
    AilRrWrite w = {.path = t->output,
                    .dir = ail_piece_dir(t->piece),
                    .force = t->force,
                    .progress = go_on,
                    .user = t->live};
    t->written = ail_machine_verify_disks(&t->live->session->machine, &t->err) == AIL_OK &&
                 ail_rr_write(&w, t->manifest, &t->bytes, &t->err) == AIL_OK;
    t->check = t->written && wants_check(t) ? c->check_piece(c->user, t->output, &t->err) : AIL_END;
    uint64_t one = 1;
    g_mutex_lock(&t->live->lock);
    t->done = true;
    g_mutex_unlock(&t->live->lock);
    return write(t->live->wake_fd, &one, sizeof one) < 0 ? t : NULL;
}

static bool start_packing(AilLive *live, Take *t, bool live_log)
{
    if (strstr(ail_qemu_last_words(live->session->qemu), AIL_LOG_WRITE_ERROR)) {
        ail_take_lose(live, t, "QEMU could not write its log: is the disk full?");
        return true;
    }
    int64_t start = g_get_monotonic_time();
    AilStatus s = ail_piece_collect(t->piece, t->cause, live_log);
    int64_t now = g_get_monotonic_time();
    t->next_us = now + MAX(WAIT_US, 4 * (now - start)); /* a long log takes a while to look at */
    if (s == AIL_END)
        return false;
    if (s == AIL_ERR) {
        ail_take_lose(live, t, ail_pieces_error(live->pieces));
        return true;
    }
    t->state = TAKE_PACKING;
    t->thread = g_thread_try_new("pack", pack, t, NULL);
    if (!t->thread)
        ail_take_lose(live, t, "no thread can be made to write it");
    return true;
}

static void report(AilLive *live, Take *t)
{
    bool bad = t->check == AIL_ERR;
    if (!t->written) {
        ail_take_lose(live, t, t->err.text);
        return;
    }
    char *size = g_format_size(t->bytes);
    live->written++;
    live->failed += bad;
    ail_live_tell(live, t->client, !bad, "%s: %" PRIu64 " instructions in %.1f s, %s%s%s",
                  t->output, t->manifest->instructions, (double)t->manifest->wall_ms / 1000, size,
                  bad                  ? "; it does not replay: "
                  : t->check == AIL_OK ? "; it replays"
                                       : "",
                  bad ? t->err.text : "");
    g_free(size);
    ail_take_forget(live, t);
}

static bool is_done(AilLive *live, Take *t)
{
    g_mutex_lock(&live->lock);
    bool done = t->state == TAKE_PACKING && t->done;
    g_mutex_unlock(&live->lock);
    return done;
}

void ail_takes_turn(AilLive *live)
{
    for (guint i = live->takes->len; i-- > 0;) {
        Take *t = live->takes->pdata[i];
        if (t->state == TAKE_ENDED && g_get_monotonic_time() >= t->next_us)
            start_packing(live, t, true);
        else if (is_done(live, t))
            report(live, t);
    }
}

/* In the order in which they were recorded. */
void ail_takes_finish(AilLive *live, bool live_log)
{
    while (live->takes->len) {
        Take *t = live->takes->pdata[0];
        if (t->state == TAKE_ENDED && !start_packing(live, t, live_log)) {
            ail_take_lose(live, t, "QEMU died before it had written so much of its log");
            continue;
        }
        if (!live->takes->len || live->takes->pdata[0] != t)
            continue;
        if (t->state == TAKE_RECORDING) {
            ail_take_lose(live, t, "the session ended without it");
            continue;
        }
        g_thread_join(g_steal_pointer(&t->thread));
        report(live, t);
    }
}
