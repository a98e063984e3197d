/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REST_MS = 50, MAX_WAITING = 65536 };

static void disconnect(AilDebug *d)
{
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}

static void receive(AilDebug *d)
{
    char bytes[16384];
    ssize_t n = recv(d->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0)
        ail_gdb_reader_feed(d->reader, bytes, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        disconnect(d);
}

/* Asked while the machine runs: gdb may interrupt it, or go away. */
static bool progress(void *user, uint64_t icount, uint64_t total)
{
    AilDebug *d = user;
    d->ended = d->ended || !d->config->progress(d->config->user, icount, total);
    if (d->fd >= 0 && ail_gdb_reader_waiting(d->reader) < MAX_WAITING)
        receive(d);
    bool served = !d->sent || d->fd >= 0; /* without `sent` it is before serving */
    return !d->ended && served && !ail_gdb_reader_take_interrupt(d->reader);
}

AilDebug *ail_debug_new(const AilDebugConfig *config)
{
    AilDebug *d = g_new0(AilDebug, 1);
    d->config = config;
    d->fd = -1;
    d->reader = ail_gdb_reader_new();
    d->runner = (AilRunnerConfig){.manifest = config->manifest,
                                  .identity = config->identity,
                                  .dir = config->dir,
                                  .stall_seconds = config->stall_seconds};
    d->travel = ail_travel_new(&d->runner, config->checkpoints, progress, d);
    return d;
}

void ail_debug_free(AilDebug *d)
{
    if (!d)
        return;
    disconnect(d);
    ail_travel_free(d->travel);
    ail_gdb_reader_free(d->reader);
    if (d->sent)
        g_string_free(d->sent, TRUE);
    g_free(d);
}

const char *ail_debug_error(const AilDebug *d)
{
    return d->err.text;
}

AilStatus ail_debug_begin(AilDebug *d, uint64_t at)
{
    return ail_travel_to(d->travel, at, &d->err);
}

static void send_bytes(AilDebug *d, const char *bytes, size_t size)
{
    while (size && d->fd >= 0) {
        ssize_t n = send(d->fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            disconnect(d);
            return;
        }
        bytes += n;
        size -= (size_t)n;
    }
}

static void acknowledge(AilDebug *d, bool good)
{
    if (!d->silent)
        send_bytes(d, good ? "+" : "-", 1);
}

/* A packet that ends the session by killing has no answer, but vKill. */
static AilStatus handle_packet(AilDebug *d, const GString *packet)
{
    GString *answer = g_string_new(NULL);
    acknowledge(d, true);
    AilStatus s = ail_debug_answer(d, packet->str, packet->len, answer);
    if (s == AIL_OK && !(d->next == AIL_DEBUG_KILLED && *packet->str == 'k')) {
        g_string_truncate(d->sent, 0);
        ail_gdb_frame(answer->str, answer->len, d->sent);
        send_bytes(d, d->sent->str, d->sent->len);
    }
    g_string_free(answer, TRUE);
    return s;
}

static AilStatus handle_input(AilDebug *d)
{
    GString *packet = g_string_new(NULL);
    AilStatus s = AIL_OK;
    AilGdbItem item = AIL_GDB_PACKET;
    while (s == AIL_OK && d->fd >= 0 && d->next == AIL_DEBUG_GO_ON && item != AIL_GDB_MORE) {
        item = ail_gdb_reader_next(d->reader, packet);
        if (item == AIL_GDB_PACKET)
            s = handle_packet(d, packet);
        else if (item == AIL_GDB_BROKEN)
            acknowledge(d, false);
        else if (item == AIL_GDB_REFUSED && !d->silent)
            send_bytes(d, d->sent->str, d->sent->len);
    }
    g_string_free(packet, TRUE);
    return s;
}

static void accept_gdb(AilDebug *d)
{
    d->fd = accept4(d->config->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (d->fd < 0)
        return;
    int on = 1;
    setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* in vain on a unix socket */
    ail_gdb_reader_free(d->reader);
    d->reader = ail_gdb_reader_new();
    g_string_truncate(d->sent, 0);
    d->silent = d->knows_breaks = false;
    d->next = AIL_DEBUG_GO_ON;
    ail_travel_clear_breaks(d->travel);
}

AilStatus ail_debug_serve(AilDebug *d)
{
    AilStatus s = AIL_OK;
    d->sent = g_string_new(NULL);
    while (s == AIL_OK && !d->ended && d->next != AIL_DEBUG_KILLED) {
        struct pollfd p = {d->fd >= 0 ? d->fd : d->config->listen_fd, POLLIN, 0};
        bool ready = poll(&p, 1, REST_MS) > 0;
        d->ended = d->ended || !d->config->progress(d->config->user, 0, 0);
        if (!ready)
            continue;
        if (d->fd < 0) {
            accept_gdb(d);
            continue;
        }
        receive(d);
        s = handle_input(d);
        if (d->next == AIL_DEBUG_DETACHED)
            disconnect(d);
    }
    return s != AIL_OK ? s : d->ended && d->next != AIL_DEBUG_KILLED ? AIL_END : AIL_OK;
}
