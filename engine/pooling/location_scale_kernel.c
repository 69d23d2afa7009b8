/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log-likelihood of a location-scale model with beta profiled out, its gradient and Hessian. With
 * W = diag(wi), wi = 1/(vi + tau2_i), P = W - WX (X'WX)^-1 X'W and r = y - X beta, so that Py = Wr,
 *
 *     ML:    l = -1/2 [ k log 2pi + sum log(vi + tau2_i) + r'Wr ],
 *     REML:  l = -1/2 [ (k - p) log 2pi + sum log(vi + tau2_i) + log|X'WX| + r'Wr ]   (X orthonormal),
 *
 *     dl / dtau2_i             = 1/2 [ (Py)i^2 - Mii ],
 *     d2l / dtau2_i dtau2_j    = 1/2 Mij^2 - (Py)i Pij (Py)j,     M = P (REML), W (ML),
 *
 * and the chain rule with tau2_i = exp(zi'gamma) or zi'gamma.
 */
#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "pooling/location_scale_internal.h"

/* tau2, its derivative by the link, weights. 0 outside the domain. */
static int variances(ls_problem *m, const double *gamma)
{
    for (size_t i = 0; i < m->k; i++) {
        double eta = 0.0;

        for (size_t a = 0; a < m->q; a++) {
            eta += m->Z[i + a * m->k] * gamma[a];
        }
        if (m->link == TQ_LINK_IDENTITY && !(eta >= 0.0 && (m->barrier == 0.0 || eta > 0.0))) {
            return 0;
        }
        m->tau2[i] = m->link == TQ_LINK_LOG ? exp(eta) : eta;
        m->d1[i] = m->link == TQ_LINK_LOG ? m->tau2[i] : 1.0;
        m->w[i] = 1.0 / (m->vi[i] + m->tau2[i]);
        if (!(m->w[i] > 0.0)) {
            return 0;
        }
    }
    return 1;
}

/* beta, residuals, leverages hi = xi'A xi; *logdet gets log|X'WX|. 0 when it is singular. */
static int regress(ls_problem *m, double *logdet)
{
    tq_gram(m->k, m->p, m->X, m->w, m->A);
    if (tq_invert_spd(m->p, m->A, logdet, NULL) != TQ_OK) {
        return 0;
    }
    tq_cross(m->k, m->p, m->X, m->w, m->yi, m->c);
    for (size_t a = 0; a < m->p; a++) {
        m->b[a] = 0.0;
        for (size_t b = 0; b < m->p; b++) {
            m->b[a] += m->A[a + b * m->p] * m->c[b];
        }
    }
    for (size_t i = 0; i < m->k; i++) {
        m->r[i] = m->yi[i];
        for (size_t a = 0; a < m->p; a++) {
            m->r[i] -= m->X[i + a * m->k] * m->b[a];
            m->c[a] = m->X[i + a * m->k];
        }
        m->h[i] = tq_bilinear(m->p, m->c, m->A, m->c);
    }
    return 1;
}

/* x_a = Ua Py, B_a = X'W x_a and C_a = A X'W Ua W X, for Ua = diag(d tau2_i / d gamma_a). */
static void columns(ls_problem *m)
{
    const size_t k = m->k, p = m->p;

    for (size_t a = 0; a < m->q; a++) {
        for (size_t i = 0; i < k; i++) {
            const double d = m->d1[i] * m->Z[i + a * k];

            m->x[i + a * k] = d * m->w[i] * m->r[i];
            m->u[i] = m->w[i] * m->w[i] * d;
        }
        tq_cross(k, p, m->X, m->w, m->x + a * k, m->B + a * p);
        if (m->restricted) {
            tq_gram(k, p, m->X, m->u, m->S);
            tq_multiply(p, m->A, m->S, m->C + a * p * p);
        }
    }
}

/* tr(C_a C_b). */
static double trace_product(size_t p, const double *Ca, const double *Cb)
{
    double sum = 0.0;

    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++) {
            sum += Ca[i + j * p] * Cb[j + i * p];
        }
    }
    return sum;
}

static void derivatives(ls_problem *m)
{
    const size_t k = m->k, p = m->p, q = m->q;

    columns(m);
    memset(m->gradient, 0, q * sizeof *m->gradient);
    memset(m->J, 0, q * q * sizeof *m->J);
    for (size_t i = 0; i < k; i++) {
        const double w = m->w[i], wr = w * m->r[i], d = m->d1[i];
        const double own = m->restricted ? w - w * w * m->h[i] : w; /* Mii */
        const double slope = 0.5 * (wr * wr - own);
        /* Mij^2 without the part of A^2, which C has */
        const double pair = m->restricted ? w * w * (1.0 - 2.0 * w * m->h[i]) : w * w;
        const double bend = m->link == TQ_LINK_LOG ? slope * d : 0.0;
        const double curve =
            w * wr * wr * d * d - 0.5 * pair * d * d - bend +
            m->barrier * (m->barrier > 0.0 ? 1.0 / (m->tau2[i] * m->tau2[i]) : 0.0);
        const double pull = slope * d + (m->barrier > 0.0 ? m->barrier / m->tau2[i] : 0.0);

        for (size_t a = 0; a < q; a++) {
            m->gradient[a] += pull * m->Z[i + a * k];
            for (size_t b = 0; b <= a; b++) {
                m->J[a + b * q] += curve * m->Z[i + a * k] * m->Z[i + b * k];
            }
        }
    }
    for (size_t a = 0; a < q; a++) {
        for (size_t b = 0; b <= a; b++) {
            m->J[a + b * q] -= tq_bilinear(p, m->B + a * p, m->A, m->B + b * p);
            if (m->restricted) {
                m->J[a + b * q] -= 0.5 * trace_product(p, m->C + a * p * p, m->C + b * p * p);
            }
            m->J[b + a * q] = m->J[a + b * q];
        }
    }
}

double ls_evaluate(ls_problem *m, const double *gamma, int details)
{
    const double n = (double)(m->restricted ? m->k - m->p : m->k);
    double logdet, sum = 0.0, barrier = 0.0;

    if (!variances(m, gamma) || !regress(m, &logdet)) {
        return -INFINITY;
    }
    for (size_t i = 0; i < m->k; i++) {
        sum += m->w[i] * m->r[i] * m->r[i] - log(m->w[i]);
        barrier += m->barrier > 0.0 ? log(m->tau2[i]) : 0.0;
    }
    if (details) {
        derivatives(m);
    }
    return -0.5 * (n * TQ_LOG_2PI + sum + (m->restricted ? logdet : 0.0)) + m->barrier * barrier;
}
