/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every JSON document shares. Objects keep the order in which their members are set. */
#include <math.h>

#include "report/json_internal.h"

json_t *json_number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *json_text(const char *text)
{
    json_t *value = text ? json_string(text) : NULL;

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
    const int failed = !doc || json_dump_callback(doc, append, out, JSON_FORMAT) != 0;

    json_decref(doc);
    tq_buffer_text(out, "\n");
    return failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory")
                  : tq_buffer_status(out, err);
}
