/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file findings_internal.h  What the parts of a summary of findings share. */
#ifndef TQ_REPORT_DOSSIER_FINDINGS_INTERNAL_H
#define TQ_REPORT_DOSSIER_FINDINGS_INTERNAL_H

#include "core/buffer.h"
#include "report/dossier/findings.h"

/* A row being made. */
typedef struct {
    const tq_dossier_entry *e;
    tq_arena *arena;
    tq_outcome *row;
    int failed; /* 1: memory is short */
} finding_maker;

/* printf into the arena; "" where memory is short. */
const char *finding_text(finding_maker *m, const char *fmt, ...) TQ_PRINTF(2, 3);
/* "0.34 to 0.70" */
const char *finding_range(finding_maker *m, double lo, double hi, int decimals);

/* findings_absolute.c: control, with, difference and their texts. */
void finding_absolute(finding_maker *m);

/* findings_judged.c: the MCID; inconsistency and imprecision, with what they follow from. */
void finding_judge(finding_maker *m);
/* The rules and their sources; their number goes to *n. Rules of what no row has are none. NULL: memory is
   short. */
const char *const *finding_rules(const tq_findings *f, tq_arena *arena, size_t *n);
const char *const *finding_references(size_t *n);

#endif
