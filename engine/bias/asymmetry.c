/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of small-study effects: their table, what suits which measure, the loop over them. */
#include "bias/asymmetry.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bias/asymmetry_internal.h"

/* ---- tables ---- */

static const struct {
    const char *label, *needs, *source;
    bias_fn *run;
} tests[] = {
    [TQ_BIAS_EGGER_LM] = {"Egger, weighted regression with multiplicative error", NULL,
                          "Egger, Davey Smith, Schneider & Minder (1997), BMJ 315:629-634",
                          bias_regression},
    [TQ_BIAS_EGGER_RMA] = {"Egger, mixed-effects meta-regression", NULL,
                           "Sterne & Egger (2005), in Publication Bias in Meta-Analysis, 99-110",
                           bias_regression},
    [TQ_BIAS_BEGG] = {"Begg-Mazumdar rank correlation", NULL,
                      "Begg & Mazumdar (1994), Biometrics 50:1088-1101", bias_begg},
    [TQ_BIAS_HARBORD] = {"Harbord, score of the odds or risk ratio",
                         "events and sizes of two groups",
                         "Harbord, Egger & Sterne (2006), Stat. Med. 25:3443-3457",
                         bias_regression},
    [TQ_BIAS_PETERS] = {"Peters, inverse sample size", "events and sizes of two groups",
                        "Peters, Sutton, Jones, Abrams & Rushton (2006), JAMA 295:676-680",
                        bias_regression},
    [TQ_BIAS_MACASKILL] = {"Macaskill, sample size", "sample sizes",
                           "Macaskill, Walter & Irwig (2001), Stat. Med. 20:641-654",
                           bias_regression},
    [TQ_BIAS_THOMPSON] = {"Thompson-Sharp, additive heterogeneity, t", NULL,
                          "Thompson & Sharp (1999), Stat. Med. 18:2693-2708", bias_regression},
    [TQ_BIAS_DEEKS] = {"Deeks, effective sample size", "sizes of two groups",
                       "Deeks, Macaskill & Irwig (2005), J. Clin. Epidemiol. 58:882-893",
                       bias_regression},
    [TQ_BIAS_PUSTEJOVSKY] = {"Pustejovsky-Rodgers, sizes of the groups", "sizes of two groups",
                             "Pustejovsky & Rodgers (2019), Res. Synth. Methods 10:57-71",
                             bias_regression},
    [TQ_BIAS_SCHWARZER] = {"Schwarzer, rank correlation of counts",
                           "events and sizes of two groups",
                           "Schwarzer, Antes & Schumacher (2007), Stat. Med. 26:721-733",
                           bias_schwarzer},
    [TQ_BIAS_RUECKER] = {"Ruecker, arcsine differences", "events and sizes of two groups",
                         "Ruecker, Schwarzer & Carpenter (2008), Stat. Med. 27:746-763",
                         bias_regression},
    [TQ_BIAS_RUECKER_THOMPSON] = {"Ruecker, arcsine differences with additive heterogeneity",
                                  "events and sizes of two groups",
                                  "Ruecker, Schwarzer & Carpenter (2008), Stat. Med. 27:746-763",
                                  bias_regression},
    [TQ_BIAS_TES] = {"excess significance, exact", NULL,
                     "Ioannidis & Trikalinos (2007), Clin. Trials 4:245-253", bias_excess},
    [TQ_BIAS_TES_CHI2] = {"excess significance, chi-square", NULL,
                          "Ioannidis & Trikalinos (2007), Clin. Trials 4:245-253", bias_excess},
    [TQ_BIAS_TES_BINOMIAL] = {"excess significance, binomial", NULL,
                              "Ioannidis & Trikalinos (2007), Clin. Trials 4:245-253", bias_excess},
    [TQ_BIAS_PET] = {"PET: effect at standard error 0", NULL,
                     "Stanley & Doucouliagos (2014), Res. Synth. Methods 5:60-78", bias_intercept},
    [TQ_BIAS_PEESE] = {"PEESE: effect at variance 0", NULL,
                       "Stanley & Doucouliagos (2014), Res. Synth. Methods 5:60-78",
                       bias_intercept},
    [TQ_BIAS_PET_PEESE] = {"PET-PEESE: PEESE where PET finds an effect", NULL,
                           "Stanley & Doucouliagos (2014), Res. Synth. Methods 5:60-78",
                           bias_intercept},
    [TQ_BIAS_WAAP] = {"WAAP-WLS: mean of the adequately powered studies, else of all", NULL,
                      "Stanley, Doucouliagos & Ioannidis (2017), Stat. Med. 36:1580-1598",
                      bias_adequate_power},
    [TQ_BIAS_SKEW] = {"skewness of standardised deviates", NULL,
                      "Lin & Chu (2018), Biometrics 74:785-794", bias_skewness},
};
_Static_assert(sizeof tests / sizeof *tests == TQ_BIAS_TEST_COUNT, "a row per test");

#define TQ_BIAS_NAME(id, name) [id] = name,
static const char *const names[] = {TQ_BIAS_TEST_LIST(TQ_BIAS_NAME)};
#undef TQ_BIAS_NAME

static const char *const predictors[] = {
    [TQ_PREDICTOR_SEI] = "sei",       [TQ_PREDICTOR_VI] = "vi",
    [TQ_PREDICTOR_NI] = "ni",         [TQ_PREDICTOR_NINV] = "ninv",
    [TQ_PREDICTOR_SQRTNI] = "sqrtni", [TQ_PREDICTOR_SQRTNINV] = "sqrtninv",
};
_Static_assert(sizeof predictors / sizeof *predictors == TQ_PREDICTOR_COUNT, "a row each");

const char *tq_bias_test_name(tq_bias_test test)
{
    return (unsigned)test < TQ_BIAS_TEST_COUNT ? names[test] : NULL;
}

const char *tq_bias_test_label(tq_bias_test test)
{
    return (unsigned)test < TQ_BIAS_TEST_COUNT ? tests[test].label : NULL;
}

const char *tq_bias_test_source(tq_bias_test test)
{
    return (unsigned)test < TQ_BIAS_TEST_COUNT ? tests[test].source : NULL;
}

const char *tq_bias_test_needs(tq_bias_test test)
{
    return (unsigned)test < TQ_BIAS_TEST_COUNT ? tests[test].needs : NULL;
}

tq_bias_test tq_bias_test_find(const char *name)
{
    tq_bias_test test = 0;

    while (test < TQ_BIAS_TEST_COUNT && strcmp(names[test], name) != 0) {
        test++;
    }
    return test;
}

const char *tq_bias_predictor_name(tq_bias_predictor predictor)
{
    return (unsigned)predictor < TQ_PREDICTOR_COUNT ? predictors[predictor] : NULL;
}

tq_bias_options tq_bias_defaults(void)
{
    return (tq_bias_options){.predictor = TQ_PREDICTOR_SEI, .alpha = 0.05};
}

/* ---- what suits the measure ---- */

enum { SUITED = 3, CODES = 8 };

/* Sterne et al. (2011), BMJ 343:d4002, on ratios and differences of risks; Pustejovsky & Rodgers
   (2019) on standardised mean differences. */
static const struct {
    const char *codes[CODES];
    int counts; /* 1: the tests need events */
    tq_bias_test test[SUITED];
    const char *advice;
} suited[] = {
    {{"OR", "PETO"},
     1,
     {TQ_BIAS_HARBORD, TQ_BIAS_PETERS, TQ_BIAS_RUECKER},
     "an odds ratio and its variance go together even without bias, so Egger's and Begg's tests "
     "are "
     "significant too often; harbord, peters and ruecker were made for odds ratios"},
    {{"RR", "RD"},
     1,
     {TQ_BIAS_PETERS, TQ_BIAS_MACASKILL, TQ_BIAS_RUECKER},
     "the variance of a risk ratio or difference depends on the effect, so Egger's and Begg's "
     "tests are "
     "significant too often; peters, macaskill and ruecker do not use it as the predictor"},
    {{"SMD", "SMDH", "SMD1", "SMD1H", "ROM"},
     0,
     {TQ_BIAS_PUSTEJOVSKY, TQ_BIAS_EGGER_RMA, TQ_BIAS_BEGG},
     "a standardised mean difference is part of its own variance, so Egger's and Begg's tests are "
     "significant too often; pustejovsky takes the sizes of the groups instead"},
};

static const tq_bias_test general[SUITED] = {TQ_BIAS_EGGER_LM, TQ_BIAS_EGGER_RMA, TQ_BIAS_BEGG};
static const char general_advice[] =
    "Egger's and Begg's tests assume that effects and their variances are unrelated without bias; "
    "egger-rma allows for heterogeneity";

static int codes_hold(const char *const *codes, const char *measure)
{
    for (size_t i = 0; i < CODES && codes[i]; i++) {
        if (measure && strcmp(codes[i], measure) == 0) {
            return 1;
        }
    }
    return 0;
}

static int has_tables(const tq_bias_studies *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->model.k; i++) {
        n += bias_has_table(s, i) ? 1 : 0;
    }
    return n == s->model.k;
}

static int has_groups(const tq_bias_studies *s)
{
    return s->n1 && s->n2;
}

/* The tests to do where none were asked for, and the advice in any case. */
static const tq_bias_test *suit(const tq_bias_studies *s, const char **advice)
{
    for (size_t i = 0; i < sizeof suited / sizeof *suited; i++) {
        if (codes_hold(suited[i].codes, s->measure)) {
            *advice = suited[i].advice;
            return (suited[i].counts ? has_tables(s) : has_groups(s)) ? suited[i].test : general;
        }
    }
    *advice = general_advice;
    return general;
}

/* ---- shared by the families ---- */

int bias_has_table(const tq_bias_studies *s, size_t i)
{
    return s->x1 && s->x2 && s->n1 && s->n2 && isfinite(s->x1[i]) && isfinite(s->x2[i]) &&
           isfinite(s->n1[i]) && isfinite(s->n2[i]);
}

int bias_has_moderators(const bias_room *room, tq_bias_result *out)
{
    if (room->s->model.X) {
        bias_cannot(out, "it knows no moderators; egger-lm and egger-rma do");
    }
    return out->why[0] != '\0';
}

tq_status bias_cannot(tq_bias_result *out, const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    vsnprintf(out->why, sizeof out->why, fmt, list);
    va_end(list);
    return TQ_OK;
}

tq_status bias_failed(tq_bias_result *out, tq_status status, tq_error *inner, tq_error *err)
{
    if (status == TQ_EDATA || status == TQ_ENOCONV) {
        return bias_cannot(out, "%.150s", inner->message);
    }
    return tq_fail(err, status, TQ_NO_ROW, NULL, "%.30s: %.200s", tq_bias_test_name(out->test),
                   inner->message);
}

tq_status bias_mean(bias_room *room, tq_error *err)
{
    const tq_model mean = {.k = room->s->model.k,
                           .p = 1,
                           .yi = room->s->model.yi,
                           .vi = room->s->model.vi,
                           .intercept = 1};

    return tq_pool_fit(&mean, &room->opt, room->work, room->fit, err);
}

/* ---- the loop ---- */

static tq_status check(const tq_bias_studies *s, const tq_bias_options *o, tq_error *err)
{
    for (size_t i = 0; i < o->n; i++) {
        if ((unsigned)o->test[i] >= TQ_BIAS_TEST_COUNT) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown test of asymmetry");
        }
    }
    if ((unsigned)o->predictor >= TQ_PREDICTOR_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown predictor");
    }
    if (!(o->alpha > 0.0 && o->alpha < 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "alpha %g must be above 0 and below 1",
                       o->alpha);
    }
    for (size_t i = 0; i < s->model.k; i++) {
        if (!isfinite(s->model.yi[i])) {
            return tq_fail(err, TQ_EDATA, i, "yi", "value '%g' must be a finite number",
                           s->model.yi[i]);
        }
        if (!(s->model.vi[i] > 0.0 && isfinite(s->model.vi[i]))) {
            return tq_fail(err, TQ_EDATA, i, "vi", "value '%g' must be > 0", s->model.vi[i]);
        }
    }
    return TQ_OK;
}

static void room_free(bias_room *room)
{
    free(room->y); /* the first of the arrays, which are one block */
    tq_pool_work_free(room->work);
    tq_pool_free(room->fit);
}

static tq_status room_make(const tq_bias_studies *s, const tq_pool_options *opt,
                           const tq_bias_options *bias, bias_room *room, tq_error *err)
{
    const size_t k = s->model.k, p = s->model.p;

    *room = (bias_room){.s = s, .opt = *opt, .predictor = bias->predictor, .alpha = bias->alpha};
    room->opt.ci_tau2 = TQ_CI_NONE;
    room->opt.predict = TQ_PREDICT_NONE;
    if (k <= SIZE_MAX / sizeof(double) / (p + 8)) {
        room->y = calloc(k * (p + 4), sizeof *room->y);
        room->work = tq_pool_work_new(k, p + 1);
        room->fit = tq_pool_new(k, p + 1);
    }
    if (!room->y || !room->work || !room->fit) {
        room_free(room);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    room->v = room->y + k;
    room->w = room->v + k;
    room->X = room->w + k;
    return TQ_OK;
}

static const tq_bias_result blank = {.predictor = TQ_PREDICTOR_COUNT,
                                     .est = NAN,
                                     .se = NAN,
                                     .stat = NAN,
                                     .df = NAN,
                                     .pval = NAN,
                                     .tau = NAN,
                                     .observed = NAN,
                                     .expected = NAN,
                                     .limit = NAN,
                                     .limit_lb = NAN,
                                     .limit_ub = NAN};

static tq_status run_all(bias_room *room, const tq_bias_test *list, tq_bias *out, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < out->n; i++) {
        out->result[i] = blank;
        out->result[i].test = list[i];
        out->result[i].k = room->s->model.k;
        status = tests[list[i]].run(room, &out->result[i], err);
    }
    return status;
}

tq_status tq_bias_run(const tq_bias_studies *studies, const tq_pool_options *opt,
                      const tq_bias_options *bias, tq_bias **out, tq_error *err)
{
    const tq_bias_options usual = tq_bias_defaults();
    const tq_pool_options model = tq_pool_defaults();
    const tq_bias_test *list;
    bias_room room;

    bias = bias ? bias : &usual;
    opt = opt ? opt : &model;
    if (studies->model.k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to test");
    }
    tq_status status = check(studies, bias, err);

    status = status == TQ_OK ? room_make(studies, opt, bias, &room, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_bias *made = calloc(1, sizeof *made);

    if (made) {
        list = suit(studies, &made->advice);
        made->chosen = bias->n == 0;
        made->n = bias->n ? bias->n : SUITED;
        made->k = studies->model.k;
        made->level = opt->level;
        made->result = calloc(made->n, sizeof *made->result);
    }
    status = made && made->result ? run_all(&room, bias->n ? bias->test : list, made, err)
                                  : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    room_free(&room);
    if (status == TQ_OK) {
        *out = made;
    } else {
        tq_bias_free(made);
    }
    return status;
}

void tq_bias_free(tq_bias *bias)
{
    if (bias) {
        free(bias->result);
        free(bias);
    }
}
