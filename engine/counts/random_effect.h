/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file random_effect.h  A study's likelihood with its effect integrated out: theta ~ N(mu, tau2). */
#ifndef TQ_COUNTS_RANDOM_EFFECT_H
#define TQ_COUNTS_RANDOM_EFFECT_H

#include "core/gauss_hermite.h"
#include "counts/response.h"

/** A quadrature rule: log of each weight with exp(x^2 / 2), as adaptive quadrature needs them. */
typedef struct {
    size_t n;
    double x[TQ_HERMITE_MAX], log_w[TQ_HERMITE_MAX];
} tq_quadrature;

/** @retval TQ_EINVAL, TQ_ENOMEM as tq_gauss_hermite(). */
tq_status tq_quadrature_make(size_t n, tq_quadrature *rule, tq_error *err);

/** Variables that a study's marginal likelihood depends on. */
enum { TQ_MU, TQ_TAU, TQ_A, TQ_MARGINAL };

/** Marginal log-likelihood, its gradient and Hessian. */
typedef struct {
    double ll, g[TQ_MARGINAL], H[TQ_MARGINAL][TQ_MARGINAL];
} tq_marginal;

/**
 * log of the integral of exp(f(a, mu + tau z)) over z ~ N(0, 1), by adaptive Gauss-Hermite quadrature
 * (Pinheiro & Bates 1995, J. Comput. Graph. Stat. 4:12-35) around the mode of the integrand.
 * Derivatives are posterior moments on the same nodes (Louis 1982, J. R. Stat. Soc. B 44:226-233), so
 * they are those of the integral, not of its approximation.
 *
 * @param[in,out] mode  Where the search for the mode starts, and the mode: z, not theta.
 */
tq_marginal tq_marginal_at(const tq_quadrature *rule, tq_response_fn *f, const tq_count_study *s,
                           double mu, double tau, double a, double *mode);

/** The same with the intercept that maximises it: a starts at *a; ll, g and H are of the profile. */
tq_marginal tq_marginal_profile(const tq_quadrature *rule, tq_response_fn *f,
                                const tq_count_study *s, double mu, double tau, double *a,
                                double *mode);

#endif
