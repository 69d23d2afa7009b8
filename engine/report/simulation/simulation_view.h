/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file simulation_view.h  Views of a simulation or power study. */
#ifndef TQ_REPORT_SIMULATION_SIMULATION_VIEW_H
#define TQ_REPORT_SIMULATION_SIMULATION_VIEW_H

#include "report/view.h"
#include "simulate/simulate.h"

/** One scenario and what came of it. */
typedef struct {
    tq_sim_scenario scenario; /* of a plan: with the size found */
    tq_sim_studies studies;
    int found;       /* of a plan: 0 where no size reaches the power; else 1 */
    tq_sim_row *row; /* [n_methods * n_tests]; one of a plan */
} tq_simulated;

typedef struct {
    tq_provenance provenance;
    const tq_sim_options *options;
    int plan; /* 1: sizes were searched for */
    tq_sim_find find;
    double power;      /* percent */
    tq_simulated *one; /* [n] */
    size_t n;
} tq_simulation;

/** A view of a simulation, appended to out. */
typedef tq_status tq_simulation_view(const tq_simulation *s, const tq_view_options *opt,
                                     tq_buffer *out, tq_error *err);

/** A table for each scenario, Monte-Carlo errors in parentheses; in opt's markup. */
TQ_API tq_simulation_view tq_simulation_text;
/** Schema "tausq/1": design, scenarios with their results. */
TQ_API tq_simulation_view tq_simulation_json;
/** A row for each scenario, method and test; RFC 4180. */
TQ_API tq_simulation_view tq_simulation_csv;

#endif
