/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Covariances of the rows of a sheet that share a control arm. */
#include "effects/shared_control.h"
#include "frame/sheet_covariance.h"

#include <stdlib.h>

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* Used rows by the arm they share. */
typedef struct {
    size_t *start; /* [n_blocks + 2] of arm b, from 1: place[start[b]] .. place[start[b + 1] - 1] */
    size_t *place; /* in data->used */
} sharers;

static tq_status find_sharers(const tq_dataset *data, tq_arena *arena, sharers *s, tq_error *err)
{
    size_t *filled = tq_arena_take(arena, data->n_blocks + 2, sizeof *filled);

    s->start = tq_arena_take(arena, data->n_blocks + 2, sizeof *s->start);
    s->place = tq_arena_take(arena, data->k + 1, sizeof *s->place);
    if (!filled || !s->start || !s->place) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        s->start[data->block[data->used[i]] + 1] += data->block[data->used[i]] > 0;
    }
    for (size_t b = 1; b <= data->n_blocks + 1; b++) {
        s->start[b] += s->start[b - 1];
    }
    for (size_t i = 0; i < data->k; i++) {
        const size_t b = data->block[data->used[i]];

        if (b > 0) {
            s->place[s->start[b] + filled[b]++] = i;
        }
    }
    return TQ_OK;
}

/* People in the arms of block b, the control once; 0 where sizes are not known. */
static double people(const tq_dataset *data, const sharers *s, size_t b)
{
    const double *n1i = data->input[TQ_IN_N1I], *n2i = data->input[TQ_IN_N2I];
    double total = 0.0;

    for (size_t c = s->start[b]; n1i && n2i && c < s->start[b + 1]; c++) {
        const size_t row = data->used[s->place[c]];

        total += n1i[row] + (c == s->start[b] ? n2i[row] : 0.0);
    }
    return total;
}

tq_status tq_shared_control_pairs(const tq_dataset *data, tq_arena *arena,
                                  const tq_given_covariance **pair, size_t *n, tq_error *err)
{
    tq_inputs in = {.rows = data->rows};
    sharers s;
    size_t most = 0;

    *pair = NULL;
    *n = 0;
    if (!data->block) {
        return TQ_OK;
    }
    if (!tq_shared_control_known(data->measure)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "no formula for the covariance of shared controls with measure %s",
                       data->measure->code);
    }
    const tq_status status = find_sharers(data, arena, &s, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t b = 1; b <= data->n_blocks; b++) {
        const size_t size = s.start[b + 1] - s.start[b];

        most += size * (size - (size > 0)) / 2;
    }
    tq_given_covariance *list = tq_arena_take(arena, most + 1, sizeof *list);

    if (!list) {
        return no_memory(err);
    }
    for (tq_input j = 0; j < TQ_INPUT_COUNT; j++) {
        in.column[j] = data->input[j];
    }
    for (size_t b = 1; b <= data->n_blocks; b++) {
        const double total = people(data, &s, b);

        for (size_t c = s.start[b]; c < s.start[b + 1]; c++) {
            for (size_t d = s.start[b]; d < c; d++) {
                const size_t i = data->used[s.place[d]], j = data->used[s.place[c]];

                list[(*n)++] = (tq_given_covariance){
                    s.place[d], s.place[c],
                    tq_shared_control_covariance(data->measure, &in, data->effect, i, j, total)};
            }
        }
    }
    *pair = list;
    return TQ_OK;
}
