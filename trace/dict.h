/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dictionary of blocks. A trace begins a new one whenever the one before has become large, so
 * that nobody has to remember all the code that ever ran; ids count from 0 in each. A dictionary
 * only grows, and an added block never moves, so other threads may look up blocks that were added
 * before they were told of their ids.
 *
 * A view shows the blocks that there were at some moment, however many are added later: whoever
 * decodes a chunk while blocks of later chunks are added must not accept those. Chunks have views.
 */
#ifndef AIL_TRACE_DICT_H
#define AIL_TRACE_DICT_H

#include "trace/trace.h"

enum { AIL_DICT_MAX = 1 << 26 }; /* blocks in a dictionary */

enum { AIL_DICT_PAGE_BITS = 12, AIL_DICT_PAGE_MASK = (1 << AIL_DICT_PAGE_BITS) - 1 };

typedef struct AilDictArena AilDictArena;

/* For dict.c and ail_dict_get alone. Pages of blocks are never reallocated. */
struct AilDict {
    _Atomic uint32_t count; /* other threads read it */
    _Atomic uint32_t refs;
    uint64_t first;      /* see ail_dict_first */
    AilBlock **pages;    /* owned, with what they point to; a view's are its dictionary's */
    AilDictArena *arena; /* owned: instruction bytes and offsets; NULL in a view */
    AilDict *of;         /* a view's dictionary, referenced; NULL: it has shown none yet */
};

/* The block with this id (id < count): one that chunk->flow has is always good, of chunk->dict. It
 * lives as long as the dictionary. From any thread. */
static inline const AilBlock *ail_dict_get(const AilDict *d, uint32_t id)
{
    return &d->pages[id >> AIL_DICT_PAGE_BITS][id & AIL_DICT_PAGE_MASK];
}

/* Number of blocks: ids are 0 .. n - 1. From any thread. */
uint32_t ail_dict_count(const AilDict *d);

/* The number of the chunk that the dictionary begins with: tells those of one trace apart. */
uint64_t ail_dict_first(const AilDict *d);

/* Whether d is the dictionary `kept`, which ail_dict_ref returned, or shows it. */
bool ail_dict_is(const AilDict *d, const AilDict *kept);

/* Keep the dictionary, or what a view shows now, beyond the life of its chunk; returns what
 * ail_dict_unref is to be given in the end. From any thread. */
AilDict *ail_dict_ref(const AilDict *d);
/* d may be NULL. */
void ail_dict_unref(AilDict *d);

/* --- for those who fill dictionaries --- */

/* An empty dictionary, to be released with ail_dict_unref. */
AilDict *ail_dict_new(uint64_t first);

/* A view that shows nothing yet. */
AilDict *ail_dict_view_new(void);
/* Show the blocks that `of` has now, instead of what it showed. Only while none is being added. */
void ail_dict_view_update(AilDict *view, const AilDict *of);
void ail_dict_view_free(AilDict *view);

/*
 * Add the next block: `lengths` are its n_insns instruction lengths in bytes (their sum is its
 * size), `bytes` its instructions; both are copied. False when something in it is impossible
 * (no instructions, too many of them, an empty one, an unknown mode) or the dictionary is full.
 * Not for views.
 */
bool ail_dict_add(AilDict *d, uint64_t pc, uint8_t mode, bool user, uint16_t n_insns,
                  const uint8_t *lengths, const uint8_t *bytes);

#endif
