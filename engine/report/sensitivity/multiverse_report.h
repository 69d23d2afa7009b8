/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multiverse_report.h  Every combination of listed choices: what is asked for, what is shown. */
#ifndef TQ_REPORT_SENSITIVITY_MULTIVERSE_REPORT_H
#define TQ_REPORT_SENSITIVITY_MULTIVERSE_REPORT_H

#include "diagnostics/specifications.h"
#include "frame/dataset.h"
#include "report/natural.h"
#include "report/rows.h"

enum { TQ_MULTIVERSE_LIMIT = 1000000 }; /* most specifications */

/** The options of one choice; the first of each makes the reference. */
typedef struct {
    const char *name; /* "method" */
    size_t n;
    const char *const *option; /* [n] "REML", "DL" */
} tq_multiverse_choice;

/** Data that some specifications share: a sheet read in one way. */
typedef struct {
    tq_dataset *data; /* NULL: it cannot be read so */
    const char *why_none;
} tq_multiverse_sheet;

/** What is asked for; all is borrowed until the analysis is freed. Specifications are numbered with the last
    choice fastest: those of the sheet first, then method, test, outliers, which are always there. */
typedef struct {
    size_t n_choices;
    const tq_multiverse_choice *choice; /* [n_choices] */
    size_t n_sheets;                    /* product of the choices of the sheet */
    const tq_multiverse_sheet *const
        *sheet;              /* [methods][n_sheets] as the method reads them: methods that
                                                pool effects share one list */
    const tq_method *method; /* of the choice `method` */
    const tq_test *test;
    int own_test; /* 1: each method's own test, in place of those of the choice */
    const tq_outlier_rule *rule;
    size_t threads;
    const tq_progress *progress;
    const tq_row_writer *rows; /* gets the table of specifications; or NULL */
} tq_multiverse_spec;

/** Specifications that have no model for the same reason. */
typedef struct {
    const char *reason;
    size_t n, first; /* how many; number of the first, from 0 on */
} tq_multiverse_gap;

typedef struct {
    size_t n; /* specifications */
    size_t done;
    int interrupted;
    size_t n_choices;
    const tq_multiverse_choice *choice; /* [n_choices] */
    tq_specification_fit *fit;          /* [n] */
    tq_natural *natural;                /* [n] */
    unsigned char *comparable;          /* [n] 1: of the reference's measure */
    size_t *rank; /* [n] in the specification curve, from 1 on; 0: not in it */
    int has_null; /* 1: the reference's measure has a value of no effect */
    int mixed;    /* 1: there are several measures */
    tq_specification_summary all;
    tq_natural natural_all; /* pred, ci_lb, ci_ub: median, smallest, largest */
    tq_specification_summary *
        *by; /* [n_choices][n of the choice]; those of measures each on its own scale */
    tq_multiverse_gap *gap; /* [n_gaps] */
    size_t n_gaps;
    const char *reading;
} tq_multiverse;

/** The option of a choice in specification j, as an index. */
TQ_API size_t tq_multiverse_option(const tq_multiverse_choice *choice, size_t n_choices, size_t c,
                                   size_t j);

#endif
