/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file inputs.h  What a study may report: the named inputs that measures are computed from. */
#ifndef TQ_EFFECTS_INPUTS_H
#define TQ_EFFECTS_INPUTS_H

#include <stddef.h>

#include "core/status.h"

/* What values an input may take; anything else stops the analysis and names the row. */
typedef enum {
    TQ_KIND_REAL,        /* any finite number */
    TQ_KIND_COUNT,       /* >= 0 */
    TQ_KIND_SIZE,        /* > 0 */
    TQ_KIND_POSITIVE,    /* > 0 */
    TQ_KIND_SPREAD,      /* >= 0 (a standard deviation) */
    TQ_KIND_CORRELATION, /* -1..1 */
    TQ_KIND_SIGNED_P,    /* -1..1, not 0: a two-sided p-value with the sign of the effect */
    TQ_KIND_RELIABILITY, /* <= 1 */
    TQ_KIND_ITEMS,       /* >= 2 */
    TQ_KIND_PROPORTION,  /* 0..1 */
    TQ_KIND_P_VALUE,     /* 0..1, not 0 */
    TQ_KIND_PREDICTORS,  /* >= 1 */
    TQ_KINDS             /* how many there are */
} tq_input_kind;

/* One row per input: identifier, option and default column, kind, meaning. */
#define TQ_INPUT_LIST(X) \
    X(TQ_IN_YI, "yi", REAL, "effect estimate on the analysis scale") \
    X(TQ_IN_VI, "vi", POSITIVE, "sampling variance of yi") \
    X(TQ_IN_SEI, "sei", POSITIVE, "standard error of yi") \
    X(TQ_IN_CI_LB, "ci-lb", REAL, "lower limit of a confidence interval") \
    X(TQ_IN_CI_UB, "ci-ub", REAL, "upper limit of a confidence interval") \
    X(TQ_IN_AI, "ai", COUNT, "events, group 1") \
    X(TQ_IN_BI, "bi", COUNT, "non-events, group 1") \
    X(TQ_IN_CI, "ci", COUNT, "events, group 2") \
    X(TQ_IN_DI, "di", COUNT, "non-events, group 2") \
    X(TQ_IN_N1I, "n1i", SIZE, "size of group 1") \
    X(TQ_IN_N2I, "n2i", SIZE, "size of group 2") \
    X(TQ_IN_X1I, "x1i", COUNT, "events, group 1 (person-time)") \
    X(TQ_IN_X2I, "x2i", COUNT, "events, group 2 (person-time)") \
    X(TQ_IN_T1I, "t1i", POSITIVE, "person-time, group 1") \
    X(TQ_IN_T2I, "t2i", POSITIVE, "person-time, group 2") \
    X(TQ_IN_M1I, "m1i", REAL, "mean, group 1 (or at the second measurement)") \
    X(TQ_IN_M2I, "m2i", REAL, "mean, group 2 (or at the first measurement)") \
    X(TQ_IN_SD1I, "sd1i", SPREAD, "standard deviation, group 1") \
    X(TQ_IN_SD2I, "sd2i", SPREAD, "standard deviation, group 2") \
    X(TQ_IN_XI, "xi", COUNT, "events, one group") \
    X(TQ_IN_MI, "mi", REAL, "mean, non-events, items, predictors, or ties (see the measure)") \
    X(TQ_IN_SDI, "sdi", SPREAD, "standard deviation, one group") \
    X(TQ_IN_NI, "ni", SIZE, "size, one group") \
    X(TQ_IN_TI, "ti", POSITIVE, "person-time, one group") \
    X(TQ_IN_RI, "ri", CORRELATION, "correlation (of before and after; phi of a table)") \
    X(TQ_IN_OE, "oe", REAL, "observed minus expected events") \
    X(TQ_IN_VE, "ve", POSITIVE, "variance of observed minus expected") \
    X(TQ_IN_TI_STAT, "ti-stat", REAL, "t statistic") \
    X(TQ_IN_PI, "pi", SIGNED_P, "two-sided p-value with the sign of the effect") \
    X(TQ_IN_FI, "fi", COUNT, "F statistic of a regression model") \
    X(TQ_IN_R2I, "r2i", PROPORTION, "coefficient of determination R2 of a regression model") \
    X(TQ_IN_HR, "hr", POSITIVE, "hazard ratio, with its limits in ci-lb and ci-ub") \
    X(TQ_IN_RATIO, "ratio", POSITIVE, \
      "OR, RR, HR, ... as printed, with its limits in ci-lb and ci-ub") \
    X(TQ_IN_SE1I, "se1i", SPREAD, "standard error of the mean, group 1") \
    X(TQ_IN_SE2I, "se2i", SPREAD, "standard error of the mean, group 2") \
    X(TQ_IN_CI_LB1I, "ci-lb1i", REAL, "lower confidence limit of the mean, group 1") \
    X(TQ_IN_CI_UB1I, "ci-ub1i", REAL, "upper confidence limit of the mean, group 1") \
    X(TQ_IN_CI_LB2I, "ci-lb2i", REAL, "lower confidence limit of the mean, group 2") \
    X(TQ_IN_CI_UB2I, "ci-ub2i", REAL, "upper confidence limit of the mean, group 2") \
    X(TQ_IN_MIN1I, "min1i", REAL, "minimum, group 1") \
    X(TQ_IN_Q1_1I, "q1-1i", REAL, "first quartile, group 1") \
    X(TQ_IN_MED1I, "med1i", REAL, "median, group 1") \
    X(TQ_IN_Q3_1I, "q3-1i", REAL, "third quartile, group 1") \
    X(TQ_IN_MAX1I, "max1i", REAL, "maximum, group 1") \
    X(TQ_IN_MIN2I, "min2i", REAL, "minimum, group 2") \
    X(TQ_IN_Q1_2I, "q1-2i", REAL, "first quartile, group 2") \
    X(TQ_IN_MED2I, "med2i", REAL, "median, group 2") \
    X(TQ_IN_Q3_2I, "q3-2i", REAL, "third quartile, group 2") \
    X(TQ_IN_MAX2I, "max2i", REAL, "maximum, group 2") \
    X(TQ_IN_MINI, "mini", REAL, "minimum, one group (or of the change)") \
    X(TQ_IN_Q1I, "q1i", REAL, "first quartile, one group (or of the change)") \
    X(TQ_IN_MEDI, "medi", REAL, "median, one group (or of the change)") \
    X(TQ_IN_Q3I, "q3i", REAL, "third quartile, one group (or of the change)") \
    X(TQ_IN_MAXI, "maxi", REAL, "maximum, one group (or of the change)") \
    X(TQ_IN_MPRE1I, "mpre1i", REAL, "mean before, group 1, where m1i is the mean change") \
    X(TQ_IN_SDPRE1I, "sdpre1i", SPREAD, "standard deviation before, group 1") \
    X(TQ_IN_MPOST1I, "mpost1i", REAL, "mean after, group 1, where m1i is the mean change") \
    X(TQ_IN_SDPOST1I, "sdpost1i", SPREAD, "standard deviation after, group 1") \
    X(TQ_IN_MPRE2I, "mpre2i", REAL, "mean before, group 2, where m2i is the mean change") \
    X(TQ_IN_SDPRE2I, "sdpre2i", SPREAD, "standard deviation before, group 2") \
    X(TQ_IN_MPOST2I, "mpost2i", REAL, "mean after, group 2, where m2i is the mean change") \
    X(TQ_IN_SDPOST2I, "sdpost2i", SPREAD, "standard deviation after, group 2") \
    X(TQ_IN_ORI, "ori", COUNT, "odds ratio of a table, with n1i, n2i and ei") \
    X(TQ_IN_X2I_STAT, "x2i-stat", REAL, "chi-square of a table with the sign of the association") \
    X(TQ_IN_X2I_YATES, "x2i-yates", REAL, "the same, computed with Yates' correction") \
    X(TQ_IN_EI, "ei", COUNT, "events, both groups together") \
    X(TQ_IN_SENS, "sens", PROPORTION, "sensitivity of a test; group 1 is the diseased") \
    X(TQ_IN_SPEC, "spec", PROPORTION, "specificity of a test; group 2 is the others") \
    X(TQ_IN_PREV, "prev", PROPORTION, "share of the diseased, with ni") \
    X(TQ_IN_PPV, "ppv", PROPORTION, "positive predictive value, with ni") \
    X(TQ_IN_NPV, "npv", PROPORTION, "negative predictive value, with ni")

#define TQ_INPUT_ENUM(id, option, kind, text) id,
typedef enum { TQ_INPUT_LIST(TQ_INPUT_ENUM) TQ_INPUT_COUNT } tq_input;
#undef TQ_INPUT_ENUM

/** A set of inputs, one bit each: an integer type of gcc and clang on every 64-bit machine, so that
    sets stay constants that recipes can be written with. */
__extension__ typedef unsigned __int128 tq_input_set;

_Static_assert(TQ_INPUT_COUNT <= 128, "a set of inputs has 128 bits");
#define TQ_INPUT_BIT(input) ((tq_input_set)1 << (input))

/** One column per input; NULL where the input is not given, NaN where a study lacks it. */
typedef struct {
    size_t rows;
    const double *column[TQ_INPUT_COUNT]; /* [rows] each, borrowed */
} tq_inputs;

/** Option name and default column ("sd1i"), kind, and meaning of an input; static text. */
TQ_API const char *tq_input_name(tq_input input);
TQ_API tq_input_kind tq_input_kind_of(tq_input input);
TQ_API const char *tq_input_meaning(tq_input input);

/**
 * Check one value against a kind; NaN, a missing value, passes.
 * @retval TQ_EDATA  err->row, err->column (the input's name) and the value.
 */
TQ_API tq_status tq_input_check(tq_input input, tq_input_kind kind, double value, size_t row,
                                tq_error *err);

/** The inputs that are given, as a set. */
TQ_API tq_input_set tq_inputs_given(const tq_inputs *in);

/** The inputs that row i has, as a set. */
TQ_API tq_input_set tq_inputs_of_row(const tq_inputs *in, size_t i);

/**
 * Check that every value that is there is finite and of its kind.
 * @retval TQ_EDATA  err->row, err->column (the input's name) and the value.
 */
TQ_API tq_status tq_inputs_check(const tq_inputs *in, tq_input_set which, tq_error *err);

#endif
