/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carrying out many analyses: a part that cannot be done takes no other with it. */
#include "report/plan/plan_fit.h"

#include "core/parallel.h"

enum { LOO, CUMUL, INFLUENCE, BIAS, FAIL_SAFE };

static const char *const names[TQ_PLAN_PARTS] = {
    [LOO] = "Leave-one-out",
    [CUMUL] = "Cumulative analysis",
    [INFLUENCE] = "Influence of studies",
    [BIAS] = "Tests of small-study effects",
    [FAIL_SAFE] = "Fail-safe N",
};

/* The parts that a job asks for, as bits. */
static unsigned asked(const tq_analysis_spec *spec)
{
    const tq_sensitivity_spec *s = spec->sensitivity;

    return (s && s->loo ? 1U << LOO : 0) | (s && s->cumul ? 1U << CUMUL : 0) |
           (s && s->influence ? 1U << INFLUENCE : 0) | (spec->bias ? 1U << BIAS : 0) |
           (spec->fail_safe ? 1U << FAIL_SAFE : 0);
}

/* Pool with these of the parts that the job asks for. */
static tq_status pool(const tq_plan_job *job, unsigned parts, tq_analysis **out, tq_error *err)
{
    tq_analysis_spec spec = job->spec;
    tq_sensitivity_spec s = {0};

    if (spec.sensitivity) {
        s = *spec.sensitivity;
        s.loo = (parts >> LOO) & 1U;
        s.cumul = (parts >> CUMUL) & 1U;
        s.influence = (parts >> INFLUENCE) & 1U;
        spec.sensitivity = s.loo || s.cumul || s.influence ? &s : NULL;
    }
    spec.bias = parts & (1U << BIAS) ? spec.bias : NULL;
    spec.fail_safe = parts & (1U << FAIL_SAFE) ? spec.fail_safe : NULL;
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

        if (!(parts & (1U << i))) {
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
    }
    return status;
}

static void fit(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    tq_plan_job **jobs = context;

    (void)thread;
    for (uint64_t i = begin; i < end; i++) {
        tq_plan_job *job = jobs[i];
        const unsigned parts = asked(&job->spec);
        tq_error err;

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
