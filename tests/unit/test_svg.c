/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SVG of a forest plot: well-formed, complete, nothing outside the paper. */
#include "support/near.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure/figure.h"
#include "support/sample_analysis.h"

static tq_buffer svg_of(const tq_analysis *a, const tq_forest_options *how)
{
    tq_forest *forest;
    tq_buffer out = {0};

    assert_non_null(a);
    assert_int_equal(tq_forest_layout(a, how, &forest, NULL), TQ_OK);
    assert_int_equal(tq_forest_write(forest, TQ_FIGURE_SVG, NULL, &out, NULL), TQ_OK);
    tq_forest_free(forest);
    return out;
}

/* Every element is closed in order, attributes are quoted, '&' starts a known entity. */
static void assert_well_formed(const char *p)
{
    char open[16][16];
    size_t depth = 0;

    for (p = strstr(p, "<svg"); *p; p++) {
        if (*p == '&') {
            assert_true(strncmp(p, "&amp;", 5) == 0 || strncmp(p, "&lt;", 4) == 0 ||
                        strncmp(p, "&gt;", 4) == 0 || strncmp(p, "&quot;", 6) == 0);
        }
        assert_int_not_equal(*p, '>');
        if (*p != '<') {
            continue;
        }
        const int closing = p[1] == '/';
        const char *const name = p + 1 + closing;
        const size_t n = strcspn(name, " />");

        assert_in_range(n, 1, 15);
        for (p = name; *p && *p != '>'; p++) {
            if (*p == '"') {
                p = strchr(p + 1, '"');
                assert_non_null(p);
            }
            assert_int_not_equal(*p, '<');
        }
        assert_int_equal(*p, '>');
        if (closing) {
            assert_in_range(depth, 1, 16);
            depth--;
            assert_int_equal(strlen(open[depth]), n);
            assert_memory_equal(open[depth], name, n);
        } else if (p[-1] != '/') {
            assert_in_range(depth, 0, 15);
            memcpy(open[depth], name, n);
            open[depth++][n] = '\0';
        }
    }
    assert_int_equal(depth, 0);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *p = strstr(text, what); p; p = strstr(p + 1, what)) {
        n++;
    }
    return n;
}

static void every_row_and_mark_is_there(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_buffer svg = svg_of(a, NULL);

    (void)state;
    assert_well_formed(svg.data);
    for (size_t i = 0; i < a->k; i++) {
        char escaped[64] = "", want[80];
        const char *const ampersand = strchr(a->study[i].label, '&');

        if (ampersand) {
            strncat(escaped, a->study[i].label, (size_t)(ampersand - a->study[i].label));
            strcat(escaped, "&amp;");
            strcat(escaped, ampersand + 1);
        } else {
            strcat(escaped, a->study[i].label);
        }
        strcpy(want, ">");
        assert_non_null(strstr(svg.data, strcat(strcat(want, escaped), "</text>")));
    }
    assert_int_equal(count(svg.data, "class=\"square\""), 13);
    assert_int_equal(count(svg.data, "class=\"diamond\""), 4);
    assert_int_equal(count(svg.data, "<polygon class=\"prediction\""), 1);
    assert_int_equal(count(svg.data, "class=\"null\""), 1);
    assert_int_equal(count(svg.data, "class=\"pooled\""), 1);
    assert_non_null(strstr(svg.data, ">0.49 [0.34, 0.70]</text>"));
    assert_non_null(strstr(svg.data, "<title>BCG vaccine versus no vaccine"));
    assert_non_null(strstr(svg.data, "<desc>Forest plot of 13 studies. "));
    tq_buffer_free(&svg);
    sample_free(a);
}

/* The value of attribute name of the element at p. */
static double attribute(const char *p, const char *name)
{
    const char *const at = strstr(p, name);

    assert_non_null(at);
    return strtod(at + strlen(name), NULL);
}

static void squares_stand_where_the_layout_says(void **state)
{
    static const char *const label[] = {"A", "B", "C"};
    static const double yi[] = {0.31, -0.42, 0.11}, vi[] = {0.031, 0.052, 0.047};
    tq_analysis *const a = sample_analysis(&(sample_data){3, label, yi, vi, NULL, NULL, 0});
    tq_buffer svg = svg_of(a, NULL);
    tq_forest *f;
    const char *p = strstr(svg.data, "<line class=\"axis\"");

    (void)state;
    assert_int_equal(tq_forest_layout(a, NULL, &f, NULL), TQ_OK);
    assert_non_null(p);
    const double left = attribute(p, " x1=\""), right = attribute(p, " x2=\"");

    p = svg.data;
    for (size_t i = 0; i < 3; i++) {
        double from, y, to;

        p = strstr(p + 1, "class=\"square\" points=\"");
        assert_non_null(p);
        assert_int_equal(sscanf(p, "class=\"square\" points=\"%lf,%lf %lf,", &from, &y, &to), 3);
        assert_near((from + to) / 2.0, left + (yi[i] - f->lo) / (f->hi - f->lo) * (right - left),
                    1e-4);
        assert_near((to - from) * (to - from) / 81.0, a->study[i].weight / a->study[0].weight,
                    1e-3);
    }
    tq_forest_free(f);
    tq_buffer_free(&svg);
    sample_free(a);
}

static void awkward_texts_are_escaped_and_repaired(void **state)
{
    static const char *const label[] = {
        "<b> & \"q\" 'a'", "bad \xff utf-8 \xC3",           "tab\there\x01",
        "陈明 2007",       "\xEF\xBF\xBF \xED\xA0\x80 end", ""};
    static const double yi[] = {0.31, -0.42, 0.11, 0.2, 0.3, 0.4};
    static const double vi[] = {0.031, 0.052, 0.047, 0.04, 0.04, 0.04};
    tq_analysis *const a = sample_analysis(&(sample_data){6, label, yi, vi, NULL, NULL, 0});

    (void)state;
    a->provenance.notice = "a < b & c";
    a->provenance.title = "\xF0\x82\x82\xAC <script>";
    tq_buffer svg = svg_of(a, NULL);

    assert_well_formed(svg.data);
    assert_non_null(strstr(svg.data, ">&lt;b&gt; &amp; &quot;q&quot; 'a'</text>"));
    assert_non_null(strstr(svg.data, ">bad \uFFFD utf-8 \uFFFD</text>"));
    assert_non_null(strstr(svg.data, ">tab here </text>"));
    assert_non_null(strstr(svg.data, ">陈明 2007</text>"));
    assert_non_null(strstr(svg.data, ">a &lt; b &amp; c</text>"));
    for (const char *p = svg.data; *p; p++) {
        assert_false(iscntrl((unsigned char)*p) && *p != '\n');
        assert_int_not_equal((unsigned char)*p, 0xFF);
    }
    tq_buffer_free(&svg);
    sample_free(a);
}

/* All coordinates of lines and polygons lie on the paper. */
static void assert_on_paper(const tq_buffer *svg)
{
    const double width = attribute(svg->data, " width=\"");
    const double height = attribute(svg->data, " height=\"");

    for (const char *p = strstr(svg->data, "<line"); p; p = strstr(p + 1, "<line")) {
        assert_true(attribute(p, " x1=\"") >= 0.0 && attribute(p, " x2=\"") <= width);
        assert_true(attribute(p, " y1=\"") >= 0.0 && attribute(p, " y2=\"") <= height);
    }
    for (const char *p = strstr(svg->data, "<text"); p; p = strstr(p + 1, "<text")) {
        assert_true(attribute(p, " x=\"") >= 0.0 && attribute(p, " x=\"") <= width);
        assert_true(attribute(p, " y=\"") >= 0.0 && attribute(p, " y=\"") <= height);
    }
    for (const char *p = strstr(svg->data, " points=\""); p; p = strstr(p + 1, " points=\"")) {
        const char *q = p + strlen(" points=\"");

        while (*q != '"') {
            char *end;
            const double x = strtod(q, &end), y = strtod(end + 1, &end);

            assert_true(x >= 0.0 && x <= width && y >= 0.0 && y <= height);
            q = *end == ' ' ? end + 1 : end;
        }
    }
}

static void cut_intervals_end_in_arrows_on_the_paper(void **state)
{
    static const char *const label[] = {"A", "B", "C", "D"};
    static const double yi[] = {600.0, -600.0, 0.5, 0.1}, vi[] = {1.0, 1e300, 1e-3, 1.0};
    tq_analysis *const a = sample_analysis(&(sample_data){4, label, yi, vi, NULL, NULL, 1});
    tq_analysis *const b = sample_bcg();
    tq_buffer extreme = svg_of(a, NULL);
    tq_buffer cut = svg_of(b, &(tq_forest_options){.limits_given = 1, .lo = 0.5, .hi = 0.6});

    (void)state;
    assert_on_paper(&extreme);
    assert_int_equal(count(extreme.data, "class=\"arrow\""), 2);
    assert_on_paper(&cut);
    assert_int_not_equal(count(cut.data, "class=\"arrow\""), 0);
    assert_int_equal(count(cut.data, "class=\"null\""), 0); /* 1 is not on that axis */
    tq_buffer_free(&cut);
    tq_buffer_free(&extreme);
    sample_free(b);
    sample_free(a);
}

static void long_labels_are_wrapped_not_cut(void **state)
{
    static const char *const label[] = {
        "The knee osteoarthritis stromal cell therapy consortium of twelve universities, "
        "second extension study with five years of follow-up, 2019",
        "B"};
    static const double yi[] = {0.31, -0.42}, vi[] = {0.031, 0.052};
    tq_analysis *const a = sample_analysis(&(sample_data){2, label, yi, vi, NULL, NULL, 0});
    tq_buffer svg = svg_of(a, NULL);

    (void)state;
    assert_on_paper(&svg);
    assert_in_range(count(svg.data, "<text class=\"study\""), 3 + 2 + 2, 5 + 2 + 2);
    assert_non_null(strstr(svg.data, "2019</text>"));
    tq_buffer_free(&svg);
    sample_free(a);
}

static void words_for_the_two_sides_are_drawn_with_arrows(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_buffer near =
        svg_of(a, &(tq_forest_options){.favours_lo = "Favours BCG", .favours_hi = "Favours none"});
    tq_buffer far = svg_of(
        a, &(tq_forest_options){.favours_lo = "Favours the vaccine that was given to newborns",
                                .favours_hi = "Favours not giving any vaccine to newborns"});

    (void)state;
    assert_non_null(strstr(near.data, ">← Favours BCG</text>"));
    assert_non_null(strstr(near.data, ">Favours none →</text>"));
    assert_on_paper(&far);
    assert_non_null(strstr(far.data, "given to newborns</text>"));
    tq_buffer_free(&far);
    tq_buffer_free(&near);
    sample_free(a);
}

static void numbers_have_points_in_every_locale(void **state)
{
    static const char *const comma[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8"};
    const char *set = NULL;
    tq_analysis *const a = sample_bcg();
    tq_buffer plain = svg_of(a, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof comma / sizeof *comma && !set; i++) {
        set = setlocale(LC_ALL, comma[i]);
    }
    if (set) {
        tq_buffer there = svg_of(a, NULL);

        setlocale(LC_ALL, "C");
        assert_string_equal(there.data, plain.data);
        tq_buffer_free(&there);
    }
    tq_buffer_free(&plain);
    sample_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_and_mark_is_there),
        cmocka_unit_test(squares_stand_where_the_layout_says),
        cmocka_unit_test(awkward_texts_are_escaped_and_repaired),
        cmocka_unit_test(cut_intervals_end_in_arrows_on_the_paper),
        cmocka_unit_test(long_labels_are_wrapped_not_cut),
        cmocka_unit_test(words_for_the_two_sides_are_drawn_with_arrows),
        cmocka_unit_test(numbers_have_points_in_every_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
