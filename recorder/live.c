/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/live_private.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static AilStatus listen_to_guest(AilLive *live)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return ail_error_set_errno(&live->session->err, errno, "cannot make a socket");
    live->guest = ail_control_new(ail_live_guest_command, live);
    ail_control_add(live->guest, pair[0]);
    live->guest_fd = pair[1];
    return AIL_OK;
}

AilStatus ail_live_open(AilSession *s)
{
    const AilSessionConfig *c = s->config;
    AilLive *live = g_new0(AilLive, 1);
    s->live = live;
    live->session = s;
    live->guest_fd = -1;
    live->takes = g_ptr_array_new();
    g_mutex_init(&live->lock);
    live->control = ail_control_new(ail_live_command, live);
    live->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (live->wake_fd < 0)
        return ail_error_set_errno(&s->err, errno, "cannot make an eventfd");
    if (c->control_fd >= 0)
        ail_control_add(live->control, c->control_fd);
    if (c->control_path && ail_control_listen(live->control, c->control_path, &s->err) != AIL_OK)
        return AIL_ERR;
    return c->plugin ? listen_to_guest(live) : AIL_OK;
}

int ail_live_guest_fd(const AilLive *live)
{
    return live->guest_fd;
}

void ail_live_begin(AilLive *live)
{
    AilSession *s = live->session;
    if (live->guest_fd >= 0)
        close(live->guest_fd);
    live->guest_fd = -1;
    live->pieces = ail_pieces_new(s->qemu, &s->machine, ail_workdir_path(s->work));
}

AilPieces *ail_live_pieces(const AilLive *live)
{
    return live->pieces;
}

size_t ail_live_fds(const AilLive *live, struct pollfd *fds)
{
    size_t n = ail_control_fds(live->control, fds);
    if (live->guest)
        n += ail_control_fds(live->guest, fds + n);
    fds[n++] = (struct pollfd){live->wake_fd, POLLIN, 0};
    return n;
}

void ail_live_turn(AilLive *live, const struct pollfd *fds, size_t n)
{
    struct pollfd unused[AIL_CONTROL_MAX_FDS];
    size_t n_control = ail_control_fds(live->control, unused);
    uint64_t count;
    if (fds[n - 1].revents && read(live->wake_fd, &count, sizeof count) < 0)
        return;
    if (live->guest)
        ail_control_turn(live->guest, fds + n_control, n - n_control - 1);
    ail_control_turn(live->control, fds, n_control);
    ail_takes_turn(live);
}

int64_t ail_live_deadline(const AilLive *live)
{
    int64_t at = ail_control_deadline(live->control);
    for (guint i = 0; i < live->takes->len; i++)
        if (((Take *)live->takes->pdata[i])->state == TAKE_ENDED)
            at = MIN(at, ((Take *)live->takes->pdata[i])->next_us);
    return at;
}

void ail_live_tell(AilLive *live, AilClient *client, bool ok, const char *format, ...)
{
    const AilSessionConfig *c = live->session->config;
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    ail_client_answer(client, ok, text);
    if (c->note)
        c->note(c->user, ok, text, client != NULL);
    g_free(text);
}

unsigned ail_live_written(const AilLive *live)
{
    return live->written;
}

unsigned ail_live_failed(const AilLive *live)
{
    return live->failed;
}

void ail_live_free(AilLive *live)
{
    if (!live)
        return;
    ail_takes_finish(live, false); /* threads, if there are any left */
    g_ptr_array_unref(live->takes);
    ail_pieces_free(live->pieces);
    ail_control_free(live->control);
    ail_control_free(live->guest);
    if (live->guest_fd >= 0)
        close(live->guest_fd);
    if (live->wake_fd >= 0)
        close(live->wake_fd);
    g_mutex_clear(&live->lock);
    g_free(live);
}
