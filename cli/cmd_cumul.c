/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq cumul: the pooled effect as studies add up. */
#include "sensitivity_options.h"

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    (void)total;
    return cli_ask_cumul(args, asked, err);
}

static const cli_analysis analysis = {"cumul", "studies added", &cli_sequence_views, read_options,
                                      cli_ask_sensitivity};

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_sensitivity_spec cumul = {0};

    return cli_run_analysis(args, command_line, &analysis, &cumul, err);
}

static const cli_group groups[] = {
    {"cumulative", cli_cumul_options},
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_cumul = {
    "cumul",
    "DATA [options]",
    "cumulative: the pooled effect as studies add up, by year or any column",
    "The model, tau2 included, is fitted to the first study, the first two, and so on; the last "
    "row is\n"
    "the model of all. Every method of pool works, also those that pool counts. --plot draws the\n"
    "effects as a forest plot.\n\n"
    "  tausq cumul @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --slab author --order "
    "year",
    groups,
    run,
};
