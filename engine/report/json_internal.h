/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file json_internal.h  Building the contract's JSON documents with jansson. */
#ifndef TQ_REPORT_JSON_INTERNAL_H
#define TQ_REPORT_JSON_INTERNAL_H

#include <jansson.h>
#include <stdint.h>

#include "core/buffer.h"
#include "report/analysis.h"

/*
 * jansson says of each call whether memory was short, which would leave a member out. What any of them
 * says is kept by thread from json_head() on, and told by json_write() and json_stream_end(), so that
 * no document is written that lacks something.
 */
int json_kept(int result);
#define json_object_set_new(object, key, value) json_kept(json_object_set_new(object, key, value))
#define json_array_append_new(array, value) json_kept(json_array_append_new(array, value))
/* Whether one of them failed since it was last asked, and forget it. */
int json_lost(void);

/* A number, or null where it is not finite. */
json_t *json_number(double x);
/* A text, or null; text that jansson refuses (it checks UTF-8) becomes null too. */
json_t *json_text(const char *text);
/* [x, ...]. */
json_t *json_numbers(const double *x, size_t n);
/* A number of things, or null where it is beyond the integers of JSON. */
json_t *json_count(uint64_t n);
/* [lb, ub]. */
json_t *json_limits(const double pair[2]);

/* "schema", "version", "command". */
json_t *json_head(const tq_provenance *provenance);
json_t *json_excluded(const tq_excluded *excluded, size_t n);
json_t *json_texts(const char *const *texts, size_t n);
/* effects_view.c: the member "data" of commands whose result is a dataset. */
json_t *json_dataset(const tq_dataset *data);
/* compatibility_view.c */
json_t *json_compatibility(const tq_compatibility *c);

/* Parts of the documents of fits. */
json_t *json_coefficients(const tq_pool *fit, const char *const *term);
json_t *json_prediction(const tq_prediction *p);
json_t *json_natural(const tq_natural *n);
/* What cluster-robust inference changes of a prediction: se, ci_lb, ci_ub, transformed. */
json_t *json_robust_prediction(const tq_prediction *p, const tq_natural *n);
json_t *json_heterogeneity(const tq_pool *fit);
json_t *json_omnibus(const tq_pool *fit);

/* Adds its members to the document of an analysis, or none where the analysis has no such part. */
typedef void json_section(const tq_analysis *a, json_t *doc);

/* json_pool.c: what documents of analyses begin and end with. */
json_section json_add_head, json_add_foot;

/* json_pool.c: a document of the sections between head and foot, written to out. */
tq_status json_write_sections(const tq_analysis *a, json_section *const *list, size_t n,
                              tq_buffer *out, tq_error *err);

/* pooled_interval.c */
json_section json_pooled_interval;
/* location_scale_view.c */
json_section json_scale;
/* bias_view.c */
json_section json_trim_fill;
/* selmodel_view.c */
json_section json_selmodel;

/* blup_view.c */
json_section json_blup;
/* multilevel_view.c */
json_section json_multilevel;

/* level_models_view.c: what a level of a multilevel model has beside its pooled fit, and its grouping. */
void json_level_model(const tq_analysis *a, const tq_block *block, size_t j, json_t *level);
void json_level_models(const tq_analysis *a, const tq_block *block, json_t *out);

/* small_study_view.c */
json_section json_small_study;

/* robust_view.c */
json_section json_robust;
/* rho_view.c */
json_section json_rho;

/* json_moderators.c: formula, terms, levels of factors, redundant columns. */
json_section json_moderators;

/* json_regression.c: what a regression was asked for beyond its fit. */
json_section json_regression;

/* 17 significant digits read back as the same double. */
#define JSON_FORMAT (JSON_INDENT(2) | JSON_REAL_PRECISION(17))

/* json_stream.c: a document appended to out part by part; start from {.out = out}. */
typedef struct {
    tq_buffer *out;
    int any, failed;
} json_stream;
/* The members of doc, which is released; NULL is a lack of memory. */
void json_stream_members(json_stream *s, json_t *doc);
/* A member that is a list of n items, made one at a time. */
void json_stream_list(json_stream *s, const char *name, size_t n,
                      json_t *(*item)(const tq_analysis *a, size_t i), const tq_analysis *a);
tq_status json_stream_end(json_stream *s, tq_error *err);

/* Serialise and release doc; NULL, or a failure on the way, is a lack of memory. */
tq_status json_write(json_t *doc, tq_buffer *out, tq_error *err);

#endif
