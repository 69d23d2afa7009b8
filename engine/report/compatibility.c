/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Defaults of other systems. A row per default that differs from ours and that an option here can
 * give; what no option gives is listed in words. A row is verified when it was read from the system's
 * own source or documentation, not when another program or a paper says so.
 */
#include "report/compatibility.h"

#include <string.h>

#include "report/page/text_internal.h"

/* What is done without --tests. */
#define SUITED "by measure"
#define META_SETTINGS "settings.meta(), R package meta"
#define REVMAN_ALGORITHMS "Deeks & Higgins (2010), Statistical algorithms in Review Manager 5"

static const tq_compat_default metafor[] = {
    {"nagq", "25", "7", NULL, TQ_COMPAT_GLMM, 1, "rma.glmm(): nAGQ"},
    {"tests", SUITED, "egger-rma", NULL, TQ_COMPAT_BIAS, 1, "regtest(): model = rma"},
};

static const char *const metafor_not_done[] = {
    "there are no subgroups: a factor among the moderators assumes one tau2 (--subgroup-tau2 "
    "common)",
    "iterations stop at a step of 1e-5 (--threshold is relative here, and 1e-10)",
};

static const tq_compat_default meta[] = {
    {"i2", "tau2", "Q", NULL, TQ_COMPAT_RANDOM, 1, META_SETTINGS ": method.i2 = Q"},
    {"ci-tau2", "QP", "J", NULL, TQ_COMPAT_DL, 1, "metagen(): method.tau.ci"},
    {"predict", "default", "t", NULL, TQ_COMPAT_RANDOM, 0,
     "metagen(): method.predict; t with k - 1 df since version 8, k - 2 before (--predict riley)"},
    {"vtype", "LS", "UB", "SMD", TQ_COMPAT_ALWAYS, 1, META_SETTINGS ": exact.smd = TRUE"},
    {"correct", "yes", "no", "ROM", TQ_COMPAT_ALWAYS, 1, "metacont()"},
    {"add-cells", "all", "events", "RR", TQ_COMPAT_ALWAYS, 1,
     META_SETTINGS ": RR.Cochrane = FALSE"},
    {"drop00", "no", "yes", "OR RR", TQ_COMPAT_ALWAYS, 1, META_SETTINGS ": allstudies = FALSE"},
    {"mh-variance", "sato", "gr", "RD", TQ_COMPAT_MH, 1, "metabin()"},
    {"tests", SUITED, "harbord", "OR", TQ_COMPAT_BIAS, 1, "metabin(): method.bias"},
    {"tests", SUITED, "deeks", "DOR", TQ_COMPAT_BIAS, 1, "metabin(): method.bias"},
    {"tests", SUITED, "pustejovsky", "SMD", TQ_COMPAT_BIAS, 0, "metacont(): method.bias"},
    {"tests", SUITED, "egger-lm", NULL, TQ_COMPAT_BIAS, 1, META_SETTINGS ": method.bias = Egger"},
    {"trim-method", "the model's", "EE", NULL, TQ_COMPAT_TRIMMED, 1,
     "trimfill.meta(): ma.common = TRUE"},
};

static const char *const meta_not_done[] = {
    "a common-effect model stands beside the random-effects model (--method EE, MH)",
    "increments for zero cells in the Mantel-Haenszel estimate (MH.exact = FALSE)",
    "Q and the tau2 of DL around the Mantel-Haenszel estimate (Q.Cochrane = TRUE)",
};

/* Those of the models first; RevMan Web kept the others. */
enum { REVMAN5_MODELS = 4 };

static const tq_compat_default revman5[] = {
    {"method", "REML", "DL", NULL, TQ_COMPAT_ALWAYS, 0,
     "Deeks & Higgins (2010); R package meta, settings.meta(RevMan5)"},
    {"i2", "tau2", "Q", NULL, TQ_COMPAT_RANDOM, 0, "Deeks & Higgins (2010)"},
    {"ci-tau2", "QP", "none", NULL, TQ_COMPAT_RANDOM, 0, "not offered"},
    {"predict", "default", "none", NULL, TQ_COMPAT_RANDOM, 0,
     "not offered; R package meta, settings.meta(RevMan5)"},
    {"vtype", "LS", "RM", "SMD", TQ_COMPAT_ALWAYS, 0, REVMAN_ALGORITHMS},
    {"exact-bias", "yes", "no", "SMD", TQ_COMPAT_ALWAYS, 0, REVMAN_ALGORITHMS},
    {"drop00", "no", "yes", "OR RR", TQ_COMPAT_ALWAYS, 0, REVMAN_ALGORITHMS},
    {"mh-variance", "sato", "gr", "RD", TQ_COMPAT_MH, 0, REVMAN_ALGORITHMS},
};

static const char *const revman5_not_done[] = {
    "new outcomes start with fixed effects (--method MH for tables, EE otherwise)",
    "random effects of tables: Q and the tau2 of DL around the Mantel-Haenszel estimate",
    "increments for zero cells in the Mantel-Haenszel estimate",
};

static const char *const revman_not_done[] = {
    "new outcomes start with fixed effects (--method MH for tables, EE otherwise)",
    "authors choose DL or REML, Wald or Hartung-Knapp-Sidik-Jonkman (--method, --test knha)",
    "random effects of tables: Q and the tau2 of DL around the Mantel-Haenszel estimate",
};

static const tq_compat_default stata[] = {
    {"ci-tau2", "QP", "none", NULL, TQ_COMPAT_RANDOM, 0, "meta summarize"},
    {"predict", "default", "riley", NULL, TQ_COMPAT_RANDOM, 0, "meta summarize, predinterval"},
    {"exact-bias", "yes", "no", "SMD", TQ_COMPAT_ALWAYS, 0, "meta esize, hedgesg without exact"},
    {"mh-variance", "sato", "gr", "RD", TQ_COMPAT_MH, 0, "meta summarize, common(mhaenszel)"},
    {"tests", SUITED, "egger-rma", NULL, TQ_COMPAT_BIAS, 0,
     "meta bias, egger; a test must be named there"},
};

static const char *const stata_not_done[] = {
    "studies without events in both groups: what meta esize does by default is not known here",
    "meta esize, hedgesg(holkinse): --vtype RM",
};

static const tq_compat_default cma[] = {
    {"method", "REML", "DL", NULL, TQ_COMPAT_ALWAYS, 0, "Borenstein et al. (2009), ch. 12"},
    {"i2", "tau2", "Q", NULL, TQ_COMPAT_RANDOM, 0, "Borenstein et al. (2009), ch. 16"},
    {"ci-tau2", "QP", "none", NULL, TQ_COMPAT_RANDOM, 0, "not shown"},
    {"predict", "default", "riley", NULL, TQ_COMPAT_RANDOM, 0, "Borenstein et al. (2009), ch. 17"},
    {"vtype", "LS", "LS2", "SMD", TQ_COMPAT_ALWAYS, 0, "Borenstein et al. (2009), ch. 4"},
    {"exact-bias", "yes", "no", "SMD", TQ_COMPAT_ALWAYS, 0, "Borenstein et al. (2009), ch. 4"},
    {"tests", SUITED, "egger-lm,begg", NULL, TQ_COMPAT_BIAS, 0,
     "Borenstein (2005), in Publication Bias in Meta-Analysis, ch. 11"},
};

static const char *const cma_not_done[] = {
    "a fixed-effect model stands beside the random-effects model (--method EE)",
    "not known here: zero cells of risk ratios, bias of ratios of means, Mantel-Haenszel of RD",
    "trim and fill: the user says which model trims (--trim-method)",
};

#define COUNT(x) (sizeof(x) / sizeof *(x))
#define LIST(x) x, COUNT(x)

static const tq_compat_system systems[] = {
    {"metafor", "R package metafor", "5.1", LIST(metafor), LIST(metafor_not_done)},
    {"meta", "R package meta", "8.4", LIST(meta), LIST(meta_not_done)},
    {"revman5", "RevMan 5", "5.4", LIST(revman5), LIST(revman5_not_done)},
    {"revman", "RevMan Web", "2025", revman5 + REVMAN5_MODELS, COUNT(revman5) - REVMAN5_MODELS,
     LIST(revman_not_done)},
    {"stata", "Stata meta", "18", LIST(stata), LIST(stata_not_done)},
    {"cma", "Comprehensive Meta-Analysis", "4", LIST(cma), LIST(cma_not_done)},
};

const tq_compat_system *tq_compat_system_at(size_t i)
{
    return i < COUNT(systems) ? &systems[i] : NULL;
}

int tq_compat_applies(const tq_compat_default *row, const char *command, const char *measure,
                      tq_method method)
{
    const int random = tq_method_random(method) && !tq_method_counts(method);
    const int counts[] = {
        [TQ_COMPAT_ALWAYS] = 1,
        [TQ_COMPAT_RANDOM] = random,
        [TQ_COMPAT_DL] = method == TQ_DL,
        [TQ_COMPAT_MH] = method == TQ_MH,
        [TQ_COMPAT_GLMM] = method == TQ_GLMM,
        [TQ_COMPAT_BIAS] = strcmp(command, "bias") == 0,
        [TQ_COMPAT_TRIMMED] = random,
    };

    return counts[row->when] && (!row->measures || text_listed(row->measures, measure));
}

const char *tq_compat_status(const tq_compat_default *row)
{
    return row->verified ? "verified" : "unverified";
}
