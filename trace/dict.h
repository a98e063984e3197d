/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dictionary of blocks of one trace. It only grows, and an added block never moves, so other
 * threads may look up blocks that were added before they were told of their ids.
 */
#ifndef AIL_TRACE_DICT_H
#define AIL_TRACE_DICT_H

#include "formats/bytes.h"
#include "trace/trace.h"

typedef struct AilDict AilDict;

AilDict *ail_dict_new(void);
void ail_dict_free(AilDict *d);

/*
 * Add the next block: `lengths` are its n_insns instruction lengths in bytes (their sum is its
 * size), `bytes` its instructions; both are copied. False when something in it is impossible
 * (no instructions, too many of them, an empty one, an unknown mode) or the dictionary is full.
 */
bool ail_dict_add(AilDict *d, uint64_t pc, uint8_t mode, bool user, uint16_t n_insns,
                  const uint8_t *lengths, const uint8_t *bytes);

/* Number of blocks: ids are 0 .. n - 1. */
uint32_t ail_dict_count(const AilDict *d);

/* The block with this id (id < count). */
const AilBlock *ail_dict_get(const AilDict *d, uint32_t id);

#endif
