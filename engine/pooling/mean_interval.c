/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of intervals of the pooled effect, and what they ask of a model. */
#include "pooling/mean_interval.h"

#include <math.h>

#include "pooling/mean_interval_internal.h"
#include "pooling/tau2_internal.h"

/* clang-format off */
static const struct {
    const char *name, *label, *source;
    size_t least; /* studies it needs */
    int likelihood;
    mean_interval_fn *find;
} kinds[] = {
    [TQ_CI_MU_WALD] = {"wald", "the test's own", "", 1, 0, NULL},
    [TQ_CI_MU_PL] = {"pl", "profile likelihood", "Hardy & Thompson (1996), Stat. Med. 15:619-629", 2, 1, mean_likelihood},
    [TQ_CI_MU_BARTLETT] = {"bartlett", "profile likelihood with Bartlett correction", "Huizenga, Visser & Dolan (2011), Br. J. Math. Stat. Psychol. 64:1-19", 2, 1, mean_likelihood},
    [TQ_CI_MU_SKOVGAARD] = {"skovgaard", "profile likelihood with Skovgaard's correction", "Guolo (2012), Stat. Med. 31:313-327", 2, 1, mean_likelihood},
    [TQ_CI_MU_BOOT_PARAM] = {"boot-param", "parametric bootstrap (bootstrap-t)", "Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 12", 2, 0, NULL},
    [TQ_CI_MU_BOOT_NONPARAM] = {"boot-nonparam", "non-parametric bootstrap (BCa)", "Efron (1987), J. Am. Stat. Assoc. 82:171-185", 3, 0, NULL},
    [TQ_CI_MU_PERMUTATION] = {"permutation", "permutation (signs of the effects)", "Follmann & Proschan (1999), Biometrics 55:732-737", 2, 0, NULL},
};
/* clang-format on */
_Static_assert(sizeof kinds / sizeof *kinds == TQ_CI_MU_COUNT, "a row per interval");

tq_mean_interval_options tq_mean_interval_defaults(void)
{
    return (tq_mean_interval_options){.kind = TQ_CI_MU_WALD, .iterations = 5000, .seed = 1};
}

const char *tq_ci_mu_name(tq_ci_mu kind)
{
    return (unsigned)kind < TQ_CI_MU_COUNT ? kinds[kind].name : NULL;
}

const char *tq_ci_mu_label(tq_ci_mu kind)
{
    return (unsigned)kind < TQ_CI_MU_COUNT ? kinds[kind].label : NULL;
}

const char *tq_ci_mu_source(tq_ci_mu kind)
{
    return (unsigned)kind < TQ_CI_MU_COUNT ? kinds[kind].source : NULL;
}

static tq_status check(const mean_interval_input *in, tq_error *err)
{
    const tau2_method *row = tau2_method_row(in->opt->method);
    const char *name = kinds[in->how->kind].name;

    if (!problem_mean_only(in->model)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the %s interval exists for models without moderators only", name);
    }
    if (!row->random || (row->fit && in->opt->method != TQ_QE)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the %s interval needs an estimator of tau2, not method %s", name,
                       row->name);
    }
    if (kinds[in->how->kind].likelihood &&
        (in->opt->weights || !in->opt->weighted || !isnan(in->opt->tau2))) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "the %s interval rests on the likelihood, which knows no user weights and no "
            "fixed tau2",
            name);
    }
    if (in->how->iterations < 2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the bootstrap needs at least 2 samples, not %zu", in->how->iterations);
    }
    return TQ_OK;
}

tq_status tq_mean_interval_check(const tq_model *model, const tq_pool_options *opt,
                                 const tq_mean_interval_options *how, tq_mean_interval *out,
                                 tq_error *err)
{
    const mean_interval_input in = {model, opt, how, NULL};

    *out = (tq_mean_interval){how->kind, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0, 0, NULL};
    if ((unsigned)how->kind >= TQ_CI_MU_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown interval of the pooled effect");
    }
    const tq_status status = how->kind == TQ_CI_MU_WALD ? TQ_OK : check(&in, err);

    if (status == TQ_OK && model->k < kinds[how->kind].least) {
        out->why = kinds[how->kind].least == 2 ? "it needs at least two studies"
                                               : "it needs at least three studies";
    }
    return status;
}

tq_status tq_mean_interval_find(const tq_model *model, const tq_pool_options *opt,
                                const tq_mean_interval_options *how, const tq_pool *fit,
                                tq_mean_interval *out, tq_error *err)
{
    const mean_interval_input in = {model, opt, how, fit};
    tq_mean_interval found;
    tq_status status = tq_mean_interval_check(model, opt, how, &found, err);

    if (status == TQ_OK && how->kind != TQ_CI_MU_WALD && !kinds[how->kind].find) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "the interval by %s is found by refits, not here", kinds[how->kind].label);
    }
    if (status == TQ_OK && how->kind == TQ_CI_MU_WALD) {
        found.ci_lb = fit->ci_lb[0];
        found.ci_ub = fit->ci_ub[0];
        found.stat = fit->stat[0];
        found.df = fit->df[0];
        found.pval = fit->pval[0];
    } else if (status == TQ_OK && !found.why) {
        status = kinds[how->kind].find(&in, &found, err);
    }
    if (status == TQ_OK) {
        *out = found;
    }
    return status;
}
