/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Refits share what does not change: the units, the order of the studies, and the orthonormal basis
 * X = Q R, since permuting the rows of X permutes those of Q and leaves R. What each needs of its own
 * is tau2 and the coefficients at it. Statistics have no unit: everything stays in the kernels'.
 * Methods with a whole fit of their own are fitted from scratch.
 */
#include "pooling/refit.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "pooling/pool_internal.h"

struct tq_refit {
    tq_model model; /* yi: the array below */
    tq_pool_options opt;
    tq_pool_work *work;
    tq_pool *fit;
    const double *yi;     /* [k] the caller's */
    double *y;            /* [k] the effects in use */
    double *plus, *minus; /* [k] y and -y as the kernels take them */
    double *Q;            /* [k x p] basis of the design as it is */
    double *stat, *beta;  /* [p] */
    double shift;         /* what the kernels subtract from the effects, in their units */
    double *X;            /* [k x p] a design in another order, for a fit from scratch */
};

/* The kernels' place of a study, and the study at a place. */
static size_t place(const tq_pool_work *g, size_t i)
{
    return i == g->first ? 0 : i == 0 ? g->first : i;
}

/* ---- loading ---- */

/* The units must hold for every choice of signs: those of the choice that spans most. */
static tq_status load_widest(tq_refit *r, tq_error *err)
{
    tq_pool_work *g = r->work;
    const size_t k = r->model.k;
    size_t first = 0;

    for (size_t i = 1; i < k; i++) {
        first = r->model.vi[i] < r->model.vi[first] ? i : first;
    }
    for (size_t i = 0; i < k; i++) {
        r->plus[i] = i == first ? r->y[i] : -copysign(r->y[i], r->y[first]);
    }
    tq_model widest = r->model;

    widest.yi = r->plus;
    const tq_status status = problem_load(g, &widest, err);

    for (size_t i = 0; status == TQ_OK && i < k; i++) {
        const double y = r->y[place(g, i)];

        r->plus[i] = ldexp(y - g->shift, -g->exponent);
        r->minus[i] = ldexp(-y - g->shift, -g->exponent);
    }
    return status;
}

static tq_status load_design(tq_refit *r, tq_error *err)
{
    tq_pool_work *g = r->work;
    const tq_status status = problem_load(g, &r->model, err);

    if (status == TQ_OK) {
        memcpy(r->Q, g->Q, r->model.k * r->model.p * sizeof *r->Q);
    }
    return status;
}

static tq_status load(tq_refit *r, tq_error *err)
{
    const tq_status status =
        problem_mean_only(&r->model) ? load_widest(r, err) : load_design(r, err);

    r->shift = status == TQ_OK ? ldexp(r->work->shift, -r->work->exponent) : 0.0;
    return status;
}

static tq_status check(const tq_model *model, const tq_pool_options *opt, tq_error *err)
{
    const tq_status status = pool_check_options(model, opt, err);

    return status == TQ_OK && tau2_method_row(opt->method)->counts
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "method %s pools counts, not effects, which are what is permuted; try "
                         "--method REML",
                         tq_method_name(opt->method))
               : status;
}

/* Memory for k studies and p coefficients; 0 when it is short. */
static int allocate(tq_refit *r, size_t k, size_t p)
{
    r->work = tq_pool_work_new(k, p);
    r->fit = tq_pool_new(k, p);
    if (!r->work || !r->fit) { /* so the sizes below do not overflow */
        return 0;
    }
    r->y = calloc(3 * k + 2 * k * p + 2 * p, sizeof(double));
    if (!r->y) {
        return 0;
    }
    r->plus = r->y + k;
    r->minus = r->y + 2 * k;
    r->Q = r->y + 3 * k;
    r->stat = r->Q + k * p;
    r->beta = r->stat + p;
    r->X = r->beta + p;
    return 1;
}

tq_status tq_refit_new(const tq_model *model, const tq_pool_options *opt, tq_refit **out,
                       tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();
    tq_status status = TQ_OK;

    opt = opt ? opt : &defaults;
    if (model->k < 1 || model->p < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    status = check(model, opt, err);
    if (status != TQ_OK) {
        return status;
    }
    tq_refit *r = calloc(1, sizeof *r);

    if (!r || !allocate(r, model->k, model->p)) {
        tq_refit_free(r);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    r->model = *model;
    r->opt = *opt;
    r->opt.ci_tau2 = TQ_CI_NONE;
    r->opt.predict = TQ_PREDICT_NONE;
    r->yi = model->yi;
    r->model.yi = r->y;
    r->fit->k = model->k;
    r->fit->p = model->p;
    r->fit->test = model->k == 1 ? TQ_TEST_Z : opt->test;
    memcpy(r->y, model->yi, model->k * sizeof *r->y);
    status = load(r, err);
    if (status != TQ_OK) {
        tq_refit_free(r);
        return status;
    }
    *out = r;
    return TQ_OK;
}

void tq_refit_free(tq_refit *refit)
{
    if (refit) {
        free(refit->y);
        tq_pool_free(refit->fit);
        tq_pool_work_free(refit->work);
        free(refit);
    }
}

tq_status tq_refit_shift(tq_refit *r, size_t column, double delta, tq_error *err)
{
    const double *x = r->model.X ? r->model.X + column * r->model.k : NULL;

    for (size_t i = 0; i < r->model.k; i++) {
        r->y[i] = r->yi[i] - delta * (x ? x[i] : 1.0);
    }
    return load(r, err);
}

/* ---- fitting ---- */

/* From the orthonormal basis to the caller's columns. */
static void to_columns(tq_refit *r)
{
    const size_t p = r->model.p;
    tq_pool *fit = r->fit;

    if (!r->work->mean_only) {
        tq_solve_upper(p, r->work->R, fit->beta);
        tq_congruence_upper(p, r->work->R, fit->vb);
        if (fit->test == TQ_TEST_KR) {
            tq_congruence_upper(p, r->work->R, fit->kr);
        }
    }
    fit->beta[0] += r->shift;
}

/* The problem stands in the workspace but for the sum of squares that bounds tau2. */
static tq_status fit_loaded(tq_refit *r, int sign, tq_refit_result *out, tq_error *err)
{
    const size_t p = r->model.p;
    tau2_value value;

    r->work->spread = problem_spread(r->work);
    tq_status status = pool_estimate_tau2(r->work, &r->opt, &value, err);

    if (status == TQ_OK) {
        status = pool_estimate(r->work, &r->opt, value.t, r->fit, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    to_columns(r);
    pool_omnibus(r->work, r->fit);
    for (size_t a = 0; a < p; a++) {
        const double stat = r->fit->beta[a] / sqrt(r->fit->vb[a + a * p]);

        r->beta[a] = sign * ldexp(r->fit->beta[a], r->work->exponent);
        r->stat[a] = isfinite(stat) ? sign * stat : (double)NAN;
    }
    *out = (tq_refit_result){r->beta, r->stat, r->fit->QM};
    return TQ_OK;
}

static int from_scratch(const tq_refit *r)
{
    return tau2_method_row(r->opt.method)->fit != NULL;
}

static tq_status fit_from_scratch(tq_refit *r, const double *yi, const double *X,
                                  tq_refit_result *out, tq_error *err)
{
    tq_model model = r->model;

    model.yi = yi;
    model.X = X;
    const tq_status status = tq_pool_fit(&model, &r->opt, r->work, r->fit, err);

    *out = (tq_refit_result){r->fit->beta, r->fit->stat, r->fit->QM};
    return status;
}

/* The most precise study keeps its sign, and with it the shift: where it is to change, all others
   change instead, and the statistics with them. */
tq_status tq_refit_signs(tq_refit *r, const signed char *sign, tq_refit_result *out, tq_error *err)
{
    tq_pool_work *g = r->work;

    if (from_scratch(r)) {
        for (size_t i = 0; i < r->model.k; i++) {
            r->plus[i] = sign[i] * r->y[i];
        }
        return fit_from_scratch(r, r->plus, r->model.X, out, err);
    }
    const int whole = sign[g->first] < 0 ? -1 : 1;

    for (size_t i = 0; i < r->model.k; i++) {
        g->y[i] = (sign[place(g, i)] < 0) == (whole < 0) ? r->plus[i] : r->minus[i];
    }
    return fit_loaded(r, whole, out, err);
}

tq_status tq_refit_rows(tq_refit *r, const size_t *row, tq_refit_result *out, tq_error *err)
{
    tq_pool_work *g = r->work;
    const size_t k = r->model.k;

    if (from_scratch(r)) {
        for (size_t a = 0; a < r->model.p; a++) {
            for (size_t i = 0; i < k; i++) {
                r->X[i + a * k] = r->model.X[row[i] + a * k];
            }
        }
        return fit_from_scratch(r, r->y, r->X, out, err);
    }
    g->has_basis = 0;
    for (size_t i = 0; i < k; i++) {
        const size_t from = place(g, row[place(g, i)]);

        for (size_t a = 0; a < r->model.p; a++) {
            g->Q[i + a * k] = r->Q[from + a * k];
        }
    }
    return fit_loaded(r, 1, out, err);
}
