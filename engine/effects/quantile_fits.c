/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Quantile estimation: McGrath et al. (2020), Stat. Methods Med. Res. 29:2520-2537. Distributions
 * are fitted to the quantiles by least squares; the one that fits best gives mean and SD.
 */
#include <float.h>
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "effects/quantile_internal.h"

/* The quantiles that are there, in a unit in which the farthest from 0 is +-1. */
typedef struct {
    size_t k;
    double x[QUANTILES];
    double lower[QUANTILES], upper[QUANTILES]; /* P(X <= x) and P(X > x) */
    double unit;
} quantile_points;

static quantile_points points_of(const quantile_sample *s)
{
    const double tail[QUANTILES] = {1.0 / s->n, 0.25, 0.5, 0.25, 1.0 / s->n};
    quantile_points q = {.k = 0};

    for (int i = 0; i < QUANTILES; i++) {
        if (!isnan(s->x[i])) {
            q.x[q.k] = s->x[i];
            q.lower[q.k] = i <= AT_MEDIAN ? tail[i] : 1.0 - tail[i];
            q.upper[q.k] = i < AT_MEDIAN ? 1.0 - tail[i] : tail[i];
            q.k++;
        }
    }
    q.unit = fmax(fabs(q.x[0]), fabs(q.x[q.k - 1]));
    for (size_t i = 0; i < q.k; i++) {
        q.x[i] /= q.unit;
    }
    return q;
}

static double normal_quantile(double lower, double upper)
{
    return lower < upper ? gsl_cdf_ugaussian_Pinv(lower) : gsl_cdf_ugaussian_Qinv(upper);
}

/*
 * x = mu + sigma z with z symmetric about 0, so that the least squares are mu = mean(x) and
 * sigma = sum(z x)/sum(z^2), which is >= 0 because x is in order.
 */
static quantile_pair fit_normal(const quantile_points *q, double *sum)
{
    double mu = 0.0, zz = 0.0, zx = 0.0;

    for (size_t i = 0; i < q->k; i++) {
        mu += q->x[i] / (double)q->k;
    }
    for (size_t i = 0; i < q->k; i++) {
        const double z = normal_quantile(q->lower[i], q->upper[i]);

        zz += z * z;
        zx += z * (q->x[i] - mu);
    }
    const double sigma = zx / zz;

    *sum = 0.0;
    for (size_t i = 0; i < q->k; i++) {
        const double z = normal_quantile(q->lower[i], q->upper[i]);

        *sum += gsl_pow_2(mu + sigma * z - q->x[i]);
    }
    return (quantile_pair){mu, sigma};
}

/* A family on the positive numbers with a scale: its quantiles and moments for the scale 1. */
typedef struct {
    const char *name;
    double (*quantile)(double shape, double lower, double upper);
    quantile_pair (*moments)(double shape);
    double shape_power; /* the shape is about (factor / SD of log x)^power */
    double shape_factor;
} scale_family;

static double lognormal_quantile(double shape, double lower, double upper)
{
    return exp(shape * normal_quantile(lower, upper));
}

static quantile_pair lognormal_moments(double shape)
{
    const double mean = exp(0.5 * shape * shape);

    return (quantile_pair){mean, mean * sqrt(expm1(shape * shape))};
}

/* GSL stops at about nine digits: one Newton step more where it is small. */
static double polished(double x, double excess, double density)
{
    const double step = excess / density;

    return fabs(step) <= 1e-3 * x ? x - step : x;
}

/*
 * Cornish & Fisher's expansion in z, as for chi-square in Goldberg & Levine (1946), Ann. Math. Stat.
 * 17:216-225; what is left out is of order shape^(-5/2), under 1e-12 of x at the shapes it serves,
 * where GSL takes long or fails.
 */
static double wide_gamma_quantile(double shape, double z)
{
    const double r = 1.0 / sqrt(shape), z2 = z * z;
    const double first = (z2 - 1.0) / 3.0, second = z * (z2 - 7.0) / 36.0;
    const double third = -((3.0 * z2 + 7.0) * z2 - 16.0) / 810.0;
    const double fourth = z * ((9.0 * z2 + 256.0) * z2 - 433.0) / 38880.0;
    const double fifth = (((12.0 * z2 - 243.0) * z2 - 923.0) * z2 + 1472.0) / 204120.0;

    return shape + z / r + first + r * (second + r * (third + r * (fourth + r * fifth)));
}

static double gamma_quantile(double shape, double lower, double upper)
{
    if (shape > 1000.0) {
        return wide_gamma_quantile(shape, normal_quantile(lower, upper));
    }
    if (lower < upper) {
        const double x = gsl_cdf_gamma_Pinv(lower, shape, 1.0);

        return polished(x, gsl_cdf_gamma_P(x, shape, 1.0) - lower,
                        gsl_ran_gamma_pdf(x, shape, 1.0));
    }
    const double x = gsl_cdf_gamma_Qinv(upper, shape, 1.0);

    return polished(x, upper - gsl_cdf_gamma_Q(x, shape, 1.0), gsl_ran_gamma_pdf(x, shape, 1.0));
}

static quantile_pair gamma_moments(double shape)
{
    return (quantile_pair){shape, sqrt(shape)};
}

static double weibull_quantile(double shape, double lower, double upper)
{
    return pow(lower < upper ? -log1p(-lower) : -log(upper), 1.0 / shape);
}

static quantile_pair weibull_moments(double shape)
{
    const double first = lgamma(1.0 + 1.0 / shape), second = lgamma(1.0 + 2.0 / shape);

    return (quantile_pair){exp(first), exp(first) * sqrt(expm1(second - 2.0 * first))};
}

/* log x has the SD sigma, about 1/sqrt(shape), and pi / (sqrt(6) shape). */
static const scale_family families[] = {
    {"log-normal", lognormal_quantile, lognormal_moments, -1.0, 1.0},
    {"gamma", gamma_quantile, gamma_moments, 2.0, 1.0},
    {"Weibull", weibull_quantile, weibull_moments, 1.0, 1.2825498301618641}, /* pi / sqrt(6) */
};

typedef struct {
    const scale_family *family;
    const quantile_points *q;
    double scale; /* the best one for the shape tried last */
} scale_fit;

/*
 * The sum of squares at its best scale. Quantiles are the scale times those of the scale 1, g, so
 * that the scale is linear and drops out: sum(g x)/sum(g^2) (Golub & Pereyra 1973, SIAM J. Numer.
 * Anal. 10:413-432).
 */
static double sum_at_shape(const double *log_shape, void *context)
{
    scale_fit *fit = context;
    const quantile_points *q = fit->q;
    double g[QUANTILES], gg = 0.0, gx = 0.0, sum = 0.0;

    for (size_t i = 0; i < q->k; i++) {
        g[i] = fit->family->quantile(exp(*log_shape), q->lower[i], q->upper[i]);
        gg += g[i] * g[i];
        gx += g[i] * q->x[i];
    }
    fit->scale = gx / gg;
    for (size_t i = 0; i < q->k; i++) {
        sum += gsl_pow_2(fit->scale * g[i] - q->x[i]);
    }
    return isfinite(sum) ? sum : HUGE_VAL;
}

/* SD of log x above the median, where least squares see most, or below it where all above is equal
   to the median. */
static double sd_of_logs(const quantile_points *q)
{
    const size_t middle = q->k / 2, end = q->x[q->k - 1] > q->x[middle] ? q->k - 1 : 0;

    return log(q->x[end] / q->x[middle]) / normal_quantile(q->lower[end], q->upper[end]);
}

/* Searched as far as a factor of 8 in the SD of log x on either side of the first guess. */
static tq_status fit_family(const scale_family *family, const quantile_points *q,
                            quantile_pair *moments, double *sum)
{
    const double guess = family->shape_power * log(family->shape_factor / sd_of_logs(q));
    const double width = fabs(family->shape_power) * log(8.0);
    scale_fit fit = {family, q, NAN};
    double log_shape = guess;
    const tq_status status =
        minimise_line(sum_at_shape, &fit, guess - width, guess + width, &log_shape, sum, NULL);

    if (status != TQ_OK) {
        return status;
    }
    (void)sum_at_shape(&log_shape, &fit); /* the scale that belongs to it */
    *moments = family->moments(exp(log_shape));
    moments->mean *= fit.scale;
    moments->sd *= fit.scale;
    return TQ_OK;
}

static double beta_quantile(double a, double b, double lower, double upper)
{
    if (lower < upper) {
        const double x = gsl_cdf_beta_Pinv(lower, a, b);

        return polished(x, gsl_cdf_beta_P(x, a, b) - lower, gsl_ran_beta_pdf(x, a, b));
    }
    const double x = gsl_cdf_beta_Qinv(upper, a, b);

    return polished(x, upper - gsl_cdf_beta_Q(x, a, b), gsl_ran_beta_pdf(x, a, b));
}

static double sum_of_beta(const double *log_shapes, void *context)
{
    const quantile_points *q = context;
    const double a = exp(log_shapes[0]), b = exp(log_shapes[1]);
    double sum = 0.0;

    for (size_t i = 0; i < q->k; i++) {
        sum += gsl_pow_2(beta_quantile(a, b, q->lower[i], q->upper[i]) / q->unit - q->x[i]);
    }
    return isfinite(sum) ? sum : HUGE_VAL;
}

/* Starts at the moments of the normal fit where a beta distribution has such, else at the uniform. */
static tq_status fit_beta(quantile_points *q, quantile_pair normal, quantile_pair *moments,
                          double *sum)
{
    const double m = q->unit * normal.mean, var = gsl_pow_2(q->unit * normal.sd);
    const double size = m * (1.0 - m) / var - 1.0, step[2] = {0.25, 0.25};
    double x[2] = {0.0, 0.0};

    if (size > 0.0 && m > 0.0 && m < 1.0) {
        x[0] = log(m * size);
        x[1] = log((1.0 - m) * size);
    }
    const tq_status status = minimise_plane(sum_of_beta, q, x, step, sum, NULL);
    const double a = exp(x[0]), b = exp(x[1]);

    *moments =
        (quantile_pair){a / (a + b) / q->unit, sqrt(a * b / (a + b + 1.0)) / (a + b) / q->unit};
    return status;
}

/* The best of the fits so far, in the unit of the points. */
typedef struct {
    const char *name;
    quantile_pair moments;
    double sum;
} best_fit;

/* A family that does not converge has not fitted; only a lack of memory ends the search. */
static tq_status keep_better(best_fit *best, tq_status status, const char *name,
                             quantile_pair moments, double sum, tq_error *err)
{
    if (status == TQ_OK && sum < best->sum && isfinite(moments.mean) && isfinite(moments.sd)) {
        *best = (best_fit){name, moments, sum};
    }
    return status == TQ_ENOMEM ? tq_fail(err, status, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
}

static tq_status fit_positive(const quantile_points *q, best_fit *best, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; i < sizeof families / sizeof *families && status == TQ_OK; i++) {
        quantile_pair moments = {NAN, NAN};
        double sum = HUGE_VAL;

        status = fit_family(&families[i], q, &moments, &sum);
        status = keep_better(best, status, families[i].name, moments, sum, err);
    }
    return status;
}

tq_status quantiles_fit(const quantile_sample *s, tq_quantiles_moments *out, tq_error *err)
{
    quantile_points q = points_of(s);
    const double first = q.x[0], middle = q.x[q.k / 2], last = q.x[q.k - 1];
    double sum = HUGE_VAL;
    const quantile_pair normal = fit_normal(&q, &sum);
    best_fit best = {"normal", normal, sum};
    tq_status status = TQ_OK;

    /* Only the lowest value may be 0, and then not be the only one that differs from the median. */
    if (first > 0.0 || (first == 0.0 && q.x[1] > 0.0 && last > middle)) {
        status = fit_positive(&q, &best, err);
    }
    if (status == TQ_OK && first >= 0.0 && last * q.unit <= 1.0) {
        quantile_pair moments = {NAN, NAN};

        status = fit_beta(&q, normal, &moments, &sum);
        status = keep_better(&best, status, "beta", moments, sum, err);
    }
    out->mean = best.moments.mean * q.unit;
    out->sd = best.moments.sd * q.unit;
    out->fitted = best.name;
    return status;
}
