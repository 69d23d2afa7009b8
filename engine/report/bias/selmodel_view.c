/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection models in an analysis: the fit, its section in report and document, its CSV. */
#include "bias/selmodel.h"

#include <math.h>
#include <stdio.h>

#include "report/analysis_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* ---- the stage ---- */

/* Sizes of the studies, NaN where the sheet has none. */
static double *sizes(const tq_dataset *data, tq_arena *arena)
{
    double *ni = tq_arena_take(arena, data->k, sizeof *ni);

    for (size_t i = 0; ni && i < data->k; i++) {
        const size_t at = data->used[i];

        ni[i] = data->effect[at].ni;
        ni[i] = isnan(ni[i]) ? analysis_value(data, TQ_IN_NI, at) : ni[i];
        if (isnan(ni[i])) {
            ni[i] = analysis_value(data, TQ_IN_N1I, at) + analysis_value(data, TQ_IN_N2I, at);
        }
    }
    return ni;
}

tq_status analysis_selmodel(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    tq_selmodel_options opt = *in->spec->selmodel;

    a->selmodel = tq_arena_take(a->arena, 1, sizeof *a->selmodel);
    opt.ni = a->selmodel ? sizes(in->data, a->arena) : NULL;
    if (!opt.ni) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    return tq_selmodel_fit(&in->of.model, &a->options, &opt, a->fit, a->selmodel, err);
}

const char *analysis_delta_name(const tq_selmodel *s, size_t a, tq_arena *arena)
{
    const tq_sel_delta *d = &s->delta[a];

    if (!isnan(d->from)) {
        return tq_arena_format(arena, "p in (%g, %g]", d->from, d->to);
    }
    if (s->type == TQ_SEL_TRUNCEST) {
        return a == 0 ? "delta 1" : "threshold";
    }
    return s->q == 1 ? "delta" : tq_arena_format(arena, "delta %zu", a + 1);
}

/* ---- text ---- */

/* The interval by profile likelihood, which may have no upper limit. */
static const char *profile_text(char *text, const tq_sel_delta *d, int digits)
{
    char lower[REPORT_CELL / 2];

    if (!isinf(d->pl_ub)) {
        return report_interval(text, d->pl_lb, d->pl_ub, digits);
    }
    snprintf(text, REPORT_CELL, "[%s, no limit)",
             tq_format_number(lower, sizeof lower, d->pl_lb, digits));
    return text;
}

static void delta_row(const report *r, size_t i, size_t shift, text_table *t)
{
    const tq_sel_delta *d = &r->a->selmodel->delta[i];
    const int digits = r->opt->digits, tested = !isnan(d->se);
    char text[REPORT_CELL];

    text_table_cell(t, 0, analysis_delta_name(r->a->selmodel, i, r->a->arena));
    if (shift) {
        snprintf(text, sizeof text, "%zu", d->n);
        text_table_cell(t, 1, text);
    }
    text_table_cell(t, shift + 1, report_number(text, d->est, digits));
    text_table_cell(t, shift + 2,
                    d->fixed ? "given"
                    : tested ? report_number(text, d->se, digits)
                             : "");
    text_table_cell(t, shift + 3, tested ? report_number(text, d->stat, digits) : "");
    text_table_cell(t, shift + 4, tested ? tq_format_p(text, sizeof text, d->pval, 4) : "");
    text_table_cell(t, shift + 5, report_interval(text, d->ci_lb, d->ci_ub, digits));
    text_table_cell(t, shift + 6, profile_text(text, d, digits));
    text_table_end_row(t);
}

/* Step functions also tell how many studies each weight rests on. */
static int delta_table(const report *r)
{
    const tq_selmodel *s = r->a->selmodel;
    const size_t shift = s->type == TQ_SEL_STEPFUN ? 1 : 0;
    char interval[32], profile[48];
    const char *heads[] = {"Weight", "k", "Estimate", "SE", "z", "p", interval, profile};
    const char *plain[] = {"Parameter", "Estimate", "SE", "z", "p", interval, profile};

    snprintf(interval, sizeof interval, "%g%% CI", s->level);
    snprintf(profile, sizeof profile, "%g%% CI by profile", s->level);
    text_table *t = text_table_new(7 + shift, shift ? heads : plain);

    for (size_t i = 0; t && i < s->q; i++) {
        delta_row(r, i, shift, t);
    }
    return report_table(r, t);
}

static void without_selection(const report *r)
{
    const tq_selmodel *s = r->a->selmodel;
    char number[REPORT_CELL], limits[REPORT_CELL];

    tq_buffer_format(r->out, "Without selection (%s): %s %s", tq_method_name(r->a->fit->method),
                     report_number(number, s->beta0, r->opt->digits),
                     report_interval(limits, s->ci_lb0, s->ci_ub0, r->opt->digits));
    if (!isnan(s->tau20)) {
        tq_buffer_format(r->out, ", tau2 %s", report_number(number, s->tau20, r->opt->digits));
    }
    tq_buffer_text(r->out, r->a->fit->p > 1 ? " (first coefficient)\n" : "\n");
}

static void shape(const report *r)
{
    const tq_selmodel *s = r->a->selmodel;

    tq_buffer_format(r->out, "%s: %s", tq_sel_type_label(s->type), tq_sel_type_formula(s->type));
    if (s->prec != TQ_SEL_PREC_NONE) {
        tq_buffer_format(r->out, ", delta times %s (largest 1)", tq_sel_prec_name(s->prec));
    }
    if (s->type == TQ_SEL_TRUNC) {
        tq_buffer_format(r->out, "; threshold %g", s->steps[0]);
    } else if (s->type >= TQ_SEL_HALFNORM && s->type <= TQ_SEL_POWER && s->n_steps) {
        tq_buffer_format(r->out, "; w = 1 for p <= %g", s->steps[0]);
    }
    const tq_sel_preset preset = tq_selmodel_preset_of(s);

    if (preset != TQ_SEL_PRESET_COUNT) {
        tq_buffer_format(r->out, "\nWeights: %s, Vevea & Woods (2005), Psychol. Methods 10:428-443",
                         tq_sel_preset_label(preset));
    }
    tq_buffer_format(r->out, "\nAlternative: %s", tq_sel_alternative_name(s->alternative));
    tq_buffer_format(r->out, "; %zu of %zu searches ended at this maximum\n", s->agreeing,
                     s->starts);
}

int report_selmodel(const report *r)
{
    const tq_selmodel *s = r->a->selmodel;
    char stat[REPORT_CELL], p[REPORT_CELL];

    if (!s) {
        return 1;
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, "Selection");
    shape(r);
    if (!delta_table(r)) {
        return 0;
    }
    if (!isnan(s->lrt.stat)) {
        tq_buffer_format(r->out, "Test of selection: LR = %s, df = %g, p %s\n",
                         report_number(stat, s->lrt.stat, r->opt->digits), s->lrt.df,
                         tq_format_p_relation(p, sizeof p, s->lrt.pval, 4));
    }
    without_selection(r);
    return 1;
}

/* ---- JSON ---- */

static json_t *delta_object(const tq_analysis *a, const tq_sel_delta *d, size_t i)
{
    json_t *out = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "name",
        json_text(analysis_delta_name(a->selmodel, i, a->arena)), "est", json_number(d->est), "se",
        json_number(d->se), "stat", json_number(d->stat), "pval", json_number(d->pval), "ci_lb",
        json_number(d->ci_lb), "ci_ub", json_number(d->ci_ub), "profile_lb", json_number(d->pl_lb),
        "profile_ub", json_number(d->pl_ub), "fixed", d->fixed);

    if (!isnan(d->from)) {
        json_object_set_new(out, "from", json_number(d->from));
        json_object_set_new(out, "to", json_number(d->to));
        json_object_set_new(out, "k", json_integer((json_int_t)d->n));
    }
    return out;
}

void json_selmodel(const tq_analysis *a, json_t *doc)
{
    const tq_selmodel *s = a->selmodel;
    json_t *delta, *steps;

    if (!s) {
        return;
    }
    delta = json_array();
    steps = json_array();
    for (size_t i = 0; i < s->q; i++) {
        json_array_append_new(delta, delta_object(a, &s->delta[i], i));
    }
    for (size_t i = 0; i < s->n_steps; i++) {
        json_array_append_new(steps, json_number(s->steps[i]));
    }
    json_object_set_new(
        doc, "selection",
        json_pack("{s:s, s:s?, s:s, s:s, s:o, s:I, s:I, s:o}", "type", tq_sel_type_name(s->type),
                  "preset", tq_sel_preset_name(tq_selmodel_preset_of(s)), "alternative",
                  tq_sel_alternative_name(s->alternative), "prec", tq_sel_prec_name(s->prec),
                  "steps", steps, "starts", (json_int_t)s->starts, "agreeing",
                  (json_int_t)s->agreeing, "score", json_number(s->score)));
    json_object_set_new(doc, "delta", delta);
    json_object_set_new(doc, "LRT",
                        json_pack("{s:o, s:o, s:o}", "stat", json_number(s->lrt.stat), "df",
                                  json_number(s->lrt.df), "pval", json_number(s->lrt.pval)));
    json_object_set_new(doc, "unselected",
                        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "beta", json_number(s->beta0),
                                  "se", json_number(s->se0), "ci_lb", json_number(s->ci_lb0),
                                  "ci_ub", json_number(s->ci_ub0), "tau2", json_number(s->tau20),
                                  "ll", json_number(s->ll_null)));
}

/* ---- CSV ---- */

static void csv_row(tq_buffer *out, const char *term, const double *x, size_t n)
{
    text_csv_field(out, term);
    csv_numbers(out, x, n);
    tq_buffer_text(out, "\n");
}

tq_status tq_selmodel_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                          tq_error *err)
{
    enum { COLUMNS = 8 };
    const tq_pool *fit = a->fit;
    const tq_selmodel *s = a->selmodel;

    (void)opt;
    tq_buffer_text(out, "term,est,se,stat,pval,ci_lb,ci_ub,profile_lb,profile_ub\n");
    for (size_t i = 0; i < fit->p; i++) {
        const double x[COLUMNS] = {fit->beta[i],  fit->se[i],    fit->stat[i], fit->pval[i],
                                   fit->ci_lb[i], fit->ci_ub[i], NAN,          NAN};

        csv_row(out, a->term[i], x, COLUMNS);
    }
    const double tau2[COLUMNS] = {fit->tau2,       fit->se_tau2,   NAN, NAN, NAN, NAN,
                                  fit->ci.tau2[0], fit->ci.tau2[1]};

    csv_row(out, "tau2", tau2, COLUMNS);
    for (size_t i = 0; i < s->q; i++) {
        const tq_sel_delta *d = &s->delta[i];
        const double x[COLUMNS] = {d->est,   d->se,    d->stat,  d->pval,
                                   d->ci_lb, d->ci_ub, d->pl_lb, d->pl_ub};

        csv_row(out, analysis_delta_name(s, i, a->arena), x, COLUMNS);
    }
    const double ratio[COLUMNS] = {NAN, NAN, s->lrt.stat, s->lrt.pval, NAN, NAN, NAN, NAN};

    csv_row(out, "LRT", ratio, COLUMNS);
    return tq_buffer_status(out, err);
}
