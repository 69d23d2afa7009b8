/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analyses made by hand: plausible numbers in every field that a view may show. */
#include "support/sample_analysis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.9599639845400545 /* 97.5% quantile of the normal distribution */

static const tq_measure ratio_measure = {.code = "RR",
                                         .name = "log risk ratio",
                                         .natural = "risk ratio",
                                         .transform = "exp",
                                         .null_value = 0.0};
static const tq_measure difference_measure = {.code = "MD",
                                              .name = "mean difference",
                                              .natural = "mean difference",
                                              .transform = "none",
                                              .null_value = 0.0};

static double two_sided(double z)
{
    return erfc(fabs(z) / sqrt(2.0));
}

static tq_pool *new_fit(tq_arena *arena)
{
    tq_pool *const fit = tq_arena_take(arena, 1, sizeof *fit);
    double *const x = tq_arena_take(arena, 8, sizeof *x);

    if (fit && x) {
        fit->beta = x;
        fit->se = x + 1;
        fit->stat = x + 2;
        fit->df = x + 3;
        fit->pval = x + 4;
        fit->ci_lb = x + 5;
        fit->ci_ub = x + 6;
    }
    return x ? fit : NULL;
}

static double weighted_mean(const sample_data *d, const int *in, double tau2, double *sum)
{
    double sw = 0.0, swy = 0.0;

    for (size_t i = 0; i < d->k; i++) {
        if (in[i]) {
            sw += 1.0 / (d->vi[i] + tau2);
            swy += d->yi[i] / (d->vi[i] + tau2);
        }
    }
    *sum = sw;
    return swy / sw;
}

/* Pool the studies with in[i] set. */
static tq_pool *pooled(tq_arena *arena, const sample_data *d, const int *in)
{
    tq_pool *const fit = new_fit(arena);
    double sw, sw2 = 0.0, Q = 0.0;

    if (!fit) {
        return NULL;
    }
    const double mean = weighted_mean(d, in, 0.0, &sw);

    for (size_t i = 0; i < d->k; i++) {
        if (in[i]) {
            fit->k++;
            Q += (d->yi[i] - mean) * (d->yi[i] - mean) / d->vi[i];
            sw2 += 1.0 / (d->vi[i] * d->vi[i]);
        }
    }
    const double df = (double)fit->k - 1.0;

    fit->p = 1;
    fit->method = TQ_DL;
    fit->test = TQ_TEST_Z;
    fit->level = 95.0;
    fit->tau2 = df > 0.0 ? fmax(0.0, (Q - df) / (sw - sw2 / sw)) : 0.0;
    fit->QE = Q;
    fit->QE_df = df;
    fit->QE_pval = two_sided(sqrt(2.0 * Q) - sqrt(fmax(0.0, 2.0 * df - 1.0)));
    fit->I2 = Q > df ? 100.0 * (Q - df) / Q : 0.0;
    fit->QM = NAN;
    fit->ci.I2[0] = fit->ci.I2[1] = NAN;
    fit->beta[0] = weighted_mean(d, in, fit->tau2, &sw);
    fit->se[0] = sqrt(1.0 / sw);
    fit->stat[0] = fit->beta[0] / fit->se[0];
    fit->df[0] = NAN;
    fit->pval[0] = two_sided(fit->stat[0]);
    fit->ci_lb[0] = fit->beta[0] - Z95 * fit->se[0];
    fit->ci_ub[0] = fit->beta[0] + Z95 * fit->se[0];
    fit->prediction =
        (tq_prediction){fit->beta[0], fit->se[0], fit->ci_lb[0], fit->ci_ub[0], NAN, NAN, NAN};
    return fit;
}

static double natural(const tq_analysis *a, double x)
{
    return a->transform->log_axis ? exp(x) : x;
}

static tq_natural natural_of(const tq_analysis *a, const tq_pool *fit)
{
    const double half = Z95 * sqrt(fit->tau2 + fit->se[0] * fit->se[0]);

    return (tq_natural){natural(a, fit->beta[0]), natural(a, fit->ci_lb[0]),
                        natural(a, fit->ci_ub[0]), natural(a, fit->beta[0] - half),
                        natural(a, fit->beta[0] + half)};
}

static int fill_studies(tq_analysis *a, const sample_data *d)
{
    double sw;
    int *const all = tq_arena_take(a->arena, d->k, sizeof *all);

    a->study = tq_arena_take(a->arena, d->k, sizeof *a->study);
    if (!all || !a->study) {
        return 0;
    }
    for (size_t i = 0; i < d->k; i++) {
        all[i] = 1;
    }
    a->fit = pooled(a->arena, d, all);
    if (!a->fit) {
        return 0;
    }
    a->natural = natural_of(a, a->fit);
    weighted_mean(d, all, a->fit->tau2, &sw);
    for (size_t i = 0; i < d->k; i++) {
        tq_study *const s = &a->study[i];

        *s = (tq_study){.label = d->label[i],
                        .row = i + 1,
                        .yi = d->yi[i],
                        .vi = d->vi[i],
                        .sei = sqrt(d->vi[i]),
                        .ni = NAN,
                        .from = "yi and vi"};
        s->ci_lb = s->yi - Z95 * s->sei;
        s->ci_ub = s->yi + Z95 * s->sei;
        s->weight = 100.0 / (s->vi + a->fit->tau2) / sw;
        s->natural =
            (tq_natural){natural(a, s->yi), natural(a, s->ci_lb), natural(a, s->ci_ub), NAN, NAN};
    }
    return 1;
}

static int fill_table(tq_analysis *a, const sample_data *d)
{
    static const char *const input[] = {"ai", "n1i", "ci", "n2i"};

    a->n_raw = d->table ? 4 : 0;
    a->raw = tq_arena_take(a->arena, 4, sizeof *a->raw);
    for (size_t j = 0; a->raw && j < a->n_raw; j++) {
        double *const value = tq_arena_take(a->arena, d->k, sizeof *value);

        if (!value) {
            return 0;
        }
        for (size_t i = 0; i < d->k; i++) {
            value[i] = d->table[i][j];
        }
        a->raw[j] = (tq_raw_column){input[j], j % 2 ? "Total" : "Events", j < 2 ? 1 : 2, 0, value};
    }
    return a->raw != NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct levels in byte order; returns how many. */
static size_t level_names(const sample_data *d, const char **name)
{
    size_t n = 0;

    for (size_t i = 0; i < d->k; i++) {
        size_t j = 0;

        while (d->level[i] && j < n && strcmp(name[j], d->level[i]) != 0) {
            j++;
        }
        if (d->level[i] && j == n) {
            name[n++] = d->level[i];
        }
    }
    qsort(name, n, sizeof *name, by_name);
    return n;
}

static int fill_level(tq_analysis *a, const sample_data *d, size_t j, const char *name)
{
    tq_block *const block = a->block;
    int *const in = tq_arena_take(a->arena, d->k, sizeof *in);
    size_t k = 0;

    if (!in) {
        return 0;
    }
    for (size_t i = 0; i < d->k; i++) {
        in[i] = d->level[i] && strcmp(d->level[i], name) == 0;
        if (in[i]) {
            block->fit->of[i] = j;
            k++;
        }
    }
    tq_pool *const fit = pooled(a->arena, d, in);

    block->fit->level[j] = (tq_subgroup_level){name, k, fit};
    if (fit) {
        block->natural[j] = natural_of(a, fit);
    }
    return fit != NULL;
}

static int fill_block(tq_analysis *a, const sample_data *d)
{
    const char **const name = tq_arena_take(a->arena, d->k, sizeof *name);
    tq_block *const block = tq_arena_take(a->arena, 1, sizeof *block);

    if (!name || !block) {
        return 0;
    }
    const size_t n = level_names(d, name);

    block->fit = tq_arena_take(a->arena, 1, sizeof *block->fit);
    block->natural = tq_arena_take(a->arena, n + 1, sizeof *block->natural);
    if (!block->fit || !block->natural) {
        return 0;
    }
    *block->fit = (tq_subgroups){.by = "group",
                                 .mode = TQ_TAU2_SEPARATE,
                                 .n = n,
                                 .tau2 = NAN,
                                 .QB = 1.8584,
                                 .QB_df = (double)n - 1.0,
                                 .QB_pval = 0.3949,
                                 .QB_df2 = NAN};
    block->fit->level = tq_arena_take(a->arena, n + 1, sizeof *block->fit->level);
    block->fit->of = tq_arena_take(a->arena, d->k, sizeof *block->fit->of);
    if (!block->fit->level || !block->fit->of) {
        return 0;
    }
    for (size_t i = 0; i < d->k; i++) {
        block->fit->of[i] = TQ_NO_LEVEL;
    }
    a->block = block;
    a->n_blocks = 1;
    for (size_t j = 0; j < n; j++) {
        if (!fill_level(a, d, j, name[j])) {
            return 0;
        }
    }
    return 1;
}

tq_analysis *sample_analysis(const sample_data *d)
{
    tq_arena *const arena = tq_arena_new();
    tq_analysis *const a = arena ? tq_arena_take(arena, 1, sizeof *a) : NULL;

    if (!a) {
        tq_arena_free(arena);
        return NULL;
    }
    a->arena = arena;
    a->provenance.command = "pool";
    a->rows = a->k = d->k;
    a->measure = d->ratio ? &ratio_measure : &difference_measure;
    a->transform = tq_transform_find(d->ratio ? "exp" : "none");
    a->options = (tq_pool_options){.method = TQ_DL, .level = 95.0, .tau2 = NAN, .weighted = 1};
    a->ni_mean = NAN;
    if (!fill_studies(a, d) || !fill_table(a, d) || (d->level && !fill_block(a, d))) {
        tq_arena_free(arena);
        return NULL;
    }
    return a;
}

void sample_free(tq_analysis *a)
{
    if (a) {
        tq_arena_free(a->arena);
    }
}

tq_analysis *sample_bcg(void)
{
    static const char *const label[] = {
        "Aronson 1948",           "Ferguson & Simes 1949",     "Rosenthal et al 1960",
        "Hart & Sutherland 1977", "Frimodt-Moller et al 1973", "Stein & Aronson 1953",
        "Vandiviere et al 1973",  "TPT Madras 1980",           "Coetzee & Berjak 1968",
        "Rosenthal et al 1961",   "Comstock et al 1974",       "Comstock & Webster 1969",
        "Comstock et al 1976"};
    static const double table[13][4] = {
        {4, 123, 11, 139},       {6, 306, 29, 303},        {3, 231, 11, 220},
        {62, 13598, 248, 12867}, {33, 5069, 47, 5808},     {180, 1541, 372, 1451},
        {8, 2545, 10, 629},      {505, 88391, 499, 88391}, {29, 7499, 45, 7277},
        {17, 1716, 65, 1665},    {186, 50634, 141, 27338}, {5, 2498, 3, 2341},
        {27, 16913, 29, 17854}};
    static const char *const level[] = {
        "Random", "Random", "Random",     "Random",     "Alternate",  "Alternate", "Random",
        "Random", "Random", "Systematic", "Systematic", "Systematic", "Systematic"};
    double yi[13], vi[13];

    for (size_t i = 0; i < 13; i++) {
        const double *const t = table[i];

        yi[i] = log(t[0] / t[1] / (t[2] / t[3]));
        vi[i] = 1.0 / t[0] - 1.0 / t[1] + 1.0 / t[2] - 1.0 / t[3];
    }
    tq_analysis *const a = sample_analysis(&(sample_data){13, label, yi, vi, level, table, 1});

    if (a) {
        a->provenance.title = "BCG vaccine versus no vaccine: risk of tuberculosis";
        a->provenance.group1 = "BCG";
        a->provenance.group2 = "No vaccine";
    }
    return a;
}
