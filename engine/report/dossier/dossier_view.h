/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file dossier_view.h  A dossier as text: what a plan prints, its report as a page, its tables. */
#ifndef TQ_REPORT_DOSSIER_DOSSIER_VIEW_H
#define TQ_REPORT_DOSSIER_DOSSIER_VIEW_H

#include "report/dossier/dossier.h"
#include "report/view.h"

/**
 * The report of a review, appended to out, in opt->markup:
 *
 *     TQ_MARKUP_NONE   a summary: a table of all analyses, and what could not be done and why
 *     TQ_MARKUP_HTML   the whole as a page of its own: contents, summary, findings, each analysis with its
 *                      figures, methods, rows left out, provenance. Nothing is fetched; the only script
 *                      sorts tables; well-formed XML too
 *     TQ_MARKUP_MD     the same, which pandoc turns into a document; figures by the names of their files
 *     TQ_MARKUP_LATEX  the same as a document; on landscape pages; needs the packages array,
 *                      booktabs, longtable
 *
 * The same dossier gives the same bytes.
 *
 * @param[in]  d    Borrowed.
 * @param[in]  opt  digits: decimals of the tables of each analysis.
 * @retval TQ_EINVAL  As tq_dossier_check().
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_dossier_report(const tq_dossier *d, const tq_view_options *opt, tq_buffer *out,
                                   tq_error *err);

#endif
