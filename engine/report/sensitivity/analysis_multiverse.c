/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every combination of listed choices on a sheet: the data of each, the fits, how far they agree. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/page/format.h"
#include "report/sensitivity/multiverse_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

size_t tq_multiverse_option(const tq_multiverse_choice *choice, size_t n_choices, size_t c,
                            size_t j)
{
    for (size_t i = n_choices - 1; i > c; i--) {
        j /= choice[i].n;
    }
    return j % choice[c].n;
}

/* ---- the data of the specifications ---- */

typedef struct {
    analysis_sample of;
    const tq_multiverse_sheet *from;
} sample;

typedef struct {
    const tq_multiverse_spec *spec;
    const tq_pool_options *opt;
    sample **sample; /* [n_methods][n_sheets] */
    size_t n_methods, n_tests, n_rules;
} multiverse_data;

static tq_status gather(const tq_multiverse_sheet *sheet, sample *s, tq_arena *arena, tq_error *err)
{
    s->from = sheet;
    return sheet->data ? analysis_gather(sheet->data, 1, arena, &s->of, err) : TQ_OK;
}

/* Sheets that methods share are gathered once. */
static tq_status gather_all(multiverse_data *d, tq_arena *arena, tq_error *err)
{
    const tq_multiverse_spec *spec = d->spec;
    tq_status status = TQ_OK;

    d->sample = tq_arena_take(arena, d->n_methods, sizeof(sample *));
    if (!d->sample) {
        return no_memory(err);
    }
    for (size_t m = 0; status == TQ_OK && m < d->n_methods; m++) {
        size_t same = 0;

        while (spec->sheet[same] != spec->sheet[m]) {
            same++;
        }
        d->sample[m] =
            same < m ? d->sample[same] : tq_arena_take(arena, spec->n_sheets, sizeof(sample));
        if (!d->sample[m]) {
            return no_memory(err);
        }
        for (size_t i = 0; same == m && status == TQ_OK && i < spec->n_sheets; i++) {
            status = gather(&spec->sheet[m][i], &d->sample[m][i], arena, err);
        }
    }
    return status;
}

/* ---- one specification ---- */

static const sample *sample_of(const multiverse_data *d, size_t j)
{
    const size_t rest = j / d->n_rules / d->n_tests;

    return &d->sample[rest % d->n_methods][rest / d->n_methods];
}

static void specification_at(const void *user, size_t j, tq_specification *out)
{
    const multiverse_data *d = user;
    const sample *s = sample_of(d, j);
    const size_t m = j / d->n_rules / d->n_tests % d->n_methods;

    *out = (tq_specification){.opt = *d->opt, .null_value = NAN};
    out->opt.method = d->spec->method[m];
    out->opt.test = d->spec->own_test ? tq_method_test(out->opt.method)
                                      : d->spec->test[j / d->n_rules % d->n_tests];
    out->opt.weights = s->of.weights;
    out->rule = d->spec->rule[j % d->n_rules];
    if (s->from->data) {
        out->model = &s->of.model;
        out->null_value = s->from->data->measure->null_value;
    } else {
        out->why_none = s->from->why_none;
    }
}

static size_t largest(const multiverse_data *d)
{
    size_t k = 1;

    for (size_t m = 0; m < d->n_methods; m++) {
        for (size_t i = 0; i < d->spec->n_sheets; i++) {
            k = d->sample[m][i].of.model.k > k ? d->sample[m][i].of.model.k : k;
        }
    }
    return k;
}

/* ---- results ---- */

static tq_natural natural_of(const tq_analysis *a, const tq_dataset *data,
                             const tq_specification_fit *f)
{
    const tq_prediction p = {f->estimate, f->se, f->ci_lb, f->ci_ub, NAN, NAN, NAN};
    const tq_transform *t =
        data->measure == a->measure ? a->transform : tq_transform_find(data->measure->transform);

    return analysis_natural(t, &p, a->ni_mean);
}

static void describe_fits(const multiverse_data *d, tq_analysis *a, tq_multiverse *m)
{
    for (size_t j = 0; j < m->n; j++) {
        const tq_dataset *data = sample_of(d, j)->from->data;

        m->done += (size_t)(m->fit[j].done != 0);
        m->comparable[j] = data && data->measure == a->measure;
        m->mixed |= data && data->measure != a->measure;
        m->natural[j] = (tq_natural){NAN, NAN, NAN, NAN, NAN};
        if (m->fit[j].done && data && !m->fit[j].why_none[0]) {
            m->natural[j] = natural_of(a, data, &m->fit[j]);
        }
    }
}

/* Each option of this choice has a scale of its own. */
static int is_measure(const tq_multiverse *m, size_t c)
{
    return strcmp(m->choice[c].name, "measure") == 0;
}

static tq_status summarise(tq_analysis *a, tq_multiverse *m, tq_error *err)
{
    unsigned char *chosen = tq_arena_take(a->arena, m->n, sizeof *chosen);
    double *scratch = tq_arena_take(a->arena, m->n, sizeof *scratch);

    m->by = tq_arena_take(a->arena, m->n_choices, sizeof(tq_specification_summary *));
    if (!chosen || !scratch || !m->by) {
        return no_memory(err);
    }
    tq_specifications_summarise(m->n, m->fit, NULL, m->comparable, scratch, &m->all);
    for (size_t c = 0; c < m->n_choices; c++) {
        m->by[c] = tq_arena_take(a->arena, m->choice[c].n, sizeof *m->by[c]);
        if (!m->by[c]) {
            return no_memory(err);
        }
        for (size_t o = 0; o < m->choice[c].n; o++) {
            for (size_t j = 0; j < m->n; j++) {
                chosen[j] = tq_multiverse_option(m->choice, m->n_choices, c, j) == o;
            }
            tq_specifications_summarise(m->n, m->fit, chosen,
                                        is_measure(m, c) ? chosen : m->comparable, scratch,
                                        &m->by[c][o]);
        }
    }
    const tq_prediction p = {m->all.median, NAN, m->all.min, m->all.max, NAN, NAN, NAN};

    m->natural_all = analysis_natural(a->transform, &p, a->ni_mean);
    return tq_specifications_rank(m->n, m->fit, m->comparable, m->rank, err);
}

/* The reasons, in the order of their first specification. */
static tq_status find_gaps(tq_analysis *a, tq_multiverse *m, tq_error *err)
{
    enum { MOST = 64 }; /* reasons told apart; the table has all of them */

    m->gap = tq_arena_take(a->arena, MOST, sizeof *m->gap);
    if (!m->gap) {
        return no_memory(err);
    }
    for (size_t j = 0; j < m->n; j++) {
        const char *why = m->fit[j].why_none;
        size_t g = 0;

        if (!m->fit[j].done || !*why) {
            continue;
        }
        while (g < m->n_gaps && strcmp(m->gap[g].reason, why) != 0) {
            g++;
        }
        if (g == m->n_gaps && g < MOST) {
            m->gap[m->n_gaps++] = (tq_multiverse_gap){why, 0, j};
        }
        if (g < m->n_gaps) {
            m->gap[g].n++;
        }
    }
    return TQ_OK;
}

/* ---- in words ---- */

/* The choice whose options' medians lie farthest apart; n_choices where none has two. */
static size_t widest_choice(const tq_multiverse *m, size_t *lo, size_t *hi)
{
    size_t at = m->n_choices;
    double most = 0.0;

    for (size_t c = 0; c < m->n_choices; c++) {
        size_t low = m->choice[c].n, high = low;

        for (size_t o = 0; o < m->choice[c].n && !is_measure(m, c); o++) {
            const double x = m->by[c][o].median;

            low = isnan(x) || (low < m->choice[c].n && m->by[c][low].median <= x) ? low : o;
            high = isnan(x) || (high < m->choice[c].n && m->by[c][high].median >= x) ? high : o;
        }
        if (low < m->choice[c].n && m->by[c][high].median - m->by[c][low].median > most) {
            most = m->by[c][high].median - m->by[c][low].median;
            at = c;
            *lo = low;
            *hi = high;
        }
    }
    return at;
}

static double natural_median(const tq_analysis *a, double median)
{
    return tq_transform_apply(a->transform, median, a->ni_mean);
}

static const char *reading_of(const tq_analysis *a, const tq_multiverse *m)
{
    enum { TEXT = 48 };
    const tq_specification_summary *s = &m->all;
    char least[TEXT], most[TEXT], low[TEXT], high[TEXT], agree[2 * TEXT] = "";
    size_t lo = 0, hi = 0;
    const size_t c = widest_choice(m, &lo, &hi);

    tq_format_number(least, sizeof least, m->natural_all.ci_lb, 2);
    tq_format_number(most, sizeof most, m->natural_all.ci_ub, 2);
    if (m->has_null) {
        snprintf(agree, sizeof agree,
                 "%zu of %zu models agree with the reference in direction and significance. ",
                 s->same_both, s->valid);
    }
    if (c == m->n_choices) {
        return tq_arena_format(a->arena, "%sThe pooled %s lies between %s and %s.", agree,
                               tq_analysis_scale_name(a, 1), least, most);
    }
    tq_format_number(low, sizeof low, natural_median(a, m->by[c][lo].median), 2);
    tq_format_number(high, sizeof high, natural_median(a, m->by[c][hi].median), 2);
    return tq_arena_format(a->arena,
                           "%sThe pooled %s lies between %s and %s. The choice that moves the "
                           "median most is %s: %s with %s, %s with %s.",
                           agree, tq_analysis_scale_name(a, 1), least, most, m->choice[c].name, low,
                           m->choice[c].option[lo], high, m->choice[c].option[hi]);
}

/* ---- the stage ---- */

static tq_status write_rows(const tq_multiverse *m, const tq_row_writer *to, tq_error *err)
{
    enum { AT_ONCE = 1024 };
    tq_status status = TQ_OK;

    for (size_t j = 0; to && status == TQ_OK && j < m->n; j += AT_ONCE) {
        tq_buffer rows = {0};

        if (j == 0) {
            multiverse_csv_head(m, &rows);
        }
        for (size_t i = j; i < m->n && i < j + AT_ONCE; i++) {
            multiverse_csv_row(m, i, &rows);
        }
        status = tq_buffer_status(&rows, err);
        status = status == TQ_OK ? to->take(to->user, &rows, err) : status;
        tq_buffer_free(&rows);
    }
    return status;
}

static tq_multiverse *multiverse_new(const tq_multiverse_spec *spec, tq_arena *arena)
{
    tq_multiverse *m = tq_arena_take(arena, 1, sizeof *m);

    if (!m) {
        return NULL;
    }
    m->n = 1;
    for (size_t c = 0; c < spec->n_choices; c++) {
        m->n *= spec->choice[c].n;
    }
    m->n_choices = spec->n_choices;
    m->choice = spec->choice;
    m->fit = tq_arena_take(arena, m->n, sizeof *m->fit);
    m->natural = tq_arena_take(arena, m->n, sizeof *m->natural);
    m->comparable = tq_arena_take(arena, m->n, sizeof *m->comparable);
    m->rank = tq_arena_take(arena, m->n, sizeof *m->rank);
    return m->fit && m->natural && m->comparable && m->rank ? m : NULL;
}

static tq_status fit_all(const multiverse_data *d, tq_analysis *a, tq_error *err)
{
    tq_multiverse *m = a->multiverse;
    tq_status status =
        tq_specifications_fit(m->n, largest(d), specification_at, d, d->spec->threads,
                              d->spec->progress, m->fit, &m->interrupted, err);

    if (status != TQ_OK) {
        return status;
    }
    m->has_null = !isnan(a->measure->null_value);
    describe_fits(d, a, m);
    status = summarise(a, m, err);
    status = status == TQ_OK ? find_gaps(a, m, err) : status;
    if (status == TQ_OK) {
        m->reading = reading_of(a, m);
        status = m->reading ? write_rows(m, d->spec->rows, err) : no_memory(err);
    }
    return status;
}

tq_status analysis_multiverse(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_multiverse_spec *spec = in->spec->multiverse;
    enum { METHOD = 3, TEST = 2, RULE = 1 }; /* from the end */

    if (!spec) {
        return TQ_OK;
    }
    multiverse_data d = {.spec = spec,
                         .opt = &a->options,
                         .n_methods = spec->choice[spec->n_choices - METHOD].n,
                         .n_tests = spec->choice[spec->n_choices - TEST].n,
                         .n_rules = spec->choice[spec->n_choices - RULE].n};
    const tq_status status = gather_all(&d, a->arena, err);

    if (status != TQ_OK) {
        return status;
    }
    a->multiverse = multiverse_new(spec, a->arena);
    return a->multiverse ? fit_all(&d, a, err) : no_memory(err);
}
