/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossed factors of many levels: the sparse kernel against the dense one, and where only it can go. */
#include "support/near.h"
#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/sparse_cholesky.h"
#include "multilevel/effects_of_rows.h"
#include "multilevel/multilevel_internal.h"

enum { N = 260, FINE = 120, COARSE = 90, PARAMETERS = 5 };

static const char *const z_name[] = {"intrcpt", "dose"};

typedef struct {
    double yi[N], vi[N], X[2 * N], Z[2 * N], R[COARSE * COARSE];
    size_t fine[N], coarse[N], effect[N];
} sample;

static void fill(sample *s)
{
    random_stream r = {77};

    for (size_t i = 0; i < N; i++) {
        s->fine[i] = i < FINE ? i : random_index(&r, FINE);
        s->coarse[i] = i < COARSE ? (i * 7) % COARSE : random_index(&r, COARSE);
        s->effect[i] = i;
        s->vi[i] = 0.03 + 0.2 * random_uniform(&r);
        s->X[i] = s->Z[i] = 1.0;
        s->X[N + i] = random_normal(&r);
        s->Z[N + i] = random_uniform(&r) - 0.3;
        s->yi[i] = 0.213 - 0.3 * s->X[N + i] + random_normal(&r);
    }
    for (size_t i = 0; i < COARSE * COARSE; i++) {
        const size_t a = i % COARSE, b = i / COARSE;

        s->R[i] = exp(-0.2 * fabs((double)a - (double)b));
    }
}

static tq_mv_term term(const char *name, const size_t *group, size_t n)
{
    return (tq_mv_term){.name = name, .structure = TQ_MV_INTERCEPT, .group = group, .n_groups = n};
}

static tq_mv_problem *laid_out(const tq_mv_model *m, int dense)
{
    tq_mv_options o = tq_mv_defaults();
    tq_mv_problem *out = NULL;

    o.test = dense ? TQ_MV_KR : TQ_MV_Z; /* Kenward-Roger knows dense blocks alone */
    assert_int_equal(mv_problem_new(m, &o, NULL, &out, NULL), TQ_OK);
    assert_int_equal(out->n_crossed, dense ? 0 : 1);
    return out;
}

static void compare_at(const tq_mv_model *m, const double *phi, int ml)
{
    tq_mv_problem *problem[] = {laid_out(m, 0), laid_out(m, 1)};
    mv_evaluator *e[2];
    const mv_value *v[2];
    const size_t p = problem[0]->p, n = problem[0]->n_par;

    for (size_t i = 0; i < 2; i++) {
        e[i] = mv_evaluator_new(problem[i], ml, 1, MV_GRADIENT);
        assert_non_null(e[i]);
        assert_int_equal(mv_evaluate(e[i], phi, MV_GRADIENT, NULL, &v[i], NULL), TQ_OK);
    }
    assert_true(isfinite(v[1]->ll));
    assert_near(v[0]->ll, v[1]->ll, 1e-11);
    for (size_t a = 0; a < p; a++) {
        assert_near(v[0]->beta[a], v[1]->beta[a], 1e-11);
        assert_relative(v[0]->vb[a * (p + 1)], v[1]->vb[a * (p + 1)], 1e-10);
    }
    for (size_t a = 0; a < n; a++) {
        /* slopes are held off a singular matrix by 1e-13, whose root divides */
        assert_near(v[0]->gradient[a], v[1]->gradient[a], 1e-9);
        for (size_t b = 0; b < n; b++) {
            assert_near(v[0]->average[a + b * n], v[1]->average[a + b * n], 1e-9);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        mv_evaluator_free(e[i]);
        mv_problem_free(problem[i]);
    }
}

static void sparse_sums_are_the_dense_ones(void **state)
{
    static sample s;
    static const double at[][PARAMETERS] = {
        {0.61, 0.37, 0.23, 0.41, 0.19}, {0.61, 0.0, 0.23, 0.41, 0.19},
        {0.0, 0.0, 0.0, 0.0, 0.0},      {2.7, 1e-7, 0.0, 3.1, 0.0},
        {1e-9, 1.9, 1.2, 0.0, 0.7},     {0.31, -0.6, 0.0, 11.3, 0.2}};

    (void)state;
    if (!tq_sparse_available()) {
        skip();
    }
    fill(&s);
    tq_block_matrix *V = tq_block_matrix_diagonal(N, s.vi);
    tq_mv_term slopes = term("dose | coarse", s.coarse, COARSE);
    tq_mv_term related = term("coarse", s.coarse, COARSE);

    slopes.structure = TQ_MV_GEN;
    slopes.Z = s.Z;
    slopes.q = 2;
    slopes.z_name = z_name;
    related.R = s.R;
    const tq_mv_term plain[] = {term("coarse", s.coarse, COARSE), term("fine", s.fine, FINE),
                                term("effect", s.effect, N)};
    const tq_mv_term sloping[] = {slopes, term("fine", s.fine, FINE), term("effect", s.effect, N)};
    const tq_mv_term known[] = {related, term("fine", s.fine, FINE), term("effect", s.effect, N)};
    const tq_mv_model models[] = {{N, 2, s.yi, V, s.X, 1, plain, 3},
                                  {N, 2, s.yi, V, s.X, 1, sloping, 3},
                                  {N, 2, s.yi, V, s.X, 1, known, 3}};

    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        for (size_t a = 0; a < sizeof at / sizeof *at; a++) {
            if (i == 1 || at[a][1] >= 0.0) { /* an element of the factor of slopes may be below 0 */
                compare_at(&models[i], at[a], a % 2 == 0);
            }
        }
    }
    tq_block_matrix_free(V);
}

/* Kenward-Roger's fit lays the same block out as a dense one. */
static void rows_and_levels_are_those_of_a_dense_block(void **state)
{
    enum { TERMS = 3 };
    static sample s;
    static tq_mv_row row[2][N];
    static double u[2][N], se[2][N], mean[2][N];
    tq_mv_options o = tq_mv_defaults();
    tq_mv_fit *fit[2] = {NULL, NULL};

    (void)state;
    if (!tq_sparse_available()) {
        skip();
    }
    fill(&s);
    tq_block_matrix *V = tq_block_matrix_diagonal(N, s.vi);
    const tq_mv_term terms[TERMS] = {term("coarse", s.coarse, COARSE), term("fine", s.fine, FINE),
                                     term("effect", s.effect, N)};
    const tq_mv_model m = {N, 1, s.yi, V, NULL, 1, terms, TERMS};

    for (size_t i = 0; i < 2; i++) {
        o.test = i ? TQ_MV_KR : TQ_MV_Z;
        assert_int_equal(tq_mv_fit_model(&m, &o, &fit[i], NULL), TQ_OK);
        assert_int_equal(tq_mv_rows(fit[i], row[i], NULL), TQ_OK);
    }
    for (size_t i = 0; i < N; i++) {
        assert_near(row[0][i].resid, row[1][i].resid, 1e-7);
        assert_near(row[0][i].resid_se, row[1][i].resid_se, 1e-7);
        assert_near(row[0][i].hat, row[1][i].hat, 1e-7);
        assert_near(row[0][i].true_effect, row[1][i].true_effect, 1e-7);
        assert_near(row[0][i].true_se, row[1][i].true_se, 1e-7);
    }
    for (size_t t = 0; t < TERMS; t++) {
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(tq_mv_levels(fit[i], t, u[i], se[i], mean[i], NULL), TQ_OK);
        }
        for (size_t a = 0; a < terms[t].n_groups; a++) {
            assert_near(u[0][a], u[1][a], 1e-7);
            assert_near(se[0][a], se[1][a], 1e-7);
            assert_near(mean[0][a], mean[1][a], 1e-7);
        }
    }
    tq_mv_fit_free(fit[0]);
    tq_mv_fit_free(fit[1]);
    tq_block_matrix_free(V);
}

/* Levels by the thousand, in a chain: no matrix of them, nor of the rows, would be laid out. */
static void thousands_of_crossed_levels_are_fitted(void **state)
{
    enum { ROWS = 24000, LEVELS = 12000 };
    double *room = malloc(2 * ROWS * sizeof *room), *yi = room, *vi = room + ROWS;
    size_t *group = malloc(2 * ROWS * sizeof *group), *even = group, *odd = group + ROWS;
    random_stream r = {3};
    tq_mv_options o = tq_mv_defaults();
    tq_mv_fit *fit = NULL;

    (void)state;
    if (!tq_sparse_available()) {
        free(room);
        free(group);
        skip();
    }
    double *a = malloc((ROWS + 2) * sizeof *a);

    for (size_t i = 0; i < ROWS + 2; i++) {
        a[i] = random_normal(&r);
    }
    for (size_t i = 0; i < ROWS; i++) { /* row i stands between the i/2-th levels of both */
        even[i] = i / 2;
        odd[i] = (i + 1) / 2 % LEVELS;
        vi[i] = 0.1 + 0.2 * random_uniform(&r);
        yi[i] =
            0.3 + 0.5 * a[2 * even[i]] + 0.3 * a[2 * odd[i] + 1] + sqrt(vi[i]) * random_normal(&r);
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(ROWS, vi);
    const tq_mv_term terms[] = {term("even", even, LEVELS), term("odd", odd, LEVELS)};
    const tq_mv_model m = {ROWS, 1, yi, V, NULL, 1, terms, 2};

    assert_int_equal(tq_mv_fit_model(&m, &o, &fit, NULL), TQ_OK);
    assert_int_equal(fit->largest_block, ROWS);
    assert_near(fit->component[0].value, 0.25, 0.03);
    assert_near(fit->component[1].value, 0.09, 0.03);
    assert_true(fit->score < 1e-5);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
    free(a);
    free(room);
    free(group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sparse_sums_are_the_dense_ones),
        cmocka_unit_test(rows_and_levels_are_those_of_a_dense_block),
        cmocka_unit_test(thousands_of_crossed_levels_are_fitted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
