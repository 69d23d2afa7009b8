/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of numbers to digits, eight at once where the processor has AVX-512. */
#include "core/decimal.h"

#include "core/decimal_few_internal.h"

static void find_plain(const double *x, size_t n, int digits, uint64_t *found, signed char *point)
{
    for (size_t i = 0; i < n; i++) {
        int at = 0;

        found[i] = few_digits(fabs(x[i]), digits, &at);
        point[i] = (signed char)at;
    }
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WITH_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))

/* As eight_bytes(). */
WITH_AVX512 static inline __m512i eight_bytes_each(__m512i value)
{
    /* 2^40 / 10^4, exact enough below 10^8 */
    const __m512i first =
        _mm512_srli_epi64(_mm512_mul_epu32(value, _mm512_set1_epi64(109951163)), 40);
    const __m512i second =
        _mm512_sub_epi64(value, _mm512_mul_epu32(first, _mm512_set1_epi64(10000)));
    const __m512i fours = _mm512_or_si512(first, _mm512_slli_epi64(second, 32));
    const __m512i hundreds =
        _mm512_srli_epi32(_mm512_mullo_epi32(fours, _mm512_set1_epi32(10486)), 20);
    const __m512i below =
        _mm512_sub_epi32(fours, _mm512_mullo_epi32(hundreds, _mm512_set1_epi32(100)));
    const __m512i pairs = _mm512_or_si512(hundreds, _mm512_slli_epi32(below, 16));
    const __m512i tens = _mm512_srli_epi16(_mm512_mullo_epi16(pairs, _mm512_set1_epi16(103)), 10);
    const __m512i ones = _mm512_sub_epi16(pairs, _mm512_mullo_epi16(tens, _mm512_set1_epi16(10)));

    return _mm512_or_si512(tens, _mm512_slli_epi16(ones, 8));
}

/* As decimal_exponent() + 1. */
WITH_AVX512 static inline __m512i points_each(__m512i bits)
{
    const __m512i log2_x =
        _mm512_sub_epi64(_mm512_srli_epi64(bits, 32), _mm512_set1_epi64((int64_t)1023 << 20));
    const __m512i scaled = _mm512_add_epi64(_mm512_mul_epi32(log2_x, _mm512_set1_epi64(315653)),
                                            _mm512_set1_epi64((int64_t)512 << 40));

    return _mm512_sub_epi64(_mm512_srai_epi64(scaled, 40), _mm512_set1_epi64(511));
}

/*
 * As few_digits(), for points of `least` to `least` + 15, whose powers are two registers; what is beyond is left
 * to the other way.
 */
WITH_AVX512 static void find_avx512(const double *x, size_t n, int digits, uint64_t *found,
                                    signed char *point)
{
    const int least = FIXED_LEAST + 1, top = digits - least - NEAR_MIN;
    const __m512i down = _mm512_set_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    const __m512d low = _mm512_permutexvar_pd(down, _mm512_loadu_pd(&few_near[top - 7])),
                  high = _mm512_permutexvar_pd(down, _mm512_loadu_pd(&few_near[top - 15]));
    const __m512d limit = _mm512_set1_pd((double)whole_power[digits]), half = _mm512_set1_pd(0.5);
    const __m512i one = _mm512_set1_epi64(1), size = _mm512_set1_epi64(INT64_MAX),
                  from = _mm512_set1_epi64(least);

    for (size_t i = 0; i < n; i += 8) {
        const __mmask8 there = (__mmask8)(n - i < 8 ? (1U << (n - i)) - 1 : 0xFF);
        const __m512i bits = _mm512_and_si512(_mm512_maskz_loadu_epi64(there, x + i), size);
        const __m512d a = _mm512_castsi512_pd(bits);
        __m512i at = _mm512_sub_epi64(points_each(bits), from);
        __mmask8 good = _mm512_cmple_epu64_mask(at, _mm512_set1_epi64(14)); /* or one more */
        __m512d product = _mm512_mul_pd(a, _mm512_permutex2var_pd(low, at, high));

        at = _mm512_mask_add_epi64(at, _mm512_cmp_pd_mask(product, limit, _CMP_GE_OQ), at, one);
        product = _mm512_mul_pd(a, _mm512_permutex2var_pd(low, at, high));

        const __m512i whole = _mm512_cvttpd_epi64(product);
        const __m512d part = _mm512_sub_pd(product, _mm512_cvtepi64_pd(whole));
        const __m512i value =
            _mm512_mask_add_epi64(whole, _mm512_cmp_pd_mask(part, half, _CMP_GT_OQ), whole, one);
        const __m512d from_tie = _mm512_abs_pd(_mm512_sub_pd(part, half));

        good &= _mm512_cmp_pd_mask(from_tie, _mm512_set1_pd(FEW_MARGIN), _CMP_GT_OQ);
        good &= _mm512_cmplt_epi64_mask(value, _mm512_set1_epi64((int64_t)whole_power[digits]));

        const __m512i eight =
            _mm512_mul_epu32(value, _mm512_set1_epi64((int64_t)whole_power[EIGHT - digits]));

        _mm512_mask_storeu_epi64(found + i, there,
                                 _mm512_maskz_mov_epi64(good, eight_bytes_each(eight)));
        _mm512_mask_cvtepi64_storeu_epi8(point + i, there, _mm512_add_epi64(at, from));
    }
}
#endif

few_find_fn *few_find_way(size_t i)
{
#if defined(WITH_AVX512)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
        return i == 0 ? find_avx512 : i == 1 ? find_plain : NULL;
    }
#endif
    return i == 0 ? find_plain : NULL;
}

void tq_decimal_find(const double *x, size_t n, int digits, uint64_t *found, signed char *point)
{
    if (digits >= 1 && digits <= EIGHT) {
        few_find_way(0)(x, n, digits, found, point);
    } else {
        memset(found, 0, n * sizeof *found);
        memset(point, 0, n);
    }
}

size_t tq_decimal_put_found(char *out, double x, int digits, uint64_t found, int point)
{
    const size_t sign = x < 0.0;

    if (x == 0.0) { /* as tau2 often is */
        *out = '0';
        return 1;
    }
    if (!found) {
        return tq_decimal_significant(out, x, digits);
    }
    *out = '-'; /* signs are as good as random: no branch on them */
    return sign + few_put(out + sign, found, point);
}
