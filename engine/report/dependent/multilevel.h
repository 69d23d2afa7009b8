/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multilevel.h  Multilevel and multivariate models of a sheet: what is asked, and the answers. */
#ifndef TQ_REPORT_DEPENDENT_MULTILEVEL_H
#define TQ_REPORT_DEPENDENT_MULTILEVEL_H

#include "frame/sheet_covariance.h"
#include "moderators/comparison.h"
#include "moderators/formula.h"
#include "multilevel/effects_of_rows.h"
#include "multilevel/fit.h"
#include "multilevel/random_formula.h"
#include "report/dependent/small_study.h"
#include "report/natural.h"

/** One --random with its structure. The columns it names are among the dataset's extra ones. */
typedef struct {
    tq_random_formula formula;
    tq_mv_structure structure; /* ignored for ~ 1 | ... */
} tq_random_term;

/** Known correlations of the levels of a factor. */
typedef struct {
    const char *factor; /* as in --random: "species" */
    size_t n;
    const char *const *level; /* [n] */
    const double *R;          /* [n x n] symmetric, 1 on the diagonal */
} tq_relation;

typedef struct {
    const tq_random_term *random; /* [n_random] */
    size_t n_random;
    const tq_covariance_wish *covariance; /* of sampling errors; NULL: they are independent */
    size_t first_key; /* index in the dataset's keys of the first of tq_covariance_keys() */
    const double *
        rho; /* [n_rho] correlations; the first is that of the wish, each further one is another fit */
    size_t n_rho;
    tq_mv_distance distance; /* of spatial structures */
    tq_mv_options options; /* ml, test and level come from the model's options; fixed and equal are
                                those of the texts below */
    const char *fix;       /* "sigma2.1=0.1,rho.1=0.5", or NULL */
    const char *equate;    /* "tau2.1=tau2.2,tau2.1=tau2.3", or NULL */
    const tq_relation *relation; /* [n_relations] */
    size_t n_relations;
    int fit_only; /* 1: the fit with robust inference; nothing of what follows, no subgroups */
    int profile;  /* 1: intervals of the components */
    int rows;     /* 1: residuals and true effects */
    int levels;   /* 1: effects of the levels */
    int drop;     /* 1: likelihood-ratio tests of the random terms */
    int egger;    /* 1: the formula has the standard errors as sei */
    const size_t *small_study; /* [n_small_study] predictors of small-study effects */
    size_t n_small_study;
    const char
        *influence; /* column whose levels are left out in turn, "" for the outermost factor, or
                              NULL */
    const tq_formula **compared; /* [n_compared] other moderators */
    size_t n_compared;
} tq_multilevel_spec;

/** A random term as its reader knows it. */
typedef struct {
    const char *name;                 /* "district/school", "time | study" */
    const char *variances;            /* "sigma2", "tau2", "gamma2" */
    const char *correlations;         /* "rho", "phi"; NULL: it has none */
    size_t levels;                    /* of the grouping factor */
    const char *const *level;         /* [levels] */
    size_t first, n;                  /* its components */
    const tq_random_formula *formula; /* that it comes from */
} tq_multilevel_term;

/** A model beside the fitted one: without a random term, or with other moderators. */
typedef struct {
    const char *name;     /* of the term that is left out, or the formula */
    size_t p, components; /* estimated */
    double ll, AIC, BIC, AICc;
    tq_nesting nesting; /* of its moderators to those of the fitted model */
    double stat, df,
        pval; /* likelihood-ratio test against the fitted model; NaN where not nested */
    double
        pval_half; /* one variance that may be 0: half a chi-square (Self & Liang 1987); else NaN */
} tq_multilevel_rival;

/** Predicted effects of the levels of a random term of intercepts. */
typedef struct {
    size_t term;
    double *u, *se; /* [levels] */
} tq_multilevel_effects;

/** The fitted model of an analysis. */
typedef struct {
    tq_mv_model model;
    tq_mv_options options; /* as used; what it points to lies in the arena of the analysis */
    tq_mv_fit *fit;
    const tq_multilevel_term *term; /* [model.n_terms] */
    const char *const *label;       /* [fit->n_components] "sigma2 study/es", "rho PD, AL" */
    double *I2;                     /* [fit->n_components] percent, NaN of correlations */
    double *
        R2; /* [fit->n_components] percent of the variance without moderators; NaN where there is none */
    double R2_total;                /* of all variances together */
    const char *no_R2;              /* why there is none, where there are moderators; else NULL */
    tq_mv_row *row;                 /* [k] NULL: not asked for */
    int residuals;                  /* 1: residuals are to be shown */
    tq_multilevel_effects *effects; /* [n_effects] */
    size_t n_effects;
    tq_natural
        *cluster; /* [term[0].levels] predicted means of the levels of the outermost factor with
                            their intervals; NULL: the model has moderators, or another first term */
    tq_multilevel_rival *dropped; /* [n_dropped] without each random term in turn */
    size_t n_dropped;
    tq_multilevel_rival *compared; /* [n_compared] by maximum likelihood, the fitted model first */
    size_t n_compared;
    tq_mv_influence *influence; /* NULL: not asked for */
    const char *influence_by;   /* whose levels were left out */
    const char *const *influence_level;
    size_t
        egger; /* number, from 1, of the coefficient that tests for small-study effects; 0: none */
    tq_small_study *small_study; /* NULL: not asked for */
    double I2_total;             /* percent; NaN where variances differ by level */
    double tau2;                 /* sum of the variances; NaN as I2_total */
    double *weight;              /* [k] percent of the sum of the rows of M^-1 (p = 1: of the
                                       pooled effect's weights) */
    tq_block_matrix *V;
    const char *errors; /* V in words; NULL: effects are independent but for the model */
    const char **note;  /* [n_notes] on blocks of V that were replaced */
    size_t n_notes;
    const char *factor; /* of the first term: what the effects are grouped by */
    int structured;     /* 1: some term is ~ inner | outer */
} tq_multilevel;

#endif
