/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Robust covariance, degrees of freedom and tests of combinations, from what the clusters contribute. */
#include "multilevel/robust_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"

#define TYPE_ROW(id, name, text) [TQ_ROBUST_##id] = {name, text},
static const struct {
    const char *name, *text;
} types[] = {TQ_ROBUST_LIST(TYPE_ROW)};
#undef TYPE_ROW

const char *tq_robust_name(tq_robust_type type)
{
    return (unsigned)type < TQ_ROBUST_COUNT ? types[type].name : NULL;
}

const char *tq_robust_text(tq_robust_type type)
{
    return (unsigned)type < TQ_ROBUST_COUNT ? types[type].text : NULL;
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- memory ---- */

void tq_robust_free(tq_robust *r)
{
    if (r) {
        if (r->parts) {
            free(r->parts->own);
        }
        free(r->parts);
        free(r->beta);
        free(r);
    }
}

/* Overflow-checked: m of so many doubles each, and some more. */
static double *take(size_t m, size_t each, size_t more)
{
    return each > 0 && m > ((size_t)-1 / sizeof(double) - more) / each
               ? NULL
               : calloc(m * each + more + 1, sizeof(double));
}

static tq_robust_parts *new_parts(size_t p, size_t m, int phi)
{
    tq_robust_parts *parts = calloc(1, sizeof *parts);
    const size_t square = p * p, of_cluster = m * square;
    double *own = parts ? take(m, (phi ? 2 : 1) * p + (phi ? 4 : 1) * square, 2 * square) : NULL;

    if (!own) {
        free(parts);
        return NULL;
    }
    *parts = (tq_robust_parts){.p = p,
                               .m = m,
                               .factor = 1.0,
                               .bread = own,
                               .S = own + square,
                               .score = own + 2 * square,
                               .XU = own + 2 * square + m * p,
                               .own = own};
    parts->raw = parts->score;
    parts->XT = parts->XU;
    if (phi) {
        parts->TPU = parts->XU + of_cluster;
        parts->UPU = parts->XU + 2 * of_cluster;
        parts->XT = parts->XU + 3 * of_cluster;
        parts->raw = parts->XU + 4 * of_cluster;
    }
    return parts;
}

static tq_robust *new_robust(size_t p, size_t m, int phi)
{
    tq_robust *r = calloc(1, sizeof *r);
    double *own = r ? take(p, p + 7, 0) : NULL;

    if (own) {
        r->beta = own;
        r->se = own + p;
        r->stat = own + 2 * p;
        r->df = own + 3 * p;
        r->pval = own + 4 * p;
        r->ci_lb = own + 5 * p;
        r->ci_ub = own + 6 * p;
        r->vb = own + 7 * p;
        r->parts = new_parts(p, m, phi);
    }
    if (!own || !r->parts) {
        tq_robust_free(r);
        return NULL;
    }
    return r;
}

/* ---- covariance ---- */

void robust_covariance(const tq_robust_parts *parts, const double *score, double *half, double *V)
{
    const size_t p = parts->p;

    memset(half, 0, p * p * sizeof *half);
    for (size_t i = 0; i < parts->m; i++) {
        const double *s = score + i * p;

        for (size_t b = 0; b < p; b++) {
            for (size_t a = 0; a < p; a++) {
                half[a + b * p] += s[a] * s[b];
            }
        }
    }
    tq_multiply(p, parts->bread, half, V);
    tq_multiply(p, V, parts->bread, half);
    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            V[a + b * p] = 0.5 * parts->factor * (half[a + b * p] + half[b + a * p]);
        }
    }
}

/* ---- moments under the working model ---- */

/*
 * V = sum of P_i e_i e_i'P_i' with P_i = B U_i'(I - H)_i, so the entry (s, t) of C V C' is a quadratic form of e.
 * With G_ij^st = c_s'P_i Phi P_j'c_t, its expectation is the sum of G_ii^st, its variance that of G_ij^ss G_ij^tt
 * + G_ij^st G_ij^ts over i and j. Here
 *
 *     G_ij^st = [i = j] d_i^st + z_i^s'K z_j^t,  z_i^s = (X_i'U_i g_s, T_i'Phi_i U_i g_s),  g_s = B c_s,
 *     d_i^st = g_s'U_i'Phi_i U_i g_t,  K = (B S B, -B; -B, 0),
 *
 * which turns sums over pairs of clusters into sums over clusters: Pustejovsky & Tipton (2018), eqs. 10, 11.
 */
size_t robust_room(size_t p, size_t q)
{
    const size_t two = 2 * p;

    return p * q + 2 * p * q + two * two + q * q * two * two + 2 * q * q + two * q + 2 * two * two;
}

typedef struct {
    size_t p, q, two;
    double *g;      /* [p x q] */
    double *z;      /* [2p x q] of the cluster at hand */
    double *K;      /* [2p x 2p] */
    double *Z;      /* [2p x 2p] for each s, t: sum of z_i^s z_i^t' */
    double *d, *F;  /* [q x q] of the cluster */
    double *Kz;     /* [2p x q] */
    double *KZ, *A; /* [2p x 2p] */
} moments;

static moments lay_out(size_t p, size_t q, double *room)
{
    moments m = {.p = p, .q = q, .two = 2 * p};
    const size_t square = m.two * m.two;

    m.g = room;
    m.z = m.g + p * q;
    m.K = m.z + m.two * q;
    m.Z = m.K + square;
    m.d = m.Z + q * q * square;
    m.F = m.d + q * q;
    m.Kz = m.F + q * q;
    m.KZ = m.Kz + m.two * q;
    m.A = m.KZ + square;
    return m;
}

static void fill_K(const tq_robust_parts *parts, moments *m)
{
    const size_t p = m->p, two = m->two;
    const double *B = parts->bread;

    tq_multiply(p, B, parts->S, m->KZ);
    tq_multiply(p, m->KZ, B, m->A);
    memset(m->K, 0, two * two * sizeof *m->K);
    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            m->K[a + b * two] = 0.5 * (m->A[a + b * p] + m->A[b + a * p]);
            m->K[a + (b + p) * two] = m->K[a + p + b * two] = -B[a + b * p];
        }
    }
}

/* out[p x q] = M[p x p] g[p x q], columns of out `ld` apart. */
static void apply(size_t p, size_t q, const double *M, const double *g, size_t ld, double *out)
{
    for (size_t s = 0; s < q; s++) {
        for (size_t a = 0; a < p; a++) {
            double sum = 0.0;

            for (size_t c = 0; c < p; c++) {
                sum += M[a + c * p] * g[c + s * p];
            }
            out[a + s * ld] = sum;
        }
    }
}

/* z, K z, d and F = z'K z of cluster i. */
static void take_cluster(const tq_robust_parts *parts, size_t i, moments *m)
{
    const size_t p = m->p, q = m->q, two = m->two, at = i * p * p;

    apply(p, q, parts->XU + at, m->g, two, m->z);
    apply(p, q, parts->TPU + at, m->g, two, m->z + p);
    apply(two, q, m->K, m->z, two, m->Kz);
    for (size_t t = 0; t < q; t++) {
        for (size_t s = 0; s < q; s++) {
            double F = 0.0;

            for (size_t c = 0; c < two; c++) {
                F += m->z[c + s * two] * m->Kz[c + t * two];
            }
            m->F[s + t * q] = F;
            m->d[s + t * q] = tq_bilinear(p, m->g + s * p, parts->UPU + at, m->g + t * p);
        }
    }
}

/* Add cluster i: to the expectation, to Z, and what pairs i = j add to the sum of variances. */
static double add_cluster(moments *m, double *expectation)
{
    const size_t q = m->q, two = m->two;
    const double *d = m->d, *F = m->F;
    double sum = 0.0;

    for (size_t t = 0; t < q; t++) {
        for (size_t s = 0; s < q; s++) {
            const size_t st = s + t * q, ts = t + s * q, ss = s + s * q, tt = t + t * q;
            double *Z = m->Z + st * two * two;

            expectation[st] += d[st] + F[st];
            sum += d[ss] * d[tt] + d[ss] * F[tt] + F[ss] * d[tt];
            sum += d[st] * d[ts] + d[st] * F[ts] + F[st] * d[ts];
            for (size_t b = 0; b < two; b++) {
                for (size_t a = 0; a < two; a++) {
                    Z[a + b * two] += m->z[a + s * two] * m->z[b + t * two];
                }
            }
        }
    }
    return sum;
}

/* tr(K Z_st K Z_ts) + tr(K Z_ts K Z_ts), over all s and t: the sums over pairs of F F. */
static double add_pairs(moments *m)
{
    const size_t q = m->q, two = m->two, square = two * two;
    double sum = 0.0;

    for (size_t t = 0; t < q; t++) {
        for (size_t s = 0; s < q; s++) {
            const double *Zst = m->Z + (s + t * q) * square, *Zts = m->Z + (t + s * q) * square;

            tq_multiply(two, m->K, Zts, m->A);
            tq_multiply(two, m->K, Zst, m->KZ);
            for (size_t b = 0; b < two; b++) {
                for (size_t a = 0; a < two; a++) {
                    sum += (m->KZ[a + b * two] + m->A[a + b * two]) * m->A[b + a * two];
                }
            }
        }
    }
    return sum;
}

double robust_moments(const tq_robust_parts *parts, size_t q, const double *C, double *expectation,
                      double *room)
{
    const size_t p = parts->p;
    moments m = lay_out(p, q, room);
    double sum = 0.0;

    for (size_t s = 0; s < q; s++) {
        for (size_t a = 0; a < p; a++) {
            m.g[a + s * p] = 0.0;
            for (size_t c = 0; c < p; c++) {
                m.g[a + s * p] += parts->bread[a + c * p] * C[s + c * q];
            }
        }
    }
    fill_K(parts, &m);
    memset(m.Z, 0, q * q * m.two * m.two * sizeof *m.Z);
    memset(expectation, 0, q * q * sizeof *expectation);
    for (size_t i = 0; i < parts->m; i++) {
        take_cluster(parts, i, &m);
        sum += add_cluster(&m, expectation);
    }
    return sum + add_pairs(&m);
}

/* ---- coefficients ---- */

static double df_of(const tq_robust *r, const double *c, double *room)
{
    double expectation;

    if (r->type != TQ_ROBUST_CR2) {
        return r->m > r->p ? (double)(r->m - r->p) : (double)NAN;
    }
    const double variance = robust_moments(r->parts, 1, c, &expectation, room);

    return 2.0 * expectation * expectation / variance;
}

static void test_of(const tq_robust *r, double est, double rhs, double variance, double df,
                    tq_linear *out)
{
    static const double rounding = 1e-14; /* of an estimate from which no effect differs */

    *out = (tq_linear){est, sqrt(fmax(0.0, variance)), NAN, df, NAN, NAN, NAN};
    if (!(out->se > rounding * fabs(est))) {
        out->se = 0.0;
        return;
    }
    out->stat = (est - rhs) / out->se;
    if (df > 0.0) {
        const double half = tq_critical_value(r->level, df) * out->se;

        out->pval = tq_two_sided_p(out->stat, df);
        out->ci_lb = est - half;
        out->ci_ub = est + half;
    }
}

static tq_status fill_coefficients(tq_robust *r, tq_error *err)
{
    const size_t p = r->p;
    double *room = calloc(robust_room(p, 1) + p, sizeof *room);
    double *c = room;

    if (!room) {
        return no_memory(err);
    }
    for (size_t a = 0; a < p; a++) {
        tq_linear l;

        memset(c, 0, p * sizeof *c);
        c[a] = 1.0;
        test_of(r, r->beta[a], 0.0, r->vb[a + a * p], df_of(r, c, room + p), &l);
        r->se[a] = l.se;
        r->stat[a] = l.stat;
        r->df[a] = l.df;
        r->pval[a] = l.pval;
        r->ci_lb[a] = l.ci_lb;
        r->ci_ub[a] = l.ci_ub;
    }
    free(room);
    return TQ_OK;
}

static tq_status check(const tq_robust_problem *q, tq_robust_type type, tq_error *err)
{
    if ((unsigned)type >= TQ_ROBUST_COUNT || (type == TQ_ROBUST_CR2 && !q->Phi)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       (unsigned)type >= TQ_ROBUST_COUNT ? "unknown type of robust covariance"
                                                         : "CR2 needs a working model");
    }
    if (q->m < 2) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "one cluster: robust inference needs at least two, and some ten to be "
                       "worth much");
    }
    if (type == TQ_ROBUST_CR1P && q->m <= q->p) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "CR1p divides by clusters less coefficients: %zu - %zu; CR2 has no such limit", q->m,
            q->p);
    }
    if (type == TQ_ROBUST_CR1S && q->k <= q->p) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "CR1S divides by effects less coefficients: %zu - %zu", q->k, q->p);
    }
    return TQ_OK;
}

static double factor_of(const tq_robust_problem *q, tq_robust_type type)
{
    const double m = (double)q->m, p = (double)q->p, k = (double)q->k;

    switch (type) {
    case TQ_ROBUST_CR1:
        return m / (m - 1.0);
    case TQ_ROBUST_CR1P:
        return m / (m - p);
    case TQ_ROBUST_CR1S:
        return m * (k - 1.0) / ((m - 1.0) * (k - p));
    default:
        return 1.0;
    }
}

tq_status tq_robust_fit(const tq_robust_problem *problem, tq_robust_type type, double level,
                        size_t threads, tq_robust **out, tq_error *err)
{
    const size_t p = problem->p;
    tq_status status = check(problem, type, err);

    if (status != TQ_OK) {
        return status;
    }
    tq_robust *r = new_robust(p, problem->m, type == TQ_ROBUST_CR2);

    if (!r) {
        return no_memory(err);
    }
    r->type = type;
    r->k = problem->k;
    r->p = p;
    r->m = problem->m;
    r->level = level;
    memcpy(r->beta, problem->beta, p * sizeof *r->beta);
    memcpy(r->parts->own, problem->bread, p * p * sizeof *r->parts->own);
    r->parts->factor = factor_of(problem, type);
    status = robust_adjust(problem, type, threads, r->parts, &r->deficient, err);
    double *half = status == TQ_OK ? calloc(p * p + 1, sizeof *half) : NULL;

    if (half) {
        robust_covariance(r->parts, r->parts->score, half, r->vb);
        status = fill_coefficients(r, err);
    } else if (status == TQ_OK) {
        status = no_memory(err);
    }
    free(half);
    if (status != TQ_OK) {
        tq_robust_free(r);
        return status;
    }
    *out = r;
    return TQ_OK;
}

void tq_robust_linear(const tq_robust *r, const double *c, double rhs, tq_linear *out)
{
    const size_t p = r->p;
    double est = 0.0, *room = calloc(robust_room(p, 1) + 1, sizeof *room);

    for (size_t a = 0; a < p; a++) {
        est += c[a] * r->beta[a];
    }
    test_of(r, est, rhs, tq_bilinear(p, c, r->vb, c), room ? df_of(r, c, room) : (double)NAN, out);
    free(room);
}
