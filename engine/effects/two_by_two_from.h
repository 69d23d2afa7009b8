/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file two_by_two_from.h  The four cells of a table from a statistic and the margins. */
#ifndef TQ_EFFECTS_TWO_BY_TWO_FROM_H
#define TQ_EFFECTS_TWO_BY_TWO_FROM_H

#include "core/status.h"

/**
 * The margins of
 *
 *                outcome +   outcome -
 *     group 1       ai          bi        n1i
 *     group 2       ci          di
 *                  n2i                     ni
 *
 * n2i is the number with the outcome in both groups, ai + ci, not the size of group 2.
 */
typedef struct {
    double ni;       /* > 0 */
    double n1i, n2i; /* each > 0 and < ni */
} tq_table_margins;

/** NaN with why. */
typedef struct {
    double ai, bi, ci, di;
    const char *why; /* NULL, or why there is no such table (static text) */
} tq_table_cells;

/*
 * All of them: whole = 1 rounds ai to a whole number, and the other cells are what the margins
 * leave; statistics are printed rounded, and the cells they came from were whole. Where a cell
 * would be negative (after rounding, if asked for) there is no table: the status is TQ_OK, the cells
 * are NaN, and out->why says so. out is written only on TQ_OK.
 */

/**
 * From the odds ratio ai di / (bi ci).
 *
 * ai is the one root of  (OR - 1) a^2 - ((OR - 1)(n1i + n2i) + ni) a + OR n1i n2i = 0  that leaves no
 * cell negative: Bonett (2007), Am. Psychol. 62:254-255.
 *
 * @param[in] odds_ratio  >= 0, finite.
 * @retval TQ_EDATA  A margin or the odds ratio outside its range; err->column is "ni", "n1i", "n2i"
 *                   or "ori".
 */
TQ_API tq_status tq_table_from_odds_ratio(const tq_table_margins *m, double odds_ratio, int whole,
                                          tq_table_cells *out, tq_error *err);

/**
 * From the phi coefficient:  ai = n1i n2i/ni + phi sqrt(n1i (ni - n1i) n2i (ni - n2i))/ni, its
 * definition solved for ai.
 *
 * @param[in] phi  -1..1.
 * @retval TQ_EDATA  As above; err->column "ri".
 */
TQ_API tq_status tq_table_from_phi(const tq_table_margins *m, double phi, int whole,
                                   tq_table_cells *out, tq_error *err);

/**
 * From Pearson's chi-square statistic, which has no sign of its own: x2i < 0 stands for a negative
 * association (ai di < bi ci). With correct = 1 it was computed with Yates' correction,
 *
 *     x2 = ni max(0, |ai di - bi ci| - ni/2)^2 / (n1i (ni - n1i) n2i (ni - n2i)),
 *
 * which is undone; a corrected statistic of 0 tells nothing more than |ai di - bi ci| <= ni/2, so
 * that there is no table.
 *
 * @param[in] x2i  Finite.
 * @retval TQ_EDATA  As above; err->column "x2i".
 *
 * Source: Yates (1934), Suppl. J. R. Stat. Soc. 1:217-235.
 */
TQ_API tq_status tq_table_from_chisq(const tq_table_margins *m, double x2i, int correct, int whole,
                                     tq_table_cells *out, tq_error *err);

/**
 * What a study of a diagnostic test reports, as proportions 0..1; NaN where it does not. Besides
 * sens, spec and ni it takes the prevalence or one of the predictive values.
 */
typedef struct {
    double ni;         /* > 0 */
    double sens, spec; /* ai/(ai + ci) and di/(bi + di) */
    double prevalence; /* (ai + ci)/ni; goes before the predictive values */
    double ppv, npv;   /* ai/(ai + bi) and di/(ci + di) */
} tq_test_accuracy;

/**
 * The table of test results (rows + and -) by disease (columns + and -): ai true positives, bi false
 * positives, ci false negatives, di true negatives.
 *
 * A predictive value gives the prevalence by Bayes' theorem; where both are there the mean of the
 * two prevalences is taken, which differ only by what was lost in rounding. whole = 1 rounds the
 * number with the disease, then ai and di within the two columns.
 *
 * @retval TQ_EDATA  ni <= 0; a proportion outside 0..1; sens or spec missing, or all of prevalence,
 *                   ppv and npv; err->column is the name of the field.
 */
TQ_API tq_status tq_table_from_accuracy(const tq_test_accuracy *test, int whole,
                                        tq_table_cells *out, tq_error *err);

#endif
