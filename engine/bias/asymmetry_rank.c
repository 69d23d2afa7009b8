/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rank correlations of standardised effects with their variances. */
#include <math.h>

#include "bias/asymmetry_internal.h"
#include "bias/kendall_internal.h"

static tq_status correlate(bias_room *room, size_t n, tq_bias_result *out, tq_error *err)
{
    kendall got;
    const tq_status status = kendall_test(n, room->y, room->v, &got, err);

    if (status != TQ_OK) {
        return status;
    }
    if (isnan(got.tau)) {
        return bias_cannot(out, "the variances, or the effects, are the same in all studies");
    }
    out->tau = got.tau;
    out->stat = got.z;
    out->pval = got.pval;
    out->exact = got.exact;
    return TQ_OK;
}

/* The effects' distances from their inverse-variance mean, in standard errors of these: var(yi - mu) =
   vi - 1 / sum 1/vi. */
tq_status bias_begg(bias_room *room, tq_bias_result *out, tq_error *err)
{
    const tq_model *m = &room->s->model;
    tq_error inner = {0};
    double lo = m->yi[0], hi = m->yi[0], heaviest = m->vi[0];

    if (bias_has_moderators(room, out)) {
        return TQ_OK;
    }
    if (m->k < 2) {
        return bias_cannot(out, "1 study: it needs at least 2");
    }
    for (size_t i = 0; i < m->k; i++) {
        lo = fmin(lo, m->yi[i]);
        hi = fmax(hi, m->yi[i]);
        heaviest = fmin(heaviest, m->vi[i]);
    }
    if (lo == hi) { /* else rounding would rank them */
        return bias_cannot(out, "the effects are the same in all studies");
    }
    const tq_pool_options kept = room->opt;

    room->opt.method = TQ_EE;
    room->opt.test = TQ_TEST_Z;
    room->opt.tau2 = NAN;
    room->opt.weights = NULL;
    room->opt.weighted = 1;
    const tq_status status = bias_mean(room, &inner);

    room->opt = kept;
    if (status != TQ_OK) {
        return bias_failed(out, status, &inner, err);
    }
    const double mu = room->fit->beta[0];
    double sum = 0.0;

    for (size_t i = 0; i < m->k; i++) {
        sum += heaviest / m->vi[i];
    }
    for (size_t i = 0; i < m->k; i++) {
        /* vi - 1 / sum 1/vj in a form that does not cancel for the heaviest study */
        const double own = heaviest / m->vi[i];

        room->y[i] = (m->yi[i] - mu) / sqrt(m->vi[i] * ((sum - own) / sum));
        room->v[i] = m->vi[i];
    }
    return correlate(room, m->k, out, err);
}

/* ---- counts ---- */

typedef struct {
    double a, n1, n2, m;
} margins;

/* P(x + 1) / P(x) of events in group 1, given the margins and odds ratio psi. */
static double next(const margins *t, double psi, double x)
{
    return psi * (t->n1 - x) / (x + 1.0) * ((t->m - x) / (t->n2 - t->m + x + 1.0));
}

/* Mean and variance of the noncentral hypergeometric distribution: its terms from a value near the mode
   outwards until they vanish. */
static void moments(const margins *t, double psi, double *mean, double *variance)
{
    const double lo = fmax(0.0, t->m - t->n2), hi = fmin(t->n1, t->m);
    const double B = t->n2 - t->m + psi * (t->n1 + t->m), C = psi * t->n1 * t->m;
    const double root = sqrt(fmax(0.0, B * B + 4.0 * (1.0 - psi) * C));
    const double guess = B >= 0.0 ? 2.0 * C / (B + root) : (root - B) / (2.0 * (1.0 - psi));
    const double start = fmin(hi, fmax(lo, floor(guess)));
    double s0 = 1.0, s1 = 0.0, s2 = 0.0, term = 1.0;

    for (double x = start; x < hi && term > 1e-18 * s0; x += 1.0) {
        const double d = x + 1.0 - start;

        term *= next(t, psi, x);
        s0 += term;
        s1 += term * d;
        s2 += term * d * d;
    }
    term = 1.0;
    for (double x = start; x > lo && term > 1e-18 * s0; x -= 1.0) {
        const double d = x - 1.0 - start;

        term /= next(t, psi, x - 1.0);
        s0 += term;
        s1 += term * d;
        s2 += term * d * d;
    }
    *mean = start + s1 / s0;
    *variance = s2 / s0 - (s1 / s0) * (s1 / s0);
}

/* Mantel & Haenszel's odds ratio over the studies with counts. */
static double common_odds_ratio(const tq_bias_studies *s)
{
    double over = 0.0, under = 0.0;

    for (size_t i = 0; i < s->model.k; i++) {
        if (bias_has_table(s, i)) {
            const double N = s->n1[i] + s->n2[i];

            over += s->x1[i] * ((s->n2[i] - s->x2[i]) / N);
            under += s->x2[i] * ((s->n1[i] - s->x1[i]) / N);
        }
    }
    return over / under;
}

static int whole(double x)
{
    return x == floor(x);
}

/* Events of group 1 against their mean, given the margins and the common odds ratio, with the inverse of
   their variance, which is about the variance of the log odds ratio. */
tq_status bias_schwarzer(bias_room *room, tq_bias_result *out, tq_error *err)
{
    const tq_bias_studies *s = room->s;
    size_t n = 0, tables = 0;

    if (bias_has_moderators(room, out)) {
        return TQ_OK;
    }
    const double psi = common_odds_ratio(s);

    for (size_t i = 0; i < s->model.k; i++) {
        double mean, variance;

        if (!bias_has_table(s, i)) {
            continue;
        }
        tables++;
        if (!whole(s->x1[i]) || !whole(s->x2[i]) || !whole(s->n1[i]) || !whole(s->n2[i])) {
            return bias_cannot(out, "its events and sizes must be whole numbers");
        }
        const margins t = {s->x1[i], s->n1[i], s->n2[i], s->x1[i] + s->x2[i]};

        if (psi > 0.0 && isfinite(psi)) {
            moments(&t, psi, &mean, &variance);
            if (variance > 0.0) { /* else the margins leave no choice */
                room->y[n] = (t.a - mean) / sqrt(variance);
                room->v[n++] = 1.0 / variance;
            }
        }
    }
    out->k = n;
    if (tables == 0) {
        return bias_cannot(out, "it needs %s, which are not known", tq_bias_test_needs(out->test));
    }
    if (psi == 0.0 || isinf(psi)) {
        return bias_cannot(out, "the common odds ratio of the studies is %s",
                           psi == 0.0 ? "0" : "infinite");
    }
    if (n == 0) {
        return bias_cannot(out, BIAS_NO_EVENTS);
    }
    if (n < 2) {
        return bias_cannot(out, "%zu stud%s with events and non-events: it needs at least 2", n,
                           n == 1 ? "y" : "ies");
    }
    return correlate(room, n, out, err);
}
