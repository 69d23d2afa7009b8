/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marginal rows: averages of rows of the design over the levels of factors. */
#include "moderators/marginal_means.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"

static const double MOST_COMBINATIONS = 1e6;

static const char *const names[TQ_MARGINAL_COUNT] = {
    [TQ_MARGINAL_EQUAL] = "equal", [TQ_MARGINAL_PROPORTIONAL] = "proportional"};

const char *tq_marginal_name(tq_marginal_weights weights)
{
    return weights < TQ_MARGINAL_COUNT ? names[weights] : NULL;
}

static const char *factor_at(const void *table, size_t i)
{
    const tq_design *d = table;

    for (size_t v = 0; v < d->n_variables; v++) {
        if (d->variable[v].n_levels > 0 && i-- == 0) {
            return d->variable[v].name;
        }
    }
    return NULL;
}

tq_status tq_design_factor(const tq_design *design, const char *name, size_t *out, tq_error *err)
{
    for (size_t v = 0; v < design->n_variables; v++) {
        if (design->variable[v].n_levels > 0 && strcmp(design->variable[v].name, name) == 0) {
            *out = v;
            return TQ_OK;
        }
    }
    const char *nearest = tq_nearest_name(name, factor_at, design), *any = factor_at(design, 0);

    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' is no factor of the model; %s%.60s%s",
                   name,
                   nearest ? "did you mean '"
                   : any   ? "there is '"
                           : "it has none",
                   nearest ? nearest
                   : any   ? any
                           : "",
                   nearest ? "'?"
                   : any   ? "'"
                           : "");
}

/* ---- the grid ---- */

/* Variables with their values, and those factors among them that are averaged over. */
typedef struct {
    const tq_design *design;
    tq_value *value; /* [n_variables] */
    size_t *factor;  /* [n] indices of variables */
    size_t *at;      /* [n] level of each, counted like the wheels of an odometer */
    size_t n;
    double *row; /* [p] */
} grid;

static void grid_free(grid *g)
{
    free(g->value);
    free(g->factor);
    free(g->at);
    free(g->row);
}

static const tq_value *find(size_t n, const tq_value *set, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(set[i].name, name) == 0) {
            return &set[i];
        }
    }
    return NULL;
}

static tq_status grid_make(grid *g, const tq_design *d, size_t n, const tq_value *set,
                           tq_error *err)
{
    const size_t m = d->n_variables ? d->n_variables : 1;

    *g = (grid){.design = d,
                .value = calloc(m, sizeof *g->value),
                .factor = calloc(m, sizeof *g->factor),
                .at = calloc(m, sizeof *g->at),
                .row = calloc(d->p, sizeof *g->row)};
    if (!g->value || !g->factor || !g->at || !g->row) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t v = 0; v < d->n_variables; v++) {
        const tq_design_variable *variable = &d->variable[v];
        const tq_value *given = find(n, set, variable->name);

        g->value[v] = given ? *given : (tq_value){variable->name, NULL, variable->mean};
        if (!given && variable->n_levels > 0) {
            g->value[v].text = variable->level[0];
            g->factor[g->n++] = v;
        }
    }
    return TQ_OK;
}

/* The next combination of levels; 0 after the last. */
static int grid_step(grid *g)
{
    for (size_t i = 0; i < g->n; i++) {
        const tq_design_variable *variable = &g->design->variable[g->factor[i]];

        g->at[i] = (g->at[i] + 1) % variable->n_levels;
        g->value[g->factor[i]].text = variable->level[g->at[i]];
        if (g->at[i] > 0) {
            return 1;
        }
    }
    return 0;
}

static tq_status add_row(grid *g, double *x, tq_error *err)
{
    const tq_status status =
        tq_design_row(g->design, g->design->n_variables, g->value, g->row, err);

    for (size_t a = 0; status == TQ_OK && a < g->design->p; a++) {
        x[a] += g->row[a];
    }
    return status;
}

static tq_status average_equal(grid *g, double *x, double *count, tq_error *err)
{
    double combinations = 1.0;

    for (size_t i = 0; i < g->n; i++) {
        combinations *= (double)g->design->variable[g->factor[i]].n_levels;
    }
    if (combinations > MOST_COMBINATIONS) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "the other factors have %g combinations of levels; proportional weights need "
            "those alone that studies have",
            combinations);
    }
    *count = combinations;
    tq_status status;

    do {
        status = add_row(g, x, err);
    } while (status == TQ_OK && grid_step(g));
    return status;
}

static tq_status average_proportional(grid *g, const tq_variable *data, double *x, double *count,
                                      tq_error *err)
{
    tq_status status = TQ_OK;

    *count = (double)(g->n > 0 ? g->design->k : 1);
    for (size_t i = 0; status == TQ_OK && i < (size_t)*count; i++) {
        for (size_t f = 0; f < g->n; f++) {
            const tq_variable *of = &data[g->factor[f]];

            g->value[g->factor[f]].text = of->text ? of->text[i] : NULL;
            g->value[g->factor[f]].number = of->number ? of->number[i] : (double)NAN;
        }
        status = add_row(g, x, err);
    }
    return status;
}

tq_status tq_marginal_row(const tq_design *design, const tq_variable *data, size_t n,
                          const tq_value *set, tq_marginal_weights weights, double *x,
                          tq_error *err)
{
    grid g;
    double count = 1.0;
    tq_status status = grid_make(&g, design, n, set, err);

    memset(x, 0, design->p * sizeof *x);
    if (status == TQ_OK) {
        status = weights == TQ_MARGINAL_PROPORTIONAL
                     ? average_proportional(&g, data, x, &count, err)
                     : average_equal(&g, x, &count, err);
    }
    for (size_t a = 0; a < design->p; a++) {
        x[a] /= count;
    }
    grid_free(&g);
    return status;
}
