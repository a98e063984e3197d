/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several byte patterns in one stream, a byte at a time: the automaton of Aho and Corasick
 * ("Efficient string matching", CACM 1975), with all transitions spelled out. A state is a number,
 * so that a stream's progress is four bytes wherever it is kept; state 0 is "nothing matched yet".
 * Once built, a matcher is constant and may be used by several threads.
 */
#ifndef AIL_ANALYZERS_MATCHER_H
#define AIL_ANALYZERS_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

enum { AIL_MATCHER_MAX_BYTES = 65535 }; /* of all patterns together */

typedef struct AilMatcherState {
    uint32_t pattern; /* the pattern whose first `depth` bytes the state stands for */
    uint32_t depth;
    uint32_t match; /* 1 + the pattern that ends here; 0: none */
    uint32_t next;  /* the state of a shorter pattern that ends here, too; 0: none */
} AilMatcherState;

typedef struct AilMatcher {
    const uint32_t *step;          /* [256 * state + byte]: the next state */
    const AilMatcherState *states; /* by state */
} AilMatcher;

/* The automaton for n patterns of at least a byte each. Two may not be the same; the patterns are
 * copied. NULL and err set when they are too many bytes. */
AilMatcher *ail_matcher_new(const uint8_t *const *patterns, const size_t *lengths, size_t n,
                            AilError *err);
void ail_matcher_free(AilMatcher *matcher);

/* The i-th byte of a pattern. */
uint8_t ail_matcher_byte(const AilMatcher *matcher, uint32_t pattern, uint32_t i);

static inline uint32_t ail_matcher_step(const AilMatcher *m, uint32_t state, uint8_t byte)
{
    return m->step[256 * state + byte];
}

/* Whether patterns end in this state. Go through them: for (s = state; s && states[s].match...; s =
 * states[s].next); a state without a match has next 0 unless a shorter pattern ends there. */
static inline bool ail_matcher_ends(const AilMatcher *m, uint32_t state)
{
    return m->states[state].match | m->states[state].next;
}

#endif
