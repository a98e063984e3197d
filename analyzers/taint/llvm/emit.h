/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint programs as LLVM IR. Of each instruction, first all is computed on vectors of cells,
 * without an effect: what it loads, then its steps. Where two cells of different sets meet, or
 * something else is not simple, the interpreter runs the instruction instead. Else the state is
 * written and what is stored, and whoever watches is told. When all that goes in is untainted, all
 * that it writes is cleared, which is what mostly happens.
 *
 * Cells of the same set are united by taking the larger (its depth is).
 */
#ifndef AIL_ANALYZERS_TAINT_LLVM_EMIT_H
#define AIL_ANALYZERS_TAINT_LLVM_EMIT_H

#include <glib.h>
#include <llvm-c/Core.h>

#include "analyzers/taint/jit_module.h"

enum { CELL_ENTRIES = 4096 }; /* of an instruction; beyond, the interpreter runs it */

/* Cells at .. at + n - 1 as a vector. */
typedef struct CellEntry {
    LLVMValueRef value;
    uint16_t at, n;
} CellEntry;

typedef struct TaintEmit {
    LLVMContextRef context; /* borrowed, as are all */
    LLVMModuleRef module;
    LLVMBuilderRef b;
    LLVMTypeRef i1, i32, i64, pointer;

    /* the function at hand */
    const AilTaintJob *job;
    LLVMValueRef function, taint, program, access, n_access, calls;
    LLVMValueRef scratch; /* AIL_VAR_MAX cells, for calls */
    LLVMValueRef filter;  /* the shadow's */

    /* the instruction at hand */
    unsigned index;
    unsigned first_access, n; /* its accesses in the shape */
    LLVMBasicBlockRef next;
    CellEntry entries[CELL_ENTRIES];
    unsigned n_entries;
    int16_t owner[AIL_TAINT_CELLS]; /* entry that a cell is in; -1: as in the state */
    bool written[AIL_TAINT_CELLS];
    LLVMValueRef seen; /* union of what it reads, one cell; NULL: nobody asks */
} TaintEmit;

/* Put down the function of a job. */
void taint_emit(TaintEmit *e, const AilTaintJob *job);

/* --- between the files of this folder --- */

LLVMTypeRef cells_type(const TaintEmit *e, unsigned n);
LLVMValueRef cells_zero(const TaintEmit *e, unsigned n);
LLVMValueRef number32(const TaintEmit *e, uint64_t value);
LLVMValueRef number64(const TaintEmit *e, uint64_t value);
/* Address of a byte, that is so many behind a pointer, as a pointer to `type`. */
LLVMValueRef place_at(TaintEmit *e, LLVMValueRef base, uint64_t offset, LLVMTypeRef type);
LLVMValueRef state_at(TaintEmit *e, unsigned cell, LLVMTypeRef type);

/* Cells from .. from + n - 1 of a vector; two vectors, one behind the other; n times the last. */
LLVMValueRef cells_part(TaintEmit *e, LLVMValueRef v, unsigned from, unsigned n);
LLVMValueRef cells_join(TaintEmit *e, LLVMValueRef a, LLVMValueRef b);
/* The cells picked by index; index -1: 0. */
LLVMValueRef cells_pick(TaintEmit *e, LLVMValueRef v, const int *index, unsigned n);
unsigned cells_count(LLVMValueRef v);

LLVMValueRef cells_read(TaintEmit *e, unsigned at, unsigned n);
void cells_write(TaintEmit *e, unsigned at, LLVMValueRef value);

/* Union. */
LLVMValueRef cells_union(TaintEmit *e, LLVMValueRef a, LLVMValueRef b);
/* In lanes: each becomes the union of those up to it (rise), from it on, or all. */
typedef enum { LANES_RISE, LANES_FALL, LANES_ALL } LanesHow;
LLVMValueRef cells_lanes(TaintEmit *e, LLVMValueRef v, unsigned lane, LanesHow how);
/* Union of all, <1 x i64>. */
LLVMValueRef cells_gather(TaintEmit *e, LLVMValueRef v);
LLVMValueRef cells_deeper(TaintEmit *e, LLVMValueRef v);
/* Cells of v that are of another set than the one `cell`: not 0. */
LLVMValueRef cells_other_sets(TaintEmit *e, LLVMValueRef v, LLVMValueRef cell);
/* With zeros behind, or cut. */
LLVMValueRef cells_wide(TaintEmit *e, LLVMValueRef v, unsigned n);
/* Whether one is not 0: i1. */
LLVMValueRef cells_any(TaintEmit *e, LLVMValueRef v);

/* emit.c: the instruction e->index, and go on to the next. */
void emit_insn(TaintEmit *e);

/* inputs.c: read what the instruction reads of the state before it writes it, and find out what it
 * writes. */
void emit_inputs(TaintEmit *e, const AilTaintInsn *insn);
/* Whether it can be compiled; else the interpreter runs it. */
bool emit_can(const TaintEmit *e, const AilTaintInsn *insn, const AilTaintStep *from,
              const AilTaintStep *end);

/* memory.c: loads of all LOAD steps put into `loaded`, by step; then stores. */
void emit_loads(TaintEmit *e, const AilTaintStep *from, const AilTaintStep *end,
                LLVMValueRef *loaded);
/* value: NULL for cells that are 0. */
void emit_store(TaintEmit *e, const AilTaintStep *s, LLVMValueRef value);
void emit_call(TaintEmit *e, size_t which, LLVMTypeRef *params, LLVMValueRef *args, unsigned n);
/* A block that is rarely run: branch to it if `when`, else on to a new block, where the builder is
 * afterwards; returns it. */
LLVMBasicBlockRef emit_rare(TaintEmit *e, LLVMValueRef when, const char *name,
                            LLVMBasicBlockRef *rare);
bool emit_skips_loads(const TaintEmit *e);
bool emit_skips_stores(const TaintEmit *e);

#endif
