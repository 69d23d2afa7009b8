/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Defaults and names of the model's options. */
#include <math.h>

#include "pooling/model.h"

tq_pool_options tq_pool_defaults(void)
{
    return (tq_pool_options){.method = TQ_REML,
                             .test = TQ_TEST_Z,
                             .level = 95.0,
                             .tau2 = NAN,
                             .weighted = 1,
                             .ci_tau2 = TQ_CI_QP,
                             .predict = TQ_PREDICT_DEFAULT,
                             .tol = 1e-10,
                             .max_iter = 1000,
                             .correct = 1,
                             .mh_variance = TQ_MH_SATO,
                             .glmm_model = TQ_GLMM_UM_FS,
                             .seed = 1,
                             .resamples = 25000};
}

typedef struct {
    const char *name, *label;
} named;

static const struct {
    const char *name, *label, *statistic;
} tests[TQ_TEST_COUNT] = {
    [TQ_TEST_Z] = {"z", "Wald-type (z)", "z"},
    [TQ_TEST_T] = {"t", "t with k - p df", "t"},
    [TQ_TEST_KNHA] = {"knha", "Knapp-Hartung", "t"},
    [TQ_TEST_ADHOC] = {"adhoc", "Knapp-Hartung, never narrower than z", "t"},
    [TQ_TEST_KR] = {"kr", "Kenward-Roger", "t"},
    [TQ_TEST_HC] = {"HC", "Henmi-Copas (gamma approximation)", "U"},
    [TQ_TEST_PLR] = {"PLR", "penalised likelihood ratio", "signed root"},
};

static const named intervals[TQ_CI_COUNT] = {
    [TQ_CI_QP] = {"QP", "Q-profile"},
    [TQ_CI_PL] = {"PL", "profile likelihood"},
    [TQ_CI_BJ] = {"BJ", "generalised Q, weights 1/vi (Biggerstaff-Jackson)"},
    [TQ_CI_J] = {"J", "generalised Q, weights 1/sqrt(vi) (Jackson)"},
    [TQ_CI_NONE] = {"none", "none"},
};

static const named predictions[TQ_PREDICT_COUNT] = {
    [TQ_PREDICT_DEFAULT] = {"default", "critical value of the test"},
    [TQ_PREDICT_T] = {"t", "t with k - 1 df"},
    [TQ_PREDICT_RILEY] = {"riley", "t with k - 2 df (Higgins-Thompson-Spiegelhalter)"},
    [TQ_PREDICT_HK] = {"HK", "t with k - 1 df and the Knapp-Hartung standard error"},
    [TQ_PREDICT_NNF] = {"NNF", "bootstrap (Nagashima-Noma-Furukawa)"},
    [TQ_PREDICT_NONE] = {"none", "none"},
};

static const char *const i2_names[TQ_I2_COUNT] = {[TQ_I2_TAU2] = "tau2", [TQ_I2_Q] = "Q"};

static const char *const mh_names[TQ_MH_COUNT] = {[TQ_MH_SATO] = "sato", [TQ_MH_GR] = "gr"};

static const char *const mh_sources[TQ_COUNT_COUNT][TQ_MH_COUNT] = {
    [TQ_COUNT_OR] = {"Robins, Breslow & Greenland (1986)", "Robins, Breslow & Greenland (1986)"},
    [TQ_COUNT_RR] = {"Greenland & Robins (1985)", "Greenland & Robins (1985)"},
    [TQ_COUNT_RD] = {"Sato, Greenland & Robins (1989)", "Greenland & Robins (1985)"},
    [TQ_COUNT_IRR] = {"Greenland & Robins (1985)", "Greenland & Robins (1985)"},
    [TQ_COUNT_IRD] = {"Rothman, Greenland & Lash (2008)", "Rothman, Greenland & Lash (2008)"},
};

tq_test tq_method_test(tq_method method)
{
    switch (method) {
    case TQ_HC:
        return TQ_TEST_HC;
    case TQ_FIRTH:
        return TQ_TEST_PLR;
    case TQ_UWLS: /* least squares without a known variance */
        return TQ_TEST_T;
    default:
        return TQ_TEST_Z;
    }
}

const char *tq_test_name(tq_test test)
{
    return (unsigned)test < TQ_TEST_COUNT ? tests[test].name : NULL;
}

const char *tq_test_label(tq_test test)
{
    return (unsigned)test < TQ_TEST_COUNT ? tests[test].label : NULL;
}

const char *tq_test_statistic(tq_test test)
{
    return (unsigned)test < TQ_TEST_COUNT ? tests[test].statistic : NULL;
}

const char *tq_ci_tau2_name(tq_ci_tau2 ci)
{
    return (unsigned)ci < TQ_CI_COUNT ? intervals[ci].name : NULL;
}

const char *tq_ci_tau2_label(tq_ci_tau2 ci)
{
    return (unsigned)ci < TQ_CI_COUNT ? intervals[ci].label : NULL;
}

const char *tq_predict_name(tq_predict predict)
{
    return (unsigned)predict < TQ_PREDICT_COUNT ? predictions[predict].name : NULL;
}

const char *tq_predict_label(tq_predict predict)
{
    return (unsigned)predict < TQ_PREDICT_COUNT ? predictions[predict].label : NULL;
}

const char *tq_mh_variance_name(tq_mh_variance variance)
{
    return (unsigned)variance < TQ_MH_COUNT ? mh_names[variance] : NULL;
}

const char *tq_mh_variance_label(tq_count_scale scale, tq_mh_variance variance)
{
    return (unsigned)scale < TQ_COUNT_COUNT && (unsigned)variance < TQ_MH_COUNT
               ? mh_sources[scale][variance]
               : NULL;
}

const char *tq_i2_name(tq_i2 i2)
{
    return (unsigned)i2 < TQ_I2_COUNT ? i2_names[i2] : NULL;
}
