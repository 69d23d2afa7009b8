/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file model.h  What a pooled model is fitted to, and how. */
#ifndef TQ_POOLING_MODEL_H
#define TQ_POOLING_MODEL_H

#include <stdint.h>

#include "core/status.h"
#include "counts/glmm.h"
#include "pooling/counts.h"
#include "pooling/method.h"

/**
 * Studies and design of  yi = xi' beta + ui + ei,  ui ~ N(0, tau2),  ei ~ N(0, vi),  vi known.
 * Borrowed by every function that takes it.
 */
typedef struct {
    size_t k;         /* studies, >= 1 */
    size_t p;         /* coefficients, 1 <= p; the fit needs p < k unless k = p = 1 */
    const double *yi; /* [k] effects, finite, on the analysis scale */
    const double *vi; /* [k] sampling variances, finite, > 0 */
    const double *X;  /* [k x p] column by column; NULL: the intercept alone (p = 1) */
    int intercept;    /* 1 when the first column of X is the constant 1; ignored with X = NULL */
    const tq_counts *counts; /* [k] for methods that pool counts; NULL: there are none */
} tq_model;

typedef enum {
    TQ_TEST_Z,
    TQ_TEST_T,
    TQ_TEST_KNHA,
    TQ_TEST_ADHOC,
    TQ_TEST_KR,
    TQ_TEST_HC,  /* of the method HC alone */
    TQ_TEST_PLR, /* penalised likelihood ratio: of the method FIRTH alone */
    TQ_TEST_COUNT
} tq_test;

typedef enum {
    TQ_CI_QP, /* Q-profile: Viechtbauer (2007), Stat. Med. 26:37-52 */
    TQ_CI_PL, /* profile likelihood: Hardy & Thompson (1996), Stat. Med. 15:619-629 */
    TQ_CI_BJ, /* generalised Q, weights 1/vi: Biggerstaff & Jackson (2008), Stat. Med. 27:6093-6110 */
    TQ_CI_J, /* generalised Q, weights 1/sqrt(vi): Jackson (2013), Res. Synth. Methods 4:220-229 */
    TQ_CI_NONE,
    TQ_CI_COUNT
} tq_ci_tau2;

typedef enum {
    TQ_PREDICT_DEFAULT, /* critical value and standard error of the test in use */
    TQ_PREDICT_T,       /* t with k - 1 df, standard error without Knapp-Hartung scaling */
    TQ_PREDICT_RILEY,   /* t with k - 2 df: Higgins, Thompson & Spiegelhalter (2009) */
    TQ_PREDICT_HK,      /* t with k - 1 df and the Knapp-Hartung standard error */
    TQ_PREDICT_NNF,     /* bootstrap: Nagashima, Noma & Furukawa (2019) */
    TQ_PREDICT_NONE,
    TQ_PREDICT_COUNT
} tq_predict;

/** What I2 and H2 of a model with tau2 come from. */
typedef enum {
    TQ_I2_TAU2, /* tau2 and the typical variance: Higgins & Thompson (2002), eq. 9 */
    TQ_I2_Q,    /* Q and its degrees of freedom: Higgins & Thompson (2002), eq. 6 and 10 */
    TQ_I2_COUNT
} tq_i2;

/** Variance of the Mantel-Haenszel risk difference. */
typedef enum {
    TQ_MH_SATO, /* Sato, Greenland & Robins (1989), Biometrics 45:1323-1324: also with sparse data */
    TQ_MH_GR,   /* Greenland & Robins (1985), Biometrics 41:55-68: large strata */
    TQ_MH_COUNT
} tq_mh_variance;

/** Start from tq_pool_defaults() and change fields. */
typedef struct {
    tq_method method;      /* default TQ_REML */
    tq_test test;          /* default TQ_TEST_Z */
    double level;          /* confidence level in percent, in (0, 100); default 95 */
    double tau2;           /* fixed value >= 0; NaN (default): estimate */
    int weighted;          /* default 1; 0: every study weighs the same */
    const double *weights; /* [k] user weights >= 0, not all 0; NULL (default): inverse variance.
                              Of the method QE: quality scores in [0, 1] */
    tq_ci_tau2 ci_tau2;    /* default TQ_CI_QP */
    tq_i2 i2;              /* default TQ_I2_TAU2; methods that pool counts have their own */
    tq_predict predict;    /* default TQ_PREDICT_DEFAULT */
    double tol;            /* stop at |step| <= tol * (tau2 + typical vi); default 1e-10 */
    int max_iter;          /* steps of one root search; default 1000 */
    int correct;           /* MH: continuity correction of the CMH test; default 1 */
    tq_mh_variance mh_variance; /* MH of risk differences; default TQ_MH_SATO */
    tq_glmm_model glmm_model;   /* GLMM of two groups; default TQ_GLMM_UM_FS */
    size_t nagq; /* GLMM: points of quadrature per random effect; 0 (default): the model's own */
    int separate_rho; /* BB: a correlation for each group; default 0: one for both */
    uint64_t seed;    /* of the bootstrap prediction interval; default 1 */
    size_t resamples; /* of the bootstrap prediction interval; default 25000 */
} tq_pool_options;

TQ_API tq_pool_options tq_pool_defaults(void);

/** The test that belongs to a method: what to use where none is asked for. */
TQ_API tq_test tq_method_test(tq_method method);

/** Names as on the command line ("knha", "QP", "riley"); NULL outside the range. */
TQ_API const char *tq_test_name(tq_test test);
TQ_API const char *tq_ci_tau2_name(tq_ci_tau2 ci);
TQ_API const char *tq_predict_name(tq_predict predict);
TQ_API const char *tq_i2_name(tq_i2 i2);
TQ_API const char *tq_mh_variance_name(tq_mh_variance variance);
/** For reports: "Knapp-Hartung", "Q-profile", "t with k - 2 df". */
TQ_API const char *tq_test_label(tq_test test);
/** The letter of the statistic: "z", "t"; "U" of Henmi & Copas. */
TQ_API const char *tq_test_statistic(tq_test test);
TQ_API const char *tq_ci_tau2_label(tq_ci_tau2 ci);
TQ_API const char *tq_predict_label(tq_predict predict);
/** Where the variance of a Mantel-Haenszel estimate comes from; variance matters on the scale of risk
    differences alone. NULL outside the ranges. */
TQ_API const char *tq_mh_variance_label(tq_count_scale scale, tq_mh_variance variance);

#endif
