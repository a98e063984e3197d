/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/matcher.h"

#include <glib.h>
#include <string.h>

typedef struct Build {
    AilMatcher m; /* first */
    uint32_t *step;
    AilMatcherState *states;
    uint8_t **patterns;
    size_t n_patterns;
    uint32_t n_states;
    unsigned n_first;
    uint64_t first_bytes[4]; /* repeated eight times each, when there are at most four */
} Build;

/* The tree of all patterns: one state for each different beginning. */
static void add_pattern(Build *b, const uint8_t *bytes, size_t len, uint32_t pattern)
{
    uint32_t state = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t *to = &b->step[256 * state + bytes[i]];
        if (!*to) {
            *to = b->n_states++;
            b->states[*to] = (AilMatcherState){pattern, (uint32_t)i + 1, 0, 0};
        }
        state = *to;
    }
    b->states[state].match = pattern + 1;
}

/* Breadth first: where the tree has no branch, go where the longest proper suffix goes. */
static void complete(Build *b)
{
    uint32_t *queue = g_new(uint32_t, b->n_states), *suffix = g_new0(uint32_t, b->n_states);
    uint32_t head = 0, tail = 0;
    for (unsigned c = 0; c < 256; c++)
        if (b->step[c])
            queue[tail++] = b->step[c];
    while (head < tail) {
        uint32_t s = queue[head++], back = suffix[s];
        b->states[s].next = b->states[back].match ? back : b->states[back].next;
        for (unsigned c = 0; c < 256; c++) {
            uint32_t *to = &b->step[256 * s + c];
            if (*to) {
                suffix[*to] = b->step[256 * back + c];
                queue[tail++] = *to;
            } else {
                *to = b->step[256 * back + c];
            }
        }
    }
    g_free(queue);
    g_free(suffix);
}

static void note_first_bytes(Build *b)
{
    for (unsigned c = 0; c < 256; c++) {
        b->m.first[c] = b->step[c] != 0;
        if (!b->m.first[c])
            continue;
        if (b->n_first < G_N_ELEMENTS(b->first_bytes))
            b->first_bytes[b->n_first] = c * 0x0101010101010101u;
        b->n_first++;
    }
}

AilMatcher *ail_matcher_new(const uint8_t *const *patterns, const size_t *lengths, size_t n,
                            AilError *err)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += lengths[i];
        if (lengths[i] > AIL_MATCHER_MAX_BYTES || total > AIL_MATCHER_MAX_BYTES) {
            ail_error_set(err, "the patterns are more than %d bytes together",
                          AIL_MATCHER_MAX_BYTES);
            return NULL;
        }
    }
    Build *b = g_new0(Build, 1);
    b->step = g_new0(uint32_t, 256 * (total + 1));
    b->states = g_new0(AilMatcherState, total + 1);
    b->patterns = g_new0(uint8_t *, n);
    b->n_patterns = n;
    b->n_states = 1;
    for (size_t i = 0; i < n; i++) {
        b->patterns[i] = g_memdup2(patterns[i], lengths[i]);
        add_pattern(b, patterns[i], lengths[i], (uint32_t)i);
    }
    note_first_bytes(b);
    complete(b);
    b->m.step = b->step;
    b->m.states = b->states;
    return &b->m;
}

void ail_matcher_free(AilMatcher *matcher)
{
    if (!matcher)
        return;
    Build *b = (Build *)matcher;
    for (size_t i = 0; i < b->n_patterns; i++)
        g_free(b->patterns[i]);
    g_free(b->patterns);
    g_free(b->step);
    g_free(b->states);
    g_free(b);
}

uint8_t ail_matcher_byte(const AilMatcher *matcher, uint32_t pattern, uint32_t i)
{
    return ((const Build *)matcher)->patterns[pattern][i];
}

/* Whether one of the bytes of v is zero; exact as a yes or no. */
static inline bool has_zero(uint64_t v)
{
    return ((v - 0x0101010101010101u) & ~v & 0x8080808080808080u) != 0;
}

static inline bool any_of(const Build *b, uint64_t v)
{
    bool hit = false;
    for (unsigned k = 0; k < b->n_first; k++)
        hit |= has_zero(v ^ b->first_bytes[k]);
    return hit;
}

static inline bool any_first(const bool *first, uint64_t v)
{
    return first[v & 255] | first[v >> 8 & 255] | first[v >> 16 & 255] | first[v >> 24 & 255] |
           first[v >> 32 & 255] | first[v >> 40 & 255] | first[v >> 48 & 255] | first[v >> 56];
}

void ail_matcher_filter(const AilMatcher *matcher, const uint64_t *values, size_t n, uint64_t *hits)
{
    const Build *b = (const Build *)matcher;
    bool few = b->n_first <= G_N_ELEMENTS(b->first_bytes);
    for (size_t i = 0; i < n; i += 64) {
        uint64_t word = 0;
        size_t end = MIN(n - i, 64);
        if (few)
            for (size_t k = 0; k < end; k++)
                word |= (uint64_t)any_of(b, values[i + k]) << k;
        else
            for (size_t k = 0; k < end; k++)
                word |= (uint64_t)any_first(b->m.first, values[i + k]) << k;
        hits[i / 64] = word;
    }
}
