/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of a review: its parts in order, and what each analysis shows. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/dossier/beside_internal.h"
#include "report/dossier/dossier_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

const char *dossier_text(const review *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    const char *out = tq_arena_vformat(r->arena, fmt, args);

    va_end(args);
    if (!out) {
        *r->lost = 1;
        return "";
    }
    return out;
}

const char *dossier_entry_id(const review *r, size_t i)
{
    return dossier_text(r, "a-%s", r->d->entry[i].id);
}

const char *dossier_section_id(const review *r, size_t i)
{
    return dossier_text(r, "s-%zu", i);
}

/* ---- one analysis ---------------------------------------------------------------------------- */

/* The effect against the MCID, "" where it has no pooled one. */
static const char *importance(const review *r, const tq_dossier_entry *e)
{
    size_t i = 0;

    while (&r->d->entry[r->findings->row[i].entry] != e) {
        i++;
    }
    return r->findings->row[i].important;
}

static int notices(const review *r, const tq_dossier_entry *e)
{
    tq_buffer *out = r->page->lines;
    char mcid[CELL];

    if (e->note) {
        page_wrapped(r->page, e->note, REPORT_LINE, 0);
    }
    if (!e->analysis) {
        tq_buffer_text(out, "Not done: ");
        page_wrapped(r->page, e->why_none, REPORT_LINE, 0);
    } else if (e->analysis->provenance.notice) {
        tq_buffer_text(out, "! ");
        page_wrapped(r->page, e->analysis->provenance.notice, REPORT_LINE, 2);
    }
    if (e->subset) {
        tq_buffer_format(out, "  - Rows: %s\n", e->subset);
    }
    if (e->better != TQ_BETTER_UNKNOWN) {
        tq_buffer_format(out, "  - %s values are better\n",
                         e->better == TQ_BETTER_LOWER ? "Lower" : "Higher");
    }
    if (!isnan(e->mcid)) {
        const char *important = importance(r, e);

        tq_buffer_format(out, "  - Minimal clinically important difference: %s%s%s%s%s\n",
                         tq_format_number(mcid, sizeof mcid, e->mcid, 2), e->unit ? " " : "",
                         e->unit ? e->unit : "", *important ? "; the effect: " : "", important);
    }
    return 1;
}

static int in_words(const review *r, const tq_dossier_entry *e)
{
    if (e->analysis) {
        tq_buffer_text(r->page->lines, "\n");
        page_wrapped(r->page, e->analysis->reading, REPORT_LINE, 0);
    }
    return 1;
}

static int figures(const review *r, const tq_dossier_entry *e)
{
    for (size_t j = 0; j < e->n_figures; j++) {
        const tq_dossier_figure *f = &e->figure[j];
        const char *id = dossier_text(r, "f-%s-%zu", e->id, j + 1);
        const page_figure figure = {id, f->svg, f->caption ? f->caption : "", f->file};

        page_figure_of(r->page, &figure);
    }
    return 1;
}

/* The sections that reports of a single analysis have. */
static int sections_of(const review *r, const tq_analysis *a, report_section *const *list, size_t n)
{
    const report one = report_of(a, r->opt, r->page);

    return report_parts(&one, list, n);
}

static int pooled(const review *r, const tq_dossier_entry *e)
{
    static report_section *const list[] = {report_pool};

    return !e->analysis || sections_of(r, e->analysis, list, sizeof list / sizeof *list);
}

static int dependence(const review *r, const tq_dossier_entry *e)
{
    static report_section *const list[] = {report_sequences,  report_influence,
                                           report_gosh,       report_multiverse,
                                           report_sequential, report_permutation};

    return !e->analysis || sections_of(r, e->analysis, list, sizeof list / sizeof *list);
}

static int beside(const review *r, const tq_dossier_entry *e)
{
    return beside_section(e, r->arena, r->page, NULL) == TQ_OK;
}

static int regressions(const review *r, const tq_dossier_entry *e)
{
    static report_section *const list[] = {report_model, report_permutation};

    for (size_t j = 0; j < e->n_further; j++) {
        const tq_further *f = &e->further[j];

        if (f->role != TQ_FURTHER_REGRESSION || !f->analysis) {
            continue;
        }
        page_heading(r->page, dossier_text(r, "Meta-regression: %s", f->label));
        page_wrapped(r->page, f->analysis->reading, REPORT_LINE, 0);
        if (!sections_of(r, f->analysis, list, sizeof list / sizeof *list)) {
            return 0;
        }
    }
    return 1;
}

/* Tests and fail-safe N of the main analysis, and of further ones what the table of sensitivity cannot say. */
static int small_studies(const review *r, const tq_dossier_entry *e)
{
    static report_section *const own[] = {report_asymmetry, report_fail_safe};
    static report_section *const further[] = {report_asymmetry, report_fail_safe, report_trim_fill,
                                              report_selmodel, report_answers};
    int whole = !e->analysis || sections_of(r, e->analysis, own, sizeof own / sizeof *own);

    for (size_t j = 0; whole && j < e->n_further; j++) {
        const tq_further *f = &e->further[j];

        if (f->role == TQ_FURTHER_BIAS && f->analysis) {
            page_heading(r->page, f->label);
            whole = sections_of(r, f->analysis, further, sizeof further / sizeof *further);
        }
    }
    return whole;
}

static int list(const review *r, const char *title, const char *const *text, size_t n)
{
    if (n > 0) {
        page_heading(r->page, title);
    }
    for (size_t i = 0; i < n; i++) {
        tq_buffer_text(r->page->lines, "  - ");
        page_wrapped(r->page, text[i], REPORT_LINE, 4);
    }
    return 1;
}

static int warnings(const review *r, const tq_dossier_entry *e)
{
    const tq_analysis *a = e->analysis;

    return !a || (list(r, "Assumptions", a->assumption, a->n_assumptions) &&
                  list(r, "Warnings", a->warning, a->n_warnings));
}

/* Without the sentence on the software, which is that of the whole. */
static int methods_of(const review *r, const tq_dossier_entry *e)
{
    tq_methods_text text;

    if (!e->analysis) {
        return 1;
    }
    if (tq_methods_text_make(e->analysis, r->arena, &text, NULL) != TQ_OK) {
        return 0;
    }
    page_heading(r->page, "Methods");
    for (size_t i = 0; i + 1 < text.n; i++) {
        tq_buffer_text(r->page->lines, "\n");
        page_wrapped(r->page, text.paragraph[i], REPORT_LINE, 0);
    }
    return 1;
}

static review_entry_part *const entry_parts[] = {
    notices,    in_words,    figures,       beside,   pooled,    dossier_sensitivity,
    dependence, regressions, small_studies, warnings, methods_of};

static int entry(const review *r, size_t i)
{
    int whole = 1;

    page_section(r->page, 2, dossier_entry_id(r, i), dossier_label(r, i));
    for (size_t p = 0; whole && p < sizeof entry_parts / sizeof *entry_parts; p++) {
        whole = entry_parts[p](r, &r->d->entry[i]);
    }
    return whole;
}

static int entries(const review *r)
{
    const char *open = NULL;
    size_t n = 0;
    int whole = 1;

    for (size_t i = 0; whole && i < r->d->n; i++) {
        const char *section = r->d->entry[i].section ? r->d->entry[i].section : "Analyses";

        if (!open || strcmp(open, section) != 0) {
            page_section(r->page, 1, dossier_section_id(r, ++n), section);
            open = section;
        }
        whole = entry(r, i);
    }
    return whole;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Title and authors stand at the head of the HTML page by themselves. */
static int front(const review *r)
{
    const tq_dossier *d = r->d;
    tq_buffer *out = r->page->lines;

    page_title(r->page, d->title);
    for (size_t i = 0; i < d->n_authors; i++) {
        tq_buffer_format(out, "%s%s%s", i ? ", " : "", d->author[i],
                         i + 1 == d->n_authors ? "\n" : "");
    }
    if (d->registration) {
        tq_buffer_format(out, "\nRegistration: %s\n", d->registration);
    }
    if (d->date) {
        tq_buffer_format(out, "\nDate: %s\n", d->date);
    }
    if (d->notice) {
        tq_buffer_text(out, "\n! ");
        page_wrapped(r->page, d->notice, REPORT_LINE, 2);
    }
    return 1;
}

static int methods(const review *r)
{
    for (size_t i = 0; i < r->methods->n; i++) {
        tq_buffer_text(r->page->lines, "\n");
        page_wrapped(r->page, r->methods->paragraph[i], REPORT_LINE, 0);
    }
    return list(r, "References", r->methods->reference, r->methods->n_references);
}

static const struct {
    const char *id, *title; /* NULL: parts that have their own */
    review_part *write;
} parts[] = {
    {"summary", "Summary of all analyses", dossier_summary},
    {"findings", "Summary of findings", dossier_findings},
    {NULL, NULL, entries},
    {"methods", "Methods", methods},
    {"excluded", "Rows left out", dossier_excluded},
    {"provenance", "Settings and provenance", dossier_provenance},
};

static int write_parts(const review *r)
{
    const size_t n = r->page->as ? sizeof parts / sizeof *parts : 1;
    int whole = 1;

    for (size_t i = 0; whole && i < n; i++) {
        if (parts[i].id) {
            page_section(r->page, 1, parts[i].id, parts[i].title);
        }
        whole = parts[i].write(r);
    }
    return whole;
}

static int write_page(const review *what, tq_buffer *out)
{
    const tq_markup markup = what->opt->markup;
    const page_markup html = dossier_html_markup();
    page doc;
    int lost = 0;
    review r = *what;

    r.page = &doc;
    r.lost = &lost;
    if (markup == TQ_MARKUP_HTML) {
        dossier_html_begin(&r, out);
        page_begin_as(&doc, &html, r.d->title, out);
    } else if (markup == TQ_MARKUP_LATEX) {
        page_begin_as(&doc, &page_latex_wide, r.d->title, out);
    } else {
        page_begin(&doc, markup, r.opt->colour, r.d->title, out);
    }
    const int whole = (markup == TQ_MARKUP_HTML || front(&r)) && write_parts(&r);

    page_end(&doc);
    if (markup == TQ_MARKUP_HTML) {
        dossier_html_end(out);
    }
    return whole && !lost;
}

tq_status tq_dossier_report(const tq_dossier *d, const tq_view_options *opt, tq_buffer *out,
                            tq_error *err)
{
    tq_status status = tq_dossier_check(d, err);
    tq_arena *arena = status == TQ_OK ? tq_arena_new() : NULL;
    tq_findings findings;
    tq_methods_text text;

    if (status != TQ_OK || !arena) {
        return status != TQ_OK ? status : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    status = tq_findings_make(d, arena, &findings, err);
    status = status == TQ_OK ? dossier_methods(d, &findings, arena, &text, err) : status;
    if (status == TQ_OK) {
        const review r = {
            .d = d, .opt = opt, .findings = &findings, .methods = &text, .arena = arena};

        status = write_page(&r, out) ? tq_buffer_status(out, err)
                                     : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_arena_free(arena);
    return status;
}
