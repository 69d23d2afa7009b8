/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file rm5.h  Reading the analyses of a Cochrane review (RevMan 5) into a table. */
#ifndef TQ_FRAME_RM5_H
#define TQ_FRAME_RM5_H

#include "frame/table.h"

/**
 * Read a RevMan 5 file (.rm5) in memory: borrows bytes[size]; source is the name for messages.
 *
 * One row per study and outcome (and subgroup), lines are those of the file. Columns:
 *
 *     comparison_no comparison outcome_no outcome subgroup_no subgroup study year
 *     type     DICH, CONT, IV or IPD, as the outcome's element
 *     measure  as the review asks for: OR, RR, RD, PETO_OR, MD, SMD, or a name such as Hazard Ratio
 *     ai n1i ci n2i        DICH and IPD: events and sizes; n1i, n2i also CONT and IV
 *     m1i sd1i m2i sd2i    CONT: means and standard deviations
 *     yi sei               IV: the estimate as entered, logarithm where the outcome is on that scale
 *     oe ve                IPD: observed minus expected, and its variance
 *
 * RevMan writes zeros for what was left blank: sizes of 0 and what comes with them, and the
 * estimates of studies it calls not estimable, become empty where they could not be values.
 *
 * @param[in]  decimal  mark of the table's numbers: '.' (also 0) or ','.
 * @param[out] out      Written only on TQ_OK; the caller frees it.
 * @retval TQ_EREAD  Not XML or not of RevMan 5, damaged, or a document type declaration.
 * @retval TQ_EDATA  No study data.
 */
TQ_API tq_status tq_rm5_parse(const char *bytes, size_t size, const char *source, char decimal,
                              tq_table **out, tq_error *err);

#endif
