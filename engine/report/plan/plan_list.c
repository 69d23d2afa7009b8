/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of a plan: names, names with values, or both, in whatever of YAML's shapes they are written. */
#include <string.h>

#include "core/names.h"
#include "report/plan/plan_internal.h"

typedef struct {
    plan_reader *r;
    const char *what; /* "'sensitivity'" */
    const tq_yaml_key *keys;
    const char *(*more)(size_t i);
    tq_plan_item *item; /* room for all */
    size_t n;
} list;

/* The names of a list: of the keys, then the others. */
static const char *name_at(const void *table, size_t i)
{
    const list *l = table;
    size_t n = 0;

    for (; l->keys[n].name; n++) {
        if (n == i) {
            return l->keys[n].name;
        }
    }
    return l->more ? l->more(i - n) : NULL;
}

static tq_status check_name(const list *l, const tq_yaml_node *at, const char *name, tq_error *err)
{
    const char *candidate;

    for (size_t i = 0; (candidate = name_at(l, i)) != NULL; i++) {
        if (strcmp(candidate, name) == 0) {
            return TQ_OK;
        }
    }
    const char *nearest = tq_nearest_name(name, name_at, l);

    return nearest ? tq_yaml_fail(at, err, TQ_EINVAL, "unknown '%.60s' in %s; did you mean '%s'?",
                                  name, l->what, nearest)
                   : tq_yaml_fail(at, err, TQ_EINVAL, "unknown '%.60s' in %s", name, l->what);
}

static tq_status add(list *l, const tq_yaml_node *at, const char *name, const tq_yaml_node *value,
                     tq_error *err)
{
    int yes = 1;
    const tq_status status = check_name(l, at, name, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->item[i].name, name) == 0) {
            return tq_yaml_fail(at, err, TQ_EINVAL, "'%.60s' stands twice in %s", name, l->what);
        }
    }
    if (value && tq_yaml_is_yes_no(value, &yes)) {
        value = NULL;
    }
    if (yes) {
        l->item[l->n++] = (tq_plan_item){name, value, at};
    }
    return TQ_OK;
}

/* A map of names and values; those that are no key of the table take yes or no. */
static tq_status add_map(list *l, const tq_yaml_node *map, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < map->n; i++) {
        const char *name = map->key[i]->text;
        tq_yaml_key row[2] = {{name, TQ_YAML_IS_YES_NO, 0, NULL}, {NULL, 0, 0, NULL}};
        const tq_yaml_node one = {.kind = TQ_YAML_MAP,
                                  .line = map->line,
                                  .source = map->source,
                                  .n = 1,
                                  .key = &map->key[i],
                                  .item = &map->item[i]};

        for (const tq_yaml_key *k = l->keys; k->name; k++) {
            row[0] = strcmp(k->name, name) == 0 ? *k : row[0];
        }
        status = check_name(l, map->key[i], name, err);
        status = status == TQ_OK ? tq_yaml_check(&one, l->what, row, err) : status;
        status = status == TQ_OK ? add(l, map->key[i], name, map->item[i], err) : status;
    }
    return status;
}

/* How many items a value may become. */
static size_t room(const tq_yaml_node *value)
{
    size_t n = tq_yaml_count(value) + (value->kind == TQ_YAML_MAP ? value->n : 0);

    for (size_t i = 0; value->kind == TQ_YAML_LIST && i < value->n; i++) {
        n += value->item[i]->n;
    }
    return n;
}

tq_status plan_read_list(plan_reader *r, const tq_yaml_node *value, const char *what,
                         const tq_yaml_key *keys, const char *(*more)(size_t i), tq_plan_list *out,
                         tq_error *err)
{
    list l = {.r = r, .what = what, .keys = keys, .more = more};
    tq_status status = TQ_OK;

    if (!value) {
        return TQ_OK;
    }
    l.item = tq_arena_take(r->arena, room(value), sizeof *l.item);
    if (!l.item) {
        return plan_no_memory(err);
    }
    if (value->kind == TQ_YAML_MAP) {
        status = add_map(&l, value, err);
    }
    for (size_t i = 0; status == TQ_OK && value->kind != TQ_YAML_MAP && i < tq_yaml_count(value);
         i++) {
        const tq_yaml_node *item = tq_yaml_at(value, i);

        if (item->kind == TQ_YAML_SCALAR) {
            status = add(&l, item, item->text, NULL, err);
        } else if (item->kind == TQ_YAML_MAP) {
            status = add_map(&l, item, err);
        } else {
            status =
                tq_yaml_fail(item, err, TQ_EINVAL, "an item of %s must be a name or a map", what);
        }
    }
    *out = (tq_plan_list){l.item, l.n};
    return status;
}

tq_status plan_read_free_list(plan_reader *r, const tq_yaml_node *value, tq_plan_list *out,
                              tq_error *err)
{
    const size_t n = tq_yaml_count(value);
    tq_plan_item *item = tq_arena_take(r->arena, n, sizeof *item);

    if (!item) {
        return plan_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const tq_yaml_node *at = tq_yaml_at(value, i);

        if (at->kind != TQ_YAML_SCALAR && at->kind != TQ_YAML_MAP) {
            return tq_yaml_fail(at, err, TQ_EINVAL, "an item must be a text or a map");
        }
        item[i] = (tq_plan_item){at->text, at, at};
    }
    *out = (tq_plan_list){item, n};
    return TQ_OK;
}

tq_status plan_read_labels(plan_reader *r, const tq_yaml_node *value, const char *what,
                           tq_plan_list *out, tq_error *err)
{
    const int map = value && value->kind == TQ_YAML_MAP;
    const size_t n = map ? value->n : tq_yaml_count(value);
    tq_plan_item *item = tq_arena_take(r->arena, n, sizeof *item);

    if (!item) {
        return plan_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const tq_yaml_node *at = map ? value->key[i] : tq_yaml_at(value, i);

        item[i] = (tq_plan_item){at->text, map ? value->item[i] : NULL, at};
        if (map && value->item[i]->kind != TQ_YAML_SCALAR && value->item[i]->kind != TQ_YAML_MAP) {
            return tq_yaml_fail(at, err, TQ_EINVAL,
                                "'%.60s' in %s must be the id of an analysis or a map of options",
                                at->text, what);
        }
    }
    *out = (tq_plan_list){item, n};
    return TQ_OK;
}
