/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a way back is told. */
#ifndef AIL_ANALYZERS_TAINT_TRAIL_PRINT_H
#define AIL_ANALYZERS_TAINT_TRAIL_PRINT_H

#include "analyzers/output.h"
#include "analyzers/taint/back.h"
#include "analyzers/taint/past.h"

typedef struct TrailPrint TrailPrint;

/* symbolizer may be NULL; all is borrowed. NULL and err set: instructions cannot be printed. */
TrailPrint *trail_print_new(AilArch arch, AilSymbolizer *symbolizer, const AilGuest *guest,
                            AilOutput *out, AilError *err);
/* p may be NULL. */
void trail_print_free(TrailPrint *p);

void trail_print_question(TrailPrint *p, const char *what);
/* task: who ran, NULL: not known. */
void trail_print_step(TrailPrint *p, const AilBackStep *step, const AilPastTask *task);
void trail_print_device(TrailPrint *p, uint64_t icount, uint64_t phys, const AilLabelRange *users,
                        uint32_t n_users);
/* Byte `offset` of what the call returned is wanted; then that all of its bytes were told. */
void trail_print_read(TrailPrint *p, const AilPastRead *read, uint64_t offset,
                      const AilLabelRange *users, uint32_t n_users);
void trail_print_read_end(TrailPrint *p, const AilPastRead *read);
/* What is left. */
void trail_print_end(TrailPrint *p, const AilBack *back);

#endif
