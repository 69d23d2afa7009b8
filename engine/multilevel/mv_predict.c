/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear combinations of the coefficients with the degrees of freedom of the fit's rule. */
#include <math.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "multilevel/multilevel_internal.h"

/* Of the combination's own variance: Satterthwaite and Kenward-Roger. */
double mv_own_df(const tq_mv_fit *fit, const double *c)
{
    const size_t p = fit->p, m = fit->n_uncertain;
    const double variance = tq_bilinear(p, c, fit->vb_model, c);
    double spread = 0.0;

    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b < m; b++) {
            spread += tq_bilinear(p, c, fit->dvb + a * p * p, c) * fit->vdvb[a + b * m] *
                      tq_bilinear(p, c, fit->dvb + b * p * p, c);
        }
    }
    return fmin(spread > 0.0 ? 2.0 * variance * variance / spread : INFINITY, MV_ENDLESS);
}

/* The least of those of the coefficients that take part. */
static double least_df(const tq_mv_fit *fit, const double *c)
{
    double df = NAN;

    for (size_t a = 0; a < fit->p; a++) {
        if (c[a] != 0.0) {
            df = isnan(df) ? fit->df[a] : fmin(df, fit->df[a]);
        }
    }
    return df;
}

void tq_mv_linear(const tq_mv_fit *fit, const double *c, double rhs, tq_linear *out)
{
    const int own =
        fit->test == TQ_MV_KR || (fit->test == TQ_MV_T && fit->df_rule == TQ_MV_SATTERTHWAITE);
    double est = 0.0;

    for (size_t a = 0; a < fit->p; a++) {
        est += c[a] * fit->beta[a];
    }
    const double se = sqrt(fmax(0.0, tq_bilinear(fit->p, c, fit->vb, c)));
    const double df = fit->test == TQ_MV_Z ? NAN : own ? mv_own_df(fit, c) : least_df(fit, c);
    const double half = tq_critical_value(fit->level, df) * se;

    *out = (tq_linear){est, se, NAN, df, NAN, est - half, est + half};
    if (se > 0.0) {
        out->stat = (est - rhs) / se;
        out->pval = tq_two_sided_p(out->stat, df);
    }
}
