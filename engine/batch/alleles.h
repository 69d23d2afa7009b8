/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file alleles.h  Whether two studies of a variant speak of the same alleles, and which way round. */
#ifndef TQ_BATCH_ALLELES_H
#define TQ_BATCH_ALLELES_H

#include "core/api.h"

typedef enum {
    TQ_ALLELES_SAME,
    TQ_ALLELES_FLIPPED,        /* effect and other allele change places: the effect turns around */
    TQ_ALLELES_STRAND,         /* the same on the other strand */
    TQ_ALLELES_STRAND_FLIPPED, /* both */
    TQ_ALLELES_OTHER           /* other alleles */
} tq_alleles;

/**
 * Compare effect and other allele of a study with those of the reference: texts in capitals, A C G T alone
 * or in sequence, or any other names (I, D), which have no other strand. A pair of complements (A/T, C/G) is
 * SAME or FLIPPED as named: its strand cannot be told from its letters.
 */
TQ_API tq_alleles tq_alleles_compare(const char *reference_effect, const char *reference_other,
                                     const char *effect, const char *other);

/** 1 when one allele is the complement of the other: A/T, C/G. */
TQ_API int tq_alleles_palindromic(const char *effect, const char *other);

#endif
