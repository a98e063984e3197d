/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of functions of the analyses in this folder. */
#ifndef AIL_ANALYZERS_BUILTIN_H
#define AIL_ANALYZERS_BUILTIN_H

#include "analyzers/analysis.h"

extern const AilAnalysisOps ail_asidstory_ops;     /* asidstory.c */
extern const AilAnalysisOps ail_stringsearch_ops;  /* stringsearch.c */
extern const AilAnalysisOps ail_callstack_ops;     /* callstack.c */
extern const AilAnalysisOps ail_hotblocks_ops;     /* hotblocks.c */
extern const AilAnalysisOps ail_coverage_ops;      /* coverage.c */
extern const AilAnalysisOps ail_export_ops;        /* export.c */
extern const AilAnalysisOps ail_export_stacks_ops; /* export.c */
extern const AilAnalysisOps ail_syscalls_ops;      /* syscalls.c */
extern const AilAnalysisOps ail_taint_ops;         /* taint/taint.c */

#endif
