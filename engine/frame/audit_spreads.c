/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks of standard deviations: against other studies, and against what else the row says. */
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "frame/audit_internal.h"

/* ---- se-as-sd ---- */

/*
 * How widely log SDs of one outcome differ between studies. Below the first, differences are what
 * selection of patients makes (a factor of 1.2); the second holds on scales with two ends, where
 * SDs lie between a tenth and a third of the range: what the deviations say beyond it is that there
 * is more than one wrong SD among them.
 */
static const double least_spread = 0.2, most_spread_bounded = 0.4;

/*
 * Goetzsche et al. (2007) found standard errors taken for SDs, or worse, in 10 of 27 meta-analyses,
 * of about ten trials each: a thirtieth of the trials. A likelihood ratio of 32 ("strong": Royall
 * 1997, Statistical Evidence) makes an error likelier than not; 1000 leaves little doubt.
 */
static const double log_warning_ratio = 3.4657359027997265; /* log 32 */
static const double log_error_ratio = 6.9077552789821371;   /* log 1000 */
/* Iglewicz & Hoaglin (1993), How to Detect and Handle Outliers: modified z-score above 3.5. */
static const double outlying = 3.5;
/* What is explained lies among the others: within their central 95%. */
static const double explained = 1.9599639845400545;
static const double log_2 = 0.69314718055994531, log_10 = 2.3025850929940457;
static const double log_1_5 = 0.40546510810816438;
enum { LEAST_STUDIES = 4 };

/* One SD of a row: as it is, and how far it moves if it is the other thing. */
struct spread {
    size_t i;
    audit_role role, n_role;
    double log_sd, shift; /* shift NaN without n */
    double log_mean;      /* NaN without mean */
    double n;
    size_t study;
};

static const struct {
    audit_role sd, n, mean;
    int is_se, is_change;
} spread_columns[] = {
    {AUDIT_SD1, AUDIT_N1, AUDIT_M1, 0, 0},           {AUDIT_SD2, AUDIT_N2, AUDIT_M2, 0, 0},
    {AUDIT_SD, AUDIT_N, AUDIT_MEAN, 0, 0},           {AUDIT_SD_PRE, AUDIT_N, AUDIT_MEAN_PRE, 0, 0},
    {AUDIT_SD_POST, AUDIT_N, AUDIT_MEAN_POST, 0, 0}, {AUDIT_CHANGE_SD, AUDIT_N, AUDIT_CHANGE, 0, 1},
    {AUDIT_SE1, AUDIT_N1, AUDIT_M1, 1, 0},           {AUDIT_SE2, AUDIT_N2, AUDIT_M2, 1, 0},
    {AUDIT_SE, AUDIT_N, AUDIT_MEAN, 1, 0},
};
enum { SPREAD_COLUMNS = sizeof spread_columns / sizeof *spread_columns };

/* The SDs of a group's rows, in the order of studies. */
struct spreads {
    struct spread *at;
    size_t n, studies;
    double *median;  /* [studies] of the log SDs of each */
    double *scratch; /* [studies + n] */
    double log_mean; /* median of all, NaN without means */
};

static int one_spread(const struct audit_sheet *s, size_t i, size_t c, struct spread *out)
{
    const double sd = audit_value(s, spread_columns[c].sd, i);
    const double n = audit_value(s, spread_columns[c].n, i), half_log_n = 0.5 * log(n);

    if (!(sd > 0.0)) {
        return 0;
    }
    if (spread_columns[c].is_se && !(n > 1.0)) {
        return 0;
    }
    *out = (struct spread){.i = i,
                           .role = spread_columns[c].sd,
                           .n_role = spread_columns[c].n,
                           .log_sd = log(sd),
                           .shift = (double)NAN,
                           .log_mean = log(fabs(audit_value(s, spread_columns[c].mean, i))),
                           .n = n};
    if (n > 1.0) {
        out->shift = spread_columns[c].is_se ? -half_log_n : half_log_n;
        out->log_sd += spread_columns[c].is_se ? half_log_n : 0.0;
    }
    return 1;
}

static void gather(const struct audit_sheet *s, const size_t *rows, size_t n, int is_change,
                   struct spreads *out)
{
    const char *study = NULL;

    out->n = out->studies = 0;
    for (size_t j = 0; j < n; j++) {
        for (size_t c = 0; c < SPREAD_COLUMNS; c++) {
            if (spread_columns[c].is_change == is_change &&
                one_spread(s, rows[j], c, &out->at[out->n])) {
                out->studies += !study || strcmp(study, s->key[rows[j]]) != 0;
                study = s->key[rows[j]];
                out->at[out->n++].study = out->studies - 1;
            }
        }
    }
}

static void study_medians(struct spreads *g)
{
    double *own = g->scratch + g->studies;

    for (size_t j = 0; j < g->n;) {
        const size_t study = g->at[j].study;
        size_t m = 0;

        for (; j < g->n && g->at[j].study == study; j++) {
            own[m++] = g->at[j].log_sd;
        }
        g->median[study] = audit_median(own, m);
    }
}

static void overall_mean(struct spreads *g)
{
    size_t m = 0;

    for (size_t j = 0; j < g->n; j++) {
        if (isfinite(g->at[j].log_mean)) {
            g->scratch[m++] = g->at[j].log_mean;
        }
    }
    g->log_mean = audit_median(g->scratch, m);
}

/*
 * Where a scale has no ends, SDs go with the means (lengths of stay, concentrations in another unit):
 * as far as the mean moves the same way, the SD is not told from the others.
 */
static double beyond_mean(const struct spreads *g, const struct spread *x, double d)
{
    const double moved = x->log_mean - g->log_mean;

    if (!isfinite(moved) || fabs(moved) < log_2 || moved * d <= 0.0) {
        return d;
    }
    return fabs(moved) >= fabs(d) ? 0.0 : d - moved;
}

/* Some SDs of one row: how far they are from usual, and how far if they are the other thing. */
struct distance {
    double d0, d1, spread;
};

/* The spread between studies is common to a row's SDs; a log SD of n values adds 1/sqrt(2 (n - 1)). */
static double spread_of(const struct audit_usual *usual, int bounded, double n, size_t together)
{
    const double most = bounded ? most_spread_bounded : INFINITY;
    const double between = fmin(fmax(usual->spread, least_spread), most);

    return sqrt(between * between + (n > 1.0 ? 0.5 / ((n - 1.0) * (double)together) : 0.0));
}

/* log likelihood ratio for the other thing, or 0 when that does not explain it. */
static double swap_ratio(const struct distance *d, int bounded)
{
    const struct audit_usual usual = {0.0, d->spread};

    /* Without ends nothing says how widely SDs may differ: the SD must be outlying besides. */
    if (!(fabs(d->d0) > log_2) || !(fabs(d->d1) <= explained * d->spread) ||
        (!bounded && fabs(d->d0) <= outlying * d->spread)) {
        return 0.0;
    }
    return audit_log_ratio(d->d0, d->d1 - d->d0, &usual);
}

static const char *spread_figures(struct audit_sheet *s, const struct spread *x)
{
    return audit_figures(s, x->i, (audit_role[]){x->role, x->n_role, AUDIT_ROLES});
}

static void report_swapped(struct audit_sheet *s, const struct spread *x, double centre,
                           double log_ratio)
{
    if (x->shift > 0.0) {
        audit_find(
            s, x->i, log_ratio > log_error_ratio ? TQ_FINDING_ERROR : TQ_FINDING_WARNING,
            spread_figures(s, x),
            "SD %s is 1/%s of what other studies have here (median %s); times sqrt(n = %s) it "
            "is %s: a standard error entered as SD?",
            audit_number(s, exp(x->log_sd)), audit_number(s, exp(centre - x->log_sd)),
            audit_number(s, exp(centre)), audit_number(s, x->n),
            audit_number(s, exp(x->log_sd + x->shift)));
    } else {
        audit_find(
            s, x->i, log_ratio > log_error_ratio ? TQ_FINDING_ERROR : TQ_FINDING_WARNING,
            spread_figures(s, x),
            "the standard error implies an SD of %s, %s times what other studies have here "
            "(median %s); divided by sqrt(n = %s) it is %s: an SD entered as standard error?",
            audit_number(s, exp(x->log_sd)), audit_number(s, exp(x->log_sd - centre)),
            audit_number(s, exp(centre)), audit_number(s, x->n),
            audit_number(s, exp(x->log_sd + x->shift)));
    }
}

static void report_far(struct audit_sheet *s, const struct spread *x, double centre)
{
    const double d = x->log_sd - centre;
    const int decimal = fabs(fabs(d) - log_10) < log_1_5;

    audit_find(s, x->i, decimal ? TQ_FINDING_WARNING : TQ_FINDING_NOTE, spread_figures(s, x),
               "SD %s is %s%s %s what other studies have here (median %s)%s",
               audit_number(s, exp(x->log_sd)), d < 0.0 ? "1/" : "", audit_number(s, exp(fabs(d))),
               d < 0.0 ? "of" : "times", audit_number(s, exp(centre)),
               decimal ? ": a slip of the decimal point, or another unit or scale?"
                       : ": another scale, a standard error or interval limit, or other patients?");
}

/* What is found in a row: the SD that speaks for it, and how loudly. */
struct verdict {
    const struct spread *swapped, *far;
    double log_ratio, z;
};

/* The SDs from..to of a row that are small (or large) together speak together. */
static void look_together(const struct audit_sheet *s, const struct spreads *g, size_t from,
                          size_t to, const struct audit_usual *usual, struct verdict *v)
{
    const int bounded = !isnan(s->lo[g->at[from].i]);
    const struct spread *most = NULL;
    struct distance sum = {0.0, 0.0, 0.0};
    size_t m = 0;

    for (size_t j = from; j < to; j++) {
        const struct spread *x = &g->at[j];
        const double d = x->log_sd - usual->centre, d0 = bounded ? d : beyond_mean(g, x, d);
        const double spread = spread_of(usual, bounded, x->n, 1);
        const struct distance own = {d0, d0 + x->shift, spread};
        const double ratio = swap_ratio(&own, bounded);

        if (ratio > v->log_ratio) {
            v->log_ratio = ratio;
            v->swapped = x;
        }
        if (fabs(d0) > outlying * spread && fabs(d0) > log_2 && fabs(d0) / spread > v->z) {
            v->z = fabs(d0) / spread;
            v->far = x;
        }
        if (d0 * x->shift < 0.0 && fabs(d0) > log_2) {
            sum.d0 += d0;
            sum.d1 += d0 + x->shift;
            most = !most || fabs(d0) > fabs(most->log_sd - usual->centre) ? x : most;
            m++;
        }
    }
    if (m > 1) {
        const struct distance mean = {sum.d0 / (double)m, sum.d1 / (double)m,
                                      spread_of(usual, bounded, most->n, m)};
        const double ratio = swap_ratio(&mean, bounded);

        if (ratio > v->log_ratio) {
            v->log_ratio = ratio;
            v->swapped = most;
        }
    }
}

static void look_at_row(struct audit_sheet *s, const struct spreads *g, size_t from, size_t to,
                        const struct audit_usual *usual)
{
    struct verdict v = {NULL, NULL, log_warning_ratio, 0.0};

    look_together(s, g, from, to, usual, &v);
    if (v.swapped) {
        report_swapped(s, v.swapped, usual->centre, v.log_ratio);
    } else if (v.far) {
        report_far(s, v.far, usual->centre);
    }
}

static void look_at_group(struct audit_sheet *s, struct spreads *g)
{
    if (g->studies < LEAST_STUDIES) {
        return;
    }
    struct audit_usual all = {(double)NAN, (double)NAN};

    study_medians(g);
    overall_mean(g);
    for (size_t j = 0; j < g->n;) {
        const size_t study = g->at[j].study;
        const struct audit_usual usual =
            audit_usual_without(g->median, g->studies, study, g->scratch, &all);

        while (j < g->n && g->at[j].study == study) {
            const size_t from = j;

            while (j < g->n && g->at[j].i == g->at[from].i) {
                j++;
            }
            s->looked_at++;
            if (!s->other_unit[g->at[from].i]) { /* its SD is told with its mean */
                look_at_row(s, g, from, j, &usual);
            }
        }
    }
}

void audit_spreads(struct audit_sheet *s)
{
    const size_t most = s->rows * SPREAD_COLUMNS;
    size_t *rows = calloc(s->rows, sizeof *rows);
    struct spreads g = {calloc(most, sizeof *g.at),
                        0,
                        0,
                        calloc(s->rows + 1, sizeof *g.median),
                        calloc(most + s->rows + 1, sizeof *g.scratch),
                        (double)NAN};

    s->failed |= !rows || !g.at || !g.median || !g.scratch;
    for (size_t k = 0; !s->failed && k < s->groups; k++) {
        const size_t start = s->group_start[k], n = s->group_start[k + 1] - start;

        memcpy(rows, s->group + start, n * sizeof *rows);
        s->failed |= !audit_sort(s, rows, n, (const char *const *const[]){s->key}, 1);
        for (int is_change = 0; !s->failed && is_change <= 1; is_change++) {
            gather(s, rows, n, is_change, &g);
            look_at_group(s, &g);
        }
    }
    free(g.scratch);
    free(g.median);
    free(g.at);
    free(rows);
}

/* ---- variance ---- */

static double half_of(const struct audit_sheet *s, audit_role role, size_t i)
{
    return 0.5 * pow(10.0, -audit_decimals(s, audit_text(s, role, i)));
}

/* Two ranges for one standard error: they should meet. */
static void compare(struct audit_sheet *s, size_t i, const char *figures, const double a[2],
                    const double b[2], const char *what_a, const char *what_b)
{
    const double middle_a = 0.5 * (a[0] + a[1]), middle_b = 0.5 * (b[0] + b[1]);
    /* Figures derived from unrounded ones are off by more than their last digit; 5% is beyond. */
    const double play = 0.05 * middle_b;

    s->looked_at++;
    if (!(a[0] > b[1] + play || b[0] > a[1] + play)) {
        return;
    }
    const double ratio = middle_a / middle_b;
    const int square = fabs(middle_a * middle_a - middle_b) < play ||
                       fabs(middle_a - middle_b * middle_b) < 0.05 * middle_a;

    audit_find(s, i, square ? TQ_FINDING_ERROR : TQ_FINDING_WARNING, figures,
               "%s give a standard error of %s, %s %s (a factor of %s)%s", what_a,
               audit_number(s, middle_a), what_b, audit_number(s, middle_b),
               audit_number(s, ratio > 1.0 ? ratio : 1.0 / ratio),
               square ? ": one is the square of the other, a variance in the place of a standard "
                        "error or the reverse?"
                      : ": another level than 95%, another scale, or another row's figure?");
}

static int se_from_limits(const struct audit_sheet *s, size_t i, double se[2])
{
    const double lo = audit_value(s, AUDIT_LO, i), hi = audit_value(s, AUDIT_HI, i);
    const double lo_half = half_of(s, AUDIT_LO, i), hi_half = half_of(s, AUDIT_HI, i);
    const double z = tq_critical_value(95.0, (double)NAN),
                 t = tq_critical_value(95.0, AUDIT_LEAST_DF);
    const double yi = audit_value(s, AUDIT_YI, i), est = audit_value(s, AUDIT_EST, i);
    const int log_scale = s->column[AUDIT_EST] != s->column[AUDIT_YI] && lo > lo_half;
    double width = hi - lo, play = lo_half + hi_half;

    if (!(lo < hi) || (log_scale && !(fabs(log(est) - yi) < 0.05 * (1.0 + fabs(yi))))) {
        return 0;
    }
    if (log_scale) {
        width = log(hi / lo);
        play = lo_half / lo + hi_half / hi;
    }
    se[0] = (width - play) / (2.0 * t);
    se[1] = (width + play) / (2.0 * z);
    return 1;
}

void audit_variances(struct audit_sheet *s)
{
    static const audit_role all[] = {AUDIT_YI, AUDIT_VI, AUDIT_SEI,
                                     AUDIT_LO, AUDIT_HI, AUDIT_ROLES};

    for (size_t i = 0; i < s->rows; i++) {
        const double vi = audit_value(s, AUDIT_VI, i), sei = audit_value(s, AUDIT_SEI, i);
        const double vi_half = half_of(s, AUDIT_VI, i), sei_half = half_of(s, AUDIT_SEI, i);
        const double from_vi[2] = {sqrt(fmax(0.0, vi - vi_half)), sqrt(vi + vi_half)};
        const double from_sei[2] = {sei - sei_half, sei + sei_half};
        double from_limits[2];

        if (vi > 0.0 && sei > 0.0) {
            compare(s, i, audit_figures(s, i, all), from_vi, from_sei, "the variances",
                    "the sheet says");
        }
        if ((vi > 0.0 || sei > 0.0) && se_from_limits(s, i, from_limits)) {
            compare(s, i, audit_figures(s, i, all), from_limits, sei > 0.0 ? from_sei : from_vi,
                    "the limits", "the sheet says");
        }
    }
}

/* ---- change ---- */

static double finest_half(const struct audit_sheet *s, size_t i, const audit_role *roles)
{
    int decimals = 0;

    for (; *roles != AUDIT_ROLES; roles++) {
        const int own = audit_decimals(s, audit_text(s, *roles, i));

        decimals = own > decimals ? own : decimals;
    }
    return 0.5 * pow(10.0, -decimals);
}

static void change_of_means(struct audit_sheet *s, size_t i)
{
    static const audit_role roles[] = {AUDIT_MEAN_PRE, AUDIT_MEAN_POST, AUDIT_CHANGE, AUDIT_ROLES};
    const double pre = audit_value(s, AUDIT_MEAN_PRE, i), post = audit_value(s, AUDIT_MEAN_POST, i);
    const double change = audit_value(s, AUDIT_CHANGE, i), want = post - pre;

    if (isnan(want) || isnan(change)) {
        return;
    }
    s->looked_at++;
    /* Three roundings; one decimal place may have been cut from one of them. */
    const double play = 3.0 * fmax(finest_half(s, i, roles), half_of(s, AUDIT_CHANGE, i)) + 1e-9;

    if (fabs(want - change) <= play) {
        return;
    }
    if (fabs(want + change) <= play) {
        audit_find(s, i, TQ_FINDING_WARNING, audit_figures(s, i, roles),
                   "the change is before minus after (%s), with the sign of an improvement; other "
                   "rows mean after minus before?",
                   audit_number(s, -want));
        return;
    }
    audit_find(
        s, i, fabs(want - change) > 0.1 * fabs(want) ? TQ_FINDING_WARNING : TQ_FINDING_NOTE,
        audit_figures(s, i, roles),
        "after minus before is %s, the sheet says %s: an adjusted change, other patients, or "
        "another visit?",
        audit_number(s, want), audit_number(s, change));
}

static void change_of_sds(struct audit_sheet *s, size_t i)
{
    static const audit_role roles[] = {AUDIT_SD_PRE, AUDIT_SD_POST, AUDIT_CHANGE_SD, AUDIT_ROLES};
    const double pre = audit_value(s, AUDIT_SD_PRE, i), post = audit_value(s, AUDIT_SD_POST, i);
    const double sd = audit_value(s, AUDIT_CHANGE_SD, i), half = finest_half(s, i, roles);

    if (!(pre > 0.0 && post > 0.0 && sd > 0.0)) {
        return;
    }
    s->looked_at++;
    /* r = (pre^2 + post^2 - sd^2) / (2 pre post) must lie in [-1, 1]: |pre - post| <= sd <= pre + post. */
    if (sd - half > pre + post + 2.0 * half || sd + half < fabs(pre - post) - 2.0 * half) {
        audit_find(s, i, TQ_FINDING_ERROR, audit_figures(s, i, roles),
                   "an SD of change of %s needs a correlation of %s between the visits: one of the "
                   "three is a standard error, or of other patients?",
                   audit_number(s, sd),
                   audit_number(s, (pre * pre + post * post - sd * sd) / (2.0 * pre * post)));
    }
}

void audit_change(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        change_of_means(s, i);
        change_of_sds(s, i);
    }
}
