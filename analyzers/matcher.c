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
