/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Quantiles of many models. Up to TQ_GOSH_EXACT the values are kept and sorted; for more they are counted
 * in bins of equal width over the range they can have, so that memory does not grow. Counts do not
 * depend on the order in which models come.
 */
#include "diagnostics/gosh_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ESTIMATE, I2, VALUES };
enum { MIDDLE = 2 }; /* order statistics that a median is the mean of */

/* A value, and the model that it is of. */
typedef struct {
    double x;
    uint32_t model;
} place;

typedef struct {
    double lo, hi, least, most;
    uint64_t n;
    uint32_t *count; /* [BINS] of all models */
    uint32_t *with;  /* [k x BINS] of those that have study i */
} bins;

struct gosh_tally {
    size_t k, words;
    int exact;
    size_t kept;           /* models */
    uint64_t *member;      /* [n x words] */
    double *value[VALUES]; /* [n] */
    place *sorted;         /* [n] */
    bins of[VALUES];
};

gosh_tally *gosh_tally_new(size_t k, uint64_t n, double lo, double hi)
{
    gosh_tally *t = calloc(1, sizeof *t);
    int whole = 1;

    if (!t) {
        return NULL;
    }
    t->k = k;
    t->words = (k + 63) / 64;
    t->exact = n <= TQ_GOSH_EXACT;
    if (t->exact) {
        t->member = calloc(t->words, (size_t)n * sizeof *t->member);
        t->sorted = calloc((size_t)n, sizeof *t->sorted);
        whole = t->member && t->sorted;
    }
    for (size_t v = 0; whole && v < VALUES; v++) {
        t->of[v] =
            (bins){v == I2 ? 0.0 : lo, v == I2 ? 100.0 : hi, INFINITY, -INFINITY, 0, NULL, NULL};
        if (t->exact) {
            t->value[v] = calloc((size_t)n, sizeof *t->value[v]);
            whole = t->value[v] != NULL;
        } else {
            t->of[v].count = calloc(TQ_GOSH_BINS, sizeof(uint32_t));
            t->of[v].with = calloc(k, TQ_GOSH_BINS * sizeof(uint32_t));
            whole = t->of[v].count && t->of[v].with;
        }
    }
    if (!whole) {
        gosh_tally_free(t);
        return NULL;
    }
    return t;
}

void gosh_tally_free(gosh_tally *t)
{
    if (t) {
        free(t->member);
        free(t->sorted);
        for (size_t v = 0; v < VALUES; v++) {
            free(t->value[v]);
            free(t->of[v].count);
            free(t->of[v].with);
        }
        free(t);
    }
}

/* ---- counting ---- */

/* Where of n cells from lo to hi; those outside into the outer ones. */
static size_t cell_of(double x, double lo, double hi, size_t n)
{
    const double at = (x - lo) / (hi - lo) * (double)n;

    return at >= (double)(n - 1) ? n - 1 : at > 0.0 ? (size_t)at : 0;
}

static void add_to_bins(bins *b, double x, const uint64_t *member, size_t words)
{
    if (!isfinite(x)) {
        return;
    }
    const size_t at = cell_of(x, b->lo, b->hi, TQ_GOSH_BINS);

    b->n++;
    b->count[at]++;
    b->least = fmin(b->least, x);
    b->most = fmax(b->most, x);
    for (size_t w = 0; w < words; w++) {
        size_t i = w * 64;

        for (uint64_t bits = member[w]; bits; bits >>= 1, i++) {
            if (bits & 1) {
                b->with[i * TQ_GOSH_BINS + at]++;
            }
        }
    }
}

static void add_to_picture(const tq_gosh_stretch *s, size_t j, tq_gosh *out)
{
    const tq_gosh_model *m = &s->model[j];

    if (!isfinite(m->estimate) || !isfinite(m->I2)) {
        return;
    }
    const size_t at = cell_of(m->estimate, out->lo, out->hi, TQ_GOSH_GRID_X) +
                      TQ_GOSH_GRID_X * cell_of(m->I2, 0.0, 100.0, TQ_GOSH_GRID_Y);

    out->cell[at]++;
    for (size_t i = 0; i < out->k; i++) {
        out->cell_with[i * TQ_GOSH_CELLS + at] += (uint32_t)tq_gosh_member(s, j, i);
    }
}

void gosh_tally_add(gosh_tally *t, const tq_gosh_stretch *s, tq_gosh *out)
{
    for (size_t j = 0; j < s->n; j++) {
        const double x[VALUES] = {s->model[j].estimate, s->model[j].I2};
        const uint64_t *member = s->member + j * s->words;

        if (t->exact) {
            memcpy(t->member + t->kept * t->words, member, t->words * sizeof *member);
        }
        for (size_t v = 0; v < VALUES; v++) {
            if (t->exact) {
                t->value[v][t->kept] = x[v];
            } else {
                add_to_bins(&t->of[v], x[v], member, t->words);
            }
        }
        add_to_picture(s, j, out);
        t->kept++;
    }
}

/* ---- what is asked of either ---- */

/* Quantile of n ordered values at share p: between the values ranked [0] and [1], how far. */
static double ranks(uint64_t n, double p, uint64_t rank[MIDDLE])
{
    const double h = p * (double)(n - 1), below = floor(h);

    rank[0] = (uint64_t)below;
    rank[1] = rank[0] + 1 < n ? rank[0] + 1 : n - 1;
    return h - below;
}

static double between(double lo, double hi, double part)
{
    return lo == hi ? lo : lo + part * (hi - lo);
}

/* ---- sorted values ---- */

static int by_value(const void *a, const void *b)
{
    const place *p = a, *q = b;

    return p->x < q->x ? -1 : p->x > q->x ? 1 : p->model < q->model ? -1 : p->model > q->model;
}

static size_t sort(gosh_tally *t, const double *value)
{
    size_t n = 0;

    for (size_t j = 0; j < t->kept; j++) {
        if (isfinite(value[j])) {
            t->sorted[n++] = (place){value[j], (uint32_t)j};
        }
    }
    qsort(t->sorted, n, sizeof *t->sorted, by_value);
    return n;
}

/* The two middle values of models that have a study, or lack it, as they come in their order. */
typedef struct {
    uint64_t n, seen, rank[MIDDLE];
    double part, found[MIDDLE];
} half;

static void half_begin(half *h)
{
    h->seen = 0;
    h->found[0] = h->found[1] = NAN;
    h->part = h->n > 0 ? ranks(h->n, 0.5, h->rank) : 0.0;
}

static void half_next(half *h, double x)
{
    if (h->seen == h->rank[0] || h->seen == h->rank[1]) { /* seldom */
        h->found[0] = h->seen == h->rank[0] ? x : h->found[0];
        h->found[1] = h->seen == h->rank[1] ? x : h->found[1];
    }
    h->seen++;
}

static const uint64_t *member_at(const gosh_tally *t, size_t j)
{
    return t->member + (size_t)t->sorted[j].model * t->words;
}

/* by[2 x k]: of study i, the models without it, then those with it. */
static void sorted_medians(const gosh_tally *t, size_t n, half *by)
{
    memset(by, 0, 2 * t->k * sizeof *by);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < t->k; i++) {
            by[2 * i + (member_at(t, j)[i / 64] >> (i % 64) & 1)].n++;
        }
    }
    for (size_t i = 0; i < 2 * t->k; i++) {
        half_begin(&by[i]);
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < t->k; i++) {
            half_next(&by[2 * i + (member_at(t, j)[i / 64] >> (i % 64) & 1)], t->sorted[j].x);
        }
    }
}

static void keep_medians(size_t v, tq_gosh_study *s, uint64_t n_with, uint64_t n_without,
                         double with, double without)
{
    if (v == ESTIMATE) {
        *s = (tq_gosh_study){n_with, n_without, with, without, NAN, NAN};
    } else {
        s->I2_with = with;
        s->I2_without = without;
    }
}

static void from_values(gosh_tally *t, size_t v, half *by, double *quantile, tq_gosh *out)
{
    const size_t n = sort(t, t->value[v]);

    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        uint64_t rank[MIDDLE];
        const double part = n > 0 ? ranks(n, tq_gosh_probability(q) / 100.0, rank) : 0.0;

        quantile[q] =
            n > 0 ? between(t->sorted[rank[0]].x, t->sorted[rank[1]].x, part) : (double)NAN;
    }
    sorted_medians(t, n, by);
    for (size_t i = 0; i < t->k; i++) {
        const half *without = &by[2 * i], *with = without + 1;

        keep_medians(v, &out->study[i], with->n, without->n,
                     between(with->found[0], with->found[1], with->part),
                     between(without->found[0], without->found[1], without->part));
    }
}

/* ---- bins ---- */

/* The value ranked r among those counted, taken to lie evenly in their bin. */
static double ranked(const bins *b, const uint32_t *count, uint64_t r)
{
    const double width = (b->hi - b->lo) / TQ_GOSH_BINS;
    uint64_t before = 0;
    size_t at = 0;

    while (at < TQ_GOSH_BINS - 1 && before + count[at] <= r) {
        before += count[at++];
    }
    const double inside = ((double)(r - before) + 0.5) / (double)count[at];

    return fmin(fmax(b->lo + ((double)at + inside) * width, b->least), b->most);
}

static double binned_quantile(const bins *b, const uint32_t *count, uint64_t n, double p)
{
    uint64_t rank[MIDDLE];

    if (n == 0) {
        return NAN;
    }
    const double part = ranks(n, p, rank);

    return between(ranked(b, count, rank[0]), ranked(b, count, rank[1]), part);
}

static uint64_t total(const uint32_t *count)
{
    uint64_t n = 0;

    for (size_t at = 0; at < TQ_GOSH_BINS; at++) {
        n += count[at];
    }
    return n;
}

static void from_bins(const bins *b, size_t v, uint32_t *rest, double *quantile, tq_gosh *out)
{
    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        quantile[q] = binned_quantile(b, b->count, b->n, tq_gosh_probability(q) / 100.0);
    }
    if (b->n > 0) {
        quantile[0] = b->least;
        quantile[TQ_GOSH_QUANTILES - 1] = b->most;
    }
    for (size_t i = 0; i < out->k; i++) {
        const uint32_t *with = b->with + i * TQ_GOSH_BINS;
        const uint64_t n = total(with);

        for (size_t at = 0; at < TQ_GOSH_BINS; at++) {
            rest[at] = b->count[at] - with[at];
        }
        keep_medians(v, &out->study[i], n, b->n - n, binned_quantile(b, with, n, 0.5),
                     binned_quantile(b, rest, b->n - n, 0.5));
    }
}

tq_status gosh_tally_summarise(gosh_tally *t, tq_gosh *out, tq_error *err)
{
    uint32_t *rest = t->exact ? NULL : calloc(TQ_GOSH_BINS, sizeof *rest);
    half *by = t->exact ? calloc(t->k, 2 * sizeof *by) : NULL;
    double *const quantile[VALUES] = {out->estimate, out->I2};
    const int whole = rest || by;

    out->exact = t->exact;
    out->resolution = t->exact ? 0.0 : (t->of[ESTIMATE].hi - t->of[ESTIMATE].lo) / TQ_GOSH_BINS;
    for (size_t v = 0; whole && v < VALUES; v++) {
        if (t->exact) {
            from_values(t, v, by, quantile[v], out);
        } else {
            from_bins(&t->of[v], v, rest, quantile[v], out);
        }
    }
    free(rest);
    free(by);
    return whole ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}
