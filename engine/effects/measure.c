/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of measures and its lookups. */
#include "effects/measure.h"

#include <math.h>
#include <string.h>

#include "core/names.h"
#include "effects/effects_internal.h"

#define FROM(list) .recipes = list, .n_recipes = sizeof list / sizeof *list
/* Families: what the rows of one have in common. */
#define TWO_BY_TWO .family = &family_two_by_two, FROM(recipes_two_by_two), .to = TQ_TO_ONLY0
#define PERSON_TIME .family = &family_person_time, FROM(recipes_person_time), .to = TQ_TO_ONLY0
#define PROPORTION .family = &family_proportions, FROM(recipes_proportions), .to = TQ_TO_ONLY0

/* clang-format off */
static const tq_measure measures[] = {
    {"GEN", "effect", "effect", "none", .null_value = 0.0,
     .family = &family_generic, FROM(recipes_generic), .vtypes = {"LS"},
     .estimate = effect_gen,
     .reference = "as given"},

    {"RR", "log risk ratio", "risk ratio", "exp", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV"},
     .estimate = effect_rr, .average = average_risks,
     .reference = "Fleiss & Berlin (2009), Handbook of Research Synthesis, 237-253"},
    {"OR", "log odds ratio", "odds ratio", "exp", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV"},
     .estimate = effect_or, .average = average_risks,
     .reference = "Woolf (1955), Ann. Hum. Genet. 19:251-253"},
    {"RD", "risk difference", "risk difference", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "UB", "AV"},
     .estimate = effect_rd, .average = average_risks,
     .reference = "Fleiss & Berlin (2009), Handbook of Research Synthesis, 237-253"},
    {"PETO", "log odds ratio (Peto)", "odds ratio (Peto)", "exp", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_peto,
     .reference = "Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371"},
    {"AS", "arcsine risk difference", "arcsine risk difference", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_as,
     .reference = "Rücker et al. (2009), Stat. Med. 28:721-738"},

    {"IRR", "log incidence rate ratio", "incidence rate ratio", "exp", .null_value = 0.0,
     PERSON_TIME, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_irr,
     .reference = "Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed."},

    {"MD", "mean difference", "mean difference", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS", "UB", "HO"},
     .estimate = effect_md,
     .reference = "Borenstein (2009), Handbook of Research Synthesis, 221-235"},
    {"SMD", "standardized mean difference", "standardized mean difference", "none",
     .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS", "LS2", "UB", "AV"},
     .estimate = effect_smd, .average = average_smd,
     .reference = "Hedges (1981), J. Educ. Stat. 6:107-128"},
    {"SMDH", "standardized mean difference (heteroscedastic)",
     "standardized mean difference (heteroscedastic)", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS", "LS2", "LS3"},
     .estimate = effect_smdh,
     .reference = "Bonett (2008), Psychol. Methods 13:99-109"},
    {"ROM", "log ratio of means", "ratio of means", "exp", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS", "HO", "LS2", "AV", "AVHO"},
     .estimate = effect_rom, .average = average_cvs,
     .reference = "Hedges, Gurevitch & Curtis (1999), Ecology 80:1150-1156"},

    {"PR", "proportion", "proportion", "none", .null_value = NAN,
     PROPORTION, .add = 0.5, .vtypes = {"LS", "UB", "AV"},
     .estimate = effect_pr, .average = average_proportion,
     .reference = "Fleiss & Berlin (2009), Handbook of Research Synthesis, 237-253"},
    {"PLN", "log proportion", "proportion", "exp", .null_value = NAN,
     PROPORTION, .add = 0.5, .vtypes = {"LS", "AV"},
     .estimate = effect_pln, .average = average_proportion,
     .reference = "Fleiss & Berlin (2009), Handbook of Research Synthesis, 237-253"},
    {"PLO", "logit proportion", "proportion", "ilogit", .null_value = NAN,
     PROPORTION, .add = 0.5, .vtypes = {"LS", "AV"},
     .estimate = effect_plo, .average = average_proportion,
     .reference = "Fleiss & Berlin (2009), Handbook of Research Synthesis, 237-253"},
    {"PAS", "arcsine proportion", "proportion", "iarcsin", .null_value = NAN,
     PROPORTION, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_pas,
     .reference = "Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611"},
    {"PFT", "double arcsine proportion", "proportion", "ift", .null_value = NAN,
     PROPORTION, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_pft,
     .reference = "Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611"},

    {"COR", "correlation", "correlation", "none", .null_value = 0.0,
     .family = &family_correlations, FROM(recipes_correlations), .vtypes = {"LS", "AV"},
     .estimate = effect_cor, .average = average_cor,
     .reference = "Hunter & Schmidt (2004), Methods of Meta-Analysis, 2nd ed."},
    {"ZCOR", "Fisher z correlation", "correlation", "itanh", .null_value = 0.0,
     .family = &family_correlations, FROM(recipes_correlations), .vtypes = {"LS"},
     .estimate = effect_zcor,
     .reference = "Fisher (1921), Metron 1:3-32"},

    {"ABT", "log-transformed alpha", "Cronbach's alpha", "iabt", .null_value = NAN,
     .family = &family_reliability, FROM(recipes_reliability), .vtypes = {"LS"},
     .estimate = effect_abt,
     .reference = "Bonett (2002), J. Educ. Behav. Stat. 27:335-340"},

    {"MC", "mean change", "mean change", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_mc), .vtypes = {"LS"},
     .estimate = effect_mc,
     .reference = "Viechtbauer (2007), J. Educ. Behav. Stat. 32:39-60"},
    {"SMCR", "standardized mean change", "standardized mean change", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_smcr), .vtypes = {"LS", "LS2", "UB"},
     .estimate = effect_smcr,
     .reference = "Becker (1988), Br. J. Math. Stat. Psychol. 41:257-278"},
};
/* clang-format on */

enum { N_MEASURES = sizeof measures / sizeof *measures };

static const char *const zero_rules[] = {
    [TQ_TO_ONLY0] = "only0",
    [TQ_TO_ALL] = "all",
    [TQ_TO_IF0ALL] = "if0all",
    [TQ_TO_NONE] = "none",
};
_Static_assert(sizeof zero_rules / sizeof *zero_rules == TQ_TO_COUNT, "a name per zero rule");

const tq_measure *tq_measure_at(size_t i)
{
    return i < N_MEASURES ? &measures[i] : NULL;
}

const tq_measure *tq_measure_find(const char *code)
{
    for (size_t i = 0; i < N_MEASURES; i++) {
        if (strcmp(measures[i].code, code) == 0) {
            return &measures[i];
        }
    }
    return NULL;
}

static const char *code_at(const void *table, size_t i)
{
    (void)table;
    return i < N_MEASURES ? measures[i].code : NULL;
}

const char *tq_measure_nearest(const char *code)
{
    return tq_nearest_name(code, code_at, NULL);
}

tq_zero_rule tq_zero_rule_find(const char *name)
{
    unsigned rule = 0;

    while (rule < TQ_TO_COUNT && strcmp(zero_rules[rule], name) != 0) {
        rule++;
    }
    return (tq_zero_rule)rule;
}

const char *tq_zero_rule_name(tq_zero_rule rule)
{
    return (unsigned)rule < TQ_TO_COUNT ? zero_rules[rule] : NULL;
}

const tq_recipe *tq_measure_recipe(const tq_measure *m, tq_input_set given)
{
    for (size_t j = 0; j < m->n_recipes; j++) {
        if ((m->recipes[j].needs & ~given) == 0) {
            return &m->recipes[j];
        }
    }
    return NULL;
}
