/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file lanes_sums_internal.h  The sums every estimator is made of, for LANES problems at a time.
 *
 * Effects are taken from that of the most precise study (row 0), whose weight h = 1/(v0 + t) is the
 * largest at every t. Sums of powers of the other weights,
 *
 *     am = sum' wi^m,  bm = sum' wi^m yi,  cm = sum' wi^m yi^2,
 *
 * give all that is wanted in one pass: with mu = b1 / (h + a1), y'Py = c1 - mu b1 and so on. Such
 * differences lose little: sum w y^2 = y'Py + mu^2 sum w, and y'Py has the term h mu^2 of row 0, so
 * the loss is at most a factor of k + 1. Traces are written as sums of positive terms, since row 0
 * may hold almost all weight.
 */
#ifndef TQ_BATCH_LANES_SUMS_INTERNAL_H
#define TQ_BATCH_LANES_SUMS_INTERNAL_H

#include "batch/lanes_internal.h"
#include "batch/lanes_vector_internal.h"

typedef struct {
    vd h;
    vd a1, a2, a3, b1, b2, b3, c1, c2, c3;
} lanes_sums;

/* Studies of problems g .. g + LANES - 1: rows 1 .. rows - 1 of y and v. */
typedef struct {
    const lanes_row *y, *v;
    size_t rows, g;
    vd v0;
} lanes_group;

/* A study's share in the sums up to the power `powers`, c1 among them if `squares`. */
LANES_INLINE void add_study(lanes_sums *s, vd y, vd w, int powers, int squares)
{
    const vd wy = w * y;

    s->a1 += w;
    s->b1 += wy;
    if (squares) {
        s->c1 += wy * y;
    }
    if (powers >= 2) {
        const vd w2 = w * w, w2yy = wy * wy;

        s->a2 += w2;
        s->b2 += w2 * y;
        s->c2 += w2yy;
        if (powers >= 3) {
            s->a3 += w2 * w;
            s->b3 += w2 * wy;
            s->c3 += w * w2yy;
        }
    }
}

LANES_INLINE vd weight_of(const lanes_group *p, size_t i, vd t)
{
    return 1.0 / (load(&p->v[i][p->g]) + t);
}

/* The sums at t; what is wanted is constant where this is called. While one study is added the next one's
   division is on its way. */
LANES_INLINE lanes_sums sums_at(const lanes_group *p, vd t, int powers, int squares)
{
    const vd zero = all(0.0);
    lanes_sums s = {1.0 / (p->v0 + t), zero, zero, zero, zero, zero, zero, zero, zero, zero};

    if (p->rows > 1) {
        const size_t last = p->rows - 1;
        vd w = weight_of(p, 1, t);

        for (size_t i = 1; i < last; i++) {
            const vd next = weight_of(p, i + 1, t);

            add_study(&s, load(&p->y[i][p->g]), w, powers, squares);
            w = next;
        }
        add_study(&s, load(&p->y[last][p->g]), w, powers, squares);
    }
    return s;
}

/* Sums of power 1, but h, at t + d, for |d| far below v0 + t: d/dt am = -m a(m+1). */
LANES_INLINE lanes_sums sums_moved(lanes_sums s, vd d)
{
    s.a1 -= d * (s.a2 - d * s.a3);
    s.b1 -= d * (s.b2 - d * s.b3);
    s.c1 -= d * (s.c2 - d * s.c3);
    return s;
}

LANES_INLINE vd sums_mean(const lanes_sums *s)
{
    return s->b1 / (s->h + s->a1);
}

/* y'Py; 0 where rounding left less. */
LANES_INLINE vd sums_Q(const lanes_sums *s)
{
    const vd Q = s->c1 - sums_mean(s) * s->b1;

    return where(above(Q, 0.0), Q);
}

/* tr P = 2 sum_{i<j} wi wj / sum w */
LANES_INLINE vd sums_trace(const lanes_sums *s)
{
    return (2.0 * s->h * s->a1 + (s->a1 * s->a1 - s->a2)) / (s->h + s->a1);
}

/*
 * What the score of the likelihood is made of, and its derivative. Denominator: tr P (REML) or sum w
 * (ML), and minus its derivative: tr PP or sum w^2.
 */
typedef struct {
    vd yPPy, yPPPy, trace, trace2;
} lanes_score;

LANES_INLINE lanes_score score_of(const lanes_sums *s, int restricted)
{
    const vd h = s->h, h2 = h * h, sw = h + s->a1, over = 1.0 / sw, mu = s->b1 * over;
    const vd mu2 = mu * mu, turn = s->b2 - mu * s->a2;
    lanes_score out;

    out.yPPy = (s->c2 - 2.0 * mu * s->b2 + mu2 * s->a2) + mu2 * h2;
    out.yPPPy = (s->c3 - 2.0 * mu * s->b3 + mu2 * s->a3) +
                (mu2 * h2 * h * s->a1 + 2.0 * turn * mu * h2 - turn * turn) * over;
    if (restricted) {
        const vd share = h * s->a1 * over;

        out.trace = (2.0 * h * s->a1 + (s->a1 * s->a1 - s->a2)) * over;
        out.trace2 =
            share * share + (s->a2 - 2.0 * s->a3 * over) + (2.0 * h2 + s->a2) * s->a2 * over * over;
    } else {
        out.trace = sw;
        out.trace2 = h2 + s->a2;
    }
    return out;
}

#endif
