/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weight functions of selection models, and the z axis divided for them. */
#include <math.h>

#include "bias/selmodel_internal.h"
#include "core/distributions.h"
#include "core/gauss_legendre.h"

/* ---- the functions ---- */

static void beta(const sel_point *at, const double *delta, sel_log_weight *out)
{
    *out = (sel_log_weight){.l = (delta[0] - 1.0) * at->log_p + (delta[1] - 1.0) * at->log_q,
                            .g = {at->log_p, at->log_q}};
}

static void half_normal(const sel_point *at, const double *delta, sel_log_weight *out)
{
    *out = (sel_log_weight){.l = -delta[0] * at->p * at->p, .g = {-at->p * at->p}};
}

static void negative_exponential(const sel_point *at, const double *delta, sel_log_weight *out)
{
    *out = (sel_log_weight){.l = -delta[0] * at->p, .g = {-at->p}};
}

/* log 2 - delta p - log(1 + exp(-delta p)), delta p >= 0. */
static void logistic(const sel_point *at, const double *delta, sel_log_weight *out)
{
    const double e = exp(-delta[0] * at->p), share = 1.0 / (1.0 + e);

    *out = (sel_log_weight){.l = log(2.0) - delta[0] * at->p - log1p(e),
                            .g = {-at->p * share},
                            .h = {-at->p * at->p * share * (e * share)}};
}

static void power(const sel_point *at, const double *delta, sel_log_weight *out)
{
    *out = (sel_log_weight){.l = delta[0] * at->log_q, .g = {at->log_q}};
}

/* Citkowicz & Vevea (2017) keep p away from 0 and 1, where a beta density may be infinite. */
static const double CLIP = 1e-5;

#define PRESTON "Preston, Ashby & Smyth (2004), J. Eval. Clin. Pract. 10:313-322"

const sel_family sel_families[TQ_SEL_COUNT] = {
    [TQ_SEL_STEPFUN] = {"stepfun",
                        "step function",
                        "w = delta_j for p within the j-th interval",
                        "Vevea & Hedges (1995), Psychometrika 60:419-435",
                        0,
                        1.0,
                        0.0,
                        NULL,
                        {{1.0, 1.0}, {0.4, 0.4}, {0.1, 0.1}, {2.5, 2.5}}},
    [TQ_SEL_BETA] = {"beta",
                     "beta function",
                     "w = p^(delta_1 - 1) (1 - p)^(delta_2 - 1)",
                     "Citkowicz & Vevea (2017), Psychol. Methods 22:28-41",
                     2,
                     1.0,
                     1e-5,
                     beta,
                     {{1.0, 1.0}, {0.6, 1.0}, {1.0, 2.5}, {0.8, 0.4}}},
    [TQ_SEL_HALFNORM] = {"halfnorm",
                         "half-normal function",
                         "w = exp(-delta p^2)",
                         PRESTON,
                         1,
                         0.0,
                         0.0,
                         half_normal,
                         {{0.2, 0.0}, {1.0, 0.0}, {5.0, 0.0}, {25.0, 0.0}}},
    [TQ_SEL_NEGEXP] = {"negexp",
                       "negative-exponential function",
                       "w = exp(-delta p)",
                       PRESTON,
                       1,
                       0.0,
                       0.0,
                       negative_exponential,
                       {{0.2, 0.0}, {1.0, 0.0}, {5.0, 0.0}, {25.0, 0.0}}},
    [TQ_SEL_LOGISTIC] = {"logistic",
                         "logistic function",
                         "w = 2 exp(-delta p) / (1 + exp(-delta p))",
                         PRESTON,
                         1,
                         0.0,
                         0.0,
                         logistic,
                         {{0.2, 0.0}, {1.0, 0.0}, {5.0, 0.0}, {25.0, 0.0}}},
    [TQ_SEL_POWER] = {"power",
                      "power function",
                      "w = (1 - p)^delta",
                      "Begg & Mazumdar (1994), Biometrics 50:1088-1101",
                      1,
                      0.0,
                      1e-5,
                      power,
                      {{0.1, 0.0}, {0.5, 0.0}, {2.0, 0.0}, {8.0, 0.0}}},
    [TQ_SEL_TRUNC] = {"trunc",
                      "truncated distribution",
                      "w = delta up to the threshold, 1 beyond",
                      "Rust, Lehmann & Farley (1990), Behav. Brain Sci. 13:763-765",
                      1,
                      1.0,
                      0.0,
                      NULL,
                      {{1.0, 0.0}, {0.4, 0.0}, {0.1, 0.0}, {2.5, 0.0}}},
    [TQ_SEL_TRUNCEST] = {"truncest",
                         "truncated distribution with estimated threshold",
                         "w = delta_1 up to the threshold delta_2, 1 beyond",
                         "Rust, Lehmann & Farley (1990), Behav. Brain Sci. 13:763-765",
                         2,
                         1.0,
                         0.0,
                         NULL,
                         {{1.0, 0.0}, {0.4, 0.0}, {0.1, 0.0}, {2.5, 0.0}}},
};

void sel_weigh(const sel_family *family, const sel_point *at, const sel_point *alpha,
               const double *delta, sel_log_weight *out)
{
    sel_log_weight there;

    family->weight(at, delta, out);
    if (!alpha) {
        return;
    }
    family->weight(alpha, delta, &there);
    out->l -= there.l;
    for (int a = 0; a < 2; a++) {
        out->g[a] -= there.g[a];
    }
    for (int a = 0; a < 3; a++) {
        out->h[a] -= there.h[a];
    }
}

/* ---- p-values ---- */

sel_point sel_point_at(const sel_family *family, int two_sided, double z)
{
    const double up = 0.5 * erfc(z * 0.70710678118654752),
                 down = 0.5 * erfc(-z * 0.70710678118654752);
    double p = two_sided ? 2.0 * fmin(up, down) : up;
    double q = two_sided ? erf(fabs(z) * 0.70710678118654752) : down;

    if (p < family->clip) {
        p = family->clip;
        q = 1.0 - p;
    } else if (q < family->clip) {
        q = family->clip;
        p = 1.0 - q;
    }
    return (sel_point){p, log(p), log(q)};
}

/* The z statistic of a p-value. */
static double z_of(int two_sided, double p)
{
    return p >= 1.0 ? (two_sided ? 0.0 : -(double)INFINITY)
                    : -tq_normal_quantile(two_sided ? 0.5 * p : p);
}

/* ---- the axis ---- */

/* Add a piece, and on a two-sided axis its mirror image. */
static void add_piece(sel_axis *axis, int two_sided, sel_piece piece)
{
    axis->piece[axis->n++] = piece;
    if (two_sided) {
        const double lo = piece.lo;

        piece.lo = -piece.hi;
        piece.hi = -lo;
        axis->piece[axis->n++] = piece;
    }
}

static void make_steps(const tq_selmodel_options *opt, sel_axis *axis)
{
    const int two_sided = opt->alternative == TQ_SEL_TWO_SIDED;
    double hi = INFINITY;

    for (size_t j = 0; j < opt->n_steps; j++) {
        const double lo = z_of(two_sided, opt->steps[j]);

        add_piece(axis, two_sided, (sel_piece){.kind = SEL_STEP, .lo = lo, .hi = hi, .at = j});
        hi = lo;
    }
}

/* Nodes of one panel, and of its mirror image. */
static void add_panel(const sel_family *family, int two_sided, double lo, double hi, sel_axis *axis)
{
    const double centre = 0.5 * (lo + hi), half = 0.5 * (hi - lo);

    for (int side = 1; side >= (two_sided ? -1 : 1); side -= 2) {
        for (size_t j = 0; j < 2 * TQ_GAUSS_PAIRS; j++) {
            const tq_gauss_pair *pair = &tq_gauss_pairs[j / 2];
            const double x = j % 2 ? -pair->x : pair->x;
            const double z = (double)side * (centre + half * x);

            axis->node[axis->n_nodes++] =
                (sel_node){z, half * pair->weight, sel_point_at(family, two_sided, z)};
        }
    }
}

/* Width of panels where p is small and its logarithm steep, and where p is large. */
static const double NARROW = 1.2, WIDE = 2.1;

/* From lo to hi; a function with log(1 - p) is singular at z = 0 of a two-sided axis: panels there grow
   by a factor. */
static void make_panels(const sel_family *family, int two_sided, double lo, double hi,
                        sel_axis *axis)
{
    const double factor = 8.0, linear = 0.3;

    while (lo < hi) {
        const double width = lo < 0.0 ? WIDE : NARROW;
        double next = lo < 0.0 && hi > 0.0 ? fmin(0.0, lo + width) : lo + width;

        if (two_sided && lo > 0.0 && lo < linear) {
            next = fmin(linear, factor * lo);
        }
        /* no sliver at the end */
        next = next > hi - 0.1 * (next - lo) ? hi : next;
        add_panel(family, two_sided, lo, next, axis);
        lo = next;
    }
}

/* Where p is so near to 0 or 1 that w is constant. */
static const double SATURATED = 8.3;

static void make_smooth(const sel_family *family, const tq_selmodel_options *opt, sel_axis *axis)
{
    const int two_sided = opt->alternative == TQ_SEL_TWO_SIDED, clipped = family->clip > 0.0;
    const double top = clipped ? z_of(two_sided, CLIP) : SATURATED;
    const double bottom = two_sided ? (clipped ? z_of(1, 1.0 - CLIP) : 0.0) : -top;
    const double step = opt->n_steps ? z_of(two_sided, opt->steps[0]) : (double)INFINITY;
    const double end = fmin(top, step);
    const sel_piece inside = {.kind = SEL_NODES, .lo = bottom, .hi = end};

    if (isfinite(step)) {
        add_piece(axis, two_sided, (sel_piece){.kind = SEL_ONE, .lo = step, .hi = INFINITY});
    }
    if (top < step) {
        add_piece(axis, two_sided,
                  (sel_piece){.kind = SEL_TAIL,
                              .lo = top,
                              .hi = step,
                              .point = sel_point_at(family, two_sided, 2.0 * top)});
    }
    if (!two_sided || clipped) {
        add_piece(axis, two_sided,
                  (sel_piece){.kind = SEL_TAIL,
                              .lo = two_sided ? 0.0 : -(double)INFINITY,
                              .hi = fmin(bottom, step),
                              .point = sel_point_at(family, two_sided, two_sided ? 0.0 : -40.0)});
    }
    make_panels(family, two_sided, bottom, end, axis);
    axis->piece[axis->n] = inside;
    axis->piece[axis->n++].end = axis->n_nodes;
}

void sel_axis_make(const sel_family *family, const tq_selmodel_options *opt, sel_axis *axis)
{
    axis->n = axis->n_nodes = 0;
    if (family->weight) {
        make_smooth(family, opt, axis);
    } else {
        make_steps(opt, axis);
    }
}
