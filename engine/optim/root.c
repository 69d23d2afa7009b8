/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Safeguarded Newton. Written here, not taken from GSL, because GSL's solvers allocate their state
 * and this one runs inside loops over millions of fits.
 */
#include "optim/root.h"

#include <math.h>

/* The middle of a bracket: geometric where both ends are positive and decades apart. */
static double middle(double lo, double hi)
{
    return lo > 0.0 && hi > 100.0 * lo ? sqrt(lo) * sqrt(hi) : lo + 0.5 * (hi - lo);
}

/* Where the chord crosses 0, or the middle when the ends are not finite. */
static double chord(double lo, double f_lo, double hi, double f_hi)
{
    const double x = lo - f_lo * ((hi - lo) / (f_hi - f_lo));

    return x > lo && x < hi ? x : middle(lo, hi);
}

tq_status tq_root_find(tq_root_fn f, void *context, double lo, double f_lo, double hi, double f_hi,
                       const tq_root_options *opt, double *root, int *iter)
{
    double x = chord(lo, f_lo, hi, f_hi), last = hi - lo;
    double x_before = lo, f_before = f_lo;
    int n = 0;

    if (f_lo == 0.0 || f_hi == 0.0) {
        *root = f_lo == 0.0 ? lo : hi;
        if (iter) {
            *iter = 0;
        }
        return TQ_OK;
    }
    while (n < opt->max_iter) {
        double slope = NAN;
        const double fx = f(x, &slope, context);

        n++;
        if (isnan(fx)) {
            return TQ_ENOCONV;
        }
        if ((fx > 0.0) == (f_lo > 0.0) && fx != 0.0) {
            lo = x;
        } else {
            hi = x;
        }
        if (isnan(slope)) { /* secant */
            slope = (fx - f_before) / (x - x_before);
        }
        x_before = x;
        f_before = fx;
        const double width = opt->tol * (fabs(x) + opt->scale);
        const double step = fx / slope;
        const double next = x - step;
        /* An infinite fx fails this test; an infinite slope would pass with a step of 0. */
        const int newton =
            isfinite(slope) && next >= lo && next <= hi && fabs(step) <= 0.5 * fabs(last);

        if (fx == 0.0 || (newton && fabs(step) <= width) || hi - lo <= width) {
            *root = newton ? next : fx == 0.0 ? x : middle(lo, hi);
            if (iter) {
                *iter = n;
            }
            return TQ_OK;
        }
        last = newton ? step : hi - lo;
        x = newton ? next : middle(lo, hi);
    }
    return TQ_ENOCONV;
}
