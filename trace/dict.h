/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dictionary of blocks of one trace. It only grows, and an added block never moves, so other
 * threads may look up blocks that were added before they were told of their ids.
 *
 * A view shows the blocks that there were at some moment, however many are added later: whoever
 * decodes a chunk while blocks of later chunks are added must not accept those.
 */
#ifndef AIL_TRACE_DICT_H
#define AIL_TRACE_DICT_H

#include "formats/bytes.h"
#include "trace/trace.h"

enum { AIL_DICT_PAGE_BITS = 12, AIL_DICT_PAGE_MASK = (1 << AIL_DICT_PAGE_BITS) - 1 };

typedef struct AilDictArena AilDictArena;

/* For dict.c and ail_dict_get alone. Pages of blocks are never reallocated. */
typedef struct AilDict {
    _Atomic uint32_t count; /* other threads read it */
    AilBlock **pages;       /* owned, with what they point to; a view's are its dictionary's */
    AilDictArena *arena;    /* owned: instruction bytes and offsets; NULL in a view */
} AilDict;

AilDict *ail_dict_new(void);

/* A view of no blocks, which lives no longer than `of`; free it with ail_dict_free. */
AilDict *ail_dict_view_new(const AilDict *of);
/* Show the blocks that `of` has now. Only while none is being added. */
void ail_dict_view_update(AilDict *view, const AilDict *of);

void ail_dict_free(AilDict *d);

/*
 * Add the next block: `lengths` are its n_insns instruction lengths in bytes (their sum is its
 * size), `bytes` its instructions; both are copied. False when something in it is impossible
 * (no instructions, too many of them, an empty one, an unknown mode) or the dictionary is full.
 * Not for views.
 */
bool ail_dict_add(AilDict *d, uint64_t pc, uint8_t mode, bool user, uint16_t n_insns,
                  const uint8_t *lengths, const uint8_t *bytes);

/* Number of blocks: ids are 0 .. n - 1. */
uint32_t ail_dict_count(const AilDict *d);

/* The block with this id (id < count). */
static inline const AilBlock *ail_dict_get(const AilDict *d, uint32_t id)
{
    return &d->pages[id >> AIL_DICT_PAGE_BITS][id & AIL_DICT_PAGE_MASK];
}

#endif
