/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The likelihood with one component of UN or GEN given.
 *
 * T = L L' knows no bounds as a function of L; with a variance or a correlation given, the other
 * components do. So the search stays on L, and what is given is put into it: a variance is the squared
 * length of a row of L, a correlation the cosine of the angle between two rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/vector.h"
#include "multilevel/multilevel_internal.h"
#include "optim/minimise.h"

enum { TRIES = 3 }; /* each from where the last one ended */

typedef struct {
    mv_evaluator *e;
    const tq_mv_problem *problem;
    const tq_mv_options *opt;
    size_t at_a, n_a;      /* first parameter and length of a row of L */
    size_t at_b, n_b;      /* of a second, longer one; n_b = 0: a variance is given */
    double value;          /* length of the row, or the cosine */
    double *phi, *d1, *d2; /* [n_par] */
    double *own, *slope;   /* [n_par] L before, the gradient by it */
    double *x, *z, *P;     /* [n_par] rows of length 1; scratch */
    tq_status status;
    tq_error *err;
} given;

/* to = from, at length 1; the length it had. */
static double direction(size_t n, const double *from, double *to)
{
    const double length = sqrt(tq_dot(n, from, from));

    memcpy(to, from, n * sizeof *to);
    for (size_t i = 0; i < n; i++) {
        to[i] /= length;
    }
    return length;
}

/* ---- a row of given length ---- */

static void put_length(given *s)
{
    direction(s->n_a, s->own + s->at_a, s->x);
    for (size_t i = 0; i < s->n_a; i++) {
        s->phi[s->at_a + i] = s->value * s->x[i];
    }
}

/* The gradient by the row before it got its length; G: by the row. */
static void slope_of_length(given *s)
{
    double *G = s->slope + s->at_a;
    const double *w = s->own + s->at_a;

    direction(s->n_a, w, s->x);
    tq_add_multiple(s->n_a, -tq_dot(s->n_a, s->x, G), s->x, G);
    for (size_t i = 0; i < s->n_a; i++) {
        G[i] *= s->value / sqrt(tq_dot(s->n_a, w, w));
    }
}

/* ---- two rows at a given angle ---- */

/* x: the direction of row a, as long as row b; z: that of the part of row b which is at right angles to
   it. What is left of their lengths, and the part of b along x. */
static void split(given *s, double *size_z, double *along)
{
    const double *y = s->own + s->at_b;

    memset(s->x, 0, s->n_b * sizeof *s->x);
    direction(s->n_a, s->own + s->at_a, s->x);
    *along = tq_dot(s->n_b, y, s->x);
    memcpy(s->P, y, s->n_b * sizeof *s->P);
    tq_add_multiple(s->n_b, -*along, s->x, s->P);
    *size_z = direction(s->n_b, s->P, s->z);
}

static void put_angle(given *s)
{
    const double *y = s->own + s->at_b, sine = sqrt(1.0 - s->value * s->value);
    const double size = sqrt(tq_dot(s->n_b, y, y));
    double size_z, along;

    split(s, &size_z, &along);
    for (size_t i = 0; i < s->n_b; i++) {
        s->phi[s->at_b + i] = size * (s->value * s->x[i] + sine * s->z[i]);
    }
}

/* Row b is |y| (value x + sine z), x = w / |w|, z = (y - (y'x) x) / |..|. */
static void slope_of_angle(given *s)
{
    const size_t n = s->n_b;
    const double *y = s->own + s->at_b, *w = s->own + s->at_a;
    const double sine = sqrt(1.0 - s->value * s->value);
    const double size = sqrt(tq_dot(n, y, y)), size_w = sqrt(tq_dot(s->n_a, w, w));
    double *G = s->slope + s->at_b, *by_w = s->slope + s->at_a, size_z, along;

    split(s, &size_z, &along);
    const double by_size = s->value * tq_dot(n, G, s->x) + sine * tq_dot(n, G, s->z);
    const double by_x = tq_dot(n, G, s->x), turn = size * sine / size_z;

    memcpy(s->P, G, n * sizeof *s->P); /* G without its part along z */
    tq_add_multiple(n, -tq_dot(n, G, s->z), s->z, s->P);

    double *x = s->d2; /* the gradient by x: d2 is not needed any more */

    for (size_t i = 0; i < n; i++) {
        x[i] = size * s->value * G[i] - turn * (by_x * y[i] + along * s->P[i]);
    }
    tq_add_multiple(n, -tq_dot(n, x, s->x), s->x, x);
    tq_add_multiple(s->n_a, 1.0 / size_w, x, by_w);
    tq_add_multiple(n, -by_x, s->x, s->P); /* z is at right angles to x: P'x = G'x */
    for (size_t i = 0; i < n; i++) {
        G[i] = by_size * y[i] / size + turn * s->P[i];
    }
}

/* ---- the search ---- */

static double minus_ll(const double *u, double *gradient, void *context)
{
    given *s = context;
    const mv_value *v;

    if (s->status != TQ_OK) {
        return INFINITY;
    }
    mv_phi_at(s->problem, u, s->phi, s->d1, s->d2);
    memcpy(s->own, s->phi, s->problem->n_par * sizeof *s->own);
    (s->n_b ? put_angle : put_length)(s);
    s->status = mv_evaluate(s->e, s->phi, gradient ? MV_GRADIENT : MV_LIKELIHOOD, s->opt->progress,
                            &v, s->err);
    if (s->status != TQ_OK) {
        return INFINITY;
    }
    if (gradient && isfinite(v->ll)) {
        memcpy(s->slope, v->gradient, s->problem->n_par * sizeof *s->slope);
        (s->n_b ? slope_of_angle : slope_of_length)(s);
        memset(gradient, 0, s->problem->n_var * sizeof *gradient);
        for (size_t r = 0; r < s->problem->n_par; r++) {
            if (s->problem->par[r].variable != MV_GIVEN) {
                gradient[s->problem->par[r].variable] -= s->slope[r] * s->d1[r];
            }
        }
    }
    return -v->ll;
}

/* The rows of L that a component is about, and what is given of them. */
static void find_rows(given *s, size_t component, double value)
{
    const size_t term = s->problem->par[component].term, first = s->problem->first[term];
    const size_t q = tq_mv_variances(&s->problem->term[term]), index = component - first;
    const double *scale = s->problem->scale[term];
    const mv_lead *lead = &s->problem->lead[term];
    size_t a;
    const double size = (scale && index < q ? scale[index] : 1.0) * sqrt(value / s->problem->unit);

    if (index < q) {
        a = mv_row_of(lead, index);
    } else {
        size_t b = 1;

        for (a = 0; mv_correlation_at(q, a, b) != index - q;) {
            b = b + 1 < q ? b + 1 : ++a + 1;
        }
        const size_t x = mv_row_of(lead, a), y = mv_row_of(lead, b);

        a = x < y ? x : y;
        b = x < y ? y : x;
        s->at_b = first + b * (b + 1) / 2;
        s->n_b = b + 1;
    }
    s->at_a = first + a * (a + 1) / 2;
    s->n_a = a + 1;
    s->value = index >= q ? value : size;
}

tq_status mv_search_factor(mv_evaluator *e, const tq_mv_problem *problem, const tq_mv_options *opt,
                           size_t component, double value, double *u, double *ll, tq_error *err)
{
    const size_t m = problem->n_par, n = problem->n_var;
    given s = {.e = e, .problem = problem, .opt = opt, .err = err};
    tq_minimise_options how = tq_minimise_defaults();
    double *room = calloc(1, (8 * m + TQ_MINIMISE_WORK(n) + 1) * sizeof *room);
    tq_minimum found;

    if (!room) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double **part[] = {&s.phi, &s.d1, &s.d2, &s.own, &s.slope, &s.x, &s.z, &s.P};

    for (size_t i = 0; i < 8; i++) {
        *part[i] = room + i * m;
    }
    find_rows(&s, component, value);
    how.tol = 1e-7; /* of u: the likelihood is as good as its maximum to the square of that */
    how.max_iter = opt->max_iter;
    tq_status status = TQ_ENOCONV;

    for (int i = 0; status == TQ_ENOCONV && s.status == TQ_OK && i < TRIES; i++) {
        status = tq_minimise(n, minus_ll, &s, &how, u, room + 8 * m, &found, err);
        *ll = status == TQ_EDATA ? -INFINITY : -found.value;
    }
    free(room);
    return s.status != TQ_OK ? s.status : status == TQ_EDATA ? TQ_ENOCONV : status;
}
