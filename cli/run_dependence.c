/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which model the options of a plan ask for: pooled, or multilevel; and options that only one of them has. */
#include <string.h>

#include "run_plan.h"

/* What models of dependent effects have, which goes with `random: none`. */
static const cli_group of_dependence[] = {
    {"random effects", cli_mv_random_options},
    {"sampling errors", cli_covariance_options},
    {"robust inference", cli_robust_options},
    {NULL, NULL},
};

static int is_none(const cli_args *args)
{
    const char *random = cli_value(args, "random");

    return random && strcmp(random, "none") == 0 && !cli_value_at(args, "random", 1);
}

const cli_command *cli_plan_command(const cli_args *args)
{
    return cli_value(args, "random") && !is_none(args) ? &cmd_mv : &cmd_pool;
}

/* Whether an option stays; own: what the map at hand gives itself. */
typedef int keeps(const cli_command *command, const tq_yaml_node *own, const char *name,
                  const char *value);

static void filter(cli_args *args, const cli_command *command, const tq_yaml_node *own, keeps *keep)
{
    size_t n = 0;

    for (size_t i = 0; i < args->n; i++) {
        const char *value = args->given[i].value;

        if (keep(command, own, args->given[i].option->name, value ? value : "")) {
            args->given[n++] = args->given[i];
        }
    }
    args->n = n;
}

static int is_no_dependence(const cli_command *command, const tq_yaml_node *own, const char *name,
                            const char *value)
{
    (void)command;
    (void)value;
    return strcmp(name, "random") != 0 &&
           (!cli_find_option(of_dependence, name) || (own && tq_yaml_member(own, name)));
}

static int is_known(const cli_command *command, const tq_yaml_node *own, const char *name,
                    const char *value)
{
    (void)own;
    (void)value;
    return cli_find_option(command->groups, name) != NULL;
}

static int is_useful(const cli_command *command, const tq_yaml_node *own, const char *name,
                     const char *value)
{
    return is_known(command, own, name, value) &&
           ((own && tq_yaml_member(own, name)) ||
            !(command == &cmd_mv && cli_mv_refusal(name, value)));
}

void cli_plan_drop(const cli_command *command, cli_args *args)
{
    filter(args, command, NULL, is_known);
}

/* Degrees of freedom are those of one test. */
tq_status cli_plan_suit_test(cli_args *args, tq_error *err)
{
    const char *test = cli_value(args, "test");

    return test && strcmp(test, "t") == 0 ? TQ_OK
                                          : cli_give(cli_plan_groups, "dfs", NULL, args, err);
}

static tq_status refuse(const tq_yaml_node *key, const cli_command *command, tq_error *err)
{
    const char *name = key->text;

    return command == &cmd_mv
               ? tq_yaml_fail(key, err, TQ_EINVAL,
                              "'%.40s' is of pooled models, and this one has 'random'", name)
               : tq_yaml_fail(key, err, TQ_EINVAL,
                              "'%.40s' is of multilevel models, and this one has no 'random', as "
                              "in \"~ 1 | study/effect\"",
                              name);
}

tq_status cli_plan_suit(const tq_yaml_node *own, cli_args *args, tq_error *err)
{
    const cli_command *command = cli_plan_command(args);

    if (is_none(args)) {
        filter(args, command, own, is_no_dependence);
    }
    for (size_t i = 0; own && i < own->n; i++) {
        const char *name = own->key[i]->text;

        if (strcmp(name, "random") != 0 && cli_find_option(cli_plan_groups, name) &&
            !cli_find_option(command->groups, name)) {
            return refuse(own->key[i], command, err);
        }
    }
    filter(args, command, own, is_useful);
    return own && tq_yaml_member(own, "dfs") ? TQ_OK : cli_plan_suit_test(args, err);
}

/* ---- files ---- */

/* The path of a value FILE, or of a value NAME=FILE, from the folder of the plan. */
static const char *resolved(const run_state *run, const char *kind, const char *value)
{
    const char *file = strcmp(kind, "FILE") == 0 ? value : strchr(value, '=');

    if (file && file != value) {
        file++;
    }
    const char *path = file ? cli_plan_path(run, file) : value;

    return file && path && file != value
               ? tq_arena_format(run->arena, "%.*s%s", (int)(file - value), value, path)
               : path;
}

tq_status cli_plan_resolve(const run_state *run, cli_args *args, tq_error *err)
{
    for (size_t i = 0; i < args->n; i++) {
        const char *kind = args->given[i].option->value, *value = args->given[i].value;
        const size_t n = kind ? strlen(kind) : 0;

        if (value && n >= 4 && strcmp(kind + n - 4, "FILE") == 0) {
            args->given[i].value = resolved(run, kind, value);
            if (!args->given[i].value) {
                return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
            }
        }
    }
    return TQ_OK;
}

/* ---- reading a model ---- */

int cli_plan_is_multilevel(const run_model *m)
{
    return m->job.spec.multilevel != NULL;
}

tq_status cli_plan_ask_dependence(run_model *m, const cli_command *command, tq_error *err)
{
    tq_status status = TQ_OK;

    if (command == &cmd_mv) {
        return cli_ask_multilevel(&m->args, m->in.arena, &m->in, &m->multilevel, err);
    }
    if (command == &cmd_pool) {
        m->multilevel = (cli_multilevel){0};
        status = cli_read_robust(&m->args, cli_robust_options, &m->multilevel.robust,
                                 m->multilevel.key, err);
        m->multilevel.clustered = m->multilevel.key[0].column != NULL;
        m->in.key = m->multilevel.key;
        m->in.n_keys = (size_t)m->multilevel.clustered;
    }
    return status;
}

tq_status cli_plan_take_dependence(run_model *m, const cli_command *command, tq_error *err)
{
    int asked = 0;
    tq_status status = TQ_OK;

    if (command == &cmd_mv) {
        cli_multilevel_into(&m->multilevel, &m->args, &m->in, &m->job.spec);
        status = cli_mv_regression(&m->args, &m->in, &m->regression, &asked, err);
    } else if (command == &cmd_pool) {
        m->job.spec.robust = m->multilevel.clustered ? &m->multilevel.robust : NULL;
        m->job.spec.blup = cli_value(&m->args, "blup") != NULL;
        status = cli_regression(&m->args, &m->in, &m->regression, &asked, err);
    }
    m->job.spec.regression = asked ? &m->regression : NULL;
    return status;
}
