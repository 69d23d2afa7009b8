/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Covariances of random effects by structure, and their derivatives. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"

/* ---- distances ---- */

/* Kilometres on the ellipsoid of WGS 84: Andoyer's formula, Meeus (1998), Astronomical Algorithms,
   2nd ed., p. 85. */
static double great_circle(double lat1, double lon1, double lat2, double lon2)
{
    const double radius = 6378.137, flattening = 1.0 / 298.257223563;
    const double half = 0.0087266462599716478846; /* pi / 360 */
    const double f = (lat1 + lat2) * half, g = (lat1 - lat2) * half, l = (lon1 - lon2) * half;
    const double f2 = sin(f) * sin(f), g2 = sin(g) * sin(g), l2 = sin(l) * sin(l);
    const double s = g2 * (1.0 - l2) + (1.0 - f2) * l2, c = (1.0 - g2) * (1.0 - l2) + f2 * l2;

    if (s == 0.0) {
        return 0.0;
    }
    const double w = atan2(sqrt(s), sqrt(c)), r = sqrt(s * c) / w;
    const double away = c > 0.0 ? (3.0 * r - 1.0) / (2.0 * c) * f2 * (1.0 - g2) : 0.0;
    const double near = (3.0 * r + 1.0) / (2.0 * s) * (1.0 - f2) * g2;

    return 2.0 * w * radius * (1.0 + flattening * (away - near));
}

double mv_distance_between(const tq_mv_term *t, size_t k, size_t i, size_t j)
{
    double sum = 0.0;

    if (t->distance == TQ_MV_GCD) {
        return great_circle(t->Z[k + i], t->Z[i], t->Z[k + j], t->Z[j]);
    }
    for (size_t a = 0; a < t->q; a++) {
        const double d = fabs(t->Z[a * k + i] - t->Z[a * k + j]);

        sum = t->distance == TQ_MV_EUCLIDEAN ? hypot(sum, d)
              : t->distance == TQ_MV_MAXIMUM ? fmax(sum, d)
                                             : sum + d;
    }
    return sum;
}

/* Correlation at x = d / rho, and its derivative by x. */
static double spatial(tq_mv_structure s, double x, double *slope)
{
    const double y = x * x;

    switch (s) {
    case TQ_MV_SPEXP:
        *slope = -exp(-x);
        return exp(-x);
    case TQ_MV_SPGAU:
        *slope = -2.0 * x * exp(-y);
        return exp(-y);
    case TQ_MV_SPLIN:
        *slope = x < 1.0 ? -1.0 : 0.0;
        return x < 1.0 ? 1.0 - x : 0.0;
    case TQ_MV_SPRAT:
        *slope = -2.0 * x / ((1.0 + y) * (1.0 + y));
        return 1.0 / (1.0 + y);
    default:
        assert(s == TQ_MV_SPSPH);
        *slope = x < 1.0 ? 1.5 * (y - 1.0) : 0.0;
        return x < 1.0 ? 1.0 - x * (1.5 - 0.5 * y) : 0.0;
    }
}

/* ---- scalar structures ---- */

/* Correlation of two rows of a group, and its derivative by the term's correlation or range. */
static double correlation(const mv_term_state *s, size_t i, size_t j, double *slope)
{
    const tq_mv_term *t = s->term;
    const double rho = s->phi[s->n - 1];
    double d, out;

    switch (t->structure) {
    case TQ_MV_CS:
    case TQ_MV_HCS:
        *slope = t->inner[i] == t->inner[j] ? 0.0 : 1.0;
        return t->inner[i] == t->inner[j] ? 1.0 : rho;
    case TQ_MV_AR:
    case TQ_MV_HAR:
        d = fabs((double)t->inner[i] - (double)t->inner[j]);
        break;
    case TQ_MV_CAR:
        d = fabs(t->Z[i] - t->Z[j]);
        break;
    default:
        d = mv_distance_between(t, s->k, i, j) / rho;
        out = spatial(t->structure, d, slope);
        *slope *= -d / rho;
        return out;
    }
    /* at rho = 0 a time step below 1 has no derivative; u has, which is 0 */
    *slope = d == 0.0 || (d < 1.0 && rho == 0.0) ? 0.0 : d * pow(rho, d - 1.0);
    return d == 0.0 ? 1.0 : pow(rho, d);
}

/* Whether the two rows share the effect; R of an intercept may join groups. */
static double shared(const tq_mv_term *t, size_t i, size_t j)
{
    const size_t a = t->group[i], b = t->group[j];

    if (t->structure == TQ_MV_INTERCEPT) {
        return t->R ? t->R[a + b * t->n_groups] : a == b ? 1.0 : 0.0;
    }
    if (a != b) {
        return 0.0;
    }
    return t->structure == TQ_MV_ID || t->structure == TQ_MV_DIAG ? t->inner[i] == t->inner[j]
                                                                  : 1.0;
}

static int has_levels(tq_mv_structure s)
{
    return s == TQ_MV_HCS || s == TQ_MV_HAR;
}

static double form(const mv_term_state *s, const double *T, size_t i, size_t j)
{
    const tq_mv_term *t = s->term;
    const size_t q = s->levels;
    double sum = 0.0;

    if (t->structure == TQ_MV_UN) {
        return T[t->inner[i] + t->inner[j] * q];
    }
    for (size_t a = 0; a < q; a++) {
        for (size_t b = 0; b < q; b++) {
            sum += t->Z[a * s->k + i] * T[a + b * q] * t->Z[b * s->k + j];
        }
    }
    return sum;
}

static double element(const mv_term_state *s, size_t i, size_t j)
{
    const tq_mv_term *t = s->term;
    const double share = shared(t, i, j);
    double slope;

    if (share == 0.0) {
        return 0.0;
    }
    if (s->T) {
        return form(s, s->T, i, j);
    }
    if (has_levels(t->structure)) {
        return s->phi[t->inner[i]] * s->phi[t->inner[j]] * correlation(s, i, j, &slope);
    }
    if (t->structure == TQ_MV_DIAG) {
        return s->phi[t->inner[i]];
    }
    return s->phi[0] * share * (s->n == 1 ? 1.0 : correlation(s, i, j, &slope));
}

/* By the standard deviation of level r, or (r = the last) the correlation. */
static double derivative_by_level(const mv_term_state *s, size_t r, size_t i, size_t j)
{
    const size_t a = s->term->inner[i], b = s->term->inner[j];
    double slope;
    const double rho = correlation(s, i, j, &slope);

    if (r == s->n - 1) {
        return s->phi[a] * s->phi[b] * slope;
    }
    return (a == r ? s->phi[b] * rho : 0.0) + (b == r ? s->phi[a] * rho : 0.0);
}

static double derivative(const mv_term_state *s, size_t r, size_t i, size_t j)
{
    const tq_mv_term *t = s->term;
    const double share = shared(t, i, j);
    double slope;

    if (share == 0.0) {
        return 0.0;
    }
    if (s->T) {
        return form(s, s->dT, i, j);
    }
    if (has_levels(t->structure)) {
        return derivative_by_level(s, r, i, j);
    }
    if (t->structure == TQ_MV_DIAG) {
        return t->inner[i] == r ? 1.0 : 0.0;
    }
    if (s->n == 1) {
        return share;
    }
    const double rho = correlation(s, i, j, &slope);

    return r == 0 ? rho : s->phi[0] * slope;
}

/* ---- unstructured ---- */

size_t mv_correlation_at(size_t n, size_t a, size_t b)
{
    return a * n - a * (a + 1) / 2 + b - a - 1;
}

static double correlation_of(const mv_term_state *s, size_t a, size_t b)
{
    return a == b ? 1.0
                  : s->phi[s->levels + mv_correlation_at(s->levels, a < b ? a : b, a < b ? b : a)];
}

/* Column c of the factor in the row of a level. */
static double factor_at(const mv_term_state *s, size_t level, size_t c)
{
    const size_t row = mv_row_of(&s->lead, level);

    return c <= row ? s->phi[row * (row + 1) / 2 + c] : 0.0;
}

/* Whether T is positive semidefinite, by a factorisation of its correlations. */
static int is_covariance(const mv_term_state *s, double *L)
{
    const size_t q = s->levels;

    for (size_t b = 0; b < q; b++) {
        for (size_t a = b; a < q; a++) {
            double x = correlation_of(s, a, b);

            for (size_t c = 0; c < b; c++) {
                x -= L[a + c * q] * L[b + c * q];
            }
            if (a == b && x < -1e-12) {
                return 0;
            }
            if (a != b && L[b + b * q] == 0.0 && fabs(x) > 1e-6) {
                return 0;
            }
            L[a + b * q] = a == b               ? (x > 1e-14 ? sqrt(x) : 0.0)
                           : L[b + b * q] > 0.0 ? x / L[b + b * q]
                                                : 0.0;
        }
    }
    return 1;
}

int mv_term_prepare(mv_term_state *s)
{
    const size_t q = s->levels;

    if (!s->T) {
        return 1;
    }
    if (!s->by_cholesky && !is_covariance(s, s->dT)) {
        return 0;
    }
    for (size_t a = 0; a < q; a++) {
        for (size_t b = 0; b <= a; b++) {
            double x = s->by_cholesky ? 0.0 : s->phi[a] * s->phi[b] * correlation_of(s, a, b);

            for (size_t c = 0; s->by_cholesky && c < q; c++) {
                x += factor_at(s, a, c) * factor_at(s, b, c);
            }
            s->T[a + b * q] = s->T[b + a * q] = x;
        }
    }
    return 1;
}

/* dT by an element of the factor: E L' + L E'. */
static void by_factor(const mv_term_state *s, size_t r)
{
    const size_t q = s->levels, row = mv_factor_row(r), b = r - row * (row + 1) / 2;
    size_t a = 0;

    while (mv_row_of(&s->lead, a) != row) {
        a++;
    }
    for (size_t i = 0; i < q; i++) {
        s->dT[a + i * q] += factor_at(s, i, b);
        s->dT[i + a * q] += factor_at(s, i, b);
    }
}

static void by_correlations(const mv_term_state *s, size_t r)
{
    const size_t q = s->levels;

    if (r < q) {
        for (size_t i = 0; i < q; i++) {
            s->dT[r + i * q] += s->phi[i] * correlation_of(s, r, i);
            s->dT[i + r * q] += s->phi[i] * correlation_of(s, r, i);
        }
        return;
    }
    for (size_t a = 0; a < q; a++) {
        for (size_t b = a + 1; b < q; b++) {
            if (q + mv_correlation_at(q, a, b) == r) {
                s->dT[a + b * q] = s->dT[b + a * q] = s->phi[a] * s->phi[b];
            }
        }
    }
}

/* ---- over the rows of a block ---- */

void mv_term_add(const mv_term_state *s, size_t n, const size_t *row, double *M)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            const double x = element(s, row[i], row[j]);

            M[i + j * n] += x;
            if (i != j) {
                M[j + i * n] += x;
            }
        }
    }
}

void mv_term_slope(const mv_term_state *s, size_t r)
{
    memset(s->dT, 0, s->levels * s->levels * sizeof *s->dT);
    if (s->by_cholesky) {
        by_factor(s, r);
    } else {
        by_correlations(s, r);
    }
}

void mv_term_derivative(const mv_term_state *s, size_t r, size_t n, const size_t *row, double *D)
{
    if (s->T) {
        mv_term_slope(s, r);
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            D[i + j * n] = D[j + i * n] = derivative(s, r, row[i], row[j]);
        }
    }
}
