/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as an expression of --subset. */
#include "frame/csv.h"
#include "frame/subset.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char sheet[] = "study,yi,vi,cell source\nVega 2015,2.385,0.5,BM\n"
                                "\"Lamo\",-0.418,,AD\n,NA,1e3,\"B\"\"M\"\n";
    char *const expression = fuzz_text(data, size);
    unsigned char keep[3] = {7, 7, 7};
    tq_table *t = NULL;
    tq_error err;

    if (!expression || tq_csv_parse(sheet, sizeof sheet - 1, "x", NULL, &t, NULL) != TQ_OK) {
        free(expression);
        return 0;
    }
    const tq_status status = tq_subset_select(t, expression, keep, &err);

    for (size_t i = 0; i < sizeof keep; i++) {
        assert(status == TQ_OK ? keep[i] <= 1 : keep[i] == 7);
    }
    assert(status == TQ_OK || err.message[0]);
    tq_table_free(t);
    free(expression);
    return 0;
}
