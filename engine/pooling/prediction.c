/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicted values with confidence and prediction intervals of every kind but the bootstrap. */
#include <math.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "pooling/pool_internal.h"

/* Variance and degrees of freedom that a kind of interval uses for the mean at x. */
typedef struct {
    double se2, df;
} basis;

static int interval_basis(const tq_pool *fit, const double *x, double se2, double df, basis *out)
{
    const double model = tq_bilinear(fit->p, x, fit->vb_model, x);
    const double k_p = (double)(fit->k - fit->p);

    switch (fit->predict) {
    case TQ_PREDICT_DEFAULT:
        if (fit->test == TQ_TEST_HC) { /* its distribution is that of the mean alone */
            return 0;
        }
        *out = (basis){se2, df};
        return 1;
    case TQ_PREDICT_T: /* k - 1: Higgins, Thompson & Spiegelhalter (2009) discuss both */
        *out = (basis){model, k_p};
        return 1;
    case TQ_PREDICT_RILEY: /* k - 2: Higgins et al. (2009), J. R. Stat. Soc. A 172:137-159, eq. 11 */
        *out = (basis){se2, fmax(1.0, k_p - 1.0)};
        return 1;
    case TQ_PREDICT_HK: /* Partlett & Riley (2017), Stat. Med. 36:301-317 */
        *out = (basis){model * fit->kh, k_p};
        return 1;
    default:
        return 0;
    }
}

void tq_pool_predict(const tq_pool *fit, const double *x, tq_prediction *out)
{
    double pred = 0.0;

    for (size_t a = 0; a < fit->p; a++) {
        pred += x[a] * fit->beta[a];
    }
    const double se2 = tq_bilinear(fit->p, x, fit->vb, x);
    const pool_width w = pool_width_of(fit, se2, tq_bilinear(fit->p, x, fit->kr, x));
    basis b;

    *out = (tq_prediction){pred, w.se, pred - w.half, pred + w.half, NAN, NAN, NAN};
    if (!isnan(fit->tau2) && fit->k > fit->p && interval_basis(fit, x, se2, w.df, &b)) {
        const double wide = tq_critical_value(fit->level, b.df) * sqrt(b.se2 + fit->tau2);

        out->pi_lb = pred - wide;
        out->pi_ub = pred + wide;
        out->pi_df = b.df;
    }
}

void pool_prediction(tq_pool *fit)
{
    const double one = 1.0;

    tq_pool_predict(fit, &one, &fit->prediction);
}
