/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The analyses that Ailurus comes with. Thread-safe: the table is constant. */
#ifndef AIL_ANALYZERS_REGISTRY_H
#define AIL_ANALYZERS_REGISTRY_H

#include "analyzers/analysis.h"

/* All of them, ended by NULL. */
extern const AilAnalysisOps *const ail_analyses[];

/* The analysis of that name, or NULL. */
const AilAnalysisOps *ail_analysis_find(const char *name);

/* Take "NAME" or "NAME,key=value,..." apart (`-a` of `ailurus analyze`): *ops, and *options to be
 * freed by the caller. AIL_ERR and nothing set when it does not fit. */
AilStatus ail_analysis_parse(const char *text, const AilAnalysisOps **ops, AilOptions **options,
                             AilError *err);

#endif
