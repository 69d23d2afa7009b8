/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns, outcomes and methods of the batch engine, as names. */
#include "batch/batch.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *label;
} columns[] = {
    [TQ_BATCH_K] = {"k", "studies"},
    [TQ_BATCH_BETA] = {"beta", "pooled effect"},
    [TQ_BATCH_SE] = {"se", "standard error of the pooled effect"},
    [TQ_BATCH_STAT] = {"stat", "test statistic"},
    [TQ_BATCH_DF] = {"df", "degrees of freedom of the test"},
    [TQ_BATCH_PVAL] = {"pval", "two-sided p-value"},
    [TQ_BATCH_LOG10P] = {"log10p", "log10 of the p-value, however small"},
    [TQ_BATCH_CI_LB] = {"ci_lb", "lower bound of the confidence interval"},
    [TQ_BATCH_CI_UB] = {"ci_ub", "upper bound of the confidence interval"},
    [TQ_BATCH_TAU2] = {"tau2", "between-study variance"},
    [TQ_BATCH_QE] = {"QE", "Cochran's Q"},
    [TQ_BATCH_QE_DF] = {"QE_df", "degrees of freedom of Q"},
    [TQ_BATCH_QE_PVAL] = {"QE_pval", "p-value of the test of heterogeneity"},
    [TQ_BATCH_I2] = {"I2", "share of the variance between studies, percent"},
    [TQ_BATCH_H2] = {"H2", "total variance over sampling variance"},
    [TQ_BATCH_PI_LB] = {"pi_lb", "lower bound of the prediction interval"},
    [TQ_BATCH_PI_UB] = {"pi_ub", "upper bound of the prediction interval"},
};
_Static_assert(sizeof columns / sizeof *columns == TQ_BATCH_COLUMN_COUNT, "a row per column");

static const char *const outcomes[] = {
    [TQ_BATCH_FITTED] = "fitted",
    [TQ_BATCH_EMPTY] = "no studies",
    [TQ_BATCH_UNUSABLE] = "an infinite effect, or a variance that is not > 0",
    [TQ_BATCH_TOO_FAR] = "Q or tau2 beyond the range of numbers",
    [TQ_BATCH_NO_CONVERGENCE] = "tau2 did not converge",
};
_Static_assert(sizeof outcomes / sizeof *outcomes == TQ_BATCH_OUTCOME_COUNT, "a text per outcome");

const char *tq_batch_column_name(tq_batch_column column)
{
    return (unsigned)column < TQ_BATCH_COLUMN_COUNT ? columns[column].name : NULL;
}

const char *tq_batch_column_label(tq_batch_column column)
{
    return (unsigned)column < TQ_BATCH_COLUMN_COUNT ? columns[column].label : NULL;
}

tq_batch_column tq_batch_column_find(const char *name)
{
    tq_batch_column c = 0;

    while (c < TQ_BATCH_COLUMN_COUNT && strcmp(columns[c].name, name) != 0) {
        c++;
    }
    return c;
}

const char *tq_batch_outcome_text(tq_batch_outcome outcome)
{
    return (unsigned)outcome < TQ_BATCH_OUTCOME_COUNT ? outcomes[outcome] : NULL;
}

tq_batch_options tq_batch_defaults(void)
{
    return (tq_batch_options){.method = TQ_REML,
                              .test = TQ_TEST_Z,
                              .level = 95.0,
                              .i2 = TQ_I2_TAU2,
                              .predict = TQ_PREDICT_DEFAULT,
                              .tol = 1e-10,
                              .max_iter = 1000};
}

static const unsigned char fitted[TQ_METHOD_COUNT] = {
    [TQ_EE] = 1, [TQ_FE] = 1,   [TQ_DL] = 1,  [TQ_DLIT] = 1, [TQ_HE] = 1,
    [TQ_CO] = 1, [TQ_HS] = 1,   [TQ_HSK] = 1, [TQ_SJ] = 1,   [TQ_SJIT] = 1,
    [TQ_ML] = 1, [TQ_REML] = 1, [TQ_EB] = 1,  [TQ_PM] = 1,   [TQ_PMM] = 1,
};

int tq_batch_method(tq_method method)
{
    return (unsigned)method < TQ_METHOD_COUNT && fitted[method];
}
