/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maximum likelihood for generalised linear mixed models: the search, and what follows from it. */
#include "counts/glmm.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "counts/glmm_internal.h"
#include "linalg/dense.h"
#include "optim/minimise.h"

/* From here on moments on the nodes agree with the derivatives of the approximation. */
enum { POINTS = 25, MANY_POINTS = 15, SCAN_POINTS = 7 };

static const double LARGEST_TAU = 100.0; /* a standard deviation of log odds beyond all use */
static const double LARGEST_SE = 1000.0; /* information lost: the estimate runs off to infinity */

static const struct {
    const char *name, *label;
} models[] = {
    [TQ_GLMM_UM_FS] = {"UM.FS", "unconditional, fixed study effects"},
    [TQ_GLMM_UM_RS] = {"UM.RS", "unconditional, random study effects"},
    [TQ_GLMM_CM_EL] = {"CM.EL", "conditional, exact likelihood"},
    [TQ_GLMM_CM_AL] = {"CM.AL", "conditional, approximate likelihood"},
};
_Static_assert(sizeof models / sizeof *models == TQ_GLMM_MODEL_COUNT, "a row per model");

const char *tq_glmm_model_name(tq_glmm_model model)
{
    return (unsigned)model < TQ_GLMM_MODEL_COUNT ? models[model].name : NULL;
}

const char *tq_glmm_model_label(tq_glmm_model model)
{
    return (unsigned)model < TQ_GLMM_MODEL_COUNT ? models[model].label : NULL;
}

size_t tq_glmm_default_points(tq_glmm_model model, int groups)
{
    return groups == 2 && model == TQ_GLMM_UM_RS ? 1 : POINTS;
}

/* ---- models by groups and events ---- */

typedef struct {
    tq_response_fn *response;
    tq_constant_fn *constant;
    tq_saturated_fn *saturate;
    int profile;
    const glmm_likelihood *like;
} glmm_kind;

/* clang-format off */
static const glmm_kind one_group[] = {
    [TQ_GLMM_BINOMIAL] = {tq_response_binomial, tq_constant_binomial, tq_saturated_binomial, 0, &glmm_one_effect},
    [TQ_GLMM_POISSON] = {tq_response_poisson, tq_constant_poisson, tq_saturated_poisson, 0, &glmm_one_effect},
};

static const glmm_kind two_groups[][2] = {
    [TQ_GLMM_UM_FS] = {{tq_response_two_binomial, tq_constant_two_binomial, tq_saturated_two_binomial, 1, &glmm_one_effect},
                       {tq_response_two_poisson, tq_constant_two_poisson, tq_saturated_two_poisson, 1, &glmm_one_effect}},
    [TQ_GLMM_UM_RS] = {{tq_response_level_binomial, tq_constant_two_binomial, NULL, 0, &glmm_random_study},
                       {tq_response_level_poisson, tq_constant_two_poisson, NULL, 0, &glmm_random_study}},
    [TQ_GLMM_CM_EL] = {{tq_response_hypergeometric, tq_constant_hypergeometric, tq_saturated_hypergeometric, 0, &glmm_one_effect},
                       {tq_response_given_rate, tq_constant_given_rate, tq_saturated_given_rate, 0, &glmm_one_effect}},
    [TQ_GLMM_CM_AL] = {{tq_response_given_rate, tq_constant_given_rate, tq_saturated_given_rate, 0, &glmm_one_effect},
                       {NULL, NULL, NULL, 0, NULL}},
};
/* clang-format on */

static tq_status choose_model(glmm_state *g, tq_error *err)
{
    const tq_glmm_problem *in = g->in;
    const glmm_kind *kind =
        in->groups == 1 ? &one_group[in->events] : &two_groups[in->model][in->events];

    if (!kind->response) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "model CM.AL exists for odds ratios alone: for rates CM.EL is as simple, and "
            "exact");
    }
    for (size_t i = 0; kind->response == tq_response_hypergeometric && i < in->k; i++) {
        const tq_count_study *s = &in->study[i];

        if (s->x1 != floor(s->x1) || s->x2 != floor(s->x2) || s->n1 != floor(s->n1) ||
            s->n2 != floor(s->n2)) {
            return tq_fail(err, TQ_EDATA, i, NULL, "model CM.EL needs whole numbers of events");
        }
    }
    for (size_t i = 0; i < in->k; i++) {
        g->constant += kind->constant(&in->study[i]);
    }
    g->response = kind->response;
    g->saturate = kind->saturate;
    g->profile = kind->profile;
    g->like = kind->like;
    return tq_quadrature_make(
        in->points > 0 ? in->points : tq_glmm_default_points(in->model, in->groups), &g->rule, err);
}

/* ---- memory and design ---- */

static tq_status take_memory(glmm_state *g, tq_error *err)
{
    const size_t k = g->k, p = g->p, n = g->n = p + g->like->extra + 1;
    const size_t most = n + 2; /* the minimiser also serves saturated models, of 2 parameters */
    double *at = NULL;

    if (k < SIZE_MAX / 512 / (p + 8) && n < SIZE_MAX / 512 / n) {
        at = g->block =
            calloc(k * p + p * p + 7 * k + 2 * n + 2 * n * n + TQ_MINIMISE_WORK(most), sizeof *at);
    }
    if (!at) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double **const parts[] = {&g->Q,     &g->R, &g->a,     &g->mode, &g->mode2,
                              &g->theta, &g->w, &g->cross, &g->full, &g->gradient,
                              &g->H,     &g->V, &g->work};
    const size_t sizes[] = {k * p, p * p, k, k, k, k, k, 2 * k, n, n, n * n, n * n, 0};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = at;
        at += sizes[i];
    }
    return TQ_OK;
}

static tq_status load_design(glmm_state *g, tq_error *err)
{
    const size_t k = g->k, p = g->p;
    const double scale = sqrt((double)k);

    memcpy(g->Q, g->in->X, k * p * sizeof *g->Q);
    const tq_status status = tq_qr(k, p, g->Q, g->R, g->V, err);

    for (size_t i = 0; status == TQ_OK && i < k * p; i++) {
        g->Q[i] *= scale;
    }
    for (size_t i = 0; status == TQ_OK && i < p * p; i++) {
        g->R[i] /= scale;
    }
    return status;
}

/* Study intercepts start where both groups have the same risk. */
static void start_intercepts(glmm_state *g)
{
    for (size_t i = 0; i < g->k; i++) {
        const tq_count_study *s = &g->in->study[i];
        const double x = s->x1 + s->x2, n = s->n1 + s->n2;

        g->a[i] = g->in->events == TQ_GLMM_BINOMIAL ? log(x / (n - x)) : log(x / n);
    }
}

double glmm_effect(const glmm_state *g, const double *beta, size_t i)
{
    double sum = 0.0;

    for (size_t j = 0; j < g->p; j++) {
        sum += beta[j] * g->Q[i + j * g->k];
    }
    return sum;
}

size_t glmm_finite_effects(const glmm_state *g)
{
    size_t finite = 0;

    for (size_t i = 0; i < g->k; i++) {
        finite += g->w[i] > 0.0;
    }
    return finite;
}

double glmm_wald(glmm_state *g)
{
    const size_t k = g->k, p = g->p;
    double *const beta = g->full, *const rhs = g->gradient, logdet, Q = 0.0;

    for (size_t i = 0; i < k; i++) { /* an infinite effect has no weight */
        g->theta[i] = g->w[i] > 0.0 ? g->theta[i] : 0.0;
    }
    if (glmm_finite_effects(g) == p) {
        return 0.0; /* a perfect fit, but for rounding */
    }
    tq_gram(k, p, g->Q, g->w, g->V);
    tq_cross(k, p, g->Q, g->w, g->theta, rhs);
    if (tq_invert_spd(p, g->V, &logdet, NULL) != TQ_OK) {
        return NAN;
    }
    for (size_t a = 0; a < p; a++) {
        beta[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            beta[a] += g->V[a + b * p] * rhs[b];
        }
    }
    for (size_t i = 0; i < k; i++) {
        const double r = g->theta[i] - glmm_effect(g, beta, i);

        Q += g->w[i] * r * r;
    }
    return Q;
}

/* ---- the search ---- */

static double objective(const double *x, double *gradient, void *context)
{
    glmm_state *g = context;
    const size_t free = isnan(g->fixed_tau) ? g->n : g->n - 1;

    memcpy(g->full, x, free * sizeof *x);
    if (free < g->n) {
        g->full[free] = g->fixed_tau;
    }
    const double f = g->like->minus_ll(g, g->full, gradient ? g->gradient : NULL);

    if (gradient) {
        memcpy(gradient, g->gradient, free * sizeof *gradient);
    }
    return f;
}

/* Minimise from x; by differences where the nodes are few, or where moments on them do not lead to
   the end. */
static tq_status descend(glmm_state *g, double *x, double *f, tq_error *err)
{
    const size_t free = isnan(g->fixed_tau) ? g->n : g->n - 1;
    tq_minimise_options o = tq_minimise_defaults();
    tq_minimum found = {0};
    tq_status status = TQ_ENOCONV;

    o.max_iter = g->in->max_iter;
    o.tol = g->in->tol;
    const int laplace = g->rule.n == 1 && g->like == &glmm_random_study;

    if (laplace || g->rule.n >= MANY_POINTS || g->fixed_tau == 0.0) {
        status = tq_minimise(free, objective, g, &o, x, g->work, &found, err);
        g->iterations += found.iterations;
    }
    if (status == TQ_ENOCONV) {
        o.numeric = 1;
        o.tol = fmax(o.tol, 1e-8);
        status = tq_minimise(free, objective, g, &o, x, g->work, &found, err);
        g->iterations += found.iterations;
    }
    *f = found.value;
    return status;
}

static tq_status runs_off(tq_error *err)
{
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                   "the maximum likelihood estimate is infinite: the data separate completely, as "
                   "where a group has no events in any study");
}

/* Information on the coefficients tells a maximum from a likelihood that rises for ever. */
static tq_status covariance(glmm_state *g, double *x, int with_tau, tq_error *err)
{
    const size_t n = g->n, m = with_tau ? n : n - 1, from = g->like->extra;
    tq_status status = g->like->information(g, x, g->H, err);
    double logdet;

    if (status != TQ_OK) {
        return status;
    }
    for (size_t b = 0; b < m; b++) {
        memcpy(g->V + b * m, g->H + b * n, m * sizeof *g->V);
    }
    if (tq_invert_spd(m, g->V, &logdet, NULL) != TQ_OK) {
        return runs_off(err);
    }
    for (size_t a = from; a < from + g->p; a++) {
        if (!(g->V[a + a * m] < LARGEST_SE * LARGEST_SE)) {
            return runs_off(err);
        }
    }
    return TQ_OK;
}

/* tau that may be near a maximum of the likelihood, with the coefficients as for tau = 0. */
static size_t candidates(glmm_state *g, const double *equal, double *tau)
{
    enum { GRID = 8 };
    static const double grid[GRID] = {0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4};
    const tq_quadrature fine = g->rule;
    double f[GRID];
    size_t found = 0;

    if (fine.n > SCAN_POINTS) {
        tq_quadrature_make(SCAN_POINTS, &g->rule, NULL);
    }
    for (size_t j = 0; j < GRID; j++) {
        g->fixed_tau = grid[j];
        f[j] = objective(equal, NULL, g);
    }
    g->rule = fine;
    for (size_t j = 1; j < GRID; j++) {
        if (f[j] <= f[j - 1] && (j + 1 == GRID || f[j] <= f[j + 1])) {
            tau[found++] = grid[j];
        }
    }
    if (found == 0 || f[0] > f[1]) {
        return found > 0 ? found : (tau[found++] = 0.2, found);
    }
    tau[found++] = 0.1; /* the maximum may lie between 0 and the first step */
    return found;
}

/* The highest of the maxima with tau > 0 that the candidates lead to, where it beats tau = 0. */
static tq_status search(glmm_state *g, double *x, double *trial, double *f, tq_error *err)
{
    double tau[8];
    const size_t n = candidates(g, x, tau), last = g->n - 1;
    int better = 0;

    memcpy(g->V, x, last * sizeof *x);
    for (size_t j = 0; j < n; j++) {
        double value;

        memcpy(trial, g->V, last * sizeof *x);
        trial[last] = tau[j];
        g->fixed_tau = NAN;
        const tq_status status = descend(g, trial, &value, err);

        if (fabs(trial[last]) > LARGEST_TAU) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "the maximum likelihood estimate of tau2 is infinite: too few studies "
                           "have events in both groups");
        }
        if (status != TQ_OK) {
            return status;
        }
        /* Beyond rounding: a maximum at tau = 0 is approached from above. */
        if (value < *f - 1e-11 * fmax(1.0, fabs(*f))) {
            *f = value;
            better = 1;
            memcpy(x, trial, g->n * sizeof *x);
            x[last] = fabs(trial[last]);
        }
    }
    if (!better) {
        x[last] = 0.0;
    }
    return TQ_OK;
}

/* ---- results ---- */

static void keep(glmm_state *g, const double *x, int with_tau, tq_glmm_fit *out)
{
    const size_t p = g->p, from = g->like->extra, m = with_tau ? g->n : g->n - 1;
    const double tau = x[g->n - 1];

    memcpy(out->beta, x + from, p * sizeof *x);
    for (size_t b = 0; b < p; b++) {
        memcpy(out->vb + b * p, g->V + from + (from + b) * m, p * sizeof *x);
    }
    tq_solve_upper(p, g->R, out->beta);
    tq_congruence_upper(p, g->R, out->vb);
    out->tau2 = tau * tau;
    out->se_tau2 = with_tau ? 2.0 * tau * sqrt(g->V[m * m - 1]) : (double)NAN;
    out->sigma2 = from > 0 ? x[1] * x[1] : (double)NAN;
    for (size_t i = 0; i < g->k; i++) {
        out->weight[i] = g->like->weight(g, x, i);
    }
}

static tq_status maximise(glmm_state *g, double *x, tq_glmm_fit *out, tq_error *err)
{
    const double given = g->in->tau2;
    const int free = isnan(given) && g->k > g->p;
    double *const equal = x + g->n, *const trial = equal + g->n, f;
    tq_status status;

    start_intercepts(g);
    for (size_t j = 0; j < g->like->extra; j++) { /* level and sigma of random study intercepts */
        x[j] = j == 0 ? g->a[0] : 0.5;
    }
    g->fixed_tau = 0.0;
    status = descend(g, x, &f, err);
    if (status == TQ_OK || status == TQ_ENOCONV) {
        const tq_status check = covariance(g, x, 0, err);

        status = check != TQ_OK ? check : status;
    }
    memcpy(equal, x, g->n * sizeof *x);
    if (status == TQ_OK && free) {
        status = search(g, x, trial, &f, err);
    } else if (status == TQ_OK && given > 0.0) {
        x[g->n - 1] = g->fixed_tau = sqrt(given);
        status = descend(g, x, &f, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    const int with_tau = free && x[g->n - 1] > 0.0;

    status = covariance(g, x, with_tau, err);
    if (status != TQ_OK) {
        return status;
    }
    out->ll = g->constant - f;
    out->parameters = g->p + g->like->extra + (g->profile ? g->k : 0) + (isnan(given) ? 1 : 0);
    keep(g, x, with_tau, out);
    status = g->like->saturated(g, equal, out, err);
    out->LRT = fmax(0.0, 2.0 * (out->ll_saturated - out->ll_equal));
    out->iterations = g->iterations;
    return status;
}

tq_status tq_glmm_maximise(const tq_glmm_problem *in, tq_glmm_fit *out, tq_error *err)
{
    glmm_state g = {.in = in, .k = in->k, .p = in->p};
    double *points = NULL;
    tq_status status = choose_model(&g, err);

    if (status == TQ_OK) {
        status = take_memory(&g, err);
    }
    if (status == TQ_OK && !(points = calloc(3 * g.n, sizeof *points))) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (status == TQ_OK) {
        status = load_design(&g, err);
    }
    if (status == TQ_OK) {
        status = maximise(&g, points, out, err);
    }
    free(points);
    free(g.block);
    return status;
}
