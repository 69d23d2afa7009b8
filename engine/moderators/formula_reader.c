/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every part of the formula language is read with: names, numbers, quoted texts, messages. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/bare_name.h"
#include "core/parse_number.h"
#include "core/token.h"
#include "moderators/formula_internal.h"

enum { SHOWN = 20 };

void formula_skip(formula_reader *r)
{
    for (size_t n; (n = tq_blank_at(r->at)) > 0;) {
        r->at += n;
    }
}

tq_status formula_wrong(const formula_reader *r, const char *fmt, ...)
{
    char shown[SHOWN + 1], text[96], what[128];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    tq_copy_text(text, sizeof text, r->text);
    tq_copy_text(shown, sizeof shown, r->at);
    return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL, "in \"%s\": at character %zu, '%s': %s",
                   text, tq_place_of(r->text, r->at), shown, what);
}

tq_status formula_syntax(const formula_reader *r, const char *wanted)
{
    if (*r->at) {
        return formula_wrong(r, "%s is needed", wanted);
    }
    return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL, "in \"%.95s\": %s is missing at the end",
                   r->text, wanted);
}

tq_status formula_deeper(formula_reader *r)
{
    if (++r->depth > FORMULA_DEPTH) {
        return formula_syntax(r, "less nesting of parentheses");
    }
    return TQ_OK;
}

int formula_sees(formula_reader *r, char c)
{
    formula_skip(r);
    if (*r->at != c) {
        return 0;
    }
    r->at++;
    return 1;
}

tq_status formula_expect(formula_reader *r, char c)
{
    const char wanted[] = {'\'', c, '\'', '\0'};

    return formula_sees(r, c) ? TQ_OK : formula_syntax(r, wanted);
}

/* ---- names ---- */

int formula_bare(const char *name)
{
    const size_t n = tq_name_length(name);

    return n > 0 && name[n] == '\0';
}

static tq_status read_between(formula_reader *r, const char *wanted, char *out)
{
    size_t n;
    const size_t length = tq_read_quoted(r->at, out, FORMULA_NAME, &n);

    if (length == 0 || n == 0) {
        return formula_syntax(r, wanted);
    }
    if (n >= FORMULA_NAME) {
        return formula_syntax(r, "a name of fewer than 128 bytes");
    }
    r->at += length;
    return TQ_OK;
}

tq_status formula_read_name(formula_reader *r, const char *wanted, char *name, int *quoted)
{
    formula_skip(r);
    if (quoted) {
        *quoted = *r->at == '`';
    }
    if (*r->at == '`') {
        return read_between(r, "a name between two backticks", name);
    }
    const size_t n = tq_name_length(r->at);

    if (n == 0) {
        return formula_syntax(r, wanted);
    }
    if (n >= FORMULA_NAME) {
        return formula_syntax(r, "a name of fewer than 128 bytes");
    }
    memcpy(name, r->at, n);
    name[n] = '\0';
    r->at += n;
    return TQ_OK;
}

tq_status formula_read_quoted(formula_reader *r, char *text)
{
    formula_skip(r);
    if (*r->at != '\'' && *r->at != '"') {
        return formula_syntax(r, "a level in quotes");
    }
    return read_between(r, "a level between two quotes", text);
}

tq_status formula_variable(formula_reader *r, const char *name, size_t *index)
{
    for (size_t j = 0; j < r->n_variables; j++) {
        if (strcmp(r->variable[j], name) == 0) {
            *index = j;
            return TQ_OK;
        }
    }
    if (r->n_variables == FORMULA_VARIABLES) {
        return formula_syntax(r, "an end (no more than 200 columns)");
    }
    r->variable[r->n_variables] = tq_arena_text(r->arena, name);
    if (!r->variable[r->n_variables]) {
        return formula_no_memory(r);
    }
    *index = r->n_variables++;
    return TQ_OK;
}

tq_status formula_read_number(formula_reader *r, double *out)
{
    char number[FORMULA_NAME];

    formula_skip(r);
    const size_t n = tq_number_length(r->at);

    if (n == 0 || n >= sizeof number || tq_in_name(r->at + n)) {
        return formula_syntax(r, "a number");
    }
    memcpy(number, r->at, n);
    number[n] = '\0';
    if (!tq_parse_number(number, '.', out)) {
        return formula_syntax(r, "a number");
    }
    r->at += n;
    return TQ_OK;
}
