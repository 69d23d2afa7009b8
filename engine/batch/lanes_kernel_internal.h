/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file lanes_kernel_internal.h  All stages of a block; each file of a vector width includes it once. */
#ifndef TQ_BATCH_LANES_KERNEL_INTERNAL_H
#define TQ_BATCH_LANES_KERNEL_INTERNAL_H

#include <string.h>

#include "batch/lanes_columns_internal.h"
#include "batch/lanes_unique_internal.h"

/* ---- ready for the kernels ---- */

/* Beyond these the scalar engine has the better arithmetic: powers of weights leave the range, or one
   study holds all weight. */
#define LANES_V_MIN 0x1p-120
#define LANES_V_MAX 0x1p+120
#define LANES_V_RATIO 0x1p+40
#define LANES_Y_MIN 0x1p-100
#define LANES_Y_MAX 0x1p+100

/* The most precise study of each problem, the first of equals. */
typedef struct {
    vd v, y, row;
    vm bad; /* the problem has a value that is missing or out of range */
} lanes_first;

LANES_INLINE lanes_first find_first(const lanes_block *b, size_t g)
{
    const vd k = load(&b->k[g]), end = all(INFINITY), zero = all(0.0);
    lanes_first f = {end, zero, zero, less(zero, zero)};

    for (size_t i = 0; i < b->rows; i++) {
        const vd v = load(&b->v[i][g]), y = load(&b->y[i][g]);
        const vm closer = less(v, f.v);

        f.bad |= less(all((double)i), k) & ~(above(v, 0.0) & less(v, end) & less(size_of(y), end));
        f.v = pick(closer, v, f.v);
        f.y = pick(closer, y, f.y);
        f.row = pick(closer, all((double)i), f.row);
    }
    return f;
}

LANES_INLINE lanes_first mend_first(lanes_block *b, size_t g)
{
    const lanes_first f = find_first(b, g);

    if (!any(f.bad)) {
        return f;
    }
    for (size_t i = 0; i < LANES; i++) {
        if (is(f.bad, i)) {
            b->mend(b, g + i);
        }
    }
    return find_first(b, g);
}

/* The most precise study goes to row 0, in whose place stands what was there; the others' effects
   are taken from its own. */
LANES_INLINE void ready_group(lanes_block *b, size_t g, int likelihood)
{
    const lanes_first f = mend_first(b, g);
    const vd k = load(&b->k[g]), first_v = load(&b->v[0][g]), first_y = load(&b->y[0][g]) - f.y;
    vd sy = all(0.0), syy = sy, svy = sy, svyy = sy, most = sy, sv = f.v;
    vd v_max = sv;

    for (size_t i = 1; i < b->rows; i++) {
        const vm here = less(all((double)i), k), moved = equal(f.row, all((double)i));
        const vd v = pick(moved, first_v, load(&b->v[i][g])), known_v = where(here, v);
        const vd y = where(here, pick(moved, first_y, load(&b->y[i][g]) - f.y));

        store(&b->y[i][g], y);
        store(&b->v[i][g], v);
        sy += y;
        syy += y * y;
        sv += known_v;
        if (likelihood) {
            svy += known_v * y;
            svyy += known_v * y * y;
        }
        v_max = larger(known_v, v_max);
        most = larger(size_of(y), most);
    }
    const vd over = 1.0 / k, mean = sy * over, spread = syy - mean * sy;
    const vm fine = at_most(all(LANES_V_MIN), f.v) & at_most(v_max, all(LANES_V_MAX)) &
                    at_most(v_max, LANES_V_RATIO * f.v) & at_most(most, all(LANES_Y_MAX)) &
                    (equal(most, all(0.0)) | at_most(all(LANES_Y_MIN), most));

    store(&b->origin[g], f.y);
    store(&b->v0[g], f.v);
    store(&b->spread[g], where(above(spread, 0.0), spread));
    store(&b->v_mean[g], sv * over);
    if (likelihood) {
        const vd sum = svyy - 2.0 * mean * svy + mean * mean * sv;

        store(&b->far[g], (1.0 + LANES_MARGIN) * sum / spread);
    }
    for (size_t i = 0; i < LANES; i++) {
        b->alone[g + i] |= !is(fine, i);
        b->late[g + i] = 0;
    }
}

LANES_INLINE lanes_group group_of(const lanes_block *b, size_t g)
{
    return (lanes_group){(const lanes_row *)b->y, (const lanes_row *)b->v, b->rows, g,
                         load(&b->v0[g])};
}

/* ---- closed forms ---- */

LANES_INLINE vd nonnegative(vd x)
{
    return where(above(x, 0.0), x);
}

/* The estimators are those of pooling/tau2_moment.c. */
LANES_INLINE vd closed_form(const lanes_model *m, const lanes_block *b, const lanes_group *p,
                            const lanes_sums *s0)
{
    const vd k = load(&b->k[p->g]), df = k - 1.0, Q = sums_Q(s0), sw = s0->h + s0->a1;
    const vd spread = load(&b->spread[p->g]);

    switch (m->equation) {
    case LANES_DL:
        return nonnegative((Q - df) / sums_trace(s0));
    case LANES_HE:
        return nonnegative(spread / df - load(&b->v_mean[p->g]));
    case LANES_HS:
        return nonnegative((Q - k) / sw);
    case LANES_HSK:
        return nonnegative((k / df * Q - k) / sw);
    case LANES_SJ: {
        const vd t0 = spread / k;
        const lanes_sums s = sums_at(p, t0, 1);

        return t0 * sums_Q(&s) / df;
    }
    default:
        return all(0.0);
    }
}

LANES_INLINE void keep_fit(lanes_block *b, size_t g, const lanes_sums *s)
{
    store(&b->sw[g], s->h + s->a1);
    store(&b->mu[g], sums_mean(s));
    store(&b->Q[g], sums_Q(s));
}

LANES_INLINE void fit_closed(const lanes_model *m, lanes_block *b, size_t g)
{
    const lanes_group p = group_of(b, g);
    const lanes_sums s0 = sums_at(&p, all(0.0), 2);
    const vm several = above(load(&b->k[g]), 1.0);
    const vd t = where(several, closed_form(m, b, &p, &s0));

    store(&b->Q0[g], sums_Q(&s0));
    store(&b->trP0[g], sums_trace(&s0));
    store(&b->tau2[g], t);
    if (any(above(t, 0.0))) {
        const lanes_sums s = sums_at(&p, t, 1);

        keep_fit(b, g, &s);
    } else {
        keep_fit(b, g, &s0);
    }
}

/* ---- equations ---- */

/*
 * All are solved as h(t) = 1 for an h that grows, nearly on a straight line: with equal variances it is
 * one. LANES_Q: target / Q; likelihoods: 1 / f of lanes_unique_internal.h.
 */
typedef struct {
    vd h, step; /* step: (1 - h) / slope, Newton's */
    vd over;    /* 1 / slope */
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
    lanes_sums sums; /* at the root: power 1, without h */
} lanes_solver;

/* Where to look when no step can be trusted: in the middle of the bracket on the scale of log(v0 + t),
   or far out while it has no end. */
LANES_INLINE vd middle(vd lo, vd hi, vd v0)
{
    return pick(below(hi, INFINITY), root_of((lo + v0) * (hi + v0)) - v0, 8.0 * (lo + v0));
}

/* The inverse of h between two points by a cubic through values and (inverse) slopes, at h = 1. */
LANES_INLINE vd inverse_cubic(vd t0, vd h0, vd over0, vd t1, vd h1, vd over1)
{
    const vd wide = h1 - h0, s = (1.0 - h0) / wide, u = 1.0 - s;

    return u * u * ((1.0 + 2.0 * s) * t0 + s * (wide * over0)) +
           s * s * ((3.0 - 2.0 * s) * t1 - u * (wide * over1));
}

/* From the first look, at 0. */
LANES_INLINE lanes_solver solver_start(const lanes_group *p, const lanes_sums *at0,
                                       const lanes_value *z, vm open)
{
    const vd zero = all(0.0);
    const vm newton = above(z->over, 0.0) & below(z->step, INFINITY);

    return (lanes_solver){.lo = zero,
                          .hi = all(INFINITY),
                          .t0 = zero,
                          .h0 = z->h,
                          .over0 = z->over,
                          .t = pick(newton, z->step, 8.0 * p->v0),
                          .open = open,
                          .root = zero,
                          .sums = *at0};
}

/*
 * A step: Newton's, or the better one through the last two points. Its error is that of Newton's step
 * times the square of the way between those points; when that is small enough, the step is the last,
 * and the sums are moved along instead of evaluated again. Returns where it was.
 */
LANES_INLINE vm solver_step(lanes_solver *s, vd v0, const lanes_sums *sums, const lanes_value *z)
{
    const vd t = s->t, scale = v0 + t;
    const vm before = below(z->h, 1.0), rising = above(z->over, 0.0);

    s->lo = pick(before, t, s->lo);
    s->hi = pick(before, s->hi, t);
    const vd newton = t + z->step;
    const vd cubic = inverse_cubic(s->t0, s->h0, s->over0, t, z->h, z->over);
    const vd way = t - s->t0, apart = size_of(cubic - newton);
    const vm both = rising & above(s->over0, 0.0) & at_most(s->lo, cubic) & at_most(cubic, s->hi) &
                    at_most(apart, 0.5 * size_of(way));
    vd next = pick(both, cubic, newton);
    const vm trusted = rising & at_most(s->lo, next) & at_most(next, s->hi) & below(next, INFINITY);

    if (any(s->open & ~trusted)) {
        next = pick(trusted, next, middle(s->lo, s->hi, v0));
    }
    /* The cubic alone may stand still by chance, far from the root. */
    const vd step = larger(size_of(next - t), size_of(z->step));
    const vm settled = both & at_most(step, 1e-5 * scale) &
                       at_most(apart * way * way, 1e-15 * (scale * scale * scale));
    const vm last = s->open & trusted & (settled | at_most(step, 1e-8 * scale));

    if (any(last)) {
        const lanes_sums moved = sums_moved(*sums, next - t);

        s->root = pick(last, next, s->root);
        s->sums.a1 = pick(last, moved.a1, s->sums.a1);
        s->sums.b1 = pick(last, moved.b1, s->sums.b1);
        s->sums.c1 = pick(last, moved.c1, s->sums.c1);
        s->open &= ~last;
    }
    s->t0 = t;
    s->h0 = z->h;
    s->over0 = z->over;
    s->t = next;
    return last;
}

/* ---- a group ---- */

/* The maximum of these problems is found, at `root` next to t: they walk from 0 to it, and on. */
LANES_INLINE void walk_start(lanes_walk *w, vm found, const lanes_score *score, vd t, vd root)
{
    lanes_point at = point_of(score, t);

    at.t = root;
    at.f = all(1.0);
    w->root = point_pick(found, &at, &w->root);
    w->left |= found;
    w->open |= found;
    const vm way = walk_try(w, found, &at);

    w->left &= ~way;
    w->step = pick(found, pick(way, 0.7 * (at.q + root), 0.5 * root), w->step);
    walk_arrive(w);
}

typedef struct {
    lanes_group studies;
    vd target;
    lanes_solver solver;
    lanes_walk walk;
} lanes_state;

/* A step of the solver and the walk, side by side: a lane that is done with one goes on with the other. */
LANES_INLINE void group_step(lanes_state *g, lanes_equation equation)
{
    lanes_solver *s = &g->solver;
    lanes_walk *w = &g->walk;
    const vm walking = w->open;
    const vd t = pick(s->open, s->t, walk_next(w));
    const lanes_sums sums = sums_at(&g->studies, t, 3);
    const lanes_value z = value_of(&sums, g->target, equation);

    if (any(s->open)) {
        const vm found = solver_step(s, g->studies.v0, &sums, &z);

        if (equation != LANES_Q && any(found)) {
            walk_start(w, found, &z.score, t, s->root);
        }
    }
    if (equation != LANES_Q && any(walking)) {
        const lanes_point u = point_of(&z.score, t);

        walk_on(w, walking, &u);
    }
}

/* The first look, at tau2 = 0. */
LANES_INLINE void group_start(const lanes_model *m, lanes_block *b, size_t g,
                              lanes_equation equation, lanes_state *state)
{
    const lanes_group p = group_of(b, g);
    const vd k = load(&b->k[g]), zero = all(0.0), target = by_studies(m->target, k);
    const lanes_sums at0 = sums_at(&p, zero, 3);
    const lanes_value z = value_of(&at0, target, equation);
    const vm several = above(k, 1.0) & above(load(&b->spread[g]), 0.0);
    const vm inside = several & below(z.h, 1.0);
    const vm none = less(zero, zero);
    lanes_walk w = {.step = zero, .far = zero, .left = none, .open = none, .lost = none};

    w.p = w.root = (lanes_point){zero, zero, zero, zero};
    if (equation != LANES_Q) {
        w.p = w.root = point_of(&z.score, zero);
        w.far = load(&b->far[g]);
        w.step = 0.7 * w.p.q;
        w.open = several & ~inside;
        walk_arrive(&w);
    }
    *state = (lanes_state){p, target, solver_start(&p, &at0, &z, inside), w};
    store(&b->Q0[g], sums_Q(&at0));
    store(&b->trP0[g], sums_trace(&at0));
}

LANES_INLINE void group_end(lanes_block *b, size_t g, lanes_state *state)
{
    lanes_solver *s = &state->solver;
    const vm late = s->open | state->walk.open;

    s->sums.h = 1.0 / (state->studies.v0 + s->root);
    store(&b->tau2[g], s->root);
    keep_fit(b, g, &s->sums);
    for (size_t i = 0; i < LANES; i++) {
        b->late[g + i] = (unsigned char)is(late, i);
        b->alone[g + i] |= (unsigned char)is(state->walk.lost, i);
    }
}

/* Groups take turns, so that one's sums fill the time in which another waits for its step. */
LANES_INLINE void fit_equation(const lanes_model *m, lanes_block *b, lanes_equation equation)
{
    lanes_state state[LANES_BLOCK / LANES];

    for (size_t g = 0; g < b->n; g += LANES) {
        group_start(m, b, g, equation, &state[g / LANES]);
    }
    for (int n = 0; n < b->steps; n++) {
        for (size_t g = 0; g < b->n; g += LANES) {
            lanes_state *one = &state[g / LANES];

            if (any(one->solver.open | one->walk.open)) {
                group_step(one, equation);
            }
        }
    }
    for (size_t g = 0; g < b->n; g += LANES) {
        group_end(b, g, &state[g / LANES]);
    }
}

/* ---- the block ---- */

LANES_INLINE void fit_block(const lanes_model *m, lanes_block *b)
{
    for (size_t g = 0; g < b->n; g += LANES) {
        ready_group(b, g, m->equation == LANES_ML || m->equation == LANES_REML);
    }
    switch (m->equation) {
    case LANES_Q:
        fit_equation(m, b, LANES_Q);
        break;
    case LANES_ML:
        fit_equation(m, b, LANES_ML);
        break;
    case LANES_REML:
        fit_equation(m, b, LANES_REML);
        break;
    default:
        for (size_t g = 0; g < b->n; g += LANES) {
            fit_closed(m, b, g);
        }
    }
    for (size_t g = 0; g < b->n; g += LANES) {
        columns_group(m, b, g);
    }
}

#endif
