/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file dossier_internal.h  What the parts of a review's report share. */
#ifndef TQ_REPORT_DOSSIER_DOSSIER_INTERNAL_H
#define TQ_REPORT_DOSSIER_DOSSIER_INTERNAL_H

#include "report/dossier/dossier_view.h"
#include "report/dossier/findings.h"
#include "report/methods_text.h"
#include "report/page/page_internal.h"

typedef struct {
    const tq_dossier *d;
    const tq_view_options *opt;
    const tq_findings *findings;
    const tq_methods_text *methods; /* of all analyses together */
    page *page;
    tq_arena *arena;
    int *lost; /* set where memory was short for a text */
} review;

/* printf into the arena; "" where memory is short, and *r->lost is set. */
const char *dossier_text(const review *r, const char *fmt, ...) TQ_PRINTF(2, 3);

/* A part appends to the page; 0: memory is short. */
typedef int review_part(const review *r);
typedef int review_entry_part(const review *r, const tq_dossier_entry *e);

/* dossier_methods.c: what was done in all analyses; sentences that some do not share say which do. */
tq_status dossier_methods(const tq_dossier *d, const tq_findings *f, tq_arena *arena,
                          tq_methods_text *out, tq_error *err);

/* dossier_tables.c */
review_part dossier_summary, dossier_findings, dossier_excluded, dossier_provenance;
/* The results of further analyses beside that of the main one; their coefficients stand elsewhere. */
review_entry_part dossier_sensitivity;
/* "3. Pain at 6 months" */
const char *dossier_label(const review *r, size_t i);
/* "REML", of multilevel models with their random terms; of what kind the intervals of the components are;
   the test with its degrees of freedom. "" where memory is short, or there is none. */
const char *dossier_method(const tq_analysis *a, tq_arena *arena);
const char *dossier_ci_tau2(const tq_analysis *a);
const char *dossier_test(const tq_analysis *a, tq_arena *arena);
/* Rows that could not be used: of the analysis, or as the entry lists them. */
const tq_excluded *dossier_excluded_of(const tq_dossier_entry *e, size_t *n);

/* dossier_html.c: the markup of the page, and what stands before and behind its parts. */
page_markup dossier_html_markup(void);
void dossier_html_begin(const review *r, tq_buffer *out);
void dossier_html_end(tq_buffer *out);

/* The id of a part of the page: "a-ID" of an entry, "s-N" of the N-th section (from 1). */
const char *dossier_entry_id(const review *r, size_t i);
const char *dossier_section_id(const review *r, size_t i);

#endif
