/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of callstack: how a stack is told. */
#ifndef AIL_ANALYZERS_CALLSTACK_PRINT_H
#define AIL_ANALYZERS_CALLSTACK_PRINT_H

#include <glib.h>

#include "analyzers/analysis.h"
#include "analyzers/stacks_names.h"

/* A stack at a moment. */
typedef struct Stack {
    const char *why;     /* "at", "when-pc", "string match" */
    uint64_t icount, pc; /* of the instruction that runs next */
    uint64_t asid;
    AilFrame *const *frames; /* the innermost n, */
    size_t n;
    size_t depth;              /* of so many */
    const AilStacks *stacks;   /* whose current one it is */
    const AilSymbols *symbols; /* NULL: none */
} Stack;

void callstack_print(const Stack *s, AilOutput *out);

/* A remark; text_too: not only as a record. */
void callstack_note(AilOutput *out, bool text_too, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
