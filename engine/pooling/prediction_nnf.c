/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bootstrap prediction interval: Nagashima, Noma & Furukawa (2019), Stat. Methods Med. Res.
 * 28:1689-1702. tau2 is drawn from its confidence distribution H(tau2) = 1 - P(Q <= q | tau2), the
 * exact distribution of Cochran's Q; then, with w = 1/(vi + tau2), z ~ N(0, 1) and t ~ t_{k-1},
 *
 *     new = mu(w) + z tau - t SE(w),   SE(w)^2 = sum w (yi - mu(w))^2 / ((k - 1) sum w),
 *
 * whose quantiles over the draws are the limits.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "core/gsl_quiet.h"
#include "pooling/pool_internal.h"
#include "pooling/quadratic_form_internal.h"

/* H is tabulated at this many values of tau2 and inverted by linear interpolation, whose error is far
   below that of the resampling. */
enum { NODES = 256 };

typedef struct {
    double t[NODES], H[NODES];
} confidence_table;

/* Values of tau2 from 0 to where H is nearly 1, denser towards 0. */
static tq_status tabulate(tq_pool_work *g, const tq_pool_options *opt, confidence_table *table)
{
    const double nearly = 1e-6;
    problem_form form;
    double end;
    int empty;

    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = 1.0 / g->v[i];
    }
    problem_quadratic_form(g, &form);
    const tq_status status = quadratic_form_solve(g, opt, nearly, &end, &empty);

    if (status != TQ_OK) {
        return status;
    }
    for (int n = 0; n < NODES; n++) {
        const double x = (double)n / (NODES - 1);

        table->t[n] = end * x * x * x;
        table->H[n] = 1.0 - quadratic_form_cdf(g, table->t[n], form.Q);
    }
    return TQ_OK;
}

static double invert(const confidence_table *table, double u)
{
    int lo = 0, hi = NODES - 1;

    if (u <= table->H[0]) {
        return 0.0;
    }
    while (hi - lo > 1) {
        const int mid = (lo + hi) / 2;

        if (table->H[mid] <= u) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    const double width = table->H[hi] - table->H[lo];
    const double share = width > 0.0 ? fmin(1.0, (u - table->H[lo]) / width) : 0.0;

    return table->t[lo] + share * (table->t[hi] - table->t[lo]);
}

static double draw(tq_pool_work *g, const confidence_table *table, gsl_rng *rng)
{
    const double t = invert(table, gsl_rng_uniform_pos(rng));
    const double z = gsl_ran_gaussian_ziggurat(rng, 1.0);
    const double student = gsl_ran_tdist(rng, (double)(g->k - 1));
    problem_sums s;

    problem_evaluate(g, t, SUMS_PLAIN, &s);
    return g->beta[0] + z * sqrt(t) - student * sqrt(s.Q / ((double)(g->k - 1) * s.sw));
}

tq_status pool_prediction_nnf(tq_pool_work *g, const tq_pool_options *opt, tq_pool *fit,
                              tq_error *err)
{
    const double tail = (100.0 - opt->level) / 200.0;
    confidence_table table;

    if (g->k < 2 || isnan(fit->tau2)) {
        return TQ_OK;
    }
    tq_gsl_quiet();
    tq_status status = tabulate(g, opt, &table);

    if (status != TQ_OK) {
        return tq_fail(err, status, TQ_NO_ROW, NULL,
                       "the confidence distribution of tau2 was not found in %d steps; another "
                       "--predict does without it",
                       opt->max_iter);
    }
    double *sample = calloc(opt->resamples, sizeof *sample);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

    if (!sample || !rng) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        goto done;
    }
    gsl_rng_set(rng, (unsigned long)opt->seed);
    for (size_t b = 0; b < opt->resamples; b++) {
        sample[b] = draw(g, &table, rng);
    }
    gsl_sort(sample, 1, opt->resamples);
    const double lb = gsl_stats_quantile_from_sorted_data(sample, 1, opt->resamples, tail);
    const double ub = gsl_stats_quantile_from_sorted_data(sample, 1, opt->resamples, 1.0 - tail);

    fit->prediction.pi_lb = ldexp(lb, g->exponent) + g->shift;
    fit->prediction.pi_ub = ldexp(ub, g->exponent) + g->shift;
done:
    if (rng) {
        gsl_rng_free(rng);
    }
    free(sample);
    return status;
}
