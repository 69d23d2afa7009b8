/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Views of effect sizes alone: a table, JSON, and the sheet with the effects added. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "effects/shared_control.h"
#include "frame/sheet_covariance.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* Limits of effects alone are 95% limits; a pooled analysis has a level of its own. */
static const double LEVEL = 95.0;

/* Why row i has no usable effect, NULL when it has one; *next walks along the excluded rows, which
   stand in the order of the sheet. */
static const char *reason_of(const tq_dataset *data, size_t i, size_t *next)
{
    const size_t n = data->rows - data->k;

    return *next < n && data->excluded[*next].row == data->row[i] + 1
               ? data->excluded[(*next)++].reason
               : NULL;
}

/* The head of the column of effects on the analysis scale: a log risk ratio is no "RR". */
static const char *effect_head(const tq_measure *measure)
{
    return strcmp(measure->transform, "none") == 0 ? measure->code : "yi";
}

json_t *json_dataset(const tq_dataset *data)
{
    const char *sheet = tq_table_sheet(data->table);

    return json_pack("{s:s, s:o*, s:s, s:I, s:I, s:o}", "source", tq_table_source(data->table),
                     "sheet", sheet ? json_text(sheet) : NULL, "sha256",
                     tq_table_sha256(data->table), "rows", (json_int_t)data->rows, "used",
                     (json_int_t)data->k, "excluded",
                     json_excluded(data->excluded, data->rows - data->k));
}

tq_status tq_effects_json(const tq_dataset *data, const tq_provenance *provenance,
                          const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    json_t *doc = json_head(provenance), *list = json_array();

    (void)opt;
    for (size_t i = 0; i < data->rows; i++) {
        const tq_effect_row *e = &data->effect[i];
        const tq_effect_interval s = tq_effect_interval_of(e, LEVEL);

        json_array_append_new(
            list, json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:n, s:o, s:o}", "study",
                            json_text(data->label[i]), "row", (json_int_t)data->row[i] + 1, "yi",
                            json_number(e->yi), "vi", json_number(e->vi), "sei", json_number(s.sei),
                            "ci_lb", json_number(s.ci_lb), "ci_ub", json_number(s.ci_ub), "weight",
                            "ni", json_number(e->ni), "from", json_text(e->from)));
    }
    json_object_set_new(doc, "command_line", json_text(provenance->command_line));
    json_object_set_new(doc, "data", json_dataset(data));
    json_object_set_new(doc, "model", json_pack("{s:s}", "measure", data->measure->code));
    json_object_set_new(doc, "studies", list);
    if (provenance->notice) {
        json_object_set_new(doc, "notice", json_text(provenance->notice));
    }
    json_object_set_new(doc, "assumptions", json_texts(data->assumption, data->n_assumptions));
    json_object_set_new(doc, "warnings", json_texts(data->warning, data->n_warnings));
    return json_write(doc, out, err);
}

static void effect_rows(const tq_dataset *data, int digits, text_table *t)
{
    char text[REPORT_CELL];
    size_t next = 0;

    for (size_t i = 0; i < data->rows; i++) {
        const tq_effect_row *e = &data->effect[i];
        const tq_effect_interval s = tq_effect_interval_of(e, LEVEL);
        const char *why = reason_of(data, i, &next);

        text_table_cell(t, 0, data->label[i]);
        text_table_cell(t, 1, tq_format_number(text, sizeof text, e->yi, digits));
        text_table_cell(t, 2, tq_format_number(text, sizeof text, e->vi, digits));
        text_table_cell(t, 3, tq_format_number(text, sizeof text, s.sei, digits));
        text_table_cell(t, 4, report_interval(text, s.ci_lb, s.ci_ub, digits));
        text_table_cell(t, 5, why ? why : e->from ? e->from : "");
        text_table_end_row(t);
    }
}

static void lines_of(tq_buffer *lines, const char *what, const char *const *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tq_buffer_format(lines, "\n%s: %s\n", what, text[i]);
    }
}

tq_status tq_effects_text(const tq_dataset *data, const tq_provenance *provenance,
                          const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    const char *heads[] = {"Study", effect_head(data->measure), "Variance", "SE", "95% CI", "From"};
    text_table *t = text_table_new(6, heads);
    char title[PAGE_TITLE];
    page doc;
    int whole;

    if (!t) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    snprintf(title, sizeof title, "Effect sizes: %.200s", data->measure->name);
    page_begin(&doc, opt->markup, opt->colour, title, out);
    if (provenance->notice) {
        tq_buffer_format(doc.lines, "Notice: %s\n\n", provenance->notice);
    }
    tq_buffer_format(doc.lines, "%s (%s), %zu row%s, %zu usable\n\n", data->measure->name,
                     data->measure->code, data->rows, data->rows == 1 ? "" : "s", data->k);
    effect_rows(data, opt->digits, t);
    text_table_left(t, 5);
    text_table_title(t, "Studies");
    page_table(&doc, t);
    text_table_free(t);
    lines_of(doc.lines, "Assumption", data->assumption, data->n_assumptions);
    lines_of(doc.lines, "Warning", data->warning, data->n_warnings);
    whole = page_compatibility(&doc, provenance->compat);
    page_end(&doc);
    if (!whole) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    return tq_buffer_status(out, err);
}

static const char *const added[] = {"yi", "vi", "sei", "ci_lb", "ci_ub", "from"};
enum { ADDED = sizeof added / sizeof *added };

/* A column of the sheet that carries the name of an added one would make the header ambiguous. */
static int replaced(const char *name, int covariances)
{
    for (size_t c = 0; c < ADDED; c++) {
        if (strcmp(name, added[c]) == 0) {
            return 1;
        }
    }
    return covariances &&
           (strcmp(name, "block") == 0 ||
            (name[0] == 'V' && name[1] && !name[1 + strspn(name + 1, "0123456789")]));
}

void text_csv_cell(const tq_table *table, size_t row, size_t c, tq_buffer *out)
{
    const char *cell = tq_table_cell(table, row, c);
    double x;

    if (tq_table_decimal(table) != '.' && strchr(cell, ',') &&
        tq_parse_number(cell, tq_table_decimal(table), &x)) {
        text_csv_number(out, x);
    } else {
        text_csv_field(out, cell);
    }
}

/* ---- covariances of effects that share a control arm ---- */

/* V of the usable rows, and where they stand in it. */
typedef struct {
    tq_block_matrix *V;
    size_t largest; /* rows of the largest block, at least 1 */
    size_t *block;  /* [k] of each */
} covariances;

static tq_status find_covariances(const tq_dataset *data, tq_arena *arena, covariances *c,
                                  tq_error *err)
{
    const tq_given_covariance *pair;
    double *vi = tq_arena_take(arena, data->k + 1, sizeof *vi);
    size_t n;

    c->block = tq_arena_take(arena, data->k + 1, sizeof *c->block);
    if (!vi || !c->block) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < data->k; i++) {
        vi[i] = data->effect[data->used[i]].vi;
    }
    tq_status status = tq_shared_control_pairs(data, arena, &pair, &n, err);

    status = status == TQ_OK ? tq_sampling_cov_pairs(data->k, vi, pair, n, &c->V, err) : status;
    for (size_t b = 0; status == TQ_OK && b < c->V->n_blocks; b++) {
        const size_t size = c->V->start[b + 1] - c->V->start[b];

        c->largest = size > c->largest ? size : c->largest;
        for (size_t a = c->V->start[b]; a < c->V->start[b + 1]; a++) {
            c->block[c->V->row[a]] = b;
        }
    }
    return status;
}

/* block, V1, V2, ... of one row: variances on the diagonal, blanks beyond the block. place: among the
   usable rows, of which it is one; data->k: it is not. */
static void covariance_cells(const tq_dataset *data, const covariances *c, size_t place,
                             size_t number, tq_buffer *out)
{
    size_t written = 0;

    if (place < data->k) {
        const tq_block_matrix *V = c->V;
        const size_t b = c->block[place], start = V->start[b], n = V->start[b + 1] - start;
        size_t a = 0;

        while (V->row[start + a] != place) {
            a++;
        }
        tq_buffer_format(out, ",%zu", number);
        for (; written < n; written++) {
            tq_buffer_text(out, ",");
            text_csv_number(out, V->value[V->at[b] + a + written * n]);
        }
    } else {
        tq_buffer_text(out, ",");
    }
    for (; written < c->largest; written++) {
        tq_buffer_text(out, ",");
    }
}

/* ---- CSV ---- */

static void effect_cells(const tq_effect_row *e, tq_buffer *out)
{
    const tq_effect_interval s = tq_effect_interval_of(e, LEVEL);
    const double numbers[] = {e->yi, e->vi, s.sei, s.ci_lb, s.ci_ub};

    for (size_t c = 0; c < sizeof numbers / sizeof *numbers; c++) {
        text_csv_number(out, e->state == TQ_ROW_OK ? numbers[c] : (double)NAN);
        tq_buffer_text(out, ",");
    }
    text_csv_field(out, e->from ? e->from : "");
}

static void csv_head(const tq_dataset *data, const covariances *b, int with, tq_buffer *out)
{
    for (size_t c = 0; c < tq_table_columns(data->table); c++) {
        if (!replaced(tq_table_name(data->table, c), with)) {
            text_csv_field(out, tq_table_name(data->table, c));
            tq_buffer_text(out, ",");
        }
    }
    tq_buffer_text(out, "yi,vi,sei,ci_lb,ci_ub,from");
    if (with) {
        tq_buffer_text(out, ",block");
        for (size_t j = 1; j <= b->largest; j++) {
            tq_buffer_format(out, ",V%zu", j);
        }
    }
    tq_buffer_text(out, "\n");
}

static void csv_rows(const tq_dataset *data, const covariances *c, int with, tq_buffer *out)
{
    for (size_t i = 0, place = 0, alone = data->n_blocks; i < data->rows; i++) {
        const int used = place < data->k && data->used[place] == i;
        const size_t block = data->block ? data->block[i] : 0;

        for (size_t j = 0; j < tq_table_columns(data->table); j++) {
            if (!replaced(tq_table_name(data->table, j), with)) {
                text_csv_cell(data->table, data->row[i], j, out);
                tq_buffer_text(out, ",");
            }
        }
        effect_cells(&data->effect[i], out);
        if (with) {
            alone += block ? 0 : 1;
            covariance_cells(data, c, used ? place : data->k, block ? block : alone, out);
        }
        place += used ? 1 : 0;
        tq_buffer_text(out, "\n");
    }
}

tq_status tq_effects_csv(const tq_dataset *data, const tq_provenance *provenance,
                         const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    covariances c = {NULL, 1, NULL};
    tq_status status = arena ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    (void)provenance;
    if (status == TQ_OK && opt->covariances && data->block &&
        !tq_shared_control_known(data->measure)) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--covariances: no formula for shared controls with measure %s; "
                         "--split-shared n divides them",
                         data->measure->code);
    }
    if (status == TQ_OK && opt->covariances) {
        status = find_covariances(data, arena, &c, err);
    }
    if (status == TQ_OK) {
        csv_head(data, &c, opt->covariances, out);
        csv_rows(data, &c, opt->covariances, out);
    }
    tq_block_matrix_free(c.V);
    tq_arena_free(arena);
    return status == TQ_OK ? tq_buffer_status(out, err) : status;
}
