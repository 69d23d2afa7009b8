/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods of a review: what all its analyses share said once, what some share with their numbers. */
#include <ctype.h>
#include <string.h>

#include "report/dossier/dossier_internal.h"
#include "report/methods_internal.h"

/* What one analysis says on a subject. */
typedef struct {
    const char *text; /* NULL: nothing, or told with an earlier one */
    size_t of;
} said;

typedef struct {
    methods_maker make;
    const tq_dossier *d;
    said *of;       /* [n] */
    size_t n;       /* analyses that were done */
    size_t *at;     /* [n] which they are */
    size_t *number; /* [d->n] room */
} teller;

static const char *what_was_said(teller *t, size_t i, methods_sentences *sentences)
{
    methods_maker *m = &t->make;
    const char *text;

    m->a = t->d->entry[t->at[i]].analysis;
    sentences(m);
    m->failed = m->failed || m->text.failed;
    if (m->text.size == 0) {
        return NULL;
    }
    text = tq_arena_text(m->arena, m->text.data + strspn(m->text.data, " "));
    m->failed = m->failed || m->text.failed || !text;
    tq_buffer_free(&m->text);
    return text;
}

/* "analyses 1 to 3 and 5": numbers in order, runs of them by their ends. */
static void say_numbers(const size_t *number, size_t n, tq_buffer *out)
{
    tq_buffer_text(out, n > 1 ? "analyses " : "analysis ");
    for (size_t i = 0, end; i < n; i = end) {
        end = i + 1;
        while (end < n && number[end] == number[end - 1] + 1) {
            end++;
        }
        end = end - i == 2 ? i + 1 : end; /* two are no run */
        tq_buffer_format(out, "%s%zu", i == 0 ? "" : end < n ? ", " : " and ", number[i]);
        if (end - i > 1) {
            tq_buffer_format(out, " to %zu", number[end - 1]);
        }
    }
}

/* The analyses that say what i says. */
static void say_agreeing(teller *t, size_t i, tq_buffer *out)
{
    size_t n = 0;

    for (size_t j = i; j < t->n; j++) {
        if (t->of[j].text && strcmp(t->of[j].text, t->of[i].text) == 0) {
            t->number[n++] = t->at[j] + 1;
        }
    }
    say_numbers(t->number, n, out);
}

static void take_back(teller *t, size_t i)
{
    const char *text = t->of[i].text;

    for (size_t j = i; j < t->n; j++) {
        if (t->of[j].text && strcmp(t->of[j].text, text) == 0) {
            t->of[j].text = NULL;
        }
    }
}

static size_t agreeing(const teller *t, size_t i)
{
    size_t n = 0;

    for (size_t j = 0; j < t->n; j++) {
        n += t->of[j].text && strcmp(t->of[j].text, t->of[i].text) == 0;
    }
    return n;
}

static int is_pooled(const teller *t, size_t i)
{
    return t->d->entry[t->at[i]].analysis->k > 1;
}

/* One subject: each of its texts once, with the analyses that it is true of unless these are all. pooled: 1:
   analyses of one study have nothing to say on it. */
static void tell(teller *t, methods_sentences *sentences, int pooled)
{
    tq_buffer paragraph = {0};
    size_t all = 0;

    for (size_t i = 0; i < t->n; i++) {
        const int heard = !pooled || is_pooled(t, i);

        t->of[i].text = heard ? what_was_said(t, i, sentences) : NULL;
        all += (size_t)heard;
    }
    for (size_t i = 0; i < t->n; i++) {
        const char *text = t->of[i].text;

        if (!text) {
            continue;
        }
        tq_buffer_text(&paragraph, paragraph.size ? " " : "");
        if (agreeing(t, i) < all) {
            tq_buffer_text(&paragraph, "In ");
            say_agreeing(t, i, &paragraph);
            tq_buffer_format(&paragraph, ", %c", tolower((unsigned char)*text));
            text++;
        }
        tq_buffer_text(&paragraph, text);
        take_back(t, i);
    }
    t->make.text = paragraph;
    methods_end_paragraph(&t->make);
}

/* Analyses that pool nothing. */
static void say_single(teller *t)
{
    methods_maker *m = &t->make;
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        if (!is_pooled(t, i)) {
            t->number[n++] = t->at[i] + 1;
        }
    }
    if (n > 0) {
        tq_buffer_text(&m->text, "In ");
        say_numbers(t->number, n, &m->text);
        tq_buffer_text(&m->text,
                       ", one study could be used, so that nothing was pooled: its effect "
                       "and interval are shown.");
        methods_end_paragraph(m);
    }
}

/* ---- what stands in no analysis -------------------------------------------------------------- */

static void say_choice(methods_maker *m, const char *text)
{
    tq_buffer_text(&m->text, m->text.size ? " " : "");
    tq_buffer_text(&m->text, text);
}

/* Whether an entry has a further analysis of this role and label that was done. */
static int has_further(const tq_dossier_entry *e, tq_further_role role, const char *label)
{
    for (size_t j = 0; j < e->n_further; j++) {
        if (e->further[j].role == role && e->further[j].analysis &&
            strcmp(e->further[j].label, label) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The label with the entries from i on that have it; nothing where an earlier one had. */
static void say_label(teller *t, size_t i, const tq_further *f, const char *before)
{
    const tq_dossier *d = t->d;
    size_t n = 0;

    for (size_t j = 0; j < d->n; j++) {
        if (has_further(&d->entry[j], f->role, f->label)) {
            t->number[n++] = j + 1;
        }
    }
    if (t->number[0] == i + 1) {
        tq_buffer_format(&t->make.text, "%s%s", before, f->label);
        t->make.a = f->analysis;
        methods_cite_adjustment(&t->make);
        tq_buffer_text(&t->make.text, " (");
        say_numbers(t->number, n, &t->make.text);
        tq_buffer_text(&t->make.text, ")");
    }
}

static void further_sentences(teller *t)
{
    static const char *const first[TQ_FURTHER_COUNT] = {
        [TQ_FURTHER_SENSITIVITY] = "Sensitivity analyses: ",
        [TQ_FURTHER_REGRESSION] = "Meta-regressions: ",
        [TQ_FURTHER_BIAS] = "Further analyses of small-study effects: ",
        [TQ_FURTHER_BESIDE] = "Results were set beside those of other analyses: "};
    methods_maker *m = &t->make;

    for (int role = 0; role < TQ_FURTHER_COUNT; role++) {
        const size_t start = m->text.size;

        for (size_t i = 0; i < t->d->n; i++) {
            const tq_dossier_entry *e = &t->d->entry[i];

            for (size_t j = 0; j < e->n_further; j++) {
                if ((int)e->further[j].role == role && e->further[j].analysis) {
                    say_label(t, i, &e->further[j], m->text.size > start ? "; " : first[role]);
                }
            }
        }
        tq_buffer_text(&m->text, m->text.size > start ? ". " : "");
    }
    methods_end_paragraph(m);
}

/* Leave-one-out and the like have no settings: named with the analyses that have them. */
static const struct {
    const char *text, *source;
} kinds[] = {
    {"Each study was left out in turn", NULL},
    {"Studies were added one after the other in a cumulative meta-analysis",
     "Lau et al. (1992), N. Engl. J. Med. 327:248-254"},
    {"The influence of each study on the model was examined by case diagnostics",
     "Viechtbauer & Cheung (2010), Res. Synth. Methods 1:112-125"},
    {"The model was fitted to subsets of the studies (GOSH)",
     "Olkin, Dahabreh & Trikalinos (2012), Res. Synth. Methods 3:214-223"},
    {"Every combination of the listed choices was carried out", NULL},
    {"Accumulating evidence was compared with monitoring boundaries (trial sequential analysis)",
     "Wetterslev et al. (2008), J. Clin. Epidemiol. 61:64-75"},
    {"The pooled effect was also tested by permutation",
     "Follmann & Proschan (1999), Biometrics 55:732-737"},
};

static int has_kind(const tq_analysis *a, size_t kind)
{
    const tq_sensitivity *s = a->sensitivity;
    const int has[] = {s && s->loo,           s && s->cumul,         s && s->influence,
                       a->gosh != NULL,       a->multiverse != NULL, a->sequential != NULL,
                       a->permutation != NULL};

    return has[kind];
}

static void sensitivity_sentences(methods_maker *m)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (has_kind(m->a, i)) {
            say_choice(m, kinds[i].text);
            methods_cite(m, kinds[i].source);
            tq_buffer_text(&m->text, ".");
        }
    }
}

static void certainty_sentences(teller *t, const tq_findings *f)
{
    methods_maker *m = &t->make;

    for (size_t i = 0; i < f->n_rules; i++) {
        say_choice(m, f->rule[i]);
    }
    methods_end_paragraph(m);
    for (size_t i = 0; i < f->n_references; i++) { /* the rules cite them in their own words */
        tq_buffer unseen = m->text;

        m->text = (tq_buffer){0};
        methods_cite(m, f->reference[i]);
        tq_buffer_free(&m->text);
        m->text = unseen;
    }
}

static void software_sentence(teller *t)
{
    methods_maker *m = &t->make;

    say_choice(m, "Computations were done with tausq " TQ_VERSION);
    if (t->d->date) {
        tq_buffer_format(&m->text, " on %s", t->d->date);
    }
    if (t->d->plan) {
        tq_buffer_format(&m->text, ", by the plan %s", t->d->plan);
    }
    if (t->d->plan && t->d->plan_version) {
        tq_buffer_format(&m->text, " (version %s)", t->d->plan_version);
    }
    if (t->d->registration) {
        tq_buffer_format(&m->text, "; registration: %s", t->d->registration);
    }
    tq_buffer_text(&m->text, ".");
    methods_end_paragraph(m);
}

tq_status dossier_methods(const tq_dossier *d, const tq_findings *f, tq_arena *arena,
                          tq_methods_text *out, tq_error *err)
{
    teller t = {.d = d};
    tq_status status = methods_begin(&t.make, arena, out, err);

    t.of = tq_arena_take(arena, d->n, sizeof *t.of);
    t.at = tq_arena_take(arena, d->n, sizeof *t.at);
    t.number = tq_arena_take(arena, d->n, sizeof *t.number);
    if (status != TQ_OK || !t.of || !t.at || !t.number) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < d->n; i++) {
        if (d->entry[i].analysis) {
            t.at[t.n++] = i;
        }
    }
    for (size_t s = 0; methods_shared[s]; s++) {
        tell(&t, methods_shared[s], s > 0);
        if (s == 0) {
            say_single(&t);
        }
    }
    tell(&t, sensitivity_sentences, 1);
    further_sentences(&t);
    certainty_sentences(&t, f);
    software_sentence(&t);
    return methods_end(&t.make, err);
}
