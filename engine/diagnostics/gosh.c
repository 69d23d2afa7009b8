/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits of subsets of the studies, a stretch of them at a time, in the order of their numbers. */
#include "diagnostics/gosh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch/batch.h"
#include "core/splitmix.h"
#include "diagnostics/gosh_internal.h"
#include "diagnostics/parts_internal.h"

/* Models between two visits of the sink: some milliseconds of work, and little memory. */
enum { STRETCH = 4096, WORD = 64 };

static const double probabilities[TQ_GOSH_QUANTILES] = {0.0, 2.5, 25.0, 50.0, 75.0, 97.5, 100.0};

double tq_gosh_probability(size_t q)
{
    return q < TQ_GOSH_QUANTILES ? probabilities[q] : (double)NAN;
}

tq_gosh_options tq_gosh_defaults(void)
{
    return (tq_gosh_options){.seed = 1};
}

void tq_gosh_free(tq_gosh *gosh)
{
    if (gosh) {
        free(gosh->study);
        free(gosh->cell);
        free(gosh->cell_with);
        free(gosh);
    }
}

/* ---- one stretch ---- */

typedef struct {
    const tq_gosh_options *gosh;
    size_t k, words;
    int all;
    uint64_t first;       /* number of the stretch's first subset */
    uint64_t *member;     /* [STRETCH x words] */
    tq_gosh_model *model; /* [STRETCH] */
    char *done;           /* [STRETCH] 1: fitted, or found to have no fit */
    gosh_batch *batch;    /* NULL: subsets are fitted one by one */
} stretch;

static int is_empty(const uint64_t *member, size_t words)
{
    uint64_t any = 0;

    for (size_t w = 0; w < words; w++) {
        any |= member[w];
    }
    return any == 0;
}

/* Random bits until one is set: all non-empty subsets are alike likely. */
static void draw(const stretch *s, uint64_t number, uint64_t *member)
{
    const size_t last = s->k % WORD;
    uint64_t stream = tq_splitmix_stream(s->gosh->seed, number);

    do {
        for (size_t w = 0; w < s->words; w++) {
            member[w] = tq_splitmix(&stream);
        }
        if (last > 0) {
            member[s->words - 1] &= (UINT64_C(1) << last) - 1;
        }
    } while (is_empty(member, s->words));
}

static size_t members(const void *user, size_t j, size_t *index)
{
    const stretch *s = user;
    const uint64_t *member = s->member + j * s->words;
    size_t n = 0;

    for (size_t w = 0; w < s->words; w++) {
        size_t i = w * WORD;

        for (uint64_t bits = member[w]; bits; bits >>= 1, i++) {
            index[n] = i;
            n += bits & 1;
        }
    }
    return n;
}

static void keep(void *user, size_t thread, size_t j, const tq_pool *fit, const tq_error *why)
{
    stretch *s = user;

    (void)thread;
    (void)why;
    s->done[j] = 1;
    s->model[j] = (tq_gosh_model){0, NAN, NAN, NAN, NAN};
    if (fit && !fit->why_none && isfinite(fit->beta[0])) {
        s->model[j] = (tq_gosh_model){0, fit->beta[0], fit->tau2, fit->I2, fit->QE};
    }
}

/* How many of the models, from the first on, are done; those behind them are forgotten. */
static size_t finish(const stretch *s, size_t n)
{
    size_t fitted = 0;

    while (fitted < n && s->done[fitted]) {
        size_t k = 0;

        for (size_t i = 0; i < s->k; i++) {
            k += s->member[fitted * s->words + i / WORD] >> (i % WORD) & 1;
        }
        s->model[fitted++].k = k;
    }
    return fitted;
}

static void choose(stretch *s, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        uint64_t *member = s->member + j * s->words;

        if (s->all) {
            member[0] = s->first + j + 1;
        } else {
            draw(s, s->first + j, member);
        }
    }
    memset(s->done, 0, n);
}

/* ---- all stretches ---- */

/* Subsets that are fitted before progress is asked. */
enum { BATCH = STRETCH / 2 };

static tq_status fit_batches(stretch *s, size_t n, const tq_progress *progress, size_t *fitted,
                             tq_error *err)
{
    *fitted = 0;
    while (*fitted < n) {
        const size_t m = n - *fitted < BATCH ? n - *fitted : BATCH;
        const tq_status status =
            gosh_batch_fit(s->batch, s->member + *fitted * s->words, m, s->model + *fitted, err);

        if (status != TQ_OK) {
            return status;
        }
        *fitted += m;
        if (tq_progress_report(progress, (double)*fitted / (double)n) != 0) {
            return tq_fail(err, TQ_EINTR, TQ_NO_ROW, NULL, "interrupted");
        }
    }
    return TQ_OK;
}

static tq_status fit_stretch(const parts *p, stretch *s, uint64_t asked, size_t *fitted,
                             tq_error *err)
{
    tq_progress_part share = {s->gosh->progress, (double)s->first / (double)asked,
                              (double)p->n / (double)asked};
    const tq_progress progress = {tq_progress_report_part, &share};

    choose(s, p->n);
    if (s->batch) {
        return fit_batches(s, p->n, &progress, fitted, err);
    }
    const tq_status status = parts_fit_effects(p, s->gosh->threads, &progress, err);

    *fitted = finish(s, p->n);
    return status;
}

static tq_status fit_all(parts *p, stretch *s, gosh_tally *tally, tq_gosh *out, tq_error *err)
{
    const tq_gosh_sink *sink = s->gosh->sink;
    tq_status status = TQ_OK;

    while (status == TQ_OK && s->first < out->asked) {
        const uint64_t left = out->asked - s->first;
        size_t fitted;

        p->n = left < STRETCH ? (size_t)left : STRETCH;
        status = fit_stretch(p, s, out->asked, &fitted, err);
        if (status != TQ_OK && status != TQ_EINTR) {
            return status;
        }
        const tq_gosh_stretch done = {s->first, fitted, s->words, s->model, s->member};

        gosh_tally_add(tally, &done, out);
        for (size_t j = 0; j < fitted; j++) {
            out->failed += isnan(s->model[j].estimate) ? 1 : 0;
        }
        s->first += fitted;
        out->models = s->first;
        out->interrupted = status == TQ_EINTR;
        if (sink && fitted > 0) {
            const tq_status taken = sink->take(sink->user, &done, err);

            if (taken != TQ_OK) {
                return taken;
            }
        }
    }
    return out->models > 0 ? TQ_OK : status;
}

/* ---- the whole ---- */

static tq_status check(const tq_model *model, const tq_gosh_options *gosh, tq_gosh *out,
                       tq_error *err)
{
    if (model->k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    if (model->p != 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "subsets are pooled: the model must have no moderators");
    }
    out->k = model->k;
    out->seed = gosh->seed;
    out->possible = model->k < WORD ? (UINT64_C(1) << model->k) - 1 : UINT64_MAX;
    out->all = gosh->subsets == 0 || gosh->subsets >= out->possible;
    out->asked = out->all ? out->possible : gosh->subsets;
    if (out->all && model->k > TQ_GOSH_ALL) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%zu studies have 2^%zu - 1 subsets, all of which are fitted up to %d "
                       "studies; --subsets 1000000 draws some",
                       model->k, model->k, TQ_GOSH_ALL);
    }
    if (out->asked > UINT32_MAX) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "no more than %llu subsets can be drawn, not %llu",
                       (unsigned long long)UINT32_MAX, (unsigned long long)out->asked);
    }
    if (model->k > TQ_GOSH_BINNED_STUDIES && out->asked > TQ_GOSH_EXACT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "with more than %d studies no more than %d subsets can be drawn, not %llu",
                       TQ_GOSH_BINNED_STUDIES, TQ_GOSH_EXACT, (unsigned long long)out->asked);
    }
    return TQ_OK;
}

/* Pooled effects are means of the effects; what is not (of counts) falls into the outer bins. */
static void span(const tq_model *model, double *lo, double *hi)
{
    *lo = INFINITY;
    *hi = -INFINITY;
    for (size_t i = 0; i < model->k; i++) {
        if (isfinite(model->yi[i])) {
            *lo = fmin(*lo, model->yi[i]);
            *hi = fmax(*hi, model->yi[i]);
        }
    }
    if (!(*lo < *hi)) { /* one effect, or none */
        *lo = isfinite(*lo) ? *lo : 0.0;
        *hi = *lo + 1.0;
    }
}

static tq_status run(const tq_model *model, const tq_pool_options *opt, stretch *s, tq_gosh *out,
                     tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();
    parts p = {model, opt ? opt : &defaults, 0, members, keep, s};

    span(model, &out->lo, &out->hi);
    gosh_tally *tally = gosh_tally_new(model->k, out->asked, out->lo, out->hi);
    const int batches = tq_batch_suits(model, p.opt);

    s->batch = batches ? gosh_batch_new(model, p.opt, BATCH, s->gosh->threads) : NULL;
    if (!tally || (batches && !s->batch)) {
        gosh_tally_free(tally);
        gosh_batch_free(s->batch);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_status status = fit_all(&p, s, tally, out, err);

    if (status == TQ_OK && out->failed == out->models) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no subset of the studies can be pooled");
    }
    status = status == TQ_OK ? gosh_tally_summarise(tally, out, err) : status;
    gosh_tally_free(tally);
    gosh_batch_free(s->batch);
    return status;
}

tq_status tq_gosh_fit(const tq_model *model, const tq_pool_options *opt,
                      const tq_gosh_options *gosh, tq_gosh **out, tq_error *err)
{
    const tq_gosh_options defaults = tq_gosh_defaults();
    tq_gosh result = {.k = 0};

    gosh = gosh ? gosh : &defaults;
    tq_status status = check(model, gosh, &result, err);

    if (status != TQ_OK) {
        return status;
    }
    const size_t words = (model->k + WORD - 1) / WORD;
    stretch s = {gosh, model->k, words, result.all, 0, NULL, NULL, NULL, NULL};
    tq_gosh *made = malloc(sizeof *made);

    s.member = calloc(words, STRETCH * sizeof *s.member);
    s.model = calloc(STRETCH, sizeof *s.model);
    s.done = calloc(STRETCH, sizeof *s.done);
    result.study = calloc(model->k, sizeof *result.study);
    result.cell = calloc(TQ_GOSH_CELLS, sizeof *result.cell);
    result.cell_with = calloc(model->k, TQ_GOSH_CELLS * sizeof *result.cell_with);
    if (made && s.member && s.model && s.done && result.study && result.cell && result.cell_with) {
        status = run(model, opt, &s, &result, err);
    } else {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    free(s.member);
    free(s.model);
    free(s.done);
    if (status != TQ_OK) {
        free(result.study);
        free(result.cell);
        free(result.cell_with);
        free(made);
        return status;
    }
    *made = result;
    *out = made;
    return TQ_OK;
}
