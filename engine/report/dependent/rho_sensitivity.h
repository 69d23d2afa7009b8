/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file rho_sensitivity.h  A multilevel model for several correlations of sampling errors. */
#ifndef TQ_REPORT_DEPENDENT_RHO_SENSITIVITY_H
#define TQ_REPORT_DEPENDENT_RHO_SENSITIVITY_H

#include <stddef.h>

#include "report/natural.h"

/** The model with one of them. */
typedef struct {
    double rho;
    double *beta, *se, *pval, *ci_lb, *ci_ub;                                  /* [p] */
    double *robust_se, *robust_df, *robust_pval, *robust_ci_lb, *robust_ci_ub; /* [p]; NULL: none */
    double *component;                                                         /* [n_components] */
    double ll, QE;
    tq_natural natural; /* of the pooled effect; NaN with moderators */
} tq_rho_row;

typedef struct {
    tq_rho_row *row; /* [n] in the order asked for; the first is the analysis itself */
    size_t n, p, n_components;
    const char *reading; /* how far results move, in a sentence */
} tq_rho_sensitivity;

#endif
