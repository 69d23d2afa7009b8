/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sample_dossier.h  A review of the bundled data sets, for tests of the views on dossiers. */
#ifndef TQ_TESTS_SAMPLE_DOSSIER_H
#define TQ_TESTS_SAMPLE_DOSSIER_H

#include "report/dossier/dossier.h"

/** Analyses of the sample, in order. */
enum {
    SAMPLE_BCG,    /* ratios by allocation, with everything else an entry can have */
    SAMPLE_STAY,   /* mean differences in days, with an MCID */
    SAMPLE_STAY_G, /* the same as standardised mean differences */
    SAMPLE_ONE,    /* one study */
    SAMPLE_NONE,   /* k = 0 */
    SAMPLE_PAIN,   /* effects as given in the sheet, by drug class */
    SAMPLE_COUNT
};

typedef struct sample_dossier sample_dossier;

/** Carries out the analyses; fails the test where one of them fails. */
sample_dossier *sample_dossier_new(void);
void sample_dossier_free(sample_dossier *sample);

/** Its dossier and entries, which a test may change. */
tq_dossier *sample_dossier_of(sample_dossier *sample);
tq_dossier_entry *sample_dossier_entry(sample_dossier *sample, size_t i);

#endif
