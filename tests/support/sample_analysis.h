/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sample_analysis.h  Analyses made by hand, for tests of the views. */
#ifndef TQ_TESTS_SAMPLE_ANALYSIS_H
#define TQ_TESTS_SAMPLE_ANALYSIS_H

#include "report/analysis.h"

/** What the sample pools; arrays are borrowed until it is freed. */
typedef struct {
    size_t k;
    const char *const *label; /* [k] */
    const double *yi, *vi;    /* [k] analysis scale */
    const char *const *level; /* [k] subgroup levels, equal ones with equal pointers or texts, NULL
                                 in a place: not classified; NULL altogether: no subgroups */
    const double (*table)[4]; /* [k] events, total, events, total; NULL: none */
    int ratio;                /* 1: yi is the logarithm of a ratio */
} sample_data;

/** An analysis by DerSimonian and Laird's method; NULL when memory is short. */
tq_analysis *sample_analysis(const sample_data *data);
/** Not tq_analysis_free(): all of a sample, its fits included, stands in its arena. */
void sample_free(tq_analysis *a);

/** The BCG trials (Colditz et al. 1994, JAMA 271:698-702), log risk ratios by allocation. */
tq_analysis *sample_bcg(void);

#endif
