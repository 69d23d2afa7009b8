/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starter plans: what a sheet holds is found, and the plan can be read. */
#include "support/near.h"

#include <string.h>

#include "frame/csv.h"
#include "report/plan/plan.h"
#include "report/plan/plan_start.h"

static const tq_yaml_key options[] = {
    {"measure", TQ_YAML_IS_TEXT, 0, NULL}, {"method", TQ_YAML_IS_TEXT, 0, NULL},
    {"test", TQ_YAML_IS_TEXT, 0, NULL},    {"slab", TQ_YAML_IS_TEXT, 0, NULL},
    {"ai", TQ_YAML_IS_TEXT, 0, NULL},      {"ci", TQ_YAML_IS_TEXT, 0, NULL},
    {"n1i", TQ_YAML_IS_TEXT, 0, NULL},     {"n2i", TQ_YAML_IS_TEXT, 0, NULL},
    {"m1i", TQ_YAML_IS_TEXT, 0, NULL},     {"m2i", TQ_YAML_IS_TEXT, 0, NULL},
    {"sd1i", TQ_YAML_IS_TEXT, 0, NULL},    {"sd2i", TQ_YAML_IS_TEXT, 0, NULL},
    {"ni", TQ_YAML_IS_TEXT, 0, NULL},      {"ri", TQ_YAML_IS_TEXT, 0, NULL},
    {"yi", TQ_YAML_IS_TEXT, 0, NULL},      {"vi", TQ_YAML_IS_TEXT, 0, NULL},
    {"random", TQ_YAML_IS_TEXTS, 0, NULL}, {"v-cluster", TQ_YAML_IS_TEXT, 0, NULL},
    {"v-time", TQ_YAML_IS_TEXT, 0, NULL},  {"rho", TQ_YAML_IS_TEXTS, 0, NULL},
    {"phi", TQ_YAML_IS_TEXT, 0, NULL},     {"cluster", TQ_YAML_IS_TEXT, 0, NULL},
    {"dfs", TQ_YAML_IS_TEXT, 0, NULL},     {NULL, 0, 0, NULL},
};

/* The plan of a sheet, read again. */
static tq_plan *start(const char *text)
{
    tq_buffer out = {0};
    tq_table *table = NULL;
    tq_plan *plan = NULL;
    tq_error err;

    assert_int_equal(tq_csv_parse(text, strlen(text), "trials.csv", NULL, &table, NULL), TQ_OK);
    assert_int_equal(tq_plan_start(table, "trials.csv", &out, &err), TQ_OK);
    if (tq_plan_parse(out.data, out.size, "plan.yaml", options, &plan, &err) != TQ_OK) {
        fail_msg("line %zu: %s\n%s", err.line, err.message, out.data);
    }
    tq_buffer_free(&out);
    tq_table_free(table);
    return plan;
}

static const char *option(const tq_plan_analysis *a, const char *name)
{
    for (size_t i = 0; i < a->n_options; i++) {
        if (strcmp(a->option[i].name, name) == 0) {
            return a->option[i].value;
        }
    }
    return "";
}

static void outcomes_and_visits_become_analyses(void **state)
{
    tq_plan *p = start("Trial,outcome,months,arm n,n1,mean1,sd1,n2,mean2,sd2,source\n"
                       "Vega,pain,12,x,20,3.1,1.2,21,4.2,1.3,BM\n"
                       "Ross,pain,3,x,20,3.3,1.2,21,4.1,1.3,AD\n"
                       "Lee,\"O'Neil \"\"gait\"\"\",12,x,20,3.1,1.2,21,4.2,1.3,BM\n"
                       "Ito,stairs,12,x,20,3.1,,21,4.2,1.3,BM\n");

    (void)state;
    assert_int_equal(p->n, 4); /* two outcomes with all columns, two visits */
    assert_string_equal(p->analysis[0].id, "all-1-pain-3");
    assert_string_equal(p->analysis[3].id, "all-2-o-neil-gait-12");
    assert_string_equal(p->analysis[3].subset, "outcome == 'O''Neil \"gait\"' & months == 12");
    assert_string_equal(option(&p->analysis[0], "measure"), "SMD");
    assert_string_equal(option(&p->analysis[0], "sd2i"), "sd2");
    assert_string_equal(option(&p->analysis[0], "slab"), "Trial");
    assert_string_equal(p->analysis[0].data, "trials.csv");
    assert_int_equal(p->analysis[0].subgroups.n, 1);
    assert_string_equal(p->analysis[0].subgroups.item[0].name, "source");
    tq_plan_free(p);
}

static void the_measure_with_most_rows_is_taken(void **state)
{
    tq_plan *p = start("study,ai,n1i,ci,n2i,m1i,sd1i,m2i,sd2i\nVega,3,20,4,20,1,1,1,1\n"
                       "Ross,3,20,4,20,,,,\n");
    tq_plan *q = start("study,n,mean_pre,sd_pre,mean_post,sd_post\nVega,30,6.1,1.2,3.2,1.4\n");

    (void)state;
    assert_int_equal(p->n, 1);
    assert_string_equal(p->analysis[0].id, "all");
    assert_string_equal(option(&p->analysis[0], "measure"), "OR");
    assert_string_equal(option(&q->analysis[0], "measure"), "MC");
    assert_string_equal(option(&q->analysis[0], "ri"), "=0.5");
    tq_plan_free(p);
    tq_plan_free(q);
}

/* Two visits of one trial: an analysis of all rows, within each outcome. */
static void repeated_rows_are_analysed_with_their_dependence(void **state)
{
    tq_plan *p =
        start("study,outcome,months,yi,vi\nVega,pain,3,0.385,0.0412\nVega,pain,6,0.127,0.0531\n"
              "Ross,pain,3,0.218,0.0277\nRoss,gait,3,0.118,0.0377\n");
    const tq_plan_analysis *last = &p->analysis[p->n - 1];

    (void)state;
    assert_int_equal(p->n, 6); /* two outcomes at two visits, and both outcomes with all */
    assert_string_equal(last->id, "dependent-2-gait");
    assert_string_equal(last->subset, "outcome == 'gait'");
    assert_string_equal(option(last, "random"), "~ 1 | study/months");
    assert_string_equal(option(last, "v-time"), "months");
    assert_string_equal(option(last, "phi"), "0.9");
    assert_string_equal(option(last, "cluster"), "study");
    assert_string_equal(last->beside.item[0].name, "every row a study of its own");
    assert_string_equal(tq_yaml_text(last->beside.item[0].value, "random", ""), "none");
    assert_null(p->analysis[0].note); /* one row of a study at each visit */
    tq_plan_free(p);
}

/* An analysis that counts rows of one study as studies says so in its report. */
static void rows_that_count_as_studies_are_noted(void **state)
{
    tq_plan *p = start("study,yi,vi\nVega,0.385,0.0412\nVega,0.127,0.0531\nRoss,0.2,0.1\n");
    tq_plan *arms = start("study,outcome,months,yi,vi\nVega,pain,3,0.385,0.0412\n"
                          "Vega,pain,3,0.127,0.0531\nRoss,pain,6,0.218,0.0277\n");

    (void)state;
    assert_string_equal(p->analysis[0].id, "all");
    assert_non_null(p->analysis[0].note);
    assert_non_null(strstr(p->analysis[0].note, "several rows of one study"));
    assert_null(p->analysis[1].note);
    assert_string_equal(arms->analysis[1].id, "all-1-pain-6");
    assert_non_null(arms->analysis[1].note);
    tq_plan_free(p);
    tq_plan_free(arms);
}

/* What tells rows apart may be another column, with a name that needs marks, or none. */
static void rows_are_told_apart_by_what_is_there(void **state)
{
    tq_plan *p = start("study,yi,vi,the arm\nVega,0.385,0.0412,low\nVega,0.127,0.0531,high\n");
    tq_plan *q = start("study,yi,vi\nVega,0.385,0.0412\nVega,0.127,0.0531\nRoss,0.2,0.1\n");

    (void)state;
    assert_int_equal(p->n, 2);
    assert_string_equal(p->analysis[1].id, "dependent");
    assert_string_equal(option(&p->analysis[1], "random"), "~ 1 | study/`the arm`");
    assert_string_equal(option(&p->analysis[1], "rho"), "0.6");
    assert_string_equal(option(&q->analysis[1], "random"), "~ 1 | study");
    tq_plan_free(p);
    tq_plan_free(q);
}

/* A formula cannot say a name that holds a grave accent. */
static void names_that_formulas_cannot_say_are_passed_over(void **state)
{
    tq_plan *p = start("study,yi,vi,the `arm`,dose\nVega,0.385,0.0412,low,1\n"
                       "Vega,0.127,0.0531,high,2\n");
    tq_plan *q = start("study `x`,yi,vi\nVega,0.385,0.0412\nVega,0.127,0.0531\n");

    (void)state;
    assert_string_equal(option(&p->analysis[1], "random"), "~ 1 | study/dose");
    assert_int_equal(q->n, 1);
    tq_plan_free(p);
    tq_plan_free(q);
}

/* Two papers of one name and different years: the model takes them for one, and the plan says so. */
static void one_name_of_several_studies_is_told(void **state)
{
    static const char *const sheets[] = {
        "study,year,yi,vi\nRoss,2001,0.2,0.04\nRoss,2005,0.3,0.03\n"
        "Vega,1999,0.1,0.02\nVega,1999,0.4,0.05\n",
        "study,year,yi,vi\nRoss,2001,0.2,0.04\nVega,1999,0.1,0.02\nVega,1999,0.4,0.05\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        tq_buffer out = {0};
        tq_table *table = NULL;

        assert_int_equal(tq_csv_parse(sheets[i], strlen(sheets[i]), "t.csv", NULL, &table, NULL),
                         TQ_OK);
        assert_int_equal(tq_plan_start(table, "t.csv", &out, NULL), TQ_OK);
        assert_non_null(strstr(out.data, "random: \"~ 1 | study"));
        assert_non_null(strstr(out.data, "# A column that numbers the rows of a study"));
        assert_int_equal(strstr(out.data, "Rows of one name count as one study") != NULL, i == 0);
        tq_buffer_free(&out);
        tq_table_free(table);
    }
}

/* One row each, one of each outcome, or one of each year: nothing repeats. */
static void other_rows_are_no_repeats(void **state)
{
    static const char *const sheets[] = {
        "study,yi,vi\nVega,0.385,0.0412\nRoss,0.127,0.0531\n",
        "study,outcome,yi,vi\nVega,pain,0.385,0.0412\nVega,gait,0.127,0.0531\n",
        "study,year,yi,vi\nVega,1999,0.385,0.0412\nVega,2003,0.127,0.0531\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        tq_plan *p = start(sheets[i]);

        assert_null(strstr(p->analysis[p->n - 1].id, "dependent"));
        tq_plan_free(p);
    }
}

static void sheets_without_a_measure_are_refused(void **state)
{
    static const char text[] = "study,x,y\nVega,1,2\n";
    tq_buffer out = {0};
    tq_table *table = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_csv_parse(text, sizeof text - 1, "trials.csv", NULL, &table, NULL), TQ_OK);
    assert_int_equal(tq_plan_start(table, "trials.csv", &out, &err), TQ_EDATA);
    assert_string_equal(err.file, "trials.csv");
    assert_int_equal(out.size, 0);
    tq_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_and_visits_become_analyses),
        cmocka_unit_test(the_measure_with_most_rows_is_taken),
        cmocka_unit_test(repeated_rows_are_analysed_with_their_dependence),
        cmocka_unit_test(rows_that_count_as_studies_are_noted),
        cmocka_unit_test(names_that_formulas_cannot_say_are_passed_over),
        cmocka_unit_test(one_name_of_several_studies_is_told),
        cmocka_unit_test(rows_are_told_apart_by_what_is_there),
        cmocka_unit_test(other_rows_are_no_repeats),
        cmocka_unit_test(sheets_without_a_measure_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
