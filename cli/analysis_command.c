/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that add an analysis of their own to a pooled model: what they have in common. */
#include "cli.h"
#include "progress.h"
#include "rows_file.h"

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

    if (!c->items) {
        c->ask(asked, NULL, spec);
        return tq_analysis_pool(in->dataset, spec, a, err);
    }
    c->ask(asked, cli_progress_begin(&progress, args, c->items, total), spec);
    const tq_status status = tq_analysis_pool(in->dataset, spec, a, err);

    cli_progress_end(&progress);
    return status;
}

/* What was done before an interruption is delivered, and the interruption told. */
static tq_status tell_interruption(const tq_analysis *a, tq_error *err)
{
    const tq_gosh *g = a->gosh ? a->gosh->fit : NULL;
    const tq_multiverse *m = a->multiverse;
    const int interrupted = (g && g->interrupted) || (m && m->interrupted);
    const unsigned long long done = g ? g->models : m ? m->done : 0;
    const unsigned long long asked = g ? g->asked : m ? m->n : 0;

    return interrupted
               ? tq_fail(err, TQ_EINTR, TQ_NO_ROW, NULL,
                         "interrupted after %llu of %llu models, which were delivered", done, asked)
               : TQ_OK;
}

static tq_status run_into(cli_output *out, const cli_args *args, const char *command_line,
                          const cli_analysis *c, void *asked, cli_rows *rows, cli_prepare *prepare,
                          tq_error *err)
{
    cli_input in = {0};
    tq_analysis_spec spec;
    tq_analysis *a = NULL;
    double total = 0.0;
    tq_status status = c->options(args, asked, &total, err);

    if (status == TQ_OK) {
        status = cli_read_spec(args, c->command, command_line, &in, &spec, err);
    }
    status = status == TQ_OK && prepare ? prepare(args, &in, asked, err) : status;
    status = status == TQ_OK && rows ? cli_rows_open(args, out, rows, err) : status;
    status = status == TQ_OK ? analyse(args, c, &in, &spec, total, asked, &a, err) : status;
    if (rows) {
        const tq_status closed = cli_rows_close(rows, status == TQ_OK ? err : NULL);

        status = status == TQ_OK ? closed : status;
    }
    status = status == TQ_OK ? cli_deliver_into(out, args, c->views, a, err) : status;
    status = status == TQ_OK ? tell_interruption(a, err) : status;
    tq_analysis_free(a);
    cli_input_free(&in);
    return status;
}

static tq_status run(const cli_args *args, const char *command_line, const cli_analysis *c,
                     void *asked, cli_rows *rows, cli_prepare *prepare, tq_error *err)
{
    cli_output *out = cli_output_new();
    const tq_status status = out ? run_into(out, args, command_line, c, asked, rows, prepare, err)
                                 : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    cli_output_free(out);
    return status;
}

tq_status cli_run_analysis(const cli_args *args, const char *command_line, const cli_analysis *c,
                           void *asked, tq_error *err)
{
    return run(args, command_line, c, asked, NULL, NULL, err);
}

tq_status cli_run_rows(const cli_args *args, const char *command_line, const cli_analysis *c,
                       void *asked, cli_prepare *prepare, tq_error *err)
{
    return run(args, command_line, c, asked, asked, prepare, err);
}
