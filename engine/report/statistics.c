/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The named tests that some methods have, as every view lists them. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "report/analysis_internal.h"

static const struct {
    const char *name, *corrected, *meaning;
    size_t at; /* in tq_pool */
} rows[] = {
    {"CMH", "no association (Cochran-Mantel-Haenszel, corrected)",
     "no association (Cochran-Mantel-Haenszel)", offsetof(tq_pool, cmh)},
    {"BD", NULL, "equal odds ratios (Breslow-Day)", offsetof(tq_pool, bd)},
    {"TA", NULL, "equal odds ratios (Breslow-Day, adjusted by Tarone)", offsetof(tq_pool, ta)},
    {"LRT", NULL, "no heterogeneity (likelihood ratio)", offsetof(tq_pool, lrt)},
    {"Wld", NULL, "no heterogeneity (Wald)", offsetof(tq_pool, wld)},
};

size_t analysis_statistics(const tq_analysis *a, analysis_statistic out[ANALYSIS_STATISTICS])
{
    size_t n = 0;

    _Static_assert(sizeof rows / sizeof *rows == ANALYSIS_STATISTICS, "a row per statistic");
    for (size_t i = 0; i < ANALYSIS_STATISTICS; i++) {
        tq_statistic value;

        memcpy(&value, (const char *)a->fit + rows[i].at, sizeof value);
        if (!isnan(value.stat)) {
            const int rho =
                !isnan(a->fit->rho[0]); /* what the test of a beta-binomial fit is about */
            const int corrected = rows[i].corrected && a->options.correct;

            out[n++] = (analysis_statistic){rows[i].name,
                                            rho         ? "no correlation within studies"
                                            : corrected ? rows[i].corrected
                                                        : rows[i].meaning,
                                            value};
        }
    }
    return n;
}
