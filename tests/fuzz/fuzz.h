/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file fuzz.h  What the fuzz targets share. */
#ifndef TQ_TESTS_FUZZ_FUZZ_H
#define TQ_TESTS_FUZZ_FUZZ_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frame/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Look at every cell of a table, as numbers too, and free it. */
static inline void fuzz_use_table(tq_table *t)
{
    const size_t rows = tq_table_rows(t), columns = tq_table_columns(t);
    double *const x = malloc(rows * sizeof *x);
    tq_error err;
    size_t length = 0;

    assert(rows > 0 && columns > 0);
    for (size_t c = 0; c < columns; c++) {
        assert(tq_table_find(t, tq_table_name(t, c)) == c);
        for (size_t i = 0; i < rows; i++) {
            length += strlen(tq_table_cell(t, i, c)) + (size_t)tq_table_missing(t, i, c);
        }
        if (x && tq_table_numbers(t, c, NULL, x, &err) != TQ_OK) {
            assert(err.row < rows && err.message[0]);
        }
    }
    assert(length < SIZE_MAX && strlen(tq_table_sha256(t)) == 64);
    free(x);
    tq_table_free(t);
}

/** A terminated copy of data[size], to be freed; NULL when memory is out. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1);

    if (text) {
        if (size > 0) {
            memcpy(text, data, size);
        }
        text[size] = '\0';
    }
    return text;
}

#endif
