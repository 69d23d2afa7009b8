/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file spending.h  Spending functions: how much of an error rate a sequence of looks may have used. */
#ifndef TQ_SEQUENTIAL_SPENDING_H
#define TQ_SEQUENTIAL_SPENDING_H

#include <stddef.h>

#include "core/status.h"

typedef enum {
    TQ_SPEND_OBF,    /* 2 - 2 Phi(z_{1 - total/2} / sqrt(t)): as O'Brien & Fleming's boundaries */
    TQ_SPEND_POCOCK, /* total log(1 + (e - 1) t): as Pocock's */
    TQ_SPEND_POWER,  /* total t^parameter, parameter > 0 */
    TQ_SPEND_HSD,    /* total (1 - exp(-parameter t)) / (1 - exp(-parameter)); 0: total t */
    TQ_SPEND_NONE,   /* nothing is spent before t = 1 */
    TQ_SPEND_COUNT
} tq_spending_kind;

/** Name ("obf") on the command line and for readers ("O'Brien-Fleming type"); NULL past the last. */
TQ_API const char *tq_spending_name(size_t kind);
TQ_API const char *tq_spending_label(size_t kind);
/** The parameter when none is given (power 3, HSD -4); NaN: the function has none. */
TQ_API double tq_spending_default(tq_spending_kind kind);

/**
 * What may be spent of total up to information fraction t: 0 for t <= 0, total from t = 1 on.
 *
 * Lan & DeMets (1983), Biometrika 70:659-663 (the first two); Kim & DeMets (1987), Biometrika
 * 74:149-154 (power); Hwang, Shih & De Cani (1990), Stat. Med. 9:1439-1445. total is the error rate of
 * one side: two-sided tests at alpha spend alpha / 2 on each.
 */
TQ_API double tq_spending_value(tq_spending_kind kind, double parameter, double total, double t);

/** @retval TQ_EINVAL  Unknown kind, or a parameter that it cannot have. */
TQ_API tq_status tq_spending_check(tq_spending_kind kind, double parameter, tq_error *err);

#endif
