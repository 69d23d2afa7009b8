/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subsets of the studies as problems of the batch engine. */
#include <stdint.h>
#include <stdlib.h>

#include "batch/batch.h"
#include "diagnostics/gosh_internal.h"

struct gosh_batch {
    const tq_model *model;
    tq_batch_options opt;
    size_t *offset;                /* [n + 1] */
    double *yi, *vi;               /* [n * k] */
    double *beta, *tau2, *I2, *QE; /* [n] */
    double *block;
    tq_batch_work *work;
};

gosh_batch *gosh_batch_new(const tq_model *m, const tq_pool_options *o, size_t n, size_t threads)
{
    gosh_batch *b = calloc(1, sizeof *b);

    if (!b) {
        return NULL;
    }
    b->model = m;
    b->opt = tq_batch_options_of(o);
    b->opt.test = TQ_TEST_Z; /* changes nothing that is kept */
    b->opt.threads = threads;
    b->offset = calloc(n + 1, sizeof *b->offset);
    b->block = calloc(n, (2 * m->k + 4) * sizeof *b->block);
    b->work = tq_batch_work_new();
    if (!b->offset || !b->block || !b->work) {
        gosh_batch_free(b);
        return NULL;
    }
    b->yi = b->block;
    b->vi = b->yi + n * m->k;
    b->beta = b->vi + n * m->k;
    b->tau2 = b->beta + n;
    b->I2 = b->tau2 + n;
    b->QE = b->I2 + n;
    return b;
}

void gosh_batch_free(gosh_batch *b)
{
    if (b) {
        tq_batch_work_free(b->work);
        free(b->offset);
        free(b->block);
        free(b);
    }
}

/* The studies of a subset of `words` words, one after the other; where the next subset starts. */
static size_t gather(gosh_batch *b, const uint64_t *member, size_t words, size_t at)
{
    for (size_t w = 0; w < words; w++) {
        size_t i = 64 * w;

        for (uint64_t bits = member[w]; bits; bits >>= 1, i++) {
            if (bits & 1) {
                b->yi[at] = b->model->yi[i];
                b->vi[at++] = b->model->vi[i];
            }
        }
    }
    return at;
}

tq_status gosh_batch_fit(gosh_batch *b, const uint64_t *member, size_t n, tq_gosh_model *model,
                         tq_error *err)
{
    const tq_batch_problems in = tq_batch_ragged(n, b->offset, b->yi, b->vi);
    const tq_batch_results out = {.column = {[TQ_BATCH_BETA] = b->beta,
                                             [TQ_BATCH_TAU2] = b->tau2,
                                             [TQ_BATCH_I2] = b->I2,
                                             [TQ_BATCH_QE] = b->QE}};

    const size_t words = (b->model->k + 63) / 64;

    for (size_t j = 0; j < n; j++) {
        b->offset[j + 1] = gather(b, member + j * words, words, b->offset[j]);
    }
    const tq_status status = tq_batch_fit(&in, &b->opt, b->work, &out, err);

    for (size_t j = 0; status == TQ_OK && j < n; j++) {
        model[j] = (tq_gosh_model){b->offset[j + 1] - b->offset[j], b->beta[j], b->tau2[j],
                                   b->I2[j], b->QE[j]};
    }
    return status;
}
