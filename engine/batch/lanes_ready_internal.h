/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file lanes_ready_internal.h  A block made ready: its values are checked, and each problem has an origin. */
#ifndef TQ_BATCH_LANES_READY_INTERNAL_H
#define TQ_BATCH_LANES_READY_INTERNAL_H

#include <string.h>

#include "batch/lanes_internal.h"
#include "batch/lanes_vector_internal.h"

/* Beyond these the scalar engine has the better arithmetic: powers of weights leave the range, or one
   study holds all weight. */
#define LANES_V_MIN 0x1p-120
#define LANES_V_MAX 0x1p+120
#define LANES_V_RATIO 0x1p+40
#define LANES_Y_MIN 0x1p-100
#define LANES_Y_MAX 0x1p+100

/* Ask for a share of the next block: all of it when each group has done so `times` times. */
LANES_INLINE void look_ahead(lanes_block *b, size_t times)
{
    const size_t share = b->ahead.all * LANES / (times * LANES_BLOCK) + 1;

    for (size_t i = 0; i < share && b->ahead.left > 0; i++, b->ahead.left--) {
        __builtin_prefetch(b->ahead.y + b->ahead.at * LANES_LINE);
        __builtin_prefetch(b->ahead.v + b->ahead.at * LANES_LINE);
        if (++b->ahead.at == b->ahead.lines) {
            b->ahead.at = 0;
            b->ahead.y += b->ahead.stretch;
            b->ahead.v += b->ahead.stretch;
        }
    }
}

/* The most precise study of each problem, the first of equals; and of all its studies: */
typedef struct {
    vd v, y, row;
    vd sum_v, max_v;
    vm bad; /* a value is missing or out of range */
} lanes_first;

/* full: no problem ends before the last row. */
LANES_INLINE lanes_first find_first(const lanes_block *b, size_t g, int full)
{
    const vd k = load(&b->k[g]), end = all(INFINITY), zero = all(0.0);
    lanes_first f = {end, zero, zero, zero, zero, less(zero, zero)};
    vd sum_y = zero;

    for (size_t i = 0; i < b->rows; i++) {
        const vd row = all((double)i), v = load(&b->v[i][g]), y = load(&b->y[i][g]);
        const vd known_v = full ? v : where(less(row, k), v);
        const vm closer = less(v, f.v);

        sum_y += y;
        f.sum_v += known_v;
        f.max_v = larger(known_v, f.max_v);
        f.v = smaller(v, f.v);
        f.y = pick(closer, y, f.y);
        f.row = pick(closer, row, f.row);
    }
    f.bad = ~(above(f.v, 0.0) & less(f.sum_v, end) & less(size_of(sum_y), end));
    return f;
}

/* No problem ends before the last row. */
LANES_INLINE int is_full(const lanes_block *b, size_t g)
{
    return !any(less(load(&b->k[g]), all((double)b->rows)));
}

LANES_INLINE lanes_first mend_first(lanes_block *b, size_t g)
{
    const lanes_first f = is_full(b, g) ? find_first(b, g, 1) : find_first(b, g, 0);

    if (!any(f.bad)) {
        return f;
    }
    for (size_t i = 0; i < LANES; i++) {
        if (is(f.bad, i)) {
            b->mend(b, g + i);
        }
    }
    return find_first(b, g, 0);
}

/* Sums over studies: sum y, sum y^2, sum v y, sum v y^2, effects from that of the most precise one. */
typedef struct {
    vd y, yy, vy, vyy;
} lanes_moments;

/* The most precise study goes to row 0, in whose place stands what was there; the others' effects
   are taken from its own. */
LANES_INLINE lanes_moments put_first(lanes_block *b, size_t g, const lanes_first *f, int full)
{
    const vd k = load(&b->k[g]), zero = all(0.0);
    const vd first_v = load(&b->v[0][g]), first_y = load(&b->y[0][g]) - f->y;
    lanes_moments sum = {zero, zero, zero, zero};

    for (size_t i = 1; i < b->rows; i++) {
        const vd row = all((double)i);
        const vm moved = equal(f->row, row), here = less(row, k);
        const vd v = pick(moved, first_v, load(&b->v[i][g]));
        const vd all_y = pick(moved, first_y, load(&b->y[i][g]) - f->y);
        const vd y = full ? all_y : where(here, all_y), vy = (full ? v : where(here, v)) * y;

        store(&b->y[i][g], y);
        store(&b->v[i][g], v);
        sum.y += y;
        sum.yy += y * y;
        sum.vy += vy;
        sum.vyy += vy * y;
    }
    return sum;
}

LANES_INLINE void ready_group(lanes_block *b, size_t g, size_t times)
{
    look_ahead(b, times);

    const lanes_first f = mend_first(b, g);
    const vd k = load(&b->k[g]);
    const lanes_moments sum = is_full(b, g) ? put_first(b, g, &f, 1) : put_first(b, g, &f, 0);
    const vd over = 1.0 / k, mean = sum.y * over, spread = sum.yy - mean * sum.y;
    const vd far = (sum.vyy - 2.0 * mean * sum.vy + mean * mean * f.sum_v) / spread;
    const vm fine = at_most(all(LANES_V_MIN), f.v) & at_most(f.max_v, all(LANES_V_MAX)) &
                    at_most(f.max_v, LANES_V_RATIO * f.v) &
                    at_most(sum.yy, all(LANES_Y_MAX * LANES_Y_MAX)) &
                    (equal(sum.yy, all(0.0)) | at_most(all(LANES_Y_MIN * LANES_Y_MIN), sum.yy));

    store(&b->origin[g], f.y);
    store(&b->v0[g], f.v);
    store(&b->spread[g], where(above(spread, 0.0), spread));
    store(&b->v_mean[g], f.sum_v * over);
    store(&b->far[g], far);
    memset(&b->late[g], 0, LANES);
    if (any(~fine)) {
        b->some = 1;
        for (size_t i = 0; i < LANES; i++) {
            b->alone[g + i] |= !is(fine, i);
        }
    }
}

#endif
