/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file shipped.h  The data sets that ship with the program: `@name` and `tausq data`. */
#ifndef TQ_CLI_SHIPPED_H
#define TQ_CLI_SHIPPED_H

#include <stddef.h>

/** A run of bytes that lives as long as the program; not terminated by contract. */
typedef struct {
    const char *bytes;
    size_t size;
} tq_span;

/** One data set; everything in it borrows the program's own memory. */
typedef struct {
    tq_span name;        /* "bcg" */
    tq_span title;       /* what its description's first line, "# NAME: TITLE", says */
    tq_span csv;         /* the sheet, byte for byte */
    tq_span description; /* Markdown: source, licence, columns */
} tq_shipped;

/** The i-th data set in alphabetical order; 0 past the end, with *out untouched. */
int tq_shipped_at(size_t i, tq_shipped *out);

/** The data set called name (exact, without '@' and extension); 0 when there is none. */
int tq_shipped_find(const char *name, tq_shipped *out);

/** The sheet of a published analysis that is called name (exact, without extension); 0 when there is none. */
int tq_shipped_published_sheet(const char *name, tq_span *out);

/** The i-th file of published analyses in alphabetical order, and its name; 0 past the end. */
int tq_shipped_published_at(size_t i, const char **name, tq_span *out);

/**
 * The name nearest to a mistyped one into out[size], terminated; 0 when none is near enough.
 * See tq_nearest_name().
 */
int tq_shipped_nearest(const char *name, char *out, size_t size);

/** Data rows of the sheet: its records less the header; line breaks inside quotes do not count. */
size_t tq_shipped_rows(const tq_shipped *set);

#endif
