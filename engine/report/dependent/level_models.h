/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file level_models.h  A multilevel model by the levels of a --subgroup: what its pooled levels lack. */
#ifndef TQ_REPORT_DEPENDENT_LEVEL_MODELS_H
#define TQ_REPORT_DEPENDENT_LEVEL_MODELS_H

#include "multilevel/multilevel_subgroups.h"
#include "report/natural.h"

typedef struct {
    tq_mv_subgroups *fit;
    size_t *clusters;    /* [n] levels of the outermost factor that stand in each level */
    size_t shared;       /* of them, those that stand in several */
    size_t n_components; /* of the model */
    double *component;   /* [n x n_components], one level after the other; NaN: it has none */
    tq_robust *robust;   /* of the levels' means; NULL: not asked for */
    tq_natural *natural; /* [n] its intervals; NULL without */
    tq_wald between;     /* by it */
} tq_level_models;

#endif
