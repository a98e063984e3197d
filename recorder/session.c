/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "formats/rrlog.h"
#include "recorder/live.h"
#include "recorder/machine.h"
#include "recorder/session_private.h"

AilSession *ail_session_new(void)
{
    AilSession *s = g_new0(AilSession, 1);
    s->serial_fd = -1;
    s->qemu = ail_qemu_new();
    return s;
}

void ail_session_free(AilSession *s)
{
    if (!s)
        return;
    ail_qemu_free(s->qemu);
    ail_live_free(s->live); /* its last pieces' threads read the working directory */
    if (s->serial_fd >= 0)
        close(s->serial_fd);
    ail_workdir_remove(s->work);
    ail_manifest_free(s->manifest);
    ail_machine_clear(&s->machine);
    ail_buf_clear(&s->keys);
    ail_expect_clear(&s->output);
    g_free(s);
}

const char *ail_session_error(const AilSession *s)
{
    return s->err.text;
}

const AilSessionResult *ail_session_result(const AilSession *s)
{
    return &s->result;
}

AilStatus ail_session_qemu_failed(AilSession *s)
{
    return ail_error_set(&s->err, "%s", ail_qemu_error(s->qemu));
}

AilStatus ail_session_qmp_failed(AilSession *s, const char *doing)
{
    if (ail_qemu_wait(s->qemu, 1000) != AIL_OK)
        return ail_error_set(&s->err, "%s: %s", doing, ail_qemu_error(s->qemu));
    return ail_error_set(&s->err, "%s: %s", doing, ail_qmp_error(ail_qemu_qmp(s->qemu)));
}

static char *now_text(void)
{
    GDateTime *now = g_date_time_new_now_utc();
    char *text = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    g_date_time_unref(now);
    return text;
}

AilManifest *ail_session_describe(const AilSession *s)
{
    AilManifest *m = ail_manifest_new();
    ail_machine_copy(&m->machine, &s->machine);
    m->tool = g_strdup(AIL_VERSION);
    m->created = now_text();
    m->qemu_version = g_strdup(ail_qemu_version(s->qemu));
    m->qemu_package = g_strdup(ail_qemu_package(s->qemu));
    m->log_version = AIL_RRLOG_VERSION;
    return m;
}

void ail_session_output(AilSession *s, const void *bytes, size_t len)
{
    const AilSessionConfig *c = s->config;
    if (c->console)
        c->console(c->user, bytes, len);
    if (c->script) {
        ail_script_feed(c->script, bytes, len);
        s->wake_us = 0;
    }
    if (!c->until || s->end)
        return;
    ail_expect_feed(&s->output, bytes, len);
    if (ail_expect_find(&s->output, c->until))
        s->end = "until";
}

/* Read once; true when there may be more. */
static bool read_serial(AilSession *s)
{
    uint8_t bytes[8192];
    if (s->serial_fd < 0)
        return false;
    ssize_t n = recv(s->serial_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR;
    if (n == 0) {
        close(s->serial_fd);
        s->serial_fd = -1;
        return false;
    }
    ail_session_output(s, bytes, (size_t)n);
    return true;
}

/* While QEMU is to answer: it waits for room in the serial port's socket with the lock held that it
 * needs for that. */
static bool listen_meanwhile(void *user)
{
    read_serial(user);
    return true;
}

AilMachineMode ail_session_mode(const AilSession *s)
{
    return s->live ? AIL_MACHINE_PIECES : AIL_MACHINE_RECORD;
}

static AilStatus start_qemu(AilSession *s)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return ail_error_set_errno(&s->err, errno, "cannot make a socket");
    s->serial_fd = pair[0];
    int guest = s->live ? ail_live_guest_fd(s->live) : -1;
    /* Who finds the working directory shall wait for QEMU's end too. */
    const int pass[] = {ail_workdir_lock_fd(s->work), guest};
    char *plugin = g_strdup_printf("file=%s,calls=%d", s->config->plugin, guest);
    const char *const extra[] = {"-plugin", plugin, NULL};
    AilMachineRun run = {.mode = ail_session_mode(s),
                         .serial_fd = pair[1],
                         .vnc = s->config->vnc,
                         .forwards = s->config->forwards,
                         .extra = guest >= 0 ? extra : NULL};
    AilStatus status = ail_qemu_start(s->qemu, &s->machine, &run, ail_workdir_path(s->work), pass,
                                      guest >= 0 ? 2 : 1);
    g_free(plugin);
    close(pair[1]);
    if (status != AIL_OK)
        return ail_session_qemu_failed(s);
    ail_qmp_set_idle(ail_qemu_qmp(s->qemu), listen_meanwhile, s);
    if (s->live)
        ail_live_begin(s->live);
    return AIL_OK;
}

/* All of the run from there on is a piece. */
static AilStatus begin_at_origin(AilSession *s)
{
    AilPieces *pieces = ail_live_pieces(s->live);
    AilStatus status = ail_origin_load(&s->origin, pieces, ail_workdir_path(s->work), &s->err);
    if (status == AIL_OK && s->config->output)
        status = ail_live_begin_all(s->live, s->config->output, s->config->force);
    return status;
}

AilStatus ail_session_start(AilSession *s, const AilSessionConfig *config)
{
    s->config = config;
    s->input_fd = config->input_fd;
    ail_machine_copy(&s->machine, config->machine);
    s->origin = (AilOrigin){.tag = config->from, .image = config->from_image};
    if (ail_qemu_find(s->qemu, config->machine->arch) != AIL_OK)
        return ail_session_qemu_failed(s);
    if ((!config->output || config->from) && ail_live_open(s) != AIL_OK)
        return AIL_ERR;
    if (ail_session_prepare(s) != AIL_OK || start_qemu(s) != AIL_OK)
        return AIL_ERR;
    return config->from ? begin_at_origin(s) : AIL_OK;
}

static void read_qmp(AilSession *s)
{
    AilQmp *qmp = ail_qemu_qmp(s->qemu);
    s->gone = ail_qmp_receive(qmp, 0) != AIL_OK;
    for (JsonObject *e; (e = ail_qmp_take_event(qmp)); json_object_unref(e))
        if (!strcmp(ail_qmp_event_name(e), "SHUTDOWN"))
            s->end = "guest";
}

/* When the loop has something to do even if nothing arrives. */
static int64_t next_deadline(const AilSession *s)
{
    int64_t at = INT64_MAX;
    if (s->config->seconds > 0)
        at = s->start_us + (int64_t)(s->config->seconds * 1e6);
    if (s->keys.len && s->serial_fd >= 0)
        at = MIN(at, s->key_us);
    if (s->config->script && s->serial_fd >= 0)
        at = MIN(at, MAX(s->key_us, s->wake_us));
    return s->live ? MIN(at, ail_live_deadline(s->live)) : at;
}

static int poll_timeout(const AilSession *s)
{
    int64_t at = next_deadline(s);
    if (at == INT64_MAX)
        return -1;
    int64_t ms = (at - g_get_monotonic_time() + 999) / 1000;
    return (int)CLAMP(ms, 0, 60000);
}

static void turn(AilSession *s)
{
    enum { QMP, SERIAL, STOP, INPUT, N };
    struct pollfd p[N + AIL_LIVE_MAX_FDS] = {
        [QMP] = {ail_qmp_fd(ail_qemu_qmp(s->qemu)), POLLIN, 0},
        [SERIAL] = {s->serial_fd, POLLIN, 0},
        [STOP] = {s->config->stop_fd, POLLIN, 0},
        [INPUT] = {s->input_fd, POLLIN, 0},
    };
    size_t n_live = s->live ? ail_live_fds(s->live, p + N) : 0;
    if (poll(p, N + n_live, poll_timeout(s)) < 0)
        return;
    if (p[SERIAL].revents)
        read_serial(s);
    if (p[INPUT].revents)
        ail_session_read_terminal(s);
    if (s->live)
        ail_live_turn(s->live, p + N, n_live);
    read_qmp(s); /* also what came while something else was asked */
    int64_t now = g_get_monotonic_time();
    if (!s->end && p[STOP].revents)
        s->end = "interrupt";
    if (!s->end && s->config->seconds > 0 &&
        now - s->start_us >= (int64_t)(s->config->seconds * 1e6))
        s->end = "seconds";
    if (!s->end)
        ail_session_send(s, now);
}

AilStatus ail_session_run(AilSession *s)
{
    if (ail_qmp_execute(ail_qemu_qmp(s->qemu), "cont", NULL, AIL_SESSION_QMP_MS, NULL) != AIL_OK)
        return ail_session_qmp_failed(s, "cannot start the machine");
    s->start_us = g_get_monotonic_time();
    s->running = true;
    while (!s->end && !s->gone)
        turn(s);
    read_qmp(s); /* a guest that powered off may have said so while something else was asked */
    ail_qmp_set_idle(ail_qemu_qmp(s->qemu), NULL, NULL);
    s->manifest->wall_ms = (uint64_t)(g_get_monotonic_time() - s->start_us) / 1000;
    if (!s->end) {
        ail_session_qmp_failed(s, "QEMU failed while recording");
        if (s->live)
            ail_live_rescue(s->live);
        return AIL_ERR;
    }
    return ail_session_finish(s);
}
