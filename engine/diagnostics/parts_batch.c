/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the studies as problems of the batch engine. */
#include <stdlib.h>

#include "batch/batch.h"
#include "diagnostics/parts_internal.h"

enum { SIDE = PARTS_SIDE_BY_SIDE };

struct parts_batch {
    size_t offset[SIDE + 1];
    double *yi, *vi; /* [SIDE x k] */
    double column[TQ_BATCH_COLUMN_COUNT][SIDE];
    double model_se[SIDE]; /* without the factor of the test */
    unsigned char outcome[SIDE];
    int has_factor; /* the test multiplies variances */
    int fitted;     /* 0: memory was short */
    tq_batch_options opt;
    tq_batch_work *work;
};

static const tq_batch_column wanted[] = {
    TQ_BATCH_BETA,  TQ_BATCH_SE,    TQ_BATCH_STAT, TQ_BATCH_DF,    TQ_BATCH_PVAL,
    TQ_BATCH_CI_LB, TQ_BATCH_CI_UB, TQ_BATCH_QE,   TQ_BATCH_QE_DF, TQ_BATCH_QE_PVAL,
    TQ_BATCH_TAU2,  TQ_BATCH_I2,    TQ_BATCH_H2};

parts_batch *parts_batch_new(const parts *p)
{
    parts_batch *b = calloc(1, sizeof *b);

    if (!b) {
        return NULL;
    }
    b->yi = calloc(p->model->k, 2 * SIDE * sizeof *b->yi);
    b->work = tq_batch_work_new();
    if (!b->yi || !b->work) {
        parts_batch_free(b);
        return NULL;
    }
    b->vi = b->yi + p->model->k * SIDE;
    b->opt = tq_batch_options_of(p->opt);
    b->has_factor = b->opt.test == TQ_TEST_KNHA || b->opt.test == TQ_TEST_ADHOC;
    return b;
}

void parts_batch_free(parts_batch *b)
{
    if (b) {
        tq_batch_work_free(b->work);
        free(b->yi);
        free(b);
    }
}

/* Standard errors by the test z: the others' factor is what theirs differ by. */
static tq_status fit_model_se(parts_batch *b, const tq_batch_problems *in)
{
    tq_batch_options opt = b->opt;
    const tq_batch_results out = {.column = {[TQ_BATCH_SE] = b->model_se}};

    opt.test = TQ_TEST_Z;
    return tq_batch_fit(in, &opt, b->work, &out, NULL);
}

void parts_batch_fit(parts_batch *b, const parts *p, size_t first, size_t n, size_t *index)
{
    const tq_batch_problems in = tq_batch_ragged(n, b->offset, b->yi, b->vi);
    tq_batch_results out = {.outcome = b->outcome};
    size_t at = 0;

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        out.column[wanted[i]] = b->column[wanted[i]];
    }
    for (size_t j = 0; j < n; j++) {
        const size_t members = p->members(p->user, first + j, index);

        for (size_t i = 0; i < members; i++, at++) {
            b->yi[at] = p->model->yi[index[i]];
            b->vi[at] = p->model->vi[index[i]];
        }
        b->offset[j + 1] = at;
    }
    b->fitted = tq_batch_fit(&in, &b->opt, b->work, &out, NULL) == TQ_OK &&
                (!b->has_factor || fit_model_se(b, &in) == TQ_OK);
}

int parts_batch_take(const parts_batch *b, size_t j, tq_pool *fit)
{
    if (!b->fitted || b->outcome[j] != TQ_BATCH_FITTED) {
        return 0;
    }
    const double se = b->column[TQ_BATCH_SE][j], model_se = b->has_factor ? b->model_se[j] : se;

    fit->why_none = NULL;
    fit->method = b->opt.method;
    fit->test = b->offset[j + 1] - b->offset[j] == 1 ? TQ_TEST_Z : b->opt.test;
    fit->vb[0] = se * se;
    fit->vb_model[0] = model_se * model_se;
    fit->kh = fit->vb[0] / fit->vb_model[0];
    fit->beta[0] = b->column[TQ_BATCH_BETA][j];
    fit->se[0] = se;
    fit->stat[0] = b->column[TQ_BATCH_STAT][j];
    fit->df[0] = b->column[TQ_BATCH_DF][j];
    fit->pval[0] = b->column[TQ_BATCH_PVAL][j];
    fit->ci_lb[0] = b->column[TQ_BATCH_CI_LB][j];
    fit->ci_ub[0] = b->column[TQ_BATCH_CI_UB][j];
    fit->QE = b->column[TQ_BATCH_QE][j];
    fit->QE_df = b->column[TQ_BATCH_QE_DF][j];
    fit->QE_pval = b->column[TQ_BATCH_QE_PVAL][j];
    fit->tau2 = b->column[TQ_BATCH_TAU2][j];
    fit->I2 = b->column[TQ_BATCH_I2][j];
    fit->H2 = b->column[TQ_BATCH_H2][j];
    return 1;
}
