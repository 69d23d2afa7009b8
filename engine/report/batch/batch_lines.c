/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of a long or wide file, and the run over it. */
#include "report/batch/batch_lines_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

/* A growing list of columns. */
struct column_list {
    size_t *at;
    size_t n, capacity;
};

static tq_status add_column(struct column_list *list, size_t column, tq_error *err)
{
    if (list->n == list->capacity) {
        const size_t wider = list->capacity ? 2 * list->capacity : 16;
        size_t *at = realloc(list->at, wider * sizeof *at);

        if (!at) {
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        list->at = at;
        list->capacity = wider;
    }
    list->at[list->n++] = column;
    return TQ_OK;
}

static int in_list(const struct column_list *list, size_t column)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->at[i] == column) {
            return 1;
        }
    }
    return 0;
}

/* Whether a name fits a pattern with one '*'; what stands for it is *part, *size. */
static int fits(const char *pattern, size_t length, const char *name, const char **part,
                size_t *size)
{
    const char *star = memchr(pattern, '*', length);
    const size_t head = star ? (size_t)(star - pattern) : length,
                 tail = star ? length - head - 1 : 0;
    const size_t n = strlen(name);

    if (!star ? n != length : n < head + tail) {
        return 0;
    }
    *part = name + head;
    *size = n - head - tail;
    return memcmp(name, pattern, head) == 0 &&
           memcmp(name + n - tail, pattern + length - tail, tail) == 0;
}

/* The columns that a list of names and patterns means, in the order of the list and the file. */
static tq_status match_columns(const tq_line_form *form, const char *option, const char *patterns,
                               struct column_list *list, tq_error *err)
{
    const char *p = patterns;

    do {
        const size_t length = strcspn(p, ","), before = list->n;
        tq_status status = TQ_OK;

        if (length == 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s: a name is empty; give names of columns, or a pattern such as "
                           "\"beta_*\"",
                           option);
        }

        for (size_t c = 0; status == TQ_OK && c < form->n; c++) {
            const char *part;
            size_t size;

            if (fits(p, length, form->name[c], &part, &size)) {
                status = add_column(list, c, err);
            }
        }
        if (status == TQ_OK && list->n == before) {
            char name[64];

            tq_copy_text(name, length + 1 < sizeof name ? length + 1 : sizeof name, p);
            if (strchr(name, '*')) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: no column fits '%s'", option,
                               name);
            }
            size_t none;

            return tq_line_form_find(form, name, &none, err);
        }
        if (status != TQ_OK) {
            return status;
        }
        p += length;
    } while (*p++ == ',');
    return TQ_OK;
}

/* An effect counts once, whatever names and patterns mean its column. */
static tq_status check_effects(const tq_line_form *form, const struct column_list *effects,
                               tq_error *err)
{
    for (size_t i = 1; i < effects->n; i++) {
        const struct column_list before = {effects->at, i, i};

        if (in_list(&before, effects->at[i])) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--effects means column '%.60s' twice",
                           form->name[effects->at[i]]);
        }
    }
    return TQ_OK;
}

/* A name or pattern of a list, which may go on behind it. */
struct list_part {
    const char *text;
    size_t length;
};

static struct list_part part_at(const char *text)
{
    return (struct list_part){text, strcspn(text, ",")};
}

static int is_pattern(const struct list_part *p)
{
    return memchr(p->text, '*', p->length) != NULL;
}

/* As messages show it. */
static int shown_length(const struct list_part *p)
{
    return p->length < 60 ? (int)p->length : 60;
}

/* The columns that a part means. */
static size_t count_part(const tq_line_form *form, const struct list_part *p)
{
    const char *part;
    size_t size, n = 0;

    for (size_t c = 0; c < form->n; c++) {
        n += (size_t)fits(p->text, p->length, form->name[c], &part, &size);
    }
    return n;
}

/* Columns at, at + 1, ... of both lists are those of two patterns: variances in the order of their effects,
   for which the '*' stands for the same text. */
static tq_status pair_patterns(const tq_line_form *form, const struct list_part *effect,
                               const struct list_part *variance, const struct column_list *effects,
                               struct column_list *variances, size_t at, tq_error *err)
{
    const size_t end = at + count_part(form, effect),
                 end_variances = at + count_part(form, variance);
    const char *part, *other;
    size_t size, length;

    for (size_t i = at; i < end; i++) {
        size_t j = i;

        fits(effect->text, effect->length, form->name[effects->at[i]], &part, &size);
        for (; j < end_variances; j++) {
            fits(variance->text, variance->length, form->name[variances->at[j]], &other, &length);
            if (length == size && memcmp(part, other, size) == 0) {
                break;
            }
        }
        if (j >= end_variances) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "column '%.60s' has no counterpart that fits '%.*s'",
                           form->name[effects->at[i]], shown_length(variance), variance->text);
        }
        const size_t column = variances->at[j];

        variances->at[j] = variances->at[i];
        variances->at[i] = column;
    }
    return end_variances == end
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "column '%.60s' is the counterpart of none that fits '%.*s'",
                         form->name[variances->at[end]], shown_length(effect), effect->text);
}

/* Names and patterns of one list belong to those of the other, one by one. */
static tq_status check_pairs(const tq_line_form *form, const tq_batch_lines *in,
                             const struct column_list *effects, struct column_list *variances,
                             tq_error *err)
{
    const char *option = in->se ? "se" : "variances";
    struct list_part e = part_at(in->effects), v = part_at(in->se ? in->se : in->variances);

    if (effects->n != variances->n) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--effects means %zu columns, --%s %zu",
                       effects->n, option, variances->n);
    }
    for (size_t at = 0;;) {
        const int more = e.text[e.length] == ',';

        if (is_pattern(&e) != is_pattern(&v) || more != (v.text[v.length] == ',')) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--effects and --%s: which columns belong together? give a pattern for "
                           "a pattern, a name for a name",
                           option);
        }
        const tq_status status =
            is_pattern(&e) ? pair_patterns(form, &e, &v, effects, variances, at, err) : TQ_OK;

        if (status != TQ_OK || !more) {
            return status;
        }
        at += count_part(form, &e);
        e = part_at(e.text + e.length + 1);
        v = part_at(v.text + v.length + 1);
    }
}

/* yi, and vi or sei, of a long file. */
static tq_status find_long(const tq_batch_lines *in, const tq_line_form *form,
                           struct column_list *effects, struct column_list *variances, int *is_se,
                           tq_error *err)
{
    size_t yi = 0, vi = 0;
    const char *variance = in->vi;

    *is_se = !in->vi && (in->sei || (!has_column(form, "vi") && has_column(form, "sei")));
    if (!variance) {
        variance = *is_se ? (in->sei ? in->sei : "sei") : "vi";
    }
    tq_status status = tq_line_form_find(form, in->yi ? in->yi : "yi", &yi, err);

    status = status == TQ_OK ? tq_line_form_find(form, variance, &vi, err) : status;
    status = status == TQ_OK ? add_column(effects, yi, err) : status;
    return status == TQ_OK ? add_column(variances, vi, err) : status;
}

static tq_status find_wide(const tq_batch_lines *in, const tq_line_form *form,
                           struct column_list *effects, struct column_list *variances, int *is_se,
                           tq_error *err)
{
    if (!in->se == !in->variances) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--effects needs --se or --variances, and only one of them");
    }
    *is_se = in->se != NULL;
    tq_status status = match_columns(form, "effects", in->effects, effects, err);

    status = status == TQ_OK ? check_effects(form, effects, err) : status;
    if (status == TQ_OK) {
        status = match_columns(form, in->se ? "se" : "variances", in->se ? in->se : in->variances,
                               variances, err);
    }
    return status == TQ_OK ? check_pairs(form, in, effects, variances, err) : status;
}

/* The columns of --by; of a wide file without it, the first that is none of its numbers. */
static tq_status find_by(const tq_batch_lines *in, const tq_line_form *form,
                         const struct column_list *effects, const struct column_list *variances,
                         struct column_list *by, tq_error *err)
{
    tq_status status = TQ_OK;
    size_t column = 0;

    for (size_t i = 0; status == TQ_OK && i < in->n_by; i++) {
        status = tq_line_form_find(form, in->by[i], &column, err);
        status = status == TQ_OK ? add_column(by, column, err) : status;
    }
    if (status != TQ_OK || in->n_by > 0) {
        return status;
    }
    if (!in->effects) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--by is missing: which column tells the meta-analyses apart?");
    }
    while (column < form->n && (in_list(effects, column) || in_list(variances, column))) {
        column++;
    }
    return column < form->n ? add_column(by, column, err)
                            : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                      "no column names the rows: every one holds numbers");
}

static tq_status place_columns(const tq_line_form *form, const struct column_list *all,
                               struct line_columns *out, tq_error *err)
{
    out->place = calloc(all->n + 1, sizeof *out->place);
    out->name = calloc(all->n + 1, sizeof *out->name);
    if (!out->place || !out->name) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < all->n; i++) {
        out->name[i] = form->name[all->at[i]];
    }
    return wanted_new(all->at, all->n, &out->wanted, out->place, err);
}

tq_status line_columns_find(const tq_batch_lines *in, const tq_line_form *form,
                            struct line_columns *out, tq_error *err)
{
    struct column_list effects = {0}, variances = {0}, all = {0};
    tq_status status;

    *out = (struct line_columns){.wide = in->effects != NULL};
    status = (out->wide ? find_wide : find_long)(in, form, &effects, &variances, &out->is_se, err);
    status = status == TQ_OK ? find_by(in, form, &effects, &variances, &all, err) : status;
    out->n_by = all.n;
    out->k = effects.n;
    for (size_t i = 0; status == TQ_OK && i < effects.n; i++) {
        status = add_column(&all, effects.at[i], err);
    }
    for (size_t i = 0; status == TQ_OK && i < variances.n; i++) {
        status = add_column(&all, variances.at[i], err);
    }
    status = status == TQ_OK ? place_columns(form, &all, out, err) : status;
    free(effects.at);
    free(variances.at);
    free(all.at);
    return status;
}

void line_columns_free(struct line_columns *columns)
{
    wanted_free(&columns->wanted);
    free(columns->place);
    free(columns->name);
    *columns = (struct line_columns){0};
}

/* ---- rows ---- */

int lines_read_study(const struct lines_run *run, const tq_field *fields, size_t i,
                     struct line_tally *t, uint64_t line, double *yi, double *vi)
{
    const struct line_columns *const c = &run->columns;
    const size_t effect = c->n_by + i, variance = effect + c->k;
    const tq_field *const y = &fields[c->place[effect]], *const v = &fields[c->place[variance]];
    char text[48];
    double value;

    if (!tq_field_number(y, run->spec->decimal, yi)) {
        tally_bad(t, line, "column '%.40s': '%s' is no number", c->name[effect],
                  shown_field(y, text));
        return -1;
    }
    if (!tq_field_number(v, run->spec->decimal, &value)) {
        tally_bad(t, line, "column '%.40s': '%s' is no number", c->name[variance],
                  shown_field(v, text));
        return -1;
    }
    if (isnan(*yi) || isnan(value)) {
        *yi = *vi = NAN;
        return 0;
    }
    if (!variance_of(value, c->is_se, vi)) {
        tally_bad(t, line, "column '%.40s': '%s' %s", c->name[variance], shown_field(v, text),
                  variance_fault(value));
        return -1;
    }
    return 1;
}

/* ---- the run ---- */

static int interrupted(const struct lines_run *run, size_t thread, double share)
{
    const uint64_t total = tq_source_size(run->file.source);
    const double done =
        total > 0 ? (double)tq_source_position(run->file.source) / (double)total : 0.0;

    return thread == 0 &&
           tq_progress_report(run->spec->progress, share * (done > 1.0 ? 1.0 : done)) != 0;
}

void lines_windows(const struct lines_run *run, size_t thread, double share, take_window *take,
                   void *user, tq_in_order *queue)
{
    tq_error err = {.status = TQ_OK};
    tq_status status = TQ_OK;
    int more = 1;

    while (status == TQ_OK && more) {
        status = interrupted(run, thread, share)
                     ? tq_fail(&err, TQ_EINTR, TQ_NO_ROW, NULL, "interrupted")
                     : take(user, thread, &more, &err);
    }
    if (err.status != TQ_OK) { /* the queue knows its own failures */
        tq_in_order_stop(queue, &err);
    }
}

void lines_label(const struct lines_run *run, const tq_field *by, tq_buffer *out)
{
    for (size_t i = 0; i < run->columns.n_by; i++) {
        tq_buffer_append(out, &run->spec->separator, i > 0);
        put_text(out, by[i].at, by[i].size, run->spec->separator);
    }
}

tq_status lines_header(const struct lines_run *run, tq_error *err)
{
    tq_buffer head = {0};

    put_header_mark(run->spec, &head);
    for (size_t i = 0; i < run->columns.n_by; i++) {
        tq_buffer_append(&head, &run->spec->separator, i > 0);
        put_text(&head, run->columns.name[i], strlen(run->columns.name[i]), run->spec->separator);
    }
    fitter_header(run->spec, &head);
    tq_buffer_append(&head, "\n", 1);
    tq_status status = tq_buffer_status(&head, err);

    status = status == TQ_OK ? pack_rows(run->spec, &head, err) : status;
    status = status == TQ_OK ? give_rows(run->spec, &head, err) : status;
    tq_buffer_free(&head);
    return status;
}

static tq_status run_file(struct lines_run *run, tq_error *err)
{
    tq_batch_file *const file = run->summary->file;

    tq_copy_text(file->path, sizeof file->path, run->file.path);
    file->kind = tq_source_kind_of(run->file.source);
    tq_status status = line_columns_find(run->in, &run->file.form, &run->columns, err);

    if (status == TQ_OK) {
        status = check_output_names(run->spec, run->columns.n_by, run->columns.name, err);
    }
    if (status != TQ_OK) {
        if (err) {
            tq_copy_text(err->file, sizeof err->file, run->file.path);
        }
        return status;
    }
    status = lines_header(run, err);
    if (status == TQ_OK) {
        status =
            run->columns.wide || run->in->sorted ? lines_stream(run, err) : lines_group(run, err);
    }
    status = status == TQ_OK ? end_rows(run->spec, err) : status;
    if (!run->spec->by_bytes && run->spec->shard > 0) {
        file->lines = 0; /* every part reads all of them */
    }
    if (status == TQ_OK && file->used == 0 && run->spec->shards == 1) {
        tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no row can be used: %llu bad, %llu without value",
                (unsigned long long)file->bad, (unsigned long long)file->missing);
        if (err) {
            tq_copy_text(err->file, sizeof err->file, file->path);
        }
        status = TQ_EDATA;
    }
    return status;
}

int tq_batch_by_bytes(const tq_batch_lines *in)
{
    return in->effects != NULL || in->sorted;
}

tq_status tq_batch_run_lines(const tq_batch_lines *in, const tq_batch_spec *spec,
                             tq_batch_summary *out, tq_error *err)
{
    struct lines_run run = {.in = in, .spec = spec, .summary = out};

    *out = (tq_batch_summary){.file = calloc(1, sizeof *out->file), .n_files = 1};
    if (!out->file) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_status status =
        tq_text_file_open(in->path, spec->threads, spec->in_separator, &run.file, err);

    status = status == TQ_OK ? run_file(&run, err) : status;
    line_columns_free(&run.columns);
    tq_text_file_close(&run.file);
    return status;
}
