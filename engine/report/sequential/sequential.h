/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sequential.h  A trial sequential analysis as readers see it. */
#ifndef TQ_REPORT_SEQUENTIAL_SEQUENTIAL_H
#define TQ_REPORT_SEQUENTIAL_SEQUENTIAL_H

#include "report/natural.h"
#include "sequential/trial_sequential.h"

/** The analysis and its numbers on the natural scale; the looks are the rows of the cumulative analysis. */
typedef struct {
    tq_tsa *tsa;
    tq_natural *natural;    /* [tsa->n] pooled effect and repeated interval; NaN where not tested */
    tq_natural stagewise;   /* at the decision */
    tq_natural anticipated; /* pred alone */
    const char *unit;       /* "participants", "units of information" */
    const char *assumed;    /* what is required, and of what it was computed */
    const char *reading;    /* what the looks show */
} tq_sequential;

#endif
