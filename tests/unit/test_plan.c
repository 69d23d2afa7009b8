/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading plans: defaults, `for`, lists; and the line that each error names. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/plan/plan.h"

static const tq_yaml_key options[] = {
    {"method", TQ_YAML_IS_TEXT, 0, NULL},    {"test", TQ_YAML_IS_TEXT, 0, NULL},
    {"ri", TQ_YAML_IS_TEXT, 0, NULL},        {"drop00", TQ_YAML_IS_YES_NO, 0, NULL},
    {"contrast", TQ_YAML_IS_TEXTS, 0, NULL}, {NULL, 0, 0, NULL},
};

static tq_plan *parse(const char *text)
{
    tq_plan *plan = NULL;
    tq_error err;

    if (tq_plan_parse(text, strlen(text), "plan.yaml", options, &plan, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    return plan;
}

/* head: what stands before the analyses, two lines. */
static void refuse(const char *rest, size_t line, const char *message)
{
    static const char head[] = "title: Knee\ndata: trials.csv\n";
    tq_plan *untouched = (tq_plan *)&line, *plan = untouched;
    tq_error err = {0};
    char text[2048];

    snprintf(text, sizeof text, "%s%s", head, rest);
    assert_int_equal(tq_plan_parse(text, strlen(text), "plan.yaml", options, &plan, &err),
                     TQ_EINVAL);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "plan.yaml");
    assert_int_equal(err.line, line);
    assert_ptr_equal(plan, untouched);
}

static const char *option(const tq_plan_analysis *a, const char *name)
{
    for (size_t i = 0; i < a->n_options; i++) {
        if (strcmp(a->option[i].name, name) == 0) {
            return a->option[i].value;
        }
    }
    return NULL;
}

/* ---- what plans mean ---- */

static void a_plan_has_a_head(void **state)
{
    tq_plan *p = parse("title: Knee\nauthors: [A. Vega, B. Lamo]\nregistration: CRD42026000001\n"
                       "version: 1.10\nnotice: draft\npopulation: adults\nsetting: any\n"
                       "intervention: cells\ncomparison: placebo\n"
                       "analyses: [{id: a, title: A, data: '@bcg'}]\n");

    (void)state;
    assert_string_equal(p->title, "Knee");
    assert_int_equal(p->n_authors, 2);
    assert_string_equal(p->author[1], "B. Lamo");
    assert_string_equal(p->registration, "CRD42026000001");
    assert_string_equal(p->version, "1.10");
    assert_string_equal(p->notice, "draft");
    assert_string_equal(p->population, "adults");
    assert_string_equal(p->comparison, "placebo");
    assert_string_equal(p->path, "plan.yaml");
    assert_string_equal(p->analysis[0].data, "@bcg");
    tq_plan_free(p);
    tq_plan_free(NULL);
}

static void defaults_hold_where_an_analysis_is_silent(void **state)
{
    tq_plan *p =
        parse("title: Knee\ndata: a.csv\n"
              "defaults: {method: PM, test: knha, better: lower, mcid: 1.4, bias: [begg],\n"
              "           sensitivity: {loo: yes}, subgroups: source}\n"
              "analyses:\n"
              "  - {id: one, title: One}\n"
              "  - {id: two, title: Two, test: z, data: b.csv, better: higher, bias: [],\n"
              "     require: yes, ri: =0.5, drop00: yes, contrast: [a, b]}\n");
    const tq_plan_analysis *one = &p->analysis[0], *two = &p->analysis[1];

    (void)state;
    assert_int_equal(p->n, 2);
    assert_string_equal(option(one, "method"), "PM");
    assert_string_equal(option(one, "test"), "knha");
    assert_string_equal(option(two, "test"), "z");
    assert_string_equal(option(two, "ri"), "=0.5");
    assert_string_equal(option(two, "drop00"), "yes");
    assert_int_equal(two->n_options, 6);
    assert_string_equal(two->option[4].value, "b");
    assert_string_equal(one->data, "a.csv");
    assert_string_equal(two->data, "b.csv");
    assert_int_equal(two->data_at->line, 7);
    assert_int_equal(one->data_at->line, 2);
    assert_int_equal(one->better, TQ_BETTER_LOWER);
    assert_int_equal(two->better, TQ_BETTER_HIGHER);
    assert_near(two->mcid, 1.4, 0.0);
    assert_int_equal(one->require, 0);
    assert_int_equal(two->require, 1);
    assert_int_equal(one->bias.n, 1);
    assert_int_equal(two->bias.n, 0);
    assert_string_equal(one->sensitivity.item[0].name, "loo");
    assert_null(one->sensitivity.item[0].value);
    assert_string_equal(one->subgroups.item[0].name, "source");
    tq_plan_free(p);
}

static void for_makes_every_combination(void **state)
{
    static const char *const ids[] = {"pain-3-BM", "pain-3-AD", "pain-12-BM", "pain-12-AD",
                                      "gait-3-BM", "gait-3-AD", "gait-12-BM", "gait-12-AD"};
    tq_plan *p = parse(
        "title: Knee\ndata: a.csv\nlabels: {BM: bone marrow, 3: three}\n"
        "analyses:\n"
        "  - id: '{what.id}-{m}-{s}'\n"
        "    title: '{what.title} at {m} months, {s}; {{set}'\n"
        "    for:\n"
        "      what: [{id: pain, title: Pain, mcid: 1.4}, {id: gait, title: Gait, mcid: 0.1}]\n"
        "      m: [3, 12]\n"
        "      s: [BM, AD]\n"
        "    subset: months == {m} & source == '{s}'\n"
        "    mcid: '{what.mcid}'\n"
        "    moderators: ['~ {what.id}']\n");

    (void)state;
    assert_int_equal(p->n, 8);
    for (size_t i = 0; i < p->n; i++) {
        assert_string_equal(p->analysis[i].id, ids[i]);
    }
    assert_string_equal(p->analysis[0].title, "Pain at three months, bone marrow; {set}");
    assert_string_equal(p->analysis[7].title, "Gait at 12 months, AD; {set}");
    assert_string_equal(p->analysis[0].subset, "months == 3 & source == 'BM'");
    assert_near(p->analysis[0].mcid, 1.4, 0.0);
    assert_near(p->analysis[4].mcid, 0.1, 0.0);
    assert_string_equal(p->analysis[4].moderators.item[0].name, "~ gait");
    tq_plan_free(p);
}

static void lists_take_names_and_maps(void **state)
{
    tq_plan *p = parse("title: Knee\ndata: a.csv\nanalyses:\n"
                       "  - id: a\n    title: A\n"
                       "    sensitivity: [loo, {methods: [DL, PM], influence: no}, cumul]\n"
                       "    bias: [egger-lm, {selmodel: {type: beta}}, trimfill]\n"
                       "    figures: [forest, funnel]\n"
                       "    moderators: ['~ a', {mods: '~ b', label: B}]\n"
                       "  - {id: b, title: B, bias: auto, sensitivity: {loo: cluster}}\n");
    const tq_plan_analysis *a = &p->analysis[0], *b = &p->analysis[1];

    (void)state;
    assert_int_equal(a->sensitivity.n, 3);
    assert_string_equal(a->sensitivity.item[1].name, "methods");
    assert_string_equal(a->sensitivity.item[1].value->item[1]->text, "PM");
    assert_int_equal(a->bias.n, 3);
    assert_string_equal(a->bias.item[1].name, "selmodel");
    assert_string_equal(tq_yaml_text(a->bias.item[1].value, "type", ""), "beta");
    assert_int_equal(a->figures.n, 2);
    assert_string_equal(tq_yaml_text(a->moderators.item[1].value, "label", ""), "B");
    assert_string_equal(b->bias.item[0].name, "auto");
    assert_string_equal(b->sensitivity.item[0].value->text, "cluster");
    tq_plan_free(p);
}

static void what_stands_beside_has_an_id_or_options(void **state)
{
    tq_plan *p = parse("title: Knee\ndata: a.csv\ndefaults: {beside: [first], test: z}\nanalyses:\n"
                       "  - {id: first, title: First}\n"
                       "  - id: second\n    title: Second\n    test: knha\n"
                       "    beside: {naive: {method: DL}, one visit: third}\n"
                       "  - {id: third, title: Third, beside: [first, second]}\n");
    const tq_plan_analysis *first = &p->analysis[0], *second = &p->analysis[1];
    tq_yaml_node room;

    (void)state;
    assert_string_equal(tq_plan_beside_id(&first->beside.item[0]), "first"); /* of the defaults */
    assert_int_equal(tq_plan_owns(first, "beside"), 0);
    assert_int_equal(tq_plan_owns(second, "beside"), 1);
    assert_int_equal(tq_plan_owns(first, "test"), 0);
    assert_int_equal(tq_plan_owns(second, "test"), 1);
    assert_int_equal(tq_plan_own(first, &room)->n, 2);
    assert_int_equal(second->beside.n, 2);
    assert_string_equal(second->beside.item[0].name, "naive");
    assert_null(tq_plan_beside_id(&second->beside.item[0]));
    assert_string_equal(tq_yaml_text(second->beside.item[0].value, "method", ""), "DL");
    assert_string_equal(tq_plan_beside_id(&second->beside.item[1]), "third");
    assert_int_equal(tq_plan_find(p, "third"), 2);
    assert_int_equal(tq_plan_find(p, "fourth"), 3);
    tq_plan_free(p);
}

/* ---- what is wrong with them ---- */

static void wrong_heads_are_refused(void **state)
{
    (void)state;
    refuse("analysis: []\n", 3, "unknown key 'analysis' of a plan; did you mean 'analyses'?");
    refuse("x: 1\n", 3, "unknown key 'x' of a plan");
    refuse("version: 1\n", 1, "a plan needs the key 'analyses'");
    refuse("analyses: []\n", 3, "a plan needs at least one analysis");
    refuse("analyses: none\n", 3, "'analyses' of a plan must be a list, not 'none'");
    refuse("labels: {a: [b]}\nanalyses: [{id: a, title: A}]\n", 3, "label of 'a' must be a text");
    refuse("defaults:\n  metod: PM\nanalyses: [{id: a, title: A}]\n", 4,
           "unknown key 'metod' of the defaults; did you mean 'method'?");
    refuse("defaults: {for: {m: [1]}}\nanalyses: [{id: a, title: A}]\n", 3,
           "unknown key 'for' of the defaults");
}

static void wrong_analyses_are_refused(void **state)
{
    (void)state;
    refuse("analyses:\n  - id: a\n    titel: A\n", 5,
           "unknown key 'titel' of an analysis; did you mean 'title'?");
    refuse("analyses:\n  - title: A\n", 4, "an analysis needs the key 'id'");
    refuse("analyses:\n  - a\n", 4, "an analysis must be a map of keys and values, not 'a'");
    refuse("analyses:\n  - {id: 'a b', title: A}\n", 4,
           "'id' must be of letters, digits, - _ and ., not 'a b'");
    refuse("analyses:\n  - {id: .., title: A}\n", 4,
           "'id' must be of letters, digits, - _ and ., not '..'");
    refuse("analyses:\n  - {id: a, title: A}\n  - {id: a, title: B}\n", 5,
           "id 'a' is that of the analysis of line 4 already");
    refuse("analyses:\n  - {id: a, title: A, for: {m: [3, 6]}}\n", 4,
           "'for' makes id 'a' twice; put its {names} into the id");
    refuse("analyses:\n  - {id: a, title: A, section: S}\n  - {id: b, title: B}\n"
           "  - {id: c, title: C, section: S}\n",
           6, "analysis 'c' must follow the others of section 'S'");
    refuse("analyses:\n  - {id: a, title: A, better: smaller}\n", 4,
           "'better' must be lower or higher, not 'smaller'");
    refuse("analyses:\n  - {id: a, title: A, mcid: much}\n", 4,
           "'mcid' of an analysis must be a number, not 'much'");
    refuse("analyses:\n  - {id: a, title: A, mcid: -1.4}\n", 4, "'mcid' must be > 0, not '-1.4'");
    refuse("analyses:\n  - {id: a, title: A, drop00: maybe}\n", 4,
           "'drop00' of an analysis must be yes or no, not 'maybe'");
    refuse("analyses:\n  - {id: a, title: A, data: ''}\n", 4,
           "analysis 'a' needs 'data', of its own or of the plan");
}

static void wrong_lists_are_refused(void **state)
{
    (void)state;
    refuse("analyses:\n  - id: a\n    title: A\n    sensitivity: [loo, lo]\n", 6,
           "unknown 'lo' in 'sensitivity'; did you mean 'loo'?");
    refuse("analyses:\n  - id: a\n    title: A\n    sensitivity:\n      method: [PM]\n", 7,
           "unknown 'method' in 'sensitivity'; did you mean 'methods'?");
    refuse("analyses:\n  - id: a\n    title: A\n    sensitivity: [loo, {loo: yes}]\n", 6,
           "'loo' stands twice in 'sensitivity'");
    refuse("analyses:\n  - id: a\n    title: A\n    sensitivity: {influence: col}\n", 6,
           "'influence' of 'sensitivity' must be yes or no, not 'col'");
    refuse("analyses:\n  - id: a\n    title: A\n    bias:\n      - eger-lm\n", 7,
           "unknown 'eger-lm' in 'bias'; did you mean 'egger-lm'?");
    refuse("analyses:\n  - id: a\n    title: A\n    bias: [[begg]]\n", 6,
           "an item of 'bias' must be a name or a map");
    refuse("analyses:\n  - id: a\n    title: A\n    figures: [forst]\n", 6,
           "unknown 'forst' in 'figures'; did you mean 'forest'?");
    refuse("analyses:\n  - id: a\n    title: A\n    moderators: [[x]]\n", 6,
           "an item must be a text or a map");
    refuse("analyses:\n  - id: a\n    title: A\n    beside: [b]\n  - {id: ab, title: B}\n", 6,
           "'beside': the plan has no analysis 'b'; did you mean 'ab'?");
    refuse("analyses:\n  - id: a\n    title: A\n    beside:\n      other: a\n", 7,
           "'beside': 'a' is this analysis itself");
    refuse("analyses:\n  - id: a\n    title: A\n    beside: {naive: [DL]}\n", 6,
           "'naive' in 'beside' must be the id of an analysis or a map of options");
}

static void wrong_for_is_refused(void **state)
{
    char names[1024] = "analyses:\n  - id: a\n    title: A\n    for:\n";

    (void)state;
    refuse("analyses:\n  - {id: 'a-{months}', title: A, for: {month: [3]}}\n", 4,
           "'for' has no name for {months}; did you mean {month}?");
    refuse("analyses:\n  - {id: a, title: '{x'}\n", 4,
           "'{' must begin a {name} of 'for'; a brace itself is {{");
    refuse("analyses:\n  - {id: a, title: '{x}'}\n", 4,
           "'for' has no name for {x}; a brace itself is {{");
    refuse("analyses:\n  - {id: a, title: A, for: [3]}\n", 4,
           "'for' must be a map of names and lists: {months: [3, 6]}");
    refuse("analyses:\n  - {id: a, title: A, for: {m: []}}\n", 4, "'m' in 'for' has no values");
    refuse("analyses:\n  - {id: a, title: A, for: {m: }}\n", 4, "'m' in 'for' has no values");
    refuse("analyses:\n  - {id: a, title: A, for: {m: [[3]]}}\n", 4,
           "a value of 'm' in 'for' must be a text or a map of texts");
    refuse("analyses:\n  - {id: a, title: A, for: {m: [{x: [3]}]}}\n", 4,
           "'m.x' in 'for' must be a text");
    for (int i = 0; i < 9; i++) {
        const size_t used = strlen(names);

        snprintf(names + used, sizeof names - used, "      m%d: [1, 2, 3, 4, 5]\n", i);
    }
    refuse(names, 7, "'for' has more than 8 lists");
    *strstr(names, "      m5:") = '\0';
    refuse(names, 11, "'for' makes more than 2000 analyses");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_has_a_head),
        cmocka_unit_test(defaults_hold_where_an_analysis_is_silent),
        cmocka_unit_test(for_makes_every_combination),
        cmocka_unit_test(lists_take_names_and_maps),
        cmocka_unit_test(what_stands_beside_has_an_id_or_options),
        cmocka_unit_test(wrong_heads_are_refused),
        cmocka_unit_test(wrong_analyses_are_refused),
        cmocka_unit_test(wrong_lists_are_refused),
        cmocka_unit_test(wrong_for_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
