/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file plan_internal.h  Parts of the reading of a plan. */
#ifndef TQ_REPORT_PLAN_PLAN_INTERNAL_H
#define TQ_REPORT_PLAN_PLAN_INTERNAL_H

#include "diagnostics/specifications.h"
#include "report/plan/plan.h"

/* What the reading of a plan works with. */
typedef struct {
    tq_plan *plan;
    tq_arena *arena;
    const tq_yaml_node *root;
    const tq_yaml_node *defaults, *labels; /* maps, or NULL */
    const tq_yaml_key *any;      /* keys of an analysis with whatever value, options among them */
    const tq_yaml_key *keys;     /* the same with their kinds */
    const tq_yaml_key *inherits; /* those that defaults may have */
    const tq_yaml_key *options;  /* options alone */
    size_t nodes;                /* made by expanding */
    size_t own;                  /* members of the analysis at hand that are no defaults */
    tq_plan_analysis *analysis;  /* [n], room for TQ_PLAN_MAX_ANALYSES */
    size_t n;
} plan_reader;

/* plan_expand.c: call `take` with the analysis, defaults put in and {names} replaced, for each combination
   of its `for`. */
typedef tq_status plan_take(plan_reader *r, const tq_yaml_node *analysis, tq_error *err);
tq_status plan_expand(plan_reader *r, const tq_yaml_node *analysis, plan_take *take, tq_error *err);

/* plan_list.c: a list of names and maps, or a map, as items; their names are those of keys, or of more
   (NULL: none), a NULL-ended function of names. */
tq_status plan_read_list(plan_reader *r, const tq_yaml_node *value, const char *what,
                         const tq_yaml_key *keys, const char *(*more)(size_t i), tq_plan_list *out,
                         tq_error *err);
/* Names that the reader of the plan knows, or a map of labels with a text or a map each. */
tq_status plan_read_labels(plan_reader *r, const tq_yaml_node *value, const char *what,
                           tq_plan_list *out, tq_error *err);
/* Texts, which name what they will, or maps. */
tq_status plan_read_free_list(plan_reader *r, const tq_yaml_node *value, tq_plan_list *out,
                              tq_error *err);

tq_status plan_no_memory(tq_error *err);

/* plan_outliers.c: put data without the outliers that a rule finds in its model, from the arena, in place of
   *data. @retval TQ_EDATA  Every study is one. */
tq_status plan_without_outliers(const tq_dataset **data, const tq_analysis_spec *spec,
                                const tq_outlier_rule *rule, tq_arena *arena, tq_error *err);

/* plan_text.c: whether an entry has no studies, rather than studies without a result. */
int plan_is_empty(const tq_dossier_entry *entry);

#endif
