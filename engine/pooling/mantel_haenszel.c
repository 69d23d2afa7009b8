/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mantel-Haenszel estimates of a common ratio or difference: Mantel & Haenszel (1959), J. Natl.
 * Cancer Inst. 22:719-748; Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed., ch. 15.
 * Sums over the tables, so that studies without events need no increment.
 */
#include <math.h>

#include "core/distributions.h"
#include "pooling/count_fit_internal.h"

/* A pooled effect: its estimate and variance on the analysis scale. */
typedef struct {
    double beta, var;
} pooled;

/* Fills weight[k], up to a factor. */
typedef pooled pool_fn(const tq_counts *c, size_t k, const tq_pool_options *opt, double *weight);

/* NaN where one of the groups has nothing that counts: the ratio is 0, infinite, or neither. */
static double log_ratio(double R, double S)
{
    return R > 0.0 && S > 0.0 ? log(R) - log(S) : (double)NAN;
}

/* Robins, Breslow & Greenland (1986), Biometrics 42:311-323, eq. 6: consistent for few large and
   for many sparse tables. */
static pooled pool_or(const tq_counts *c, size_t k, const tq_pool_options *opt, double *weight)
{
    double R = 0.0, S = 0.0, PR = 0.0, PS_QR = 0.0, QS = 0.0;

    (void)opt;
    for (size_t i = 0; i < k; i++) {
        const count_table t = count_table_at(c, i);
        const double r = t.a * (t.d / t.N), s = t.b * (t.c / t.N);
        const double P = (t.a + t.d) / t.N, Q = (t.b + t.c) / t.N;

        R += r;
        S += s;
        PR += P * r;
        PS_QR += P * s + Q * r;
        QS += Q * s;
        weight[i] = s;
    }
    return (pooled){log_ratio(R, S), 0.5 * (PR / R / R + PS_QR / R / S + QS / S / S)};
}

/* Variance: Greenland & Robins (1985), Biometrics 41:55-68, eq. 13. */
static pooled pool_rr(const tq_counts *c, size_t k, const tq_pool_options *opt, double *weight)
{
    double R = 0.0, S = 0.0, D = 0.0;

    (void)opt;
    for (size_t i = 0; i < k; i++) {
        const count_table t = count_table_at(c, i);

        R += t.a * (t.n2 / t.N);
        S += weight[i] = t.c * (t.n1 / t.N);
        D += (t.n1 / t.N) * (t.n2 / t.N) * t.m - t.a * (t.c / t.N);
    }
    return (pooled){log_ratio(R, S), D / R / S};
}

/*
 * Sato, Greenland & Robins (1989), Biometrics 45:1323-1324: the variance is (beta P + Q) / W^2.
 * Greenland & Robins (1985): the weighted binomial variances.
 */
static pooled pool_rd(const tq_counts *c, size_t k, const tq_pool_options *opt, double *weight)
{
    double W = 0.0, D = 0.0, P = 0.0, Q = 0.0, binomial = 0.0;

    for (size_t i = 0; i < k; i++) {
        const count_table t = count_table_at(c, i);
        const double f1 = t.n1 / t.N, f2 = t.n2 / t.N;

        W += weight[i] = t.n1 * f2;
        D += t.a * f2 - t.c * f1;
        P += f1 * f1 * t.c - f2 * f2 * t.a + 0.5 * f1 * f2 * (t.n2 - t.n1);
        Q += 0.5 * (t.a * (t.d / t.N) + t.c * (t.b / t.N));
        binomial += f2 * f2 * t.a * (t.b / t.n1) + f1 * f1 * t.c * (t.d / t.n2);
    }
    const double beta = D / W;

    return (pooled){beta, (opt->mh_variance == TQ_MH_GR ? binomial : beta * P + Q) / W / W};
}

/* Rates: Rothman et al. (2008), eqs. 15-20 to 15-24; Greenland & Robins (1985). */
static pooled pool_irr(const tq_counts *c, size_t k, const tq_pool_options *opt, double *weight)
{
    double R = 0.0, S = 0.0, D = 0.0;

    (void)opt;
    for (size_t i = 0; i < k; i++) {
        const double f1 = c->n1[i] / (c->n1[i] + c->n2[i]), f2 = c->n2[i] / (c->n1[i] + c->n2[i]);

        R += c->x1[i] * f2;
        S += weight[i] = c->x2[i] * f1;
        D += (c->x1[i] + c->x2[i]) * f1 * f2;
    }
    return (pooled){log_ratio(R, S), D / R / S};
}

static pooled pool_ird(const tq_counts *c, size_t k, const tq_pool_options *opt, double *weight)
{
    double W = 0.0, D = 0.0, V = 0.0;

    (void)opt;
    for (size_t i = 0; i < k; i++) {
        const double f1 = c->n1[i] / (c->n1[i] + c->n2[i]), f2 = c->n2[i] / (c->n1[i] + c->n2[i]);

        W += weight[i] = c->n1[i] * f2;
        D += c->x1[i] * f2 - c->x2[i] * f1;
        V += c->x1[i] * f2 * f2 + c->x2[i] * f1 * f1;
    }
    return (pooled){D / W, V / W / W};
}

static pool_fn *const scales[TQ_COUNT_COUNT] = {
    [TQ_COUNT_OR] = pool_or,   [TQ_COUNT_RR] = pool_rr,   [TQ_COUNT_RD] = pool_rd,
    [TQ_COUNT_IRR] = pool_irr, [TQ_COUNT_IRD] = pool_ird,
};

/* No association in any table: events of group 1 against what their margins, or their shares of the
   person-time, let expect. */
static tq_statistic association(const tq_counts *c, size_t k, int correct)
{
    const int rates = !tq_count_scale_binomial(c->scale);
    double excess = 0.0, variance = 0.0;

    for (size_t i = 0; i < k; i++) {
        const count_table t = count_table_at(c, i);
        const double f1 = t.n1 / t.N, f2 = t.n2 / t.N;

        excess += rates ? t.a * f2 - t.c * f1 : count_table_excess(&t);
        variance += rates ? t.m * f1 * f2 : count_table_variance(&t);
    }
    if (!(variance > 0.0)) {
        return (tq_statistic){NAN, NAN, NAN};
    }
    const double distance = fmax(0.0, fabs(excess) - (correct ? 0.5 : 0.0));
    const double stat = distance * (distance / variance);

    return (tq_statistic){stat, 1.0, tq_chisq_upper(stat, 1.0)};
}

tq_status fit_mantel_haenszel(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                              tq_pool *fit, tq_error *err)
{
    const tq_counts *c = model->counts;
    const tq_status status = count_fit_check(model, opt, err);
    size_t studies;

    (void)g;
    if (status != TQ_OK) {
        return status;
    }
    pool_head(model, opt, fit);
    const pooled mh = scales[c->scale](c, model->k, opt, fit->weight);

    count_fit_effect(c, mh.beta, mh.var, fit);
    count_fit_percent(model->k, fit->weight);
    const double Q = count_fit_residual(model, fit->beta[0], &studies);

    count_fit_heterogeneity(Q, studies, fit);
    count_fit_statistics(model, fit->beta[0], fit);
    fit->cmh = association(c, model->k, opt->correct);
    if (c->scale == TQ_COUNT_OR && !isnan(fit->beta[0])) {
        breslow_day(c, model->k, exp(fit->beta[0]), &fit->bd, &fit->ta);
    }
    return TQ_OK;
}
