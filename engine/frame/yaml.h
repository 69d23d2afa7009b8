/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file yaml.h  YAML documents that people write: a tree that knows its lines, checked against a
 * table of keys.
 *
 * Read (or parse) a document, tq_yaml_check() each map against its table, then take its members with
 * the functions at the end, which cannot fail any more.
 */
#ifndef TQ_FRAME_YAML_H
#define TQ_FRAME_YAML_H

#include "core/status.h"

typedef enum {
    TQ_YAML_SCALAR, /* a text; whether it is a number or yes is the reader's question */
    TQ_YAML_LIST,
    TQ_YAML_MAP,
    TQ_YAML_EMPTY /* nothing, ~ or null, without quotes */
} tq_yaml_kind;

/** What hostile or broken files may hold at most. */
enum {
    TQ_YAML_MAX_BYTES = 1 << 20,
    TQ_YAML_MAX_NODES = 100000, /* an alias counts what it stands for */
    TQ_YAML_MAX_DEPTH = 32,
    TQ_YAML_MAX_ANCHORS = 1000
};

/** A document, and all that it gives out; opaque. */
typedef struct tq_yaml tq_yaml;

/** A node; where an alias stands, the node of its anchor. All in it lives as long as the document. */
typedef struct tq_yaml_node tq_yaml_node;
struct tq_yaml_node {
    tq_yaml_kind kind;
    size_t line, column;             /* 1-based, of its first character */
    const char *source;              /* name of the document */
    const char *text;                /* scalar: UTF-8, without NUL; else "" */
    size_t n;                        /* list, map: members */
    const tq_yaml_node *const *key;  /* map: [n] scalars, no two alike; list: NULL */
    const tq_yaml_node *const *item; /* [n] */
    size_t weight, height;           /* nodes in it and lists in one another, itself counted */
};

/**
 * Read the one document of a file; path "-" is standard input.
 *
 * YAML 1.1 in UTF-8 without tags, keys being plain texts. Anchors and aliases are followed; merge
 * keys (<<) are not.
 * @retval TQ_EREAD   Missing, unreadable, not UTF-8 text, or beyond TQ_YAML_MAX_BYTES.
 * @retval TQ_EINVAL  No YAML, empty, a second document, a key given twice or that is no text, an
 *                    unknown alias or one inside its own anchor, a tag, or beyond a limit above
 *                    (err->file and err->line say where).
 */
TQ_API tq_status tq_yaml_read(const char *path, tq_yaml **out, tq_error *err);
/** The same from memory: borrows bytes[size] until return; source is the name for messages. */
TQ_API tq_status tq_yaml_parse(const char *bytes, size_t size, const char *source, tq_yaml **out,
                               tq_error *err);
/** Frees the document with its nodes; NULL is fine. */
TQ_API void tq_yaml_free(tq_yaml *doc);

/** The outermost node. */
TQ_API const tq_yaml_node *tq_yaml_root(const tq_yaml *doc);
/** SHA-256 of the bytes read, 64 hex digits. */
TQ_API const char *tq_yaml_sha256(const tq_yaml *doc);

/* ---- what a map may hold ---- */

/** What a value may be: any of these, as bits. */
enum {
    TQ_YAML_IS_TEXT = 1, /* any scalar */
    TQ_YAML_IS_NUMBER = 2,
    TQ_YAML_IS_YES_NO = 4, /* yes, no, true, false */
    TQ_YAML_IS_LIST = 8,
    TQ_YAML_IS_MAP = 16,
    TQ_YAML_IS_TEXTS = 32 /* a scalar, or a list of scalars */
};

/** A key; tables of them end with a row whose name is NULL. */
typedef struct {
    const char *name;
    unsigned is;      /* TQ_YAML_IS_* */
    int required;     /* 1: a map without it is an error */
    const char *help; /* one line, for --help and starter files; or NULL */
} tq_yaml_key;

/**
 * That node is a map with keys of the table alone, each with a value of its kind, and all that are
 * required.
 * @param[in] what  The map in messages: "an analysis", "a plan".
 * @retval TQ_EINVAL  "unknown key 'x'; did you mean 'y'?" and the like; err->file and err->line.
 */
TQ_API tq_status tq_yaml_check(const tq_yaml_node *node, const char *what, const tq_yaml_key *keys,
                               tq_error *err);

/** Record a failure at a node, with file and line, and return its status. */
TQ_API tq_status tq_yaml_fail(const tq_yaml_node *at, tq_error *err, tq_status status,
                              const char *fmt, ...) TQ_PRINTF(4, 5);

/* ---- members of a map that was checked ---- */

/** The value of a key, or NULL; NULL for what is no map, and for NULL. */
TQ_API const tq_yaml_node *tq_yaml_member(const tq_yaml_node *map, const char *key);
/** The place of a key itself, for messages; the map where it has no such key. */
TQ_API const tq_yaml_node *tq_yaml_key_node(const tq_yaml_node *map, const char *key);
/** The text of a scalar, `otherwise` where the map has no such key. */
TQ_API const char *tq_yaml_text(const tq_yaml_node *map, const char *key, const char *otherwise);
TQ_API double tq_yaml_number(const tq_yaml_node *map, const char *key, double otherwise);
TQ_API int tq_yaml_yes_no(const tq_yaml_node *map, const char *key, int otherwise);

/** A scalar as a number, with a decimal point whatever the locale; 0 where it is none. */
TQ_API int tq_yaml_is_number(const tq_yaml_node *node, double *out);
/** A scalar as yes (true) or no (false); 0 where it is neither. */
TQ_API int tq_yaml_is_yes_no(const tq_yaml_node *node, int *out);
/** Members of a value that may be one or a list: its length, or 1 for a scalar, or 0 for NULL. */
TQ_API size_t tq_yaml_count(const tq_yaml_node *value);
/** The i-th of them. */
TQ_API const tq_yaml_node *tq_yaml_at(const tq_yaml_node *value, size_t i);

#endif
