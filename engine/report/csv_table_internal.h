/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file csv_table_internal.h  Rows of the CSV table of an analysis. */
#ifndef TQ_REPORT_CSV_TABLE_INTERNAL_H
#define TQ_REPORT_CSV_TABLE_INTERNAL_H

#include "report/page/text_internal.h"
#include "report/view.h"

/* The columns from yi to pval. */
enum {
    CSV_YI,
    CSV_VI,
    CSV_SEI,
    CSV_CI_LB,
    CSV_CI_UB,
    CSV_NATURAL,
    CSV_NATURAL_CI_LB,
    CSV_NATURAL_CI_UB,
    CSV_WEIGHT,
    CSV_PI_LB,
    CSV_PI_UB,
    CSV_NATURAL_PI_LB,
    CSV_NATURAL_PI_UB,
    CSV_TAU2,
    CSV_I2,
    CSV_Q,
    CSV_Q_DF,
    CSV_Q_PVAL,
    CSV_PVAL,
    CSV_NUMBERS
};

/* An estimate and nothing else: the other columns are empty, NaN. */
void csv_estimate(double est, double se, double ci_lb, double ci_ub, double pval,
                  double values[CSV_NUMBERS]);
/* The estimate as readers know it, beside it. */
void csv_natural(const tq_natural *n, double values[CSV_NUMBERS]);
/* The heterogeneity of its model, beside it. */
void csv_heterogeneity(const tq_pool *fit, double values[CSV_NUMBERS]);
/* A row that belongs to no study. */
void csv_row(const tq_analysis *a, const char *kind, const char *label, size_t k,
             const double values[CSV_NUMBERS], tq_buffer *out);
/* A prediction of the model. */
void csv_prediction(const tq_analysis *a, const char *kind, const char *label,
                    const tq_prediction *p, const tq_natural *n, tq_buffer *out);

/* level_models_view.c: robust rows of the levels of a multilevel model, or none. */
void csv_level_models(const tq_analysis *a, const tq_block *block, tq_buffer *out);
/* robust_view.c: a row for each coefficient. */
void csv_robust(const tq_analysis *a, tq_buffer *out);
/* rho_view.c: a row for each coefficient with each correlation. */
void csv_rho(const tq_analysis *a, tq_buffer *out);
/* blup_view.c: a row for each predicted true effect. */
void csv_blup(const tq_analysis *a, tq_buffer *out);
/* small_study_view.c */
void csv_small_study(const tq_analysis *a, tq_buffer *out);
/* csv_multilevel.c */
void csv_multilevel(const tq_analysis *a, tq_buffer *out);

/* csv_regression.c: contrasts, pairwise comparisons, marginal means. */
void csv_regression(const tq_analysis *a, tq_buffer *out);
/* csv_regression.c: columns of residuals where they were asked for: their heads; those of study i, or
   empty ones for i = a->k. */
void csv_residual_heads(const tq_analysis *a, tq_buffer *out);
void csv_residuals(const tq_analysis *a, size_t i, tq_buffer *out);

#endif
