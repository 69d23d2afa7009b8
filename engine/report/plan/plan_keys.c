/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a plan: what is checked, helped with and suggested comes from these tables. */
#include "report/plan/plan.h"

/* clang-format off */
enum {
    TEXT = TQ_YAML_IS_TEXT, NUMBER = TQ_YAML_IS_NUMBER, YES_NO = TQ_YAML_IS_YES_NO,
    TEXTS = TQ_YAML_IS_TEXTS, LIST = TQ_YAML_IS_LIST, MAP = TQ_YAML_IS_MAP
};

const tq_yaml_key tq_plan_keys[] = {
    {"title", TEXT, 1, "of the review"},
    {"authors", TEXTS, 0, "their names, a list"},
    {"registration", TEXT, 0, "of the protocol: \"PROSPERO CRD42026000001\""},
    {"version", TEXT, 0, "of the plan, as its authors number it"},
    {"notice", TEXT, 0, "a warning that every output carries"},
    {"population", TEXT, 0, "for the summary of findings"},
    {"setting", TEXT, 0, "the same"},
    {"intervention", TEXT, 0, "the same"},
    {"comparison", TEXT, 0, "the same"},
    {"data", TEXT, 0, "sheet of the analyses that name none: a path from the plan, or @name"},
    {"labels", MAP, 0, "words that titles use for values: {BM: bone marrow}"},
    {"defaults", MAP, 0, "what holds for every analysis that does not say otherwise"},
    {"analyses", LIST, 1, "in the order of the report"},
    {NULL, 0, 0, NULL},
};

/* Those up to `figures` may stand in defaults: tq_plan_inherited(). */
const tq_yaml_key tq_plan_analysis_keys[] = {
    {"data", TEXT, 0, "sheet: a path from the plan, or @name"},
    {"better", TEXT, 0, "lower or higher: which effects are good for the patient"},
    {"mcid", NUMBER, 0, "minimal clinically important difference, > 0; of ratios a ratio"},
    {"unit", TEXT, 0, "of the effect: points of 100"},
    {"require", YES_NO, 0, "yes: without studies the plan fails (default no: k = 0 is reported)"},
    {"subgroups", TEXTS, 0, "columns, each a block of subgroups"},
    {"moderators", TEXTS | LIST, 0, "formulas, each a meta-regression: \"~ log(dose)\""},
    {"sensitivity", TEXTS | LIST | MAP, 0, "what else to do: see below"},
    {"bias", TEXTS | LIST | MAP, 0, "small-study effects: see below"},
    {"beside", TEXTS | MAP, 0, "results to compare with: ids of analyses, or by label: {naive: {random: none}}"},
    {"figures", TEXTS, 0, "kinds of figures (default: forest)"},
    {"id", TEXT, 1, "letters, digits, - _ .; names files"},
    {"title", TEXT, 1, "of the analysis"},
    {"section", TEXT, 0, "heading that it stands below, with those before and behind it"},
    {"note", TEXT, 0, "what a reader must know of it"},
    {"for", MAP, 0, "lists of values, each combination an analysis: {months: [3, 6]}; use as {months}"},
    {"subset", TEXT, 0, "rows, as --subset"},
    {NULL, 0, 0, NULL},
};

size_t tq_plan_inherited(void)
{
    return 11;
}

const tq_yaml_key tq_plan_sensitivity_keys[] = {
    {"loo", YES_NO | TEXT, 0, "leave-one-out; a column: studies with the same text together"},
    {"cumul", YES_NO | TEXT, 0, "cumulative; a column: in its order"},
    {"influence", YES_NO, 0, "what each study does to the model"},
    {"tsa", YES_NO | MAP, 0, "trial sequential analysis; options of tausq tsa, order among them"},
    {"permutation", YES_NO | MAP, 0, "a permutation test; options: iter, exact, permci"},
    {"gosh", YES_NO | NUMBER, 0, "all subsets of the studies; a number: so many random ones"},
    {"multiverse", MAP, 0, "every combination of lists: {methods: [DL, PM], outliers: [\"rstudent>3\"]}"},
    {"methods", TEXTS, 0, "other methods, each a fit: [DL, PM]"},
    {"tests", TEXTS, 0, "other tests and intervals: [z, knha]"},
    {"measures", TEXTS, 0, "other measures: [RR, RD]"},
    {"ris", TEXTS, 0, "assumed correlations: [0.3, 0.7]"},
    {"adds", TEXTS, 0, "increments for zero cells"},
    {"tos", TEXTS, 0, "which studies get them"},
    {"vtypes", TEXTS, 0, "types of sampling variance"},
    {"outliers", TEXTS, 0, "without outliers by a rule: [\"rstudent>3\", \"rstandard>2.5\", ci]"},
    {"subsets", MAP, 0, "fewer studies, by label: {low risk: \"rob == 'low'\"}"},
    {"options", MAP, 0, "any options at once, by label: {worst case: {ri: =0, test: z}}"},
    {NULL, 0, 0, NULL},
};

const tq_yaml_key tq_plan_bias_keys[] = {
    {"auto", YES_NO, 0, "the tests that suit the measure"},
    {"trimfill", YES_NO | MAP, 0, "trim and fill; options: estimator, side"},
    {"failsafe", YES_NO | MAP, 0, "fail-safe N; options: alpha, target"},
    {"selmodel", YES_NO | MAP, 0, "a selection model; options: type, steps, alternative, delta, prec"},
    {"limitmeta", YES_NO, 0, "limit meta-analysis"},
    {"copas", YES_NO | MAP, 0, "Copas selection model; options: least, most, gamma0, gamma1, alpha"},
    {"pcurve", YES_NO, 0, "p-curve"},
    {"puniform", YES_NO | MAP, 0, "p-uniform; options: alternative, alpha"},
    {"svalue", YES_NO | MAP, 0, "S-value; options: alternative, alpha, target, ratios"},
    {NULL, 0, 0, NULL},
};
/* clang-format on */
