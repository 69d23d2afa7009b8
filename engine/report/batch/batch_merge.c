/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts read side by side; the row with the least place goes first. */
#include "report/batch/batch_merge.h"

#include <stdlib.h>
#include <string.h>

#include "frame/stream/text_source.h"
#include "report/batch/batch_input_internal.h"

enum { BLOCK = 1 << 18, ROWS_AT_ONCE = 1 << 20 };

/* A part being read: the row at its head. */
struct part {
    const char *path;
    tq_source *source;
    char *text; /* [end] read, [at ..] not yet used */
    size_t at, end, capacity;
    int ended;
    uint64_t place;
    const char *row; /* [size], newline included; NULL: there is none */
    size_t size;
};

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* More text behind what is there. */
static tq_status refill(struct part *p, tq_error *err)
{
    size_t n = 0;

    memmove(p->text, p->text + p->at, p->end - p->at);
    p->end -= p->at;
    p->at = 0;
    if (p->capacity - p->end < BLOCK) {
        char *wider = realloc(p->text, 2 * p->capacity);

        if (!wider) {
            return no_memory(err);
        }
        p->text = wider;
        p->capacity *= 2;
    }
    const tq_status status = tq_source_read(p->source, p->text + p->end, BLOCK, &n, err);

    p->ended = n == 0;
    p->end += n;
    return status;
}

/* The next line, newline included; *line NULL at the end. */
static tq_status next_line(struct part *p, const char **line, size_t *size, tq_error *err)
{
    for (;;) {
        const char *newline = memchr(p->text + p->at, '\n', p->end - p->at);

        if (newline) {
            *line = p->text + p->at;
            *size = (size_t)(newline + 1 - *line);
            p->at += *size;
            return TQ_OK;
        }
        if (p->ended) {
            *line = NULL;
            return p->at == p->end ? TQ_OK
                                   : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                                             "cut short: its last line has no end");
        }
        const tq_status status = refill(p, err);

        if (status != TQ_OK) {
            return status;
        }
    }
}

static tq_status split_row(struct part *p, const char *line, size_t size, tq_error *err)
{
    uint64_t place = 0;
    size_t i = 0;

    for (; i < size && line[i] >= '0' && line[i] <= '9'; i++) {
        place = 10 * place + (uint64_t)(line[i] - '0');
    }
    if (i == 0 || i == size || line[i] != '\t') {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "not a part of a run, or damaged");
    }
    p->place = place;
    p->row = line + i + 1;
    p->size = size - i - 1;
    return TQ_OK;
}

/* The next row of a part; what it says of itself goes to parts. */
static tq_status next_row(struct part *p, tq_batch_parts *parts, tq_error *err)
{
    const char *line = NULL;
    size_t size = 0;
    tq_status status;

    p->row = NULL;
    while ((status = next_line(p, &line, &size, err)) == TQ_OK && line) {
        if (*line != '#') {
            status = split_row(p, line, size, err);
            break;
        }
        status = tq_batch_parts_line(parts, line, size - 1, err);
        if (status != TQ_OK) {
            break;
        }
    }
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, p->path);
    }
    return status;
}

/* ---- a heap of parts by the place of their rows; equal ones in the order of the parts ---- */

static int before(const struct part *a, const struct part *b)
{
    return a->place < b->place || (a->place == b->place && a < b);
}

static void sink(struct part **heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++) {
            least = before(heap[child], heap[least]) ? child : least;
        }
        if (least == i) {
            return;
        }
        struct part *const p = heap[i];

        heap[i] = heap[least];
        heap[least] = p;
        i = least;
    }
}

/* ---- the merge ---- */

static tq_status open_part(struct part *p, const char *path, tq_error *err)
{
    p->path = path;
    p->capacity = 2 * BLOCK;
    p->text = malloc(p->capacity);
    return p->text ? tq_source_open(path, 1, &p->source, err) : no_memory(err);
}

static tq_status flush(const tq_batch_spec *spec, tq_buffer *rows, size_t least, tq_error *err)
{
    if (rows->size < least) {
        return TQ_OK;
    }
    tq_status status = tq_buffer_status(rows, err);

    status = status == TQ_OK ? pack_rows(spec, rows, err) : status;
    status = status == TQ_OK ? give_rows(spec, rows, err) : status;
    rows->size = 0;
    return status;
}

static tq_status merge_rows(struct part **heap, size_t n, const tq_batch_spec *spec,
                            tq_batch_parts *parts, tq_buffer *rows, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = n; i-- > 0;) {
        sink(heap, n, i);
    }
    for (uint64_t count = 1; status == TQ_OK && n > 0; count++) {
        struct part *const p = heap[0];

        tq_buffer_append(rows, p->row, p->size);
        status = flush(spec, rows, ROWS_AT_ONCE, err);
        status = status == TQ_OK ? next_row(p, parts, err) : status;
        if (!p->row) {
            heap[0] = heap[--n];
        }
        sink(heap, n, 0);
        if (count % 65536 == 0 && tq_progress_report(spec->progress, 0.0) != 0) {
            status = tq_fail(err, TQ_EINTR, TQ_NO_ROW, NULL, "interrupted");
        }
    }
    return status;
}

static int by_shard(const void *a, const void *b)
{
    const struct part *x = a, *y = b;

    return (x->place > y->place) - (x->place < y->place);
}

/* Parts in their order, by their first lines, so that counts of lines add up as in one run. */
static tq_status order_parts(struct part *part, size_t n, tq_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const tq_status status = refill(&part[i], err);
        const char *text = part[i].text;

        if (status != TQ_OK) {
            return status;
        }
        if (part[i].end < 10 || memcmp(text, "#part\t", 6) != 0) {
            tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "is no part of a run, as --shard makes them");
            if (err) {
                tq_copy_text(err->file, sizeof err->file, part[i].path);
            }
            return TQ_EDATA;
        }
        const char *const tab = memchr(text + 6, '\t', part[i].end - 6);

        part[i].place = 0;
        for (const char *p = tab ? tab + 1 : text; p < text + part[i].end && *p >= '0' && *p <= '9';
             p++) {
            part[i].place = 10 * part[i].place + (uint64_t)(*p - '0');
        }
    }
    qsort(part, n, sizeof *part, by_shard);
    return TQ_OK;
}

static const char *separator_name(char separator)
{
    return separator == ',' ? "commas" : "tabs";
}

/* Rows are joined as they are. */
static tq_status check_separator(const char *header, char wanted, tq_error *err)
{
    const char found = strchr(header, '\t') ? '\t' : ',';

    return !wanted || found == wanted
               ? TQ_OK
               : tq_fail(
                     err, TQ_EINVAL, TQ_NO_ROW, NULL,
                     "--merge: the parts are written with %s, the output would be with %s; make "
                     "both with the same --format",
                     separator_name(found), separator_name(wanted));
}

static tq_status run(struct part *part, struct part **heap, size_t n, const tq_batch_spec *spec,
                     tq_batch_parts *parts, tq_error *err)
{
    tq_buffer rows = {0};
    size_t live = 0;
    tq_status status = order_parts(part, n, err);

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        status = next_row(&part[i], parts, err);
        if (part[i].row) {
            heap[live++] = &part[i];
        }
    }
    status = status == TQ_OK ? tq_batch_parts_all(parts, err) : status;
    if (status == TQ_OK && parts->header) {
        status = check_separator(parts->header, spec->separator, err);
    }
    if (status == TQ_OK && parts->header) {
        tq_buffer_text(&rows, parts->header);
        status = flush(spec, &rows, 1, err);
    }
    status = status == TQ_OK ? merge_rows(heap, live, spec, parts, &rows, err) : status;
    status = status == TQ_OK ? flush(spec, &rows, 1, err) : status;
    status = status == TQ_OK ? end_rows(spec, err) : status;
    tq_buffer_free(&rows);
    return status == TQ_OK ? tq_batch_parts_check(parts, err) : status;
}

tq_status tq_batch_merge(const char *const *paths, size_t n, const tq_batch_spec *spec,
                         tq_batch_parts *parts, tq_error *err)
{
    struct part *part = calloc(n ? n : 1, sizeof *part);
    struct part **heap = calloc(n ? n : 1, sizeof *heap);
    tq_status status = part && heap ? TQ_OK : no_memory(err);

    *parts = (tq_batch_parts){0};
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        status = open_part(&part[i], paths[i], err);
    }
    status = status == TQ_OK ? run(part, heap, n, spec, parts, err) : status;
    for (size_t i = 0; part && i < n; i++) {
        tq_source_close(part[i].source);
        free(part[i].text);
    }
    free(part);
    free(heap);
    return status;
}
