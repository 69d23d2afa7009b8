/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq permute: permutation tests of a pooled model. */
#include "cli.h"
#include "progress.h"

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_permute_text, [CLI_JSON] = tq_permute_json, [CLI_CSV] = tq_permute_csv}};

static const char *exact_at(size_t i)
{
    return i < TQ_EXACT_COUNT ? tq_exact_name((tq_exact)i) : NULL;
}

static tq_status read_options(const cli_args *args, tq_permutation_options *perm, tq_error *err)
{
    long iterations = (long)perm->iterations, threads = 0;
    size_t exact = perm->exact;

    if (cli_value(args, "subgroup")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--subgroup: permutations test one model; --subset takes one level, --mods "
                       "compares them");
    }
    tq_status status = cli_integer(args, "iter", 1, 1000000000, &iterations, err);

    status = status == TQ_OK ? cli_choice(args, "exact", exact_at, &exact, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    perm->iterations = (uint64_t)iterations;
    perm->exact = (tq_exact)exact;
    perm->ci = cli_value(args, "permci") != NULL;
    perm->threads = (size_t)threads;
    return status;
}

static tq_status test(const cli_args *args, const cli_input *in, tq_analysis_spec *spec,
                      tq_permutation_options *perm, tq_analysis **a, tq_error *err)
{
    const int known = perm->exact == TQ_EXACT_NO && !perm->ci;
    cli_progress progress;

    perm->seed = spec->options.seed;
    perm->progress =
        cli_progress_begin(&progress, args, "permutations", known ? (double)perm->iterations : 0.0);
    spec->permutation = perm;
    const tq_status status = tq_analysis_pool(in->dataset, spec, a, err);

    cli_progress_end(&progress);
    return status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_permutation_options perm = tq_permutation_defaults();
    cli_input in = {0};
    tq_analysis_spec spec = {.options = tq_pool_defaults()};
    tq_analysis *a = NULL;
    tq_status status = read_options(args, &perm, err);

    if (status == TQ_OK) {
        status = cli_read_spec(args, "permute", command_line, &in, &spec, err);
    }
    status = status == TQ_OK ? test(args, &in, &spec, &perm, &a, err) : status;
    status = status == TQ_OK ? cli_deliver_analysis(args, &views, a, err) : status;
    tq_analysis_free(a);
    cli_input_free(&in);
    return status;
}

static const cli_option permute_options[] = {
    {"iter", "N", CLI_ONCE, "random permutations, the data among them (default 10000)", 0},
    {"exact", "WAY", CLI_ONCE, "all of them: auto (default: when no more than --iter), yes, no", 0},
    {"permci", NULL, CLI_FLAG, "intervals of the coefficients by permutation", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option output_options[] = {
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json or csv", 0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {"xlsx", "FILE", CLI_ONCE, "Excel workbook as of pool, with the permutation test", 1},
    {"digits", "N", CLI_ONCE, "decimals in texts, 0 to 15 (default 4)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"permutations", permute_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"model", cli_model_options},
    {"output", output_options},
    {"titles", cli_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_permute = {
    "permute",
    "DATA [options]",
    "permutation tests of the pooled effect or of moderators",
    "Without moderators every choice of signs of the effects is a permutation, with --mods every\n"
    "order in which the moderators' rows fall to the studies. The model, tau2 included, is fitted\n"
    "to each; p is the share of statistics at least as large as that of the data.\n\n"
    "  tausq permute @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --mods \"~ ablat\"",
    groups,
    run,
};
