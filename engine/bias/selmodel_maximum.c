/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The highest maximum of several searches, and the threshold that is estimated. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bias/selmodel_internal.h"

/* Keep the climb from m->theta where it is the highest so far. */
static void attempt(sel_problem *m, sel_maximum *top)
{
    double ll = -INFINITY;
    int iterations = 0;
    const sel_end end = sel_climb(m, SEL_MAX_ITER, &ll, &iterations);

    top->starts++;
    if (end == SEL_LOST || !isfinite(ll)) {
        return;
    }
    const double slack = 1e-7 * (1.0 + fabs(ll));

    if (top->end == SEL_LOST || ll > top->ll + slack) {
        top->ll = ll;
        top->iterations = iterations;
        top->end = end;
        top->agreeing = 1;
        memcpy(m->best, m->theta, m->n * sizeof *m->best);
    } else if (ll > top->ll - slack) {
        top->agreeing++;
    }
}

/* gamma of the model without selection, times a factor, and a value of tau2. */
void sel_place(sel_problem *m, const double *gamma, double factor, double t)
{
    for (size_t a = 0; a < m->p; a++) {
        m->theta[a] = factor * gamma[a];
    }
    if (!m->fixed[m->p]) {
        m->theta[m->p] = t;
    }
}

/* From the model without selection and from smaller effects with more and less heterogeneity, with weak
   to strong selection. */
void sel_maximise(sel_problem *m, const double *gamma, double t, size_t most, sel_maximum *top)
{
    const double factor[] = {1.0, 0.4}, heights[] = {t, 4.0 * t + 0.5};

    *top = (sel_maximum){.ll = -INFINITY, .end = SEL_LOST};
    for (size_t s = 0; s < most; s++) {
        for (size_t c = 0; c < 4; c++) {
            if (m->fixed[m->p] && c >= 2) {
                break;
            }
            sel_place(m, gamma, factor[c % 2], heights[c / 2]);
            for (size_t a = 0; a < m->q; a++) {
                if (!m->fixed[m->p + 1 + a]) {
                    m->theta[m->p + 1 + a] = m->family->start[s][a % 2];
                }
            }
            attempt(m, top);
        }
    }
    memcpy(m->theta, m->best, m->n * sizeof *m->theta);
}

/* ---- an estimated threshold ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Whether several searches could beat the best so far: one, from where that of the last threshold ended
   (m->start), comes near it. */
static int is_promising(sel_problem *m, double best)
{
    static const double near = 1.0;
    double ll = -INFINITY;
    int iterations;

    memcpy(m->theta, m->start, m->n * sizeof *m->theta);
    if (sel_climb(m, SEL_MAX_ITER, &ll, &iterations) != SEL_CLIMBED) {
        return 1;
    }
    memcpy(m->start, m->theta, m->n * sizeof *m->theta);
    return !(ll < best - near);
}

/*
 * Between two neighbouring effects the log-likelihood changes with the threshold through A alone: it
 * rises up to the higher effect for delta < 1, and down to the lower one for delta > 1. Both ends of
 * each gap are tried, the higher effect counting as beyond the threshold.
 */
tq_status sel_search_threshold(sel_problem *m, const double *gamma, double t, sel_maximum *top,
                               tq_error *err)
{
    double *y = malloc(m->k * sizeof *y), *kept = malloc(m->n * sizeof *kept);
    double threshold = 0.0, cut = 0.0;

    *top = (sel_maximum){.ll = -INFINITY, .end = SEL_LOST};
    if (!y || !kept) {
        free(y);
        free(kept);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < m->k; i++) {
        y[i] = m->z[i] * m->s[i];
    }
    qsort(y, m->k, sizeof *y, ascending);
    sel_place(m, gamma, 1.0, t);
    if (!m->fixed[m->p + 1]) {
        m->theta[m->p + 1] = 0.5;
    }
    memcpy(m->start, m->theta, m->n * sizeof *m->theta);
    for (size_t j = 0; j + 1 < m->k; j++) {
        for (int end = 0; y[j] < y[j + 1] && end < 2; end++) {
            sel_maximum at;

            m->threshold = y[j + (size_t)end];
            for (size_t i = 0; i < m->k; i++) {
                m->step[i] = m->z[i] * m->s[i] > y[j] ? -1 : 0;
            }
            if (!is_promising(m, top->ll)) {
                continue;
            }
            sel_maximise(m, gamma, t, 2, &at);
            if (at.end != SEL_LOST && at.ll > top->ll) {
                *top = at;
                threshold = m->threshold;
                cut = y[j];
                memcpy(kept, m->theta, m->n * sizeof *kept);
            }
        }
    }
    m->threshold = threshold;
    for (size_t i = 0; i < m->k; i++) {
        m->step[i] = m->z[i] * m->s[i] > cut ? -1 : 0;
    }
    memcpy(m->theta, kept, m->n * sizeof *kept);
    free(y);
    free(kept);
    return TQ_OK;
}
