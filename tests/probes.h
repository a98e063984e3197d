/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passes to be compared with each other, and analyses that notice when a pass treats them wrongly:
 * `in-order` (sequential; prepares chunks ahead) and `shared` (mergeable), both with the options
 * at=CHUNK, to end there, and `fail`, to fail there.
 */
#ifndef AIL_TESTS_PROBES_H
#define AIL_TESTS_PROBES_H

#include "analyzers/pass.h"

#define ANALYSES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Add an analysis as it is written behind -a: a probe, the document's example, or one of the
 * program's. */
AilStatus probes_add(AilPass *pass, const char *analysis);

/* Everything that a pass of these analyses (NULL-terminated) tells, in text (free). */
char *probes_run(const char *path, const char *const *analyses, unsigned threads);

/* Flip a bit in the file; the place in it is given in percent. */
void probes_damage(const char *path, unsigned percent);

#endif
