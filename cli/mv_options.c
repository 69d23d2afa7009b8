/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of multilevel models: random terms with their structures, tests, columns. */
#include "mv_options.h"

#include <string.h>

/* clang-format off */
const cli_option cli_mv_random_options[] = {
    {"random", "FORMULA", CLI_REPEATED, "\"~ 1 | study/effect\", \"~ outcome | study\", \"~ weeks | study\"; repeatable", 0},
    {"struct", "NAME", CLI_REPEATED, "of ~ inner | outer: CS (default), ID, DIAG, HCS, UN, AR, HAR, CAR, SPEXP, SPGAU, SPLIN, SPRAT, SPSPH, GEN", 0},
    {"dist", "NAME", CLI_ONCE, "distances of SP*: euclidean (default), maximum, manhattan, gcd (longitude + latitude, km)", 0},
    {"R", "FACTOR=FILE", CLI_REPEATED, "known correlations of the levels of a factor (phylogenies): a table with their names", 0},
    {"fix", "LIST", CLI_ONCE, "given components: \"sigma2.1=0.1,rho.1=0.5\" (also tau2, gamma2, phi)", 0},
    {"equate", "LIST", CLI_ONCE, "equal components: \"tau2.1=tau2.2\"", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_mv_kind_options[] = {
    {"kind", "NAME", CLI_ONCE, "of --plot: forest (default), rho (with a list of correlations), influence (with --influence), funnel, caterpillar", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_mv_further_options[] = {
    {"ci-tau2", "KIND", CLI_ONCE, "intervals of the components: PL (default up to 1000 effects) or none", 0},
    {"lrt", NULL, CLI_FLAG, "likelihood-ratio test of each random term", 0},
    {"compare", "FORMULA", CLI_REPEATED, "a model with other moderators, by maximum likelihood", 0},
    {"egger", NULL, CLI_FLAG, "test for small-study effects: the standard errors as the last moderator", 0},
    {"small-study", "LIST", CLI_ONCE, "the same beside the model, by each of sei, vi, ni, ninv, sqrtni, sqrtninv, groups; all; sei and vi: PET-PEESE", 0},
    {"blup", NULL, CLI_FLAG, "predicted true effects; effects of the levels of ~ 1 | ...", 0},
    {"residuals", NULL, CLI_FLAG, "residuals, raw and standardised; leverages", 0},
    {"influence", "COL", CLI_ONCE, "the fit without each level of COL: Cook's distance, dfbetas (\"\": the outermost factor)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_mv_model_options[] = {
    {"method", "NAME", CLI_ONCE, "REML (default) or ML", 0},
    {"test", "NAME", CLI_ONCE, "z (default), t, kr (Kenward-Roger: REML, terms ~ 1 | ...)", 0},
    {"dfs", "NAME", CLI_ONCE, "of t: residual (default), contain, satterthwaite", 0},
    {"level", "PCT", CLI_ONCE, "confidence level in percent (default 95)", 0},
    {"mods", "FORMULA", CLI_ONCE, "moderators: \"~ log(dose) + source\"; a*b, poly, rcs, factor, relevel", 0},
    {"newmods", "VALUES", CLI_ONCE, "predict at: \"dose=40,source=AD;dose=80,source=BM\"", 0},
    {"subgroup", "COL", CLI_REPEATED, "the model by the levels of a column; repeatable", 0},
    {"subgroup-tau2", "KIND", CLI_ONCE, "separate (default) or common components of the levels", 0},
    {"overall", "yes|no", CLI_ONCE, "no: with --subgroup, show the levels alone (default yes)", 0},
    {"predict", "KIND", CLI_ONCE, "prediction interval: default or none", 0},
    {"transform", "NAME", CLI_ONCE, "back-transformation (default: the measure's own)", 0},
    {"threshold", "X", CLI_ONCE, "relative size of the last step (default 1e-9)", 0},
    {"maxiter", "N", CLI_ONCE, "steps of one search (default 500)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* Those that stand before a bar; intercepts have none. */
static const char *structure_at(size_t i)
{
    return tq_mv_structure_name((tq_mv_structure)(i + 1));
}

static const char *distance_at(size_t i)
{
    return tq_mv_distance_name((tq_mv_distance)i);
}

static const char *df_at(size_t i)
{
    return tq_mv_df_name((tq_mv_df)i);
}

static size_t count(const cli_args *args, const char *name)
{
    size_t n = 0;

    while (cli_value_at(args, name, n)) {
        n++;
    }
    return n;
}

/* ---- columns ---- */

/* Add a column to those that the dataset reads, once. */
tq_status cli_extra_column(cli_input *in, tq_arena *arena, const tq_extra_column *column,
                           tq_error *err)
{
    for (size_t i = 0; i < in->n_extra; i++) {
        if (strcmp(in->extra[i].column, column->column) == 0) {
            in->extra[i].number |= column->number;
            in->extra[i].optional &= column->optional;
            return TQ_OK;
        }
    }
    if ((in->n_extra & (in->n_extra - 1)) == 0) { /* 0, or a power of 2: full */
        const size_t room = in->n_extra ? 2 * in->n_extra : 1;
        tq_extra_column *wider = tq_arena_take(arena, room, sizeof *wider);

        if (!wider) {
            return no_memory(err);
        }
        if (in->n_extra) {
            memcpy(wider, in->extra, in->n_extra * sizeof *wider);
        }
        in->extra = wider;
    }
    in->extra[in->n_extra++] = *column;
    return TQ_OK;
}

static tq_status name_columns(const tq_random_term *t, tq_arena *arena, cli_input *in,
                              tq_error *err)
{
    const tq_random_formula *f = &t->formula;
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < f->n_outer; i++) {
        status = cli_extra_column(in, arena, &(tq_extra_column){"random", f->outer[i], 0, 0}, err);
    }
    for (size_t i = 0; status == TQ_OK && i < f->n_inner; i++) {
        const tq_extra_column inner = {"random", f->inner[i], t->structure >= TQ_MV_CAR, 0};

        status = cli_extra_column(in, arena, &inner, err);
    }
    return status;
}

/* ---- random terms ---- */

/* The structure of the i-th term that has one: the i-th --struct, or the last. */
static tq_status structure_of(const cli_args *args, size_t i, tq_mv_structure *out, tq_error *err)
{
    const size_t n = count(args, "struct");
    const char *name = n ? cli_value_at(args, "struct", i < n ? i : n - 1) : "CS";
    size_t at = 0;
    const tq_status status = cli_choose("struct", name, structure_at, &at, err);

    *out = (tq_mv_structure)(at + 1);
    return status;
}

static tq_status read_random(const cli_args *args, tq_arena *arena, cli_input *in,
                             tq_multilevel_spec *out, tq_error *err)
{
    const size_t n = count(args, "random");
    tq_random_term *random = tq_arena_take(arena, n, sizeof *random);
    size_t structured = 0;
    tq_status status = random ? TQ_OK : no_memory(err);

    if (status == TQ_OK && n == 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--random is missing: which effects belong together, as in \"~ 1 | "
                       "study/effect\"");
    }
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        status = tq_random_formula_parse(cli_value_at(args, "random", i), arena, &random[i].formula,
                                         err);
        if (status == TQ_OK && random[i].formula.n_inner > 0) {
            status = structure_of(args, structured++, &random[i].structure, err);
        }
        status = status == TQ_OK ? name_columns(&random[i], arena, in, err) : status;
    }
    if (status == TQ_OK && count(args, "struct") > structured) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "--struct: %zu given, but --random has %zu term%s ~ inner | outer; terms ~ 1 "
            "| ... have no structure",
            count(args, "struct"), structured, structured == 1 ? "" : "s");
    }
    out->random = random;
    out->n_random = n;
    return status;
}

/* ---- tests ---- */

static int is_method(const char *name)
{
    return tq_method_find(name) != TQ_METHOD_COUNT;
}

static int is_test(const char *name)
{
    return strcmp(name, "knha") == 0 || strcmp(name, "adhoc") == 0;
}

/* Options of pooled models that take less here; exists: a value that is none at all is another error. */
static const struct {
    const char *option, *takes[3], *why;
    int (*exists)(const char *value);
} narrowed[] = {
    {"method",
     {"REML", "ML", NULL},
     "multilevel models are fitted by REML (default) or ML",
     is_method},
    {"test", {"z", "t", "kr"}, "multilevel models have z (default), t and kr", is_test},
    {"predict", {"default", "none", NULL}, "multilevel models have default and none", NULL},
    {"ci-tau2",
     {"PL", "none", NULL},
     "components have intervals by profile likelihood, PL, or none",
     NULL},
};
enum { NARROWED = sizeof narrowed / sizeof *narrowed };

const char *cli_mv_refusal(const char *option, const char *value)
{
    for (size_t i = 0; i < NARROWED; i++) {
        int takes = strcmp(narrowed[i].option, option) != 0 ||
                    (narrowed[i].exists && !narrowed[i].exists(value));

        for (size_t j = 0; j < 3 && narrowed[i].takes[j]; j++) {
            takes |= strcmp(narrowed[i].takes[j], value) == 0;
        }
        if (!takes) {
            return narrowed[i].why;
        }
    }
    return NULL;
}

static tq_status check_model(const cli_args *args, tq_error *err)
{
    const char *test = cli_value(args, "test");

    for (size_t i = 0; i < NARROWED; i++) {
        const char *value = cli_value(args, narrowed[i].option);
        const char *why = value ? cli_mv_refusal(narrowed[i].option, value) : NULL;

        if (why) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s %.20s: %s", narrowed[i].option,
                           value, why);
        }
    }
    return cli_value(args, "dfs") && !(test && strcmp(test, "t") == 0)
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--dfs needs --test t")
               : TQ_OK;
}

/* Predictors of small-study effects: a list, or all. */
static tq_status read_small_study(const cli_args *args, tq_arena *arena, tq_multilevel_spec *out,
                                  tq_error *err)
{
    const char *const *name = NULL;
    const int all =
        cli_value(args, "small-study") && strcmp(cli_value(args, "small-study"), "all") == 0;
    size_t n = 0;
    tq_status status = all ? TQ_OK : cli_column_list(args, "small-study", arena, &name, &n, err);

    while (all && tq_small_study_name(n)) {
        n++;
    }
    size_t *list = tq_arena_take(arena, n + 1, sizeof *list);

    if (!list) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        list[i] = i;
        status =
            all ? TQ_OK : cli_choose("small-study", name[i], tq_small_study_name, &list[i], err);
        for (size_t j = 0; status == TQ_OK && j < i; j++) {
            if (list[j] == list[i]) {
                status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                 "--small-study: '%.40s' is named twice", name[i]);
            }
        }
    }
    out->small_study = list;
    out->n_small_study = n;
    return status;
}

/* What is asked beyond the fit; intervals are decided when the number of effects is known. */
static tq_status read_further(const cli_args *args, tq_arena *arena, cli_input *in,
                              tq_multilevel_spec *out, tq_error *err)
{
    const char *kind = cli_value(args, "ci-tau2"), *by = cli_value(args, "influence");

    out->fix = cli_value(args, "fix");
    out->equate = cli_value(args, "equate");
    out->rows = cli_value(args, "residuals") != NULL;
    out->levels = cli_value(args, "blup") != NULL;
    out->drop = cli_value(args, "lrt") != NULL;
    out->egger = cli_value(args, "egger") != NULL;
    out->influence = by;
    out->profile = kind && strcmp(kind, "PL") == 0;
    const tq_status status = read_small_study(args, arena, out, err);

    if (status != TQ_OK) {
        return status;
    }
    return by && *by ? cli_extra_column(in, arena, &(tq_extra_column){"influence", by, 0, 0}, err)
                     : TQ_OK;
}

static tq_status read_model(const cli_args *args, tq_arena *arena, cli_input *in,
                            tq_multilevel_spec *out, tq_error *err)
{
    size_t distance = 0, df = 0;
    long max_iter, threads = 0;
    tq_status status;

    *out = (tq_multilevel_spec){.options = tq_mv_defaults()};
    max_iter = out->options.max_iter;
    status = check_model(args, err);
    status = status == TQ_OK ? read_random(args, arena, in, out, err) : status;
    status = status == TQ_OK ? cli_choice(args, "dist", distance_at, &distance, err) : status;
    status = status == TQ_OK ? cli_choice(args, "dfs", df_at, &df, err) : status;
    status = status == TQ_OK ? cli_number(args, "threshold", &out->options.tol, err) : status;
    status = status == TQ_OK ? cli_integer(args, "maxiter", 1, 1000000, &max_iter, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    status = status == TQ_OK ? cli_mv_relations(args, arena, out, err) : status;
    status = status == TQ_OK ? read_further(args, arena, in, out, err) : status;
    out->distance = (tq_mv_distance)distance;
    out->options.df = (tq_mv_df)df;
    out->options.max_iter = (int)max_iter;
    out->options.threads = (size_t)threads;
    return status;
}

/* ---- sampling errors, clusters ---- */

static tq_status read_dependence(const cli_args *args, tq_arena *arena, cli_input *in,
                                 cli_multilevel *out, tq_error *err)
{
    tq_key cluster;
    tq_status status =
        cli_read_covariance(args, "v-cluster", "v-struct", arena, &out->covariance, err);

    status = status == TQ_OK
                 ? cli_read_robust(args, cli_mv_robust_options, &out->robust, &cluster, err)
                 : status;
    if (status != TQ_OK) {
        return status;
    }
    in->covariance = &out->covariance.wish;
    in->key = out->key;
    in->n_keys = tq_covariance_keys(&out->covariance.wish, out->key);
    out->spec.covariance = &out->covariance.wish;
    out->spec.rho = out->covariance.rho;
    out->spec.n_rho = out->covariance.n_rho;
    out->clustered = cluster.column != NULL;
    if (out->clustered) {
        out->robust.key = in->n_keys;
        out->key[in->n_keys++] = cluster;
    }
    return TQ_OK;
}

/* ---- all of it ---- */

tq_status cli_ask_multilevel(const cli_args *args, tq_arena *arena, cli_input *in,
                             cli_multilevel *out, tq_error *err)
{
    *out = (cli_multilevel){0};
    const tq_status status = read_model(args, arena, in, &out->spec, err);

    return status == TQ_OK ? read_dependence(args, arena, in, out, err) : status;
}

/* More effects than these take a while to profile, and have the intervals of their standard errors. */
enum { MANY_EFFECTS = 1000 };

void cli_multilevel_into(cli_multilevel *asked, const cli_args *args, const cli_input *in,
                         tq_analysis_spec *spec)
{
    tq_multilevel_spec *model = &asked->spec;

    model->profile |= !cli_value(args, "ci-tau2") && in->dataset->k <= MANY_EFFECTS;
    model->compared = in->compared;
    model->n_compared = in->n_compared;
    spec->robust = asked->clustered ? &asked->robust : NULL;
    spec->multilevel = model;
    spec->blup = cli_value(args, "blup") != NULL;
}

void cli_multilevel_free(cli_multilevel *asked)
{
    cli_covariance_free(&asked->covariance);
}

tq_status cli_mv_regression(const cli_args *args, cli_input *in, tq_regression_spec *out,
                            int *asked, tq_error *err)
{
    const tq_status status = cli_regression(args, in, out, asked, err);

    out->residuals = 0;
    out->n_compared = 0;
    return status;
}
