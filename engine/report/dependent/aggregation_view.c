/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Views of combined effects: report, JSON, and the sheet with a row for each cluster. */
#include <stdio.h>

#include "report/dependent/aggregation.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* ---- report ---- */

static void cluster_rows(const tq_aggregation *a, int digits, text_table *t)
{
    char text[REPORT_CELL];

    for (size_t j = 0; j < a->n; j++) {
        const tq_cluster_effect *e = &a->cluster[j];

        text_table_cell(t, 0, e->label);
        report_count(t, 1, e->n);
        report_cell(t, 2, e->yi, digits);
        report_cell(t, 3, e->vi, digits);
        report_cell(t, 4, e->sei, digits);
        text_table_cell(t, 5, report_interval(text, e->ci_lb, e->ci_ub, digits));
        text_table_end_row(t);
    }
}

static void put_list(page *doc, const char *what, const char *const *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tq_buffer_format(doc->lines, "\n%s: ", what);
        page_wrapped(doc, text[i], REPORT_LINE, 0);
    }
}

static void put_excluded(const tq_dataset *data, tq_buffer *lines)
{
    const size_t n = data->rows - data->k;

    if (n > 0) {
        tq_buffer_text(lines, "\nExcluded rows\n");
    }
    for (size_t i = 0; i < n; i++) {
        tq_buffer_format(lines, "  row %zu, %s: %s\n", data->excluded[i].row,
                         data->excluded[i].study, data->excluded[i].reason);
    }
}

tq_status tq_aggregation_text(const tq_aggregation *a, const tq_provenance *provenance,
                              const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    const char *heads[] = {a->by, "Effects", "Estimate", "Variance", "SE", "95% CI"};
    const tq_measure *m = a->data->measure;
    text_table *t = text_table_new(6, heads);
    page doc;

    if (!t) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    page_begin(&doc, opt->markup, opt->colour, "Dependent effects combined", out);
    page_title(&doc, "Dependent effects combined");
    if (provenance->notice) {
        tq_buffer_format(doc.lines, "Notice: %s\n\n", provenance->notice);
    }
    tq_buffer_format(doc.lines, "%s (%s): %zu effect%s of %zu cluster%s by %s\n", m->name, m->code,
                     a->data->k, a->data->k == 1 ? "" : "s", a->n, a->n == 1 ? "" : "s", a->by);
    tq_buffer_format(doc.lines, "Errors of effects: %s\n", a->description);
    tq_buffer_format(doc.lines, "Combined by %s\n\n",
                     a->weighted ? "least variance (generalised least squares)" : "their mean");
    cluster_rows(a, opt->digits, t);
    text_table_title(t, "Clusters");
    page_table(&doc, t);
    text_table_free(t);
    put_excluded(a->data, doc.lines);
    put_list(&doc, "Assumption", a->data->assumption, a->data->n_assumptions);
    put_list(&doc, "Warning", a->data->warning, a->data->n_warnings);
    put_list(&doc, "Warning", a->warning, a->n_warnings);
    const int whole = page_compatibility(&doc, provenance->compat);

    page_end(&doc);
    if (!whole) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    return tq_buffer_status(out, err);
}

/* ---- JSON ---- */

static json_t *effects_of(const tq_aggregation *a, const tq_cluster_effect *e)
{
    const tq_dataset *data = a->data;
    json_t *list = json_array();

    for (size_t i = 0; i < e->n; i++) {
        const size_t at = data->used[e->at[i]];

        json_array_append_new(
            list, json_pack("{s:o, s:I, s:o, s:o, s:o}", "study", json_text(data->label[at]), "row",
                            (json_int_t)data->row[at] + 1, "yi", json_number(data->effect[at].yi),
                            "vi", json_number(data->effect[at].vi), "weight",
                            json_number(100.0 * a->weight[e->at[i]])));
    }
    return list;
}

static json_t *clusters(const tq_aggregation *a)
{
    json_t *list = json_array();

    for (size_t j = 0; j < a->n; j++) {
        const tq_cluster_effect *e = &a->cluster[j];

        json_array_append_new(list,
                              json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "study",
                                        json_text(e->label), "yi", json_number(e->yi), "vi",
                                        json_number(e->vi), "sei", json_number(e->sei), "ci_lb",
                                        json_number(e->ci_lb), "ci_ub", json_number(e->ci_ub), "ki",
                                        (json_int_t)e->n, "effects", effects_of(a, e)));
    }
    return list;
}

tq_status tq_aggregation_json(const tq_aggregation *a, const tq_provenance *provenance,
                              const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    json_t *doc = json_head(provenance), *warnings;
    const tq_dataset *data = a->data;

    (void)opt;
    json_object_set_new(doc, "command_line", json_text(provenance->command_line));
    json_object_set_new(doc, "data", json_dataset(data));
    json_object_set_new(doc, "model",
                        json_pack("{s:s, s:o, s:o, s:b, s:o, s:o, s:o}", "measure",
                                  data->measure->code, "cluster", json_text(a->by), "V",
                                  json_text(a->description), "weighted", a->weighted, "rho",
                                  json_number(a->wish.rho), "rho_type",
                                  json_number(a->wish.rho_type), "phi", json_number(a->wish.phi)));
    json_object_set_new(doc, "k", json_integer((json_int_t)a->n));
    json_object_set_new(doc, "studies", clusters(a));
    if (provenance->notice) {
        json_object_set_new(doc, "notice", json_text(provenance->notice));
    }
    json_object_set_new(doc, "assumptions", json_texts(data->assumption, data->n_assumptions));
    warnings = json_texts(data->warning, data->n_warnings);
    for (size_t i = 0; i < a->n_warnings; i++) {
        json_array_append_new(warnings, json_text(a->warning[i]));
    }
    json_object_set_new(doc, "warnings", warnings);
    return json_write(doc, out, err);
}

/* ---- CSV ---- */

tq_status tq_aggregation_csv(const tq_aggregation *a, const tq_provenance *provenance,
                             const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    (void)provenance;
    (void)opt;
    for (size_t c = 0; c < a->n_columns; c++) {
        text_csv_field(out, a->column[c]);
        tq_buffer_text(out, ",");
    }
    tq_buffer_text(out, "yi,vi,sei,ci_lb,ci_ub,ki\n");
    for (size_t j = 0; j < a->n; j++) {
        const tq_cluster_effect *e = &a->cluster[j];
        const double numbers[] = {e->yi, e->vi, e->sei, e->ci_lb, e->ci_ub, (double)e->n};

        for (size_t c = 0; c < a->n_columns; c++) {
            tq_buffer_text(out, a->cell[c][j]); /* a field already */
            tq_buffer_text(out, ",");
        }
        text_csv_number(out, numbers[0]);
        csv_numbers(out, numbers + 1, sizeof numbers / sizeof *numbers - 1);
        tq_buffer_text(out, "\n");
    }
    return tq_buffer_status(out, err);
}
