/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file lanes_internal.h  Problems side by side: one per lane of the processor's vectors. */
#ifndef TQ_BATCH_LANES_INTERNAL_H
#define TQ_BATCH_LANES_INTERNAL_H

#include <stddef.h>

#include "batch/batch.h"

enum {
    LANES_BLOCK = 32,    /* problems of a block */
    LANES_STUDIES = 512, /* most studies of a problem */
    LANES_WIDEST = 8,    /* lanes of the widest vectors; divides LANES_BLOCK */
    LANES_LINE = 8       /* values of a cache line */
};

/* Equations for tau2. */
typedef enum {
    LANES_NONE,
    LANES_DL,
    LANES_HE,
    LANES_HS,
    LANES_HSK,
    LANES_SJ,
    LANES_Q, /* Q(tau2) = target */
    LANES_ML,
    LANES_REML
} lanes_equation;

/* What is the same for all problems of a batch. Tables are by the number of studies. */
typedef struct {
    lanes_equation equation;
    double target[LANES_STUDIES + 1]; /* of LANES_Q */
    int random;                       /* the model has a tau2 */
    tq_test test;
    tq_i2 i2;
    tq_predict predict;
    double critical[LANES_STUDIES + 1];    /* of confidence intervals */
    double pi_critical[LANES_STUDIES + 1]; /* of prediction intervals; NaN: there are none */
    double t_head[LANES_STUDIES + 1];      /* of tails of t: see lanes_tails_internal.h */
    unsigned want;                         /* bit c: column c */
    int scaled;                            /* y'Py at tau2 is wanted, for standard errors */
    size_t tables;                         /* studies up to which tables are filled, for: */
    struct {
        tq_method method;
        tq_test test;
        tq_predict predict;
        double level;
    } of;
} lanes_model;

/* A row of values, one per problem. */
typedef double lanes_row[LANES_BLOCK] __attribute__((aligned(64)));

typedef struct lanes_block lanes_block;

/*
 * A block of problems, column by column: study i of problem j at y[i][j], v[i][j]. lanes_fit() moves
 * the most precise study of each problem to the front, and takes it as the origin of the effects.
 */
struct lanes_block {
    size_t n;         /* problems, a multiple of LANES_WIDEST: the last may be copies */
    size_t rows;      /* studies of the largest */
    lanes_row k;      /* studies of each, >= 1; beyond them y = 0, v = infinity */
    lanes_row *y, *v; /* [rows] */
    int steps;        /* of an equation: those not done then are late */
    /* Where the next block will be taken from: stretches of memory, of which lines are asked for
       between the sums of this one. */
    struct {
        const double *y, *v;
        size_t stretch;   /* values from the start of one to that of the next */
        size_t lines;     /* cache lines of each */
        size_t all, left; /* lines of all of them; those not asked for yet */
        size_t at;        /* line of the stretch */
    } ahead;
    /* Called for a problem with a value that is missing or out of range: is to leave one without. */
    void (*mend)(lanes_block *block, size_t j);

    lanes_row origin; /* effect of the most precise study, subtracted from the others */
    lanes_row v0;     /* its variance */
    lanes_row spread; /* sum of squares of the effects around their mean */
    lanes_row far;    /* mean of vi by those squares: see lanes_unique_internal.h */
    lanes_row v_mean;
    lanes_row tau2;
    lanes_row Q0, trP0;  /* at tau2 = 0 */
    lanes_row sw, mu, Q; /* at tau2: sum of weights; pooled effect, from the origin; y'Py */
    unsigned char late[LANES_BLOCK];  /* 1: not done, more steps are needed */
    unsigned char alone[LANES_BLOCK]; /* 1: not done, the scalar engine is to do it */
    unsigned char some;               /* 1: there may be such */

    lanes_row column[TQ_BATCH_COLUMN_COUNT]; /* those wanted, but log10p */
};

typedef void lanes_fit_fn(const lanes_model *model, lanes_block *block);

/* lanes_avx512.c, lanes_avx2.c, lanes_baseline.c: the same bits, in vectors of 8, 4 and 2. */
lanes_fit_fn lanes_fit_avx512, lanes_fit_avx2, lanes_fit_baseline;

/* lanes_choice.c: width i of those that this processor has, the widest first; NULL beyond. */
lanes_fit_fn *lanes_fit_width(size_t i);

#endif
