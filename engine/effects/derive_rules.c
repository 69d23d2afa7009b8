/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of rules by which an input follows from others. */
#include "effects/derive_internal.h"

#include <math.h>
#include <string.h>

#include "effects/effects_internal.h"
#include "effects/statistics_from.h"
#include "effects/two_by_two_from.h"

/* ---- what the rules compute ---- */

static tq_status bad_value(const derive_call *c, int k, double value, const char *must)
{
    return tq_fail(c->err, TQ_EDATA, c->row, tq_input_name(c->rule->in[k]),
                   "value '%.15g' must be %s", value, must);
}

static tq_status difference(derive_call *c, const double *in, double *out)
{
    out[0] = in[0] - in[1];
    (void)c;
    return TQ_OK;
}

static tq_status rest(derive_call *c, const double *in, double *out)
{
    if (in[1] > in[0]) {
        return bad_value(c, 1, in[1], "at most the whole that it is part of");
    }
    return difference(c, in, out);
}

static tq_status rest_size(derive_call *c, const double *in, double *out)
{
    return !(in[1] < in[0]) ? bad_value(c, 1, in[1], "below the size of both groups")
                            : difference(c, in, out);
}

static tq_status sd_from_se(derive_call *c, const double *in, double *out)
{
    (void)c;
    out[0] = tq_sd_from_se(in[0], in[1]);
    return TQ_OK;
}

static tq_status sd_from_limits(derive_call *c, const double *in, double *out)
{
    if (in[0] > in[1]) {
        return bad_value(c, 0, in[0], "at most the upper limit");
    }
    out[0] = tq_sd_from_ci(in[0], in[1], c->opt->ci_level, in[2]);
    c->refused = "confidence limits tell no SD where the size is not above 1";
    return TQ_OK;
}

/* in: n1, n2; both SDs as the one within the groups. */
static tq_status sds_within(derive_call *c, double se, const double *n, double *out)
{
    out[0] = out[1] = tq_sd_from_se_difference(se, n[0], n[1]);
    c->refused =
        "the test of the difference in means tells no SD (a difference or t of 0, or p = 1)";
    return TQ_OK;
}

/* in: the statistics, then n1, n2, m1, m2. */
static tq_status sds_from_se(derive_call *c, const double *in, double *out)
{
    return sds_within(c, in[0], in + 1, out);
}

static tq_status sds_from_limits(derive_call *c, const double *in, double *out)
{
    if (in[0] > in[1]) {
        return bad_value(c, 0, in[0], "at most the upper limit");
    }
    if (!(in[0] <= in[4] - in[5] && in[4] - in[5] <= in[1])) {
        c->refused = "the confidence limits do not hold the difference in means";
        return TQ_OK;
    }
    return sds_within(c, tq_se_from_ci(in[0], in[1], c->opt->ci_level, in[2] + in[3] - 2.0), in + 2,
                      out);
}

/* in: F of two groups (1 df), the means that tell its direction. */
static tq_status t_from_f(derive_call *c, const double *in, double *out)
{
    (void)c;
    out[0] = tq_t_from_f(in[0], in[1] - in[2]);
    return TQ_OK;
}

static tq_status positive_t_from_f(derive_call *c, const double *in, double *out)
{
    (void)c;
    out[0] = tq_t_from_f(in[0], 1.0);
    return TQ_OK;
}

static tq_status sds_from_t(derive_call *c, const double *in, double *out)
{
    return sds_within(c, tq_se_from_t(in[3] - in[4], in[0]), in + 1, out);
}

static tq_status sds_from_f(derive_call *c, const double *in, double *out)
{
    return sds_within(c, tq_se_from_t(in[3] - in[4], tq_t_from_f(in[0], 1.0)), in + 1, out);
}

static tq_status sds_from_p(derive_call *c, const double *in, double *out)
{
    return sds_within(c, tq_se_from_p(in[3] - in[4], fabs(in[0]), in[1] + in[2] - 2.0), in + 1,
                      out);
}

/* in: the statistic of the mean change, n, the mean change. */
static tq_status sd_change_from_t(derive_call *c, const double *in, double *out)
{
    c->refused = "a mean change or t of 0 tells no SD";
    out[0] = tq_sd_from_se(tq_se_from_t(in[2], in[0]), in[1]);
    return TQ_OK;
}

static tq_status sd_change_from_p(derive_call *c, const double *in, double *out)
{
    c->refused = "a mean change of 0 or p = 1 tells no SD";
    out[0] = tq_sd_from_se(tq_se_from_p(in[2], fabs(in[0]), in[1] - 1.0), in[1]);
    return TQ_OK;
}

static tq_status sd_of_change(derive_call *c, const double *in, double *out)
{
    (void)c;
    out[0] = tq_sd_of_change(in[0], in[1], in[2]);
    return TQ_OK;
}

/* in: SDs before and after and of the change in the other group, SDs before and after in this. */
static tq_status sd_of_change_as_other(derive_call *c, const double *in, double *out)
{
    const double r = tq_r_from_sds(in[0], in[1], in[2]);

    c->refused = "the SDs of the other group contradict each other: they tell no correlation";
    out[0] = fabs(r) <= 1.0 ? tq_sd_of_change(in[3], in[4], r) : NAN;
    return TQ_OK;
}

static tq_status r_from_sds(derive_call *c, const double *in, double *out)
{
    const double r = tq_r_from_sds(in[0], in[1], in[2]);

    c->refused = "the SDs contradict each other: no correlation leads from them to the SD of the "
                 "change";
    out[0] = fabs(r) <= 1.0 ? r : NAN;
    return TQ_OK;
}

/* Whose quantile an error speaks of. */
static tq_status blame_quantile(const derive_call *c, tq_status status)
{
    static const struct {
        const char *name;
        tq_input of[3];
    } names[] = {
        {"min", {TQ_IN_MIN1I, TQ_IN_MIN2I, TQ_IN_MINI}},
        {"q1", {TQ_IN_Q1_1I, TQ_IN_Q1_2I, TQ_IN_Q1I}},
        {"median", {TQ_IN_MED1I, TQ_IN_MED2I, TQ_IN_MEDI}},
        {"q3", {TQ_IN_Q3_1I, TQ_IN_Q3_2I, TQ_IN_Q3I}},
        {"max", {TQ_IN_MAX1I, TQ_IN_MAX2I, TQ_IN_MAXI}},
    };
    const tq_input median = c->rule->in[0];
    const int group = median == TQ_IN_MED1I ? 0 : median == TQ_IN_MED2I ? 1 : 2;

    if (status == TQ_EDATA && c->err) {
        c->err->row = c->row;
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            if (strcmp(c->err->column, names[j].name) == 0) {
                tq_copy_text(c->err->column, sizeof c->err->column,
                             tq_input_name(names[j].of[group]));
                break;
            }
        }
    }
    return status;
}

static tq_status moments(derive_call *c, const tq_quantiles *q, double *out)
{
    const tq_quantiles_options opt = {.method = c->opt->quantiles, .dist = TQ_QUANTILES_NORMAL};
    tq_quantiles_skewness test;
    tq_quantiles_moments found;

    if (!(q->n >= 3.0)) {
        c->refused = "quantiles of fewer than 3 people tell no mean and SD";
        return TQ_OK;
    }
    tq_status status = tq_quantiles_test_skewness(q, TQ_QUANTILES_NORMAL, &test, c->err);

    /* The other methods are made for skewed samples: the test is of what the default assumes. */
    if (status == TQ_OK && test.skewed && !c->opt->keep_skewed &&
        c->opt->quantiles < TQ_QUANTILES_QE) {
        c->refused = "the median is that of skewed data (Shi et al. 2023): no mean and SD taken "
                     "from it";
        return TQ_OK;
    }
    if (status == TQ_OK) {
        status = tq_quantiles_estimate(q, &opt, &found, c->err);
    }
    if (status != TQ_OK) {
        return blame_quantile(c, status);
    }
    c->refused = found.why;
    for (size_t j = 0; j < DERIVE_OUTPUTS && c->rule->out[j]; j++) {
        out[j] = tq_input_kind_of(c->rule->out[j]) == TQ_KIND_SPREAD ? found.sd : found.mean;
    }
    return TQ_OK;
}

/* in: median, n, then q1, q3; min, max; or q1, q3, min, max. */
static tq_status from_quartiles(derive_call *c, const double *in, double *out)
{
    return moments(c, &(tq_quantiles){NAN, in[2], in[0], in[3], NAN, in[1]}, out);
}

static tq_status from_range(derive_call *c, const double *in, double *out)
{
    return moments(c, &(tq_quantiles){in[2], NAN, in[0], NAN, in[3], in[1]}, out);
}

static tq_status from_five(derive_call *c, const double *in, double *out)
{
    return moments(c, &(tq_quantiles){in[4], in[2], in[0], in[3], in[5], in[1]}, out);
}

/* in: the statistic, n1, n2, events. two_by_two_from.h calls the events of both groups n2i. */
static tq_status cells(derive_call *c, const double *in, double *out,
                       tq_status (*solve)(const tq_table_margins *m, double statistic,
                                          tq_table_cells *cells, tq_error *err))
{
    const tq_table_margins m = {in[1] + in[2], in[1], in[3]};
    tq_table_cells found;

    if (!(m.n2i > 0.0 && m.n2i < m.ni)) {
        c->refused = "margins tell no table where none or all have the event";
        return TQ_OK;
    }
    const tq_status status = solve(&m, in[0], &found, c->err);

    if (status != TQ_OK) {
        if (c->err) {
            c->err->row = c->row;
            tq_copy_text(c->err->column, sizeof c->err->column, tq_input_name(c->rule->in[0]));
        }
        return status;
    }
    c->refused = found.why;
    out[0] = found.ai;
    out[1] = found.bi;
    out[2] = found.ci;
    out[3] = found.di;
    return TQ_OK;
}

static tq_status solve_or(const tq_table_margins *m, double x, tq_table_cells *found, tq_error *err)
{
    return tq_table_from_odds_ratio(m, x, 1, found, err);
}

static tq_status solve_phi(const tq_table_margins *m, double x, tq_table_cells *found,
                           tq_error *err)
{
    return tq_table_from_phi(m, x, 1, found, err);
}

static tq_status solve_chisq(const tq_table_margins *m, double x, tq_table_cells *found,
                             tq_error *err)
{
    return tq_table_from_chisq(m, x, 0, 1, found, err);
}

static tq_status solve_corrected_chisq(const tq_table_margins *m, double x, tq_table_cells *found,
                                       tq_error *err)
{
    return tq_table_from_chisq(m, x, 1, 1, found, err);
}

static tq_status cells_from_or(derive_call *c, const double *in, double *out)
{
    return cells(c, in, out, solve_or);
}

static tq_status cells_from_phi(derive_call *c, const double *in, double *out)
{
    return cells(c, in, out, solve_phi);
}

static tq_status cells_from_chisq(derive_call *c, const double *in, double *out)
{
    return cells(c, in, out, solve_chisq);
}

static tq_status cells_from_corrected_chisq(derive_call *c, const double *in, double *out)
{
    return cells(c, in, out, solve_corrected_chisq);
}

/* in: sensitivity, specificity, diseased, not diseased. */
static tq_status cells_of_test(derive_call *c, const double *in, double *out)
{
    (void)c;
    out[0] = round(in[0] * in[2]);
    out[1] = in[2] - out[0];
    out[3] = round(in[1] * in[3]);
    out[2] = in[3] - out[3];
    return TQ_OK;
}

static tq_status accuracy(derive_call *c, const tq_test_accuracy *test, double *out)
{
    tq_table_cells found;
    const tq_status status = tq_table_from_accuracy(test, 1, &found, c->err);

    if (status != TQ_OK) {
        if (c->err) {
            c->err->row = c->row;
        }
        return status;
    }
    c->refused = found.why;
    out[0] = found.ai; /* there rows are test results; here groups are diseased and not */
    out[1] = found.ci;
    out[2] = found.bi;
    out[3] = found.di;
    return TQ_OK;
}

/* in: sensitivity, specificity, total size, then a prevalence or predictive values. */
static tq_status from_prevalence(derive_call *c, const double *in, double *out)
{
    return accuracy(c, &(tq_test_accuracy){in[2], in[0], in[1], in[3], NAN, NAN}, out);
}

static tq_status from_both_values(derive_call *c, const double *in, double *out)
{
    return accuracy(c, &(tq_test_accuracy){in[2], in[0], in[1], NAN, in[3], in[4]}, out);
}

static tq_status from_ppv(derive_call *c, const double *in, double *out)
{
    return accuracy(c, &(tq_test_accuracy){in[2], in[0], in[1], NAN, in[3], NAN}, out);
}

static tq_status from_npv(derive_call *c, const double *in, double *out)
{
    return accuracy(c, &(tq_test_accuracy){in[2], in[0], in[1], NAN, NAN, in[3]}, out);
}

/* ---- which measures they serve ---- */

static int two_means(const tq_measure *m)
{
    return m->family == &family_means;
}

/* By a difference of means, raw or standardized: there a change is as good as the value after. */
static int two_differences(const tq_measure *m)
{
    return two_means(m) && m->estimate != effect_rom && m->estimate != effect_vr &&
           m->estimate != effect_cvr;
}

/* yi is the difference of two means, so that sei, ci-lb and ci-ub are its own. */
static int mean_difference(const tq_measure *m)
{
    return m->estimate == effect_md;
}

static int tables(const tq_measure *m)
{
    return m->family == &family_two_by_two;
}

static int two_groups(const tq_measure *m)
{
    return two_means(m) || tables(m);
}

static int paired(const tq_measure *m)
{
    return m->family == &family_paired;
}

static int mean_change(const tq_measure *m)
{
    return m->estimate == effect_mc;
}

/* By the SD of the change alone, as raw or standardized change. */
static int one_change(const tq_measure *m)
{
    return mean_change(m) || m->estimate == effect_smcc;
}

static int one_mean(const tq_measure *m)
{
    return m->family == &family_mean;
}

/* ---- the table ---- */

#define I(name) TQ_IN_##name

/* clang-format off */
#define SD_RULES(serves, n, g, text) \
    {serves, {I(SD##g##I)}, {I(SE##g##I), n}, sd_from_se, "SD of " text " from the SE"}, \
    {serves, {I(SD##g##I)}, {I(CI_LB##g##I), I(CI_UB##g##I), n}, sd_from_limits, \
     "SD of " text " from the confidence limits of the mean"}

#define QUANTILE_RULES_OF(serves, apply, g, text, source, ...) \
    {serves, {I(M##g##I), I(SD##g##I)}, {__VA_ARGS__}, apply, "mean and SD" text " from " source}, \
    {serves, {I(SD##g##I)}, {__VA_ARGS__, I(M##g##I)}, apply, "SD" text " from " source}, \
    {serves, {I(M##g##I)}, {__VA_ARGS__, I(SD##g##I)}, apply, "mean" text " from " source}

/* q is what stands before the I of the quartiles: Q1_1I, or Q1I. */
#define QUANTILE_RULES(serves, n, g, q, text) \
    QUANTILE_RULES_OF(serves, from_five, g, text, "median, quartiles and range", \
                      I(MED##g##I), n, I(Q1##q##I), I(Q3##q##I), I(MIN##g##I), I(MAX##g##I)), \
    QUANTILE_RULES_OF(serves, from_quartiles, g, text, "median and quartiles", \
                      I(MED##g##I), n, I(Q1##q##I), I(Q3##q##I)), \
    QUANTILE_RULES_OF(serves, from_range, g, text, "median and range", \
                      I(MED##g##I), n, I(MIN##g##I), I(MAX##g##I))

/* The change of one of two groups; with the correlation of the other where this tells none. */
#define CHANGE_RULES(g, other, text) \
    {two_differences, {I(M##g##I)}, {I(MPOST##g##I), I(MPRE##g##I)}, difference, "mean change of " text " from the means before and after"}, \
    {two_differences, {I(SD##g##I)}, {I(SDPRE##g##I), I(SDPOST##g##I), I(RI)}, sd_of_change, \
     "SD of the change of " text " from the SDs before and after and the correlation"}, \
    {two_differences, {I(SD##g##I)}, {I(SDPRE##other##I), I(SDPOST##other##I), I(SD##other##I), I(SDPRE##g##I), I(SDPOST##g##I)}, \
     sd_of_change_as_other, "SD of the change of " text " by the correlation in the other"}

#define CELLS I(AI), I(BI), I(CI), I(DI)
#define MEANS_AND_SIZES I(N1I), I(N2I), I(M1I), I(M2I)

/* In the order in which they are tried; what others need stands before them. */
const derive_rule derive_rules[] = {
    {two_groups, {I(N1I)}, {I(NI), I(N2I)}, rest_size, "size of group 1 from both and group 2"},
    {two_groups, {I(N2I)}, {I(NI), I(N1I)}, rest_size, "size of group 2 from both and group 1"},

    {tables, {I(BI)}, {I(N1I), I(AI)}, rest, "non-events of group 1 from the size"},
    {tables, {I(DI)}, {I(N2I), I(CI)}, rest, "non-events of group 2 from the size"},
    {tables, {I(AI)}, {I(N1I), I(BI)}, rest, "events of group 1 from the size"},
    {tables, {I(CI)}, {I(N2I), I(DI)}, rest, "events of group 2 from the size"},
    {tables, {CELLS}, {I(ORI), I(N1I), I(N2I), I(EI)}, cells_from_or, "cells from the odds ratio and the margins"},
    {tables, {CELLS}, {I(RI), I(N1I), I(N2I), I(EI)}, cells_from_phi, "cells from phi and the margins"},
    {tables, {CELLS}, {I(X2I_STAT), I(N1I), I(N2I), I(EI)}, cells_from_chisq, "cells from chi-square and the margins"},
    {tables, {CELLS}, {I(X2I_YATES), I(N1I), I(N2I), I(EI)}, cells_from_corrected_chisq, "cells from Yates' chi-square and the margins"},
    {tables, {CELLS}, {I(SENS), I(SPEC), I(N1I), I(N2I)}, cells_of_test, "cells from sensitivity, specificity and sizes"},
    {tables, {CELLS}, {I(SENS), I(SPEC), I(NI), I(PREV)}, from_prevalence, "cells from sensitivity, specificity and prevalence"},
    {tables, {CELLS}, {I(SENS), I(SPEC), I(NI), I(PPV), I(NPV)}, from_both_values, "cells from sensitivity, specificity and predictive values"},
    {tables, {CELLS}, {I(SENS), I(SPEC), I(NI), I(PPV)}, from_ppv, "cells from sensitivity, specificity and positive predictive value"},
    {tables, {CELLS}, {I(SENS), I(SPEC), I(NI), I(NPV)}, from_npv, "cells from sensitivity, specificity and negative predictive value"},

    SD_RULES(two_means, I(N1I), 1, "group 1"),
    SD_RULES(two_means, I(N2I), 2, "group 2"),
    CHANGE_RULES(1, 2, "group 1"),
    CHANGE_RULES(2, 1, "group 2"),
    QUANTILE_RULES(two_means, I(N1I), 1, _1, " of group 1"),
    QUANTILE_RULES(two_means, I(N2I), 2, _2, " of group 2"),
    {two_means, {I(TI_STAT)}, {I(FI), I(M1I), I(M2I)}, t_from_f, "t from F of two groups"},
    {two_means, {I(TI_STAT)}, {I(FI)}, positive_t_from_f, "t from F of two groups, taken as positive (--flip turns it)"},
    {mean_difference, {I(SD1I), I(SD2I)}, {I(SEI), MEANS_AND_SIZES}, sds_from_se, "SD within groups from the SE of the difference"},
    {mean_difference, {I(SD1I), I(SD2I)}, {I(CI_LB), I(CI_UB), MEANS_AND_SIZES}, sds_from_limits, "SD within groups from the confidence limits of the difference"},
    {mean_difference, {I(SD1I), I(SD2I)}, {I(TI_STAT), MEANS_AND_SIZES}, sds_from_t, "SD within groups from t"},
    {mean_difference, {I(SD1I), I(SD2I)}, {I(FI), MEANS_AND_SIZES}, sds_from_f, "SD within groups from F"},
    {mean_difference, {I(SD1I), I(SD2I)}, {I(PI), MEANS_AND_SIZES}, sds_from_p, "SD within groups from p"},

    SD_RULES(paired, I(NI), 1, "measurement 2"),
    SD_RULES(paired, I(NI), 2, "measurement 1"),
    QUANTILE_RULES(paired, I(NI), 1, _1, " of measurement 2"),
    QUANTILE_RULES(paired, I(NI), 2, _2, " of measurement 1"),
    {paired, {I(RI)}, {I(SD1I), I(SD2I), I(SDI)}, r_from_sds, "correlation from the SDs of both measurements and of the change"},
    {mean_change, {I(MI)}, {I(M1I), I(M2I)}, difference, "mean change from both means"},
    {mean_change, {I(SDI)}, {I(SD1I), I(SD2I), I(RI)}, sd_of_change, "SD of the change from both SDs and the correlation"},
    {mean_change, {I(SDI)}, {I(SEI), I(NI)}, sd_from_se, "SD of the change from its SE"},
    {mean_change, {I(SDI)}, {I(TI_STAT), I(NI), I(MI)}, sd_change_from_t, "SD of the change from t"},
    {mean_change, {I(SDI)}, {I(PI), I(NI), I(MI)}, sd_change_from_p, "SD of the change from p"},
    QUANTILE_RULES(one_change, I(NI), , , " of the change"),

    {one_mean, {I(SDI)}, {I(SEI), I(NI)}, sd_from_se, "SD from the SE"},
    {one_mean, {I(SDI)}, {I(CI_LB), I(CI_UB), I(NI)}, sd_from_limits, "SD from the confidence limits of the mean"},
    QUANTILE_RULES(one_mean, I(NI), , , ""),
};
/* clang-format on */

const size_t derive_n_rules = sizeof derive_rules / sizeof *derive_rules;

_Static_assert(sizeof derive_rules / sizeof *derive_rules <= DERIVE_MAX_RULES,
               "room for every rule");

tq_input_set derive_set(const tq_input *list)
{
    tq_input_set set = 0;

    for (; *list; list++) {
        set |= TQ_INPUT_BIT(*list);
    }
    return set;
}

int derive_takes_correlation(const derive_rule *rule)
{
    return rule->apply == sd_of_change;
}

static int reads(const derive_rule *r, tq_input input)
{
    return (derive_set(r->in) & TQ_INPUT_BIT(input)) != 0;
}

const char *tq_derive_assumes(const char *step, const tq_derive_options *opt)
{
    const tq_derive_options defaults = tq_derive_defaults();

    for (size_t r = 0; r < derive_n_rules; r++) {
        if (strcmp(derive_rules[r].text, step) != 0) {
            continue;
        }
        if (derive_rules[r].apply == from_five || derive_rules[r].apply == from_quartiles ||
            derive_rules[r].apply == from_range) {
            return tq_quantiles_method_source(opt ? opt->quantiles : defaults.quantiles);
        }
        if (derive_rules[r].serves == mean_difference) {
            return "the same SD in both groups";
        }
        if (derive_rules[r].apply == sd_of_change_as_other) {
            return "the same correlation of before and after in both groups";
        }
        return reads(&derive_rules[r], TQ_IN_SENS)
                   ? "group 1 has the disease, group 2 has not, and positive tests are the events"
                   : NULL;
    }
    return NULL;
}

int tq_measure_two_groups(const tq_measure *m)
{
    return two_groups(m) || m->family == &family_person_time;
}
