/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file glmm.h  Generalised linear mixed models of two-group and one-group events. */
#ifndef TQ_COUNTS_GLMM_H
#define TQ_COUNTS_GLMM_H

#include "core/status.h"
#include "counts/response.h"

/** Models of two groups (Jackson et al. 2018, Stat. Med. 37:1059-1085). One group needs no choice. */
typedef enum {
    TQ_GLMM_UM_FS, /* unconditional, a fixed intercept for each study */
    TQ_GLMM_UM_RS, /* unconditional, random study intercepts */
    TQ_GLMM_CM_EL, /* conditional on the events of both groups, exact likelihood */
    TQ_GLMM_CM_AL, /* conditional, approximate likelihood for rare events */
    TQ_GLMM_MODEL_COUNT
} tq_glmm_model;

/** Name as on the command line ("UM.FS"); NULL outside the range. */
TQ_API const char *tq_glmm_model_name(tq_glmm_model model);
/** For reports: "exact conditional likelihood". */
TQ_API const char *tq_glmm_model_label(tq_glmm_model model);

/** Distribution of the events. */
typedef enum { TQ_GLMM_BINOMIAL, TQ_GLMM_POISSON } tq_glmm_events;

/** Borrowed by the function that takes it. */
typedef struct {
    size_t k, p;                 /* studies, coefficients; p <= k */
    const tq_count_study *study; /* [k] with information: two groups have events, not all of them */
    const double *X;             /* [k x p] column by column */
    tq_glmm_events events;
    int groups;          /* 1 or 2 */
    tq_glmm_model model; /* of two groups */
    double tau2;         /* fixed value >= 0 (0: equal effects); NaN: estimate */
    size_t points;       /* of quadrature per random effect; 0: the model's default */
    double tol;          /* of the estimates, relative */
    int max_iter;
} tq_glmm_problem;

/** Points of quadrature that a model uses by default: 25, or 1 (Laplace) for UM.RS. */
TQ_API size_t tq_glmm_default_points(tq_glmm_model model, int groups);

typedef struct {
    double *beta, *vb; /* [p], [p x p] of the caller: estimates and their covariance */
    double *weight;    /* [k] of the caller: information on each study's effect at the estimates */
    double tau2, se_tau2;
    double sigma2; /* variance of random study intercepts, NaN where there are none */
    double ll;     /* all constants included */
    size_t parameters;
    double ll_equal, ll_saturated; /* tau2 = 0; an effect of its own for each study */
    double LRT, wald; /* tests of residual heterogeneity, chi-square on k - p; wald NaN where fewer
                         than p studies have a finite effect */
    int iterations;
} tq_glmm_fit;

/**
 * Maximum likelihood, the global maximum over tau2 >= 0.
 *
 *     theta_i = xi' beta + ui,  ui ~ N(0, tau2)
 *
 * is a log odds ratio, log rate ratio, logit or log rate. Study intercepts of UM.FS are profiled out
 * study by study, so that the cost is linear in k. With UM.FS and UM.RS a study's effect is split
 * evenly over its groups (+ ui/2 and - ui/2), so that exchanging the groups changes signs alone.
 *
 * @retval TQ_EINVAL   A model that the events do not have (CM.AL with rates), points out of range.
 * @retval TQ_EDATA    A singular design; estimates that are infinite (separation); events that are
 *                     not whole where the model needs them to be.
 * @retval TQ_ENOCONV  No maximum was found.
 * @retval TQ_ENOMEM
 *
 * Source: Stijnen, Hamza & Ozdemir (2010), Stat. Med. 29:3046-3067; Jackson et al. (2018), Stat. Med.
 * 37:1059-1085; van Houwelingen, Zwinderman & Stijnen (1993), Stat. Med. 12:2273-2284.
 */
TQ_API tq_status tq_glmm_maximise(const tq_glmm_problem *in, tq_glmm_fit *out, tq_error *err);

#endif
