/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published analyses repeated: values by their paths, verdicts, counts, views. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "report/validation.h"

static const char cases[] =
    "authors: Vega\nyear: 2015\ntitle: Knees\njournal: Knee 22:1-9\ndata: '@knee'\nanalyses:\n"
    "  - title: pain\n    where: p. 3\n    command: pool --title 'a b'\n    figures:\n"
    "      - {path: coefficients.0.beta, printed: -0.381}\n"                  /* agrees */
    "      - {path: coefficients.dose.beta, printed: 1.02, transform: exp}\n" /* agrees, by name */
    "      - {path: [ci.0, ci.1], printed: 0.34 to 0.70}\n"                   /* agrees */
    "      - {path: k, printed: 10 to 20}\n"                                  /* agrees: within */
    "      - {path: k, printed: 14, differs: a misprint, computed: 13}\n"     /* differs */
    "      - {path: k, printed: 13, differs: a misprint}\n"                   /* stale mark */
    "      - {path: k, printed: 14, differs: a misprint, computed: 12}\n"     /* otherwise */
    "      - {path: k, printed: 14}\n"                                        /* deviates */
    "      - {path: nowhere.0, printed: 14}\n"                                /* absent */
    "      - {path: [ci.0, ci.9], printed: 0.34 to 0.70}\n"                   /* absent */
    "      - {path: name, printed: 1}\n";                                     /* no number */

static const char document[] =
    "{\"k\": 13, \"name\": \"knee\", \"ci\": [0.3441, 0.6962], \"coefficients\": "
    "[{\"term\": \"intrcpt\", \"beta\": -0.38106}, {\"term\": \"dose\", \"beta\": 0.0201}]}";

/* What the command of a case gives. */
typedef struct {
    const char *output;
    tq_status status;
    size_t calls;
} fake;

static tq_status run(void *user, const tq_published_analysis *a, tq_buffer *out, tq_error *err)
{
    fake *f = user;

    assert_string_equal(a->word[0], "pool");
    f->calls++;
    tq_buffer_text(out, f->output);
    return f->status == TQ_OK
               ? TQ_OK
               : tq_fail(err, f->status, TQ_NO_ROW, NULL, "no column called 'dosis'");
}

static tq_published *publication(const char *text)
{
    tq_published *p = NULL;
    tq_error err;

    if (tq_published_parse(text, strlen(text), "vega.yaml", &p, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    return p;
}

static void figures_are_judged_at_the_printed_precision(void **state)
{
    static const tq_verdict want[] = {TQ_FIGURE_AGREES,   TQ_FIGURE_AGREES,   TQ_FIGURE_AGREES,
                                      TQ_FIGURE_AGREES,   TQ_FIGURE_DIFFERS,  TQ_FIGURE_DEVIATES,
                                      TQ_FIGURE_DEVIATES, TQ_FIGURE_DEVIATES, TQ_FIGURE_DEVIATES,
                                      TQ_FIGURE_DEVIATES, TQ_FIGURE_DEVIATES};
    tq_published *p = publication(cases);
    tq_validation *v = tq_validation_new();
    fake f = {.output = document};

    (void)state;
    assert_int_equal(tq_validation_add(v, p, run, &f, NULL), TQ_OK);
    assert_int_equal(v->n, 1);
    assert_int_equal(v->publications, 1);
    assert_string_equal(v->analysis[0].command_line, "tausq pool @knee --title 'a b'");
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        if (v->analysis[0].figure[i].verdict != want[i]) {
            fail_msg("figure %zu %s", i, tq_verdict_name(v->analysis[0].figure[i].verdict));
        }
    }
    assert_near(v->analysis[0].figure[1].value[0], exp(0.0201), 1e-15);
    assert_near(v->analysis[0].figure[2].value[1], 0.6962, 0);
    assert_string_equal(v->analysis[0].figure[4].reason, "a misprint");
    assert_non_null(strstr(v->analysis[0].figure[5].reason, "it agrees"));
    assert_non_null(strstr(v->analysis[0].figure[6].reason, "otherwise"));
    assert_null(v->analysis[0].figure[7].reason);
    assert_true(isnan(v->analysis[0].figure[8].value[0]));
    assert_int_equal(v->count[TQ_FIGURE_AGREES], 4);
    assert_int_equal(v->count[TQ_FIGURE_DIFFERS], 1);
    assert_int_equal(v->count[TQ_FIGURE_DEVIATES], 6);
    tq_validation_free(v);
    tq_published_free(p);
}

static void a_command_that_fails_deviates_and_says_why(void **state)
{
    tq_published *p = publication(cases);
    tq_validation *v = tq_validation_new();
    fake refused = {.output = "", .status = TQ_EINVAL}, text = {.output = "13 studies"};

    (void)state;
    assert_int_equal(tq_validation_add(v, p, run, &refused, NULL), TQ_OK);
    assert_int_equal(tq_validation_add(v, p, run, &text, NULL), TQ_OK);
    assert_int_equal(v->n, 2);
    assert_int_equal(v->publications, 1); /* the same */
    assert_int_equal(v->count[TQ_FIGURE_DEVIATES], 22);
    assert_string_equal(v->analysis[0].figure[0].reason, "no column called 'dosis'");
    assert_string_equal(v->analysis[1].figure[0].reason, "the command gives no JSON document");
    tq_validation_free(v);
    tq_published_free(p);
}

static void an_interruption_ends_it(void **state)
{
    tq_published *p = publication(cases);
    tq_validation *v = tq_validation_new();
    fake f = {.output = "", .status = TQ_EINTR};
    tq_error err;

    (void)state;
    assert_int_equal(tq_validation_add(v, p, run, &f, &err), TQ_EINTR);
    assert_int_equal(v->n, 0);
    tq_validation_free(v);
    tq_validation_free(NULL);
    tq_published_free(p);
}

static tq_buffer shown(tq_validation_view *view, const tq_validation *v, tq_markup markup,
                       int summary)
{
    const tq_validation_options opt = {
        .view = {.markup = markup}, .summary = summary, .command_line = "tausq validate vega.yaml"};
    tq_buffer out = {0};

    assert_int_equal(view(v, &opt, &out, NULL), TQ_OK);
    return out;
}

static void every_view_tells_published_and_computed(void **state)
{
    static const struct {
        tq_validation_view *view;
        tq_markup markup;
        const char *text;
    } row[] = {
        {tq_validation_text, TQ_MARKUP_NONE, "coefficients.0.beta"},
        {tq_validation_text, TQ_MARKUP_NONE, "-0.38106  yes"},
        {tq_validation_text, TQ_MARKUP_NONE,
         "1 analysis of 1 publication, 11 figures: 4 agree, 1 differ with a reason, 6 deviate"},
        {tq_validation_text, TQ_MARKUP_NONE, "(k: a misprint)"},
        {tq_validation_text, TQ_MARKUP_MD, "| 0.34 to 0.70 | 0.3441 to 0.6962 | yes |"},
        {tq_validation_text, TQ_MARKUP_HTML, "<td>0.34 to 0.70</td><td>0.3441 to 0.6962</td>"},
        {tq_validation_text, TQ_MARKUP_LATEX, "0.34 to 0.70 & 0.3441 to 0.6962 & yes"},
        {tq_validation_json, TQ_MARKUP_NONE, "\"deviate\": 6"},
        {tq_validation_json, TQ_MARKUP_NONE, "\"command\": \"tausq pool @knee --title 'a b'\""},
        {tq_validation_csv, TQ_MARKUP_NONE, ",-0.381,-0.38106,,agrees,\n"},
        {tq_validation_csv, TQ_MARKUP_NONE, ",14,13,,differs,a misprint\n"},
    };
    tq_published *p = publication(cases);
    tq_validation *v = tq_validation_new();
    fake f = {.output = document};

    (void)state;
    assert_int_equal(tq_validation_add(v, p, run, &f, NULL), TQ_OK);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tq_buffer out = shown(row[i].view, v, row[i].markup, 0);

        if (!strstr(out.data, row[i].text)) {
            fail_msg("no '%s' in:\n%s", row[i].text, out.data);
        }
        tq_buffer_free(&out);
    }
    tq_buffer summary = shown(tq_validation_text, v, TQ_MARKUP_NONE, 1);

    assert_non_null(
        strstr(summary.data, "Vega (2015), Knee 22:1-9         1      4       1        6"));
    assert_non_null(strstr(summary.data, "the output has no such number")); /* it deviates */
    tq_buffer_free(&summary);
    tq_validation_free(v);
    tq_published_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_judged_at_the_printed_precision),
        cmocka_unit_test(a_command_that_fails_deviates_and_says_why),
        cmocka_unit_test(an_interruption_ends_it),
        cmocka_unit_test(every_view_tells_published_and_computed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
