/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilevel model by levels of a factor: against models of each level, against other codings; Wald tests. */
#include "multilevel/multilevel_subgroups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/near.h"

enum { K = 18, LEVELS = 3, CLUSTERS = 7, NONE = -1 };

/* clang-format off */
static const size_t cluster[K] = {0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6};
static const size_t each[K] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
static const int level[K] = {0, 1, 1, 0, 2, 0, 1, 1, 2, NONE, 0, 2, 0, 1, 1, 2, 0, 2};
static const double yi[K] = {.21, -.35, .62, .9, .15, .44, 1.21, .1, .33, .7, -.8, .25, .05, -.41, .58, .3, .2, 1.02};
static const double vi[K] = {.11, .08, .21, .05, .3, .17, .09, .12, .06, .25, .19, .07, .14, .1, .22, .13, .31, .04};
static const char *const names[LEVELS] = {"one", "three", "two"};
/* clang-format on */

typedef struct {
    size_t of[K];
    tq_mv_term term[2];
    tq_block_matrix *V;
    tq_mv_model model;
} example;

static void begin(example *e)
{
    for (size_t i = 0; i < K; i++) {
        e->of[i] = level[i] == NONE ? TQ_NO_LEVEL : (size_t)level[i];
    }
    e->term[0] = (tq_mv_term){.name = "study", .group = cluster, .n_groups = CLUSTERS};
    e->term[1] = (tq_mv_term){.name = "study/es", .group = each, .n_groups = K};
    e->V = tq_block_matrix_diagonal(K, vi);
    e->model = (tq_mv_model){
        .k = K, .p = 1, .yi = yi, .V = e->V, .intercept = 1, .term = e->term, .n_terms = 2};
}

/* The effects of a level as a model made by hand; the caller's arrays hold it. */
typedef struct {
    size_t k, row[K], group[K], each[K], m;
    double yi[K], vi[K];
    tq_mv_term term[2];
    tq_block_matrix *V;
    tq_mv_model model;
} part;

static void take(size_t j, part *p)
{
    size_t number[CLUSTERS];

    *p = (part){0};
    for (size_t c = 0; c < CLUSTERS; c++) {
        number[c] = CLUSTERS;
    }
    for (size_t i = 0; i < K; i++) {
        if (level[i] == (int)j) {
            if (number[cluster[i]] == CLUSTERS) {
                number[cluster[i]] = p->m++;
            }
            p->group[p->k] = number[cluster[i]];
            p->each[p->k] = p->k;
            p->row[p->k] = i;
            p->yi[p->k] = yi[i];
            p->vi[p->k++] = vi[i];
        }
    }
    p->term[0] = (tq_mv_term){.name = "study", .group = p->group, .n_groups = p->m};
    p->term[1] = (tq_mv_term){.name = "study/es", .group = p->each, .n_groups = p->k};
    p->V = tq_block_matrix_diagonal(p->k, p->vi);
    p->model = (tq_mv_model){
        .k = p->k, .p = 1, .yi = p->yi, .V = p->V, .intercept = 1, .term = p->term, .n_terms = 2};
}

static void separate_levels_are_models_of_their_own(void **state)
{
    const tq_mv_options opt = tq_mv_defaults();
    example e;
    tq_mv_subgroups *g = NULL;
    double sw = 0.0, swy = 0.0, swyy = 0.0;

    (void)state;
    begin(&e);
    assert_int_equal(
        tq_mv_subgroups_fit(&e.model, &opt, TQ_TAU2_SEPARATE, LEVELS, e.of, names, &g, NULL),
        TQ_OK);
    assert_int_equal(g->k, K - 1);
    for (size_t j = 0; j < LEVELS; j++) {
        part p;
        tq_mv_fit *fit = NULL;

        take(j, &p);
        assert_int_equal(tq_mv_fit_model(&p.model, &opt, &fit, NULL), TQ_OK);
        assert_int_equal(g->level[j].k, p.k);
        assert_near(g->level[j].mean.est, fit->beta[0], 1e-12);
        assert_near(g->level[j].mean.se, fit->se[0], 1e-12);
        assert_near(g->level[j].fit->component[0].value, fit->component[0].value, 1e-12);
        assert_near(g->level[j].QE, fit->QE, 1e-12);
        assert_near(g->level[j].typical_vi, fit->typical_vi, 1e-12);
        const double w = 1.0 / (fit->se[0] * fit->se[0]);

        sw += w;
        swy += w * fit->beta[0];
        swyy += w * fit->beta[0] * fit->beta[0];
        tq_mv_fit_free(fit);
        tq_block_matrix_free(p.V);
    }
    assert_near(g->between.stat, swyy - swy * swy / sw, 1e-11);
    assert_near(g->between.df1, 2.0, 0.0);
    tq_mv_subgroups_free(g);
    tq_block_matrix_free(e.V);
}

/* Columns of the effects with a level: an intercept and differences from the first level. */
static tq_mv_fit *by_differences(const tq_mv_options *opt, double *X, tq_mv_model *model,
                                 tq_mv_term *term, double *y, double *v, size_t *group,
                                 tq_block_matrix **V)
{
    tq_mv_fit *fit = NULL;
    size_t k = 0;

    for (size_t i = 0; i < K; i++) {
        if (level[i] != NONE) {
            X[k] = 1.0;
            X[k + K - 1] = level[i] == 1;
            X[k + 2 * (K - 1)] = level[i] == 2;
            y[k] = yi[i];
            v[k] = vi[i];
            group[k] = cluster[i];
            group[K + k] = k;
            k++;
        }
    }
    *V = tq_block_matrix_diagonal(k, v);
    term[0] = (tq_mv_term){.name = "study", .group = group, .n_groups = CLUSTERS};
    term[1] = (tq_mv_term){.name = "study/es", .group = group + K, .n_groups = k};
    *model = (tq_mv_model){k, LEVELS, y, *V, X, 1, term, 2};
    assert_int_equal(tq_mv_fit_model(model, opt, &fit, NULL), TQ_OK);
    return fit;
}

static void common_levels_are_one_model(void **state)
{
    static const struct {
        tq_mv_test test;
        tq_mv_df df;
    } tests[] = {{TQ_MV_Z, TQ_MV_RESIDUAL},
                 {TQ_MV_T, TQ_MV_RESIDUAL},
                 {TQ_MV_T, TQ_MV_SATTERTHWAITE},
                 {TQ_MV_KR, TQ_MV_RESIDUAL}};
    example e;

    (void)state;
    begin(&e);
    for (size_t t = 0; t < sizeof tests / sizeof *tests; t++) {
        tq_mv_options opt = tq_mv_defaults();
        tq_mv_subgroups *g = NULL;
        double X[K * LEVELS], y[K], v[K];
        size_t group[2 * K];
        tq_mv_model model;
        tq_mv_term term[2];
        tq_block_matrix *V;

        opt.test = tests[t].test;
        opt.df = tests[t].df;
        tq_mv_fit *fit = by_differences(&opt, X, &model, term, y, v, group, &V);

        assert_int_equal(
            tq_mv_subgroups_fit(&e.model, &opt, TQ_TAU2_COMMON, LEVELS, e.of, names, &g, NULL),
            TQ_OK);
        assert_near(g->level[0].mean.est, fit->beta[0], 1e-7);
        assert_near(g->level[2].mean.est, fit->beta[0] + fit->beta[2], 1e-7);
        assert_near(g->between.stat, fit->QM, 1e-6);
        assert_near(g->between.pval, fit->QM_pval, 1e-6);
        if (tests[t].test != TQ_MV_Z) {
            assert_near(g->between.df2, fit->QM_df2, 1e-4);
        }
        tq_mv_subgroups_free(g);
        tq_mv_fit_free(fit);
        tq_block_matrix_free(V);
    }
    tq_block_matrix_free(e.V);
}

/* X'W e of a level alone, squared over clusters, between its bread: CR0. */
static double by_hand(const part *p, const tq_mv_fit *fit)
{
    double w[K], score[CLUSTERS] = {0.0}, sum = 0.0;

    for (size_t i = 0; i < p->k; i++) {
        w[i] = 1.0;
    }
    assert_int_equal(tq_mv_solve(fit, 1, w, NULL), TQ_OK);
    for (size_t i = 0; i < p->k; i++) {
        score[p->group[i]] += w[i] * (p->yi[i] - fit->beta[0]);
    }
    for (size_t c = 0; c < p->m; c++) {
        sum += score[c] * score[c];
    }
    return fit->vb_model[0] * sqrt(sum);
}

/* Separate models of n levels, and robust inference about them. */
typedef struct {
    tq_mv_subgroups *g;
    tq_robust *r;
    tq_wald between;
} separate;

static void fit_separate(const example *e, size_t n, const char *const *name, tq_robust_type type,
                         separate *out)
{
    const tq_mv_options opt = tq_mv_defaults();

    *out = (separate){0};
    assert_int_equal(
        tq_mv_subgroups_fit(&e->model, &opt, TQ_TAU2_SEPARATE, n, e->of, name, &out->g, NULL),
        TQ_OK);
    assert_int_equal(
        tq_mv_subgroups_robust(out->g, cluster, type, 95.0, 1, &out->r, &out->between, NULL),
        TQ_OK);
}

static void free_separate(separate *s)
{
    tq_robust_free(s->r);
    tq_mv_subgroups_free(s->g);
}

static void robust_errors_of_separate_levels_are_their_own(void **state)
{
    const tq_mv_options opt = tq_mv_defaults();
    example e;
    separate s;

    (void)state;
    begin(&e);
    fit_separate(&e, LEVELS, names, TQ_ROBUST_CR0, &s);
    assert_int_equal(s.r->m, CLUSTERS);
    for (size_t j = 0; j < LEVELS; j++) {
        part p;
        tq_mv_fit *fit = NULL;

        take(j, &p);
        assert_int_equal(tq_mv_fit_model(&p.model, &opt, &fit, NULL), TQ_OK);
        assert_near(s.r->se[j], by_hand(&p, fit), 1e-9);
        assert_near(s.r->df[j], (double)p.m - 1.0, 0.0);
        tq_mv_fit_free(fit);
        tq_block_matrix_free(p.V);
    }
    assert_true(fabs(s.r->vb[1]) > 1e-6); /* clusters stand in several levels */
    assert_near(s.between.df1, 2.0, 0.0);
    assert_true(s.between.pval > 0.0 && s.between.pval < 1.0);
    free_separate(&s);
    tq_block_matrix_free(e.V);
}

/* A level in one cluster, and one of one effect. */
static void a_lone_cluster_has_no_robust_error(void **state)
{
    const char *const two[] = {"alone", "rest"};
    example e;
    separate s;

    (void)state;
    begin(&e);
    for (size_t i = 0; i < K; i++) {
        e.of[i] = i != 4;
    }
    fit_separate(&e, 2, two, TQ_ROBUST_CR2, &s);
    assert_null(s.g->level[0].fit);
    assert_near(s.g->level[0].mean.est, yi[4], 0.0);
    assert_near(s.g->level[0].mean.se, sqrt(vi[4]), 1e-15);
    assert_near(s.g->level[0].QE, 0.0, 0.0);
    assert_true(isnan(s.r->se[0]) && isnan(s.r->pval[0]) && isnan(s.between.stat));
    assert_true(s.r->se[1] > 0.0);
    free_separate(&s);
    tq_block_matrix_free(e.V);
}

/* What rounding leaves of residuals that are 0 is no standard error. */
static void equal_effects_have_no_robust_test(void **state)
{
    const char *const two[] = {"equal", "rest"};
    double y[K];
    example e;
    separate s;

    (void)state;
    begin(&e);
    for (size_t i = 0; i < K; i++) {
        e.of[i] = i != 0 && i != 3 && i != 6;
        y[i] = e.of[i] ? yi[i] : 0.2;
    }
    e.model.yi = y;
    for (int type = 0; type < TQ_ROBUST_COUNT; type++) {
        fit_separate(&e, 2, two, (tq_robust_type)type, &s);
        assert_near(s.r->beta[0], 0.2, 1e-14);
        assert_true(s.r->se[0] == 0.0);
        assert_true(isnan(s.r->stat[0]) && isnan(s.r->pval[0]) && isnan(s.r->ci_lb[0]));
        assert_true(s.r->pval[1] > 0.0);
        free_separate(&s);
    }
    tq_block_matrix_free(e.V);
}

static void levels_that_cannot_be_fitted_are_refused(void **state)
{
    const tq_mv_options opt = tq_mv_defaults();
    const char *many[K];
    example e;
    tq_mv_subgroups *g = NULL;
    tq_error err;

    (void)state;
    begin(&e);
    for (size_t i = 0; i < K; i++) {
        e.of[i] = i;
        many[i] = "x";
    }
    assert_int_equal(tq_mv_subgroups_fit(&e.model, &opt, TQ_TAU2_COMMON, K, e.of, many, &g, &err),
                     TQ_EDATA);
    assert_non_null(strstr(err.message, "18 effects in 18 levels"));
    assert_int_equal(tq_mv_subgroups_fit(&e.model, &opt, TQ_TAU2_COMMON, 0, e.of, many, &g, &err),
                     TQ_EDATA);
    tq_block_matrix_free(e.V);
    begin(&e);
    e.V->value[7] = -1.0;
    assert_int_equal(
        tq_mv_subgroups_fit(&e.model, &opt, TQ_TAU2_SEPARATE, LEVELS, e.of, names, &g, &err),
        TQ_EDATA);
    assert_non_null(strstr(err.message, "subgroup 'three'"));
    assert_int_equal(err.row, 7);
    assert_null(g);
    tq_mv_subgroups_free(NULL);
    tq_block_matrix_free(e.V);
}

/* ---- Wald tests ---- */

static void tests_do_not_depend_on_the_coding(void **state)
{
    /* Two combinations, and others that span the same; column by column. */
    static const double L[2 * 3] = {0, 0, 1, 0, 0, 1}, M[2 * 3] = {0, 0, 2, -0.5, 1, 3};
    static const double c[3] = {0.0, -1.3, 0.4}, rhs[1] = {0.25};

    (void)state;
    for (tq_mv_test test = TQ_MV_Z; test <= TQ_MV_KR; test++) {
        for (tq_mv_df df = TQ_MV_RESIDUAL; df < TQ_MV_DF_COUNT; df++) {
            tq_mv_options opt = tq_mv_defaults();
            double X[K * LEVELS], y[K], v[K];
            size_t group[2 * K];
            tq_mv_model model;
            tq_mv_term term[2];
            tq_block_matrix *V;
            tq_wald a, b;
            tq_linear one;

            opt.test = test;
            opt.df = df;
            tq_mv_fit *fit = by_differences(&opt, X, &model, term, y, v, group, &V);

            assert_int_equal(tq_mv_wald(fit, 2, L, NULL, &a, NULL), TQ_OK);
            assert_int_equal(tq_mv_wald(fit, 2, M, NULL, &b, NULL), TQ_OK);
            assert_near(a.stat, fit->QM, 1e-12);
            assert_near(b.stat, a.stat, 1e-10);
            if (test != TQ_MV_T || df != TQ_MV_SATTERTHWAITE) { /* that depends on the rotation */
                assert_near(b.pval, a.pval, 1e-10);
            }
            tq_mv_linear(fit, c, 0.0, &one);
            assert_int_equal(tq_mv_wald(fit, 1, c, NULL, &a, NULL), TQ_OK);
            assert_near(a.stat, one.stat * one.stat, 1e-11);
            assert_near(a.pval, one.pval, 1e-9);
            assert_int_equal(tq_mv_wald(fit, 1, c, rhs, &b, NULL), TQ_OK);
            tq_mv_linear(fit, c, rhs[0], &one);
            assert_near(b.stat, one.stat * one.stat, 1e-10);
            tq_mv_fit_free(fit);
            tq_block_matrix_free(V);
        }
    }
}

static void impossible_tests_are_refused(void **state)
{
    static const double twice[2 * 3] = {0, 0, 1, 2, 1, 2};
    const tq_mv_options opt = tq_mv_defaults();
    double X[K * LEVELS], y[K], v[K];
    size_t group[2 * K];
    tq_mv_model model;
    tq_mv_term term[2];
    tq_block_matrix *V;
    tq_wald w;
    tq_error err;
    tq_mv_fit *fit = by_differences(&opt, X, &model, term, y, v, group, &V);

    (void)state;
    assert_int_equal(tq_mv_wald(fit, 0, twice, NULL, &w, &err), TQ_EINVAL);
    assert_int_equal(tq_mv_wald(fit, 4, twice, NULL, &w, &err), TQ_EINVAL);
    assert_int_equal(tq_mv_wald(fit, 2, twice, NULL, &w, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "linearly dependent"));
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separate_levels_are_models_of_their_own),
        cmocka_unit_test(common_levels_are_one_model),
        cmocka_unit_test(robust_errors_of_separate_levels_are_their_own),
        cmocka_unit_test(a_lone_cluster_has_no_robust_error),
        cmocka_unit_test(equal_effects_have_no_robust_test),
        cmocka_unit_test(levels_that_cannot_be_fitted_are_refused),
        cmocka_unit_test(tests_do_not_depend_on_the_coding),
        cmocka_unit_test(impossible_tests_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
