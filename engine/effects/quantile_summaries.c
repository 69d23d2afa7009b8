/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples reported by quantiles: checks, tests for skewness, and the estimates in closed form. */
#include "effects/quantile_summaries.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "core/gsl_quiet.h"
#include "effects/quantile_internal.h"

static const struct {
    const char *name, *source;
} methods[] = {
#define ROW(id, name, source) [id] = {name, source},
    TQ_QUANTILES_LIST(ROW)
#undef ROW
};
_Static_assert(sizeof methods / sizeof *methods == TQ_QUANTILES_COUNT, "a row per method");

static const char *const columns[QUANTILES] = {"min", "q1", "median", "q3", "max"};

tq_quantiles_options tq_quantiles_defaults(void)
{
    return (tq_quantiles_options){.method = TQ_QUANTILES_LUO_WAN_SHI, .dist = TQ_QUANTILES_NORMAL};
}

const char *tq_quantiles_method_name(tq_quantiles_method method)
{
    return (unsigned)method < TQ_QUANTILES_COUNT ? methods[method].name : NULL;
}

const char *tq_quantiles_method_source(tq_quantiles_method method)
{
    return (unsigned)method < TQ_QUANTILES_COUNT ? methods[method].source : NULL;
}

tq_quantiles_method tq_quantiles_method_find(const char *name)
{
    tq_quantiles_method m = 0;

    while (m < TQ_QUANTILES_COUNT && strcmp(methods[m].name, name) != 0) {
        m++;
    }
    return m;
}

/* Those that are there must be finite and in order. */
static tq_status check_order(const double *x, tq_error *err)
{
    int last = -1;

    for (int i = 0; i < QUANTILES; i++) {
        if (isnan(x[i])) {
            continue;
        }
        if (isinf(x[i])) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, columns[i], "value '%g' must be finite", x[i]);
        }
        if (last >= 0 && x[i] < x[last]) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, columns[i],
                           "value '%.15g' must be >= %s = %.15g", x[i], columns[last], x[last]);
        }
        last = i;
    }
    return TQ_OK;
}

/* Which case it is; the quantiles outside of it are taken away. */
static tq_status find_case(quantile_sample *s, tq_error *err)
{
    const int extremes = !isnan(s->x[AT_MIN]) && !isnan(s->x[AT_MAX]);
    const int quartiles = !isnan(s->x[AT_Q1]) && !isnan(s->x[AT_Q3]);

    if (isnan(s->x[AT_MEDIAN])) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, "median", "the median is missing");
    }
    if (!extremes && !quartiles) {
        /* The pair that is half there is the one that was meant. */
        const int half = !isnan(s->x[AT_MIN]) || !isnan(s->x[AT_MAX]);
        const int missing =
            half ? (isnan(s->x[AT_MIN]) ? AT_MIN : AT_MAX) : (isnan(s->x[AT_Q1]) ? AT_Q1 : AT_Q3);

        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, columns[missing],
                       "missing; with the median, min and max or q1 and q3 are needed");
    }
    s->given = !quartiles ? TQ_QUANTILES_S1 : extremes ? TQ_QUANTILES_S3 : TQ_QUANTILES_S2;
    if (!extremes) {
        s->x[AT_MIN] = s->x[AT_MAX] = NAN;
    }
    if (!quartiles) {
        s->x[AT_Q1] = s->x[AT_Q3] = NAN;
    }
    return TQ_OK;
}

static tq_status check_positive(const quantile_sample *s, const char *what, tq_error *err)
{
    for (int i = 0; i < QUANTILES; i++) {
        if (s->x[i] <= 0.0) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, columns[i], "value '%.15g' must be > 0 %s",
                           s->x[i], what);
        }
    }
    return TQ_OK;
}

static tq_status check_sample(const tq_quantiles *in, tq_quantiles_dist dist, quantile_sample *s,
                              tq_error *err)
{
    *s = (quantile_sample){.x = {in->min, in->q1, in->median, in->q3, in->max}, .n = in->n};
    if (dist != TQ_QUANTILES_NORMAL && dist != TQ_QUANTILES_LOGNORMAL) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown distribution %d", (int)dist);
    }
    if (!(in->n >= 3.0 && isfinite(in->n))) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, "n", "value '%.15g' must be >= 3", in->n);
    }
    tq_status status = check_order(s->x, err);

    if (status == TQ_OK) {
        status = find_case(s, err);
    }
    if (status != TQ_OK || dist == TQ_QUANTILES_NORMAL) {
        return status;
    }
    status = check_positive(s, "in a log-normal sample", err);
    for (int i = 0; i < QUANTILES && status == TQ_OK; i++) {
        s->x[i] = log(s->x[i]);
    }
    return status;
}

/* How far the median is from the middle of a pair, relative to half their distance. */
static double off_centre(double lo, double median, double hi)
{
    return hi > lo ? fabs((hi - median) - (median - lo)) / (hi - lo) : 0.0;
}

tq_status tq_quantiles_test_skewness(const tq_quantiles *in, tq_quantiles_dist dist,
                                     tq_quantiles_skewness *out, tq_error *err)
{
    quantile_sample s;
    const tq_status status = check_sample(in, dist, &s, err);

    if (status != TQ_OK) {
        return status;
    }
    const double n = s.n;
    const double extremes = off_centre(s.x[AT_MIN], s.x[AT_MEDIAN], s.x[AT_MAX]);
    const double quartiles = off_centre(s.x[AT_Q1], s.x[AT_MEDIAN], s.x[AT_Q3]);

    /* Shi et al. (2023), the approximations for each scenario. */
    switch (s.given) {
    case TQ_QUANTILES_S1:
        *out =
            (tq_quantiles_skewness){.stat = extremes, .crit = 1.0 / log(n + 9.0) + 2.5 / (n + 1.0)};
        break;
    case TQ_QUANTILES_S2:
        *out = (tq_quantiles_skewness){.stat = quartiles, .crit = 2.65 / sqrt(n) - 6.0 / (n * n)};
        break;
    case TQ_QUANTILES_S3:
        *out = (tq_quantiles_skewness){
            .stat = fmax(2.65 * log(0.6 * n) / sqrt(n) * extremes, quartiles),
            .crit = 3.0 / sqrt(n) - 40.0 / (n * n * n)};
        break;
    }
    out->skewed = out->stat >= out->crit;
    return TQ_OK;
}

double expected_extreme(double n)
{
    return gsl_cdf_ugaussian_Qinv(0.625 / (n + 0.25));
}

double expected_quartile(double n)
{
    return gsl_cdf_ugaussian_Qinv((0.25 * n + 0.375) / (n + 0.25));
}

static double middle_of(double a, double b)
{
    return 0.5 * a + 0.5 * b;
}

/* Luo et al. (2018): weights for the mid-range, the mid-quartile range and the median. */
double luo_mean(const quantile_sample *s)
{
    const double m = s->x[AT_MEDIAN];
    const double extremes = middle_of(s->x[AT_MIN], s->x[AT_MAX]) - m;
    const double quartiles = middle_of(s->x[AT_Q1], s->x[AT_Q3]) - m;
    const double n75 = pow(s->n, 0.75);

    switch (s->given) {
    case TQ_QUANTILES_S1:
        return m + 4.0 / (4.0 + n75) * extremes; /* eq. 7 */
    case TQ_QUANTILES_S2:
        return m + (0.7 + 0.39 / s->n) * quartiles; /* eq. 11 */
    default:
        return m + 2.2 / (2.2 + n75) * extremes +
               (0.7 - 0.72 / pow(s->n, 0.55)) * quartiles; /* eq. 15 */
    }
}

static double sd_of_extremes(const quantile_sample *s)
{
    return (s->x[AT_MAX] - s->x[AT_MIN]) / (2.0 * expected_extreme(s->n));
}

static double sd_of_quartiles(const quantile_sample *s)
{
    return (s->x[AT_Q3] - s->x[AT_Q1]) / (2.0 * expected_quartile(s->n));
}

double wan_sd(const quantile_sample *s)
{
    switch (s->given) {
    case TQ_QUANTILES_S1:
        return sd_of_extremes(s); /* Wan et al. (2014), eq. 9 */
    case TQ_QUANTILES_S2:
        return sd_of_quartiles(s); /* eq. 16 */
    default:
        return middle_of(sd_of_extremes(s), sd_of_quartiles(s)); /* eq. 13 */
    }
}

/* Shi et al. (2020), eq. 10: the weights of Wan's two estimates of S3 depend on n. */
static double shi_sd(const quantile_sample *s)
{
    if (s->given != TQ_QUANTILES_S3) {
        return wan_sd(s);
    }
    const double f = 0.07 * pow(s->n, 0.6), w = 1.0 / (1.0 + f);

    return w * sd_of_extremes(s) + f * w * sd_of_quartiles(s);
}

static quantile_pair hozo(const quantile_sample *s)
{
    const double a = s->x[AT_MIN], m = s->x[AT_MEDIAN], b = s->x[AT_MAX], n = s->n;
    const double skew = (b - m) - (m - a);
    quantile_pair e = {.mean = n <= 25.0 ? m + 0.25 * skew : m, .sd = (b - a) / 6.0};

    if (n <= 15.0) {
        e.sd = hypot(0.5 * skew, b - a) / sqrt(12.0); /* Hozo et al. (2005), eq. 12 */
    } else if (n <= 70.0) {
        e.sd = (b - a) / 4.0;
    }
    return e;
}

/* (min + 2 q1 + 2 median + 2 q3 + max)/8 */
static double bland_mean(const quantile_sample *s)
{
    const double m = s->x[AT_MEDIAN];

    return m + 0.25 * (middle_of(s->x[AT_MIN], s->x[AT_MAX]) - m) +
           0.5 * (middle_of(s->x[AT_Q1], s->x[AT_Q3]) - m);
}

/* Wan et al. (2014), eq. 3, 14 and 10. */
static double wan_mean(const quantile_sample *s)
{
    const double m = s->x[AT_MEDIAN];

    switch (s->given) {
    case TQ_QUANTILES_S1:
        return m + 0.5 * (middle_of(s->x[AT_MIN], s->x[AT_MAX]) - m);
    case TQ_QUANTILES_S2:
        return m + 2.0 / 3.0 * (middle_of(s->x[AT_Q1], s->x[AT_Q3]) - m);
    default:
        return bland_mean(s);
    }
}

/*
 * Bland (2015) bounds the sum of squares in each quarter of the sample by (n/4) times the squares of
 * its ends, and by n/4 times their product; halfway between, with y = x - mean of Bland,
 *
 *     sd^2 = sum over quarters (y1 + y2)^2 / 16,
 *
 * which needs no difference of large squares.
 */
static double bland_sd(const quantile_sample *s)
{
    const double mean = bland_mean(s);
    double sd = 0.0;

    for (int i = 0; i + 1 < QUANTILES; i++) {
        sd = hypot(sd, 0.25 * ((s->x[i] - mean) + (s->x[i + 1] - mean)));
    }
    return sd;
}

/* Bias corrections for a log-normal sample: Shi, Tong, Wang & Genton (2020), section 3, with the
   squared and the fourth power of the SD of the logarithms each estimated on its own. */
static const struct {
    double mean2, mean4;              /* correct the mean */
    double square2, square4, moment4; /* correct the square of the mean, and E x^2 */
} lognormal_bias[] = {
    [TQ_QUANTILES_S1] = {0.565, 0.37, 2.26, 1.48, 5.92},
    [TQ_QUANTILES_S2] = {0.57, 0.75, 2.28, 3.0, 12.0},
    [TQ_QUANTILES_S3] = {0.405, 0.315, 1.62, 1.26, 5.04},
};

static void unbiased_powers(tq_quantiles_case given, double sd, double n, double *s2, double *s4)
{
    const double logn2 = log(n) * log(n), square = sd * sd;

    switch (given) {
    case TQ_QUANTILES_S1:
        *s2 = square / (1.01 + 0.25 / logn2);
        *s4 = square * square / (1.0 + 2.23 / logn2);
        break;
    case TQ_QUANTILES_S2:
        *s2 = square / (1.0 + 1.58 / n);
        *s4 = square * square / (1.0 + 19.2 / pow(n, 1.2));
        break;
    case TQ_QUANTILES_S3:
        *s2 = square / (1.0 + 0.28 / logn2);
        *s4 = square * square / (1.0 + 3.93 / n);
        break;
    }
}

/*
 * From the mean mu and the SD of the logarithms:
 *
 *     mean = exp(mu + s2/2) / A,   sd^2 = exp(2 mu) (exp(2 s2)/B - exp(s2)/C);
 *
 * B and C differ only in their last term, so that the difference is taken without loss as
 * exp(2 mu + s2) (C expm1(s2) - (B - C)) / (B C).
 */
static quantile_pair lognormal_moments(const quantile_sample *s)
{
    const double mu = luo_mean(s), n = s->n;
    double s2 = NAN, s4 = NAN;

    unbiased_powers(s->given, shi_sd(s), n, &s2, &s4);
    const double A =
        1.0 + (lognormal_bias[s->given].mean2 * s2 + lognormal_bias[s->given].mean4 * s4) / n;
    const double C =
        1.0 + (lognormal_bias[s->given].square2 * s2 + lognormal_bias[s->given].square4 * s4) / n;
    const double excess =
        (lognormal_bias[s->given].moment4 - lognormal_bias[s->given].square4) * s4 / n;

    return (quantile_pair){
        .mean = exp(mu + 0.5 * s2) / A,
        .sd = exp(mu + 0.5 * s2) * sqrt((C * expm1(s2) - excess) / ((C + excess) * C)),
    };
}

static tq_status check_method(const quantile_sample *s, const tq_quantiles_options *opt,
                              tq_error *err)
{
    const char *name = methods[opt->method].name;

    switch (opt->method) {
    case TQ_QUANTILES_HOZO2005:
        if (s->given == TQ_QUANTILES_S2) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, "min", "method %s needs min and max", name);
        }
        return TQ_OK;
    case TQ_QUANTILES_BLAND2015:
        if (s->given != TQ_QUANTILES_S3) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, s->given == TQ_QUANTILES_S2 ? "min" : "q1",
                           "method %s needs all five quantiles", name);
        }
        return TQ_OK;
    case TQ_QUANTILES_MLN:
        if (s->n < 5.0) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, "n", "value '%.15g' must be >= 5 for %s", s->n,
                           name);
        }
        return check_positive(s, "for a Box-Cox transformation", err);
    case TQ_QUANTILES_BC:
        return check_positive(s, "for a Box-Cox transformation", err);
    default:
        return TQ_OK;
    }
}

static tq_status estimate(const quantile_sample *s, const tq_quantiles_options *opt,
                          tq_quantiles_moments *m, tq_error *err)
{
    const double first = s->given == TQ_QUANTILES_S2 ? s->x[AT_Q1] : s->x[AT_MIN];
    const double last = s->given == TQ_QUANTILES_S2 ? s->x[AT_Q3] : s->x[AT_MAX];
    quantile_pair e = {.mean = s->x[AT_MEDIAN], .sd = 0.0};

    if (opt->dist == TQ_QUANTILES_LOGNORMAL) {
        e = lognormal_moments(s);
    } else if (last > first) {
        switch (opt->method) {
        case TQ_QUANTILES_HOZO2005:
            e = hozo(s);
            break;
        case TQ_QUANTILES_WAN2014:
            e = (quantile_pair){wan_mean(s), wan_sd(s)};
            break;
        case TQ_QUANTILES_BLAND2015:
            e = (quantile_pair){bland_mean(s), bland_sd(s)};
            break;
        case TQ_QUANTILES_QE:
            return quantiles_fit(s, m, err);
        case TQ_QUANTILES_BC:
            return quantiles_box_cox(s, m, err);
        case TQ_QUANTILES_MLN:
            return quantiles_likelihood(s, m, err);
        default:
            e = (quantile_pair){luo_mean(s), shi_sd(s)};
        }
    }
    m->mean = e.mean;
    m->sd = e.sd;
    return TQ_OK;
}

tq_status tq_quantiles_estimate(const tq_quantiles *in, const tq_quantiles_options *opt,
                                tq_quantiles_moments *out, tq_error *err)
{
    const tq_quantiles_options defaults = tq_quantiles_defaults();
    quantile_sample s;

    if (!opt) {
        opt = &defaults;
    }
    if ((unsigned)opt->method >= TQ_QUANTILES_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown method %d", (int)opt->method);
    }
    if (opt->dist == TQ_QUANTILES_LOGNORMAL && opt->method != TQ_QUANTILES_LUO_WAN_SHI) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s does not take a log-normal sample; %s does",
                       methods[opt->method].name, methods[TQ_QUANTILES_LUO_WAN_SHI].name);
    }
    tq_status status = check_sample(in, opt->dist, &s, err);

    if (status == TQ_OK) {
        status = check_method(&s, opt, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    tq_quantiles_moments m = {
        .mean = NAN, .sd = NAN, .given = s.given, .fitted = NULL, .lambda = NAN, .why = NULL};

    tq_gsl_quiet();
    status = estimate(&s, opt, &m, err);
    if (status != TQ_OK) {
        return status;
    }
    if (!m.why && !(isfinite(m.mean) && isfinite(m.sd))) {
        m.mean = m.sd = NAN;
        m.why = "the mean or the standard deviation is out of range";
    }
    *out = m;
    return TQ_OK;
}
