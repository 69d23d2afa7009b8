/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multilevel.h  Multilevel and multivariate models of a sheet: what is asked, and the answers. */
#ifndef TQ_REPORT_MULTILEVEL_H
#define TQ_REPORT_MULTILEVEL_H

#include "frame/sheet_covariance.h"
#include "multilevel/fit.h"
#include "multilevel/random_formula.h"

/** One --random with its structure. The columns it names are among the dataset's extra ones. */
typedef struct {
    tq_random_formula formula;
    tq_mv_structure structure; /* ignored for ~ 1 | ... */
} tq_random_term;

typedef struct {
    const tq_random_term *random; /* [n_random] */
    size_t n_random;
    tq_mv_distance distance;              /* of spatial structures */
    tq_mv_options options;                /* ml, test and level come from the model's options */
    const tq_covariance_wish *covariance; /* of sampling errors; NULL: they are independent */
    size_t first_key; /* index in the dataset's keys of the first of tq_covariance_keys() */
    const double *
        rho; /* [n_rho] correlations; the first is that of the wish, each further one is another fit */
    size_t n_rho;
} tq_multilevel_spec;

/** A random term as its reader knows it. */
typedef struct {
    const char *name;         /* "district/school", "time | study" */
    const char *variances;    /* "sigma2", "tau2", "gamma2" */
    const char *correlations; /* "rho", "phi"; NULL: it has none */
    size_t levels;            /* of the grouping factor */
    const char *const *level; /* [levels] */
    size_t first, n;          /* its components */
} tq_multilevel_term;

/** The fitted model of an analysis. */
typedef struct {
    tq_mv_model model;
    tq_mv_fit *fit;
    const tq_multilevel_term *term; /* [model.n_terms] */
    const char *const *label;       /* [fit->n_components] "sigma2 study/es", "rho PD, AL" */
    double *I2;                     /* [fit->n_components] percent, NaN of correlations */
    double I2_total;                /* percent; NaN where variances differ by level */
    double *weight;                 /* [k] percent of the sum of the rows of M^-1 (p = 1: of the
                                       pooled effect's weights) */
    tq_block_matrix *V;
    const char *errors; /* V in words; NULL: effects are independent but for the model */
    const char **note;  /* [n_notes] on blocks of V that were replaced */
    size_t n_notes;
    const char *factor; /* of the first term: what the effects are grouped by */
    int structured;     /* 1: some term is ~ inner | outer */
} tq_multilevel;

#endif
