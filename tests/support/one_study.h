/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file one_study.h  The effect of one study, its inputs written in the test. */
#ifndef TQ_TESTS_ONE_STUDY_H
#define TQ_TESTS_ONE_STUDY_H

#include "support/near.h"

#include "effects/measure.h"

typedef struct {
    tq_input input;
    double value;
} given;

enum { MAX_GIVEN = 8 };

/** A value that another program gave: the measure's code, its variance type, the inputs. */
typedef struct {
    const char *code, *vtype;
    int correct;
    given g[MAX_GIVEN];
    size_t n;
    double yi, vi;
} known_effect;

/** The effect; fails the test where the measure refuses the inputs. */
tq_effect_row one_study(const char *code, const tq_effect_options *opt, const given *g, size_t n);

/** one_study() with the inputs as arguments: STUDY("COR", NULL, {TQ_IN_RI, 0.3}, {TQ_IN_NI, 20}). */
#define STUDY(code, opt, ...) \
    one_study(code, opt, (given[]){__VA_ARGS__}, sizeof((given[]){__VA_ARGS__}) / sizeof(given))

/** The default options but for the variance type. */
tq_effect_options with_vtype(const char *vtype);

/** Fails unless the row is usable and has this effect and variance, relative to tol. */
void assert_effect(tq_effect_row row, double yi, double vi, double tol);

/** Fails unless the row is complete, has no estimate, and says why. */
void assert_no_estimate(tq_effect_row row, const char *why);

/** assert_effect() for n known values. */
void assert_known(const known_effect *known, size_t n, double tol);

#endif
