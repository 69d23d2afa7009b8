/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file rows.h  Where the rows of long tables go while they are made. */
#ifndef TQ_REPORT_ROWS_H
#define TQ_REPORT_ROWS_H

#include "core/buffer.h"

/** Takes whole rows of a CSV table, the head first; other than TQ_OK ends the work with that status. */
typedef struct {
    tq_status (*take)(void *user, const tq_buffer *rows, tq_error *err);
    void *user;
} tq_row_writer;

#endif
