/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilevel models against brute force: the likelihood of the whole covariance in long double, random
   searches that must not find a higher maximum, closed forms, and answers at the edges. */
#include "support/near.h"
#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "diagnostics/blup.h"
#include "multilevel/effects_of_rows.h"
#include "multilevel/fit.h"
#include "pooling/pool.h"

enum { K = 24, GROUPS = 8, LEVELS = 3, MOST = 12 };

/* Eight studies with three results each. */
typedef struct {
    double yi[K], vi[K], X[2 * K], time[K], slope[2 * K], place[2 * K], R[GROUPS * GROUPS];
    size_t study[K], effect[K], level[K], lab[K], cross[K];
} sample;

static const char *const level_name[] = {"a", "b", "c"};
static const char *const z_name[] = {"intrcpt", "time"};

static void fill(sample *s, uint64_t seed)
{
    random_stream r = {seed};

    for (size_t i = 0; i < K; i++) {
        const size_t a = i / 3;

        s->study[i] = a;
        s->effect[i] = i;
        s->level[i] = i % 3;
        s->lab[i] = a / 3;
        s->cross[i] = (i * 7 + a) % 5;
        s->time[i] = (double)(i % 3) * 1.3 + 0.2 * (double)(a % 2);
        s->slope[i] = 1.0;
        s->slope[K + i] = s->time[i] - 0.7;
        s->place[i] = random_normal(&r);
        s->place[K + i] = random_normal(&r);
        s->vi[i] = 0.03 + 0.02 * (double)((i * 5) % 7);
        s->X[i] = 1.0;
        s->X[K + i] = random_normal(&r);
    }
    for (size_t a = 0; a < GROUPS; a++) {
        const double both = 0.55 * random_normal(&r), trend = 0.2 * random_normal(&r);

        for (size_t i = 3 * a; i < 3 * a + 3; i++) {
            s->yi[i] = 0.413 + 0.217 * s->X[K + i] + both + trend * s->time[i] +
                       0.3 * random_normal(&r) + sqrt(s->vi[i]) * random_normal(&r);
        }
        for (size_t b = 0; b < GROUPS; b++) {
            s->R[a + GROUPS * b] = exp(-0.4 * fabs((double)a - (double)b));
        }
    }
}

static tq_mv_term intercept(const char *name, const size_t *group, size_t n)
{
    return (tq_mv_term){.name = name, .structure = TQ_MV_INTERCEPT, .group = group, .n_groups = n};
}

static tq_mv_term inner(const sample *s, tq_mv_structure structure)
{
    tq_mv_term t = {
        .name = "level | study", .structure = structure, .group = s->study, .n_groups = GROUPS};

    if (structure == TQ_MV_GEN) {
        t.Z = s->slope;
        t.q = 2;
        t.z_name = z_name;
    } else if (structure == TQ_MV_CAR) {
        t.Z = s->time;
        t.q = 1;
        t.z_name = z_name;
    } else if (structure > TQ_MV_CAR) {
        t.Z = s->place;
        t.q = 2;
        t.z_name = z_name;
    } else {
        t.inner = s->level;
        t.n_inner = LEVELS;
        t.inner_name = level_name;
    }
    return t;
}

/* V with covariances within studies: rho sqrt(vi vj). */
static tq_block_matrix *correlated(const sample *s, double rho)
{
    const size_t size[GROUPS] = {3, 3, 3, 3, 3, 3, 3, 3};
    tq_block_matrix *V = tq_block_matrix_new(GROUPS, size);

    assert_non_null(V);
    for (size_t b = 0; b < GROUPS; b++) {
        for (size_t j = 0; j < 3; j++) {
            for (size_t i = 0; i < 3; i++) {
                V->value[V->at[b] + i + 3 * j] =
                    (i == j ? 1.0 : rho) * sqrt(s->vi[3 * b + i] * s->vi[3 * b + j]);
            }
        }
    }
    return V;
}

static tq_mv_fit *fit_of(const tq_mv_model *m, const tq_mv_options *o)
{
    tq_mv_fit *fit = NULL;
    tq_error err = {.message = ""};
    const tq_status status = tq_mv_fit_model(m, o, &fit, &err);

    if (status != TQ_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TQ_OK);
    return fit;
}

/* ---- brute force ---- */

static long double spatial(tq_mv_structure s, long double d, long double range)
{
    const long double x = d / range;

    return s == TQ_MV_SPEXP   ? expl(-x)
           : s == TQ_MV_SPGAU ? expl(-x * x)
           : s == TQ_MV_SPLIN ? (x < 1 ? 1 - x : 0)
           : s == TQ_MV_SPRAT ? 1 - x * x / (1 + x * x)
                              : (x < 1 ? 1 - 1.5L * x + 0.5L * x * x * x : 0);
}

/* The pair (a, b) among those of n levels, in the order (0, 1), (0, 2), .. */
static size_t pair(size_t n, size_t a, size_t b)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, at++) {
            if ((i == a && j == b) || (i == b && j == a)) {
                return at;
            }
        }
    }
    return 0;
}

/* As model.h defines it, from the components c of the term. */
static long double covariance(const tq_mv_term *t, const double *c, size_t i, size_t j)
{
    const size_t n = tq_mv_variances(t);
    const long double rho = tq_mv_correlations(t) ? c[n] : 0.0;
    long double sum = 0;

    if (t->structure == TQ_MV_INTERCEPT) {
        return c[0] *
               (t->R ? t->R[t->group[i] + t->group[j] * t->n_groups] : t->group[i] == t->group[j]);
    }
    if (t->group[i] != t->group[j]) {
        return 0;
    }
    if (t->structure == TQ_MV_GEN) {
        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b < n; b++) {
                sum += t->Z[a * K + i] * (long double)t->Z[b * K + j] *
                       sqrtl((long double)c[a] * c[b]) * (a == b ? 1 : c[n + pair(n, a, b)]);
            }
        }
        return sum;
    }
    if (t->structure == TQ_MV_CAR) {
        return c[0] * powl(rho, fabsl((long double)t->Z[i] - t->Z[j]));
    }
    if (t->structure > TQ_MV_CAR) {
        return c[0] * spatial(t->structure,
                              hypotl((long double)t->Z[i] - t->Z[j],
                                     (long double)t->Z[K + i] - t->Z[K + j]),
                              rho);
    }
    const size_t a = t->inner[i], b = t->inner[j];
    const long double gap = fabsl((long double)a - (long double)b);

    switch (t->structure) {
    case TQ_MV_ID:
        return a == b ? c[0] : 0;
    case TQ_MV_DIAG:
        return a == b ? c[a] : 0;
    case TQ_MV_CS:
        return a == b ? c[0] : rho * c[0];
    case TQ_MV_HCS:
        return a == b ? c[a] : rho * sqrtl((long double)c[a] * c[b]);
    case TQ_MV_AR:
        return c[0] * (a == b ? 1 : powl(rho, gap));
    case TQ_MV_HAR:
        return sqrtl((long double)c[a] * c[b]) * (a == b ? 1 : powl(rho, gap));
    default:
        return a == b ? c[a] : c[n + pair(n, a, b)] * sqrtl((long double)c[a] * c[b]);
    }
}

/* A[n x n] := L of its Cholesky factorisation; 0: not positive definite. */
static int factorise(size_t n, long double *A, long double *log_det)
{
    *log_det = 0;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            for (size_t c = 0; c < j; c++) {
                A[i + j * n] -= A[i + c * n] * A[j + c * n];
            }
            if (i == j && !(A[i + j * n] > 0)) {
                return 0;
            }
            A[i + j * n] = i == j ? sqrtl(A[i + j * n]) : A[i + j * n] / A[j + j * n];
        }
        *log_det += 2 * logl(A[j + j * n]);
    }
    return 1;
}

static void forward(size_t n, const long double *L, long double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            x[i] -= L[i + j * n] * x[j];
        }
        x[i] /= L[i + i * n];
    }
}

static void marginal(const tq_mv_model *m, const double *component, long double *M)
{
    memset(M, 0, K * K * sizeof *M);
    for (size_t b = 0; b < m->V->n_blocks; b++) {
        const size_t n = m->V->start[b + 1] - m->V->start[b];
        const size_t *row = m->V->row + m->V->start[b];

        for (size_t i = 0; i < n * n; i++) {
            M[row[i % n] + row[i / n] * K] = m->V->value[m->V->at[b] + i];
        }
    }
    for (size_t t = 0, at = 0; t < m->n_terms; t++) {
        for (size_t i = 0; i < K * K; i++) {
            M[i] += covariance(&m->term[t], component + at, i % K, i / K);
        }
        at += tq_mv_variances(&m->term[t]) + tq_mv_correlations(&m->term[t]);
    }
}

/* The log-likelihood of all rows at once; -infinity where there is none. */
static double brute_force(const tq_mv_model *m, int ml, const double *component)
{
    static long double M[K * K], U[3 * K];
    long double G[9] = {0}, log_det, log_gram = 0, log_plain, rss;
    const size_t p = m->p;

    marginal(m, component, M);
    if (!factorise(K, M, &log_det)) {
        return -INFINITY;
    }
    long double plain[4] = {0};

    for (size_t a = 0; a <= p; a++) {
        for (size_t i = 0; i < K; i++) {
            U[i + a * K] = a == p ? m->yi[i] : m->X ? m->X[i + a * K] : 1.0;
        }
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            for (size_t i = 0; i < K; i++) {
                plain[a + b * p] += U[i + a * K] * U[i + b * K];
            }
        }
    }
    for (size_t a = 0; a <= p; a++) {
        forward(K, M, U + a * K);
    }
    for (size_t a = 0; a <= p; a++) {
        for (size_t b = 0; b <= p; b++) {
            for (size_t i = 0; i < K; i++) {
                G[a + b * (p + 1)] += U[i + a * K] * U[i + b * K];
            }
        }
    }
    assert_true(factorise(p + 1, G, &log_gram));
    rss = G[p + p * (p + 1)] * G[p + p * (p + 1)];
    log_gram -= logl(rss);
    assert_true(factorise(p, plain, &log_plain));
    const long double n = ml ? K : K - p;

    return (double)(-0.5L *
                    (n * logl(2 * acosl(-1.0L)) + log_det + rss + (ml ? 0 : log_gram - log_plain)));
}

static void components_of(const tq_mv_fit *fit, double *out)
{
    for (size_t r = 0; r < fit->n_components; r++) {
        out[r] = fit->component[r].value;
    }
}

/* Components at random, anywhere a search might end. */
static void anywhere(const tq_mv_fit *fit, random_stream *r, double *out)
{
    for (size_t i = 0; i < fit->n_components; i++) {
        const double u = random_uniform(r);

        out[i] = fit->component[i].fixed                       ? fit->component[i].value
                 : fit->component[i].role == TQ_MV_VARIANCE    ? 1.5 * u * u * u
                 : fit->component[i].role == TQ_MV_CORRELATION ? 2.0 * u - 1.0
                                                               : 0.02 + 6.0 * u * u;
    }
}

static void nearby(const tq_mv_fit *fit, double step, random_stream *r, double *out)
{
    for (size_t i = 0; i < fit->n_components; i++) {
        const tq_mv_component *c = &fit->component[i];
        const double move = step * random_normal(r);

        out[i] = c->fixed                       ? c->value
                 : c->role == TQ_MV_VARIANCE    ? fabs(c->value + move)
                 : c->role == TQ_MV_CORRELATION ? fmax(-1.0, fmin(1.0, c->value + move))
                                                : c->value * exp(move);
    }
}

/* A structure outside of its own bounds has no likelihood that counts: correlations of levels that no
   covariance matrix has. */
static int is_valid(const tq_mv_model *m, const double *c)
{
    for (size_t t = 0, at = 0; t < m->n_terms; t++) {
        const tq_mv_term *term = &m->term[t];
        const size_t n = tq_mv_variances(term);
        const tq_mv_structure s = term->structure;
        const double *rho = c + at + n;

        if ((s == TQ_MV_CS || s == TQ_MV_HCS) && rho[0] < -0.5) {
            return 0;
        }
        if (s == TQ_MV_CAR && rho[0] < 0.0) {
            return 0;
        }
        if (s == TQ_MV_UN && 1.0 + 2.0 * rho[0] * rho[1] * rho[2] - rho[0] * rho[0] -
                                     rho[1] * rho[1] - rho[2] * rho[2] <
                                 0.0) {
            return 0;
        }
        at += n + tq_mv_correlations(term);
    }
    return 1;
}

/* The likelihood is that of brute force, and nothing near or far is higher. */
static void check_maximum(const tq_mv_model *m, int ml)
{
    tq_mv_options o = tq_mv_defaults();
    random_stream r = {977};
    double at[MOST] = {0};
    /* a correlation that is linear in the distance up to a range has corners at the distances */
    const int corners = m->term[0].structure == TQ_MV_SPLIN;

    o.ml = ml;
    tq_mv_fit *fit = fit_of(m, &o);

    assert_true(fit->n_components <= MOST);
    components_of(fit, at);
    assert_near(fit->ll, brute_force(m, ml, at), 1e-10);
    for (int i = 0; i < 400; i++) {
        if (i % 2) {
            anywhere(fit, &r, at);
        } else {
            nearby(fit, i % 4 ? 1e-3 : 0.1, &r, at);
        }
        if (is_valid(m, at)) {
            assert_true(brute_force(m, ml, at) <= fit->ll + (corners ? 1e-4 : 1e-9));
        }
    }
    tq_mv_fit_free(fit);
}

static void maximum_is_that_of_brute_force(void **state)
{
    sample s;

    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        fill(&s, seed);
        tq_block_matrix *V = seed == 2 ? correlated(&s, 0.6) : tq_block_matrix_diagonal(K, s.vi);

        for (tq_mv_structure u = TQ_MV_ID; u < TQ_MV_STRUCTURE_COUNT; u++) {
            const tq_mv_term term[] = {inner(&s, u)};
            const tq_mv_model m = {K, 2, s.yi, V, s.X, 1, term, 1};

            check_maximum(&m, (int)(seed % 2));
        }
        tq_block_matrix_free(V);
    }
}

static void several_terms_are_those_of_brute_force(void **state)
{
    sample s;

    (void)state;
    for (uint64_t seed = 4; seed <= 6; seed++) {
        fill(&s, seed);
        tq_block_matrix *V = seed == 5 ? correlated(&s, 0.4) : tq_block_matrix_diagonal(K, s.vi);
        const tq_mv_term nested[] = {intercept("lab", s.lab, 3), intercept("lab/study", s.study, 8),
                                     intercept("lab/study/effect", s.effect, K)};
        const tq_mv_term crossed[] = {intercept("study", s.study, 8),
                                      intercept("cross", s.cross, 5)};
        tq_mv_term related[] = {intercept("study", s.study, 8), inner(&s, TQ_MV_HCS)};
        const tq_mv_model models[] = {{K, 1, s.yi, V, NULL, 1, nested, 3},
                                      {K, 2, s.yi, V, s.X, 1, crossed, 2},
                                      {K, 2, s.yi, V, s.X, 1, related, 2}};

        related[0].R = s.R;
        for (size_t i = 0; i < 3; i++) {
            check_maximum(&models[i], (int)(seed % 2));
        }
        tq_block_matrix_free(V);
    }
}

static void marginal_covariance_is_that_of_brute_force(void **state)
{
    static long double M[K * K];
    sample s;
    double at[MOST] = {0}, block[K * K], B[2 * K];

    (void)state;
    fill(&s, 7);
    tq_block_matrix *V = correlated(&s, 0.3);
    const tq_mv_term term[] = {intercept("lab", s.lab, 3), inner(&s, TQ_MV_GEN)};
    const tq_mv_model m = {K, 2, s.yi, V, s.X, 1, term, 2};
    tq_mv_fit *fit = fit_of(&m, NULL);

    components_of(fit, at);
    marginal(&m, at, M);
    assert_int_equal(fit->n_blocks, 3);
    assert_int_equal(fit->largest_block, 9);
    memcpy(B, s.X, sizeof B);
    assert_int_equal(tq_mv_solve(fit, 2, B, NULL), TQ_OK);
    for (size_t b = 0; b < fit->n_blocks; b++) {
        size_t n;
        const size_t *row = tq_mv_block(fit, b, &n);

        assert_int_equal(tq_mv_marginal(fit, b, block, NULL), TQ_OK);
        for (size_t i = 0; i < n * n; i++) {
            assert_near(block[i], (double)M[row[i % n] + row[i / n] * K], 1e-10);
        }
    }
    for (size_t i = 0; i < 2 * K; i++) { /* M (M^-1 X) = X */
        long double x = 0;

        for (size_t j = 0; j < K; j++) {
            x += M[i % K + j * K] * B[j + i / K * K];
        }
        assert_near((double)x, s.X[i], 1e-10);
    }
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* One effect per study and one intercept: the random-effects model. */
static void one_effect_per_study_is_the_pooled_model(void **state)
{
    sample s;

    (void)state;
    fill(&s, 8);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("effect", s.effect, K)};
    const tq_mv_model m = {K, 2, s.yi, V, s.X, 1, term, 1};
    const tq_model flat = {K, 2, s.yi, s.vi, s.X, 1, NULL};
    tq_mv_options o = tq_mv_defaults();

    for (int ml = 0; ml < 2; ml++) {
        tq_pool_options po = tq_pool_defaults();
        tq_pool *pool;

        o.ml = ml;
        po.method = ml ? TQ_ML : TQ_REML;
        tq_mv_fit *fit = fit_of(&m, &o);

        assert_int_equal(tq_pool_fit_once(&flat, &po, &pool, NULL), TQ_OK);
        assert_near(fit->component[0].value, pool->tau2, 1e-9);
        assert_near(fit->beta[1], pool->beta[1], 1e-9);
        assert_near(fit->se[1], pool->se[1], 1e-9);
        assert_near(fit->ll, pool->ll, 1e-11);
        assert_near(fit->deviance, pool->deviance, 1e-10);
        assert_near(fit->AICc, pool->AICc, 1e-10);
        assert_near(fit->BIC, pool->BIC, 1e-10);
        assert_near(fit->QE, pool->QE, 1e-10);
        assert_near(fit->QM, pool->QM, 1e-9);
        assert_near(fit->typical_vi, pool->typical_vi, 1e-10);
        tq_pool_free(pool);
        tq_mv_fit_free(fit);
    }
    tq_block_matrix_free(V);
}

/* ~ inner | outer with CS is ~ 1 | outer/inner: rho tau2 between, the rest within. */
static void compound_symmetry_is_nesting(void **state)
{
    sample s;

    (void)state;
    fill(&s, 9);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term nested[] = {intercept("study", s.study, 8),
                                 intercept("study/effect", s.effect, K)};
    const tq_mv_term structured[] = {inner(&s, TQ_MV_CS)};
    const tq_mv_model a = {K, 1, s.yi, V, NULL, 1, nested, 2},
                      b = {K, 1, s.yi, V, NULL, 1, structured, 1};
    tq_mv_fit *one = fit_of(&a, NULL), *other = fit_of(&b, NULL);
    const double between = one->component[0].value, within = one->component[1].value;

    assert_near(one->ll, other->ll, 1e-11);
    assert_near(other->component[0].value, between + within, 1e-8);
    assert_near(other->component[1].value, between / (between + within), 1e-8);
    tq_mv_fit_free(one);
    tq_mv_fit_free(other);
    tq_block_matrix_free(V);
}

/* Units: y times c changes variances by c^2, and the order of rows nothing. */
static void follows_units_and_order(void **state)
{
    sample s, t;
    const double c = 381.7;

    (void)state;
    fill(&s, 10);
    t = s;
    for (size_t i = 0; i < K; i++) {
        const size_t j = (5 * i + 3) % K;

        t.yi[i] = c * s.yi[j];
        t.vi[i] = c * c * s.vi[j];
        t.X[K + i] = 2.5 * s.X[K + j] - 1.0;
        t.study[i] = s.study[j];
        t.level[i] = s.level[j];
        t.effect[i] = s.effect[j];
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi), *W = tq_block_matrix_diagonal(K, t.vi);
    const tq_mv_term a[] = {inner(&s, TQ_MV_UN)}, b[] = {inner(&t, TQ_MV_UN)};
    const tq_mv_model m = {K, 2, s.yi, V, s.X, 1, a, 1}, n = {K, 2, t.yi, W, t.X, 1, b, 1};
    tq_mv_fit *one = fit_of(&m, NULL), *other = fit_of(&n, NULL);

    for (size_t r = 0; r < 6; r++) {
        assert_near(other->component[r].value, one->component[r].value * (r < 3 ? c * c : 1.0),
                    1e-6);
    }
    assert_near(other->beta[1], one->beta[1] * c / 2.5, 1e-7);
    assert_near(other->stat[1], one->stat[1], 1e-7);
    tq_mv_fit_free(one);
    tq_mv_fit_free(other);
    tq_block_matrix_free(V);
    tq_block_matrix_free(W);
}

static void threads_change_nothing(void **state)
{
    enum { N = 6000 };
    static double yi[N], vi[N];
    static size_t study[N], effect[N];
    random_stream r = {31};
    double both = 0.0;
    tq_mv_options o = tq_mv_defaults();

    (void)state;
    for (size_t i = 0; i < N; i++) {
        both = i % 5 ? both : 0.4 * random_normal(&r);
        vi[i] = 0.02 + 0.1 * random_uniform(&r);
        yi[i] = 0.3 + both + 0.2 * random_normal(&r) + sqrt(vi[i]) * random_normal(&r);
        study[i] = i / 5;
        effect[i] = i;
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(N, vi);
    const tq_mv_term term[] = {intercept("study", study, N / 5), intercept("effect", effect, N)};
    const tq_mv_model m = {N, 1, yi, V, NULL, 1, term, 2};

    o.threads = 1;
    tq_mv_fit *one = fit_of(&m, &o);

    o.threads = 3;
    tq_mv_fit *three = fit_of(&m, &o);

    assert_memory_equal(one->beta, three->beta, sizeof *one->beta);
    assert_memory_equal(&one->component[0].value, &three->component[0].value, sizeof(double));
    assert_memory_equal(&one->component[1].se, &three->component[1].se, sizeof(double));
    assert_memory_equal(&one->ll, &three->ll, sizeof one->ll);
    assert_near(one->component[0].value, 0.16, 0.02); /* what the data were made with */
    assert_near(one->component[1].value, 0.04, 0.01);
    tq_mv_fit_free(one);
    tq_mv_fit_free(three);
    tq_block_matrix_free(V);
}

/* ---- edges ---- */

static void zero_components_are_zero(void **state)
{
    sample s;

    (void)state;
    fill(&s, 11);
    for (size_t i = 0; i < K; i++) { /* less spread than vi alone would give */
        s.yi[i] = 0.31 + 0.01 * sin((double)i);
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("study", s.study, 8), intercept("effect", s.effect, K)};
    const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, term, 2};
    tq_mv_fit *fit = fit_of(&m, NULL);
    double sum = 0.0;

    for (size_t i = 0; i < K; i++) {
        sum += 1.0 / s.vi[i];
    }
    for (size_t r = 0; r < 2; r++) {
        assert_true(fit->component[r].value == 0.0);
        assert_true(fit->component[r].edge);
        assert_true(isnan(fit->component[r].se));
    }
    assert_near(fit->se[0], 1.0 / sqrt(sum), 1e-12);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

static void clusters_of_one_and_one_cluster(void **state)
{
    static const size_t zero[K];
    sample s;

    (void)state;
    fill(&s, 12);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    /* every study has one effect: only the sum of both variances is determined */
    const tq_mv_term same[] = {intercept("a", s.effect, K), intercept("b", s.effect, K)};
    const tq_mv_term one[] = {intercept("effect", s.effect, K)};
    /* a single cluster has no variance between clusters */
    const tq_mv_term single[] = {intercept("all", zero, 1), intercept("effect", s.effect, K)};
    const tq_mv_model a = {K, 1, s.yi, V, NULL, 1, same, 2}, b = {K, 1, s.yi, V, NULL, 1, one, 1},
                      c = {K, 1, s.yi, V, NULL, 1, single, 2};
    tq_mv_fit *flat = fit_of(&a, NULL), *plain = fit_of(&b, NULL), *lone = fit_of(&c, NULL);

    assert_true(flat->flat);
    assert_false(plain->flat);
    assert_near(flat->component[0].value + flat->component[1].value, plain->component[0].value,
                1e-8);
    assert_near(flat->ll, plain->ll, 1e-11);
    assert_int_equal(lone->component[0].fixed, 2);
    assert_true(lone->component[0].value == 0.0);
    assert_near(lone->component[1].value, plain->component[0].value, 1e-9);
    assert_int_equal(lone->n_estimated, 1);
    tq_mv_fit_free(flat);
    tq_mv_fit_free(plain);
    tq_mv_fit_free(lone);
    tq_block_matrix_free(V);
}

static void one_effect_is_itself(void **state)
{
    static const double y = 0.417, v = 0.093;
    static const size_t zero = 0;
    tq_block_matrix *V = tq_block_matrix_diagonal(1, &v);
    const tq_mv_term term[] = {intercept("study", &zero, 1)};
    const tq_mv_model m = {1, 1, &y, V, NULL, 1, term, 1};
    tq_mv_fit *fit = fit_of(&m, NULL);

    (void)state;
    assert_near(fit->beta[0], y, 1e-14);
    assert_near(fit->se[0], sqrt(v), 1e-14);
    assert_true(fit->QE == 0.0);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

static void components_can_be_given_and_equal(void **state)
{
    sample s;
    double at[MOST] = {0};
    const double given[] = {0.17, NAN}, un[] = {NAN, NAN, NAN, 0.35, NAN, NAN};
    const size_t equal[] = {0, 0};
    tq_mv_options o = tq_mv_defaults();

    (void)state;
    fill(&s, 13);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("study", s.study, 8), intercept("effect", s.effect, K)};
    const tq_mv_term level[] = {inner(&s, TQ_MV_UN)};
    const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, term, 2}, n = {K, 1, s.yi, V, NULL, 1, level, 1};

    o.fixed = given;
    tq_mv_fit *fit = fit_of(&m, &o);

    assert_near(fit->component[0].value, 0.17, 1e-14);
    assert_int_equal(fit->component[0].fixed, 1);
    components_of(fit, at);
    for (int i = -1; i < 2; i += 2) { /* the other is best, given the first */
        const double better = at[1];

        at[1] = better + 1e-3 * i;
        assert_true(brute_force(&m, 0, at) < fit->ll);
        at[1] = better;
    }
    tq_mv_fit_free(fit);
    o.fixed = NULL;
    o.equal = equal;
    fit = fit_of(&m, &o);
    assert_true(fit->component[0].value == fit->component[1].value);
    assert_int_equal(fit->n_estimated, 1);
    tq_mv_fit_free(fit);
    o.equal = NULL;
    o.fixed = un;
    fit = fit_of(&n, &o);
    assert_near(fit->component[3].value, 0.35, 1e-14);
    components_of(fit, at);
    assert_near(fit->ll, brute_force(&n, 0, at), 1e-10);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* Whether what is given of an unstructured matrix is kept, and nothing near the rest of it is better. */
static void check_given(const tq_mv_model *m, const double *given, random_stream *r)
{
    tq_mv_options o = tq_mv_defaults();
    double at[MOST] = {0};
    size_t tried = 0;

    o.fixed = given;
    tq_mv_fit *fit = fit_of(m, &o);

    components_of(fit, at);
    assert_near(fit->ll, brute_force(m, 0, at), 1e-9);
    assert_true(fit->score < 1e-5);
    for (size_t c = 0; c < fit->n_components; c++) {
        assert_int_equal(fit->component[c].fixed, !isnan(given[c]));
        if (!isnan(given[c])) {
            assert_near(at[c], given[c], 1e-13);
        }
    }
    for (size_t i = 0; i < 400; i++) {
        nearby(fit, i % 2 ? 0.02 : 0.15, r, at);
        const double det =
            1.0 + 2.0 * at[3] * at[4] * at[5] - at[3] * at[3] - at[4] * at[4] - at[5] * at[5];

        if (det >= 0.0) { /* a covariance matrix */
            assert_true(brute_force(m, 0, at) < fit->ll + 1e-9);
            tried++;
        }
    }
    assert_true(tried > 20 || given[4] == 1.0); /* then the others are next to never one */
    assert_int_equal(tq_mv_profile(fit, &o, NULL), TQ_OK);
    for (size_t c = 0; c < fit->n_components; c++) {
        assert_false(fit->component[c].lost);
        assert_int_equal(isnan(fit->component[c].ci_lb), fit->component[c].fixed);
    }
    tq_mv_fit_free(fit);
}

static void an_unstructured_matrix_keeps_what_is_given(void **state)
{
    const double none = NAN;
    const double given[][6] = {
        {none, 0.9, none, none, none, none},   {none, none, none, -0.6, none, none},
        {none, none, none, none, none, -0.75}, {none, none, 0.4, none, none, -0.7},
        {none, 0.3, none, none, none, 0.1},    {0.2, none, 0.5, none, -0.8, none},
        {none, none, none, none, 1.0, none},   {0.001, none, none, none, none, none}};
    random_stream r = {5};
    sample s;

    (void)state;
    fill(&s, 13);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {inner(&s, TQ_MV_UN)};
    const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, term, 1};

    for (size_t g = 0; g < sizeof given / sizeof *given; g++) {
        check_given(&m, given[g], &r);
    }
    /* by correlations, since a factor does not hold both variances; with one more it would */
    const tq_mv_term slopes[] = {inner(&s, TQ_MV_GEN)};
    const tq_mv_model gen = {K, 1, s.yi, V, NULL, 1, slopes, 1};
    const double both[] = {0.3, 0.02, none};
    tq_mv_options o = tq_mv_defaults();

    o.fixed = both;
    tq_mv_fit *fit = fit_of(&gen, &o);

    assert_int_equal(tq_mv_profile(fit, &o, NULL), TQ_OK);
    assert_true(fit->component[2].ci_lb < fit->component[2].value);
    assert_true(fit->component[2].ci_ub > fit->component[2].value);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* Without heterogeneity: variances are 0, not next to it, and their correlations have no error. */
static void variances_of_a_factor_end_at_zero(void **state)
{
    sample s;
    size_t edges = 0;

    (void)state;
    fill(&s, 19);
    for (size_t i = 0; i < K; i++) {
        s.yi[i] = 0.2 + 0.03 * s.yi[i];
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {inner(&s, TQ_MV_UN)};
    const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, term, 1};
    tq_mv_fit *fit = fit_of(&m, NULL);

    for (size_t c = 0; c < fit->n_components; c++) {
        const tq_mv_component *of = &fit->component[c];

        if (of->role == TQ_MV_VARIANCE) {
            assert_true(of->edge && of->value == 0.0);
            edges++;
        }
        assert_true(isnan(of->se));
        assert_true(isnan(fit->vcomp[c * (fit->n_components + 1)]));
    }
    assert_int_equal(edges, 3);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* ---- after the fit ---- */

/* At a limit of the profile the likelihood, maximal over the rest, has dropped by 3.84 / 2. */
static void check_profile(const tq_mv_model *m)
{
    const double drop = 0.5 * 3.8414588206941227;
    tq_mv_options o = tq_mv_defaults();
    double fixed[MOST];
    tq_mv_fit *fit = fit_of(m, &o);

    assert_int_equal(tq_mv_profile(fit, &o, NULL), TQ_OK);
    for (size_t r = 0; r < fit->n_components; r++) {
        const tq_mv_component *c = &fit->component[r];
        const double limit[] = {c->ci_lb, c->ci_ub};

        assert_true(!(c->ci_lb > c->value) && !(c->ci_ub < c->value));
        for (size_t side = 0; side < 2; side++) {
            const int bound = limit[side] == 0.0 || fabs(limit[side]) == 1.0 || isnan(limit[side]);

            for (size_t i = 0; i < fit->n_components; i++) {
                fixed[i] = i == r && !isnan(limit[side]) ? limit[side] : NAN;
            }
            o.fixed = fixed;
            tq_mv_fit *at = fit_of(m, &o);

            if (bound) { /* the range ends before it has dropped */
                assert_true(fit->ll - at->ll <= drop + 1e-6);
            } else {
                assert_near(fit->ll - at->ll, drop, 1e-6);
            }
            tq_mv_fit_free(at);
            o.fixed = NULL;
        }
    }
    tq_mv_fit_free(fit);
}

static void limits_lie_where_the_likelihood_has_dropped(void **state)
{
    sample s;

    (void)state;
    fill(&s, 21);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term nested[] = {intercept("study", s.study, 8), intercept("effect", s.effect, K)};
    const tq_mv_term level[] = {inner(&s, TQ_MV_CS)}, slope[] = {inner(&s, TQ_MV_GEN)};
    const tq_mv_model models[] = {{K, 2, s.yi, V, s.X, 1, nested, 2},
                                  {K, 1, s.yi, V, NULL, 1, level, 1},
                                  {K, 1, s.yi, V, NULL, 1, slope, 1}};

    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        check_profile(&models[i]);
    }
    tq_block_matrix_free(V);
}

/* The factor of T depends on the order of the levels; what is said of T does not. */
static void limits_do_not_depend_on_the_order_of_levels(void **state)
{
    size_t reversed[K];
    sample s;

    (void)state;
    fill(&s, 21);
    for (size_t i = 0; i < K; i++) {
        reversed[i] = LEVELS - 1 - s.level[i];
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    tq_mv_term term[2] = {inner(&s, TQ_MV_UN), inner(&s, TQ_MV_UN)};
    tq_mv_fit *fit[2];

    term[1].inner = reversed;
    for (size_t i = 0; i < 2; i++) {
        const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, &term[i], 1};

        fit[i] = fit_of(&m, NULL);
        assert_int_equal(tq_mv_profile(fit[i], NULL, NULL), TQ_OK);
    }
    assert_int_equal(fit[0]->n_components, 6);
    for (size_t r = 0; r < 6; r++) { /* the pairs are 1 2, 1 3, 2 3 */
        const tq_mv_component *a = &fit[0]->component[r];
        const tq_mv_component *b = &fit[1]->component[r < 3 ? 2 - r : 8 - r];

        assert_int_equal(a->lost + b->lost, 0);
        assert_true(a->ci_lb < a->value + 1e-9 && a->value < a->ci_ub + 1e-9);
        assert_true(a->ci_ub - a->ci_lb > 0.05);
        assert_near(a->ci_lb, b->ci_lb, 1e-4);
        assert_near(a->ci_ub, b->ci_ub, 1e-4);
    }
    tq_mv_fit_free(fit[0]);
    tq_mv_fit_free(fit[1]);
    tq_block_matrix_free(V);
}

static void true_effects_are_those_of_one_effect_per_study(void **state)
{
    sample s;
    tq_mv_row row[K];
    tq_blup blup[K];
    tq_pool *pool;
    double u[K], se[K];

    (void)state;
    fill(&s, 22);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("effect", s.effect, K)};
    const tq_mv_model m = {K, 2, s.yi, V, s.X, 1, term, 1};
    const tq_model flat = {K, 2, s.yi, s.vi, s.X, 1, NULL};
    tq_mv_fit *fit = fit_of(&m, NULL);

    assert_int_equal(tq_pool_fit_once(&flat, NULL, &pool, NULL), TQ_OK);
    assert_int_equal(tq_blup_of(&flat, pool, blup, NULL), TQ_OK);
    assert_int_equal(tq_mv_rows(fit, row, NULL), TQ_OK);
    assert_int_equal(tq_mv_levels(fit, 0, u, se, NULL, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        const double w = 1.0 / (s.vi[i] + pool->tau2);

        assert_near(row[i].true_effect, blup[i].pred, 1e-8);
        assert_near(row[i].true_se, blup[i].se, 1e-8);
        assert_near(row[i].fitted + u[i], blup[i].pred, 1e-8);
        assert_near(row[i].resid_se * row[i].resid_se, 1.0 / w * (1.0 - row[i].hat), 1e-8);
        assert_near(row[i].z, row[i].resid / row[i].resid_se, 1e-12);
    }
    tq_pool_free(pool);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* With one effect per study and level, mean + u is the true effect itself, in its error too. */
static void means_of_levels_are_true_effects(void **state)
{
    sample s;
    tq_mv_row row[K];
    double u[8], se[8], mean_se[8];

    (void)state;
    fill(&s, 27);
    tq_block_matrix *V = correlated(&s, 0.2);
    tq_mv_term term[] = {intercept("study", s.study, 8)};
    const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, term, 1};

    for (int related = 0; related < 2; related++) {
        term[0].R = related ? s.R : NULL;
        tq_mv_fit *fit = fit_of(&m, NULL);

        assert_int_equal(tq_mv_rows(fit, row, NULL), TQ_OK);
        assert_int_equal(tq_mv_levels(fit, 0, u, se, mean_se, NULL), TQ_OK);
        for (size_t i = 0; i < K; i++) {
            assert_near(fit->beta[0] + u[s.study[i]], row[i].true_effect, 1e-9);
            assert_near(mean_se[s.study[i]], row[i].true_se, 1e-8);
        }
        tq_mv_fit_free(fit);
    }
    tq_block_matrix_free(V);
}

/* Prediction errors of y - e: their variance is V - V P V, here by brute force. */
static void errors_of_true_effects_are_those_of_brute_force(void **state)
{
    sample s;
    tq_mv_row row[K];
    double P[K * K], A[2 * K];

    (void)state;
    fill(&s, 23);
    tq_block_matrix *V = correlated(&s, 0.5);
    const tq_mv_term term[] = {intercept("lab", s.lab, 3), inner(&s, TQ_MV_HCS)};
    const tq_mv_model m = {K, 2, s.yi, V, s.X, 1, term, 2};
    tq_mv_fit *fit = fit_of(&m, NULL);

    assert_int_equal(tq_mv_rows(fit, row, NULL), TQ_OK);
    for (size_t i = 0; i < K * K; i++) {
        P[i] = i % K == i / K;
    }
    memcpy(A, s.X, sizeof A);
    assert_int_equal(tq_mv_solve(fit, K, P, NULL), TQ_OK);
    assert_int_equal(tq_mv_solve(fit, 2, A, NULL), TQ_OK);
    for (size_t i = 0; i < K * K; i++) {
        for (size_t a = 0; a < 4; a++) {
            P[i] -= A[i % K + a % 2 * K] * fit->vb_model[a] * A[i / K + a / 2 * K];
        }
    }
    for (size_t i = 0; i < K; i++) {
        const size_t b = i / 3; /* V of its study */
        const double *v = V->value + V->at[b] + 3 * (i % 3);
        double error = v[i % 3], pred = s.yi[i];

        for (size_t j = 0; j < 3; j++) {
            for (size_t l = 0; l < 3; l++) {
                error -= v[j] * P[3 * b + j + (3 * b + l) * K] * v[l];
            }
            for (size_t l = 0; l < K; l++) {
                pred -= v[j] * P[3 * b + j + l * K] * s.yi[l]; /* P y = M^-1 e */
            }
        }
        assert_near(row[i].true_se, sqrt(error), 1e-9);
        assert_near(row[i].true_effect, pred, 1e-9);
    }
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

static void known_correlations_of_none_are_none(void **state)
{
    sample s;
    double u[8], se[8], v[8], ve[8], mean[8], means[8];

    (void)state;
    fill(&s, 24);
    for (size_t i = 0; i < GROUPS * GROUPS; i++) {
        s.R[i] = i % GROUPS == i / GROUPS;
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term plain[] = {intercept("study", s.study, 8)};
    tq_mv_term known[] = {intercept("study", s.study, 8)};
    const tq_mv_model a = {K, 2, s.yi, V, s.X, 1, plain, 1}, b = {K, 2, s.yi, V, s.X, 1, known, 1};

    known[0].R = s.R;
    tq_mv_fit *one = fit_of(&a, NULL), *other = fit_of(&b, NULL);

    assert_near(one->ll, other->ll, 1e-11);
    assert_int_equal(tq_mv_levels(one, 0, u, se, mean, NULL), TQ_OK);
    assert_int_equal(tq_mv_levels(other, 0, v, ve, means, NULL), TQ_OK);
    for (size_t i = 0; i < 8; i++) {
        assert_near(u[i], v[i], 1e-8);
        assert_near(se[i], ve[i], 1e-8);
        assert_true(isnan(mean[i]) && isnan(means[i])); /* of a mean alone */
    }
    tq_mv_fit_free(one);
    tq_mv_fit_free(other);
    tq_block_matrix_free(V);
}

static void influence_is_that_of_fits_without(void **state)
{
    sample s, t;
    tq_mv_influence *influence;
    tq_mv_options o = tq_mv_defaults();
    const size_t out = 2;
    size_t n = 0;

    (void)state;
    fill(&s, 25);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("study", s.study, 8), inner(&s, TQ_MV_DIAG)};
    const tq_mv_model m = {K, 2, s.yi, V, s.X, 1, term, 2};
    tq_mv_fit *fit = fit_of(&m, NULL);

    t = s;
    for (size_t i = 0; i < K; i++) {
        if (s.study[i] != out) {
            t.yi[n] = s.yi[i];
            t.vi[n] = s.vi[i];
            t.X[n] = 1.0;
            t.X[K - 3 + n] = s.X[K + i];
            t.level[n] = s.level[i];
            t.study[n++] = s.study[i] - (s.study[i] > out);
        }
    }
    tq_block_matrix *W = tq_block_matrix_diagonal(n, t.vi);
    tq_mv_term less[] = {intercept("study", t.study, 7), inner(&t, TQ_MV_DIAG)};
    const tq_mv_model without = {n, 2, t.yi, W, t.X, 1, less, 2};

    less[1].n_groups = 7;
    tq_mv_fit *other = fit_of(&without, NULL);

    for (o.threads = 1; o.threads < 3; o.threads++) {
        assert_int_equal(tq_mv_influence_of(fit, &o, 8, s.study, &influence, NULL), TQ_OK);
        const tq_mv_influence_row *row = &influence->row[out];
        double cook = 0.0;

        assert_int_equal(row->k, 3);
        for (size_t a = 0; a < 2; a++) {
            assert_near(row->beta[a], other->beta[a], 1e-8);
        }
        for (size_t r = 0; r < other->n_components; r++) {
            assert_near(row->component[r], other->component[r].value, 1e-7);
        }
        const double d[] = {fit->beta[0] - other->beta[0], fit->beta[1] - other->beta[1]};
        const double det = fit->vb[0] * fit->vb[3] - fit->vb[1] * fit->vb[2];

        cook =
            (d[0] * d[0] * fit->vb[3] - 2.0 * d[0] * d[1] * fit->vb[1] + d[1] * d[1] * fit->vb[0]) /
            det;
        assert_near(row->cook, cook, 1e-7);
        tq_mv_influence_free(influence);
    }
    tq_mv_fit_free(fit);
    tq_mv_fit_free(other);
    tq_block_matrix_free(V);
    tq_block_matrix_free(W);
}

/* Correlations that equal each other have other bounds without the study that has three levels. */
static void influence_without_a_model_is_empty(void **state)
{
    static size_t pairs[K];
    const size_t equal[] = {0, 1, 2, 1};
    tq_mv_influence *influence;
    tq_mv_options o = tq_mv_defaults();
    sample s;

    (void)state;
    fill(&s, 33);
    for (size_t i = 0; i < K; i++) {
        pairs[i] = i < 3 ? i % 3 : (i * 5 + i / 3) % 2;
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    tq_mv_term term[] = {inner(&s, TQ_MV_CS), inner(&s, TQ_MV_CS)};
    const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, term, 2};

    term[1].inner = pairs;
    o.equal = equal;
    tq_mv_fit *fit = fit_of(&m, &o);

    assert_int_equal(tq_mv_influence_of(fit, &o, GROUPS, s.study, &influence, NULL), TQ_OK);
    assert_non_null(influence->row[0].why_none);
    assert_true(isnan(influence->row[0].beta[0]) && isnan(influence->row[0].cook));
    assert_true(isnan(influence->row[0].component[3]));
    assert_null(influence->row[1].why_none);
    assert_true(isfinite(influence->row[1].cook));
    tq_mv_influence_free(influence);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* Balanced and of equal precision: the mean has the degrees of freedom of the mean square between
   studies, and nothing is left to adjust. */
static void balanced_means_have_the_df_of_studies(void **state)
{
    sample s;
    const double one = 1.0;
    tq_linear at;
    tq_mv_options o = tq_mv_defaults();

    (void)state;
    fill(&s, 26);
    for (size_t i = 0; i < K; i++) {
        s.vi[i] = 0.0137;
    }
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("study", s.study, 8), intercept("effect", s.effect, K)};
    const tq_mv_model m = {K, 1, s.yi, V, NULL, 1, term, 2};

    o.test = TQ_MV_T;
    o.df = TQ_MV_SATTERTHWAITE;
    tq_mv_fit *fit = fit_of(&m, &o);

    assert_true(fit->component[0].value > 0.0 && fit->component[1].value > 0.0);
    assert_near(fit->df[0], 7.0, 1e-5);
    tq_mv_linear(fit, &one, 0.0, &at);
    assert_near(at.df, 7.0, 1e-5);
    assert_near(at.ci_lb, fit->ci_lb[0], 1e-9);
    tq_mv_fit_free(fit);
    o.test = TQ_MV_KR;
    fit = fit_of(&m, &o);
    assert_near(fit->df[0], 7.0, 1e-6);
    assert_near(fit->vb[0], fit->vb_model[0], 1e-9);
    tq_mv_fit_free(fit);
    o.test = TQ_MV_T;
    o.df = TQ_MV_CONTAIN;
    fit = fit_of(&m, &o);
    assert_near(fit->df[0], 7.0, 1e-14);
    tq_mv_fit_free(fit);
    o.df = TQ_MV_RESIDUAL;
    fit = fit_of(&m, &o);
    assert_near(fit->df[0], 23.0, 1e-14);
    tq_mv_fit_free(fit);
    tq_block_matrix_free(V);
}

/* Two terms that the data do not tell apart leave the covariance of the mean as certain as their sum does. */
static void a_flat_likelihood_leaves_the_df_of_the_sum(void **state)
{
    sample s;
    tq_mv_options o = tq_mv_defaults();

    (void)state;
    fill(&s, 29);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("study", s.study, 8), intercept("effect", s.effect, K),
                               intercept("again", s.effect, K)};
    const tq_mv_model one = {K, 2, s.yi, V, s.X, 1, term, 2},
                      both = {K, 2, s.yi, V, s.X, 1, term, 3};

    o.test = TQ_MV_T;
    o.df = TQ_MV_SATTERTHWAITE;
    tq_mv_fit *sum = fit_of(&one, &o), *flat = fit_of(&both, &o);

    assert_true(flat->flat);
    for (size_t a = 0; a < 2; a++) {
        assert_near(flat->df[a], sum->df[a], 1e-3);
    }
    assert_near(flat->QM_df2, sum->QM_df2, 1e-3);
    assert_near(flat->QM_pval, sum->QM_pval, 1e-5);
    tq_mv_fit_free(sum);
    tq_mv_fit_free(flat);
    tq_block_matrix_free(V);
}

/* Nothing is uncertain then, and t and F are z and chi-square. */
static void given_components_leave_endless_df(void **state)
{
    const double given[] = {0.11, 0.07};
    const tq_mv_test test[] = {TQ_MV_T, TQ_MV_KR};
    tq_mv_options o = tq_mv_defaults();
    sample s;

    (void)state;
    fill(&s, 31);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi);
    const tq_mv_term term[] = {intercept("study", s.study, 8), intercept("effect", s.effect, K)};
    for (size_t p = 1; p < 3;
         p++) { /* without an intercept: one coefficient to be tested, or two */
        const tq_mv_model m = {K, p, s.yi, V, s.X, 0, term, 2};

        o.fixed = given;
        o.test = TQ_MV_Z;
        tq_mv_fit *z = fit_of(&m, &o);

        for (size_t i = 0; i < 2; i++) {
            o.test = test[i];
            o.df = TQ_MV_SATTERTHWAITE;
            tq_mv_fit *fit = fit_of(&m, &o);

            assert_near(fit->pval[0], z->pval[0], 1e-7);
            assert_near(fit->QM * (double)p, z->QM, 1e-9);
            assert_near(fit->QM_pval, z->QM_pval, 1e-7);
            tq_mv_fit_free(fit);
        }
        tq_mv_fit_free(z);
    }
    tq_block_matrix_free(V);
}

/* ---- blocks of many rows ---- */

enum { WIDE = 360, WIDE_STUDIES = 60, KINDS = 7 };

typedef struct {
    double yi[WIDE], vi[WIDE], X[2 * WIDE], slope[2 * WIDE], R[WIDE_STUDIES * WIDE_STUDIES];
    size_t study[WIDE], effect[WIDE], lab[WIDE], kind[WIDE];
} wide_sample;

static void fill_wide(wide_sample *s)
{
    random_stream r = {4711};
    double kind[KINDS], study = 0.0;

    for (size_t i = 0; i < KINDS; i++) {
        kind[i] = 0.4 * random_normal(&r);
    }
    for (size_t i = 0; i < WIDE; i++) {
        study = i % 6 ? study : 0.3 * random_normal(&r);
        s->study[i] = i / 6;
        s->effect[i] = i;
        s->lab[i] = s->study[i] / 45; /* one of 270 rows, one of 90 */
        s->kind[i] = random_index(&r, KINDS);
        s->vi[i] = 0.02 + 0.1 * random_uniform(&r);
        s->X[i] = s->slope[i] = 1.0;
        s->X[WIDE + i] = random_normal(&r);
        s->slope[WIDE + i] = random_uniform(&r) - 0.4;
        s->yi[i] = 0.2 + study + kind[s->kind[i]] * (1.0 + s->slope[WIDE + i]) +
                   0.3 * (double)s->lab[i] + 0.1 * random_normal(&r) +
                   sqrt(s->vi[i]) * random_normal(&r);
    }
    for (size_t i = 0; i < WIDE_STUDIES * WIDE_STUDIES; i++) {
        const size_t a = i % WIDE_STUDIES, b = i / WIDE_STUDIES;

        s->R[i] = exp(-0.3 * fabs((double)a - (double)b));
    }
}

/* What the blocks of M give by Cholesky's factorisation in long double: log |M| + e'M^-1 e. */
static double from_blocks(const tq_mv_fit *fit)
{
    long double sum = 0.0;

    for (size_t b = 0; b < fit->n_blocks; b++) {
        size_t n;
        const size_t *row = tq_mv_block(fit, b, &n);
        double *M = malloc(n * n * sizeof *M);
        long double *L = malloc((n * n + n) * sizeof *L), *e = L + n * n, log_det;

        assert_non_null(M);
        assert_non_null(L);
        assert_int_equal(tq_mv_marginal(fit, b, M, NULL), TQ_OK);
        for (size_t i = 0; i < n * n; i++) {
            L[i] = M[i];
        }
        for (size_t i = 0; i < n; i++) {
            e[i] = fit->model->yi[row[i]];
            for (size_t a = 0; a < fit->p; a++) {
                e[i] -= fit->beta[a] * fit->model->X[row[i] + a * fit->k];
            }
        }
        assert_true(factorise(n, L, &log_det));
        forward(n, L, e);
        sum += log_det;
        for (size_t i = 0; i < n; i++) {
            sum += e[i] * e[i];
        }
        free(M);
        free(L);
    }
    return (double)sum;
}

/* The likelihood at the maximum is that of the blocks; moving a component lowers it; M^-1 is that of M. */
static void check_wide(const tq_mv_model *m)
{
    tq_mv_options o = tq_mv_defaults();
    double fixed[MOST], *B = malloc(m->k * sizeof *B);
    tq_mv_fit *fit;

    o.ml = 1;
    fit = fit_of(m, &o);
    assert_true(fit->largest_block > 128);
    assert_near(-2.0 * fit->ll - (double)m->k * log(2.0 * M_PI), from_blocks(fit), 1e-10);
    assert_true(fit->score < 1e-5);
    for (size_t r = 0; r < fit->n_components; r++) {
        for (int side = -1; side < 2; side += 2) {
            for (size_t i = 0; i < fit->n_components; i++) {
                fixed[i] = fit->component[i].value;
            }
            fixed[r] = fabs(fixed[r] + side * 0.02);
            o.fixed = fixed;
            tq_mv_fit *near = fit_of(m, &o);

            assert_true(near->ll <= fit->ll + 1e-9);
            tq_mv_fit_free(near);
        }
    }
    assert_non_null(B);
    for (size_t i = 0; i < m->k; i++) {
        B[i] = sin((double)i);
    }
    assert_int_equal(tq_mv_solve(fit, 1, B, NULL), TQ_OK);
    for (size_t b = 0; b < fit->n_blocks; b++) {
        size_t n;
        const size_t *row = tq_mv_block(fit, b, &n);
        double *M = malloc(n * n * sizeof *M);

        assert_non_null(M);
        assert_int_equal(tq_mv_marginal(fit, b, M, NULL), TQ_OK);
        for (size_t i = 0; i < n; i++) {
            double x = 0.0;

            for (size_t j = 0; j < n; j++) {
                x += M[i + j * n] * B[row[j]];
            }
            assert_near(x, sin((double)row[i]), 1e-9);
        }
        free(M);
    }
    free(B);
    tq_mv_fit_free(fit);
}

static void large_blocks_are_those_of_brute_force(void **state)
{
    static wide_sample s;

    (void)state;
    fill_wide(&s);
    tq_block_matrix *V = tq_block_matrix_diagonal(WIDE, s.vi);
    const tq_mv_term nested[] = {intercept("lab", s.lab, 2),
                                 intercept("lab/study", s.study, WIDE_STUDIES),
                                 intercept("lab/study/effect", s.effect, WIDE)};
    const tq_mv_term crossed[] = {intercept("kind", s.kind, KINDS),
                                  intercept("study", s.study, WIDE_STUDIES)};
    tq_mv_term related[] = {intercept("study", s.study, WIDE_STUDIES)};
    const tq_mv_term slopes[] = {{.name = "slope | kind",
                                  .structure = TQ_MV_GEN,
                                  .group = s.kind,
                                  .n_groups = KINDS,
                                  .Z = s.slope,
                                  .q = 2,
                                  .z_name = z_name},
                                 intercept("study", s.study, WIDE_STUDIES)};
    const tq_mv_model models[] = {{WIDE, 2, s.yi, V, s.X, 1, nested, 3},
                                  {WIDE, 2, s.yi, V, s.X, 1, crossed, 2},
                                  {WIDE, 2, s.yi, V, s.X, 1, related, 1},
                                  {WIDE, 2, s.yi, V, s.X, 1, slopes, 2}};

    related[0].R = s.R;
    for (size_t i = 0; i < 4; i++) {
        check_wide(&models[i]);
    }
    tq_block_matrix_free(V);
}

/* Kenward-Roger takes every block as dense: both kernels must agree. */
static void both_kernels_agree(void **state)
{
    static wide_sample s;
    tq_mv_options o = tq_mv_defaults();

    (void)state;
    fill_wide(&s);
    tq_block_matrix *V = tq_block_matrix_diagonal(WIDE, s.vi);
    const tq_mv_term crossed[] = {intercept("kind", s.kind, KINDS),
                                  intercept("study", s.study, WIDE_STUDIES)};
    const tq_mv_model m = {WIDE, 2, s.yi, V, s.X, 1, crossed, 2};
    tq_mv_fit *wide = fit_of(&m, &o);

    o.test = TQ_MV_KR;
    tq_mv_fit *dense = fit_of(&m, &o);

    assert_near(wide->ll, dense->ll, 1e-12);
    for (size_t r = 0; r < 2; r++) {
        assert_near(wide->component[r].value, dense->component[r].value, 1e-8);
        assert_near(wide->component[r].se, dense->component[r].se, 1e-6);
        assert_near(wide->beta[r], dense->beta[r], 1e-9);
        assert_near(wide->vb_model[3 * r], dense->vb_model[3 * r], 1e-9);
    }
    tq_mv_fit_free(wide);
    tq_mv_fit_free(dense);
    tq_block_matrix_free(V);
}

/* ---- errors ---- */

static void expect(const tq_mv_model *m, const tq_mv_options *o, tq_status want, const char *says)
{
    tq_mv_fit *fit = NULL;
    tq_error err = {.message = ""};

    assert_int_equal(tq_mv_fit_model(m, o, &fit, &err), want);
    assert_null(fit);
    if (!strstr(err.message, says)) {
        print_error("'%s' does not say '%s'\n", err.message, says);
        fail();
    }
}

static void bad_models_are_refused(void **state)
{
    sample s;

    (void)state;
    fill(&s, 14);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, s.vi), *bad = correlated(&s, -0.9);
    const tq_mv_term term[] = {intercept("study", s.study, 8)}, level[] = {inner(&s, TQ_MV_CS)};
    tq_mv_model m = {K, 1, s.yi, bad, NULL, 1, term, 1};
    tq_mv_options o = tq_mv_defaults();
    tq_error err;
    tq_mv_fit *fit;
    const double negative[] = {-0.1};

    expect(&m, NULL, TQ_EDATA, "not positive definite");
    assert_int_equal(tq_mv_fit_model(&m, NULL, &fit, &err), TQ_EDATA);
    assert_int_equal(err.row, 0);
    m.V = V;
    m.X = s.X;
    m.p = 2;
    for (size_t i = 0; i < K; i++) {
        s.X[K + i] = 3.7 * s.X[i];
    }
    expect(&m, NULL, TQ_EDATA, "singular");
    m.p = K;
    expect(&m, NULL, TQ_EDATA, "coefficients");
    m.X = NULL;
    m.p = 1;
    o.level = 100.0;
    expect(&m, &o, TQ_EINVAL, "level");
    o = tq_mv_defaults();
    o.tol = 0.0;
    expect(&m, &o, TQ_EINVAL, "tolerance");
    o = tq_mv_defaults();
    o.fixed = negative;
    expect(&m, &o, TQ_EINVAL, "-0.1");
    o = tq_mv_defaults();
    o.test = TQ_MV_KR;
    o.ml = 1;
    expect(&m, &o, TQ_EINVAL, "REML");
    o.ml = 0;
    m.term = level;
    expect(&m, &o, TQ_EINVAL, "kr");
    s.yi[4] = NAN;
    expect(&m, NULL, TQ_EDATA, "finite");
    tq_block_matrix_free(V);
    tq_block_matrix_free(bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maximum_is_that_of_brute_force),
        cmocka_unit_test(several_terms_are_those_of_brute_force),
        cmocka_unit_test(marginal_covariance_is_that_of_brute_force),
        cmocka_unit_test(one_effect_per_study_is_the_pooled_model),
        cmocka_unit_test(compound_symmetry_is_nesting),
        cmocka_unit_test(follows_units_and_order),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(zero_components_are_zero),
        cmocka_unit_test(clusters_of_one_and_one_cluster),
        cmocka_unit_test(one_effect_is_itself),
        cmocka_unit_test(components_can_be_given_and_equal),
        cmocka_unit_test(variances_of_a_factor_end_at_zero),
        cmocka_unit_test(limits_lie_where_the_likelihood_has_dropped),
        cmocka_unit_test(limits_do_not_depend_on_the_order_of_levels),
        cmocka_unit_test(true_effects_are_those_of_one_effect_per_study),
        cmocka_unit_test(means_of_levels_are_true_effects),
        cmocka_unit_test(errors_of_true_effects_are_those_of_brute_force),
        cmocka_unit_test(known_correlations_of_none_are_none),
        cmocka_unit_test(influence_is_that_of_fits_without),
        cmocka_unit_test(influence_without_a_model_is_empty),
        cmocka_unit_test(a_flat_likelihood_leaves_the_df_of_the_sum),
        cmocka_unit_test(given_components_leave_endless_df),
        cmocka_unit_test(an_unstructured_matrix_keeps_what_is_given),
        cmocka_unit_test(balanced_means_have_the_df_of_studies),
        cmocka_unit_test(large_blocks_are_those_of_brute_force),
        cmocka_unit_test(both_kernels_agree),
        cmocka_unit_test(bad_models_are_refused),
    };

    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
