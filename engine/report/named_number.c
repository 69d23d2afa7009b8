/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers under their names, the same in JSON and in CSV. */
#include "report/named_number_internal.h"

void json_add_numbers(json_t *to, const named_number *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_object_set_new(to, list[i].name, json_number(list[i].value));
    }
}

void csv_names(tq_buffer *out, const named_number *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tq_buffer_format(out, ",%s", list[i].name);
    }
}

void csv_values(tq_buffer *out, const named_number *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        csv_numbers(out, &list[i].value, 1);
    }
}
