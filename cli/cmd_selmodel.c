/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq selmodel: selection models. */
#include <string.h>

#include "cli.h"

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_pool_text, [CLI_JSON] = tq_pool_json, [CLI_CSV] = tq_selmodel_csv},
    .figure = cli_forest};

static const char *type_at(size_t i)
{
    return tq_sel_type_name((tq_sel_type)i);
}

static const char *alternative_at(size_t i)
{
    return tq_sel_alternative_name((tq_sel_alternative)i);
}

static const char *preset_at(size_t i)
{
    return tq_sel_preset_name((tq_sel_preset)i);
}

static const char *prec_at(size_t i)
{
    return tq_sel_prec_name((tq_sel_prec)i);
}

/* --method: these models are fitted by maximum likelihood. */
static tq_status read_method(const cli_args *args, cli_selection *w, tq_error *err)
{
    const char *name = cli_value(args, "method");
    const tq_method method = name ? tq_method_find(name) : TQ_ML;

    w->equal_effects = method == TQ_EE || method == TQ_FE;
    return method == TQ_ML || w->equal_effects || method == TQ_METHOD_COUNT
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--method %s: selection models are fitted by maximum likelihood: ML "
                         "(default), EE or FE",
                         name);
}

/* --ci-tau2: the interval is that of the profile likelihood. */
static tq_status read_interval(const cli_args *args, cli_selection *w, tq_error *err)
{
    const char *name = cli_value(args, "ci-tau2");

    w->intervals = !name || strcmp(name, "none") != 0;
    return !name || !w->intervals || strcmp(name, "PL") == 0
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--ci-tau2 %.20s: a selection model has profile likelihood intervals: PL "
                         "(default) or none",
                         name);
}

/* --preset: a step function whose weights are given. */
static tq_status read_preset(const cli_args *args, tq_selmodel_options *o, tq_error *err)
{
    static const char *const instead[] = {"type", "steps", "delta", "prec"};
    size_t preset = TQ_SEL_PRESET_COUNT;
    tq_status status = cli_choice(args, "preset", preset_at, &preset, err);

    for (size_t i = 0; status == TQ_OK && preset < TQ_SEL_PRESET_COUNT && i < 4; i++) {
        status = cli_refuse(args, instead[i], "--preset gives the whole function", err);
    }
    return status == TQ_OK && preset < TQ_SEL_PRESET_COUNT
               ? tq_selmodel_preset((tq_sel_preset)preset, o, err)
               : status;
}

tq_status cli_ask_selection(const cli_args *args, cli_selection *w, tq_error *err)
{
    *w = (cli_selection){.selection = tq_selmodel_defaults()};
    tq_selmodel_options *o = &w->selection;
    size_t type = o->type, alternative = o->alternative, prec = o->prec;
    tq_status status = cli_refuse(args, "subgroup",
                                  "a selection model is one model; --subset takes one level, "
                                  "--mods compares them",
                                  err);

    status = status == TQ_OK
                 ? cli_refuse(args, "compat",
                              "those programs have no defaults for selection models; name the "
                              "options",
                              err)
                 : status;
    status = status == TQ_OK
                 ? cli_refuse(args, "i2", "I2 of a selection model follows from its tau2", err)
                 : status;
    status = status == TQ_OK ? read_method(args, w, err) : status;
    status = status == TQ_OK ? read_interval(args, w, err) : status;
    status = status == TQ_OK ? cli_choice(args, "type", type_at, &type, err) : status;
    status = status == TQ_OK ? cli_choice(args, "alternative", alternative_at, &alternative, err)
                             : status;
    status = status == TQ_OK ? cli_choice(args, "prec", prec_at, &prec, err) : status;
    status = status == TQ_OK ? cli_numbers(args, "steps", TQ_SEL_MAX, NULL, "0.025,0.5", o->steps,
                                           &o->n_steps, err)
                             : status;
    status = status == TQ_OK ? cli_numbers(args, "delta", TQ_SEL_MAX, "to be estimated", "1,0.5",
                                           o->delta, &o->n_delta, err)
                             : status;
    o->type = (tq_sel_type)type;
    o->alternative = (tq_sel_alternative)alternative;
    o->prec = (tq_sel_prec)prec;
    return status == TQ_OK ? read_preset(args, o, err) : status;
}

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    (void)total;
    return cli_ask_selection(args, asked, err);
}

void cli_selection_into(cli_selection *w, tq_analysis_spec *spec)
{
    if (!w->equal_effects) {
        spec->options.method = TQ_ML;
    }
    spec->options.ci_tau2 = w->intervals ? TQ_CI_PL : TQ_CI_NONE;
    spec->selmodel = &w->selection;
}

static void ask(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    (void)progress;
    cli_selection_into(asked, spec);
}

static const cli_analysis analysis = {"selmodel", NULL, &views, read_options, ask};

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    cli_selection w;

    return cli_run_analysis(args, command_line, &analysis, &w, err);
}

const cli_option cli_selection_options[] = {
    {"type", "NAME", CLI_ONCE,
     "weight function of p: stepfun (default), beta, halfnorm, negexp, logistic, power; of the "
     "effect: trunc, truncest",
     0},
    {"alternative", "NAME", CLI_ONCE, "p of effects that are greater (default), less, two.sided",
     0},
    {"steps", "P,...", CLI_ONCE,
     "stepfun: where the weight changes (default 0.025); halfnorm, negexp, logistic, power: below "
     "it w = 1; trunc: the threshold (default 0)",
     0},
    {"delta", "X,...", CLI_ONCE,
     "given parameters of the function in place of estimates; NA: to be estimated", 0},
    {"preset", "NAME", CLI_ONCE,
     "a step function with given weights: moderate-one-tailed, severe-one-tailed, "
     "moderate-two-tailed, severe-two-tailed",
     0},
    {"prec", "NAME", CLI_ONCE,
     "halfnorm, negexp, logistic, power: delta times sei, vi, ninv or sqrtninv", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"selection", cli_selection_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"effects", cli_effect_options},
    {"model (by maximum likelihood; --method EE: without heterogeneity)", cli_model_options},
    {"output", cli_report_options},
    {"figure and titles", cli_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_selmodel = {
    "selmodel",
    "DATA [options]",
    "selection models: the effect, were studies seen whatever their p-value",
    "The probability that a study is seen is a function of its p-value, fitted together with "
    "effect\n"
    "and heterogeneity. With --delta or --preset the function is given: try several (Vevea & "
    "Woods\n"
    "2005, Psychol. Methods 10:428-443). tausq plot --kind weightfun draws it.\n\n"
    "  tausq selmodel trials.csv --measure SMD --type stepfun --steps 0.025,0.5\n"
    "  tausq selmodel trials.csv --measure SMD --steps 0.025,0.5 --delta 1,0.5,0.2\n"
    "  tausq selmodel trials.csv --measure SMD --preset severe-one-tailed\n"
    "  tausq selmodel trials.csv --measure SMD --type beta --alternative less",
    groups,
    run,
};
