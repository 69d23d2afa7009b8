/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fit of a multilevel model: from the maximum of the likelihood to what is reported. */
#include "multilevel/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "linalg/eigen.h"
#include "multilevel/multilevel_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- memory ---- */

static tq_mv_fit *fit_new(size_t p, size_t n)
{
    tq_mv_fit *fit = calloc(1, sizeof *fit);
    double *room = fit ? calloc(7 * p + 2 * p * p, sizeof *room) : NULL;

    if (!room) {
        free(fit);
        return NULL;
    }
    fit->beta = room;
    fit->se = room + p;
    fit->stat = room + 2 * p;
    fit->df = room + 3 * p;
    fit->pval = room + 4 * p;
    fit->ci_lb = room + 5 * p;
    fit->ci_ub = room + 6 * p;
    fit->vb = room + 7 * p;
    fit->vb_model = fit->vb + p * p;
    fit->component = calloc(n + 1, sizeof *fit->component);
    fit->vcomp = calloc(n * n + 1, sizeof *fit->vcomp);
    fit->p = p;
    fit->n_components = n;
    if (!fit->component || !fit->vcomp) {
        tq_mv_fit_free(fit);
        return NULL;
    }
    return fit;
}

void tq_mv_fit_free(tq_mv_fit *fit)
{
    if (fit) {
        mv_problem_free(fit->problem);
        free(fit->beta);
        free(fit->dvb);
        free(fit->vdvb);
        free(fit->component);
        free(fit->vcomp);
        free(fit);
    }
}

/* ---- coefficients ---- */

void mv_coefficients(const tq_mv_problem *problem, const mv_value *v, double *beta, double *vb)
{
    const size_t p = problem->p;
    const double root = sqrt(problem->unit);

    for (size_t a = 0; a < p; a++) {
        beta[a] = root * (problem->b0[a] + v->beta[a]);
    }
    tq_solve_upper(p, problem->R, beta);
    for (size_t a = 0; a < p * p; a++) {
        vb[a] = problem->unit * v->vb[a];
    }
    tq_congruence_upper(p, problem->R, vb);
}

static void find_tests(tq_mv_fit *fit)
{
    for (size_t a = 0; a < fit->p; a++) {
        const double half = tq_critical_value(fit->level, fit->df[a]);

        fit->se[a] = sqrt(fit->vb[a * (fit->p + 1)]);
        fit->stat[a] = fit->beta[a] / fit->se[a];
        fit->pval[a] = tq_two_sided_p(fit->stat[a], fit->df[a]);
        fit->ci_lb[a] = fit->beta[a] - half * fit->se[a];
        fit->ci_ub[a] = fit->beta[a] + half * fit->se[a];
    }
}

/* ---- components ---- */

/* Which levels a component is about. */
static void name_component(const tq_mv_term *t, size_t index, tq_mv_component *c)
{
    const size_t variances = tq_mv_variances(t);

    c->first = c->second = TQ_MV_ALL;
    if (index < variances) {
        c->first = variances > 1 || t->structure == TQ_MV_GEN ? index : TQ_MV_ALL;
        return;
    }
    if (t->structure != TQ_MV_UN && t->structure != TQ_MV_GEN) {
        return;
    }
    for (size_t a = 0; a < variances; a++) {
        for (size_t b = a + 1; b < variances; b++) {
            if (variances + mv_correlation_at(variances, a, b) == index) {
                c->first = a;
                c->second = b;
            }
        }
    }
}

/* A factor's components end their range where it is singular. */
static int at_edge(const mv_parameter *par, tq_mv_role role, double value, double unit,
                   const int *edge)
{
    if (par->fixed || par->single) {
        return 0;
    }
    if (par->kind == MV_FREE || par->kind == MV_LENGTH) {
        return role == TQ_MV_CORRELATION ? fabs(value) > 1.0 - 1e-9 : value < 1e-10 * unit;
    }
    return edge[par->variable];
}

static void describe_components(const tq_mv_problem *problem, const int *edge, tq_mv_fit *fit,
                                double *value)
{
    mv_components_from(problem, problem->phi, value);
    for (size_t r = 0; r < problem->n_par; r++) {
        const mv_parameter *par = &problem->par[r];
        const tq_mv_term *t = &problem->term[par->term];
        tq_mv_component *c = &fit->component[r];
        const int variance = par->index < tq_mv_variances(t);

        c->role = variance                ? TQ_MV_VARIANCE
                  : par->kind == MV_RANGE ? TQ_MV_RANGE
                                          : TQ_MV_CORRELATION;
        c->term = par->term;
        name_component(t, par->index, c);
        c->value = problem->by_cholesky[par->term] && par->fixed ? par->asked : value[r];
        c->fixed = par->single ? 2 : par->fixed;
        c->edge = at_edge(par, c->role, value[r], problem->unit, edge);
        if (c->edge && variance) { /* a factor comes near it only */
            c->value = 0.0;
        }
        c->se = c->ci_lb = c->ci_ub = NAN;
    }
}

/* J[n_par x n_var]: components by the variables of the search. */
static void jacobian(const tq_mv_problem *problem, double *u, double *room, double *J)
{
    const size_t n = problem->n_par;
    double *phi = room, *up = room + n, *down = room + 2 * n;

    for (size_t a = 0; a < problem->n_var; a++) {
        const double at = u[a], h = 1e-5 * (1.0 + fabs(at));

        u[a] = at + h;
        mv_phi_at(problem, u, phi, NULL, NULL);
        mv_components_from(problem, phi, up);
        u[a] = at - h;
        mv_phi_at(problem, u, phi, NULL, NULL);
        mv_components_from(problem, phi, down);
        u[a] = at;
        for (size_t r = 0; r < n; r++) {
            J[r + a * n] = (up[r] - down[r]) / (2.0 * h);
        }
    }
}

/* H := (S H S)^-1 between S, without directions that differences of the gradient cannot tell from flat
   ones; room: [2 m m + 5 m]. What such directions leave as it is has its variance from the others. */
static void invert_determined(size_t m, double *H, double *room)
{
    double *A = room, *Q = A + m * m, *d = Q + m * m, *scale = d + 4 * m;

    for (size_t a = 0; a < m; a++) {
        scale[a] = 1.0 / sqrt(fmax(H[a * (m + 1)], 1e-2));
    }
    for (size_t b = 0; b < m; b++) {
        for (size_t a = 0; a < m; a++) {
            A[a + b * m] = scale[a] * H[a + b * m] * scale[b];
        }
    }
    tq_eigen_symmetric(m, A, Q, d);
    memset(H, 0, m * m * sizeof *H);
    for (size_t c = 0; c < m; c++) {
        for (size_t b = 0; !(d[c] <= 1e-6) && b < m; b++) {
            for (size_t a = 0; a < m; a++) {
                H[a + b * m] += scale[a] * Q[a + c * m] * Q[b + c * m] * scale[b] / d[c];
            }
        }
    }
}

/* The covariance of the variables of the search, in place of the hessian. */
static tq_status invert_hessian(size_t m, mv_maximum *top, tq_error *err)
{
    double *own = malloc((3 * m * m + 5 * m + 1) * sizeof *own), log_det;

    if (!own) {
        return no_memory(err);
    }
    memcpy(own, top->hessian, m * m * sizeof *own);
    top->flat |= tq_invert_spd(m, top->hessian, &log_det, NULL) != TQ_OK;
    if (top->flat) {
        invert_determined(m, own, own + m * m);
        memcpy(top->hessian, own, m * m * sizeof *own);
    }
    free(own);
    return TQ_OK;
}

/* Whether a component has no error: it is given, at the end of its range, or the correlation of a level that does
   not vary. */
static int has_no_error(const tq_mv_problem *problem, const tq_mv_fit *fit, size_t r)
{
    const tq_mv_component *c = &fit->component[r];
    const tq_mv_component *variance = fit->component + problem->first[c->term];
    const int of_pair = c->role == TQ_MV_CORRELATION && c->second != TQ_MV_ALL;

    return c->fixed || c->edge ||
           (of_pair && (variance[c->first].edge || variance[c->second].edge));
}

/* vcomp = J H^-1 J', without the variables at an edge; the hessian has been inverted. */
static void component_errors(const tq_mv_problem *problem, const mv_maximum *top, double *room,
                             tq_mv_fit *fit)
{
    const size_t n = problem->n_par, m = problem->n_var;
    const int known = !top->flat && m > 0;
    double *J = room + 3 * n;

    jacobian(problem, top->u, room, J);
    for (size_t r = 0; r < n; r++) {
        for (size_t s = 0; s < n; s++) {
            double x = 0.0;

            for (size_t a = 0; known && a < m; a++) {
                for (size_t b = 0; b < m; b++) {
                    if (!top->edge[a] && !top->edge[b]) {
                        x += J[r + a * n] * top->hessian[a + b * m] * J[s + b * n];
                    }
                }
            }
            const int none = has_no_error(problem, fit, r) || has_no_error(problem, fit, s);

            fit->vcomp[r + s * n] = !known || none ? NAN : x;
        }
        fit->component[r].se = sqrt(fit->vcomp[r * (n + 1)]);
    }
}

/* Largest derivative in units of the standard error, edges and given ones apart. */
static double find_score(const tq_mv_problem *problem, const mv_maximum *top)
{
    double score = 0.0;

    for (size_t a = 0; a < problem->n_var; a++) {
        const double h = top->hessian[a * (problem->n_var + 1)]; /* its inverse by now */

        score = top->edge[a] ? score : fmax(score, fabs(top->slope[a]) * sqrt(fmax(h, 0.0)));
    }
    return score;
}

/* ---- fit statistics ---- */

static void find_criteria(const tq_mv_problem *problem, tq_mv_fit *fit)
{
    const double k = (double)problem->k, n = fit->ml ? k : k - (double)problem->p;
    const double parms = (double)(problem->p + problem->n_var);
    const double saturated = -0.5 * (k * TQ_LOG_2PI + problem->log_det_V);
    const double room = fmax(n, parms + 2.0);

    fit->deviance = -2.0 * (fit->ml ? fit->ll - saturated : fit->ll);
    fit->AIC = -2.0 * fit->ll + 2.0 * parms;
    fit->BIC = n > 0.0 ? -2.0 * fit->ll + parms * log(n) : NAN;
    fit->AICc = -2.0 * fit->ll + 2.0 * parms * room / (room - parms - 1.0);
    fit->QE = problem->QE;
    fit->QE_df = k - (double)problem->p;
    fit->QE_pval = tq_chisq_upper(fit->QE, fit->QE_df);
    fit->typical_vi = problem->typical_vi;
}

/* ---- the whole ---- */

typedef struct {
    tq_mv_problem *problem;
    const tq_mv_options *opt;
    mv_evaluator *e;
    mv_maximum top;
    double *room;
    tq_mv_fit *fit;
} fitting;

int mv_maximum_init(const tq_mv_problem *problem, mv_maximum *top)
{
    const size_t m = problem->n_var;

    top->u = calloc(m + 1, sizeof *top->u);
    top->hessian = calloc(m * m + 1, sizeof *top->hessian);
    top->edge = calloc(m + 1, sizeof *top->edge);
    top->slope = calloc(m + 1, sizeof *top->slope);
    return top->slope && top->u && top->hessian && top->edge;
}

void mv_maximum_free(mv_maximum *top)
{
    free(top->u);
    free(top->hessian);
    free(top->edge);
    free(top->slope);
}

static void describe(fitting *f)
{
    tq_mv_fit *fit = f->fit;
    const tq_mv_problem *problem = f->problem;

    fit->model = problem->model;
    fit->k = problem->k;
    fit->test = f->opt->test;
    fit->df_rule = f->opt->df;
    fit->ml = f->opt->ml;
    fit->level = f->opt->level;
    fit->ll = f->top.ll;
    fit->n_estimated = problem->n_var;
    fit->iterations = f->top.iterations;
    fit->starts = f->top.starts;
    fit->agreeing = f->top.agreeing;
    fit->flat = f->top.flat;
    fit->n_blocks = problem->n_blocks;
    fit->largest_block = problem->largest;
    fit->QM = fit->QM_df1 = fit->QM_df2 = fit->QM_pval = NAN;
}

static tq_status finish(fitting *f, tq_error *err)
{
    const tq_mv_problem *problem = f->problem;
    double *d1 = f->room;
    const mv_value *v;

    mv_phi_at(problem, f->top.u, problem->phi, d1, NULL);
    tq_status status =
        mv_evaluate(f->e, problem->phi, f->opt->test == TQ_MV_KR ? MV_INFORMATION : MV_GRADIENT,
                    f->opt->progress, &v, err);

    status = status == TQ_OK ? invert_hessian(problem->n_var, &f->top, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    describe(f);
    mv_coefficients(problem, v, f->fit->beta, f->fit->vb_model);
    memcpy(f->fit->vb, f->fit->vb_model, problem->p * problem->p * sizeof *f->fit->vb);
    describe_components(problem, f->top.edge, f->fit, f->room + problem->n_par);
    component_errors(problem, &f->top, f->room + 2 * problem->n_par, f->fit);
    f->fit->score = find_score(problem, &f->top);
    find_criteria(problem, f->fit);
    status = mv_degrees_of_freedom(problem, v, d1, &f->top, f->fit, err);
    if (status == TQ_OK) {
        find_tests(f->fit);
        status = mv_omnibus(f->fit, err);
    }
    return status;
}

static tq_status check_options(const tq_mv_model *model, const tq_mv_options *opt, tq_error *err)
{
    if (!(opt->level > 0.0 && opt->level < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "level %g must lie between 0 and 100",
                       opt->level);
    }
    if (!(opt->tol > 0.0) || opt->max_iter < 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the tolerance must be > 0 and the number of steps at least 1");
    }
    if (opt->test == TQ_MV_KR && opt->ml) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "test kr needs method REML");
    }
    for (size_t t = 0; opt->test == TQ_MV_KR && t < model->n_terms; t++) {
        if (model->term[t].structure != TQ_MV_INTERCEPT) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "test kr is for terms ~ 1 | ...; with '%.60s' use test t with "
                           "Satterthwaite's degrees of freedom",
                           model->term[t].name);
        }
    }
    return TQ_OK;
}

static tq_status run(fitting *f, tq_error *err)
{
    const size_t n = f->problem->n_par, m = f->problem->n_var;
    tq_status status = mv_sampling(f->problem, err);

    if (status != TQ_OK) {
        return status;
    }
    f->e = mv_evaluator_new(f->problem, f->opt->ml, f->opt->threads,
                            f->opt->test == TQ_MV_KR ? MV_INFORMATION : MV_GRADIENT);
    f->fit = fit_new(f->problem->p, n);
    f->room = malloc((5 * n + n * m + 1) * sizeof *f->room);
    if (!f->e || !f->fit || !f->room || !mv_maximum_init(f->problem, &f->top)) {
        return no_memory(err);
    }
    status = mv_search(f->e, f->problem, f->opt, NULL, &f->top, err);
    return status == TQ_OK ? finish(f, err) : status;
}

tq_status tq_mv_fit_model(const tq_mv_model *model, const tq_mv_options *opt, tq_mv_fit **out,
                          tq_error *err)
{
    tq_mv_options own = opt ? *opt : tq_mv_defaults();
    tq_progress_part part = {own.progress, 0.0,
                             0.0}; /* how many evaluations it takes is not known */
    const tq_progress progress = {tq_progress_report_part, &part};
    fitting f = {.opt = &own};

    own.progress = own.progress ? &progress : NULL;
    tq_status status = check_options(model, f.opt, err);

    status = status == TQ_OK ? mv_problem_new(model, f.opt, NULL, &f.problem, err) : status;
    status = status == TQ_OK ? run(&f, err) : status;
    mv_evaluator_free(f.e);
    mv_maximum_free(&f.top);
    free(f.room);
    if (status != TQ_OK) {
        mv_problem_free(f.problem);
        tq_mv_fit_free(f.fit);
        return status;
    }
    f.fit->problem = f.problem;
    *out = f.fit;
    return TQ_OK;
}

/* ---- the marginal covariance ---- */

const size_t *tq_mv_block(const tq_mv_fit *fit, size_t b, size_t *n)
{
    *n = fit->problem->start[b + 1] - fit->problem->start[b];
    return fit->problem->row + fit->problem->start[b];
}

tq_status tq_mv_marginal(const tq_mv_fit *fit, size_t b, double *M, tq_error *err)
{
    const tq_mv_problem *problem = fit->problem;
    const size_t n = problem->start[b + 1] - problem->start[b];
    mv_states states;

    if (!mv_states_init(problem, &states)) {
        return no_memory(err);
    }
    mv_states_at(problem, problem->phi, &states);
    mv_marginal_of(problem, &states, b, M);
    for (size_t a = 0; a < n * n; a++) {
        M[a] *= problem->unit;
    }
    mv_states_free(&states);
    return TQ_OK;
}

typedef struct {
    mv_states states;
    double *M, *x; /* [n x n] of the largest dense block, [n x m] of the largest */
    mv_crossed **crossed;
    mv_wide *wide;
} solver;

static int solve_block(const tq_mv_problem *problem, size_t b, size_t m, double *B, solver *s)
{
    const size_t begin = problem->start[b], n = problem->start[b + 1] - begin;
    double log_det;

    for (size_t i = 0; i < n * m; i++) {
        s->x[i] = B[problem->row[begin + i % n] + i / n * problem->k];
    }
    if (problem->kernel[b] != MV_DENSE) {
        if (!mv_wide_solve(problem, &s->states, b, m, s->x, s->wide)) {
            return 0;
        }
    } else {
        mv_marginal_of(problem, &s->states, b, s->M);
        if (!mv_cholesky(n, s->M, &log_det)) {
            return 0;
        }
        mv_forward(n, s->M, m, s->x);
        mv_backward(n, s->M, m, s->x);
    }
    for (size_t i = 0; i < n * m; i++) {
        B[problem->row[begin + i % n] + i / n * problem->k] = s->x[i] / problem->unit;
    }
    return 1;
}

tq_status tq_mv_solve(const tq_mv_fit *fit, size_t m, double *B, tq_error *err)
{
    const tq_mv_problem *problem = fit->problem;
    const size_t n = problem->largest_dense;
    solver s = {.M = malloc((n * n + 1) * sizeof *s.M),
                .x = malloc((problem->largest * m + 1) * sizeof *s.x)};
    tq_status status = mv_crossed_all(problem, &s.crossed, err);

    if (status == TQ_OK) {
        s.wide = mv_wide_new(problem, s.crossed);
        status =
            mv_states_init(problem, &s.states) && s.M && s.x && s.wide ? TQ_OK : no_memory(err);
    }
    if (status == TQ_OK) {
        mv_states_at(problem, problem->phi, &s.states);
    }
    for (size_t b = 0; status == TQ_OK && b < problem->n_blocks; b++) {
        if (!solve_block(problem, b, m, B, &s)) {
            status = tq_fail(err, TQ_EDATA, problem->row[problem->start[b]], NULL,
                             "the marginal covariance is not positive definite");
        }
    }
    mv_states_free(&s.states);
    mv_wide_free(s.wide);
    mv_crossed_free_all(problem, s.crossed);
    free(s.M);
    free(s.x);
    return status;
}
