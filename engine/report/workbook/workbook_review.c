/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several analyses in one workbook: sheets over all of them, then those of each analysis, numbered, as a book
 * of its own has them but with values in place of formulas, and the charts' points at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "report/dossier/dossier_internal.h"
#include "report/workbook/workbook.h"
#include "report/workbook/workbook_internal.h"

static int always(const wb_book *book)
{
    (void)book;
    return 1;
}

/* Whether there are further analyses that stand beside their main one, or others. */
static int has_further(const wb_book *book, int beside)
{
    const tq_dossier *d = book->review->d;

    for (size_t i = 0; i < d->n; i++) {
        for (size_t j = 0; j < d->entry[i].n_further; j++) {
            if ((d->entry[i].further[j].role == TQ_FURTHER_BESIDE) == beside) {
                return 1;
            }
        }
    }
    return 0;
}

static int with_further(const wb_book *book)
{
    return has_further(book, 0);
}

static int with_beside(const wb_book *book)
{
    return has_further(book, 1);
}

static int with_excluded(const wb_book *book)
{
    for (size_t i = 0; i < book->review->d->n; i++) {
        size_t n;

        dossier_excluded_of(&book->review->d->entry[i], &n);
        if (n > 0) {
            return 1;
        }
    }
    return 0;
}

/* Sheets over all analyses; those from LAST on stand behind the sheets of the analyses. */
enum { LAST = 6 };
static const wb_kind kinds[] = {
    {"Summary", "all analyses in one table", always, wb_review_summary},
    {"Findings", "effects, absolute effects and what they mean, outcome by outcome", always,
     wb_findings},
    {"Certainty", "domains of certainty: judged by rule, or left to the reviewer", always,
     wb_certainty},
    {"Further analyses", "sensitivity analyses, meta-regressions and the like", with_further,
     wb_review_further},
    {"Side by side", "results of one question, with the differences", with_beside,
     wb_review_beside},
    {"Methods", "what was done, in the words of a paper, with its sources", always,
     wb_review_methods},
    {"Left out", "rows of the sheets that could not be used, and why", with_excluded,
     wb_review_excluded},
    {"Provenance", "what was run on what, with every option", always, wb_review_provenance},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- layouts of the forest plots ------------------------------------------------------------- */

/* Which side is good, in words, where the plan says so. */
static void name_sides(const tq_dossier_entry *e, tq_forest_options *opt)
{
    if (e->better != TQ_BETTER_UNKNOWN && !isnan(e->analysis->measure->null_value)) {
        opt->favours_lo = e->better == TQ_BETTER_LOWER ? "Benefit" : "Harm";
        opt->favours_hi = e->better == TQ_BETTER_LOWER ? "Harm" : "Benefit";
    }
}

static tq_status lay_out(const tq_dossier *d, tq_forest **made, wb_book *of, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < d->n; i++) {
        const tq_dossier_entry *e = &d->entry[i];

        of[i].a = e->analysis;
        of[i].forest = e->forest;
        if (e->analysis && !e->forest && !isnan(e->analysis->fit->prediction.pred)) {
            tq_forest_options opt = {.block = e->analysis->n_blocks > 0 ? 0 : TQ_NO_LEVEL,
                                     .clusters = 1,
                                     .robust = tq_analysis_headline(e->analysis).robust};

            name_sides(e, &opt);
            status = tq_forest_layout(e->analysis, &opt, &made[i], err);
            of[i].forest = made[i];
        }
    }
    return status;
}

/* ---- the file -------------------------------------------------------------------------------- */

typedef struct {
    const tq_dossier *d;
    wb_review review;
    wb_book whole;
    wb_book *of; /* [d->n] */
} writer;

static void set_up(writer *w, size_t i)
{
    wb_book *book = &w->of[i];

    book->xlsx = w->whole.xlsx;
    book->file = w->whole.file;
    book->arena = w->whole.arena;
    book->whole = &w->whole;
    book->number = i + 1;
    book->streams = w->whole.streams;
    book->frozen = "a workbook of several analyses has values; that of one by itself has formulas";
    book->label = wb_format(&w->whole, "%zu. %s", i + 1, w->d->entry[i].title);
    if (book->a) {
        wb_prepare(book);
    }
}

static void add_own_sheets(writer *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        wb_add_sheet(&w->whole, kinds, i);
    }
}

/* rank: 1: those that are read, 2: those that charts draw. */
static void add_sheets(writer *w, int rank)
{
    for (size_t i = 0; i < w->d->n; i++) {
        const wb_kind *kind;

        for (size_t j = 0; w->of[i].sheet && (kind = wb_kind_at(j)) != NULL; j++) {
            if (wb_is_repeated(kind, w->of[i].a) == rank) {
                wb_add_sheet(&w->of[i], wb_kind_at(0), j);
            }
        }
    }
}

static void fill(writer *w)
{
    wb_set_properties(&w->whole, w->d->title, w->d->notice, w->d->date);
    w->whole.n_sheets = KINDS;
    w->whole.sheet = tq_arena_take(w->whole.arena, KINDS, sizeof *w->whole.sheet);
    if (!w->whole.sheet) {
        wb_check(&w->whole, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    for (size_t i = 0; i < w->d->n; i++) {
        set_up(w, i);
    }
    add_own_sheets(w, 0, LAST);
    add_sheets(w, 1);
    add_own_sheets(w, LAST, KINDS);
    add_sheets(w, 2);
    for (size_t i = 0; i < w->d->n && w->whole.failed == LXW_NO_ERROR; i++) {
        if (w->of[i].sheet) {
            wb_fill_sheets(&w->of[i], wb_kind_at(0));
        }
    }
    if (w->whole.failed == LXW_NO_ERROR) {
        wb_fill_sheets(&w->whole, kinds);
    }
}

static void free_waiting(const wb_book *book)
{
    for (size_t i = 0; book->sheet && i < book->n_sheets; i++) {
        free(book->sheet[i].waiting);
    }
}

static lxw_error write_review(const wb_library *xlsx, const char *path, void *of)
{
    writer *w = of;
    wb_book *whole = &w->whole;
    lxw_workbook_options options = {.constant_memory = whole->streams ? LXW_TRUE : LXW_FALSE};

    whole->xlsx = xlsx;
    whole->file = xlsx->workbook_new_opt(path, &options);
    if (!whole->file) {
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    }
    fill(w);
    if (whole->failed == LXW_NO_ERROR) {
        wb_check(whole, wb_chart_close(whole));
    } else {
        xlsx->lxw_workbook_free(whole->file);
    }
    free_waiting(whole);
    for (size_t i = 0; i < w->d->n; i++) {
        free_waiting(&w->of[i]);
    }
    return whole->failed;
}

static int is_long(const tq_dossier *d)
{
    for (size_t i = 0; i < d->n; i++) {
        if (d->entry[i].analysis && d->entry[i].analysis->k > WB_MOST_IN_MEMORY) {
            return 1;
        }
    }
    return 0;
}

static tq_status write_all(writer *w, tq_forest **forest, const char *path, tq_error *err)
{
    tq_findings findings;
    tq_methods_text methods;
    tq_status status = tq_findings_make(w->d, w->whole.arena, &findings, err);

    if (status == TQ_OK) {
        status = dossier_methods(w->d, &findings, w->whole.arena, &methods, err);
    }
    if (status == TQ_OK) {
        status = lay_out(w->d, forest, w->of, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    w->review = (wb_review){w->d, &findings, &methods, w->of};
    w->whole.review = &w->review;
    w->whole.streams = is_long(w->d);
    return wb_write_file(path, write_review, w, err);
}

tq_status tq_dossier_workbook_write(const tq_dossier *d, const char *path, tq_error *err)
{
    tq_status status = tq_dossier_check(d, err);

    if (status != TQ_OK) {
        return status;
    }
    writer *w = calloc(1, sizeof *w);
    tq_forest **forest = calloc(d->n, sizeof *forest);

    if (w) {
        w->d = d;
        w->of = calloc(d->n, sizeof *w->of);
        w->whole.arena = tq_arena_new();
    }
    status = w && forest && w->of && w->whole.arena
                 ? write_all(w, forest, path, err)
                 : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory for the workbook");
    for (size_t i = 0; forest && i < d->n; i++) {
        tq_forest_free(forest[i]);
    }
    free(forest);
    if (w) {
        tq_arena_free(w->whole.arena);
        free(w->of);
    }
    free(w);
    return status;
}
