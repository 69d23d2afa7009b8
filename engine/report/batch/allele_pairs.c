/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alleles as codes, and as texts again. */
#include "report/batch/allele_pairs_internal.h"

#include <string.h>

enum { UNIT = 8 }; /* places of texts are counted in so many bytes */

static const char letters[] = "ACGTIDN-";

/* clang-format off */
const unsigned char allele_letters[128] = {
    ['A'] = 1, ['C'] = 2, ['G'] = 3, ['T'] = 4, ['I'] = 5, ['D'] = 6, ['N'] = 7, ['-'] = 8,
    ['a'] = 1, ['c'] = 2, ['g'] = 3, ['t'] = 4, ['i'] = 5, ['d'] = 6, ['n'] = 7};
/* clang-format on */

static char *put_capitals(char *to, const tq_field *field)
{
    for (size_t i = 0; i < field->size; i++) {
        const char c = field->at[i];

        *to++ = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    *to++ = '\0';
    return to;
}

static int keep_texts(struct allele_texts *texts, const tq_field *effect, const tq_field *other,
                      uint32_t *code)
{
    const size_t size = effect->size + other->size + 2, room = (size + UNIT - 1) / UNIT * UNIT;

    mtx_lock(&texts->lock);
    const size_t at = texts->text.size / UNIT;
    char *const text = at < PAIR_IS_TEXT ? tq_buffer_room(&texts->text, room) : NULL;

    if (text) {
        put_capitals(put_capitals(text, effect), other);
        texts->text.size += room;
        *code = PAIR_IS_TEXT | (uint32_t)at;
    }
    mtx_unlock(&texts->lock);
    return text != NULL;
}

/* 15 bits, or more where the allele has no such code. */
static uint32_t short_code(const tq_field *allele)
{
    uint32_t code = 0;

    if (allele->size > PAIR_LETTERS) {
        return PAIR_IS_TEXT;
    }
    for (size_t i = allele->size; i-- > 0;) {
        const unsigned letter = allele_letter(allele->at[i]);

        if (letter == 0) {
            return PAIR_IS_TEXT;
        }
        code = code << 3 | (letter - 1);
    }
    return code | (uint32_t)allele->size << PAIR_LENGTH;
}

int allele_pair_of_many(struct allele_texts *texts, const tq_field *effect, const tq_field *other,
                        uint32_t *code)
{
    const uint32_t a = short_code(effect), b = short_code(other);

    if ((a | b) & PAIR_IS_TEXT) {
        return keep_texts(texts, effect, other, code);
    }
    *code = b << PAIR_BITS | a;
    return 1;
}

int allele_pair_letters(uint32_t code, char *effect, char *other)
{
    const uint32_t one = UINT32_C(1) << PAIR_LENGTH, both = one << PAIR_BITS | one;

    *effect = letters[code & 7];
    *other = letters[code >> PAIR_BITS & 7];
    return (code & ~(7U << PAIR_BITS | 7U)) == both;
}

static const char *write_short(uint32_t code, char room[static PAIR_LETTERS + 1])
{
    const uint32_t length = code >> PAIR_LENGTH & 7;

    for (uint32_t i = 0; i < length; i++) {
        room[i] = letters[code >> 3 * i & 7];
    }
    room[length] = '\0';
    return room;
}

void allele_pair_read(const struct allele_texts *texts, uint32_t code, struct allele_pair *out)
{
    if (code & PAIR_IS_TEXT) {
        out->effect = texts->text.data + (size_t)(code & ~PAIR_IS_TEXT) * UNIT;
        out->other = out->effect + strlen(out->effect) + 1;
        return;
    }
    out->effect = write_short(code, out->room[0]);
    out->other = write_short(code >> PAIR_BITS, out->room[1]);
}
