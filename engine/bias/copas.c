/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Copas selection model: pairs of gammas, the test of what selection leaves, the adjusted estimate. */
#include "bias/copas.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "bias/copas_internal.h"
#include "core/distributions.h"
#include "core/gsl_quiet.h"
#include "linalg/dense.h"

tq_copas_options tq_copas_defaults(void)
{
    tq_copas_options o = {.n_least = 9,
                          .most = {0.99, 0.95, 0.9},
                          .n_most = 3,
                          .gamma0 = NAN,
                          .gamma1 = NAN,
                          .alpha = 0.1};

    for (size_t i = 0; i < o.n_least; i++) {
        o.least[i] = (double)(9 - i) / 10.0;
    }
    return o;
}

/* A search that ends at tau2 = 0 leaves this much of a squared standard error at most. */
#define RESIDUE 1e-14

/* The studies in units of `unit`, and the maxima without selection that searches start from. */
typedef struct {
    copas_problem p;
    const tq_copas_options *o;
    double level, unit;
    double widest, narrowest; /* standard errors, in units */
    double *room;
    copas_maximum plain, sloped;
} copas_room;

static tq_copas_point nothing(void)
{
    return (tq_copas_point){
        NAN, NAN, NAN, NAN, {NAN, NAN, NAN, NAN, NAN, NAN, NAN}, NAN, NAN, NAN, {NAN, NAN, NAN},
        NAN};
}

/* A maximum without selection, with the slope or without, as a start for others. */
static copas_start start_of(const copas_maximum *plain)
{
    return (copas_start){plain->x[COPAS_MU], plain->x[COPAS_TAU] * plain->x[COPAS_TAU],
                         plain->x[COPAS_RHO]};
}

/* Second derivatives of minus log L from its gradient, by central differences of fourth order. */
static void information(copas_problem *p, const copas_maximum *at, size_t n, double *H)
{
    const double h = 1e-3; /* of parameters of size 1: what is left out is of the order of h^4 */
    static const double place[] = {1.0, -1.0, 2.0, -2.0}, factor[] = {8.0, -8.0, -1.0, 1.0};
    double x[COPAS_PARAMETERS], g[COPAS_PARAMETERS];

    for (size_t j = 0; j < n; j++) {
        x[j] = at->x[j];
    }
    for (size_t j = 0; j < n; j++) {
        double column[COPAS_PARAMETERS] = {0};

        for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
            x[j] = at->x[j] + place[i] * h;
            copas_minus_log_likelihood(x, g, p);
            for (size_t l = 0; l < n; l++) {
                column[l] += factor[i] * g[l] / (12.0 * h);
            }
        }
        x[j] = at->x[j];
        for (size_t l = 0; l < n; l++) {
            H[j * n + l] = column[l];
        }
    }
    for (size_t j = 0; j < n; j++) { /* symmetric but for rounding */
        for (size_t l = 0; l < j; l++) {
            H[j * n + l] = H[l * n + j] = 0.5 * (H[j * n + l] + H[l * n + j]);
        }
    }
}

/* Where nearly every study is seen the likelihood does not depend on rho: it counts as known. */
static void hold_rho(size_t n, double *H)
{
    const double nothing = 1e-9; /* of derivatives in parameters of size 1 */
    double largest = 0.0;

    for (size_t j = 0; j < n; j++) {
        largest = fmax(largest, fabs(H[COPAS_RHO * n + j]));
    }
    if (largest < nothing) {
        H[COPAS_RHO * n + COPAS_RHO] = 1.0;
    }
}

/* Standard error of mu from the observed information. At tau2 = 0 and at a bound of rho its row of the
   information is that of a parameter which is known, as it should be. */
static double standard_error(copas_problem *p, const copas_maximum *at)
{
    const size_t n = copas_parameters(p);
    double H[COPAS_PARAMETERS * COPAS_PARAMETERS], logdet;
    tq_error unheard;

    information(p, at, n, H);
    if (p->selection) {
        hold_rho(n, H);
    }
    return tq_invert_spd(n, H, &logdet, &unheard) == TQ_OK ? sqrt(H[0]) : (double)NAN;
}

/* The likelihood ratio test of a slope on s, added to a model at its maximum. */
static tq_status test_residual(copas_room *r, const copas_maximum *at, tq_statistic *out,
                               tq_error *err)
{
    const copas_start from = start_of(&r->sloped);
    copas_maximum near = *at, with;

    near.x[copas_parameters(&r->p)] = 0.0;
    r->p.slope = 1;
    const tq_status status = copas_maximise(&r->p, &from, &near, &with, err);

    r->p.slope = 0;
    if (status == TQ_OK) {
        const double ratio = fmax(0.0, 2.0 * (at->value - with.value));

        *out = (tq_statistic){ratio, 1.0, tq_chisq_upper(ratio, 1.0)};
    }
    return status;
}

/* The maximum for what r->p says, as the user's scale has it. */
static tq_status describe(copas_room *r, const copas_maximum *at, tq_copas_point *out,
                          tq_error *err)
{
    const copas_problem *p = &r->p;
    const double tau2 = at->x[COPAS_TAU] * at->x[COPAS_TAU];

    out->mu = tq_adjusted_of(r->unit * at->x[COPAS_MU], r->unit * standard_error(&r->p, at), NAN,
                             r->o->null_value, r->level);
    out->tau2 = tau2 > RESIDUE ? r->unit * r->unit * tau2 : 0.0;
    out->rho = p->selection ? TQ_COPAS_RHO_BOUND * sin(at->x[COPAS_RHO]) : (double)NAN;
    out->ll = -at->value - (double)p->k * (0.5 * TQ_LOG_2PI + log(r->unit));
    out->unseen = 0.0;
    for (size_t i = 0; p->selection && i < p->k; i++) {
        out->unseen += gsl_cdf_ugaussian_Q(p->u[i]) / gsl_cdf_ugaussian_P(p->u[i]);
    }
    return test_residual(r, at, &out->residual, err);
}

/* One pair of gammas on the scale of s in units; *near: where the last search ended, if anywhere. */
static tq_status fit_pair(copas_room *r, double gamma0, double gamma1, copas_maximum *near,
                          int *any, tq_copas_point *out, tq_error *err)
{
    const copas_start from = start_of(&r->plain);
    copas_maximum best;

    copas_select(&r->p, gamma0, gamma1);
    r->p.selection = 1;
    tq_status status = copas_maximise(&r->p, &from, *any ? near : NULL, &best, err);

    if (status == TQ_OK) {
        *out = nothing();
        out->gamma0 = gamma0;
        out->gamma1 = gamma1 * r->unit;
        out->least = gsl_cdf_ugaussian_P(gamma0 + gamma1 / r->widest);
        out->most = gsl_cdf_ugaussian_P(gamma0 + gamma1 / r->narrowest);
        status = describe(r, &best, out, err);
        *near = best;
        *any = 1;
    }
    r->p.selection = 0;
    return status;
}

/* The pair under which the least and the most precise study are seen with these probabilities. */
static tq_status fit_probabilities(copas_room *r, double least, double most, copas_maximum *near,
                                   int *any, tq_copas_point *out, tq_error *err)
{
    const double low = tq_normal_quantile(least), high = tq_normal_quantile(most);
    const double gamma1 = (high - low) / (1.0 / r->narrowest - 1.0 / r->widest);
    const tq_status status = fit_pair(r, low - gamma1 / r->widest, gamma1, near, any, out, err);

    out->least = least; /* as asked for, without the rounding of the way there and back */
    out->most = most;
    return status;
}

/* Between two probabilities of the path, of which the larger leaves a significant slope. */
static tq_status refine(copas_room *r, double high, tq_copas_point *low, tq_error *err)
{
    const double tol = 1e-7; /* of a probability that is shown with two or three decimals */
    tq_status status = TQ_OK;
    copas_maximum near;
    int any = 0;

    while (status == TQ_OK && high - low->least > tol) {
        const double mid = 0.5 * (high + low->least);
        tq_copas_point at;

        status = fit_probabilities(r, mid, low->most, &near, &any, &at, err);
        if (status == TQ_OK && at.residual.pval >= r->o->alpha) {
            *low = at;
        } else {
            high = mid;
        }
    }
    return status;
}

/* The least selection of the path, points 1 to n - 1, that is enough; the first is that of none. */
static tq_status find_adjusted(copas_room *r, size_t n, tq_copas *out, tq_error *err)
{
    out->adjusted = nothing();
    for (size_t i = 0; i < n; i++) {
        if (out->point[i].residual.pval >= out->alpha) {
            /* the path begins where every study is as likely to be seen as the most precise one */
            const double high = i > 1 ? out->point[i - 1].least : out->point[i].most;

            out->found = 1;
            out->adjusted = out->point[i];
            return i == 0 ? TQ_OK : refine(r, high, &out->adjusted, err);
        }
    }
    return TQ_OK;
}

static tq_status fit_path(copas_room *r, double most, tq_copas *out, tq_error *err)
{
    tq_status status = TQ_OK;
    copas_maximum near = r->plain;
    int any = 0;

    for (size_t i = 0; status == TQ_OK && i < r->o->n_least; i++) {
        if (r->o->least[i] <= most) { /* precise studies are seen no less often than others */
            status =
                fit_probabilities(r, r->o->least[i], most, &near, &any, &out->point[out->n], err);
            out->n += status == TQ_OK;
        }
    }
    return status;
}

static tq_status fit_without(copas_room *r, tq_copas *out, tq_error *err)
{
    double sw = 0.0, swy = 0.0;

    for (size_t i = 0; i < r->p.k; i++) {
        const double w = 1.0 / (1.0 + r->p.s[i] * r->p.s[i]);

        sw += w;
        swy += w * r->p.y[i];
    }
    const copas_start from = {swy / sw, 1.0, 0.0};
    tq_status status = copas_maximise(&r->p, &from, NULL, &r->plain, err);

    r->p.slope = 1;
    if (status == TQ_OK) {
        status = copas_maximise(&r->p, &from, NULL, &r->sloped, err);
    }
    r->p.slope = 0;
    out->point[0] = nothing();
    out->point[0].least = out->point[0].most = 1.0;
    out->n = 1;
    return status == TQ_OK ? describe(r, &r->plain, &out->point[0], err) : status;
}

static tq_status fit_all(copas_room *r, tq_copas *out, tq_error *err)
{
    copas_maximum near;
    int any = 0;
    tq_status status = fit_without(r, out, err);

    if (status == TQ_OK && !isnan(r->o->gamma0)) {
        status =
            fit_pair(r, r->o->gamma0, r->o->gamma1 / r->unit, &near, &any, &out->point[1], err);
        out->n = 2;
        out->adjusted = out->point[1];
        out->found = status == TQ_OK;
        return status;
    }
    for (size_t j = 0; status == TQ_OK && j < r->o->n_most; j++) {
        status = fit_path(r, r->o->most[j], out, err);
        if (status == TQ_OK && j == 0) {
            status = find_adjusted(r, out->n, out, err);
        }
    }
    return status;
}

/* ---- checks, and the studies in units ---- */

static int is_probability(double p)
{
    return p > 0.0 && p < 1.0;
}

static tq_status check_options(const tq_copas_options *o, double level, tq_error *err)
{
    if (!(level > 0.0 && level < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "level '%g' must be above 0 and below 100 percent", level);
    }
    if (!is_probability(o->alpha)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "alpha '%g' must be above 0 and below 1",
                       o->alpha);
    }
    if (isnan(o->gamma0) != isnan(o->gamma1) || isinf(o->gamma0) ||
        (!isnan(o->gamma1) && !(o->gamma1 >= 0.0 && isfinite(o->gamma1)))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "gamma0 and gamma1 are given together, gamma1 >= 0");
    }
    if (o->n_least < 1 || o->n_most < 1 || o->n_least > TQ_COPAS_LIST ||
        o->n_most > TQ_COPAS_LIST || 1 + o->n_least * o->n_most > TQ_COPAS_POINTS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "1 to %d pairs of probabilities, not %zu",
                       TQ_COPAS_POINTS - 1, o->n_least * o->n_most);
    }
    for (size_t i = 0; i < o->n_most; i++) {
        if (!is_probability(o->most[i])) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "probability '%g' must be above 0 and below 1", o->most[i]);
        }
    }
    for (size_t i = 0; i < o->n_least; i++) {
        if (!is_probability(o->least[i]) || (i > 0 && !(o->least[i] < o->least[i - 1]))) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "probability '%g' must be above 0, below 1, and below the one before it",
                           o->least[i]);
        }
    }
    return TQ_OK;
}

/* Pairs in which the most precise study is seen less often than the least precise one are left out. */
static tq_status check_pairs(const tq_copas_options *o, tq_error *err)
{
    const double lowest = o->least[o->n_least - 1];

    for (size_t i = 0; isnan(o->gamma0) && i < o->n_most; i++) {
        if (lowest > o->most[i]) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "the most precise study is seen with probability '%g', and no least "
                           "precise one with that or less: the lowest is '%g'",
                           o->most[i], lowest);
        }
    }
    return TQ_OK;
}

static tq_status check_studies(const tq_model *m, tq_error *err)
{
    double lo = INFINITY, hi = 0.0;

    if (m->X && m->p > 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "the Copas model knows no moderators");
    }
    for (size_t i = 0; i < m->k; i++) {
        if (!isfinite(m->yi[i]) || !(m->vi[i] > 0.0 && isfinite(m->vi[i]))) {
            return tq_fail(err, TQ_EDATA, i, "vi", "value '%g' must be > 0 and its effect finite",
                           m->vi[i]);
        }
        lo = fmin(lo, m->vi[i]);
        hi = fmax(hi, m->vi[i]);
    }
    return m->k >= 3 && hi - lo > 1e-10 * hi
               ? TQ_OK
               : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "the Copas model needs at least three studies, of different precision");
}

/* In units of the harmonic mean of the standard errors. */
static int set_up(const tq_model *m, copas_room *r)
{
    const size_t k = m->k;
    double sum = 0.0;

    r->room = k <= SIZE_MAX / sizeof(double) / 4 ? calloc(4 * k, sizeof *r->room) : NULL;
    if (!r->room) {
        return 0;
    }
    double *y = r->room, *s = y + k;

    for (size_t i = 0; i < k; i++) {
        sum += 1.0 / sqrt(m->vi[i]);
    }
    r->unit = (double)k / sum;
    r->narrowest = INFINITY;
    for (size_t i = 0; i < k; i++) {
        y[i] = m->yi[i] / r->unit;
        s[i] = sqrt(m->vi[i]) / r->unit;
        r->widest = fmax(r->widest, s[i]);
        r->narrowest = fmin(r->narrowest, s[i]);
    }
    r->p = (copas_problem){.k = k, .y = y, .s = s, .u = s + k, .c2 = s + 2 * k};
    return 1;
}

tq_status tq_copas_fit(const tq_model *model, double level, const tq_copas_options *copas,
                       tq_copas *out, tq_error *err)
{
    const tq_copas_options usual = tq_copas_defaults();
    copas_room r = {.o = copas ? copas : &usual, .level = level};
    tq_status status = check_options(r.o, level, err);

    status = status == TQ_OK ? check_pairs(r.o, err) : status;
    status = status == TQ_OK ? check_studies(model, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_copas *made = calloc(1, sizeof *made);

    tq_gsl_quiet();
    if (made && set_up(model, &r)) {
        made->k = model->k;
        made->level = level;
        made->alpha = r.o->alpha;
        status = fit_all(&r, made, err);
    } else {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (status == TQ_OK) {
        *out = *made;
    }
    free(r.room);
    free(made);
    return status;
}
