/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of back-transforms. */
#include "effects/transform.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>

#include "core/names.h"

static double identity(double y, double n)
{
    (void)n;
    return y;
}

static double exponential(double y, double n)
{
    (void)n;
    return exp(y);
}

/* 1 / (1 + exp(-y)), written so that exp never overflows. */
static double inverse_logit(double y, double n)
{
    (void)n;
    if (y < 0.0) {
        const double e = exp(y);

        return e / (1.0 + e);
    }
    return 1.0 / (1.0 + exp(-y));
}

static double inverse_probit(double y, double n)
{
    (void)n;
    return gsl_cdf_ugaussian_P(y);
}

static double inverse_fisher_z(double y, double n)
{
    (void)n;
    return tanh(y);
}

/* A pooled value or a limit may leave the range of the transform: it stops at the end it passed. */
static double inverse_arcsine(double y, double n)
{
    (void)n;
    if (y <= 0.0) {
        return 0.0;
    }
    return y >= M_PI_2 ? 1.0 : sin(y) * sin(y);
}

/*
 * Inverse of  y = (asin sqrt(x / (n + 1)) + asin sqrt((x + 1) / (n + 1))) / 2,  Miller (1978),
 * Am. Stat. 32:138. Below the y of x = 0 it is 0, above the y of x = n it is 1.
 */
static double inverse_freeman_tukey(double y, double n)
{
    if (!(n > 0.0) || isnan(y)) {
        return NAN;
    }
    /* The y of x = 0; that of x = n is its mirror image in pi / 4. */
    const double least = 0.5 * atan2(1.0, sqrt(n));

    if (y <= least) {
        return 0.0;
    }
    if (y >= M_PI_2 - least) {
        return 1.0;
    }
    const double s = sin(2.0 * y), r = s + (s - 1.0 / s) / n;
    const double half = 0.5 * sqrt(fmax(0.0, (1.0 - r) * (1.0 + r)));

    return cos(2.0 * y) < 0.0 ? 0.5 + half : 0.5 - half;
}

/* Bonett (2002), J. Educ. Behav. Stat. 27:335-340: y = -log(1 - alpha). */
static double inverse_bonett(double y, double n)
{
    (void)n;
    return -expm1(-y);
}

/* Hakstian & Whalen (1976), Psychometrika 41:219-231: y = 1 - (1 - alpha)^(1/3). */
static double inverse_hakstian_whalen(double y, double n)
{
    (void)n;
    return 1.0 - gsl_pow_3(1.0 - y);
}

static double square(double y, double n)
{
    (void)n;
    return y <= 0.0 ? 0.0 : y * y;
}

/* Fisher's z of a multiple correlation, which is not negative, back to its square. */
static double inverse_fisher_z_squared(double y, double n)
{
    (void)n;
    return y <= 0.0 ? 0.0 : tanh(y) * tanh(y);
}

/*
 * Inverse of  y = (sqrt(r) + sqrt(r + 1/t)) / 2  for a rate r over the person-time t: with z = 2y,
 * sqrt(r) = (z - 1/(t z)) / 2. Below the y of r = 0 it is 0.
 */
static double inverse_freeman_tukey_rate(double y, double t)
{
    if (!(t > 0.0)) {
        return NAN;
    }
    const double z = 2.0 * y, root = 0.5 * (z - 1.0 / (t * z));

    return z > 0.0 && root > 0.0 ? root * root : 0.0;
}

/* Percent of cases that a vaccine prevents, 100 (1 - RR), from log(RR). */
static double vaccine_efficacy(double y, double n)
{
    (void)n;
    return -100.0 * expm1(y);
}

static const tq_transform transforms[] = {
    {"none", "no transformation", 0, identity, 0},
    {"exp", "exponential", 1, exponential, 0},
    {"ilogit", "inverse logit", 0, inverse_logit, 0},
    {"iprobit", "inverse probit", 0, inverse_probit, 0},
    {"itanh", "inverse Fisher z", 0, inverse_fisher_z, 0},
    {"itanh2", "inverse Fisher z, squared", 0, inverse_fisher_z_squared, 0},
    {"iarcsin", "inverse arcsine square root", 0, inverse_arcsine, 0},
    {"ift", "inverse Freeman-Tukey double arcsine", 0, inverse_freeman_tukey, 0},
    {"iirft", "inverse Freeman-Tukey rate", 0, inverse_freeman_tukey_rate, 0},
    {"iabt", "inverse Bonett", 0, inverse_bonett, 0},
    {"iahw", "inverse Hakstian-Whalen", 0, inverse_hakstian_whalen, 0},
    {"sqr", "square", 0, square, 0},
    {"ive", "vaccine efficacy in percent", 0, vaccine_efficacy, 1},
};

enum { N_TRANSFORMS = sizeof transforms / sizeof *transforms };

const tq_transform *tq_transform_at(size_t i)
{
    return i < N_TRANSFORMS ? &transforms[i] : NULL;
}

const tq_transform *tq_transform_find(const char *name)
{
    for (size_t i = 0; i < N_TRANSFORMS; i++) {
        if (strcmp(transforms[i].name, name) == 0) {
            return &transforms[i];
        }
    }
    return NULL;
}

static const char *name_at(const void *table, size_t i)
{
    (void)table;
    return i < N_TRANSFORMS ? transforms[i].name : NULL;
}

const char *tq_transform_nearest(const char *name)
{
    return tq_nearest_name(name, name_at, NULL);
}

double tq_transform_apply(const tq_transform *t, double y, double n)
{
    return isnan(y) ? y : t->apply(y, n);
}
