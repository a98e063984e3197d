/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter in front of stringsearch: it may let too much through, but must not lose anything. */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "analyzers/starts.h"
#include "trace/trace.h"

enum { MAX_PATTERNS = 120, N_VALUES = 1003 };

typedef struct Patterns {
    uint8_t bytes[MAX_PATTERNS][8];
    const uint8_t *list[MAX_PATTERNS];
    size_t lengths[MAX_PATTERNS], n;
} Patterns;

static void make_patterns(Patterns *p, GRand *rand, size_t n, guint32 mask)
{
    p->n = n;
    for (size_t i = 0; i < n; i++) {
        for (unsigned k = 0; k < 8; k++)
            p->bytes[i][k] = (uint8_t)(g_rand_int(rand) & mask);
        p->list[i] = p->bytes[i];
        p->lengths[i] = (size_t)g_rand_int_range(rand, i % 8 ? 2 : 1, 9);
    }
}

/* Whether a beginning of a pattern lies at the end of the value's bytes, or a whole one in it. */
static bool may_start(const Patterns *p, uint64_t value, unsigned size)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    for (size_t n = 0; n < p->n; n++)
        for (unsigned at = 0; at < size; at++)
            if (memcmp(bytes + at, p->bytes[n], MIN(size - at, p->lengths[n])) == 0)
                return true;
    return false;
}

static uint64_t make_value(const Patterns *p, GRand *rand, guint32 mask, unsigned size)
{
    uint64_t value = 0;
    for (unsigned k = 0; k < 8; k++)
        value |= (uint64_t)(g_rand_int(rand) & mask) << (8 * k);
    if (g_rand_int_range(rand, 0, 3) == 0) { /* with a beginning of a pattern somewhere */
        uint64_t pattern = 0;
        memcpy(&pattern, p->bytes[g_rand_int_range(rand, 0, (gint32)p->n)], 8);
        unsigned at = (unsigned)g_rand_int_range(rand, 0, (gint32)size);
        value = (value & ~(UINT64_MAX << (8 * at))) | GUINT64_FROM_LE(pattern) << (8 * at);
    }
    return size < 8 ? value & ~(UINT64_MAX << (8 * size)) : value;
}

/* fast, plain: what a scan says of a value that begins with this byte. */
static void expect_follows(const AilStarts *s, const Patterns *p, uint8_t byte, bool fast,
                           bool plain)
{
    bool second = false;
    for (size_t n = 0; n < p->n; n++) {
        uint32_t seconds = ail_starts_seconds(s, p->bytes[n][0]);
        bool here = p->lengths[n] > 1 && p->bytes[n][1] == byte;
        cr_expect(!here || seconds & ail_starts_second(byte));
        second |= here;
    }
    cr_expect_eq(plain, second);
    cr_expect(fast || !second);
}

static void compare(guint32 seed, size_t n_patterns, guint32 mask)
{
    Patterns p;
    GRand *rand = g_rand_new_with_seed(seed);
    static uint64_t values[N_VALUES];
    static AilStartBits fast[N_VALUES / 64 + 1], plain[N_VALUES / 64 + 1];
    static uint8_t info[N_VALUES];
    make_patterns(&p, rand, n_patterns, mask);
    for (unsigned i = 0; i < N_VALUES; i++) {
        info[i] = (uint8_t)(g_rand_int_range(rand, 0, 5) | (g_rand_int(rand) & AIL_ACCESS_STORE));
        values[i] = make_value(&p, rand, mask, 1u << MIN(info[i] & AIL_ACCESS_SIZE_SHIFT, 3));
    }
    AilStarts *s = ail_starts_new(p.list, p.lengths, p.n);
    ail_starts_find(s, values, info, N_VALUES, fast);
    ail_starts_use_plain(s);
    ail_starts_find(s, values, info, N_VALUES, plain);
    for (unsigned i = 0; i < G_N_ELEMENTS(fast); i++) {
        cr_expect_eq(fast[i].starts, plain[i].starts, "seed %u", seed);
        cr_expect_eq(fast[i].pairs, plain[i].pairs, "seed %u", seed);
    }
    unsigned hits = 0, passed = 0;
    for (unsigned i = 0; i < N_VALUES; i++) {
        unsigned size = 1u << MIN(info[i] & AIL_ACCESS_SIZE_SHIFT, 3);
        bool may = may_start(&p, values[i], size), hit = fast[i / 64].starts >> (i % 64) & 1;
        bool pair = fast[i / 64].pairs >> (i % 64) & 1;
        cr_expect(!may || hit, "seed %u: value %u is lost", seed, i);
        cr_expect(pair || !may || may_start(&p, values[i] >> 8 * (size - 1), 1),
                  "seed %u: a pair in value %u is lost", seed, i);
        cr_expect(!pair || hit);
        cr_expect(size < 8 || ail_starts_in(s, values[i]) == hit);
        expect_follows(s, &p, (uint8_t)values[i], fast[i / 64].follows >> (i % 64) & 1,
                       plain[i / 64].follows >> (i % 64) & 1);
        hits += hit;
        passed += may;
    }
    cr_expect_gt(passed, 0);
    cr_expect(mask < 0xff || n_patterns > 20 || hits < N_VALUES, "it filters nothing");
    ail_starts_free(s);
    g_rand_free(rand);
}

Test(starts, nothing_is_lost_and_all_ways_agree)
{
    static const size_t patterns[] = {1, 2, 7, 8, 9, 100, MAX_PATTERNS};
    static const guint32 masks[] = {0x7, 0x3f, 0xff};
    for (guint32 seed = 1; seed <= 8; seed++)
        for (unsigned i = 0; i < G_N_ELEMENTS(patterns); i++)
            for (unsigned m = 0; m < G_N_ELEMENTS(masks); m++)
                compare(seed, patterns[i], masks[m]);
}

/* Four values are looked at together, and 64 make a word of hits. */
Test(starts, any_number_of_values)
{
    static const uint8_t pattern[] = "ab";
    const uint8_t *list[] = {pattern};
    const size_t length = 2;
    AilStarts *s = ail_starts_new(list, &length, 1);
    for (unsigned n = 1; n <= 130; n++) {
        uint64_t values[130];
        AilStartBits bits[3] = {{0}};
        uint8_t info[130];
        for (unsigned i = 0; i < n; i++) {
            values[i] = i % 3 ? 'x' : 'a';
            info[i] = 0;
        }
        ail_starts_find(s, values, info, n, bits);
        for (unsigned i = 0; i < n; i++)
            cr_expect_eq(bits[i / 64].starts >> (i % 64) & 1, i % 3 == 0);
        cr_expect_eq(n % 64 ? (bits[n / 64].starts | bits[n / 64].follows) >> n % 64 : 0, 0,
                     "bits after the last of %u", n);
    }
    ail_starts_free(s);
}
