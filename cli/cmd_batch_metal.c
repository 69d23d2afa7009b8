/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq batch --metal: a script of METAL carried out. */
#include <stdlib.h>
#include <string.h>

#include "batch_command.h"

/* METAL's model and columns, unless others are asked for. */
static void choose_model(batch_job *job, const tq_metal_analysis *a, tq_batch_join *join)
{
    const cli_args *const args = job->args;

    if (cli_value(args, "method")) {
        return;
    }
    job->model[0].method = TQ_EE;
    if (!cli_value(args, "columns")) {
        join->metal = 1;
        job->spec.n_columns = tq_metal_columns(a, job->column, &job->spec.n_more);
        job->spec.separator = '\t';
    }
}

static tq_status run_analysis(const batch_job *from, const tq_metal_analysis *a, size_t n,
                              tq_error *err)
{
    batch_job *job = malloc(sizeof *job);
    tq_batch_join join = a->join;

    if (!job) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    *job = *from;
    job->spec.model = job->model;
    job->spec.column = job->column;
    if (!job->path) {
        job->path = a->output;
        job->spec.separator = cli_value(job->args, "format") ? job->spec.separator : '\t';
    }
    choose_model(job, a, &join);
    tq_status status =
        n > 1 && from->path
            ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                      "--output: the script has %zu analyses; leave it out, OUTFILE names them", n)
            : TQ_OK;

    status = status == TQ_OK ? batch_run_join(job, &join, err) : status;
    batch_close(job);
    free(job);
    return status;
}

/* An analysis writes over none of the files that it or those before it read: later ones may read its own. */
static tq_status check_inputs(const tq_metal_script *script, size_t i, const char *output,
                              tq_error *err)
{
    for (size_t j = 0; j <= i; j++) {
        const tq_batch_join *const join = &script->analysis[j].join;

        for (size_t c = 0; c < join->n_cohorts; c++) {
            const char *list = join->cohort[c].lambda_list;

            if (cli_same_file(join->cohort[c].path, output) ||
                (list && cli_same_file(list, output))) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               "'%.200s' is read by the script, and never overwritten", output);
            }
        }
    }
    return TQ_OK;
}

/* Told before anything is done. */
static tq_status check_outputs(const batch_job *job, const tq_metal_script *script, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < script->n; i++) {
        const char *const output = job->path ? job->path : script->analysis[i].output;

        status = cli_same_file(cli_value(job->args, "metal"), output)
                     ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               "'%.200s' is the script itself, which is never overwritten", output)
                     : check_inputs(script, i, output, err);
        for (size_t j = 0; status == TQ_OK && !job->path && j < i; j++) {
            status = cli_same_file(script->analysis[j].output, output)
                         ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                   "two analyses would write '%.200s': give OUTFILE another name",
                                   output)
                         : TQ_OK;
        }
    }
    return status;
}

tq_status batch_metal(batch_job *job, tq_error *err)
{
    tq_metal_script script = {0};
    tq_status status = tq_metal_read(cli_value(job->args, "metal"), &script, err);

    status = status == TQ_OK ? check_outputs(job, &script, err) : status;
    for (size_t i = 0; status == TQ_OK && i < script.n; i++) {
        status = run_analysis(job, &script.analysis[i], script.n, err);
    }
    tq_metal_script_free(&script);
    return status;
}
