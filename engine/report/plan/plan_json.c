/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All analyses of a plan as one JSON document, made of the documents of single analyses. */
#include "report/dossier/beside_internal.h"
#include "report/dossier/importance.h"
#include "report/json_internal.h"
#include "report/plan/plan_internal.h"
#include "report/plan/plan_view.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- documents of one analysis ---- */

/* The document of a view; member: that member of it alone. */
static tq_status document(tq_pool_view *view, const tq_analysis *a, const char *member,
                          json_t **out, tq_error *err)
{
    const tq_view_options opt = tq_view_defaults();
    tq_buffer text = {0};
    tq_status status = view(a, &opt, &text, err);

    *out = NULL;
    if (status == TQ_OK) {
        *out = json_loadb(text.data, text.size, 0, NULL);
        status = *out ? TQ_OK : no_memory(err);
    }
    tq_buffer_free(&text);
    if (status == TQ_OK && member) {
        json_t *part = json_incref(json_object_get(*out, member));

        json_decref(*out);
        *out = part;
    }
    return status;
}

static tq_status add(json_t *to, const char *name, tq_pool_view *view, const tq_analysis *a,
                     const char *member, tq_error *err)
{
    json_t *part = NULL;
    const tq_status status = document(view, a, member, &part, err);

    if (status == TQ_OK) {
        json_object_set_new(to, name, part);
    }
    return status;
}

/* Leave-one-out and cumulative analysis have one view, which shows the one that is there. */
static tq_status add_sequences(json_t *to, const tq_analysis *a, tq_error *err)
{
    const tq_sensitivity *s = a->sensitivity;
    tq_status status = TQ_OK;

    for (int cumul = 0; status == TQ_OK && cumul < 2; cumul++) {
        tq_sensitivity one = {.loo = cumul ? NULL : s->loo, .cumul = cumul ? s->cumul : NULL};
        tq_analysis copy = *a;

        copy.sensitivity = &one;
        if (one.loo || one.cumul) {
            status = add(to, cumul ? "cumul" : "loo", tq_sequence_json, &copy, "rows", err);
        }
    }
    return status == TQ_OK && s->influence ? add(to, "influence", tq_influence_json, a, "rows", err)
                                           : status;
}

static tq_status add_analysis(json_t *to, const tq_analysis *a, tq_error *err)
{
    tq_status status = add(to, "pool", tq_pool_json, a, NULL, err);

    status = status == TQ_OK && a->sensitivity ? add_sequences(to, a, err) : status;
    status = status == TQ_OK && a->sequential ? add(to, "tsa", tq_tsa_json, a, NULL, err) : status;
    status = status == TQ_OK && a->permutation
                 ? add(to, "permutation", tq_permute_json, a, NULL, err)
                 : status;
    status = status == TQ_OK && a->gosh ? add(to, "gosh", tq_gosh_json, a, NULL, err) : status;
    status = status == TQ_OK && a->multiverse
                 ? add(to, "multiverse", tq_multiverse_json, a, NULL, err)
                 : status;
    status = status == TQ_OK && a->bias ? add(to, "bias", tq_bias_json, a, "tests", err) : status;
    return status == TQ_OK && a->fail_safe ? add(to, "failsafe", tq_fail_safe_json, a, NULL, err)
                                           : status;
}

/* ---- entries ---- */

static tq_status further(const tq_dossier_entry *e, json_t *to, tq_error *err)
{
    static const char *const roles[TQ_FURTHER_COUNT] = {[TQ_FURTHER_SENSITIVITY] = "sensitivity",
                                                        [TQ_FURTHER_REGRESSION] = "regression",
                                                        [TQ_FURTHER_BIAS] = "bias",
                                                        [TQ_FURTHER_BESIDE] = "beside"};
    json_t *list = json_array();
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < e->n_further; i++) {
        const tq_further *f = &e->further[i];
        json_t *one = json_pack("{s:s, s:o}", "role", roles[f->role], "label", json_text(f->label));

        if (f->entry) { /* whose document stands there */
            json_object_set_new(one, "entry", json_text(f->entry));
        }
        status = f->analysis && !f->entry ? add(one, "pool", tq_pool_json, f->analysis, NULL, err)
                                          : TQ_OK;
        status = status == TQ_OK && f->analysis && f->analysis->publication
                     ? add(one, "publication", tq_publication_json, f->analysis, NULL, err)
                     : status;
        if (!f->analysis) {
            json_object_set_new(one, "why_none", json_text(f->why_none));
        }
        json_array_append_new(list, one);
    }
    json_object_set_new(to, "further", list);
    return status;
}

static tq_status add_beside(const tq_dossier_entry *e, json_t *to, tq_error *err)
{
    json_t *beside = NULL;
    const tq_status status = beside_json(e, &beside, err);

    if (beside) {
        json_object_set_new(to, "beside", beside);
    }
    return status;
}

static void figures(const tq_dossier_entry *e, json_t *to)
{
    json_t *list = json_array();

    for (size_t i = 0; i < e->n_figures; i++) {
        json_array_append_new(list, json_pack("{s:o, s:o}", "kind", json_text(e->figure[i].kind),
                                              "file", json_text(e->figure[i].file)));
    }
    json_object_set_new(to, "figures", list);
}

/* Where the intervals lie against the MCID, and the same in words. */
static tq_status importance(const tq_dossier_entry *e, json_t *to, tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    const char *text = NULL;
    const tq_status status = arena ? tq_importance_text(e, arena, &text, err) : no_memory(err);

    if (status == TQ_OK) {
        json_object_set_new(to, "importance",
                            json_pack("{s:s, s:s, s:o}", "ci",
                                      tq_importance_name(tq_importance_of_entry(e, 0)), "pi",
                                      tq_importance_name(tq_importance_of_entry(e, 1)), "reading",
                                      json_text(text)));
    }
    tq_arena_free(arena);
    return status;
}

static tq_status entry(const tq_dossier_entry *e, json_t *list, tq_error *err)
{
    const tq_analysis *a = e->analysis;
    json_t *out = json_pack("{s:o, s:o, s:o, s:o, s:o}", "id", json_text(e->id), "title",
                            json_text(e->title), "section", json_text(e->section), "note",
                            json_text(e->note), "subset", json_text(e->subset));
    tq_status status = TQ_OK;

    json_object_set_new(out, "better", json_text(e->better ? tq_better_name(e->better) : NULL));
    json_object_set_new(out, "mcid", json_number(e->mcid));
    json_object_set_new(out, "unit", json_text(e->unit));
    json_object_set_new(out, "k", json_integer((json_int_t)(a ? a->k : e->k)));
    json_object_set_new(out, "why_none", json_text(e->why_none));
    if (a) {
        status = importance(e, out, err);
        status = status == TQ_OK ? add_analysis(out, a, err) : status;
    } else {
        json_object_set_new(out, "excluded", json_excluded(e->excluded, e->n_excluded));
    }
    status = status == TQ_OK ? add_beside(e, out, err) : status;
    status = status == TQ_OK ? further(e, out, err) : status;
    figures(e, out);
    json_array_append_new(list, out);
    return status;
}

static json_t *plan_object(const tq_dossier *d)
{
    json_t *out = json_pack("{s:o, s:o, s:o, s:o, s:o}", "source", json_text(d->plan), "sha256",
                            json_text(d->plan_sha256), "title", json_text(d->title), "version",
                            json_text(d->plan_version), "registration", json_text(d->registration));

    json_object_set_new(out, "authors", json_texts(d->author, d->n_authors));
    return out;
}

tq_status tq_plan_json(const tq_dossier *d, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    const tq_provenance head = {.command = "run"};
    tq_status status = tq_dossier_check(d, err);
    json_t *doc = status == TQ_OK ? json_head(&head) : NULL, *list = json_array();

    (void)opt;
    if (status == TQ_OK && d->date) {
        json_object_set_new(doc, "date", json_text(d->date));
    }
    if (status == TQ_OK && d->notice) {
        json_object_set_new(doc, "notice", json_text(d->notice));
    }
    for (size_t i = 0; status == TQ_OK && i < d->n; i++) {
        status = entry(&d->entry[i], list, err);
    }
    if (status != TQ_OK) {
        json_decref(list);
        json_decref(doc);
        return status;
    }
    json_object_set_new(doc, "command_line", json_text(d->command_line));
    json_object_set_new(doc, "plan", plan_object(d));
    json_object_set_new(doc, "analyses", list);
    return json_write(doc, out, err);
}
