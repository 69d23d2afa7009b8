/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of single studies. */
#include "support/one_study.h"

tq_effect_row one_study(const char *code, const tq_effect_options *opt, const given *g, size_t n)
{
    const tq_measure *m = tq_measure_find(code);
    tq_inputs in = {.rows = 1};
    tq_effect_row row = {.yi = 0.0};
    tq_error err;

    if (!m) {
        fail_msg("%s is no measure", code);
    }
    for (size_t j = 0; j < n; j++) {
        in.column[g[j].input] = &g[j].value;
    }
    if (tq_effects_compute(m, &in, opt, &row, &err) != TQ_OK) {
        fail_msg("%s: %s: %s", code, err.column, err.message);
    }
    return row;
}

tq_effect_options with_vtype(const char *vtype)
{
    tq_effect_options opt = tq_effect_defaults();

    opt.vtype = vtype;
    return opt;
}

void assert_effect(tq_effect_row row, double yi, double vi, double tol)
{
    if (row.why) {
        fail_msg("no estimate: %s", row.why);
    }
    assert_int_equal(row.state, TQ_ROW_OK);
    assert_non_null(row.from);
    assert_relative(row.yi, yi, tol);
    assert_relative(row.vi, vi, tol);
}

void assert_no_estimate(tq_effect_row row, const char *why)
{
    assert_int_equal(row.state, TQ_ROW_NO_ESTIMATE);
    assert_non_null(row.why);
    assert_string_equal(row.why, why);
}

void assert_known(const known_effect *known, size_t n, double tol)
{
    for (size_t j = 0; j < n; j++) {
        tq_effect_options opt = with_vtype(known[j].vtype);

        opt.correct = known[j].correct;
        assert_effect(one_study(known[j].code, &opt, known[j].g, known[j].n), known[j].yi,
                      known[j].vi, tol);
    }
}
