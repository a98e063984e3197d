/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that are the same everywhere: SplitMix64 (Steele, Lea, Flood: "Fast splittable
 * pseudorandom number generators", OOPSLA 2014). */
#ifndef AIL_TESTS_LIFT_RANDOM_H
#define AIL_TESTS_LIFT_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Random {
    uint64_t state;
} Random;

static inline uint64_t random_u64(Random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 .. n - 1 */
static inline unsigned random_below(Random *r, unsigned n)
{
    return (unsigned)((random_u64(r) >> 32) * n >> 32);
}

static inline bool random_chance(Random *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

#endif
