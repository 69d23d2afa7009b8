/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firth's penalised logistic regression. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "counts/firth.h"
#include "linalg/dense.h"
#include "optim/minimise.h"

enum { K = 6, P = 2 };

static const tq_count_study studies[K] = {{0, 61, 4, 58},  {3, 44, 5, 35},   {0, 40, 0, 41},
                                          {2, 68, 9, 136}, {7, 146, 0, 151}, {30, 30, 25, 28}};
static const double dose[K] = {1.0, 3.5, 2.0, 5.0, 0.5, 4.0};

typedef struct {
    double beta[P], vb[P * P], weight[K], stat[P], ci_lb[P], ci_ub[P];
    tq_firth_fit fit;
    tq_status status;
    tq_error err;
} outcome;

static double X[P * K];

static tq_firth_problem problem(const tq_count_study *s, size_t k, size_t p)
{
    for (size_t i = 0; i < k; i++) {
        X[i] = 1.0;
        X[i + k] = dose[i];
    }
    return (tq_firth_problem){.k = k,
                              .p = p,
                              .study = s,
                              .X = X,
                              .chi2 = 3.8414588206941236,
                              .tol = 1e-10,
                              .max_iter = 500};
}

static void maximise(const tq_firth_problem *p, outcome *o)
{
    o->fit = (tq_firth_fit){.beta = o->beta,
                            .vb = o->vb,
                            .weight = o->weight,
                            .stat = o->stat,
                            .ci_lb = o->ci_lb,
                            .ci_ub = o->ci_ub};
    o->status = tq_firth_maximise(p, &o->fit, &o->err);
}

static void fitted(const tq_firth_problem *p, outcome *o)
{
    maximise(p, o);
    if (o->status != TQ_OK) {
        fail_msg("%s", o->err.message);
    }
}

/* Firth (1993), sec. 3.3: in the saturated model the penalty adds 1/2 to every cell. */
static void one_table_is_the_table_with_halves(void **state)
{
    (void)state;
    for (size_t i = 0; i < K; i++) {
        const tq_count_study *s = &studies[i];
        const tq_firth_problem p = problem(s, 1, 1);
        const double a = s->x1 + 0.5, b = s->n1 - s->x1 + 0.5, c = s->x2 + 0.5,
                     d = s->n2 - s->x2 + 0.5;
        outcome o;

        fitted(&p, &o);
        assert_near(o.beta[0], log(a * d / (b * c)), 1e-8);
        /* The information is that of the observed sizes at the penalised risks. */
        const double w1 = s->n1 * a * b / ((a + b) * (a + b)),
                     w2 = s->n2 * c * d / ((c + d) * (c + d));

        assert_relative(o.vb[0], 1.0 / w1 + 1.0 / w2, 1e-7);
        assert_near(o.weight[0] * o.vb[0], 1.0, 1e-8);
    }
}

/* The penalised likelihood with a dense information matrix; one coefficient may be held. */
typedef struct {
    const tq_firth_problem *p;
    int held;
    double at;
} dense_case;

static double minus_penalised(const double *x, double *gradient, void *context)
{
    const dense_case *c = context;
    const size_t k = c->p->k, q = c->p->p, n = k + q;
    double I[(K + P) * (K + P)] = {0.0}, beta[P], ll = 0.0, logdet;

    (void)gradient;
    for (size_t j = 0, from = k; j < q; j++) {
        beta[j] = (int)j == c->held ? c->at : x[from++];
    }
    for (size_t i = 0; i < k; i++) {
        for (int group = 0; group < 2; group++) {
            const tq_count_study *s = &c->p->study[i];
            double row[K + P] = {0.0}, eta = x[i];

            row[i] = 1.0;
            for (size_t j = 0; j < q && group == 0; j++) {
                row[k + j] = c->p->X[i + j * k];
                eta += beta[j] * row[k + j];
            }
            const tq_slopes d = group == 0 ? tq_binomial_slopes(s->x1, s->n1, eta)
                                           : tq_binomial_slopes(s->x2, s->n2, eta);

            ll += d.ll;
            for (size_t a = 0; a < n; a++) {
                for (size_t b = 0; b < n; b++) {
                    I[a + n * b] -= d.d2 * row[a] * row[b];
                }
            }
        }
    }
    return tq_invert_spd(n, I, &logdet, NULL) == TQ_OK ? -(ll + 0.5 * logdet) : (double)INFINITY;
}

static double dense_maximum(const tq_firth_problem *p, int held, double at, double *x)
{
    const size_t n = p->k + p->p - (held >= 0);
    tq_minimise_options o = tq_minimise_defaults();
    dense_case c = {p, held, at};
    double work[TQ_MINIMISE_WORK(K + P)];
    tq_minimum m;

    o.numeric = 1;
    o.tol = 1e-8;
    memset(x, 0, n * sizeof *x);
    assert_int_equal(tq_minimise(n, minus_penalised, &c, &o, x, work, &m, NULL), TQ_OK);
    return -m.value;
}

static void the_estimates_maximise_the_penalised_likelihood(void **state)
{
    (void)state;
    for (size_t p = 1; p <= P; p++) {
        const tq_firth_problem q = problem(studies, K, p);
        double x[K + P];
        outcome o;

        fitted(&q, &o);
        assert_near(o.fit.ll_penalised, dense_maximum(&q, -1, 0.0, x), 1e-9);
        for (size_t j = 0; j < p; j++) {
            assert_near(o.beta[j], x[K + j], 1e-6);
        }
    }
}

/* Heinze & Schemper (2002): test and limits by profiles of the penalised likelihood. */
static void tests_and_limits_are_profiles(void **state)
{
    (void)state;
    for (size_t p = 1; p <= P; p++) {
        const tq_firth_problem q = problem(studies, K, p);
        double x[K + P];
        outcome o;

        fitted(&q, &o);
        for (size_t j = 0; j < p; j++) {
            const double most = o.fit.ll_penalised;

            assert_near(o.stat[j], 2.0 * (most - dense_maximum(&q, (int)j, 0.0, x)), 1e-7);
            assert_near(2.0 * (most - dense_maximum(&q, (int)j, o.ci_lb[j], x)), q.chi2, 1e-6);
            assert_near(2.0 * (most - dense_maximum(&q, (int)j, o.ci_ub[j], x)), q.chi2, 1e-6);
            assert_true(o.ci_lb[j] < o.beta[j] && o.beta[j] < o.ci_ub[j]);
        }
    }
}

static void exchanging_the_groups_changes_the_sign_alone(void **state)
{
    tq_count_study turned[K];
    outcome one, two;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        turned[i] = (tq_count_study){studies[i].x2, studies[i].n2, studies[i].x1, studies[i].n1};
    }
    const tq_firth_problem p = problem(studies, K, 1), q = problem(turned, K, 1);

    fitted(&p, &one);
    fitted(&q, &two);
    assert_near(two.beta[0], -one.beta[0], 1e-9);
    assert_near(two.ci_lb[0], -one.ci_ub[0], 1e-8);
    assert_near(two.stat[0], one.stat[0], 1e-8);
    assert_near(two.vb[0], one.vb[0], 1e-9);
}

/* No group has an event: the estimate is there all the same, at equal risks of equal groups. */
/* Doses in millions of cells or in single ones: limits and tests do not know. */
static void units_of_a_moderator_do_not_matter(void **state)
{
    static const double units[] = {3.1e-9, 2.7e7};
    const tq_firth_problem p = problem(studies, K, P);
    outcome o, other;

    (void)state;
    fitted(&p, &o);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (size_t i = 0; i < K; i++) {
            X[i + K] = dose[i] * units[u];
        }
        fitted(&p, &other);
        for (size_t j = 0; j < P; j++) {
            const double c = j == 0 ? 1.0 : units[u];

            assert_relative(c * other.beta[j], o.beta[j], 1e-8);
            assert_relative(c * c * other.vb[j * (P + 1)], o.vb[j * (P + 1)], 1e-8);
            assert_near(other.stat[j], o.stat[j], 1e-8);
            assert_near(c * other.ci_lb[j], o.ci_lb[j], 1e-8);
            assert_near(c * other.ci_ub[j], o.ci_ub[j], 1e-8);
        }
    }
}

static void separated_data_have_finite_estimates(void **state)
{
    const tq_count_study none[] = {{0, 20, 3, 25}, {0, 31, 1, 30}, {0, 14, 2, 18}};
    const tq_firth_problem p = problem(none, 3, 1);
    outcome o;

    (void)state;
    fitted(&p, &o);
    assert_true(o.beta[0] < -1.0 && o.beta[0] > -4.0);
    assert_true(isfinite(o.ci_lb[0]) && o.ci_lb[0] < o.beta[0]);
}

static void failures_say_what_is_wrong(void **state)
{
    tq_firth_problem p = problem(studies, K, 2);
    double same[2 * K];
    outcome o;

    (void)state;
    for (size_t i = 0; i < 2 * K; i++) {
        same[i] = 1.0;
    }
    p.X = same;
    maximise(&p, &o);
    assert_int_equal(o.status, TQ_EDATA);
    p = problem(studies, K, 1);
    p.max_iter = 1;
    maximise(&p, &o);
    assert_int_equal(o.status, TQ_ENOCONV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_table_is_the_table_with_halves),
        cmocka_unit_test(the_estimates_maximise_the_penalised_likelihood),
        cmocka_unit_test(tests_and_limits_are_profiles),
        cmocka_unit_test(exchanging_the_groups_changes_the_sign_alone),
        cmocka_unit_test(units_of_a_moderator_do_not_matter),
        cmocka_unit_test(separated_data_have_finite_estimates),
        cmocka_unit_test(failures_say_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
