/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results side by side, and how far they lie apart. */
#include "report/dossier/beside.h"

#include <math.h>
#include <string.h>

#include "core/buffer.h"
#include "report/page/format.h"

enum { NUMBER = 64 };

typedef struct {
    tq_arena *arena;
    tq_beside *out;
    int failed;
} gatherer;

static const char *text(gatherer *g, const char *made)
{
    g->failed |= !made;
    return made ? made : "";
}

/* ---- rows ---- */

/* Why an analysis has no one effect; NULL: it has. */
static const char *no_effect(const tq_analysis *a)
{
    return a->levels_only                   ? "by level, not pooled"
           : a->fit->p > 1                  ? "meta-regression"
           : isnan(a->fit->prediction.pred) ? "no pooled effect"
                                            : NULL;
}

static tq_beside_row empty_row(const char *label, const tq_further *f)
{
    return (tq_beside_row){.label = label,
                           .entry = f ? f->entry : NULL,
                           .est = NAN,
                           .se = NAN,
                           .df = NAN,
                           .ci_lb = NAN,
                           .ci_ub = NAN,
                           .pval = NAN,
                           .natural = {NAN, NAN, NAN, NAN, NAN},
                           .tau2 = NAN,
                           .I2 = NAN,
                           .difference = NAN,
                           .se_ratio = NAN,
                           .width_ratio = NAN,
                           .tau2_difference = NAN};
}

static void fill(tq_beside_row *r, const tq_analysis *a)
{
    const tq_pool *fit = a->fit;

    r->a = a;
    r->k = a->k - a->n_filled;
    r->studies = tq_analysis_studies(a);
    r->why_none = no_effect(a);
    if (a->k > 1) {
        r->tau2 = tq_analysis_tau2(a);
        r->I2 = tq_analysis_I2(a);
    }
    if (!r->why_none) {
        r->est = fit->beta[0];
        r->se = fit->se[0];
        r->df = fit->df[0];
        r->ci_lb = fit->ci_lb[0];
        r->ci_ub = fit->ci_ub[0];
        r->pval = fit->pval[0];
        r->natural = a->natural;
    }
}

static void fill_robust(tq_beside_row *r, const tq_analysis *a)
{
    const tq_robust *fit = a->robust->fit;

    fill(r, a);
    r->robust = 1;
    r->studies = a->robust->m;
    r->est = fit->beta[0];
    r->se = fit->se[0];
    r->df = fit->df[0];
    r->ci_lb = fit->ci_lb[0];
    r->ci_ub = fit->ci_ub[0];
    r->pval = fit->pval[0];
    r->natural = a->robust->natural;
    _Static_assert(TQ_ROBUST_LEAST_DF == 4, "as the text says");
    if (r->df < TQ_ROBUST_LEAST_DF) {
        r->doubt = "not to be trusted: fewer than 4 degrees of freedom";
    }
}

/* The scales of both are one, so that numbers on them may be compared. */
static int same_scale(const tq_analysis *a, const tq_analysis *b)
{
    return a && b && strcmp(a->measure->code, b->measure->code) == 0 &&
           strcmp(a->transform->name, b->transform->name) == 0;
}

/* a - b, where that is more than the rounding of two searches for one optimum. */
static double apart(double a, double b, double unit)
{
    const double tol = 1e-9; /* relative: a search stops at about as much */

    return fabs(a - b) <= tol * unit ? 0.0 : a - b;
}

static void compare(const tq_beside_row *first, tq_beside_row *r)
{
    if (same_scale(first->a, r->a)) {
        r->difference = apart(r->est, first->est, first->se);
        r->se_ratio = r->se / first->se;
        r->width_ratio = (r->ci_ub - r->ci_lb) / (first->ci_ub - first->ci_lb);
        r->tau2_difference = apart(r->tau2, first->tau2, first->tau2 + first->se * first->se);
    }
}

static void add(gatherer *g, const char *label, const tq_analysis *a, const char *why_none,
                const tq_further *f)
{
    tq_beside_row *r = &g->out->row[g->out->n++];

    *r = empty_row(label, f);
    if (!a) {
        r->why_none = why_none;
        return;
    }
    fill(r, a);
    if (a->robust && !r->why_none) {
        r = &g->out->row[g->out->n++];
        *r = empty_row(
            text(g, tq_arena_format(g->arena, "%s, cluster-robust (%s)", f ? label : "The same",
                                    tq_robust_name(a->robust->fit->type))),
            f);
        fill_robust(r, a);
    }
}

/* ---- in words ---- */

/* Decimals that show a difference beside an estimate of two. */
enum { DECIMALS = 2 };

static void say_row(const tq_beside_row *first, const tq_beside_row *r, tq_buffer *out)
{
    const double little = 0.005; /* of a standard error */
    char moved[NUMBER], width[NUMBER];

    if (isnan(r->width_ratio) || isnan(r->difference)) {
        return;
    }
    tq_format_number(moved, sizeof moved, fabs(r->difference), DECIMALS);
    tq_format_number(width, sizeof width, 100.0 * r->width_ratio, 0);
    tq_buffer_text(out, out->size ? "; " : "");
    if (r->a == first->a) {
        tq_buffer_format(out, "its cluster-robust interval (%s) is %s%% as wide",
                         tq_robust_name(r->a->robust->fit->type), width);
    } else if (fabs(r->difference) < little * first->se) {
        tq_buffer_format(out, "%s: the estimate is the same, the interval is %s%% as wide",
                         r->label, width);
    } else {
        tq_buffer_format(out, "%s: the estimate lies %s %s, the interval is %s%% as wide", r->label,
                         moved, r->difference > 0.0 ? "higher" : "lower", width);
    }
    if (r->doubt) {
        tq_buffer_format(out, " (%s)", r->doubt);
    }
}

static void say(gatherer *g)
{
    tq_buffer out = {0};

    for (size_t i = 1; i < g->out->n; i++) {
        say_row(&g->out->row[0], &g->out->row[i], &out);
    }
    if (out.size) {
        tq_buffer_text(&out, ".");
    }
    g->failed |= out.failed;
    g->out->reading =
        out.size && !out.failed
            ? text(g, tq_arena_format(g->arena, "Against this analysis: %s", out.data))
            : "";
    tq_buffer_free(&out);
}

/* ---- all of it ---- */

static size_t count(const tq_dossier_entry *e)
{
    size_t n = 0;

    for (size_t j = 0; j < e->n_further; j++) {
        n += e->further[j].role == TQ_FURTHER_BESIDE;
    }
    return n;
}

tq_status tq_beside_make(const tq_dossier_entry *e, tq_arena *arena, tq_beside *out, tq_error *err)
{
    const size_t n = count(e);
    gatherer g = {.arena = arena, .out = out};

    *out = (tq_beside){.reading = ""};
    if (n == 0) {
        return TQ_OK;
    }
    out->row = tq_arena_take(arena, 2 * (n + 1), sizeof *out->row);
    if (!out->row) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    add(&g, "This analysis", e->analysis, e->why_none, NULL);
    for (size_t j = 0; j < e->n_further; j++) {
        const tq_further *f = &e->further[j];

        if (f->role == TQ_FURTHER_BESIDE) {
            add(&g, f->label, f->analysis, f->why_none, f);
        }
    }
    for (size_t i = 1; i < out->n; i++) {
        compare(&out->row[0], &out->row[i]);
    }
    if (e->analysis && strcmp(e->analysis->transform->name, "none") != 0) {
        out->scale = tq_analysis_scale_name(e->analysis, 0);
    }
    say(&g);
    return g.failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
}
