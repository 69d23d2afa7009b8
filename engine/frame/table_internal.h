/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file table_internal.h  The table's storage, shared by its readers in this folder. */
#ifndef TQ_FRAME_TABLE_INTERNAL_H
#define TQ_FRAME_TABLE_INTERNAL_H

#include <stdint.h>

#include "frame/sha256.h"
#include "frame/table.h"

/* A column and a name of it: sorted by name they answer tq_table_find. */
struct column_key {
    const char *name;
    size_t column;
};

/*
 * The bytes of the file stay in one block, cut into terminated cells in place; a cell is the
 * 32-bit offset of its text, which is why a sheet ends at TABLE_MAX_BYTES.
 */
struct tq_table {
    char *text;
    uint32_t *names;            /* [columns] offsets of the header's names */
    uint32_t *cells;            /* [rows * columns], row by row */
    uint32_t *lines;            /* [rows], 1-based */
    struct column_key *by_name; /* [keys], in byte order of the names */
    size_t rows, columns, keys;
    char *source;
    char *sheet, *note; /* NULL where there is none */
    char decimal;
    char sha256[TQ_SHA256_HEX];
};

#define TABLE_MAX_BYTES ((size_t)UINT32_MAX - 1)
/* A cell of a text file takes a byte there; of other files it may take none, so they are counted. */
#define TABLE_MAX_CELLS ((size_t)1 << 27)

/* A growing array of offsets or line numbers. */
struct offsets {
    uint32_t *at;
    size_t n, capacity;
};

/** Append; 0 when memory is out (the array is then as before). */
int offsets_push(struct offsets *list, uint32_t value);

/**
 * Make table->by_name from the names, which must be in place.
 * @retval TQ_EDATA  A name that is empty or occurs twice; the message names the columns.
 */
tq_status table_index_names(tq_table *table, tq_error *err);

/**
 * Further names of columns: for a header of RevMan Web's data package the names of this program.
 * Writes at most REVMAN_NAMES keys, names that are taken left out, and returns how many.
 */
size_t revman_names(const tq_table *table, struct column_key *keys);
enum { REVMAN_NAMES = 24 };

/** 1 when the text of a cell stands for a missing value. */
int table_text_missing(const char *text);

/** Copy text from a file or the user for a message: short, and with no control characters. */
void table_shown_text(char *dst, size_t size, const char *src);

/** Fill err for a cell that is not a number, and return TQ_EDATA. */
tq_status table_not_a_number(const tq_table *table, size_t row, size_t c, tq_error *err);

#endif
