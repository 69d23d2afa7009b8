/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Location-scale models: closed cases, a slow likelihood, limits at infinity and at 0. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "optim/minimise.h"
#include "pooling/location_scale.h"
#include "support/random.h"

enum { MAX = 40, P = 3 };

/* X and Z hold the constant, then columns of random numbers. */
typedef struct {
    size_t k, p, q;
    double yi[MAX], vi[MAX], X[P * MAX], Z[P * MAX];
    tq_link link;
    int restricted;
} problem;

static problem random_problem(random_stream *r, size_t k, size_t p, size_t q)
{
    problem m = {.k = k, .p = p, .q = q, .restricted = 1};

    for (size_t i = 0; i < k; i++) {
        double eta = -1.2;

        m.X[i] = m.Z[i] = 1.0;
        for (size_t a = 1; a < P; a++) {
            m.X[i + a * k] = random_normal(r);
            m.Z[i + a * k] = 3.0 + random_normal(r);
            eta += a < q ? 0.7 * (m.Z[i + a * k] - 3.0) : 0.0;
        }
        m.vi[i] = 0.02 + 0.3 * random_uniform(r);
        m.yi[i] = 0.7 + 0.4 * m.X[i + k] + sqrt(m.vi[i] + exp(eta)) * random_normal(r);
    }
    return m;
}

static tq_model model_of(const problem *m)
{
    return (tq_model){m->k, m->p, m->yi, m->vi, m->p > 1 ? m->X : NULL, 1, NULL};
}

typedef struct {
    tq_pool *fit;
    tq_scale *scale;
} fitted;

static tq_pool_options options_of(const problem *m, tq_test test)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = m->restricted ? TQ_REML : TQ_ML;
    o.test = test;
    o.tol = 1e-12;
    return o;
}

static tq_status try_fit(const problem *m, const tq_pool_options *o, fitted *out, tq_error *err)
{
    const tq_model model = model_of(m);
    const tq_scale_design design = {m->q, m->Z, 1, m->link};

    *out = (fitted){tq_pool_new(m->k, m->p), tq_scale_new(m->k, m->q)};
    return tq_location_scale_fit(&model, &design, o, out->fit, out->scale, err);
}

static fitted fit_of(const problem *m, tq_test test)
{
    const tq_pool_options o = options_of(m, test);
    fitted out;
    tq_error err = {.message = ""};

    if (try_fit(m, &o, &out, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return out;
}

static void release(fitted *f)
{
    tq_pool_free(f->fit);
    tq_scale_free(f->scale);
}

static tq_pool *ordinary_fit(const problem *m, double tau2)
{
    const tq_model model = model_of(m);
    tq_pool_options o = options_of(m, TQ_TEST_Z);
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);
    tq_pool *fit = tq_pool_new(m->k, m->p);

    o.tau2 = tau2;
    o.ci_tau2 = TQ_CI_NONE;
    assert_int_equal(tq_pool_fit(&model, &o, work, fit, NULL), TQ_OK);
    tq_pool_work_free(work);
    return fit;
}

/* ---- the likelihood, slowly ---- */

/* Minus the log-likelihood at alpha, beta by normal equations in long double. */
static double slow(const double *alpha, double *gradient, void *context)
{
    const problem *m = context;
    long double A[P][P + 1] = {{0}}, X2[P][P] = {{0}}, sum = 0.0L, logdet = 0.0L, logxx = 0.0L;
    double w[MAX];

    (void)gradient;
    for (size_t i = 0; i < m->k; i++) {
        double eta = 0.0;

        for (size_t a = 0; a < m->q; a++) {
            eta += m->Z[i + a * m->k] * alpha[a];
        }
        const double tau2 = m->link == TQ_LINK_LOG ? exp(eta) : eta;

        if (tau2 < 0.0) {
            return INFINITY;
        }
        w[i] = 1.0 / (m->vi[i] + tau2);
        sum -= logl((long double)w[i]);
        for (size_t a = 0; a < m->p; a++) {
            for (size_t b = 0; b < m->p; b++) {
                const long double xx = (long double)m->X[i + a * m->k] * m->X[i + b * m->k];

                A[a][b] += (long double)w[i] * xx;
                X2[a][b] += xx;
            }
            A[a][m->p] += (long double)w[i] * m->X[i + a * m->k] * m->yi[i];
        }
    }
    long double beta[P];

    for (size_t a = 0; a < m->p;
         a++) { /* elimination without pivots: A, X2 are positive definite */
        logdet += logl(A[a][a]);
        logxx += logl(X2[a][a]);
        for (size_t b = a + 1; b < m->p; b++) {
            const long double f = A[b][a] / A[a][a], g = X2[b][a] / X2[a][a];

            for (size_t c = a; c <= m->p; c++) {
                A[b][c] -= f * A[a][c];
                if (c < m->p) {
                    X2[b][c] -= g * X2[a][c];
                }
            }
        }
    }
    for (size_t a = m->p; a-- > 0;) {
        beta[a] = A[a][m->p];
        for (size_t b = a + 1; b < m->p; b++) {
            beta[a] -= A[a][b] * beta[b];
        }
        beta[a] /= A[a][a];
    }
    for (size_t i = 0; i < m->k; i++) {
        long double r = m->yi[i];

        for (size_t a = 0; a < m->p; a++) {
            r -= (long double)m->X[i + a * m->k] * beta[a];
        }
        sum += (long double)w[i] * r * r;
    }
    const long double n = (long double)(m->restricted ? m->k - m->p : m->k);

    return (double)(0.5L *
                    (n * 1.8378770664093454836L + sum + (m->restricted ? logdet - logxx : 0.0L)));
}

/* f at x moved by da, db along two coordinates. */
static double moved(const problem *m, const double *x, size_t a, double da, size_t b, double db)
{
    double at[P];
    problem copy = *m;

    memcpy(at, x, m->q * sizeof *at);
    at[a] += da;
    at[b] += db;
    return slow(at, NULL, &copy);
}

static double slope(const problem *m, const double *x, size_t a)
{
    const double h = 1e-3;

    return (8.0 * (moved(m, x, a, h, 0, 0.0) - moved(m, x, a, -h, 0, 0.0)) -
            (moved(m, x, a, 2.0 * h, 0, 0.0) - moved(m, x, a, -2.0 * h, 0, 0.0))) /
           (12.0 * h);
}

static double curvature(const problem *m, const double *x, size_t a, size_t b)
{
    const double h = 1e-3;

    return (moved(m, x, a, h, b, h) - moved(m, x, a, h, b, -h) - moved(m, x, a, -h, b, h) +
            moved(m, x, a, -h, b, -h)) /
           (4.0 * h * h);
}

static void estimates_are_where_the_slow_likelihood_is_highest(void **state)
{
    random_stream r = {91};
    int checked = 0;

    (void)state;
    for (int n = 0; n < 60; n++) {
        problem m = random_problem(&r, 14 + random_index(&r, 26), 1 + random_index(&r, 3),
                                   1 + random_index(&r, 3));

        m.restricted = n % 2;
        fitted f = fit_of(&m, TQ_TEST_Z);
        const double *alpha = f.scale->alpha;

        assert_near(f.fit->ll, -slow(alpha, NULL, &m), 1e-10);
        for (size_t a = 0; a < m.q && f.scale->undetermined == 0; a++) {
            checked++;
            assert_near(slope(&m, alpha, a), 0.0, 1e-8);
            assert_near(f.scale->se[a], sqrt(f.scale->va[a + a * m.q]), 1e-13);
            for (size_t c = 0; c < m.q; c++) { /* H va = I */
                double unit = 0.0;

                for (size_t b = 0; b < m.q; b++) {
                    unit += curvature(&m, alpha, c, b) * f.scale->va[b + a * m.q];
                }
                assert_near(unit, a == c ? 1.0 : 0.0, 1e-3);
            }
        }
        release(&f);
    }
    assert_true(checked > 60);
}

/* No other start finds a higher place. */
static void the_maximum_is_the_global_one(void **state)
{
    random_stream r = {92};
    double work[TQ_MINIMISE_WORK(P)];

    (void)state;
    for (int n = 0; n < 40; n++) {
        problem m = random_problem(&r, 5 + random_index(&r, 8), 1, 2);

        fitted f = fit_of(&m, TQ_TEST_Z);

        for (int s = 0; s < 12; s++) {
            tq_minimise_options o = tq_minimise_defaults();
            double alpha[2];
            tq_minimum min = {.value = INFINITY};

            alpha[1] = 3.0 * random_normal(&r);
            alpha[0] = 3.0 * random_normal(&r) - 3.0 * alpha[1];
            o.numeric = 1;
            o.tol = 1e-6;
            tq_minimise(2, slow, &m, &o, alpha, work, &min, NULL);
            assert_true(-min.value <= f.fit->ll + 1e-6);
        }
        release(&f);
    }
}

/* ---- closed cases ---- */

static void an_intercept_alone_is_the_ordinary_model(void **state)
{
    random_stream r = {93};

    (void)state;
    for (int n = 0; n < 40; n++) {
        problem m = random_problem(&r, 6 + random_index(&r, 30), 1 + random_index(&r, 3), 1);

        m.restricted = n % 2;
        fitted f = fit_of(&m, TQ_TEST_Z);
        tq_pool *same = ordinary_fit(&m, NAN);

        assert_near(f.fit->ll, same->ll, 1e-9);
        assert_near(f.fit->QE, same->QE, 1e-12);
        assert_near(f.fit->AIC, same->AIC, 1e-9);
        assert_near(f.fit->BIC, same->BIC, 1e-9);
        assert_near(f.fit->AICc, same->AICc, 1e-9);
        assert_near(f.fit->deviance, same->deviance, 1e-9);
        if (same->tau2 > 0.0) {
            assert_near(f.scale->alpha[0], log(same->tau2), 1e-7);
            assert_near(f.fit->beta[0], same->beta[0], 1e-8);
            assert_near(f.fit->se[m.p - 1], same->se[m.p - 1], 1e-8);
            assert_near(f.scale->LRT, NAN, 0.0);
        } else {
            assert_int_equal(f.scale->undetermined, 1);
            assert_near(f.scale->se[0], NAN, 0.0);
        }
        m.link = TQ_LINK_IDENTITY;
        fitted g = fit_of(&m, TQ_TEST_Z);

        assert_near(g.scale->alpha[0], same->tau2, 1e-7);
        assert_near(g.fit->ll, same->ll, 1e-7);
        assert_int_equal(g.scale->at_zero, same->tau2 > 0.0 ? 0 : m.k);
        tq_pool_free(same);
        release(&f);
        release(&g);
    }
}

/* A group as location and as scale: two models of one tau2 each. */
static void groups_fall_apart_into_models_of_their_own(void **state)
{
    random_stream r = {94};
    int homogeneous = 0;

    (void)state;
    for (int n = 0; n < 40; n++) {
        problem m = random_problem(&r, 24, 2, 2), part[2] = {{0}};

        m.restricted = n % 2;
        part[0].k = part[1].k = 12;
        for (size_t i = 0; i < 24; i++) {
            const size_t g = i % 2;

            m.X[i + 24] = m.Z[i + 24] = (double)g;
            if (n % 3 == 0 && g) {
                m.yi[i] = 0.4 + 0.05 * m.yi[i]; /* no heterogeneity in the second group */
            }
            part[g].yi[i / 2] = m.yi[i];
            part[g].vi[i / 2] = m.vi[i];
        }
        fitted f = fit_of(&m, TQ_TEST_Z);
        tq_pool *own[2];

        for (size_t g = 0; g < 2; g++) {
            part[g].p = 1;
            part[g].restricted = m.restricted;
            own[g] = ordinary_fit(&part[g], NAN);
        }
        /* |X'X|: 144 for the dummies, 12 for each group alone */
        assert_near(f.fit->ll, own[0]->ll + own[1]->ll, 1e-7);
        assert_near(f.fit->beta[0], own[0]->beta[0], 1e-6);
        assert_near(f.fit->beta[0] + f.fit->beta[1], own[1]->beta[0], 1e-6);
        assert_near(f.scale->tau2[0], own[0]->tau2, 1e-6);
        assert_near(f.scale->tau2[1], own[1]->tau2, 1e-6);
        if (own[0]->tau2 > 0.0 && own[1]->tau2 == 0.0) {
            homogeneous++;
            assert_int_equal(f.scale->undetermined, 1);
            assert_near(f.scale->alpha[0], log(own[0]->tau2), 1e-5);
            assert_true(f.scale->se[0] > 0.05 && f.scale->se[0] < 5.0);
            assert_near(f.scale->se[1], NAN, 0.0);
            assert_near(f.scale->QS, NAN, 0.0);
            assert_true(f.scale->LRT > 0.0);
        }
        for (size_t g = 0; g < 2; g++) {
            tq_pool_free(own[g]);
        }
        release(&f);
    }
    assert_true(homogeneous > 5);
}

static void the_units_of_moderators_and_effects_do_not_matter(void **state)
{
    random_stream r = {95};

    (void)state;
    for (int n = 0; n < 20; n++) {
        const problem m = random_problem(&r, 30, 2, 2);
        problem moved = m;

        for (size_t i = 0; i < m.k; i++) {
            moved.Z[i + m.k] = 1000.0 * m.Z[i + m.k] - 250.0;
            moved.yi[i] = 40.0 * m.yi[i];
            moved.vi[i] = 1600.0 * m.vi[i];
        }
        fitted a = fit_of(&m, TQ_TEST_T), b = fit_of(&moved, TQ_TEST_T);

        if (a.scale->undetermined == 0) {
            assert_near(1000.0 * b.scale->alpha[1], a.scale->alpha[1], 1e-6);
            assert_near(1000.0 * b.scale->se[1], a.scale->se[1], 1e-6);
            assert_near(b.scale->alpha[0] - 250.0 * b.scale->alpha[1] - log(1600.0),
                        a.scale->alpha[0], 1e-6);
            assert_near(b.fit->beta[1] / 40.0, a.fit->beta[1], 1e-8);
            assert_near(b.scale->QS, a.scale->QS, 1e-5);
            assert_near(b.scale->LRT, a.scale->LRT, 1e-7);
        }
        release(&a);
        release(&b);
    }
}

/* ---- tests and predictions ---- */

static void tests_and_predictions_follow_their_definitions(void **state)
{
    random_stream r = {96};
    const problem m = random_problem(&r, 36, 2, 3);
    const double z[] = {1.0, 2.4, 3.3};
    fitted f = fit_of(&m, TQ_TEST_T);
    const tq_scale *s = f.scale;
    tq_scale_prediction at;
    double variance = 0.0, eta = 0.0;

    (void)state;
    assert_near(s->df, 33.0, 0.0);
    assert_near(s->pval[1], tq_two_sided_p(s->alpha[1] / s->se[1], 33.0), 1e-13);
    assert_near(s->ci_ub[2], s->alpha[2] + tq_critical_value(95.0, 33.0) * s->se[2], 1e-13);
    const double a = s->va[4], b = s->va[8], c = s->va[5], det = a * b - c * c;
    const double wald = (b * s->alpha[1] * s->alpha[1] + a * s->alpha[2] * s->alpha[2] -
                         2.0 * c * s->alpha[1] * s->alpha[2]) /
                        det;

    assert_near(s->QS, 0.5 * wald, 1e-9);
    assert_near(s->QS_pval, tq_f_upper(s->QS, 2.0, 33.0), 1e-13);
    problem equal = m;

    equal.q = 1;
    tq_pool *one = ordinary_fit(&equal, NAN);

    assert_near(s->LRT, 2.0 * (f.fit->ll - one->ll), 1e-9);
    assert_near(s->LRT_pval, tq_chisq_upper(s->LRT, 2.0), 1e-13);
    for (size_t i = 0; i < 3; i++) {
        eta += z[i] * s->alpha[i];
        for (size_t j = 0; j < 3; j++) {
            variance += z[i] * z[j] * s->va[i + 3 * j];
        }
    }
    tq_scale_predict(s, z, &at);
    assert_near(at.tau2, exp(eta), 1e-13);
    assert_near(at.tau2_ub, exp(eta + tq_critical_value(95.0, 33.0) * sqrt(variance)), 1e-11);
    assert_near(f.fit->tau2, NAN, 0.0);
    assert_near(f.fit->df[0], 34.0, 0.0);
    tq_pool_free(one);
    release(&f);
}

static void the_identity_link_stops_at_0(void **state)
{
    random_stream r = {97};
    problem m = random_problem(&r, 24, 1, 2);
    tq_scale_prediction at;
    const double z[] = {1.0, 1.0};

    (void)state;
    m.link = TQ_LINK_IDENTITY;
    for (size_t i = 0; i < 24; i++) {
        m.Z[i + 24] = (double)(i % 2);
        m.yi[i] = i % 2 ? 0.4 + 0.05 * random_normal(&r) * sqrt(m.vi[i]) : m.yi[i];
    }
    fitted f = fit_of(&m, TQ_TEST_Z);

    assert_int_equal(f.scale->at_zero, 12);
    assert_near(f.scale->tau2[1], 0.0, 0.0);
    assert_true(f.scale->tau2[0] > 0.01);
    assert_near(f.scale->se[0], NAN, 0.0);
    assert_near(f.scale->alpha[0] + f.scale->alpha[1], 0.0, 1e-6);
    tq_scale_predict(f.scale, z, &at);
    assert_near(at.tau2, 0.0, 1e-6);
    assert_near(at.tau2_ub, NAN, 0.0);
    assert_near(f.fit->ll, -slow((double[]){f.scale->tau2[0], -f.scale->tau2[0]}, NULL, &m), 1e-5);
    release(&f);
}

static void as_many_coefficients_as_studies_have_an_answer(void **state)
{
    random_stream r = {98};

    (void)state;
    for (int n = 0; n < 20; n++) {
        const problem m = random_problem(&r, 4, 2, 2);
        fitted f = fit_of(&m, TQ_TEST_Z);

        assert_true(isfinite(f.fit->ll) && isfinite(f.fit->beta[1]));
        for (size_t a = 0; a < 2; a++) {
            assert_true(isfinite(f.scale->alpha[a]));
            assert_int_equal(isnan(f.scale->se[a]), isnan(f.scale->ci_lb[a]));
        }
        release(&f);
    }
}

/* ---- refusals ---- */

static void expect(const problem *m, const tq_pool_options *o, tq_status status, const char *part)
{
    fitted f;
    tq_error err = {.message = ""};

    assert_int_equal(try_fit(m, o, &f, &err), status);
    if (!strstr(err.message, part)) {
        fail_msg("'%s' does not contain '%s'", err.message, part);
    }
    release(&f);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    random_stream r = {99};
    const problem good = random_problem(&r, 12, 2, 2);
    const tq_pool_options plain = options_of(&good, TQ_TEST_Z);
    tq_pool_options o = plain;
    problem m = good;

    (void)state;
    o.method = TQ_DL;
    expect(&m, &o, TQ_EINVAL, "ML or REML");
    o = plain;
    o.test = TQ_TEST_KR;
    expect(&m, &o, TQ_EINVAL, "z, t, knha or adhoc");
    o = plain;
    o.tau2 = 0.2;
    expect(&m, &o, TQ_EINVAL, "no fixed tau2");
    m.link = TQ_LINK_COUNT;
    expect(&m, &plain, TQ_EINVAL, "unknown link");
    m = good;
    m.k = 4;
    m.q = 3;
    expect(&m, &plain, TQ_EDATA, "at least 5 studies");
    m = good;
    m.Z[17] = NAN;
    expect(&m, &plain, TQ_EDATA, "finite number");
    m = good;
    for (size_t i = 0; i < 12; i++) {
        m.Z[i + 12] = 2.0;
    }
    expect(&m, &plain, TQ_EDATA, "column 2");
    m = good;
    m.vi[3] = -1.0;
    expect(&m, &plain, TQ_EDATA, "must be > 0");
    m = good;
    m.q = 1;
    m.link = TQ_LINK_IDENTITY;
    for (size_t i = 0; i < 12; i++) {
        m.Z[i] = i % 2 ? 1.0 : -1.0;
    }
    expect(&m, &plain, TQ_EDATA, "identity link needs");
    o = plain;
    o.max_iter = 1;
    expect(&good, &o, TQ_ENOCONV, "not maximised");
    assert_null(tq_scale_new(0, 1));
    assert_null(tq_scale_new(3, (size_t)1 << 62));
    tq_scale_free(NULL);
    assert_string_equal(tq_link_name(TQ_LINK_IDENTITY), "identity");
    assert_null(tq_link_name(TQ_LINK_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_where_the_slow_likelihood_is_highest),
        cmocka_unit_test(the_maximum_is_the_global_one),
        cmocka_unit_test(an_intercept_alone_is_the_ordinary_model),
        cmocka_unit_test(groups_fall_apart_into_models_of_their_own),
        cmocka_unit_test(the_units_of_moderators_and_effects_do_not_matter),
        cmocka_unit_test(tests_and_predictions_follow_their_definitions),
        cmocka_unit_test(the_identity_link_stops_at_0),
        cmocka_unit_test(as_many_coefficients_as_studies_have_an_answer),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
