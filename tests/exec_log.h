/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces held against what QEMU itself logs (`-d exec,nochain`) of a replay. For tests: what
 * differs fails the running one. */
#ifndef AIL_TESTS_EXEC_LOG_H
#define AIL_TESTS_EXEC_LOG_H

#include "formats/manifest.h"

/* Replay the first `insns` instructions with QEMU alone, its log in exec.log in folder `dir`, which
 * has the unpacked recording. */
void ail_exec_log_make(const AilManifest *m, const char *dir, uint64_t insns);

/* Compare the executions in the trace with those in the log up to instruction `insns`; how many
 * there were. */
uint64_t ail_exec_log_compare(const char *trace, const char *log, uint64_t insns);

#endif
