/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results of a plan as a page: all analyses in one table, then each in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/dossier/beside_internal.h"
#include "report/dossier/importance.h"
#include "report/page/format.h"
#include "report/plan/plan_internal.h"
#include "report/plan/plan_view.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL, LINE = REPORT_LINE, DECIMALS = 2 };

typedef struct {
    const tq_dossier *d;
    const tq_view_options *opt;
    page *page;
    tq_buffer *out;
    tq_arena *arena;
} review;

/* Whether there are no studies, rather than studies without a result. */
int plan_is_empty(const tq_dossier_entry *e)
{
    return !e->analysis && strncmp(e->why_none, "k = 0", 5) == 0;
}

/* ---- one table of all ---- */

static const char *interval(char *text, double lo, double hi)
{
    return report_interval(text, lo, hi, DECIMALS);
}

static void estimate(char *text, const tq_natural *n)
{
    tq_format_interval(text, CELL, n->pred, n->ci_lb, n->ci_ub, DECIMALS);
}

static int has_effect(const tq_analysis *a)
{
    return !a->levels_only && !isnan(a->natural.pred);
}

static void result_cells(const tq_analysis *a, text_table *t)
{
    char text[CELL];

    report_k(t, 1, a->k, tq_analysis_studies(a));
    if (!has_effect(a)) {
        return;
    }
    const tq_headline h = tq_analysis_headline(a);

    snprintf(text, sizeof text, "%s%s", a->measure->code, h.robust ? "*" : "");
    text_table_cell(t, 2, text);
    estimate(text, &h.natural);
    text_table_cell(t, 3, text);
    report_p(t, 4, h.pval);
    text_table_cell(t, 5, interval(text, a->natural.pi_lb, a->natural.pi_ub));
    report_percent(t, 6, tq_analysis_I2(a), 0);
}

/* What marks in the table of these analyses say. */
static void explain_marks(const review *r, size_t begin, size_t end)
{
    int robust = 0, dependent = 0;

    for (size_t i = begin; i < end; i++) {
        const tq_analysis *a = r->d->entry[i].analysis;

        robust |= a && has_effect(a) && tq_analysis_headline(a).robust;
        dependent |= a && tq_analysis_studies(a) != a->k;
    }
    tq_buffer_text(r->out, dependent ? REPORT_K_NOTE : "");
    tq_buffer_text(r->out, robust ? "* interval and p are cluster-robust\n" : "");
}

/* The analyses of a section from number `begin` on; returns the number behind its last, 0: memory is short. */
static size_t section_table(const review *r, size_t begin)
{
    const char *const heads[] = {"Analysis", "k", "", "Effect [CI]", "p", "Prediction", "I2"};
    const tq_dossier *d = r->d;
    text_table *t = text_table_new(sizeof heads / sizeof *heads, heads);
    size_t i = begin;

    if (!t) {
        return 0;
    }
    text_table_left(t, 2);
    for (; i < d->n && tq_dossier_same_section(&d->entry[i], &d->entry[begin]); i++) {
        text_table_cell(t, 0, d->entry[i].title);
        if (d->entry[i].analysis) {
            result_cells(d->entry[i].analysis, t);
        } else {
            report_count(t, 1, d->entry[i].k);
            text_table_cell(t, 3, plan_is_empty(&d->entry[i]) ? "" : "NE");
        }
        text_table_end_row(t);
    }
    tq_buffer_text(r->out, "\n");
    page_heading(r->page, d->entry[begin].section ? d->entry[begin].section : "Analyses");
    page_table(r->page, t);
    text_table_free(t);
    explain_marks(r, begin, i);
    return i;
}

/* ---- one analysis in words ---- */

static void paragraph(const review *r, const char *before, const char *text)
{
    if (text && *text) {
        tq_buffer_text(r->out, before);
        page_wrapped(r->page, text, LINE, strlen(before));
    }
}

/* "  LABEL: TEXT" */
static void item(const review *r, const char *label, const char *text)
{
    char *whole = tq_arena_format(r->arena, "%s: %s", label, text);

    paragraph(r, "  - ", whole);
}

/* What the views of every analysis of these data must say. */
static void notice(const review *r, const tq_analysis *a)
{
    if (a->provenance.notice) {
        paragraph(r, "! ", a->provenance.notice);
    }
}

static void subgroup_items(const review *r, const tq_analysis *a)
{
    for (size_t b = 0; b < a->n_blocks; b++) {
        const tq_subgroups *g = a->block[b].fit;
        tq_buffer text = {0};

        for (size_t j = 0; g->n > 1 && j < g->n; j++) {
            const tq_subgroup_level *level = &g->level[j];
            const tq_headline h = level->fit ? tq_block_headline(&a->block[b], j)
                                             : (tq_headline){.natural = a->block[b].natural[j]};
            char cell[CELL];

            estimate(cell, &h.natural);
            tq_buffer_format(&text, "%s%s %s (k = %zu%s)", j ? "; " : "", level->name, cell,
                             level->k, h.robust ? ", robust" : "");
        }
        if (text.data) {
            item(r, g->by, text.data);
        }
        tq_buffer_free(&text);
    }
}

/* Unseen studies without an effect that would undo the result. */
static void fail_safe_item(const review *r, const tq_analysis *a)
{
    const tq_fail_safe *f = a->fail_safe;
    const struct {
        const char *name;
        const tq_fail_safe_n *n;
    } methods[] = {{"Rosenthal", &f->rosenthal},
                   {"Orwin", &f->orwin},
                   {"Rosenberg", &f->rosenberg},
                   {"this model", &f->general}};
    tq_buffer text = {0};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        tq_buffer_format(&text, "%s%s ", i ? ", " : "", methods[i].name);
        if (isnan(methods[i].n->fsn)) {
            tq_buffer_text(&text, "none");
        } else {
            tq_buffer_format(&text, "%.15g", methods[i].n->fsn);
        }
    }
    r->out->failed |= text.failed;
    item(r, "Fail-safe N", text.data ? text.data : "");
    tq_buffer_free(&text);
}

/* Tests of a multilevel model, robust ones where it has clusters. */
static void small_study_items(const review *r, const tq_small_study *s)
{
    for (size_t i = 0; s && i < s->n; i++) {
        const tq_small_study_row *row = &s->row[i];
        const double pval = isnan(row->robust.pval) ? row->slope.pval : row->robust.pval;
        char label[CELL], text[CELL], p[CELL];

        snprintf(label, sizeof label, "Egger, multilevel, by the %s",
                 tq_small_study_text(row->predictor));
        snprintf(text, sizeof text, "p %s%s", tq_format_p_relation(p, sizeof p, pval, 4),
                 isnan(row->robust.pval) ? "" : " (robust)");
        item(r, label, row->why ? row->why : text);
    }
}

static void part_items(const review *r, const tq_analysis *a)
{
    const tq_sensitivity *s = a->sensitivity;

    if (s && s->loo) {
        item(r, "Leave-one-out", s->loo->reading);
    }
    if (s && s->cumul) {
        item(r, "Cumulative", s->cumul->reading);
    }
    if (s && s->influence) {
        item(r, "Influence", s->influence_reading);
    }
    if (a->sequential) {
        item(r, "Trial sequential analysis", a->sequential->reading);
    }
    if (a->gosh) {
        item(r, "All subsets", a->gosh->reading);
    }
    if (a->multiverse) {
        item(r, "Other specifications", a->multiverse->reading);
    }
    for (size_t i = 0; a->bias && i < a->bias->n; i++) {
        const tq_bias_result *b = &a->bias->result[i];
        char text[CELL], p[CELL];

        snprintf(text, sizeof text, "%s", b->why[0] ? b->why : "p ");
        if (!b->why[0]) {
            tq_format_p_relation(p, sizeof p, b->pval, 4);
            strcat(text, p);
        }
        item(r, tq_bias_test_label(b->test), text);
    }
    if (a->fail_safe) {
        fail_safe_item(r, a);
    }
    small_study_items(r, a->multilevel ? a->multilevel->small_study : NULL);
}

/* The coefficients of a regression, the intercept aside. */
static void coefficients_item(const review *r, const char *label, const tq_analysis *a)
{
    const tq_pool *fit = a->fit;
    tq_buffer text = {0};

    tq_buffer_format(&text, "k = %zu", a->k);
    for (size_t i = 0; i < fit->p; i++) {
        char cell[CELL], p[CELL];

        if (strcmp(a->term[i], "intrcpt") != 0) {
            tq_format_interval(cell, sizeof cell, fit->beta[i], fit->ci_lb[i], fit->ci_ub[i],
                               r->opt->digits);
            tq_buffer_format(&text, "; %s %s, p %s", a->term[i], cell,
                             tq_format_p_relation(p, sizeof p, fit->pval[i], 4));
        }
    }
    item(r, label, text.data ? text.data : "");
    tq_buffer_free(&text);
}

static void further_item(const review *r, const tq_further *f)
{
    const tq_analysis *a = f->analysis;
    char text[CELL + 64], cell[CELL];

    if (!a) {
        item(r, f->label, f->why_none);
    } else if (a->publication) {
        item(r, f->label, a->publication->answers.reading);
    } else if (f->role == TQ_FURTHER_REGRESSION || isnan(a->natural.pred)) {
        coefficients_item(r, f->label, a);
    } else {
        const tq_headline h = tq_analysis_headline(a);

        estimate(cell, &h.natural);
        snprintf(text, sizeof text, "%s %s (k = %zu%s)", a->measure->code, cell, a->k,
                 h.robust ? ", robust" : "");
        item(r, f->label, text);
    }
}

/* Few clusters and degrees of freedom, components at a bound: what models of dependent effects warn of. */
static void dependence_items(const review *r, const tq_analysis *a)
{
    for (size_t i = 0; a && (a->multilevel || a->robust) && i < a->n_warnings; i++) {
        item(r, "Warning", a->warning[i]);
    }
}

static int has_beside(const tq_dossier_entry *e)
{
    for (size_t i = 0; i < e->n_further; i++) {
        if (e->further[i].role == TQ_FURTHER_BESIDE) {
            return 1;
        }
    }
    return 0;
}

static tq_status in_words(const review *r, const tq_dossier_entry *e, tq_error *err)
{
    const char *importance = "";
    tq_status status = TQ_OK;

    tq_buffer_text(r->out, "\n");
    page_heading(r->page, e->title);
    paragraph(r, "", e->note);
    paragraph(r, "", e->why_none);
    if (e->analysis) {
        status = tq_importance_text(e, r->arena, &importance, err);
        notice(r, e->analysis);
        paragraph(r, "", e->analysis->reading);
        paragraph(r, "", importance);
        subgroup_items(r, e->analysis);
        if (e->analysis->fit->p > 1) {
            coefficients_item(r, "Coefficients", e->analysis);
        }
        part_items(r, e->analysis);
    }
    dependence_items(r, e->analysis);
    for (size_t i = 0; i < e->n_further; i++) {
        if (e->further[i].role != TQ_FURTHER_BESIDE &&
            (!plan_is_empty(e) || e->further[i].analysis)) { /* else the reason stands above */
            further_item(r, &e->further[i]);
        }
    }
    if (status == TQ_OK && has_beside(e)) {
        tq_buffer_text(r->out, "\n");
    }
    return status == TQ_OK ? beside_section(e, r->arena, r->page, err) : status;
}

/* ---- the page ---- */

static size_t with_result(const tq_dossier *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++) {
        n += d->entry[i].analysis != NULL;
    }
    return n;
}

static void head(const review *r)
{
    const tq_dossier *d = r->d;

    page_title(r->page, d->title);
    if (d->notice) {
        paragraph(r, "! ", d->notice);
        tq_buffer_text(r->out, "\n");
    }
    if (d->plan) {
        tq_buffer_format(r->out, "Plan: %s%s%s%s%s\n", d->plan, d->plan_version ? ", version " : "",
                         d->plan_version ? d->plan_version : "",
                         d->registration ? "; registration: " : "",
                         d->registration ? d->registration : "");
    }
    tq_buffer_format(r->out, "%zu analys%s, %zu with a result\n", d->n, d->n == 1 ? "is" : "es",
                     with_result(d));
}

/* Those without a result stand in the table alone, but for those that say more than that nothing is there. */
static tq_status body(const review *r, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; i < r->d->n;) {
        i = section_table(r, i);
        if (i == 0) {
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
    }
    for (size_t i = 0; status == TQ_OK && i < r->d->n; i++) {
        const tq_dossier_entry *e = &r->d->entry[i];

        if (!plan_is_empty(e) || e->n_excluded > 0) {
            status = in_words(r, e, err);
        }
    }
    return status;
}

tq_status tq_plan_text(const tq_dossier *d, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    page p;
    review r = {d, opt, &p, NULL, tq_arena_new()};
    tq_status status = tq_dossier_check(d, err);

    if (status == TQ_OK && !r.arena) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (status == TQ_OK) {
        page_begin(&p, opt->markup, opt->colour, d->title, out);
        r.out = p.lines;
        head(&r);
        status = body(&r, err);
        page_end(&p);
    }
    tq_arena_free(r.arena);
    return status == TQ_OK ? tq_buffer_status(out, err) : status;
}
