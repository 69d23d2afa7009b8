/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest valid name. */
#include "support/near.h"

#include <string.h>

#include "core/names.h"

static const char *at(const void *table, size_t i)
{
    return ((const char *const *)table)[i];
}

static const char *nearest(const char *name)
{
    static const char *const words[] = {"REML", "ML",       "DL",     "DLIT", "PM",
                                        "PMM",  "subgroup", "method", NULL};

    return tq_nearest_name(name, at, words);
}

static void a_slip_of_each_kind_finds_its_word(void **state)
{
    (void)state;
    assert_string_equal(nearest("REMLL"), "REML");        /* inserted */
    assert_string_equal(nearest("REM"), "REML");          /* dropped */
    assert_string_equal(nearest("RENL"), "REML");         /* replaced */
    assert_string_equal(nearest("RMEL"), "REML");         /* swapped */
    assert_string_equal(nearest("reml"), "REML");         /* letter case */
    assert_string_equal(nearest("sbugruop"), "subgroup"); /* two swaps */
    assert_string_equal(nearest("methdo"), "method");
}

static void a_swap_counts_once(void **state)
{
    static const char *const words[] = {"abcd", NULL};

    (void)state;
    /* Two swaps, distance 2 of 4: near enough; as four replacements it would not be. */
    assert_string_equal(tq_nearest_name("badc", at, words), "abcd");
}

static void the_first_of_equally_near_words_wins(void **state)
{
    (void)state;
    assert_string_equal(nearest("L"), "ML");
    assert_string_equal(nearest("PMMM"), "PMM");
    assert_string_equal(nearest("DL"), "DL");
}

static void a_word_cut_short_is_completed(void **state)
{
    static const char *const words[] = {"medi", "method", NULL};

    (void)state;
    assert_string_equal(tq_nearest_name("meth", at, words), "method");
    assert_string_equal(tq_nearest_name("med", at, words), "medi");
}

static void the_first_word_of_a_hyphenated_name_is_enough(void **state)
{
    static const char *const words[] = {"peters", "egger-lm",  "egger-rma",
                                        "pet",    "pet-peese", NULL};

    (void)state;
    assert_string_equal(tq_nearest_name("eger", at, words), "egger-lm");
    assert_string_equal(tq_nearest_name("egger-rm", at, words), "egger-rma");
    assert_string_equal(tq_nearest_name("pt", at, words), "pet");
    assert_string_equal(tq_nearest_name("peter", at, words), "peters");
}

static void far_empty_and_overlong_words_have_no_neighbour(void **state)
{
    char long_name[200];
    static const char *const none[] = {NULL};

    (void)state;
    assert_null(nearest("bayesian"));
    assert_null(nearest(""));
    assert_null(tq_nearest_name("REML", at, none));
    memset(long_name, 'x', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    assert_null(nearest(long_name));
    const char *const words[] = {long_name, "xxxx", NULL};

    assert_string_equal(tq_nearest_name("xxxz", at, words), "xxxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_each_kind_finds_its_word),
        cmocka_unit_test(a_swap_counts_once),
        cmocka_unit_test(the_first_of_equally_near_words_wins),
        cmocka_unit_test(the_first_word_of_a_hyphenated_name_is_enough),
        cmocka_unit_test(a_word_cut_short_is_completed),
        cmocka_unit_test(far_empty_and_overlong_words_have_no_neighbour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
