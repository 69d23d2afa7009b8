/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From DATA and the data options to a table and a dataset. */
#include <math.h>
#include <string.h>

#include "cli.h"
#include "shipped.h"

/* A line "- notice: ..." in a shipped description: a warning that every output must carry. */
static const char *notice_of(const tq_shipped *set, tq_arena *arena)
{
    static const char head[] = "\n- notice: ";
    const char *at = set->description.bytes, *end = at + set->description.size;

    for (; at + sizeof head <= end; at++) {
        if (memcmp(at, head, sizeof head - 1) == 0) {
            const char *start = at + sizeof head - 1;
            const char *stop = memchr(start, '\n', (size_t)(end - start));

            return tq_arena_format(arena, "%.*s", (int)((stop ? stop : end) - start), start);
        }
    }
    return NULL;
}

static tq_status read_shipped(const char *name, const tq_sheet_options *opt, cli_input *in,
                              tq_error *err)
{
    const tq_csv_options csv = {
        .separator = opt->separator, .decimal = opt->decimal, .header_row = opt->header_row};
    static const char published[] = "published/"; /* sheets of validation/published */
    char nearest[64], source[96];
    tq_shipped set;

    if (strncmp(name, published, sizeof published - 1) == 0 &&
        tq_shipped_published_sheet(name + sizeof published - 1, &set.csv)) {
        set.description = (tq_span){"", 0};
    } else if (!tq_shipped_find(name, &set)) {
        return tq_shipped_nearest(name, nearest, sizeof nearest)
                   ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "no data set '@%.60s'; did you mean '@%s'?", name, nearest)
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "no data set '@%.60s'; see: tausq data list", name);
    }
    if (opt->sheet) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a data set that ships with the program has no sheets to choose from");
    }
    source[0] = '@';
    tq_copy_text(source + 1, sizeof source - 1, name);
    in->notice = notice_of(&set, in->arena);
    return tq_csv_parse(set.csv.bytes, set.csv.size, source, &csv, &in->table, err);
}

static tq_status sheet_options(const cli_args *args, tq_sheet_options *opt, tq_error *err)
{
    const char *decimal = cli_value(args, "decimal"), *separator = cli_value(args, "separator");
    long header = 0;

    *opt = (tq_sheet_options){.decimal = '.', .sheet = cli_value(args, "sheet")};
    if (decimal) {
        if (strcmp(decimal, ".") != 0 && strcmp(decimal, ",") != 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--decimal: '%.20s' is neither . nor ,",
                           decimal);
        }
        opt->decimal = decimal[0];
    }
    if (separator) {
        const int tab = strcmp(separator, "tab") == 0 || strcmp(separator, "\t") == 0;

        if (!tab && strcmp(separator, ",") != 0 && strcmp(separator, ";") != 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--separator: '%.20s' is none of , ; tab", separator);
        }
        opt->separator = tab ? '\t' : separator[0];
    }
    const tq_status status = cli_integer(args, "header", 1, 1048576, &header, err);

    opt->header_row = (size_t)header;
    return status;
}

static tq_status read_path(const cli_args *args, const tq_sheet_options *opt, cli_input *in,
                           tq_error *err)
{
    const tq_status status = tq_sheet_read(args->data, opt, &in->table, err);

    if (status == TQ_OK) {
        in->notice = tq_table_note(in->table);
    }
    return status;
}

tq_status cli_read_table(const cli_args *args, cli_input *in, tq_error *err)
{
    tq_sheet_options opt;

    in->arena = tq_arena_new();
    if (!in->arena) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (!args->data) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "DATA is missing: a path, @name, or - for standard input");
    }
    if (args->extra) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "unexpected argument '%.80s'; names with spaces need quotes", args->extra);
    }
    const tq_status status = sheet_options(args, &opt, err);

    if (status != TQ_OK) {
        return status;
    }
    return args->data[0] == '@' ? read_shipped(args->data + 1, &opt, in, err)
                                : read_path(args, &opt, in, err);
}

static const char *measure_at(size_t i)
{
    const tq_measure *m = tq_measure_at(i);

    return m ? m->code : NULL;
}

static const char *zero_rule_at(size_t i)
{
    return i < TQ_TO_COUNT ? tq_zero_rule_name((tq_zero_rule)i) : NULL;
}

static const char *add_cells_at(size_t i)
{
    static const char *const names[] = {"all", "events"};

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static tq_status read_effect_options(const cli_args *args, tq_effect_options *opt, tq_error *err)
{
    size_t to = TQ_TO_COUNT, cells = 0;

    *opt = tq_effect_defaults();
    opt->vtype = cli_value(args, "vtype");
    opt->drop00 = cli_value(args, "drop00") != NULL;
    tq_status status = cli_number(args, "add", &opt->add, err);

    status = status == TQ_OK ? cli_choice(args, "to", zero_rule_at, &to, err) : status;
    status = status == TQ_OK ? cli_yes_no(args, "correct", &opt->correct, err) : status;
    status = status == TQ_OK ? cli_yes_no(args, "exact-bias", &opt->exact_bias, err) : status;
    status = status == TQ_OK ? cli_number(args, "ci-level", &opt->ci_level, err) : status;
    status = status == TQ_OK ? cli_number(args, "rescale", &opt->rescale, err) : status;
    status = status == TQ_OK ? cli_choice(args, "add-cells", add_cells_at, &cells, err) : status;
    opt->add_events = (int)cells;
    opt->to = (tq_zero_rule)to;
    return status;
}

static const char *quantiles_at(size_t i)
{
    return i < TQ_QUANTILES_COUNT ? tq_quantiles_method_name((tq_quantiles_method)i) : NULL;
}

static const char *skewed_at(size_t i)
{
    return i == 0 ? "drop" : i == 1 ? "keep" : NULL;
}

static const char *split_at(size_t i)
{
    return i == 0 ? "n" : NULL;
}

/* What is done to rows before their effects are computed. */
static tq_status read_fallback(const cli_args *args, cli_input *in, tq_dataset_spec *spec,
                               tq_error *err)
{
    size_t quantiles = TQ_QUANTILES_LUO_WAN_SHI, skewed = 0, split = 0;
    tq_status status = cli_choice(args, "quantiles", quantiles_at, &quantiles, err);

    status = status == TQ_OK ? cli_choice(args, "skewed", skewed_at, &skewed, err) : status;
    status = status == TQ_OK ? cli_choice(args, "split-shared", split_at, &split, err) : status;
    in->derive = (tq_derive_options){.ci_level = in->effects.ci_level,
                                     .quantiles = (tq_quantiles_method)quantiles,
                                     .keep_skewed = (int)skewed};
    spec->derive = &in->derive;
    spec->no_fallback = cli_value(args, "no-fallback") != NULL;
    spec->combine_arms = cli_value(args, "combine-arms");
    spec->split_shared = cli_value(args, "split-shared") != NULL;
    spec->shared_known = cli_value(args, "v-shared") != NULL;
    return status;
}

/* What the method, where the command has one, pools of the measure. */
static tq_status read_use(const cli_args *args, tq_dataset_spec *spec, tq_error *err)
{
    const char *name = cli_value(args, "method");
    const tq_method method = name ? tq_method_find(name) : TQ_METHOD_COUNT;
    const tq_count_scale scale = tq_count_scale_find(spec->measure->code);

    spec->use = !tq_method_counts(method) ? TQ_USE_EFFECTS
                : scale == TQ_COUNT_PETO  ? TQ_USE_EITHER
                                          : TQ_USE_COUNTS;
    return tq_method_check(method, scale, err);
}

/* The formula of the scale part of a location-scale model, and its new values. */
static tq_status read_scale(const cli_args *args, cli_input *in, tq_dataset_spec *spec,
                            tq_error *err)
{
    const char *scale = cli_value(args, "scale"), *values = cli_value(args, "newscale");

    if (!scale) {
        return values || cli_value(args, "link")
                   ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s needs --scale",
                             values ? "newscale" : "link")
                   : TQ_OK;
    }
    if (spec->n_groups > 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--subgroup and --scale exclude each other: run them apart");
    }
    tq_status status = tq_formula_parse(scale, in->arena, &in->scale, err);

    in->has_scale = 1;
    spec->scale = &in->scale;
    if (status == TQ_OK && values) {
        in->has_newscale = 1;
        status = tq_newmods_parse(values, &in->scale, in->arena, &in->newscale, err);
    }
    return status;
}

/* Add the variables of a formula that are not among those to be read yet. */
static void read_also(const tq_formula *formula, const char **name, int *number, size_t *n)
{
    for (size_t i = 0; i < formula->n_variables; i++) {
        size_t j = 0;

        while (j < *n && strcmp(name[j], formula->variable[i]) != 0) {
            j++;
        }
        if (j == *n) {
            name[(*n)++] = formula->variable[i];
            number[j] = 0;
        }
        number[j] |= formula->number[i];
    }
}

/* Each variable of a formula of --compare has a column. */
static tq_status check_columns(const tq_table *table, const tq_formula *formula, tq_error *err)
{
    for (size_t i = 0; i < formula->n_variables; i++) {
        const char *name = formula->variable[i];

        if (tq_table_find(table, name) == TQ_NO_COLUMN) {
            const char *nearest = tq_table_nearest(table, name);

            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--compare \"%.80s\": no column '%.80s'%s%.80s%s", formula->text, name,
                           nearest ? "; did you mean '" : "", nearest ? nearest : "",
                           nearest ? "'?" : "");
        }
    }
    return TQ_OK;
}

/* The formulas of --compare: all models are fitted to the studies that have the variables of each. */
static tq_status read_compared(const cli_args *args, cli_input *in, tq_error *err)
{
    tq_formula *formula = tq_arena_take(in->arena, args->n, sizeof *formula);
    size_t variables = in->formula.n_variables;
    tq_status status = TQ_OK;

    in->compared = tq_arena_take(in->arena, args->n, sizeof *in->compared);
    if (!formula || !in->compared) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (const char *text;
         status == TQ_OK && (text = cli_value_at(args, "compare", in->n_compared)) != NULL;) {
        tq_formula *one = &formula[in->n_compared];

        status = tq_formula_parse(text, in->arena, one, err);
        status = status == TQ_OK ? check_columns(in->table, one, err) : status;
        variables += one->n_variables;
        in->compared[in->n_compared++] = one;
    }
    const char **name = tq_arena_take(in->arena, variables, sizeof *name);
    int *number = tq_arena_take(in->arena, variables, sizeof *number);

    if (!name || !number) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    in->reading = in->formula;
    in->reading.n_variables = 0;
    read_also(&in->formula, name, number, &in->reading.n_variables);
    for (size_t i = 0; status == TQ_OK && i < in->n_compared; i++) {
        read_also(in->compared[i], name, number, &in->reading.n_variables);
    }
    in->reading.variable = name;
    in->reading.number = number;
    return status;
}

/* --mods, with the standard errors behind it for --egger. */
static tq_status read_formula(const cli_args *args, cli_input *in, tq_dataset_spec *spec,
                              tq_error *err)
{
    const char *text = cli_value(args, "mods");

    if (cli_value(args, "egger")) {
        spec->own_precision = 1;
        text = tq_arena_format(in->arena, "%s + sei", text ? text : "~ 1");
    }
    return text ? tq_formula_parse(text, in->arena, &in->formula, err)
                : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status read_spec(const cli_args *args, cli_input *in, tq_dataset_spec *spec,
                           tq_error *err)
{
    size_t measure = 0;
    tq_status status = cli_choice(args, "measure", measure_at, &measure, err);

    spec->measure = cli_value(args, "measure") ? tq_measure_at(measure) : tq_measure_find("GEN");
    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        spec->column[i] = cli_value(args, tq_input_name(i));
    }
    spec->slab = cli_value(args, "slab");
    spec->subset = cli_value(args, "subset");
    spec->weights = cli_value(args, cli_value(args, "quality") ? "quality" : "weights");
    spec->flip = cli_value(args, "flip");
    spec->keys = in->key;
    spec->n_keys = in->n_keys;
    in->groups = tq_arena_take(in->arena, args->n, sizeof *in->groups);
    if (!in->groups) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (const char *by; (by = cli_value_at(args, "subgroup", spec->n_groups)) != NULL;) {
        in->groups[spec->n_groups++] = by;
    }
    spec->groups = in->groups;
    spec->extra = in->extra;
    spec->n_extra = in->n_extra;
    if (status == TQ_OK) {
        status = read_use(args, spec, err);
    }
    if (status == TQ_OK) {
        status = read_effect_options(args, &in->effects, err);
        spec->effects = &in->effects;
        status = status == TQ_OK ? read_fallback(args, in, spec, err) : status;
    }
    if (status == TQ_OK && (cli_value(args, "mods") || cli_value(args, "egger"))) {
        in->has_formula = 1;
        status = read_formula(args, in, spec, err);
        spec->formula = &in->formula;
    }
    if (status == TQ_OK && cli_value(args, "newmods")) {
        in->has_newmods = 1;
        status = tq_newmods_parse(cli_value(args, "newmods"), &in->formula, in->arena, &in->newmods,
                                  err);
    }
    if (status == TQ_OK) {
        status = read_scale(args, in, spec, err);
    }
    if (status == TQ_OK && cli_value(args, "compare")) {
        status = read_compared(args, in, err);
        spec->formula = &in->reading;
    }
    if (status == TQ_OK && in->has_formula && spec->n_groups > 0) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--subgroup and --mods exclude each other: run them apart");
    }
    return status;
}

tq_status cli_build_dataset(const cli_args *args, cli_input *in, tq_dataset **out, tq_error *err)
{
    tq_dataset_spec spec = {0};
    tq_status status = read_spec(args, in, &spec, err);

    if (status == TQ_OK && in->covariance) {
        status = tq_covariance_diagonal(in->table, in->covariance, in->arena, &spec.own_vi, err);
    }
    return status == TQ_OK ? tq_dataset_build(in->table, &spec, out, err) : status;
}

tq_status cli_read_dataset(const cli_args *args, cli_input *in, tq_error *err)
{
    const tq_status status = in->table ? TQ_OK : cli_read_table(args, in, err);

    return status == TQ_OK ? cli_build_dataset(args, in, &in->dataset, err) : status;
}

void cli_input_free(cli_input *in)
{
    tq_dataset_free(in->dataset);
    tq_table_free(in->table);
    tq_arena_free(in->arena);
}
