/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of the random terms: what is estimated, its bounds, the variables of the search. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/vector.h"
#include "multilevel/multilevel_internal.h"

/* ---- what a factor's levels tell about ---- */

/* seen[n_inner x n_inner]: in how many groups two inner levels stand together; the diagonal counts the
   groups of a level. The rows come group by group. */
typedef struct {
    size_t *order;  /* [k] rows, by group */
    size_t *start;  /* [n_groups + 1] */
    size_t *last;   /* [n_inner] group that a level was last seen in, + 1 */
    size_t *levels; /* [n_inner] those of one group */
} by_group;

static void by_group_free(by_group *g)
{
    free(g->order);
    free(g->start);
    free(g->last);
    free(g->levels);
}

static int by_group_init(const tq_mv_term *t, size_t k, by_group *g)
{
    g->order = calloc(k + 1, sizeof *g->order);
    g->start = calloc(t->n_groups + 2, sizeof *g->start);
    g->last = calloc(t->n_inner + 1, sizeof *g->last);
    g->levels = calloc(t->n_inner + 1, sizeof *g->levels);
    if (!g->order || !g->start || !g->last || !g->levels) {
        return 0;
    }
    for (size_t i = 0; i < k; i++) {
        g->start[t->group[i] + 2]++;
    }
    for (size_t a = 2; a < t->n_groups + 2; a++) {
        g->start[a] += g->start[a - 1];
    }
    for (size_t i = 0; i < k; i++) {
        g->order[g->start[t->group[i] + 1]++] = i;
    }
    return 1;
}

/* The different inner levels of a group, in g->levels. */
static size_t levels_in(const tq_mv_term *t, by_group *g, size_t group)
{
    size_t n = 0;

    for (size_t a = g->start[group]; a < g->start[group + 1]; a++) {
        const size_t level = t->inner[g->order[a]];

        if (g->last[level] != group + 1) {
            g->last[level] = group + 1;
            g->levels[n++] = level;
        }
    }
    return n;
}

/* A level's groups, most levels of a group, and (UN) pairs that stand together. */
typedef struct {
    size_t *groups; /* [n_inner] */
    size_t most;
    unsigned char *pair; /* [n_inner (n_inner - 1) / 2]; NULL: not UN */
} level_counts;

static int count_levels(const tq_mv_term *t, size_t k, level_counts *out)
{
    const size_t n = t->n_inner;
    by_group g = {0};
    int whole = by_group_init(t, k, &g);

    out->groups = calloc(n + 1, sizeof *out->groups);
    out->pair = t->structure == TQ_MV_UN ? calloc(n * n + 1, 1) : NULL;
    whole = whole && out->groups && (out->pair || t->structure != TQ_MV_UN);
    for (size_t a = 0; whole && a < t->n_groups; a++) {
        const size_t m = levels_in(t, &g, a);

        out->most = m > out->most ? m : out->most;
        for (size_t b = 0; b < m; b++) {
            out->groups[g.levels[b]]++;
            for (size_t c = 0; out->pair && c < m; c++) {
                if (g.levels[b] < g.levels[c]) {
                    out->pair[mv_correlation_at(n, g.levels[b], g.levels[c])] = 1;
                }
            }
        }
    }
    by_group_free(&g);
    return whole;
}

/* ---- kinds and bounds ---- */

static mv_kind kind_of(const tq_mv_term *t, int by_cholesky, size_t index)
{
    const int variance = index < tq_mv_variances(t);

    switch (t->structure) {
    case TQ_MV_UN:
    case TQ_MV_GEN:
        return by_cholesky ? MV_FREE : variance ? MV_SD : MV_CORRELATION;
    case TQ_MV_HCS:
    case TQ_MV_HAR:
        return variance ? MV_SD : MV_CORRELATION;
    case TQ_MV_SPEXP:
    case TQ_MV_SPGAU:
    case TQ_MV_SPLIN:
    case TQ_MV_SPRAT:
    case TQ_MV_SPSPH:
        return variance ? MV_VARIANCE : MV_RANGE;
    default:
        return variance ? MV_VARIANCE : MV_CORRELATION;
    }
}

/* An equal correlation of m effects is at least -1/(m - 1), m those that stand together. */
static double lowest_correlation(const tq_mv_term *t, const level_counts *counts)
{
    switch (t->structure) {
    case TQ_MV_CS:
    case TQ_MV_HCS:
        return -1.0 / ((double)(counts->most > 2 ? counts->most : 2) - 1.0);
    case TQ_MV_CAR:
        return 0.0;
    default:
        return -1.0;
    }
}

/* A middling distance between rows of one group, as the unit of a range. */
static double typical_distance(const tq_mv_problem *problem, const tq_mv_term *t)
{
    double sum = 0.0;
    size_t n = 0;

    for (size_t i = 0; i + 1 < problem->k && n < 10000; i++) {
        for (size_t step = 1; step <= 8 && i + step < problem->k; step++) {
            const double d = mv_distance_between(t, problem->k, i, i + step);

            if (t->group[i] == t->group[i + step] && d > 0.0) {
                sum += d;
                n++;
            }
        }
    }
    return n ? sum / (double)n : 1.0;
}

/* The smallest and the largest distance within a group; both 1 where there is none. */
static void extreme_distances(const tq_mv_problem *problem, const tq_mv_term *t,
                              const by_group *groups, double *least, double *most)
{
    *least = INFINITY;
    *most = 0.0;
    for (size_t g = 0; g < t->n_groups; g++) {
        for (size_t a = groups->start[g]; a < groups->start[g + 1]; a++) {
            for (size_t b = groups->start[g]; b < a; b++) {
                const double d =
                    mv_distance_between(t, problem->k, groups->order[a], groups->order[b]);

                *least = d > 0.0 ? fmin(*least, d) : *least;
                *most = fmax(*most, d);
            }
        }
    }
    if (!(*most > 0.0)) {
        *least = *most = 1.0;
    }
}

/* Put d among out[n], nearest to a range first, unless it is there already, or too far; how many there are. */
static size_t insert_near(double d, double range, size_t n, size_t most, double *out)
{
    const double away = fabs(log(d / range));
    size_t at = n;

    while (at > 0 && fabs(log(out[at - 1] / range)) > away) {
        at--;
    }
    for (size_t a = 0; a < n; a++) {
        if (fabs(out[a] - d) <= 1e-12 * d) {
            return n;
        }
    }
    if (at == most) {
        return n;
    }
    n += n < most;
    memmove(out + at + 1, out + at, (n - at - 1) * sizeof *out);
    out[at] = d;
    return n;
}

size_t mv_distances_near(const tq_mv_problem *problem, size_t term, double range, size_t most,
                         double *out)
{
    const tq_mv_term *t = &problem->term[term];
    size_t n = 0;

    for (size_t i = 0; i < problem->k; i++) {
        for (size_t j = 0; j < i; j++) {
            const double d =
                t->group[i] == t->group[j] ? mv_distance_between(t, problem->k, i, j) : 0.0;

            n = d > 0.0 ? insert_near(d, range, n, most, out) : n;
        }
    }
    return n;
}

/* A range ends where all correlations are 0, and where they are 1, but for a millionth. */
static int find_range(const tq_mv_problem *problem, const tq_mv_term *t, mv_parameter *par)
{
    static const struct {
        double nearest, farthest;           /* distance over range there */
    } at[] = {[TQ_MV_SPEXP] = {14.0, 1e-6}, /* exp(-14) is about 1e-6 */
              [TQ_MV_SPGAU] = {3.75, 1e-3},
              [TQ_MV_SPLIN] = {1.0, 1e-6},
              [TQ_MV_SPRAT] = {1e3, 1e-3},
              [TQ_MV_SPSPH] = {1.0, 1e-6}};
    by_group groups = {0};
    double least, most;
    const int whole = by_group_init(t, problem->k, &groups);

    if (whole) {
        extreme_distances(problem, t, &groups, &least, &most);
        par->unit = typical_distance(problem, t);
        par->lo = log(least / at[t->structure].nearest);
        par->hi = log(most / at[t->structure].farthest);
    }
    by_group_free(&groups);
    return whole;
}

static int has_inner(const tq_mv_term *t)
{
    return t->structure >= TQ_MV_ID && t->structure <= TQ_MV_HAR;
}

/* Whether the data say nothing about a component, which is then 0. */
static int tells_nothing(const tq_mv_term *t, const level_counts *counts, size_t index)
{
    const size_t variances = tq_mv_variances(t);

    if (t->structure == TQ_MV_INTERCEPT) {
        return t->n_groups == 1;
    }
    if (!has_inner(t)) {
        return 0;
    }
    if (index < variances) {
        return variances > 1 && counts->groups[index] < 2 && t->n_groups > 1;
    }
    return counts->pair ? !counts->pair[index - variances] : counts->most < 2;
}

/* ---- given and equal ones ---- */

/* The parameter of a value in the user's units. */
double mv_phi_of(const tq_mv_problem *problem, const mv_parameter *par, double value)
{
    const tq_mv_term *t = &problem->term[par->term];
    const double *scale = problem->scale[par->term];
    const double s = scale && par->index < t->q ? scale[par->index] : 1.0;

    return par->kind == MV_VARIANCE ? value * s * s / problem->unit
           : par->kind == MV_SD     ? s * sqrt(value / problem->unit)
                                    : value;
}

static tq_status give(tq_mv_problem *problem, size_t c, double value, tq_error *err)
{
    mv_parameter *par = &problem->par[c];
    const int correlation =
        par->kind == MV_CORRELATION ||
        (par->kind == MV_FREE && par->index >= tq_mv_variances(&problem->term[par->term]));
    const int valid = correlation             ? value >= par->lo && value <= par->hi
                      : par->kind == MV_RANGE ? value > 0.0 && isfinite(value)
                                              : value >= 0.0 && isfinite(value);

    if (!valid) {
        return correlation
                   ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "the given correlation %g of '%.60s' is outside [%g, %g]", value,
                             problem->term[par->term].name, par->lo, par->hi)
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "the given component %g of '%.60s' must be %s 0", value,
                             problem->term[par->term].name, par->kind == MV_RANGE ? ">" : ">=");
    }
    par->fixed = 1;
    par->asked = value;
    if (par->kind != MV_FREE) { /* of a factor: give_rows() */
        par->variable = MV_GIVEN;
        par->given = mv_phi_of(problem, par, value);
        par->single = 0;
    }
    return TQ_OK;
}

/* Ranges of two terms that are made equal, and those that equal them already, end where the wider one does. */
static void join_ranges(tq_mv_problem *problem, mv_parameter *par, mv_parameter *other)
{
    const double lo = fmin(par->lo, other->lo), hi = fmax(par->hi, other->hi);

    par->lo = lo;
    par->hi = hi;
    for (size_t c = 0; c < problem->n_par; c++) {
        if (problem->par[c].kind == MV_RANGE && problem->par[c].variable == other->variable) {
            problem->par[c].lo = lo;
            problem->par[c].hi = hi;
        }
    }
}

static tq_status equate(tq_mv_problem *problem, size_t c, size_t to, tq_error *err)
{
    mv_parameter *par = &problem->par[c], *other = &problem->par[to];

    if (par->kind == MV_RANGE && other->kind == MV_RANGE) {
        join_ranges(problem, par, other);
    }
    if (par->kind != other->kind || par->lo != other->lo || par->hi != other->hi) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "a component of '%.60s' and one of '%.60s' are not of one kind and cannot be "
            "made equal",
            problem->term[par->term].name, problem->term[other->term].name);
    }
    par->variable = other->variable;
    par->fixed = other->variable == MV_GIVEN;
    par->given = other->given;
    par->unit = other->unit;
    par->single = 0;
    return TQ_OK;
}

/* ---- the whole ---- */

static int is_equated(const tq_mv_options *opt, size_t first, size_t end)
{
    for (size_t c = first; c < end; c++) {
        if (opt->equal && opt->equal[c] != c) {
            return 1;
        }
    }
    return 0;
}

static double given_of(const tq_mv_options *opt, size_t c)
{
    return opt->fixed ? opt->fixed[c] : NAN;
}

/* Which levels the factor of a term has to begin with, so that what is given is one of its elements or the
   ratio of two: a variance, a correlation, both, or both variances and the correlation of two levels. 0: more
   is given, or a variance of 0, which has no direction. */
static int find_lead(const tq_mv_term *t, const tq_mv_options *opt, size_t first, mv_lead *lead)
{
    const size_t q = tq_mv_variances(t);
    size_t variances = 0, correlations = 0, of = 0;

    *lead = (mv_lead){0, 1, NAN};
    for (size_t a = 0; a < q; a++) {
        if (!isnan(given_of(opt, first + a))) {
            variances++;
            of = a;
        }
        if (given_of(opt, first + a) <= 0.0) {
            return 0;
        }
    }
    for (size_t a = 0; a < q; a++) {
        for (size_t b = a + 1; b < q; b++) {
            const double rho = given_of(opt, first + q + mv_correlation_at(q, a, b));

            if (!isnan(rho)) {
                correlations++;
                *lead = (mv_lead){a, b, rho};
            }
        }
    }
    if (correlations == 0 && variances <= 1) {
        *lead = of == 0 ? *lead : (mv_lead){of, 0, NAN};
        return 1;
    }
    const int both =
        !isnan(given_of(opt, first + lead->first)) && !isnan(given_of(opt, first + lead->second));

    if (variances == 1 && of == lead->second) {
        *lead = (mv_lead){lead->second, lead->first, lead->rho};
    }
    return correlations == 1 &&
           (variances == 0 || (variances == 1 && of == lead->first) || (variances == 2 && both));
}

/* Elements of a factor that follow from what is given of the levels that it begins with. */
static void give_rows(tq_mv_problem *problem, size_t t, const tq_mv_options *opt)
{
    const size_t first = problem->first[t], q = tq_mv_variances(&problem->term[t]);
    const mv_lead lead = problem->lead[t];
    const double *scale = problem->scale[t];
    mv_parameter *par = problem->par + first;
    double sd[2] = {NAN, NAN};

    for (size_t i = 0; i < 2 && i < q; i++) {
        const size_t level = i ? lead.second : lead.first;

        sd[i] = (scale ? scale[level] : 1.0) * sqrt(given_of(opt, first + level) / problem->unit);
    }
    if (!isnan(sd[0])) {
        par[0].variable = MV_GIVEN;
        par[0].given = sd[0];
    }
    if (isnan(lead.rho)) {
        return;
    }
    par[0].kind = MV_LENGTH; /* turned around, a row would change the sign of the correlation */
    for (size_t i = 1; i < 3; i++) { /* (rho, sqrt(1 - rho^2)) times a length */
        par[i].kind = MV_LENGTH;
        par[i].unit = i == 1 ? lead.rho : sqrt((1.0 - lead.rho) * (1.0 + lead.rho));
        par[i].variable = isnan(sd[1]) ? par[1].variable : MV_GIVEN;
        par[i].given = par[i].unit * sd[1];
    }
}

/* UN and GEN go by their factor, which knows no bounds, unless more is given than it can hold. */
static tq_status set_term(tq_mv_problem *problem, size_t t, const tq_mv_options *opt,
                          const int *by_cholesky, tq_error *err)
{
    const tq_mv_term *term = &problem->term[t];
    const size_t first = problem->first[t], end = problem->first[t + 1];
    level_counts counts = {0};
    tq_status status = TQ_OK;
    int single = 0;

    if (has_inner(term) && !count_levels(term, problem->k, &counts)) {
        free(counts.groups);
        free(counts.pair);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t c = first; c < end; c++) {
        single |= tells_nothing(term, &counts, c - first);
    }
    problem->by_cholesky[t] = (!by_cholesky || by_cholesky[t]) &&
                              (term->structure == TQ_MV_UN || term->structure == TQ_MV_GEN) &&
                              !single && !is_equated(opt, first, end) &&
                              find_lead(term, opt, first, &problem->lead[t]);
    for (size_t c = first; c < end; c++) {
        mv_parameter *par = &problem->par[c];

        *par = (mv_parameter){.kind = kind_of(term, problem->by_cholesky[t], c - first),
                              .term = t,
                              .index = c - first,
                              .lo = lowest_correlation(term, &counts),
                              .hi = 1.0,
                              .unit = 1.0};
        if (par->kind == MV_RANGE && !find_range(problem, term, par)) {
            status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        par->single = tells_nothing(term, &counts, c - first);
        par->variable = par->single ? MV_GIVEN : problem->n_var++;
    }
    free(counts.groups);
    free(counts.pair);
    return status;
}

/* Variables that no parameter uses any more are closed up. */
static void number_again(tq_mv_problem *problem)
{
    size_t n = 0;

    for (size_t v = 0; v < problem->n_var; v++) {
        int used = 0;

        for (size_t c = 0; c < problem->n_par; c++) {
            if (problem->par[c].variable == v) {
                problem->par[c].variable = n;
                used = 1;
            }
        }
        n += (size_t)used;
    }
    problem->n_var = n;
}

tq_status mv_parameters_set(tq_mv_problem *problem, const tq_mv_options *opt,
                            const int *by_cholesky, tq_error *err)
{
    tq_status status = TQ_OK;

    problem->n_var = 0;
    for (size_t t = 0; status == TQ_OK && t < problem->n_terms; t++) {
        status = set_term(problem, t, opt, by_cholesky, err);
    }
    for (size_t c = 0; opt->equal && status == TQ_OK && c < problem->n_par; c++) {
        if (opt->equal[c] != c) {
            status = opt->equal[c] < c ? equate(problem, c, opt->equal[c], err)
                                       : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                                 "a component can equal an earlier one only");
        }
    }
    for (size_t c = 0; opt->fixed && status == TQ_OK && c < problem->n_par; c++) {
        if (!isnan(opt->fixed[c])) {
            status = give(problem, c, opt->fixed[c], err);
        }
    }
    for (size_t t = 0; status == TQ_OK && t < problem->n_terms; t++) {
        if (problem->by_cholesky[t]) {
            give_rows(problem, t, opt);
        }
    }
    number_again(problem);
    return status;
}

/* ---- u, phi, components ---- */

double mv_u_of(const mv_parameter *par, double phi)
{
    const double middle = 0.5 * (par->lo + par->hi), half = 0.5 * (par->hi - par->lo);

    switch (par->kind) {
    case MV_VARIANCE:
    case MV_SD:
        return sqrt(fmax(phi, 0.0));
    case MV_CORRELATION:
        return asin(fmax(-1.0, fmin(1.0, (phi - middle) / half)));
    case MV_LENGTH:
        return sqrt(fmax(phi / par->unit, 0.0));
    case MV_RANGE:
        return asin(fmax(-1.0, fmin(1.0, (log(phi) - middle) / half)));
    default:
        return phi;
    }
}

static double phi_from(const mv_parameter *par, double u, double *d1, double *d2)
{
    const double middle = 0.5 * (par->lo + par->hi), half = 0.5 * (par->hi - par->lo);

    switch (par->kind) {
    case MV_VARIANCE:
    case MV_SD:
        *d1 = 2.0 * u;
        *d2 = 2.0;
        return u * u;
    case MV_CORRELATION:
        *d1 = half * cos(u);
        *d2 = -half * sin(u);
        return middle + half * sin(u);
    case MV_LENGTH:
        *d1 = 2.0 * par->unit * u;
        *d2 = 2.0 * par->unit;
        return par->unit * u * u;
    case MV_RANGE: {
        const double phi = exp(middle + half * sin(u)), slope = half * cos(u);

        *d1 = phi * slope;
        *d2 = phi * (slope * slope - half * sin(u));
        return phi;
    }
    default:
        *d1 = 1.0;
        *d2 = 0.0;
        return u;
    }
}

void mv_phi_at(const tq_mv_problem *problem, const double *u, double *phi, double *d1, double *d2)
{
    for (size_t c = 0; c < problem->n_par; c++) {
        const mv_parameter *par = &problem->par[c];
        double first = 0.0, second = 0.0;

        phi[c] = par->variable == MV_GIVEN ? par->given
                                           : phi_from(par, u[par->variable], &first, &second);
        if (d1) {
            d1[c] = first;
        }
        if (d2) {
            d2[c] = second;
        }
    }
}

/* T of a term by its factor, in the user's units. */
static void from_factor(const tq_mv_problem *problem, size_t t, const double *phi, double *value)
{
    const size_t q = tq_mv_variances(&problem->term[t]);
    const mv_lead *lead = &problem->lead[t];
    const double *scale = problem->scale[t];

    for (size_t a = 0; a < q; a++) {
        const size_t row = mv_row_of(lead, a), at = row * (row + 1) / 2;

        value[a] = tq_dot(row + 1, phi + at, phi + at);
    }
    for (size_t a = 0; a < q; a++) {
        for (size_t b = a + 1; b < q; b++) {
            const size_t i = mv_row_of(lead, a), j = mv_row_of(lead, b);
            const double x =
                tq_dot((i < j ? i : j) + 1, phi + i * (i + 1) / 2, phi + j * (j + 1) / 2);
            const double size = sqrt(value[a]) * sqrt(value[b]);

            value[q + mv_correlation_at(q, a, b)] =
                size > 0.0 ? fmax(-1.0, fmin(1.0, x / size)) : 0.0;
        }
    }
    for (size_t a = 0; a < q; a++) {
        value[a] *= problem->unit / (scale ? scale[a] * scale[a] : 1.0);
    }
}

void mv_components_from(const tq_mv_problem *problem, const double *phi, double *value)
{
    for (size_t t = 0; t < problem->n_terms; t++) {
        const double *scale = problem->scale[t];
        const size_t first = problem->first[t];

        if (problem->by_cholesky[t]) {
            from_factor(problem, t, phi + first, value + first);
            continue;
        }
        for (size_t c = first; c < problem->first[t + 1]; c++) {
            const size_t a = c - first;
            const double s = scale && a < problem->term[t].q ? scale[a] * scale[a] : 1.0;

            value[c] = problem->par[c].kind == MV_VARIANCE ? phi[c] * problem->unit / s
                       : problem->par[c].kind == MV_SD     ? phi[c] * phi[c] * problem->unit / s
                                                           : phi[c];
        }
    }
}
