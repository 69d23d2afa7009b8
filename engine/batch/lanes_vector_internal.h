/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file lanes_vector_internal.h  Vectors of LANES doubles and the few operations the kernels need.
 *
 * Every operation is one of IEEE 754 on each lane by itself: results do not depend on LANES.
 */
#ifndef TQ_BATCH_LANES_VECTOR_INTERNAL_H
#define TQ_BATCH_LANES_VECTOR_INTERNAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#ifndef LANES
#define LANES 2
#endif

typedef double vd __attribute__((vector_size(8 * LANES)));

#define LANES_INLINE static inline __attribute__((always_inline))

LANES_INLINE vd load(const double *from)
{
    return *(const vd *)(const void *)from;
}

LANES_INLINE void store(double *to, vd x)
{
    *(vd *)(void *)to = x;
}

LANES_INLINE vd all(double x)
{
    return (vd){0.0} + x;
}

/*
 * Truth values of lanes, vm: a bit each where the processor has registers for that, else all bits of
 * the lane. They combine with & | ~.
 */
#if defined(__x86_64__) && LANES == 8
typedef unsigned vm;

#define LANES_COMPARE(name, code) \
    LANES_INLINE vm name(vd a, vd b) \
    { \
        return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, code); \
    }
LANES_COMPARE(less, _CMP_LT_OQ)
LANES_COMPARE(at_most, _CMP_LE_OQ)
LANES_COMPARE(equal, _CMP_EQ_OQ)

/* m ? a : b */
LANES_INLINE vd pick(vm m, vd a, vd b)
{
    return (vd)_mm512_mask_blend_pd((__mmask8)m, (__m512d)b, (__m512d)a);
}

/* m ? a : 0 */
LANES_INLINE vd where(vm m, vd a)
{
    return (vd)_mm512_maskz_mov_pd((__mmask8)m, (__m512d)a);
}

LANES_INLINE int any(vm m)
{
    return (m & 255u) != 0;
}

LANES_INLINE int is(vm m, size_t lane)
{
    return (int)(m >> lane & 1u);
}
#else
typedef int64_t vm __attribute__((vector_size(8 * LANES)));

LANES_INLINE vm less(vd a, vd b)
{
    return a < b;
}

LANES_INLINE vm at_most(vd a, vd b)
{
    return a <= b;
}

LANES_INLINE vm equal(vd a, vd b)
{
    return a == b;
}

LANES_INLINE vd pick(vm m, vd a, vd b)
{
    return (vd)((m & (vm)a) | (~m & (vm)b));
}

LANES_INLINE vd where(vm m, vd a)
{
    return (vd)(m & (vm)a);
}

LANES_INLINE int any(vm m)
{
#if defined(__x86_64__) && LANES == 4
    return _mm256_movemask_pd((__m256d)m) != 0;
#elif defined(__x86_64__) && LANES == 2
    return _mm_movemask_pd((__m128d)m) != 0;
#else
    int64_t found = 0;

    for (int i = 0; i < LANES; i++) {
        found |= m[i];
    }
    return found != 0;
#endif
}

LANES_INLINE int is(vm m, size_t lane)
{
    return m[lane] != 0;
}
#endif

LANES_INLINE vm above(vd a, double b)
{
    return less(all(b), a);
}

LANES_INLINE vm below(vd a, double b)
{
    return less(a, all(b));
}

/* The larger, the smaller: b where either is NaN. */
#if defined(__x86_64__) && LANES == 8
#define LANES_OF_TWO(op) (vd) _mm512_##op##_pd((__m512d)a, (__m512d)b)
#elif defined(__x86_64__) && LANES == 4
#define LANES_OF_TWO(op) (vd) _mm256_##op##_pd((__m256d)a, (__m256d)b)
#elif defined(__x86_64__) && LANES == 2
#define LANES_OF_TWO(op) (vd) _mm_##op##_pd((__m128d)a, (__m128d)b)
#else
#define LANES_OF_TWO(op) pick(less_##op(a, b), a, b)
#define less_max(a, b) less(b, a)
#define less_min(a, b) less(a, b)
#endif

LANES_INLINE vd larger(vd a, vd b)
{
    return LANES_OF_TWO(max);
}

LANES_INLINE vd smaller(vd a, vd b)
{
    return LANES_OF_TWO(min);
}

/* |a| */
LANES_INLINE vd size_of(vd a)
{
    typedef int64_t bits __attribute__((vector_size(8 * LANES)));

    return (vd)((bits)a & INT64_MAX);
}

/* The whole part of a >= 0, a < 2^51. */
LANES_INLINE vd trunc_of(vd a)
{
    const vd near = (a + 0x1p52) - 0x1p52;

    return near - where(less(a, near), all(1.0));
}

LANES_INLINE vd root_of(vd a)
{
#if defined(__x86_64__) && LANES == 8
    return (vd)_mm512_sqrt_pd((__m512d)a);
#elif defined(__x86_64__) && LANES == 4
    return (vd)_mm256_sqrt_pd((__m256d)a);
#elif defined(__x86_64__) && LANES == 2
    return (vd)_mm_sqrt_pd((__m128d)a);
#else
    for (int i = 0; i < LANES; i++) {
        a[i] = sqrt(a[i]);
    }
    return a;
#endif
}

#define LANES_NO_END 0x1p1000

/* Between lo and hi on the scale of log(v0 + t), or far out while hi is no end. */
LANES_INLINE vd middle(vd lo, vd hi, vd v0)
{
    return pick(below(hi, LANES_NO_END), root_of((lo + v0) * (hi + v0)) - v0, 8.0 * (lo + v0));
}

#endif
