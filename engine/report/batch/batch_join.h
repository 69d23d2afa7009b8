/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_join.h  A meta-analysis for each key of several files: variants of cohorts, genes of studies. */
#ifndef TQ_REPORT_BATCH_BATCH_JOIN_H
#define TQ_REPORT_BATCH_BATCH_JOIN_H

#include "report/batch/batch_spec.h"

typedef enum {
    TQ_FILTER_LESS,
    TQ_FILTER_AT_MOST,
    TQ_FILTER_MORE,
    TQ_FILTER_AT_LEAST,
    TQ_FILTER_EQUAL, /* as numbers where both are, else as texts */
    TQ_FILTER_NOT_EQUAL,
    TQ_FILTER_IN /* value: texts separated by commas */
} tq_filter_rule;

/** Rows count where the column fulfils the rule. */
typedef struct {
    const char *column, *value;
    tq_filter_rule rule;
} tq_batch_filter;

enum { TQ_MOST_CUSTOM = 8, TQ_MOST_KEY_PARTS = 8 };

/** A file, and its columns; NULL: there is none. */
typedef struct {
    const char *path;
    char separator; /* 0: found in its header */
    int lenient;    /* lines may have more fields than the header */
    const char *key;
    const char
        *key_part[TQ_MOST_KEY_PARTS - 1]; /* columns that make the key with it, up to NULL; of all
                                                    cohorts as many */
    const char *effect, *se,
        *variance;             /* either se or variance; of scheme Z the sign of effect alone */
    int log_effect;            /* the column holds a ratio */
    const char *pval, *weight; /* of scheme Z */
    int optional_weight;       /* the file need not have that column */
    double default_weight;     /* where weight is NULL; > 0 */
    const char *effect_allele, *other_allele, *freq;
    int optional_alleles; /* the file may have neither column: all its effects are taken as they are */
    const char *custom[TQ_MOST_CUSTOM]; /* columns to be added up over the cohorts */
    const tq_batch_filter *filter;      /* [n_filters] */
    size_t n_filters;
    double
        lambda; /* genomic control: 0 off, NaN estimated (and used where > 1), else this factor */
    const char *lambda_list; /* a file with a key a line: lambda is estimated from these alone */
    int flip;                /* effects have the other sign */
} tq_batch_cohort;

typedef enum {
    TQ_SCHEME_INVERSE_VARIANCE,
    TQ_SCHEME_Z /* Z = sum sqrt(Ni) zi / sqrt(sum Ni): Willer, Li & Abecasis (2010),
                   Bioinformatics 26:2190-2191, as the model of zi / sqrt(Ni), 1 / Ni */
} tq_batch_scheme;

typedef enum {
    TQ_PALINDROMIC_KEEP, /* as named */
    TQ_PALINDROMIC_DROP,
    TQ_PALINDROMIC_FREQ /* turned where the frequency is on the other side of 1/2 than the reference's;
                           left out where either is within the margin of 1/2, or missing */
} tq_palindromic;

typedef struct {
    const tq_batch_cohort *cohort; /* [n_cohorts] */
    size_t n_cohorts;
    tq_batch_scheme scheme;
    int align; /* effect and other alleles are compared; those of the first cohort that has the key count */
    tq_palindromic palindromic;
    double freq_margin; /* in [0, 0.5] */
    int average_freq, minmax_freq;
    double min_weight;                  /* keys with less in sum are left out; scheme Z */
    const char *custom[TQ_MOST_CUSTOM]; /* [n_custom] names in the output */
    size_t n_custom;
    int metal; /* names, letters and formats of METAL's output */
} tq_batch_join;

/**
 * Join the files and print a row per key, in the order in which keys are first met: all of the first file,
 * then what the second has besides, and so on. Memory grows with keys and cohorts: 24 bytes a key and cohort,
 * 8 more each for weights, frequencies and a lambda that is estimated, and some 90 bytes a key.
 *
 * @retval  As tq_batch_run_lines().
 */
TQ_API tq_status tq_batch_run_join(const tq_batch_join *in, const tq_batch_spec *spec,
                                   tq_batch_summary *out, tq_error *err);

#endif
