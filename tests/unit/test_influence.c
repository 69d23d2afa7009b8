/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Influence of studies against the definitions by fits without each, closed forms, invariances. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "diagnostics/influence.h"
#include "support/bcg.h"
#include "support/stop.h"

enum { K = BCG_K, P = 3 };

/* BCG vaccine, log relative risks: Colditz et al. (1994), JAMA 271:698-702; latitude, random allocation. */
/* clang-format off */
static const double X[P * K] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33,
                                1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0};
static const double weights[K] = {2.3, 0.4, 1.1, 7.9, 3.2, 0.6, 2.8, 5.1, 1.7, 0.9, 4.4, 2.2, 3.6};
/* clang-format on */

static const tq_model mean = {K, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
static const tq_model mods = {K, P, bcg_yi, bcg_vi, X, 1, NULL};

static tq_pool_options options_of(tq_method method, tq_test test)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = method;
    o.test = test;
    return o;
}

static tq_influence *influence_of(const tq_model *m, const tq_pool_options *o, size_t threads)
{
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);
    tq_pool *fit = tq_pool_new(m->k, m->p);
    tq_influence *out = NULL;
    tq_error err = {.message = ""};

    assert_int_equal(tq_pool_fit(m, o, work, fit, &err), TQ_OK);
    if (tq_influence_of(m, o, fit, threads, NULL, &out, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
    return out;
}

/* ---- the definitions, one study at a time ---- */

static double det(size_t p, const double *A)
{
    if (p == 1) {
        return A[0];
    }
    if (p == 2) {
        return A[0] * A[3] - A[1] * A[2];
    }
    return A[0] * (A[4] * A[8] - A[5] * A[7]) - A[3] * (A[1] * A[8] - A[2] * A[7]) +
           A[6] * (A[1] * A[5] - A[2] * A[4]);
}

/* A^-1 of up to 3 x 3, by cofactors. */
static void inverse(size_t p, const double *A, double *out)
{
    const double d = det(p, A);

    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            double minor[4];
            size_t n = 0;

            for (size_t j = 0; j < p; j++) {
                for (size_t i = 0; i < p; i++) {
                    if (i != a && j != b) {
                        minor[n++] = A[i + j * p];
                    }
                }
            }
            const double cofactor = p == 1 ? 1.0 : det(p - 1, minor);

            out[b + a * p] = ((a + b) % 2 ? -cofactor : cofactor) / d;
        }
    }
}

static double x_at(const tq_model *m, size_t i, size_t a)
{
    return m->X ? m->X[i + a * m->k] : 1.0;
}

/* G[p x p] = X' diag(w) X. */
static void gram(const tq_model *m, const double *w, double *G)
{
    for (size_t a = 0; a < m->p; a++) {
        for (size_t b = 0; b < m->p; b++) {
            G[a + b * m->p] = 0.0;
            for (size_t i = 0; i < m->k; i++) {
                G[a + b * m->p] += w[i] * x_at(m, i, a) * x_at(m, i, b);
            }
        }
    }
}

static void fit_without(const tq_model *m, const tq_pool_options *o, size_t left, tq_pool *fit)
{
    double y[K], v[K], w[K], D[K * P];
    tq_pool_options opt = *o;
    tq_pool_work *work = tq_pool_work_new(K, P);
    size_t n = 0;

    for (size_t i = 0; i < m->k; i++) {
        if (i != left) {
            y[n] = m->yi[i];
            v[n] = m->vi[i];
            w[n] = o->weights ? o->weights[i] : 0.0;
            for (size_t a = 0; a < m->p; a++) {
                D[n + a * (m->k - 1)] = x_at(m, i, a);
            }
            n++;
        }
    }
    opt.weights = o->weights ? w : NULL;
    const tq_model others = {n, m->p, y, v, m->X ? D : NULL, m->intercept, NULL};

    assert_int_equal(tq_pool_fit(&others, &opt, work, fit, NULL), TQ_OK);
    tq_pool_work_free(work);
}

static double factor_of(const tq_pool *fit)
{
    return fit->method == TQ_UWLS || fit->test == TQ_TEST_KNHA ? fit->kh
           : fit->test == TQ_TEST_ADHOC                        ? fmax(1.0, fit->kh)
                                                               : 1.0;
}

static double tau2_of(const tq_pool *fit)
{
    return isnan(fit->tau2) ? 0.0 : fit->tau2;
}

static void assert_definitions(const tq_model *m, const tq_pool_options *o, double tol)
{
    const size_t p = m->p;
    tq_influence *got = influence_of(m, o, 2);
    tq_pool_work *work = tq_pool_work_new(K, P);
    tq_pool *all = tq_pool_new(K, P), *fit = tq_pool_new(K, P);
    double precision[P * P];

    assert_int_equal(tq_pool_fit(m, o, work, all, NULL), TQ_OK);
    inverse(p, all->vb, precision);
    for (size_t i = 0; i < m->k; i++) {
        const tq_influence_row *row = &got->row[i];
        double w[K], G[P * P], V[P * P], d[P], change = 0.0, cook = 0.0, var_del = 0.0;

        fit_without(m, o, i, fit);
        for (size_t j = 0; j < m->k; j++) {
            w[j] = 1.0 / (m->vi[j] + tau2_of(fit));
        }
        gram(m, w, G);
        inverse(p, G, V);
        for (size_t a = 0; a < p; a++) {
            d[a] = all->beta[a] - fit->beta[a];
            change += x_at(m, i, a) * d[a];
            assert_near(got->dfbs[i * p + a], d[a] / sqrt(factor_of(fit) * V[a + a * p]), tol);
        }
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; b < p; b++) {
                cook += d[a] * precision[a + b * p] * d[b];
                var_del += x_at(m, i, a) * fit->vb[a + b * p] * x_at(m, i, b);
            }
        }
        assert_near(row->cook_d, cook, tol);
        assert_near(row->cov_r, det(p, fit->vb) / det(p, all->vb), tol);
        assert_near(row->QE_del, fit->QE, tol);
        assert_near(got->residual[i].tau2_del, fit->tau2, tol);
        assert_near(
            row->dffits,
            change / sqrt(factor_of(fit) * got->residual[i].hat * (m->vi[i] + tau2_of(fit))), tol);
        assert_near(row->baujat_y, change * change / var_del, tol);
        assert_near(row->baujat_x, got->residual[i].pearson * got->residual[i].pearson, tol);
        assert_near(row->weight, all->weight[i], tol);
    }
    tq_pool_free(fit);
    tq_pool_free(all);
    tq_pool_work_free(work);
    tq_influence_free(got);
}

static void diagnostics_are_as_defined(void **state)
{
    (void)state;
    const tq_pool_options cases[] = {
        options_of(TQ_REML, TQ_TEST_Z), options_of(TQ_DL, TQ_TEST_KNHA),
        options_of(TQ_ML, TQ_TEST_ADHOC), options_of(TQ_UWLS, TQ_TEST_T)};

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        assert_definitions(&mean, &cases[c], 1e-9);
        assert_definitions(&mods, &cases[c], 1e-8);
    }
}

/* Where tau2 is known nothing is fitted anew, and all is as if it were. */
static void downdates_equal_refits(void **state)
{
    (void)state;
    tq_pool_options cases[] = {options_of(TQ_EE, TQ_TEST_Z), options_of(TQ_FE, TQ_TEST_KNHA),
                               options_of(TQ_REML, TQ_TEST_Z), options_of(TQ_DL, TQ_TEST_ADHOC)};

    cases[2].tau2 = 0.137;
    cases[3].tau2 = 0.42;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        assert_definitions(&mean, &cases[c], 1e-12);
        assert_definitions(&mods, &cases[c], 1e-11);
    }
}

/* With weights of another kind variances are those of the weights: sum a^2 M / (sum a)^2. */
static void user_weights_have_their_own_variances(void **state)
{
    (void)state;
    tq_pool_options o = options_of(TQ_REML, TQ_TEST_Z);
    tq_pool *fit = tq_pool_new(K, P);
    tq_pool_work *work = tq_pool_work_new(K, P);
    tq_pool *all = tq_pool_new(K, P);

    o.weights = weights;
    tq_influence *got = influence_of(&mean, &o, 1);

    assert_int_equal(tq_pool_fit(&mean, &o, work, all, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        double sum = 0.0, a2M = 0.0;

        fit_without(&mean, &o, i, fit);
        for (size_t j = 0; j < K; j++) {
            sum += weights[j];
            a2M += weights[j] * weights[j] * (bcg_vi[j] + fit->tau2);
        }
        assert_near(got->row[i].dffits, (all->beta[0] - fit->beta[0]) / (sqrt(a2M) / sum), 1e-10);
        assert_near(got->dfbs[i], got->row[i].dffits, 1e-10);
        assert_near(got->row[i].cov_r, fit->vb[0] / all->vb[0], 1e-10);
    }
    tq_influence_free(got);
    tq_pool_free(all);
    tq_pool_work_free(work);
    tq_pool_free(fit);
}

static void flags_follow_the_limits(void **state)
{
    (void)state;
    const tq_pool_options o = options_of(TQ_EE, TQ_TEST_Z);
    tq_influence *got = influence_of(&mods, &o, 1);
    size_t influential = 0;

    assert_near(got->limits.dffits, 3.0 * sqrt(3.0 / 10.0), 1e-15);
    assert_near(tq_chisq_upper(got->limits.cook_d, 3.0), 0.5, 1e-12);
    assert_near(got->limits.hat, 9.0 / 13.0, 1e-15);
    for (size_t i = 0; i < K; i++) {
        const double *d = got->dfbs + i * P;
        const int want = fabs(got->row[i].dffits) > got->limits.dffits ||
                         got->row[i].cook_d > got->limits.cook_d ||
                         got->residual[i].hat > 9.0 / 13.0 || fabs(d[0]) > 1.0 ||
                         fabs(d[1]) > 1.0 || fabs(d[2]) > 1.0;

        assert_int_equal(got->row[i].influential, want);
        influential += (size_t)want;
    }
    assert_true(influential > 0 && influential < K);
    tq_influence_free(got);
}

/* Nothing but tau2 and QE has a unit; a moderator's unit and origin change only its own column. */
static void units_change_nothing(void **state)
{
    (void)state;
    const double c = 0.0125;
    const tq_pool_options o = options_of(TQ_REML, TQ_TEST_KNHA);
    double y[K], v[K], D[P * K];
    const tq_model other = {K, P, y, v, D, 1, NULL};

    memcpy(D, X, sizeof D);
    for (size_t i = 0; i < K; i++) {
        y[i] = c * bcg_yi[i];
        v[i] = c * c * bcg_vi[i];
        D[i + K] = 1850.0 - 3.5 * X[i + K];
    }
    tq_influence *a = influence_of(&mods, &o, 1), *b = influence_of(&other, &o, 1);

    for (size_t i = 0; i < K; i++) {
        assert_near(b->row[i].dffits, a->row[i].dffits, 1e-8);
        assert_near(b->row[i].cook_d, a->row[i].cook_d, 1e-7);
        assert_near(b->row[i].cov_r, a->row[i].cov_r, 1e-7);
        assert_near(b->row[i].QE_del, a->row[i].QE_del, 1e-8);
        assert_near(b->residual[i].tau2_del, c * c * a->residual[i].tau2_del, 1e-10);
        assert_near(b->dfbs[i * P + 1], -a->dfbs[i * P + 1], 1e-8);
        assert_near(b->dfbs[i * P + 2], a->dfbs[i * P + 2], 1e-8);
        assert_int_equal(b->row[i].influential, a->row[i].influential);
    }
    tq_influence_free(a);
    tq_influence_free(b);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    enum { MANY = 120 };
    static double y[MANY], v[MANY];
    const tq_model many = {MANY, 1, y, v, NULL, 1, NULL};
    const tq_pool_options o = options_of(TQ_REML, TQ_TEST_Z);

    for (size_t i = 0; i < MANY; i++) {
        const size_t round = i / K;

        y[i] = bcg_yi[i % K] + 0.01 * (double)round;
        v[i] = bcg_vi[(i * 7) % K];
    }
    tq_influence *one = influence_of(&many, &o, 1), *four = influence_of(&many, &o, 4);

    assert_memory_equal(one->row, four->row, MANY * sizeof *one->row);
    assert_memory_equal(one->residual, four->residual, MANY * sizeof *one->residual);
    assert_memory_equal(one->dfbs, four->dfbs, MANY * sizeof *one->dfbs);
    tq_influence_free(one);
    tq_influence_free(four);
}

/* Two studies: the model of the other one. Three with two coefficients: there is none without one. */
static void few_studies(void **state)
{
    (void)state;
    const tq_model two = {2, 1, bcg_yi, bcg_vi, NULL, 1, NULL},
                   three = {3, 2, bcg_yi, bcg_vi, X, 1, NULL};
    double D[6];
    tq_model line = three;
    const tq_method methods[] = {TQ_REML, TQ_EE};

    memcpy(D, X, 3 * sizeof *D);
    memcpy(D + 3, X + K, 3 * sizeof *D);
    line.X = D;
    for (size_t c = 0; c < 2; c++) {
        const tq_pool_options o = options_of(methods[c], TQ_TEST_Z);
        tq_influence *a = influence_of(&two, &o, 1), *b = influence_of(&line, &o, 1);

        assert_definitions(&two, &o, 1e-12);
        assert_true(isfinite(a->row[0].dffits) && isfinite(a->residual[1].rstudent));
        for (size_t i = 0; i < 3; i++) {
            assert_true(isnan(b->row[i].dffits) && isnan(b->row[i].QE_del) &&
                        isnan(b->residual[i].rstudent) && isnan(b->dfbs[2 * i]));
            assert_true(isfinite(b->row[i].weight) && isfinite(b->residual[i].hat));
        }
        tq_influence_free(a);
        tq_influence_free(b);
    }
}

/* One study alone has the reference level: the others change nothing of the intercept, not even in the
   last digit. */
static void rounding_is_no_change(void **state)
{
    (void)state;
    enum { FEW = 5 };
    static const double D[2 * FEW] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
    const tq_model m = {FEW, 2, bcg_yi, bcg_vi, D, 1, NULL};
    const tq_method methods[] = {TQ_REML, TQ_EE};

    for (size_t c = 0; c < 2; c++) {
        const tq_pool_options o = options_of(methods[c], TQ_TEST_Z);
        tq_influence *got = influence_of(&m, &o, 1);

        for (size_t i = 0; i + 1 < FEW; i++) {
            assert_near(got->dfbs[2 * i], 0.0, 0.0);
            assert_true(fabs(got->dfbs[2 * i + 1]) > 0.01);
        }
        assert_near(got->residual[FEW - 1].hat, 1.0, 1e-14);
        assert_true(isnan(got->dfbs[2 * FEW - 1]) && isnan(got->row[FEW - 1].cook_d));
        tq_influence_free(got);
    }
}

static void refuses(void **state)
{
    (void)state;
    const tq_model single = {1, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
    const tq_pool_options reml = options_of(TQ_REML, TQ_TEST_Z), mh = options_of(TQ_MH, TQ_TEST_Z);
    const tq_progress now = {stop_at_once, NULL};
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *fit = tq_pool_new(K, 1);
    tq_influence *out = NULL;
    tq_error err;

    assert_int_equal(tq_pool_fit(&mean, &reml, work, fit, NULL), TQ_OK);
    assert_int_equal(tq_influence_of(&mean, &mh, fit, 1, NULL, &out, &err), TQ_EINVAL);
    assert_string_equal(err.message, "method MH pools counts, and its estimate has no leverages; "
                                     "try --method EE or REML");
    assert_int_equal(tq_influence_of(&mean, &reml, fit, 1, &now, &out, &err), TQ_EINTR);
    assert_int_equal(tq_influence_of(&single, &reml, fit, 1, NULL, &out, &err), TQ_EDATA);
    assert_null(out);
    tq_influence_free(NULL);
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diagnostics_are_as_defined),
        cmocka_unit_test(downdates_equal_refits),
        cmocka_unit_test(user_weights_have_their_own_variances),
        cmocka_unit_test(flags_follow_the_limits),
        cmocka_unit_test(units_change_nothing),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(few_studies),
        cmocka_unit_test(rounding_is_no_change),
        cmocka_unit_test(refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
