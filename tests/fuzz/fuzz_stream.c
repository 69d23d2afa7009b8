/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a long file: header, lines, numbers; the first byte says which separator. */
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/parse_number.h"
#include "frame/stream/line_form.h"
#include "frame/stream/text_window.h"
#include "fuzz/fuzz.h"

enum { FIELDS = 8 };

/* A number that is read is written so that it reads back the same. */
static void use_number(const tq_field *field)
{
    char text[TQ_SIGNIFICANT_SIZE];
    double value, back;

    if (tq_read_number(field->at, field->size, &value)) {
        const size_t n = tq_decimal_significant(text, value, TQ_SIGNIFICANT_SHORTEST);

        if (!tq_read_number(text, n, &back) || back != value) {
            abort();
        }
    }
    (void)tq_field_number(field, ',', &value);
}

static void use_lines(const tq_line_form *form, int lenient, char *text, size_t size)
{
    size_t wanted[FIELDS], n = form->n < FIELDS ? form->n : FIELDS;
    tq_field fields[FIELDS];
    tq_line_scanner s;
    tq_line_kind kind;

    for (size_t i = 0; i < n; i++) {
        wanted[i] = form->n - n + i;
    }
    tq_line_scan(&s, form, lenient, wanted, n, text, size);
    while ((kind = tq_line_next(&s, fields)) != TQ_LINE_END) {
        for (size_t i = 0; kind == TQ_LINE_FIELDS && i < n; i++) {
            use_number(&fields[i]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = {0, ',', ';', '\t', ' '};
    tq_line_form form;
    tq_error err;

    if (size < 2) {
        return 0;
    }
    const char *const head = (const char *)data + 1, *const end = head + size - 1;
    const char *newline = memchr(head, '\n', (size_t)(end - head));
    const size_t length = newline ? (size_t)(newline - head) : (size_t)(end - head);
    const size_t rest = newline ? (size_t)(end - newline - 1) : 0;
    char *text = calloc(1, rest + 1 + TQ_WINDOW_SLACK);

    if (text && tq_line_form_read(head, length, separators[data[0] % 5], &form, &err) == TQ_OK) {
        if (rest > 0) {
            memcpy(text, newline + 1, rest);
        }
        text[rest] = '\n';
        use_lines(&form, data[0] >= 128, text, rest + 1);
        tq_line_form_free(&form);
    }
    free(text);
    return 0;
}
