/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The axis of a forest plot: limits that show what matters, ticks that readers can read.
 *
 * One study with a huge interval must not flatten all others, so the limits follow the bulk of
 * the estimates and let long intervals reach a limited way beyond; the rest is cut.
 */
#include <math.h>
#include <stdlib.h>

#include "report/figure/forest_internal.h"
#include "report/figure/ticks_internal.h"

/* Differences of two such values, and a margin around them, are still doubles. */
#define LARGEST 1e300
/* Estimates this many spreads outside the middle half count as outliers (Tukey's outer fence). */
#define FENCE 3.0
/* How far beyond the estimates intervals may stretch the axis, and how far the line of no effect
   may lie from them, in widths of the estimates' range. */
#define STRETCH 1.25
#define NULL_REACH 10.0
/* Empty share on both sides, so that no mark touches the edge. */
#define MARGIN 0.03
/* Below this share of the larger limit, doubles have too few digits left to place marks. */
#define RELATIVE_SPAN 1e-9

typedef struct {
    double lo, hi;
} range;

/* Sorted finite values of the marks. */
typedef struct {
    double *est, *lower, *upper, *width;
    size_t n_est, n_lower, n_upper, n_width;
} extent;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void collect(double *to, size_t *n, double x)
{
    if (fabs(x) < LARGEST) {
        to[(*n)++] = x;
    }
}

static void sort(double *x, size_t n)
{
    if (n > 0) {
        qsort(x, n, sizeof *x, by_value);
    }
}

/* Subtotals count by their estimates: a pool of two studies may have any interval. */
static int extent_of(const tq_forest *f, extent *e)
{
    double *const values = tq_arena_take(f->arena, 4 * f->n_rows + 1, sizeof *values);

    if (!values) {
        return 0;
    }
    *e = (extent){
        values, values + f->n_rows, values + 2 * f->n_rows, values + 3 * f->n_rows, 0, 0, 0, 0};
    for (size_t i = 0; i < f->n_rows; i++) {
        const tq_forest_row *const row = &f->row[i];

        collect(e->est, &e->n_est, row->est);
        if (row->kind != TQ_FOREST_SUBTOTAL && row->kind != TQ_FOREST_CLUSTER) {
            collect(e->lower, &e->n_lower, row->lo);
            collect(e->upper, &e->n_upper, row->hi);
        }
        if (row->kind == TQ_FOREST_STUDY) {
            collect(e->width, &e->n_width, row->hi - row->lo);
        }
    }
    sort(e->est, e->n_est);
    sort(e->lower, e->n_lower);
    sort(e->upper, e->n_upper);
    sort(e->width, e->n_width);
    return 1;
}

static double quantile(const double *x, size_t n, double q)
{
    return n > 0 ? x[(size_t)(q * (double)(n - 1) + 0.5)] : 0.0;
}

/* The estimates without outliers. */
static range bulk(const extent *e, double typical_width)
{
    const double q1 = quantile(e->est, e->n_est, 0.25), q3 = quantile(e->est, e->n_est, 0.75);
    const double reach = FENCE * fmax(q3 - q1, typical_width);
    range r = {INFINITY, -INFINITY};

    for (size_t i = 0; i < e->n_est; i++) {
        if (e->est[i] >= q1 - reach && e->est[i] <= q3 + reach) {
            r.lo = fmin(r.lo, e->est[i]);
            r.hi = fmax(r.hi, e->est[i]);
        }
    }
    return r;
}

static range with_value(range r, double x)
{
    return isfinite(x) ? (range){fmin(r.lo, x), fmax(r.hi, x)} : r;
}

/* A range that has a width: around its value, or around nothing at all. */
static range with_width(range r, int log_axis)
{
    if (!(r.lo <= r.hi)) {
        r = (range){0.0, 0.0};
    }
    const double largest = fmax(fabs(r.lo), fabs(r.hi));

    if (r.hi - r.lo > RELATIVE_SPAN * largest) {
        return r;
    }
    const double half = fmax(0.1 * largest, log_axis || largest == 0.0 ? 1.0 : 0.0);

    return (range){r.lo - half, r.hi + half};
}

static range automatic_limits(const tq_forest *f, const extent *e)
{
    const double typical_width = quantile(e->width, e->n_width, 0.5);
    range r = bulk(e, typical_width);
    const double unit = fmax(r.hi - r.lo, typical_width);

    if (r.lo > r.hi) {
        return with_width(with_value(r, f->null_value), f->log_axis);
    }
    const int near =
        f->null_value >= r.lo - NULL_REACH * unit && f->null_value <= r.hi + NULL_REACH * unit;

    if (near || unit == 0.0) {
        r = with_value(r, f->null_value);
    }
    const double reach = STRETCH * fmax(r.hi - r.lo, typical_width);
    range out = r;

    if (e->n_lower > 0) {
        out.lo = fmin(out.lo, fmax(e->lower[0], r.lo - reach));
    }
    if (e->n_upper > 0) {
        out.hi = fmax(out.hi, fmin(e->upper[e->n_upper - 1], r.hi + reach));
    }
    return with_width(out, f->log_axis);
}

/* Quantities that are never negative get no axis below zero, logarithms none beyond doubles. */
static range with_margin(range r, int log_axis)
{
    const double margin = MARGIN * (r.hi - r.lo);
    const double lo = r.lo - margin, hi = r.hi + margin;

    if (log_axis) {
        return (range){fmax(lo, -TICKS_LARGEST_LOG), fmin(hi, TICKS_LARGEST_LOG)};
    }
    return (range){r.lo >= 0.0 && lo < 0.0 ? 0.0 : lo, hi};
}

tq_status forest_axis(tq_forest *f, const double limits[2])
{
    extent e;
    range r;

    if (limits) {
        r = (range){limits[0], limits[1]};
    } else if (extent_of(f, &e)) {
        r = with_margin(automatic_limits(f, &e), f->log_axis);
    } else {
        return TQ_ENOMEM;
    }
    f->lo = r.lo;
    f->hi = r.hi;
    return ticks_choose((tick_range){r.lo, r.hi, FOREST_PLOT_WIDTH, 0}, f->log_axis, f->arena,
                        &f->tick, &f->n_ticks, NULL);
}
