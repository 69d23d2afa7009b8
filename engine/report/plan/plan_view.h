/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file plan_view.h  The results of a plan on a terminal and as one JSON document. */
#ifndef TQ_REPORT_PLAN_PLAN_VIEW_H
#define TQ_REPORT_PLAN_PLAN_VIEW_H

#include "report/dossier/dossier.h"
#include "report/view.h"

/** A view of all analyses of a review, appended to out; errors as tq_dossier_check(). */
typedef tq_status tq_plan_view(const tq_dossier *d, const tq_view_options *opt, tq_buffer *out,
                               tq_error *err);

/** A table of all analyses, then what each shows in words, with its sensitivity and bias analyses. */
TQ_API tq_plan_view tq_plan_text;
/**
 * Schema "tausq/1", command "run": `plan`, and `analyses` in order, each with `id`, `title`, `k` (studies that
 * have data, with or without a result), `why_none`, `importance`, `pool` (the document of that command), what it was asked for besides (`loo`, `cumul`,
 * `influence`, `tsa`, `permutation`, `gosh`, `multiverse`, `bias`, `failsafe`), `beside` (results side by side: `rows`, `reading`),
 * `further` (role, label, `pool`; or `entry`, the id of the analysis that has it), and `figures`.
 */
TQ_API tq_plan_view tq_plan_json;

#endif
