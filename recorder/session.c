/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/session.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/rrlog.h"
#include "recorder/expect.h"
#include "recorder/machine.h"
#include "recorder/qemu.h"
#include "recorder/workdir.h"

enum {
    QMP_TIMEOUT_MS = 60000,
    /* Between two keystrokes: a guest that has less time loses some in its serial port's FIFO. */
    KEY_PACE_US = 30000,
    KEY_END = 0x1d, /* Ctrl-] */
};

struct AilSession {
    AilError err;
    const AilSessionConfig *config; /* borrowed */
    AilSessionResult result;
    AilManifest *manifest; /* owned */
    char *dir;             /* owned; the working directory */
    AilQemu *qemu;         /* owned */
    int serial_fd;         /* owned; our end, -1 when closed */
    int input_fd;          /* the config's, -1 after its end */
    AilBuf keys;           /* typed on the terminal, not yet sent */
    AilExpect output;      /* what `until` is looked for in */
    int64_t start_us;      /* when the guest began to run */
    int64_t key_us;        /* when the next key may be sent */
    int64_t wake_us;       /* when the script wants to be asked again */
    const char *end;       /* what ended the run; NULL while it runs */
    bool gone;             /* QEMU closed its end of QMP */
};

AilSession *ail_session_new(void)
{
    AilSession *s = g_new0(AilSession, 1);
    s->serial_fd = -1;
    s->manifest = ail_manifest_new();
    s->result.manifest = s->manifest;
    s->qemu = ail_qemu_new();
    return s;
}

void ail_session_free(AilSession *s)
{
    if (!s)
        return;
    ail_qemu_free(s->qemu);
    if (s->serial_fd >= 0)
        close(s->serial_fd);
    ail_workdir_remove(s->dir);
    ail_manifest_free(s->manifest);
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

/* Better to hear now than after an hour of recording that its file cannot be made. */
static AilStatus check_output(AilSession *s)
{
    const char *path = s->config->output;
    struct stat st;
    bool exists = lstat(path, &st) == 0;
    if (exists && !s->config->force)
        return ail_error_set(&s->err, "%s exists already; --force replaces it", path);
    if (exists && !S_ISREG(st.st_mode))
        return ail_error_set(&s->err, "%s is not a regular file", path);
    char *parent = g_path_get_dirname(path);
    AilStatus status = AIL_OK;
    if (access(parent, W_OK | X_OK) < 0)
        status = ail_error_set_errno(&s->err, errno, "cannot write to %s", parent);
    g_free(parent);
    return status;
}

static AilStatus copy_bytes(AilSession *s, int from, const char *source, const char *path)
{
    struct stat st;
    if (fstat(from, &st) < 0)
        return ail_error_set_errno(&s->err, errno, "%s", source);
    if (!S_ISREG(st.st_mode))
        return ail_error_set(&s->err, "%s is not a regular file", source);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return ail_error_set_errno(&s->err, errno, "%s", path);
    ssize_t n;
    do
        n = sendfile(to, from, NULL, 1 << 30);
    while (n > 0 || (n < 0 && errno == EINTR));
    AilStatus status =
        n < 0 ? ail_error_set_errno(&s->err, errno, "cannot copy %s to %s", source, s->dir)
              : AIL_OK;
    close(to);
    return status;
}

/* The file may change while the machine runs; the recording must hold what QEMU read. */
static AilStatus copy_member(AilSession *s, const char *source, AilMember member)
{
    if (!source)
        return AIL_OK;
    int from = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0)
        return ail_error_set_errno(&s->err, errno, "%s", source);
    char *path = g_build_filename(s->dir, ail_member_name(member), NULL);
    AilStatus status = copy_bytes(s, from, source, path);
    g_free(path);
    close(from);
    return status;
}

static AilStatus prepare_files(AilSession *s)
{
    const AilSessionConfig *c = s->config;
    if (check_output(s) != AIL_OK || ail_workdir_make(c->output, &s->dir, &s->err) != AIL_OK ||
        copy_member(s, c->kernel, AIL_MEMBER_KERNEL) != AIL_OK ||
        copy_member(s, c->initrd, AIL_MEMBER_INITRD) != AIL_OK ||
        copy_member(s, c->firmware, AIL_MEMBER_FIRMWARE) != AIL_OK)
        return AIL_ERR;
    return ail_machine_prepare(c->machine, AIL_MACHINE_RECORD, s->dir, &s->err);
}

static AilStatus qemu_failed(AilSession *s)
{
    return ail_error_set(&s->err, "%s", ail_qemu_error(s->qemu));
}

static AilStatus start_qemu(AilSession *s)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return ail_error_set_errno(&s->err, errno, "cannot make a socket");
    s->serial_fd = pair[0];
    AilMachineRun run = {.mode = AIL_MACHINE_RECORD, .serial_fd = pair[1]};
    AilStatus status = ail_qemu_start(s->qemu, s->config->machine, &run, s->dir, NULL, 0);
    close(pair[1]);
    return status == AIL_OK ? AIL_OK : qemu_failed(s);
}

static char *now_text(void)
{
    GDateTime *now = g_date_time_new_now_utc();
    char *text = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    g_date_time_unref(now);
    return text;
}

static void describe(AilSession *s)
{
    AilManifest *m = s->manifest;
    ail_machine_copy(&m->machine, s->config->machine);
    m->tool = g_strdup(AIL_VERSION);
    m->created = now_text();
    m->qemu_version = g_strdup(ail_qemu_version(s->qemu));
    m->qemu_package = g_strdup(ail_qemu_package(s->qemu));
    m->log_version = AIL_RRLOG_VERSION;
}

AilStatus ail_session_start(AilSession *s, const AilSessionConfig *config)
{
    s->config = config;
    s->input_fd = config->input_fd;
    if (ail_qemu_find(s->qemu, config->machine->arch) != AIL_OK)
        return qemu_failed(s);
    describe(s);
    return prepare_files(s) == AIL_OK ? start_qemu(s) : AIL_ERR;
}

static void take_output(AilSession *s, const void *bytes, size_t len)
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
    take_output(s, bytes, (size_t)n);
    return true;
}

static void read_terminal(AilSession *s)
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

static void send_key(AilSession *s, int64_t now)
{
    uint8_t key;
    if (s->serial_fd < 0 || now < s->key_us || !next_key(s, now, &key))
        return;
    s->key_us = now + KEY_PACE_US;
    s->wake_us = 0;
    /* One byte into an almost empty socket; if QEMU is gone, the next read says so. */
    (void)!send(s->serial_fd, &key, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
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
    if (s->keys.len)
        at = MIN(at, s->key_us);
    if (s->config->script && s->serial_fd >= 0)
        at = MIN(at, MAX(s->key_us, s->wake_us));
    return at;
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
    struct pollfd p[N] = {
        [QMP] = {ail_qmp_fd(ail_qemu_qmp(s->qemu)), POLLIN, 0},
        [SERIAL] = {s->serial_fd, POLLIN, 0},
        [STOP] = {s->config->stop_fd, POLLIN, 0},
        [INPUT] = {s->input_fd, POLLIN, 0},
    };
    if (poll(p, N, poll_timeout(s)) < 0)
        return;
    if (p[SERIAL].revents)
        read_serial(s);
    if (p[INPUT].revents)
        read_terminal(s);
    if (p[QMP].revents)
        read_qmp(s);
    int64_t now = g_get_monotonic_time();
    if (!s->end && p[STOP].revents)
        s->end = "interrupt";
    if (!s->end && s->config->seconds > 0 &&
        now - s->start_us >= (int64_t)(s->config->seconds * 1e6))
        s->end = "seconds";
    if (!s->end)
        send_key(s, now);
}

static AilStatus qmp_failed(AilSession *s, const char *doing)
{
    if (ail_qemu_wait(s->qemu, 1000) != AIL_OK)
        return ail_error_set(&s->err, "%s: %s", doing, ail_qemu_error(s->qemu));
    return ail_error_set(&s->err, "%s: %s", doing, ail_qmp_error(ail_qemu_qmp(s->qemu)));
}

/*
 * End a guest that runs. Stopped first, it has no instructions left to log when QEMU ends: a
 * shutdown event with instructions behind it would end replays too early. *icount stays 0 when the
 * guest was faster and powered off.
 */
static AilStatus stop_guest(AilSession *s, uint64_t *icount)
{
    AilQmp *qmp = ail_qemu_qmp(s->qemu);
    AilStatus status = ail_qmp_execute(qmp, "stop", NULL, QMP_TIMEOUT_MS, NULL);
    if (status == AIL_OK)
        status = ail_qmp_icount(qmp, QMP_TIMEOUT_MS, icount);
    if (status == AIL_OK)
        status = ail_qmp_execute(qmp, "quit", NULL, QMP_TIMEOUT_MS, NULL);
    return status == AIL_ERR ? qmp_failed(s, "cannot stop the machine") : AIL_OK;
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
    if (ail_qemu_wait(s->qemu, QMP_TIMEOUT_MS) != AIL_OK && status == AIL_OK)
        status = qemu_failed(s);
    if (thread)
        g_thread_join(thread);
    take_output(s, drain.bytes->data, drain.bytes->len);
    g_byte_array_unref(drain.bytes);
    return status;
}

/* The log knows how far the guest ran, and what made it end. */
static AilStatus read_log(AilSession *s, uint64_t icount)
{
    AilManifest *m = s->manifest;
    int64_t cause;
    char *log = g_build_filename(s->dir, ail_member_name(AIL_MEMBER_LOG), NULL);
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
    return AIL_OK;
}

AilStatus ail_session_run(AilSession *s)
{
    if (ail_qmp_execute(ail_qemu_qmp(s->qemu), "cont", NULL, QMP_TIMEOUT_MS, NULL) != AIL_OK)
        return qmp_failed(s, "cannot start the machine");
    s->start_us = g_get_monotonic_time();
    while (!s->end && !s->gone)
        turn(s);
    s->manifest->wall_ms = (uint64_t)(g_get_monotonic_time() - s->start_us) / 1000;
    if (!s->end)
        return qmp_failed(s, "QEMU failed while recording");
    uint64_t icount = 0;
    if (end_qemu(s, &icount) != AIL_OK)
        return AIL_ERR;
    /* QEMU goes on when it cannot write its log, and only says so. */
    if (strstr(ail_qemu_last_words(s->qemu), "replay write error"))
        return ail_error_set(
            &s->err, "QEMU could not write the replay log: is the disk of %s full?", s->dir);
    return read_log(s, icount);
}

AilStatus ail_session_seal(AilSession *s, AilRrProgress *progress, void *user)
{
    if (ail_machine_verify_disks(s->config->machine, &s->err) != AIL_OK)
        return AIL_ERR;
    AilRrWrite w = {.path = s->config->output,
                    .dir = s->dir,
                    .force = s->config->force,
                    .progress = progress,
                    .user = user};
    if (ail_rr_write(&w, s->manifest, &s->result.archive_bytes, &s->err) != AIL_OK)
        return AIL_ERR;
    s->result.snapshot_bytes = s->manifest->members[AIL_MEMBER_SNAPSHOT].size;
    s->result.log_bytes = s->manifest->members[AIL_MEMBER_LOG].size;
    return AIL_OK;
}
