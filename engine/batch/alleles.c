/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alleles by their letters. */
#include "batch/alleles.h"

#include <string.h>

static char complement(char base)
{
    switch (base) {
    case 'A':
        return 'T';
    case 'C':
        return 'G';
    case 'G':
        return 'C';
    case 'T':
        return 'A';
    default:
        return '\0';
    }
}

/* Whether b is what a reads on the other strand: complements, from the end to the beginning. */
static int on_other_strand(const char *a, const char *b)
{
    if (*a && !a[1] && *b && !b[1]) { /* one base each, as most are */
        return complement(*a) == *b;
    }
    const size_t n = strlen(a);

    if (n != strlen(b) || n == 0) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (complement(a[i]) == '\0' || complement(a[i]) != b[n - 1 - i]) {
            return 0;
        }
    }
    return 1;
}

int tq_alleles_palindromic(const char *effect, const char *other)
{
    return on_other_strand(effect, other);
}

tq_alleles tq_alleles_compare(const char *reference_effect, const char *reference_other,
                              const char *effect, const char *other)
{
    if (strcmp(reference_effect, effect) == 0 && strcmp(reference_other, other) == 0) {
        return TQ_ALLELES_SAME;
    }
    if (strcmp(reference_effect, other) == 0 && strcmp(reference_other, effect) == 0) {
        return TQ_ALLELES_FLIPPED;
    }
    if (on_other_strand(reference_effect, effect) && on_other_strand(reference_other, other)) {
        return TQ_ALLELES_STRAND;
    }
    if (on_other_strand(reference_effect, other) && on_other_strand(reference_other, effect)) {
        return TQ_ALLELES_STRAND_FLIPPED;
    }
    return TQ_ALLELES_OTHER;
}
