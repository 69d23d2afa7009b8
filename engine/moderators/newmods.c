/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New values of the variables of a formula, as --newmods gives them. */
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"
#include "moderators/formula_internal.h"

static const char *variable_at(const void *table, size_t i)
{
    const tq_formula *formula = table;

    return i < formula->n_variables ? formula->variable[i] : NULL;
}

static tq_status find_variable(const formula_reader *r, const tq_formula *formula, const char *name,
                               size_t *out)
{
    for (*out = 0; *out < formula->n_variables; ++*out) {
        if (strcmp(formula->variable[*out], name) == 0) {
            return TQ_OK;
        }
    }
    const char *nearest = tq_nearest_name(name, variable_at, formula);

    return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                   "in \"%.90s\": '%.50s' is not a moderator of the model%s%.50s%s", r->text, name,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* A value ends at ',' or ';', or at its quote. */
static tq_status read_text(formula_reader *r, char *text)
{
    size_t n;

    formula_skip(r);
    if (*r->at == '\'' || *r->at == '"') {
        return formula_read_quoted(r, text);
    }
    n = strcspn(r->at, ",;");
    if (n >= FORMULA_NAME) {
        return formula_syntax(r, "a value of fewer than 128 bytes");
    }
    memcpy(text, r->at, n);
    text[n] = '\0';
    r->at += n;
    while (n > 0 && tq_blank_at(text + n - 1)) {
        text[--n] = '\0';
    }
    if (n == 0) {
        r->at -= strlen(text);
        return formula_syntax(r, "a value");
    }
    return TQ_OK;
}

/* "name=value" into its place of the set. */
static tq_status read_value(formula_reader *r, const tq_formula *formula, const char **set)
{
    char name[FORMULA_NAME], text[FORMULA_NAME];
    size_t j = 0;
    tq_status status = formula_read_name(r, "a moderator", name, NULL);

    status = status == TQ_OK ? formula_expect(r, '=') : status;
    status = status == TQ_OK ? find_variable(r, formula, name, &j) : status;
    status = status == TQ_OK ? read_text(r, text) : status;
    if (status != TQ_OK) {
        return status;
    }
    if (set[j]) {
        return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "in \"%.100s\": a set gives two values for '%.80s'", r->text, name);
    }
    set[j] = tq_arena_text(r->arena, text);
    return set[j] ? TQ_OK : formula_no_memory(r);
}

static tq_status read_set(formula_reader *r, const tq_formula *formula, const char **set)
{
    tq_status status;

    do {
        status = read_value(r, formula, set);
    } while (status == TQ_OK && formula_sees(r, ','));
    for (size_t j = 0; status == TQ_OK && j < formula->n_variables; j++) {
        if (!set[j]) {
            status = tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "in \"%.100s\": a set gives no value for '%.80s'", r->text,
                             formula->variable[j]);
        }
    }
    return status;
}

/* An upper limit: ';' also stands in quoted levels. */
static size_t count_sets(const char *text)
{
    size_t n = 1;

    for (; *text; text++) {
        n += *text == ';';
    }
    return n;
}

tq_status tq_newmods_parse(const char *text, const tq_formula *formula, tq_arena *arena,
                           tq_newmods *out, tq_error *err)
{
    const size_t most = count_sets(text), m = formula->n_variables;
    formula_reader r = {text, text, 0, arena, err, NULL, 0};
    tq_newmods sets = {0, tq_arena_take(arena, most, sizeof *sets.text), NULL};
    const char **value = tq_arena_take(arena, most, m * sizeof *value);

    if (!sets.text || !value) {
        return formula_no_memory(&r);
    }
    if (m == 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "in \"%.100s\": the model has no moderators (--mods) to give values for",
                       text);
    }
    do {
        formula_skip(&r);
        const char *start = r.at;
        const tq_status status = read_set(&r, formula, value + sets.n * m);

        if (status != TQ_OK) {
            return status;
        }
        sets.text[sets.n] = tq_arena_format(arena, "%.*s", (int)(r.at - start), start);
        if (!sets.text[sets.n++]) {
            return formula_no_memory(&r);
        }
    } while (formula_sees(&r, ';'));
    if (*r.at) {
        return formula_syntax(&r, "',' or ';'");
    }
    sets.value = value;
    *out = sets;
    return TQ_OK;
}
