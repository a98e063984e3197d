/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/starts_private.h"

#include <glib.h>
#include <stdlib.h>

#include "trace/trace.h"

static void add_pair(PairSet *set, unsigned first, unsigned second)
{
    unsigned pair = first << 8 | second;
    set->words[pair / 64] |= UINT64_C(1) << pair % 64;
}

static bool has_pair(const PairSet *set, unsigned first, unsigned second)
{
    unsigned pair = first << 8 | second;
    return set->words[pair / 64] >> pair % 64 & 1;
}

static void add_half(HalfTable *table, uint8_t byte, uint8_t group)
{
    table->low[byte & 15] |= group;
    table->high[byte >> 4] |= group;
}

static void add_to_group(AilStarts *s, const uint8_t *pattern, size_t len, uint8_t group)
{
    add_half(&s->half[0], pattern[0], group);
    if (len > 1) {
        add_half(&s->half[1], pattern[1], group);
        return;
    }
    for (unsigned second = 0; second < 256; second++)
        add_half(&s->half[1], (uint8_t)second, group);
}

static void add_pattern(AilStarts *s, const uint8_t *pattern, size_t len)
{
    s->first[pattern[0]] = true;
    if (len > 1) {
        s->second[pattern[1]] = true;
        s->seconds[pattern[0]] |= ail_starts_second(pattern[1]);
    }
    for (unsigned second = 0; second < 256; second++)
        if (len == 1 || second == pattern[1])
            add_pair(&s->starts, pattern[0], second);
}

/* Looks at every byte of every value. */
static void plain_scan(const AilStarts *s, const uint64_t *values, size_t n, AilStartBits *bits)
{
    const bool *first = s->first;
    for (size_t i = 0; i < n; i += 64) {
        uint64_t word = 0, follow = 0;
        for (size_t k = 0; k < MIN(n - i, 64); k++) {
            uint64_t v = values[i + k];
            bool hit = first[v & 255] | first[v >> 8 & 255] | first[v >> 16 & 255] |
                       first[v >> 24 & 255] | first[v >> 32 & 255] | first[v >> 40 & 255] |
                       first[v >> 48 & 255] | first[v >> 56];
            word |= (uint64_t)hit << k;
            follow |= (uint64_t)s->second[v & 255] << k;
        }
        bits[i / 64] = (AilStartBits){word, word, follow};
    }
}

typedef struct Text {
    const uint8_t *bytes;
    size_t len;
} Text;

static int by_first_byte(const void *a, const void *b)
{
    const Text *x = a, *y = b;
    return (int)x->bytes[0] - (int)y->bytes[0];
}

/* Patterns whose first bytes are alike go into one group, so that it lets few others through. */
static void make_groups(AilStarts *s, const uint8_t *const *patterns, const size_t *lengths,
                        size_t n)
{
    Text *sorted = g_new(Text, n);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (Text){patterns[i], lengths[i]};
    qsort(sorted, n, sizeof *sorted, by_first_byte);
    for (size_t i = 0; i < n; i++)
        add_to_group(s, sorted[i].bytes, sorted[i].len, (uint8_t)(1u << i * 8 / n));
    g_free(sorted);
}

AilStarts *ail_starts_new(const uint8_t *const *patterns, const size_t *lengths, size_t n)
{
    AilStarts *s = g_new0(AilStarts, 1);
    for (size_t i = 0; i < n; i++)
        add_pattern(s, patterns[i], lengths[i]);
    make_groups(s, patterns, lengths, n);
    s->scan = starts_vector_scan();
    if (!s->scan)
        s->scan = plain_scan;
    return s;
}

void ail_starts_free(AilStarts *s)
{
    g_free(s);
}

void ail_starts_use_plain(AilStarts *s)
{
    s->scan = plain_scan;
}

/* Exactly: at least one byte but the last starts a pattern as far as can be seen. */
static bool pair_in(const AilStarts *s, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i + 1 < size; i++, value >>= 8)
        if (has_pair(&s->starts, value & 255, value >> 8 & 255))
            return true;
    return false;
}

static bool tail_in(const AilStarts *s, uint64_t value, unsigned size)
{
    return s->first[value >> 8 * (size - 1) & 255];
}

static void look_closer(const AilStarts *s, const uint64_t *values, const uint8_t *info,
                        AilStartBits *bits)
{
    uint64_t tails = 0, pairs = 0;
    for (uint64_t left = bits->starts; left; left &= left - 1) {
        unsigned k = (unsigned)__builtin_ctzll(left);
        unsigned size = 1u << MIN(info[k] & AIL_ACCESS_SIZE_SHIFT, 3);
        tails |= (uint64_t)tail_in(s, values[k], size) << k;
        if (bits->pairs >> k & 1)
            pairs |= (uint64_t)pair_in(s, values[k], size) << k;
    }
    bits->starts = tails | pairs;
    bits->pairs = pairs;
}

void ail_starts_find(const AilStarts *s, const uint64_t *values, const uint8_t *info, size_t n,
                     AilStartBits *bits)
{
    s->scan(s, values, n, bits);
    for (size_t i = 0; i < n; i += 64)
        look_closer(s, values + i, info + i, &bits[i / 64]);
}

bool ail_starts_in(const AilStarts *s, uint64_t value)
{
    return pair_in(s, value, 8) || tail_in(s, value, 8);
}

uint32_t ail_starts_seconds(const AilStarts *s, uint8_t first)
{
    return s->seconds[first];
}
