/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result in plain sentences. They say what the intervals say and no more: no "significant", no
 * cut-offs of I2, no claim about benefit, which the sign of an effect does not tell.
 */
#include <math.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/page/format.h"

enum { DECIMALS = 2, TEXT = 64, MAX_NAMED = 8 };

static void number(tq_buffer *out, double x)
{
    char text[TEXT];

    tq_buffer_text(out, tq_format_number(text, sizeof text, x, DECIMALS));
}

static void span(tq_buffer *out, double lo, double hi)
{
    number(out, lo);
    tq_buffer_text(out, " to ");
    number(out, hi);
}

/* Where the value of no effect lies: -1 below, 0 inside, 1 above the interval; 2: no such value. */
static int place_of_null(const tq_analysis *a, double lo, double hi)
{
    const double null = a->measure->null_value;

    if (isnan(null) || isnan(lo) || isnan(hi) || isnan(a->fit->pval[0])) {
        return 2;
    }
    return null < lo ? -1 : null > hi ? 1 : 0;
}

/* "56 effects of 11 levels of district". */
static void multilevel_of(const tq_analysis *a, tq_buffer *out)
{
    const tq_multilevel_term *t = a->multilevel->term;

    tq_buffer_format(out, "%zu effects of %zu level%s of %s", a->k, t->levels,
                     t->levels == 1 ? "" : "s", a->multilevel->factor);
}

static void pooled_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_prediction *p = &a->fit->prediction;
    char text[TEXT];

    if (a->k == 1) {
        tq_buffer_format(out, "One study gives ");
    } else if (a->fit->k < a->k) { /* the others tell nothing about a ratio */
        tq_buffer_format(out, "%zu of %zu studies, those with events, together give ", a->fit->k,
                         a->k);
    } else if (a->n_filled > 0) {
        tq_buffer_format(out, "%zu stud%s and %zu filled in together give ", a->k - a->n_filled,
                         a->k - a->n_filled == 1 ? "y" : "ies", a->n_filled);
    } else if (a->multilevel) {
        multilevel_of(a, out);
        tq_buffer_text(out, " together give ");
    } else {
        tq_buffer_format(out, "%zu studies together give ", a->k);
    }
    const char *name = tq_analysis_scale_name(a, 1);

    tq_buffer_format(out, "%s %s of ", strchr("aeiou", name[0]) ? "an" : "a", name);
    number(out, a->natural.pred);
    tq_buffer_format(out, " (%g%% CI ", a->options.level);
    span(out, a->natural.ci_lb, a->natural.ci_ub);
    if (!isnan(a->fit->pval[0]) && !isnan(a->measure->null_value)) {
        tq_buffer_format(out, ", p %s",
                         tq_format_p_relation(text, sizeof text, a->fit->pval[0], 4));
    }
    switch (place_of_null(a, p->ci_lb, p->ci_ub)) {
    case 0:
        tq_buffer_text(out, "): the interval includes no effect.");
        break;
    case -1:
    case 1:
        tq_buffer_text(out, "): the interval excludes no effect.");
        break;
    default:
        tq_buffer_text(out, ").");
    }
}

static void interval_sentence(const tq_analysis *a, tq_buffer *out)
{
    if (isnan(a->ci_mu_natural.ci_lb) || a->ci_mu.kind == TQ_CI_MU_WALD) {
        return;
    }
    tq_buffer_format(out, " By %s the %g%% interval is ", tq_ci_mu_label(a->ci_mu.kind),
                     a->options.level);
    span(out, a->ci_mu_natural.ci_lb, a->ci_mu_natural.ci_ub);
    tq_buffer_text(out, ".");
}

/* Whether nothing is known of how the levels of a random term differ: its component stands at 0 for want of data. */
static int unknown_term(const tq_multilevel *m, size_t t)
{
    return m->fit->component[m->term[t].first].fixed == 2;
}

static void prediction_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_prediction *p = &a->fit->prediction;

    if (isnan(p->pi_lb) || a->fit->tau2 == 0.0) {
        return;
    }
    if (a->multilevel && a->multilevel->model.n_terms && unknown_term(a->multilevel, 0)) {
        return; /* of one study alone nothing follows for another */
    }
    tq_buffer_text(out, " The effect in a new, similar study is expected between ");
    number(out, a->natural.pi_lb);
    tq_buffer_text(out, " and ");
    number(out, a->natural.pi_ub);
    if (place_of_null(a, p->pi_lb, p->pi_ub) == 0 && place_of_null(a, p->ci_lb, p->ci_ub) != 0) {
        tq_buffer_text(out, ", so it may lie on either side of no effect");
    }
    tq_buffer_format(out, " (%g%% prediction interval).", a->options.level);
}

/* Whole percent: a share below one half is 0, not a power of ten. */
static const char *percent(char *text, double share)
{
    return tq_format_number(text, TEXT, round(share), 0);
}

static void heterogeneity_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_pool *fit = a->fit;
    char text[TEXT];

    if (fit->k <= fit->p || isnan(fit->I2)) {
        return;
    }
    tq_buffer_format(out, " %s make up %s%% of the %s variance (I2",
                     fit->p > 1 ? "Remaining differences between studies"
                                : "Between-study differences",
                     percent(text, fit->I2), fit->p > 1 ? "unexplained" : "observed");
    if (!isnan(fit->ci.I2[0])) {
        tq_buffer_format(out, "; %g%% CI ", a->options.level);
        tq_buffer_format(out, "%s to ", percent(text, fit->ci.I2[0]));
        tq_buffer_text(out, percent(text, fit->ci.I2[1]));
    }
    tq_buffer_text(out, ").");
}

/* Likelihoods of events have no Q; their test of heterogeneity stands for it. */
static void likelihood_ratio_sentence(const tq_analysis *a, tq_buffer *out)
{
    char p[TEXT];

    if (!isnan(a->fit->lrt.pval)) {
        tq_buffer_format(out, " A likelihood ratio test of %s gives p %s.",
                         a->fit->method == TQ_BB ? "correlation within studies" : "heterogeneity",
                         tq_format_p_relation(p, sizeof p, a->fit->lrt.pval, 4));
    }
}

/* Equal odds ratios are what a Mantel-Haenszel odds ratio takes for granted. */
static void equality_sentence(const tq_analysis *a, tq_buffer *out)
{
    char p[TEXT];

    if (!isnan(a->fit->ta.pval)) {
        tq_buffer_format(out, " Tarone's test that the odds ratios are equal gives p %s.",
                         tq_format_p_relation(p, sizeof p, a->fit->ta.pval, 4));
    }
}

/* With a scale part there is no one amount of heterogeneity. */
static void scale_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_scale *s = a->scale;
    char p[TEXT];

    if (s->q == 1 && s->intercept) {
        return;
    }
    tq_buffer_text(out, " The model lets the amount of heterogeneity vary with the study");
    if (!isnan(s->LRT_pval)) {
        tq_buffer_format(out, " (against one tau2 for all: p %s)",
                         tq_format_p_relation(p, sizeof p, s->LRT_pval, 4));
    }
    tq_buffer_text(out, ".");
}

static size_t small_levels(const tq_subgroups *g)
{
    size_t n = 0;

    for (size_t j = 0; j < g->n; j++) {
        n += g->level[j].k <= 2;
    }
    return n;
}

/* The levels that rest on one or two studies, by name up to a number that can be read. */
static void name_small_levels(const tq_subgroups *g, size_t small, int effects, tq_buffer *out)
{
    size_t named = 0;

    tq_buffer_format(out, ", but %s on too few %s to be judged: ",
                     small == 1 ? "one level rests" : "some levels rest",
                     effects ? "effects" : "studies");
    for (size_t j = 0; j < g->n && named < MAX_NAMED; j++) {
        if (g->level[j].k <= 2) {
            tq_buffer_format(out, "%s%s (k = %zu)", named ? ", " : "", g->level[j].name,
                             g->level[j].k);
            named++;
        }
    }
    if (small > named) {
        tq_buffer_format(out, " and %zu more", small - named);
    }
}

/* What the test between levels says; where a level rests on one or two studies, that it says little. */
static void subgroup_sentence(const tq_block *block, tq_buffer *out)
{
    const tq_subgroups *g = block->fit;
    const size_t small = small_levels(g);
    char p[TEXT];

    if (g->n < 2) {
        return;
    }
    if (isnan(g->QB_pval)) {
        tq_buffer_format(out, " By %s, the %zu levels cannot be compared", g->by, g->n);
    } else {
        tq_buffer_format(out, " The test between the %zu levels of %s gives p %s", g->n, g->by,
                         tq_format_p_relation(p, sizeof p, g->QB_pval, 4));
        if (block->models && !isnan(block->models->between.pval)) {
            tq_buffer_format(out, " (cluster-robust p %s)",
                             tq_format_p_relation(p, sizeof p, block->models->between.pval, 4));
        }
    }
    if (small) {
        name_small_levels(g, small, block->models != NULL, out);
    }
    tq_buffer_text(out, ".");
}

/* Level by level, where pooling across levels would have no meaning. */
static void level_sentences(const tq_analysis *a, const tq_block *block, tq_buffer *out)
{
    const tq_subgroups *g = block->fit;

    tq_buffer_format(out, "By %s, %s with %g%% CI:", g->by, tq_analysis_scale_name(a, 1),
                     a->options.level);
    for (size_t j = 0; j < g->n; j++) {
        tq_buffer_format(out, "%s %s ", j ? ";" : "", g->level[j].name);
        number(out, block->natural[j].pred);
        tq_buffer_text(out, " (");
        span(out, block->natural[j].ci_lb, block->natural[j].ci_ub);
        tq_buffer_format(out, ", k = %zu)", g->level[j].k);
    }
    tq_buffer_text(out, ".");
}

static void regression_sentence(const tq_analysis *a, tq_buffer *out)
{
    const char *tested = a->regression ? a->regression->btt : NULL;
    char text[TEXT];

    if (a->multilevel) {
        multilevel_of(a, out);
    } else {
        tq_buffer_format(out, "%zu studies", a->k);
    }
    tq_buffer_format(out, "; %s: p %s.", tested ? tested : "the moderators together",
                     tq_format_p_relation(text, sizeof text, a->fit->QM_pval, 4));
    if (!isnan(a->fit->R2)) {
        const double share = a->fit->R2;
        const int little = share > 0.0 && share < 0.5;

        tq_buffer_format(out, " %s account for %s%% of the heterogeneity.",
                         tested ? "All moderators together" : "They",
                         little ? "less than 1" : tq_format_number(text, sizeof text, share, 0));
    }
}

/* The permutation test of the pooled effect, or of all moderators. */
static void permutation_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_permutation *t = a->permutation;
    char text[TEXT];

    if (!t) {
        return;
    }
    const double p = isnan(t->QM_pval) ? t->pval[0] : t->QM_pval;

    tq_buffer_format(out, " The permutation test %s gives p %s.",
                     isnan(t->QM_pval) ? "of the pooled effect" : "of the moderators",
                     tq_format_p_relation(text, sizeof text, p, 4));
}

/* What trim and fill changed. */
static void fill_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_trim_fill *fill = a->trim_fill;

    if (!fill) {
        return;
    }
    if (fill->k0 == 0) {
        tq_buffer_format(out, " Trim and fill (%s) misses no study on the %s.",
                         tq_fill_estimator_name(fill->estimator), tq_fill_side_name(fill->side));
        return;
    }
    tq_buffer_format(out, " Without the stud%s filled in on the %s it is ",
                     fill->k0 == 1 ? "y" : "ies", tq_fill_side_name(fill->side));
    number(out, a->observed.pred);
    tq_buffer_text(out, " (");
    span(out, a->observed.ci_lb, a->observed.ci_ub);
    tq_buffer_text(out, ").");
}

/* How many tests of asymmetry speak up: at 10%, as is usual for them. */
static void bias_sentence(const tq_analysis *a, tq_buffer *out)
{
    static const double level = 0.10;
    size_t done = 0, found = 0;

    for (size_t i = 0; a->bias && i < a->bias->n; i++) {
        const tq_bias_result *r = &a->bias->result[i];
        const int of_effect = r->test == TQ_BIAS_WAAP || r->test == TQ_BIAS_PET ||
                              r->test == TQ_BIAS_PEESE || r->test == TQ_BIAS_PET_PEESE;

        done += isnan(r->pval) || of_effect ? 0 : 1;
        found += r->pval < level && !of_effect ? 1 : 0;
    }
    if (done > 0) {
        tq_buffer_format(out, " Of %zu test%s for small-study effects, %zu %s p < 0.1.", done,
                         done == 1 ? "" : "s", found, found == 1 ? "has" : "have");
    }
}

static void fail_safe_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_fail_safe *f = a->fail_safe;

    if (f && !isnan(f->general.fsn) && isnan(f->general.target)) {
        tq_buffer_format(out, " %.15g unseen stud%s without an effect would take p above %g.",
                         f->general.fsn, f->general.fsn == 1.0 ? "y" : "ies", f->alpha);
    }
}

/* The shares of the levels, where one variance holds for all effects. */
static void levels_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_multilevel *m = a->multilevel;
    char text[TEXT];
    size_t listed = 0, known = 0;

    for (size_t t = 0; m && t < m->model.n_terms; t++) {
        known += !unknown_term(m, t);
    }
    if (known == 0 || isnan(m->I2_total) || a->levels_only) {
        return;
    }
    tq_buffer_format(out, " Differences between true effects make up %s%% of the total variance",
                     percent(text, m->I2_total));
    for (size_t t = 0; t < m->model.n_terms && m->model.n_terms > 1; t++) {
        if (unknown_term(m, t)) {
            continue;
        }
        tq_buffer_format(out, "%s %s%% between levels of %s", listed++ ? "," : ":",
                         percent(text, m->I2[m->term[t].first]), m->term[t].name);
    }
    tq_buffer_text(out, ".");
}

/* What the weight function did to the result. */
static void selection_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_selmodel *s = a->selmodel;
    char p[TEXT];

    if (!s) {
        return;
    }
    tq_buffer_format(out, " This allows for %s of studies by a %s%s",
                     s->estimated ? "selection" : "an assumed selection",
                     tq_sel_type_label(s->type),
                     s->type >= TQ_SEL_TRUNC ? "" : " of their p-values");
    if (!isnan(s->lrt.pval)) {
        tq_buffer_format(out, " (test of selection: p %s)",
                         tq_format_p_relation(p, sizeof p, s->lrt.pval, 4));
    }
    if (a->fit->p == 1) {
        const tq_prediction plain = {s->beta0, s->se0, s->ci_lb0, s->ci_ub0, NAN, NAN, NAN};
        const tq_natural n = analysis_natural(a->transform, &plain, a->ni_mean);

        tq_buffer_text(out, "; without it the studies give ");
        number(out, n.pred);
        tq_buffer_format(out, " (%g%% CI ", s->level);
        span(out, n.ci_lb, n.ci_ub);
        tq_buffer_text(out, ")");
    }
    tq_buffer_text(out, ".");
}

/* The pooled effect, its effects being dependent within clusters. */
static void robust_sentence(const tq_analysis *a, tq_buffer *out)
{
    const tq_robust_report *r = a->robust;
    char text[TEXT];

    if (!r || isnan(r->natural.ci_lb)) {
        return;
    }
    tq_buffer_format(out,
                     " With effects of one %s depending on each other (%s, %zu clusters) the "
                     "%g%% interval is ",
                     r->by, tq_robust_name(r->fit->type), r->m, r->fit->level);
    span(out, r->natural.ci_lb, r->natural.ci_ub);
    if (!isnan(a->measure->null_value)) {
        tq_buffer_format(out, ", p %s",
                         tq_format_p_relation(text, sizeof text, r->fit->pval[0], 4));
    }
    tq_buffer_text(out, ".");
}

tq_status analysis_keep_text(tq_analysis *a, tq_buffer *text, const char **out, tq_error *err)
{
    tq_status status = tq_buffer_status(text, err);

    if (status == TQ_OK) {
        *out = tq_arena_text(a->arena, text->data ? text->data : "");
        status = *out ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_buffer_free(text);
    return status;
}

tq_status analysis_reading(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    tq_buffer out = {0};

    (void)in;
    if (a->levels_only) {
        level_sentences(a, &a->block[0], &out);
    } else if (a->fit->p == 1 && !isnan(a->fit->prediction.pred)) {
        pooled_sentence(a, &out);
        interval_sentence(a, &out);
        robust_sentence(a, &out);
        prediction_sentence(a, &out);
    } else {
        regression_sentence(a, &out);
    }
    if (a->scale) {
        scale_sentence(a, &out);
    } else if (!a->levels_only) {
        heterogeneity_sentence(a, &out);
        equality_sentence(a, &out);
        likelihood_ratio_sentence(a, &out);
    }
    for (size_t b = 0; b < a->n_blocks; b++) {
        subgroup_sentence(&a->block[b], &out);
    }
    levels_sentence(a, &out);
    if (a->rho && a->rho->reading[0]) {
        tq_buffer_format(&out, " %s", a->rho->reading);
    }
    selection_sentence(a, &out);
    permutation_sentence(a, &out);
    fill_sentence(a, &out);
    bias_sentence(a, &out);
    fail_safe_sentence(a, &out);
    return analysis_keep_text(a, &out, &a->reading, err);
}
