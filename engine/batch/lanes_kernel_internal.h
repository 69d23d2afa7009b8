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
        f.v = pick(closer, v, f.v);
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
        const lanes_sums s = sums_at(p, t0, 1, 1);

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
    look_ahead(b, 2);

    const lanes_group p = group_of(b, g);
    const lanes_sums s0 = sums_at(&p, all(0.0), 2, 1);
    const vm several = above(load(&b->k[g]), 1.0);
    const vd t = where(several, closed_form(m, b, &p, &s0));

    store(&b->Q0[g], sums_Q(&s0));
    store(&b->trP0[g], sums_trace(&s0));
    store(&b->tau2[g], t);
    if (any(above(t, 0.0))) {
        const lanes_sums s = sums_at(&p, t, 1, 1);

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
LANES_INLINE vm solver_step(lanes_solver *s, vd v0, const lanes_sums *sums, const lanes_value *z)
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
    const vm settled = both & at_most(step, 1e-5 * scale) &
                       at_most(apart * way * way, 1e-15 * (scale * scale * scale));
    const vm last = s->open & trusted & (settled | at_most(step, 1e-8 * scale));

    const lanes_sums moved = sums_moved(*sums, next - t);

    s->root = pick(last, next, s->root);
    s->a1 = pick(last, moved.a1, s->a1);
    s->b1 = pick(last, moved.b1, s->b1);
    s->c1 = pick(last, moved.c1, s->c1);
    s->open &= ~last;
    s->t0 = t;
    s->h0 = z->h;
    s->over0 = z->over;
    s->t = next;
    return last;
}

/* ---- a group ---- */

typedef struct {
    lanes_group studies;
    vd target, S;
    lanes_solver solver;
    vd t; /* the look: where, and what was seen */
    lanes_sums sums;
    lanes_value value;
    /* Of likelihoods: whether the maximum is to be proved yet, and the look next to it. */
    vm unproved;
    vd seen_at, N0;
    lanes_score seen;
} lanes_state;

/* The first look, at tau2 = 0. */
LANES_INLINE void group_first(const lanes_model *m, lanes_block *b, size_t g,
                              lanes_equation equation, lanes_state *s)
{
    look_ahead(b, 4);
    s->studies = group_of(b, g);
    s->target = equation == LANES_Q ? by_studies(m->target, load(&b->k[g])) : all(0.0);
    s->S = load(&b->spread[g]);
    s->t = all(0.0);
    s->sums = equation == LANES_Q || wanted(m, TQ_BATCH_QE, TQ_BATCH_H2)
                  ? sums_at(&s->studies, s->t, 3, 1)
                  : sums_at(&s->studies, s->t, 3, 0);
}

LANES_INLINE void group_look(lanes_state *s, lanes_equation equation)
{
    s->t = s->solver.t;
    s->sums = sums_at(&s->studies, s->t, 3, equation == LANES_Q);
}

LANES_INLINE void group_value(lanes_state *s, lanes_equation equation)
{
    s->value = value_of(&s->sums, s->target, equation);
}

LANES_INLINE void group_start(const lanes_model *m, lanes_block *b, size_t g,
                              lanes_equation equation, lanes_state *s)
{
    const vd k = load(&b->k[g]), far = load(&b->far[g]), over = 1.0 / s->S;
    const lanes_value *z = &s->value;
    const vm several = above(k, 1.0) & above(s->S, 0.0), inside = several & below(z->h, 1.0);
    const vd m1 = equation == LANES_Q ? s->target : equation == LANES_ML ? k : k - 1.0;
    const vd c = equation == LANES_Q ? far : 2.0 * far - load(&b->v_mean[g]);

    s->solver = solver_start(&s->studies, &s->sums, z, first_step(z, m1 * over, c), inside);
    if (equation != LANES_Q) {
        s->N0 = z->score.trace;
        s->seen_at = s->t;
        s->seen = z->score;
        s->unproved = several & ~inside & ~falls(&z->score, s->S);
    }
    if (wanted(m, TQ_BATCH_QE, TQ_BATCH_H2)) {
        store(&b->Q0[g], sums_Q(&s->sums));
        store(&b->trP0[g], sums_trace(&s->sums));
    }
}

LANES_INLINE void group_step(lanes_state *s, lanes_equation equation)
{
    const lanes_score *z = &s->value.score;
    const vm found = solver_step(&s->solver, s->studies.v0, &s->sums, &s->value);

    if (equation != LANES_Q && any(found)) {
        const vm proved = rises(z, s->t, s->solver.root, s->N0) & falls(z, s->S);

        s->unproved |= found & ~proved;
        s->seen_at = pick(found, s->t, s->seen_at);
        s->seen.yPPy = pick(found, z->yPPy, s->seen.yPPy);
        s->seen.yPPPy = pick(found, z->yPPPy, s->seen.yPPPy);
        s->seen.trace = pick(found, z->trace, s->seen.trace);
        s->seen.trace2 = pick(found, z->trace2, s->seen.trace2);
    }
}

LANES_INLINE void group_end(const lanes_model *m, lanes_block *b, size_t g, lanes_equation equation,
                            const lanes_state *state)
{
    const lanes_solver *s = &state->solver;
    lanes_sums sums = {
        .h = 1.0 / (state->studies.v0 + s->root), .a1 = s->a1, .b1 = s->b1, .c1 = s->c1};

    if (equation != LANES_Q && m->scaled) {
        sums.c1 = sums_at(&state->studies, s->root, 1, 1).c1;
    }
    store(&b->tau2[g], s->root);
    keep_fit(b, g, &sums);
    if (any(s->open)) {
        b->some = 1;
        for (size_t i = 0; i < LANES; i++) {
            b->late[g + i] = (unsigned char)is(s->open, i);
        }
    }
}

/* Those of a group whose maximum is to be proved move to the front of the block, behind others. */
LANES_INLINE void group_unproved(lanes_block *b, size_t g, const lanes_state *s, lanes_unproved *u)
{
    for (size_t i = 0; any(s->unproved) && i < LANES; i++) {
        const size_t from = g + i, to = u->n;

        if (!is(s->unproved, i)) {
            continue;
        }
        u->n++;
        u->lane[to] = from;
        u->v0[to] = s->studies.v0[i];
        u->S[to] = s->S[i];
        u->N0[to] = s->N0[i];
        u->root[to] = s->solver.root[i];
        u->t[to] = s->seen_at[i];
        u->yPPy[to] = s->seen.yPPy[i];
        u->yPPPy[to] = s->seen.yPPPy[i];
        u->trace[to] = s->seen.trace[i];
        u->trace2[to] = s->seen.trace2[i];
        for (size_t row = 1; row < b->rows; row++) {
            b->y[row][to] = b->y[row][from];
            b->v[row][to] = b->v[row][from];
        }
    }
}

LANES_INLINE void prove_block(lanes_block *b, const lanes_state *state, lanes_equation equation)
{
    lanes_unproved u;

    u.n = 0;
    for (size_t g = 0; g < b->n; g += LANES) {
        group_unproved(b, g, &state[g / LANES], &u);
    }
    walk_all(&u, b, equation == LANES_REML);
}

/* A step of those groups that have a lane which is not done. */
LANES_INLINE void block_step(lanes_block *b, lanes_state *state, lanes_equation equation)
{
    lanes_state *open[LANES_BLOCK / LANES];
    size_t n = 0;

    for (size_t g = 0; g < b->n / LANES; g++) {
        open[n] = &state[g];
        n += any(state[g].solver.open) ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++) {
        look_ahead(b, 4);
        group_look(open[i], equation);
    }
    for (size_t i = 0; i < n; i++) {
        group_value(open[i], equation);
    }
    for (size_t i = 0; i < n; i++) {
        group_step(open[i], equation);
    }
}

/*
 * Groups take turns at each stage of a step: a stage is a chain of operations that wait for one
 * another, and the other groups' chains fill that time.
 */
LANES_INLINE void fit_equation(const lanes_model *m, lanes_block *b, lanes_equation equation)
{
    lanes_state state[LANES_BLOCK / LANES];

    for (size_t g = 0; g < b->n; g += LANES) {
        group_first(m, b, g, equation, &state[g / LANES]);
    }
    for (size_t g = 0; g < b->n; g += LANES) {
        group_value(&state[g / LANES], equation);
    }
    for (size_t g = 0; g < b->n; g += LANES) {
        group_start(m, b, g, equation, &state[g / LANES]);
    }
    for (int step = 0; step < b->steps; step++) {
        block_step(b, state, equation);
    }
    for (size_t g = 0; g < b->n; g += LANES) {
        group_end(m, b, g, equation, &state[g / LANES]);
    }
    if (equation != LANES_Q) {
        prove_block(b, state, equation);
    }
}

/* ---- the block ---- */

LANES_INLINE void fit_block(const lanes_model *m, lanes_block *b)
{
    for (size_t g = 0; g < b->n; g += LANES) {
        ready_group(b, g, m->equation >= LANES_Q ? 4 : 2);
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
