/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Views of effect sizes alone: a table, JSON, and the sheet with the effects added. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "effects/shared_control.h"
#include "report/format.h"
#include "report/json_internal.h"
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

tq_status tq_effects_json(const tq_dataset *data, const tq_provenance *provenance,
                          const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    json_t *doc = json_head(provenance), *list = json_array();
    const char *sheet = tq_table_sheet(data->table);

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
    json_object_set_new(
        doc, "data",
        json_pack("{s:s, s:o*, s:s, s:I, s:I, s:o}", "source", tq_table_source(data->table),
                  "sheet", sheet ? json_text(sheet) : NULL, "sha256", tq_table_sha256(data->table),
                  "rows", (json_int_t)data->rows, "used", (json_int_t)data->k, "excluded",
                  json_excluded(data->excluded, data->rows - data->k)));
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

/* A cell of the sheet. Numbers with a decimal comma get a point, as the added columns have: one file
   has one decimal mark. */
static void sheet_cell(const tq_dataset *data, size_t row, size_t c, tq_buffer *out)
{
    const char *cell = tq_table_cell(data->table, row, c);
    double x;

    if (tq_table_decimal(data->table) != '.' && strchr(cell, ',') &&
        tq_parse_number(cell, tq_table_decimal(data->table), &x)) {
        text_csv_number(out, x);
    } else {
        text_csv_field(out, cell);
    }
}

/* ---- covariances of effects that share a control arm ---- */

/* The blocks of usable rows that share a control arm. */
typedef struct {
    size_t largest; /* rows of the largest block, at least 1 */
    size_t *count;  /* [rows] size of the row's block */
    double *total;  /* [n_blocks + 1] people in the block's arms */
    tq_inputs in;
} blocks;

static int usable(const tq_dataset *data, size_t i)
{
    return data->effect[i].state == TQ_ROW_OK;
}

static tq_status find_blocks(const tq_dataset *data, tq_arena *arena, blocks *b, tq_error *err)
{
    size_t *size = tq_arena_take(arena, data->n_blocks + 1, sizeof *size);
    const double *n1i = data->input[TQ_IN_N1I], *n2i = data->input[TQ_IN_N2I];

    b->count = tq_arena_take(arena, data->rows, sizeof *b->count);
    b->total = tq_arena_take(arena, data->n_blocks + 1, sizeof *b->total);
    if (!size || !b->count || !b->total) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    b->largest = 1;
    b->in = (tq_inputs){.rows = data->rows};
    for (tq_input j = 0; j < TQ_INPUT_COUNT; j++) {
        b->in.column[j] = data->input[j];
    }
    for (size_t i = 0; i < data->rows; i++) {
        const size_t block = data->block ? data->block[i] : 0;

        if (block && usable(data, i)) {
            if (n1i && n2i) { /* the control once */
                b->total[block] += n1i[i] + (size[block] == 0 ? n2i[i] : 0.0);
            }
            size[block]++;
            b->largest = size[block] > b->largest ? size[block] : b->largest;
        }
    }
    for (size_t i = 0; i < data->rows; i++) {
        b->count[i] = data->block && data->block[i] ? size[data->block[i]] : 1;
    }
    return TQ_OK;
}

/* block, V1, V2, ... of one row: variances on the diagonal, blanks beyond the block. */
static void covariance_cells(const tq_dataset *data, const blocks *b, size_t i, size_t alone,
                             tq_buffer *out)
{
    const size_t block = data->block ? data->block[i] : 0;
    size_t written = 0;

    if (!usable(data, i)) {
        for (size_t j = 0; j <= b->largest; j++) {
            tq_buffer_text(out, ",");
        }
        return;
    }
    tq_buffer_format(out, ",%zu", block ? block : alone);
    for (size_t j = 0; j < data->rows && written < b->count[i]; j++) {
        if (j == i || (block && data->block[j] == block && usable(data, j))) {
            tq_buffer_text(out, ",");
            text_csv_number(out, j == i ? data->effect[i].vi
                                        : tq_shared_control_covariance(data->measure, &b->in,
                                                                       data->effect, i, j,
                                                                       b->total[block]));
            written++;
        }
    }
    for (; written < b->largest; written++) {
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

static void csv_head(const tq_dataset *data, const blocks *b, int covariances, tq_buffer *out)
{
    for (size_t c = 0; c < tq_table_columns(data->table); c++) {
        if (!replaced(tq_table_name(data->table, c), covariances)) {
            text_csv_field(out, tq_table_name(data->table, c));
            tq_buffer_text(out, ",");
        }
    }
    tq_buffer_text(out, "yi,vi,sei,ci_lb,ci_ub,from");
    if (covariances) {
        tq_buffer_text(out, ",block");
        for (size_t j = 1; j <= b->largest; j++) {
            tq_buffer_format(out, ",V%zu", j);
        }
    }
    tq_buffer_text(out, "\n");
}

tq_status tq_effects_csv(const tq_dataset *data, const tq_provenance *provenance,
                         const tq_view_options *opt, tq_buffer *out, tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    blocks b = {0};
    tq_status status = arena ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    (void)provenance;
    if (status == TQ_OK && opt->covariances && data->block &&
        !tq_shared_control_known(data->measure)) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--covariances: no formula for shared controls with measure %s; "
                         "--split-shared n divides them",
                         data->measure->code);
    }
    if (status == TQ_OK) {
        status = find_blocks(data, arena, &b, err);
    }
    if (status == TQ_OK) {
        csv_head(data, &b, opt->covariances, out);
    }
    for (size_t i = 0, alone = data->n_blocks; status == TQ_OK && i < data->rows; i++) {
        for (size_t c = 0; c < tq_table_columns(data->table); c++) {
            if (!replaced(tq_table_name(data->table, c), opt->covariances)) {
                sheet_cell(data, data->row[i], c, out);
                tq_buffer_text(out, ",");
            }
        }
        effect_cells(&data->effect[i], out);
        if (opt->covariances) {
            alone += !(data->block && data->block[i]);
            covariance_cells(data, &b, i, alone, out);
        }
        tq_buffer_text(out, "\n");
    }
    tq_arena_free(arena);
    return status == TQ_OK ? tq_buffer_status(out, err) : status;
}
