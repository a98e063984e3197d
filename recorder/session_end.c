/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording's end: QEMU is stopped where a replay can end, and its log must agree. */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "formats/rrlog.h"
#include "recorder/live.h"
#include "recorder/session_private.h"

/*
 * End a guest that runs. Stopped first, it has no instructions left to log when QEMU ends: a
 * shutdown event with instructions behind it would end replays too early. *icount stays 0 when the
 * guest was faster and powered off.
 */
static AilStatus stop_guest(AilSession *s, uint64_t *icount)
{
    AilQmp *qmp = ail_qemu_qmp(s->qemu);
    AilStatus status = ail_qmp_execute(qmp, "stop", NULL, AIL_SESSION_QMP_MS, NULL);
    if (status == AIL_OK)
        status = ail_qmp_icount(qmp, AIL_SESSION_QMP_MS, icount);
    if (status == AIL_OK)
        status = ail_qmp_execute(qmp, "quit", NULL, AIL_SESSION_QMP_MS, NULL);
    return status == AIL_ERR ? ail_session_qmp_failed(s, "cannot stop the machine") : AIL_OK;
}

/* What the guest prints while we wait for QEMU to end. */
typedef struct Drain {
    int fd; /* borrowed */
    GByteArray *bytes;
} Drain;

static void *drain_serial(void *user)
{
    Drain *d = user;
    uint8_t bytes[8192];
    ssize_t n;
    while ((n = recv(d->fd, bytes, sizeof bytes, 0)) != 0) {
        if (n > 0)
            g_byte_array_append(d->bytes, bytes, (guint)n);
        else if (errno != EINTR)
            break;
    }
    return NULL;
}

/*
 * End QEMU, and the guest in it if it still runs. The serial port must be read all the while: QEMU
 * waits for room in its socket with the lock held that it needs to obey us.
 */
static AilStatus end_qemu(AilSession *s, uint64_t *icount)
{
    AilStatus status = AIL_OK;
    Drain drain = {s->serial_fd, g_byte_array_new()};
    GThread *thread = s->serial_fd >= 0 ? g_thread_new("serial", drain_serial, &drain) : NULL;
    if (strcmp(s->end, "guest") && !s->gone)
        status = stop_guest(s, icount);
    if (ail_qemu_wait(s->qemu, AIL_SESSION_QMP_MS) != AIL_OK && status == AIL_OK)
        status = ail_session_qemu_failed(s);
    if (thread)
        g_thread_join(thread);
    if (drain.bytes->len)
        ail_session_output(s, drain.bytes->data, drain.bytes->len);
    g_byte_array_unref(drain.bytes);
    return status;
}

/* The log knows how far the guest ran, and what made it end. */
static AilStatus read_log(AilSession *s, uint64_t icount)
{
    AilManifest *m = s->manifest;
    int64_t cause;
    char *log = g_build_filename(ail_workdir_path(s->work), ail_member_name(AIL_MEMBER_LOG), NULL);
    AilStatus status = ail_rrlog_settle(log, &m->instructions, &cause, &s->err);
    g_free(log);
    if (status != AIL_OK)
        return status;
    if (icount && icount != m->instructions)
        return ail_error_set(&s->err,
                             "QEMU executed %" G_GUINT64_FORMAT
                             " instructions, but logged %" G_GUINT64_FORMAT,
                             icount, m->instructions);
    if (!m->instructions)
        return ail_error_set(&s->err, "the machine ended before its first instruction");
    m->end = g_strdup(strcmp(s->end, "guest") ? s->end : ail_rrlog_shutdown_name(cause));
    if (s->live)
        ail_live_finish(s->live, m->instructions, m->end, cause);
    return ail_session_note(s, true, cause);
}

/* QEMU goes on when it cannot write its log, and only says so. */
static AilStatus check_log(AilSession *s)
{
    if (strstr(ail_qemu_last_words(s->qemu), AIL_LOG_WRITE_ERROR))
        return ail_error_set(&s->err,
                             "QEMU could not write the replay log: is the disk of %s full?",
                             ail_workdir_path(s->work));
    return AIL_OK;
}

AilStatus ail_session_finish(AilSession *s)
{
    uint64_t icount = 0;
    AilStatus status = end_qemu(s, &icount);
    if (status == AIL_OK)
        status = check_log(s);
    if (status == AIL_OK)
        status = read_log(s, icount);
    if (status != AIL_OK && s->live)
        ail_live_rescue(s->live);
    return status;
}
