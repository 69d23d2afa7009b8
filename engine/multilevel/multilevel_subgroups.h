/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multilevel_subgroups.h  A multilevel model by the levels of a factor, and the tests between them. */
#ifndef TQ_MULTILEVEL_MULTILEVEL_SUBGROUPS_H
#define TQ_MULTILEVEL_MULTILEVEL_SUBGROUPS_H

#include "moderators/subgroups.h"
#include "multilevel/fit.h"
#include "multilevel/robust.h"

/** A level; what does not exist is NaN. */
typedef struct {
    size_t k;       /* effects */
    tq_linear mean; /* with its test of 0 */
    tq_mv_fit *fit; /* separate: its own model; NULL: common, or the level has one effect */
    double QE, QE_df, QE_pval; /* against its mean, by V alone */
    double typical_vi;         /* as of a fit; NaN with one effect */
} tq_mv_level;

/** Where the effects of a level stand, for robust inference; opaque. */
typedef struct tq_mv_level_parts tq_mv_level_parts;

/** Plain data but for `parts`. */
typedef struct {
    tq_subgroup_tau2 mode;
    size_t k, n; /* effects that have a level; levels */
    tq_mv_level *level;
    tq_mv_fit *joint; /* common: the model whose coefficients are the means of the levels */
    tq_wald between;  /* NaN with fewer than two levels */
    tq_mv_level_parts *parts;
} tq_mv_subgroups;

/**
 * TQ_TAU2_SEPARATE: the model for each level alone, with components of its own; the test between weighs the
 * levels' estimates by 1/se^2 and is chi-square on levels - 1, which takes them for independent. TQ_TAU2_COMMON:
 * one model whose coefficients are the levels' means, so that effects of a study in several levels stay
 * dependent; the test between is that of the differences, as tq_mv_wald() has it.
 *
 * @param[in]  model  p and X are ignored: the mean of each level. Must outlive the result.
 * @param[in]  n      Levels, each with an effect.
 * @param[in]  of     [k] level of each effect, TQ_NO_LEVEL: it takes no part.
 * @param[in]  name   [n] for messages.
 * @param[out] out    To be freed with tq_mv_subgroups_free(); untouched on failure.
 * @retval TQ_EDATA, TQ_EINVAL, TQ_ENOCONV, TQ_EINTR as tq_mv_fit_model(); err->message names the level.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_mv_subgroups_fit(const tq_mv_model *model, const tq_mv_options *opt,
                                     tq_subgroup_tau2 mode, size_t n, const size_t *of,
                                     const char *const *name, tq_mv_subgroups **out, tq_error *err);
TQ_API void tq_mv_subgroups_free(tq_mv_subgroups *groups);

/**
 * Cluster-robust inference about the means of the levels, coefficients of one regression: clusters may have
 * effects in several levels, also where the working model takes these for independent.
 *
 * Levels of separate models have the factor and the degrees of freedom of their own clusters; one whose effects
 * all stand in one cluster has no robust standard error: NaN, and so is the test between.
 *
 * @param[in]  cluster  [k of the model] numbers of clusters; effects without a level are skipped.
 * @param[out] robust   beta[n] the means; to be freed with tq_robust_free().
 * @param[out] between  Their differences: HTZ for CR2; NaN with fewer than two levels.
 * @retval As tq_robust_fit().
 */
TQ_API tq_status tq_mv_subgroups_robust(const tq_mv_subgroups *groups, const size_t *cluster,
                                        tq_robust_type type, double level, size_t threads,
                                        tq_robust **robust, tq_wald *between, tq_error *err);

#endif
