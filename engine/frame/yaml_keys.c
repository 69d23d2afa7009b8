/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps of a YAML document against tables of keys, and their members by name. */
#include "frame/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"

tq_status tq_yaml_fail(const tq_yaml_node *at, tq_error *err, tq_status status, const char *fmt,
                       ...)
{
    char message[sizeof err->message];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    tq_fail(err, status, TQ_NO_ROW, NULL, "%s", message);
    if (err) {
        tq_copy_text(err->file, sizeof err->file, at->source);
        err->line = at->line;
    }
    return status;
}

/* ---- values ---- */

int tq_yaml_is_number(const tq_yaml_node *node, double *out)
{
    return node->kind == TQ_YAML_SCALAR && tq_parse_number(node->text, '.', out);
}

int tq_yaml_is_yes_no(const tq_yaml_node *node, int *out)
{
    static const char *const words[] = {"no", "yes", "false", "true"};

    for (size_t i = 0; node->kind == TQ_YAML_SCALAR && i < sizeof words / sizeof *words; i++) {
        if (strcmp(node->text, words[i]) == 0) {
            *out = (int)(i % 2);
            return 1;
        }
    }
    return 0;
}

static int all_scalars(const tq_yaml_node *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->item[i]->kind != TQ_YAML_SCALAR) {
            return 0;
        }
    }
    return 1;
}

/* Whether a value is one of the things that its key takes. */
static int fits(const tq_yaml_node *v, unsigned is)
{
    double x;
    int yes;

    switch (v->kind) {
    case TQ_YAML_SCALAR:
        return (is & (TQ_YAML_IS_TEXT | TQ_YAML_IS_TEXTS)) != 0 ||
               ((is & TQ_YAML_IS_NUMBER) != 0 && tq_yaml_is_number(v, &x)) ||
               ((is & TQ_YAML_IS_YES_NO) != 0 && tq_yaml_is_yes_no(v, &yes));
    case TQ_YAML_LIST:
        return (is & TQ_YAML_IS_LIST) != 0 || ((is & TQ_YAML_IS_TEXTS) != 0 && all_scalars(v));
    case TQ_YAML_MAP:
        return (is & TQ_YAML_IS_MAP) != 0;
    default:
        return 0;
    }
}

/* "a number or yes or no" */
static void name_kinds(unsigned is, char *out, size_t size)
{
    static const struct {
        unsigned bit;
        const char *name;
    } kinds[] = {{TQ_YAML_IS_TEXT, "a text"},      {TQ_YAML_IS_NUMBER, "a number"},
                 {TQ_YAML_IS_YES_NO, "yes or no"}, {TQ_YAML_IS_TEXTS, "a text or a list of texts"},
                 {TQ_YAML_IS_LIST, "a list"},      {TQ_YAML_IS_MAP, "a map of keys and values"}};
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (is & kinds[i].bit && used < size) {
            const int n =
                snprintf(out + used, size - used, "%s%s", used ? " or " : "", kinds[i].name);

            used += n > 0 ? (size_t)n : 0;
        }
    }
}

/* What stands there, for the message about it. */
static void name_value(const tq_yaml_node *v, char *out, size_t size)
{
    if (v->kind == TQ_YAML_SCALAR) {
        snprintf(out, size, "'%.60s'", v->text);
    } else {
        tq_copy_text(out, size,
                     v->kind == TQ_YAML_LIST  ? "a list"
                     : v->kind == TQ_YAML_MAP ? "a map"
                                              : "nothing");
    }
}

/* ---- keys ---- */

static const char *key_at(const void *table, size_t i)
{
    return ((const tq_yaml_key *)table)[i].name;
}

static tq_status unknown_key(const tq_yaml_node *key, const char *what, const tq_yaml_key *keys,
                             tq_error *err)
{
    const char *nearest = tq_nearest_name(key->text, key_at, keys);

    return nearest
               ? tq_yaml_fail(key, err, TQ_EINVAL, "unknown key '%.60s' of %s; did you mean '%s'?",
                              key->text, what, nearest)
               : tq_yaml_fail(key, err, TQ_EINVAL, "unknown key '%.60s' of %s", key->text, what);
}

/* That the value of a key of the table is of its kind. */
static tq_status check_value(const tq_yaml_node *key, const tq_yaml_node *value, const char *what,
                             const tq_yaml_key *row, tq_error *err)
{
    char wanted[128], found[80];

    if (fits(value, row->is)) {
        return TQ_OK;
    }
    name_kinds(row->is, wanted, sizeof wanted);
    name_value(value, found, sizeof found);
    return tq_yaml_fail(value->kind == TQ_YAML_EMPTY ? key : value, err, TQ_EINVAL,
                        "'%s' of %s must be %s, not %s", row->name, what, wanted, found);
}

tq_status tq_yaml_check(const tq_yaml_node *node, const char *what, const tq_yaml_key *keys,
                        tq_error *err)
{
    char found[80];

    if (node->kind != TQ_YAML_MAP) {
        name_value(node, found, sizeof found);
        return tq_yaml_fail(node, err, TQ_EINVAL, "%s must be a map of keys and values, not %s",
                            what, found);
    }
    for (size_t i = 0; i < node->n; i++) {
        const tq_yaml_key *k = keys;

        while (k->name && strcmp(k->name, node->key[i]->text) != 0) {
            k++;
        }
        const tq_status status = k->name ? check_value(node->key[i], node->item[i], what, k, err)
                                         : unknown_key(node->key[i], what, keys, err);

        if (status != TQ_OK) {
            return status;
        }
    }
    for (const tq_yaml_key *k = keys; k->name; k++) {
        if (k->required && !tq_yaml_member(node, k->name)) {
            return tq_yaml_fail(node, err, TQ_EINVAL, "%s needs the key '%s'", what, k->name);
        }
    }
    return TQ_OK;
}

/* ---- members ---- */

static size_t find(const tq_yaml_node *map, const char *key)
{
    size_t i = 0;

    while (i < map->n && strcmp(map->key[i]->text, key) != 0) {
        i++;
    }
    return i;
}

const tq_yaml_node *tq_yaml_member(const tq_yaml_node *map, const char *key)
{
    if (!map || map->kind != TQ_YAML_MAP) {
        return NULL;
    }
    const size_t i = find(map, key);

    return i < map->n ? map->item[i] : NULL;
}

const tq_yaml_node *tq_yaml_key_node(const tq_yaml_node *map, const char *key)
{
    const size_t i = map->kind == TQ_YAML_MAP ? find(map, key) : map->n;

    return i < map->n ? map->key[i] : map;
}

const char *tq_yaml_text(const tq_yaml_node *map, const char *key, const char *otherwise)
{
    const tq_yaml_node *v = tq_yaml_member(map, key);

    return v && v->kind == TQ_YAML_SCALAR ? v->text : otherwise;
}

double tq_yaml_number(const tq_yaml_node *map, const char *key, double otherwise)
{
    const tq_yaml_node *v = tq_yaml_member(map, key);
    double x;

    return v && tq_yaml_is_number(v, &x) ? x : otherwise;
}

int tq_yaml_yes_no(const tq_yaml_node *map, const char *key, int otherwise)
{
    const tq_yaml_node *v = tq_yaml_member(map, key);
    int yes;

    return v && tq_yaml_is_yes_no(v, &yes) ? yes : otherwise;
}

size_t tq_yaml_count(const tq_yaml_node *value)
{
    return !value ? 0 : value->kind == TQ_YAML_LIST ? value->n : 1;
}

const tq_yaml_node *tq_yaml_at(const tq_yaml_node *value, size_t i)
{
    return value->kind == TQ_YAML_LIST ? value->item[i] : value;
}
