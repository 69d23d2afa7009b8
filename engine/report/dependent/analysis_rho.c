/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analysis again for each further correlation of sampling errors. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/page/format.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* What a row keeps of an analysis, into the arena of the first. */
static tq_status keep(const tq_analysis *from, double rho, tq_analysis *a, tq_rho_row *row,
                      tq_error *err)
{
    const tq_pool *f = from->fit;
    const tq_robust *r = from->robust ? from->robust->fit : NULL;
    const tq_multilevel *m = from->multilevel;
    const size_t p = f->p;
    const struct {
        double **to;
        const double *from;
    } of[] = {
        {&row->beta, f->beta},
        {&row->se, f->se},
        {&row->pval, f->pval},
        {&row->ci_lb, f->ci_lb},
        {&row->ci_ub, f->ci_ub},
        {&row->robust_se, r ? r->se : NULL},
        {&row->robust_df, r ? r->df : NULL},
        {&row->robust_pval, r ? r->pval : NULL},
        {&row->robust_ci_lb, r ? r->ci_lb : NULL},
        {&row->robust_ci_ub, r ? r->ci_ub : NULL},
    };

    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        double *copy = of[i].from ? tq_arena_take(a->arena, p, sizeof *copy) : NULL;

        if (of[i].from && !copy) {
            return no_memory(err);
        }
        if (copy) {
            memcpy(copy, of[i].from, p * sizeof *copy);
        }
        *of[i].to = copy;
    }
    row->component = tq_arena_take(a->arena, m->fit->n_components + 1, sizeof *row->component);
    if (!row->component) {
        return no_memory(err);
    }
    for (size_t i = 0; i < m->fit->n_components; i++) {
        row->component[i] = m->fit->component[i].value;
    }
    row->rho = rho;
    row->ll = f->ll;
    row->QE = f->QE;
    row->natural = from->natural;
    return TQ_OK;
}

static tq_status fit_again(const analysis_input *in, tq_analysis *a, double rho, tq_rho_row *row,
                           tq_error *err)
{
    tq_analysis_spec spec = *in->spec;
    tq_multilevel_spec model = *in->spec->multilevel;
    tq_covariance_wish wish = *model.covariance;
    tq_robust_spec robust;
    tq_analysis *again = NULL;

    wish.rho = rho;
    model.covariance = &wish;
    model.n_rho = 1;
    model.options.progress = NULL;
    model.fit_only = 1;
    spec.blup = 0;
    spec.levels_only = 0; /* levels are not fitted again */
    spec.multilevel = &model;
    if (spec.robust) { /* rows have no bootstrap */
        robust = *spec.robust;
        robust.wild = 0;
        spec.robust = &robust;
    }
    tq_status status = tq_analysis_pool(in->data, &spec, &again, err);

    if (status != TQ_OK && err) {
        char message[sizeof err->message];

        tq_copy_text(message, sizeof message, err->message);
        snprintf(err->message, sizeof err->message, "with rho = %g: %.220s", rho, message);
        return status;
    }
    status = status == TQ_OK ? keep(again, rho, a, row, err) : status;
    tq_analysis_free(again);
    return status;
}

/* ---- in words ---- */

static void span(tq_buffer *out, double lo, double hi)
{
    char text[64];

    tq_buffer_text(out, tq_format_number(text, sizeof text, lo, 2));
    tq_buffer_text(out, " to ");
    tq_buffer_text(out, tq_format_number(text, sizeof text, hi, 2));
}

/* How many rows have an interval (robust, where there is one) of coefficient 0 that excludes null. */
static size_t excluding(const tq_rho_sensitivity *s, double null)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        const tq_rho_row *row = &s->row[i];
        const double lb = row->robust_ci_lb ? row->robust_ci_lb[0] : row->ci_lb[0];
        const double ub = row->robust_ci_ub ? row->robust_ci_ub[0] : row->ci_ub[0];

        n += null < lb || null > ub ? 1 : 0;
    }
    return n;
}

static tq_status say(tq_analysis *a, tq_rho_sensitivity *s, tq_error *err)
{
    tq_buffer text = {0};
    double lo = INFINITY, hi = -INFINITY, first = INFINITY, last = -INFINITY;

    for (size_t i = 0; i < s->n; i++) {
        lo = fmin(lo, s->row[i].rho);
        hi = fmax(hi, s->row[i].rho);
        first = fmin(first, s->row[i].natural.pred);
        last = fmax(last, s->row[i].natural.pred);
    }
    if (s->p == 1 && isfinite(first) && !a->levels_only) {
        const double null = a->measure->null_value;
        const size_t n = excluding(s, null);

        tq_buffer_format(&text,
                         "Over correlations of sampling errors from %g to %g the pooled "
                         "%s is ",
                         lo, hi, tq_analysis_scale_name(a, 1));
        span(&text, first, last);
        if (!isnan(null)) {
            tq_buffer_format(&text, ", and its %sinterval %s no effect%s",
                             a->robust ? "robust " : "", n == 0 ? "includes" : "excludes",
                             n == 0 || n == s->n ? " throughout" : "");
            if (n > 0 && n < s->n) {
                tq_buffer_format(&text, " for %zu of %zu", n, s->n);
            }
        }
        tq_buffer_text(&text, ".");
    }
    return analysis_keep_text(a, &text, &s->reading, err);
}

tq_status analysis_rho(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_multilevel_spec *spec = in->spec->multilevel;

    if (!spec || spec->n_rho < 2) {
        return TQ_OK;
    }
    tq_rho_sensitivity *s = tq_arena_take(a->arena, 1, sizeof *s);

    if (s) {
        s->row = tq_arena_take(a->arena, spec->n_rho, sizeof *s->row);
    }
    if (!s || !s->row) {
        return no_memory(err);
    }
    s->p = a->fit->p;
    s->n_components = a->multilevel->fit->n_components;
    tq_status status = keep(a, spec->rho[0], a, &s->row[0], err);

    for (s->n = 1; status == TQ_OK && s->n < spec->n_rho; s->n++) {
        status = fit_again(in, a, spec->rho[s->n], &s->row[s->n], err);
    }
    if (status == TQ_OK) {
        a->rho = s;
        status = say(a, s, err);
    }
    return status;
}
