/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of figures: their layouts show the numbers of the analysis. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/curve.h"
#include "report/figure/plot.h"
#include "report/points.h"
#include "report/tau2_profile.h"
#include "support/sample_analysis.h"

typedef struct {
    double lo, hi;
} chart_ends;

static size_t kind_of(const char *name)
{
    size_t i = 0;

    while (tq_plot_name(i) && strcmp(tq_plot_name(i), name) != 0) {
        i++;
    }
    assert_non_null(tq_plot_name(i));
    return i;
}

static tq_chart *laid_out(const tq_analysis *a, const char *kind, const tq_plot_options *opt)
{
    tq_chart *chart = NULL;

    assert_non_null(a);
    assert_int_equal(tq_plot_chart(a, kind_of(kind), opt, &chart, NULL), TQ_OK);
    return chart;
}

/* The i-th layer of a role, NULL when there are fewer. */
static const tq_chart_layer *layer_of(const tq_chart *c, const char *role, size_t i)
{
    for (size_t j = 0; j < c->n_layers; j++) {
        if (strcmp(c->layer[j].role, role) == 0 && i-- == 0) {
            return &c->layer[j];
        }
    }
    return NULL;
}

static void the_table_has_names_and_summaries(void **state)
{
    (void)state;
    assert_string_equal(tq_plot_name(0), "forest");
    for (size_t i = 0; tq_plot_name(i); i++) {
        assert_non_null(tq_plot_summary(i));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(tq_plot_name(i), tq_plot_name(j));
        }
    }
    size_t pooled = 0;

    while (tq_plot_pooled_name(pooled)) {
        assert_string_equal(tq_plot_pooled_name(pooled), tq_plot_name(pooled));
        pooled++;
    }
    assert_string_equal(tq_plot_name(pooled), "rho");
    assert_string_equal(tq_theme_name(0), "default");
    for (size_t i = 0; tq_theme_name(i); i++) {
        assert_non_null(tq_theme_summary(i));
    }
    assert_null(tq_plot_summary(100));
    assert_null(tq_theme_summary(100));
}

static void a_funnel_has_its_tip_at_the_pooled_effect(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_plot_options opt = tq_plot_defaults();

    (void)state;
    opt.forest.block = TQ_NO_LEVEL;
    tq_chart *const c = laid_out(a, "funnel", &opt);
    const tq_chart_layer *const sides = layer_of(c, "limits", 0);
    const tq_chart_layer *const points = layer_of(c, "point", 0);

    assert_true(c->x.log_axis);
    assert_true(c->y.lo > c->y.hi); /* small standard errors on top */
    assert_near(c->y.hi, 0.0, 0.0);
    assert_near(sides->x[1], a->fit->beta[0], 1e-15);
    assert_near((sides->x[2] - sides->x[1]) / sides->y[2], 1.9599639845400545, 1e-12);
    assert_near(sides->y[0], c->y.lo, 1e-15);
    assert_int_equal(points->n, a->k);
    for (size_t i = 0; i < a->k; i++) {
        assert_near(points->x[i], a->study[i].yi, 0.0);
        assert_near(points->y[i], a->study[i].sei, 0.0);
        assert_true(points->y[i] < c->y.lo);
    }
    tq_chart_free(c);
    sample_free(a);
}

/* On the border of an area, |y / se| is the critical value of its p. */
static void areas_of_significance_start_at_no_effect(void **state)
{
    static const double critical[] = {2.5758293035489008, 1.9599639845400545, 1.6448536269514722};
    tq_analysis *const a = sample_bcg();
    tq_chart *const c = laid_out(a, "funnel", NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const tq_chart_layer *const area = layer_of(c, "significance", i + 1);

        assert_int_equal(area->n, 3);
        assert_near(area->x[0], 0.0, 0.0);
        assert_near(area->y[0], 0.0, 0.0);
        assert_near(area->x[1] / area->y[1], critical[i], 1e-12);
        assert_near(area->x[2] / area->y[2], -critical[i], 1e-12);
    }
    tq_chart_free(c);
    sample_free(a);
}

static void levels_have_colours_and_markers_of_their_own(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_chart *const c = laid_out(a, "funnel", NULL);
    size_t n = 0;

    (void)state;
    for (size_t j = 0; j < 3; j++) {
        const tq_chart_layer *const points = layer_of(c, "point", j);

        assert_string_equal(points->legend, a->block[0].fit->level[j].name);
        assert_int_equal(points->n, a->block[0].fit->level[j].k);
        assert_int_equal(points->ink, TQ_INK_GROUP + (int)j);
        assert_int_equal(points->marker, (int)j);
        n += points->n;
    }
    assert_int_equal(n, a->k);
    tq_chart_free(c);
    sample_free(a);
}

static void limits_cut_and_the_caption_says_so(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_plot_options opt = tq_plot_defaults();

    (void)state;
    opt.forest.limits_given = 1;
    opt.forest.lo = 0.3;
    opt.forest.hi = 1.4;
    tq_chart *const c = laid_out(a, "funnel", &opt);
    size_t beyond = 0;
    char words[40];

    for (size_t i = 0; i < a->k; i++) {
        beyond += a->study[i].natural.pred < 0.3 || a->study[i].natural.pred > 1.4;
    }
    assert_near(c->x.lo, log(0.3), 1e-15);
    assert_near(c->x.hi, log(1.4), 1e-15);
    snprintf(words, sizeof words, "%zu studies lie beyond", beyond);
    assert_non_null(strstr(c->caption, words));
    tq_chart_free(c);
    sample_free(a);
}

static void one_study_has_a_funnel(void **state)
{
    static const char *const label[] = {"Vega 2015"};
    static const double yi[] = {-0.418}, vi[] = {0.0529};
    tq_analysis *const a = sample_analysis(&(sample_data){1, label, yi, vi, NULL, NULL, 0});
    tq_chart *const c = laid_out(a, "funnel", NULL);

    (void)state;
    assert_true(c->y.lo > 0.23 && c->x.lo < -0.418 && c->x.hi > -0.418);
    assert_false(c->x.log_axis);
    tq_chart_free(c);
    sample_free(a);
}

static void no_effect_is_in_view_where_it_is_near(void **state)
{
    static const char *const label[] = {"Vega 2015", "Matas 2019", "Lee 2019"};
    static const double near[] = {-0.63, -0.92, -0.77}, far[] = {-20.83, -21.12, -20.97};
    static const double vi[] = {0.0529, 0.0217, 0.0381};

    (void)state;
    for (int i = 0; i < 2; i++) {
        tq_analysis *const a =
            sample_analysis(&(sample_data){3, label, i ? far : near, vi, NULL, NULL, 0});
        tq_chart *const c = laid_out(a, "funnel", NULL);

        assert_int_equal(c->x.hi > 0.0, i == 0);
        tq_chart_free(c);
        sample_free(a);
    }
}

static void what_is_missing_is_told(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_plot_options opt = tq_plot_defaults();
    tq_chart *chart = NULL;
    tq_prediction p;
    tq_error err;

    (void)state;
    assert_int_equal(tq_plot_chart(a, 0, NULL, &chart, &err), TQ_EINVAL);
    assert_int_equal(tq_plot_chart(a, 100, NULL, &chart, &err), TQ_EINVAL);
    assert_int_equal(
        tq_plot_write(a, kind_of("loo"), NULL, TQ_FIGURE_SVG, NULL, &(tq_buffer){0}, &err),
        TQ_EDATA);
    assert_int_equal(tq_plot_chart(a, kind_of("bubble"), NULL, &chart, &err), TQ_EDATA);
    assert_non_null(strstr(err.message, "--mods"));
    assert_int_equal(tq_analysis_curve(a, 0, 0, NULL, &p, &err), TQ_EINVAL);
    opt.forest.limits_given = 1;
    opt.forest.lo = -1.0;
    opt.forest.hi = 2.0;
    assert_int_equal(tq_plot_chart(a, kind_of("funnel"), &opt, &chart, &err), TQ_EINVAL);
    opt.forest.hi = -2.0;
    assert_int_equal(tq_plot_chart(a, kind_of("funnel"), &opt, &chart, &err), TQ_EINVAL);
    a->fit->prediction.pred = NAN;
    assert_int_equal(tq_plot_chart(a, kind_of("funnel"), NULL, &chart, &err), TQ_EDATA);
    assert_null(chart);
    sample_free(a);
}

static void looks_are_checked(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_figure_options how = tq_figure_defaults();
    tq_buffer out = {0};
    tq_error err;

    (void)state;
    how.theme = 100;
    assert_int_equal(tq_plot_write(a, 0, NULL, TQ_FIGURE_SVG, &how, &out, &err), TQ_EINVAL);
    how = tq_figure_defaults();
    how.width = 49.0;
    assert_int_equal(tq_plot_write(a, kind_of("funnel"), NULL, TQ_FIGURE_SVG, &how, &out, &err),
                     TQ_EINVAL);
    how.width = NAN;
    assert_int_equal(tq_plot_write(a, kind_of("funnel"), NULL, TQ_FIGURE_SVG, &how, &out, &err),
                     TQ_EINVAL);
    assert_int_equal(out.size, 0);
    sample_free(a);
}

static void radial_points_have_the_slope_of_their_effect(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_plot_options opt = tq_plot_defaults();

    (void)state;
    opt.forest.block = TQ_NO_LEVEL;
    tq_chart *const c = laid_out(a, "radial", &opt);
    const tq_chart_layer *const points = layer_of(c, "point", 0);
    const tq_chart_layer *const line = layer_of(c, "pooled", 0);

    for (size_t i = 0; i < a->k; i++) {
        assert_near(points->y[i] / points->x[i], a->study[i].yi, 1e-13);
        assert_near(points->x[i], 1.0 / sqrt(a->study[i].vi + a->fit->tau2), 1e-13);
    }
    assert_near(line->y[1] / line->x[1], a->fit->beta[0], 1e-13);
    tq_chart_free(c);
    sample_free(a);
}

static void a_caterpillar_is_sorted(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_plot_options opt = tq_plot_defaults();

    (void)state;
    opt.forest.block = TQ_NO_LEVEL;
    tq_chart *const c = laid_out(a, "caterpillar", &opt);
    const tq_chart_layer *const points = layer_of(c, "point", 0);

    for (size_t i = 0; i < a->k; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true((points->x[i] < points->x[j]) == (points->y[i] > points->y[j]));
        }
        assert_true(points->y[i] > 0.0 && points->y[i] < (double)a->k);
    }
    tq_chart_free(c);
    sample_free(a);
}

/* The limits of an interval are where the function is 1 - level. */
static void p_value_functions_contain_the_intervals(void **state)
{
    static const double at[] = {-0.418 - 2.5705818356363141 * 0.23, -0.418,
                                -0.418 + 2.5705818356363141 * 0.23}; /* t, 5 df */
    double p[3];

    (void)state;
    tq_p_value_function(-0.418, 0.23, 5.0, 3, at, p);
    assert_near(p[0], 0.05, 1e-12);
    assert_near(p[1], 1.0, 0.0);
    assert_near(p[2], 0.05, 1e-12);
    tq_p_value_function(NAN, 0.23, NAN, 1, at, p);
    assert_true(isnan(p[0]));
}

static void a_drapery_reaches_the_top_at_each_effect(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_chart *const c = laid_out(a, "drapery", NULL);

    (void)state;
    for (size_t i = 0; i < a->k; i++) {
        const tq_chart_layer *const curve = layer_of(c, "study", i);
        double top = 0.0, at = NAN;

        for (size_t j = 0; j < curve->n; j++) {
            at = curve->y[j] > top ? curve->x[j] : at;
            top = fmax(top, curve->y[j]);
        }
        assert_near(at, a->study[i].yi, 0.0);
        assert_near(top, 1.0, 1e-12);
    }
    tq_chart_free(c);
    sample_free(a);
}

/* The sample has the counts of its tables as raw inputs. */
static void labbe_needs_a_measure_of_two_risks(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_chart *const c = laid_out(a, "labbe", NULL);
    tq_chart *none = NULL;
    tq_error err;

    (void)state;
    assert_true(c->square);
    assert_near(c->x.hi, c->y.hi, 0.0);
    tq_chart_free(c);
    const size_t n_raw = a->n_raw;

    a->n_raw = 0;
    assert_int_equal(tq_plot_chart(a, kind_of("labbe"), NULL, &none, &err), TQ_EDATA);
    a->n_raw = n_raw;
    tq_measure other = *a->measure;

    other.code = "SMD";
    a->measure = &other;
    assert_int_equal(tq_plot_chart(a, kind_of("labbe"), NULL, &none, &err), TQ_EDATA);
    assert_int_equal(tq_plot_chart(a, kind_of("baujat"), NULL, &none, &err), TQ_EDATA);
    assert_int_equal(tq_plot_chart(a, kind_of("qq"), NULL, &none, &err), TQ_EDATA);
    a->fit->prediction.pred = NAN;
    assert_int_equal(tq_plot_chart(a, kind_of("radial"), NULL, &none, &err), TQ_EDATA);
    assert_int_equal(tq_plot_chart(a, kind_of("drapery"), NULL, &none, &err), TQ_EDATA);
    sample_free(a);
}

/* A multiplier of -1 exchanges the groups of its study; another leaves it no place. */
static void labbe_follows_the_multipliers_of_the_effects(void **state)
{
    static const double multiplier[13] = {1, -1, 1, 1, 2.5, 1, 1, 1, 1, 1, 1, 1, 1};
    tq_analysis *const a = sample_bcg();
    double turned[13];
    tq_point as_given[13], p[13];
    tq_count_scale scale;

    (void)state;
    memcpy(turned, multiplier, sizeof turned);
    assert_int_equal(tq_analysis_labbe(a, as_given, &scale, NULL), TQ_OK);
    a->multiplier = turned;
    assert_int_equal(tq_analysis_labbe(a, p, &scale, NULL), TQ_OK);
    assert_near(p[0].x, as_given[0].x, 0.0);
    assert_near(p[1].x, as_given[1].y, 0.0);
    assert_near(p[1].y, as_given[1].x, 0.0);
    assert_true(isnan(p[4].x) && isnan(p[4].y));
    sample_free(a);
}

/* Q at tau2 = 0 is Cochran's; it falls with tau2, and the ML likelihood has its top where its
   derivative vanishes. */
static void the_profile_of_tau2_starts_at_Q(void **state)
{
    static const double tau2[] = {0.0, 0.183, 0.275, 0.3132, 0.551};
    tq_analysis *const a = sample_bcg();
    double ll[5], Q[5];
    tq_error err;

    (void)state;
    a->options = tq_pool_defaults();
    assert_int_equal(tq_analysis_tau2_profile(a, 5, tau2, ll, Q, NULL), TQ_OK);
    assert_near(Q[0], a->fit->QE, 1e-9);
    for (size_t i = 1; i < 5; i++) {
        assert_true(Q[i] < Q[i - 1]);
        assert_true(ll[i] <= ll[3]); /* REML: 0.3132 */
    }
    a->fit->method = TQ_EE;
    assert_int_equal(tq_analysis_tau2_profile(a, 5, tau2, ll, Q, &err), TQ_EDATA);
    sample_free(a);
}

/* The looks of a trial sequential analysis, and its boundaries on both sides up to what is required. */
static void a_sequential_plot_has_boundaries_on_both_sides(void **state)
{
    enum { LOOKS = 2 };
    static const char *const label[LOOKS] = {"Vega 2015", "Ng 2019"};
    tq_analysis *const a = sample_bcg();
    tq_tsa_look look[LOOKS] = {{.information = 210.0, .z = -1.3},
                               {.information = 480.0, .z = -2.1}};
    tq_tsa tsa = {.n = LOOKS, .look = look, .planned_given = 1, .sign = -1.0, .conventional = 1.96};
    tq_sequence_row row[LOOKS] = {{.label = label[0]}, {.label = label[1]}};
    tq_sequence cumul = {.n = LOOKS, .row = row};
    tq_sensitivity sensitivity = {.cumul = &cumul};
    tq_sequential sequential = {.tsa = &tsa, .assumed = "Required.", .reading = "Read."};
    tq_chart *refused = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_plot_chart(a, kind_of("tsa"), NULL, &refused, &err), TQ_EDATA);
    assert_string_equal(err.message, "the analysis has no trial sequential analysis");
    tsa.required = (tq_required_information){.unit = TQ_UNIT_PARTICIPANTS, .required = 731.0};
    tsa.options = tq_tsa_defaults();
    tsa.planned = (tq_monitoring_look){.t = 1.0, .tested = 1, .critical = 2.03, .futility = 2.03};
    for (size_t j = 0; j < LOOKS; j++) {
        look[j].monitoring = (tq_monitoring_look){.t = look[j].information / 731.0,
                                                  .tested = 1,
                                                  .critical = 4.4 - (double)j,
                                                  .futility = NAN};
    }
    a->sensitivity = &sensitivity;
    a->sequential = &sequential;
    tq_chart *const c = laid_out(a, "tsa", NULL);
    const tq_chart_layer *const below = layer_of(c, "boundary", 0), *const above =
                                                                        layer_of(c, "boundary", 1);

    assert_int_equal(below->n, 3);
    assert_near(below->x[2], 731.0, 0.0);
    assert_near(below->y[1], -3.4, 1e-12);
    assert_near(above->y[1], 3.4, 1e-12);
    assert_null(above->legend);
    assert_null(layer_of(c, "futility", 0)->legend); /* one point is no line */
    assert_near(layer_of(c, "required", 0)->x[1], 731.0, 0.0);
    assert_near(layer_of(c, "point", 0)->y[1], -2.1, 0.0);
    assert_near(layer_of(c, "curve", 0)->x[0], 0.0, 0.0);
    assert_string_equal(c->caption, "Read. Required.");
    tq_chart_free(c);
    a->sensitivity = NULL;
    a->sequential = NULL;
    sample_free(a);
}

static double highest(const tq_chart_layer *area)
{
    double y = -INFINITY;

    for (size_t i = 0; i < area->n; i++) {
        y = fmax(y, area->y[i]);
    }
    return y;
}

static chart_ends ends_of(const tq_chart_layer *area)
{
    chart_ends e = {INFINITY, -INFINITY};

    for (size_t i = 0; i < area->n; i++) {
        e = (chart_ends){fmin(e.lo, area->x[i]), fmax(e.hi, area->x[i])};
    }
    return e;
}

/* Between the limits the log-likelihood of a normal effect is a parabola; the core is where it has lost at most a
   fifth of what it loses at the limits. */
static void raindrops_are_likelihoods_within_intervals(void **state)
{
    enum { SHADES = 5 };
    tq_analysis *const a = sample_bcg();
    double largest = 0.0;

    (void)state;
    for (size_t i = 0; i < a->k; i++) {
        largest = fmax(largest, a->study[i].weight);
    }
    a->n_blocks = 0;
    a->study[1].yi = NAN; /* no drop, but a row */
    tq_chart *const c = laid_out(a, "rainforest", NULL);

    for (size_t i = 0, drop = 0; i < a->k; i++) {
        const tq_study *const s = &a->study[i];
        const double y = (double)(a->k - i) + 0.5;

        assert_string_equal(c->y.tick[i].label, s->label);
        assert_near(c->y.tick[i].at, y, 1e-12);
        if (isnan(s->yi)) {
            continue;
        }
        const tq_chart_layer *const whole = layer_of(c, "drop", SHADES * drop);
        const tq_chart_layer *const core = layer_of(c, "drop", SHADES * drop + SHADES - 1);
        const double half = 0.46 * s->weight / largest, z = ends_of(core).hi - s->yi;

        assert_near(ends_of(whole).lo, s->ci_lb, 1e-12);
        assert_near(ends_of(whole).hi, s->ci_ub, 1e-12);
        assert_near(highest(whole) - y, half, 1e-12);
        assert_near(whole->y[0], y, 1e-12);
        assert_near(z * z / ((s->ci_ub - s->yi) * (s->ci_ub - s->yi)), 0.2, 1e-12);
        assert_near(core->y[0] - y, 0.8 * half, 1e-12);
        assert_near(core->tint, 0.0, 0.0);
        assert_true(whole->tint > core->tint);
        assert_near(layer_of(c, "estimate", drop++)->x[0], s->yi, 0.0);
    }
    assert_near(layer_of(c, "diamond", 0)->x[0], a->fit->prediction.ci_lb, 0.0);
    assert_near(layer_of(c, "diamond", 0)->x[1], a->fit->prediction.pred, 0.0);
    assert_near(c->height, (double)(a->k + 1) * 15.0, 1e-12);
    assert_null(strstr(c->caption, "beyond the limits"));
    tq_chart_free(c);
    tq_plot_options opt = tq_plot_defaults();

    opt.forest.limits_given = 1;
    opt.forest.lo =
        0.079; /* Rosenthal's and Vandiviere's begin below 0.08, Comstock & Webster's ends above 6 */
    opt.forest.hi = 6.0;
    tq_chart *const some = laid_out(a, "rainforest", &opt);

    assert_non_null(strstr(some->caption, "beyond the limits of the axis: 3."));
    tq_chart_free(some);
    sample_free(a);
}

static void raindrops_have_the_colours_of_their_levels(void **state)
{
    /* the 40th byte is within the letter with an accent */
    static const char name[] =
        "An uncommonly long name of a study (B\xC3\xB6\xC3\xA4\xC3\xBC 2015)";
    tq_analysis *const a = sample_bcg();
    tq_plot_options opt = tq_plot_defaults();

    (void)state;
    a->study[0].label = name;
    a->fit->prediction = (tq_prediction){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    opt.forest.sort = "effect";
    tq_chart *const c = laid_out(a, "rainforest", &opt);
    const size_t *const of = a->block[0].fit->of;
    size_t least = 0, cut = 0;

    for (size_t i = 1; i < a->k; i++) {
        least = a->study[i].yi < a->study[least].yi ? i : least;
    }
    assert_near(ends_of(layer_of(c, "drop", 0)).lo, a->study[least].ci_lb, 1e-12);
    assert_int_equal(layer_of(c, "drop", 0)->ink, TQ_INK_GROUP + (int)of[least]);
    assert_string_equal(layer_of(c, "drop", 4)->legend, a->block[0].fit->level[of[least]].name);
    assert_int_equal(c->y.n_ticks, a->k); /* no pooled effect */
    assert_null(layer_of(c, "diamond", 0));
    for (size_t i = 0; i < a->k; i++) {
        cut += strcmp(c->y.tick[i].label,
                      "An uncommonly long name of a study (B\xC3\xB6\xE2\x80\xA6") == 0;
    }
    assert_int_equal(cut, 1);
    tq_chart_free(c);
    sample_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_names_and_summaries),
        cmocka_unit_test(a_funnel_has_its_tip_at_the_pooled_effect),
        cmocka_unit_test(areas_of_significance_start_at_no_effect),
        cmocka_unit_test(levels_have_colours_and_markers_of_their_own),
        cmocka_unit_test(limits_cut_and_the_caption_says_so),
        cmocka_unit_test(one_study_has_a_funnel),
        cmocka_unit_test(radial_points_have_the_slope_of_their_effect),
        cmocka_unit_test(a_caterpillar_is_sorted),
        cmocka_unit_test(p_value_functions_contain_the_intervals),
        cmocka_unit_test(a_drapery_reaches_the_top_at_each_effect),
        cmocka_unit_test(labbe_needs_a_measure_of_two_risks),
        cmocka_unit_test(labbe_follows_the_multipliers_of_the_effects),
        cmocka_unit_test(the_profile_of_tau2_starts_at_Q),
        cmocka_unit_test(no_effect_is_in_view_where_it_is_near),
        cmocka_unit_test(raindrops_are_likelihoods_within_intervals),
        cmocka_unit_test(raindrops_have_the_colours_of_their_levels),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(looks_are_checked),
        cmocka_unit_test(a_sequential_plot_has_boundaries_on_both_sides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
