/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What belongs to an analysis of a plan: sensitivity analyses, meta-regressions, small-study effects. */
#include <stdlib.h>
#include <string.h>

#include "core/parse_number.h"
#include "run_plan.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status add(run_state *run, run_entry *entry, const cli_args *args, tq_further_role role,
                     const char *label, tq_error *err)
{
    run_model *m = NULL;

    return label ? cli_plan_add_model(run, entry, args, NULL, role, label, &m, err)
                 : no_memory(err);
}

/* Some look at one model of independent effects. */
static tq_status check_effects(const run_model *m, const tq_plan_item *item, tq_error *err)
{
    if (cli_plan_is_multilevel(m)) {
        return tq_yaml_fail(item->at, err, TQ_EINVAL,
                            "'%s' is of pooled models, and this one has 'random'", item->name);
    }
    return tq_method_counts(m->job.spec.options.method)
               ? tq_yaml_fail(item->at, err, TQ_EINVAL,
                              "'%s' needs a model of effects; method %s pools counts", item->name,
                              tq_method_name(m->job.spec.options.method))
               : TQ_OK;
}

/* ---- sensitivity: other options ---- */

/* A list of values of one option, each a model of its own: its name in a plan, its option, what is in use
   where it is not given, and how a label begins. */
static const struct {
    const char *name, *option, *otherwise, *label;
} lists[] = {
    {"methods", "method", "REML", "Method"},   {"tests", "test", "z", "Test"},
    {"measures", "measure", "GEN", "Measure"}, {"ris", "ri", "", "Correlation"},
    {"adds", "add", "", "Increment"},          {"tos", "to", "", "Increment for"},
    {"vtypes", "vtype", "", "Variance type"},
};

/* A number stands for itself in every row, where an input is wanted. */
static const char *input_value(run_state *run, const char *option, const char *value)
{
    double x;

    return strcmp(option, "ri") == 0 && tq_parse_number(value, '.', &x)
               ? tq_arena_format(run->arena, "=%s", value)
               : value;
}

/* Options of the analysis that another method has no use for go with it, unless `own` gives them. */
static tq_status drop_useless(const tq_yaml_node *own, cli_args *args, tq_error *err)
{
    static const char *const of_tau2[] = {"predict", "ci-tau2"}, *const of_effects[] = {"test"};
    const char *name = cli_value(args, "method");
    const tq_method method = name ? tq_method_find(name) : TQ_METHOD_COUNT;
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && method != TQ_METHOD_COUNT && !tq_method_random(method) &&
                       i < sizeof of_tau2 / sizeof *of_tau2;
         i++) {
        status = tq_yaml_member(own, of_tau2[i])
                     ? TQ_OK
                     : cli_give(cli_plan_groups, of_tau2[i], NULL, args, err);
    }
    for (size_t i = 0;
         status == TQ_OK && tq_method_counts(method) && i < sizeof of_effects / sizeof *of_effects;
         i++) {
        status = tq_yaml_member(own, of_effects[i])
                     ? TQ_OK
                     : cli_give(cli_plan_groups, of_effects[i], NULL, args, err);
    }
    return status;
}

static tq_status add_values(run_state *run, run_entry *entry, const cli_args *base, size_t l,
                            const tq_plan_item *item, tq_error *err)
{
    const char *used = cli_value(base, lists[l].option);
    tq_status status = TQ_OK;

    used = used ? used : lists[l].otherwise;
    for (size_t i = 0; status == TQ_OK && i < tq_yaml_count(item->value); i++) {
        const char *text = tq_yaml_at(item->value, i)->text;
        const char *value = input_value(run, lists[l].option, text);
        cli_args args = *base;

        if (!value) {
            return no_memory(err);
        }
        if (strcmp(value, used) == 0) { /* the analysis itself */
            continue;
        }
        status = cli_plan_give(lists[l].option, value, &args, err);
        status = status == TQ_OK ? drop_useless(NULL, &args, err) : status;
        status = status == TQ_OK ? cli_plan_suit_test(&args, err) : status;
        status = status == TQ_OK
                     ? add(run, entry, &args, TQ_FURTHER_SENSITIVITY,
                           tq_arena_format(run->arena, "%s %s", lists[l].label, text), err)
                     : status;
    }
    return status;
}

/* Rules by which studies are left out of the model. */
static tq_status add_outliers(run_state *run, run_entry *entry, const cli_args *base,
                              const tq_plan_item *item, tq_error *err)
{
    tq_status status = check_effects(entry->model, item, err);

    for (size_t i = 0; status == TQ_OK && i < tq_yaml_count(item->value); i++) {
        const char *text = tq_yaml_at(item->value, i)->text;
        const char *label = tq_arena_format(run->arena, "Without outliers (%s)", text);
        tq_outlier_rule rule;
        run_model *m = NULL;

        status = tq_outlier_rule_parse(text, &rule, err);
        status = status == TQ_OK && !label ? no_memory(err) : status;
        status = status == TQ_OK ? cli_plan_add_model(run, entry, base, NULL,
                                                      TQ_FURTHER_SENSITIVITY, label, &m, err)
                                 : status;
        if (status == TQ_OK) {
            m->job.rule = rule;
        }
    }
    return status;
}

/* A level that is mistyped is an error, rows that are not there are none. */
static tq_status check_subset(run_state *run, const run_entry *entry, const char *expression,
                              tq_error *err)
{
    const tq_table *table = entry->model->in.table;
    unsigned char *keep = tq_arena_take(run->arena, tq_table_rows(table), 1);

    return keep ? tq_subset_select(table, expression, keep, err) : no_memory(err);
}

/* {LABEL: EXPR}: fewer rows. */
static tq_status add_subsets(run_state *run, run_entry *entry, const cli_args *base,
                             const tq_plan_item *item, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < item->value->n; i++) {
        const char *expression = item->value->item[i]->text;
        const char *both = entry->of->subset ? tq_arena_format(run->arena, "(%s) & (%s)",
                                                               entry->of->subset, expression)
                                             : expression;
        cli_args args = *base;

        if (item->value->item[i]->kind != TQ_YAML_SCALAR) {
            return tq_yaml_fail(item->value->item[i], err, TQ_EINVAL,
                                "subset '%.60s' must be an expression", item->value->key[i]->text);
        }
        status = both ? check_subset(run, entry, both, err) : no_memory(err);
        status = cli_plan_locate(item->value->item[i], status, err);
        status = status == TQ_OK ? cli_plan_give("subset", both, &args, err) : status;
        status = status == TQ_OK ? add(run, entry, &args, TQ_FURTHER_SENSITIVITY,
                                       item->value->key[i]->text, err)
                                 : status;
    }
    return status;
}

/* Of the options of the model itself. */
static int is_extra(const char *name)
{
    return strcmp(name, "overall") == 0 || strcmp(name, "newmods") == 0;
}

/* What an analysis looks at beyond its fit is not repeated beside it: refits, tests of terms, predictions, and
   all correlations but the first; without subgroups there are no levels that could stand alone. */
static tq_status without_extras(run_state *run, cli_args *args, tq_error *err)
{
    static const cli_group extras[] = {{"beyond the fit", cli_mv_further_options},
                                       {"regression", cli_regression_options},
                                       {NULL, NULL}};
    const char *rho = cli_value(args, "rho");
    const char *first =
        rho ? tq_arena_format(run->arena, "%.*s", (int)strcspn(rho, ","), rho) : NULL;
    size_t n = 0;

    for (size_t i = 0; i < args->n; i++) {
        const char *name = args->given[i].option->name;

        if (strcmp(name, "ci-tau2") == 0 || !(cli_find_option(extras, name) || is_extra(name))) {
            args->given[n++] = args->given[i];
        }
    }
    args->n = n;
    return !rho    ? TQ_OK
           : first ? cli_give(cli_plan_groups, "rho", first, args, err)
                   : no_memory(err);
}

/* The analysis with other options, which may make another kind of model of it. */
static tq_status add_other(run_state *run, run_entry *entry, const tq_yaml_node *map,
                           tq_further_role role, const char *label, tq_error *err)
{
    cli_args args = entry->raw;
    tq_status status = without_extras(run, &args, err);

    if (status == TQ_OK && entry->of->subset && !tq_yaml_member(map, "subset")) {
        status = cli_plan_give("subset", entry->of->subset, &args, err);
    }

    status = status == TQ_OK ? cli_plan_give_map(map, cli_plan_groups, NULL, run->arena, &args, err)
                             : status;
    status = status == TQ_OK ? drop_useless(map, &args, err) : status;
    status = status == TQ_OK ? cli_plan_suit(map, &args, err) : status;
    return status == TQ_OK ? add(run, entry, &args, role, label, err) : status;
}

/* {LABEL: {OPTION: VALUE}}: any options at once. */
static tq_status add_options(run_state *run, run_entry *entry, const cli_args *base,
                             const tq_plan_item *item, tq_error *err)
{
    tq_status status = TQ_OK;

    (void)base;
    for (size_t i = 0; status == TQ_OK && i < item->value->n; i++) {
        const tq_yaml_node *map = item->value->item[i];

        if (map->kind != TQ_YAML_MAP) {
            return tq_yaml_fail(map, err, TQ_EINVAL, "'%.60s' must be a map of options",
                                item->value->key[i]->text);
        }
        status = add_other(run, entry, map, TQ_FURTHER_SENSITIVITY, item->value->key[i]->text, err);
    }
    return status;
}

static tq_status add_sensitivity(run_state *run, run_entry *entry, const cli_args *base,
                                 const tq_plan_item *item, tq_error *err)
{
    int is_part;
    const tq_status status = cli_plan_ask_part(run, entry->model, item, &is_part, err);

    if (is_part || status != TQ_OK) {
        return status;
    }
    if (!item->value) {
        return tq_yaml_fail(item->at, err, TQ_EINVAL, "'%s' needs values", item->name);
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].name, item->name) == 0) {
            return add_values(run, entry, base, i, item, err);
        }
    }
    if (strcmp(item->name, "outliers") == 0) {
        return add_outliers(run, entry, base, item, err);
    }
    if (strcmp(item->name, "multiverse") == 0) {
        return cli_plan_multiverse(run, entry->model, base, item->value, err);
    }
    return strcmp(item->name, "subsets") == 0 ? add_subsets(run, entry, base, item, err)
                                              : add_options(run, entry, base, item, err);
}

/* ---- moderators ---- */

static tq_status add_regression(run_state *run, run_entry *entry, const cli_args *base,
                                const tq_plan_item *item, tq_error *err)
{
    const int map = item->value && item->value->kind == TQ_YAML_MAP;
    const char *formula = map ? tq_yaml_text(item->value, "mods", NULL) : item->name;
    cli_args args = *base;
    run_model *m = NULL;

    if (!formula) {
        return tq_yaml_fail(item->at, err, TQ_EINVAL, "a map in 'moderators' needs 'mods'");
    }
    tq_status status =
        map ? cli_plan_give_map(item->value, cli_plan_groups, "label", run->arena, &args, err)
            : cli_plan_give("mods", formula, &args, err);

    status = status == TQ_OK ? cli_plan_suit(map ? item->value : NULL, &args, err) : status;
    return status == TQ_OK
               ? cli_plan_add_model(run, entry, &args, NULL, TQ_FURTHER_REGRESSION,
                                    map ? tq_yaml_text(item->value, "label", formula) : formula, &m,
                                    err)
               : status;
}

/* ---- beside ---- */

static tq_status add_reference(run_entry *entry, const tq_plan_analysis *other, const char *label,
                               tq_error *err)
{
    run_model *m = calloc(1, sizeof *m);

    if (!m) {
        return no_memory(err);
    }
    *entry->end = m;
    entry->end = &m->next;
    m->at = entry->of->at;
    m->role = TQ_FURTHER_BESIDE;
    m->of_id = other->id;
    m->label = label ? label : other->title;
    return TQ_OK;
}

static tq_status add_beside(run_state *run, run_entry *entry, const cli_args *base,
                            const tq_plan_item *item, tq_error *err)
{
    const char *id = tq_plan_beside_id(item);

    (void)base;
    if (!id) {
        return add_other(run, entry, item->value, TQ_FURTHER_BESIDE, item->name, err);
    }
    return strcmp(id, entry->of->id) == 0 /* of the defaults */
               ? TQ_OK
               : add_reference(entry, &run->plan->analysis[tq_plan_find(run->plan, id)],
                               item->value ? item->name : NULL, err);
}

/* ---- small-study effects ---- */

/* A model of its own; its options are those of the map, from this table. */
static tq_status add_bias_model(run_state *run, run_entry *entry, const cli_args *base,
                                const tq_plan_item *item, const cli_command *command,
                                const cli_option *from, const char *label, run_model **m,
                                tq_error *err)
{
    cli_args args = *base;
    const cli_group of[] = {{"", from}, {NULL, NULL}};
    tq_status status =
        item->value ? cli_plan_give_map(item->value, of, NULL, run->arena, &args, err) : TQ_OK;

    return status == TQ_OK
               ? cli_plan_add_model(run, entry, &args, command, TQ_FURTHER_BIAS, label, m, err)
               : status;
}

static tq_status add_trim_fill(run_state *run, run_entry *entry, const cli_args *base,
                               const tq_plan_item *item, tq_error *err)
{
    run_model *m = NULL;
    tq_status status = add_bias_model(run, entry, base, item, &cmd_trimfill, cli_trim_fill_options,
                                      "Trim and fill", &m, err);

    if (status == TQ_OK && !m->why_none) {
        status = cli_trim_fill(&m->args, "trimfill", &m->fill, err);
        m->job.spec.trim_fill = &m->fill;
    }
    return status;
}

static tq_status add_selection(run_state *run, run_entry *entry, const cli_args *base,
                               const tq_plan_item *item, tq_error *err)
{
    cli_args args = *base;
    run_model *m = NULL;
    tq_status status = cli_give(cli_plan_groups, "method", NULL, &args, err);

    status = status == TQ_OK ? cli_give(cli_plan_groups, "ci-tau2", NULL, &args, err) : status;
    status = status == TQ_OK ? cli_give(cli_plan_groups, "test", NULL, &args, err) : status;
    status = status == TQ_OK ? add_bias_model(run, entry, &args, item, &cmd_selmodel,
                                              cli_selection_options, "Selection model", &m, err)
                             : status;
    if (status == TQ_OK && !m->why_none) {
        status = cli_ask_selection(&m->args, &m->selection, err);
        cli_selection_into(&m->selection, &m->job.spec);
    }
    return status;
}

/* Methods of commands of their own. */
static const struct {
    const cli_command *command;
    const char *label;
} publications[] = {
    {&cmd_limitmeta, "Limit meta-analysis"},
    {&cmd_copas, "Copas selection model"},
    {&cmd_pcurve, "p-curve"},
    {&cmd_puniform, "p-uniform*"},
    {&cmd_svalue, "Worst case of selection (S-values)"},
};
enum { PUBLICATIONS = sizeof publications / sizeof *publications };

static size_t publication_of(const tq_plan_item *item)
{
    size_t i = 0;

    while (i < PUBLICATIONS && strcmp(publications[i].command->name, item->name) != 0) {
        i++;
    }
    return i;
}

/* The command's own options are its first group. */
static tq_status add_publication(run_state *run, run_entry *entry, const cli_args *base,
                                 const tq_plan_item *item, size_t which, tq_error *err)
{
    const cli_command *command = publications[which].command;
    const int copas = command == &cmd_copas;
    cli_args args = *base;
    run_model *m = NULL;
    tq_status status = TQ_OK;

    /* what the plan says of other models, where the likelihood of this one leaves no choice */
    if (copas) {
        status = cli_give(cli_plan_groups, "method", NULL, &args, err);
        status = status == TQ_OK ? cli_give(cli_plan_groups, "test", NULL, &args, err) : status;
    }
    if (status == TQ_OK && (copas || command == &cmd_puniform)) {
        status = cli_give(cli_plan_groups, "tau2", NULL, &args, err);
    }
    status = status == TQ_OK
                 ? add_bias_model(run, entry, &args, item, command, command->groups[0].row,
                                  publications[which].label, &m, err)
                 : status;
    if (status == TQ_OK && !m->why_none) {
        status = cli_ask_publication(&m->args, command->name, &m->publication, err);
        cli_set_publication(&m->publication, &m->job.spec);
    }
    return status;
}

static tq_status ask_fail_safe(run_state *run, run_model *m, const tq_plan_item *item,
                               tq_error *err)
{
    cli_args args = {.data = NULL};
    static const cli_group of[] = {{"", cli_fail_safe_options}, {NULL, NULL}};
    tq_status status =
        item->value ? cli_plan_give_map(item->value, of, NULL, run->arena, &args, err) : TQ_OK;

    m->job.spec.fail_safe = &m->fail_safe;
    return status == TQ_OK ? cli_fail_safe(&args, &m->fail_safe, err) : status;
}

/* A test by name, or those that suit the measure. */
static void ask_test(run_model *m, const tq_plan_item *item)
{
    const tq_bias_test test = tq_bias_test_find(item->name);

    if (!m->job.spec.bias) {
        m->bias = tq_bias_defaults();
        m->bias.test = m->test;
        m->job.spec.bias = &m->bias;
    }
    if (test != TQ_BIAS_TEST_COUNT) {
        m->test[m->bias.n++] = test;
    }
}

static tq_status add_bias(run_state *run, run_entry *entry, const cli_args *base,
                          const tq_plan_item *item, tq_error *err)
{
    if (cli_plan_is_multilevel(entry->model)) {
        return tq_yaml_fail(item->at, err, TQ_EINVAL,
                            "'%s' is of pooled models, and this one has 'random'; the key "
                            "'small-study: sei' has its test",
                            item->name);
    }
    const tq_status status = check_effects(entry->model, item, err);

    if (status != TQ_OK) {
        return status;
    }
    if (strcmp(item->name, "trimfill") == 0) {
        return add_trim_fill(run, entry, base, item, err);
    }
    if (strcmp(item->name, "selmodel") == 0) {
        return add_selection(run, entry, base, item, err);
    }
    if (strcmp(item->name, "failsafe") == 0) {
        return ask_fail_safe(run, entry->model, item, err);
    }
    if (publication_of(item) < PUBLICATIONS) {
        return add_publication(run, entry, base, item, publication_of(item), err);
    }
    ask_test(entry->model, item);
    return TQ_OK;
}

/* ---- all of them ---- */

typedef tq_status add_item(run_state *run, run_entry *entry, const cli_args *base,
                           const tq_plan_item *item, tq_error *err);

static tq_status add_list(run_state *run, run_entry *entry, const cli_args *base,
                          const tq_plan_list *list, add_item *one, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < list->n; i++) {
        const tq_yaml_node *at = list->item[i].value ? list->item[i].value : list->item[i].at;
        run_model **before = entry->end;

        status = cli_plan_locate(at, one(run, entry, base, &list->item[i], err), err);
        for (run_model *m = *before; m; m = m->next) {
            m->at = at;
        }
    }
    return status;
}

/* Rows that cannot be used as they are may be so under other options. */
static tq_status add_if_options(run_state *run, run_entry *entry, const cli_args *base,
                                const tq_plan_item *item, tq_error *err)
{
    return strcmp(item->name, "options") == 0 ? add_sensitivity(run, entry, base, item, err)
                                              : TQ_OK;
}

/* What the defaults ask for is of pooled models; of a multilevel one, what it asks for itself. */
static const tq_plan_list *own_list(const run_entry *entry, const char *key,
                                    const tq_plan_list *list)
{
    static const tq_plan_list none = {NULL, 0};

    return cli_plan_is_multilevel(entry->model) && !tq_plan_owns(entry->of, key) ? &none : list;
}

tq_status cli_plan_beside(run_state *run, run_entry *entry, tq_error *err)
{
    return add_list(run, entry, &entry->raw, &entry->of->beside, add_beside, err);
}

tq_status cli_plan_further(run_state *run, run_entry *entry, const cli_args *whole, tq_error *err)
{
    run_model *m = entry->model;
    cli_args args = *whole, *const base = &args;
    const tq_status alone = without_extras(run, base, err);

    if (alone != TQ_OK) {
        return alone;
    }

    if (m->why_none) {
        const tq_status done =
            add_list(run, entry, base, &entry->of->sensitivity, add_if_options, err);

        return done == TQ_OK ? cli_plan_beside(run, entry, err) : done;
    }
    const tq_plan_list *sensitivity = own_list(entry, "sensitivity", &entry->of->sensitivity);
    const tq_plan_list *bias = own_list(entry, "bias", &entry->of->bias);
    tq_status status = add_list(run, entry, base, sensitivity, add_sensitivity, err);

    status = status == TQ_OK ? cli_plan_ask_figures(run, entry, err) : status;
    status = status == TQ_OK
                 ? add_list(run, entry, base, &entry->of->moderators, add_regression, err)
                 : status;
    status = status == TQ_OK ? add_list(run, entry, base, bias, add_bias, err) : status;
    status = status == TQ_OK ? cli_plan_beside(run, entry, err) : status;
    if (m->sensitivity.loo || m->sensitivity.cumul || m->sensitivity.influence) {
        m->sensitivity.threads = 1;
        m->job.spec.sensitivity = &m->sensitivity;
    }
    return status;
}
