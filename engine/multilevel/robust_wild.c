/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cluster wild bootstrap by scores. With constrained residuals e0 and one number v_i for each cluster, a sample
 * y* = X beta0 + v_i e0_i changes the coefficients by  D = B sum v_i T_i'e0_i,  and the adjusted scores are
 * v_i U_i'e0_i - U_i'X_i D: no row is needed again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "core/splitmix.h"
#include "linalg/dense.h"
#include "multilevel/robust_internal.h"

enum { FEW = 10, CHUNK_TERMS = 200000, ENUMERATED = 30 };

/* Q of a sample that is the data again may differ from theirs by rounding. */
static const double TIE = 1e-9;

static const char *const names[TQ_WILD_COUNT] = {
    [TQ_WILD_AUTO] = "auto", [TQ_WILD_RADEMACHER] = "rademacher", [TQ_WILD_WEBB] = "webb"};

const char *tq_wild_name(tq_wild_weights w)
{
    return (unsigned)w < TQ_WILD_COUNT ? names[w] : NULL;
}

tq_wild_options tq_wild_defaults(void)
{
    return (tq_wild_options){.iterations = 1999, .seed = 1};
}

typedef struct {
    const tq_robust_parts *parts;
    size_t q, p, m;
    const double *C; /* [q x p] */
    double *s;       /* [m x p] T_i'e0_i */
    double *t;       /* [m x q] C B U_i'e0_i */
    double *H;       /* [m x q x p] C B U_i'X_i */
    double least;    /* Q that counts as as large as that of the data */
    tq_wild *out;
    uint64_t seed;
    double *room; /* [threads x each] */
    size_t each;
    uint64_t *count; /* [threads] */
} wild;

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- the hypothesis ---- */

/* out[q] = C x. */
static void combine(size_t q, size_t p, const double *C, const double *x, double *out)
{
    for (size_t s = 0; s < q; s++) {
        out[s] = 0.0;
        for (size_t a = 0; a < p; a++) {
            out[s] += C[s + a * q] * x[a];
        }
    }
}

/* CB[q x p] = C B. */
static void times_bread(const wild *w, double *CB)
{
    for (size_t a = 0; a < w->p; a++) {
        combine(w->q, w->p, w->C, w->parts->bread + a * w->p, CB + a * w->q);
    }
}

/* shift[p] = B C'(C B C')^-1 d: by how much the constraint moves the coefficients. room: [q x q + q]. */
static tq_status constrain(const wild *w, const double *CB, const double *d, double *shift,
                           double *room, tq_error *err)
{
    const size_t q = w->q, p = w->p;
    double *A = room, *x = room + q * q, logdet;

    for (size_t t = 0; t < q; t++) {
        for (size_t s = 0; s < q; s++) {
            A[s + t * q] = 0.0;
            for (size_t a = 0; a < p; a++) {
                A[s + t * q] += CB[s + a * q] * w->C[t + a * q];
            }
        }
    }
    const tq_status status = tq_invert_spd(q, A, &logdet, err);

    for (size_t s = 0; status == TQ_OK && s < q; s++) {
        x[s] = 0.0;
        for (size_t t = 0; t < q; t++) {
            x[s] += A[s + t * q] * d[t];
        }
    }
    for (size_t a = 0; status == TQ_OK && a < p; a++) {
        shift[a] = 0.0;
        for (size_t s = 0; s < q; s++) {
            shift[a] += CB[s + a * q] * x[s];
        }
    }
    return status;
}

/* Scores of the constrained residuals e + X shift. score: [p] scratch. */
static void constrain_scores(wild *w, const double *CB, const double *shift, double *score)
{
    const size_t q = w->q, p = w->p;

    for (size_t i = 0; i < w->m; i++) {
        const double *XU = w->parts->XU + i * p * p, *XT = w->parts->XT + i * p * p;

        for (size_t c = 0; c < p; c++) {
            w->s[i * p + c] = w->parts->raw[i * p + c];
            score[c] = w->parts->score[i * p + c];
            for (size_t a = 0; a < p; a++) {
                w->s[i * p + c] += XT[a + c * p] * shift[a];
                score[c] += XU[a + c * p] * shift[a];
            }
        }
        combine(q, p, CB, score, w->t + i * q);
        for (size_t a = 0; a < p; a++) {
            for (size_t s = 0; s < q; s++) {
                double sum = 0.0;

                for (size_t c = 0; c < p; c++) {
                    sum += CB[s + c * q] * XU[a + c * p];
                }
                w->H[i * q * p + s + a * q] = sum;
            }
        }
    }
}

/* ---- samples ---- */

/* The numbers of the clusters in sample `at`. All of Rademacher's: the bits of the number, the last cluster
   staying +1, since -v gives the Q of v. */
static void draw(const wild *w, uint64_t at, double *v)
{
    static const double webb[] = {-1.2247448713915890, -1.0, -0.70710678118654752,
                                  0.70710678118654752, 1.0,  1.2247448713915890};
    uint64_t stream = tq_splitmix_stream(w->seed, at), bits = 0;

    for (size_t i = 0; i < w->m; i++) {
        if (w->out->exact) {
            v[i] = i + 1 < w->m && ((at >> i) & 1) ? -1.0 : 1.0;
        } else if (w->out->weights == TQ_WILD_WEBB) {
            v[i] = webb[tq_splitmix_below(&stream, 6)];
        } else {
            bits = i % 64 == 0 ? tq_splitmix(&stream) : bits >> 1;
            v[i] = bits & 1 ? 1.0 : -1.0;
        }
    }
}

/* Q of the sample whose numbers are v. room: [2 p + 2 q + q q]. */
static double sample(const wild *w, const double *v, double *room)
{
    const size_t q = w->q, p = w->p;
    double *g = room, *D = g + p, *d = D + p, *h = d + q, *A = h + q, logdet;

    memset(g, 0, p * sizeof *g);
    memset(A, 0, q * q * sizeof *A);
    for (size_t i = 0; i < w->m; i++) {
        for (size_t c = 0; c < p; c++) {
            g[c] += v[i] * w->s[i * p + c];
        }
    }
    combine(p, p, w->parts->bread, g, D);
    combine(q, p, w->C, D, d);
    for (size_t i = 0; i < w->m; i++) {
        const double *H = w->H + i * q * p;

        for (size_t s = 0; s < q; s++) {
            h[s] = v[i] * w->t[i * q + s];
            for (size_t a = 0; a < p; a++) {
                h[s] -= H[s + a * q] * D[a];
            }
        }
        for (size_t t = 0; t < q; t++) {
            for (size_t s = 0; s < q; s++) {
                A[s + t * q] += h[s] * h[t];
            }
        }
    }
    if (tq_invert_spd(q, A, &logdet, NULL) != TQ_OK) {
        return INFINITY; /* no spread between clusters: nothing speaks against its being large */
    }
    return tq_bilinear(q, d, A, d) / w->parts->factor;
}

static void task(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    wild *w = context;
    double *v = w->room + thread * w->each;

    for (uint64_t at = begin; at < end; at++) {
        draw(w, at, v);
        w->count[thread] += sample(w, v, v + w->m) >= w->least;
    }
}

static tq_status run(wild *w, const tq_wild_options *opt, tq_error *err)
{
    const uint64_t n = w->out->exact ? w->out->iterations / 2 : w->out->iterations;
    const uint64_t chunk = 1 + CHUNK_TERMS / (w->m * w->p * w->q + 1);
    const size_t threads = tq_threads(opt->threads, n / chunk + 1);
    uint64_t count = 0;

    w->each = w->m + 2 * w->p + 2 * w->q + w->q * w->q;
    w->room = calloc(threads, w->each * sizeof *w->room);
    w->count = calloc(threads, sizeof *w->count);
    tq_status status = w->room && w->count ? TQ_OK : no_memory(err);

    if (status == TQ_OK) {
        status = tq_parallel(threads, n, chunk, task, w, opt->progress, err);
    }
    for (size_t t = 0; status == TQ_OK && t < threads; t++) {
        count += w->count[t];
    }
    if (status == TQ_OK) {
        w->out->pval =
            w->out->exact ? (double)count / (double)n : (1.0 + (double)count) / (1.0 + (double)n);
    }
    free(w->count);
    free(w->room);
    return status;
}

/* Which samples there are. */
static void plan(const tq_wild_options *opt, size_t m, tq_wild *out)
{
    out->weights = opt->weights != TQ_WILD_AUTO ? opt->weights
                   : m < FEW                    ? TQ_WILD_WEBB
                                                : TQ_WILD_RADEMACHER;
    out->iterations = opt->iterations;
    out->exact = out->weights == TQ_WILD_RADEMACHER && m <= ENUMERATED &&
                 ((size_t)1 << m) <= opt->iterations;
    if (out->exact) {
        out->iterations = (size_t)1 << m;
    }
}

static tq_status prepare(wild *w, const tq_robust *r, const double *rhs, double *room,
                         tq_error *err)
{
    const size_t q = w->q, p = w->p;
    double *CB = room, *d = CB + q * p, *shift = d + q, *score = shift + p, *rest = score + p;

    times_bread(w, CB);
    combine(q, p, w->C, r->beta, d);
    for (size_t s = 0; s < q; s++) {
        d[s] -= rhs ? rhs[s] : 0.0;
    }
    w->out->stat = robust_quadratic(q, p, w->C, r->vb, d, rest);
    w->least = w->out->stat * (1.0 - TIE);
    const tq_status status = constrain(w, CB, d, shift, rest, err);

    if (status == TQ_OK) {
        constrain_scores(w, CB, shift, score);
    }
    return status;
}

tq_status tq_robust_wild(const tq_robust *r, size_t q, const double *C, const double *rhs,
                         const tq_wild_options *opt, tq_wild *out, tq_error *err)
{
    const tq_wild_options defaults = tq_wild_defaults();
    const size_t p = r->p, m = r->m, n = q <= p ? q : 0;
    double *room = calloc(3 * n * p + 3 * n * n + 4 * n + 2 * p + 1, sizeof *room);
    double *own = calloc(m, (p + n + n * p + 1) * sizeof *own);
    tq_wild result = {.pval = NAN};
    wild w = {.parts = r->parts, .q = q, .p = p, .m = m, .C = C, .out = &result, .s = own};
    tq_status status = room && own ? robust_check(r, q, C, room, err) : no_memory(err);

    opt = opt ? opt : &defaults;
    if (status == TQ_OK && (opt->iterations < 1 || (unsigned)opt->weights >= TQ_WILD_COUNT)) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "a wild bootstrap needs one sample at least, and known weights");
    }
    if (status == TQ_OK) {
        w.t = own + m * p;
        w.H = own + m * (p + q);
        w.seed = opt->seed;
        plan(opt, m, &result);
        status = prepare(&w, r, rhs, room, err);
    }
    if (status == TQ_OK && !isnan(result.stat)) {
        status = run(&w, opt, err);
    }
    free(own);
    free(room);
    if (status == TQ_OK) {
        *out = result;
    }
    return status;
}
