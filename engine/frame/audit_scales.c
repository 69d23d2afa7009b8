/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks against the scale: its ends, its unit, and its whole numbers. */
#include <stdlib.h>
#include <string.h>

#include "frame/audit_internal.h"
#include "frame/grim.h"

/* Means with what belongs to them. */
static const struct {
    audit_role mean, sd, n;
    int is_change;
} means[] = {
    {AUDIT_M1, AUDIT_SD1, AUDIT_N1, 0},           {AUDIT_M2, AUDIT_SD2, AUDIT_N2, 0},
    {AUDIT_MEAN, AUDIT_SD, AUDIT_N, 0},           {AUDIT_MEAN_PRE, AUDIT_SD_PRE, AUDIT_N, 0},
    {AUDIT_MEAN_POST, AUDIT_SD_POST, AUDIT_N, 0}, {AUDIT_CHANGE, AUDIT_CHANGE_SD, AUDIT_N, 1},
};
enum { MEANS = sizeof means / sizeof *means };

static const char *mean_figures(struct audit_sheet *s, size_t i, size_t k)
{
    return audit_figures(s, i,
                         (audit_role[]){means[k].mean, means[k].sd, means[k].n, AUDIT_SCALE_MIN,
                                        AUDIT_SCALE_MAX, AUDIT_ROLES});
}

/* ---- bounds ---- */

static double half_of(const struct audit_sheet *s, audit_role role, size_t i)
{
    return 0.5 * pow(10.0, -audit_decimals(s, audit_text(s, role, i)));
}

static void outside(struct audit_sheet *s, size_t i, size_t k, double mean, double lo, double hi)
{
    const char *why = "another scale, or a change entered as a value?";

    if (mean / 10.0 >= lo && mean / 10.0 <= hi) {
        why = "a slip of the decimal point, or mm on a scale in cm?";
    } else if (mean < 0.0 && lo >= 0.0 && -mean <= hi) {
        why = "a change entered as a value, or a minus sign too many?";
    }
    audit_find(s, i, TQ_FINDING_ERROR, mean_figures(s, i, k),
               "a mean of %s cannot be on a scale from %s to %s; %s", audit_number(s, mean),
               audit_number(s, lo), audit_number(s, hi), why);
}

static void one_mean(struct audit_sheet *s, size_t i, size_t k)
{
    const double mean = audit_value(s, means[k].mean, i), sd = audit_value(s, means[k].sd, i);
    const double n = audit_value(s, means[k].n, i), range = s->hi[i] - s->lo[i];
    const int is_change = means[k].is_change || s->is_change[i];
    const double lo = is_change ? -range : s->lo[i], hi = is_change ? range : s->hi[i];

    if (isnan(mean)) {
        return;
    }
    s->looked_at++;
    if (mean < lo - half_of(s, means[k].mean, i) || mean > hi + half_of(s, means[k].mean, i)) {
        outside(s, i, k, mean, lo, hi);
        return;
    }
    /* Without n, that of two people is the widest. */
    const double limit = tq_sd_limit(fmin(fmax(mean, lo), hi), lo, hi, n >= 2.0 ? n : 2.0);

    if (sd - half_of(s, means[k].sd, i) > limit + half_of(s, means[k].mean, i)) {
        audit_find(
            s, i, TQ_FINDING_ERROR, mean_figures(s, i, k),
            "about a mean of %s on a scale from %s to %s an SD is at most %s: another scale, "
            "an interval limit, or a slip of the decimal point?",
            audit_number(s, mean), audit_number(s, lo), audit_number(s, hi),
            audit_number(s, limit));
    }
}

void audit_bounds(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        for (size_t k = 0; !isnan(s->lo[i]) && k < MEANS; k++) {
            one_mean(s, i, k);
        }
    }
}

/* ---- unit: figures a power of ten from the others ---- */

enum { LEAST_STUDIES = 4 };
/* Two sizes count as a power of ten apart when they are within this factor of it: 1.8, a quarter of
   a decade, leaves half of all ratios on neither side. */
static const double quarter_decade = 0.25;
/* In decades: selection of patients alone makes sizes differ by a quarter. */
static const double least_spread = 0.1, outlying = 3.5;

/* Location and spread of a row in decimal logs, both of one unit. */
struct size {
    size_t i;
    double mean, sd;
};

static int size_of_means(const struct audit_sheet *s, size_t i, struct size *out)
{
    double mean = 0.0, sd = 0.0;

    for (size_t k = 0; k < MEANS; k++) {
        const double m = fabs(audit_value(s, means[k].mean, i)), d = audit_value(s, means[k].sd, i);

        mean = m > mean ? m : mean;
        sd = d > sd ? d : sd;
    }
    *out = (struct size){i, log10(mean), log10(sd)};
    return mean > 0.0 && sd > 0.0;
}

/* Results of reviews: the estimate, and the width of its interval. */
static int size_of_estimate(const struct audit_sheet *s, size_t i, struct size *out)
{
    const double width = audit_value(s, AUDIT_HI, i) - audit_value(s, AUDIT_LO, i);
    const double est = fabs(audit_value(s, AUDIT_EST, i));

    *out = (struct size){i, log10(est), log10(width)};
    return s->scale[i] != SCALE_LOG && est > 0.0 && width > 0.0;
}

/*
 * How many decades x lies from what is usual, 0 when none: the distance must be close to a whole
 * number of them, and outlying (Iglewicz & Hoaglin 1993) among figures that spread by themselves.
 */
static double decade_of(double x, const struct audit_usual *usual)
{
    const double d = x - usual->centre, nearest = round(d);
    const double spread = fmax(usual->spread, least_spread);

    return nearest != 0.0 && fabs(d - nearest) <= quarter_decade && fabs(d) > outlying * spread
               ? nearest
               : 0.0;
}

static void report_unit(struct audit_sheet *s, const struct size *x, double decade, double usual,
                        int of_means)
{
    static const audit_role of_arms[] = {
        AUDIT_M1,     AUDIT_SD1,       AUDIT_M2,     AUDIT_SD2,       AUDIT_MEAN,
        AUDIT_SD,     AUDIT_MEAN_PRE,  AUDIT_SD_PRE, AUDIT_MEAN_POST, AUDIT_SD_POST,
        AUDIT_CHANGE, AUDIT_CHANGE_SD, AUDIT_ROLES};
    static const audit_role of_estimate[] = {AUDIT_EST, AUDIT_LO, AUDIT_HI, AUDIT_ROLES};
    const char *outcome = audit_text(s, AUDIT_OUTCOME, x->i);
    const char *times = audit_number(s, pow(10.0, fabs(decade)));

    audit_find(s, x->i, TQ_FINDING_WARNING,
               audit_figures(s, x->i, of_means ? of_arms : of_estimate),
               "%s: location and spread are both about %s%s%s those of other studies (median %s): "
               "another unit or scale (0-10 with 0-100, cm with mm)?",
               outcome ? outcome : "figures", decade < 0.0 ? "1/" : "", times,
               decade < 0.0 ? " of" : " times", audit_number(s, pow(10.0, usual)));
}

/* Sizes of a group in the order of studies, and the medians of each study. */
struct sizes {
    const struct size *x;
    size_t n, studies;
    double *mean, *sd, *scratch; /* [n] each */
};

static size_t end_of_study(const struct audit_sheet *s, const struct sizes *g, size_t from)
{
    size_t to = from;

    while (to < g->n && strcmp(s->key[g->x[to].i], s->key[g->x[from].i]) == 0) {
        to++;
    }
    return to;
}

static void study_sizes(const struct audit_sheet *s, struct sizes *g)
{
    g->studies = 0;
    for (size_t from = 0, to; from < g->n; from = to) {
        to = end_of_study(s, g, from);
        for (size_t j = from; j < to; j++) {
            g->scratch[j - from] = g->x[j].mean;
        }
        g->mean[g->studies] = audit_median(g->scratch, to - from);
        for (size_t j = from; j < to; j++) {
            g->scratch[j - from] = g->x[j].sd;
        }
        g->sd[g->studies++] = audit_median(g->scratch, to - from);
    }
}

static void unit_group(struct audit_sheet *s, struct sizes *g, int of_means)
{
    struct audit_usual all_means = {(double)NAN, (double)NAN}, all_sds = all_means;
    size_t study = 0;

    s->looked_at += g->n;
    study_sizes(s, g);
    for (size_t from = 0, to; g->studies >= LEAST_STUDIES && from < g->n; from = to, study++) {
        const struct audit_usual mean =
            audit_usual_without(g->mean, g->studies, study, g->scratch, &all_means);
        const struct audit_usual sd =
            audit_usual_without(g->sd, g->studies, study, g->scratch, &all_sds);

        to = end_of_study(s, g, from);
        for (size_t j = from; j < to; j++) {
            const double a = decade_of(g->x[j].mean, &mean), b = decade_of(g->x[j].sd, &sd);

            if (a != 0.0 && a == b) {
                s->other_unit[g->x[j].i] = 1;
                report_unit(s, &g->x[j], a, mean.centre, of_means);
            }
        }
    }
}

/* ---- unit: several scales under one outcome ---- */

static int by_text(const struct audit_sheet *s, size_t a, size_t b)
{
    return audit_same_text(audit_text(s, AUDIT_OUTCOME, a), audit_text(s, AUDIT_OUTCOME, b));
}

/* Rows from..to of the sorted order have one outcome: tell the rows whose scale is not the usual. */
static void one_outcome(struct audit_sheet *s, const size_t *at, size_t n, double *range)
{
    size_t m = 0;

    for (size_t j = 0; j < n; j++) {
        if (!isnan(s->lo[at[j]])) {
            range[m++] = s->hi[at[j]] - s->lo[at[j]];
        }
    }
    s->looked_at += m;
    const double usual = m > 0 ? audit_median(range, m) : (double)NAN;
    const char *told = NULL;

    for (size_t j = 0; j < n; j++) {
        const size_t i = at[j];
        const double own = s->hi[i] - s->lo[i];

        if (!isnan(own) && own != usual && !audit_same_text(told, s->key[i])) {
            told = s->key[i];
            audit_find(
                s, i, TQ_FINDING_NOTE, mean_figures(s, i, 0),
                "%s is on a scale from %s to %s here, on one of %s points in most rows: pool "
                "standardised, or rescale",
                audit_text(s, AUDIT_OUTCOME, i), audit_number(s, s->lo[i]),
                audit_number(s, s->hi[i]), audit_number(s, usual));
        }
    }
}

static void several_scales(struct audit_sheet *s, size_t *at, double *range)
{
    for (size_t i = 0; i < s->rows; i++) {
        at[i] = i;
    }
    if (!s->text[AUDIT_OUTCOME] ||
        !audit_sort(s, at, s->rows, (const char *const *const[]){s->text[AUDIT_OUTCOME], s->key},
                    2)) {
        return;
    }
    for (size_t from = 0, j = 0; from < s->rows; from = j) {
        while (j < s->rows && by_text(s, at[from], at[j])) {
            j++;
        }
        if (audit_text(s, AUDIT_OUTCOME, at[from])) {
            one_outcome(s, at + from, j - from, range);
        }
    }
}

void audit_units(struct audit_sheet *s)
{
    size_t *at = calloc(s->rows, sizeof *at);
    struct size *x = calloc(s->rows, sizeof *x);
    double *scratch = calloc(s->rows, 3 * sizeof *scratch);

    s->failed |= !at || !x || !scratch;
    for (size_t k = 0; !s->failed && k < s->groups; k++) {
        const size_t start = s->group_start[k], n = s->group_start[k + 1] - start;

        memcpy(at, s->group + start, n * sizeof *at);
        s->failed |= !audit_sort(s, at, n, (const char *const *const[]){s->key}, 1);
        for (int of_means = 0; !s->failed && of_means <= 1; of_means++) {
            size_t m = 0;

            for (size_t j = 0; j < n; j++) {
                m += (size_t)(of_means ? size_of_means(s, at[j], &x[m])
                                       : size_of_estimate(s, at[j], &x[m]));
            }
            struct sizes g = {x, m, 0, scratch, scratch + s->rows, scratch + 2 * s->rows};

            unit_group(s, &g, of_means);
        }
    }
    if (!s->failed) {
        several_scales(s, at, scratch);
    }
    free(scratch);
    free(x);
    free(at);
}

/* ---- grim ---- */

/* Only who says so outright, by items, is taken at his word: a mean of fewer people is common. */
static tq_finding_severity grim_severity(double items, double other_n)
{
    return !isnan(items) && other_n == 0.0 ? TQ_FINDING_ERROR : TQ_FINDING_WARNING;
}

static void impossible_mean(struct audit_sheet *s, size_t i, size_t k, double items)
{
    const double mean = audit_value(s, means[k].mean, i), n = audit_value(s, means[k].n, i);
    const double each = isnan(items) ? 1.0 : items, N = n * each;
    const int decimals = audit_decimals(s, audit_text(s, means[k].mean, i));
    const double other = tq_grim_other_n(mean, decimals, n, each);
    const char *why =
        other > 0.0 ? tq_arena_format(s->arena, "%s people would do: some missing at this visit",
                                      audit_number(s, other))
                    : "no number of people down to three quarters would do";

    audit_find(
        s, i, grim_severity(items, other), mean_figures(s, i, k),
        "no whole-number scores of %s people%s average to %s (nearest %s/%s = %s and %s/%s = "
        "%s); %s, or scores that are not whole, or a misprint?",
        audit_number(s, n), each > 1.0 ? " and items" : "", audit_text(s, means[k].mean, i),
        audit_number(s, floor(mean * N)), audit_number(s, N), audit_number(s, floor(mean * N) / N),
        audit_number(s, ceil(mean * N)), audit_number(s, N), audit_number(s, ceil(mean * N) / N),
        why ? why : "");
}

static void one_score(struct audit_sheet *s, size_t i, size_t k)
{
    const double mean = audit_value(s, means[k].mean, i), sd = audit_value(s, means[k].sd, i);
    const double n = audit_value(s, means[k].n, i), items = audit_value(s, AUDIT_ITEMS, i);
    const double each = items >= 1.0 ? items : 1.0;
    const int decimals = audit_decimals(s, audit_text(s, means[k].mean, i));
    const int sd_decimals = audit_decimals(s, audit_text(s, means[k].sd, i));

    if (isnan(mean) || isnan(n)) {
        return;
    }
    const tq_grim possible = tq_grim_mean(mean, decimals, n, each);

    s->looked_at += possible != TQ_GRIM_UNTESTABLE;
    if (possible == TQ_GRIM_IMPOSSIBLE) {
        impossible_mean(s, i, k, items);
    } else if (tq_grim_sd(mean, decimals, sd, sd_decimals, n, each) == TQ_GRIM_IMPOSSIBLE) {
        s->looked_at += possible == TQ_GRIM_UNTESTABLE;
        audit_find(
            s, i, TQ_FINDING_WARNING, mean_figures(s, i, k),
            "no whole-number scores of %s people have mean %s and SD %s: fewer people at this "
            "visit, an SD with n for n - 1, or a misprint?",
            audit_number(s, n), audit_text(s, means[k].mean, i), audit_text(s, means[k].sd, i));
    }
}

void audit_whole_numbers(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        const int whole = s->whole[i] || audit_value(s, AUDIT_ITEMS, i) >= 1.0;

        for (size_t k = 0; whole && k < MEANS; k++) {
            one_score(s, i, k);
        }
    }
}
