/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Skewness of the studies' standardised deviates: Lin & Chu (2018), Biometrics 74:785-794. With
 * si = sqrt(vi + tau2), the residuals of Egger's regression
 *
 *     yi / si = a + mu / si + ei
 *
 * are skewed where studies are missing on one side. T = m3 / s^3 with the mean m3 of their third powers
 * and their variance s^2 on k - 1 df; T sqrt(k / 6) is standard normal without bias.
 */
#include <math.h>

#include "bias/asymmetry_internal.h"
#include "core/distributions.h"

/* Residuals of y on an intercept and x, into y. */
static void take_residuals(size_t k, double *y, const double *x)
{
    const double n = (double)k;
    double my = 0.0, mx = 0.0, sxx = 0.0, sxy = 0.0;

    for (size_t i = 0; i < k; i++) {
        my += y[i] / n;
        mx += x[i] / n;
    }
    for (size_t i = 0; i < k; i++) {
        sxx += (x[i] - mx) * (x[i] - mx);
        sxy += (x[i] - mx) * (y[i] - my);
    }
    for (size_t i = 0; i < k; i++) {
        y[i] -= my + sxy / sxx * (x[i] - mx);
    }
}

tq_status bias_skewness(bias_room *room, tq_bias_result *out, tq_error *err)
{
    const tq_model *m = &room->s->model;
    double lo = m->vi[0], hi = m->vi[0], m2 = 0.0, m3 = 0.0, size = 0.0;
    tq_error inner = {0};

    if (bias_has_moderators(room, out)) {
        return TQ_OK;
    }
    if (m->k < 3) {
        return bias_cannot(out, "%zu stud%s: it needs at least 3", m->k, m->k == 1 ? "y" : "ies");
    }
    if (tq_method_counts(room->opt.method)) {
        return bias_cannot(out, "method %s has no model of effects; --method REML has",
                           tq_method_name(room->opt.method));
    }
    const tq_status status = bias_mean(room, &inner);

    if (status != TQ_OK) {
        return bias_failed(out, status, &inner, err);
    }
    const double tau2 = isnan(room->fit->tau2) ? 0.0 : room->fit->tau2, mu = room->fit->beta[0];

    for (size_t i = 0; i < m->k; i++) {
        lo = fmin(lo, m->vi[i]);
        hi = fmax(hi, m->vi[i]);
        room->v[i] = 1.0 / sqrt(m->vi[i] + tau2);
        room->y[i] = (m->yi[i] - mu) * room->v[i]; /* mu goes into the slope */
        size = fmax(size, fabs(m->yi[i]) * room->v[i]);
    }
    if (!(hi - lo > 1e-10 * hi)) {
        return bias_cannot(out, "the standard errors are the same in all studies");
    }
    take_residuals(m->k, room->y, room->v);
    for (size_t i = 0; i < m->k; i++) {
        m2 += room->y[i] * room->y[i] / ((double)m->k - 1.0);
        m3 += room->y[i] * room->y[i] * room->y[i] / (double)m->k;
    }
    if (!(sqrt(m2) > 1e-10 * size)) { /* rounding is no skewness */
        return bias_cannot(out, "the effects lie on the line exactly");
    }
    out->est = m3 / (m2 * sqrt(m2));
    out->se = sqrt(6.0 / (double)m->k);
    out->stat = out->est / out->se;
    out->pval = tq_two_sided_p(out->stat, NAN);
    return TQ_OK;
}
