/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file simulate_command.h  What the files of `tausq simulate` share. */
#ifndef TQ_CLI_SIMULATE_COMMAND_H
#define TQ_CLI_SIMULATE_COMMAND_H

#include "cli.h"

typedef tq_status simulate_take(void *user, const char *part, tq_error *err);

/* Calls take() with every part of a comma list. */
tq_status simulate_each_part(const char *option, const char *list, simulate_take *take, void *user,
                             tq_error *err);

/* What is to be written, read before any work is done. */
typedef struct {
    cli_format format;     /* of the main output */
    const char *book[2];   /* -o and --xlsx; NULL: none */
    const char *figure[2]; /* -o and --plot */
    tq_sim_quantity quantity[TQ_SIM_QUANTITY_COUNT];
    tq_sim_plot_options plot;
} simulate_output;

extern const cli_option simulate_output_options[], simulate_figure_options[];

tq_status simulate_read_output(const cli_args *args, simulate_output *out, tq_error *err);
/* Whether the figure that is asked for can be made of the scenarios. */
tq_status simulate_check_figure(const simulate_output *o, const tq_simulation *s, tq_error *err);
tq_status simulate_deliver(const cli_args *args, const simulate_output *o, tq_simulation *s,
                           tq_error *err);

#endif
