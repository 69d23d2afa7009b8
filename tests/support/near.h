/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file near.h  cmocka with a comparison of doubles that prints both at full precision. */
#ifndef TQ_TESTS_NEAR_H
#define TQ_TESTS_NEAR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** Fails unless |got - want| <= tol * max(1, |want|); NaN fails unless both are NaN. */
#define assert_near(got, want, tol) near_((got), (want), (tol), 1.0, #got, __FILE__, __LINE__)
/** Fails unless |got - want| <= tol * |want|, for values far from 1. */
#define assert_relative(got, want, tol) near_((got), (want), (tol), 0.0, #got, __FILE__, __LINE__)

void near_(double got, double want, double tol, double floor_, const char *what, const char *file,
           int line);

#endif
