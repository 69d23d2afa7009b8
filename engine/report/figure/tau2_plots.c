/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the data say about tau2: its profile likelihood (Hardy & Thompson 1996, Stat. Med. 15:619-629) and
 * the generalised Q statistic along it (Viechtbauer 2007, Stat. Med. 26:37-52).
 */
#include <math.h>

#include "core/distributions.h"
#include "report/figure/plot_internal.h"
#include "report/tau2_profile.h"

enum { GRID = 201 };

/* How far the axis goes on beyond the upper limit, or beyond the estimate where there is none. */
#define BEYOND_LIMIT 1.15
#define BEYOND_ESTIMATE 5.0
/* The part of the likelihood shown below its maximum, in units of what the limits lie below it. */
#define DEPTH 2.5
/* An axis so many times as long as the variances that matter is logarithmic, and begins at this share
   of them. */
#define LONG_AXIS 60.0
#define FIRST_SHARE 0.01

typedef struct {
    chart_maker m;
    int log_axis;
    double tau2[GRID], ll[GRID], Q[GRID];
    double x[GRID]; /* tau2 on the scale of the axis */
} profile;

static double largest_tau2(const tq_pool *fit)
{
    const double limit = BEYOND_LIMIT * fit->ci.tau2[1], estimate = BEYOND_ESTIMATE * fit->tau2;

    return isfinite(limit) && limit > 0.0 ? limit
           : estimate > 0.0               ? estimate
           : fit->typical_vi > 0.0        ? fit->typical_vi
                                          : 1.0;
}

/* With two or three studies the upper limit may be a thousand times the estimate. */
static void lay_out_axis(profile *p, double most)
{
    const tq_pool *const fit = p->m.a->fit;
    const double scale = fmax(fit->tau2, fit->typical_vi);

    p->log_axis = scale > 0.0 && most > LONG_AXIS * scale;

    const double first = p->log_axis ? log(FIRST_SHARE * scale) : 0.0;
    const double last = p->log_axis ? log(most) : most;

    for (size_t i = 0; i < GRID; i++) {
        p->x[i] = first + (last - first) * (double)i / (double)(GRID - 1);
        p->tau2[i] = p->log_axis ? exp(p->x[i]) : p->x[i];
    }
}

static tq_chart_layer *add_curve(profile *p, const double *y)
{
    tq_chart_layer *const line = chart_layer(&p->m, TQ_CHART_LINE, "profile", TQ_INK_POOLED, GRID);

    for (size_t i = 0; line && i < GRID; i++) {
        line->x[i] = p->x[i];
        line->y[i] = y[i];
    }
    return line;
}

static void add_level(profile *p, const char *role, double y, const char *legend)
{
    tq_chart_layer *const line = chart_segment(&p->m, role, TQ_INK_PREDICTION, CHART_THIN,
                                               CHART_DASH, p->x[0], y, p->x[GRID - 1], y);

    if (line) {
        line->legend = legend;
    }
}

static void add_estimate(profile *p, chart_range y)
{
    const tq_pool *const fit = p->m.a->fit;
    const double x = p->log_axis ? log(fmax(fit->tau2, p->tau2[0])) : fit->tau2;
    tq_chart_layer *const line =
        chart_segment(&p->m, "estimate", TQ_INK_RULE, CHART_THIN, 0.0, x, y.lo, x, y.hi);

    if (line) {
        line->legend = CHART_TEXT(&p->m, "τ² = %s (%s)", chart_number(&p->m, fit->tau2),
                                  fit->tau2_fixed ? "given" : tq_method_name(fit->method));
    }
}

/* What limits lie below the maximum. */
static double drop_of(const profile *p)
{
    return tq_chisq_quantile(p->m.a->options.level / 100.0, 1.0) / 2.0;
}

static double highest(const profile *p)
{
    double most = -INFINITY;

    for (size_t i = 0; i < GRID; i++) {
        most = fmax(most, p->ll[i]);
    }
    return most;
}

/* The axis reaches the upper limit that the curve has: that of the fit may be by another method. */
static int likelihood_reaches(const profile *p)
{
    return !(p->ll[GRID - 1] > highest(p) - drop_of(p));
}

static int Q_reaches(const profile *p)
{
    const double df = (double)(p->m.a->fit->k - p->m.a->fit->p);

    return !(p->Q[GRID - 1] > tq_chisq_quantile(0.5 - p->m.a->options.level / 200.0, df));
}

static void lay_out_likelihood(profile *p)
{
    const tq_pool *const fit = p->m.a->fit;
    const double drop = drop_of(p);
    double most = highest(p);

    const int maximised = (fit->method == TQ_REML || fit->method == TQ_ML) && !fit->tau2_fixed;
    const chart_range y = {most - DEPTH * drop, most + 0.15 * drop};

    most = maximised ? fit->ll : most;
    add_estimate(p, y);
    add_level(p, "level", most - drop,
              CHART_TEXT(&p->m, "%s%% limits where the curve crosses it", chart_level(&p->m)));
    add_curve(p, p->ll);
    chart_y_axis(&p->m, y, 0, 1,
                 fit->method == TQ_REML ? "Restricted log-likelihood" : "Log-likelihood");
}

static void lay_out_Q(profile *p)
{
    const tq_pool *const fit = p->m.a->fit;
    const double df = (double)(fit->k - fit->p), level = p->m.a->options.level / 100.0;
    const double lower = tq_chisq_quantile((1.0 - level) / 2.0, df);
    const double upper = tq_chisq_quantile((1.0 + level) / 2.0, df);
    chart_range y = {0.0, 1.3 * upper};

    y.hi = fmax(y.hi, fmin(1.05 * p->Q[0], 1.8 * upper));
    add_estimate(p, y);
    add_level(p, "level", upper,
              CHART_TEXT(&p->m,
                         "Quantiles of χ², df = %zu: %s%% limits where the curve crosses them",
                         fit->k - fit->p, chart_level(&p->m)));
    add_level(p, "level", lower, NULL);
    add_curve(p, p->Q);
    chart_y_axis(&p->m, y, 0, 1, "Generalised Q");
}

/* The curves along an axis that is lengthened until it has shown its limit. */
static tq_status compute(profile *p, int (*reaches)(const profile *p), tq_error *err)
{
    enum { DOUBLINGS = 30 };
    double most = largest_tau2(p->m.a->fit);
    tq_status status = TQ_OK;

    for (int i = 0; status == TQ_OK && i <= DOUBLINGS && isfinite(most); i++, most *= 2.0) {
        lay_out_axis(p, most);
        status = tq_analysis_tau2_profile(p->m.a, GRID, p->tau2, p->ll, p->Q, err);
        if (status == TQ_OK && reaches(p)) {
            break;
        }
    }
    return status;
}

static tq_status lay_out(const tq_analysis *a, const char *title, int (*reaches)(const profile *p),
                         void (*rest)(profile *p), tq_chart **out, tq_error *err)
{
    profile p = {.m = chart_begin(a, title, 4)};

    if (!p.m.failed && a->k <= a->fit->p) {
        return plot_end(&p.m,
                        tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                                "a profile of tau2 needs more studies than coefficients"),
                        out, err);
    }
    const tq_status status = p.m.failed ? TQ_OK : compute(&p, reaches, err);

    if (status == TQ_OK && !p.m.failed) {
        chart_x_axis(&p.m, (chart_range){p.x[0], p.x[GRID - 1]}, p.log_axis, 1,
                     p.log_axis ? "τ² (log scale)" : "τ²");
        rest(&p);
    }
    return plot_end(&p.m, status, out, err);
}

tq_status plot_profile(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                       tq_error *err)
{
    (void)opt;
    return lay_out(a, "Profile likelihood of τ²", likelihood_reaches, lay_out_likelihood, out, err);
}

tq_status plot_qprofile(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                        tq_error *err)
{
    (void)opt;
    return lay_out(a, "Q-profile of τ²", Q_reaches, lay_out_Q, out, err);
}
