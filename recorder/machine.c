/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"

/* The snapshot that QEMU takes when a recording starts and loads when a replay does. */
#define START_SNAPSHOT "init"

/* What is the same for every machine of an architecture. */
typedef struct Board {
    const char *program;
    const char *package;
    const char *machine; /* no HPET: a replay that starts at a late snapshot hangs with it */
} Board;

static const Board boards[] = {
    [AIL_MACHINE_X86_64] = {"qemu-system-x86_64", "qemu-system-x86", "pc,hpet=off"},
    [AIL_MACHINE_AARCH64] = {"qemu-system-aarch64", "qemu-system-arm", "virt"},
};

const char *ail_machine_program(AilMachineArch arch)
{
    return boards[arch].program;
}

const char *ail_machine_package(AilMachineArch arch)
{
    return boards[arch].package;
}

static void add(GPtrArray *argv, const char *option, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(GPtrArray *argv, const char *option, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(argv, g_strdup(option));
    g_ptr_array_add(argv, g_strdup_vprintf(format, args));
    va_end(args);
}

static void add_board(GPtrArray *argv, const AilMachine *m)
{
    add(argv, "-machine", "%s", boards[m->arch].machine);
    add(argv, "-accel", "tcg");
    add(argv, "-cpu", "%s", m->cpu);
    add(argv, "-smp", "1");
    add(argv, "-m", "%" PRIu64 "M", m->mem_mib);
    if (m->firmware)
        add(argv, "-bios", "%s", ail_member_name(AIL_MEMBER_FIRMWARE));
    if (m->kernel)
        add(argv, "-kernel", "%s", ail_member_name(AIL_MEMBER_KERNEL));
    if (m->initrd)
        add(argv, "-initrd", "%s", ail_member_name(AIL_MEMBER_INITRD));
    if (*m->append)
        add(argv, "-append", "%s", m->append);
}

/* The guest's clock follows the instruction count, never the host: that, and a start from a
 * snapshot of the stopped machine, is what makes replays start at all. */
static void add_replay(GPtrArray *argv, const AilMachine *m, const AilMachineRun *run)
{
    GDateTime *base = g_date_time_new_from_unix_utc(m->rtc_base);
    char *text = g_date_time_format(base, "%Y-%m-%dT%H:%M:%S");
    add(argv, "-rtc", "base=%s,clock=vm", text);
    g_free(text);
    g_date_time_unref(base);
    add(argv, "-icount", "shift=%u,rr=%s,rrfile=%s,rrsnapshot=" START_SNAPSHOT, m->shift,
        run->mode == AIL_MACHINE_RECORD ? "record" : "replay", ail_member_name(AIL_MEMBER_LOG));
    g_ptr_array_add(argv, g_strdup("-S"));
    /* A reset ends the run, in both modes alike. */
    g_ptr_array_add(argv, g_strdup("-no-reboot"));
    if (run->mode == AIL_MACHINE_REPLAY)
        add(argv, "-action", "shutdown=pause");
}

/* First the image without a device, because QEMU puts the state of RAM and devices in the first
 * that can hold it; each disk behind blkreplay, which logs when its requests complete. */
static void add_drives(GPtrArray *argv, const AilMachine *m)
{
    add(argv, "-drive", "file=%s,format=qcow2,if=none,id=snapshot",
        ail_member_name(AIL_MEMBER_SNAPSHOT));
    for (unsigned i = 0; i < m->n_disks; i++) {
        add(argv, "-drive", "file=disk%u.qcow2,format=qcow2,if=none,id=overlay%u", i, i);
        add(argv, "-drive", "driver=blkreplay,if=none,image=overlay%u,id=disk%u", i, i);
        add(argv, "-device", "virtio-blk-pci,drive=disk%u", i);
    }
}

/* e1000 and virtio-net hang replays at snapshots. No option ROM: nobody boots from this card. In
 * replay packets come from the log; `restrict` keeps the idle backend off the host's network. */
static void add_network(GPtrArray *argv, const AilMachine *m, const AilMachineRun *run)
{
    if (m->net == AIL_NET_NONE) {
        add(argv, "-nic", "none");
        return;
    }
    add(argv, "-netdev", "user,id=net0%s", run->mode == AIL_MACHINE_REPLAY ? ",restrict=on" : "");
    add(argv, "-device", "rtl8139,netdev=net0,romfile=");
    add(argv, "-object", "filter-replay,id=netreplay0,netdev=net0");
}

/* Sockets and files only: with the serial port on the terminal's stdio replays may hang. */
static void add_channels(GPtrArray *argv, const AilMachineRun *run)
{
    add(argv, "-chardev", "socket,id=qmp,fd=%d", run->qmp_fd);
    add(argv, "-mon", "chardev=qmp,mode=control");
    if (run->mode == AIL_MACHINE_RECORD)
        add(argv, "-chardev", "socket,id=serial,fd=%d", run->serial_fd);
    else if (run->serial_fd >= 0)
        add(argv, "-chardev", "file,id=serial,path=/dev/fd/%d,append=on", run->serial_fd);
    else
        add(argv, "-chardev", "null,id=serial");
    add(argv, "-serial", "chardev:serial");
}

char **ail_machine_argv(const AilMachine *m, const AilMachineRun *run)
{
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, g_strdup(boards[m->arch].program));
    g_ptr_array_add(argv, g_strdup("-nodefaults"));
    g_ptr_array_add(argv, g_strdup("-no-user-config"));
    add(argv, "-display", "none");
    add(argv, "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    add_board(argv, m);
    add_replay(argv, m, run);
    add_drives(argv, m);
    add_network(argv, m, run);
    add_channels(argv, run);
    for (const char *const *e = run->extra; e && *e; e++)
        g_ptr_array_add(argv, g_strdup(*e));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

/* Run qemu-img with these arguments in `dir`. */
static AilStatus qemu_img(const char *dir, const char *const *args, AilError *err)
{
    char *output = NULL;
    GError *error = NULL;
    int status;
    AilStatus s = AIL_OK;
    if (!g_spawn_sync(dir, (char **)args, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output,
                      &status, &error))
        s = ail_error_set(err, "cannot run qemu-img (%s): install the Debian package qemu-utils",
                          error->message);
    else if (!g_spawn_check_wait_status(status, NULL))
        s = ail_error_set(err, "qemu-img failed: %s", g_strstrip(output));
    g_clear_error(&error);
    g_free(output);
    return s;
}

static AilStatus make_overlay(const AilDisk *disk, unsigned i, AilMachineMode mode, const char *dir,
                              AilError *err)
{
    char name[32];
    g_snprintf(name, sizeof name, "disk%u.qcow2", i);
    const char *const create[] = {"qemu-img", "create", "-q",
                                  "-f",       "qcow2",  "-b",
                                  disk->path, "-F",     disk->qcow2 ? "qcow2" : "raw",
                                  name,       NULL};
    const char *const snapshot[] = {"qemu-img", "snapshot", "-q", "-c", START_SNAPSHOT, name, NULL};
    if (qemu_img(dir, create, err) != AIL_OK)
        return AIL_ERR;
    return mode == AIL_MACHINE_REPLAY ? qemu_img(dir, snapshot, err) : AIL_OK;
}

enum { QCOW2_HEADER = 80, QCOW2_DATA_FILE = 1 << 2 };

/* Read what decides whether the file is qcow2 and names other files. *qcow2 = is it one. */
static AilStatus inspect(const char *path, bool *qcow2, struct stat *st, AilError *err)
{
    uint8_t head[QCOW2_HEADER] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ail_error_set_errno(err, errno, "%s", path);
    AilStatus s = AIL_OK;
    if (fstat(fd, st) < 0 || pread(fd, head, sizeof head, 0) < 0)
        s = ail_error_set_errno(err, errno, "%s", path);
    else if (!S_ISREG(st->st_mode))
        s = ail_error_set(err, "%s: not a regular file", path);
    close(fd);
    if (s != AIL_OK)
        return s;
    *qcow2 = !memcmp(head, "QFI\xfb", 4);
    bool v3 = ail_get_be32(head + 4) >= 3;
    if (*qcow2 && (ail_get_be64(head + 8) || ail_get_be32(head + 16) ||
                   (v3 && (ail_get_be64(head + 72) & QCOW2_DATA_FILE))))
        return ail_error_set(err,
                             "%s: this qcow2 image refers to another file; make it self-contained "
                             "with `qemu-img convert -O qcow2`",
                             path);
    return AIL_OK;
}

static int64_t mtime_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

AilStatus ail_machine_describe_disk(const char *path, AilDisk *disk, AilError *err)
{
    struct stat st;
    bool qcow2;
    if (inspect(path, &qcow2, &st, err) != AIL_OK)
        return AIL_ERR;
    char *real = realpath(path, NULL);
    if (!real)
        return ail_error_set_errno(err, errno, "%s", path);
    *disk = (AilDisk){g_strdup(real), (uint64_t)st.st_size, mtime_ns(&st), qcow2};
    free(real);
    return AIL_OK;
}

AilStatus ail_machine_verify_disks(const AilMachine *m, AilError *err)
{
    for (unsigned i = 0; i < m->n_disks; i++) {
        const AilDisk *d = &m->disks[i];
        struct stat st;
        bool qcow2;
        if (inspect(d->path, &qcow2, &st, err) != AIL_OK)
            return AIL_ERR;
        if ((uint64_t)st.st_size != d->size || mtime_ns(&st) != d->mtime_ns || qcow2 != d->qcow2)
            return ail_error_set(err,
                                 "%s: the disk has changed since it was recorded (its size, time "
                                 "or format differs); put the recorded image back (`cp -p` keeps "
                                 "the time)",
                                 d->path);
    }
    return AIL_OK;
}

/* A stranger's snapshot must not make QEMU open other files. */
static AilStatus verify_snapshot(const char *dir, AilError *err)
{
    char *path = g_build_filename(dir, ail_member_name(AIL_MEMBER_SNAPSHOT), NULL);
    struct stat st;
    bool qcow2;
    AilStatus s = inspect(path, &qcow2, &st, err);
    if (s == AIL_OK && !qcow2)
        s = ail_error_set(err, "%s: the recording's snapshot is not a qcow2 image", path);
    g_free(path);
    return s;
}

AilStatus ail_machine_prepare(const AilMachine *m, AilMachineMode mode, const char *dir,
                              AilError *err)
{
    if (mode == AIL_MACHINE_REPLAY &&
        (verify_snapshot(dir, err) != AIL_OK || ail_machine_verify_disks(m, err) != AIL_OK))
        return AIL_ERR;
    /* No guest sees this image: its size is nothing but room for the format. The state goes
     * beside the image's content and needs none of it. */
    const char *const create[] = {"qemu-img", "create", "-q",
                                  "-f",       "qcow2",  ail_member_name(AIL_MEMBER_SNAPSHOT),
                                  "1M",       NULL};
    if (mode == AIL_MACHINE_RECORD && qemu_img(dir, create, err) != AIL_OK)
        return AIL_ERR;
    for (unsigned i = 0; i < m->n_disks; i++)
        if (make_overlay(&m->disks[i], i, mode, dir, err) != AIL_OK)
            return AIL_ERR;
    return AIL_OK;
}
