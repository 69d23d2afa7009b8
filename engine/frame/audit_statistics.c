/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics of the checks: pure functions over arrays and numbers. */
#include <stdlib.h>

#include "core/distributions.h"
#include "frame/audit_internal.h"
#include "pooling/pool.h"

/* ---- what is usual ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double audit_median(double *x, size_t n)
{
    if (n == 0) {
        return (double)NAN;
    }
    qsort(x, n, sizeof *x, by_value);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

struct audit_usual audit_usual_of(double *x, size_t n)
{
    const double centre = audit_median(x, n);

    for (size_t i = 0; i < n; i++) {
        x[i] = fabs(x[i] - centre);
    }
    return (struct audit_usual){centre,
                                1.4826022185056018 /* 1 / Phi^-1(3/4) */ * audit_median(x, n)};
}

struct audit_usual audit_usual_without(const double *of, size_t n, size_t out, double *scratch,
                                       struct audit_usual *all)
{
    const int many = n > AUDIT_MANY_OTHERS;
    size_t m = 0;

    if (many && !isnan(all->spread)) {
        return *all;
    }
    for (size_t k = 0; k < n; k++) {
        if (many || k != out) {
            scratch[m++] = of[k];
        }
    }
    *all = audit_usual_of(scratch, m);
    return *all;
}

double audit_log_ratio(double log_x, double shift, const struct audit_usual *usual)
{
    const double d0 = log_x - usual->centre, d1 = d0 + shift;

    return (d0 * d0 - d1 * d1) / (2.0 * usual->spread * usual->spread);
}

/* ---- intervals ---- */

/* Printed decimals are doubles only nearly. */
static double slack(const struct audit_interval *v)
{
    return 1e-9 * (fabs(v->est) + fabs(v->lo) + fabs(v->hi));
}

int audit_contains(const struct audit_interval *v)
{
    return v->lo - v->lo_half <= v->est + v->est_half + slack(v) &&
           v->est - v->est_half <= v->hi + v->hi_half + slack(v) &&
           v->lo <= v->hi + v->lo_half + v->hi_half;
}

int audit_symmetric(const struct audit_interval *v, enum audit_scale scale)
{
    if (scale == SCALE_LINEAR) {
        return fabs(2.0 * v->est - v->lo - v->hi) <=
               2.0 * v->est_half + v->lo_half + v->hi_half + slack(v);
    }
    if (!(v->est > 0.0 && v->lo > 0.0 && v->hi > 0.0)) {
        return 0;
    }
    const double least = fmax(0.0, v->lo - v->lo_half) * fmax(0.0, v->hi - v->hi_half);
    const double most = (v->lo + v->lo_half) * (v->hi + v->hi_half);
    const double low = fmax(0.0, v->est - v->est_half), high = v->est + v->est_half;

    return low * low <= most * (1.0 + 1e-9) && high * high >= least * (1.0 - 1e-9);
}

double audit_skew(const struct audit_interval *v, enum audit_scale scale)
{
    return scale == SCALE_LOG ? (log(v->est) - 0.5 * (log(v->lo) + log(v->hi))) / log(v->hi / v->lo)
                              : (v->est - 0.5 * (v->lo + v->hi)) / (v->hi - v->lo);
}

/* The two ends of |estimate| / (half the width) that rounding allows. */
static void reach(double est, double est_half, double width, double width_half, double *least,
                  double *most)
{
    *least = 2.0 * fmax(0.0, fabs(est) - est_half) / (width + width_half);
    *most = 2.0 * (fabs(est) + est_half) / fmax(width - width_half, 1e-300);
}

void audit_p_range(const struct audit_interval *v, enum audit_scale scale, double *least,
                   double *most)
{
    const double z = tq_critical_value(95.0, (double)NAN),
                 t = tq_critical_value(95.0, AUDIT_LEAST_DF);
    double r_least, r_most;

    if (scale == SCALE_LOG) {
        reach(log(v->est), v->est_half / v->est, log(v->hi / v->lo),
              v->lo_half / v->lo + v->hi_half / v->hi, &r_least, &r_most);
    } else {
        reach(v->est, v->est_half, v->hi - v->lo, v->lo_half + v->hi_half, &r_least, &r_most);
    }
    *least =
        fmin(tq_two_sided_p(z * r_most, (double)NAN), tq_two_sided_p(t * r_most, AUDIT_LEAST_DF));
    *most =
        fmax(tq_two_sided_p(z * r_least, (double)NAN), tq_two_sided_p(t * r_least, AUDIT_LEAST_DF));
}

/* ---- deleted residuals ---- */

struct deletion {
    size_t k;
    double *yi, *vi; /* [k - 1] without one */
    tq_pool_work *work;
    tq_pool *fit;
};

static void deletion_free(struct deletion *d)
{
    free(d->yi);
    free(d->vi);
    tq_pool_work_free(d->work);
    tq_pool_free(d->fit);
}

static int deletion_new(struct deletion *d, size_t k)
{
    *d = (struct deletion){k, calloc(k + 1, sizeof *d->yi), calloc(k + 1, sizeof *d->vi),
                           tq_pool_work_new(k, 1), tq_pool_new(k, 1)};
    return d->yi && d->vi && d->work && d->fit;
}

static tq_pool_options plain_fit(double tau2)
{
    tq_pool_options opt = tq_pool_defaults();

    opt.ci_tau2 = TQ_CI_NONE;
    opt.predict = TQ_PREDICT_NONE;
    opt.tau2 = tau2;
    return opt;
}

static void delete_one(struct deletion *d, size_t i, double tau2, const double *yi,
                       const double *vi, double *mu, double *t)
{
    const tq_pool_options opt = plain_fit(tau2);
    size_t n = 0;

    for (size_t j = 0; j < d->k; j++) {
        if (j != i) {
            d->yi[n] = yi[j];
            d->vi[n++] = vi[j];
        }
    }
    const tq_model model = {.k = n, .p = 1, .yi = d->yi, .vi = d->vi};

    if (tq_pool_fit(&model, &opt, d->work, d->fit, NULL) == TQ_OK) {
        const double se = d->fit->se[0];

        mu[i] = d->fit->beta[0];
        t[i] = (yi[i] - mu[i]) / sqrt(vi[i] + d->fit->tau2 + se * se);
    }
}

/* With tau2 that of all studies, a deletion takes one term out of two sums. */
static void delete_each(size_t k, double tau2, const double *yi, const double *vi, double *mu,
                        double *t)
{
    double sw = 0.0, swy = 0.0;

    for (size_t i = 0; i < k; i++) {
        sw += 1.0 / (vi[i] + tau2);
        swy += yi[i] / (vi[i] + tau2);
    }
    for (size_t i = 0; i < k; i++) {
        const double wi = 1.0 / (vi[i] + tau2);

        mu[i] = (swy - wi * yi[i]) / (sw - wi);
        t[i] = (yi[i] - mu[i]) / sqrt(vi[i] + tau2 + 1.0 / (sw - wi));
    }
}

tq_status audit_residuals(size_t k, const double *yi, const double *vi, double *mu, double *t)
{
    const tq_model all = {.k = k, .p = 1, .yi = yi, .vi = vi};
    const tq_pool_options opt = plain_fit((double)NAN);
    struct deletion d;
    tq_status status = TQ_OK;

    for (size_t i = 0; i < k; i++) {
        mu[i] = t[i] = (double)NAN;
    }
    if (!deletion_new(&d, k)) {
        status = TQ_ENOMEM;
    } else if (k <= AUDIT_EXACT_DELETIONS) {
        for (size_t i = 0; i < k; i++) {
            delete_one(&d, i, (double)NAN, yi, vi, mu, t);
        }
    } else if (tq_pool_fit(&all, &opt, d.work, d.fit, NULL) == TQ_OK) {
        delete_each(k, d.fit->tau2, yi, vi, mu, t);
    }
    deletion_free(&d);
    return status;
}
