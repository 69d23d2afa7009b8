/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of published analyses: what is read from them, and what is refused. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/buffer.h"
#include "frame/published.h"

#define HEAD "authors: Vega & Cruz\nyear: 2015\ntitle: Knees\njournal: Knee 22:1-9\n"
#define ANALYSIS "analyses:\n  - title: pain\n    where: p. 3\n"

static tq_published *parse_from(const char *text, const char *source)
{
    tq_published *p = NULL;
    tq_error err;

    if (tq_published_parse(text, strlen(text), source, &p, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    return p;
}

static tq_published *parse(const char *text)
{
    return parse_from(text, "cases/vega.yaml");
}

static void refuse(const char *text, size_t line, const char *message)
{
    tq_published *untouched = (tq_published *)&line, *p = untouched;
    tq_error err = {0};

    assert_int_equal(tq_published_parse(text, strlen(text), "vega.yaml", &p, &err), TQ_EINVAL);
    if (!strstr(err.message, message)) {
        fail_msg("'%s' does not tell '%s'", err.message, message);
    }
    assert_int_equal(err.line, line);
    assert_string_equal(err.file, "vega.yaml");
    assert_ptr_equal(p, untouched);
}

static void a_publication_is_read_whole(void **state)
{
    (void)state;
    tq_published *p =
        parse(HEAD "quoted: a page\ndata: data/knee.csv\n" ANALYSIS
                   "    command: pool --mods \"~ I(dose - 3)\" --subset 'a == \"b\"' --title ''\n"
                   "    figures:\n"
                   "      - {path: coefficients.0.beta, printed: -0.380}\n"
                   "      - path: [transformed.ci_lb, transformed.ci_ub]\n"
                   "        printed: 0.34 to 0.70\n"
                   "        what: the interval\n"
                   "  - title: function\n    where: Table 2\n    data: '@knee'\n"
                   "    command: [effects, --measure, SMD]\n"
                   "    figures:\n"
                   "      - {path: k, printed: 13, differs: a misprint, computed: 12, times: -2, "
                   "transform: log}\n");
    const tq_published_analysis *a = &p->analysis[0], *b = &p->analysis[1];

    assert_string_equal(p->authors, "Vega & Cruz");
    assert_string_equal(p->year, "2015");
    assert_string_equal(p->journal, "Knee 22:1-9");
    assert_string_equal(p->quoted, "a page");
    assert_string_equal(p->note, "");
    assert_int_equal(p->n_analyses, 2);
    assert_int_equal(a->n_words, 7);
    assert_string_equal(a->word[2], "~ I(dose - 3)");
    assert_string_equal(a->word[4], "a == \"b\"");
    assert_string_equal(a->word[6], "");
    assert_string_equal(a->data, "cases/data/knee.csv"); /* beside the file */
    assert_int_equal(a->n_figures, 2);
    assert_string_equal(a->figure[0].what, "coefficients.0.beta");
    assert_string_equal(a->figure[0].text, "-0.380");
    assert_near(a->figure[0].printed.number[0].half, 5e-4, 1e-15);
    assert_near(tq_published_value(&a->figure[0], -0.38012), -0.38012, 0);
    assert_int_equal(a->figure[1].n_paths, 2);
    assert_string_equal(a->figure[1].path[1], "transformed.ci_ub");
    assert_string_equal(a->figure[1].what, "the interval");
    assert_int_equal(a->line, 8);
    assert_int_equal(b->n_words, 3);
    assert_string_equal(b->data, "@knee");
    assert_string_equal(b->figure[0].differs, "a misprint");
    assert_near(b->figure[0].computed.number[0].value, 12, 0);
    assert_near(tq_published_value(&b->figure[0], 5.5), -2.0 * log(5.5), 1e-15);
    tq_published_free(p);
    tq_published_free(NULL);
}

static void data_stand_where_the_file_stands(void **state)
{
    static const struct {
        const char *source, *data, *path;
    } row[] = {
        {"vega.yaml", "knee.csv", "knee.csv"},
        {"a/vega.yaml", "data/knee.csv", "a/data/knee.csv"},
        {"a/vega.yaml", "/tmp/knee.csv", "/tmp/knee.csv"},
        {"a/vega.yaml", "'@bcg'", "@bcg"},
        {"@published/vega.yaml", "data/knee.csv", "@published/knee"},
        {"@published/vega.yaml", "'@bcg'", "@bcg"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tq_buffer text = {0};

        tq_buffer_format(&text,
                         HEAD "data: %s\n" ANALYSIS "    command: pool\n"
                              "    figures: [{path: k, printed: 3}]\n",
                         row[i].data);
        tq_published *p = parse_from(text.data, row[i].source);

        assert_string_equal(p->analysis[0].data, row[i].path);
        tq_published_free(p);
        tq_buffer_free(&text);
    }
}

static void every_transformation_does_what_its_name_says(void **state)
{
    static const struct {
        const char *name;
        double x, y;
    } row[] = {
        {"none", -0.7145, -0.7145},   {"exp", -0.7145, 0.48943677},    {"log", 0.48943677, -0.7145},
        {"sqrt", 0.3132, 0.55964274}, {"square", -0.5597, 0.31326409}, {"abs", -0.7145, 0.7145},
        {"percent", 0.9222, 92.22},   {"reduction", 0.62, 38.0},       {"increase", 1.24, 24.0},
        {"tanh", 0.5, 0.46211716},    {"ilogit", -3.5, 0.029312231},   {"reciprocal", 0.8, 1.25},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tq_buffer text = {0};

        assert_string_equal(tq_published_transform_name(i), row[i].name);
        tq_buffer_format(&text,
                         HEAD ANALYSIS "    command: pool\n"
                                       "    figures: [{path: k, printed: 3, transform: %s}]\n",
                         row[i].name);
        tq_published *p = parse(text.data);

        assert_near(tq_published_value(&p->analysis[0].figure[0], row[i].x), row[i].y, 1e-7);
        tq_published_free(p);
        tq_buffer_free(&text);
    }
    assert_null(tq_published_transform_name(sizeof row / sizeof *row));
}

static void a_broken_file_is_told_with_its_line(void **state)
{
    (void)state;
    refuse(HEAD, 1, "analyses");
    refuse(HEAD "analyses: []\n", 5, "the list of analyses is empty");
    refuse(HEAD "analysis: []\n", 5, "did you mean 'analyses'?");
    refuse(HEAD ANALYSIS "    command: pool\n    figures: []\n", 9, "proves nothing");
    refuse(HEAD ANALYSIS "    command: ' '\n    figures: [{path: k, printed: 3}]\n", 8,
           "the command is empty");
    refuse(HEAD ANALYSIS "    command: []\n    figures: [{path: k, printed: 3}]\n", 8, "");
    refuse(HEAD ANALYSIS "    command: tausq pool\n    figures: [{path: k, printed: 3}]\n", 8,
           "without 'tausq'");
    refuse(HEAD ANALYSIS "    command: pool --mods \"~ a\n    figures: [{path: k, printed: 3}]\n",
           8, "a quote that stays open");
    refuse(HEAD ANALYSIS "    command: pool\n    figures:\n      - {path: k, printed: n.s.}\n", 10,
           "'n.s.' is no printed figure");
    refuse(HEAD ANALYSIS "    command: pool\n    figures: [{path: [a, b], printed: 3}]\n", 9,
           "is one number, and the path names two values");
    refuse(HEAD ANALYSIS "    command: pool\n    figures: [{path: [a, b, c], printed: 3 to 4}]\n",
           9, "or the two of an interval");
    refuse(HEAD ANALYSIS "    command: pool\n    figures: [{path: k, printed: 3, computed: 4}]\n",
           9, "'computed' needs 'differs'");
    refuse(HEAD ANALYSIS
           "    command: pool\n    figures: [{path: k, printed: 3, transform: expp}]\n",
           9, "unknown transformation 'expp'; did you mean 'exp'?");
    refuse(HEAD ANALYSIS "    command: pool\n    figures: [{path: k, printted: 3}]\n", 9,
           "did you mean 'printed'?");
}

static void a_missing_file_is_an_error_of_reading(void **state)
{
    tq_published *p = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_published_read("/nowhere/vega.yaml", &p, &err), TQ_EREAD);
    assert_null(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_publication_is_read_whole),
        cmocka_unit_test(data_stand_where_the_file_stands),
        cmocka_unit_test(every_transformation_does_what_its_name_says),
        cmocka_unit_test(a_broken_file_is_told_with_its_line),
        cmocka_unit_test(a_missing_file_is_an_error_of_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
