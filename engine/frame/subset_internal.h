/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file subset_internal.h  The tree between the --subset parser and its evaluation. */
#ifndef TQ_FRAME_SUBSET_INTERNAL_H
#define TQ_FRAME_SUBSET_INTERNAL_H

#include "frame/table.h"

enum subset_kind {
    NODE_OR,      /* any child */
    NODE_AND,     /* every child */
    NODE_NOT,     /* the one child */
    NODE_MISSING, /* column */
    NODE_TEST,    /* column against the values that are its children: one, or the list of 'in' */
    NODE_NUMBER,
    NODE_TEXT,
    NODE_COLUMN
};

enum subset_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };

/* Children are a chain, so that a long a | b | c is wide and not deep. */
struct subset_node {
    enum subset_kind kind;
    enum subset_op op;
    size_t column;
    double number;
    const char *text;
    struct subset_node *child, *next;
};

struct subset_tree {
    struct subset_node *root, *nodes;
    char *texts; /* literals, unquoted */
};

/** Parse an expression over the columns of a table; on TQ_OK the caller frees the tree. */
tq_status subset_parse(const tq_table *table, const char *expression, struct subset_tree *out,
                       tq_error *err);

void subset_tree_free(struct subset_tree *tree);

#endif
