/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sensitivity.h  How a pooled effect depends on its studies: what is asked for, what is shown. */
#ifndef TQ_REPORT_SENSITIVITY_SENSITIVITY_H
#define TQ_REPORT_SENSITIVITY_SENSITIVITY_H

#include "diagnostics/influence.h"
#include "diagnostics/sequence.h"
#include "report/natural.h"

/** What is asked for; start from {0}. */
typedef struct {
    int loo;             /* 1: the pooled effect without each study */
    const char *cluster; /* column of the groups of studies that are left out together; NULL: each
                            study by itself */
    int cumul;           /* 1: the pooled effect as studies add up */
    const char *order; /* column whose values say in what order: numbers, else texts in byte order;
                          or, where there is no such column, yi, vi, sei or ni. NULL: that of the sheet */
    int descending;    /* 1: the largest first */
    int collapse;      /* 1: studies of equal values come in together */
    int influence;     /* 1: what each study does to the model */
    size_t threads;    /* 0: one per processor */
    const tq_progress *progress; /* or NULL */
} tq_sensitivity_spec;

/** The pooled effect of some of the studies, as readers know it. */
typedef struct {
    const char *label; /* of the study or group left out, or of the studies added */
    const char
        *at;      /* the value that the studies were ordered by, as it stands in the sheet; NULL */
    double order; /* at as a number; NaN where it is a text */
    tq_part_pool pool;
    tq_natural natural;
} tq_sequence_row;

typedef struct {
    const char *by; /* column of groups, or of the order; NULL */
    int descending;
    size_t n;
    tq_sequence_row *row; /* [n] */
    const size_t *step;   /* [k] cumulative: the row at which each study comes in; NULL: no order */
    const char *reading;  /* what it shows, in a sentence or two */
} tq_sequence;

/** Of one analysis; NULL what was not asked for. */
typedef struct {
    tq_sequence *loo, *cumul;
    tq_influence *influence;
    const char *influence_reading; /* which studies are influential, and by what */
} tq_sensitivity;

#endif
