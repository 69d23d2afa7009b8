/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measures whose counts can be pooled as such. */
#include "pooling/counts.h"

#include <string.h>

static const char *const names[] = {
    [TQ_COUNT_OR] = "OR",     [TQ_COUNT_RR] = "RR",     [TQ_COUNT_RD] = "RD",
    [TQ_COUNT_IRR] = "IRR",   [TQ_COUNT_IRD] = "IRD",   [TQ_COUNT_PLO] = "PLO",
    [TQ_COUNT_IRLN] = "IRLN", [TQ_COUNT_PETO] = "PETO",
};
_Static_assert(sizeof names / sizeof *names == TQ_COUNT_COUNT, "a name per scale");

tq_count_scale tq_count_scale_find(const char *measure)
{
    tq_count_scale s = 0;

    while (s < TQ_COUNT_COUNT && strcmp(names[s], measure) != 0) {
        s++;
    }
    return s;
}

const char *tq_count_scale_name(tq_count_scale scale)
{
    return (unsigned)scale < TQ_COUNT_COUNT ? names[scale] : NULL;
}
