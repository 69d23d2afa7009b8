/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of a sheet as the factors, times and designs of random terms. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/dependent/multilevel_factors_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

const tq_variable *multilevel_column(const tq_dataset *data, const char *name)
{
    for (size_t j = 0; j < data->n_extra; j++) {
        if (strcmp(data->extra[j].name, name) == 0) {
            return &data->extra[j];
        }
    }
    return NULL;
}

/* ---- levels ---- */

typedef struct {
    const char *text;
    double number;
    size_t outer, at;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;

    if (x->outer != y->outer) {
        return x->outer < y->outer ? -1 : 1;
    }
    if (x->text) {
        const int order = strcmp(x->text, y->text);

        return order ? order : x->at < y->at ? -1 : 1;
    }
    return x->number != y->number ? (x->number < y->number ? -1 : 1) : x->at < y->at ? -1 : 1;
}

static int same(const keyed *x, const keyed *y)
{
    return x->outer == y->outer &&
           (x->text ? strcmp(x->text, y->text) == 0 : x->number == y->number);
}

static const char *level_name(const keyed *x, const multilevel_factor *outer, tq_arena *arena)
{
    const char *own = x->text ? x->text : tq_arena_format(arena, "%.15g", x->number);

    return outer && own ? tq_arena_format(arena, "%s/%s", outer->level[x->outer], own) : own;
}

tq_status multilevel_levels(const tq_dataset *data, const tq_variable *v,
                            const multilevel_factor *outer, tq_arena *arena, multilevel_factor *out,
                            tq_error *err)
{
    const size_t k = data->k;
    keyed *sorted = malloc((k + 1) * sizeof *sorted);
    size_t *code = tq_arena_take(arena, k, sizeof *code);
    const char **level = tq_arena_take(arena, k, sizeof *level);
    tq_status status = sorted && code && level ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && i < k; i++) {
        const size_t at = data->used[i];

        sorted[i] = (keyed){v->text ? v->text[at] : NULL, v->text ? 0.0 : v->number[at],
                            outer ? outer->code[i] : 0, i};
    }
    if (status == TQ_OK) {
        qsort(sorted, k, sizeof *sorted, by_key);
    }
    out->n = 0;
    for (size_t i = 0; status == TQ_OK && i < k; i++) {
        if (i == 0 || !same(&sorted[i], &sorted[i - 1])) {
            level[out->n] = level_name(&sorted[i], outer, arena);
            status = level[out->n++] ? TQ_OK : no_memory(err);
        }
        code[sorted[i].at] = out->n - 1;
    }
    free(sorted);
    out->code = code;
    out->level = level;
    return status;
}

/* ---- numbers ---- */

tq_status multilevel_numbers(const tq_dataset *data, const char *const *name, size_t n,
                             int with_intercept, const char *why, tq_arena *arena, const double **Z,
                             const char *const **z_name, tq_error *err)
{
    const size_t k = data->k, q = n + (with_intercept ? 1 : 0);
    double *out = q < SIZE_MAX / (k + 1) ? tq_arena_take(arena, k * q, sizeof *out) : NULL;
    const char **names = tq_arena_take(arena, q, sizeof *names);

    if (!out || !names) {
        return no_memory(err);
    }
    for (size_t i = 0; with_intercept && i < k; i++) {
        out[i] = 1.0;
        names[0] = "intrcpt";
    }
    for (size_t a = 0; a < n; a++) {
        const tq_variable *v = multilevel_column(data, name[a]);
        const size_t to = a + q - n;

        if (!v->number) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--random: %s needs numbers in '%.60s'",
                           why, name[a]);
        }
        names[to] = v->name;
        for (size_t i = 0; i < k; i++) {
            out[i + to * k] = v->number[data->used[i]];
        }
    }
    *Z = out;
    *z_name = names;
    return TQ_OK;
}
