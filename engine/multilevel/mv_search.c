/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The maximum of the likelihood over the components.
 *
 * Newton's method on u with the average information for the part of the Hessian that is costly
 * (Gilmour, Thompson & Cullis 1995) and the exact curvature of phi(u) for the rest: at a maximum on a
 * bound phi'(u) is 0, and the second part is all there is. Steps are damped (Levenberg) and halved
 * until they climb. The last steps use the Hessian by differences of the gradient, which also gives
 * standard errors and tells a maximum from a saddle. BFGS takes over where this fails.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"
#include "optim/minimise.h"

typedef struct {
    mv_evaluator *e;
    const tq_mv_problem *problem;
    const tq_mv_options *opt;
    const double *warm; /* [n] where to start instead; NULL: everywhere */
    size_t n, n_par;
    size_t evaluations;
    double *phi, *d1, *d2;                /* [n_par] */
    double *u, *trial, *g, *step, *inner; /* [n] */
    double *H, *L;                        /* [n x n] */
    double *bfgs;                         /* TQ_MINIMISE_WORK(n) */
    double ll;
    size_t held;      /* a variable that stands still; NONE */
    int corner;       /* 1: the best place is where the likelihood has no derivative by a range */
    mv_interior *in;  /* NULL: no correlations that must make a matrix */
    double weight;    /* of its determinant; 0: none */
    int empty;        /* 1: none do, with what is given */
    double *sg, *sH;  /* [n_par], [n_par x n_par] gradient and information with it */
    tq_status status; /* of an evaluation inside the minimiser */
    tq_error *err;
} search;

/* Of log |R| at the end of a search through the interior: ll is short of its maximum by so much. */
static const double LEAST_WEIGHT = 0.9e-8;

/* Up to which the distances are gone through. */
enum { FEW_EFFECTS = 500 };

#define NONE ((size_t)-1)

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static size_t room_of(const search *s)
{
    return 4 * s->n_par + s->n_par * s->n_par + 5 * s->n + 2 * s->n * s->n + TQ_MINIMISE_WORK(s->n);
}

static void share_out(search *s, double *room)
{
    const size_t n = s->n, m = s->n_par;

    s->phi = room;
    s->d1 = s->phi + m;
    s->d2 = s->d1 + m;
    s->u = s->d2 + m;
    s->trial = s->u + n;
    s->g = s->trial + n;
    s->step = s->g + n;
    s->inner = s->step + n;
    s->H = s->inner + n;
    s->L = s->H + n * n;
    s->sg = s->L + n * n;
    s->sH = s->sg + m;
    s->bfgs = s->sH + m * m;
}

/* A variable that stands still: its row of H is that of the identity. */
static void hold(size_t n, size_t a, double *H)
{
    for (size_t b = 0; b < n; b++) {
        H[a + b * n] = H[b + a * n] = a == b ? 1.0 : 0.0;
    }
}

/* ll at u; with its gradient g and H, minus the Hessian in its cheap form, by u. */
static tq_status look(search *s, const double *u, int with_gradient, double *ll, double *g,
                      double *H)
{
    const mv_value *v;

    mv_phi_at(s->problem, u, s->phi, s->d1, s->d2);
    const tq_status status = mv_evaluate(s->e, s->phi, with_gradient ? MV_GRADIENT : MV_LIKELIHOOD,
                                         s->opt->progress, &v, s->err);

    if (status != TQ_OK) {
        return status;
    }
    s->evaluations++;
    *ll = v->ll;
    if (!isfinite(v->ll) || !(with_gradient || s->weight > 0.0)) {
        return TQ_OK;
    }
    const double *gradient = v->gradient, *average = v->average;

    if (s->weight > 0.0) {
        memcpy(s->sg, v->gradient, s->n_par * sizeof *s->sg);
        memcpy(s->sH, v->average, s->n_par * s->n_par * sizeof *s->sH);
        *ll += mv_interior_add(s->in, s->weight, s->phi, s->sg, s->sH);
        gradient = s->sg;
        average = s->sH;
    }
    if (!with_gradient || !isfinite(*ll)) {
        return TQ_OK;
    }
    memset(g, 0, s->n * sizeof *g);
    if (H) {
        memset(H, 0, s->n * s->n * sizeof *H);
    }
    for (size_t r = 0; r < s->n_par; r++) {
        const size_t a = s->problem->par[r].variable;

        if (a == MV_GIVEN) {
            continue;
        }
        g[a] += gradient[r] * s->d1[r];
        for (size_t t = 0; H && t < s->n_par; t++) {
            const size_t b = s->problem->par[t].variable;

            if (b != MV_GIVEN) {
                H[a + b * s->n] += s->d1[r] * average[r + t * s->n_par] * s->d1[t];
            }
        }
        if (H) {
            H[a + a * s->n] -= gradient[r] * s->d2[r];
        }
    }
    if (s->held != NONE) {
        g[s->held] = 0.0;
        if (H) {
            hold(s->n, s->held, H);
        }
    }
    return TQ_OK;
}

/* ---- one search ---- */

/* Solve (H + damping) step = g; 0: not positive definite. */
static int solve(search *s, double damping)
{
    const size_t n = s->n;
    double log_det;

    memcpy(s->L, s->H, n * n * sizeof *s->L);
    for (size_t a = 0; a < n; a++) {
        s->L[a * (n + 1)] += damping;
    }
    if (!mv_cholesky(n, s->L, &log_det)) {
        return 0;
    }
    memcpy(s->step, s->g, n * sizeof *s->step);
    mv_forward(n, s->L, 1, s->step);
    mv_backward(n, s->L, 1, s->step);
    return 1;
}

/* Steps of variances stay below the size that they move by, those of angles below a radian. */
static void limit_step(search *s)
{
    double shrink = 1.0;

    for (size_t r = 0; r < s->n_par; r++) {
        const mv_parameter *par = &s->problem->par[r];
        const size_t a = par->variable;

        if (a != MV_GIVEN) {
            const double size = par->kind == MV_CORRELATION ? 1.0
                                : par->kind == MV_RANGE
                                    ? 2.0 / (0.5 * (par->hi - par->lo)) /* of a factor e^2 or so */
                                    : 1.0 + fabs(s->u[a]) + sqrt(s->problem->total);

            shrink = fmin(shrink, size / fmax(fabs(s->step[a]), 1e-300));
        }
    }
    for (size_t a = 0; a < s->n; a++) {
        s->step[a] *= shrink;
    }
}

static double size_of_step(const search *s)
{
    double largest = 0.0;

    for (size_t a = 0; a < s->n; a++) {
        largest = fmax(largest, fabs(s->step[a]) / (1.0 + fabs(s->u[a])));
    }
    return largest;
}

/* A step that climbs, or *climbed = 0; u, ll, g and H are those of its end, or of where it began. The whole
   step mostly climbs: its gradient comes with it. */
static tq_status take_step(search *s, int *climbed)
{
    /* ll is a sum over effects: its rounding error grows with them */
    const double noise = 1e-13 * (fabs(s->ll) + (double)s->problem->k);
    double share = 1.0, ll = 0.0;

    *climbed = 0;
    for (int halvings = 0; halvings < 40 && !*climbed; halvings++, share *= 0.5) {
        for (size_t a = 0; a < s->n; a++) {
            s->trial[a] = s->u[a] + share * s->step[a];
        }
        const tq_status status = look(s, s->trial, halvings == 0, &ll, s->g, s->H);

        if (status != TQ_OK) {
            return status;
        }
        *climbed = ll >= s->ll - noise;
    }
    if (*climbed) {
        memcpy(s->u, s->trial, s->n * sizeof *s->u);
    }
    return look(s, s->u, 1, &s->ll, s->g, s->H);
}

static tq_status newton(search *s, int *converged)
{
    double damping = 0.0;
    tq_status status = look(s, s->u, 1, &s->ll, s->g, s->H);

    *converged = 0;
    for (int i = 0; status == TQ_OK && isfinite(s->ll) && i < s->opt->max_iter; i++) {
        double largest = 1e-8;
        int climbed;

        for (size_t a = 0; a < s->n; a++) {
            largest = fmax(largest, fabs(s->H[a * (s->n + 1)]));
        }
        while (!solve(s, damping)) {
            damping = fmax(4.0 * damping, 1e-8 * largest);
            if (damping > 1e12 * largest) {
                return TQ_OK;
            }
        }
        limit_step(s);
        *converged = size_of_step(s) <= s->opt->tol;
        if (*converged) {
            return TQ_OK;
        }
        status = take_step(s, &climbed);
        if (!climbed) { /* a flat top, or a bad direction: the size of the step tells */
            *converged = size_of_step(s) <= 1e-5;
            return status;
        }
        damping = damping < 1e-7 * largest ? 0.0 : 0.1 * damping;
    }
    return status;
}

static double minus_ll(const double *u, double *gradient, void *context)
{
    search *s = context;
    double ll = -INFINITY;

    if (s->status == TQ_OK) {
        s->status = look(s, u, gradient != NULL, &ll, s->g, NULL);
    }
    for (size_t a = 0; gradient && a < s->n; a++) {
        gradient[a] = -s->g[a];
    }
    return s->status == TQ_OK ? -ll : INFINITY;
}

static tq_status by_bfgs(search *s, int *converged)
{
    tq_minimise_options opt = tq_minimise_defaults();
    tq_minimum found;
    tq_error unheard;

    opt.tol = s->opt->tol;
    opt.max_iter = s->opt->max_iter;
    s->status = TQ_OK;
    const tq_status status = tq_minimise(s->n, minus_ll, s, &opt, s->u, s->bfgs, &found, &unheard);

    *converged = status == TQ_OK;
    if (s->status != TQ_OK) {
        return s->status;
    }
    return look(s, s->u, 1, &s->ll, s->g, s->H);
}

/* ---- the curvature at the top ---- */

/* How far the logarithm of a range goes for a step of u; 1 for other variables. */
static double span_of(const search *s, size_t a)
{
    for (size_t r = 0; r < s->n_par; r++) {
        const mv_parameter *par = &s->problem->par[r];

        if (par->variable == a && par->kind == MV_RANGE) {
            return fmax(1.0, 0.5 * (par->hi - par->lo));
        }
    }
    return 1.0;
}

/* H = minus the Hessian by u, by differences of the gradient. */
static tq_status curvature(search *s, double *up, double *down)
{
    const size_t n = s->n;
    tq_status status = TQ_OK;

    for (size_t a = 0; status == TQ_OK && a < n; a++) {
        const double h = 1e-4 * (1.0 + fabs(s->u[a])) / span_of(s, a);
        double ll;

        memcpy(s->trial, s->u, n * sizeof *s->trial);
        s->trial[a] = s->u[a] + h;
        status = look(s, s->trial, 1, &ll, up, NULL);
        s->trial[a] = s->u[a] - h;
        status = status == TQ_OK ? look(s, s->trial, 1, &ll, down, NULL) : status;
        for (size_t b = 0; b < n; b++) {
            s->H[b + a * n] = (down[b] - up[b]) / (2.0 * h);
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < a; b++) {
            s->H[b + a * n] = s->H[a + b * n] = 0.5 * (s->H[b + a * n] + s->H[a + b * n]);
        }
    }
    return status;
}

/* Newton steps with one such Hessian: the error of each is that of the last times a small factor. *moved gets
   how far they went, in all. */
static tq_status polish(search *s, double *moved)
{
    double *up = malloc((2 * s->n + 1) * sizeof *up), ll, last = INFINITY;

    *moved = 0.0;
    if (!up) {
        return no_memory(s->err);
    }
    tq_status status = curvature(s, up, up + s->n);

    for (int i = 0; status == TQ_OK && i < 6; i++) {
        status = look(s, s->u, 1, &ll, s->g, NULL);
        if (status != TQ_OK || !solve(s, 0.0) || size_of_step(s) > 1e-2 ||
            size_of_step(s) >= 0.5 * last) {
            break;
        }
        last = size_of_step(s);
        *moved += last;
        s->ll = ll;
        for (size_t a = 0; a < s->n; a++) {
            s->u[a] += s->step[a];
        }
        if (last <= 1e-13) {
            break;
        }
    }
    free(up);
    return status == TQ_OK ? look(s, s->u, 1, &s->ll, s->g, NULL) : status;
}

/* ---- bounds ---- */

/* The nearest bound of a parameter, as u. */
static double bound_of(const mv_parameter *par, double u)
{
    const double half_turn = 3.14159265358979323846;

    return par->kind == MV_CORRELATION || par->kind == MV_RANGE
               ? (floor(u / half_turn) + 0.5) * half_turn
               : 0.0;
}

/* 1: the first parameter of a variable is at its bound to within `near`. */
static int near_bound(const search *s, size_t a, double near)
{
    for (size_t r = 0; r < s->n_par; r++) {
        const mv_parameter *par = &s->problem->par[r];

        if (par->variable == a) {
            return par->kind != MV_FREE && fabs(s->u[a] - bound_of(par, s->u[a])) <= near;
        }
    }
    return 0;
}

static void put_on_bound(search *s, size_t a)
{
    for (size_t r = 0; r < s->n_par; r++) {
        if (s->problem->par[r].variable == a) {
            s->u[a] = bound_of(&s->problem->par[r], s->u[a]);
            return;
        }
    }
}

/* On a bound the gradient by u is 0 whatever phi does: H has then the slope of phi, which must not lead
   inside. 1: all is well; 0: a variable was moved inside. */
static int settle_bounds(search *s, int *edge)
{
    int moved = 0;

    for (size_t a = 0; a < s->n; a++) {
        edge[a] = near_bound(s, a, 3e-5);
        if (edge[a] && s->H[a * (s->n + 1)] < 0.0) {
            s->u[a] += 0.3;
            edge[a] = 0;
            moved = 1;
        } else if (edge[a]) {
            put_on_bound(s, a);
        }
    }
    return !moved;
}

static tq_status climb(search *s, int *converged)
{
    const tq_status status = newton(s, converged);

    return status == TQ_OK && !*converged && isfinite(s->ll) ? by_bfgs(s, converged) : status;
}

static void begin_at(search *s, size_t i)
{
    if (s->warm) {
        memcpy(s->u, s->warm, s->n * sizeof *s->u);
    } else {
        mv_start_at(s->problem, i, s->u);
    }
}

/* One search from start i, to a maximum or to *converged = 0. */
static tq_status search_from(search *s, size_t i, int *edge, int *converged)
{
    tq_status status = TQ_OK;

    begin_at(s, i);
    *converged = 0;
    for (int attempts = 0; status == TQ_OK && attempts < 4; attempts++) {
        status = climb(s, converged);
        if (status != TQ_OK || !*converged) {
            return status;
        }
        if (settle_bounds(s, edge)) {
            return look(s, s->u, 1, &s->ll, s->g, s->H);
        }
        *converged = 0;
    }
    return status;
}

/* log |R| of the correlations at u. */
static double log_det_at(search *s, const double *u)
{
    mv_phi_at(s->problem, u, s->phi, NULL, NULL);
    return mv_interior_add(s->in, 1.0, s->phi, NULL, NULL);
}

/* Whether a step would climb by no more than the weight leaves out. */
static int is_near_top(search *s)
{
    double climb = 0.0;

    if (!isfinite(s->ll) || !solve(s, 0.0)) {
        return 0;
    }
    for (size_t a = 0; a < s->n; a++) {
        climb += s->g[a] * s->step[a];
    }
    return climb < LEAST_WEIGHT;
}

/* Down to the least weight, from another one for each start. *singular: |R| falls with it, so that the maximum is
   at a singular matrix. */
static tq_status follow_path(search *s, size_t i, int *converged, int *singular)
{
    static const double from[] = {1e-1, 1e-3, 1e-5};
    double last = 0.0, log_det = 0.0;
    tq_status status = TQ_OK;

    for (s->weight = from[i % 3]; status == TQ_OK && s->weight > LEAST_WEIGHT; s->weight *= 0.1) {
        status = newton(s, converged);
        *converged = *converged || is_near_top(s);
        last = log_det;
        log_det = log_det_at(s, s->u);
    }
    s->weight *= 10.0;
    *singular = log_det < last - 1.0;
    return status;
}

/* A search through the interior from start i; s->weight is left at that of its end, 0 where the maximum needs
   none. */
static tq_status search_inside(search *s, size_t i, int *edge, int *converged)
{
    int singular = 0;

    *converged = 0;
    begin_at(s, i);
    s->empty = !mv_interior_start(s->in, s->u);
    if (s->empty) {
        return TQ_OK;
    }
    tq_status status = follow_path(s, i, converged, &singular);

    if (!singular) {
        s->weight = 0.0;
        status = status == TQ_OK ? climb(s, converged) : status;
    }
    if (status != TQ_OK || !*converged) {
        s->weight = 0.0;
        return status;
    }
    settle_bounds(s, edge);
    return look(s, s->u, 1, &s->ll, s->g, s->H);
}

/* ---- the best of them ---- */

static void hold_edges(search *s, const int *edge)
{
    for (size_t a = 0; a < s->n; a++) {
        if (edge[a]) {
            hold(s->n, a, s->H);
        }
    }
}

/* Whether some direction leaves the likelihood as it is, judged on the diagonal's scale. */
static int is_flat(search *s, const int *edge)
{
    const size_t n = s->n;
    double log_det;

    memcpy(s->L, s->H, n * n * sizeof *s->L);
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            const double size = sqrt(fabs(s->H[a * (n + 1)])) * sqrt(fabs(s->H[b * (n + 1)]));

            s->L[a + b * n] = edge[a] || edge[b] ? (a == b) : s->H[a + b * n] / fmax(size, 1e-8);
        }
        s->L[a * (n + 1)] -= edge[a] ? 0.0 : 1e-7;
    }
    return !mv_cholesky(n, s->L, &log_det);
}

/* The last steps, and the Hessian at their end. */
static tq_status refine(search *s, const int *edge)
{
    double *up = malloc((2 * s->n + 1) * sizeof *up), moved;
    tq_status status;

    if (!up) {
        return no_memory(s->err);
    }
    if (s->corner) { /* no step leads on, and none would stay */
        status = curvature(s, up, up + s->n);
        free(up);
        return status;
    }
    status = polish(s, &moved);
    for (size_t a = 0; a < s->n; a++) {
        if (edge[a]) {
            const double before = s->u[a];

            put_on_bound(s, a);
            moved += fabs(s->u[a] - before);
        }
    }
    /* that near, the Hessian is the same to more digits than differences have */
    if (status == TQ_OK && moved > 1e-8) {
        status = curvature(s, up, up + s->n);
    }
    free(up);
    return status;
}

static tq_status finish(search *s, mv_maximum *out)
{
    memcpy(s->u, out->u, s->n * sizeof *s->u);
    s->ll = out->ll;
    /* beside a singular matrix there is no room for differences: H is then what it was to the search */
    tq_status status =
        s->weight > 0.0 ? look(s, s->u, 1, &s->ll, s->g, s->H) : refine(s, out->edge);

    hold_edges(s, out->edge);
    /* nor is it judged there: beside what leads out of the matrix all else is flat */
    out->flat = s->weight > 0.0 ? 0 : is_flat(s, out->edge);
    memcpy(out->hessian, s->H, s->n * s->n * sizeof *s->H);
    status = status == TQ_OK ? look(s, s->u, 1, &out->ll, s->g, NULL) : status;
    memcpy(out->u, s->u, s->n * sizeof *s->u);
    memcpy(out->slope, s->g, s->n * sizeof *s->g);
    for (size_t r = 0; s->corner && r < s->n_par; r++) { /* it is that of one side */
        if (s->problem->par[r].kind == MV_RANGE && s->problem->par[r].variable != MV_GIVEN) {
            out->slope[s->problem->par[r].variable] = 0.0;
        }
    }
    s->weight = 0.0;
    return status == TQ_OK ? look(s, s->u, 0, &out->ll, NULL, NULL) : status;
}

static tq_status not_found(const search *s, size_t searches)
{
    return s->empty
               ? tq_fail(s->err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "what is given of the correlations leaves no positive definite matrix")
               : tq_fail(s->err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                         "none of %zu searches found a maximum of the likelihood", searches);
}

/* Keep what a search has found, if it is the best so far. */
static void compare(search *s, const int *edge, mv_maximum *out, double *weight)
{
    const double near = 1e-7 * (1.0 + fabs(s->ll));

    if (s->ll > out->ll + near) {
        out->agreeing = 0;
    }
    out->agreeing += s->ll >= out->ll - near;
    if (s->ll > out->ll) {
        out->ll = s->ll;
        *weight = s->weight;
        memcpy(out->u, s->u, s->n * sizeof *s->u);
        memcpy(out->edge, edge, s->n * sizeof *edge);
    }
}

/* The likelihood of SPLIN (and the curvature of SPSPH) breaks where the range is a distance: the best place may
   be such a corner, where no search by derivatives ends. With each distance in turn the rest is smooth. */
static tq_status look_in_corners(search *s, size_t r, int *edge, mv_maximum *out, double *weight)
{
    enum { CORNERS = 60 };
    const mv_parameter *par = &s->problem->par[r];
    double distance[CORNERS];
    tq_status status = TQ_OK;

    mv_phi_at(s->problem, out->u, s->phi, NULL, NULL);
    const size_t n = mv_distances_near(s->problem, par->term, s->phi[r], CORNERS, distance);

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        const double before = out->ll;
        int converged;

        memcpy(s->u, out->u, s->n * sizeof *s->u);
        s->held = par->variable;
        s->u[s->held] = mv_u_of(par, distance[i]);
        status = newton(s, &converged);
        s->held = NONE;
        if (status == TQ_OK && converged && isfinite(s->ll) && settle_bounds(s, edge)) {
            compare(s, edge, out, weight);
            s->corner = s->corner || out->ll > before;
        }
    }
    return status;
}

static tq_status corners(search *s, int *edge, mv_maximum *out, double *weight)
{
    tq_status status = TQ_OK;

    for (size_t r = 0; status == TQ_OK && r < s->n_par; r++) {
        const mv_parameter *par = &s->problem->par[r];
        const tq_mv_structure structure = s->problem->term[par->term].structure;

        if (par->kind == MV_RANGE && par->variable != MV_GIVEN &&
            (structure == TQ_MV_SPLIN || structure == TQ_MV_SPSPH)) {
            status = look_in_corners(s, r, edge, out, weight);
        }
    }
    return status;
}

static tq_status run(search *s, mv_maximum *out)
{
    int *edge = calloc(s->n + 1, sizeof *edge), converged;
    double weight = 0.0;
    tq_status status = TQ_OK;

    if (!edge) {
        return no_memory(s->err);
    }
    out->ll = -INFINITY;
    out->agreeing = 0;
    out->starts = s->warm ? 1 : mv_count_starts(s->problem);
    for (size_t i = 0; status == TQ_OK && i < out->starts; i++) {
        status = search_from(s, i, edge, &converged);
        if (status == TQ_OK && converged) {
            compare(s, edge, out, &weight);
        }
        if (status == TQ_OK && s->in && !(s->warm && converged)) {
            status = search_inside(s, i, edge, &converged);
            if (status == TQ_OK && converged) {
                compare(s, edge, out, &weight);
            }
            s->weight = 0.0;
        }
    }
    if (status == TQ_OK && !isfinite(out->ll)) {
        status = not_found(s, out->starts);
    }
    if (status == TQ_OK && !s->warm && s->problem->k <= FEW_EFFECTS) {
        status = corners(s, edge, out, &weight);
    }
    free(edge);
    s->weight = weight;
    status = status == TQ_OK && !s->warm ? finish(s, out) : status;
    out->iterations = s->evaluations;
    return status;
}

tq_status mv_search(mv_evaluator *e, const tq_mv_problem *problem, const tq_mv_options *opt,
                    const double *warm, mv_maximum *out, tq_error *err)
{
    search s = {.e = e,
                .held = NONE,
                .warm = warm,
                .problem = problem,
                .opt = opt,
                .n = problem->n_var,
                .n_par = problem->n_par,
                .err = err};
    double *room = calloc(room_of(&s) + 1, sizeof *room);
    tq_status status;

    if (!room || !mv_interior_new(problem, &s.in)) {
        free(room);
        return no_memory(err);
    }
    share_out(&s, room);
    if (s.n == 0) {
        status = look(&s, s.u, 0, &out->ll, NULL, NULL);
        out->iterations = out->starts = out->agreeing = 1;
        out->flat = 0;
        if (status == TQ_OK && !isfinite(out->ll)) {
            status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                             "the given components make no covariance matrix");
        }
    } else {
        status = run(&s, out);
    }
    mv_interior_free(s.in);
    free(room);
    return status;
}
