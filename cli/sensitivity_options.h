/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sensitivity_options.h  What the commands on parts of the studies share. */
#ifndef TQ_CLI_SENSITIVITY_OPTIONS_H
#define TQ_CLI_SENSITIVITY_OPTIONS_H

#include "cli.h"

extern const cli_option cli_loo_options[], cli_cumul_options[], cli_tsa_options[];

/* What the options ask for, into *asked. @retval TQ_EINVAL  An option of the model that makes no sense
   where one pooled effect is followed. */
typedef tq_status cli_ask_parts(const cli_args *args, tq_sensitivity_spec *asked, tq_error *err);
cli_ask_parts cli_ask_loo, cli_ask_cumul, cli_ask_influence;

/* The options of a trial sequential analysis, which also needs cli_ask_cumul(). */
tq_status cli_ask_tsa(const cli_args *args, tq_tsa_options *asked, tq_error *err);

/* The ask() of these commands; asked is a tq_sensitivity_spec. */
void cli_ask_sensitivity(void *asked, const tq_progress *progress, tq_analysis_spec *spec);

/* Text, JSON, CSV and forest plot of a sequence. */
extern const cli_views cli_sequence_views;

#endif
