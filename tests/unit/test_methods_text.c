/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods paragraphs say what was done, and cite it. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "report/methods_text.h"
#include "support/sample_analysis.h"

/* The BCG trials with the measure of the table. */
static tq_analysis *bcg(void)
{
    tq_analysis *const a = sample_bcg();

    assert_non_null(a);
    a->measure = tq_measure_find("RR");
    a->effects = tq_effect_defaults();
    return a;
}

static tq_methods_text made(const tq_analysis *a)
{
    tq_methods_text text;

    assert_int_equal(tq_methods_text_make(a, a->arena, &text, NULL), TQ_OK);
    assert_true(text.n > 0);
    return text;
}

/* 1 when some paragraph holds the words. */
static int says(const tq_methods_text *text, const char *words)
{
    for (size_t i = 0; i < text->n; i++) {
        if (strstr(text->paragraph[i], words)) {
            return 1;
        }
    }
    return 0;
}

static int cites(const tq_methods_text *text, const char *beginning)
{
    for (size_t i = 0; i < text->n_references; i++) {
        if (strncmp(text->reference[i], beginning, strlen(beginning)) == 0) {
            return 1;
        }
    }
    return 0;
}

static void estimator_test_and_measure_are_named_with_their_sources(void **state)
{
    tq_analysis *const a = bcg();
    const tq_methods_text text = made(a);

    (void)state;
    assert_true(says(&text, "risk ratio, analysed as log risk ratio (Fleiss & Berlin, 2009)"));
    assert_true(says(&text, "13 studies were combined in a random-effects model"));
    assert_true(says(&text, "DerSimonian-Laird (DerSimonian & Laird, 1986)"));
    assert_true(says(&text, "standard normal distribution"));
    assert_true(says(&text, "grouped by group (3 levels)"));
    assert_true(says(&text, "tausq " TQ_VERSION));
    assert_true(cites(&text, "DerSimonian & Laird (1986), Control"));
    assert_true(cites(&text, "Fleiss & Berlin (2009)"));
    sample_free(a);
}

static void references_stand_once_and_in_order(void **state)
{
    tq_analysis *const a = bcg();
    const tq_methods_text text = made(a);

    (void)state;
    assert_true(text.n_references >= 4);
    for (size_t i = 1; i < text.n_references; i++) {
        assert_true(strcmp(text.reference[i - 1], text.reference[i]) < 0);
    }
    sample_free(a);
}

static void other_choices_give_other_sentences(void **state)
{
    tq_analysis *const a = bcg();

    (void)state;
    a->fit->method = TQ_EE;
    a->fit->test = TQ_TEST_KNHA;
    a->fit->predict = TQ_PREDICT_NONE;
    a->fit->prediction.pi_lb = (double)NAN;
    a->weights_name = "quality";
    tq_methods_text text = made(a);

    assert_true(says(&text, "equal-effects model (Hedges & Olkin, 1985)"));
    assert_true(says(&text, "Knapp-Hartung adjustment (Knapp & Hartung, 2003)"));
    assert_true(says(&text, "weighted by the column quality"));
    assert_false(says(&text, "variance between studies"));
    assert_false(says(&text, "prediction interval"));
    assert_false(cites(&text, "DerSimonian"));

    a->fit->method = TQ_REML;
    a->fit->tau2_fixed = 1;
    a->fit->tau2 = 0.0725;
    text = made(a);
    assert_true(says(&text, "was given as 0.0725"));
    sample_free(a);
}

static void zero_cells_and_rows_left_out_are_told(void **state)
{
    tq_analysis *const a = bcg();

    (void)state;
    a->study[2].added = 0.5;
    a->study[4].added = 0.5;
    a->rows = a->k + 2;
    a->n_excluded = 2;
    tq_methods_text text = made(a);

    assert_true(says(&text, "continuity correction of 0.5 was added to the cells of studies with a "
                            "zero cell (2 of 13)"));
    assert_true(says(&text, "Of 15 rows, 2 could not be used and were left out"));
    a->effects.to = TQ_TO_ALL;
    text = made(a);
    assert_true(says(&text, "added to the cells of all studies (2 of 13)"));
    sample_free(a);
}

/* What the library can be asked for together stands in one paragraph. */
static void sentences_stand_apart(void **state)
{
    tq_analysis *const a = bcg();
    tq_bias_result egger = {.test = TQ_BIAS_EGGER_LM};
    tq_bias bias = {.n = 1, .result = &egger};
    tq_trim_fill fill = {.k0 = 2};
    tq_fail_safe unseen = {.alpha = 0.05};

    (void)state;
    a->bias = &bias;
    a->trim_fill = &fill;
    a->fail_safe = &unseen;
    const tq_methods_text text = made(a);

    assert_true(says(&text, ". Studies that the funnel lacks"));
    assert_true(says(&text, ": 2. Fail-safe N was"));
    a->bias = NULL;
    a->trim_fill = NULL;
    a->fail_safe = NULL;
    sample_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimator_test_and_measure_are_named_with_their_sources),
        cmocka_unit_test(references_stand_once_and_in_order),
        cmocka_unit_test(other_choices_give_other_sentences),
        cmocka_unit_test(zero_cells_and_rows_left_out_are_told),
        cmocka_unit_test(sentences_stand_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
