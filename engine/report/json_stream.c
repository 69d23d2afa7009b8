/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A document written member by member, so that a list of a million studies is never held as a tree:
 * the bytes are those that json_write() gives of the whole.
 */
#include <string.h>

#include "report/json_internal.h"

enum { INDENT = 2 };

typedef struct {
    tq_buffer *out;
    size_t depth;
} shifted;

static void new_line(tq_buffer *out, size_t depth)
{
    tq_buffer_text(out, "\n");
    for (size_t i = 0; i < depth * INDENT; i++) {
        tq_buffer_append(out, " ", 1);
    }
}

/* Texts have no line breaks of their own in JSON: each one begins a line of the value. */
static int append(const char *bytes, size_t size, void *user)
{
    const shifted *s = user;

    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        const size_t n = end ? (size_t)(end - bytes) : size;

        tq_buffer_append(s->out, bytes, n);
        if (end) {
            new_line(s->out, s->depth);
        }
        bytes += n + (end != NULL);
        size -= n + (end != NULL);
    }
    return 0;
}

/* A value behind `depth` steps of indentation; released. */
static void write_value(json_stream *s, json_t *value, size_t depth)
{
    shifted to = {s->out, depth};

    s->failed |=
        !value || json_dump_callback(value, append, &to, JSON_FORMAT | JSON_ENCODE_ANY) != 0;
    json_decref(value);
}

static void begin_member(json_stream *s, const char *name)
{
    tq_buffer_text(s->out, s->any ? "," : "{");
    s->any = 1;
    new_line(s->out, 1);
    write_value(s, json_string(name), 1);
    tq_buffer_text(s->out, ": ");
}

void json_stream_members(json_stream *s, json_t *doc)
{
    const char *name;
    json_t *value;

    s->failed |= !doc;
    json_object_foreach(doc, name, value)
    {
        begin_member(s, name);
        write_value(s, json_incref(value), 1);
    }
    json_decref(doc);
}

void json_stream_list(json_stream *s, const char *name, size_t n,
                      json_t *(*item)(const tq_analysis *a, size_t i), const tq_analysis *a)
{
    begin_member(s, name);
    for (size_t i = 0; i < n; i++) {
        tq_buffer_text(s->out, i ? "," : "[");
        new_line(s->out, 2);
        write_value(s, item(a, i), 2);
    }
    if (n > 0) {
        new_line(s->out, 1);
    }
    tq_buffer_text(s->out, n > 0 ? "]" : "[]");
}

tq_status json_stream_end(json_stream *s, tq_error *err)
{
    tq_buffer_text(s->out, s->any ? "\n}\n" : "{}\n");
    return json_lost() || s->failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory")
                                    : tq_buffer_status(s->out, err);
}
