/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formula parser, for columns joined by + and -. */
#include "moderators/formula.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"

enum { MAX_NAME = 128 };

typedef struct {
    const char *text, *at;
    tq_error *err;
} reader;

static tq_status syntax(const reader *r, const char *wanted)
{
    const size_t place = (size_t)(r->at - r->text) + 1;

    if (!*r->at) {
        return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "in \"%.100s\": %s is missing at the end", r->text, wanted);
    }
    return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                   "in \"%.100s\": at character %zu, '%.20s': %s "
                   "is needed",
                   r->text, place, r->at, wanted);
}

static void skip_blanks(reader *r)
{
    while (isspace((unsigned char)*r->at)) {
        r->at++;
    }
}

static int name_character(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

/* A column name into name[MAX_NAME]. */
static tq_status read_name(reader *r, char *name)
{
    const char quote = *r->at == '`' ? '`' : '\0';
    const char *start = r->at + (quote != '\0');
    size_t n = 0;

    while (start[n] && (quote ? start[n] != quote : name_character(start[n]))) {
        n++;
    }
    if (n == 0 || n >= MAX_NAME || (quote && start[n] != quote)) {
        return syntax(r, "a column name");
    }
    memcpy(name, start, n);
    name[n] = '\0';
    r->at = start + n + (quote != '\0');
    return TQ_OK;
}

/* Add (or, minus, remove) a column. */
static tq_status apply_name(reader *r, const char *name, int minus, const char **list, size_t *n,
                            tq_arena *arena)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(list[i], name) == 0) {
            if (!minus) {
                return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               "in \"%.100s\": column '%.80s' is named twice", r->text, name);
            }
            memmove(list + i, list + i + 1, (*n - i - 1) * sizeof *list);
            --*n;
            return TQ_OK;
        }
    }
    if (minus) {
        return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "in \"%.100s\": there is no '%.80s' to take away", r->text, name);
    }
    list[*n] = tq_arena_text(arena, name);
    return list[(*n)++] ? TQ_OK : tq_fail(r->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status read_item(reader *r, int minus, tq_formula *out, const char **list, size_t *n,
                           tq_arena *arena)
{
    char name[MAX_NAME];

    skip_blanks(r);
    if ((*r->at == '0' || *r->at == '1') && !name_character(r->at[1])) {
        out->intercept = (*r->at == '1') != minus;
        r->at++;
        return TQ_OK;
    }
    const tq_status status = read_name(r, name);

    return status == TQ_OK ? apply_name(r, name, minus, list, n, arena) : status;
}

tq_status tq_formula_parse(const char *text, tq_arena *arena, tq_formula *out, tq_error *err)
{
    reader r = {text, text, err};
    /* No formula has more columns than characters. */
    const char **list = tq_arena_take(arena, strlen(text) + 1, sizeof *list);
    tq_formula parsed = {1, NULL, 0};
    int minus = 0;

    if (!list) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    skip_blanks(&r);
    r.at += *r.at == '~';
    skip_blanks(&r);
    if (*r.at == '-') {
        minus = 1;
        r.at++;
    }
    for (;;) {
        const tq_status status = read_item(&r, minus, &parsed, list, &parsed.n, arena);

        if (status != TQ_OK) {
            return status;
        }
        skip_blanks(&r);
        if (!*r.at) {
            break;
        }
        if (*r.at != '+' && *r.at != '-') {
            return syntax(&r, "'+' or '-'");
        }
        minus = *r.at == '-';
        r.at++;
    }
    if (parsed.n == 0 && !parsed.intercept) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "in \"%.100s\": neither a column nor an intercept is left", text);
    }
    parsed.name = list;
    *out = parsed;
    return TQ_OK;
}

/* ---- new values ---- */

static size_t count_sets(const char *text)
{
    size_t n = 1;

    for (; *text; text++) {
        n += *text == ';';
    }
    return n;
}

static const char *moderator_at(const void *table, size_t i)
{
    const tq_formula *formula = table;

    return i < formula->n ? formula->name[i] : NULL;
}

static tq_status not_a_moderator(const reader *r, const tq_formula *formula, const char *name)
{
    const char *nearest = tq_nearest_name(name, moderator_at, formula);

    return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                   "in \"%.100s\": '%.80s' is not a moderator of the model%s%.80s%s", r->text, name,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* "name=number" into the row of values. */
static tq_status read_value(reader *r, const tq_formula *formula, double *row)
{
    char name[MAX_NAME];

    skip_blanks(r);
    tq_status status = read_name(r, name);

    if (status != TQ_OK) {
        return status;
    }
    skip_blanks(r);
    if (*r->at != '=') {
        return syntax(r, "'='");
    }
    r->at++;
    for (size_t j = 0; j < formula->n; j++) {
        if (strcmp(formula->name[j], name) == 0) {
            const size_t length = strcspn(r->at, ",;");
            char number[MAX_NAME];

            if (length >= sizeof number) {
                return syntax(r, "a number");
            }
            memcpy(number, r->at, length);
            number[length] = '\0';
            if (!tq_parse_number(number, '.', &row[j])) {
                return syntax(r, "a number");
            }
            r->at += length;
            return TQ_OK;
        }
    }
    return not_a_moderator(r, formula, name);
}

static tq_status read_set(reader *r, const tq_formula *formula, double *row)
{
    for (size_t j = 0; j < formula->n; j++) {
        row[j] = NAN;
    }
    for (;;) {
        const tq_status status = read_value(r, formula, row);

        if (status != TQ_OK) {
            return status;
        }
        if (*r->at != ',') {
            break;
        }
        r->at++;
    }
    for (size_t j = 0; j < formula->n; j++) {
        if (isnan(row[j])) {
            return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "in \"%.100s\": a set gives no value for '%.80s'", r->text,
                           formula->name[j]);
        }
    }
    return TQ_OK;
}

tq_status tq_newmods_parse(const char *text, const tq_formula *formula, tq_arena *arena,
                           tq_newmods *out, tq_error *err)
{
    reader r = {text, text, err};
    tq_newmods sets = {count_sets(text), NULL, NULL};

    sets.text = tq_arena_take(arena, sets.n, sizeof *sets.text);
    sets.value = tq_arena_take(arena, sets.n, formula->n * sizeof *sets.value);
    if (!sets.text || !sets.value) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t s = 0; s < sets.n; s++) {
        const char *start = r.at;
        const tq_status status = read_set(&r, formula, sets.value + s * formula->n);

        if (status != TQ_OK) {
            return status;
        }
        sets.text[s] = tq_arena_format(arena, "%.*s", (int)(r.at - start), start);
        if (!sets.text[s]) {
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        if (s + 1 < sets.n) {
            if (*r.at != ';') {
                return syntax(&r, "',' or ';'");
            }
            r.at++;
        }
    }
    if (*r.at) {
        return syntax(&r, "',' or ';'");
    }
    *out = sets;
    return TQ_OK;
}
