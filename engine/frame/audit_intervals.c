/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks of estimates with their limits and p-values: figures that must agree among themselves. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "frame/audit_internal.h"

/* The texts of an estimate and its limits; longer ones are no printed figures. */
enum { FIGURE = 40 };

struct printed {
    char est[FIGURE], lo[FIGURE], hi[FIGURE];
};

static const audit_role estimate_roles[] = {AUDIT_EST, AUDIT_LO, AUDIT_HI, AUDIT_P, AUDIT_ROLES};
static const audit_role change_roles[] = {AUDIT_CHANGE, AUDIT_CHANGE_LO, AUDIT_CHANGE_HI,
                                          AUDIT_ROLES};

/* ---- reading ---- */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Numbers and half units of texts; sheets drop final zeros, so all share the finest decimal. */
static int interval_of(const struct audit_sheet *s, const struct printed *p,
                       struct audit_interval *v)
{
    if (!tq_parse_number(p->est, s->decimal, &v->est) ||
        !tq_parse_number(p->lo, s->decimal, &v->lo) ||
        !tq_parse_number(p->hi, s->decimal, &v->hi)) {
        return 0;
    }
    const int decimals = larger(audit_decimals(s, p->est),
                                larger(audit_decimals(s, p->lo), audit_decimals(s, p->hi)));

    v->est_half = v->lo_half = v->hi_half = 0.5 * pow(10.0, -decimals);
    return 1;
}

static int printed_of(const struct audit_sheet *s, size_t i, const audit_role *roles,
                      struct printed *p)
{
    const char *est = audit_text(s, roles[0], i), *lo = audit_text(s, roles[1], i);
    const char *hi = audit_text(s, roles[2], i);

    if (!est || !lo || !hi || strlen(est) >= FIGURE || strlen(lo) >= FIGURE ||
        strlen(hi) >= FIGURE) {
        return 0;
    }
    strcpy(p->est, est);
    strcpy(p->lo, lo);
    strcpy(p->hi, hi);
    return 1;
}

/* ---- what would explain it: the smallest change of the print after which all fits ---- */

static int fits(const struct audit_sheet *s, const struct printed *p, enum audit_scale scale)
{
    struct audit_interval v;

    return interval_of(s, p, &v) && v.lo < v.hi && audit_contains(&v) &&
           (audit_symmetric(&v, SCALE_LINEAR)
                ? scale != SCALE_LOG
                : scale != SCALE_LINEAR && audit_symmetric(&v, SCALE_LOG));
}

static void turn_sign(char *text)
{
    char other[FIGURE];

    if (text[0] == '-') {
        memmove(text, text + 1, strlen(text));
    } else if (strlen(text) + 1 < FIGURE) {
        snprintf(other, sizeof other, "-%.*s", FIGURE - 2, text);
        strcpy(text, other);
    }
}

/* One sign, then two, then three. */
static int by_signs(const struct audit_sheet *s, const struct printed *p, enum audit_scale scale,
                    struct printed *fixed)
{
    static const int sets[] = {1, 2, 4, 3, 5, 6, 7};

    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        *fixed = *p;
        for (int which = 0; which < 3; which++) {
            if (sets[k] & (1 << which)) {
                turn_sign(which == 0 ? fixed->est : which == 1 ? fixed->lo : fixed->hi);
            }
        }
        if (fits(s, fixed, scale)) {
            return 1;
        }
    }
    return 0;
}

static int by_order(const struct audit_sheet *s, const struct printed *p, enum audit_scale scale,
                    struct printed *fixed)
{
    *fixed = *p;
    strcpy(fixed->lo, p->hi);
    strcpy(fixed->hi, p->lo);
    return fits(s, fixed, scale);
}

static char *member(struct printed *p, int which)
{
    return which == 0 ? p->lo : which == 1 ? p->hi : p->est;
}

/* "00.02" is "0.02". */
static void drop_zeros(char *text)
{
    char *first = text + (text[0] == '-');

    while (first[0] == '0' && isdigit((unsigned char)first[1])) {
        memmove(first, first + 1, strlen(first));
    }
}

/* The decimal mark one place to the right or left. */
static int by_point(const struct audit_sheet *s, const struct printed *p, enum audit_scale scale,
                    struct printed *fixed)
{
    for (int which = 0; which < 3; which++) {
        for (int step = -1; step <= 1; step += 2) {
            *fixed = *p;
            char *text = member(fixed, which), *mark = strchr(text, s->decimal);
            char *beside = mark ? mark + step : NULL;

            if (!beside || beside < text || !isdigit((unsigned char)*beside)) {
                continue;
            }
            *mark = *beside;
            *beside = s->decimal;
            drop_zeros(text);
            if (fits(s, fixed, scale)) {
                return 1;
            }
        }
    }
    return 0;
}

/* One digit in place of another; limits before the estimate, leading digits before others. */
static int by_digit(const struct audit_sheet *s, const struct printed *p, enum audit_scale scale,
                    struct printed *fixed)
{
    for (int which = 0; which < 3; which++) {
        for (size_t at = 0;; at++) {
            *fixed = *p;
            char *text = member(fixed, which);

            if (!text[at]) {
                break;
            }
            for (char digit = '0'; isdigit((unsigned char)text[at]) && digit <= '9'; digit++) {
                text[at] = digit;
                if (fits(s, fixed, scale)) {
                    return 1;
                }
            }
        }
    }
    return 0;
}

/* Limits that are logarithms beside an estimate that is none. */
static int limits_are_logs(const struct audit_sheet *s, const struct printed *p,
                           struct audit_interval *v)
{
    if (!interval_of(s, p, v) || !(v->est > 0.0 && v->lo < v->hi)) {
        return 0;
    }
    return fabs(2.0 * log(v->est) - v->lo - v->hi) <=
           2.0 * v->est_half / v->est + v->lo_half + v->hi_half;
}

/* "with minus signs, -0.14 (-0.49 to 0.20), it is symmetric: minus signs lost?", or what the limits
   would have to be. */
static const char *explanation(struct audit_sheet *s, const struct printed *p,
                               enum audit_scale scale)
{
    static const struct {
        int (*way)(const struct audit_sheet *, const struct printed *, enum audit_scale,
                   struct printed *);
        const char *what, *cause;
    } ways[] = {
        {by_order, "with the limits in order", "limits swapped"},
        {by_signs, "with signs turned", "a minus sign lost"},
        {by_point, "with a decimal point moved", "a slip of the decimal point"},
        {by_digit, "with one digit changed", "a misprint"},
    };
    struct printed fixed;
    struct audit_interval v;

    if (limits_are_logs(s, p, &v)) {
        const char *text =
            tq_arena_format(s->arena, "log(%s) = %s is their middle: limits on the log scale?",
                            p->est, audit_number(s, log(v.est)));

        s->failed |= !text;
        return text ? text : "";
    }
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        if (ways[w].way(s, p, scale, &fixed)) {
            const char *text =
                tq_arena_format(s->arena, "%s, %s (%s to %s), it fits: %s?", ways[w].what,
                                fixed.est, fixed.lo, fixed.hi, ways[w].cause);

            s->failed |= !text;
            return text ? text : "";
        }
    }
    return "no single sign, digit or decimal point explains it";
}

/* ---- interval ---- */

static void one_interval(struct audit_sheet *s, size_t i, const audit_role *roles,
                         enum audit_scale scale)
{
    struct printed p;
    struct audit_interval v;

    if (!printed_of(s, i, roles, &p) || !interval_of(s, &p, &v)) {
        return;
    }
    s->looked_at++;
    if (audit_contains(&v)) {
        return;
    }
    if (v.lo > v.hi) {
        audit_find(s, i, TQ_FINDING_ERROR, audit_figures(s, i, roles),
                   "the lower limit %s lies above the upper limit %s; %s", p.lo, p.hi,
                   explanation(s, &p, scale));
    } else {
        audit_find(s, i, TQ_FINDING_ERROR, audit_figures(s, i, roles),
                   "the interval from %s to %s does not contain its estimate %s; %s", p.lo, p.hi,
                   p.est, explanation(s, &p, scale));
    }
}

void audit_intervals(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        one_interval(s, i, estimate_roles,
                     s->scale[i] == SCALE_OTHER ? SCALE_UNSTATED : s->scale[i]);
        one_interval(s, i, change_roles, SCALE_LINEAR);
    }
}

/* ---- symmetry ---- */

/* Limits by Student's t or by a model are as symmetric as normal ones; what is skewed by more than
   this share of its width has been put on another scale, misprinted, or made by a bootstrap. */
static const double much_skew = 0.1;

static const char *scale_words(enum audit_scale scale)
{
    return scale == SCALE_LOG ? "a ratio" : "a difference";
}

static void report_skew(struct audit_sheet *s, size_t i, const struct printed *p,
                        const struct audit_interval *v, enum audit_scale scale)
{
    const enum audit_scale other = scale == SCALE_LOG ? SCALE_LINEAR : SCALE_LOG;
    const double skew = fabs(audit_skew(v, scale));
    const char *measure = audit_text(s, AUDIT_MEASURE, i);
    const char *figures = audit_figures(s, i, estimate_roles);

    measure = measure ? measure : audit_column_of(s, AUDIT_EST);
    if (audit_symmetric(v, other)) {
        audit_find(
            s, i, skew > much_skew ? TQ_FINDING_ERROR : TQ_FINDING_WARNING, figures,
            "called '%.60s', but the limits are symmetric about %s as %s is (%s) and not as %s "
            "is (%s in the middle): is it %s?",
            measure, p->est, scale_words(other),
            other == SCALE_LOG ? "lo x hi = estimate squared" : "lo + hi = twice the estimate",
            scale_words(scale),
            audit_number(s, scale == SCALE_LOG ? sqrt(v->lo * v->hi) : 0.5 * (v->lo + v->hi)),
            scale_words(other));
        return;
    }
    audit_find(s, i, skew > much_skew ? TQ_FINDING_WARNING : TQ_FINDING_NOTE, figures,
               "the limits are not symmetric about %s (%s is in the middle of %s) and fit no other "
               "scale; %s",
               p->est,
               audit_number(s, scale == SCALE_LOG ? sqrt(v->lo * v->hi) : 0.5 * (v->lo + v->hi)),
               scale_words(scale), explanation(s, p, SCALE_UNSTATED));
}

void audit_symmetry(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        struct printed p;
        struct audit_interval v;
        const enum audit_scale scale = s->scale[i];

        if ((scale != SCALE_LINEAR && scale != SCALE_LOG) ||
            !printed_of(s, i, estimate_roles, &p) || !interval_of(s, &p, &v)) {
            continue;
        }
        s->looked_at++;
        const int possible =
            audit_contains(&v) && v.lo < v.hi && (scale == SCALE_LINEAR || v.lo > 0.0);

        if (possible && !audit_symmetric(&v, scale)) {
            report_skew(s, i, &p, &v, scale);
        }
    }
}

/* ---- remark: "-3.13 (95% CI printed as -3.96, -3.29" ---- */

/* A number at *at, copied; *at moves behind it. */
static int take_number(const char **at, char text[FIGURE])
{
    const char *c = *at;
    size_t n = 0;

    if (strncmp(c, "\xE2\x88\x92", 3) == 0) { /* the true minus sign */
        text[n++] = '-';
        c += 3;
    } else if (*c == '-') {
        text[n++] = *c++;
    }
    if (!isdigit((unsigned char)*c) && !(*c == '.' && isdigit((unsigned char)c[1]))) {
        return 0;
    }
    while (n + 1 < FIGURE &&
           (isdigit((unsigned char)*c) || (*c == '.' && isdigit((unsigned char)c[1])))) {
        text[n++] = *c++;
    }
    text[n] = '\0';
    *at = c;
    return 1;
}

/* Two numbers after "CI", at most a few words on: "CI printed as -3.96, -3.29". */
static int take_limits(const char *at, struct printed *p)
{
    enum { WORDS = 24 };
    const char *stop = at + strnlen(at, WORDS);

    while (at < stop && !isdigit((unsigned char)*at) && *at != '-' && *at != '.' && *at != ';' &&
           *at != ')') {
        at++;
    }
    if (at >= stop || !take_number(&at, p->lo)) {
        return 0;
    }
    if (strncmp(at, " to ", 4) == 0) {
        at += 4;
    } else if (strncmp(at, "\xE2\x80\x93", 3) == 0) {
        at += 3;
    } else if (*at == ',' || *at == ';' || *at == '-') {
        at++;
    } else {
        return 0;
    }
    at += *at == ' ';
    return take_number(&at, p->hi);
}

/* The number that ends before the bracket in which "CI" stands. */
static int take_before(const char *text, const char *ci, char est[FIGURE])
{
    const char *open = ci;

    while (open > text && *open != '(' && *open != '[' && *open != ')' && *open != ';') {
        open--;
    }
    if (*open != '(' && *open != '[') {
        return 0;
    }
    const char *end = open;

    while (end > text && end[-1] == ' ') {
        end--;
    }
    const char *start = end;

    while (start > text && (isdigit((unsigned char)start[-1]) || start[-1] == '.')) {
        start--;
    }
    start -= start > text && start[-1] == '-';
    return take_number(&start, est) && start == end;
}

/* The estimate that an interval in the remarks belongs to, where it stands in the sheet. */
static const char *estimate_text(const struct audit_sheet *s, size_t i)
{
    const char *change = audit_text(s, AUDIT_CHANGE, i), *est = audit_text(s, AUDIT_EST, i);

    return change ? change : est;
}

static void one_remark(struct audit_sheet *s, size_t i, const char *note, const char *ci)
{
    struct printed p;
    struct audit_interval v;
    const char *own = estimate_text(s, i);

    if (!take_limits(ci + 2, &p)) {
        return;
    }
    if (!take_before(note, ci, p.est)) {
        if (!own || strlen(own) >= FIGURE) {
            return;
        }
        strcpy(p.est, own);
    }
    if (!interval_of(s, &p, &v)) {
        return;
    }
    s->looked_at++;
    if (!audit_contains(&v)) {
        const char *figures = tq_arena_format(s->arena, "%s: %s, CI %s to %s",
                                              audit_column_of(s, AUDIT_NOTE), p.est, p.lo, p.hi);

        audit_find(
            s, i, TQ_FINDING_ERROR, figures ? figures : "",
            "the interval quoted in the remarks, %s to %s, does not contain its estimate %s; %s",
            p.lo, p.hi, p.est, explanation(s, &p, SCALE_UNSTATED));
    }
}

void audit_remarks(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        const char *note = audit_text(s, AUDIT_NOTE, i);

        for (const char *at = note; at && (at = strstr(at, "CI")) != NULL; at += 2) {
            if ((at == note || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[2])) {
                one_remark(s, i, note, at);
            }
        }
    }
}

/* ---- p-value ---- */

/* What p the text allows: "<.001" up to .001, ".03" from .025 to .035. */
static int p_range_of(const struct audit_sheet *s, size_t i, double *least, double *most)
{
    const char *text = audit_text(s, AUDIT_P, i);
    const double p = audit_value(s, AUDIT_P, i);

    if (!text || !(p >= 0.0 && p <= 1.0)) {
        return 0;
    }
    const double half = 0.5 * pow(10.0, -audit_decimals(s, text));

    *least = text[0] == '<' ? 0.0 : fmax(0.0, p - half);
    *most = text[0] == '>' ? 1.0 : text[0] == '<' ? p : fmin(1.0, p + half);
    return 1;
}

/*
 * An error where print and interval decide differently at 5%; a warning where the p-value is out by
 * a factor of 2 or would change what is called significant at the boundary; else a note.
 */
static tq_finding_severity p_severity(double p_least, double p_most, double ci_least,
                                      double ci_most)
{
    if ((p_least > 0.05 && ci_most < 0.05) || (p_most < 0.05 && ci_least > 0.05)) {
        return TQ_FINDING_ERROR;
    }
    if ((p_most >= 0.05 && ci_most < 0.05) || (p_least <= 0.05 && ci_least > 0.05) ||
        p_least > 2.0 * ci_most || 2.0 * p_most < ci_least) {
        return TQ_FINDING_WARNING;
    }
    return TQ_FINDING_NOTE;
}

static void one_p_value(struct audit_sheet *s, size_t i)
{
    const enum audit_scale scale = s->scale[i] == SCALE_LOG ? SCALE_LOG : SCALE_LINEAR;
    double p_least, p_most, ci_least, ci_most;
    struct printed p;
    struct audit_interval v;

    /* Without symmetry there is no one standard error, and that is told by another check. */
    if (s->scale[i] == SCALE_OTHER || !printed_of(s, i, estimate_roles, &p) ||
        !interval_of(s, &p, &v) || !(v.lo < v.hi) || !audit_contains(&v) ||
        !audit_symmetric(&v, scale) || !p_range_of(s, i, &p_least, &p_most)) {
        return;
    }
    s->looked_at++;
    audit_p_range(&v, scale, &ci_least, &ci_most);
    if (p_least <= ci_most && ci_least <= p_most) {
        return;
    }
    const double r =
        scale == SCALE_LOG ? 2.0 * log(v.est) / log(v.hi / v.lo) : 2.0 * v.est / (v.hi - v.lo);
    const double z = tq_critical_value(95.0, (double)NAN) * fabs(r);

    audit_find(s, i, p_severity(p_least, p_most, ci_least, ci_most),
               audit_figures(s, i, estimate_roles),
               "the interval gives z = %s, p = %s (up to %s by t on %d df), the sheet says p %s: a "
               "p-value of another test, adjusted, or misprinted?",
               audit_number(s, z), audit_number(s, tq_two_sided_p(z, (double)NAN)),
               audit_number(s, ci_most), AUDIT_LEAST_DF, audit_text(s, AUDIT_P, i));
}

void audit_p_values(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        one_p_value(s, i);
    }
}
