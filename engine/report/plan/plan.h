/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file plan.h  An analysis plan: what is to be analysed, written down before, as YAML.
 *
 *     title: Cell therapy for osteoarthritis of the knee
 *     data: trials.csv                  # beside the plan, or @name
 *     defaults: {method: REML, test: knha}
 *     analyses:
 *       - id: pain-{months}
 *         title: Pain at {months} months
 *         for: {months: [3, 6, 12]}
 *         subset: outcome == 'pain' & followup_months == {months}
 *         measure: SMD
 *         better: lower
 *         subgroups: [cell_source]
 *         sensitivity: {loo: yes, methods: [DL, PM]}
 *
 * What a plan says of the model are options of the command line by name, which are not read here: whoever
 * carries out a plan gives their names to tq_plan_read() and reads their values as ever.
 */
#ifndef TQ_REPORT_PLAN_PLAN_H
#define TQ_REPORT_PLAN_PLAN_H

#include "core/arena.h"
#include "core/buffer.h"
#include "frame/table.h"
#include "frame/yaml.h"
#include "report/dossier/dossier.h"

/** What expanding a plan may lead to at most. */
enum { TQ_PLAN_MAX_ANALYSES = 2000, TQ_PLAN_MAX_NODES = 1000000 };

/** An option and its value as on the command line; one for each value of a list. */
typedef struct {
    const char *name;       /* "method" */
    const char *value;      /* "REML"; of a flag: "yes", "no" */
    const tq_yaml_node *at; /* where it stands */
} tq_plan_option;

/** One of a list of things to be done: "loo", "methods: [DL, PM]". */
typedef struct {
    const char *name;
    const tq_yaml_node *value; /* NULL: a name alone, or yes */
    const tq_yaml_node *at;
} tq_plan_item;

typedef struct {
    const tq_plan_item *item; /* [n] */
    size_t n;
} tq_plan_list;

/** An analysis, after `for` and defaults. */
typedef struct {
    const tq_yaml_node *at; /* its members, then those of the defaults that it has not */
    size_t n_own;           /* how many of them are its own */
    const char *id, *title;
    const char *section, *note; /* or NULL */
    const char *data;           /* as written: "trials.csv", "@bcg" */
    const char *subset;         /* or NULL */
    const tq_yaml_node *data_at, *subset_at;
    tq_better better;
    double mcid;                  /* NaN: none */
    const char *unit;             /* or NULL */
    int require;                  /* 1: it must have studies */
    const tq_plan_option *option; /* [n_options] */
    size_t n_options;
    tq_plan_list subgroups;   /* columns */
    tq_plan_list moderators;  /* formulas ("", value: a formula or a map of options with `mods`) */
    tq_plan_list sensitivity; /* rows of tq_plan_sensitivity_keys */
    tq_plan_list bias;        /* tests, or rows of tq_plan_bias_keys */
    tq_plan_list
        beside; /* ids of analyses (value: NULL), or labels with an id or a map of options */
    tq_plan_list figures; /* kinds of tq_plot_name() */
} tq_plan_analysis;

/** Whether an analysis says this itself, rather than the defaults. */
TQ_API int tq_plan_owns(const tq_plan_analysis *a, const char *key);
/** Its own members as a map; of *room, which the caller gives. */
TQ_API const tq_yaml_node *tq_plan_own(const tq_plan_analysis *a, tq_yaml_node *room);

/** A plan; all in it lives until tq_plan_free(). */
typedef struct {
    tq_yaml *doc;
    tq_arena *arena;
    const char *path;
    const char *title;
    const char *const *author; /* [n_authors] */
    size_t n_authors;
    const char *registration, *version, *notice;                  /* or NULL */
    const char *population, *setting, *intervention, *comparison; /* or NULL */
    const tq_plan_analysis *analysis;                             /* [n] in order */
    size_t n;
} tq_plan;

/** The keys of a plan, of an analysis beside options, of `sensitivity` and `bias`; ended by NULL. Those of
    an analysis that `defaults` may have too come first. */
TQ_API extern const tq_yaml_key tq_plan_keys[], tq_plan_analysis_keys[], tq_plan_sensitivity_keys[],
    tq_plan_bias_keys[];
/** How many keys of an analysis `defaults` may have. */
TQ_API size_t tq_plan_inherited(void);

/**
 * Read a plan and expand its analyses.
 * @param[in]  options  Options of the command line that a model may have; no name is that of a key.
 * @retval TQ_EREAD, TQ_EINVAL  As tq_yaml_read(); also an unknown key, a value of another kind, an unknown
 *                    {name}, two analyses of one id, a section that comes twice, a test or figure that does
 *                    not exist, an analysis beside itself or beside none of the plan, or more than the limits
 *                    above (err->file and err->line say where).
 */
TQ_API tq_status tq_plan_read(const char *path, const tq_yaml_key *options, tq_plan **out,
                              tq_error *err);
/** The same from memory; source is its path, for messages. */
TQ_API tq_status tq_plan_parse(const char *bytes, size_t size, const char *source,
                               const tq_yaml_key *options, tq_plan **out, tq_error *err);
TQ_API void tq_plan_free(tq_plan *plan);
/** The number of the analysis with this id; plan->n: none. */
TQ_API size_t tq_plan_find(const tq_plan *plan, const char *id);
/** The id that an item of `beside` names; NULL: it has options instead. */
TQ_API const char *tq_plan_beside_id(const tq_plan_item *item);

#endif
