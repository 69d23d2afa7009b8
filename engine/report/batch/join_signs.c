/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The alleles of a key's rows, put the same way round. */
#include <math.h>
#include <stdio.h>

#include "batch/alleles.h"
#include "report/batch/batch_join_internal.h"

/* A key at work. */
struct key_work {
    const struct join_run *run;
    const struct key_place *key;
    struct allele_counts *counts;
    uint32_t alleles; /* of the reference */
    double reference_freq;
    int palindromic;
};

static void list_mismatch(struct key_work *k, size_t c, const char *effect, const char *other)
{
    struct allele_pair reference;
    struct allele_counts *const counts = k->counts;

    counts->of_cohort[c][ALLELE_MISMATCHED]++;
    if (counts->n_mismatches == TQ_MISMATCHES_SHOWN) {
        return;
    }
    tq_mismatch *const m = &counts->mismatch[counts->n_mismatches++];

    m->place = k->key->first;

    const struct chain_key *const key = key_chain_key(&k->run->keys, k->key->number);
    const tq_field field = {key->text, key->size};
    char shown[48];

    tq_copy_text(m->key, sizeof m->key, shown_field(&field, shown));
    allele_pair_read(&k->run->alleles, k->alleles, &reference);
    snprintf(m->detail, sizeof m->detail, "%.12s/%.12s in %.40s, %.12s/%.12s before", effect, other,
             k->run->summary->file[c].path, reference.effect, reference.other);
}

/* 1: as the reference; -1: turned around; 0: left out. *freq may turn with it. */
static int palindromic_sign(struct key_work *k, size_t c, int sign, double freq)
{
    const tq_batch_join *const in = k->run->in;
    const double least = in->freq_margin, mine = sign < 0 ? 1.0 - freq : freq;

    if (in->palindromic == TQ_PALINDROMIC_KEEP) {
        return sign;
    }
    if (in->palindromic == TQ_PALINDROMIC_DROP || !(fabs(mine - 0.5) >= least) ||
        !(fabs(k->reference_freq - 0.5) >= least)) {
        k->counts->of_cohort[c][ALLELE_PALINDROMIC]++;
        return 0;
    }
    if ((mine < 0.5) == (k->reference_freq < 0.5)) {
        return sign;
    }
    k->counts->of_cohort[c][ALLELE_STRAND]++;
    return -sign;
}

static int has_alleles(const struct join_run *run, size_t c)
{
    return run->cohort[c].columns.place[ROLE_EFFECT_ALLELE] != NO_PLACE;
}

/* The same where alleles differ from the reference's, or may do so. */
static int compared_sign(struct key_work *k, size_t c, uint32_t alleles, double freq)
{
    struct allele_pair mine, reference;

    allele_pair_read(&k->run->alleles, alleles, &mine);
    allele_pair_read(&k->run->alleles, k->alleles, &reference);
    const tq_alleles how =
        tq_alleles_compare(reference.effect, reference.other, mine.effect, mine.other);
    const int turned = how == TQ_ALLELES_FLIPPED || how == TQ_ALLELES_STRAND_FLIPPED;

    if (how == TQ_ALLELES_OTHER) {
        list_mismatch(k, c, mine.effect, mine.other);
        return 0;
    }
    const int sign =
        k->palindromic ? palindromic_sign(k, c, turned ? -1 : 1, freq) : (turned ? -1 : 1);

    k->counts->of_cohort[c][ALLELE_FLIPPED] += sign < 0;
    k->counts->of_cohort[c][ALLELE_STRAND] +=
        !k->palindromic && (how == TQ_ALLELES_STRAND || how == TQ_ALLELES_STRAND_FLIPPED);
    return sign;
}

/* The first cohort makes the reference. */
static int sign_of(struct key_work *k, size_t c, const union word *cell, int is_first)
{
    const struct cell_form *const form = &k->run->form;
    const uint32_t alleles = (uint32_t)cell[CELL_HEAD].bits;
    const double freq = form->freq ? cell[form->freq].number : (double)NAN;

    if (is_first) {
        struct allele_pair pair;

        allele_pair_read(&k->run->alleles, alleles, &pair);
        k->alleles = alleles;
        k->reference_freq = freq;
        k->palindromic = tq_alleles_palindromic(pair.effect, pair.other);
        return k->palindromic ? palindromic_sign(k, c, 1, freq) : 1;
    }
    return alleles == k->alleles && !k->palindromic && !(alleles & PAIR_IS_TEXT)
               ? 1
               : compared_sign(k, c, alleles, freq);
}

uint32_t join_signs(const struct join_run *run, const struct key_place *key,
                    struct allele_counts *counts, const union word **cell, int *sign)
{
    const struct chain_block *const block = key_chain_block(&run->keys, key->number);
    struct key_work k = {.run = run, .key = key, .counts = counts};
    int is_first = 1;

    for (size_t c = 0; c < run->in->n_cohorts; c++) {
        cell[c] = join_cell(run, block, key->number, c);
        sign[c] = cell[c] != NULL;
        if (cell[c] && run->form.alleles && has_alleles(run, c)) {
            sign[c] = sign_of(&k, c, cell[c], is_first);
            is_first = 0;
        }
    }
    return k.alleles;
}
