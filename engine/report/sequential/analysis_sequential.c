/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trial sequential analysis of a sheet: what the engine is given, and its result in words. */
#include <math.h>

#include "report/analysis_internal.h"
#include "report/page/format.h"

enum { NUMBER = 64 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- what the engine is given --------------------------------------------------------------- */

/* Events of all control groups by all their participants; NaN where a study does not tell. room: [4 k] */
static double control_rate(const tq_analysis *a, double *room)
{
    const tq_count_scale scale = tq_count_scale_find(a->measure->code);
    tq_counts counts;
    double x = 0.0, n = 0.0;

    if (!analysis_groups(a, scale, "Total", room, &counts)) {
        return NAN;
    }
    for (size_t i = 0; i < a->k; i++) {
        x += counts.x2[i];
        n += counts.n2[i];
    }
    return n > 0.0 ? x / n : (double)NAN;
}

/* tau2 and I2 of a random-effects model: that which was fitted, else DerSimonian and Laird's. */
static tq_status find_heterogeneity(const analysis_input *in, const tq_analysis *a,
                                    tq_information_data *out, tq_error *err)
{
    double *yi = tq_arena_take(a->arena, a->k, sizeof *yi);
    double *vi = tq_arena_take(a->arena, a->k, sizeof *vi);
    size_t k = 0;

    out->random = tq_method_random(a->fit->method) && !isnan(a->fit->tau2);
    if (out->random && !isnan(a->fit->I2)) {
        out->tau2 = a->fit->tau2;
        out->I2 = a->fit->I2;
        return TQ_OK;
    }
    if (!yi || !vi) {
        return no_memory(err);
    }
    for (size_t i = 0; i < a->k; i++) {
        if (isfinite(in->of.yi[i]) && isfinite(in->of.vi[i])) {
            yi[k] = in->of.yi[i];
            vi[k++] = in->of.vi[i];
        }
    }
    if (k == 0) {
        return TQ_OK;
    }
    const tq_model model = {k, 1, yi, vi, NULL, 1, NULL};
    tq_pool_options opt = tq_pool_defaults();
    tq_pool *fit = NULL;

    opt.method = TQ_DL;
    const tq_status status = tq_pool_fit_once(&model, &opt, &fit, err);

    if (status == TQ_OK) {
        out->tau2 = fit->tau2;
        out->I2 = fit->I2;
    }
    tq_pool_free(fit);
    return status;
}

static tq_status gather(const analysis_input *in, const tq_analysis *a, tq_tsa_data *out,
                        tq_error *err)
{
    const tq_sequence *cumul = a->sensitivity->cumul;
    double *ni = tq_arena_take(a->arena, a->k, sizeof *ni);
    double *room = tq_arena_take(a->arena, a->k, 4 * sizeof *room);
    tq_part_pool *pool = tq_arena_take(a->arena, cumul->n, sizeof *pool);

    if (!ni || !room || !pool) {
        return no_memory(err);
    }
    for (size_t i = 0; i < a->k; i++) {
        ni[i] = a->study[i].ni;
    }
    for (size_t j = 0; j < cumul->n; j++) {
        pool[j] = cumul->row[j].pool;
    }
    *out = (tq_tsa_data){.studies = {.k = a->k,
                                     .vi = in->of.vi,
                                     .ni = ni,
                                     .pooled = a->fit->beta[0] - a->measure->null_value,
                                     .scale = tq_count_scale_find(a->measure->code),
                                     .control_rate = control_rate(a, room)},
                         .step = cumul->step,
                         .n = cumul->n,
                         .pool = pool,
                         .null_value = a->measure->null_value};
    return find_heterogeneity(in, a, &out->studies, err);
}

/* ---- in words ------------------------------------------------------------------------------- */

static const char *amount(char *out, const tq_required_information *r, double x)
{
    return r->unit == TQ_UNIT_PARTICIPANTS ? tq_format_number(out, NUMBER, ceil(x - 1e-9), 0)
                                           : tq_format_number(out, NUMBER, x, 2);
}

static const char *percent(char *out, double x)
{
    return tq_format_number(out, NUMBER, x, x < 10.0 ? 1 : 0);
}

/* "risk ratio 0.80 (30% of events made 24%)" */
static void say_effect(const tq_analysis *a, const tq_sequential *s, tq_buffer *out)
{
    const tq_required_information *r = &s->tsa->required;
    char x[NUMBER], y[NUMBER];

    tq_buffer_format(out, "%s %s", tq_analysis_scale_name(a, 1),
                     tq_format_number(x, sizeof x, s->anticipated.pred, 2));
    if (!isnan(r->eer)) {
        tq_format_number(x, sizeof x, 100.0 * r->cer, 1);
        tq_format_number(y, sizeof y, 100.0 * r->eer, 1);
        tq_buffer_format(out, " (%s%% of controls with an event, %s%% of the treated)", x, y);
    }
    if (r->delta_pooled) {
        tq_buffer_text(out, ", the pooled effect itself");
    }
}

static void say_adjustment(const tq_required_information *r, tq_buffer *out)
{
    char x[NUMBER], y[NUMBER];

    if (r->adjust == TQ_HETERO_NONE) {
        tq_buffer_text(out, "; not adjusted for heterogeneity");
    } else if (r->adjust == TQ_HETERO_TAU2) {
        tq_buffer_text(out, "; studies count 1 / (vi + tau2)");
    } else {
        const int d2 = r->adjust == TQ_HETERO_D2;

        tq_buffer_format(out, "; times %s for %s = %s%%",
                         tq_format_number(x, sizeof x, r->factor, 2), d2 ? "diversity D2" : "I2",
                         tq_format_number(y, sizeof y, d2 ? r->D2 : r->I2, 1));
    }
}

static void say_required(const tq_analysis *a, const tq_sequential *s, tq_buffer *out)
{
    const tq_tsa *t = s->tsa;
    const tq_required_information_options *o = &t->options.required;
    char x[NUMBER], y[NUMBER], z[NUMBER];
    const double have = t->look[t->n - 1].information;

    tq_buffer_format(out, "Required: %s %s, for ", amount(x, &t->required, t->required.required),
                     s->unit);
    say_effect(a, s, out);
    tq_buffer_format(out, ", alpha %g%% %s, power %g%%", 100.0 * o->alpha,
                     o->sides == 2 ? "two-sided" : "one-sided", 100.0 * (1.0 - o->beta));
    if (t->required.unit == TQ_UNIT_PARTICIPANTS) {
        tq_buffer_format(out, ", variance %s",
                         tq_format_number(y, sizeof y, t->required.variance, 4));
    }
    say_adjustment(&t->required, out);
    tq_buffer_format(out, ". The %zu %s %s (%s%%).", a->k, a->k == 1 ? "study has" : "studies have",
                     amount(y, &t->required, have),
                     percent(z, 100.0 * have / t->required.required));
}

/* "Aronson 1948 (study 3)" */
static void name_look(const tq_analysis *a, size_t j, tq_buffer *out)
{
    const tq_sequence_row *row = &a->sensitivity->cumul->row[j];

    tq_buffer_format(out, "%s (%zu %s)", row->label, row->pool.k,
                     row->pool.k == 1 ? "study" : "studies");
}

static void say_crossed(const tq_analysis *a, const tq_tsa *t, tq_buffer *out)
{
    char x[NUMBER];

    tq_buffer_text(out, "The monitoring boundary was crossed at ");
    name_look(a, t->crossed, out);
    tq_buffer_format(
        out, ", with %s%% of the required information: the evidence of an effect%s is firm.",
        percent(x, 100.0 * t->look[t->crossed].monitoring.t),
        t->sign * t->look[t->crossed].z > 0.0 ? "" : " opposite to the anticipated one");
}

static void say_reached(const tq_analysis *a, const tq_tsa *t, tq_buffer *out)
{
    tq_buffer_text(out, "The required information was reached at ");
    name_look(a, t->reached, out);
    tq_buffer_text(out,
                   " and no boundary was crossed: an effect as large as the anticipated one is "
                   "unlikely.");
}

static void say_futile(const tq_analysis *a, const tq_tsa *t, tq_buffer *out)
{
    char x[NUMBER];

    tq_buffer_text(out, "The cumulative Z came into the area of futility at ");
    name_look(a, t->futile, out);
    tq_buffer_format(out,
                     ", with %s%% of the required information: an effect as large as the "
                     "anticipated one is unlikely.",
                     percent(x, 100.0 * t->look[t->futile].monitoring.t));
}

static void say_go_on(const tq_analysis *a, const tq_tsa *t, tq_buffer *out)
{
    const double missing = t->required.required - t->look[t->n - 1].information;
    char x[NUMBER];

    (void)a;
    tq_buffer_format(out,
                     "Neither the required information nor a boundary was reached: the evidence is "
                     "not conclusive; %s %s are missing.",
                     amount(x, &t->required, missing),
                     t->required.unit == TQ_UNIT_PARTICIPANTS ? "participants"
                                                              : "units of information");
}

static void say_untested(const tq_analysis *a, const tq_tsa *t, tq_buffer *out)
{
    char x[NUMBER];

    (void)a;
    tq_buffer_format(out,
                     "With %s%% of the required information no boundary can be computed yet: the "
                     "evidence is not conclusive.",
                     percent(x, 100.0 * t->look[t->n - 1].monitoring.t));
}

static void (*const say_verdict[])(const tq_analysis *a, const tq_tsa *t, tq_buffer *out) = {
    [TQ_TSA_CROSSED] = say_crossed, [TQ_TSA_REACHED] = say_reached,   [TQ_TSA_FUTILE] = say_futile,
    [TQ_TSA_GO_ON] = say_go_on,     [TQ_TSA_UNTESTED] = say_untested,
};

/* Significance by the conventional threshold that the boundary does not confirm. */
static void say_nominal(const tq_analysis *a, const tq_tsa *t, tq_buffer *out)
{
    char x[NUMBER];

    if (t->nominal == TQ_NO_LOOK || t->nominal == t->crossed) {
        return;
    }
    tq_buffer_format(out, " The conventional threshold, %s, was crossed %sat ",
                     tq_format_number(x, sizeof x, t->conventional, 2),
                     t->crossed == TQ_NO_LOOK ? "" : "already ");
    name_look(a, t->nominal, out);
    tq_buffer_text(out, t->crossed == TQ_NO_LOOK ? ", which repeated testing alone may bring about."
                                                 : ".");
}

static void say_interval(const tq_analysis *a, const tq_sequential *s, tq_buffer *out)
{
    const tq_tsa *t = s->tsa;
    char x[3 * NUMBER], p[NUMBER];

    if (t->decision == TQ_NO_LOOK) {
        return;
    }
    const tq_natural *n = &s->natural[t->decision];

    tq_buffer_format(out, " Adjusted for repeated testing, the %s at ",
                     tq_analysis_scale_name(a, 1));
    name_look(a, t->decision, out);
    tq_buffer_format(out, " is %s",
                     tq_format_interval(x, sizeof x, n->pred, n->ci_lb, n->ci_ub, 2));
    if (!isnan(t->stagewise_pval)) {
        tq_buffer_format(out, ", stage-wise p %s",
                         tq_format_p_relation(p, sizeof p, t->stagewise_pval, 4));
    }
    tq_buffer_text(out, ".");
}

/* ---- the stage ------------------------------------------------------------------------------ */

static tq_natural natural_of(const tq_analysis *a, double pred, double lb, double ub)
{
    const tq_prediction p = {pred, NAN, lb, ub, NAN, NAN, NAN};

    return analysis_natural(a->transform, &p, a->ni_mean);
}

static tq_status describe(tq_analysis *a, tq_error *err)
{
    tq_sequential *s = a->sequential;
    const tq_tsa *t = s->tsa;
    tq_buffer assumed = {0}, reading = {0};

    s->unit = t->required.unit == TQ_UNIT_PARTICIPANTS ? "participants" : "units of information";
    s->natural = tq_arena_take(a->arena, t->n, sizeof *s->natural);
    if (!s->natural) {
        return no_memory(err);
    }
    for (size_t j = 0; j < t->n; j++) {
        s->natural[j] = natural_of(a, a->sensitivity->cumul->row[j].pool.beta, t->look[j].ci_lb,
                                   t->look[j].ci_ub);
    }
    s->stagewise = natural_of(a, t->stagewise_est, t->stagewise_lb, t->stagewise_ub);
    s->anticipated = natural_of(a, t->null_value + t->required.delta, NAN, NAN);
    say_required(a, s, &assumed);
    say_verdict[t->verdict](a, t, &reading);
    say_nominal(a, t, &reading);
    say_interval(a, s, &reading);
    const tq_status status = analysis_keep_text(a, &assumed, &s->assumed, err);

    return analysis_keep_text(a, &reading, &s->reading, err) == TQ_OK ? status : TQ_ENOMEM;
}

tq_status analysis_sequential(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    tq_tsa_data data;

    if (!in->spec->sequential) {
        return TQ_OK;
    }
    if (!a->sensitivity || !a->sensitivity->cumul) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a trial sequential analysis needs the cumulative one");
    }
    if (isnan(a->measure->null_value)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "measure %s has no value of no effect to test against", a->measure->code);
    }
    a->sequential = tq_arena_take(a->arena, 1, sizeof *a->sequential);
    if (!a->sequential) {
        return no_memory(err);
    }
    tq_status status = gather(in, a, &data, err);

    status = status == TQ_OK ? tq_tsa_run(&data, in->spec->sequential, &a->sequential->tsa, err)
                             : status;
    return status == TQ_OK ? describe(a, err) : status;
}
