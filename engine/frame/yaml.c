/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML document as a tree, from the events of libyaml: what is too much is refused as it is met. */
#include "frame/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "frame/bytes_internal.h"
#include "frame/reading_libraries_internal.h"
#include "frame/sha256.h"

struct tq_yaml {
    tq_arena *arena;
    const tq_yaml_node *root;
    char sha256[TQ_SHA256_HEX];
};

/* Members of a list or map, keys and values in turn, until it ends. */
typedef struct link link;
struct link {
    const tq_yaml_node *node;
    link *next;
};

typedef struct {
    tq_yaml_node *node;
    link *first, *last;
    size_t n;
} open_node;

typedef struct {
    const char *name;
    const tq_yaml_node *node;
    int complete; /* 0: its node is still open */
} anchor;

typedef struct {
    const yaml_api *yaml;
    yaml_parser_t parser;
    tq_arena *arena;
    const char *source;
    open_node open[TQ_YAML_MAX_DEPTH];
    size_t depth, nodes;
    anchor *anchors; /* [TQ_YAML_MAX_ANCHORS], taken with the first */
    size_t n_anchors;
    const tq_yaml_node *root;
    int documents;
    tq_error *err;
} reader;

static tq_status at_line(tq_status status, const char *source, size_t line, tq_error *err)
{
    if (err) {
        tq_copy_text(err->file, sizeof err->file, source);
        err->line = line;
    }
    return status;
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* A failure of the document at the start of an event. */
static tq_status refuse(const reader *r, const yaml_event_t *event, const char *why)
{
    return at_line(tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL, "%s", why), r->source,
                   event->start_mark.line + 1, r->err);
}

static tq_status too_many(const reader *r, const yaml_event_t *event, const char *what, size_t most)
{
    return at_line(tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %zu %s", most, what),
                   r->source, event->start_mark.line + 1, r->err);
}

/* ---- nodes ---- */

static int is_key(const reader *r)
{
    const open_node *in = r->depth > 0 ? &r->open[r->depth - 1] : NULL;

    return in && in->node->kind == TQ_YAML_MAP && in->n % 2 == 0;
}

/* Put a node into what is open; with nothing open it is the root. */
static tq_status put(reader *r, const tq_yaml_node *node)
{
    if (r->depth == 0) {
        r->root = node;
        return TQ_OK;
    }
    open_node *in = &r->open[r->depth - 1];
    link *l = tq_arena_take(r->arena, 1, sizeof *l);

    if (!l) {
        return no_memory(r->err);
    }
    l->node = node;
    *(in->last ? &in->last->next : &in->first) = l;
    in->last = l;
    in->n++;
    return TQ_OK;
}

static tq_yaml_node *new_node(reader *r, const yaml_event_t *event, tq_yaml_kind kind)
{
    tq_yaml_node *node = tq_arena_take(r->arena, 1, sizeof *node);

    if (node) {
        *node = (tq_yaml_node){.kind = kind,
                               .line = event->start_mark.line + 1,
                               .column = event->start_mark.column + 1,
                               .source = r->source,
                               .text = "",
                               .weight = 1,
                               .height = kind == TQ_YAML_LIST || kind == TQ_YAML_MAP};
    }
    return node;
}

static tq_status count(reader *r, const yaml_event_t *event, size_t weight)
{
    if (weight > TQ_YAML_MAX_NODES - r->nodes) {
        return too_many(r, event, "values, aliases counted as what they stand for",
                        TQ_YAML_MAX_NODES);
    }
    r->nodes += weight;
    return TQ_OK;
}

/* ---- anchors ---- */

static anchor *find_anchor(const reader *r, const char *name)
{
    for (size_t i = r->n_anchors; i-- > 0;) { /* the last one of a name holds */
        if (strcmp(r->anchors[i].name, name) == 0) {
            return &r->anchors[i];
        }
    }
    return NULL;
}

static tq_status add_anchor(reader *r, const yaml_event_t *event, const yaml_char_t *name,
                            const tq_yaml_node *node)
{
    if (!name) {
        return TQ_OK;
    }
    if (r->n_anchors == TQ_YAML_MAX_ANCHORS) {
        return too_many(r, event, "anchors", TQ_YAML_MAX_ANCHORS);
    }
    if (!r->anchors) {
        r->anchors = tq_arena_take(r->arena, TQ_YAML_MAX_ANCHORS, sizeof *r->anchors);
    }
    const char *text = r->anchors ? tq_arena_text(r->arena, (const char *)name) : NULL;

    if (!text) {
        return no_memory(r->err);
    }
    r->anchors[r->n_anchors++] =
        (anchor){text, node, node->kind != TQ_YAML_LIST && node->kind != TQ_YAML_MAP};
    return TQ_OK;
}

static void complete_anchor(reader *r, const tq_yaml_node *node)
{
    for (size_t i = 0; i < r->n_anchors; i++) {
        r->anchors[i].complete |= r->anchors[i].node == node;
    }
}

static tq_status on_alias(reader *r, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const anchor *a = find_anchor(r, name);

    if (is_key(r)) {
        return refuse(r, event, "a key must be a text, not an alias");
    }
    if (!a || !a->complete) {
        return at_line(tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               a ? "alias '*%.60s' stands inside its own anchor"
                                 : "alias '*%.60s' has no anchor before it",
                               name),
                       r->source, event->start_mark.line + 1, r->err);
    }
    if (r->depth + a->node->height > TQ_YAML_MAX_DEPTH) {
        return too_many(r, event, "lists and maps in one another", TQ_YAML_MAX_DEPTH);
    }
    const tq_status status = count(r, event, a->node->weight);

    return status == TQ_OK ? put(r, a->node) : status;
}

/* ---- scalars, lists, maps ---- */

static int is_null(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;

    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static tq_status on_scalar(reader *r, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    tq_yaml_node *node;

    if (event->data.scalar.tag) {
        return refuse(r, event, "tags (!name) are not read; leave it out");
    }
    if (strlen(text) != event->data.scalar.length) {
        return refuse(r, event, "a text with a NUL character in it");
    }
    if (is_key(r) && is_null(event)) {
        return refuse(r, event, "a key is missing before ':'");
    }
    tq_status status = count(r, event, 1);

    if (status != TQ_OK) {
        return status;
    }
    node = new_node(r, event, is_null(event) ? TQ_YAML_EMPTY : TQ_YAML_SCALAR);
    if (!node || (node->kind == TQ_YAML_SCALAR && !(node->text = tq_arena_text(r->arena, text)))) {
        return no_memory(r->err);
    }
    status = add_anchor(r, event, event->data.scalar.anchor, node);
    return status == TQ_OK ? put(r, node) : status;
}

static tq_status begin(reader *r, const yaml_event_t *event, tq_yaml_kind kind,
                       const yaml_char_t *name, const yaml_char_t *tag)
{
    if (tag) {
        return refuse(r, event, "tags (!name) are not read; leave it out");
    }
    if (is_key(r)) {
        return refuse(r, event, "a key must be a text, not a list or a map");
    }
    if (r->depth == TQ_YAML_MAX_DEPTH) {
        return too_many(r, event, "lists and maps in one another", TQ_YAML_MAX_DEPTH);
    }
    tq_status status = count(r, event, 1);
    tq_yaml_node *node = status == TQ_OK ? new_node(r, event, kind) : NULL;

    if (status != TQ_OK || !node) {
        return status != TQ_OK ? status : no_memory(r->err);
    }
    status = add_anchor(r, event, name, node);
    status = status == TQ_OK ? put(r, node) : status;
    if (status == TQ_OK) {
        r->open[r->depth++] = (open_node){.node = node};
    }
    return status;
}

static int by_text(const void *a, const void *b)
{
    const tq_yaml_node *const *x = a, *const *y = b;
    const int order = strcmp((*x)->text, (*y)->text);

    return order != 0 ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

/* No two keys of a map are alike; the later of two is told. */
static tq_status check_twice(reader *r, const tq_yaml_node *map)
{
    const tq_yaml_node **sorted = malloc((map->n + 1) * sizeof *sorted);
    tq_status status = TQ_OK;

    if (!sorted) {
        return no_memory(r->err);
    }
    if (map->n > 0) {
        memcpy(sorted, map->key, map->n * sizeof *sorted);
        qsort(sorted, map->n, sizeof *sorted, by_text);
    }
    for (size_t i = 1; status == TQ_OK && i < map->n; i++) {
        if (strcmp(sorted[i - 1]->text, sorted[i]->text) == 0) {
            status =
                tq_yaml_fail(sorted[i], r->err, TQ_EINVAL, "key '%.60s' is given twice (line %zu)",
                             sorted[i]->text, sorted[i - 1]->line);
        }
    }
    free(sorted);
    return status;
}

/* The members of what ends here, out of its links. */
static tq_status end(reader *r)
{
    open_node *of = &r->open[--r->depth];
    tq_yaml_node *node = of->node;
    const size_t width = node->kind == TQ_YAML_MAP ? 2 : 1, n = of->n / width;
    const tq_yaml_node **member = tq_arena_take(r->arena, of->n, sizeof *member);
    const link *l = of->first;

    if (!member) {
        return no_memory(r->err);
    }
    for (size_t i = 0; l; i++, l = l->next) {
        member[width == 2 && i % 2 == 1 ? n + i / 2 : i / width] = l->node;
        node->weight += l->node->weight;
        node->height = l->node->height >= node->height ? l->node->height + 1 : node->height;
    }
    node->n = n;
    node->key = width == 2 ? member : NULL;
    node->item = width == 2 ? member + n : member;
    complete_anchor(r, node);
    return width == 2 ? check_twice(r, node) : TQ_OK;
}

/* ---- the document ---- */

static tq_status on_event(reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return r->documents++ == 0 ? TQ_OK
                                   : refuse(r, event, "a second document; a file has one of them");
    case YAML_ALIAS_EVENT:
        return on_alias(r, event);
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event);
    case YAML_SEQUENCE_START_EVENT:
        return begin(r, event, TQ_YAML_LIST, event->data.sequence_start.anchor,
                     event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return begin(r, event, TQ_YAML_MAP, event->data.mapping_start.anchor,
                     event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return end(r);
    default: /* the stream begins or ends, a document ends */
        return TQ_OK;
    }
}

/* What libyaml says of the text. */
static tq_status not_yaml(const reader *r)
{
    const yaml_parser_t *p = &r->parser;

    if (p->error == YAML_MEMORY_ERROR) {
        return no_memory(r->err);
    }
    return at_line(tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL, "no valid YAML: %s%s%s",
                           p->problem ? p->problem : "it cannot be read", p->context ? " " : "",
                           p->context ? p->context : ""),
                   r->source, p->problem_mark.line + 1, r->err);
}

static tq_status read_events(reader *r)
{
    tq_status status = TQ_OK;

    for (int more = 1; more && status == TQ_OK;) {
        yaml_event_t event;

        if (!r->yaml->yaml_parser_parse(&r->parser, &event)) {
            return not_yaml(r);
        }
        status = on_event(r, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        r->yaml->yaml_event_delete(&event);
    }
    if (status == TQ_OK && (!r->root || r->root->kind == TQ_YAML_EMPTY)) {
        status = at_line(tq_fail(r->err, TQ_EINVAL, TQ_NO_ROW, NULL, "the file is empty"),
                         r->source, 0, r->err);
    }
    return status;
}

static tq_status parse_text(const char *bytes, size_t size, const char *source, tq_yaml *doc,
                            tq_error *err)
{
    reader *r = tq_arena_take(doc->arena, 1, sizeof *r);
    const char *name = tq_arena_text(doc->arena, source);

    if (!r || !name) {
        return no_memory(err);
    }
    *r = (reader){.arena = doc->arena, .source = name, .err = err};
    r->yaml = yaml_library_load(err);
    if (!r->yaml) {
        return TQ_EREAD;
    }
    if (!r->yaml->yaml_parser_initialize(&r->parser)) {
        return no_memory(err);
    }
    r->yaml->yaml_parser_set_input_string(&r->parser, (const unsigned char *)bytes, size);
    const tq_status status = read_events(r);

    r->yaml->yaml_parser_delete(&r->parser);
    doc->root = r->root;
    return status;
}

static tq_status check_bytes(const char *bytes, size_t size, const char *source, tq_error *err)
{
    if (size > TQ_YAML_MAX_BYTES) {
        return at_line(tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "larger than %d bytes, the limit",
                               TQ_YAML_MAX_BYTES),
                       source, 0, err);
    }
    const size_t bad = bytes_not_text_at(bytes, size);
    size_t line = 1;

    for (size_t i = 0; i < bad; i++) {
        line += bytes[i] == '\n';
    }
    return bad == size ? TQ_OK
                       : at_line(tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                                         "byte 0x%02X is no text in UTF-8; save the file as UTF-8",
                                         (unsigned)(unsigned char)bytes[bad]),
                                 source, line, err);
}

tq_status tq_yaml_parse(const char *bytes, size_t size, const char *source, tq_yaml **out,
                        tq_error *err)
{
    tq_status status = check_bytes(bytes, size, source, err);

    if (status != TQ_OK) {
        return status;
    }
    tq_yaml *doc = calloc(1, sizeof *doc);

    if (!doc || !(doc->arena = tq_arena_new())) {
        tq_yaml_free(doc);
        return no_memory(err);
    }
    tq_sha256_hex(bytes, size, doc->sha256);
    status = parse_text(bytes, size, source, doc, err);
    if (status != TQ_OK) {
        tq_yaml_free(doc);
        return status;
    }
    *out = doc;
    return TQ_OK;
}

tq_status tq_yaml_read(const char *path, tq_yaml **out, tq_error *err)
{
    const char *source = strcmp(path, "-") == 0 ? "standard input" : path;
    struct bytes file = {0};
    tq_status status = bytes_read(path, &file, err);

    if (status != TQ_OK) {
        return at_line(status, source, 0, err);
    }
    status = tq_yaml_parse(file.data, file.size, source, out, err);
    free(file.data);
    return status;
}

void tq_yaml_free(tq_yaml *doc)
{
    if (doc) {
        tq_arena_free(doc->arena);
        free(doc);
    }
}

const tq_yaml_node *tq_yaml_root(const tq_yaml *doc)
{
    return doc->root;
}

const char *tq_yaml_sha256(const tq_yaml *doc)
{
    return doc->sha256;
}
