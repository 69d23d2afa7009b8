/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published analyses repeated: running, finding the values, comparing. */
#include "report/validation.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PART = 128 };

typedef struct {
    tq_validation v;
    tq_checked_analysis *list;
    size_t capacity;
    tq_arena *arena;
} validation;

const char *tq_verdict_name(tq_verdict v)
{
    static const char *const names[TQ_VERDICT_COUNT] = {"agrees", "differs", "deviates"};

    return (unsigned)v < TQ_VERDICT_COUNT ? names[v] : "";
}

tq_validation *tq_validation_new(void)
{
    validation *made = calloc(1, sizeof *made);

    if (made && !(made->arena = tq_arena_new())) {
        free(made);
        made = NULL;
    }
    return made ? &made->v : NULL;
}

void tq_validation_free(tq_validation *v)
{
    validation *own = (validation *)v; /* its first member */

    if (own) {
        tq_arena_free(own->arena);
        free(own->list);
        free(own);
    }
}

/* ---- values by their path ---- */

/* The member of a list whose name is `part`. */
static json_t *named_member(json_t *list, const char *part)
{
    static const char *const keys[] = {"term", "level", "name", "study", "factor"};

    for (size_t i = 0; i < json_array_size(list); i++) {
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            const char *name = json_string_value(json_object_get(json_array_get(list, i), keys[k]));

            if (name && strcmp(name, part) == 0) {
                return json_array_get(list, i);
            }
        }
    }
    return NULL;
}

static json_t *member(json_t *value, const char *part)
{
    if (!json_is_array(value)) {
        return json_object_get(value, part);
    }
    const size_t digits = strspn(part, "0123456789");

    return *part && part[digits] == '\0' ? json_array_get(value, strtoul(part, NULL, 10))
                                         : named_member(value, part);
}

/* The number at a path; NaN when there is none. */
static double number_at(json_t *document, const char *path)
{
    json_t *at = document;

    while (at && *path) {
        const size_t length = strcspn(path, ".");
        char part[PART];

        if (length >= sizeof part) {
            return NAN;
        }
        memcpy(part, path, length);
        part[length] = '\0';
        at = member(at, part);
        path += length + (path[length] == '.');
    }
    return json_is_number(at) ? json_number_value(at) : NAN;
}

/* ---- comparing ---- */

static int agrees(const tq_printed *printed, const double *value, size_t n)
{
    if (n == 1 && printed->n == 2) {
        return tq_printed_contains(printed, value[0]);
    }
    for (size_t i = 0; i < n; i++) {
        if (!tq_printed_agrees(&printed->number[i], value[i])) {
            return 0;
        }
    }
    return 1;
}

static void judge(tq_checked_figure *c)
{
    const tq_published_figure *f = c->printed;
    const int same = agrees(&f->printed, c->value, f->n_paths);

    c->reason = f->differs;
    if (isnan(c->value[0]) || (f->n_paths == 2 && isnan(c->value[1]))) {
        c->verdict = TQ_FIGURE_DEVIATES;
        c->reason = "the output has no such number";
    } else if (!f->differs) {
        c->verdict = same ? TQ_FIGURE_AGREES : TQ_FIGURE_DEVIATES;
    } else if (same) {
        c->verdict = TQ_FIGURE_DEVIATES;
        c->reason = "marked to differ, but it agrees: take the mark away";
    } else if (f->computed_text && !agrees(&f->computed, c->value, f->n_paths)) {
        c->verdict = TQ_FIGURE_DEVIATES;
        c->reason = "differs otherwise than the case says";
    } else {
        c->verdict = TQ_FIGURE_DIFFERS;
    }
}

/* ---- one analysis ---- */

/* What a shell reads as one word as it stands. */
static int plain(const char *word)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "@%_+=:,./-";

    return *word && word[strspn(word, safe)] == '\0';
}

static const char *command_line(const tq_published_analysis *a, tq_arena *arena)
{
    tq_buffer line = {0};
    const char *kept;

    tq_buffer_text(&line, "tausq");
    for (size_t i = 0; i < a->n_words + (*a->data != '\0'); i++) {
        const char *word = !*a->data || i == 0 ? a->word[i] : i == 1 ? a->data : a->word[i - 1];
        const char *quote = plain(word) ? "" : strchr(word, '\'') ? "\"" : "'";

        tq_buffer_format(&line, " %s%s%s", quote, word, quote);
    }
    kept = line.failed ? NULL : tq_arena_text(arena, line.data);
    tq_buffer_free(&line);
    return kept;
}

/* Every figure of an analysis whose command failed. */
static tq_status all_deviate(validation *own, tq_checked_analysis *c, const char *why,
                             tq_error *err)
{
    const char *reason = tq_arena_text(own->arena, why);

    if (!reason) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < c->published->n_figures; i++) {
        c->figure[i].value[0] = c->figure[i].value[1] = NAN;
        c->figure[i].verdict = TQ_FIGURE_DEVIATES;
        c->figure[i].reason = reason;
    }
    return TQ_OK;
}

static tq_status compare(validation *own, tq_checked_analysis *c, const tq_buffer *output,
                         tq_error *err)
{
    json_t *document = json_loadb(output->data ? output->data : "", output->size, 0, NULL);

    if (!document) {
        return all_deviate(own, c, "the command gives no JSON document", err);
    }
    for (size_t i = 0; i < c->published->n_figures; i++) {
        const tq_published_figure *f = &c->published->figure[i];

        for (size_t j = 0; j < f->n_paths; j++) {
            c->figure[i].value[j] = tq_published_value(f, number_at(document, f->path[j]));
        }
        judge(&c->figure[i]);
    }
    json_decref(document);
    return TQ_OK;
}

static tq_status check(validation *own, tq_checked_analysis *c, tq_run_command *run, void *user,
                       tq_error *err)
{
    tq_buffer output = {0};
    tq_error why = {.status = TQ_OK};
    char line[sizeof why];
    tq_status status = run(user, c->published, &output, &why);

    if (status == TQ_EINTR || status == TQ_ENOMEM || output.failed) {
        status = tq_fail(err, output.failed ? TQ_ENOMEM : status, TQ_NO_ROW, NULL, "%s",
                         output.failed ? "out of memory" : why.message);
    } else if (status != TQ_OK) {
        tq_error_text(&why, line, sizeof line);
        status = all_deviate(own, c, line, err);
    } else {
        status = compare(own, c, &output, err);
    }
    tq_buffer_free(&output);
    return status;
}

/* ---- all of a publication ---- */

static int same_publication(const tq_published *a, const tq_published *b)
{
    return a == b || (strcmp(a->authors, b->authors) == 0 && strcmp(a->year, b->year) == 0 &&
                      strcmp(a->title, b->title) == 0);
}

static void count(validation *own, const tq_checked_analysis *c)
{
    int known = 0;

    for (size_t i = 0; !known && i < own->v.n; i++) {
        known = same_publication(own->list[i].publication, c->publication);
    }
    own->v.publications += !known;
    for (size_t i = 0; i < c->published->n_figures; i++) {
        own->v.count[c->figure[i].verdict]++;
    }
    own->v.n++;
}

static int reserve(validation *own, size_t more)
{
    if (own->v.n + more <= own->capacity) {
        return 1;
    }
    const size_t capacity = 2 * own->capacity + more;
    tq_checked_analysis *grown = realloc(own->list, capacity * sizeof *grown);

    if (!grown) {
        return 0;
    }
    own->list = grown;
    own->v.analysis = grown;
    own->capacity = capacity;
    return 1;
}

tq_status tq_validation_add(tq_validation *v, const tq_published *p, tq_run_command *run,
                            void *user, tq_error *err)
{
    validation *own = (validation *)v; /* its first member */
    tq_status status = reserve(own, p->n_analyses)
                           ? TQ_OK
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    for (size_t i = 0; status == TQ_OK && i < p->n_analyses; i++) {
        const tq_published_analysis *a = &p->analysis[i];
        tq_checked_analysis *c = &own->list[v->n];

        *c = (tq_checked_analysis){p, a, command_line(a, own->arena),
                                   tq_arena_take(own->arena, a->n_figures, sizeof *c->figure)};
        if (!c->command_line || !c->figure) {
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        for (size_t j = 0; j < a->n_figures; j++) {
            c->figure[j] = (tq_checked_figure){.printed = &a->figure[j], .value = {NAN, NAN}};
        }
        status = check(own, c, run, user, err);
        if (status == TQ_OK) {
            count(own, c);
        }
    }
    return status;
}
