/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file plan_start_internal.h  Parts of a starter plan. */
#ifndef TQ_REPORT_PLAN_PLAN_START_INTERNAL_H
#define TQ_REPORT_PLAN_PLAN_START_INTERNAL_H

#include "core/buffer.h"
#include "frame/audit.h"
#include "report/plan/plan_start.h"

typedef struct {
    const tq_table *table;
    const tq_audit *audit;
    tq_arena *arena;
    size_t measure;
    unsigned char *complete; /* [rows] has all inputs of the measure */
    unsigned char *used;     /* [columns] has a meaning already */
    int counts_rows;         /* an analysis by outcome and visit has several rows of one study */
    tq_buffer *out;
} start;

/* The column of a role, else of this name; TQ_NO_COLUMN. */
size_t start_column(const start *s, const char *role);
int start_is_number(const start *s, size_t row, size_t c);
/* Different texts of a column in the complete rows, in the order of the sheet, up to `most` of them (one more
   where there are more); *missing: rows without. */
size_t start_levels(const start *s, size_t c, size_t most, const char **level, size_t *missing);
/* for: {outcome: [{id: ..., is: ...}, ...]}; returns the number of levels, 0: there is no such column. */
size_t start_outcomes(start *s, size_t c, const char **level);

/* A scalar in double quotes; a text that the arena made. NULL: memory was short for it. */
void start_quoted(tq_buffer *out, const char *text);
void start_made(tq_buffer *out, const char *text);
/* A column in an expression. */
const char *start_name(start *s, size_t c);

/* plan_start_dependence.c: whether rows with the same texts in these columns (TQ_NO_COLUMN: any) are of one study. */
int start_counts_rows(start *s, size_t outcome, size_t visit);
/* An analysis of all rows of studies that have several, with why. */
void start_dependence(start *s, const char **level);

#endif
