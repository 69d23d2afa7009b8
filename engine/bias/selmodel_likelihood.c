/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log-likelihood of a selection model with its first two derivatives.
 *
 * On the scale of the z statistic study i has  z ~ N(m, r),  m = xi' gamma / s,  r = 1 + t / s^2, and
 *
 *     li = log w(pi) - log(r) / 2 - (zi - m)^2 / (2 r) - log A(m, r, delta).
 *
 * With u = (z - m) / sqrt(r), the n-th derivative of A by m is the integral of
 * w He_n(u) phi(u) / r^((n + 1) / 2), and a derivative by r is half a second derivative by m.
 */
#include <math.h>
#include <string.h>

#include "bias/selmodel_internal.h"

static const double ROOT_TWO_PI = 2.5066282746310005;

/* A of one study: derivatives by m, mixed ones by delta and m. */
typedef struct {
    double m, root;          /* mean, standard deviation of z */
    double A[5];             /* [n] n-th derivative by m */
    double D[TQ_SEL_MAX][3]; /* [a][n] of the derivative by delta_a */
    double DD[3];            /* second derivatives by two parameters of a smooth w: 11, 12, 22 */
} integral;

/* He_0(u), ..., He_4(u). */
static void hermite(double u, double he[5])
{
    he[0] = 1.0;
    he[1] = u;
    he[2] = u * u - 1.0;
    he[3] = u * (u * u - 3.0);
    he[4] = u * (u * he[2] - 5.0 * u) + 3.0; /* u^4 - 6 u^2 + 3 */
}

/* P(lo < z < hi) from the tail that is small. */
static double between(double lo, double hi)
{
    const double half = 0.70710678118654752;

    if (lo > 0.0) {
        return 0.5 * (erfc(lo * half) - erfc(hi * half));
    }
    if (hi < 0.0) {
        return 0.5 * (erfc(-hi * half) - erfc(-lo * half));
    }
    return 1.0 - 0.5 * erfc(-lo * half) - 0.5 * erfc(hi * half);
}

/* Derivatives by m of the probability that z lies in [lo, hi]; most: the highest of them. */
static void stretch(const integral *in, double lo, double hi, int most, double T[5])
{
    const double a = (lo - in->m) / in->root, b = (hi - in->m) / in->root;
    double at_a[5] = {0}, at_b[5] = {0}, scale = 1.0 / ROOT_TWO_PI;

    T[0] = between(a, b);
    if (most == 0) {
        return;
    }
    if (isfinite(a)) {
        hermite(a, at_a);
    }
    if (isfinite(b)) {
        hermite(b, at_b);
    }
    const double fa = exp(-0.5 * a * a), fb = exp(-0.5 * b * b);

    for (int n = 1; n <= most; n++) {
        scale /= in->root;
        T[n] = scale * (at_a[n - 1] * fa - at_b[n - 1] * fb);
    }
}

/* Add a stretch of constant w. */
static void add_constant(integral *in, const double T[5], const sel_log_weight *lw, size_t q,
                         int most)
{
    const double w = exp(lw->l);

    for (int n = 0; n <= most; n++) {
        in->A[n] += w * T[n];
    }
    for (size_t a = 0; most > 0 && a < q; a++) {
        for (int n = 0; n < 3; n++) {
            in->D[a][n] += w * lw->g[a] * T[n];
        }
    }
    if (most > 0) {
        in->DD[0] += w * (lw->h[0] + lw->g[0] * lw->g[0]) * T[0];
        in->DD[1] += w * (lw->h[1] + lw->g[0] * lw->g[1]) * T[0];
        in->DD[2] += w * (lw->h[2] + lw->g[1] * lw->g[1]) * T[0];
    }
}

/* w and its derivatives at the nodes. */
static void weigh_nodes(sel_problem *m, const double *delta)
{
    const sel_axis *axis = m->axis;
    sel_log_weight lw;

    for (size_t j = 0; j < axis->n_nodes; j++) {
        sel_weigh(m->family, &axis->node[j].point, m->alpha, delta, &lw);
        const double w = axis->node[j].weight * exp(lw.l);

        m->w[j] = w;
        m->wg[0][j] = w * lw.g[0];
        m->wg[1][j] = w * lw.g[1];
        m->wh[0][j] = w * (lw.h[0] + lw.g[0] * lw.g[0]);
        m->wh[1][j] = w * (lw.h[1] + lw.g[0] * lw.g[1]);
        m->wh[2][j] = w * (lw.h[2] + lw.g[1] * lw.g[1]);
    }
}

static void add_nodes(const sel_problem *m, integral *in, int most)
{
    const double scale = 1.0 / (ROOT_TWO_PI * in->root), inverse = 1.0 / in->root;
    double he[5], down[5] = {1.0};

    for (int n = 1; n < 5; n++) {
        down[n] = down[n - 1] * inverse;
    }
    for (size_t j = 0; j < m->axis->n_nodes; j++) {
        const double u = (m->axis->node[j].z - in->m) * inverse;
        const double f = scale * exp(-0.5 * u * u), w = m->w[j] * f;

        in->A[0] += w;
        if (most == 0 || f == 0.0) {
            continue;
        }
        hermite(u, he);
        for (int n = 1; n < 5; n++) {
            in->A[n] += w * he[n] * down[n];
        }
        for (size_t a = 0; a < m->q; a++) {
            for (int n = 0; n < 3; n++) {
                in->D[a][n] += m->wg[a][j] * f * he[n] * down[n];
            }
        }
        for (int n = 0; n < 3; n++) {
            in->DD[n] += m->wh[n][j] * f;
        }
    }
}

static void add_step(integral *in, size_t at, double delta, const double T[5], int most)
{
    for (int n = 0; n <= most; n++) {
        in->A[n] += delta * T[n];
    }
    for (int n = 0; most > 0 && n < 3; n++) {
        in->D[at][n] += T[n];
    }
}

/* Everything of A for study i. */
static void integrate(sel_problem *m, size_t i, const double *delta, int most, integral *in)
{
    const double cut = m->threshold / m->s[i];
    double T[5];

    memset(in->A, 0, sizeof in->A);
    memset(in->D, 0, sizeof in->D);
    memset(in->DD, 0, sizeof in->DD);
    for (size_t j = 0; j < m->axis->n; j++) {
        const sel_piece *piece = &m->axis->piece[j];
        sel_log_weight lw = {0};

        if (piece->kind == SEL_NODES) {
            add_nodes(m, in, most);
            continue;
        }
        const double lo = m->truncated && piece->kind == SEL_ONE ? cut : piece->lo;
        const double hi = m->truncated && piece->kind == SEL_STEP ? cut : piece->hi;

        stretch(in, lo, hi, most, T);
        if (piece->kind == SEL_STEP) {
            add_step(in, piece->at, delta[piece->at], T, most);
            continue;
        }
        if (piece->kind == SEL_TAIL) {
            sel_weigh(m->family, &piece->point, m->alpha, delta, &lw);
        }
        add_constant(in, T, &lw, m->family->weight ? m->q : 0, most);
    }
}

/* ---- one study ---- */

/* Derivatives of its log-likelihood by (m, r, delta). */
typedef struct {
    double gm, gr, g[TQ_SEL_MAX];
    double mm, mr, rr, md[TQ_SEL_MAX], rd[TQ_SEL_MAX];
} slopes;

/* Less log A, and the normal density. */
static double add_normal(const integral *in, double z, size_t q, slopes *d)
{
    const double r = in->root * in->root, e = z - in->m, A = in->A[0];
    const double l1 = in->A[1] / A, l2 = in->A[2] / A;

    if (d) {
        d->gm = e / r - l1;
        d->gr = 0.5 * (e * e / r - 1.0) / r - 0.5 * l2;
        d->mm = -1.0 / r - (l2 - l1 * l1);
        d->mr = -e / (r * r) - 0.5 * (in->A[3] / A - l1 * l2);
        d->rr = (0.5 - e * e / r) / (r * r) - 0.25 * (in->A[4] / A - l2 * l2);
        for (size_t a = 0; a < q; a++) {
            const double la = in->D[a][0] / A;

            d->g[a] = -la;
            d->md[a] = -(in->D[a][1] / A - l1 * la);
            d->rd[a] = -0.5 * (in->D[a][2] / A - l2 * la);
        }
    }
    return -0.5 * (log(r) + e * e / r) - log(A);
}

/* The second derivatives by delta into J (minus), with the study's own weight. */
static void add_delta_block(sel_problem *m, const integral *in, size_t i, double c,
                            const sel_log_weight *own, slopes *d)
{
    const size_t first = m->p + 1, q = m->q, n = m->n;
    const double A = in->A[0];

    for (size_t a = 0; a < q; a++) {
        for (size_t b = 0; b < q; b++) {
            const size_t at = a + b; /* of a smooth w: 11, 12, 22 */
            const double joint = m->family->weight ? in->DD[at] / A : 0.0;
            double second = -(joint - in->D[a][0] / A * (in->D[b][0] / A));

            second += m->step[i] == -2 ? own->h[at] : 0.0;
            m->J[first + a + (first + b) * n] -= c * c * second;
        }
    }
    for (size_t a = 0; m->step[i] == -2 && a < q; a++) {
        d->g[a] += own->g[a];
    }
}

static void add_slopes(sel_problem *m, size_t i, double c, const slopes *d)
{
    const size_t p = m->p, n = m->n, k = m->k;
    const double s = m->s[i], s2 = s * s;

    for (size_t a = 0; a < p; a++) {
        const double xa = m->X[i + a * k] / s;

        m->gradient[a] += d->gm * xa;
        for (size_t b = 0; b < p; b++) {
            m->J[a + b * n] -= d->mm * xa * (m->X[i + b * k] / s);
        }
        m->J[a + p * n] -= d->mr * xa / s2;
        for (size_t b = 0; b < m->q; b++) {
            m->J[a + (p + 1 + b) * n] -= c * d->md[b] * xa;
        }
    }
    m->gradient[p] += d->gr / s2;
    m->J[p + p * n] -= d->rr / (s2 * s2);
    for (size_t b = 0; b < m->q; b++) {
        m->gradient[p + 1 + b] += c * d->g[b];
        m->J[p + (p + 1 + b) * n] -= c * d->rd[b] / s2;
    }
}

/* Log-likelihood of study i; delta is multiplied by c. */
static double study(sel_problem *m, size_t i, const double *theta, const double *delta, double c,
                    int details)
{
    integral in = {0};
    sel_log_weight own = {0};
    slopes d;
    const double s = m->s[i];
    double mean = 0.0;

    for (size_t a = 0; a < m->p; a++) {
        mean += m->X[i + a * m->k] * theta[a];
    }
    in.m = mean / s;
    in.root = sqrt(1.0 + theta[m->p] / (s * s));
    integrate(m, i, delta, details ? 4 : 0, &in);
    if (!(in.A[0] > 0.0)) {
        return -INFINITY;
    }
    double l = add_normal(&in, m->z[i], m->q, details ? &d : NULL);

    if (m->step[i] == -2) {
        sel_weigh(m->family, &m->own[i], m->alpha, delta, &own);
        l += own.l;
    } else if (m->step[i] >= 0) {
        l += log(delta[m->step[i]]);
    }
    if (details) {
        add_delta_block(m, &in, i, c, &own, &d);
        if (m->step[i] >= 0) {
            const size_t at = (size_t)m->step[i], row = m->p + 1 + at;

            d.g[at] += 1.0 / delta[at];
            m->J[row + row * m->n] += 1.0 / (delta[at] * delta[at]);
        }
        add_slopes(m, i, c, &d);
    }
    return l;
}

double sel_evaluate(sel_problem *m, const double *theta, int details)
{
    const double *delta = theta + m->p + 1;
    double scaled[TQ_SEL_MAX], ll = m->constant;

    if (details) {
        memset(m->gradient, 0, m->n * sizeof *m->gradient);
        memset(m->J, 0, m->n * m->n * sizeof *m->J);
    }
    if (m->family->weight && m->common_prec) {
        weigh_nodes(m, delta);
    }
    for (size_t i = 0; i < m->k; i++) {
        const double c = m->prec[i];

        for (size_t a = 0; a < m->q; a++) {
            scaled[a] = c * delta[a];
        }
        if (m->family->weight && !m->common_prec) {
            weigh_nodes(m, scaled);
        }
        ll += study(m, i, theta, scaled, c, details);
    }
    for (size_t a = 0; details && a < m->n; a++) { /* the lower triangle of the mixed blocks */
        for (size_t b = 0; b < a; b++) {
            m->J[a + b * m->n] = m->J[b + a * m->n];
        }
    }
    return isfinite(ll) ? ll : -(double)INFINITY;
}
