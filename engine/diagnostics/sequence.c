/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leave-one-out and cumulative meta-analysis: parts of the studies, and what is kept of their fits. */
#include "diagnostics/sequence.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "diagnostics/parts_internal.h"

typedef struct {
    size_t k;
    const size_t *group; /* [k] NULL: each study by itself */
    tq_part_pool *out;
} sequence;

static void keep(void *user, size_t thread, size_t j, const tq_pool *fit, const tq_error *why)
{
    const sequence *s = user;
    tq_part_pool *out = &s->out[j];
    const size_t k = out->k;

    (void)thread;
    *out = (tq_part_pool){k, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, ""};
    if (!fit || fit->why_none) {
        tq_copy_text(out->why_none, sizeof out->why_none, fit ? fit->why_none : why->message);
        return;
    }
    out->beta = fit->beta[0];
    out->se = fit->se[0];
    out->stat = fit->stat[0];
    out->df = fit->df[0];
    out->pval = fit->pval[0];
    out->ci_lb = fit->ci_lb[0];
    out->ci_ub = fit->ci_ub[0];
    out->QE = fit->QE;
    out->QE_df = fit->QE_df;
    out->QE_pval = fit->QE_pval;
    out->tau2 = fit->tau2;
    out->I2 = fit->I2;
    out->H2 = fit->H2;
}

static size_t group_of(const sequence *s, size_t i)
{
    return s->group ? s->group[i] : i;
}

static size_t all_but(const void *user, size_t j, size_t *index)
{
    const sequence *s = user;
    size_t n = 0;

    for (size_t i = 0; i < s->k; i++) {
        if (group_of(s, i) != j) {
            index[n++] = i;
        }
    }
    s->out[j].k = n;
    return n;
}

static size_t so_far(const void *user, size_t j, size_t *index)
{
    const sequence *s = user;
    size_t n = 0;

    for (size_t i = 0; i < s->k; i++) {
        if (group_of(s, i) <= j) {
            index[n++] = i;
        }
    }
    s->out[j].k = n;
    return n;
}

/* Every group from 0 to n - 1 has a study. */
static tq_status check_groups(size_t k, const size_t *group, size_t n, tq_error *err)
{
    unsigned char *seen = calloc(n ? n : 1, 1);
    size_t different = 0;

    if (!seen) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < k; i++) {
        if (group[i] < n) {
            different += !seen[group[i]];
            seen[group[i]] = 1;
        } else {
            different = SIZE_MAX - k;
        }
    }
    free(seen);
    return different == n ? TQ_OK
                          : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                    "groups of studies must be numbered from 0 to %zu", n - 1);
}

static tq_status check(const tq_model *model, const size_t *group, size_t n, tq_error *err)
{
    if (model->X || model->p != 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a model with moderators has no one pooled effect to follow");
    }
    if (model->k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    if (!group) {
        return n == model->k
                   ? TQ_OK
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "%zu studies by themselves are as many groups, not %zu", model->k, n);
    }
    return check_groups(model->k, group, n, err);
}

static tq_status run(const tq_model *model, const tq_pool_options *opt, const size_t *group,
                     size_t n, parts_members *members, size_t threads, const tq_progress *progress,
                     tq_part_pool *out, tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();
    sequence s = {model->k, group, out};
    const parts p = {model, opt ? opt : &defaults, n, members, keep, &s};

    return parts_fit(&p, threads, progress, err);
}

tq_status tq_leave_out(const tq_model *model, const tq_pool_options *opt, const size_t *group,
                       size_t n, size_t threads, const tq_progress *progress, tq_part_pool *out,
                       tq_error *err)
{
    const tq_status status = check(model, group, n, err);

    if (status == TQ_OK && n < 2) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       group ? "leaving one group of studies out needs at least two groups"
                             : "leaving one study out needs at least two studies");
    }
    return status == TQ_OK ? run(model, opt, group, n, all_but, threads, progress, out, err)
                           : status;
}

tq_status tq_accumulate(const tq_model *model, const tq_pool_options *opt, const size_t *step,
                        size_t n, size_t threads, const tq_progress *progress, tq_part_pool *out,
                        tq_error *err)
{
    const tq_status status = check(model, step, n, err);

    return status == TQ_OK ? run(model, opt, step, n, so_far, threads, progress, out, err) : status;
}

/* ---- the order ---- */

typedef struct {
    double value;
    size_t study;
} placed;

static int by_value(const void *a, const void *b)
{
    const placed *x = a, *y = b;

    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    return x->study < y->study ? -1 : x->study > y->study;
}

tq_status tq_accumulation_steps(size_t k, const double *value, int descending, int collapse,
                                size_t *step, size_t *n, tq_error *err)
{
    placed *order = calloc(k ? k : 1, sizeof *order);

    if (!order) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < k; i++) {
        const double x = value ? value[i] : 0.0;

        if (isnan(x)) {
            free(order);
            return tq_fail(err, TQ_EDATA, i, NULL, "the value to order by is missing");
        }
        order[i] = (placed){descending ? -x : x, i};
    }
    qsort(order, k, sizeof *order, by_value);
    size_t last = 0;

    for (size_t i = 0; i < k; i++) {
        const int same = value && collapse && i > 0 && order[i].value == order[i - 1].value;

        last += i > 0 && !same;
        step[order[i].study] = last;
    }
    *n = k ? last + 1 : 0;
    free(order);
    return TQ_OK;
}
