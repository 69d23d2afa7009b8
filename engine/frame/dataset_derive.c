/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Row-wise fallback: what a row does not report, from what it does. */
#include "frame/dataset_internal.h"

#include <math.h>
#include <string.h>

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

tq_status dataset_note(tq_dataset *data, row_history *history, size_t i, const char *text,
                       tq_error *err)
{
    const char *before = history->note[i];
    const char *note = text && before ? tq_arena_format(data->arena, "%s; %s", before, text) : text;

    if (!note) {
        return no_memory(err);
    }
    history->note[i] = note;
    return TQ_OK;
}

tq_inputs dataset_inputs(const tq_dataset *data)
{
    tq_inputs in = {.rows = data->rows};

    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        in.column[i] = data->input[i];
    }
    return in;
}

/* Columns of gaps for what may be derived and was not read; returns which. */
static tq_status make_room(tq_dataset *data, tq_input_set *made, tq_error *err)
{
    const tq_inputs in = dataset_inputs(data);
    const tq_input_set there = tq_inputs_given(&in);

    *made = tq_derive_makes(data->measure, there) & ~there;
    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        if (!(*made & TQ_INPUT_BIT(i))) {
            continue;
        }
        data->input[i] = tq_arena_take(data->arena, data->rows, sizeof *data->input[i]);
        if (!data->input[i]) {
            return no_memory(err);
        }
        for (size_t r = 0; r < data->rows; r++) {
            data->input[i][r] = NAN;
        }
    }
    return TQ_OK;
}

static int is_empty(const double *values, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        if (!isnan(values[r])) {
            return 0;
        }
    }
    return 1;
}

/* An input that no row got is as if it had never been, unless the columns read complete no recipe:
   then every row has its own reason, and none is for want of a column. */
static void drop_empty(tq_dataset *data, tq_input_set made)
{
    const tq_inputs in = dataset_inputs(data);
    tq_input_set left = tq_inputs_given(&in);

    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        if ((made & TQ_INPUT_BIT(i)) && is_empty(data->input[i], data->rows)) {
            left &= ~TQ_INPUT_BIT(i);
        }
    }
    for (tq_input i = 0; tq_measure_recipe(data->measure, left) && i < TQ_INPUT_COUNT; i++) {
        data->input[i] = left & TQ_INPUT_BIT(i) ? data->input[i] : NULL;
    }
}

/* "SD of groups 1 and 2 from the SE" where two steps differ by the number alone; else NULL. */
static const char *both_groups(tq_arena *arena, const char *first, const char *second)
{
    static const char *const nouns[] = {"group ", "measurement "};
    const size_t n = strlen(first);

    for (size_t j = 0; j < sizeof nouns / sizeof *nouns; j++) {
        const char *noun = strstr(first, nouns[j]);
        const size_t at = noun ? (size_t)(noun - first) + strlen(nouns[j]) : n;

        if (at < n && strlen(second) == n && first[at] != second[at] &&
            strncmp(first, second, at) == 0 && strcmp(first + at + 1, second + at + 1) == 0) {
            return tq_arena_format(arena, "%.*ss 1 and 2%s", (int)at - 1, first, first + at + 1);
        }
    }
    return NULL;
}

/* The steps of a row as its note; the same step for both groups is one. */
static tq_status note_steps(tq_dataset *data, row_history *history, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < data->rows; i++) {
        const tq_derivation *d = &history->derived[i];
        unsigned told = 0;

        for (size_t s = 0; status == TQ_OK && s < d->n_steps; s++) {
            const char *text = told & 1u << s ? NULL : d->step[s];

            for (size_t t = s + 1; text && t < d->n_steps; t++) {
                const char *both = both_groups(data->arena, d->step[s], d->step[t]);

                told |= both ? 1u << t : 0;
                text = both ? both : text;
            }
            status = text ? dataset_note(data, history, i, text, err) : TQ_OK;
        }
    }
    return status;
}

/* Each step that takes something for granted, with the number of rows that have it. */
static tq_status tell_assumptions(tq_dataset *data, const row_history *history,
                                  const tq_derive_options *opt, tq_error *err)
{
    enum { MAX_KINDS = 64 }; /* more than there are rules that assume anything */
    const char *step[MAX_KINDS];
    size_t rows[MAX_KINDS], n = 0;
    tq_status status = TQ_OK;

    for (size_t i = 0; i < data->rows; i++) {
        const tq_derivation *d = &history->derived[i];

        for (size_t s = 0; s < d->n_steps; s++) {
            size_t k = 0;

            while (k < n && step[k] != d->step[s]) {
                k++;
            }
            if (k < n) {
                rows[k]++;
            } else if (n < MAX_KINDS && tq_derive_assumes(d->step[s], opt)) {
                step[n] = d->step[s];
                rows[n++] = 1;
            }
        }
    }
    for (size_t k = 0; status == TQ_OK && k < n; k++) {
        status = dataset_assume(data,
                                tq_arena_format(data->arena, "%s in %zu row%s: %s", step[k],
                                                rows[k], rows[k] == 1 ? "" : "s",
                                                tq_derive_assumes(step[k], opt)),
                                err);
    }
    return status;
}

/* Rows that are changes from before to after, and all rows with means or what leads to an effect. */
static void count_changes(const tq_dataset *data, const row_history *history, size_t *changes,
                          size_t *all)
{
    const tq_input_set before = TQ_INPUT_BIT(TQ_IN_MPRE1I) | TQ_INPUT_BIT(TQ_IN_SDPRE1I) |
                                TQ_INPUT_BIT(TQ_IN_MPRE2I) | TQ_INPUT_BIT(TQ_IN_SDPRE2I);

    const tq_inputs in = dataset_inputs(data);

    *changes = *all = 0;
    for (size_t i = 0; i < data->rows; i++) {
        *changes += history->derived[i].recipe && (history->derived[i].read & before);
        *all += tq_measure_recipe(data->measure, tq_inputs_of_row(&in, i)) != NULL;
    }
}

/*
 * In units of an SD, a change is larger than what it leads to wherever before and after are correlated
 * by more than a half: Cochrane Handbook (2019), section 10.5.2. A mean difference is the same by both.
 */
static tq_status tell_mixed_changes(tq_dataset *data, const row_history *history, tq_error *err)
{
    size_t changes = 0, all = 0;

    if (strcmp(data->measure->code, "MD") != 0) {
        count_changes(data, history, &changes, &all);
    }
    return changes > 0 && changes < all
               ? dataset_warn(data,
                              tq_arena_format(data->arena,
                                              "changes from before to after stand in %zu of %zu "
                                              "rows: where the others are values after, their SDs "
                                              "differ, and measure %s must not combine them; MD "
                                              "may",
                                              changes, all, data->measure->code),
                              err)
               : TQ_OK;
}

static tq_input_set constants(const tq_dataset *data)
{
    tq_input_set set = 0;

    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        set |= data->column[i] && data->column[i][0] == '=' ? TQ_INPUT_BIT(i) : 0;
    }
    return set;
}

tq_status dataset_derive(tq_dataset *data, const tq_dataset_spec *spec, row_history *history,
                         tq_error *err)
{
    const tq_derive_options opt = spec->derive ? *spec->derive : tq_derive_defaults();
    tq_input_set made = 0;
    tq_status status = make_room(data, &made, err);

    if (status == TQ_OK) {
        status = tq_inputs_derive(data->measure, data->rows, data->input, constants(data), &opt,
                                  history->derived, err);
        if (status != TQ_OK && err->row != TQ_NO_ROW) {
            tq_dataset_locate(data, err->row, err);
        }
    }
    if (status == TQ_OK) {
        drop_empty(data, made);
        status = note_steps(data, history, err);
    }
    if (status == TQ_OK) {
        status = tell_mixed_changes(data, history, err);
    }
    return status == TQ_OK ? tell_assumptions(data, history, &opt, err) : status;
}

int dataset_may_stand_in(const tq_dataset_spec *spec)
{
    return !spec->no_fallback && (spec->column[TQ_IN_YI] || spec->column[TQ_IN_RATIO]);
}

tq_status dataset_take_given(tq_dataset *data, const tq_dataset_spec *spec,
                             const tq_effect_options *opt, tq_error *err)
{
    const tq_measure *generic = tq_measure_find("GEN");
    tq_effect_options given = *opt;
    const tq_inputs in = dataset_inputs(data);
    tq_effect_row *rows;

    if (!dataset_may_stand_in(spec) || !tq_measure_recipe(generic, tq_inputs_given(&in))) {
        return TQ_OK;
    }
    rows = tq_arena_take(data->arena, data->rows, sizeof *rows);
    if (!rows) {
        return no_memory(err);
    }
    given.vtype = NULL;
    given.to = TQ_TO_COUNT;
    const tq_status status = tq_effects_compute(generic, &in, &given, rows, err);

    for (size_t i = 0; status == TQ_OK && i < data->rows; i++) {
        if (data->effect[i].state == TQ_ROW_MISSING && rows[i].state == TQ_ROW_OK) {
            data->effect[i] = rows[i];
        }
    }
    return status;
}

/* The inputs that row i was computed from by its own measure; none where it was given as such. */
static tq_input_set rests_on(const tq_dataset *data, const row_history *history, size_t i)
{
    const tq_measure *m = data->measure;
    const tq_derivation *d = &history->derived[i];

    for (size_t r = 0; r < m->n_recipes; r++) {
        if (data->effect[i].from == m->recipes[r].from) {
            return (m->recipes[r].needs | (d->recipe ? d->read : 0)) & ~d->made;
        }
    }
    return 0;
}

/* Add to the note of each row the constants that it was computed from. */
static tq_status note_constants(tq_dataset *data, row_history *history, tq_error *err)
{
    const tq_input_set constant = constants(data);
    tq_status status = TQ_OK;

    for (size_t i = 0; constant && status == TQ_OK && i < data->rows; i++) {
        const tq_input_set used = constant & rests_on(data, history, i);

        for (tq_input j = 0; status == TQ_OK && j < TQ_INPUT_COUNT; j++) {
            if (used & TQ_INPUT_BIT(j)) {
                status = dataset_note(data, history, i,
                                      tq_arena_format(data->arena, "%s = %s assumed",
                                                      tq_input_name(j), data->column[j] + 1),
                                      err);
            }
        }
    }
    return status;
}

tq_status dataset_tell_history(tq_dataset *data, row_history *history, tq_error *err)
{
    const tq_status status = note_constants(data, history, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; i < data->rows; i++) {
        tq_effect_row *e = &data->effect[i];
        const char *recipe = history->derived[i].recipe;

        if (e->from && history->note[i] && (!recipe || strcmp(recipe, e->from) == 0)) {
            e->from = tq_arena_format(data->arena, "%s (%s)", e->from, history->note[i]);
            if (!e->from) {
                return no_memory(err);
            }
        }
    }
    return TQ_OK;
}
