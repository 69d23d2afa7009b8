/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error context. */
#include "support/near.h"

#include <string.h>

#include "core/status.h"

static void every_status_has_its_own_text(void **state)
{
    (void)state;
    for (unsigned s = 0; s < TQ_STATUS_COUNT; s++) {
        assert_true(strlen(tq_status_text((tq_status)s)) > 3);
        for (unsigned other = 0; other < s; other++) {
            assert_string_not_equal(tq_status_text((tq_status)s), tq_status_text((tq_status)other));
        }
    }
    assert_string_equal(tq_status_text(TQ_ENOCONV), "no convergence");
    assert_string_equal(tq_status_text((tq_status)99), "unknown status");
    assert_string_equal(tq_status_text((tq_status)-1), "unknown status");
}

static void a_failure_records_everything_and_forgets_the_last(void **state)
{
    tq_error err = {.line = 41, .file = "old.csv", .study = "Vega 2015"};

    (void)state;
    assert_int_equal(tq_fail(&err, TQ_EDATA, 6, "vi", "value '%g' must be > 0", -2.5), TQ_EDATA);
    assert_int_equal(err.status, TQ_EDATA);
    assert_int_equal(err.row, 6);
    assert_int_equal(err.line, 0);
    assert_string_equal(err.file, "");
    assert_string_equal(err.study, "");
    assert_string_equal(err.column, "vi");
    assert_string_equal(err.message, "value '-2.5' must be > 0");
    assert_int_equal(tq_fail(&err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory"), TQ_ENOMEM);
    assert_string_equal(err.column, "");
    assert_int_equal(tq_fail(NULL, TQ_EREAD, 0, "x", "%s", "ignored"), TQ_EREAD);
}

static void the_line_leaves_out_what_is_not_known(void **state)
{
    tq_error err;
    char line[512];

    (void)state;
    tq_fail(&err, TQ_EDATA, 6, "sd1i", "value '-3' must be > 0");
    tq_error_text(&err, line, sizeof line);
    assert_string_equal(line, "column 'sd1i': value '-3' must be > 0");
    tq_copy_text(err.study, sizeof err.study, "Vega 2015");
    tq_copy_text(err.file, sizeof err.file, "knee.csv");
    tq_error_text(&err, line, sizeof line);
    assert_string_equal(line, "knee.csv: column 'sd1i', study 'Vega 2015': value '-3' must be > 0");
    err.line = 8;
    err.column[0] = '\0';
    tq_error_text(&err, line, sizeof line);
    assert_string_equal(line, "knee.csv:8: study 'Vega 2015': value '-3' must be > 0");
}

static void long_text_is_cut_between_characters(void **state)
{
    char small[8];
    tq_error err;
    char many[1200] = "";

    (void)state;
    tq_copy_text(small, sizeof small, "abcdefghij");
    assert_string_equal(small, "abcdefg");
    tq_copy_text(small, sizeof small, "abcde\u00e9z"); /* 2 bytes fit */
    assert_string_equal(small, "abcde\u00e9");
    tq_copy_text(small, sizeof small, "abcdef\u00e9z"); /* they do not */
    assert_string_equal(small, "abcdef");
    tq_copy_text(small, sizeof small, "abcd\U0001d54fz");
    assert_string_equal(small, "abcd");
    tq_copy_text(small, sizeof small, "abcd\u20acz");
    assert_string_equal(small, "abcd\u20ac");
    tq_copy_text(small, 1, "x");
    assert_string_equal(small, "");
    small[0] = 'k';
    tq_copy_text(small, 0, "x");
    assert_int_equal(small[0], 'k');

    for (int i = 0; i < 590; i++) {
        strcat(many, "\u00e9");
    }
    tq_fail(&err, TQ_EDATA, 0, many, "x%s", many);
    assert_int_equal(strlen(err.message), 255); /* x and 127 characters of two bytes */
    assert_int_equal(strlen(err.column), 62);
    char line[10];

    tq_error_text(&err, line, sizeof line);
    assert_int_equal(strlen(line), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_own_text),
        cmocka_unit_test(a_failure_records_everything_and_forgets_the_last),
        cmocka_unit_test(the_line_leaves_out_what_is_not_known),
        cmocka_unit_test(long_text_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
