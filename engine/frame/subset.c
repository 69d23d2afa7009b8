/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rows of a table an expression selects: evaluation over the parsed expression. */
#include "frame/subset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "frame/subset_internal.h"
#include "frame/table_internal.h"

/* The row at hand; bad is the column of a cell that should have been a number. */
struct row {
    const tq_table *table;
    size_t row, bad;
};

static int compare(double x, double y)
{
    return (x > y) - (x < y);
}

static int holds(enum subset_op op, int order)
{
    switch (op) {
    case OP_EQ:
        return order == 0;
    case OP_NE:
        return order != 0;
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_GT:
        return order > 0;
    case OP_GE:
        return order >= 0;
    }
    return 0;
}

/* Numbers when both cells are, else text; cells of one sheet share its decimal mark. */
static int compare_cells(const char *a, const char *b, char decimal)
{
    double x, y;

    if (tq_parse_number(a, decimal, &x) && tq_parse_number(b, decimal, &y)) {
        return compare(x, y);
    }
    return strcmp(a, b);
}

/* The cell of column c, which is not missing, against a value. */
static int test(struct row *at, size_t c, enum subset_op op, const struct subset_node *value)
{
    const char *const cell = tq_table_cell(at->table, at->row, c);
    const char *other;
    double x;

    switch (value->kind) {
    case NODE_TEXT:
        return holds(op, strcmp(cell, value->text));
    case NODE_COLUMN:
        other = tq_table_cell(at->table, at->row, value->column);
        return !table_text_missing(other) &&
               holds(op, compare_cells(cell, other, at->table->decimal));
    default:
        assert(value->kind == NODE_NUMBER);
        if (!tq_parse_number(cell, at->table->decimal, &x)) {
            at->bad = c;
            return 0;
        }
        return holds(op, compare(x, value->number));
    }
}

static int evaluate(struct row *at, const struct subset_node *node);

/* 'in' and 'or' end at the first that is true, 'and' at the first that is not. */
static int evaluate_all(struct row *at, const struct subset_node *node, int until)
{
    for (const struct subset_node *n = node->child; n && at->bad == TQ_NO_COLUMN; n = n->next) {
        const int is =
            node->kind == NODE_TEST ? test(at, node->column, node->op, n) : evaluate(at, n);

        if (is == until) {
            return until;
        }
    }
    return !until;
}

/* The parser limits how deep trees are, and with that this recursion. */
static int evaluate(struct row *at, const struct subset_node *node)
{
    switch (node->kind) {
    case NODE_AND:
        return evaluate_all(at, node, 0);
    case NODE_NOT:
        return !evaluate(at, node->child);
    case NODE_MISSING:
        return tq_table_missing(at->table, at->row, node->column);
    case NODE_TEST:
        return !tq_table_missing(at->table, at->row, node->column) && evaluate_all(at, node, 1);
    default:
        assert(node->kind == NODE_OR);
        return evaluate_all(at, node, 1);
    }
}

/* The texts of a column, for the nearest to a mistyped one. */
struct cells {
    const tq_table *table;
    size_t column;
};

static const char *cell_at(const void *context, size_t i)
{
    const struct cells *const c = context;

    return i < tq_table_rows(c->table) ? tq_table_cell(c->table, i, c->column) : NULL;
}

static int has_cell(const struct cells *c, const char *text)
{
    for (size_t i = 0; i < tq_table_rows(c->table); i++) {
        if (strcmp(tq_table_cell(c->table, i, c->column), text) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A quoted text that its column lacks, but that is near one of its cells, is a slip of the pen: it
   would drop studies without a word. A text that is near none may be right for another sheet. */
static tq_status check_levels(const tq_table *table, const struct subset_node *node, tq_error *err)
{
    const int equality = node->kind == NODE_TEST && (node->op == OP_EQ || node->op == OP_NE);
    const struct cells cells = {table, node->column};
    tq_status status = TQ_OK;

    if (node->kind == NODE_TEST && !equality) {
        return TQ_OK;
    }
    for (const struct subset_node *n = node->child; n && status == TQ_OK; n = n->next) {
        if (!equality) {
            status = check_levels(table, n, err);
        } else if (n->kind == NODE_TEXT && !has_cell(&cells, n->text)) {
            const char *const nearest = tq_nearest_name(n->text, cell_at, &cells);

            if (nearest) {
                status =
                    tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                            "in --subset: column '%.60s' has no '%.60s'; did you mean '%.60s'?",
                            tq_table_name(table, node->column), n->text, nearest);
            }
        }
    }
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, tq_table_source(table));
    }
    return status;
}

static tq_status select_rows(const tq_table *table, const struct subset_node *root,
                             unsigned char *keep, tq_error *err)
{
    struct row at = {.table = table, .bad = TQ_NO_COLUMN};

    for (; at.row < tq_table_rows(table); at.row++) {
        keep[at.row] = (unsigned char)evaluate(&at, root);
        if (at.bad != TQ_NO_COLUMN) {
            return table_not_a_number(table, at.row, at.bad, err);
        }
    }
    return TQ_OK;
}

tq_status tq_subset_select(const tq_table *table, const char *expression, unsigned char *keep,
                           tq_error *err)
{
    const size_t rows = tq_table_rows(table);
    unsigned char *chosen = NULL;
    struct subset_tree tree;
    tq_status status = subset_parse(table, expression, &tree, err);

    if (status != TQ_OK) {
        return status;
    }
    status = check_levels(table, tree.root, err);
    if (status != TQ_OK) {
        goto done;
    }
    chosen = malloc(rows ? rows : 1);
    if (!chosen) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        goto done;
    }
    status = select_rows(table, tree.root, chosen, err);
    if (status == TQ_OK && rows > 0) {
        memcpy(keep, chosen, rows);
    }
done:
    free(chosen);
    subset_tree_free(&tree);
    return status;
}
