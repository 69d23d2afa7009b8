/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that add an analysis of their own to a pooled model: what they have in common. */
#include "cli.h"
#include "progress.h"

tq_status cli_refuse(const cli_args *args, const char *option, const char *why, tq_error *err)
{
    return cli_value(args, option)
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: %s", option, why)
               : TQ_OK;
}

static tq_status analyse(const cli_args *args, const cli_analysis *c, const cli_input *in,
                         tq_analysis_spec *spec, double total, void *asked, tq_analysis **a,
                         tq_error *err)
{
    cli_progress progress;

    c->ask(asked, cli_progress_begin(&progress, args, c->items, total), spec);
    const tq_status status = tq_analysis_pool(in->dataset, spec, a, err);

    cli_progress_end(&progress);
    return status;
}

tq_status cli_run_analysis(const cli_args *args, const char *command_line, const cli_analysis *c,
                           void *asked, tq_error *err)
{
    cli_input in = {0};
    tq_analysis_spec spec;
    tq_analysis *a = NULL;
    double total = 0.0;
    tq_status status = c->options(args, asked, &total, err);

    if (status == TQ_OK) {
        status = cli_read_spec(args, c->command, command_line, &in, &spec, err);
    }
    status = status == TQ_OK ? analyse(args, c, &in, &spec, total, asked, &a, err) : status;
    status = status == TQ_OK ? cli_deliver_analysis(args, c->views, a, err) : status;
    tq_analysis_free(a);
    cli_input_free(&in);
    return status;
}
