/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carrying out many analyses: a part that cannot be done takes no other with it. */
#include "report/plan/plan_fit.h"

#include "core/parallel.h"
#include "report/plan/plan_internal.h"

enum {
    LOO,
    CUMUL,
    INFLUENCE,
    SEQUENTIAL,
    PERMUTATION,
    GOSH,
    MULTIVERSE,
    BIAS,
    FAIL_SAFE,
    ROBUST,
    CORRELATIONS
};

static const char *const names[TQ_PLAN_PARTS] = {
    [LOO] = "Leave-one-out",
    [CUMUL] = "Cumulative analysis",
    [INFLUENCE] = "Influence of studies",
    [SEQUENTIAL] = "Trial sequential analysis",
    [PERMUTATION] = "Permutation test",
    [GOSH] = "All subsets",
    [MULTIVERSE] = "Other specifications",
    [BIAS] = "Tests of small-study effects",
    [FAIL_SAFE] = "Fail-safe N",
    [ROBUST] = "Cluster-robust inference",
    [CORRELATIONS] = "Other correlations",
};

/* The parts that a job asks for, as bits. */
static unsigned asked(const tq_analysis_spec *spec)
{
    const tq_sensitivity_spec *s = spec->sensitivity;
    const int parts[TQ_PLAN_PARTS] = {
        [LOO] = s && s->loo,
        [CUMUL] = s && s->cumul,
        [INFLUENCE] = s && s->influence,
        [SEQUENTIAL] = spec->sequential != NULL,
        [PERMUTATION] = spec->permutation != NULL,
        [GOSH] = spec->gosh != NULL,
        [MULTIVERSE] = spec->multiverse != NULL,
        [BIAS] = spec->bias != NULL,
        [FAIL_SAFE] = spec->fail_safe != NULL,
        [ROBUST] = spec->robust != NULL,
        [CORRELATIONS] = spec->multilevel && spec->multilevel->n_rho > 1,
    };
    unsigned bits = 0;

    for (unsigned i = 0; i < TQ_PLAN_PARTS; i++) {
        bits |= parts[i] ? 1U << i : 0;
    }
    return bits;
}

static int has(unsigned parts, unsigned part)
{
    return (int)((parts >> part) & 1U);
}

/* Pool with these of the parts that the job asks for. */
static tq_status pool(const tq_plan_job *job, unsigned parts, tq_analysis **out, tq_error *err)
{
    tq_analysis_spec spec = job->spec;
    tq_sensitivity_spec s = {0};
    tq_multilevel_spec m;

    if (spec.sensitivity) {
        s = *spec.sensitivity;
        s.loo = has(parts, LOO);
        s.cumul = has(parts, CUMUL) || has(parts, SEQUENTIAL); /* whose looks are its rows */
        s.influence = has(parts, INFLUENCE);
        spec.sensitivity = s.loo || s.cumul || s.influence ? &s : NULL;
    }
    spec.sequential = has(parts, SEQUENTIAL) ? spec.sequential : NULL;
    spec.permutation = has(parts, PERMUTATION) ? spec.permutation : NULL;
    spec.gosh = has(parts, GOSH) ? spec.gosh : NULL;
    spec.multiverse = has(parts, MULTIVERSE) ? spec.multiverse : NULL;
    spec.bias = has(parts, BIAS) ? spec.bias : NULL;
    spec.fail_safe = has(parts, FAIL_SAFE) ? spec.fail_safe : NULL;
    spec.robust = has(parts, ROBUST) ? spec.robust : NULL;
    if (spec.multilevel && !has(parts, CORRELATIONS)) {
        m = *spec.multilevel;
        m.n_rho = m.n_rho > 0;
        spec.multilevel = &m;
    }
    return tq_analysis_pool(job->data, &spec, out, err);
}

/* What went wrong in one line, without the file: the reader knows which analysis it is. */
static void tell(tq_error *err, char *out)
{
    err->file[0] = '\0';
    err->line = 0;
    tq_error_text(err, out, TQ_PLAN_WHY);
}

static tq_status without_gaps(tq_plan_job *job, unsigned parts, tq_error *err)
{
    unsigned good = 0;
    tq_status status = pool(job, 0, &job->analysis, err);

    if (status != TQ_OK) {
        tell(err, job->why_none);
        return status;
    }
    for (unsigned i = 0; i < TQ_PLAN_PARTS; i++) {
        tq_analysis *one = NULL;

        if (!has(parts, i)) {
            continue;
        }
        status = pool(job, 1U << i, &one, err);
        tq_analysis_free(one);
        if (status == TQ_ENOMEM || status == TQ_EINVAL) {
            tell(err, job->why_none);
            return status;
        }
        if (status == TQ_OK) {
            good |= 1U << i;
        } else {
            tq_plan_gap *gap = &job->gap[job->n_gaps++];

            gap->part = names[i];
            tell(err, gap->why);
        }
    }
    if (good) {
        tq_analysis_free(job->analysis);
        job->analysis = NULL;
        status = pool(job, good, &job->analysis, err);
        if (status != TQ_OK) {
            tell(err, job->why_none);
        }
    }
    return status;
}

/* The data of the job without the outliers of its model, which stay among the rows left out. */
static tq_status drop_outliers(tq_plan_job *job, tq_error *err)
{
    if (job->rule.kind == TQ_OUTLIERS_KEEP) {
        return TQ_OK;
    }
    job->own = tq_arena_new();
    return job->own ? plan_without_outliers(&job->data, &job->spec, &job->rule, job->own, err)
                    : plan_no_memory(err);
}

static void fit(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    tq_plan_job **jobs = context;

    (void)thread;
    for (uint64_t i = begin; i < end; i++) {
        tq_plan_job *job = jobs[i];
        const unsigned parts = asked(&job->spec);
        tq_error err;

        job->status = drop_outliers(job, &err);
        if (job->status != TQ_OK) {
            tell(&err, job->why_none);
            continue;
        }
        job->status = pool(job, parts, &job->analysis, &err);
        if (job->status != TQ_OK && job->status != TQ_ENOMEM) {
            job->status = without_gaps(job, parts, &err);
        }
    }
}

tq_status tq_plan_fit(tq_plan_job **jobs, size_t n, size_t threads, const tq_progress *progress,
                      tq_error *err)
{
    tq_status status =
        n > 0 ? tq_parallel(tq_threads(threads, n), n, 1, fit, jobs, progress, err) : TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        if (jobs[i]->status == TQ_ENOMEM) {
            status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
    }
    return status;
}

void tq_plan_job_clear(tq_plan_job *job)
{
    tq_analysis_free(job->analysis);
    tq_arena_free(job->own);
    job->analysis = NULL;
    job->own = NULL;
}
