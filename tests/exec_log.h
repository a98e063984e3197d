/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces held against what QEMU itself logs (`-d exec,nochain`) of a replay. For tests: what
 * differs fails the running one. */
#ifndef AIL_TESTS_EXEC_LOG_H
#define AIL_TESTS_EXEC_LOG_H

#include "formats/manifest.h"

/* Replay instructions `from` to `to` with QEMU alone, its log of these in exec.log in folder `dir`,
 * which has the unpacked recording. */
void ail_exec_log_make(const AilManifest *m, const char *dir, uint64_t from, uint64_t to);

/* Compare the executions in the trace with those in the log, which is of these instructions; how
 * many there were. aliases: gets the number of blocks among them whose bytes were executed at
 * another address of the same page offset, too, as programs' shared libraries are; may be NULL. */
uint64_t ail_exec_log_compare(const char *trace, const char *log, uint64_t from, uint64_t to,
                              unsigned *aliases);

#endif
