/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/starts_private.h"

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

/* Bit by value, of four. */
typedef struct Four {
    unsigned no_pair;  /* those that do not have the first two bytes of a pattern, */
    unsigned no_tail;  /* those whose last byte starts none, */
    unsigned stranger; /* and those that do not begin with a second byte */
} Four;

AVX2 static inline unsigned zeros_of(__m256i values)
{
    __m256i none = _mm256_cmpeq_epi64(values, _mm256_setzero_si256());
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(none));
}

/* Without a look at the sizes: after the last byte of a value there are zeros or none. Other bytes
 * with a zero behind them may be taken for the last one; that is for the exact look to find out. */
AVX2 static inline Four look_at(const Tables *t, __m256i values)
{
    __m256i firsts = groups(t, 0, values), seconds = groups(t, 1, values);
    __m256i zeros = _mm256_cmpeq_epi8(values, _mm256_setzero_si256());
    __m256i ends = _mm256_or_si256(_mm256_srli_epi64(zeros, 8),
                                   _mm256_set1_epi64x((long long)(UINT64_C(0xff) << 56)));
    return (Four){zeros_of(_mm256_and_si256(firsts, _mm256_srli_epi64(seconds, 8))),
                  zeros_of(_mm256_and_si256(firsts, ends)),
                  zeros_of(_mm256_and_si256(seconds, _mm256_set1_epi64x(0xff)))};
}

/* values: 64 of them, or n and zeros. */
AVX2 static inline void look_at_64(const Tables *t, const uint64_t *values, AilStartBits *bits,
                                   uint64_t there)
{
    uint64_t no_pair = 0, no_tail = 0, stranger = 0;
    for (unsigned k = 0; k < 64; k += 4) {
        Four four = look_at(t, _mm256_loadu_si256((const void *)(values + k)));
        no_pair |= (uint64_t)four.no_pair << k;
        no_tail |= (uint64_t)four.no_tail << k;
        stranger |= (uint64_t)four.stranger << k;
    }
    *bits = (AilStartBits){~(no_pair & no_tail) & there, ~no_pair & there, ~stranger & there};
}

AVX2 static void scan(const AilStarts *s, const uint64_t *values, size_t n, AilStartBits *bits)
{
    const Tables t = load_tables(s);
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        look_at_64(&t, values + i, &bits[i / 64], UINT64_MAX);
    if (i < n) {
        uint64_t rest[64] = {0};
        memcpy(rest, values + i, (n - i) * sizeof *rest);
        look_at_64(&t, rest, &bits[i / 64], ~(UINT64_MAX << (n - i)));
    }
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
