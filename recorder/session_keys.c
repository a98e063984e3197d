/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest's serial port is told: keys of a terminal, or of a script. */
#include <errno.h>
#include <glib.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/live.h"
#include "recorder/session_private.h"

enum {
    /* Between two keystrokes: a guest that has less time loses some in its serial port's FIFO. */
    KEY_PACE_US = 30000,
    /* On a busy host the time alone says nothing: the guest must have run so many instructions, or
     * so long be idle. */
    KEY_INSNS = 2000,
    KEY_IDLE_US = 1000000,
    KEY_AGAIN_US = 5000,
    KEY_END = 0x1d, /* Ctrl-] */
};

void ail_session_read_terminal(AilSession *s)
{
    uint8_t bytes[256];
    ssize_t n = read(s->input_fd, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        s->input_fd = -1;
        return;
    }
    const uint8_t *stop = memchr(bytes, KEY_END, (size_t)n);
    ail_buf_put(&s->keys, bytes, stop ? (size_t)(stop - bytes) : (size_t)n);
    if (stop)
        s->end = "interrupt";
}

static bool next_key(AilSession *s, int64_t now, uint8_t *key)
{
    if (s->keys.len) {
        *key = s->keys.data[0];
        memmove(s->keys.data, s->keys.data + 1, --s->keys.len);
        return true;
    }
    if (!s->config->script || now < s->wake_us)
        return false;
    return ail_script_next(s->config->script, now, key, &s->wake_us);
}

/* What the script wants done now. */
static void do_command(AilSession *s)
{
    const char *command = s->live && s->config->script && !s->keys.len
                              ? ail_script_next_command(s->config->script)
                              : NULL;
    if (command)
        ail_live_command(s->live, NULL, command);
}

/* Whether the guest has had its chance to take the key before. A serial port without a FIFO would
 * lose that to the next one. */
static bool is_key_taken(AilSession *s, int64_t now)
{
    int unread = 0;
    uint64_t icount = 0;
    if (!s->key_sent_us)
        return true;
    bool late = now - s->key_sent_us > KEY_IDLE_US;
    bool in_qemu = ioctl(s->serial_fd, SIOCOUTQ, &unread) < 0 || !unread;
    bool ran = in_qemu && !late &&
               ail_qmp_icount(ail_qemu_qmp(s->qemu), AIL_SESSION_QMP_MS, &icount) == AIL_OK &&
               icount >= s->key_icount + KEY_INSNS;
    if (ran || late)
        s->key_sent_us = 0;
    else
        s->key_us = now + KEY_AGAIN_US;
    return ran || late;
}

static void send_key(AilSession *s, int64_t now)
{
    uint8_t key;
    if (s->serial_fd < 0 || now < s->key_us || !is_key_taken(s, now) || !next_key(s, now, &key))
        return;
    if (ail_qmp_icount(ail_qemu_qmp(s->qemu), AIL_SESSION_QMP_MS, &s->key_icount) == AIL_OK)
        s->key_sent_us = now;
    s->key_us = now + KEY_PACE_US;
    s->wake_us = 0;
    /* One byte into an almost empty socket; if QEMU is gone, the next read says so. */
    (void)!send(s->serial_fd, &key, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void ail_session_send(AilSession *s, int64_t now)
{
    do_command(s);
    if (!s->end)
        send_key(s, now);
}
