/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree of calling contexts with an instruction count at each node, and its output as folded
 * stacks ("outer;inner;innermost count"), which flamegraph.pl and speedscope read. The number of
 * nodes is limited; contexts beyond it are counted at the deepest node there is room for.
 */
#ifndef AIL_ANALYZERS_FOLDED_H
#define AIL_ANALYZERS_FOLDED_H

#include "analyzers/analysis.h"
#include "analyzers/stacks.h"

typedef struct AilFolded AilFolded;

enum { AIL_FOLDED_MAX_NODES = 1 << 20 };

/* max_depth: frames deeper than this are counted at their caller's; 0: no limit. */
AilFolded *ail_folded_new(uint32_t max_depth);
void ail_folded_free(AilFolded *folded);

/* The current stack of `stacks` is what runs from now on (uses the frames' tags). */
void ail_folded_switch(AilFolded *folded, AilStacks *stacks);

/* insns more instructions in the current context. */
void ail_folded_count(AilFolded *folded, uint64_t insns);

/* Write everything that was counted; true when contexts had to be left out of the tree. */
bool ail_folded_write(const AilFolded *folded, const AilSymbols *symbols, AilOutput *out);

#endif
