/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a design at new values of its variables. */
#include <math.h>
#include <string.h>

#include "core/parse_number.h"
#include "moderators/design_internal.h"

/* The variables of one row, as the parts need them. */
typedef struct {
    double number[FORMULA_VARIABLES]; /* of variables that enter as numbers */
    double x[FORMULA_PARTS];          /* values of the parts' expressions */
    size_t code[FORMULA_PARTS];       /* levels of factors */
} row_values;

static const tq_value *find_value(const char *name, size_t n, const tq_value *value)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(value[i].name, name) == 0) {
            return &value[i];
        }
    }
    return NULL;
}

static tq_status number_of(const tq_value *value, double *out, tq_error *err)
{
    *out = value->number;
    if (value->text && !tq_parse_number(value->text, '.', out)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' needs a number, not '%.60s'",
                       value->name, value->text);
    }
    if (!isfinite(*out)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' needs a finite number",
                       value->name);
    }
    return TQ_OK;
}

static tq_status read_values(const tq_design *d, size_t n, const tq_value *value, row_values *row,
                             tq_error *err)
{
    const tq_formula *formula = d->plan->formula;

    for (size_t j = 0; j < d->n_variables; j++) {
        const tq_design_variable *v = &d->variable[j];
        const tq_value *given = find_value(v->name, n, value);

        row->number[j] = 0.0;
        if (!given) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no value for '%.80s'", v->name);
        }
        if (v->number && number_of(given, &row->number[j], err) != TQ_OK) {
            return TQ_EINVAL;
        }
    }
    for (size_t j = 0; j < formula->tree->n_parts; j++) {
        const design_part *part = &d->plan->part[j];
        tq_status status = TQ_OK;

        if (part->part && part->factor) {
            const char *name = formula->variable[part->variable];

            status = design_level_of(part, name, find_value(name, n, value), &row->code[j], err);
        } else if (part->part) {
            status = design_expression(formula, part->part->number, row->number, TQ_NO_ROW,
                                       &row->x[j], err);
        }
        if (status != TQ_OK) {
            return status;
        }
    }
    return TQ_OK;
}

tq_status tq_design_row(const tq_design *design, size_t n, const tq_value *value, double *x,
                        tq_error *err)
{
    const tq_design_plan *plan = design->plan;
    row_values row;
    const tq_status status = read_values(design, n, value, &row, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t j = 0; j < design->p; j++) {
        const design_product *product = &plan->product[j];

        x[j] = 1.0;
        for (size_t c = 0; c < product->n; c++) {
            const size_t at = product->part[c];
            const design_part *part = &plan->part[at];

            x[j] *= part->factor ? (double)(row.code[at] == product->column[c])
                                 : design_basis(part, product->column[c], row.x[at]);
        }
    }
    return TQ_OK;
}
