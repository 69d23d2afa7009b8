/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What leaving out each cluster does to the fit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "linalg/dense.h"
#include "multilevel/effects_of_rows.h"
#include "multilevel/multilevel_internal.h"

typedef struct {
    const tq_mv_fit *fit;
    tq_mv_options opt;
    const size_t *cluster;
    tq_mv_influence *out;
    double *inverse;      /* [p x p] vb^-1 */
    unsigned char **keep; /* [threads][k] */
    tq_status *status;    /* [n] */
} work;

void tq_mv_influence_free(tq_mv_influence *influence)
{
    if (influence) {
        free(influence->row);
        free(influence->room);
        free(influence);
    }
}

/* Standard errors of all effects with the components of the fit without the cluster: what the change of
   a coefficient is measured by. Belsley, Kuh & Welsch (1980), Regression Diagnostics, eq. 2.7. */
static tq_status scale(const work *w, const double *component, double *dfbs)
{
    tq_mv_options opt = w->opt;
    tq_mv_fit *fit = NULL;
    tq_error unheard;

    opt.fixed = component;
    opt.equal = NULL;
    opt.test = TQ_MV_Z;
    const tq_status status = tq_mv_fit_model(w->fit->model, &opt, &fit, &unheard);

    for (size_t a = 0; a < w->fit->p; a++) {
        dfbs[a] = status == TQ_OK ? dfbs[a] / fit->se[a] : NAN;
    }
    tq_mv_fit_free(fit);
    return status == TQ_ENOMEM ? status : TQ_OK;
}

static tq_status compare(const work *w, const tq_mv_fit *without, tq_mv_influence_row *row,
                         double *room)
{
    const size_t p = w->fit->p;
    double *beta = room, *dfbs = room + p, *component = room + 2 * p;

    row->cook = 0.0;
    for (size_t a = 0; a < p; a++) {
        beta[a] = without->beta[a];
        dfbs[a] = w->fit->beta[a] - without->beta[a];
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            row->cook +=
                (w->fit->beta[a] - beta[a]) * w->inverse[a + b * p] * (w->fit->beta[b] - beta[b]);
        }
    }
    for (size_t r = 0; r < without->n_components; r++) {
        component[r] = without->component[r].value;
    }
    row->QE = without->QE;
    return scale(w, component, dfbs);
}

/* Nothing is known without the cluster. */
static void leave_empty(const work *w, const char *why, tq_mv_influence_row *row, double *room)
{
    for (size_t a = 0; a < 2 * w->fit->p + w->fit->n_components; a++) {
        room[a] = NAN;
    }
    row->cook = row->QE = NAN;
    row->why_none = why;
}

static tq_status without(const work *w, size_t c, unsigned char *keep)
{
    const tq_mv_model *model = w->fit->model;
    const size_t p = w->fit->p, size = 2 * p + w->fit->n_components;
    tq_mv_influence_row *row = &w->out->row[c];
    double *room = w->out->room + c * size;
    tq_mv_fit *fit = NULL;
    tq_error unheard;

    row->beta = room;
    row->dfbs = room + p;
    row->component = room + 2 * p;
    for (size_t i = 0; i < model->k; i++) {
        keep[i] = w->cluster[i] != c;
        row->k += !keep[i];
    }
    if (model->k - row->k <= p) {
        leave_empty(w, "too few effects are left without it", row, room);
        return TQ_OK;
    }
    mv_subset *s = mv_subset_new(model, keep);
    tq_status status = s ? tq_mv_fit_model(&s->model, &w->opt, &fit, &unheard) : TQ_ENOMEM;

    if (status == TQ_OK) {
        status = compare(w, fit, row, room);
    } else if (status == TQ_EDATA) {
        leave_empty(w, "the design is singular without it", row, room);
    } else if (status == TQ_ENOCONV) {
        leave_empty(w, "no search converged without it", row, room);
    } else if (status == TQ_EINVAL) { /* bounds of correlations depend on what stands together */
        leave_empty(w, "what is given or equal does not fit without it", row, room);
    }
    tq_mv_fit_free(fit);
    mv_subset_free(s);
    return status == TQ_ENOMEM || status == TQ_EINTR ? status : TQ_OK;
}

static void some(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    work *w = context;

    for (size_t c = (size_t)begin; c < (size_t)end; c++) {
        w->status[c] = without(w, c, w->keep[thread]);
    }
}

static int work_init(work *w, size_t n, size_t threads)
{
    const size_t p = w->fit->p, size = 2 * p + w->fit->n_components;
    double log_det;

    w->out = calloc(1, sizeof *w->out);
    w->inverse = malloc(p * p * sizeof *w->inverse);
    w->keep = calloc(threads, sizeof *w->keep);
    w->status = calloc(n, sizeof *w->status);
    if (!w->out || !w->inverse || !w->keep || !w->status) {
        return 0;
    }
    w->out->n = n;
    w->out->row = calloc(n, sizeof *w->out->row);
    w->out->room = malloc(n * size * sizeof *w->out->room);
    for (size_t t = 0; t < threads; t++) {
        w->keep[t] = malloc(w->fit->k);
        if (!w->keep[t]) {
            return 0;
        }
    }
    memcpy(w->inverse, w->fit->vb, p * p * sizeof *w->inverse);
    tq_invert_spd(p, w->inverse, &log_det, NULL);
    return w->out->row && w->out->room;
}

tq_status tq_mv_influence_of(const tq_mv_fit *fit, const tq_mv_options *opt, size_t n,
                             const size_t *cluster, tq_mv_influence **out, tq_error *err)
{
    const size_t threads = tq_threads(opt->threads, n);
    work w = {.fit = fit, .opt = *opt, .cluster = cluster};
    tq_status status;

    if (n < 2) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "influence needs two clusters: without the only one nothing is left");
    }
    w.opt.threads = 1;
    w.opt.progress = NULL;
    status = work_init(&w, n, threads) ? tq_parallel(threads, n, 1, some, &w, opt->progress, err)
                                       : TQ_ENOMEM;
    for (size_t c = 0; status == TQ_OK && c < n; c++) {
        status = w.status[c];
    }
    if (status == TQ_ENOMEM) {
        tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t t = 0; w.keep && t < threads; t++) {
        free(w.keep[t]);
    }
    free(w.keep);
    free(w.inverse);
    free(w.status);
    if (status == TQ_OK) {
        *out = w.out;
    } else {
        tq_mv_influence_free(w.out);
    }
    return status;
}
