/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of Stata, SPSS or SAS; the first says which. */
#include "frame/statfile.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tq_table *t = NULL;
    tq_error err;

    if (size > 0 && tq_statfile_parse((const char *)data + 1, size - 1, "x",
                                      (tq_statfile_kind)(data[0] % TQ_STATFILE_COUNT), '.', &t,
                                      &err) == TQ_OK) {
        fuzz_use_table(t);
    }
    return 0;
}
