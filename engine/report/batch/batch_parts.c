/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a part of a run says of itself, and what all of them say together. */
#include "report/batch/batch_merge.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/parse_number.h"

enum { VERSION = 1, FIELDS = 20 };

typedef unsigned long long count; /* as printf takes it */

/* ---- writing ---- */

/* A text without what would end its field. */
static void put_plain(tq_buffer *out, const char *text)
{
    for (; *text; text++) {
        const char c = *text == '\t' || *text == '\n' || *text == '\r' ? ' ' : *text;

        tq_buffer_append(out, &c, 1);
    }
}

void tq_batch_part_begin(const tq_batch_spec *spec, const tq_batch_provenance *provenance,
                         tq_buffer *out)
{
    tq_buffer_format(out, "#part\t%d\t%zu\t%zu\t%d\t", VERSION, spec->shard, spec->shards,
                     spec->by_bytes);
    put_plain(out, provenance->command_line);
    tq_buffer_text(out, "\n");
}

static void put_file(const tq_batch_file *f, tq_buffer *out)
{
    char lambda[TQ_SIGNIFICANT_SIZE + 1];

    lambda[tq_decimal_significant(lambda, f->lambda, TQ_SIGNIFICANT_SHORTEST)] = '\0';
    tq_buffer_text(out, "#file\t");
    put_plain(out, f->path);
    tq_buffer_format(
        out, "\t%d\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%s\t%d\n",
        (int)f->kind, (count)f->lines, (count)f->used, (count)f->missing, (count)f->other,
        (count)f->bad, (count)f->duplicates, (count)f->flipped, (count)f->strand,
        (count)f->palindromic, (count)f->mismatched, (count)f->n_lambda, lambda,
        (int)f->lambda_use);
}

void tq_batch_part_end(const tq_batch_summary *s, const tq_batch_spec *spec,
                       const tq_batch_provenance *provenance, tq_buffer *out)
{
    tq_buffer_format(out, "#model\t%s\t%s\t", provenance->problem,
                     provenance->scheme ? provenance->scheme : "");
    for (size_t m = 0; m < spec->n_models; m++) {
        tq_buffer_format(out, "%s%s", m ? "," : "", tq_method_name(spec->model[m].method));
    }
    tq_buffer_format(out, "\t%s\t", tq_test_name(spec->model[0].test));
    tq_buffer_number(out, spec->model[0].level, 10);
    tq_buffer_format(out, "\t%d", provenance->min_weight);
    tq_buffer_format(out, "\n#count\t%llu\t%llu\t%llu\t%llu", (count)s->problems, (count)s->printed,
                     (count)s->too_few, (count)s->memory);
    for (size_t i = 0; i < TQ_BATCH_OUTCOME_COUNT; i++) {
        tq_buffer_format(out, "\t%llu", (count)s->outcome[i]);
    }
    tq_buffer_text(out, "\n");
    for (size_t i = 0; i < s->n_files; i++) {
        put_file(&s->file[i], out);
        for (size_t j = 0; j < s->file[i].n_bad_lines; j++) {
            tq_buffer_format(out, "#bad\t%zu\t%llu\t", i, (count)s->file[i].bad_line[j].line);
            put_plain(out, s->file[i].bad_line[j].reason);
            tq_buffer_text(out, "\n");
        }
    }
    for (size_t i = 0; i < s->n_mismatches; i++) {
        tq_buffer_format(out, "#other\t%llu\t", (count)s->mismatch[i].place);
        put_plain(out, s->mismatch[i].key);
        tq_buffer_text(out, "\t");
        put_plain(out, s->mismatch[i].detail);
        tq_buffer_text(out, "\n");
    }
    tq_buffer_text(out, "#end\n");
}

/* ---- reading ---- */

/* A line cut at its tabs. */
struct cut {
    char *field[FIELDS];
    size_t n;
};

static tq_status damaged(tq_error *err)
{
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "not a part of a run, or damaged");
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static uint64_t number(const struct cut *c, size_t i)
{
    return i < c->n ? strtoull(c->field[i], NULL, 10) : 0;
}

static char *copy_of(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

static tq_status take_part(tq_batch_parts *p, const struct cut *c, tq_error *err)
{
    if (c->n != 6 || number(c, 1) != VERSION || number(c, 3) < 1 || number(c, 3) > 1U << 20 ||
        number(c, 2) >= number(c, 3)) {
        return damaged(err);
    }
    const size_t i = (size_t)number(c, 2), n = (size_t)number(c, 3);

    if (p->n == 0) {
        p->n = n;
        p->by_bytes = number(c, 4) != 0;
        p->have = calloc(n, 1);
        p->command = copy_of(c->field[5]);
        if (!p->have || !p->command) {
            return no_memory(err);
        }
    }
    if (p->n != n || strcmp(p->command, c->field[5]) != 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "a part of another run: '%.100s', %zu parts",
                       c->field[5], n);
    }
    if (p->have[i]) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "part %zu/%zu is there twice", i + 1, n);
    }
    p->have[i] = 1;
    p->seen++;
    return TQ_OK;
}

static tq_status take_model(tq_batch_parts *p, struct cut *c, tq_error *err)
{
    char *state = NULL;

    if (c->n != 7) {
        return damaged(err);
    }
    p->min_weight = number(c, 6) != 0;
    tq_copy_text(p->problem, sizeof p->problem, c->field[1]);
    tq_copy_text(p->scheme, sizeof p->scheme, c->field[2]);
    p->n_models = 0;
    for (char *name = strtok_r(c->field[3], ",", &state); name && p->n_models < 8;
         name = strtok_r(NULL, ",", &state)) {
        tq_batch_options *const o = &p->model[p->n_models++];

        *o = tq_batch_defaults();
        o->method = tq_method_find(name);
        while (o->test < TQ_TEST_COUNT && strcmp(tq_test_name(o->test), c->field[4]) != 0) {
            o->test++;
        }
        if (o->method == TQ_METHOD_COUNT || o->test == TQ_TEST_COUNT ||
            !tq_parse_number(c->field[5], '.', &o->level)) {
            return damaged(err);
        }
    }
    return p->n_models > 0 ? TQ_OK : damaged(err);
}

static tq_status take_count(tq_batch_parts *p, const struct cut *c, tq_error *err)
{
    if (c->n != 5 + TQ_BATCH_OUTCOME_COUNT) {
        return damaged(err);
    }
    p->summary.problems += number(c, 1);
    p->summary.printed += number(c, 2);
    p->summary.too_few += number(c, 3);
    p->summary.memory += number(c, 4);
    for (size_t i = 0; i < TQ_BATCH_OUTCOME_COUNT; i++) {
        p->summary.outcome[i] += number(c, 5 + i);
    }
    p->file = 0;
    return TQ_OK;
}

/* The file of the line's place among those of a part: a new one in the first part. */
static tq_batch_file *next_file(tq_batch_parts *p, const char *path)
{
    tq_batch_summary *const s = &p->summary;

    if (p->file == s->n_files) {
        tq_batch_file *wider = realloc(s->file, (s->n_files + 1) * sizeof *wider);

        if (!wider) {
            return NULL;
        }
        s->file = wider;
        s->file[s->n_files] = (tq_batch_file){.lambda = (double)NAN};
        tq_copy_text(s->file[s->n_files].path, sizeof s->file->path, path);
        s->n_files++;
    }
    return &s->file[p->file++];
}

static tq_status take_file(tq_batch_parts *p, const struct cut *c, tq_error *err)
{
    if (c->n != 16 || number(c, 2) > TQ_SOURCE_BGZIP || number(c, 15) > TQ_LAMBDA_UNKNOWN) {
        return damaged(err);
    }
    tq_batch_file *const f = next_file(p, c->field[1]);

    if (!f) {
        return no_memory(err);
    }
    p->lines_before = p->by_bytes ? f->lines : 0;
    f->kind = (tq_source_kind)number(c, 2);
    f->lines += number(c, 3);
    f->used += number(c, 4);
    f->missing += number(c, 5);
    f->other += number(c, 6);
    f->bad += number(c, 7);
    f->duplicates += number(c, 8);
    f->flipped += number(c, 9);
    f->strand += number(c, 10);
    f->palindromic += number(c, 11);
    f->mismatched += number(c, 12);
    /* A given factor says how many rows it was used for, which the parts share. */
    f->n_lambda = number(c, 13) > f->n_lambda ? number(c, 13) : f->n_lambda;
    if (!tq_parse_number(c->field[14], '.', &f->lambda)) {
        f->lambda = (double)NAN;
    }
    f->lambda_use = (tq_lambda_use)number(c, 15);
    return TQ_OK;
}

/* The first lines of all parts, in their order. */
static tq_status take_bad(tq_batch_parts *p, const struct cut *c, tq_error *err)
{
    if (c->n != 4 || number(c, 1) >= p->summary.n_files) {
        return damaged(err);
    }
    tq_batch_file *const f = &p->summary.file[number(c, 1)];
    tq_bad_line bad = {.line = number(c, 2) + p->lines_before};
    size_t at = f->n_bad_lines;

    tq_copy_text(bad.reason, sizeof bad.reason, c->field[3]);
    while (at > 0 && f->bad_line[at - 1].line > bad.line) {
        at--;
    }
    if (at == TQ_BAD_LINES_SHOWN) {
        return TQ_OK;
    }
    f->n_bad_lines += f->n_bad_lines < TQ_BAD_LINES_SHOWN;
    memmove(&f->bad_line[at + 1], &f->bad_line[at],
            (f->n_bad_lines - at - 1) * sizeof *f->bad_line);
    f->bad_line[at] = bad;
    return TQ_OK;
}

static tq_status take_mismatch(tq_batch_parts *p, const struct cut *c, tq_error *err)
{
    tq_batch_summary *const s = &p->summary;
    tq_mismatch m = {.place = number(c, 1)};
    size_t at = s->n_mismatches;

    if (c->n != 4) {
        return damaged(err);
    }
    tq_copy_text(m.key, sizeof m.key, c->field[2]);
    tq_copy_text(m.detail, sizeof m.detail, c->field[3]);
    while (at > 0 && s->mismatch[at - 1].place > m.place) {
        at--;
    }
    if (at == TQ_MISMATCHES_SHOWN) {
        return TQ_OK;
    }
    s->n_mismatches += s->n_mismatches < TQ_MISMATCHES_SHOWN;
    memmove(&s->mismatch[at + 1], &s->mismatch[at],
            (s->n_mismatches - at - 1) * sizeof *s->mismatch);
    s->mismatch[at] = m;
    return TQ_OK;
}

static tq_status take_header(tq_batch_parts *p, const char *line, size_t size, tq_error *err)
{
    if (p->header) {
        return TQ_OK;
    }
    p->header = malloc(size + 2);
    if (!p->header) {
        return no_memory(err);
    }
    memcpy(p->header, line, size);
    memcpy(p->header + size, "\n", 2);
    return TQ_OK;
}

static tq_status take(tq_batch_parts *p, struct cut *c, tq_error *err)
{
    const char *const what = c->field[0];

    if (strcmp(what, "#part") == 0) {
        return take_part(p, c, err);
    }
    if (p->seen == 0) {
        return damaged(err);
    }
    if (strcmp(what, "#model") == 0) {
        return take_model(p, c, err);
    }
    if (strcmp(what, "#count") == 0) {
        return take_count(p, c, err);
    }
    if (strcmp(what, "#file") == 0) {
        return take_file(p, c, err);
    }
    if (strcmp(what, "#bad") == 0) {
        return take_bad(p, c, err);
    }
    if (strcmp(what, "#other") == 0) {
        return take_mismatch(p, c, err);
    }
    if (strcmp(what, "#end") == 0) {
        p->ended++;
        return TQ_OK;
    }
    return damaged(err);
}

tq_status tq_batch_parts_line(tq_batch_parts *parts, const char *line, size_t size, tq_error *err)
{
    struct cut c = {.n = 0};
    char *copy = malloc(size + 1);

    if (!copy) {
        return no_memory(err);
    }
    if (size >= 2 && line[1] == '\t') {
        free(copy);
        return parts->seen ? take_header(parts, line + 2, size - 2, err) : damaged(err);
    }
    memcpy(copy, line, size);
    copy[size] = '\0';
    for (char *p = copy; p && c.n < FIELDS;) {
        char *const tab = strchr(p, '\t');

        c.field[c.n++] = p;
        if (tab) {
            *tab = '\0';
        }
        p = tab ? tab + 1 : NULL;
    }
    const tq_status status = take(parts, &c, err);

    free(copy);
    return status;
}

tq_status tq_batch_parts_all(const tq_batch_parts *parts, tq_error *err)
{
    for (size_t i = 0; i < parts->n; i++) {
        if (!parts->have[i]) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "part %zu/%zu is missing", i + 1,
                           parts->n);
        }
    }
    return TQ_OK;
}

tq_status tq_batch_parts_check(const tq_batch_parts *parts, tq_error *err)
{
    if (parts->n == 0 || !parts->header || parts->n_models == 0) {
        return damaged(err);
    }
    const tq_status status = tq_batch_parts_all(parts, err);

    return status != TQ_OK || parts->ended == parts->n
               ? status
               : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "%zu of %zu parts are not whole",
                         parts->n - parts->ended, parts->n);
}

void tq_batch_parts_free(tq_batch_parts *parts)
{
    free(parts->have);
    free(parts->command);
    free(parts->header);
    tq_batch_summary_free(&parts->summary);
    *parts = (tq_batch_parts){0};
}
