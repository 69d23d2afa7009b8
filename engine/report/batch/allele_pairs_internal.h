/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file allele_pairs_internal.h  The two alleles of a row in 32 bits. */
#ifndef TQ_REPORT_BATCH_ALLELE_PAIRS_INTERNAL_H
#define TQ_REPORT_BATCH_ALLELE_PAIRS_INTERNAL_H

#include <stdint.h>
#include <threads.h>

#include "core/buffer.h"
#include "frame/stream/line_form.h"

/*
 * A pair of alleles of up to four letters of A C G T I D N - is a code of 30 bits: four letters of three bits
 * and a length each. Others are texts, whose place the code holds: of them two alike may have two codes.
 */
enum { PAIR_LETTERS = 4, PAIR_BITS = 15, PAIR_LENGTH = 12 };

#define PAIR_IS_TEXT UINT32_C(0x80000000)

/* Threads add to it; read when all is there. */
struct allele_texts {
    mtx_t lock;
    int has_lock;
    tq_buffer text;
};

/* The alleles in capitals, as texts; where they are short, in room. */
struct allele_pair {
    const char *effect, *other;
    char room[2][PAIR_LETTERS + 1];
};

extern const unsigned char
    allele_letters[128]; /* number of a letter + 1, small ones too; 0: it has none */

int allele_pair_of_many(struct allele_texts *texts, const tq_field *effect, const tq_field *other,
                        uint32_t *code);

static inline unsigned allele_letter(char c)
{
    return (unsigned char)c < 128 ? allele_letters[(unsigned char)c] : 0;
}

/* The code of a pair; 0: memory is short. */
static inline int allele_pair_code(struct allele_texts *texts, const tq_field *effect,
                                   const tq_field *other, uint32_t *code)
{
    if (effect->size == 1 && other->size == 1) {
        const unsigned a = allele_letter(*effect->at), b = allele_letter(*other->at);

        if (a > 0 && b > 0) {
            *code = ((b - 1) | 1U << PAIR_LENGTH) << PAIR_BITS | (a - 1) | 1U << PAIR_LENGTH;
            return 1;
        }
    }
    return allele_pair_of_many(texts, effect, other, code);
}

/* Whether both alleles of a pair are one letter, and which. */
int allele_pair_letters(uint32_t code, char *effect, char *other);

void allele_pair_read(const struct allele_texts *texts, uint32_t code, struct allele_pair *out);

#endif
