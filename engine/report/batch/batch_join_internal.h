/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_join_internal.h  Cohorts on their way into one table, and the table. */
#ifndef TQ_REPORT_BATCH_BATCH_JOIN_INTERNAL_H
#define TQ_REPORT_BATCH_BATCH_JOIN_INTERNAL_H

#include "core/in_order.h"
#include "frame/stream/key_table.h"
#include "report/batch/allele_pairs_internal.h"
#include "report/batch/batch_fitter_internal.h"
#include "report/batch/batch_input_internal.h"
#include "report/batch/batch_join.h"
#include "report/batch/key_chain_internal.h"

/* Columns of a cohort by role. */
enum {
    ROLE_KEY,
    ROLE_KEY_PART,
    ROLE_LAST_KEY_PART = ROLE_KEY_PART + TQ_MOST_KEY_PARTS - 2,
    ROLE_EFFECT,
    ROLE_VARIANCE, /* standard error or variance */
    ROLE_PVAL,
    ROLE_WEIGHT,
    ROLE_EFFECT_ALLELE,
    ROLE_OTHER_ALLELE,
    ROLE_FREQ,
    ROLE_CUSTOM,
    ROLE_FILTER = ROLE_CUSTOM + TQ_MOST_CUSTOM,
    MOST_FILTERS = 32,
    ROLES = ROLE_FILTER + MOST_FILTERS
};

#define NO_PLACE SIZE_MAX

struct cohort_columns {
    struct wanted_columns wanted;
    size_t place[ROLES]; /* among the fields of a line; NO_PLACE: there is none */
};

tq_status cohort_columns_find(const tq_batch_cohort *cohort, const tq_batch_join *join,
                              const tq_line_form *form, struct cohort_columns *out, tq_error *err);

/* ---- the table ---- */

/*
 * Words of a cell; the offsets of those that not every table has. The head is the number of the window of
 * its row + 1, and in the lower half the code of its alleles; 0: there is no row.
 */
enum { CELL_HEAD, CELL_YI, CELL_VI, CELL_BASE };

struct cell_form {
    size_t words;
    size_t weight, freq, custom; /* 0: there are none */
    int alleles;
};

union word {
    uint64_t bits;
    double number;
};

/* The cells of a cohort for the keys of a block. */
struct cell_column {
    atomic_flag held; /* by the thread that writes cells */
    union word cell[];
};

struct cohort_file {
    tq_text_file file;
    struct cohort_columns columns;
    tq_in_order *queue;
    size_t header_line; /* outlives the file */
    mtx_t lock;         /* of chi2 */
    double *chi2;       /* [n_chi2] */
    size_t n_chi2, chi2_capacity;
    const tq_key_table *list; /* keys that lambda is taken over; NULL: all */
    tq_key_table *own_list;   /* where this cohort keeps it */
    _Atomic uint64_t duplicates;
    double effect_divisor, variance_factor; /* that take lambda out; 1 where nothing does */
    enum { COHORT_WAITS, COHORT_CLAIMED, COHORT_OPEN, COHORT_ENDED } state;
    size_t readers; /* threads at work in it */
    int has_lock;
};

/* Rows that are put into the table together, while their text is near. */
enum { ROWS_AT_ONCE = 256 };

/* Stands between the columns of a key in its text. */
#define KEY_MARK '\x1F'

struct join_row {
    const char *key; /* in the window's text */
    size_t size;
    uint64_t hash, place;
    int own; /* 0: another part prints its key */
};

struct join_worker {
    tq_window window;
    tq_field *fields;
    size_t n_fields;
    struct join_row *row; /* [ROWS_AT_ONCE], the first n_rows filled */
    union word *cell;     /* [ROWS_AT_ONCE] words each */
    size_t n_rows;
    char *key_text; /* of rows whose keys have several columns */
    size_t key_size, key_capacity;
    struct chain_writer writer;
    uint32_t last;      /* the key that was stored last, or CHAIN_NONE */
    size_t last_cohort; /* where that was */
    uint64_t last_window;
    unsigned luck;               /* 0: guesses fail, and are seldom made */
    uint64_t duplicates;         /* of the window */
    size_t *n_chi2;              /* [cohorts] of the keys at work */
    const union word **key_cell; /* [cohorts] of a key */
    int *sign;                   /* [cohorts] */
    struct fitter fitter;
    double *yi, *vi; /* [cohorts] KEYS_APART each */
    char *direction;
    struct key_extra *extra;
    struct key_place *kept_key;
};

/* Keys at work, with all that is fitted and printed of them, stay in the cache of a core; cohorts do not lie a
   power of two apart, or they would all want the same lines of it. */
enum { KEYS_AT_ONCE = 512, KEYS_APART = KEYS_AT_ONCE + 8 };

/* What became of alleles; of the first that do not fit, which. */
enum { ALLELE_FLIPPED, ALLELE_STRAND, ALLELE_PALINDROMIC, ALLELE_MISMATCHED, ALLELE_COUNTS };

struct allele_counts {
    uint64_t (*of_cohort)[ALLELE_COUNTS]; /* [cohorts] */
    tq_mismatch mismatch[TQ_MISMATCHES_SHOWN];
    size_t n_mismatches;
};

/* What is printed of a key besides its fit. */
struct key_extra {
    uint32_t alleles; /* code */
    double weight, freq, freq_se, freq_min, freq_max;
    double custom[TQ_MOST_CUSTOM];
};

struct join_run {
    const tq_batch_join *in;
    const tq_batch_spec *spec;
    tq_batch_summary *summary;
    struct cell_form form;
    struct item *spare; /* join_print.c: rows that were delivered */
    struct key_chain keys;
    struct allele_texts alleles;
    struct cohort_file *cohort;
    struct join_worker *worker;
    tq_in_order *queue; /* of rows, and of failures */
    mtx_t lock;         /* of the states of cohorts */
    int has_lock;
    uint64_t total;       /* bytes stored */
    int estimates_lambda; /* of a cohort at least: then all keys are kept, those of other parts too */
    struct key_place *order;
    size_t n_order;
};

/* join_cells.c: the worker's rows into the table, and none left. */
tq_status join_store(struct join_run *run, size_t cohort, struct join_worker *w, tq_error *err);

/* The cell of a key of the block, or NULL. */
static inline const union word *join_cell(const struct join_run *run,
                                          const struct chain_block *block, uint32_t number,
                                          size_t cohort)
{
    const struct cell_column *const column =
        atomic_load_explicit(&block->column[cohort], memory_order_relaxed);
    const union word *const cell =
        column ? column->cell + number % CHAIN_KEYS * run->form.words : NULL;

    return cell && cell[CELL_HEAD].bits ? cell : NULL;
}

/* join_signs.c: of each cohort the cell of a key, or NULL, and its sign: 1, -1 turned around, 0 left out.
   Returns the code of the alleles that are the reference. */
uint32_t join_signs(const struct join_run *run, const struct key_place *key,
                    struct allele_counts *counts, const union word **cell, int *sign);
/* join_lambda.c: the files that list keys for genomic control. */
tq_status join_read_lists(struct join_run *run, tq_error *err);
/* join_lambda.c: lambda of each cohort; the order is then that of this part's keys. */
tq_status join_lambda(struct join_run *run, tq_error *err);
/* join_read.c: all cohorts into the sets. */
tq_status join_read(struct join_run *run, tq_error *err);
/* join_print.c: every key fitted and printed. */
tq_status join_print(struct join_run *run, tq_error *err);

#endif
