/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file tausq.h  The public header: all that a user of the library needs.
 *
 *     cc analysis.c $(pkg-config --cflags --libs tausq)
 *
 * Effects (tq_effects_compute) feed a model (tq_model), which tq_pool_fit() fits; sheets are read
 * by frame/, results written by report/. Nothing here prints, exits or keeps global state, and
 * every function may be called from any thread.
 */
#ifndef TAUSQ_H
#define TAUSQ_H

#include "core/api.h"
#include "core/arena.h"
#include "core/buffer.h"
#include "core/gauss_hermite.h"
#include "core/multiplicity.h"
#include "core/parallel.h"
#include "core/printed.h"
#include "core/progress_callback.h"
#include "core/splitmix.h"
#include "core/status.h"

#include "optim/derivative.h"
#include "optim/minimise.h"

#include "counts/beta_binomial.h"
#include "counts/firth.h"
#include "counts/glmm.h"
#include "counts/response.h"

#include "effects/absolute.h"
#include "effects/derive.h"
#include "effects/group_sums.h"
#include "effects/inputs.h"
#include "effects/measure.h"
#include "effects/quantile_summaries.h"
#include "effects/shared_control.h"
#include "effects/statistics_from.h"
#include "effects/transform.h"
#include "effects/two_by_two_from.h"

#include "pooling/counts.h"
#include "pooling/location_scale.h"
#include "pooling/mean_interval.h"
#include "pooling/method.h"
#include "pooling/model.h"
#include "pooling/pool.h"
#include "pooling/refit.h"
#include "pooling/wald.h"

#include "moderators/comparison.h"
#include "moderators/contrasts.h"
#include "moderators/design.h"
#include "moderators/formula.h"
#include "moderators/inflation.h"
#include "moderators/marginal_means.h"
#include "moderators/model_selection.h"
#include "moderators/permutation.h"
#include "moderators/subgroups.h"

#include "diagnostics/blup.h"
#include "diagnostics/gosh.h"
#include "diagnostics/heterogeneity_profile.h"
#include "diagnostics/influence.h"
#include "diagnostics/residuals.h"
#include "diagnostics/sequence.h"
#include "diagnostics/specifications.h"
#include "diagnostics/study_plots.h"

#include "bias/asymmetry.h"
#include "bias/fail_safe.h"
#include "bias/selmodel.h"
#include "bias/trim_fill.h"

#include "sequential/monitoring.h"
#include "sequential/required_information.h"
#include "sequential/spending.h"
#include "sequential/trial_sequential.h"

#include "multilevel/aggregate.h"
#include "multilevel/block_matrix.h"
#include "multilevel/fit.h"
#include "multilevel/model.h"
#include "multilevel/random_formula.h"
#include "multilevel/robust.h"
#include "multilevel/sampling_cov.h"
#include "multilevel/working_weights.h"

#include "frame/archive.h"
#include "frame/audit.h"
#include "frame/csv.h"
#include "frame/dataset.h"
#include "frame/grim.h"
#include "frame/published.h"
#include "frame/rm5.h"
#include "frame/sheet.h"
#include "frame/sheet_covariance.h"
#include "frame/statfile.h"
#include "frame/subset.h"
#include "frame/table.h"
#include "frame/text_numbers.h"
#include "frame/xlsx.h"
#include "frame/yaml.h"

#include "report/aggregation.h"
#include "report/analysis.h"
#include "report/check_view.h"
#include "report/compatibility.h"
#include "report/dossier.h"
#include "report/dossier_view.h"
#include "report/figure/figure.h"
#include "report/figure/forest.h"
#include "report/figure/plot.h"
#include "report/findings.h"
#include "report/format.h"
#include "report/methods_text.h"
#include "report/importance.h"
#include "report/multilevel.h"
#include "report/natural.h"
#include "report/plan/plan.h"
#include "report/plan/plan_fit.h"
#include "report/plan/plan_start.h"
#include "report/plan/plan_view.h"
#include "report/regression.h"
#include "report/validation.h"
#include "report/view.h"
#include "report/workbook/workbook.h"

#endif
