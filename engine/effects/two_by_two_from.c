/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of two by two put together again from what was reported of them. */
#include "effects/two_by_two_from.h"

#include <math.h>

#include <gsl/gsl_math.h>

static tq_status bad(tq_error *err, const char *column, double value, const char *right)
{
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, column, "value '%.15g' must be %s", value, right);
}

static tq_status check_margins(const tq_table_margins *m, tq_error *err)
{
    if (!(m->ni > 0.0 && isfinite(m->ni))) {
        return bad(err, "ni", m->ni, "> 0");
    }
    if (!(m->n1i > 0.0 && m->n1i < m->ni)) {
        return bad(err, "n1i", m->n1i, "> 0 and < ni");
    }
    if (!(m->n2i > 0.0 && m->n2i < m->ni)) {
        return bad(err, "n2i", m->n2i, "> 0 and < ni");
    }
    return TQ_OK;
}

static tq_table_cells no_table(const char *why)
{
    return (tq_table_cells){NAN, NAN, NAN, NAN, why};
}

/* A cell that rounding errors alone have put below 0 is 0. */
static int settle(double *cell, double ni)
{
    if (*cell < 0.0 && *cell >= -1e-12 * ni) {
        *cell = 0.0;
    }
    return *cell >= 0.0;
}

static tq_table_cells fill(const tq_table_margins *m, double a, int whole)
{
    tq_table_cells t = {.ai = whole ? round(a) : a, .why = NULL};

    t.bi = m->n1i - t.ai;
    t.ci = m->n2i - t.ai;
    t.di = (m->ni - m->n1i) - t.ci;
    return settle(&t.ai, m->ni) && settle(&t.bi, m->ni) && settle(&t.ci, m->ni) &&
                   settle(&t.di, m->ni)
               ? t
               : no_table("a cell would be negative with these margins");
}

/*
 * The root of the quadratic for an odds ratio <= 1, in the form without cancellation. B may have
 * either sign; B^2 - 4 (OR - 1) OR n1 n2 >= B^2.
 */
static double solve_odds_ratio(double n, double n1, double n2, double OR)
{
    const double B = n - (1.0 - OR) * (n1 + n2);
    const double root = hypot(B, 2.0 * sqrt((1.0 - OR) * OR) * sqrt(n1) * sqrt(n2));

    if (B >= 0.0) {
        return B + root > 0.0 ? 2.0 * OR * n1 * n2 / (B + root) : 0.0;
    }
    return (root - B) / (2.0 * (1.0 - OR));
}

tq_status tq_table_from_odds_ratio(const tq_table_margins *m, double odds_ratio, int whole,
                                   tq_table_cells *out, tq_error *err)
{
    const tq_status status = check_margins(m, err);

    if (status != TQ_OK) {
        return status;
    }
    if (!(odds_ratio >= 0.0 && isfinite(odds_ratio))) {
        return bad(err, "ori", odds_ratio, ">= 0");
    }
    /* With the columns exchanged 1/OR takes the place of OR, and bi that of ai. */
    const double a = odds_ratio <= 1.0 ? solve_odds_ratio(m->ni, m->n1i, m->n2i, odds_ratio)
                                       : m->n1i - solve_odds_ratio(m->ni, m->n1i, m->ni - m->n2i,
                                                                   1.0 / odds_ratio);

    *out = fill(m, a, whole);
    return TQ_OK;
}

static double expected_a(const tq_table_margins *m)
{
    return m->n1i / m->ni * m->n2i;
}

/* sqrt(n1 (n - n1) n2 (n - n2)) / n: what phi is multiplied with. */
static double spread_of_a(const tq_table_margins *m)
{
    return sqrt(m->n1i / m->ni * (m->ni - m->n1i)) * sqrt(m->n2i / m->ni * (m->ni - m->n2i));
}

tq_status tq_table_from_phi(const tq_table_margins *m, double phi, int whole, tq_table_cells *out,
                            tq_error *err)
{
    const tq_status status = check_margins(m, err);

    if (status != TQ_OK) {
        return status;
    }
    if (!(fabs(phi) <= 1.0)) {
        return bad(err, "ri", phi, "-1 to 1");
    }
    *out = fill(m, expected_a(m) + phi * spread_of_a(m), whole);
    return TQ_OK;
}

tq_status tq_table_from_chisq(const tq_table_margins *m, double x2i, int correct, int whole,
                              tq_table_cells *out, tq_error *err)
{
    const tq_status status = check_margins(m, err);

    if (status != TQ_OK) {
        return status;
    }
    if (!isfinite(x2i)) {
        return bad(err, "x2i", x2i, "finite");
    }
    if (correct && x2i == 0.0) {
        *out = no_table("a corrected chi-square of 0 belongs to many tables");
        return TQ_OK;
    }
    /* |ad - bc| = n |a - E a|, and sqrt(x2 n) is what phi is, times n. */
    const double apart = sqrt(fabs(x2i) / m->ni) * spread_of_a(m) + (correct ? 0.5 : 0.0);

    *out = fill(m, expected_a(m) + copysign(apart, x2i), whole);
    return TQ_OK;
}

static tq_status check_accuracy(const tq_test_accuracy *test, tq_error *err)
{
    const struct {
        const char *name;
        double value;
        int needed;
    } fields[] = {
        {"sens", test->sens, 1},
        {"spec", test->spec, 1},
        {"ppv", test->ppv, 0},
        {"npv", test->npv, 0},
        {"prevalence", test->prevalence, isnan(test->ppv) && isnan(test->npv)},
    };

    if (!(test->ni > 0.0 && isfinite(test->ni))) {
        return bad(err, "ni", test->ni, "> 0");
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const double p = fields[i].value;

        if ((fields[i].needed || !isnan(p)) && !(p >= 0.0 && p <= 1.0)) {
            return bad(err, fields[i].name, p, "0 to 1");
        }
    }
    return TQ_OK;
}

/*
 * ppv = sens P / (sens P + (1 - spec)(1 - P)) solved for P; npv likewise. NaN where the predictive
 * value says nothing about P (0/0).
 */
static double prevalence_of(const tq_test_accuracy *test)
{
    const double from_ppv = test->ppv * (1.0 - test->spec),
                 not_ppv = test->sens * (1.0 - test->ppv);
    const double from_npv = test->spec * (1.0 - test->npv),
                 not_npv = test->npv * (1.0 - test->sens);
    const double first = from_ppv / (from_ppv + not_ppv), second = from_npv / (from_npv + not_npv);

    if (!isnan(test->prevalence)) {
        return test->prevalence;
    }
    return isnan(first) ? second : isnan(second) ? first : 0.5 * (first + second);
}

tq_status tq_table_from_accuracy(const tq_test_accuracy *test, int whole, tq_table_cells *out,
                                 tq_error *err)
{
    const tq_status status = check_accuracy(test, err);

    if (status != TQ_OK) {
        return status;
    }
    const double P = prevalence_of(test);

    if (isnan(P)) {
        *out = no_table("the predictive value does not tell the prevalence");
        return TQ_OK;
    }
    const double ill = whole ? round(P * test->ni) : P * test->ni, well = test->ni - ill;
    const double a = test->sens * ill, d = test->spec * well;

    *out = (tq_table_cells){.ai = whole ? round(a) : a, .di = whole ? round(d) : d};
    out->bi = fmax(0.0, well - out->di);
    out->ci = fmax(0.0, ill - out->ai);
    return TQ_OK;
}
