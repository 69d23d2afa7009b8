/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Factors: the levels of texts and of numbers, and which of them a value names. */
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"
#include "moderators/design_internal.h"
#include "moderators/levels_internal.h"

int design_by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static tq_status levels_of_texts(const design_source *s, const char *const *text, design_part *part)
{
    const char **level = tq_arena_take(s->arena, s->k, sizeof *level);

    if (!level) {
        return design_no_memory(s->err);
    }
    memcpy(level, text, s->k * sizeof *level);
    part->level = level;
    part->n_columns = levels_of(s->k, level);
    return TQ_OK;
}

static tq_status levels_of_numbers(const design_source *s, const double *number, design_part *part)
{
    double *value = tq_arena_take(s->arena, s->k, sizeof *value);
    const char **level = tq_arena_take(s->arena, s->k, sizeof *level);
    size_t n = 0;

    if (!value || !level) {
        return design_no_memory(s->err);
    }
    memcpy(value, number, s->k * sizeof *value);
    qsort(value, s->k, sizeof *value, design_by_size);
    for (size_t i = 0; i < s->k; i++) {
        if (n == 0 || value[i] > value[n - 1]) {
            value[n++] = value[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        tq_buffer text = {0};

        formula_write_number(value[i], &text);
        level[i] = text.data ? tq_arena_text(s->arena, text.data) : NULL;
        tq_buffer_free(&text);
        if (!level[i]) {
            return design_no_memory(s->err);
        }
    }
    part->level = level;
    part->level_number = value;
    part->n_columns = n;
    return TQ_OK;
}

/* ---- which level ---- */

static const char *level_at(const void *table, size_t i)
{
    const design_part *part = table;

    return i < part->n_columns ? part->level[i] : NULL;
}

static size_t find_text(const design_part *part, const char *text)
{
    size_t i = 0;

    while (i < part->n_columns && strcmp(part->level[i], text) != 0) {
        i++;
    }
    return i;
}

static size_t find_number(const design_part *part, double number)
{
    size_t i = 0;

    while (i < part->n_columns && !(part->level_number[i] == number)) {
        i++;
    }
    return i;
}

static tq_status unknown_level(const design_part *part, const char *variable, const char *text,
                               tq_error *err)
{
    const char *nearest = tq_nearest_name(text, level_at, part);

    if (nearest) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "'%.60s' has no level '%.60s' in these studies; did you mean '%.60s'?",
                       variable, text, nearest);
    }
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                   "'%.60s' has no level '%.60s' in these studies; its first is '%.60s'", variable,
                   text, part->level[0]);
}

tq_status design_level_of(const design_part *part, const char *variable, const tq_value *value,
                          size_t *out, tq_error *err)
{
    double number = value->number;

    if (value->text) {
        *out = find_text(part, value->text);
        if (*out == part->n_columns && part->level_number &&
            tq_parse_number(value->text, '.', &number)) { /* "2.0" for 2 */
            *out = find_number(part, number);
        }
        return *out < part->n_columns ? TQ_OK : unknown_level(part, variable, value->text, err);
    }
    if (!part->level_number) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "'%.60s' needs a level, such as '%.60s', not the number %g", variable,
                       part->level[0], number);
    }
    *out = find_number(part, number);
    return *out < part->n_columns
               ? TQ_OK
               : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "'%.60s' has no level %g in these studies; its first is '%.60s'", variable,
                         number, part->level[0]);
}

/* ---- building ---- */

/* relevel(): the reference comes first, the others keep their order. */
static tq_status move_reference(const design_source *s, design_part *part, size_t *code)
{
    const tq_value reference = {NULL, part->part->reference, 0.0};
    const char **level = tq_arena_take(s->arena, part->n_columns, sizeof *level);
    double *number = tq_arena_take(s->arena, part->n_columns, sizeof *number);
    size_t first = 0;

    if (!level || !number) {
        return design_no_memory(s->err);
    }
    const tq_status status =
        design_level_of(part, s->formula->variable[part->variable], &reference, &first, s->err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; i < part->n_columns; i++) {
        const size_t from = i == 0 ? first : i <= first ? i - 1 : i;

        level[i] = part->level[from];
        number[i] = part->level_number ? part->level_number[from] : 0.0;
    }
    for (size_t i = 0; i < s->k; i++) {
        code[i] = code[i] == first ? 0 : code[i] < first ? code[i] + 1 : code[i];
    }
    part->level = level;
    part->level_number = part->level_number ? number : NULL;
    return TQ_OK;
}

/* The level of each study, while the levels are in order. */
static void code_studies(const design_source *s, const tq_variable *v, const design_part *part,
                         size_t *code)
{
    for (size_t i = 0; i < s->k; i++) {
        if (v->text) {
            code[i] = levels_find(part->n_columns, part->level, v->text[i]);
        } else {
            const double *at = bsearch(&v->number[i], part->level_number, part->n_columns,
                                       sizeof *at, design_by_size);

            code[i] = (size_t)(at - part->level_number);
        }
    }
}

tq_status design_levels(const design_source *s, design_part *part)
{
    const tq_variable *v = &s->variable[part->part->variable];
    size_t *code = tq_arena_take(s->scratch, s->k, sizeof *code);
    tq_status status;

    part->factor = 1;
    part->variable = part->part->variable;
    part->code = code;
    if (!code) {
        return design_no_memory(s->err);
    }
    status = v->text ? levels_of_texts(s, v->text, part) : levels_of_numbers(s, v->number, part);
    if (status == TQ_OK) {
        code_studies(s, v, part, code);
        status = part->part->reference ? move_reference(s, part, code) : TQ_OK;
    }
    return status;
}
