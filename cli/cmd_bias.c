/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq bias, trimfill, failsafe: small-study effects and publication bias. */
#include <string.h>

#include "cli.h"
#include "core/names.h"

static const cli_views bias_views = {
    .of = {[CLI_TEXT] = tq_bias_text, [CLI_JSON] = tq_bias_json, [CLI_CSV] = tq_bias_csv},
    .chart = "funnel"};
static const cli_views trimfill_views = {
    .of = {[CLI_TEXT] = tq_pool_text, [CLI_JSON] = tq_pool_json, [CLI_CSV] = tq_pool_csv},
    .figure = cli_forest};
static const cli_views failsafe_views = {.of = {[CLI_TEXT] = tq_fail_safe_text,
                                                [CLI_JSON] = tq_fail_safe_json,
                                                [CLI_CSV] = tq_fail_safe_csv},
                                         .chart = "failsafe"};

/* ---- options ---- */

static const char *test_name(const void *table, size_t i)
{
    (void)table;
    return i < TQ_BIAS_TEST_COUNT ? tq_bias_test_name((tq_bias_test)i) : NULL;
}

static const char *predictor_at(size_t i)
{
    return i < TQ_PREDICTOR_COUNT ? tq_bias_predictor_name((tq_bias_predictor)i) : NULL;
}

static const char *estimator_at(size_t i)
{
    return i < TQ_FILL_COUNT ? tq_fill_estimator_name((tq_fill_estimator)i) : NULL;
}

static const char *side_at(size_t i)
{
    return i < TQ_SIDE_COUNT ? tq_fill_side_name((tq_fill_side)i) : NULL;
}

static const char *method_at(size_t i)
{
    return i < TQ_METHOD_COUNT ? tq_method_name((tq_method)i) : NULL;
}

static tq_status unknown_test(const char *name, tq_error *err)
{
    const char *near = tq_nearest_name(name, test_name, NULL);

    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--tests: unknown test '%.60s'%s%s%s", name,
                   near ? "; did you mean '" : " (list: tausq bias --list)", near ? near : "",
                   near ? "'?" : "");
}

enum { NAME_SIZE = 64 };

/* "all" or "egger-lm,begg" into list[TQ_BIAS_TEST_COUNT]. */
static tq_status read_tests(const char *text, tq_bias_test *list, size_t *n, tq_error *err)
{
    *n = 0;
    if (text && strcmp(text, "all") == 0) {
        for (; *n < TQ_BIAS_TEST_COUNT; (*n)++) {
            list[*n] = (tq_bias_test)*n;
        }
        return TQ_OK;
    }
    for (const char *at = text; at;) {
        const size_t length = strcspn(at, ",");
        char name[NAME_SIZE];

        tq_copy_text(name, length < sizeof name ? length + 1 : sizeof name, at);
        const tq_bias_test test = tq_bias_test_find(name);

        if (test == TQ_BIAS_TEST_COUNT) {
            return unknown_test(name, err);
        }
        for (size_t i = 0; i < *n; i++) {
            if (list[i] == test) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--tests: '%s' is named twice",
                               name);
            }
        }
        list[(*n)++] = test;
        at = at[length] ? at + length + 1 : NULL;
    }
    return TQ_OK;
}

/* These analyses are of one model of effects. */
static tq_status check(const cli_args *args, const char *command, tq_error *err)
{
    const char *name = cli_value(args, "method");
    const tq_method method = name ? tq_method_find(name) : TQ_METHOD_COUNT;

    if (cli_value(args, "subgroup")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--subgroup: %s looks at one model; --subset takes one level", command);
    }
    if (tq_method_counts(method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--method %s pools counts; %s needs a model of effects, such as REML or EE",
                       name, command);
    }
    return TQ_OK;
}

static tq_status no_moderators(const cli_args *args, const char *command, tq_error *err)
{
    return cli_value(args, "mods")
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--mods: %s knows no moderators", command)
               : TQ_OK;
}

/* ---- bias ---- */

static tq_status list_tests(const cli_args *args, tq_error *err)
{
    tq_buffer text = {0};

    tq_buffer_text(&text, "Tests of small-study effects (--tests)\n\n");
    for (tq_bias_test t = 0; t < TQ_BIAS_TEST_COUNT; t++) {
        const char *needs = tq_bias_test_needs(t);

        tq_buffer_format(&text, "  %-17s %s%s%s\n  %-17s %s\n", tq_bias_test_name(t),
                         tq_bias_test_label(t), needs ? "; needs " : "", needs ? needs : "", "",
                         tq_bias_test_source(t));
    }
    const tq_status status = cli_deliver_list(args, &text, err);

    tq_buffer_free(&text);
    return status;
}

typedef struct {
    tq_bias_test list[TQ_BIAS_TEST_COUNT];
    tq_bias_options options;
} bias_asked;

static tq_status read_bias(const cli_args *args, void *asked, double *total, tq_error *err)
{
    bias_asked *b = asked;
    tq_bias_options *o = &b->options;
    size_t predictor = o->predictor;
    tq_status status = check(args, "bias", err);

    (void)total;
    status = status == TQ_OK ? read_tests(cli_value(args, "tests"), b->list, &o->n, err) : status;
    status =
        status == TQ_OK ? cli_choice(args, "predictor", predictor_at, &predictor, err) : status;
    o->test = b->list;
    o->predictor = (tq_bias_predictor)predictor;
    return status == TQ_OK ? cli_number(args, "alpha", &o->alpha, err) : status;
}

static void ask_bias(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    (void)progress;
    spec->bias = &((bias_asked *)asked)->options;
}

static tq_status run_bias(const cli_args *args, const char *command_line, tq_error *err)
{
    static const cli_analysis analysis = {"bias", NULL, &bias_views, read_bias, ask_bias};
    bias_asked asked = {.options = tq_bias_defaults()};

    return cli_value(args, "list") ? list_tests(args, err)
                                   : cli_run_analysis(args, command_line, &analysis, &asked, err);
}

static const cli_option bias_options[] = {
    {"tests", "NAMES", CLI_ONCE,
     "tests, with commas between (default: what suits the measure), or all", 0},
    {"predictor", "NAME", CLI_ONCE,
     "of Egger's tests: sei (default), vi, ni, ninv, sqrtni, sqrtninv", 0},
    {"alpha", "X", CLI_ONCE, "level at which a study counts as significant, for tes (default 0.05)",
     0},
    {"list", NULL, CLI_FLAG, "list the tests with what they need and their sources", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group bias_groups[] = {
    {"tests", bias_options},
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_bias = {
    "bias",
    "DATA [options]",
    "tests of small-study effects: asymmetry of the funnel, excess significance",
    "Which tests mean something depends on the measure: without --tests those that suit it are "
    "done.\n"
    "With fewer than ten studies none of them has much power. --plot draws the funnel, with the "
    "line\n"
    "of egger-lm or egger-rma where that is done.\n\n"
    "  tausq bias @bcg --measure OR --ai tpos --bi tneg --ci cpos --di cneg --slab author\n"
    "  tausq bias trials.csv --measure SMD --tests pustejovsky,begg,pet-peese",
    bias_groups,
    run_bias,
};

/* ---- trimfill ---- */

tq_status cli_trim_fill(const cli_args *args, const char *command, tq_trim_fill_options *fill,
                        tq_error *err)
{
    size_t estimator, side, method = TQ_METHOD_COUNT;

    *fill = tq_trim_fill_defaults();
    estimator = fill->estimator;
    side = fill->side;
    tq_status status = check(args, command, err);

    status = status == TQ_OK ? no_moderators(args, command, err) : status;
    status =
        status == TQ_OK ? cli_choice(args, "estimator", estimator_at, &estimator, err) : status;
    status = status == TQ_OK ? cli_choice(args, "side", side_at, &side, err) : status;
    status = status == TQ_OK ? cli_choice(args, "trim-method", method_at, &method, err) : status;
    fill->estimator = (tq_fill_estimator)estimator;
    fill->side = (tq_fill_side)side;
    fill->trim_method = (tq_method)method;
    return status;
}

static tq_status read_trimfill(const cli_args *args, void *asked, double *total, tq_error *err)
{
    (void)total;
    return cli_trim_fill(args, "trimfill", asked, err);
}

static void ask_trimfill(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    (void)progress;
    spec->trim_fill = asked;
}

static tq_status run_trimfill(const cli_args *args, const char *command_line, tq_error *err)
{
    static const cli_analysis analysis = {"trimfill", NULL, &trimfill_views, read_trimfill,
                                          ask_trimfill};
    tq_trim_fill_options fill;

    return cli_run_analysis(args, command_line, &analysis, &fill, err);
}

const cli_option cli_trim_fill_options[] = {
    {"estimator", "NAME", CLI_ONCE, "of the number of missing studies: L0 (default), R0, Q0", 0},
    {"side", "NAME", CLI_ONCE, "where they are missing: auto (default), left, right", 0},
    {"trim-method", "NAME", CLI_ONCE,
     "pools while trimming (default: --method); EE keeps heterogeneity out of k0", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group trimfill_groups[] = {
    {"trim and fill", cli_trim_fill_options},
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_trimfill = {
    "trimfill",
    "DATA [options]",
    "trim and fill: the pooled effect with the studies that the funnel lacks",
    "Estimates how many studies are missing on one side of the funnel, adds mirror images of those "
    "on\n"
    "the other, and pools all. The filled studies come last and are marked in every output.\n\n"
    "  tausq trimfill @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --plot forest.svg",
    trimfill_groups,
    run_trimfill,
};

/* ---- failsafe ---- */

tq_status cli_fail_safe(const cli_args *args, tq_fail_safe_options *safe, tq_error *err)
{
    *safe = tq_fail_safe_defaults();
    const tq_status status = cli_number(args, "alpha", &safe->alpha, err);

    return status == TQ_OK ? cli_number(args, "target", &safe->target, err) : status;
}

static tq_status read_failsafe(const cli_args *args, void *asked, double *total, tq_error *err)
{
    tq_status status = check(args, "failsafe", err);

    (void)total;
    status = status == TQ_OK ? no_moderators(args, "failsafe", err) : status;
    return status == TQ_OK ? cli_fail_safe(args, asked, err) : status;
}

static void ask_failsafe(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    (void)progress;
    spec->fail_safe = asked;
}

static tq_status run_failsafe(const cli_args *args, const char *command_line, tq_error *err)
{
    static const cli_analysis analysis = {"failsafe", NULL, &failsafe_views, read_failsafe,
                                          ask_failsafe};
    tq_fail_safe_options safe;

    return cli_run_analysis(args, command_line, &analysis, &safe, err);
}

const cli_option cli_fail_safe_options[] = {
    {"alpha", "X", CLI_ONCE, "level at which the result is lost (default 0.05)", 0},
    {"target", "X", CLI_ONCE, "effect too small to matter, on the analysis scale (default: half)",
     0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group failsafe_groups[] = {
    {"fail-safe N", cli_fail_safe_options},
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_failsafe = {
    "failsafe",
    "DATA [options]",
    "fail-safe N: how many unseen studies without an effect would undo the result",
    "By Rosenthal, Orwin, Rosenberg, and for the model in use. It says nothing about whether there "
    "are\n"
    "such studies. --plot draws what they make of the effect.\n\n"
    "  tausq failsafe @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --target -0.1",
    failsafe_groups,
    run_failsafe,
};
