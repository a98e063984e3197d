/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where pages of address spaces lie in physical memory, as far as the trace's accesses have shown.
 * A page that was not accessed since it was mapped elsewhere is told where it was. One thread.
 */
#ifndef AIL_ANALYZERS_TAINT_SPACES_H
#define AIL_ANALYZERS_TAINT_SPACES_H

#include "trace/trace.h"

typedef struct AilTaintSpaces AilTaintSpaces;

AilTaintSpaces *ail_taint_spaces_new(void);
/* s may be NULL. */
void ail_taint_spaces_free(AilTaintSpaces *s);

/* Learn from accesses from .. to - 1 of the chunk, which were made in address space asid. */
void ail_taint_spaces_learn(AilTaintSpaces *s, const AilChunk *chunk, uint32_t from, uint32_t to,
                            uint64_t asid);

/* The physical address of addr; false: not known. */
bool ail_taint_spaces_find(const AilTaintSpaces *s, uint64_t asid, uint64_t addr, uint64_t *phys);
/* The address in space asid that lies at phys, for people: the one seen first; false: none. */
bool ail_taint_spaces_reverse(const AilTaintSpaces *s, uint64_t phys, uint64_t *asid,
                              uint64_t *addr);

/*
 * The physical address of addr in space asid as it is before execution flow_index of the chunk, by
 * the access to its page that comes last before, or first behind. False: the chunk has none. Tables
 * of address spaces are used again by other processes, so what is nearest counts. Needs events.
 */
bool ail_taint_spaces_near(const AilChunk *chunk, uint32_t flow_index, uint64_t asid, uint64_t addr,
                           uint64_t *phys);

/* Physical address of the access, of its first byte in a second page; UINT64_MAX: none. */
static inline uint64_t ail_taint_phys(const AilChunk *chunk, uint32_t access)
{
    return chunk->phys[access];
}
uint64_t ail_taint_phys2(const AilChunk *chunk, uint32_t access);

#endif
