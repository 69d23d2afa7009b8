/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file effects_of_rows.h  True effects, residuals, effects of levels; fits without some of the rows. */
#ifndef TQ_MULTILEVEL_EFFECTS_OF_ROWS_H
#define TQ_MULTILEVEL_EFFECTS_OF_ROWS_H

#include "multilevel/fit.h"

/** A row under the model. */
typedef struct {
    double fitted;   /* x'beta */
    double resid;    /* yi - fitted */
    double resid_se; /* of resid: sqrt((M - X vb X')_ii) */
    double z;        /* resid / resid_se; NaN where the row determines a coefficient alone */
    double hat;      /* leverage: (X vb X' M^-1)_ii */
    double true_effect, true_se; /* x'beta + u: best linear unbiased prediction */
} tq_mv_row;

/**
 * With e = y - X beta and P = M^-1 - M^-1 X vb X' M^-1, the true effects y - e are predicted by y - V M^-1 e,
 * with covariance V - V P V of the error: Robinson (1991), Stat. Sci. 6:15-32, eq. 1.2.
 * @param[out] out  [k]
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_mv_rows(const tq_mv_fit *fit, tq_mv_row *out, tq_error *err);

/**
 * Predicted effects u[n_groups] of the levels of a term of intercepts, and the standard errors se of u - their
 * prediction; mean_se, unless it is NULL: of the first coefficient + u, where that is an intercept and the
 * only one, else NaN. @retval TQ_EINVAL  The term is another, or has known correlations and more than 5000 effects are connected. @retval TQ_ENOMEM
 */
TQ_API tq_status tq_mv_levels(const tq_mv_fit *fit, size_t term, double *u, double *se,
                              double *mean_se, tq_error *err);

/** What leaving out a cluster does. */
typedef struct {
    size_t k;             /* rows of the cluster */
    const char *why_none; /* why the others cannot be fitted, static text; NULL: they were */
    double cook;          /* (b - b_del)' vb^-1 (b - b_del) */
    const double *beta,
        *dfbs; /* [p] b_del; (b - b_del) / the standard error of b in the fit without it */
    const double *component; /* [n_components] */
    double QE;
} tq_mv_influence_row;

/** Plain data; all of it is freed at once. */
typedef struct {
    size_t n; /* clusters */
    tq_mv_influence_row *row;
    double *room;
} tq_mv_influence;

/**
 * Fit the model again without each cluster in turn, on several threads.
 * @param[in] cluster  [k] 0 .. n - 1
 * @param[in] opt      As the fit was made; its progress counts clusters.
 * @param[out] out     To be freed with tq_mv_influence_free().
 * @retval TQ_EDATA  One cluster: nothing is left without it. @retval TQ_ENOMEM, TQ_EINTR
 */
TQ_API tq_status tq_mv_influence_of(const tq_mv_fit *fit, const tq_mv_options *opt, size_t n,
                                    const size_t *cluster, tq_mv_influence **out, tq_error *err);
TQ_API void tq_mv_influence_free(tq_mv_influence *influence);

#endif
