/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file answers.h  What a method found, as lists that every view places in the same way: adjusted effects,
 * tests, numbers, and one table.
 */
#ifndef TQ_REPORT_BIAS_ANSWERS_H
#define TQ_REPORT_BIAS_ANSWERS_H

#include <stddef.h>

#include "bias/adjusted.h"
#include "report/natural.h"

/** How a number is shown; its value in JSON and CSV is the same for all. */
typedef enum {
    TQ_SHOW_EFFECT,  /* on the analysis scale, with the decimals asked for */
    TQ_SHOW_NATURAL, /* an effect on the natural scale, 2 decimals */
    TQ_SHOW_SHORT,   /* 2 decimals */
    TQ_SHOW_PERCENT, /* 0 to 100 */
    TQ_SHOW_P,
    TQ_SHOW_COUNT
} tq_show;

enum { TQ_ANSWERS_MOST = 24, TQ_ANSWERS_SOURCES = 4 };

typedef struct {
    const char *name, *label; /* in JSON; for readers */
    tq_adjusted value;
    tq_natural natural;
} tq_answer_estimate;

typedef struct {
    const char *name, *label;
    const char *statistic; /* "z", "LR", "Q"; NULL: a p-value alone */
    double stat, df, pval; /* df NaN: none */
} tq_answer_test;

typedef struct {
    const char *name, *label;
    double value;
    tq_show show;
    const char *none; /* what is said where it does not exist; NULL: nothing */
} tq_answer_number;

typedef struct {
    const char *name, *head;
    tq_show show;
    double *value; /* [n_rows] */
} tq_answer_column;

typedef struct {
    const char *title;  /* "Limit meta-analysis" */
    const char *method; /* the same within a sentence: "limit meta-analysis" */
    tq_natural
        result; /* the adjusted effect that stands for the method beside other analyses; NaN: none */
    const char *brief;   /* the answer in a few words, where there is no such effect; else NULL */
    const char *reading; /* the result in plain sentences */
    const char *source[TQ_ANSWERS_SOURCES]; /* its papers; NULL after the last */
    const char *direction; /* of effects that are favoured: "greater", "less"; NULL: none */
    tq_answer_estimate estimate[TQ_ANSWERS_MOST];
    size_t n_estimates;
    tq_answer_test test[TQ_ANSWERS_MOST];
    size_t n_tests;
    tq_answer_number number[TQ_ANSWERS_MOST];
    size_t n_numbers;
    const char *rows_title, *rows_head; /* of the table; its first column has labels */
    size_t n_rows;                      /* 0: there is no table */
    const char **row;                   /* [n_rows] */
    tq_answer_column column[TQ_ANSWERS_MOST];
    size_t n_columns;
} tq_answers;

#endif
