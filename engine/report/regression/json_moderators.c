/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moderators of a model in the JSON document. */
#include "report/json_internal.h"

static json_t *levels(const tq_design_variable *v)
{
    json_t *list = json_array();

    for (size_t l = 0; l < v->n_levels; l++) {
        json_array_append_new(list, json_pack("{s:o, s:I}", "level", json_text(v->level[l]), "k",
                                              (json_int_t)v->level_k[l]));
    }
    return list;
}

/* The reference is the first level. */
static json_t *factors(const tq_design *d)
{
    json_t *list = json_array();

    for (size_t j = 0; j < d->n_variables; j++) {
        if (d->variable[j].n_levels > 0) {
            json_array_append_new(list, json_pack("{s:o, s:o}", "variable",
                                                  json_text(d->variable[j].name), "levels",
                                                  levels(&d->variable[j])));
        }
    }
    return list;
}

static json_t *terms(const tq_design *d)
{
    static const char *const kinds[] = {[TQ_TERM_NUMERIC] = "numeric",
                                        [TQ_TERM_FACTOR] = "factor",
                                        [TQ_TERM_INTERACTION] = "interaction"};
    json_t *list = json_array();

    for (size_t t = 0; t < d->n_terms; t++) {
        const tq_design_term *term = &d->term[t];

        json_array_append_new(list, json_pack("{s:o, s:s, s:o}", "term", json_text(term->name),
                                              "kind", kinds[term->kind], "coefficients",
                                              json_texts(d->column + term->first, term->n)));
    }
    return list;
}

void json_moderators(const tq_analysis *a, json_t *doc)
{
    const tq_design *d = a->design;

    if (d) {
        json_object_set_new(doc, "moderators",
                            json_pack("{s:o, s:o, s:o, s:o, s:o}", "formula", json_text(d->formula),
                                      "terms", terms(d), "factors", factors(d), "redundant",
                                      json_texts(d->dropped, d->n_dropped), "notes",
                                      json_texts(d->note, d->n_notes)));
    }
}
