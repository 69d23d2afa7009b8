/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multiplicity.h  p-values adjusted for the number of tests. */
#ifndef TQ_CORE_MULTIPLICITY_H
#define TQ_CORE_MULTIPLICITY_H

#include "core/status.h"

typedef enum {
    TQ_ADJUST_NONE,
    TQ_ADJUST_BONFERRONI,
    TQ_ADJUST_HOLM,     /* Holm (1979), Scand. J. Stat. 6:65-70 */
    TQ_ADJUST_HOCHBERG, /* Hochberg (1988), Biometrika 75:800-802 */
    TQ_ADJUST_FDR,      /* Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57:289-300 */
    TQ_ADJUST_BY,       /* Benjamini & Yekutieli (2001), Ann. Stat. 29:1165-1188 */
    TQ_ADJUST_COUNT
} tq_adjust;

/** Name as on the command line ("holm"); NULL outside the range. */
TQ_API const char *tq_adjust_name(tq_adjust adjust);
/** For reports: "Holm", "false discovery rate (Benjamini-Hochberg)". */
TQ_API const char *tq_adjust_label(tq_adjust adjust);

/**
 * Adjusted p-values, each at most 1; values that are NaN stay NaN and do not count as tests.
 * @param[in]  pval  [n]
 * @param[out] out   [n] may not be pval.
 * @retval TQ_EINVAL  Unknown adjustment.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_adjust_pvalues(tq_adjust adjust, size_t n, const double *pval, double *out,
                                   tq_error *err);

#endif
