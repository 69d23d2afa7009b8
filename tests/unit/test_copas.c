/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Copas model: its likelihood by brute force, no selection, invariance, the adjusted estimate. */
#include "support/near.h"

#include <math.h>

#include "bias/copas.h"
#include "core/distributions.h"
#include "support/bcg.h"

enum { K = 18 };

/* Small studies with larger effects: third-wave treatments, Harrer et al. (2021), Doing Meta-Analysis in R. */
static const double yi[K] = {0.7091362, 0.3548641, 1.7911700, 0.1824552, 0.4218509, 0.6300000,
                             0.7248838, 0.5286638, 0.2840000, 1.2750682, 0.1036082, 0.3883906,
                             0.5407398, 0.4261593, 0.5153969, 1.4797260, 0.6125782, 0.6000000};
static const double sei[K] = {0.2608202, 0.1963624, 0.3455692, 0.1177874, 0.1448128, 0.1960000,
                              0.2246641, 0.2104609, 0.1680000, 0.3371997, 0.1947275, 0.2307689,
                              0.2443133, 0.2579379, 0.3512737, 0.3152817, 0.2266834, 0.2490000};

static double vi[K];

static tq_model model(void)
{
    for (size_t i = 0; i < K; i++) {
        vi[i] = sei[i] * sei[i];
    }
    return (tq_model){.k = K, .p = 1, .yi = yi, .vi = vi, .intercept = 1};
}

static tq_copas fit(const tq_model *m, const tq_copas_options *o)
{
    static tq_copas out; /* large */

    assert_int_equal(tq_copas_fit(m, 95.0, o, &out, NULL), TQ_OK);
    return out;
}

static double normal(double z)
{
    return exp(-0.5 * (z * z + TQ_LOG_2PI));
}

/* Density of an effect that was seen, from the model as it is written: the joint density of yi and zi,
   summed over zi > 0 by the trapezium rule. */
static double seen_density(double y, double s, double mu, double tau2, double rho, double u)
{
    enum { N = 20000 };
    const double lambda = normal(u) / (0.5 * erfc(-u / sqrt(2.0)));
    const double sigma2 = s * s / (1.0 - lambda * (u + lambda) * rho * rho);
    const double V = tau2 + sigma2, cov = rho * sqrt(sigma2), top = fmax(u, 0.0) + 12.0;
    const double mean = u + cov / V * (y - mu), sd = sqrt(1.0 - cov * cov / V);
    double sum = 0.0;

    for (int i = 0; i <= N; i++) {
        const double z = top * i / N;

        sum += (i == 0 || i == N ? 0.5 : 1.0) * normal((z - mean) / sd) / sd;
    }
    return normal((y - mu) / sqrt(V)) / sqrt(V) * sum * (top / N) / (0.5 * erfc(-u / sqrt(2.0)));
}

static double brute_force(const tq_copas_point *p, double mu, double tau2, double rho)
{
    double ll = 0.0;

    for (size_t i = 0; i < K; i++) {
        ll += log(seen_density(yi[i], sei[i], mu, tau2, rho, p->gamma0 + p->gamma1 / sei[i]));
    }
    return ll;
}

static void likelihood_is_that_of_the_model_and_has_its_maximum_there(void **state)
{
    tq_copas_options o = tq_copas_defaults();
    const tq_model m = model();

    (void)state;
    o.gamma0 = -2.385;
    o.gamma1 = 0.547;
    const tq_copas c = fit(&m, &o);
    const tq_copas_point *p = &c.point[1];
    const double mu = p->mu.est, most = brute_force(p, mu, p->tau2, p->rho);

    assert_int_equal(c.n, 2);
    assert_near(p->ll, most, 1e-6);
    assert_true(brute_force(p, mu + 0.01, p->tau2, p->rho) < most);
    assert_true(brute_force(p, mu - 0.01, p->tau2, p->rho) < most);
    assert_true(brute_force(p, mu, p->tau2 + 0.003, p->rho) < most);
    assert_true(brute_force(p, mu, p->tau2, p->rho + 0.01) < most);
    assert_true(brute_force(p, mu, p->tau2, p->rho - 0.01) < most);
    assert_near(p->least, 0.5 * erfc(-(-2.385 + 0.547 / 0.3512737) / sqrt(2.0)), 1e-12);
}

static void without_selection_it_is_the_ml_model_and_its_meta_regression(void **state)
{
    const tq_model m = model();
    const tq_copas c = fit(&m, NULL);
    tq_pool_options opt = tq_pool_defaults();
    tq_pool *ml = NULL, *sloped = NULL;
    double X[2 * K];

    (void)state;
    opt.method = TQ_ML;
    assert_int_equal(tq_pool_fit_once(&m, &opt, &ml, NULL), TQ_OK);
    assert_near(c.point[0].mu.est, ml->beta[0], 1e-8);
    assert_near(c.point[0].tau2, ml->tau2, 1e-8);
    assert_near(c.point[0].ll, ml->ll, 1e-9);
    assert_near(c.point[0].unseen, 0.0, 0.0);
    assert_true(isnan(c.point[0].rho));
    for (size_t i = 0; i < K; i++) {
        X[i] = 1.0;
        X[K + i] = sei[i];
    }
    const tq_model with = {.k = K, .p = 2, .yi = yi, .vi = vi, .X = X, .intercept = 1};

    assert_int_equal(tq_pool_fit_once(&with, &opt, &sloped, NULL), TQ_OK);
    assert_near(c.point[0].residual.stat, 2.0 * (sloped->ll - ml->ll), 1e-7);
    tq_pool_free(ml);
    tq_pool_free(sloped);
}

/* As the least precise study becomes certain to be seen, selection goes away. */
static void the_path_starts_at_no_selection(void **state)
{
    tq_copas_options o = tq_copas_defaults();
    const tq_model m = {.k = BCG_K, .p = 1, .yi = bcg_yi, .vi = bcg_vi, .intercept = 1};

    (void)state;
    o.least[0] = 1.0 - 1e-7;
    o.most[0] = 1.0 - 1e-8;
    o.n_least = o.n_most = 1;
    const tq_copas c = fit(&m, &o);

    assert_near(c.point[1].mu.est, c.point[0].mu.est, 1e-3);
    assert_true(c.point[1].ll >= c.point[0].ll - 1e-9); /* rho = 0 is within the model */
}

/* Precise studies are seen no less often than others, where the path begins with a selection as well. */
static void the_least_selection_lies_on_the_path(void **state)
{
    const tq_model m = model();
    tq_copas_options o = tq_copas_defaults();

    (void)state;
    o.least[0] = o.most[0] = 0.35;
    o.n_least = o.n_most = 1;
    o.alpha = 1.01 * fit(&m, &o).point[0].residual.pval;
    const tq_copas c = fit(&m, &o);

    assert_true(c.found);
    assert_true(c.adjusted.least <= c.adjusted.most);
    assert_true(c.adjusted.gamma1 >= 0.0);
}

static void adjusted_is_the_least_selection_that_is_enough(void **state)
{
    const tq_model m = model();
    tq_copas_options o = tq_copas_defaults();

    (void)state;
    o.n_most = 1;
    const tq_copas c = fit(&m, &o);
    const double found = c.adjusted.least;

    assert_true(c.found);
    assert_true(found > 0.3 && found < 0.4);
    assert_near(c.adjusted.residual.pval, 0.1, 1e-5);
    o.least[0] = found + 0.002;
    o.least[1] = found;
    o.n_least = 2;
    const tq_copas near = fit(&m, &o);

    assert_true(near.point[1].residual.pval < 0.1);
    assert_near(near.point[2].mu.est, c.adjusted.mu.est, 1e-5);
    assert_true(c.adjusted.mu.est < c.point[0].mu.est); /* large effects were seen more often */
}

static void turned_around_it_is_the_same(void **state)
{
    const double scale = -2.385;
    double y[K], v[K];
    const tq_model m = model(), turned = {.k = K, .p = 1, .yi = y, .vi = v, .intercept = 1};
    tq_copas_options o = tq_copas_defaults();

    (void)state;
    for (size_t i = 0; i < K; i++) {
        y[i] = scale * yi[i];
        v[i] = scale * scale * vi[i];
    }
    o.n_most = 1;
    const tq_copas a = fit(&m, &o), b = fit(&turned, &o);

    for (size_t i = 0; i < a.n; i++) {
        assert_near(b.point[i].mu.est, scale * a.point[i].mu.est, 1e-5);
        assert_near(b.point[i].mu.se, fabs(scale) * a.point[i].mu.se, 1e-4);
        assert_near(b.point[i].residual.stat, a.point[i].residual.stat, 1e-6);
        assert_near(b.point[i].unseen, a.point[i].unseen, 1e-9);
    }
    assert_near(b.point[9].rho, -a.point[9].rho, 1e-5);
}

/* rho is not identified then, and no reason to know less of the mean. */
static void where_all_is_seen_the_mean_keeps_its_error(void **state)
{
    const tq_model m = model();
    tq_copas_options o = tq_copas_defaults();

    (void)state;
    o.gamma0 = 41.7;
    o.gamma1 = 0.0;
    const tq_copas c = fit(&m, &o);

    assert_near(c.adjusted.mu.est, c.point[0].mu.est, 1e-6);
    assert_near(c.adjusted.mu.se, c.point[0].mu.se, 1e-6);
    assert_near(c.adjusted.unseen, 0.0, 1e-12);
}

static void what_it_cannot_do_it_says(void **state)
{
    const double same[] = {0.04, 0.04, 0.04}, bad[] = {0.04, -0.01, 0.09};
    const tq_model m = model(), two = {.k = 2, .p = 1, .yi = yi, .vi = vi, .intercept = 1};
    const tq_model equal = {.k = 3, .p = 1, .yi = yi, .vi = same, .intercept = 1};
    const tq_model wrong = {.k = 3, .p = 1, .yi = yi, .vi = bad, .intercept = 1};
    static tq_copas out;
    tq_copas_options o = tq_copas_defaults();
    tq_error err;

    (void)state;
    assert_int_equal(tq_copas_fit(&two, 95.0, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(tq_copas_fit(&equal, 95.0, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(tq_copas_fit(&wrong, 95.0, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
    assert_int_equal(tq_copas_fit(&m, 100.0, NULL, &out, &err), TQ_EINVAL);
    o.most[1] = 0.05; /* below every probability of the least precise study */
    assert_int_equal(tq_copas_fit(&m, 95.0, &o, &out, &err), TQ_EINVAL);
    o = tq_copas_defaults();
    o.least[3] = 0.95; /* no longer falling */
    assert_int_equal(tq_copas_fit(&m, 95.0, &o, &out, &err), TQ_EINVAL);
    o = tq_copas_defaults();
    o.most[1] = 1.0;
    assert_int_equal(tq_copas_fit(&m, 95.0, &o, &out, &err), TQ_EINVAL);
    o = tq_copas_defaults();
    o.gamma0 = 0.5; /* without gamma1 */
    assert_int_equal(tq_copas_fit(&m, 95.0, &o, &out, &err), TQ_EINVAL);
    o = tq_copas_defaults();
    o.alpha = 0.0;
    assert_int_equal(tq_copas_fit(&m, 95.0, &o, &out, &err), TQ_EINVAL);
    o = tq_copas_defaults();
    o.n_most = 0;
    assert_int_equal(tq_copas_fit(&m, 95.0, &o, &out, &err), TQ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likelihood_is_that_of_the_model_and_has_its_maximum_there),
        cmocka_unit_test(without_selection_it_is_the_ml_model_and_its_meta_regression),
        cmocka_unit_test(the_path_starts_at_no_selection),
        cmocka_unit_test(the_least_selection_lies_on_the_path),
        cmocka_unit_test(adjusted_is_the_least_selection_that_is_enough),
        cmocka_unit_test(turned_around_it_is_the_same),
        cmocka_unit_test(where_all_is_seen_the_mean_keeps_its_error),
        cmocka_unit_test(what_it_cannot_do_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
