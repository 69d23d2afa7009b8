/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dossier is checked before it is shown. */
#include "support/sample_dossier.h"

#include <math.h>
#include <string.h>

#include "support/near.h"

static sample_dossier *sample;

static int set_up(void **state)
{
    (void)state;
    sample = sample_dossier_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sample_dossier_free(sample);
    return 0;
}

static void bundled_data_make_a_dossier(void **state)
{
    const tq_dossier *d = sample_dossier_of(sample);

    (void)state;
    assert_int_equal(tq_dossier_check(d, NULL), TQ_OK);
    assert_int_equal(d->n, SAMPLE_COUNT);
    assert_int_equal(d->entry[SAMPLE_BCG].analysis->k, 13);
    assert_int_equal(d->entry[SAMPLE_BCG].n_further, 4);
    assert_int_equal(d->entry[SAMPLE_ONE].analysis->k, 1);
    assert_null(d->entry[SAMPLE_NONE].analysis);
    assert_non_null(strstr(d->entry[SAMPLE_BCG].figure[1].svg, "</svg>"));
}

static void directions_have_names(void **state)
{
    (void)state;
    for (tq_better b = TQ_BETTER_UNKNOWN; b < TQ_BETTER_COUNT; b++) {
        assert_int_equal(tq_better_find(tq_better_name(b)), b);
    }
    assert_int_equal(tq_better_find("Lower"), TQ_BETTER_COUNT);
    assert_null(tq_better_name(TQ_BETTER_COUNT));
}

/* The dossier is refused with an error that names this member of this entry. */
static void refused(const char *column, size_t row, const char *words)
{
    tq_error err = {0};

    assert_int_equal(tq_dossier_check(sample_dossier_of(sample), &err), TQ_EINVAL);
    assert_string_equal(err.column, column);
    assert_int_equal(err.row, row);
    if (!strstr(err.message, words)) {
        fail_msg("'%s' lacks '%s'", err.message, words);
    }
}

static void a_review_needs_title_and_analyses(void **state)
{
    tq_dossier *d = sample_dossier_of(sample);
    const tq_dossier whole = *d;

    (void)state;
    d->title = "";
    refused("title", TQ_NO_ROW, "needs a title");
    *d = whole;
    d->n = 0;
    refused("entry", TQ_NO_ROW, "at least one analysis");
    *d = whole;
}

static void names_are_checked(void **state)
{
    static const struct {
        const char *id, *title, *column, *words;
    } cases[] = {
        {NULL, "Pain", "id", "needs an id"},
        {"pain 6", "Pain", "id", "must be of letters"},
        {"tuberculosis", "Pain", "id", "that of analysis 1 already"},
        {"other", NULL, "title", "needs a title"},
    };
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_STAY_G);
    const tq_dossier_entry whole = *e;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        e->id = cases[i].id;
        e->title = cases[i].title;
        refused(cases[i].column, SAMPLE_STAY_G, cases[i].words);
    }
    *e = whole;
}

static void sections_stand_together(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_PAIN);
    const tq_dossier_entry whole = *e;

    (void)state;
    e->section = "Stroke units";
    refused("section", SAMPLE_PAIN, "must follow that of 'stay' directly");
    e->section = NULL;
    assert_int_equal(tq_dossier_check(sample_dossier_of(sample), NULL), TQ_OK);
    *e = whole;
}

static void results_are_checked(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);
    const tq_dossier_entry whole = *e;

    (void)state;
    e->why_none = "k = 0";
    refused("why_none", SAMPLE_BCG, "either an analysis or the reason");
    e->why_none = NULL;
    e->analysis = NULL;
    refused("why_none", SAMPLE_BCG, "either an analysis or the reason");
    *e = whole;
    e->better = TQ_BETTER_COUNT;
    refused("better", SAMPLE_BCG, "must be below 3");
    *e = whole;
    e->mcid = -0.35;
    refused("mcid", SAMPLE_BCG, "'-0.35' must be > 0");
    e->mcid = (double)INFINITY;
    refused("mcid", SAMPLE_BCG, "must be > 0");
    e->mcid = 1.0;
    refused("mcid", SAMPLE_BCG, "must not be 1");
    *e = whole;
}

static void parts_are_checked(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);
    const tq_dossier_entry whole = *e;
    tq_further f = {.role = TQ_FURTHER_BIAS, .why_none = "too few studies"};
    const tq_dossier_figure figure = {.kind = "forest"};

    (void)state;
    e->further = &f;
    e->n_further = 1;
    refused("further", SAMPLE_BCG, "needs a label");
    f.label = "Trim and fill";
    assert_int_equal(tq_dossier_check(sample_dossier_of(sample), NULL), TQ_OK);
    f.role = TQ_FURTHER_COUNT;
    refused("further", SAMPLE_BCG, "role 4 must be below 4");
    f.role = TQ_FURTHER_BIAS;
    f.why_none = NULL;
    refused("further", SAMPLE_BCG, "either an analysis or the reason");
    e->n_further = 0;
    e->figure = &figure;
    e->n_figures = 1;
    refused("figure", SAMPLE_BCG, "figure 1 has no SVG");
    *e = whole;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundled_data_make_a_dossier),
        cmocka_unit_test(directions_have_names),
        cmocka_unit_test(a_review_needs_title_and_analyses),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(sections_stand_together),
        cmocka_unit_test(results_are_checked),
        cmocka_unit_test(parts_are_checked),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
