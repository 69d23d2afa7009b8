/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a multilevel model is asked beyond its fit: intervals of components, R2, true effects, effects of
   levels, models beside it, influence of clusters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "report/dependent/multilevel_factors_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- R2 ---- */

static double share_less(double with, double without)
{
    return without > 0.0 ? 100.0 * fmax(0.0, 1.0 - with / without) : NAN;
}

/* The components of the same model without moderators: Snijders & Bosker (2012), Multilevel Analysis, 2nd
   ed., sec. 7.1, of each variance apart; Raudenbush (2009), in Cooper et al., ch. 16. */
static tq_status find_r2(tq_analysis *a, tq_multilevel *m, tq_error *err)
{
    const size_t n = m->fit->n_components;
    double with = 0.0, without = 0.0;
    tq_mv_model mean = m->model;
    tq_mv_fit *fit = NULL;

    m->R2 = tq_arena_take(a->arena, n, sizeof *m->R2);
    if (!m->R2) {
        return no_memory(err);
    }
    m->R2_total = NAN;
    for (size_t r = 0; r < n; r++) {
        m->R2[r] = NAN;
    }
    if (!a->design || n == 0) {
        return TQ_OK;
    }
    mean.X = NULL;
    mean.p = 1;
    mean.intercept = 1;
    tq_mv_options opt = m->options;
    tq_error why;

    opt.test = TQ_MV_Z; /* of its tests none is wanted */
    opt.df = TQ_MV_RESIDUAL;
    const tq_status status = tq_mv_fit_model(&mean, &opt, &fit, &why);

    if (status == TQ_ENOMEM || status == TQ_EINTR) {
        return tq_fail(err, status, TQ_NO_ROW, NULL, "%s", why.message);
    }
    if (status != TQ_OK) {
        m->no_R2 = tq_arena_format(a->arena, "%s", why.message);
        return m->no_R2 ? TQ_OK : no_memory(err);
    }
    for (size_t r = 0; r < n; r++) {
        if (m->fit->component[r].role == TQ_MV_VARIANCE) {
            m->R2[r] = share_less(m->fit->component[r].value, fit->component[r].value);
            with += m->fit->component[r].value;
            without += fit->component[r].value;
        }
    }
    m->R2_total = share_less(with, without);
    tq_mv_fit_free(fit);
    return TQ_OK;
}

/* ---- rows and levels ---- */

/* The true effects as other analyses show them. */
static tq_status find_rows(const analysis_input *in, tq_analysis *a, tq_multilevel *m,
                           tq_error *err)
{
    const double half = tq_critical_value(m->fit->level, m->fit->df[0]);
    tq_status status = TQ_OK;

    if (in->spec->multilevel->rows || in->spec->blup) {
        m->row = tq_arena_take(a->arena, a->k, sizeof *m->row);
        status = m->row ? tq_mv_rows(m->fit, m->row, err) : no_memory(err);
    }
    if (status != TQ_OK || !in->spec->blup) {
        return status;
    }
    a->blup = tq_arena_take(a->arena, a->k, sizeof *a->blup);
    a->blup_natural = tq_arena_take(a->arena, a->k, sizeof *a->blup_natural);
    if (!a->blup || !a->blup_natural) {
        return no_memory(err);
    }
    for (size_t i = 0; i < a->k; i++) {
        const tq_mv_row *r = &m->row[i];
        const tq_blup b = {.shrinkage = NAN,
                           .pred = r->true_effect,
                           .se = r->true_se,
                           .pi_lb = r->true_effect - half * r->true_se,
                           .pi_ub = r->true_effect + half * r->true_se,
                           .ranef = r->true_effect - r->fitted};
        const tq_prediction p = {b.pred, b.se, NAN, NAN, b.pi_lb, b.pi_ub, NAN};

        a->blup[i] = b;
        a->blup_natural[i] = analysis_natural(a->transform, &p, a->study[i].ni);
    }
    return TQ_OK;
}

static tq_status find_levels(tq_analysis *a, tq_multilevel *m, tq_error *err)
{
    tq_status status = TQ_OK;

    m->effects = tq_arena_take(a->arena, m->model.n_terms, sizeof *m->effects);
    if (!m->effects) {
        return no_memory(err);
    }
    for (size_t t = 0; status == TQ_OK && t < m->model.n_terms; t++) {
        tq_multilevel_effects *e = &m->effects[m->n_effects];

        if (m->model.term[t].structure != TQ_MV_INTERCEPT) {
            continue;
        }
        e->term = t;
        e->u = tq_arena_take(a->arena, m->term[t].levels, sizeof *e->u);
        e->se = tq_arena_take(a->arena, m->term[t].levels, sizeof *e->se);
        status = e->u && e->se ? tq_mv_levels(m->fit, t, e->u, e->se, NULL, err) : no_memory(err);
        m->n_effects++;
    }
    return status;
}

/* The means of the outermost factor's levels, for figures: the effect of the whole drawn towards each. */
static tq_status find_clusters(tq_analysis *a, tq_multilevel *m, tq_error *err)
{
    enum { MOST = 2000 };
    const size_t n = m->model.n_terms ? m->term[0].levels : 0;
    const double half = tq_critical_value(m->fit->level, m->fit->df[0]);

    if (n < 2 || n == a->k || a->k > MOST || isnan(a->fit->prediction.pred) ||
        m->model.term[0].structure != TQ_MV_INTERCEPT) {
        return TQ_OK;
    }
    double *u = tq_arena_take(a->arena, 3 * n, sizeof *u);

    m->cluster = tq_arena_take(a->arena, n, sizeof *m->cluster);
    if (!u || !m->cluster) {
        return no_memory(err);
    }
    const tq_status status = tq_mv_levels(m->fit, 0, u, u + n, u + 2 * n, err);

    for (size_t g = 0; g < n; g++) {
        const double mean = m->fit->beta[0] + u[g], width = half * u[2 * n + g];
        const tq_prediction p = {mean, u[2 * n + g], mean - width, mean + width, NAN, NAN, NAN};

        m->cluster[g] = analysis_natural(a->transform, &p, a->ni_mean);
    }
    return status;
}

/* ---- models beside it ---- */

static void describe_rival(const tq_mv_fit *fit, const char *name, tq_multilevel_rival *out)
{
    *out = (tq_multilevel_rival){.name = name,
                                 .p = fit->p,
                                 .components = fit->n_estimated,
                                 .ll = fit->ll,
                                 .AIC = fit->AIC,
                                 .BIC = fit->BIC,
                                 .AICc = fit->AICc,
                                 .stat = NAN,
                                 .df = NAN,
                                 .pval = NAN,
                                 .pval_half = NAN};
}

/* Likelihood-ratio test of one within the other, whichever is the larger. */
static void test_rival(const tq_mv_fit *reference, tq_multilevel_rival *r)
{
    const double df =
        (double)(reference->p + reference->n_estimated) - (double)(r->p + r->components);

    if (df != 0.0) {
        const double gain = df > 0.0 ? reference->ll - r->ll : r->ll - reference->ll;

        r->stat = fmax(0.0, 2.0 * gain);
        r->df = fabs(df);
        r->pval = tq_chisq_upper(r->stat, r->df);
    }
}

/* Without each term: what it adds. */
static tq_status drop_terms(tq_analysis *a, tq_multilevel *m, tq_error *err)
{
    const size_t n = m->model.n_terms;
    tq_mv_term *rest = tq_arena_take(a->arena, n, sizeof *rest);
    tq_mv_options opt = m->options;
    tq_status status = TQ_OK;

    m->dropped = tq_arena_take(a->arena, n, sizeof *m->dropped);
    if (!rest || !m->dropped) {
        return no_memory(err);
    }
    if (opt.fixed || opt.equal) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--lrt and --fix or --equate exclude each other: fit both models");
    }
    opt.test = TQ_MV_Z;
    for (size_t t = 0; status == TQ_OK && t < n; t++) {
        tq_mv_model without = m->model;
        tq_mv_fit *fit = NULL;
        size_t kept = 0;

        for (size_t s = 0; s < n; s++) {
            if (s != t) {
                rest[kept++] = m->model.term[s];
            }
        }
        without.term = rest;
        without.n_terms = kept;
        status = tq_mv_fit_model(&without, &opt, &fit, err);
        if (status == TQ_OK) {
            tq_multilevel_rival *r = &m->dropped[m->n_dropped++];

            describe_rival(fit, m->term[t].name, r);
            r->nesting = TQ_SAME;
            test_rival(m->fit, r);
            r->pval_half = r->df == 1.0 ? (r->stat > 0.0 ? 0.5 * r->pval : 1.0) : NAN;
        }
        tq_mv_fit_free(fit);
    }
    return status;
}

/* A fit with other moderators, and its test where one of both models lies within the other. */
static tq_status fit_rival(const analysis_input *in, tq_analysis *a, const tq_mv_options *opt,
                           const tq_formula *formula, const tq_mv_fit *own,
                           tq_multilevel_rival *out, tq_error *err)
{
    tq_mv_model other = a->multilevel->model;
    const tq_model reference = {.k = other.k, .p = other.p, .X = other.X};
    tq_model design;
    tq_nesting nesting = TQ_NOT_NESTED;
    tq_mv_fit *fit = NULL;
    tq_status status = analysis_compared_model(in, formula, a, &design, err);

    if (status != TQ_OK) {
        return status;
    }
    other.X = design.X;
    other.p = design.p;
    other.intercept = design.X ? design.intercept : 1;
    status = tq_nesting_of(&design, &reference, &nesting, err);
    status = status == TQ_OK ? tq_mv_fit_model(&other, opt, &fit, err) : status;
    if (status == TQ_OK) {
        describe_rival(fit, formula->text, out);
        out->nesting = nesting;
        if (nesting == TQ_REDUCED || nesting == TQ_EXTENDED) {
            test_rival(own, out);
        }
    }
    tq_mv_fit_free(fit);
    return status;
}

/* Other moderators, all by maximum likelihood: restricted likelihoods of different X do not compare. */
static tq_status compare(const analysis_input *in, tq_analysis *a, tq_multilevel *m, tq_error *err)
{
    const tq_multilevel_spec *spec = in->spec->multilevel;
    tq_mv_options opt = m->options;
    tq_mv_fit *own = NULL;

    m->compared = tq_arena_take(a->arena, spec->n_compared + 1, sizeof *m->compared);
    if (!m->compared) {
        return no_memory(err);
    }
    opt.ml = 1;
    opt.test = TQ_MV_Z;
    tq_status status = tq_mv_fit_model(&m->model, &opt, &own, err);

    if (status == TQ_OK) {
        describe_rival(own, a->design ? a->design->formula : "~ 1", &m->compared[0]);
        m->compared[0].nesting = TQ_SAME;
        m->n_compared = 1;
    }
    for (size_t i = 0; status == TQ_OK && i < spec->n_compared; i++) {
        status = fit_rival(in, a, &opt, spec->compared[i], own, &m->compared[m->n_compared], err);
        m->n_compared += status == TQ_OK;
    }
    tq_mv_fit_free(own);
    return status;
}

/* ---- influence ---- */

static tq_status find_influence(const analysis_input *in, tq_analysis *a, tq_multilevel *m,
                                tq_error *err)
{
    const char *by = in->spec->multilevel->influence;
    multilevel_factor cluster = {m->term[0].levels, m->model.term[0].group, m->term[0].level};
    tq_status status = TQ_OK;

    m->influence_by = *by ? by : m->factor;
    if (*by) {
        status = multilevel_levels(in->data, multilevel_column(in->data, by), NULL, a->arena,
                                   &cluster, err);
    }
    m->influence_level = cluster.level;
    return status == TQ_OK ? tq_mv_influence_of(m->fit, &m->options, cluster.n, cluster.code,
                                                &m->influence, err)
                           : status;
}

/* ---- the stage ---- */

tq_status analysis_multilevel_extras(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_multilevel_spec *spec = in->spec->multilevel;
    tq_multilevel *m = a->multilevel;

    if (!m || spec->fit_only) {
        return TQ_OK;
    }
    tq_status status = find_r2(a, m, err);

    status = status == TQ_OK && spec->profile ? tq_mv_profile(m->fit, &m->options, err) : status;
    status = status == TQ_OK ? find_clusters(a, m, err) : status;
    status = status == TQ_OK ? find_rows(in, a, m, err) : status;
    status = status == TQ_OK && spec->levels ? find_levels(a, m, err) : status;
    status = status == TQ_OK && spec->drop ? drop_terms(a, m, err) : status;
    status = status == TQ_OK && spec->n_compared ? compare(in, a, m, err) : status;
    status = status == TQ_OK && spec->influence ? find_influence(in, a, m, err) : status;
    for (size_t i = 0; spec->egger && a->design && i < a->design->p; i++) {
        m->egger = strcmp(a->term[i], "sei") == 0 ? i + 1 : m->egger;
    }
    m->residuals = spec->rows;
    return status;
}
