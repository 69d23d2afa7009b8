/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file assume.h  For tests/lint.sh alone: tells clang-tidy, which reads one file at a time, that
    tq_fail() returns the status it is given. */
#ifndef TQ_TESTS_ASSUME_H
#define TQ_TESTS_ASSUME_H

#include "core/status.h"

#define tq_fail(err, status, ...) (tq_fail((err), (status), __VA_ARGS__), (status))

#endif
