/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a careful reader must be told about an analysis: one function per warning. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "report/analysis_internal.h"
#include "report/page/format.h"

enum { MAX_WARNINGS = 256, MAX_NAMED_LEVELS = 8 };

/* Adds its sentence to the list when it applies; NULL text stands for a lack of memory. */
typedef struct {
    tq_analysis *a;
    const tq_dataset *data;
    int failed;
} warner;

static void add(warner *w, const char *text)
{
    if (!text) {
        w->failed = 1;
    } else if (w->a->n_warnings < MAX_WARNINGS) { /* only very many --subgroup reach the bound */
        w->a->warning[w->a->n_warnings++] = text;
    }
}

static void few_studies(warner *w)
{
    const tq_pool *fit = w->a->fit;

    if (w->a->multilevel) {
        return;
    }
    if (fit->k == 1) {
        add(w, "only one study: nothing is pooled, and heterogeneity cannot be estimated");
    } else if (fit->k == 2 && tq_method_random(fit->method)) {
        add(w,
            "only two studies: tau2 and every interval that depends on it are hardly determined");
    } else if (fit->k < 5 && fit->p == 1 && fit->test == TQ_TEST_Z &&
               tq_method_random(fit->method)) {
        add(w,
            tq_arena_format(w->a->arena,
                            "k = %zu: the z interval of a random-effects model is too narrow with "
                            "so few studies; compare --test %s",
                            fit->k, analysis_by_likelihood(w->a) || w->a->selmodel ? "t" : "knha"));
    }
}

static void excluded_rows(warner *w)
{
    const size_t n = w->a->n_excluded;

    if (n > 0) {
        add(w, tq_arena_format(w->a->arena, "%zu of %zu rows %s excluded (listed with the reason)",
                               n, w->a->rows, n == 1 ? "is" : "are"));
    }
}

static void of_the_sheet(warner *w)
{
    for (size_t i = 0; i < w->data->n_warnings; i++) {
        add(w, tq_arena_text(w->a->arena, w->data->warning[i]));
    }
}

static void corrected_cells(warner *w)
{
    double increment = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < w->a->k; i++) {
        if (w->a->study[i].added > 0.0) {
            increment = w->a->study[i].added;
            n++;
        }
    }
    if (n > 0) {
        char added[32];

        tq_format_number(added, sizeof added, increment, 2);
        add(w, tq_arena_format(w->a->arena, "%s was added to the %s of %zu %s (--add, --to)%s",
                               added, w->a->effects.add_events ? "events" : "cells", n,
                               n == 1 ? "study" : "studies",
                               analysis_by_likelihood(w->a)
                                   ? " in the rows shown; the counts are pooled as they are"
                                   : ""));
    }
}

/* Nothing but non-events, or nothing but events, where that has no weight. A group without events by
   itself may have none and still move the pooled ratio. */
static int tells_nothing(const warner *w, size_t i)
{
    const tq_events *e = w->data->events ? &w->data->events[w->data->used[i]] : NULL;

    return e && w->a->study[i].weight == 0.0 &&
           ((e->x1 == 0.0 && e->x2 == 0.0) || (e->x1 == e->n1 && e->x2 == e->n2));
}

/* Methods that pool counts take in studies whose effect does not exist. */
static void without_effect(warner *w)
{
    const char *parts =
        w->a->fit->method == TQ_PETO ? "the fit statistics" : "Q and the fit statistics";
    size_t n = 0, idle = 0;

    for (size_t i = 0; i < w->a->k; i++) {
        n += isnan(w->a->study[i].yi) ? 1 : 0;
        idle += tells_nothing(w, i) ? 1 : 0;
    }
    if (n > 0 && !analysis_by_likelihood(w->a)) {
        add(w, tq_arena_format(w->a->arena,
                               "%zu %s no effect that can be estimated (NE): %s counts are pooled, "
                               "but take no part in %s",
                               n, n == 1 ? "study has" : "studies have", n == 1 ? "its" : "their",
                               parts));
    }
    if (idle > 0) {
        add(w, tq_arena_format(w->a->arena,
                               "%zu %s no weight in the pooled effect: without events, or with "
                               "nothing but events, a study tells nothing about a ratio",
                               idle, idle == 1 ? "study has" : "studies have"));
    }
}

/* Where a likelihood of events is highest at the edge, or stands on more than it seems. */
static void edge_of_likelihood(warner *w)
{
    const tq_pool *fit = w->a->fit;

    if (fit->method == TQ_GLMM && !fit->tau2_fixed && fit->tau2 == 0.0 && fit->k > fit->p) {
        add(w, "the likelihood is highest at tau2 = 0: the intervals are those of equal effects");
    }
    if (fit->method == TQ_BB && fit->rho[0] == 0.0 && !(fit->rho[1] > 0.0)) {
        add(w, "the likelihood is highest without correlation within studies: the totals are "
               "compared as if they were one study");
    }
    if (fit->method == TQ_BB && !isnan(fit->rho[1])) {
        add(w,
            "the beta-binomial model compares mean risks of the groups over all studies; it does "
            "not compare within studies, as randomisation would let it");
    }
    if (fit->method == TQ_FIRTH) {
        add(w,
            "Firth's model takes one odds ratio for all studies: its interval does not allow for "
            "heterogeneity");
    }
}

/* The share of people with events beyond which CM.AL, which takes them for rare, is not near. */
static const double RARE = 0.1;

static void common_events(warner *w)
{
    double events = 0.0, people = 0.0;

    if (!w->data->events || w->a->options.glmm_model != TQ_GLMM_CM_AL || !w->a->glmm_model) {
        return;
    }
    for (size_t i = 0; i < w->a->k; i++) {
        const tq_events *e = &w->data->events[w->data->used[i]];

        events += e->x1 + e->x2;
        people += e->n1 + e->n2;
    }
    if (events > RARE * people) {
        char share[32];

        tq_format_number(share, sizeof share, 100.0 * events / people, 0);
        add(w,
            tq_arena_format(w->a->arena,
                            "model CM.AL takes events for rare, but %s%% of the people have one: "
                            "its odds ratio is too near to 1; CM.EL is exact",
                            share));
    }
}

static void levels_without_estimate(warner *w)
{
    for (size_t b = 0; b < w->a->n_blocks; b++) {
        const tq_subgroups *g = w->a->block[b].fit;

        for (size_t j = 0; j < g->n; j++) {
            if (g->level[j].fit->why_none) {
                add(w, tq_arena_format(w->a->arena, "subgroup %s = '%s' has no estimate: %s", g->by,
                                       g->level[j].name, g->level[j].fit->why_none));
            }
        }
    }
}

static void heterogeneity_interval(warner *w)
{
    if (w->a->fit->ci.empty) {
        add(w, tq_arena_format(w->a->arena,
                               "the %s interval of tau2 is empty: the effects are more alike than "
                               "their variances allow (Q is below its lower critical value)",
                               tq_ci_tau2_label(w->a->fit->ci.method)));
    }
}

/* Q-profile and likelihood weigh the studies differently: where large and small studies disagree
   about the heterogeneity, the interval of the one can miss the estimate of the other. */
static void estimate_outside_interval(warner *w)
{
    const tq_pool *fit = w->a->fit;

    if (fit->tau2 < fit->ci.tau2[0] || fit->tau2 > fit->ci.tau2[1]) {
        add(w, tq_arena_format(w->a->arena,
                               "the %s interval of tau2 does not hold the %s estimate: precise and "
                               "imprecise studies disagree about the heterogeneity",
                               tq_ci_tau2_label(fit->ci.method), tq_method_name(fit->method)));
    }
}

static void equal_effects(warner *w)
{
    if (w->a->fit->k > w->a->fit->p && w->a->fit->kh == 0.0 &&
        (w->a->fit->test == TQ_TEST_KNHA || w->a->fit->test == TQ_TEST_ADHOC)) {
        add(w, "all effects are equal: the Knapp-Hartung factor is 0, there is no test with it");
    }
}

static void spread_of_variances(warner *w)
{
    double lo = INFINITY, hi = 0.0;

    for (size_t i = 0; i < w->a->k; i++) {
        lo = fmin(lo, w->a->study[i].vi);
        hi = fmax(hi, w->a->study[i].vi);
    }
    if (hi / lo >= 1e7) { /* the bound metafor warns at too: no real trials differ so much */
        add(w, "the largest sampling variance is more than 1e7 times the smallest: check for a "
               "standard error entered as a variance or a standard deviation");
    }
}

static void user_weights(warner *w)
{
    const tq_robust_report *r = w->a->robust;

    if (r && r->weight) { /* which the report explains */
        return;
    }
    if ((w->a->options.weights && w->a->fit->method != TQ_QE) || !w->a->options.weighted) {
        add(w, w->a->options.weighted
                   ? "the pooled effect uses the given weights, not 1/(vi + tau2)"
                   : "the pooled effect is unweighted");
    }
}

/* Stanley & Doucouliagos leave the factor as it is: where the effects are more alike than chance
   allows, it makes the interval narrower than that of the fixed-effects model. */
static void shrunken_by_uwls(warner *w)
{
    const tq_pool *fit = w->a->fit;

    if (fit->method == TQ_UWLS && fit->test != TQ_TEST_ADHOC && fit->k > fit->p && fit->kh < 1.0) {
        char factor[32];

        tq_format_number(factor, sizeof factor, sqrt(fit->kh), 2);
        add(w, tq_arena_format(w->a->arena,
                               "Q is below its degrees of freedom: UWLS makes the standard error "
                               "%s times that of the fixed-effects model; --test adhoc does not",
                               factor));
    }
}

static void no_pooled_interval(warner *w)
{
    const tq_mean_interval *ci = &w->a->ci_mu;

    if (ci->why) {
        add(w, tq_arena_format(w->a->arena, "no %s interval of the pooled effect: %s",
                               tq_ci_mu_name(ci->kind), ci->why));
    }
}

/* A scale part whose likelihood has no maximum, or one at the bound. */
static void scale_without_limits(warner *w)
{
    const tq_scale *s = w->a->scale;

    if (s && s->undetermined > 0) {
        add(w, tq_arena_format(w->a->arena,
                               "no standard error for %zu of %zu coefficients of the scale part: "
                               "the likelihood keeps "
                               "rising towards infinite values (tau2 of some studies towards 0), "
                               "or the data do not bound them",
                               s->undetermined, s->q));
    }
    if (s && s->at_zero > 0) {
        add(w,
            tq_arena_format(w->a->arena,
                            "tau2 is 0, its bound, for %zu of %zu studies: the scale part has no "
                            "standard errors",
                            s->at_zero, s->k));
    }
}

static void small_levels_of(warner *w, const tq_subgroups *g)
{
    const int effects = w->a->multilevel != NULL;
    size_t small = 0, named = 0;

    for (size_t j = 0; j < g->n; j++) {
        small += g->level[j].k <= 2;
    }
    for (size_t j = 0; j < g->n && named < MAX_NAMED_LEVELS; j++) {
        if (g->level[j].k <= 2) {
            add(w, tq_arena_format(w->a->arena, "subgroup %s = '%s' rests on %s", g->by,
                                   g->level[j].name,
                                   g->level[j].k == 2 ? effects ? "two effects: no firm conclusion"
                                                                : "two studies: no firm conclusion"
                                   : effects          ? "one effect: its result is that effect's"
                                                      : "one study: its result is that study's"));
            named++;
        }
    }
    if (small > named) {
        add(w, tq_arena_format(w->a->arena,
                               "%zu more of the %zu levels of %s rest on one or two "
                               "%s",
                               small - named, g->n, g->by, effects ? "effects" : "studies"));
    }
}

/* Clusters of a multilevel model and levels of its subgroups that cross each other. */
static void level_models(warner *w, const tq_block *block)
{
    const tq_level_models *m = block->models;
    const tq_subgroups *g = block->fit;
    size_t named = 0;

    if (!m || w->a->multilevel->model.n_terms == 0) {
        return;
    }
    const char *factor = w->a->multilevel->factor;

    for (size_t j = 0; j < g->n && named < MAX_NAMED_LEVELS; j++) {
        if (m->clusters[j] == 1 && g->level[j].k > 1) {
            add(w,
                tq_arena_format(w->a->arena,
                                "subgroup %s = '%s' has effects of one %s alone: it says nothing "
                                "of others",
                                g->by, g->level[j].name, factor));
            named++;
        }
    }
    if (m->shared > 0 && g->mode == TQ_TAU2_SEPARATE && !(m->robust && isfinite(m->between.stat))) {
        add(w, tq_arena_format(w->a->arena,
                               "%zu of %zu levels of %s %s effects in several levels of %s: the "
                               "test between levels takes them for independent; --subgroup-tau2 "
                               "common %s",
                               m->shared, w->a->multilevel->term[0].levels, factor,
                               m->shared == 1 ? "has" : "have", g->by,
                               m->robust ? "does not" : "and --cluster do not"));
    }
}

static void small_levels(warner *w)
{
    for (size_t b = 0; b < w->a->n_blocks; b++) {
        const tq_subgroups *g = w->a->block[b].fit;

        small_levels_of(w, g);
        level_models(w, &w->a->block[b]);
        if (w->a->block[b].n_left_out > 0) {
            add(w, tq_arena_format(w->a->arena,
                                   "%zu of %zu %s have no value in '%s' and stand outside its "
                                   "subgroups",
                                   w->a->block[b].n_left_out, w->a->k,
                                   w->a->multilevel ? "effects" : "studies", g->by));
        }
    }
}

static void redundant_columns(warner *w)
{
    const tq_design *d = w->a->design;
    tq_buffer names = {0};

    if (!d || d->n_dropped == 0) {
        return;
    }
    for (size_t j = 0; j < d->n_dropped && j < MAX_NAMED_LEVELS; j++) {
        tq_buffer_format(&names, "%s%s", j ? ", " : "", d->dropped[j]);
    }
    if (d->n_dropped > MAX_NAMED_LEVELS) {
        tq_buffer_format(&names, " and %zu more", d->n_dropped - MAX_NAMED_LEVELS);
    }
    add(w, names.data && !names.failed
               ? tq_arena_format(w->a->arena,
                                 "redundant, left out of the model: %s (constant, or determined by "
                                 "the columns before)",
                                 names.data)
               : NULL);
    tq_buffer_free(&names);
}

/* Deeks, Higgins & Altman, Cochrane Handbook (version 6), section 10.11.4. Effects of one study are no studies. */
static void many_coefficients(warner *w)
{
    enum { STUDIES_EACH = 10 };
    const tq_design *d = w->a->design;
    const tq_multilevel *m = w->a->multilevel;
    const size_t n = d ? d->p - (d->intercept ? 1 : 0) : 0;
    const size_t studies = m && m->model.n_terms ? m->term[0].levels : w->a->k;
    const char *of = studies < w->a->k ? m->factor : "";

    if (studies < STUDIES_EACH * n) {
        add(w, tq_arena_format(w->a->arena,
                               "%zu %s%s for %zu coefficient%s of moderators: at least ten for "
                               "each are advised (Cochrane Handbook, 10.11.4)",
                               studies, *of ? "levels of " : "studies", of, n, n == 1 ? "" : "s"));
    }
}

/* Such a study decides its coefficient alone. */
static void single_studies(warner *w)
{
    const tq_design *d = w->a->design;

    for (size_t j = 0; d && j < d->n_variables; j++) {
        const tq_design_variable *v = &d->variable[j];
        tq_buffer names = {0};
        size_t n = 0;

        for (size_t l = 0; l < v->n_levels; l++) {
            if (v->level_k[l] == 1 && n++ < MAX_NAMED_LEVELS) {
                tq_buffer_format(&names, "%s%s", n > 1 ? ", " : "", v->level[l]);
            }
        }
        if (n > MAX_NAMED_LEVELS) {
            tq_buffer_format(&names, " and %zu more", n - MAX_NAMED_LEVELS);
        }
        if (n > 0) {
            add(w, names.data && !names.failed
                       ? tq_arena_format(w->a->arena, "levels of %s with one study: %s", v->name,
                                         names.data)
                       : NULL);
        }
        tq_buffer_free(&names);
    }
}

/* Fewer permutations than 1 / (1 - level) cannot reject, whatever the data. */
static void few_permutations(warner *w)
{
    const tq_permutation *t = w->a->permutation;
    const double least = (t->signs && t->exact ? 2.0 : 1.0) / (double)t->iterations;

    if (t->iterations > 0 && least > (100.0 - t->level) / 100.0) {
        add(w, tq_arena_format(
                   w->a->arena, "no permutation p-value can be below %.3g with %llu permutation%s",
                   least, (unsigned long long)t->iterations, t->iterations == 1 ? "" : "s"));
    }
}

static void permutations(warner *w)
{
    const tq_permutation *t = w->a->permutation;

    if (!t) {
        return;
    }
    few_permutations(w);
    if (!t->signs && strcmp(w->a->term[0], "intrcpt") != 0) {
        add(w, "the model has no intercept: to permute the rows of the design tests whether the "
               "effects depend on the moderators, not whether they are 0");
    } else if (!t->signs) {
        add(w, "the rows of the design were permuted, which tests the moderators; the permutation "
               "p-value of the intercept only ranks its statistic among the permutations");
    }
    if (t->failed > 0) {
        add(w, tq_arena_format(w->a->arena, "%llu permutation%s could not be fitted and %s %s",
                               (unsigned long long)t->failed, t->failed == 1 ? "" : "s",
                               t->failed == 1 ? "was" : "were",
                               t->exact ? "left out" : "drawn again"));
    }
    if (t->dropped > 0) {
        add(w,
            tq_arena_format(w->a->arena, "%llu random permutation%s found no fit and %s left out",
                            (unsigned long long)t->dropped, t->dropped == 1 ? "" : "s",
                            t->dropped == 1 ? "was" : "were"));
    }
    for (size_t a = 0; t->has_ci && a < t->p; a++) {
        const int no_lb = isnan(t->ci_lb[a]), no_ub = isnan(t->ci_ub[a]);

        if (no_lb || no_ub) {
            add(w, tq_arena_format(w->a->arena,
                                   "the permutation interval of %s has no %s: the p-value stays "
                                   "above %.3g however far a value is from the estimate",
                                   w->a->term[a],
                                   !no_ub   ? "lower limit"
                                   : !no_lb ? "upper limit"
                                            : "limits",
                                   (100.0 - t->level) / 100.0));
        }
    }
}

/* Parts of the studies that could not be pooled: the first, and how many more. */
static void gaps_of(warner *w, const tq_sequence *s, const char *what)
{
    const tq_sequence_row *first = NULL;
    size_t n = 0;

    for (size_t j = 0; s && j < s->n; j++) {
        if (s->row[j].pool.why_none[0]) {
            first = first ? first : &s->row[j];
            n++;
        }
    }
    if (n == 1) {
        add(w, tq_arena_format(w->a->arena, "no pooled effect %s %s: %s", what, first->label,
                               first->pool.why_none));
    } else if (n > 1) {
        add(w, tq_arena_format(w->a->arena, "no pooled effect %s %s: %s; likewise for %zu more",
                               what, first->label, first->pool.why_none, n - 1));
    }
}

/* Studies without which there is no model: the first, and how many more. */
static void undeletable(warner *w, const tq_influence *f)
{
    const char *first = NULL;
    size_t n = 0;

    for (size_t i = 0; f && i < f->k; i++) {
        if (isnan(f->row[i].QE_del)) {
            first = first ? first : w->a->study[i].label;
            n++;
        }
    }
    if (n > 0) {
        add(w, n == 1 ? tq_arena_format(w->a->arena,
                                        "no diagnostics of %s: the model cannot be fitted without "
                                        "it",
                                        first)
                      : tq_arena_format(w->a->arena,
                                        "no diagnostics of %s and %zu more: the model cannot be "
                                        "fitted without each of them",
                                        first, n - 1));
    }
}

static void gaps(warner *w)
{
    if (w->a->sensitivity) {
        gaps_of(w, w->a->sensitivity->loo, "without");
        gaps_of(w, w->a->sensitivity->cumul, "up to");
        undeletable(w, w->a->sensitivity->influence);
    }
}

/* Sterne et al. (2011), BMJ 343:d4002. */
static void few_for_asymmetry(warner *w)
{
    const tq_bias *bias = w->a->bias;

    if (bias && bias->k < TQ_BIAS_FEW) {
        add(w,
            tq_arena_format(w->a->arena,
                            "%zu studies: with fewer than %d, tests of asymmetry have hardly any "
                            "power, and no difference from chance says nothing",
                            bias->k, TQ_BIAS_FEW));
    }
}

static void made_up_studies(warner *w)
{
    const size_t n = w->a->n_filled;

    if (n > 0) {
        add(w,
            tq_arena_format(w->a->arena,
                            "%zu of the %zu studies %s made up by trim and fill: the result is "
                            "one of sensitivity, and heterogeneity can look like missing studies",
                            n, w->a->k, n == 1 ? "is" : "are"));
    }
}

static void subsets(warner *w)
{
    const tq_gosh *g = w->a->gosh ? w->a->gosh->fit : NULL;

    if (g && g->interrupted) {
        add(w, tq_arena_format(w->a->arena,
                               "interrupted: only the first %llu of %llu subsets were pooled",
                               (unsigned long long)g->models, (unsigned long long)g->asked));
    }
    if (g && g->failed > 0) {
        add(w, tq_arena_format(w->a->arena, "%llu subset%s could not be pooled and %s left out",
                               (unsigned long long)g->failed, g->failed == 1 ? "" : "s",
                               g->failed == 1 ? "was" : "were"));
    }
    if (g && !g->exact) {
        add(w, tq_arena_format(w->a->arena,
                               "quantiles of more than %d models are read from counts in bins: "
                               "exact to %.2g in estimates, %.2g percent in I2",
                               TQ_GOSH_EXACT, g->resolution, 100.0 / TQ_GOSH_BINS));
    }
}

static void specifications(warner *w)
{
    const tq_multiverse *m = w->a->multiverse;

    if (m && m->interrupted) {
        add(w,
            tq_arena_format(w->a->arena, "interrupted: only %zu of %zu specifications were fitted",
                            m->done, m->n));
    }
}

/* Information that is required for the very effect that was found says little of its own. */
static void anticipated_effect(warner *w)
{
    if (w->a->sequential && w->a->sequential->tsa->required.delta_pooled) {
        add(w, "the anticipated effect is the pooled one: the required information follows the "
               "result that it is to judge; --delta or --rrr gives the least effect that matters");
    }
}

/* Weights that rest on few studies, were assumed, or lie at the edge. */
static void selection_weights(warner *w)
{
    enum { FEW = 4 };
    const tq_selmodel *s = w->a->selmodel;

    for (size_t i = 0; i < s->q; i++) {
        const tq_sel_delta *d = &s->delta[i];
        const int counted = s->type == TQ_SEL_STEPFUN && s->estimated > 0;

        if (counted && d->n < FEW && (i == 0 || !d->fixed)) {
            add(w, tq_arena_format(w->a->arena,
                                   "%zu %s p in (%g, %g]: with fewer than %d %s hardly "
                                   "determined; wider --steps may help",
                                   d->n, d->n == 1 ? "study has" : "studies have", d->from, d->to,
                                   FEW, i ? "its weight is" : "the other weights are"));
        } else if (!d->fixed && d->est == 0.0 && d->null_value == 0.0) {
            add(w,
                "the likelihood is highest at delta = 0, without selection: the other results are "
                "those of the model without it");
        }
    }
}

/* What the data do not determine, or only just. */
static void components(warner *w)
{
    enum { FEW_LEVELS = 5, FEW_NAMED = 3 };
    const tq_multilevel *m = w->a->multilevel;
    size_t unknown = 0;

    if (!m) {
        return;
    }
    if (m->fit->flat) {
        add(w, "the data do not determine all components: the likelihood is flat along some "
               "combination of them; leave a term out, or give one");
    }
    if (m->no_R2) {
        add(w, tq_arena_format(w->a->arena, "no R2: without the moderators %s", m->no_R2));
    }
    for (size_t i = 0; i < m->fit->n_components; i++) {
        unknown += m->fit->component[i].fixed == 2;
        if (m->fit->component[i].lost) {
            add(w, tq_arena_format(w->a->arena,
                                   "no interval of %s: with it at some value the search found no "
                                   "maximum of the likelihood",
                                   m->label[i]));
        }
    }
    if (unknown > FEW_NAMED) {
        add(w, tq_arena_format(w->a->arena,
                               "%zu components are set to 0: levels that one group alone has, and "
                               "pairs of levels that never stand together, tell nothing of them",
                               unknown));
    }
    for (size_t i = 0; i < m->fit->n_components; i++) {
        const tq_mv_component *c = &m->fit->component[i];

        if (c->fixed == 2 && unknown <= FEW_NAMED) {
            add(w,
                tq_arena_format(w->a->arena,
                                "%s is set to 0: what it is about occurs once, and tells nothing "
                                "of it",
                                m->label[i]));
        } else if (c->edge) {
            add(w, tq_arena_format(w->a->arena,
                                   "the likelihood is highest at %s = %g, the end of its range",
                                   m->label[i], c->value));
        }
    }
    for (size_t t = 0; t < m->model.n_terms; t++) {
        if (m->term[t].levels < FEW_LEVELS && m->term[t].levels > 1) {
            add(w, tq_arena_format(w->a->arena,
                                   "%s has %zu levels only: its components are hardly determined",
                                   m->term[t].name, m->term[t].levels));
        }
    }
}

/* Selection of large effects that the studies, taken as they are, clearly do not have; or of small ones. */
static void selection_direction(warner *w)
{
    const tq_selmodel *s = w->a->selmodel;
    const int greater = s->alternative == TQ_SEL_GREATER, less = s->alternative == TQ_SEL_LESS;
    const double null = w->a->measure->null_value;

    if (w->a->fit->p == 1 && ((greater && s->ci_ub0 < null) || (less && s->ci_lb0 > null))) {
        add(w, tq_arena_format(w->a->arena,
                               "the pooled effect without selection lies %s no effect, and this is "
                               "selection of %s effects: --alternative %s is that of the side on "
                               "which it lies",
                               greater ? "below" : "above", greater ? "large" : "small",
                               greater ? "less" : "greater"));
    }
}

static void selection(warner *w)
{
    enum { FEW_STUDIES = 10 };
    const tq_selmodel *s = w->a->selmodel;

    if (!s) {
        return;
    }
    selection_weights(w);
    selection_direction(w);
    if (s->estimated == 0) {
        add(w, "the weight function is assumed, not estimated: compare several");
    } else if (s->k < FEW_STUDIES) {
        add(w, tq_arena_format(w->a->arena,
                               "k = %zu: a selection model needs many studies; with so few its "
                               "estimates and tests can be far off",
                               s->k));
    }
    if (s->type == TQ_SEL_TRUNCEST && !s->delta[1].fixed) {
        add(w, "the likelihood jumps with the threshold, which has no standard error; those of the "
               "other estimates take it as known");
    }
    if (isnan(w->a->fit->se[0])) {
        add(w, "no standard errors: the likelihood is flat around its maximum");
    }
    if (w->a->fit->tau2 == 0.0 && !w->a->fit->tau2_fixed) {
        add(w, "the likelihood is highest at tau2 = 0: the intervals are those of equal effects");
    }
}

/* Where the reference distribution of robust tests is no longer to be trusted: Tipton (2015), Psychol.
   Methods 20:375-393, for CR2; others rest on many clusters. */
static void few_clusters(warner *w)
{
    enum { LEAST_DF = TQ_ROBUST_LEAST_DF, FEW_CLUSTERS = 40 };
    const tq_robust_report *r = w->a->robust;
    size_t n = 0;

    for (size_t i = 0; r && r->fit->type == TQ_ROBUST_CR2 && i < r->fit->p; i++) {
        n += r->fit->df[i] < LEAST_DF ? 1 : 0;
    }
    if (n > 0) {
        add(w,
            tq_arena_format(w->a->arena,
                            "%zu of %zu coefficients ha%s fewer than %d degrees of freedom in "
                            "robust inference: %s p-values and intervals are not to be trusted; "
                            "compare --wild",
                            n, r->fit->p, n == 1 ? "s" : "ve", LEAST_DF, n == 1 ? "its" : "their"));
    }
    if (r && r->fit->type != TQ_ROBUST_CR2 && r->m < FEW_CLUSTERS) {
        add(w, tq_arena_format(w->a->arena,
                               "%s with %zu clusters: standard errors are too small on average "
                               "below some %d; compare --robust CR2",
                               tq_robust_name(r->fit->type), r->m, FEW_CLUSTERS));
    }
    if (r && r->m <= r->fit->p && r->fit->type != TQ_ROBUST_CR2) {
        add(w, "no more clusters than coefficients: robust standard errors have no test");
    }
    if (r && r->fit->deficient > 0) {
        add(w,
            tq_arena_format(w->a->arena,
                            "the adjustment of CR2 is by a generalised inverse in %zu cluster%s, "
                            "on which a coefficient rests alone",
                            r->fit->deficient, r->fit->deficient == 1 ? "" : "s"));
    }
}

/* Few studies say little about those that were not seen; p-uniform assumes one effect. */
static void publication(warner *w)
{
    enum { FEW_STUDIES = 10 };
    const tq_publication *p = w->a->publication;

    if (!p) {
        return;
    }
    if (w->a->k < FEW_STUDIES) {
        add(w,
            tq_arena_format(w->a->arena,
                            "k = %zu: methods for publication bias need many studies; with so few "
                            "their results can be far off",
                            w->a->k));
    }
    if (p->copas && p->copas->found &&
        fabs(p->copas->adjusted.rho) >= 0.9999 * TQ_COPAS_RHO_BOUND) {
        add(w,
            "rho of the adjusted estimate lies at its bound, 0.99: the standard error takes it as "
            "known");
    }
    if (p->puniform && !p->puniform->why[0] && w->a->fit->QE_pval < 0.1) {
        add(w, "the effects differ (Q), and p-uniform, which assumes one effect for all studies, "
               "is then too far from no effect; p-uniform* allows for it");
    }
}

/* Blocks of V that were not positive definite. */
static void replaced_covariances(warner *w)
{
    const tq_multilevel *m = w->a->multilevel;

    for (size_t i = 0; m && i < m->n_notes; i++) {
        add(w, m->note[i]);
    }
}

static void (*const warnings[])(warner *) = {
    few_studies,
    excluded_rows,
    of_the_sheet,
    corrected_cells,
    heterogeneity_interval,
    estimate_outside_interval,
    equal_effects,
    spread_of_variances,
    user_weights,
    small_levels,
    shrunken_by_uwls,
    redundant_columns,
    single_studies,
    many_coefficients,
    permutations,
    few_for_asymmetry,
    made_up_studies,
    no_pooled_interval,
    without_effect,
    levels_without_estimate,
    scale_without_limits,
    edge_of_likelihood,
    selection,
    components,
    publication,
    common_events,
    gaps,
    subsets,
    specifications,
    anticipated_effect,
    few_clusters,
    replaced_covariances,
};

tq_status analysis_warnings(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_dataset *data = in->data;
    warner w = {a, data, 0};

    a->warning = tq_arena_take(a->arena, MAX_WARNINGS, sizeof *a->warning);
    for (size_t i = 0; a->warning && i < sizeof warnings / sizeof *warnings; i++) {
        warnings[i](&w);
    }
    return a->warning && !w.failed ? TQ_OK
                                   : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}
