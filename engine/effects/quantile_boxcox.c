/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Samples that a power makes normal. With x in units of the median and u = log x the transformed
 * values are
 *
 *     y = (x^lambda - 1)/lambda = expm1(lambda u)/lambda,   lambda >= 0, y = u at lambda = 0
 *
 * (Box & Cox 1964, J. R. Stat. Soc. B 26:211-252); the median is 0 for every lambda, and a change
 * of the unit of x changes nothing.
 */
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>

#include "core/gauss_legendre.h"
#include "effects/quantile_internal.h"
#include "optim/root.h"

/* Greatest powers of the Box-Cox method and of maximum likelihood, as in the authors' software: far
   above the least values hardly count. */
#define BOX_COX_MAX 3.0
#define LIKELIHOOD_MAX 10.0
/* A normal variable never leaves +-38 in doubles; its density there is below 1e-313. */
#define FAR 38.0

static double transformed(double u, double lambda)
{
    return lambda > 0.0 ? expm1(lambda * u) / lambda : u;
}

/* The sample of y. */
static quantile_sample transform(const quantile_sample *u, double lambda)
{
    quantile_sample y = *u;

    for (int i = 0; i < QUANTILES; i++) {
        y.x[i] = transformed(u->x[i], lambda);
    }
    return y;
}

/* Logarithms of the sample in units of its median. */
static quantile_sample logs_of(const quantile_sample *s)
{
    quantile_sample u = *s;

    for (int i = 0; i < QUANTILES; i++) {
        u.x[i] = log(s->x[i] / s->x[AT_MEDIAN]);
    }
    return u;
}

/* Moments of x - 1 under the density exp(-z^2/2), x = (1 + lambda (mu + sd z))^(1/lambda); about 1,
   the median, so that a small SD is no difference of large numbers. */
typedef struct {
    double mass, first, second;
} raw_moments;

static void add_panel(double lo, double hi, double lambda, double mu, double sd, raw_moments *sum)
{
    const double centre = 0.5 * (lo + hi), half = 0.5 * (hi - lo);

    for (int i = 0; i < 2 * TQ_GAUSS_PAIRS; i++) {
        const tq_gauss_pair *node = &tq_gauss_pairs[i / 2];
        const double z = centre + (i % 2 ? half : -half) * node->x;
        const double w = half * node->weight * exp(-0.5 * z * z);
        const double x = expm1(log1p(fmax(-1.0, lambda * (mu + sd * z))) / lambda);

        sum->mass += w;
        sum->first += w * x;
        sum->second += w * x * x;
    }
}

/*
 * Over -end..end in panels of at most half an SD. Towards the lower end, where x may be 0 and then
 * not be smooth, each panel is half as wide as the one above it.
 */
static raw_moments integrate(double end, double lambda, double mu, double sd)
{
    raw_moments sum = {0.0, 0.0, 0.0};
    double width = ldexp(0.5, -40), done = 0.0;

    while (done < 2.0 * end) {
        const double next = fmin(done + width, 2.0 * end);

        add_panel(done - end, next - end, lambda, mu, sd, &sum);
        width = fmin(0.5, next);
        done = next;
    }
    return sum;
}

/*
 * Mean and SD of x for a normal y, less where x would be negative, 1 + lambda y < 0, and the mirror
 * image of that part above the mean: McGrath et al. (2020).
 */
static quantile_pair moments_of(double lambda, double mu, double sd)
{
    /* Below this power x differs from exp(y) by less than rounding, at any y that matters. */
    if (lambda * gsl_pow_2(FAR * sd) < 1e-16) {
        const double mean = exp(mu + 0.5 * sd * sd);

        return (quantile_pair){mean, mean * sqrt(expm1(sd * sd))};
    }
    const double end = fmin(FAR, (1.0 + lambda * mu) / (lambda * sd));
    const raw_moments sum = integrate(end, lambda, mu, sd);
    const double first = sum.first / sum.mass;

    return (quantile_pair){1.0 + first, sqrt(sum.second / sum.mass - first * first)};
}

static tq_status finish(double lambda, double mu, double sd, double unit, tq_quantiles_moments *out)
{
    out->lambda = lambda;
    if (!(1.0 + lambda * mu > 0.0)) {
        out->why = "the transformed sample lies where its power has no inverse";
        return TQ_OK;
    }
    const quantile_pair x = moments_of(lambda, mu, sd);

    out->mean = unit * x.mean;
    out->sd = unit * x.sd;
    return TQ_OK;
}

typedef struct {
    double lower, upper; /* u of a pair about the median; lower < 0 < upper */
} log_distances;

/* How much farther above the median than below it the pair is: increases with lambda. */
static double asymmetry(double lambda, double *slope, void *context)
{
    const log_distances *d = context;

    *slope = NAN;
    return transformed(d->upper, lambda) + transformed(d->lower, lambda);
}

/*
 * The power in range that makes a pair symmetric, or the end of the range that is nearer to it. As x
 * is positive below the median, expm1(lambda upper) < 1, or lambda < log 2 / upper.
 */
static tq_status symmetric_power(log_distances d, double *lambda, tq_error *err)
{
    const tq_root_options opt = {.tol = 1e-14, .scale = 1e-3, .max_iter = 500};
    const double hi = fmin(BOX_COX_MAX, M_LN2 / d.upper);
    double slope = NAN;
    const double f_lo = asymmetry(0.0, &slope, &d), f_hi = asymmetry(hi, &slope, &d);

    if (f_lo >= 0.0) {
        *lambda = 0.0;
        return TQ_OK;
    }
    if (f_hi <= 0.0) {
        *lambda = hi;
        return TQ_OK;
    }
    return tq_root_find(asymmetry, &d, 0.0, f_lo, hi, f_hi, &opt, lambda, NULL) == TQ_OK
               ? TQ_OK
               : tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                         "no power makes the quantiles symmetric");
}

/* Sum of (ratio - 1)^2 of the distances above and below the median. */
static double ratio_excess(const double *lambda, void *context)
{
    const quantile_sample *u = context;
    const quantile_sample y = transform(u, *lambda);

    return gsl_pow_2(y.x[AT_Q3] / -y.x[AT_Q1] - 1.0) + gsl_pow_2(y.x[AT_MAX] / -y.x[AT_MIN] - 1.0);
}

static int median_between(const quantile_sample *u)
{
    const double lower = u->given == TQ_QUANTILES_S1 ? u->x[AT_MIN] : u->x[AT_Q1];
    const double upper = u->given == TQ_QUANTILES_S1 ? u->x[AT_MAX] : u->x[AT_Q3];

    return lower < 0.0 && upper > 0.0;
}

/* Each ratio increases with lambda, so that the best power lies between those of the two pairs. */
static tq_status find_power(quantile_sample *u, double *lambda, tq_error *err)
{
    const log_distances extremes = {u->x[AT_MIN], u->x[AT_MAX]};
    const log_distances quartiles = {u->x[AT_Q1], u->x[AT_Q3]};
    double other = NAN, least = NAN;
    tq_status status =
        symmetric_power(u->given == TQ_QUANTILES_S1 ? extremes : quartiles, lambda, err);

    if (u->given != TQ_QUANTILES_S3 || status != TQ_OK) {
        return status;
    }
    status = symmetric_power(extremes, &other, err);
    if (status != TQ_OK || *lambda == other) {
        return status;
    }
    return minimise_line(ratio_excess, u, fmin(*lambda, other), fmax(*lambda, other), lambda,
                         &least, err);
}

tq_status quantiles_box_cox(const quantile_sample *s, tq_quantiles_moments *out, tq_error *err)
{
    quantile_sample u = logs_of(s);
    double lambda = NAN;

    if (!median_between(&u)) {
        out->why = "the median is not strictly between its neighbours";
        return TQ_OK;
    }
    const tq_status status = find_power(&u, &lambda, err);

    if (status != TQ_OK) {
        return status;
    }
    const quantile_sample y = transform(&u, lambda);

    return finish(lambda, luo_mean(&y), wan_sd(&y), s->x[AT_MEDIAN], out);
}

/* log P(a < Z < b) from the tail that both are nearer to. */
static double log_between(double a, double b)
{
    return log(a > 0.0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b)
                       : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a));
}

/* m log p, where no observation lies (m = 0) whatever p is. */
static double times_log(double m, double log_p)
{
    return m > 0.0 ? m * log_p : 0.0;
}

/*
 * Log density of the order statistics with the ranks 1, [n/4] + 1, [n/2] + 1, [3n/4] + 1 and n, as
 * far as they are there, but for a constant. The densities of x, not of y: with the derivative
 * x^(lambda - 1) powers can be compared, and the unit of x does not matter.
 */
static double log_likelihood(const quantile_sample *u, double lambda, double mu, double sd)
{
    const double n = u->n;
    const double rank[QUANTILES] = {1.0, floor(0.25 * n) + 1.0, floor(0.5 * n) + 1.0,
                                    floor(0.75 * n) + 1.0, n};
    double sum = 0.0, rank_before = 0.0, z_before = -HUGE_VAL;

    for (int i = 0; i < QUANTILES; i++) {
        if (isnan(u->x[i])) {
            continue;
        }
        const double z = (transformed(u->x[i], lambda) - mu) / sd;

        sum += times_log(rank[i] - rank_before - 1.0, log_between(z_before, z));
        sum += -0.5 * z * z - log(sd) + lambda * u->x[i];
        rank_before = rank[i];
        z_before = z;
    }
    return sum + times_log(n - rank_before, log_between(z_before, HUGE_VAL));
}

static double loss(double log_lik)
{
    return isnan(log_lik) ? HUGE_VAL : -log_lik;
}

static double loss_of_power(const double *lambda, void *context)
{
    const quantile_sample *u = context;
    const quantile_sample y = transform(u, *lambda);

    return loss(log_likelihood(u, *lambda, luo_mean(&y), wan_sd(&y)));
}

typedef struct {
    const quantile_sample *u;
    double lambda, mu, sd; /* x = {(mean - mu)/sd, log(SD/sd)} */
} normal_start;

static double loss_of_normal(const double *x, void *context)
{
    const normal_start *at = context;

    return loss(log_likelihood(at->u, at->lambda, at->mu + at->sd * x[0], at->sd * exp(x[1])));
}

tq_status quantiles_likelihood(const quantile_sample *s, tq_quantiles_moments *out, tq_error *err)
{
    quantile_sample u = logs_of(s);
    const double step[2] = {0.1, 0.1};
    double lambda = NAN, least = NAN, x[2] = {0.0, 0.0};

    if (!median_between(&u)) {
        out->why = "the median is not strictly between its neighbours";
        return TQ_OK;
    }
    tq_status status = minimise_line(loss_of_power, &u, 0.0, LIKELIHOOD_MAX, &lambda, &least, err);

    if (status != TQ_OK) {
        return status;
    }
    const quantile_sample y = transform(&u, lambda);
    normal_start at = {.u = &u, .lambda = lambda, .mu = luo_mean(&y), .sd = wan_sd(&y)};

    status = minimise_plane(loss_of_normal, &at, x, step, &least, err);
    return status == TQ_OK
               ? finish(lambda, at.mu + at.sd * x[0], at.sd * exp(x[1]), s->x[AT_MEDIAN], out)
               : status;
}
