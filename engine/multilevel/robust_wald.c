/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of several combinations of coefficients at once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "linalg/eigen.h"
#include "multilevel/robust_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* A[q x q] = C M C' for M[p x p]; half[q x p]. */
static void congruence(size_t q, size_t p, const double *C, const double *M, double *half,
                       double *A)
{
    for (size_t b = 0; b < p; b++) {
        for (size_t s = 0; s < q; s++) {
            half[s + b * q] = 0.0;
            for (size_t a = 0; a < p; a++) {
                half[s + b * q] += C[s + a * q] * M[a + b * p];
            }
        }
    }
    for (size_t t = 0; t < q; t++) {
        for (size_t s = 0; s < q; s++) {
            A[s + t * q] = 0.0;
            for (size_t b = 0; b < p; b++) {
                A[s + t * q] += half[s + b * q] * C[t + b * q];
            }
        }
    }
}

/* Invert A[q x q], scaled so that units do not matter; 0 where it is singular. */
static int invert_scaled(size_t q, double *A, double *scale)
{
    double logdet;

    for (size_t s = 0; s < q; s++) {
        scale[s] = 1.0 / sqrt(A[s + s * q]);
        if (!isfinite(scale[s])) {
            return 0;
        }
    }
    for (size_t i = 0; i < q * q; i++) {
        A[i] *= scale[i % q] * scale[i / q];
    }
    if (tq_invert_spd(q, A, &logdet, NULL) != TQ_OK) {
        return 0;
    }
    for (size_t s = 0; s < q; s++) {
        if (!(A[s + s * q] < 1e10)) { /* nothing but rounding is left of combination s */
            return 0;
        }
    }
    for (size_t i = 0; i < q * q; i++) {
        A[i] *= scale[i % q] * scale[i / q];
    }
    return 1;
}

double robust_quadratic(size_t q, size_t p, const double *C, const double *V, const double *d,
                        double *room)
{
    double *A = room + q * p;

    congruence(q, p, C, V, room, A);
    return invert_scaled(q, A, room) ? tq_bilinear(q, d, A, d) : (double)NAN;
}

tq_status robust_check(const tq_robust *r, size_t q, const double *C, double *room, tq_error *err)
{
    if (q == 0 || q > r->p) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%zu combinations of %zu coefficients cannot be tested together", q, r->p);
    }
    /* By the bread, which has full rank whatever the residuals. */
    congruence(q, r->p, C, r->parts->bread, room, room + q * r->p);
    return invert_scaled(q, room + q * r->p, room)
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "the combinations to be tested are linearly dependent");
}

/* eta of HTZ: q (q + 1) over the sum of variances of the entries of Omega^-1/2 C V C'Omega^-1/2, Omega being the
   expectation of C V C'. room: [4 q q + q p + 4 q] and robust_room(p, q). */
static double eta_of(const tq_robust_parts *parts, size_t q, const double *C, double *room)
{
    const size_t p = parts->p, square = q * q;
    double *Omega = room, *Q = room + square, *root = room + 2 * square, *again = room + 3 * square;
    double *scaled = room + 4 * square, *d = scaled + q * p, *rest = d + 4 * q;

    robust_moments(parts, q, C, Omega, rest);
    if (tq_power_symmetric(q, Omega, -0.5, Q, d, root) < q) {
        return NAN;
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t s = 0; s < q; s++) {
            scaled[s + a * q] = 0.0;
            for (size_t t = 0; t < q; t++) {
                scaled[s + a * q] += root[s + t * q] * C[t + a * q];
            }
        }
    }
    const double variance = robust_moments(parts, q, scaled, again, rest);

    return (double)q * ((double)q + 1.0) / variance;
}

static void distribute(const tq_robust *r, size_t q, const double *C, double Q, double *room,
                       tq_wald *out)
{
    const double m = (double)q;

    if (r->type == TQ_ROBUST_CR2) {
        const double eta = eta_of(r->parts, q, C, room);

        out->df2 = eta - m + 1.0;
        out->stat = out->df2 > 0.0 ? out->df2 / (eta * m) * Q : (double)NAN;
    } else {
        out->df2 = r->m > r->p ? (double)(r->m - r->p) : (double)NAN;
        out->stat = Q / m;
    }
    if (out->df2 > 0.0) {
        out->pval = tq_f_upper(out->stat, m, out->df2);
    }
}

tq_status tq_robust_wald(const tq_robust *r, size_t q, const double *C, const double *rhs,
                         tq_wald *out, tq_error *err)
{
    const size_t p = r->p, n = q <= p ? q : 0;
    double *room = calloc(4 * n * n + 2 * n * p + 6 * n + robust_room(p, n) + 1, sizeof *room);
    tq_status status = room ? robust_check(r, q, C, room, err) : no_memory(err);

    if (status == TQ_OK) {
        double *d = room, *rest = room + q;

        for (size_t s = 0; s < q; s++) {
            d[s] = rhs ? -rhs[s] : 0.0;
            for (size_t a = 0; a < p; a++) {
                d[s] += C[s + a * q] * r->beta[a];
            }
        }
        *out = (tq_wald){NAN, (double)q, NAN, NAN};
        const double Q = robust_quadratic(q, p, C, r->vb, d, rest);

        if (!isnan(Q)) {
            distribute(r, q, C, Q, rest, out);
        }
    }
    free(room);
    return status;
}

tq_status tq_robust_wald_columns(const tq_robust *r, size_t n, const size_t *column, tq_wald *out,
                                 tq_error *err)
{
    double *C = calloc(n <= r->p ? n * r->p + 1 : 1, sizeof *C);
    tq_status status = C ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && n <= r->p && i < n; i++) {
        C[i + column[i] * n] = 1.0;
    }
    status = status == TQ_OK ? tq_robust_wald(r, n, C, NULL, out, err) : status;
    free(C);
    return status;
}
