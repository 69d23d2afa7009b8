/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Peto's log odds ratio: Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371. Observed less
 * expected events of group 1, O - E, and their hypergeometric variance V add up over the studies;
 * the pooled effect is sum(O - E) / sum V, with variance 1 / sum V. Increments for zero cells reach
 * the studies' effects, and so the fit statistics, but neither the pooled effect nor Q.
 */
#include <math.h>

#include "pooling/count_fit_internal.h"

typedef struct {
    double oe, V;
} score;

static score score_at(const tq_model *m, size_t i)
{
    if (isnan(m->counts->x1[i])) { /* given as such: yi = (O - E) / V, vi = 1 / V */
        return (score){m->yi[i] / m->vi[i], 1.0 / m->vi[i]};
    }
    const count_table t = count_table_at(m->counts, i);

    return (score){count_table_excess(&t), count_table_variance(&t)};
}

/* sum (O - E)^2 / V - (sum (O - E))^2 / sum V, around the pooled effect so that nothing cancels. */
static double heterogeneity(const tq_model *m, double beta, size_t *studies)
{
    double Q = 0.0;

    *studies = 0;
    for (size_t i = 0; i < m->k; i++) {
        const score s = score_at(m, i);

        if (s.V > 0.0) {
            const double r = s.oe - s.V * beta;

            Q += r * (r / s.V);
            (*studies)++;
        }
    }
    return Q;
}

tq_status fit_peto(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g, tq_pool *fit,
                   tq_error *err)
{
    const tq_status status = count_fit_check(model, opt, err);
    double oe = 0.0, V = 0.0;
    size_t studies;

    (void)g;
    if (status != TQ_OK) {
        return status;
    }
    pool_head(model, opt, fit);
    for (size_t i = 0; i < model->k; i++) {
        const score s = score_at(model, i);

        oe += s.oe;
        V += s.V;
        fit->weight[i] = s.V;
    }
    count_fit_effect(model->counts, oe / V, 1.0 / V, fit);
    count_fit_percent(model->k, fit->weight);
    const double Q = heterogeneity(model, fit->beta[0], &studies);

    count_fit_heterogeneity(Q, studies, fit);
    count_fit_statistics(model, fit->beta[0], fit);
    return TQ_OK;
}
