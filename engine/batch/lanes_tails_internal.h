/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file lanes_tails_internal.h  Tails of the normal, t and chi-square distributions, to about 1e-14 of
 * the value.
 *
 * Degrees of freedom are whole numbers here, for which t and chi-square have finite sums (Abramowitz &
 * Stegun 1964, 26.7.3-4 and 26.4.4-5). Sums of positive terms keep the accuracy of small tails.
 */
#ifndef TQ_BATCH_LANES_TAILS_INTERNAL_H
#define TQ_BATCH_LANES_TAILS_INTERNAL_H

#include "batch/lanes_internal.h"
#include "batch/lanes_vector_internal.h"

/* Horner's rule, the constant first. */
LANES_INLINE vd polynomial(const double *c, size_t n, vd x)
{
    vd sum = all(c[n - 1]);

    for (size_t i = n - 1; i-- > 0;) {
        sum = sum * x + c[i];
    }
    return sum;
}

/* 2^n for a whole number n from -1022 to 1023, to which 1.5 * 2^52 has been added. */
LANES_INLINE vd power_of_two(vd shifted)
{
    typedef int64_t bits __attribute__((vector_size(8 * LANES)));

    return (vd)(((bits)shifted + 1023) << 52);
}

/* exp(x) for x <= 0; 0 from about -745 on. Taylor's series on |r| <= log(2) / 2: the next term is 4e-18. */
LANES_INLINE vd exp_down(vd x)
{
    static const double c[] = {1.0,
                               1.0,
                               1.0 / 2.0,
                               1.0 / 6.0,
                               1.0 / 24.0,
                               1.0 / 120.0,
                               1.0 / 720.0,
                               1.0 / 5040.0,
                               1.0 / 40320.0,
                               1.0 / 362880.0,
                               1.0 / 3628800.0,
                               1.0 / 39916800.0,
                               1.0 / 479001600.0,
                               1.0 / 6227020800.0};
    const double shift = 0x1.8p52, log2e = 1.4426950408889634;
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    const vd y = pick(below(x, -1400.0), all(-1400.0), x);
    const vd shifted = y * log2e + shift, n = shifted - shift;
    const vd r = (y - n * ln2_high) - n * ln2_low;
    const vd half = 0.5 * n + shift, rest = (n - (half - shift)) + shift;

    return polynomial(c, sizeof c / sizeof *c, r) * power_of_two(half) * power_of_two(rest);
}

/* exp(z^2) erfc(z) for z >= 0, as t times a polynomial in t = 2 / (2 + z): Chebyshev's interpolation, of
   error 4e-16, made with 60 digits. */
LANES_INLINE vd scaled_erfc(vd z)
{
    /* clang-format off */
    static const double c[] = {
    5.10791352621011496e-01, 3.43580342206906697e-01, 1.39736046278014753e-01,
    1.82211157532949190e-02, -1.07553309440365317e-02, -3.23959252952715337e-03,
    1.54530601410132859e-03, 4.18647971066050777e-04, -3.31536576690146109e-04,
    -1.71852541704068985e-05, 7.22341882950480648e-05, -1.70766381450795719e-05,
    -1.08429853299644104e-05, 8.06710621122022941e-06, -5.77642361151142671e-07,
    -1.83507854089815296e-06, 1.03056992152911054e-06, 1.57205400667941574e-08,
    -3.26246093529667187e-07, 1.49714352602231207e-07, 3.60008452920799354e-08,
    -5.14562943435773575e-08, 6.52043461440153976e-09, 6.59736730290027463e-09,
    -1.91117372860789390e-09};
    /* clang-format on */
    const vd t = 2.0 / (2.0 + z);

    return t * polynomial(c, sizeof c / sizeof *c, 2.0 * t - 1.0);
}

/* exp(-z^2); the square is taken in two parts, since its error is that of the result. */
LANES_INLINE vd exp_minus_square(vd z)
{
    typedef int64_t bits __attribute__((vector_size(8 * LANES)));

    const vd top = (vd)((bits)z & ~(((int64_t)1 << 27) - 1));

    return exp_down(-(top * top)) * exp_down(-((z - top) * (z + top)));
}

LANES_INLINE vd erfc_of(vd z)
{
    return where(below(z, 40.0), scaled_erfc(z) * exp_minus_square(z));
}

/* P(|Z| > |x|); NaN stays NaN. */
LANES_INLINE vd normal_p(vd x)
{
    const vd p = erfc_of(size_of(x) * 0.70710678118654752);

    return pick(equal(x, x), p, x);
}

/* atan(x) for x >= 0: the angle is halved twice, then Taylor's series. */
LANES_INLINE vd arctan(vd x)
{
    static const double c[] = {1.0,        -1.0 / 3.0,  1.0 / 5.0,  -1.0 / 7.0,
                               1.0 / 9.0,  -1.0 / 11.0, 1.0 / 13.0, -1.0 / 15.0,
                               1.0 / 17.0, -1.0 / 19.0, 1.0 / 21.0, -1.0 / 23.0};
    const vm big = above(x, 1.0);
    vd y = pick(big, 1.0 / x, x);

    y = y / (1.0 + root_of(1.0 + y * y));
    y = y / (1.0 + root_of(1.0 + y * y));
    const vd angle = 4.0 * y * polynomial(c, sizeof c / sizeof *c, y * y);

    return pick(big, 1.5707963267948966 - angle, angle);
}

/* P(|T| < |x|) by the finite sum; c2 = n / (n + x^2), s2 = x^2 / (n + x^2). */
LANES_INLINE vd t_inside(vd x, vd n, vd c2, vd s2)
{
    const vm odd = equal(n - 2.0 * trunc_of(0.5 * n), all(1.0));
    const vd first = where(odd, all(1.0)); /* terms c^(2j): 1, 2/3, 8/15 or 1, 1/2, 3/8 */
    const vd terms = 0.5 * (n - first);
    vd term = all(1.0), sum = all(0.0);

    for (double j = 0.0; any(less(all(j), terms)); j++) {
        const vd at = 2.0 * j + first;

        sum += where(less(all(j), terms), term);
        term *= c2 * ((at + 1.0) / (at + 2.0));
    }
    const vd s = root_of(s2), c = root_of(c2);
    const vd angle = arctan(size_of(x) / root_of(n));

    return pick(odd, 0.63661977236758134 * (angle + s * c * sum), s * sum);
}

/* P(|T| > |x|) by the rest of the same sum without end, I_c2(n / 2, 1 / 2); head: by n. */
LANES_INLINE vd t_outside(vd n, vd c2, vd s2, vd head)
{
    vd term = all(1.0), sum = all(1.0), power = all(1.0), base = root_of(c2), left = n;

    for (vd m = n; any(less(1e-17 * sum, term)); m += 2.0) {
        term *= c2 * ((m + 1.0) / (m + 2.0));
        sum += term;
    }
    /* c^n = sqrt(c2)^n by squaring */
    while (any(above(left, 0.0))) {
        const vd half = trunc_of(0.5 * left);

        power *= pick(above(left - 2.0 * half, 0.0), base, all(1.0));
        base *= base;
        left = half;
    }
    return head * root_of(s2) * power * sum;
}

/*
 * P(|T| > |x|) for n degrees of freedom, n >= 1. Of the finite sum 1 - p is computed; where p is small,
 * its own series takes over.
 */
LANES_INLINE vd t_p(vd x, vd n, vd head)
{
    const vd xx = x * x, over = 1.0 / (n + xx), c2 = n * over, s2 = xx * over;
    const vd p = 1.0 - t_inside(x, n, c2, s2);
    const vm small = below(p, 1e-2);

    /* Elsewhere c2 = 0 ends the series at once. */
    return any(small) ? pick(small, t_outside(n, where(small, c2), s2, head), p) : p;
}

/* P(chi-square > x) for n degrees of freedom; 1 for n = 0. */
LANES_INLINE vd chisq_p(vd x, vd n)
{
    const vd h = pick(above(x, 2800.0), all(1400.0), 0.5 * x), root = root_of(h);
    const vm odd = equal(n - 2.0 * trunc_of(0.5 * n), all(1.0));
    const vd first = where(odd, all(0.5)), terms = 0.5 * n - first;
    const vd falling = exp_down(-0.5 * h);
    /* even: h^j / j!; odd: h^(j + 1/2) / gamma(j + 3/2) */
    vd term = pick(odd, root * 1.1283791670955126, all(1.0)), sum = all(0.0);

    for (double j = 0.0; any(less(all(j), terms)); j++) {
        sum += where(less(all(j), terms), term);
        term *= h / (j + 1.0 + first);
    }
    const vd p = falling * (falling * sum) + where(odd, erfc_of(root));

    return pick(equal(n, all(0.0)), all(1.0), pick(equal(x, x), p, x));
}

#endif
