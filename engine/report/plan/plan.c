/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a plan: its head, its analyses, and what must hold between them. */
#include "report/plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bias/asymmetry.h"
#include "core/names.h"
#include "report/figure/plot.h"
#include "report/plan/plan_internal.h"

tq_status plan_no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- tables of keys ---- */

static size_t count_keys(const tq_yaml_key *keys)
{
    size_t n = 0;

    while (keys[n].name) {
        n++;
    }
    return n;
}

/* The first n keys of an analysis and all options; any: whatever their values are. */
static const tq_yaml_key *join(const plan_reader *r, size_t n, int any)
{
    const size_t options = count_keys(r->options);
    tq_yaml_key *out = tq_arena_take(r->arena, n + options + 1, sizeof *out);

    if (!out) {
        return NULL;
    }
    memcpy(out, tq_plan_analysis_keys, n * sizeof *out);
    memcpy(out + n, r->options, options * sizeof *out);
    for (size_t i = 0; any && i < n + options; i++) {
        out[i].is = TQ_YAML_IS_TEXT | TQ_YAML_IS_LIST | TQ_YAML_IS_MAP;
    }
    return out;
}

static tq_status make_tables(plan_reader *r, tq_error *err)
{
    const size_t own = count_keys(tq_plan_analysis_keys);

    r->any = join(r, own, 1);
    r->keys = join(r, own, 0);
    r->inherits = join(r, tq_plan_inherited(), 1);
    return r->any && r->keys && r->inherits ? TQ_OK : plan_no_memory(err);
}

/* ---- one analysis ---- */

static const char *test_at(size_t i)
{
    return i < TQ_BIAS_TEST_COUNT ? tq_bias_test_name((tq_bias_test)i) : NULL;
}

static tq_status read_lists(plan_reader *r, const tq_yaml_node *at, tq_plan_analysis *a,
                            tq_error *err)
{
    static const tq_yaml_key none[] = {{NULL, 0, 0, NULL}};
    tq_status status = plan_read_free_list(r, tq_yaml_member(at, "subgroups"), &a->subgroups, err);

    status = status == TQ_OK
                 ? plan_read_free_list(r, tq_yaml_member(at, "moderators"), &a->moderators, err)
                 : status;
    status = status == TQ_OK ? plan_read_list(r, tq_yaml_member(at, "sensitivity"), "'sensitivity'",
                                              tq_plan_sensitivity_keys, NULL, &a->sensitivity, err)
                             : status;
    status = status == TQ_OK ? plan_read_list(r, tq_yaml_member(at, "bias"), "'bias'",
                                              tq_plan_bias_keys, test_at, &a->bias, err)
                             : status;
    status = status == TQ_OK ? plan_read_list(r, tq_yaml_member(at, "figures"), "'figures'", none,
                                              tq_plot_name, &a->figures, err)
                             : status;
    return status == TQ_OK
               ? plan_read_labels(r, tq_yaml_member(at, "beside"), "'beside'", &a->beside, err)
               : status;
}

static tq_status read_better(const tq_yaml_node *at, tq_plan_analysis *a, tq_error *err)
{
    const char *better = tq_yaml_text(at, "better", "");
    const tq_yaml_node *mcid = tq_yaml_member(at, "mcid");

    a->better = tq_better_find(better);
    a->mcid = tq_yaml_number(at, "mcid", NAN);
    if (a->better == TQ_BETTER_COUNT) {
        return tq_yaml_fail(tq_yaml_member(at, "better"), err, TQ_EINVAL,
                            "'better' must be lower or higher, not '%.40s'", better);
    }
    return mcid && !(a->mcid > 0.0)
               ? tq_yaml_fail(mcid, err, TQ_EINVAL, "'mcid' must be > 0, not '%.40s'", mcid->text)
               : TQ_OK;
}

/* The options among the members, one for each value of those that may be given several times. */
static tq_status read_options(plan_reader *r, const tq_yaml_node *at, tq_plan_analysis *a,
                              tq_error *err)
{
    size_t most = 0;

    for (size_t i = 0; i < at->n; i++) {
        most += tq_yaml_count(at->item[i]);
    }
    tq_plan_option *option = tq_arena_take(r->arena, most, sizeof *option);

    if (!option) {
        return plan_no_memory(err);
    }
    for (size_t i = 0; i < at->n; i++) {
        const tq_yaml_key *k = r->options;

        while (k->name && strcmp(k->name, at->key[i]->text) != 0) {
            k++;
        }
        for (size_t v = 0; k->name && v < tq_yaml_count(at->item[i]); v++) {
            const tq_yaml_node *value = tq_yaml_at(at->item[i], v);

            option[a->n_options++] = (tq_plan_option){k->name, value->text, value};
        }
    }
    a->option = option;
    return TQ_OK;
}

static tq_status check_id(const plan_reader *r, const tq_plan_analysis *a, tq_error *err)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    const tq_yaml_node *at = tq_yaml_member(a->at, "id");

    if (!a->id[0] || a->id[strspn(a->id, good)] || a->id[0] == '.') {
        return tq_yaml_fail(at, err, TQ_EINVAL,
                            "'id' must be of letters, digits, - _ and ., not '%.60s'", a->id);
    }
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->analysis[i].id, a->id) == 0) {
            const size_t line = r->analysis[i].at->line;

            return line == a->at->line
                       ? tq_yaml_fail(at, err, TQ_EINVAL,
                                      "'for' makes id '%.60s' twice; put its {names} into the id",
                                      a->id)
                       : tq_yaml_fail(at, err, TQ_EINVAL,
                                      "id '%.60s' is that of the analysis of line %zu already",
                                      a->id, line);
        }
    }
    return TQ_OK;
}

static int same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A section ends where another begins. */
static tq_status check_section(const plan_reader *r, const tq_plan_analysis *a, tq_error *err)
{
    if (r->n == 0 || same(a->section, r->analysis[r->n - 1].section)) {
        return TQ_OK;
    }
    for (size_t i = 0; i < r->n; i++) {
        if (same(a->section, r->analysis[i].section)) {
            return tq_yaml_fail(tq_yaml_key_node(a->at, "section"), err, TQ_EINVAL,
                                "analysis '%.60s' must follow the others of section '%.60s'", a->id,
                                a->section ? a->section : "");
        }
    }
    return TQ_OK;
}

/* Take an analysis after its expansion. */
static tq_status take(plan_reader *r, const tq_yaml_node *at, tq_error *err)
{
    tq_plan_analysis a = {.at = at, .n_own = r->own};
    tq_status status = tq_yaml_check(at, "an analysis", r->keys, err);

    if (status != TQ_OK) {
        return status;
    }
    if (r->n == TQ_PLAN_MAX_ANALYSES) {
        return tq_yaml_fail(at, err, TQ_EINVAL, "more than %d analyses", TQ_PLAN_MAX_ANALYSES);
    }
    a.id = tq_yaml_text(at, "id", "");
    a.title = tq_yaml_text(at, "title", "");
    a.section = tq_yaml_text(at, "section", NULL);
    a.note = tq_yaml_text(at, "note", NULL);
    a.unit = tq_yaml_text(at, "unit", NULL);
    a.subset = tq_yaml_text(at, "subset", NULL);
    a.subset_at = tq_yaml_member(at, "subset");
    a.data = tq_yaml_text(at, "data", tq_yaml_text(r->root, "data", NULL));
    a.data_at = tq_yaml_member(tq_yaml_member(at, "data") ? at : r->root, "data");
    a.require = tq_yaml_yes_no(at, "require", 0);
    if (!a.data || !*a.data) {
        return tq_yaml_fail(at, err, TQ_EINVAL,
                            "analysis '%.60s' needs 'data', of its own or of the plan", a.id);
    }
    status = check_id(r, &a, err);
    status = status == TQ_OK ? check_section(r, &a, err) : status;
    status = status == TQ_OK ? read_better(at, &a, err) : status;
    status = status == TQ_OK ? read_options(r, at, &a, err) : status;
    status = status == TQ_OK ? read_lists(r, at, &a, err) : status;
    if (status == TQ_OK) {
        r->analysis[r->n++] = a;
    }
    return status;
}

const tq_yaml_node *tq_plan_own(const tq_plan_analysis *a, tq_yaml_node *room)
{
    *room = *a->at;
    room->n = a->n_own;
    return room;
}

int tq_plan_owns(const tq_plan_analysis *a, const char *key)
{
    tq_yaml_node room;

    return tq_yaml_member(tq_plan_own(a, &room), key) != NULL;
}

/* ---- the plan ---- */

static tq_status read_authors(plan_reader *r, tq_error *err)
{
    const tq_yaml_node *authors = tq_yaml_member(r->root, "authors");
    const size_t n = tq_yaml_count(authors);
    const char **author = tq_arena_take(r->arena, n, sizeof *author);

    if (!author) {
        return plan_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        author[i] = tq_yaml_at(authors, i)->text;
    }
    r->plan->author = author;
    r->plan->n_authors = n;
    return TQ_OK;
}

static void read_texts(plan_reader *r)
{
    tq_plan *p = r->plan;
    const struct {
        const char *key, **text;
    } texts[] = {
        {"title", &p->title},
        {"registration", &p->registration},
        {"version", &p->version},
        {"notice", &p->notice},
        {"population", &p->population},
        {"setting", &p->setting},
        {"intervention", &p->intervention},
        {"comparison", &p->comparison},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i].text = tq_yaml_text(r->root, texts[i].key, NULL);
    }
}

static tq_status check_head(plan_reader *r, tq_error *err)
{
    tq_status status = tq_yaml_check(r->root, "a plan", tq_plan_keys, err);

    if (status != TQ_OK) {
        return status;
    }
    r->defaults = tq_yaml_member(r->root, "defaults");
    r->labels = tq_yaml_member(r->root, "labels");
    for (size_t i = 0; r->labels && i < r->labels->n; i++) {
        if (r->labels->item[i]->kind != TQ_YAML_SCALAR) {
            return tq_yaml_fail(r->labels->key[i], err, TQ_EINVAL,
                                "label of '%.60s' must be a text", r->labels->key[i]->text);
        }
    }
    return r->defaults ? tq_yaml_check(r->defaults, "the defaults", r->inherits, err) : TQ_OK;
}

static tq_status read_analyses(plan_reader *r, tq_error *err)
{
    const tq_yaml_node *list = tq_yaml_member(r->root, "analyses");
    tq_status status = TQ_OK;

    r->analysis = tq_arena_take(r->arena, TQ_PLAN_MAX_ANALYSES, sizeof *r->analysis);
    if (!r->analysis) {
        return plan_no_memory(err);
    }
    if (list->n == 0) {
        return tq_yaml_fail(tq_yaml_key_node(r->root, "analyses"), err, TQ_EINVAL,
                            "a plan needs at least one analysis");
    }
    for (size_t i = 0; status == TQ_OK && i < list->n; i++) {
        status = tq_yaml_check(list->item[i], "an analysis", r->any, err);
        status = status == TQ_OK ? plan_expand(r, list->item[i], take, err) : status;
    }
    r->plan->analysis = r->analysis;
    r->plan->n = r->n;
    return status;
}

size_t tq_plan_find(const tq_plan *plan, const char *id)
{
    size_t i = 0;

    while (i < plan->n && strcmp(plan->analysis[i].id, id) != 0) {
        i++;
    }
    return i;
}

const char *tq_plan_beside_id(const tq_plan_item *item)
{
    return !item->value                          ? item->name
           : item->value->kind == TQ_YAML_SCALAR ? item->value->text
                                                 : NULL;
}

static const char *id_at(const void *table, size_t i)
{
    const tq_plan *p = table;

    return i < p->n ? p->analysis[i].id : NULL;
}

static tq_status check_beside(const tq_plan *p, const tq_plan_analysis *a, const tq_plan_item *item,
                              tq_error *err)
{
    const char *id = tq_plan_beside_id(item);
    const tq_yaml_node *at = item->value ? item->value : item->at;

    if (id && tq_plan_find(p, id) == p->n) {
        const char *nearest = tq_nearest_name(id, id_at, p);

        return tq_yaml_fail(
            at, err, TQ_EINVAL, "'beside': the plan has no analysis '%.60s'%s%.60s%s", id,
            nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    }
    return id && strcmp(id, a->id) == 0 && tq_plan_owns(a, "beside")
               ? tq_yaml_fail(at, err, TQ_EINVAL, "'beside': '%.60s' is this analysis itself", id)
               : TQ_OK;
}

/* What stands beside an analysis may come behind it. */
static tq_status check_all_beside(const tq_plan *p, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; i < p->n; i++) {
        const tq_plan_list *list = &p->analysis[i].beside;

        for (size_t j = 0; status == TQ_OK && j < list->n; j++) {
            status = check_beside(p, &p->analysis[i], &list->item[j], err);
        }
    }
    return status;
}

/* Takes over the document. */
static tq_status read(tq_yaml *doc, const char *path, const tq_yaml_key *options, tq_plan **out,
                      tq_error *err)
{
    tq_plan *plan = calloc(1, sizeof *plan);

    if (!plan) {
        tq_yaml_free(doc);
        return plan_no_memory(err);
    }
    plan->doc = doc;
    plan->arena = tq_arena_new();
    plan->path = plan->arena ? tq_arena_text(plan->arena, path) : NULL;
    plan_reader r = {
        .plan = plan, .arena = plan->arena, .root = tq_yaml_root(doc), .options = options};
    tq_status status = plan->path ? make_tables(&r, err) : plan_no_memory(err);

    status = status == TQ_OK ? check_head(&r, err) : status;
    status = status == TQ_OK ? read_authors(&r, err) : status;
    status = status == TQ_OK ? read_analyses(&r, err) : status;
    status = status == TQ_OK ? check_all_beside(plan, err) : status;
    if (status != TQ_OK) {
        tq_plan_free(plan);
        return status;
    }
    read_texts(&r);
    *out = plan;
    return TQ_OK;
}

tq_status tq_plan_read(const char *path, const tq_yaml_key *options, tq_plan **out, tq_error *err)
{
    tq_yaml *doc = NULL;
    const tq_status status = tq_yaml_read(path, &doc, err);

    return status == TQ_OK ? read(doc, path, options, out, err) : status;
}

tq_status tq_plan_parse(const char *bytes, size_t size, const char *source,
                        const tq_yaml_key *options, tq_plan **out, tq_error *err)
{
    tq_yaml *doc = NULL;
    const tq_status status = tq_yaml_parse(bytes, size, source, &doc, err);

    return status == TQ_OK ? read(doc, source, options, out, err) : status;
}

void tq_plan_free(tq_plan *plan)
{
    if (plan) {
        tq_yaml_free(plan->doc);
        tq_arena_free(plan->arena);
        free(plan);
    }
}
