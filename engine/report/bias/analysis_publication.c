/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods for publication bias in an analysis: the one that was asked for. */
#include <math.h>

#include "report/bias/answers_internal.h"

static found_method *asked(const tq_publication_spec *s)
{
    return s->limit      ? found_limit
           : s->copas    ? found_copas
           : s->pcurve   ? found_pcurve
           : s->puniform ? found_puniform
           : s->svalue   ? found_svalue
                         : NULL;
}

tq_status analysis_publication(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    found_method *const method = in->spec->publication ? asked(in->spec->publication) : NULL;
    const double null = a->measure->null_value;

    if (!method) {
        return TQ_OK;
    }
    a->publication = tq_arena_take(a->arena, 1, sizeof *a->publication);
    if (!a->publication) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    const tq_status status = method(in, a, isnan(null) ? 0.0 : null, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
    }
    return status;
}

void analysis_publication_free(tq_publication *p)
{
    if (p) {
        tq_limit_meta_free(p->limit);
        tq_pcurve_free(p->pcurve);
    }
}
