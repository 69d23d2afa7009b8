/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of a simulation show its numbers: panels, nested loops, plans. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "report/figure/simulation_plot.h"

enum { METHODS = 2, TESTS = 2, ROWS = METHODS * TESTS, MOST = 64 };
static const double z95 = 1.9599639845400545;

static const tq_method methods[METHODS] = {TQ_DL, TQ_REML};
static const tq_test tests[TESTS] = {TQ_TEST_Z, TQ_TEST_KNHA};
static tq_sim_options options;
static tq_simulated one[MOST];
static tq_sim_row rows[MOST][ROWS];

/* Values that tell scenario, row and quantity. */
static double value_of(size_t i, size_t r, size_t q)
{
    const size_t method = r / TESTS;

    return q == TQ_SIM_BIAS ? -0.0371 + 0.0053 * (double)i + 0.0011 * (double)method
                            : 93.17 + 0.13 * (double)i - 0.29 * (double)r;
}

/* A grid of n_k values of k by n_tau2 of tau2, the latter running faster. */
static tq_simulation grid_of(size_t n_k, size_t n_tau2)
{
    tq_simulation s = {.options = &options, .one = one, .n = n_k * n_tau2};

    options = tq_sim_options_defaults();
    options.method = methods;
    options.n_methods = METHODS;
    options.test = tests;
    options.n_tests = TESTS;
    options.replicates = 2500;
    for (size_t i = 0; i < s.n; i++) {
        one[i] = (tq_simulated){.scenario = tq_sim_defaults(), .found = 1, .row = rows[i]};
        one[i].scenario.k = 7 + 4 * (i / n_tau2);
        one[i].scenario.tau2 = 0.03 * (double)(i % n_tau2);
        for (size_t r = 0; r < ROWS; r++) {
            rows[i][r] = (tq_sim_row){.method = methods[r / TESTS], .test = tests[r % TESTS]};
            for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
                const int none = q == TQ_SIM_PI_WIDTH;

                rows[i][r].value[q] =
                    (tq_sim_value){none ? (double)NAN : value_of(i, r, q),
                                   none ? (double)NAN : 0.017 + 0.001 * (double)r};
            }
        }
    }
    return s;
}

static tq_panels *plot_of(const tq_simulation *s, const tq_sim_plot_options *opt)
{
    tq_panels *out = NULL;
    tq_error err = {.message = ""};

    if (tq_sim_plot(s, opt, &out, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return out;
}

static const tq_chart_layer *layer_of(const tq_chart *c, const char *role, size_t i)
{
    for (size_t j = 0; j < c->n_layers; j++) {
        if (strcmp(c->layer[j].role, role) == 0 && i-- == 0) {
            return &c->layer[j];
        }
    }
    return NULL;
}

static void panels_have_every_value_with_its_error(void **state)
{
    const tq_simulation s = grid_of(3, 2);
    tq_panels *g = plot_of(&s, NULL);

    (void)state;
    assert_int_equal(g->rows, 3);
    assert_int_equal(g->columns, 2);
    assert_string_equal(g->head[0], "\xCF\x84\xC2\xB2 = 0");
    assert_string_equal(g->head[1], "\xCF\x84\xC2\xB2 = 0.03");
    assert_string_equal(g->x_label, "k");
    for (size_t facet = 0; facet < 2; facet++) {
        const tq_chart *bias = &g->panel[facet], *coverage = &g->panel[2 + facet];

        for (size_t r = 0; r < ROWS; r++) { /* bias does not depend on the test */
            const tq_chart_layer *p = layer_of(coverage, "point", r),
                                 *b = layer_of(coverage, "error", r);

            assert_true((layer_of(bias, "point", r) != NULL) == (r < METHODS));
            assert_int_equal(p->n, 3);
            for (size_t place = 0; place < 3; place++) {
                const double want = value_of(2 * place + facet, r, TQ_SIM_COVERAGE);
                const double half = z95 * (0.017 + 0.001 * (double)r);

                assert_near(p->y[place], want, 1e-12);
                assert_near(p->x[place], (double)(place + 1), 0.3);
                assert_near(b->y[3 * place], want - half, 1e-12);
                assert_near(b->y[3 * place + 1], want + half, 1e-12);
                assert_true(isnan(b->y[3 * place + 2]));
            }
        }
        const tq_chart_layer *null = layer_of(coverage, "null", 0);
        const tq_chart_layer *limits = layer_of(coverage, "limits", 0);

        assert_near(null->y[0], 95.0, 0.0);
        assert_near(limits->y[2] - 95.0, z95 * sqrt(95.0 * 5.0 / 2500.0), 1e-12);
        assert_near(layer_of(bias, "null", 0)->y[1], 0.0, 0.0);
    }
    /* Only the first column has labels; all of a row have the same axis. */
    assert_string_equal(g->panel[2].y.label, "Coverage (%)");
    assert_null(g->panel[3].y.label);
    assert_string_equal(g->panel[3].y.tick[0].label, "");
    assert_near(g->panel[3].y.lo, g->panel[2].y.lo, 0.0);
    assert_string_equal(g->panel[4].y.label, "Type I error (%)");
    assert_string_equal(g->panel[5].x.tick[2].label, "15");
    tq_panels_free(g);
}

static void the_axis_and_the_rows_are_chosen(void **state)
{
    static const tq_sim_quantity shown[] = {TQ_SIM_TAU2_BIAS};
    const tq_simulation s = grid_of(3, 2);
    const tq_sim_plot_options opt = {.along = "tau2", .quantity = shown, .n = 1};
    tq_panels *g = plot_of(&s, &opt);

    (void)state;
    assert_int_equal(g->rows, 1);
    assert_int_equal(g->columns, 3);
    assert_string_equal(g->head[2], "k = 15");
    assert_string_equal(layer_of(&g->panel[0], "point", 1)->legend, "REML");
    tq_panels_free(g);
}

static void one_scenario_has_its_methods_along_the_axis(void **state)
{
    tq_simulation s = grid_of(1, 1);

    (void)state;
    one[0].scenario.effect = 0.4;
    tq_panels *g = plot_of(&s, NULL);
    const tq_chart_layer *knha = layer_of(&g->panel[1], "point", 1);

    assert_int_equal(g->columns, 1);
    assert_string_equal(g->panel[2].x.tick[1].label, "REML");
    assert_string_equal(knha->legend, "knha");
    for (size_t m = 0; m < METHODS; m++) {
        assert_near(knha->y[m], value_of(0, m * TESTS + 1, TQ_SIM_COVERAGE), 1e-12);
    }
    assert_null(layer_of(&g->panel[1], "series", 0));
    assert_string_equal(g->panel[2].y.label, "Power (%)");
    assert_null(layer_of(&g->panel[2], "null", 0));
    tq_panels_free(g);
}

static void nested_loops_have_steps_of_all_scenarios(void **state)
{
    const tq_simulation s = grid_of(4, 8); /* more columns than panels have */
    tq_panels *g = plot_of(&s, NULL);
    const tq_chart_layer *reml = layer_of(&g->panel[1], "series", 2);
    const tq_chart_layer *k = layer_of(&g->panel[3], "setting", 0);

    (void)state;
    assert_int_equal(g->rows, 4);
    assert_int_equal(g->columns, 1);
    assert_int_equal(reml->n, 64);
    for (size_t i = 0; i < s.n; i++) {
        assert_near(reml->x[2 * i], (double)i, 0.0);
        assert_near(reml->y[2 * i + 1], value_of(i, 2, TQ_SIM_COVERAGE), 1e-12);
        assert_true(i == 0 || (k->y[2 * i] > k->y[2 * i - 1]) == (i % 8 == 0));
    }
    assert_string_equal(g->panel[3].y.tick[0].label, "k: 7, 11, 15, 19");
    assert_memory_equal(g->panel[3].y.tick[1].label, "\xCF\x84\xC2\xB2: 0, 0.03, 0.06", 19);
    tq_panels_free(g);
}

/* What does not fit is told to be missing, however short the values are. */
static void long_lists_of_settings_end_in_dots(void **state)
{
    enum { TAU2 = 4 };
    const tq_sim_plot_options nested = {.kind = TQ_SIM_PLOT_NESTED};
    const size_t n_k[] = {9, 10, 12};
    static const char *const label[] = {"k: 1, 2, 3, 4, 5, 6, 7, 8, 9",
                                        "k: 0, 1, 2, 3, 4, 5, 6, 7, 8, \xE2\x80\xA6",
                                        "k: 0, 1, 2, 3, 4, 5, 6, 7, 8, \xE2\x80\xA6"};

    (void)state;
    for (size_t c = 0; c < 3; c++) {
        const tq_simulation s = grid_of(n_k[c], TAU2);

        for (size_t i = 0; i < s.n; i++) {
            one[i].scenario.k = i / TAU2 + (c == 0);
        }
        tq_panels *g = plot_of(&s, &nested);

        assert_string_equal(g->panel[3].y.tick[0].label, label[c]);
        tq_panels_free(g);
    }
}

/* A plan shows the size that it found, by what varies, and a scenario without one is left out. */
static void a_plan_shows_the_sizes(void **state)
{
    tq_simulation s = grid_of(3, 1);

    (void)state;
    options.n_methods = options.n_tests = 1;
    s.plan = 1;
    s.power = 85.0;
    for (size_t i = 0; i < 3; i++) {
        one[i].scenario.effect = 0.2 + 0.1 * (double)i;
        one[i].scenario.k = 40 - 11 * i;
    }
    one[2].found = 0;
    tq_panels *g = plot_of(&s, NULL);
    const tq_chart_layer *size = layer_of(&g->panel[0], "point", 0);

    assert_int_equal(g->rows, 2);
    assert_string_equal(g->x_label, "effect");
    assert_near(size->y[0], 40.0, 0.0);
    assert_near(size->y[1], 29.0, 0.0);
    assert_true(isnan(size->y[2]));
    assert_near(layer_of(&g->panel[1], "null", 0)->y[0], 85.0, 0.0);
    assert_string_equal(g->title, "Studies needed for a power of 85%");
    tq_panels_free(g);
}

static void every_kind_is_drawn_in_every_format(void **state)
{
    const tq_simulation s = grid_of(3, 2);

    (void)state;
    for (tq_sim_plot_kind kind = 0; kind < TQ_SIM_PLOT_COUNT; kind++) {
        tq_panels *g = plot_of(&s, &(tq_sim_plot_options){.kind = kind});

        assert_non_null(tq_sim_plot_name(kind));
        for (tq_figure_format format = 0; format < TQ_FIGURE_COUNT; format++) {
            tq_figure_options how = tq_figure_defaults();
            tq_buffer out = {0}, again = {0};

            how.dpi = 40.0;
            how.width = kind ? 120.0 : 0.0;
            assert_int_equal(tq_panels_write(g, format, &how, &out, NULL), TQ_OK);
            assert_int_equal(tq_panels_write(g, format, &how, &again, NULL), TQ_OK);
            assert_int_equal(out.size, again.size);
            assert_memory_equal(out.data, again.data, out.size);
            tq_buffer_free(&out);
            tq_buffer_free(&again);
        }
        tq_panels_free(g);
    }
    assert_null(tq_sim_plot_name(TQ_SIM_PLOT_COUNT));
    tq_panels_free(NULL);
}

static void what_cannot_be_shown_is_refused(void **state)
{
    static const tq_sim_quantity none[] = {TQ_SIM_PI_WIDTH};
    const tq_sim_plot_options fixed = {.along = "n"}, many = {.kind = TQ_SIM_PLOT_PANELS},
                              nested = {.kind = TQ_SIM_PLOT_NESTED},
                              empty = {.quantity = none, .n = 1};
    tq_simulation s = grid_of(4, 8);
    tq_panels *out = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_sim_plot(&s, &fixed, &out, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "those are: k, tau2"));
    assert_int_equal(tq_sim_plot_check(&s, &fixed, NULL), TQ_EINVAL);
    assert_int_equal(tq_sim_plot(&s, &many, &out, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "nested"));
    assert_int_equal(tq_sim_plot(&s, &empty, &out, &err), TQ_EDATA);
    assert_non_null(strstr(err.message, "pi_width"));
    assert_int_equal(tq_sim_plot_check(&s, NULL, NULL), TQ_OK);
    s = grid_of(1, 1);
    assert_int_equal(tq_sim_plot(&s, &nested, &out, NULL), TQ_EINVAL);
    assert_null(out);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(panels_have_every_value_with_its_error),
        cmocka_unit_test(the_axis_and_the_rows_are_chosen),
        cmocka_unit_test(one_scenario_has_its_methods_along_the_axis),
        cmocka_unit_test(nested_loops_have_steps_of_all_scenarios),
        cmocka_unit_test(long_lists_of_settings_end_in_dots),
        cmocka_unit_test(a_plan_shows_the_sizes),
        cmocka_unit_test(every_kind_is_drawn_in_every_format),
        cmocka_unit_test(what_cannot_be_shown_is_refused),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
