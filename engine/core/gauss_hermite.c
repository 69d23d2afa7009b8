/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes as eigenvalues of the Jacobi matrix (Golub & Welsch 1969, Math. Comp. 23:221-230), by GSL.
 * Its weights are right to 1e-16 of the largest, which leaves the outer ones without a digit, while
 * adaptive quadrature multiplies them by exp(x^2 / 2). So Newton steps polish the nodes, and weights
 * come from the orthonormal polynomials, wj = 1 / sum_m hm(xj)^2.
 */
#include "core/gauss_hermite.h"

#include <math.h>

#include <gsl/gsl_integration.h>

#include "core/gsl_quiet.h"

/*
 * h_n(x) / h_n'(x) and, in *sum, h_0^2 + ... + h_{n-1}^2, for the orthonormal Hermite polynomials:
 * h_{m+1} = (x h_m - sqrt(m) h_{m-1}) / sqrt(m + 1),  h_n' = sqrt(n) h_{n-1}.
 */
static double newton_step(size_t n, double x, double *sum)
{
    double before = 0.0, h = 1.0;

    *sum = 0.0;
    for (size_t m = 0; m < n; m++) {
        const double next = (x * h - sqrt((double)m) * before) / sqrt((double)m + 1.0);

        *sum += h * h;
        before = h;
        h = next;
    }
    return h / (sqrt((double)n) * before);
}

tq_status tq_gauss_hermite(size_t n, double *x, double *w, tq_error *err)
{
    if (n < 1 || n > TQ_HERMITE_MAX) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the number of quadrature points must be between 1 and %d, not %zu",
                       TQ_HERMITE_MAX, n);
    }
    tq_gsl_quiet();
    gsl_integration_fixed_workspace *rule =
        gsl_integration_fixed_alloc(gsl_integration_fixed_hermite, n, 0.0, 0.5, 0.0, 0.0);

    if (!rule) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "no memory for a quadrature rule");
    }
    const double *start = gsl_integration_fixed_nodes(rule);

    for (size_t j = (n + 1) / 2; j-- > 0;) { /* the nodes come rising: polish those <= 0, mirror */
        double node = start[j], sum;

        node -= newton_step(n, node, &sum);
        node -= newton_step(n, node, &sum);
        node = n % 2 == 1 && j == n / 2 ? 0.0 : node;
        newton_step(n, node, &sum);
        x[j] = node;
        x[n - 1 - j] = -node;
        w[j] = w[n - 1 - j] = 1.0 / sum;
    }
    gsl_integration_fixed_free(rule);
    return TQ_OK;
}
