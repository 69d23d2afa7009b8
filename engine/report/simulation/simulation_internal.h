/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file simulation_internal.h  What all views of a simulation say of its scenarios. */
#ifndef TQ_REPORT_SIMULATION_SIMULATION_INTERNAL_H
#define TQ_REPORT_SIMULATION_SIMULATION_INTERNAL_H

#include "report/simulation/simulation_view.h"

typedef struct {
    const char *name;  /* in JSON and CSV; with - for _ the option that sets it */
    const char *label; /* in figures and workbooks */
    double value;
    int shown; /* 0: without meaning, or as always */
} simulation_setting;

/* Their number, and the place of the last, which texts word for themselves. */
enum { SIMULATION_SETTINGS = 10, SIMULATION_SMALL_STUDY = SIMULATION_SETTINGS - 1 };

void simulation_settings(const tq_sim_scenario *s, simulation_setting out[SIMULATION_SETTINGS]);

/* Whether a plan finds the setting of this name: it tells no scenarios apart. */
int simulation_is_found(const tq_simulation *s, const char *name);
/* Whether setting j, whose value all scenarios have, is worth saying: it has a meaning, is not found, and is not
   as always. */
int simulation_is_told(const tq_simulation *s, const simulation_setting *all, size_t j);

/* Methods and tests of each scenario. */
size_t simulation_rows(const tq_simulation *s);
/* Power by formula, vi and tau2 known, percent. */
double simulation_formula(const tq_simulation *s, const tq_simulated *one);

/* Whether any scenario has a value of it. */
int simulation_exists(const tq_simulation *s, tq_sim_quantity q);
/* 1 where the quantity does not depend on the test. */
int simulation_by_method(tq_sim_quantity q);
/* 1 where it is in percent. */
int simulation_percent(tq_sim_quantity q);
/* "Coverage", "Type I error", ... as heads and axes say it; of rejected by the effects of all scenarios. */
const char *simulation_head(const tq_simulation *s, tq_sim_quantity q);
/* What it would be at best, NaN where there is no such value: of the scenario. */
double simulation_nominal(const tq_simulation *s, const tq_simulated *one, tq_sim_quantity q);

/*
 * The scenarios as a grid: one setting that varies lies along an axis, every combination of the others is
 * a facet. Of an analysis of one scenario both have one place.
 */
typedef struct {
    int varies[SIMULATION_SETTINGS];
    size_t n_varying;
    size_t along;   /* the setting along the axis; SIMULATION_SETTINGS: none varies */
    size_t n_along; /* its values */
    double *value;  /* [n_along] in the order of their size */
    size_t n_facets;
    size_t *first;         /* [n_facets] a scenario of each */
    size_t *facet, *place; /* [n] of each scenario */
    double *setting;       /* [n * SIMULATION_SETTINGS] values, scenario by scenario */
    void *block;
} simulation_grid;

/* along: name of a setting or its option; NULL: the first that varies, k before all.
   @retval TQ_EINVAL  It does not vary: the message names those that do. @retval TQ_ENOMEM */
tq_status simulation_grid_make(const tq_simulation *s, const char *along, simulation_grid *out,
                               tq_error *err);
void simulation_grid_free(simulation_grid *g);
/* The values of setting j among n scenarios in the order in which they come, each once, the first `most`; returns their number. */
size_t simulation_values(const simulation_grid *g, size_t n, size_t j, double *value, size_t most);
/* The scenario of a facet at a place of the axis; NULL: there is none. */
const tq_simulated *simulation_at(const tq_simulation *s, const simulation_grid *g, size_t facet,
                                  size_t place);
/* "τ² = 0.1, effect = 0.2": what tells a facet from the others. */
void simulation_facet_name(const tq_simulation *s, const simulation_grid *g, size_t facet,
                           tq_buffer *out);

#endif
