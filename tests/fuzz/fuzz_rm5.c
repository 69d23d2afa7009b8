/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a review of RevMan 5. */
#include "frame/rm5.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tq_table *t = NULL;
    tq_error err;

    if (tq_rm5_parse((const char *)data, size, "x", ',', &t, &err) == TQ_OK) {
        fuzz_use_table(t);
    }
    return 0;
}
