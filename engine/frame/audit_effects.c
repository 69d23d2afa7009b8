/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks of effects against those of the other studies, and of arms before treatment. */
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "frame/audit_internal.h"

enum { LEAST_STUDIES = 5 };

/* ---- baseline ---- */

/* Size, mean and SD of both arms: at the visit of the row, and before it. */
static const audit_role two_arms[] = {AUDIT_N1, AUDIT_M1,  AUDIT_SD1,  AUDIT_N2,
                                      AUDIT_M2, AUDIT_SD2, AUDIT_ROLES};
static const audit_role before[] = {AUDIT_N1,        AUDIT_MEAN_PRE1, AUDIT_SD_PRE1, AUDIT_N2,
                                    AUDIT_MEAN_PRE2, AUDIT_SD_PRE2,   AUDIT_ROLES};

/* The standardised difference below which an imbalance is of no account: Stuart (2010), Stat. Sci.
   25:1-21. Randomised arms exceed 0.001 once in a thousand comparisons. */
static const double small_difference = 0.25, by_chance = 0.05, not_by_chance = 0.001;

static void one_baseline(struct audit_sheet *s, size_t i, const audit_role *of)
{
    const double n1 = audit_value(s, of[0], i), n2 = audit_value(s, of[3], i);
    const double v1 = pow(audit_value(s, of[2], i), 2.0), v2 = pow(audit_value(s, of[5], i), 2.0);
    const double diff = audit_value(s, of[1], i) - audit_value(s, of[4], i);
    const double a = v1 / n1, b = v2 / n2;

    if (isnan(diff) || !(n1 > 1.0 && n2 > 1.0 && v1 + v2 > 0.0)) {
        return;
    }
    s->looked_at++;
    const double d = diff / sqrt(0.5 * (v1 + v2));
    /* Welch (1947), Biometrika 34:28-35. */
    const double df = (a + b) * (a + b) / (a * a / (n1 - 1.0) + b * b / (n2 - 1.0));
    const double p = tq_two_sided_p(diff / sqrt(a + b), df);

    if (fabs(d) > small_difference && p < by_chance) {
        audit_find(
            s, i, p < not_by_chance ? TQ_FINDING_WARNING : TQ_FINDING_NOTE, audit_figures(s, i, of),
            "before treatment the arms differ by %s standard deviations (t test p = %s): chance "
            "in small arms, no randomisation, or a later visit entered as baseline?",
            audit_number(s, d), audit_number(s, p));
    }
}

/* One arm a row: arms of one trial and outcome, next to each other in sheet order, at one visit. */
static void arms_of_rows(struct audit_sheet *s, size_t a, size_t b)
{
    const double n1 = audit_value(s, AUDIT_N, a), n2 = audit_value(s, AUDIT_N, b);
    const double v1 = pow(audit_value(s, AUDIT_SD_PRE, a), 2.0),
                 v2 = pow(audit_value(s, AUDIT_SD_PRE, b), 2.0);
    const double diff = audit_value(s, AUDIT_MEAN_PRE, a) - audit_value(s, AUDIT_MEAN_PRE, b);
    const double se2 = v1 / n1 + v2 / n2, d = diff / sqrt(0.5 * (v1 + v2));

    if (!(n1 > 1.0 && n2 > 1.0 && se2 > 0.0) || isnan(diff)) {
        return;
    }
    s->looked_at++;
    const double p = tq_two_sided_p(diff / sqrt(se2), n1 + n2 - 2.0);

    if (fabs(d) > small_difference && p < by_chance) {
        audit_find(
            s, b, p < not_by_chance ? TQ_FINDING_WARNING : TQ_FINDING_NOTE,
            audit_figures(
                s, b,
                (audit_role[]){AUDIT_ARM, AUDIT_N, AUDIT_MEAN_PRE, AUDIT_SD_PRE, AUDIT_ROLES}),
            "before treatment the arm differs from that of row %zu by %s standard deviations "
            "(t test p = %s): chance, no randomisation, or another visit?",
            audit_row(s, a), audit_number(s, -d), audit_number(s, p));
    }
}

static int other_arm(const struct audit_sheet *s, size_t a, size_t b)
{
    return strcmp(s->key[a], s->key[b]) == 0 &&
           audit_same_text(audit_text(s, AUDIT_OUTCOME, a), audit_text(s, AUDIT_OUTCOME, b)) &&
           audit_same_text(audit_text(s, AUDIT_FOLLOWUP, a), audit_text(s, AUDIT_FOLLOWUP, b)) &&
           !audit_same_text(audit_text(s, AUDIT_ARM, a), audit_text(s, AUDIT_ARM, b)) &&
           !audit_has_word(audit_text(s, AUDIT_ARM, a), "left") &&
           !audit_has_word(audit_text(s, AUDIT_ARM, a), "right");
}

static void baselines_of_rows(struct audit_sheet *s)
{
    size_t *at = calloc(s->rows + 1, sizeof *at);
    const char **none = calloc(s->rows + 1, sizeof *none);
    const char *const *keys[] = {s->key, s->text[AUDIT_OUTCOME] ? s->text[AUDIT_OUTCOME] : none,
                                 s->text[AUDIT_FOLLOWUP] ? s->text[AUDIT_FOLLOWUP] : none};

    s->failed |= !at || !none;
    for (size_t i = 0; at && i < s->rows; i++) {
        at[i] = i;
    }
    if (!s->failed && audit_sort(s, at, s->rows, keys, 3)) {
        for (size_t j = 1; j < s->rows; j++) {
            if (other_arm(s, at[j - 1], at[j])) {
                arms_of_rows(s, at[j - 1], at[j]);
            }
        }
    }
    free(none);
    free(at);
}

void audit_baseline(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        if (s->is_baseline[i] || s->number[AUDIT_MEAN_PRE1]) {
            one_baseline(s, i, s->is_baseline[i] ? two_arms : before);
        }
    }
    if (s->number[AUDIT_MEAN_PRE] && s->text[AUDIT_ARM]) {
        baselines_of_rows(s);
    }
}

/* ---- estimate: does it follow from the arms? ---- */

/* The effect of the arms on the scale of the stated measure; 0 when the measure is another. */
static int effect_of_arms(const struct audit_sheet *s, size_t i, double *effect)
{
    const char *measure = audit_text(s, AUDIT_MEASURE, i);
    const double r1 = audit_value(s, AUDIT_E1, i) / audit_value(s, AUDIT_N1, i);
    const double r2 = audit_value(s, AUDIT_E2, i) / audit_value(s, AUDIT_N2, i);

    *effect = (double)NAN;
    if (audit_has_word(measure, "MD") || audit_has_word(measure, "mean difference")) {
        *effect = audit_value(s, AUDIT_M1, i) - audit_value(s, AUDIT_M2, i);
    } else if (audit_has_word(measure, "RR") && s->scale[i] == SCALE_LOG) {
        *effect = log(r1 / r2);
    } else if (audit_has_word(measure, "OR") && s->scale[i] == SCALE_LOG) {
        *effect = log(r1 / (1.0 - r1) / (r2 / (1.0 - r2)));
    }
    return isfinite(*effect);
}

static void one_estimate(struct audit_sheet *s, size_t i)
{
    const int is_log = s->scale[i] == SCALE_LOG;
    const double est = audit_value(s, AUDIT_EST, i), own = is_log ? log(est) : est;
    const double lo = audit_value(s, AUDIT_LO, i), hi = audit_value(s, AUDIT_HI, i);
    double arms;

    if (!isfinite(own) || !effect_of_arms(s, i, &arms)) {
        return;
    }
    s->looked_at++;
    const double shown = is_log ? exp(arms) : arms;
    const double half = 0.5 * pow(10.0, -audit_decimals(s, audit_text(s, AUDIT_EST, i)));
    /* Printed means are rounded too: a unit of the estimate's last digit, or 2% of it. */
    const double play = fmax(2.0 * half, 0.02 * fabs(shown));

    if (fabs(shown - est) <= play) {
        return;
    }
    const int turned = own * arms < 0.0;
    const int outside = shown < lo || shown > hi;

    audit_find(s, i, turned || outside ? TQ_FINDING_WARNING : TQ_FINDING_NOTE,
               audit_figures(s, i,
                             (audit_role[]){AUDIT_EST, AUDIT_LO, AUDIT_HI, AUDIT_N1, AUDIT_M1,
                                            AUDIT_E1, AUDIT_N2, AUDIT_M2, AUDIT_E2, AUDIT_ROLES}),
               "the arms give %s, the sheet says %s: %s", audit_number(s, shown),
               audit_text(s, AUDIT_EST, i),
               turned ? "arms swapped, or another direction of the scale?"
                      : "an adjusted estimate, other patients, or a misprint?");
}

void audit_estimates(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        one_estimate(s, i);
    }
}

/* ---- a group's effects, in the order of studies ---- */

struct effects {
    size_t *at;      /* [n] rows */
    double *yi, *vi; /* [n]; vi NaN for changes without an SD */
    double *mu, *t;  /* [n] */
    size_t n, studies;
};

static int effects_new(struct effects *g, size_t rows)
{
    *g = (struct effects){calloc(rows, sizeof *g->at),
                          calloc(rows, sizeof *g->yi),
                          calloc(rows, sizeof *g->vi),
                          calloc(rows, sizeof *g->mu),
                          calloc(rows, sizeof *g->t),
                          0,
                          0};
    return g->at && g->yi && g->vi && g->mu && g->t;
}

static void effects_free(struct effects *g)
{
    free(g->at);
    free(g->yi);
    free(g->vi);
    free(g->mu);
    free(g->t);
}

/* What an arm changed by. */
static double change_of(const struct audit_sheet *s, size_t i)
{
    const double change = audit_value(s, AUDIT_CHANGE, i);

    return isnan(change) ? audit_value(s, AUDIT_MEAN_POST, i) - audit_value(s, AUDIT_MEAN_PRE, i)
                         : change;
}

static int gather(struct audit_sheet *s, const size_t *rows, size_t n, int changes,
                  struct effects *g)
{
    size_t m = 0;

    memcpy(g->at, rows, n * sizeof *rows);
    if (!audit_sort(s, g->at, n, (const char *const *const[]){s->key}, 1)) {
        s->failed = 1;
        return 0;
    }
    g->studies = 0;
    for (size_t j = 0; j < n; j++) {
        const size_t i = g->at[j];
        const double yi = changes ? change_of(s, i) : s->effect[i].yi;

        if (isfinite(yi) && !s->is_baseline[i]) {
            g->studies += m == 0 || strcmp(s->key[i], s->key[g->at[m - 1]]) != 0;
            g->yi[m] = yi;
            g->vi[m] = changes ? (double)NAN : s->effect[i].vi;
            g->at[m++] = i;
        }
    }
    g->n = m;
    return g->studies >= LEAST_STUDIES;
}

static const char *effect_figures(struct audit_sheet *s, size_t i)
{
    return audit_figures(s, i,
                         (audit_role[]){AUDIT_EST, AUDIT_LO, AUDIT_HI, AUDIT_VI, AUDIT_SEI,
                                        AUDIT_N1, AUDIT_M1, AUDIT_SD1, AUDIT_E1, AUDIT_N2, AUDIT_M2,
                                        AUDIT_SD2, AUDIT_E2, AUDIT_MEAN_PRE, AUDIT_MEAN_POST,
                                        AUDIT_CHANGE, AUDIT_ROLES});
}

/* ---- sign ---- */

/* The sign of a study: that of most of its rows, 0 when they balance. */
static int sign_of(const struct effects *g, size_t from, size_t to)
{
    int balance = 0;

    for (size_t j = from; j < to; j++) {
        balance += (g->yi[j] > 0.0) - (g->yi[j] < 0.0);
    }
    return (balance > 0) - (balance < 0);
}

static size_t end_of_study(const struct audit_sheet *s, const struct effects *g, size_t from)
{
    size_t to = from;

    while (to < g->n && strcmp(s->key[g->at[from]], s->key[g->at[to]]) == 0) {
        to++;
    }
    return to;
}

/* Against the others more than chance allows: by its own interval, or, for a change without one, by
   at least half of what is usual. */
static int is_clear(const struct effects *g, size_t j, double usual)
{
    return isnan(g->vi[j]) ? fabs(g->yi[j]) > 0.5 * usual
                           : fabs(g->yi[j]) > tq_critical_value(95.0, (double)NAN) * sqrt(g->vi[j]);
}

static void one_against_all(struct audit_sheet *s, const struct effects *g, size_t from, size_t to,
                            int sign, int changes)
{
    for (size_t j = 0; j < g->n; j++) {
        g->mu[j] = fabs(g->yi[j]);
    }
    const double usual = audit_median(g->mu, g->n);

    for (size_t j = from; j < to; j++) {
        if (g->yi[j] * sign > 0.0 && is_clear(g, j, usual)) {
            audit_find(s, g->at[j], TQ_FINDING_WARNING, effect_figures(s, g->at[j]),
                       "%s of %s, against the sign of all %zu other studies (median size %s): %s",
                       changes ? "a change" : s->effect[g->at[j]].from, audit_number(s, g->yi[j]),
                       g->studies - 1, audit_number(s, usual),
                       changes
                           ? "a scale in the other direction, or a lost minus sign?"
                           : "arms swapped, a scale in the other direction, or a lost minus sign?");
        }
    }
}

static void sign_of_group(struct audit_sheet *s, const struct effects *g, int changes)
{
    size_t count[3] = {0}, from_of[3] = {0}, to_of[3] = {0}; /* by sign + 1 */

    s->looked_at += g->n;
    for (size_t from = 0, to; from < g->n; from = to) {
        to = end_of_study(s, g, from);
        const int sign = sign_of(g, from, to) + 1;

        count[sign]++;
        from_of[sign] = from;
        to_of[sign] = to;
    }
    for (int sign = 0; sign <= 2; sign += 2) {
        if (count[sign] == 1 && count[2 - sign] + 1 == g->studies) {
            one_against_all(s, g, from_of[sign], to_of[sign], sign - 1, changes);
        }
    }
}

static void each_group(struct audit_sheet *s, int changes,
                       void (*look)(struct audit_sheet *, const struct effects *, int))
{
    struct effects g;
    const int made = effects_new(&g, s->rows);

    s->failed |= !made;
    for (size_t k = 0; !s->failed && k < s->groups; k++) {
        const size_t start = s->group_start[k], n = s->group_start[k + 1] - start;

        if (n >= LEAST_STUDIES && gather(s, s->group + start, n, changes, &g)) {
            look(s, &g, changes);
        }
    }
    effects_free(&g);
}

void audit_signs(struct audit_sheet *s)
{
    each_group(s, 0, sign_of_group);
    each_group(s, 1, sign_of_group);
}

/* ---- outlier ---- */

/* Would the effect be one of the others with its sign turned? */
static int turned_fits(double yi, double mu, double spread)
{
    return fabs(-yi - mu) < tq_critical_value(95.0, (double)NAN) * spread;
}

static void outliers_of_group(struct audit_sheet *s, const struct effects *g, int changes)
{
    (void)changes;
    s->looked_at += g->n;
    s->failed |= audit_residuals(g->n, g->yi, g->vi, g->mu, g->t) != TQ_OK;
    for (size_t j = 0; j < g->n; j++) {
        /* Bonferroni: the most extreme of n is looked at. */
        const double p = fmin(1.0, tq_two_sided_p(g->t[j], (double)NAN) * (double)g->n);
        const double spread = fabs(g->yi[j] - g->mu[j]) / fabs(g->t[j]);
        const int turned = turned_fits(g->yi[j], g->mu[j], spread);

        if (p < by_chance) {
            audit_find(
                s, g->at[j], p < not_by_chance && turned ? TQ_FINDING_WARNING : TQ_FINDING_NOTE,
                effect_figures(s, g->at[j]),
                "%s of %s where the others give %s: studentised deleted residual %s, p = %s "
                "among %zu%s",
                s->effect[g->at[j]].from, audit_number(s, g->yi[j]), audit_number(s, g->mu[j]),
                audit_number(s, g->t[j]), audit_number(s, p), g->n,
                turned ? "; with its sign turned it would fit: arms swapped, or a scale "
                         "reversed?"
                       : "");
        }
    }
}

void audit_outliers(struct audit_sheet *s)
{
    each_group(s, 0, outliers_of_group);
}
