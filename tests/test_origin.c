/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings that begin at a snapshot: one that `save` made, one that a plain QEMU made. They
 * replay, with nothing of what was before, and leave the snapshot's image as it is.
 */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <string.h>

typedef struct Guest {
    char options[64];
} Guest;

static Guest guests[] = {{"--kernel $G/x86-live.elf"},
                         {"--kernel $G/x86-live.elf --disk disk.qcow2"},
                         {"--arch aarch64 --kernel $G/arm64-live.elf"}};

/* The guest says ready, then what it heard. */
#define BEFORE                                                                                     \
    "printf '@wait ready\\n@type 0\\n@wait heard 0\\n@do save kept\\n@type q\\n' >before; "
#define AFTER "printf '@sleep 0.3\\n@type 1\\n@wait heard 1\\n@type q\\n' >after; "

static char *new_folder(void)
{
    char *dir = ail_folder_new();
    ail_run(dir, BEFORE AFTER "qemu-img create -q -f qcow2 disk.qcow2 1M");
    return dir;
}

/* Record from snapshot kept with these options; it must be right. */
static void expect_recorded(const char *dir, const char *options)
{
    ail_run(dir,
            "sha256sum *.qcow2 >sums && $A record %s --record-from kept --input after "
            "--serial-log log -o from.rr >said && sha256sum --quiet -c sums && "
            "grep -q '^from.rr: .*it replays$' said && test \"$(grep -c heard log)\" = 1 && "
            "grep -q 'heard 1' log && $A info --json from.rr | grep -q guest-shutdown && "
            "! ls -d .ailurus-*",
            options);
}

ParameterizedTestParameters(origin, is_what_was_saved)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, origin, is_what_was_saved)
{
    char *dir = new_folder();
    bool disk = strstr(g->options, "--disk");
    ail_run(dir, "$A record %s --control s.sock --input before --no-check", g->options);
    if (disk)
        ail_run(dir, "mv kept.qcow2 disk.qcow2");
    char *options = g_strconcat(g->options, disk ? "" : " --from-image kept.qcow2", NULL);
    expect_recorded(dir, options);
    g_free(options);
    ail_folder_remove(dir);
}

/* The machine that `ailurus record` makes, without record/replay. */
#define PLAIN                                                                                      \
    "mkfifo mon; (exec 3<>mon; exec qemu-system-x86_64 -machine pc,hpet=off -cpu qemu64 -m 256M "  \
    "-nodefaults -nic none -display none -kernel $G/x86-live.elf -serial file:out -drive "         \
    "file=disk.qcow2,format=qcow2,if=none,id=d -device virtio-blk-pci,drive=d -monitor stdio <&3 " \
    ">/dev/null 2>&1) & until grep -q ready out; do sleep 0.05; done; echo savevm kept >mon; "     \
    "echo quit >mon; wait"

Test(origin, is_what_a_plain_qemu_saved)
{
    char *dir = new_folder();
    ail_run(dir, PLAIN);
    expect_recorded(dir, "--kernel $G/x86-live.elf --disk disk.qcow2");
    ail_expect_failure(dir,
                       "$A record --kernel $G/x86-live.elf --record-from kept --from-image "
                       "disk.qcow2 --seconds 5 -o other.rr",
                       "QEMU cannot load it: ");
    ail_run(dir, "test ! -e other.rr && ! ls -d .ailurus-*");
    ail_folder_remove(dir);
}

/* Pieces of a run that begins there. */
Test(origin, has_pieces)
{
    char *dir = new_folder();
    ail_run(dir, "$A record --kernel $G/x86-live.elf --control s.sock --input before --no-check");
    ail_run(dir, "printf '@type 1\\n@wait heard 1\\n@do begin_record p\\n@type 2\\n@wait heard 2\\n"
                 "@do save more\\n@do end_record\\n@do save kept\\n@type q\\n' >script; "
                 "$A record --kernel $G/x86-live.elf --record-from kept --from-image kept.qcow2 "
                 "--control s.sock --input script 2>err; test $? = 0 && "
                 "$A verify --replay p.rr && grep -q 'a piece is being recorded' err && "
                 "grep -q 'kept.qcow2 exists already' err && test ! -e more.qcow2");
    ail_folder_remove(dir);
}

Test(origin, says_what_is_wrong)
{
    char *dir = new_folder();
    ail_run(dir, "truncate -s 1M raw.img");
#define RECORD "$A record --kernel $G/x86-live.elf -o x.rr --seconds 5 --record-from "
    ail_expect_failure(dir, RECORD "kept --disk disk.qcow2", "no snapshot named 'kept'");
    ail_expect_failure(dir, RECORD "kept", "no disk that could have a snapshot 'kept'");
    ail_expect_failure(dir, RECORD "kept --from-image raw.img", "raw.img: not a qcow2 image");
    ail_run(dir, "qemu-img snapshot -c kept disk.qcow2");
    ail_expect_failure(dir, RECORD "kept --disk disk.qcow2", "has no state of a machine");
    ail_run(dir, "$A record --kernel $G/x86-live.elf --control s.sock --input before --no-check");
    ail_expect_failure(dir, RECORD "kept --from-image kept.qcow2 --disk raw.img", "raw image");
    ail_expect_failure(dir, RECORD "kept --from-image kept.qcow2 --mem 128M",
                       "QEMU cannot load it: ");
    ail_run(dir, "test ! -e x.rr && ! ls -d .ailurus-*");
    ail_folder_remove(dir);
}
