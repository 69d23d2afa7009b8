/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq tsa: trial sequential analysis. */
#include <math.h>

#include "sensitivity_options.h"

static const cli_views views = {
    .of = {[CLI_TEXT] = tq_tsa_text, [CLI_JSON] = tq_tsa_json, [CLI_CSV] = tq_tsa_csv},
    .chart = "tsa"};

/* What is asked: the cumulative analysis, and its boundaries. */
typedef struct {
    tq_sensitivity_spec cumul;
    tq_tsa_options options;
} tsa_asked;

static tq_status read_numbers(const cli_args *args, tq_tsa_options *o, tq_error *err)
{
    tq_required_information_options *r = &o->required;
    const struct {
        const char *name;
        double *value;
    } numbers[] = {
        {"alpha", &r->alpha},
        {"beta", &r->beta},
        {"delta", &r->delta},
        {"rrr", &r->rrr},
        {"cer", &r->cer},
        {"variance", &r->variance},
        {"diversity", &r->diversity},
        {"spending-parameter", &o->monitoring.parameter},
        {"futility-parameter", &o->monitoring.futility_parameter},
        {"penalised", &o->lil},
    };
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < sizeof numbers / sizeof *numbers; i++) {
        status = cli_number(args, numbers[i].name, numbers[i].value, err);
    }
    return status;
}

/* A function's parameter, only where the function has one. */
static tq_status check_parameter(const cli_args *args, const char *option, tq_spending_kind kind,
                                 tq_error *err)
{
    return cli_value(args, option) && isnan(tq_spending_default(kind))
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--%s: spending function '%s' has no parameter", option,
                         tq_spending_name(kind))
               : TQ_OK;
}

tq_status cli_ask_tsa(const cli_args *args, tq_tsa_options *asked, tq_error *err)
{
    tq_required_information_options *r = &asked->required;
    tq_monitoring_options *m = &asked->monitoring;
    size_t adjust = r->adjust, unit = r->unit, spending = m->spending, futility = m->futility;
    long sides = r->sides;
    tq_status status = read_numbers(args, asked, err);

    status = status == TQ_OK ? cli_integer(args, "sides", 1, 2, &sides, err) : status;
    status = status == TQ_OK
                 ? cli_choice(args, "heterogeneity", tq_hetero_adjust_name, &adjust, err)
                 : status;
    status = status == TQ_OK ? cli_choice(args, "information", tq_information_unit_name, &unit, err)
                             : status;
    status =
        status == TQ_OK ? cli_choice(args, "spending", tq_spending_name, &spending, err) : status;
    status =
        status == TQ_OK ? cli_choice(args, "futility", tq_spending_name, &futility, err) : status;
    r->sides = (int)sides;
    r->adjust = (tq_hetero_adjust)adjust;
    r->unit = (tq_information_unit)unit;
    m->spending = (tq_spending_kind)spending;
    m->futility = (tq_spending_kind)futility;
    status =
        status == TQ_OK ? check_parameter(args, "spending-parameter", m->spending, err) : status;
    return status == TQ_OK ? check_parameter(args, "futility-parameter", m->futility, err) : status;
}

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    tsa_asked *tsa = asked;
    const tq_status status = cli_ask_cumul(args, &tsa->cumul, err);

    (void)total;
    return status == TQ_OK ? cli_ask_tsa(args, &tsa->options, err) : status;
}

static void ask(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    tsa_asked *tsa = asked;

    cli_ask_sensitivity(&tsa->cumul, progress, spec);
    spec->sequential = &tsa->options;
}

static const cli_analysis analysis = {"tsa", "studies added", &views, read_options, ask};

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tsa_asked tsa = {.options = tq_tsa_defaults()};

    return cli_run_analysis(args, command_line, &analysis, &tsa, err);
}

/* clang-format off */
const cli_option cli_tsa_options[] = {
    {"delta", "X", CLI_ONCE, "anticipated effect on the analysis scale (default: the pooled effect)", 0},
    {"rrr", "PERCENT", CLI_ONCE, "RR, OR, RD: anticipated relative risk reduction", 0},
    {"cer", "P", CLI_ONCE, "event rate of controls, 0 to 1 (default: that of all control groups)", 0},
    {"variance", "V", CLI_ONCE, "of the outcome within a group (default: as the studies imply)", 0},
    {"alpha", "P", CLI_ONCE, "type I error of the whole sequence (default 0.05)", 0},
    {"beta", "P", CLI_ONCE, "type II error at the anticipated effect (default 0.1)", 0},
    {"sides", "1|2", CLI_ONCE, "1: only the anticipated direction is tested (default 2)", 0},
    {"heterogeneity", "WAY", CLI_ONCE, "enlarge by: D2 (default with random effects), I2, tau2, none", 0},
    {"diversity", "PERCENT", CLI_ONCE, "D2 as anticipated, in place of its estimate", 0},
    {"information", "UNIT", CLI_ONCE, "participants (default where known) or statistical", 0},
    {"spending", "NAME", CLI_ONCE, "of alpha: obf (default), pocock, power, hsd", 0},
    {"spending-parameter", "X", CLI_ONCE, "of power (default 3) or hsd (default -4)", 0},
    {"futility", "NAME", CLI_ONCE, "spending of beta, non-binding: obf (default), ..., none", 0},
    {"futility-parameter", "X", CLI_ONCE, "of power (default 3) or hsd (default -4)", 0},
    {"penalised", "LAMBDA", CLI_ONCE, "also Z by the law of the iterated logarithm (usual: 2)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

static const cli_group groups[] = {
    {"trial sequential analysis", cli_tsa_options},
    {"order", cli_cumul_options},
    CLI_ANALYSIS_GROUPS,
};

const cli_command cmd_tsa = {
    "tsa",
    "DATA [options]",
    "trial sequential analysis: is the evidence of a cumulative meta-analysis enough",
    "The required information size, the boundaries that keep alpha over all looks at the growing\n"
    "evidence (Lan & DeMets 1983; by recursive integration), futility, adjusted intervals; after\n"
    "Wetterslev, Thorlund, Brok & Gluud (2008), J. Clin. Epidemiol. 61:64-75. Each study, in the "
    "order\n"
    "of --order, is a look. --plot draws the cumulative Z.\n\n"
    "  tausq tsa @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --order year --rrr 30",
    groups,
    run,
};
