/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the odds ratios of the tables are one: Breslow & Day (1980), Statistical Methods in Cancer
 * Research, vol. 1, eq. 4.30, and its correction by Tarone (1985), Biometrika 72:91-95, which makes
 * it chi-square also at an estimate that does not maximise the likelihood.
 */
#include <math.h>

#include "core/distributions.h"
#include "pooling/count_fit_internal.h"

/*
 * Events of group 1 that give odds ratio psi with the margins of the table as they are: the root in
 * range of
 *
 *     (1 - psi) A^2 + (n2 - m + psi (n1 + m)) A - psi n1 m = 0,
 *
 * in the form that does not cancel.
 */
static double fitted_events(const count_table *t, double psi)
{
    const double B = t->n2 - t->m + psi * (t->n1 + t->m), C = psi * t->n1 * t->m;
    const double root = sqrt(fmax(0.0, B * B + 4.0 * (1.0 - psi) * C));

    return B >= 0.0 ? 2.0 * C / (B + root) : (root - B) / (2.0 * (1.0 - psi));
}

void breslow_day(const tq_counts *counts, size_t k, double psi, tq_statistic *bd, tq_statistic *ta)
{
    double sum = 0.0, excess = 0.0, variance = 0.0;
    size_t tables = 0;

    for (size_t i = 0; i < k; i++) {
        const count_table t = count_table_at(counts, i);

        if (!(t.m > 0.0 && t.m < t.N)) { /* the margins leave no choice */
            continue;
        }
        const double A = fitted_events(&t, psi);
        const double V =
            1.0 / (1.0 / A + 1.0 / (t.m - A) + 1.0 / (t.n1 - A) + 1.0 / (t.n2 - t.m + A));

        sum += (t.a - A) * ((t.a - A) / V);
        excess += t.a - A;
        variance += V;
        tables++;
    }
    if (tables > 1) {
        const double df = (double)tables - 1.0,
                     adjusted = fmax(0.0, sum - excess * excess / variance);

        *bd = (tq_statistic){sum, df, tq_chisq_upper(sum, df)};
        *ta = (tq_statistic){adjusted, df, tq_chisq_upper(adjusted, df)};
    }
}
