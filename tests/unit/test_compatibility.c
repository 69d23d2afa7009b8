/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of other systems' defaults: complete rows, and when they count. */
#include "support/near.h"

#include <string.h>

#include "report/compatibility.h"

static void every_row_is_complete(void **state)
{
    const tq_compat_system *s;
    size_t i = 0;

    (void)state;
    for (; (s = tq_compat_system_at(i)) != NULL; i++) {
        assert_true(*s->name && *s->label && *s->version && s->n_rows > 0 && s->n_not_done > 0);
        for (size_t j = 0; j < s->n_rows; j++) {
            const tq_compat_default *row = &s->row[j];

            assert_true(*row->option && *row->ours && *row->source);
            assert_string_not_equal(row->ours, row->theirs);
            assert_true(j == 0 || strcmp(row->option, "method") != 0); /* the others ask for it */
            assert_string_equal(tq_compat_status(row), row->verified ? "verified" : "unverified");
        }
        for (size_t j = 0; j < s->n_not_done; j++) {
            assert_true(*s->not_done[j]);
        }
    }
    assert_int_equal(i, 6);
}

static void rows_count_for_their_measures_and_methods(void **state)
{
    tq_compat_default row = {"drop00", "no", "yes", "OR RR", TQ_COMPAT_ALWAYS, 1, "x"};

    (void)state;
    assert_true(tq_compat_applies(&row, "pool", "RR", TQ_REML) &&
                tq_compat_applies(&row, "pool", "OR", TQ_MH));
    assert_false(tq_compat_applies(&row, "pool", "R", TQ_REML) ||
                 tq_compat_applies(&row, "pool", "RD", TQ_REML) ||
                 tq_compat_applies(&row, "pool", "OR RR", TQ_REML));
    row = (tq_compat_default){"i2", "tau2", "Q", NULL, TQ_COMPAT_RANDOM, 1, "x"};
    assert_true(tq_compat_applies(&row, "pool", "GEN", TQ_DL));
    assert_false(tq_compat_applies(&row, "pool", "GEN", TQ_EE) ||
                 tq_compat_applies(&row, "pool", "OR", TQ_GLMM));
    row.when = TQ_COMPAT_DL;
    assert_true(tq_compat_applies(&row, "pool", "GEN", TQ_DL) &&
                !tq_compat_applies(&row, "pool", "GEN", TQ_REML));
    row.when = TQ_COMPAT_MH;
    assert_true(tq_compat_applies(&row, "pool", "RD", TQ_MH) &&
                !tq_compat_applies(&row, "pool", "RD", TQ_DL));
    row.when = TQ_COMPAT_GLMM;
    assert_true(tq_compat_applies(&row, "pool", "OR", TQ_GLMM) &&
                !tq_compat_applies(&row, "pool", "OR", TQ_DL));
    row.when = TQ_COMPAT_BIAS;
    assert_true(tq_compat_applies(&row, "bias", "OR", TQ_EE));
    assert_false(tq_compat_applies(&row, "multiverse", "OR", TQ_EE));
    row.when = TQ_COMPAT_TRIMMED;
    assert_true(tq_compat_applies(&row, "trimfill", "OR", TQ_REML));
    assert_false(tq_compat_applies(&row, "trimfill", "OR", TQ_EE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(rows_count_for_their_measures_and_methods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
