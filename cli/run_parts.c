/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of an analysis of a plan that are asked for in `sensitivity`: what stands beside its pooled effect. */
#include <string.h>

#include "run_plan.h"
#include "sensitivity_options.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status check_column(const run_model *m, const char *part, const char *column,
                              tq_error *err)
{
    const char *nearest;

    if (!column || tq_table_find(m->in.table, column) != TQ_NO_COLUMN) {
        return TQ_OK;
    }
    nearest = tq_table_nearest(m->in.table, column);
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%s': no column '%.80s'%s%.80s%s", part,
                   column, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?" : "");
}

static const char *column_of(const tq_plan_item *item)
{
    return item->value ? item->value->text : NULL;
}

static tq_status ask_loo(run_state *run, run_model *m, const tq_plan_item *item, tq_error *err)
{
    (void)run;
    m->sensitivity.loo = 1;
    m->sensitivity.cluster = column_of(item);
    return check_column(m, "loo", column_of(item), err);
}

/* A column, or what studies have beside those of the sheet. */
static tq_status set_order(run_model *m, const char *part, const char *column, tq_error *err)
{
    static const char *const own[] = {"yi", "vi", "sei", "ni"};

    m->sensitivity.cumul = 1;
    m->sensitivity.order = column ? column : m->sensitivity.order;
    for (size_t i = 0; column && i < sizeof own / sizeof *own; i++) {
        column = strcmp(own[i], column) == 0 ? NULL : column;
    }
    return check_column(m, part, column, err);
}

static tq_status ask_cumul(run_state *run, run_model *m, const tq_plan_item *item, tq_error *err)
{
    (void)run;
    return set_order(m, "cumul", column_of(item), err);
}

static tq_status check_effects(const run_model *m, const tq_plan_item *item, tq_error *err)
{
    return tq_method_counts(m->job.spec.options.method)
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "'%s' needs a model of effects; method %s pools counts", item->name,
                         tq_method_name(m->job.spec.options.method))
               : TQ_OK;
}

static tq_status ask_influence(run_state *run, run_model *m, const tq_plan_item *item,
                               tq_error *err)
{
    (void)run;
    m->sensitivity.influence = 1;
    return check_effects(m, item, err);
}

static tq_status ask_tsa(run_state *run, run_model *m, const tq_plan_item *item, tq_error *err)
{
    static const cli_option order[] = {{"order", "COL", CLI_ONCE, NULL, 0},
                                       {NULL, NULL, CLI_ONCE, NULL, 0}};
    static const cli_group of[] = {{"tsa", cli_tsa_options}, {"order", order}, {NULL, NULL}};
    cli_args args = {.n = 0};
    tq_status status =
        item->value ? cli_plan_give_map(item->value, of, NULL, run->arena, &args, err) : TQ_OK;

    m->tsa = tq_tsa_defaults();
    m->job.spec.sequential = &m->tsa;
    status = status == TQ_OK ? cli_ask_tsa(&args, &m->tsa, err) : status;
    return status == TQ_OK ? set_order(m, "order", cli_value(&args, "order"), err) : status;
}

static tq_status ask_permutation(run_state *run, run_model *m, const tq_plan_item *item,
                                 tq_error *err)
{
    static const cli_group of[] = {{"permutation", cli_permute_options}, {NULL, NULL}};
    cli_args args = {.n = 0};
    tq_status status =
        item->value ? cli_plan_give_map(item->value, of, NULL, run->arena, &args, err) : TQ_OK;

    m->permutation = tq_permutation_defaults();
    status = status == TQ_OK ? cli_permutation(&args, &m->permutation, err) : status;
    m->permutation.threads = 1;
    m->permutation.seed = m->job.spec.options.seed;
    m->job.spec.permutation = &m->permutation;
    return status;
}

static tq_status ask_gosh(run_state *run, run_model *m, const tq_plan_item *item, tq_error *err)
{
    (void)run;
    double n = 0.0;

    if (item->value && (!tq_yaml_is_number(item->value, &n) || !(n >= 1.0 && n <= 4e9))) {
        return tq_yaml_fail(item->value, err, TQ_EINVAL,
                            "'gosh' must be yes or a number of subsets from 1 to 4000000000");
    }
    m->gosh = (tq_gosh_spec){.subsets = (uint64_t)n, .threads = 1};
    m->job.spec.gosh = &m->gosh;
    return TQ_OK;
}

static const struct {
    const char *name;
    tq_status (*ask)(run_state *run, run_model *m, const tq_plan_item *item, tq_error *err);
} parts[] = {
    {"loo", ask_loo},
    {"cumul", ask_cumul},
    {"influence", ask_influence},
    {"tsa", ask_tsa},
    {"permutation", ask_permutation},
    {"gosh", ask_gosh},
};

/* Refits of a multilevel model have options of their own. */
static tq_status refuse_multilevel(const tq_plan_item *item, tq_error *err)
{
    static const char *const refits[] = {"loo", "influence"};
    const int one_out = strcmp(item->name, refits[0]) == 0 || strcmp(item->name, refits[1]) == 0;

    return tq_yaml_fail(
        item->at, err, TQ_EINVAL, "'%s' is of pooled models, and this one has 'random'%s",
        item->name, one_out ? "; the key 'influence: COL' fits it without each level of COL" : "");
}

tq_status cli_plan_ask_part(run_state *run, run_model *m, const tq_plan_item *item, int *is_part,
                            tq_error *err)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, item->name) == 0) {
            *is_part = 1;
            return cli_plan_is_multilevel(m) ? refuse_multilevel(item, err)
                                             : parts[i].ask(run, m, item, err);
        }
    }
    *is_part = 0;
    return TQ_OK;
}

/* ---- every combination of choices ---- */

/* A choice: its list, the option of the analysis, what stands between items, and what is in use where the
   analysis does not say. */
static const struct {
    const char *list, *one, *between, *otherwise;
} choices[] = {
    {"measures", "measure", ",", "GEN"}, {"subsets", NULL, ";", "all"},
    {"vtypes", "vtype", ",", "LS"},      {"ris", "ri", ",", "0.5"},
    {"adds", "add", ",", "0.5"},         {"tos", "to", ",", "only0"},
    {"methods", "method", ",", "REML"},  {"tests", "test", ",", "z"},
    {"outliers", NULL, ",", "none"},
};
enum { CHOICES = sizeof choices / sizeof *choices };

static const cli_group multiverse_groups[] = {
    {"data", cli_data_options},
    {"columns", cli_input_options},
    {"effects", cli_effect_options},
    {"model", cli_model_options},
    {"choices", cli_multiverse_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

/* What the analysis uses, then the values of the list that differ. */
static const char *list_text(run_state *run, size_t c, const char *used, const tq_yaml_node *value)
{
    const char *first =
        used ? used + (strcmp(choices[c].list, "ris") == 0 && *used == '=') : choices[c].otherwise;
    const char *text = first;

    for (size_t i = 0; text && i < tq_yaml_count(value); i++) {
        const char *item = tq_yaml_at(value, i)->text;

        text = strcmp(item, first) == 0
                   ? text
                   : tq_arena_format(run->arena, "%s%s%s", text, choices[c].between, item);
    }
    return text;
}

static tq_status give_choice(run_state *run, size_t c, const tq_yaml_node *map, cli_args *args,
                             tq_error *err)
{
    const tq_yaml_node *value = tq_yaml_member(map, choices[c].list);
    const char *used = choices[c].one ? cli_value(args, choices[c].one) : NULL;
    const char *text = value ? list_text(run, c, used, value) : NULL;
    tq_status status = TQ_OK;

    if (!value) {
        return TQ_OK;
    }
    if (choices[c].one) {
        status = cli_give(multiverse_groups, choices[c].one, NULL, args, err);
    }
    return status != TQ_OK ? status
           : text          ? cli_give(multiverse_groups, choices[c].list, text, args, err)
                           : no_memory(err);
}

tq_status cli_plan_multiverse(run_state *run, run_model *m, const cli_args *base,
                              const tq_yaml_node *map, tq_error *err)
{
    static const cli_group of[] = {{"choices", cli_multiverse_options}, {NULL, NULL}};
    cli_args args = *base, names = {.n = 0};
    tq_status status = cli_plan_give_map(map, of, NULL, run->arena, &names, err);

    for (size_t c = 0; status == TQ_OK && c < CHOICES; c++) {
        status = give_choice(run, c, map, &args, err);
    }
    status = status == TQ_OK ? cli_multiverse_new(&args, multiverse_groups, &m->multiverse, err)
                             : status;
    status = status == TQ_OK ? cli_multiverse_read(m->multiverse, &m->in, err) : status;
    if (status == TQ_OK) {
        m->job.spec.multiverse = cli_multiverse_spec(m->multiverse);
    }
    return status;
}
