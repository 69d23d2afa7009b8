/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of a review: a page that is well-formed, stands alone and escapes its texts; its other formats. */
#include "report/dossier/dossier_view.h"

#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "support/near.h"
#include "support/sample_dossier.h"

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

static char *written(tq_markup markup)
{
    tq_view_options opt = tq_view_defaults();
    tq_buffer out = {0};

    opt.markup = markup;
    assert_int_equal(tq_dossier_report(sample_dossier_of(sample), &opt, &out, NULL), TQ_OK);
    return out.data;
}

static void holds(const char *text, const char *words)
{
    if (!strstr(text, words)) {
        fail_msg("'%s' is missing", words);
    }
}

static size_t count(const char *text, const char *words)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, words)) != NULL; at++) {
        n++;
    }
    return n;
}

/* ---- the page as XML ------------------------------------------------------------------------- */

enum { MOST_IDS = 400, ID = 80 };

typedef struct {
    XML_Parser parser;
    char id[MOST_IDS][ID], wanted[MOST_IDS][ID];
    size_t n, n_wanted, heads, tables, captions, regions, figures, svgs, titles, levels[7], last;
    int in_svg, bad_order, outside;
} seen;

static const char *value_of(const XML_Char **attribute, const char *name)
{
    for (size_t i = 0; attribute[i]; i += 2) {
        if (strcmp(attribute[i], name) == 0) {
            return attribute[i + 1];
        }
    }
    return NULL;
}

static void keep(char list[MOST_IDS][ID], size_t *n, const char *text)
{
    assert_true(*n < MOST_IDS);
    assert_true(strlen(text) < ID);
    strcpy(list[(*n)++], text);
}

/* What an element would load, or name in the page. */
static void look_at_links(seen *s, const XML_Char **attribute)
{
    static const char *const loading[] = {"src", "href", "xlink:href", "style", "fill", "action"};

    for (size_t i = 0; i < sizeof loading / sizeof *loading; i++) {
        const char *value = value_of(attribute, loading[i]);

        if (value && *value == '#' && strcmp(loading[i], "href") == 0) {
            keep(s->wanted, &s->n_wanted, value + 1);
        } else if (value && (strstr(value, ":/") || strstr(value, "//") || strstr(value, "url("))) {
            s->outside++;
        }
    }
}

/* Headings may go deeper by one level at a time. */
static void look_at_heading(seen *s, const XML_Char *name)
{
    if (!s->in_svg && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && !name[2]) {
        const size_t level = (size_t)(name[1] - '0');

        s->levels[level]++;
        s->bad_order |= level > s->last + 1;
        s->last = level;
    }
}

static void start(void *data, const XML_Char *name, const XML_Char **attribute)
{
    seen *s = data;
    const char *id = value_of(attribute, "id"), *label = value_of(attribute, "aria-labelledby");

    if (id) {
        keep(s->id, &s->n, id);
    }
    if (label) {
        keep(s->wanted, &s->n_wanted, label);
    }
    s->in_svg += strcmp(name, "svg") == 0;
    s->svgs += strcmp(name, "svg") == 0;
    s->titles += s->in_svg && strcmp(name, "desc") == 0;
    s->figures += strcmp(name, "figure") == 0;
    s->tables += strcmp(name, "table") == 0;
    s->captions += strcmp(name, "caption") == 0;
    s->regions += value_of(attribute, "tabindex") != NULL;
    s->heads += strcmp(name, "th") == 0 && !value_of(attribute, "scope");
    look_at_links(s, attribute);
    look_at_heading(s, name);
}

static void end(void *data, const XML_Char *name)
{
    seen *s = data;

    s->in_svg -= strcmp(name, "svg") == 0;
}

static seen *parsed(const char *page)
{
    seen *s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->parser = XML_ParserCreate("UTF-8");
    assert_non_null(s->parser);
    XML_SetUserData(s->parser, s);
    XML_SetElementHandler(s->parser, start, end);
    if (XML_Parse(s->parser, page, (int)strlen(page), 1) != XML_STATUS_OK) {
        fail_msg("line %lu: %s", XML_GetCurrentLineNumber(s->parser),
                 XML_ErrorString(XML_GetErrorCode(s->parser)));
    }
    XML_ParserFree(s->parser);
    return s;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void the_page_is_well_formed_and_stands_alone(void **state)
{
    char *page = written(TQ_MARKUP_HTML);
    seen *s = parsed(page);

    (void)state;
    assert_int_equal(s->outside, 0);
    assert_int_equal(count(page, "<script"), 2);
    assert_int_equal(count(page, "@import"), 0);
    assert_int_equal(count(page, "<link"), 0);
    assert_int_equal(s->svgs, 4);
    assert_int_equal(s->figures, 4);
    assert_int_equal(s->titles, 4);
    free(s);
    free(page);
}

static void ids_are_unique_and_links_arrive(void **state)
{
    char *page = written(TQ_MARKUP_HTML);
    seen *s = parsed(page);

    (void)state;
    qsort(s->id, s->n, ID, by_text);
    for (size_t i = 1; i < s->n; i++) {
        assert_string_not_equal(s->id[i - 1], s->id[i]);
    }
    assert_true(s->n_wanted > 10);
    for (size_t i = 0; i < s->n_wanted; i++) {
        if (!bsearch(s->wanted[i], s->id, s->n, ID, by_text)) {
            fail_msg("nothing is called '%s'", s->wanted[i]);
        }
    }
    free(s);
    free(page);
}

static void tables_and_headings_are_accessible(void **state)
{
    char *page = written(TQ_MARKUP_HTML);
    seen *s = parsed(page);

    (void)state;
    assert_int_equal(s->heads, 0);
    assert_true(s->tables > 10);
    assert_int_equal(s->captions, s->tables);
    assert_int_equal(s->regions, s->tables + s->figures); /* each scrolls in a box of its own */
    assert_int_equal(s->levels[1], 1);
    assert_false(s->bad_order);
    holds(page, "<main>");
    holds(page, "<nav aria-label=\"Contents\">\n<details>\n<summary>Contents</summary>");
    holds(page, "<html lang=\"en\"");
    holds(page, "@media print");
    holds(page, "prefers-color-scheme: dark");
    free(s);
    free(page);
}

static void texts_are_escaped(void **state)
{
    char *page = written(TQ_MARKUP_HTML), *md = written(TQ_MARKUP_MD),
         *tex = written(TQ_MARKUP_LATEX);

    (void)state;
    holds(page, "Length of stay, Edinburgh &lt;alone&gt; &amp; &quot;quoted&quot;");
    holds(page, "B. &amp; C. &lt;Sample&gt;");
    assert_int_equal(count(page, "<alone>"), 0);
    assert_int_equal(count(md, "<alone>"), 0);
    holds(md, "Edinburgh &lt;alone&gt; &amp; \"quoted\"");
    holds(tex, "Edinburgh \\textless{}alone\\textgreater{} \\& \\textquotedbl{}quoted");
    free(page);
    free(md);
    free(tex);
}

static void every_format_tells_the_same_numbers(void **state)
{
    (void)state;
    for (tq_markup m = TQ_MARKUP_NONE; m < TQ_MARKUP_COUNT; m++) {
        char *text = written(m), *again = written(m);

        holds(text, "Tuberculosis");
        holds(text, "357");
        holds(text, m == TQ_MARKUP_HTML ? "RR 0.49 <span class=\"n\">(0.34 to 0.70)</span>"
                                        : "RR 0.49 (0.34 to 0.70)");
        holds(text, "k = 0: no row of the sheet has outcome");
        assert_string_equal(text, again);
        if (m != TQ_MARKUP_NONE) {
            holds(text, "to be judged");
            holds(text, "8 fewer per 1000");
            holds(text, "DerSimonian-Laird");
            holds(text, "k = 0: no row has year");
            holds(text, "Leave-one-out");
            holds(text, "Meta-regression: Absolute latitude");
            holds(text, "Sch\xC3\xBCnemann et al. (2019), Cochrane Handbook");
        }
        free(text);
        free(again);
    }
}

static void methods_say_which_analyses_share_what(void **state)
{
    char *md = written(TQ_MARKUP_MD);

    (void)state;
    holds(md, "\n\nStudies were combined in a random-effects model.");
    holds(md, "In analyses 2, 4 and 6, the effect measure was the mean difference");
    holds(md, "Heterogeneity was assessed by Cochran's Q test");
    holds(md, "In analysis 1, each study was left out in turn.");
    holds(md, "In analysis 4, one study could be used, so that nothing was pooled");
    holds(md, "Sensitivity analyses: DerSimonian-Laird (analysis 1). Meta-regressions:");
    holds(md, "by the plan plan.yaml (version 1.2); registration: OSF example");
    free(md);
}

static void rows_left_out_are_listed_with_reasons(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_NONE);
    const tq_dossier_entry whole = *e;
    const tq_excluded left_out[] = {{17, "Vega <2015>", "sd1i is missing"}};
    char *md = written(TQ_MARKUP_MD);

    (void)state;
    holds(md, "Every row inside the subsets was used.");
    free(md);
    e->excluded = left_out;
    e->n_excluded = 1;
    md = written(TQ_MARKUP_MD);
    holds(md, "| 5. Cartilage at 24 months | 17 | Vega &lt;2015&gt; | sd1i is missing |");
    free(md);
    *e = whole;
}

/* Figures may bring ids of their own, which then must differ from those of other figures. */
static void ids_of_figures_are_made_unique(void **state)
{
    static const char svg[] =
        "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
        "aria-labelledby=\"t d\"><title id=\"t\">id=\"t\"</title><desc id=\"d\">x</desc>"
        "<clipPath id=\"c\"><rect width=\"1\"/></clipPath><g clip-path=\"url(#c)\">"
        "<use href=\"#t\"/></g></svg>\n";
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_STAY_G);
    const tq_dossier_entry whole = *e;
    const tq_dossier_figure two[] = {{.svg = svg, .caption = "One"}, {.svg = svg}};

    (void)state;
    e->figure = two;
    e->n_figures = 2;
    char *page = written(TQ_MARKUP_HTML);

    holds(page, "<figure id=\"f-stay-g-2\">");
    holds(page, "aria-labelledby=\"f-stay-g-1:t f-stay-g-1:d\"");
    holds(page, "<title id=\"f-stay-g-2:t\">id=\"t\"</title>");
    holds(page, "clip-path=\"url(#f-stay-g-2:c)\"");
    holds(page, "<use href=\"#f-stay-g-2:t\"/>");
    free(page);
    *e = whole;
}

static void figures_are_named_where_they_cannot_stand(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_STAY);
    const tq_dossier_entry whole = *e;
    tq_dossier_figure figure = *whole.figure;

    (void)state;
    figure.file = "figures/stay_1.svg";
    figure.caption = "Length of stay";
    e->figure = &figure;
    char *md = written(TQ_MARKUP_MD), *tex = written(TQ_MARKUP_LATEX);

    holds(md, "![Length of stay](<figures/stay_1.svg>)");
    holds(tex, "Length of stay (figures/stay\\_1.svg)");
    free(md);
    free(tex);
    *e = whole;
}

static void what_cannot_be_shown_is_refused(void **state)
{
    tq_dossier *d = sample_dossier_of(sample);
    const char *title = d->title;
    const tq_view_options opt = tq_view_defaults();
    tq_buffer out = {0};

    (void)state;
    d->title = NULL;
    assert_int_equal(tq_dossier_report(d, &opt, &out, NULL), TQ_EINVAL);
    assert_int_equal(out.size, 0);
    d->title = title;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_well_formed_and_stands_alone),
        cmocka_unit_test(ids_are_unique_and_links_arrive),
        cmocka_unit_test(tables_and_headings_are_accessible),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(every_format_tells_the_same_numbers),
        cmocka_unit_test(methods_say_which_analyses_share_what),
        cmocka_unit_test(rows_left_out_are_listed_with_reasons),
        cmocka_unit_test(ids_of_figures_are_made_unique),
        cmocka_unit_test(figures_are_named_where_they_cannot_stand),
        cmocka_unit_test(what_cannot_be_shown_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
