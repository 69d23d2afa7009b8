/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generalised variance inflation factors from the covariance matrix of the coefficients. */
#include "moderators/inflation.h"

#include <math.h>
#include <stdlib.h>

#include "linalg/dense.h"

/* log|correlations| of the coefficients that are in the set (part 1), outside (0), or all (-1). */
static tq_status log_determinant(const tq_pool *fit, size_t from, const unsigned char *in_set,
                                 int part, double *R, double *out, tq_error *err)
{
    const size_t p = fit->p;
    size_t n = 0, at = 0;

    for (size_t a = from; a < p; a++) {
        n += part < 0 || in_set[a] == part;
    }
    for (size_t b = from; b < p; b++) {
        if (part >= 0 && in_set[b] != part) {
            continue;
        }
        for (size_t a = from; a < p; a++) {
            if (part < 0 || in_set[a] == part) {
                R[at++] = fit->vb_model[a + b * p] /
                          sqrt(fit->vb_model[a + a * p] * fit->vb_model[b + b * p]);
            }
        }
    }
    *out = 0.0;
    return n > 0 ? tq_invert_spd(n, R, out, err) : TQ_OK;
}

tq_status tq_inflation_of(const tq_pool *fit, int intercept, size_t m, const size_t *column,
                          tq_inflation *out, tq_error *err)
{
    const size_t p = fit->p, from = intercept ? 1 : 0;
    double *R = calloc(p, p * sizeof *R), set = 0.0, rest = 0.0, all = 0.0;
    unsigned char *in_set = calloc(p, 1);
    tq_status status = TQ_OK;

    if (!R || !in_set) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        goto done;
    }
    if (m == 0) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no coefficient to look at");
    }
    for (size_t i = 0; status == TQ_OK && i < m; i++) {
        if (column[i] < from || column[i] >= p) {
            status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "coefficient %zu is no moderator of the model", column[i] + 1);
        } else {
            in_set[column[i]] = 1;
        }
    }
    status = status == TQ_OK ? log_determinant(fit, from, in_set, 1, R, &set, err) : status;
    status = status == TQ_OK ? log_determinant(fit, from, in_set, 0, R, &rest, err) : status;
    status = status == TQ_OK ? log_determinant(fit, from, in_set, -1, R, &all, err) : status;
    if (status == TQ_OK) {
        const double log_gvif = set + rest - all;

        *out = (tq_inflation){m, exp(log_gvif), exp(0.5 * log_gvif / (double)m)};
    }
done:
    free(in_set);
    free(R);
    return status;
}
