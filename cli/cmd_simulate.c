/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq simulate: simulation and power studies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch_command.h"
#include "core/parse_number.h"
#include "simulate_command.h"

/* ---- lists ---- */

enum { MOST_VALUES = 64, WORD = 32, MOST_SCENARIOS = 4096 };

/* Values of an option that takes a list; those of a scenario are numbers. */
typedef struct {
    const char *option;
    size_t offset; /* of the scenario's member */
    double value[MOST_VALUES];
    size_t n;
} numbers;

tq_status simulate_each_part(const char *option, const char *list, simulate_take *take, void *user,
                             tq_error *err)
{
    char part[WORD];

    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        const size_t size = strcspn(at, ",");

        if (size == 0 || size >= sizeof part) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%.60s' is not a list A,B,C",
                           option, list);
        }
        memcpy(part, at, size);
        part[size] = '\0';
        const tq_status status = take(user, part, err);

        if (status != TQ_OK) {
            return status;
        }
    }
    return TQ_OK;
}

static tq_status too_many(const char *option, tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: more than %d values", option,
                   MOST_VALUES);
}

static tq_status twice(const char *option, const char *part, tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: %s is given twice", option, part);
}

static tq_status take_number(void *user, const char *part, tq_error *err)
{
    numbers *list = user;
    double x;

    if (list->n == MOST_VALUES) {
        return too_many(list->option, err);
    }
    if (!tq_read_number(part, strlen(part), &x)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%s' is not a number", list->option,
                       part);
    }
    for (size_t i = 0; i < list->n; i++) {
        if (list->value[i] == x) {
            return twice(list->option, part, err);
        }
    }
    list->value[list->n++] = x;
    return TQ_OK;
}

typedef struct {
    tq_method method[TQ_METHOD_COUNT];
    tq_test test[TQ_TEST_COUNT];
    size_t n_methods, n_tests;
} fits;

static tq_status take_method(void *user, const char *part, tq_error *err)
{
    fits *f = user;
    size_t i;
    tq_status status = cli_choose("method", part, batch_method_at, &i, err);

    for (size_t j = 0; status == TQ_OK && j < f->n_methods; j++) {
        status = f->method[j] == tq_method_find(part) ? twice("method", part, err) : TQ_OK;
    }
    if (status == TQ_OK) {
        f->method[f->n_methods++] = tq_method_find(part);
    }
    return status;
}

static tq_status take_test(void *user, const char *part, tq_error *err)
{
    fits *f = user;
    size_t i;
    tq_status status = cli_choose("test", part, batch_test_at, &i, err);

    for (size_t j = 0; status == TQ_OK && j < f->n_tests; j++) {
        status = f->test[j] == (tq_test)i ? twice("test", part, err) : TQ_OK;
    }
    if (status == TQ_OK) {
        f->test[f->n_tests++] = (tq_test)i;
    }
    return status;
}

/* ---- what is asked ---- */

enum { LISTS = 8 };

typedef struct {
    tq_sim_scenario scenario; /* what all have in common */
    numbers list[LISTS];
    size_t k[MOST_VALUES], n_k;
    fits fits;
    tq_sim_options options;
    simulate_output output;
    int plan;
    size_t find;
    double power;
} asked;

static const char *measure_at(size_t i)
{
    return tq_sim_measure_name((tq_sim_measure)i);
}

static const char *sizes_at(size_t i)
{
    return tq_sim_sizes_name((tq_sim_sizes)i);
}

static const char *find_at(size_t i)
{
    return tq_sim_find_name((tq_sim_find)i);
}

static double *member(tq_sim_scenario *s, size_t offset)
{
    return (double *)(void *)((char *)s + offset);
}

static tq_status read_lists(const cli_args *args, asked *a, tq_error *err)
{
    static const struct {
        const char *option;
        size_t offset;
    } lists[LISTS - 1] = {
        {"n", offsetof(tq_sim_scenario, n)},
        {"effect", offsetof(tq_sim_scenario, effect)},
        {"tau2", offsetof(tq_sim_scenario, tau2)},
        {"control-risk", offsetof(tq_sim_scenario, control_risk)},
        {"publish", offsetof(tq_sim_scenario, publish)},
        {"spread", offsetof(tq_sim_scenario, spread)},
        {"small-study", offsetof(tq_sim_scenario, small_study)},
    };
    numbers k = {.option = "k"};
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < LISTS - 1; i++) {
        const char *text = cli_value(args, lists[i].option);
        numbers *list = &a->list[i];

        *list = (numbers){.option = lists[i].option, .offset = lists[i].offset};
        if (text) {
            status = simulate_each_part(list->option, text, take_number, list, err);
        } else {
            list->value[list->n++] = *member(&a->scenario, list->offset);
        }
    }
    if (status == TQ_OK && cli_value(args, "k")) {
        status = simulate_each_part("k", cli_value(args, "k"), take_number, &k, err);
    } else {
        k.value[k.n++] = (double)a->scenario.k;
    }
    for (size_t i = 0; status == TQ_OK && i < k.n; i++) {
        if (!(k.value[i] >= 1.0 && k.value[i] <= TQ_SIM_MOST_STUDIES &&
              k.value[i] == floor(k.value[i]))) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--k: '%g' must be a whole number from 1 to %d", k.value[i],
                           TQ_SIM_MOST_STUDIES);
        }
        a->k[a->n_k++] = (size_t)k.value[i];
    }
    return status;
}

static tq_status read_fits(const cli_args *args, asked *a, tq_error *err)
{
    const char *method = cli_value(args, "method"), *test = cli_value(args, "test");
    tq_status status =
        simulate_each_part("method", method ? method : "REML", take_method, &a->fits, err);

    status = status == TQ_OK
                 ? simulate_each_part("test", test ? test : "z", take_test, &a->fits, err)
                 : status;
    status = status == TQ_OK ? batch_read_predict(args, &a->options.predict, err) : status;
    status = status == TQ_OK ? cli_number(args, "level", &a->options.level, err) : status;
    a->options.method = a->fits.method;
    a->options.n_methods = a->fits.n_methods;
    a->options.test = a->fits.test;
    a->options.n_tests = a->fits.n_tests;
    return status;
}

static tq_status read_plan(const cli_args *args, asked *a, tq_error *err)
{
    a->power = 80.0;
    a->plan = cli_is_given(args, "find");
    if (!a->plan && cli_is_given(args, "power")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--power needs --find k or --find n: what is to be searched for");
    }
    tq_status status = cli_choice(args, "find", find_at, &a->find, err);

    status = status == TQ_OK ? cli_number(args, "power", &a->power, err) : status;
    if (status == TQ_OK && a->plan && (a->fits.n_methods > 1 || a->fits.n_tests > 1)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--find needs one --method and one --test, whose power it is");
    }
    if (status == TQ_OK && a->plan && cli_is_given(args, find_at(a->find))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s is what --find is to find",
                       find_at(a->find));
    }
    return status;
}

/* Settings that others leave without meaning. */
static tq_status refuse_idle(const cli_args *args, const tq_sim_scenario *s, tq_error *err)
{
    const struct {
        const char *option, *why;
        int idle;
    } settings[] = {
        {"spread", "groups of fixed size have none; give --sizes uniform or --sizes lognormal",
         s->sizes == TQ_SIM_FIXED},
        {"sd", "it is for --measure MD", s->measure != TQ_SIM_MD},
        {"variance", "it is for --measure GEN", s->measure != TQ_SIM_GEN},
        {"control-risk", "it is for --measure OR, RR and RD", s->measure < TQ_SIM_OR},
    };
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < sizeof settings / sizeof *settings; i++) {
        status =
            settings[i].idle ? cli_refuse(args, settings[i].option, settings[i].why, err) : TQ_OK;
    }
    return status;
}

static tq_status read_settings(const cli_args *args, asked *a, tq_error *err)
{
    size_t measure = TQ_SIM_SMD, sizes = TQ_SIM_FIXED;
    long reps = 10000, seed = 1, threads = 0;
    tq_status status = simulate_read_output(args, &a->output, err);

    a->scenario = tq_sim_defaults();
    a->options = tq_sim_options_defaults();
    status = status == TQ_OK ? cli_choice(args, "measure", measure_at, &measure, err) : status;
    status = status == TQ_OK ? cli_choice(args, "sizes", sizes_at, &sizes, err) : status;
    status = status == TQ_OK ? cli_number(args, "sd", &a->scenario.sd, err) : status;
    status = status == TQ_OK ? cli_number(args, "variance", &a->scenario.variance, err) : status;
    status = status == TQ_OK ? cli_integer(args, "reps", 2, 1000000000000, &reps, err) : status;
    status = status == TQ_OK ? cli_integer(args, "seed", 0, 4294967295, &seed, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    a->scenario.measure = (tq_sim_measure)measure;
    a->scenario.sizes = (tq_sim_sizes)sizes;
    a->options.replicates = (uint64_t)reps;
    a->options.seed = (uint64_t)seed;
    a->options.threads = (size_t)threads;
    status = status == TQ_OK ? refuse_idle(args, &a->scenario, err) : status;
    status = status == TQ_OK ? read_lists(args, a, err) : status;
    status = status == TQ_OK ? read_fits(args, a, err) : status;
    return status == TQ_OK ? read_plan(args, a, err) : status;
}

/* ---- the grid ---- */

static size_t count_scenarios(const asked *a)
{
    size_t n = a->n_k;

    for (size_t i = 0; i < LISTS - 1; i++) {
        n *= a->list[i].n;
        if (n > MOST_SCENARIOS) {
            return n;
        }
    }
    return n;
}

/* Scenario number i: k changes slowest, the last list fastest. */
static tq_sim_scenario scenario_at(const asked *a, size_t i)
{
    tq_sim_scenario s = a->scenario;

    for (size_t l = LISTS - 1; l-- > 0;) {
        const numbers *list = &a->list[l];

        *member(&s, list->offset) = list->value[i % list->n];
        i /= list->n;
    }
    s.k = a->k[i];
    return s;
}

static tq_status run_one(const asked *a, const tq_progress *progress, tq_simulated *one,
                         tq_error *err)
{
    tq_sim_options o = a->options;
    tq_sim_plan plan;

    o.progress = progress;
    one->found = 1;
    if (!a->plan) {
        return tq_simulate(&one->scenario, &o, one->row, &one->studies, err);
    }
    const tq_status status =
        tq_sim_plan_find(&one->scenario, &o, (tq_sim_find)a->find, a->power, &plan, err);

    if (status == TQ_OK) {
        one->scenario = plan.scenario;
        one->found = plan.found;
        one->studies = plan.studies;
        one->row[0] = plan.row;
    }
    return status;
}

static tq_status run_all(const cli_args *args, const asked *a, tq_simulation *s, tq_error *err)
{
    cli_progress progress;
    const tq_progress *whole =
        cli_progress_begin(&progress, args, a->plan ? "plans" : "replicates",
                           a->plan ? (double)s->n : (double)s->n * (double)a->options.replicates);
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < s->n; i++) {
        tq_progress_part share = {whole, (double)i / (double)s->n, 1.0 / (double)s->n};
        const tq_progress part = {tq_progress_report_part, &share};

        status = run_one(a, &part, &s->one[i], err);
    }
    cli_progress_end(&progress);
    return status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    asked *a = calloc(1, sizeof *a);
    tq_simulation s = {.provenance = {.command = "simulate", .command_line = command_line}};
    tq_sim_row *rows = NULL;
    tq_status status =
        a ? read_settings(args, a, err) : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    if (status == TQ_OK) {
        const size_t each = a->fits.n_methods * a->fits.n_tests;

        s.n = count_scenarios(a);
        if (s.n > MOST_SCENARIOS) {
            status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "the lists make more than %d scenarios", MOST_SCENARIOS);
        } else {
            s.one = calloc(s.n, sizeof *s.one);
            rows = calloc(s.n * each, sizeof *rows);
            status =
                s.one && rows ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        for (size_t i = 0; status == TQ_OK && i < s.n; i++) {
            s.one[i].row = rows + i * each;
            s.one[i].scenario = scenario_at(a, i);
        }
        s.provenance.title = cli_value(args, "title");
        s.options = &a->options;
        s.plan = a->plan;
        s.find = (tq_sim_find)a->find;
        s.power = a->power;
    }
    status = status == TQ_OK ? simulate_check_figure(&a->output, &s, err) : status;
    status = status == TQ_OK ? run_all(args, a, &s, err) : status;
    status = status == TQ_OK ? simulate_deliver(args, &a->output, &s, err) : status;
    free(rows);
    free(s.one);
    free(a);
    return status;
}

/* clang-format off */
static const cli_option design_options[] = {
    {"measure", "NAME", CLI_ONCE, "SMD (default), MD, OR, RR, RD, or GEN: yi with a known variance", 0},
    {"k", "LIST", CLI_ONCE, "published studies (default 10)", 0},
    {"n", "LIST", CLI_ONCE, "size of a group (default 30)", 0},
    {"sizes", "KIND", CLI_ONCE, "of groups: fixed (default), uniform, lognormal", 0},
    {"spread", "LIST", CLI_ONCE, "uniform: n (1 - x) to n (1 + x); lognormal: SD of log n (default 0.5)", 0},
    {"effect", "LIST", CLI_ONCE, "mean true effect, on the analysis scale: logs for OR, RR (default 0)", 0},
    {"tau2", "LIST", CLI_ONCE, "variance of the true effects (default 0)", 0},
    {"sd", "X", CLI_ONCE, "MD: of the outcome within groups (default 1)", 0},
    {"variance", "X", CLI_ONCE, "GEN: of yi is X / n (default 2)", 0},
    {"control-risk", "LIST", CLI_ONCE, "OR, RR, RD: risk of controls (default 0.2)", 0},
    {"publish", "LIST", CLI_ONCE, "probability that a study without significance is published (default 1)", 0},
    {"small-study", "LIST", CLI_ONCE, "true effects are shifted by X / sqrt(n) (default 0)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option fit_options[] = {
    {"method", "LIST", CLI_ONCE, "EE, FE, DL, HE, HS, SJ, ML, REML, EB, PM, ... (default REML)", 0},
    {"test", "LIST", CLI_ONCE, "z (default), t, knha, adhoc", 0},
    {"level", "PCT", CLI_ONCE, "of intervals and tests, percent (default 95)", 0},
    {"predict", "KIND", CLI_ONCE, "prediction interval: default, t, riley, HK, none", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_option run_options[] = {
    {"reps", "N", CLI_ONCE, "replicates of each scenario (default 10000)", 0},
    {"seed", "S", CLI_ONCE, "of the random numbers (default 1)", 0},
    {"find", "k|n", CLI_ONCE, "the fewest studies, or the smallest groups, with the power", 0},
    {"power", "PCT", CLI_ONCE, "that --find is to reach (default 80)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

/* clang-format on */

static const cli_group groups[] = {
    {"design (a LIST A,B,C makes a grid of scenarios)", design_options},
    {"fits", fit_options},
    {"run", run_options},
    {"output", simulate_output_options},
    {"figure", simulate_figure_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_simulate = {
    "simulate",
    "[options]",
    "simulation and power studies of meta-analyses",
    "Draws studies, publishes them or not, fits them by every method with every test, and says "
    "how\n"
    "these perform: bias, coverage, rejection rate (power), width, tau2, prediction intervals, "
    "with\n"
    "Monte-Carlo errors (Morris, White & Crowther 2019, Stat. Med. 38:2074-2102).\n\n"
    "  tausq simulate --k 5,10,20 --n 25 --tau2 0,0.1 --method DL,REML --test z,knha --reps "
    "100000\n"
    "  tausq simulate --effect 0.3 --n 40 --tau2 0.05 --test knha --find k --power 90\n"
    "  tausq simulate --measure OR --control-risk 0.1 --publish 0.2,1 --format csv\n"
    "  tausq simulate --k 5,10,20 --tau2 0,0.05,0.1 --method DL,REML --test z,knha --plot fig.pdf\n"
    "      --xlsx book.xlsx",
    groups,
    run,
};
