/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq plot: one figure to a file. */
#include "sensitivity_options.h"

/* Kinds of figures: what draws them, and what they ask of the analysis beside the pooled model (NULL:
   nothing). */
static const struct {
    const char *name;
    cli_layout *layout;
    cli_ask_parts *ask;
} kinds[] = {
    {"forest", cli_forest, NULL},
    {"loo", cli_sequence_forest, cli_ask_loo},
    {"cumulative", cli_sequence_forest, cli_ask_cumul},
};

static const char *kind_at(size_t i)
{
    return i < sizeof kinds / sizeof *kinds ? kinds[i].name : NULL;
}

static tq_status draw(const cli_args *args, size_t kind, tq_figure_format format,
                      const tq_analysis *a, tq_error *err)
{
    tq_figure_options opt = tq_figure_defaults();
    tq_forest *forest = NULL;
    tq_buffer bytes = {0};
    cli_output *out = cli_output_new();
    tq_status status = out ? kinds[kind].layout(args, a, &forest, err)
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    opt.date = a->provenance.date;
    if (status == TQ_OK) {
        status = cli_number(args, "dpi", &opt.dpi, err);
    }
    if (status == TQ_OK) {
        status = tq_forest_write(forest, format, &opt, &bytes, err);
    }
    if (status == TQ_OK) {
        status = cli_stage(out, cli_value(args, "output"), &bytes, err);
    }
    if (status == TQ_OK) {
        status = cli_commit(out, NULL, err);
    }
    tq_buffer_free(&bytes);
    tq_forest_free(forest);
    cli_output_free(out);
    return status;
}

static tq_status analyse(const cli_args *args, const char *command_line, size_t kind, cli_input *in,
                         tq_analysis **a, tq_error *err)
{
    tq_sensitivity_spec asked = {0};
    tq_analysis_spec spec;
    tq_status status = kinds[kind].ask ? kinds[kind].ask(args, &asked, err) : TQ_OK;

    if (status == TQ_OK) {
        status = cli_read_spec(args, "plot", command_line, in, &spec, err);
    }
    if (status == TQ_OK && kinds[kind].ask) {
        spec.sensitivity = &asked;
    }
    return status == TQ_OK ? tq_analysis_pool(in->dataset, &spec, a, err) : status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    const char *path = cli_value(args, "output");
    cli_input in = {0};
    tq_analysis *a = NULL;
    size_t kind = 0;
    tq_status status = cli_choice(args, "kind", kind_at, &kind, err);

    if (status == TQ_OK && (!path || tq_figure_format_find(path) == TQ_FIGURE_COUNT)) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "plot needs -o FILE that ends in .svg, .pdf or .png");
    }
    if (status == TQ_OK) {
        status = analyse(args, command_line, kind, &in, &a, err);
    }
    if (status == TQ_OK) {
        status = draw(args, kind, tq_figure_format_find(path), a, err);
    }
    tq_analysis_free(a);
    cli_input_free(&in);
    return status;
}

static const cli_option plot_options[] = {
    {"kind", "NAME", CLI_ONCE, "forest (default), loo, cumulative", 0},
    {"output", "FILE", CLI_ONCE, "the figure: .svg, .pdf or .png (also -o)", 1},
    {"digits", "N", CLI_ONCE, "decimals of estimates, 0 to 15 (default 2)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"plot", plot_options},
    {"kind loo", cli_loo_options},
    {"kind cumulative", cli_cumul_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"model", cli_model_options},
    {"figure and titles", cli_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_plot = {
    "plot", "DATA -o FILE [options]", "draw one figure of a pooled model", NULL, groups, run,
};
