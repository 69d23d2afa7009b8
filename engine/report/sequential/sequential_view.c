/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trial sequential analysis as JSON and as CSV. */
#include <math.h>
#include <string.h>

#include "report/named_number_internal.h"
#include "report/view.h"

enum { NUMBERS = 14 };

/* The numbers of a look, under their names in JSON and CSV. */
static void numbers_of(const tq_analysis *a, size_t j, named_number out[NUMBERS])
{
    const tq_part_pool *p = &a->sensitivity->cumul->row[j].pool;
    const tq_tsa_look *look = &a->sequential->tsa->look[j];
    const tq_monitoring_look *m = &look->monitoring;
    const named_number all[NUMBERS] = {
        {"information", look->information},
        {"fraction", m->t},
        {"beta", p->beta},
        {"se", p->se},
        {"z", look->z},
        {"pval", look->pval},
        {"boundary", m->critical},
        {"futility", m->futility},
        {"alpha_spent", m->alpha_spent},
        {"beta_spent", m->beta_spent},
        {"power", m->power},
        {"ci_lb", look->ci_lb},
        {"ci_ub", look->ci_ub},
        {"z_penalised", look->z_lil},
    };

    memcpy(out, all, sizeof all);
}

/* ---- JSON ---- */

static json_t *numbers_object(const named_number *list, size_t n)
{
    json_t *out = json_object();

    json_add_numbers(out, list, n);
    return out;
}

static json_t *interval_object(const tq_natural *n)
{
    const named_number list[] = {{"pred", n->pred}, {"ci_lb", n->ci_lb}, {"ci_ub", n->ci_ub}};

    return numbers_object(list, 3);
}

static json_t *required_object(const tq_analysis *a)
{
    const tq_tsa *t = a->sequential->tsa;
    const tq_required_information *r = &t->required;
    const tq_required_information_options *o = &t->options.required;
    const named_number list[] = {
        {"alpha", o->alpha},
        {"beta", o->beta},
        {"sides", o->sides},
        {"delta", r->delta},
        {"anticipated", a->sequential->anticipated.pred},
        {"cer", r->cer},
        {"eer", r->eer},
        {"rrr", r->rrr},
        {"variance", r->variance},
        {"D2", r->D2},
        {"I2", r->I2},
        {"factor", r->factor},
        {"unadjusted", r->unadjusted},
        {"information", r->required},
    };
    json_t *out = numbers_object(list, sizeof list / sizeof *list);

    json_object_set_new(out, "unit", json_text(tq_information_unit_name(r->unit)));
    json_object_set_new(out, "adjust", json_text(tq_hetero_adjust_name(r->adjust)));
    json_object_set_new(out, "delta_pooled", json_boolean(r->delta_pooled));
    return out;
}

static json_t *boundaries_object(const tq_tsa *t)
{
    const tq_monitoring_options *m = &t->options.monitoring;
    const named_number list[] = {
        {"single_test", t->conventional},
        {"required_boundary", t->planned_given ? t->planned.critical : NAN},
        {"lil", t->options.lil},
        {"power", t->power}};
    json_t *out = numbers_object(list, sizeof list / sizeof *list);

    json_object_set_new(out, "spending", json_text(tq_spending_name(m->spending)));
    json_object_set_new(out, "futility", json_text(tq_spending_name(m->futility)));
    json_object_set_new(out, "binding", json_false());
    return out;
}

/* Number of a look, from 1; null: none. */
static json_t *look_number(size_t j)
{
    return j == TQ_NO_LOOK ? json_null() : json_integer((json_int_t)j + 1);
}

static json_t *conclusion_object(const tq_analysis *a)
{
    const tq_tsa *t = a->sequential->tsa;
    const named_number stagewise[] = {{"est", t->stagewise_est},
                                      {"ci_lb", t->stagewise_lb},
                                      {"ci_ub", t->stagewise_ub},
                                      {"pval", t->stagewise_pval}};
    json_t *of = numbers_object(stagewise, 4);

    json_object_set_new(of, "transformed", interval_object(&a->sequential->stagewise));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "verdict",
                     json_text(tq_tsa_verdict_name(t->verdict)), "crossed", look_number(t->crossed),
                     "reached", look_number(t->reached), "futile", look_number(t->futile),
                     "nominal", look_number(t->nominal), "decision", look_number(t->decision),
                     "stagewise", of);
}

static json_t *look_object(const tq_analysis *a, size_t j)
{
    const tq_sequence_row *row = &a->sensitivity->cumul->row[j];
    named_number numbers[NUMBERS];

    numbers_of(a, j, numbers);
    json_t *out = numbers_object(numbers, NUMBERS);

    json_object_set_new(out, "study", json_text(row->label));
    json_object_set_new(out, "at", json_text(row->at));
    json_object_set_new(out, "k", json_integer((json_int_t)row->pool.k));
    json_object_set_new(out, "tested", json_boolean(a->sequential->tsa->look[j].monitoring.tested));
    json_object_set_new(out, "transformed", interval_object(&a->sequential->natural[j]));
    return out;
}

static void add_sequential(const tq_analysis *a, json_t *doc)
{
    json_t *rows = json_array();

    for (size_t j = 0; j < a->sequential->tsa->n; j++) {
        json_array_append_new(rows, look_object(a, j));
    }
    json_object_set_new(doc, "k", json_integer((json_int_t)a->k));
    json_object_set_new(doc, "order", json_text(a->sensitivity->cumul->by));
    json_object_set_new(doc, "required", required_object(a));
    json_object_set_new(doc, "boundaries", boundaries_object(a->sequential->tsa));
    json_object_set_new(doc, "rows", rows);
    json_object_set_new(doc, "conclusion", conclusion_object(a));
    json_object_set_new(doc, "coefficients", json_coefficients(a->fit, a->term));
    json_object_set_new(doc, "heterogeneity", json_heterogeneity(a->fit));
    json_object_set_new(doc, "assumed", json_text(a->sequential->assumed));
    json_object_set_new(doc, "reading", json_text(a->sequential->reading));
}

tq_status tq_tsa_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                      tq_error *err)
{
    static json_section *const sections[] = {add_sequential};

    (void)opt;
    return json_write_sections(a, sections, 1, out, err);
}

/* ---- CSV ---- */

tq_status tq_tsa_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                     tq_error *err)
{
    named_number numbers[NUMBERS];

    (void)opt;
    tq_buffer_text(out, "study,at,k");
    numbers_of(a, 0, numbers);
    csv_names(out, numbers, NUMBERS);
    tq_buffer_text(out, ",pred,pred_ci_lb,pred_ci_ub\n");
    for (size_t j = 0; j < a->sequential->tsa->n; j++) {
        const tq_sequence_row *row = &a->sensitivity->cumul->row[j];
        const tq_natural *n = &a->sequential->natural[j];
        const double natural[] = {n->pred, n->ci_lb, n->ci_ub};

        text_csv_field(out, row->label);
        tq_buffer_text(out, ",");
        text_csv_field(out, row->at ? row->at : "");
        tq_buffer_format(out, ",%zu", row->pool.k);
        numbers_of(a, j, numbers);
        csv_values(out, numbers, NUMBERS);
        csv_numbers(out, natural, sizeof natural / sizeof *natural);
        tq_buffer_text(out, "\n");
    }
    return tq_buffer_status(out, err);
}
