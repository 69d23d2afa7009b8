/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what is to be tested. Texts are copied once and cut in place. */
#include "moderators/contrasts.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"
#include "core/token.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- cutting ---- */

static char *trimmed(char *text)
{
    char *end = text + strlen(text);

    while (isspace((unsigned char)*text)) {
        text++;
    }
    while (end > text && isspace((unsigned char)end[-1])) {
        *--end = '\0';
    }
    return text;
}

/*
 * What follows the character at `at`, or the quoted text that begins there: where a name or a level can
 * begin, for columns of splines end in apostrophes.
 */
static char *behind(const char *text, char *at)
{
    if (strchr("'\"`", *at) && (at == text || strchr(" \t,=*(", at[-1]))) {
        char none[1];
        size_t n;
        const size_t length = tq_read_quoted(at, none, sizeof none, &n);

        return at + (length ? length : 1);
    }
    return at + 1;
}

enum { BARE, BLANK_BEFORE, BLANKS_AROUND };

/* The first of the separators that stands outside quotes and parentheses, between such blanks; or NULL. */
static char *find_outside(char *text, const char *separators, int blanks)
{
    int depth = 0;

    for (char *at = text; *at; at = behind(text, at)) {
        if (depth == 0 && strchr(separators, *at) &&
            (blanks < BLANK_BEFORE || (at > text && isspace((unsigned char)at[-1]))) &&
            (blanks < BLANKS_AROUND || !at[1] || isspace((unsigned char)at[1]))) {
            return at;
        }
        depth += (*at == '(') - (*at == ')');
    }
    return NULL;
}

/* Cut off and return the text up to the comma; *rest becomes what follows it, NULL at the end. */
static char *next_item(char **rest)
{
    char *item = *rest, *end = find_outside(item, ",", BARE);

    *rest = end ? end + 1 : NULL;
    if (end) {
        *end = '\0';
    }
    return trimmed(item);
}

/* What stands between the quotes, where the whole is one quoted text. */
static char *unquoted(char *text)
{
    const size_t length = strlen(text);
    size_t n;

    if (length > 1 && behind(text, text) == text + length) { /* so it begins with a quote */
        tq_read_quoted(text, text, length, &n);
    }
    return text;
}

/* ---- columns ---- */

static const char *column_or_term_at(const void *table, size_t i)
{
    const tq_design *d = table;

    if (i < d->p) {
        return d->column[i];
    }
    return i - d->p < d->n_terms ? d->term[i - d->p].name : NULL;
}

static tq_status unknown_column(const tq_design *d, const char *name, tq_error *err)
{
    const char *nearest = tq_nearest_name(name, column_or_term_at, d);

    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                   "'%.60s' is neither a coefficient nor a term of the model%s%.60s%s", name,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* The columns [first, first + n) that an item names. */
static tq_status find_columns(const tq_design *d, const char *item, size_t *first, size_t *n,
                              tq_error *err)
{
    double number;

    if (tq_parse_number(item, '.', &number)) {
        if (!(number >= 1.0 && number <= (double)d->p && number == floor(number))) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "there is no coefficient %.20s: they are counted from 1 to %zu", item,
                           d->p);
        }
        *first = (size_t)number - 1;
        *n = 1;
        return TQ_OK;
    }
    for (size_t a = 0; a < d->p; a++) {
        if (strcmp(d->column[a], item) == 0) {
            *first = a;
            *n = 1;
            return TQ_OK;
        }
    }
    for (size_t j = 0; j < d->n_terms; j++) {
        if (strcmp(d->term[j].name, item) == 0) {
            *first = d->term[j].first;
            *n = d->term[j].n;
            return *n > 0 ? TQ_OK
                          : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                    "all columns of '%.60s' are redundant: nothing to test", item);
        }
    }
    return unknown_column(d, item, err);
}

tq_status tq_columns_parse(const tq_design *design, const char *text, size_t *column, size_t *n,
                           tq_error *err)
{
    char *copy = strdup(text), *rest = copy;
    unsigned char *in = calloc(design->p, 1);
    tq_status status = copy && in ? TQ_OK : no_memory(err);

    while (status == TQ_OK && rest) {
        size_t first = 0, count = 0;
        char *item = unquoted(next_item(&rest));

        status = find_columns(design, item, &first, &count, err);
        for (size_t i = 0; status == TQ_OK && i < count; i++) {
            in[first + i] = 1;
        }
    }
    *n = 0;
    for (size_t a = 0; status == TQ_OK && a < design->p; a++) {
        if (in[a]) {
            column[(*n)++] = a;
        }
    }
    free(in);
    free(copy);
    return status;
}

/* ---- contrasts ---- */

typedef struct {
    const tq_design *design;
    const tq_variable *data;
    tq_marginal_weights weights;
    double *row;     /* [p] */
    tq_value *value; /* [n_variables] settings of a part */
    double *c;       /* [p] the sum so far */
} contrast;

/* Cut "= number" with blanks around the sign off the end. */
static tq_status take_rhs(char *text, double *rhs, tq_error *err)
{
    char *sign = find_outside(text, "=", BLANK_BEFORE);

    *rhs = 0.0;
    if (!sign) {
        return TQ_OK;
    }
    char *number = trimmed(sign + 1 + (sign[1] == '='));

    if (!tq_parse_number(number, '.', rhs) || !isfinite(*rhs)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "'%.40s' after ' =' is no number; settings have no blank before the '='",
                       number);
    }
    *sign = '\0';
    return TQ_OK;
}

/* Numbers and commas alone: one for each coefficient. *is gets 0 where the text is none. */
static tq_status take_vector(const contrast *s, const char *text, int *is, tq_error *err)
{
    char *copy = strdup(text), *rest = copy;
    size_t n = 0;

    if (!copy) {
        return no_memory(err);
    }
    *is = 1;
    while (*is && rest) {
        double x;
        const char *item = next_item(&rest);

        *is = tq_parse_number(item, '.', &x) && isfinite(x);
        if (*is && n < s->design->p) {
            s->c[n] = x;
        }
        n++;
    }
    free(copy);
    if (*is && n != s->design->p) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%zu numbers do not fit the %zu coefficients of the model", n, s->design->p);
    }
    return TQ_OK;
}

static const char *variable_at(const void *table, size_t i)
{
    const tq_design *d = table;

    return i < d->n_variables ? d->variable[i].name : NULL;
}

/* "alloc=random,dose=40" into the row of the design. */
static tq_status settings_row(contrast *s, char *text, tq_error *err)
{
    const tq_design *d = s->design;
    char *rest = text;
    size_t n = 0;

    while (rest) {
        char *item = next_item(&rest), *sign = find_outside(item, "=", BARE);

        if (!sign) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "'%.60s' is no setting: NAME=VALUE is needed", item);
        }
        *sign = '\0';
        char *name = unquoted(trimmed(item)), *value = unquoted(trimmed(sign + 1));
        int known = 0;

        for (size_t v = 0; v < d->n_variables; v++) {
            known |= strcmp(d->variable[v].name, name) == 0;
        }
        if (!known) {
            const char *nearest = tq_nearest_name(name, variable_at, d);

            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "'%.60s' is no variable of the model%s%.60s%s", name,
                           nearest ? "; did you mean '" : "", nearest ? nearest : "",
                           nearest ? "'?" : "");
        }
        for (size_t i = 0; i < n; i++) {
            if (strcmp(s->value[i].name, name) == 0) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' is set twice", name);
            }
        }
        s->value[n++] = (tq_value){name, value, NAN};
    }
    return tq_marginal_row(d, s->data, n, s->value, s->weights, s->row, err);
}

/* The coefficient of a part, "0.5*" or none; returns what follows it. */
static char *take_factor(char *part, double *factor)
{
    const size_t sign = *part == '-' || *part == '+', n = tq_number_length(part + sign);
    char *star = part + sign + n;

    *factor = 1.0;
    while (n > 0 && isspace((unsigned char)*star)) {
        star++;
    }
    if (n > 0 && *star == '*') {
        *star = '\0';
        if (tq_parse_number(trimmed(part), '.', factor) && isfinite(*factor)) {
            return trimmed(star + 1);
        }
        *factor = 1.0;
    }
    return part;
}

static tq_status add_part(contrast *s, char *part, double sign, tq_error *err)
{
    double factor;
    char *what = take_factor(trimmed(part), &factor);
    tq_status status = TQ_OK;

    if (!*what) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a part is empty: NAME=VALUE or a coefficient is needed");
    }
    memset(s->row, 0, s->design->p * sizeof *s->row);
    if (find_outside(what, "=", BARE)) {
        status = settings_row(s, what, err);
    } else {
        size_t a = 0;
        const char *name = unquoted(what);

        while (a < s->design->p && strcmp(s->design->column[a], name) != 0) {
            a++;
        }
        if (a == s->design->p) {
            return unknown_column(s->design, name, err);
        }
        s->row[a] = 1.0;
    }
    for (size_t a = 0; status == TQ_OK && a < s->design->p; a++) {
        s->c[a] += sign * factor * s->row[a];
    }
    return status;
}

static tq_status add_parts(contrast *s, char *text, tq_error *err)
{
    char *rest = trimmed(text);
    double sign = 1.0;
    tq_status status = TQ_OK;

    if (*rest == '-' && !isdigit((unsigned char)rest[1]) && rest[1] != '.') {
        sign = -1.0;
        rest++;
    }
    while (status == TQ_OK && rest) {
        char *part = rest, *at = find_outside(part, "+-", BLANKS_AROUND);
        const double next = at && *at == '-' ? -1.0 : 1.0;

        rest = at ? at + 1 : NULL;
        if (at) {
            *at = '\0';
        }
        status = add_part(s, part, sign, err);
        sign = next;
    }
    return status;
}

/* Rounding of averages leaves nothing but zeros where parts cancel. */
static tq_status clear_rounding(const contrast *s, tq_error *err)
{
    double largest = 0.0;

    for (size_t a = 0; a < s->design->p; a++) {
        largest = fmax(largest, fabs(s->c[a]));
    }
    for (size_t a = 0; a < s->design->p; a++) {
        s->c[a] = fabs(s->c[a]) > 1e-13 * largest ? s->c[a] : 0.0;
    }
    return largest > 1e-13 ? TQ_OK
                           : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                     "the combination is 0 whatever the coefficients");
}

tq_status tq_contrast_parse(const tq_design *design, const tq_variable *data,
                            tq_marginal_weights weights, const char *text, double *c, double *rhs,
                            tq_error *err)
{
    contrast s = {.design = design,
                  .data = data,
                  .weights = weights,
                  .row = calloc(design->p, sizeof *s.row),
                  .value = calloc(design->n_variables + 1, sizeof *s.value),
                  .c = c};
    char *copy = strdup(text);
    int is_vector = 0;
    tq_status status = s.row && s.value && copy ? take_rhs(copy, rhs, err) : no_memory(err);

    if (status == TQ_OK) {
        memset(c, 0, design->p * sizeof *c);
        status = take_vector(&s, copy, &is_vector, err);
    }
    if (status == TQ_OK && !is_vector) {
        memset(c, 0, design->p * sizeof *c);
        status = add_parts(&s, copy, err);
    }
    if (status == TQ_OK) {
        status = clear_rounding(&s, err);
    }
    free(copy);
    free(s.value);
    free(s.row);
    return status;
}
