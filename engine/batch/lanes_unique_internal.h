/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file lanes_unique_internal.h  Proof that a maximum of the likelihood is the only one.
 *
 * The score of the (restricted) likelihood is positive where f = y'PPy / N > 1, with N = tr P, or sum w
 * for ML. In the basis that diagonalises P, whatever t = tau2,
 *
 *     y'P^m y = sum zj^2 / (dj + t)^m,   tr P^m = sum 1 / (dj + t)^m,
 *
 * so  R = y'PPy / y'PPPy  and  T = N / -N'  are means of dj + t, by weights that move towards larger
 * dj as t grows (Cauchy-Schwarz): r = R - t and q = T - t never fall. r ends at the mean of the dj by
 * zj^2, which is `far` = sum vi (yi - ybar)^2 / sum (yi - ybar)^2. And (log f)' = 1/T - 2/R.
 *
 * Two points p < u therefore tell about all between them:
 *
 *  - f falls throughout if R(u) - u + p <= 2 T(p): there is at most one root.
 *  - f(t) <= f(p) ((r + p) / (r + t))^2 (q + t) / (q + p) with r of u and q of p, whose maximum over t,
 *    with A = r + p and B = q + p, is f(p) A^2 / (4 B (A - B)): below 1, there is no root. With
 *    r = far this holds on [p, infinity).
 *  - f(t) >= f(u) ((r + u) / (r + t))^2 (q + t) / (q + u) with r of u and q of p, which is smallest at
 *    one of the ends; and f(t) >= f(p) ((r + p) / (r + t))^2 (q + t) / (q + p) with r of p, q of u.
 *
 * So the solver's own points, and few more, prove most maxima unique. Where that fails the scalar
 * engine, which scans the whole range, does the problem.
 */
#ifndef TQ_BATCH_LANES_UNIQUE_INTERNAL_H
#define TQ_BATCH_LANES_UNIQUE_INTERNAL_H

#include "batch/lanes_sums_internal.h"

typedef struct {
    vd t, f, r, q;
} lanes_point;

/* Far above rounding, far below what would make the tests fail often. */
#define LANES_MARGIN 1e-9

LANES_INLINE lanes_point point_of(const lanes_score *s, vd t)
{
    return (lanes_point){t, s->yPPy / s->trace, s->yPPy / s->yPPPy - t, s->trace / s->trace2 - t};
}

/* f falls from p to a point with mean r. */
LANES_INLINE vm falls(const lanes_point *p, vd r)
{
    return at_most(r + p->t, (2.0 - LANES_MARGIN) * (p->q + p->t));
}

/* f < 1 from p, where it is, to a point with mean r. */
LANES_INLINE vm stays_below(const lanes_point *p, vd r)
{
    const vd A = r + p->t, B = p->q + p->t;

    return below(p->f, 1.0) &
           (at_most(A, 2.0 * B) | less(p->f * A * A, (1.0 - LANES_MARGIN) * 4.0 * B * (A - B)));
}

/* f >= 1 from p to u, where it is. */
LANES_INLINE vm stays_above(const lanes_point *p, const lanes_point *u)
{
    const vd A = u->r + u->t, a = u->r + p->t, B = p->q + p->t, b = p->q + u->t;
    const vd C = p->r + p->t, c = p->r + u->t, D = u->q + u->t, d = u->q + p->t;

    return at_most((1.0 + LANES_MARGIN) * a * a * b, u->f * A * A * B) |
           at_most((1.0 + LANES_MARGIN) * c * c * d, p->f * C * C * D);
}

/*
 * One problem's walk from p to infinity: f > 1 up to the root, f < 1 beyond it. While `left`, p is
 * before the root.
 */
typedef struct {
    lanes_point p, root;
    vd step, far;
    vm left, open; /* open: not proved yet */
    vm lost;       /* f does not do what it should: there may be another maximum */
} lanes_walk;

/* The walk stands at p: is what follows proved already? */
LANES_INLINE void walk_arrive(lanes_walk *w)
{
    w->open &= w->left | ~(falls(&w->p, w->far) | stays_below(&w->p, w->far));
}

LANES_INLINE lanes_point point_pick(vm m, const lanes_point *a, const lanes_point *b)
{
    return (lanes_point){pick(m, a->t, b->t), pick(m, a->f, b->f), pick(m, a->r, b->r),
                         pick(m, a->q, b->q)};
}

/* Go on to u, in these lanes, where the way there is proved; returns where it was. */
LANES_INLINE vm walk_try(lanes_walk *w, vm lanes, const lanes_point *u)
{
    const vm way = lanes & (falls(&w->p, u->r) | (w->left & stays_above(&w->p, u)) |
                            (~w->left & stays_below(&w->p, u->r)));

    w->p = point_pick(way, u, &w->p);
    return way;
}

/* Where to look next: at the root, or a step further. */
LANES_INLINE vd walk_next(const lanes_walk *w)
{
    const vd t = w->p.t + w->step;

    return pick(w->left & less(w->root.t, t), w->root.t, t);
}

/* These lanes have looked at the point u. */
LANES_INLINE void walk_on(lanes_walk *w, vm lanes, const lanes_point *looked)
{
    const vm at_root = w->left & equal(looked->t, w->root.t);
    lanes_point u = *looked;

    u.f = pick(at_root, all(1.0), u.f);
    w->lost |= lanes & ((w->left & ~at_root & below(u.f, 1.0)) | (~w->left & ~below(u.f, 1.0)));
    const vm way = walk_try(w, lanes, &u);

    w->left &= ~(way & at_root);
    w->step = pick(lanes, pick(way, pick(at_root, 0.7 * (u.q + u.t), 3.0 * w->step), 0.3 * w->step),
                   w->step);
    walk_arrive(w);
    w->open &= ~w->lost;
}

#endif
