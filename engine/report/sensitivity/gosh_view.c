/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of subsets of the studies as JSON and as CSV. */
#include "report/json_internal.h"
#include "report/page/text_internal.h"
#include "report/view.h"

/* ---- JSON ---- */

static json_t *summary(const tq_gosh_report *g)
{
    double percent[TQ_GOSH_QUANTILES];

    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        percent[q] = tq_gosh_probability(q);
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:b, s:o}", "percent",
                     json_numbers(percent, TQ_GOSH_QUANTILES), "estimate",
                     json_numbers(g->fit->estimate, TQ_GOSH_QUANTILES), "transformed",
                     json_numbers(g->natural, TQ_GOSH_QUANTILES), "I2",
                     json_numbers(g->fit->I2, TQ_GOSH_QUANTILES), "exact", g->fit->exact,
                     "resolution", json_number(g->fit->resolution));
}

static json_t *half(uint64_t n, double estimate, double natural, double I2)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "models", json_count(n), "estimate",
                     json_number(estimate), "transformed", json_number(natural), "I2",
                     json_number(I2));
}

static json_t *studies(const tq_analysis *a)
{
    const tq_gosh_report *g = a->gosh;
    json_t *list = json_array();

    for (size_t i = 0; i < g->fit->k; i++) {
        const tq_gosh_study *s = &g->fit->study[i];

        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o}", "study", json_text(a->study[i].label), "with",
                      half(s->n_with, s->estimate_with, g->study[i].with, s->I2_with), "without",
                      half(s->n_without, s->estimate_without, g->study[i].without, s->I2_without)));
    }
    return list;
}

static void add_gosh(const tq_analysis *a, json_t *doc)
{
    const tq_gosh *g = a->gosh->fit;

    json_object_set_new(doc, "k", json_integer((json_int_t)g->k));
    json_object_set_new(doc, "models", json_count(g->models));
    json_object_set_new(doc, "asked", json_count(g->asked));
    json_object_set_new(doc, "possible", json_count(g->possible));
    json_object_set_new(doc, "all", json_boolean(g->all));
    json_object_set_new(doc, "seed", g->all ? json_null() : json_count(g->seed));
    json_object_set_new(doc, "failed", json_count(g->failed));
    json_object_set_new(doc, "interrupted", json_boolean(g->interrupted));
    json_object_set_new(doc, "summary", summary(a->gosh));
    json_object_set_new(doc, "studies", studies(a));
    json_object_set_new(doc, "coefficients", json_coefficients(a->fit, a->term));
    json_object_set_new(doc, "heterogeneity", json_heterogeneity(a->fit));
    json_object_set_new(doc, "reading", json_text(a->gosh->reading));
}

tq_status tq_gosh_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    static json_section *const sections[] = {add_gosh};

    (void)opt;
    return json_write_sections(a, sections, 1, out, err);
}

/* ---- CSV ---- */

static void csv_half(uint64_t n, double estimate, double I2, tq_buffer *out)
{
    tq_buffer_format(out, ",%llu", (unsigned long long)n);
    csv_numbers(out, (double[]){estimate, I2}, 2);
}

tq_status tq_gosh_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                      tq_error *err)
{
    const tq_gosh *g = a->gosh->fit;

    (void)opt;
    tq_buffer_text(out, "study,models_with,estimate_with,I2_with,models_without,estimate_without,"
                        "I2_without\n");
    for (size_t i = 0; i < g->k; i++) {
        const tq_gosh_study *s = &g->study[i];

        text_csv_field(out, a->study[i].label);
        csv_half(s->n_with, s->estimate_with, s->I2_with, out);
        csv_half(s->n_without, s->estimate_without, s->I2_without, out);
        tq_buffer_text(out, "\n");
    }
    return tq_buffer_status(out, err);
}
