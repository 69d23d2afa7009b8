/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Likelihood-ratio tests and criteria of models that stand side by side. */
#include "moderators/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"

const char *tq_nesting_name(tq_nesting nesting)
{
    static const char *const names[] = {[TQ_NOT_NESTED] = "no",
                                        [TQ_REDUCED] = "reduced",
                                        [TQ_EXTENDED] = "extended",
                                        [TQ_SAME] = "same"};

    return (size_t)nesting < sizeof names / sizeof *names ? names[nesting] : NULL;
}

static void copy_design(const tq_model *m, double *X)
{
    for (size_t i = 0; i < m->k * m->p; i++) {
        X[i] = m->X ? m->X[i] : 1.0;
    }
}

static double length(size_t k, const double *x)
{
    double sum = 0.0;

    for (size_t i = 0; i < k; i++) {
        sum += x[i] * x[i];
    }
    return sqrt(sum);
}

/* 1: the columns of a lie in the span of those of b; 0: they do not; -1: memory is short. */
static int within(const tq_model *a, const tq_model *b)
{
    const size_t k = a->k, p = b->p;
    double *Q = calloc(k, p * sizeof *Q), *X = calloc(k, a->p * sizeof *X);
    double *small = calloc(p + 2, p * sizeof *small);
    int answer = Q && X && small ? 1 : -1;

    if (answer == 1) {
        copy_design(b, Q);
        copy_design(a, X);
        answer = tq_qr(k, p, Q, small, small + p * p, NULL) == TQ_OK;
    }
    for (size_t j = 0; answer == 1 && j < a->p; j++) {
        double *x = X + j * k, *share = small + p * p;
        const double before = length(k, x);

        for (int twice = 0; twice < 2; twice++) {
            tq_cross(k, p, Q, NULL, x, share);
            tq_subtract_product(k, p, Q, k, share, x);
        }
        answer = length(k, x) <= 1e-9 * before;
    }
    free(small);
    free(X);
    free(Q);
    return answer;
}

tq_status tq_nesting_of(const tq_model *a, const tq_model *reference, tq_nesting *out,
                        tq_error *err)
{
    const int in = within(a, reference), around = within(reference, a);

    if (in < 0 || around < 0) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    *out = in && around ? TQ_SAME : in ? TQ_REDUCED : around ? TQ_EXTENDED : TQ_NOT_NESTED;
    return TQ_OK;
}

static tq_status fit_one(const tq_model *m, const tq_pool_options *opt, tq_criterion criterion,
                         tq_compared *out, tq_error *err)
{
    tq_pool *fit = NULL;
    const tq_status status = tq_pool_fit_once(m, opt, &fit, err);

    if (status == TQ_OK) {
        *out = (tq_compared){.p = fit->p,
                             .ll = fit->ll,
                             .AIC = fit->AIC,
                             .AICc = fit->AICc,
                             .BIC = fit->BIC,
                             .QE = fit->QE,
                             .tau2 = fit->tau2,
                             .R2 = fit->R2,
                             .delta = tq_criterion_of(fit, criterion),
                             .LRT = NAN,
                             .df = NAN,
                             .pval = NAN};
    }
    tq_pool_free(fit);
    return status;
}

static void test_against(const tq_compared *reference, tq_compared *m)
{
    if (m->nesting == TQ_REDUCED || m->nesting == TQ_EXTENDED) {
        const int reduced = m->nesting == TQ_REDUCED;

        /* The larger maximum cannot be the lower one, but for rounding. */
        m->LRT = fmax(0.0, 2.0 * (reduced ? reference->ll - m->ll : m->ll - reference->ll));
        m->df = fabs((double)reference->p - (double)m->p);
        m->pval = tq_chisq_upper(m->LRT, m->df);
    }
}

static void weigh(size_t n, tq_compared *m)
{
    double least = INFINITY, sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        least = fmin(least, m[i].delta);
    }
    for (size_t i = 0; i < n; i++) {
        m[i].delta -= least;
        sum += exp(-0.5 * m[i].delta);
    }
    for (size_t i = 0; i < n; i++) {
        m[i].weight = exp(-0.5 * m[i].delta) / sum;
    }
}

tq_status tq_compare(size_t n, const tq_model *model, const tq_pool_options *pool,
                     tq_criterion criterion, tq_compared *out, tq_error *err)
{
    tq_pool_options opt;
    tq_status status = tq_likelihood_options(pool, &opt, err);

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        if (model[i].k != model[0].k) {
            return tq_fail(err, TQ_EINVAL, i, NULL, "models of %zu and %zu studies", model[0].k,
                           model[i].k);
        }
        status = fit_one(&model[i], &opt, criterion, &out[i], err);
        if (status != TQ_OK && err) {
            err->row = i;
        }
        status =
            status == TQ_OK ? tq_nesting_of(&model[i], &model[0], &out[i].nesting, err) : status;
    }
    if (status == TQ_OK) {
        for (size_t i = 1; i < n; i++) {
            test_against(&out[0], &out[i]);
        }
        weigh(n, out);
    }
    return status;
}
