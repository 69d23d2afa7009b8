/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workbook: it is written whatever the data hold, and the same data give the same bytes. */
#include "support/near.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "report/workbook/workbook.h"
#include "support/sample_analysis.h"

enum { MOST_STUDIES = 40 };

/* A random-effects analysis of log risk ratios with one subgroup block, by hand. */
typedef struct {
    tq_analysis a;
    tq_study study[MOST_STUDIES];
    double events[MOST_STUDIES];
    size_t of[MOST_STUDIES];
    tq_raw_column raw;
    tq_excluded excluded;
    tq_block block;
    tq_subgroups groups;
    tq_subgroup_level level[2];
    tq_natural natural[2];
    const char *term, *warning;
    tq_pool *fit;
    tq_forest *forest;
} example;

static tq_natural natural_of(double y, double half)
{
    return (tq_natural){exp(y), exp(y - half), exp(y + half), exp(y - 2.0 * half),
                        exp(y + 2.0 * half)};
}

static void fill_fit(tq_pool *fit, size_t k, size_t p)
{
    fit->k = k;
    fit->p = p;
    fit->beta[0] = -0.7145;
    fit->se[0] = 0.1798;
    fit->stat[0] = -3.974;
    fit->df[0] = (double)NAN;
    fit->pval[0] = 7.07e-5;
    fit->ci_lb[0] = -1.0669;
    fit->ci_ub[0] = -0.3622;
    fit->method = TQ_REML;
    fit->level = 95.0;
    fit->tau2 = 0.3132;
    fit->tau = 0.5597;
    fit->I2 = 92.22;
    fit->H2 = 12.86;
    fit->R2 = fit->QM = (double)NAN;
    fit->QE = 152.233;
    fit->QE_df = 12.0;
    fit->QE_pval = 0.0;
    fit->prediction =
        (tq_prediction){-0.7145, 0.1798, -1.0669, -0.3622, -1.8667, 0.4376, (double)NAN};
}

static void fill_studies(example *e, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        const double yi = -1.6 + 0.37 * (double)i, vi = 0.04 + 0.011 * (double)(i % 5);

        e->study[i] = (tq_study){.label = "Vega & Ruiz 2015",
                                 .row = i + 1,
                                 .yi = yi,
                                 .vi = vi,
                                 .sei = sqrt(vi),
                                 .ci_lb = yi - 1.96 * sqrt(vi),
                                 .ci_ub = yi + 1.96 * sqrt(vi),
                                 .weight = 100.0 / (double)k,
                                 .ni = (double)NAN,
                                 .natural = natural_of(yi, 1.96 * sqrt(vi)),
                                 .from = "events and group sizes"};
        e->events[i] = 3.0 + 17.0 * (double)i;
        e->of[i] = i % 2;
    }
}

static example *example_new(size_t k)
{
    example *e = calloc(1, sizeof *e);

    assert_non_null(e);
    e->fit = tq_pool_new(k, 1);
    assert_non_null(e->fit);
    fill_fit(e->fit, k, 1);
    fill_studies(e, k);
    e->raw = (tq_raw_column){.input = "ai", .heading = "Events", .group = 1, .value = e->events};
    e->excluded = (tq_excluded){.row = 7, .study = "Okafor 2011", .reason = "ci is missing"};
    e->level[0] = (tq_subgroup_level){.name = "alternate", .k = k, .fit = e->fit};
    e->level[1] = (tq_subgroup_level){.name = "random", .k = k, .fit = e->fit};
    e->natural[0] = e->natural[1] = natural_of(-0.7145, 0.3523);
    e->groups = (tq_subgroups){.by = "alloc",
                               .n = 2,
                               .level = e->level,
                               .of = e->of,
                               .QB = 1.77,
                               .QB_df = 2.0,
                               .QB_pval = 0.41,
                               .QB_df2 = (double)NAN};
    e->block = (tq_block){.fit = &e->groups, .natural = e->natural};
    e->term = "intrcpt";
    e->warning = "the interval of tau2 is wide";
    e->a = (tq_analysis){
        .provenance = {.command = "pool",
                       .command_line = "tausq pool trials.csv --measure RR",
                       .source = "trials.csv",
                       .date = "2024-02-29",
                       .group1 = "BCG"},
        .rows = k + 1,
        .k = k,
        .study = e->study,
        .excluded = &e->excluded,
        .n_excluded = 1,
        .raw = &e->raw,
        .n_raw = 1,
        .measure = tq_measure_find("RR"),
        .transform = tq_transform_find("exp"),
        .options = tq_pool_defaults(),
        .term = &e->term,
        .fit = e->fit,
        .natural = natural_of(-0.7145, 0.3523),
        .ni_mean = (double)NAN,
        .block = &e->block,
        .n_blocks = 1,
        .warning = &e->warning,
        .n_warnings = 1,
        .reading = "The risk is halved.",
        .arena = tq_arena_new(),
    };
    return e;
}

static void lay_out(example *e)
{
    assert_int_equal(tq_forest_layout(&e->a, NULL, &e->forest, NULL), TQ_OK);
}

static void example_free(example *e)
{
    tq_forest_free(e->forest);
    tq_pool_free(e->fit);
    tq_arena_free(e->a.arena);
    free(e);
}

/* ---- files ----------------------------------------------------------------------------------- */

typedef struct {
    unsigned char *bytes;
    size_t size;
} content;

static content read_file(const char *path)
{
    struct stat info;
    FILE *f = fopen(path, "rb");
    content c = {NULL, 0};

    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &info), 0);
    c.size = (size_t)info.st_size;
    c.bytes = malloc(c.size + 1);
    assert_non_null(c.bytes);
    assert_int_equal(fread(c.bytes, 1, c.size, f), c.size);
    fclose(f);
    return c;
}

/* Names of parts stand uncompressed in a zip archive. */
static int has_part(content c, const char *name)
{
    const size_t n = strlen(name);

    for (size_t i = 0; i + n <= c.size; i++) {
        if (memcmp(c.bytes + i, name, n) == 0) {
            return 1;
        }
    }
    return 0;
}

static content written(const example *e)
{
    char path[] = "/tmp/test_workbook_XXXXXX";
    const int fd = mkstemp(path);
    tq_error err = {0};

    assert_true(fd >= 0);
    close(fd);
    if (tq_workbook_write(&e->a, e->forest, NULL, path, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    content c = read_file(path);

    remove(path);
    return c;
}

static void assert_workbook(example *e)
{
    content c = written(e);

    assert_true(c.size > 4);
    assert_memory_equal(c.bytes, "PK\3\4", 4);
    assert_true(has_part(c, "xl/worksheets/sheet1.xml"));
    free(c.bytes);
    example_free(e);
}

/* ---- claims ---------------------------------------------------------------------------------- */

static void workbook_is_a_zip_archive_with_a_chart(void **state)
{
    (void)state;
    example *e = example_new(13);

    lay_out(e);
    content c = written(e);

    assert_memory_equal(c.bytes, "PK\3\4", 4);
    assert_true(has_part(c, "xl/worksheets/sheet9.xml"));
    assert_true(has_part(c, "xl/charts/chart1.xml"));
    free(c.bytes);
    example_free(e);
}

static void workbook_without_a_layout_has_no_chart(void **state)
{
    (void)state;
    example *e = example_new(13);
    content c = written(e);

    assert_true(has_part(c, "xl/worksheets/sheet7.xml"));
    assert_false(has_part(c, "xl/worksheets/sheet8.xml"));
    assert_false(has_part(c, "xl/charts/chart1.xml"));
    free(c.bytes);
    example_free(e);
}

/* The number of sheets in the workbook of an analysis. */
static int sheets_of(const tq_analysis *a, const tq_forest *forest, const tq_workbook_options *opt)
{
    char path[] = "/tmp/test_workbook_XXXXXX", part[64];
    const int fd = mkstemp(path);
    int n = 0;

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(tq_workbook_write(a, forest, opt, path, NULL), TQ_OK);
    content c = read_file(path);

    do {
        snprintf(part, sizeof part, "xl/worksheets/sheet%d.xml", n + 1);
    } while (has_part(c, part) && ++n);
    free(c.bytes);
    remove(path);
    return n;
}

/* The BCG trials as the engine pools them. */
static tq_analysis *pooled_bcg(void)
{
    enum { K = 13 };
    tq_analysis *const a = sample_bcg();
    double yi[K], vi[K];
    const tq_model model = {K, 1, yi, vi, NULL, 1, NULL};
    tq_pool_work *work = tq_pool_work_new(K, 1);

    assert_int_equal(a->k, K);
    for (size_t i = 0; i < K; i++) {
        yi[i] = a->study[i].yi;
        vi[i] = a->study[i].vi;
    }
    a->measure = tq_measure_find("RR");
    a->effects = tq_effect_defaults();
    a->options = tq_pool_defaults();
    a->n_blocks = 0;
    a->fit = tq_pool_new(K, 1);
    assert_int_equal(tq_pool_fit(&model, &a->options, work, a->fit, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        a->study[i].weight = a->fit->weight[i];
    }
    const tq_prediction *p = &a->fit->prediction;

    a->natural =
        (tq_natural){exp(p->pred), exp(p->ci_lb), exp(p->ci_ub), exp(p->pi_lb), exp(p->pi_ub)};
    tq_pool_work_free(work);
    return a;
}

/* Live, REML and Check join where formulas give the figures of the analysis; not where the figures are
   made up, as those of the examples here, and not where formulas were not asked for. */
static void formulas_are_written_where_they_give_the_figures(void **state)
{
    enum { VALUES = 8, FORMULAS = VALUES + 3 }; /* and the iterations of REML */
    tq_analysis *const a = pooled_bcg();
    tq_workbook_options opt = tq_workbook_defaults();
    tq_forest *forest;

    (void)state;
    assert_int_equal(tq_forest_layout(a, NULL, &forest, NULL), TQ_OK);
    assert_int_equal(sheets_of(a, forest, NULL), FORMULAS);
    opt.live = 0;
    assert_int_equal(sheets_of(a, forest, &opt), VALUES);
    a->fit->beta[0] += 1e-6;
    assert_int_equal(sheets_of(a, forest, NULL), VALUES);
    tq_forest_free(forest);
    tq_pool_free(a->fit);
    sample_free(a);
}

static void same_analysis_gives_the_same_bytes_in_any_time_zone(void **state)
{
    (void)state;
    static const char *const zones[] = {"UTC", "Pacific/Kiritimati", "EST5EDT"};
    example *e = example_new(13);
    content first = {NULL, 0};

    lay_out(e);
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        content c = written(e);

        if (i == 0) {
            first = c;
            continue;
        }
        assert_int_equal(c.size, first.size);
        assert_memory_equal(c.bytes, first.bytes, c.size);
        free(c.bytes);
    }
    free(first.bytes);
    unsetenv("TZ");
    example_free(e);
}

static void date_of_the_document_is_the_given_one_or_a_fixed_one(void **state)
{
    (void)state;
    static const char *const bad[] = {NULL, "yesterday", "2024-13-01"};
    example *e = example_new(2);
    content first = {NULL, 0};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e->a.provenance.date = bad[i];
        content c = written(e);

        /* The Provenance sheet shows the text as given; that there is a file is the claim here. */
        assert_memory_equal(c.bytes, "PK\3\4", 4);
        if (i == 0) {
            first = c;
        } else {
            free(c.bytes);
        }
    }
    e->a.provenance.date = NULL;
    content again = written(e);

    assert_int_equal(again.size, first.size);
    assert_memory_equal(again.bytes, first.bytes, first.size);
    free(again.bytes);
    free(first.bytes);
    example_free(e);
}

static void comma_locale_does_not_reach_the_file(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8",
                                          "nl_NL.UTF-8"};
    example *e = example_new(13);
    const char *found = NULL;

    lay_out(e);
    content plain = written(e);

    for (size_t i = 0; !found && i < sizeof locales / sizeof *locales; i++) {
        found = setlocale(LC_ALL, locales[i]);
    }
    if (found) {
        char before[32], after[32];

        snprintf(before, sizeof before, "%.1f", 0.5);
        content c = written(e);

        snprintf(after, sizeof after, "%.1f", 0.5);
        assert_string_equal(after, before);
        assert_int_equal(c.size, plain.size);
        assert_memory_equal(c.bytes, plain.bytes, c.size);
        free(c.bytes);
        setlocale(LC_ALL, "C");
    }
    free(plain.bytes);
    example_free(e);
    if (!found) {
        skip();
    }
}

static void hostile_texts_are_written(void **state)
{
    (void)state;
    enum { LONG = 40000 };
    static char long_label[LONG + 1];
    example *e = example_new(9);

    memset(long_label, 'w', LONG);
    e->study[0].label = "=1+1";
    e->study[1].label = "@SUM(A1) \x01\x0b\x1f tab\there\nline";
    e->study[2].label = long_label;
    e->study[3].label = "a<b&c>\"d\"'";
    e->study[4].label = "not UTF-8: \xff\xc3\x28\xe2\x82 end";
    e->study[5].label = "surrogate \xed\xa0\x80, overlong \xc0\xaf, \xef\xbf\xbf";
    e->study[6].label = "";
    e->study[7].label = NULL;
    e->study[8].label = "\xf0\x9f\xa6\xb4 \xe8\x86\x9d _x0041_";
    e->a.provenance.title = long_label;
    e->a.provenance.command_line = long_label;
    e->a.provenance.group1 = "Arm\twith <tab>\n& more";
    e->a.reading = long_label;
    e->groups.by = "Study";
    e->level[0].name = "=cmd|' /C calc'!A0";
    e->level[1].name = "a<b&c";
    e->warning = long_label;
    lay_out(e);
    assert_workbook(e);
}

static void numbers_that_do_not_exist_are_written(void **state)
{
    (void)state;
    static const double absent[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};

    for (size_t n = 0; n < sizeof absent / sizeof *absent; n++) {
        example *e = example_new(3);
        const double x = absent[n];
        const tq_natural none = {x, x, x, x, x};

        for (size_t i = 0; i < 3; i++) {
            e->study[i].natural = none;
            e->study[i].yi = e->study[i].vi = e->study[i].sei = e->study[i].weight = x;
            e->study[i].ci_lb = e->study[i].ci_ub = x;
            e->events[i] = x;
        }
        e->a.natural = e->natural[0] = e->natural[1] = none;
        e->fit->beta[0] = e->fit->se[0] = e->fit->stat[0] = e->fit->pval[0] = x;
        e->fit->tau2 = e->fit->tau = e->fit->I2 = e->fit->H2 = e->fit->QE = e->fit->QE_df = x;
        e->fit->QE_pval = x;
        e->fit->prediction = (tq_prediction){x, x, x, x, x, x, x};
        e->groups.QB = e->groups.QB_df = e->groups.QB_pval = x;
        lay_out(e);
        assert_workbook(e);
    }
}

static void one_study_and_extreme_values_are_written(void **state)
{
    (void)state;
    example *one = example_new(1), *far = example_new(2);

    one->a.n_blocks = 0;
    lay_out(one);
    assert_workbook(one);
    far->study[0].natural = (tq_natural){1e-300, 1e-305, 1e300, (double)NAN, (double)NAN};
    far->study[1].vi = 1e300;
    far->events[1] = 1e15;
    lay_out(far);
    assert_workbook(far);
}

static void regression_and_two_groupings_are_written(void **state)
{
    (void)state;
    static const char *const terms[] = {"intrcpt", "dose"}, *const at[] = {"dose=40"};
    example *e = example_new(6);
    tq_pool *fit = tq_pool_new(6, 2);
    tq_block blocks[2] = {e->block, e->block};
    tq_prediction predicted = {-0.5, 0.11, -0.7, -0.3, -1.2, 0.2, (double)NAN};

    assert_non_null(fit);
    fill_fit(fit, 6, 2);
    fit->beta[1] = 0.0213;
    fit->se[1] = 0.0087;
    fit->QM = 5.99;
    fit->QM_df1 = 1.0;
    fit->QM_df2 = (double)NAN;
    fit->QM_pval = 0.0144;
    fit->R2 = 41.3;
    e->a.fit = fit;
    e->a.term = terms;
    e->a.natural = natural_of((double)NAN, 0.1);
    e->a.block = blocks;
    e->a.n_blocks = 2;
    e->a.predicted = &predicted;
    e->a.predicted_natural = e->natural;
    e->a.predicted_at = at;
    e->a.n_predicted = 1;
    lay_out(e);
    assert_workbook(e);
    tq_pool_free(fit);
}

static void missing_borrowed_texts_are_left_out(void **state)
{
    (void)state;
    example *e = example_new(4);

    e->a.provenance = (tq_provenance){0};
    e->a.reading = NULL;
    e->a.n_warnings = e->a.n_excluded = e->a.n_raw = 0;
    e->study[1].from = NULL;
    lay_out(e);
    assert_workbook(e);
}

static void path_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    example *e = example_new(2);
    tq_error err = {0};

    assert_int_equal(tq_workbook_write(&e->a, NULL, NULL, "", &err), TQ_EINVAL);
    assert_int_equal(tq_workbook_write(&e->a, NULL, NULL, NULL, NULL), TQ_EINVAL);
    assert_int_equal(tq_workbook_write(&e->a, NULL, NULL, "/nonexistent/x.xlsx", &err), TQ_EWRITE);
    assert_non_null(strstr(err.message, "cannot be created"));
    example_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workbook_is_a_zip_archive_with_a_chart),
        cmocka_unit_test(workbook_without_a_layout_has_no_chart),
        cmocka_unit_test(formulas_are_written_where_they_give_the_figures),
        cmocka_unit_test(same_analysis_gives_the_same_bytes_in_any_time_zone),
        cmocka_unit_test(date_of_the_document_is_the_given_one_or_a_fixed_one),
        cmocka_unit_test(comma_locale_does_not_reach_the_file),
        cmocka_unit_test(hostile_texts_are_written),
        cmocka_unit_test(numbers_that_do_not_exist_are_written),
        cmocka_unit_test(one_study_and_extreme_values_are_written),
        cmocka_unit_test(regression_and_two_groupings_are_written),
        cmocka_unit_test(missing_borrowed_texts_are_left_out),
        cmocka_unit_test(path_that_cannot_be_written_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
