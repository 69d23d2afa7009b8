/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alleles by their letters; inflation of test statistics. */
#include "support/near.h"

#include <math.h>

#include "batch/alleles.h"
#include "batch/genomic_control.h"

static void alleles_are_compared(void **state)
{
    static const struct {
        const char *a1, *a2, *b1, *b2;
        tq_alleles how;
    } rows[] = {
        {"A", "G", "A", "G", TQ_ALLELES_SAME},
        {"A", "G", "G", "A", TQ_ALLELES_FLIPPED},
        {"A", "G", "T", "C", TQ_ALLELES_STRAND},
        {"A", "G", "C", "T", TQ_ALLELES_STRAND_FLIPPED},
        {"A", "G", "A", "C", TQ_ALLELES_OTHER},
        {"A", "G", "A", "", TQ_ALLELES_OTHER},
        {"A", "T", "A", "T", TQ_ALLELES_SAME},
        {"A", "T", "T", "A", TQ_ALLELES_FLIPPED},
        {"C", "G", "G", "C", TQ_ALLELES_FLIPPED},
        {"I", "D", "D", "I", TQ_ALLELES_FLIPPED},
        {"I", "D", "D", "D", TQ_ALLELES_OTHER},
        {"ACT", "A", "AGT", "T", TQ_ALLELES_STRAND},
        {"ACT", "A", "T", "AGT", TQ_ALLELES_STRAND_FLIPPED},
        {"ACT", "A", "TGA", "T", TQ_ALLELES_OTHER},
        {"N", "A", "N", "T", TQ_ALLELES_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(tq_alleles_compare(rows[i].a1, rows[i].a2, rows[i].b1, rows[i].b2),
                         rows[i].how);
    }
    assert_true(tq_alleles_palindromic("A", "T"));
    assert_true(tq_alleles_palindromic("GAC", "GTC"));
    assert_false(tq_alleles_palindromic("A", "G"));
    assert_false(tq_alleles_palindromic("I", "D"));
    assert_false(tq_alleles_palindromic("", ""));
}

/* Median of chi-square with 1 df: qchisq(0.5, 1) = 0.4549364231195727 (R 4.2). */
static void lambda_is_the_ratio_of_medians(void **state)
{
    double odd[] = {5.1, 0.2, 0.9098728462391454, 11.0, 0.01};
    double even[] = {0.7, 0.1, 0.3, 2.0};

    (void)state;
    assert_near(tq_genomic_lambda(odd, 5), 2.0, 1e-14);
    assert_near(tq_genomic_lambda(even, 4), 0.5 / 0.4549364231195727, 1e-14);
    assert_true(isnan(tq_genomic_lambda(odd, 0)));
}

/* qnorm(1 - p / 2) by R 4.2, lower.tail = FALSE. */
static void z_of_p_goes_far(void **state)
{
    (void)state;
    assert_near(tq_z_of_p(1.0), 0.0, 1e-15);
    assert_near(tq_z_of_p(0.05), 1.959963984540054, 1e-13);
    assert_near(tq_z_of_p(5e-8), 5.451310437845481, 1e-12);
    assert_near(tq_z_of_p(1e-300), 37.06578788077212, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alleles_are_compared),
        cmocka_unit_test(lambda_is_the_ratio_of_medians),
        cmocka_unit_test(z_of_p_goes_far),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
