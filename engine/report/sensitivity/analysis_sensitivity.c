/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leave-one-out and cumulative meta-analysis of a sheet: groups and orders from its columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/page/format.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- columns of the sheet ---- */

static const char *cell_of(const tq_dataset *data, size_t column, size_t i)
{
    return tq_table_cell(data->table, data->row[data->used[i]], column);
}

/* The column, none of whose cells is missing among the studies. */
static tq_status find_column(const tq_dataset *data, const char *option, const char *name,
                             size_t *column, tq_error *err)
{
    const tq_status status = analysis_find_column(data->table, option, name, column, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; i < data->k; i++) {
        if (tq_table_missing(data->table, data->row[data->used[i]], *column)) {
            tq_fail(err, TQ_EDATA, i, tq_table_name(data->table, *column),
                    "the value is missing; --subset leaves the study out");
            analysis_locate(data, err);
            return TQ_EDATA;
        }
    }
    return TQ_OK;
}

typedef struct {
    const char *text;
    size_t study;
} text_place;

static int by_text(const void *a, const void *b)
{
    const text_place *x = a, *y = b;
    const int order = strcmp(x->text, y->text);

    return order ? order : x->study < y->study ? -1 : x->study > y->study;
}

/* rank[k] of the texts of a column: equal ones alike, in byte order from 0 on. */
static tq_status rank_texts(const tq_dataset *data, size_t column, tq_arena *arena, double *rank,
                            tq_error *err)
{
    text_place *place = tq_arena_take(arena, data->k, sizeof *place);
    double last = 0.0;

    if (!place) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        place[i] = (text_place){cell_of(data, column, i), i};
    }
    qsort(place, data->k, sizeof *place, by_text);
    for (size_t i = 0; i < data->k; i++) {
        last += i > 0 && strcmp(place[i].text, place[i - 1].text) != 0;
        rank[place[i].study] = last;
    }
    return TQ_OK;
}

/* Numbers where all cells are, else ranks of the texts. */
static tq_status column_values(const tq_dataset *data, size_t column, tq_arena *arena,
                               double *value, tq_error *err)
{
    const char decimal = tq_table_decimal(data->table);

    for (size_t i = 0; i < data->k; i++) {
        if (!tq_parse_number(cell_of(data, column, i), decimal, &value[i])) {
            return rank_texts(data, column, arena, value, err);
        }
    }
    return TQ_OK;
}

/* What a study has besides the columns of its sheet. */
static double own_yi(const analysis_input *in, size_t i)
{
    return in->of.yi[i];
}

static double own_vi(const analysis_input *in, size_t i)
{
    return in->of.vi[i];
}

static double own_ni(const analysis_input *in, size_t i)
{
    return in->data->effect[in->data->used[i]].ni;
}

static const struct {
    const char *name;
    double (*value)(const analysis_input *in, size_t i);
} own_values[] = {{"yi", own_yi}, {"vi", own_vi}, {"sei", own_vi}, {"ni", own_ni}};

/* The values to order by; *column: where they stand, TQ_NO_COLUMN: nowhere in the sheet. */
static tq_status order_values(const analysis_input *in, tq_arena *arena, double *value,
                              size_t *column, tq_error *err)
{
    const char *name = in->spec->sensitivity->order;

    *column = tq_table_find(in->data->table, name);
    for (size_t j = 0; *column == TQ_NO_COLUMN && j < sizeof own_values / sizeof *own_values; j++) {
        if (strcmp(name, own_values[j].name) == 0) {
            for (size_t i = 0; i < in->data->k; i++) {
                value[i] = own_values[j].value(in, i);
            }
            return TQ_OK;
        }
    }
    const tq_status status = find_column(in->data, "order", name, column, err);

    return status == TQ_OK ? column_values(in->data, *column, arena, value, err) : status;
}

/* Groups of studies with the same text, numbered as they appear. */
static tq_status cluster_groups(const tq_dataset *data, const char *name, size_t *group, size_t *n,
                                size_t *column, tq_error *err)
{
    const tq_status status = find_column(data, "cluster", name, column, err);

    *n = 0;
    for (size_t i = 0; status == TQ_OK && i < data->k; i++) {
        size_t j = 0;

        while (j < i && strcmp(cell_of(data, *column, i), cell_of(data, *column, j)) != 0) {
            j++;
        }
        group[i] = j < i ? group[j] : (*n)++;
    }
    return status;
}

/* ---- what is shown ---- */

static tq_sequence *sequence_new(tq_arena *arena, size_t n)
{
    tq_sequence *out = tq_arena_take(arena, 1, sizeof *out);

    if (out) {
        out->n = n;
        out->row = tq_arena_take(arena, n, sizeof *out->row);
    }
    return out && out->row ? out : NULL;
}

static void fill_rows(const tq_analysis *a, const tq_part_pool *pool, tq_sequence *out)
{
    for (size_t j = 0; j < out->n; j++) {
        const tq_part_pool *p = &pool[j];
        const tq_prediction shown = {p->beta, p->se, p->ci_lb, p->ci_ub, NAN, NAN, NAN};

        out->row[j].pool = *p;
        out->row[j].natural = analysis_natural(a->transform, &shown, a->ni_mean);
    }
}

/* "Aronson 1948", "Aronson 1948, Rosenthal 1961", "Aronson 1948 and 4 more". */
static const char *label_of(const tq_dataset *data, const size_t *group, size_t j, tq_arena *arena)
{
    const char *first = NULL, *second = NULL;
    size_t n = 0;

    for (size_t i = 0; i < data->k; i++) {
        if (group[i] == j) {
            const char *label = data->label[data->used[i]];

            first = n == 0 ? label : first;
            second = n == 1 ? label : second;
            n++;
        }
    }
    if (n == 1) {
        return first;
    }
    return n == 2 ? tq_arena_format(arena, "%s, %s", first, second)
                  : tq_arena_format(arena, "%s and %zu more", first, n - 1);
}

static size_t first_of(const size_t *group, size_t j)
{
    size_t i = 0;

    while (group[i] != j) {
        i++;
    }
    return i;
}

/* Where the value of no effect lies: outside of the interval, 1; inside, 0; -1: cannot be told. */
static int excludes_null(const tq_analysis *a, const tq_part_pool *p)
{
    const double null = a->measure->null_value;

    return isnan(null) || isnan(p->ci_lb) ? -1 : null < p->ci_lb || null > p->ci_ub;
}

static void span_sentence(const tq_analysis *a, const tq_sequence *s, tq_buffer *out)
{
    const tq_sequence_row *lo = NULL, *hi = NULL;
    char from[64], to[64];

    for (size_t j = 0; j < s->n; j++) {
        const tq_sequence_row *row = &s->row[j];

        if (!isnan(row->natural.pred)) {
            lo = !lo || row->natural.pred < lo->natural.pred ? row : lo;
            hi = !hi || row->natural.pred > hi->natural.pred ? row : hi;
        }
    }
    if (lo) {
        tq_format_number(from, sizeof from, lo->natural.pred, 2);
        tq_format_number(to, sizeof to, hi->natural.pred, 2);
        tq_buffer_format(out, "The pooled %s lies between %s (without %s) and %s (without %s).",
                         tq_analysis_scale_name(a, 1), from, lo->label, to, hi->label);
    }
}

/* Which omissions move the interval onto or off the value of no effect. */
static void turn_sentence(const tq_analysis *a, const tq_sequence *s, tq_buffer *out)
{
    enum { MOST_NAMED = 8 };
    const tq_part_pool all = {.ci_lb = a->fit->ci_lb[0], .ci_ub = a->fit->ci_ub[0]};
    const int whole = excludes_null(a, &all);
    size_t turned = 0;

    if (whole < 0) {
        return;
    }
    for (size_t j = 0; j < s->n; j++) {
        turned += excludes_null(a, &s->row[j].pool) == !whole;
    }
    if (turned == 0) {
        tq_buffer_format(out, " Its interval %s the value of no effect whichever is left out.",
                         whole ? "excludes" : "includes");
        return;
    }
    tq_buffer_format(out,
                     " The interval of all studies %s the value of no effect, but not without ",
                     whole ? "excludes" : "includes");
    for (size_t j = 0, named = 0; j < s->n && named < MOST_NAMED; j++) {
        if (excludes_null(a, &s->row[j].pool) == !whole) {
            tq_buffer_format(out, "%s%s", named ? ", " : "", s->row[j].label);
            named++;
        }
    }
    if (turned > MOST_NAMED) {
        tq_buffer_format(out, " and %zu more", turned - MOST_NAMED);
    }
    tq_buffer_text(out, ".");
}

/* From which step on the interval excludes the value of no effect, to the end. */
static void since_sentence(const tq_analysis *a, const tq_sequence *s, tq_buffer *out)
{
    size_t since = s->n;

    while (since > 0 && excludes_null(a, &s->row[since - 1].pool) == 1) {
        since--;
    }
    if (since < s->n) {
        const tq_sequence_row *row = &s->row[since];

        tq_buffer_format(out,
                         "The interval excludes the value of no effect from %s%s%s%s on (%zu %s).",
                         row->label, row->at ? " (" : "", row->at ? row->at : "",
                         row->at ? ")" : "", row->pool.k, row->pool.k == 1 ? "study" : "studies");
    } else if (excludes_null(a, &s->row[s->n - 1].pool) == 0) {
        tq_buffer_text(out, "The interval of all studies includes the value of no effect.");
    }
}

/* ---- the stages ---- */

static tq_status leave_out(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_sensitivity_spec *spec = in->spec->sensitivity;
    const tq_dataset *data = in->data;
    size_t *group = tq_arena_take(a->arena, data->k, sizeof *group), n = data->k, column = 0;
    tq_part_pool *pool = tq_arena_take(a->arena, data->k, sizeof *pool);
    tq_buffer text = {0};

    if (!group || !pool) {
        return no_memory(err);
    }
    tq_status status =
        spec->cluster ? cluster_groups(data, spec->cluster, group, &n, &column, err) : TQ_OK;

    if (status == TQ_OK) {
        status = tq_leave_out(&in->of.model, &a->options, spec->cluster ? group : NULL, n,
                              spec->threads, spec->progress, pool, err);
        if (status != TQ_OK) {
            analysis_locate(data, err);
        }
    }
    if (status != TQ_OK) {
        return status;
    }
    tq_sequence *s = a->sensitivity->loo = sequence_new(a->arena, n);

    if (!s) {
        return no_memory(err);
    }
    s->by = spec->cluster;
    fill_rows(a, pool, s);
    for (size_t j = 0; j < n; j++) {
        s->row[j].label =
            spec->cluster ? cell_of(data, column, first_of(group, j)) : data->label[data->used[j]];
    }
    span_sentence(a, s, &text);
    turn_sentence(a, s, &text);
    return analysis_keep_text(a, &text, &s->reading, err);
}

static double number_of(const tq_dataset *data, const char *text)
{
    double x;

    return text && tq_parse_number(text, tq_table_decimal(data->table), &x) ? x : (double)NAN;
}

static tq_status find_steps(const analysis_input *in, tq_arena *arena, size_t *step, size_t *n,
                            size_t *column, tq_error *err)
{
    const tq_sensitivity_spec *spec = in->spec->sensitivity;
    double *value = spec->order ? tq_arena_take(arena, in->data->k, sizeof *value) : NULL;
    tq_status status = TQ_OK;

    *column = TQ_NO_COLUMN;
    if (spec->order && !value) {
        return no_memory(err);
    }
    if (spec->order) {
        status = order_values(in, arena, value, column, err);
    }
    if (status == TQ_OK) {
        status = tq_accumulation_steps(in->data->k, value, spec->descending, spec->collapse, step,
                                       n, err);
        if (status == TQ_EDATA) {
            analysis_locate(in->data, err);
        }
    }
    return status;
}

static tq_status accumulate(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_sensitivity_spec *spec = in->spec->sensitivity;
    const tq_dataset *data = in->data;
    size_t *step = tq_arena_take(a->arena, data->k, sizeof *step), n = 0, column;
    tq_part_pool *pool = tq_arena_take(a->arena, data->k, sizeof *pool);
    tq_buffer text = {0};

    if (!step || !pool) {
        return no_memory(err);
    }
    tq_status status = find_steps(in, a->arena, step, &n, &column, err);

    status = status == TQ_OK ? tq_accumulate(&in->of.model, &a->options, step, n, spec->threads,
                                             spec->progress, pool, err)
                             : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_sequence *s = a->sensitivity->cumul = sequence_new(a->arena, n);

    if (!s) {
        return no_memory(err);
    }
    s->by = spec->order;
    s->step = step;
    s->descending = spec->descending;
    fill_rows(a, pool, s);
    for (size_t j = 0; j < n; j++) {
        s->row[j].label = label_of(data, step, j, a->arena);
        s->row[j].at = column == TQ_NO_COLUMN ? NULL : cell_of(data, column, first_of(step, j));
        s->row[j].order = number_of(data, s->row[j].at);
        if (!s->row[j].label) {
            return no_memory(err);
        }
    }
    since_sentence(a, s, &text);
    return analysis_keep_text(a, &text, &s->reading, err);
}

/* ---- influence ---- */

/* "Hart & Sutherland (DFFITS, hat)" */
static void name_influential(const tq_analysis *a, size_t i, int first, tq_buffer *out)
{
    const tq_influence *f = a->sensitivity->influence;
    const tq_influence_row *row = &f->row[i];
    int dfbs = 0;

    for (size_t b = 0; b < f->p; b++) {
        dfbs = dfbs || fabs(f->dfbs[i * f->p + b]) > f->limits.dfbs;
    }
    const struct {
        const char *name;
        int beyond;
    } by[] = {{"DFFITS", fabs(row->dffits) > f->limits.dffits},
              {"Cook's d", row->cook_d > f->limits.cook_d},
              {"hat", f->residual[i].hat > f->limits.hat},
              {"DFBETAS", dfbs}};
    const char *between = " (";

    tq_buffer_format(out, "%s%s", first ? "" : "; ", a->study[i].label);
    for (size_t j = 0; j < sizeof by / sizeof *by; j++) {
        if (by[j].beyond) {
            tq_buffer_format(out, "%s%s", between, by[j].name);
            between = ", ";
        }
    }
    tq_buffer_text(out, ")");
}

static tq_status read_influence(tq_analysis *a, tq_error *err)
{
    enum { MOST_NAMED = 12 };
    const tq_influence *f = a->sensitivity->influence;
    tq_buffer text = {0};
    size_t n = 0;

    for (size_t i = 0; i < f->k; i++) {
        if (f->row[i].influential && n++ < MOST_NAMED) {
            if (n == 1) {
                tq_buffer_text(&text, "Influential: ");
            }
            name_influential(a, i, n == 1, &text);
        }
    }
    if (n > MOST_NAMED) {
        tq_buffer_format(&text, "; and %zu more", n - MOST_NAMED);
    }
    tq_buffer_text(&text, n ? "." : "No study is beyond any of the limits.");
    return analysis_keep_text(a, &text, &a->sensitivity->influence_reading, err);
}

static tq_status influence(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_sensitivity_spec *spec = in->spec->sensitivity;
    const tq_status status = tq_influence_of(&in->of.model, &a->options, a->fit, spec->threads,
                                             spec->progress, &a->sensitivity->influence, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
        return status;
    }
    return read_influence(a, err);
}

tq_status analysis_sensitivity(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_sensitivity_spec *spec = in->spec->sensitivity;

    if (!spec) {
        return TQ_OK;
    }
    a->sensitivity = tq_arena_take(a->arena, 1, sizeof *a->sensitivity);
    tq_status status = a->sensitivity ? TQ_OK : no_memory(err);

    status = status == TQ_OK && spec->loo ? leave_out(in, a, err) : status;
    status = status == TQ_OK && spec->cumul ? accumulate(in, a, err) : status;
    return status == TQ_OK && spec->influence ? influence(in, a, err) : status;
}
