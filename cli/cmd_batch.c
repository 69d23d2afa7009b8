/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq batch: many meta-analyses, streamed. */
#include <stdlib.h>
#include <string.h>

#include "batch_command.h"

/* ---- --list ---- */

static tq_status list_columns(const cli_args *args, tq_error *err)
{
    tq_buffer out = {0};

    for (size_t i = 0; i < TQ_BATCH_COLUMN_COUNT; i++) {
        tq_buffer_format(&out, "%-8s  %s\n", tq_batch_column_name((tq_batch_column)i),
                         tq_batch_column_label((tq_batch_column)i));
    }
    const tq_status status = cli_deliver_list(args, &out, err);

    tq_buffer_free(&out);
    return status;
}

/* ---- a long or wide file ---- */

static tq_status run_lines(batch_job *job, tq_error *err)
{
    const cli_args *const args = job->args;
    tq_batch_lines in = {.path = args->data,
                         .yi = cli_value(args, "yi"),
                         .vi = cli_value(args, "vi"),
                         .sei = cli_value(args, "sei"),
                         .sorted = cli_value(args, "sorted") != NULL,
                         .effects = cli_value(args, "effects"),
                         .se = cli_value(args, "se"),
                         .variances = cli_value(args, "variances")};
    tq_batch_summary summary = {0};
    char *copy = NULL;
    const char **names = NULL;
    tq_status status =
        cli_value(args, "by") ? batch_columns(args, "by", &copy, &names, &in.n_by, err) : TQ_OK;

    in.by = names;
    job->spec.by_bytes = job->spec.shards > 1 && tq_batch_by_bytes(&in);
    job->provenance.problem = in.effects ? "row" : "group";
    status = status == TQ_OK ? batch_open(job, err) : status;
    status = status == TQ_OK ? tq_batch_run_lines(&in, &job->spec, &summary, err) : status;
    status = status == TQ_OK ? batch_finish(job, &summary, err) : status;
    tq_batch_summary_free(&summary);
    free(names);
    free(copy);
    return status;
}

/* ---- --merge ---- */

static tq_status run_merge(batch_job *job, tq_error *err)
{
    const cli_args *const args = job->args;
    tq_batch_parts parts;

    if (!cli_value(args, "output") && !cli_value(args, "format")) {
        job->spec.separator = '\0'; /* as the parts have it */
    }
    tq_status status = batch_open(job, err);

    if (status != TQ_OK) {
        return status;
    }
    status = tq_batch_merge(args->place, args->n_places, &job->spec, &parts, err);
    if (status == TQ_OK) {
        memcpy(job->model, parts.model, sizeof parts.model);
        job->spec.n_models = parts.n_models;
        job->provenance.command_line = parts.command;
        job->provenance.problem = parts.problem;
        job->provenance.scheme = *parts.scheme ? parts.scheme : NULL;
        job->provenance.min_weight = parts.min_weight;
        status = batch_finish(job, &parts.summary, err);
    }
    tq_batch_parts_free(&parts);
    return status;
}

static tq_status check_files(const cli_args *args, tq_error *err)
{
    if (cli_value(args, "metal")) {
        return args->n_places == 0 ? TQ_OK
                                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                             "with --metal the script names the files");
    }
    if (args->n_places == 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "DATA is missing");
    }
    if (args->n_places > 1 && !cli_value(args, "key") && !cli_value(args, "merge")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "several files need --key COL, by which they are joined");
    }
    return TQ_OK;
}

/* clang-format off */
static const cli_option shape_options[] = {
    {"by", "COL[,COL]", CLI_ONCE, "long file: rows with the same texts here are one meta-analysis; wide: columns to print", 0},
    {"sorted", NULL, CLI_FLAG, "its rows stand together: stream the file in constant memory", 0},
    {"yi", "COL", CLI_ONCE, "effects (default yi)", 0},
    {"vi", "COL", CLI_ONCE, "their sampling variances (default vi)", 0},
    {"sei", "COL", CLI_ONCE, "or their standard errors (default sei, where there is no vi)", 0},
    {"effects", "LIST", CLI_ONCE, "wide file: columns of effects, names or \"beta_*\"", 0},
    {"se", "LIST", CLI_ONCE, "columns of their standard errors, \"se_*\"", 0},
    {"variances", "LIST", CLI_ONCE, "or of their sampling variances", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option input_options[] = {
    {"separator", "CHAR", CLI_ONCE, "of fields: , ; tab or blank (default: found in each header)", 0},
    {"decimal", "MARK", CLI_ONCE, "decimal mark: . (default) or ,", 0},
    {"lenient", NULL, CLI_FLAG, "lines may have more fields than the header", 0},
    {"strict", NULL, CLI_FLAG, "stop at the first bad line (default: count them, show the first)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option part_options[] = {
    {"shard", "I/N", CLI_ONCE, "only the I-th of N parts, for --merge: made anywhere, in any order", 1},
    {"merge", NULL, CLI_FLAG, "DATA are the N parts: join them to what one run prints", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option model_options[] = {
    {"method", "NAME[,NAME]", CLI_ONCE, "EE, FE or an estimator of tau2 as in pool (default REML); several at once", 0},
    {"test", "NAME", CLI_ONCE, "z (default), t, knha, adhoc", 0},
    {"level", "PCT", CLI_ONCE, "confidence level in percent (default 95)", 0},
    {"predict", "KIND", CLI_ONCE, "prediction interval: default, t, riley, HK, none", 0},
    {"i2", "KIND", CLI_ONCE, "I2 and H2 of models with tau2: tau2 (default) or Q", 0},
    {"threshold", "X", CLI_ONCE, "relative convergence threshold (default 1e-10)", 0},
    {"maxiter", "N", CLI_ONCE, "steps of one root search (default 1000)", 0},
    {"min-studies", "N", CLI_ONCE, "print meta-analyses of at least N studies (default 1)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option output_options[] = {
    {"columns", "LIST", CLI_ONCE, "columns to print (all: --list)", 0},
    {"list", NULL, CLI_FLAG, "the columns there are", 0},
    {"digits", "N", CLI_ONCE, "significant digits, 1 to 17 (default 8), or full: as many as read back the same", 0},
    {"format", "NAME", CLI_ONCE, "csv or tsv (default: by the extension of -o, else csv)", 0},
    {"output", "FILE", CLI_ONCE, "rows to a file (also -o); .gz: compressed, in bgzip's blocks", 1},
    {"json", "FILE", CLI_ONCE, "what the run did, as JSON", 1},
    {"threads", "N", CLI_ONCE, "threads to use; never changes any output", 1},
    {"quiet", NULL, CLI_FLAG, "no report, no progress", 1},
    {"help", NULL, CLI_FLAG, "this help", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

/* ---- options that belong together ---- */

/* The first option of a table that is given, `apart` aside; NULL: none is. */
static const char *first_given(const cli_args *args, const cli_option *table, const char *apart)
{
    for (; table->name; table++) {
        if (cli_value(args, table->name) && strcmp(table->name, apart) != 0) {
            return table->name;
        }
    }
    return NULL;
}

static tq_status needs(const char *option, const char *other, tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s needs --%s", option, other);
}

/* What a script of METAL or the parts say themselves. */
static tq_status check_given_elsewhere(const cli_args *args, tq_error *err)
{
    const int merge = cli_value(args, "merge") != NULL;
    const char *name = first_given(args, shape_options, "");

    name = name ? name : first_given(args, batch_join_options, "metal");
    if (merge) {
        name = name ? name : first_given(args, model_options, "");
        name = name                         ? name
               : cli_value(args, "metal")   ? "metal"
               : cli_value(args, "columns") ? "columns"
               : cli_value(args, "digits")  ? "digits"
               : cli_value(args, "shard")   ? "shard"
                                            : NULL;
    }
    if (!name) {
        return TQ_OK;
    }
    return merge ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s belongs to the runs that make the parts, which --merge joins as "
                           "they are",
                           name)
                 : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: with --metal the script says it",
                           name);
}

static tq_status check_options(const cli_args *args, tq_error *err)
{
    if (cli_value(args, "merge") || cli_value(args, "metal")) {
        return check_given_elsewhere(args, err);
    }
    if (cli_value(args, "key") && (cli_value(args, "by") || cli_value(args, "effects"))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s and --key exclude each other",
                       cli_value(args, "by") ? "by" : "effects");
    }
    const char *of_join = first_given(args, batch_join_options, "key");

    if (of_join && !cli_value(args, "key")) {
        return needs(of_join, "key", err);
    }
    if (cli_value(args, "sorted") && !cli_value(args, "by")) {
        return needs("sorted", "by", err);
    }
    if (!cli_value(args, "effects") && (cli_value(args, "se") || cli_value(args, "variances"))) {
        return needs(cli_value(args, "se") ? "se" : "variances", "effects", err);
    }
    return TQ_OK;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    batch_job job = {.provenance = {.command_line = command_line}};

    if (cli_value(args, "list")) {
        return list_columns(args, err);
    }
    tq_status status = check_options(args, err);

    status = status == TQ_OK ? check_files(args, err) : status;

    status = status == TQ_OK ? batch_read_options(args, &job, err) : status;
    if (status == TQ_OK) {
        status = cli_value(args, "merge")   ? run_merge(&job, err)
                 : cli_value(args, "metal") ? batch_metal(&job, err)
                 : cli_value(args, "key")   ? batch_join(&job, err)
                                            : run_lines(&job, err);
    }
    batch_close(&job);
    return status;
}

static const cli_group groups[] = {
    {"shape of the data", shape_options},
    {"files joined by a key", batch_join_options},
    {"input", input_options},
    {"several machines", part_options},
    {"model", model_options},
    {"output", output_options},
    {NULL, NULL},
};

const cli_command cmd_batch = {
    "batch",
    "DATA... [options]",
    "many meta-analyses from a long file, a wide one, or files joined by a key",
    "  tausq batch expression.tsv.gz --by gene,tissue --method REML --test knha -o meta.tsv.gz\n"
    "  tausq batch wide.csv --effects \"beta_*\" --se \"se_*\" --columns k,beta,se,log10p,I2\n"
    "  tausq batch cohort*.txt.gz --key MarkerName --yi BETA --sei SE --effect-allele A1 "
    "--other-allele A2 --gc yes\n\n"
    "DATA is plain text, gzip or bgzip, or - for standard input; a report of the run goes to "
    "standard\n"
    "output where the rows go to a file, else to standard error.",
    groups,
    run,
};
