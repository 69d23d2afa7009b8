/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of each cluster into one, and what becomes of the other columns of the sheet. */
#include <math.h>
#include <string.h>

#include "core/buffer.h"
#include "multilevel/aggregate.h"
#include "report/analysis_internal.h"
#include "report/dependent/aggregation.h"
#include "report/page/text_internal.h"

static const double LEVEL = 95.0;

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- columns of the sheet ---- */

typedef enum { COMMON, SUM, MAX } treatment;

static const char *const effect_columns[] = {"yi", "vi", "sei", "ci_lb", "ci_ub", "from", "ki"};

static int named(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether the effects were computed from it, or a column that is added has its name. */
static int is_input(const tq_dataset *data, const char *name)
{
    for (tq_input i = 0; i < TQ_INPUT_COUNT; i++) {
        if (data->column[i] && strcmp(data->column[i], name) == 0) {
            return 1;
        }
    }
    return named(name, effect_columns, sizeof effect_columns / sizeof *effect_columns);
}

static tq_status check_columns(const tq_dataset *data, const char *option, const char *const *list,
                               size_t n, tq_error *err)
{
    tq_status status = TQ_OK;
    size_t at;

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        status = analysis_find_column(data->table, option, list[i], &at, err);
    }
    return status;
}

static int number_at(const tq_dataset *data, size_t place, size_t c, double *x)
{
    const size_t row = data->row[data->used[place]];

    *x = NAN;
    return tq_table_missing(data->table, row, c) ||
           tq_parse_number(tq_table_cell(data->table, row, c), tq_table_decimal(data->table), x);
}

/* The number that stands for a cluster; missing cells do not count. 0: a cell is no number (*wrong). */
static int fold(const tq_dataset *data, const tq_cluster_effect *e, size_t c, treatment how,
                double *out, size_t *wrong)
{
    double sum = 0.0, most = -INFINITY;
    size_t n = 0;

    for (size_t i = 0; i < e->n; i++) {
        double x;

        if (!number_at(data, e->at[i], c, &x)) {
            *wrong = e->at[i];
            return 0;
        }
        if (!isnan(x)) {
            sum += x;
            most = fmax(most, x);
            n++;
        }
    }
    *out = n == 0 ? (double)NAN : how == SUM ? sum : how == MAX ? most : sum / (double)n;
    return 1;
}

static const char *text_at(const tq_dataset *data, size_t place, size_t c)
{
    const size_t row = data->row[data->used[place]];

    return tq_table_missing(data->table, row, c) ? "" : tq_table_cell(data->table, row, c);
}

static int agree(const tq_dataset *data, const tq_cluster_effect *e, size_t c)
{
    for (size_t i = 1; i < e->n; i++) {
        if (strcmp(text_at(data, e->at[0], c), text_at(data, e->at[i], c)) != 0) {
            return 0;
        }
    }
    return 1;
}

/* Different texts, each once. */
static void join_texts(const tq_dataset *data, const tq_cluster_effect *e, size_t c, tq_buffer *out)
{
    int any = 0;

    for (size_t i = 0; i < e->n; i++) {
        const char *text = text_at(data, e->at[i], c);
        size_t j = 0;

        while (j < i && strcmp(text_at(data, e->at[j], c), text) != 0) {
            j++;
        }
        if (*text && j == i) {
            tq_buffer_format(out, "%s%s", any ? "; " : "", text);
            any = 1;
        }
    }
}

static tq_status make_cell(const tq_aggregation *a, const tq_cluster_effect *e, size_t c,
                           treatment how, const char **out, tq_error *err)
{
    const tq_dataset *data = a->data;
    tq_buffer text = {0};
    size_t wrong = 0;
    double x = NAN;
    const int number = fold(data, e, c, how, &x, &wrong);

    if (how != COMMON && !number) {
        tq_fail(err, TQ_EDATA, data->used[wrong], tq_table_name(data->table, c),
                "'%.60s' is no number", text_at(data, wrong, c));
        tq_dataset_locate(data, data->used[wrong], err);
        return TQ_EDATA;
    }
    if (how == COMMON && agree(data, e, c)) {
        text_csv_cell(data->table, data->row[data->used[e->at[0]]], c, &text);
    } else if (number) {
        text_csv_number(&text, x);
    } else {
        tq_buffer joined = {0};

        join_texts(data, e, c, &joined);
        text.failed = joined.failed;
        text_csv_field(&text, joined.data ? joined.data : "");
        tq_buffer_free(&joined);
    }
    const tq_status status = tq_buffer_status(&text, err);

    *out = status == TQ_OK ? tq_arena_text(a->arena, text.data ? text.data : "") : NULL;
    tq_buffer_free(&text);
    return status == TQ_OK && !*out ? no_memory(err) : status;
}

static tq_status fold_columns(tq_aggregation *a, const tq_aggregation_columns *of, tq_error *err)
{
    const tq_table *table = a->data->table;
    const size_t all = tq_table_columns(table);
    tq_status status = check_columns(a->data, "sum", of->sum, of->n_sum, err);

    status = status == TQ_OK ? check_columns(a->data, "max", of->max, of->n_max, err) : status;
    a->column = tq_arena_take(a->arena, all + 1, sizeof *a->column);
    a->cell = tq_arena_take(a->arena, all + 1, sizeof *a->cell);
    if (!a->column || !a->cell) {
        return no_memory(err);
    }
    for (size_t c = 0; status == TQ_OK && c < all; c++) {
        const char *name = tq_table_name(table, c);
        const treatment how = named(name, of->sum, of->n_sum)   ? SUM
                              : named(name, of->max, of->n_max) ? MAX
                                                                : COMMON;
        const char **cell;

        if (how == COMMON &&
            (is_input(a->data, name) || named(name, a->wish.columns, a->wish.n_columns))) {
            continue;
        }
        cell = tq_arena_take(a->arena, a->n + 1, sizeof *cell);
        status = cell ? TQ_OK : no_memory(err);
        for (size_t j = 0; status == TQ_OK && j < a->n; j++) {
            status = make_cell(a, &a->cluster[j], c, how, &cell[j], err);
        }
        a->column[a->n_columns] = name;
        a->cell[a->n_columns++] = cell;
    }
    return status;
}

/* ---- effects ---- */

static tq_status warn(tq_aggregation *a, const char *text, tq_error *err)
{
    a->warning[a->n_warnings] = text;
    a->n_warnings += text != NULL ? 1 : 0;
    return text ? TQ_OK : no_memory(err);
}

static tq_status fill_cluster(tq_aggregation *a, const tq_block_matrix *V, size_t b,
                              const char *name, double yi, double vi, tq_error *err)
{
    const tq_effect_row effect = {.yi = yi, .vi = vi};
    const tq_effect_interval s = tq_effect_interval_of(&effect, LEVEL);
    tq_cluster_effect *e = &a->cluster[b];
    size_t *at;

    *e = (tq_cluster_effect){.label = name,
                             .n = V->start[b + 1] - V->start[b],
                             .yi = yi,
                             .vi = vi,
                             .sei = s.sei,
                             .ci_lb = s.ci_lb,
                             .ci_ub = s.ci_ub,
                             .least_weight = INFINITY};
    at = tq_arena_take(a->arena, e->n, sizeof *at);
    if (!at) {
        return no_memory(err);
    }
    memcpy(at, V->row + V->start[b], e->n * sizeof *at);
    e->at = at;
    for (size_t i = 0; i < e->n; i++) {
        e->least_weight = fmin(e->least_weight, a->weight[at[i]]);
    }
    return TQ_OK;
}

/* One warning for all clusters whose least squares takes some effect with a negative weight. */
static tq_status warn_of_negative_weights(tq_aggregation *a, tq_error *err)
{
    enum { LISTED = 8 };
    tq_buffer list = {0};
    size_t n = 0;

    for (size_t j = 0; j < a->n; j++) {
        if (a->cluster[j].least_weight < 0.0 && n++ < LISTED) {
            tq_buffer_format(&list, "%s'%s'", n > 1 ? ", " : "", a->cluster[j].label);
        }
    }
    tq_status status = tq_buffer_status(&list, err);

    if (status == TQ_OK && n > 0) {
        status = warn(a,
                      tq_arena_format(a->arena,
                                      "%zu cluster%s (%s%s): an effect has a negative weight, "
                                      "because a more precise one correlates highly with it; their "
                                      "mean (--weighted no) has no such weights",
                                      n, n == 1 ? "" : "s", list.data, n > LISTED ? ", ..." : ""),
                      err);
    }
    tq_buffer_free(&list);
    return status;
}

static tq_status combine(tq_aggregation *a, const tq_sheet_covariance *cov, tq_error *err)
{
    const size_t k = a->data->k, n = cov->V->n_blocks;
    double *yi = tq_arena_take(a->arena, k, sizeof *yi), *y = tq_arena_take(a->arena, n, sizeof *y);
    double *v = tq_arena_take(a->arena, n, sizeof *v);

    a->cluster = tq_arena_take(a->arena, n, sizeof *a->cluster);
    a->weight = tq_arena_take(a->arena, k, sizeof *a->weight);
    a->warning = tq_arena_take(a->arena, cov->n_notes + 1, sizeof *a->warning);
    if (!yi || !y || !v || !a->cluster || !a->weight || !a->warning) {
        return no_memory(err);
    }
    for (size_t i = 0; i < k; i++) {
        yi[i] = a->data->effect[a->data->used[i]].yi;
    }
    tq_status status = tq_aggregate(cov->V, yi, a->weighted, y, v, a->weight, err);

    for (size_t i = 0; status == TQ_OK && i < cov->n_notes; i++) {
        status = warn(a, cov->note[i], err);
    }
    a->n = n;
    for (size_t b = 0; status == TQ_OK && b < n; b++) {
        status = fill_cluster(a, cov->V, b, cov->name[b], y[b], v[b], err);
    }
    return status == TQ_OK ? warn_of_negative_weights(a, err) : status;
}

static tq_status fill(tq_aggregation *a, const tq_covariance_wish *wish, size_t first,
                      const tq_aggregation_columns *columns, tq_error *err)
{
    tq_sheet_covariance cov = {0};
    tq_status status = tq_sheet_covariance_of(a->data, wish, first, a->arena, &cov, err);

    a->description = cov.description;
    a->by = a->data->key[first].name;
    if (status == TQ_OK && cov.V->n_blocks != cov.n_clusters) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "covariances of a file without regard to clusters cannot be combined by "
                         "them; give them as columns (--V)");
    }
    status = status == TQ_OK ? combine(a, &cov, err) : status;
    tq_block_matrix_free(cov.V);
    return status == TQ_OK ? fold_columns(a, columns, err) : status;
}

tq_status tq_aggregation_of(const tq_dataset *data, const tq_covariance_wish *wish, size_t first,
                            int weighted, const tq_aggregation_columns *columns,
                            tq_aggregation **out, tq_error *err)
{
    const tq_aggregation_columns none = {0};
    tq_arena *arena = tq_arena_new();
    tq_aggregation *a = arena ? tq_arena_take(arena, 1, sizeof *a) : NULL;

    if (!a) {
        tq_arena_free(arena);
        return no_memory(err);
    }
    *a = (tq_aggregation){.data = data, .wish = *wish, .weighted = weighted, .arena = arena};
    const tq_status status = fill(a, wish, first, columns ? columns : &none, err);

    if (status != TQ_OK) {
        tq_aggregation_free(a);
        return status;
    }
    *out = a;
    return TQ_OK;
}

void tq_aggregation_free(tq_aggregation *a)
{
    if (a) {
        tq_arena_free(a->arena); /* the struct itself lies in it */
    }
}
