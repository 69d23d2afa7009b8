/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Weighted average of the adequately powered: Stanley, Doucouliagos & Ioannidis (2017), Stat. Med.
 * 36:1580-1598. A study is adequately powered where it has 80% power, two-sided at 5%, to find the
 * unrestricted weighted least squares mean M of all studies:
 *
 *     SEi <= |M| / 2.8,   2.8 = 1.96 + 0.84.
 *
 * The estimate is that mean over them; over all studies where they are fewer than two.
 */
#include <math.h>

#include "bias/asymmetry_internal.h"

/* The unrestricted mean of n studies in room->y and room->v into room->fit. */
static tq_status unrestricted(bias_room *room, size_t n, tq_error *err)
{
    const tq_model mean = {.k = n, .p = 1, .yi = room->y, .vi = room->v, .intercept = 1};
    tq_pool_options opt = room->opt;

    opt.method = TQ_UWLS;
    opt.test = tq_method_test(TQ_UWLS);
    opt.weights = NULL;
    opt.weighted = 1;
    opt.tau2 = NAN;
    return tq_pool_fit(&mean, &opt, room->work, room->fit, err);
}

tq_status bias_adequate_power(bias_room *room, tq_bias_result *out, tq_error *err)
{
    static const double needed = 2.8;
    const tq_model *m = &room->s->model;
    tq_error inner = {0};
    size_t n = 0;

    if (bias_has_moderators(room, out)) {
        return TQ_OK;
    }
    if (m->k < 2) {
        return bias_cannot(out, "1 study: it needs at least 2");
    }
    for (size_t i = 0; i < m->k; i++) {
        room->y[i] = m->yi[i];
        room->v[i] = m->vi[i];
    }
    tq_status status = unrestricted(room, m->k, &inner);
    const double most = status == TQ_OK ? fabs(room->fit->beta[0]) / needed : 0.0;

    for (size_t i = 0; status == TQ_OK && i < m->k; i++) {
        if (sqrt(m->vi[i]) <= most) {
            room->y[n] = m->yi[i];
            room->v[n++] = m->vi[i];
        }
    }
    if (status == TQ_OK && n >= 2) {
        status = unrestricted(room, n, &inner);
    }
    if (status != TQ_OK) {
        return bias_failed(out, status, &inner, err);
    }
    const tq_pool *fit = room->fit;

    out->k = n >= 2 ? n : m->k;
    out->est = fit->beta[0];
    out->se = fit->se[0];
    out->stat = fit->stat[0];
    out->df = fit->df[0];
    out->pval = fit->pval[0];
    return TQ_OK;
}
