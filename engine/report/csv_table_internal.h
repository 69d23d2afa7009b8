/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file csv_table_internal.h  Rows of the CSV table of an analysis. */
#ifndef TQ_REPORT_CSV_TABLE_INTERNAL_H
#define TQ_REPORT_CSV_TABLE_INTERNAL_H

#include "report/page/text_internal.h"
#include "report/view.h"

/* From yi to pval. */
enum { CSV_NUMBERS = 19 };

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
