/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An analysis in a shared object of somebody else's. Loading one runs its code: only what the user
 * names, or has put into a folder for it, is loaded. A module belongs to one thread. */
#ifndef AIL_ANALYZERS_MODULE_H
#define AIL_ANALYZERS_MODULE_H

#include "analyzers/analysis.h"

typedef struct AilModule AilModule;

/* Load the module in file `path`. NULL and err set, naming the file, for what is no module, is cut
 * short, or was built for another version of the interface. */
AilModule *ail_module_open(const char *path, AilError *err);

/* Unload it: none of its analyses may be alive. module may be NULL. */
void ail_module_free(AilModule *module);

/* Its analysis; valid until the module is freed. */
const AilAnalysisOps *ail_module_ops(const AilModule *module);

/* Whether a table of functions is one that this version can use; AIL_ERR and err set if not. *to:
 * a copy of it in which functions that `from` is too old to have are NULL. */
AilStatus ail_ops_check(AilAnalysisOps *to, const AilAnalysisOps *from, AilError *err);

#endif
