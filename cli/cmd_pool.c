/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq pool: a pooled model and its views. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "progress.h"

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_pool_text, [CLI_JSON] = tq_pool_json, [CLI_CSV] = tq_pool_csv},
    .figure = cli_forest};

static int has_figure(const cli_views *list)
{
    return list->figure || list->chart;
}

/* The format of the main output; the path goes to *workbook or *figure when -o names one. */
static tq_status main_output(const cli_args *args, const cli_views *list, cli_format *format,
                             const char **workbook, const char **figure, tq_error *err)
{
    const char *path = cli_value(args, "output");
    const tq_status status = cli_main_format(args, format, err);

    *workbook = *figure = NULL;
    if (status != TQ_OK || *format != CLI_FORMAT_COUNT) {
        return status;
    }
    *format = CLI_TEXT;
    if (cli_has_extension(path, "xlsx")) {
        *workbook = path;
    } else if (has_figure(list) && tq_figure_format_find(path) != TQ_FIGURE_COUNT) {
        *figure = path;
    } else {
        return cli_unknown_extension(path,
                                     has_figure(list)
                                         ? ".txt .md .tex .html .json .csv .xlsx .svg .pdf .png"
                                         : ".txt .md .tex .html .json .csv .xlsx",
                                     err);
    }
    return TQ_OK;
}

static tq_status stage_view(tq_pool_view *view, const tq_analysis *a, const tq_view_options *opt,
                            const char *path, cli_output *out, tq_error *err)
{
    tq_buffer bytes = {0};
    tq_status status = view(a, opt, &bytes, err);

    if (status == TQ_OK) {
        status = cli_stage(out, path, &bytes, err);
    }
    tq_buffer_free(&bytes);
    return status;
}

static tq_status write_chart(const cli_args *args, const tq_analysis *a, const char *kind,
                             tq_figure_format format, const tq_figure_options *how,
                             tq_buffer *bytes, tq_error *err)
{
    tq_plot_options opt;
    size_t i = 0;
    const tq_status status = cli_plot_options(args, a, &opt, err);

    while (strcmp(tq_plot_name(i), kind) != 0) {
        i++;
    }
    return status == TQ_OK ? tq_plot_write(a, i, &opt, format, how, bytes, err) : status;
}

/* forest NULL: the chart of the views. */
static tq_status stage_figure(const cli_args *args, const cli_views *list, const tq_analysis *a,
                              const tq_forest *forest, const char *path, cli_output *out,
                              tq_error *err)
{
    const tq_figure_format format = tq_figure_format_find(path);
    tq_figure_options how;
    tq_buffer bytes = {0};

    if (format == TQ_FIGURE_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--plot: the extension of '%.120s' is none of .svg .pdf .png", path);
    }
    tq_status status = cli_figure_how(args, a->provenance.date, &how, err);

    if (status == TQ_OK) {
        status = forest ? tq_forest_write(forest, format, &how, &bytes, err)
                        : write_chart(args, a, list->chart, format, &how, &bytes, err);
    }
    if (status == TQ_OK) {
        status = cli_stage(out, path, &bytes, err);
    }
    tq_buffer_free(&bytes);
    return status;
}

typedef struct {
    const tq_analysis *a;
    const tq_forest *forest;
    tq_workbook_options opt;
} analysis_book;

static tq_status write_workbook(const void *user, const char *path, tq_error *err)
{
    const analysis_book *w = user;

    return tq_workbook_write(w->a, w->forest, &w->opt, path, err);
}

static tq_status stage_workbook(const cli_args *args, const tq_analysis *a, const tq_forest *forest,
                                const char *path, cli_output *out, tq_error *err)
{
    analysis_book w = {a, forest, tq_workbook_defaults()};
    const tq_status status = cli_yes_no(args, "live", &w.opt.live, err);

    return status == TQ_OK ? cli_stage_workbook(out, path, write_workbook, &w, err) : status;
}

/* Everything but the main text: figures, workbook, JSON beside it. */
static tq_status stage_files(const cli_args *args, const cli_views *list, const tq_analysis *a,
                             const char *workbook, const char *figure, cli_output *out,
                             tq_error *err)
{
    const tq_view_options plain = tq_view_defaults();
    const char *json = cli_value(args, "json"), *plot = cli_value(args, "plot");
    const char *books[] = {workbook, cli_value(args, "xlsx")}, *figures[] = {figure, plot};
    tq_forest *forest = NULL, *drawn = NULL; /* of the workbook; of the figure */
    tq_status status = TQ_OK;

    if ((books[0] || books[1]) && !isnan(a->fit->prediction.pred)) {
        status = cli_workbook_forest(args, a, &forest, err);
    }
    if (status == TQ_OK && list->figure && (figure || plot)) {
        status = list->figure(args, a, &drawn, err);
    }
    if (status == TQ_OK && json) {
        status = stage_view(list->of[CLI_JSON], a, &plain, json, out, err);
    }
    for (size_t i = 0; i < 2 && status == TQ_OK; i++) {
        status = figures[i] ? stage_figure(args, list, a, drawn, figures[i], out, err) : TQ_OK;
    }
    for (size_t i = 0; i < 2 && status == TQ_OK; i++) {
        status = books[i] ? stage_workbook(args, a, forest, books[i], out, err) : TQ_OK;
    }
    tq_forest_free(drawn);
    tq_forest_free(forest);
    return status;
}

tq_status cli_deliver_into(cli_output *out, const cli_args *args, const cli_views *list,
                           const tq_analysis *a, tq_error *err)
{
    cli_format format = CLI_TEXT;
    const char *workbook = NULL, *figure = NULL, *path = cli_value(args, "output");
    tq_view_options opt;
    tq_buffer text = {0};
    tq_status status = main_output(args, list, &format, &workbook, &figure, err);

    if (status == TQ_OK) {
        status = cli_view_options(args, &opt, err);
        opt.markup = cli_markup_of(format);
    }
    if (status == TQ_OK && path && !workbook && !figure) {
        status = stage_view(list->of[cli_view_of(format)], a, &opt, path, out, err);
    } else if (status == TQ_OK && !path && !cli_value(args, "quiet")) {
        status = list->of[cli_view_of(format)](a, &opt, &text, err);
    }
    if (status == TQ_OK) {
        status = stage_files(args, list, a, workbook, figure, out, err);
    }
    if (status == TQ_OK) {
        status = cli_commit(out, &text, err);
    }
    tq_buffer_free(&text);
    return status;
}

tq_status cli_deliver_analysis(const cli_args *args, const cli_views *list, const tq_analysis *a,
                               tq_error *err)
{
    cli_output *out = cli_output_new();
    const tq_status status = out ? cli_deliver_into(out, args, list, a, err)
                                 : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    cli_output_free(out);
    return status;
}

static tq_status pool(const cli_args *args, cli_input *in, tq_analysis_spec *spec, tq_analysis **a,
                      tq_error *err)
{
    tq_regression_spec regression;
    cli_progress progress;
    int asked;
    tq_status status = cli_regression(args, in, &regression, &asked, err);

    spec->blup = cli_value(args, "blup") != NULL;
    if (status != TQ_OK || !asked) {
        return status == TQ_OK ? cli_analyse(args, in, spec, a, err) : status;
    }
    regression.progress =
        cli_progress_begin(&progress, args, regression.all_subsets ? "models" : "residuals", 0.0);
    spec->regression = &regression;
    status = tq_analysis_pool(in->dataset, spec, a, err);
    spec->regression = NULL;
    cli_progress_end(&progress);
    return status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    cli_input in = {0};
    tq_analysis *a = NULL;
    tq_analysis_spec spec;
    tq_robust_spec robust = {0};
    tq_key key = {0};
    tq_status status = cli_value(args, "iter") && !cli_value(args, "ci-mu")
                           ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--iter needs --ci-mu")
                           : cli_read_robust(args, cli_robust_options, &robust, &key, err);

    in.key = &key;
    in.n_keys = key.column ? 1 : 0;
    status = status == TQ_OK ? cli_read_spec(args, "pool", command_line, &in, &spec, err) : status;
    spec.robust = key.column ? &robust : NULL;
    status = status == TQ_OK ? pool(args, &in, &spec, &a, err) : status;
    if (status == TQ_OK) {
        status = cli_deliver_analysis(args, &views, a, err);
    }
    tq_analysis_free(a);
    cli_input_free(&in);
    return status;
}

static const cli_option study_options[] = {
    {"blup", NULL, CLI_FLAG, "the predicted true effect of each study (shrunken towards the model)",
     0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"model", cli_model_options},
    {"location-scale model: the heterogeneity depends on moderators", cli_scale_options},
    {"regression", cli_regression_options},
    {"dependent effects: cluster-robust inference", cli_robust_options},
    {"studies", study_options},
    {"interval of the pooled effect beside the test's own", cli_interval_options},
    {"output", cli_report_options},
    {"forest plot", cli_forest_options},
    {"forest plot, with --sort", cli_descending_options},
    {"figure and titles", cli_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_pool = {
    "pool",
    "DATA [options]",
    "fit a pooled model: equal, random or mixed effects, with subgroups",
    "  tausq pool trials.csv --measure SMD --subgroup cell_source --xlsx out.xlsx --plot "
    "forest.svg\n"
    "  tausq pool @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --slab author",
    groups,
    run,
};
