/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file gosh_report.h  Models of subsets of the studies: what is asked for, what is shown. */
#ifndef TQ_REPORT_SENSITIVITY_GOSH_REPORT_H
#define TQ_REPORT_SENSITIVITY_GOSH_REPORT_H

#include "diagnostics/gosh.h"
#include "report/rows.h"

/** What is asked for; start from {0}. The seed is that of the pooling options. */
typedef struct {
    uint64_t subsets;            /* random subsets; 0: all */
    size_t threads;              /* 0: one per processor */
    const tq_progress *progress; /* or NULL */
    const tq_row_writer
        *rows; /* gets every model, as it is fitted: k, estimate, tau2, I2, QE, and a
                                    column for each study, 1: it is in; or NULL */
} tq_gosh_spec;

/** The medians of a study's models on the natural scale. */
typedef struct {
    double with, without;
} tq_gosh_natural;

typedef struct {
    tq_gosh *fit;
    double natural[TQ_GOSH_QUANTILES]; /* of the estimates */
    tq_gosh_natural *study;            /* [k] */
    const char *reading;               /* what it shows, in a sentence or two */
} tq_gosh_report;

#endif
