/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Granularity of means and SDs of whole numbers. */
#include "frame/grim.h"

#include <math.h>

/* Half a unit of the last decimal, and a little for the rounding of decimal fractions to doubles. */
static double half_unit(int decimals)
{
    return 0.5 * pow(10.0, -decimals);
}

static int usable(double mean, int decimals, double n, double items)
{
    return isfinite(mean) && decimals >= 0 && decimals <= 15 && n >= 1.0 && isfinite(n) &&
           floor(n) == n && items >= 1.0 && isfinite(items) && floor(items) == items;
}

/* The whole numbers T with |T / N - mean| <= half: from *lo to *hi, none when *lo > *hi. */
static void possible_sums(double mean, double half, double N, double *lo, double *hi)
{
    const double slack = 1e-9 * (1.0 + fabs(mean)) * N; /* 1e-9 << 1e-d / 2 for d <= 8 */

    *lo = ceil((mean - half) * N - slack);
    *hi = floor((mean + half) * N + slack);
}

tq_grim tq_grim_mean(double mean, int decimals, double n, double items)
{
    double lo, hi;

    if (!usable(mean, decimals, n, items) || n * items >= pow(10.0, decimals)) {
        return TQ_GRIM_UNTESTABLE;
    }
    possible_sums(mean, half_unit(decimals), n * items, &lo, &hi);
    return lo <= hi ? TQ_GRIM_POSSIBLE : TQ_GRIM_IMPOSSIBLE;
}

/* Is there a whole number of this parity in [lo, hi]? */
static int holds_parity(double lo, double hi, int odd)
{
    const double first = ceil(lo), shift = fmod(first, 2.0) == (double)odd ? 0.0 : 1.0;

    return first + shift <= hi;
}

/*
 * A person's sum of answers s_i is whole; T = sum s_i and the SD of s_i is items * sd, so
 *
 *     sum s_i^2 = (n - 1) (items sd)^2 + T^2 / n.
 */
tq_grim tq_grim_sd(double mean, int decimals, double sd, int sd_decimals, double n, double items)
{
    double first, last;

    if (!usable(mean, decimals, n, items) || !(sd >= 0.0 && isfinite(sd)) || sd_decimals < 0 ||
        sd_decimals > 15 || n < 2.0) {
        return TQ_GRIM_UNTESTABLE;
    }
    possible_sums(mean, half_unit(decimals), n * items, &first, &last);
    if (last - first >= 1000.0) {
        return TQ_GRIM_UNTESTABLE;
    }
    const double half = half_unit(sd_decimals), least = items * fmax(0.0, sd - half);
    const double most = items * (sd + half);

    for (double T = first; T <= last; T++) {
        const double square = T * T / n, slack = 1e-9 * (1.0 + square + n * most * most);

        if (holds_parity((n - 1.0) * least * least + square - slack,
                         (n - 1.0) * most * most + square + slack, fmod(fabs(T), 2.0) == 1.0)) {
            return TQ_GRIM_POSSIBLE;
        }
    }
    return TQ_GRIM_IMPOSSIBLE;
}

double tq_grim_other_n(double mean, int decimals, double n, double items)
{
    for (double m = n - 1.0; m >= 0.75 * n && m >= 1.0; m--) {
        if (tq_grim_mean(mean, decimals, m, items) == TQ_GRIM_POSSIBLE) {
            return m;
        }
    }
    return 0.0;
}

double tq_sd_limit(double mean, double lo, double hi, double n)
{
    if (!(lo <= mean && mean <= hi && n >= 2.0)) {
        return (double)NAN;
    }
    return sqrt((mean - lo) * (hi - mean) * n / (n - 1.0));
}
