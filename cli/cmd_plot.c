/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq plot: one figure to a file. */
#include <string.h>

#include "sensitivity_options.h"

/* What kinds ask of the analysis beside the pooled model. */
static const struct {
    const char *kind;
    cli_ask_parts *ask;
    int sequential;
} asks[] = {
    {"loo", cli_ask_loo, 0},      {"cumulative", cli_ask_cumul, 0},
    {"tsa", cli_ask_cumul, 1},    {"baujat", cli_ask_influence, 0},
    {"qq", cli_ask_influence, 0}, {"influence", cli_ask_influence, 0},
};
enum { ASKS = sizeof asks / sizeof *asks };

/* Kinds that show a method for publication bias, and the command whose defaults they take. */
static const struct {
    const char *kind, *command;
} methods[] = {{"copas", "copas"}, {"pcurve", "pcurve"}, {"significance", "svalue"}};
enum { METHODS = sizeof methods / sizeof *methods };

/* The command of a kind; NULL: it shows no such method. */
static const char *method_of(const char *kind)
{
    for (size_t i = 0; i < METHODS; i++) {
        if (strcmp(methods[i].kind, kind) == 0) {
            return methods[i].command;
        }
    }
    return NULL;
}

/* The row of the kind, ASKS: it asks nothing. */
static size_t ask_of(size_t kind)
{
    size_t i = 0;

    while (i < ASKS && strcmp(asks[i].kind, tq_plot_name(kind)) != 0) {
        i++;
    }
    return i;
}

static tq_status draw(const cli_args *args, size_t kind, tq_figure_format format,
                      const tq_analysis *a, tq_error *err)
{
    tq_figure_options how;
    tq_plot_options opt;
    tq_buffer bytes = {0};
    cli_output *out = cli_output_new();
    tq_status status = out ? cli_plot_options(args, a, &opt, err)
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    status = status == TQ_OK ? cli_figure_how(args, a->provenance.date, &how, err) : status;
    if (status == TQ_OK) {
        status = tq_plot_write(a, kind, &opt, format, &how, &bytes, err);
    }
    if (status == TQ_OK) {
        status = cli_stage(out, cli_value(args, "output"), &bytes, err);
    }
    if (status == TQ_OK) {
        status = cli_commit(out, NULL, err);
    }
    tq_buffer_free(&bytes);
    cli_output_free(out);
    return status;
}

/* Options that not every kind looks at. */
enum { KINDS_OF_ONE = 3 };

static const struct {
    const char *option, *kind[KINDS_OF_ONE], *why;
} of_kind[] = {
    {"cluster", {"loo"}, "studies are left out together in --kind loo"},
    {"order", {"cumulative", "tsa"}, "studies are put in order in --kind cumulative or tsa"},
    {"collapse", {"cumulative", "tsa"}, "studies are put in order in --kind cumulative or tsa"},
    {"x", {"bubble"}, "a moderator is the axis of --kind bubble"},
    {"fill", {"funnel"}, "studies are filled into a funnel plot: --kind funnel"},
    {"contours", {"funnel"}, "areas of significance belong to --kind funnel"},
    {"show", {"forest"}, "columns stand beside the studies of --kind forest"},
    {"sort",
     {"forest", "rainforest"},
     "--kind forest and rainforest list studies in another order"},
    {"summary-only", {"forest"}, "levels without their studies are shown by --kind forest"},
    {"page-rows", {"forest", "loo", "cumulative"}, "forest plots alone run over pages"},
};

static int is_of_kind(size_t row, const char *kind)
{
    for (size_t i = 0; i < KINDS_OF_ONE && of_kind[row].kind[i]; i++) {
        if (strcmp(of_kind[row].kind[i], kind) == 0) {
            return 1;
        }
    }
    return 0;
}

static tq_status refuse_all(const cli_args *args, const cli_option *o, const char *why,
                            tq_error *err)
{
    tq_status status = TQ_OK;

    for (; status == TQ_OK && o->name; o++) {
        status = cli_refuse(args, o->name, why, err);
    }
    return status;
}

static tq_status refuse_others(const cli_args *args, const char *kind, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < sizeof of_kind / sizeof *of_kind; i++) {
        if (!is_of_kind(i, kind)) {
            status = cli_refuse(args, of_kind[i].option, of_kind[i].why, err);
        }
    }
    if (status == TQ_OK && !cli_value(args, "order") && !cli_value(args, "sort")) {
        status =
            cli_refuse(args, "descending", "it turns the order of --sort or --order around", err);
    }
    if (status == TQ_OK && !cli_value(args, "fill")) {
        status = refuse_all(args, cli_trim_fill_options,
                            "studies are filled in with --kind funnel --fill", err);
    }
    if (status == TQ_OK && strcmp(kind, "tsa") != 0) {
        status = refuse_all(args, cli_tsa_options, "it belongs to --kind tsa", err);
    }
    if (status == TQ_OK && strcmp(kind, "weightfun") != 0) {
        status = refuse_all(args, cli_selection_options, "it belongs to --kind weightfun", err);
    }
    if (status == TQ_OK && strcmp(kind, "bubble") == 0 && !cli_value(args, "mods")) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "a bubble plot needs a moderator: give --mods");
    }
    return status;
}

/* What a kind asks for beside parts of the studies. */
typedef struct {
    cli_publication publication;
    cli_selection selection;
    tq_fail_safe_options fail_safe;
    int has_publication, has_selection, has_fail_safe;
} other_asked;

static tq_status ask_others(const cli_args *args, const char *kind, other_asked *o, tq_error *err)
{
    const char *method = method_of(kind);

    o->has_publication = method != NULL;
    o->has_selection = strcmp(kind, "weightfun") == 0;
    o->has_fail_safe = strcmp(kind, "failsafe") == 0;
    o->fail_safe = tq_fail_safe_defaults();
    return method             ? cli_ask_publication(args, method, &o->publication, err)
           : o->has_selection ? cli_ask_selection(args, &o->selection, err)
                              : TQ_OK;
}

static tq_status analyse(const cli_args *args, const char *command_line, size_t kind, cli_input *in,
                         tq_analysis **a, tq_error *err)
{
    const int filled = cli_value(args, "fill") != NULL;
    other_asked others = {0};
    tq_sensitivity_spec asked = {0};
    tq_trim_fill_options fill;
    tq_tsa_options sequential = tq_tsa_defaults();
    tq_analysis_spec spec;
    const size_t ask = ask_of(kind);
    tq_status status = refuse_others(args, tq_plot_name(kind), err);

    status = status == TQ_OK && ask < ASKS ? asks[ask].ask(args, &asked, err) : status;
    if (status == TQ_OK && filled) {
        status = cli_trim_fill(args, "--fill", &fill, err);
    }
    if (status == TQ_OK && ask < ASKS && asks[ask].sequential) {
        status = cli_ask_tsa(args, &sequential, err);
    }
    if (status == TQ_OK) {
        status = ask_others(args, tq_plot_name(kind), &others, err);
    }
    if (status == TQ_OK) {
        status = cli_read_spec(args, "plot", command_line, in, &spec, err);
    }
    if (status == TQ_OK && others.has_selection) {
        cli_selection_into(&others.selection, &spec);
    }
    if (status == TQ_OK && others.has_fail_safe) {
        spec.fail_safe = &others.fail_safe;
    }
    if (status == TQ_OK && others.has_publication) {
        cli_set_publication(&others.publication, &spec);
    }
    if (status == TQ_OK && ask < ASKS) {
        spec.sensitivity = &asked;
        spec.sequential = asks[ask].sequential ? &sequential : NULL;
    }
    spec.trim_fill = status == TQ_OK && filled ? &fill : NULL;
    return status == TQ_OK ? tq_analysis_pool(in->dataset, &spec, a, err) : status;
}

const cli_option cli_plot_kind_options[] = {
    {"kind", "NAME", CLI_ONCE, "forest (default) or another of the list below", 0},
    {"output", "FILE", CLI_ONCE, "the figure: .svg, .pdf or .png (also -o)", 1},
    {"digits", "N", CLI_ONCE, "decimals of estimates, 0 to 15 (default 2)", 0},
    {"x", "VAR", CLI_ONCE, "bubble: the moderator on the axis (default: the first number)", 0},
    {"fill", NULL, CLI_FLAG, "funnel: with the studies that trim and fill adds", 0},
    {"contours", "yes|no", CLI_ONCE, "funnel: areas of significance (default yes)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"plot", cli_plot_kind_options},
    {"kind loo", cli_loo_options},
    {"kinds cumulative and tsa", cli_cumul_options},
    {"kind tsa", cli_tsa_options},
    {"kind funnel, with --fill", cli_trim_fill_options},
    {"kind weightfun", cli_selection_options},
    {"kind gosh; --subsets N: random ones", cli_gosh_options},
    {"kind spec: lists; the first of each makes the reference", cli_multiverse_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"model", cli_model_options},
    {"forest plot", cli_forest_options},
    {"figure and titles", cli_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    const char *path = cli_value(args, "output");
    cli_input in = {0};
    tq_analysis *a = NULL;
    size_t kind = 0;
    tq_status status = cli_choice(args, "kind", tq_plot_name, &kind, err);

    if (status == TQ_OK && (!path || tq_figure_format_find(path) == TQ_FIGURE_COUNT)) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "plot needs -o FILE that ends in .svg, .pdf or .png");
    }
    if (status == TQ_OK && strcmp(tq_plot_name(kind), "gosh") == 0) {
        return cli_run_gosh(args, command_line, err);
    }
    if (status == TQ_OK && strcmp(tq_plot_name(kind), "spec") == 0) {
        return cli_run_multiverse(args, groups, command_line, err);
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

const cli_command cmd_plot = {
    "plot",
    "DATA -o FILE [options]",
    "draw one figure of a pooled model",
    "  tausq plot @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --kind funnel -o f.svg",
    groups,
    run,
};
