/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measures whose counts can be pooled as such. */
#include "pooling/counts.h"

#include <math.h>
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

int tq_count_scale_binomial(tq_count_scale scale)
{
    return scale != TQ_COUNT_IRR && scale != TQ_COUNT_IRD && scale != TQ_COUNT_IRLN;
}

/* Studies with a positive value of x, or of n - x. */
static size_t studies_with(const double *x, const double *n, size_t k)
{
    size_t found = 0;

    for (size_t i = 0; i < k; i++) {
        found += (n ? n[i] - x[i] : x[i]) > 0.0;
    }
    return found;
}

static const char *group_lacks(const tq_counts *c, size_t k)
{
    const int binomial = tq_count_scale_binomial(c->scale);

    if (!studies_with(c->x1, NULL, k)) {
        return "no study has events";
    }
    return binomial && !studies_with(c->x1, c->n1, k) ? "every study has nothing but events" : NULL;
}

const char *tq_counts_lack(const tq_counts *c, size_t k)
{
    if (!c->x2) {
        return group_lacks(c, k);
    }
    const int binomial = tq_count_scale_binomial(c->scale);
    const size_t events1 = studies_with(c->x1, NULL, k), events2 = studies_with(c->x2, NULL, k);
    const size_t others1 = binomial ? studies_with(c->x1, c->n1, k) : k;
    const size_t others2 = binomial ? studies_with(c->x2, c->n2, k) : k;

    if (!events1 || !events2) {
        return events1   ? "no study has events in group 2"
               : events2 ? "no study has events in group 1"
                         : "no study has events";
    }
    if (!others1 || !others2) {
        return others1   ? "every study has nothing but events in group 2"
               : others2 ? "every study has nothing but events in group 1"
                         : "every study has nothing but events";
    }
    return "no study has events in one group and others without in the other";
}
