/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file option.h  Options as rows of tables: parsing, values, help and hints come from them. */
#ifndef TQ_CLI_OPTION_H
#define TQ_CLI_OPTION_H

#include <stddef.h>

#include "core/status.h"

typedef enum {
    CLI_ONCE,
    CLI_REPEATED, /* may be given several times, each adds a value */
    CLI_FLAG      /* takes no value */
} cli_kind;

typedef struct {
    const char *name;  /* without the dashes */
    const char *value; /* "COL", "NAME"; NULL for flags */
    cli_kind kind;
    const char *help;
    int output; /* 1: says where or how output goes; not part of the recorded command */
} cli_option;

/* A titled group of options; tables end with a row whose name is NULL. */
typedef struct {
    const char *title;
    const cli_option *row;
} cli_group;

enum { CLI_MAX_GIVEN = 256, CLI_MAX_PLACES = 1024 };

/* The command line taken apart; texts are those of argv. */
typedef struct {
    const char *data;                  /* the positional argument, or NULL */
    const char *extra;                 /* a second positional argument, or NULL */
    const char *place[CLI_MAX_PLACES]; /* [n_places] all of them */
    size_t n_places;
    struct {
        const cli_option *option;
        const char *value;                       /* NULL: a flag given as "=no" */
        const struct tq_compat_default *implied; /* by --compat; NULL: typed */
    } given[CLI_MAX_GIVEN];
    size_t n;
} cli_args;

/**
 * Parse argv[argc] (after the command's name) against groups[] (ended by a NULL title).
 * "-o" is "--output"; a flag may have "=yes" or "=no". @retval TQ_EINVAL  One line, with the nearest option where one is unknown.
 */
tq_status cli_parse(int argc, const char *const *argv, const cli_group *groups, cli_args *args,
                    tq_error *err);

/* The option of that name in the groups; NULL: none. */
const cli_option *cli_find_option(const cli_group *groups, const char *name);
/* The i-th name in the groups, for tq_nearest_name(). */
const char *cli_option_at(const void *groups, size_t i);
/* Give an option of the groups a value, in place of what it had; NULL: it is not given.
   @retval TQ_EINVAL  More options than CLI_MAX_GIVEN. */
tq_status cli_give(const cli_group *groups, const char *name, const char *value, cli_args *args,
                   tq_error *err);
/* The same beside what it had, for options that may be given several times. */
tq_status cli_give_also(const cli_group *groups, const char *name, const char *value,
                        cli_args *args, tq_error *err);
/* Whether an option was given, a flag as "=no" too. */
int cli_is_given(const cli_args *args, const char *name);

/* Value of an option, NULL when it was not given; flags give "". */
const char *cli_value(const cli_args *args, const char *name);
/* The i-th value of a repeated option, or NULL. */
const char *cli_value_at(const cli_args *args, const char *name, size_t i);

/* Read a value into *out where the option was given. @retval TQ_EINVAL  Malformed. */
tq_status cli_number(const cli_args *args, const char *name, double *out, tq_error *err);
tq_status cli_integer(const cli_args *args, const char *name, long lo, long hi, long *out,
                      tq_error *err);
/* "0.9,0.5" into list[most], *n of them, in place of what it had. gap: NA stands for NaN, and says what it
   means in messages, NULL: it is refused; example: of such a list, for messages, or NULL. */
tq_status cli_numbers(const cli_args *args, const char *name, size_t most, const char *gap,
                      const char *example, double *list, size_t *n, tq_error *err);
/* "yes" or "no". */
tq_status cli_yes_no(const cli_args *args, const char *name, int *out, tq_error *err);

/* Gives the i-th valid name of a choice, NULL past the end. */
typedef const char *cli_names(size_t i);
/* The index of a text among them; name: of the option that gave it. @retval TQ_EINVAL */
tq_status cli_choose(const char *name, const char *text, cli_names *names, size_t *out,
                     tq_error *err);
/* The index of the value among the names; *out is left alone when the option was not given. */
tq_status cli_choice(const cli_args *args, const char *name, cli_names *names, size_t *out,
                     tq_error *err);

#endif
