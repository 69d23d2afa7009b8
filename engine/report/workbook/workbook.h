/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file workbook.h  A pooled analysis as an Excel workbook with a native forest chart. */
#ifndef TQ_REPORT_WORKBOOK_H
#define TQ_REPORT_WORKBOOK_H

#include "report/dossier/dossier.h"
#include "report/simulation/simulation_view.h"

/** Start from tq_workbook_defaults() and change fields; pass NULL for the defaults. */
typedef struct {
    int live; /* 1 (default): quantities are formulas over the studies, where there are formulas */
} tq_workbook_options;

TQ_API tq_workbook_options tq_workbook_defaults(void);

/**
 * Write the workbook: Summary, Forest, Studies, Model, Heterogeneity, Subgroups (with subgroup
 * blocks), sheets of what else was asked for (Regression, Sensitivity, Bias, ...), Methods, Live and REML or Iterations (formulas), ChartData, Check (formulas), Provenance.
 *
 * With formulas a change on the Studies sheet (an input, the column include) goes through to every
 * result and the chart; each carries the engine's value as its result, and Check compares both. There
 * are none beyond 2,000 studies, for models with moderators, and for methods without a formula: the
 * Summary says why. Large analyses go to the file row by row, in constant memory, without tables
 * and charts.
 *
 * Numbers are numeric cells with formats, and results that another sheet may want carry defined
 * names ("tausq_pooled"; the Model and Heterogeneity sheets list them). The same analysis gives
 * the same bytes, in any time zone and locale: the document's date is the provenance date, or
 * 2000-01-01 when there is none.
 *
 * @param[in]  a       The analysis; borrowed.
 * @param[in]  forest  Its layout by tq_forest_layout(); NULL: no Forest and no ChartData sheet.
 * @param[in]  opt     Options, or NULL.
 * @param[in]  path    Overwritten. Not atomic: give a temporary path in the target's folder and
 *                     rename it on TQ_OK; on failure the file is removed.
 * @param[out] err     What failed; may be NULL.
 *
 * @retval TQ_EINVAL  path is empty.
 * @retval TQ_EWRITE  The file, or a temporary part of it, could not be written; or libxlsxwriter is
 *                    missing.
 * @retval TQ_ENOMEM
 *
 * Keeps no state between calls; safe from any thread.
 */
TQ_API tq_status tq_workbook_write(const tq_analysis *a, const tq_forest *forest,
                                   const tq_workbook_options *opt, const char *path, tq_error *err);

/**
 * Write many analyses as one workbook: Summary, Findings, Certainty, Further analyses, Methods, then for each
 * analysis the sheets that a workbook of its own has ("3 Forest", "3 Studies", ...) with values in place
 * of formulas, Left out, Provenance, and the points of the charts. Rows of Summary lead to the sheets.
 *
 * @param[in]  d     Borrowed. Forest plots follow entry->forest, or the default layout.
 * @param[in]  path  As for tq_workbook_write(), as are the errors; also
 * @retval TQ_EINVAL  As tq_dossier_check(), tq_forest_layout().
 */
TQ_API tq_status tq_dossier_workbook_write(const tq_dossier *d, const char *path, tq_error *err);

/**
 * Write a simulation or power study as a workbook: Summary, Charts (native ones), Performance (every quantity with
 * its Monte-Carlo error), Scenarios, Quantities, ChartData, Provenance.
 *
 * @param[in]  s     Borrowed.
 * @param[in]  path  As for tq_workbook_write(), as are the errors.
 */
TQ_API tq_status tq_simulation_workbook_write(const tq_simulation *s, const char *path,
                                              tq_error *err);

#endif
