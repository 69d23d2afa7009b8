/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file audit.h  What goes wrong when trials are put into a sheet: the checks behind `tausq check`.
 *
 * A check looks at columns it recognises by name (tq_audit_role lists them), and says nothing where
 * they are not there. What it finds is a question to the source, never a correction: each finding
 * names the row, the figures as read, and what would explain them.
 */
#ifndef TQ_FRAME_AUDIT_H
#define TQ_FRAME_AUDIT_H

#include "core/arena.h"
#include "frame/table.h"

typedef enum {
    TQ_FINDING_NOTE,    /* worth a look; often right as it is */
    TQ_FINDING_WARNING, /* unlikely to be right, or changes what may be pooled */
    TQ_FINDING_ERROR,   /* cannot be right as it stands, or only by a great accident */
    TQ_FINDING_COUNT
} tq_finding_severity;

/** Which way an outcome is good; needed where the sheet does not say it. */
typedef enum {
    TQ_DIRECTION_INFER, /* from a column `direction`, else from the way most arms change */
    TQ_DIRECTION_LOWER,
    TQ_DIRECTION_HIGHER,
    TQ_DIRECTION_COUNT
} tq_direction;

typedef struct {
    size_t row;        /* 1-based data row of the sheet */
    size_t line;       /* line of the file on which it starts */
    const char *study; /* its label */
    tq_finding_severity severity;
    const char *check;   /* name of the check, static text */
    const char *figures; /* "sd_post 0.3, n 30": columns and cells as read */
    const char *message; /* what is wrong, and what would explain it */
} tq_finding;

/** A check of the table, and what became of it. */
typedef struct {
    const char *name, *looks_for, *reference; /* static text */
    size_t rows;                              /* rows that had what it needs */
    size_t findings;
    const char *wanted; /* columns it found none of, when it had no row to look at; else NULL */
} tq_check_run;

/** A column that was recognised. */
typedef struct {
    const char *role, *column;
} tq_audit_column;

/** What to check; start from {0}. Texts are borrowed until tq_audit_run() returns. */
typedef struct {
    const char *slab;    /* column of study labels; NULL: recognised by name */
    const char *subset;  /* expression of frame/subset.h; NULL: every row */
    const char *integer; /* rows (an expression) whose answers are whole numbers; NULL: recognised
                            by the words integer, Likert, NRS in outcome and scale */
    const char *const *map; /* [n_map] "ROLE=COLUMN" */
    size_t n_map;
    tq_direction direction;
} tq_audit_spec;

/** Plain data; texts live in the arena or in the table, which must outlive the audit. */
typedef struct {
    const tq_table *table;
    size_t rows;         /* rows looked at */
    tq_finding *finding; /* [n] in sheet order, the worst of a row first */
    size_t n;
    size_t count[TQ_FINDING_COUNT]; /* findings by severity */
    tq_check_run *check;            /* [n_checks] in the order of the table */
    size_t n_checks;
    tq_audit_column *column; /* [n_columns] */
    size_t n_columns;
    tq_arena *arena;
} tq_audit;

/**
 * Run every check over a sheet.
 *
 * A cell that is no number where one belongs is a finding, not a failure.
 *
 * @retval TQ_EINVAL  An unknown role or column in map or slab, or a malformed expression (the
 *                    nearest name is given).
 * @retval TQ_EDATA   No row in the subset, or an expression that compares text with a number.
 *
 * O(rows log rows) per check. Safe from any thread.
 */
TQ_API tq_status tq_audit_run(const tq_table *table, const tq_audit_spec *spec, tq_audit **out,
                              tq_error *err);
TQ_API void tq_audit_free(tq_audit *audit);

/** "note", "warning", "error"; NULL outside the range. */
TQ_API const char *tq_finding_severity_name(tq_finding_severity severity);
/** "lower", "higher" of the options; NULL past the end. */
TQ_API const char *tq_direction_name(tq_direction direction);
/** Name and meaning of the i-th role a column can have, NULL past the end. */
TQ_API const char *tq_audit_role(size_t i);
TQ_API const char *tq_audit_role_meaning(size_t i);

#endif
