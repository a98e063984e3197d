/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/drive.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "replayer/stall.h"
#include "replayer/versions.h"

enum {
    QMP_MS = 60000, /* loading a snapshot from a slow disk takes a while */
    /* Between two questions for the icount, at most and at least. */
    BUSY_US = 20000,
    IDLE_US = 200,
    IDLE_MIPS = 20, /* slower is a guest that wakes up now and then */
};

struct AilDrive {
    AilError err;
    const AilDriveConfig *config; /* borrowed */
    AilQemu *qemu;                /* owned */
    int gdb_fd;                   /* owned; to QEMU's gdb stub; -1: none */
    AilStall stall;
};

AilDrive *ail_drive_new(void)
{
    AilDrive *d = g_new0(AilDrive, 1);
    d->qemu = ail_qemu_new();
    d->gdb_fd = -1;
    return d;
}

void ail_drive_free(AilDrive *d)
{
    if (!d)
        return;
    ail_qemu_free(d->qemu);
    if (d->gdb_fd >= 0)
        close(d->gdb_fd);
    g_free(d);
}

const char *ail_drive_error(const AilDrive *d)
{
    return d->err.text;
}

AilQemu *ail_drive_qemu(AilDrive *d)
{
    return d->qemu;
}

int ail_drive_gdb_fd(const AilDrive *d)
{
    return d->gdb_fd;
}

static AilStatus find_qemu(AilDrive *d, const AilDriveConfig *config)
{
    AilMachineArch arch = config->manifest->machine.arch;
    AilStatus s =
        config->checked ? ail_qemu_find_again(d->qemu, arch) : ail_qemu_find(d->qemu, arch);
    if (s != AIL_OK)
        return ail_error_set(&d->err, "%s", ail_qemu_error(d->qemu));
    return config->checked ? AIL_OK : ail_replay_check_version(config->manifest, d->qemu, &d->err);
}

AilStatus ail_drive_start(AilDrive *d, const AilDriveConfig *config)
{
    const AilMachine *machine = &config->manifest->machine;
    d->config = config;
    if (find_qemu(d, config) != AIL_OK)
        return AIL_ERR;
    if (!config->snapshot &&
        ail_machine_prepare(machine, AIL_MACHINE_REPLAY, config->dir, &d->err) != AIL_OK)
        return AIL_ERR;
    int pair[2] = {-1, -1};
    if (config->steps && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return ail_error_set_errno(&d->err, errno, "socketpair");
    d->gdb_fd = pair[0];
    AilMachineRun run = {.mode = AIL_MACHINE_REPLAY,
                         .qmp_fd = -1,
                         .serial_fd = config->serial_fd ? config->serial_fd : -1,
                         .extra = config->extra,
                         .snapshot = config->snapshot,
                         .gdb_fd = config->steps ? pair[1] : 0};
    AilStatus s = ail_qemu_start(d->qemu, machine, &run, config->dir, &config->pass_fd,
                                 config->pass_fd ? 1 : 0);
    if (pair[1] >= 0)
        close(pair[1]);
    return s == AIL_OK ? AIL_OK : ail_error_set(&d->err, "%s", ail_qemu_error(d->qemu));
}

/* QEMU is gone, or does not answer. */
static AilStatus lost(AilDrive *d, uint64_t target)
{
    char *why = g_strdup(ail_qmp_error(ail_qemu_qmp(d->qemu)));
    bool failed = ail_qemu_wait(d->qemu, 1000) != AIL_OK;
    AilStatus s = ail_error_set(&d->err,
                                "diverged: the replay ended at instruction %" PRIu64 " of %" PRIu64
                                ": %s; record again",
                                d->stall.seen, target, failed ? ail_qemu_error(d->qemu) : why);
    g_free(why);
    return s;
}

static AilStatus check_progress(AilDrive *d, uint64_t now, uint64_t target)
{
    const AilDriveConfig *c = d->config;
    if (ail_stall_look(&d->stall, now, target, &d->err) != AIL_OK)
        return AIL_ERR;
    return c->progress && !c->progress(c->user, now, target) ? AIL_END : AIL_OK;
}

static bool has_stopped(AilQmp *qmp)
{
    bool stopped = false;
    for (JsonObject *e; (e = ail_qmp_take_event(qmp)); json_object_unref(e))
        stopped = stopped || !strcmp(ail_qmp_event_name(e), "STOP");
    return stopped;
}

unsigned ail_drive_pause(uint64_t advanced, unsigned last)
{
    return last && advanced > (uint64_t)last * IDLE_MIPS ? MIN(last * 2, BUSY_US) : IDLE_US;
}

AilStatus ail_drive_to(AilDrive *d, uint64_t target)
{
    AilQmp *qmp = ail_qemu_qmp(d->qemu);
    uint64_t now = 0;
    if (ail_qmp_icount(qmp, QMP_MS, &now) != AIL_OK)
        return lost(d, target);
    if (now == target)
        return AIL_OK;
    has_stopped(qmp); /* what is old */
    if (ail_qmp_replay_seek(qmp, target, QMP_MS) != AIL_OK)
        return lost(d, target);
    ail_stall_begin(&d->stall, d->config->stall_seconds, now);
    for (unsigned pause = 0;;) {
        uint64_t before = now;
        if (ail_qmp_icount(qmp, QMP_MS, &now) != AIL_OK)
            return lost(d, target);
        /* It may have stopped after it was asked for the icount, which is an old one then. */
        bool stopped = has_stopped(qmp);
        if (stopped && ail_qmp_icount(qmp, QMP_MS, &now) != AIL_OK)
            return lost(d, target);
        if (stopped && now == target)
            return AIL_OK;
        /* The guest has powered off, which QEMU noticed early. */
        if (stopped && now < target && ail_qmp_replay_seek(qmp, target, QMP_MS) != AIL_OK)
            return lost(d, target);
        AilStatus s = check_progress(d, now, target);
        if (s != AIL_OK)
            return s;
        pause = ail_drive_pause(now - before, pause);
        g_usleep(pause);
    }
}

/* Whether the gdb stub's answer has come: the machine has stopped, whatever QMP says by then. */
static bool has_answered(AilDrive *d)
{
    char text[256];
    ssize_t n = recv(d->gdb_fd, text, sizeof text, MSG_DONTWAIT);
    return n > 0 && memchr(text, 'T', (size_t)n);
}

/* Ask for a step, and wait until it has ended. */
static AilStatus step(AilDrive *d, uint64_t target, uint64_t *now)
{
    static const char request[] = "+$s#73";
    AilQmp *qmp = ail_qemu_qmp(d->qemu);
    if (send(d->gdb_fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0)
        return lost(d, target);
    for (bool ended = false;;) {
        if (ail_qmp_icount(qmp, QMP_MS, now) != AIL_OK)
            return lost(d, target);
        if (ended)
            return AIL_OK;
        AilStatus s = check_progress(d, *now, target);
        if (s != AIL_OK)
            return s;
        ended = has_answered(d);
        if (!ended)
            g_usleep(IDLE_US);
    }
}

/* A step may also be an interrupt or exception: then it executed nothing. */
AilStatus ail_drive_step(AilDrive *d)
{
    uint64_t now = 0;
    if (ail_qmp_icount(ail_qemu_qmp(d->qemu), QMP_MS, &now) != AIL_OK)
        return lost(d, 0);
    uint64_t target = now + 1;
    AilStatus s = AIL_OK;
    ail_stall_begin(&d->stall, d->config->stall_seconds, now);
    while (s == AIL_OK && now < target)
        s = step(d, target, &now);
    if (s == AIL_OK && now != target)
        s = ail_error_set(&d->err, "QEMU stopped at instruction %" PRIu64 " instead of %" PRIu64,
                          now, target);
    return s;
}

AilStatus ail_drive_end(AilDrive *d)
{
    AilQmp *qmp = ail_qemu_qmp(d->qemu);
    if (ail_qmp_execute(qmp, "quit", NULL, QMP_MS, NULL) == AIL_ERR)
        return ail_error_set(&d->err, "%s", ail_qmp_error(qmp));
    if (ail_qemu_wait(d->qemu, QMP_MS) != AIL_OK)
        return ail_error_set(&d->err, "%s", ail_qemu_error(d->qemu));
    return AIL_OK;
}
