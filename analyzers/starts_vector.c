/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/starts_private.h"

#include "trace/trace.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

typedef struct Tables {
    __m256i low[2], high[2];
} Tables;

AVX2 static __m256i load_half(const uint8_t half[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)half));
}

AVX2 static Tables load_tables(const AilStarts *s)
{
    Tables t;
    for (int i = 0; i < 2; i++) {
        t.low[i] = load_half(s->half[i].low);
        t.high[i] = load_half(s->half[i].high);
    }
    return t;
}

/* For each byte, the groups that have it as their first (i = 0) or second byte. */
AVX2 static inline __m256i groups(const Tables *t, int i, __m256i bytes)
{
    const __m256i mask = _mm256_set1_epi8(15);
    __m256i low = _mm256_and_si256(bytes, mask);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask);
    return _mm256_and_si256(_mm256_shuffle_epi8(t->low[i], low),
                            _mm256_shuffle_epi8(t->high[i], high));
}

/* 0 bits in the result: of these four values, those that a pattern may start in. */
AVX2 static inline unsigned misses_of(const Tables *t, __m256i values, __m256i shift)
{
    /* The last byte of each value may be followed by anything, and no byte after it counts. */
    __m256i last =
        _mm256_sub_epi64(_mm256_sllv_epi64(_mm256_set1_epi64x(8), shift), _mm256_set1_epi64x(8));
    __m256i open = _mm256_sllv_epi64(_mm256_set1_epi64x(0xff), last);
    __m256i inside =
        _mm256_sub_epi64(_mm256_sllv_epi64(_mm256_set1_epi64x(0x100), last), _mm256_set1_epi64x(1));
    __m256i second = _mm256_srli_epi64(groups(t, 1, values), 8);
    __m256i hit = _mm256_and_si256(groups(t, 0, values), _mm256_or_si256(second, open));
    hit = _mm256_and_si256(hit, inside);
    __m256i none = _mm256_cmpeq_epi64(hit, _mm256_setzero_si256());
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(none));
}

AVX2 static inline __m256i shifts_of(const uint8_t *info)
{
    int four;
    memcpy(&four, info, sizeof four);
    __m128i bytes = _mm_and_si128(_mm_cvtsi32_si128(four), _mm_set1_epi8(AIL_ACCESS_SIZE_SHIFT));
    return _mm256_cvtepu8_epi64(_mm_min_epu8(bytes, _mm_set1_epi8(3)));
}

AVX2 static unsigned scan_few(const Tables *t, const uint64_t *values, const uint8_t *info,
                              size_t n)
{
    uint64_t v[4] = {0};
    uint8_t i[4] = {0};
    memcpy(v, values, n * sizeof *v);
    memcpy(i, info, n);
    unsigned misses = misses_of(t, _mm256_loadu_si256((const void *)v), shifts_of(i));
    return ~misses & ((1u << n) - 1);
}

AVX2 static void scan(const AilStarts *s, const uint64_t *values, const uint8_t *info, size_t n,
                      uint64_t *hits)
{
    const Tables t = load_tables(s);
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        uint64_t word = 0;
        for (unsigned k = 0; k < 64; k += 4) {
            __m256i v = _mm256_loadu_si256((const void *)(values + i + k));
            word |= (uint64_t)(misses_of(&t, v, shifts_of(info + i + k)) ^ 15) << k;
        }
        hits[i / 64] = word;
    }
    if (i < n)
        hits[i / 64] = 0;
    for (size_t k = i; k < n; k += 4)
        hits[i / 64] |= (uint64_t)scan_few(&t, values + k, info + k, n - k < 4 ? n - k : 4)
                        << (k - i);
}

StartsScan *starts_vector_scan(void)
{
    return __builtin_cpu_supports("avx2") ? scan : NULL;
}
#else
StartsScan *starts_vector_scan(void)
{
    return NULL;
}
#endif
