/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq aggregate: dependent effects combined into one for each cluster. */
#include "cli.h"

static tq_aggregation_view *const views[CLI_VIEWS] = {[CLI_TEXT] = tq_aggregation_text,
                                                      [CLI_JSON] = tq_aggregation_json,
                                                      [CLI_CSV] = tq_aggregation_csv};

static tq_status deliver(const cli_args *args, const tq_aggregation *a,
                         const tq_provenance *provenance, cli_format format, tq_error *err)
{
    tq_buffer text = {0}, json = {0};
    tq_view_options opt;
    tq_status status = cli_view_options(args, &opt, err);

    opt.markup = cli_markup_of(format);
    if (status == TQ_OK) {
        status = views[cli_view_of(format)](a, provenance, &opt, &text, err);
    }
    if (status == TQ_OK && cli_value(args, "json")) {
        status = tq_aggregation_json(a, provenance, &opt, &json, err);
    }
    status = status == TQ_OK ? cli_deliver(args, &text, &json, err) : status;
    tq_buffer_free(&json);
    tq_buffer_free(&text);
    return status;
}

/* The sheet with the columns that the covariance needs. */
static tq_status read_sheet(const cli_args *args, cli_input *in, cli_covariance *cov,
                            tq_key keys[TQ_COVARIANCE_KEYS], tq_error *err)
{
    tq_status status = cli_read_covariance(args, "cluster", "struct", in->arena, cov, err);

    in->covariance = &cov->wish;
    in->key = keys;
    in->n_keys = status == TQ_OK ? tq_covariance_keys(&cov->wish, keys) : 0;
    if (status == TQ_OK && cov->n_rho > 1) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--rho: one correlation; aggregate has one result");
    }
    return status == TQ_OK ? cli_build_dataset(args, in, &in->dataset, err) : status;
}

static tq_status combine(const cli_args *args, const cli_input *in, const cli_covariance *cov,
                         tq_aggregation **out, tq_error *err)
{
    tq_aggregation_columns columns = {0};
    int weighted = 1;
    tq_status status = cli_yes_no(args, "weighted", &weighted, err);

    status = status == TQ_OK
                 ? cli_column_list(args, "sum", in->arena, &columns.sum, &columns.n_sum, err)
                 : status;
    status = status == TQ_OK
                 ? cli_column_list(args, "max", in->arena, &columns.max, &columns.n_max, err)
                 : status;
    return status == TQ_OK
               ? tq_aggregation_of(in->dataset, &cov->wish, 0, weighted, &columns, out, err)
               : status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_provenance provenance = {.command = "aggregate", .command_line = command_line};
    tq_key keys[TQ_COVARIANCE_KEYS];
    cli_covariance cov = {0};
    cli_input in = {0};
    tq_aggregation *a = NULL;
    cli_format format = CLI_TEXT;
    tq_status status = cli_main_format(args, &format, err);

    if (status == TQ_OK && format == CLI_FORMAT_COUNT) {
        return cli_unknown_extension(cli_value(args, "output"), ".txt .md .tex .html .json .csv",
                                     err);
    }
    if (status == TQ_OK && !cli_value(args, "cluster")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--cluster COL is missing: effects with the same text there become one");
    }
    status = status == TQ_OK ? cli_read_table(args, &in, err) : status;
    status = status == TQ_OK ? read_sheet(args, &in, &cov, keys, err) : status;
    provenance.notice = in.notice;
    if (status == TQ_OK) {
        status = cli_compatibility(args, in.arena, &provenance.compat, err);
    }
    status = status == TQ_OK ? combine(args, &in, &cov, &a, err) : status;
    status = status == TQ_OK ? deliver(args, a, &provenance, format, err) : status;
    tq_aggregation_free(a);
    cli_covariance_free(&cov);
    cli_input_free(&in);
    return status;
}

static const cli_option aggregate_output[] = {
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, csv, md, latex or html",
     0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {"digits", "N", CLI_ONCE, "decimals in texts, 0 to 15 (default 4)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"aggregate", cli_aggregate_options},
    {"output", aggregate_output},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"measure", cli_effect_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_aggregate = {
    "aggregate",
    "DATA --cluster COL [options]",
    "dependent effects combined into one for each cluster",
    "  tausq aggregate trials.csv --cluster study --rho 0.6 -o studies.csv     (and then: tausq "
    "pool "
    "studies.csv)",
    groups,
    run,
};
