/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq influence: what each study does to the model. */
#include "sensitivity_options.h"

static const cli_views views = {.of = {[CLI_TEXT] = tq_influence_text,
                                       [CLI_JSON] = tq_influence_json,
                                       [CLI_CSV] = tq_influence_csv},
                                .chart = "influence"};

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    const tq_status status = cli_refuse(args, "subgroup",
                                        "studies are deleted from one model; --subset takes one "
                                        "level, --mods compares them",
                                        err);

    (void)total;
    return status == TQ_OK ? cli_ask_influence(args, asked, err) : status;
}

static const cli_analysis analysis = {"influence", "studies deleted", &views, read_options,
                                      cli_ask_sensitivity};

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_sensitivity_spec influence = {0};

    return cli_run_analysis(args, command_line, &analysis, &influence, err);
}

static const cli_group groups[] = {
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_influence = {
    "influence",
    "DATA [options]",
    "influence of each study on the model, with moderators or without",
    "Externally studentised residuals, DFFITS, Cook's distances, covariance ratios, tau2 and QE "
    "without\n"
    "the study, hat values, weights and DFBETAS, after Viechtbauer & Cheung (2010), Res. Synth.\n"
    "Methods 1:112-125; a star marks studies beyond the limits that are told. --plot "
    "draws\nthem.\n\n"
    "  tausq influence @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --slab author",
    groups,
    run,
};
