/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BFGS. Written here, not taken from GSL: gsl_multimin allocates its state, stops where its line
 * search sees no change of f (at half the digits of x), and has no word for failure but that.
 */
#include "optim/minimise.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double ARMIJO = 1e-4, WOLFE = 0.9; /* Nocedal & Wright (2006), p. 62 */
static const double NOISE = 1e-13;              /* relative changes of f that mean nothing */

/* One search: the point x with f and g there, the direction d, the trial point t with its gradient. */
typedef struct {
    size_t n;
    tq_smooth_fn f;
    void *context;
    const tq_minimise_options *opt;
    double *x, *g, *d, *t, *gt, *y; /* [n] */
    double *H;                      /* [n x n] estimate of the inverse Hessian */
    double fx, ft;
    int evaluations;
} search;

tq_minimise_options tq_minimise_defaults(void)
{
    return (tq_minimise_options){.tol = 1e-10, .max_iter = 500, .numeric = 0, .scale = NULL};
}

static double scale_of(const search *s, size_t i)
{
    return s->opt->scale ? s->opt->scale[i] : 1.0;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static double value_at(search *s, const double *x, double *g)
{
    s->evaluations++;
    return s->f(x, g, s->context);
}

/*
 * Differences over four points, error f^(5) h^4 / 30: with h = eps^(1/5) that and rounding are
 * both about 1e-12 of the scale.
 */
static void differences(search *s, double *x, double *g)
{
    const double step = pow(DBL_EPSILON, 0.2);

    for (size_t i = 0; i < s->n; i++) {
        const double xi = x[i], h = step * fmax(fabs(xi), scale_of(s, i));
        double v[4];

        for (int m = 0; m < 4; m++) {
            x[i] = xi + (double)(m < 2 ? m - 2 : m - 1) * h;
            v[m] = value_at(s, x, NULL);
        }
        x[i] = xi;
        g[i] = ((v[0] - v[3]) + 8.0 * (v[2] - v[1])) / (12.0 * h);
    }
}

static int all_finite(size_t n, const double *g)
{
    size_t i = 0;

    while (i < n && isfinite(g[i])) {
        i++;
    }
    return i == n;
}

static void reset(search *s)
{
    const double norm = sqrt(dot(s->n, s->g, s->g));

    memset(s->H, 0, s->n * s->n * sizeof *s->H);
    for (size_t i = 0; i < s->n; i++) { /* a first step of 0.1 of the scale, at most */
        s->H[i + s->n * i] = norm > 0.0 ? fmin(1.0, 0.1 * scale_of(s, i) / norm) : 1.0;
    }
}

/* d = -H g; the slope of f along d. */
static double direction(search *s)
{
    for (size_t i = 0; i < s->n; i++) {
        s->d[i] = -dot(s->n, s->H + s->n * i, s->g);
    }
    return dot(s->n, s->d, s->g);
}

/* The value at x + a d, and its gradient when the value may be accepted; the slope there. */
static double trial(search *s, double a, double ceiling)
{
    for (size_t i = 0; i < s->n; i++) {
        s->t[i] = s->x[i] + a * s->d[i];
    }
    s->ft = value_at(s, s->t, s->opt->numeric ? NULL : s->gt);
    if (!(s->ft <= ceiling)) {
        return NAN;
    }
    if (s->opt->numeric) {
        differences(s, s->t, s->gt);
    }
    return all_finite(s->n, s->gt) ? dot(s->n, s->gt, s->d) : (double)NAN;
}

/*
 * A step length with the Wolfe conditions, or, where f no longer changes beyond rounding, those of
 * Hager & Zhang on the slope alone. Bisection between a step too short and one too long. 0: none.
 */
static int line_search(search *s, double slope)
{
    const double noise = NOISE * fabs(s->fx) + DBL_MIN;
    double shorter = 0.0, longer = INFINITY, a = 1.0;

    for (int m = 0; m < 60; m++) {
        const double ceiling = fmax(s->fx + ARMIJO * a * slope, s->fx + noise);
        const double slope_t = trial(s, a, ceiling);
        const int lower = s->ft <= s->fx + ARMIJO * a * slope;

        if (isnan(slope_t) || (!lower && slope_t > -(1.0 - 2.0 * ARMIJO) * slope)) {
            longer = a;
        } else if (slope_t < WOLFE * slope) {
            shorter = a;
        } else {
            return 1;
        }
        a = isinf(longer) ? 2.0 * shorter : 0.5 * (shorter + longer);
    }
    return 0;
}

/* Move to the trial point and update H: Nocedal & Wright (2006), eq. 6.17 and 6.20. */
static void update(search *s, int first)
{
    const size_t n = s->n;
    double *const step = s->d;

    for (size_t i = 0; i < n; i++) {
        step[i] = s->t[i] - s->x[i];
        s->y[i] = s->gt[i] - s->g[i];
    }
    const double sy = dot(n, step, s->y), yy = dot(n, s->y, s->y);

    memcpy(s->x, s->t, n * sizeof *s->x);
    memcpy(s->g, s->gt, n * sizeof *s->g);
    s->fx = s->ft;
    if (!(sy > 0.0 && yy > 0.0)) {
        return;
    }
    if (first) {
        for (size_t i = 0; i < n; i++) {
            s->H[i + n * i] = sy / yy;
        }
    }
    for (size_t i = 0; i < n; i++) { /* the trial point is free: H y goes there */
        s->t[i] = dot(n, s->H + n * i, s->y);
    }
    const double factor = (1.0 + dot(n, s->y, s->t) / sy) / sy;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            s->H[i + n * j] +=
                factor * step[i] * step[j] - (s->t[i] * step[j] + step[i] * s->t[j]) / sy;
        }
    }
}

/* The step left to go is small in every variable, and so is what it would gain. */
static int arrived(const search *s, double slope)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!(fabs(s->d[i]) <= s->opt->tol * (fabs(s->x[i]) + scale_of(s, i)))) {
            return 0;
        }
    }
    return fabs(slope) <= s->opt->tol * (fabs(s->fx) + 1.0);
}

static tq_status run(search *s, int *iterations, tq_error *err)
{
    int fresh = 1; /* H is not yet an estimate of anything */

    for (*iterations = 0; *iterations < s->opt->max_iter; ++*iterations) {
        double slope = direction(s);

        if (dot(s->n, s->g, s->g) == 0.0 || (!fresh && arrived(s, slope))) {
            return TQ_OK;
        }
        if (!(slope < 0.0) || !line_search(s, slope)) {
            /* No step lowers f beyond rounding: this is the minimum, if the gain left says so. */
            if (fabs(slope) <= 10.0 * NOISE * (fabs(s->fx) + 1.0)) {
                return TQ_OK;
            }
            if (fresh) {
                return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                               "the search for the optimum found no step that improves it");
            }
            reset(s);
            fresh = 1;
            continue;
        }
        update(s, fresh);
        fresh = 0;
    }
    return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                   "the search for the optimum did not converge in %d steps", s->opt->max_iter);
}

tq_status tq_minimise(size_t n, tq_smooth_fn f, void *context, const tq_minimise_options *opt,
                      double *x, double *work, tq_minimum *out, tq_error *err)
{
    const tq_minimise_options defaults = tq_minimise_defaults();
    int iterations = 0;

    opt = opt ? opt : &defaults;
    if (n == 0 || !(opt->tol > 0.0) || opt->max_iter < 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a minimum needs a variable, a tolerance > 0 and at least 1 step");
    }
    search s = {.n = n, .f = f, .context = context, .opt = opt, .x = x};
    double **const vectors[] = {&s.g, &s.d, &s.t, &s.gt, &s.y};

    s.H = work;
    for (size_t m = 0; m < sizeof vectors / sizeof *vectors; m++) {
        *vectors[m] = work + n * n + m * n;
    }
    s.fx = value_at(&s, x, opt->numeric ? NULL : s.g);
    if (opt->numeric && isfinite(s.fx)) {
        differences(&s, x, s.g);
    }
    if (!isfinite(s.fx) || !all_finite(n, s.g)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "the function has no value or no gradient where the search starts");
    }
    reset(&s);
    const tq_status status = run(&s, &iterations, err);

    if (out) {
        *out = (tq_minimum){s.fx, iterations, s.evaluations};
    }
    return status;
}
