/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moment estimators of tau2. With fixed weights ai, A = diag(ai) and P = A - AX (X'AX)^-1 X'A,
 *
 *     E[y'Py] = tr(PV) + tau2 tr(P),  Var[y'Py] = 2 tr(P(V + tau2 I)P(V + tau2 I)),
 *
 * so  tau2 = (y'Py - tr(PV)) / tr(P)  and its standard error follows (DerSimonian & Kacker 2007,
 * Contemp. Clin. Trials 28:105-114, eq. 6; Jackson, Turner, Rhodes & Viechtbauer 2014, BMC Med.
 * Res. Methodol. 14:103 with moderators). The members differ in their weights.
 */
#include "pooling/tau2_internal.h"

#include <math.h>

/* 2 tr(PVPV) + 4 t tr(PVP) + 2 t^2 tr(PP): the variance of y'Py at tau2 = t. */
static double form_variance(const problem_form *f, double t)
{
    return 2.0 * f->trPVPV + 4.0 * t * f->trPVP + 2.0 * t * t * f->trPP;
}

/* NaN stays NaN, which fmax would turn into 0. */
static double nonnegative(double x)
{
    return x < 0.0 ? 0.0 : x;
}

static double degrees(const tq_pool_work *g)
{
    return (double)(g->k - g->p);
}

tq_status tau2_none(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    (void)g;
    (void)opt;
    (void)err;
    *out = (tau2_value){0.0, 0};
    return TQ_OK;
}

double tau2_se_none(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    (void)g;
    (void)opt;
    (void)t;
    return NAN;
}

/* DerSimonian & Laird (1986), Control. Clin. Trials 7:177-188: ai = 1/vi, where PVP = P. */
tq_status tau2_dl(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    problem_sums s;

    (void)opt;
    (void)err;
    problem_evaluate(g, 0.0, SUMS_TRACE, &s);
    *out = (tau2_value){nonnegative((s.Q - degrees(g)) / s.trP), 0};
    return TQ_OK;
}

/* Variance of Q with ai = 1/vi: tr(PVPV) = k - p, tr(PVP) = tr P. */
static double se_inverse_variance(tq_pool_work *g, double t,
                                  double (*divisor)(const tq_pool_work *, const problem_sums *))
{
    problem_sums s;

    problem_evaluate(g, 0.0, SUMS_DETAIL, &s);
    const double variance = 2.0 * degrees(g) + 4.0 * t * s.trP + 2.0 * t * t * s.trPP;

    return sqrt(variance) / divisor(g, &s);
}

static double divisor_dl(const tq_pool_work *g, const problem_sums *s)
{
    (void)g;
    return s->trP;
}

double tau2_se_dl(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    (void)opt;
    return se_inverse_variance(g, t, divisor_dl);
}

/* Hunter & Schmidt (2004), Methods of Meta-Analysis, 2nd ed., p. 401; k rather than k - p, so the
   estimate is biased downwards. */
tq_status tau2_hs(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    problem_sums s;

    (void)opt;
    (void)err;
    problem_evaluate(g, 0.0, SUMS_PLAIN, &s);
    *out = (tau2_value){nonnegative((s.Q - (double)g->k) / s.sw), 0};
    return TQ_OK;
}

static double divisor_hs(const tq_pool_work *g, const problem_sums *s)
{
    (void)g;
    return s->sw;
}

double tau2_se_hs(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    (void)opt;
    return se_inverse_variance(g, t, divisor_hs);
}

/* HS with the small-sample correction k / (k - p): Brannick et al. (2019), Res. Synth. Methods
   10:486-497. */
tq_status tau2_hsk(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    const double k = (double)g->k;
    problem_sums s;

    (void)opt;
    (void)err;
    problem_evaluate(g, 0.0, SUMS_PLAIN, &s);
    *out = (tau2_value){nonnegative((k / degrees(g) * s.Q - k) / s.sw), 0};
    return TQ_OK;
}

double tau2_se_hsk(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    return (double)g->k / degrees(g) * tau2_se_hs(g, opt, t);
}

/* Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, ch. 9 (also Cochran): ai = 1. */
static void form_unweighted(tq_pool_work *g, problem_form *f)
{
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = 1.0;
    }
    problem_quadratic_form(g, f);
}

tq_status tau2_he(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    problem_form f;

    (void)opt;
    (void)err;
    form_unweighted(g, &f);
    *out = (tau2_value){nonnegative((f.Q - f.trPV) / f.trP), 0};
    return TQ_OK;
}

double tau2_se_he(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    problem_form f;

    (void)opt;
    form_unweighted(g, &f);
    return sqrt(form_variance(&f, t)) / f.trP;
}

/* Sidik & Jonkman (2005), J. R. Stat. Soc. C 54:367-384: from the crude tau0 = sum (yi - ybar)^2 / k,
   tau2 = tau0 Q(tau0) / (k - p). Positive unless all effects are equal. */
static double crude_variance(const tq_pool_work *g)
{
    double mean = 0.0, sum = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        mean += g->y[i] / (double)g->k;
    }
    for (size_t i = 0; i < g->k; i++) {
        sum += (g->y[i] - mean) * (g->y[i] - mean);
    }
    return sum / (double)g->k;
}

tq_status tau2_sj(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    const double t0 = crude_variance(g);
    problem_sums s;

    (void)opt;
    (void)err;
    problem_evaluate(g, t0, SUMS_PLAIN, &s);
    *out = (tau2_value){t0 * s.Q / degrees(g), 0};
    return TQ_OK;
}

double tau2_se_sj(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    const double t0 = crude_variance(g);
    problem_form f;

    (void)opt;
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = 1.0 / (g->v[i] + t0);
    }
    problem_quadratic_form(g, &f);
    return t0 / degrees(g) * sqrt(form_variance(&f, t));
}

/* DerSimonian & Kacker (2007), eq. 6: the user's weights. */
tq_status tau2_genq(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    problem_form f;

    (void)err;
    problem_weights(g, opt->weights);
    problem_quadratic_form(g, &f);
    *out = (tau2_value){nonnegative((f.Q - f.trPV) / f.trP), 0};
    return TQ_OK;
}

double tau2_se_genq(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    problem_form f;

    problem_weights(g, opt->weights);
    problem_quadratic_form(g, &f);
    return sqrt(form_variance(&f, t)) / f.trP;
}
