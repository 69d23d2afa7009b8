/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Required information: anticipated effect, variance, heterogeneity. */
#include "sequential/required_information.h"

#include <math.h>

#include "core/distributions.h"

static const char *const units[] = {[TQ_UNIT_AUTO] = "auto",
                                    [TQ_UNIT_PARTICIPANTS] = "participants",
                                    [TQ_UNIT_STATISTICAL] = "statistical"};
_Static_assert(sizeof units / sizeof *units == TQ_UNIT_COUNT, "a name per unit");

static const char *const adjusts[] = {[TQ_HETERO_AUTO] = "auto",
                                      [TQ_HETERO_D2] = "D2",
                                      [TQ_HETERO_I2] = "I2",
                                      [TQ_HETERO_TAU2] = "tau2",
                                      [TQ_HETERO_NONE] = "none"};
_Static_assert(sizeof adjusts / sizeof *adjusts == TQ_HETERO_COUNT, "a name per adjustment");

const char *tq_information_unit_name(size_t unit)
{
    return unit < TQ_UNIT_COUNT ? units[unit] : NULL;
}

const char *tq_hetero_adjust_name(size_t adjust)
{
    return adjust < TQ_HETERO_COUNT ? adjusts[adjust] : NULL;
}

tq_required_information_options tq_required_information_defaults(void)
{
    return (tq_required_information_options){.alpha = 0.05,
                                             .beta = 0.1,
                                             .sides = 2,
                                             .delta = NAN,
                                             .rrr = NAN,
                                             .cer = NAN,
                                             .variance = NAN,
                                             .diversity = NAN};
}

/* ---- event rates and effects --------------------------------------------------------------- */

static double odds(double p)
{
    return p / (1.0 - p);
}

static int has_rates(tq_count_scale scale)
{
    return scale == TQ_COUNT_RR || scale == TQ_COUNT_OR || scale == TQ_COUNT_PETO ||
           scale == TQ_COUNT_RD;
}

static double effect_of_rates(tq_count_scale scale, double pc, double pe)
{
    return scale == TQ_COUNT_RD   ? pe - pc
           : scale == TQ_COUNT_RR ? log(pe / pc)
                                  : log(odds(pe) / odds(pc));
}

static double rate_of_effect(tq_count_scale scale, double pc, double delta)
{
    const double o = odds(pc) * exp(delta);

    return scale == TQ_COUNT_RD   ? pc + delta
           : scale == TQ_COUNT_RR ? pc * exp(delta)
                                  : o / (1.0 + o);
}

/* ---- options ------------------------------------------------------------------------------- */

static tq_status check_numbers(const tq_required_information_options *o, tq_error *err)
{
    if (!(o->alpha > 0.0 && o->alpha < 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "alpha '%g' must be between 0 and 1",
                       o->alpha);
    }
    if (!(o->beta > 0.0 && o->beta < 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "beta '%g' must be between 0 and 1",
                       o->beta);
    }
    if (!isnan(o->delta) && !(isfinite(o->delta) && o->delta != 0.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "the anticipated effect '%g' must not be 0",
                       o->delta);
    }
    if (!isnan(o->rrr) && !(o->rrr < 100.0 && o->rrr != 0.0 && isfinite(o->rrr))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "relative risk reduction '%g' must be a percentage below 100, and not 0",
                       o->rrr);
    }
    if (!isnan(o->cer) && !(o->cer > 0.0 && o->cer < 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "control event rate '%g' must be between 0 and 1", o->cer);
    }
    if (!isnan(o->variance) && !(o->variance > 0.0 && isfinite(o->variance))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "variance '%g' must be > 0", o->variance);
    }
    if (!isnan(o->diversity) && !(o->diversity >= 0.0 && o->diversity < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "diversity '%g' must be a percentage below 100", o->diversity);
    }
    return TQ_OK;
}

static tq_status check(const tq_information_data *data, const tq_required_information_options *o,
                       tq_error *err)
{
    const int rates = !isnan(o->rrr) || !isnan(o->cer);
    const tq_status status = check_numbers(o, err);

    if (status != TQ_OK) {
        return status;
    }
    if (o->sides != 1 && o->sides != 2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "a test has 1 or 2 sides, not %d",
                       o->sides);
    }
    if ((unsigned)o->unit >= TQ_UNIT_COUNT || (unsigned)o->adjust >= TQ_HETERO_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown unit or adjustment");
    }
    if (rates && !has_rates(data->scale)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "event rates belong to the measures RR, OR, PETO and RD; give the "
                       "anticipated effect instead");
    }
    if (!isnan(o->rrr) && !isnan(o->delta)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a relative risk reduction and an anticipated effect exclude each other");
    }
    if (o->adjust == TQ_HETERO_TAU2 && o->unit == TQ_UNIT_PARTICIPANTS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "tau2 counts statistical information, not participants");
    }
    if (!isnan(o->diversity) && o->adjust != TQ_HETERO_AUTO && o->adjust != TQ_HETERO_D2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a given diversity and the adjustment '%s' exclude each other",
                       adjusts[o->adjust]);
    }
    return TQ_OK;
}

/* ---- what the studies have ------------------------------------------------------------------ */

typedef struct {
    double fixed, random, participants; /* sums of 1/vi, 1/(vi + tau2), ni */
    int sizes_known;
} sums;

static tq_status add_up(const tq_information_data *data, sums *out, tq_error *err)
{
    *out = (sums){.sizes_known = 1};
    for (size_t i = 0; i < data->k; i++) {
        if (isfinite(data->vi[i])) {
            out->fixed += 1.0 / data->vi[i];
            out->random += 1.0 / (data->vi[i] + data->tau2);
            out->participants += data->ni[i];
            out->sizes_known = out->sizes_known && data->ni[i] > 0.0;
        }
    }
    return out->fixed > 0.0 ? TQ_OK
                            : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                                      "no study has an effect of its own, so that none has "
                                      "information");
}

static tq_status choose_unit(const tq_required_information_options *o, const sums *s,
                             tq_required_information *out, tq_error *err)
{
    const int participants = s->sizes_known && out->adjust != TQ_HETERO_TAU2;

    if (o->unit == TQ_UNIT_PARTICIPANTS && !s->sizes_known) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "the number of participants of a study is not known; count statistical "
                       "information instead");
    }
    out->unit = o->unit != TQ_UNIT_AUTO ? o->unit
                : participants          ? TQ_UNIT_PARTICIPANTS
                                        : TQ_UNIT_STATISTICAL;
    return TQ_OK;
}

/* ---- the anticipated effect ------------------------------------------------------------------ */

static tq_status anticipate(const tq_information_data *data,
                            const tq_required_information_options *o, tq_required_information *out,
                            tq_error *err)
{
    out->cer_observed = isnan(o->cer);
    out->cer =
        has_rates(data->scale) ? out->cer_observed ? data->control_rate : o->cer : (double)NAN;
    out->delta_pooled = isnan(o->delta) && isnan(o->rrr);
    if (!isnan(o->rrr)) {
        if (!(out->cer > 0.0 && out->cer < 1.0)) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "a relative risk reduction needs the event rate of the control group");
        }
        out->eer = out->cer * (1.0 - o->rrr / 100.0);
        if (!(out->eer < 1.0)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "the event rate '%g' of the treated must be below 1", out->eer);
        }
        out->delta = effect_of_rates(data->scale, out->cer, out->eer);
    } else {
        out->delta = out->delta_pooled ? data->pooled : o->delta;
        out->eer = has_rates(data->scale) ? rate_of_effect(data->scale, out->cer, out->delta)
                                          : (double)NAN;
    }
    out->rrr = 100.0 * (1.0 - out->eer / out->cer);
    return isfinite(out->delta) && out->delta != 0.0
               ? TQ_OK
               : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "the pooled effect is none to be anticipated; give one");
}

/* ---- what is required ----------------------------------------------------------------------- */

/* Participants by event rates, where both are rates; else by a variance. */
static tq_status require_participants(const tq_required_information_options *o, const sums *s,
                                      double z, tq_required_information *out, tq_error *err)
{
    const double p = 0.5 * (out->cer + out->eer);
    double theta = out->delta;

    if (isnan(o->variance) && !isnan(p)) {
        if (!(out->eer > 0.0 && out->eer < 1.0)) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "the anticipated effect makes '%g' of the event rate, which must be "
                           "between 0 and 1; give another, or the event rate of the control group",
                           out->eer);
        }
        theta = out->cer - out->eer;
        out->variance = p * (1.0 - p);
    } else {
        out->variance_observed = isnan(o->variance);
        out->variance = out->variance_observed ? s->participants / (4.0 * s->fixed) : o->variance;
    }
    out->unadjusted = 4.0 * z * z * out->variance / (theta * theta);
    return TQ_OK;
}

static void adjust(const tq_information_data *data, const tq_required_information_options *o,
                   const sums *s, tq_required_information *out)
{
    out->D2 = isnan(o->diversity) ? 100.0 * (1.0 - s->random / s->fixed) : o->diversity;
    out->I2 = data->I2;
    out->factor = out->adjust == TQ_HETERO_D2   ? 1.0 / (1.0 - out->D2 / 100.0)
                  : out->adjust == TQ_HETERO_I2 ? 1.0 / (1.0 - out->I2 / 100.0)
                                                : 1.0;
    out->required = out->unadjusted * out->factor;
}

static void contribute(const tq_information_data *data, const tq_required_information *r,
                       double *information)
{
    const double tau2 = r->adjust == TQ_HETERO_TAU2 ? data->tau2 : 0.0;

    for (size_t i = 0; i < data->k; i++) {
        information[i] = !isfinite(data->vi[i])            ? 0.0
                         : r->unit == TQ_UNIT_PARTICIPANTS ? data->ni[i]
                                                           : 1.0 / (data->vi[i] + tau2);
    }
}

tq_status tq_required_information_find(const tq_information_data *data,
                                       const tq_required_information_options *opt,
                                       double *information, tq_required_information *out,
                                       tq_error *err)
{
    const tq_required_information_options defaults = tq_required_information_defaults();
    const tq_required_information_options *o = opt ? opt : &defaults;
    tq_required_information r = {.variance = NAN, .eer = NAN, .adjust = o->adjust};
    sums s;
    tq_status status = check(data, o, err);

    status = status == TQ_OK ? add_up(data, &s, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    if (o->adjust == TQ_HETERO_AUTO) {
        r.adjust = data->random || !isnan(o->diversity) ? TQ_HETERO_D2 : TQ_HETERO_NONE;
    }
    const double z = tq_normal_quantile(o->alpha / o->sides) + tq_normal_quantile(o->beta);

    status = choose_unit(o, &s, &r, err);
    status = status == TQ_OK ? anticipate(data, o, &r, err) : status;
    r.unadjusted = z * z / (r.delta * r.delta);
    if (status == TQ_OK && r.unit == TQ_UNIT_PARTICIPANTS) {
        status = require_participants(o, &s, z, &r, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    adjust(data, o, &s, &r);
    if (!isfinite(r.required)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "no finite amount of information is enough: anticipated effect %g, "
                       "adjustment factor %g",
                       r.delta, r.factor);
    }
    contribute(data, &r, information);
    *out = r;
    return TQ_OK;
}
