/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cluster-robust inference against clubSandwich, against sums over all pairs of clusters, at its limits. */
#include "multilevel/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "linalg/eigen.h"
#include "support/near.h"
#include "support/random.h"

enum { K = 19, P = 3, M = 9, MOST = 60 };

/* clang-format off */
static const size_t cl[K] = {0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 4, 5, 6, 6, 6, 7, 8, 8};
static const double X[K * P] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    0.3, -1.2, 0.8, 1.5, -0.4, 0.9, 2.1, -0.7, 0.2, 1.1, -1.9, 0.6, 0.1, -0.8, 1.7, 0.4, -0.3, 1.3, -1.1,
    0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1};
static const double vi[K] = {.11, .08, .21, .05, .3, .17, .09, .12, .06, .25, .19, .07, .14, .1, .22, .13, .31, .04, .16};
static const double yi[K] = {.21, -.35, .62, .9, .15, .44, 1.21, .1, .33, .7, -.8, .25, .05, -.41, .58, .3, .2, 1.02, -.15};
/* clang-format on */

/* ---- a weighted regression by dense algebra ---- */

typedef struct {
    size_t k, p, m;
    const double *X;
    const size_t *cluster;
    double W[MOST * MOST], Phi[MOST * MOST]; /* [k x k] */
    double WX[MOST * 6], residual[MOST], beta[6], bread[36];
    tq_block_matrix *blocks;
    tq_robust_problem problem;
} regression;

/* Rows of one cluster stand together. */
static void take_blocks(regression *r)
{
    size_t size[MOST] = {0};

    for (size_t i = 0; i < r->k; i++) {
        size[r->cluster[i]]++;
    }
    r->blocks = tq_block_matrix_new(r->m, size);
    for (size_t b = 0; b < r->m; b++) {
        const size_t start = r->blocks->start[b];

        for (size_t c = 0; c < size[b]; c++) {
            for (size_t a = 0; a < size[b]; a++) {
                r->blocks->value[r->blocks->at[b] + a + c * size[b]] =
                    r->Phi[start + a + (start + c) * r->k];
            }
        }
    }
}

static void solve(regression *r, const double *y)
{
    const size_t k = r->k, p = r->p;
    double logdet, cross[6] = {0.0};

    for (size_t c = 0; c < p; c++) {
        for (size_t i = 0; i < k; i++) {
            r->WX[i + c * k] = 0.0;
            for (size_t j = 0; j < k; j++) {
                r->WX[i + c * k] += r->W[i + j * k] * r->X[j + c * k];
            }
            cross[c] += r->WX[i + c * k] * y[i];
        }
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            r->bread[a + b * p] = 0.0;
            for (size_t i = 0; i < k; i++) {
                r->bread[a + b * p] += r->X[i + a * k] * r->WX[i + b * k];
            }
        }
    }
    assert_int_equal(tq_invert_spd(p, r->bread, &logdet, NULL), TQ_OK);
    for (size_t a = 0; a < p; a++) {
        r->beta[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            r->beta[a] += r->bread[a + b * p] * cross[b];
        }
    }
    for (size_t i = 0; i < k; i++) {
        r->residual[i] = y[i];
        for (size_t a = 0; a < p; a++) {
            r->residual[i] -= r->X[i + a * k] * r->beta[a];
        }
    }
    r->problem = (tq_robust_problem){k,       p,        r->X,      r->WX,      r->residual,
                                     r->beta, r->bread, r->blocks, r->cluster, r->m};
}

/* kind 0: weights are the inverse of a working covariance with correlations; 1: weights of the user, for a
   working model of independent errors. */
static regression *example(int kind)
{
    regression *r = calloc(1, sizeof *r);
    double logdet;

    r->k = K;
    r->p = P;
    r->m = M;
    r->X = X;
    r->cluster = cl;
    for (size_t i = 0; i < K; i++) {
        for (size_t j = 0; j < K; j++) {
            r->Phi[i + j * K] = kind == 1        ? (i == j ? vi[i] + 0.07 : 0.0)
                                : cl[i] == cl[j] ? (i == j ? 1.0 : 0.4) * sqrt(vi[i] * vi[j]) + 0.05
                                                 : 0.0;
        }
        r->W[i + i * K] = 1.0 / (1.0 + (double)(cl[i] + 1) * vi[i]);
    }
    if (kind == 0) {
        memcpy(r->W, r->Phi, sizeof r->W);
        assert_int_equal(tq_invert_spd(K, r->W, &logdet, NULL), TQ_OK);
    }
    take_blocks(r);
    solve(r, yi);
    return r;
}

static void release(regression *r)
{
    tq_block_matrix_free(r->blocks);
    free(r);
}

/* ---- clubSandwich ---- */

/* The lower triangle, column by column. */
static void expect_matrix(const tq_robust *r, const double *want)
{
    for (size_t b = 0, at = 0; b < P; b++) {
        for (size_t a = b; a < P; a++) {
            assert_near(r->vb[a + b * P], want[at++], 1e-15);
            assert_near(r->vb[b + a * P], r->vb[a + b * P], 0.0);
        }
    }
}

/* vcovCR(), coef_test() and Wald_test() of clubSandwich 0.5.8 on metafor 3.8.1, R 4.2.2: rma.mv(yi, Phi, mods =
   ~ x1 + g), and rma.uni(yi, vi, mods = ~ x1 + g, weights = 1/(1 + cl vi), tau2 = .07). */
static void agrees_with_clubsandwich(void **state)
{
    /* clang-format off */
    static const double want[2][TQ_ROBUST_COUNT][6] = {
        {{0.0012583408146485, -2.00033151111818e-06, -0.00125670545461484, 0.000210701128059492, 0.000208233270441914, 0.00432752914881477},
         {0.00141563341647956, -2.25037295000766e-06, -0.00141379363644169, 0.000237038769066929, 0.000234262429247153, 0.00486847029241662},
         {0.00188751122197275, -3.00049726667729e-06, -0.00188505818192226, 0.000316051692089239, 0.000312349905662871, 0.00649129372322216},
         {0.00159258759353951, -2.53166956875922e-06, -0.00159051784099691, 0.000266668615200295, 0.000263545232903048, 0.0054770290789687},
         {0.00186157790000194, -2.61190650817816e-05, -0.00183946993391941, 0.000294606279076606, 0.000339296856358066, 0.00571177283426937}},
        {{0.00252332245424395, 0.000165560744614186, -0.00261244392945891, 0.000151355640627048, -0.000256780426731417, 0.00388126727554141},
         {0.00283873776102445, 0.000186255837690959, -0.00293899942064128, 0.000170275095705429, -0.000288877980072844, 0.00436642568498408},
         {0.00378498368136593, 0.000248341116921279, -0.00391866589418837, 0.000227033460940572, -0.000385170640097126, 0.00582190091331211},
         {0.0031935799811525, 0.000209537817402329, -0.00330637434822144, 0.000191559482668608, -0.00032498772758195, 0.00491222889560709},
         {0.00456551282930986, 0.000179021255747722, -0.00466165748040049, 0.000177525209857876, -0.000289749428903865, 0.00606077362889855}},
    };
    static const double df[2][P] = {{2.80868039664399, 4.63019452833997, 6.09022029936109},
                                    {2.08542744262621, 5.11910511079443, 4.58334279167609}};
    static const double pval[2][P] = {{0.357135235099888, 3.84989215087296e-06, 0.0186007933789124},
                                      {0.373049579006246, 4.22154931641503e-07, 0.0431631367004936}};
    static const double F2[2][3] = {{266.386414188367, 4.4787705162797, 2.2094069223114e-05},
                                    {465.118685885864, 3.73678944510035, 3.31051404760344e-05}};
    static const double F3[2][3] = {{130.249542081482, 2.99443262434113, 0.00113799770988103},
                                    {217.090524527869, 1.96968238519848, 0.00491411824998753}};
    /* clang-format on */
    const size_t columns[] = {1, 2, 0};

    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        regression *r = example(kind);
        tq_robust *robust;
        tq_wald w;

        for (tq_robust_type type = 0; type < TQ_ROBUST_COUNT; type++) {
            assert_int_equal(tq_robust_fit(&r->problem, type, 95.0, 1, &robust, NULL), TQ_OK);
            expect_matrix(robust, want[kind][type]);
            assert_near(robust->df[1], type == TQ_ROBUST_CR2 ? df[kind][1] : 6.0, 1e-11);
            assert_int_equal(robust->deficient, 0);
            assert_int_equal(tq_robust_wald_columns(robust, 2, columns, &w, NULL), TQ_OK);
            if (type != TQ_ROBUST_CR2) { /* F on q and m - p */
                assert_near(w.df2, 6.0, 0.0);
                assert_near(w.pval, tq_f_upper(w.stat, 2.0, 6.0), 1e-15);
                tq_robust_free(robust);
                continue;
            }
            for (size_t a = 0; a < P; a++) {
                assert_near(robust->df[a], df[kind][a], 1e-11);
                assert_relative(robust->pval[a], pval[kind][a], 1e-10);
            }
            assert_near(robust->ci_ub[1] - robust->beta[1],
                        tq_critical_value(95.0, df[kind][1]) * robust->se[1], 1e-14);
            assert_relative(w.stat, F2[kind][0], 1e-10);
            assert_relative(w.df2, F2[kind][1], 1e-10);
            assert_relative(w.pval, F2[kind][2], 1e-9);
            assert_int_equal(tq_robust_wald_columns(robust, 3, columns, &w, NULL), TQ_OK);
            assert_relative(w.stat, F3[kind][0], 1e-10);
            assert_relative(w.df2, F3[kind][1], 1e-10);
            assert_relative(w.pval, F3[kind][2], 1e-9);
            assert_int_equal(tq_robust_wald_columns(robust, 1, columns, &w, NULL), TQ_OK);
            assert_relative(w.stat, robust->stat[1] * robust->stat[1], 1e-12);
            assert_relative(w.df2, robust->df[1], 1e-12);
            tq_robust_free(robust);
        }
        release(r);
    }
}

/* A dummy of one cluster: its residuals add up to 0, and its adjustment exists on the rest alone. vcovCR() and
   coef_test() of clubSandwich 0.5.8. */
static void a_coefficient_of_one_cluster_is_bridged_by_a_generalised_inverse(void **state)
{
    /* clang-format off */
    static const double want[] = {0.00432314817011799, 0.000871929603401413, -0.00457242594550129, 0.000460894957526868, -0.00169619468433415, 0.00794827154928564};
    /* clang-format on */
    regression *r = example(0);
    double D[K * P];
    tq_robust *robust;

    (void)state;
    memcpy(D, X, sizeof D);
    for (size_t i = 0; i < K; i++) {
        D[i + 2 * K] = cl[i] == 3 ? 1.0 : 0.0;
    }
    r->X = D;
    solve(r, yi);
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, NULL), TQ_OK);
    expect_matrix(robust, want);
    assert_near(robust->df[0], 6.2605901286539, 1e-11);
    assert_near(robust->df[1], 4.56344371914772, 1e-11);
    assert_near(robust->df[2], 1.67668386699613, 1e-11);
    assert_int_equal(robust->deficient, 1);
    tq_robust_free(robust);
    release(r);
}

/* ---- brute force ---- */

/* P = B sum U_i'(I - H)_i as [p x k] for CR2, by k x k matrices. */
static void projector(const regression *r, double *out)
{
    const size_t k = r->k, p = r->p;
    double *IH = calloc(k * k + 1, sizeof *IH), *R = calloc(k * k + 1, sizeof *R);

    assert_true(p > 0 && k > 0);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            IH[i + j * k] = i == j ? 1.0 : 0.0;
            for (size_t a = 0; a < p * p; a++) {
                IH[i + j * k] -= r->X[i + a % p * k] * r->bread[a] * r->WX[j + a / p * k];
            }
        }
    }
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            for (size_t x = 0; x < k * k; x++) {
                R[i + j * k] += IH[i + x % k * k] * r->Phi[x] * IH[j + x / k * k];
            }
        }
    }
    memset(out, 0, p * k * sizeof *out);
    for (size_t b = 0; b < r->m; b++) {
        const size_t start = r->blocks->start[b], n = r->blocks->start[b + 1] - start;
        double D[100] = {0.0}, S[100], Q[100], A[100], d[20];

        /* Phi_i = D'D from the inverse of its upper triangular factor: row by row. */
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i <= j; i++) {
                double sum = r->Phi[start + i + (start + j) * k];

                for (size_t c = 0; c < i; c++) {
                    sum -= D[c + i * n] * D[c + j * n];
                }
                D[i + j * n] = i == j ? sqrt(sum) : sum / D[i + i * n];
            }
        }
        memset(S, 0, sizeof S);
        for (size_t x = 0; x < n * n; x++) {
            for (size_t y = 0; y < n * n; y++) {
                S[x] += D[x % n + y % n * n] * R[start + y % n + (start + y / n) * k] *
                        D[x / n + y / n * n];
            }
        }
        tq_power_symmetric(n, S, -0.5, Q, d, S);
        memset(A, 0, sizeof A);
        for (size_t x = 0; x < n * n; x++) {
            for (size_t y = 0; y < n * n; y++) {
                A[x] += D[y % n + x % n * n] * S[y] * D[y / n + x / n * n];
            }
        }
        for (size_t c = 0; c < p; c++) {
            for (size_t a = 0; a < n; a++) {
                double u = 0.0;

                for (size_t e = 0; e < n; e++) {
                    u += A[a + e * n] * r->WX[start + e + c * k];
                }
                for (size_t g = 0; g < p; g++) { /* B U'; (I - H) follows */
                    out[g + (start + a) * p] += r->bread[g + c * p] * u;
                }
            }
        }
    }
    free(R);
    free(IH);
}

/* Expectation of V from its definition: sum over clusters of P_i R P_i', R = (I - H) Phi (I - H)'. */
static void expectation_of(const regression *r, const double *BU, const double *R, double *out)
{
    memset(out, 0, r->p * r->p * sizeof *out);
    for (size_t x = 0; x < r->k * r->k; x++) {
        const size_t i = x % r->k, j = x / r->k;

        if (r->cluster[i] == r->cluster[j]) {
            for (size_t c = 0; c < r->p * r->p; c++) {
                out[c] += BU[c % r->p + i * r->p] * R[x] * BU[c / r->p + j * r->p];
            }
        }
    }
}

/* Random regressions: V is unbiased under the working model, and df is 2 E(v)^2/var(v), from the k x k matrix of
   the quadratic form e'A e that v is. */
static void moments_are_those_of_quadratic_forms(void **state)
{
    random_stream s = {5};

    (void)state;
    for (int trial = 0; trial < 12; trial++) {
        regression *r = calloc(1, sizeof *r);
        const size_t p = 1 + random_index(&s, 4);
        double *Z = calloc(MOST * 6, sizeof *Z), y[MOST], BU[6 * MOST], E[36] = {0.0};
        size_t cluster[MOST], k = 0;
        tq_robust *robust;

        r->m = 6 + random_index(&s, 4);
        for (size_t b = 0; b < r->m; b++) {
            for (size_t n = 1 + random_index(&s, 4); n > 0; n--) {
                cluster[k++] = b;
            }
        }
        r->k = k;
        r->p = p;
        r->cluster = cluster;
        for (size_t i = 0; i < k; i++) {
            for (size_t c = 0; c < p; c++) {
                Z[i + c * k] = c ? random_normal(&s) : 1.0;
            }
            y[i] = random_normal(&s);
            r->W[i + i * k] = 0.3 + random_uniform(&s);
        }
        r->X = Z;
        for (size_t i = 0; i < k; i++) {
            for (size_t j = 0; j <= i; j++) {
                r->Phi[i + j * k] = r->Phi[j + i * k] = i == j ? 0.5 + random_uniform(&s)
                                                        : cluster[i] == cluster[j] ? 0.2
                                                                                   : 0.0;
            }
        }
        take_blocks(r);
        solve(r, y);
        assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 90.0, 2, &robust, NULL), TQ_OK);
        projector(r, BU);

        /* R, and the form of coefficient 0: sum over clusters of (I - H)'u_i u_i'(I - H). */
        double *IH = calloc(k * k + 1, sizeof *IH), *R = calloc(k * k + 1, sizeof *R);
        double *G = calloc(k * k + 1, sizeof *G);

        for (size_t x = 0; x < k * k; x++) {
            IH[x] = x % k == x / k ? 1.0 : 0.0;
            for (size_t a = 0; a < p * p; a++) {
                IH[x] -= Z[x % k + a % p * k] * r->bread[a] * r->WX[x / k + a / p * k];
            }
        }
        for (size_t x = 0; x < k * k; x++) {
            for (size_t q = 0; q < k * k; q++) {
                R[x] += IH[x % k + q % k * k] * r->Phi[q] * IH[x / k + q / k * k];
            }
        }
        expectation_of(r, BU, R, E);
        for (size_t a = 0; a < p * p; a++) { /* B X'W Phi W X B, the true covariance of beta */
            double truth = 0.0;

            for (size_t x = 0; x < k * k; x++) {
                double left = 0.0, right = 0.0;

                for (size_t c = 0; c < p; c++) {
                    left += r->bread[a % p + c * p] * r->WX[x % k + c * k];
                    right += r->bread[a / p + c * p] * r->WX[x / k + c * k];
                }
                truth += left * r->Phi[x] * right;
            }
            if (robust->deficient == 0) {
                assert_near(E[a], truth, 1e-12);
            }
        }
        /* M = R A with A block-diagonal u u': E v = tr M, var v = 2 tr M M. */
        double trace = 0.0, square = 0.0;

        for (size_t x = 0; x < k * k; x++) {
            for (size_t j = 0; j < k; j++) {
                if (cluster[j] == cluster[x / k]) {
                    G[x] += R[x % k + j * k] * BU[j * p] * BU[x / k * p];
                }
            }
        }
        for (size_t i = 0; i < k; i++) {
            trace += G[i + i * k];
            for (size_t j = 0; j < k; j++) {
                square += G[i + j * k] * G[j + i * k];
            }
        }
        assert_near(trace, E[0], 1e-12);
        assert_relative(robust->df[0], trace * trace / square, 1e-9);
        tq_robust_free(robust);
        free(G);
        free(R);
        free(IH);
        free(Z);
        release(r);
    }
}

/* ---- invariances and limits ---- */

static void order_and_scale_of_weights_and_threads_do_not_matter(void **state)
{
    regression *r = example(0);
    static const size_t order[K] = {18, 3,  9,  0, 16, 12, 1, 5,  13, 7,
                                    2,  11, 17, 4, 6,  15, 8, 10, 14};
    double Xs[K * P], WXs[K * P], es[K], bread[P * P];
    size_t cs[K];
    tq_robust *a, *b;
    tq_block_matrix *Phi = r->blocks;

    (void)state;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &a, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        for (size_t c = 0; c < P; c++) {
            Xs[i + c * K] = X[order[i] + c * K];
            WXs[i + c * K] = 7.3 * r->WX[order[i] + c * K];
        }
        es[i] = r->residual[order[i]];
        cs[i] = M - 1 - cl[order[i]];
    }
    for (size_t x = 0; x < P * P; x++) {
        bread[x] = r->bread[x] / 7.3;
    }
    for (size_t x = 0; x < K; x++) { /* where the row of the block stands now */
        size_t i = 0;

        while (order[i] != x) {
            i++;
        }
        Phi->row[x] = i;
    }
    const tq_robust_problem moved = {K, P, Xs, WXs, es, r->beta, bread, Phi, cs, M};

    assert_int_equal(tq_robust_fit(&moved, TQ_ROBUST_CR2, 95.0, 2, &b, NULL), TQ_OK);
    for (size_t x = 0; x < P; x++) {
        assert_relative(b->se[x], a->se[x], 1e-12);
        assert_relative(b->df[x], a->df[x], 1e-11);
    }
    tq_robust_free(b);
    tq_robust_free(a);
    assert_int_equal(tq_robust_fit(&moved, TQ_ROBUST_CR2, 95.0, 2, &a, NULL), TQ_OK);
    assert_int_equal(tq_robust_fit(&moved, TQ_ROBUST_CR2, 95.0, 1, &b, NULL), TQ_OK);
    assert_memory_equal(a->vb, b->vb, P * P * sizeof *a->vb);
    assert_memory_equal(a->df, b->df, P * sizeof *a->df);
    tq_robust_free(b);
    tq_robust_free(a);
    release(r);
}

/* Clusters of one row: e_i^2 / (1 - h_i), MacKinnon & White's (1985) HC2, by hand. */
static void clusters_of_one_row_are_hc2(void **state)
{
    regression *r = example(1);
    static size_t each[K];
    double score, V[P] = {0.0};
    tq_robust *robust;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        each[i] = i;
        for (size_t j = 0; j < K; j++) {
            r->W[i + j * K] = i == j ? 1.0 / r->Phi[i + i * K] : 0.0;
        }
    }
    r->cluster = each;
    r->m = K;
    tq_block_matrix_free(r->blocks);
    take_blocks(r);
    solve(r, yi);
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        double h = 0.0;

        for (size_t x = 0; x < P * P; x++) {
            h += X[i + x % P * K] * r->bread[x] * r->WX[i + x / P * K];
        }
        for (size_t c = 0; c < P; c++) {
            score = 0.0;
            for (size_t b = 0; b < P; b++) {
                score += r->bread[c + b * P] * r->WX[i + b * K] * r->residual[i];
            }
            V[c] += score * score / (1.0 - h);
        }
    }
    for (size_t c = 0; c < P; c++) {
        assert_relative(robust->se[c], sqrt(V[c]), 1e-12);
    }
    tq_robust_free(robust);
    release(r);
}

static void few_clusters_have_defined_answers(void **state)
{
    static const size_t one[K] = {0},
                        two[K] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const size_t columns[] = {0, 1, 2};
    regression *r = example(0);
    tq_robust *robust = NULL;
    tq_wald w;
    tq_error err;

    (void)state;
    r->problem.cluster = one;
    r->problem.m = 1;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR0, 95.0, 1, &robust, &err), TQ_EDATA);
    r->problem.cluster = two;
    r->problem.m = 2; /* fewer than coefficients */
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR1P, 95.0, 1, &robust, &err), TQ_EINVAL);
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_COUNT, 95.0, 1, &robust, &err),
                     TQ_EINVAL);
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR1, 95.0, 1, &robust, &err), TQ_OK);
    assert_true(robust->se[0] > 0.0);
    assert_true(isnan(robust->df[0]) && isnan(robust->pval[0]) && isnan(robust->ci_lb[0]));
    assert_int_equal(tq_robust_wald_columns(robust, 3, columns, &w, &err), TQ_OK);
    assert_true(isnan(w.stat) && isnan(w.pval)); /* V has rank 2 at most */
    tq_robust_free(robust);
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, &err), TQ_OK);
    assert_true(isfinite(robust->df[0]) && robust->df[0] > 0.0);
    tq_robust_free(robust);
    robust = NULL;

    r->problem.Phi = NULL;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, &err), TQ_EINVAL);
    r->problem.Phi = r->blocks;
    static const size_t across[K] = {0, 0, 1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 5, 6, 6, 6, 7, 8, 8};

    r->problem.cluster = across;
    r->problem.m = M;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, &err), TQ_EDATA);
    assert_int_equal(err.row, 2);
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR0, 95.0, 1, &robust, &err), TQ_OK);
    tq_robust_free(robust);
    robust = NULL;
    r->problem.cluster = cl;
    r->blocks->value[0] = -1.0;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, &err), TQ_EDATA);
    assert_int_equal(err.row, 0);
    r->problem.k = P;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR1S, 95.0, 1, &robust, &err), TQ_EINVAL);
    assert_null(robust);
    release(r);
}

static void combinations_that_depend_are_refused(void **state)
{
    static const double twice[] = {0, 0, 1, 2, 1, 2}, some[] = {0.5, 0, -1};
    regression *r = example(0);
    tq_robust *robust;
    tq_linear l;
    tq_wald w, moved;
    tq_error err;

    (void)state;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, NULL), TQ_OK);
    assert_int_equal(tq_robust_wald(robust, 2, twice, NULL, &w, &err), TQ_EINVAL);
    assert_int_equal(tq_robust_wald(robust, 4, twice, NULL, &w, &err), TQ_EINVAL);
    assert_int_equal(tq_robust_wald(robust, 0, twice, NULL, &w, &err), TQ_EINVAL);
    tq_robust_linear(robust, some, 0.3, &l);
    assert_near(l.est, 0.5 * robust->beta[0] - robust->beta[2], 1e-15);
    assert_int_equal(tq_robust_wald(robust, 1, some, (const double[]){0.3}, &w, &err), TQ_OK);
    assert_relative(w.stat, l.stat * l.stat, 1e-11);
    assert_relative(w.pval, l.pval, 1e-9);
    /* Another basis of the same hypothesis is the same test. */
    static const double C[] = {0, 0, 1, 0, 0, 1}, mixed[] = {0, 0, 2, -1, 0.7, 3};

    assert_int_equal(tq_robust_wald(robust, 2, C, NULL, &w, &err), TQ_OK);
    assert_int_equal(tq_robust_wald(robust, 2, mixed, NULL, &moved, &err), TQ_OK);
    assert_relative(moved.stat, w.stat, 1e-10);
    assert_relative(moved.df2, w.df2, 1e-10);
    tq_robust_free(robust);
    release(r);
}

/* ---- wild bootstrap ---- */

/* All 2^9 samples of Rademacher's numbers, each fitted from its rows again. */
static void a_sample_is_the_regression_of_its_rows(void **state)
{
    static const double C[] = {0, 0, 1, 0, 0, 1}, rhs[] = {0.35, 0.1};
    const tq_robust_type types[] = {TQ_ROBUST_CR1, TQ_ROBUST_CR2};

    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        regression *r = example(kind % 2);
        const size_t q = kind < 2 ? 2 : 1;
        double e0[K], fitted[K], shift[P] = {0.0}, A[4], logdet;
        double d[2], y[K];
        tq_robust *robust, *again;
        tq_wild_options opt = tq_wild_defaults();
        tq_wild wild;
        tq_wald w;
        size_t count = 0;

        opt.weights = TQ_WILD_RADEMACHER;
        assert_int_equal(tq_robust_fit(&r->problem, types[kind % 2], 95.0, 1, &robust, NULL),
                         TQ_OK);
        assert_int_equal(tq_robust_wild(robust, q, q == 2 ? C : (const double[]){0, 1, 0}, rhs,
                                        &opt, &wild, NULL),
                         TQ_OK);
        assert_int_equal(wild.exact, 1);
        assert_int_equal(wild.iterations, 512);
        for (size_t s = 0; s < q; s++) {
            d[s] = r->beta[1 + s] - rhs[s];
            for (size_t t = 0; t < q; t++) {
                A[s + t * q] = r->bread[1 + s + (1 + t) * P];
            }
        }
        assert_int_equal(tq_invert_spd(q, A, &logdet, NULL), TQ_OK);
        for (size_t a = 0; a < P; a++) {
            for (size_t x = 0; x < q * q; x++) {
                shift[a] += r->bread[a + (1 + x % q) * P] * A[x] * d[x / q];
            }
        }
        for (size_t i = 0; i < K; i++) {
            fitted[i] = 0.0;
            for (size_t a = 0; a < P; a++) {
                fitted[i] += X[i + a * K] * (r->beta[a] - shift[a]);
            }
            e0[i] = yi[i] - fitted[i];
        }
        for (size_t sample = 0; sample < 512; sample++) {
            for (size_t i = 0; i < K; i++) {
                y[i] = fitted[i] + ((sample >> cl[i]) & 1 ? -e0[i] : e0[i]);
            }
            solve(r, y);
            assert_int_equal(tq_robust_fit(&r->problem, types[kind % 2], 95.0, 1, &again, NULL),
                             TQ_OK);
            /* F of CR1 is Q/q; that of HTZ has the factor of the data, which does not depend on y. */
            assert_int_equal(
                tq_robust_wald(again, q, q == 2 ? C : (const double[]){0, 1, 0}, rhs, &w, NULL),
                TQ_OK);
            double Q = w.stat * (double)q;

            if (kind % 2 == 1) {
                Q *= (w.df2 + (double)q - 1.0) / w.df2;
            }
            if (sample == 0) {
                assert_relative(Q, wild.stat, 1e-9);
            }
            count += Q >= wild.stat * (1.0 - 1e-9);
            tq_robust_free(again);
        }
        assert_near(wild.pval, (double)count / 512.0, 1e-15);
        tq_robust_free(robust);
        release(r);
    }
}

static void samples_follow_from_seed_and_number_alone(void **state)
{
    static const double C[] = {0, 1, 0};
    regression *r = example(0);
    tq_robust *robust;
    tq_wild_options opt = tq_wild_defaults();
    tq_wild one, two, other;
    tq_error err;

    (void)state;
    assert_int_equal(tq_robust_fit(&r->problem, TQ_ROBUST_CR2, 95.0, 1, &robust, NULL), TQ_OK);
    opt.iterations = 4999;
    opt.threads = 1;
    assert_int_equal(tq_robust_wild(robust, 1, C, NULL, &opt, &one, NULL), TQ_OK);
    assert_int_equal(one.weights, TQ_WILD_WEBB); /* nine clusters */
    assert_int_equal(one.exact, 0);
    opt.threads = 2;
    assert_int_equal(tq_robust_wild(robust, 1, C, NULL, &opt, &two, NULL), TQ_OK);
    assert_memory_equal(&one.pval, &two.pval, sizeof one.pval);
    opt.seed = 2;
    assert_int_equal(tq_robust_wild(robust, 1, C, NULL, &opt, &other, NULL), TQ_OK);
    assert_true(other.pval != one.pval);
    assert_near(other.pval, one.pval, 0.02);
    /* A sample size that Rademacher's numbers do not fill: close to the share of all of them. */
    opt.weights = TQ_WILD_RADEMACHER;
    assert_int_equal(tq_robust_wild(robust, 1, C, (const double[]){0.3}, &opt, &one, NULL), TQ_OK);
    assert_int_equal(one.exact, 1);
    opt.iterations = 511;
    assert_int_equal(tq_robust_wild(robust, 1, C, (const double[]){0.3}, &opt, &two, NULL), TQ_OK);
    assert_int_equal(two.exact, 0);
    assert_near(two.pval, one.pval, 0.07);
    opt.iterations = 0;
    assert_int_equal(tq_robust_wild(robust, 1, C, NULL, &opt, &two, &err), TQ_EINVAL);
    opt.iterations = 9;
    opt.weights = TQ_WILD_COUNT;
    assert_int_equal(tq_robust_wild(robust, 1, C, NULL, &opt, &two, &err), TQ_EINVAL);
    assert_int_equal(tq_robust_wild(robust, 4, C, NULL, NULL, &two, &err), TQ_EINVAL);
    tq_robust_free(robust);
    release(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_clubsandwich),
        cmocka_unit_test(a_coefficient_of_one_cluster_is_bridged_by_a_generalised_inverse),
        cmocka_unit_test(moments_are_those_of_quadratic_forms),
        cmocka_unit_test(order_and_scale_of_weights_and_threads_do_not_matter),
        cmocka_unit_test(clusters_of_one_row_are_hc2),
        cmocka_unit_test(few_clusters_have_defined_answers),
        cmocka_unit_test(combinations_that_depend_are_refused),
        cmocka_unit_test(a_sample_is_the_regression_of_its_rows),
        cmocka_unit_test(samples_follow_from_seed_and_number_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
