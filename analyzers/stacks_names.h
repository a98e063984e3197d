/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a stack is, and what its code is called, at the current step of AilStacks. */
#ifndef AIL_ANALYZERS_STACKS_NAMES_H
#define AIL_ANALYZERS_STACKS_NAMES_H

#include "analyzers/stacks.h"
#include "analyzers/symbols.h"

/* Write the name of `pc`, in the kernel or in the user part of the current stack, into buf; false:
 * it has none. symbols may be NULL. */
bool ail_stacks_name(const AilStacks *s, const AilSymbols *symbols, uint64_t pc, char *buf,
                     size_t size);

/* The task that runs; NULL: not known, or no names are wanted. */
const AilTask *ail_stacks_task(const AilStacks *s, const AilSymbols *symbols);

/* The number (AilTask.id) of the task that leads its process; 0: not known. */
uint64_t ail_stacks_process(const AilStacks *s, const AilSymbols *symbols);

#endif
