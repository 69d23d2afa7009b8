/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adjusted p-values: every procedure is a factor by rank and a running extreme over the ranks. */
#include "core/multiplicity.h"

#include <math.h>
#include <stdlib.h>

/* What multiplies the p-value of rank r of m (1 is the smallest). */
static double factor_one(double r, double m)
{
    (void)r;
    (void)m;
    return 1.0;
}

static double factor_all(double r, double m)
{
    (void)r;
    return m;
}

static double factor_left(double r, double m)
{
    return m - r + 1.0;
}

static double factor_share(double r, double m)
{
    return m / r;
}

static double factor_dependent(double r, double m)
{
    double sum = 0.0;

    for (double i = 1.0; i <= m; i++) {
        sum += 1.0 / i;
    }
    return sum * m / r;
}

static const struct {
    const char *name, *label;
    double (*factor)(double r, double m);
    int direction; /* 1: step down, largest so far; -1: step up, smallest so far from the end; 0: none */
} rows[] = {
    [TQ_ADJUST_NONE] = {"none", "not adjusted", factor_one, 0},
    [TQ_ADJUST_BONFERRONI] = {"bonferroni", "Bonferroni", factor_all, 0},
    [TQ_ADJUST_HOLM] = {"holm", "Holm", factor_left, 1},
    [TQ_ADJUST_HOCHBERG] = {"hochberg", "Hochberg", factor_left, -1},
    [TQ_ADJUST_FDR] = {"fdr", "false discovery rate (Benjamini-Hochberg)", factor_share, -1},
    [TQ_ADJUST_BY] = {"by", "false discovery rate (Benjamini-Yekutieli)", factor_dependent, -1},
};
_Static_assert(sizeof rows / sizeof *rows == TQ_ADJUST_COUNT, "a row per adjustment");

const char *tq_adjust_name(tq_adjust adjust)
{
    return adjust < TQ_ADJUST_COUNT ? rows[adjust].name : NULL;
}

const char *tq_adjust_label(tq_adjust adjust)
{
    return adjust < TQ_ADJUST_COUNT ? rows[adjust].label : NULL;
}

typedef struct {
    double pval;
    size_t at;
} ranked;

static int ascending(const void *a, const void *b)
{
    const ranked *x = a, *y = b;

    if (x->pval != y->pval) {
        return x->pval < y->pval ? -1 : 1;
    }
    return (x->at > y->at) - (x->at < y->at);
}

tq_status tq_adjust_pvalues(tq_adjust adjust, size_t n, const double *pval, double *out,
                            tq_error *err)
{
    if (adjust >= TQ_ADJUST_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown adjustment");
    }
    ranked *order = calloc(n ? n : 1, sizeof *order);
    size_t m = 0;

    if (!order) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = NAN;
        if (!isnan(pval[i])) {
            order[m++] = (ranked){pval[i], i};
        }
    }
    qsort(order, m, sizeof *order, ascending);
    const int direction = rows[adjust].direction;
    double extreme = direction > 0 ? 0.0 : 1.0;

    for (size_t step = 0; step < m; step++) {
        const size_t r = direction < 0 ? m - 1 - step : step;
        const double p = fmin(1.0, rows[adjust].factor((double)(r + 1), (double)m) * order[r].pval);

        extreme = direction > 0 ? fmax(extreme, p) : fmin(extreme, p);
        out[order[r].at] = direction ? extreme : p;
    }
    free(order);
    return TQ_OK;
}
