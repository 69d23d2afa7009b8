/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trial sequential analysis: looks, boundaries, and what they say together. */
#include "sequential/trial_sequential.h"

#include <math.h>
#include <stdlib.h>

#include "core/distributions.h"
#include "optim/root.h"

static const char *const verdicts[] = {
    [TQ_TSA_CROSSED] = "crossed", [TQ_TSA_REACHED] = "reached",   [TQ_TSA_FUTILE] = "futile",
    [TQ_TSA_GO_ON] = "go_on",     [TQ_TSA_UNTESTED] = "untested",
};
_Static_assert(sizeof verdicts / sizeof *verdicts == TQ_TSA_VERDICT_COUNT, "a name per verdict");

const char *tq_tsa_verdict_name(tq_tsa_verdict verdict)
{
    return (unsigned)verdict < TQ_TSA_VERDICT_COUNT ? verdicts[verdict] : NULL;
}

tq_tsa_options tq_tsa_defaults(void)
{
    return (tq_tsa_options){tq_required_information_defaults(), tq_monitoring_defaults(), NAN};
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- looks --------------------------------------------------------------------------------- */

static void fill_z(const tq_part_pool *p, double null_value, tq_tsa_look *look)
{
    const double stat = (p->beta - null_value) / p->se;

    look->pval = isnan(stat) ? (double)NAN : tq_two_sided_p(stat, p->df);
    look->z = isnan(p->df) || !(look->pval > 0.0)
                  ? stat
                  : copysign(tq_normal_quantile(look->pval / 2.0), stat);
    if (look->pval >= 1.0) { /* not minus 0 */
        look->z = 0.0;
    }
}

/* Information so far, and the penalised statistic that its statistical kind gives. */
static void fill_looks(const tq_tsa_data *data, const double *information, tq_tsa *tsa)
{
    double so_far = 0.0, statistical = 0.0;

    for (size_t j = 0; j < tsa->n; j++) {
        for (size_t i = 0; i < data->studies.k; i++) {
            if (data->step[i] == j) {
                so_far += information[i];
                statistical += isfinite(data->studies.vi[i]) ? 1.0 / data->studies.vi[i] : 0.0;
            }
        }
        tq_tsa_look *look = &tsa->look[j];

        *look = (tq_tsa_look){.information = so_far, .ci_lb = NAN, .ci_ub = NAN};
        fill_z(&data->pool[j], data->null_value, look);
        look->z_lil = statistical > M_E ? look->z / sqrt(tsa->options.lil * log(log(statistical)))
                                        : (double)NAN;
    }
}

/* ---- boundaries ----------------------------------------------------------------------------- */

/* Looks without any information yet come before the first fraction. */
static tq_status monitor(tq_tsa *tsa, tq_error *err)
{
    const size_t n = tsa->n;
    double *t = calloc(n + 1, sizeof *t);
    tq_monitoring_look *m = calloc(n + 1, sizeof *m);
    size_t skipped = 0, count;
    tq_status status = TQ_ENOMEM;

    if (!t || !m) {
        no_memory(err);
        goto done;
    }
    while (skipped < n && !(tsa->look[skipped].information > 0.0)) {
        tsa->look[skipped++].monitoring = (tq_monitoring_look){.critical = NAN, .futility = NAN};
    }
    for (size_t j = skipped; j < n; j++) {
        t[j - skipped] = tsa->look[j].information / tsa->required.required;
    }
    count = n - skipped;
    tsa->planned_given = count == 0 || t[count - 1] < 1.0;
    t[count] = 1.0;
    status = tq_monitoring(count + (size_t)tsa->planned_given, t, &tsa->options.monitoring, m, err);
    if (status == TQ_OK) {
        for (size_t j = skipped; j < n; j++) {
            tsa->look[j].monitoring = m[j - skipped];
        }
        tsa->planned = m[count];
        tsa->power = m[count - !tsa->planned_given].power;
    }
done:
    free(t);
    free(m);
    return status;
}

/* Half the width of an interval whose tails are those of a normal critical value. */
static double half_width(const tq_part_pool *p, double critical)
{
    return p->se *
           (isnan(p->df) ? critical : -tq_t_quantile(0.5 * erfc(critical * M_SQRT1_2), p->df));
}

static void fill_intervals(const tq_tsa_data *data, tq_tsa *tsa)
{
    for (size_t j = 0; j < tsa->n; j++) {
        tq_tsa_look *look = &tsa->look[j];
        const tq_part_pool *p = &data->pool[j];

        if (look->monitoring.tested) {
            const double half = half_width(p, look->monitoring.critical);
            const int one = tsa->options.required.sides == 1;

            look->ci_lb = one && tsa->sign < 0.0 ? -INFINITY : p->beta - half;
            look->ci_ub = one && tsa->sign > 0.0 ? INFINITY : p->beta + half;
        }
    }
}

/* ---- what they say -------------------------------------------------------------------------- */

/* Z as the boundaries see it: towards the anticipated effect, whatever its sign with two sides. */
static double towards(const tq_tsa *tsa, double z)
{
    return tsa->options.required.sides == 2 ? fabs(z) : tsa->sign * z;
}

static void keep_first(size_t *first, size_t j, int holds)
{
    if (*first == TQ_NO_LOOK && holds) {
        *first = j;
    }
}

static void find_looks(tq_tsa *tsa)
{
    tsa->crossed = tsa->reached = tsa->futile = tsa->nominal = tsa->decision = TQ_NO_LOOK;
    for (size_t j = 0; j < tsa->n; j++) {
        const tq_monitoring_look *m = &tsa->look[j].monitoring;
        const double z = towards(tsa, tsa->look[j].z);

        keep_first(&tsa->nominal, j, z >= tsa->conventional);
        keep_first(&tsa->crossed, j, m->tested && z >= m->critical);
        keep_first(&tsa->reached, j, m->t >= 1.0);
        keep_first(&tsa->futile, j,
                   m->tested && tsa->crossed == TQ_NO_LOOK && m->t < 1.0 && z <= m->futility);
        if (m->tested && (tsa->crossed == TQ_NO_LOOK || tsa->crossed == j)) {
            tsa->decision = j;
        }
    }
    tsa->verdict = tsa->crossed != TQ_NO_LOOK    ? TQ_TSA_CROSSED
                   : tsa->reached != TQ_NO_LOOK  ? TQ_TSA_REACHED
                   : tsa->futile != TQ_NO_LOOK   ? TQ_TSA_FUTILE
                   : tsa->decision != TQ_NO_LOOK ? TQ_TSA_GO_ON
                                                 : TQ_TSA_UNTESTED;
}

typedef struct {
    size_t n;
    const tq_monitoring_look *look;
    int sides;
    double z, target;
    tq_status status;
} stagewise;

static double tail_excess(double drift, double *slope, void *context)
{
    stagewise *s = context;
    double tail = NAN;

    *slope = NAN;
    if (s->status == TQ_OK) {
        s->status = tq_stagewise_tail(s->n, s->look, s->sides, s->z, drift, &tail, NULL);
    }
    return tail - s->target;
}

/* The drift under which a result at least as high has the probability. */
static tq_status find_drift(stagewise *s, double target, double *drift, tq_error *err)
{
    const tq_root_options how = {.tol = 1e-10, .scale = 1.0, .max_iter = 200};
    size_t first = 0;

    while (first + 1 < s->n && !s->look[first].tested) {
        first++;
    }
    /* Z at any look is then 10 standard deviations and more below all boundaries, or above one. */
    const double far = (20.0 + fabs(s->z)) / sqrt(s->look[first].t);
    double slope;

    s->target = target;
    const double at_lo = tail_excess(-far, &slope, s), at_hi = tail_excess(far, &slope, s);
    const tq_status status =
        tq_root_find(tail_excess, s, -far, at_lo, far, at_hi, &how, drift, NULL);

    if (s->status != TQ_OK) {
        return no_memory(err);
    }
    return status == TQ_OK
               ? TQ_OK
               : tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL, "the stage-wise estimate was not found");
}

static tq_status estimate_stagewise(const tq_tsa_data *data, tq_tsa *tsa,
                                    const tq_monitoring_look *look, tq_error *err)
{
    const size_t at = tsa->decision;
    const tq_tsa_options *o = &tsa->options;
    const double side = o->required.alpha / o->required.sides;
    const double scale = sqrt(look[at].t) * data->pool[at].se * tsa->sign;
    stagewise s = {at + 1, look, o->required.sides, tsa->sign * tsa->look[at].z, 0.0, TQ_OK};
    double drift[3], tail;
    const double target[3] = {side, 0.5, 1.0 - side};
    tq_status status = tq_stagewise_tail(s.n, look, s.sides, s.z, 0.0, &tail, err);

    for (size_t i = 0; status == TQ_OK && i < 3; i++) {
        status = find_drift(&s, target[i], &drift[i], err);
    }
    if (status == TQ_OK) {
        const double one = data->null_value + scale * drift[0];
        const double other =
            s.sides == 2 ? data->null_value + scale * drift[2] : tsa->sign * INFINITY;

        tsa->stagewise_pval = s.sides == 2 ? 2.0 * fmin(tail, 1.0 - tail) : tail;
        tsa->stagewise_est = data->null_value + scale * drift[1];
        tsa->stagewise_lb = fmin(one, other);
        tsa->stagewise_ub = fmax(one, other);
    }
    return status;
}

static tq_status stagewise_of(const tq_tsa_data *data, tq_tsa *tsa, tq_error *err)
{
    tsa->stagewise_pval = tsa->stagewise_est = tsa->stagewise_lb = tsa->stagewise_ub = NAN;
    if (tsa->decision == TQ_NO_LOOK || !isfinite(tsa->look[tsa->decision].z)) {
        return TQ_OK;
    }
    tq_monitoring_look *look = calloc(tsa->n, sizeof *look);

    if (!look) {
        return no_memory(err);
    }
    for (size_t j = 0; j < tsa->n; j++) {
        look[j] = tsa->look[j].monitoring;
    }
    const tq_status status = estimate_stagewise(data, tsa, look, err);

    free(look);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static tq_status fill(const tq_tsa_data *data, double *information, tq_tsa *tsa, tq_error *err)
{
    tq_tsa_options *o = &tsa->options;
    tq_status status = tq_required_information_find(&data->studies, &o->required, information,
                                                    &tsa->required, err);

    if (status != TQ_OK) {
        return status;
    }
    o->monitoring.alpha = o->required.alpha;
    o->monitoring.beta = o->required.beta;
    o->monitoring.sides = o->required.sides;
    tsa->sign = copysign(1.0, tsa->required.delta);
    tsa->conventional = -tq_normal_quantile(o->required.alpha / o->required.sides);
    fill_looks(data, information, tsa);
    status = monitor(tsa, err);
    if (status == TQ_OK) {
        fill_intervals(data, tsa);
        find_looks(tsa);
        status = stagewise_of(data, tsa, err);
    }
    return status;
}

tq_status tq_tsa_run(const tq_tsa_data *data, const tq_tsa_options *opt, tq_tsa **out,
                     tq_error *err)
{
    const size_t k = data->studies.k;

    if (opt && !isnan(opt->lil) && !(opt->lil > 0.0 && isfinite(opt->lil))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "lambda '%g' must be > 0", opt->lil);
    }
    double *information = calloc(k ? k : 1, sizeof *information);
    tq_tsa *tsa = calloc(1, sizeof *tsa);
    tq_status status = TQ_ENOMEM;

    if (tsa) {
        tsa->options = opt ? *opt : tq_tsa_defaults();
        tsa->null_value = data->null_value;
        tsa->n = data->n;
        tsa->look = calloc(data->n ? data->n : 1, sizeof *tsa->look);
    }
    if (!information || !tsa || !tsa->look) {
        no_memory(err);
    } else {
        status = fill(data, information, tsa, err);
    }
    free(information);
    if (status != TQ_OK) {
        tq_tsa_free(tsa);
        return status;
    }
    *out = tsa;
    return TQ_OK;
}

void tq_tsa_free(tq_tsa *tsa)
{
    if (tsa) {
        free(tsa->look);
        free(tsa);
    }
}
