/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the code at an address is at one moment: which process runs, and which module (program,
 * library, kernel, kernel module) is there. Fed with the trace's events in order. One thread.
 *
 * A process is a task group with one address space: it begins anew with an exec. While no task is
 * known, an address space stands for it.
 */
#ifndef AIL_ANALYZERS_COVERAGE_PLACES_H
#define AIL_ANALYZERS_COVERAGE_PLACES_H

#include "trace/trace.h"

typedef struct AilPlaces AilPlaces;

typedef struct AilRunner {
    bool known;       /* it is a process; else an address space */
    uint32_t pid;     /* of the process */
    uint64_t asid;    /* of an address space */
    const char *comm; /* the last that it had; the guest's bytes; "" for an address space */
} AilRunner;

typedef enum {
    AIL_CODE_FILE,    /* of a file: offsets are from where its first byte is mapped */
    AIL_CODE_MODULE,  /* a module of the kernel: offsets are from its beginning */
    AIL_CODE_KERNEL,  /* privileged code that is in no module: offsets are addresses */
    AIL_CODE_ANON,    /* user code of one process without a file: offsets are addresses */
    AIL_CODE_UNKNOWN, /* user code where no mapping is known: offsets are addresses */
} AilCodeKind;

typedef struct AilCode {
    AilCodeKind kind;
    const char *name; /* path, or what stands for it; the guest's bytes */
} AilCode;

typedef struct AilPlace {
    uint32_t code; /* number of an AilCode */
    uint64_t offset;
} AilPlace;

AilPlaces *ail_places_new(void);
void ail_places_free(AilPlaces *p); /* may be NULL */

/* A chunk begins, which this address space runs in. */
void ail_places_begin(AilPlaces *p, uint64_t asid);
void ail_places_take(AilPlaces *p, const AilEvent *e);

/* Who runs now; numbers count from 0. */
uint32_t ail_places_runner(AilPlaces *p);
/* Changes when code at an address may be another: with who runs and what is mapped. */
uint64_t ail_places_view(AilPlaces *p);
/* What is at a block's address now, for who runs. */
AilPlace ail_places_find(AilPlaces *p, const AilBlock *block);

uint32_t ail_places_n_runners(const AilPlaces *p);
AilRunner ail_places_runner_at(const AilPlaces *p, uint32_t i);
uint32_t ail_places_n_codes(const AilPlaces *p);
AilCode ail_places_code_at(const AilPlaces *p, uint32_t i);
/* Where the code was, last, in that runner's address space (UINT32_MAX: in the first that had it).
 * False: no code that has a place of its own. */
bool ail_places_extent(const AilPlaces *p, uint32_t runner, uint32_t code, uint64_t *base,
                       uint64_t *end);
/* The kernel's image; false: no kernel was found. The end is a guess if it has no symbols. */
bool ail_places_kernel(const AilPlaces *p, uint64_t *base, uint64_t *end);

#endif
