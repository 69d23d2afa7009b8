/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies and options made ready for the likelihood. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "bias/selmodel_internal.h"
#include "core/distributions.h"
#include "linalg/dense.h"

/* q: of the likelihood; truncest has one there, its threshold is found apart. */
int sel_take_problem(sel_problem *m, size_t k, size_t p, size_t q)
{
    const size_t n = p + 1 + q;

    *m = (sel_problem){.k = k, .p = p, .q = q, .n = n};
    /* k > p: the sizes are below 16 k n, checked before they are multiplied. */
    if (k > SIZE_MAX / 1024 / (n + 1)) {
        return 0;
    }
    const size_t reals = k * (p + 3) + p * p + 6 * n + 2 * n * n + 6 * SEL_NODES_MAX;
    const size_t bytes = reals * sizeof(double) + sizeof(sel_axis) + k * sizeof(sel_point) +
                         n * sizeof(size_t) + (k + 2 * n) * sizeof(int);
    double *at = calloc(1, bytes);

    m->block = at;
    if (!at) {
        return 0;
    }
    const struct {
        double **to;
        size_t n;
    } parts[] = {
        {&m->X, k * p},
        {&m->R, p * p},
        {&m->z, k},
        {&m->s, k},
        {&m->prec, k},
        {&m->theta, n},
        {&m->trial, n},
        {&m->best, n},
        {&m->start, n},
        {&m->gradient, n},
        {&m->move, n},
        {&m->J, n * n},
        {&m->F, n * n},
        {&m->w, SEL_NODES_MAX},
        {&m->wg[0], SEL_NODES_MAX},
        {&m->wg[1], SEL_NODES_MAX},
        {&m->wh[0], SEL_NODES_MAX},
        {&m->wh[1], SEL_NODES_MAX},
        {&m->wh[2], SEL_NODES_MAX},
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].to = at;
        at += parts[i].n;
    }
    m->axis = (sel_axis *)(void *)at;
    m->own = (sel_point *)(void *)(m->axis + 1);
    m->index = (size_t *)(void *)(m->own + k);
    m->step = (int *)(void *)(m->index + n);
    m->fixed = m->step + k;
    m->held = m->fixed + n;
    return 1;
}

static double geometric_mean(const double *v, size_t k)
{
    double sum = 0.0;

    for (size_t i = 0; i < k; i++) {
        sum += log(v[i]);
    }
    return exp(sum / (double)k);
}

static tq_status load_precision(sel_problem *m, const tq_selmodel_options *o, tq_error *err)
{
    double most = 0.0;

    m->common_prec = o->prec == TQ_SEL_PREC_NONE;
    for (size_t i = 0; i < m->k; i++) {
        const double n = o->ni ? o->ni[i] : (double)NAN;

        m->prec[i] = 1.0;
        if (o->prec == TQ_SEL_PREC_SEI || o->prec == TQ_SEL_PREC_VI) {
            m->prec[i] = o->prec == TQ_SEL_PREC_SEI ? m->s[i] : m->s[i] * m->s[i];
        } else if (o->prec != TQ_SEL_PREC_NONE) {
            if (!(n > 0.0) || !isfinite(n)) {
                return tq_fail(err, TQ_EDATA, i, NULL,
                               "prec %s needs the sample size of each study",
                               tq_sel_prec_name(o->prec));
            }
            m->prec[i] = o->prec == TQ_SEL_PREC_NINV ? 1.0 / n : 1.0 / sqrt(n);
        }
        most = fmax(most, m->prec[i]);
    }
    for (size_t i = 0; i < m->k; i++) {
        m->prec[i] /= most;
    }
    return TQ_OK;
}

/* The weight that each study has. */
void sel_load_weights(sel_problem *m, const tq_selmodel_options *o)
{
    const int two_sided = o->alternative == TQ_SEL_TWO_SIDED;

    for (size_t i = 0; i < m->k; i++) {
        m->own[i] = sel_point_at(m->family, two_sided, m->z[i]);
        const double p = m->own[i].p;

        if (m->family->weight) {
            m->step[i] = o->n_steps && p <= o->steps[0] ? -1 : -2;
        } else if (m->truncated) {
            m->step[i] = m->z[i] * m->s[i] > m->threshold ? -1 : 0;
        } else {
            size_t j = 0;

            while (j + 1 < o->n_steps && p > o->steps[j]) {
                j++;
            }
            m->step[i] = (int)j;
        }
    }
}

tq_status sel_load(sel_problem *m, const tq_model *model, const tq_selmodel_options *o,
                   tq_error *err)
{
    const double sign = o->alternative == TQ_SEL_LESS ? -1.0 : 1.0, root = sqrt((double)m->k);
    const size_t k = m->k, p = m->p;

    m->family = &sel_families[o->type];
    m->unit = sqrt(geometric_mean(model->vi, k));
    m->truncated = sel_is_truncation(o->type);
    m->threshold = m->truncated ? sign * o->steps[0] / m->unit : 0.0;
    for (size_t i = 0; i < k; i++) {
        const double sei = sqrt(model->vi[i]);

        m->s[i] = sei / m->unit;
        m->z[i] = sign * model->yi[i] / sei;
        m->constant -= 0.5 * TQ_LOG_2PI + log(sei);
    }
    for (size_t i = 0; i < k * p; i++) {
        m->X[i] = model->X ? model->X[i] : 1.0;
    }
    tq_status status = tq_qr(k, p, m->X, m->R, m->move, err);

    for (size_t i = 0; i < k * p; i++) {
        m->X[i] *= root;
    }
    for (size_t i = 0; i < p * p; i++) {
        m->R[i] /= root;
    }
    if (m->truncated) {
        m->axis->piece[0] = (sel_piece){.kind = SEL_STEP, .lo = -(double)INFINITY};
        m->axis->piece[1] = (sel_piece){.kind = SEL_ONE, .hi = INFINITY};
        m->axis->n = 2;
    } else {
        sel_axis_make(m->family, o, m->axis);
    }
    if (m->family->weight && o->n_steps) {
        m->alpha_point = (sel_point){o->steps[0], log(o->steps[0]), log1p(-o->steps[0])};
        m->alpha = &m->alpha_point;
    }
    status = status == TQ_OK ? load_precision(m, o, err) : status;
    sel_load_weights(m, o);
    return status;
}

/* Every weight that is estimated needs studies that have it, and so has the one it is relative to. */
tq_status sel_check_counts(const sel_problem *m, const tq_selmodel_options *o, size_t *count,
                           tq_error *err)
{
    int estimated = 0;

    if (m->family->weight) {
        return TQ_OK;
    }
    for (size_t i = 0; i < m->k; i++) {
        const int step = m->step[i];

        if (step >= 0 && o->delta[step] == 0.0) {
            return tq_fail(err, TQ_EDATA, i, NULL,
                           "the study is there although its delta is 0; give its part of the "
                           "weight function a delta > 0");
        }
        if (step >= 0) {
            count[step]++;
        }
    }
    for (size_t a = 0; a < m->q; a++) {
        estimated |= isnan(o->delta[a]) ? 1 : 0;
    }
    if (m->truncated) {
        const char *side = count[0] == 0 ? "below" : "beyond";

        return estimated && (count[0] == 0 || count[0] == m->k)
                   ? tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                             "no effect lies %s the threshold %g: delta cannot be estimated; move "
                             "it (--steps), or give delta (--delta)",
                             side, o->steps[0])
                   : TQ_OK;
    }
    for (size_t a = 0; estimated && a < m->q; a++) {
        if (count[a] == 0 && (a == 0 || isnan(o->delta[a]))) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "no study has p in (%g, %g]: its weight cannot be estimated; choose "
                           "other --steps or --alternative, or give all weights (--delta)",
                           a ? o->steps[a - 1] : 0.0, o->steps[a]);
        }
    }
    return TQ_OK;
}
