/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sheet_columns.h  Columns of the sheet that figures show beside the studies. */
#ifndef TQ_REPORT_SHEET_COLUMNS_H
#define TQ_REPORT_SHEET_COLUMNS_H

#include <stddef.h>

#include "core/api.h"

/** A column that is asked for: its name, and the option that did ("show"). */
typedef struct {
    const char *option, *name;
} tq_column_wish;

/** A column of the sheet over the pooled studies. */
typedef struct {
    const char *name;
    const char **text; /* [k] as in the sheet; "" where missing */
    double *number;    /* [k] NaN where missing; NULL: a text among them */
} tq_sheet_column;

/** A judgement on the risk of bias. */
typedef enum {
    TQ_BIAS_NONE, /* no judgement */
    TQ_BIAS_LOW,
    TQ_BIAS_SOME,
    TQ_BIAS_HIGH,
    TQ_BIAS_UNCLEAR,
    TQ_BIAS_COUNT
} tq_bias_judgement;

/** A column rob_*: one domain of the risk of bias. */
typedef struct {
    const char *name; /* of the domain: "randomisation process" for rob_randomisation_process */
    tq_bias_judgement *value; /* [k] */
} tq_bias_domain;

/** What is shown in place of a judgement ("+", "!", "−", "?", ""), and its name ("some concerns"). */
TQ_API const char *tq_bias_sign(tq_bias_judgement judgement);
TQ_API const char *tq_bias_name(tq_bias_judgement judgement);

#endif
