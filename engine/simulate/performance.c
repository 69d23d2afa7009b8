/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Measures of performance over replicates and their Monte-Carlo standard errors: Morris, White & Crowther
 * (2019), Stat. Med. 38:2074-2102, table 6.
 */
#include <math.h>

#include "simulate/simulate_internal.h"

/* P(theta <= x) of true effects around mu; a point mass at tau2 = 0. */
static double below(double x, double mu, double tau)
{
    return tau > 0.0 ? 0.5 * erfc((mu - x) / tau * M_SQRT1_2) : x >= mu;
}

static void add(performance *p, tq_sim_quantity q, double x)
{
    if (!isnan(x)) {
        p->of[q].n += 1.0;
        p->of[q].sum += x;
        p->of[q].square += x * x;
    }
}

/* 100 where true; nothing where the value compared was no number. */
static double percent(int truth, double of)
{
    return isnan(of) ? (double)NAN : truth ? 100.0 : 0.0;
}

static void add_one(performance *p, const tq_sim_scenario *s, double level, double *const *column,
                    size_t j)
{
    const double error = column[TQ_BATCH_BETA][j] - s->effect, pval = column[TQ_BATCH_PVAL][j];
    const double lb = column[TQ_BATCH_CI_LB][j], ub = column[TQ_BATCH_CI_UB][j];
    const double pi_lb = column[TQ_BATCH_PI_LB][j], pi_ub = column[TQ_BATCH_PI_UB][j];
    const double tau2 = column[TQ_BATCH_TAU2][j], tau = sqrt(s->tau2);
    const double Q_pval = column[TQ_BATCH_QE_PVAL][j];

    add(p, TQ_SIM_FITTED, isnan(error) ? 0.0 : 100.0);
    add(p, TQ_SIM_BIAS, error);
    add(p, TQ_SIM_MSE, error * error);
    add(p, TQ_SIM_MODEL_SE, column[TQ_BATCH_SE][j]);
    add(p, TQ_SIM_COVERAGE, percent(lb <= s->effect && s->effect <= ub, ub - lb));
    add(p, TQ_SIM_REJECTED, percent(pval < 1.0 - level / 100.0, pval));
    add(p, TQ_SIM_WIDTH, ub - lb);
    add(p, TQ_SIM_TAU2, tau2);
    add(p, TQ_SIM_TAU2_BIAS, tau2 - s->tau2);
    add(p, TQ_SIM_I2, column[TQ_BATCH_I2][j]);
    add(p, TQ_SIM_Q_REJECTED, percent(Q_pval < 0.05, Q_pval));
    add(p, TQ_SIM_PI_WIDTH, pi_ub - pi_lb);
    if (!isnan(pi_lb)) {
        const double in = tau > 0.0 ? below(pi_ub, s->effect, tau) - below(pi_lb, s->effect, tau)
                                    : pi_lb <= s->effect && s->effect <= pi_ub;

        add(p, TQ_SIM_PI_COVERAGE, 100.0 * in);
    }
}

void performance_add(performance *p, const tq_sim_scenario *s, double level,
                     const tq_batch_results *fits, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        add_one(p, s, level, fits->column, j);
    }
}

/* Mean, and standard deviation of what was added up. */
static tq_sim_value moments(const performance_sum *s)
{
    const double mean = s->sum / s->n, spread = s->square - mean * s->sum;

    /* What rounding leaves where all replicates have the same value. */
    return (tq_sim_value){mean, spread > 1e-12 * s->square ? sqrt(spread / (s->n - 1.0)) : 0.0};
}

void performance_values(const performance *p, tq_sim_value *value)
{
    for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
        const performance_sum *s = &p->of[q];
        const tq_sim_value m = moments(s);

        value[q] =
            s->n > 1.0 ? (tq_sim_value){m.value, m.mcse / sqrt(s->n)} : (tq_sim_value){NAN, NAN};
    }
    const performance_sum *bias = &p->of[TQ_SIM_BIAS];

    if (bias->n > 1.0) {
        const double sd = moments(bias).mcse;

        value[TQ_SIM_EMP_SE] = (tq_sim_value){sd, sd / sqrt(2.0 * (bias->n - 1.0))};
    }
}
