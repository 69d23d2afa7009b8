/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intervals of mu by the bootstrap of the fit.
 *
 * Parametric: effects from N(mu^, vi + tau2^), each refitted; the limits are mu^ - t* SE with the
 * quantiles of t* = (mu* - mu^) / SE*: Efron & Tibshirani (1993), An Introduction to the Bootstrap,
 * ch. 12. p is the share of samples with |t*| >= |t|, the fit itself counted in.
 *
 * Non-parametric: studies drawn with replacement; the quantiles of mu* at the levels
 * Phi(z0 + (z0 + z) / (1 - a (z0 + z))), where z0 is the normal score of the share of mu* below mu^ and
 * a the acceleration from the jackknife: Efron (1987), J. Am. Stat. Assoc. 82:171-185.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "core/distributions.h"
#include "core/gsl_quiet.h"
#include "core/parallel.h"
#include "core/splitmix.h"
#include "pooling/mean_interval_internal.h"

/* What one thread works in. */
typedef struct {
    tq_pool_work *work;
    tq_pool *fit;
    double *yi, *vi, *weights; /* [k] */
} workplace;

typedef struct {
    const mean_interval_input *in;
    workplace *place; /* [threads] */
    double *sample;   /* [iterations] mu* or t*; NaN: no estimate */
    double *without;  /* [k] estimates without each study: of the acceleration */
} bootstrap;

static double normal(uint64_t *stream)
{
    const double u = ((double)(tq_splitmix(stream) >> 11) + 0.5) * 0x1p-53;

    return tq_normal_quantile(u);
}

/* Refit what stands in a workplace; 0: there is no estimate. */
static int refit(const mean_interval_input *in, workplace *w, size_t k)
{
    const tq_model model = {k, 1, w->yi, w->vi, NULL, 1, NULL};
    tq_pool_options opt = *in->opt;

    opt.ci_tau2 = TQ_CI_NONE;
    opt.predict = TQ_PREDICT_NONE;
    opt.weights = in->opt->weights ? w->weights : NULL;
    return tq_pool_fit(&model, &opt, w->work, w->fit, NULL) == TQ_OK;
}

static double parametric(const mean_interval_input *in, workplace *w, uint64_t *stream)
{
    const tq_model *m = in->model;
    const double mu = in->fit->beta[0], tau2 = in->fit->tau2;

    for (size_t i = 0; i < m->k; i++) {
        w->yi[i] = mu + sqrt(m->vi[i] + tau2) * normal(stream);
        w->vi[i] = m->vi[i];
        w->weights[i] = in->opt->weights ? in->opt->weights[i] : 1.0;
    }
    const int fitted = refit(in, w, m->k);

    return fitted && w->fit->se[0] > 0.0 ? (w->fit->beta[0] - mu) / w->fit->se[0] : (double)NAN;
}

static double non_parametric(const mean_interval_input *in, workplace *w, uint64_t *stream)
{
    const tq_model *m = in->model;

    for (size_t i = 0; i < m->k; i++) {
        const size_t from = (size_t)tq_splitmix_below(stream, m->k);

        w->yi[i] = m->yi[from];
        w->vi[i] = m->vi[from];
        w->weights[i] = in->opt->weights ? in->opt->weights[from] : 1.0;
    }
    return refit(in, w, m->k) ? w->fit->beta[0] : (double)NAN;
}

static void resample(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const bootstrap *b = context;
    const int model_based = b->in->how->kind == TQ_CI_MU_BOOT_PARAM;

    for (uint64_t i = begin; i < end; i++) {
        uint64_t stream = tq_splitmix_stream(b->in->how->seed, i);

        b->sample[i] =
            (model_based ? parametric : non_parametric)(b->in, &b->place[thread], &stream);
    }
}

/* Keep the samples with an estimate, in order of size; returns their number. */
static size_t sort_samples(double *sample, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(sample[i])) {
            sample[kept++] = sample[i];
        }
    }
    gsl_sort(sample, 1, kept);
    return kept;
}

static void bootstrap_t(const bootstrap *b, size_t n, tq_mean_interval *out)
{
    const tq_pool *fit = b->in->fit;
    const double tail = (100.0 - fit->level) / 200.0, t = fabs(fit->stat[0]);
    size_t beyond = 0;

    for (size_t i = 0; i < n; i++) {
        beyond += fabs(b->sample[i]) >= t;
    }
    out->stat = fit->stat[0];
    out->pval = isnan(t) ? (double)NAN : (double)(beyond + 1) / (double)(n + 1);
    out->ci_lb = fit->beta[0] -
                 fit->se[0] * gsl_stats_quantile_from_sorted_data(b->sample, 1, n, 1.0 - tail);
    out->ci_ub =
        fit->beta[0] - fit->se[0] * gsl_stats_quantile_from_sorted_data(b->sample, 1, n, tail);
}

/* Acceleration from the estimates without each study; NaN where one is missing. */
static double acceleration(const bootstrap *b)
{
    const tq_model *m = b->in->model;
    workplace *w = &b->place[0];
    double sum = 0.0, square = 0.0, cube = 0.0, *const without = b->without;

    for (size_t out = 0; out < m->k; out++) {
        size_t n = 0;

        for (size_t i = 0; i < m->k; i++) {
            if (i != out) {
                w->yi[n] = m->yi[i];
                w->vi[n] = m->vi[i];
                w->weights[n] = b->in->opt->weights ? b->in->opt->weights[i] : 1.0;
                n++;
            }
        }
        without[out] = refit(b->in, w, n) ? w->fit->beta[0] : (double)NAN;
        sum += without[out];
    }
    for (size_t i = 0; i < m->k; i++) {
        const double d = sum / (double)m->k - without[i];

        square += d * d;
        cube += d * d * d;
    }
    return square > 0.0 || isnan(square) ? cube / (6.0 * square * sqrt(square)) : 0.0;
}

static double bca_level(double z0, double a, double z)
{
    return gsl_cdf_ugaussian_P(z0 + (z0 + z) / (1.0 - a * (z0 + z)));
}

static void bca(const bootstrap *b, size_t n, tq_mean_interval *out)
{
    const double mu = b->in->fit->beta[0], a = acceleration(b);
    const double z = tq_critical_value(b->in->fit->level, NAN);
    /* A sample of every study once is the fit itself but for rounding. */
    const double same = 1e-9 * (b->sample[n - 1] - b->sample[0]);
    double below = 0.0;

    for (size_t i = 0; i < n; i++) {
        const double d = b->sample[i] - mu;

        below += fabs(d) <= same ? 0.5 : d < 0.0 ? 1.0 : 0.0;
    }
    const double z0 = tq_normal_quantile(below / (double)n);

    if (isnan(a) || !isfinite(z0)) {
        out->why = isnan(a) ? "without one of the studies there is no estimate"
                            : "the estimates of the samples all lie on one side of the estimate";
        return;
    }
    out->ci_lb = gsl_stats_quantile_from_sorted_data(b->sample, 1, n, bca_level(z0, a, -z));
    out->ci_ub = gsl_stats_quantile_from_sorted_data(b->sample, 1, n, bca_level(z0, a, z));
}

static void free_places(bootstrap *b, size_t threads)
{
    for (size_t i = 0; b->place && i < threads; i++) {
        tq_pool_work_free(b->place[i].work);
        tq_pool_free(b->place[i].fit);
        free(b->place[i].yi);
    }
    free(b->place);
    free(b->sample);
    free(b->without);
}

static int make_places(bootstrap *b, size_t threads)
{
    const size_t k = b->in->model->k;

    b->place = calloc(threads, sizeof *b->place);
    b->sample = calloc(b->in->how->iterations, sizeof *b->sample);
    b->without = calloc(k, sizeof *b->without);
    for (size_t i = 0; b->place && b->sample && b->without && i < threads; i++) {
        workplace *w = &b->place[i];

        w->work = tq_pool_work_new(k, 1);
        w->fit = tq_pool_new(k, 1);
        w->yi = calloc(3 * k, sizeof *w->yi); /* tq_pool_work_new() has refused what overflows */
        if (!w->work || !w->fit || !w->yi) {
            return 0;
        }
        w->vi = w->yi + k;
        w->weights = w->yi + 2 * k;
    }
    return b->place && b->sample && b->without;
}

tq_status mean_bootstrap(const mean_interval_input *in, tq_mean_interval *out, tq_error *err)
{
    enum { CHUNK = 64 };
    const size_t iterations = in->how->iterations;
    const size_t threads = tq_threads(in->how->threads, (iterations + CHUNK - 1) / CHUNK);
    bootstrap b = {.in = in};
    tq_status status = TQ_ENOMEM;

    tq_gsl_quiet();
    if (make_places(&b, threads)) {
        status = tq_parallel(threads, iterations, CHUNK, resample, &b, in->how->progress, err);
    } else {
        tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (status == TQ_OK) {
        out->iterations = sort_samples(b.sample, iterations);
        out->failed = iterations - out->iterations;
        if (out->failed > iterations / 2) {
            status = tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                             "%zu of %zu samples of the bootstrap had no estimate", out->failed,
                             iterations);
        } else if (in->how->kind == TQ_CI_MU_BOOT_PARAM) {
            bootstrap_t(&b, out->iterations, out);
        } else {
            bca(&b, out->iterations, out);
        }
    }
    free_places(&b, threads);
    return status;
}
