/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree of calling contexts with an instruction count at each node, and its output as folded
 * stacks ("outer;inner;innermost count"), which flamegraph.pl and speedscope read. The number of
 * nodes is limited; contexts beyond it are counted at the deepest node there is room for.
 */
#ifndef AIL_ANALYZERS_FOLDED_H
#define AIL_ANALYZERS_FOLDED_H

#include "analyzers/analysis.h"
#include "analyzers/stacks_names.h"

typedef struct AilFolded AilFolded;

enum { AIL_FOLDED_MAX_NODES = 1 << 20 };

/* Contexts of `stacks`, whose frames' tags it uses, with names from symbols (may be NULL); both are
 * borrowed. max_depth: frames deeper than this are counted at their caller's; 0: no limit. */
AilFolded *ail_folded_new(AilStacks *stacks, const AilSymbols *symbols, uint32_t max_depth);
void ail_folded_free(AilFolded *folded);

/* The current stack is what runs from now on. */
void ail_folded_switch(AilFolded *folded);

/* insns more instructions in the current context. */
void ail_folded_count(AilFolded *folded, uint64_t insns);

/* Write everything that was counted; true when contexts had to be left out of the tree. */
bool ail_folded_write(const AilFolded *folded, AilOutput *out);

#endif
