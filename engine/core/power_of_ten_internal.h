/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file power_of_ten_internal.h  Powers of ten as the unevaluated sum of two doubles. */
#ifndef TQ_CORE_POWER_OF_TEN_INTERNAL_H
#define TQ_CORE_POWER_OF_TEN_INTERNAL_H

/* Exponents outside have no power here: the low part must not underflow. */
enum { POWER_MIN = -288, POWER_MAX = 300 };

struct power {
    double hi, lo; /* 10^n = hi + lo to within hi 2^-103 */
};

/** 10^n, POWER_MIN <= n <= POWER_MAX; exact with lo = 0 for 0 <= n <= 15. */
struct power power_of_ten(int n);

/** The same as one double, to within a relative 2^-52. */
double power_of_ten_near(int n);

#endif
