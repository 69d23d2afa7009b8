/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UM.RS: random study intercepts beside the random effect, without correlation. With level si and
 * effect theta_i of study i,
 *
 *     eta_1 = level + si + xi' beta + ui / 2,  eta_2 = level + si - ui / 2,
 *     si = sigma z1,  ui = tau z2,  z ~ N(0, I).
 *
 * The parameters are level, sigma, beta, tau. The integral over z is taken by Laplace's
 * approximation (one point) or on a grid of nodes turned and scaled by the curvature at the mode.
 */
#include <math.h>
#include <string.h>

#include "counts/glmm_internal.h"
#include "linalg/dense.h"
#include "optim/derivative.h"
#include "optim/minimise.h"

/* The parameters of one study, in the order of its gradient. */
enum { LEVEL, SIGMA, MU, TAU, VARIABLES };
static const double SIDE[2] = {0.5, -0.5};
static const double SMALL_STEP = 1e-4; /* below it Newton steps converge by themselves */

typedef struct {
    const tq_count_study *s;
    tq_glmm_events events;
    double psi[VARIABLES];
} study_problem;

/* Both groups at z: log-likelihood with the normal density of z (but its constant), its gradient in
   z, and minus its Hessian M, as {M11, M12, M22}. */
typedef struct {
    double f, g[2], M[3];
    tq_slopes slope[2];
} integrand;

static tq_slopes group_slopes(const study_problem *q, int group, double eta)
{
    const double x = group == 0 ? q->s->x1 : q->s->x2, n = group == 0 ? q->s->n1 : q->s->n2;

    return tq_group_slopes(q->events == TQ_GLMM_POISSON, x, n, eta);
}

static integrand integrand_at(const study_problem *q, double z1, double z2)
{
    const double *psi = q->psi;
    integrand v = {-0.5 * (z1 * z1 + z2 * z2), {-z1, -z2}, {1.0, 0.0, 1.0}, {{0.0, 0.0, 0.0}}};

    for (int j = 0; j < 2; j++) {
        const double c1 = psi[SIGMA], c2 = SIDE[j] * psi[TAU];
        const double eta = psi[LEVEL] + c1 * z1 + SIDE[j] * psi[MU] + c2 * z2;
        const tq_slopes s = group_slopes(q, j, eta);

        v.slope[j] = s;
        v.f += s.ll;
        v.g[0] += c1 * s.d1;
        v.g[1] += c2 * s.d1;
        v.M[0] -= c1 * c1 * s.d2;
        v.M[1] -= c1 * c2 * s.d2;
        v.M[2] -= c2 * c2 * s.d2;
    }
    return v;
}

static double determinant(const double M[3])
{
    return M[0] * M[2] - M[1] * M[1];
}

/* out = M^-1 v */
static void solve(const double M[3], const double v[2], double out[2])
{
    const double det = determinant(M);

    out[0] = (M[2] * v[0] - M[1] * v[1]) / det;
    out[1] = (M[0] * v[1] - M[1] * v[0]) / det;
}

/* Newton steps on a concave function, halved where they do not raise it. */
static integrand find_mode(const study_problem *q, double *z1, double *z2)
{
    integrand v = integrand_at(q, *z1, *z2);

    for (int iter = 0; iter < 100; iter++) {
        double step[2];
        integrand there;

        solve(v.M, v.g, step);
        for (;; step[0] *= 0.5, step[1] *= 0.5) {
            there = integrand_at(q, *z1 + step[0], *z2 + step[1]);
            if (there.f >= v.f || fabs(step[0]) + fabs(step[1]) < SMALL_STEP) {
                break;
            }
        }
        *z1 += step[0];
        *z2 += step[1];
        v = there;
        if (!(fabs(step[0]) + fabs(step[1]) > 1e-9)) {
            break;
        }
    }
    return v;
}

/* log of the integral over the grid of nodes; L L' = M^-1. */
static double grid_ll(const tq_quadrature *rule, const study_problem *q, const integrand *peak,
                      double z1, double z2)
{
    const double det = determinant(peak->M);
    const double l11 = sqrt(peak->M[2] / det), l21 = -peak->M[1] / det / l11;
    const double l22 = 1.0 / sqrt(peak->M[2]);
    double sum = 0.0;

    for (size_t i = 0; i < rule->n; i++) {
        for (size_t j = 0; j < rule->n; j++) {
            const integrand v =
                integrand_at(q, z1 + l11 * rule->x[i], z2 + l21 * rule->x[i] + l22 * rule->x[j]);

            sum += exp(v.f - peak->f + rule->log_w[i] + rule->log_w[j]);
        }
    }
    return sum > 0.0 ? peak->f - 0.5 * log(det) + log(sum) : (double)-INFINITY;
}

/* Third derivative of the log-likelihood of a group. */
static double third(const study_problem *q, int group, const tq_slopes *s)
{
    if (q->events == TQ_GLMM_POISSON) {
        return s->d2;
    }
    const double x = group == 0 ? q->s->x1 : q->s->x2, n = group == 0 ? q->s->n1 : q->s->n2;
    return n > 0.0 ? s->d2 * (1.0 - 2.0 * (x - s->d1) / n) : 0.0;
}

/*
 * Gradient of Laplace's approximation f(z) - log|M| / 2 in psi. The mode moves with psi,
 * dz = M^-1 d2f/dz dpsi, which changes M through the third derivatives alone.
 */
static void laplace_gradient(const study_problem *q, const integrand *v, double z1, double z2,
                             double *gradient)
{
    const double tau = q->psi[TAU], sigma = q->psi[SIGMA], det = determinant(v->M);

    for (int m = 0; m < VARIABLES; m++) {
        double direct[2], mixed[2] = {0.0, 0.0}, dz[2], df = 0.0, dM[3] = {0.0, 0.0, 0.0};

        for (int j = 0; j < 2; j++) {
            const double e[VARIABLES] = {1.0, z1, SIDE[j], SIDE[j] * z2};
            const double c[2] = {sigma, SIDE[j] * tau};

            direct[j] = e[m];
            df += v->slope[j].d1 * e[m];
            mixed[0] += v->slope[j].d2 * e[m] * c[0] + (m == SIGMA ? v->slope[j].d1 : 0.0);
            mixed[1] += v->slope[j].d2 * e[m] * c[1] + (m == TAU ? v->slope[j].d1 * SIDE[j] : 0.0);
        }
        solve(v->M, mixed, dz);
        for (int j = 0; j < 2; j++) {
            const double c[2] = {sigma, SIDE[j] * tau};
            const double dc[2] = {m == SIGMA ? 1.0 : 0.0, m == TAU ? SIDE[j] : 0.0};
            const double deta = direct[j] + c[0] * dz[0] + c[1] * dz[1];
            const double d3 = third(q, j, &v->slope[j]) * deta, d2 = v->slope[j].d2;

            dM[0] -= d3 * c[0] * c[0] + 2.0 * d2 * dc[0] * c[0];
            dM[1] -= d3 * c[0] * c[1] + d2 * (dc[0] * c[1] + c[0] * dc[1]);
            dM[2] -= d3 * c[1] * c[1] + 2.0 * d2 * dc[1] * c[1];
        }
        gradient[m] = df - 0.5 * (v->M[2] * dM[0] - 2.0 * v->M[1] * dM[1] + v->M[0] * dM[2]) / det;
    }
}

/* Log-likelihood of a study whose groups have logits level + mu / 2 and level - mu / 2 on average; its
   gradient is that of Laplace's approximation, unless NULL. */
static double study_ll(glmm_state *g, size_t i, const double *x, double level, double mu,
                       double *gradient)
{
    const study_problem q = {&g->in->study[i], g->in->events, {level, x[1], mu, x[g->n - 1]}};
    const integrand peak = find_mode(&q, &g->mode[i], &g->mode2[i]);

    if (gradient) {
        laplace_gradient(&q, &peak, g->mode[i], g->mode2[i], gradient);
    }
    return g->rule.n == 1 ? peak.f - 0.5 * log(determinant(peak.M))
                          : grid_ll(&g->rule, &q, &peak, g->mode[i], g->mode2[i]);
}

static double minus_ll(glmm_state *g, const double *x, double *gradient)
{
    double ll = 0.0, psi[VARIABLES];

    if (gradient) {
        memset(gradient, 0, g->n * sizeof *gradient);
    }
    for (size_t i = 0; i < g->k; i++) {
        const double mu = glmm_effect(g, x + 2, i);

        ll += study_ll(g, i, x, x[0] + 0.5 * mu, mu, gradient ? psi : NULL);
        if (gradient) {
            gradient[0] -= psi[LEVEL];
            gradient[1] -= psi[SIGMA];
            gradient[g->n - 1] -= psi[TAU];
        }
        for (size_t j = 0; gradient && j < g->p; j++) {
            gradient[2 + j] -= (psi[MU] + 0.5 * psi[LEVEL]) * g->Q[i + j * g->k];
        }
    }
    return -ll;
}

static double value(const double *x, double *gradient, void *context)
{
    (void)gradient;
    return minus_ll(context, x, NULL);
}

static tq_status information(glmm_state *g, double *x, double *H, tq_error *err)
{
    return tq_hessian(g->n, value, g, NULL, x, H, NULL, err);
}

typedef struct {
    glmm_state *g;
    const double *x;
    size_t i;
    double mu;
} weight_problem;

static double study_value(const double *shift, double *gradient, void *context)
{
    const weight_problem *w = context;

    (void)gradient;
    return -study_ll(w->g, w->i, w->x, w->x[0] + 0.5 * w->mu, w->mu + *shift, NULL);
}

static double weight(glmm_state *g, const double *x, size_t i)
{
    weight_problem w = {g, x, i, glmm_effect(g, x + 2, i)};
    double shift = 0.0, curvature;

    return tq_hessian(1, study_value, &w, NULL, &shift, &curvature, NULL, NULL) == TQ_OK
               ? fmax(0.0, curvature)
               : (double)NAN;
}

/* ---- tests of heterogeneity: an effect for each study, random study intercepts ---- */

/*
 * The saturated model has logits level + si + theta_i and level + si, as its peers have it: how an
 * effect is split over the groups matters here. Its level and sigma are searched, its effects are
 * profiled out. An effect is infinite where group 1 has no events or nothing else; the group then
 * fits perfectly, and says nothing about the rest.
 */
typedef struct {
    glmm_state *g;
    const tq_quadrature *rule; /* of the integral over si */
} saturated_problem;

static int infinite_effect(const glmm_state *g, size_t i)
{
    const tq_count_study *s = &g->in->study[i];

    return s->x1 == 0.0 || (g->in->events == TQ_GLMM_BINOMIAL && s->x1 == s->n1);
}

/* The study without a group that fits perfectly. */
static tq_count_study without_perfect_group(const glmm_state *g, size_t i)
{
    tq_count_study s = g->in->study[i];

    if (infinite_effect(g, i)) {
        s.x1 = s.n1 = 0.0;
    }
    return s;
}

static tq_marginal saturated_study(const saturated_problem *l, size_t i, double level, double sigma)
{
    glmm_state *g = l->g;
    const tq_count_study s = without_perfect_group(g, i);

    return infinite_effect(g, i)
               ? tq_marginal_at(l->rule, g->response, &s, level, sigma, 0.0, &g->mode[i])
               : tq_marginal_profile(l->rule, g->response, &s, level, sigma, &g->a[i], &g->mode[i]);
}

static double saturated_minus_ll(const double *x, double *gradient, void *context)
{
    const saturated_problem *l = context;
    double ll = 0.0, sum[2] = {0.0, 0.0};

    for (size_t i = 0; i < l->g->k; i++) {
        const tq_marginal m = saturated_study(l, i, x[0], x[1]);

        ll += m.ll;
        sum[0] -= m.g[TQ_MU];
        sum[1] -= m.g[TQ_TAU];
    }
    if (gradient) {
        memcpy(gradient, sum, sizeof sum);
    }
    return -ll;
}

/* Laplace's approximation for a study and its gradient in level, sigma and effect. */
static double laplace_at(glmm_state *g, size_t i, const double *x, double effect, double out[3])
{
    const tq_count_study s = without_perfect_group(g, i);
    const study_problem q = {&s, g->in->events, {x[0] + 0.5 * effect, x[1], effect, 0.0}};
    const integrand peak = find_mode(&q, &g->mode[i], &g->mode2[i]);
    double gradient[VARIABLES];

    laplace_gradient(&q, &peak, g->mode[i], g->mode2[i], gradient);
    out[0] = gradient[LEVEL];
    out[1] = gradient[SIGMA];
    out[2] = gradient[MU] + 0.5 * gradient[LEVEL];
    return peak.f - 0.5 * log(determinant(peak.M));
}

/* The same at the effect that maximises it: secant steps from that of the integral, whose curvature
   (g->w) is nearly right. */
static double laplace_profile(glmm_state *g, size_t i, const double *x, double out[3])
{
    double ll = laplace_at(g, i, x, g->a[i], out), curvature = -g->w[i];

    for (int iter = 0; iter < 50 && !infinite_effect(g, i); iter++) {
        const double step = fmax(-1.0, fmin(1.0, -out[2] / curvature)), before = out[2];

        if (!(fabs(step) > 1e-9)) {
            break;
        }
        g->a[i] += step;
        ll = laplace_at(g, i, x, g->a[i], out);
        const double secant = (out[2] - before) / step;

        curvature = secant < 0.5 * curvature && secant > 2.0 * curvature ? secant : curvature;
    }
    return ll;
}

static double laplace_minus_ll(const double *x, double *gradient, void *context)
{
    glmm_state *g = context;
    double ll = 0.0, sum[2] = {0.0, 0.0};

    for (size_t i = 0; i < g->k; i++) {
        double out[3];

        ll += laplace_profile(g, i, x, out);
        sum[0] -= out[0];
        sum[1] -= out[1];
    }
    if (gradient) {
        memcpy(gradient, sum, sizeof sum);
    }
    return -ll;
}

/* Information on the effects (g->w), on level and sigma (A), and across (g->cross), at the maximum of
   the saturated model: the effects are in g->a. */
static void saturated_information(const saturated_problem *l, const double *x, double A[3])
{
    glmm_state *g = l->g;

    A[0] = A[1] = A[2] = 0.0;
    for (size_t i = 0; i < g->k; i++) {
        const tq_count_study s = without_perfect_group(g, i);
        const int infinite = infinite_effect(g, i);
        const tq_marginal m = tq_marginal_at(l->rule, g->response, &s, x[0], x[1],
                                             infinite ? 0.0 : g->a[i], &g->mode[i]);

        A[0] -= m.H[TQ_MU][TQ_MU];
        A[1] -= m.H[TQ_MU][TQ_TAU];
        A[2] -= m.H[TQ_TAU][TQ_TAU];
        g->w[i] = infinite ? 0.0 : -m.H[TQ_A][TQ_A];
        g->cross[2 * i] = infinite ? 0.0 : -m.H[TQ_MU][TQ_A];
        g->cross[2 * i + 1] = infinite ? 0.0 : -m.H[TQ_TAU][TQ_A];
        g->theta[i] = infinite ? 0.0 : g->a[i];
    }
    if (!(x[1] > 1e-6)) { /* sigma at its boundary tells nothing of the rest */
        A[1] = 0.0;
        A[2] = 1.0;
    }
}

/* u' P v with P = D - B A^-1 B', the information on the effects when level and sigma are estimated. */
static double effect_form(const glmm_state *g, const double A[3], const double *u, const double *v)
{
    double sum = 0.0, bu[2] = {0.0, 0.0}, bv[2] = {0.0, 0.0}, half[2];

    for (size_t i = 0; i < g->k; i++) {
        sum += g->w[i] * u[i] * v[i];
        for (int m = 0; m < 2; m++) {
            bu[m] += g->cross[2 * i + (size_t)m] * u[i];
            bv[m] += g->cross[2 * i + (size_t)m] * v[i];
        }
    }
    solve(A, bv, half);
    return sum - bu[0] * half[0] - bu[1] * half[1];
}

/* The least of (theta - X beta)' P (theta - X beta). */
static double effect_wald(glmm_state *g, const double A[3])
{
    const size_t k = g->k, p = g->p;
    double *const rhs = g->gradient, logdet;

    for (size_t a = 0; a < p; a++) {
        rhs[a] = effect_form(g, A, g->Q + a * k, g->theta);
        for (size_t b = 0; b < p; b++) {
            g->V[a + b * p] = effect_form(g, A, g->Q + a * k, g->Q + b * k);
        }
    }
    if (tq_invert_spd(p, g->V, &logdet, NULL) != TQ_OK) {
        return NAN;
    }
    if (glmm_finite_effects(g) == p) {
        return 0.0; /* a perfect fit, but for rounding */
    }
    return effect_form(g, A, g->theta, g->theta) - tq_bilinear(p, rhs, g->V, rhs);
}

static tq_status saturated(glmm_state *g, double *equal, tq_glmm_fit *out, tq_error *err)
{
    tq_quadrature rule;
    const saturated_problem l = {g, &rule};
    double x[2] = {equal[0], fabs(equal[1])}, A[3];
    tq_minimum found = {0};
    tq_status status = tq_quadrature_make(25, &rule, err);

    out->ll_equal = g->constant - minus_ll(g, equal, NULL);
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = glmm_effect(g, equal + 2, i);
    }
    if (status == TQ_OK) {
        status = tq_minimise(2, saturated_minus_ll, &(saturated_problem){g, &rule}, NULL, x,
                             g->work, &found, err);
    }
    if (status == TQ_OK) {
        x[1] = fabs(x[1]);
        saturated_information(&l, x, A);
        out->wald = effect_wald(g, A);
        if (g->rule.n == 1) { /* the same approximation in both likelihoods of the test */
            status = tq_minimise(2, laplace_minus_ll, g, NULL, x, g->work, &found, err);
        }
    }
    out->ll_saturated = g->constant - found.value;
    return status;
}

const glmm_likelihood glmm_random_study = {2, minus_ll, information, weight, saturated};
