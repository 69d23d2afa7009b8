/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file view.h  Views on results that end as text: the report, JSON, CSV. */
#ifndef TQ_REPORT_VIEW_H
#define TQ_REPORT_VIEW_H

#include "core/buffer.h"
#include "report/analysis.h"

/** What the text views are written in: plain text, or a markup with the same content. */
typedef enum {
    TQ_MARKUP_NONE,
    TQ_MARKUP_MD,    /* GitHub Flavored Markdown */
    TQ_MARKUP_LATEX, /* a document; its tables need the packages array, booktabs and longtable */
    TQ_MARKUP_HTML,  /* a page of its own that is well-formed XML too; no script */
    TQ_MARKUP_COUNT
} tq_markup;

/** How texts look; start from tq_view_defaults(). */
typedef struct {
    int digits; /* decimals of estimates; default 4 (2 for weights and percentages) */
    int colour; /* 1: ANSI colours, for terminals */
    tq_markup markup;
    int covariances; /* 1: the CSV of effects also has the covariance matrix of each block of rows
                        that share a control arm, for multivariate models */
} tq_view_options;

TQ_API tq_view_options tq_view_defaults(void);

/** A view of a pooled analysis, appended to out. */
typedef tq_status tq_pool_view(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                               tq_error *err);

/** The report a statistician would paste into an e-mail. */
TQ_API tq_pool_view tq_pool_text;
/** The JSON document of the contract, schema "tausq/1". */
TQ_API tq_pool_view tq_pool_json;
/** One row per study, then the pooled rows; RFC 4180. */
TQ_API tq_pool_view tq_pool_csv;

/** The same analysis for readers of its permutation test (a->permutation is not NULL): coefficients with
    both p-values, and what was permuted. The CSV has a row per coefficient, then one for QM. */
TQ_API tq_pool_view tq_permute_text;
TQ_API tq_pool_view tq_permute_json;
TQ_API tq_pool_view tq_permute_csv;

/** The CSV of a selection model (a->selmodel is not NULL): a row per coefficient, tau2, and parameter of the
    weight function, one for the likelihood ratio test. Its other views are those of a pool. */
TQ_API tq_pool_view tq_selmodel_csv;

/** The same analysis for readers of its leave-one-out or cumulative analysis (a->sensitivity has one of
    them): a row for each part of the studies. */
TQ_API tq_pool_view tq_sequence_text;
TQ_API tq_pool_view tq_sequence_json;
TQ_API tq_pool_view tq_sequence_csv;

/** The same analysis for readers of the influence of its studies (a->sensitivity has it): a row a study. */
TQ_API tq_pool_view tq_influence_text;
TQ_API tq_pool_view tq_influence_json;
TQ_API tq_pool_view tq_influence_csv;

/** The same for readers of its tests of small-study effects (a->bias is not NULL): a row per test. Trim
    and fill has the views of the pooled analysis. */
TQ_API tq_pool_view tq_bias_text;
TQ_API tq_pool_view tq_bias_json;
TQ_API tq_pool_view tq_bias_csv;

/** The same for readers of its fail-safe N (a->fail_safe is not NULL): a row per method. */
TQ_API tq_pool_view tq_fail_safe_text;
TQ_API tq_pool_view tq_fail_safe_json;
TQ_API tq_pool_view tq_fail_safe_csv;

/** The same for readers of a method for publication bias (a->publication is not NULL): limit meta-analysis, Copas
    model, p-curve, p-uniform, S-values. The CSV has the rows of its table, else its estimates. */
TQ_API tq_pool_view tq_publication_text;
TQ_API tq_pool_view tq_publication_json;
TQ_API tq_pool_view tq_publication_csv;

/** The same analysis for readers of the models of subsets of its studies (a->gosh is not NULL); the CSV has
    a row for each study. */
TQ_API tq_pool_view tq_gosh_text;
TQ_API tq_pool_view tq_gosh_json;
TQ_API tq_pool_view tq_gosh_csv;

/** The same for readers of other specifications (a->multiverse is not NULL); the CSV has a row for each. */
TQ_API tq_pool_view tq_multiverse_text;
TQ_API tq_pool_view tq_multiverse_json;
TQ_API tq_pool_view tq_multiverse_csv;

/** The same analysis for readers of its trial sequential analysis (a->sequential is not NULL): a row for
    each look. */
TQ_API tq_pool_view tq_tsa_text;
TQ_API tq_pool_view tq_tsa_json;
TQ_API tq_pool_view tq_tsa_csv;

/** A view of effect sizes alone: every row of the dataset, usable or not. */
typedef tq_status tq_effects_view(const tq_dataset *data, const tq_provenance *provenance,
                                  const tq_view_options *opt, tq_buffer *out, tq_error *err);

TQ_API tq_effects_view tq_effects_text;
TQ_API tq_effects_view tq_effects_json;
/** The sheet as it was, with columns yi, vi, sei, ci_lb, ci_ub and from added: it can be pooled. With
    opt->covariances also block, and V1, V2, ...: a row's row of its block's covariance matrix.
    @retval TQ_EINVAL  The measure has no formula for the covariance of shared controls. */
TQ_API tq_effects_view tq_effects_csv;

#endif
