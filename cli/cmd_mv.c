/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq mv: multilevel and multivariate models. */
#include "cli.h"
#include "mv_options.h"
#include "progress.h"

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_pool_text, [CLI_JSON] = tq_pool_json, [CLI_CSV] = tq_pool_csv},
    .figure = cli_forest};

static tq_status fit(const cli_args *args, cli_input *in, tq_analysis_spec *spec, tq_analysis **a,
                     tq_error *err)
{
    tq_regression_spec regression;
    int asked;
    tq_status status = cli_mv_regression(args, in, &regression, &asked, err);

    spec->regression = asked ? &regression : NULL;
    status = status == TQ_OK ? tq_analysis_pool(in->dataset, spec, a, err) : status;
    spec->regression = NULL;
    return status;
}

/* Kinds of figures that multilevel models have. */
static const char *kind_at(size_t i)
{
    static const char *const kinds[] = {"forest", "rho", "influence", "funnel", "caterpillar"};

    return i < sizeof kinds / sizeof *kinds ? kinds[i] : NULL;
}

/* The views with the figure that is asked for. */
static tq_status choose_views(const cli_args *args, cli_views *out, tq_error *err)
{
    size_t kind = 0;
    tq_status status = cli_has_figure(args)
                           ? TQ_OK
                           : cli_refuse(args, "kind", "it is for the figure (--plot FILE)", err);

    status = status == TQ_OK ? cli_choice(args, "kind", kind_at, &kind, err) : status;
    *out = views;
    if (status == TQ_OK && kind > 0) {
        out->figure = NULL;
        out->chart = kind_at(kind);
    }
    return status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    cli_input in = {0};
    tq_arena *arena = tq_arena_new();
    tq_analysis *a = NULL;
    tq_analysis_spec spec;
    cli_multilevel asked = {0};
    cli_progress progress;
    cli_views shown;
    tq_status status = arena ? cli_ask_multilevel(args, arena, &in, &asked, err)
                             : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    status = status == TQ_OK ? choose_views(args, &shown, err) : status;
    status = status == TQ_OK ? cli_read_spec(args, "mv", command_line, &in, &spec, err) : status;
    if (status == TQ_OK) {
        cli_multilevel_into(&asked, args, &in, &spec);
        asked.spec.options.progress =
            cli_progress_begin(&progress, args, asked.spec.influence ? "fits" : "components", 0.0);
        status = fit(args, &in, &spec, &a, err);
        cli_progress_end(&progress);
    }
    status = status == TQ_OK ? cli_deliver_analysis(args, &shown, a, err) : status;
    tq_analysis_free(a);
    cli_multilevel_free(&asked);
    cli_input_free(&in);
    tq_arena_free(arena);
    return status;
}

static const cli_group groups[] = {
    {"random effects", cli_mv_random_options},
    {"model", cli_mv_model_options},
    {"regression", cli_coefficient_options},
    {"sampling errors: effects of the same people", cli_covariance_options},
    {"cluster-robust inference", cli_mv_robust_options},
    {"beyond the fit", cli_mv_further_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"output", cli_report_options},
    {"figure", cli_mv_kind_options},
    {"forest plot", cli_forest_options},
    {"forest plot, with --sort", cli_descending_options},
    {"figure and titles", cli_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_mv = {
    "mv",
    "DATA --random FORMULA [options]",
    "multilevel and multivariate models: several effects per study",
    "Effects of one study are alike, and its estimates may share people: both make them dependent. "
    "A\n"
    "random effect for each level (\"~ 1 | study/effect\") or a covariance structure of outcomes "
    "or\n"
    "times (\"~ outcome | study\" with --struct UN) says how.\n\n"
    "  tausq mv @konstantopoulos2011 --random \"~ 1 | district/school\"\n"
    "  tausq mv @berkey1998 --random \"~ outcome | trial\" --struct UN --mods \"~ outcome - 1\"",
    groups,
    run,
};
