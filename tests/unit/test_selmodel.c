/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection models against brute force: integrals by adaptive quadrature, derivatives by differences,
   thresholds by a grid; and their invariances. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "bias/selmodel.h"
#include "linalg/dense.h"
#include "optim/derivative.h"

enum { K = 16, MOST = 16 };

/* clang-format off */
static const double yi[K] = {0.412, 0.078, 0.655, 0.231, -0.114, 0.302, 0.518, 0.087, 0.744, 0.163, 0.391, -0.052, 0.276, 0.467, 0.129, 0.834};
static const double vi[K] = {0.0231, 0.0122, 0.0917, 0.0081, 0.0404, 0.0187, 0.0533, 0.0062, 0.1311, 0.0147, 0.0295, 0.0351, 0.0098, 0.0421, 0.0173, 0.1024};
static const double X[2 * K] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                0.3, 1.1, -0.4, 0.9, 1.7, 0.2, -0.8, 1.3, -1.2, 0.6, 0.1, 1.4, 0.7, -0.3, 0.8, -1.5};
static const double ni[K] = {87, 164, 22, 247, 50, 107, 38, 322, 15, 136, 68, 57, 204, 48, 116, 19};
/* clang-format on */

static const tq_model mean = {K, 1, yi, vi, NULL, 1, NULL};
static const tq_model slope = {K, 2, yi, vi, X, 1, NULL};

typedef struct {
    tq_pool *fit;
    tq_selmodel sel;
} fitted;

static tq_pool_options ml(void)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = TQ_ML;
    return o;
}

static tq_status try_fit(const tq_model *m, const tq_pool_options *o, const tq_selmodel_options *s,
                         fitted *out, tq_error *err)
{
    out->fit = tq_pool_new(m->k, m->p);
    assert_non_null(out->fit);
    return tq_selmodel_fit(m, o, s, out->fit, &out->sel, err);
}

static fitted fit_of(const tq_model *m, const tq_pool_options *o, const tq_selmodel_options *s)
{
    fitted out;
    tq_error err = {.message = ""};
    const tq_status status = try_fit(m, o, s, &out, &err);

    if (status != TQ_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TQ_OK);
    return out;
}

/* ---- the likelihood by brute force ---- */

typedef struct {
    const tq_model *model;
    const tq_selmodel_options *o;
    const double *theta; /* beta, tau2, delta */
    double mu, v, se, prec;
    gsl_integration_workspace *work;
} brute;

static double p_of(tq_sel_alternative alternative, double z)
{
    return alternative == TQ_SEL_GREATER ? 0.5 * erfc(z / sqrt(2.0))
           : alternative == TQ_SEL_LESS  ? 0.5 * erfc(-z / sqrt(2.0))
                                         : erfc(fabs(z) / sqrt(2.0));
}

/* w as the header defines it. */
static double weight(const brute *b, double y)
{
    const tq_selmodel_options *o = b->o;
    const double *delta = b->theta + b->model->p + 1;
    const double p = p_of(o->alternative, y / b->se), d = delta[0] * b->prec;
    const double kept = fmin(fmax(p, 1e-5), 1.0 - 1e-5), a = o->n_steps ? o->steps[0] : 0.0;
    size_t j = 0;

    if (o->type >= TQ_SEL_HALFNORM && o->type <= TQ_SEL_POWER && p <= a) {
        return 1.0;
    }
    switch (o->type) {
    case TQ_SEL_STEPFUN:
        while (j < o->n_steps && p > o->steps[j]) {
            j++;
        }
        return delta[j];
    case TQ_SEL_BETA:
        return pow(kept, delta[0] - 1.0) * pow(1.0 - kept, delta[1] - 1.0);
    case TQ_SEL_HALFNORM:
        return exp(-d * (p * p - a * a));
    case TQ_SEL_NEGEXP:
        return exp(-d * (p - a));
    case TQ_SEL_LOGISTIC:
        return exp(-d * (p - a)) * (1.0 + exp(-d * a)) / (1.0 + exp(-d * p));
    case TQ_SEL_POWER:
        return pow((1.0 - kept) / (1.0 - a), d);
    default:
        return (o->alternative == TQ_SEL_LESS ? y < a : y > a) ? 1.0 : delta[0];
    }
}

static double density(double y, void *context)
{
    const brute *b = context;
    const double e = y - b->mu;

    return weight(b, y) * exp(-0.5 * e * e / b->v) / sqrt(2.0 * M_PI * b->v);
}

/* Where w has a corner or a jump, in y, ascending; their number. */
static size_t corners(const brute *b, double *at)
{
    const double z_clip = 4.2648907939228247;
    size_t n = 0;

    for (size_t i = 0; i < b->o->n_steps; i++) {
        const double p = b->o->steps[i], two = b->o->alternative == TQ_SEL_TWO_SIDED ? 0.5 : 1.0;
        double lo = -40.0, hi = 40.0;

        if (b->o->type >= TQ_SEL_TRUNC) {
            at[n++] = p;
            continue;
        }
        for (int s = 0; s < 200; s++) { /* z with upper tail p */
            const double mid = 0.5 * (lo + hi);

            *(0.5 * erfc(mid / sqrt(2.0)) > two * p ? &lo : &hi) = mid;
        }
        at[n++] = b->se * lo;
        at[n++] = -b->se * lo;
    }
    at[n++] = b->se * z_clip;
    at[n++] = -b->se * z_clip;
    at[n++] = 0.0;
    return n;
}

static double integral(brute *b)
{
    gsl_function f = {density, b};
    double at[MOST + 4], sum = 0.0;
    const double root = sqrt(b->v);
    size_t n = corners(b, at + 1) + 1;

    at[0] = b->mu - 12.0 * root;
    at[n++] = b->mu + 12.0 * root;
    for (size_t i = 1; i < n; i++) { /* sort */
        for (size_t j = i; j > 0 && at[j] < at[j - 1]; j--) {
            const double t = at[j];

            at[j] = at[j - 1];
            at[j - 1] = t;
        }
    }
    for (size_t i = 0; i + 1 < n; i++) {
        double part, error;

        if (at[i + 1] > at[i]) {
            gsl_integration_qag(&f, at[i], at[i + 1], 1e-14, 1e-12, 2000, 6, b->work, &part,
                                &error);
            sum += part;
        }
    }
    return sum;
}

static double precision(const tq_selmodel_options *o, size_t i)
{
    double x[K], most = 0.0;

    for (size_t j = 0; j < K; j++) {
        x[j] = o->prec == TQ_SEL_PREC_SEI        ? sqrt(vi[j])
               : o->prec == TQ_SEL_PREC_VI       ? vi[j]
               : o->prec == TQ_SEL_PREC_NINV     ? 1.0 / ni[j]
               : o->prec == TQ_SEL_PREC_SQRTNINV ? 1.0 / sqrt(ni[j])
                                                 : 1.0;
        most = fmax(most, x[j]);
    }
    return x[i] / most;
}

static double log_likelihood(const double *theta, double *gradient, void *context)
{
    brute *b = context;
    const tq_model *m = b->model;
    double ll = 0.0;

    (void)gradient;
    b->theta = theta;
    for (size_t i = 0; i < m->k; i++) {
        b->mu = 0.0;
        for (size_t a = 0; a < m->p; a++) {
            b->mu += theta[a] * (m->X ? m->X[i + a * m->k] : 1.0);
        }
        b->se = sqrt(m->vi[i]);
        b->v = m->vi[i] + theta[m->p];
        b->prec = precision(b->o, i);
        ll += log(density(m->yi[i], b)) - log(integral(b));
    }
    return ll;
}

static size_t parameters(const fitted *f, double *theta)
{
    size_t n = 0;

    for (size_t a = 0; a < f->fit->p; a++) {
        theta[n++] = f->fit->beta[a];
    }
    theta[n++] = f->fit->tau2;
    for (size_t a = 0; a < f->sel.q; a++) {
        theta[n++] = f->sel.delta[a].est;
    }
    return n;
}

/* ---- value, maximum and information ---- */

typedef struct {
    const tq_model *model;
    tq_selmodel_options o;
} trial;

static const trial trials[] = {
    {&mean, {.type = TQ_SEL_STEPFUN, .steps = {0.025}, .n_steps = 1}},
    {&slope, {.type = TQ_SEL_STEPFUN, .steps = {0.01, 0.2}, .n_steps = 2}},
    {&mean,
     {.type = TQ_SEL_STEPFUN, .alternative = TQ_SEL_TWO_SIDED, .steps = {0.05, 0.3}, .n_steps = 2}},
    {&mean, {.type = TQ_SEL_BETA}},
    {&mean,
     {.type = TQ_SEL_BETA, .alternative = TQ_SEL_TWO_SIDED, .delta = {NAN, 0.8}, .n_delta = 2}},
    {&mean, {.type = TQ_SEL_HALFNORM}},
    {&slope, {.type = TQ_SEL_NEGEXP, .prec = TQ_SEL_PREC_SEI}},
    {&mean, {.type = TQ_SEL_NEGEXP, .alternative = TQ_SEL_TWO_SIDED}},
    {&mean, {.type = TQ_SEL_LOGISTIC, .prec = TQ_SEL_PREC_NINV, .ni = ni}},
    {&mean, {.type = TQ_SEL_LOGISTIC, .steps = {0.05}, .n_steps = 1}},
    {&mean, {.type = TQ_SEL_HALFNORM, .steps = {0.1}, .n_steps = 1, .prec = TQ_SEL_PREC_VI}},
    {&mean, {.type = TQ_SEL_POWER, .prec = TQ_SEL_PREC_SQRTNINV, .ni = ni}},
    {&mean, {.type = TQ_SEL_POWER, .alternative = TQ_SEL_TWO_SIDED}},
    {&mean, {.type = TQ_SEL_TRUNC, .steps = {0.15}, .n_steps = 1}},
};

/* se from the Hessian of the brute-force likelihood over the parameters that are inside their bounds. */
static void check_information(brute *b, const fitted *f, const double *theta, size_t n)
{
    double at[MOST], H[MOST * MOST], A[MOST * MOST], scale[MOST], logdet;
    const size_t p = f->fit->p;
    size_t index[MOST], m = 0;

    memcpy(at, theta, n * sizeof *at);
    for (size_t i = 0; i < n; i++) {
        const int given = i > p && f->sel.delta[i - p - 1].fixed;

        scale[i] = fmax(0.2 * fabs(theta[i]), 1e-3);
        if (!given && !(i >= p && theta[i] == 0.0)) {
            index[m++] = i;
        }
    }
    assert_int_equal(tq_hessian(n, log_likelihood, b, scale, at, H, NULL, NULL), TQ_OK);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            A[i + j * m] = -H[index[i] + index[j] * n];
        }
    }
    assert_int_equal(tq_invert_spd(m, A, &logdet, NULL), TQ_OK);
    for (size_t i = 0; i < m; i++) {
        const size_t at_i = index[i];
        const double se = at_i < p    ? f->fit->se[at_i]
                          : at_i == p ? f->fit->se_tau2
                                      : f->sel.delta[at_i - p - 1].se;

        assert_relative(se, sqrt(A[i + i * m]), 2e-5);
    }
}

static void likelihood_is_that_of_brute_force(void **state)
{
    brute b = {.work = gsl_integration_workspace_alloc(2000)};

    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        const tq_pool_options o = ml();
        fitted f = fit_of(trials[i].model, &o, &trials[i].o);
        double theta[MOST] = {0.0};
        const size_t n = parameters(&f, theta);

        b.model = trials[i].model;
        b.o = &trials[i].o;
        assert_near(f.fit->ll, log_likelihood(theta, NULL, &b), 1e-9);
        for (size_t j = 0; j < n; j++) { /* a maximum, also against its bound */
            const double kept = theta[j], by = 0.02 * fmax(fabs(kept), 0.05);
            const int given = j > f.fit->p && f.sel.delta[j - f.fit->p - 1].fixed;

            theta[j] = kept + by;
            assert_true(given || log_likelihood(theta, NULL, &b) < f.fit->ll);
            theta[j] = fmax(j < f.fit->p ? -9.0 : 0.0, kept - by);
            assert_true(given || log_likelihood(theta, NULL, &b) <= f.fit->ll + 1e-9);
            theta[j] = kept;
        }
        if (f.fit->tau2 > 1e-6) {
            check_information(&b, &f, theta, n);
        }
        tq_pool_free(f.fit);
    }
    gsl_integration_workspace_free(b.work);
}

/* ---- no selection ---- */

static void null_weights_are_the_ordinary_model(void **state)
{
    static const tq_selmodel_options nulls[] = {
        {.type = TQ_SEL_STEPFUN,
         .steps = {0.03, 0.4},
         .n_steps = 2,
         .delta = {1, 1, 1},
         .n_delta = 3},
        {.type = TQ_SEL_BETA, .delta = {1, 1}, .n_delta = 2},
        {.type = TQ_SEL_HALFNORM, .delta = {0}, .n_delta = 1},
        {.type = TQ_SEL_NEGEXP, .delta = {0}, .n_delta = 1, .prec = TQ_SEL_PREC_SEI},
        {.type = TQ_SEL_LOGISTIC, .delta = {0}, .n_delta = 1},
        {.type = TQ_SEL_POWER, .delta = {0}, .n_delta = 1, .alternative = TQ_SEL_TWO_SIDED},
        {.type = TQ_SEL_TRUNC, .delta = {1}, .n_delta = 1},
        {.type = TQ_SEL_TRUNCEST, .delta = {1, 0.2}, .n_delta = 2},
    };
    tq_pool_options o = ml();
    tq_pool_work *work = tq_pool_work_new(K, 2);
    tq_pool *plain = tq_pool_new(K, 2);

    (void)state;
    assert_int_equal(tq_pool_fit(&slope, &o, work, plain, NULL), TQ_OK);
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++) {
        fitted f = fit_of(&slope, &o, &nulls[i]);

        assert_near(f.fit->beta[0], plain->beta[0], 1e-9);
        assert_near(f.fit->beta[1], plain->beta[1], 1e-9);
        assert_near(f.fit->tau2, plain->tau2, 1e-9);
        assert_near(f.fit->ll, plain->ll, 1e-9);
        assert_near(f.fit->AIC, plain->AIC, 1e-9);
        assert_true(isnan(f.sel.lrt.stat));
        assert_int_equal(f.sel.estimated, 0);
        tq_pool_free(f.fit);
    }
    tq_pool_free(plain);
    tq_pool_work_free(work);
}

static void ratio_test_compares_with_it(void **state)
{
    const tq_selmodel_options s = {.type = TQ_SEL_STEPFUN, .steps = {0.025}, .n_steps = 1};
    tq_selmodel_options given = s;
    const tq_pool_options o = ml();
    fitted f = fit_of(&mean, &o, &s), same;

    (void)state;
    assert_near(f.sel.lrt.stat, 2.0 * (f.fit->ll - f.sel.ll_null), 1e-10);
    assert_near(f.sel.lrt.df, 1.0, 0.0);
    given.delta[0] = 1.0;
    given.delta[1] = f.sel.delta[1].est;
    given.n_delta = 2;
    same = fit_of(&mean, &o, &given);
    assert_near(same.fit->ll, f.fit->ll, 1e-10);
    assert_near(same.fit->beta[0], f.fit->beta[0], 1e-8);
    assert_true(same.fit->se[0] < f.fit->se[0]);
    tq_pool_free(f.fit);
    tq_pool_free(same.fit);
}

/* ---- invariances ---- */

static void follows_units_and_sign(void **state)
{
    const double c = 37.5;
    double y[K], v[K];
    const tq_model other = {K, 1, y, v, NULL, 1, NULL};

    (void)state;
    for (size_t i = 0; i < K; i++) {
        y[i] = -c * yi[i];
        v[i] = c * c * vi[i];
    }
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        const tq_pool_options o = ml();
        tq_selmodel_options turned = trials[i].o;

        if (trials[i].model != &mean) {
            continue;
        }
        turned.alternative =
            turned.alternative == TQ_SEL_GREATER ? TQ_SEL_LESS : turned.alternative;
        if (turned.type == TQ_SEL_TRUNC) {
            turned.steps[0] *= -c;
        }
        fitted a = fit_of(&mean, &o, &trials[i].o), b = fit_of(&other, &o, &turned);

        assert_near(b.fit->beta[0], -c * a.fit->beta[0], 1e-7 * c);
        assert_near(b.fit->se[0], c * a.fit->se[0], 1e-6 * c);
        assert_near(b.fit->tau2, c * c * a.fit->tau2, 1e-7 * c * c);
        assert_near(b.fit->ll, a.fit->ll - K * log(c), 1e-8);
        for (size_t j = 0; j < a.sel.q; j++) {
            assert_near(b.sel.delta[j].est, a.sel.delta[j].est, 1e-6 * (1.0 + a.sel.delta[j].est));
        }
        tq_pool_free(a.fit);
        tq_pool_free(b.fit);
    }
}

/* ---- profile likelihood ---- */

static void profile_limits_lie_at_the_drop(void **state)
{
    const tq_pool_options o = ml();
    const double drop = 3.8414588206941236; /* chi2_1 at 95% */

    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        fitted f = fit_of(trials[i].model, &o, &trials[i].o);

        for (size_t a = 0; a < f.sel.q; a++) {
            const tq_sel_delta *d = &f.sel.delta[a];
            const double limits[] = {d->pl_lb, d->pl_ub};

            for (int side = 0; side < 2 && !d->fixed; side++) {
                tq_selmodel_options held = trials[i].o;

                if (!isfinite(limits[side]) || limits[side] == 0.0) {
                    continue;
                }
                for (size_t j = 0; j < f.sel.q; j++) {
                    held.delta[j] = f.sel.delta[j].fixed ? f.sel.delta[j].est : (double)NAN;
                }
                held.delta[a] = limits[side];
                held.n_delta = f.sel.q;
                fitted at = fit_of(trials[i].model, &o, &held);

                assert_near(2.0 * (f.fit->ll - at.fit->ll), drop, 1e-6);
                tq_pool_free(at.fit);
            }
        }
        assert_true(f.fit->ci.method == TQ_CI_PL);
        assert_true(f.fit->ci.tau2[0] <= f.fit->tau2 && f.fit->tau2 <= f.fit->ci.tau2[1]);
        tq_pool_options fixed = o;

        fixed.tau2 = f.fit->ci.tau2[1];
        fitted at = fit_of(trials[i].model, &fixed, &trials[i].o);

        assert_near(2.0 * (f.fit->ll - at.fit->ll), drop, 1e-6);
        tq_pool_free(at.fit);
        tq_pool_free(f.fit);
    }
}

/* ---- an estimated threshold ---- */

static void threshold_is_the_best_of_a_grid(void **state)
{
    const tq_selmodel_options open = {.type = TQ_SEL_TRUNCEST};
    const tq_pool_options o = ml();
    fitted f = fit_of(&mean, &o, &open);
    double best = -INFINITY;

    (void)state;
    for (int i = -10; i < 83; i++) {
        tq_selmodel_options at = {
            .type = TQ_SEL_TRUNC, .steps = {0.01 * (double)i + 0.0001}, .n_steps = 1};
        fitted g;

        if (try_fit(&mean, &o, &at, &g, NULL) == TQ_OK) {
            best = fmax(best, g.fit->ll);
        }
        tq_pool_free(g.fit);
    }
    assert_true(f.fit->ll >= best);
    assert_near(f.fit->ll, best, 0.05);
    /* just short of the effect where it lies */
    tq_selmodel_options near = {
        .type = TQ_SEL_TRUNC, .steps = {f.sel.delta[1].est - 1e-9}, .n_steps = 1};
    fitted g = fit_of(&mean, &o, &near);

    assert_near(g.fit->ll, f.fit->ll, 1e-6);
    assert_true(isnan(f.sel.delta[1].se));
    assert_near(f.sel.lrt.df, 1.0, 0.0);
    tq_pool_free(g.fit);
    tq_pool_free(f.fit);
}

/* ---- few studies ---- */

static void few_studies_have_an_answer_or_a_reason(void **state)
{
    const tq_model two = {2, 1, yi, vi, NULL, 1, NULL}, three = {3, 1, yi, vi, NULL, 1, NULL};
    const tq_selmodel_options open = {.type = TQ_SEL_NEGEXP};
    const tq_selmodel_options given = {.type = TQ_SEL_NEGEXP, .delta = {1.5}, .n_delta = 1};
    const tq_pool_options o = ml();
    tq_error err;
    fitted f;

    (void)state;
    assert_int_equal(try_fit(&two, &o, &open, &f, &err), TQ_EDATA);
    assert_non_null(strstr(err.message, "3 parameters"));
    tq_pool_free(f.fit);
    f = fit_of(&two, &o, &given);
    assert_true(isfinite(f.fit->beta[0]) && isfinite(f.fit->se[0]));
    assert_true(f.fit->beta[0] < f.sel.beta0); /* selection for large effects is taken back */
    tq_pool_free(f.fit);
    f = fit_of(&three, &o, &open);
    assert_true(isfinite(f.fit->ll) && f.fit->ll >= f.sel.ll_null - 1e-9);
    tq_pool_free(f.fit);
}

/* ---- the function ---- */

static void weights_are_those_of_the_formula(void **state)
{
    tq_selmodel s = {.type = TQ_SEL_POWER, .q = 1, .delta = {{.est = 2.0}}};

    (void)state;
    assert_near(tq_selmodel_weight(&s, 0.3), 0.49, 1e-14);
    s.type = TQ_SEL_HALFNORM;
    s.steps[0] = 0.1;
    s.n_steps = 1;
    assert_near(tq_selmodel_weight(&s, 0.05), 1.0, 0.0);
    assert_near(tq_selmodel_weight(&s, 0.3), exp(-2.0 * (0.09 - 0.01)), 1e-14);
    s = (tq_selmodel){.type = TQ_SEL_STEPFUN,
                      .q = 2,
                      .steps = {0.05, 1.0},
                      .n_steps = 2,
                      .delta = {{.est = 1.0}, {.est = 0.37}}};
    assert_near(tq_selmodel_weight(&s, 0.05), 1.0, 0.0);
    assert_near(tq_selmodel_weight(&s, 0.051), 0.37, 0.0);
}

/* ---- refusals ---- */

static void expect(tq_status status, tq_selmodel_options s, const char *says)
{
    const tq_pool_options o = ml();
    tq_error err = {.message = ""};
    fitted f;
    const tq_status got = try_fit(&mean, &o, &s, &f, &err);

    if (got != status || !strstr(err.message, says)) {
        print_error("status %d: %s\n", (int)got, err.message);
    }
    assert_int_equal(got, status);
    assert_non_null(strstr(err.message, says));
    tq_pool_free(f.fit);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    expect(TQ_EINVAL, (tq_selmodel_options){.type = TQ_SEL_COUNT}, "unknown");
    expect(TQ_EINVAL, (tq_selmodel_options){.prec = TQ_SEL_PREC_SEI}, "precision");
    expect(TQ_EINVAL, (tq_selmodel_options){.steps = {0.5, 0.1}, .n_steps = 2}, "above those");
    expect(TQ_EINVAL, (tq_selmodel_options){.steps = {NAN}, .n_steps = 1}, "in (0, 1]");
    expect(TQ_EINVAL, (tq_selmodel_options){.steps = {1.0}, .n_steps = 1}, "below 1");
    expect(TQ_EINVAL, (tq_selmodel_options){.n_steps = TQ_SEL_MAX}, "more than");
    expect(TQ_EINVAL, (tq_selmodel_options){.type = TQ_SEL_BETA, .steps = {0.1}, .n_steps = 1},
           "no steps");
    expect(TQ_EINVAL,
           (tq_selmodel_options){.type = TQ_SEL_POWER, .steps = {0.1, 0.2}, .n_steps = 2},
           "one step");
    expect(TQ_EINVAL, (tq_selmodel_options){.type = TQ_SEL_TRUNCEST, .steps = {0.1}, .n_steps = 1},
           "no steps");
    expect(TQ_EINVAL, (tq_selmodel_options){.type = TQ_SEL_TRUNC, .steps = {NAN}, .n_steps = 1},
           "finite");
    expect(TQ_EINVAL, (tq_selmodel_options){.type = TQ_SEL_TRUNC, .alternative = TQ_SEL_TWO_SIDED},
           "one side");
    expect(TQ_EINVAL, (tq_selmodel_options){.delta = {1.0, -0.2}, .n_delta = 2}, ">= 0");
    expect(TQ_EINVAL, (tq_selmodel_options){.delta = {0.5, 0.2}, .n_delta = 2}, "must be 1");
    expect(TQ_EINVAL, (tq_selmodel_options){.delta = {1.0}, .n_delta = 1}, "one for each");
    expect(TQ_EDATA, (tq_selmodel_options){.steps = {1e-9}, .n_steps = 1}, "no study has p in");
    expect(TQ_EDATA, (tq_selmodel_options){.steps = {0.9999}, .n_steps = 1}, "no study has p in");
    expect(TQ_EDATA, (tq_selmodel_options){.delta = {1.0, 0.0}, .n_delta = 2}, "delta is 0");
    expect(TQ_EDATA, (tq_selmodel_options){.type = TQ_SEL_TRUNC, .steps = {3.0}, .n_steps = 1},
           "beyond the threshold");
    expect(TQ_EDATA, (tq_selmodel_options){.type = TQ_SEL_POWER, .prec = TQ_SEL_PREC_NINV},
           "sample size");
}

static void bad_models_are_refused(void **state)
{
    const tq_selmodel_options s = {.type = TQ_SEL_NEGEXP};
    const double weights[K] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    double v[K];
    const tq_model negative = {K, 1, yi, v, NULL, 1, NULL};
    tq_pool_options o = ml();
    fitted f;

    (void)state;
    o.method = TQ_REML;
    assert_int_equal(try_fit(&mean, &o, &s, &f, NULL), TQ_EINVAL);
    tq_pool_free(f.fit);
    o = ml();
    o.test = TQ_TEST_KNHA;
    assert_int_equal(try_fit(&mean, &o, &s, &f, NULL), TQ_EINVAL);
    tq_pool_free(f.fit);
    o = ml();
    o.weights = weights;
    assert_int_equal(try_fit(&mean, &o, &s, &f, NULL), TQ_EINVAL);
    tq_pool_free(f.fit);
    o = ml();
    memcpy(v, vi, sizeof v);
    v[3] = -1.0;
    assert_int_equal(try_fit(&negative, &o, &s, &f, NULL), TQ_EDATA);
    tq_pool_free(f.fit);
}

/* All p-values near 0.02: the stronger the selection, the better it explains them. */
static void endless_selection_is_told(void **state)
{
    const double y[] = {0.52, 0.61, 0.44, 0.58, 0.49, 0.47};
    const double v[] = {0.0625, 0.0861, 0.0447, 0.078, 0.0551, 0.0532};
    const tq_model all = {6, 1, y, v, NULL, 1, NULL};
    const tq_selmodel_options s = {.type = TQ_SEL_HALFNORM};
    const tq_pool_options o = ml();
    tq_error err = {.message = ""};
    fitted f;

    (void)state;
    assert_int_equal(try_fit(&all, &o, &s, &f, &err), TQ_ENOCONV);
    assert_non_null(strstr(err.message, "--delta"));
    tq_pool_free(f.fit);
}

/* ---- weights that are given ---- */

/* Each set of weights is the step function with these; two-tailed ones are symmetric about p = 0.5. */
static void presets_are_step_functions_with_given_weights(void **state)
{
    const tq_pool_options o = ml();

    (void)state;
    for (int p = 0; p < TQ_SEL_PRESET_COUNT; p++) {
        tq_selmodel_options s = tq_selmodel_defaults();

        assert_non_null(tq_sel_preset_name((tq_sel_preset)p));
        assert_non_null(tq_sel_preset_label((tq_sel_preset)p));
        assert_int_equal(tq_selmodel_preset((tq_sel_preset)p, &s, NULL), TQ_OK);
        fitted f = fit_of(&mean, &o, &s);

        assert_int_equal(f.sel.estimated, 0);
        assert_int_equal(tq_selmodel_preset_of(&f.sel), p);
        f.sel.delta[3].est += 0.01;
        assert_int_equal(tq_selmodel_preset_of(&f.sel), TQ_SEL_PRESET_COUNT);
        f.sel.delta[3].est = s.delta[3];
        assert_near(tq_selmodel_weight(&f.sel, 0.003), 1.0, 0.0);
        for (size_t i = 0; i < s.n_steps; i++) {
            assert_near(tq_selmodel_weight(&f.sel, s.steps[i]), s.delta[i], 0.0);
            assert_true(p >= TQ_SEL_MODERATE_TWO || i == 0 || s.delta[i] <= s.delta[i - 1]);
        }
        for (double at = 0.021; p >= TQ_SEL_MODERATE_TWO && at < 0.5; at += 0.04) {
            assert_near(tq_selmodel_weight(&f.sel, at), tq_selmodel_weight(&f.sel, 1.0 - at), 0.0);
        }
        tq_pool_free(f.fit);
    }
    tq_selmodel_options s = tq_selmodel_defaults();

    assert_int_equal(tq_selmodel_preset(TQ_SEL_PRESET_COUNT, &s, NULL), TQ_EINVAL);
    assert_null(tq_sel_preset_name(TQ_SEL_PRESET_COUNT));
}

/* ---- equal effects, and the t distribution ---- */

static void equal_effects_have_no_tau2(void **state)
{
    const tq_selmodel_options s = {.type = TQ_SEL_NEGEXP};
    tq_pool_options o = ml();

    (void)state;
    o.tau2 = 0.0;
    fitted zero = fit_of(&slope, &o, &s);

    o = ml();
    o.method = TQ_EE;
    fitted f = fit_of(&slope, &o, &s);

    assert_true(isnan(f.fit->tau2) && isnan(f.fit->lrt.stat));
    assert_near(f.fit->ll, zero.fit->ll, 1e-9);
    assert_near(f.fit->beta[1], zero.fit->beta[1], 1e-8);
    assert_near(f.fit->AIC, -2.0 * f.fit->ll + 6.0, 1e-9);
    o.test = TQ_TEST_T;
    fitted t = fit_of(&slope, &o, &s);

    assert_near(t.fit->df[0], (double)(K - 2), 0.0);
    assert_near(t.fit->stat[1], f.fit->stat[1], 1e-9);
    assert_near(t.fit->QM, f.fit->QM, 1e-8);
    assert_near(f.fit->QM, f.fit->stat[1] * f.fit->stat[1], 1e-8);
    assert_true(t.fit->pval[1] > f.fit->pval[1]);
    tq_pool_free(zero.fit);
    tq_pool_free(f.fit);
    tq_pool_free(t.fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likelihood_is_that_of_brute_force),
        cmocka_unit_test(null_weights_are_the_ordinary_model),
        cmocka_unit_test(ratio_test_compares_with_it),
        cmocka_unit_test(follows_units_and_sign),
        cmocka_unit_test(profile_limits_lie_at_the_drop),
        cmocka_unit_test(threshold_is_the_best_of_a_grid),
        cmocka_unit_test(few_studies_have_an_answer_or_a_reason),
        cmocka_unit_test(weights_are_those_of_the_formula),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(bad_models_are_refused),
        cmocka_unit_test(endless_selection_is_told),
        cmocka_unit_test(presets_are_step_functions_with_given_weights),
        cmocka_unit_test(equal_effects_have_no_tau2),
    };

    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
