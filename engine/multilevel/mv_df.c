/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Degrees of freedom and the adjusted covariance of the coefficients.
 *
 * All of it is about how uncertain the covariance of the coefficients is. With Phi = (X'M^-1 X)^-1 its
 * derivative by parameter r is Phi (X'M^-1 D_r M^-1 X) Phi.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "multilevel/multilevel_internal.h"

typedef struct {
    const tq_mv_problem *problem;
    const mv_value *v;
    size_t p, m;   /* coefficients, variables of the search */
    double *C;     /* [m][p x p] derivatives of Phi, on the orthonormal design */
    double *W;     /* [m x m] covariance of the variables */
    double *x, *y; /* [p] */
    double *A, *B; /* [p x p] */
    double *room;
} uncertainty;

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* X'M^-1 D_r M^-1 X, the leading part of T1 (or T2), into out[p x p]. */
static void leading(const tq_mv_problem *problem, const double *T, double *out)
{
    for (size_t a = 0; a < problem->p; a++) {
        memcpy(out + a * problem->p, T + a * problem->c, problem->p * sizeof *out);
    }
}

/* C[a] = the sum over the parameters of variable a of their derivatives, times weight[r] (NULL: 1). */
static void find_derivatives(uncertainty *u, const double *weight)
{
    const size_t p = u->p, cc = u->problem->c * u->problem->c;

    memset(u->C, 0, u->m * p * p * sizeof *u->C);
    for (size_t r = 0; r < u->problem->n_par; r++) {
        const size_t a = u->problem->par[r].variable;

        if (a == MV_GIVEN) {
            continue;
        }
        leading(u->problem, u->v->sums.T1 + r * cc, u->A);
        tq_multiply(p, u->v->vb, u->A, u->B);
        tq_multiply(p, u->B, u->v->vb, u->A);
        for (size_t i = 0; i < p * p; i++) {
            u->C[a * p * p + i] += (weight ? weight[r] : 1.0) * u->A[i];
        }
    }
}

static int begin(const tq_mv_problem *problem, const mv_value *v, uncertainty *u)
{
    const size_t p = problem->p, m = problem->n_var;

    *u = (uncertainty){.problem = problem, .v = v, .p = p, .m = m};
    u->room = calloc(m * p * p + m * m + 2 * p + 2 * p * p + 1, sizeof *u->room);
    if (!u->room) {
        return 0;
    }
    u->C = u->room;
    u->W = u->C + m * p * p;
    u->x = u->W + m * m;
    u->y = u->x + p;
    u->A = u->y + p;
    u->B = u->A + p * p;
    return 1;
}

/* x = R^-T e_a: coefficient a of the design as given in terms of the orthonormal one. */
static void combination(const uncertainty *u, size_t a, double *x)
{
    const double *R = u->problem->R;
    const size_t p = u->p;

    for (size_t i = 0; i < p; i++) {
        double sum = i == a ? 1.0 : 0.0;

        for (size_t j = 0; j < i; j++) {
            sum -= R[j + i * p] * x[j];
        }
        x[i] = sum / R[i + i * p];
    }
}

/* Variance of the estimated variance of x'b. */
static double variance_of_variance(const uncertainty *u, const double *x)
{
    double sum = 0.0;

    for (size_t a = 0; a < u->m; a++) {
        for (size_t b = 0; b < u->m; b++) {
            sum += tq_bilinear(u->p, x, u->C + a * u->p * u->p, x) * u->W[a + b * u->m] *
                   tq_bilinear(u->p, x, u->C + b * u->p * u->p, x);
        }
    }
    return sum;
}

/* Satterthwaite (1946), Biometrics Bull. 2:110-114: the chi-square with the same two moments. */
static double satterthwaite(const uncertainty *u, const double *x)
{
    const double variance = tq_bilinear(u->p, x, u->v->vb, x), v = variance_of_variance(u, x);

    return fmin(v > 0.0 ? 2.0 * variance * variance / v : INFINITY, MV_ENDLESS);
}

/* ---- containment ---- */

/* Whether a column of X is constant within each group; first[n_groups] is scratch. */
static int is_constant(const tq_mv_model *model, size_t a, const tq_mv_term *t, double *first)
{
    for (size_t g = 0; g < t->n_groups; g++) {
        first[g] = NAN;
    }
    for (size_t i = 0; i < model->k; i++) {
        const double x = model->X ? model->X[i + a * model->k] : 1.0;
        double *of = &first[t->group[i]];

        if (isnan(*of)) {
            *of = x;
        } else if (*of != x) {
            return 0;
        }
    }
    return 1;
}

static tq_status contained(const tq_mv_problem *problem, tq_mv_fit *fit, tq_error *err)
{
    const tq_mv_model *model = problem->model;
    double *first = malloc((problem->k + 1) * sizeof *first);

    if (!first) {
        return no_memory(err);
    }
    for (size_t a = 0; a < fit->p; a++) {
        fit->df[a] = (double)(problem->k - fit->p);
        for (size_t t = 0; t < model->n_terms; t++) {
            if (is_constant(model, a, &model->term[t], first)) {
                fit->df[a] = fmin(fit->df[a], (double)model->term[t].n_groups - (double)fit->p);
            }
        }
        fit->df[a] = fmax(1.0, fit->df[a]);
    }
    free(first);
    return TQ_OK;
}

/* ---- Kenward-Roger ---- */

/* W = the inverse of the expected information on the components, of all that are estimated. */
static int expected_information(uncertainty *u)
{
    const tq_mv_problem *problem = u->problem;
    const size_t p = u->p, cc = problem->c * problem->c;
    double log_det;

    memset(u->W, 0, u->m * u->m * sizeof *u->W);
    for (size_t r = 0; r < problem->n_par; r++) {
        for (size_t s = 0; s < problem->n_par; s++) {
            const size_t a = problem->par[r].variable, b = problem->par[s].variable;

            if (a == MV_GIVEN || b == MV_GIVEN) {
                continue;
            }
            double trace = u->v->sums.trr[mv_pair(r, s)];

            leading(problem, u->v->sums.T2 + mv_pair(r, s) * cc, u->A);
            trace -= 2.0 * tq_trace_product(p, u->v->vb, u->A);
            leading(problem, u->v->sums.T1 + r * cc, u->A);
            tq_multiply(p, u->v->vb, u->A, u->B);
            tq_multiply(p, u->B, u->v->vb, u->A);
            leading(problem, u->v->sums.T1 + s * cc, u->B);
            u->W[a + b * u->m] += 0.5 * (trace + tq_trace_product(p, u->A, u->B));
        }
    }
    return tq_invert_spd(u->m, u->W, &log_det, NULL) == TQ_OK;
}

/* Phi_A = Phi + 2 Phi (sum W_rs (Q_rs - P_r Phi P_s)) Phi: Kenward & Roger (1997), eq. 3; the second
   derivatives of M by variances are 0. */
static void adjusted(uncertainty *u, double *out)
{
    const tq_mv_problem *problem = u->problem;
    const size_t p = u->p, pp = p * p, cc = problem->c * problem->c;
    const double *vb = u->v->vb;

    memset(out, 0, pp * sizeof *out);
    for (size_t r = 0; r < problem->n_par; r++) {
        for (size_t s = 0; s < problem->n_par; s++) {
            const size_t a = problem->par[r].variable, b = problem->par[s].variable;

            if (a == MV_GIVEN || b == MV_GIVEN) {
                continue;
            }
            const double w = u->W[a + b * u->m];

            leading(problem, u->v->sums.T2 + mv_pair(r, s) * cc, u->A);
            for (size_t i = 0; i < p; i++) {
                for (size_t j = 0; j < p; j++) {
                    out[i + j * p] += 0.5 * w * (u->A[i + j * p] + u->A[j + i * p]);
                }
            }
            leading(problem, u->v->sums.T1 + r * cc, u->A);
            tq_multiply(p, u->A, vb, u->B);
            leading(problem, u->v->sums.T1 + s * cc, u->A);
            for (size_t i = 0; i < p; i++) {
                for (size_t j = 0; j < p; j++) {
                    for (size_t l = 0; l < p; l++) {
                        out[i + j * p] -= w * u->B[i + l * p] * u->A[l + j * p];
                    }
                }
            }
        }
    }
    tq_multiply(p, vb, out, u->A);
    tq_multiply(p, u->A, vb, u->B);
    for (size_t i = 0; i < pp; i++) {
        out[i] = vb[i] + 2.0 * u->B[i];
    }
}

/* The covariance as reported, from one on the orthonormal design. */
static void to_user(const tq_mv_problem *problem, double *vb)
{
    for (size_t i = 0; i < problem->p * problem->p; i++) {
        vb[i] *= problem->unit;
    }
    tq_congruence_upper(problem->p, problem->R, vb);
}

static tq_status kenward_roger(uncertainty *u, tq_mv_fit *fit, tq_error *err)
{
    if (u->m > 0 && !expected_information(u)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "test kr: the data do not determine all components; leave one out");
    }
    find_derivatives(u, NULL);
    for (size_t a = 0; a < u->p; a++) {
        combination(u, a, u->x);
        fit->df[a] =
            satterthwaite(u, u->x); /* of Phi and W, as for one combination in their sec. 2 */
    }
    adjusted(u, fit->vb);
    to_user(u->problem, fit->vb);
    return TQ_OK;
}

/* ---- degrees of freedom ---- */

/* What other combinations of the coefficients need, in the user's units. */
static tq_status keep(const uncertainty *u, tq_mv_fit *fit, tq_error *err)
{
    const size_t pp = u->p * u->p, mm = u->m * u->m;

    fit->dvb = malloc((u->m * pp + 1) * sizeof *fit->dvb);
    fit->vdvb = malloc((mm + 1) * sizeof *fit->vdvb);
    if (!fit->dvb || !fit->vdvb) {
        return no_memory(err);
    }
    fit->n_uncertain = u->m;
    memcpy(fit->dvb, u->C, u->m * pp * sizeof *fit->dvb);
    memcpy(fit->vdvb, u->W, mm * sizeof *fit->vdvb);
    for (size_t a = 0; a < u->m; a++) {
        to_user(u->problem, fit->dvb + a * pp);
    }
    return TQ_OK;
}

tq_status mv_degrees_of_freedom(const tq_mv_problem *problem, const mv_value *v, const double *d1,
                                const mv_maximum *top, tq_mv_fit *fit, tq_error *err)
{
    uncertainty u;
    tq_status status = TQ_OK;

    for (size_t a = 0; a < fit->p; a++) {
        fit->df[a] = fit->test == TQ_MV_Z ? NAN : fmax(1.0, (double)(problem->k - problem->p));
    }
    if (fit->test == TQ_MV_Z || (fit->test == TQ_MV_T && fit->df_rule == TQ_MV_RESIDUAL)) {
        return TQ_OK;
    }
    if (fit->test == TQ_MV_T && fit->df_rule == TQ_MV_CONTAIN) {
        return contained(problem, fit, err);
    }
    if (!begin(problem, v, &u)) {
        return no_memory(err);
    }
    if (fit->test == TQ_MV_KR) {
        status = kenward_roger(&u, fit, err);
    } else {
        memcpy(u.W, top->hessian, u.m * u.m * sizeof *u.W);
        find_derivatives(&u, d1);
        for (size_t a = 0; a < fit->p; a++) {
            combination(&u, a, u.x);
            fit->df[a] = satterthwaite(&u, u.x);
        }
    }
    status = status == TQ_OK ? keep(&u, fit, err) : status;
    free(u.room);
    return status;
}
