/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting a stream where lines or groups end; what is left over begins the next window. */
#include "frame/stream/text_window.h"

#include <stdlib.h>
#include <string.h>
#include <threads.h>

enum { WINDOW_SIZE = 1 << 20, LOOK_BACK = 1 << 16 };

#define LINE_MAX_SIZE ((size_t)64 << 20)

struct tq_windows {
    mtx_t lock;
    tq_source *source;
    tq_window_options opt;
    char *carry; /* [carried] of carry_capacity: text before what the source gives next */
    size_t carried, carry_capacity;
    uint64_t offset; /* of carry in the text of the file */
    uint64_t index;
    int ended;
    tq_status failed; /* of an earlier call: there is no text after it */
    tq_error err;
};

void tq_window_free(tq_window *window)
{
    free(window->text);
    *window = (tq_window){0};
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* Room for size bytes, the slack and a newline. */
static tq_status reserve(tq_window *w, size_t size, tq_error *err)
{
    if (size > SIZE_MAX - TQ_WINDOW_SLACK - 1) {
        return no_memory(err);
    }
    if (w->capacity < size) {
        char *text = realloc(w->text, size + TQ_WINDOW_SLACK + 1);

        if (!text) {
            return no_memory(err);
        }
        w->text = text;
        w->capacity = size;
    }
    return TQ_OK;
}

/* ---- where to cut ---- */

/* memrchr(), which is not of the C library's standard. */
static const char *last_byte(const char *text, char byte, size_t size)
{
    while (size > 0 && text[size - 1] != byte) {
        size--;
    }
    return size > 0 ? text + size - 1 : NULL;
}

/* One past the last newline of text[size]; 0: there is none. */
static size_t after_last_line(const char *text, size_t size)
{
    const char *newline = last_byte(text, '\n', size);

    return newline ? (size_t)(newline - text) + 1 : 0;
}

/* The beginning of the line that ends with the newline before `end`. */
static size_t line_before(const char *text, size_t end)
{
    return after_last_line(text, end - 1);
}

static int same(const tq_windows *w, const char *text, size_t a, size_t a_end, size_t b,
                size_t b_end)
{
    return w->opt.same(w->opt.user, text + a, a_end - a - 1, text + b, b_end - b - 1);
}

/* The beginning of the last group of whole lines that end at `end`; 0: they are one group. */
static size_t last_group(const tq_windows *w, const char *text, size_t end)
{
    size_t last_end = end, last = line_before(text, end);

    while (last > 0 && same(w, text, last, last_end, last, last_end) < 0) {
        last_end = last;
        last = line_before(text, last_end);
    }
    if (same(w, text, last, last_end, last, last_end) < 0) {
        return end; /* no group at all */
    }
    for (size_t begin = last, found = last; begin > 0;) {
        const size_t before = line_before(text, begin);
        const int is_same = same(w, text, before, begin, last, last_end);

        if (is_same == 0) {
            return found;
        }
        found = is_same > 0 ? before : found;
        begin = before;
    }
    return 0;
}

/* The first beginning of a line at or after `from`, > 0; SIZE_MAX: none before the end of whole lines. */
static size_t line_from(const char *text, size_t end, size_t from)
{
    const char *newline = from <= end ? memchr(text + from - 1, '\n', end - from + 1) : NULL;

    return newline ? (size_t)(newline - text) + 1 : SIZE_MAX;
}

/* The first beginning of a group at or after `from`, or SIZE_MAX. */
static size_t group_from(const tq_windows *w, const char *text, size_t end, size_t from)
{
    size_t begin = line_from(text, end, from);

    while (w->opt.same && begin < end) {
        const size_t next = line_from(text, end, begin + 1);

        if (next == SIZE_MAX) {
            return SIZE_MAX;
        }
        if (same(w, text, line_before(text, begin), begin, begin, next) == 0) {
            break;
        }
        begin = next;
    }
    return begin < end || (begin == end && !w->opt.same) ? begin : SIZE_MAX;
}

/*
 * How much of text[size] the window takes; 0: more has to be read first. *last: the part of the text
 * that counts ends here.
 */
static size_t cut(const tq_windows *w, const char *text, size_t size, int *last)
{
    const size_t lines = after_last_line(text, size);

    *last = 0;
    if (w->offset + lines > w->opt.end) {
        const uint64_t from = w->opt.end > w->offset ? w->opt.end - w->offset : 0;
        const size_t stop = from == 0 ? 0 : group_from(w, text, lines, (size_t)from);

        if (stop != SIZE_MAX) {
            *last = 1;
            return stop;
        }
        return 0;
    }
    return lines && w->opt.same ? last_group(w, text, lines) : lines;
}

/* ---- the next window ---- */

static tq_status keep(tq_windows *w, const char *text, size_t size, tq_error *err)
{
    w->carried = 0;
    if (size == 0) {
        return TQ_OK;
    }
    if (size > w->carry_capacity) {
        char *wider = realloc(w->carry, size);

        if (!wider) {
            return no_memory(err);
        }
        w->carry = wider;
        w->carry_capacity = size;
    }
    memcpy(w->carry, text, size);
    w->carried = size;
    return TQ_OK;
}

static tq_status check_text(const char *text, size_t size, tq_error *err)
{
    return size > 0 && memchr(text, '\0', size)
               ? tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "not a text file: it holds a byte 0x00")
               : TQ_OK;
}

/* Read until a window's text is there; *size is what of out->text it takes, *held how much is there. */
static tq_status fill(tq_windows *w, tq_window *out, size_t *size, size_t *held, tq_error *err)
{
    size_t step = w->opt.size, n = 0;
    tq_status status = reserve(out, w->carried + step, err);

    if (status != TQ_OK) {
        return status;
    }
    if (w->carried > 0) {
        memcpy(out->text, w->carry, w->carried);
    }
    *held = w->carried;
    for (;;) {
        status = tq_source_read(w->source, out->text + *held, step, &n, err);
        if (status == TQ_OK) {
            *held += n;
            status = check_text(out->text + *held - n, n, err);
        }
        if (status != TQ_OK) {
            return status;
        }
        if (n == 0 && *held > 0 && out->text[*held - 1] != '\n') {
            out->text[(*held)++] = '\n';
        }
        *size = cut(w, out->text, *held, &w->ended);
        if (n == 0 && !w->ended) {
            w->ended = 1;
            *size = *held;
        }
        if (w->ended || *size > 0) {
            return TQ_OK;
        }
        if (*held - after_last_line(out->text, *held) > LINE_MAX_SIZE) {
            return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "a line is longer than 64 MiB");
        }
        step = *held; /* a long group: twice as much each time */
        status = reserve(out, *held + step, err);
        if (status != TQ_OK) {
            return status;
        }
    }
}

static tq_status next_window(tq_windows *w, tq_window *out, int *more, tq_error *err)
{
    size_t size = 0, held = 0;
    const tq_status status = fill(w, out, &size, &held, err);

    if (status != TQ_OK) {
        return status;
    }
    out->size = size;
    out->offset = w->offset;
    out->index = w->index++;
    w->offset += size;
    *more = size > 0;
    return w->ended ? TQ_OK : keep(w, out->text + size, held - size, err);
}

tq_status tq_windows_next(tq_windows *windows, tq_window *window, int *more, tq_error *err)
{
    tq_status status = TQ_OK;

    *more = 0;
    window->size = 0;
    mtx_lock(&windows->lock);
    if (windows->failed != TQ_OK) {
        status = windows->failed;
        if (err) {
            *err = windows->err;
        }
    } else if (!windows->ended) {
        status = windows->failed = next_window(windows, window, more, &windows->err);
        if (status != TQ_OK) {
            tq_copy_text(windows->err.file, sizeof windows->err.file,
                         tq_source_path(windows->source));
            *more = 0;
        }
        if (status != TQ_OK && err) {
            *err = windows->err;
        }
    }
    mtx_unlock(&windows->lock);
    return status;
}

/* ---- beginning in the middle ---- */

/* The first line or group of text[size] that begins at or after `begin`, where a whole line stands before
   it; SIZE_MAX: it cannot be told. whole: text begins with a line. */
static size_t first_counted(const tq_windows *w, const char *text, size_t size, int whole,
                            size_t begin)
{
    const size_t lines = after_last_line(text, size);
    const size_t skip = whole ? 0 : line_from(text, lines, 1);

    if (skip >= begin) { /* SIZE_MAX too */
        return SIZE_MAX;
    }
    const size_t found = group_from(w, text + skip, lines - skip, begin - skip);

    return found == SIZE_MAX ? SIZE_MAX : found + skip;
}

/*
 * Text from before `begin`, far enough back for a whole line before the first that begins there; what
 * comes before the first that counts is dropped.
 */
static tq_status begin_at(tq_windows *w, tq_error *err)
{
    const uint64_t first = w->offset, begin = w->opt.begin;
    tq_window head = {0};
    tq_status status = TQ_OK;
    size_t back = LOOK_BACK, stop = SIZE_MAX;

    for (; status == TQ_OK && stop == SIZE_MAX; back *= 2) {
        const uint64_t from = begin - first > back ? begin - back : first;
        size_t n = 0;

        status = reserve(&head, 2 * back, err);
        status = status == TQ_OK ? tq_source_seek(w->source, from, err) : status;
        status = status == TQ_OK ? tq_source_read(w->source, head.text, 2 * back, &n, err) : status;
        if (status != TQ_OK) {
            break;
        }
        const int end = n < 2 * back;

        if (end && n > 0 && head.text[n - 1] != '\n') {
            head.text[n++] = '\n';
        }
        stop = first_counted(w, head.text, n, from == first, (size_t)(begin - from));
        stop = stop == SIZE_MAX && end ? n : stop; /* nothing begins there */
        if (stop != SIZE_MAX) {
            w->offset = from + stop;
            status = keep(w, head.text + stop, n - stop, err);
        }
    }
    tq_window_free(&head);
    return status;
}

tq_status tq_windows_new(tq_source *source, const tq_window_options *opt, uint64_t offset,
                         const char *text, size_t size, tq_windows **out, tq_error *err)
{
    tq_windows *w = calloc(1, sizeof *w);

    if (!w || mtx_init(&w->lock, mtx_plain) != thrd_success) {
        free(w);
        return no_memory(err);
    }
    w->source = source;
    w->opt = *opt;
    w->opt.size = opt->size ? opt->size : WINDOW_SIZE;
    w->opt.end = opt->end ? opt->end : UINT64_MAX;
    w->offset = offset;
    tq_status status = keep(w, text, size, err);

    if (status == TQ_OK && opt->begin > offset) {
        status = begin_at(w, err);
    }
    if (status != TQ_OK) {
        tq_windows_free(w);
        return status;
    }
    *out = w;
    return TQ_OK;
}

void tq_windows_free(tq_windows *windows)
{
    if (windows) {
        mtx_destroy(&windows->lock);
        free(windows->carry);
        free(windows);
    }
}
