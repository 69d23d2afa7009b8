/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file lanes_unique_internal.h  Proof that a maximum of the likelihood is the only one.
 *
 * The score of the (restricted) likelihood is positive where A > N, with A = y'PPy and N = tr P, or
 * sum w for ML. In the basis that diagonalises P, whatever t = tau2,
 *
 *     A = sum zj^2 / (dj + t)^2,   N = sum 1 / (dj + t),   sum zj^2 = S = sum (yi - ybar)^2,
 *
 * so a = A^(-1/2) and b = 1 / N are concave functions of t (Cauchy-Schwarz: with Am = sum zj^2 /
 * (dj + t)^m the sign of a'' is that of A3^2 - A2 A4), which lie above their chords and below their
 * tangents. The slope of a falls towards 1 / sqrt(S). The score is positive where a^2 < b. With
 * f = A / N, R = -2 A / A', T = -N / N' and Y = a sqrt(S), two points p < u tell about all between:
 *
 *  - f >= 1 at p and u. a is below its tangent at u, b above the chord; the square of a line less a
 *    line is largest at an end. So f >= 1 in between if  A(u) >= (1 - (u - p) / R(u))^2 N(p).
 *  - f <= 1 at p. a is above the chord, b below its tangent at p: with the chord meeting 0 at p - C,
 *    f <= 1 in between if  (1 + s / C)^2 >= f (1 + s / T)  for all s > 0, which is so if f C <= 2 T,
 *    or f C^2 + 4 T^2 < 4 T C. C = (u - p) Y(p) / (Y(u) - Y(p)), and Y(p) where u is infinity.
 *
 * So the looks of the solver, at 0 and next to the root, prove most maxima unique, and a look or two
 * more nearly all others. Where that fails the scalar engine, which scans the whole range, does the
 * problem.
 */
#ifndef TQ_BATCH_LANES_UNIQUE_INTERNAL_H
#define TQ_BATCH_LANES_UNIQUE_INTERNAL_H

#include "batch/lanes_sums_internal.h"

/* Above the relative change of R, T and Y over the last step of the solver, after which it does not
   look again: that step is 1e-5 of v0 + t at most. */
#define LANES_MARGIN 1e-4
/* Above rounding. */
#define LANES_ROUNDING 1e-9

typedef struct {
    vd t, f, N, R, T, Y;
} lanes_point;

LANES_INLINE lanes_point point_of(const lanes_score *z, vd t, vd S)
{
    return (lanes_point){t,
                         z->yPPy / z->trace,
                         z->trace,
                         z->yPPy / z->yPPPy,
                         z->trace / z->trace2,
                         root_of(S / z->yPPy)};
}

LANES_INLINE lanes_point point_pick(vm m, const lanes_point *a, const lanes_point *b)
{
    return (lanes_point){pick(m, a->t, b->t), pick(m, a->f, b->f), pick(m, a->N, b->N),
                         pick(m, a->R, b->R), pick(m, a->T, b->T), pick(m, a->Y, b->Y)};
}

/* f >= 1 from p, a way d before u where this is so, to u; over: 1 / R(u). */
LANES_INLINE vm stays_above(vd p_N, vd d, vd u_A, vd over)
{
    const vd end = 1.0 - (1.0 - LANES_MARGIN) * d * over;

    return at_most((1.0 + LANES_ROUNDING) * (end * end) * p_N, u_A);
}

/* f <= 1 from p on, where it is, as long as a is above the line that meets 0 at p - C. */
LANES_INLINE vm stays_below(const lanes_point *p, vd C)
{
    const vd fC = (1.0 + LANES_MARGIN) * p->f * C, T2 = 2.0 * p->T;

    return at_most(p->f, all(1.0)) & (at_most(fC, T2) | less(fC * C + T2 * T2, 2.0 * T2 * C));
}

/* ---- at once ---- */

/* f <= 1 from t on, where it is but for rounding: f Y <= 2 T. */
LANES_INLINE vm falls(const lanes_score *z, vd S)
{
    const vd N2 = z->trace * z->trace, D2 = z->trace2 * z->trace2;

    return at_most((1.0 + 2.0 * LANES_MARGIN) * (z->yPPy * S) * D2, 4.0 * (N2 * N2));
}

/*
 * f <= 1 from t on, where f = 1 / h <= 1, by either test with C = Y. As Y^2 = S / A, they are q <= 4 h and
 * (1 + q / 4)^2 < q h, with q = S N'^2 / N^3.
 */
LANES_INLINE vm stays_fallen(const lanes_score *z, vd S, vd h)
{
    const vd N3 = z->trace * z->trace * z->trace;
    const vd quarter = 0.25 * (S * (z->trace2 * z->trace2)), both = N3 + quarter;

    return at_most((1.0 + 2.0 * LANES_MARGIN) * quarter, h * N3) |
           less((1.0 + LANES_MARGIN) * (both * both), 4.0 * (quarter * (N3 * h)));
}

/* N at the root, next to t. */
LANES_INLINE vd trace_at(const lanes_score *z, vd t, vd root)
{
    return z->trace - z->trace2 * (root - t);
}

/* What a look at t proves of the root next to it: f >= 1 from 0, where N = N0, and f <= 1 from there on. */
LANES_INLINE vm rises(const lanes_score *z, vd t, vd root, vd N0)
{
    return stays_above(N0, root, trace_at(z, t, root), z->yPPPy / z->yPPy);
}

/* ---- by more looks ---- */

/* Maxima that are not proved yet: at `root`, seen from t next to it. Their studies stand side by side in
   the first n lanes of the block. */
typedef struct {
    size_t n;
    size_t lane[LANES_BLOCK]; /* where they were */
    lanes_row v0, S, N0, root, t, yPPy, yPPPy, trace, trace2;
} lanes_unproved;

/*
 * One problem's walk from 0 to infinity: f > 1 up to the root, f < 1 beyond it. What is before p is
 * proved; while `left`, p is before the root.
 */
typedef struct {
    lanes_point p, root;
    vd end;        /* left: the next look is between p and here */
    vd step;       /* else: so far beyond p */
    vm left, open; /* open: not proved yet */
    vm lost;       /* f does not do what it should: there may be another maximum */
} lanes_walk;

#define LANES_STRIDE 0.8 /* of T: the step that proves most */

/* Lanes g .. g + LANES - 1 of u, as far as there are any. Where the root is 0, it is none: f < 1 there. */
LANES_INLINE lanes_walk walk_start(const lanes_unproved *u, size_t g)
{
    const vd zero = all(0.0), t = load(&u->t[g]), root = load(&u->root[g]), N0 = load(&u->N0[g]);
    const lanes_score z = {load(&u->yPPy[g]), load(&u->yPPPy[g]), load(&u->trace[g]),
                           load(&u->trace2[g])};
    const vm inside = above(root, 0.0), left = inside & ~rises(&z, t, root, N0);
    lanes_walk w = {.root = point_of(&z, t, load(&u->S[g])), .end = root, .left = left};
    vd number = zero;

    for (int i = 0; i < LANES; i++) {
        number[i] = (double)g + i;
    }
    w.root.t = root;
    w.root.f = pick(inside, all(1.0), w.root.f);
    w.root.N = trace_at(&z, t, root);
    w.p = w.root;
    w.p.t = pick(left, zero, root);
    w.p.N = pick(left, N0, w.root.N);
    w.step = LANES_STRIDE * w.root.T;
    w.open = less(number, all((double)u->n)) & (left | ~stays_below(&w.p, w.p.Y));
    w.lost = less(zero, zero);
    return w;
}

/* Where to look next. */
LANES_INLINE vd walk_next(const lanes_walk *w, vd v0)
{
    return pick(w->left, middle(w->p.t, w->end, v0), w->p.t + w->step);
}

/* Left of the root u is looked at. */
LANES_INLINE void walk_left(lanes_walk *w, const lanes_point *u)
{
    const vm lanes = w->open & w->left;
    const vm way = lanes & stays_above(w->p.N, u->t - w->p.t, u->f * u->N, 1.0 / u->R);
    const vm done = way & stays_above(u->N, w->root.t - u->t, w->root.N, 1.0 / w->root.R);

    w->lost |= lanes & ~above(u->f, 1.0);
    w->p = point_pick(way, u, &w->p);
    w->p = point_pick(done, &w->root, &w->p);
    w->end = pick(way, w->root.t, u->t);
    w->left &= ~done;
}

/* Right of the root u is looked at. */
LANES_INLINE void walk_right(lanes_walk *w, const lanes_point *u)
{
    const vm lanes = w->open & ~w->left;
    const vd chord = (u->t - w->p.t) * w->p.Y / (u->Y - w->p.Y);
    const vm way = lanes & stays_below(&w->p, chord);

    w->lost |= lanes & ~below(u->f, 1.0);
    w->p = point_pick(way, u, &w->p);
    w->step = pick(lanes, pick(way, all(3.0), all(0.3)) * w->step, w->step);
}

LANES_INLINE void walk_on(lanes_walk *w, const lanes_point *u)
{
    const vm left = w->open & w->left;

    walk_right(w, u);
    if (any(left)) {
        walk_left(w, u);
    }
    w->open &= ~w->lost & (w->left | ~stays_below(&w->p, w->p.Y));
}

enum { LANES_LOOKS = 12 }; /* most need one */

/* Walk them; those that are lost, or on their way still, are for the scalar engine. */
LANES_INLINE void walk_all(const lanes_unproved *u, lanes_block *b, int restricted)
{
    for (size_t g = 0; g < u->n; g += LANES) {
        const lanes_group studies = {(const lanes_row *)b->y, (const lanes_row *)b->v, b->rows, g,
                                     load(&u->v0[g])};
        const vd S = load(&u->S[g]);
        lanes_walk w = walk_start(u, g);

        for (int n = 0; n < LANES_LOOKS && any(w.open); n++) {
            const vd t = walk_next(&w, studies.v0);
            const lanes_sums sums = sums_at(&studies, t, 3, 0);
            const lanes_score z = score_of(&sums, restricted);
            const lanes_point at = point_of(&z, t, S);

            walk_on(&w, &at);
        }
        for (size_t i = 0; any(w.open | w.lost) && i < LANES; i++) {
            if (is(w.open | w.lost, i)) {
                b->alone[u->lane[g + i]] = b->some = 1;
            }
        }
    }
}

#endif
