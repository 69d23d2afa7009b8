/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leave-one-out and cumulative meta-analysis as JSON and as CSV. */
#include <math.h>
#include <string.h>

#include "report/named_number_internal.h"
#include "report/view.h"

enum { NUMBERS = 13 };

static void numbers_of(const tq_part_pool *p, named_number out[NUMBERS])
{
    const named_number all[NUMBERS] = {
        {"beta", p->beta},   {"se", p->se},           {"stat", p->stat},   {"df", p->df},
        {"pval", p->pval},   {"ci_lb", p->ci_lb},     {"ci_ub", p->ci_ub}, {"QE", p->QE},
        {"QE_df", p->QE_df}, {"QE_pval", p->QE_pval}, {"tau2", p->tau2},   {"I2", p->I2},
        {"H2", p->H2},
    };

    memcpy(out, all, sizeof all);
}

static const tq_sequence *sequence_of(const tq_analysis *a)
{
    return a->sensitivity->loo ? a->sensitivity->loo : a->sensitivity->cumul;
}

/* ---- JSON ---- */

static json_t *row_object(const tq_sequence_row *row)
{
    named_number numbers[NUMBERS];
    json_t *out =
        json_pack("{s:o, s:I}", "study", json_text(row->label), "k", (json_int_t)row->pool.k);

    if (row->at) {
        json_object_set_new(out, "at", json_text(row->at));
    }
    numbers_of(&row->pool, numbers);
    json_add_numbers(out, numbers, NUMBERS);
    json_object_set_new(out, "transformed",
                        json_pack("{s:o, s:o, s:o}", "pred", json_number(row->natural.pred),
                                  "ci_lb", json_number(row->natural.ci_lb), "ci_ub",
                                  json_number(row->natural.ci_ub)));
    if (row->pool.why_none[0]) {
        json_object_set_new(out, "why_none", json_text(row->pool.why_none));
    }
    return out;
}

static void add_sequence(const tq_analysis *a, json_t *doc)
{
    const tq_sequence *s = sequence_of(a);
    json_t *rows = json_array();

    for (size_t j = 0; j < s->n; j++) {
        json_array_append_new(rows, row_object(&s->row[j]));
    }
    json_object_set_new(doc, "k", json_integer((json_int_t)a->k));
    json_object_set_new(doc, a->sensitivity->loo ? "cluster" : "order", json_text(s->by));
    if (!a->sensitivity->loo) {
        json_object_set_new(doc, "descending", json_boolean(s->descending));
    }
    json_object_set_new(doc, "rows", rows);
    json_object_set_new(doc, "coefficients", json_coefficients(a->fit, a->term));
    json_object_set_new(doc, "heterogeneity", json_heterogeneity(a->fit));
    json_object_set_new(doc, "reading", json_text(s->reading));
}

tq_status tq_sequence_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                           tq_error *err)
{
    static json_section *const sections[] = {add_sequence};

    (void)opt;
    return json_write_sections(a, sections, 1, out, err);
}

/* ---- CSV ---- */

static void csv_head(const tq_part_pool *any, tq_buffer *out)
{
    named_number numbers[NUMBERS];

    tq_buffer_text(out, "study,at,k");
    numbers_of(any, numbers);
    csv_names(out, numbers, NUMBERS);
    tq_buffer_text(out, ",pred,pred_ci_lb,pred_ci_ub\n");
}

static void csv_row(const tq_sequence_row *row, tq_buffer *out)
{
    const double natural[] = {row->natural.pred, row->natural.ci_lb, row->natural.ci_ub};
    named_number numbers[NUMBERS];

    text_csv_field(out, row->label);
    tq_buffer_text(out, ",");
    text_csv_field(out, row->at ? row->at : "");
    tq_buffer_format(out, ",%zu", row->pool.k);
    numbers_of(&row->pool, numbers);
    csv_values(out, numbers, NUMBERS);
    csv_numbers(out, natural, sizeof natural / sizeof *natural);
    tq_buffer_text(out, "\n");
}

tq_status tq_sequence_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                          tq_error *err)
{
    const tq_sequence *s = sequence_of(a);

    (void)opt;
    csv_head(&s->row[0].pool, out);
    for (size_t j = 0; j < s->n; j++) {
        csv_row(&s->row[j], out);
    }
    return tq_buffer_status(out, err);
}
