/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The predicted true effect of each study: computed, and shown in report, JSON and CSV. */
#include <math.h>
#include <stdio.h>

#include "report/analysis_internal.h"
#include "report/csv_table_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

tq_status analysis_blup(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    if (!in->spec->blup || a->multilevel) { /* a multilevel model has its own stage */
        return TQ_OK;
    }
    if (in->spec->scale) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--blup and --scale exclude each other");
    }
    a->blup = tq_arena_take(a->arena, a->k, sizeof *a->blup);
    a->blup_natural = tq_arena_take(a->arena, a->k, sizeof *a->blup_natural);
    tq_status status = a->blup && a->blup_natural
                           ? tq_blup_of(&in->of.model, a->fit, a->blup, err)
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    for (size_t i = 0; status == TQ_OK && i < a->k; i++) {
        const tq_blup *b = &a->blup[i];
        const tq_prediction p = {b->pred, b->se, NAN, NAN, b->pi_lb, b->pi_ub, NAN};

        a->blup_natural[i] = analysis_natural(a->transform, &p, a->study[i].ni);
    }
    return status;
}

/* ---- text ---- */

static void put_row(const report *r, size_t i, text_table *t)
{
    const tq_blup *b = &r->a->blup[i];
    const tq_natural *n = &r->a->blup_natural[i];
    char text[REPORT_CELL];

    text_table_cell(t, 0, r->a->study[i].label);
    text_table_cell(t, 1, report_number(text, r->a->study[i].yi, r->opt->digits));
    text_table_cell(t, 2, report_number(text, b->pred, r->opt->digits));
    text_table_cell(t, 3, report_number(text, b->se, r->opt->digits));
    report_interval(text, b->pi_lb, b->pi_ub, r->opt->digits);
    text_table_cell(t, 4, text);
    if (r->natural) {
        tq_format_interval(text, sizeof text, n->pred, n->pi_lb, n->pi_ub, 2);
        text_table_cell(t, 5, text);
    }
    text_table_end_row(t);
}

int report_blup(const report *r)
{
    char interval[32], natural[REPORT_CELL];
    const char *heads[] = {"Study", report_effect_head(r), "Predicted", "SE", interval, natural};

    if (!r->a->blup) {
        return 1;
    }
    snprintf(interval, sizeof interval, "%g%% PI", r->a->options.level);
    snprintf(natural, sizeof natural, "%s [%g%% PI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    text_table *t = text_table_new(r->natural ? 6 : 5, heads);

    if (!t) {
        return 0;
    }
    for (size_t i = 0; i < r->a->k; i++) {
        put_row(r, i, t);
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, "True effects of the studies (best linear unbiased predictions)");
    return report_table(r, t);
}

/* ---- JSON ---- */

void json_blup(const tq_analysis *a, json_t *doc)
{
    json_t *list = a->blup ? json_array() : NULL;

    for (size_t i = 0; a->blup && i < a->k; i++) {
        const tq_blup *b = &a->blup[i];
        const tq_natural *n = &a->blup_natural[i];

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}}", "study",
                            json_text(a->study[i].label), "pred", json_number(b->pred), "se",
                            json_number(b->se), "pi_lb", json_number(b->pi_lb), "pi_ub",
                            json_number(b->pi_ub), "ranef", json_number(b->ranef), "shrinkage",
                            json_number(b->shrinkage), "transformed", "pred", json_number(n->pred),
                            "pi_lb", json_number(n->pi_lb), "pi_ub", json_number(n->pi_ub)));
    }
    if (list) {
        json_object_set_new(doc, "blup", list);
    }
}

/* ---- CSV ---- */

void csv_blup(const tq_analysis *a, tq_buffer *out)
{
    for (size_t i = 0; a->blup && i < a->k; i++) {
        const tq_blup *b = &a->blup[i];
        const tq_natural *n = &a->blup_natural[i];
        double values[CSV_NUMBERS];

        csv_estimate(b->pred, b->se, (double)NAN, (double)NAN, (double)NAN, values);
        values[CSV_NATURAL] = n->pred;
        values[CSV_PI_LB] = b->pi_lb;
        values[CSV_PI_UB] = b->pi_ub;
        values[CSV_NATURAL_PI_LB] = n->pi_lb;
        values[CSV_NATURAL_PI_UB] = n->pi_ub;
        values[CSV_TAU2] = a->fit->tau2;
        csv_row(a, "blup", a->study[i].label, 1, values, out);
    }
}
