/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks of a sheet: clean sheets stay quiet, and every planted error is found at its row. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "frame/audit.h"
#include "frame/audit_internal.h"
#include "frame/csv.h"

/* Two clean sheets, made up: the header, and then one row a trial, or one row an arm. */
static const char *const trials[][20] = {
    {"study",   "outcome",  "scale_min", "scale_max", "direction", "followup_months", "n1",
     "mean1",   "sd1",      "n2",        "mean2",     "sd2",       "events1",         "events2",
     "measure", "estimate", "ci_lb",     "ci_ub",     "p",         "registry_id"},
    {"Vega 2008", "pain VAS", "0",      "100",   "lower better", "12",       "44",
     "30.7",      "21.7",     "42",     "45.3",  "16.7",         "7",        "3",
     "MD",        "-14.60",   "-22.76", "-6.44", "<.001",        "NCT004100"},
    {"Orozco 2009", "pain VAS", "0",      "100",   "lower better", "12",       "56",
     "30.3",        "16.5",     "54",     "41.4",  "16.6",         "6",        "3",
     "MD",          "-11.10",   "-17.29", "-4.91", "<.001",        "NCT004137"},
    {"Okafor 2010", "pain VAS", "0",      "100",   "lower better", "12",       "60",
     "42.1",        "20.1",     "57",     "51.4",  "16.4",         "7",        "6",
     "MD",          "-9.30",    "-15.93", "-2.67", "0.006",        "NCT004174"},
    {"Lindqvist 2011",
     "pain VAS",
     "0",
     "100",
     "lower better",
     "12",
     "27",
     "34.2",
     "18.0",
     "25",
     "41.5",
     "17.0",
     "3",
     "7",
     "MD",
     "-7.30",
     "-16.81",
     "2.21",
     "0.133",
     "NCT004211"},
    {"Tanaka 2012", "pain VAS", "0",      "100",   "lower better", "12",       "43",
     "36.6",        "20.1",     "44",     "50.0",  "20.5",         "5",        "3",
     "MD",          "-13.40",   "-21.93", "-4.87", "0.002",        "NCT004248"},
    {"Moreau 2013", "pain VAS", "0",      "100",   "lower better", "12",       "59",
     "27.2",        "17.4",     "61",     "41.7",  "20.8",         "6",        "9",
     "MD",          "-14.50",   "-21.35", "-7.65", "<.001",        "NCT004285"},
    {"Castillo 2014",
     "pain VAS",
     "0",
     "100",
     "lower better",
     "12",
     "44",
     "36.5",
     "18.1",
     "44",
     "47.4",
     "21.6",
     "8",
     "9",
     "MD",
     "-10.90",
     "-19.23",
     "-2.57",
     "0.010",
     "NCT004322"},
    {"Novak 2015", "pain VAS", "0",      "100",   "lower better", "12",       "39",
     "37.0",       "22.1",     "36",     "47.3",  "21.1",         "5",        "7",
     "MD",         "-10.30",   "-20.08", "-0.52", "0.039",        "NCT004359"},
    {"Haddad 2016", "pain VAS", "0",      "100",   "lower better", "12",       "28",
     "33.1",        "18.4",     "25",     "46.6",  "22.5",         "6",        "3",
     "MD",          "-13.50",   "-24.65", "-2.35", "0.018",        "NCT004396"},
    {"Brennan 2017", "pain VAS", "0",      "100",   "lower better", "12",       "66",
     "39.6",         "22.1",     "63",     "49.4",  "18.2",         "8",        "5",
     "MD",           "-9.80",    "-16.77", "-2.83", "0.006",        "NCT004433"},
    {"Fischer 2018", "pain VAS", "0",      "100",   "lower better", "12",       "62",
     "36.5",         "21.9",     "62",     "47.4",  "22.6",         "6",        "8",
     "MD",           "-10.90",   "-18.73", "-3.07", "0.006",        "NCT004470"},
    {"Duarte 2019", "pain VAS", "0",      "100",   "lower better", "12",       "66",
     "33.0",        "20.5",     "63",     "41.7",  "23.0",         "6",        "5",
     "MD",          "-8.70",    "-16.23", "-1.17", "0.024",        "NCT004507"},
};

static const char *const arms[][17] = {
    {"study", "outcome", "scale_min", "scale_max", "items", "arm", "followup", "n", "mean_pre",
     "sd_pre", "mean_post", "sd_post", "change_mean", "change_sd", "change_lo", "change_hi",
     "note"},
    {"Ito 2011", "pain NRS", "0", "10", "1", "drug", "3", "35", "6.80", "1.97", "3.17", "2.31",
     "-3.63", "2.37", "-4.45", "-2.81", "-"},
    {"Ito 2011", "pain NRS", "0", "10", "1", "placebo", "3", "21", "6.76", "2.14", "4.62", "2.69",
     "-2.14", "2.69", "-3.35", "-0.94", "-"},
    {"Keller 2012", "pain NRS", "0", "10", "1", "drug", "3", "40", "5.97", "2.18", "2.52", "2.10",
     "-3.45", "2.34", "-4.21", "-2.69", "-"},
    {"Keller 2012", "pain NRS", "0", "10", "1", "placebo", "3", "47", "6.00", "2.14", "4.43",
     "2.22", "-1.57", "2.39", "-2.29", "-0.86", "-"},
    {"Rossi 2013", "pain NRS", "0", "10", "1", "drug", "3", "36", "6.81", "2.24", "2.72", "2.06",
     "-4.08", "2.37", "-4.89", "-3.27", "-"},
    {"Rossi 2013", "pain NRS", "0", "10", "1", "placebo", "3", "25", "6.12", "1.99", "4.32", "1.89",
     "-1.80", "2.12", "-2.67", "-0.93", "-"},
    {"Dubois 2014", "pain NRS", "0", "10", "1", "drug", "3", "21", "6.81", "2.98", "3.00", "2.21",
     "-3.81", "2.93", "-5.12", "-2.50", "-"},
    {"Dubois 2014", "pain NRS", "0", "10", "1", "placebo", "3", "30", "6.53", "2.10", "4.33",
     "2.72", "-2.20", "2.70", "-3.21", "-1.19", "-"},
    {"Silva 2015", "pain NRS", "0", "10", "1", "drug", "3", "25", "6.52", "1.85", "3.20", "2.12",
     "-3.32", "2.19", "-4.22", "-2.42", "-"},
    {"Silva 2015", "pain NRS", "0", "10", "1", "placebo", "3", "34", "5.85", "2.50", "4.24", "2.54",
     "-1.62", "2.76", "-2.59", "-0.65", "-"},
    {"Larsen 2016", "pain NRS", "0", "10", "1", "drug", "3", "46", "6.24", "2.35", "2.50", "2.01",
     "-3.74", "2.41", "-4.47", "-3.01", "-"},
    {"Larsen 2016", "pain NRS", "0", "10", "1", "placebo", "3", "48", "6.75", "2.28", "4.90",
     "2.53", "-1.85", "2.64", "-2.64", "-1.07", "-"},
};

enum { TRIALS = 12, TRIAL_COLUMNS = 20, ARMS = 12, ARM_COLUMNS = 17, MOST_EDITS = 12 };

/* A cell to overwrite: data row from 1, column, value. Row ROWS + 1 starts as a copy of `copy`. */
struct edit {
    size_t row;
    const char *column, *value;
};

struct sheet {
    size_t rows, columns;
    const char *const *cell; /* [rows + 1][columns] */
};

static const struct sheet trial_sheet = {TRIALS, TRIAL_COLUMNS, trials[0]};
static const struct sheet arm_sheet = {ARMS, ARM_COLUMNS, arms[0]};

static const char *cell_of(const struct sheet *s, size_t copy, size_t row, size_t column,
                           const struct edit *edits)
{
    for (size_t e = 0; e < MOST_EDITS && edits && edits[e].row > 0; e++) {
        if (edits[e].row == row && strcmp(edits[e].column, s->cell[column]) == 0) {
            return edits[e].value;
        }
    }
    return s->cell[(row > s->rows ? copy : row) * s->columns + column];
}

static tq_table *table_of(const struct sheet *s, size_t copy, const struct edit *edits)
{
    tq_buffer text = {0};
    tq_table *table = NULL;
    tq_error err;

    for (size_t row = 0; row <= s->rows + (copy > 0); row++) {
        for (size_t c = 0; c < s->columns; c++) {
            tq_buffer_format(&text, "%s%s", c ? "," : "", cell_of(s, copy, row, c, edits));
        }
        tq_buffer_text(&text, "\n");
    }
    if (tq_csv_parse(text.data, text.size, "sheet.csv", NULL, &table, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    tq_buffer_free(&text);
    return table;
}

static tq_audit *audit_of(const tq_table *table, const tq_audit_spec *spec)
{
    const tq_audit_spec plain = {0};
    tq_audit *audit = NULL;
    tq_error err;

    if (tq_audit_run(table, spec ? spec : &plain, &audit, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return audit;
}

static void print_findings(const tq_audit *audit)
{
    for (size_t i = 0; i < audit->n; i++) {
        const tq_finding *f = &audit->finding[i];

        print_message("row %zu %s %s: %s: %s\n", f->row, tq_finding_severity_name(f->severity),
                      f->check, f->figures, f->message);
    }
}

static const tq_finding *find(const tq_audit *audit, const char *check, size_t row)
{
    for (size_t i = 0; i < audit->n; i++) {
        if (audit->finding[i].row == row && strcmp(audit->finding[i].check, check) == 0) {
            return &audit->finding[i];
        }
    }
    return NULL;
}

/* ---- clean sheets ---- */

static void clean_sheets_are_quiet(void **state)
{
    const struct sheet *const sheets[] = {&trial_sheet, &arm_sheet};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        tq_table *table = table_of(sheets[k], 0, NULL);
        tq_audit *audit = audit_of(table, NULL);

        print_findings(audit);
        assert_int_equal(audit->n, 0);
        assert_int_equal(audit->rows, 12);
        tq_audit_free(audit);
        tq_table_free(table);
    }
}

/* ---- planted errors ---- */

static const struct {
    const char *what;
    const struct sheet *sheet;
    size_t copy; /* row that is appended again before the edits, or 0 */
    struct edit edits[MOST_EDITS];
    const char *check;
    size_t row;
    tq_finding_severity least;
    const char *says; /* part of the message */
} plants[] = {
    {"a standard error entered as SD",
     &trial_sheet,
     0,
     {{5, "sd1", "3.07"}},
     "se-as-sd",
     5,
     TQ_FINDING_ERROR,
     "times sqrt(n = 43) it is 20.1"},
    {"0-10 among 0-100",
     &trial_sheet,
     0,
     {{3, "mean1", "4.2"}, {3, "sd1", "2.0"}, {3, "mean2", "5.1"}, {3, "sd2", "1.6"}},
     "unit",
     3,
     TQ_FINDING_WARNING,
     "1/10"},
    {"a mean outside the scale",
     &trial_sheet,
     0,
     {{7, "mean2", "474"}},
     "bounds",
     7,
     TQ_FINDING_ERROR,
     "slip of the decimal point"},
    {"an SD beyond the scale",
     &trial_sheet,
     0,
     {{7, "sd2", "216"}},
     "bounds",
     7,
     TQ_FINDING_ERROR,
     "at most"},
    {"more events than people",
     &trial_sheet,
     0,
     {{4, "events1", "33"}},
     "count",
     4,
     TQ_FINDING_ERROR,
     "33% of 27 is 9"},
    {"half an event",
     &trial_sheet,
     0,
     {{4, "events1", "3.5"}},
     "count",
     4,
     TQ_FINDING_WARNING,
     "no whole number"},
    {"a lost minus at a limit",
     &trial_sheet,
     0,
     {{2, "ci_ub", "4.91"}},
     "symmetry",
     2,
     TQ_FINDING_WARNING,
     "(-17.29 to -4.91)"},
    {"a digit of a limit misprinted",
     &trial_sheet,
     0,
     {{2, "ci_lb", "-10.29"}},
     "interval",
     2,
     TQ_FINDING_ERROR,
     "a misprint?"},
    {"limits on the log scale",
     &trial_sheet,
     0,
     {{8, "measure", "OR"},
      {8, "estimate", "0.50"},
      {8, "ci_lb", "-1.20"},
      {8, "ci_ub", "-0.18"},
      {8, "p", ""}},
     "interval",
     8,
     TQ_FINDING_ERROR,
     "limits on the log scale"},
    {"limits in the wrong order",
     &trial_sheet,
     0,
     {{2, "ci_lb", "-4.91"}, {2, "ci_ub", "-17.29"}},
     "interval",
     2,
     TQ_FINDING_ERROR,
     "limits swapped"},
    {"a slip of a p-value",
     &trial_sheet,
     0,
     {{3, "p", "0.06"}},
     "p-value",
     3,
     TQ_FINDING_ERROR,
     "z = 2.75"},
    {"a ratio called a difference",
     &trial_sheet,
     0,
     {{10, "estimate", "0.60"}, {10, "ci_lb", "0.36"}, {10, "ci_ub", "1.00"}, {10, "p", ""}},
     "symmetry",
     10,
     TQ_FINDING_ERROR,
     "is it a ratio?"},
    {"a turned effect",
     &trial_sheet,
     0,
     {{6, "estimate", "14.50"}, {6, "ci_lb", "7.65"}, {6, "ci_ub", "21.35"}},
     "sign",
     6,
     TQ_FINDING_WARNING,
     "arms swapped"},
    {"swapped arms",
     &trial_sheet,
     0,
     {{6, "mean1", "41.7"}, {6, "sd1", "20.8"}, {6, "mean2", "27.2"}, {6, "sd2", "17.4"}},
     "estimate",
     6,
     TQ_FINDING_WARNING,
     "arms swapped"},
    {"a row entered twice",
     &trial_sheet,
     4,
     {{0}},
     "repeated",
     13,
     TQ_FINDING_ERROR,
     "repeats row 4"},
    {"a sum below the trials",
     &trial_sheet,
     0,
     {{12, "study", "TOTAL (95% CI)"}},
     "repeated",
     12,
     TQ_FINDING_WARNING,
     "that of a sum"},
    {"a trial under a second label",
     &trial_sheet,
     5,
     {{13, "study", "Tanaka 2014"}, {13, "registry_id", ""}},
     "same-trial",
     13,
     TQ_FINDING_WARNING,
     "Tanaka 2012"},
    {"the same figures in another study",
     &trial_sheet,
     5,
     {{13, "study", "Ueda 2014"}, {13, "registry_id", ""}},
     "repeated",
     13,
     TQ_FINDING_WARNING,
     "Tanaka 2012 (row 5)"},
    {"two labels, one registration",
     &trial_sheet,
     0,
     {{9, "registry_id", "NCT004100"}},
     "same-trial",
     9,
     TQ_FINDING_WARNING,
     "Vega 2008"},
    {"a congress report",
     &trial_sheet,
     2,
     {{13, "study", "Orozco 2009 (interim analysis)"},
      {13, "n1", "30"},
      {13, "n2", "31"},
      {13, "estimate", ""},
      {13, "mean1", "31.2"},
      {13, "registry_id", ""}},
     "same-trial",
     13,
     TQ_FINDING_WARNING,
     "interim"},
    {"a shared control",
     &trial_sheet,
     1,
     {{13, "n1", "43"},
      {13, "mean1", "33.1"},
      {13, "sd1", "19.4"},
      {13, "events1", "4"},
      {13, "estimate", ""},
      {13, "ci_lb", ""},
      {13, "ci_ub", ""},
      {13, "p", ""}},
     "shared-arm",
     1,
     TQ_FINDING_WARNING,
     "rows 1 and 13"},
    {"a footnote mark",
     &trial_sheet,
     0,
     {{1, "sd2", "16.7*"}},
     "number",
     1,
     TQ_FINDING_ERROR,
     "not a number"},
    {"arms that differ before treatment",
     &trial_sheet,
     0,
     {{8, "followup_months", "0"}, {8, "mean1", "24.1"}, {8, "estimate", ""}},
     "baseline",
     8,
     TQ_FINDING_WARNING,
     "before treatment"},
    {"a mean that whole numbers cannot give",
     &arm_sheet,
     0,
     {{3, "mean_post", "2.51"}},
     "grim",
     3,
     TQ_FINDING_WARNING,
     "100/40 = 2.5 and 101/40"},
    {"an SD that whole numbers cannot give",
     &arm_sheet,
     0,
     {{1, "sd_pre", "1.96"}},
     "grim",
     1,
     TQ_FINDING_WARNING,
     "have mean 6.80"},
    {"a change with the sign of an improvement",
     &arm_sheet,
     0,
     {{2, "change_mean", "2.14"}, {2, "change_lo", "0.94"}, {2, "change_hi", "3.35"}},
     "change",
     2,
     TQ_FINDING_WARNING,
     "before minus after"},
    {"a change that is not the difference",
     &arm_sheet,
     0,
     {{9, "mean_post", "2.20"}},
     "change",
     9,
     TQ_FINDING_WARNING,
     "another visit"},
    {"an SD of change beyond any correlation",
     &arm_sheet,
     0,
     {{5, "change_sd", "7.31"}},
     "change",
     5,
     TQ_FINDING_ERROR,
     "correlation of"},
    {"an interval in the remarks",
     &arm_sheet,
     0,
     {{4, "note", "printed as -1.57 (95% CI -2.29 to -1.86)"}},
     "remark",
     4,
     TQ_FINDING_ERROR,
     "does not contain its estimate -1.57"},
    {"two sides of the same people",
     &arm_sheet,
     0,
     {{7, "arm", "left knee"}, {8, "arm", "right knee"}},
     "paired",
     7,
     TQ_FINDING_WARNING,
     "left and right"},
    {"a standard error among before and after",
     &arm_sheet,
     0,
     {{11, "sd_post", "0.30"}},
     "se-as-sd",
     11,
     TQ_FINDING_ERROR,
     "times sqrt(n = 46)"},
};
enum { PLANTS = sizeof plants / sizeof *plants };

static void planted_errors_are_found_at_their_rows(void **state)
{
    (void)state;
    for (size_t k = 0; k < PLANTS; k++) {
        tq_table *table = table_of(plants[k].sheet, plants[k].copy, plants[k].edits);
        tq_audit *audit = audit_of(table, NULL);
        const tq_finding *f = find(audit, plants[k].check, plants[k].row);

        if (!f || f->severity < plants[k].least || !strstr(f->message, plants[k].says) ||
            f->line != plants[k].row + 1) {
            print_findings(audit);
            fail_msg("%s: not found by %s at row %zu", plants[k].what, plants[k].check,
                     plants[k].row);
        }
        for (size_t i = 0; i < audit->n; i++) {
            if (audit->finding[i].severity == TQ_FINDING_ERROR &&
                audit->finding[i].row != plants[k].row) {
                print_findings(audit);
                fail_msg("%s: an error is raised at row %zu", plants[k].what,
                         audit->finding[i].row);
            }
        }
        tq_audit_free(audit);
        tq_table_free(table);
    }
}

/* In every trial alpha does worst; in two of them the better arm is called placebo. */
static void permuted_labels_are_told(void **state)
{
    struct edit edits[MOST_EDITS] = {
        {2, "arm", "alpha"},  {4, "arm", "alpha"},  {6, "arm", "alpha"},   {8, "arm", "alpha"},
        {10, "arm", "alpha"}, {12, "arm", "alpha"}, {1, "arm", "placebo"}, {7, "arm", "placebo"}};
    tq_table *table = table_of(&arm_sheet, 0, edits);
    const tq_audit_spec spec = {.direction = TQ_DIRECTION_LOWER},
                        other = {.direction = TQ_DIRECTION_HIGHER};
    tq_audit *audit = audit_of(table, NULL);

    (void)state;
    assert_non_null(find(audit, "label", 1));
    assert_int_equal(find(audit, "label", 7)->severity, TQ_FINDING_ERROR);
    assert_non_null(strstr(find(audit, "label", 2)->message, "6 of its 6 trials"));
    tq_audit_free(audit);

    audit = audit_of(table, &spec);
    assert_non_null(find(audit, "label", 7));
    tq_audit_free(audit);
    audit = audit_of(table, &other);
    assert_null(find(audit, "label", 7));
    tq_audit_free(audit);
    tq_table_free(table);
}

/* ---- columns ---- */

static void a_role_can_be_given_to_any_column(void **state)
{
    static const char text[] = "trial,kranke,faelle\nA,20,3\nB,18,25\nC,31,4\n";
    const char *const map[] = {"n=kranke", "events=faelle"};
    const tq_audit_spec spec = {.map = map, .n_map = 2}, plain = {0};
    tq_table *table = NULL;

    (void)state;
    assert_int_equal(tq_csv_parse(text, sizeof text - 1, "s.csv", NULL, &table, NULL), TQ_OK);
    tq_audit *audit = audit_of(table, &plain);

    assert_int_equal(audit->n, 0);
    for (size_t c = 0; c < audit->n_checks; c++) {
        if (strcmp(audit->check[c].name, "count") == 0) {
            assert_string_equal(audit->check[c].wanted, "events and n");
        }
    }
    tq_audit_free(audit);
    audit = audit_of(table, &spec);
    assert_int_equal(audit->n, 1);
    assert_int_equal(audit->finding[0].row, 2);
    assert_string_equal(audit->finding[0].study, "B");
    assert_string_equal(audit->finding[0].figures, "faelle 25, kranke 18");
    tq_audit_free(audit);
    tq_table_free(table);
}

static void refuses(const tq_audit_spec *spec, tq_status want, const char *message)
{
    tq_table *table = table_of(&trial_sheet, 0, NULL);
    tq_audit *audit = NULL;
    tq_error err;

    assert_int_equal(tq_audit_run(table, spec, &audit, &err), want);
    assert_null(audit);
    if (!strstr(err.message, message)) {
        fail_msg("'%s' is not in '%s'", message, err.message);
    }
    tq_table_free(table);
}

static void wrong_roles_and_columns_are_refused(void **state)
{
    (void)state;
    refuses(&(tq_audit_spec){.map = (const char *const[]){"evnts1=events1"}, .n_map = 1}, TQ_EINVAL,
            "did you mean 'events1'");
    refuses(&(tq_audit_spec){.map = (const char *const[]){"n1=n11"}, .n_map = 1}, TQ_EINVAL,
            "no column 'n11'");
    refuses(&(tq_audit_spec){.map = (const char *const[]){"n1"}, .n_map = 1}, TQ_EINVAL,
            "not ROLE=COLUMN");
    refuses(&(tq_audit_spec){.slab = "stduy"}, TQ_EINVAL, "did you mean 'study'");
    refuses(&(tq_audit_spec){.subset = "n1 >"}, TQ_EINVAL, "");
    refuses(&(tq_audit_spec){.subset = "n1 > 5000"}, TQ_EDATA, "no row");
    refuses(&(tq_audit_spec){.integer = "n9 > 1"}, TQ_EINVAL, "n9");
}

static void a_subset_leaves_other_rows_alone(void **state)
{
    struct edit edits[MOST_EDITS] = {{4, "events1", "33"}};
    tq_table *table = table_of(&trial_sheet, 0, edits);
    const tq_audit_spec spec = {.subset = "study != 'Lindqvist 2011'"};
    tq_audit *audit = audit_of(table, &spec);

    (void)state;
    assert_int_equal(audit->rows, 11);
    assert_int_equal(audit->n, 0);
    tq_audit_free(audit);
    tq_table_free(table);
}

static void every_role_and_severity_has_a_name(void **state)
{
    size_t n = 0;

    (void)state;
    for (; tq_audit_role(n); n++) {
        assert_non_null(tq_audit_role_meaning(n));
        for (size_t j = 0; j < n; j++) {
            assert_string_not_equal(tq_audit_role(j), tq_audit_role(n));
        }
    }
    assert_int_equal(n, AUDIT_ROLES);
    assert_null(tq_audit_role_meaning(n));
    assert_string_equal(tq_finding_severity_name(TQ_FINDING_ERROR), "error");
    assert_null(tq_finding_severity_name(TQ_FINDING_COUNT));
    assert_null(tq_direction_name(TQ_DIRECTION_COUNT));
}

/* ---- statistics ---- */

static void usual_is_median_and_scaled_deviation(void **state)
{
    double x[] = {4.5, 1.25, 2.75, 90.5, 3.5};
    const struct audit_usual usual = audit_usual_of(x, 5);

    (void)state;
    assert_near(usual.centre, 3.5, 1e-15);
    assert_near(usual.spread, 1.4826022185056018 * 1.0, 1e-15);
    assert_true(isnan(audit_median(x, 0)));
}

/* Equal distances on both sides say nothing; the sign tells which is likelier. */
static void the_likelihood_ratio_compares_distances(void **state)
{
    const struct audit_usual usual = {1.4, 0.37};

    (void)state;
    assert_near(audit_log_ratio(1.4 - 0.8, 1.6, &usual), 0.0, 1e-14);
    assert_near(audit_log_ratio(1.4 - 1.1, 1.1, &usual), 1.1 * 1.1 / (2.0 * 0.37 * 0.37), 1e-12);
    assert_true(audit_log_ratio(1.4, 1.1, &usual) < 0.0);
}

/* Altman & Bland (2011), BMJ 343:d2304: odds ratio 0.81 (0.70 to 0.94) has z = 2.80, p = 0.005. */
static void a_p_value_follows_from_its_interval(void **state)
{
    const struct audit_interval v = {0.81, 0.70, 0.94, 0.0, 0.0, 0.0};
    double least, most;

    (void)state;
    audit_p_range(&v, SCALE_LOG, &least, &most);
    assert_near(least, 0.005, 5e-4);
    assert_true(most > least);
}

static void symmetry_allows_for_rounding_and_no_more(void **state)
{
    struct audit_interval v = {0.26, 0.08, 0.82, 0.005, 0.005, 0.005};

    (void)state;
    assert_true(audit_symmetric(&v, SCALE_LOG));
    assert_false(audit_symmetric(&v, SCALE_LINEAR));
    v = (struct audit_interval){-1.45, -1.94, -0.96, 0.005, 0.005, 0.005};
    assert_true(audit_symmetric(&v, SCALE_LINEAR));
    assert_false(audit_symmetric(&v, SCALE_LOG));
    v.est = -1.48;
    assert_false(audit_symmetric(&v, SCALE_LINEAR));
    assert_near(audit_skew(&v, SCALE_LINEAR), -0.03 / 0.98, 1e-12);
}

/* With tau2 = 0 the deleted residual has a closed form: the others' weighted mean and variance. */
static void deleted_residuals_match_their_closed_form(void **state)
{
    const double yi[] = {0.31, 0.28, 0.33, 0.29, 0.32}, vi[] = {0.04, 0.09, 0.05, 0.07, 0.11};
    double mu[5], t[5];

    (void)state;
    assert_int_equal(audit_residuals(5, yi, vi, mu, t), TQ_OK);
    for (size_t i = 0; i < 5; i++) {
        double sw = 0.0, swy = 0.0;

        for (size_t j = 0; j < 5; j++) {
            sw += j != i ? 1.0 / vi[j] : 0.0;
            swy += j != i ? yi[j] / vi[j] : 0.0;
        }
        assert_near(mu[i], swy / sw, 1e-10);
        assert_near(t[i], (yi[i] - swy / sw) / sqrt(vi[i] + 1.0 / sw), 1e-10);
    }
}

/* Beyond the exact deletions one tau2 serves all: close to what exact ones give. */
static void many_studies_are_deleted_in_one_pass(void **state)
{
    enum { K = AUDIT_EXACT_DELETIONS + 1 };
    double yi[K], vi[K], mu[K], t[K], exact_mu[K], exact_t[K];

    (void)state;
    for (size_t i = 0; i < K; i++) {
        yi[i] = sin(1.7 * (double)i);
        vi[i] = 0.02 + 0.01 * (double)(i % 7);
    }
    yi[3] = 6.5;
    assert_int_equal(audit_residuals(K, yi, vi, mu, t), TQ_OK);
    assert_int_equal(audit_residuals(K - 1, yi, vi, exact_mu, exact_t), TQ_OK);
    assert_near(mu[40], exact_mu[40], 0.01);
    assert_near(t[40], exact_t[40], 0.05);
    assert_true(t[3] > 5.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_sheets_are_quiet),
        cmocka_unit_test(planted_errors_are_found_at_their_rows),
        cmocka_unit_test(permuted_labels_are_told),
        cmocka_unit_test(a_role_can_be_given_to_any_column),
        cmocka_unit_test(wrong_roles_and_columns_are_refused),
        cmocka_unit_test(a_subset_leaves_other_rows_alone),
        cmocka_unit_test(every_role_and_severity_has_a_name),
        cmocka_unit_test(usual_is_median_and_scaled_deviation),
        cmocka_unit_test(the_likelihood_ratio_compares_distances),
        cmocka_unit_test(a_p_value_follows_from_its_interval),
        cmocka_unit_test(symmetry_allows_for_rounding_and_no_more),
        cmocka_unit_test(deleted_residuals_match_their_closed_form),
        cmocka_unit_test(many_studies_are_deleted_in_one_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
