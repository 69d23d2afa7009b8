/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Samples are told by (seed, number) alone. Where the batch engine has the model they are fitted side by
 * side; what it leaves is drawn again and fitted by itself.
 */
#include "moderators/mean_bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "batch/batch.h"
#include "core/distributions.h"
#include "core/gsl_quiet.h"
#include "core/parallel.h"
#include "core/splitmix.h"

/* Samples that are fitted side by side; a row of them is longer by some, so that rows do not meet in one
   place of the processor's cache. */
enum { SIDE = 128, ROW = SIDE + 8 };

/* What one thread works in. */
typedef struct {
    tq_pool_work *work;
    tq_pool *fit;
    double *yi, *vi, *weights; /* [k] one sample */
    double *ys, *vs;           /* [k x ROW] many, study by study */
    double beta[SIDE], se[SIDE];
    unsigned char outcome[SIDE];
    tq_batch_work *batch; /* NULL: one by one */
} workplace;

typedef struct {
    const tq_model *model;
    const tq_pool_options *opt;
    const tq_mean_interval_options *how;
    const tq_pool *fit;
} bootstrap_input;

typedef struct {
    const bootstrap_input *in;
    int side_by_side;
    workplace *place; /* [threads] */
    double *sample;   /* [iterations] mu* or t*; NaN: no estimate */
    double *without;  /* [k] estimates without each study: of the acceleration */
} bootstrap;

static double normal(uint64_t *stream)
{
    const double u = ((double)(tq_splitmix(stream) >> 11) + 0.5) * 0x1p-53;

    return tq_normal_quantile(u);
}

/* ---- one sample ---- */

/* Where the values of a sample go: study i at i * step. */
typedef struct {
    double *yi, *vi, *weights; /* weights NULL: not wanted */
    size_t step;
} sample_place;

static void draw_parametric(const bootstrap_input *in, uint64_t *stream, const sample_place *to)
{
    const tq_model *m = in->model;
    const double mu = in->fit->beta[0], tau2 = in->fit->tau2;

    for (size_t i = 0; i < m->k; i++) {
        to->yi[i * to->step] = mu + sqrt(m->vi[i] + tau2) * normal(stream);
        to->vi[i * to->step] = m->vi[i];
        if (to->weights) {
            to->weights[i] = in->opt->weights ? in->opt->weights[i] : 1.0;
        }
    }
}

static void draw_studies(const bootstrap_input *in, uint64_t *stream, const sample_place *to)
{
    const tq_model *m = in->model;

    for (size_t i = 0; i < m->k; i++) {
        const size_t from = (size_t)tq_splitmix_below(stream, m->k);

        to->yi[i * to->step] = m->yi[from];
        to->vi[i * to->step] = m->vi[from];
        if (to->weights) {
            to->weights[i] = in->opt->weights ? in->opt->weights[from] : 1.0;
        }
    }
}

static void draw(const bootstrap_input *in, uint64_t number, const sample_place *to)
{
    uint64_t stream = tq_splitmix_stream(in->how->seed, number);

    (in->how->kind == TQ_CI_MU_BOOT_PARAM ? draw_parametric : draw_studies)(in, &stream, to);
}

/* t* or mu* of a fit. */
static double kept(const bootstrap_input *in, double beta, double se)
{
    if (in->how->kind != TQ_CI_MU_BOOT_PARAM) {
        return beta;
    }
    return se > 0.0 ? (beta - in->fit->beta[0]) / se : (double)NAN;
}

/* Refit what stands in a workplace; 0: there is no estimate. */
static int refit(const bootstrap_input *in, workplace *w, size_t k)
{
    const tq_model model = {k, 1, w->yi, w->vi, NULL, 1, NULL};
    tq_pool_options opt = *in->opt;

    opt.ci_tau2 = TQ_CI_NONE;
    opt.predict = TQ_PREDICT_NONE;
    opt.weights = in->opt->weights ? w->weights : NULL;
    return tq_pool_fit(&model, &opt, w->work, w->fit, NULL) == TQ_OK;
}

static double sample_alone(const bootstrap_input *in, workplace *w, uint64_t number)
{
    draw(in, number, &(sample_place){w->yi, w->vi, w->weights, 1});
    return refit(in, w, in->model->k) ? kept(in, w->fit->beta[0], w->fit->se[0]) : (double)NAN;
}

/* ---- many ---- */

/* Refit n <= SIDE samples of k studies that stand side by side; where outcome says so they have beta and se. */
static void refit_all(const bootstrap_input *in, workplace *w, size_t k, size_t n)
{
    const tq_batch_problems problems = {n, k, 1, ROW, NULL, w->ys, w->vs};
    const tq_batch_options opt = tq_batch_options_of(in->opt);
    const tq_batch_results out = {.column = {[TQ_BATCH_BETA] = w->beta, [TQ_BATCH_SE] = w->se},
                                  .outcome = w->outcome};

    if (tq_batch_fit(&problems, &opt, w->batch, &out, NULL) != TQ_OK) {
        memset(w->outcome, TQ_BATCH_NO_CONVERGENCE, n);
    }
}

static void resample(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const bootstrap *b = context;
    workplace *w = &b->place[thread];
    const size_t n = (size_t)(end - begin);

    for (size_t j = 0; j < n && b->side_by_side; j++) {
        draw(b->in, begin + j, &(sample_place){w->ys + j, w->vs + j, NULL, ROW});
    }
    if (b->side_by_side) {
        refit_all(b->in, w, b->in->model->k, n);
    }
    for (size_t j = 0; j < n; j++) {
        b->sample[begin + j] = b->side_by_side && w->outcome[j] == TQ_BATCH_FITTED
                                   ? kept(b->in, w->beta[j], w->se[j])
                                   : sample_alone(b->in, w, begin + j);
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

/* ---- the jackknife ---- */

static double without_alone(const bootstrap_input *in, workplace *w, size_t left_out)
{
    const tq_model *m = in->model;
    size_t n = 0;

    for (size_t i = 0; i < m->k; i++) {
        if (i != left_out) {
            w->yi[n] = m->yi[i];
            w->vi[n] = m->vi[i];
            w->weights[n++] = in->opt->weights ? in->opt->weights[i] : 1.0;
        }
    }
    return refit(in, w, n) ? w->fit->beta[0] : (double)NAN;
}

/* Estimates without study first .. first + n - 1. */
static void leave_out(const bootstrap *b, size_t first, size_t n)
{
    const tq_model *m = b->in->model;
    workplace *w = &b->place[0];

    for (size_t j = 0; b->side_by_side && j < n; j++) {
        for (size_t i = 0, at = j; i < m->k; i++) {
            if (i != first + j) {
                w->ys[at] = m->yi[i];
                w->vs[at] = m->vi[i];
                at += ROW;
            }
        }
    }
    if (b->side_by_side) {
        refit_all(b->in, w, m->k - 1, n);
    }
    for (size_t j = 0; j < n; j++) {
        b->without[first + j] = b->side_by_side && w->outcome[j] == TQ_BATCH_FITTED
                                    ? w->beta[j]
                                    : without_alone(b->in, w, first + j);
    }
}

/* Acceleration from the estimates without each study; NaN where one is missing. */
static double acceleration(const bootstrap *b)
{
    const size_t k = b->in->model->k;
    const double *without = b->without;
    double sum = 0.0, square = 0.0, cube = 0.0;

    for (size_t first = 0; first < k; first += SIDE) {
        leave_out(b, first, k - first < SIDE ? k - first : SIDE);
    }
    for (size_t i = 0; i < k; i++) {
        sum += without[i];
    }
    for (size_t i = 0; i < k; i++) {
        const double d = sum / (double)k - without[i];

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
        tq_batch_work_free(b->place[i].batch);
        free(b->place[i].yi);
        free(b->place[i].ys);
    }
    free(b->place);
    free(b->sample);
    free(b->without);
}

static int make_place(const bootstrap *b, workplace *w)
{
    const size_t k = b->in->model->k;

    w->work = tq_pool_work_new(k, 1);
    w->fit = tq_pool_new(k, 1);
    w->yi = calloc(3 * k, sizeof *w->yi); /* tq_pool_work_new() has refused what overflows */
    if (!w->work || !w->fit || !w->yi) {
        return 0;
    }
    w->vi = w->yi + k;
    w->weights = w->yi + 2 * k;
    if (!b->side_by_side) {
        return 1;
    }
    w->batch = tq_batch_work_new();
    w->ys = calloc(k, 2 * ROW * sizeof *w->ys);
    w->vs = w->ys ? w->ys + k * ROW : NULL;
    return w->batch && w->ys;
}

static int make_places(bootstrap *b, size_t threads)
{
    b->place = calloc(threads, sizeof *b->place);
    b->sample = calloc(b->in->how->iterations, sizeof *b->sample);
    b->without = calloc(b->in->model->k, sizeof *b->without);
    for (size_t i = 0; b->place && b->sample && b->without && i < threads; i++) {
        if (!make_place(b, &b->place[i])) {
            return 0;
        }
    }
    return b->place && b->sample && b->without;
}

static tq_status run(const bootstrap_input *in, tq_mean_interval *out, tq_error *err)
{
    const size_t iterations = in->how->iterations;
    const size_t threads = tq_threads(in->how->threads, (iterations + SIDE - 1) / SIDE);
    bootstrap b = {.in = in, .side_by_side = tq_batch_suits_test(in->model, in->opt)};
    tq_status status = TQ_ENOMEM;

    tq_gsl_quiet();
    if (make_places(&b, threads)) {
        status = tq_parallel(threads, iterations, SIDE, resample, &b, in->how->progress, err);
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

tq_status tq_mean_bootstrap(const tq_model *model, const tq_pool_options *opt,
                            const tq_mean_interval_options *how, const tq_pool *fit,
                            tq_mean_interval *out, tq_error *err)
{
    const bootstrap_input in = {model, opt, how, fit};
    tq_mean_interval found;
    tq_status status = tq_mean_interval_check(model, opt, how, &found, err);

    if (status == TQ_OK && how->kind != TQ_CI_MU_BOOT_PARAM &&
        how->kind != TQ_CI_MU_BOOT_NONPARAM) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%s is no bootstrap",
                       tq_ci_mu_label(how->kind));
    }
    status = status == TQ_OK && !found.why ? run(&in, &found, err) : status;
    if (status == TQ_OK) {
        *out = found;
    }
    return status;
}
