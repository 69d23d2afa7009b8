/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads of the library in memory, and what bounds them: divisions, and reading memory. */
#include "workloads.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "draws.h"
#include "tausq.h"

/* Time of this thread alone, which others on the machine lengthen less than time on the wall. */
static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- problems ---- */

/* n problems of k studies: tau2 from none to twice the typical vi. */
static int make(size_t n, size_t k, double **yi, double **vi)
{
    uint64_t state = 20240229 + k;

    *yi = calloc(n, k * sizeof **yi);
    *vi = calloc(n, k * sizeof **vi);
    for (size_t j = 0; *yi && *vi && j < n; j++) {
        const double tau2 = 0.14 * draw_uniform(&state);

        draw_studies(&state, k, tau2, *yi + j * k, *vi + j * k);
    }
    return *yi && *vi;
}

/* What a workload did: items in seconds; items = 0: it failed. */
typedef struct {
    double seconds, items;
} timing;

static const timing failed = {NAN, 0.0};

/* ---- a million fits from memory ---- */

enum { FITS = 1000000, BATCH_STUDIES = 10, BATCH_RUNS = 5 };

static timing batch(tq_method method, size_t threads, int every_column, double (*clock_of)(void))
{
    const size_t n = FITS, columns = every_column ? TQ_BATCH_COLUMN_COUNT : 3;
    static const tq_batch_column few[] = {TQ_BATCH_BETA, TQ_BATCH_SE, TQ_BATCH_TAU2};
    double *yi, *vi, *block = calloc(columns, n * sizeof *block);
    tq_batch_work *work = tq_batch_work_new();
    tq_batch_options opt = tq_batch_defaults();
    tq_batch_results out = {.outcome = NULL};
    timing best = failed;

    opt.method = method;
    opt.threads = threads;
    for (size_t c = 0; block && c < columns; c++) {
        out.column[every_column ? c : few[c]] = block + c * n;
    }
    if (make(n, BATCH_STUDIES, &yi, &vi) && block && work) {
        const tq_batch_problems in = tq_batch_dense(n, BATCH_STUDIES, yi, vi);

        for (int r = 0; r < BATCH_RUNS; r++) {
            const double begin = clock_of();

            if (tq_batch_fit(&in, &opt, work, &out, NULL) != TQ_OK) {
                best = failed;
                break;
            }
            best = (timing){fmin(clock_of() - begin, r ? best.seconds : INFINITY), (double)n};
        }
    }
    tq_batch_work_free(work);
    free(block);
    free(yi);
    free(vi);
    return best;
}

static timing batch_reml(void)
{
    return batch(TQ_REML, 1, 0, seconds);
}

static double wall(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Time on the wall: what one thread needs, and two. */
static timing batch_reml_wall(void)
{
    return batch(TQ_REML, 1, 0, wall);
}

static timing batch_reml_two(void)
{
    return batch(TQ_REML, 2, 0, wall);
}

static timing batch_reml_columns(void)
{
    return batch(TQ_REML, 1, 1, seconds);
}

static timing batch_dl(void)
{
    return batch(TQ_DL, 1, 0, seconds);
}

/* ---- bounds ---- */

typedef double four __attribute__((vector_size(32), aligned(32)));

/* Where the compiler can make one function for several processors. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* Divisions that do not wait for one another. */
WIDE static timing divisions(void)
{
    enum { ROOM = 64, ROUNDS = 400000 };
    static four v[ROOM];
    double best = INFINITY;
    four sum = {0.0};

    for (size_t i = 0; i < ROOM; i++) {
        v[i] = (four){1.0, 1.1, 1.2, 1.3} + (double)i;
    }
    for (int r = 0; r < BATCH_RUNS; r++) {
        const double begin = seconds();
        four a = {0.0}, b = {0.0};

        for (size_t round = 0; round < ROUNDS; round++) {
            const double t = 1e-9 * (double)round;

            for (size_t i = 0; i < ROOM; i += 2) {
                a += 1.0 / (v[i] + t);
                b += 1.0 / (v[i + 1] + t);
            }
        }
        best = fmin(best, seconds() - begin);
        sum += a + b;
    }
    /* The sum must be used, or nothing of it would be computed. */
    return isfinite(sum[0] + sum[1] + sum[2] + sum[3]) ? (timing){best, 4.0 * ROOM * ROUNDS}
                                                       : failed;
}

static timing memory(void)
{
    const size_t n = (size_t)FITS * BATCH_STUDIES * 2;
    double *x = malloc(n * sizeof *x), best = INFINITY, sum = 0.0;

    for (size_t i = 0; x && i < n; i++) {
        x[i] = (double)i;
    }
    for (int r = 0; x && r < BATCH_RUNS; r++) {
        const double begin = seconds();
        four a = {0.0}, b = {0.0}, c = {0.0}, d = {0.0}, y[4];

        for (size_t i = 0; i + 16 <= n; i += 16) {
            memcpy(y, x + i, sizeof y);
            a += y[0];
            b += y[1];
            c += y[2];
            d += y[3];
        }
        best = fmin(best, seconds() - begin);
        sum += (a + b + c + d)[0];
    }
    free(x);
    return isfinite(sum) && isfinite(best) ? (timing){best, (double)(n * sizeof *x)} : failed;
}

/* ---- loops over fits ---- */

enum { LOOP_RUNS = 3 };

/* The best of some runs of fit(k), which returns whether it worked. */
static timing best_of(int (*fit)(size_t k, const double *yi, const double *vi), size_t k,
                      double items)
{
    double *yi = NULL, *vi = NULL;
    timing best = failed;

    for (int r = 0; r < LOOP_RUNS && make(1, k, &yi, &vi); r++) {
        const double begin = seconds();

        if (!fit(k, yi, vi)) {
            best = failed;
            break;
        }
        best = (timing){fmin(seconds() - begin, r ? best.seconds : INFINITY), items};
        if (r + 1 < LOOP_RUNS) {
            free(yi);
            free(vi);
        }
    }
    free(yi);
    free(vi);
    return best;
}

static int all_subsets(size_t k, const double *yi, const double *vi)
{
    const tq_model model = {k, 1, yi, vi, NULL, 1, NULL};
    tq_gosh_options gosh = tq_gosh_defaults();
    tq_gosh *out = NULL;

    gosh.threads = 1;
    const int done = tq_gosh_fit(&model, NULL, &gosh, &out, NULL) == TQ_OK;

    tq_gosh_free(out);
    return done;
}

static timing gosh13(void)
{
    return best_of(all_subsets, 13, 8191.0);
}

static timing gosh20(void)
{
    return best_of(all_subsets, 20, 1048575.0);
}

static int left_out(size_t k, const double *yi, const double *vi)
{
    const tq_model model = {k, 1, yi, vi, NULL, 1, NULL};
    tq_part_pool *part = calloc(k, sizeof *part);
    const int done = part && tq_leave_out(&model, NULL, NULL, k, 1, NULL, part, NULL) == TQ_OK;

    free(part);
    return done;
}

static timing loo500(void)
{
    return best_of(left_out, 500, 500.0);
}

static double *design(size_t k, size_t p)
{
    uint64_t state = 7 + k;

    return draw_design(&state, k, p);
}

static int permuted(size_t k, const double *yi, const double *vi)
{
    double *X = design(k, 2);
    const tq_model model = {k, 2, yi, vi, X, 1, NULL};
    tq_permutation_options perm = tq_permutation_defaults();
    tq_permutation *test = NULL;

    perm.exact = TQ_EXACT_NO;
    perm.threads = 1;
    const int done = X && tq_permutation_test(&model, NULL, &perm, &test, NULL) == TQ_OK;

    tq_permutation_free(test);
    free(X);
    return done;
}

static timing permutations(void)
{
    return best_of(permuted, 13, 10000.0);
}

static int regressed(size_t k, const double *yi, const double *vi)
{
    double *X = design(k, 10);
    const tq_model model = {k, 10, yi, vi, X, 1, NULL};
    tq_pool_options opt = tq_pool_defaults();
    tq_pool *fit = NULL;

    opt.ci_tau2 = TQ_CI_NONE;
    const int done = X && tq_pool_fit_once(&model, &opt, &fit, NULL) == TQ_OK;

    tq_pool_free(fit);
    free(X);
    return done;
}

static timing regression(void)
{
    return best_of(regressed, 100000, 1.0);
}

static const struct {
    const char *name;
    timing (*run)(void);
} workloads[] = {
    {"batch-reml", batch_reml},
    {"batch-reml-1", batch_reml_wall},
    {"batch-reml-2", batch_reml_two},
    {"batch-reml-columns", batch_reml_columns},
    {"batch-dl", batch_dl},
    {"divisions", divisions},
    {"memory", memory},
    {"gosh-13", gosh13},
    {"gosh-20", gosh20},
    {"loo-500", loo500},
    {"permutations", permutations},
    {"regression", regression},
};

const char *workload_name(int i)
{
    return i >= 0 && i < (int)(sizeof workloads / sizeof *workloads) ? workloads[i].name : NULL;
}

int workload_run(const char *name)
{
    for (int i = 0; workload_name(i); i++) {
        if (strcmp(workload_name(i), name) == 0) {
            const timing t = workloads[i].run();

            printf("{\"seconds\": %.9g, \"items\": %.17g}\n", t.seconds, t.items);
            return t.items > 0.0;
        }
    }
    return 0;
}
