/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_join_internal.h  Cohorts on their way into one table, and the table. */
#ifndef TQ_REPORT_BATCH_BATCH_JOIN_INTERNAL_H
#define TQ_REPORT_BATCH_BATCH_JOIN_INTERNAL_H

#include "core/in_order.h"
#include "report/batch/batch_fitter_internal.h"
#include "report/batch/batch_input_internal.h"
#include "report/batch/batch_join.h"
#include "report/batch/key_sets_internal.h"

/* Columns of a cohort by role. */
enum {
    ROLE_KEY,
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

/* Words of a cell; the offsets of those that not every table has. */
enum { CELL_PLACE, CELL_YI, CELL_VI, CELL_BASE };

struct cell_form {
    size_t words;
    size_t alleles, weight, freq, custom; /* 0: there are none */
};

union word {
    uint64_t bits;
    double number;
};

enum { KEYS_PER_BLOCK = 32 };

/* The data of a key_set. */
struct cells {
    union word **block; /* [n_blocks]: keys x cohorts x words; place 0: no row */
    size_t n_blocks;
    tq_buffer alleles;    /* long ones, each ended by 0 */
    uint64_t *duplicates; /* [cohorts] */
};

struct cohort_file {
    tq_text_file file;
    struct cohort_columns columns;
    tq_in_order *queue;
    size_t header_line; /* outlives the file */
    mtx_t lock;         /* of chi2 */
    double *chi2;       /* [n_chi2] */
    size_t n_chi2, chi2_capacity;
    enum { COHORT_WAITS, COHORT_CLAIMED, COHORT_OPEN, COHORT_ENDED } state;
    size_t readers; /* threads at work in it */
    int has_lock;
};

struct join_worker {
    tq_window window;
    tq_field *fields;
    size_t n_fields;
    struct keyed_rows rows;
    union word *cell;      /* [of rows] words each */
    tq_field (*allele)[2]; /* [of rows] in the window's text */
    size_t cell_capacity;
    double *chi2; /* of the window */
    size_t n_chi2;
    struct fitter fitter;
    double *yi, *vi;
    char *direction;
    struct key_extra *extra;
    struct key_at *kept_key;
};

/* What is printed of a key besides its fit. */
struct key_extra {
    uint32_t effect_allele, other_allele; /* codes */
    double weight, freq, freq_se, freq_min, freq_max;
    double custom[TQ_MOST_CUSTOM];
};

struct join_run {
    const tq_batch_join *in;
    const tq_batch_spec *spec;
    tq_batch_summary *summary;
    struct cell_form form;
    struct key_sets sets;
    struct cells cells[KEY_SETS];
    struct cohort_file *cohort;
    struct join_worker *worker;
    tq_in_order *queue; /* of rows, and of failures */
    mtx_t lock;         /* of the states of cohorts */
    int has_lock;
    uint64_t total; /* bytes stored */
    struct key_at *order;
    size_t n_order;
};

/* An allele as a code: up to four capitals in it, or 1 bit and the offset in the set's texts. */
uint32_t allele_code(const char *text, size_t size);
int allele_is_long(uint32_t code);
/* Its text, in buffer[8] where it is a code. */
const char *allele_text(const struct cells *cells, uint32_t code, char *buffer);

/* join_read.c: all cohorts into the sets. */
tq_status join_read(struct join_run *run, tq_error *err);
/* join_print.c: every key fitted and printed. */
tq_status join_print(struct join_run *run, tq_error *err);

#endif
