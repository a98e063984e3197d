/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which analyses there are: those that Ailurus comes with, and modules, shared objects that define
 * ail_analysis_module (analysis.h). A module is given by its path, or by its name when NAME.so is
 * in a folder of modules: $AILURUS_ANALYSES, folders with colons between them; without that
 * variable ~/.local/lib/ailurus. A registry belongs to one thread.
 */
#ifndef AIL_ANALYZERS_REGISTRY_H
#define AIL_ANALYZERS_REGISTRY_H

#include "analyzers/analysis.h"

/* Those that Ailurus comes with, ended by NULL. */
extern const AilAnalysisOps *const ail_analyses[];

typedef struct AilRegistry AilRegistry;

/* A registry that has loaded no module yet. Never NULL. */
AilRegistry *ail_registry_new(void);

/* Unload all modules: nothing that came from them may be in use any more. r may be NULL. */
void ail_registry_free(AilRegistry *r);

/* The analysis called `name`, or the module in the file `name` when there is a slash in it. NULL
 * and err set when there is none, or none that fits. r NULL: without modules. */
const AilAnalysisOps *ail_registry_find(AilRegistry *r, const char *name, AilError *err);

/* Call fn for each analysis, modules by folder and name after those that Ailurus comes with. from:
 * a module's file, or NULL. A module that cannot be loaded has ops NULL, and err says why. */
typedef void (*AilRegistryVisitor)(void *user, const AilAnalysisOps *ops, const char *from,
                                   const AilError *err);
void ail_registry_list(AilRegistry *r, AilRegistryVisitor fn, void *user);

/* Take "NAME" or "NAME,key=value,..." apart (`-a` of `ailurus analyze`): *ops, and *options to be
 * freed by the caller. AIL_ERR and nothing set when it does not fit. */
AilStatus ail_registry_parse(AilRegistry *r, const char *text, const AilAnalysisOps **ops,
                             AilOptions **options, AilError *err);

/* The same without modules. */
AilStatus ail_analysis_parse(const char *text, const AilAnalysisOps **ops, AilOptions **options,
                             AilError *err);

#endif
