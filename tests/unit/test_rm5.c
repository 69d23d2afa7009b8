/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RevMan: the analyses of a .rm5 file as a table, and RevMan Web's columns by our names. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/csv.h"
#include "frame/rm5.h"
#include "support/sheets.h"

#define HEADER \
    "comparison_no|comparison|outcome_no|outcome|subgroup_no|subgroup|study|year|type|measure|ai|" \
    "n1i|ci|n2i|m1i|sd1i|m2i|sd2i|yi|sei|oe|ve"

#define REVIEW(studies, analyses) \
    "<?xml version='1.0' " \
    "encoding='UTF-8'?>\n<COCHRANE_REVIEW><STUDIES_AND_REFERENCES><STUDIES>" studies \
    "</STUDIES></STUDIES_AND_REFERENCES><ANALYSES_AND_DATA>\n" analyses \
    "</ANALYSES_AND_DATA></COCHRANE_REVIEW>"

#define VEGA "<STUDY ID='STD-Vega' NAME='Vega 2015' YEAR='2015.'/>"
#define LAMO "<STUDY ID='STD-Lamo' NAME='Lamo-Espinosa 2016' YEAR='2016'/>"

static void check(const char *text, const char *want)
{
    tq_table *t = NULL;
    tq_error err;

    if (tq_rm5_parse(text, strlen(text), "knee.rm5", '.', &t, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    sheet_check(t, want);
}

static void refuse(const char *text, tq_status status, const char *message)
{
    tq_table *t = NULL;
    tq_error err = {0};

    assert_int_equal(tq_rm5_parse(text, strlen(text), "knee.rm5", '.', &t, &err), status);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee.rm5");
    assert_null(t);
    assert_int_equal(tq_rm5_parse(text, strlen(text), "knee.rm5", '.', &t, NULL), status);
}

static void subgroups_of_counts_become_rows(void **state)
{
    (void)state;
    check(
        REVIEW(VEGA LAMO, "<COMPARISON NO='1'><NAME>Cells <B>versus</B> acid</NAME>"
                          "<DICH_OUTCOME NO='2' EFFECT_MEASURE='RR'><NAME>Responders</NAME>"
                          "<GROUP_LABEL_1>Cells</GROUP_LABEL_1>"
                          "<DICH_SUBGROUP NO='1'><NAME>Marrow</NAME><DICH_DATA STUDY_ID='STD-Vega' "
                          "EVENTS_1='9' TOTAL_1='15' EVENTS_2='4' TOTAL_2='15'/></DICH_SUBGROUP>"
                          "<DICH_SUBGROUP NO='2'><NAME>Fat</NAME><DICH_DATA STUDY_ID='STD-Lamo' "
                          "EVENTS_1='7' TOTAL_1='20' EVENTS_2='0' TOTAL_2='10'/></DICH_SUBGROUP>"
                          "</DICH_OUTCOME></COMPARISON>"),
        HEADER "/1|Cells versus acid|2|Responders|1|Marrow|Vega 2015|2015|DICH|RR|9|15|4|15||||||||"
               "/1|Cells versus acid|2|Responders|2|Fat|Lamo-Espinosa 2016|2016|DICH|RR|7|20|0|10"
               "||||||||");
}

static void means_without_subgroups_become_rows(void **state)
{
    (void)state;
    check(REVIEW(VEGA, "<COMPARISON NO='3'><NAME>C</NAME><CONT_OUTCOME NO='1' EFFECT_MEASURE='MD'>"
                       "<NAME>VAS</NAME><CONT_DATA STUDY_ID='STD-Vega' MEAN_1='-21.75' SD_1='18.5' "
                       "TOTAL_1='15' MEAN_2='-8.4' SD_2='20.125' TOTAL_2='16'/></CONT_OUTCOME>"
                       "</COMPARISON>"),
          HEADER "/3|C|1|VAS|||Vega 2015|2015|CONT|MD||15||16|-21.75|18.5|-8.4|20.125||||");
}

/* EFFECT_SIZE is natural, LOG_EFFECT_SIZE has base 10, ESTIMATE is what was entered. */
static void estimates_are_on_the_scale_they_were_entered_on(void **state)
{
    (void)state;
    check(REVIEW(VEGA,
                 "<COMPARISON NO='1'><NAME>C</NAME>"
                 "<IV_OUTCOME NO='1' LOG_DATA='YES'><NAME>A</NAME>"
                 "<EFFECT_MEASURE>Hazard Ratio</EFFECT_MEASURE>"
                 "<IV_DATA STUDY_ID='STD-Vega' ESTIMATE='-0.418' SE='0.21' EFFECT_SIZE='0.658' "
                 "LOG_EFFECT_SIZE='-0.1815' TOTAL_1='0' TOTAL_2='0'/>"
                 "<IV_DATA STUDY_ID='STD-Vega' SE='0.21' EFFECT_SIZE='1' TOTAL_1='8'/>"
                 "</IV_OUTCOME><IV_OUTCOME NO='2' LOG_DATA='NO'><NAME>B</NAME>"
                 "<IV_DATA STUDY_ID='STD-Vega' SE='0.5' EFFECT_SIZE='2.385'/>"
                 "<IV_DATA STUDY_ID='STD-Vega' SE='0' EFFECT_SIZE='0' ESTIMABLE='NO'/>"
                 "</IV_OUTCOME></COMPARISON>"),
          HEADER "/1|C|1|A|||Vega 2015|2015|IV|Hazard Ratio|||||||||-0.418|0.21||"
                 "/1|C|1|A|||Vega 2015|2015|IV|Hazard Ratio||8|||||||0|0.21||"
                 "/1|C|2|B|||Vega 2015|2015|IV||||||||||2.385|0.5||"
                 "/1|C|2|B|||Vega 2015|2015|IV|||||||||||||");
}

static void observed_minus_expected_is_read_with_its_variance(void **state)
{
    (void)state;
    check(REVIEW(VEGA, "<COMPARISON NO='1'><NAME>C</NAME><IPD_OUTCOME NO='1'><NAME>D</NAME>"
                       "<EFFECT_MEASURE>Peto OR</EFFECT_MEASURE>"
                       "<IPD_DATA STUDY_ID='STD-Vega' EVENTS_1='3' TOTAL_1='20' EVENTS_2='6' "
                       "TOTAL_2='21' O_E='-1.39' VAR='1.85'/></IPD_OUTCOME></COMPARISON>"),
          HEADER "/1|C|1|D|||Vega 2015|2015|IPD|Peto OR|3|20|6|21|||||||-1.39|1.85");
}

/* RevMan stores 0 where nothing was entered. */
static void blanks_stored_as_zero_become_empty(void **state)
{
    (void)state;
    check(REVIEW(VEGA, "<COMPARISON NO='1'><NAME>C</NAME><CONT_OUTCOME NO='1'><NAME>A</NAME>"
                       "<CONT_DATA STUDY_ID='STD-Vega' ESTIMABLE='NO' MEAN_1='-2' SD_1='0' "
                       "TOTAL_1='15' MEAN_2='0' SD_2='0' TOTAL_2='0'/></CONT_OUTCOME>"
                       "<DICH_OUTCOME NO='2'><NAME>B</NAME><DICH_DATA STUDY_ID='STD-Vega' "
                       "ESTIMABLE='NO' EVENTS_1='0' TOTAL_1='15' EVENTS_2='0' TOTAL_2='0'/>"
                       "</DICH_OUTCOME></COMPARISON>"),
          HEADER "/1|C|1|A|||Vega 2015|2015|CONT|||15|||-2|||||||"
                 "/1|C|2|B|||Vega 2015|2015|DICH||0|15||||||||||");
}

static void a_study_that_is_not_listed_is_called_by_its_id(void **state)
{
    (void)state;
    check(REVIEW("", "<COMPARISON NO='1'><NAME>C</NAME><DICH_OUTCOME NO='1'><NAME>A</NAME>"
                     "<DICH_DATA STUDY_ID='STD-Vega' EVENTS_1='1' TOTAL_1='2' EVENTS_2='1' "
                     "TOTAL_2='2'/></DICH_OUTCOME></COMPARISON>"),
          HEADER "/1|C|1|A|||STD-Vega||DICH||1|2|1|2||||||||");
}

static void what_is_no_review_is_refused(void **state)
{
    (void)state;
    refuse("study,yi\n", TQ_EREAD, "damaged: line 1 of the file is no valid XML (syntax error)");
    refuse("<html/>", TQ_EREAD, "not a review of RevMan 5");
    refuse(REVIEW(VEGA, ""), TQ_EDATA, "the review has no study data");
    refuse("<!DOCTYPE a [<!ENTITY b 'c'>]><COCHRANE_REVIEW>&b;</COCHRANE_REVIEW>", TQ_EREAD,
           "the file has a document type declaration, which is not allowed here");
    refuse("<COCHRANE_REVIEW><STUDY>", TQ_EREAD,
           "damaged: line 1 of the file is no valid XML (no element found)");
}

static void columns_of_revman_web_answer_to_our_names(void **state)
{
    static const char text[] =
        "Analysis group,Analysis number,Analysis name,Subgroup,Study,Study year,GIV Mean,GIV SE,"
        "CI start,CI end,Experimental cases,Experimental N,Control cases,Control N\n"
        "1,1,Pain,,Vega 2015,2015,,,0.4,0.9,9,15,4,16\n";
    static const struct {
        const char *name;
        size_t column;
    } wanted[] = {{"ai", 10}, {"n1i", 11}, {"ci", 12},   {"n2i", 13},     {"yi", 6},
                  {"sei", 7}, {"year", 5}, {"study", 4}, {"subgroup", 3}, {"Experimental N", 11}};
    tq_table *t = NULL;

    (void)state;
    assert_int_equal(tq_csv_parse(text, sizeof text - 1, "rows.csv", NULL, &t, NULL), TQ_OK);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_int_equal(tq_table_find(t, wanted[i].name), wanted[i].column);
    }
    assert_string_equal(tq_table_name(t, 10), "Experimental cases");
    assert_int_equal(tq_table_find(t, "ci-lb"), TQ_NO_COLUMN);
    tq_table_free(t);
}

static void our_names_are_left_to_columns_that_have_them(void **state)
{
    static const char text[] = "Analysis group,Analysis number,Study,ai,Experimental cases\n"
                               "1,1,a,2,3\n";
    static const char other[] = "Study,Experimental cases\na,3\n";
    tq_table *t = NULL;

    (void)state;
    assert_int_equal(tq_csv_parse(text, sizeof text - 1, "x", NULL, &t, NULL), TQ_OK);
    assert_int_equal(tq_table_find(t, "ai"), 3);
    tq_table_free(t);
    assert_int_equal(tq_csv_parse(other, sizeof other - 1, "x", NULL, &t, NULL), TQ_OK);
    assert_int_equal(tq_table_find(t, "ai"), TQ_NO_COLUMN);
    tq_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subgroups_of_counts_become_rows),
        cmocka_unit_test(means_without_subgroups_become_rows),
        cmocka_unit_test(estimates_are_on_the_scale_they_were_entered_on),
        cmocka_unit_test(observed_minus_expected_is_read_with_its_variance),
        cmocka_unit_test(blanks_stored_as_zero_become_empty),
        cmocka_unit_test(a_study_that_is_not_listed_is_called_by_its_id),
        cmocka_unit_test(what_is_no_review_is_refused),
        cmocka_unit_test(columns_of_revman_web_answer_to_our_names),
        cmocka_unit_test(our_names_are_left_to_columns_that_have_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
