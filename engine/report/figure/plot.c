/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the kinds of figures. */
#include "report/figure/plot.h"

#include <math.h>

#include "report/figure/figure_internal.h"
#include "report/figure/plot_internal.h"

/* Of points by weight, in points. */
#define LARGEST_RADIUS 8.0
#define LEAST_RADIUS 1.3
/* From so many studies on they are smaller, so that together they take no more room. */
#define CROWD 50.0

typedef const tq_sequence *plot_sequence(const tq_analysis *a);

static const tq_sequence *leave_one_out(const tq_analysis *a)
{
    return a->sensitivity ? a->sensitivity->loo : NULL;
}

static const tq_sequence *cumulative(const tq_analysis *a)
{
    return a->sensitivity ? a->sensitivity->cumul : NULL;
}

static const struct {
    const char *name, *summary;
    plot_chart *chart;       /* NULL: a forest plot, which has a layout of its own */
    plot_sequence *sequence; /* forest plots: the parts of the studies shown; NULL: the studies */
} kinds[] = {
    {"forest", "effects and intervals of the studies, pooled effects as diamonds", NULL, NULL},
    {"loo", "forest plot of the pooled effects without each study", NULL, leave_one_out},
    {"cumulative", "forest plot of the pooled effects as studies add up", NULL, cumulative},
    {"funnel", "effects against standard errors, with areas of significance", plot_funnel, NULL},
    {"bubble", "effects against a moderator of --mods, with the fitted line", plot_bubble, NULL},
    {"radial", "standardised effects against precision", plot_radial, NULL},
    {"labbe", "risks or rates of the two groups", plot_labbe, NULL},
    {"baujat", "contributions to heterogeneity against influence", plot_baujat, NULL},
    {"qq", "residuals against normal quantiles", plot_qq, NULL},
    {"profile", "profile likelihood of tau2", plot_profile, NULL},
    {"qprofile", "the generalised Q statistic along tau2", plot_qprofile, NULL},
    {"caterpillar", "intervals of all studies in the order of their effects", plot_caterpillar,
     NULL},
    {"drapery", "p-value functions of all studies and of the pooled effect", plot_drapery, NULL},
    {"influence", "diagnostics of each study as shares of their limits", plot_influence, NULL},
    {"tsa", "trial sequential analysis: cumulative Z against information, with boundaries",
     plot_sequential, NULL},
    {"gosh", "estimates and I2 of the models of all subsets of the studies", plot_gosh, NULL},
    {"rainforest", "raindrops: likelihoods of the studies within their intervals", plot_rainforest,
     NULL},
    {"failsafe", "the pooled effect as unseen studies without an effect are added", plot_fail_safe,
     NULL},
    {"copas", "sensitivity of the pooled effect to selection, by the Copas model", plot_copas,
     NULL},
    {"pcurve", "distribution of significant p-values", plot_pcurve, NULL},
    {"significance", "funnel of affirmative and other studies, with the worst case",
     plot_significance, NULL},
    {"weightfun", "the weight function of a selection model", plot_weights, NULL},
    {"spec", "specification curve of multiverse, with the choices below", plot_specifications,
     NULL},
    /* Of multilevel models alone: after all others. */
    {"rho", "effects of tausq mv along correlations of sampling errors", plot_rho, NULL},
};
enum { KINDS = sizeof kinds / sizeof *kinds, POOLED_KINDS = KINDS - 1 };

tq_plot_options tq_plot_defaults(void)
{
    return (tq_plot_options){.contours = 1};
}

const char *tq_plot_name(size_t i)
{
    return i < KINDS ? kinds[i].name : NULL;
}

const char *tq_plot_summary(size_t i)
{
    return i < KINDS ? kinds[i].summary : NULL;
}

const char *tq_plot_pooled_name(size_t i)
{
    return i < POOLED_KINDS ? kinds[i].name : NULL;
}

int tq_plot_has_axes(size_t i)
{
    return i < KINDS && kinds[i].chart;
}

const tq_block *plot_block(const tq_analysis *a, const tq_plot_options *opt)
{
    return opt->forest.block < a->n_blocks ? &a->block[opt->forest.block] : NULL;
}

int plot_limits(const tq_analysis *a, const tq_plot_options *opt, chart_range *out)
{
    if (opt->forest.limits_given) {
        *out = chart_log_axis(a) ? (chart_range){log(opt->forest.lo), log(opt->forest.hi)}
                                 : (chart_range){opt->forest.lo, opt->forest.hi};
    }
    return opt->forest.limits_given;
}

double *plot_radii(chart_maker *m)
{
    double *const radius = chart_take(m, m->a->k, sizeof *radius);
    const double most = LARGEST_RADIUS * sqrt(fmin(1.0, CROWD / (double)m->a->k));
    double largest = 0.0;

    for (size_t i = 0; i < m->a->k; i++) {
        largest = fmax(largest, m->a->study[i].weight);
    }
    for (size_t i = 0; radius && i < m->a->k; i++) {
        const double share = largest > 0.0 ? m->a->study[i].weight / largest : 1.0;

        radius[i] = fmax(most * sqrt(share > 0.0 ? share : 0.0), LEAST_RADIUS);
    }
    return radius;
}

plot_points plot_split(chart_maker *m, const tq_point *at)
{
    const plot_points p = {chart_take(m, m->a->k, sizeof *p.x),
                           chart_take(m, m->a->k, sizeof *p.y)};

    for (size_t i = 0; at && !m->failed && i < m->a->k; i++) {
        p.x[i] = at[i].x;
        p.y[i] = at[i].y;
    }
    return p;
}

const char *const *plot_hints(chart_maker *m, const plot_points *p, const char *x, const char *y)
{
    const char **const hint = chart_take(m, m->a->k, sizeof *hint);

    for (size_t i = 0; hint && i < m->a->k; i++) {
        const char *const label = m->a->study[i].label ? m->a->study[i].label : "";

        hint[i] = x && y ? CHART_TEXT(m, "%s: %s %s, %s %s", label, x, chart_number(m, p->x[i]), y,
                                      chart_number(m, p->y[i]))
                         : label;
    }
    return hint;
}

tq_status plot_end(chart_maker *m, tq_status status, tq_chart **out, tq_error *err)
{
    if (status != TQ_OK) {
        tq_chart_free(m->c);
        return status;
    }
    return chart_end(m, out, err);
}

static tq_status check_limits(const tq_analysis *a, const tq_forest_options *opt, tq_error *err)
{
    if (opt->limits_given && !(opt->lo < opt->hi && isfinite(opt->lo) && isfinite(opt->hi))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "axis limits '%g' and '%g' must be finite and increasing", opt->lo, opt->hi);
    }
    if (opt->limits_given && chart_log_axis(a) && !(opt->lo > 0.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "axis limit '%g' must be > 0 on a log axis",
                       opt->lo);
    }
    return TQ_OK;
}

tq_status tq_plot_chart(const tq_analysis *a, size_t kind, const tq_plot_options *opt,
                        tq_chart **out, tq_error *err)
{
    const tq_plot_options defaults = tq_plot_defaults();

    opt = opt ? opt : &defaults;
    if (kind >= KINDS || !kinds[kind].chart) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown kind of figure with two axes");
    }
    const tq_status status = check_limits(a, &opt->forest, err);

    return status == TQ_OK ? kinds[kind].chart(a, opt, out, err) : status;
}

static tq_status write_chart(const tq_analysis *a, size_t kind, const tq_plot_options *opt,
                             tq_figure_format format, const tq_figure_options *how, tq_buffer *out,
                             tq_error *err)
{
    tq_chart *chart = NULL;
    tq_status status = tq_plot_chart(a, kind, opt, &chart, err);

    status = status == TQ_OK ? tq_chart_write(chart, format, how, out, err) : status;
    tq_chart_free(chart);
    return status;
}

static tq_status write_forest(const tq_analysis *a, size_t kind, const tq_plot_options *opt,
                              tq_figure_format format, const tq_figure_options *how, tq_buffer *out,
                              tq_error *err)
{
    plot_sequence *const sequence = kinds[kind].sequence;
    tq_forest_options options = opt->forest;
    tq_forest *forest = NULL;

    options.sequence = sequence ? sequence(a) : NULL;
    if (sequence && !options.sequence) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "the analysis has no pooled effects of parts of the studies");
    }
    tq_status status = tq_forest_layout(a, &options, &forest, err);

    status = status == TQ_OK ? tq_forest_write(forest, format, how, out, err) : status;
    tq_forest_free(forest);
    return status;
}

tq_status tq_plot_write(const tq_analysis *a, size_t kind, const tq_plot_options *opt,
                        tq_figure_format format, const tq_figure_options *how, tq_buffer *out,
                        tq_error *err)
{
    const tq_plot_options defaults = tq_plot_defaults();

    opt = opt ? opt : &defaults;
    return kind < KINDS && !kinds[kind].chart ? write_forest(a, kind, opt, format, how, out, err)
                                              : write_chart(a, kind, opt, format, how, out, err);
}
