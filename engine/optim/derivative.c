/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradient and Hessian by Richardson extrapolation of central differences. */
#include "optim/derivative.h"

#include <math.h>

enum { LEVELS = 10 }; /* halvings, at most: the last step is 1/512 of the first */

/* Differences at one step: of first order, second order, or mixed where j differs from i. */
typedef struct {
    tq_smooth_fn f;
    void *context;
    double *x;
    double fx;
    size_t i, j;
    double hi, hj; /* first steps */
} difference;

typedef double difference_fn(const difference *d, double fraction);

static double moved(const difference *d, double di, double dj)
{
    const double xi = d->x[d->i], xj = d->x[d->j];

    d->x[d->i] += di;
    d->x[d->j] += dj;
    const double value = d->f(d->x, NULL, d->context);

    d->x[d->j] = xj;
    d->x[d->i] = xi;
    return value;
}

static double slope(const difference *d, double fraction)
{
    const double h = fraction * d->hi;

    return (moved(d, h, 0.0) - moved(d, -h, 0.0)) / (2.0 * h);
}

static double curvature(const difference *d, double fraction)
{
    const double h = fraction * d->hi;

    return ((moved(d, h, 0.0) - d->fx) + (moved(d, -h, 0.0) - d->fx)) / (h * h);
}

static double mixed(const difference *d, double fraction)
{
    const double h = fraction * d->hi, l = fraction * d->hj;

    return ((moved(d, h, l) - moved(d, h, -l)) - (moved(d, -h, l) - moved(d, -h, -l))) /
           (4.0 * h * l);
}

/*
 * Neville's tableau in the squared step, of which the error is a power series. The entry whose
 * neighbours differ least is the answer: truncation falls and rounding grows down the tableau.
 */
static double extrapolate(difference_fn *at, const difference *d, double *error)
{
    double row[LEVELS], value = NAN, fraction = 1.0;
    size_t used = 0;

    *error = INFINITY;
    for (int level = 0; level < LEVELS; level++, fraction *= 0.5) {
        double next = at(d, fraction), power = 4.0;

        if (!isfinite(next)) {
            used = 0; /* the step left the domain: begin again with a smaller one */
            continue;
        }
        if (used == 0 && isnan(value)) {
            value = next;
        }
        for (size_t m = 0; m < used; m++, power *= 4.0) {
            const double better = next + (next - row[m]) / (power - 1.0);
            const double doubt = fmax(fabs(better - next), fabs(better - row[m]));

            if (doubt < *error) {
                *error = doubt;
                value = better;
            }
            row[m] = next;
            next = better;
        }
        if (used > 1 && fabs(next - value) > 2.0 * *error) {
            break; /* rounding has taken over */
        }
        row[used++] = next;
    }
    return value;
}

static double first_step(const double *x, const double *scale, size_t i)
{
    return 0.1 * fmax(fabs(x[i]), scale ? scale[i] : 1.0);
}

static tq_status missing(size_t i, tq_error *err)
{
    return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                   "the function has no derivative in variable %zu at this point", i + 1);
}

tq_status tq_gradient(size_t n, tq_smooth_fn f, void *context, const double *scale, double *x,
                      double *g, double *error, tq_error *err)
{
    double worst = 0.0;

    for (size_t i = 0; i < n; i++) {
        const difference d = {f, context, x, 0.0, i, i, first_step(x, scale, i), 0.0};
        double doubt;

        g[i] = extrapolate(slope, &d, &doubt);
        if (!isfinite(g[i])) {
            return missing(i, err);
        }
        worst = fmax(worst, doubt);
    }
    if (error) {
        *error = worst;
    }
    return TQ_OK;
}

tq_status tq_hessian(size_t n, tq_smooth_fn f, void *context, const double *scale, double *x,
                     double *H, double *error, tq_error *err)
{
    const double fx = f(x, NULL, context);
    double worst = 0.0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            const difference d = {
                f, context, x, fx, i, j, first_step(x, scale, i), first_step(x, scale, j)};
            double doubt;
            const double value = extrapolate(i == j ? curvature : mixed, &d, &doubt);

            if (!isfinite(value)) {
                return missing(i, err);
            }
            H[i + n * j] = H[j + n * i] = value;
            worst = fmax(worst, doubt);
        }
    }
    if (error) {
        *error = worst;
    }
    return TQ_OK;
}
