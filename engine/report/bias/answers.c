/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting answers together. */
#include <math.h>

#include "report/bias/answers_internal.h"
#include "report/page/format.h"

tq_natural found_on_natural_scale(const tq_analysis *a, const tq_adjusted *value)
{
    const tq_prediction p = {value->est, value->se, value->ci_lb, value->ci_ub, NAN, NAN, NAN};

    return analysis_natural(a->transform, &p, a->ni_mean);
}

tq_natural answers_no_result(void)
{
    return (tq_natural){NAN, NAN, NAN, NAN, NAN};
}

void found_estimate(tq_analysis *a, tq_answers *f, const char *name, const char *label,
                    const tq_adjusted *value)
{
    f->estimate[f->n_estimates++] =
        (tq_answer_estimate){name, label, *value, found_on_natural_scale(a, value)};
}

void found_test(tq_answers *f, const char *name, const char *label, const char *statistic,
                double stat, double df, double pval)
{
    f->test[f->n_tests++] = (tq_answer_test){name, label, statistic, stat, df, pval};
}

void found_number_or(tq_answers *f, const char *name, const char *label, double value, tq_show show,
                     const char *none)
{
    f->number[f->n_numbers++] = (tq_answer_number){name, label, value, show, none};
}

void found_number(tq_answers *f, const char *name, const char *label, double value, tq_show show)
{
    found_number_or(f, name, label, value, show, NULL);
}

tq_status found_table(tq_analysis *a, tq_answers *f, const char *title, const char *head, size_t n,
                      const tq_answer_column *columns, size_t n_columns, tq_error *err)
{
    int whole = (f->row = tq_arena_take(a->arena, n, sizeof *f->row)) != NULL;

    f->rows_title = title;
    f->rows_head = head;
    for (size_t j = 0; j < n_columns; j++) {
        f->column[j] = columns[j];
        f->column[j].value = tq_arena_take(a->arena, n, sizeof *f->column[j].value);
        whole = whole && f->column[j].value;
    }
    if (!whole) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    f->n_rows = n;
    f->n_columns = n_columns;
    return TQ_OK;
}

void found_row(tq_answers *f, size_t i, const char *label, const double *value)
{
    f->row[i] = label;
    for (size_t j = 0; j < f->n_columns; j++) {
        f->column[j].value[i] = value[j];
    }
}

double found_natural(const tq_analysis *a, double effect)
{
    const tq_prediction p = {effect, NAN, NAN, NAN, NAN, NAN, NAN};

    return analysis_natural(a->transform, &p, a->ni_mean).pred;
}

void found_say(const tq_analysis *a, tq_buffer *out, const tq_adjusted *value, double level)
{
    const tq_natural n = found_on_natural_scale(a, value);
    char text[64], other[64];

    tq_buffer_text(out, tq_format_number(text, sizeof text, n.pred, 2));
    if (!isnan(n.ci_lb)) {
        tq_buffer_format(out, " (%g%% CI %s", level,
                         tq_format_number(text, sizeof text, n.ci_lb, 2));
        tq_buffer_format(out, " to %s", tq_format_number(other, sizeof other, n.ci_ub, 2));
        if (!isnan(value->pval)) {
            tq_buffer_format(out, ", p %s",
                             tq_format_p_relation(text, sizeof text, value->pval, 4));
        }
        tq_buffer_text(out, ")");
    }
}
