/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an interval says about a difference that matters: whether all of it, some of it or none of it lies
 * beyond the minimal clinically important difference. After Schuenemann & Guyatt (2005), Health Serv. Res.
 * 40:593-597, and the wording of imprecision in GRADE: Zeng et al. (2021), J. Clin. Epidemiol. 137:163-175.
 */
#include "report/dossier/importance.h"

#include <math.h>
#include <string.h>

#include "report/page/format.h"

enum { DECIMALS = 2, TEXT = 64 };

static const char *const names[TQ_IMPORTANCE_COUNT] = {
    [TQ_IMPORTANCE_NONE] = "",
    [TQ_IMPORTANCE_BENEFIT] = "important benefit",
    [TQ_IMPORTANCE_HARM] = "important harm",
    [TQ_IMPORTANCE_TRIVIAL] = "nothing important",
    [TQ_IMPORTANCE_POSSIBLE] = "important benefit possible",
    [TQ_IMPORTANCE_POSSIBLE_HARM] = "important harm possible",
    [TQ_IMPORTANCE_OPEN] = "important benefit and harm possible",
};

const char *tq_importance_name(tq_importance importance)
{
    return (unsigned)importance < TQ_IMPORTANCE_COUNT ? names[importance] : NULL;
}

tq_important tq_important_of(double est, double lo, double hi, double mcid)
{
    return hi < mcid    ? TQ_IMPORTANT_NOT
           : est < mcid ? TQ_IMPORTANT_POSSIBLE
           : lo < mcid  ? TQ_IMPORTANT_PROBABLE
                        : TQ_IMPORTANT_DEFINITE;
}

tq_importance tq_importance_of(double lo, double hi, double mcid, int ratio, tq_better better)
{
    const double m = ratio ? fabs(log(mcid)) : mcid;
    double l = ratio ? log(lo) : lo, h = ratio ? log(hi) : hi;

    if (!(m > 0.0) || isnan(l) || isnan(h)) {
        return TQ_IMPORTANCE_NONE;
    }
    if (better == TQ_BETTER_LOWER) {
        const double turned = -l;

        l = -h;
        h = turned;
    }
    const tq_important benefit = tq_important_of(l, l, h, m), harm = tq_important_of(-h, -h, -l, m);

    if (benefit == TQ_IMPORTANT_DEFINITE || harm == TQ_IMPORTANT_DEFINITE) {
        return benefit > harm ? TQ_IMPORTANCE_BENEFIT : TQ_IMPORTANCE_HARM;
    }
    if (benefit == TQ_IMPORTANT_NOT) {
        return harm == TQ_IMPORTANT_NOT ? TQ_IMPORTANCE_TRIVIAL : TQ_IMPORTANCE_POSSIBLE_HARM;
    }
    return harm == TQ_IMPORTANT_NOT ? TQ_IMPORTANCE_POSSIBLE : TQ_IMPORTANCE_OPEN;
}

/* ---- in words ---- */

/* The scale has a direction and an MCID: differences and ratios; 0: proportions and the like. */
static int has_scale(const tq_analysis *a, int *ratio)
{
    *ratio = tq_is_ratio(a->measure, a->transform);
    return *ratio || strcmp(a->transform->name, "none") == 0;
}

/* The effect on the scale of the MCID: of ratios as such, whatever they are shown as. */
static tq_natural on_scale(const tq_analysis *a, int ratio)
{
    const tq_headline h = tq_analysis_headline(a);
    const tq_prediction *p = &h.linear;

    if (!ratio || strcmp(a->transform->name, "exp") == 0) {
        return h.natural;
    }
    return (tq_natural){exp(p->pred), exp(p->ci_lb), exp(p->ci_ub), exp(p->pi_lb), exp(p->pi_ub)};
}

tq_importance tq_importance_of_entry(const tq_dossier_entry *entry, int predicted)
{
    const tq_analysis *a = entry->analysis;
    int ratio;

    if (!a || a->levels_only || !has_scale(a, &ratio)) {
        return TQ_IMPORTANCE_NONE;
    }
    const tq_natural n = on_scale(a, ratio);

    return tq_importance_of(predicted ? n.pi_lb : n.ci_lb, predicted ? n.pi_ub : n.ci_ub,
                            entry->mcid, ratio, entry->better);
}

static void number(tq_buffer *out, double x)
{
    char text[TEXT];

    tq_buffer_text(out, tq_format_number(text, sizeof text, x, DECIMALS));
}

/* On which side of no effect the estimate is, and whether its interval stays there. */
static void direction(const tq_dossier_entry *e, int ratio, tq_buffer *out)
{
    const tq_natural n = on_scale(e->analysis, ratio);
    const double null = ratio ? 1.0 : 0.0;
    const int lower = n.pred < null, good = (e->better == TQ_BETTER_LOWER) == lower;

    if (e->better == TQ_BETTER_UNKNOWN || isnan(n.pred) || n.pred == null ||
        isnan(e->analysis->measure->null_value)) {
        return;
    }
    tq_buffer_format(out, "%s is better: the estimate is %s", lower == good ? "Lower" : "Higher",
                     good ? "on the side of benefit" : "on the side of harm");
    if (!isnan(n.ci_lb)) {
        tq_buffer_text(out, n.ci_lb <= null && n.ci_ub >= null
                                ? ", and its interval does not exclude the opposite."
                                : ", and its interval excludes the opposite.");
    } else {
        tq_buffer_text(out, ".");
    }
}

/* What all of an interval, or some of it, is. */
static void place(tq_importance i, int known, tq_buffer *out)
{
    static const char *const with[TQ_IMPORTANCE_COUNT] = {
        [TQ_IMPORTANCE_BENEFIT] = "lies wholly beyond it: an important benefit",
        [TQ_IMPORTANCE_HARM] = "lies wholly beyond it on the side of harm: an important harm",
        [TQ_IMPORTANCE_TRIVIAL] = "excludes an important difference on both sides",
        [TQ_IMPORTANCE_POSSIBLE] =
            "leaves an important benefit open and excludes an important harm",
        [TQ_IMPORTANCE_POSSIBLE_HARM] =
            "excludes an important benefit and leaves an important harm open",
        [TQ_IMPORTANCE_OPEN] = "excludes neither an important benefit nor an important harm",
    };
    static const char *const without[TQ_IMPORTANCE_COUNT] = {
        [TQ_IMPORTANCE_BENEFIT] = "lies wholly beyond it: an important difference",
        [TQ_IMPORTANCE_HARM] = "lies wholly beyond it: an important difference",
        [TQ_IMPORTANCE_TRIVIAL] = "excludes an important difference on both sides",
        [TQ_IMPORTANCE_POSSIBLE] = "leaves an important increase open, excludes such a decrease",
        [TQ_IMPORTANCE_POSSIBLE_HARM] =
            "leaves an important decrease open, excludes such an increase",
        [TQ_IMPORTANCE_OPEN] = "excludes an important difference on neither side",
    };

    tq_buffer_text(out, known ? with[i] : without[i]);
}

static void against_mcid(const tq_dossier_entry *e, int ratio, tq_buffer *out)
{
    const tq_natural n = on_scale(e->analysis, ratio);
    const int known = e->better != TQ_BETTER_UNKNOWN;
    const double size = ratio ? fabs(log(n.pred)) : fabs(n.pred);
    const double m = ratio ? fabs(log(e->mcid)) : e->mcid;
    const tq_importance ci = tq_importance_of_entry(e, 0), pi = tq_importance_of_entry(e, 1);

    tq_buffer_format(out, "%sThe estimate is %s than the MCID of ", out->size ? " " : "",
                     size >= m ? "no smaller" : "smaller");
    number(out, e->mcid);
    tq_buffer_format(out, "%s%s", e->unit ? " " : "", e->unit ? e->unit : "");
    if (ci != TQ_IMPORTANCE_NONE) {
        tq_buffer_format(out, "; its %g%% interval ", e->analysis->options.level);
        place(ci, known, out);
    }
    tq_buffer_text(out, ".");
    if (pi != TQ_IMPORTANCE_NONE) {
        tq_buffer_text(out, " For a new study, the prediction interval ");
        place(pi, known, out);
        tq_buffer_text(out, ".");
    }
}

tq_status tq_importance_text(const tq_dossier_entry *entry, tq_arena *arena, const char **out,
                             tq_error *err)
{
    const tq_analysis *a = entry->analysis;
    tq_buffer text = {0};
    int ratio = 0;

    if (a && !a->levels_only && !isnan(a->natural.pred) && has_scale(a, &ratio)) {
        direction(entry, ratio, &text);
        if (!isnan(entry->mcid)) {
            against_mcid(entry, ratio, &text);
        }
    }
    tq_status status = tq_buffer_status(&text, err);

    if (status == TQ_OK) {
        *out = tq_arena_text(arena, text.data ? text.data : "");
        status = *out ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_buffer_free(&text);
    return status;
}
