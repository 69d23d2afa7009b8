/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Weighted least squares that keeps its accuracy whatever the spread of the weights.
 *
 * The p studies that weigh most (with independent rows) become the unit vectors of the design,
 * Z = Q T with Z[pivot[a]] = e_a, and effects are taken relative to the surface through them. Then
 * Z'WZ = D + G with D = diag(w_pivot) and G summed over the other studies: however heavy a pivot is, it
 * adds nothing to the entries that the others determine, and its small residual is found by itself
 * instead of as a difference. With A = (D + G)^-1 the blocks of P = W - WZ A Z'W are
 *
 *     pivots:  G A D,      others x pivots:  -W Z A D,      others:  W - W Z A Z'W,
 *
 * where the last cancels little, because no study among the others outweighs the pivots.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/dense.h"
#include "pooling/problem_internal.h"

/* The study that weighs most in the columns of Z from `from` on, and the column where it does. */
static size_t heaviest(const tq_pool_work *g, const double *w, size_t from, size_t *column)
{
    double most = -1.0;
    size_t row = 0;

    *column = from;
    for (size_t c = from; c < g->p; c++) {
        const double *z = g->Z + c * g->k;

        for (size_t i = 0; i < g->k; i++) {
            const double size = w[i] * z[i] * z[i];

            if (size > most) {
                most = size;
                row = i;
                *column = c;
            }
        }
    }
    return row;
}

static void swap_columns(size_t n, double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        const double z = x[i];

        x[i] = y[i];
        y[i] = z;
    }
}

/* x := x / pivot; then y := y - factor x. */
static void scale(size_t n, double *x, double pivot)
{
    for (size_t i = 0; i < n; i++) {
        x[i] /= pivot;
    }
}

static void subtract(size_t n, double *y, double factor, const double *x)
{
    for (size_t i = 0; i < n; i++) {
        y[i] -= factor * x[i];
    }
}

/* Make column j of Z the unit vector of study `row`, by column operations repeated on T. */
static void eliminate(tq_pool_work *g, size_t row, size_t j)
{
    const size_t k = g->k, p = g->p;
    double *zj = g->Z + j * k, *tj = g->T + j * p;
    const double pivot = zj[row];

    scale(k, zj, pivot);
    scale(p, tj, pivot);
    zj[row] = 1.0;
    for (size_t c = 0; c < p; c++) {
        const double factor = g->Z[row + c * k];

        if (c != j && factor != 0.0) {
            subtract(k, g->Z + c * k, factor, zj);
            subtract(p, g->T + c * p, factor, tj);
            g->Z[row + c * k] = 0.0;
        }
    }
}

int problem_basis(tq_pool_work *g, const double *w)
{
    const size_t k = g->k, p = g->p;

    if (g->mean_only) {
        for (size_t i = 0; i < k; i++) {
            g->Z[i] = 1.0;
        }
    } else {
        memcpy(g->Z, g->Q, k * p * sizeof *g->Z);
    }
    memset(g->T, 0, p * p * sizeof *g->T);
    for (size_t a = 0; a < p; a++) {
        g->T[a + a * p] = 1.0;
    }
    g->det = 1.0;
    for (size_t j = 0; j < p; j++) {
        size_t column;
        const size_t row = heaviest(g, w, j, &column);

        if (column != j) {
            swap_columns(k, g->Z + j * k, g->Z + column * k);
            swap_columns(p, g->T + j * p, g->T + column * p);
        }
        const double pivot = g->Z[row + j * k];

        /* What is left of the rows that have weight is rounding alone. */
        if (!(w[row] > 0.0 && fabs(pivot) > 64.0 * DBL_EPSILON)) {
            return 0;
        }
        g->det *= pivot;
        g->pivot[j] = row;
        eliminate(g, row, j);
    }
    g->has_basis = 1;
    return 1;
}

/* out := x - Z at_pivots in rows [from, from + n), and beta += Z'W out. */
static void first_residuals(tq_pool_work *g, const double *w, const double *x, size_t from,
                            size_t n, double *out)
{
    const size_t k = g->k, p = g->p;

    memcpy(out + from, x + from, n * sizeof *out);
    tq_subtract_product(n, p, g->Z + from, k, g->b1, out + from);
    for (size_t a = 0; a < p; a++) {
        if (g->pivot[a] >= from && g->pivot[a] < from + n) {
            out[g->pivot[a]] = 0.0;
        }
    }
    tq_add_cross(n, p, g->Z + from, k, w + from, out + from, g->beta);
}

void problem_residuals(tq_pool_work *g, const double *w, const double *x, double *out)
{
    const size_t k = g->k, p = g->p;
    const size_t rows = tq_block_rows(k, p) ? tq_block_rows(k, p) : k;
    double *at_pivots = g->b1, *moved = g->b2;

    for (size_t a = 0; a < p; a++) {
        at_pivots[a] = x[g->pivot[a]];
        g->beta[a] = 0.0;
    }
    for (size_t from = 0; from < k; from += rows) {
        first_residuals(g, w, x, from, from + rows < k ? rows : k - from, out);
    }
    for (size_t a = 0; a < p; a++) {
        moved[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            moved[a] += g->A[a + b * p] * g->beta[b];
        }
        at_pivots[a] += moved[a];
    }
    for (size_t from = 0; from < k; from += rows) {
        const size_t n = from + rows < k ? rows : k - from;

        tq_subtract_product(n, p, g->Z + from, k, moved, out + from);
    }
}

/* How far the heaviest of the other studies outweighs a pivot in its column: max w z^2 / w_pivot. */
static double outweighed(const tq_pool_work *g, const double *w)
{
    double most = 0.0;

    for (size_t a = 0; a < g->p; a++) {
        const double *z = g->Z + a * g->k, limit = w[g->pivot[a]];
        double column = 0.0;

        for (size_t i = 0; i < g->k; i++) {
            const double size = w[i] * z[i] * z[i];

            column = size > column ? size : column;
        }
        if (!(column <= most * limit)) {
            most = column / limit;
        }
    }
    return most;
}

/*
 * The blocks of P hold in the basis of any pivots, so that of an evaluation before serves until other
 * studies outweigh its pivots so far that accuracy suffers: a digit for a factor of 100.
 */
static int basis_for(tq_pool_work *g, const double *w)
{
    if (g->has_basis && outweighed(g, w) <= 100.0) {
        return 1;
    }
    return problem_basis(g, w);
}

int problem_regress(tq_pool_work *g, const double *w, double *logdet)
{
    const size_t k = g->k, p = g->p;
    double log_gram;

    if (!basis_for(g, w)) {
        return 0;
    }
    memcpy(g->e, w, k * sizeof *g->e);
    for (size_t a = 0; a < p; a++) {
        g->e[g->pivot[a]] = 0.0;
    }
    tq_gram(k, p, g->Z, g->e, g->B);
    memcpy(g->A, g->B, p * p * sizeof *g->A);
    for (size_t a = 0; a < p; a++) {
        g->A[a + a * p] += w[g->pivot[a]];
    }
    if (tq_invert_spd(p, g->A, &log_gram, NULL) != TQ_OK) {
        return 0;
    }
    tq_multiply(p, g->B, g->A, g->E);
    for (size_t b = 0; b < p; b++) {
        scale(p, g->E + b * p, 1.0 / w[g->pivot[b]]);
    }
    if (logdet) {
        *logdet = log_gram + 2.0 * log(fabs(g->det));
    }
    g->has_leverages = 0;
    problem_residuals(g, w, g->y, g->r);
    return 1;
}

/* diag(Z A Z'), for the studies that are not pivots: not every fit needs it. */
static void leverages(tq_pool_work *g)
{
    if (!g->has_leverages) {
        tq_row_forms(g->k, g->p, g->Z, g->A, g->h);
        g->has_leverages = 1;
    }
}

double problem_trace(tq_pool_work *g, const double *d)
{
    double sum = 0.0;

    leverages(g);
    for (size_t i = 0; i < g->k; i++) {
        sum += g->e[i] * (1.0 - g->e[i] * g->h[i]) * (d ? d[i] : 1.0);
    }
    for (size_t a = 0; a < g->p; a++) {
        sum += g->E[a + a * g->p] * (d ? d[g->pivot[a]] : 1.0);
    }
    return sum;
}

/* out = A Z'(E^2 D)Z for the weights e of the studies that are not pivots. */
static void sandwich(tq_pool_work *g, const double *d, double *out)
{
    for (size_t i = 0; i < g->k; i++) {
        g->u[i] = g->e[i] * g->e[i] * (d ? d[i] : 1.0);
    }
    tq_gram(g->k, g->p, g->Z, g->u, g->C);
    tq_multiply(g->p, g->A, g->C, out);
}

/* The blocks that involve pivots: 2 |P_op|^2 and |P_pp|^2, each entry times d1 d2. */
static double pivot_blocks(const tq_pool_work *g, const double *w, const double *d1,
                           const double *d2, const double *S1, const double *S2)
{
    const size_t p = g->p;
    double sum = 0.0;

    for (size_t a = 0; a < p; a++) {
        const double wa = w[g->pivot[a]], x1 = d1 ? d1[g->pivot[a]] : 1.0;
        const double xa2 = d2 ? d2[g->pivot[a]] : 1.0;

        for (size_t b = 0; b < p; b++) {
            const double x2 = d2 ? d2[g->pivot[b]] : 1.0, Eab = g->E[a + b * p];

            sum += wa * wa * (xa2 * S1[a + b * p] + x1 * S2[a + b * p]) * g->A[b + a * p];
            sum += Eab * Eab * x1 * x2;
        }
    }
    return sum;
}

double problem_trace_pair(tq_pool_work *g, const double *w, const double *d1, const double *d2)
{
    const size_t p = g->p;
    double *S2 = d1 == d2 ? g->S : g->D;
    double sum = 0.0;

    leverages(g);
    sandwich(g, d1, g->S);
    if (d1 != d2) {
        sandwich(g, d2, g->D);
    }
    for (size_t i = 0; i < g->k; i++) {
        const double e = g->e[i], d = (d1 ? d1[i] : 1.0) * (d2 ? d2[i] : 1.0);

        sum += e * e * d * (1.0 - 2.0 * e * g->h[i]);
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            sum += g->S[a + b * p] * S2[b + a * p];
        }
    }
    return sum + pivot_blocks(g, w, d1, d2, g->S, S2);
}
