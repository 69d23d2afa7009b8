/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Specifications as JSON and as CSV. */
#include <math.h>
#include <string.h>

#include "report/named_number_internal.h"
#include "report/sensitivity/multiverse_internal.h"
#include "report/view.h"

enum { NUMBERS = 11 };

static void numbers_of(const tq_multiverse *m, size_t j, named_number out[NUMBERS])
{
    const tq_specification_fit *f = &m->fit[j];
    const tq_natural *n = &m->natural[j];
    const named_number all[NUMBERS] = {
        {"estimate", f->estimate}, {"se", f->se},
        {"stat", f->stat},         {"pval", f->pval},
        {"ci_lb", f->ci_lb},       {"ci_ub", f->ci_ub},
        {"tau2", f->tau2},         {"I2", f->I2},
        {"pred", n->pred},         {"pred_ci_lb", n->ci_lb},
        {"pred_ci_ub", n->ci_ub},
    };

    memcpy(out, all, sizeof all);
}

static const char *option_of(const tq_multiverse *m, size_t c, size_t j)
{
    return m->choice[c].option[tq_multiverse_option(m->choice, m->n_choices, c, j)];
}

/* ---- JSON ---- */

static json_t *share(size_t n, size_t of)
{
    return of > 0 ? json_number((double)n / (double)of) : json_null();
}

static json_t *summary(const tq_specification_summary *s, int has_null)
{
    json_t *out = json_pack("{s:I, s:I, s:o, s:o, s:o}", "n", (json_int_t)s->n, "valid",
                            (json_int_t)s->valid, "median", json_number(s->median), "min",
                            json_number(s->min), "max", json_number(s->max));

    if (has_null) {
        json_object_set_new(out, "significant", share(s->significant, s->valid));
        json_object_set_new(out, "same_direction", share(s->same_direction, s->valid));
        json_object_set_new(out, "same_significance", share(s->same_significance, s->valid));
        json_object_set_new(out, "same_both", share(s->same_both, s->valid));
    }
    return out;
}

static json_t *choices(const tq_multiverse *m)
{
    json_t *list = json_array();

    for (size_t c = 0; c < m->n_choices; c++) {
        for (size_t o = 0; o < m->choice[c].n; o++) {
            json_t *one = summary(&m->by[c][o], m->has_null);

            json_object_set_new(one, "choice", json_text(m->choice[c].name));
            json_object_set_new(one, "option", json_text(m->choice[c].option[o]));
            json_array_append_new(list, one);
        }
    }
    return list;
}

static json_t *gaps(const tq_multiverse *m)
{
    json_t *list = json_array();

    for (size_t g = 0; g < m->n_gaps; g++) {
        json_array_append_new(
            list, json_pack("{s:o, s:I, s:I}", "reason", json_text(m->gap[g].reason), "n",
                            (json_int_t)m->gap[g].n, "first", (json_int_t)m->gap[g].first + 1));
    }
    return list;
}

static json_t *specification(const tq_analysis *a, size_t j)
{
    const tq_multiverse *m = a->multiverse;
    const tq_specification_fit *f = &m->fit[j];
    named_number numbers[NUMBERS];
    json_t *out = json_pack("{s:I}", "specification", (json_int_t)j + 1);

    json_object_set_new(out, "rank",
                        m->rank[j] ? json_integer((json_int_t)m->rank[j]) : json_null());
    for (size_t c = 0; c < m->n_choices; c++) {
        json_object_set_new(out, m->choice[c].name, json_text(option_of(m, c, j)));
    }
    json_object_set_new(out, "k", json_integer((json_int_t)f->k));
    json_object_set_new(out, "removed", json_integer((json_int_t)f->removed));
    numbers_of(m, j, numbers);
    json_add_numbers(out, numbers, NUMBERS);
    json_object_set_new(out, "significant",
                        f->significant < 0 ? json_null() : json_boolean(f->significant));
    json_object_set_new(out, "why_none",
                        !f->done         ? json_text("interrupted")
                        : f->why_none[0] ? json_text(f->why_none)
                                         : json_null());
    return out;
}

static void add_multiverse(const tq_analysis *a, json_t *doc)
{
    const tq_multiverse *m = a->multiverse;

    json_object_set_new(doc, "k", json_integer((json_int_t)a->k));
    json_object_set_new(doc, "models", json_integer((json_int_t)m->done));
    json_object_set_new(doc, "asked", json_integer((json_int_t)m->n));
    json_object_set_new(doc, "interrupted", json_boolean(m->interrupted));
    json_object_set_new(doc, "summary", summary(&m->all, m->has_null));
    json_object_set_new(doc, "choices", choices(m));
    json_object_set_new(doc, "invalid", gaps(m));
    json_object_set_new(doc, "reading", json_text(m->reading));
}

tq_status tq_multiverse_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                             tq_error *err)
{
    json_stream s = {.out = out};
    json_t *begin = json_head(&a->provenance), *end = json_object();

    (void)opt;
    json_add_head(a, begin);
    add_multiverse(a, begin);
    json_stream_members(&s, begin);
    json_stream_list(&s, "specifications", a->multiverse->n, specification, a);
    json_add_foot(a, end);
    json_stream_members(&s, end);
    return json_stream_end(&s, err);
}

/* ---- CSV ---- */

void multiverse_csv_head(const tq_multiverse *m, tq_buffer *out)
{
    named_number numbers[NUMBERS];

    tq_buffer_text(out, "specification,rank");
    for (size_t c = 0; c < m->n_choices; c++) {
        tq_buffer_text(out, ",");
        text_csv_field(out, m->choice[c].name);
    }
    tq_buffer_text(out, ",k,removed");
    numbers_of(m, 0, numbers);
    csv_names(out, numbers, NUMBERS);
    tq_buffer_text(out, ",significant,why_none\n");
}

void multiverse_csv_row(const tq_multiverse *m, size_t j, tq_buffer *out)
{
    const tq_specification_fit *f = &m->fit[j];
    named_number numbers[NUMBERS];

    tq_buffer_format(out, "%zu,", j + 1);
    if (m->rank[j]) {
        tq_buffer_format(out, "%zu", m->rank[j]);
    }
    for (size_t c = 0; c < m->n_choices; c++) {
        tq_buffer_text(out, ",");
        text_csv_field(out, option_of(m, c, j));
    }
    tq_buffer_format(out, ",%zu,%zu", f->k, f->removed);
    numbers_of(m, j, numbers);
    csv_values(out, numbers, NUMBERS);
    tq_buffer_text(out, f->significant < 0 ? "," : f->significant ? ",1" : ",0");
    tq_buffer_text(out, ",");
    text_csv_field(out, f->done ? f->why_none : "interrupted");
    tq_buffer_text(out, "\n");
}

tq_status tq_multiverse_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                            tq_error *err)
{
    (void)opt;
    multiverse_csv_head(a->multiverse, out);
    for (size_t j = 0; j < a->multiverse->n; j++) {
        multiverse_csv_row(a->multiverse, j, out);
    }
    return tq_buffer_status(out, err);
}
