/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kendall's tau-b: Kendall (1970), Rank Correlation Methods, 4th ed., 35 (tau-b), 55 (variance with
 * ties), 67 (exact distribution). Pairs out of order are counted by merging: Knight (1966), J. Am.
 * Stat. Assoc. 61:436-439.
 */
#include "bias/kendall_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"

enum { EXACT_UP_TO = 1000 };

typedef struct {
    double x, y;
} pair;

/* Sums over groups of t tied values, which the variance needs. */
typedef struct {
    double pairs, triples, spread; /* t (t - 1), t (t - 1) (t - 2), t (t - 1) (2 t + 5) */
} ties;

static int by_x_then_y(const void *a, const void *b)
{
    const pair *p = a, *q = b;

    if (p->x != q->x) {
        return p->x < q->x ? -1 : 1;
    }
    return (p->y > q->y) - (p->y < q->y);
}

static void tie(ties *sum, size_t group)
{
    const double t = (double)group;

    sum->pairs += t * (t - 1.0);
    sum->triples += t * (t - 1.0) * (t - 2.0);
    sum->spread += t * (t - 1.0) * (2.0 * t + 5.0);
}

/* Ties of x, of both together, or (sorted by it) of y. */
static ties ties_of(size_t n, const pair *at, int x, int y)
{
    ties sum = {0};
    size_t group = 1;

    for (size_t i = 1; i < n; i++) {
        if ((!x || at[i].x == at[i - 1].x) && (!y || at[i].y == at[i - 1].y)) {
            group++;
        } else {
            tie(&sum, group);
            group = 1;
        }
    }
    tie(&sum, group);
    return sum;
}

/* Sorts by y; returns how many pairs were in the wrong order. */
static double merge_count(size_t n, pair *at, pair *scratch)
{
    double wrong = 0.0;

    for (size_t width = 1; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            const size_t mid = lo + width < n ? lo + width : n;
            const size_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            size_t i = lo, j = mid;

            for (size_t o = lo; o < hi; o++) {
                if (i < mid && (j == hi || at[i].y <= at[j].y)) {
                    scratch[o] = at[i++];
                } else {
                    wrong += (double)(mid - i);
                    scratch[o] = at[j++];
                }
            }
        }
        memcpy(at, scratch, n * sizeof *at);
    }
    return wrong;
}

/*
 * P(at most `most` of the n (n - 1) / 2 pairs are out of order), all orders alike likely: the value
 * that joins m - 1 others brings 0 .. m - 1 such pairs, each with probability 1 / m.
 */
static tq_status at_most(size_t n, size_t most, double *out, tq_error *err)
{
    double *p = calloc(2 * (most + 1), sizeof *p), *next = p ? p + most + 1 : NULL;

    if (!p) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double *const block = p;

    p[0] = 1.0;
    for (size_t m = 2; m <= n; m++) {
        double window = 0.0;

        for (size_t j = 0; j <= most; j++) {
            window += p[j] - (j >= m ? p[j - m] : 0.0);
            next[j] = window / (double)m;
        }
        double *const done = p;

        p = next;
        next = done;
    }
    *out = 0.0;
    for (size_t j = 0; j <= most; j++) {
        *out += p[j];
    }
    free(block);
    return TQ_OK;
}

static double variance(double n, const ties *x, const ties *y)
{
    const double whole = n * (n - 1.0) * (2.0 * n + 5.0);
    double v = (whole - x->spread - y->spread) / 18.0;

    v += x->pairs * y->pairs / (2.0 * n * (n - 1.0));
    if (n > 2.0) {
        v += x->triples * y->triples / (9.0 * n * (n - 1.0) * (n - 2.0));
    }
    return v;
}

static tq_status exact_p(size_t n, double wrong, kendall *out, tq_error *err)
{
    const double pairs = 0.5 * (double)n * ((double)n - 1.0);
    double tail = NAN;
    const tq_status status = at_most(n, (size_t)fmin(wrong, pairs - wrong), &tail, err);

    if (status == TQ_OK) {
        out->exact = 1;
        out->pval = fmin(1.0, 2.0 * tail);
    }
    return status;
}

tq_status kendall_test(size_t n, const double *x, const double *y, kendall *out, tq_error *err)
{
    pair *at = n <= SIZE_MAX / 2 / sizeof *at ? malloc(2 * n * sizeof *at) : NULL;
    tq_status status = TQ_OK;

    if (!at) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        at[i] = (pair){x[i], y[i]};
    }
    qsort(at, n, sizeof *at, by_x_then_y);
    const ties tx = ties_of(n, at, 1, 0), both = ties_of(n, at, 1, 1);
    const double wrong = merge_count(n, at, at + n);
    const ties ty = ties_of(n, at, 0, 1);
    const double all = (double)n * ((double)n - 1.0),
                 untied = all - tx.pairs - ty.pairs + both.pairs;
    const double S = 0.5 * untied - 2.0 * wrong;

    free(at);
    *out = (kendall){
        .tau = 2.0 * S / sqrt((all - tx.pairs) * (all - ty.pairs)), .z = NAN, .pval = NAN};
    if (!isfinite(out->tau)) {
        out->tau = NAN;
    } else if (tx.pairs == 0.0 && ty.pairs == 0.0 && n <= EXACT_UP_TO) {
        status = exact_p(n, wrong, out, err);
    } else {
        out->z = S / sqrt(variance((double)n, &tx, &ty));
        out->pval = tq_two_sided_p(out->z, NAN);
    }
    return status;
}
