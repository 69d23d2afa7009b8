/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of formulas, what operators do to them, and the functions that formulas may call. */
#ifndef TQ_REPORT_WORKBOOK_FUNCTIONS_INTERNAL_H
#define TQ_REPORT_WORKBOOK_FUNCTIONS_INTERNAL_H

#include <stddef.h>

typedef enum { WB_VALUE_EMPTY, WB_VALUE_NUMBER, WB_VALUE_TEXT, WB_VALUE_ERROR } wb_kind_of_value;

typedef struct {
    wb_kind_of_value kind;
    double x;
    const char *text;
    size_t n;      /* > 0: an array a[n]; NaN stands for text and errors */
    double *a;     /* owned by wb_arrays */
    int direct;    /* a range as it stands in the sheet: functions skip its texts */
    int has_error; /* of a range: some cell is an error */
} wb_value;

/* Everything that an evaluation allocates. */
typedef struct {
    void *last; /* a list */
} wb_arrays;

void wb_arrays_free(wb_arrays *arrays);
wb_value wb_array_new(wb_arrays *arrays, size_t n);
wb_value wb_value_number(double x);
wb_value wb_value_text(wb_arrays *arrays, const char *text);
wb_value wb_value_error(void);

/* + - * / ^ & and comparisons: = ! (not equal) < > l (<=) g (>=). */
wb_value wb_operate(char op, wb_value a, wb_value b, wb_arrays *arrays);
/* A function by its name in formulas; an unknown one is an error. */
wb_value wb_function_call(const char *name, const wb_value *argument, size_t n, wb_arrays *arrays);

#endif
