/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of models as keys of a plan: the same tables, the same readers, errors at the plan's lines. */
#include <stdio.h>
#include <string.h>

#include "core/names.h"
#include "run_plan.h"

/* Of a model that a map describes, not of an analysis. */
static const cli_option map_options[] = {
    {"mods", "FORMULA", CLI_ONCE, "of a map in `moderators`", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

/* Those up to map_options may stand in an analysis. Where two have an option of the same name, the first counts. */
const cli_group cli_plan_groups[] = {
    {"data", cli_data_options},
    {"columns", cli_input_options},
    {"effects", cli_effect_options},
    {"model", cli_model_options},
    {"interval", cli_interval_options},
    {"location-scale model", cli_scale_options},
    {"random effects", cli_mv_random_options},
    {"multilevel model", cli_mv_model_options},
    {"sampling errors", cli_covariance_options},
    {"robust inference", cli_robust_options},
    {"beyond the fit", cli_mv_further_options},
    {"forest plot", cli_forest_options},
    {"forest plot, with --sort", cli_descending_options},
    {"figure and titles", cli_figure_options},
    {"regression", cli_regression_options},
    {"moderators", map_options},
    {"trim and fill", cli_trim_fill_options},
    {"fail-safe N", cli_fail_safe_options},
    {"selection models", cli_selection_options},
    {"figure", cli_plot_kind_options},
    {"common", cli_common_options},
    {NULL, NULL},
};
/* What the plan has keys of its own for. */
static const char *const reserved[] = {"title", "subset", "subgroup"};

static int is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (strcmp(reserved[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether a list may stand for an option: it is repeatable, or its value has commas. */
static int takes_list(const cli_option *o)
{
    return o->kind == CLI_REPEATED ||
           (o->value && (strstr(o->value, ",..") || strcmp(o->value, "LIST") == 0 ||
                         strcmp(o->value, "NAMES") == 0));
}

static size_t count_options(void)
{
    size_t n = 0;

    for (const cli_group *g = cli_plan_groups; g->row != map_options; g++) {
        for (const cli_option *o = g->row; o->name; o++) {
            n++;
        }
    }
    return n;
}

tq_status cli_plan_options(tq_arena *arena, const tq_yaml_key **out, tq_error *err)
{
    tq_yaml_key *key = tq_arena_take(arena, count_options() + 1, sizeof *key);
    size_t n = 0;

    if (!key) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (const cli_group *g = cli_plan_groups; g->row != map_options; g++) {
        for (const cli_option *o = g->row; o->name; o++) {
            if (!is_reserved(o->name) && cli_find_option(cli_plan_groups, o->name) == o) {
                key[n++] = (tq_yaml_key){o->name,
                                         o->kind == CLI_FLAG ? TQ_YAML_IS_YES_NO
                                         : takes_list(o)     ? TQ_YAML_IS_TEXTS
                                                             : TQ_YAML_IS_TEXT,
                                         0, o->help};
            }
        }
    }
    *out = key;
    return TQ_OK;
}

/* The scalars of a value as the text of an option that takes a list; NULL: memory is short. */
static const char *joined(const tq_yaml_node *value, tq_arena *arena)
{
    const char *text = "";

    for (size_t i = 0; text && i < tq_yaml_count(value); i++) {
        text = tq_arena_format(arena, "%s%s%s", text, i ? "," : "", tq_yaml_at(value, i)->text);
    }
    return text;
}

/* A flag is given as yes or no. */
static tq_status give_text(const cli_group *of, const char *name, const char *value, cli_args *args,
                           tq_error *err)
{
    if (cli_find_option(of, name)->kind == CLI_FLAG) {
        value = strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 ? "" : NULL;
    }
    return cli_give(of, name, value, args, err);
}

tq_status cli_plan_give(const char *name, const char *value, cli_args *args, tq_error *err)
{
    return give_text(cli_plan_groups, name, value, args, err);
}

tq_status cli_plan_give_value(const cli_group *of, const char *name, const tq_yaml_node *value,
                              tq_arena *arena, cli_args *args, tq_error *err)
{
    const cli_option *option = cli_find_option(of, name);
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < tq_yaml_count(value); i++) {
        const tq_yaml_node *at = tq_yaml_at(value, i);

        if (at->kind != TQ_YAML_SCALAR || (i > 0 && !takes_list(option))) {
            return tq_yaml_fail(at, err, TQ_EINVAL, "option '%.60s' must be a text", name);
        }
    }
    if (option->kind != CLI_REPEATED) {
        const char *text = joined(value, arena);

        return text ? give_text(of, name, text, args, err)
                    : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    status = cli_give(of, name, NULL, args, err);
    for (size_t i = 0; status == TQ_OK && i < tq_yaml_count(value); i++) {
        status = cli_give_also(of, name, tq_yaml_at(value, i)->text, args, err);
    }
    return status;
}

tq_status cli_unknown_key(const tq_yaml_node *key, const cli_group *groups, tq_error *err)
{
    const char *nearest = tq_nearest_name(key->text, cli_option_at, groups);

    return tq_yaml_fail(key, err, TQ_EINVAL, "unknown option '%.60s'%s%s%s", key->text,
                        nearest ? "; did you mean '" : "", nearest ? nearest : "",
                        nearest ? "'?" : "");
}

tq_status cli_plan_give_map(const tq_yaml_node *map, const cli_group *of, const char *skip,
                            tq_arena *arena, cli_args *args, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < map->n; i++) {
        const char *name = map->key[i]->text;
        const tq_yaml_node *value = map->item[i];

        if (skip && strcmp(name, skip) == 0) {
            continue;
        }
        if (!cli_find_option(of, name)) {
            return cli_unknown_key(map->key[i], of, err);
        }
        status = cli_plan_give_value(of, name, value, arena, args, err);
    }
    return status;
}

/* ---- where an error stands ---- */

/* The deepest text below node that the message quotes, the longest of several. */
static void find_quoted(const tq_yaml_node *node, const char *message, size_t *longest,
                        const tq_yaml_node **out)
{
    const size_t length = node->kind == TQ_YAML_SCALAR ? strlen(node->text) : 0;

    if (length > 1 && length > *longest && strstr(message, node->text)) {
        *longest = length;
        *out = node;
    }
    for (size_t i = 0; i < node->n; i++) {
        find_quoted(node->item[i], message, longest, out);
    }
}

/* The value of a key anywhere below node. */
static const tq_yaml_node *find_key(const tq_yaml_node *node, const char *name)
{
    const tq_yaml_node *found = tq_yaml_member(node, name);

    for (size_t i = 0; !found && i < node->n; i++) {
        found = find_key(node->item[i], name);
    }
    return found;
}

/* The words in which a command line speaks of where an error is, and a plan has no use for. */
static const char *without_place(const char *message)
{
    static const char *const places[] = {"in --subset: ", "in \"--subset\": "};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strncmp(message, places[i], strlen(places[i])) == 0) {
            return message + strlen(places[i]);
        }
    }
    return message;
}

/* "--method: ..." of the command line is 'method' in a plan; *at: its value. */
static void rename_options(const tq_yaml_node *analysis, const char *message, tq_buffer *out,
                           const tq_yaml_node **at)
{
    static const struct {
        const char *option, *key;
    } keys[] = {{"subgroup", "subgroups"}, {"mods", "moderators"}};
    static const cli_group lists[] = {{"choices", cli_multiverse_options}, {NULL, NULL}};

    for (const char *p = message; *p;) {
        char name[48];
        const size_t n =
            strncmp(p, "--", 2) == 0 ? strspn(p + 2, "abcdefghijklmnopqrstuvwxyzVR0123456789-") : 0;

        tq_copy_text(name, n + 1 < sizeof name ? n + 1 : sizeof name, p + 2 * (n > 0));
        if (n == 0 || n + 1 >= sizeof name ||
            !(cli_find_option(cli_plan_groups, name) || cli_find_option(lists, name))) {
            tq_buffer_append(out, p++, 1);
            continue;
        }
        const char *key = name;

        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            key =
                strcmp(name, keys[i].option) == 0 && !find_key(analysis, name) ? keys[i].key : key;
        }
        tq_buffer_format(out, "'%s'", key);
        *at = *at ? *at : find_key(analysis, key);
        p += n + 2;
    }
}

tq_status cli_plan_locate(const tq_yaml_node *analysis, tq_status status, tq_error *err)
{
    const tq_yaml_node *named = NULL, *quoted = NULL;
    tq_buffer text = {0};
    size_t longest = 0;

    if (status == TQ_OK || !err || err->line > 0 ||
        !(status == TQ_EINVAL || status == TQ_EDATA || status == TQ_EREAD)) {
        return status;
    }
    if (status == TQ_EREAD && err->file[0]) { /* of a file that an option names */
        char message[sizeof err->message];

        snprintf(message, sizeof message, "'%.100s': %.140s", err->file, err->message);
        tq_copy_text(err->message, sizeof err->message, message);
    }
    rename_options(analysis, without_place(err->message), &text, &named);
    if (named && named->kind != TQ_YAML_SCALAR) { /* a list: the item that the message quotes */
        find_quoted(named, err->message, &longest, &quoted);
    } else if (!named) {
        find_quoted(analysis, err->message, &longest, &quoted);
    }
    const tq_yaml_node *at = quoted ? quoted : named ? named : analysis;

    if (!text.failed && text.data) {
        tq_copy_text(err->message, sizeof err->message, text.data);
    }
    tq_buffer_free(&text);
    tq_copy_text(err->file, sizeof err->file, at->source);
    err->line = at->line;
    return status;
}
