/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file random.h  Repeatable random numbers for tests. */
#ifndef TQ_TESTS_RANDOM_H
#define TQ_TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** Any value is a good seed. */
typedef struct {
    uint64_t state;
} random_stream;

/** In (0, 1). */
double random_uniform(random_stream *r);
double random_normal(random_stream *r);
/** 0 .. n - 1. */
size_t random_index(random_stream *r, size_t n);

#endif
