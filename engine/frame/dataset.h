/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file dataset.h  From a sheet to studies: columns bound, effects computed, rows accounted for. */
#ifndef TQ_FRAME_DATASET_H
#define TQ_FRAME_DATASET_H

#include "core/arena.h"
#include "effects/derive.h"
#include "effects/measure.h"
#include "frame/table.h"
#include "moderators/design.h"

/** What makes a row usable. */
typedef enum {
    TQ_USE_EFFECTS, /* an effect with its variance */
    TQ_USE_COUNTS,  /* its counts, for methods that pool them; it may have no effect */
    TQ_USE_EITHER   /* counts or an effect: Peto's observed minus expected events */
} tq_row_use;

/** A further column that every row needs: its cluster, its outcome, its time. */
typedef struct {
    const char *column;
    const char *option; /* that names it, for messages: "v-time" */
    int number;         /* 1: cells must be numbers; 0: they are read as text, whatever they hold */
} tq_key;

/** A column beside effects and moderators: a grouping factor, a cluster, a time, a covariance. */
typedef struct {
    const char *option; /* that names it, for messages */
    const char *column;
    int number;   /* 1: numbers; 0: numbers where every cell is one, else texts */
    int optional; /* 1: a row may lack it; 0: one that does is excluded */
} tq_extra_column;

/** What to read from a sheet. Texts are borrowed until tq_dataset_build() returns; start from {0}. */
typedef struct {
    const tq_measure *measure;
    const tq_effect_options *effects; /* NULL: the defaults */
    /* Per input the column that holds it, or "=NUMBER" for a constant; NULL: not named. An input
       that is not named is read from the column of its own name, but only while the named ones do
       not complete a recipe of the measure, by themselves or with what can be derived, and never
       from a column that is named for another input. */
    const char *column[TQ_INPUT_COUNT];
    const char *slab;    /* study labels; NULL: column "study", else "slab", else the row number */
    const char *subset;  /* expression of frame/subset.h; NULL: every row */
    const char *weights; /* column of user weights, or NULL */
    /* Column (or "=NUMBER") of what each effect is multiplied with: numbers, or yes and no (also
       true and false) for turning it around; NULL: nothing. */
    const char *flip;
    const char *const *groups; /* [n_groups] columns whose text classifies the studies; a row that
                                  none of them classifies is excluded */
    size_t n_groups;
    const tq_formula
        *formula;      /* its variables are read; a row that lacks one is excluded. NULL: none */
    int own_precision; /* 1: the variables sei and vi of formulas are those of the effects, also where
                          the sheet has columns of these names; 0: only where it has none */
    const tq_formula *scale;      /* another, of the amount of heterogeneity; likewise */
    const tq_extra_column *extra; /* [n_extra] */
    size_t n_extra;
    /* [rows of the table] sampling variances of the effects, NaN where there is none, for sheets whose
       columns have neither them nor standard errors or limits; NULL: none. */
    const double *own_vi;
    const tq_key *keys; /* [n_keys]; a row that lacks one is excluded */
    size_t n_keys;
    /* 1: nothing is derived, and every row is computed by the first recipe of the measure that the
       columns complete. 0: each row by what it reports (effects/derive.h); a row that lacks even
       that from the effect itself (yi or ratio and its precision), where --yi or --ratio is
       named; a ratio needs a measure that is one. */
    int no_fallback;
    const tq_derive_options *derive; /* NULL: the defaults */
    /* Column whose text says which rows of a study (rows with one label) are arms of one comparison:
       they become one row; NULL: none. */
    const char *combine_arms;
    int split_shared; /* 1: a control arm that several rows of a study share is divided by their
                         number; 0: a warning says so */
    int shared_known; /* 1: no warning, because their covariance will be taken into account */
    tq_row_use use;   /* other than TQ_USE_EFFECTS: fills events, and effects are as with drop00 */
} tq_dataset_spec;

/** A row of the sheet that cannot be used, and why. */
typedef struct {
    size_t row;         /* 1-based data row of the sheet */
    const char *study;  /* its label */
    const char *reason; /* "sd1i is missing", "no events in either group" */
} tq_excluded;

/** Plain data; every text and array lives in the arena, sheet texts in the table. */
typedef struct {
    const tq_table *table; /* borrowed; must outlive the dataset */
    const tq_measure *measure;
    size_t rows;                   /* rows of the sheet inside the subset, combined arms as one */
    size_t *row;                   /* [rows] their indices in the table, of the first arm */
    const char **label;            /* [rows] */
    tq_effect_row *effect;         /* [rows] */
    tq_events *events;             /* [rows] counts as observed; NULL with TQ_USE_EFFECTS */
    double *input[TQ_INPUT_COUNT]; /* [rows] values read or derived; NULL: none */
    const char *column[TQ_INPUT_COUNT]; /* header name or "=0.5"; NULL: not read */
    size_t k;                           /* rows that can be used */
    size_t *used;                       /* [k] indices into the arrays above */
    tq_excluded *excluded;              /* [rows - k] in sheet order */
    double *weights;                    /* [rows] or NULL */
    const char *weights_name;           /* header of their column, or NULL */
    double *flip;                       /* [rows] multipliers of the effects, or NULL */
    /* [n_variables] of the formula, over rows; NaN or NULL where missing. A column is one of numbers
       where all its cells are, and of texts otherwise. */
    tq_variable *variable;
    size_t n_variables;
    tq_variable *scale_variable; /* [n_scale_variables] of the formula `scale`, likewise */
    size_t n_scale_variables;
    tq_variable *key; /* [n_keys] as asked for, over rows; NaN or NULL where missing */
    size_t n_keys;
    tq_variable *extra; /* [n_extra] as asked for, over rows; NaN or NULL where missing */
    size_t n_extra;
    const char ***group;     /* [n_groups][rows] text, NULL where missing */
    const char **group_name; /* [n_groups] */
    size_t n_groups;
    const char **assumption; /* [n_assumptions] "ri = 0.5 assumed for every study that needs it" */
    size_t n_assumptions;
    const char **warning; /* [n_warnings] "rows 3, 4 (Vega 2015) share one control arm ..." */
    size_t n_warnings;
    size_t
        *block; /* [rows] number, from 1, of the control arm that a row shares with others; 0: none.
                      NULL: no control arm is shared, or it was divided */
    size_t n_blocks;
    tq_arena *arena;
} tq_dataset;

/**
 * Read the columns, compute the effects, and sort the rows into usable and excluded. Usable rows have
 * an effect, unless spec->use asks for counts.
 *
 * @retval TQ_EINVAL  A column that does not exist (the nearest name is given), a malformed
 *                    constant or subset, no complete recipe, or a bad effect option.
 * @retval TQ_EDATA   A value that is no number or outside its range (file, line, column, study), or
 *                    no usable row at all.
 */
TQ_API tq_status tq_dataset_build(const tq_table *table, const tq_dataset_spec *spec,
                                  tq_dataset **out, tq_error *err);
TQ_API void tq_dataset_free(tq_dataset *data);

/** Add file, line and study of a row (index into the dataset's arrays) to an error. */
TQ_API void tq_dataset_locate(const tq_dataset *data, size_t at, tq_error *err);

#endif
