/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an analysis as written to those it stands for: defaults put in, `for` gone through, {names} replaced. */
#include <string.h>

#include "core/bare_name.h"
#include "core/buffer.h"
#include "core/names.h"
#include "report/plan/plan_internal.h"

enum { MAX_FOR = 8, MAX_NAMES = 64 };

/* What {names} stand for in one combination. */
typedef struct {
    struct {
        const char *name; /* "months", "outcome.title" */
        const char *value;
    } at[MAX_NAMES];
    size_t n;
} bindings;

static const char *binding_at(const void *table, size_t i)
{
    const bindings *b = table;

    return i < b->n ? b->at[i].name : NULL;
}

/* ---- texts ---- */

static const char *find(const bindings *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->at[i].name, name) == 0) {
            return b->at[i].value;
        }
    }
    return NULL;
}

static tq_status unknown_name(const bindings *b, const tq_yaml_node *at, const char *name,
                              tq_error *err)
{
    const char *nearest = tq_nearest_name(name, binding_at, b);

    return nearest
               ? tq_yaml_fail(at, err, TQ_EINVAL,
                              "'for' has no name for {%.60s}; did you mean {%.60s}?", name, nearest)
               : tq_yaml_fail(at, err, TQ_EINVAL,
                              "'for' has no name for {%.60s}; a brace itself is {{", name);
}

/* Append the value of the name that begins at text, behind its brace; *length: of the name. */
static tq_status replace(const plan_reader *r, const bindings *b, const tq_yaml_node *at,
                         const char *text, int words, size_t *length, tq_buffer *out, tq_error *err)
{
    char name[64];

    *length = strcspn(text, "}");
    if (!text[*length] || *length == 0 || *length >= sizeof name) {
        return tq_yaml_fail(at, err, TQ_EINVAL,
                            "'{' must begin a {name} of 'for'; a brace itself is {{");
    }
    memcpy(name, text, *length);
    name[*length] = '\0';
    const char *value = find(b, name);

    if (!value) {
        return unknown_name(b, at, name, err);
    }
    tq_buffer_text(out, words ? tq_yaml_text(r->labels, value, value) : value);
    return TQ_OK;
}

/* words: values are replaced by their labels. */
static tq_status substitute(plan_reader *r, const bindings *b, const tq_yaml_node *at, int words,
                            const char **out, tq_error *err)
{
    tq_buffer text = {0};
    tq_status status = TQ_OK;

    if (!strchr(at->text, '{')) {
        *out = at->text;
        return TQ_OK;
    }
    for (const char *p = at->text; status == TQ_OK && *p; p++) {
        size_t length = 0;

        if (*p != '{') {
            tq_buffer_append(&text, p, 1);
        } else if (p[1] == '{') {
            tq_buffer_append(&text, p++, 1);
        } else {
            status = replace(r, b, at, p + 1, words, &length, &text, err);
            p += length + 1;
        }
    }
    status = status == TQ_OK ? tq_buffer_status(&text, err) : status;
    *out = status == TQ_OK ? tq_arena_text(r->arena, text.data ? text.data : "") : NULL;
    tq_buffer_free(&text);
    return status == TQ_OK && !*out ? plan_no_memory(err) : status;
}

/* ---- nodes ---- */

/* A copy with {names} replaced; depth is limited by the document's. */
static tq_status copy_node(plan_reader *r, const bindings *b, const tq_yaml_node *of, int words,
                           const tq_yaml_node **out, tq_error *err)
{
    tq_yaml_node *node = tq_arena_take(r->arena, 1, sizeof *node);
    const tq_yaml_node **item = tq_arena_take(r->arena, of->n, sizeof *item);
    tq_status status = TQ_OK;

    if (r->nodes++ >= TQ_PLAN_MAX_NODES) {
        return tq_yaml_fail(of, err, TQ_EINVAL, "'for' leads to more than %d values",
                            TQ_PLAN_MAX_NODES);
    }
    if (!node || !item) {
        return plan_no_memory(err);
    }
    *node = *of;
    node->item = item;
    if (of->kind == TQ_YAML_SCALAR) {
        status = substitute(r, b, of, words, &node->text, err);
    }
    for (size_t i = 0; status == TQ_OK && i < of->n; i++) {
        status = copy_node(r, b, of->item[i], words, &item[i], err);
    }
    *out = node;
    return status;
}

static int takes_words(const char *key)
{
    static const char *const keys[] = {"title", "section", "note", "unit"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i], key) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The members of the analysis, then those of the defaults that it has not; without `for`. */
static tq_status merge(plan_reader *r, const bindings *b, const tq_yaml_node *analysis,
                       const tq_yaml_node **out, tq_error *err)
{
    const tq_yaml_node *const maps[] = {analysis, r->defaults};
    const size_t most = analysis->n + (r->defaults ? r->defaults->n : 0);
    tq_yaml_node *node = tq_arena_take(r->arena, 1, sizeof *node);
    const tq_yaml_node **key = tq_arena_take(r->arena, most, sizeof *key);
    const tq_yaml_node **item = tq_arena_take(r->arena, most, sizeof *item);
    tq_status status = TQ_OK;

    if (!node || !key || !item) {
        return plan_no_memory(err);
    }
    for (size_t m = 0, n = 0; status == TQ_OK && m < 2 && maps[m]; m++) {
        for (size_t i = 0; status == TQ_OK && i < maps[m]->n; i++) {
            const char *name = maps[m]->key[i]->text;

            if (strcmp(name, "for") != 0 && !(m == 1 && tq_yaml_member(analysis, name))) {
                key[n] = maps[m]->key[i];
                status = copy_node(r, b, maps[m]->item[i], takes_words(name), &item[n++], err);
            }
        }
        r->own = m == 0 ? n : r->own;
        *node = *analysis;
        node->n = n;
        node->key = key;
        node->item = item;
    }
    *out = node;
    return status;
}

/* ---- for ---- */

static tq_status bind(plan_reader *r, bindings *b, const tq_yaml_node *at, const char *name,
                      const char *member, const char *value, tq_error *err)
{
    if (b->n == MAX_NAMES) {
        return tq_yaml_fail(at, err, TQ_EINVAL, "'for' has more than %d names", MAX_NAMES);
    }
    b->at[b->n].name = member ? tq_arena_format(r->arena, "%s.%s", name, member) : name;
    b->at[b->n].value = value;
    return b->at[b->n++].name ? TQ_OK : plan_no_memory(err);
}

/* One value of a name: a text, or a map of texts, each its own name. */
static tq_status bind_value(plan_reader *r, bindings *b, const char *name,
                            const tq_yaml_node *value, tq_error *err)
{
    tq_status status = TQ_OK;

    if (value->kind == TQ_YAML_SCALAR) {
        return bind(r, b, value, name, NULL, value->text, err);
    }
    if (value->kind != TQ_YAML_MAP || value->n == 0) {
        return tq_yaml_fail(value, err, TQ_EINVAL,
                            "a value of '%.60s' in 'for' must be a text or a map of texts", name);
    }
    for (size_t i = 0; status == TQ_OK && i < value->n; i++) {
        status =
            value->item[i]->kind == TQ_YAML_SCALAR
                ? bind(r, b, value, name, value->key[i]->text, value->item[i]->text, err)
                : tq_yaml_fail(value->item[i], err, TQ_EINVAL,
                               "'%.40s.%.40s' in 'for' must be a text", name, value->key[i]->text);
    }
    return status;
}

/* The analysis for combination number c; the last list is the fastest. */
static tq_status combine(plan_reader *r, const tq_yaml_node *analysis, const tq_yaml_node *lists,
                         size_t c, plan_take *take, tq_error *err)
{
    const tq_yaml_node *one = NULL;
    size_t at[MAX_FOR];
    bindings b = {.n = 0};
    tq_status status = TQ_OK;

    for (size_t i = lists ? lists->n : 0; i-- > 0;) {
        const size_t n = tq_yaml_count(lists->item[i]);

        at[i] = c % n;
        c /= n;
    }
    for (size_t i = 0; status == TQ_OK && lists && i < lists->n; i++) {
        status = bind_value(r, &b, lists->key[i]->text, tq_yaml_at(lists->item[i], at[i]), err);
    }
    status = status == TQ_OK ? merge(r, &b, analysis, &one, err) : status;
    return status == TQ_OK ? take(r, one, err) : status;
}

/* How many combinations the lists have. */
static tq_status count(const tq_yaml_node *lists, size_t *n, tq_error *err)
{
    *n = 1;
    if (lists->n > MAX_FOR) {
        return tq_yaml_fail(lists, err, TQ_EINVAL, "'for' has more than %d lists", MAX_FOR);
    }
    for (size_t i = 0; i < lists->n; i++) {
        const size_t values = tq_yaml_count(lists->item[i]);

        if (values == 0 || lists->item[i]->kind == TQ_YAML_EMPTY) {
            return tq_yaml_fail(lists->key[i], err, TQ_EINVAL, "'%.60s' in 'for' has no values",
                                lists->key[i]->text);
        }
        if (values > TQ_PLAN_MAX_ANALYSES / *n) {
            return tq_yaml_fail(lists->key[i], err, TQ_EINVAL, "'for' makes more than %d analyses",
                                TQ_PLAN_MAX_ANALYSES);
        }
        *n *= values;
    }
    return TQ_OK;
}

tq_status plan_expand(plan_reader *r, const tq_yaml_node *analysis, plan_take *take, tq_error *err)
{
    const tq_yaml_node *lists = tq_yaml_member(analysis, "for");
    size_t n = 1;
    tq_status status = TQ_OK;

    if (lists && lists->kind != TQ_YAML_MAP) {
        return tq_yaml_fail(lists, err, TQ_EINVAL,
                            "'for' must be a map of names and lists: {months: [3, 6]}");
    }
    if (lists) {
        status = count(lists, &n, err);
    }
    for (size_t c = 0; status == TQ_OK && c < n; c++) {
        status = combine(r, analysis, lists, c, take, err);
    }
    return status;
}
