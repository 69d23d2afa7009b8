/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file kendall_internal.h  Kendall's rank correlation with its p-value. */
#ifndef TQ_BIAS_KENDALL_INTERNAL_H
#define TQ_BIAS_KENDALL_INTERNAL_H

#include "core/status.h"

typedef struct {
    double tau;  /* tau-b; NaN where one of the variables is constant */
    double z;    /* S / its standard error under independence; NaN where pval is exact */
    double pval; /* two-sided */
    int exact;
} kendall;

/* x, y [n] finite. O(n log n), and O(n^3 / 6) for the exact distribution of at most 1000 without ties.
   @retval TQ_ENOMEM */
tq_status kendall_test(size_t n, const double *x, const double *y, kendall *out, tq_error *err);

#endif
