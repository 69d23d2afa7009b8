/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The floor under whatever reads tables of text: the bytes of files read, and every line divided into all
 * of its fields. Nothing is made of a field, no number is read, no line is checked.
 */
#include "tokenise.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/parallel.h"

enum { PIECE = 1 << 18, BLOCK = 64, FIELDS = 256 };

struct place {
    uint32_t begin, size;
};

struct reader {
    char *text; /* [2 PIECE + BLOCK] */
    struct place field[FIELDS];
    uint64_t bytes, lines, fields, sizes; /* sizes: that of every field is looked at */
    int failed;
};

struct floor_run {
    char *const *file;
    struct reader *reader;
};

/* Bits where 64 bytes hold a blank, a tab, a comma or a newline; of newlines alone. */
static uint64_t look(const char *p, uint64_t *newlines)
{
    uint64_t stops = 0, ends = 0;

#ifdef __SSE2__
    for (int i = 0; i < 4; i++) {
        const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        const __m128i end = _mm_cmpeq_epi8(x, _mm_set1_epi8('\n'));
        const __m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')),
                                                       _mm_cmpeq_epi8(x, _mm_set1_epi8('\t'))),
                                          _mm_cmpeq_epi8(x, _mm_set1_epi8(',')));

        ends |= (uint64_t)(unsigned)_mm_movemask_epi8(end) << 16 * i;
        stops |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(stop, end)) << 16 * i;
    }
#else
    for (int i = 0; i < BLOCK; i++) {
        ends |= (uint64_t)(p[i] == '\n') << i;
        stops |= (uint64_t)(p[i] == ' ' || p[i] == '\t' || p[i] == ',' || p[i] == '\n') << i;
    }
#endif
    *newlines = ends;
    return stops;
}

/* The whole lines of text[size]; how many bytes they are. */
static size_t divide(struct reader *r, size_t size)
{
    size_t begin = 0, done = 0, n = 0;

    memset(r->text + size, 0, BLOCK);
    for (size_t block = 0; block < size; block += BLOCK) {
        uint64_t newlines, stops = look(r->text + block, &newlines);

        for (; stops; stops &= stops - 1) {
            const int bit = __builtin_ctzll(stops);
            const size_t end = block + (size_t)bit;

            r->field[n] = (struct place){(uint32_t)begin, (uint32_t)(end - begin)};
            n += n + 1 < FIELDS;
            begin = end + 1;
            if (newlines >> bit & 1) {
                r->lines++;
                r->fields += n;
                r->sizes += r->field[n - 1].size;
                n = 0;
                done = begin;
            }
        }
    }
    return done;
}

static int read_file(struct reader *r, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t held = 0;
    ssize_t n = -1;

    while (fd >= 0 && held <= PIECE && (n = read(fd, r->text + held, PIECE)) > 0) {
        held += (size_t)n;
        r->bytes += (size_t)n;

        const size_t done = divide(r, held);

        held -= done;
        memmove(r->text, r->text + done, held);
    }
    if (fd >= 0) {
        close(fd);
    }
    return n == 0;
}

static void read_some(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const struct floor_run *const run = context;
    struct reader *const r = &run->reader[thread];

    for (uint64_t i = begin; i < end; i++) {
        r->failed |= !r->text || !read_file(r, run->file[i]);
    }
}

static double now_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int tokenise_files(size_t threads, size_t n, char *const *file)
{
    struct reader *reader = calloc(threads, sizeof *reader), sum = {.failed = !reader};
    struct floor_run run = {file, reader};
    const double begin = now_of(CLOCK_MONOTONIC), work = now_of(CLOCK_PROCESS_CPUTIME_ID);

    for (size_t i = 0; reader && i < threads; i++) {
        reader[i].text = malloc(2 * (size_t)PIECE + BLOCK);
    }
    sum.failed |= !reader || tq_parallel(threads, n, 1, read_some, &run, NULL, NULL) != TQ_OK;
    for (size_t i = 0; reader && i < threads; i++) {
        sum.bytes += reader[i].bytes;
        sum.lines += reader[i].lines;
        sum.fields += reader[i].fields;
        sum.sizes += reader[i].sizes;
        sum.failed |= reader[i].failed;
        free(reader[i].text);
    }
    printf("{\"seconds\": %.9g, \"processor_seconds\": %.9g, \"items\": %llu, \"lines\": %llu, "
           "\"fields\": %llu, \"last_fields\": %llu}\n",
           now_of(CLOCK_MONOTONIC) - begin, now_of(CLOCK_PROCESS_CPUTIME_ID) - work,
           (unsigned long long)sum.bytes, (unsigned long long)sum.lines,
           (unsigned long long)sum.fields, (unsigned long long)sum.sizes);
    free(reader);
    return !sum.failed;
}
