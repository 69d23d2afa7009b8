/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file lanes_solver_internal.h  Equations for tau2, and the steps that solve them. */
#ifndef TQ_BATCH_LANES_SOLVER_INTERNAL_H
#define TQ_BATCH_LANES_SOLVER_INTERNAL_H

#include "batch/lanes_sums_internal.h"

/* ---- equations ---- */

/*
 * All are solved as h(t) = 1 for an h that grows, nearly on a straight line: with equal variances it is
 * one. LANES_Q: target / Q; likelihoods: 1 / f of lanes_unique_internal.h.
 */
typedef struct {
    vd h, step; /* step: (1 - h) / slope, Newton's */
    vd over;    /* 1 / slope; NaN where h falls, which no test of a step passes */
    lanes_score score;
} lanes_value;

LANES_INLINE lanes_value value_of(const lanes_sums *s, vd target, lanes_equation equation)
{
    lanes_value out;

    if (equation == LANES_Q) { /* slope = target y'PPy / Q^2 */
        const vd mu = sums_mean(s), Q = s->c1 - mu * s->b1, h2 = s->h * s->h;
        const vd yPPy = (s->c2 - 2.0 * mu * s->b2 + mu * mu * s->a2) + mu * mu * h2;

        out.h = target / Q;
        out.over = Q * Q / (target * yPPy);
        out.score = (lanes_score){Q, Q, Q, Q};
    } else { /* slope = (2 N y'PPPy + N' y'PPy) / y'PPy^2 */
        const lanes_score z = score_of(s, equation == LANES_REML);

        out.h = z.trace / z.yPPy;
        out.over = z.yPPy * z.yPPy / (2.0 * z.trace * z.yPPPy - z.trace2 * z.yPPy);
        out.score = z;
    }
    out.over = pick(above(out.over, 0.0), out.over, all(NAN));
    out.step = (1.0 - out.h) * out.over;
    return out;
}

/* ---- the solver ---- */

typedef struct {
    vd lo, hi;        /* bracket */
    vd t0, h0, over0; /* the point before */
    vd t;             /* where to look next */
    vm open;
    vd root;
    vd a1, b1, c1; /* sums at the root */
} lanes_solver;

/* The inverse of h between two points by a cubic through values and (inverse) slopes, at h = 1. */
LANES_INLINE vd inverse_cubic(vd t0, vd h0, vd over0, vd t1, vd h1, vd over1)
{
    const vd wide = h1 - h0, s = (1.0 - h0) / wide, u = 1.0 - s;

    return u * u * ((1.0 + 2.0 * s) * t0 + s * (wide * over0)) +
           s * s * ((3.0 - 2.0 * s) * t1 - u * (wide * over1));
}

/*
 * The first step. Far out h comes near the line m (t + c), from which it is away by h(0) - m c at 0: by
 * the hyperbola through that, with its slope there, which falls to 0. Where that is no hyperbola,
 * Newton's step.
 */
LANES_INLINE vd first_step(const lanes_value *z, vd m, vd c)
{
    const vd away = z->h - m * c, bend = 1.0 - m * z->over;
    const vd product = away * bend, line = (m * away) * z->over + bend * (1.0 - m * c);
    const vd root = root_of(line * line - 4.0 * (m * product * z->step));
    const vd t = 2.0 * size_of(away) * z->step / (root + pick(below(away, 0.0), -line, line));

    return pick(below(product, 0.0) & at_most(t, all(LANES_NO_END)), t, z->step);
}

/* From the first look, at 0. */
LANES_INLINE lanes_solver solver_start(const lanes_group *p, const lanes_sums *at0,
                                       const lanes_value *z, vd step, vm open)
{
    const vd zero = all(0.0);

    return (lanes_solver){.lo = zero,
                          .hi = all(LANES_NO_END),
                          .t0 = zero,
                          .h0 = z->h,
                          .over0 = z->over,
                          .t = pick(below(step, LANES_NO_END), step, 8.0 * p->v0),
                          .open = open,
                          .root = zero,
                          .a1 = at0->a1,
                          .b1 = at0->b1,
                          .c1 = at0->c1};
}

/*
 * A step: Newton's, or the better one through the last two points. Its error is that of Newton's step
 * times the square of the way between those points; when that is small enough, the step is the last,
 * and the sums are moved along instead of evaluated again. Returns where it was.
 */
LANES_INLINE vm solver_step(lanes_solver *s, vd v0, const lanes_sums *sums, const lanes_value *z,
                            lanes_equation equation)
{
    const vd t = s->t, scale = v0 + t, way = t - s->t0, newton = t + z->step;
    const vm before = below(z->h, 1.0);

    s->lo = pick(before, t, s->lo);
    s->hi = pick(before, s->hi, t);
    const vd cubic = inverse_cubic(s->t0, s->h0, s->over0, t, z->h, z->over);
    const vd apart = size_of(cubic - newton);
    const vm both =
        at_most(s->lo, cubic) & at_most(cubic, s->hi) & at_most(apart, 0.5 * size_of(way));
    const vm trusted = both | (at_most(s->lo, newton) & at_most(newton, s->hi));
    vd next = pick(both, cubic, newton);

    if (any(s->open & ~trusted)) {
        next = pick(trusted, next, middle(s->lo, s->hi, v0));
    }
    /* The cubic alone may stand still by chance, far from the root. */
    const vd step = larger(size_of(next - t), size_of(z->step));
    vm last = s->open & trusted & at_most(step, 1e-5 * scale);

    if (any(last)) { /* hardly ever after the look at 0, nearly always later */
        const vm settled = both & at_most(apart * way * way, 1e-15 * (scale * scale * scale));
        const lanes_sums moved = sums_moved(*sums, next - t);

        last &= settled | at_most(step, 1e-8 * scale);
        s->root = pick(last, next, s->root);
        s->a1 = pick(last, moved.a1, s->a1);
        s->b1 = pick(last, moved.b1, s->b1);
        if (equation == LANES_Q) {
            s->c1 = pick(last, moved.c1, s->c1);
        }
        s->open &= ~last;
    }
    s->t0 = t;
    s->h0 = z->h;
    s->over0 = z->over;
    s->t = next;
    return last;
}

#endif
