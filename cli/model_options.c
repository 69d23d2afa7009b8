/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the model's options to a pooled analysis, and from the figure's options to its layout. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "core/names.h"
#include "core/parse_number.h"
#include "progress.h"

/* ---- names of the choices ---- */

static const char *method_at(size_t i)
{
    return i < TQ_METHOD_COUNT ? tq_method_name((tq_method)i) : NULL;
}

static const char *test_at(size_t i)
{
    return i < TQ_TEST_COUNT ? tq_test_name((tq_test)i) : NULL;
}

static const char *ci_tau2_at(size_t i)
{
    return i < TQ_CI_COUNT ? tq_ci_tau2_name((tq_ci_tau2)i) : NULL;
}

static const char *ci_mu_at(size_t i)
{
    return i < TQ_CI_MU_COUNT ? tq_ci_mu_name((tq_ci_mu)i) : NULL;
}

static const char *link_at(size_t i)
{
    return i < TQ_LINK_COUNT ? tq_link_name((tq_link)i) : NULL;
}

static const char *predict_at(size_t i)
{
    return i < TQ_PREDICT_COUNT ? tq_predict_name((tq_predict)i) : NULL;
}

static const char *i2_at(size_t i)
{
    return i < TQ_I2_COUNT ? tq_i2_name((tq_i2)i) : NULL;
}

static const char *mh_variance_at(size_t i)
{
    return i < TQ_MH_COUNT ? tq_mh_variance_name((tq_mh_variance)i) : NULL;
}

static const char *glmm_model_at(size_t i)
{
    return tq_glmm_model_name((tq_glmm_model)i);
}

static const char *correlation_at(size_t i)
{
    static const char *const names[] = {"common", "groups"};

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static const char *subgroup_tau2_at(size_t i)
{
    static const char *const names[] = {
        [TQ_TAU2_SEPARATE] = "separate", [TQ_TAU2_COMMON] = "common"};

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static const char *transform_at(size_t i)
{
    const tq_transform *t = tq_transform_at(i);

    return t ? t->name : NULL;
}

/* ---- options ---- */

static tq_status read_choices(const cli_args *args, tq_analysis_spec *spec, tq_error *err)
{
    tq_pool_options *o = &spec->options;
    size_t method = o->method, test = o->test, ci = o->ci_tau2, predict = o->predict, tau2 = 0,
           t = 0, mh = o->mh_variance, link = spec->link, glmm = o->glmm_model, rho = 0, i2 = o->i2;
    const struct {
        const char *name;
        cli_names *names;
        size_t *at;
    } choices[] = {
        {"method", method_at, &method},
        {"test", test_at, &test},
        {"ci-tau2", ci_tau2_at, &ci},
        {"predict", predict_at, &predict},
        {"i2", i2_at, &i2},
        {"transform", transform_at, &t},
        {"subgroup-tau2", subgroup_tau2_at, &tau2},
        {"mh-variance", mh_variance_at, &mh},
        {"glmm-model", glmm_model_at, &glmm},
        {"bb-correlation", correlation_at, &rho},
        {"link", link_at, &link},
    };
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < sizeof choices / sizeof *choices; i++) {
        status = cli_choice(args, choices[i].name, choices[i].names, choices[i].at, err);
    }
    o->method = (tq_method)method;
    o->test = cli_value(args, "test") ? (tq_test)test : tq_method_test(o->method);
    o->ci_tau2 = (tq_ci_tau2)ci;
    o->predict = (tq_predict)predict;
    o->i2 = (tq_i2)i2;
    o->mh_variance = (tq_mh_variance)mh;
    o->glmm_model = (tq_glmm_model)glmm;
    o->separate_rho = rho == 1;
    spec->subgroup_tau2 = (tq_subgroup_tau2)tau2;
    spec->link = (tq_link)link;
    spec->transform = cli_value(args, "transform") ? tq_transform_at(t) : NULL;
    return status;
}

static tq_status read_numbers(const cli_args *args, tq_pool_options *o, tq_error *err)
{
    long max_iter = o->max_iter, seed = (long)o->seed, threads = 0, nagq = (long)o->nagq;
    tq_status status = cli_number(args, "level", &o->level, err);

    status = status == TQ_OK ? cli_number(args, "tau2", &o->tau2, err) : status;
    status = status == TQ_OK ? cli_yes_no(args, "weighted", &o->weighted, err) : status;
    status = status == TQ_OK ? cli_yes_no(args, "correct", &o->correct, err) : status;
    status = status == TQ_OK ? cli_number(args, "threshold", &o->tol, err) : status;
    status = status == TQ_OK ? cli_integer(args, "maxiter", 1, 1000000, &max_iter, err) : status;
    status = status == TQ_OK ? cli_integer(args, "seed", 0, 2147483647, &seed, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    status = status == TQ_OK ? cli_integer(args, "nagq", 1, TQ_HERMITE_MAX, &nagq, err) : status;
    o->max_iter = (int)max_iter;
    o->nagq = (size_t)nagq;
    o->seed = (uint64_t)seed;
    return status;
}

/* ---- provenance ---- */

static int is_date(const char *text)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;
    int length = 0;

    if (sscanf(text, "%4u-%2u-%2u%n", &year, &month, &day, &length) != 3 || length != 10 ||
        text[10] || strspn(text, "0123456789-") != 10 || month < 1 || month > 12) {
        return 0;
    }
    const int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/* Outputs never read the clock. */
tq_status cli_date(const cli_args *args, tq_arena *arena, const char **date, tq_error *err)
{
    const char *text = cli_value(args, "date"), *epoch = getenv("SOURCE_DATE_EPOCH");

    if (text) {
        if (!is_date(text)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--date: '%.40s' is not YYYY-MM-DD",
                           text);
        }
        *date = text;
    } else if (epoch) {
        char *end;
        const time_t seconds = (time_t)strtoll(epoch, &end, 10);
        struct tm utc;
        char buffer[16];

        if (end == epoch || *end || !gmtime_r(&seconds, &utc) ||
            strftime(buffer, sizeof buffer, "%Y-%m-%d", &utc) != 10) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "SOURCE_DATE_EPOCH: '%.40s' is not a number of seconds since 1970",
                           epoch);
        }
        *date = tq_arena_text(arena, buffer);
        if (!*date) {
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
    }
    return TQ_OK;
}

static tq_status read_provenance(const cli_args *args, const char *command,
                                 const char *command_line, cli_input *in, tq_provenance *p,
                                 tq_error *err)
{
    *p = (tq_provenance){.command = command,
                         .command_line = command_line,
                         .title = cli_value(args, "title"),
                         .notice = in->notice,
                         .effect = cli_value(args, "effect-label"),
                         .group1 = cli_value(args, "group1"),
                         .group2 = cli_value(args, "group2")};
    const tq_status status = cli_compatibility(args, in->arena, &p->compat, err);

    return status == TQ_OK ? cli_date(args, in->arena, &p->date, err) : status;
}

static tq_status read_overall(const cli_args *args, tq_analysis_spec *spec, tq_error *err)
{
    int overall = 1;
    const tq_status status = cli_yes_no(args, "overall", &overall, err);

    spec->levels_only = !overall;
    return status == TQ_OK && !overall && !cli_value(args, "subgroup")
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--overall no needs --subgroup")
               : status;
}

/* The interval of the pooled effect, where the command has one. */
static tq_status read_ci_mu(const cli_args *args, const tq_pool_options *model,
                            tq_mean_interval_options *o, tq_error *err)
{
    long iterations = (long)o->iterations, threads = 0;
    size_t kind = o->kind;

    if (!cli_value(args, "ci-mu")) {
        return TQ_OK;
    }
    tq_status status = cli_choice(args, "ci-mu", ci_mu_at, &kind, err);

    status = status == TQ_OK ? cli_integer(args, "iter", 2, 100000000, &iterations, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    if (status == TQ_OK && cli_value(args, "scale")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--ci-mu and --scale exclude each other");
    }
    o->kind = (tq_ci_mu)kind;
    o->iterations = (size_t)iterations;
    o->threads = (size_t)threads;
    o->seed = model->seed;
    return status;
}

/* Options that one method alone listens to. */
static tq_status check_method(const cli_args *args, tq_method method, tq_error *err)
{
    static const struct {
        const char *option;
        tq_method of;
    } rows[] = {
        {"quality", TQ_QE}, {"mh-variance", TQ_MH},    {"glmm-model", TQ_GLMM},
        {"nagq", TQ_GLMM},  {"bb-correlation", TQ_BB},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (cli_value(args, rows[i].option) && method != rows[i].of) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s needs --method %s",
                           rows[i].option, tq_method_name(rows[i].of));
        }
    }
    /* Scores and weights come by one column, whose meaning the method gives. */
    if (method == TQ_QE && cli_value(args, "weights")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--method QE takes its weights from --quality COL; leave --weights out");
    }
    return TQ_OK;
}

/* Whether an interval other than none was asked for. */
static int asks_interval(const cli_args *args, const char *option)
{
    const char *kind = cli_value(args, option);

    return kind && strcmp(kind, "none") != 0;
}

/* Intervals that the model at hand does not have: left out by default, refused when asked for. */
static tq_status check_intervals(const cli_args *args, tq_method method, tq_error *err)
{
    const int tau2 = asks_interval(args, "ci-tau2"), predict = asks_interval(args, "predict");
    const char *option = tau2 ? "ci-tau2" : "predict";

    if (!tau2 && !predict) {
        return TQ_OK;
    }
    if (!tq_method_random(method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s has no tau2 that --%s could use; leave it out",
                       tq_method_name(method), option);
    }
    if (tau2 && tq_method_counts(method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s has no interval of tau2; leave --ci-tau2 out",
                       tq_method_name(method));
    }
    if (cli_value(args, "scale")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--%s and --scale exclude each other: no one tau2 holds for all studies",
                       option);
    }
    return TQ_OK;
}

tq_status cli_analyse(const cli_args *args, const cli_input *in, tq_analysis_spec *spec,
                      tq_analysis **analysis, tq_error *err)
{
    const tq_ci_mu kind = spec->ci_mu.kind;
    cli_progress progress;

    if (kind < TQ_CI_MU_BOOT_PARAM) {
        return tq_analysis_pool(in->dataset, spec, analysis, err);
    }
    spec->ci_mu.progress =
        cli_progress_begin(&progress, args, "samples", (double)spec->ci_mu.iterations);
    const tq_status status = tq_analysis_pool(in->dataset, spec, analysis, err);

    cli_progress_end(&progress);
    return status;
}

tq_status cli_read_spec(const cli_args *args, const char *command, const char *command_line,
                        cli_input *in, tq_analysis_spec *spec, tq_error *err)
{
    *spec = (tq_analysis_spec){.options = tq_pool_defaults(), .ci_mu = tq_mean_interval_defaults()};
    tq_status status = read_choices(args, spec, err);

    status = status == TQ_OK ? read_numbers(args, &spec->options, err) : status;
    status = status == TQ_OK ? read_ci_mu(args, &spec->options, &spec->ci_mu, err) : status;
    status = status == TQ_OK ? check_method(args, spec->options.method, err) : status;
    status = status == TQ_OK ? check_intervals(args, spec->options.method, err) : status;
    if (status == TQ_OK) {
        status = cli_read_dataset(args, in, err);
    }
    if (status == TQ_OK) {
        spec->formula = in->has_formula ? &in->formula : NULL;
        spec->newmods = in->has_newmods ? &in->newmods : NULL;
        spec->scale = in->has_scale ? &in->scale : NULL;
        spec->newscale = in->has_newscale ? &in->newscale : NULL;
        spec->vtype = cli_value(args, "vtype");
        spec->effects = &in->effects;
        status = read_overall(args, spec, err);
    }
    status = status == TQ_OK ? cli_forest_columns(args, in, spec, err) : status;
    if (status == TQ_OK) {
        status = read_provenance(args, command, command_line, in, &spec->provenance, err);
    }
    return status;
}

tq_status cli_pool(const cli_args *args, const char *command, const char *command_line,
                   cli_input *in, tq_analysis **analysis, tq_error *err)
{
    tq_analysis_spec spec;
    const tq_status status = cli_read_spec(args, command, command_line, in, &spec, err);

    return status == TQ_OK ? cli_analyse(args, in, &spec, analysis, err) : status;
}

/* ---- views ---- */

tq_status cli_view_options(const cli_args *args, tq_view_options *opt, tq_error *err)
{
    long digits = 4;

    *opt = tq_view_defaults();
    opt->colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && !cli_value(args, "output");
    const tq_status status = cli_integer(args, "digits", 0, 15, &digits, err);

    opt->digits = (int)digits;
    return status;
}

static tq_status read_limits(const char *text, tq_forest_options *opt, tq_error *err)
{
    char lo[64];
    const size_t n = strcspn(text, ",");

    if (n < sizeof lo && text[n] == ',') {
        memcpy(lo, text, n);
        lo[n] = '\0';
        if (tq_parse_number(lo, '.', &opt->lo) && tq_parse_number(text + n + 1, '.', &opt->hi)) {
            opt->limits_given = 1;
            return TQ_OK;
        }
    }
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--limits: '%.60s' is not two numbers LO,HI",
                   text);
}

/* What the forest plot shows, with whatever model. */
static tq_status read_forest(const cli_args *args, const tq_analysis *a, tq_forest_options *opt,
                             tq_error *err)
{
    long digits = 2;

    *opt = (tq_forest_options){.clusters = 1,
                               .robust = 1,
                               .block = a->n_blocks ? 0 : TQ_NO_LEVEL,
                               .favours_lo = cli_value(args, "favours-left"),
                               .favours_hi = cli_value(args, "favours-right")};
    tq_status status = cli_integer(args, "digits", 0, 15, &digits, err);

    opt->digits = (int)digits;
    opt->digits_given = cli_value(args, "digits") != NULL;
    if (status == TQ_OK && cli_value(args, "limits")) {
        status = read_limits(cli_value(args, "limits"), opt, err);
    }
    return status;
}

static tq_status needs_pooled_effect(const tq_analysis *a, tq_error *err)
{
    return isnan(a->fit->prediction.pred)
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "a forest plot of a model with --mods has no pooled effect to show; leave "
                         "--mods out, or use --subgroup")
               : TQ_OK;
}

tq_status cli_forest(const cli_args *args, const tq_analysis *a, tq_forest **out, tq_error *err)
{
    tq_forest_options opt;
    tq_status status = a->fitted ? TQ_OK : needs_pooled_effect(a, err);

    status = status == TQ_OK ? read_forest(args, a, &opt, err) : status;
    status = status == TQ_OK ? cli_forest_choice(args, a, &opt, err) : status;
    return status == TQ_OK ? tq_forest_layout(a, &opt, out, err) : status;
}

tq_status cli_workbook_forest(const cli_args *args, const tq_analysis *a, tq_forest **out,
                              tq_error *err)
{
    tq_forest_options opt;
    tq_status status = needs_pooled_effect(a, err);

    status = status == TQ_OK ? read_forest(args, a, &opt, err) : status;
    status = status == TQ_OK ? cli_forest_choice(args, a, &opt, err) : status;
    opt.summary_only = 0;               /* a workbook holds its studies */
    opt.robust = a->multilevel != NULL; /* else formulas give the model's intervals */
    return status == TQ_OK ? tq_forest_layout(a, &opt, out, err) : status;
}

tq_status cli_sequence_forest(const cli_args *args, const tq_analysis *a, tq_forest **out,
                              tq_error *err)
{
    const tq_sensitivity *s = a->sensitivity;
    tq_forest_options opt;
    tq_status status = needs_pooled_effect(a, err);

    status = status == TQ_OK ? read_forest(args, a, &opt, err) : status;
    opt.sequence = s->loo ? s->loo : s->cumul;
    return status == TQ_OK ? tq_forest_layout(a, &opt, out, err) : status;
}

tq_status cli_plot_options(const cli_args *args, const tq_analysis *a, tq_plot_options *opt,
                           tq_error *err)
{
    size_t kind = 0;

    *opt = tq_plot_defaults();
    opt->variable = cli_value(args, "x");
    tq_status status = cli_choice(args, "kind", tq_plot_name, &kind, err);

    if (status == TQ_OK && !tq_plot_has_axes(kind) &&
        !(a->fitted && strcmp(tq_plot_name(kind), "forest") == 0)) {
        status = needs_pooled_effect(a, err);
    }
    status = status == TQ_OK ? read_forest(args, a, &opt->forest, err) : status;
    status = status == TQ_OK ? cli_forest_choice(args, a, &opt->forest, err) : status;
    opt->study = cli_value(args, "out");
    return status == TQ_OK ? cli_yes_no(args, "contours", &opt->contours, err) : status;
}

tq_status cli_figure_how(const cli_args *args, const char *date, tq_figure_options *how,
                         tq_error *err)
{
    const char *font = cli_value(args, "font");

    *how = tq_figure_defaults();
    long rows = (long)how->page_rows;

    how->date = date;
    how->font = font;
    tq_status status = cli_choice(args, "theme", tq_theme_name, &how->theme, err);

    status = status == TQ_OK ? cli_number(args, "dpi", &how->dpi, err) : status;
    status = status == TQ_OK ? cli_number(args, "width", &how->width, err) : status;
    status = status == TQ_OK ? cli_integer(args, "page-rows", 0, 100000, &rows, err) : status;
    how->page_rows = (size_t)rows;
    if (status == TQ_OK && font && (!*font || strpbrk(font, "'\",;<>&\\"))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--font: '%.60s' is not the name of one typeface", font);
    }
    return status;
}
