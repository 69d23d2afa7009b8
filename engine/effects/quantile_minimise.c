/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Minimisers of one and two variables for the fits to quantiles, on GSL. */
#include <float.h>
#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_multimin.h>

#include "effects/quantile_internal.h"

/* The grid is to tell apart two minima, should there be two. */
enum { GRID = 40, BRENT_STEPS = 200, SIMPLEX_STEPS = 2000, STALLED = 100 };

typedef struct {
    minimise_fn *f;
    void *context;
} target;

/* GSL rejects values that are not finite. */
static double finite(double f)
{
    return f < DBL_MAX ? f : DBL_MAX;
}

static double on_line(double x, void *p)
{
    const target *t = p;

    return finite(t->f(&x, t->context));
}

static double on_plane(const gsl_vector *v, void *p)
{
    const target *t = p;
    const double x[2] = {gsl_vector_get(v, 0), gsl_vector_get(v, 1)};

    return finite(t->f(x, t->context));
}

static tq_status brent(target *t, double lo, double hi, double *x, double *fx, tq_error *err)
{
    gsl_function f = {on_line, t};
    gsl_min_fminimizer *m = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);

    if (!m) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    /* A grid point as low as its neighbours is not a bracket for GSL, and low enough as it is. */
    if (gsl_min_fminimizer_set(m, &f, *x, lo, hi) == GSL_SUCCESS) {
        int done = GSL_CONTINUE;

        for (int i = 0; i < BRENT_STEPS && done == GSL_CONTINUE; i++) {
            if (gsl_min_fminimizer_iterate(m) != GSL_SUCCESS) {
                break; /* the bracket is as narrow as doubles allow */
            }
            done = gsl_min_test_interval(gsl_min_fminimizer_x_lower(m),
                                         gsl_min_fminimizer_x_upper(m), 1e-10, 1e-10);
        }
        *x = gsl_min_fminimizer_x_minimum(m);
        *fx = gsl_min_fminimizer_f_minimum(m);
    }
    gsl_min_fminimizer_free(m);
    return TQ_OK;
}

tq_status minimise_line(minimise_fn *f, void *context, double lo, double hi, double *x, double *fx,
                        tq_error *err)
{
    target t = {f, context};
    const double step = (hi - lo) / GRID;
    int best = 0;

    *x = lo;
    *fx = on_line(lo, &t);
    for (int i = 1; i <= GRID; i++) {
        const double xi = i == GRID ? hi : lo + i * step, fi = on_line(xi, &t);

        if (fi < *fx) {
            best = i;
            *x = xi;
            *fx = fi;
        }
    }
    if (!(*fx < DBL_MAX)) {
        return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL, "no finite value from %g to %g", lo, hi);
    }
    if (best == 0 || best == GRID || !(step > 0.0)) {
        return TQ_OK;
    }
    return brent(&t, *x - step, best + 1 == GRID ? hi : *x + step, x, fx, err);
}

/*
 * One descent, until the simplex is a millionth of what it began with, or stalls: near a minimum that
 * is not 0 rounding hides all differences once the simplex is about sqrt(DBL_EPSILON) wide.
 */
static tq_status descend(gsl_multimin_fminimizer *m, target *t, double *x, const double *step,
                         double *fx)
{
    gsl_multimin_function f = {on_plane, 2, t};
    double sides[2] = {step[0], step[1]};
    gsl_vector_view start = gsl_vector_view_array(x, 2), side = gsl_vector_view_array(sides, 2);
    const double small = 1e-6 * fmin(step[0], step[1]);
    double before = INFINITY; /* GSL knows no minimum before its first step */
    int stalled = 0;

    if (gsl_multimin_fminimizer_set(m, &f, &start.vector, &side.vector) != GSL_SUCCESS) {
        return TQ_ENOCONV;
    }
    for (int i = 0; i < SIMPLEX_STEPS; i++) {
        const int failed = gsl_multimin_fminimizer_iterate(m) != GSL_SUCCESS;

        *fx = gsl_multimin_fminimizer_minimum(m);
        stalled = *fx < before ? 0 : stalled + 1;
        before = *fx;
        if (failed || stalled >= STALLED || gsl_multimin_fminimizer_size(m) <= small) {
            x[0] = gsl_vector_get(gsl_multimin_fminimizer_x(m), 0);
            x[1] = gsl_vector_get(gsl_multimin_fminimizer_x(m), 1);
            return !failed && *fx < DBL_MAX ? TQ_OK : TQ_ENOCONV;
        }
    }
    return TQ_ENOCONV;
}

tq_status minimise_plane(minimise_fn *f, void *context, double *x, const double *step, double *fx,
                         tq_error *err)
{
    target t = {f, context};
    gsl_multimin_fminimizer *m =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);

    if (!m) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_status status = descend(m, &t, x, step, fx);

    if (status == TQ_OK) { /* a second simplex undoes what a degenerate first one missed */
        status = descend(m, &t, x, step, fx);
    }
    gsl_multimin_fminimizer_free(m);
    return status == TQ_OK
               ? TQ_OK
               : tq_fail(err, status, TQ_NO_ROW, NULL, "the simplex did not converge in %d steps",
                         (int)SIMPLEX_STEPS);
}
