/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file lanes_columns_internal.h  From the estimate to the columns: intervals, heterogeneity, prediction. */
#ifndef TQ_BATCH_LANES_COLUMNS_INTERNAL_H
#define TQ_BATCH_LANES_COLUMNS_INTERNAL_H

#include <float.h>

#include "batch/lanes_internal.h"
#include "batch/lanes_tails_internal.h"

/* table[k] of each lane. */
LANES_INLINE vd by_studies(const double *table, vd k)
{
    vd out = k;

    if (!any(~equal(k, all(k[0])))) {
        return all(table[(size_t)k[0]]);
    }
    for (int i = 0; i < LANES; i++) {
        out[i] = table[(size_t)k[i]];
    }
    return out;
}

/* What pool_prediction() and interval_basis() of pooling/prediction.c do. */
LANES_INLINE vd prediction_half(const lanes_model *m, vd var, vd se2, vd kh, vd t, vd k)
{
    const vd base = m->predict == TQ_PREDICT_T ? var : m->predict == TQ_PREDICT_HK ? var * kh : se2;

    return by_studies(m->pi_critical, k) * root_of(base + t);
}

/* Columns first .. last, or some of them. */
LANES_INLINE int wanted(const lanes_model *m, tq_batch_column first, tq_batch_column last)
{
    return (m->want >> first & ((2u << (last - first)) - 1)) != 0;
}

LANES_INLINE void heterogeneity_columns(const lanes_model *m, lanes_block *b, size_t g, vd t)
{
    if (!wanted(m, TQ_BATCH_QE, TQ_BATCH_H2)) {
        return;
    }
    const vd k = load(&b->k[g]), df = k - 1.0, Q = load(&b->Q0[g]), none = all(NAN);
    const vm alone = equal(k, all(1.0));
    const vd vt = df / load(&b->trP0[g]), zero = all(0.0), excess = 100.0 * (Q - df) / Q;
    vd I2, H2;

    store(&b->column[TQ_BATCH_QE][g], pick(alone, zero, Q));
    store(&b->column[TQ_BATCH_QE_DF][g], df);
    if (wanted(m, TQ_BATCH_QE_PVAL, TQ_BATCH_QE_PVAL)) {
        store(&b->column[TQ_BATCH_QE_PVAL][g], chisq_p(pick(alone, zero, Q), df));
    }
    if (!wanted(m, TQ_BATCH_I2, TQ_BATCH_H2)) {
        return;
    }

    if (m->random && m->i2 == TQ_I2_TAU2) {
        I2 = 100.0 * t / (t + vt);
        H2 = t / vt + 1.0;
    } else {
        I2 = where(above(excess, 0.0), excess);
        H2 = m->random ? larger(all(1.0), Q / df) : Q / df;
    }
    store(&b->column[TQ_BATCH_I2][g], pick(alone, m->random ? zero : none, I2));
    store(&b->column[TQ_BATCH_H2][g], pick(alone, m->random ? all(1.0) : none, H2));
}

/* Of the test in use: normal where it is z, or one study stands alone. */
LANES_INLINE vd p_value(const lanes_model *m, vd stat, vd k)
{
    const vm normal = m->test == TQ_TEST_Z ? equal(k, k) : equal(k, all(1.0));
    vd p = stat;

    if (any(normal)) {
        p = normal_p(stat);
    }
    if (any(~normal)) {
        const vd n = pick(normal, all(1.0), k - 1.0);

        p = pick(normal, p, t_p(stat, n, by_studies(m->t_head, k)));
    }
    return p;
}

LANES_INLINE void columns_group(const lanes_model *m, lanes_block *b, size_t g)
{
    const vd k = load(&b->k[g]), df = k - 1.0, one = all(1.0), none = all(NAN),
             t = load(&b->tau2[g]);
    const vd Q = load(&b->Q[g]), beta = load(&b->origin[g]) + load(&b->mu[g]);
    const vd var = one / load(&b->sw[g]), kh = where(above(Q, DBL_EPSILON), Q / df);
    const vm alone = equal(k, all(1.0));
    const vd factor = m->test == TQ_TEST_KNHA    ? kh
                      : m->test == TQ_TEST_ADHOC ? larger(one, kh)
                                                 : one;
    const vd se2 = var * pick(alone, one, factor), se = root_of(se2), ratio = beta / se;
    const vd stat = pick(at_most(size_of(ratio), all(DBL_MAX)), ratio, none);

    store(&b->column[TQ_BATCH_K][g], k);
    store(&b->column[TQ_BATCH_BETA][g], beta);
    store(&b->column[TQ_BATCH_SE][g], se);
    store(&b->column[TQ_BATCH_STAT][g], stat);
    store(&b->column[TQ_BATCH_DF][g], m->test == TQ_TEST_Z ? none : pick(alone, none, df));
    if (wanted(m, TQ_BATCH_PVAL, TQ_BATCH_LOG10P)) {
        store(&b->column[TQ_BATCH_PVAL][g], p_value(m, stat, k));
    }
    if (wanted(m, TQ_BATCH_CI_LB, TQ_BATCH_CI_UB)) {
        const vd half = by_studies(m->critical, k) * se;

        store(&b->column[TQ_BATCH_CI_LB][g], beta - half);
        store(&b->column[TQ_BATCH_CI_UB][g], beta + half);
    }
    if (wanted(m, TQ_BATCH_PI_LB, TQ_BATCH_PI_UB)) {
        const vd wide = prediction_half(m, var, se2, kh, t, k);

        store(&b->column[TQ_BATCH_PI_LB][g], beta - wide);
        store(&b->column[TQ_BATCH_PI_UB][g], beta + wide);
    }
    store(&b->column[TQ_BATCH_TAU2][g], m->random ? t : none);
    heterogeneity_columns(m, b, g, t);
}

#endif
