/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parsing a command line against tables of options. */
#include "option.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"

/* The option called name[length] in any group. */
static const cli_option *find(const cli_group *groups, const char *name, size_t length)
{
    for (const cli_group *g = groups; g->title; g++) {
        for (const cli_option *o = g->row; o->name; o++) {
            if (strlen(o->name) == length && memcmp(o->name, name, length) == 0) {
                return o;
            }
        }
    }
    return NULL;
}

const char *cli_option_at(const void *groups, size_t i)
{
    for (const cli_group *g = groups; g->title; g++) {
        for (const cli_option *o = g->row; o->name; o++) {
            if (i-- == 0) {
                return o->name;
            }
        }
    }
    return NULL;
}

static tq_status unknown_option(const cli_group *groups, const char *name, size_t length,
                                tq_error *err)
{
    char text[64];

    tq_copy_text(text, length + 1 < sizeof text ? length + 1 : sizeof text, name);
    const char *nearest = tq_nearest_name(text, cli_option_at, groups);

    if (nearest) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "unknown option '--%s'; did you mean '--%s'?", text, nearest);
    }
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown option '--%s'; see --help", text);
}

static tq_status add(cli_args *args, const cli_option *option, const char *value, tq_error *err)
{
    if (option->kind != CLI_REPEATED) {
        for (size_t i = 0; i < args->n; i++) {
            if (args->given[i].option == option) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "option '--%s' is given twice",
                               option->name);
            }
        }
    }
    if (args->n == CLI_MAX_GIVEN) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d options", CLI_MAX_GIVEN);
    }
    args->given[args->n].option = option;
    args->given[args->n].implied = NULL;
    args->given[args->n++].value = value;
    return TQ_OK;
}

static tq_status positional(cli_args *args, const char *text, tq_error *err)
{
    if (args->n_places == CLI_MAX_PLACES) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d arguments", CLI_MAX_PLACES);
    }
    args->place[args->n_places++] = text;
    if (!args->data) {
        args->data = text;
    } else if (!args->extra) {
        args->extra = text;
    }
    return TQ_OK;
}

/* One option at argv[*i]; *i moves past its value. */
static tq_status take(int argc, const char *const *argv, int *i, const cli_group *groups,
                      cli_args *args, tq_error *err)
{
    const int is_output = strcmp(argv[*i], "-o") == 0;
    const char *name = is_output ? "output" : argv[*i] + 2;
    const size_t length = strcspn(name, "=");
    const cli_option *option = find(groups, name, length);

    if (!option) {
        return unknown_option(groups, name, length, err);
    }
    if (option->kind == CLI_FLAG) {
        const char *value = name[length] ? name + length + 1 : "yes";

        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "option '--%s' takes no value",
                           option->name);
        }
        return add(args, option, *value == 'y' ? "" : NULL, err);
    }
    if (name[length]) {
        return add(args, option, name + length + 1, err);
    }
    if (*i + 1 >= argc) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "option '%s' needs a value (%s)", argv[*i],
                       option->value);
    }
    return add(args, option, argv[++*i], err);
}

tq_status cli_parse(int argc, const char *const *argv, const cli_group *groups, cli_args *args,
                    tq_error *err)
{
    tq_status status = TQ_OK;

    memset(args, 0, sizeof *args);
    for (int i = 0; status == TQ_OK && i < argc; i++) {
        const char *text = argv[i];

        if (strcmp(text, "-o") == 0 || (text[0] == '-' && text[1] == '-')) {
            status = take(argc, argv, &i, groups, args, err);
        } else if (text[0] == '-' && text[1] != '\0') {
            status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "unknown option '%.60s'; options start with two dashes", text);
        } else {
            status = positional(args, text, err);
        }
    }
    return status;
}

const cli_option *cli_find_option(const cli_group *groups, const char *name)
{
    return find(groups, name, strlen(name));
}

tq_status cli_give_also(const cli_group *groups, const char *name, const char *value,
                        cli_args *args, tq_error *err)
{
    if (args->n == CLI_MAX_GIVEN) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d options", CLI_MAX_GIVEN);
    }
    args->given[args->n].option = cli_find_option(groups, name);
    args->given[args->n].implied = NULL;
    args->given[args->n++].value = value;
    return TQ_OK;
}

tq_status cli_give(const cli_group *groups, const char *name, const char *value, cli_args *args,
                   tq_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < args->n; i++) { /* in place of what was given */
        if (strcmp(args->given[i].option->name, name) != 0) {
            args->given[n++] = args->given[i];
        }
    }
    args->n = n;
    return value ? cli_give_also(groups, name, value, args, err) : TQ_OK;
}

int cli_is_given(const cli_args *args, const char *name)
{
    for (size_t j = 0; j < args->n; j++) {
        if (strcmp(args->given[j].option->name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *cli_value_at(const cli_args *args, const char *name, size_t i)
{
    for (size_t j = 0; j < args->n; j++) {
        if (strcmp(args->given[j].option->name, name) == 0 && i-- == 0) {
            return args->given[j].value;
        }
    }
    return NULL;
}

const char *cli_value(const cli_args *args, const char *name)
{
    return cli_value_at(args, name, 0);
}

tq_status cli_number(const cli_args *args, const char *name, double *out, tq_error *err)
{
    const char *text = cli_value(args, name);
    double value;

    if (!text) {
        return TQ_OK;
    }
    if (!tq_parse_number(text, '.', &value)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%.60s' is not a number", name,
                       text);
    }
    *out = value;
    return TQ_OK;
}

tq_status cli_numbers(const cli_args *args, const char *name, size_t most, const char *gap,
                      const char *example, double *list, size_t *n, tq_error *err)
{
    const char *at = cli_value(args, name);
    char one[64];

    *n = at ? 0 : *n;
    for (; at; (*n)++) {
        const size_t length = strcspn(at, ",");

        if (*n == most) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: more than %zu values", name,
                           most);
        }
        tq_copy_text(one, length < sizeof one ? length + 1 : sizeof one, at);
        list[*n] = NAN;
        if (!(gap && strcmp(one, "NA") == 0) && !tq_parse_number(one, '.', &list[*n])) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s: '%s' is no number%s%s%s; write numbers with commas between%s%s",
                           name, one, gap ? " (and not NA, " : "", gap ? gap : "", gap ? ")" : "",
                           example ? ", as in " : "", example ? example : "");
        }
        at = at[length] ? at + length + 1 : NULL;
    }
    return TQ_OK;
}

tq_status cli_integer(const cli_args *args, const char *name, long lo, long hi, long *out,
                      tq_error *err)
{
    const char *text = cli_value(args, name);
    char *end;

    if (!text) {
        return TQ_OK;
    }
    const long value = strtol(text, &end, 10);

    if (end == text || *end || value < lo || value > hi) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--%s: '%.60s' is not a whole number from %ld to %ld", name, text, lo, hi);
    }
    *out = value;
    return TQ_OK;
}

tq_status cli_yes_no(const cli_args *args, const char *name, int *out, tq_error *err)
{
    const char *text = cli_value(args, name);

    if (!text) {
        return TQ_OK;
    }
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%.60s' is neither yes nor no", name,
                       text);
    }
    *out = strcmp(text, "yes") == 0;
    return TQ_OK;
}

static const char *choice_at(const void *table, size_t i)
{
    cli_names *const *names = table;

    return (*names)(i);
}

tq_status cli_choose(const char *name, const char *text, cli_names *names, size_t *out,
                     tq_error *err)
{
    const char *candidate;

    for (size_t i = 0; (candidate = names(i)) != NULL; i++) {
        if (strcmp(candidate, text) == 0) {
            *out = i;
            return TQ_OK;
        }
    }
    const char *nearest = tq_nearest_name(text, choice_at, &names);
    char list[160] = "";

    for (size_t i = 0; !nearest && (candidate = names(i)) != NULL; i++) {
        const size_t used = strlen(list);

        if (used + strlen(candidate) + 3 < sizeof list) {
            strcat(strcat(list, i ? ", " : ""), candidate);
        }
    }
    if (nearest) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: unknown '%.60s'; did you mean '%s'?",
                       name, text, nearest);
    }
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: unknown '%.60s'; valid are %s", name,
                   text, list);
}

tq_status cli_choice(const cli_args *args, const char *name, cli_names *names, size_t *out,
                     tq_error *err)
{
    const char *text = cli_value(args, name);

    return text ? cli_choose(name, text, names, out, err) : TQ_OK;
}
