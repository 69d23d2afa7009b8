/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models of subsets of a sheet's studies: rows for a file, quantiles, what they show. */
#include <math.h>
#include <stdlib.h>

#include "report/analysis_internal.h"
#include "report/page/format.h"
#include "report/page/text_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- rows ---- */

typedef struct {
    const tq_row_writer *to;
    const tq_dataset *data;
} row_maker;

static void put_head(const tq_dataset *data, tq_buffer *out)
{
    tq_buffer_text(out, "k,estimate,tau2,I2,QE");
    for (size_t i = 0; i < data->k; i++) {
        tq_buffer_text(out, ",");
        text_csv_field(out, data->label[data->used[i]]);
    }
    tq_buffer_text(out, "\n");
}

static void put_row(const tq_gosh_stretch *s, size_t j, size_t k, tq_buffer *out)
{
    const tq_gosh_model *m = &s->model[j];
    const double number[] = {m->estimate, m->tau2, m->I2, m->QE};

    tq_buffer_format(out, "%zu", m->k);
    csv_numbers(out, number, sizeof number / sizeof *number);
    for (size_t i = 0; i < k; i++) {
        tq_buffer_append(out, tq_gosh_member(s, j, i) ? ",1" : ",0", 2);
    }
    tq_buffer_text(out, "\n");
}

static tq_status take(void *user, const tq_gosh_stretch *s, tq_error *err)
{
    const row_maker *maker = user;
    tq_buffer rows = {0};

    if (s->first == 0) {
        put_head(maker->data, &rows);
    }
    for (size_t j = 0; j < s->n; j++) {
        put_row(s, j, maker->data->k, &rows);
    }
    tq_status status = tq_buffer_status(&rows, err);

    status = status == TQ_OK ? maker->to->take(maker->to->user, &rows, err) : status;
    tq_buffer_free(&rows);
    return status;
}

/* ---- what is shown ---- */

static double natural(const tq_analysis *a, double x)
{
    return tq_transform_apply(a->transform, x, a->ni_mean);
}

/* The study whose presence moves the median estimate most. */
static size_t most_moving(const tq_gosh *g)
{
    size_t at = g->k;
    double most = -1.0;

    for (size_t i = 0; i < g->k; i++) {
        const double by = fabs(g->study[i].estimate_with - g->study[i].estimate_without);

        if (by > most) {
            most = by;
            at = i;
        }
    }
    return at;
}

/* "Half of the models have a risk ratio between 0.42 and 0.57, ..." */
static const char *reading_of(const tq_analysis *a, const tq_dataset *data,
                              const tq_gosh_report *out)
{
    enum { Q25 = 2, Q75 = 4, TEXT = 48 };
    const tq_gosh *g = out->fit;
    const size_t i = most_moving(g);
    char lo[TEXT], hi[TEXT], with[TEXT], without[TEXT];
    const double a25 = out->natural[Q25], a75 = out->natural[Q75];

    tq_format_number(lo, sizeof lo, fmin(a25, a75), 2);
    tq_format_number(hi, sizeof hi, fmax(a25, a75), 2);
    if (g->models == 1) {
        return tq_arena_format(a->arena, "There is one model, with a pooled %s of %s.",
                               tq_analysis_scale_name(a, 1), lo);
    }
    if (i == g->k) {
        return tq_arena_format(a->arena,
                               "The middle half of the models has a pooled %s from %s to %s.",
                               tq_analysis_scale_name(a, 1), lo, hi);
    }
    tq_format_number(with, sizeof with, out->study[i].with, 2);
    tq_format_number(without, sizeof without, out->study[i].without, 2);
    return tq_arena_format(a->arena,
                           "The middle half of the models has a pooled %s from %s to %s. The study "
                           "that moves the median most is %s: %s in models with it, %s in those "
                           "without.",
                           tq_analysis_scale_name(a, 1), lo, hi, data->label[data->used[i]], with,
                           without);
}

static tq_status describe(const tq_dataset *data, tq_analysis *a, tq_error *err)
{
    tq_gosh_report *out = a->gosh;
    const tq_gosh *g = out->fit;

    out->study = tq_arena_take(a->arena, g->k, sizeof *out->study);
    if (!out->study) {
        return no_memory(err);
    }
    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        out->natural[q] = natural(a, g->estimate[q]);
    }
    for (size_t i = 0; i < g->k; i++) {
        out->study[i] = (tq_gosh_natural){natural(a, g->study[i].estimate_with),
                                          natural(a, g->study[i].estimate_without)};
    }
    out->reading = reading_of(a, data, out);
    return out->reading ? TQ_OK : no_memory(err);
}

tq_status analysis_gosh(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_gosh_spec *spec = in->spec->gosh;
    row_maker maker = {spec ? spec->rows : NULL, in->data};
    const tq_gosh_sink sink = {take, &maker};

    if (!spec) {
        return TQ_OK;
    }
    a->gosh = tq_arena_take(a->arena, 1, sizeof *a->gosh);
    if (!a->gosh) {
        return no_memory(err);
    }
    const tq_gosh_options opt = {spec->subsets, a->options.seed, spec->threads, spec->progress,
                                 spec->rows ? &sink : NULL};
    const tq_status status = tq_gosh_fit(&in->of.model, &a->options, &opt, &a->gosh->fit, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
        return status;
    }
    return describe(in->data, a, err);
}
