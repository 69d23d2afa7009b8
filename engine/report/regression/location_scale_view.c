/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Location-scale models in an analysis: the fit, and the scale part in the report and the JSON. */
#include "pooling/location_scale.h"

#include <math.h>
#include <stdio.h>

#include "report/analysis_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* ---- the stage ---- */

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status predict_tau2(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_newmods *values = in->spec->newscale;
    const size_t n = values ? values->n : 0;
    double *z = tq_arena_take(a->arena, a->scale->q, sizeof *z);
    tq_status status = TQ_OK;

    a->scaled = tq_arena_take(a->arena, n, sizeof *a->scaled);
    if (!z || !a->scaled) {
        return no_memory(err);
    }
    for (size_t s = 0; status == TQ_OK && s < n; s++) {
        status = analysis_new_row(a->scale_design, in->spec->scale, values, s, "newscale", a->arena,
                                  z, err);
        if (status == TQ_OK) {
            tq_scale_predict(a->scale, z, &a->scaled[s]);
        }
    }
    a->scaled_at = n ? values->text : NULL;
    a->n_scaled = n;
    return status;
}

tq_status analysis_location_scale(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_dataset *data = in->data;

    if (in->spec->regression) { /* they take the weights of one tau2 for granted */
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "--scale goes without contrasts, marginal means, residuals, inflation factors "
            "and comparisons of models");
    }
    tq_status status = analysis_build_design(data, in->spec->scale, data->scale_variable, a->arena,
                                             &a->scale_design, err);

    if (status != TQ_OK) {
        return status;
    }
    const tq_design *d = a->scale_design;
    const tq_scale_design design = {d->p, d->X, d->intercept, in->spec->link};

    a->scale = tq_scale_new(data->k, d->p);
    if (!a->scale) {
        return no_memory(err);
    }
    status = tq_location_scale_fit(&in->of.model, &design, &a->options, a->fit, a->scale, err);
    return status == TQ_OK ? predict_tau2(in, a, err) : status;
}

/* ---- text ---- */

static int coefficient_rows(const report *r)
{
    const tq_scale *s = r->a->scale;
    char interval[32], text[REPORT_CELL];
    const char *heads[] = {"Term", "Estimate", "SE", isnan(s->df) ? "z" : "t", "p", interval};

    snprintf(interval, sizeof interval, "%g%% CI", s->level);
    text_table *t = text_table_new(6, heads);

    if (!t) {
        return 0;
    }
    text_table_title(t, "Coefficients of the scale part");
    for (size_t i = 0; i < s->q; i++) {
        const int bounded = !isnan(s->se[i]);

        text_table_cell(t, 0, r->a->scale_design->column[i]);
        text_table_cell(t, 1, report_number(text, s->alpha[i], r->opt->digits));
        text_table_cell(t, 2, bounded ? report_number(text, s->se[i], r->opt->digits) : "");
        text_table_cell(t, 3, bounded ? report_number(text, s->stat[i], r->opt->digits) : "");
        text_table_cell(t, 4, bounded ? tq_format_p(text, sizeof text, s->pval[i], 4) : "");
        text_table_cell(t, 5, report_interval(text, s->ci_lb[i], s->ci_ub[i], r->opt->digits));
        text_table_end_row(t);
    }
    return report_table(r, t);
}

static void tests(const report *r)
{
    const tq_scale *s = r->a->scale;
    char stat[REPORT_CELL], p[REPORT_CELL];

    if (!isnan(s->QS)) {
        tq_buffer_format(r->out, "Test of the scale part: %s = %s, df = %g",
                         isnan(s->QS_df2) ? "QS" : "F", report_number(stat, s->QS, r->opt->digits),
                         s->QS_df1);
        if (!isnan(s->QS_df2)) {
            tq_buffer_format(r->out, " and %g", s->QS_df2);
        }
        tq_buffer_format(r->out, ", p %s\n", tq_format_p_relation(p, sizeof p, s->QS_pval, 4));
    }
    if (!isnan(s->LRT)) {
        tq_buffer_format(r->out, "Against one tau2: LR = %s, df = %g, p %s\n",
                         report_number(stat, s->LRT, r->opt->digits), s->LRT_df,
                         tq_format_p_relation(p, sizeof p, s->LRT_pval, 4));
    }
}

static void range_of(const tq_scale *s, double *lo, double *hi)
{
    *lo = INFINITY;
    *hi = 0.0;
    for (size_t i = 0; i < s->k; i++) {
        *lo = fmin(*lo, s->tau2[i]);
        *hi = fmax(*hi, s->tau2[i]);
    }
}

static int prediction_rows(const report *r)
{
    const tq_analysis *a = r->a;
    char interval[32], text[REPORT_CELL];
    const char *heads[] = {"tau2 at", a->scale->link == TQ_LINK_LOG ? "log tau2" : "tau2", "SE",
                           "tau2", interval};

    if (a->n_scaled == 0) {
        return 1;
    }
    snprintf(interval, sizeof interval, "%g%% CI", a->scale->level);
    text_table *t = text_table_new(5, heads);

    if (!t) {
        return 0;
    }
    text_table_title(t, "Predictions of tau2");
    for (size_t i = 0; i < a->n_scaled; i++) {
        const tq_scale_prediction *p = &a->scaled[i];

        text_table_cell(t, 0, a->scaled_at[i]);
        text_table_cell(t, 1, report_number(text, p->link, r->opt->digits));
        report_cell(t, 2, p->se, r->opt->digits);
        text_table_cell(t, 3, report_number(text, p->tau2, r->opt->digits));
        text_table_cell(t, 4, report_interval(text, p->tau2_lb, p->tau2_ub, r->opt->digits));
        text_table_end_row(t);
    }
    tq_buffer_text(r->out, "\n");
    return report_table(r, t);
}

int report_scale(const report *r)
{
    const tq_scale *s = r->a->scale;
    char lo[REPORT_CELL], hi[REPORT_CELL];
    double least, most;

    if (!s) {
        return 1;
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, s->link == TQ_LINK_LOG ? "Scale part: log tau2" : "Scale part: tau2");
    tq_buffer_text(r->out, "Moderators: ");
    report_wrapped(r, r->a->scale_design->formula, REPORT_LINE - 12, 12);
    if (!coefficient_rows(r)) {
        return 0;
    }
    tests(r);
    range_of(s, &least, &most);
    tq_buffer_format(r->out, "tau2 of the studies: %s to %s\n",
                     report_number(lo, least, r->opt->digits),
                     report_number(hi, most, r->opt->digits));
    return prediction_rows(r);
}

/* ---- JSON ---- */

static json_t *coefficients(const tq_analysis *a)
{
    const tq_scale *s = a->scale;
    json_t *list = json_array();

    for (size_t i = 0; i < s->q; i++) {
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "term",
                            a->scale_design->column[i], "alpha", json_number(s->alpha[i]), "se",
                            json_number(s->se[i]), "stat", json_number(s->stat[i]), "df",
                            json_number(s->df), "pval", json_number(s->pval[i]), "ci_lb",
                            json_number(s->ci_lb[i]), "ci_ub", json_number(s->ci_ub[i])));
    }
    return list;
}

static json_t *covariance(const tq_scale *s)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < s->q; i++) {
        json_array_append_new(rows, json_numbers(s->va + i * s->q, s->q));
    }
    return rows;
}

static json_t *predictions(const tq_analysis *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->n_scaled; i++) {
        const tq_scale_prediction *p = &a->scaled[i];
        json_t *tau2 = json_pack("{s:o, s:o, s:o}", "pred", json_number(p->tau2), "ci_lb",
                                 json_number(p->tau2_lb), "ci_ub", json_number(p->tau2_ub));

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "at", json_text(a->scaled_at[i]),
                            "pred", json_number(p->link), "se", json_number(p->se), "ci_lb",
                            json_number(p->ci_lb), "ci_ub", json_number(p->ci_ub), "tau2", tau2));
    }
    return list;
}

void json_scale(const tq_analysis *a, json_t *doc)
{
    const tq_scale *s = a->scale;

    if (!s) {
        return;
    }
    json_t *omnibus =
        json_pack("{s:o, s:o, s:o, s:o}", "stat", json_number(s->QS), "df1", json_number(s->QS_df1),
                  "df2", json_number(s->QS_df2), "pval", json_number(s->QS_pval));
    json_t *ratio = json_pack("{s:o, s:o, s:o}", "stat", json_number(s->LRT), "df",
                              json_number(s->LRT_df), "pval", json_number(s->LRT_pval));
    json_t *convergence =
        json_pack("{s:I, s:I, s:o}", "iterations", (json_int_t)s->iterations, "starts",
                  (json_int_t)s->starts, "score", json_number(s->score));
    json_t *one = json_pack(
        "{s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o}", "formula",
        json_text(a->scale_design->formula), "link", tq_link_name(s->link), "q", (json_int_t)s->q,
        "coefficients", coefficients(a), "vcov", covariance(s), "QS", omnibus, "LRT", ratio, "tau2",
        json_numbers(s->tau2, s->k), "predictions", predictions(a), "undetermined",
        (json_int_t)s->undetermined, "at_zero", (json_int_t)s->at_zero, "convergence", convergence);

    json_object_set_new(doc, "scale", one);
}
