/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The axis of a forest plot: limits that show what matters, ticks that readers can read.
 *
 * One study with a huge interval must not flatten all others, so the limits follow the bulk of
 * the estimates and let long intervals reach a limited way beyond; the rest is cut.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "report/figure/forest_internal.h"

enum { TICKS_MIN = 3, TICKS_MAX = 7 };

/* Differences of two such values, and a margin around them, are still doubles. */
#define LARGEST 1e300
#define LARGEST_LOG 700.0 /* below log(DBL_MAX) = 709.8 and -log(DBL_MIN) = 708.4 */
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
#define LN10 2.30258509299404568402 /* log(10) */
/* Digits of sans-serif faces are 0.556 em wide; between two labels stands at least one more. */
#define DIGIT_WIDTH (0.556 * FOREST_TICK_FONT)

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
        if (row->kind != TQ_FOREST_SUBTOTAL) {
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
        return (range){fmax(lo, -LARGEST_LOG), fmin(hi, LARGEST_LOG)};
    }
    return (range){r.lo >= 0.0 && lo < 0.0 ? 0.0 : lo, hi};
}

/* Ticks found so far for one candidate; n grows past TICKS_MAX when there are too many. */
typedef struct {
    double at[TICKS_MAX];
    char label[TICKS_MAX][TQ_DECIMAL_SIZE];
    size_t n;
} tick_set;

static void add_tick(tick_set *set, double at, const char *label)
{
    if (set->n < TICKS_MAX) {
        set->at[set->n] = at;
        strcpy(set->label[set->n], label);
    }
    set->n++;
}

/* Enough ticks, not too many, and no label runs into the next. */
static int acceptable(const tick_set *set, range r, size_t least)
{
    if (set->n < least || set->n > TICKS_MAX) {
        return 0;
    }
    for (size_t i = 1; i < set->n; i++) {
        const double gap = (set->at[i] - set->at[i - 1]) / (r.hi - r.lo) * FOREST_PLOT_WIDTH;
        const size_t digits = strlen(set->label[i - 1]) + strlen(set->label[i]);

        if (!(gap >= ((double)digits / 2.0 + 1.0) * DIGIT_WIDTH) ||
            strcmp(set->label[i - 1], set->label[i]) == 0) {
            return 0;
        }
    }
    return 1;
}

/* A value whose last digit stands at 10^place, among values up to largest. */
static void tick_label(char label[TQ_DECIMAL_SIZE], double value, int place, double largest)
{
    if (value == 0.0) {
        strcpy(label, "0");
    } else if (largest < 1e6 && place >= -6) {
        tq_decimal_fixed(label, TQ_DECIMAL_SIZE, value, place < 0 ? -place : 0);
    } else {
        tq_decimal_scientific(label, TQ_DECIMAL_SIZE, value,
                              (int)floor(log10(fabs(value))) - place);
    }
}

/* Multiples of step * 10^place on the natural scale. */
static void linear_ticks(tick_set *set, range r, int log_axis, double step, int place)
{
    const range natural = log_axis ? (range){exp(r.lo), exp(r.hi)} : r;
    const double unit = pow(10.0, fabs((double)place));
    const double width = place < 0 ? step / unit : step * unit;
    const double first = ceil(natural.lo / width), last = floor(natural.hi / width);
    const double largest = fmax(fabs(natural.lo), fabs(natural.hi));

    set->n = 0;
    if (!(last - first < (double)TICKS_MAX)) {
        set->n = TICKS_MAX + 1;
        return;
    }
    for (double i = first; i <= last; i += 1.0) {
        const double value = place < 0 ? i * step / unit : i * step * unit;
        char label[TQ_DECIMAL_SIZE];

        tick_label(label, value, place, largest);
        add_tick(set, log_axis ? log(value) : value, label);
    }
}

/* The finest steps of 1, 2 or 5 that give an acceptable set. */
static int best_linear_ticks(tick_set *set, range r, int log_axis, size_t least)
{
    static const double steps[] = {1.0, 2.0, 5.0};
    const double span = log_axis ? exp(r.hi) - exp(r.lo) : r.hi - r.lo;
    const double finest = floor(log10(span / TICKS_MAX));

    if (!isfinite(finest)) {
        return 0;
    }
    for (int place = (int)finest; place <= (int)finest + 2; place++) {
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            linear_ticks(set, r, log_axis, steps[i], place);
            if (acceptable(set, r, least)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Tick values within a decade, and every how many decades they come. */
typedef struct {
    const char *digits[6]; /* "1.5": the value as printed */
    int every;
    size_t least; /* with fewer ticks another candidate is better */
} ladder;

static void ladder_ticks(tick_set *set, range r, const ladder *l)
{
    const double decades = ceil((r.hi - r.lo) / LN10) + 1.0;
    const int first = (int)floor(r.lo / LN10 / l->every) * l->every;

    set->n = 0;
    for (int e = first; e <= first + decades + l->every && set->n <= TICKS_MAX; e += l->every) {
        for (size_t i = 0; i < 6 && l->digits[i]; i++) {
            const int fraction = strlen(l->digits[i]) > 1;
            const double mantissa = l->digits[i][0] - '0' + (fraction ? 0.5 : 0.0);
            const double at = log(mantissa) + e * LN10;
            char label[TQ_DECIMAL_SIZE];

            if (at < r.lo || at > r.hi) {
                continue;
            }
            if (e >= -4 && e < 6) {
                tick_label(label, mantissa * pow(10.0, e), e - fraction, 1.0);
            } else {
                char exponent[16];

                tq_decimal_fixed(exponent, sizeof exponent, e, 0);
                strcat(strcat(strcpy(label, l->digits[i]), "e"), exponent);
            }
            add_tick(set, at, label);
        }
    }
}

/* In order of preference; linear steps come between the two groups. */
static const ladder fine_ladders[] = {
    {{"1", "2", "5"}, 1, 4},
    {{"1", "1.5", "2", "3", "5", "7"}, 1, 4},
};
static const ladder wide_ladders[] = {
    {{"1", "2", "5"}, 1, 3}, {{"1", "3"}, 1, 4}, {{"1"}, 1, 3},  {{"1"}, 2, 3},   {{"1"}, 5, 3},
    {{"1"}, 10, 3},          {{"1"}, 20, 3},     {{"1"}, 50, 3}, {{"1"}, 100, 2}, {{"1"}, 200, 2},
};

static int try_ladders(tick_set *set, range r, const ladder *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ladder_ticks(set, r, &l[i]);
        if (acceptable(set, r, l[i].least)) {
            return 1;
        }
    }
    return 0;
}

static void choose_ticks(tick_set *set, range r, int log_axis)
{
    const size_t n_fine = sizeof fine_ladders / sizeof *fine_ladders;
    const size_t n_wide = sizeof wide_ladders / sizeof *wide_ladders;
    const int found =
        log_axis ? try_ladders(set, r, fine_ladders, n_fine) ||
                       best_linear_ticks(set, r, 1, TICKS_MIN + 1) ||
                       try_ladders(set, r, wide_ladders, n_wide) || best_linear_ticks(set, r, 1, 2)
                 : best_linear_ticks(set, r, 0, TICKS_MIN) || best_linear_ticks(set, r, 0, 1);

    if (!found) {
        set->n = 0;
    }
}

/* "−0.5": the sign is a minus, not a hyphen. */
static const char *typeset_label(tq_arena *arena, const char *label)
{
    const char *const hyphen = strchr(label, '-');

    if (!hyphen) {
        return tq_arena_text(arena, label);
    }
    const int before = (int)(hyphen - label);
    const char *const rest = typeset_label(arena, hyphen + 1);

    return rest ? tq_arena_format(arena, "%.*s\u2212%s", before, label, rest) : NULL;
}

static tq_status keep_ticks(tq_forest *f, const tick_set *set)
{
    f->tick = tq_arena_take(f->arena, set->n + 1, sizeof *f->tick);
    if (!f->tick) {
        return TQ_ENOMEM;
    }
    for (size_t i = 0; i < set->n; i++) {
        f->tick[i].at = set->at[i];
        f->tick[i].label = typeset_label(f->arena, set->label[i]);
        if (!f->tick[i].label) {
            return TQ_ENOMEM;
        }
    }
    f->n_ticks = set->n;
    return TQ_OK;
}

tq_status forest_axis(tq_forest *f, const double limits[2])
{
    extent e;
    tick_set set;
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
    choose_ticks(&set, r, f->log_axis);
    return keep_ticks(f, &set);
}
