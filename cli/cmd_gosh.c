/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq gosh: the pooled model of all subsets of the studies. */
#include "rows_file.h"

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_gosh_text, [CLI_JSON] = tq_gosh_json, [CLI_CSV] = tq_gosh_csv},
    .chart = "gosh"};

typedef struct {
    cli_rows rows; /* first, as cli_run_rows() wants it */
    tq_gosh_spec spec;
} gosh_asked;

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    tq_gosh_spec *spec = &((gosh_asked *)asked)->spec;
    long subsets = 0, threads = 0;
    tq_status status = cli_refuse(
        args, "subgroup", "subsets of all studies are pooled; --subset takes one level", err);

    if (status == TQ_OK) {
        status =
            cli_refuse(args, "mods",
                       "a model with moderators has no one pooled effect to show by subsets", err);
    }
    status = status == TQ_OK ? cli_integer(args, "subsets", 1, 4000000000, &subsets, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    spec->subsets = (uint64_t)subsets;
    spec->threads = (size_t)threads;
    *total = (double)subsets;
    return status;
}

static void ask(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    gosh_asked *gosh = asked;

    gosh->spec.progress = progress;
    gosh->spec.rows = cli_rows_writer(&gosh->rows);
    spec->gosh = &gosh->spec;
}

static const cli_analysis analysis = {"gosh", "subsets", &views, read_options, ask};

const cli_option cli_gosh_options[] = {
    {"out", "STUDY", CLI_ONCE, "gosh plot: models with this study in another colour", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

tq_status cli_run_gosh(const cli_args *args, const char *command_line, tq_error *err)
{
    gosh_asked asked = {.spec = {0}};

    return cli_run_rows(args, command_line, &analysis, &asked, NULL, err);
}

static const cli_option gosh_options[] = {
    {"subsets", "N", CLI_ONCE,
     "random subsets (default: all, up to 25 studies); --seed repeats them", 0},
    {"csv", "FILE", CLI_ONCE, "every model: k, estimate, tau2, I2, QE, and 1 or 0 for each study",
     1},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"subsets", gosh_options},
    {"figure", cli_gosh_options},
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_gosh = {
    "gosh",
    "DATA [options]",
    "the pooled model of all subsets of the studies, or of random ones",
    "Graphical display of study heterogeneity (Olkin, Dahabreh & Trikalinos 2012): the model, "
    "tau2\n"
    "included, is fitted to every subset that is not empty. Every method of pool works. Quantiles "
    "of\n"
    "estimate and I2, and their medians with and without each study, tell which studies split the\n"
    "models into groups; --csv keeps every model. Ctrl-C ends the work; what was done is "
    "delivered.\n\n"
    "  tausq gosh @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --csv models.csv",
    groups,
    cli_run_gosh,
};
