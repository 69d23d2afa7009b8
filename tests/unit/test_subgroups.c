/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subgroups: separate and common tau2, the test between levels, and what may be missing. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "moderators/subgroups.h"
#include "support/bcg.h"

enum { K = BCG_K };

/* BCG vaccine, log relative risks: Colditz et al. (1994), JAMA 271:698-702. */
/* clang-format off */
static const char *const alloc[K] = {"random", "random", "random", "random", "alternate", "alternate", "random",
    "random", "random", "systematic", "systematic", "systematic", "systematic"};
/* clang-format on */

static const tq_model model = {K, 1, bcg_yi, bcg_vi, NULL, 1, NULL};

static tq_subgroups *fit_of(const char *const *label, tq_subgroup_tau2 mode,
                            const tq_pool_options *o)
{
    tq_subgroups *groups = NULL;
    tq_error err = {.message = ""};
    const tq_status status = tq_subgroups_fit(&model, o, "alloc", label, mode, &groups, &err);

    if (status != TQ_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TQ_OK);
    return groups;
}

/* The studies of one label, fitted by themselves. */
static tq_pool *alone(const char *const *label, const char *level, const tq_pool_options *o)
{
    double y[K], v[K];
    size_t k = 0;

    for (size_t i = 0; i < K; i++) {
        if (label[i] && strcmp(label[i], level) == 0) {
            y[k] = bcg_yi[i];
            v[k++] = bcg_vi[i];
        }
    }
    const tq_model m = {k, 1, y, v, NULL, 1, NULL};
    tq_pool_work *work = tq_pool_work_new(k, 1);
    tq_pool *fit = tq_pool_new(k, 1);

    assert_int_equal(tq_pool_fit(&m, o, work, fit, NULL), TQ_OK);
    tq_pool_work_free(work);
    return fit;
}

static void separate_levels_are_fits_of_their_own(void **state)
{
    static const char *const levels[] = {"alternate", "random", "systematic"};
    const tq_pool_options o = tq_pool_defaults();
    tq_subgroups *groups = fit_of(alloc, TQ_TAU2_SEPARATE, NULL);
    double sw = 0.0, swy = 0.0, QB = 0.0, QW = 0.0;

    (void)state;
    assert_int_equal(groups->n, 3);
    assert_string_equal(groups->by, "alloc");
    for (size_t j = 0; j < 3; j++) {
        const tq_subgroup_level *level = &groups->level[j];
        tq_pool *want = alone(alloc, levels[j], &o);

        assert_string_equal(level->name, levels[j]);
        assert_int_equal(level->k, want->k);
        assert_near(level->fit->beta[0], want->beta[0], 0.0);
        assert_near(level->fit->se[0], want->se[0], 0.0);
        assert_near(level->fit->tau2, want->tau2, 0.0);
        assert_near(level->fit->prediction.pi_lb, want->prediction.pi_lb, 0.0);
        assert_near(level->fit->ci.tau2[1], want->ci.tau2[1], 0.0);
        sw += 1.0 / (want->se[0] * want->se[0]);
        swy += want->beta[0] / (want->se[0] * want->se[0]);
        QW += want->QE;
        tq_pool_free(want);
    }
    for (size_t j = 0; j < 3; j++) {
        const double z = (groups->level[j].fit->beta[0] - swy / sw) / groups->level[j].fit->se[0];

        QB += z * z;
    }
    assert_relative(groups->QB, QB, 1e-12);
    assert_near(groups->QB_df, 2.0, 0.0);
    assert_relative(groups->QB_pval, exp(-0.5 * QB), 1e-11);
    assert_near(groups->QW, QW, 1e-10);
    assert_near(groups->QW_df, 10.0, 0.0);
    assert_near(groups->tau2, NAN, 0.0);
    assert_int_equal(groups->of[0], 1);
    assert_int_equal(groups->of[4], 0);
    /* metafor 5.1-12, rma(REML) of the two alternately allocated trials */
    assert_near(groups->level[0].fit->beta[0], -0.54079296184934533, 1e-9);
    assert_near(groups->level[0].fit->tau2, 0.1325770398780928, 1e-9);
    tq_subgroups_free(groups);
    tq_subgroups_free(NULL);
}

static void a_common_tau2_is_that_of_the_model_with_the_factor(void **state)
{
    double X[K * 3];
    tq_pool_options o = tq_pool_defaults();

    (void)state;
    for (size_t i = 0; i < K; i++) {
        X[i] = 1.0;
        X[i + K] = strcmp(alloc[i], "random") == 0;
        X[i + 2 * K] = strcmp(alloc[i], "systematic") == 0;
    }
    for (tq_test test = TQ_TEST_Z; test <= TQ_TEST_KNHA; test++) {
        const tq_model factor = {K, 3, bcg_yi, bcg_vi, X, 1, NULL};
        tq_pool_work *work = tq_pool_work_new(K, 3);
        tq_pool *fit = tq_pool_new(K, 3);

        o.test = test;
        assert_int_equal(tq_pool_fit(&factor, &o, work, fit, NULL), TQ_OK);
        tq_subgroups *groups = fit_of(alloc, TQ_TAU2_COMMON, &o);

        assert_near(groups->tau2, fit->tau2, 1e-14);
        assert_near(groups->QB, fit->QM, 1e-12);
        assert_near(groups->QB_df, 2.0, 0.0);
        assert_near(groups->QB_df2, test == TQ_TEST_Z ? (double)NAN : 10.0, 0.0);
        assert_near(groups->QB_pval, fit->QM_pval, 1e-13);
        for (size_t j = 0; j < 3; j++) {
            const double effect = fit->beta[0] + (j > 0 ? fit->beta[j] : 0.0);

            assert_near(groups->level[j].fit->tau2, fit->tau2, 1e-14);
            assert_near(groups->level[j].fit->beta[0], effect, 1e-12);
            assert_int_equal(groups->level[j].fit->tau2_fixed, 1);
        }
        tq_subgroups_free(groups);
        tq_pool_free(fit);
        tq_pool_work_free(work);
    }
}

static void without_tau2_both_modes_are_one(void **state)
{
    tq_pool_options o = tq_pool_defaults();

    (void)state;
    o.method = TQ_FE;
    tq_subgroups *a = fit_of(alloc, TQ_TAU2_SEPARATE, &o), *b = fit_of(alloc, TQ_TAU2_COMMON, &o);

    assert_near(a->QB, b->QB, 1e-10);
    assert_near(a->QB_pval, b->QB_pval, 1e-12);
    assert_near(b->tau2, NAN, 0.0);
    for (size_t j = 0; j < 3; j++) {
        assert_near(a->level[j].fit->beta[0], b->level[j].fit->beta[0], 0.0);
    }
    /* Q of all studies is Q within plus Q between. */
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *all = tq_pool_new(K, 1);

    assert_int_equal(tq_pool_fit(&model, &o, work, all, NULL), TQ_OK);
    assert_near(a->QB + a->QW, all->QE, 1e-9);
    tq_pool_free(all);
    tq_pool_work_free(work);
    tq_subgroups_free(a);
    tq_subgroups_free(b);
}

static void studies_without_a_label_are_left_out(void **state)
{
    const char *some[K];
    const tq_pool_options o = tq_pool_defaults();

    (void)state;
    memcpy(some, alloc, sizeof some);
    some[3] = some[11] = NULL;
    for (tq_subgroup_tau2 mode = TQ_TAU2_SEPARATE; mode <= TQ_TAU2_COMMON; mode++) {
        tq_subgroups *groups = fit_of(some, mode, &o);

        assert_int_equal(groups->level[1].k, 6);
        assert_int_equal(groups->level[2].k, 3);
        assert_true(groups->of[3] == TQ_NO_LEVEL && groups->of[11] == TQ_NO_LEVEL);
        if (mode == TQ_TAU2_SEPARATE) {
            tq_pool *want = alone(some, "random", &o);

            assert_near(groups->level[1].fit->beta[0], want->beta[0], 0.0);
            tq_pool_free(want);
        }
        tq_subgroups_free(groups);
    }
}

static void levels_stand_in_byte_order(void **state)
{
    static const char *const label[K] = {"b",      "B",   "\u00e4", "a10", "a2", "b", "B",
                                         "\u00e4", "a10", "a2",     "",    "",   "b"};
    static const char *const want[] = {"", "B", "a10", "a2", "b", "\u00e4"};
    tq_subgroups *groups = fit_of(label, TQ_TAU2_SEPARATE, NULL);

    (void)state;
    assert_int_equal(groups->n, 6);
    for (size_t j = 0; j < 6; j++) {
        assert_string_equal(groups->level[j].name, want[j]);
    }
    assert_int_equal(groups->of[7], 5);
    tq_subgroups_free(groups);
}

static void one_level_or_none_has_no_comparison(void **state)
{
    const char *same[K], *none[K];
    tq_pool *want;
    const tq_pool_options o = tq_pool_defaults();

    (void)state;
    for (size_t i = 0; i < K; i++) {
        same[i] = "knee";
        none[i] = NULL;
    }
    want = alone(same, "knee", &o);
    for (tq_subgroup_tau2 mode = TQ_TAU2_SEPARATE; mode <= TQ_TAU2_COMMON; mode++) {
        tq_subgroups *one = fit_of(same, mode, &o), *empty = fit_of(none, mode, &o);

        assert_int_equal(one->n, 1);
        assert_near(one->level[0].fit->tau2, want->tau2, 0.0);
        assert_near(one->QB, NAN, 0.0);
        assert_near(one->tau2, mode == TQ_TAU2_COMMON ? want->tau2 : (double)NAN, 0.0);
        assert_int_equal(empty->n, 0);
        assert_near(empty->QB, NAN, 0.0);
        tq_subgroups_free(one);
        tq_subgroups_free(empty);
    }
    tq_pool_free(want);
}

static void a_level_of_one_study(void **state)
{
    const char *label[K];
    const tq_pool_options o = tq_pool_defaults();

    (void)state;
    memcpy(label, alloc, sizeof label);
    label[6] = "lone";
    tq_subgroups *separate = fit_of(label, TQ_TAU2_SEPARATE, &o);
    tq_subgroups *common = fit_of(label, TQ_TAU2_COMMON, &o);

    assert_string_equal(separate->level[1].name, "lone");
    assert_near(separate->level[1].fit->beta[0], bcg_yi[6], 1e-15);
    assert_near(separate->level[1].fit->se[0], sqrt(bcg_vi[6]), 1e-15);
    assert_near(separate->level[1].fit->tau2, 0.0, 0.0);
    assert_near(common->level[1].fit->beta[0], bcg_yi[6], 1e-15);
    assert_near(common->level[1].fit->se[0], sqrt(bcg_vi[6] + common->tau2), 1e-14);
    assert_true(isfinite(separate->QB) && isfinite(common->QB));
    tq_subgroups_free(separate);
    tq_subgroups_free(common);
}

static void every_study_a_level_leaves_nothing_to_estimate(void **state)
{
    static const char *const label[K] = {"a", "b", "c", "d", "e", "f", "g",
                                         "h", "i", "j", "k", "l", "m"};
    tq_subgroups *groups = fit_of(label, TQ_TAU2_COMMON, NULL);

    (void)state;
    assert_int_equal(groups->n, K);
    assert_near(groups->QB, NAN, 0.0);
    assert_near(groups->level[12].fit->beta[0], bcg_yi[12], 1e-15);
    tq_subgroups_free(groups);
}

static void weights_follow_their_studies(void **state)
{
    double weights[K];
    tq_pool_options o = tq_pool_defaults();

    (void)state;
    for (size_t i = 0; i < K; i++) {
        weights[i] = 1.0 + 0.37 * (double)i;
    }
    o.weights = weights;
    tq_subgroups *groups = fit_of(alloc, TQ_TAU2_SEPARATE, &o);

    assert_near(groups->level[0].fit->beta[0],
                (weights[4] * bcg_yi[4] + weights[5] * bcg_yi[5]) / (weights[4] + weights[5]),
                1e-14);
    tq_subgroups_free(groups);
}

static void errors_name_the_level_and_the_callers_row(void **state)
{
    double bad[K];
    tq_subgroups *groups = NULL;
    tq_error err;

    (void)state;
    memcpy(bad, bcg_vi, sizeof bad);
    bad[10] = -2.5;
    const tq_model m = {K, 1, bcg_yi, bad, NULL, 1, NULL},
                   none = {0, 1, bcg_yi, bcg_vi, NULL, 1, NULL};

    assert_int_equal(tq_subgroups_fit(&m, NULL, "alloc", alloc, TQ_TAU2_SEPARATE, &groups, &err),
                     TQ_EDATA);
    assert_string_equal(err.message, "subgroup 'systematic': value '-2.5' must be > 0");
    assert_string_equal(err.column, "vi");
    assert_int_equal(err.row, 10);
    assert_int_equal(tq_subgroups_fit(&m, NULL, "alloc", alloc, TQ_TAU2_COMMON, &groups, &err),
                     TQ_EDATA);
    assert_int_equal(err.row, 10);
    assert_int_equal(tq_subgroups_fit(&m, NULL, "alloc", alloc, TQ_TAU2_SEPARATE, &groups, NULL),
                     TQ_EDATA);
    assert_int_equal(tq_subgroups_fit(&none, NULL, "alloc", alloc, TQ_TAU2_SEPARATE, &groups, &err),
                     TQ_EDATA);
    tq_pool_options o = tq_pool_defaults();

    o.max_iter = 1;
    assert_int_equal(tq_subgroups_fit(&model, &o, "alloc", alloc, TQ_TAU2_SEPARATE, &groups, &err),
                     TQ_ENOCONV);
    assert_non_null(strstr(err.message, "subgroup 'alternate'"));
    o.level = 100.0;
    assert_int_equal(tq_subgroups_fit(&model, &o, "alloc", alloc, TQ_TAU2_SEPARATE, &groups, &err),
                     TQ_EINVAL);
    assert_null(groups);
}

/* Deaths by group, three levels; the last level has none in group 1. */
static void counts_are_gathered_with_their_levels(void **state)
{
    static const double x1[] = {3, 12, 7, 0, 9, 0}, n1[] = {41, 113, 52, 19, 104, 30};
    static const double x2[] = {5, 9, 13, 4, 14, 2}, n2[] = {39, 98, 55, 21, 87, 29};
    static const double none[] = {NAN, NAN, NAN, NAN, NAN, NAN};
    static const char *const label[] = {"b", "a", "b", "c", "a", "c"};
    const tq_counts counts = {TQ_COUNT_OR, x1, n1, x2, n2};
    const tq_model m = {6, 1, none, none, NULL, 1, &counts};
    const double R[] = {12.0 * 89.0 / 211.0 + 9.0 * 73.0 / 191.0,
                        3.0 * 34.0 / 80.0 + 7.0 * 42.0 / 107.0};
    const double T[] = {101.0 * 9.0 / 211.0 + 95.0 * 14.0 / 191.0,
                        38.0 * 5.0 / 80.0 + 45.0 * 13.0 / 107.0};
    tq_pool_options o = tq_pool_defaults();
    tq_subgroups *groups = NULL;
    tq_error err;

    (void)state;
    o.method = TQ_MH;
    assert_int_equal(tq_subgroups_fit(&m, &o, "by", label, TQ_TAU2_SEPARATE, &groups, &err), TQ_OK);
    assert_int_equal(groups->n, 3);
    for (size_t j = 0; j < 2; j++) {
        assert_near(groups->level[j].fit->beta[0], log(R[j] / T[j]), 1e-14);
    }
    /* A level without an estimate takes no part in the test between levels. */
    assert_non_null(groups->level[2].fit->why_none);
    const tq_pool *a = groups->level[0].fit, *b = groups->level[1].fit;
    const double difference = a->beta[0] - b->beta[0];

    assert_near(groups->QB, difference * difference / (a->vb[0] + b->vb[0]), 1e-13);
    assert_near(groups->QB_df, 1.0, 0.0);
    assert_near(groups->QW_df, 0.0, 0.0);
    tq_subgroups_free(groups);
    groups = NULL;
    assert_int_equal(tq_subgroups_fit(&m, &o, "by", label, TQ_TAU2_COMMON, &groups, &err),
                     TQ_EINVAL);
    assert_non_null(strstr(err.message, "method MH has no tau2"));
    assert_null(groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separate_levels_are_fits_of_their_own),
        cmocka_unit_test(a_common_tau2_is_that_of_the_model_with_the_factor),
        cmocka_unit_test(without_tau2_both_modes_are_one),
        cmocka_unit_test(studies_without_a_label_are_left_out),
        cmocka_unit_test(levels_stand_in_byte_order),
        cmocka_unit_test(one_level_or_none_has_no_comparison),
        cmocka_unit_test(a_level_of_one_study),
        cmocka_unit_test(every_study_a_level_leaves_nothing_to_estimate),
        cmocka_unit_test(weights_follow_their_studies),
        cmocka_unit_test(errors_name_the_level_and_the_callers_row),
        cmocka_unit_test(counts_are_gathered_with_their_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
