/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small-sample factors, and test statistics and limits turned into what the families need. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "core/distributions.h"
#include "core/gsl_quiet.h"

/*
 * Hedges (1981), J. Educ. Stat. 6:107-128. With y = (m - 1)/2 and
 * Gamma(x) = sqrt(2 pi) x^(x - 1/2) e^(-x) Gamma*(x) the large logarithms cancel on paper,
 *
 *     J = Gamma*(y + 1/2) / Gamma*(y) exp((y - 1/2) log(1 + 1/(2y)) - 1/2),
 *
 * where a difference of log gammas would lose a digit for every digit of m.
 */
double hedges_exact(double m)
{
    if (!(m > 1.0)) {
        return NAN;
    }
    const double y = 0.5 * (m - 1.0);

    return gsl_sf_gammastar(y + 0.5) / gsl_sf_gammastar(y) * exp((y - 0.5) * log1p(0.5 / y) - 0.5);
}

double hedges_factor(double m, const tq_effect_options *opt)
{
    if (!opt->correct) {
        return 1.0;
    }
    if (opt->exact_bias || !(m > 1.0)) {
        return hedges_exact(m);
    }
    return 1.0 - 3.0 / (4.0 * m - 1.0);
}

/*
 * With E(g) = delta and g = J d, d^2 times m/(m - 2) less than a noncentral F,
 *
 *     Var(g) = J^2 m/(m - 2) (c + delta^2) - delta^2
 *
 * is estimated without bias by  c + (1 - (m - 2)/(m J^2)) g^2,  c the variance of g at delta = 0
 * without its factor: Hedges (1983), Psychol. Bull. 93:388-395.
 */
double unbiased_g2(double m)
{
    const double J = hedges_exact(m);

    return 1.0 - (m - 2.0) / (m * J * J);
}

double t_from_signed_p(double p, double df)
{
    const double tail = 0.5 * fabs(p);

    tq_gsl_quiet();
    const double t = gsl_cdf_tdist_Qinv(tail, df);
    /* One Newton step: GSL stops at about nine digits. */
    const double step = (gsl_cdf_tdist_Q(t, df) - tail) / gsl_ran_tdist_pdf(t, df);

    return copysign(isfinite(step) ? t + step : t, p);
}

double t_directed(double t, const tq_inputs *in, tq_input_set directs, size_t i)
{
    /* The strongest first; inputs end with TQ_IN_YI, 0, and every second is subtracted. */
    static const tq_input differences[][5] = {
        {TQ_IN_MI},
        {TQ_IN_M1I, TQ_IN_M2I},
        {TQ_IN_MPOST1I, TQ_IN_MPRE1I, TQ_IN_MPRE2I, TQ_IN_MPOST2I},
        {TQ_IN_MEDI},
        {TQ_IN_MED1I, TQ_IN_MED2I},
    };

    for (size_t d = 0; d < sizeof differences / sizeof *differences; d++) {
        double sum = 0.0;

        for (size_t j = 0; differences[d][j]; j++) {
            const tq_input input = differences[d][j];
            const double *const x = directs & TQ_INPUT_BIT(input) ? in->column[input] : NULL;

            sum += x ? (j % 2 ? -x[i] : x[i]) : NAN;
        }
        if (isfinite(sum) && sum != 0.0) {
            return copysign(t, sum);
        }
    }
    return t;
}

tq_status se_from_limits(double estimate, tq_input estimate_input, double lb, double ub,
                         double level, double df, size_t row, double *se, tq_error *err)
{
    if (!(lb < ub)) {
        return tq_fail(err, TQ_EDATA, row, "ci-ub", "value '%.15g' must be > ci-lb = %.15g", ub,
                       lb);
    }
    if (!(lb <= estimate && estimate <= ub)) {
        return tq_fail(err, TQ_EDATA, row, tq_input_name(estimate_input),
                       "value '%.15g' must be within its limits, %.15g to %.15g", estimate, lb, ub);
    }
    *se = (ub - lb) / (2.0 * tq_critical_value(level, df));
    return TQ_OK;
}
