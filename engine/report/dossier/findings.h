/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file findings.h  A summary of findings: a row for each result of a dossier, in the layout of GRADE.
 *
 * Figures come from the analyses. Inconsistency and imprecision are judged by fixed rules, which
 * tq_findings.rule states; the other domains of certainty are the reviewer's, and stand as such.
 */
#ifndef TQ_REPORT_DOSSIER_FINDINGS_H
#define TQ_REPORT_DOSSIER_FINDINGS_H

#include "effects/absolute.h"
#include "report/dossier/importance.h"

/** How far a domain lowers the certainty. */
typedef enum {
    TQ_CONCERN_UNKNOWN, /* nothing to judge by: no pooled effect, one study */
    TQ_CONCERN_NONE,
    TQ_CONCERN_SERIOUS,
    TQ_CONCERN_VERY_SERIOUS,
    TQ_CONCERN_COUNT
} tq_concern;

/** "not serious", "serious", "very serious"; "not applicable" for TQ_CONCERN_UNKNOWN. */
TQ_API const char *tq_concern_name(tq_concern concern);

/** What stands where a domain is left to the reviewer: "to be judged". */
TQ_API const char *tq_concern_left(void);
/** The domains that are left to the reviewer ("Risk of bias"); NULL past the last. */
TQ_API const char *tq_concern_left_name(size_t i);

/** Estimate and limits. */
typedef struct {
    double est, lo, hi;
} tq_estimate;

/** A row. What does not exist is NaN; texts are never NULL, "" where there is nothing to say. */
typedef struct {
    size_t entry;              /* index into dossier->entry */
    const tq_analysis *a;      /* NULL: it could not be done */
    const char *label;         /* the title; of a level "by: level" */
    int level;                 /* 1: a level of a subgroup, where levels are not pooled */
    const tq_pool *fit;        /* of the row; NULL: there is no such fit */
    tq_headline headline;      /* of the row */
    const tq_natural *natural; /* its pooled effect; NULL: none (no fit, or a meta-regression) */
    size_t k, studies;         /* effects; studies that they are of, fewer in multilevel models */
    double I2, tau2;           /* percent; of the model of the row */
    double participants;       /* in all studies; NaN where a study does not tell */
    int at_least; /* 1: of several effects of one study the largest counts, as they may share people */
    const char *effect;     /* "RR 0.49 (0.34 to 0.70)"; "" without a pooled effect */
    const char *prediction; /* "0.13 to 1.83" */
    const char *unit;       /* of differences, ""; "SD" where they are standardised */

    tq_important low, high; /* below and above no effect, against the MCID */
    const char *
        important; /* both in words: "probable benefit", of a change "probable improvement"; "" without an MCID */

    tq_absolute_kind kind;         /* of control and what follows */
    double control;                /* median of the control groups: risk, rate or mean */
    double control_lo, control_hi; /* the smallest and the largest of them */
    tq_estimate with; /* what the effect makes of it; NaN for standardised differences, and for
                               ratios where the control groups had no events */
    tq_estimate difference;                                 /* with - control */
    const char *control_text, *with_text, *difference_text; /* per 1000 for risks and rates */

    tq_concern inconsistency, imprecision;
    const char *inconsistency_why, *imprecision_why; /* figures that they follow from */
    double optimal; /* optimal information size in participants; NaN: not known */
} tq_outcome;

/** All of them, in the order of the entries; everything lives in the arena it was made with. */
typedef struct {
    tq_outcome *row; /* [n] n >= dossier->n: levels that are not pooled each have one */
    size_t n;
    const char *const *rule; /* [n_rules] how the domains and the MCID were judged */
    size_t n_rules;
    const char *const *reference; /* [n_references] sources of the rules */
    size_t n_references;
} tq_findings;

/**
 * Gather them.
 *
 * @param[in]  d      The dossier, as tq_dossier_check() accepts it; must outlive the findings.
 * @param[in]  arena  Holds what out points to.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_findings_make(const tq_dossier *d, tq_arena *arena, tq_findings *out,
                                  tq_error *err);

#endif
