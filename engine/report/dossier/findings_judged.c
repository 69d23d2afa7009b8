/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What intervals say of the MCID and of the certainty, by rules that are stated. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/dossier/findings_internal.h"
#include "report/page/format.h"
#include "sequential/required_information.h"

enum { NUMBER = 64, WORDS = 200, MOST_THRESHOLDS = 3 };

/* Of the optimal information size where no MCID is given: Guyatt et al. (2011), J. Clin. Epidemiol.
   64:1283-1293, a relative risk reduction of 25%, and 400 participants for differences. */
static const double usual_reduction = 25.0, usual_participants = 400.0;
/* Appreciable benefit and harm of ratios, from the same source. */
static const double appreciable[2] = {0.75, 1.25};
/* Bounds of I2: Cochrane Handbook, section 10.10.2 (30 to 60% moderate, 50 to 90% substantial, 75 to 100%
   considerable). */
static const double substantial = 50.0, considerable = 75.0;

static const char *const concern_names[TQ_CONCERN_COUNT] = {"not applicable", "not serious",
                                                            "serious", "very serious"};
static const char *const important_names[TQ_IMPORTANT_COUNT] = {"", "no", "possible", "probable",
                                                                "definite"};

const char *tq_concern_name(tq_concern concern)
{
    return (unsigned)concern < TQ_CONCERN_COUNT ? concern_names[concern] : NULL;
}

const char *tq_concern_left(void)
{
    return "to be judged";
}

const char *tq_concern_left_name(size_t i)
{
    static const char *const names[] = {"Risk of bias", "Indirectness", "Publication bias"};

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

const char *tq_important_name(tq_important important)
{
    return (unsigned)important < TQ_IMPORTANT_COUNT ? important_names[important] : NULL;
}

static const char *const rules[] = {
    "Importance: the confidence interval against the MCID on each side of no effect: definite "
    "where "
    "all of it reaches the MCID, probable where the estimate does, possible where only a limit "
    "does (Man-Son-Hing et al., 2002).",
    "Inconsistency: serious where I\xC2\xB2 is at least 50%, or where the prediction interval "
    "includes a "
    "threshold (no effect, or the MCID on either side) that the confidence interval excludes; "
    "very "
    "serious where both hold and I\xC2\xB2 is at least 75% (Guyatt et al., 2023; Deeks et al., "
    "2019).",
    "Imprecision with an MCID: serious where the confidence interval includes the MCID of one "
    "side, "
    "very serious where it includes both (Zeng et al., 2022).",
    "Imprecision without one: for ratios serious where the interval includes no effect and "
    "0.75 or "
    "1.25, very serious where it includes both; for other measures serious where it includes "
    "no "
    "effect (Guyatt et al., 2011).",
    "Imprecision in either case: serious at least where there are fewer participants than the "
    "optimal "
    "information size, what one trial with 80% power at the two-sided level 0.05 needs to find "
    "the MCID; "
    "without one a relative reduction of 25%, or 400 participants for differences "
    "(Guyatt et al., 2011).",
    "The risk or mean with control is the median of the control groups; that with intervention "
    "follows "
    "from it and the effect (Sch\xC3\xBCnemann et al., 2019).",
    "Risk of bias, indirectness, publication bias, overall certainty: left to the reviewer.",
};
enum { RULES = sizeof rules / sizeof *rules };

static int any_robust(const tq_findings *f)
{
    int any = 0;

    for (size_t i = 0; i < f->n; i++) {
        any |= f->row[i].headline.robust;
    }
    return any;
}

static int any_at_least(const tq_findings *f)
{
    int any = 0;

    for (size_t i = 0; i < f->n; i++) {
        any |= f->row[i].at_least;
    }
    return any;
}

/* Rules of what some rows have. */
static const struct {
    int (*holds)(const tq_findings *f);
    const char *rule;
} special[] = {
    {any_at_least,
     "Participants of models with several effects of a study: of these the one with most people "
     "counts, since they may be the same people; at least as many took part."},
    {any_robust,
     "Intervals of cluster-robust inference (robust) stand in place of the model's where it has at "
     "least 4 degrees of freedom; with fewer they are not to be trusted."},
};
enum { SPECIAL = sizeof special / sizeof *special };

const char *const *finding_rules(const tq_findings *f, tq_arena *arena, size_t *n)
{
    const char **list = tq_arena_take(arena, RULES + SPECIAL, sizeof *list);

    if (!list) {
        return NULL;
    }
    memcpy(list, rules, sizeof rules);
    *n = RULES;
    for (size_t i = 0; i < SPECIAL; i++) {
        if (special[i].holds(f)) {
            list[(*n)++] = special[i].rule;
        }
    }
    return list;
}

const char *const *finding_references(size_t *n)
{
    static const char *const references[] = {
        "Deeks, Higgins & Altman (2019), Cochrane Handbook for Systematic Reviews of "
        "Interventions, "
        "ch. 10",
        "Guyatt et al. (2011), J. Clin. Epidemiol. 64:1283-1293",
        "Guyatt et al. (2023), J. Clin. Epidemiol. 158:70-83",
        "Man-Son-Hing et al. (2002), J. Gen. Intern. Med. 17:469-476",
        "Sch\xC3\xBCnemann et al. (2019), Cochrane Handbook for Systematic Reviews of "
        "Interventions, "
        "ch. 14-15",
        "Zeng et al. (2022), J. Clin. Epidemiol. 150:216-224",
    };

    *n = sizeof references / sizeof *references;
    return references;
}

/* ---- distances from no effect ---------------------------------------------------------------- */

/* Intervals as distances from no effect: of ratios as logarithms, else on the natural scale. */
typedef struct {
    tq_estimate ci;
    double pi[2];
    double mcid; /* > 0; NaN: none */
    int ratio, known;
} distances;

static distances measure_out(const finding_maker *m)
{
    const tq_outcome *r = m->row;
    const tq_analysis *a = r->a;
    const double null = a->measure->null_value;
    distances d = {.ratio = tq_is_ratio(a->measure, a->transform), .mcid = NAN};

    if (!r->natural || isnan(null) || isnan(r->natural->ci_lb) || isnan(r->natural->ci_ub)) {
        return d;
    }
    const tq_prediction *p = &r->headline.linear;
    const tq_natural on =
        d.ratio ? (tq_natural){p->pred, p->ci_lb, p->ci_ub, p->pi_lb, p->pi_ub} : *r->natural;
    const double zero = d.ratio ? null : tq_transform_apply(a->transform, null, a->ni_mean);

    d.known = 1;
    d.ci = (tq_estimate){on.pred - zero, on.ci_lb - zero, on.ci_ub - zero};
    d.pi[0] = on.pi_lb - zero;
    d.pi[1] = on.pi_ub - zero;
    d.mcid = d.ratio ? fabs(log(m->e->mcid)) : m->e->mcid;
    return d;
}

static int includes(double lo, double hi, double at)
{
    return lo < at && at < hi;
}

/* ---- the MCID -------------------------------------------------------------------------------- */

/* The word for an effect below (0) or above (1) no effect. A change within one group is no effect of what
   it had. */
static const char *word_of(const finding_maker *m, int above)
{
    static const char *const words[2][2] = {{"harm", "benefit"}, {"worsening", "improvement"}};

    if (m->e->better == TQ_BETTER_UNKNOWN) {
        return above ? "increase" : "decrease";
    }
    return words[analysis_is_change(m->row->a->measure)]
                [(m->e->better == TQ_BETTER_HIGHER) == above];
}

static void judge_importance(finding_maker *m, const distances *d)
{
    tq_outcome *r = m->row;
    const tq_estimate *c = &d->ci;

    if (!d->known || isnan(d->mcid)) {
        return;
    }
    r->low = tq_important_of(-c->est, -c->hi, -c->lo, d->mcid);
    r->high = tq_important_of(c->est, c->lo, c->hi, d->mcid);
    const int above = r->high > r->low || (r->high == r->low && c->est > 0.0);
    const tq_important main = above ? r->high : r->low, other = above ? r->low : r->high;

    if (main == TQ_IMPORTANT_NOT) {
        r->important = "no important difference";
    } else {
        r->important = finding_text(m, "%s %s%s%s%s", important_names[main], word_of(m, above),
                                    other > TQ_IMPORTANT_NOT ? "; " : "",
                                    other > TQ_IMPORTANT_NOT ? word_of(m, !above) : "",
                                    other > TQ_IMPORTANT_NOT ? " not excluded" : "");
    }
}

/* ---- inconsistency --------------------------------------------------------------------------- */

typedef struct {
    double at;
    const char *name;
} threshold;

static size_t thresholds(finding_maker *m, const distances *d, threshold *out)
{
    size_t n = 0;

    out[n++] = (threshold){0.0, "no effect"};
    if (!isnan(d->mcid)) {
        out[n++] = (threshold){-d->mcid, finding_text(m, "the MCID of %s", word_of(m, 0))};
        out[n++] = (threshold){d->mcid, finding_text(m, "the MCID of %s", word_of(m, 1))};
    }
    return n;
}

static void join(char *words, const char *text)
{
    const size_t used = strlen(words);

    snprintf(words + used, WORDS - used, "%s%s", used ? ", " : "", text);
}

/* Thresholds that the prediction interval includes and the confidence interval does not. */
static size_t uncovered(finding_maker *m, const distances *d, char *words)
{
    threshold t[MOST_THRESHOLDS];
    const size_t n = thresholds(m, d, t);
    size_t found = 0;

    words[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        if (includes(d->pi[0], d->pi[1], t[i].at) && !includes(d->ci.lo, d->ci.hi, t[i].at)) {
            found++;
            join(words, t[i].name);
        }
    }
    return found;
}

static void judge_inconsistency(finding_maker *m, const distances *d)
{
    tq_outcome *r = m->row;
    char words[WORDS] = "", I2[NUMBER], tau2[NUMBER];

    if (r->studies < 2 || !r->natural || isnan(r->I2)) { /* its own effects tell of no other */
        r->inconsistency_why = r->studies == 1 ? "one study" : "";
        return;
    }
    const size_t found = d->known ? uncovered(m, d, words) : 0;
    const int much = r->I2 >= substantial;

    r->inconsistency = r->I2 >= considerable && found > 0 ? TQ_CONCERN_VERY_SERIOUS
                       : much || found > 0                ? TQ_CONCERN_SERIOUS
                                                          : TQ_CONCERN_NONE;
    r->inconsistency_why = finding_text(
        m, "I\xC2\xB2 %s%%%s%s%s%s", tq_format_number(I2, sizeof I2, r->I2, 1),
        isnan(r->tau2) ? "" : ", tau\xC2\xB2 ",
        isnan(r->tau2) ? "" : tq_format_number(tau2, sizeof tau2, r->tau2, r->tau2 < 10.0 ? 3 : 1),
        found > 0 ? "; prediction interval includes " : "", found > 0 ? words : "");
}

/* ---- imprecision ----------------------------------------------------------------------------- */

/* What one trial needs, in participants; NaN where it cannot be known. */
static double optimal_size(finding_maker *m, const distances *d)
{
    const tq_outcome *r = m->row;
    const tq_analysis *a = r->a;
    const tq_count_scale scale = tq_count_scale_find(a->measure->code);
    const int rates = r->kind == TQ_ABSOLUTE_RISK && r->control > 0.0 && r->control < 1.0 &&
                      scale != TQ_COUNT_COUNT;
    double *x = tq_arena_take(m->arena, a->k, 3 * sizeof *x);
    tq_required_information_options o = tq_required_information_defaults();
    tq_required_information found;

    if (!x) {
        m->failed = 1;
        return NAN;
    }
    if (isnan(d->mcid) && !d->ratio && !rates) {
        return usual_participants;
    }
    for (size_t i = 0; i < a->k; i++) {
        x[i] = a->study[i].vi;
        x[a->k + i] = a->study[i].ni;
    }
    const tq_information_data data = {.k = a->k,
                                      .vi = x,
                                      .ni = x + a->k,
                                      .pooled = 0.0,
                                      .scale = rates ? scale : TQ_COUNT_COUNT,
                                      .control_rate = r->control};

    o.beta = 0.2;
    o.unit = TQ_UNIT_PARTICIPANTS;
    o.adjust = TQ_HETERO_NONE;
    if (!isnan(d->mcid)) {
        o.delta = -d->mcid;
    } else if (rates) {
        o.rrr = usual_reduction;
    } else {
        o.delta = log1p(-usual_reduction / 100.0);
    }
    return tq_required_information_find(&data, &o, x + 2 * a->k, &found, NULL) == TQ_OK
               ? ceil(found.required - 1e-9)
               : (double)NAN;
}

/* How many of the limits that matter lie in the confidence interval, and which. */
static int crossed(finding_maker *m, const distances *d, char *words)
{
    threshold t[MOST_THRESHOLDS];
    int n = 0;

    words[0] = '\0';
    if (!isnan(d->mcid)) {
        const size_t most = thresholds(m, d, t);

        for (size_t i = 1; i < most; i++) {
            if (includes(d->ci.lo, d->ci.hi, t[i].at)) {
                n++;
                join(words, t[i].name);
            }
        }
        return n;
    }
    if (!includes(d->ci.lo, d->ci.hi, 0.0)) {
        return 0;
    }
    join(words, "no effect");
    for (size_t i = 0; d->ratio && i < 2; i++) {
        if (includes(d->ci.lo, d->ci.hi, log(appreciable[i]))) {
            n++;
            join(words, i ? "1.25" : "0.75");
        }
    }
    return d->ratio ? n : 1;
}

static void judge_imprecision(finding_maker *m, const distances *d)
{
    tq_outcome *r = m->row;
    char words[WORDS], have[NUMBER], need[NUMBER];

    if (!d->known) {
        return;
    }
    const int n = crossed(m, d, words);

    r->optimal = optimal_size(m, d);
    const int few = !isnan(r->participants) && r->participants < r->optimal;

    r->imprecision = n > 1           ? TQ_CONCERN_VERY_SERIOUS
                     : n == 1 || few ? TQ_CONCERN_SERIOUS
                                     : TQ_CONCERN_NONE;
    r->imprecision_why = finding_text(
        m, "%s%s%s%s%s%s", words[0] ? "interval includes " : "interval excludes ",
        words[0]         ? words
        : isnan(d->mcid) ? "no effect"
                         : "the MCID",
        isnan(r->participants) ? "; participants not known"
        : r->at_least          ? "; participants at least "
                               : "; participants ",
        isnan(r->participants) ? "" : tq_format_count(have, sizeof have, r->participants),
        isnan(r->optimal) || isnan(r->participants) ? "" : ", optimal information size ",
        isnan(r->optimal) || isnan(r->participants)
            ? ""
            : tq_format_count(need, sizeof need, r->optimal));
}

void finding_judge(finding_maker *m)
{
    const distances d = measure_out(m);

    judge_importance(m, &d);
    judge_inconsistency(m, &d);
    judge_imprecision(m, &d);
}
