/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of one study: arms put together, and control arms that several of them share. */
#include "frame/dataset_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "effects/group_sums.h"

enum { GROUPS = 2, SUMS = 5, MAX_WARNED = 16, MAX_LISTED = 12 };

/* What adds up over arms: events, non-events, size, events and time of person-time. */
static const tq_input sums[GROUPS][SUMS] = {
    {TQ_IN_AI, TQ_IN_BI, TQ_IN_N1I, TQ_IN_X1I, TQ_IN_T1I},
    {TQ_IN_CI, TQ_IN_DI, TQ_IN_N2I, TQ_IN_X2I, TQ_IN_T2I},
};
/* Size, mean and SD of each group. */
static const tq_input moments[GROUPS][3] = {
    {TQ_IN_N1I, TQ_IN_M1I, TQ_IN_SD1I},
    {TQ_IN_N2I, TQ_IN_M2I, TQ_IN_SD2I},
};

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* A row by its study and, for arms to combine, its key, or for shared controls its group 2. */
typedef struct {
    const char *label, *key;
    size_t length;    /* of what counts of the label */
    uint64_t group;   /* the same number for the same group 2 */
    size_t at, first; /* the row, and the first of its kind */
} member;

static int by_study(const void *left, const void *right)
{
    const member *a = left, *b = right;
    int order = strncmp(a->label, b->label, a->length < b->length ? a->length : b->length);

    order = order ? order : (a->length > b->length) - (a->length < b->length);
    order = order ? order : strcmp(a->key, b->key);
    order = order ? order : (a->group > b->group) - (a->group < b->group);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static int same_study(const member *a, const member *b)
{
    return a->length == b->length && memcmp(a->label, b->label, a->length) == 0 &&
           strcmp(a->key, b->key) == 0 && a->group == b->group;
}

static int by_first_row(const void *left, const void *right)
{
    const member *a = left, *b = right;
    const int order = (a->first > b->first) - (a->first < b->first);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static int same_value(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* "3, 4, 5": the rows of the sheet, many as "3, 4, ... (60 rows)". */
static const char *list_rows(const tq_dataset *data, const size_t *at, size_t n)
{
    tq_buffer text = {0};
    const char *list = NULL;

    for (size_t i = 0; i < n && i < MAX_LISTED; i++) {
        tq_buffer_format(&text, "%s%zu", i ? ", " : "", data->row[at[i]] + 1);
    }
    if (n > MAX_LISTED) {
        tq_buffer_format(&text, ", ... (%zu rows)", n);
    }
    if (tq_buffer_status(&text, NULL) == TQ_OK) {
        list = tq_arena_format(data->arena, "%.*s", (int)text.size, text.data);
    }
    tq_buffer_free(&text);
    return list;
}

/* ---- combining ---- */

/* One group of n rows into the first of them; a value that one of them lacks is missing. */
static tq_status combine_group(tq_dataset *data, const tq_input *of, const size_t *at, size_t n,
                               tq_group_moments *scratch, tq_error *err)
{
    double *const size = data->input[of[0]], *const mean = data->input[of[1]],
                  *const sd = data->input[of[2]];
    tq_group_moments all;
    int there = size && mean && sd;

    for (size_t i = 0; there && i < n; i++) {
        scratch[i] = (tq_group_moments){size[at[i]], mean[at[i]], sd[at[i]]};
        there = !isnan(scratch[i].n) && !isnan(scratch[i].mean) && !isnan(scratch[i].sd);
    }
    if (!there) {
        if (mean) {
            mean[at[0]] = NAN;
        }
        if (sd) {
            sd[at[0]] = NAN;
        }
        return TQ_OK;
    }
    const tq_status status = tq_groups_combine_moments(n, scratch, &all, err);

    if (status != TQ_OK) {
        const tq_input wrong = strcmp(err->column, "n") == 0      ? of[0]
                               : strcmp(err->column, "mean") == 0 ? of[1]
                                                                  : of[2];
        const size_t row = err->row < n ? at[err->row] : at[0];

        err->row = row;
        tq_copy_text(err->column, sizeof err->column, tq_input_name(wrong));
        tq_dataset_locate(data, row, err);
        return status;
    }
    mean[at[0]] = all.mean;
    sd[at[0]] = all.sd;
    return TQ_OK;
}

/* An input that the measure reads as something else (di as d) is no count. */
static int adds_up(const tq_measure *m, tq_input input)
{
    for (size_t r = 0; r < m->n_recipes; r++) {
        for (size_t k = 0; k < sizeof m->recipes[r].as / sizeof *m->recipes[r].as; k++) {
            if (m->recipes[r].as[k].input == input) {
                return 0;
            }
        }
    }
    return 1;
}

/* The column of the j-th sum of a group, NULL where it is not given or is no sum. */
static double *sum_column(const tq_dataset *data, int group, size_t j)
{
    return adds_up(data->measure, sums[group][j]) ? data->input[sums[group][j]] : NULL;
}

/* Whether n rows give the same numbers for a group. */
static int is_shared(const tq_dataset *data, int group, const size_t *at, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < SUMS; j++) {
            const double *v = sum_column(data, group, j);

            if (v && !same_value(v[at[0]], v[at[i]])) {
                return 0;
            }
        }
        for (size_t j = 1; j < 3; j++) {
            const double *v = data->input[moments[group][j]];

            if (v && !same_value(v[at[0]], v[at[i]])) {
                return 0;
            }
        }
    }
    return 1;
}

static int is_of_group(const tq_measure *m, tq_input input)
{
    for (int g = 0; g < GROUPS; g++) {
        for (size_t j = 0; j < SUMS; j++) {
            if ((sums[g][j] == input && adds_up(m, input)) || (j < 3 && moments[g][j] == input)) {
                return 1;
            }
        }
    }
    return 0;
}

/* What is neither mean nor count (t, a given effect) holds for the whole only if all rows say so. */
static void keep_common(tq_dataset *data, const size_t *at, size_t n)
{
    for (tq_input j = 0; j < TQ_INPUT_COUNT; j++) {
        for (size_t i = 1; data->input[j] && !is_of_group(data->measure, j) && i < n; i++) {
            if (data->input[j][at[0]] != data->input[j][at[i]]) {
                data->input[j][at[0]] = NAN;
            }
        }
    }
}

/* The rows at[0..n) into at[0]: group 1, and group 2 unless all give the same. */
static tq_status combine(tq_dataset *data, const size_t *at, size_t n, tq_group_moments *scratch,
                         row_history *history, tq_error *err)
{
    const int shared = is_shared(data, 1, at, n);
    const char *rows = list_rows(data, at, n);
    tq_status status = rows ? TQ_OK : no_memory(err);

    for (int g = 0; status == TQ_OK && g < (shared ? 1 : GROUPS); g++) {
        status = combine_group(data, moments[g], at, n, scratch, err);
        for (size_t j = 0; status == TQ_OK && j < SUMS; j++) {
            double *v = sum_column(data, g, j);

            for (size_t i = 1; v && i < n; i++) {
                v[at[0]] += v[at[i]];
            }
        }
    }
    if (status != TQ_OK) {
        return status;
    }
    keep_common(data, at, n);
    for (size_t i = 1; status == TQ_OK && i < n; i++) {
        const char *note = history->note[at[i]];

        if (note && (!history->note[at[0]] || !strstr(history->note[at[0]], note))) {
            status = dataset_note(data, history, at[0], note, err);
        }
    }
    history->derived[at[0]] = (tq_derivation){0};
    if (status == TQ_OK) {
        status = dataset_assume(data,
                                tq_arena_format(data->arena, "rows %s (%s) are combined into one",
                                                rows, data->label[at[0]]),
                                err);
    }
    return status == TQ_OK
               ? dataset_note(data, history, at[0],
                              tq_arena_format(data->arena, "combined from rows %s%s", rows,
                                              shared ? ", with the control they share" : ""),
                              err)
               : status;
}

/* Close the gaps that combined rows leave. */
static void compact(tq_dataset *data, const unsigned char *gone, row_history *history)
{
    size_t n = 0;

    for (size_t i = 0; i < data->rows; i++) {
        if (gone[i]) {
            continue;
        }
        data->row[n] = data->row[i];
        data->label[n] = data->label[i];
        history->derived[n] = history->derived[i];
        history->note[n] = history->note[i];
        for (tq_input j = 0; j < TQ_INPUT_COUNT; j++) {
            if (data->input[j]) {
                data->input[j][n] = data->input[j][i];
            }
        }
        n++;
    }
    data->rows = n;
}

/* The j-th number of group 2 in row i, first what adds up, then mean and SD; NaN where missing. */
static double number_of(const tq_dataset *data, size_t i, size_t j)
{
    const double *v = j < SUMS ? sum_column(data, 1, j) : data->input[moments[1][j - SUMS + 1]];

    return v ? v[i] : NAN;
}

/* FNV-1a over the numbers of group 2: sorting by it brings equal groups together. */
static uint64_t print_of(const tq_dataset *data, size_t i)
{
    uint64_t print = 14695981039346656037u;

    for (size_t j = 0; j < SUMS + 2; j++) {
        const double x = number_of(data, i, j);
        const double value = isnan(x) ? -1.0 / 3.0 : x + 0.0; /* one missing value, one zero */
        unsigned char byte[sizeof value];

        memcpy(byte, &value, sizeof value);
        for (size_t b = 0; b < sizeof byte; b++) {
            print = (print ^ byte[b]) * 1099511628211u;
        }
    }
    return print;
}

/* Whether row i has an effect of its own that a smaller group 2 leaves as it is: from t or p of the
   whole group it would change. */
static int can_share(const tq_dataset *data, size_t i)
{
    const tq_inputs in = dataset_inputs(data);
    size_t n = 0;

    for (size_t j = 0; j < SUMS + 2; j++) {
        n += isnan(number_of(data, i, j)) ? 0 : 1;
    }
    if (n < 2) { /* one number alone, a size, does not tell one group from another */
        return 0;
    }
    const tq_recipe *recipe = tq_measure_recipe(data->measure, tq_inputs_of_row(&in, i));

    return recipe && !(recipe->needs & (TQ_INPUT_BIT(TQ_IN_TI_STAT) | TQ_INPUT_BIT(TQ_IN_PI)));
}

/* Rows by study and key, in the order of the sheet: with a column of keys those that have one, else
   those that can share a control, where "Vega 2015: high dose" is of "Vega 2015". */
static member *sort_members(const tq_dataset *data, size_t key, size_t *n)
{
    member *m = tq_arena_take(data->arena, data->rows, sizeof *m);

    *n = 0;
    for (size_t i = 0; m && i < data->rows; i++) {
        const char *label = data->label[i];

        if (key != TQ_NO_COLUMN) {
            if (!tq_table_missing(data->table, data->row[i], key)) {
                m[(*n)++] = (member){
                    label, tq_table_cell(data->table, data->row[i], key), strlen(label), 0, i, i};
            }
        } else if (can_share(data, i)) {
            m[(*n)++] = (member){label, "", strcspn(label, ":"), print_of(data, i), i, i};
        }
    }
    if (m && *n > 1) {
        qsort(m, *n, sizeof *m, by_study);
        for (size_t i = 0; i < *n; i++) {
            m[i].first = i > 0 && same_study(&m[i - 1], &m[i]) ? m[i - 1].first : m[i].at;
        }
        qsort(m, *n, sizeof *m, by_first_row);
    }
    return m;
}

tq_status dataset_combine_arms(tq_dataset *data, size_t key, row_history *history, tq_error *err)
{
    size_t n = 0, next;
    member *m = sort_members(data, key, &n);
    unsigned char *gone = tq_arena_take(data->arena, data->rows, 1);
    size_t *at = tq_arena_take(data->arena, data->rows, sizeof *at);
    tq_group_moments *scratch = tq_arena_take(data->arena, data->rows, sizeof *scratch);
    tq_status status = TQ_OK;

    if (!m || !gone || !at || !scratch) {
        return no_memory(err);
    }
    if (!tq_measure_two_groups(data->measure)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--combine-arms needs counts or means of two groups; measure %s has none",
                       data->measure->code);
    }
    for (size_t i = 0; status == TQ_OK && i < n; i = next) {
        for (next = i; next < n && same_study(&m[i], &m[next]); next++) {
            at[next - i] = m[next].at;
            gone[m[next].at] = next > i;
        }
        if (next - i > 1) {
            status = combine(data, at, next - i, scratch, history, err);
        }
    }
    if (status == TQ_OK) {
        compact(data, gone, history);
    }
    return status;
}

/* ---- shared controls ---- */

static tq_status divide(tq_dataset *data, const size_t *at, size_t n, const char *rows,
                        row_history *history, tq_error *err)
{
    tq_status status = dataset_assume(
        data,
        tq_arena_format(data->arena, "the control arm that rows %s share is divided by %zu", rows,
                        n),
        err);

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        for (size_t j = 0; j < SUMS; j++) {
            double *v = sum_column(data, 1, j);

            if (v) {
                v[at[i]] /= (double)n;
            }
        }
        status =
            dataset_note(data, history, at[i],
                         tq_arena_format(data->arena, "shared control divided by %zu", n), err);
    }
    return status;
}

static tq_status warn(tq_dataset *data, const size_t *at, size_t n, const char *rows, tq_error *err)
{
    return dataset_warn(data,
                        tq_arena_format(data->arena,
                                        "rows %s (%.*s) share one control arm, which counts %zu "
                                        "times: --split-shared n divides it, --combine-arms COL "
                                        "makes one comparison of them, effects --covariances "
                                        "writes out how they vary together",
                                        rows, (int)strcspn(data->label[at[0]], ":"),
                                        data->label[at[0]], n),
                        err);
}

/* Number the block of rows that share a control arm. */
static tq_status mark_block(tq_dataset *data, const size_t *at, size_t n, tq_error *err)
{
    if (!data->block) {
        data->block = tq_arena_take(data->arena, data->rows, sizeof *data->block);
    }
    if (!data->block) {
        return no_memory(err);
    }
    data->n_blocks++;
    for (size_t i = 0; i < n; i++) {
        data->block[at[i]] = data->n_blocks;
    }
    return TQ_OK;
}

tq_status dataset_shared_controls(tq_dataset *data, int split, int known, row_history *history,
                                  tq_error *err)
{
    size_t n = 0, next, more = 0;

    if (!tq_measure_two_groups(data->measure)) {
        return TQ_OK;
    }
    member *m = sort_members(data, TQ_NO_COLUMN, &n);
    size_t *at = tq_arena_take(data->arena, data->rows, sizeof *at);
    tq_status status = TQ_OK;

    if (!m || !at) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < n; i = next) {
        for (next = i; next < n && same_study(&m[i], &m[next]); next++) {
            at[next - i] = m[next].at;
        }
        const size_t found = next - i;

        if (found < 2 || !is_shared(data, 1, at, found)) {
            continue;
        }
        status = split ? TQ_OK : mark_block(data, at, found, err);
        if (status != TQ_OK) {
            return status;
        }
        if (!split && (known || data->n_warnings >= MAX_WARNED)) {
            more += known ? 0 : 1;
            continue;
        }
        const char *rows = list_rows(data, at, found);

        if (!rows) {
            return no_memory(err);
        }
        status =
            split ? divide(data, at, found, rows, history, err) : warn(data, at, found, rows, err);
    }
    if (status == TQ_OK && more > 0) {
        status = dataset_warn(
            data,
            tq_arena_format(data->arena, "%zu more control arms are shared by several rows", more),
            err);
    }
    return status;
}
