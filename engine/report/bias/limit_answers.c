/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a limit meta-analysis and the Copas model found. */
#include <math.h>

#include "report/bias/answers_internal.h"
#include "report/page/format.h"

/* ---- limit meta-analysis ---- */

static tq_status shrunken_studies(tq_analysis *a, tq_answers *f, tq_error *err)
{
    static const tq_answer_column columns[] = {
        {"yi", "Effect", TQ_SHOW_EFFECT, NULL},      {"sei", "SE", TQ_SHOW_EFFECT, NULL},
        {"limit", "Shrunken", TQ_SHOW_EFFECT, NULL}, {"ci_lb", "CI low", TQ_SHOW_EFFECT, NULL},
        {"ci_ub", "CI high", TQ_SHOW_EFFECT, NULL},
    };
    const tq_limit_meta *l = a->publication->limit;
    const tq_status status =
        found_table(a, f, "Effects in the limit of infinite precision", "Study", l->k, columns,
                    sizeof columns / sizeof *columns, err);

    for (size_t i = 0; status == TQ_OK && i < l->k; i++) {
        const double value[] = {a->study[i].yi, a->study[i].sei, l->yi[i], l->ci_lb[i],
                                l->ci_ub[i]};

        found_row(f, i, a->study[i].label, value);
    }
    return status;
}

static void say_limit(const tq_analysis *a, const tq_limit_meta *l, tq_buffer *out)
{
    char text[64];

    tq_buffer_format(out, "In studies of infinite precision the expected %s is ",
                     tq_analysis_scale_name(a, 1));
    found_say(a, out, &l->beta0, l->level);
    tq_buffer_text(out, "; the studies as they are give ");
    found_say(a, out, &l->unadjusted, l->level);
    tq_buffer_format(out, ". Small-study effects explain %s of the heterogeneity Q of %s",
                     tq_format_number(text, sizeof text, l->Q_small.stat, 2),
                     tq_format_number((char[64]){0}, 64, l->Q.stat, 2));
    tq_buffer_format(out, " (p %s).", tq_format_p_relation(text, sizeof text, l->Q_small.pval, 4));
}

static void limit_statistic(tq_answers *f, const char *name, const char *label,
                            const tq_statistic *s)
{
    found_test(f, name, label, "Q", s->stat, s->df, s->pval);
}

tq_status found_limit(const analysis_input *in, tq_analysis *a, double null_value, tq_error *err)
{
    tq_publication *p = a->publication;
    tq_answers *f = &p->answers;
    tq_buffer reading = {0};
    tq_status status = tq_limit_meta_fit(&in->of.model, &a->options, null_value, &p->limit, err);

    if (status != TQ_OK) {
        return status;
    }
    const tq_limit_meta *l = p->limit;

    f->title = "Limit meta-analysis";
    f->method = "limit meta-analysis";
    f->source[0] =
        "Ruecker, Schwarzer, Carpenter, Binder & Schumacher (2011), Biostatistics 12:122-142";
    found_estimate(a, f, "unadjusted", "Unadjusted", &l->unadjusted);
    found_estimate(a, f, "beta0", "Adjusted: expectation (beta0)", &l->beta0);
    found_estimate(a, f, "betalim", "Limit, with bias parameter (betalim)", &l->betalim);
    found_estimate(a, f, "mulim", "Limit, without bias parameter (mulim)", &l->mulim);
    limit_statistic(f, "Q", "heterogeneity", &l->Q);
    limit_statistic(f, "Q_small", "small-study effects", &l->Q_small);
    limit_statistic(f, "Q_resid", "heterogeneity beyond them", &l->Q_resid);
    found_number(f, "tau2", "tau2", l->tau2, TQ_SHOW_EFFECT);
    found_number(f, "alpha", "Bias alpha", l->alpha, TQ_SHOW_EFFECT);
    found_number(f, "se_alpha", "SE of alpha", l->se_alpha, TQ_SHOW_EFFECT);
    found_number(f, "G2", "G2: heterogeneity beyond small-study effects", l->G2, TQ_SHOW_PERCENT);
    f->result = f->estimate[1].natural;
    say_limit(a, l, &reading);
    status = analysis_keep_text(a, &reading, &f->reading, err);
    return status == TQ_OK ? shrunken_studies(a, f, err) : status;
}

/* ---- Copas ---- */

static tq_status copas_rows(tq_analysis *a, tq_answers *f, tq_error *err)
{
    static const tq_answer_column columns[] = {
        {"least", "Least", TQ_SHOW_SHORT, NULL},
        {"most", "Most", TQ_SHOW_SHORT, NULL},
        {"gamma0", "gamma0", TQ_SHOW_SHORT, NULL},
        {"gamma1", "gamma1", TQ_SHOW_SHORT, NULL},
        {"beta", "Effect", TQ_SHOW_EFFECT, NULL},
        {"ci_lb", "CI low", TQ_SHOW_EFFECT, NULL},
        {"ci_ub", "CI high", TQ_SHOW_EFFECT, NULL},
        {"pred", "Natural", TQ_SHOW_NATURAL, NULL},
        {"pval", "p", TQ_SHOW_P, NULL},
        {"tau2", "tau2", TQ_SHOW_EFFECT, NULL},
        {"rho", "rho", TQ_SHOW_SHORT, NULL},
        {"residual_pval", "p residual", TQ_SHOW_P, NULL},
        {"unseen", "Unseen", TQ_SHOW_SHORT, NULL},
    };
    const tq_copas *c = a->publication->copas;
    const tq_status status =
        found_table(a, f, "By the probability that the least and the most precise study is seen",
                    "Selection", c->n, columns, sizeof columns / sizeof *columns, err);

    for (size_t i = 0; status == TQ_OK && i < c->n; i++) {
        const tq_copas_point *p = &c->point[i];
        const double value[] = {p->least,   p->most,     p->gamma0,   p->gamma1,
                                p->mu.est,  p->mu.ci_lb, p->mu.ci_ub, found_natural(a, p->mu.est),
                                p->mu.pval, p->tau2,     p->rho,      p->residual.pval,
                                p->unseen};

        found_row(f, i, i == 0 ? "all seen" : "selection", value);
    }
    return status;
}

static void say_copas(const tq_analysis *a, const tq_copas *c, int given, tq_buffer *out)
{
    const tq_copas_point *p = &c->adjusted;
    char text[64];

    if (given) {
        tq_buffer_format(out, "Under the selection that was given the %s is ",
                         tq_analysis_scale_name(a, 1));
        found_say(a, out, &p->mu, c->level);
        tq_buffer_format(out, ", with %s studies unseen.",
                         tq_format_number(text, sizeof text, p->unseen, 0));
    } else if (!c->found) {
        tq_buffer_format(out,
                         "No selection that was tried explains the asymmetry of the studies: "
                         "the test of what is left stays below %g, and there is no adjusted "
                         "estimate.",
                         c->alpha);
    } else if (isnan(p->gamma0)) {
        tq_buffer_format(out,
                         "The studies show no asymmetry that selection would have to explain "
                         "(p %s): the adjusted %s is that without selection, ",
                         tq_format_p_relation(text, sizeof text, p->residual.pval, 4),
                         tq_analysis_scale_name(a, 1));
        found_say(a, out, &p->mu, c->level);
        tq_buffer_text(out, ".");
    } else {
        tq_buffer_format(out,
                         "The least selection that explains the asymmetry of the studies lets "
                         "one as imprecise as the least precise be seen with probability %s",
                         tq_format_number(text, sizeof text, p->least, 2));
        tq_buffer_format(out, " and leaves %s studies unseen; under it the %s is ",
                         tq_format_number(text, sizeof text, p->unseen, 0),
                         tq_analysis_scale_name(a, 1));
        found_say(a, out, &p->mu, c->level);
        tq_buffer_text(out, ", without selection ");
        found_say(a, out, &c->point[0].mu, c->level);
        tq_buffer_text(out, ".");
    }
}

tq_status found_copas(const analysis_input *in, tq_analysis *a, double null_value, tq_error *err)
{
    tq_copas_options opt = *in->spec->publication->copas;
    tq_publication *p = a->publication;
    tq_answers *f = &p->answers;
    tq_buffer reading = {0};

    opt.null_value = null_value;
    p->copas = tq_arena_take(a->arena, 1, sizeof *p->copas);
    tq_status status = p->copas ? tq_copas_fit(&in->of.model, a->options.level, &opt, p->copas, err)
                                : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    if (status != TQ_OK) {
        return status;
    }
    const tq_copas *c = p->copas;

    f->title = "Copas selection model";
    f->method = "the Copas selection model";
    f->source[0] = "Copas & Shi (2000), Biostatistics 1:247-262";
    f->source[1] = "Copas & Shi (2001), Stat. Methods Med. Res. 10:251-265";
    f->source[2] =
        "Carpenter, Schwarzer, Ruecker & Kuenstler (2009), J. Clin. Epidemiol. 62:624-631";
    found_estimate(a, f, "unadjusted", "Without selection (ML)", &c->point[0].mu);
    found_estimate(a, f, "adjusted", "Adjusted for selection", &c->adjusted.mu);
    found_test(f, "residual_unadjusted", "slope on the standard error without selection", "LR",
               c->point[0].residual.stat, c->point[0].residual.df, c->point[0].residual.pval);
    found_test(f, "residual_adjusted", "slope left after the adjustment", "LR",
               c->adjusted.residual.stat, c->adjusted.residual.df, c->adjusted.residual.pval);
    found_number_or(f, "least", "P(seen), least precise study", c->adjusted.least, TQ_SHOW_SHORT,
                    "none is enough");
    found_number(f, "unseen", "Studies unseen", c->adjusted.unseen, TQ_SHOW_SHORT);
    found_number(f, "rho", "rho", c->adjusted.rho, TQ_SHOW_SHORT);
    found_number(f, "tau2", "tau2", c->adjusted.tau2, TQ_SHOW_EFFECT);
    found_number(f, "alpha", "Level of the test", c->alpha, TQ_SHOW_SHORT);
    f->result = f->estimate[1].natural;
    f->brief = c->found ? NULL : "no selection that was tried is enough";
    say_copas(a, c, !isnan(opt.gamma0), &reading);
    status = analysis_keep_text(a, &reading, &f->reading, err);
    return status == TQ_OK ? copas_rows(a, f, err) : status;
}
