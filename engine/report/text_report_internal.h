/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file text_report_internal.h  What the sections of the plain-text report share. */
#ifndef TQ_REPORT_TEXT_REPORT_INTERNAL_H
#define TQ_REPORT_TEXT_REPORT_INTERNAL_H

#include "report/page/page_internal.h"
#include "report/view.h"

/* A page of text is read; longer lists of studies are for programs. */
enum { REPORT_LINE = 88, REPORT_CELL = 160, REPORT_LISTED = 1000 };

typedef struct {
    const tq_analysis *a;
    const tq_view_options *opt;
    page *page;
    tq_buffer *out; /* the page's lines: see page_internal.h */
    int natural;    /* 1: the natural scale differs from the analysis scale */
} report;

/* A section appends its text, with a blank line before it, or nothing where the analysis has no such
   part: lines to r->out, headings, tables and long texts by the calls below, which is what makes
   Markdown, LaTeX and HTML of it. 0: memory is short. */
typedef int report_section(const report *r);

/* text_pool.c: what reports of analyses begin and end with. */
report_section report_head, report_excluded, report_foot;
/* The report of an analysis in a page that is open. */
report report_of(const tq_analysis *a, const tq_view_options *opt, page *p);
/* Sections one after the other; 0: memory is short. */
int report_parts(const report *r, report_section *const *list, size_t n);
/* text_pool.c: the pooled model with its studies and subgroups; report_model without the studies. What stands around it in other reports, nothing
   where the analysis was not asked for it: text_sensitivity.c, influence_view.c, text_bias.c,
   text_multiverse.c, text_gosh.c, text_sequential.c, text_permute.c. */
report_section report_pool, report_model, report_sequences, report_influence, report_asymmetry,
    report_fail_safe, report_multiverse, report_gosh, report_sequential, report_permutation;
/* Append sections, each after the last; the report ends in *err where memory was short. */
tq_status report_write(const tq_analysis *a, const tq_view_options *opt,
                       report_section *const *list, size_t n, tq_buffer *out, tq_error *err);
/* pooled_interval.c */
report_section report_pooled_interval;
/* location_scale_view.c */
report_section report_scale;
/* text_bias.c */
report_section report_trim_fill;
/* selmodel_view.c */
report_section report_selmodel;
/* answers_view.c: a method for publication bias */
report_section report_answers;

/* blup_view.c */
report_section report_blup;
/* multilevel_view.c */
report_section report_multilevel, report_multilevel_rows;

/* robust_view.c */
report_section report_robust;
/* rho_view.c */
report_section report_rho;

/* level_models_view.c: the levels of a multilevel model. */
int report_level_models(const report *r, const tq_block *block);

/* small_study_view.c: of a multilevel model */
report_section report_small_study;

/* text_statistics.c: the named tests of the methods that have any. */
report_section report_statistics;

/* A number, and an interval "[lo, hi]" (empty where there is none), into a buffer of REPORT_CELL. */
const char *report_number(char *buffer, double x, int decimals);
const char *report_interval(char *buffer, double lo, double hi, int decimals);
/* The head of the column of effects on the analysis scale: a log risk ratio is no "RR". */
const char *report_effect_head(const report *r);
/* A heading: a line that stands out where colours are allowed. */
void report_bold(const report *r, const char *text);
/* A text of any length; see page_wrapped(). */
void report_wrapped(const report *r, const char *text, size_t length, size_t indent);
/* Cells: a number, one with a percent sign, a p-value, each empty where it does not exist; a count. */
void report_cell(text_table *t, size_t column, double x, int decimals);
void report_percent(text_table *t, size_t column, double x, int decimals);
void report_p(text_table *t, size_t column, double p);
void report_count(text_table *t, size_t column, size_t n);
/* How many effects, with the studies that they are of behind, "5 (2)", where these are fewer; and what that says. */
void report_k(text_table *t, size_t column, size_t k, size_t studies);
#define REPORT_K_NOTE "k (n): k effects of n studies\n"
/* Write a table and free it; 0 for NULL, which stands for short memory. */
int report_table(const report *r, text_table *t);
/* The same below a blank line and a title. */
int report_titled(const report *r, const char *title, text_table *t);
/* A titled list of texts; nothing when it is empty. */
void report_list(const report *r, const char *title, const char *const *texts, size_t n);

/* text_moderators.c: what the moderators are, behind the studies; predictions at new values. */
report_section report_moderators, report_predictions;
/* text_regression.c: the title of a table whose lines are robust where there are clusters: "Contrasts
   (cluster-robust, CR2)", into a buffer of REPORT_CELL; else the title itself. */
const char *report_robust_title(const report *r, char *out, const char *title);
/* A table of n predictions, each a row below `head`. */
int report_prediction_table(const report *r, const char *title, const char *head,
                            const char *const *label, const tq_prediction *p,
                            const tq_natural *natural, size_t n);

/* text_regression.c: tests of terms, contrasts, marginal means, inflation. */
report_section report_regression;
/* text_comparison.c: residuals, models side by side, all subsets. */
report_section report_comparison;

#endif
