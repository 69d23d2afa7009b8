/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file natural.h  An estimate as readers know it. */
#ifndef TQ_REPORT_NATURAL_H
#define TQ_REPORT_NATURAL_H

/** An estimate on the natural scale (risk ratio, not its log); NaN where there is none. */
typedef struct {
    double pred, ci_lb, ci_ub, pi_lb, pi_ub;
} tq_natural;

#endif
