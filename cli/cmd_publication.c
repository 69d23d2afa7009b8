/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq limitmeta, copas, pcurve, puniform, svalue: what studies that were not seen would have changed. */
#include <string.h>

#include "cli.h"

typedef cli_publication wanted;

/* ---- options ---- */

static const char *favour_at(size_t i)
{
    return i < TQ_FAVOUR_COUNT ? tq_favour_name((tq_favour)i) : NULL;
}

/* These methods look at the effects of one model. */
static tq_status refuse_models(const cli_args *args, const char *command, tq_error *err)
{
    const char *name = cli_value(args, "method");
    const tq_method method = name ? tq_method_find(name) : TQ_METHOD_COUNT;
    tq_status status =
        cli_refuse(args, "subgroup", "this looks at one model; --subset takes one level", err);

    status =
        status == TQ_OK ? cli_refuse(args, "mods", "this method knows no moderators", err) : status;
    status = status == TQ_OK ? cli_refuse(args, "weights",
                                          "this method weights the studies by its own model", err)
                             : status;
    return status == TQ_OK && tq_method_counts(method)
               ? tq_fail(
                     err, TQ_EINVAL, TQ_NO_ROW, NULL,
                     "--method %s pools counts; %s needs a model of effects, such as REML or EE",
                     name, command)
               : status;
}

static tq_status read_favour(const cli_args *args, tq_favour *favour, tq_error *err)
{
    size_t choice = *favour;
    const tq_status status = cli_choice(args, "alternative", favour_at, &choice, err);

    *favour = (tq_favour)choice;
    return status;
}

static tq_status limit_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    wanted *w = asked;

    (void)total;
    w->spec.limit = 1;
    return refuse_models(args, w->command, err);
}

static tq_status pcurve_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    wanted *w = asked;

    (void)total;
    w->spec.pcurve = 1;
    return refuse_models(args, w->command, err);
}

/* --method: the model is fitted by maximum likelihood, what it is compared with as well. */
static tq_status read_ml(const cli_args *args, tq_error *err)
{
    const char *name = cli_value(args, "method");

    return !name || tq_method_find(name) == TQ_ML || tq_method_find(name) == TQ_METHOD_COUNT
               ? TQ_OK
               : tq_fail(
                     err, TQ_EINVAL, TQ_NO_ROW, NULL,
                     "--method %s: the Copas model is fitted by maximum likelihood: ML (default)",
                     name);
}

static tq_status read_wald(const cli_args *args, tq_error *err)
{
    const char *name = cli_value(args, "test");

    return !name || strcmp(name, tq_test_name(TQ_TEST_Z)) == 0
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--test %s: the Copas model has Wald tests: z (default)", name);
}

/* What a likelihood of its own leaves no choice in. */
static tq_status refuse_tau2(const cli_args *args, tq_error *err)
{
    return cli_refuse(args, "tau2", "this method estimates tau2 by its own likelihood", err);
}

static tq_status refuse_lists(const cli_args *args, tq_error *err)
{
    const char *const why = "--gamma0 and --gamma1 give one selection in place of the lists";
    const int one = cli_is_given(args, "gamma0") || cli_is_given(args, "gamma1");
    const tq_status status = one ? cli_refuse(args, "least", why, err) : TQ_OK;

    return one && status == TQ_OK ? cli_refuse(args, "most", why, err) : status;
}

static tq_status copas_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    wanted *w = asked;
    tq_copas_options *o = &w->copas;
    tq_status status = refuse_models(args, w->command, err);

    (void)total;
    *o = tq_copas_defaults();
    w->spec.copas = o;
    status = status == TQ_OK ? read_ml(args, err) : status;
    status = status == TQ_OK ? refuse_tau2(args, err) : status;
    status = status == TQ_OK ? read_wald(args, err) : status;
    status = status == TQ_OK ? refuse_lists(args, err) : status;
    status = status == TQ_OK
                 ? cli_numbers(args, "least", TQ_COPAS_LIST, NULL, NULL, o->least, &o->n_least, err)
                 : status;
    status = status == TQ_OK
                 ? cli_numbers(args, "most", TQ_COPAS_LIST, NULL, NULL, o->most, &o->n_most, err)
                 : status;
    status = status == TQ_OK ? cli_number(args, "gamma0", &o->gamma0, err) : status;
    status = status == TQ_OK ? cli_number(args, "gamma1", &o->gamma1, err) : status;
    return status == TQ_OK ? cli_number(args, "alpha", &o->alpha, err) : status;
}

static tq_status puniform_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    wanted *w = asked;
    tq_status status = refuse_models(args, w->command, err);

    (void)total;
    w->puniform = tq_puniform_defaults();
    w->spec.puniform = &w->puniform;
    status = status == TQ_OK ? refuse_tau2(args, err) : status;
    status = status == TQ_OK ? read_favour(args, &w->puniform.favour, err) : status;
    return status == TQ_OK ? cli_number(args, "alpha", &w->puniform.alpha, err) : status;
}

static tq_status svalue_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    wanted *w = asked;
    tq_svalue_options *o = &w->svalue;
    tq_status status = refuse_models(args, w->command, err);

    (void)total;
    *o = tq_svalue_defaults();
    w->spec.svalue = o;
    status = status == TQ_OK ? read_favour(args, &o->favour, err) : status;
    status = status == TQ_OK ? cli_number(args, "alpha", &o->alpha, err) : status;
    status = status == TQ_OK ? cli_number(args, "target", &o->target, err) : status;
    return status == TQ_OK ? cli_numbers(args, "ratios", TQ_SVALUE_RATIOS, NULL, NULL, o->ratio,
                                         &o->n_ratios, err)
                           : status;
}

void cli_set_publication(const cli_publication *asked, tq_analysis_spec *spec)
{
    spec->publication = &asked->spec;
    if (asked->spec.copas) {
        spec->options.method = TQ_ML;
    }
}

static void ask(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    (void)progress;
    cli_set_publication(asked, spec);
}

/* ---- running ---- */

#define VIEWS \
    { \
        [CLI_TEXT] = tq_publication_text, [CLI_JSON] = tq_publication_json, \
        [CLI_CSV] = tq_publication_csv \
    }

static const cli_views limit_views = {.of = VIEWS, .chart = "funnel"};
static const cli_views copas_views = {.of = VIEWS, .chart = "copas"};
static const cli_views pcurve_views = {.of = VIEWS, .chart = "pcurve"};
static const cli_views puniform_views = {.of = VIEWS, .chart = "significance"};
static const cli_views svalue_views = {.of = VIEWS, .chart = "significance"};

static const cli_analysis analyses[] = {
    {"limitmeta", NULL, &limit_views, limit_options, ask},
    {"copas", NULL, &copas_views, copas_options, ask},
    {"pcurve", NULL, &pcurve_views, pcurve_options, ask},
    {"puniform", NULL, &puniform_views, puniform_options, ask},
    {"svalue", NULL, &svalue_views, svalue_options, ask},
};

static tq_status run(const cli_args *args, const char *command_line, size_t which, tq_error *err)
{
    wanted w = {.command = analyses[which].command};

    return cli_run_analysis(args, command_line, &analyses[which], &w, err);
}

tq_status cli_ask_publication(const cli_args *args, const char *command, cli_publication *asked,
                              tq_error *err)
{
    double total = 0.0;

    for (size_t i = 0; i < sizeof analyses / sizeof *analyses; i++) {
        if (strcmp(analyses[i].command, command) == 0) {
            *asked = (cli_publication){.command = command};
            return analyses[i].options(args, asked, &total, err);
        }
    }
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown method '%s'", command);
}

static tq_status run_limit(const cli_args *args, const char *command_line, tq_error *err)
{
    return run(args, command_line, 0, err);
}

static tq_status run_copas(const cli_args *args, const char *command_line, tq_error *err)
{
    return run(args, command_line, 1, err);
}

static tq_status run_pcurve(const cli_args *args, const char *command_line, tq_error *err)
{
    return run(args, command_line, 2, err);
}

static tq_status run_puniform(const cli_args *args, const char *command_line, tq_error *err)
{
    return run(args, command_line, 3, err);
}

static tq_status run_svalue(const cli_args *args, const char *command_line, tq_error *err)
{
    return run(args, command_line, 4, err);
}

/* ---- the commands ---- */

static const cli_option copas_group[] = {
    {"least", "P,...", CLI_ONCE,
     "probabilities that the least precise study is seen, falling (default 0.9,0.8,...,0.1)", 0},
    {"most", "P,...", CLI_ONCE,
     "of the most precise study; the first is the path of the adjusted estimate (default "
     "0.99,0.95,0.9)",
     0},
    {"gamma0", "X", CLI_ONCE, "with --gamma1: one selection, P(seen) = Phi(gamma0 + gamma1 / sei)",
     0},
    {"gamma1", "X", CLI_ONCE, "see --gamma0", 0},
    {"alpha", "P", CLI_ONCE, "level of the test of the slope that selection leaves (default 0.1)",
     0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

#define FAVOUR \
    { \
        "alternative", "NAME", CLI_ONCE, \
            "direction of effects that are favoured: auto (default: that of the mean), greater, " \
            "less", \
            0 \
    }

static const cli_option puniform_group[] = {
    FAVOUR,
    {"alpha", "P", CLI_ONCE, "two-sided level of significance (default 0.05)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option svalue_group[] = {
    FAVOUR,
    {"alpha", "P", CLI_ONCE, "two-sided level at which a study is affirmative (default 0.05)", 0},
    {"target", "X", CLI_ONCE, "value to be reached, on the analysis scale (default: no effect)", 0},
    {"ratios", "X,...", CLI_ONCE,
     "for which corrected effects are given (default 1,2,5,10,20,50,100)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group plain_groups[] = {CLI_ANALYSIS_GROUPS};
static const cli_group copas_groups[] = {{"selection", copas_group}, CLI_ANALYSIS_GROUPS};
static const cli_group puniform_groups[] = {{"significance", puniform_group}, CLI_ANALYSIS_GROUPS};
static const cli_group svalue_groups[] = {{"selection", svalue_group}, CLI_ANALYSIS_GROUPS};

const cli_command cmd_limitmeta = {
    "limitmeta",
    "DATA [options]",
    "limit meta-analysis: the effect in studies of infinite precision",
    "A model in which small studies may be biased (Ruecker et al. 2011, Biostatistics "
    "12:122-142):\n"
    "the adjusted effect by three estimators, how much of Q the bias explains, and the effects of\n"
    "the studies in the limit. --plot draws the funnel with the line along which effects shift.\n\n"
    "  tausq limitmeta @hackshaw1998 --transform exp",
    plain_groups,
    run_limit,
};

const cli_command cmd_copas = {
    "copas",
    "DATA [options]",
    "Copas selection model: the effect by how many studies are unseen",
    "How likely a study is seen depends on its precision and, through a correlation, on its "
    "effect\n"
    "(Copas & Shi 2000, Biostatistics 1:247-262). How many are unseen cannot be known: the table\n"
    "goes from all seen to few, and tells which selection would explain the asymmetry. Everything "
    "is\n"
    "by maximum likelihood. --plot draws the sensitivity.\n\n"
    "  tausq copas @hackshaw1998 --transform exp\n"
    "  tausq copas trials.csv --measure SMD --least 0.9,0.7,0.5 --most 0.99",
    copas_groups,
    run_copas,
};

const cli_command cmd_pcurve = {
    "pcurve",
    "DATA [options]",
    "p-curve: do the significant results contain evidence",
    "The distribution of significant p-values (Simonsohn, Nelson & Simmons 2014, J. Exp. Psychol.\n"
    "Gen. 143:534-547; 2015, 144:1146-1152): tests of right skew and of flatness, full and half\n"
    "curve, the power of the studies. p-values are two-sided, of yi / sei. --plot draws the "
    "curve.\n\n"
    "  tausq pcurve trials.csv --measure SMD",
    plain_groups,
    run_pcurve,
};

const cli_command cmd_puniform = {
    "puniform",
    "DATA [options]",
    "p-uniform and p-uniform*: the effect corrected for selection by significance",
    "p-uniform (van Assen, van Aert & Wicherts 2015, Psychol. Methods 20:293-309) from the\n"
    "significant studies alone; p-uniform* (van Aert & van Assen 2026, Psychon. Bull. Rev. 33) "
    "from\n"
    "all, with heterogeneity.\n\n"
    "  tausq puniform trials.csv --measure SMD --alternative greater",
    puniform_groups,
    run_puniform,
};

const cli_command cmd_svalue = {
    "svalue",
    "DATA [options]",
    "S-values: how strong a selection would explain the result away; the worst case",
    "Affirmative studies, significant in the favoured direction, are seen so many times as often "
    "as\n"
    "others (Mathur & VanderWeele 2020, Appl. Stat. 69:1091-1119): the ratio that would move the\n"
    "effect, or its limit, to no effect, and what nonaffirmative studies alone show. With a "
    "method\n"
    "without tau2, such as EE, of equal effects, else robust. --plot draws the significance "
    "funnel.\n\n"
    "  tausq svalue @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --target -0.1",
    svalue_groups,
    run_svalue,
};
