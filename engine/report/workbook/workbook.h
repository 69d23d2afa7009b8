/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file workbook.h  A pooled analysis as an Excel workbook with a native forest chart. */
#ifndef TQ_REPORT_WORKBOOK_H
#define TQ_REPORT_WORKBOOK_H

#include "report/figure/forest.h"

/**
 * Write the workbook: Summary, Forest, Studies, Model, Heterogeneity, Subgroups (with subgroup
 * blocks), ChartData, Provenance.
 *
 * Numbers are numeric cells with formats, and results that another sheet may want carry defined
 * names ("tausq_pooled"; the Model and Heterogeneity sheets list them). The same analysis gives
 * the same bytes, in any time zone and locale: the document's date is the provenance date, or
 * 2000-01-01 when there is none.
 *
 * @param[in]  a       The analysis; borrowed.
 * @param[in]  forest  Its layout by tq_forest_layout(); NULL: no Forest and no ChartData sheet.
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
TQ_API tq_status tq_workbook_write(const tq_analysis *a, const tq_forest *forest, const char *path,
                                   tq_error *err);

#endif
