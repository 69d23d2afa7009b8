/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of inputs, and the check of a value against its kind. */
#include "effects/inputs.h"

#include <assert.h>
#include <math.h>

static const struct {
    const char *name, *meaning;
    tq_input_kind kind;
} inputs[] = {
#define INPUT_ROW(id, option, of_kind, text) [id] = {option, text, TQ_KIND_##of_kind},
    TQ_INPUT_LIST(INPUT_ROW)
#undef INPUT_ROW
};

/* lb <= value <= ub; except is the one number in between that does not count, NaN for none. */
static const struct {
    double lb, ub, except;
    const char *rule;
} kinds[] = {
    [TQ_KIND_REAL] = {-INFINITY, INFINITY, NAN, "finite"},
    [TQ_KIND_COUNT] = {0.0, INFINITY, NAN, ">= 0"},
    [TQ_KIND_SIZE] = {0.0, INFINITY, 0.0, "> 0"},
    [TQ_KIND_POSITIVE] = {0.0, INFINITY, 0.0, "> 0"},
    [TQ_KIND_SPREAD] = {0.0, INFINITY, NAN, "> 0"}, /* 0 is let pass, but is never right */
    [TQ_KIND_CORRELATION] = {-1.0, 1.0, NAN, "between -1 and 1"},
    [TQ_KIND_SIGNED_P] = {-1.0, 1.0, 0.0, "between -1 and 1, and not 0"},
    [TQ_KIND_RELIABILITY] = {-INFINITY, 1.0, NAN, "<= 1"},
    [TQ_KIND_ITEMS] = {2.0, INFINITY, NAN, ">= 2"},
    [TQ_KIND_PROPORTION] = {0.0, 1.0, NAN, "between 0 and 1"},
    [TQ_KIND_P_VALUE] = {0.0, 1.0, 0.0, "between 0 and 1, and not 0"},
    [TQ_KIND_PREDICTORS] = {1.0, INFINITY, NAN, ">= 1"},
};
_Static_assert(sizeof kinds / sizeof *kinds == TQ_KINDS, "a row per kind of input");

const char *tq_input_name(tq_input input)
{
    return (unsigned)input < TQ_INPUT_COUNT ? inputs[input].name : NULL;
}

tq_input_kind tq_input_kind_of(tq_input input)
{
    return (unsigned)input < TQ_INPUT_COUNT ? inputs[input].kind : TQ_KIND_REAL;
}

const char *tq_input_meaning(tq_input input)
{
    return (unsigned)input < TQ_INPUT_COUNT ? inputs[input].meaning : NULL;
}

tq_status tq_input_check(tq_input input, tq_input_kind kind, double value, size_t row,
                         tq_error *err)
{
    assert((unsigned)kind < TQ_KINDS);
    if (isnan(value)) {
        return TQ_OK;
    }
    if (isinf(value)) {
        return tq_fail(err, TQ_EDATA, row, tq_input_name(input), "value '%g' must be finite",
                       value);
    }
    if (value < kinds[kind].lb || value > kinds[kind].ub || value == kinds[kind].except) {
        return tq_fail(err, TQ_EDATA, row, tq_input_name(input), "value '%.15g' must be %s", value,
                       kinds[kind].rule);
    }
    return TQ_OK;
}

tq_input_set tq_inputs_given(const tq_inputs *in)
{
    tq_input_set given = 0;

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        if (in->column[j]) {
            given |= TQ_INPUT_BIT(j);
        }
    }
    return given;
}

tq_input_set tq_inputs_of_row(const tq_inputs *in, size_t i)
{
    tq_input_set there = 0;

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        if (in->column[j] && !isnan(in->column[j][i])) {
            there |= TQ_INPUT_BIT(j);
        }
    }
    return there;
}

tq_status tq_inputs_check(const tq_inputs *in, tq_input_set which, tq_error *err)
{
    const tq_input_set present = which & tq_inputs_given(in);

    for (size_t i = 0; i < in->rows; i++) {
        for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
            if (!(present & TQ_INPUT_BIT(j))) {
                continue;
            }
            const tq_status status =
                tq_input_check((tq_input)j, inputs[j].kind, in->column[j][i], i, err);

            if (status != TQ_OK) {
                return status;
            }
        }
    }
    return TQ_OK;
}
