/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GOSH plot: Olkin, Dahabreh & Trikalinos (2012), Res. Synth. Methods 3:214-223. A circle for each cell of
 * estimate and I2, its area by how many models fall into it; those with a study in another colour.
 */
#include <math.h>
#include <string.h>

#include "core/names.h"
#include "report/figure/plot_internal.h"

/* Of the fullest cell, in points: neighbours touch. */
#define LARGEST_DOT 2.2
#define LEAST_DOT 0.5

static const char *label_at(const void *table, size_t i)
{
    const tq_analysis *const a = table;

    return i < a->k ? a->study[i].label : NULL;
}

static tq_status find_study(const tq_analysis *a, const char *name, size_t *at, tq_error *err)
{
    for (*at = 0; *at < a->k; (*at)++) {
        if (a->study[*at].label && strcmp(a->study[*at].label, name) == 0) {
            return TQ_OK;
        }
    }
    const char *const nearest = tq_nearest_name(name, label_at, a);

    return nearest ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "--out: no study '%.60s'; did you mean '%.60s'?", name, nearest)
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--out: no study '%.60s'", name);
}

/* Models in a cell: those in `only`, or all but those in `without`; NULL: no such list. */
static uint32_t count(const tq_gosh *g, const uint32_t *without, const uint32_t *only, size_t at)
{
    return only ? only[at] : g->cell[at] - (without ? without[at] : 0);
}

static void add_cells(chart_maker *m, const uint32_t *without, const uint32_t *only, tq_ink ink,
                      const char *legend)
{
    const tq_gosh *const g = m->a->gosh->fit;
    const double width = (g->hi - g->lo) / TQ_GOSH_GRID_X, height = 100.0 / TQ_GOSH_GRID_Y;
    uint32_t most = 1;
    size_t n = 0;

    for (size_t at = 0; at < TQ_GOSH_CELLS; at++) {
        const uint32_t here = count(g, without, only, at);

        most = g->cell[at] > most ? g->cell[at] : most;
        n += here > 0;
    }
    tq_chart_layer *const dots = n ? chart_layer(m, TQ_CHART_POINTS, "models", ink, n) : NULL;
    double *const radius = n ? chart_take(m, n, sizeof *radius) : NULL;

    for (size_t at = 0, i = 0; dots && radius && at < TQ_GOSH_CELLS; at++) {
        const uint32_t here = count(g, without, only, at);

        if (here > 0) {
            const size_t column = at % TQ_GOSH_GRID_X, row = at / TQ_GOSH_GRID_X;

            dots->x[i] = g->lo + ((double)column + 0.5) * width;
            dots->y[i] = ((double)row + 0.5) * height;
            radius[i++] = fmax(LEAST_DOT, LARGEST_DOT * sqrt((double)here / (double)most));
        }
    }
    if (dots && radius) {
        dots->radius = radius;
        dots->legend = legend;
    }
}

static void add_all(chart_maker *m, const tq_plot_options *opt, const char *study, size_t i)
{
    const tq_analysis *const a = m->a;
    const tq_gosh *const g = a->gosh->fit;
    chart_range x = {g->lo, g->hi};
    const int given = plot_limits(a, opt, &x);
    const double null = chart_null(a);

    chart_x_axis(m, x, chart_log_axis(a), given, chart_effect_label(m));
    chart_y_axis(m, (chart_range){0.0, 100.0}, 0, 1, "I\xC2\xB2 (percent)");
    if (isfinite(null)) {
        chart_segment(m, "null", TQ_INK_RULE, CHART_THIN, 0.0, null, 0.0, null, 100.0);
    }
    if (study) {
        const uint32_t *const with = g->cell_with + i * TQ_GOSH_CELLS;

        add_cells(m, with, NULL, TQ_INK_GROUP, CHART_TEXT(m, "without %s", study));
        add_cells(m, NULL, with, TQ_INK_GROUP_2, CHART_TEXT(m, "with %s", study));
    } else {
        add_cells(m, NULL, NULL, TQ_INK_POOLED, NULL);
    }
    m->c->subtitle =
        CHART_TEXT(m, "%llu subsets: %s", (unsigned long long)g->models, chart_model(m));
    m->c->caption = "Areas of the dots: how many models have that estimate and I\xC2\xB2.";
}

tq_status plot_gosh(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out, tq_error *err)
{
    enum { LAYERS = 4 };
    size_t i = 0;

    if (!a->gosh || isnan(a->gosh->fit->I2[0])) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "there are no models of subsets, with an I2, to show");
    }
    const tq_status status = opt->study ? find_study(a, opt->study, &i, err) : TQ_OK;

    if (status != TQ_OK) {
        return status;
    }
    chart_maker m = chart_begin(a, "GOSH plot", LAYERS);

    if (!m.failed) {
        add_all(&m, opt, opt->study, i);
    }
    return plot_end(&m, TQ_OK, out, err);
}
