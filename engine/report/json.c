/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every JSON document shares. Objects keep the order in which their members are set. */
#include <errno.h>
#include <math.h>

#include "report/json_internal.h"

/* Of the document that this thread is making. */
static _Thread_local int lost;

int json_kept(int result)
{
    lost |= result != 0;
    return result;
}

int json_lost(void)
{
    const int was = lost;

    lost = 0;
    return was;
}

json_t *json_number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *json_text(const char *text)
{
    const int before = errno;

    errno = 0;
    json_t *value = text ? json_string(text) : NULL;

    json_kept(!value && errno == ENOMEM); /* else it was refused */
    errno = before;
    return value ? value : json_null();
}

json_t *json_numbers(const double *x, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, json_number(x[i]));
    }
    return list;
}

json_t *json_count(uint64_t n)
{
    return n <= INT64_MAX ? json_integer((json_int_t)n) : json_null();
}

json_t *json_limits(const double pair[2])
{
    return json_numbers(pair, 2);
}

json_t *json_head(const tq_provenance *provenance)
{
    json_lost();
    json_t *head = json_pack("{s:s, s:s, s:o}", "schema", "tausq/1", "version", TQ_VERSION,
                             "command", json_text(provenance->command));

    if (provenance->compat) {
        json_object_set_new(head, "compat", json_compatibility(provenance->compat));
    }
    return head;
}

json_t *json_excluded(const tq_excluded *excluded, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, json_pack("{s:I, s:o, s:o}", "row", (json_int_t)excluded[i].row,
                                              "study", json_text(excluded[i].study), "reason",
                                              json_text(excluded[i].reason)));
    }
    return list;
}

json_t *json_texts(const char *const *texts, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, json_text(texts[i]));
    }
    return list;
}

static int append(const char *bytes, size_t size, void *buffer)
{
    tq_buffer_append(buffer, bytes, size);
    return 0;
}

tq_status json_write(json_t *doc, tq_buffer *out, tq_error *err)
{
    const int failed =
        json_lost() || !doc || json_dump_callback(doc, append, out, JSON_FORMAT) != 0;

    json_decref(doc);
    tq_buffer_text(out, "\n");
    return failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory")
                  : tq_buffer_status(out, err);
}
