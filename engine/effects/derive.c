/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the rules a row needs to complete a recipe. */
#include "effects/derive_internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "effects/effects_internal.h"

/* Over the rules that can be used: all that they make, or all that they read of what is given. */
static tq_input_set reach(const tq_measure *m, tq_input_set given, int made)
{
    tq_input_set makes = 0, uses = 0;

    for (size_t r = 0; r < derive_n_rules; r++) {
        const tq_input_set needs = derive_set(derive_rules[r].in);

        if (derive_rules[r].serves(m) && (needs & ~(given | makes)) == 0) {
            makes |= derive_set(derive_rules[r].out);
            uses |= needs & given;
        }
    }
    return made ? makes : uses;
}

tq_derive_options tq_derive_defaults(void)
{
    return (tq_derive_options){95.0, TQ_QUANTILES_LUO_WAN_SHI, 0};
}

tq_input_set tq_derive_makes(const tq_measure *m, tq_input_set given)
{
    return reach(m, given, 1);
}

tq_input_set tq_derive_uses(const tq_measure *m, tq_input_set given)
{
    return reach(m, given, 0);
}

const char *tq_derive_rule(size_t i, tq_input_set *reads)
{
    if (i >= derive_n_rules) {
        return NULL;
    }
    *reads = derive_set(derive_rules[i].in);
    return derive_rules[i].text;
}

/* ---- one row ---- */

typedef struct {
    const tq_measure *m;
    const tq_derive_options *opt;
    tq_input_set needs[DERIVE_MAX_RULES], making[DERIVE_MAX_RULES]; /* of rule r; 0: not for m */
    double *const *column;
    const tq_inputs *in; /* the same columns */
    tq_input_set given;  /* inputs that some row reports */
    tq_error *err;
} job;

static tq_input_set present(const double *value)
{
    tq_input_set set = 0;

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        set |= isnan(value[j]) ? 0 : TQ_INPUT_BIT(j);
    }
    return set;
}

/* Apply rule r; sets *closed to what it makes where it finds no value. */
static tq_status use(const job *w, size_t r, size_t row, double *value, tq_derivation *d,
                     tq_input_set *closed)
{
    derive_call c = {&derive_rules[r], w->opt, row, NULL, w->err};
    double in[DERIVE_INPUTS] = {0.0}, out[DERIVE_OUTPUTS] = {NAN, NAN, NAN, NAN};
    size_t n = 0;

    for (size_t j = 0; derive_rules[r].in[j]; j++) {
        in[j] = value[derive_rules[r].in[j]];
    }
    const tq_status status = derive_rules[r].apply(&c, in, out);

    if (status != TQ_OK) {
        return status;
    }
    for (; derive_rules[r].out[n]; n++) {
        if (!isfinite(out[n])) {
            const char *why = c.refused ? c.refused : "a value is beyond the range of numbers";

            d->refused = d->refused ? d->refused : why;
            *closed |= w->making[r];
            return TQ_OK;
        }
    }
    for (size_t j = 0; j < n; j++) {
        value[derive_rules[r].out[j]] = out[j];
    }
    assert(d->n_steps < TQ_DERIVE_STEPS);
    d->step[d->n_steps++] = derive_rules[r].text;
    d->read |= w->needs[r];
    d->made |= w->making[r];
    return TQ_OK;
}

/* The one thing that rule r waits for is the correlation of before and after. */
static int lacks_correlation(const job *w, size_t r, tq_input_set needs, tq_input_set there)
{
    return derive_takes_correlation(&derive_rules[r]) && (w->making[r] & needs & ~there) &&
           (w->needs[r] & ~there) == TQ_INPUT_BIT(TQ_IN_RI);
}

/* Whether rule r serves a recipe that needs these: all that it makes is missing, and some of it wanted. */
static int is_open(const job *w, size_t r, tq_input_set needs, tq_input_set there)
{
    return (w->making[r] & needs) && !(w->making[r] & there);
}

/* Bring a copy of the row's values to complete a recipe; d->recipe says whether it does. */
static tq_status complete(const job *w, const tq_recipe *recipe, size_t row, double *value,
                          tq_derivation *d)
{
    tq_input_set there = present(value);
    tq_input_set closed = 0; /* refused once: no weaker rule may make it after all */
    const char *waits = NULL;

    for (size_t r = 0; r < derive_n_rules; r++) {
        if (is_open(w, r, recipe->needs, there | closed) && (w->needs[r] & ~there) == 0) {
            const tq_status status = use(w, r, row, value, d, &closed);

            if (status != TQ_OK) {
                return status;
            }
            there = present(value);
        } else if (lacks_correlation(w, r, recipe->needs, there)) {
            waits = "ri is missing: no SD of the change without the correlation";
        }
    }
    if ((recipe->needs & ~there) == 0) {
        d->recipe = recipe->from;
    }
    d->refused = d->refused ? d->refused : waits;
    return TQ_OK;
}

/* The first recipe that the row completes, or can be brought to. */
static tq_status derive(const job *w, size_t row, const double *value, tq_derivation *d)
{
    const tq_input_set there = present(value);
    const char *refused = NULL;

    *d = (tq_derivation){0};
    if (tq_measure_recipe(w->m, there)) {
        return TQ_OK;
    }
    for (size_t j = 0; j < w->m->n_recipes; j++) {
        double filled[TQ_INPUT_COUNT];

        memcpy(filled, value, sizeof filled);
        *d = (tq_derivation){0};
        const tq_status status = complete(w, &w->m->recipes[j], row, filled, d);

        if (status != TQ_OK) {
            return status;
        }
        refused = refused ? refused : d->refused;
        if (d->recipe) {
            for (unsigned k = 0; k < TQ_INPUT_COUNT; k++) {
                if (w->column[k]) {
                    w->column[k][row] = filled[k];
                }
            }
            d->refused = NULL;
            return TQ_OK;
        }
    }
    *d = (tq_derivation){.refused = refused};
    return TQ_OK;
}

/* ---- what is missing ---- */

/* No way leads to an input: more than any set of inputs. */
static const tq_input_set no_way = ~(tq_input_set)0;

/* What an input waits for, and how many inputs of the row speak for that way. */
typedef struct {
    tq_input_set lacks;
    size_t speaks;
} way;

static int is_nearer(way a, way b)
{
    const size_t n = input_set_size(a.lacks), m = input_set_size(b.lacks);

    return n < m || (n == m && a.speaks > b.speaks);
}

/*
 * The nearest way to each input that a recipe needs: given, or by a rule. Where an input and what a
 * rule would make it from are both one step away, what else the row has of the rule decides: a mean
 * before asks for the mean after, where a size alone, which the recipe reads, asks for nothing.
 */
static void find_ways(const job *w, tq_input_set needs, tq_input_set there, way *to)
{
    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        to[j].speaks = 0;
        to[j].lacks = there & TQ_INPUT_BIT(j)      ? 0
                      : w->given & TQ_INPUT_BIT(j) ? TQ_INPUT_BIT(j)
                                                   : no_way;
    }
    for (size_t r = 0; r < derive_n_rules; r++) {
        way by = {0, input_set_size(w->needs[r] & there & ~needs)};

        for (size_t j = 0; derive_rules[r].in[j]; j++) {
            by.lacks |= to[derive_rules[r].in[j]].lacks;
        }
        for (size_t j = 0; is_open(w, r, needs, there) && derive_rules[r].out[j]; j++) {
            way *const old = &to[derive_rules[r].out[j]];

            *old = is_nearer(by, *old) ? by : *old;
        }
    }
}

/* What the recipe lacks least of; the first of the measure where several lack as little. */
static tq_input_set nearest(const job *w, tq_input_set there)
{
    tq_input_set least = no_way;

    for (size_t j = 0; j < w->m->n_recipes; j++) {
        const tq_input_set needs = w->m->recipes[j].needs;
        way to[TQ_INPUT_COUNT];
        tq_input_set lacks = 0;

        find_ways(w, needs, there, to);
        for (unsigned k = 0; k < TQ_INPUT_COUNT; k++) {
            lacks |= needs & TQ_INPUT_BIT(k) ? to[k].lacks : 0;
        }
        least = input_set_size(lacks) < input_set_size(least) ? lacks : least;
    }
    return least == no_way ? 0 : least;
}

/* First without the values that are only assumed, then with them. */
static tq_status derive_row(const job *w, size_t row, tq_input_set assumed, tq_derivation *d)
{
    double value[TQ_INPUT_COUNT], reported[TQ_INPUT_COUNT];

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        value[j] = w->column[j] ? w->column[j][row] : NAN;
        reported[j] = assumed & TQ_INPUT_BIT(j) ? NAN : value[j];
    }
    const tq_status status = derive(w, row, reported, d);

    if (status != TQ_OK || d->recipe || !assumed || tq_measure_recipe(w->m, present(reported))) {
        for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) { /* what was not needed stays assumed */
            if ((assumed & TQ_INPUT_BIT(j)) && isnan(w->column[j][row])) {
                w->column[j][row] = value[j];
            }
        }
        return status;
    }
    return derive(w, row, value, d);
}

/* The same, and what is missing where that was not enough. */
static tq_status derive_or_tell(const job *w, size_t row, tq_input_set assumed, tq_derivation *d)
{
    const tq_status status = derive_row(w, row, assumed, d);

    if (status != TQ_OK || d->recipe) {
        return status;
    }
    const tq_input_set there = tq_inputs_of_row(w->in, row);

    d->missing = tq_measure_recipe(w->m, there) ? 0 : nearest(w, there);
    return TQ_OK;
}

tq_status tq_inputs_derive(const tq_measure *m, size_t rows, double *const column[TQ_INPUT_COUNT],
                           tq_input_set assumed, const tq_derive_options *opt, tq_derivation *out,
                           tq_error *err)
{
    const tq_derive_options defaults = tq_derive_defaults();
    tq_inputs in = {.rows = rows};
    job w = {.m = m, .opt = opt ? opt : &defaults, .column = column, .in = &in, .err = err};

    if (!(w.opt->ci_level > 0.0 && w.opt->ci_level < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "confidence level '%g' must be between 0 and 100", w.opt->ci_level);
    }
    if ((unsigned)w.opt->quantiles >= TQ_QUANTILES_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown method for quantiles");
    }
    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        in.column[j] = column[j];
        assumed &= column[j] ? ~(tq_input_set)0 : ~TQ_INPUT_BIT(j);
    }
    for (size_t i = 0; i < rows; i++) {
        w.given |= tq_inputs_of_row(&in, i);
    }
    for (size_t r = 0; r < derive_n_rules; r++) {
        if (derive_rules[r].serves(m)) {
            w.needs[r] = derive_set(derive_rules[r].in);
            w.making[r] = derive_set(derive_rules[r].out);
        }
    }
    tq_status status = tq_inputs_check(&in, tq_derive_uses(m, tq_inputs_given(&in)), err);

    for (size_t i = 0; status == TQ_OK && i < rows; i++) {
        status = derive_or_tell(&w, i, assumed, &out[i]);
    }
    return status;
}
