/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instance of an analysis has seen, as bytes that another machine can read: a sequence of
 * numbers and byte strings, taken out in the order in which they were put in. Taking out what is
 * not there gives zeros and marks the state as bad: check once, at the end of load, or leave it to
 * the pass, which does. Not thread-safe on one object.
 */
#ifndef AIL_ANALYZERS_STATE_H
#define AIL_ANALYZERS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AilState AilState;

/* An empty state to put into, or one to take out of that has a copy of the bytes. Never NULL. */
AilState *ail_state_new(void);
AilState *ail_state_of(const void *bytes, size_t len);
void ail_state_free(AilState *s);

void ail_state_put(AilState *s, uint64_t number); /* small ones take few bytes */
void ail_state_put_bytes(AilState *s, const void *bytes, size_t len);

uint64_t ail_state_take(AilState *s);
/* *len bytes, valid until s is freed; NULL and 0 when there are none. */
const void *ail_state_take_bytes(AilState *s, size_t *len);

/* More was taken out than there was, or something else than what was put in. */
bool ail_state_bad(const AilState *s);
/* Everything was taken out, and nothing more. */
bool ail_state_done(const AilState *s);

/* All that was put in; owned by s. */
const void *ail_state_bytes(const AilState *s, size_t *len);

#endif
