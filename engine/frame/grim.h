/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file grim.h  Can a printed mean and SD come from whole-number answers of n people? */
#ifndef TQ_FRAME_GRIM_H
#define TQ_FRAME_GRIM_H

#include "core/api.h"

typedef enum {
    TQ_GRIM_POSSIBLE,
    TQ_GRIM_IMPOSSIBLE,
    TQ_GRIM_UNTESTABLE /* so many people, or so few decimals, that nearly every figure is possible */
} tq_grim;

/**
 * GRIM: is there a whole number T with T / (n items) = mean, rounded to so many decimals?
 *
 * @param[in] mean      As printed, rounded to `decimals` (0 to 15); a half may have gone up or down.
 * @param[in] n         People, >= 1, a whole number.
 * @param[in] items     Whole-number answers that are averaged per person; 1 for a sum score.
 * @retval TQ_GRIM_UNTESTABLE  n items >= 10^decimals: the possible means lie no wider than the
 *                             rounding; also an argument that is not finite or not whole.
 *
 * Source: Brown & Heathers (2017), Soc. Psychol. Personal. Sci. 8:363-369.
 */
TQ_API tq_grim tq_grim_mean(double mean, int decimals, double n, double items);

/**
 * GRIMMER: given a mean that is possible, is there a whole-number sum of squares that gives the SD,
 * rounded, with the parity of the sum (x^2 and x are both odd or both even)?
 *
 * @param[in] sd  SD with n - 1, as printed, rounded to `sd_decimals`.
 * @retval TQ_GRIM_IMPOSSIBLE  No sum that rounds to the mean has such a sum of squares.
 * @retval TQ_GRIM_UNTESTABLE  n < 2, more than 1000 sums round to the mean, or as above.
 *
 * Source: Anaya (2016), PeerJ Preprints 4:e2400v1; in closed form Allard (2018), "Analytic-GRIMMER".
 */
TQ_API tq_grim tq_grim_sd(double mean, int decimals, double sd, int sd_decimals, double n,
                          double items);

/** The largest number of people below n, but not below 3/4 of it, for whom the mean is possible; 0
    when there is none. */
TQ_API double tq_grim_other_n(double mean, int decimals, double n, double items);

/**
 * The largest SD (with n - 1) that a mean allows on a scale from lo to hi, when everyone answers at
 * one of its ends: sqrt((mean - lo) (hi - mean) n / (n - 1)). NaN for a mean outside or n < 2.
 * Source: Bhatia & Davis (2000), Am. Math. Mon. 107:353-357.
 */
TQ_API double tq_sd_limit(double mean, double lo, double hi, double n);

#endif
