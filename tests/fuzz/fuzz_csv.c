/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as CSV; the first says which options. */
#include <stdlib.h>

#include "frame/csv.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = {0, ',', ';', '\t'};
    tq_table *t = NULL;
    tq_error err;

    if (size == 0) {
        return 0;
    }
    const tq_csv_options opt = {.separator = separators[data[0] & 3],
                                .decimal = data[0] & 4 ? ',' : '.',
                                .header_row = (size_t)(data[0] >> 3 & 3)};

    if (tq_csv_parse((const char *)data + 1, size - 1, "x", &opt, &t, &err) == TQ_OK) {
        fuzz_use_table(t);
    }
    return 0;
}
