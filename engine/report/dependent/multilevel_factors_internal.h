/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multilevel_factors_internal.h  Columns of a sheet as factors, times and designs of random terms. */
#ifndef TQ_REPORT_DEPENDENT_MULTILEVEL_FACTORS_INTERNAL_H
#define TQ_REPORT_DEPENDENT_MULTILEVEL_FACTORS_INTERNAL_H

#include "report/analysis_internal.h"

/* A factor over the studies that are used; arrays in the arena. */
typedef struct {
    size_t n;
    const size_t *code;       /* [k] 0 .. n - 1 */
    const char *const *level; /* [n] in order: of numbers by size, of texts by bytes */
} multilevel_factor;

/* The extra column of that name; NULL: it was not read. */
const tq_variable *multilevel_column(const tq_dataset *data, const char *name);
/* The levels of a column, within those of `outer` unless that is NULL. */
tq_status multilevel_levels(const tq_dataset *data, const tq_variable *v,
                            const multilevel_factor *outer, tq_arena *arena, multilevel_factor *out,
                            tq_error *err);
/* Columns of numbers side by side, [k x n], behind a column of 1 where there is to be one. why: what
   needs numbers, for messages. */
tq_status multilevel_numbers(const tq_dataset *data, const char *const *name, size_t n,
                             int with_intercept, const char *why, tq_arena *arena, const double **Z,
                             const char *const **z_name, tq_error *err);

/* analysis_multilevel.c: a multilevel model as a pooled fit: what such a fit has none of is NaN. */
void multilevel_clear(tq_pool *to);
/* Variance of new true effects, of levels that none of the studies has, by the components of a fit of the
   model; NaN where they do not say. `by` at `level` tells which of several variances holds; by NULL: the new
   values do, set, or TQ_NO_ROW. */
double multilevel_total(const analysis_input *in, const tq_multilevel *m, const tq_mv_fit *fit,
                        size_t set, const char *by, const char *level);
void multilevel_prediction(const tq_analysis *a, const tq_linear *at, double total,
                           tq_prediction *out);

/* multilevel_given.c: --fix and --equate, into opt and the arena; the terms of m are there. */
tq_status multilevel_given(const tq_multilevel_spec *spec, const tq_multilevel *m, tq_arena *arena,
                           tq_mv_options *opt, tq_error *err);
/* Known correlations in the order of a factor's levels. */
tq_status multilevel_relate(const tq_relation *r, const multilevel_factor *f, tq_arena *arena,
                            const double **out, tq_error *err);

#endif
