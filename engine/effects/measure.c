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
#define MATCHED .family = &family_matched, FROM(recipes_matched), .to = TQ_TO_ONLY0
#define PERSON_TIME .family = &family_person_time, FROM(recipes_person_time), .to = TQ_TO_ONLY0
#define RATE .family = &family_rate, FROM(recipes_rate), .to = TQ_TO_ONLY0
#define PROPORTION .family = &family_proportions, FROM(recipes_proportions), .to = TQ_TO_ONLY0

/* clang-format off */
static const tq_measure measures[] = {
    {"GEN", "effect", "effect", "none", .null_value = 0.0,
     .family = &family_generic, FROM(recipes_generic), .vtypes = {"LS"},
     .estimate = effect_gen,
     .reference = "as given"},
    {"HR", "log hazard ratio", "hazard ratio", "exp", .null_value = 0.0,
     .family = &family_generic, FROM(recipes_hazard), .vtypes = {"LS"},
     .estimate = effect_gen,
     .reference = "Parmar, Torri & Stewart (1998), Stat. Med. 17:2815-2834"},
    {"HD", "hazard difference", "hazard difference", "none", .null_value = 0.0,
     .family = &family_generic, FROM(recipes_given), .vtypes = {"LS"},
     .estimate = effect_gen,
     .reference = "as given"},

    {"RR", "log risk ratio", "risk ratio", "exp", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_rr, .average = average_risks,
     .reference = "Fleiss & Berlin (2009), Handbook of Research Synthesis, 237-253"},
    {"VE", "log risk ratio (vaccine efficacy)", "vaccine efficacy (%)", "ive", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_rr, .average = average_risks,
     .reference = "Orenstein et al. (1985), Bull. World Health Organ. 63:1055-1068"},
    {"OR", "log odds ratio", "odds ratio", "exp", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_or, .average = average_risks,
     .reference = "Woolf (1955), Ann. Hum. Genet. 19:251-253"},
    {"DOR", "log diagnostic odds ratio", "diagnostic odds ratio", "exp", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_or, .average = average_risks,
     .reference = "Glas et al. (2003), J. Clin. Epidemiol. 56:1129-1135"},
    {"RD", "risk difference", "risk difference", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "UB", "AV", "H0"},
     .estimate = effect_rd, .average = average_risks,
     .reference = "Fleiss & Berlin (2009), Handbook of Research Synthesis, 237-253"},
    {"PETO", "log odds ratio (Peto)", "odds ratio (Peto)", "exp", .null_value = 0.0,
     .family = &family_two_by_two, FROM(recipes_peto), .to = TQ_TO_ONLY0, .add = 0.5,
     .vtypes = {"LS"},
     .estimate = effect_peto,
     .reference = "Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371"},
    {"AS", "arcsine risk difference", "arcsine risk difference", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_as,
     .reference = "Rücker et al. (2009), Stat. Med. 28:721-738"},
    {"PHI", "phi coefficient", "phi coefficient", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.0, .vtypes = {"CS", "ST", "LS"},
     .estimate = effect_phi,
     .reference = "Yule (1912), J. R. Stat. Soc. 75:579-652"},
    {"ZPHI", "Fisher z of phi", "phi coefficient", "itanh", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.0, .vtypes = {"CS", "ST", "LS"},
     .estimate = effect_zphi,
     .reference = "Yule (1912), J. R. Stat. Soc. 75:579-652"},
    {"YUQ", "Yule's Q", "Yule's Q", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_yuq,
     .reference = "Yule (1912), J. R. Stat. Soc. 75:579-652"},
    {"YUY", "Yule's Y", "Yule's Y", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_yuy,
     .reference = "Yule (1912), J. R. Stat. Soc. 75:579-652"},
    {"RTET", "tetrachoric correlation", "tetrachoric correlation", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_rtet,
     .reference = "Kirk (1973), Psychometrika 38:259-268"},
    {"ZTET", "Fisher z of tetrachoric correlation",
     "tetrachoric correlation", "itanh", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_ztet,
     .reference = "Kirk (1973), Psychometrika 38:259-268"},
    {"PBIT", "probit difference",
     "standardized mean difference (probit)", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_pbit,
     .reference = "Sánchez-Meca et al. (2003), Psychol. Methods 8:448-467"},
    {"OR2D", "standardized mean difference from the odds ratio (logistic)",
     "standardized mean difference (from OR)", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_or2dl, .average = average_risks,
     .reference = "Hasselblad & Hedges (1995), Psychol. Bull. 117:167-178"},
    {"OR2DL", "standardized mean difference from the odds ratio (logistic)",
     "standardized mean difference (from OR)", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_or2dl, .average = average_risks,
     .reference = "Hasselblad & Hedges (1995), Psychol. Bull. 117:167-178"},
    {"OR2DN", "standardized mean difference from the odds ratio (normal)",
     "standardized mean difference (from OR)", "none", .null_value = 0.0,
     TWO_BY_TWO, .add = 0.5, .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_or2dn, .average = average_risks,
     .reference = "Sánchez-Meca et al. (2003), Psychol. Methods 8:448-467"},

    {"MPRD", "matched-pairs risk difference",
     "risk difference (matched)", "none", .null_value = 0.0,
     MATCHED, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_mprd,
     .reference = "May & Johnson (1997), Stat. Med. 16:2127-2136"},
    {"MPRR", "matched-pairs log risk ratio", "risk ratio (matched)", "exp", .null_value = 0.0,
     MATCHED, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_mprr,
     .reference = "Zou (2007), Clin. Trials 4:25-31"},
    {"MPOR", "matched-pairs marginal log odds ratio",
     "odds ratio (marginal)", "exp", .null_value = 0.0,
     MATCHED, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_mpor,
     .reference = "Elbourne et al. (2002), Int. J. Epidemiol. 31:140-149"},
    {"MPORC", "matched-pairs conditional log odds ratio",
     "odds ratio (conditional)", "exp", .null_value = 0.0,
     MATCHED, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_mporc,
     .reference = "Curtin, Elbourne & Altman (2002), Stat. Med. 21:2145-2159"},
    {"MPPETO", "matched-pairs log odds ratio (Peto)",
     "odds ratio (matched, Peto)", "exp", .null_value = 0.0,
     MATCHED, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_mppeto,
     .reference = "Curtin, Elbourne & Altman (2002), Stat. Med. 21:2145-2159"},
    {"MPORM", "marginal log odds ratio from margins",
     "odds ratio (marginal)", "exp", .null_value = 0.0,
     .family = &family_margins, FROM(recipes_margins), .to = TQ_TO_ONLY0, .add = 0.5,
     .vtypes = {"LS"},
     .estimate = effect_mporm,
     .reference = "Elbourne et al. (2002), Int. J. Epidemiol. 31:140-149"},

    {"IRR", "log incidence rate ratio", "incidence rate ratio", "exp", .null_value = 0.0,
     PERSON_TIME, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_irr,
     .reference = "Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed."},
    {"IRD", "incidence rate difference", "incidence rate difference", "none", .null_value = 0.0,
     PERSON_TIME, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_ird,
     .reference = "Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed."},
    {"IRSD", "square root incidence rate difference",
     "square root incidence rate difference", "none", .null_value = 0.0,
     PERSON_TIME, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_irsd,
     .reference = "Bagos & Nikolopoulos (2009), Int. J. Biostat. 5(1):21"},
    {"IR", "incidence rate", "incidence rate", "none", .null_value = NAN,
     RATE, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_ir,
     .reference = "Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed."},
    {"IRLN", "log incidence rate", "incidence rate", "exp", .null_value = NAN,
     RATE, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_irln,
     .reference = "Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed."},
    {"IRS", "square root incidence rate", "incidence rate", "sqr", .null_value = NAN,
     RATE, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_irs,
     .reference = "Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed."},
    {"IRFT", "Freeman-Tukey incidence rate", "incidence rate", "iirft", .null_value = NAN,
     RATE, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_irft,
     .reference = "Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611"},

    {"MD", "mean difference", "mean difference", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS", "UB", "HO"},
     .estimate = effect_md,
     .reference = "Borenstein (2009), Handbook of Research Synthesis, 221-235"},
    {"SMD", "standardized mean difference",
     "standardized mean difference", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS", "LS2", "UB", "AV", "H0", "RM"},
     .estimate = effect_smd, .average = average_smd,
     .reference = "Hedges (1981), J. Educ. Stat. 6:107-128"},
    {"SMDH", "standardized mean difference (heteroscedastic)",
     "standardized mean difference (heteroscedastic)", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS", "LS2", "LS3"},
     .estimate = effect_smdh,
     .reference = "Bonett (2008), Psychol. Methods 13:99-109"},
    {"SMD1", "standardized mean difference (sd of group 2)",
     "standardized mean difference (sd of group 2)", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd1), .vtypes = {"LS", "LS2", "UB", "AV", "H0"},
     .estimate = effect_smd1, .average = average_smd1,
     .reference = "Glass (1976), Educ. Res. 5(10):3-8"},
    {"SMD1H", "standardized mean difference (sd of group 2, heteroscedastic)",
     "standardized mean difference (sd of group 2)", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS"},
     .estimate = effect_smd1h,
     .reference = "Bonett (2008), Psychol. Methods 13:99-109"},
    {"ROM", "log ratio of means", "ratio of means", "exp", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS", "HO", "LS2", "AV", "AVHO"},
     .estimate = effect_rom, .average = average_cvs,
     .reference = "Hedges, Gurevitch & Curtis (1999), Ecology 80:1150-1156"},
    {"VR", "log variability ratio", "variability ratio", "exp", .null_value = 0.0,
     .family = &family_means, FROM(recipes_sds), .vtypes = {"LS", "LS2"},
     .estimate = effect_vr,
     .reference = "Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152"},
    {"CVR", "log ratio of coefficients of variation",
     "ratio of coefficients of variation", "exp", .null_value = 0.0,
     .family = &family_means, FROM(recipes_means), .vtypes = {"LS", "LS2"},
     .estimate = effect_cvr,
     .reference = "Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152"},
    {"RPB", "point-biserial correlation", "point-biserial correlation", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"ST", "CS", "LS"},
     .estimate = effect_rpb,
     .reference = "Tate (1954), Ann. Math. Stat. 25:603-607"},
    {"ZPB", "Fisher z of point-biserial correlation",
     "point-biserial correlation", "itanh", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"ST", "CS", "LS"},
     .estimate = effect_zpb,
     .reference = "Tate (1954), Ann. Math. Stat. 25:603-607"},
    {"RBIS", "biserial correlation", "biserial correlation", "none", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS"},
     .estimate = effect_rbis,
     .reference = "Jacobs & Viechtbauer (2017), Res. Synth. Methods 8:161-180"},
    {"ZBIS", "Fisher z of biserial correlation",
     "biserial correlation", "itanh", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS"},
     .estimate = effect_zbis,
     .reference = "Jacobs & Viechtbauer (2017), Res. Synth. Methods 8:161-180"},
    {"D2OR", "log odds ratio from d (logistic)", "odds ratio (from d)", "exp", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS"},
     .estimate = effect_d2orl,
     .reference = "Hasselblad & Hedges (1995), Psychol. Bull. 117:167-178"},
    {"D2ORL", "log odds ratio from d (logistic)", "odds ratio (from d)", "exp", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS"},
     .estimate = effect_d2orl,
     .reference = "Hasselblad & Hedges (1995), Psychol. Bull. 117:167-178"},
    {"D2ORN", "log odds ratio from d (normal)", "odds ratio (from d)", "exp", .null_value = 0.0,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS"},
     .estimate = effect_d2orn,
     .reference = "Sánchez-Meca et al. (2003), Psychol. Methods 8:448-467"},

    {"CLES", "common language effect size",
     "probability of superiority", "none", .null_value = 0.5,
     .family = &family_roc, FROM(recipes_roc), .vtypes = {"LS", "LS2", "H0", "MAX"},
     .estimate = effect_auc,
     .reference = "Newcombe (2006), Stat. Med. 25:559-573"},
    {"AUC", "area under the ROC curve", "area under the ROC curve", "none", .null_value = 0.5,
     .family = &family_roc, FROM(recipes_roc), .vtypes = {"LS", "LS2", "H0", "MAX"},
     .estimate = effect_auc,
     .reference = "Newcombe (2006), Stat. Med. 25:559-573"},
    {"CLESN", "common language effect size (normal)",
     "probability of superiority", "none", .null_value = 0.5,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS", "HO", "LS2", "LS3", "H0"},
     .estimate = effect_clesn,
     .reference = "McGraw & Wong (1992), Psychol. Bull. 111:361-365"},
    {"AUCN", "area under the ROC curve (normal)",
     "area under the ROC curve", "none", .null_value = 0.5,
     .family = &family_means, FROM(recipes_smd), .vtypes = {"LS", "HO", "LS2", "LS3", "H0"},
     .estimate = effect_clesn,
     .reference = "McGraw & Wong (1992), Psychol. Bull. 111:361-365"},
    {"CLESCN", "common language effect size (dependent, normal)",
     "probability of superiority", "none", .null_value = 0.5,
     .family = &family_paired, FROM(recipes_paired), .vtypes = {"LS", "HO", "LS2", "LS3", "H0"},
     .estimate = effect_clescn,
     .reference = "McGraw & Wong (1992), Psychol. Bull. 111:361-365"},
    {"AUCCN", "area under the ROC curve (dependent, normal)",
     "area under the ROC curve", "none", .null_value = 0.5,
     .family = &family_paired, FROM(recipes_paired), .vtypes = {"LS", "HO", "LS2", "LS3", "H0"},
     .estimate = effect_clescn,
     .reference = "McGraw & Wong (1992), Psychol. Bull. 111:361-365"},

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
    {"PRZ", "probit proportion", "proportion", "iprobit", .null_value = NAN,
     PROPORTION, .add = 0.5, .vtypes = {"LS"},
     .estimate = effect_prz,
     .reference = "Sánchez-Meca et al. (2003), Psychol. Methods 8:448-467"},
    {"PAS", "arcsine proportion", "proportion", "iarcsin", .null_value = NAN,
     PROPORTION, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_pas,
     .reference = "Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611"},
    {"PFT", "double arcsine proportion", "proportion", "ift", .null_value = NAN,
     PROPORTION, .add = 0.0, .vtypes = {"LS"},
     .estimate = effect_pft,
     .reference = "Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611"},

    {"MN", "mean", "mean", "none", .null_value = NAN,
     .family = &family_mean, FROM(recipes_mean), .vtypes = {"LS", "HO"},
     .estimate = effect_mn, .average = average_variance,
     .reference = "Borenstein (2009), Handbook of Research Synthesis, 221-235"},
    {"MNLN", "log mean", "mean", "exp", .null_value = NAN,
     .family = &family_mean, FROM(recipes_mean), .vtypes = {"LS"},
     .estimate = effect_mnln,
     .reference = "Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152"},
    {"SMN", "standardized mean", "standardized mean", "none", .null_value = 0.0,
     .family = &family_mean, FROM(recipes_mean), .vtypes = {"LS"},
     .estimate = effect_smn,
     .reference = "Hedges (1981), J. Educ. Stat. 6:107-128"},
    {"SDLN", "log standard deviation", "standard deviation", "exp", .null_value = NAN,
     .family = &family_mean, FROM(recipes_sd), .vtypes = {"LS"},
     .estimate = effect_sdln,
     .reference = "Raudenbush & Bryk (1987), J. Educ. Stat. 12:241-269"},
    {"CVLN", "log coefficient of variation", "coefficient of variation", "exp", .null_value = NAN,
     .family = &family_mean, FROM(recipes_mean), .vtypes = {"LS"},
     .estimate = effect_cvln,
     .reference = "Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152"},

    {"COR", "correlation", "correlation", "none", .null_value = 0.0,
     .family = &family_correlations, FROM(recipes_correlations), .vtypes = {"LS", "AV", "H0"},
     .estimate = effect_cor, .average = average_cor,
     .reference = "Hunter & Schmidt (2004), Methods of Meta-Analysis, 2nd ed."},
    {"COR3", "correlation with 3 degrees of freedom added (UWLS+3)", "correlation", "none",
     .null_value = 0.0, .family = &family_correlations, FROM(recipes_correlations),
     .vtypes = {"LS"}, .estimate = effect_cor3,
     .reference = "Stanley, Doucouliagos & Havranek (2025), Res. Synth. Methods 16:42-59"},
    {"UCOR", "unbiased correlation", "correlation", "none", .null_value = 0.0,
     .family = &family_correlations, FROM(recipes_correlations), .vtypes = {"LS", "UB", "AV"},
     .estimate = effect_ucor, .average = average_ucor,
     .reference = "Olkin & Pratt (1958), Ann. Math. Stat. 29:201-211"},
    {"ZCOR", "Fisher z correlation", "correlation", "itanh", .null_value = 0.0,
     .family = &family_correlations, FROM(recipes_correlations), .vtypes = {"LS"},
     .estimate = effect_zcor,
     .reference = "Fisher (1921), Metron 1:3-32"},
    {"PCOR", "partial correlation", "partial correlation", "none", .null_value = 0.0,
     .family = &family_partial, FROM(recipes_partial), .vtypes = {"LS", "AV"},
     .estimate = effect_pcor, .average = average_cor,
     .reference = "Aloe & Becker (2012), J. Educ. Behav. Stat. 37:278-297"},
    {"PCOR3", "partial correlation with 3 degrees of freedom added (UWLS+3)",
     "partial correlation", "none", .null_value = 0.0, .family = &family_partial,
     FROM(recipes_partial), .vtypes = {"LS"}, .estimate = effect_pcor3,
     .reference = "Stanley, Doucouliagos & Havranek (2024), Res. Synth. Methods 15:313-325"},
    {"ZPCOR", "Fisher z of partial correlation", "partial correlation", "itanh", .null_value = 0.0,
     .family = &family_partial, FROM(recipes_partial), .vtypes = {"LS"},
     .estimate = effect_zpcor,
     .reference = "Fisher (1924), Metron 3:329-332"},
    {"SPCOR", "semi-partial correlation", "semi-partial correlation", "none", .null_value = 0.0,
     .family = &family_semipartial, FROM(recipes_semipartial), .vtypes = {"LS", "AV"},
     .estimate = effect_spcor, .average = average_cor,
     .reference = "Aloe & Becker (2012), J. Educ. Behav. Stat. 37:278-297"},
    {"ZSPCOR", "Fisher z of semi-partial correlation",
     "semi-partial correlation", "itanh", .null_value = 0.0,
     .family = &family_semipartial, FROM(recipes_semipartial), .vtypes = {"LS"},
     .estimate = effect_zspcor,
     .reference = "Aloe & Becker (2012), J. Educ. Behav. Stat. 37:278-297"},
    {"R2", "coefficient of determination",
     "coefficient of determination", "none", .null_value = NAN,
     .family = &family_determination, FROM(recipes_determination),
     .vtypes = {"LS", "LS2", "AV", "AV2"},
     .estimate = effect_r2, .average = average_determination,
     .reference = "Kendall & Stuart (1979), The Advanced Theory of Statistics, vol. 2"},
    {"ZR2", "Fisher z of multiple correlation",
     "coefficient of determination", "itanh2", .null_value = NAN,
     .family = &family_determination, FROM(recipes_determination), .vtypes = {"LS"},
     .estimate = effect_zr2,
     .reference = "Olkin & Finn (1995), Psychol. Bull. 118:155-164"},
    {"R2F", "coefficient of determination (fixed predictors)",
     "coefficient of determination", "none", .null_value = NAN,
     .family = &family_determination, FROM(recipes_determination), .vtypes = {"LS"},
     .estimate = effect_r2f,
     .reference = "posterior variance, likelihood of the noncentral F"},
    {"ZR2F", "Fisher z of multiple correlation (fixed predictors)",
     "coefficient of determination", "itanh2", .null_value = NAN,
     .family = &family_determination, FROM(recipes_determination), .vtypes = {"LS"},
     .estimate = effect_zr2f,
     .reference = "posterior variance, likelihood of the noncentral F"},

    {"ARAW", "alpha", "Cronbach's alpha", "none", .null_value = NAN,
     .family = &family_reliability, FROM(recipes_reliability), .vtypes = {"LS"},
     .estimate = effect_araw,
     .reference = "Bonett (2010), Psychol. Methods 15:368-385"},
    {"AHW", "cube-root-transformed alpha", "Cronbach's alpha", "iahw", .null_value = NAN,
     .family = &family_reliability, FROM(recipes_reliability), .vtypes = {"LS"},
     .estimate = effect_ahw,
     .reference = "Hakstian & Whalen (1976), Psychometrika 41:219-231"},
    {"ABT", "log-transformed alpha", "Cronbach's alpha", "iabt", .null_value = NAN,
     .family = &family_reliability, FROM(recipes_reliability), .vtypes = {"LS"},
     .estimate = effect_abt,
     .reference = "Bonett (2002), J. Educ. Behav. Stat. 27:335-340"},

    {"REH", "log relative excess heterozygosity",
     "relative excess heterozygosity", "exp", .null_value = 0.0,
     .family = &family_genotypes, FROM(recipes_genotypes), .vtypes = {"LS"},
     .estimate = effect_reh,
     .reference = "Ziegler, Van Steen & Wellek (2011), Breast Cancer Res. Treat. 128:197-201"},

    {"MC", "mean change", "mean change", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_mc), .vtypes = {"LS"},
     .estimate = effect_mc,
     .reference = "Viechtbauer (2007), J. Educ. Behav. Stat. 32:39-60"},
    {"SMCC", "standardized mean change (sd of the change)",
     "standardized mean change (sd of the change)", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_smcc), .vtypes = {"LS", "LS2", "UB", "H0"},
     .estimate = effect_smcc,
     .reference = "Gibbons, Hedeker & Davis (1993), J. Educ. Stat. 18:271-279"},
    {"SMCR", "standardized mean change", "standardized mean change", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_smcr), .vtypes = {"LS", "LS2", "UB", "H0"},
     .estimate = effect_smcr,
     .reference = "Becker (1988), Br. J. Math. Stat. Psychol. 41:257-278"},
    {"SMCRH", "standardized mean change (heteroscedastic)",
     "standardized mean change (heteroscedastic)", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_paired_change), .vtypes = {"LS", "LS2"},
     .estimate = effect_smcrh,
     .reference = "Bonett (2008), Psychol. Methods 13:99-109"},
    {"SMCRP", "standardized mean change (pooled sd)",
     "standardized mean change (pooled sd)", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_paired_change), .vtypes = {"LS"},
     .estimate = effect_smcrp,
     .reference = "Cousineau (2020), Quant. Methods Psychol. 16:418-421"},
    {"SMCRPH", "standardized mean change (pooled sd, heteroscedastic)",
     "standardized mean change (pooled sd)", "none", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_paired_change), .vtypes = {"LS", "LS2"},
     .estimate = effect_smcrph,
     .reference = "Bonett (2008), Psychol. Methods 13:99-109"},
    {"ROMC", "log ratio of means (dependent)", "ratio of means", "exp", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_paired), .vtypes = {"LS", "LS2"},
     .estimate = effect_romc,
     .reference = "Lajeunesse (2011), Ecology 92:2049-2055"},
    {"VRC", "log variability ratio (dependent)", "variability ratio", "exp", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_paired_sds), .vtypes = {"LS", "LS2"},
     .estimate = effect_vrc,
     .reference = "Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152"},
    {"CVRC", "log ratio of coefficients of variation (dependent)",
     "ratio of coefficients of variation", "exp", .null_value = 0.0,
     .family = &family_paired, FROM(recipes_paired), .vtypes = {"LS", "LS2"},
     .estimate = effect_cvrc,
     .reference = "Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152"},
};
/* clang-format on */

enum { N_MEASURES = sizeof measures / sizeof *measures };

static const char *const zero_rules[] = {
    [TQ_TO_ONLY0] = "only0", [TQ_TO_ALL] = "all",   [TQ_TO_IF0ALL] = "if0all",
    [TQ_TO_NONE] = "none",   [TQ_TO_TACC] = "tacc",
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

tq_input_set tq_measure_directs(const tq_measure *m)
{
    const tq_input_set t_and_p = TQ_INPUT_BIT(TQ_IN_TI_STAT) | TQ_INPUT_BIT(TQ_IN_PI);

    for (size_t j = 0; j < m->n_recipes; j++) {
        if (m->recipes[j].needs & t_and_p) {
            return m->family->directs;
        }
    }
    return 0;
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
