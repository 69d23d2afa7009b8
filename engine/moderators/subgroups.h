/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file subgroups.h  Pooling by the levels of a factor, and the test between them. */
#ifndef TQ_MODERATORS_SUBGROUPS_H
#define TQ_MODERATORS_SUBGROUPS_H

#include "pooling/pool.h"

typedef enum { TQ_TAU2_SEPARATE, TQ_TAU2_COMMON } tq_subgroup_tau2;

typedef struct {
    const char *name; /* level, borrowed from the caller's labels */
    size_t k;
    tq_pool *fit; /* p = 1; owned. Under a common tau2 its heterogeneity uses that tau2 */
} tq_subgroup_level;

/** One grouping of the studies. Levels are in byte order of their names. */
typedef struct {
    const char *by; /* name of the grouping, borrowed */
    tq_subgroup_tau2 mode;
    size_t n; /* levels */
    tq_subgroup_level *level;
    size_t *of;                /* [k] level of each study, or TQ_NO_LEVEL where its label is NULL */
    double tau2;               /* the common tau2; NaN when separate */
    double QB, QB_df, QB_pval; /* between levels; NaN with fewer than two */
    double QB_df2;             /* > 0: QB is an F statistic with these denominator df; else NaN */
    double QW, QW_df, QW_pval; /* within levels: the sum of their Q; of GLMM, of their likelihood
                                  ratios; NaN: the method has none */
} tq_subgroups;
#define TQ_NO_LEVEL ((size_t)-1)

/**
 * Pool the studies of each level.
 *
 * TQ_TAU2_SEPARATE: a fit of its own for each level; QB weighs the levels' estimates by 1/se^2 and
 * is chi-square on levels - 1. TQ_TAU2_COMMON: tau2 is estimated once, in the model with the
 * factor; QB is that model's test of the factor.
 * A method that pools counts and has no tau2 (MH, PETO) has separate levels alone. A level whose
 * counts give no estimate takes no part in QB and QW. A level of one study gets the k = 1 answer (separate) or the common tau2.
 *
 * @param[in]  label  [k] level of each study; NULL leaves the study out of the block.
 * @param[out] out    From malloc, to be freed with tq_subgroups_free; untouched on failure.
 * @retval TQ_EDATA, TQ_EINVAL, TQ_ENOCONV as tq_pool_fit(); err->message names the level. TQ_EINVAL
 *         also for a common tau2 of a method without.
 */
TQ_API tq_status tq_subgroups_fit(const tq_model *model, const tq_pool_options *opt, const char *by,
                                  const char *const *label, tq_subgroup_tau2 mode,
                                  tq_subgroups **out, tq_error *err);
/** A grouping with its levels alone, nothing fitted: `fit` of each level is NULL, the tests are NaN. NULL where
    memory is short. */
TQ_API tq_subgroups *tq_subgroups_new(size_t k, const char *by, const char *const *label,
                                      tq_subgroup_tau2 mode);
TQ_API void tq_subgroups_free(tq_subgroups *groups);

#endif
