/* SPDX-License-Identifier: GPL-3.0-or-later */
/* splitmix64: Steele, Lea & Flood (2014), OOPSLA, 453-472. */
#include "support/random.h"

#include <math.h>

static uint64_t next(random_stream *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

double random_uniform(random_stream *r)
{
    return ((double)(next(r) >> 11) + 0.5) / 9007199254740992.0; /* 2^53 */
}

double random_normal(random_stream *r)
{
    const double radius = sqrt(-2.0 * log(random_uniform(r)));

    return radius * cos(6.283185307179586 * random_uniform(r)); /* Box & Muller (1958); 2 pi */
}

size_t random_index(random_stream *r, size_t n)
{
    return (size_t)(random_uniform(r) * (double)n);
}
