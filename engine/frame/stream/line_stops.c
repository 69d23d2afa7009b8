/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Separators and newlines, 64 bytes at a time: a bit for each byte, and then the places of the bits. With
 * AVX-512 the places of a block come at once, else one after the other.
 */
#include "frame/stream/line_stops_internal.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static char other_separator(char separator)
{
    return separator == ' ' ? '\t' : separator;
}

#ifdef __SSE2__
void stops_look(const char *p, char separator, uint64_t *stops, uint64_t *newlines)
{
    const __m128i newline = _mm_set1_epi8('\n'), divide = _mm_set1_epi8(separator);
    const __m128i other = _mm_set1_epi8(other_separator(separator));
    uint64_t s = 0, n = 0;

    for (int i = 0; i < 4; i++) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        const __m128i is_newline = _mm_cmpeq_epi8(bytes, newline);
        const __m128i is_stop = _mm_or_si128(
            is_newline, _mm_or_si128(_mm_cmpeq_epi8(bytes, divide), _mm_cmpeq_epi8(bytes, other)));

        s |= (uint64_t)(unsigned)_mm_movemask_epi8(is_stop) << 16 * i;
        n |= (uint64_t)(unsigned)_mm_movemask_epi8(is_newline) << 16 * i;
    }
    *stops = s;
    *newlines = n;
}
#else
void stops_look(const char *p, char separator, uint64_t *stops, uint64_t *newlines)
{
    const char other = other_separator(separator);
    uint64_t s = 0, n = 0;

    for (int i = 0; i < STOPS_BLOCK; i++) {
        n |= (uint64_t)(p[i] == '\n') << i;
        s |= (uint64_t)(p[i] == separator || p[i] == other || p[i] == '\n') << i;
    }
    *stops = s;
    *newlines = n;
}
#endif

static void finish(tq_line_stops *s, const uint16_t *stop, const uint16_t *end, uint64_t runs)
{
    s->stop[0] = UINT16_MAX; /* -1: the newline before the first line */
    s->n_stops = (size_t)(stop - s->stop);
    s->n_ends = (size_t)(end - s->end);
    s->next_stop = s->next_end = 0;
    s->runs = runs != 0;
}

/* ---- one after the other ---- */

static uint16_t *put_places(uint16_t *to, uint64_t bits, size_t base)
{
    for (; bits; bits &= bits - 1) {
        *to++ = (uint16_t)(base + (size_t)__builtin_ctzll(bits));
    }
    return to;
}

static void fill_plain(tq_line_stops *s, const char *text, size_t size, char separator)
{
    uint16_t *stop = s->stop + 1, *end = s->end;
    uint64_t before = 1, runs = 0;

    size = size < TQ_STOPS_STRETCH ? size : TQ_STOPS_STRETCH;
    for (size_t base = 0; base < size; base += STOPS_BLOCK) {
        uint64_t stops, newlines;

        stops_look(text + base, separator, &stops, &newlines);
        runs |= stops & (stops << 1 | before);
        before = stops >> 63;
        stop = put_places(stop, stops, base);
        end = put_places(end, newlines, base);
    }
    finish(s, stop, end, runs);
}

/* ---- a block at once ---- */

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WITH_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")))

/* The places of the bits among those of iota, counted from base; returns how many. */
WITH_AVX512 static size_t put_block(uint16_t *to, uint64_t bits, __m512i iota, size_t base)
{
    const __m512i places = _mm512_maskz_compress_epi8(bits, iota);
    const __m512i from = _mm512_set1_epi16((short)base);
    const size_t n = (size_t)__builtin_popcountll(bits);

    _mm512_storeu_si512(
        to, _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(places)), from));
    if (n > 32) {
        const __m256i upper = _mm512_extracti64x4_epi64(places, 1);

        _mm512_storeu_si512(to + 32, _mm512_add_epi16(_mm512_cvtepu8_epi16(upper), from));
    }
    return n;
}

WITH_AVX512 static void fill_avx512(tq_line_stops *s, const char *text, size_t size, char separator)
{
    char numbers[STOPS_BLOCK];
    uint16_t *stop = s->stop + 1, *end = s->end;
    uint64_t before = 1, runs = 0;

    for (int i = 0; i < STOPS_BLOCK; i++) {
        numbers[i] = (char)i;
    }
    const __m512i iota = _mm512_loadu_si512(numbers), newline = _mm512_set1_epi8('\n'),
                  divide = _mm512_set1_epi8(separator),
                  other = _mm512_set1_epi8(other_separator(separator));

    size = size < TQ_STOPS_STRETCH ? size : TQ_STOPS_STRETCH;
    for (size_t base = 0; base < size; base += STOPS_BLOCK) {
        const __m512i bytes = _mm512_loadu_si512(text + base);
        const uint64_t newlines = _mm512_cmpeq_epi8_mask(bytes, newline);
        const uint64_t stops =
            newlines | _mm512_cmpeq_epi8_mask(bytes, divide) | _mm512_cmpeq_epi8_mask(bytes, other);

        runs |= stops & (stops << 1 | before);
        before = stops >> 63;
        stop += put_block(stop, stops, iota, base);
        end += put_block(end, newlines, iota, base);
    }
    finish(s, stop, end, runs);
}

#endif

stops_fill_fn *stops_fill_way(size_t i)
{
#if defined(WITH_AVX512)
    if (__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl")) {
        return i == 0 ? fill_avx512 : i == 1 ? fill_plain : NULL;
    }
#endif
    return i == 0 ? fill_plain : NULL;
}
