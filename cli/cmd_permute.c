/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq permute: permutation tests of a pooled model. */
#include "cli.h"

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_permute_text, [CLI_JSON] = tq_permute_json, [CLI_CSV] = tq_permute_csv}};

static const char *exact_at(size_t i)
{
    return i < TQ_EXACT_COUNT ? tq_exact_name((tq_exact)i) : NULL;
}

tq_status cli_permutation(const cli_args *args, tq_permutation_options *perm, tq_error *err)
{
    long iterations = (long)perm->iterations, threads = 0;
    size_t exact = perm->exact;
    tq_status status = cli_integer(args, "iter", 1, 1000000000, &iterations, err);

    status = status == TQ_OK ? cli_choice(args, "exact", exact_at, &exact, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    perm->iterations = (uint64_t)iterations;
    perm->exact = (tq_exact)exact;
    perm->ci = cli_value(args, "permci") != NULL;
    perm->threads = (size_t)threads;
    return status;
}

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    tq_permutation_options *perm = asked;
    tq_status status = cli_refuse(args, "subgroup",
                                  "permutations test one model; --subset takes one level, --mods "
                                  "compares them",
                                  err);

    status = status == TQ_OK ? cli_permutation(args, perm, err) : status;
    *total = perm->exact == TQ_EXACT_NO && !perm->ci ? (double)perm->iterations : 0.0;
    return status;
}

static void ask(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    tq_permutation_options *perm = asked;

    perm->seed = spec->options.seed;
    perm->progress = progress;
    spec->permutation = perm;
}

static const cli_analysis analysis = {"permute", "permutations", &views, read_options, ask};

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_permutation_options perm = tq_permutation_defaults();

    return cli_run_analysis(args, command_line, &analysis, &perm, err);
}

const cli_option cli_permute_options[] = {
    {"iter", "N", CLI_ONCE, "random permutations, the data among them (default 10000)", 0},
    {"exact", "WAY", CLI_ONCE, "all of them: auto (default: when no more than --iter), yes, no", 0},
    {"permci", NULL, CLI_FLAG, "intervals of the coefficients by permutation", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"permutations", cli_permute_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"model", cli_model_options},
    {"output", cli_output_options},
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
