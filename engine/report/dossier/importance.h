/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file importance.h  A pooled effect against the difference that matters to patients, in words. */
#ifndef TQ_REPORT_DOSSIER_IMPORTANCE_H
#define TQ_REPORT_DOSSIER_IMPORTANCE_H

#include "report/dossier/dossier.h"

/**
 * How a confidence interval lies to the MCID, on one side of no effect: Man-Son-Hing et al. (2002),
 * J. Gen. Intern. Med. 17:469-476.
 */
typedef enum {
    TQ_IMPORTANT_UNKNOWN,  /* no MCID, or no interval */
    TQ_IMPORTANT_NOT,      /* the whole interval falls short of the MCID */
    TQ_IMPORTANT_POSSIBLE, /* the estimate falls short of it, the interval does not */
    TQ_IMPORTANT_PROBABLE, /* the estimate reaches it, not all of the interval does */
    TQ_IMPORTANT_DEFINITE, /* the whole interval reaches it */
    TQ_IMPORTANT_COUNT
} tq_important;

TQ_API const char *tq_important_name(tq_important important);

/** The rule, on the side where effects are positive; mcid > 0, est and limits not NaN. */
TQ_API tq_important tq_important_of(double est, double lo, double hi, double mcid);

/** Where an interval lies, the benefit of the patient being positive. */
typedef enum {
    TQ_IMPORTANCE_NONE,     /* no estimate, no MCID, or a scale without one */
    TQ_IMPORTANCE_BENEFIT,  /* all of it at or beyond the MCID, on the side of benefit */
    TQ_IMPORTANCE_HARM,     /* the same on the side of harm */
    TQ_IMPORTANCE_TRIVIAL,  /* all of it inside the MCID on both sides */
    TQ_IMPORTANCE_POSSIBLE, /* it reaches the MCID of benefit, not that of harm */
    TQ_IMPORTANCE_POSSIBLE_HARM,
    TQ_IMPORTANCE_OPEN, /* it reaches both */
    TQ_IMPORTANCE_COUNT
} tq_importance;

/** "important benefit", "nothing important", ...; NULL outside the range, "" for none. */
TQ_API const char *tq_importance_name(tq_importance importance);

/**
 * Where the limits lie against an MCID.
 * @param ratio   1: the scale is one of ratios; the MCID m and 1/m are the same.
 * @param better  Unknown: lower and higher count as benefit and harm, whose names then say nothing.
 */
TQ_API tq_importance tq_importance_of(double lo, double hi, double mcid, int ratio,
                                      tq_better better);

/** The same of the interval of an entry's pooled effect; predicted: of its prediction interval. */
TQ_API tq_importance tq_importance_of_entry(const tq_dossier_entry *entry, int predicted);

/**
 * The result of an entry in a few sentences: which side the effect is on, given the direction; and, with an
 * MCID, the estimate, its interval and the prediction interval against it. "" where there is nothing to say.
 * @param[in]  arena  Holds the text.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_importance_text(const tq_dossier_entry *entry, tq_arena *arena,
                                    const char **out, tq_error *err);

#endif
