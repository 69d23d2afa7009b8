/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file trim_fill.h  Trim and fill: how many studies a lopsided funnel lacks, and where. */
#ifndef TQ_BIAS_TRIM_FILL_H
#define TQ_BIAS_TRIM_FILL_H

#include "pooling/pool.h"

typedef enum { TQ_FILL_L0, TQ_FILL_R0, TQ_FILL_Q0, TQ_FILL_COUNT } tq_fill_estimator;
/** The side on which studies are missing. */
typedef enum { TQ_SIDE_LEFT, TQ_SIDE_RIGHT, TQ_SIDE_AUTO, TQ_SIDE_COUNT } tq_fill_side;

/** Names as on the command line ("L0", "left"); NULL outside the range. */
TQ_API const char *tq_fill_estimator_name(tq_fill_estimator estimator);
TQ_API const char *tq_fill_side_name(tq_fill_side side);

/** Start from tq_trim_fill_defaults() and change fields. */
typedef struct {
    tq_fill_estimator estimator; /* default TQ_FILL_L0 */
    tq_fill_side side;           /* default TQ_SIDE_AUTO */
    tq_method trim_method;       /* pools while trimming; default TQ_METHOD_COUNT: the model's */
    int max_iter;                /* rounds of trimming; default 100 */
} tq_trim_fill_options;

TQ_API tq_trim_fill_options tq_trim_fill_defaults(void);

/** Plain data; the arrays belong to the struct (tq_trim_fill_free). */
typedef struct {
    tq_fill_estimator estimator;
    tq_method trim_method; /* that pooled while trimming */
    tq_fill_side side;     /* left or right */
    int side_found;        /* 1: by the slope of the effects on their standard errors */
    size_t k;              /* observed studies */
    size_t k0;             /* studies that are filled in */
    double estimate;       /* of k0 before it was rounded; may be below 0 */
    double se_k0;          /* NaN where the formula has none */
    double pval;           /* R0: P(R0 >= k0) if nothing is missing, a test of k0 = 0; else NaN */
    double centre; /* pooled effect of the trimmed studies, around which the others are mirrored */
    double *yi, *vi;        /* [k0] */
    size_t *mirror_of;      /* [k0] the study whose mirror image it is */
    tq_prediction observed; /* pooled effect of the observed studies */
} tq_trim_fill;

/**
 * Trim and fill: Duval & Tweedie (2000), J. Am. Stat. Assoc. 95:89-98 and Biometrics 56:455-463. The k0
 * most extreme effects of one side are taken off and the rest pooled, by turns until k0 stays; then each
 * of the k0 gets a mirror image on the other side of that pooled effect. k0 comes from the ranks of the
 * distances, by L0, R0 or Q0, rounded (halves to even) and not below 0.
 *
 * Trimming by EE and pooling by a random-effects method hold small studies apart from heterogeneity
 * (Peters et al. (2007), Stat. Med. 26:4544-4562, "fixed-random"); R package meta does so, metafor
 * takes one model for both.
 *
 * The side, unless given, is where the small studies are not: right for a negative slope on the
 * standard error in a meta-regression by the method that trims.
 *
 * @param[in]  model  Without moderators and counts.
 * @param[in]  opt    Of the model; its method and weights count. NULL: the defaults.
 * @param[in]  fill   NULL: the defaults.
 * @param[out] out    To be freed with tq_trim_fill_free(); untouched on failure.
 * @retval TQ_EINVAL  As tq_pool_fit(); a model with moderators; a method that pools counts, or trims by
 *                    them; an option outside
 *                    its range.
 * @retval TQ_EDATA   As tq_pool_fit(); the side cannot be found (fewer than three studies, or the
 *                    standard errors are all equal); Q0 does not exist.
 * @retval TQ_ENOCONV k0 did not come to rest, or the fit did not converge.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_trim_fill_find(const tq_model *model, const tq_pool_options *opt,
                                   const tq_trim_fill_options *fill, tq_trim_fill **out,
                                   tq_error *err);
TQ_API void tq_trim_fill_free(tq_trim_fill *fill);

#endif
