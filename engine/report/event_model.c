/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a likelihood of events is made of, in words: for heads, settings and the document. */
#include <math.h>

#include "counts/glmm.h"
#include "report/analysis_internal.h"

static const char *of_glmm(const analysis_input *in, tq_analysis *a)
{
    const tq_pool_options *o = &a->options;
    const tq_counts *c = in->of.model.counts;
    const char *group = tq_count_scale_binomial(c->scale) ? "binomial-normal" : "Poisson-normal";

    a->nagq = o->nagq ? o->nagq : tq_glmm_default_points(o->glmm_model, c->x2 ? 2 : 1);
    a->glmm_model = c->x2 ? tq_glmm_model_name(o->glmm_model) : NULL;
    return tq_arena_format(
        a->arena, "%s%s%s%s, %s", c->x2 ? a->glmm_model : group, c->x2 ? " (" : "",
        c->x2 ? tq_glmm_model_label(o->glmm_model) : "", c->x2 ? ")" : "",
        a->nagq == 1 ? "Laplace's approximation"
                     : tq_arena_format(a->arena, "%zu points of quadrature", a->nagq));
}

tq_status analysis_event_model(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    switch (a->options.method) {
    case TQ_GLMM:
        a->event_model = in->of.model.counts ? of_glmm(in, a) : NULL;
        break;
    case TQ_BB:
        a->event_model = a->options.separate_rho ? "a correlation within studies for each group"
                                                 : "one correlation within studies";
        break;
    case TQ_FIRTH:
        a->event_model = "studies as a factor, one odds ratio";
        break;
    default:
        return TQ_OK;
    }
    return a->event_model || !in->of.model.counts
               ? TQ_OK
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

int analysis_by_likelihood(const tq_analysis *a)
{
    return a->event_model != NULL;
}
