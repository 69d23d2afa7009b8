/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file run_plan.h  What `tausq run` makes of a plan: models, their results, figures. */
#ifndef TQ_CLI_RUN_PLAN_H
#define TQ_CLI_RUN_PLAN_H

#include "mv_options.h"

/* A sheet that analyses share, read once. */
typedef struct run_sheet run_sheet;
struct run_sheet {
    const char *key; /* what it was read from, and how */
    cli_input in;
    run_sheet *next;
};

/* One model: an analysis of the plan, or what belongs to one. */
typedef struct run_model run_model;
struct run_model {
    cli_args args; /* as if given on the command line */
    cli_input in;  /* its dataset; the table is that of a sheet */
    tq_plan_job job;
    const tq_yaml_node *at; /* where the plan asks for it */
    tq_further_role role;   /* of one that belongs to another */
    const char *label;
    const char *why_none; /* known without fitting; NULL: it is to be fitted */
    tq_sensitivity_spec sensitivity;
    tq_bias_options bias;
    tq_bias_test test[TQ_BIAS_TEST_COUNT];
    tq_fail_safe_options fail_safe;
    tq_trim_fill_options fill;
    cli_selection selection;
    cli_publication publication;
    tq_regression_spec regression;
    tq_tsa_options tsa;
    tq_permutation_options permutation;
    tq_gosh_spec gosh;
    cli_multiverse *multiverse;
    cli_multilevel multilevel; /* of pooled models: their robust inference */
    const char *of_id;         /* the result is that of this analysis; NULL: its own */
    run_model *next;           /* of the same analysis */
};

typedef struct {
    const tq_plan_analysis *of;
    cli_args
        raw; /* its options as the plan gives them, those that its model has no use for among them */
    run_model *model; /* the analysis itself, then what belongs to it */
    run_model **end;
} run_entry;

/* A figure of a model. */
typedef struct {
    const run_entry *entry;
    const run_model *model;
    const char *name; /* "pain-6-forest" */
    size_t kind;      /* of tq_plot_name() */
    tq_buffer svg;
    char why_none[TQ_PLAN_WHY]; /* "": it was drawn */
} run_figure;

typedef struct {
    const cli_args *args; /* of `tausq run` */
    tq_plan *plan;
    tq_arena *arena;
    run_sheet *sheets;
    run_entry *entry; /* [n] */
    size_t n;
    run_figure *figure; /* [n_figures] */
    size_t n_figures;
} run_state;

/* run_options.c: the options that a model in a plan may have, as keys; the groups that hold them all. */
extern const cli_group cli_plan_groups[];
tq_status cli_plan_options(tq_arena *arena, const tq_yaml_key **out, tq_error *err);
/* Give args what a plan says: a flag as yes or no. */
tq_status cli_plan_give(const char *name, const char *value, cli_args *args, tq_error *err);
/* The same for a value that may be a list, where the option takes one. */
tq_status cli_plan_give_value(const cli_group *of, const char *name, const tq_yaml_node *value,
                              tq_arena *arena, cli_args *args, tq_error *err);
/* The same for all options of a map, whose names are those of the groups; skip: a key that is none. */
tq_status cli_plan_give_map(const tq_yaml_node *map, const cli_group *of, const char *skip,
                            tq_arena *arena, cli_args *args, tq_error *err);
/* The error of a key that is no option of these groups. @retval TQ_EINVAL */
tq_status cli_unknown_key(const tq_yaml_node *key, const cli_group *groups, tq_error *err);
/* An error about an option or a text of an analysis gets file and line of the plan. */
tq_status cli_plan_locate(const tq_yaml_node *analysis, tq_status status, tq_error *err);

/* run_dependence.c: the command that fits what the options ask for: mv where they have random effects. */
const cli_command *cli_plan_command(const cli_args *args);
/* Leave out what that command has no use for; what `own` (a map, or NULL) gives itself is refused instead. With
   `random: none` all options of dependence go, but for those of `own`. */
tq_status cli_plan_suit(const tq_yaml_node *own, cli_args *args, tq_error *err);
/* Degrees of freedom of a test that is not in use go. */
tq_status cli_plan_suit_test(cli_args *args, tq_error *err);
/* Leave out what a command has no use for. */
void cli_plan_drop(const cli_command *command, cli_args *args);
/* Files that options name are looked for from the folder of the plan. */
tq_status cli_plan_resolve(const run_state *run, cli_args *args, tq_error *err);
/* What the command asks for beside tq_analysis_spec's options: before the sheet is read, and after. */
tq_status cli_plan_ask_dependence(run_model *m, const cli_command *command, tq_error *err);
tq_status cli_plan_take_dependence(run_model *m, const cli_command *command, tq_error *err);
int cli_plan_is_multilevel(const run_model *m);

/* run_models.c: a path from the folder of the plan; NULL: memory is short. */
const char *cli_plan_path(const run_state *run, const char *path);
/* The models of an analysis, their data read and their options checked. */
tq_status cli_plan_models(run_state *run, const tq_plan_analysis *of, run_entry *entry,
                          tq_error *err);
/* run_further.c: those that belong to it. base: its options, without subgroups. */
tq_status cli_plan_further(run_state *run, run_entry *entry, const cli_args *base, tq_error *err);
/* What stands beside it. */
tq_status cli_plan_beside(run_state *run, run_entry *entry, tq_error *err);
/* run_parts.c: ask a model for an item of `sensitivity` that is a part of it; *is_part 0: it is none. */
tq_status cli_plan_ask_part(run_state *run, run_model *m, const tq_plan_item *item, int *is_part,
                            tq_error *err);
/* Ask it for every combination of the lists in the map. base: its options, without subgroups. */
tq_status cli_plan_multiverse(run_state *run, run_model *m, const cli_args *base,
                              const tq_yaml_node *map, tq_error *err);
/* run_models.c: a model with these options behind those of the entry; *out is in the list. Where the data
   make none, it has why_none. command NULL: cli_plan_command(). */
tq_status cli_plan_add_model(run_state *run, run_entry *entry, const cli_args *args,
                             const cli_command *command, tq_further_role role, const char *label,
                             run_model **out, tq_error *err);
void cli_plan_free_models(run_entry *entry);

/* run_figures.c: draw what the plan asks for, once the models were fitted. */
tq_status cli_plan_figures(run_state *run, size_t threads, tq_error *err);
/* Draw one of them in a format. */
tq_status cli_plan_draw(const run_figure *f, tq_figure_format format, tq_buffer *out,
                        tq_error *err);
/* Parts of the analysis that figures show. */
tq_status cli_plan_ask_figures(run_state *run, run_entry *entry, tq_error *err);

/* run_report.c: whether everything goes to a folder: unless single files are asked for alone. */
int cli_plan_has_folder(const cli_args *args);
/* The results as one struct, in the arena. */
tq_status cli_plan_dossier(run_state *run, tq_dossier *out, tq_error *err);

#endif
