/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file cli.h  What the commands share: their table, reading DATA, delivering output. */
#ifndef TQ_CLI_CLI_H
#define TQ_CLI_CLI_H

#include "option.h"
#include "tausq.h"

/* ---- commands ---- */

typedef struct {
    const char *name;
    const char
        *synopsis; /* "DATA [options]"; with "...": any number of arguments in place of DATA */
    const char *summary; /* one line */
    const char *details; /* a paragraph for --help, or NULL */
    const cli_group *groups;
    tq_status (*run)(const cli_args *args, const char *command_line, tq_error *err);
} cli_command;

/* The command as to be repeated: without the paths of outputs, --threads and --quiet. */
void cli_record(const char *command, const cli_args *args, tq_buffer *out);

/* In the order of help; ended by NULL. */
extern const cli_command *const cli_commands[];

/* cmd_*.c */
extern const cli_command cmd_pool, cmd_loo, cmd_cumul, cmd_influence, cmd_gosh, cmd_multiverse,
    cmd_tsa, cmd_mv, cmd_permute, cmd_bias, cmd_selmodel, cmd_trimfill, cmd_failsafe, cmd_effects,
    cmd_plot, cmd_data, cmd_check, cmd_run, cmd_validate, cmd_aggregate, cmd_limitmeta, cmd_copas,
    cmd_pcurve, cmd_puniform, cmd_svalue, cmd_batch, cmd_simulate;

/* ---- groups of options (groups.c) ---- */

extern const cli_option cli_data_options[], cli_input_options[], cli_effect_options[],
    cli_model_options[], cli_interval_options[], cli_scale_options[], cli_coefficient_options[],
    cli_regression_options[], cli_report_options[], cli_output_options[], cli_figure_options[],
    cli_common_options[];
/* cmd_plot.c, cmd_run.c */
extern const cli_option cli_plot_kind_options[], cli_plan_file_options[];

/* clang-format off */
/* What commands that add an analysis to a pooled model have after groups of their own; ends the table. */
#define CLI_ANALYSIS_GROUPS \
    {"data", cli_data_options}, \
    {"columns (default: the column of the same name)", cli_input_options}, \
    {"effects", cli_effect_options}, \
    {"model", cli_model_options}, \
    {"output", cli_report_options}, \
    {"figure and titles", cli_figure_options}, \
    {"common", cli_common_options}, \
    {NULL, NULL}
/* clang-format on */

/* ---- reading (data_input.c) ---- */

/* The sheet, what to read from it, and what was read. Free with cli_input_free(). */
typedef struct {
    tq_table *table;
    tq_dataset *dataset;
    tq_effect_options effects;
    tq_derive_options derive;
    const char **groups;
    tq_formula formula;
    tq_newmods newmods;
    int has_formula, has_newmods;
    tq_formula scale;
    tq_newmods newscale;
    int has_scale, has_newscale;
    tq_extra_column *extra; /* [n_extra] columns that the dataset is to have beside its own */
    size_t n_extra;
    const tq_formula **compared; /* [n_compared] --compare */
    size_t n_compared;
    tq_formula reading; /* with their variables after those of formula: what the dataset reads */
    const tq_covariance_wish
        *covariance;   /* whose V, where it is given itself, has the variances too; NULL: none */
    const tq_key *key; /* [n_keys] further columns that the command needs */
    size_t n_keys;
    const char *notice; /* a warning that comes with a shipped data set */
    tq_arena *arena;
} cli_input;

/* The table that DATA names: a path, "@name", or "-". */
tq_status cli_read_table(const cli_args *args, cli_input *in, tq_error *err);
/* Table and dataset; a table (with an arena) that is there already is not read again. */
tq_status cli_read_dataset(const cli_args *args, cli_input *in, tq_error *err);
/* Add a column to in->extra, once; into the arena. mv_options.c */
tq_status cli_extra_column(cli_input *in, tq_arena *arena, const tq_extra_column *column,
                           tq_error *err);
/* The dataset of in->table that the options ask for. */
tq_status cli_build_dataset(const cli_args *args, cli_input *in, tq_dataset **out, tq_error *err);
void cli_input_free(cli_input *in);

/* ---- the model (model_options.c) ---- */

/* Read the sheet and the model's options. *spec borrows from in and args. */
tq_status cli_read_spec(const cli_args *args, const char *command, const char *command_line,
                        cli_input *in, tq_analysis_spec *spec, tq_error *err);
/* tq_analysis_pool(); what may take long tells its progress. */
tq_status cli_analyse(const cli_args *args, const cli_input *in, tq_analysis_spec *spec,
                      tq_analysis **analysis, tq_error *err);
/* Read the model's options and pool. *analysis is to be freed with tq_analysis_free(). */
tq_status cli_pool(const cli_args *args, const char *command, const char *command_line,
                   cli_input *in, tq_analysis **analysis, tq_error *err);
/* --date, else SOURCE_DATE_EPOCH, else *date stays as it is. */
tq_status cli_date(const cli_args *args, tq_arena *arena, const char **date, tq_error *err);
/* Read --digits and whether standard output takes colour. */
tq_status cli_view_options(const cli_args *args, tq_view_options *opt, tq_error *err);
/* How a figure is drawn: theme, size, resolution (date: into PDFs, or NULL); and what it shows. */
tq_status cli_figure_how(const cli_args *args, const char *date, tq_figure_options *how,
                         tq_error *err);
tq_status cli_plot_options(const cli_args *args, const tq_analysis *a, tq_plot_options *opt,
                           tq_error *err);

/* ---- sampling covariances (covariance_options.c) ---- */

extern const cli_option cli_covariance_options[], cli_aggregate_options[];

typedef struct {
    tq_covariance_wish wish; /* with the first rho */
    const double *rho;       /* [n_rho] all of them */
    size_t n_rho;
    tq_table *matrix, *reported;
} cli_covariance;

/* Read them; the arena holds the texts. cluster, structure: names of these two options. Free with cli_covariance_free(), after a failure too. */
tq_status cli_read_covariance(const cli_args *args, const char *cluster, const char *structure,
                              tq_arena *arena, cli_covariance *out, tq_error *err);
void cli_covariance_free(cli_covariance *c);
/* The parts of a value COL,COL,..; none where the option was not given. */
tq_status cli_column_list(const cli_args *args, const char *option, tq_arena *arena,
                          const char *const **out, size_t *n, tq_error *err);

/* ---- cluster-robust inference (robust_options.c) ---- */

extern const cli_option cli_robust_options[], cli_mv_robust_options[];

/* Read the options of one of these tables; *key is the column of clusters, whose text is NULL where robust
   inference is not asked for. out->key stays to be set. */
tq_status cli_read_robust(const cli_args *args, const cli_option *own, tq_robust_spec *out,
                          tq_key *key, tq_error *err);

/* ---- trim and fill (cmd_bias.c) ---- */

extern const cli_option cli_trim_fill_options[];

/* Read its options; refuse those of models that it does not know. */
tq_status cli_trim_fill(const cli_args *args, const char *command, tq_trim_fill_options *fill,
                        tq_error *err);

/* ---- methods for publication bias (cmd_publication.c) ---- */

/* What is asked for, with the options that spec points to. */
typedef struct {
    const char *command;
    tq_publication_spec spec;
    tq_copas_options copas;
    tq_puniform_options puniform;
    tq_svalue_options svalue;
} cli_publication;

/* What the command called so ("copas") asks for, from those of its options that were given. */
tq_status cli_ask_publication(const cli_args *args, const char *command, cli_publication *asked,
                              tq_error *err);
/* Put it in place, once the model's options have been read. */
void cli_set_publication(const cli_publication *asked, tq_analysis_spec *spec);

/* ---- permutation tests (cmd_permute.c) ---- */

extern const cli_option cli_permute_options[];

tq_status cli_permutation(const cli_args *args, tq_permutation_options *out, tq_error *err);

/* ---- fail-safe N (cmd_bias.c), selection models (cmd_selmodel.c) ---- */

extern const cli_option cli_fail_safe_options[], cli_selection_options[];

tq_status cli_fail_safe(const cli_args *args, tq_fail_safe_options *safe, tq_error *err);

/* What the options of a selection model ask for. */
typedef struct {
    tq_selmodel_options selection;
    int equal_effects; /* 1: --method EE or FE */
    int intervals;     /* 0: --ci-tau2 none */
} cli_selection;

tq_status cli_ask_selection(const cli_args *args, cli_selection *out, tq_error *err);
/* Put it into *spec, which borrows it. */
void cli_selection_into(cli_selection *asked, tq_analysis_spec *spec);

/* ---- what a forest plot shows (forest_options.c) ---- */

extern const cli_option cli_forest_options[], cli_descending_options[];

/* The columns of the sheet that the analysis must carry for it. */
tq_status cli_forest_columns(const cli_args *args, cli_input *in, tq_analysis_spec *spec,
                             tq_error *err);
/* Columns and order; texts are those of args or go into the arena of the analysis. */
tq_status cli_forest_choice(const cli_args *args, const tq_analysis *a, tq_forest_options *opt,
                            tq_error *err);

/* ---- defaults of other systems (compat.c) ---- */

/* Append the defaults of --compat to what was given, where no option given decides. */
tq_status cli_apply_compat(const cli_command *command, cli_args *args, tq_error *err);
/* What was appended; *out is left alone without --compat, else it lives as long as the arena. */
tq_status cli_compatibility(const cli_args *args, tq_arena *arena, const tq_compatibility **out,
                            tq_error *err);

/* ---- regression (regression_options.c) ---- */

/* What a regression is asked for beyond its fit; *asked: 1 when anything is. *out borrows from in and
   args, whose sheet has been read. */
tq_status cli_regression(const cli_args *args, cli_input *in, tq_regression_spec *out, int *asked,
                         tq_error *err);

/* ---- output (output.c) ---- */

/* Formats of the main output that every command with a report has. */
typedef enum {
    CLI_TEXT,
    CLI_JSON,
    CLI_CSV,
    CLI_VIEWS, /* those before it have a view of their own; the rest is the text in a markup */
    CLI_MD = CLI_VIEWS,
    CLI_LATEX,
    CLI_HTML,
    CLI_FORMAT_COUNT
} cli_format;

/* The view that makes a format, and the markup that it is to use. */
cli_format cli_view_of(cli_format format);
tq_markup cli_markup_of(cli_format format);

/* Whether a path ends in ".extension", letter case ignored. */
int cli_has_extension(const char *path, const char *extension);
/* The format by --format, else by the extension of -o, else text; CLI_FORMAT_COUNT where -o has an
   extension of no format. @retval TQ_EINVAL  Unknown --format. */
tq_status cli_main_format(const cli_args *args, cli_format *format, tq_error *err);
/* Whether a figure is asked for, by --plot or the extension of -o. */
int cli_has_figure(const cli_args *args);
/* The error of an extension that a command cannot write. */
tq_status cli_unknown_extension(const char *path, const char *valid, tq_error *err);

/* Files are staged beside their targets and renamed together after standard output was written, so
   that a failure leaves nothing. */
enum { CLI_MAX_FILES = 4096 };

typedef struct cli_output cli_output;

cli_output *cli_output_new(void);
/* Refuse output paths that are no path, that are read (DATA, files of other options), or that name one
   file twice, before any work is done. @retval TQ_EINVAL */
tq_status cli_check_paths(const cli_args *args, tq_error *err);
/* Whether two paths name one file, whatever way they are written; devices and pipes are no files. */
int cli_same_file(const char *a, const char *b);
/* Stage bytes for a file. @retval TQ_EWRITE */
tq_status cli_stage(cli_output *out, const char *path, const tq_buffer *bytes, tq_error *err);
/* Stage a file that a library writes by itself: returns the temporary path to write to. */
tq_status cli_stage_path(cli_output *out, const char *path, const char **temporary, tq_error *err);
/* Stage a workbook, which its writer makes at a path. */
typedef tq_status cli_workbook_writer(const void *user, const char *path, tq_error *err);
tq_status cli_stage_workbook(cli_output *out, const char *path, cli_workbook_writer *write,
                             const void *user, tq_error *err);
/* Make a folder for files to come, unless it is there; one without files at the end is removed again.
   @retval TQ_EWRITE */
tq_status cli_make_folder(cli_output *out, const char *path, tq_error *err);
/* Write text to standard output (may be NULL), then move the files to their places. */
tq_status cli_commit(cli_output *out, const tq_buffer *text, tq_error *err);
/* Text to -o, else to standard output unless --quiet; json to --json where that is given. */
tq_status cli_deliver(const cli_args *args, const tq_buffer *text, const tq_buffer *json,
                      tq_error *err);
/* What --list prints, which is text alone. @retval TQ_EINVAL  Another form is asked for. */
tq_status cli_deliver_list(const cli_args *args, const tq_buffer *text, tq_error *err);
/* What would go to standard output is appended to this buffer instead; NULL: no longer. */
void cli_capture(tq_buffer *into);
/* Removes what was staged and not committed; NULL is fine. */
void cli_output_free(cli_output *out);

/* Lays a figure out as the options ask. */
typedef tq_status cli_layout(const cli_args *args, const tq_analysis *a, tq_forest **out,
                             tq_error *err);

/* The views of an analysis; NULL: the command has none of its kind. */
typedef struct {
    tq_pool_view *of[CLI_VIEWS];
    cli_layout *figure; /* of --plot */
    const char *chart;  /* of --plot in place of figure: a kind of figure with two axes */
} cli_views;

/* model_options.c: the forest plot of the studies as the options ask; forest plots of their parts; the
   forest plot of a workbook, whose rows and columns are those of its studies. */
cli_layout cli_forest, cli_sequence_forest, cli_workbook_forest;

/* cmd_pool.c: an analysis to standard output or -o, and to the files beside it. */
tq_status cli_deliver_analysis(const cli_args *args, const cli_views *views, const tq_analysis *a,
                               tq_error *err);

/* The same with files that were staged before. */
tq_status cli_deliver_into(cli_output *out, const cli_args *args, const cli_views *views,
                           const tq_analysis *a, tq_error *err);

/* ---- commands with an analysis of their own (analysis_command.c) ---- */

/* What such a command is: a row of constants, and two functions over a struct of its own, `asked`. */
typedef struct {
    const char *command; /* "permute" */
    const char *items; /* what its progress counts: "permutations"; NULL: it tells none, and Ctrl-C
                               ends it at once */
    const cli_views *views; /* of the analysis */
    /* Read the command's own options; *total (0 before): the number of items, where it is known. */
    tq_status (*options)(const cli_args *args, void *asked, double *total, tq_error *err);
    /* Put what was asked into *spec, whose other options have been read. */
    void (*ask)(void *asked, const tq_progress *progress, tq_analysis_spec *spec);
} cli_analysis;

/* Read options and sheet, run the analysis with its progress on the terminal, deliver the views. What an
   analysis had done when it was interrupted is delivered too. @retval TQ_EINTR  It was. */
tq_status cli_run_analysis(const cli_args *args, const char *command_line, const cli_analysis *c,
                           void *asked, tq_error *err);
/* What else an analysis needs of the sheet that was read. */
typedef tq_status cli_prepare(const cli_args *args, const cli_input *in, void *asked,
                              tq_error *err);
/* The same for an analysis whose rows go to --csv FILE; asked begins with a cli_rows (rows_file.h);
   prepare: NULL, or called once the sheet was read. */
tq_status cli_run_rows(const cli_args *args, const char *command_line, const cli_analysis *c,
                       void *asked, cli_prepare *prepare, tq_error *err);
/* cmd_gosh.c: the command; what its figure shows. */
tq_status cli_run_gosh(const cli_args *args, const char *command_line, tq_error *err);
extern const cli_option cli_gosh_options[];
/* cmd_multiverse.c: the command, with options of these groups; its choices. */
tq_status cli_run_multiverse(const cli_args *args, const cli_group *of, const char *command_line,
                             tq_error *err);
extern const cli_option cli_multiverse_options[];
/* The same as a part of another analysis, which is the reference: the first of each list must be what it
   uses. args: its options, without those that are listed; `of` has both. */
typedef struct cli_multiverse cli_multiverse;
tq_status cli_multiverse_new(const cli_args *args, const cli_group *of, cli_multiverse **out,
                             tq_error *err);
/* Read the data of its choices. */
tq_status cli_multiverse_read(cli_multiverse *m, const cli_input *in, tq_error *err);
/* Borrows from m; to be freed after the analysis. NULL is fine. */
const tq_multiverse_spec *cli_multiverse_spec(const cli_multiverse *m);
void cli_multiverse_free(cli_multiverse *m);
/* An option of the model that the command cannot take, and why. @retval TQ_EINVAL  It was given. */
tq_status cli_refuse(const cli_args *args, const char *option, const char *why, tq_error *err);

/* ---- commands within a command (main.c) ---- */

/* Carry out argv[argc], a command's name and its arguments, with what it would print appended to out.
   @retval TQ_EINVAL  Also one that writes files, or that runs others. */
tq_status cli_run_within(int argc, const char *const *argv, tq_buffer *out, tq_error *err);

/* ---- help (help.c) ---- */

void cli_help(tq_buffer *out);
void cli_command_help(const cli_command *command, tq_buffer *out);

/* Exit status of the contract for a status of the engine. */
int cli_exit_status(tq_status status);

#endif
