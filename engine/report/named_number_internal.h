/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file named_number_internal.h  Numbers under their names, the same in JSON and in CSV. */
#ifndef TQ_REPORT_NAMED_NUMBER_INTERNAL_H
#define TQ_REPORT_NAMED_NUMBER_INTERNAL_H

#include "report/json_internal.h"
#include "report/page/text_internal.h"

typedef struct {
    const char *name; /* static text */
    double value;
} named_number;

/* A member for each. */
void json_add_numbers(json_t *to, const named_number *list, size_t n);

/* ",name" each, ",value" each. */
void csv_names(tq_buffer *out, const named_number *list, size_t n);
void csv_values(tq_buffer *out, const named_number *list, size_t n);

#endif
