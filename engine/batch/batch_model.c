/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether refits of a model are problems of the batch engine, and with which options. */
#include <math.h>

#include "batch/batch.h"
#include "batch/lanes_internal.h"

_Static_assert((int)TQ_BATCH_SIDE_BY_SIDE == (int)LANES_STUDIES, "what the lanes hold");

int tq_batch_suits(const tq_model *m, const tq_pool_options *o)
{
    /* Options that no fit accepts are for the fits to refuse. */
    const int fine = o->level > 0.0 && o->level < 100.0 && o->tol > 0.0 && o->max_iter > 0 &&
                     tq_i2_name(o->i2) != NULL;

    return fine && m->k <= TQ_BATCH_SIDE_BY_SIDE && !m->counts &&
           (!m->X || (m->p == 1 && m->intercept)) && o->weighted && !o->weights && isnan(o->tau2) &&
           tq_batch_method(o->method);
}

int tq_batch_suits_test(const tq_model *m, const tq_pool_options *o)
{
    return (o->test == TQ_TEST_Z || o->test == TQ_TEST_T || o->test == TQ_TEST_KNHA ||
            o->test == TQ_TEST_ADHOC) &&
           tq_batch_suits(m, o);
}

tq_batch_options tq_batch_options_of(const tq_pool_options *opt)
{
    tq_batch_options out = tq_batch_defaults();

    out.method = opt->method;
    out.test = opt->test;
    out.level = opt->level;
    out.i2 = opt->i2;
    out.predict = TQ_PREDICT_NONE;
    out.tol = opt->tol;
    out.max_iter = opt->max_iter;
    out.threads = 1;
    return out;
}
