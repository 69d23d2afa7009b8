/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known correlations of a factor's levels, from a file: --R FACTOR=FILE. */
#include <math.h>
#include <string.h>

#include "mv_options.h"

static tq_status located(const char *path, const tq_table *table, size_t row, tq_error *err)
{
    tq_copy_text(err->file, sizeof err->file, path);
    err->line = table ? tq_table_line(table, row) : 0;
    return err->status;
}

/* The columns of numbers behind the names of the levels, in the order of the rows. */
static tq_status read_columns(const char *path, const tq_table *table, tq_relation *out, double *R,
                              tq_arena *arena, tq_error *err)
{
    const size_t n = out->n;
    const char **level = tq_arena_take(arena, n, sizeof *level);
    tq_status status = TQ_OK;

    out->level = level;
    for (size_t i = 0; level && i < n; i++) {
        level[i] = tq_arena_text(arena, tq_table_cell(table, i, 0));
        if (!level[i]) {
            level = NULL;
        }
    }
    if (!level) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t j = 0; status == TQ_OK && j < n; j++) {
        const size_t c = tq_table_find(table, level[j]);

        if (c == TQ_NO_COLUMN || c == 0) {
            tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                    "row '%.60s' has no column of the same name; correlations stand in rows and "
                    "columns of the same levels",
                    level[j]);
            return located(path, table, j, err);
        }
        status = tq_table_numbers(table, c, NULL, R + j * n, err);
    }
    return status;
}

static tq_status check(const char *path, const tq_table *table, const tq_relation *r, tq_error *err)
{
    for (size_t i = 0; i < r->n; i++) {
        for (size_t j = 0; j < r->n; j++) {
            const double x = r->R[i + j * r->n], y = r->R[j + i * r->n];

            if (!(fabs(x) <= 1.0 + 1e-9) || (i == j && fabs(x - 1.0) > 1e-6)) {
                tq_fail(err, TQ_EDATA, TQ_NO_ROW, r->level[j],
                        i == j ? "'%g' must be 1: the file has correlations"
                               : "'%g' must be a correlation from -1 to 1",
                        x);
                return located(path, table, i, err);
            }
            if (fabs(x - y) > 1e-6) {
                tq_fail(err, TQ_EDATA, TQ_NO_ROW, r->level[j],
                        "'%g' differs from the '%g' on the other side of the diagonal", x, y);
                return located(path, table, i, err);
            }
        }
    }
    return TQ_OK;
}

static tq_status read_file(const char *path, tq_relation *out, tq_arena *arena, tq_error *err)
{
    const tq_sheet_options opt = {.decimal = '.'};
    tq_table *table = NULL;
    tq_status status = tq_sheet_read(path, &opt, &table, err);

    if (status != TQ_OK) {
        return status;
    }
    out->n = tq_table_rows(table);
    double *R = out->n < 100000 ? tq_arena_take(arena, out->n * out->n, sizeof *R) : NULL;

    out->R = R;
    status = R ? read_columns(path, table, out, R, arena, err)
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    status = status == TQ_OK ? check(path, table, out, err) : status;
    tq_table_free(table);
    return status;
}

tq_status cli_mv_relations(const cli_args *args, tq_arena *arena, tq_multilevel_spec *out,
                           tq_error *err)
{
    tq_relation *list = tq_arena_take(arena, args->n, sizeof *list);
    tq_status status = list ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    const char *text;

    while (status == TQ_OK && (text = cli_value_at(args, "R", out->n_relations)) != NULL) {
        const char *file = strchr(text, '=');

        if (!file || file == text || !file[1]) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--R: '%.60s' is not FACTOR=FILE, as in species=tree.csv", text);
        }
        tq_relation *r = &list[out->n_relations++];

        r->factor = tq_arena_format(arena, "%.*s", (int)(file - text), text);
        status = r->factor ? read_file(file + 1, r, arena, err)
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    out->relation = list;
    return status;
}
