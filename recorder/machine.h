/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a machine description to QEMU's command line, for recording and for replay: the one place
 * that knows QEMU's options, and which of them keep a run replayable (docs/recording.md).
 */
#ifndef AIL_RECORDER_MACHINE_H
#define AIL_RECORDER_MACHINE_H

#include <glib.h>

#include "formats/error.h"
#include "formats/manifest.h"

typedef enum {
    AIL_MACHINE_RECORD, /* write the log; ends when the guest powers off or resets */
    AIL_MACHINE_REPLAY, /* read the log; at its end QEMU stops the machine and stays for questions
                         */
} AilMachineMode;

/*
 * How to run a machine. QEMU's working directory is one that holds the recording's files under
 * their member names (ail_member_name) and the disks' overlays (ail_machine_prepare), so no path
 * is ever part of an option.
 */
typedef struct AilMachineRun {
    AilMachineMode mode;
    int qmp_fd;    /* QEMU's end of a socket pair for QMP, inherited under this number */
    int serial_fd; /* the serial port. Recording: QEMU's end of a socket pair. Replay: a pipe or
                      file that gets the output, or -1 for none (input comes from the log) */
    const char *const *extra; /* further arguments ("-plugin", "file=..."), ends with NULL; may be
                                 NULL */
} AilMachineRun;

/* Name of the program that emulates this architecture ("qemu-system-x86_64"), and of the Debian
 * package that holds it. */
const char *ail_machine_program(AilMachineArch arch);
const char *ail_machine_package(AilMachineArch arch);

/*
 * Arguments for QEMU, program name first, ended by NULL; free with g_strfreev. The machine must
 * have passed ail_machine_check. QEMU starts stopped: send QMP `cont`. Thread-safe.
 */
char **ail_machine_argv(const AilMachine *machine, const AilMachineRun *run);

/*
 * Make directory `dir`, which for a replay holds the unpacked recording, ready for a run: an empty
 * snapshot.qcow2 for a recording, and for each disk an empty overlay "diskN.qcow2" on the disk's
 * file. For a replay the overlays get the empty snapshot that loading the recording's state needs,
 * and what QEMU is going to open is checked first: the disks are the recorded ones, and no image
 * of a stranger names another file.
 * Needs qemu-img. Thread-safe.
 */
AilStatus ail_machine_prepare(const AilMachine *machine, AilMachineMode mode, const char *dir,
                              AilError *err);

/*
 * Describe the disk image `path` in *disk: absolute path, size, time, format. A qcow2 image that
 * refers to other files is refused. *disk is the caller's (path with g_free). Thread-safe.
 */
AilStatus ail_machine_describe_disk(const char *path, AilDisk *disk, AilError *err);

/* Whether the machine's disks are still the ones described: same size and time. Thread-safe. */
AilStatus ail_machine_verify_disks(const AilMachine *machine, AilError *err);

#endif
