/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests for small-study effects of a multilevel model: its fit with another moderator, one at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/analysis_internal.h"

static const struct {
    const char *name, *text;
    int limit; /* 1: it vanishes for a study without error */
} predictors[] = {
    {"sei", "standard error", 1},       {"vi", "sampling variance", 1},
    {"ni", "sample size", 0},           {"ninv", "1 / sample size", 1},
    {"sqrtni", "sqrt(size)", 0},        {"sqrtninv", "1 / sqrt(size)", 1},
    {"groups", "sqrt(1/n1 + 1/n2)", 1},
};
enum { PREDICTORS = sizeof predictors / sizeof *predictors, SEI = 0, VI = 1, GROUPS = 6 };

const char *tq_small_study_name(size_t i)
{
    return i < PREDICTORS ? predictors[i].name : NULL;
}

const char *tq_small_study_text(size_t i)
{
    return i < PREDICTORS ? predictors[i].text : NULL;
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* What the tests work from. */
typedef struct {
    const analysis_input *in;
    tq_analysis *a;
    tq_bias_studies sizes;
    const double *vi; /* [k] */
    double *X;        /* [k x (p + 1)] that of the model, and the predictor */
} tester;

static double predictor_at(const tester *t, size_t which, size_t i)
{
    const double ni = t->sizes.ni[i];
    const double value[PREDICTORS] = {sqrt(t->vi[i]),
                                      t->vi[i],
                                      ni,
                                      1.0 / ni,
                                      sqrt(ni),
                                      1.0 / sqrt(ni),
                                      sqrt(1.0 / t->sizes.n1[i] + 1.0 / t->sizes.n2[i])};

    return value[which];
}

/* Fills the last column; why it cannot be one, or NULL. */
static const char *fill_predictor(const tester *t, size_t which)
{
    const size_t k = t->a->k, p = t->a->fit->p;
    double *x = t->X + p * k;
    int varies = 0;

    for (size_t i = 0; i < k; i++) {
        x[i] = predictor_at(t, which, i);
        if (!isfinite(x[i])) {
            return which == GROUPS ? "an effect has no sizes of two groups"
                                   : "an effect has no sample size";
        }
        varies |= x[i] != x[0];
    }
    return varies ? NULL : "it is the same for all effects";
}

static void clear(tq_linear *x)
{
    *x = (tq_linear){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

static void take_tests(const tester *t, const tq_mv_fit *fit, const tq_robust *robust, double *c,
                       tq_small_study_row *row)
{
    const size_t p = fit->p;
    const int limit = p == 2 && predictors[row->predictor].limit && fit->model->intercept;

    memset(c, 0, p * sizeof *c);
    c[p - 1] = 1.0;
    tq_mv_linear(fit, c, 0.0, &row->slope);
    if (robust) {
        tq_robust_linear(robust, c, 0.0, &row->robust);
    }
    if (!limit) {
        return;
    }
    c[0] = 1.0;
    c[1] = 0.0;
    tq_mv_linear(fit, c, 0.0, &row->limit);
    if (robust) {
        tq_robust_linear(robust, c, 0.0, &row->robust_limit);
    }
    const tq_linear *l = robust ? &row->robust_limit : &row->limit;
    const tq_prediction shown = {l->est, l->se, l->ci_lb, l->ci_ub, NAN, NAN, NAN};

    row->natural = analysis_natural(t->a->transform, &shown, t->a->ni_mean);
}

static tq_status test(const tester *t, size_t which, tq_small_study_row *row, tq_error *err)
{
    const tq_multilevel *m = t->a->multilevel;
    tq_mv_model model = m->model;
    tq_mv_fit *fit = NULL;
    tq_robust *robust = NULL;
    tq_error reason;
    double *c = calloc(model.p + 1, sizeof *c);

    *row = (tq_small_study_row){
        .predictor = which, .why = fill_predictor(t, which), .natural = {NAN, NAN, NAN, NAN, NAN}};
    clear(&row->slope);
    clear(&row->robust);
    clear(&row->limit);
    clear(&row->robust_limit);
    if (row->why || !c) {
        free(c);
        return row->why ? TQ_OK : no_memory(err);
    }
    model.X = t->X;
    model.p++;
    tq_status status = tq_mv_fit_model(&model, &m->options, &fit, &reason);

    if (status == TQ_OK && t->a->robust) {
        status = analysis_robust_of(t->in, t->a, &model, fit, &robust, &reason);
    }
    if (status == TQ_OK) {
        take_tests(t, fit, robust, c, row);
    } else if (status == TQ_EDATA || status == TQ_EINVAL || status == TQ_ENOCONV) {
        row->why = tq_arena_text(t->a->arena, reason.message);
        status = row->why ? TQ_OK : no_memory(err);
    } else {
        tq_fail(err, status, TQ_NO_ROW, NULL, "%s", reason.message);
    }
    tq_robust_free(robust);
    tq_mv_fit_free(fit);
    free(c);
    return status;
}

/* PEESE where PET finds an effect, at 5% one-sided. */
static void choose(const tq_analysis *a, tq_small_study *s)
{
    static const double finds = 0.10;
    size_t pet = s->n, peese = s->n;

    for (size_t i = 0; i < s->n; i++) {
        pet = s->row[i].predictor == SEI && !isnan(s->row[i].limit.est) ? i : pet;
        peese = s->row[i].predictor == VI && !isnan(s->row[i].limit.est) ? i : peese;
    }
    s->peese = -1;
    s->pet_pval = NAN;
    if (pet < s->n && peese < s->n) {
        s->pet_pval = a->robust ? s->row[pet].robust_limit.pval : s->row[pet].limit.pval;
        s->peese = s->pet_pval < finds;
        s->chosen = s->peese ? peese : pet;
    }
}

tq_status analysis_small_study(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_multilevel_spec *spec = in->spec->multilevel;
    const size_t k = a->k, p = a->fit->p;
    tester t = {.in = in, .a = a, .vi = in->of.vi};
    tq_small_study *s;
    tq_status status;

    if (!spec || spec->fit_only || spec->n_small_study == 0) {
        return TQ_OK;
    }
    s = tq_arena_take(a->arena, 1, sizeof *s);
    t.X = tq_arena_take(a->arena, k, (p + 1) * sizeof *t.X);
    if (!s || !t.X) {
        return no_memory(err);
    }
    s->row = tq_arena_take(a->arena, spec->n_small_study, sizeof *s->row);
    status = s->row ? analysis_sizes(in, a, &t.sizes, err) : no_memory(err);
    for (size_t i = 0; i < k * p; i++) {
        t.X[i] = in->of.model.X ? in->of.model.X[i] : 1.0;
    }
    for (; status == TQ_OK && s->n < spec->n_small_study; s->n++) {
        status = test(&t, spec->small_study[s->n], &s->row[s->n], err);
    }
    if (status == TQ_OK) {
        choose(a, s);
        a->multilevel->small_study = s;
    }
    return status;
}
