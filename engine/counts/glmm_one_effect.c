/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models whose only random effect is the study's effect: UM.FS, CM.EL, CM.AL, and one group. */
#include <math.h>
#include <string.h>

#include "counts/glmm_internal.h"

static tq_marginal study_at(glmm_state *g, size_t i, double mu, double tau)
{
    const tq_count_study *s = &g->in->study[i];

    return g->profile
               ? tq_marginal_profile(&g->rule, g->response, s, mu, tau, &g->a[i], &g->mode[i])
               : tq_marginal_at(&g->rule, g->response, s, mu, tau, 0.0, &g->mode[i]);
}

static double minus_ll(glmm_state *g, const double *x, double *gradient)
{
    const double tau = x[g->p];
    double ll = 0.0;

    if (gradient) {
        memset(gradient, 0, g->n * sizeof *gradient);
    }
    for (size_t i = 0; i < g->k; i++) {
        const tq_marginal m = study_at(g, i, glmm_effect(g, x, i), tau);

        ll += m.ll;
        for (size_t j = 0; gradient && j < g->p; j++) {
            gradient[j] -= m.g[TQ_MU] * g->Q[i + j * g->k];
        }
        if (gradient) {
            gradient[g->p] -= m.g[TQ_TAU];
        }
    }
    return -ll;
}

static tq_status information(glmm_state *g, double *x, double *H, tq_error *err)
{
    const size_t p = g->p, n = g->n, k = g->k;

    (void)err;
    memset(H, 0, n * n * sizeof *H);
    for (size_t i = 0; i < k; i++) {
        const tq_marginal m = study_at(g, i, glmm_effect(g, x, i), x[p]);

        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b < n; b++) {
                const int at = a < p ? TQ_MU : TQ_TAU, bt = b < p ? TQ_MU : TQ_TAU;
                const double xa = a < p ? g->Q[i + a * k] : 1.0, xb = b < p ? g->Q[i + b * k] : 1.0;

                H[a + b * n] -= m.H[at][bt] * xa * xb;
            }
        }
    }
    return TQ_OK;
}

static double weight(glmm_state *g, const double *x, size_t i)
{
    return -study_at(g, i, glmm_effect(g, x, i), x[g->p]).H[TQ_MU][TQ_MU];
}

static tq_status saturated(glmm_state *g, double *equal, tq_glmm_fit *out, tq_error *err)
{
    (void)err;
    out->ll_equal = g->constant - minus_ll(g, equal, NULL);
    out->ll_saturated = 0.0;
    for (size_t i = 0; i < g->k; i++) {
        const tq_saturated s = g->saturate(&g->in->study[i]);

        out->ll_saturated += s.ll;
        g->theta[i] = s.theta;
        g->w[i] = s.weight;
    }
    out->wald = glmm_wald(g);
    return TQ_OK;
}

const glmm_likelihood glmm_one_effect = {0, minus_ll, information, weight, saturated};
