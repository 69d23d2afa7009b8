/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file mv_options.h  Options of multilevel models. */
#ifndef TQ_CLI_MV_OPTIONS_H
#define TQ_CLI_MV_OPTIONS_H

#include "cli.h"

extern const cli_option cli_mv_random_options[], cli_mv_model_options[], cli_mv_further_options[];

/* Read what is asked of the model, into the arena, and name the columns that in->dataset is to have for
   it; before the sheet is read. */
tq_status cli_mv_options(const cli_args *args, tq_arena *arena, cli_input *in,
                         tq_multilevel_spec *out, tq_error *err);

/* relation_file.c: --R. */
tq_status cli_mv_relations(const cli_args *args, tq_arena *arena, tq_multilevel_spec *out,
                           tq_error *err);

#endif
