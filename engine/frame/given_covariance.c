/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Covariances that stand in columns of the sheet or in a sheet of their own; reported correlations. */
#include "frame/given_covariance_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frame/text_numbers.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

tq_status given_variances(const tq_dataset *data, tq_arena *arena, const double **vi, tq_error *err)
{
    double *v = tq_arena_take(arena, data->k + 1, sizeof *v);

    if (!v) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        v[i] = data->effect[data->used[i]].vi;
    }
    *vi = v;
    return TQ_OK;
}

/* The column of another sheet, which must be there. */
static tq_status column_of(const tq_table *table, const char *name, size_t *c, tq_error *err)
{
    *c = tq_table_find(table, name);
    return *c != TQ_NO_COLUMN ? TQ_OK
                              : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%.120s: no column '%s'",
                                        tq_table_source(table), name);
}

static tq_status numbers_of(const tq_table *table, const char *name, tq_arena *arena, double **out,
                            tq_error *err)
{
    size_t c;
    tq_status status = column_of(table, name, &c, err);

    *out = tq_arena_take(arena, tq_table_rows(table) + 1, sizeof **out);
    if (!*out) {
        return no_memory(err);
    }
    return status == TQ_OK ? tq_table_numbers(table, c, NULL, *out, err) : status;
}

/* ---- columns of the sheet ---- */

/* Where each used row stands among the rows of the sheet with its cluster: V was written for the sheet
   as it is, with the rows that a subset or a missing value leaves out. */
static tq_status places_in_cluster(const tq_table *table, size_t c, tq_arena *arena, size_t **out,
                                   tq_error *err)
{
    const size_t all = tq_table_rows(table);
    const char **text = tq_arena_take(arena, all + 1, sizeof *text);
    size_t *number = tq_arena_take(arena, all + 1, sizeof *number), n;
    size_t *seen = tq_arena_take(arena, all + 1, sizeof *seen);

    *out = tq_arena_take(arena, all + 1, sizeof **out);
    if (!text || !number || !seen || !*out) {
        return no_memory(err);
    }
    for (size_t i = 0; i < all; i++) {
        text[i] = tq_table_cell(table, i, c);
    }
    const tq_status status = tq_number_texts(all, text, number, NULL, &n, err);

    for (size_t i = 0; status == TQ_OK && i < all; i++) {
        (*out)[i] = seen[number[i]]++;
    }
    return status;
}

static tq_status positions(const tq_dataset *data, size_t c, tq_arena *arena, size_t **out,
                           tq_error *err)
{
    size_t *place = NULL;
    const tq_status status = places_in_cluster(data->table, c, arena, &place, err);

    *out = tq_arena_take(arena, data->k + 1, sizeof **out);
    if (!*out) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < data->k; i++) {
        (*out)[i] = place[data->row[data->used[i]]];
    }
    return status;
}

/* A column of V over the rows in use; NULL: all. */
static tq_status read_whole(const tq_table *table, const char *name, const unsigned char *use,
                            double *all, tq_error *err)
{
    const size_t c = tq_table_find(table, name);
    const char *near = tq_table_nearest(table, name);

    return c != TQ_NO_COLUMN
               ? tq_table_numbers(table, c, use, all, err)
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--V: no column '%.80s'%s%.80s%s", name,
                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* The same over the rows that are pooled. */
static tq_status read_column(const tq_dataset *data, const char *name, unsigned char *use,
                             double *all, double *out, tq_error *err)
{
    const tq_status status = read_whole(data->table, name, use, all, err);

    for (size_t i = 0; status == TQ_OK && i < data->k; i++) {
        out[i] = all[data->row[data->used[i]]];
    }
    return status;
}

tq_status given_columns(const tq_dataset *data, const tq_covariance_wish *wish, const char *by,
                        tq_sheet_covariance *out, tq_arena *arena, tq_error *err)
{
    const size_t all = tq_table_rows(data->table);
    unsigned char *use = tq_arena_take(arena, all + 1, 1);
    double *scratch = tq_arena_take(arena, all + 1, sizeof *scratch);
    const double **column = tq_arena_take(arena, wish->n_columns + 1, sizeof *column);
    const double *vi = NULL;
    size_t *position = NULL;
    tq_status status = use && scratch && column ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && i < data->k; i++) {
        use[data->row[data->used[i]]] = 1;
    }
    for (size_t c = 0; status == TQ_OK && c < wish->n_columns; c++) {
        double *v = tq_arena_take(arena, data->k + 1, sizeof *v);

        status = v ? read_column(data, wish->columns[c], use, scratch, v, err) : no_memory(err);
        column[c] = v;
    }
    if (status == TQ_OK) {
        status = positions(data, tq_table_find(data->table, by), arena, &position, err);
    }
    status = status == TQ_OK ? given_variances(data, arena, &vi, err) : status;
    return status == TQ_OK ? tq_sampling_cov_rows(data->k, vi, out->cluster, out->n_clusters,
                                                  position, wish->n_columns, column, &out->V, err)
                           : status;
}

/* ---- a sheet of its own ---- */

typedef struct {
    tq_given_covariance *pair;
    size_t n, room;
    int failed;
} pairs;

static void add_pair(pairs *p, size_t i, size_t j, double cov)
{
    if (p->n == p->room && !p->failed) {
        const size_t room = p->room ? 2 * p->room : 64;
        tq_given_covariance *more =
            room <= (size_t)-1 / sizeof *more ? realloc(p->pair, room * sizeof *more) : NULL;

        p->failed = !more;
        p->pair = more ? more : p->pair;
        p->room = more ? room : p->room;
    }
    if (!p->failed) {
        p->pair[p->n++] = (tq_given_covariance){i, j, cov};
    }
}

/* place[row of the sheet]: 1 + its place among the used rows, 0 where it is not used. */
static size_t *places(const tq_dataset *data, tq_arena *arena)
{
    size_t *place = tq_arena_take(arena, tq_table_rows(data->table) + 1, sizeof *place);

    for (size_t i = 0; place && i < data->k; i++) {
        place[data->row[data->used[i]]] = i + 1;
    }
    return place;
}

/* A data row of a sheet, counted from 1. */
static int is_row(double x, size_t all)
{
    return x >= 1.0 && x <= (double)all && x == floor(x);
}

/* An error about a row of another sheet. */
static tq_status in_row(tq_status status, const tq_table *table, size_t row, tq_error *err)
{
    if (err) {
        tq_copy_text(err->file, sizeof err->file, tq_table_source(table));
        err->line = tq_table_line(table, row);
    }
    return status;
}

/* Columns row, col, v: data rows of the sheet from 1 on. */
typedef struct {
    double *row, *col, *v;
} listed;

static tq_status find_listed(const tq_table *m, tq_arena *arena, listed *out, tq_error *err)
{
    tq_status status = numbers_of(m, "row", arena, &out->row, err);

    status = status == TQ_OK ? numbers_of(m, "col", arena, &out->col, err) : status;
    return status == TQ_OK ? numbers_of(m, "v", arena, &out->v, err) : status;
}

static tq_status read_list(const tq_dataset *data, const tq_table *m, const size_t *place,
                           tq_arena *arena, pairs *out, tq_error *err)
{
    const size_t all = tq_table_rows(data->table);
    listed of;
    tq_status status = find_listed(m, arena, &of, err);

    for (size_t i = 0; status == TQ_OK && i < tq_table_rows(m); i++) {
        if (!is_row(of.row[i], all) || !is_row(of.col[i], all)) {
            status = in_row(tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                                    "row %g, col %g: they are data rows 1 to %zu of the sheet",
                                    of.row[i], of.col[i], all),
                            m, i, err);
            continue;
        }
        const size_t a = place[(size_t)of.row[i] - 1], b = place[(size_t)of.col[i] - 1];

        if (a && b && isnan(of.v[i])) {
            status = in_row(tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "row %g, col %g: v is missing",
                                    of.row[i], of.col[i]),
                            m, i, err);
        } else if (a && b) {
            add_pair(out, a - 1, b - 1, of.v[i]);
        }
    }
    return status;
}

/* A square matrix of the rows of the sheet; names may stand before it. */
static tq_status read_square(const tq_dataset *data, const tq_table *m, const size_t *place,
                             tq_arena *arena, pairs *out, tq_error *err)
{
    const size_t all = tq_table_rows(data->table), names = tq_table_columns(m) == all + 1;
    double *v = tq_arena_take(arena, all + 1, sizeof *v);
    tq_status status = v ? TQ_OK : no_memory(err);

    if (tq_table_rows(m) != all || tq_table_columns(m) != all + names) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--v-file %.100s: %zu rows of %zu columns are neither a %zu x %zu matrix of "
                       "the rows of the sheet nor columns row, col, v",
                       tq_table_source(m), tq_table_rows(m), tq_table_columns(m), all, all);
    }
    for (size_t c = 0; status == TQ_OK && c < all; c++) {
        if (!place[c]) {
            continue;
        }
        status = tq_table_numbers(m, c + names, NULL, v, err);
        for (size_t i = 0; status == TQ_OK && i < all; i++) {
            if (place[i] && (v[i] != 0.0 || i == c)) {
                add_pair(out, place[i] - 1, place[c] - 1, v[i]);
            }
        }
    }
    return status;
}

static int by_rows(const void *left, const void *right)
{
    const tq_given_covariance *a = left, *b = right;
    const size_t ai = a->i < a->j ? a->i : a->j, aj = a->i < a->j ? a->j : a->i;
    const size_t bi = b->i < b->j ? b->i : b->j, bj = b->i < b->j ? b->j : b->i;

    return ai != bi ? (ai < bi ? -1 : 1) : (aj > bj) - (aj < bj);
}

/* Both triangles may be there: equal values, as printed, become one. */
static tq_status join_twins(const tq_table *matrix, const double *vi, pairs *p, tq_error *err)
{
    size_t n = 0;

    if (p->n > 1) {
        qsort(p->pair, p->n, sizeof *p->pair, by_rows);
    }
    for (size_t i = 0; i < p->n; i++) {
        const tq_given_covariance *g = &p->pair[i];

        if (n == 0 || by_rows(&p->pair[n - 1], g) != 0) {
            p->pair[n++] = *g;
        } else if (!(fabs(p->pair[n - 1].cov - g->cov) <= 1e-6 * sqrt(vi[g->i]) * sqrt(vi[g->j]))) {
            return tq_fail(err, TQ_EDATA, g->i, NULL,
                           "a covariance of it stands in %.120s as %g and as %g",
                           tq_table_source(matrix), p->pair[n - 1].cov, g->cov);
        }
    }
    p->n = n;
    return TQ_OK;
}

tq_status given_matrix(const tq_dataset *data, const tq_table *matrix, tq_arena *arena,
                       tq_block_matrix **out, tq_error *err)
{
    const size_t *place = places(data, arena);
    const double *vi = NULL;
    pairs p = {0};
    tq_status status = place ? given_variances(data, arena, &vi, err) : no_memory(err);

    if (status == TQ_OK) {
        status = tq_table_find(matrix, "row") != TQ_NO_COLUMN
                     ? read_list(data, matrix, place, arena, &p, err)
                     : read_square(data, matrix, place, arena, &p, err);
    }
    if (status == TQ_OK && p.failed) {
        status = no_memory(err);
    }
    status = status == TQ_OK ? join_twins(matrix, vi, &p, err) : status;
    status = status == TQ_OK ? tq_sampling_cov_pairs(data->k, vi, p.pair, p.n, out, err) : status;
    free(p.pair);
    return status;
}

/* ---- the diagonal ---- */

static tq_status diagonal_of_columns(const tq_table *table, const tq_covariance_wish *wish,
                                     tq_arena *arena, double *scratch, double *vi, tq_error *err)
{
    const size_t all = tq_table_rows(table), by = tq_table_find(table, wish->cluster);
    size_t *place = NULL;

    if (by == TQ_NO_COLUMN) { /* the dataset says so */
        return TQ_OK;
    }
    tq_status status = places_in_cluster(table, by, arena, &place, err);

    for (size_t c = 0; status == TQ_OK && c < wish->n_columns; c++) {
        status = read_whole(table, wish->columns[c], NULL, scratch, err);
        for (size_t i = 0; status == TQ_OK && i < all; i++) {
            vi[i] = place[i] == c ? scratch[i] : vi[i];
        }
    }
    return status;
}

static tq_status diagonal_of_list(const tq_table *m, size_t all, tq_arena *arena, double *vi,
                                  tq_error *err)
{
    listed of;
    tq_status status = find_listed(m, arena, &of, err);

    for (size_t i = 0; status == TQ_OK && i < tq_table_rows(m); i++) {
        if (of.row[i] == of.col[i] && is_row(of.row[i], all)) {
            vi[(size_t)of.row[i] - 1] = of.v[i];
        }
    }
    return status;
}

/* One of another size is refused where all of it is read. */
static tq_status diagonal_of_square(const tq_table *m, size_t all, double *scratch, double *vi,
                                    tq_error *err)
{
    const size_t names = tq_table_columns(m) == all + 1;
    tq_status status = TQ_OK;

    if (tq_table_rows(m) != all || tq_table_columns(m) != all + names) {
        return status;
    }
    for (size_t c = 0; status == TQ_OK && c < all; c++) {
        status = tq_table_numbers(m, c + names, NULL, scratch, err);
        vi[c] = status == TQ_OK ? scratch[c] : vi[c];
    }
    return status;
}

tq_status tq_covariance_diagonal(const tq_table *table, const tq_covariance_wish *wish,
                                 tq_arena *arena, const double **out, tq_error *err)
{
    const size_t all = tq_table_rows(table);
    double *vi = tq_arena_take(arena, all + 1, sizeof *vi);
    double *scratch = tq_arena_take(arena, all + 1, sizeof *scratch);
    tq_status status = TQ_OK;

    *out = NULL;
    if (!vi || !scratch) {
        return no_memory(err);
    }
    if (wish->n_columns == 0 && !wish->matrix) {
        return TQ_OK;
    }
    for (size_t i = 0; i < all; i++) {
        vi[i] = NAN;
    }
    if (wish->matrix) {
        status = tq_table_find(wish->matrix, "row") != TQ_NO_COLUMN
                     ? diagonal_of_list(wish->matrix, all, arena, vi, err)
                     : diagonal_of_square(wish->matrix, all, scratch, vi, err);
    } else {
        status = diagonal_of_columns(table, wish, arena, scratch, vi, err);
    }
    *out = status == TQ_OK ? vi : NULL;
    return status;
}

/* ---- reported correlations ---- */

static size_t index_of(const char *const *name, size_t n, const char *text)
{
    size_t i = 0;

    while (i < n && strcmp(name[i], text) != 0) {
        i++;
    }
    return i;
}

tq_status given_reported(const tq_table *table, const char *const *obs, size_t n_obs,
                         const char *const *cluster, size_t n_clusters, tq_arena *arena,
                         tq_sampling_spec *spec, tq_error *err)
{
    const size_t rows = tq_table_rows(table), by = tq_table_find(table, "cluster");
    tq_reported_correlation *list = tq_arena_take(arena, rows + 1, sizeof *list);
    size_t one, two, n = 0;
    double *r = NULL;
    tq_status status = list ? column_of(table, "obs1", &one, err) : no_memory(err);

    status = status == TQ_OK ? column_of(table, "obs2", &two, err) : status;
    status = status == TQ_OK ? numbers_of(table, "r", arena, &r, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; i < rows; i++) {
        const size_t a = index_of(obs, n_obs, tq_table_cell(table, i, one));
        const size_t b = index_of(obs, n_obs, tq_table_cell(table, i, two));
        const int any = by == TQ_NO_COLUMN || tq_table_missing(table, i, by);
        const size_t c =
            any ? TQ_COV_ANY : index_of(cluster, n_clusters, tq_table_cell(table, i, by));

        if (!(r[i] >= -1.0 && r[i] <= 1.0)) {
            return in_row(tq_fail(err, TQ_EDATA, TQ_NO_ROW, "r",
                                  "correlation '%g' must be from -1 to 1", r[i]),
                          table, i, err);
        }
        if (a < n_obs && b < n_obs && (any || c < n_clusters)) {
            list[n++] = (tq_reported_correlation){c, a, b, r[i]};
        }
    }
    spec->reported = list;
    spec->n_reported = n;
    return TQ_OK;
}
