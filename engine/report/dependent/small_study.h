/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file small_study.h  Tests for small-study effects of a multilevel model: Egger's in multilevel form, PET-PEESE. */
#ifndef TQ_REPORT_DEPENDENT_SMALL_STUDY_H
#define TQ_REPORT_DEPENDENT_SMALL_STUDY_H

#include <stddef.h>

#include "core/api.h"
#include "pooling/wald.h"
#include "report/natural.h"

/**
 * What effects are regressed on, with the moderators of the model before it: sei vi ni ninv sqrtni sqrtninv as
 * tq_bias_predictor_name() has them, and groups: sqrt(1/n1 + 1/n2), the part of the standard error of a
 * standardised mean difference that does not depend on the effect (Pustejovsky & Rodgers 2019, Res. Synth.
 * Methods 10:57-71; in multilevel form Rodgers & Pustejovsky 2021, Psychol. Methods 26:141-160).
 * NULL past the last.
 */
TQ_API const char *tq_small_study_name(size_t i);
/** In words: "standard error". */
TQ_API const char *tq_small_study_text(size_t i);

/** A test; what does not exist is NaN. */
typedef struct {
    size_t predictor;        /* as above */
    const char *why;         /* why there is none, in the arena; NULL: there is one */
    tq_linear slope, robust; /* robust: with clusters */
    tq_linear limit,
        robust_limit;   /* effect where the predictor is 0: of the mean alone, and where a study
                                      without error has 0 there */
    tq_natural natural; /* of the limit, cluster-robust with clusters */
} tq_small_study_row;

typedef struct {
    tq_small_study_row *row; /* [n] */
    size_t n;
    /* PET-PEESE (Stanley 2017, Soc. Psychol. Personal. Sci. 8:581-591): the effect at a variance of 0 (1) where that
       at a standard error of 0 is found at 5% one-sided, else the latter (0); -1: not both are there. */
    int peese;
    double pet_pval; /* two-sided, cluster-robust with clusters */
    size_t chosen;   /* row of the estimate */
} tq_small_study;

#endif
