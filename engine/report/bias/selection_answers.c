/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What p-curve, p-uniform and S-values found: methods that look at significance. */
#include <math.h>

#include "report/bias/answers_internal.h"
#include "report/page/format.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static const char *is_or_are(size_t n)
{
    return n == 1 ? "is" : "are";
}

/* ---- p-curve ---- */

static tq_status pcurve_rows(tq_analysis *a, double null_value, tq_answers *f, tq_error *err)
{
    static const tq_answer_column columns[] = {
        {"z", "z", TQ_SHOW_SHORT, NULL},
        {"pval", "p", TQ_SHOW_P, NULL},
        {"pp_right", "pp, no effect", TQ_SHOW_P, NULL},
        {"pp_flat", "pp, 33% power", TQ_SHOW_P, NULL},
    };
    const tq_pcurve *c = a->publication->pcurve;
    const tq_status status = found_table(a, f, "Significant studies", "Study", c->significant,
                                         columns, sizeof columns / sizeof *columns, err);
    size_t at = 0;

    for (size_t i = 0; status == TQ_OK && i < c->k; i++) {
        if (!isnan(c->pp_right[i])) {
            const tq_study *s = &a->study[i];
            const double value[] = {(s->yi - null_value) / s->sei, c->p[i], c->pp_right[i],
                                    c->pp_flat[i]};

            found_row(f, at++, s->label, value);
        }
    }
    return status;
}

static void pcurve_tests(const tq_pcurve *c, tq_answers *f)
{
    found_test(f, "right_full", "right skew, all p < 0.05", "z", c->full_right.z, NAN,
               c->full_right.pval);
    found_test(f, "right_half", "right skew, p < 0.025", "z", c->half_right.z, NAN,
               c->half_right.pval);
    found_test(f, "right_binomial", "right skew, share below 0.025", NULL, NAN, NAN,
               c->binomial_right);
    found_test(f, "flat_full", "flatter than 33% power, all", "z", c->full_flat.z, NAN,
               c->full_flat.pval);
    found_test(f, "flat_half", "flatter than 33% power, p < 0.025", "z", c->half_flat.z, NAN,
               c->half_flat.pval);
    found_test(f, "flat_binomial", "flatter than 33% power, share", NULL, NAN, NAN,
               c->binomial_flat);
}

static void say_pcurve(const tq_pcurve *c, tq_buffer *out)
{
    char power[32], lb[32], ub[32];
    const size_t less = c->significant - c->greater;

    tq_buffer_format(out, "%zu of %zu studies %s significant at 0.05, %zu at 0.025. %s",
                     c->significant, c->k, is_or_are(c->significant), c->half,
                     tq_pcurve_verdict_text(c->verdict));
    if (c->significant > 0) {
        tq_buffer_format(out, " Estimated power of the studies: %s%% (90%% CI %s to %s).",
                         tq_format_number(power, sizeof power, 100.0 * c->power, 0),
                         tq_format_number(lb, sizeof lb, 100.0 * c->power_lb, 0),
                         tq_format_number(ub, sizeof ub, 100.0 * c->power_ub, 0));
    }
    if (less > 0 && c->greater > 0) {
        tq_buffer_format(out,
                         " The significant effects differ in direction (%zu above no effect, "
                         "%zu below), which the p-curve does not see.",
                         c->greater, less);
    }
}

tq_status found_pcurve(const analysis_input *in, tq_analysis *a, double null_value, tq_error *err)
{
    tq_publication *p = a->publication;
    tq_answers *f = &p->answers;
    tq_buffer reading = {0};
    tq_status status = tq_pcurve_find(&in->of.model, null_value, &p->pcurve, err);

    if (status != TQ_OK) {
        return status;
    }
    const tq_pcurve *c = p->pcurve;

    f->title = "p-curve";
    f->method = "the p-curve";
    f->source[0] = "Simonsohn, Nelson & Simmons (2014), J. Exp. Psychol. Gen. 143:534-547";
    f->source[1] = "Simonsohn, Simmons & Nelson (2015), J. Exp. Psychol. Gen. 144:1146-1152";
    if (c->significant > 0) {
        pcurve_tests(c, f);
    }
    found_number(f, "significant", "Significant studies (p < 0.05)", (double)c->significant,
                 TQ_SHOW_COUNT);
    found_number(f, "half", "Studies with p < 0.025", (double)c->half, TQ_SHOW_COUNT);
    found_number(f, "power", "Power", 100.0 * c->power, TQ_SHOW_PERCENT);
    found_number(f, "power_lb", "   90% CI low", 100.0 * c->power_lb, TQ_SHOW_PERCENT);
    found_number(f, "power_ub", "   90% CI high", 100.0 * c->power_ub, TQ_SHOW_PERCENT);
    f->result = answers_no_result();
    f->brief = tq_pcurve_verdict_brief(c->verdict);
    say_pcurve(c, &reading);
    status = analysis_keep_text(a, &reading, &f->reading, err);
    return status == TQ_OK && c->significant > 0 ? pcurve_rows(a, null_value, f, err) : status;
}

/* ---- p-uniform ---- */

/* An interval without a Wald test. */
static tq_adjusted interval(double est, double lb, double ub)
{
    tq_adjusted out = {est, NAN, NAN, NAN, NAN, NAN, NAN};

    out.ci_lb = isfinite(lb) ? lb : (double)NAN;
    out.ci_ub = isfinite(ub) ? ub : (double)NAN;
    return out;
}

static void puniform_tests(const tq_puniform *u, tq_answers *f)
{
    if (!u->why[0]) {
        found_test(f, "effect", "p-uniform: no effect, one-sided", "z", u->effect.stat, NAN,
                   u->effect.pval);
        found_test(f, "bias", "p-uniform: no publication bias", "z", u->bias.stat, NAN,
                   u->bias.pval);
    }
    if (!u->star_why[0]) {
        found_test(f, "star_effect", "p-uniform*: no effect", "LR", u->star_effect.stat,
                   u->star_effect.df, u->star_effect.pval);
        found_test(f, "star_tau2", "p-uniform*: no heterogeneity", "LR", u->star_tau2_test.stat,
                   u->star_tau2_test.df, u->star_tau2_test.pval);
        found_test(f, "star_bias", "p-uniform*: no publication bias", "LR", u->star_bias.stat,
                   u->star_bias.df, u->star_bias.pval);
    }
}

static void say_puniform(const tq_analysis *a, const tq_puniform *u, tq_buffer *out)
{
    const tq_adjusted plain = interval(u->est, u->ci_lb, u->ci_ub);
    const tq_adjusted star = interval(u->star_est, u->star_lb, u->star_ub);

    tq_buffer_format(out, "%zu of %zu studies %s significant on the favoured side (%s no effect). ",
                     u->significant, u->k, is_or_are(u->significant),
                     u->greater ? "above" : "below");
    if (u->star_why[0]) {
        tq_buffer_format(out, "p-uniform* has no estimate: %s. ", u->star_why);
    } else {
        tq_buffer_format(out, "Corrected by p-uniform* the %s is ", tq_analysis_scale_name(a, 1));
        found_say(a, out, &star, u->level);
        tq_buffer_text(out, isinf(u->star_lb) && isinf(u->star_ub) ? " (its interval has no limits)"
                            : isinf(u->star_lb) ? " (its interval has no lower limit)"
                            : isinf(u->star_ub) ? " (its interval has no upper limit)"
                                                : "");
        tq_buffer_text(out, ", without correction ");
        found_say(a, out, &u->random_effects, u->level);
        tq_buffer_text(out, ". ");
    }
    if (u->why[0]) {
        tq_buffer_format(out, "p-uniform has no estimate: %s.", u->why);
    } else {
        tq_buffer_text(out,
                       "p-uniform, from the significant studies alone and without heterogeneity, "
                       "gives ");
        found_say(a, out, &plain, u->level);
        tq_buffer_text(out, ".");
    }
}

tq_status found_puniform(const analysis_input *in, tq_analysis *a, double null_value, tq_error *err)
{
    tq_puniform_options opt = *in->spec->publication->puniform;
    tq_publication *p = a->publication;
    tq_answers *f = &p->answers;
    tq_buffer reading = {0};

    opt.null_value = null_value;
    p->puniform = tq_arena_take(a->arena, 1, sizeof *p->puniform);
    const tq_status status =
        p->puniform ? tq_puniform_find(&in->of.model, a->options.level, &opt, p->puniform, err)
                    : no_memory(err);

    if (status != TQ_OK) {
        return status;
    }
    const tq_puniform *u = p->puniform;
    const tq_adjusted plain = interval(u->est, u->ci_lb, u->ci_ub);
    const tq_adjusted star = interval(u->star_est, u->star_lb, u->star_ub);

    f->title = "p-uniform and p-uniform*";
    f->method = "p-uniform and p-uniform*";
    f->source[0] = "van Assen, van Aert & Wicherts (2015), Psychol. Methods 20:293-309";
    f->source[1] = "van Aert & van Assen (2026), Psychon. Bull. Rev. 33";
    f->direction = u->greater ? "greater" : "less";
    found_estimate(a, f, "puniform", "p-uniform", &plain);
    found_estimate(a, f, "puniform_star", "p-uniform*", &star);
    found_estimate(a, f, "equal_effects", "Equal effects, uncorrected", &u->equal_effects);
    found_estimate(a, f, "random_effects", "Random effects (ML), uncorrected", &u->random_effects);
    puniform_tests(u, f);
    found_number(f, "significant", "Significant studies", (double)u->significant, TQ_SHOW_COUNT);
    found_number(f, "star_tau2_est", "tau2, p-uniform*", u->star_tau2, TQ_SHOW_EFFECT);
    found_number(f, "star_tau2_lb", "   CI low", u->star_tau2_lb, TQ_SHOW_EFFECT);
    found_number_or(f, "star_tau2_ub", "   CI high", u->star_tau2_ub, TQ_SHOW_EFFECT,
                    isinf(u->star_tau2_ub) ? "no limit" : NULL);
    found_number(f, "random_tau2", "tau2, uncorrected (ML)", u->random_tau2, TQ_SHOW_EFFECT);
    found_number(f, "alpha", "Level of significance", u->alpha, TQ_SHOW_P);
    f->result = f->estimate[1].natural;
    f->brief = u->star_why[0] ? "no estimate" : NULL;
    say_puniform(a, u, &reading);
    return analysis_keep_text(a, &reading, &f->reading, err);
}

/* ---- S-values ---- */

static tq_status svalue_rows(tq_analysis *a, tq_answers *f, tq_error *err)
{
    static const tq_answer_column columns[] = {
        {"beta", "Effect", TQ_SHOW_EFFECT, NULL},   {"se", "SE", TQ_SHOW_EFFECT, NULL},
        {"df", "df", TQ_SHOW_SHORT, NULL},          {"ci_lb", "CI low", TQ_SHOW_EFFECT, NULL},
        {"ci_ub", "CI high", TQ_SHOW_EFFECT, NULL}, {"pval", "p", TQ_SHOW_P, NULL},
        {"pred", "Natural", TQ_SHOW_NATURAL, NULL},
    };
    const tq_svalue *s = a->publication->svalue;
    const size_t n = s->n + (s->affirmative < s->k ? 1 : 0);
    const tq_status status =
        found_table(a, f, "Corrected for affirmative studies being seen so many times as often",
                    "Ratio", n, columns, sizeof columns / sizeof *columns, err);

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        const tq_adjusted *at = i < s->n ? &s->corrected[i] : &s->worst;
        const double value[] = {
            at->est, at->se, at->df, at->ci_lb, at->ci_ub, at->pval, found_natural(a, at->est)};

        found_row(f, i, i < s->n ? tq_arena_format(a->arena, "%g", s->ratio[i]) : "worst case",
                  value);
    }
    return status;
}

static void say_shift(tq_buffer *out, double value, const char *what, const char *target)
{
    char text[64];

    if (isnan(value)) {
        tq_buffer_format(out, "%s has no S-value. ", what);
    } else if (isinf(value)) {
        tq_buffer_format(out, "No such selection, however strong, would move %s to %s. ", what,
                         target);
    } else if (value <= 1.0) {
        tq_buffer_format(out, "Without any selection %s is at %s or beyond. ", what, target);
    } else {
        tq_buffer_format(out,
                         "Affirmative studies would have to be seen %s times as often as others "
                         "to move %s to %s. ",
                         tq_format_number(text, sizeof text, value, 2), what, target);
    }
}

static void say_svalue(const tq_analysis *a, const tq_svalue *s, int none, tq_buffer *out)
{
    char number[64];
    const char *target =
        none ? "no effect"
             : tq_format_number(number, sizeof number, found_natural(a, s->target), 2);

    tq_buffer_format(out, "%zu of %zu studies %s affirmative: significant and %s no effect. ",
                     s->affirmative, s->k, is_or_are(s->affirmative),
                     s->greater ? "above" : "below");
    say_shift(out, s->svalue_est, "the pooled effect", target);
    say_shift(out, s->svalue_ci, "its confidence limit", target);
    if (s->affirmative < s->k) {
        tq_buffer_format(out, "In the worst case, of nonaffirmative studies alone, the %s is ",
                         tq_analysis_scale_name(a, 1));
        found_say(a, out, &s->worst, s->level);
        tq_buffer_text(out, ".");
    } else {
        tq_buffer_text(out,
                       "With no nonaffirmative study there is no worst case to look at, and no "
                       "ratio changes the estimate.");
    }
}

tq_status found_svalue(const analysis_input *in, tq_analysis *a, double null_value, tq_error *err)
{
    tq_svalue_options opt = *in->spec->publication->svalue;
    tq_publication *p = a->publication;
    tq_answers *f = &p->answers;
    tq_buffer reading = {0};
    static const char never[] = "no ratio does";

    opt.null_value = null_value;
    p->svalue = tq_arena_take(a->arena, 1, sizeof *p->svalue);
    tq_status status = p->svalue ? tq_svalue_find(&in->of.model, &a->options, &opt, p->svalue, err)
                                 : no_memory(err);

    if (status != TQ_OK) {
        return status;
    }
    const tq_svalue *s = p->svalue;

    f->title = "S-values: how strong a selection would explain the result away";
    f->method = "S-values";
    f->source[0] = "Mathur & VanderWeele (2020), Appl. Stat. 69:1091-1119";
    f->direction = s->greater ? "greater" : "less";
    found_number_or(f, "svalue_est", "S-value of the estimate", s->svalue_est, TQ_SHOW_SHORT,
                    isinf(s->svalue_est) ? never : NULL);
    found_number_or(f, "svalue_ci", "S-value of the confidence limit", s->svalue_ci, TQ_SHOW_SHORT,
                    isinf(s->svalue_ci) ? never : NULL);
    found_number(f, "target", "Target", s->target, TQ_SHOW_EFFECT);
    found_number(f, "affirmative", "Affirmative studies", (double)s->affirmative, TQ_SHOW_COUNT);
    found_number(f, "nonaffirmative", "Nonaffirmative studies", (double)(s->k - s->affirmative),
                 TQ_SHOW_COUNT);
    found_number(f, "tau2", "tau2", s->tau2, TQ_SHOW_EFFECT);
    f->result = found_on_natural_scale(a, &s->worst);
    f->brief = isnan(s->worst.est) ? "every study is affirmative" : NULL;
    say_svalue(a, s, isnan(opt.target), &reading);
    status = analysis_keep_text(a, &reading, &f->reading, err);
    return status == TQ_OK ? svalue_rows(a, f, err) : status;
}
