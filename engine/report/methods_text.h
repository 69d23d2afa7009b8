/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file methods_text.h  What was done, in the words of a paper, with its sources. */
#ifndef TQ_REPORT_METHODS_TEXT_H
#define TQ_REPORT_METHODS_TEXT_H

#include "report/analysis.h"

/** Plain text in UTF-8, in the arena that it was made with. */
typedef struct {
    const char **paragraph; /* [n] they cite as "(Viechtbauer, 2005)" */
    size_t n;
    const char *
        *reference; /* [n_references] "Viechtbauer (2005), J. Educ. Behav. Stat. 30:261-293",
                               in alphabetical order, each once */
    size_t n_references;
} tq_methods_text;

/**
 * Say what an analysis did: data and effects, model and estimator, tests and intervals,
 * heterogeneity, prediction, subgroups or moderators, software. Names and sources are those of the
 * tables of measures and methods.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_methods_text_make(const tq_analysis *a, tq_arena *arena, tq_methods_text *out,
                                      tq_error *err);

#endif
