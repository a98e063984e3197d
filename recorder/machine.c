/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/machine_private.h"

#include <inttypes.h>

/* What is the same for every machine of an architecture. */
typedef struct Board {
    const char *program;
    const char *package;
    const char *machine; /* no HPET: a replay that starts at a late snapshot hangs with it */
} Board;

static const Board boards[] = {
    [AIL_MACHINE_X86_64] = {"qemu-system-x86_64", "qemu-system-x86", "pc,hpet=off"},
    [AIL_MACHINE_AARCH64] = {"qemu-system-aarch64", "qemu-system-arm", "virt"},
    [AIL_MACHINE_I386] = {"qemu-system-i386", "qemu-system-x86", "pc,hpet=off"},
    /* Else PCI is where a kernel without large physical addresses does not come to. */
    [AIL_MACHINE_ARM] = {"qemu-system-arm", "qemu-system-arm", "virt,highmem=off"},
    /* Replays of mac99 and ppce500 hang at instruction 0: expired timers that no snapshot has. */
    [AIL_MACHINE_PPC] = {"qemu-system-ppc", "qemu-system-ppc", "g3beige"},
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
    add(argv, "-icount", "shift=%u,rr=%s,rrfile=%s,rrsnapshot=%s", m->shift,
        run->mode == AIL_MACHINE_REPLAY ? "replay" : "record", ail_member_name(AIL_MEMBER_LOG),
        run->snapshot ? run->snapshot : START_SNAPSHOT);
    g_ptr_array_add(argv, g_strdup("-S"));
    /* A reset ends the run, in both modes alike. */
    g_ptr_array_add(argv, g_strdup("-no-reboot"));
    if (run->mode == AIL_MACHINE_REPLAY)
        add(argv, "-action", "shutdown=pause");
}

/* The guest's writes go to the overlay. While recording, what it reads for the first time is copied
 * into the recording's own image on the way: that has then all that a replay can read. */
static void add_overlay(GPtrArray *argv, unsigned i, const AilMachineRun *run)
{
    if (run->mode != AIL_MACHINE_RECORD)
        add(argv, "-drive",
            "file=" OVERLAY ",format=qcow2,if=none,id=overlay%u,node-name=" TOP_NODE "%s", i, i, i,
            run->gdb_fd ? ",cache=unsafe" : "");
    else
        add(argv, "-drive",
            "file=" OVERLAY ",format=qcow2,if=none,id=overlay%u,node-name=" TOP_NODE ","
            "backing.driver=copy-on-read,backing.read-only=off,"
            "backing.file.driver=qcow2,backing.file.read-only=off,"
            "backing.file.file.driver=file,backing.file.file.filename=%s",
            i, i, i, ail_machine_disk_image(i));
}

/* *ide: of those before, on IDE. */
static void add_disk_device(GPtrArray *argv, AilBus bus, unsigned i, unsigned *ide)
{
    if (bus == AIL_BUS_VIRTIO) {
        add(argv, "-device", "virtio-blk-pci,drive=disk%u,id=" DISK_DEVICE, i, i);
        return;
    }
    add(argv, "-device", "%s,drive=disk%u,bus=ide.%u,unit=%u",
        bus == AIL_BUS_IDE ? "ide-hd" : "ide-cd", i, *ide / 2, *ide % 2);
    ++*ide;
}

/* First the image without a device, because QEMU puts the state of RAM and devices in the first
 * that can hold it; each disk behind blkreplay, which logs when its requests complete. */
static void add_drives(GPtrArray *argv, const AilMachine *m, const AilMachineRun *run)
{
    /* A replay's is a copy, soon removed: no reason to wait until the host's disk has it. The same
     * holds of overlays under a debugger. */
    add(argv, "-drive", "file=%s,format=qcow2,if=none,id=snapshot%s",
        ail_member_name(AIL_MEMBER_SNAPSHOT),
        run->mode == AIL_MACHINE_REPLAY ? ",cache=unsafe" : "");
    unsigned ide = 0;
    for (unsigned i = 0; i < m->n_disks; i++) {
        add_overlay(argv, i, run);
        add(argv, "-drive", "driver=blkreplay,if=none,image=overlay%u,id=disk%u", i, i);
        add_disk_device(argv, m->disks[i].bus, i, &ide);
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
    GString *netdev = g_string_new("user,id=net0");
    if (run->mode == AIL_MACHINE_REPLAY)
        g_string_append(netdev, ",restrict=on");
    else
        for (const char *const *f = run->forwards; f && *f; f++)
            g_string_append_printf(netdev, ",hostfwd=%s", *f);
    add(argv, "-netdev", "%s", netdev->str);
    g_string_free(netdev, TRUE);
    add(argv, "-device", "rtl8139,netdev=net0,romfile=");
    add(argv, "-object", "filter-replay,id=netreplay0,netdev=net0");
}

/* Sockets and files only: with the serial port on the terminal's stdio replays may hang. */
static void add_channels(GPtrArray *argv, const AilMachineRun *run)
{
    add(argv, "-chardev", "socket,id=qmp,fd=%d", run->qmp_fd);
    add(argv, "-mon", "chardev=qmp,mode=control");
    if (run->mode != AIL_MACHINE_REPLAY)
        add(argv, "-chardev", "socket,id=serial,fd=%d", run->serial_fd);
    else if (run->serial_fd >= 0)
        add(argv, "-chardev", "file,id=serial,path=/dev/fd/%d,append=on", run->serial_fd);
    else
        add(argv, "-chardev", "null,id=serial");
    add(argv, "-serial", "chardev:serial");
    if (run->gdb_fd) {
        add(argv, "-chardev", "socket,id=gdb,fd=%d", run->gdb_fd);
        add(argv, "-gdb", "chardev:gdb");
    }
}

/* The guest has the same display, whether somebody looks at it or not. */
static void add_display(GPtrArray *argv, const AilMachine *m, const AilMachineRun *run)
{
    if (m->display == AIL_DISPLAY_VGA)
        add(argv, "-device", "VGA");
    if (run->vnc && run->mode != AIL_MACHINE_REPLAY)
        add(argv, "-vnc", "%s", run->vnc);
    else
        add(argv, "-display", "none");
}

char **ail_machine_argv(const AilMachine *m, const AilMachineRun *run)
{
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, g_strdup(boards[m->arch].program));
    g_ptr_array_add(argv, g_strdup("-nodefaults"));
    g_ptr_array_add(argv, g_strdup("-no-user-config"));
    add(argv, "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    add_board(argv, m);
    add_replay(argv, m, run);
    add_drives(argv, m, run);
    add_network(argv, m, run);
    add_display(argv, m, run);
    add_channels(argv, run);
    for (const char *const *e = run->extra; e && *e; e++)
        g_ptr_array_add(argv, g_strdup(*e));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}
