/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of pooling methods. */
#include "pooling/method.h"

#include <stdio.h>
#include <string.h>

#include "pooling/tau2_internal.h"

/* clang-format off */
static const tau2_method methods[] = {
    [TQ_EE] = {"EE", "equal-effects model", "Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, ch. 6", 0, 1, tau2_none, tau2_se_none, NULL, 0},
    [TQ_FE] = {"FE", "fixed-effects model", "Hedges & Vevea (1998), Psychol. Methods 3:486-504", 0, 1, tau2_none, tau2_se_none, NULL, 0},
    [TQ_DL] = {"DL", "DerSimonian-Laird", "DerSimonian & Laird (1986), Control. Clin. Trials 7:177-188", 1, 1, tau2_dl, tau2_se_dl, NULL, 0},
    [TQ_DLIT] = {"DLIT", "iterated DerSimonian-Laird", "Kacker (2004), Metrologia 41:132-136", 1, 1, tau2_pm, tau2_se_pm, NULL, 0},
    [TQ_HE] = {"HE", "Hedges", "Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, ch. 9", 1, 1, tau2_he, tau2_se_he, NULL, 0},
    [TQ_CO] = {"CO", "Cochran (Hedges)", "Cochran (1954), Biometrics 10:101-129", 1, 1, tau2_he, tau2_se_he, NULL, 0},
    [TQ_HS] = {"HS", "Hunter-Schmidt", "Hunter & Schmidt (2004), Methods of Meta-Analysis, 2nd ed.", 1, 1, tau2_hs, tau2_se_hs, NULL, 0},
    [TQ_HSK] = {"HSk", "Hunter-Schmidt with small-sample correction", "Brannick et al. (2019), Res. Synth. Methods 10:486-497", 1, 1, tau2_hsk, tau2_se_hsk, NULL, 0},
    [TQ_SJ] = {"SJ", "Sidik-Jonkman", "Sidik & Jonkman (2005), J. R. Stat. Soc. C 54:367-384", 1, 1, tau2_sj, tau2_se_sj, NULL, 0},
    [TQ_SJIT] = {"SJIT", "iterated Sidik-Jonkman", "Sidik & Jonkman (2007), Stat. Med. 26:1964-1981", 1, 1, tau2_pm, tau2_se_pm, NULL, 0},
    [TQ_ML] = {"ML", "maximum likelihood", "Hardy & Thompson (1996), Stat. Med. 15:619-629", 1, 1, tau2_ml, tau2_se_ml, NULL, 0},
    [TQ_REML] = {"REML", "restricted maximum likelihood", "Viechtbauer (2005), J. Educ. Behav. Stat. 30:261-293", 1, 2, tau2_reml, tau2_se_reml, NULL, 0},
    [TQ_EB] = {"EB", "empirical Bayes", "Morris (1983), J. Am. Stat. Assoc. 78:47-55", 1, 1, tau2_pm, tau2_se_pm, NULL, 0},
    [TQ_PM] = {"PM", "Paule-Mandel", "Paule & Mandel (1982), J. Res. Natl. Bur. Stand. 87:377-385", 1, 1, tau2_pm, tau2_se_pm, NULL, 0},
    [TQ_PMM] = {"PMM", "median-unbiased Paule-Mandel", "Viechtbauer (2021), in Handbook of Meta-Analysis, ch. 11", 1, 1, tau2_pmm, tau2_se_pm, NULL, 0},
    [TQ_GENQ] = {"GENQ", "generalised Q statistic", "DerSimonian & Kacker (2007), Contemp. Clin. Trials 28:105-114", 1, 1, tau2_genq, tau2_se_genq, NULL, 0},
    [TQ_GENQM] = {"GENQM", "median-unbiased generalised Q statistic", "Viechtbauer (2021), in Handbook of Meta-Analysis, ch. 11", 1, 1, tau2_genqm, tau2_se_genq, NULL, 0},
    [TQ_IVHET] = {"IVhet", "inverse-variance heterogeneity model", "Doi et al. (2015), Contemp. Clin. Trials 45:130-138", 1, 1, tau2_dl, tau2_se_dl, NULL, 0},
    [TQ_HC] = {"HC", "Henmi-Copas", "Henmi & Copas (2010), Stat. Med. 29:2969-2983", 1, 1, tau2_dl, tau2_se_dl, pool_fit_hc, 0},
    [TQ_UWLS] = {"UWLS", "unrestricted weighted least squares", "Stanley & Doucouliagos (2015), Stat. Med. 34:2116-2127", 0, 1, tau2_none, tau2_se_none, pool_fit_uwls, 0},
    [TQ_QE] = {"QE", "quality effects model", "Doi et al. (2015), Contemp. Clin. Trials 45:123-129", 1, 1, tau2_dl, tau2_se_dl, pool_fit_qe, 0},
    [TQ_MH] = {"MH", "Mantel-Haenszel", "Mantel & Haenszel (1959), J. Natl. Cancer Inst. 22:719-748", 0, 1, NULL, NULL, fit_mantel_haenszel, TQ_COUNT_BIT(TQ_COUNT_OR) | TQ_COUNT_BIT(TQ_COUNT_RR) | TQ_COUNT_BIT(TQ_COUNT_RD) | TQ_COUNT_BIT(TQ_COUNT_IRR) | TQ_COUNT_BIT(TQ_COUNT_IRD)},
    [TQ_PETO] = {"PETO", "Peto", "Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371", 0, 1, NULL, NULL, fit_peto, TQ_COUNT_BIT(TQ_COUNT_PETO)},
    [TQ_GLMM] = {"GLMM", "generalised linear mixed model", "Stijnen, Hamza & Ozdemir (2010), Stat. Med. 29:3046-3067", 1, 1, NULL, NULL, pool_fit_glmm, TQ_COUNT_BIT(TQ_COUNT_OR) | TQ_COUNT_BIT(TQ_COUNT_IRR) | TQ_COUNT_BIT(TQ_COUNT_PLO) | TQ_COUNT_BIT(TQ_COUNT_IRLN)},
    [TQ_BB] = {"BB", "beta-binomial model", "Kuss (2015), Stat. Med. 34:1097-1116", 0, 1, NULL, NULL, pool_fit_beta_binomial, TQ_COUNT_BIT(TQ_COUNT_OR) | TQ_COUNT_BIT(TQ_COUNT_RR) | TQ_COUNT_BIT(TQ_COUNT_RD) | TQ_COUNT_BIT(TQ_COUNT_PLO)},
    [TQ_FIRTH] = {"FIRTH", "Firth's penalised logistic regression", "Firth (1993), Biometrika 80:27-38", 0, 1, NULL, NULL, pool_fit_firth, TQ_COUNT_BIT(TQ_COUNT_OR)},
};
/* clang-format on */
_Static_assert(sizeof methods / sizeof *methods == TQ_METHOD_COUNT, "a row per method");

const tau2_method *tau2_method_row(tq_method method)
{
    return (unsigned)method < TQ_METHOD_COUNT ? &methods[method] : NULL;
}

const char *tq_method_name(tq_method method)
{
    return (unsigned)method < TQ_METHOD_COUNT ? methods[method].name : NULL;
}

const char *tq_method_label(tq_method method)
{
    return (unsigned)method < TQ_METHOD_COUNT ? methods[method].label : NULL;
}

const char *tq_method_source(tq_method method)
{
    return (unsigned)method < TQ_METHOD_COUNT ? methods[method].source : NULL;
}

int tq_method_random(tq_method method)
{
    return (unsigned)method < TQ_METHOD_COUNT && methods[method].random;
}

unsigned tq_method_counts(tq_method method)
{
    return (unsigned)method < TQ_METHOD_COUNT ? methods[method].counts : 0;
}

tq_status tq_method_check(tq_method method, tq_count_scale scale, tq_error *err)
{
    const unsigned scales = tq_method_counts(method);
    char names[64] = "";

    if (!scales || (scales & TQ_COUNT_BIT(scale))) {
        return TQ_OK;
    }
    for (tq_count_scale s = 0; s < TQ_COUNT_COUNT; s++) {
        if (scales & TQ_COUNT_BIT(s)) {
            const size_t used = strlen(names);

            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                     tq_count_scale_name(s));
        }
    }
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "method %s pools counts: it needs --measure %s",
                   tq_method_name(method), names);
}

tq_method tq_method_find(const char *name)
{
    tq_method m = 0;

    while (m < TQ_METHOD_COUNT && strcmp(methods[m].name, name) != 0) {
        m++;
    }
    return m;
}
