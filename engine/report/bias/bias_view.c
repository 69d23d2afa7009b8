/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of small-study effects, trim and fill, fail-safe N: JSON and CSV. */
#include <math.h>

#include "report/json_internal.h"
#include "report/page/text_internal.h"
#include "report/view.h"

/* ---- JSON ---- */

static json_t *test(const tq_bias_result *r)
{
    json_t *limit = isnan(r->limit)
                        ? json_null()
                        : json_pack("{s:o, s:o, s:o}", "beta", json_number(r->limit), "ci_lb",
                                    json_number(r->limit_lb), "ci_ub", json_number(r->limit_ub));
    json_t *out =
        json_pack("{s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
                  tq_bias_test_name(r->test), "label", tq_bias_test_label(r->test), "predictor",
                  json_text(tq_bias_predictor_name(r->predictor)), "k", (json_int_t)r->k, "est",
                  json_number(r->est), "se", json_number(r->se), "stat", json_number(r->stat), "df",
                  json_number(r->df), "pval", json_number(r->pval), "limit", limit);

    if (!isnan(r->tau)) {
        json_object_set_new(out, "tau", json_number(r->tau));
    }
    if (!isnan(r->expected)) {
        json_object_set_new(out, "observed", json_number(r->observed));
        json_object_set_new(out, "expected", json_number(r->expected));
    }
    json_object_set_new(out, "exact", json_boolean(r->exact));
    json_object_set_new(out, "why", json_text(r->why[0] ? r->why : NULL));
    json_object_set_new(out, "source", json_text(tq_bias_test_source(r->test)));
    return out;
}

static void add_k(const tq_analysis *a, json_t *doc)
{
    json_object_set_new(doc, "k", json_integer((json_int_t)a->k));
}

static void add_tests(const tq_analysis *a, json_t *doc)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->bias->n; i++) {
        json_array_append_new(list, test(&a->bias->result[i]));
    }
    json_object_set_new(doc, "tests", list);
    json_object_set_new(doc, "chosen_by_measure", json_boolean(a->bias->chosen));
    json_object_set_new(doc, "advice", json_text(a->bias->advice));
}

tq_status tq_bias_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    static json_section *const sections[] = {add_k, add_tests};

    (void)opt;
    return json_write_sections(a, sections, sizeof sections / sizeof *sections, out, err);
}

void json_trim_fill(const tq_analysis *a, json_t *doc)
{
    const tq_trim_fill *fill = a->trim_fill;

    if (!fill) {
        return;
    }
    json_object_set_new(doc, "estimator", json_text(tq_fill_estimator_name(fill->estimator)));
    json_object_set_new(doc, "trim_method", json_text(tq_method_name(fill->trim_method)));
    json_object_set_new(doc, "side", json_text(tq_fill_side_name(fill->side)));
    json_object_set_new(doc, "side_found", json_boolean(fill->side_found));
    json_object_set_new(doc, "k0", json_integer((json_int_t)fill->k0));
    json_object_set_new(doc, "k0_estimate", json_number(fill->estimate));
    json_object_set_new(doc, "se_k0", json_number(fill->se_k0));
    json_object_set_new(doc, "k0_pval", json_number(fill->pval));
    json_object_set_new(doc, "observed",
                        json_pack("{s:I, s:o, s:o}", "k", (json_int_t)fill->k, "prediction",
                                  json_prediction(&fill->observed), "transformed",
                                  json_natural(&a->observed)));
}

static json_t *number_of(const tq_fail_safe_n *n)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "fsn", json_number(n->fsn), "pval",
                     json_number(n->pval), "estimate", json_number(n->estimate), "target",
                     json_number(n->target), "why", json_text(n->why));
}

static void add_fail_safe(const tq_analysis *a, json_t *doc)
{
    const tq_fail_safe *f = a->fail_safe;

    json_object_set_new(doc, "alpha", json_number(f->alpha));
    json_object_set_new(doc, "rosenthal", number_of(&f->rosenthal));
    json_object_set_new(doc, "orwin", number_of(&f->orwin));
    json_object_set_new(doc, "rosenberg", number_of(&f->rosenberg));
    json_object_set_new(doc, "general", number_of(&f->general));
}

tq_status tq_fail_safe_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                            tq_error *err)
{
    static json_section *const sections[] = {add_k, add_fail_safe};

    (void)opt;
    return json_write_sections(a, sections, sizeof sections / sizeof *sections, out, err);
}

/* ---- CSV ---- */

static void why(tq_buffer *out, const char *text)
{
    tq_buffer_text(out, ",");
    text_csv_field(out, text ? text : "");
    tq_buffer_text(out, "\n");
}

tq_status tq_bias_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                      tq_error *err)
{
    (void)opt;
    tq_buffer_text(out,
                   "test,predictor,k,est,se,stat,df,pval,tau,observed,expected,limit,limit_ci_lb,"
                   "limit_ci_ub,why\n");
    for (size_t i = 0; i < a->bias->n; i++) {
        const tq_bias_result *r = &a->bias->result[i];
        const char *predictor = tq_bias_predictor_name(r->predictor);
        const double values[] = {r->est,   r->se,       r->stat,     r->df,
                                 r->pval,  r->tau,      r->observed, r->expected,
                                 r->limit, r->limit_lb, r->limit_ub};

        tq_buffer_format(out, "%s,%s,%zu", tq_bias_test_name(r->test), predictor ? predictor : "",
                         r->k);
        csv_numbers(out, values, sizeof values / sizeof *values);
        why(out, r->why);
    }
    return tq_buffer_status(out, err);
}

tq_status tq_fail_safe_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                           tq_error *err)
{
    const tq_fail_safe *f = a->fail_safe;
    const struct {
        const char *name;
        const tq_fail_safe_n *n;
    } rows[] = {{"rosenthal", &f->rosenthal},
                {"orwin", &f->orwin},
                {"rosenberg", &f->rosenberg},
                {"general", &f->general}};

    (void)opt;
    tq_buffer_text(out, "method,fsn,pval,estimate,target,alpha,why\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tq_fail_safe_n *n = rows[i].n;
        const double values[] = {n->fsn, n->pval, n->estimate, n->target, f->alpha};

        tq_buffer_text(out, rows[i].name);
        csv_numbers(out, values, sizeof values / sizeof *values);
        why(out, n->why);
    }
    return tq_buffer_status(out, err);
}
