/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file lanes_kernel_internal.h  All stages of a block; each file of a vector width includes it once. */
#ifndef TQ_BATCH_LANES_KERNEL_INTERNAL_H
#define TQ_BATCH_LANES_KERNEL_INTERNAL_H

#include "batch/lanes_columns_internal.h"
#include "batch/lanes_ready_internal.h"
#include "batch/lanes_solver_internal.h"
#include "batch/lanes_unique_internal.h"

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
        s->unproved = several & ~inside & ~stays_fallen(&z->score, s->S, z->h);
    }
    if (wanted(m, TQ_BATCH_QE, TQ_BATCH_H2)) {
        store(&b->Q0[g], sums_Q(&s->sums));
        store(&b->trP0[g], sums_trace(&s->sums));
    }
}

LANES_INLINE void group_step(lanes_state *s, lanes_equation equation)
{
    const lanes_score *z = &s->value.score;
    const vm found = solver_step(&s->solver, s->studies.v0, &s->sums, &s->value, equation);

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

/* Lane `from` moves to the front of the block, behind others whose maximum is to be proved. */
LANES_INLINE void move_unproved(lanes_block *b, size_t from, const lanes_state *state,
                                lanes_unproved *u)
{
    const lanes_state *s = &state[from / LANES];
    const size_t i = from % LANES, to = u->n++;

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

LANES_INLINE void prove_block(lanes_block *b, const lanes_state *state, lanes_equation equation)
{
    size_t lane[LANES_BLOCK + 1], n = 0;
    lanes_unproved u;

    for (size_t i = 0; i < b->n; i++) { /* without branches, which would be guessed in vain */
        lane[n] = i;
        n += (size_t)is(state[i / LANES].unproved, i % LANES);
    }
    u.n = 0;
    for (size_t i = 0; i < n; i++) {
        move_unproved(b, lane[i], state, &u);
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
