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
#include "recorder/qmp.h"

typedef enum {
    AIL_MACHINE_RECORD, /* write the log; ends when the guest powers off or resets */
    AIL_MACHINE_PIECES, /* the same, for recordings of pieces of it (recorder/pieces.h) */
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
    int qmp_fd;      /* QEMU's end of a socket pair for QMP, inherited under this number */
    int serial_fd;   /* the serial port. Recording: QEMU's end of a socket pair. Replay: a pipe or
                        file that gets the output, or -1 for none (input comes from the log) */
    const char *vnc; /* recording: where QEMU's VNC server listens, as it calls it, or
                        NULL; without a comma */
    const char *const *forwards; /* recording: of ail_forward_parse, ends with NULL; may be NULL */
    const char *const *extra; /* further arguments ("-plugin", "file=..."), ends with NULL; may be
                                 NULL */
    const char *snapshot;     /* replay: begin at this one of snapshot.qcow2; NULL: the usual */
    int gdb_fd;               /* replay: a connected socket on which QEMU serves gdb's protocol,
                                 inherited under this number; 0: none */
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
 * Make directory `dir`, which for a replay holds the unpacked recording, ready for a run: for a
 * recording an empty snapshot.qcow2, and for each disk an image "diskN.qcow2" that gets what is
 * read of it; for all an empty overlay on each disk. For a replay the overlays get the empty
 * snapshot that loading the recording's state needs, and what QEMU is going to open is checked
 * first: no image of a stranger names another file. Needs qemu-img. Thread-safe.
 */
AilStatus ail_machine_prepare(const AilMachine *machine, AilMachineMode mode, const char *dir,
                              AilError *err);

/*
 * The same for a replay that begins at a checkpoint: folder `from` holds the machine's state there
 * as image `state`, which becomes snapshot.qcow2, and the overlays, which are copied. They are
 * checked first. AIL_END: they are not fit for use, err says why; `dir` is as it was. Thread-safe.
 */
AilStatus ail_machine_prepare_at(const AilMachine *machine, const char *from, const char *state,
                                 const char *dir, AilError *err);

/* The overlays' names, and making those in `dir` independent of what is below them, as checkpoints
 * keep them. Needs qemu-img. Thread-safe. */
char *ail_machine_overlay(unsigned disk); /* free with g_free */
AilStatus ail_machine_detach_overlays(const AilMachine *machine, const char *dir, AilError *err);

/*
 * Describe the disk image `path` in *disk: absolute path, size, time, format. A qcow2 image that
 * refers to other files is refused. *disk is the caller's (path with g_free). Thread-safe.
 */
AilStatus ail_machine_describe_disk(const char *path, AilDisk *disk, AilError *err);

/*
 * Whether no request to a disk is on its way in QEMU, whose machine is stopped: only then can a
 * snapshot be taken that a replay can start from, and only then do changes of the disks' images not
 * wait for ever (what is on its way completes when the machine runs). AIL_END: one is.
 */
AilStatus ail_machine_disks_idle(const AilMachine *machine, AilQmp *qmp, AilError *err);

/*
 * Before a piece of a run is sealed: AIL_ERR when a disk has changed (its size or time) since it
 * was described. Thread-safe.
 */
AilStatus ail_machine_verify_disks(const AilMachine *machine, AilError *err);

/*
 * A port of the host that is forwarded to one of the guest: "tcp:127.0.0.1:2222-:22" (or udp;
 * addresses are IPv4 and may be missing: then the host's is 127.0.0.1, the guest's the one it is
 * given) to what QEMU calls it; free with g_free. NULL, with a message, when it is none.
 * Thread-safe.
 */
char *ail_forward_parse(const char *text, AilError *err);

/* Where a VNC server shall listen: "unix:PATH", "HOST:DISPLAY" or ":DISPLAY" (on 127.0.0.1), to
 * what QEMU calls it; the same rules. */
char *ail_vnc_parse(const char *text, AilError *err);

/*
 * After a recording, when QEMU has ended: make the images in `dir` independent of the disks, of
 * which they have what was read. AIL_ERR also when a disk has changed meanwhile (its size or time).
 * Needs qemu-img. Thread-safe.
 */
AilStatus ail_machine_detach_disks(const AilMachine *machine, const char *dir, AilError *err);

/*
 * The same when QEMU was killed, and what it had read is not known: the images get all that the
 * disks have.
 */
AilStatus ail_machine_copy_disks(const AilMachine *machine, const char *dir, AilError *err);

#endif
