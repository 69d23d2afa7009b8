/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of numbers: expressions, orthogonal polynomials, restricted cubic splines. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "moderators/design_internal.h"

/* ---- expressions ---- */

static tq_status not_finite(const tq_formula *formula, const formula_node *bad,
                            const double *number, size_t row, tq_error *err)
{
    const size_t variable = formula_first_variable(bad);
    const char *column = variable < formula->n_variables ? formula->variable[variable] : NULL;
    const formula_node *inner = NULL;
    char where[96], value[48] = "";
    tq_buffer text = {0};

    formula_write(formula->variable, bad, &text);
    tq_copy_text(where, sizeof where, text.data ? text.data : "the formula");
    text.size = 0;
    if (column) {
        tq_buffer_text(&text, "value '");
        formula_write_number(number[variable], &text);
        tq_buffer_text(&text, "': ");
        tq_copy_text(value, sizeof value, text.data ? text.data : "");
    }
    tq_buffer_free(&text);
    if (bad->operation == NODE_CALL) {
        return tq_fail(err, TQ_EDATA, row, column, "%sin %s, %s needs %s, not %g", value, where,
                       bad->function->name, bad->function->needs,
                       formula_value(bad->left, number, &inner));
    }
    return tq_fail(err, TQ_EDATA, row, column, "%s%s is no finite number", value, where);
}

tq_status design_expression(const tq_formula *formula, const formula_node *node,
                            const double *number, size_t row, double *out, tq_error *err)
{
    const formula_node *bad = NULL;

    *out = formula_value(node, number, &bad);
    return bad ? not_finite(formula, bad, number, row, err) : TQ_OK;
}

/* The expression of a part over the studies, into x[k]. */
static tq_status evaluate(const design_source *s, const design_part *part, double *x)
{
    double number[FORMULA_VARIABLES] = {0};

    for (size_t i = 0; i < s->k; i++) {
        for (size_t j = 0; j < s->formula->n_variables; j++) {
            number[j] = s->variable[j].number ? s->variable[j].number[i] : 0.0;
        }
        const tq_status status =
            design_expression(s->formula, part->part->number, number, i, &x[i], s->err);

        if (status != TQ_OK) {
            return status;
        }
    }
    return TQ_OK;
}

/* x in order, into sorted[k]; returns how many of them differ. */
static size_t sort_values(size_t k, const double *x, double *sorted)
{
    size_t different = 1;

    memcpy(sorted, x, k * sizeof *sorted);
    qsort(sorted, k, sizeof *sorted, design_by_size);
    for (size_t i = 1; i < k; i++) {
        different += sorted[i] > sorted[i - 1];
    }
    return different;
}

/* ---- polynomials ---- */

/*
 * Polynomials that are orthonormal over the studies, by their recurrence (Kennedy & Gentle 1980,
 * Statistical Computing, section 8.1):
 *
 *     p_j(u) = (u - alpha_j) p_{j-1}(u) - (norm_{j-1} / norm_{j-2}) p_{j-2}(u),
 *     alpha_j = sum u p_{j-1}^2 / norm_{j-1},  norm_j = sum p_j^2,
 *
 * in u = (x - centre) / scale, which keeps powers of years and doses within range and changes no
 * column: they have length 1.
 */
static double polynomial(const design_part *part, size_t degree, double x)
{
    const double u = (x - part->centre) / part->scale;
    double before = 0.0, p = 1.0;

    for (size_t j = 1; j <= degree; j++) {
        const double ratio = j > 1 ? part->norm[j - 1] / part->norm[j - 2] : 0.0;
        const double next = (u - part->alpha[j - 1]) * p - ratio * before;

        before = p;
        p = next;
    }
    return p / sqrt(part->norm[degree]);
}

static tq_status too_few_values(const design_source *s, const design_part *part, size_t different,
                                size_t wanted)
{
    return tq_fail(s->err, TQ_EDATA, TQ_NO_ROW, NULL,
                   "%.80s needs at least %zu different values, these studies have %zu",
                   part->part->name, wanted, different);
}

static tq_status fit_polynomials(const design_source *s, const double *x, double *sorted,
                                 design_part *part)
{
    const size_t degree = part->part->count, k = s->k;
    const size_t different = sort_values(k, x, sorted);
    double *alpha = tq_arena_take(s->arena, degree, sizeof *alpha);
    double *norm = tq_arena_take(s->arena, degree + 1, sizeof *norm);

    if (!alpha || !norm) {
        return design_no_memory(s->err);
    }
    if (different <= degree) {
        return too_few_values(s, part, different, degree + 1);
    }
    part->centre = 0.5 * sorted[0] + 0.5 * sorted[k - 1];
    part->scale = 0.5 * sorted[k - 1] - 0.5 * sorted[0];
    part->alpha = alpha;
    part->norm = norm;
    norm[0] = (double)k;
    for (size_t j = 1; j <= degree; j++) {
        for (size_t i = 0; i < k; i++) {
            const double p = polynomial(part, j - 1, x[i]); /* of length 1 */

            alpha[j - 1] += (x[i] - part->centre) / part->scale * p * p;
        }
        double sum = 0.0;

        norm[j] = 1.0;
        for (size_t i = 0; i < k; i++) {
            const double p = polynomial(part, j, x[i]);

            sum += p * p;
        }
        norm[j] = sum;
    }
    part->n_columns = degree;
    return TQ_OK;
}

/* ---- splines ---- */

/* Quantiles of the knots: Harrell (2015), Regression Modeling Strategies, 2nd ed., table 2.3. */
static const double quantiles[][7] = {
    [3] = {0.10, 0.50, 0.90},
    [4] = {0.05, 0.35, 0.65, 0.95},
    [5] = {0.05, 0.275, 0.50, 0.725, 0.95},
    [6] = {0.05, 0.23, 0.41, 0.59, 0.77, 0.95},
    [7] = {0.025, 0.1833, 0.3417, 0.50, 0.6583, 0.8167, 0.975},
};

/* Linear between the order statistics: Hyndman & Fan (1996), Am. Stat. 50:361-365, definition 7. */
static double quantile(size_t k, const double *sorted, double q)
{
    const double at = q * (double)(k - 1), below = floor(at);
    const size_t i = (size_t)below;

    return i + 1 < k ? sorted[i] + (at - below) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

static double cubed_above(double x, double knot, double span)
{
    const double u = x > knot ? (x - knot) / span : 0.0;

    return u * u * u;
}

/* Column c > 0 of the spline with knots t; see design.h. */
static double spline(const design_part *part, size_t c, double x)
{
    const double *t = part->knot;
    const size_t n = part->part->count;
    const double span = t[n - 1] - t[0], last = t[n - 1] - t[n - 2];

    return span * (cubed_above(x, t[c - 1], span) -
                   cubed_above(x, t[n - 2], span) * (t[n - 1] - t[c - 1]) / last +
                   cubed_above(x, t[n - 1], span) * (t[n - 2] - t[c - 1]) / last);
}

static tq_status fit_spline(const design_source *s, const double *x, double *sorted,
                            design_part *part)
{
    const size_t n = part->part->count, different = sort_values(s->k, x, sorted);
    double *knot = tq_arena_take(s->arena, n, sizeof *knot);

    if (!knot) {
        return design_no_memory(s->err);
    }
    if (different < n) {
        return too_few_values(s, part, different, n);
    }
    for (size_t i = 0; i < n; i++) {
        knot[i] = part->part->knot ? part->part->knot[i] : quantile(s->k, sorted, quantiles[n][i]);
        if (i > 0 && !(knot[i] > knot[i - 1])) {
            return tq_fail(s->err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "two knots of %.60s would coincide at %g; give the knots, as in rcs(x, "
                           "c(1, 2, 3))",
                           part->part->name, knot[i]);
        }
    }
    part->knot = knot;
    part->n_columns = n - 1;
    return TQ_OK;
}

/* ---- all of them ---- */

double design_basis(const design_part *part, size_t c, double x)
{
    switch (part->part->kind) {
    case PART_POLY:
        return polynomial(part, c + 1, x);
    case PART_RCS:
        return c == 0 ? x : spline(part, c, x);
    default:
        return x;
    }
}

tq_status design_numbers(const design_source *s, design_part *part)
{
    double *x = tq_arena_take(s->scratch, s->k, sizeof *x), *sorted;

    if (!x) {
        return design_no_memory(s->err);
    }
    tq_status status = evaluate(s, part, x);

    part->n_columns = 1;
    part->value = x;
    if (status != TQ_OK || part->part->kind == PART_VARIABLE || part->part->kind == PART_NUMBER) {
        return status;
    }
    sorted = tq_arena_take(s->scratch, s->k, sizeof *sorted);
    if (!sorted) {
        return design_no_memory(s->err);
    }
    status = part->part->kind == PART_POLY ? fit_polynomials(s, x, sorted, part)
                                           : fit_spline(s, x, sorted, part);
    if (status != TQ_OK) {
        return status;
    }
    double *value = tq_arena_take(s->scratch, s->k, part->n_columns * sizeof *value);

    if (!value) {
        return design_no_memory(s->err);
    }
    for (size_t c = 0; c < part->n_columns; c++) {
        for (size_t i = 0; i < s->k; i++) {
            value[i + c * s->k] = design_basis(part, c, x[i]);
        }
    }
    part->value = value;
    return TQ_OK;
}

const char *design_basis_name(const tq_formula *formula, const design_part *part, size_t c,
                              tq_arena *arena)
{
    tq_buffer text = {0};
    const char *name;

    tq_buffer_text(&text, part->part->name);
    if (part->part->kind == PART_POLY && part->n_columns > 1) {
        tq_buffer_format(&text, "%zu", c + 1);
    } else if (part->part->kind == PART_RCS) { /* x, x', x'', ... */
        formula_write(formula->variable, part->part->number, &text);
        for (size_t i = 0; i < c; i++) {
            tq_buffer_text(&text, "'");
        }
    }
    name = text.data && !text.failed ? tq_arena_text(arena, text.data) : NULL;
    tq_buffer_free(&text);
    return name;
}
