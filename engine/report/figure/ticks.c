/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ticks of linear and logarithmic axes: from fine to coarse, the first set whose labels fit. */
#include "report/figure/ticks_internal.h"

#include <math.h>
#include <string.h>

#include "core/decimal.h"
#include "report/figure/typeset_internal.h"

enum { TICKS_MIN = 3, TICKS_MAX = 7 };

#define LN10 2.30258509299404568402 /* log(10) */
/* Digits of sans-serif faces are 0.556 em wide; between two labels stands at least one more. */
#define DIGIT_WIDTH (0.556 * TICK_FONT)
/* Labels above each other: from one baseline to the next, in font sizes. */
#define UPRIGHT_STEP 2.2

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
static int acceptable(const tick_set *set, tick_range r, size_t least)
{
    if (set->n < least || set->n > TICKS_MAX) {
        return 0;
    }
    for (size_t i = 1; i < set->n; i++) {
        const double gap = (set->at[i] - set->at[i - 1]) / (r.hi - r.lo) * r.length;
        const size_t digits = strlen(set->label[i - 1]) + strlen(set->label[i]);
        const double needed =
            r.upright ? UPRIGHT_STEP * TICK_FONT : ((double)digits / 2.0 + 1.0) * DIGIT_WIDTH;

        if (!(gap >= needed) || strcmp(set->label[i - 1], set->label[i]) == 0) {
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
static void linear_ticks(tick_set *set, tick_range r, int log_axis, double step, int place)
{
    const tick_range natural =
        log_axis ? (tick_range){exp(r.lo), exp(r.hi), r.length, r.upright} : r;
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
static int best_linear_ticks(tick_set *set, tick_range r, int log_axis, size_t least)
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

static void ladder_ticks(tick_set *set, tick_range r, const ladder *l)
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

static int try_ladders(tick_set *set, tick_range r, const ladder *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ladder_ticks(set, r, &l[i]);
        if (acceptable(set, r, l[i].least)) {
            return 1;
        }
    }
    return 0;
}

static void choose_ticks(tick_set *set, tick_range r, int log_axis)
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

tq_status ticks_choose(tick_range r, int log_axis, tq_arena *arena, tq_forest_tick **tick,
                       size_t *n, tq_error *err)
{
    tick_set set;

    choose_ticks(&set, r, log_axis);

    tq_forest_tick *const out = tq_arena_take(arena, set.n + 1, sizeof *out);

    for (size_t i = 0; out && i < set.n; i++) {
        out[i] = (tq_forest_tick){set.at[i], typeset_minus(arena, set.label[i])};
        if (!out[i].label) {
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
    }
    if (!out) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    *tick = out;
    *n = set.n;
    return TQ_OK;
}
