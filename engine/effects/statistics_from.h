/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file statistics_from.h  Test statistics, standard errors, SDs and effects from one another. */
#ifndef TQ_EFFECTS_STATISTICS_FROM_H
#define TQ_EFFECTS_STATISTICS_FROM_H

#include "core/api.h"

/*
 * Single formulas: each gives NaN where an argument is outside its range (stated where it is not
 * any finite number) or there is no such value. df are degrees of freedom > 0, NaN for a statistic
 * that is normal; level is in percent, in (0, 100); sizes are > 0. Sections are those of the
 * Cochrane Handbook for Systematic Reviews of Interventions, version 6.
 */

/** |t| (|z| for df NaN) that has the two-sided p, in (0, 1]; section 6.5.2.3. */
TQ_API double tq_t_from_p(double p, double df);
/** t from F with 1 and df degrees of freedom, F >= 0; the sign is that of `sign`. */
TQ_API double tq_t_from_f(double f, double sign);
/** The chi-square with 1 degree of freedom that has the p, in (0, 1]. */
TQ_API double tq_chisq1_from_p(double p);

/** (ub - lb) / (2 c), c the critical value of the level; lb <= ub; section 6.3.1. Limits of ratios
    go in as logarithms. */
TQ_API double tq_se_from_ci(double lb, double ub, double level, double df);
/** |limit - estimate| / c, from one limit alone. */
TQ_API double tq_se_from_limit(double estimate, double limit, double level, double df);
/** estimate/t, without sign; NaN for an estimate or t of 0; section 6.5.2.3. */
TQ_API double tq_se_from_t(double estimate, double t);
/** From the two-sided p of the estimate, in (0, 1); NaN for estimate 0 or p = 1; section 6.3.2. */
TQ_API double tq_se_from_p(double estimate, double p, double df);

/** se sqrt(n), of one mean; se >= 0; section 6.5.2.2. */
TQ_API double tq_sd_from_se(double se, double n);
/** From the limits of one mean, by t with n - 1 degrees of freedom; n > 1; section 6.5.2.2. */
TQ_API double tq_sd_from_ci(double lb, double ub, double level, double n);
/** SD within two groups from the se of the difference of their means; section 6.5.2.3. */
TQ_API double tq_sd_from_se_difference(double se, double n1, double n2);

/**
 * SD of the change between two measurements, and the correlation that three SDs imply; sds >= 0, r
 * in -1..1; the correlation is NaN for an sd of 0, and may be outside -1..1 where the SDs contradict
 * each other. Section 6.5.2.8.
 */
TQ_API double tq_sd_of_change(double sd1, double sd2, double r);
TQ_API double tq_r_from_sds(double sd1, double sd2, double sd_change);

/** d, the difference of two means in SDs within, from their t with n1 + n2 - 2 df, and back:
    t = d / sqrt(1/n1 + 1/n2). Rosenthal (1994), in Cooper & Hedges, Handbook of Research Synthesis. */
TQ_API double tq_d_from_t(double t, double n1, double n2);
TQ_API double tq_t_from_d(double d, double n1, double n2);

/** r from its t with df = n - 2, t / sqrt(t^2 + df), and back; |r| < 1 for t. */
TQ_API double tq_r_from_t(double t, double df);
TQ_API double tq_t_from_r(double r, double df);

/** The point-biserial r of d, exact for the sample: d / sqrt(d^2 + h) with
    h = (n1 + n2 - 2)(1/n1 + 1/n2), which is 4 for large equal groups; and back, |r| < 1; n1 + n2 > 2.
    Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, p. 77. */
TQ_API double tq_r_from_d(double d, double n1, double n2);
TQ_API double tq_d_from_r(double r, double n1, double n2);

/** d = sqrt(3)/pi times the log odds ratio, and back; the same factor takes the standard error.
    Hasselblad & Hedges (1995), Psychol. Bull. 117:167-178; Chinn (2000), Stat. Med. 19:3127-3131. */
TQ_API double tq_d_from_log_odds_ratio(double log_odds_ratio);
TQ_API double tq_log_odds_ratio_from_d(double d);

#endif
