/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What scenarios of a simulation have in common, and how they lie in a grid. */
#include "report/simulation/simulation_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = SIMULATION_SETTINGS };

size_t simulation_rows(const tq_simulation *s)
{
    return s->plan ? 1 : s->options->n_methods * s->options->n_tests;
}

double simulation_formula(const tq_simulation *s, const tq_simulated *one)
{
    return tq_sim_power_formula(one->scenario.k, one->studies.vi, one->scenario.effect,
                                one->scenario.tau2, s->options->level);
}

void simulation_settings(const tq_sim_scenario *s, simulation_setting out[SETTINGS])
{
    const int counts = s->measure >= TQ_SIM_OR;
    const simulation_setting all[SETTINGS] = {
        {"k", "k", (double)s->k, 1},
        {"n", "n", s->n, 1},
        {"spread", "spread of n", s->spread, s->sizes != TQ_SIM_FIXED},
        {"effect", "effect", s->effect, 1},
        {"tau2", "τ²", s->tau2, 1},
        {"sd", "SD", s->sd, s->measure == TQ_SIM_MD},
        {"variance", "variance", s->variance, s->measure == TQ_SIM_GEN},
        {"control_risk", "control risk", s->control_risk, counts},
        {"publish", "published", s->publish, s->publish < 1.0},
        {"small_study", "small-study shift", s->small_study, 1},
    };

    memcpy(out, all, sizeof all);
}

int simulation_is_found(const tq_simulation *s, const char *name)
{
    return s->plan && strcmp(name, tq_sim_find_name(s->find)) == 0;
}

int simulation_is_told(const tq_simulation *s, const simulation_setting *all, size_t j)
{
    const int usual = j == SIMULATION_SMALL_STUDY && all[j].value == 0.0;

    return all[j].shown && !usual && !simulation_is_found(s, all[j].name);
}

/* ---- quantities ---- */

static const struct {
    const char *head;
    int by_method, percent;
} quantities[TQ_SIM_QUANTITY_COUNT] = {
    [TQ_SIM_BIAS] = {"Bias", 1, 0},
    [TQ_SIM_EMP_SE] = {"Empirical SE", 1, 0},
    [TQ_SIM_MSE] = {"Mean squared error", 1, 0},
    [TQ_SIM_MODEL_SE] = {"Mean SE", 0, 0},
    [TQ_SIM_COVERAGE] = {"Coverage", 0, 1},
    [TQ_SIM_REJECTED] = {"Rejected", 0, 1},
    [TQ_SIM_WIDTH] = {"Width of the interval", 0, 0},
    [TQ_SIM_TAU2] = {"Mean τ²", 1, 0},
    [TQ_SIM_TAU2_BIAS] = {"Bias of τ²", 1, 0},
    [TQ_SIM_I2] = {"Mean I²", 1, 1},
    [TQ_SIM_Q_REJECTED] = {"Homogeneity rejected", 1, 1},
    [TQ_SIM_PI_COVERAGE] = {"Prediction coverage", 0, 1},
    [TQ_SIM_PI_WIDTH] = {"Width of prediction", 0, 0},
    [TQ_SIM_FITTED] = {"Fitted", 1, 1},
};

int simulation_exists(const tq_simulation *s, tq_sim_quantity q)
{
    for (size_t i = 0; i < s->n; i++) {
        for (size_t r = 0; r < simulation_rows(s); r++) {
            if (!isnan(s->one[i].row[r].value[q].value)) {
                return 1;
            }
        }
    }
    return 0;
}

int simulation_by_method(tq_sim_quantity q)
{
    return quantities[q].by_method;
}

int simulation_percent(tq_sim_quantity q)
{
    return quantities[q].percent;
}

const char *simulation_head(const tq_simulation *s, tq_sim_quantity q)
{
    size_t zero = 0;

    for (size_t i = 0; i < s->n; i++) {
        zero += s->one[i].scenario.effect == 0.0;
    }
    if (q != TQ_SIM_REJECTED || (zero > 0 && zero < s->n)) {
        return quantities[q].head;
    }
    return zero > 0 ? "Type I error" : "Power";
}

double simulation_nominal(const tq_simulation *s, const tq_simulated *one, tq_sim_quantity q)
{
    switch (q) {
    case TQ_SIM_BIAS:
    case TQ_SIM_TAU2_BIAS:
        return 0.0;
    case TQ_SIM_COVERAGE:
    case TQ_SIM_PI_COVERAGE:
        return s->options->level;
    case TQ_SIM_REJECTED:
        return s->plan                       ? s->power
               : one->scenario.effect == 0.0 ? 100.0 - s->options->level
                                             : (double)NAN;
    case TQ_SIM_TAU2:
        return one->scenario.tau2;
    case TQ_SIM_Q_REJECTED:
        return one->scenario.tau2 == 0.0 ? 5.0 : (double)NAN;
    default:
        return NAN;
    }
}

/* ---- the grid ---- */

static double setting_at(const simulation_grid *g, size_t scenario, size_t setting)
{
    return g->setting[scenario * SETTINGS + setting];
}

static void take_settings(const tq_simulation *s, simulation_grid *g)
{
    simulation_setting all[SETTINGS];

    for (size_t i = 0; i < s->n; i++) {
        simulation_settings(&s->one[i].scenario, all);
        for (size_t j = 0; j < SETTINGS; j++) {
            g->setting[i * SETTINGS + j] = all[j].value;
        }
    }
}

static void find_varying(const tq_simulation *s, simulation_grid *g)
{
    simulation_setting all[SETTINGS];

    simulation_settings(&s->one[0].scenario, all);
    for (size_t j = 0; j < SETTINGS; j++) {
        for (size_t i = 1; i < s->n && !g->varies[j]; i++) {
            g->varies[j] =
                setting_at(g, i, j) != setting_at(g, 0, j) && !simulation_is_found(s, all[j].name);
        }
        g->n_varying += (size_t)g->varies[j];
    }
}

/* Of a setting, or of the option that sets it: control-risk for control_risk. */
static int has_name(const char *setting, const char *name)
{
    while (*setting && (*setting == *name || (*setting == '_' && *name == '-'))) {
        setting++;
        name++;
    }
    return *setting == *name;
}

static tq_status choose_along(const tq_simulation *s, const char *name, simulation_grid *g,
                              tq_error *err)
{
    simulation_setting all[SETTINGS];
    char those[128] = "";

    simulation_settings(&s->one[0].scenario, all);
    g->along = SETTINGS;
    for (size_t j = 0; j < SETTINGS; j++) {
        const int chosen = name ? has_name(all[j].name, name) : g->along == SETTINGS;

        g->along = g->varies[j] && chosen ? j : g->along;
        if (g->varies[j]) {
            const size_t used = strlen(those);

            tq_copy_text(those + used, sizeof those - used, used ? ", " : "");
            tq_copy_text(those + strlen(those), sizeof those - strlen(those), all[j].name);
        }
    }
    return !name || g->along < SETTINGS
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "'%.40s' is no setting that varies between scenarios; %s%s", name,
                         *those ? "those are: " : "there is one scenario", those);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void place_along(const tq_simulation *s, simulation_grid *g)
{
    if (g->along == SETTINGS) {
        g->n_along = 1;
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        g->value[i] = setting_at(g, i, g->along);
    }
    qsort(g->value, s->n, sizeof *g->value, by_size);
    for (size_t i = 0; i < s->n; i++) {
        if (i == 0 || g->value[i] != g->value[g->n_along - 1]) {
            g->value[g->n_along++] = g->value[i];
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        const double x = setting_at(g, i, g->along);

        while (g->value[g->place[i]] != x) {
            g->place[i]++;
        }
    }
}

static int same_facet(const simulation_grid *g, size_t a, size_t b)
{
    for (size_t j = 0; j < SETTINGS; j++) {
        if (g->varies[j] && j != g->along && setting_at(g, a, j) != setting_at(g, b, j)) {
            return 0;
        }
    }
    return 1;
}

static void find_facets(const tq_simulation *s, simulation_grid *g)
{
    for (size_t i = 0; i < s->n; i++) {
        while (g->facet[i] < g->n_facets && !same_facet(g, i, g->first[g->facet[i]])) {
            g->facet[i]++;
        }
        if (g->facet[i] == g->n_facets) {
            g->first[g->n_facets++] = i;
        }
    }
}

tq_status simulation_grid_make(const tq_simulation *s, const char *along, simulation_grid *out,
                               tq_error *err)
{
    simulation_grid g = {.n_along = 0};

    g.block = calloc(s->n, (1 + SETTINGS) * sizeof(double) + 3 * sizeof(size_t));
    if (!g.block) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    g.value = g.block;
    g.setting = g.value + s->n;
    g.first = (size_t *)(void *)(g.setting + SETTINGS * s->n);
    g.facet = g.first + s->n;
    g.place = g.facet + s->n;
    take_settings(s, &g);
    find_varying(s, &g);
    const tq_status status = choose_along(s, along, &g, err);

    if (status != TQ_OK) {
        simulation_grid_free(&g);
        return status;
    }
    place_along(s, &g);
    find_facets(s, &g);
    *out = g;
    return TQ_OK;
}

void simulation_grid_free(simulation_grid *g)
{
    free(g->block);
    g->block = NULL;
}

size_t simulation_values(const simulation_grid *g, size_t n, size_t j, double *value, size_t most)
{
    size_t found = 0;

    for (size_t i = 0; i < n && found < most; i++) {
        const double one = g->setting[i * SETTINGS + j];
        size_t at = 0;

        while (at < found && value[at] != one) {
            at++;
        }
        if (at == found) {
            value[found++] = one;
        }
    }
    return found;
}

const tq_simulated *simulation_at(const tq_simulation *s, const simulation_grid *g, size_t facet,
                                  size_t place)
{
    for (size_t i = 0; i < s->n; i++) {
        if (g->facet[i] == facet && g->place[i] == place) {
            return &s->one[i];
        }
    }
    return NULL;
}

void simulation_facet_name(const tq_simulation *s, const simulation_grid *g, size_t facet,
                           tq_buffer *out)
{
    simulation_setting all[SETTINGS];
    const char *separator = "";

    simulation_settings(&s->one[g->first[facet]].scenario, all);
    for (size_t j = 0; j < SETTINGS; j++) {
        if (g->varies[j] && j != g->along) {
            tq_buffer_format(out, "%s%s = %g", separator, all[j].label, all[j].value);
            separator = ", ";
        }
    }
}
