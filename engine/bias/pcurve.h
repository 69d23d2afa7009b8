/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file pcurve.h  The p-curve: do significant p-values cluster near 0, as those of true effects do? */
#ifndef TQ_BIAS_PCURVE_H
#define TQ_BIAS_PCURVE_H

#include "pooling/pool.h"

/** Stouffer's test of p-values of p-values; NaN where no study takes part. */
typedef struct {
    double z, pval;
} tq_pcurve_test;

enum { TQ_PCURVE_BINS = 5 };

/** What the p-curve says: see tq_pcurve_verdict_text(). */
typedef enum {
    TQ_PCURVE_NONE, /* no significant study */
    TQ_PCURVE_EVIDENCE,
    TQ_PCURVE_INADEQUATE,
    TQ_PCURVE_BOTH, /* evidence that is weaker than a power of 33% would give */
    TQ_PCURVE_INCONCLUSIVE,
    TQ_PCURVE_VERDICT_COUNT
} tq_pcurve_verdict;

/** Plain data; the arrays belong to the struct (tq_pcurve_free). */
typedef struct {
    size_t k, significant, half; /* studies; those with p < 0.05; those with p < 0.025 */
    size_t greater;              /* significant ones above no effect */
    double binomial_right;       /* p that so many lie below 0.025 if no study has an effect */
    tq_pcurve_test full_right, half_right; /* right skew: no effect in any study against some */
    double binomial_flat;                  /* p that so few do at a power of 33% */
    tq_pcurve_test full_flat, half_flat;   /* flatter than at a power of 33% */
    double power, power_lb, power_ub;      /* with 90% limits, within [0.05, 0.99] */
    tq_pcurve_verdict verdict;
    double observed[TQ_PCURVE_BINS]; /* percent of significant p in (0, 0.01], ..., (0.04, 0.05) */
    double expected[TQ_PCURVE_BINS]; /* the same at a power of 33% */
    double fitted[TQ_PCURVE_BINS];   /* the same at the estimated power */
    double *p;                       /* [k] two-sided p of each study */
    double *pp_right,
        *pp_flat; /* [k] p of p without effect, at a power of 33%; NaN: not significant */
} tq_pcurve;

/**
 * The p-curve of z = (yi - null_value) / sqrt(vi), two-sided p. Of p < 0.05, and for the half curve of p <
 * 0.025, each p is turned into the probability of one at least as small among significant ones, without an
 * effect (pp_right) and of one at least as large at a power of 33% (pp_flat); Stouffer's method combines
 * them. The power is the one under which the combined z is 0, its limits those under which it is at the 5%
 * quantiles. Evidential value: the half test of right skew has p < 0.05, or both have p < 0.1; inadequate
 * evidence: the full test of flatness has p < 0.05, or the half and the binomial one have p < 0.1.
 *
 * @param[in]  model  Without moderators and counts.
 * @param[out] out    To be freed with tq_pcurve_free(); untouched on failure.
 * @retval TQ_EINVAL  Moderators; null_value not finite.
 * @retval TQ_EDATA   A yi or vi outside its range. No significant study is a result: verdict none.
 * @retval TQ_ENOMEM
 * Sources: Simonsohn, Nelson & Simmons (2014), J. Exp. Psychol. Gen. 143:534-547 and Perspect. Psychol. Sci.
 * 9:666-681; Simonsohn, Simmons & Nelson (2015), J. Exp. Psychol. Gen. 144:1146-1152, for the half curve.
 */
TQ_API tq_status tq_pcurve_find(const tq_model *model, double null_value, tq_pcurve **out,
                                tq_error *err);
TQ_API void tq_pcurve_free(tq_pcurve *curve);

/** "evidence" and, as a sentence, what it means; NULL outside the range. */
TQ_API const char *tq_pcurve_verdict_name(tq_pcurve_verdict verdict);
TQ_API const char *tq_pcurve_verdict_text(tq_pcurve_verdict verdict);
/** In a few words: "right-skewed: evidential value". */
TQ_API const char *tq_pcurve_verdict_brief(tq_pcurve_verdict verdict);

#endif
