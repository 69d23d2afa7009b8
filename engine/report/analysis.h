/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file analysis.h  A pooled analysis as its reader sees it: the sheet, the studies, the results.
 *
 * The one result type behind text, JSON, workbook and figures. It is filled once, by
 * tq_analysis_pool(); the views only place its numbers, they compute none.
 */
#ifndef TQ_REPORT_ANALYSIS_H
#define TQ_REPORT_ANALYSIS_H

#include "bias/asymmetry.h"
#include "bias/fail_safe.h"
#include "bias/selmodel.h"
#include "bias/trim_fill.h"
#include "core/arena.h"
#include "diagnostics/blup.h"
#include "effects/measure.h"
#include "frame/dataset.h"
#include "moderators/design.h"
#include "moderators/permutation.h"
#include "moderators/subgroups.h"
#include "pooling/location_scale.h"
#include "pooling/mean_interval.h"
#include "pooling/pool.h"
#include "report/bias/publication.h"
#include "report/compatibility.h"
#include "report/dependent/level_models.h"
#include "report/dependent/multilevel.h"
#include "report/dependent/rho_sensitivity.h"
#include "report/dependent/robust_report.h"
#include "report/natural.h"
#include "report/regression/regression.h"
#include "report/sensitivity/gosh_report.h"
#include "report/sensitivity/multiverse_report.h"
#include "report/sensitivity/sensitivity.h"
#include "report/sequential/sequential.h"
#include "report/sheet_columns.h"

/** A study that was pooled. */
typedef struct {
    const char *label;
    size_t row;                       /* 1-based data row of the sheet; 0: filled in */
    int filled;                       /* 1: made by trim and fill */
    double yi, vi, sei, ci_lb, ci_ub; /* analysis scale */
    double weight;                    /* percent of the sum */
    double ni;                        /* total sample size, NaN when not known */
    tq_natural natural;               /* pi_* NaN */
    const char *from;                 /* what yi was computed from */
    double added;                     /* zero-cell increment, 0 when none */
} tq_study;

/** A raw input shown beside each study: events, totals, means, ... */
typedef struct {
    const char *input;   /* "ai" */
    const char *heading; /* "Events", "Total", "Mean", "SD" */
    int group;           /* 1 or 2: the arm it belongs to; 0: neither */
    int decimals;        /* that show its values without loss, at most 2 */
    double *value;       /* [k] */
} tq_raw_column;

/** A subgroup block: the statistics and the natural scale beside them. */
typedef struct {
    tq_subgroups *fit;
    tq_natural *natural;     /* [fit->n] */
    tq_level_models *models; /* of a multilevel model; NULL: of any other */
    tq_excluded *left_out;   /* [n_left_out] pooled studies without a level in this block */
    size_t n_left_out;
} tq_block;

/** Provenance: what was run on what. Borrowed text; NULL where not given. */
typedef struct {
    const char *command;      /* "pool" */
    const char *command_line; /* as to be repeated; without output paths */
    const char *source;       /* path or "@bcg" */
    const char *sheet;        /* of the workbook that source is; NULL: it has none */
    const char *sha256;
    const char *date;   /* YYYY-MM-DD, or NULL: no date is written anywhere */
    const char *title;  /* shown above report, figure and sheets; NULL: made from the measure */
    const char *notice; /* a warning every view must carry ("simulated data"), or NULL */
    const char *effect; /* name of the effect on the natural scale; NULL: the measure's */
    const tq_compatibility *compat; /* defaults of another system in use; NULL: ours */
    const char *group1, *group2;    /* names of the arms; defaults "Treatment", "Control" */
} tq_provenance;

typedef struct {
    tq_provenance provenance;
    size_t rows;           /* rows of the sheet inside --subset */
    size_t k;              /* studies pooled, those that were filled in among them */
    size_t n_filled;       /* how many of them; they come last */
    tq_study *study;       /* [k] */
    tq_excluded *excluded; /* [n_excluded] */
    size_t n_excluded;
    tq_raw_column *raw; /* [n_raw] */
    size_t n_raw;
    double *
        multiplier; /* [k] of the effects, by --rescale and --flip; raw inputs stand as in the sheet.
                           NULL: none */
    tq_sheet_column *column; /* [n_columns] of the sheet, as asked for */
    size_t n_columns;
    tq_bias_domain *domain; /* [n_domains] risk of bias, where it was asked for */
    size_t n_domains;
    const tq_measure *measure;
    const char *vtype;       /* variance type used, NULL when the measure has one only */
    const char *event_model; /* a likelihood of events (GLMM, BB, FIRTH) in words; NULL: another */
    const char *glmm_model;  /* name of the GLMM of two groups; NULL: another model */
    size_t nagq;             /* GLMM: points of quadrature for each random effect */
    const char *mh_variance; /* source of the variance of a Mantel-Haenszel estimate; NULL: another
                                model */
    tq_effect_options effects; /* as used; pointers in it are not kept */
    const char *weights_name;  /* column of user weights, NULL: none */
    const tq_transform *transform;
    tq_pool_options options;     /* as used; pointers in it are not kept */
    const tq_design *design;     /* of --mods; NULL: none, the model is a mean */
    const tq_variable *variable; /* [design->n_variables] of --mods over the studies */
    const char *const *term;     /* [fit->p] names of the coefficients ("intrcpt", "dose") */
    tq_pool *fit;
    tq_natural natural;       /* of the pooled effect */
    tq_mean_interval ci_mu;   /* the interval asked for beside the test's own (kind wald: none) */
    tq_natural ci_mu_natural; /* its limits; the rest NaN */
    const tq_design *scale_design; /* of --scale; NULL: one tau2 */
    tq_scale *scale;               /* the fitted scale part, or NULL */
    tq_scale_prediction *scaled;   /* [n_scaled] at the new values of its moderators */
    const char *const *scaled_at;  /* [n_scaled] */
    size_t n_scaled;
    tq_prediction *predicted; /* [n_predicted] at the new values of the moderators */
    tq_natural *predicted_natural;
    tq_prediction *predicted_robust; /* the same but for pi_*, cluster-robust; NULL: no clusters */
    tq_natural *predicted_robust_natural;
    const char *const *predicted_at; /* [n_predicted] "dose=40,age=60" */
    tq_natural *fitted; /* [k] pred, ci_*: what the moderators predict for each study, with clusters
                           cluster-robust; NULL: there are none, or more than 5000 studies */
    size_t n_predicted;
    double ni_mean;              /* harmonic mean of the sample sizes, NaN when not known */
    tq_permutation *permutation; /* NULL: not asked for */
    tq_bias *bias;               /* tests of small-study effects; NULL: not asked for */
    tq_fail_safe *fail_safe;     /* NULL: not asked for */
    tq_publication *publication; /* NULL: not asked for */
    tq_trim_fill *trim_fill;     /* NULL: not asked for */
    tq_natural observed;         /* trim and fill: the pooled effect of the observed studies */
    tq_selmodel *selmodel;       /* the selection in the fitted model; NULL: none */
    tq_multilevel *multilevel;   /* the levels of the fitted model; NULL: it has one tau2 or none */
    tq_regression *regression;   /* NULL: nothing was asked for, and no term has several columns */
    tq_sensitivity *sensitivity; /* NULL: not asked for */
    tq_sequential *sequential;   /* NULL: not asked for */
    tq_rho_sensitivity *rho;     /* the model over correlations; NULL: one alone */
    tq_robust_report *robust;    /* cluster-robust inference; NULL: not asked for */
    tq_blup *blup;               /* [k] predicted true effects; NULL: not asked for */
    tq_natural *blup_natural;    /* [k] pred, pi_lb, pi_ub */
    tq_gosh_report *gosh;        /* NULL: not asked for */
    tq_multiverse *multiverse;   /* NULL: not asked for */
    tq_block *block;             /* [n_blocks] one per --subgroup */
    size_t n_blocks;
    const char **warning; /* [n_warnings] */
    size_t n_warnings;
    const char **assumption; /* [n_assumptions] "ri = 0.5 assumed for every study that needs it" */
    size_t n_assumptions;
    int levels_only;     /* 1: the studies are not meant to be pooled across levels; views leave the
                        overall row out (the fit stays in JSON and on the Model sheet) */
    const char *reading; /* the result in one or two plain sentences */
    tq_arena *arena;     /* holds every text and array above */
} tq_analysis;

/** What a pooled analysis is asked for; start from {0} with options =
    tq_pool_defaults() and ci_mu = tq_mean_interval_defaults(). */
typedef struct {
    tq_pool_options options;        /* weights is ignored: user weights come with the dataset */
    tq_mean_interval_options ci_mu; /* interval of the pooled effect beside the test's own */
    const tq_transform *transform;  /* NULL: the measure's natural one */
    tq_subgroup_tau2 subgroup_tau2;
    const tq_formula *formula;                 /* that the dataset was read with, or NULL */
    const tq_newmods *newmods;                 /* new values of its variables, or NULL */
    const tq_formula *scale;                   /* of the scale part, read with it, or NULL */
    const tq_newmods *newscale;                /* new values of its variables, or NULL */
    tq_link link;                              /* of the scale part */
    int levels_only;                           /* see tq_analysis; needs a grouping */
    const tq_permutation_options *permutation; /* NULL: no permutation test */
    const tq_bias_options *bias;               /* NULL: no tests of small-study effects */
    const tq_fail_safe_options *fail_safe;     /* NULL: no fail-safe N */
    const tq_publication_spec *publication;    /* NULL: no method for publication bias */
    const tq_trim_fill_options *trim_fill;     /* NULL: nothing is filled in */
    const tq_selmodel_options *selmodel;       /* NULL: no selection model */
    const tq_multilevel_spec *multilevel;      /* NULL: one effect per study */
    const tq_regression_spec *regression;      /* NULL: no more than the fit */
    const tq_sensitivity_spec *sensitivity;    /* NULL: no part of the studies is pooled */
    const tq_tsa_options *sequential;          /* NULL: none; needs the cumulative analysis */
    const tq_robust_spec *robust;              /* NULL: none */
    int blup;                                  /* 1: true effects of the studies too */
    const tq_gosh_spec *gosh;                  /* NULL: no subsets are pooled */
    const tq_multiverse_spec *multiverse;      /* NULL: no other specifications */
    const tq_column_wish *columns;             /* [n_columns] of the sheet, for figures */
    size_t n_columns;
    int risk_of_bias;                 /* 1: read the columns rob_*, for figures */
    const char *vtype;                /* as given to the dataset, for the record */
    const tq_effect_options *effects; /* the same; NULL: the defaults */
    tq_provenance provenance;         /* source, sha256, groups and title may be NULL */
} tq_analysis_spec;

/**
 * Pool the usable rows of a dataset, overall and by each of its groupings, and gather what readers
 * see. The dataset and its table must outlive the analysis.
 * @retval TQ_EDATA  Every row is excluded, or as tq_pool_fit() (the row at fault is located).
 */
TQ_API tq_status tq_analysis_pool(const tq_dataset *data, const tq_analysis_spec *spec,
                                  tq_analysis **out, tq_error *err);
TQ_API void tq_analysis_free(tq_analysis *analysis);

/** What a raw column belongs to: the name of its arm, or of its time for measures of change ("After",
    "Before", "Change"); NULL: nothing beside it. */
TQ_API const char *tq_analysis_raw_over(const tq_analysis *a, const tq_raw_column *raw);

/** Name of the analysis scale ("log risk ratio") or, natural = 1, of the natural one ("risk
    ratio"); with a transform other than the measure's own, the latter says so. */
TQ_API const char *tq_analysis_scale_name(const tq_analysis *a, int natural);

/** "Knapp-Hartung", "t with Satterthwaite's df": the test of the coefficients, for reports. */
TQ_API const char *tq_analysis_test_label(const tq_analysis *a);

/** The pooled effect as results of many analyses show it. */
typedef struct {
    tq_prediction linear; /* analysis scale */
    tq_natural natural;
    double pval;
    int robust; /* 1: its confidence limits and p are cluster-robust */
} tq_headline;

/** With cluster-robust limits and p where they can be trusted, which is with at least TQ_ROBUST_LEAST_DF degrees of
    freedom; else the model's. */
TQ_API tq_headline tq_analysis_headline(const tq_analysis *a);
/** The same of a level that has a fit. */
TQ_API tq_headline tq_block_headline(const tq_block *block, size_t level);

/** Heterogeneity of the whole model: tau2 and I2 (percent) of a pooled one; of a multilevel one the sum of its
    variances, and I2 of all levels together. NaN where there is no such number. */
TQ_API double tq_analysis_tau2(const tq_analysis *a);
TQ_API double tq_analysis_I2(const tq_analysis *a);

/** How many studies the effects are of: the levels of the outermost factor of a multilevel model, else k
    without those filled in. */
TQ_API size_t tq_analysis_studies(const tq_analysis *a);

/** "random-effects model (REML)", "equal-effects model": what was fitted, for titles. */
TQ_API const char *tq_analysis_model_name(const tq_analysis *a);

#endif
