/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boundaries of a sequence of looks, and probabilities of stopping at them. */
#include "sequential/monitoring.h"

#include <float.h>
#include <math.h>

#include "core/distributions.h"
#include "optim/root.h"
#include "sequential/walk_internal.h"

/* Z of a first look whose share of alpha is TQ_LEAST_ALPHA is 7.65. */
#define LARGEST_Z 9.0

tq_monitoring_options tq_monitoring_defaults(void)
{
    return (tq_monitoring_options){.alpha = 0.05,
                                   .beta = 0.1,
                                   .sides = 2,
                                   .spending = TQ_SPEND_OBF,
                                   .parameter = NAN,
                                   .futility = TQ_SPEND_OBF,
                                   .futility_parameter = NAN};
}

double tq_monitoring_drift(const tq_monitoring_options *opt)
{
    return -tq_normal_quantile(opt->alpha / opt->sides) - tq_normal_quantile(opt->beta);
}

/* Options with the parameters that stand for NaN. */
static tq_status check_options(const tq_monitoring_options *opt, tq_monitoring_options *out,
                               tq_error *err)
{
    *out = *opt;
    if (!(opt->alpha > 0.0 && opt->alpha < 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "alpha '%g' must be between 0 and 1",
                       opt->alpha);
    }
    if (!(opt->beta > 0.0 && opt->beta < 1.0 - opt->alpha / 2.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "beta '%g' must be > 0 and leave more power than alpha", opt->beta);
    }
    if (opt->sides != 1 && opt->sides != 2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "a test has 1 or 2 sides, not %d",
                       opt->sides);
    }
    if (opt->spending == TQ_SPEND_NONE) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "alpha needs a spending function");
    }
    if (isnan(opt->parameter)) {
        out->parameter = tq_spending_default(opt->spending);
    }
    if (isnan(opt->futility_parameter)) {
        out->futility_parameter = tq_spending_default(opt->futility);
    }
    const tq_status status = tq_spending_check(out->spending, out->parameter, err);

    return status == TQ_OK ? tq_spending_check(out->futility, out->futility_parameter, err)
                           : status;
}

static tq_status check_fractions(size_t n, const double *t, tq_error *err)
{
    for (size_t j = 0; j < n; j++) {
        if (!(t[j] > 0.0 && isfinite(t[j]) && (j == 0 || t[j] >= t[j - 1]))) {
            return tq_fail(err, TQ_EINVAL, j, NULL,
                           "information fraction '%g' must be > 0 and not decrease", t[j]);
        }
    }
    return TQ_OK;
}

/* ---- which looks are tested --------------------------------------------------------------- */

/* The look from j on that is tested, n: none; *at: its fraction, moved to be told from the last one. */
static size_t next_look(size_t n, const double *t, const tq_monitoring_options *opt, size_t j,
                        double last, double spent, double *at)
{
    for (; j < n; j++) {
        const double least = last * (1.0 + TQ_LEAST_INFORMATION);
        const double may =
            tq_spending_value(opt->spending, opt->parameter, opt->alpha / opt->sides, t[j]);

        if ((t[j] >= least || t[j] >= 1.0) && may - spent > TQ_LEAST_ALPHA) {
            *at = fmax(t[j], least);
            return j;
        }
    }
    return n;
}

/* ---- boundaries --------------------------------------------------------------------------- */

typedef struct {
    const walk *w;
    double t, target;
    int below;
} tail_problem;

/* log P - log target, which is close to a parabola in z. */
static double tail_excess(double z, double *slope, void *context)
{
    const tail_problem *p = context;

    *slope = NAN;
    const double tail = p->below ? walk_below(p->w, p->t, z) : walk_above(p->w, p->t, z);

    return log(fmax(tail, DBL_MIN)) - log(p->target);
}

/* The z whose tail is the target; the nearer end where the target lies beyond an end. */
static tq_status find_z(tail_problem *p, double lo, double hi, double *z, tq_error *err)
{
    const tq_root_options how = {.tol = 1e-13, .scale = 1.0, .max_iter = 200};
    double slope, at_lo = tail_excess(lo, &slope, p), at_hi = tail_excess(hi, &slope, p);
    const double rising = p->below ? 1.0 : -1.0;

    if (!(rising * at_lo < 0.0)) {
        *z = lo;
        return TQ_OK;
    }
    if (!(rising * at_hi > 0.0)) {
        *z = hi;
        return TQ_OK;
    }
    return tq_root_find(tail_excess, p, lo, at_lo, hi, at_hi, &how, z, NULL) == TQ_OK
               ? TQ_OK
               : tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                         "the boundary at information fraction %g was not found", p->t);
}

typedef struct {
    const tq_monitoring_options *opt;
    walk null, alternative;
    double alpha_spent; /* of one side */
    double beta_spent, power;
} recursion;

static tq_status find_futility(recursion *r, double t, int last, tq_monitoring_look *look,
                               tq_error *err)
{
    const tq_monitoring_options *opt = r->opt;
    const double may = tq_spending_value(opt->futility, opt->futility_parameter, opt->beta, t);
    const double floor = opt->sides == 2 ? 0.0 : -LARGEST_Z;
    tail_problem p = {&r->alternative, t, may - r->beta_spent, 1};
    double l;

    look->futility = NAN;
    if (opt->futility == TQ_SPEND_NONE) {
        return TQ_OK;
    }
    if (last) {
        look->futility = look->critical;
    } else if (p.target > 0.0) {
        const tq_status status = find_z(&p, floor, look->critical, &l, err);

        if (status != TQ_OK) {
            return status;
        }
        look->futility = l > floor ? l : (double)NAN;
    }
    if (!isnan(look->futility)) {
        r->beta_spent += walk_below(&r->alternative, t, look->futility);
        r->beta_spent -= opt->sides == 2 ? walk_below(&r->alternative, t, -look->futility) : 0.0;
    }
    return TQ_OK;
}

/* Regions of going on; with futility a two-sided test has one on each side of its wedge. */
static size_t regions_of(const tq_monitoring_look *look, int sides, int futility,
                         walk_region out[2])
{
    const double lo = sides == 2 ? -look->critical : -INFINITY;

    if (!futility || isnan(look->futility)) {
        out[0] = (walk_region){lo, look->critical};
        return 1;
    }
    if (sides == 1) {
        out[0] = (walk_region){look->futility, look->critical};
        return 1;
    }
    out[0] = (walk_region){lo, -look->futility};
    out[1] = (walk_region){look->futility, look->critical};
    return 2;
}

static tq_status test_look(recursion *r, double t, tq_monitoring_look *look, tq_error *err)
{
    const tq_monitoring_options *opt = r->opt;
    const double may = tq_spending_value(opt->spending, opt->parameter, opt->alpha / opt->sides, t);
    tail_problem p = {&r->null, t, may - r->alpha_spent, 0};
    tq_status status = find_z(&p, -LARGEST_Z, LARGEST_Z, &look->critical, err);

    if (status != TQ_OK) {
        return status;
    }
    r->alpha_spent += walk_above(&r->null, t, look->critical);
    r->power += walk_above(&r->alternative, t, look->critical);
    return find_futility(r, t, t >= 1.0, look, err);
}

static tq_status go_on(recursion *r, double t, double t_next, const tq_monitoring_look *look,
                       tq_error *err)
{
    walk_region region[2];
    size_t n = regions_of(look, r->opt->sides, 0, region);
    tq_status status = walk_on(&r->null, t, t_next, region, n, err);

    n = regions_of(look, r->opt->sides, 1, region);
    return status == TQ_OK ? walk_on(&r->alternative, t, t_next, region, n, err) : status;
}

static void fill_spent(const recursion *r, tq_monitoring_look *look)
{
    look->alpha_spent = r->opt->sides * r->alpha_spent;
    look->beta_spent = r->beta_spent;
    look->power = r->power;
}

static tq_status run(recursion *r, size_t n, const double *t, tq_monitoring_look *out,
                     tq_error *err)
{
    double at = 0.0, next_at = 0.0;
    size_t next = next_look(n, t, r->opt, 0, 0.0, 0.0, &at);
    tq_status status = TQ_OK;

    for (size_t j = 0; status == TQ_OK && j < n; j++) {
        out[j] = (tq_monitoring_look){.t = t[j], .critical = NAN, .futility = NAN};
        if (j == next) {
            out[j].tested = 1;
            status = test_look(r, at, &out[j], err);
            next = t[j] < 1.0 ? next_look(n, t, r->opt, j + 1, at, r->alpha_spent, &next_at) : n;
            if (status == TQ_OK && next < n) {
                status = go_on(r, at, next_at, &out[j], err);
            }
            at = next_at;
        }
        fill_spent(r, &out[j]);
    }
    return status;
}

tq_status tq_monitoring(size_t n, const double *t, const tq_monitoring_options *opt,
                        tq_monitoring_look *out, tq_error *err)
{
    const tq_monitoring_options defaults = tq_monitoring_defaults();
    tq_monitoring_options used;
    tq_status status = check_options(opt ? opt : &defaults, &used, err);

    status = status == TQ_OK ? check_fractions(n, t, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    recursion r = {.opt = &used};

    status = walk_begin(&r.null, 0.0, err);
    status = status == TQ_OK ? walk_begin(&r.alternative, tq_monitoring_drift(&used), err) : status;
    status = status == TQ_OK ? run(&r, n, t, out, err) : status;
    walk_end(&r.null);
    walk_end(&r.alternative);
    return status;
}

/* ---- probabilities ------------------------------------------------------------------------ */

tq_status tq_stopping(size_t n, const double *t, const double *lower, const double *upper,
                      double drift, double *below, double *above, tq_error *err)
{
    walk w;
    tq_status status = check_fractions(n, t, err);

    for (size_t j = 0; status == TQ_OK && j < n; j++) {
        if (j > 0 && t[j] < t[j - 1] * (1.0 + TQ_LEAST_INFORMATION)) {
            status = tq_fail(err, TQ_EINVAL, j, NULL,
                             "information fraction '%g' adds less than %g of the one before", t[j],
                             TQ_LEAST_INFORMATION);
        } else if (!(lower[j] <= upper[j])) {
            status =
                tq_fail(err, TQ_EINVAL, j, NULL,
                        "lower boundary '%g' must be <= the upper one, '%g'", lower[j], upper[j]);
        }
    }
    status = status == TQ_OK ? walk_begin(&w, drift, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    for (size_t j = 0; status == TQ_OK && j < n; j++) {
        const walk_region between = {lower[j], upper[j]};

        below[j] = walk_below(&w, t[j], lower[j]);
        above[j] = walk_above(&w, t[j], upper[j]);
        status = walk_on(&w, t[j], j + 1 < n ? t[j + 1] : 0.0, &between, 1, err);
    }
    walk_end(&w);
    return status;
}

/* The look after j that counts for stage-wise tails: tested, or the last one. */
static size_t counted_after(size_t n, const tq_monitoring_look *look, size_t j)
{
    for (j++; j + 1 < n && !look[j].tested; j++) {
    }
    return j;
}

/* Fractions as tested: each at least TQ_LEAST_INFORMATION beyond the last. */
static double told_apart(double t, double last)
{
    return fmax(t, last * (1.0 + TQ_LEAST_INFORMATION));
}

tq_status tq_stagewise_tail(size_t n, const tq_monitoring_look *look, int sides, double z,
                            double drift, double *out, tq_error *err)
{
    walk w;
    double sum = 0.0;
    size_t j = n > 1 && !look[0].tested ? counted_after(n, look, 0) : 0;
    tq_status status = walk_begin(&w, drift, err);

    while (status == TQ_OK && j + 1 < n) {
        const double t = told_apart(look[j].t, w.t);
        const size_t next = counted_after(n, look, j);
        const walk_region on = {sides == 2 ? -look[j].critical : -INFINITY, look[j].critical};

        sum += walk_above(&w, t, look[j].critical);
        status = walk_on(&w, t, told_apart(look[next].t, t), &on, 1, err);
        j = next;
    }
    if (status == TQ_OK) {
        *out = sum + walk_above(&w, told_apart(look[n - 1].t, w.t), z);
    }
    walk_end(&w);
    return status;
}
