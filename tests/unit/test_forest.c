/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forest plot's layout: its rows, texts, marks and axis. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/figure/forest.h"
#include "support/sample_analysis.h"

static tq_forest *laid_out(const tq_analysis *a, const tq_forest_options *opt)
{
    tq_forest *forest = NULL;

    assert_non_null(a);
    assert_int_equal(tq_forest_layout(a, opt, &forest, NULL), TQ_OK);
    return forest;
}

static const tq_forest_row *first_of(const tq_forest *f, tq_forest_kind kind)
{
    for (size_t i = 0; i < f->n_rows; i++) {
        if (f->row[i].kind == kind) {
            return &f->row[i];
        }
    }
    return NULL;
}

static const char *cell_of(const tq_forest *f, const tq_forest_row *row, tq_forest_content content)
{
    for (size_t j = 0; j < f->n_columns; j++) {
        if (f->column[j].content == content) {
            return row->cell[j];
        }
    }
    return NULL;
}

static void rows_go_level_by_level_and_end_with_the_whole(void **state)
{
    /* h heading, s study, S subtotal, l level, c cluster, n note, b blank, O overall, P prediction */
    static const char letter[] = {'h', 's', 'S', 'l', 'c', 'O', 'P', 'n', 'b'};
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, NULL);
    char kinds[64] = "";

    (void)state;
    assert_true(f->n_rows < sizeof kinds);
    for (size_t i = 0; i < f->n_rows; i++) {
        kinds[i] = letter[f->row[i].kind];
    }
    assert_string_equal(kinds, "hssSnbhsssssssSnbhssssSnbOPnnn");
    assert_string_equal(f->row[0].cell[0], "Alternate");
    assert_string_equal(f->row[1].cell[0], "Frimodt-Moller et al 1973");
    assert_int_equal(f->row[1].study, 4);
    assert_string_equal(f->row[3].cell[0], "Subtotal (k = 2)");
    assert_int_equal(f->row[7].study, 0); /* sheet order within the level */
    assert_int_equal(f->row[7].level, 1);
    tq_forest_free(f);
    sample_free(a);
}

static void columns_show_the_arms_as_cochrane_does(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_int_equal(f->n_columns, 8);
    assert_int_equal(f->plot_column, 5);
    assert_string_equal(f->column[1].head, "Events");
    assert_string_equal(f->column[1].over, "BCG");
    assert_string_equal(f->column[4].head, "Total");
    assert_string_equal(f->column[4].over, "No vaccine");
    assert_string_equal(f->column[6].head, "Risk ratio [95% CI]");
    assert_null(f->column[6].over);
    tq_forest_free(f);
    sample_free(a);
}

static void texts_show_the_numbers_of_the_analysis(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, NULL);
    const tq_forest_row *const study = &f->row[7], *const pool = first_of(f, TQ_FOREST_OVERALL);

    (void)state;
    assert_string_equal(study->cell[0], "Aronson 1948");
    assert_string_equal(study->cell[1], "4");
    assert_string_equal(study->cell[2], "123");
    assert_string_equal(cell_of(f, study, TQ_FOREST_COL_EFFECT), "0.41 [0.13, 1.26]");
    assert_string_equal(cell_of(f, pool, TQ_FOREST_COL_EFFECT), "0.49 [0.34, 0.70]");
    assert_string_equal(cell_of(f, pool, TQ_FOREST_COL_WEIGHT), "100.0%");
    assert_string_equal(pool->cell[1], ""); /* events are not added up, sample sizes are */
    assert_string_equal(pool->cell[2], "191064");
    assert_string_equal(f->row[f->n_rows - 3].cell[0],
                        "Heterogeneity: τ² = 0.31 (DL), Q = 152.23, df = 12, p < 0.001, I² = 92%");
    assert_string_equal(f->row[f->n_rows - 2].cell[0],
                        "Test for overall effect: z = −4.00, p < 0.001");
    assert_string_equal(f->row[f->n_rows - 1].cell[0],
                        "Test for subgroup differences: Q = 1.86, df = 2, p = 0.395");
    assert_string_equal(f->subtitle, "Risk ratio, random effects (DL), 95% CI");
    tq_forest_free(f);
    sample_free(a);
}

static void marks_stand_on_the_logarithm_of_ratios(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, NULL);
    const tq_forest_row *const pool = first_of(f, TQ_FOREST_OVERALL);
    const tq_forest_row *const prediction = first_of(f, TQ_FOREST_PREDICTION);
    double largest = 0.0;

    (void)state;
    assert_true(f->log_axis);
    assert_near(f->null_value, 0.0, 0.0);
    for (size_t i = 0; i < f->n_rows; i++) {
        if (f->row[i].kind == TQ_FOREST_STUDY) {
            const tq_study *const study = &a->study[f->row[i].study];

            assert_near(f->row[i].est, study->yi, 1e-12);
            assert_near(f->row[i].lo, study->ci_lb, 1e-12);
            assert_near(f->row[i].hi, study->ci_ub, 1e-12);
            largest = fmax(largest, f->row[i].size);
        }
    }
    assert_near(largest, 1.0, 0.0);
    assert_near(pool->est, a->fit->beta[0], 1e-12);
    assert_near(f->pooled, a->fit->beta[0], 1e-12);
    assert_true(isnan(prediction->est));
    assert_near(prediction->lo, log(a->natural.pi_lb), 1e-12);
    tq_forest_free(f);
    sample_free(a);
}

static void squares_have_areas_in_proportion_to_weights(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    for (size_t i = 1; i < f->n_rows; i++) {
        const tq_forest_row *const row = &f->row[i], *const before = row - 1;

        if (row->kind == TQ_FOREST_STUDY && before->kind == TQ_FOREST_STUDY) {
            assert_near(row->size / before->size,
                        a->study[row->study].weight / a->study[before->study].weight, 1e-12);
        }
    }
    tq_forest_free(f);
    sample_free(a);
}

static void a_level_of_one_study_has_no_diamond(void **state)
{
    static const char *const label[] = {"A", "B", "C"}, *const level[] = {"x", "lone", "x"};
    static const double yi[] = {0.31, -0.42, 0.11}, vi[] = {0.031, 0.052, 0.047};
    tq_analysis *const a = sample_analysis(&(sample_data){3, label, yi, vi, level, NULL, 0});
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_string_equal(f->row[0].cell[0], "lone");
    assert_int_equal(f->row[1].kind, TQ_FOREST_STUDY);
    assert_int_equal(f->row[2].kind, TQ_FOREST_NOTE);
    assert_string_equal(f->row[2].cell[0], "Single study, not pooled");
    assert_int_equal(f->row[3].kind, TQ_FOREST_BLANK);
    assert_int_equal(f->row[7].kind, TQ_FOREST_SUBTOTAL);
    tq_forest_free(f);
    sample_free(a);
}

static void studies_without_a_level_come_last_under_their_own_heading(void **state)
{
    static const char *const label[] = {"A", "B", "C"}, *const level[] = {NULL, "x", "x"};
    static const double yi[] = {0.31, -0.42, 0.11}, vi[] = {0.031, 0.052, 0.047};
    tq_analysis *const a = sample_analysis(&(sample_data){3, label, yi, vi, level, NULL, 0});
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_string_equal(f->row[6].cell[0], "Not classified");
    assert_int_equal(f->row[6].kind, TQ_FOREST_HEADING);
    assert_string_equal(f->row[7].cell[0], "A");
    assert_int_equal(f->row[7].level, TQ_NO_LEVEL);
    assert_int_equal(f->row[9].kind, TQ_FOREST_OVERALL);
    tq_forest_free(f);
    sample_free(a);
}

static void subgroups_can_be_left_out(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const f =
        laid_out(a, &(tq_forest_options){.block = TQ_NO_LEVEL, .digits = 3, .digits_given = 1});

    (void)state;
    assert_null(first_of(f, TQ_FOREST_HEADING));
    assert_int_equal(f->n_rows, 13 + 4);
    assert_string_equal(f->row[0].cell[0], "Aronson 1948");
    assert_string_equal(cell_of(f, &f->row[0], TQ_FOREST_COL_EFFECT), "0.411 [0.134, 1.257]");
    tq_forest_free(f);
    sample_free(a);
}

static void zero_digits_must_be_asked_for(void **state)
{
    static const char *const label[] = {"A", "B"};
    static const double yi[] = {12.31, -7.42}, vi[] = {3.1, 5.2};
    tq_analysis *const a = sample_analysis(&(sample_data){2, label, yi, vi, NULL, NULL, 0});
    tq_forest *const f = laid_out(a, &(tq_forest_options){.digits = 0, .digits_given = 1});
    tq_forest *const g = laid_out(a, &(tq_forest_options){.digits = 0});

    (void)state;
    assert_string_equal(cell_of(f, &f->row[1], TQ_FOREST_COL_EFFECT), "−7 [−12, −3]");
    assert_string_equal(cell_of(g, &g->row[1], TQ_FOREST_COL_EFFECT), "−7.42 [−11.89, −2.95]");
    tq_forest_free(g);
    tq_forest_free(f);
    sample_free(a);
}

static void narrow_pools_get_the_decimals_that_show_them(void **state)
{
    static const char *const label[] = {"A", "B"};
    static const double yi[] = {-0.0123, 0.0002}, vi[] = {3.1e-6, 5.2e-6};
    tq_analysis *const a = sample_analysis(&(sample_data){2, label, yi, vi, NULL, NULL, 0});
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_string_equal(cell_of(f, &f->row[0], TQ_FOREST_COL_EFFECT), "−0.012 [−0.016, −0.009]");
    assert_string_equal(cell_of(f, &f->row[1], TQ_FOREST_COL_EFFECT), "0.000 [−0.004, 0.005]");
    assert_non_null(strstr(first_of(f, TQ_FOREST_NOTE)->cell[0], "τ² < 0.0001 (DL), "));
    tq_forest_free(f);
    sample_free(a);
}

static void measures_of_change_name_times_not_arms(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_measure change = *a->measure;

    (void)state;
    change.code = "MC";
    a->measure = &change;
    a->provenance.group1 = a->provenance.group2 = a->provenance.title = NULL;
    tq_forest *const f = laid_out(a, NULL);

    assert_string_equal(f->column[1].over, "After");
    assert_string_equal(f->column[3].over, "Before");
    assert_string_equal(f->title, "Risk ratio");
    assert_string_equal(f->subtitle, "Random effects (DL), 95% CI");
    tq_forest_free(f);
    sample_free(a);
}

static void without_a_null_value_nothing_is_tested(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_measure proportion = *a->measure;

    (void)state;
    proportion.null_value = NAN;
    a->measure = &proportion;
    tq_forest *const f = laid_out(a, &(tq_forest_options){.block = TQ_NO_LEVEL});

    assert_true(isnan(f->null_value));
    assert_int_equal(f->n_rows, 13 + 3);
    tq_forest_free(f);
    sample_free(a);
}

static void one_study_has_a_plot_of_its_own(void **state)
{
    static const char *const label[] = {"Vega 2015"};
    static const double yi[] = {-0.418}, vi[] = {0.0731};
    tq_analysis *const a = sample_analysis(&(sample_data){1, label, yi, vi, NULL, NULL, 1});
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_int_equal(f->row[0].kind, TQ_FOREST_STUDY);
    assert_int_equal(f->row[1].kind, TQ_FOREST_OVERALL);
    assert_string_equal(f->row[2].cell[0], "Heterogeneity: not applicable");
    assert_null(first_of(f, TQ_FOREST_PREDICTION));
    assert_true(isnan(f->pooled)); /* its line would only repeat the square */
    assert_true(f->lo < f->row[0].lo && f->row[0].hi < f->hi);
    tq_forest_free(f);
    sample_free(a);
}

static void equal_effects_have_neither_tau2_nor_prediction(void **state)
{
    tq_analysis *const a = sample_bcg();

    (void)state;
    a->fit->method = TQ_EE;
    a->fit->tau2 = NAN;
    tq_forest *const f = laid_out(a, &(tq_forest_options){.block = TQ_NO_LEVEL});

    assert_null(first_of(f, TQ_FOREST_PREDICTION));
    assert_string_equal(first_of(f, TQ_FOREST_NOTE)->cell[0],
                        "Heterogeneity: Q = 152.23, df = 12, p < 0.001, I² = 92%");
    assert_string_equal(f->subtitle, "Risk ratio, equal effects, 95% CI");
    tq_forest_free(f);
    sample_free(a);
}

static void moderators_leave_no_pooled_effect(void **state)
{
    tq_analysis *const a = sample_bcg();

    (void)state;
    a->fit->p = 2;
    a->fit->QM = 16.357;
    a->fit->QM_df1 = 1.0;
    a->fit->QM_df2 = NAN;
    a->fit->QM_pval = 0.000052;
    tq_forest *const f = laid_out(a, &(tq_forest_options){.block = TQ_NO_LEVEL});

    assert_null(first_of(f, TQ_FOREST_OVERALL));
    assert_true(isnan(f->pooled));
    assert_string_equal(f->row[f->n_rows - 1].cell[0],
                        "Test of moderators: QM = 16.36, df = 1, p < 0.001");
    assert_memory_equal(f->row[f->n_rows - 2].cell[0], "Residual heterogeneity: ", 24);
    tq_forest_free(f);
    sample_free(a);
}

static void t_and_F_tests_show_their_degrees_of_freedom(void **state)
{
    tq_analysis *const a = sample_bcg();

    (void)state;
    a->fit->test = TQ_TEST_KNHA;
    a->fit->df[0] = 12.0;
    a->fit->ci.I2[0] = 81.2;
    a->fit->ci.I2[1] = 97.6;
    a->block->fit->QB_df2 = 10.0;
    tq_forest *const f = laid_out(a, NULL);

    assert_non_null(strstr(f->row[f->n_rows - 3].cell[0], "I² = 92% [81%, 98%]"));
    assert_non_null(strstr(f->row[f->n_rows - 2].cell[0], ": t = "));
    assert_non_null(strstr(f->row[f->n_rows - 2].cell[0], "df = 12, "));
    assert_string_equal(f->row[f->n_rows - 1].cell[0],
                        "Test for subgroup differences: F = 1.86, df = 2 and 10, p = 0.395");
    tq_forest_free(f);
    sample_free(a);
}

static void what_is_not_estimable_has_words_and_no_mark(void **state)
{
    tq_analysis *const a = sample_bcg();

    (void)state;
    a->study[0].natural = (tq_natural){NAN, NAN, NAN, NAN, NAN};
    a->study[1].natural.ci_lb = 0.0;
    a->study[1].natural.ci_ub = INFINITY;
    a->study[2].weight = NAN;
    tq_forest *const f = laid_out(a, &(tq_forest_options){.block = TQ_NO_LEVEL});

    assert_string_equal(cell_of(f, &f->row[0], TQ_FOREST_COL_EFFECT), "Not estimable");
    assert_true(isnan(f->row[0].est) && isnan(f->row[0].lo) && isnan(f->row[0].hi));
    assert_true(f->row[1].lo < f->lo && f->row[1].hi > f->hi && isfinite(f->row[1].hi));
    assert_string_equal(cell_of(f, &f->row[2], TQ_FOREST_COL_WEIGHT), "");
    assert_true(f->row[2].size > 0.0 && f->row[2].size <= 1.0);
    tq_forest_free(f);
    sample_free(a);
}

/* Between 3 and 7 ticks, inside, increasing, told apart, labels with room between them. */
static void check_axis(const tq_forest *f)
{
    assert_true(f->lo < f->hi && isfinite(f->hi - f->lo));
    assert_in_range(f->n_ticks, 3, 7);
    for (size_t i = 0; i < f->n_ticks; i++) {
        assert_true(f->tick[i].at >= f->lo && f->tick[i].at <= f->hi);
        if (i > 0) {
            const double gap = (f->tick[i].at - f->tick[i - 1].at) / (f->hi - f->lo) * 190.0;
            const double room =
                4.2 * (double)(strlen(f->tick[i].label) + strlen(f->tick[i - 1].label)) / 2.0;

            assert_true(gap > room / 1.5); /* a minus has three bytes and one width */
            assert_string_not_equal(f->tick[i].label, f->tick[i - 1].label);
        }
    }
}

static void every_magnitude_gets_a_readable_axis(void **state)
{
    static const char *const label[] = {"A", "B", "C", "D", "E", "F"};
    static const double shape[] = {0.31, -0.42, 0.11, 1.77, -0.05, 0.64};

    (void)state;
    for (int ratio = 0; ratio <= 1; ratio++) {
        for (int power = ratio ? -12 : -250; power <= (ratio ? 8 : 250); power++) {
            const double scale = pow(ratio ? 2.0 : 10.0, power);
            double yi[6], vi[6];

            for (size_t i = 0; i < 6; i++) {
                yi[i] = scale * (shape[i] + 0.83);
                vi[i] = fmax(scale * scale * 0.03 * (double)(i + 1), 1e-300);
            }
            tq_analysis *const a =
                sample_analysis(&(sample_data){6, label, yi, vi, NULL, NULL, ratio});

            if (power > -140 && power < 140) {
                tq_forest *const f = laid_out(a, NULL);

                check_axis(f);
                tq_forest_free(f);
            } else {
                tq_forest *const f = laid_out(a, NULL); /* variances underflow: no crash */

                assert_true(f->lo < f->hi);
                tq_forest_free(f);
            }
            sample_free(a);
        }
    }
}

static void narrow_and_offset_ranges_keep_their_ticks_apart(void **state)
{
    static const char *const label[] = {"A", "B"};
    static const double centre[] = {0.0, 1.0, 37.2, -512.0, 1e5, -3e7};

    (void)state;
    for (size_t c = 0; c < sizeof centre / sizeof *centre; c++) {
        for (int power = -3; power <= 3; power++) {
            const double width = pow(10.0, power) * 0.37;
            const double yi[] = {centre[c], centre[c] + width}, vi[] = {1e-12, 1e-12};
            tq_analysis *const a = sample_analysis(&(sample_data){2, label, yi, vi, NULL, NULL, 0});
            tq_forest *const f = laid_out(a, NULL);

            assert_true(f->lo < f->hi);
            for (size_t i = 1; i < f->n_ticks; i++) {
                assert_string_not_equal(f->tick[i].label, f->tick[i - 1].label);
                assert_true(f->tick[i].at > f->tick[i - 1].at);
            }
            tq_forest_free(f);
            sample_free(a);
        }
    }
}

static void log_ticks_are_labelled_on_the_natural_scale(void **state)
{
    static const char *const want[] = {"0.1", "0.2", "0.5", "1", "2", "5"};
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_int_equal(f->n_ticks, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(f->tick[i].label, want[i]);
    }
    assert_near(f->tick[0].at, log(0.1), 1e-14);
    assert_near(f->tick[5].at, log(5.0), 1e-14);
    assert_string_equal(f->axis_label, "Risk ratio (log scale)");
    tq_forest_free(f);
    sample_free(a);
}

static void one_long_interval_does_not_flatten_the_rest(void **state)
{
    static const char *const label[] = {"A", "B", "C", "D", "huge"};
    static const double yi[] = {0.31, -0.42, 0.11, 0.27, 0.4};
    static const double vi[] = {0.031, 0.052, 0.047, 0.06, 4000.0};
    tq_analysis *const a = sample_analysis(&(sample_data){5, label, yi, vi, NULL, NULL, 0});
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_true(f->hi - f->lo < 4.0);
    assert_true(f->row[4].lo < f->lo && f->row[4].hi > f->hi); /* cut by the renderers */
    assert_true(f->lo < f->row[1].lo && f->hi > f->row[3].hi);
    tq_forest_free(f);
    sample_free(a);
}

static void one_far_estimate_does_not_flatten_the_rest(void **state)
{
    static const char *const label[] = {"A", "B", "C", "D", "far"};
    static const double yi[] = {0.31, -0.42, 0.11, 0.27, 1e300};
    static const double vi[] = {0.031, 0.052, 0.047, 0.06, 0.05};
    tq_analysis *const a = sample_analysis(&(sample_data){5, label, yi, vi, NULL, NULL, 0});
    tq_forest *const f = laid_out(a, NULL);

    (void)state;
    assert_true(f->lo > -10.0 && f->lo < f->hi && f->row[4].est > f->hi);
    tq_forest_free(f);
    sample_free(a);
}

static void limits_given_are_kept(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, &(tq_forest_options){.limits_given = 1, .lo = 0.3, .hi = 3.0});

    (void)state;
    assert_near(f->lo, log(0.3), 1e-15);
    assert_near(f->hi, log(3.0), 1e-15);
    check_axis(f);
    tq_forest_free(f);
    sample_free(a);
}

static void wrong_options_are_refused(void **state)
{
    static const tq_forest_options wrong[] = {
        {.block = 1},
        {.limits_given = 1, .lo = 2.0, .hi = 0.5},
        {.limits_given = 1, .lo = 0.5, .hi = 0.5},
        {.limits_given = 1, .lo = 0.0, .hi = 2.0},
        {.limits_given = 1, .lo = 0.5, .hi = INFINITY},
        {.limits_given = 1, .lo = NAN, .hi = 2.0},
    };
    tq_analysis *const a = sample_bcg();
    tq_forest *f = NULL;
    tq_error err;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(tq_forest_layout(a, &wrong[i], &f, &err), TQ_EINVAL);
        assert_int_equal(err.status, TQ_EINVAL);
        assert_null(f);
    }
    tq_forest_free(NULL);
    sample_free(a);
}

static void words_for_the_two_sides_are_given_or_absent(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const without = laid_out(a, NULL);
    tq_forest *const with =
        laid_out(a, &(tq_forest_options){.favours_lo = "Favours BCG", .favours_hi = "No BCG"});

    (void)state;
    assert_null(without->favours_lo);
    assert_null(without->favours_hi);
    assert_string_equal(with->favours_lo, "Favours BCG");
    assert_string_equal(with->favours_hi, "No BCG");
    tq_forest_free(with);
    tq_forest_free(without);
    sample_free(a);
}

static void studies_are_sorted_within_their_levels(void **state)
{
    static const char *const by[] = {"effect", "weight", "precision", "study"};
    tq_analysis *const a = sample_bcg();

    (void)state;
    for (size_t b = 0; b < 4; b++) {
        for (int descending = 0; descending < 2; descending++) {
            tq_forest *const f =
                laid_out(a, &(tq_forest_options){.sort = by[b], .descending = descending});

            for (size_t i = 1; i < f->n_rows; i++) {
                if (f->row[i].kind != TQ_FOREST_STUDY || f->row[i - 1].kind != TQ_FOREST_STUDY) {
                    continue;
                }
                const tq_study *const x = &a->study[f->row[i - 1].study],
                                      *const y = &a->study[f->row[i].study];
                const double d = b == 0   ? y->yi - x->yi
                                 : b == 1 ? y->weight - x->weight
                                 : b == 2 ? x->sei - y->sei
                                          : (double)strcmp(y->label, x->label);

                assert_true(descending ? d <= 0.0 : d >= 0.0);
            }
            tq_forest_free(f);
        }
    }
    sample_free(a);
}

/* The sample with two columns of the sheet and two domains of the risk of bias. */
static tq_analysis *with_columns(void)
{
    tq_analysis *const a = sample_bcg();
    tq_sheet_column *const column = tq_arena_take(a->arena, 2, sizeof *column);
    tq_bias_domain *const domain = tq_arena_take(a->arena, 2, sizeof *domain);

    column[0] = (tq_sheet_column){"year", tq_arena_take(a->arena, a->k, sizeof(char *)),
                                  tq_arena_take(a->arena, a->k, sizeof(double))};
    column[1] = (tq_sheet_column){"country", tq_arena_take(a->arena, a->k, sizeof(char *)), NULL};
    for (size_t j = 0; j < 2; j++) {
        domain[j].name = j == 0 ? "randomisation" : "missing data";
        domain[j].value = tq_arena_take(a->arena, a->k, sizeof *domain[j].value);
    }
    for (size_t i = 0; i < a->k; i++) {
        column[0].number[i] = i == 4 ? (double)NAN : 1990.0 - (double)(i * 7 % 13);
        column[0].text[i] = i == 4 ? "" : tq_arena_format(a->arena, "%d", (int)column[0].number[i]);
        column[1].text[i] = i % 2 ? "Chile" : "";
        domain[0].value[i] = (tq_bias_judgement)(i % TQ_BIAS_COUNT);
        domain[1].value[i] = TQ_BIAS_LOW;
    }
    a->column = column;
    a->n_columns = 2;
    a->domain = domain;
    a->n_domains = 2;
    return a;
}

static void columns_are_shown_as_asked_for(void **state)
{
    static const char *const show[] = {"year", "plot", "country", "n", "weight", "rob"};
    static const tq_forest_content want[] = {
        TQ_FOREST_COL_LABEL, TQ_FOREST_COL_SHEET,  TQ_FOREST_COL_PLOT, TQ_FOREST_COL_SHEET,
        TQ_FOREST_COL_SIZE,  TQ_FOREST_COL_WEIGHT, TQ_FOREST_COL_BIAS, TQ_FOREST_COL_BIAS};
    tq_analysis *const a = with_columns();
    tq_forest *const f = laid_out(a, &(tq_forest_options){.show = show, .n_show = 6});

    (void)state;
    assert_int_equal(f->n_columns, 8);
    assert_int_equal(f->plot_column, 2);
    for (size_t j = 0; j < 8; j++) {
        assert_int_equal(f->column[j].content, want[j]);
    }
    assert_int_equal(f->column[1].align, TQ_ALIGN_RIGHT);
    assert_int_equal(f->column[3].align, TQ_ALIGN_LEFT);
    assert_string_equal(f->column[7].head, "B");
    for (size_t i = 0; i < f->n_rows; i++) {
        if (f->row[i].kind == TQ_FOREST_STUDY) {
            const size_t study = f->row[i].study;

            assert_string_equal(f->row[i].cell[1], a->column[0].text[study]);
            assert_string_equal(f->row[i].cell[6], tq_bias_sign(a->domain[0].value[study]));
        }
    }
    assert_non_null(strstr(f->row[f->n_rows - 1].cell[0], "A randomisation, B missing data"));
    tq_forest_free(f);
    sample_free(a);
}

static void studies_without_a_value_come_last(void **state)
{
    tq_analysis *const a = with_columns();

    (void)state;
    for (int descending = 0; descending < 2; descending++) {
        tq_forest *const f = laid_out(
            a,
            &(tq_forest_options){.block = TQ_NO_LEVEL, .sort = "year", .descending = descending});

        assert_int_equal(f->row[a->k - 1].study, 4);
        for (size_t i = 1; i + 1 < a->k; i++) {
            const double d =
                a->column[0].number[f->row[i].study] - a->column[0].number[f->row[i - 1].study];

            assert_true(descending ? d < 0.0 : d > 0.0);
        }
        tq_forest_free(f);
    }
    sample_free(a);
}

static void a_summary_has_levels_and_no_studies(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *const f = laid_out(a, &(tq_forest_options){.summary_only = 1});
    size_t levels = 0;

    (void)state;
    assert_null(first_of(f, TQ_FOREST_STUDY));
    assert_null(first_of(f, TQ_FOREST_SUBTOTAL));
    assert_non_null(first_of(f, TQ_FOREST_OVERALL));
    for (size_t i = 0; i < f->n_rows; i++) {
        if (f->row[i].kind == TQ_FOREST_LEVEL) {
            assert_near(f->row[i].est, log(a->block[0].natural[levels].pred), 1e-14);
            levels++;
        }
    }
    assert_int_equal(levels, a->block[0].fit->n);
    tq_forest_free(f);
    sample_free(a);
}

static void unknown_columns_are_refused(void **state)
{
    static const char *const show[] = {"dose"};
    tq_analysis *const a = sample_bcg();
    tq_forest *f;
    tq_error err;

    (void)state;
    assert_int_equal(tq_forest_layout(a, &(tq_forest_options){.show = show, .n_show = 1}, &f, &err),
                     TQ_EINVAL);
    assert_int_equal(tq_forest_layout(a, &(tq_forest_options){.sort = "dose"}, &f, &err),
                     TQ_EINVAL);
    sample_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_level_by_level_and_end_with_the_whole),
        cmocka_unit_test(columns_show_the_arms_as_cochrane_does),
        cmocka_unit_test(texts_show_the_numbers_of_the_analysis),
        cmocka_unit_test(marks_stand_on_the_logarithm_of_ratios),
        cmocka_unit_test(squares_have_areas_in_proportion_to_weights),
        cmocka_unit_test(a_level_of_one_study_has_no_diamond),
        cmocka_unit_test(studies_without_a_level_come_last_under_their_own_heading),
        cmocka_unit_test(subgroups_can_be_left_out),
        cmocka_unit_test(zero_digits_must_be_asked_for),
        cmocka_unit_test(narrow_pools_get_the_decimals_that_show_them),
        cmocka_unit_test(measures_of_change_name_times_not_arms),
        cmocka_unit_test(without_a_null_value_nothing_is_tested),
        cmocka_unit_test(one_study_has_a_plot_of_its_own),
        cmocka_unit_test(equal_effects_have_neither_tau2_nor_prediction),
        cmocka_unit_test(moderators_leave_no_pooled_effect),
        cmocka_unit_test(t_and_F_tests_show_their_degrees_of_freedom),
        cmocka_unit_test(what_is_not_estimable_has_words_and_no_mark),
        cmocka_unit_test(every_magnitude_gets_a_readable_axis),
        cmocka_unit_test(narrow_and_offset_ranges_keep_their_ticks_apart),
        cmocka_unit_test(log_ticks_are_labelled_on_the_natural_scale),
        cmocka_unit_test(one_long_interval_does_not_flatten_the_rest),
        cmocka_unit_test(one_far_estimate_does_not_flatten_the_rest),
        cmocka_unit_test(limits_given_are_kept),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(studies_are_sorted_within_their_levels),
        cmocka_unit_test(columns_are_shown_as_asked_for),
        cmocka_unit_test(studies_without_a_value_come_last),
        cmocka_unit_test(a_summary_has_levels_and_no_studies),
        cmocka_unit_test(unknown_columns_are_refused),
        cmocka_unit_test(words_for_the_two_sides_are_given_or_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
