/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file metal_script.h  Scripts of METAL (Willer, Li & Abecasis 2010, Bioinformatics 26:2190-2191). */
#ifndef TQ_REPORT_BATCH_METAL_SCRIPT_H
#define TQ_REPORT_BATCH_METAL_SCRIPT_H

#include "core/arena.h"
#include "report/batch/batch_join.h"

/** One ANALYZE: the cohorts processed before it, under the settings that each was processed with. */
typedef struct {
    tq_batch_join join;
    int heterogeneity;
    int log_pvalue;
    int effect_digits, stderr_digits; /* decimals; default 4 */
    const char *output;               /* OUTFILE's prefix, the number of the analysis, its suffix */
} tq_metal_analysis;

/** Free with tq_metal_script_free(). */
typedef struct {
    tq_metal_analysis *analysis; /* [n] */
    size_t n;
    tq_arena *arena;
} tq_metal_script;

/**
 * Carry out the commands of a file. Words of commands may be cut short as METAL allows.
 * @retval TQ_EINVAL  A command or value that is unknown (the nearest one is named) or that this program does
 *                    not carry out; err->line.
 * @retval TQ_EDATA   No ANALYZE, or one before any PROCESS; 16 MiB or more.
 * @retval TQ_EREAD   A script cannot be read, or is no text.
 */
TQ_API tq_status tq_metal_read(const char *path, tq_metal_script *out, tq_error *err);
TQ_API void tq_metal_script_free(tq_metal_script *script);

/** METAL's columns for an analysis, in column[12]; returns their number, *more: those behind the directions. */
TQ_API size_t tq_metal_columns(const tq_metal_analysis *analysis, tq_print_column *column,
                               size_t *more);

#endif
