/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding a sheet to a measure: which column is which input, which rows can be used, and why not. */
#include "frame/dataset.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "frame/dataset_internal.h"
#include "frame/subset.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- columns ---- */

static tq_status find_column(const tq_table *table, const char *name, const char *option,
                             size_t *column, tq_error *err)
{
    *column = tq_table_find(table, name);
    if (*column != TQ_NO_COLUMN) {
        return TQ_OK;
    }
    const char *nearest = tq_table_nearest(table, name);

    tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: no column '%.80s'%s%.80s%s", option, name,
            nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    tq_copy_text(err->file, sizeof err->file, tq_table_source(table));
    return TQ_EINVAL;
}

/* Whether the user has said that the column holds another input. */
static int is_taken(const tq_dataset_spec *spec, const char *column)
{
    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        if (spec->column[i] && strcmp(spec->column[i], column) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The column an input is read from when it is not named: its own name, '-' or '_' between words. */
static const char *column_by_name(const tq_table *table, tq_input input)
{
    char name[32];

    if (tq_table_find(table, tq_input_name(input)) != TQ_NO_COLUMN) {
        return tq_input_name(input);
    }
    tq_copy_text(name, sizeof name, tq_input_name(input));
    for (char *c = name; *c; c++) {
        *c = *c == '-' ? '_' : *c;
    }
    const size_t at = tq_table_find(table, name);

    return at == TQ_NO_COLUMN ? NULL : tq_table_name(table, at);
}

static const char *default_column(const tq_table *table, const tq_dataset_spec *spec,
                                  tq_input input)
{
    const char *column = column_by_name(table, input);

    return column && is_taken(spec, column) ? NULL : column;
}

/* What of the inputs that are found leads to one of the recipes, by itself or through what can be
   derived from it. */
static tq_input_set wanted_for(const tq_measure *m, const tq_dataset_spec *spec,
                               tq_input_set available)
{
    const tq_input_set makes = spec->no_fallback ? 0 : tq_derive_makes(m, available);
    tq_input_set wanted = 0;

    for (size_t r = 0; r < m->n_recipes; r++) {
        const tq_input_set needs = m->recipes[r].needs;

        if ((needs & ~(available | makes)) == 0) {
            wanted |= needs & available;
            wanted |= needs & makes ? tq_derive_uses(m, available) : 0;
        }
    }
    return wanted | (tq_measure_directs(m) & available);
}

/* The inputs whose names are words, or people's abbreviations, and no code like se1i or x2i-stat. */
static tq_input_set words(void)
{
    tq_input_set set = 0;

    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        set |= strpbrk(tq_input_name(i), "123") ? 0 : TQ_INPUT_BIT(i);
    }
    return set;
}

/* The inputs of all recipes, but for names that sheets use for people and allocations as well, where
   other columns complete one. */
static tq_input_set needed_for(const tq_measure *m, tq_input_set available)
{
    const tq_input_set ambiguous = TQ_INPUT_BIT(TQ_IN_PI) | TQ_INPUT_BIT(TQ_IN_RATIO);
    tq_input_set needed = 0;

    for (size_t r = 0; r < m->n_recipes; r++) {
        needed |= m->recipes[r].needs;
    }
    return tq_measure_recipe(m, available & ~ambiguous) ? needed & ~ambiguous : needed;
}

/* Name the column of every input that will be read; returns those that only their name suggests and
   that no recipe needs: a column 'pi' may hold people. */
/* What stands for a column where variances come from elsewhere. */
static const char own_variances[] = "the diagonal of V";

/* Whether an effect is there, and nothing that tells its precision. */
static int lacks_precision(const tq_dataset_spec *spec, tq_input_set available)
{
    const tq_input_set precision = TQ_INPUT_BIT(TQ_IN_VI) | TQ_INPUT_BIT(TQ_IN_SEI) |
                                   TQ_INPUT_BIT(TQ_IN_CI_LB) | TQ_INPUT_BIT(TQ_IN_CI_UB);

    return spec->own_vi && (available & TQ_INPUT_BIT(TQ_IN_YI)) && !(available & precision);
}

static tq_input_set bind_inputs(const tq_table *table, const tq_dataset_spec *spec,
                                tq_dataset *data)
{
    tq_input_set named = 0, found = 0;

    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        data->column[i] = spec->column[i];
        named |= spec->column[i] ? TQ_INPUT_BIT(i) : 0;
        found |= default_column(table, spec, i) ? TQ_INPUT_BIT(i) : 0;
    }
    if (lacks_precision(spec, named | found)) {
        data->column[TQ_IN_VI] = own_variances;
        named |= TQ_INPUT_BIT(TQ_IN_VI);
    }
    if (tq_measure_recipe(spec->measure, named)) {
        return 0;
    }
    tq_input_set wanted = wanted_for(spec->measure, spec, named | found);

    if (dataset_may_stand_in(spec)) {
        wanted |= wanted_for(tq_measure_find("GEN"), spec, named | found);
    }
    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        if (wanted & ~named & TQ_INPUT_BIT(i)) {
            data->column[i] = default_column(table, spec, i);
        }
    }
    return wanted & ~named & ~needed_for(spec->measure, named | found) & words();
}

/* ---- reading ---- */

/* One column of the selected rows as numbers, or a constant. */
static tq_status read_numbers(const tq_dataset *data, const unsigned char *keep, const char *column,
                              const char *option, double *scratch, double **out, tq_error *err)
{
    const tq_table *table = data->table;
    double *values = tq_arena_take(data->arena, data->rows, sizeof *values);
    size_t c;

    if (!values) {
        return no_memory(err);
    }
    if (column[0] == '=') {
        double constant;

        if (!tq_parse_number(column + 1, '.', &constant)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%.80s' is not a number", option,
                           column + 1);
        }
        for (size_t i = 0; i < data->rows; i++) {
            values[i] = constant;
        }
        *out = values;
        return TQ_OK;
    }
    tq_status status = find_column(table, column, option, &c, err);

    if (status == TQ_OK) {
        status = tq_table_numbers(table, c, keep, scratch, err);
        if (status != TQ_OK) {
            return status;
        }
        for (size_t i = 0; i < data->rows; i++) {
            values[i] = scratch[data->row[i]];
        }
        *out = values;
    }
    return status;
}

/* Do without a column that nobody asked for and that does not hold what its name suggests. */
static tq_status leave_out(tq_dataset *data, tq_input input, tq_error *err)
{
    const tq_status status =
        dataset_warn(data,
                     tq_arena_format(data->arena, "column '%s' is not taken for --%s: %s",
                                     data->column[input], tq_input_name(input), err->message),
                     err);

    data->column[input] = NULL;
    data->input[input] = NULL;
    return status;
}

static tq_status take_variances(tq_dataset *data, const double *all, tq_error *err)
{
    double *values = tq_arena_take(data->arena, data->rows, sizeof *values);

    for (size_t i = 0; values && i < data->rows; i++) {
        values[i] = all[data->row[i]];
    }
    data->input[TQ_IN_VI] = values;
    return values ? TQ_OK : no_memory(err);
}

static tq_status read_inputs(tq_dataset *data, const tq_dataset_spec *spec, tq_input_set guessed,
                             const unsigned char *keep, double *scratch, tq_error *err)
{
    tq_status status = TQ_OK;

    for (tq_input i = 0; status == TQ_OK && i < TQ_INPUT_COUNT; i++) {
        if (!data->column[i]) {
            continue;
        }
        if (data->column[i] == own_variances) {
            status = take_variances(data, spec->own_vi, err);
            continue;
        }
        status = read_numbers(data, keep, data->column[i], tq_input_name(i), scratch,
                              &data->input[i], err);
        if (guessed & TQ_INPUT_BIT(i)) {
            for (size_t r = 0; status == TQ_OK && r < data->rows; r++) {
                status = tq_input_check(i, tq_input_kind_of(i), data->input[i][r], r, err);
            }
            status = status == TQ_EDATA ? leave_out(data, i, err) : status;
        }
    }
    return status;
}

/* Room for one more text in a list that doubles. */
static tq_status append(tq_arena *arena, const char ***list, size_t *n, const char *text,
                        tq_error *err)
{
    if ((*n & (*n - 1)) == 0) { /* 0, or a power of 2: full */
        const char **wider = tq_arena_take(arena, *n ? 2 * *n : 1, sizeof *wider);

        if (!wider) {
            return no_memory(err);
        }
        if (*n) {
            memcpy(wider, *list, *n * sizeof *wider);
        }
        *list = wider;
    }
    if (!text) {
        return no_memory(err);
    }
    (*list)[(*n)++] = text;
    return TQ_OK;
}

tq_status dataset_assume(tq_dataset *data, const char *text, tq_error *err)
{
    return append(data->arena, &data->assumption, &data->n_assumptions, text, err);
}

tq_status dataset_warn(tq_dataset *data, const char *text, tq_error *err)
{
    return append(data->arena, &data->warning, &data->n_warnings, text, err);
}

/* What was done to the effects on request: a reader must know it as an assumption. */
static tq_status read_multipliers(tq_dataset *data, const tq_dataset_spec *spec, tq_error *err)
{
    tq_status status = TQ_OK;

    if (spec->effects && spec->effects->rescale != 1.0) {
        status = dataset_assume(data,
                                tq_arena_format(data->arena, "every effect is multiplied by %.15g",
                                                spec->effects->rescale),
                                err);
    }
    if (status == TQ_OK && spec->flip) {
        status = dataset_assume(data,
                                tq_arena_format(data->arena,
                                                "effects are multiplied or turned around by %s",
                                                spec->flip),
                                err);
    }
    return status;
}

static tq_status read_assumptions(tq_dataset *data, const tq_dataset_spec *spec, tq_error *err)
{
    if (data->column[TQ_IN_VI] == own_variances) {
        const tq_status status = dataset_assume(data, "vi is the diagonal of V", err);

        if (status != TQ_OK) {
            return status;
        }
    }
    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        if (data->column[i] && data->column[i][0] == '=') {
            const char *text =
                tq_arena_format(data->arena, "%s = %s assumed for every study that needs it",
                                tq_input_name(i), data->column[i] + 1);

            const tq_status status = dataset_assume(data, text, err);

            if (status != TQ_OK) {
                return status;
            }
        }
    }
    return read_multipliers(data, spec, err);
}

/* Texts of a column for the selected rows; missing cells are NULL. */
static tq_status read_texts(const tq_dataset *data, size_t column, const char ***out, tq_error *err)
{
    const char **texts = tq_arena_take(data->arena, data->rows, sizeof *texts);

    if (!texts) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->rows; i++) {
        texts[i] = tq_table_missing(data->table, data->row[i], column)
                       ? NULL
                       : tq_table_cell(data->table, data->row[i], column);
    }
    *out = texts;
    return TQ_OK;
}

/* -1 for yes, 1 for no: whether an effect is to be turned around. 0 for anything else. */
static double turn_of(const char *text)
{
    const char *const yes[] = {"yes", "true"}, *const no[] = {"no", "false"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(text, yes[i]) == 0) {
            return -1.0;
        }
        if (strcasecmp(text, no[i]) == 0) {
            return 1.0;
        }
    }
    return 0.0;
}

/* A column that begins with yes or no is one of words; any other is one of numbers. */
static tq_status read_flip(tq_dataset *data, const tq_dataset_spec *spec, const unsigned char *keep,
                           double *scratch, tq_error *err)
{
    const char **text = NULL;
    tq_status status = TQ_OK;
    size_t c, first = 0;

    if (spec->flip[0] != '=') {
        status = find_column(data->table, spec->flip, "flip", &c, err);
        status = status == TQ_OK ? read_texts(data, c, &text, err) : status;
    }
    while (status == TQ_OK && text && first < data->rows && !text[first]) {
        first++;
    }
    if (status != TQ_OK || !text || first == data->rows || turn_of(text[first]) == 0.0) {
        return status == TQ_OK
                   ? read_numbers(data, keep, spec->flip, "flip", scratch, &data->flip, err)
                   : status;
    }
    data->flip = tq_arena_take(data->arena, data->rows, sizeof *data->flip);
    if (!data->flip) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->rows; i++) {
        data->flip[i] = text[i] ? turn_of(text[i]) : NAN;
        if (data->flip[i] == 0.0) {
            status =
                tq_fail(err, TQ_EDATA, i, spec->flip, "value '%.40s' must be yes or no", text[i]);
            tq_dataset_locate(data, i, err);
            return status;
        }
    }
    return TQ_OK;
}

static tq_status read_labels(tq_dataset *data, const tq_dataset_spec *spec, tq_error *err)
{
    size_t column = TQ_NO_COLUMN;
    tq_status status = TQ_OK;

    if (spec->slab) {
        status = find_column(data->table, spec->slab, "slab", &column, err);
    } else {
        column = tq_table_find(data->table, "study");
        column = column == TQ_NO_COLUMN ? tq_table_find(data->table, "slab") : column;
    }
    data->label = tq_arena_take(data->arena, data->rows, sizeof *data->label);
    if (status == TQ_OK && !data->label) {
        status = no_memory(err);
    }
    if (status == TQ_OK && column != TQ_NO_COLUMN) {
        status = read_texts(data, column, &data->label, err);
    }
    for (size_t i = 0; status == TQ_OK && i < data->rows; i++) {
        if (!data->label[i]) {
            data->label[i] = tq_arena_format(data->arena, "%zu", data->row[i] + 1);
            status = data->label[i] ? TQ_OK : no_memory(err);
        }
    }
    return status;
}

static tq_status read_groups(tq_dataset *data, const tq_dataset_spec *spec, tq_error *err)
{
    data->group = tq_arena_take(data->arena, spec->n_groups, sizeof *data->group);
    data->group_name = tq_arena_take(data->arena, spec->n_groups, sizeof *data->group_name);
    if (!data->group || !data->group_name) {
        return no_memory(err);
    }
    for (size_t j = 0; j < spec->n_groups; j++) {
        size_t column;
        tq_status status = find_column(data->table, spec->groups[j], "subgroup", &column, err);

        if (status == TQ_OK) {
            data->group_name[j] = tq_table_name(data->table, column);
            status = read_texts(data, column, &data->group[j], err);
        }
        if (status != TQ_OK) {
            return status;
        }
        data->n_groups++;
    }
    return TQ_OK;
}

static tq_status read_key(tq_dataset *data, const tq_key *key, tq_variable *v,
                          const unsigned char *keep, double *scratch, tq_error *err)
{
    const char **text;
    double *number;
    size_t column;
    tq_status status = find_column(data->table, key->column, key->option, &column, err);

    if (status != TQ_OK) {
        return status;
    }
    v->name = tq_table_name(data->table, column);
    if (key->number) {
        status = read_numbers(data, keep, key->column, key->option, scratch, &number, err);
        v->number = status == TQ_OK ? number : NULL;
    } else {
        status = read_texts(data, column, &text, err);
        v->text = status == TQ_OK ? text : NULL;
    }
    return status;
}

static tq_status read_keys(tq_dataset *data, const tq_dataset_spec *spec, const unsigned char *keep,
                           double *scratch, tq_error *err)
{
    tq_status status = TQ_OK;

    data->key = tq_arena_take(data->arena, spec->n_keys, sizeof *data->key);
    if (!data->key) {
        return no_memory(err);
    }
    for (size_t j = 0; status == TQ_OK && j < spec->n_keys; j++) {
        status = read_key(data, &spec->keys[j], &data->key[j], keep, scratch, err);
        data->n_keys += status == TQ_OK;
    }
    return status;
}

/* How many cells of a column are numbers, and how many are something else; *other: the last of these. */
static void count_numbers(const tq_dataset *data, size_t column, size_t *numbers, size_t *others,
                          const char **other)
{
    const char decimal = tq_table_decimal(data->table);
    double number;

    *numbers = *others = 0;
    for (size_t i = 0; i < data->rows; i++) {
        if (!tq_table_missing(data->table, data->row[i], column)) {
            const char *cell = tq_table_cell(data->table, data->row[i], column);
            const int is_number = tq_parse_number(cell, decimal, &number);

            *other = is_number ? *other : cell;
            *numbers += (size_t)is_number;
            *others += (size_t)!is_number;
        }
    }
}

/* Numbers where they are needed (computed with) or every cell is one; else texts. */
static tq_status read_variable(tq_dataset *data, const char *name, int needed, const char *option,
                               tq_variable *v, const unsigned char *keep, double *scratch,
                               tq_error *err)
{
    const char *other = "";
    const char **text;
    double *number;
    size_t column, numbers, others;
    tq_status status = find_column(data->table, name, option, &column, err);

    v->name = name;
    if (status != TQ_OK) {
        return status;
    }
    count_numbers(data, column, &numbers, &others, &other);
    if (needed || others == 0) {
        status = read_numbers(data, keep, name, option, scratch, &number, err);
        v->number = status == TQ_OK ? number : NULL;
        return status;
    }
    status = read_texts(data, column, &text, err);
    v->text = status == TQ_OK ? text : NULL;
    return status;
}

/* A column of texts that is mostly one of numbers may hold a slip. */
static tq_status warn_of_factor(tq_dataset *data, const char *name, tq_error *err)
{
    size_t numbers, others;
    const char *other = "";

    count_numbers(data, tq_table_find(data->table, name), &numbers, &others, &other);
    return numbers < others ? TQ_OK
                            : dataset_warn(data,
                                           tq_arena_format(data->arena,
                                                           "column '%s' is taken as a factor: '%s' "
                                                           "is no number",
                                                           name, other),
                                           err);
}

/* Whether a name stands for the standard error or the variance of the effects. */
static int is_precision(const tq_dataset *data, const tq_dataset_spec *spec, const char *name)
{
    return (strcmp(name, "sei") == 0 || strcmp(name, "vi") == 0) &&
           (spec->own_precision || tq_table_find(data->table, name) == TQ_NO_COLUMN);
}

/* Its values follow when the effects have been computed. */
static tq_status make_precision(tq_dataset *data, const char *name, tq_variable *v, tq_error *err)
{
    double *number = tq_arena_take(data->arena, data->rows, sizeof *number);

    *v = (tq_variable){.name = name, .number = number};
    return number ? TQ_OK : no_memory(err);
}

static tq_status fill_precision(tq_dataset *data, const tq_dataset_spec *spec,
                                const tq_formula *formula, tq_variable *variable, tq_error *err)
{
    for (size_t j = 0; formula && j < formula->n_variables; j++) {
        double *number;

        if (!is_precision(data, spec, formula->variable[j])) {
            continue;
        }
        number = tq_arena_take(data->arena, data->rows, sizeof *number);
        if (!number) {
            return no_memory(err);
        }
        for (size_t i = 0; i < data->rows; i++) {
            const double vi = data->effect[i].state == TQ_ROW_OK ? data->effect[i].vi : NAN;

            number[i] = formula->variable[j][0] == 's' ? sqrt(vi) : vi;
        }
        variable[j].number = number;
    }
    return TQ_OK;
}

/* The variables of a formula, which may be NULL. */
static tq_status read_formula(tq_dataset *data, const tq_dataset_spec *spec,
                              const tq_formula *formula, const char *option, tq_variable **variable,
                              size_t *n, const unsigned char *keep, double *scratch, tq_error *err)
{
    tq_status status = TQ_OK;

    *n = formula ? formula->n_variables : 0;
    *variable = tq_arena_take(data->arena, *n, sizeof **variable);
    if (!*variable) {
        return no_memory(err);
    }
    for (size_t j = 0; status == TQ_OK && j < *n; j++) {
        if (is_precision(data, spec, formula->variable[j])) {
            status = make_precision(data, formula->variable[j], &(*variable)[j], err);
            continue;
        }
        status = read_variable(data, formula->variable[j], formula->number[j], option,
                               &(*variable)[j], keep, scratch, err);
        if (status == TQ_OK && (*variable)[j].text) {
            status = warn_of_factor(data, formula->variable[j], err);
        }
    }
    return status;
}

static tq_status read_extra(tq_dataset *data, const tq_dataset_spec *spec,
                            const unsigned char *keep, double *scratch, tq_error *err)
{
    tq_status status = TQ_OK;

    data->extra = tq_arena_take(data->arena, spec->n_extra, sizeof *data->extra);
    if (!data->extra) {
        return no_memory(err);
    }
    for (; status == TQ_OK && data->n_extra < spec->n_extra; data->n_extra++) {
        const tq_extra_column *e = &spec->extra[data->n_extra];

        const char *name = tq_arena_text(data->arena, e->column);

        status = name ? read_variable(data, name, e->number, e->option, &data->extra[data->n_extra],
                                      keep, scratch, err)
                      : no_memory(err);
    }
    return status;
}

static tq_status read_variables(tq_dataset *data, const tq_dataset_spec *spec,
                                const unsigned char *keep, double *scratch, tq_error *err)
{
    tq_status status = read_formula(data, spec, spec->formula, "mods", &data->variable,
                                    &data->n_variables, keep, scratch, err);

    if (status == TQ_OK) {
        status = read_formula(data, spec, spec->scale, "scale", &data->scale_variable,
                              &data->n_scale_variables, keep, scratch, err);
    }
    status = status == TQ_OK ? read_extra(data, spec, keep, scratch, err) : status;
    if (status == TQ_OK && spec->weights) {
        status = read_numbers(data, keep, spec->weights, "weights", scratch, &data->weights, err);
        data->weights_name = tq_arena_text(data->arena, spec->weights);
    }
    return status;
}

/* ---- which rows can be used ---- */

/* A row that no grouping classifies would stand outside every block that makes up the whole. */
static const char *unclassified(const tq_dataset *data, size_t i)
{
    for (size_t j = 0; j < data->n_groups; j++) {
        if (data->group[j][i]) {
            return NULL;
        }
    }
    return data->n_groups ? tq_arena_format(data->arena, "%s is missing", data->group_name[0])
                          : NULL;
}

/* Whether a row has what is pooled. */
static int has_content(const tq_dataset *data, tq_row_use use, size_t i)
{
    const int counts = data->events && !isnan(data->events[i].x1);

    return counts || (use != TQ_USE_COUNTS && data->effect[i].state == TQ_ROW_OK);
}

/* Why a row has nothing to be pooled. */
static const char *no_content(const tq_dataset *data, const row_history *history, size_t i)
{
    const tq_effect_row *e = &data->effect[i];

    if (e->state == TQ_ROW_MISSING && history->derived[i].refused) {
        return history->derived[i].refused;
    }
    if (e->state == TQ_ROW_MISSING) {
        const char *column = data->column[e->input];

        return tq_arena_format(data->arena, "%s is missing",
                               column ? column : tq_input_name(e->input));
    }
    return e->state == TQ_ROW_NO_ESTIMATE ? e->why : "an effect is given, but not its counts";
}

/* "dose is missing", or NULL. */
static const char *missing_variable(const tq_dataset *data, const tq_variable *variable, size_t n,
                                    size_t i)
{
    for (size_t j = 0; j < n; j++) {
        const tq_variable *v = &variable[j];

        if (v->number ? isnan(v->number[i]) : !v->text[i]) {
            return tq_arena_format(data->arena, "%s is missing", v->name);
        }
    }
    return NULL;
}

/* Why a row cannot be used, or NULL. */
static const char *reason(const tq_dataset *data, const tq_dataset_spec *spec,
                          const row_history *history, size_t i)
{
    if (!has_content(data, spec->use, i)) {
        return no_content(data, history, i);
    }
    const char *missing = missing_variable(data, data->variable, data->n_variables, i);

    missing = missing ? missing
                      : missing_variable(data, data->scale_variable, data->n_scale_variables, i);
    missing = missing ? missing : missing_variable(data, data->key, data->n_keys, i);
    for (size_t j = 0; !missing && j < data->n_extra; j++) {
        missing = spec->extra[j].optional ? NULL : missing_variable(data, &data->extra[j], 1, i);
    }
    if (missing) {
        return missing;
    }
    if (data->weights && isnan(data->weights[i])) {
        return tq_arena_format(data->arena, "%s is missing", spec->weights);
    }
    return unclassified(data, i);
}

static tq_status sort_rows(tq_dataset *data, const tq_dataset_spec *spec,
                           const row_history *history, tq_error *err)
{
    size_t out = 0;

    data->used = tq_arena_take(data->arena, data->rows, sizeof *data->used);
    data->excluded = tq_arena_take(data->arena, data->rows, sizeof *data->excluded);
    if (!data->used || !data->excluded) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->rows; i++) {
        const char *why = reason(data, spec, history, i);

        if (!why) {
            data->used[data->k++] = i;
        } else {
            data->excluded[out++] = (tq_excluded){data->row[i] + 1, data->label[i], why};
        }
    }
    return TQ_OK;
}

void tq_dataset_locate(const tq_dataset *data, size_t at, tq_error *err)
{
    if (!err || at >= data->rows) {
        return;
    }
    tq_copy_text(err->file, sizeof err->file, tq_table_source(data->table));
    err->line = tq_table_line(data->table, data->row[at]);
    if (data->label && data->label[at]) {
        tq_copy_text(err->study, sizeof err->study, data->label[at]);
    }
    if (data->weights_name && strcmp(err->column, "weights") == 0) {
        tq_copy_text(err->column, sizeof err->column, data->weights_name);
        return;
    }
    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) { /* the engine's name to the user's header */
        if (data->column[i] && data->column[i][0] != '=' &&
            strcmp(err->column, tq_input_name(i)) == 0) {
            tq_copy_text(err->column, sizeof err->column, data->column[i]);
            return;
        }
    }
}

/* ---- building ---- */

static tq_status select_rows(tq_dataset *data, const char *subset, unsigned char *keep,
                             tq_error *err)
{
    const size_t all = tq_table_rows(data->table);
    tq_status status = TQ_OK;

    memset(keep, 1, all);
    if (subset) {
        status = tq_subset_select(data->table, subset, keep, err);
    }
    data->row = tq_arena_take(data->arena, all, sizeof *data->row);
    if (!data->row) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < all; i++) {
        if (keep[i]) {
            data->row[data->rows++] = i;
        }
    }
    if (status == TQ_OK && data->rows == 0) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "no row of %zu fulfils --subset \"%.120s\"", all, subset ? subset : "");
        tq_copy_text(err->file, sizeof err->file, tq_table_source(data->table));
    }
    return status;
}

/* Nothing but the columns of the first recipe that they complete, and the means that direct it. */
static void use_one_recipe(const tq_measure *m, tq_inputs *in)
{
    const tq_recipe *recipe = tq_measure_recipe(m, tq_inputs_given(in));
    const tq_input_set kept = recipe ? recipe->needs | tq_measure_directs(m) : 0;

    for (tq_input i = 0; recipe && i < TQ_INPUT_COUNT; i++) {
        in->column[i] = kept & TQ_INPUT_BIT(i) ? in->column[i] : NULL;
    }
}

static tq_status take_events(tq_dataset *data, const tq_dataset_spec *spec, const tq_inputs *in,
                             const tq_effect_options *opt, tq_error *err)
{
    data->events = tq_arena_take(data->arena, data->rows, sizeof *data->events);
    return data->events ? tq_effects_events(spec->measure, in, opt, data->events, err)
                        : no_memory(err);
}

static tq_status compute(tq_dataset *data, const tq_dataset_spec *spec, tq_error *err)
{
    tq_inputs in = dataset_inputs(data);
    tq_effect_options opt = spec->effects ? *spec->effects : tq_effect_defaults();

    opt.flip = data->flip;
    /* Without events in either group a study says nothing about the ratio, and its counts can be
       pooled without an effect that an increment made up. */
    opt.drop00 |= spec->use != TQ_USE_EFFECTS;
    if (spec->no_fallback) {
        use_one_recipe(spec->measure, &in);
    }
    data->effect = tq_arena_take(data->arena, data->rows, sizeof *data->effect);
    if (!data->effect) {
        return no_memory(err);
    }
    /* A sheet of effects alone: there is nothing else that a row could be computed from. */
    const tq_measure *generic = tq_measure_find("GEN");
    const tq_input_set columns = tq_inputs_given(&in);
    const int given = dataset_may_stand_in(spec) && !tq_measure_recipe(spec->measure, columns) &&
                      tq_measure_recipe(generic, columns);

    if (given) {
        opt.vtype = NULL;
        opt.to = TQ_TO_COUNT;
    }
    tq_status status =
        tq_effects_compute(given ? generic : spec->measure, &in, &opt, data->effect, err);

    if (status == TQ_OK && spec->use != TQ_USE_EFFECTS) {
        status = take_events(data, spec, &in, &opt, err);
    }
    if (status == TQ_OK && !given && !spec->no_fallback) {
        status = dataset_take_given(data, spec, &opt, err);
    }
    if (status != TQ_OK && err) {
        if (err->row != TQ_NO_ROW) {
            tq_dataset_locate(data, err->row, err);
            if (strcmp(err->column, "flip") == 0) { /* the engine's name to the user's header */
                tq_copy_text(err->column, sizeof err->column, spec->flip);
            }
        } else {
            tq_copy_text(err->file, sizeof err->file, tq_table_source(data->table));
        }
    }
    return status;
}

/* Rows without an effect name what the nearest way to one lacks, which need be no input of a recipe. */
static void name_missing(tq_dataset *data, const row_history *history)
{
    for (size_t i = 0; i < data->rows; i++) {
        const tq_input_set missing = history->derived[i].missing;
        tq_input first = 0;

        while (first < TQ_INPUT_COUNT && !(missing & TQ_INPUT_BIT(first))) {
            first++;
        }
        if (data->effect[i].state == TQ_ROW_MISSING && first < TQ_INPUT_COUNT) {
            data->effect[i].input = first;
        }
    }
}

/* What is done to the inputs before effects are computed from them. */
static tq_status prepare_inputs(tq_dataset *data, const tq_dataset_spec *spec, row_history *history,
                                tq_error *err)
{
    size_t key = TQ_NO_COLUMN;
    tq_status status = TQ_OK;

    history->derived = tq_arena_take(data->arena, data->rows, sizeof *history->derived);
    history->note = tq_arena_take(data->arena, data->rows, sizeof *history->note);
    if (!history->derived || !history->note) {
        return no_memory(err);
    }
    if (!spec->no_fallback) {
        status = dataset_derive(data, spec, history, err);
    }
    if (status == TQ_OK && spec->combine_arms) {
        status = find_column(data->table, spec->combine_arms, "combine-arms", &key, err);
        status = status == TQ_OK ? dataset_combine_arms(data, key, history, err) : status;
    }
    return status == TQ_OK
               ? dataset_shared_controls(data, spec->split_shared, spec->shared_known, history, err)
               : status;
}

/* The logarithm of a ratio stands in for no difference. */
static tq_status check_ratio(const tq_dataset_spec *spec, tq_error *err)
{
    const tq_measure *m = spec->measure;

    return spec->column[TQ_IN_RATIO] && strcmp(m->transform, "exp") != 0 &&
                   strcmp(m->code, "GEN") != 0
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--ratio: the %s (%s) is not the logarithm of a ratio", m->name, m->code)
               : TQ_OK;
}

static tq_status build(tq_dataset *data, const tq_dataset_spec *spec, tq_error *err)
{
    const size_t all = tq_table_rows(data->table);
    unsigned char *keep = tq_arena_take(data->arena, all, 1);
    double *scratch = tq_arena_take(data->arena, all, sizeof *scratch);
    row_history history = {NULL, NULL};
    tq_input_set guessed = 0;
    tq_status status = keep && scratch ? check_ratio(spec, err) : no_memory(err);

    if (status == TQ_OK) {
        status = select_rows(data, spec->subset, keep, err);
    }
    if (status == TQ_OK) {
        guessed = bind_inputs(data->table, spec, data);
        status = read_labels(data, spec, err);
    }
    if (status == TQ_OK) {
        status = read_inputs(data, spec, guessed, keep, scratch, err);
    }
    if (status == TQ_OK) {
        status = read_assumptions(data, spec, err);
    }
    if (status == TQ_OK) {
        status = prepare_inputs(data, spec, &history, err);
    }
    if (status == TQ_OK && spec->flip) {
        status = read_flip(data, spec, keep, scratch, err);
    }
    if (status == TQ_OK) {
        status = read_groups(data, spec, err);
    }
    if (status == TQ_OK) {
        status = read_keys(data, spec, keep, scratch, err);
    }
    if (status == TQ_OK) {
        status = read_variables(data, spec, keep, scratch, err);
    }
    if (status == TQ_OK) {
        status = compute(data, spec, err);
    }
    if (status == TQ_OK) {
        status = fill_precision(data, spec, spec->formula, data->variable, err);
    }
    if (status == TQ_OK) {
        status = fill_precision(data, spec, spec->scale, data->scale_variable, err);
    }
    if (status == TQ_OK) {
        name_missing(data, &history);
        status = dataset_tell_history(data, &history, err);
    }
    return status == TQ_OK ? sort_rows(data, spec, &history, err) : status;
}

tq_status tq_dataset_build(const tq_table *table, const tq_dataset_spec *spec, tq_dataset **out,
                           tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    tq_dataset *data = arena ? tq_arena_take(arena, 1, sizeof *data) : NULL;
    tq_error unheard;

    if (!data) {
        tq_arena_free(arena);
        return no_memory(err);
    }
    data->table = table;
    data->measure = spec->measure;
    data->arena = arena;
    const tq_status status = build(data, spec, err ? err : &unheard);

    if (status != TQ_OK) {
        tq_dataset_free(data);
        return status;
    }
    *out = data;
    return TQ_OK;
}

void tq_dataset_free(tq_dataset *data)
{
    if (data) {
        tq_arena_free(data->arena); /* the dataset itself lies in it */
    }
}
