/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq mv: multilevel and multivariate models. */
#include <string.h>

#include "cli.h"
#include "mv_options.h"
#include "progress.h"

/* More than these take a while to profile, and their intervals are those of the standard errors. */
enum { MANY_EFFECTS = 1000 };

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_pool_text, [CLI_JSON] = tq_pool_json, [CLI_CSV] = tq_pool_csv},
    .figure = cli_forest};

/* What is said of sampling errors, and of clusters for robust inference; the columns of both. */
typedef struct {
    cli_covariance covariance;
    tq_robust_spec robust;
    int clustered;
    tq_key key[TQ_COVARIANCE_KEYS + 1];
} dependence;

static tq_status read_dependence(const cli_args *args, tq_arena *arena, cli_input *in,
                                 dependence *d, tq_multilevel_spec *asked, tq_error *err)
{
    tq_key cluster;
    tq_status status =
        cli_read_covariance(args, "v-cluster", "v-struct", arena, &d->covariance, err);

    status = status == TQ_OK
                 ? cli_read_robust(args, cli_mv_robust_options, &d->robust, &cluster, err)
                 : status;
    if (status != TQ_OK) {
        return status;
    }
    in->key = d->key;
    in->n_keys = tq_covariance_keys(&d->covariance.wish, d->key);
    asked->covariance = &d->covariance.wish;
    asked->rho = d->covariance.rho;
    asked->n_rho = d->covariance.n_rho;
    d->clustered = cluster.column != NULL;
    if (d->clustered) {
        d->robust.key = in->n_keys;
        d->key[in->n_keys++] = cluster;
    }
    return TQ_OK;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    cli_input in = {0};
    tq_arena *arena = tq_arena_new();
    tq_analysis *a = NULL;
    tq_analysis_spec spec;
    tq_multilevel_spec asked;
    dependence errors = {0};
    cli_progress progress;
    tq_status status = arena ? cli_mv_options(args, arena, &in, &asked, err)
                             : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    status = status == TQ_OK ? read_dependence(args, arena, &in, &errors, &asked, err) : status;
    status = status == TQ_OK ? cli_read_spec(args, "mv", command_line, &in, &spec, err) : status;
    if (status == TQ_OK) {
        spec.robust = errors.clustered ? &errors.robust : NULL;
        asked.options.progress =
            cli_progress_begin(&progress, args, asked.influence ? "fits" : "components", 0.0);
        asked.profile |= !cli_value(args, "ci-tau2") && in.dataset->k <= MANY_EFFECTS;
        asked.compared = in.compared;
        asked.n_compared = in.n_compared;
        spec.multilevel = &asked;
        spec.blup = cli_value(args, "blup") != NULL;
        status = tq_analysis_pool(in.dataset, &spec, &a, err);
        cli_progress_end(&progress);
    }
    status = status == TQ_OK ? cli_deliver_analysis(args, &views, a, err) : status;
    tq_analysis_free(a);
    cli_covariance_free(&errors.covariance);
    cli_input_free(&in);
    tq_arena_free(arena);
    return status;
}

static const cli_group groups[] = {
    {"random effects", cli_mv_random_options},
    {"model", cli_mv_model_options},
    {"sampling errors: effects of the same people", cli_covariance_options},
    {"cluster-robust inference", cli_mv_robust_options},
    {"beyond the fit", cli_mv_further_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"output", cli_report_options},
    {"forest plot", cli_forest_options},
    {"figure and titles", cli_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_mv = {
    "mv",
    "DATA --random FORMULA [options]",
    "multilevel and multivariate models: several effects per study",
    "Effects of one study are alike, and its estimates may share people: both make them dependent. "
    "A\n"
    "random effect for each level (\"~ 1 | study/effect\") or a covariance structure of outcomes "
    "or\n"
    "times (\"~ outcome | study\" with --struct UN) says how.\n\n"
    "  tausq mv @konstantopoulos2011 --random \"~ 1 | district/school\"\n"
    "  tausq mv @berkey1998 --random \"~ outcome | trial\" --struct UN --mods \"~ outcome - 1\"",
    groups,
    run,
};
