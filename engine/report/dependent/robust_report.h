/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file robust_report.h  Cluster-robust inference of an analysis: what is asked, and the answers. */
#ifndef TQ_REPORT_DEPENDENT_ROBUST_REPORT_H
#define TQ_REPORT_DEPENDENT_ROBUST_REPORT_H

#include "multilevel/robust.h"
#include "multilevel/working_weights.h"
#include "report/natural.h"

/** Start from tq_robust_spec_defaults(). */
typedef struct {
    size_t key;          /* index in the dataset's keys of the column of clusters, read as text */
    tq_robust_type type; /* default CR2 */
    int weighted_by;     /* a tq_working: its weights in place of the model's; -1 (default): none */
    double rho;          /* of TQ_WORKING_CORR; default 0.8 */
    int wild;            /* 1: wild bootstrap p-values too */
    tq_wild_options bootstrap;
} tq_robust_spec;

TQ_API tq_robust_spec tq_robust_spec_defaults(void);

/** Fewer degrees of freedom than these leave nothing to be trusted: Tipton (2015), Psychol. Methods 20:375-393,
    for CR2. */
enum { TQ_ROBUST_LEAST_DF = 4 };

/** A test of several coefficients. */
typedef struct {
    const char *name; /* "moderators" (all but the intercept), or the term */
    size_t first, n;  /* columns */
    tq_wald wald;
    tq_wild wild; /* pval NaN: not asked for */
} tq_robust_test;

/** Of an analysis. */
typedef struct {
    const char *by;    /* header of the column of clusters */
    size_t m, largest; /* clusters; effects of the largest */
    tq_robust *fit;
    tq_natural natural;         /* of the pooled effect (p = 1); else NaN */
    const tq_robust_test *test; /* [n_tests] */
    size_t n_tests;
    tq_wild *wild; /* [p] of the coefficients; NULL: not asked for */
    uint64_t seed;
    int weighted_by; /* a tq_working, or -1 */
    double rho;
    tq_working_fit working; /* where weighted_by >= 0 */
    double *weight;         /* [k] its weights, or NULL */
    size_t *cluster;        /* [k] */
} tq_robust_report;

#endif
