/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals of the components by profile likelihood. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "multilevel/multilevel_internal.h"
#include "optim/root.h"

typedef struct {
    tq_mv_problem *problem;
    mv_evaluator *e;
    const tq_mv_options *opt;
    const tq_mv_fit *fit;
    size_t of;        /* component */
    double *warm, *u; /* where searches start; scratch */
    mv_maximum top;
    double drop; /* of ll at the limits */
    int lost;    /* 1: at some value no maximum over the rest was found */
    tq_status status;
    tq_error *err;
} profile;

/* An entry of a factor, its diagonal away from 0, where a singular matrix would hold the search. */
static double free_start(const tq_mv_problem *problem, const tq_mv_fit *fit, size_t r,
                         double inside)
{
    const size_t index = problem->par[r].index;
    const double *phi = fit->problem->phi;
    double length = 0.0;

    if (!mv_on_diagonal(index)) {
        return phi[r];
    }
    for (size_t c = r - mv_factor_row(index); c <= r; c++) {
        length += phi[c] * phi[c];
    }
    return copysign(fmax(fabs(phi[r]), inside * (length > 0.0 ? sqrt(length) : 1.0)), phi[r]);
}

void mv_warm_start(const tq_mv_problem *problem, const tq_mv_fit *fit, double *u)
{
    const double inside = 0.05;

    for (size_t r = 0; r < problem->n_par; r++) {
        const mv_parameter *par = &problem->par[r];

        if (par->variable == MV_GIVEN) {
            continue;
        }
        if (par->kind == MV_FREE) {
            u[par->variable] = free_start(problem, fit, r, inside);
            continue;
        }
        if (par->kind ==
            MV_LENGTH) { /* of the two elements of a row one has more than half of it */
            if (fabs(par->unit) > 0.5) {
                u[par->variable] = fmax(inside, mv_u_of(par, fit->problem->phi[r]));
            }
            continue;
        }
        double phi = mv_phi_of(problem, par, fit->component[r].value);

        if (par->kind == MV_CORRELATION) {
            const double room = inside * (par->hi - par->lo);

            phi = fmax(par->lo + room, fmin(par->hi - room, phi));
        } else if (par->kind == MV_RANGE) {
            const double room = inside * (par->hi - par->lo);

            phi = fmax(exp(par->lo + room), fmin(exp(par->hi - room), phi));
        } else {
            phi = fmax(phi, inside * inside);
        }
        u[par->variable] = mv_u_of(par, phi);
    }
}

/* The likelihood with the component at a value, maximal over the rest. */
static tq_status maximum_at(profile *p, double value)
{
    p->top.ll = -INFINITY;
    if (p->problem->by_cholesky[p->problem->par[p->of].term]) {
        assert(p->u);
        memcpy(p->u, p->warm, p->problem->n_var * sizeof *p->u);
        return mv_search_factor(p->e, p->problem, p->opt, p->of, value, p->u, &p->top.ll, p->err);
    }
    for (size_t r = 0; r < p->problem->n_par; r++) { /* and what equals it */
        if (r == p->of || (p->opt->equal && p->opt->equal[r] == p->of)) {
            p->problem->par[r].given = mv_phi_of(p->problem, &p->problem->par[r], value);
        }
    }
    return mv_search(p->e, p->problem, p->opt, p->warm, &p->top, p->err);
}

/* How far ll, with the component at a value, is below where the interval ends: < 0 inside of it. */
static double excess(double value, double *slope, void *context)
{
    profile *p = context;
    if (slope) {
        *slope = NAN;
    }
    if (p->status != TQ_OK || p->lost) {
        return NAN;
    }
    p->status = maximum_at(p, value);
    if (p->status == TQ_EDATA) { /* no covariance matrix has it */
        p->status = TQ_OK;
        return p->drop;
    }
    if (p->status == TQ_ENOCONV) {
        const double outside = p->fit->ll - p->top.ll - p->drop;

        p->status = TQ_OK;
        if (isfinite(outside) && fabs(value) == 1.0 &&
            p->fit->component[p->of].role == TQ_MV_CORRELATION) {
            return outside; /* T is singular there: the limit itself is sought before it */
        }
        p->lost = 1;
        return NAN;
    }
    return p->fit->ll - p->top.ll - p->drop;
}

/* The root between `in`, where excess is `at_in` < 0, and `out`. */
static double limit_between(profile *p, double in, double at_in, double out, double at_out)
{
    const double size = fabs(out - in);
    const tq_root_options opt = {.tol = 1e-9, .scale = size, .max_iter = 200};
    double root = NAN;
    const tq_status status =
        in < out ? tq_root_find(excess, p, in, at_in, out, at_out, &opt, &root, NULL)
                 : tq_root_find(excess, p, out, at_out, in, at_in, &opt, &root, NULL);
    return status == TQ_OK ? root : NAN;
}

/* The limit towards a bound: the bound where the interval reaches it. */
static double towards(profile *p, double value, double at_value, double bound)
{
    const double at = value == bound ? at_value : excess(bound, NULL, p);

    return at <= 0.0 ? bound : limit_between(p, value, at_value, bound, at);
}

/* The limit where there is no bound: steps that double until the likelihood has fallen; from `most` on it does
   not. */
static double upwards(profile *p, double value, double at_value, double step, double most)
{
    double in = value, at_in = at_value;

    for (int i = 0; i < 40 && p->status == TQ_OK && in < most; i++, step *= 2.0) {
        const double out = value + step, at_out = excess(out, NULL, p);

        if (at_out > 0.0) {
            return limit_between(p, in, at_in, out, at_out);
        }
        in = out;
        at_in = at_out;
    }
    return NAN;
}

/* Correlations that are searched for as such, and go together with none of 1 but in a singular matrix. */
static int has_interior(const profile *p)
{
    const size_t t = p->problem->par[p->of].term;
    const tq_mv_structure structure = p->problem->term[t].structure;

    return (structure == TQ_MV_UN || structure == TQ_MV_GEN) && !p->problem->by_cholesky[t];
}

static void find_limits(profile *p, tq_mv_component *c)
{
    const mv_parameter *par = &p->problem->par[p->of];
    const double inside = -p->drop;

    if (c->role == TQ_MV_CORRELATION) {
        const double room = has_interior(p) ? 1e-7 : 0.0;

        c->ci_lb = towards(p, c->value, inside, fmin(c->value, par->lo + room));
        c->ci_ub = towards(p, c->value, inside, fmax(c->value, par->hi - room));
        c->ci_lb = c->ci_lb <= par->lo + room ? par->lo : c->ci_lb;
        c->ci_ub = c->ci_ub >= par->hi - room ? par->hi : c->ci_ub;
        return;
    }
    const double step = !isnan(c->se) && c->se > 0.0 ? 2.0 * c->se
                        : c->role == TQ_MV_RANGE     ? c->value
                                                     : fmax(c->value, 0.1 * p->fit->typical_vi);

    c->ci_ub = upwards(p, c->value, inside, step, c->role == TQ_MV_RANGE ? exp(par->hi) : INFINITY);
    if (c->role == TQ_MV_VARIANCE) {
        c->ci_lb = towards(p, c->value, inside, 0.0);
    } else { /* a range may be as good as 0 */
        const double least = exp(par->lo);

        c->ci_lb = c->value <= least || excess(least, NULL, p) <= 0.0
                       ? 0.0
                       : towards(p, c->value, inside, least);
    }
}

/* The model with component r given, laid out for its searches; that of a factor is given later. */
static tq_status open_profile(tq_mv_fit *fit, const tq_mv_options *opt, size_t r, double *fixed,
                              profile *p, tq_error *err)
{
    tq_mv_options given = *opt;

    for (size_t i = 0; i < fit->n_components; i++) {
        fixed[i] = opt->fixed ? opt->fixed[i] : NAN;
    }
    const int factor = fit->problem->by_cholesky[fit->component[r].term];

    fixed[r] = factor ? fixed[r] : fit->component[r].value;
    for (size_t i = 0; opt->equal && i < fit->n_components; i++) {
        fixed[i] = opt->equal[i] == r ? fit->component[r].value : fixed[i];
    }
    given.fixed = fixed;
    tq_status status =
        mv_problem_new(fit->model, &given, fit->problem->by_cholesky, &p->problem, err);

    if (status != TQ_OK) {
        return status;
    }
    p->e = mv_evaluator_new(p->problem, fit->ml, opt->threads, MV_GRADIENT);
    p->warm = malloc((2 * p->problem->n_var + 1) * sizeof *p->warm);
    p->u = p->warm ? p->warm + p->problem->n_var : NULL;
    if (!p->e || !p->warm || !mv_maximum_init(p->problem, &p->top)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    mv_warm_start(p->problem, fit, p->warm);
    return TQ_OK;
}

static tq_status of_component(tq_mv_fit *fit, const tq_mv_options *opt, size_t r, double *fixed,
                              tq_error *err)
{
    profile p = {.opt = opt,
                 .fit = fit,
                 .of = r,
                 .drop = 0.5 * tq_chisq_quantile(fit->level / 100.0, 1.0),
                 .err = err};
    tq_status status = open_profile(fit, opt, r, fixed, &p, err);

    if (status == TQ_OK) {
        find_limits(&p, &fit->component[r]);
        status = p.status;
    }
    if (p.lost) {
        fit->component[r].ci_lb = fit->component[r].ci_ub = NAN;
        fit->component[r].lost = 1;
    }
    mv_evaluator_free(p.e);
    mv_problem_free(p.problem);
    mv_maximum_free(&p.top);
    free(p.warm);
    return status;
}

tq_status tq_mv_profile(tq_mv_fit *fit, const tq_mv_options *opt, tq_error *err)
{
    tq_mv_options own = opt ? *opt : tq_mv_defaults();
    tq_progress_part part = {own.progress, 0.0, 0.0};
    const tq_progress progress = {tq_progress_report_part, &part};
    double *fixed = malloc((fit->n_components + 1) * sizeof *fixed);
    tq_status status = TQ_OK;

    if (!fixed) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    own.progress = own.progress ? &progress : NULL;
    opt = &own;
    for (size_t r = 0; status == TQ_OK && r < fit->n_components; r++) {
        part.begin = (double)r / (double)fit->n_components;
        const int follows = opt->equal && opt->equal[r] != r;

        if (follows) { /* of an earlier one */
            fit->component[r].ci_lb = fit->component[opt->equal[r]].ci_lb;
            fit->component[r].ci_ub = fit->component[opt->equal[r]].ci_ub;
        } else if (!fit->component[r].fixed) {
            status = of_component(fit, opt, r, fixed, err);
        }
    }
    free(fixed);
    return status;
}
