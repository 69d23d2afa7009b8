/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The beta-binomial model as a method of pooling: Kuss (2015), Stat. Med. 34:1097-1116. */
#include <math.h>

#include "core/distributions.h"
#include "counts/beta_binomial.h"
#include "pooling/count_fit_internal.h"
#include "pooling/event_fit_internal.h"

/* The effect and its derivatives in the logits of both groups. */
typedef struct {
    double value, d1, d2;
} effect;

static effect effect_at(tq_count_scale scale, const double logit[2])
{
    const double p1 = 1.0 / (1.0 + exp(-logit[0])), p2 = 1.0 / (1.0 + exp(-logit[1]));

    switch (scale) {
    case TQ_COUNT_RR:
        return (effect){log(p1) - log(p2), 1.0 - p1, -(1.0 - p2)};
    case TQ_COUNT_RD:
        return (effect){p1 - p2, p1 * (1.0 - p1), -p2 * (1.0 - p2)};
    case TQ_COUNT_PLO:
        return (effect){logit[0], 1.0, 0.0};
    default:
        return (effect){logit[0] - logit[1], 1.0, -1.0};
    }
}

/*
 * Likelihood ratio test of rho = 0. With all of them at their limits, half (or, of two, a quarter) of
 * the samples put the estimate there: Self & Liang (1987), J. Am. Stat. Assoc. 82:605-610.
 */
static tq_statistic spread_test(const tq_beta_binomial_fit *out)
{
    const double stat = fmax(0.0, 2.0 * (out->ll - out->ll_binomial)),
                 one = tq_chisq_upper(stat, 1.0);
    const double p = out->rhos == 1 ? 0.5 * one : 0.5 * one + 0.25 * tq_chisq_upper(stat, 2.0);

    return (tq_statistic){stat, (double)out->rhos, stat > 0.0 ? p : 1.0};
}

static void keep(const tq_model *m, const tq_beta_binomial_fit *out, tq_pool_work *g, tq_pool *fit)
{
    const effect e = effect_at(m->counts->scale, out->logit);
    const double groups = m->counts->x2 ? 2.0 : 1.0;

    fit->beta[0] = e.value;
    fit->vb[0] = e.d1 * e.d1 * out->cov[0];
    if (groups > 1.0) {
        fit->vb[0] += 2.0 * e.d1 * e.d2 * out->cov[1] + e.d2 * e.d2 * out->cov[2];
    }
    fit->rho[0] = out->rho[0];
    fit->rho[1] = out->rho[1];
    fit->iterations = out->iterations;
    if (m->k > 1) {
        fit->lrt = spread_test(out);
    }
    fit->deviance = -2.0 * out->ll;
    pool_criteria(out->ll, (double)out->parameters, groups * (double)m->k, fit);
    for (size_t i = 0; i < m->k; i++) {
        fit->weight[i] = NAN; /* totals are not averages of studies */
    }
    event_tests(m, g, fit);
}

tq_status pool_fit_beta_binomial(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                                 tq_pool *fit, tq_error *err)
{
    tq_beta_binomial_fit out;
    event_data d = {0};
    tq_status status = count_fit_check_options(model, opt, err);

    status = status == TQ_OK ? event_begin(model, opt, 1, &d, fit, err) : status;
    if (status == TQ_OK) {
        const tq_beta_binomial_problem problem = {.k = d.k,
                                                  .study = d.study,
                                                  .groups = d.groups,
                                                  .separate = opt->separate_rho,
                                                  .tol = opt->tol,
                                                  .max_iter = opt->max_iter};
        const char *lack = event_lack_of_totals(model);

        if (lack) {
            status = event_none(model, lack, fit);
        } else {
            status = tq_beta_binomial_maximise(&problem, &out, err);
            if (status == TQ_OK) {
                keep(model, &out, g, fit);
            }
        }
    }
    event_data_free(&d);
    return status;
}
