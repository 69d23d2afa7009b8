/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq loo: the pooled effect without each study. */
#include "sensitivity_options.h"

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    (void)total;
    return cli_ask_loo(args, asked, err);
}

static const cli_analysis analysis = {"loo", "studies left out", &cli_sequence_views, read_options,
                                      cli_ask_sensitivity};

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_sensitivity_spec loo = {0};

    return cli_run_analysis(args, command_line, &analysis, &loo, err);
}

static const cli_group groups[] = {
    {"leave-one-out", cli_loo_options},
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_loo = {
    "loo",
    "DATA [options]",
    "leave-one-out: the pooled effect without each study",
    "The model, tau2 included, is fitted without each study (with --cluster: each group of "
    "studies).\n"
    "Every method of pool works, also those that pool counts. --plot draws the effects as a "
    "forest\n"
    "plot.\n\n"
    "  tausq loo @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --slab author",
    groups,
    run,
};
