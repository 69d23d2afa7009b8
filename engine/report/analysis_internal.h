/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file analysis_internal.h  Parts of the analysis that stand in files of their own. */
#ifndef TQ_REPORT_ANALYSIS_INTERNAL_H
#define TQ_REPORT_ANALYSIS_INTERNAL_H

#include "core/buffer.h"
#include "report/analysis.h"

/* analysis_sample.c: the studies of a sheet as a model of their mean, which points into the struct. */
typedef struct {
    double *yi, *vi, *weights; /* in the order of data->used; weights NULL: inverse variance */
    tq_counts counts;          /* where there are any, of model.counts */
    tq_model model;            /* yi and vi NaN where a study has counts alone */
} analysis_sample;

/* with_counts: for methods that pool them, where the measure has any. */
tq_status analysis_gather(const tq_dataset *data, int with_counts, tq_arena *arena,
                          analysis_sample *out, tq_error *err);

/* The coefficients of a model: those of a design, or for NULL the mean that is there. */
void analysis_set_design(tq_model *model, const tq_design *design);

/* The studies of a finished analysis and its design as a model; the room that holds them is for free(). */
double *analysis_model_again(const tq_analysis *a, tq_model *out, tq_error *err);

/* What the stages of an analysis work from: the sheet, what was asked, the studies. */
typedef struct {
    const tq_dataset *data;
    const tq_analysis_spec *spec;
    analysis_sample of;
} analysis_input;

/* A stage fills its part of the analysis, and does nothing where its part was not asked for. */
typedef tq_status analysis_stage(const analysis_input *in, tq_analysis *a, tq_error *err);

/* An error about a study of the model names its row of the sheet. */
void analysis_locate(const tq_dataset *data, tq_error *err);

/* analysis_moderators.c: the design of --mods (nothing without), the names of the coefficients,
   predictions at the values of --newmods and, for figures, of the studies. */
analysis_stage analysis_design, analysis_terms, analysis_predictions, analysis_fitted;

/* The design of a formula over the studies that are used; all: its variables over the rows. */
tq_status analysis_build_design(const tq_dataset *data, const tq_formula *formula,
                                const tq_variable *all, tq_arena *arena, const tq_design **out,
                                tq_error *err);
/* An error about a text on the command line names its option and quotes it. */
tq_status analysis_in_option(const char *option, const char *text, tq_status status, tq_error *err);
/* The row x of a design at a set of new values, which the option gave. */
tq_status analysis_new_row(const tq_design *design, const tq_formula *formula,
                           const tq_newmods *values, size_t set, const char *option,
                           tq_arena *arena, double *x, tq_error *err);

/* location_scale_view.c: the model with a scale part, in place of the ordinary one; values of tau2 at
   those of --newscale. */
analysis_stage analysis_location_scale;

/* analysis_moderators.c: the variables of the dataset over the studies that are used. */
tq_status analysis_variables(const tq_dataset *data, tq_arena *arena, tq_variable **out,
                             tq_error *err);

/* analysis_regression.c: tests of terms and contrasts, marginal means, inflation. */
analysis_stage analysis_regression;
/* analysis_comparison.c: residuals, models side by side, all subsets. */
analysis_stage analysis_comparison;
/* The studies with the design of a formula of --compare. */
tq_status analysis_compared_model(const analysis_input *in, const tq_formula *formula,
                                  tq_analysis *a, tq_model *out, tq_error *err);

/* selmodel_view.c: a selection model in place of the ordinary one; the name of a parameter of its weight
   function, NULL where memory is short. */
analysis_stage analysis_selmodel;
const char *analysis_delta_name(const tq_selmodel *s, size_t a, tq_arena *arena);

/* analysis_multilevel.c: a multilevel model in place of the ordinary one. */
analysis_stage analysis_multilevel;
void analysis_multilevel_free(tq_multilevel *m);
/* The value at x[p]; set: of the new values, whose levels may say which variance holds, or TQ_NO_ROW. */
void analysis_multilevel_predict(const analysis_input *in, const tq_analysis *a, const double *x,
                                 size_t set, tq_prediction *out);
/* analysis_level_models.c: the model by the levels of a grouping, whose label[k] they are; fills in block->fit and
   block->models, which are to be freed whatever is returned. */
tq_status analysis_level_models(const analysis_input *in, tq_analysis *a, const char *by,
                                const char *const *label, tq_block *block, tq_error *err);
void analysis_level_models_free(tq_level_models *models);
/* multilevel_extras.c: intervals, true effects, tests of terms, influence. */
analysis_stage analysis_multilevel_extras;

/* analysis_sensitivity.c: leave-one-out, cumulative. */
analysis_stage analysis_sensitivity;

/* analysis_robust.c: clusters, and the weights of a working model where they are asked for, before the fit;
   robust inference after it. */
analysis_stage analysis_clusters, analysis_robust;

/* analysis_robust.c: a prediction at x[p] with the cluster-robust error and interval of its mean; the prediction
   interval stays that of the model. */
tq_prediction analysis_robust_prediction(const tq_analysis *a, const double *x,
                                         const tq_prediction *model);
/* analysis_robust.c: that of a multilevel fit to the effects of the analysis, with its clusters; model and fit
   NULL: of the pooled model. */
tq_status analysis_robust_of(const analysis_input *in, const tq_analysis *a,
                             const tq_mv_model *model, const tq_mv_fit *fit, tq_robust **out,
                             tq_error *err);

/* analysis_small_study.c: tests for small-study effects of a multilevel model. */
analysis_stage analysis_small_study;

/* analysis_rho.c: a multilevel model for further correlations of sampling errors. */
analysis_stage analysis_rho;

/* blup_view.c: predicted true effects. */
analysis_stage analysis_blup;

/* analysis_bias.c: tests of small-study effects; fail-safe N. */
analysis_stage analysis_bias, analysis_fail_safe;
/* Sizes of the studies, of their groups, and events, as far as the sheet has them. */
tq_status analysis_sizes(const analysis_input *in, const tq_analysis *a, tq_bias_studies *s,
                         tq_error *err);
/* Trim and fill: the studies that are missing join the model. */
tq_status analysis_fill(analysis_input *in, tq_analysis *a, tq_error *err);
/* One of them as its reader sees it: i counts from the first. */
tq_status analysis_filled_study(const analysis_input *in, tq_analysis *a, size_t i, tq_error *err);

/* analysis_publication.c: methods for publication bias, and what the engine allocated for them. */
analysis_stage analysis_publication;
void analysis_publication_free(tq_publication *p);

/* analysis_gosh.c: models of subsets of the studies. */
analysis_stage analysis_gosh;

/* analysis_multiverse.c: every combination of listed choices. */
analysis_stage analysis_multiverse;

/* analysis_sequential.c: the cumulative analysis against boundaries. */
analysis_stage analysis_sequential;

/* raw_columns.c: the inputs shown beside each study, in Cochrane's order. */
analysis_stage analysis_raw_columns;
/* An input in a row: as given, or for a total the sum of its parts; NaN where neither is. */
double analysis_value(const tq_dataset *data, tq_input input, size_t at);
/* Whether a measure compares two times of one group, not two groups. */
int analysis_is_change(const tq_measure *measure);
/* Counts follow the multiplier of their effect: -1 exchanges the groups, others but 1 leave none. */
void analysis_turn(double multiplier, double *x1, double *n1, double *x2, double *n2);
/* Events of two groups and their totals ("Total", "Person-time") as the effects compare them. room: [4 k];
   0: the sheet has none. */
int analysis_groups(const tq_analysis *a, tq_count_scale scale, const char *total, double *room,
                    tq_counts *out);

/* sheet_columns.c: columns of the sheet and judgements on the risk of bias, for figures. */
analysis_stage analysis_sheet_columns;
/* The column that an option names, or an error that says which is near. */
tq_status analysis_find_column(const tq_table *table, const char *option, const char *name,
                               size_t *at, tq_error *err);

/* pooled_interval.c: the interval of the pooled effect beside the test's own. */
analysis_stage analysis_pooled_interval;

/* event_model.c: the model of methods that maximise a likelihood of events. */
analysis_stage analysis_event_model;
int analysis_by_likelihood(const tq_analysis *a);

/* warnings.c: what a careful reader must be told. */
analysis_stage analysis_warnings;

/* reading.c: the result in plain sentences. */
analysis_stage analysis_reading;
/* A text into the analysis's arena; the buffer is freed. */
tq_status analysis_keep_text(tq_analysis *a, tq_buffer *text, const char **out, tq_error *err);

/* statistics.c: the named tests that the fit has (CMH, BD, TA, LRT, Wld). */
enum { ANALYSIS_STATISTICS = 5 };

typedef struct {
    const char *name, *meaning; /* static texts */
    tq_statistic value;
} analysis_statistic;

size_t analysis_statistics(const tq_analysis *a, analysis_statistic out[ANALYSIS_STATISTICS]);

/* Natural scale of a prediction; n: sample size that the inverse of double arcsines needs. */
tq_natural analysis_natural(const tq_transform *t, const tq_prediction *p, double n);

#endif
