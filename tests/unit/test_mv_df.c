/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Degrees of freedom of balanced designs against their analysis of variance. */
#include "support/near.h"
#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "multilevel/fit.h"

enum { STUDIES = 10, LEVELS = 3, K = STUDIES * LEVELS };

/* A split plot: two kinds of studies, three levels of a factor in each, one variance. */
typedef struct {
    double yi[K], vi[K], X[4 * K];
    size_t study[K], effect[K];
    /* Of its analysis of variance: mean squares, F of the kinds, of the levels. */
    double between, within, F_kind, F_level;
} split_plot;

static void fill(split_plot *s, uint64_t seed)
{
    random_stream r = {seed};
    double study = 0.0;

    for (size_t i = 0; i < K; i++) {
        const size_t a = i / LEVELS, level = i % LEVELS;

        study = level ? study : 0.6 * random_normal(&r);
        s->study[i] = a;
        s->effect[i] = i;
        s->vi[i] = 0.0137;
        s->X[i] = 1.0;
        s->X[K + i] = a % 2 ? 1.0 : -1.0;
        s->X[2 * K + i] = level == 1;
        s->X[3 * K + i] = level == 2;
        s->yi[i] = 0.2 + 0.3 * s->X[K + i] + 0.4 * (double)level + study + 0.25 * random_normal(&r);
    }
}

static void analyse(split_plot *s)
{
    double mean = 0.0, kind[2] = {0}, level[LEVELS] = {0}, study[STUDIES] = {0};
    double of_kind = 0.0, of_level = 0.0, of_study = 0.0, rest = 0.0;

    for (size_t i = 0; i < K; i++) {
        mean += s->yi[i] / K;
        kind[i / LEVELS % 2] += s->yi[i] * 2 / K;
        level[i % LEVELS] += s->yi[i] / STUDIES;
        study[i / LEVELS] += s->yi[i] / LEVELS;
    }
    for (size_t i = 0; i < K; i++) {
        const double k = kind[i / LEVELS % 2] - mean, l = level[i % LEVELS] - mean;
        const double b = study[i / LEVELS] - mean;

        of_kind += k * k;
        of_level += l * l;
        of_study += (b - k) * (b - k);
        rest += (s->yi[i] - mean - b - l) * (s->yi[i] - mean - b - l);
    }
    s->between = of_study / (STUDIES - 2);
    s->within = rest / ((STUDIES - 1) * (LEVELS - 1));
    s->F_kind = of_kind / s->between;
    s->F_level = of_level / (LEVELS - 1) / s->within;
}

static tq_mv_fit *fit_of(const tq_mv_model *m, tq_mv_test test, tq_mv_df df)
{
    tq_mv_options o = tq_mv_defaults();
    tq_mv_fit *fit = NULL;

    o.test = test;
    o.df = df;
    assert_int_equal(tq_mv_fit_model(m, &o, &fit, NULL), TQ_OK);
    return fit;
}

static void check_against_anova(const split_plot *s, const tq_mv_fit *fit, double tol)
{
    const double df_study = STUDIES - 2, df_rest = (STUDIES - 1) * (LEVELS - 1);

    assert_near(fit->df[1], df_study, tol);
    assert_near(fit->df[2], df_rest, tol);
    assert_near(fit->df[3], df_rest, tol);
    assert_near(fit->stat[1] * fit->stat[1], s->F_kind, 1e-7);
    assert_near(fit->pval[1], tq_f_upper(s->F_kind, 1.0, df_study), tol);
    assert_near(fit->se[2], sqrt(2.0 * s->within / STUDIES), 1e-8);
    assert_near(fit->se[1], sqrt(s->between / K), 1e-8);
}

/* Both components are inside: REML is then the analysis of variance (Searle, Casella & McCulloch 1992,
   Variance Components, sec. 6.6), and Satterthwaite's and Kenward & Roger's degrees of freedom are exact. */
static void a_split_plot_is_its_analysis_of_variance(void **state)
{
    split_plot s;

    (void)state;
    fill(&s, 5);
    analyse(&s);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {
        {.name = "study", .structure = TQ_MV_INTERCEPT, .group = s.study, .n_groups = STUDIES},
        {.name = "effect", .structure = TQ_MV_INTERCEPT, .group = s.effect, .n_groups = K}};
    const tq_mv_model m = {K, 4, s.yi, V, s.X, 1, term, 2};
    tq_mv_fit *fit = fit_of(&m, TQ_MV_T, TQ_MV_SATTERTHWAITE);

    assert_near(fit->component[0].value, (s.between - s.within) / LEVELS, 1e-8);
    assert_near(fit->component[1].value, s.within - 0.0137, 1e-8);
    assert_true(fit->component[0].value > 0.0 && fit->component[1].value > 0.0);
    check_against_anova(&s, fit, 1e-5);
    tq_mv_fit_free(fit);
    fit = fit_of(&m, TQ_MV_KR, TQ_MV_RESIDUAL);
    check_against_anova(&s, fit, 1e-6);
    tq_mv_fit_free(fit);
    fit = fit_of(&m, TQ_MV_T, TQ_MV_CONTAIN);
    /* levels of the factor that a moderator is constant in, less the coefficients */
    assert_near(fit->df[1], STUDIES - 4, 1e-14);
    assert_near(fit->df[2], K - 4, 1e-14);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* The levels alone: their F and its degrees of freedom are those of the analysis of variance. */
static void the_omnibus_test_is_that_of_the_analysis_of_variance(void **state)
{
    split_plot s;
    double X[3 * K];

    (void)state;
    fill(&s, 6);
    for (size_t i = 0; i < K; i++) { /* no kinds: that effect goes into the studies */
        s.yi[i] -= 0.3 * s.X[K + i];
    }
    analyse(&s);
    memcpy(X, s.X, K * sizeof *X);
    memcpy(X + K, s.X + 2 * K, 2 * K * sizeof *X);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {
        {.name = "study", .structure = TQ_MV_INTERCEPT, .group = s.study, .n_groups = STUDIES},
        {.name = "effect", .structure = TQ_MV_INTERCEPT, .group = s.effect, .n_groups = K}};
    const tq_mv_model m = {K, 3, s.yi, V, X, 1, term, 2};
    tq_mv_fit *fit = fit_of(&m, TQ_MV_KR, TQ_MV_RESIDUAL);

    assert_near(fit->QM, s.F_level, 1e-6);
    assert_near(fit->QM_df1, LEVELS - 1, 1e-14);
    assert_near(fit->QM_df2, (STUDIES - 1) * (LEVELS - 1), 1e-5);
    assert_near(fit->QM_pval, tq_f_upper(s.F_level, LEVELS - 1, (STUDIES - 1) * (LEVELS - 1)),
                1e-6);
    tq_mv_fit_free(fit);
    fit = fit_of(&m, TQ_MV_T, TQ_MV_SATTERTHWAITE);
    assert_near(fit->QM, s.F_level, 1e-6);
    assert_near(fit->QM_df2, (STUDIES - 1) * (LEVELS - 1), 1e-4);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_plot_is_its_analysis_of_variance),
        cmocka_unit_test(the_omnibus_test_is_that_of_the_analysis_of_variance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
