/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published analyses: from YAML to what is run and compared. */
#include "frame/published.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/names.h"
#include "frame/yaml.h"

/* The document's texts are borrowed: it lives as long as what was read from it. */
typedef struct {
    tq_published p;
    tq_yaml *doc;
    tq_arena *arena;
} published;

/* ---- transformations ---- */

static double as_is(double x)
{
    return x;
}

static double square(double x)
{
    return x * x;
}

static double percent(double x)
{
    return 100.0 * x;
}

/* What a ratio takes away, in percent: a relative risk of 0.62 is a reduction by 38. */
static double reduction(double x)
{
    return 100.0 * (1.0 - x);
}

static double increase(double x)
{
    return 100.0 * (x - 1.0);
}

static double reciprocal(double x)
{
    return 1.0 / x;
}

static double inverse_logit(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static const struct {
    const char *name;
    double (*of)(double);
} transforms[] = {
    {"none", as_is},
    {"exp", exp},
    {"log", log},
    {"sqrt", sqrt},
    {"square", square},
    {"abs", fabs},
    {"percent", percent},
    {"reduction", reduction},
    {"increase", increase},
    {"tanh", tanh},
    {"ilogit", inverse_logit},
    {"reciprocal", reciprocal},
};

enum { TRANSFORMS = sizeof transforms / sizeof *transforms };

const char *tq_published_transform_name(size_t i)
{
    return i < TRANSFORMS ? transforms[i].name : NULL;
}

static const char *transform_at(const void *table, size_t i)
{
    (void)table;
    return tq_published_transform_name(i);
}

double tq_published_value(const tq_published_figure *figure, double x)
{
    return figure->times * figure->transform(x);
}

static tq_status read_transform(const tq_yaml_node *map, tq_published_figure *f, tq_error *err)
{
    const char *name = tq_yaml_text(map, "transform", "none");
    size_t i = 0;

    while (i < TRANSFORMS && strcmp(transforms[i].name, name) != 0) {
        i++;
    }
    if (i == TRANSFORMS) {
        const char *nearest = tq_nearest_name(name, transform_at, NULL);

        return tq_yaml_fail(tq_yaml_member(map, "transform"), err, TQ_EINVAL,
                            "unknown transformation '%.40s'; did you mean '%s'?", name,
                            nearest ? nearest : transforms[0].name);
    }
    f->transform = transforms[i].of;
    f->times = tq_yaml_number(map, "times", 1.0);
    return TQ_OK;
}

/* ---- commands as words ---- */

/* Copy the word at *p, without its quotes, behind `to`; *p moves behind it. 0: a quote stays open. */
static int take_word(const char **p, char *to)
{
    char quote = 0;

    for (; **p && (quote || !strchr(" \t\n", **p)); (*p)++) {
        if (quote ? **p == quote : **p == '"' || **p == '\'') {
            quote = quote ? 0 : **p;
        } else {
            *to++ = **p;
        }
    }
    *to = '\0';
    return quote == 0;
}

static tq_status split(const tq_yaml_node *text, tq_arena *arena, tq_published_analysis *a,
                       tq_error *err)
{
    const size_t length = strlen(text->text);
    /* A word takes a character and a blank at least, and every copy fits where its text was. */
    const char **word = tq_arena_take(arena, length / 2 + 1, sizeof *word);
    char *copy = tq_arena_take(arena, length + 1, 1);

    if (!word || !copy) {
        return tq_yaml_fail(text, err, TQ_ENOMEM, "out of memory");
    }
    a->word = word;
    for (const char *p = text->text; *(p += strspn(p, " \t\n"));) {
        if (!take_word(&p, copy)) {
            return tq_yaml_fail(text, err, TQ_EINVAL, "the command has a quote that stays open");
        }
        word[a->n_words++] = copy;
        copy += strlen(copy) + 1;
    }
    return TQ_OK;
}

static tq_status read_words(const tq_yaml_node *command, tq_arena *arena, tq_published_analysis *a,
                            tq_error *err)
{
    tq_status status = TQ_OK;

    if (command->kind == TQ_YAML_SCALAR) {
        status = split(command, arena, a, err);
    } else {
        const char **word = tq_arena_take(arena, command->n + 1, sizeof *word);

        if (!word) {
            return tq_yaml_fail(command, err, TQ_ENOMEM, "out of memory");
        }
        for (size_t i = 0; i < command->n; i++) {
            word[i] = command->item[i]->text;
        }
        a->word = word;
        a->n_words = command->n;
    }
    if (status == TQ_OK && a->n_words == 0) {
        status = tq_yaml_fail(command, err, TQ_EINVAL,
                              "the command is empty; say for example 'pool --measure OR'");
    }
    if (status == TQ_OK && strcmp(a->word[0], "tausq") == 0) {
        status = tq_yaml_fail(command, err, TQ_EINVAL,
                              "the command begins with its name, 'pool', without 'tausq'");
    }
    return status;
}

/* ---- figures ---- */

static const tq_yaml_key figure_keys[] = {
    {"path", TQ_YAML_IS_TEXTS, 1, "where the value stands in the JSON; two for an interval"},
    {"printed", TQ_YAML_IS_TEXT, 1, "the figure as printed"},
    {"what", TQ_YAML_IS_TEXT, 0, "what it is, for readers"},
    {"transform", TQ_YAML_IS_TEXT, 0,
     "from the JSON's scale to the printed one: exp, percent, ..."},
    {"times", TQ_YAML_IS_NUMBER, 0, "a factor after it"},
    {"differs", TQ_YAML_IS_TEXT, 0, "why it is known to differ"},
    {"computed", TQ_YAML_IS_TEXT, 0, "with differs: what comes out instead"},
    {NULL, 0, 0, NULL},
};

static tq_status read_printed(const tq_yaml_node *map, const char *key, size_t paths,
                              tq_printed *out, tq_error *err)
{
    const tq_yaml_node *at = tq_yaml_member(map, key);
    tq_error why;

    if (tq_printed_read(at->text, out, &why) != TQ_OK) {
        return tq_yaml_fail(at, err, TQ_EINVAL, "%s", why.message);
    }
    if (paths == 2 && out->n != 2) {
        return tq_yaml_fail(at, err, TQ_EINVAL,
                            "'%.60s' is one number, and the path names two values", at->text);
    }
    return TQ_OK;
}

static const char *what_of(const tq_published_figure *f, tq_arena *arena)
{
    return f->n_paths == 2 ? tq_arena_format(arena, "%s, %s", f->path[0], f->path[1]) : f->path[0];
}

static tq_status read_figure(const tq_yaml_node *map, tq_arena *arena, tq_published_figure *f,
                             tq_error *err)
{
    tq_status status = tq_yaml_check(map, "a figure", figure_keys, err);
    const tq_yaml_node *path = tq_yaml_member(map, "path");

    if (status != TQ_OK) {
        return status;
    }
    *f = (tq_published_figure){.n_paths = tq_yaml_count(path),
                               .text = tq_yaml_text(map, "printed", ""),
                               .differs = tq_yaml_text(map, "differs", NULL),
                               .computed_text = tq_yaml_text(map, "computed", NULL),
                               .line = map->line};
    if (f->n_paths < 1 || f->n_paths > 2) {
        return tq_yaml_fail(path, err, TQ_EINVAL,
                            "a path names one value, or the two of an interval");
    }
    for (size_t i = 0; i < f->n_paths; i++) {
        f->path[i] = tq_yaml_at(path, i)->text;
    }
    f->what = tq_yaml_text(map, "what", what_of(f, arena));
    status = f->what ? read_printed(map, "printed", f->n_paths, &f->printed, err)
                     : tq_yaml_fail(map, err, TQ_ENOMEM, "out of memory");
    if (status == TQ_OK && f->computed_text) {
        status = f->differs ? read_printed(map, "computed", f->n_paths, &f->computed, err)
                            : tq_yaml_fail(tq_yaml_key_node(map, "computed"), err, TQ_EINVAL,
                                           "'computed' needs 'differs', which says why");
    }
    return status == TQ_OK ? read_transform(map, f, err) : status;
}

static tq_status read_figures(const tq_yaml_node *list, tq_arena *arena, tq_published_analysis *a,
                              tq_error *err)
{
    tq_published_figure *figure = tq_arena_take(arena, list->n + 1, sizeof *figure);
    tq_status status = figure ? TQ_OK : tq_yaml_fail(list, err, TQ_ENOMEM, "out of memory");

    if (list->n == 0) {
        return tq_yaml_fail(list, err, TQ_EINVAL, "an analysis without figures proves nothing");
    }
    for (size_t i = 0; status == TQ_OK && i < list->n; i++) {
        status = read_figure(list->item[i], arena, &figure[i], err);
    }
    a->figure = figure;
    a->n_figures = list->n;
    return status;
}

/* ---- analyses ---- */

static const tq_yaml_key analysis_keys[] = {
    {"title", TQ_YAML_IS_TEXT, 1, "what was analysed"},
    {"where", TQ_YAML_IS_TEXT, 1, "where the figures are printed: table, figure, page"},
    {"command", TQ_YAML_IS_TEXTS, 1, "as after 'tausq', without DATA"},
    {"data", TQ_YAML_IS_TEXT, 0, "@name, or a file beside this one"},
    {"figures", TQ_YAML_IS_LIST, 1, "what was printed"},
    {NULL, 0, 0, NULL},
};

/* "data/clasp.csv" beside "@published/x.yaml" is "@published/clasp". */
static const char *bundled_data(const char *data, const char *source, tq_arena *arena)
{
    const char *folder = strchr(source, '/'), *slash = strrchr(data, '/');
    const char *name = slash ? slash + 1 : data;

    return tq_arena_format(arena, "%.*s%.*s", folder ? (int)(folder - source + 1) : 1, source,
                           (int)strcspn(name, "."), name);
}

/* A path is relative to the folder of the file that names it. */
static const char *data_path(const char *data, const char *source, tq_arena *arena)
{
    const char *slash = strrchr(source, '/');

    if (!*data || *data == '@' || *data == '/') {
        return data;
    }
    if (*source == '@') {
        return bundled_data(data, source, arena);
    }
    return slash ? tq_arena_format(arena, "%.*s%s", (int)(slash - source + 1), source, data) : data;
}

static tq_status read_analysis(const tq_yaml_node *map, const char *data, const char *source,
                               tq_arena *arena, tq_published_analysis *a, tq_error *err)
{
    tq_status status = tq_yaml_check(map, "an analysis", analysis_keys, err);

    if (status != TQ_OK) {
        return status;
    }
    *a = (tq_published_analysis){
        .title = tq_yaml_text(map, "title", ""),
        .where = tq_yaml_text(map, "where", ""),
        .data = data_path(tq_yaml_text(map, "data", data), source, arena),
        .line = map->line,
    };
    if (!a->data) {
        return tq_yaml_fail(map, err, TQ_ENOMEM, "out of memory");
    }
    status = read_words(tq_yaml_member(map, "command"), arena, a, err);
    return status == TQ_OK ? read_figures(tq_yaml_member(map, "figures"), arena, a, err) : status;
}

static const tq_yaml_key keys[] = {
    {"authors", TQ_YAML_IS_TEXT, 1, "of the publication"},
    {"year", TQ_YAML_IS_NUMBER, 1, NULL},
    {"title", TQ_YAML_IS_TEXT, 1, NULL},
    {"journal", TQ_YAML_IS_TEXT, 1, "journal volume:pages, or the book"},
    {"quoted", TQ_YAML_IS_TEXT, 0, "where the figures were read, unless in the publication"},
    {"note", TQ_YAML_IS_TEXT, 0, "for readers"},
    {"data", TQ_YAML_IS_TEXT, 0, "of every analysis that names no other"},
    {"analyses", TQ_YAML_IS_LIST, 1, NULL},
    {NULL, 0, 0, NULL},
};

static tq_status read_document(published *out, const char *source, tq_error *err)
{
    const tq_yaml_node *root = tq_yaml_root(out->doc);
    tq_published *p = &out->p;
    tq_status status = tq_yaml_check(root, "a published analysis", keys, err);

    if (status != TQ_OK) {
        return status;
    }
    const tq_yaml_node *list = tq_yaml_member(root, "analyses");
    tq_published_analysis *analysis = tq_arena_take(out->arena, list->n + 1, sizeof *analysis);

    *p = (tq_published){.source = root->source,
                        .authors = tq_yaml_text(root, "authors", ""),
                        .title = tq_yaml_text(root, "title", ""),
                        .journal = tq_yaml_text(root, "journal", ""),
                        .year = tq_yaml_text(root, "year", ""),
                        .quoted = tq_yaml_text(root, "quoted", ""),
                        .note = tq_yaml_text(root, "note", ""),
                        .analysis = analysis,
                        .n_analyses = list->n};
    if (!analysis) {
        return tq_yaml_fail(root, err, TQ_ENOMEM, "out of memory");
    }
    if (list->n == 0) {
        return tq_yaml_fail(list, err, TQ_EINVAL, "the list of analyses is empty");
    }
    for (size_t i = 0; status == TQ_OK && i < list->n; i++) {
        status = read_analysis(list->item[i], tq_yaml_text(root, "data", ""), source, out->arena,
                               &analysis[i], err);
    }
    return status;
}

/* Takes the document over. */
static tq_status from_document(tq_yaml *doc, const char *source, tq_published **out, tq_error *err)
{
    published *made = calloc(1, sizeof *made);

    if (!made) {
        tq_yaml_free(doc);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    made->doc = doc;
    made->arena = tq_arena_new();
    const tq_status status = made->arena
                                 ? read_document(made, source, err)
                                 : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    if (status == TQ_OK) {
        *out = &made->p;
    } else {
        tq_published_free(&made->p);
    }
    return status;
}

tq_status tq_published_read(const char *path, tq_published **out, tq_error *err)
{
    tq_yaml *doc = NULL;
    const tq_status status = tq_yaml_read(path, &doc, err);

    return status == TQ_OK ? from_document(doc, path, out, err) : status;
}

tq_status tq_published_parse(const char *bytes, size_t size, const char *source, tq_published **out,
                             tq_error *err)
{
    tq_yaml *doc = NULL;
    const tq_status status = tq_yaml_parse(bytes, size, source, &doc, err);

    return status == TQ_OK ? from_document(doc, source, out, err) : status;
}

void tq_published_free(tq_published *p)
{
    published *own = (published *)p; /* its first member */

    if (own) {
        tq_yaml_free(own->doc);
        tq_arena_free(own->arena);
        free(own);
    }
}
