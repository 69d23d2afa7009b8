/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file asymmetry.h  Tests of small-study effects: asymmetry of the funnel, excess significance. */
#ifndef TQ_BIAS_ASYMMETRY_H
#define TQ_BIAS_ASYMMETRY_H

#include "pooling/pool.h"

/* One row per test: identifier, name as on the command line and in JSON. Labels, sources and needs
   stand in asymmetry.c. */
#define TQ_BIAS_TEST_LIST(X) \
    X(TQ_BIAS_EGGER_LM, "egger-lm") \
    X(TQ_BIAS_EGGER_RMA, "egger-rma") \
    X(TQ_BIAS_BEGG, "begg") \
    X(TQ_BIAS_HARBORD, "harbord") \
    X(TQ_BIAS_PETERS, "peters") \
    X(TQ_BIAS_MACASKILL, "macaskill") \
    X(TQ_BIAS_THOMPSON, "thompson") \
    X(TQ_BIAS_DEEKS, "deeks") \
    X(TQ_BIAS_PUSTEJOVSKY, "pustejovsky") \
    X(TQ_BIAS_SCHWARZER, "schwarzer") \
    X(TQ_BIAS_RUECKER, "ruecker") \
    X(TQ_BIAS_RUECKER_THOMPSON, "ruecker-thompson") \
    X(TQ_BIAS_TES, "tes") \
    X(TQ_BIAS_TES_CHI2, "tes-chi2") \
    X(TQ_BIAS_TES_BINOMIAL, "tes-binomial") \
    X(TQ_BIAS_PET, "pet") \
    X(TQ_BIAS_PEESE, "peese") \
    X(TQ_BIAS_PET_PEESE, "pet-peese") \
    X(TQ_BIAS_WAAP, "waap") \
    X(TQ_BIAS_SKEW, "skew")

#define TQ_BIAS_ENUM(id, name) id,
typedef enum { TQ_BIAS_TEST_LIST(TQ_BIAS_ENUM) TQ_BIAS_TEST_COUNT } tq_bias_test;
#undef TQ_BIAS_ENUM

/** What a study's effect is regressed on. */
typedef enum {
    TQ_PREDICTOR_SEI,      /* standard error */
    TQ_PREDICTOR_VI,       /* sampling variance */
    TQ_PREDICTOR_NI,       /* total sample size */
    TQ_PREDICTOR_NINV,     /* 1 / ni */
    TQ_PREDICTOR_SQRTNI,   /* sqrt(ni) */
    TQ_PREDICTOR_SQRTNINV, /* 1 / sqrt(ni) */
    TQ_PREDICTOR_COUNT
} tq_bias_predictor;

/** Name as on the command line, label for reports, author (year), journal volume:pages; NULL outside
    the range. */
TQ_API const char *tq_bias_test_name(tq_bias_test test);
TQ_API const char *tq_bias_test_label(tq_bias_test test);
TQ_API const char *tq_bias_test_source(tq_bias_test test);
/** What the test needs besides effects and variances; NULL: nothing, or outside the range. */
TQ_API const char *tq_bias_test_needs(tq_bias_test test);
/** The test called name (exact), or TQ_BIAS_TEST_COUNT. */
TQ_API tq_bias_test tq_bias_test_find(const char *name);
/** "sei", NULL outside the range. */
TQ_API const char *tq_bias_predictor_name(tq_bias_predictor predictor);

/** The studies as the tests see them. Borrowed. */
typedef struct {
    tq_model model;        /* effects, variances, and the moderators of the model; no counts */
    const char *measure;   /* code ("OR"), which decides what suits; NULL: unknown */
    double null_value;     /* effect of no effect; NaN: the measure has none */
    const double *ni;      /* [k] total sample sizes, NaN where not known; NULL: none */
    const double *n1, *n2; /* [k] sizes of two groups, likewise */
    const double *x1, *x2; /* [k] events in the two groups as observed, likewise */
} tq_bias_studies;

/** Start from tq_bias_defaults() and change fields. */
typedef struct {
    const tq_bias_test *test; /* [n]; n = 0 (default): those that suit the measure */
    size_t n;
    tq_bias_predictor predictor; /* of egger-lm and egger-rma; default sei */
    double alpha; /* tes: level, two-sided, at which a study counts as significant; default 0.05 */
} tq_bias_options;

TQ_API tq_bias_options tq_bias_defaults(void);

enum { TQ_BIAS_WHY = 160 };

/** Result of one test; NaN where the test has no such number. */
typedef struct {
    tq_bias_test test;
    tq_bias_predictor predictor; /* that it used; TQ_PREDICTOR_COUNT: none of the list */
    size_t k;                    /* studies that took part */
    double est, se; /* slope on the predictor; pet, peese, waap: the effect; skew: skewness */
    double stat, df, pval;     /* df NaN: standard normal, or an exact distribution */
    double tau;                /* Kendall's tau */
    int exact;                 /* 1: pval comes from the exact distribution of ranks or of counts */
    double observed, expected; /* tes: significant studies */
    double limit, limit_lb, limit_ub; /* effect at a predictor of 0: of a study without error */
    char why[TQ_BIAS_WHY];            /* why it could not be done; empty: it was */
} tq_bias_result;

/** Plain data; the array belongs to the struct (tq_bias_free). */
typedef struct {
    size_t k, n;
    tq_bias_result *result; /* [n] in the order asked for */
    double level;           /* of the limits, percent */
    int chosen;             /* 1: the tests were chosen by the measure */
    const char *advice;     /* what suits the measure and why, static text */
} tq_bias;

enum { TQ_BIAS_FEW = 10 }; /* fewer studies give these tests hardly any power */

/**
 * Tests of small-study effects.
 *
 * Regressions: the slope of the effect on a measure of size, by least squares with weights and an
 * error variance of its own (t, k - p - 1 df), or as a moderator of the model that opt describes (the
 * tests with -rma, thompson and ruecker-thompson). Where the predictor vanishes for a study without
 * error and there are no moderators, its intercept is the limit estimate. With moderators egger-lm,
 * egger-rma, thompson, macaskill and pustejovsky have them in the regression; the other tests know none.
 * Rank tests: Kendall's tau-b, p exact where there are no ties (up to 1000 studies), else normal without a
 * continuity correction. Excess significance: power at the pooled effect of opt's model, its
 * heterogeneity included. waap pools, by unrestricted weighted least squares, the studies with 80% power
 * to find the mean of all (result.k of them), or all where fewer than two have it. pet-peese takes peese where pet rejects no effect at 10%, two-sided.
 *
 * A test that these studies do not allow says so in `why`.
 *
 * @param[in]  opt   Of the model; NULL: the defaults.
 * @param[in]  bias  NULL: the defaults.
 * @param[out] out   To be freed with tq_bias_free(); untouched on failure.
 * @retval TQ_EINVAL  An unknown test or predictor, alpha outside (0, 1), or options that tq_pool_fit()
 *                    refuses.
 * @retval TQ_EDATA   A yi or vi outside its range.
 * @retval TQ_ENOMEM
 * Source: the papers in the table; Sterne et al. (2011), BMJ 343:d4002, on which to use.
 */
TQ_API tq_status tq_bias_run(const tq_bias_studies *studies, const tq_pool_options *opt,
                             const tq_bias_options *bias, tq_bias **out, tq_error *err);
TQ_API void tq_bias_free(tq_bias *bias);

#endif
