/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Test of excess significance: Ioannidis & Trikalinos (2007), Clin. Trials 4:245-253. Are more studies
 * significant than their power lets expect? The power is that at the pooled effect mu; with
 * heterogeneity it is averaged over true effects from N(mu, tau2), for which yi ~ N(mu, vi + tau2).
 */
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "bias/asymmetry_internal.h"
#include "core/distributions.h"
#include "core/gsl_quiet.h"

enum { EXACT_UP_TO = 20000 }; /* O(k^2) */

/* P(at least `observed` successes) in trials of their own probabilities q[n]; p[n + 1] is scratch. */
static double upper_tail(size_t n, const double *q, double observed, double *p)
{
    double tail = 0.0;

    p[0] = 1.0;
    for (size_t i = 0; i < n; i++) {
        p[i + 1] = 0.0;
        for (size_t j = i + 1; j > 0; j--) {
            p[j] = p[j] * (1.0 - q[i]) + p[j - 1] * q[i];
        }
        p[0] *= 1.0 - q[i];
    }
    for (size_t j = n + 1; j > 0 && (double)(j - 1) >= observed; j--) {
        tail += p[j - 1]; /* the smallest first */
    }
    return fmin(1.0, tail);
}

/* Counts the significant studies, and fills v with the powers. */
static void count(bias_room *room, double null, tq_bias_result *out)
{
    const tq_model *m = &room->s->model;
    const double mu = room->fit->beta[0] - null;
    const double tau2 = isnan(room->fit->tau2) ? 0.0 : room->fit->tau2;
    const double critical = tq_critical_value(100.0 * (1.0 - room->alpha), NAN);

    out->observed = out->expected = 0.0;
    tq_gsl_quiet();
    for (size_t i = 0; i < m->k; i++) {
        const double sei = sqrt(m->vi[i]), spread = sqrt(m->vi[i] + tau2);

        room->v[i] = gsl_cdf_ugaussian_Q((critical * sei - mu) / spread) +
                     gsl_cdf_ugaussian_P((-critical * sei - mu) / spread);
        out->expected += room->v[i];
        out->observed += fabs(m->yi[i] - null) >= critical * sei ? 1.0 : 0.0;
    }
}

tq_status bias_excess(bias_room *room, tq_bias_result *out, tq_error *err)
{
    const size_t k = room->s->model.k;
    const double null = room->s->null_value;
    tq_error inner = {0};

    if (bias_has_moderators(room, out)) {
        return TQ_OK;
    }
    if (isnan(null)) {
        return bias_cannot(out, "the measure has no value of no effect to be significant against");
    }
    if (tq_method_counts(room->opt.method)) {
        return bias_cannot(out, "method %s has no model of effects; --method REML has",
                           tq_method_name(room->opt.method));
    }
    if (out->test == TQ_BIAS_TES && k > EXACT_UP_TO) {
        return bias_cannot(out, "exact up to %d studies; tes-binomial takes more", EXACT_UP_TO);
    }
    const tq_status status = bias_mean(room, &inner);

    if (status != TQ_OK) {
        return bias_failed(out, status, &inner, err);
    }
    count(room, null, out);
    const double O = out->observed, E = out->expected, n = (double)k;

    if (out->test == TQ_BIAS_TES) {
        out->exact = 1;
        out->pval = upper_tail(k, room->v, O, room->X); /* X has room for k + 1 */
    } else if (out->test == TQ_BIAS_TES_BINOMIAL) {
        out->exact = 1;
        out->pval =
            O > 0.0 ? gsl_cdf_binomial_Q((unsigned)O - 1, fmin(1.0, E / n), (unsigned)k) : 1.0;
    } else if (!(n - E > 0.0)) {
        return bias_cannot(out, "all studies are certain to be significant at the pooled effect");
    } else {
        out->stat = (O - E) * ((O - E) / E + (O - E) / (n - E));
        out->df = 1.0;
        out->pval = gsl_cdf_ugaussian_Q(copysign(sqrt(out->stat), O - E));
    }
    return TQ_OK;
}
