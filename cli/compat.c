/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --compat: defaults of another system as if they had been typed, where nothing else was. */
#include <string.h>

#include "cli.h"

static const char *system_at(size_t i)
{
    const tq_compat_system *s = tq_compat_system_at(i);

    return s ? s->name : NULL;
}

/* The method in use; that of the defaults where it is unknown, which is told when it is read. */
static tq_method method_of(const cli_args *args)
{
    const char *name = cli_value(args, "method");

    for (size_t i = 0; name && i < TQ_METHOD_COUNT; i++) {
        if (strcmp(tq_method_name((tq_method)i), name) == 0) {
            return (tq_method)i;
        }
    }
    return TQ_REML;
}

/* Options that a default could not stand beside. */
static int is_barred(const cli_args *args, const tq_compat_default *row)
{
    if (row->when == TQ_COMPAT_GLMM) {
        return cli_value(args, "glmm-model") != NULL;
    }
    return row->when != TQ_COMPAT_ALWAYS && row->when != TQ_COMPAT_BIAS &&
           cli_value(args, "scale") != NULL;
}

tq_status cli_apply_compat(const cli_command *command, cli_args *args, tq_error *err)
{
    const char *measure = cli_value(args, "measure");
    size_t at = 0;
    const tq_status status = cli_choice(args, "compat", system_at, &at, err);

    if (status != TQ_OK || !cli_value(args, "compat")) {
        return status;
    }
    const tq_compat_system *s = tq_compat_system_at(at);

    for (size_t i = 0; i < s->n_rows && args->n < CLI_MAX_GIVEN; i++) {
        const tq_compat_default *row = &s->row[i];
        const cli_option *option = cli_find_option(command->groups, row->option);

        if (option && !cli_is_given(args, row->option) && !is_barred(args, row) &&
            tq_compat_applies(row, command->name, measure ? measure : "GEN", method_of(args))) {
            args->given[args->n].option = option;
            args->given[args->n].implied = row;
            args->given[args->n++].value = option->kind == CLI_FLAG ? "" : row->theirs;
        }
    }
    return TQ_OK;
}

tq_status cli_compatibility(const cli_args *args, tq_arena *arena, const tq_compatibility **out,
                            tq_error *err)
{
    size_t at = 0, n = 0;

    if (!cli_value(args, "compat")) {
        return TQ_OK;
    }
    const tq_status status = cli_choice(args, "compat", system_at, &at, err);
    const tq_compat_default **changed = tq_arena_take(arena, args->n, sizeof *changed);
    tq_compatibility *c = tq_arena_take(arena, 1, sizeof *c);

    if (status != TQ_OK || !changed || !c) {
        return status != TQ_OK ? status : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < args->n; i++) {
        if (args->given[i].implied) {
            changed[n++] = args->given[i].implied;
        }
    }
    *c = (tq_compatibility){tq_compat_system_at(at), changed, n};
    *out = c;
    return TQ_OK;
}
