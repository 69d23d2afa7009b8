/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pooled effect against the difference that matters, and the words for it. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "report/dossier/importance.h"
#include "support/sample_analysis.h"

/* Every place of an interval against 9.5, and its mirror image. */
static void intervals_have_a_place(void **state)
{
    static const struct {
        double lo, hi;
        tq_importance higher, lower;
    } rows[] = {
        {9.5, 20.1, TQ_IMPORTANCE_BENEFIT, TQ_IMPORTANCE_HARM},
        {-17.3, -9.5, TQ_IMPORTANCE_HARM, TQ_IMPORTANCE_BENEFIT},
        {-9.4, 9.4, TQ_IMPORTANCE_TRIVIAL, TQ_IMPORTANCE_TRIVIAL},
        {0.3, 4.1, TQ_IMPORTANCE_TRIVIAL, TQ_IMPORTANCE_TRIVIAL},
        {0.3, 9.5, TQ_IMPORTANCE_POSSIBLE, TQ_IMPORTANCE_POSSIBLE_HARM},
        {-12.2, 1.7, TQ_IMPORTANCE_POSSIBLE_HARM, TQ_IMPORTANCE_POSSIBLE},
        {-12.2, 11.9, TQ_IMPORTANCE_OPEN, TQ_IMPORTANCE_OPEN},
        {NAN, 11.9, TQ_IMPORTANCE_NONE, TQ_IMPORTANCE_NONE},
        {-12.2, NAN, TQ_IMPORTANCE_NONE, TQ_IMPORTANCE_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double lo = rows[i].lo, hi = rows[i].hi, unit = (1.0 + 1e-9) * log(1.25) / 9.5;

        assert_int_equal(tq_importance_of(lo, hi, 9.5, 0, TQ_BETTER_HIGHER), rows[i].higher);
        assert_int_equal(tq_importance_of(lo, hi, 9.5, 0, TQ_BETTER_LOWER), rows[i].lower);
        assert_int_equal(tq_importance_of(lo, hi, 9.5, 0, TQ_BETTER_UNKNOWN), rows[i].higher);
        /* The same on the scale of ratios, where 0.8 and 1.25 are one MCID; a hair beyond the limits. */
        assert_int_equal(tq_importance_of(exp(lo * unit), exp(hi * unit), i % 2 ? 1.25 : 0.8, 1,
                                          TQ_BETTER_HIGHER),
                         rows[i].higher);
    }
    assert_int_equal(tq_importance_of(0.1, 0.2, NAN, 0, TQ_BETTER_LOWER), TQ_IMPORTANCE_NONE);
    assert_int_equal(tq_importance_of(0.1, 0.2, 1.0, 1, TQ_BETTER_LOWER), TQ_IMPORTANCE_NONE);
    for (tq_importance i = 0; i < TQ_IMPORTANCE_COUNT; i++) {
        assert_non_null(tq_importance_name(i));
    }
    assert_null(tq_importance_name(TQ_IMPORTANCE_COUNT));
}

/* 0.49 [0.35, 0.70], prediction [0.18, 1.35]; or their logarithms, which are no other result. */
static void says_shown_as(int logarithms, tq_better better, double mcid, const char *want)
{
    tq_analysis *a = sample_bcg();
    const tq_dossier_entry e = {
        .id = "tb", .title = "Tuberculosis", .analysis = a, .better = better, .mcid = mcid};
    tq_arena *arena = tq_arena_new();
    const char *text = NULL;

    assert_non_null(a);
    if (logarithms) {
        tq_prediction *p = &a->fit->prediction;

        p->pi_lb = log(a->natural.pi_lb);
        p->pi_ub = log(a->natural.pi_ub);
        a->transform = tq_transform_find("none");
        a->natural = (tq_natural){p->pred, p->ci_lb, p->ci_ub, p->pi_lb, p->pi_ub};
    }
    assert_int_equal(tq_importance_text(&e, arena, &text, NULL), TQ_OK);
    assert_string_equal(text, want);
    tq_arena_free(arena);
    sample_free(a);
}

static void says(tq_better better, double mcid, const char *want)
{
    says_shown_as(0, better, mcid, want);
    says_shown_as(1, better, mcid, want);
}

static void results_are_told_in_words(void **state)
{
    (void)state;
    says(TQ_BETTER_UNKNOWN, NAN, "");
    says(TQ_BETTER_LOWER, NAN,
         "Lower is better: the estimate is on the side of benefit, and its interval excludes the "
         "opposite.");
    says(TQ_BETTER_HIGHER, NAN,
         "Higher is better: the estimate is on the side of harm, and its interval excludes the "
         "opposite.");
    says(TQ_BETTER_LOWER, 0.8,
         "Lower is better: the estimate is on the side of benefit, and its interval excludes the "
         "opposite. The "
         "estimate is no smaller than the MCID of 0.80; its 95% interval lies wholly beyond it: an "
         "important benefit. For a new study, the prediction interval excludes neither an "
         "important benefit nor an important harm.");
    says(TQ_BETTER_UNKNOWN, 2.0,
         "The estimate is no smaller than the MCID of 2.00; its 95% interval leaves an important "
         "decrease open, excludes such an increase. For a new study, the prediction interval "
         "leaves an important decrease open, excludes such an increase.");
}

static void what_has_no_result_says_nothing(void **state)
{
    const tq_dossier_entry none = {.id = "x", .title = "x", .why_none = "k = 0", .mcid = 0.8};
    tq_arena *arena = tq_arena_new();
    const char *text = NULL;

    (void)state;
    assert_int_equal(tq_importance_text(&none, arena, &text, NULL), TQ_OK);
    assert_string_equal(text, "");
    assert_int_equal(tq_importance_of_entry(&none, 0), TQ_IMPORTANCE_NONE);
    tq_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_have_a_place),
        cmocka_unit_test(results_are_told_in_words),
        cmocka_unit_test(what_has_no_result_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
