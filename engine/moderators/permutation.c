/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permutation tests: the data, all permutations, the shares among them, the intervals. */
#include "moderators/permutation.h"

#include <math.h>
#include <stdlib.h>

#include "moderators/permutation_internal.h"

static const char *const exact_names[TQ_EXACT_COUNT] = {
    [TQ_EXACT_AUTO] = "auto", [TQ_EXACT_YES] = "yes", [TQ_EXACT_NO] = "no"};

const char *tq_exact_name(tq_exact exact)
{
    return (unsigned)exact < TQ_EXACT_COUNT ? exact_names[exact] : NULL;
}

tq_permutation_options tq_permutation_defaults(void)
{
    return (tq_permutation_options){.iterations = 10000, .exact = TQ_EXACT_AUTO, .seed = 1};
}

static tq_permutation *result_new(size_t p)
{
    tq_permutation *out = calloc(1, sizeof *out);
    double *at = out && p <= SIZE_MAX / 64 ? calloc(5 * p, sizeof *at) : NULL;

    if (!at) {
        free(out);
        return NULL;
    }
    double **arrays[] = {&out->stat, &out->pval, &out->pval_se, &out->ci_lb, &out->ci_ub};

    for (size_t i = 0; i < 5; i++, at += p) {
        *arrays[i] = at;
    }
    return out;
}

void tq_permutation_free(tq_permutation *test)
{
    if (test) {
        free(test->stat); /* the first of the arrays, which are one block */
        free(test);
    }
}

/* The share with its simulation error; NaN where the data have no statistic. */
static double share(const permutation_loop *loop, size_t a, uint64_t fitted, double *se)
{
    uint64_t at_least = 0;

    *se = NAN;
    if (isnan(loop->least[a])) {
        return NAN;
    }
    for (size_t t = 0; t < loop->threads; t++) {
        at_least += loop->worker[t].at_least[a];
    }
    const double p = (double)at_least / (double)fitted;

    if (!loop->plan->exact) {
        *se = sqrt(p * (1.0 - p) / (double)fitted);
    }
    return p;
}

static void summarise(const permutation_loop *loop, tq_permutation *out)
{
    const permutation_plan *plan = loop->plan;
    uint64_t fitted = 0;

    for (size_t t = 0; t < loop->threads; t++) {
        fitted += loop->worker[t].fitted;
        out->failed += loop->worker[t].failed;
        out->dropped += loop->worker[t].dropped;
    }
    for (size_t a = 0; a < loop->p; a++) {
        out->pval[a] = share(loop, a, fitted, &out->pval_se[a]);
        out->ci_lb[a] = out->ci_ub[a] = NAN;
    }
    out->QM_pval = share(loop, loop->p, fitted, &out->QM_pval_se);
    out->signs = plan->signs;
    out->exact = plan->exact;
    out->possible = plan->possible;
    out->iterations = fitted * plan->weight;
    out->failed *= plan->weight;
    out->dropped = plan->exact ? 0 : out->dropped;
    out->seed = plan->seed;
}

/* ---- intervals ---- */

static tq_status add_intervals(const tq_model *model, const tq_pool_options *opt,
                               permutation_loop *loop, const tq_progress *progress,
                               tq_permutation *out, tq_error *err)
{
    tq_pool_options plain = opt ? *opt : tq_pool_defaults();
    tq_pool *fit = NULL;

    plain.ci_tau2 = TQ_CI_NONE;
    plain.predict = TQ_PREDICT_NONE;
    tq_status status = tq_pool_fit_once(model, &plain, &fit, err);

    if (status == TQ_OK) {
        out->has_ci = 1;
        status = permutation_intervals(loop, fit, progress, out, err);
    }
    tq_pool_free(fit);
    return status;
}

static tq_status test_with(const tq_model *model, const tq_pool_options *opt,
                           const tq_permutation_options *perm, permutation_loop *loop,
                           tq_permutation *out, tq_error *err)
{
    /* The test is the first part of the work, its intervals the rest. */
    const double first = perm->ci ? 1.0 / (1.0 + 12.0 * (double)model->p) : 1.0;
    tq_progress_part parts[] = {{perm->progress, 0.0, first}, {perm->progress, first, 1.0 - first}};
    const tq_progress of[] = {{tq_progress_report_part, &parts[0]},
                              {tq_progress_report_part, &parts[1]}};
    tq_refit_result observed;
    tq_status status = permutation_observe(loop, &observed, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t a = 0; a < model->p; a++) {
        out->stat[a] = observed.stat[a];
    }
    out->QM = observed.QM;
    status = permutation_count(loop, &of[0], err);
    if (status == TQ_OK) {
        summarise(loop, out);
    }
    return status == TQ_OK && perm->ci ? add_intervals(model, opt, loop, &of[1], out, err) : status;
}

tq_status tq_permutation_test(const tq_model *model, const tq_pool_options *opt,
                              const tq_permutation_options *perm, tq_permutation **out,
                              tq_error *err)
{
    const tq_permutation_options defaults = tq_permutation_defaults();
    permutation_plan plan;
    permutation_loop loop;

    perm = perm ? perm : &defaults;
    if (model->k < 1 || model->p < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    tq_status status = permutation_plan_make(model, perm, &plan, err);

    if (status != TQ_OK) {
        return status;
    }
    status = permutation_loop_new(model, opt, &plan, perm->threads, &loop, err);
    if (status == TQ_OK) {
        tq_permutation *result = result_new(model->p);

        if (result) {
            result->k = model->k;
            result->p = model->p;
            result->level = opt ? opt->level : tq_pool_defaults().level;
            status = test_with(model, opt, perm, &loop, result, err);
        } else {
            status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        if (status == TQ_OK) {
            *out = result;
        } else {
            tq_permutation_free(result);
        }
        permutation_loop_free(&loop);
    }
    permutation_plan_free(&plan);
    return status;
}
