/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interval of the pooled effect beside the test's own: its stage and its places in the views. */
#include "moderators/mean_bootstrap.h"
#include "moderators/permutation.h"
#include "pooling/mean_interval.h"

#include <math.h>

#include "report/analysis_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* The interval whose limits the signs of the effects no longer reject. */
static tq_status by_permutation(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_mean_interval_options *how = &in->spec->ci_mu;
    tq_permutation_options opt = tq_permutation_defaults();
    tq_permutation *found = NULL;

    if (in->of.model.p > 1 || in->of.model.X) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the permutation interval of --ci-mu exists for models without moderators "
                       "only; see tausq permute --permci");
    }
    opt.iterations = how->iterations;
    opt.seed = how->seed;
    opt.threads = how->threads;
    opt.progress = how->progress;
    opt.ci = 1;
    const tq_status status = tq_permutation_test(&in->of.model, &a->options, &opt, &found, err);

    if (status != TQ_OK) {
        return status;
    }
    a->ci_mu = (tq_mean_interval){.kind = how->kind,
                                  .ci_lb = found->ci_lb[0],
                                  .ci_ub = found->ci_ub[0],
                                  .stat = found->stat[0],
                                  .df = NAN,
                                  .pval = found->pval[0],
                                  .mu = NAN,
                                  .tau2 = NAN,
                                  .iterations = (size_t)found->iterations,
                                  .failed = (size_t)found->failed};
    if (isnan(found->ci_lb[0]) || isnan(found->ci_ub[0])) {
        a->ci_mu.why = "with so few studies no value is rejected at this level";
    }
    tq_permutation_free(found);
    return TQ_OK;
}

tq_status analysis_pooled_interval(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_mean_interval_options *how = &in->spec->ci_mu;
    tq_status status;

    if (how->kind == TQ_CI_MU_WALD) {
        return TQ_OK;
    }
    if (how->kind == TQ_CI_MU_PERMUTATION) {
        status = by_permutation(in, a, err);
    } else {
        const int drawn = how->kind == TQ_CI_MU_BOOT_PARAM || how->kind == TQ_CI_MU_BOOT_NONPARAM;

        status = (drawn ? tq_mean_bootstrap : tq_mean_interval_find)(&in->of.model, &a->options,
                                                                     how, a->fit, &a->ci_mu, err);
    }
    const tq_prediction limits = {NAN, NAN, a->ci_mu.ci_lb, a->ci_mu.ci_ub, NAN, NAN, NAN};

    if (status == TQ_OK) {
        a->ci_mu_natural = analysis_natural(a->transform, &limits, a->ni_mean);
    }
    return status;
}

/* The letter of its statistic. */
static const char *statistic(tq_ci_mu kind)
{
    static const char *const letters[TQ_CI_MU_COUNT] = {
        [TQ_CI_MU_PL] = "LR",
        [TQ_CI_MU_BARTLETT] = "LR",
        [TQ_CI_MU_SKOVGAARD] = "r*",
        [TQ_CI_MU_BOOT_PARAM] = "t",
        [TQ_CI_MU_PERMUTATION] = "statistic of the test",
    };

    return letters[kind];
}

static void statistic_line(const report *r, const tq_mean_interval *ci)
{
    char stat[REPORT_CELL], p[REPORT_CELL];

    if (isnan(ci->pval)) {
        return;
    }
    tq_buffer_format(r->out, "  %s = %s%s, p %s\n", statistic(ci->kind),
                     report_number(stat, ci->stat, r->opt->digits), isnan(ci->df) ? "" : ", df = 1",
                     tq_format_p_relation(p, sizeof p, ci->pval, 4));
}

int report_pooled_interval(const report *r)
{
    const tq_mean_interval *ci = &r->a->ci_mu;
    char text[REPORT_CELL];

    if (ci->kind == TQ_CI_MU_WALD || r->a->levels_only) {
        return 1;
    }
    tq_buffer_format(r->out, "%g%% interval by %s: ", r->a->options.level,
                     tq_ci_mu_label(ci->kind));
    if (ci->why) {
        tq_buffer_text(r->out, "none (see the warnings)\n");
        return 1;
    }
    tq_buffer_text(r->out, report_interval(text, ci->ci_lb, ci->ci_ub, r->opt->digits));
    if (r->natural) {
        report_interval(text, r->a->ci_mu_natural.ci_lb, r->a->ci_mu_natural.ci_ub, 2);
        tq_buffer_format(r->out, ", %s %s", tq_analysis_scale_name(r->a, 1), text);
    }
    tq_buffer_text(r->out, "\n");
    statistic_line(r, ci);
    if (!isnan(ci->mu)) {
        tq_buffer_format(r->out, "  around the maximum likelihood estimate %s",
                         report_number(text, ci->mu, r->opt->digits));
        tq_buffer_format(r->out, " (tau2 %s)\n", report_number(text, ci->tau2, r->opt->digits));
    }
    if (ci->iterations > 0) {
        tq_buffer_format(r->out, "  %zu %s", ci->iterations,
                         ci->kind == TQ_CI_MU_PERMUTATION ? "permutations" : "samples");
        tq_buffer_format(r->out, ci->failed ? ", %zu without an estimate left out\n" : "\n",
                         ci->failed);
    }
    return 1;
}

void json_pooled_interval(const tq_analysis *a, json_t *doc)
{
    const tq_mean_interval *ci = &a->ci_mu;

    if (ci->kind == TQ_CI_MU_WALD) {
        return;
    }
    json_t *natural = json_pack("{s:o, s:o}", "ci_lb", json_number(a->ci_mu_natural.ci_lb), "ci_ub",
                                json_number(a->ci_mu_natural.ci_ub));
    json_t *one = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "method", tq_ci_mu_name(ci->kind), "ci_lb",
        json_number(ci->ci_lb), "ci_ub", json_number(ci->ci_ub), "stat", json_number(ci->stat),
        "df", json_number(ci->df), "pval", json_number(ci->pval), "mu", json_number(ci->mu), "tau2",
        json_number(ci->tau2), "transformed", natural);

    if (ci->iterations > 0) {
        json_object_set_new(one, "iterations", json_integer((json_int_t)ci->iterations));
        json_object_set_new(one, "failed", json_integer((json_int_t)ci->failed));
        json_object_set_new(one, "seed", json_integer((json_int_t)a->options.seed));
    }
    if (ci->why) {
        json_object_set_new(one, "reason", json_text(ci->why));
    }
    json_object_set_new(doc, "ci_mu", one);
}
