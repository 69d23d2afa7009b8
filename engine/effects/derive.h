/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file derive.h  Inputs that a study does not report, from others that it does. */
#ifndef TQ_EFFECTS_DERIVE_H
#define TQ_EFFECTS_DERIVE_H

#include "effects/measure.h"
#include "effects/quantile_summaries.h"

/** Start from tq_derive_defaults() and change fields. */
typedef struct {
    double ci_level;               /* level in percent of the limits; default 95 */
    tq_quantiles_method quantiles; /* default TQ_QUANTILES_LUO_WAN_SHI */
    int keep_skewed;               /* 1: take mean and SD from the quantiles of a sample that the
                                      test of Shi et al. (2023) calls skewed; default 0 */
} tq_derive_options;

enum { TQ_DERIVE_STEPS = 6 };

/** What was done to a row. */
typedef struct {
    const char *recipe; /* what the row now completes ("means and standard deviations"), static
                           text; NULL: nothing was derived */
    size_t n_steps;
    const char *step[TQ_DERIVE_STEPS]; /* "SD of group 1 from the SE"; static texts */
    tq_input_set read, made;           /* by the steps */
    tq_input_set missing; /* of what is given for some row, what the nearest way to a recipe lacks;
                             empty where the row is complete, or no way leads to one */
    const char *refused;  /* why an input that could have been derived was not, static text; NULL
                            where the row is complete or nothing could be */
} tq_derivation;

TQ_API tq_derive_options tq_derive_defaults(void);

/** What a step takes for granted ("the same SD in both groups", or the papers of the method for
    quantiles); static text, NULL for steps that only solve a formula. A correlation that is assumed
    is not told here: it is an input, and tq_derivation.read has it. */
TQ_API const char *tq_derive_assumes(const char *step, const tq_derive_options *opt);

/** What the i-th rule does ("SD of group 1 from the SE", static text) and which inputs it reads; NULL
    past the last. Rules are tried in this order. */
TQ_API const char *tq_derive_rule(size_t i, tq_input_set *reads);

/** Whether the measure compares two independent groups, each with its own size or person-time. */
TQ_API int tq_measure_two_groups(const tq_measure *m);

/**
 * The inputs that rows of these columns could get for the measure, and those of `given` that they
 * would come from.
 */
TQ_API tq_input_set tq_derive_makes(const tq_measure *m, tq_input_set given);
TQ_API tq_input_set tq_derive_uses(const tq_measure *m, tq_input_set given);

/**
 * Fill in what a row lacks for the first recipe of the measure that the row can be brought to
 * complete. Rows that complete a recipe as they stand are left alone.
 *
 * @param[in]     rows     Studies.
 * @param[in,out] column   [TQ_INPUT_COUNT][rows], NULL where an input is neither given nor to be
 *                         derived, NaN where a row lacks it.
 * @param[in]     assumed  Inputs that hold the same number in every row by assumption: a value
 *                         derived from what the study reports goes before them.
 * @param[out]    out      [rows].
 *
 * @retval TQ_EINVAL  ci_level outside (0, 100), or an unknown method.
 * @retval TQ_EDATA   A value outside its range, quantiles or limits out of order, events above the
 *                    group size; err->row and err->column (the input's name).
 * @retval TQ_ENOCONV  A minimiser of the methods for quantiles did not converge.
 * @retval TQ_ENOMEM
 *
 * On failure columns may be filled in part. The rules and where they come from stand in
 * statistics_from.h, quantile_summaries.h and two_by_two_from.h.
 */
TQ_API tq_status tq_inputs_derive(const tq_measure *m, size_t rows,
                                  double *const column[TQ_INPUT_COUNT], tq_input_set assumed,
                                  const tq_derive_options *opt, tq_derivation *out, tq_error *err);

#endif
