/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The maximum of the likelihood against brute force: of every structure, small unbalanced problems, searches
   from random places and random steps that must not find a higher one. */
#include "support/near.h"
#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"

enum { MOST = 48, GROUPS = 9, LEVELS = 3, COMPONENTS = 16 };

static const char *const name[] = {"a", "b", "c"};

typedef struct {
    size_t k, group[MOST], inner[MOST], lab[MOST];
    double yi[MOST], vi[MOST], X[2 * MOST], Z[2 * MOST], time[MOST], place[2 * MOST];
    double R[GROUPS * GROUPS];
} sample;

/* Groups of one to three effects at some of three levels. */
static void fill(sample *s, random_stream *r)
{
    const double between = random_uniform(r), within = random_uniform(r);

    s->k = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        const size_t n = g < 3 ? LEVELS : 1 + random_index(r, LEVELS),
                     first = random_index(r, LEVELS);
        const double shift = between * random_normal(r);

        for (size_t j = 0; j < n; j++) {
            const size_t i = s->k++;

            s->group[i] = g;
            s->inner[i] = (first + j) % LEVELS;
            s->lab[i] = i < 3 ? i : random_index(r, 3);
            s->vi[i] = exp(random_normal(r) - 2.5);
            s->time[i] = 1.3 * (double)s->inner[i] + 0.2 * random_uniform(r);
            s->yi[i] = 0.3 + shift + within * random_normal(r) + sqrt(s->vi[i]) * random_normal(r);
        }
    }
    for (size_t i = 0; i < s->k; i++) {
        s->X[i] = s->Z[i] = 1.0;
        s->X[s->k + i] = random_normal(r);
        s->Z[s->k + i] = s->time[i] - 0.7;
        s->place[i] = random_normal(r);
        s->place[s->k + i] = random_normal(r);
    }
    for (size_t i = 0; i < GROUPS * GROUPS; i++) {
        const size_t a = i % GROUPS, b = i / GROUPS;

        s->R[i] = exp(-0.4 * fabs((double)a - (double)b));
    }
}

static tq_mv_term term_of(const sample *s, tq_mv_structure structure)
{
    tq_mv_term t = {.name = "t", .structure = structure, .group = s->group, .n_groups = GROUPS};

    if (structure == TQ_MV_INTERCEPT) {
        t.R = s->R;
    } else if (structure == TQ_MV_GEN || structure == TQ_MV_CAR) {
        t.Z = structure == TQ_MV_GEN ? s->Z : s->time;
        t.q = structure == TQ_MV_GEN ? 2 : 1;
        t.z_name = name;
    } else if (structure >= TQ_MV_SPEXP) {
        t.Z = s->place;
        t.q = 2;
        t.z_name = name;
    } else {
        t.inner = s->inner;
        t.n_inner = LEVELS;
        t.inner_name = name;
    }
    return t;
}

static void anywhere(const tq_mv_problem *problem, random_stream *r, double *u)
{
    for (size_t i = 0; i < problem->n_par; i++) {
        const mv_parameter *par = &problem->par[i];
        const double sd = sqrt(problem->total) * exp(random_normal(r));

        if (par->variable != MV_GIVEN) {
            u[par->variable] = par->kind == MV_CORRELATION || par->kind == MV_RANGE
                                   ? 3.0 * (random_uniform(r) - 0.5)
                               : par->kind == MV_FREE     ? sd * random_normal(r)
                               : par->kind == MV_VARIANCE ? sd
                                                          : sqrt(sd);
        }
    }
}

/* The highest likelihood that random searches and steps find. */
static double brute_force(const tq_mv_model *m, const tq_mv_options *o, random_stream *r)
{
    enum { SEARCHES = 5, STEPS = 40 };
    tq_mv_problem *problem = NULL;
    double u[COMPONENTS], best[COMPONENTS], phi[COMPONENTS], top_ll = -INFINITY, step = 0.3;
    mv_maximum top;
    const mv_value *v;

    assert_int_equal(mv_problem_new(m, o, NULL, &problem, NULL), TQ_OK);
    assert_true(mv_maximum_init(problem, &top));
    mv_evaluator *e = mv_evaluator_new(problem, o->ml, 1, MV_GRADIENT);

    assert_non_null(e);
    for (int i = 0; i < SEARCHES + STEPS; i++) {
        double ll = -INFINITY;

        if (i < SEARCHES) {
            anywhere(problem, r, u);
            if (mv_search(e, problem, o, u, &top, NULL) == TQ_OK) {
                memcpy(u, top.u, problem->n_var * sizeof *u);
                ll = top.ll;
            }
        } else {
            for (size_t a = 0; a < problem->n_var; a++) {
                u[a] = best[a] + step * random_normal(r);
            }
            mv_phi_at(problem, u, phi, NULL, NULL);
            assert_int_equal(mv_evaluate(e, phi, MV_LIKELIHOOD, NULL, &v, NULL), TQ_OK);
            ll = v->ll;
            step *= ll > top_ll ? 1.5 : 0.95;
        }
        if (i == 0 || ll > top_ll) {
            top_ll = ll;
            memcpy(best, u, problem->n_var * sizeof *u);
        }
    }
    mv_evaluator_free(e);
    mv_maximum_free(&top);
    mv_problem_free(problem);
    return top_ll;
}

static void check(const tq_mv_model *m, const tq_mv_options *o, random_stream *r)
{
    /* the weight at singular matrices: see the folder's README */
    const double tol = 1e-6;
    tq_mv_fit *fit = NULL;

    assert_int_equal(tq_mv_fit_model(m, o, &fit, NULL), TQ_OK);
    assert_true(brute_force(m, o, r) <= fit->ll + tol);
    tq_mv_fit_free(fit);
}

static void every_structure_has_the_maximum_of_brute_force(void **state)
{
    random_stream r = {20};

    (void)state;
    for (tq_mv_structure structure = 0; structure < TQ_MV_STRUCTURE_COUNT; structure++) {
        for (int i = 0; i < 2; i++) {
            static sample s;

            fill(&s, &r);
            tq_block_matrix *V = tq_block_matrix_diagonal(s.k, s.vi);
            const tq_mv_term terms[] = {
                term_of(&s, structure),
                {.name = "lab", .structure = TQ_MV_INTERCEPT, .group = s.lab, .n_groups = 3}};
            const tq_mv_model m = {s.k, 2, s.yi, V, s.X, 1, terms, i % 2 ? 2 : 1};
            tq_mv_options o = tq_mv_defaults();

            o.ml = (int)(structure % 2) == i;
            check(&m, &o, &r);
            tq_block_matrix_free(V);
        }
    }
}

/* UN with more given or equal than a factor holds: two correlations, all correlations equal, variances equal, a
   variance of 0. The best matrix is often singular. */
static void constrained_matrices_have_the_maximum_of_brute_force(void **state)
{
    static const struct {
        double fixed[6];
        size_t equal[6];
    } cases[] = {{{NAN, NAN, NAN, 0.4, -0.3, NAN}, {0, 1, 2, 3, 4, 5}},
                 {{NAN, NAN, NAN, NAN, NAN, NAN}, {0, 1, 2, 3, 3, 3}},
                 {{NAN, NAN, NAN, NAN, NAN, NAN}, {0, 0, 0, 3, 4, 5}},
                 {{0.3, 0.2, NAN, NAN, NAN, NAN}, {0, 1, 2, 3, 4, 5}},
                 {{0.0, NAN, NAN, NAN, NAN, 0.2}, {0, 1, 2, 3, 4, 5}}};
    random_stream r = {21};

    (void)state;
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        static sample s;
        const size_t of = i / 2;

        fill(&s, &r);
        tq_block_matrix *V = tq_block_matrix_diagonal(s.k, s.vi);
        const tq_mv_term term = term_of(&s, TQ_MV_UN);
        const tq_mv_model m = {s.k, 1, s.yi, V, NULL, 1, &term, 1};
        tq_mv_options o = tq_mv_defaults();

        o.fixed = cases[of].fixed;
        o.equal = cases[of].equal;
        o.ml = i % 2;
        check(&m, &o, &r);
        tq_block_matrix_free(V);
    }
}

/* Of three correlations that are given no matrix may be made; two may leave little room for the third. */
static void correlations_that_make_no_matrix_are_refused(void **state)
{
    const double fixed[] = {NAN, NAN, NAN, 0.9, 0.9, -0.9};
    const double partly[] = {NAN, NAN, NAN, 0.95, -0.95, NAN};
    static sample s;
    random_stream r = {22};
    tq_mv_options o = tq_mv_defaults();
    tq_mv_fit *fit = NULL;
    tq_error err = {.status = TQ_OK};

    (void)state;
    fill(&s, &r);
    tq_block_matrix *V = tq_block_matrix_diagonal(s.k, s.vi);
    const tq_mv_term term = term_of(&s, TQ_MV_UN);
    const tq_mv_model m = {s.k, 1, s.yi, V, NULL, 1, &term, 1};

    o.fixed = fixed;
    assert_int_not_equal(tq_mv_fit_model(&m, &o, &fit, &err), TQ_OK);
    o.fixed = partly; /* the third is below -0.8 */
    assert_int_equal(tq_mv_fit_model(&m, &o, &fit, &err), TQ_OK);
    assert_true(fit->component[5].value < -0.8);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_structure_has_the_maximum_of_brute_force),
        cmocka_unit_test(constrained_matrices_have_the_maximum_of_brute_force),
        cmocka_unit_test(correlations_that_make_no_matrix_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
