/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Check of treatment names: does the arm called placebo behave like one, and does another? */
#include <stdlib.h>
#include <string.h>

#include "frame/audit_internal.h"

enum { LEAST_TRIALS = 3 };

/* One arm of a trial: its mean over the visits after baseline. */
struct arm {
    size_t first, i; /* its first and last row */
    const char *name;
    const char *trial;
    double sum, mean;
    size_t visits;
    int worst; /* of its trial */
    size_t of; /* arms in the trial */
};

/* A treatment over its trials. */
struct treatment {
    const char *name;
    size_t i; /* a row of it */
    size_t trials, worst;
    double p;    /* that chance makes it worst so often */
    int control; /* is called placebo, sham, ... */
};

struct network {
    struct arm *arm;
    size_t arms, trials;
    struct treatment *treatment;
    size_t treatments;
};

/* "placebo", "Placebo_0" (a dose), "sham injection". */
static int called_control(const char *name)
{
    static const char *const words[] = {"placebo", "sham",         "saline",     "control",
                                        "vehicle", "no treatment", "usual care", "untreated"};

    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        if (audit_has_word(name, words[w])) {
            return 1;
        }
    }
    return 0;
}

static double value_of(const struct audit_sheet *s, size_t i)
{
    const double change = audit_value(s, AUDIT_CHANGE, i),
                 post = audit_value(s, AUDIT_MEAN_POST, i);

    return !isnan(change) ? change : !isnan(post) ? post : audit_value(s, AUDIT_MEAN, i);
}

/* Arms of rows that are sorted by trial and name. */
static void gather_arms(const struct audit_sheet *s, const size_t *at, struct network *w)
{
    for (size_t j = 0; j < s->rows; j++) {
        const size_t i = at[j];
        const char *name = audit_text(s, AUDIT_ARM, i);
        struct arm *last = w->arms ? &w->arm[w->arms - 1] : NULL;

        if (!name || isnan(value_of(s, i)) || s->is_baseline[i]) {
            continue;
        }
        if (!last || strcmp(last->trial, s->key[i]) != 0 || strcmp(last->name, name) != 0) {
            last = &w->arm[w->arms++];
            *last = (struct arm){.first = i, .i = i, .name = name, .trial = s->key[i]};
        }
        last->first = i < last->first ? i : last->first;
        last->i = i;
        last->sum += value_of(s, i);
        last->visits++;
        last->mean = last->sum / (double)last->visits;
    }
}

/*
 * -1: lower is better, 1: higher, 0: not known. Patients improve from their baseline, treated or
 * not: where nine in ten changes have one sign, that is the good way.
 */
static int direction(const struct audit_sheet *s)
{
    size_t rows = 0, falling = 0, said[3] = {0};

    for (size_t i = 0; i < s->rows; i++) {
        const double change = audit_value(s, AUDIT_CHANGE, i);

        said[s->better[i] + 1]++;
        rows += !isnan(change) && change != 0.0;
        falling += change < 0.0;
    }
    if (said[0] + said[2] > 0) {
        return said[0] == 0 ? 1 : said[2] == 0 ? -1 : 0;
    }
    return rows == 0                           ? 0
           : 10 * falling >= 9 * rows          ? -1
           : 10 * (rows - falling) >= 9 * rows ? 1
                                               : 0;
}

static void mark_worst(struct network *w, int better)
{
    for (size_t from = 0, to; from < w->arms; from = to) {
        size_t worst = from;

        for (to = from; to < w->arms && strcmp(w->arm[from].trial, w->arm[to].trial) == 0; to++) {
            worst = better * w->arm[to].mean < better * w->arm[worst].mean ? to : worst;
        }
        for (size_t a = from; a < to; a++) {
            w->arm[a].of = to - from;
        }
        w->arm[worst].worst = to - from > 1;
        w->trials += to - from > 1;
    }
}

/* P(worst >= x) in trials with chances 1/of each: Poisson binomial, by its recursion. */
static double tail(const struct network *w, const size_t *at, size_t from, size_t to, size_t x,
                   double *mass)
{
    size_t n = 0;
    double p = 0.0;

    mass[0] = 1.0;
    for (size_t j = from; j < to; j++) {
        const struct arm *arm = &w->arm[at[j]];

        if (arm->of > 1) {
            const double q = 1.0 / (double)arm->of;

            n++;
            mass[n] = 0.0;
            for (size_t k = n; k > 0; k--) {
                mass[k] = mass[k] * (1.0 - q) + mass[k - 1] * q;
            }
            mass[0] *= 1.0 - q;
        }
    }
    for (size_t k = x; k <= n; k++) {
        p += mass[k];
    }
    return p;
}

static int gather_treatments(struct audit_sheet *s, struct network *w)
{
    size_t *at = calloc(w->arms, sizeof *at);
    const char **name = calloc(w->arms, sizeof *name);
    double *mass = calloc(w->arms + 1, sizeof *mass);
    int done = at && name && mass;

    for (size_t a = 0; done && a < w->arms; a++) {
        at[a] = a;
        name[a] = w->arm[a].name;
    }
    done = done && audit_sort(s, at, w->arms, (const char *const *const[]){name}, 1);
    for (size_t from = 0, to = 0; done && from < w->arms; from = to) {
        struct treatment *t = &w->treatment[w->treatments++];

        *t = (struct treatment){.name = name[at[from]],
                                .i = w->arm[at[from]].first,
                                .control = called_control(name[at[from]])};
        for (; to < w->arms && strcmp(name[at[from]], name[at[to]]) == 0; to++) {
            t->i = w->arm[at[to]].first < t->i ? w->arm[at[to]].first : t->i;
            t->trials += w->arm[at[to]].of > 1;
            t->worst += (size_t)w->arm[at[to]].worst;
        }
        t->p = tail(w, at, from, to, t->worst, mass);
    }
    s->failed |= !done;
    free(mass);
    free(name);
    free(at);
    return done;
}

static const struct treatment *find_treatment(const struct network *w, const char *name)
{
    for (size_t t = 0; t < w->treatments; t++) {
        if (strcmp(w->treatment[t].name, name) == 0) {
            return &w->treatment[t];
        }
    }
    return NULL;
}

/* Worst in nearly all of its trials, and more often than chance makes any of so many treatments. */
static int acts_as_control(const struct network *w, const struct treatment *t)
{
    return !t->control && t->trials >= LEAST_TRIALS && 4 * t->worst >= 3 * t->trials &&
           t->p * (double)w->treatments < 0.05;
}

static int is_better(int better, const struct arm *a, const struct arm *b)
{
    return better * a->mean > better * b->mean;
}

static const char *arm_figures(struct audit_sheet *s, const struct arm *a)
{
    return audit_figures(s, a->i,
                         (audit_role[]){AUDIT_ARM, AUDIT_FOLLOWUP, AUDIT_N, AUDIT_CHANGE,
                                        AUDIT_MEAN, AUDIT_MEAN_POST, AUDIT_SE, AUDIT_ROLES});
}

/* The arm called placebo beats one that elsewhere does worst: at the row of the former. */
static void compare_in_trial(struct audit_sheet *s, const struct network *w,
                             const struct arm *control, const struct arm *other, int better,
                             size_t *contradictions)
{
    const struct treatment *t = find_treatment(w, other->name);

    if (!t || t->control || !is_better(better, control, other)) {
        return;
    }
    const int suspect = acts_as_control(w, t);

    *contradictions += (size_t)suspect;
    if (suspect) {
        audit_find(
            s, control->i, TQ_FINDING_ERROR, arm_figures(s, control),
            "'%.60s' (mean %s over its visits) does better than '%.60s' (%s), which does worst in "
            "%zu of its %zu trials: are the names of the treatments permuted, and '%.60s' the "
            "placebo?",
            control->name, audit_number(s, control->mean), other->name,
            audit_number(s, other->mean), t->worst, t->trials, other->name);
    } else {
        audit_find(
            s, control->i, TQ_FINDING_NOTE, arm_figures(s, control),
            "'%.60s' (mean %s over its visits) does better than '%.60s' (%s): arms swapped, or "
            "a treatment without effect?",
            control->name, audit_number(s, control->mean), other->name,
            audit_number(s, other->mean));
    }
}

static size_t controls_that_win(struct audit_sheet *s, const struct network *w, int better)
{
    size_t contradictions = 0;

    for (size_t from = 0, to; from < w->arms; from = to) {
        for (to = from; to < w->arms && strcmp(w->arm[from].trial, w->arm[to].trial) == 0; to++) {
        }
        for (size_t a = from; a < to; a++) {
            for (size_t b = from; b < to && called_control(w->arm[a].name); b++) {
                compare_in_trial(s, w, &w->arm[a], &w->arm[b], better, &contradictions);
            }
        }
    }
    return contradictions;
}

static const struct treatment *most_frequent_control(const struct network *w)
{
    const struct treatment *most = NULL;

    for (size_t t = 0; t < w->treatments; t++) {
        if (w->treatment[t].control && (!most || w->treatment[t].trials > most->trials)) {
            most = &w->treatment[t];
        }
    }
    return most;
}

/* A treatment that does worst nearly everywhere, while what is called placebo is rarer than it. */
static void treatments_that_lose(struct audit_sheet *s, const struct network *w,
                                 size_t contradictions)
{
    const struct treatment *control = most_frequent_control(w);

    for (size_t k = 0; k < w->treatments; k++) {
        const struct treatment *t = &w->treatment[k];

        if (acts_as_control(w, t) && control && control->trials < t->trials) {
            audit_find(
                s, t->i, contradictions ? TQ_FINDING_ERROR : TQ_FINDING_WARNING,
                tq_arena_format(s->arena, "%s: %s", audit_column_of(s, AUDIT_ARM), t->name),
                "'%.60s' does worst in %zu of its %zu trials (p = %s by chance), while '%.60s' "
                "stands in %zu: the names of the treatments look permuted, this one being the "
                "control; use the labels for no conclusion before the source is seen",
                t->name, t->worst, t->trials, audit_number(s, t->p), control->name,
                control->trials);
        }
    }
}

void audit_labels(struct audit_sheet *s)
{
    size_t *at = calloc(s->rows, sizeof *at);
    struct network w = {calloc(s->rows, sizeof *w.arm), 0, 0, calloc(s->rows, sizeof *w.treatment),
                        0};
    const char *const *keys[] = {s->key, s->text[AUDIT_ARM]};
    const int better = direction(s);

    s->failed |= !at || !w.arm || !w.treatment;
    for (size_t i = 0; at && i < s->rows; i++) {
        at[i] = i;
    }
    if (!s->failed && s->text[AUDIT_ARM] && better != 0 && audit_sort(s, at, s->rows, keys, 2)) {
        gather_arms(s, at, &w);
        mark_worst(&w, better);
        if (w.trials >= LEAST_TRIALS && gather_treatments(s, &w)) {
            s->looked_at = s->rows;
            treatments_that_lose(s, &w, controls_that_win(s, &w, better));
        }
    }
    free(w.treatment);
    free(w.arm);
    free(at);
}
