/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UN and GEN by standard deviations and correlations, where more is given or equal than a factor can hold: the
 * correlations R must make a matrix, and the best of them may be singular. Searches then go through the
 * interior, with
 *
 *     ll + weight sum over such terms of log |R|
 *
 * for weights that fall towards 0 (Fiacco & McCormick 1968; Nocedal & Wright 2006, Numerical Optimization, 2nd
 * ed., sec. 19.6), from correlations that are pulled towards those of the largest determinant.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"

struct mv_interior {
    const tq_mv_problem *problem;
    double *R, *L, *W; /* [q x q] of the widest term: correlations, their factor, their inverse */
    double *x, *start, *centre; /* [n_var] values of correlations */
    double *g, *step;           /* [n_var] */
    double *H;                  /* [n_var x n_var] */
};

static int is_constrained(const tq_mv_problem *problem, size_t t)
{
    const tq_mv_structure s = problem->term[t].structure;

    return (s == TQ_MV_UN || s == TQ_MV_GEN) && !problem->by_cholesky[t];
}

void mv_interior_free(mv_interior *in)
{
    if (in) {
        free(in->R);
        free(in->x);
        free(in);
    }
}

int mv_interior_new(const tq_mv_problem *problem, mv_interior **out)
{
    const size_t n = problem->n_var;
    size_t q = 0, searched = 0;

    *out = NULL;
    for (size_t r = 0; r < problem->n_par; r++) {
        const mv_parameter *par = &problem->par[r];
        const size_t width = tq_mv_variances(&problem->term[par->term]);

        if (is_constrained(problem, par->term)) {
            q = width > q ? width : q;
            searched += par->kind == MV_CORRELATION && par->variable != MV_GIVEN;
        }
    }
    if (searched == 0) {
        return 1;
    }
    mv_interior *in = calloc(1, sizeof *in);

    if (!in) {
        return 0;
    }
    in->problem = problem;
    in->R = malloc((3 * q * q + 1) * sizeof *in->R);
    in->x = malloc((5 * n + n * n) * sizeof *in->x);
    if (!in->R || !in->x) {
        mv_interior_free(in);
        return 0;
    }
    in->L = in->R + q * q;
    in->W = in->L + q * q;
    in->start = in->x + n;
    in->centre = in->start + n;
    in->g = in->centre + n;
    in->step = in->g + n;
    in->H = in->step + n;
    *out = in;
    return 1;
}

/* ---- log |R| ---- */

/* Calls for each correlation of term t: its parameter, and its two levels. */
#define FOR_CORRELATIONS(problem, t, q, r, a, b) \
    for (size_t a = 0, r = (problem)->first[t] + (q); a < (q); a++) \
        for (size_t b = a + 1; b < (q); b++, r++)

/* Correlation r: of phi, or, where x is given, of the variables. */
static double value_of(const tq_mv_problem *problem, size_t r, const double *phi, const double *x)
{
    const mv_parameter *par = &problem->par[r];

    return !x ? phi[r] : par->variable == MV_GIVEN ? par->given : x[par->variable];
}

/* R + shift I of term t, its factor and inverse; 0: not positive definite. */
static int open_term(mv_interior *in, size_t t, const double *phi, const double *x, double shift,
                     double *log_det)
{
    const tq_mv_problem *problem = in->problem;
    const size_t q = tq_mv_variances(&problem->term[t]);

    for (size_t a = 0; a < q; a++) {
        in->R[a * (q + 1)] = 1.0 + shift;
    }
    FOR_CORRELATIONS(problem, t, q, r, a, b)
    {
        in->R[a + b * q] = in->R[b + a * q] = value_of(problem, r, phi, x);
    }
    memcpy(in->L, in->R, q * q * sizeof *in->L);
    if (!mv_cholesky(q, in->L, log_det)) {
        return 0;
    }
    mv_inverse_of(q, in->L, in->W);
    return 1;
}

/* tr(R^-1 E_r R^-1 E_s) for correlations r of levels a, b and s of c, d. */
static double second(const double *W, size_t q, size_t a, size_t b, size_t c, size_t d)
{
    return 2.0 * (W[a + c * q] * W[b + d * q] + W[a + d * q] * W[b + c * q]);
}

double mv_interior_add(mv_interior *in, double weight, const double *phi, double *gradient,
                       double *information)
{
    const tq_mv_problem *problem = in->problem;
    const size_t n = problem->n_par;
    double sum = 0.0, one;

    for (size_t t = 0; t < problem->n_terms; t++) {
        const size_t q = tq_mv_variances(&problem->term[t]);

        if (!is_constrained(problem, t)) {
            continue;
        }
        if (!open_term(in, t, phi, NULL, 0.0, &one)) {
            return -INFINITY;
        }
        sum += weight * one;
        if (!gradient) {
            continue;
        }
        FOR_CORRELATIONS(problem, t, q, r, a, b)
        {
            gradient[r] += weight * 2.0 * in->W[a + b * q];
            if (information) {
                FOR_CORRELATIONS(problem, t, q, s, c, d)
                {
                    information[r + s * n] += weight * second(in->W, q, a, b, c, d);
                }
            }
        }
    }
    return sum;
}

/* ---- where to start ---- */

/* sum of log |R + shift I|, with its gradient g and minus its Hessian H by x (NULL: not wanted). */
static double determinant(mv_interior *in, const double *x, double shift, double *g, double *H)
{
    const tq_mv_problem *problem = in->problem;
    const size_t n = problem->n_var;
    double sum = 0.0, one;

    if (g) {
        memset(g, 0, n * sizeof *g);
        memset(H, 0, n * n * sizeof *H);
    }
    for (size_t t = 0; t < problem->n_terms; t++) {
        const size_t q = tq_mv_variances(&problem->term[t]);

        if (!is_constrained(problem, t)) {
            continue;
        }
        if (!open_term(in, t, NULL, x, shift, &one)) {
            return -INFINITY;
        }
        sum += one;
        FOR_CORRELATIONS(problem, t, q, r, a, b)
        {
            const size_t v = problem->par[r].variable;

            if (!g || v == MV_GIVEN) {
                continue;
            }
            g[v] += 2.0 * in->W[a + b * q];
            FOR_CORRELATIONS(problem, t, q, s, c, d)
            {
                const size_t w = problem->par[s].variable;

                if (w != MV_GIVEN) {
                    H[v + w * n] += second(in->W, q, a, b, c, d);
                }
            }
        }
    }
    return sum;
}

/* Newton steps to the largest determinant with the diagonal raised; x stays where it is finite. */
static void centre_at(mv_interior *in, double shift, double *x)
{
    const size_t n = in->problem->n_var;
    double log_det;

    for (int i = 0; i < 30; i++) {
        const double here = determinant(in, x, shift, in->g, in->H);
        double share = 1.0, rise = 0.0;

        for (size_t a = 0; a < n; a++) { /* other variables stand still */
            in->H[a * (n + 1)] += in->H[a * (n + 1)] > 0.0 ? 0.0 : 1.0;
        }
        if (!mv_cholesky(n, in->H, &log_det)) {
            return;
        }
        memcpy(in->step, in->g, n * sizeof *in->step);
        mv_forward(n, in->H, 1, in->step);
        mv_backward(n, in->H, 1, in->step);
        for (size_t a = 0; a < n; a++) {
            rise += in->step[a] * in->g[a];
        }
        if (!(rise > 1e-12)) {
            return;
        }
        for (int halvings = 0; halvings < 40; halvings++, share *= 0.5) {
            for (size_t a = 0; a < n; a++) {
                in->start[a] = x[a] + share * in->step[a];
            }
            if (determinant(in, in->start, shift, NULL, NULL) >= here) {
                memcpy(x, in->start, n * sizeof *x);
                break;
            }
        }
    }
}

/* Correlations of the largest determinant, by a diagonal that is lowered to 1. 0: none is positive definite. */
static int find_centre(mv_interior *in, double *x)
{
    const size_t n = in->problem->n_var;
    double shift = 1.0;

    memset(x, 0, n * sizeof *x);
    while (!isfinite(determinant(in, x, shift, NULL, NULL))) {
        shift *= 2.0;
        if (shift > 1e3) {
            return 0;
        }
    }
    for (int i = 0; i < 60; i++) {
        double less = shift;

        centre_at(in, shift, x);
        if (isfinite(determinant(in, x, 0.0, NULL, NULL))) {
            centre_at(in, 0.0, x);
            return 1;
        }
        while (less > 1e-9 * shift && !isfinite(determinant(in, x, shift - less, NULL, NULL))) {
            less *= 0.5;
        }
        shift -= 0.9 * less;
        if (shift < 1e-9) {
            return 0;
        }
    }
    return 0;
}

int mv_interior_start(mv_interior *in, double *u)
{
    const tq_mv_problem *problem = in->problem;
    const size_t n = problem->n_var;
    double share = 0.9;

    if (!find_centre(in, in->centre)) {
        return 0;
    }
    for (int halvings = 0; halvings < 60; halvings++, share *= 0.7) {
        memcpy(in->x, in->centre, n * sizeof *in->x);
        for (size_t r = 0; r < problem->n_par; r++) {
            const mv_parameter *par = &problem->par[r];

            if (par->variable != MV_GIVEN && par->kind == MV_CORRELATION &&
                is_constrained(problem, par->term)) {
                const double middle = 0.5 * (par->lo + par->hi);
                const double wanted = middle + 0.5 * (par->hi - par->lo) * sin(u[par->variable]);

                in->x[par->variable] += share * (wanted - in->centre[par->variable]);
            }
        }
        if (isfinite(determinant(in, in->x, 0.0, NULL, NULL))) {
            break;
        }
    }
    for (size_t r = 0; r < problem->n_par; r++) {
        const mv_parameter *par = &problem->par[r];

        if (par->variable != MV_GIVEN && par->kind == MV_CORRELATION &&
            is_constrained(problem, par->term)) {
            u[par->variable] = mv_u_of(par, in->x[par->variable]);
        }
    }
    return 1;
}
