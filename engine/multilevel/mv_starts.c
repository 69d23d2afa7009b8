/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the searches for the maximum of the likelihood start. */
#include <math.h>

#include "core/splitmix.h"
#include "multilevel/multilevel_internal.h"

/* Starts anywhere, where several components of a term give the likelihood several tops. With many effects it has one,
   and a search takes longer. */
enum {
    ANYWHERE = 16,
    VERY_FEW_EFFECTS = 100,
    FEW_EFFECTS = 500,
    MANY_EFFECTS = 2000,
    MOST_EFFECTS = 20000,
    MANY_LEVELS = 2000
};

static size_t fixed_starts(const tq_mv_problem *problem)
{
    return 4 + (problem->n_terms > 1 ? problem->n_terms : 0);
}

/* Whether a term has several components that are searched for; by a factor the likelihood is kinder. */
static int has_shape(const tq_mv_problem *problem)
{
    for (size_t r = 0; r < problem->n_par; r++) {
        const mv_parameter *par = &problem->par[r];
        const int factor = par->kind == MV_FREE && problem->k > VERY_FEW_EFFECTS;

        if (par->variable != MV_GIVEN && !factor && (par->index > 0 || par->kind != MV_VARIANCE)) {
            return 1;
        }
    }
    return 0;
}

size_t mv_count_starts(const tq_mv_problem *problem)
{
    const size_t fixed = fixed_starts(problem);

    if (problem->k > MOST_EFFECTS || (problem->n_crossed && problem->most_columns > MANY_LEVELS)) {
        return 1;
    }
    return problem->k > MANY_EFFECTS                         ? (fixed > 3 ? 3 : fixed)
           : problem->k <= FEW_EFFECTS && has_shape(problem) ? fixed + ANYWHERE
                                                             : fixed;
}

/* The u of a range at a factor times the unit. */
static double range_at(const mv_parameter *par, double factor)
{
    return mv_u_of(par, fmin(exp(par->hi), fmax(exp(par->lo), factor * par->unit)));
}

/* Where the parameters of a kind begin. */
typedef struct {
    double sd;    /* of an effect of the term */
    double angle; /* u of a correlation */
    double range; /* in units */
    double off;   /* an element of a factor off its diagonal */
} start_place;

static double start_of(const mv_parameter *par, const start_place *at)
{
    switch (par->kind) {
    case MV_VARIANCE:
        return at->sd;
    case MV_SD:
    case MV_LENGTH:
        return sqrt(at->sd);
    case MV_CORRELATION:
        return at->angle;
    case MV_RANGE:
        return range_at(par, at->range);
    default:
        return mv_on_diagonal(par->index) ? at->sd : at->off;
    }
}

/* The u of a correlation, kept away from the lowest. */
static double angle_of(const mv_parameter *par, double rho)
{
    return par->kind == MV_CORRELATION ? mv_u_of(par, fmax(rho, 0.8 * par->lo)) : 0.0;
}

/* Equal shares; then each term with nearly all; then little, much, and other correlations. */
static void start_in_order(const tq_mv_problem *problem, size_t i, double *start)
{
    const size_t terms = problem->n_terms, shared = terms > 1 ? terms : 0;
    const size_t late = i > shared ? i - shared : 0; /* 1, 2, 3: the other starts */
    const double rho[] = {0.5, 0.05, 0.9, -0.3}, off[] = {0.1, 0.1, 0.5, -0.3};
    const double total = problem->total;

    for (size_t r = 0; r < problem->n_par; r++) {
        const mv_parameter *par = &problem->par[r];
        double variance = total / (double)terms;

        if (par->variable == MV_GIVEN) {
            continue;
        }
        if (i >= 1 && i <= shared) {
            variance = par->term == i - 1 ? 0.9 * total : 0.05 * total;
        }
        variance *= late == 1 ? 0.05 : late == 2 ? 4.0 : 1.0;
        const double sd = sqrt(variance);
        const start_place at = {.sd = sd,
                                .angle = angle_of(par, rho[late % 4]),
                                .range = late == 1   ? exp(-1.5)
                                         : late == 2 ? exp(1.5)
                                                     : 1.0,
                                .off = sd * off[late % 4]};

        start[par->variable] = start_of(par, &at);
    }
}

/* In (-1, 1). */
static double drawn(uint64_t *stream)
{
    return 2.0 * ((double)(tq_splitmix(stream) >> 11) + 0.5) * 0x1p-53 - 1.0;
}

static void start_anywhere(const tq_mv_problem *problem, size_t i, double *start)
{
    uint64_t stream = tq_splitmix_stream(1, i);

    for (size_t r = 0; r < problem->n_par; r++) {
        const mv_parameter *par = &problem->par[r];
        const double x = drawn(&stream), sd = sqrt(problem->total);
        const start_place at = {.sd = sd * exp(3.0 * x - 0.5),
                                .angle = 1.5 * x,
                                .range = exp(4.0 * x),
                                .off = sd * 2.0 * x};

        if (par->variable != MV_GIVEN) {
            start[par->variable] = start_of(par, &at);
        }
    }
}

void mv_start_at(const tq_mv_problem *problem, size_t i, double *u)
{
    if (i < fixed_starts(problem)) {
        start_in_order(problem, i, u);
    } else {
        start_anywhere(problem, i, u);
    }
}
