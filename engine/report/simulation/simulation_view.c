/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulation for readers and for programs. */
#include "report/simulation/simulation_view.h"

#include <math.h>
#include <stdio.h>

#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/page/page_internal.h"
#include "report/simulation/simulation_internal.h"

enum { CELL = 48, LINE = 100 };

/* ---- text ---- */

/* The columns of a table; NULL: not in the text, which is for the width of a page. */
static const struct {
    const char *head;
    int percent, error; /* error: with its Monte-Carlo error */
} shown[TQ_SIM_QUANTITY_COUNT] = {
    [TQ_SIM_BIAS] = {"Bias", 0, 1},
    [TQ_SIM_EMP_SE] = {"SD", 0, 0},
    [TQ_SIM_MODEL_SE] = {"Mean SE", 0, 0},
    [TQ_SIM_MSE] = {"MSE", 0, 0},
    [TQ_SIM_COVERAGE] = {"Cover %", 1, 1},
    [TQ_SIM_REJECTED] = {"Reject %", 1, 1},
    [TQ_SIM_WIDTH] = {"Width", 0, 0},
    [TQ_SIM_TAU2] = {"tau2", 0, 0},
    [TQ_SIM_PI_COVERAGE] = {"PI cover %", 1, 1},
};

static const char *cell_of(const tq_sim_value *v, size_t q, int digits, char text[CELL])
{
    const int decimals = shown[q].percent ? 2 : digits;
    char value[CELL / 2 - 2], mcse[CELL / 2 - 2];

    if (isnan(v->value)) {
        return "-";
    }
    tq_format_number(value, sizeof value, v->value, decimals);
    tq_format_number(mcse, sizeof mcse, v->mcse, decimals);
    snprintf(text, CELL, shown[q].error ? "%s (%s)" : "%s", value, mcse);
    return text;
}

static int any_value(const tq_simulation *s, const tq_simulated *one, size_t q)
{
    int any = 0;

    for (size_t r = 0; r < simulation_rows(s); r++) {
        any |= !isnan(one->row[r].value[q].value);
    }
    return any;
}

static tq_status write_table(const tq_simulation *s, const tq_simulated *one, int digits, page *p)
{
    const char *heads[2 + TQ_SIM_QUANTITY_COUNT] = {"Method", "Test"};
    size_t quantity[TQ_SIM_QUANTITY_COUNT], n = 0;
    char text[CELL];

    for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
        if (shown[q].head && any_value(s, one, q)) {
            heads[2 + n] = shown[q].head;
            quantity[n++] = q;
        }
    }
    text_table *t = text_table_new(2 + n, heads);

    if (!t) {
        return TQ_ENOMEM;
    }
    text_table_left(t, 1);
    for (size_t r = 0; r < simulation_rows(s); r++) {
        const tq_sim_row *row = &one->row[r];

        text_table_cell(t, 0, tq_method_name(row->method));
        text_table_cell(t, 1, tq_test_name(row->test));
        for (size_t c = 0; c < n; c++) {
            text_table_cell(t, 2 + c, cell_of(&row->value[quantity[c]], quantity[c], digits, text));
        }
        text_table_end_row(t);
    }
    page_table(p, t);
    text_table_free(t);
    return TQ_OK;
}

static void write_settings(const tq_sim_scenario *s, tq_buffer *out)
{
    simulation_setting all[SIMULATION_SETTINGS];
    const char *separator = "";

    simulation_settings(s, all);
    for (size_t i = 0; i < SIMULATION_SMALL_STUDY; i++) {
        if (all[i].shown) {
            tq_buffer_format(out, "%s%s = %g", separator, all[i].name, all[i].value);
            separator = ", ";
        }
    }
    if (s->small_study != 0.0) {
        tq_buffer_format(out, ", small-study shift = %g / sqrt(n)", s->small_study);
    }
}

/* What the studies were like, and the power that a formula gives. */
static void write_studies(const tq_simulation *s, const tq_simulated *one, page *p)
{
    tq_buffer line = {0};

    tq_buffer_format(&line, "Mean vi %.4g, mean group size %.4g.", one->studies.vi, one->studies.n);
    if (one->scenario.publish < 1.0) {
        tq_buffer_format(&line, " Studies run for one published: %.3g.", one->studies.run);
    }
    if (one->studies.no_effect > 0.0) {
        tq_buffer_format(&line, " Without an estimate: %.3g %% of studies.",
                         one->studies.no_effect);
    }
    if (one->scenario.effect != 0.0) {
        tq_buffer_format(&line, " Power by formula, vi and tau2 known, z: %.2f %%.",
                         simulation_formula(s, one));
    }
    page_wrapped(p, line.data ? line.data : "", LINE, 0);
    p->lines->failed |= line.failed;
    tq_buffer_free(&line);
}

static tq_status write_one(const tq_simulation *s, const tq_simulated *one, int digits, page *p)
{
    tq_buffer head = {0};

    write_settings(&one->scenario, &head);
    if (s->plan && !one->found) {
        tq_buffer_format(&head, ": not enough for a power of %g %%", s->power);
    }
    tq_buffer_text(p->lines, "\n");
    page_heading(p, head.data ? head.data : "");
    p->lines->failed |= head.failed;
    tq_buffer_free(&head);
    const tq_status status = write_table(s, one, digits, p);

    write_studies(s, one, p);
    return status;
}

static void write_head(const tq_simulation *s, page *p)
{
    const tq_sim_options *o = s->options;
    const tq_sim_scenario *first = &s->one[0].scenario;

    tq_buffer_format(p->lines,
                     "Simulation of meta-analyses: %s, groups %s, %llu replicates, seed %llu, "
                     "level %g %%\n",
                     tq_sim_measure_name(first->measure), tq_sim_sizes_name(first->sizes),
                     (unsigned long long)o->replicates, (unsigned long long)o->seed, o->level);
    if (s->plan) {
        tq_buffer_format(p->lines, "Smallest %s with a power of %g %%.\n",
                         tq_sim_find_name(s->find), s->power);
    }
    tq_buffer_text(p->lines, "Monte-Carlo standard errors in parentheses.\n");
}

tq_status tq_simulation_text(const tq_simulation *s, const tq_view_options *opt, tq_buffer *out,
                             tq_error *err)
{
    tq_status status = TQ_OK;
    page p;

    page_begin(&p, opt->markup, opt->colour, "Simulation of meta-analyses", out);
    write_head(s, &p);
    for (size_t i = 0; status == TQ_OK && i < s->n; i++) {
        status = write_one(s, &s->one[i], opt->digits, &p);
    }
    page_end(&p);
    return status == TQ_OK && !out->failed
               ? TQ_OK
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- CSV ---- */

static void csv_row_of(const tq_simulation *s, const tq_simulated *one, const tq_sim_row *row,
                       tq_buffer *out)
{
    simulation_setting all[SIMULATION_SETTINGS];

    text_csv_field(out, tq_sim_measure_name(one->scenario.measure));
    simulation_settings(&one->scenario, all);
    for (size_t i = 0; i < SIMULATION_SETTINGS; i++) {
        csv_numbers(out, &all[i].value, 1);
    }
    tq_buffer_format(out, ",%s,%s", tq_method_name(row->method), tq_test_name(row->test));
    for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
        csv_numbers(out, &row->value[q].value, 1);
        csv_numbers(out, &row->value[q].mcse, 1);
    }
    const double last[] = {one->studies.vi, one->studies.n, one->studies.run,
                           one->studies.no_effect, simulation_formula(s, one)};

    csv_numbers(out, last, sizeof last / sizeof *last);
    tq_buffer_format(out, s->plan ? ",%s\n" : "\n", one->found ? "yes" : "no");
}

tq_status tq_simulation_csv(const tq_simulation *s, const tq_view_options *opt, tq_buffer *out,
                            tq_error *err)
{
    simulation_setting all[SIMULATION_SETTINGS];

    (void)opt;
    tq_buffer_text(out, "measure");
    simulation_settings(&s->one[0].scenario, all);
    for (size_t i = 0; i < SIMULATION_SETTINGS; i++) {
        tq_buffer_format(out, ",%s", all[i].name);
    }
    tq_buffer_text(out, ",method,test");
    for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
        const char *name = tq_sim_quantity_name((tq_sim_quantity)q);

        tq_buffer_format(out, ",%s,%s_mcse", name, name);
    }
    tq_buffer_text(out, ",mean_vi,mean_n,studies_run,no_effect,power_formula");
    tq_buffer_text(out, s->plan ? ",found\n" : "\n");
    for (size_t i = 0; i < s->n; i++) {
        for (size_t r = 0; r < simulation_rows(s); r++) {
            csv_row_of(s, &s->one[i], &s->one[i].row[r], out);
        }
    }
    return out->failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
}

/* ---- JSON ---- */

static json_t *json_row(const tq_sim_row *row)
{
    json_t *out = json_object();

    json_object_set_new(out, "method", json_text(tq_method_name(row->method)));
    json_object_set_new(out, "test", json_text(tq_test_name(row->test)));
    for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
        json_t *value = json_object();

        json_object_set_new(value, "value", json_number(row->value[q].value));
        json_object_set_new(value, "mcse", json_number(row->value[q].mcse));
        json_object_set_new(out, tq_sim_quantity_name((tq_sim_quantity)q), value);
    }
    return out;
}

static json_t *json_simulated(const tq_simulation *s, const tq_simulated *one)
{
    json_t *out = json_object(), *results = json_array(), *studies = json_object();
    simulation_setting all[SIMULATION_SETTINGS];

    simulation_settings(&one->scenario, all);
    for (size_t i = 0; i < SIMULATION_SETTINGS; i++) {
        json_object_set_new(out, all[i].name,
                            all[i].shown ? json_number(all[i].value) : json_null());
    }
    if (s->plan) {
        json_object_set_new(out, "found", json_boolean(one->found));
    }
    json_object_set_new(studies, "vi", json_number(one->studies.vi));
    json_object_set_new(studies, "n", json_number(one->studies.n));
    json_object_set_new(studies, "run_per_published", json_number(one->studies.run));
    json_object_set_new(studies, "without_estimate", json_number(one->studies.no_effect));
    json_object_set_new(out, "studies", studies);
    json_object_set_new(out, "power_formula", json_number(simulation_formula(s, one)));
    for (size_t r = 0; r < simulation_rows(s); r++) {
        json_array_append_new(results, json_row(&one->row[r]));
    }
    json_object_set_new(out, "results", results);
    return out;
}

tq_status tq_simulation_json(const tq_simulation *s, const tq_view_options *opt, tq_buffer *out,
                             tq_error *err)
{
    json_t *doc = json_head(&s->provenance), *design = json_object(), *list = json_array();
    const tq_sim_scenario *first = &s->one[0].scenario;
    const tq_sim_options *o = s->options;

    (void)opt;
    json_object_set_new(design, "measure", json_text(tq_sim_measure_name(first->measure)));
    json_object_set_new(design, "sizes", json_text(tq_sim_sizes_name(first->sizes)));
    json_object_set_new(design, "replicates", json_count(o->replicates));
    json_object_set_new(design, "seed", json_count(o->seed));
    json_object_set_new(design, "level", json_number(o->level));
    json_object_set_new(design, "predict", json_text(tq_predict_name(o->predict)));
    if (s->plan) {
        json_object_set_new(design, "find", json_text(tq_sim_find_name(s->find)));
        json_object_set_new(design, "power", json_number(s->power));
    }
    json_object_set_new(doc, "design", design);
    for (size_t i = 0; i < s->n; i++) {
        json_array_append_new(list, json_simulated(s, &s->one[i]));
    }
    json_object_set_new(doc, "scenarios", list);
    return json_write(doc, out, err);
}
