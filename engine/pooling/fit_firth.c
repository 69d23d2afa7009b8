/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firth's penalised logistic regression as a method of pooling. */
#include <math.h>

#include "core/distributions.h"
#include "counts/firth.h"
#include "pooling/count_fit_internal.h"
#include "pooling/event_fit_internal.h"

static tq_status check_options(const tq_pool_options *o, tq_error *err)
{
    if (o->test != TQ_TEST_PLR && o->test != TQ_TEST_Z) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method FIRTH has the tests PLR and z, not %s", tq_test_name(o->test));
    }
    const tq_status status = count_fit_no_tau2(o, err);

    return status == TQ_OK ? count_fit_own_weights(o, err) : status;
}

/* Tests and limits of the penalised likelihood in place of Wald's: Heinze & Schemper (2002). The
   statistic is the signed root of the likelihood ratio, N(0, 1) where Wald's is. */
static void replace_wald(const tq_model *m, const tq_firth_fit *out, tq_pool *fit)
{
    for (size_t j = 0; j < m->p; j++) {
        fit->stat[j] = copysign(sqrt(out->stat[j]), fit->beta[j]);
        fit->pval[j] = tq_chisq_upper(out->stat[j], 1.0);
        fit->ci_lb[j] = out->ci_lb[j];
        fit->ci_ub[j] = out->ci_ub[j];
    }
    if (problem_mean_only(m)) {
        fit->prediction.ci_lb = out->ci_lb[0];
        fit->prediction.ci_ub = out->ci_ub[0];
    }
}

static tq_status maximise(const tq_model *m, const tq_pool_options *o, const event_data *d,
                          tq_pool_work *g, tq_pool *fit, tq_error *err)
{
    const double critical = tq_critical_value(o->level, (double)NAN);
    const tq_firth_problem problem = {.k = d->k,
                                      .p = m->p,
                                      .study = d->study,
                                      .X = d->X,
                                      .chi2 = critical * critical,
                                      .tol = o->tol,
                                      .max_iter = o->max_iter};
    tq_firth_fit out = {.beta = fit->beta,
                        .vb = fit->vb,
                        .weight = d->weight,
                        .stat = d->limits,
                        .ci_lb = d->limits + m->p,
                        .ci_ub = d->limits + 2 * m->p};
    const tq_status status = event_data_locate(d, tq_firth_maximise(&problem, &out, err), err);

    if (status != TQ_OK) {
        return status;
    }
    fit->iterations = out.iterations;
    fit->deviance = -2.0 * out.ll_penalised;
    pool_criteria(out.ll_penalised, (double)(d->k + m->p), 2.0 * (double)d->k, fit);
    event_weights(m, d, fit);
    event_tests(m, g, fit);
    if (fit->test == TQ_TEST_PLR) {
        replace_wald(m, &out, fit);
    }
    return pool_check_range(fit, err);
}

tq_status pool_fit_firth(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                         tq_pool *fit, tq_error *err)
{
    event_data d = {0};
    tq_status status = check_options(opt, err);

    status = status == TQ_OK ? event_begin(model, opt, 0, &d, fit, err) : status;
    if (status == TQ_OK) {
        fit->test = opt->test; /* the penalised likelihood has a test of one study too */
        if (d.k == 0) {
            status = event_none(model, tq_counts_lack(model->counts, model->k), fit);
        } else if (d.k < model->p) {
            status = event_few(model, d.k, err);
        } else {
            status = maximise(model, opt, &d, g, fit, err);
        }
    }
    event_data_free(&d);
    return status;
}
