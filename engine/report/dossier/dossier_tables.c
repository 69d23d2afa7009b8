/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables that stand over all analyses of a review. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/dossier/dossier_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

const char *dossier_label(const review *r, size_t i)
{
    return dossier_text(r, "%zu. %s", i + 1, r->d->entry[i].title);
}

/* Tables of columns as {head, share of the width, 1: numbers}. */
typedef struct {
    const char *head;
    double share;
    int number;
} column;

static text_table *table_of(const column *c, size_t n)
{
    const char *heads[TEXT_TABLE_COLUMNS] = {NULL};
    double shares[TEXT_TABLE_COLUMNS] = {0.0};

    for (size_t i = 0; i < n; i++) {
        heads[i] = c[i].head;
        shares[i] = c[i].share;
    }
    text_table *t = text_table_new(n, heads);

    for (size_t i = 0; t && i < n; i++) {
        if (!c[i].number) {
            text_table_left(t, i);
        }
    }
    if (t) {
        text_table_shares(t, shares);
    }
    return t;
}

static int put_table(const review *r, text_table *t)
{
    if (t) {
        page_table(r->page, t);
        text_table_free(t);
    }
    return t != NULL;
}

/* The plan's section over the rows of its first entry; *open: the section of the rows above. */
static void group(const review *r, const tq_outcome *f, const char **open, text_table *t)
{
    const char *section = r->d->entry[f->entry].section;

    if (section && !(*open && strcmp(*open, section) == 0)) {
        text_table_group(t, section);
    }
    *open = section;
}

static const char *label_of(const review *r, const tq_outcome *f)
{
    return f->level ? f->label : dossier_label(r, f->entry);
}

/* ---- summary --------------------------------------------------------------------------------- */

static const char *participants_text(char *out, const tq_outcome *f)
{
    if (isnan(f->participants)) {
        return "not known";
    }
    snprintf(out, CELL, "%s", f->at_least ? "\xE2\x89\xA5 " : "");
    tq_format_count(out + strlen(out), CELL - strlen(out), f->participants);
    return out;
}

/* What stands in place of a pooled effect. */
static const char *no_effect(const tq_outcome *f)
{
    return !f->a                     ? f->k > 0 ? "not estimable" : "not done"
           : f->a->levels_only       ? "by level, not pooled"
           : f->fit && f->fit->p > 1 ? "meta-regression"
                                     : "none";
}

static void summary_row(const review *r, const tq_outcome *f, text_table *t)
{
    char text[CELL];
    size_t c = 0;

    text_table_cell(t, c++, label_of(r, f));
    report_k(t, c++, f->k, f->studies);
    text_table_cell(t, c++, participants_text(text, f));
    text_table_cell(t, c++, f->natural ? f->effect : no_effect(f));
    text_table_cell(t, c++, f->prediction);
    if (f->fit && f->k > 1) {
        report_percent(t, c, f->I2, 1);
        report_cell(t, c + 1, f->tau2, f->tau2 < 10.0 ? 3 : 1);
    }
    c += 2;
    text_table_cell(t, c++, f->important);
    text_table_cell(t, c++, f->natural ? tq_concern_name(f->inconsistency) : "");
    text_table_cell(t, c++, f->natural ? tq_concern_name(f->imprecision) : "");
    text_table_end_row(t);
}

/* What could not be done, each with its reason. */
static int list_undone(const review *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->d->n; i++) {
        const tq_dossier_entry *e = &r->d->entry[i];

        if (!e->analysis) {
            if (n++ == 0) {
                tq_buffer_text(r->page->lines, "\n");
                page_heading(r->page, "What could not be done");
            }
            tq_buffer_format(r->page->lines, "  - %s: ", dossier_label(r, i));
            page_wrapped(r->page, e->why_none, REPORT_LINE, 4);
        }
    }
    return 1;
}

int dossier_summary(const review *r)
{
    static const column columns[] = {
        {"Analysis", 0.17, 0},
        {"k", 0.05, 1},
        {"Participants", 0.09, 1},
        {"Effect (CI)", 0.14, 0},
        {"Prediction interval", 0.10, 0},
        {"I\xC2\xB2", 0.06, 1},
        {"tau\xC2\xB2", 0.06, 1},
        {"Important effect (MCID)", 0.14, 0},
        {"Inconsistency", 0.09, 0},
        {"Imprecision", 0.09, 0},
    };
    text_table *t = table_of(columns, sizeof columns / sizeof *columns);

    if (!t) {
        return 0;
    }
    t->sortable = 1;
    const char *open = NULL;
    int dependent = 0;

    text_table_title(t, "All analyses");
    for (size_t i = 0; i < r->findings->n; i++) {
        const tq_outcome *f = &r->findings->row[i];

        group(r, f, &open, t);
        summary_row(r, f, t);
        dependent |= f->studies != f->k;
    }
    if (!put_table(r, t)) {
        return 0;
    }
    tq_buffer_text(r->page->lines, dependent ? REPORT_K_NOTE : "");
    return list_undone(r);
}

/* ---- summary of findings --------------------------------------------------------------------- */

static void say_setting(const review *r, const char *what, const char *text)
{
    if (text) {
        tq_buffer_format(r->page->lines, "  - %s: ", what);
        page_wrapped(r->page, text, REPORT_LINE, 4);
    }
}

static void effects_row(const review *r, const tq_outcome *f, text_table *t)
{
    char text[CELL], who[CELL];

    text_table_cell(t, 0, label_of(r, f));
    snprintf(text, sizeof text, "%s (%zu)", participants_text(who, f), f->studies);
    text_table_cell(t, 1, text);
    text_table_cell(t, 2, f->natural ? f->effect : no_effect(f));
    text_table_cell(t, 3, f->control_text);
    text_table_cell(t, 4, f->with_text);
    text_table_cell(t, 5, f->difference_text);
    text_table_cell(t, 6, f->prediction);
    text_table_cell(t, 7, f->important);
    text_table_end_row(t);
}

static int effects_table(const review *r)
{
    static const column columns[] = {
        {"Outcome", 0.17, 0},
        {"Participants (studies)", 0.09, 0},
        {"Effect (CI)", 0.13, 0},
        {"With control", 0.11, 0},
        {"With intervention (CI)", 0.14, 0},
        {"Difference (CI)", 0.14, 0},
        {"Prediction interval", 0.09, 0},
        {"Important effect (MCID)", 0.13, 0},
    };
    text_table *t = table_of(columns, sizeof columns / sizeof *columns);

    if (!t) {
        return 0;
    }
    const char *open = NULL;
    size_t undone = 0;

    text_table_title(t, "Effects on each outcome");
    for (size_t i = 0; i < r->findings->n; i++) {
        const tq_outcome *f = &r->findings->row[i];

        if (f->a) {
            group(r, f, &open, t);
            effects_row(r, f, t);
        }
        undone += !f->a;
    }
    const int whole = put_table(r, t);

    if (undone > 0) {
        tq_buffer_format(r->page->lines,
                         "%zu of %zu analyses could not be done; the summary lists them with "
                         "reasons.\n",
                         undone, r->d->n);
    }
    return whole;
}

static void domain(text_table *t, size_t c, tq_concern concern, const char *why)
{
    char text[2 * CELL];

    snprintf(text, sizeof text, "%s%s%s", tq_concern_name(concern), *why ? ": " : "", why);
    text_table_cell(t, c, text);
}

static int certainty_table(const review *r)
{
    column columns[] = {{"Outcome", 0.20, 0},     {"Inconsistency", 0.22, 0},
                        {"Imprecision", 0.25, 0}, {NULL, 0.11, 0},
                        {NULL, 0.11, 0},          {NULL, 0.11, 0}};
    enum { FIRST_LEFT = 3, COLUMNS = sizeof columns / sizeof *columns };

    for (size_t c = FIRST_LEFT; c < COLUMNS; c++) {
        columns[c].head = tq_concern_left_name(c - FIRST_LEFT);
    }
    text_table *t = table_of(columns, COLUMNS);

    if (!t) {
        return 0;
    }
    text_table_title(t, "Certainty of the evidence by domain");
    for (size_t i = 0; i < r->findings->n; i++) {
        const tq_outcome *f = &r->findings->row[i];

        if (!f->natural) {
            continue;
        }
        text_table_cell(t, 0, label_of(r, f));
        domain(t, 1, f->inconsistency, f->inconsistency_why);
        domain(t, 2, f->imprecision, f->imprecision_why);
        for (size_t c = FIRST_LEFT; c < COLUMNS; c++) {
            text_table_cell(t, c, tq_concern_left());
            text_table_mark(t, c);
        }
        text_table_end_row(t);
    }
    return put_table(r, t);
}

int dossier_findings(const review *r)
{
    const tq_findings *f = r->findings;

    say_setting(r, "Population", r->d->population);
    say_setting(r, "Setting", r->d->setting);
    say_setting(r, "Intervention", r->d->intervention);
    say_setting(r, "Comparison", r->d->comparison);
    if (!effects_table(r) || !certainty_table(r)) {
        return 0;
    }
    page_heading(r->page, "How this was judged");
    for (size_t i = 0; i < f->n_rules; i++) {
        tq_buffer_text(r->page->lines, "  - ");
        page_wrapped(r->page, f->rule[i], REPORT_LINE, 4);
    }
    return 1;
}

/* ---- sensitivity ----------------------------------------------------------------------------- */

static void further_row(const tq_analysis *a, const char *label, const char *why,
                        const char *effect_of(const tq_analysis *, char *), text_table *t)
{
    char text[2 * CELL];

    text_table_cell(t, 0, label);
    if (!a) {
        text_table_cell(t, 2, why);
        text_table_end_row(t);
        return;
    }
    report_count(t, 1, a->k - a->n_filled);
    text_table_cell(t, 2, effect_of(a, text));
    if (a->publication) { /* the rest is that of the model without it */
        text_table_end_row(t);
        return;
    }
    if (!isnan(a->natural.pi_lb) && a->fit->p == 1 && !a->levels_only) {
        char lo[CELL / 4], hi[CELL / 4];

        snprintf(text, sizeof text, "%s to %s",
                 tq_format_number(lo, sizeof lo, a->natural.pi_lb, 2),
                 tq_format_number(hi, sizeof hi, a->natural.pi_ub, 2));
        text_table_cell(t, 3, text);
    }
    if (a->k > 1) {
        report_percent(t, 4, tq_analysis_I2(a), 1);
        report_cell(t, 5, tq_analysis_tau2(a), 3);
    }
    text_table_end_row(t);
}

static const char *effect_of(const tq_analysis *a, char *out)
{
    const tq_answers *adjusted = a->publication ? &a->publication->answers : NULL;
    const tq_headline h = tq_analysis_headline(a);
    const tq_natural *n = adjusted ? &adjusted->result : &h.natural;
    char lo[CELL / 4], hi[CELL / 4], est[CELL / 4];

    if (adjusted && isnan(n->pred)) {
        return adjusted->brief;
    }
    if (a->fit->p > 1 || a->levels_only || isnan(n->pred)) {
        return a->fit->p > 1 ? "meta-regression" : "by level, not pooled";
    }
    snprintf(out, CELL, "%s %s (%s to %s)%s", a->measure->code,
             tq_format_number(est, sizeof est, n->pred, 2),
             tq_format_number(lo, sizeof lo, n->ci_lb, 2),
             tq_format_number(hi, sizeof hi, n->ci_ub, 2), h.robust && !adjusted ? ", robust" : "");
    return out;
}

static int is_listed(const tq_further *f)
{
    return f->role != TQ_FURTHER_BESIDE && (f->role != TQ_FURTHER_REGRESSION || !f->analysis);
}

int dossier_sensitivity(const review *r, const tq_dossier_entry *e)
{
    static const column columns[] = {{"Analysis", 0.36, 0},    {"k", 0.06, 1},
                                     {"Effect (CI)", 0.24, 0}, {"Prediction interval", 0.16, 0},
                                     {"I\xC2\xB2", 0.09, 1},   {"tau\xC2\xB2", 0.09, 1}};
    size_t n = 0;

    for (size_t j = 0; j < e->n_further; j++) {
        n += (size_t)is_listed(&e->further[j]);
    }
    if (n == 0) {
        return 1;
    }
    text_table *t = table_of(columns, sizeof columns / sizeof *columns);

    if (!t) {
        return 0;
    }
    if (e->analysis) {
        further_row(e->analysis, "Main analysis", NULL, effect_of, t);
        text_table_rule(t);
    }
    for (size_t j = 0; j < e->n_further; j++) {
        const tq_further *f = &e->further[j];

        if (is_listed(f)) {
            further_row(f->analysis, f->label, f->why_none, effect_of, t);
        }
    }
    page_heading(r->page, "Sensitivity of the result");
    return put_table(r, t);
}

/* ---- rows left out --------------------------------------------------------------------------- */

const tq_excluded *dossier_excluded_of(const tq_dossier_entry *e, size_t *n)
{
    *n = e->analysis ? e->analysis->n_excluded : e->n_excluded;
    return e->analysis ? e->analysis->excluded : e->excluded;
}

int dossier_excluded(const review *r)
{
    static const column columns[] = {
        {"Analysis", 0.30, 0}, {"Row", 0.08, 1}, {"Study", 0.27, 0}, {"Reason", 0.35, 0}};
    size_t total = 0;

    for (size_t i = 0; i < r->d->n; i++) {
        size_t n;

        dossier_excluded_of(&r->d->entry[i], &n);
        total += n;
    }
    if (total == 0) {
        tq_buffer_text(r->page->lines, "Every row inside the subsets was used.\n");
        return 1;
    }
    text_table *t = table_of(columns, sizeof columns / sizeof *columns);

    for (size_t i = 0; t && i < r->d->n; i++) {
        size_t n;
        const tq_excluded *x = dossier_excluded_of(&r->d->entry[i], &n);

        for (size_t j = 0; j < n; j++) {
            text_table_cell(t, 0, dossier_label(r, i));
            report_count(t, 1, x[j].row);
            text_table_cell(t, 2, x[j].study);
            text_table_cell(t, 3, x[j].reason);
            text_table_end_row(t);
        }
    }
    if (t) {
        text_table_title(t, "Rows of the sheets that could not be used");
    }
    return put_table(r, t);
}

/* ---- provenance ------------------------------------------------------------------------------ */

static void fact(const review *r, const char *what, const char *text)
{
    if (text && *text) {
        tq_buffer_format(r->page->lines, "  - %s: %s\n", what, text);
    }
}

static int same_source(const tq_provenance *a, const tq_provenance *b)
{
    return strcmp(a->source ? a->source : "", b->source ? b->source : "") == 0 &&
           strcmp(a->sheet ? a->sheet : "", b->sheet ? b->sheet : "") == 0;
}

static int is_new_source(const review *r, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        const tq_analysis *a = r->d->entry[j].analysis;

        if (a && same_source(&a->provenance, &r->d->entry[i].analysis->provenance)) {
            return 0;
        }
    }
    return 1;
}

static void list_sources(const review *r)
{
    for (size_t i = 0; i < r->d->n; i++) {
        const tq_analysis *a = r->d->entry[i].analysis;

        if (a && is_new_source(r, i)) {
            const tq_provenance *p = &a->provenance;
            const char *text = dossier_text(r, "%s%s%s%s%s", p->source, p->sheet ? ", sheet " : "",
                                            p->sheet ? p->sheet : "", p->sha256 ? ", SHA-256 " : "",
                                            p->sha256 ? p->sha256 : "");

            fact(r, "Data", text);
        }
    }
}

/* The --random that a term is of, once. */
static const char *random_text(const tq_multilevel *m, size_t t)
{
    const tq_random_formula *f = m->term[t].formula;

    return t > 0 && m->term[t - 1].formula == f ? NULL : f->text;
}

const char *dossier_method(const tq_analysis *a, tq_arena *arena)
{
    const tq_multilevel *m = a->multilevel;
    const char *out = tq_method_name(a->options.method);

    for (size_t t = 0; m && out && t < m->model.n_terms; t++) {
        const char *text = random_text(m, t);
        const tq_mv_structure s = m->model.term[t].structure;

        if (text) {
            out = tq_arena_format(arena, "%s, %s%s%s", out, text, s == TQ_MV_INTERCEPT ? "" : " ",
                                  s == TQ_MV_INTERCEPT ? "" : tq_mv_structure_name(s));
        }
    }
    return out ? out : "";
}

const char *dossier_test(const tq_analysis *a, tq_arena *arena)
{
    const tq_multilevel *m = a->multilevel;
    const char *out = tq_test_name(a->options.test);

    if (m && m->fit->test == TQ_MV_T && m->fit->df_rule != TQ_MV_RESIDUAL) {
        out = tq_arena_format(arena, "%s, %s", out, tq_mv_df_name(m->fit->df_rule));
    }
    return out ? out : "";
}

const char *dossier_ci_tau2(const tq_analysis *a)
{
    const tq_multilevel *m = a->multilevel;

    for (size_t i = 0; m && i < m->fit->n_components; i++) {
        if (!isnan(m->fit->component[i].ci_lb)) {
            return tq_ci_tau2_name(TQ_CI_PL);
        }
    }
    return m                                     ? tq_ci_tau2_name(TQ_CI_NONE)
           : tq_method_random(a->options.method) ? tq_ci_tau2_name(a->options.ci_tau2)
                                                 : "";
}

static void settings_row(const review *r, size_t i, text_table *t)
{
    const tq_dossier_entry *e = &r->d->entry[i];
    const tq_analysis *a = e->analysis;
    char text[CELL];

    text_table_cell(t, 0, dossier_label(r, i));
    text_table_cell(t, 1, e->id);
    text_table_cell(t, 7, e->subset ? e->subset : "all rows");
    if (a) {
        const tq_pool_options *o = &a->options;

        text_table_cell(t, 2, a->measure->code);
        text_table_cell(t, 3, dossier_method(a, r->arena));
        text_table_cell(t, 4, dossier_test(a, r->arena));
        snprintf(text, sizeof text, "%g%%", o->level);
        text_table_cell(t, 5, text);
        snprintf(text, sizeof text, "%s, %s", dossier_ci_tau2(a), tq_predict_name(o->predict));
        text_table_cell(t, 6, tq_method_random(o->method) ? text : "");
    }
    text_table_end_row(t);
}

static int settings(const review *r)
{
    static const column columns[] = {
        {"Analysis", 0.22, 0},
        {"Id", 0.12, 0},
        {"Measure", 0.08, 0},
        {"Method", 0.08, 0},
        {"Test", 0.07, 0},
        {"Level", 0.06, 0},
        {"Interval of tau\xC2\xB2, prediction", 0.13, 0},
        {"Rows", 0.24, 0},
    };
    text_table *t = table_of(columns, sizeof columns / sizeof *columns);

    for (size_t i = 0; t && i < r->d->n; i++) {
        settings_row(r, i, t);
    }
    if (t) {
        text_table_title(t, "Settings of each analysis");
    }
    return put_table(r, t);
}

int dossier_provenance(const review *r)
{
    const tq_dossier *d = r->d;

    fact(r, "Program", "tausq " TQ_VERSION);
    fact(r, "Command", d->command_line);
    fact(r, "Plan", d->plan);
    fact(r, "Version of the plan", d->plan_version);
    fact(r, "SHA-256 of the plan", d->plan_sha256);
    fact(r, "Registration", d->registration);
    fact(r, "Date", d->date);
    list_sources(r);
    return settings(r);
}
