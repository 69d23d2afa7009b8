/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading --random. */
#include "multilevel/random_formula.h"

#include <string.h>

#include "core/bare_name.h"
#include "core/token.h"

enum { MAX_NAMES = 16, MAX_TEXT = 8000 };

typedef struct {
    const char *text, *at;
    tq_arena *arena;
    tq_error *err;
} reader;

static void skip_blanks(reader *r)
{
    r->at += strspn(r->at, " \t\n\r");
}

static tq_status expected(const reader *r, const char *what)
{
    return *r->at ? tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                            "--random \"%.80s\": character %zu: %s is expected before '%.20s'",
                            r->text, tq_place_of(r->text, r->at), what, r->at)
                  : tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                            "--random \"%.80s\": %s is missing at the end", r->text, what);
}

static tq_status no_memory(const reader *r)
{
    return tq_fail(r->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status read_name(reader *r, const char *what, const char **out)
{
    skip_blanks(r);
    size_t length = tq_name_length(r->at), size = 0;
    char *name = NULL;

    if (*r->at == '`') {
        name = tq_arena_take(r->arena, strlen(r->at) + 1, 1);
        if (!name) {
            return no_memory(r);
        }
        length = tq_read_quoted(r->at, name, strlen(r->at) + 1, &size);
        if (length == 0 || size == 0) {
            return expected(r, "a name between two backticks");
        }
    } else if (length > 0) {
        name = tq_arena_format(r->arena, "%.*s", (int)length, r->at);
        if (!name) {
            return no_memory(r);
        }
    } else {
        return expected(r, what);
    }
    r->at += length;
    *out = name;
    skip_blanks(r);
    return TQ_OK;
}

/* name {separator name} */
static tq_status read_names(reader *r, char separator, const char *what, const char *const **out,
                            size_t *n)
{
    const char **names = tq_arena_take(r->arena, MAX_NAMES, sizeof *names);
    tq_status status = names ? read_name(r, what, &names[0]) : no_memory(r);

    *n = 1;
    while (status == TQ_OK && *r->at == separator) {
        r->at++;
        if (*n == MAX_NAMES) {
            return tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--random \"%.80s\": more than %d names in a row", r->text, MAX_NAMES);
        }
        status = read_name(r, what, &names[(*n)++]);
    }
    *out = names;
    return status;
}

tq_status tq_random_formula_parse(const char *text, tq_arena *arena, tq_random_formula *out,
                                  tq_error *err)
{
    reader r = {text, text, arena, err};
    tq_status status = TQ_OK;

    if (strlen(text) > MAX_TEXT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--random: more than %d characters",
                       MAX_TEXT);
    }
    *out = (tq_random_formula){.text = tq_arena_text(arena, text)};
    skip_blanks(&r);
    r.at += *r.at == '~';
    skip_blanks(&r);
    if (*r.at == '1' && !tq_in_name(r.at + 1)) {
        r.at++;
        skip_blanks(&r);
    } else {
        status = read_names(&r, '+', "1 or a name", &out->inner, &out->n_inner);
    }
    if (status == TQ_OK && *r.at != '|') {
        return expected(&r, "'|'");
    }
    r.at += status == TQ_OK;
    status = status == TQ_OK
                 ? read_names(&r, '/', "the name of a grouping factor", &out->outer, &out->n_outer)
                 : status;
    if (status == TQ_OK && *r.at) {
        return expected(&r, "'/' or the end");
    }
    return status == TQ_OK && !out->text ? no_memory(&r) : status;
}
