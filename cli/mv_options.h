/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file mv_options.h  Options of multilevel models. */
#ifndef TQ_CLI_MV_OPTIONS_H
#define TQ_CLI_MV_OPTIONS_H

#include "cli.h"

extern const cli_option cli_mv_random_options[], cli_mv_model_options[], cli_mv_kind_options[],
    cli_mv_further_options[];

/* What the options ask for: the model, sampling errors, robust inference, and the columns that these need. */
typedef struct {
    tq_multilevel_spec spec;
    cli_covariance covariance;
    tq_robust_spec robust;
    int clustered; /* 1: robust inference */
    tq_key key[TQ_COVARIANCE_KEYS + 1];
} cli_multilevel;

/* Read them, into the arena, and name the columns that in->dataset is to have for them; before the sheet is
   read. Free with cli_multilevel_free(), after a failure too. */
tq_status cli_ask_multilevel(const cli_args *args, tq_arena *arena, cli_input *in,
                             cli_multilevel *out, tq_error *err);
/* Put it into *spec, which borrows it, once the sheet was read. */
void cli_multilevel_into(cli_multilevel *asked, const cli_args *args, const cli_input *in,
                         tq_analysis_spec *spec);
void cli_multilevel_free(cli_multilevel *asked);

/* As cli_regression(), without what multilevel models have of their own: residuals, other moderators. */
tq_status cli_mv_regression(const cli_args *args, cli_input *in, tq_regression_spec *out,
                            int *asked, tq_error *err);

/* Why multilevel models do not take a value of an option that pooled ones have too; NULL: they do. */
const char *cli_mv_refusal(const char *option, const char *value);

/* relation_file.c: --R. */
tq_status cli_mv_relations(const cli_args *args, tq_arena *arena, tq_multilevel_spec *out,
                           tq_error *err);

#endif
