/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time of a fit by its size and method, and of the program as a process.
 *
 *     bench [--json] [--tausq PATH]
 *     bench --workload NAME
 *     bench --tokenise THREADS FILE...
 *
 * One core. Each figure is the median over batches; a batch walks through many different problems,
 * so that the branches of an iteration cannot be learnt from the last round. Nothing here asserts
 * a time: compare figures of one run with each other, and with peers measured beside it.
 */
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "draws.h"
#include "tausq.h"
#include "tokenise.h"
#include "workloads.h"

enum {
    BATCHES = 9,         /* odd: the median is one of them */
    STUDIES = 1 << 17,   /* of all problems of one size together: 2 MB, as in a real loop */
    BATCH_NS = 60000000, /* a batch lasts about as long, far above the clock's step */
    PROCESSES = 50
};

static const struct {
    size_t k, p; /* p > 1: a regression */
} sizes[] = {{10, 1}, {13, 1}, {100, 1}, {10000, 1}, {13, 3}, {100, 4}, {100000, 10}};
static const tq_method methods[] = {TQ_DL, TQ_REML};

/* What is timed. */
typedef enum { KERNEL, FIT, FIT_WITHOUT_CI } subject;
static const char *const subjects[] = {"tq_tau2_estimate", "tq_pool_fit",
                                       "tq_pool_fit, no CI of tau2"};

typedef struct {
    size_t k, p, count;
    double *yi, *vi; /* [count * k] */
    double *X;       /* [k x p], the same for all; NULL: the intercept alone */
    tq_pool_work *work;
    tq_pool *fit;
} problems;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, ascending);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

static void problems_free(problems *p)
{
    tq_pool_free(p->fit);
    tq_pool_work_free(p->work);
    free(p->X);
    free(p->vi);
    free(p->yi);
}

/* tau2 between none and twice the typical vi, so that solutions at 0 and inside occur. */
static int problems_make(problems *p, size_t k, size_t columns)
{
    uint64_t state = 20240229 + k + columns - 1;

    *p = (problems){.k = k, .p = columns, .count = STUDIES / k > 4 ? STUDIES / k : 4};
    p->yi = calloc(p->count * k, sizeof *p->yi);
    p->vi = calloc(p->count * k, sizeof *p->vi);
    p->work = tq_pool_work_new(k, columns);
    p->fit = tq_pool_new(k, columns);
    p->X = columns > 1 ? draw_design(&state, k, columns) : NULL;
    if (!p->yi || !p->vi || !p->work || !p->fit || (columns > 1 && !p->X)) {
        problems_free(p);
        return 0;
    }
    for (size_t i = 0; i < p->count; i++) {
        const double tau2 = 0.14 * draw_uniform(&state);

        draw_studies(&state, k, tau2, p->yi + i * k, p->vi + i * k);
    }
    return 1;
}

/* One fit of the i-th problem; 0 when it failed. */
static int once(const problems *p, size_t i, subject what, const tq_pool_options *opt)
{
    const tq_model model = {.k = p->k,
                            .p = p->p,
                            .yi = p->yi + i * p->k,
                            .vi = p->vi + i * p->k,
                            .X = p->X,
                            .intercept = 1};
    double tau2;

    if (what == KERNEL) {
        return tq_tau2_estimate(&model, opt, p->work, &tau2, NULL) == TQ_OK;
    }
    return tq_pool_fit(&model, opt, p->work, p->fit, NULL) == TQ_OK;
}

/* Nanoseconds a fit; failures counts the problems that could not be fitted. */
static double time_fits(const problems *p, subject what, tq_method method, size_t *failures)
{
    tq_pool_options opt = tq_pool_defaults();
    double batch[BATCHES], begin = seconds();
    size_t rounds;

    opt.method = method;
    if (what == FIT_WITHOUT_CI) {
        opt.ci_tau2 = TQ_CI_NONE;
    }
    *failures = 0;
    for (size_t i = 0; i < p->count; i++) {
        *failures += !once(p, i, what, &opt);
    }
    rounds = (size_t)(1e-9 * BATCH_NS / (seconds() - begin)) + 1;
    for (size_t b = 0; b < BATCHES; b++) {
        begin = seconds();
        for (size_t r = 0; r < rounds; r++) {
            for (size_t i = 0; i < p->count; i++) {
                (void)once(p, i, what, &opt);
            }
        }
        batch[b] = 1e9 * (seconds() - begin) / (double)(rounds * p->count);
    }
    return median(batch, BATCHES);
}

/* Wall time of a process in seconds, NaN when it could not be run or failed. */
static double time_process(char *const argv[])
{
    const double begin = seconds();
    const pid_t pid = fork();
    int status = 1;

    if (pid == 0) {
        const int null = open("/dev/null", O_WRONLY);

        dup2(null, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
        return NAN;
    }
    return seconds() - begin;
}

/* Medians of the program and of `true`, taken in turn so that both see the same machine. */
static void time_program(const char *tausq, double *program, double *nothing)
{
    static char pool[] = "pool", bcg[] = "@bcg", measure[] = "--measure", rr[] = "RR",
                ai[] = "--ai=tpos", bi[] = "--bi=tneg", ci[] = "--ci=cpos", di[] = "--di=cneg",
                true_[] = "/bin/true";
    char path[4096];
    char *const run[] = {path, pool, bcg, measure, rr, ai, bi, ci, di, NULL};
    char *const idle[] = {true_, NULL};
    double a[PROCESSES], b[PROCESSES];

    tq_copy_text(path, sizeof path, tausq);
    for (size_t i = 0; i < PROCESSES; i++) {
        a[i] = time_process(run);
        b[i] = time_process(idle);
    }
    *program = median(a, PROCESSES);
    *nothing = median(b, PROCESSES);
}

static int report_fits(int json)
{
    const char *separator = "";

    if (json) {
        printf("{\"fits\": [");
    } else {
        printf("%-28s %-6s %8s %4s %14s %10s\n", "function", "method", "k", "p", "ns/fit",
               "failures");
    }
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        problems p;

        if (!problems_make(&p, sizes[s].k, sizes[s].p)) {
            return 0;
        }
        for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
            for (size_t w = 0; w < sizeof subjects / sizeof *subjects; w++) {
                size_t failures;
                const double ns = time_fits(&p, (subject)w, methods[m], &failures);
                const char *name = tq_method_name(methods[m]);

                if (json) {
                    printf("%s\n  {\"function\": \"%s\", \"method\": \"%s\", \"k\": %zu, "
                           "\"p\": %zu, \"ns\": %.1f, \"problems\": %zu, \"failures\": %zu}",
                           separator, subjects[w], name, p.k, p.p, ns, p.count, failures);
                    separator = ",";
                } else {
                    printf("%-28s %-6s %8zu %4zu %14.1f %10zu\n", subjects[w], name, p.k, p.p, ns,
                           failures);
                }
                fflush(stdout);
            }
        }
        problems_free(&p);
    }
    return 1;
}

/* 10,000 permutations of one moderator over 13 studies, REML, one thread: the median in seconds, NaN when
   they failed. */
static double time_permutations(const problems *p)
{
    tq_permutation_options perm = tq_permutation_defaults();
    double batch[BATCHES];

    perm.exact = TQ_EXACT_NO;
    perm.threads = 1;
    for (size_t b = 0; b < BATCHES; b++) {
        const tq_model model = {13, 2, p->yi + b * 13, p->vi + b * 13, p->X, 1, NULL};
        const double begin = seconds();
        tq_permutation *test = NULL;

        if (tq_permutation_test(&model, NULL, &perm, &test, NULL) != TQ_OK) {
            return NAN;
        }
        batch[b] = seconds() - begin;
        tq_permutation_free(test);
    }
    return median(batch, BATCHES);
}

static int report_permutations(int json)
{
    problems p;

    if (!problems_make(&p, 13, 2)) {
        return 0;
    }
    const double time = time_permutations(&p);

    printf(json ? "\n], \"permutations\": {\"n\": 10000, \"k\": 13, \"p\": 2, \"ms\": %.1f}"
                : "\n10,000 permutations, k = 13, one moderator, REML: %.1f ms\n",
           1e3 * time);
    problems_free(&p);
    return isfinite(time);
}

/* Leave-one-out of 500 studies, REML, one thread: the median in seconds, NaN when it failed. */
static double time_leave_out(const problems *p)
{
    enum { LEFT_OUT = 500 };
    static tq_part_pool part[LEFT_OUT];
    double batch[BATCHES];

    for (size_t b = 0; b < BATCHES; b++) {
        const tq_model model = {LEFT_OUT, 1,   p->yi + b * LEFT_OUT, p->vi + b * LEFT_OUT, NULL,
                                1,        NULL};
        const double begin = seconds();

        if (tq_leave_out(&model, NULL, NULL, LEFT_OUT, 1, NULL, part, NULL) != TQ_OK) {
            return NAN;
        }
        batch[b] = seconds() - begin;
    }
    return median(batch, BATCHES);
}

static int report_leave_out(int json)
{
    problems p;

    if (!problems_make(&p, 500, 1)) {
        return 0;
    }
    const double time = time_leave_out(&p);

    printf(json ? ", \"leave_out\": {\"k\": 500, \"ms\": %.1f}"
                : "leave-one-out, k = 500, REML: %.1f ms\n",
           1e3 * time);
    problems_free(&p);
    return isfinite(time);
}

/* The pooled model of all subsets of k studies, one thread: the median in seconds, NaN when they failed. */
static double time_gosh(const problems *p, tq_method method)
{
    enum { GOSH_BATCHES = 3 };
    tq_gosh_options gosh = tq_gosh_defaults();
    tq_pool_options opt = tq_pool_defaults();
    double batch[GOSH_BATCHES];

    opt.method = method;
    gosh.threads = 1;
    for (size_t b = 0; b < GOSH_BATCHES; b++) {
        const tq_model model = {p->k, 1, p->yi + b * p->k, p->vi + b * p->k, NULL, 1, NULL};
        const double begin = seconds();
        tq_gosh *out = NULL;

        if (tq_gosh_fit(&model, &opt, &gosh, &out, NULL) != TQ_OK) {
            return NAN;
        }
        batch[b] = seconds() - begin;
        tq_gosh_free(out);
    }
    return median(batch, GOSH_BATCHES);
}

static int report_gosh(int json)
{
    static const tq_method of[] = {TQ_EE, TQ_REML};
    static const size_t studies[] = {13, 20};
    const char *separator = "";

    fputs(json ? ", \"gosh\": [" : "\n", stdout);
    for (size_t s = 0; s < sizeof studies / sizeof *studies; s++) {
        problems p;

        if (!problems_make(&p, studies[s], 1)) {
            return 0;
        }
        for (size_t m = 0; m < sizeof of / sizeof *of; m++) {
            const double time = time_gosh(&p, of[m]);

            printf(json ? "%s{\"method\": \"%s\", \"k\": %zu, \"ms\": %.1f}"
                        : "%sGOSH, all subsets, %s, k = %zu: %.1f ms\n",
                   separator, tq_method_name(of[m]), p.k, 1e3 * time);
            separator = json ? ", " : "";
            if (!isfinite(time)) {
                problems_free(&p);
                return 0;
            }
        }
        problems_free(&p);
    }
    fputs(json ? "]" : "", stdout);
    return 1;
}

/* All 4,096 models of 12 moderators over 60 studies, ML, one thread: the median in seconds, NaN when
   they failed. */
static double time_subsets(const problems *p)
{
    enum { TERMS = 12, SUBSET_BATCHES = 3 };
    const tq_model model = {60, TERMS + 1, p->yi, p->vi, p->X, 1, NULL};
    tq_selection_options opt = tq_selection_defaults();
    tq_selection_term term[TERMS];
    double batch[SUBSET_BATCHES];

    opt.threads = 1;
    for (size_t j = 0; j < TERMS; j++) {
        term[j] = (tq_selection_term){j + 1, 1, 0};
    }
    for (size_t b = 0; b < SUBSET_BATCHES; b++) {
        const tq_pool_options pool = tq_pool_defaults();
        const double begin = seconds();
        tq_selection *selection = NULL;

        if (tq_select(&model, TERMS, term, &pool, &opt, NULL, &selection, NULL) != TQ_OK) {
            return NAN;
        }
        batch[b] = seconds() - begin;
        tq_selection_free(selection);
    }
    return median(batch, SUBSET_BATCHES);
}

static int report_subsets(int json)
{
    problems p;

    if (!problems_make(&p, 60, 13)) {
        return 0;
    }
    const double time = time_subsets(&p);

    printf(json ? ", \"subsets\": {\"n\": 4096, \"k\": 60, \"terms\": 12, \"ms\": %.1f}"
                : "all 4,096 subsets of 12 moderators, k = 60, ML: %.1f ms\n",
           1e3 * time);
    problems_free(&p);
    return isfinite(time);
}

/* Catheters of 17 trials with events: Niel-Weise, Stijnen & van den Broek (2007), Intensive Care Med.
   33:2058-2068. */
enum { CATHETERS = 17, MIXED_FITS = 20 };
static const tq_count_study catheters[CATHETERS] = {
    {0, 116, 3, 117}, {1, 44, 3, 35},   {2, 208, 9, 195}, {0, 130, 7, 136},  {5, 151, 6, 157},
    {1, 98, 4, 139},  {1, 174, 3, 177}, {1, 74, 2, 39},   {1, 97, 19, 103},  {1, 113, 2, 122},
    {0, 66, 7, 64},   {0, 70, 1, 58},   {3, 188, 5, 175}, {6, 187, 11, 180}, {0, 252, 1, 262},
    {1, 345, 3, 362}, {4, 64, 1, 69}};

/* One generalised linear mixed model of odds ratios, all tests included: the median in seconds, NaN when
   it failed. */
static double time_mixed(tq_glmm_model model)
{
    double ones[CATHETERS], weight[CATHETERS], beta, vb, batch[BATCHES];
    const tq_glmm_problem problem = {.k = CATHETERS,
                                     .p = 1,
                                     .study = catheters,
                                     .X = ones,
                                     .events = TQ_GLMM_BINOMIAL,
                                     .groups = 2,
                                     .model = model,
                                     .tau2 = NAN,
                                     .tol = 1e-10,
                                     .max_iter = 1000};

    for (size_t i = 0; i < CATHETERS; i++) {
        ones[i] = 1.0;
    }
    for (size_t b = 0; b < BATCHES; b++) {
        const double begin = seconds();

        for (size_t r = 0; r < MIXED_FITS; r++) {
            tq_glmm_fit fit = {.beta = &beta, .vb = &vb, .weight = weight};

            if (tq_glmm_maximise(&problem, &fit, NULL) != TQ_OK) {
                return NAN;
            }
        }
        batch[b] = (seconds() - begin) / MIXED_FITS;
    }
    return median(batch, BATCHES);
}

static int report_mixed(int json)
{
    int done = 1;

    printf(json ? ", \"mixed\": {\"k\": %d" : "\nmixed models, k = %d:", CATHETERS);
    for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
        const double time = time_mixed(m);

        printf(json ? ", \"%s_ms\": %.3f" : " %s %.2f ms", tq_glmm_model_name(m), 1e3 * time);
        done &= isfinite(time);
    }
    printf(json ? "}" : "\n");
    return done;
}

static void report_program(const char *tausq, int json)
{
    double program = NAN, nothing = NAN;

    if (tausq) {
        time_program(tausq, &program, &nothing);
    }
    if (json && isfinite(program)) {
        printf(", \"process\": {\"tausq_ms\": %.3f, \"true_ms\": %.3f, \"ratio\": %.2f}}\n",
               1e3 * program, 1e3 * nothing, program / nothing);
    } else if (json) {
        printf(", \"process\": null}\n");
    } else if (isfinite(program)) {
        printf("\ntausq pool @bcg: %.2f ms; true: %.2f ms; ratio %.1f\n", 1e3 * program,
               1e3 * nothing, program / nothing);
    }
}

int main(int argc, char **argv)
{
    const char *tausq = NULL;
    int json = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = 1;
        } else if (strcmp(argv[i], "--tausq") == 0 && i + 1 < argc) {
            tausq = argv[++i];
        } else if (strcmp(argv[i], "--workload") == 0 && i + 1 < argc) {
            return workload_run(argv[i + 1]) ? 0 : 1;
        } else if (strcmp(argv[i], "--tokenise") == 0 && i + 2 < argc) {
            const size_t threads = strtoul(argv[i + 1], NULL, 10);

            return tokenise_files(threads ? threads : 1, (size_t)(argc - i - 2), argv + i + 2) ? 0
                                                                                               : 1;
        } else {
            fprintf(stderr, "usage: bench [--json] [--tausq PATH] | --workload NAME | "
                            "--tokenise THREADS FILE...\n");
            return 2;
        }
    }
    if (!report_fits(json) || !report_permutations(json) || !report_gosh(json) ||
        !report_leave_out(json) || !report_subsets(json) || !report_mixed(json)) {
        fprintf(stderr, "bench: a run failed, or memory was short\n");
        return 1;
    }
    report_program(tausq, json);
    return 0;
}
