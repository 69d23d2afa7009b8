/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file answers_internal.h  Putting answers together, and their places in the views. */
#ifndef TQ_REPORT_BIAS_ANSWERS_INTERNAL_H
#define TQ_REPORT_BIAS_ANSWERS_INTERNAL_H

#include "report/analysis_internal.h"

/* Each adds one; there is room for TQ_ANSWERS_MOST. */
void found_estimate(tq_analysis *a, tq_answers *f, const char *name, const char *label,
                    const tq_adjusted *value);
void found_test(tq_answers *f, const char *name, const char *label, const char *statistic,
                double stat, double df, double pval);
void found_number(tq_answers *f, const char *name, const char *label, double value, tq_show show);
/* The same; none is said where value does not exist. */
void found_number_or(tq_answers *f, const char *name, const char *label, double value, tq_show show,
                     const char *none);

/* A table of n rows with columns that have no values yet; found_row() fills it in. @retval TQ_ENOMEM */
tq_status found_table(tq_analysis *a, tq_answers *f, const char *title, const char *head, size_t n,
                      const tq_answer_column *columns, size_t n_columns, tq_error *err);
/* value has one for each column. */
void found_row(tq_answers *f, size_t i, const char *label, const double *value);

/* An adjusted effect on the natural scale; one that does not exist. */
tq_natural found_on_natural_scale(const tq_analysis *a, const tq_adjusted *value);
tq_natural answers_no_result(void);
/* An effect on the natural scale, alone. */
double found_natural(const tq_analysis *a, double effect);
/* "0.49 (95% CI 0.34 to 0.70, p < 0.0001)" of an estimate on the natural scale. */
void found_say(const tq_analysis *a, tq_buffer *out, const tq_adjusted *value, double level);

/* limit_answers.c, selection_answers.c: run a method and describe it, for analysis_publication.c. */
typedef tq_status found_method(const analysis_input *in, tq_analysis *a, double null_value,
                               tq_error *err);
found_method found_limit, found_copas, found_pcurve, found_puniform, found_svalue;

#endif
