/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file splitmix.h  Random numbers for loops whose i-th round draws the same whoever runs it.
 *
 * SplitMix64: Steele, Lea & Flood (2014), OOPSLA '14, 453-472. A stream is a number; each (seed, i)
 * has its own, so rounds can be shared out between threads, or repeated one by one.
 */
#ifndef TQ_CORE_SPLITMIX_H
#define TQ_CORE_SPLITMIX_H

#include <stdint.h>

static inline uint64_t tq_splitmix_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/** 64 random bits; moves the stream on. */
static inline uint64_t tq_splitmix(uint64_t *stream)
{
    return tq_splitmix_mix(*stream += UINT64_C(0x9e3779b97f4a7c15));
}

/** The stream of round i under a seed. */
static inline uint64_t tq_splitmix_stream(uint64_t seed, uint64_t i)
{
    uint64_t stream = seed;

    return tq_splitmix_mix(tq_splitmix(&stream) ^ i);
}

/** Uniform over 0 .. n - 1, n > 0, every value equally likely: draws beyond the last whole multiple of n
    are repeated. */
static inline uint64_t tq_splitmix_below(uint64_t *stream, uint64_t n)
{
    const uint64_t excess = (UINT64_MAX % n + 1) % n;
    uint64_t bits;

    do {
        bits = tq_splitmix(stream);
    } while (bits > UINT64_MAX - excess);
    return bits % n;
}

#endif
