/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file blocks_turn_internal.h  Values of some problems, a row each, become columns of a block. */
#ifndef TQ_BATCH_BLOCKS_TURN_INTERNAL_H
#define TQ_BATCH_BLOCKS_TURN_INTERNAL_H

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "batch/lanes_internal.h"

/* Two values of one row above two of another become two columns. */
static inline void turn_two_by_two(const double *a, const double *b, double *first, double *second)
{
#if defined(__x86_64__)
    const __m128d x = _mm_loadu_pd(a), y = _mm_loadu_pd(b);

    _mm_storeu_pd(first, _mm_unpacklo_pd(x, y));
    _mm_storeu_pd(second, _mm_unpackhi_pd(x, y));
#else
    first[0] = a[0];
    first[1] = b[0];
    second[0] = a[1];
    second[1] = b[1];
#endif
}

/* Two rows of k values become the columns of two lanes. */
static inline void turn_two(const double *a, const double *b, size_t k, lanes_row *to, size_t lane)
{
    size_t i = 0;

    for (; i + 2 <= k; i += 2) {
        turn_two_by_two(a + i, b + i, &to[i][lane], &to[i + 1][lane]);
    }
    if (i < k) {
        to[i][lane] = a[i];
        to[i][lane + 1] = b[i];
    }
}

/* Four rows become the columns of four lanes, where can_turn_four(k). The last columns may overlap those
   before them. */
#if defined(__x86_64__)
static inline int can_turn_four(size_t k)
{
    return k >= 4 && __builtin_cpu_supports("avx");
}

__attribute__((target("avx"))) static inline void turn_four(const double *const from[4], size_t k,
                                                            lanes_row *to, size_t lane)
{
    for (size_t next = 0; next < k; next += 4) {
        const size_t i = next + 4 <= k ? next : k - 4;
        const __m256d a = _mm256_loadu_pd(from[0] + i), b = _mm256_loadu_pd(from[1] + i);
        const __m256d c = _mm256_loadu_pd(from[2] + i), d = _mm256_loadu_pd(from[3] + i);
        const __m256d ab0 = _mm256_unpacklo_pd(a, b), ab1 = _mm256_unpackhi_pd(a, b);
        const __m256d cd0 = _mm256_unpacklo_pd(c, d), cd1 = _mm256_unpackhi_pd(c, d);

        _mm256_storeu_pd(&to[i][lane], _mm256_permute2f128_pd(ab0, cd0, 0x20));
        _mm256_storeu_pd(&to[i + 1][lane], _mm256_permute2f128_pd(ab1, cd1, 0x20));
        _mm256_storeu_pd(&to[i + 2][lane], _mm256_permute2f128_pd(ab0, cd0, 0x31));
        _mm256_storeu_pd(&to[i + 3][lane], _mm256_permute2f128_pd(ab1, cd1, 0x31));
    }
}
#else
static inline int can_turn_four(size_t k)
{
    (void)k;
    return 0;
}

static inline void turn_four(const double *const from[4], size_t k, lanes_row *to, size_t lane)
{
    turn_two(from[0], from[1], k, to, lane);
    turn_two(from[2], from[3], k, to, lane + 2);
}
#endif

#endif
