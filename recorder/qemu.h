/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU process: find it, check its version, start it with a QMP connection, end it. The process
 * never outlives the thread that started it, and gets no signals from the terminal.
 * A handle belongs to one thread; start it from one that lives as long as the machine shall.
 */
#ifndef AIL_RECORDER_QEMU_H
#define AIL_RECORDER_QEMU_H

#include <stdbool.h>
#include <sys/types.h>

#include "formats/error.h"
#include "recorder/machine.h"
#include "recorder/qmp.h"

#define AIL_QEMU_MIN_MAJOR 10

typedef struct AilQemu AilQemu;

AilQemu *ail_qemu_new(void); /* never NULL */

/* Kill the process if it runs, wait for its end, release everything. qemu may be NULL. */
void ail_qemu_free(AilQemu *qemu);

/* The last failure's message. */
const char *ail_qemu_error(const AilQemu *qemu);

/*
 * Look for the QEMU of this architecture in PATH and ask its version.
 * AIL_ERR: there is none, or it is too old; the message names the Debian package to install.
 */
AilStatus ail_qemu_find(AilQemu *qemu, AilMachineArch arch);

/* The same without asking for its version, which takes as long as starting it: for one more of what
 * was found before. */
AilStatus ail_qemu_find_again(AilQemu *qemu, AilMachineArch arch);

/* What ail_qemu_find found: "10.0.2", and the text in parentheses behind it ("Debian ..."). */
const char *ail_qemu_version(const AilQemu *qemu);
const char *ail_qemu_package(const AilQemu *qemu);

/*
 * Start QEMU (found before) on a machine, stopped, with directory `dir` as its working directory
 * (see AilMachineRun), and greet its QMP. run->qmp_fd is set here and need not be; run->serial_fd
 * and gdb_fd are inherited and stay the caller's; pass_fds: further descriptors to inherit under
 * the same numbers, n_pass_fds of them.
 */
AilStatus ail_qemu_start(AilQemu *qemu, const AilMachine *machine, const AilMachineRun *run,
                         const char *dir, const int *pass_fds, size_t n_pass_fds);

/* The connection, from start on. Owned by the handle. */
AilQmp *ail_qemu_qmp(AilQemu *qemu);

/* The process, 0 when none was started or it was waited for. */
pid_t ail_qemu_pid(const AilQemu *qemu);

/*
 * Wait for the process to end by itself, at most timeout_ms; if it does not, kill it.
 * AIL_OK: it ended with exit status 0. AIL_ERR: otherwise; the message has QEMU's last words.
 */
AilStatus ail_qemu_wait(AilQemu *qemu, int timeout_ms);

/* What QEMU wrote to its stderr, the last line of it that is not empty; "" for nothing. Valid
 * until the next call. */
const char *ail_qemu_last_words(AilQemu *qemu);

#endif
