/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One problem of a batch, by the engine that fits one model at a time. */
#include <math.h>

#include "batch/batch_internal.h"
#include "core/distributions.h"

/* Copy the studies that are not missing; how many. */
static size_t gather(const tq_batch_problems *in, size_t j, batch_room *room)
{
    const size_t from = in->offset ? in->offset[j] : j * in->problem_stride;
    const size_t step = in->offset ? 1 : in->study_stride, all = batch_studies(in, j);
    size_t k = 0;

    for (size_t i = 0; i < all; i++) {
        const double yi = in->yi[from + i * step], vi = in->vi[from + i * step];

        if (!isnan(yi) && !isnan(vi)) {
            room->yi[k] = yi;
            room->vi[k] = vi;
            k++;
        }
    }
    return k;
}

static tq_batch_outcome fit_one(const tq_batch_options *o, size_t k, batch_room *room)
{
    const tq_model model = {k, 1, room->yi, room->vi, NULL, 1, NULL};
    tq_pool_options opt = tq_pool_defaults();

    opt.method = o->method;
    opt.test = o->test;
    opt.level = o->level;
    opt.ci_tau2 = TQ_CI_NONE;
    opt.i2 = o->i2;
    opt.predict = o->predict;
    opt.tol = o->tol;
    opt.max_iter = o->max_iter;
    if (k == 0) {
        return TQ_BATCH_EMPTY;
    }
    for (size_t i = 0; i < k; i++) {
        if (!isfinite(room->yi[i]) || !(room->vi[i] > 0.0 && isfinite(room->vi[i]))) {
            return TQ_BATCH_UNUSABLE;
        }
    }
    switch (tq_pool_fit(&model, &opt, room->work, room->fit, NULL)) {
    case TQ_OK:
        return TQ_BATCH_FITTED;
    case TQ_ENOCONV:
        return TQ_BATCH_NO_CONVERGENCE;
    default: /* options and values are checked */
        return TQ_BATCH_TOO_FAR;
    }
}

/* The columns of a fit but k and log10p; NaN without one. */
static void values(const tq_pool *fit, double *value)
{
    for (size_t c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
        value[c] = NAN;
    }
    if (fit) {
        value[TQ_BATCH_BETA] = fit->beta[0];
        value[TQ_BATCH_SE] = fit->se[0];
        value[TQ_BATCH_STAT] = fit->stat[0];
        value[TQ_BATCH_DF] = fit->df[0];
        value[TQ_BATCH_PVAL] = fit->pval[0];
        value[TQ_BATCH_CI_LB] = fit->ci_lb[0];
        value[TQ_BATCH_CI_UB] = fit->ci_ub[0];
        value[TQ_BATCH_TAU2] = fit->tau2;
        value[TQ_BATCH_QE] = fit->QE;
        value[TQ_BATCH_QE_DF] = fit->QE_df;
        value[TQ_BATCH_QE_PVAL] = fit->QE_pval;
        value[TQ_BATCH_I2] = fit->I2;
        value[TQ_BATCH_H2] = fit->H2;
        value[TQ_BATCH_PI_LB] = fit->prediction.pi_lb;
        value[TQ_BATCH_PI_UB] = fit->prediction.pi_ub;
    }
}

void batch_one_problem(const batch_loop *loop, batch_room *room, size_t j)
{
    const size_t k = gather(loop->in, j, room);
    const tq_batch_outcome outcome = fit_one(loop->opt, k, room);
    double value[TQ_BATCH_COLUMN_COUNT];

    values(outcome == TQ_BATCH_FITTED ? room->fit : NULL, value);
    value[TQ_BATCH_K] = (double)k;
    if (loop->out->column[TQ_BATCH_LOG10P]) {
        value[TQ_BATCH_LOG10P] = tq_two_sided_log10_p(value[TQ_BATCH_STAT], value[TQ_BATCH_DF]);
    }
    for (size_t c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
        if (loop->out->column[c]) {
            loop->out->column[c][j] = value[c];
        }
    }
    if (loop->out->outcome) {
        loop->out->outcome[j] = (unsigned char)outcome;
    }
}
